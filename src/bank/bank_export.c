/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/banks.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_AT 65536
/* So many signals and the longest texts, written as JSON, stay below JZ_IMPORT_LINE_MAX. */
#define SIGNALS_A_LINE 128

struct writer {
    jz_buf buf;
    int fd;
};

static jz_status flush(struct writer *w, jz_err *err)
{
    JZ_TRY(jz_buf_check(&w->buf, err));
    JZ_TRY(jz_write_all(w->fd, w->buf.ptr, w->buf.len, "writing", err));
    jz_buf_reset(&w->buf);
    return JZ_OK;
}

static jz_status flush_when_full(struct writer *w, jz_err *err)
{
    return w->buf.len >= FLUSH_AT || w->buf.fail != JZ_OK ? flush(w, err) : JZ_OK;
}

#define SECONDS_TEXT 32

/* Milliseconds where that says it all, as vPDQ text has it; else every digit, of which there are
 * 17: an absurd time must not make a line too long to be read again. */
static const char *seconds_text(double seconds, char buf[SECONDS_TEXT])
{
    const int n = snprintf(buf, SECONDS_TEXT, "%.3f", seconds);
    if (n >= SECONDS_TEXT || strtod(buf, NULL) != seconds)
        (void)snprintf(buf, SECONDS_TEXT, "%.17g", seconds); /* at most 24 characters */
    return buf;
}

static void json_signal(jz_json *j, const jz_signal *s)
{
    char seconds[SECONDS_TEXT];
    jz_json_begin_object(j);
    jz_json_put_str(j, "type", s->cls->name);
    jz_json_put_hex(j, "hash", s->digest, s->cls->digest_size);
    if (s->quality >= 0)
        jz_json_put_i64(j, "quality", s->quality);
    if (s->frame >= 0) {
        jz_json_put_i64(j, "frame", s->frame);
        jz_json_key(j, "seconds");
        seconds_text(s->seconds, seconds);
        jz_json_raw(j, seconds, strlen(seconds));
    }
    jz_json_end_object(j);
}

static void json_text(jz_json *j, const char *key, const char *text)
{
    if (text == NULL)
        return;
    jz_json_key(j, key);
    jz_json_str(j, text);
}

static void json_meta(jz_json *j, const jz_entry_info *e)
{
    char at[32];
    json_text(j, "status", jz_entry_status_name(e->meta.status));
    json_text(j, "source", e->meta.source);
    json_text(j, "category", e->meta.category);
    json_text(j, "note", e->meta.note);
    json_text(j, "created", jz_time_text(e->created_us, at, sizeof at));
    json_text(j, "updated", jz_time_text(e->updated_us, at, sizeof at));
}

static jz_status ndjson_entry(void *user, const jz_entry_info *e, jz_err *err)
{
    struct writer *w = user;
    for (size_t from = 0; from < e->n; from += SIGNALS_A_LINE) {
        const size_t to = e->n - from > SIGNALS_A_LINE ? from + SIGNALS_A_LINE : e->n;
        jz_json j = { .out = &w->buf };
        jz_json_begin_object(&j);
        jz_json_put_i64(&j, "entry", e->id);
        if (from == 0)
            json_meta(&j, e);
        jz_json_key(&j, "signals");
        jz_json_begin_array(&j);
        for (size_t i = from; i < to; i++)
            json_signal(&j, &e->signals[i]);
        jz_json_end_array(&j);
        jz_json_end_object(&j);
        jz_buf_putc(&w->buf, '\n');
        JZ_TRY(flush_when_full(w, err));
    }
    return JZ_OK;
}

static void csv_text(jz_buf *out, const char *text)
{
    const bool quoted = text != NULL && strpbrk(text, "\",\r\n") != NULL;
    if (quoted)
        jz_buf_putc(out, '"');
    for (const char *p = text; p != NULL && *p != '\0'; p++)
        jz_buf_put(out, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    jz_buf_puts(out, quoted ? "\"," : ",");
}

static void csv_signal(jz_buf *out, const jz_signal *s)
{
    char seconds[SECONDS_TEXT];
    jz_buf_printf(out, "%s,", s->cls->name);
    jz_hex_put(out, s->digest, s->cls->digest_size);
    jz_buf_putc(out, ',');
    if (s->quality >= 0)
        jz_buf_printf(out, "%d", s->quality);
    jz_buf_putc(out, ',');
    if (s->frame >= 0)
        jz_buf_printf(out, "%" PRId64, s->frame);
    jz_buf_putc(out, ',');
    if (s->frame >= 0)
        jz_buf_puts(out, seconds_text(s->seconds, seconds));
    jz_buf_puts(out, "\r\n");
}

static jz_status csv_entry(void *user, const jz_entry_info *e, jz_err *err)
{
    struct writer *w = user;
    for (size_t i = 0; i < e->n; i++) {
        jz_buf_printf(&w->buf, "%" PRId64 ",%s,", e->id, jz_entry_status_name(e->meta.status));
        csv_text(&w->buf, e->meta.source);
        csv_text(&w->buf, e->meta.category);
        csv_text(&w->buf, e->meta.note);
        csv_signal(&w->buf, &e->signals[i]);
        JZ_TRY(flush_when_full(w, err));
    }
    return JZ_OK;
}

static jz_status hex_entry(void *user, const jz_entry_info *e, jz_err *err)
{
    struct writer *w = user;
    for (size_t i = 0; i < e->n && jz_entry_is_active(e->meta.status); i++) {
        if (e->signals[i].cls->kind != JZ_HASH_PERCEPTUAL)
            continue;
        jz_hex_put(&w->buf, e->signals[i].digest, JZ_PDQ_SIZE);
        jz_buf_putc(&w->buf, '\n');
        JZ_TRY(flush_when_full(w, err));
    }
    return JZ_OK;
}

static const struct {
    const char *header;
    jz_entry_fn entry;
} formats[] = {
    [JZ_FMT_HEX] = { "", hex_entry },
    [JZ_FMT_CSV] = { "entry,status,source,category,note,type,hash,quality,frame,seconds\r\n",
                     csv_entry },
    [JZ_FMT_NDJSON] = { "", ndjson_entry },
};

jz_status jz_bank_export(jz_banks *b, const char *bank, jz_bank_format format, int fd, jz_err *err)
{
    if ((unsigned)format >= JZ_ARRAY_LEN(formats) || formats[format].entry == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "banks are not exported in format %d", (int)format);
    struct writer w = { .fd = fd };
    jz_buf_puts(&w.buf, formats[format].header);
    jz_status st = jz_bank_each(b, bank, formats[format].entry, &w, err);
    if (st == JZ_OK)
        st = flush(&w, err);
    jz_buf_done(&w.buf);
    return st;
}
