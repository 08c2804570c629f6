/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/complaint.h>

#include "base/alloc.h"

#include "govern_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HOUR INT64_C(3600)
#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ITEM_A "{\"sha256\":\"" HASH_A "\"}"
#define ITEM_B "{\"url\":\"https://example.org/b\"}"

static jz_bytes bytes_of(const char *text)
{
    return (jz_bytes){ (const uint8_t *)text, strlen(text) };
}

static jz_status filed(fixture *f, const char *json, char id[JZ_COMPLAINT_ID_SIZE])
{
    return jz_complaint_file(f->g, bytes_of(json), "intake", id, NULL, NULL);
}

/* A complaint of a role and category with those items, and more members. */
static void file(fixture *f, const char *role, const char *category, const char *country,
                 const char *items, const char *more, char id[JZ_COMPLAINT_ID_SIZE])
{
    char json[2048];
    (void)snprintf(json, sizeof json,
                   "{\"role\":\"%s\",\"category\":\"%s\",\"jurisdiction\":\"%s\",\"items\":[%s]%s}",
                   role, category, country, items, more);
    assert_int_equal(filed(f, json, id), JZ_OK);
}

static jz_status act(fixture *f, const char *id, jz_complaint_act a, const char *by)
{
    const jz_complaint_deed deed = {
        .act = a, .by = by, .reason = "a reason", .policy = "3.2", .basis = "a law"
    };
    return jz_complaint_do(f->g, id, &deed, NULL);
}

typedef struct seen {
    jz_complaint_info info; /* without its texts */
    char folded_into[JZ_COMPLAINT_ID_SIZE];
    bool body;
} seen;

static jz_status see(void *user, const jz_complaint_info *i, jz_err *err)
{
    seen *s = user;
    (void)err;
    s->info = *i;
    s->body = i->body != NULL;
    (void)snprintf(s->folded_into, sizeof s->folded_into, "%s",
                   i->folded_into != NULL ? i->folded_into : "");
    return JZ_OK;
}

static seen look(fixture *f, const char *id)
{
    seen s = { 0 };
    assert_int_equal(jz_complaint_show(f->g, id, see, &s, NULL), JZ_OK);
    return s;
}

static jz_complaint_clock clock_of(const seen *s, const char *law)
{
    size_t i = 0;
    while (i < s->info.clocks && strcmp(s->info.clock[i].law->name, law) != 0)
        i++;
    assert_true(i < s->info.clocks);
    return s->info.clock[i];
}

typedef struct counter {
    const char *kind, *detail; /* what its detail holds; NULL: anything */
    unsigned n;
} counter;

static jz_status count_event(void *user, const jz_govern_event *e, jz_err *err)
{
    counter *c = user;
    (void)err;
    if (strcmp(e->kind, c->kind) == 0 && (c->detail == NULL || strstr(e->detail, c->detail)))
        c->n++;
    return JZ_OK;
}

static unsigned events(fixture *f, const char *id, const char *kind, const char *detail)
{
    counter c = { kind, detail, 0 };
    assert_int_equal(jz_govern_events(f->g, id, count_event, &c, NULL), JZ_OK);
    return c.n;
}

static jz_status count_notice(void *user, const jz_complaint_notice *n, jz_err *err)
{
    counter *c = user;
    (void)err;
    if (strcmp(n->kind, c->kind) == 0 && (c->detail == NULL || strstr(n->text, c->detail)))
        c->n++;
    return JZ_OK;
}

static unsigned notices(fixture *f, const char *id, const char *kind, const char *text)
{
    counter c = { kind, text, 0 };
    assert_int_equal(jz_complaint_notices(f->g, id, count_notice, &c, NULL), JZ_OK);
    return c.n;
}

static void sweep(fixture *f, int64_t now_s, uint64_t escalated, uint64_t broken)
{
    uint64_t e = 99;
    uint64_t b = 99;
    at(f, now_s);
    assert_int_equal(jz_complaint_sweep(f->g, "clock", &e, &b, NULL), JZ_OK);
    assert_int_equal(e, escalated);
    assert_int_equal(b, broken);
}

/* ---- elements ---- */

