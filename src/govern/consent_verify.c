/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying a receipt without the installation that gave it. What is checked, in this order: the
 * id is the record's hash and the record is lawful; the personal fields are those that the record
 * commits to; each event is what its leaf commits to, each leaf is in a log of the policy, and
 * names the leaf of the event before it, so that no event in between is left out; the events are
 * those that the table of states allows; and signatures are by the key in the personal fields. */
#include "govern/consent_receipt.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "base/rd.h"
#include "ledger/ed25519.h"

#include <jz/hash.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define RECEIPT_MAX ((size_t)4 << 20)

typedef struct event { /* as jz_govern_event_text() writes it */
    int64_t at_us;
    char by[JZ_GOVERN_NAME_MAX + 1], kind[32], object[JZ_CONSENT_ID_SIZE];
    jz_consent_detail detail;
    uint8_t salt[JZ_GOVERN_SALT];
} event;

#define E(member) offsetof(event, member)
static const jz_field event_fields[] = {
    { "at_us", JZ_FIELD_INT, false, .at = E(at_us), .min = 1, .max = INT64_MAX },
    { "by", JZ_FIELD_TEXT, false, .at = E(by), .size = JZ_GOVERN_NAME_MAX + 1 },
    { "detail", JZ_FIELD_OBJECT, false, .at = E(detail), .size = sizeof(jz_consent_detail),
      .sub = jz_consent_detail_fields },
    { "kind", JZ_FIELD_TEXT, false, .at = E(kind), .size = 32 },
    { "object", JZ_FIELD_TEXT, false, .at = E(object), .size = JZ_CONSENT_ID_SIZE },
    { "salt", JZ_FIELD_HEX, false, .at = E(salt), .size = JZ_GOVERN_SALT },
    { 0 },
};

typedef struct judge {
    jz_receipt receipt;
    jz_consent_record record;
    jz_consent_personal personal;
    event event;
    bool has_personal, has_key, is_signed;
    jz_consent_life life;
    uint64_t last; /* the leaf before */
    jz_trust trust;
} judge;

