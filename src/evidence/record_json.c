/* SPDX-License-Identifier: Apache-2.0 */
/* The records that programs read. */
#include "evidence/records.h"

#include "base/file.h"
#include "evidence/cases.h"

#include <string.h>
#include <sys/utsname.h>

/* ---- extraction.json ---- */

static void put_surroundings(jz_json *j, const jz_records *r)
{
    struct utsname u;
    jz_json_key(j, "tool");
    jz_json_begin_object(j);
    jz_json_put_str(j, "name", "jz");
    jz_json_put_str(j, "version", JZ_VERSION);
    jz_json_put_str(j, "sha256", r->tool_sha256[0] != '\0' ? r->tool_sha256 : NULL);
    jz_json_end_object(j);
    jz_json_key(j, "environment");
    jz_json_begin_object(j);
    if (uname(&u) == 0) {
        jz_json_put_str(j, "system", u.sysname);
        jz_json_put_str(j, "release", u.release);
        jz_json_put_str(j, "machine", u.machine);
        jz_json_put_str(j, "host", u.nodename);
    }
    jz_json_end_object(j);
}

static void put_person(jz_json *j, const char *role, const char *name)
{
    jz_json_begin_object(j);
    jz_json_put_str(j, "role", role);
    jz_json_put_str(j, "name", name);
    jz_json_end_object(j);
}

static void put_facts(jz_json *j, const jz_seal_facts *f)
{
    jz_json_put_str(j, "cause", f->cause);
    jz_json_put_str(j, "place", f->place);
    jz_json_put_str(j, "authority", f->authority);
    jz_json_put_str(j, "document", f->document);
    jz_json_put_str(j, "standard", f->standard);
    jz_json_put_str(j, "process", f->process);
    jz_json_put_str(j, "why_not_original", f->why_not_original);
    jz_json_put_str(j, "no_witness_reason", f->no_witness_reason);
    jz_json_key(j, "people");
    jz_json_begin_array(j);
    for (size_t i = 0; i < f->collectors; i++)
        put_person(j, "collector", f->collector[i]);
    if (f->witness != NULL)
        put_person(j, "witness", f->witness);
    jz_json_end_array(j);
}

typedef struct lister {
    jz_json *j;
    const jz_records *r;
} lister;

static jz_status put_item(void *user, const jz_case_item *i, jz_err *err)
{
    const lister *l = user;
    jz_json *j = l->j;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "item", i->number);
    jz_json_put_str(j, "file", l->r->file[i->number - 1].text);
    jz_json_put_str(j, "name", i->name);
    jz_json_put_str(j, "source", i->source);
    jz_json_put_str(j, "method", i->method);
    jz_json_put_str(j, "kind", i->kind);
    jz_json_put_str(j, "format", i->format);
    jz_json_put_time(j, "captured", i->captured_us);
    jz_json_put_time(j, "added", i->added_us);
    jz_json_put_i64(j, "copy_of", i->copy_of);
    jz_json_put_u64(j, "bytes", i->exact.bytes);
    jz_json_put_hex(j, "sha256", i->exact.sha256, sizeof i->exact.sha256);
    jz_json_put_hex(j, "sm3", i->exact.sm3, sizeof i->exact.sm3);
    jz_json_put_hex(j, "md5", i->exact.md5, sizeof i->exact.md5);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_record_extraction(const jz_records *r, jz_buf *out, jz_err *err)
{
    jz_json j = { .out = out };
    lister l = { &j, r };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "profile", JZ_BAG_PROFILE);
    jz_json_put_str(&j, "bag", r->bag);
    jz_json_put_str(&j, "case", r->id);
    jz_json_put_str(&j, "case_name", r->name);
    jz_json_put_time(&j, "made", r->at_us);
    put_surroundings(&j, r);
    put_facts(&j, r->facts);
    jz_json_key(&j, "defects");
    jz_json_begin_array(&j);
    for (size_t i = 0; i < r->n_defects; i++) {
        jz_json_begin_object(&j);
        jz_json_put_str(&j, "id", r->defects[i].id);
        jz_json_put_str(&j, "message", r->defects[i].message);
        jz_json_end_object(&j);
    }
    jz_json_end_array(&j);
    jz_json_key(&j, "items");
    jz_json_begin_array(&j);
    JZ_TRY(jz_case_items(r->cases, r->id, put_item, &l, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    jz_buf_putc(out, '\n');
    return JZ_OK;
}

/* ---- screening.json: the sections of GB/T 45430-2025, as they were told to us ---- */

static jz_status put_label(void *user, const jz_case_item *i, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "item", i->number);
    jz_json_put_str(j, "format", i->format);
    jz_json_key(j, "label");
    if (i->label != NULL)
        jz_json_raw(j, i->label, strlen(i->label));
    else
        jz_json_null(j);
    jz_json_end_object(j);
    return JZ_OK;
}