static void test_a_laws_clock_begins_with_its_last_element(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "depicted", "intimate-synthetic", "US", ITEM_A, ",\"contact\":\"c\"", id);
    seen s = look(f, id);
    assert_int_equal(s.info.state, JZ_COMPLAINT_OPEN);
    assert_int_equal(clock_of(&s, "us-take-it-down").from_us, 0);
    assert_int_equal(clock_of(&s, "us-take-it-down").missing,
                     JZ_ELEMENT_STATEMENT | JZ_ELEMENT_SIGNATURE);
    assert_int_equal(clock_of(&s, "own-promise").from_us, T0 * 1000000);
    assert_int_equal(notices(f, id, "missing", "us-take-it-down: statement, signature"), 1);
    at(f, T0 + HOUR);
    const char more[] = "{\"statement\":\"I did not consent\",\"signature\":\"A. B.\"}";
    assert_int_equal(jz_complaint_add(f->g, id, bytes_of(more), "intake", NULL), JZ_OK);
    s = look(f, id);
    assert_int_equal(clock_of(&s, "us-take-it-down").missing, 0);
    assert_int_equal(clock_of(&s, "us-take-it-down").due_us, (T0 + 49 * HOUR) * 1000000);
    assert_int_equal(s.info.due_us, (T0 + 48 * HOUR) * 1000000);
}

static void test_laws_apply_by_country_category_and_order(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "user", "intimate", "IN", ITEM_A, "", id);
    seen s = look(f, id);
    assert_int_equal(clock_of(&s, "in-intimate").due_us, (T0 + 2 * HOUR) * 1000000);
    assert_int_equal(clock_of(&s, "in-urgent").due_us, (T0 + 36 * HOUR) * 1000000);
    assert_int_equal(s.info.clocks, 3);
    file(f, "authority", "fraud", "IN", ITEM_B, ",\"document\":\"no. 1\"", id);
    s = look(f, id);
    assert_int_equal(clock_of(&s, "in-order").due_us, (T0 + 3 * HOUR) * 1000000);
    assert_int_equal(s.info.clocks, 3);
    file(f, "user", "unlabelled", "CN", ITEM_A, "", id);
    assert_int_equal(jz_complaint_promise(f->g, 12, "head", NULL), JZ_OK);
    s = look(f, id);
    assert_int_equal(s.info.clocks, 1);
    assert_int_equal(s.info.due_us, (T0 + 48 * HOUR) * 1000000);
    file(f, "user", "unlabelled", "CN", ITEM_B, "", id);
    s = look(f, id);
    assert_int_equal(s.info.due_us, (T0 + 12 * HOUR) * 1000000);
    assert_int_equal(jz_complaint_promise(f->g, 0, "head", NULL), JZ_E_INVAL);
}

static void test_without_an_item_no_clock_runs(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "depicted", "intimate", "US", "", "", id);
    seen s = look(f, id);
    assert_int_equal(s.info.state, JZ_COMPLAINT_INCOMPLETE);
    assert_int_equal(s.info.due_us, 0);
    assert_int_equal(act(f, id, JZ_COMPLAINT_REJECT, "r1"), JZ_E_INVAL);
    assert_int_equal(
        jz_complaint_add(f->g, id, bytes_of("{\"items\":[" ITEM_A "]}"), "intake", NULL), JZ_OK);
    s = look(f, id);
    assert_int_equal(s.info.state, JZ_COMPLAINT_OPEN);
    assert_int_equal(s.info.due_us, (T0 + 48 * HOUR) * 1000000);
}

static void test_bad_complaints_are_refused(void **state)
{
    static const struct {
        const char *json;
        jz_status want;
    } bad[] = {
        { "", JZ_E_TRUNCATED },
        { "[]", JZ_E_CORRUPT },
        { "{\"role\":\"user\"}", JZ_E_CORRUPT },
        { "{\"role\":\"user\",\"category\":\"other\",\"jurisdiction\":\"cn\"}", JZ_E_INVAL },
        { "{\"role\":\"king\",\"category\":\"other\",\"jurisdiction\":\"CN\"}", JZ_E_CORRUPT },
        { "{\"role\":\"authority\",\"category\":\"other\",\"jurisdiction\":\"CN\"}", JZ_E_INVAL },
        { "{\"role\":\"user\",\"category\":\"other\",\"jurisdiction\":\"CN\",\"items\":[{}]}",
          JZ_E_INVAL },
        { "{\"role\":\"user\",\"role\":\"user\"}", JZ_E_CORRUPT },
    };
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE] = "untouched";
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_int_equal(filed(f, bad[i].json, id), bad[i].want);
    assert_string_equal(id, "untouched");
    assert_int_equal(jz_complaint_add(f->g, "0123", bytes_of("{}"), "x", NULL), JZ_E_INVAL);
    assert_int_equal(act(f, "0123", JZ_COMPLAINT_REJECT, "x"), JZ_E_NOTFOUND);
}

