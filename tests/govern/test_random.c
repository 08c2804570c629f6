/* SPDX-License-Identifier: Apache-2.0 */
/* Complaints, measures, appeals and ladders under random events: the tables' invariants over many
 * sequences, and a smaller number through the database. The number of sequences is the program's
 * argument. */
#include "govern/complaint_life.h"
#include "govern/ladder.h"
#include "govern_fixture.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STEPS 12
#define HOUR_US ((int64_t)3600 * 1000000)
#define STORED 12

static unsigned sequences = 20000;
static uint64_t dice = 1;

static uint32_t roll(uint32_t sides)
{
    dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)((dice >> 33) % sides);
}

/* ---- complaints ---- */

static bool decided(jz_complaint_state s)
{
    return s == JZ_COMPLAINT_UPHELD || s == JZ_COMPLAINT_REJECTED || s == JZ_COMPLAINT_FINAL;
}

static void check_complaint(const jz_complaint_life *b, const jz_complaint_life *l,
                            jz_complaint_act act, int64_t now)
{
    /* Over for good: a final rejection, a withdrawal. */
    assert_true(b->state != JZ_COMPLAINT_FINAL && b->state != JZ_COMPLAINT_WITHDRAWN);
    /* Only a decision decides, and only from review. */
    if (decided(l->state) && l->state != b->state) {
        assert_true(act == JZ_COMPLAINT_UPHOLD || act == JZ_COMPLAINT_REJECT);
        assert_true(b->state == JZ_COMPLAINT_OPEN || b->state == JZ_COMPLAINT_APPEALED);
        assert_int_equal(l->decided_us, now);
    }
    if (l->state == JZ_COMPLAINT_FINAL)
        assert_int_equal(b->state, JZ_COMPLAINT_APPEALED);
    if (l->state == JZ_COMPLAINT_DONE)
        assert_int_equal(b->state, JZ_COMPLAINT_UPHELD);
    /* Nothing that is over has a clock, nothing that waits has none, nothing decided is paused. */
    if (jz_complaint_is_over(l->state))
        assert_false(jz_complaint_ticks(l->state));
    if (l->paused_us != 0)
        assert_true(act == JZ_COMPLAINT_PAUSE && jz_complaint_ticks(l->state));
    if (act == JZ_COMPLAINT_APPEAL)
        assert_true(now <= b->decided_us + JZ_COMPLAINT_APPEAL_US);
}

/* One clock of a law and one of ours, told as the sweep tells them. */
static void check_clocks(jz_clock clock[2], const jz_complaint_life *l, int64_t began, int64_t now)
{
    for (unsigned i = 0; i < 2; i++) {
        jz_clock *c = &clock[i];
        const int64_t elapsed = jz_clock_elapsed(c, l->paused_us, now);
        assert_true(elapsed >= 0 && elapsed <= now - began);
        if (!c->pausable && c->stopped_us == 0) /* a law's clock never stands */
            assert_int_equal(elapsed, now - began);
        if (c->stopped_us == 0 && jz_clock_next(c, l->paused_us) <= now) {
            const unsigned p = jz_clock_percent(c, l->paused_us, now);
            const int told = p >= 100 ? 100 : p >= 80 ? 80 : 50;
            assert_true(p >= 50 && told > c->told); /* each once, and upwards */
            c->told = told;
        }
        if (jz_clock_next(c, l->paused_us) != INT64_MAX)
            assert_true(jz_clock_next(c, l->paused_us) > now);
    }
}

static void turn(jz_clock clock[2], const jz_complaint_life *b, const jz_complaint_life *l,
                 int64_t now)
{
    for (unsigned i = 0; i < 2; i++) {
        const int64_t before = jz_clock_elapsed(&clock[i], b->paused_us, now);
        if (b->paused_us != 0 && l->paused_us == 0)
            jz_clock_resume(&clock[i], b->paused_us, now);
        if (!jz_complaint_ticks(l->state) && clock[i].stopped_us == 0)
            clock[i].stopped_us = now;
        /* Going on and stopping take nothing away, and add nothing. */
        assert_int_equal(jz_clock_elapsed(&clock[i], l->paused_us, now), before);
    }
}

