/* SPDX-License-Identifier: Apache-2.0 */
/* Consent: what can be asked for, who may do what with it, what the receipt proves, what is erased
 * and what follows when it ends. */
#include "govern_fixture.h"

#include "base/alloc.h"
#include "base/file.h"
#include "ledger/ed25519.h"
#include "ledger/note.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static jz_consent_state state_of(fixture *f, const char *id);

/* ---- asking ---- */

static void test_what_the_law_makes_void_cannot_be_asked_for(void **state)
{
    fixture *f = fixture_of(state);
    static const struct {
        const char *replace, *with;
        jz_status st;
    } rows[] = {
        { "\"revocable\":true", "\"revocable\":false", JZ_E_INVAL },
        { "\"revocable\":true", "\"revocable\":true,\"irrevocable\":true", JZ_E_CORRUPT },
        { "\"sublicensable\":false", "\"sublicensable\":true", JZ_E_INVAL },
        { "\"model_training\":false", "\"model_training\":true", JZ_E_INVAL },
        { "\"operation\":\"face_swap\"", "\"operation\":[\"face_swap\",\"avatar\"]", JZ_E_CORRUPT },
        { "\"purpose\":\"film\"", "\"purpose\":[\"film\",\"ad\"]", JZ_E_CORRUPT },
        { "\"purpose\":\"film\"", "\"purpose\":\"anything\"", JZ_E_CORRUPT },
        { "\"recipients\":[]", "\"recipients\":[\"another\"]", JZ_E_LIMIT },
        { "\"valid_until\":1797776000", "\"valid_until\":1821712000", JZ_E_INVAL }, /* 367 days */
        { "\"valid_until\":1797776000", "\"valid_until\":253402300799", JZ_E_INVAL },
        { "\"valid_until\":1797776000", "\"valid_until\":null", JZ_E_CORRUPT },
        { ",\"valid_until\":1797776000", "", JZ_E_CORRUPT },
        { "\"valid_until\":1797776000", "\"valid_until\":1789999999", JZ_E_INVAL },
        { "\"content_class\":[\"general\"]", "\"content_class\":[\"intimate\"]", JZ_E_INVAL },
        { "\"content_class\":[\"general\"]", "\"content_class\":[\"id-verification\"]",
          JZ_E_INVAL },
        { "\"never\":[", "\"never\":[\"general\",", JZ_E_INVAL },
        { "\"age_band\":\"adult\"", "\"age_band\":\"u14\"", JZ_E_INVAL },
        { "\"guardian_ref\":null", "\"guardian_ref\":\"g\"", JZ_E_INVAL },
        { "\"age_band\":\"adult\",\"guardian_ref\":null",
          "\"age_band\":\"u14\",\"guardian_ref\":\"g\"", JZ_E_INVAL }, /* without proof */
        { "\"impact_assessment\":\"pia-12\"", "\"impact_assessment\":\"\"", JZ_E_CORRUPT },
        { "\"shown_at\":1789999990", "\"shown_at\":1790000001", JZ_E_INVAL },
        { "\"retention_period\":\"P30D\"", "\"retention_period\":\"P2Y\"", JZ_E_INVAL },
        { "\"retention_period\":\"P30D\"", "\"retention_period\":\"P0D\"", JZ_E_INVAL },
        { "\"retention_period\":\"P30D\"", "\"retention_period\":\"P367D\"", JZ_E_INVAL },
        { "\"territory\":[\"CN\"]", "\"territory\":[\"**\"]", JZ_E_INVAL },
        { "\"territory\":[\"CN\"]", "\"territory\":[]", JZ_E_CORRUPT },
        { "\"jurisdiction\":\"CN\"", "\"jurisdiction\":\"cn\"", JZ_E_INVAL },
        { "\"max_outputs\":3", "\"max_outputs\":0", JZ_E_CORRUPT },
        { "\"max_outputs\":3", "\"max_outputs\":10001", JZ_E_CORRUPT },
        { "[\"" MEDIUM "\"]", "[\"" MEDIUM "\",\"" MEDIUM "\"]", JZ_E_INVAL },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        jz_consent_ticket t;
        const record_opts o = { .replace = rows[i].replace, .with = rows[i].with, .owner = f };
        const jz_status st = asked(f, &o, &t);
        if (st != rows[i].st)
            print_message("%s\n", rows[i].with);
        assert_int_equal(st, rows[i].st);
    }
}