/* ---- clocks ---- */

static void test_a_pause_holds_the_promise_and_not_the_law(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "depicted", "intimate", "GB", ITEM_A, "", id);
    at(f, T0 + 10 * HOUR);
    assert_int_equal(act(f, id, JZ_COMPLAINT_PAUSE, "r1"), JZ_OK);
    assert_int_equal(act(f, id, JZ_COMPLAINT_PAUSE, "r1"), JZ_E_INVAL);
    at(f, T0 + 30 * HOUR);
    seen s = look(f, id);
    assert_true(clock_of(&s, "own-promise").paused);
    assert_int_equal(clock_of(&s, "own-promise").percent, 20);
    assert_false(clock_of(&s, "gb-intimate").paused);
    assert_int_equal(clock_of(&s, "gb-intimate").percent, 62);
    assert_int_equal(act(f, id, JZ_COMPLAINT_RESUME, "r1"), JZ_OK);
    s = look(f, id);
    assert_int_equal(clock_of(&s, "own-promise").due_us, (T0 + 68 * HOUR) * 1000000);
    assert_int_equal(clock_of(&s, "gb-intimate").due_us, (T0 + 48 * HOUR) * 1000000);
    assert_int_equal(notices(f, id, "paused", "a reason"), 1);
}

static void test_clocks_escalate_once_and_break_once(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "user", "other", "CN", ITEM_A, "", id);
    sweep(f, T0 + 24 * HOUR - 1, 0, 0);
    sweep(f, T0 + 24 * HOUR, 1, 0);
    sweep(f, T0 + 25 * HOUR, 0, 0);
    sweep(f, T0 + 39 * HOUR, 1, 0);
    sweep(f, T0 + 49 * HOUR, 0, 1);
    sweep(f, T0 + 99 * HOUR, 0, 0);
    assert_int_equal(events(f, id, "escalated", "\"percent\":50"), 1);
    assert_int_equal(events(f, id, "escalated", "\"percent\":80"), 1);
    assert_int_equal(events(f, id, "clock-broken", "own-promise"), 1);
    assert_int_equal(act(f, id, JZ_COMPLAINT_REJECT, "r1"), JZ_OK);
    assert_int_equal(events(f, id, "rejected", "\"met\":false,\"seconds\":356400"), 1);
}

/* The machine's clock is set back behind the filing, and forward again. */
static void test_a_clock_that_is_set_back_tells_nothing_twice(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "user", "other", "CN", ITEM_A, "", id);
    sweep(f, T0 + 24 * HOUR, 1, 0);
    sweep(f, T0 - 10 * HOUR, 0, 0);
    seen s = look(f, id);
    assert_int_equal(clock_of(&s, "own-promise").percent, 0);
    assert_int_equal(clock_of(&s, "own-promise").due_us, (T0 + 48 * HOUR) * 1000000);
    sweep(f, T0 + 25 * HOUR, 0, 0);
    sweep(f, T0 + 39 * HOUR, 1, 0);
    at(f, T0 - HOUR);
    assert_int_equal(act(f, id, JZ_COMPLAINT_REJECT, "r1"), JZ_OK);
    assert_int_equal(events(f, id, "rejected", "\"met\":true,\"seconds\":0"), 1);
    sweep(f, T0 + 99 * HOUR, 0, 0);
}

