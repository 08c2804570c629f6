/* SPDX-License-Identifier: Apache-2.0 */
#include "label/mark_document.h"

#include "base/json.h"
#include "base/rd.h"
#include "media/carrier/carriers.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define WINDOW 16384 /* bytes in which a sentence that is there already is looked for */

bool jz_mark_is_document(const char *format)
{
    return strcmp(format, "text") == 0 || strcmp(format, "html") == 0 ||
           strcmp(format, "docx") == 0;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static jz_bytes trimmed(jz_bytes b)
{
    while (b.len > 0 && is_blank(b.ptr[0]))
        b = (jz_bytes){ b.ptr + 1, b.len - 1 };
    while (b.len > 0 && is_blank(b.ptr[b.len - 1]))
        b.len--;
    return b;
}

/* What may stand in a line of its own: letters, not only the dashes of front matter or rules. */
static jz_status read_sentence(const char *text, jz_bytes *out, jz_err *err)
{
    const char *s = text != NULL ? text : JZ_MARK_SENTENCE;
    const jz_bytes all = trimmed(jz_bytes_of_text(s));
    const char *begin = (const char *)all.ptr;
    bool letters = false;
    if (all.len > JZ_MARK_SENTENCE_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "a mark of %zu bytes, limit %d", all.len,
                       JZ_MARK_SENTENCE_MAX);
    for (size_t i = 0; i < all.len;) {
        const unsigned n = jz_utf8_len(begin + i, all.len - i);
        if (n == 0 || jz_utf8_is_control(begin + i, n))
            return JZ_FAIL(err, JZ_E_INVAL,
                           "the mark is no UTF-8 or has a control character at its byte %zu", i);
        letters |= n > 1 || isalnum(all.ptr[i]) != 0;
        i += n;
    }
    if (!letters)
        return JZ_FAIL(err, JZ_E_INVAL, "a mark without a letter or digit");
    *out = all;
    return JZ_OK;
}

/* ---- texts and HTML: what stands around a place ---- */

/* A document into which one sentence goes. */
typedef struct document {
    jz_source *src;
    jz_body body;
    jz_bytes sentence;
    bool html;
    jz_splices *out;
    unsigned *placed;
} document;

/* The first or the last bytes of the body, WINDOW at most. */
static jz_status read_window(const document *d, bool at_end, jz_buf *out, jz_err *err)
{
    const uint64_t all = d->body.end - d->body.begin;
    const uint64_t n = all < WINDOW ? all : WINDOW;
    jz_span s = jz_span_all(d->src, "the document");
    JZ_TRY(jz_span_skip(&s, at_end ? d->body.end - n : d->body.begin, err));
    jz_buf_puts(out, ""); /* so that an empty one is not NULL */
    return jz_span_read(&s, n, WINDOW, out, err);
}

/* The first or the last line that is not blank. */
static jz_bytes line_of(jz_bytes text, bool at_end)
{
    const jz_bytes t = trimmed(text);
    const uint8_t *lf = at_end ? memrchr(t.ptr, '\n', t.len) : memchr(t.ptr, '\n', t.len);
    if (lf == NULL)
        return t;
    const size_t at = (size_t)(lf - t.ptr);
    return trimmed(at_end ? (jz_bytes){ lf + 1, t.len - at - 1 } : (jz_bytes){ t.ptr, at });
}

static bool opens_paragraph(const char *s, size_t len)
{
    return len > 2 && memcmp(s, "<p", 2) == 0 && (s[2] == '>' || is_blank((uint8_t)s[2]));
}

/* Appends the text of the first or the last paragraph, where the body begins or ends with one. */
static void put_paragraph(jz_bytes text, bool at_end, jz_buf *out)
{
    static const char close[] = "</p>";
    const jz_bytes t = trimmed(text);
    const char *s = (const char *)t.ptr;
    const size_t tail = t.len > strlen(close) ? t.len - strlen(close) : 0;
    const char *end = at_end ? s + tail : memmem(s, t.len, close, strlen(close));
    size_t begin = at_end ? tail : 0;
    if (tail == 0 || end == NULL || memcmp(end, close, strlen(close)) != 0)
        return;
    while (begin > 0 && !opens_paragraph(s + begin, tail - begin))
        begin--;
    const char *open = memchr(s + begin, '>', (size_t)(end - s) - begin);
    if (open != NULL && opens_paragraph(s + begin, t.len - begin))
        jz_html_unescape(open + 1, (size_t)(end - open - 1), out);
}

static jz_status is_there(const document *d, bool at_end, bool *yes, jz_err *err)
{
    JZ_BUF_AUTO window = { 0 };
    JZ_BUF_AUTO paragraph = { 0 };
    JZ_TRY(read_window(d, at_end, &window, err));
    jz_bytes found = line_of(jz_buf_bytes(&window), at_end);
    if (d->html) {
        jz_buf_puts(&paragraph, "");
        put_paragraph(jz_buf_bytes(&window), at_end, &paragraph);
        JZ_TRY(jz_buf_check(&paragraph, err));
        found = trimmed(jz_buf_bytes(&paragraph));
    }
    *yes = jz_bytes_same(found, d->sentence);
    return JZ_OK;
}

/* Whether the byte before an offset ends a line, or is the byte order mark's last. */
static jz_status is_line_start(const document *d, uint64_t at, bool *yes, jz_err *err)
{
    char before = '\n';
    if (at > d->body.begin || at > strlen("\xef\xbb\xbf"))
        JZ_TRY(jz_source_get(d->src, at - 1, &before, 1, err));
    *yes = before == '\n';
    return JZ_OK;
}

/* As a line with a blank one between it and the rest, so that Markdown takes it for a paragraph. */
static jz_status put_line(const document *d, bool at_end, jz_buf *out, jz_err *err)
{
    const char *eol = d->body.crlf ? "\r\n" : "\n";
    const bool alone = d->body.begin == d->body.end;
    bool line_start = true;
    JZ_TRY(is_line_start(d, at_end ? d->body.end : d->body.begin, &line_start, err));
    jz_buf_puts(out, line_start ? "" : eol);
    jz_buf_puts(out, at_end && !alone ? eol : "");
    jz_buf_put(out, d->sentence.ptr, d->sentence.len);
    jz_buf_puts(out, eol);
    jz_buf_puts(out, !at_end && !alone ? eol : "");
    return JZ_OK;
}

static jz_status place(const document *d, bool at_end, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    bool there = false;
    JZ_TRY(is_there(d, at_end, &there, err));
    if (there)
        return JZ_OK;
    if (d->html) {
        jz_buf_puts(&text, "<p>");
        JZ_TRY(jz_html_escape(d->sentence, &text, err));
        jz_buf_puts(&text, "</p>");
    } else {
        JZ_TRY(put_line(d, at_end, &text, err));
    }
    JZ_TRY(jz_buf_check(&text, err));
    ++*d->placed;
    return jz_splices_add(d->out, at_end ? d->body.end : d->body.begin, 0, jz_buf_bytes(&text),
                          err);
}

static jz_status plan(document *d, jz_mark_where where, jz_err *err)
{
    JZ_TRY(d->html ? jz_html_body(d->src, &d->body, err) : jz_text_body(d->src, &d->body, err));
    const bool empty = d->body.begin == d->body.end;
    if (d->body.end == JZ_META_NEW && where != JZ_MARK_AT_START)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no end of the body is to be found");
    if (d->body.end == JZ_META_NEW)
        d->body.end = d->src->size;
    if (where != JZ_MARK_AT_END)
        JZ_TRY(place(d, false, err));
    if (where == JZ_MARK_AT_END || (where == JZ_MARK_AT_BOTH && !empty))
        JZ_TRY(place(d, true, err));
    return JZ_OK;
}

jz_status jz_mark_document_plan(jz_source *src, const char *format, const jz_mark_opts *opts,
                                jz_splices *out, unsigned *placed, jz_err *err)
{
    jz_bytes sentence;
    *placed = 0;
    JZ_TRY(read_sentence(opts->text, &sentence, err));
    if (strcmp(format, "docx") == 0)
        return jz_mark_docx_plan(src, sentence, opts->where, out, placed, err);
    document d = { .src = src,
                   .sentence = sentence,
                   .html = strcmp(format, "html") == 0,
                   .out = out,
                   .placed = placed };
    return plan(&d, opts->where, err);
}

/* ---- the new file ---- */

static jz_status read_again(int fd, const char *format, const jz_mark_opts *opts, jz_err *err)
{
    JZ_SPLICES_AUTO none = { 0 };
    jz_source src;
    unsigned missing = 0;
    JZ_TRY(jz_source_of_fd(fd, &src, err));
    JZ_TRY(jz_mark_document_plan(&src, format, opts, &none, &missing, err));
    return missing == 0 ? JZ_OK
                        : JZ_FAIL(err, JZ_E_MISMATCH, "read back, the sentence is not there");
}

jz_status jz_mark_document(jz_source *src, const char *format, const jz_mark_opts *opts, int out_fd,
                           jz_mark_result *out, jz_err *err)
{
    JZ_SPLICES_AUTO s = { 0 };
    unsigned placed = 0;
    JZ_TRY_CTX(jz_mark_document_plan(src, format, opts, &s, &placed, err), err, "visible mark");
    if (ftruncate(out_fd, 0) != 0 || lseek(out_fd, 0, SEEK_SET) != 0)
        return JZ_FAIL(err, JZ_E_IO, "emptying the new file: %s", strerrordesc_np(errno));
    JZ_TRY(jz_splices_write(&s, src, out_fd, err));
    JZ_TRY_CTX(read_again(out_fd, format, opts, err), err, "looking at the mark");
    *out = (jz_mark_result){ .in_text = true, .placed = placed };
    return JZ_OK;
}
