/* SPDX-License-Identifier: Apache-2.0 */
/* report.html: for people who have nothing but a browser and a printer. It opens without a network,
 * prints on A4, says everything in Chinese and in English, and shows no picture: what is in the
 * bag is not for everyone's eyes. */
#include "evidence/records.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/html.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char head[] =
    "<!doctype html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'\">\n"
    "<title>证据报告 Evidence report</title>\n<style>\n";
/* Behind jz_look; on paper as on the screen. */
static const char own[] =
    "@page{size:A4;margin:18mm 14mm}\n"
    "body{max-width:60em;margin:2em auto;padding:0 1em}\n"
    "h2{margin-top:2em;break-after:avoid}\n"
    "p.en,span.en,th small{color:var(--soft)}th small{font-weight:normal;display:block}\n"
    "td,th{border:1px solid var(--line)}\n"
    "thead{display:table-header-group}tr{break-inside:avoid}\n"
    "pre{white-space:pre-wrap;background:var(--card);border:1px solid var(--line);"
    "border-radius:var(--radius);padding:.6em}\n"
    "@media "
    "print{body{margin:0;padding:0;max-width:none;font-size:10.5pt}td,th{border-color:#888}}\n"
    "</style></head><body>\n";

static void text(jz_buf *out, const char *s)
{
    if (s != NULL)
        jz_html_text(out, s, strlen(s));
}

static void heading(jz_buf *out, const char *zh, const char *en)
{
    jz_buf_printf(out, "<h2>%s <span class=\"en\">%s</span></h2>\n", zh, en);
}

/* Both languages, one below the other. */
static void say(jz_buf *out, const char *zh, const char *en)
{
    jz_buf_printf(out, "<p>%s</p>\n<p class=\"en\" lang=\"en\">%s</p>\n", zh, en);
}

static void row(jz_buf *out, const char *zh, const char *en, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    jz_buf_printf(out, "<tr><th>%s<small>%s</small></th><td>", zh, en);
    text(out, value);
    jz_buf_puts(out, "</td></tr>\n");
}

static void row_number(jz_buf *out, const char *zh, const char *en, uint64_t v)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, v);
    row(out, zh, en, digits);
}

static void cell(jz_buf *out, const char *value)
{
    jz_buf_puts(out, "<td>");
    text(out, value);
    jz_buf_puts(out, "</td>");
}

static void cell_time(jz_buf *out, int64_t at_us)
{
    char when[32];
    cell(out, at_us != 0 ? jz_time_text(at_us, when, sizeof when) : NULL);
}

static void cell_number(jz_buf *out, int64_t v)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRId64, v);
    cell(out, v != 0 ? digits : NULL);
}

typedef struct column {
    const char *zh, *en;
} column;

static void begin_table(jz_buf *out, const column *c, size_t n)
{
    jz_buf_puts(out, "<table><thead><tr>");
    for (size_t i = 0; i < n; i++)
        jz_buf_printf(out, "<th>%s<small>%s</small></th>", c[i].zh, c[i].en);
    jz_buf_puts(out, "</tr></thead><tbody>\n");
}

static void end_table(jz_buf *out)
{
    jz_buf_puts(out, "</tbody></table>\n");
}

/* ---- what it is ---- */

static void put_facts(const jz_records *r, jz_buf *out)
{
    char when[32];
    const jz_seal_facts *f = r->facts;
    heading(out, "一、基本情况", "1. What this is");
    jz_buf_puts(out, "<table><tbody>\n");
    row(out, "证据包编号", "Bag", r->bag);
    row(out, "案件", "Case", r->name);
    row(out, "案件编号", "Case number", r->id);
    row(out, "制作时间（UTC）", "Made (UTC)", jz_time_text(r->at_us, when, sizeof when));
    row(out, "保管单位", "Kept by", f->organization);
    row(out, "案由", "Cause", f->cause);
    row(out, "地点", "Place", f->place);
    row(out, "调取单位", "Authority", f->authority);
    row(out, "文书编号", "Document", f->document);
    row(out, "依据标准", "Standard", f->standard);
    row(out, "过程", "Process", f->process);
    for (size_t i = 0; i < f->collectors; i++)
        row(out, "提取人", "Collector", f->collector[i]);
    row(out, "见证人", "Witness", f->witness);
    row(out, "无见证人的原因", "Why no witness", f->no_witness_reason);
    row(out, "未扣押原始存储介质的原因", "Why not the original medium", f->why_not_original);
    row(out, "工具", "Tool", "jz " JZ_VERSION);
    row(out, "工具的 SHA-256", "SHA-256 of the tool", r->tool_sha256);
    end_table(out);
    for (size_t i = 0; i < r->n_defects; i++) {
        jz_buf_puts(out, "<p>缺陷 <span class=\"en\">Defect</span> <code>");
        text(out, r->defects[i].id);
        jz_buf_puts(out, "</code>: ");
        text(out, r->defects[i].message);
        jz_buf_puts(out, "</p>\n");
    }
}

