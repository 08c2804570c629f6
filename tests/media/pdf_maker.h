/* SPDX-License-Identifier: Apache-2.0 */
/* PDF files that the tests write by themselves. Included once by each, behind cmocka.h. */
#ifndef JZ_PDF_MAKER_H
#define JZ_PDF_MAKER_H

#include "carrier_fixture.h"

#include "media/deflate.h"

#include <inttypes.h>
#include <string.h>

#define OBJECTS 16

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

static inline const jz_carrier *pdf(void)
{
    return jz_carrier_find(jz_format_by_name("pdf"), (jz_bytes){ 0 });
}

static jz_status put(const jz_buf *file, uint64_t at, const char *value, jz_buf *out, jz_err *err)
{
    jz_meta_edit e = { .kind = JZ_META_TEXT, .at = at };
    if (value != NULL)
        e.value = text(value);
    return fx_edit(pdf(), bytes_of(file), &e, 1, out, err);
}

static inline bool contains(const jz_buf *file, const char *what)
{
    return memmem(file->ptr, file->len, what, strlen(what)) != NULL;
}

/* A file that a test writes by itself. */
typedef struct maker {
    jz_buf out;
    uint64_t at[OBJECTS]; /* 0: not in the file */
    uint64_t prev;        /* the last cross-reference; 0: none */
    unsigned top;         /* the highest number of an object */
} maker;

static inline void maker_done(maker *m)
{
    jz_buf_done(&m->out);
}
#define MAKER_AUTO __attribute__((cleanup(maker_done))) maker

static inline void begin(maker *m)
{
    jz_buf_puts(&m->out, "%PDF-1.5\n%\xe2\xe3\xcf\xd3\n");
}

static inline void here(maker *m, unsigned number)
{
    m->at[number] = m->out.len;
    m->top = number > m->top ? number : m->top;
}

static inline void object(maker *m, unsigned number, const char *content)
{
    here(m, number);
    jz_buf_printf(&m->out, "%u 0 obj\n%s\nendobj\n", number, content);
}

static inline void stream(maker *m, unsigned number, const char *dict, jz_bytes data)
{
    here(m, number);
    jz_buf_printf(&m->out, "%u 0 obj\n<< /Length %zu %s >>\nstream\r\n", number, data.len, dict);
    jz_buf_put(&m->out, data.ptr, data.len);
    jz_buf_puts(&m->out, "\nendstream\nendobj\n");
}

static inline void end(maker *m, uint64_t xref)
{
    jz_buf_printf(&m->out, "startxref\n%" PRIu64 "\n%%%%EOF\n", xref);
    m->prev = xref;
    memset(m->at, 0, sizeof m->at);
}

/* A table of what was put since the last one, and a trailer. */
static inline void table(maker *m, const char *trailer)
{
    const uint64_t xref = m->out.len;
    jz_buf_puts(&m->out, "xref\n0 1\n0000000000 65535 f \n");
    for (unsigned i = 1; i < OBJECTS; i++) {
        if (m->at[i] != 0)
            jz_buf_printf(&m->out, "%u 1\n%010" PRIu64 " 00000 n \n", i, m->at[i]);
    }
    jz_buf_printf(&m->out, "trailer\n<< /Size %u %s", m->top + 1, trailer);
    if (m->prev != 0)
        jz_buf_printf(&m->out, " /Prev %" PRIu64, m->prev);
    jz_buf_puts(&m->out, " >>\n");
    end(m, xref);
}

/* A cross-reference stream as object 15 with rows for 1 to 15; those in packed are in the object
 * stream with that number, by their order. Compressed with the predictor that all use. */
static inline void xref_stream(maker *m, const char *trailer, const unsigned *packed, unsigned in)
{
    JZ_BUF_AUTO rows = { 0 };
    JZ_BUF_AUTO zip = { 0 };
    JZ_BUF_AUTO dict = { 0 };
    uint8_t before[5] = { 0 };
    const uint64_t xref = m->out.len;
    m->at[15] = xref;
    for (unsigned i = 1; i < OBJECTS; i++) {
        uint8_t row[5] = { m->at[i] != 0, (uint8_t)(m->at[i] >> 16), (uint8_t)(m->at[i] >> 8),
                           (uint8_t)m->at[i], 0 };
        for (unsigned k = 0; packed != NULL && packed[k] != 0; k++) {
            if (packed[k] != i)
                continue;
            row[0] = 2;
            row[3] = (uint8_t)in;
            row[4] = (uint8_t)k;
        }
        jz_buf_putc(&rows, 2);
        for (size_t k = 0; k < sizeof row; k++)
            jz_buf_putc(&rows, (char)(uint8_t)(row[k] - before[k]));
        memcpy(before, row, sizeof row);
    }
    assert_int_equal(jz_deflate(JZ_DEFLATE_ZLIB, bytes_of(&rows), &zip, NULL), JZ_OK);
    jz_buf_printf(&dict,
                  "/Type /XRef /W [1 3 1] /Index [1 15] /Size 16 /Filter /FlateDecode /DecodeParms "
                  "<< /Predictor 12 /Columns 5 >> %s",
                  trailer);
    stream(m, 15, dict.ptr, bytes_of(&zip));
    end(m, xref);
}

