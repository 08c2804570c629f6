/* SPDX-License-Identifier: Apache-2.0 */
/* Two days of a platform in one run: every minute a complaint is filed, the gate is asked, what is
 * due is decided and carried out, clocks are swept; every ten the ledger is written. Afterwards
 * nothing is lost, every clock said what a second reckoning says, and memory has stayed flat. */
#include "govern_fixture.h"

#include <jz/complaint.h>
#include <jz/ledger.h>
#include <jz/measure.h>
#include <jz/report.h>

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTES 2880
#define NEVER INT64_MAX
#define WARM 4 /* memory is compared from a quarter of the time on */
#define GROWTH (256 << 10)

static uint64_t dice = 1;

static int64_t roll(int64_t sides)
{
    dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int64_t)((dice >> 33) % (uint64_t)sides);
}

/* Whose clocks run how long, in minutes, besides our own promise of a day. */
static const struct kind {
    const char *json;
    int64_t law[2];
} kinds[] = {
    { "\"role\":\"depicted\",\"category\":\"intimate-synthetic\",\"jurisdiction\":\"US\","
      "\"statement\":\"s\",\"signature\":\"s\",\"contact\":\"c\"",
      { 2880, 0 } },
    { "\"role\":\"user\",\"category\":\"intimate\",\"jurisdiction\":\"IN\"", { 120, 2160 } },
    { "\"role\":\"user\",\"category\":\"unlabelled\",\"jurisdiction\":\"CN\"", { 0, 0 } },
    { "\"role\":\"authority\",\"category\":\"fraud\",\"jurisdiction\":\"IN\",\"document\":\"1\"",
      { 180, 2160 } },
};
#define PROMISE 1440

typedef struct matter {
    char id[JZ_COMPLAINT_ID_SIZE];
    const struct kind *kind;
    int64_t filed, decided, stopped; /* minutes */
    bool upheld;
} matter;
static matter matters[MINUTES];

static void file(fixture *f, int64_t now, matter *m)
{
    char json[512];
    m->kind = &kinds[roll(JZ_ARRAY_LEN(kinds))];
    m->filed = now;
    m->decided = roll(5) == 0 ? NEVER : now + 1 + roll(1800);
    m->upheld = roll(2) == 0;
    m->stopped = m->decided == NEVER ? NEVER : m->upheld ? m->decided + roll(600) : m->decided;
    const int n =
        snprintf(json, sizeof json, "{%s,\"items\":[{\"url\":\"https://example.org/%lld\"}]}",
                 m->kind->json, (long long)now);
    assert_int_equal(jz_complaint_file(f->g, (jz_bytes){ (const uint8_t *)json, (size_t)n },
                                       "intake", m->id, NULL, NULL),
                     JZ_OK);
}

static void act(fixture *f, const matter *m, jz_complaint_act a)
{
    const jz_complaint_deed deed = {
        .act = a, .by = "r1", .reason = "a reason", .policy = "3.2", .basis = "a law"
    };
    assert_int_equal(jz_complaint_do(f->g, m->id, &deed, NULL), JZ_OK);
}

static void work(fixture *f, int64_t now, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const matter *m = &matters[i];
        if (m->decided == now)
            act(f, m, m->upheld ? JZ_COMPLAINT_UPHOLD : JZ_COMPLAINT_REJECT);
        if (m->upheld && m->stopped == now)
            act(f, m, JZ_COMPLAINT_CARRY);
    }
}

static void ask_gate(fixture *f, int64_t now, const char *consent)
{
    JZ_BUF_AUTO text = { 0 };
    jz_gate_answer a;
    char id[32];
    (void)snprintf(id, sizeof id, "r-%lld", (long long)now);
    request_text(id, consent, NULL, NULL, &text);
    assert_int_equal(ask(f, &text, &a), JZ_OK);
    assert_int_equal(a.decision, JZ_GATE_PERMIT);
    jz_gate_answers_done(&a, 1);
}

/* ---- what must have been recorded ---- */

typedef struct told {
    unsigned filed, decided, carried, escalated, broken, elsewhere;
} told;