static void test_a_guardian_consents_for_a_child(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .replace = "\"age_band\":\"adult\",\"guardian_ref\":null",
                            .with = "\"age_band\":\"u14\",\"guardian_ref\":\"guardian-ref\","
                                    "\"guardian_proof\":\"" MEDIUM "\"" };
    jz_consent_ticket t;
    granted(f, &o, &t);
    /* Nobody else may use it: under 18 no synthesis by others. */
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_DENY, "E_MINOR");
    assert_decision(f, t.id, "user-1", "guardian-ref", JZ_GATE_PERMIT, NULL);
    assert_decision(f, t.id, "user-1", "person-ref", JZ_GATE_PERMIT, NULL);
}

static void test_a_ticket_is_new_each_time(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .owner = f };
    jz_consent_ticket a;
    jz_consent_ticket b;
    char found[JZ_CONSENT_ID_SIZE];
    char prefix[9];
    assert_int_equal(asked(f, &o, &a), JZ_OK);
    assert_int_equal(asked(f, &o, &b), JZ_OK);
    assert_string_not_equal(a.id, b.id);
    assert_string_not_equal(a.case_no, b.case_no);
    assert_int_equal(strlen(a.case_no), JZ_CONSENT_CASE_SIZE - 1);
    assert_int_equal(strspn(a.pin, "0123456789"), JZ_CONSENT_PIN_SIZE - 1);
    (void)snprintf(prefix, sizeof prefix, "%.8s", a.id);
    assert_int_equal(jz_consent_find(f->g, prefix, found, NULL), JZ_OK);
    assert_string_equal(found, a.id);
    prefix[7] = '\0';
    assert_int_equal(jz_consent_find(f->g, prefix, found, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_consent_find(f->g, "' OR 1=1 --", found, NULL), JZ_E_NOTFOUND);
}

/* ---- doing ---- */

static jz_status see_state(void *user, const jz_consent_info *i, jz_err *err)
{
    (void)err;
    *(jz_consent_state *)user = i->state;
    return JZ_OK;
}

static jz_consent_state state_of(fixture *f, const char *id)
{
    jz_consent_state s = 0;
    assert_int_equal(jz_consent_show(f->g, id, see_state, &s, NULL), JZ_OK);
    return s;
}

static jz_status by_pin(fixture *f, const jz_consent_ticket *t, const char *pin, jz_consent_act act)
{
    const jz_consent_deed deed = { .act = act, .by = "person", .case_no = t->case_no, .pin = pin };
    return jz_consent_do_by_case(f->g, &deed, NULL);
}

static void test_only_the_persons_signature_is_one(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .owner = f };
    jz_consent_ticket t;
    uint8_t sig[JZ_CONSENT_SIG_SIZE] = { 0 };
    jz_consent_deed deed = { .act = JZ_CONSENT_GRANT, .by = "x", .signature = sig };
    assert_int_equal(asked(f, &o, &t), JZ_OK);
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_E_MISMATCH);
    deed.signature = NULL;
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_E_INVAL); /* no proof */
    deed.written = sig; /* there is a key: paper is not enough to consent */
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_E_INVAL);
    assert_int_equal(state_of(f, t.id), JZ_CONSENT_REQUESTED);
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_GRANT, 0), JZ_OK);
    assert_int_equal(state_of(f, t.id), JZ_CONSENT_GIVEN);
}

