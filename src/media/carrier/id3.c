/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/id3.h"

#include "base/json.h"
#include "media/carrier.h"
#include "media/charset.h"
#include "media/deflate.h"

#include <inttypes.h>
#include <string.h>

/* The second byte of a frame's flags (2.3, 3.3.1; 2.4 structure, 4.1.2). */
enum { PACKED_3 = 0x80, ENCRYPTED_3 = 0x40, GROUP_3 = 0x20 };
enum { GROUP_4 = 0x40, PACKED_4 = 0x08, ENCRYPTED_4 = 0x04, UNSYNC_4 = 0x02, LENGTH_4 = 0x01 };

static uint32_t plain_size(const uint8_t p[4])
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_safe(const uint8_t p[4])
{
    return ((p[0] | p[1] | p[2] | p[3]) & 0x80) == 0;
}

static uint32_t safe_size(const uint8_t p[4])
{
    return (uint32_t)p[0] << 21 | (uint32_t)p[1] << 14 | (uint32_t)p[2] << 7 | p[3];
}

void jz_id3_put_size(uint32_t v, uint8_t out[4])
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(v >> (21 - 7 * i) & 0x7f);
}

/* n bytes of what was before FF 00 became of FF; out NULL passes over them. */
static jz_status take(jz_span *s, bool unsync, uint64_t n, size_t max, jz_buf *out, jz_err *err)
{
    if (!unsync)
        return out == NULL ? jz_span_skip(s, n, err) : jz_span_read(s, n, max, out, err);
    if (out != NULL && n > max)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: %" PRIu64 " bytes, limit %zu", s->what, n, max);
    for (; n > 0; n--) {
        uint8_t c;
        uint8_t zero;
        JZ_TRY(jz_span_u8(s, &c, err));
        jz_span look = *s;
        if (c == 0xff && jz_span_left(s) > 0) {
            JZ_TRY(jz_span_u8(&look, &zero, err));
            if (zero == 0)
                *s = look;
        }
        if (out != NULL)
            jz_buf_putc(out, (char)c);
    }
    return out != NULL ? jz_buf_check(out, err) : JZ_OK;
}

/* Whether FF 00 runs through all of the tag, headers of frames included. */
static bool whole_unsync(const jz_id3 *tag)
{
    return tag->version == 3 && (tag->flags & JZ_ID3_UNSYNC) != 0;
}

/* 2.3, 3.2: its size leaves out the size's own bytes; 2.4, 3.2: it does not. */
static jz_status skip_extended(jz_id3 *tag, jz_err *err)
{
    JZ_BUF_AUTO size = { 0 };
    JZ_TRY(take(&tag->s, whole_unsync(tag), 4, 4, &size, err));
    const uint8_t *p = (const uint8_t *)size.ptr;
    const uint32_t n = tag->version == 3 ? plain_size(p) : safe_size(p);
    if (tag->version == 4 && (n < 6 || !is_safe(p)))
        return JZ_FAIL(err, JZ_E_CORRUPT, "ID3v2: an extended header of %u bytes", n);
    return take(&tag->s, whole_unsync(tag), tag->version == 3 ? n : n - 4, 0, NULL, err);
}

jz_status jz_id3_open(jz_span *file, jz_id3 *out, bool *found, jz_err *err)
{
    uint8_t head[JZ_ID3_HEAD];
    jz_span s = *file;
    *found = false;
    if (jz_span_left(&s) < sizeof head)
        return JZ_OK;
    JZ_TRY(jz_span_get(&s, head, sizeof head, err));
    if (memcmp(head, "ID3", 3) != 0)
        return JZ_OK;
    if (!is_safe(head + 6))
        return JZ_FAIL(err, JZ_E_CORRUPT, "ID3v2: a size with a bit too many");
    jz_id3 tag = {
        .at = file->at, .version = head[3], .flags = head[5], .size = safe_size(head + 6)
    };
    const uint64_t foot = tag.version == 4 && (tag.flags & JZ_ID3_FOOTER) != 0 ? JZ_ID3_HEAD : 0;
    const uint64_t left = jz_span_left(&s);
    tag.cut = tag.size + foot > left;
    JZ_TRY(jz_span_sub(&s, tag.size < left ? tag.size : left, "ID3v2", &tag.s, err));
    JZ_TRY(jz_span_skip(&s, tag.cut ? jz_span_left(&s) : foot, err));
    if ((tag.flags & JZ_ID3_EXTENDED) != 0 && (tag.version == 3 || tag.version == 4))
        JZ_TRY(skip_extended(&tag, err));
    tag.end = s.at;
    *file = s;
    *out = tag;
    *found = true;
    return JZ_OK;
}

