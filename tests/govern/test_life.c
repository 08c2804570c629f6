/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a consent under random acts: a million sequences through the table, and a smaller
 * number through the database, whose rows must be what the table says. */
#include "govern/consents.h"

#include "govern_fixture.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEQUENCES 1000000
#define STEPS 10
#define STORED 40

static uint64_t dice = 1;

static uint32_t roll(uint32_t sides)
{
    dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)((dice >> 33) % sides);
}

typedef struct history { /* what must stay true of one life, kept beside it */
    bool was_over;
    int64_t last_yes_s; /* when the person last gave or renewed */
    bool said_yes;
} history;

static bool is_alive(jz_consent_state s)
{
    return s == JZ_CONSENT_GIVEN || s == JZ_CONSENT_RENEWED;
}

static void check(const jz_consent_life *before, const jz_consent_life *l, jz_consent_act act,
                  jz_consent_party party, int64_t now, history *h)
{
    /* Only the person says yes, and only the person's yes makes it good or longer. */
    if (is_alive(l->state) && l->until_s != before->until_s)
        assert_true(act == JZ_CONSENT_RENEW);
    if (act == JZ_CONSENT_GRANT || act == JZ_CONSENT_RENEW) {
        assert_int_equal(party, JZ_PARTY_PRINCIPAL);
        assert_true(now < before->until_s);
        h->said_yes = true;
        h->last_yes_s = now > l->from_s ? now : l->from_s;
    }
    if (is_alive(l->state))
        assert_true(h->said_yes);
    /* No yes lasts for longer than the law allows. */
    if (is_alive(l->state))
        assert_true(l->until_s - h->last_yes_s <= JZ_CONSENT_MAX_S);
    /* What is over stays over. */
    if (h->was_over)
        assert_true(jz_consent_is_over(l->state));
    h->was_over = jz_consent_is_over(l->state);
    if (before->state == JZ_CONSENT_INVALIDATED || before->state == JZ_CONSENT_REFUSED)
        assert_int_equal(l->state, before->state);
    if (act == JZ_CONSENT_EXPIRE)
        assert_true(now >= before->until_s);
    /* Erased is for good, and only what is over. */
    if (before->erased)
        assert_true(l->erased);
    if (l->erased)
        assert_true(jz_consent_is_over(l->state) && !jz_consent_is_valid(l, now));
    assert_int_equal(l->seq, before->seq + 1);
    assert_int_equal(l->from_s, before->from_s);
    /* Good for processing: alive, begun, not ended; nothing else. */
    assert_int_equal(jz_consent_is_valid(l, now),
                     is_alive(l->state) && now >= l->from_s && now < l->until_s);
}

static jz_consent_life begin(int64_t *now)
{
    *now = T0 + roll(200) * DAY;
    const int64_t from = T0 + roll(100) * DAY;
    return (jz_consent_life){ .state = JZ_CONSENT_REQUESTED,
                              .from_s = from,
                              .until_s = from + (1 + roll(JZ_CONSENT_MAX_DAYS)) * DAY,
                              .seq = 1 };
}

static void test_random_lives_keep_the_rules(void **state)
{
    (void)state;
    uint64_t done = 0;
    uint64_t reached[JZ_CONSENT_INVALIDATED + 1] = { 0 };
    for (unsigned i = 0; i < SEQUENCES; i++) {
        int64_t now;
        jz_consent_life l = begin(&now);
        history h = { 0 };
        for (unsigned k = 0; k < STEPS; k++) {
            const jz_consent_life before = l;
            const jz_consent_act act = (jz_consent_act)(1 + roll(JZ_CONSENT_ERASE));
            const jz_consent_party party =
                roll(8) == 0 ? (jz_consent_party)roll(4) : jz_consent_party_of(act);
            const int64_t until = now + (int64_t)roll(500) * DAY - 50 * DAY;
            if (jz_consent_step(&l, act, party, now, until, NULL) == JZ_OK) {
                check(&before, &l, act, party, now, &h);
                assert_int_equal(party, jz_consent_party_of(act));
                done++;
            } else {
                assert_memory_equal(&before, &l, sizeof l);
            }
            now += roll(90) * DAY;
        }
        reached[l.state]++;
    }
    for (unsigned s = JZ_CONSENT_REQUESTED; s <= JZ_CONSENT_INVALIDATED; s++)
        assert_true(reached[s] > 0); /* the dice reach every state */
    assert_true(done > SEQUENCES);
}