static void test_a_signature_is_good_once(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .owner = f };
    jz_consent_ticket t;
    char *text = NULL;
    uint8_t sig[JZ_CONSENT_SIG_SIZE];
    granted(f, &o, &t);
    assert_int_equal(
        jz_consent_statement(f->g, t.id, JZ_CONSENT_RENEW, T0 + 100 * DAY, &text, NULL), JZ_OK);
    assert_int_equal(jz_ed25519_sign(f->person.seed,
                                     (jz_bytes){ (const uint8_t *)text, strlen(text) }, sig, NULL),
                     JZ_OK);
    jz_govern_free(text);
    jz_consent_deed deed = { .act = JZ_CONSENT_RENEW,
                             .by = "x",
                             .until_s = T0 + 200 * DAY, /* not what was signed */
                             .signature = sig };
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_E_MISMATCH);
    deed.until_s = T0 + 100 * DAY;
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_OK);
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_E_MISMATCH); /* replayed */
}

static void test_a_person_without_a_key_consents_on_paper_and_withdraws_by_pin(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .no_key = true };
    jz_consent_ticket t;
    const uint8_t paper[32] = { 1 };
    const jz_consent_deed grant = { .act = JZ_CONSENT_GRANT, .by = "clerk", .written = paper };
    assert_int_equal(asked(f, &o, &t), JZ_OK);
    assert_int_equal(by_pin(f, &t, t.pin, JZ_CONSENT_GRANT), JZ_E_INVAL);
    assert_int_equal(jz_consent_do(f->g, t.id, &grant, NULL), JZ_OK);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_PERMIT, NULL);
    assert_int_equal(by_pin(f, &t, t.pin, JZ_CONSENT_WITHDRAW), JZ_OK);
    assert_int_equal(state_of(f, t.id), JZ_CONSENT_WITHDRAWN);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_DENY, "E_WITHDRAWN");
}

static void test_guessing_a_pin_is_slowed_down(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .owner = f };
    jz_consent_ticket t;
    jz_consent_ticket nobody = { .case_no = "JC-00000000000" };
    granted(f, &o, &t);
    const char *wrong = strcmp(t.pin, "00000000") == 0 ? "00000001" : "00000000";
    assert_int_equal(by_pin(f, &nobody, wrong, JZ_CONSENT_WITHDRAW), JZ_E_MISMATCH);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(by_pin(f, &t, wrong, JZ_CONSENT_WITHDRAW), JZ_E_MISMATCH);
    /* Locked, for the right one too, and in a new handle. */
    assert_int_equal(by_pin(f, &t, t.pin, JZ_CONSENT_WITHDRAW), JZ_E_BUSY);
    jz_govern_close(f->g);
    f->g = NULL;
    assert_int_equal(jz_govern_open(f->home, false, NULL, &f->g, NULL), JZ_OK);
    at(f, T0 + 14 * 60);
    assert_int_equal(by_pin(f, &t, t.pin, JZ_CONSENT_WITHDRAW), JZ_E_BUSY);
    /* The person can still withdraw by the key, and by PIN later. */
    at(f, T0 + 16 * 60);
    assert_int_equal(by_pin(f, &t, wrong, JZ_CONSENT_WITHDRAW), JZ_E_MISMATCH);
    assert_int_equal(by_pin(f, &t, t.pin, JZ_CONSENT_WITHDRAW), JZ_E_BUSY); /* twice as long */
    at(f, T0 + DAY);
    assert_int_equal(by_pin(f, &t, t.pin, JZ_CONSENT_WITHDRAW), JZ_OK);
}