static void test_a_sweep_of_many_duplicates_ends(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    for (unsigned i = 0; i < 600; i++)
        file(f, "depicted", "other", "CN", ITEM_A, "", id);
    sweep(f, T0 + 24 * HOUR, 600, 0);
    sweep(f, T0 + 24 * HOUR, 0, 0);
    sweep(f, T0 + 48 * HOUR, 0, 600);
}

static void test_what_is_upheld_runs_until_it_is_carried_out(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "user", "other", "CN", ITEM_A, "", id);
    at(f, T0 + HOUR);
    assert_int_equal(act(f, id, JZ_COMPLAINT_UPHOLD, "r1"), JZ_OK);
    sweep(f, T0 + 24 * HOUR, 1, 0);
    at(f, T0 + 26 * HOUR);
    assert_int_equal(act(f, id, JZ_COMPLAINT_CARRY, "webhook"), JZ_OK);
    seen s = look(f, id);
    assert_int_equal(s.info.state, JZ_COMPLAINT_DONE);
    assert_int_equal(clock_of(&s, "own-promise").stopped_us, (T0 + 26 * HOUR) * 1000000);
    assert_false(clock_of(&s, "own-promise").broken);
    assert_int_equal(events(f, id, "done", "\"met\":true,\"seconds\":93600"), 1);
    sweep(f, T0 + 99 * HOUR, 0, 0);
    assert_int_equal(events(f, id, "upheld", "\"policy\":\"3.2\""), 1);
}

/* ---- folding ---- */

static void test_duplicates_are_decided_once(void **state)
{
    fixture *f = fixture_of(state);
    char first[JZ_COMPLAINT_ID_SIZE];
    char second[JZ_COMPLAINT_ID_SIZE];
    char third[JZ_COMPLAINT_ID_SIZE];
    file(f, "user", "intimate", "CN", ITEM_A "," ITEM_B, "", first);
    at(f, T0 + HOUR);
    file(f, "depicted", "intimate", "IN", ITEM_B, "", second);
    file(f, "user", "fraud", "CN", ITEM_B, "", third);
    seen s = look(f, second);
    assert_string_equal(s.folded_into, first);
    s = look(f, third); /* another matter */
    assert_string_equal(s.folded_into, "");
    s = look(f, first);
    assert_int_equal(s.info.folded, 1);
    assert_int_equal(s.info.due_us, (T0 + 3 * HOUR) * 1000000); /* of the one from India */
    assert_int_equal(act(f, second, JZ_COMPLAINT_REJECT, "r1"), JZ_E_INVAL);
    assert_int_equal(act(f, first, JZ_COMPLAINT_UPHOLD, "r1"), JZ_OK);
    assert_int_equal(act(f, first, JZ_COMPLAINT_CARRY, "r1"), JZ_OK);
    s = look(f, second);
    assert_int_equal(s.info.state, JZ_COMPLAINT_DONE);
    assert_int_equal(notices(f, second, "upheld", "a reason"), 1);
    assert_int_equal(notices(f, second, "done", NULL), 1);
    s = look(f, third);
    assert_int_equal(s.info.state, JZ_COMPLAINT_OPEN);
}

static void test_a_new_item_takes_a_duplicate_out_again(void **state)
{
    fixture *f = fixture_of(state);
    char first[JZ_COMPLAINT_ID_SIZE];
    char second[JZ_COMPLAINT_ID_SIZE];
    file(f, "user", "intimate", "CN", ITEM_A, "", first);
    file(f, "user", "intimate", "CN", ITEM_A, "", second);
    assert_string_equal(look(f, second).folded_into, first);
    assert_int_equal(
        jz_complaint_add(f->g, second, bytes_of("{\"items\":[" ITEM_B "]}"), "i", NULL), JZ_OK);
    assert_string_equal(look(f, second).folded_into, "");
    assert_int_equal(events(f, second, "unfolded", NULL), 1);
}