static bool is_id(const char *id)
{
    for (unsigned i = 0; i < 4; i++) {
        if ((id[i] < 'A' || id[i] > 'Z') && (id[i] < '0' || id[i] > '9'))
            return false;
    }
    return true;
}

/* Whether a frame, padding or the end follows where a frame of n bytes would end. */
static bool fits(const jz_id3 *tag, uint32_t n)
{
    char id[4];
    jz_span s = tag->s;
    if (jz_span_skip(&s, n, NULL) != JZ_OK)
        return false;
    if (jz_span_left(&s) < JZ_ID3_HEAD)
        return true;
    return jz_span_get(&s, id, sizeof id, NULL) == JZ_OK && (id[0] == 0 || is_id(id));
}

/* In 2.4 a size has four times seven bits; iTunes wrote four times eight for years. */
static uint32_t frame_size(jz_id3 *tag, const uint8_t p[4])
{
    if (tag->version == 3)
        return plain_size(p);
    if (is_safe(p) &&
        (plain_size(p) < 0x80 || fits(tag, safe_size(p)) || !fits(tag, plain_size(p))))
        return safe_size(p);
    tag->plain = true;
    return plain_size(p);
}

static void read_flags(const jz_id3 *tag, jz_id3_frame *f)
{
    const unsigned b = f->flags & 0xffU;
    if (tag->version == 3) {
        f->packed = (b & PACKED_3) != 0;
        f->encrypted = (b & ENCRYPTED_3) != 0;
        f->prefix = (f->packed ? 4U : 0U) + (f->encrypted ? 1U : 0U) + ((b & GROUP_3) ? 1U : 0U);
        f->unsync = whole_unsync(tag);
        return;
    }
    f->packed = (b & PACKED_4) != 0;
    f->encrypted = (b & ENCRYPTED_4) != 0;
    f->prefix = ((b & GROUP_4) ? 1U : 0U) + (f->encrypted ? 1U : 0U) + ((b & LENGTH_4) ? 4U : 0U);
    f->unsync = (b & UNSYNC_4) != 0;
}

jz_status jz_id3_next(jz_id3 *tag, jz_id3_frame *out, bool *found, jz_err *err)
{
    JZ_BUF_AUTO head = { 0 };
    jz_span look = tag->s;
    uint8_t first = 0;
    jz_id3_frame f = { .at = tag->s.at };
    *found = false;
    if (jz_span_left(&look) > 0)
        JZ_TRY(jz_span_u8(&look, &first, err));
    if (first == 0)
        return JZ_OK;
    JZ_TRY(take(&tag->s, whole_unsync(tag), JZ_ID3_HEAD, JZ_ID3_HEAD, &head, err));
    const uint8_t *p = (const uint8_t *)head.ptr;
    memcpy(f.id, p, 4);
    f.flags = (uint16_t)(p[8] << 8 | p[9]);
    if (!is_id(f.id))
        return JZ_FAIL(err, JZ_E_CORRUPT, "ID3v2: no frame at offset %" PRIu64, f.at);
    const uint32_t size = frame_size(tag, p + 4);
    f.data = tag->s;
    JZ_TRY(take(&tag->s, whole_unsync(tag), size, 0, NULL, err));
    f.data.end = tag->s.at;
    f.end = tag->s.at;
    read_flags(tag, &f);
    *out = f;
    *found = true;
    return JZ_OK;
}

/* All that is left of the span, without the zeros of unsynchronisation. */
static jz_status read_stored(jz_span s, bool unsync, jz_buf *out, jz_err *err)
{
    if (jz_span_left(&s) > JZ_META_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "ID3v2: a frame of %" PRIu64 " bytes", jz_span_left(&s));
    while (unsync && jz_span_left(&s) > 0)
        JZ_TRY(take(&s, true, 1, 1, out, err));
    return jz_span_read(&s, jz_span_left(&s), JZ_META_MAX, out, err);
}

jz_status jz_id3_read(const jz_id3_frame *f, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO stored = { 0 };
    if (f->encrypted)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2: an encrypted frame");
    jz_buf_puts(out, "");
    jz_buf_puts(&stored, ""); /* so that no bytes are not NULL */
    JZ_TRY(read_stored(f->data, f->unsync, &stored, err));
    if (stored.len < f->prefix)
        return JZ_FAIL(err, JZ_E_CORRUPT, "ID3v2: a frame of %zu bytes", stored.len);
    const jz_bytes text = { (const uint8_t *)stored.ptr + f->prefix, stored.len - f->prefix };
    if (f->packed)
        return jz_inflate(JZ_DEFLATE_ZLIB, text, JZ_META_MAX, out, err);
    jz_buf_put(out, text.ptr, text.len);
    return jz_buf_check(out, err);
}

static bool is_wide(uint8_t encoding)
{
    return encoding == 1 || encoding == 2;
}