static void test_a_provider_revokes_and_a_court_invalidates(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .owner = f };
    jz_consent_ticket t;
    jz_consent_deed deed = { .act = JZ_CONSENT_REVOKE, .by = "provider-1" };
    granted(f, &o, &t);
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_E_INVAL); /* no reason */
    deed.reason = "the service ends";
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_OK);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_DENY, "E_REVOKED");
    deed.act = JZ_CONSENT_INVALIDATE;
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_E_INVAL); /* no document */
    deed.document = "(2026) 1";
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_OK);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_DENY, "E_INVALIDATED");
    assert_int_equal(jz_consent_do(f->g, t.id, &deed, NULL), JZ_E_INVAL);
}

/* ---- receipts ---- */

typedef struct ledger {
    char dir[300];
    jz_skey key;
    jz_log *log;
    jz_policy *policy;
} ledger;

static void open_ledger(fixture *f, ledger *l)
{
    char vkey[JZ_VKEY_TEXT];
    char policy[512];
    (void)snprintf(l->dir, sizeof l->dir, "%s/ledger", f->home);
    assert_int_equal(jz_skey_new("example.org/log", JZ_KEY_ED25519, &l->key, NULL), JZ_OK);
    assert_int_equal(jz_log_create(l->dir, &l->key, NULL), JZ_OK);
    assert_int_equal(jz_log_open(l->dir, &l->key.pub, &l->key, NULL, &l->log, NULL), JZ_OK);
    jz_vkey_text(&l->key.pub, vkey);
    const int len = snprintf(policy, sizeof policy, "log %s\nquorum none\n", vkey);
    assert_int_equal(
        jz_policy_parse((jz_bytes){ (const uint8_t *)policy, (size_t)len }, &l->policy, NULL),
        JZ_OK);
}

static void close_ledger(ledger *l)
{
    jz_log_close(l->log);
    jz_policy_free(l->policy);
}

static char *receipt_of(fixture *f, ledger *l, const char *id)
{
    char *text = NULL;
    uint64_t n = 0;
    assert_int_equal(jz_govern_anchor(f->g, l->log, &n, NULL), JZ_OK);
    assert_int_equal(jz_consent_receipt(f->g, l->log, id, &text, NULL), JZ_OK);
    return text;
}

static jz_status verify(const char *text, const ledger *l, jz_consent_verdict *out)
{
    return jz_consent_verify((jz_bytes){ (const uint8_t *)text, strlen(text) }, l->policy, out,
                             NULL);
}

static void test_a_receipt_is_verified_without_the_installation(void **state)
{
    fixture *f = fixture_of(state);
    ledger l = { 0 };
    jz_consent_ticket t;
    jz_consent_verdict v;
    const record_opts o = { .owner = f };
    open_ledger(f, &l);
    granted(f, &o, &t);
    char *text = NULL;
    assert_int_equal(jz_consent_receipt(f->g, l.log, t.id, &text, NULL), JZ_E_BUSY);
    text = receipt_of(f, &l, t.id);
    assert_int_equal(verify(text, &l, &v), JZ_OK);
    assert_string_equal(v.id, t.id);
    assert_int_equal(v.state, JZ_CONSENT_GIVEN);
    assert_true(v.personal && v.is_signed);
    assert_int_equal(v.events, 2);
    assert_int_equal(v.until_s, T0 + 90 * DAY);
    jz_govern_free(text);
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_RENEW, T0 + 200 * DAY), JZ_OK);
    assert_int_equal(by_pin(f, &t, t.pin, JZ_CONSENT_WITHDRAW), JZ_OK);
    text = receipt_of(f, &l, t.id);
    assert_int_equal(verify(text, &l, &v), JZ_OK);
    assert_int_equal(v.state, JZ_CONSENT_WITHDRAWN);
    assert_int_equal(v.events, 4);
    jz_govern_free(text);
    close_ledger(&l);
}

/* Every byte of it counts: none can be another one, but for the parts of a checkpoint and of
 * white space that say nothing. */