static void begin_section(jz_json *j, const char *number, const char *title, bool is_done)
{
    jz_json_begin_object(j);
    jz_json_put_str(j, "section", number);
    jz_json_put_str(j, "title", title);
    jz_json_put_bool(j, "done", is_done);
}

jz_status jz_record_screening(const jz_records *r, jz_buf *out, jz_err *err)
{
    static const struct {
        const char *number, *title;
    } not_done[] = { { "5.4", "特征检测" },
                     { "5.5", "特征分析" },
                     { "5.6", "特征比对" },
                     { "5.7", "特征评估" },
                     { "5.8", "综合分析" } };
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "what", "a screening report, no expert opinion (鉴定意见)");
    jz_json_put_str(&j, "order", "GB/T 45430-2025, sections as quoted to us");
    jz_json_key(&j, "sections");
    jz_json_begin_array(&j);
    begin_section(&j, "5.1", "检材固定保全", true);
    jz_json_put_str(&j, "result", "record/extraction.json, manifest-sha256.txt");
    jz_json_end_object(&j);
    begin_section(&j, "5.2", "样本提取", false);
    jz_json_end_object(&j);
    begin_section(&j, "5.3", "元数据检验", true);
    jz_json_put_str(&j, "scope",
                    "labels of synthesis in the files' metadata (GB 45438-2025, IPTC)");
    jz_json_key(&j, "items");
    jz_json_begin_array(&j);
    JZ_TRY(jz_case_items(r->cases, r->id, put_label, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    for (size_t i = 0; i < JZ_ARRAY_LEN(not_done); i++) {
        begin_section(&j, not_done[i].number, not_done[i].title, false);
        jz_json_end_object(&j);
    }
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    jz_buf_putc(out, '\n');
    return JZ_OK;
}

/* ---- decision.json, events.ndjson ---- */

static jz_status put_hold(void *user, const jz_case_hold *h, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "hold", h->number);
    jz_json_put_str(j, "authority", h->authority);
    jz_json_put_str(j, "document", h->document);
    jz_json_put_time(j, "from", h->from_us);
    jz_json_put_time(j, "until", h->until_us);
    jz_json_put_time(j, "released", h->released_us);
    jz_json_end_object(j);
    return JZ_OK;
}

/* Measures against accounts are not kept here yet: what there is of decisions is holds. */
jz_status jz_record_decision(const jz_records *r, jz_buf *out, jz_err *err)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_key(&j, "holds");
    jz_json_begin_array(&j);
    JZ_TRY(jz_case_holds(r->cases, r->id, put_hold, &j, err));
    jz_json_end_array(&j);
    jz_json_key(&j, "measures");
    jz_json_begin_array(&j);
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    jz_buf_putc(out, '\n');
    return JZ_OK;
}

typedef struct event_writer {
    const char *id;
    jz_buf *out;
} event_writer;

/* Each line is the text that the ledger commits to, where it does. */
static jz_status put_event(void *user, const jz_case_event *e, jz_err *err)
{
    const event_writer *w = user;
    jz_case_event_text(w->id, e, w->out);
    jz_buf_putc(w->out, '\n');
    return jz_buf_check(w->out, err);
}

jz_status jz_record_events(const jz_records *r, jz_buf *out, jz_err *err)
{
    event_writer w = { r->id, out };
    return jz_case_events(r->cases, r->id, put_event, &w, err);
}
