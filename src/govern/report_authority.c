/* SPDX-License-Identifier: Apache-2.0 */
/* The report to an authority, and its proof document. */
#include "govern/measures.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/html.h"

#include <jz/report.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BAGS 256

typedef struct gatherer {
    const jz_report_facts *facts;
    jz_govern *g;
    jz_json *j;
    jz_decision_form *f;
    bool approved; /* a person has ordered it */
    char bag[BAGS][JZ_DECISION_EVIDENCE];
    size_t bags;
    int64_t first_us; /* of the decisions */
    bool suspended, terminated;
} gatherer;

static jz_status check_facts(const jz_report_facts *f, size_t n, jz_err *err)
{
    JZ_TRY(jz_govern_text("organization", f->organization, JZ_GOVERN_TEXT_MAX, true, err));
    JZ_TRY(jz_govern_text("contact", f->contact, JZ_GOVERN_TEXT_MAX, true, err));
    JZ_TRY(jz_govern_text("authority", f->authority, JZ_GOVERN_TEXT_MAX, true, err));
    JZ_TRY(jz_govern_text("report's number", f->number, JZ_GOVERN_NAME_MAX, true, err));
    JZ_TRY(jz_govern_text("document", f->document, JZ_GOVERN_NAME_MAX, false, err));
    JZ_TRY(jz_govern_text("filing", f->filing, JZ_GOVERN_NAME_MAX, false, err));
    JZ_TRY(jz_govern_text("platform", f->platform, JZ_GOVERN_NAME_MAX, false, err));
    if (n == 0 || n > JZ_REPORT_DECISIONS)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu decisions; 1 to %d are reported at once", n,
                       JZ_REPORT_DECISIONS);
    return JZ_OK;
}

/* ---- gathering ---- */

static jz_status note_measure(void *user, const jz_measure_info *m, jz_err *err)
{
    gatherer *r = user;
    (void)err;
    const bool stands = jz_measure_stands(m->state) && m->state != JZ_MEASURE_PROPOSED;
    if (stands && (m->kind == JZ_MEASURE_REPORT_AUTHORITY || m->kind == JZ_MEASURE_RESPOND_ORDER))
        r->approved = true;
    r->suspended = r->suspended || (stands && m->kind == JZ_MEASURE_SUSPEND);
    r->terminated = r->terminated || (stands && m->kind == JZ_MEASURE_TERMINATE);
    return JZ_OK;
}

static jz_status note_decision(void *user, const jz_decision_info *d, jz_err *err)
{
    gatherer *r = user;
    JZ_TRY(jz_decision_text_read(d->body, r->f, err));
    if (r->first_us == 0 || d->at_us < r->first_us)
        r->first_us = d->at_us;
    for (size_t i = 0; i < r->bags; i++)
        if (strcmp(r->bag[i], r->f->evidence) == 0)
            return JZ_OK;
    if (r->f->evidence[0] != '\0' && r->bags < BAGS)
        (void)snprintf(r->bag[r->bags++], JZ_DECISION_EVIDENCE, "%s", r->f->evidence);
    return JZ_OK;
}

static jz_status gather(gatherer *r, const char *const *decisions, size_t n, jz_err *err)
{
    for (size_t i = 0; i < n; i++) {
        JZ_TRY(jz_decision_show(r->g, decisions[i], note_decision, r, err));
        JZ_TRY(jz_measures(r->g, decisions[i], (jz_measure_state)0, note_measure, r, err));
    }
    return r->approved
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_INVAL, "nobody has ordered report_authority or respond_order");
}

/* ---- the report ---- */

static void put_time(jz_json *j, const char *key, int64_t at_us)
{
    char text[32];
    jz_json_put_text(j, key, jz_time_text(at_us, text, sizeof text));
}

static void put_summary(const gatherer *r)
{
    jz_json *j = r->j;
    jz_json_key(j, "incidentSummary");
    jz_json_begin_object(j);
    jz_json_put_bool(j, "escalateToHighPriority", r->facts->urgent);
    put_time(j, "incidentDateTime", r->first_us);
    jz_json_put_text(j, "platform", r->facts->platform);
    jz_json_end_object(j);
    jz_json_key(j, "lawEnforcement");
    jz_json_begin_object(j);
    jz_json_put_text(j, "agencyName", r->facts->authority);
    jz_json_put_text(j, "caseNumber", r->facts->document);
    jz_json_end_object(j);
    jz_json_key(j, "reporter");
    jz_json_begin_object(j);
    jz_json_put_text(j, "algorithmFiling", r->facts->filing);
    jz_json_put_text(j, "company", r->facts->organization);
    jz_json_put_text(j, "contact", r->facts->contact);
    jz_json_put_text(j, "reportNumber", r->facts->number);
    jz_json_end_object(j);
}

