/* SPDX-License-Identifier: Apache-2.0 */
/* Filings: lists that are read and that are not, and what they say of a producer code. Invisible
 * marks that are recorded. */
#include "govern_fixture.h"

#include "govern/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "备案编号,算法名称,主体名称,备注,统一社会信用代码\n"
#define NUMBER_A "网信算备330106000000002260001号"
#define NUMBER_B "网信算备330106000000003260001号"
#define CREDIT_B "91330106MA00000016"

static jz_bytes bytes_of(const char *text)
{
    return (jz_bytes){ (const uint8_t *)text, strlen(text) };
}

static jz_status count_row(void *user, const jz_filing *row, uint64_t line, jz_err *err)
{
    (void)row;
    (void)line;
    (void)err;
    ++*(unsigned *)user;
    return JZ_OK;
}

static jz_status see_subject(void *user, const jz_filing *row, uint64_t line, jz_err *err)
{
    (void)line;
    (void)err;
    *(bool *)user = strcmp(row->subject, "甲,\"乙\"\n丙") == 0;
    return JZ_OK;
}

static void test_lists_are_read(void **state)
{
    (void)state;
    static const char *const good[] = {
        HEAD NUMBER_A ",a,b,,\n",
        "\xef\xbb\xbf" HEAD NUMBER_A ",a,b,,\n",
        "主体名称,备案编号,另一列,算法名称\r\nb," NUMBER_A ",x,a\r\n",
        HEAD NUMBER_A ",a,b,,",
        HEAD "\"" NUMBER_A "\",\"a\",b,\"\",\n",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(good); i++) {
        unsigned n = 0;
        assert_int_equal(jz_filing_read(bytes_of(good[i]), count_row, &n, NULL), JZ_OK);
        assert_int_equal(n, 1);
    }
    bool same = false;
    assert_int_equal(jz_filing_read(bytes_of(HEAD NUMBER_A ",a,\"甲,\"\"乙\"\"\r\n丙\",,\n"),
                                    see_subject, &same, NULL),
                     JZ_OK);
    assert_true(same);
}

static void test_what_is_no_list_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        jz_status st;
    } rows[] = {
        { "", JZ_E_CORRUPT },
        { "备案编号,算法名称\n", JZ_E_CORRUPT },
        { "备案编号,算法名称,主体名称,主体名称\n", JZ_E_CORRUPT },
        { HEAD NUMBER_A ",a,b\n", JZ_E_CORRUPT },
        { HEAD NUMBER_A ",a,b,,,\n", JZ_E_CORRUPT },
        { HEAD "网信算备1234,a,b,,\n", JZ_E_CORRUPT },
        { HEAD "网信算备号,a,b,,\n", JZ_E_CORRUPT },
        { HEAD "网信算备12x号,a,b,,\n", JZ_E_CORRUPT },
        { HEAD NUMBER_A ",,b,,\n", JZ_E_CORRUPT },
        { HEAD NUMBER_A ",a\"b,c,,\n", JZ_E_CORRUPT },
        { HEAD NUMBER_A ",\"a\"b,c,,\n", JZ_E_CORRUPT },
        { HEAD NUMBER_A ",\"a,b,,\n", JZ_E_TRUNCATED },
        { HEAD NUMBER_A ",a,\xb9\xab\xcb\xbe,,\n", JZ_E_CORRUPT }, /* GB 18030 */
        { HEAD NUMBER_A ",a,b\x01,,\n", JZ_E_CORRUPT },
        { HEAD NUMBER_A ",a,b,,\rx\n", JZ_E_CORRUPT },
        { HEAD "\n", JZ_E_CORRUPT },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        unsigned n = 0;
        jz_err err = { 0 };
        const jz_status st = jz_filing_read(bytes_of(rows[i].text), count_row, &n, &err);
        if (st != rows[i].st)
            print_message("%s\n", rows[i].text);
        assert_int_equal(st, rows[i].st);
        assert_non_null(strstr(err.frame[err.depth - 1], "line "));
    }
}