static void test_a_changed_receipt_does_not_hold(void **state)
{
    fixture *f = fixture_of(state);
    ledger l = { 0 };
    ledger other = { 0 };
    jz_consent_ticket t;
    jz_consent_verdict v;
    const record_opts o = { .owner = f };
    open_ledger(f, &l);
    granted(f, &o, &t);
    char *text = receipt_of(f, &l, t.id);
    const size_t len = strlen(text);
    unsigned held = 0;
    for (size_t i = 0; i < len; i += 7) {
        const char was = text[i];
        text[i] = was == 'a' ? 'b' : 'a';
        held += verify(text, &l, &v) == JZ_OK;
        text[i] = was;
    }
    assert_int_equal(held, 0);
    for (size_t i = 0; i < len; i += 17) {
        const char was = text[i];
        text[i] = '\0';
        assert_int_not_equal(verify(text, &l, &v), JZ_OK);
        text[i] = was;
    }
    (void)snprintf(other.dir, sizeof other.dir, "x");
    assert_int_equal(
        jz_policy_parse((jz_bytes){ (const uint8_t *)"quorum none\n", 12 }, &other.policy, NULL),
        JZ_OK);
    assert_int_equal(verify(text, &other, &v), JZ_E_MISMATCH); /* a log that nobody trusts */
    jz_policy_free(other.policy);
    jz_govern_free(text);
    close_ledger(&l);
}

/* An event in the middle is taken out: the leaf behind it names it. */
static void test_an_event_cannot_be_left_out(void **state)
{
    fixture *f = fixture_of(state);
    ledger l = { 0 };
    jz_consent_ticket t;
    jz_consent_verdict v;
    JZ_BUF_AUTO cut = { 0 };
    const record_opts o = { .owner = f };
    open_ledger(f, &l);
    granted(f, &o, &t);
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_WITHDRAW, 0), JZ_OK);
    char *text = receipt_of(f, &l, t.id);
    char *second = strstr(strstr(text, "{\"leaf\"") + 1, "{\"leaf\"");
    char *third = strstr(second + 1, "{\"leaf\"");
    assert_non_null(third);
    jz_buf_put(&cut, text, (size_t)(second - text));
    jz_buf_puts(&cut, third);
    assert_int_equal(verify(cut.ptr, &l, &v), JZ_E_MISMATCH);
    jz_govern_free(text);
    close_ledger(&l);
}

/* ---- erasure ---- */

static jz_status see_personal(void *user, const jz_consent_info *i, jz_err *err)
{
    (void)err;
    *(bool *)user = i->personal != NULL;
    return JZ_OK;
}

static bool file_holds(const char *dir, const char *name, const char *needle)
{
    char path[512];
    JZ_BUF_AUTO file = { 0 };
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    if (jz_file_read(path, (size_t)64 << 20, &file, NULL) != JZ_OK)
        return false;
    return memmem(file.ptr, file.len, needle, strlen(needle)) != NULL;
}

static void test_erasing_takes_the_personal_fields_and_leaves_the_log(void **state)
{
    fixture *f = fixture_of(state);
    ledger l = { 0 };
    jz_consent_ticket t;
    jz_consent_verdict v;
    bool personal = true;
    JZ_BUF_AUTO request = { 0 };
    jz_gate_answer a;
    const record_opts o = { .owner = f, .replace = "person-ref", .with = "zq-unique-person-ref" };
    open_ledger(f, &l);
    granted(f, &o, &t);
    request_text("erased", t.id, NULL, NULL, &request);
    assert_int_equal(ask(f, &request, &a), JZ_OK); /* its token names the media */
    jz_gate_answers_done(&a, 1);
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_ERASE, 0), JZ_E_INVAL); /* still good */
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_WITHDRAW, 0), JZ_OK);
    char *before = receipt_of(f, &l, t.id);
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_ERASE, 0), JZ_OK);
    assert_int_equal(jz_consent_show(f->g, t.id, see_personal, &personal, NULL), JZ_OK);
    assert_false(personal);
    char *after = receipt_of(f, &l, t.id);
    assert_null(strstr(after, "zq-unique-person-ref"));
    assert_non_null(strstr(before, "zq-unique-person-ref"));
    assert_int_equal(verify(after, &l, &v), JZ_OK);
    assert_false(v.personal);
    assert_int_equal(verify(before, &l, &v), JZ_OK); /* the person's own, still proved */
    assert_int_equal(by_pin(f, &t, t.pin, JZ_CONSENT_ERASE), JZ_E_MISMATCH);
    assert_int_equal(ask(f, &request, &a), JZ_E_NOTFOUND);
    assert_int_equal(jz_log_audit(l.log, NULL, NULL, NULL), JZ_OK);
    jz_govern_close(f->g); /* the last one: what was logged ahead goes into the file */
    f->g = NULL;
    assert_false(file_holds(f->home, "jz.db", "zq-unique-person-ref"));
    assert_false(file_holds(f->home, "jz.db-wal", "zq-unique-person-ref"));
    assert_false(file_holds(f->home, "jz.db", "jianzhen-gate-token"));
    jz_govern_free(before);
    jz_govern_free(after);
    close_ledger(&l);
}