static void test_complaints_and_clocks_keep_the_rules(void **state)
{
    uint64_t reached[JZ_COMPLAINT_WITHDRAWN + 1] = { 0 };
    (void)state;
    for (unsigned i = 0; i < sequences; i++) {
        int64_t now = T0 * 1000000;
        const int64_t began = now;
        jz_complaint_life l = { .state = JZ_COMPLAINT_OPEN };
        jz_clock clock[2] = { { .from_us = now, .span_us = 48 * HOUR_US },
                              { .from_us = now, .span_us = 24 * HOUR_US, .pausable = true } };
        for (unsigned k = 0; k < STEPS; k++) {
            const jz_complaint_life b = l;
            const jz_complaint_act act = (jz_complaint_act)(1 + roll(JZ_COMPLAINT_WITHDRAW));
            now += roll(20) * HOUR_US / 2 + (roll(50) == 0 ? 190 * JZ_DAY_US : 0);
            if (clock[0].stopped_us == 0)
                check_clocks(clock, &l, began, now);
            if (act == JZ_COMPLAINT_WITHDRAW && roll(3) != 0)
                continue;
            if (jz_complaint_step(&l, act, now, NULL) == JZ_OK) {
                check_complaint(&b, &l, act, now);
                turn(clock, &b, &l, now);
            } else {
                assert_memory_equal(&b, &l, sizeof l);
            }
        }
        reached[l.state]++;
    }
    for (unsigned s = JZ_COMPLAINT_OPEN; s <= JZ_COMPLAINT_WITHDRAWN; s++)
        assert_true(reached[s] > 0);
}

/* ---- measures ---- */

static void check_measure(const jz_measure_life *b, const jz_measure_life *l, jz_measure_act act,
                          int64_t now)
{
    /* What is reversed, ended or dismissed stays so. */
    assert_true(jz_measure_stands(b->state));
    /* What was proposed is in force only by approval. */
    if (b->state == JZ_MEASURE_PROPOSED && jz_measure_stands(l->state))
        assert_true(act == JZ_MEASURE_APPROVE && l->state == JZ_MEASURE_ORDERED);
    if (l->state == JZ_MEASURE_ENDED)
        assert_true(l->until_us > 0 && now >= l->until_us);
    if (l->state == JZ_MEASURE_REVERSED && jz_measure_row_of(l->kind)->for_good)
        assert_true(b->state != JZ_MEASURE_DONE);
    if (l->state == JZ_MEASURE_DISMISSED)
        assert_int_equal(b->state, JZ_MEASURE_PROPOSED);
}

static void test_measures_keep_the_rules(void **state)
{
    uint64_t reached[JZ_MEASURE_DISMISSED + 1] = { 0 };
    (void)state;
    for (unsigned i = 0; i < sequences; i++) {
        int64_t now = T0 * 1000000;
        jz_measure_life l = { .kind = (jz_measure_kind)(1 + roll(JZ_MEASURE_RESPOND_ORDER)),
                              .state = roll(2) == 0 ? JZ_MEASURE_PROPOSED : JZ_MEASURE_ORDERED,
                              .until_us = roll(2) == 0 ? 0 : now + 5 * JZ_DAY_US };
        for (unsigned k = 0; k < STEPS; k++) {
            const jz_measure_life b = l;
            const jz_measure_act act = (jz_measure_act)(1 + roll(JZ_MEASURE_REVERSE));
            now += roll(24) * HOUR_US;
            if ((act == JZ_MEASURE_REVERSE || act == JZ_MEASURE_DISMISS) && roll(3) != 0)
                continue;
            if (jz_measure_step(&l, act, now, NULL) == JZ_OK)
                check_measure(&b, &l, act, now);
            else
                assert_memory_equal(&b, &l, sizeof l);
        }
        reached[l.state]++;
    }
    for (unsigned s = JZ_MEASURE_ORDERED; s <= JZ_MEASURE_DISMISSED; s++)
        assert_true(reached[s] > 0);
}

