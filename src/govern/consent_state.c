/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/consent_state.h"

#define IN(state) (1U << (state))
#define PENDING (IN(JZ_CONSENT_REQUESTED) | IN(JZ_CONSENT_DEFERRED))
#define ALIVE (IN(JZ_CONSENT_GIVEN) | IN(JZ_CONSENT_RENEWED))
#define ENDED (IN(JZ_CONSENT_WITHDRAWN) | IN(JZ_CONSENT_EXPIRED) | IN(JZ_CONSENT_REVOKED))
#define OVER (ENDED | IN(JZ_CONSENT_REFUSED) | IN(JZ_CONSENT_INVALIDATED))

static const char *const state_names[] = {
    [JZ_CONSENT_REQUESTED] = "requested",     [JZ_CONSENT_DEFERRED] = "deferred",
    [JZ_CONSENT_REFUSED] = "refused",         [JZ_CONSENT_GIVEN] = "given",
    [JZ_CONSENT_RENEWED] = "renewed",         [JZ_CONSENT_WITHDRAWN] = "withdrawn",
    [JZ_CONSENT_EXPIRED] = "expired",         [JZ_CONSENT_REVOKED] = "revoked",
    [JZ_CONSENT_INVALIDATED] = "invalidated",
};

/* A withdrawn consent can still be invalidated: a court may find that it never was one. Erasing
 * changes no state. */
static const struct rule {
    const char *name;
    unsigned from; /* states */
    jz_consent_party party;
    jz_consent_state to; /* 0 = the same */
} rules[] = {
    [JZ_CONSENT_DEFER] = { "defer", IN(JZ_CONSENT_REQUESTED), JZ_PARTY_PRINCIPAL,
                           JZ_CONSENT_DEFERRED },
    [JZ_CONSENT_REFUSE] = { "refuse", PENDING, JZ_PARTY_PRINCIPAL, JZ_CONSENT_REFUSED },
    [JZ_CONSENT_GRANT] = { "grant", PENDING, JZ_PARTY_PRINCIPAL, JZ_CONSENT_GIVEN },
    [JZ_CONSENT_RENEW] = { "renew", ALIVE, JZ_PARTY_PRINCIPAL, JZ_CONSENT_RENEWED },
    [JZ_CONSENT_WITHDRAW] = { "withdraw", ALIVE, JZ_PARTY_PRINCIPAL, JZ_CONSENT_WITHDRAWN },
    [JZ_CONSENT_EXPIRE] = { "expire", PENDING | ALIVE, JZ_PARTY_CLOCK, JZ_CONSENT_EXPIRED },
    [JZ_CONSENT_REVOKE] = { "revoke", ALIVE, JZ_PARTY_CONTROLLER, JZ_CONSENT_REVOKED },
    [JZ_CONSENT_INVALIDATE] = { "invalidate", ALIVE | ENDED, JZ_PARTY_AUTHORITY,
                                JZ_CONSENT_INVALIDATED },
    [JZ_CONSENT_ERASE] = { "erase", OVER, JZ_PARTY_PRINCIPAL, 0 },
};

const char *jz_consent_state_name(jz_consent_state s)
{
    return (size_t)s < JZ_ARRAY_LEN(state_names) ? state_names[s] : NULL;
}

const char *jz_consent_act_name(jz_consent_act a)
{
    return (size_t)a < JZ_ARRAY_LEN(rules) ? rules[a].name : NULL;
}

jz_consent_party jz_consent_party_of(jz_consent_act act)
{
    return rules[act].party;
}

bool jz_consent_is_valid(const jz_consent_life *life, int64_t now_s)
{
    return (IN(life->state) & ALIVE) != 0 && now_s >= life->from_s && now_s < life->until_s;
}

bool jz_consent_is_over(jz_consent_state s)
{
    return (IN(s) & OVER) != 0;
}

/* What the times must be. */
static jz_status check_times(const jz_consent_life *life, jz_consent_act act, int64_t now_s,
                             int64_t until_s, jz_err *err)
{
    const bool ended = now_s >= life->until_s;
    const int64_t from = now_s > life->from_s ? now_s : life->from_s;
    if (act == JZ_CONSENT_EXPIRE)
        return ended ? JZ_OK : JZ_FAIL(err, JZ_E_INVAL, "its end has not come");
    if (act != JZ_CONSENT_GRANT && act != JZ_CONSENT_RENEW)
        return JZ_OK;
    if (ended)
        return JZ_FAIL(err, JZ_E_INVAL, "its end has passed: ask for a new one");
    if (act == JZ_CONSENT_GRANT)
        until_s = life->until_s;
    if (until_s <= from || until_s - from > JZ_CONSENT_MAX_S)
        return JZ_FAIL(err, JZ_E_INVAL, "it must end within %d days", JZ_CONSENT_MAX_DAYS);
    return JZ_OK;
}

jz_status jz_consent_step(jz_consent_life *life, jz_consent_act act, jz_consent_party party,
                          int64_t now_s, int64_t until_s, jz_err *err)
{
    if ((size_t)act >= JZ_ARRAY_LEN(rules) || rules[act].name == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "%u is no act", (unsigned)act);
    const struct rule *r = &rules[act];
    if ((IN(life->state) & r->from) == 0 || (life->erased && act == JZ_CONSENT_ERASE))
        return JZ_FAIL(err, JZ_E_INVAL, "a consent that is %s cannot be: %s",
                       life->erased ? "erased" : state_names[life->state], r->name);
    if (party != r->party)
        return JZ_FAIL(err, JZ_E_INVAL, "%s: not by whoever does this", r->name);
    JZ_TRY(check_times(life, act, now_s, until_s, err));
    if (r->to != 0)
        life->state = r->to;
    if (act == JZ_CONSENT_RENEW)
        life->until_s = until_s;
    if (act == JZ_CONSENT_ERASE)
        life->erased = true;
    life->seq++;
    return JZ_OK;
}