static void test_who_withdraws_leaves_the_others_their_matter(void **state)
{
    fixture *f = fixture_of(state);
    char id[4][JZ_COMPLAINT_ID_SIZE];
    for (unsigned i = 0; i < 4; i++)
        file(f, "user", "intimate", "CN", ITEM_A, "", id[i]);
    assert_int_equal(act(f, id[0], JZ_COMPLAINT_WITHDRAW, "person"), JZ_OK);
    assert_string_equal(look(f, id[1]).folded_into, "");
    assert_string_equal(look(f, id[2]).folded_into, id[1]);
    assert_string_equal(look(f, id[3]).folded_into, id[1]);
    assert_int_equal(act(f, id[3], JZ_COMPLAINT_WITHDRAW, "person"), JZ_OK);
    assert_int_equal(act(f, id[1], JZ_COMPLAINT_REJECT, "r1"), JZ_OK);
    assert_int_equal(look(f, id[0]).info.state, JZ_COMPLAINT_WITHDRAWN);
    assert_int_equal(look(f, id[2]).info.state, JZ_COMPLAINT_REJECTED);
    assert_int_equal(look(f, id[3]).info.state, JZ_COMPLAINT_WITHDRAWN);
}

/* ---- the person ---- */

static void test_case_number_and_pin_open_one_complaint(void **state)
{
    static const char json[] = "{\"role\":\"depicted\",\"category\":\"intimate\","
                               "\"jurisdiction\":\"CN\",\"items\":[" ITEM_A "]}";
    fixture *f = fixture_of(state);
    jz_complaint_ticket t;
    char id[JZ_COMPLAINT_ID_SIZE];
    char found[JZ_COMPLAINT_ID_SIZE] = "";
    assert_int_equal(jz_complaint_file(f->g, bytes_of(json), "intake", id, &t, NULL), JZ_OK);
    assert_memory_equal(t.case_no, "JZ-", 3);
    assert_int_equal(strlen(t.pin), 8);
    assert_int_equal(jz_complaint_by_case(f->g, t.case_no, t.pin, found, NULL), JZ_OK);
    assert_string_equal(found, id);
    assert_int_equal(jz_complaint_by_case(f->g, t.case_no, "no", found, NULL), JZ_E_MISMATCH);
    assert_int_equal(jz_complaint_by_case(f->g, "JZ-00000000000", t.pin, found, NULL),
                     JZ_E_MISMATCH);
    /* A PIN of a complaint opens no consent. */
    const jz_consent_deed deed = {
        .act = JZ_CONSENT_WITHDRAW, .by = "person", .case_no = t.case_no, .pin = t.pin
    };
    assert_int_equal(jz_consent_do_by_case(f->g, &deed, NULL), JZ_E_MISMATCH);
}

static void test_an_appeal_is_decided_by_another(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "user", "intimate", "CN", ITEM_A, "", id);
    assert_int_equal(act(f, id, JZ_COMPLAINT_APPEAL, "person"), JZ_E_INVAL);
    assert_int_equal(act(f, id, JZ_COMPLAINT_REJECT, "r1"), JZ_OK);
    at(f, T0 + 183 * DAY + 1);
    assert_int_equal(act(f, id, JZ_COMPLAINT_APPEAL, "person"), JZ_E_INVAL);
    at(f, T0 + 182 * DAY);
    assert_int_equal(act(f, id, JZ_COMPLAINT_APPEAL, "person"), JZ_OK);
    seen s = look(f, id);
    assert_int_equal(s.info.due_us, (T0 + 182 * DAY + 48 * HOUR) * 1000000);
    assert_int_equal(act(f, id, JZ_COMPLAINT_UPHOLD, "r1"), JZ_E_INVAL);
    assert_int_equal(act(f, id, JZ_COMPLAINT_REJECT, "r2"), JZ_OK);
    assert_int_equal(look(f, id).info.state, JZ_COMPLAINT_FINAL);
    assert_int_equal(act(f, id, JZ_COMPLAINT_APPEAL, "person"), JZ_E_INVAL);
}

static void test_decisions_give_reason_clause_and_law(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "user", "intimate", "CN", ITEM_A, "", id);
    jz_complaint_deed d = { .act = JZ_COMPLAINT_UPHOLD, .by = "r1", .policy = "3.2", .basis = "l" };
    assert_int_equal(jz_complaint_do(f->g, id, &d, NULL), JZ_E_INVAL);
    d.reason = "why";
    d.basis = NULL;
    assert_int_equal(jz_complaint_do(f->g, id, &d, NULL), JZ_E_INVAL);
    d.basis = "l";
    d.by = NULL;
    assert_int_equal(jz_complaint_do(f->g, id, &d, NULL), JZ_E_INVAL);
    assert_int_equal(look(f, id).info.state, JZ_COMPLAINT_OPEN); /* nothing was half done */
    d.by = "r1";
    d.trace = "rule ncii_exact fired";
    assert_int_equal(jz_complaint_do(f->g, id, &d, NULL), JZ_OK);
    assert_int_equal(events(f, id, "upheld", "rule ncii_exact fired"), 1);
}