/* ---- counts ---- */

static void put_tally(jz_buf *out, const jz_case_tally *t)
{
    row_number(out, "检材（件）", "Items", t->items);
    row_number(out, "字节不同的文件（个）", "Files of different bytes", t->files);
    row_number(out, "去重后的作品（部）", "Works, copies left out", t->works);
    row_number(out, "其中图片", "Pictures among them", t->images);
    row_number(out, "其中视频", "Videos among them", t->videos);
    row_number(out, "群组（个）", "Groups", t->groups);
    row_number(out, "群组成员数之和（人次）", "Members of all groups, summed", t->members);
    row_number(out, "账号（个）", "Accounts", t->accounts);
    for (size_t i = 0; i < t->sums; i++) {
        char sum[48];
        (void)snprintf(sum, sizeof sum, "%" PRId64 " %s", t->sum[i].amount, t->sum[i].currency);
        row(out, "金额（最小货币单位）", "Proceeds, in the smallest unit", sum);
    }
}

static jz_status put_person(void *user, const jz_case_person *p, jz_err *err)
{
    jz_buf *out = user;
    (void)err;
    jz_buf_puts(out, p->victim ? "<h3>被害人代号 <span class=\"en\">Victim</span> "
                               : "<h3>嫌疑人代号 <span class=\"en\">Accused</span> ");
    text(out, p->reference);
    jz_buf_puts(out, "</h3>\n<table><tbody>\n");
    put_tally(out, &p->tally);
    end_table(out);
    return JZ_OK;
}

static jz_status put_counts(const jz_records *r, jz_buf *out, jz_err *err)
{
    jz_case_tally all;
    JZ_BUF_AUTO persons = { 0 };
    JZ_TRY(jz_case_count(r->cases, r->id, &all, put_person, &persons, err));
    JZ_TRY(jz_buf_check(&persons, err));
    heading(out, "二、数量", "2. Counts");
    say(out,
        "内容相同或经感知哈希无法区分（含旋转、镜像、重新编码）的检材计为一部作品。"
        "同一人可能在多个群组中，成员数之和不等于实际人数。",
        "Items that are the same, or that a perceptual hash cannot tell apart (turned, mirrored, "
        "coded again), are one work. People may be in several groups: the sum of members is not a "
        "number of different persons.");
    jz_buf_puts(out, "<table><tbody>\n");
    put_tally(out, &all);
    end_table(out);
    jz_buf_put(out, persons.ptr, persons.len);
    return JZ_OK;
}

/* ---- tables ---- */

typedef struct writer {
    const jz_records *r;
    jz_buf *out;
} writer;

static jz_status put_item(void *user, const jz_case_item *i, jz_err *err)
{
    const writer *w = user;
    char hex[2 * JZ_SHA256_SIZE + 1];
    (void)err;
    jz_buf_printf(w->out, "<tr><td>E-%04" PRId64 "</td><td><code>", i->number);
    text(w->out, w->r->file[i->number - 1].text);
    jz_buf_puts(w->out, "</code><br>");
    text(w->out, i->name);
    jz_buf_puts(w->out, "</td>");
    cell(w->out, i->source);
    cell(w->out, i->method);
    cell_time(w->out, i->captured_us);
    cell_number(w->out, (int64_t)i->exact.bytes);
    jz_hex_encode(i->exact.sha256, sizeof i->exact.sha256, hex);
    jz_buf_printf(w->out, "<td><code>%s</code>", hex);
    if (i->copy_of != i->number)
        jz_buf_printf(w->out, "<br>= E-%04" PRId64, i->copy_of);
    jz_buf_puts(w->out, "</td></tr>\n");
    return JZ_OK;
}

static jz_status put_items(const jz_records *r, jz_buf *out, jz_err *err)
{
    static const column columns[] = { { "编号", "No." },      { "文件", "File" },
                                      { "来源", "Source" },   { "提取方法", "Method" },
                                      { "时间", "Captured" }, { "字节", "Bytes" },
                                      { "校验值", "SHA-256" } };
    writer w = { r, out };
    heading(out, "三、检材清单", "3. Items");
    say(out, "SM3 与 MD5 校验值见 extraction-list.csv。",
        "SM3 and MD5 are in extraction-list.csv.");
    begin_table(out, columns, JZ_ARRAY_LEN(columns));
    JZ_TRY(jz_case_items(r->cases, r->id, put_item, &w, err));
    end_table(out);
    return JZ_OK;
}