/* ---- what follows ---- */

typedef struct tasks {
    unsigned n, overdue;
    int64_t number;
} tasks;

static jz_status see_task(void *user, const jz_consent_task *t, jz_err *err)
{
    tasks *s = user;
    (void)err;
    s->n++;
    s->overdue += t->overdue;
    s->number = t->number;
    return JZ_OK;
}

static void test_an_ended_consent_must_be_deleted_in_time(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .owner = f };
    jz_consent_ticket t;
    tasks s = { 0 };
    uint64_t expired = 9;
    uint64_t overdue = 9;
    const uint8_t proof[32] = { 7 };
    granted(f, &o, &t);
    assert_int_equal(jz_consent_tasks(f->g, true, see_task, &s, NULL), JZ_OK);
    assert_int_equal(s.n, 0);
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_WITHDRAW, 0), JZ_OK);
    assert_int_equal(jz_consent_tasks(f->g, true, see_task, &s, NULL), JZ_OK);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.overdue, 0);
    assert_int_equal(jz_consent_sweep(f->g, "clock", &expired, &overdue, NULL), JZ_OK);
    assert_int_equal(overdue, 0);
    at(f, T0 + 7 * DAY);
    assert_int_equal(jz_consent_sweep(f->g, "clock", &expired, &overdue, NULL), JZ_OK);
    assert_int_equal(overdue, 1);
    assert_int_equal(jz_consent_sweep(f->g, "clock", &expired, &overdue, NULL), JZ_OK);
    assert_int_equal(overdue, 0); /* found once */
    assert_int_equal(jz_consent_deleted(f->g, s.number, proof, "provider-1", NULL), JZ_OK);
    assert_int_equal(jz_consent_deleted(f->g, s.number, proof, "provider-1", NULL), JZ_E_EXISTS);
    assert_int_equal(jz_consent_deleted(f->g, 99, proof, "provider-1", NULL), JZ_E_NOTFOUND);
    s = (tasks){ 0 };
    assert_int_equal(jz_consent_tasks(f->g, true, see_task, &s, NULL), JZ_OK);
    assert_int_equal(s.n, 0);
}

static void test_what_is_over_expires(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .owner = f };
    jz_consent_ticket given;
    jz_consent_ticket asked_only;
    uint64_t expired = 0;
    uint64_t overdue = 0;
    granted(f, &o, &given);
    assert_int_equal(asked(f, &o, &asked_only), JZ_OK);
    at(f, T0 + 90 * DAY - 1);
    assert_decision(f, given.id, NULL, NULL, JZ_GATE_PERMIT, NULL);
    at(f, T0 + 90 * DAY); /* before any sweep */
    assert_decision(f, given.id, NULL, NULL, JZ_GATE_NEEDS_CONSENT, "E_EXPIRED");
    assert_int_equal(jz_consent_sweep(f->g, "clock", &expired, &overdue, NULL), JZ_OK);
    assert_int_equal(expired, 2);
    assert_int_equal(state_of(f, given.id), JZ_CONSENT_EXPIRED);
    assert_int_equal(state_of(f, asked_only.id), JZ_CONSENT_EXPIRED);
    assert_decision(f, given.id, NULL, NULL, JZ_GATE_NEEDS_CONSENT, "E_EXPIRED");
}

