/* SPDX-License-Identifier: Apache-2.0 */
/* Doing something with a consent: who does it is proved first, then the table of states decides. */
#include "govern/consents.h"

#include "base/alloc.h"
#include "govern/reports.h"
#include "ledger/ed25519.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define D(member) offsetof(jz_consent_detail, member)

const char *const jz_words_proof[] = { "signature", "pin", "written", NULL };
const jz_field jz_consent_detail_fields[] = {
    { "deletion", JZ_FIELD_HEX, true, .at = D(deletion), .size = 32 },
    { "document", JZ_FIELD_TEXT, true, .at = D(document), .size = JZ_GOVERN_NAME_MAX },
    { "proof", JZ_FIELD_WORD, true, .at = D(proof), .words = jz_words_proof },
    { "reason", JZ_FIELD_TEXT, true, .at = D(reason), .size = JZ_GOVERN_TEXT_MAX },
    { "seq", JZ_FIELD_INT, false, .at = D(seq), .min = 0, .max = INT64_MAX },
    { "signature", JZ_FIELD_HEX, true, .at = D(signature), .size = JZ_CONSENT_SIG_SIZE },
    { "task", JZ_FIELD_INT, true, .at = D(task), .min = 0, .max = INT64_MAX },
    { "until", JZ_FIELD_INT, true, .at = D(until_s), .min = 0, .max = INT64_MAX },
    { "written", JZ_FIELD_HEX, true, .at = D(written), .size = 32 },
    { 0 },
};

const char *jz_consent_kind(jz_consent_act act)
{
    static const char *const kinds[] = {
        [JZ_CONSENT_DEFER] = "deferred",     [JZ_CONSENT_REFUSE] = "refused",
        [JZ_CONSENT_GRANT] = "given",        [JZ_CONSENT_RENEW] = "renewed",
        [JZ_CONSENT_WITHDRAW] = "withdrawn", [JZ_CONSENT_EXPIRE] = "expired",
        [JZ_CONSENT_REVOKE] = "revoked",     [JZ_CONSENT_INVALIDATE] = "invalidated",
        [JZ_CONSENT_ERASE] = "erased",
    };
    return kinds[act];
}

/* ---- statements ---- */

void jz_consent_statement_put(const char *id, jz_consent_act act, int64_t seq, int64_t until_s,
                              jz_buf *out)
{
    jz_buf_printf(out, "jianzhen-consent/v1\n%s\n%s\n%" PRId64 "\n%" PRId64 "\n",
                  jz_consent_act_name(act), id, seq, act == JZ_CONSENT_RENEW ? until_s : 0);
}

jz_status jz_consent_statement(jz_govern *g, const char *id, jz_consent_act act, int64_t until_s,
                               char **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_consent_row c;
    if (jz_consent_act_name(act) == NULL || jz_consent_party_of(act) != JZ_PARTY_PRINCIPAL)
        return JZ_FAIL(err, JZ_E_INVAL, "nobody signs for that act");
    JZ_TRY(jz_consent_load(g, id, &c, err));
    jz_consent_statement_put(id, act, c.life.seq, until_s, &text);
    JZ_TRY(jz_buf_check(&text, err));
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}

/* ---- proofs ---- */

/* *there is false where the record has no key, or it was erased. */
static jz_status read_key(jz_govern *g, int64_t row, uint8_t key[JZ_CONSENT_KEY_SIZE], bool *there,
                          jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT public_key FROM consent_personal WHERE consent_id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    JZ_TRY(jz_stmt_step(st, &found, err));
    const jz_bytes b = found ? jz_stmt_blob(st, 0) : (jz_bytes){ 0 };
    *there = b.len == JZ_CONSENT_KEY_SIZE;
    if (*there)
        memcpy(key, b.ptr, b.len);
    return JZ_OK;
}

