/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/vorbis_comment.h"

#include "base/rd.h"

#include <inttypes.h>
#include <string.h>

#define VENDOR "Jianzhen"

/* A text at the cursor; *key_len is where its "=" stands, len where it has none. */
static jz_status next_text(jz_rd *rd, jz_bytes *out, size_t *key_len, jz_err *err)
{
    uint32_t len;
    const size_t before = rd->at;
    JZ_TRY(jz_rd_u32le(rd, &len, err));
    const jz_status st = jz_rd_take(rd, len, out, err);
    if (st != JZ_OK) {
        rd->at = before;
        return st;
    }
    const uint8_t *equals = len > 0 ? memchr(out->ptr, '=', len) : NULL;
    *key_len = equals != NULL ? (size_t)(equals - out->ptr) : len;
    return JZ_OK;
}

static jz_status open_block(jz_bytes block, jz_rd *rd, uint32_t *count, jz_err *err)
{
    uint32_t vendor;
    *rd = jz_rd_of(block, "Vorbis comment");
    JZ_TRY(jz_rd_u32le(rd, &vendor, err));
    JZ_TRY(jz_rd_skip(rd, vendor, err));
    return jz_rd_u32le(rd, count, err);
}

jz_status jz_comments_list(jz_bytes block, uint64_t base, const char *where, const char *key,
                           jz_meta_fn fn, void *user, jz_err *err)
{
    jz_rd rd;
    uint32_t count;
    JZ_TRY(open_block(block, &rd, &count, err));
    for (uint32_t i = 0; i < count; i++) { /* each takes four bytes at least */
        jz_bytes text;
        size_t key_len;
        JZ_TRY(next_text(&rd, &text, &key_len, err));
        const jz_bytes name = { text.ptr, key_len };
        if (key_len == text.len || !jz_meta_has_key(name, key))
            continue;
        const jz_bytes value = { text.ptr + key_len + 1, text.len - key_len - 1 };
        const jz_meta meta = { .kind = JZ_META_TEXT,
                               .where = where,
                               .key = name,
                               .at = base + (uint64_t)(value.ptr - block.ptr),
                               .size = value.len,
                               .value = value };
        JZ_TRY(fn(user, &meta, err));
    }
    return JZ_OK;
}

static void put_u32(jz_buf *out, size_t v)
{
    for (unsigned i = 0; i < 4; i++)
        jz_buf_putc(out, (char)(uint8_t)(v >> 8 * i));
}

static void put_text(jz_buf *out, jz_bytes key, jz_bytes value)
{
    put_u32(out, key.len + 1 + value.len);
    jz_buf_put(out, key.ptr, key.len);
    jz_buf_putc(out, '=');
    jz_buf_put(out, value.ptr, value.len);
}

static const jz_meta_edit *edit_at(const jz_comment_edits *e, uint64_t at)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->edits[i].at == at && e->edits[i].kind == JZ_META_TEXT)
            return &e->edits[i];
    }
    return NULL;
}

/* Appends the texts, changed, and counts those that stay. */
static jz_status put_old(jz_rd *rd, uint32_t count, uint64_t base, jz_comment_edits *e, jz_buf *out,
                         uint32_t *kept, jz_err *err)
{
    for (uint32_t i = 0; i < count; i++) {
        jz_bytes text;
        size_t key_len;
        JZ_TRY(next_text(rd, &text, &key_len, err));
        const jz_bytes key = { text.ptr, key_len };
        const uint64_t at = base + (uint64_t)(text.ptr - rd->ptr) + key_len + 1;
        const jz_meta_edit *edit = key_len < text.len ? edit_at(e, at) : NULL;
        e->done += edit != NULL;
        if (edit != NULL && edit->value.ptr == NULL)
            continue;
        ++*kept;
        if (edit != NULL) {
            put_text(out, key, edit->value);
            continue;
        }
        put_u32(out, text.len);
        jz_buf_put(out, text.ptr, text.len);
    }
    return JZ_OK;
}

jz_status jz_comments_edit(jz_bytes block, uint64_t base, jz_comment_edits *e, jz_buf *out,
                           jz_err *err)
{
    jz_rd rd = jz_rd_of(block, "Vorbis comment");
    uint32_t count = 0;
    uint32_t kept = 0;
    if (block.len > 0)
        JZ_TRY(open_block(block, &rd, &count, err));
    const size_t vendor_end = rd.at >= 4 ? rd.at - 4 : 0;
    jz_buf_put(out, block.ptr, vendor_end);
    if (block.len == 0) {
        put_u32(out, sizeof VENDOR - 1);
        jz_buf_puts(out, VENDOR);
    }
    const size_t count_at = out->len;
    put_u32(out, 0);
    JZ_TRY(put_old(&rd, count, base, e, out, &kept, err));
    for (size_t i = 0; i < e->n; i++) {
        const jz_meta_edit *edit = &e->edits[i];
        if (edit->at != JZ_META_NEW || edit->kind != JZ_META_TEXT || edit->value.ptr == NULL)
            continue;
        put_text(out, jz_bytes_of_text(e->key), edit->value);
        kept++;
        e->done++;
    }
    if (block.len > rd.at)
        jz_buf_put(out, block.ptr + rd.at, block.len - rd.at); /* a framing bit, padding */
    JZ_TRY(jz_buf_check(out, err));
    for (unsigned i = 0; i < 4; i++)
        out->ptr[count_at + i] = (char)(uint8_t)(kept >> 8 * i);
    return JZ_OK;
}