static inline void pages(maker *m, const char *catalog)
{
    JZ_BUF_AUTO root = { 0 };
    begin(m);
    jz_buf_printf(&root, "<< /Type /Catalog /Pages 2 0 R %s >>", catalog);
    object(m, 1, root.ptr);
    object(m, 2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    object(m, 3, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>");
}

/* A file with one table and this information dictionary. */
static inline void with_info(maker *m, const char *info)
{
    pages(m, "");
    object(m, 4, info);
    table(m, "/Root 1 0 R /Info 4 0 R");
}

static inline void with_xref_stream(maker *m)
{
    pages(m, "");
    object(m, 4, "<< /Producer (p) /Title <FEFF9274> >>");
    xref_stream(m, "/Root 1 0 R /Info 4 0 R /ID [(one) <74776F>]", NULL, 0);
}

/* The information dictionary (4) and a string (5) in the object stream 6, whose length is 7. */
static inline void with_object_stream(maker *m, const char *info)
{
    static const unsigned packed[] = { 4, 5, 0 };
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO zip = { 0 };
    pages(m, "");
    jz_buf_printf(&plain, "4 0 5 %zu %s (a string in an object)", strlen(info) + 1, info);
    const size_t first = (size_t)(strstr(plain.ptr, info) - plain.ptr);
    assert_int_equal(jz_deflate(JZ_DEFLATE_ZLIB, bytes_of(&plain), &zip, NULL), JZ_OK);
    m->at[6] = m->out.len;
    jz_buf_printf(&m->out,
                  "6 0 obj << /Type /ObjStm /N 2 /First %zu /Filter [/FlateDecode] /Length 7 0 R "
                  "/Extends 6 0 R >> stream\n",
                  first);
    jz_buf_put(&m->out, zip.ptr, zip.len);
    jz_buf_puts(&m->out, "\nendstream endobj\n");
    m->at[7] = m->out.len;
    jz_buf_printf(&m->out, "7 0 obj %zu endobj\n", zip.len);
    xref_stream(m, "/Root 1 0 R /Info 4 0 R", packed, 6);
}

/* A table and, for readers that know them, a cross-reference stream with an object stream. */
static inline void with_hybrid(maker *m)
{
    static const unsigned packed[] = { 4, 5, 0 };
    static const char plain[] = "4 0 5 12 << /A (b) >> (s)";
    JZ_BUF_AUTO trailer = { 0 };
    uint64_t at[OBJECTS];
    pages(m, "");
    stream(m, 6, "/Type /ObjStm /N 2 /First 9", text(plain));
    memcpy(at, m->at, sizeof at);
    const uint64_t hidden = m->out.len;
    memset(m->at, 0, sizeof m->at);
    xref_stream(m, "", packed, 6);
    memcpy(m->at, at, sizeof at);
    m->prev = 0;
    jz_buf_printf(&trailer, "/Root 1 0 R /Info 4 0 R /XRefStm %" PRIu64, hidden);
    table(m, trailer.ptr);
}

static inline void without_info(maker *m)
{
    pages(m, "");
    table(m, "/Root 1 0 R");
}

static inline void without_info_in_stream(maker *m)
{
    pages(m, "");
    xref_stream(m, "/Root 1 0 R", NULL, 0);
}

static inline void plain(maker *m)
{
    assert_true(fx_load("documents/plain.pdf", false, &m->out));
}

static inline void plain_object_stream(maker *m)
{
    with_object_stream(m, "<< /Title (t) /Keys << /AIGC (within) >> >>");
}

static void (*const shapes[])(maker *m) = { plain,       with_xref_stream, plain_object_stream,
                                            with_hybrid, without_info,     without_info_in_stream };

/* The last of the values listed must be this; how many there are. */
static inline size_t last_is(const jz_buf *file, const char *value, uint64_t *at)
{
    fx_metas all;
    jz_err err = { 0 };
    if (fx_list(pdf(), bytes_of(file), &all, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    const size_t n = all.n;
    assert_true(n > 0);
    assert_int_equal(all.m[n - 1].meta.passed, JZ_OK);
    assert_string_equal(all.m[n - 1].value.ptr, value);
    if (at != NULL)
        *at = all.m[n - 1].meta.at;
    fx_metas_done(&all);
    return n;
}

#endif
