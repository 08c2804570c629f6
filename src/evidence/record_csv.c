/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for office programs (RFC 4180), in UTF-8 with the mark by which these recognise it. */
#include "evidence/records.h"

#include "base/file.h"
#include "base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BOM "\xef\xbb\xbf"

typedef struct table {
    const jz_records *r;
    jz_buf *out;
    uint64_t row;
} table;

/* Quoted always. What an office program would take for a formula gets an apostrophe: names of
 * hostile files must not compute anything on a clerk's machine. */
static void put(jz_buf *out, const char *text, bool last)
{
    jz_buf_putc(out, '"');
    if (text != NULL && text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
        jz_buf_putc(out, '\'');
    for (const char *s = text; s != NULL && *s != '\0'; s++) {
        if (*s == '"')
            jz_buf_putc(out, '"');
        jz_buf_putc(out, *s);
    }
    jz_buf_puts(out, last ? "\"\r\n" : "\",");
}

static void put_number(jz_buf *out, int64_t v, bool known)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, v < 0 ? 0 : v);
    put(out, known ? text : "", false);
}

/* Digits in capitals, as clerks' tools print MD5. */
static void put_hex(jz_buf *out, const uint8_t *digest, size_t size, bool capitals, bool last)
{
    char text[2 * JZ_SHA512_SIZE + 1];
    jz_hex_encode(digest, size, text);
    for (char *c = text; capitals && *c != '\0'; c++)
        *c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
    put(out, text, last);
}

static void put_time(jz_buf *out, int64_t at_us)
{
    char text[32];
    put(out, at_us != 0 ? jz_time_text(at_us, text, sizeof text) : "", false);
}

static jz_status list_row(void *user, const jz_case_item *i, jz_err *err)
{
    table *t = user;
    JZ_BUF_AUTO name = { 0 };
    jz_buf_printf(&name, "%s (%s)", t->r->file[i->number - 1].text, i->name);
    JZ_TRY(jz_buf_check(&name, err));
    put_number(t->out, i->number, true);
    put(t->out, name.ptr, false);
    put(t->out, i->source, false);
    put(t->out, i->method, false);
    put(t->out, i->kind, false);
    put(t->out, i->format, false);
    put_number(t->out, (int64_t)i->exact.bytes, true);
    put_hex(t->out, i->exact.sha256, sizeof i->exact.sha256, false, false);
    put_hex(t->out, i->exact.sm3, sizeof i->exact.sm3, false, false);
    put_hex(t->out, i->exact.md5, sizeof i->exact.md5, true, true);
    return JZ_OK;
}

jz_status jz_record_list(const jz_records *r, jz_buf *out, jz_err *err)
{
    table t = { .r = r, .out = out };
    jz_buf_puts(out, BOM "序号,电子数据,来源,提取方法,类别,文件格式,字节,SHA-256,SM3,MD5\r\n");
    return jz_case_items(r->cases, r->id, list_row, &t, err);
}

static jz_status link_row(void *user, const jz_case_link *l, jz_err *err)
{
    table *t = user;
    (void)err;
    put_number(t->out, (int64_t)++t->row, true);
    put_number(t->out, l->item, l->item != 0);
    put(t->out, l->accused, false);
    put(t->out, l->victim, false);
    put(t->out, l->platform, false);
    put(t->out, l->account, false);
    put(t->out, l->group, false);
    put_number(t->out, l->members, l->members != 0);
    put_time(t->out, l->from_us);
    put_time(t->out, l->to_us);
    put_number(t->out, l->proceeds, l->proceeds != 0);
    put(t->out, l->currency, false);
    put(t->out, l->note, true);
    return JZ_OK;
}

jz_status jz_record_links(const jz_records *r, jz_buf *out, jz_err *err)
{
    table t = { .r = r, .out = out };
    jz_buf_puts(out, BOM "序号,检材,嫌疑人代号,被害人代号,平台,账号,群组,成员数,起,止,"
                         "金额(最小货币单位),币种,备注\r\n");
    return jz_case_links(r->cases, r->id, link_row, &t, err);
}

static jz_status term_row(void *user, const jz_case_term *g, jz_err *err)
{
    table *t = user;
    (void)err;
    put_number(t->out, (int64_t)++t->row, true);
    put(t->out, g->term, false);
    put(t->out, g->meaning, false);
    put(t->out, g->says, false);
    put_number(t->out, g->item, g->item != 0);
    put(t->out, g->place, true);
    return JZ_OK;
}

jz_status jz_record_glossary(const jz_records *r, jz_buf *out, jz_err *err)
{
    table t = { .r = r, .out = out };
    jz_buf_puts(out, BOM "序号,用语,含义,说明人,检材,位置\r\n");
    return jz_case_terms(r->cases, r->id, term_row, &t, err);
}