static void test_no_act_and_no_state_are_refused(void **state)
{
    (void)state;
    jz_consent_life l = { .state = JZ_CONSENT_REQUESTED, .until_s = T0 + DAY };
    assert_int_equal(jz_consent_step(&l, (jz_consent_act)0, JZ_PARTY_PRINCIPAL, T0, 0, NULL),
                     JZ_E_INVAL);
    assert_int_equal(jz_consent_step(&l, (jz_consent_act)99, JZ_PARTY_PRINCIPAL, T0, 0, NULL),
                     JZ_E_INVAL);
    assert_null(jz_consent_act_name((jz_consent_act)0));
    assert_null(jz_consent_state_name((jz_consent_state)0));
}

/* ---- the same through the database ---- */

typedef struct shown {
    jz_consent_state state;
    bool valid, erased, personal;
    int64_t until_s;
} shown;

static jz_status see(void *user, const jz_consent_info *i, jz_err *err)
{
    shown *s = user;
    (void)err;
    *s = (shown){ i->state, i->valid, i->erased, i->personal != NULL, i->until_s };
    return JZ_OK;
}

static jz_status act_on(fixture *f, const char *id, jz_consent_act act, int64_t until)
{
    const jz_consent_deed deed = {
        .act = act, .by = "somebody", .reason = "a reason", .document = "no. 1"
    };
    return jz_consent_party_of(act) == JZ_PARTY_PRINCIPAL ? signed_act(f, id, act, until)
                                                          : jz_consent_do(f->g, id, &deed, NULL);
}

static void live(fixture *f, const char *id)
{
    jz_consent_life l = {
        .state = JZ_CONSENT_REQUESTED, .from_s = T0, .until_s = T0 + 90 * DAY, .seq = 1
    };
    int64_t now = T0;
    for (unsigned k = 0; k < STEPS; k++) {
        const jz_consent_act act = (jz_consent_act)(1 + roll(JZ_CONSENT_ERASE));
        const int64_t until = now + (int64_t)roll(400) * DAY;
        shown s;
        at(f, now);
        const jz_status wanted =
            jz_consent_step(&l, act, jz_consent_party_of(act), now, until, NULL);
        assert_int_equal(act_on(f, id, act, until), wanted);
        assert_int_equal(jz_consent_show(f->g, id, see, &s, NULL), JZ_OK);
        assert_int_equal(s.state, l.state);
        assert_int_equal(s.erased, l.erased);
        assert_int_equal(s.personal, !l.erased);
        assert_int_equal(s.until_s, l.until_s);
        assert_int_equal(s.valid, jz_consent_is_valid(&l, now));
        assert_decision(f, id, NULL, NULL,
                        s.valid                          ? JZ_GATE_PERMIT
                        : l.state <= JZ_CONSENT_DEFERRED ? JZ_GATE_NEEDS_CONSENT
                        : l.state == JZ_CONSENT_EXPIRED  ? JZ_GATE_NEEDS_CONSENT
                        : is_alive(l.state)              ? JZ_GATE_NEEDS_CONSENT
                                                         : JZ_GATE_DENY,
                        NULL);
        now += roll(40) * DAY + 1000; /* tokens of before are over: no output is set aside */
    }
}

static void test_the_database_follows_the_table(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts opts = { .owner = f };
    for (unsigned i = 0; i < STORED; i++) {
        jz_consent_ticket t;
        at(f, T0);
        assert_int_equal(asked(f, &opts, &t), JZ_OK);
        live(f, t.id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_lives_keep_the_rules),
        cmocka_unit_test(test_no_act_and_no_state_are_refused),
        cmocka_unit_test_setup_teardown(test_the_database_follows_the_table, make_fixture,
                                        drop_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