/* ---- appeals ---- */

static void test_appeals_keep_the_rules(void **state)
{
    uint64_t reached[JZ_APPEAL_MODIFIED + 1] = { 0 };
    (void)state;
    for (unsigned i = 0; i < sequences; i++) {
        int64_t now = T0 * 1000000;
        jz_appeal_life l = { .state = JZ_APPEAL_NONE, .decided_us = now };
        int opened = 0, outcomes = 0;
        for (unsigned k = 0; k < STEPS; k++) {
            const jz_appeal_life b = l;
            const jz_appeal_state to = (jz_appeal_state)roll(JZ_APPEAL_MODIFIED + 2);
            const bool same = roll(2) == 0;
            now += roll(60) * JZ_DAY_US;
            if (jz_appeal_step(&l, to, same, now, NULL) != JZ_OK) {
                assert_memory_equal(&b, &l, sizeof l);
                continue;
            }
            assert_int_equal(l.state, to);
            assert_int_equal(l.decided_us, b.decided_us);
            if (to == JZ_APPEAL_OPEN) { /* once, in time */
                assert_int_equal(++opened, 1);
                assert_true(now <= l.decided_us + JZ_COMPLAINT_APPEAL_US);
            } else { /* once, from an open one, by another */
                assert_int_equal(++outcomes, 1);
                assert_true(b.state == JZ_APPEAL_OPEN && !same && to >= JZ_APPEAL_KEPT);
            }
        }
        reached[l.state]++;
    }
    for (unsigned s = JZ_APPEAL_NONE; s <= JZ_APPEAL_MODIFIED; s++)
        assert_true(reached[s] > 0);
}

/* ---- the ladder ---- */

static void test_points_keep_the_rules(void **state)
{
    jz_ladder l;
    const jz_bytes usual = { (const uint8_t *)jz_ladder_usual, strlen(jz_ladder_usual) };
    (void)state;
    assert_int_equal(jz_ladder_read(usual, &l, NULL), JZ_OK);
    for (unsigned i = 0; i < sequences; i++) {
        jz_strike s[4];
        jz_span span[2];
        int64_t total = 0;
        int64_t now = 0;
        for (unsigned k = 0; k < 4; k++) {
            now += roll(90) * JZ_DAY_US;
            s[k] = (jz_strike){ now, 1 + roll(12), roll(3) * 100, roll(4) == 0 };
            total += s[k].revoked ? 0 : s[k].points * 1000;
        }
        span[0] = (jz_span){ roll(100) * JZ_DAY_US, 0 };
        span[0].until_us = span[0].from_us + roll(60) * JZ_DAY_US;
        span[1] = (jz_span){ span[0].from_us + roll(50) * JZ_DAY_US, 0 };
        span[1].until_us = span[1].from_us + roll(60) * JZ_DAY_US;
        const int64_t then = now + roll(100) * JZ_DAY_US;
        const int64_t at_now = jz_ladder_milli(s, 4, span, 2, now);
        const int64_t at_then = jz_ladder_milli(s, 4, span, 2, then);
        assert_true(at_then >= 0 && at_now <= total);
        assert_true(at_then <= at_now); /* nothing grows by itself */
        assert_true(jz_ladder_milli(s, 4, NULL, 0, then) <= at_then);
        s[roll(4)].revoked = true; /* and what is revoked only makes it less */
        assert_true(jz_ladder_milli(s, 4, span, 2, then) <= at_then);
        const int crossed = jz_ladder_crossed(&l, at_then, at_now);
        if (crossed >= 0)
            assert_true(at_then < l.step[crossed].at * 1000 && at_now >= l.step[crossed].at * 1000);
        assert_int_equal(jz_ladder_crossed(&l, at_now, at_now), -1);
    }
}