static void test_a_list_is_taken_whole_or_not_at_all(void **state)
{
    fixture *f = fixture_of(state);
    jz_filing_count n;
    unsigned found = 0;
    assert_int_equal(
        jz_filing_import(f->g, bytes_of(HEAD NUMBER_A ",a,b,,\nbad,a,b,,\n"), "t", &n, NULL),
        JZ_E_CORRUPT);
    assert_int_equal(jz_filing_find(f->g, NUMBER_A, NULL, &found, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_filing_import(f->g, bytes_of(HEAD NUMBER_A ",a,b,,\n"), "t", &n, NULL),
                     JZ_OK);
    assert_int_equal(n.added, 1);
    assert_int_equal(jz_filing_import(f->g, bytes_of(HEAD NUMBER_A ",a,b,,\n"), "t", &n, NULL),
                     JZ_OK);
    assert_int_equal(n.same, 1);
    assert_int_equal(jz_filing_import(f->g, bytes_of(HEAD NUMBER_A ",a2,b,,\n"), "t", &n, NULL),
                     JZ_OK);
    assert_int_equal(n.changed, 1);
}

static jz_status see_ended(void *user, const jz_filing *f, jz_err *err)
{
    (void)err;
    *(bool *)user = f->ended;
    return JZ_OK;
}

static void test_what_has_ended_stays_ended(void **state)
{
    fixture *f = fixture_of(state);
    jz_filing_count n;
    bool ended = false;
    assert_int_equal(
        jz_filing_import(f->g, bytes_of(HEAD NUMBER_A ",a,b,已注销,\n"), "t", &n, NULL), JZ_OK);
    assert_int_equal(jz_filing_find(f->g, NUMBER_A, see_ended, &ended, NULL), JZ_OK);
    assert_true(ended);
    assert_int_equal(jz_filing_import(f->g, bytes_of(HEAD NUMBER_A ",a,b,,\n"), "t", &n, NULL),
                     JZ_OK);
    assert_int_equal(jz_filing_find(f->g, NUMBER_A, see_ended, &ended, NULL), JZ_OK);
    assert_true(ended);
    assert_int_equal(jz_filing_end(f->g, NUMBER_A, "r", "t", NULL), JZ_E_EXISTS);
    assert_int_equal(jz_filing_end(f->g, NUMBER_B, "r", "t", NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_filing_end(f->g, FILING, "", "t", NULL), JZ_E_INVAL);
}

static jz_producer_state producer(fixture *f, const char *code)
{
    jz_producer_state s = JZ_PRODUCER_MALFORMED;
    assert_int_equal(jz_filing_of_producer(f->g, code, &s, NULL), JZ_OK);
    return s;
}

static void test_a_producer_code_is_looked_up(void **state)
{
    fixture *f = fixture_of(state);
    jz_filing_count n;
    assert_int_equal(producer(f, "0011" CREDIT_B "10000"), JZ_PRODUCER_NOT_FILED);
    assert_int_equal(jz_filing_import(f->g, bytes_of(HEAD NUMBER_B ",a,另一公司,," CREDIT_B "\n"),
                                      "t", &n, NULL),
                     JZ_OK);
    assert_int_equal(producer(f, "0011" CREDIT_B "10000"), JZ_PRODUCER_FILED);
    assert_int_equal(producer(f, "0011" CREDIT_B "00000"), JZ_PRODUCER_FILED);
    assert_int_equal(producer(f, "0011" CREDIT_B "1000"), JZ_PRODUCER_MALFORMED);
    assert_int_equal(producer(f, "001191330106MA0000001710000"), JZ_PRODUCER_MALFORMED);
    assert_int_equal(producer(f, "0021" CREDIT_B "10000"), JZ_PRODUCER_PERSON);
    assert_int_equal(jz_filing_bind(f->g, "x", "91330106MA00000017", "t", NULL), JZ_E_INVAL);
    assert_int_equal(jz_filing_bind(f->g, "x", CREDIT_B, "t", NULL), JZ_E_EXISTS);
    assert_int_equal(jz_filing_end(f->g, NUMBER_B, "r", "t", NULL), JZ_OK);
    assert_int_equal(producer(f, "0011" CREDIT_B "10000"), JZ_PRODUCER_ENDED);
}

/* ---- invisible marks ---- */

typedef struct seen_marks {
    unsigned n;
    jz_mark_record last;
    char id[64], decision[64], signer[64], consents[256];
} seen_marks;

static jz_status see_mark(void *user, const jz_mark_record *r, jz_err *err)
{
    seen_marks *seen = user;
    (void)err;
    seen->n++;
    seen->last = *r;
    (void)snprintf(seen->id, sizeof seen->id, "%s", r->produce_id);
    (void)snprintf(seen->decision, sizeof seen->decision, "%s", r->decision);
    (void)snprintf(seen->signer, sizeof seen->signer, "%s", r->signer);
    (void)snprintf(seen->consents, sizeof seen->consents, "%s", r->consents);
    return JZ_OK;
}

static jz_mark_record mark_of(uint64_t payload, uint8_t output, const char *id)
{
    jz_mark_record r = { .payload = payload,
                         .produce_id = id,
                         .label = id[0] != '\0' ? "{\"Label\":\"1\"}" : "",
                         .source_type = "",
                         .signer = "" };
    memset(r.key, 0x4b, sizeof r.key);
    memset(r.source, 0x51, sizeof r.source);
    memset(r.output, output, sizeof r.output);
    return r;
}

static void test_a_mark_is_found_by_its_payload(void **state)
{
    fixture *f = fixture_of(state);
    seen_marks seen = { 0 };
    const jz_mark_record one = mark_of(UINT64_C(0xf0e1d2c3b4a59687), 1, "number-1");
    const jz_mark_record two = mark_of(UINT64_C(0xf0e1d2c3b4a59687), 2, "");
    const jz_mark_record other = mark_of(7, 1, "");
    assert_int_equal(jz_mark_find(f->g, "f0e1d2c3b4a59687", see_mark, &seen, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_mark_keep(f->g, &one, "t", NULL), JZ_OK);
    assert_int_equal(jz_mark_keep(f->g, &other, "t", NULL), JZ_OK);
    assert_int_equal(jz_mark_find(f->g, "F0E1D2C3B4A59687", see_mark, &seen, NULL), JZ_OK);
    assert_int_equal(seen.n, 1);
    assert_string_equal(seen.id, "number-1");
    assert_memory_equal(seen.last.key, one.key, sizeof one.key);
    assert_memory_equal(seen.last.source, one.source, sizeof one.source);
    assert_memory_equal(seen.last.output, one.output, sizeof one.output);
    assert_true(seen.last.payload == one.payload && seen.last.at_us == T0 * 1000000);
    assert_int_equal(seen.last.leaf, -1);
    assert_int_equal(jz_mark_keep(f->g, &two, "t", NULL), JZ_OK);
    assert_int_equal(jz_mark_keep(f->g, &one, "t", NULL), JZ_OK); /* is there already */
    seen.n = 0;
    assert_int_equal(jz_mark_find(f->g, "f0e1d2c3b4a59687", see_mark, &seen, NULL), JZ_OK);
    assert_int_equal(seen.n, 2);
    assert_string_equal(seen.id, "");
    assert_int_equal(jz_mark_find(f->g, "f0e1d2c3b4a5968", see_mark, &seen, NULL), JZ_E_INVAL);
    assert_int_equal(jz_mark_find(f->g, "f0e1d2c3b4a5968g", see_mark, &seen, NULL), JZ_E_INVAL);
}

static jz_status count_event(void *user, const jz_govern_event *e, jz_err *err)
{
    (void)err;
    ++*(unsigned *)user;
    return strcmp(e->kind, "marked") == 0 && strstr(e->detail, "number-1") != NULL &&
                   strstr(e->detail, "0101010101") != NULL
               ? JZ_OK
               : JZ_E_MISMATCH;
}

static void test_a_mark_leads_to_signer_decision_and_consents(void **state)
{
    fixture *f = fixture_of(state);
    seen_marks seen = { 0 };
    jz_mark_record r = mark_of(7, 1, "");
    r.signer = "Gateway 1";
    assert_int_equal(jz_mark_keep(f->g, &r, "t", NULL), JZ_OK);
    assert_int_equal(jz_mark_find(f->g, "0000000000000007", see_mark, &seen, NULL), JZ_OK);
    assert_string_equal(seen.signer, "Gateway 1");
    assert_string_equal(seen.decision, "");
    assert_string_equal(seen.consents, "[]");
    assert_int_equal(
        jz_store_exec(
            f->g->store,
            "INSERT INTO gate_decision (id, handle, provider, request, request_sha256,"
            " decision, answer, expires_s, redeemed_us)"
            " VALUES (5, 'd5', 'p', 'r', x'00', 1, '{}', 0, 0);"
            "INSERT INTO consent (id, handle, record, state, seq, from_s, until_s, erased,"
            " provider, operation, purpose, role, visibility, commercial, classes,"
            " territory, age, max_outputs, used)"
            " VALUES (9, 'c9', '{}', 6, 1, 0, 0, 0, 'p', 0, 0, 0, 0, 0, 0, '', 0, 0, 1);"
            "INSERT INTO gate_use (consent_id, decision_id, expires_s, redeemed)"
            " VALUES (9, 5, 0, 1);"
            "INSERT INTO gate_output (decision_id, sha256, detail) VALUES (5, "
            "x'0101010101010101010101010101010101010101010101010101010101010101', '{}')",
            NULL),
        JZ_OK);
    assert_int_equal(jz_mark_find(f->g, "0000000000000007", see_mark, &seen, NULL), JZ_OK);
    assert_string_equal(seen.decision, "d5");
    assert_string_equal(seen.consents, "[{\"consent_id\":\"c9\",\"state\":\"withdrawn\"}]");
}

static void test_a_mark_is_an_event_with_a_leaf(void **state)
{
    fixture *f = fixture_of(state);
    char dir[300];
    jz_skey key;
    jz_auto(jz_log) *log = NULL;
    uint64_t n = 0;
    unsigned events = 0;
    seen_marks seen = { 0 };
    const jz_mark_record r = mark_of(7, 1, "number-1");
    (void)snprintf(dir, sizeof dir, "%s/ledger", f->home);
    assert_int_equal(jz_skey_new("example.org/log", JZ_KEY_ED25519, &key, NULL), JZ_OK);
    assert_int_equal(jz_log_create(dir, &key, NULL), JZ_OK);
    assert_int_equal(jz_log_open(dir, &key.pub, &key, NULL, &log, NULL), JZ_OK);
    assert_int_equal(jz_mark_keep(f->g, &r, "t", NULL), JZ_OK);
    assert_int_equal(jz_mark_keep(f->g, &r, "t", NULL), JZ_OK);
    assert_int_equal(jz_govern_events(f->g, "0000000000000007", count_event, &events, NULL), JZ_OK);
    assert_int_equal(events, 1);
    assert_int_equal(jz_govern_anchor(f->g, log, &n, NULL), JZ_OK);
    assert_int_equal(jz_mark_find(f->g, "0000000000000007", see_mark, &seen, NULL), JZ_OK);
    assert_true(seen.last.leaf >= 0 && (uint64_t)seen.last.leaf == n - 1);
    jz_skey_wipe(&key);
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_are_read),
        cmocka_unit_test(test_what_is_no_list_is_refused),
        T(test_a_list_is_taken_whole_or_not_at_all),
        T(test_what_has_ended_stays_ended),
        T(test_a_producer_code_is_looked_up),
        T(test_a_mark_is_found_by_its_payload),
        T(test_a_mark_leads_to_signer_decision_and_consents),
        T(test_a_mark_is_an_event_with_a_leaf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