static jz_status check_signature(jz_govern *g, const char *id, const jz_consent_deed *deed,
                                 const jz_consent_row *c, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    uint8_t key[JZ_CONSENT_KEY_SIZE];
    bool there = false;
    bool ok = false;
    JZ_TRY(read_key(g, c->row, key, &there, err));
    if (!there)
        return JZ_FAIL(err, JZ_E_INVAL, "the record has no key");
    jz_consent_statement_put(id, deed->act, c->life.seq, deed->until_s, &text);
    JZ_TRY(jz_buf_check(&text, err));
    JZ_TRY(jz_ed25519_verify(key, (jz_bytes){ (const uint8_t *)text.ptr, text.len },
                             deed->signature, &ok, err));
    return ok ? JZ_OK
              : JZ_FAIL(err, JZ_E_MISMATCH, "not a signature of this act by the person's key");
}

/* On paper, or by PIN: good for less where the record has a key. */
static jz_status check_weaker(jz_govern *g, const jz_consent_deed *deed, const jz_consent_row *c,
                              jz_err *err)
{
    const bool grants = deed->act == JZ_CONSENT_GRANT || deed->act == JZ_CONSENT_RENEW;
    uint8_t key[JZ_CONSENT_KEY_SIZE];
    bool there = false;
    if (!grants)
        return JZ_OK;
    JZ_TRY(read_key(g, c->row, key, &there, err));
    if (there || deed->pin != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "consent is given by the person's key%s",
                       there ? "" : " or on paper, not by PIN");
    return JZ_OK;
}

static int count_proofs(const jz_consent_deed *deed)
{
    return (deed->signature != NULL) + (deed->pin != NULL) + (deed->written != NULL);
}

/* The PIN was checked before: it counts attempts in a transaction of its own. */
static jz_status check_proof(jz_govern *g, const char *id, const jz_consent_deed *deed,
                             const jz_consent_row *c, jz_err *err)
{
    const bool person = jz_consent_party_of(deed->act) == JZ_PARTY_PRINCIPAL;
    if (count_proofs(deed) != (person ? 1 : 0))
        return JZ_FAIL(err, JZ_E_INVAL, "%s: %s", jz_consent_act_name(deed->act),
                       person ? "exactly one proof of the person is wanted"
                              : "nobody's proof is wanted");
    if (deed->act == JZ_CONSENT_REVOKE || deed->act == JZ_CONSENT_INVALIDATE)
        JZ_TRY(jz_govern_text("reason", deed->reason, JZ_GOVERN_TEXT_MAX - 1, true, err));
    if (deed->act == JZ_CONSENT_INVALIDATE)
        JZ_TRY(
            jz_govern_text("document's number", deed->document, JZ_GOVERN_NAME_MAX - 1, true, err));
    if (deed->signature != NULL)
        return check_signature(g, id, deed, c, err);
    return person ? check_weaker(g, deed, c, err) : JZ_OK;
}

/* ---- doing ---- */

static void copy_text(const char *text, char *to, size_t size)
{
    const size_t len = text != NULL ? strnlen(text, size - 1) : 0;
    memcpy(to, len > 0 ? text : "", len);
    to[len] = '\0';
}

static void put_detail(const jz_consent_deed *deed, int64_t seq, jz_buf *out)
{
    jz_consent_detail d = { .seq = seq };
    if (deed->act == JZ_CONSENT_RENEW)
        d.until_s = deed->until_s;
    if (deed->signature != NULL) {
        d.proof = JZ_PROOF_SIGNATURE;
        memcpy(d.signature, deed->signature, sizeof d.signature);
    } else if (deed->pin != NULL) {
        d.proof = JZ_PROOF_PIN;
    } else if (deed->written != NULL) {
        d.proof = JZ_PROOF_WRITTEN;
        memcpy(d.written, deed->written, sizeof d.written);
    }
    copy_text(deed->reason, d.reason, sizeof d.reason);
    copy_text(deed->document, d.document, sizeof d.document);
    jz_json j = { .out = out };
    jz_fields_put(jz_consent_detail_fields, &d, &j);
}