static void test_the_feed_is_signed_and_goes_on_where_it_ended(void **state)
{
    fixture *f = fixture_of(state);
    ledger l = { 0 };
    const record_opts o = { .owner = f };
    jz_consent_ticket a;
    jz_consent_ticket b;
    char *feed = NULL;
    uint64_t n = 0;
    uint64_t next = 0;
    jz_note note;
    jz_note_seal seal;
    open_ledger(f, &l);
    granted(f, &o, &a);
    granted(f, &o, &b);
    assert_int_equal(signed_act(f, a.id, JZ_CONSENT_WITHDRAW, 0), JZ_OK);
    assert_int_equal(jz_govern_anchor(f->g, l.log, &n, NULL), JZ_OK);
    assert_int_equal(jz_consent_feed(f->g, 0, &f->gate, &feed, NULL), JZ_OK);
    assert_non_null(strstr(feed, a.id));
    assert_null(strstr(feed, b.id));
    assert_int_equal(jz_note_parse((jz_bytes){ (const uint8_t *)feed, strlen(feed) }, &note, NULL),
                     JZ_OK);
    assert_int_equal(jz_note_verify(&note, &f->gate.pub, 1, &seal, NULL), JZ_OK);
    assert_int_equal(sscanf(feed, "%*[^\n]\n%*[^\n]\n%*[^\n]\n%" SCNu64, &next), 1);
    assert_true(next > 0);
    jz_govern_free(feed);
    assert_int_equal(signed_act(f, b.id, JZ_CONSENT_WITHDRAW, 0), JZ_OK);
    assert_int_equal(jz_govern_anchor(f->g, l.log, &n, NULL), JZ_OK);
    assert_int_equal(jz_consent_feed(f->g, next, &f->gate, &feed, NULL), JZ_OK);
    assert_null(strstr(feed, a.id));
    assert_non_null(strstr(feed, b.id));
    jz_govern_free(feed);
    close_ledger(&l);
}

/* ---- memory ---- */

static void test_a_failed_allocation_changes_nothing(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts o = { .owner = f };
    JZ_BUF_AUTO text = { 0 };
    record_text(&o, &text);
    for (unsigned n = 0;; n++) {
        jz_consent_ticket t;
        jz_fault_arm(n);
        const jz_status st = jz_consent_request(
            f->g, (jz_bytes){ (const uint8_t *)text.ptr, text.len }, "p", &t, NULL);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
        assert_true(n < 200);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_what_the_law_makes_void_cannot_be_asked_for),
        T(test_a_guardian_consents_for_a_child),
        T(test_a_ticket_is_new_each_time),
        T(test_only_the_persons_signature_is_one),
        T(test_a_signature_is_good_once),
        T(test_a_person_without_a_key_consents_on_paper_and_withdraws_by_pin),
        T(test_guessing_a_pin_is_slowed_down),
        T(test_a_provider_revokes_and_a_court_invalidates),
        T(test_a_receipt_is_verified_without_the_installation),
        T(test_a_changed_receipt_does_not_hold),
        T(test_an_event_cannot_be_left_out),
        T(test_erasing_takes_the_personal_fields_and_leaves_the_log),
        T(test_an_ended_consent_must_be_deleted_in_time),
        T(test_what_is_over_expires),
        T(test_the_feed_is_signed_and_goes_on_where_it_ended),
        T(test_a_failed_allocation_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