static void test_erased_is_what_was_said_and_not_that_it_was(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    file(f, "user", "intimate", "CN", ITEM_A, ",\"reporter\":\"u-1\"", id);
    assert_int_equal(jz_complaint_erase(f->g, id, "sweep", NULL), JZ_E_INVAL);
    assert_int_equal(act(f, id, JZ_COMPLAINT_REJECT, "r1"), JZ_OK);
    assert_int_equal(jz_complaint_erase(f->g, id, "sweep", NULL), JZ_OK);
    const seen s = look(f, id);
    assert_true(s.info.erased && !s.body);
    assert_int_equal(s.info.items, 0);
    assert_int_equal(events(f, id, "filed", "body_sha256"), 1);
    assert_int_equal(act(f, id, JZ_COMPLAINT_APPEAL, "person"), JZ_E_INVAL);
    assert_int_equal(jz_complaint_erase(f->g, id, "sweep", NULL), JZ_E_INVAL);
}

typedef struct order {
    char id[8][JZ_COMPLAINT_ID_SIZE];
    size_t n;
} order;

static jz_status note_order(void *user, const jz_complaint_info *i, jz_err *err)
{
    order *o = user;
    (void)err;
    assert_true(o->n < 8);
    (void)snprintf(o->id[o->n++], JZ_COMPLAINT_ID_SIZE, "%s", i->id);
    return JZ_OK;
}

/* The 1st, 2nd, 3rd ... allocation fails: all or nothing is done. */
static void test_without_memory_nothing_is_half_filed(void **state)
{
    static const char json[] = "{\"role\":\"user\",\"category\":\"intimate\",\"jurisdiction\":"
                               "\"US\",\"items\":[" ITEM_A "]}";
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    order o = { .n = 0 };
    unsigned n = 0;
    for (;; n++) {
        jz_fault_arm(n);
        const jz_status st = filed(f, json, id);
        if (!jz_fault_fired())
            break;
        assert_int_equal(st, JZ_E_NOMEM);
        assert_int_equal(jz_complaint_list(f->g, true, note_order, &o, NULL), JZ_OK);
        assert_int_equal(o.n, 0);
    }
    assert_true(n > 5);
    assert_int_equal(jz_complaint_list(f->g, true, note_order, &o, NULL), JZ_OK);
    assert_int_equal(o.n, 1);
}

/* ---- reporters ---- */

static void file_and_reject(fixture *f, unsigned number, bool unfounded, const char *reviewer)
{
    char item[64];
    char id[JZ_COMPLAINT_ID_SIZE];
    (void)snprintf(item, sizeof item, "{\"url\":\"https://example.org/%u\"}", number);
    file(f, "user", "other", "CN", item, ",\"reporter\":\"u-1\"", id);
    const jz_complaint_deed d = { .act = JZ_COMPLAINT_REJECT,
                                  .by = reviewer,
                                  .reason = "why",
                                  .policy = "1",
                                  .basis = "l",
                                  .unfounded = unfounded };
    assert_int_equal(jz_complaint_do(f->g, id, &d, NULL), JZ_OK);
    if (number == 9)
        assert_int_equal(notices(f, id, "warned", NULL), 1);
    if (number == 10)
        assert_int_equal(notices(f, id, "reports-paused", NULL), 1);
}

