/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/consent_receipt.h"

#include "base/alloc.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define E(member) offsetof(jz_receipt_event, member)
#define R(member) offsetof(jz_receipt, member)

static const char *const words_format[] = { "jianzhen-consent-receipt/1", NULL };
static const jz_field event_fields[] = {
    { "leaf", JZ_FIELD_TEXT, false, .at = E(leaf), .size = JZ_LEAF_TEXT },
    { "proof", JZ_FIELD_TEXT, false, .at = E(proof), .size = JZ_RECEIPT_PROOF },
    { "text", JZ_FIELD_TEXT, false, .at = E(text), .size = JZ_RECEIPT_EVENT },
    { 0 },
};
const jz_field jz_receipt_fields[] = {
    { "consent_id", JZ_FIELD_TEXT, false, .at = R(id), .size = JZ_CONSENT_ID_SIZE },
    { "events", JZ_FIELD_OBJECTS, false, .at = R(event), .size = sizeof(jz_receipt_event), .min = 1,
      .max = JZ_RECEIPT_EVENTS, .count = R(events), .sub = event_fields },
    { "format", JZ_FIELD_WORD, false, .at = R(format), .words = words_format },
    { "personal", JZ_FIELD_TEXT, true, .at = R(personal), .size = JZ_RECEIPT_TEXT },
    { "record", JZ_FIELD_TEXT, false, .at = R(record), .size = JZ_RECEIPT_TEXT },
    { 0 },
};

static jz_status take(const char *text, char *to, size_t size, const char *what, jz_err *err)
{
    if (text == NULL || strlen(text) >= size)
        return JZ_FAIL(err, JZ_E_LIMIT, "the %s has more than %zu bytes", what, size - 1);
    (void)snprintf(to, size, "%s", text);
    return JZ_OK;
}

static jz_status take_record(void *user, const jz_consent_info *i, jz_err *err)
{
    jz_receipt *r = user;
    JZ_TRY(take(i->record, r->record, sizeof r->record, "record", err));
    return i->personal != NULL
               ? take(i->personal, r->personal, sizeof r->personal, "personal text", err)
               : JZ_OK;
}

typedef struct prover {
    jz_receipt *receipt;
    jz_log *log;
} prover;

static jz_status take_leaf(jz_log *log, uint64_t index, jz_receipt_event *e, jz_err *err)
{
    jz_auto(char) *leaf = NULL;
    jz_auto(char) *proof = NULL;
    size_t len = 0;
    JZ_TRY(jz_log_entry(log, index, &leaf, &len, err));
    if (len >= sizeof e->leaf)
        return JZ_FAIL(err, JZ_E_MISMATCH, "leaf %zu is none of ours", (size_t)index);
    memcpy(e->leaf, leaf, len);
    e->leaf[len] = '\0';
    JZ_TRY(jz_log_prove(log, index, &proof, err));
    return take(proof, e->proof, sizeof e->proof, "proof", err);
}

static jz_status take_event(void *user, const jz_govern_event *event, jz_err *err)
{
    const prover *p = user;
    JZ_BUF_AUTO text = { 0 };
    if (event->leaf < 0)
        return JZ_FAIL(err, JZ_E_BUSY, "'%s' is not in the ledger yet", event->kind);
    if (p->receipt->events == JZ_RECEIPT_EVENTS)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d events", JZ_RECEIPT_EVENTS);
    jz_receipt_event *e = &p->receipt->event[p->receipt->events++];
    jz_govern_event_text(event, &text);
    JZ_TRY(jz_buf_check(&text, err));
    JZ_TRY(take(text.ptr, e->text, sizeof e->text, "event", err));
    return take_leaf(p->log, (uint64_t)event->leaf, e, err);
}

jz_status jz_consent_receipt(jz_govern *g, jz_log *log, const char *id, char **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_receipt *r = jz_alloc_zero(1, sizeof *r);
    if (r == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const prover p = { r, log };
    r->format = 1;
    jz_status st = take(id, r->id, sizeof r->id, "id", err);
    if (st == JZ_OK)
        st = jz_consent_show(g, id, take_record, r, err);
    if (st == JZ_OK)
        st = jz_govern_events(g, id, take_event, (void *)(uintptr_t)&p, err);
    jz_json j = { .out = &text };
    if (st == JZ_OK)
        jz_fields_put(jz_receipt_fields, r, &j);
    jz_free(r);
    JZ_TRY(st);
    JZ_TRY(jz_buf_check(&text, err));
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}
