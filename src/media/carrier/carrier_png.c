/* SPDX-License-Identifier: Apache-2.0 */
/* PNG (3rd edition, 2025): a signature, then chunks of length, type, data, CRC. XMP is an iTXt
 * chunk with the keyword XML:com.adobe.xmp (XMP part 3, 1.1.5), Exif the eXIf chunk (11.3.4.5),
 * texts are tEXt, zTXt and iTXt (11.3.3). A new XMP chunk stands right behind IHDR. */
#include "media/carrier/carriers.h"

#include "media/carrier/png_chunks.h"
#include "media/deflate.h"

#include <inttypes.h>
#include <string.h>

#define XMP_KEYWORD "XML:com.adobe.xmp"
#define KEYWORD_MAX 79 /* bytes, 11.3.3.2 */

/* A text up to its terminator, which is read too; at most max bytes without it. */
static jz_status read_string(jz_span *s, size_t max, jz_buf *out, jz_err *err)
{
    for (size_t i = 0; i <= max; i++) {
        uint8_t c;
        JZ_TRY(jz_span_u8(s, &c, err));
        if (c == 0)
            return jz_buf_check(out, err);
        jz_buf_putc(out, (char)c);
    }
    return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a text before offset %" PRIu64 " has no end", s->what,
                   s->at);
}

/* Texts of tEXt and zTXt are Latin-1. */
static void to_utf8(jz_bytes latin1, jz_buf *out)
{
    for (size_t i = 0; i < latin1.len; i++) {
        const uint8_t c = latin1.ptr[i];
        if (c >= 0x80)
            jz_buf_putc(out, (char)(0xc0 | c >> 6));
        jz_buf_putc(out, (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c));
    }
}

/* What stands between the keyword and the text. */
typedef struct text_head {
    bool packed;
    bool latin1;
} text_head;

static jz_status read_text_head(const jz_png_chunk *c, jz_span *s, text_head *out, jz_err *err)
{
    uint8_t flag = jz_png_is(c, "zTXt");
    uint8_t method = 0;
    JZ_BUF_AUTO skipped = { 0 };
    out->latin1 = !jz_png_is(c, "iTXt");
    if (!out->latin1)
        JZ_TRY(jz_span_u8(s, &flag, err));
    if (!jz_png_is(c, "tEXt"))
        JZ_TRY(jz_span_u8(s, &method, err));
    if (!out->latin1) { /* the language, and the keyword in it */
        JZ_TRY(read_string(s, JZ_META_MAX, &skipped, err));
        JZ_TRY(read_string(s, JZ_META_MAX, &skipped, err));
    }
    out->packed = flag != 0;
    if (flag > 1 || method != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: compression %u, method %u", c->type, flag, method);
    return JZ_OK;
}

/* The stored text, unpacked and in UTF-8, on its way to the caller of jz_png_list(). */
typedef struct receiver {
    const text_head *head;
    jz_meta_fn fn;
    void *user;
} receiver;

static jz_status receive(void *user, const jz_meta *stored, jz_err *err)
{
    const receiver *r = user;
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO utf8 = { 0 };
    jz_meta m = *stored;
    if (m.passed == JZ_OK && r->head->packed) {
        jz_buf_puts(&plain, "");
        m.passed = jz_inflate(JZ_DEFLATE_ZLIB, m.value, JZ_META_MAX, &plain, NULL);
        m.value = (jz_bytes){ (const uint8_t *)plain.ptr, plain.len };
    }
    if (m.passed == JZ_OK && r->head->latin1) {
        jz_buf_puts(&utf8, "");
        to_utf8(m.value, &utf8);
        m.value = (jz_bytes){ (const uint8_t *)utf8.ptr, utf8.len };
    }
    JZ_TRY(jz_buf_check(&utf8, err));
    if (m.passed == JZ_E_NOMEM)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory to unpack a text");
    if (m.passed != JZ_OK)
        m.value = (jz_bytes){ 0 };
    return r->fn(r->user, &m, err);
}

static jz_status list_text(const jz_png_chunk *c, const char *key, jz_meta_fn fn, void *user,
                           jz_err *err)
{
    JZ_BUF_AUTO keyword = { 0 };
    text_head head;
    jz_span s = c->data;
    JZ_TRY(read_string(&s, KEYWORD_MAX, &keyword, err));
    const jz_bytes name = { (const uint8_t *)keyword.ptr, keyword.len };
    const bool xmp = keyword.len > 0 && strcmp(keyword.ptr, XMP_KEYWORD) == 0;
    if (!xmp && !jz_meta_has_key(name, key))
        return JZ_OK;
    JZ_TRY(read_text_head(c, &s, &head, err));
    receiver r = { &head, fn, user };
    const char *where = jz_png_is(c, "tEXt") ? "tEXt" : jz_png_is(c, "zTXt") ? "zTXt" : "iTXt";
    jz_meta meta = { .kind = xmp ? JZ_META_XMP : JZ_META_TEXT,
                     .where = where,
                     .key = xmp ? (jz_bytes){ 0 } : name,
                     .packed = head.packed };
    return jz_meta_send(&s, jz_span_left(&s), &meta, receive, &r, err);
}

jz_status jz_png_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_span png;
    jz_png_chunk c = { 0 };
    JZ_TRY(jz_png_open(src, &png, err));
    while (!jz_png_is(&c, "IEND")) {
        JZ_TRY(jz_png_next(&png, &c, err));
        jz_meta exif = { .kind = JZ_META_EXIF, .where = "eXIf" };
        if (jz_png_is(&c, "tEXt") || jz_png_is(&c, "zTXt") || jz_png_is(&c, "iTXt"))
            JZ_TRY(list_text(&c, key, fn, user, err));
        else if (jz_png_is(&c, "eXIf"))
            JZ_TRY(jz_meta_send(&c.data, jz_span_left(&c.data), &exif, fn, user, err));
    }
    return JZ_OK;
}