static void test_unfounded_reporters_are_warned_then_paused(void **state)
{
    static const char again[] = "{\"role\":\"user\",\"category\":\"other\",\"jurisdiction\":\"CN\","
                                "\"reporter\":\"u-1\",\"items\":[" ITEM_A "]}";
    static const char own[] =
        "{\"role\":\"depicted\",\"category\":\"intimate\","
        "\"jurisdiction\":\"CN\",\"reporter\":\"u-1\",\"items\":[" ITEM_A "]}";
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    for (unsigned i = 0; i < 11; i++)
        file_and_reject(f, i, i > 1, "r1");
    assert_int_equal(filed(f, again, id), JZ_E_BUSY);
    assert_int_equal(filed(f, own, id), JZ_OK); /* their own right */
    at(f, T0 + 30 * DAY);
    assert_int_equal(filed(f, again, id), JZ_OK);
}

static void test_floods_end_at_a_number_but_not_for_victims(void **state)
{
    static const char json[] = "{\"role\":\"%s\",\"category\":\"other\",\"jurisdiction\":\"CN\","
                               "\"reporter\":\"u-2\",\"items\":[" ITEM_A "]}";
    fixture *f = fixture_of(state);
    char text[512];
    char id[JZ_COMPLAINT_ID_SIZE];
    char first[JZ_COMPLAINT_ID_SIZE];
    (void)snprintf(text, sizeof text, json, "user");
    assert_int_equal(filed(f, text, first), JZ_OK);
    for (unsigned i = 1; i < 50; i++)
        assert_int_equal(filed(f, text, id), JZ_OK);
    assert_int_equal(filed(f, text, id), JZ_E_LIMIT);
    assert_int_equal(look(f, first).info.folded, 49); /* one matter for the reviewer */
    (void)snprintf(text, sizeof text, json, "depicted");
    assert_int_equal(filed(f, text, id), JZ_OK);
    at(f, T0 + DAY + 1);
    (void)snprintf(text, sizeof text, json, "user");
    assert_int_equal(filed(f, text, id), JZ_OK);
}

/* ---- the list ---- */

static void test_what_waits_is_in_the_order_of_need(void **state)
{
    fixture *f = fixture_of(state);
    char mild[JZ_COMPLAINT_ID_SIZE];
    char grave[JZ_COMPLAINT_ID_SIZE];
    char late[JZ_COMPLAINT_ID_SIZE];
    char copy[JZ_COMPLAINT_ID_SIZE];
    order o = { .n = 0 };
    file(f, "user", "other", "CN", "{\"url\":\"l\"}", "", late);
    at(f, T0 + 40 * HOUR);
    file(f, "user", "unlabelled", "CN", "{\"url\":\"m\"}", "", mild);
    file(f, "depicted", "minor-sexual", "CN", "{\"url\":\"g\"}", "", grave);
    file(f, "depicted", "minor-sexual", "CN", "{\"url\":\"g\"}", "", copy);
    assert_int_equal(jz_complaint_list(f->g, false, note_order, &o, NULL), JZ_OK);
    assert_int_equal(o.n, 3);
    assert_string_equal(o.id[0], late); /* most of its time is over */
    assert_string_equal(o.id[1], grave);
    assert_string_equal(o.id[2], mild);
    o.n = 0;
    assert_int_equal(jz_complaint_list(f->g, true, note_order, &o, NULL), JZ_OK);
    assert_int_equal(o.n, 4);
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_laws_clock_begins_with_its_last_element),
        T(test_laws_apply_by_country_category_and_order),
        T(test_without_an_item_no_clock_runs),
        T(test_bad_complaints_are_refused),
        T(test_a_pause_holds_the_promise_and_not_the_law),
        T(test_clocks_escalate_once_and_break_once),
        T(test_a_clock_that_is_set_back_tells_nothing_twice),
        T(test_a_sweep_of_many_duplicates_ends),
        T(test_what_is_upheld_runs_until_it_is_carried_out),
        T(test_duplicates_are_decided_once),
        T(test_a_new_item_takes_a_duplicate_out_again),
        T(test_who_withdraws_leaves_the_others_their_matter),
        T(test_case_number_and_pin_open_one_complaint),
        T(test_an_appeal_is_decided_by_another),
        T(test_decisions_give_reason_clause_and_law),
        T(test_erased_is_what_was_said_and_not_that_it_was),
        T(test_without_memory_nothing_is_half_filed),
        T(test_unfounded_reporters_are_warned_then_paused),
        T(test_floods_end_at_a_number_but_not_for_victims),
        T(test_what_waits_is_in_the_order_of_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