static jz_status check_record(judge *v, jz_err *err)
{
    uint8_t digest[32];
    char id[JZ_CONSENT_ID_SIZE];
    JZ_TRY(jz_consent_record_read(jz_bytes_of_text(v->receipt.record), &v->record, err));
    jz_sha256(v->receipt.record, strlen(v->receipt.record), digest);
    jz_hex_encode(digest, sizeof digest, id);
    if (strcmp(id, v->receipt.id) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the record is not that of consent %s", v->receipt.id);
    const jz_status lawful = jz_consent_lawful(&v->record, err);
    return lawful == JZ_E_INVAL ? JZ_E_MISMATCH : lawful;
}

static jz_status check_personal(judge *v, jz_err *err)
{
    static const uint8_t none[JZ_CONSENT_KEY_SIZE];
    uint8_t digest[32];
    v->has_personal = v->receipt.personal[0] != '\0';
    if (!v->has_personal)
        return JZ_OK;
    JZ_TRY(jz_consent_personal_read(jz_bytes_of_text(v->receipt.personal), &v->personal, err));
    jz_sha256(v->receipt.personal, strlen(v->receipt.personal), digest);
    if (memcmp(digest, v->record.personal_sha256, sizeof digest) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the personal fields are not those of the record");
    v->has_key = memcmp(v->personal.key, none, sizeof none) != 0;
    return JZ_OK;
}

/* ---- events ---- */

static jz_status check_leaf(judge *v, size_t i, const jz_policy *policy, jz_err *err)
{
    const jz_receipt_event *e = &v->receipt.event[i];
    uint8_t digest[32];
    jz_leaf leaf;
    jz_trust trust;
    uint64_t index = 0;
    JZ_TRY(jz_leaf_parse(jz_bytes_of_text(e->leaf), &leaf, err));
    jz_sha256(e->text, strlen(e->text), digest);
    if (memcmp(digest, leaf.sha256, sizeof digest) != 0 || leaf.kind != JZ_LEAF_GOVERNED ||
        strcmp(leaf.object, v->receipt.id) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "its leaf does not commit to it");
    if (leaf.prev != v->last)
        return JZ_FAIL(err, JZ_E_MISMATCH, "an event before it is left out");
    JZ_TRY(jz_proof_verify(jz_bytes_of_text(e->proof), jz_bytes_of_text(e->leaf), policy, &trust,
                           &index, err));
    if (i > 0 && index <= v->last)
        return JZ_FAIL(err, JZ_E_MISMATCH, "its leaf stands before that of the event before");
    v->last = index;
    if (i == 0 || trust.checkpoint.size >= v->trust.checkpoint.size)
        v->trust = trust;
    return JZ_OK;
}

static jz_status check_signature(judge *v, jz_consent_act act, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    bool ok = false;
    if (!v->has_key)
        return v->has_personal ? JZ_FAIL(err, JZ_E_MISMATCH, "signed, but there is no key") : JZ_OK;
    jz_consent_statement_put(v->receipt.id, act, v->life.seq, v->event.detail.until_s, &text);
    JZ_TRY(jz_buf_check(&text, err));
    JZ_TRY(jz_ed25519_verify(v->personal.key, (jz_bytes){ (const uint8_t *)text.ptr, text.len },
                             v->event.detail.signature, &ok, err));
    if (!ok)
        return JZ_FAIL(err, JZ_E_MISMATCH, "not signed by the person's key");
    v->is_signed = v->is_signed || act == JZ_CONSENT_GRANT;
    return JZ_OK;
}

static jz_status check_act(judge *v, jz_consent_act act, jz_err *err)
{
    const jz_consent_detail *d = &v->event.detail;
    const jz_consent_party party = jz_consent_party_of(act);
    if (d->seq != v->life.seq)
        return JZ_FAIL(err, JZ_E_MISMATCH, "it is not the event number %d", (int)v->life.seq);
    if ((party == JZ_PARTY_PRINCIPAL) != (d->proof != 0))
        return JZ_FAIL(err, JZ_E_MISMATCH, "it is not proved that the person did it");
    if (v->has_key && (act == JZ_CONSENT_GRANT || act == JZ_CONSENT_RENEW) &&
        d->proof != JZ_PROOF_SIGNATURE)
        return JZ_FAIL(err, JZ_E_MISMATCH, "consent without the person's signature");
    if (d->proof == JZ_PROOF_SIGNATURE)
        JZ_TRY(check_signature(v, act, err));
    const jz_status st =
        jz_consent_step(&v->life, act, party, v->event.at_us / 1000000, d->until_s, err);
    return st == JZ_E_INVAL ? JZ_E_MISMATCH : st;
}

static jz_status check_kind(judge *v, size_t i, jz_err *err)
{
    const char *kind = v->event.kind;
    if ((i == 0) != (strcmp(kind, JZ_CONSENT_ASKED) == 0))
        return JZ_FAIL(err, JZ_E_MISMATCH, "the first event, and no other, is that it was asked");
    if (i == 0) {
        v->life = (jz_consent_life){ .state = JZ_CONSENT_REQUESTED,
                                     .from_s = v->record.from_s,
                                     .until_s = v->record.until_s,
                                     .seq = 1 };
        return JZ_OK;
    }
    for (int act = 1; jz_consent_act_name((jz_consent_act)act) != NULL; act++)
        if (strcmp(jz_consent_kind((jz_consent_act)act), kind) == 0)
            return check_act(v, (jz_consent_act)act, err);
    if (strcmp(kind, JZ_CONSENT_DELETED) == 0 || strcmp(kind, JZ_CONSENT_OVERDUE) == 0)
        return JZ_OK;
    return JZ_FAIL(err, JZ_E_MISMATCH, "'%s' is no event of a consent", kind);
}

static jz_status check_event(judge *v, size_t i, const jz_policy *policy, jz_err *err)
{
    JZ_TRY(jz_fields_read(event_fields, jz_bytes_of_text(v->receipt.event[i].text), "event",
                          &v->event, sizeof v->event, err));
    if (strcmp(v->event.object, v->receipt.id) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "it is of another consent");
    JZ_TRY(check_leaf(v, i, policy, err));
    return check_kind(v, i, err);
}

static jz_status judge_all(judge *v, jz_bytes receipt, const jz_policy *policy, jz_err *err)
{
    JZ_TRY(
        jz_fields_read(jz_receipt_fields, receipt, "receipt", &v->receipt, sizeof v->receipt, err));
    JZ_TRY(check_record(v, err));
    JZ_TRY(check_personal(v, err));
    v->last = JZ_LEAF_NO_PREV;
    for (size_t i = 0; i < v->receipt.events; i++)
        JZ_TRY_CTX(check_event(v, i, policy, err), err, "event %zu", i + 1);
    if (v->life.erased && v->has_personal)
        return JZ_FAIL(err, JZ_E_MISMATCH, "erased, and its personal fields are still there");
    return JZ_OK;
}

jz_status jz_consent_verify(jz_bytes receipt, const jz_policy *policy, jz_consent_verdict *out,
                            jz_err *err)
{
    if (receipt.len > RECEIPT_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a receipt of %zu bytes, the limit is %zu", receipt.len,
                       RECEIPT_MAX);
    judge *v = jz_alloc_zero(1, sizeof *v);
    if (v == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = judge_all(v, receipt, policy, err);
    if (st == JZ_OK) {
        *out = (jz_consent_verdict){ .state = v->life.state,
                                     .personal = v->has_personal,
                                     .is_signed = v->is_signed,
                                     .from_s = v->life.from_s,
                                     .until_s = v->life.until_s,
                                     .events = v->receipt.events,
                                     .trust = v->trust };
        (void)snprintf(out->id, sizeof out->id, "%s", v->receipt.id);
    }
    jz_free(v);
    return st;
}