/* Bytes up to the terminator, or to the end. */
static size_t text_len(jz_bytes text, unsigned unit)
{
    size_t i = 0;
    while (i + unit <= text.len && (text.ptr[i] != 0 || text.ptr[i + unit - 1] != 0))
        i += unit;
    return i + unit <= text.len ? i : text.len;
}

jz_status jz_id3_text(jz_bytes data, size_t *at, uint8_t encoding, jz_buf *out, jz_err *err)
{
    if (encoding > 3)
        return JZ_FAIL(err, JZ_E_CORRUPT, "ID3v2: text encoding %u", encoding);
    const unsigned unit = is_wide(encoding) ? 2 : 1;
    const jz_bytes rest = { data.ptr + *at, data.len - *at };
    const jz_bytes text = { rest.ptr, text_len(rest, unit) };
    jz_buf_puts(out, "");
    if (is_wide(encoding)) /* 1 has a byte order mark; without one, it is Windows' order */
        jz_utf16_to_utf8(text, encoding == 2, out);
    else if (encoding == 0)
        jz_latin1_to_utf8(text, out);
    else
        jz_buf_put(out, text.ptr, text.len);
    *at += rest.len - text.len < unit ? rest.len : text.len + unit;
    return jz_buf_check(out, err);
}

/* UTF-16, little endian. */
static void put_unit(jz_buf *out, uint32_t unit)
{
    jz_buf_putc(out, (char)(uint8_t)unit);
    jz_buf_putc(out, (char)(uint8_t)(unit >> 8));
}

static void put_utf16(jz_buf *out, const char *s, size_t len)
{
    put_unit(out, 0xfeff);
    for (size_t i = 0; i < len;) {
        static const uint8_t mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
        const unsigned n = jz_utf8_len(s + i, len - i);
        uint32_t c = n == 0 ? 0xfffd : (uint8_t)s[i] & mask[n];
        for (unsigned k = 1; k < n; k++)
            c = c << 6 | ((uint8_t)s[i + k] & 0x3fU);
        if (c >= 0x10000)
            put_unit(out, 0xd800 | (c - 0x10000) >> 10);
        put_unit(out, c >= 0x10000 ? 0xdc00 | (c & 0x3ff) : c);
        i += n == 0 ? 1 : n;
    }
}

static bool is_ascii(jz_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= 0x80)
            return false;
    }
    return true;
}

/* Encoding, description, value. 2.3 has no UTF-8. */
static void put_body(uint8_t version, const char *key, jz_bytes value, jz_buf *out)
{
    const bool wide = version == 3 && !is_ascii(value);
    jz_buf_putc(out, (char)(version == 4 ? 3 : wide ? 1 : 0));
    if (!wide) {
        jz_buf_put(out, key, strlen(key) + 1);
        jz_buf_put(out, value.ptr, value.len);
        return;
    }
    put_utf16(out, key, strlen(key));
    put_unit(out, 0);
    put_utf16(out, (const char *)value.ptr, value.len);
}

/* 2.3, 5: a zero between FF and what could be taken for audio, or for such a zero. */
static void put_unsync(jz_bytes plain, jz_buf *out)
{
    for (size_t i = 0; i < plain.len; i++) {
        const bool last = i + 1 == plain.len;
        jz_buf_putc(out, (char)plain.ptr[i]);
        if (plain.ptr[i] == 0xff && (last || plain.ptr[i + 1] == 0 || plain.ptr[i + 1] >= 0xe0))
            jz_buf_putc(out, 0);
    }
}

jz_status jz_id3_put_txxx(const jz_id3 *tag, const char *key, jz_bytes value, jz_buf *out,
                          jz_err *err)
{
    JZ_BUF_AUTO body = { 0 };
    JZ_BUF_AUTO frame = { 0 };
    uint8_t size[4];
    put_body(tag->version, key, value, &body);
    JZ_TRY(jz_buf_check(&body, err));
    if (body.len > JZ_META_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "ID3v2: a text of %zu bytes, limit %zu", body.len,
                       JZ_META_MAX);
    const uint32_t len = (uint32_t)body.len;
    jz_id3_put_size(len, size);
    if (tag->version == 3) {
        for (unsigned i = 0; i < 4; i++)
            size[i] = (uint8_t)(len >> (24 - 8 * i));
    }
    jz_buf_puts(&frame, "TXXX");
    jz_buf_put(&frame, size, sizeof size);
    jz_buf_put(&frame, "\0\0", 2);
    jz_buf_put(&frame, body.ptr, body.len);
    JZ_TRY(jz_buf_check(&frame, err));
    const jz_bytes plain = { (const uint8_t *)frame.ptr, frame.len };
    if (whole_unsync(tag))
        put_unsync(plain, out);
    else
        jz_buf_put(out, plain.ptr, plain.len);
    return jz_buf_check(out, err);
}
