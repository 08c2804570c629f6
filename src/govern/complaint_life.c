/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/complaint_life.h"

#define IN(state) (1U << (state))
#define REVIEW (IN(JZ_COMPLAINT_OPEN) | IN(JZ_COMPLAINT_APPEALED))
#define DECIDED (IN(JZ_COMPLAINT_DONE) | IN(JZ_COMPLAINT_REJECTED))
#define OVER (DECIDED | IN(JZ_COMPLAINT_FINAL) | IN(JZ_COMPLAINT_WITHDRAWN))

static const char *const state_names[] = {
    [JZ_COMPLAINT_INCOMPLETE] = "incomplete", [JZ_COMPLAINT_OPEN] = "open",
    [JZ_COMPLAINT_UPHELD] = "upheld",         [JZ_COMPLAINT_DONE] = "done",
    [JZ_COMPLAINT_REJECTED] = "rejected",     [JZ_COMPLAINT_APPEALED] = "appealed",
    [JZ_COMPLAINT_FINAL] = "final",           [JZ_COMPLAINT_WITHDRAWN] = "withdrawn",
};

/* A pause changes no state. A rejection on appeal is the last one. */
static const struct rule {
    const char *name;
    unsigned from;                       /* states */
    jz_complaint_state to, to_on_appeal; /* 0 = the same */
} rules[] = {
    [JZ_COMPLAINT_PAUSE] = { "pause", REVIEW, 0, 0 },
    [JZ_COMPLAINT_RESUME] = { "resume", REVIEW, 0, 0 },
    [JZ_COMPLAINT_UPHOLD] = { "uphold", REVIEW, JZ_COMPLAINT_UPHELD, JZ_COMPLAINT_UPHELD },
    [JZ_COMPLAINT_REJECT] = { "reject", REVIEW, JZ_COMPLAINT_REJECTED, JZ_COMPLAINT_FINAL },
    [JZ_COMPLAINT_CARRY] = { "carry", IN(JZ_COMPLAINT_UPHELD), JZ_COMPLAINT_DONE, 0 },
    [JZ_COMPLAINT_APPEAL] = { "appeal", DECIDED, JZ_COMPLAINT_APPEALED, 0 },
    [JZ_COMPLAINT_WITHDRAW] = { "withdraw",
                                IN(JZ_COMPLAINT_INCOMPLETE) | IN(JZ_COMPLAINT_UPHELD) |
                                    IN(JZ_COMPLAINT_REJECTED) | REVIEW,
                                JZ_COMPLAINT_WITHDRAWN, JZ_COMPLAINT_WITHDRAWN },
};

const char *jz_complaint_state_name(jz_complaint_state s)
{
    return (size_t)s < JZ_ARRAY_LEN(state_names) ? state_names[s] : NULL;
}

const char *jz_complaint_act_name(jz_complaint_act a)
{
    return (size_t)a < JZ_ARRAY_LEN(rules) ? rules[a].name : NULL;
}

bool jz_complaint_takes_more(jz_complaint_state s)
{
    return s == JZ_COMPLAINT_INCOMPLETE || (IN(s) & REVIEW) != 0;
}

bool jz_complaint_ticks(jz_complaint_state s)
{
    return s == JZ_COMPLAINT_UPHELD || (IN(s) & REVIEW) != 0;
}

bool jz_complaint_is_over(jz_complaint_state s)
{
    return (IN(s) & OVER) != 0;
}

void jz_complaint_complete(jz_complaint_life *life)
{
    if (life->state == JZ_COMPLAINT_INCOMPLETE)
        life->state = JZ_COMPLAINT_OPEN;
}

/* What the state alone does not tell. */
static jz_status check_step(const jz_complaint_life *life, jz_complaint_act act, int64_t now_us,
                            jz_err *err)
{
    if (life->erased)
        return JZ_FAIL(err, JZ_E_INVAL, "that complaint is erased");
    if (act == JZ_COMPLAINT_PAUSE && life->paused_us != 0)
        return JZ_FAIL(err, JZ_E_INVAL, "it is paused already");
    if (act == JZ_COMPLAINT_RESUME && life->paused_us == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "it is not paused");
    if (act == JZ_COMPLAINT_APPEAL && now_us > life->decided_us + JZ_COMPLAINT_APPEAL_US)
        return JZ_FAIL(err, JZ_E_INVAL, "it was decided more than six months ago");
    return JZ_OK;
}

jz_status jz_complaint_step(jz_complaint_life *life, jz_complaint_act act, int64_t now_us,
                            jz_err *err)
{
    if (jz_complaint_act_name(act) == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "%u is no act", (unsigned)act);
    const struct rule *r = &rules[act];
    if ((IN(life->state) & r->from) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "a complaint that is %s cannot be: %s",
                       state_names[life->state], r->name);
    JZ_TRY(check_step(life, act, now_us, err));
    const jz_complaint_state to = life->state == JZ_COMPLAINT_APPEALED ? r->to_on_appeal : r->to;
    life->paused_us = act == JZ_COMPLAINT_PAUSE ? now_us : 0;
    if (act == JZ_COMPLAINT_UPHOLD || act == JZ_COMPLAINT_REJECT)
        life->decided_us = now_us;
    if (act == JZ_COMPLAINT_APPEAL)
        life->decided_us = 0;
    life->state = to != 0 ? to : life->state;
    return JZ_OK;
}

/* ---- clocks ---- */

static bool stands(const jz_clock *c, int64_t paused_us)
{
    return c->from_us == 0 || c->stopped_us != 0 || (paused_us != 0 && c->pausable);
}

int64_t jz_clock_elapsed(const jz_clock *c, int64_t paused_us, int64_t now_us)
{
    int64_t until = now_us;
    if (c->from_us == 0)
        return 0;
    if (c->stopped_us != 0)
        until = c->stopped_us;
    else if (paused_us != 0 && c->pausable)
        until = paused_us > c->from_us ? paused_us : c->from_us;
    const int64_t elapsed = until - c->from_us - c->held_us;
    return elapsed > 0 ? elapsed : 0; /* a clock of the machine that was set back */
}

unsigned jz_clock_percent(const jz_clock *c, int64_t paused_us, int64_t now_us)
{
    const int64_t part = jz_clock_elapsed(c, paused_us, now_us) / (c->span_us / 100);
    return part > 100000 ? 100000 : (unsigned)part;
}

int64_t jz_clock_at(const jz_clock *c, int64_t paused_us, int percent)
{
    if (stands(c, paused_us))
        return INT64_MAX;
    return c->from_us + c->held_us + c->span_us / 100 * percent;
}

int64_t jz_clock_next(const jz_clock *c, int64_t paused_us)
{
    const int next = c->told < 50 ? 50 : c->told < 80 ? 80 : 100;
    return c->told >= 100 ? INT64_MAX : jz_clock_at(c, paused_us, next);
}

void jz_clock_resume(jz_clock *c, int64_t paused_us, int64_t now_us)
{
    const int64_t since = paused_us > c->from_us ? paused_us : c->from_us;
    if (c->pausable && c->from_us != 0 && c->stopped_us == 0 && now_us > since)
        c->held_us += now_us - since;
}
