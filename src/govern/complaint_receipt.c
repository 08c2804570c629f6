/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/complaints.h"

#include "base/alloc.h"
#include "base/file.h"

#include <string.h>

typedef struct writer {
    jz_json j;
    jz_log *log;
} writer;

static jz_status put_body(void *user, const jz_complaint_info *i, jz_err *err)
{
    writer *w = user;
    (void)err;
    jz_json_put_str(&w->j, "body", i->body);
    return JZ_OK;
}

/* What whoever complains does; all else is done by those who work on it. */
static bool is_own(const char *kind)
{
    static const char *const kinds[] = { "filed", "added", "appealed", "withdrawn" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(kinds); i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

static jz_status put_leaf(writer *w, uint64_t index, jz_err *err)
{
    jz_auto(char) *leaf = NULL;
    jz_auto(char) *proof = NULL;
    size_t len = 0;
    JZ_TRY(jz_log_entry(w->log, index, &leaf, &len, err));
    JZ_TRY(jz_log_prove(w->log, index, &proof, err));
    jz_json_key(&w->j, "leaf");
    jz_json_strn(&w->j, leaf, len);
    jz_json_put_str(&w->j, "proof", proof);
    return JZ_OK;
}

static jz_status put_event(void *user, const jz_govern_event *event, jz_err *err)
{
    writer *w = user;
    JZ_BUF_AUTO text = { 0 };
    if (event->leaf < 0)
        return JZ_FAIL(err, JZ_E_BUSY, "'%s' is not in the ledger yet", event->kind);
    jz_json_begin_object(&w->j);
    jz_json_put_time(&w->j, "at", event->at_us);
    jz_json_put_str(&w->j, "kind", event->kind);
    JZ_TRY(put_leaf(w, (uint64_t)event->leaf, err));
    if (is_own(event->kind)) {
        jz_govern_event_text(event, &text);
        JZ_TRY(jz_buf_check(&text, err));
        jz_json_put_str(&w->j, "text", text.ptr);
    }
    jz_json_end_object(&w->j);
    return JZ_OK;
}

jz_status jz_complaint_receipt(jz_govern *g, jz_log *log, const char *id, char **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    writer w = { { .out = &text }, log };
    jz_json_begin_object(&w.j);
    jz_json_put_str(&w.j, "format", "jianzhen-complaint-receipt/1");
    jz_json_put_str(&w.j, "complaint_id", id);
    JZ_TRY(jz_complaint_show(g, id, put_body, &w, err));
    jz_json_key(&w.j, "events");
    jz_json_begin_array(&w.j);
    JZ_TRY(jz_govern_events(g, id, put_event, &w, err));
    jz_json_end_array(&w.j);
    jz_json_end_object(&w.j);
    JZ_TRY(jz_buf_check(&text, err));
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}
