/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/pdf_stream.h"

#include "media/deflate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROW_MAX 65536u /* bytes of a predictor's row */

static bool is_null(const jz_pdf_item *v)
{
    return jz_pdf_is(v, JZ_PDF_WORD, "null");
}

/* The one member of an array, or the value itself; null where the array is empty. */
static jz_status only_member(const jz_span *s, const char *key, jz_pdf_item *v, jz_err *err)
{
    jz_span inner = { s->src, v->at + 1, v->end, s->what };
    jz_pdf_item first;
    jz_pdf_item second = { .kind = JZ_PDF_ARRAY_END };
    if (v->kind != JZ_PDF_ARRAY)
        return JZ_OK;
    JZ_TRY(jz_pdf_value(&inner, &first, err));
    if (first.kind != JZ_PDF_ARRAY_END)
        JZ_TRY(jz_pdf_value(&inner, &second, err));
    if (second.kind != JZ_PDF_ARRAY_END)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: more than one /%s", s->what, key);
    *v = first;
    if (first.kind == JZ_PDF_ARRAY_END)
        *v = (jz_pdf_item){ .kind = JZ_PDF_WORD, .text = "null", .len = 4 };
    return JZ_OK;
}

static jz_status read_filter(const jz_span *s, jz_pdf_item *v, jz_pdf_stream *out, jz_err *err)
{
    JZ_TRY(only_member(s, "Filter", v, err));
    if (is_null(v))
        return JZ_OK;
    out->flate = jz_pdf_is(v, JZ_PDF_NAME_OBJECT, "FlateDecode");
    if (!out->flate)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: the filter %s", s->what,
                       v->kind == JZ_PDF_NAME_OBJECT ? v->text : "is in another object");
    return JZ_OK;
}

static jz_status read_parameters(const jz_span *s, jz_pdf_item *v, jz_pdf_stream *out, jz_err *err)
{
    const struct {
        const char *key;
        uint32_t *field;
        int64_t max;
    } fields[] = {
        { "Predictor", &out->predictor, 15 },
        { "Colors", &out->colors, 32 },
        { "BitsPerComponent", &out->bits, 16 },
        { "Columns", &out->columns, ROW_MAX },
    };
    JZ_TRY(only_member(s, "DecodeParms", v, err));
    if (is_null(v))
        return JZ_OK;
    if (v->kind != JZ_PDF_DICT)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: /DecodeParms in another object", s->what);
    const jz_span dict = { s->src, v->at, v->end, "PDF decode parameters" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(fields); i++) {
        jz_pdf_item n;
        bool found;
        JZ_TRY(jz_pdf_find_entry(dict, fields[i].key, &n, &found, err));
        if (!found)
            continue;
        if (n.kind != JZ_PDF_INTEGER || n.number < 1 || n.number > fields[i].max)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: /%s is %" PRId64, s->what, fields[i].key,
                           n.number);
        *fields[i].field = (uint32_t)n.number;
    }
    return JZ_OK;
}

static jz_status read_entry(const jz_span *s, const jz_pdf_item *key, jz_pdf_item *v,
                            jz_pdf_stream *out, jz_err *err)
{
    if (jz_pdf_is(key, JZ_PDF_NAME_OBJECT, "Filter"))
        return read_filter(s, v, out, err);
    if (jz_pdf_is(key, JZ_PDF_NAME_OBJECT, "DecodeParms"))
        return read_parameters(s, v, out, err);
    if (jz_pdf_is(key, JZ_PDF_NAME_OBJECT, "F"))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: a stream in another file", s->what);
    if (jz_pdf_is(key, JZ_PDF_NAME_OBJECT, "Length")) {
        out->length_kind = v->kind;
        out->length = v->number;
        out->length_generation = v->generation;
    }
    return JZ_OK;
}

/* The end of line behind "stream": CR LF or LF (7.3.8.1); a CR alone is forgiven. */
static jz_status skip_line_end(jz_span *s, jz_err *err)
{
    uint8_t c;
    jz_span before = *s;
    JZ_TRY(jz_span_u8(s, &c, err));
    while (c == ' ') {
        before = *s;
        JZ_TRY(jz_span_u8(s, &c, err));
    }
    if (c == '\r') {
        before = *s;
        JZ_TRY(jz_span_u8(s, &c, err));
    }
    if (c != '\n')
        *s = before;
    return JZ_OK;
}