jz_status jz_consent_apply(jz_govern *g, const char *id, const jz_consent_deed *deed,
                           const jz_consent_row *c, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_consent_life life = c->life;
    const int64_t now = jz_govern_now_s(g);
    if (deed->act == JZ_CONSENT_ERASE)
        JZ_TRY(jz_retention_free(g, id, err));
    JZ_TRY(
        jz_consent_step(&life, deed->act, jz_consent_party_of(deed->act), now, deed->until_s, err));
    JZ_TRY(jz_consent_save(g, c->row, &life, err));
    put_detail(deed, c->life.seq, &detail);
    JZ_TRY(jz_govern_record(g, id, deed->by, jz_consent_kind(deed->act), &detail, err));
    const bool was_used = c->life.state == JZ_CONSENT_GIVEN || c->life.state == JZ_CONSENT_RENEWED;
    if (was_used && jz_consent_is_over(life.state))
        JZ_TRY(jz_consent_add_task(g, c->row, err));
    return life.erased && !c->life.erased ? jz_consent_forget(g, c->row, err) : JZ_OK;
}

static jz_status do_in(jz_govern *g, const char *id, const jz_consent_deed *deed, int64_t pin_row,
                       jz_err *err)
{
    jz_consent_row c;
    JZ_TRY(jz_consent_load(g, id, &c, err));
    if (deed->pin != NULL && pin_row != c.row)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the case number is of another consent");
    JZ_TRY(check_proof(g, id, deed, &c, err));
    return jz_consent_apply(g, id, deed, &c, err);
}

static jz_status check_deed(const jz_consent_deed *deed, jz_err *err)
{
    if (jz_consent_act_name(deed->act) == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "%u is no act", (unsigned)deed->act);
    if ((deed->case_no == NULL) != (deed->pin == NULL))
        return JZ_FAIL(err, JZ_E_INVAL, "a case number and a PIN belong together");
    JZ_TRY(jz_govern_text("reason", deed->reason, JZ_GOVERN_TEXT_MAX - 1, false, err));
    return jz_govern_text("document's number", deed->document, JZ_GOVERN_NAME_MAX - 1, false, err);
}

jz_status jz_consent_do(jz_govern *g, const char *id, const jz_consent_deed *deed, jz_err *err)
{
    int64_t pin_row = 0;
    JZ_TRY(check_deed(deed, err));
    if (deed->pin != NULL)
        JZ_TRY(jz_pin_check(g, &jz_pin_of_consent, deed->case_no, deed->pin, &pin_row, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, do_in(g, id, deed, pin_row, err), err);
}

static jz_status find_by_row(jz_govern *g, int64_t row, char id[JZ_CONSENT_ID_SIZE], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT handle FROM consent WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, row);
    JZ_TRY(jz_stmt_step(st, &found, err));
    const char *text = found ? jz_stmt_text(st, 0) : "";
    if (strlen(text) != JZ_CONSENT_ID_SIZE - 1)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a consent without an id");
    memcpy(id, text, JZ_CONSENT_ID_SIZE);
    return JZ_OK;
}

jz_status jz_consent_by_case(jz_govern *g, const char *case_no, const char *pin,
                             char id[JZ_CONSENT_ID_SIZE], jz_err *err)
{
    int64_t row = 0;
    JZ_TRY(jz_pin_check(g, &jz_pin_of_consent, case_no, pin, &row, err));
    return find_by_row(g, row, id, err);
}

jz_status jz_consent_do_by_case(jz_govern *g, const jz_consent_deed *deed, jz_err *err)
{
    char id[JZ_CONSENT_ID_SIZE];
    int64_t row = 0;
    JZ_TRY(check_deed(deed, err));
    if (deed->pin == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "a case number and a PIN are wanted");
    JZ_TRY(jz_pin_check(g, &jz_pin_of_consent, deed->case_no, deed->pin, &row, err));
    JZ_TRY(find_by_row(g, row, id, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, do_in(g, id, deed, row, err), err);
}