static jz_status put_link(void *user, const jz_case_link *l, jz_err *err)
{
    jz_buf *out = user;
    (void)err;
    jz_buf_puts(out, "<tr>");
    cell_number(out, l->item);
    cell(out, l->accused);
    cell(out, l->victim);
    cell(out, l->platform);
    cell(out, l->account);
    cell(out, l->group);
    cell_number(out, l->members);
    cell_time(out, l->from_us);
    cell(out, l->note);
    jz_buf_puts(out, "</tr>\n");
    return JZ_OK;
}

static jz_status put_links(const jz_records *r, jz_buf *out, jz_err *err)
{
    static const column columns[] = {
        { "检材", "Item" },     { "嫌疑人", "Accused" }, { "被害人", "Victim" },
        { "平台", "Platform" }, { "账号", "Account" },   { "群组", "Group" },
        { "成员", "Members" },  { "时间", "Since" },     { "备注", "Note" },
    };
    heading(out, "四、关联情况", "4. Who, where, when");
    begin_table(out, columns, JZ_ARRAY_LEN(columns));
    JZ_TRY(jz_case_links(r->cases, r->id, put_link, out, err));
    end_table(out);
    return JZ_OK;
}

static jz_status put_term(void *user, const jz_case_term *t, jz_err *err)
{
    jz_buf *out = user;
    (void)err;
    jz_buf_puts(out, "<tr>");
    cell(out, t->term);
    cell(out, t->meaning);
    cell(out, t->says);
    cell_number(out, t->item);
    cell(out, t->place);
    jz_buf_puts(out, "</tr>\n");
    return JZ_OK;
}

static jz_status put_terms(const jz_records *r, jz_buf *out, jz_err *err)
{
    static const column columns[] = { { "用语", "Term" },
                                      { "含义", "Meaning" },
                                      { "说明人", "Says who" },
                                      { "检材", "Item" },
                                      { "位置", "Place" } };
    heading(out, "五、用语说明", "5. What words mean");
    begin_table(out, columns, JZ_ARRAY_LEN(columns));
    JZ_TRY(jz_case_terms(r->cases, r->id, put_term, out, err));
    end_table(out);
    return JZ_OK;
}

static jz_status put_event(void *user, const jz_case_event *e, jz_err *err)
{
    jz_buf *out = user;
    (void)err;
    jz_buf_puts(out, "<tr>");
    cell_time(out, e->at_us);
    cell(out, e->by);
    cell(out, e->kind);
    jz_buf_puts(out, "<td><code>");
    text(out, e->detail);
    jz_buf_puts(out, "</code></td></tr>\n");
    return JZ_OK;
}

static jz_status put_events(const jz_records *r, jz_buf *out, jz_err *err)
{
    static const column columns[] = { { "时间（UTC）", "Time (UTC)" },
                                      { "操作人", "By" },
                                      { "操作", "What" },
                                      { "内容", "Detail" } };
    heading(out, "六、操作记录", "6. Who did what, when");
    begin_table(out, columns, JZ_ARRAY_LEN(columns));
    JZ_TRY(jz_case_events(r->cases, r->id, put_event, out, err));
    end_table(out);
    return JZ_OK;
}

static void put_verification(jz_buf *out)
{
    heading(out, "七、如何核验", "7. How to verify it");
    say(out,
        "证据包中每个文件的校验值列在清单（manifest-*.txt）中，清单的校验值列在 "
        "tagmanifest-sha256.txt 中；签名、时间戳和存证日志都针对后者。改动任何一个字节，"
        "核验都会失败。无需本软件，使用操作系统自带的工具即可核验：见 seal/VERIFY.md。",
        "The hash of every file is in the manifests, theirs are in tagmanifest-sha256.txt, and the "
        "signature, the time stamp and the log are of that one. One changed byte makes "
        "verification fail. Stock tools do it, without this program: see seal/VERIFY.md.");
    jz_buf_puts(out, "<pre>sha256sum --quiet -c manifest-sha256.txt tagmanifest-sha256.txt "
                     "&amp;&amp; echo OK\nsh seal/verify.sh CA.pem TSA.pem</pre>\n");
    say(out, "本报告是筛查报告，不是鉴定意见。", "This is a screening report, no expert opinion.");
}

jz_status jz_record_report(const jz_records *r, jz_buf *out, jz_err *err)
{
    jz_buf_puts(out, head);
    jz_buf_puts(out, jz_look);
    jz_buf_puts(out, own);
    jz_buf_puts(out, "<h1>证据报告 <span class=\"en\" lang=\"en\">Evidence report</span></h1>\n");
    put_facts(r, out);
    JZ_TRY(put_counts(r, out, err));
    JZ_TRY(put_items(r, out, err));
    JZ_TRY(put_links(r, out, err));
    JZ_TRY(put_terms(r, out, err));
    JZ_TRY(put_events(r, out, err));
    put_verification(out);
    jz_buf_puts(out, "</body></html>\n");
    return jz_buf_check(out, err);
}