static jz_status put_measure(void *user, const jz_measure_info *m, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    if (m->state == JZ_MEASURE_PROPOSED || m->state == JZ_MEASURE_DISMISSED)
        return JZ_OK;
    jz_json_begin_object(j);
    jz_json_put_text(j, "measure", jz_measure_kind_name(m->kind));
    jz_json_put_text(j, "name", jz_measure_kind_chinese(m->kind));
    put_time(j, "ordered", m->ordered_us);
    jz_json_put_text(j, "state", jz_measure_state_name(m->state));
    jz_json_put_text(j, "target", m->target);
    jz_json_end_object(j);
    return JZ_OK;
}

/* What the targets of content say: hashes, and where it was. */
static void put_files(const gatherer *r)
{
    jz_json *j = r->j;
    jz_json_key(j, "fileDetails");
    jz_json_begin_array(j);
    for (size_t i = 0; i < r->f->measures; i++) {
        const jz_form_measure *m = &r->f->measure[i];
        if (jz_measure_row_of((jz_measure_kind)m->kind)->field != JZ_OF_CONTENT)
            continue;
        const bool hash = strncmp(m->target, "sha256:", 7) == 0;
        jz_json_begin_object(j);
        if (!hash)
            jz_json_put_text(j, "locationOfFile", m->target);
        if (hash) {
            jz_json_key(j, "originalFileHash");
            jz_json_begin_object(j);
            jz_json_put_text(j, "hashType", "SHA256");
            jz_json_put_text(j, "value", m->target + 7);
            jz_json_end_object(j);
        }
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static jz_status put_decision(void *user, const jz_decision_info *d, jz_err *err)
{
    gatherer *r = user;
    jz_json *j = r->j;
    JZ_TRY(jz_decision_text_read(d->body, r->f, err));
    jz_json_begin_object(j);
    put_time(j, "at", d->at_us);
    jz_json_put_text(j, "basis", r->f->basis);
    jz_json_put_text(j, "category", jz_words_complaint_category[r->f->category - 1]);
    jz_json_put_text(j, "decision", d->id);
    jz_json_put_text(j, "evidence", r->f->evidence);
    jz_json_put_text(j, "facts", r->f->facts);
    put_files(r);
    jz_json_put_text(j, "noEvidenceReason", r->f->no_evidence);
    jz_json_key(j, "personOrUserReported");
    jz_json_begin_object(j);
    jz_json_put_text(j, "espIdentifier", d->account);
    jz_json_put_text(j, "groupIdentifier", d->group);
    jz_json_end_object(j);
    jz_json_key(j, "measures");
    jz_json_begin_array(j);
    JZ_TRY(jz_measures(r->g, d->id, (jz_measure_state)0, put_measure, j, err));
    jz_json_end_array(j);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status write_report(gatherer *r, const char *const *decisions, size_t n, jz_err *err)
{
    jz_json *j = r->j;
    JZ_TRY(gather(r, decisions, n, err));
    jz_json_begin_object(j);
    put_summary(r);
    jz_json_put_bool(j, "accountTemporarilyDisabled", r->suspended);
    jz_json_put_bool(j, "accountPermanentlyDisabled", r->terminated);
    jz_json_key(j, "evidence");
    jz_json_begin_array(j);
    for (size_t i = 0; i < r->bags; i++)
        jz_json_str(j, r->bag[i]);
    jz_json_end_array(j);
    jz_json_key(j, "incidents");
    jz_json_begin_array(j);
    for (size_t i = 0; i < n; i++)
        JZ_TRY(jz_decision_show(r->g, decisions[i], put_decision, r, err));
    jz_json_end_array(j);
    jz_json_end_object(j);
    return jz_buf_check(j->out, err);
}

typedef jz_status (*write_fn)(gatherer *r, const char *const *decisions, size_t n, jz_err *err);

static jz_status run(jz_govern *g, const jz_report_facts *facts, const char *const *decisions,
                     size_t n, write_fn fn, char **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_json j = { .out = &text };
    JZ_TRY(check_facts(facts, n, err));
    JZ_DECISION_AUTO *f = jz_decision_form_new(err);
    gatherer *r = jz_alloc_zero(1, sizeof *r);
    jz_status st = JZ_E_NOMEM;
    if (f != NULL && r != NULL) {
        r->facts = facts;
        r->g = g;
        r->j = &j;
        r->f = f;
        st = fn(r, decisions, n, err);
    } else {
        jz_err_set(err, JZ_E_NOMEM, "out of memory");
    }
    jz_free(r);
    JZ_TRY(st);
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}

jz_status jz_report_authority(jz_govern *g, const jz_report_facts *facts,
                              const char *const *decisions, size_t n, char **out, jz_err *err)
{
    return run(g, facts, decisions, n, write_report, out, err);
}

/* ---- the proof document ---- */

typedef struct words {
    const char *lang, *title, *number, *to, *document, *unasked, *from, *contact, *filing, *when,
        *bag, *list, *method, *how, *seal;
} words;
static const words in_chinese = {
    "zh-CN",
    "电子证明文件",
    "编号",
    "致",
    "调取证据通知书文号",
    "无（主动报告）",
    "提供单位",
    "联系方式",
    "算法备案编号",
    "制作时间",
    "证据包",
    "所附电子数据",
    "完整性校验值计算方法",
    "每个证据包为 BagIt 1.0（RFC 8493）目录，清单含每个文件的 SHA-256、SHA-512、MD5 和 SM3 值；"
    "tagmanifest-sha256.txt 以电子签名（CMS）、时间戳（RFC 3161）和只增日志的证明封存。"
    "核验步骤见包内 seal/VERIFY.md，可用 sha256sum 与 openssl 完成。",
    "单位电子公章",
};
static const words in_english = {
    "en",
    "Proof document for electronic data",
    "Number",
    "To",
    "Number of the notice that is answered",
    "none (reported unasked)",
    "Provided by",
    "Contact",
    "Filing of the algorithm",
    "Made",
    "Evidence bag",
    "Electronic data that is attached",
    "How the check values are made",
    "Each bag is a folder of BagIt 1.0 (RFC 8493), whose manifests have the SHA-256, SHA-512, MD5 "
    "and SM3 of every file; tagmanifest-sha256.txt is sealed by a signature (CMS), a time stamp "
    "(RFC 3161) and a proof of an append-only log. seal/VERIFY.md in the bag says how to check "
    "that with sha256sum and openssl.",
    "Seal of the organization",
};

static void put_row(jz_buf *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    jz_buf_puts(out, "<tr><th>");
    jz_html_text(out, name, strlen(name));
    jz_buf_puts(out, "</th><td>");
    jz_html_text(out, value, strlen(value));
    jz_buf_puts(out, "</td></tr>\n");
}

static jz_status write_page(gatherer *r, const words *w, const char *const *decisions, size_t n,
                            jz_err *err)
{
    char now[32];
    jz_buf *out = r->j->out;
    JZ_TRY(gather(r, decisions, n, err));
    jz_buf_printf(out,
                  "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
                  "<title>%s</title><style>body{font:16px/1.6 serif;max-width:46em;margin:3em auto}"
                  "th{text-align:left;vertical-align:top;padding-right:2em}h1{text-align:center}"
                  "footer{margin-top:6em;text-align:right}code{word-break:break-all}"
                  "</style></head><body>\n<h1>%s</h1>\n<table>\n",
                  w->lang, w->title, w->title);
    put_row(out, w->number, r->facts->number);
    put_row(out, w->to, r->facts->authority);
    put_row(out, w->document, r->facts->document != NULL ? r->facts->document : w->unasked);
    put_row(out, w->from, r->facts->organization);
    put_row(out, w->contact, r->facts->contact);
    put_row(out, w->filing, r->facts->filing);
    put_row(out, w->when, jz_time_text(jz_govern_now_us(r->g), now, sizeof now));
    jz_buf_printf(out, "</table>\n<h2>%s</h2>\n<ol>\n", w->list);
    for (size_t i = 0; i < r->bags; i++)
        jz_buf_printf(out, "<li>%s <code>%s</code></li>\n", w->bag, r->bag[i]);
    jz_buf_printf(out, "</ol>\n<h2>%s</h2>\n<p>%s</p>\n<footer>%s</footer>\n</body></html>\n",
                  w->method, w->how, w->seal);
    return jz_buf_check(out, err);
}

static jz_status write_chinese(gatherer *r, const char *const *decisions, size_t n, jz_err *err)
{
    return write_page(r, &in_chinese, decisions, n, err);
}

static jz_status write_english(gatherer *r, const char *const *decisions, size_t n, jz_err *err)
{
    return write_page(r, &in_english, decisions, n, err);
}

jz_status jz_report_proof(jz_govern *g, const jz_report_facts *facts, const char *const *decisions,
                          size_t n, bool chinese, char **out, jz_err *err)
{
    return run(g, facts, decisions, n, chinese ? write_chinese : write_english, out, err);
}