/* ---- through the database ---- */

typedef struct seen {
    unsigned terminated, bad;
} seen;

/* Whatever happened: nothing that only a person may order is there without one, and no step twice.
 */
static jz_status look(void *user, const jz_measure_info *m, jz_err *err)
{
    seen *s = user;
    (void)err;
    const bool by_person = jz_measure_row_of(m->kind)->by_person;
    s->bad += by_person && m->automated;
    s->terminated += m->kind == JZ_MEASURE_TERMINATE && jz_measure_stands(m->state);
    s->bad += m->state == JZ_MEASURE_ORDERED && m->ordered_us == 0;
    return JZ_OK;
}

static void act_at_random(fixture *f)
{
    const jz_measure_deed deed = { .act = (jz_measure_act)(1 + roll(JZ_MEASURE_REVERSE)),
                                   .by = "m",
                                   .reason = "r" };
    const jz_status st = jz_measure_do(f->g, 1 + roll(12), &deed, NULL);
    assert_true(st == JZ_OK || st == JZ_E_INVAL || st == JZ_E_NOTFOUND);
}

static void strike_at_random(fixture *f, char id[JZ_DECISION_ID_SIZE])
{
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"ground\":\"illegal\",\"policy\":\"1\",\"basis\":\"b\",\"facts\":\"f\","
                   "\"category\":\"other\",\"content_type\":[\"text\"],\"source\":\"voluntary\","
                   "\"automated_detection\":true,\"automated_decision\":\"no\",\"account\":\"a\","
                   "\"severity\":\"%s\"}",
                   jz_words_severity[roll(4)]);
    assert_int_equal(
        jz_decide(f->g, (jz_bytes){ (const uint8_t *)json, strlen(json) }, "r1", id, NULL), JZ_OK);
}

static void appeal_at_random(fixture *f, const char *id)
{
    const bool whole = roll(2) == 0;
    if (jz_decision_appeal(f->g, id, "t", "p", NULL) != JZ_OK)
        return; /* there was one */
    assert_int_equal(jz_decision_review(f->g, id, whole ? JZ_APPEAL_OVERTURNED : JZ_APPEAL_MODIFIED,
                                        whole ? NULL : "low", "r", "r2", NULL),
                     JZ_OK);
}

static void live(fixture *f)
{
    char id[JZ_DECISION_ID_SIZE] = "";
    int64_t now = T0;
    uint64_t n = 0;
    for (unsigned k = 0; k < 2 * STEPS; k++) {
        seen s = { 0 };
        jz_account_standing a;
        at(f, now);
        const uint32_t what = roll(4);
        if (what == 0 || id[0] == '\0')
            strike_at_random(f, id);
        else if (what == 1)
            act_at_random(f);
        else if (what == 2)
            appeal_at_random(f, id);
        else
            assert_int_equal(jz_measure_sweep(f->g, "c", &n, NULL), JZ_OK);
        assert_int_equal(jz_measures(f->g, NULL, (jz_measure_state)0, look, &s, NULL), JZ_OK);
        assert_int_equal(s.bad, 0);
        assert_true(s.terminated <= 1);
        assert_int_equal(jz_account(f->g, "a", &a, NULL), JZ_OK);
        assert_true(a.milli >= 0 && a.strikes >= 0);
        now += roll(20) * DAY;
    }
}

static void test_the_database_keeps_the_rules(void **state)
{
    for (unsigned i = 0; i < STORED; i++) {
        void *own = NULL;
        (void)state;
        assert_int_equal(make_fixture(&own), 0);
        live(fixture_of(&own));
        (void)drop_fixture(&own);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complaints_and_clocks_keep_the_rules),
        cmocka_unit_test(test_measures_keep_the_rules),
        cmocka_unit_test(test_appeals_keep_the_rules),
        cmocka_unit_test(test_points_keep_the_rules),
        cmocka_unit_test(test_the_database_keeps_the_rules),
    };
    if (argc > 1)
        sequences = (unsigned)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