static jz_status count(void *user, const jz_govern_event *e, jz_err *err)
{
    told *t = user;
    (void)err;
    t->filed += strcmp(e->kind, "filed") == 0;
    t->decided += strcmp(e->kind, "upheld") == 0 || strcmp(e->kind, "rejected") == 0;
    t->carried += strcmp(e->kind, "done") == 0;
    t->escalated += strcmp(e->kind, "escalated") == 0;
    t->broken += strcmp(e->kind, "clock-broken") == 0;
    t->elsewhere += e->leaf < 0; /* than in the ledger */
    return JZ_OK;
}

/* A clock is told of at 50, 80 and 100 of 100 of its time, unless it stopped before. */
static void reckon(const matter *m, int64_t span, int64_t end, told *t)
{
    static const int64_t percent[] = { 50, 80, 100 };
    for (size_t i = 0; span > 0 && i < JZ_ARRAY_LEN(percent); i++) {
        const int64_t when = m->filed + span * percent[i] / 100;
        if (when >= m->stopped || when > end)
            return;
        t->escalated += percent[i] < 100;
        t->broken += percent[i] == 100;
    }
}

static uint64_t check(fixture *f, const matter *m, int64_t end)
{
    told have = { 0 };
    told want = { .filed = 1,
                  .decided = m->decided <= end,
                  .carried = m->upheld && m->stopped <= end };
    reckon(m, m->kind->law[0], end, &want);
    reckon(m, m->kind->law[1], end, &want);
    reckon(m, PROMISE, end, &want);
    assert_int_equal(jz_govern_events(f->g, m->id, count, &have, NULL), JZ_OK);
    assert_memory_equal(&have, &want, sizeof have);
    return want.broken;
}

static void test_two_days_lose_nothing_and_keep_memory_flat(void **state)
{
    fixture *f = fixture_of(state);
    char dir[300];
    jz_skey key;
    jz_log *log = NULL;
    jz_consent_ticket consent;
    jz_checkpoint head;
    uint64_t n = 0, appended = 0, escalated = 0, broken = 0, all_broken = 0, want_broken = 0;
    size_t warm = 0;
    (void)snprintf(dir, sizeof dir, "%s/ledger", f->home);
    assert_int_equal(jz_skey_new("example.org/log", JZ_KEY_ED25519, &key, NULL), JZ_OK);
    assert_int_equal(jz_log_create(dir, &key, NULL), JZ_OK);
    assert_int_equal(jz_log_open(dir, &key.pub, &key, NULL, &log, NULL), JZ_OK);
    granted(f, &(record_opts){ .replace = "\"max_outputs\":3", .with = "\"max_outputs\":10000" },
            &consent);
    assert_int_equal(jz_complaint_promise(f->g, PROMISE / 60, "head", NULL), JZ_OK);
    for (int64_t now = 0; now < MINUTES; now++) {
        at(f, T0 + now * 60);
        file(f, now, &matters[now]);
        work(f, now, (size_t)now + 1);
        ask_gate(f, now, consent.id);
        assert_int_equal(jz_complaint_sweep(f->g, "clock", &escalated, &broken, NULL), JZ_OK);
        all_broken += broken;
        if (now % 10 == 0 || now == MINUTES - 1) {
            assert_int_equal(jz_measure_sweep(f->g, "clock", &n, NULL), JZ_OK);
            assert_int_equal(jz_retention_sweep(f->g, "clock", &n, NULL), JZ_OK);
            assert_int_equal(jz_govern_anchor(f->g, log, &n, NULL), JZ_OK);
            appended += n;
        }
        if (now == MINUTES / WARM)
            warm = mallinfo2().uordblks;
    }
    const size_t last = mallinfo2().uordblks;
    if (last > warm + GROWTH)
        fail_msg("%zu bytes in use, %zu after a quarter of the time", last, warm);
    for (int64_t i = 0; i < MINUTES; i++)
        want_broken += check(f, &matters[i], MINUTES - 1);
    assert_int_equal(all_broken, want_broken);
    assert_true(want_broken > 0);
    jz_log_head(log, &head);
    assert_int_equal(head.size, appended);
    assert_int_equal(jz_log_audit(log, NULL, NULL, NULL), JZ_OK);
    jz_log_close(log);
    jz_skey_wipe(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_two_days_lose_nothing_and_keep_memory_flat,
                                        make_fixture, drop_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