/* A whole chunk for an edit. Texts become iTXt too: it alone holds UTF-8. */
static jz_status build_chunk(const jz_meta_edit *e, const char *key, jz_buf *out, jz_err *err)
{
    const bool exif = e->kind == JZ_META_EXIF;
    jz_buf_put_u32be(out, 0);
    jz_buf_puts(out, exif ? "eXIf" : "iTXt");
    if (!exif) {
        jz_buf_puts(out, e->kind == JZ_META_XMP ? XMP_KEYWORD : key);
        jz_buf_put(out, "\0\0\0\0", 5); /* not packed, method 0, no language, no translation */
    }
    jz_buf_put(out, e->value.ptr, e->value.len);
    JZ_TRY(jz_buf_check(out, err));
    const size_t data = out->len - 8;
    if (data > JZ_PNG_CHUNK_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a PNG chunk of %zu bytes, limit %u", data,
                       JZ_PNG_CHUNK_MAX);
    for (unsigned i = 0; i < 4; i++)
        out->ptr[i] = (char)(uint8_t)(data >> (24 - 8 * i));
    jz_buf_put_u32be(out, jz_crc32(0, out->ptr + 4, data + 4));
    return jz_buf_check(out, err);
}

static jz_status plan(const jz_meta_edit *e, const char *key, uint64_t at, uint64_t end,
                      jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO built = { 0 };
    if (e->value.ptr != NULL)
        JZ_TRY(build_chunk(e, key, &built, err));
    const jz_bytes bytes = { (const uint8_t *)built.ptr, built.len };
    return jz_splices_add(out, at, end - at, bytes, err);
}

jz_status jz_png_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err)
{
    jz_span png;
    jz_png_chunk c = { 0 };
    size_t done = 0;
    JZ_TRY(jz_png_open(src, &png, err));
    while (!jz_png_is(&c, "IEND")) {
        JZ_TRY(jz_png_next(&png, &c, err));
        for (size_t i = 0; i < n; i++) {
            const bool new_one = edits[i].at == JZ_META_NEW && jz_png_is(&c, "IHDR");
            const bool old_one = edits[i].at >= c.data.at && edits[i].at <= c.data.end;
            if (!new_one && !old_one)
                continue;
            JZ_TRY(plan(&edits[i], key, new_one ? c.end : c.at, c.end, out, err));
            done++;
        }
    }
    if (done != n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no chunk of this PNG",
                       n - done, n);
    return JZ_OK;
}