jz_status jz_pdf_stream_begin(jz_span *s, jz_pdf_stream *out, jz_err *err)
{
    jz_pdf_item key;
    jz_pdf_item value;
    bool found = true;
    *out = (jz_pdf_stream){ .length_kind = JZ_PDF_END };
    out->predictor = out->colors = out->columns = 1;
    out->bits = 8;
    JZ_TRY(jz_pdf_open_bracket(s, JZ_PDF_DICT, err));
    while (found) {
        JZ_TRY(jz_pdf_entry(s, &key, &value, &found, err));
        if (found)
            JZ_TRY(read_entry(s, &key, &value, out, err));
    }
    JZ_TRY(jz_pdf_token(s, &value, err));
    if (!jz_pdf_is(&value, JZ_PDF_WORD, "stream"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no stream at offset %" PRIu64, s->what, value.at);
    if (out->length_kind != JZ_PDF_INTEGER && out->length_kind != JZ_PDF_REFERENCE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a stream without /Length", s->what);
    JZ_TRY(skip_line_end(s, err));
    out->at = s->at;
    return JZ_OK;
}

jz_status jz_pdf_stream_end(jz_span *s, int64_t length, jz_pdf_stream *out, jz_err *err)
{
    jz_pdf_item t;
    if (length < 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a stream of %" PRId64 " bytes", s->what, length);
    JZ_TRY(jz_span_skip(s, (uint64_t)length, err));
    out->size = (uint64_t)length;
    JZ_TRY(jz_pdf_token(s, &t, err));
    if (!jz_pdf_is(&t, JZ_PDF_WORD, "endstream"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no end of the stream at offset %" PRIu64, s->what,
                       t.at);
    return JZ_OK;
}

static uint8_t paeth(uint8_t a, uint8_t b, uint8_t c)
{
    const int p = a + b - c;
    const int pa = abs(p - a);
    const int pb = abs(p - b);
    const int pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* One row of PNG (3rd edition, 9.2); up is the row before it or NULL. */
static void undo_png_row(uint8_t type, uint8_t *row, const uint8_t *up, size_t n, size_t pixel)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t a = i >= pixel ? row[i - pixel] : 0;
        const uint8_t b = up != NULL ? up[i] : 0;
        const uint8_t c = up != NULL && i >= pixel ? up[i - pixel] : 0;
        const unsigned add = type == 1   ? a
                             : type == 2 ? b
                             : type == 3 ? ((unsigned)a + b) / 2
                             : type == 4 ? paeth(a, b, c)
                                         : 0;
        row[i] = (uint8_t)(row[i] + add);
    }
}

/* In place; the last row may be short. Returns how many bytes are left. */
static size_t undo_png(uint8_t *p, size_t len, size_t row, size_t pixel)
{
    const uint8_t *up = NULL;
    size_t to = 0;
    for (size_t from = 0; from < len;) {
        const uint8_t type = p[from++];
        const size_t n = len - from < row ? len - from : row;
        memmove(p + to, p + from, n);
        undo_png_row(type, p + to, up, n, pixel);
        up = p + to;
        to += n;
        from += n;
    }
    return to;
}

static void undo_tiff(uint8_t *p, size_t len, size_t row, size_t pixel)
{
    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(p[i] + (i % row >= pixel ? p[i - pixel] : 0));
}

static jz_status undo_predictor(const jz_pdf_stream *s, jz_buf *b, size_t from, jz_err *err)
{
    uint8_t *p = (uint8_t *)b->ptr + from;
    const size_t pixel = ((size_t)s->colors * s->bits + 7) / 8;
    const size_t row = ((size_t)s->columns * s->colors * s->bits + 7) / 8;
    if (s->predictor == 1)
        return JZ_OK;
    if (row > ROW_MAX || (s->predictor == 2 && s->bits != 8))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "PDF: predictor %u, %u columns of %u times %u bits",
                       s->predictor, s->columns, s->colors, s->bits);
    if (s->predictor == 2)
        undo_tiff(p, b->len - from, row, pixel);
    else
        b->len = from + undo_png(p, b->len - from, row, pixel);
    return JZ_OK;
}

static jz_status unpack(jz_source *src, const jz_pdf_stream *stream, size_t max_packed, size_t max,
                        jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO packed = { 0 };
    jz_span s = { src, stream->at, src->size, "PDF stream" };
    const size_t before = out->len;
    jz_buf_puts(out, "");
    if (!stream->flate)
        return jz_span_read(&s, stream->size, max, out, err);
    JZ_TRY(jz_span_read(&s, stream->size, max_packed, &packed, err));
    const jz_bytes in = { (const uint8_t *)packed.ptr, packed.len };
    JZ_TRY(jz_inflate(JZ_DEFLATE_ZLIB, in, max, out, err));
    return undo_predictor(stream, out, before, err);
}

jz_status jz_pdf_stream_read(jz_source *src, const jz_pdf_stream *stream, size_t max_packed,
                             size_t max, jz_buf *out, jz_err *err)
{
    const size_t before = out->len;
    const jz_status st = unpack(src, stream, max_packed, max, out, err);
    if (st != JZ_OK)
        out->len = before;
    return st;
}
