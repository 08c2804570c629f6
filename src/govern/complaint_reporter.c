/* SPDX-License-Identifier: Apache-2.0 */
/* Floods of complaints, and reporters whose complaints are manifestly unfounded (DSA article 23:
 * after a warning, for a time, by the numbers, never against the person depicted). */
#include "govern/complaints.h"

#include <inttypes.h>
#include <stdio.h>

#define DAY_US ((int64_t)86400 * 1000000)
#define DAILY 50          /* complaints of one reporter in 24 hours */
#define DAILY_FLAGGER 500 /* of a trusted flagger, or the platform's own patrol */
#define WINDOW_US (90 * DAY_US)
#define MIN_DECIDED 10
#define UNFOUNDED_PERCENT 80
#define PAUSE_US (30 * DAY_US)

typedef struct standing {
    int64_t warned_us, paused_until_us;
} standing;

static jz_status read_standing(jz_govern *g, const char *reporter, standing *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    *out = (standing){ 0 };
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT warned_us, paused_until_us FROM complaint_reporter"
                       " WHERE reporter = ?1",
                       &st, err));
    jz_stmt_bind_text(st, 1, reporter);
    JZ_TRY(jz_stmt_step(st, &there, err));
    if (there)
        *out = (standing){ jz_stmt_i64(st, 0), jz_stmt_i64(st, 1) };
    return JZ_OK;
}

static jz_status write_standing(jz_govern *g, const char *reporter, const standing *s, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO complaint_reporter (reporter, warned_us, paused_until_us)"
                       " VALUES (?1, ?2, ?3) ON CONFLICT (reporter) DO UPDATE"
                       " SET warned_us = excluded.warned_us,"
                       " paused_until_us = excluded.paused_until_us",
                       &st, err));
    jz_stmt_bind_text(st, 1, reporter);
    jz_stmt_bind_i64(st, 2, s->warned_us);
    jz_stmt_bind_i64(st, 3, s->paused_until_us);
    return jz_stmt_run(st, err);
}

static jz_status count_since(jz_govern *g, const char *reporter, int64_t since_us, int64_t *n,
                             jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT COUNT(*) FROM complaint WHERE reporter = ?1 AND filed_us > ?2", &st,
                       err));
    jz_stmt_bind_text(st, 1, reporter);
    jz_stmt_bind_i64(st, 2, since_us);
    JZ_TRY(jz_stmt_step(st, &there, err));
    *n = there ? jz_stmt_i64(st, 0) : 0;
    return JZ_OK;
}

jz_status jz_reporter_check(jz_govern *g, const jz_complaint_form *f, jz_err *err)
{
    const int64_t now = jz_govern_now_us(g);
    const bool many = f->role == JZ_ROLE_FLAGGER || f->role == JZ_ROLE_PATROL;
    standing s;
    int64_t n = 0;
    if (f->reporter[0] == '\0' || jz_complaint_is_right(f->role))
        return JZ_OK;
    JZ_TRY(read_standing(g, f->reporter, &s, err));
    if (now < s.paused_until_us)
        return JZ_FAIL(err, JZ_E_BUSY,
                       "this reporter's complaints are paused for %" PRId64 " more days",
                       (s.paused_until_us - now) / DAY_US + 1);
    JZ_TRY(count_since(g, f->reporter, now - DAY_US, &n, err));
    if (n >= (many ? DAILY_FLAGGER : DAILY))
        return JZ_FAIL(err, JZ_E_LIMIT, "%" PRId64 " complaints of this reporter in 24 hours", n);
    return JZ_OK;
}

typedef struct numbers {
    int64_t decided, unfounded;
} numbers;

static jz_status count_decided(jz_govern *g, const char *reporter, numbers *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT COUNT(*), COALESCE(SUM(unfounded), 0) FROM complaint"
                       " WHERE reporter = ?1 AND filed_us > ?2 AND decided_us > 0",
                       &st, err));
    jz_stmt_bind_text(st, 1, reporter);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g) - WINDOW_US);
    JZ_TRY(jz_stmt_step(st, &there, err));
    *out = there ? (numbers){ jz_stmt_i64(st, 0), jz_stmt_i64(st, 1) } : (numbers){ 0 };
    return JZ_OK;
}

/* In the record of the complaint that made it so, and in its status. */
static jz_status tell(jz_govern *g, const jz_complaint_row *c, const numbers *n, const char *by,
                      const char *kind, const char *notice, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "decided", n->decided);
    jz_json_put_i64(&j, "unfounded", n->unfounded);
    jz_json_end_object(&j);
    JZ_TRY(jz_govern_record(g, c->id, by, kind, &detail, err));
    return notice != NULL ? jz_complaint_tell(g, c->row, notice, NULL, err) : JZ_OK;
}

jz_status jz_reporter_judge(jz_govern *g, const jz_complaint_row *c, const char *by, jz_err *err)
{
    const int64_t now = jz_govern_now_us(g);
    standing s;
    numbers n;
    if (c->reporter[0] == '\0' || jz_complaint_is_right(c->role))
        return JZ_OK;
    JZ_TRY(read_standing(g, c->reporter, &s, err));
    JZ_TRY(count_decided(g, c->reporter, &n, err));
    const bool abusive =
        n.decided >= MIN_DECIDED && n.unfounded * 100 >= n.decided * UNFOUNDED_PERCENT;
    if (!abusive && now < s.paused_until_us) {
        s.paused_until_us = 0;
        JZ_TRY(write_standing(g, c->reporter, &s, err));
        return tell(g, c, &n, by, "reports-resumed", NULL, err);
    }
    if (!abusive || !c->unfounded || now < s.paused_until_us)
        return JZ_OK;
    const bool warned = s.warned_us > now - WINDOW_US && s.warned_us > 0;
    if (warned)
        s = (standing){ .paused_until_us = now + PAUSE_US };
    else
        s.warned_us = now;
    JZ_TRY(write_standing(g, c->reporter, &s, err));
    return warned ? tell(g, c, &n, by, "reports-paused", "reports-paused", err)
                  : tell(g, c, &n, by, "reporter-warned", "warned", err);
}
