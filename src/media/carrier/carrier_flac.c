/* SPDX-License-Identifier: Apache-2.0 */
/* FLAC (RFC 9639, 8): "fLaC", then metadata blocks, the last of which says so, then frames. Texts
 * are Vorbis comments in a block of type 4 (8.6); a new one stands behind STREAMINFO. Seek points
 * count from the first frame, so that nothing depends on where that is. An ID3v2 tag in front is
 * passed over. */
#include "media/carrier/carriers.h"

#include "media/carrier/vorbis_comment.h"

#include <string.h>

enum { TYPE_PADDING = 1, TYPE_COMMENTS = 4, HEAD = 4 };
#define LAST 0x80
#define BLOCK_MAX 0xffffffu

typedef struct block {
    uint64_t at; /* of its header */
    uint8_t type;
    bool last;
    jz_span body;
} block;

/* ID3v2.4, 3.1: the size has four times seven bits, without the header's ten bytes. */
static jz_status skip_id3(jz_span *s, jz_err *err)
{
    uint8_t h[10];
    jz_span peek = *s;
    if (jz_span_left(s) < sizeof h)
        return JZ_OK;
    JZ_TRY(jz_span_get(&peek, h, sizeof h, err));
    if (memcmp(h, "ID3", 3) != 0)
        return JZ_OK;
    const uint64_t size = (uint64_t)(h[6] & 127) << 21 | (uint64_t)(h[7] & 127) << 14 |
                          (uint64_t)(h[8] & 127) << 7 | (uint64_t)(h[9] & 127);
    JZ_TRY(jz_span_skip(&peek, size, err));
    *s = peek;
    return JZ_OK;
}

static jz_status open_flac(jz_source *src, jz_span *out, jz_err *err)
{
    uint8_t magic[4];
    *out = jz_span_all(src, "FLAC");
    JZ_TRY(skip_id3(out, err));
    JZ_TRY(jz_span_get(out, magic, sizeof magic, err));
    if (memcmp(magic, "fLaC", 4) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no fLaC at its place");
    return JZ_OK;
}

static jz_status next_block(jz_span *s, block *out, jz_err *err)
{
    uint32_t head;
    block b = { .at = s->at };
    JZ_TRY(jz_span_u32be(s, &head, err));
    b.last = (head >> 24 & LAST) != 0;
    b.type = head >> 24 & 0x7f;
    JZ_TRY(jz_span_sub(s, head & BLOCK_MAX, "FLAC metadata block", &b.body, err));
    *out = b;
    return JZ_OK;
}

static jz_status list_comments(const block *b, const char *key, jz_meta_fn fn, void *user,
                               jz_err *err)
{
    JZ_BUF_AUTO bytes = { 0 };
    jz_span s = b->body;
    const uint64_t at = s.at;
    jz_meta meta = { .kind = JZ_META_TEXT,
                     .where = "VORBIS_COMMENT",
                     .at = at,
                     .size = jz_span_left(&s),
                     .passed = JZ_E_LIMIT };
    if (jz_span_left(&s) > JZ_META_MAX)
        return fn(user, &meta, err);
    JZ_TRY(jz_span_read(&s, jz_span_left(&s), JZ_META_MAX, &bytes, err));
    return jz_comments_list((jz_bytes){ (const uint8_t *)bytes.ptr, bytes.len }, at,
                            "VORBIS_COMMENT", key, fn, user, err);
}

jz_status jz_flac_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_span s;
    block b = { 0 };
    JZ_TRY(open_flac(src, &s, err));
    while (!b.last) {
        JZ_TRY(next_block(&s, &b, err));
        if (b.type == TYPE_COMMENTS)
            JZ_TRY(list_comments(&b, key, fn, user, err));
    }
    return JZ_OK;
}

static jz_status put_head(jz_buf *out, uint8_t type, bool last, size_t size, jz_err *err)
{
    if (size > BLOCK_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a FLAC metadata block of %zu bytes, limit %u", size,
                       BLOCK_MAX);
    jz_buf_putc(out, (char)(uint8_t)((last ? LAST : 0) | type));
    for (unsigned i = 0; i < 3; i++)
        jz_buf_putc(out, (char)(uint8_t)(size >> (16 - 8 * i)));
    return jz_buf_check(out, err);
}

/* A block of comments for the one that is there, whose bytes are given, or for none. */
static jz_status build_comments(jz_bytes old, uint64_t base, bool last, jz_comment_edits *e,
                                jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO body = { 0 };
    JZ_TRY(jz_comments_edit(old, base, e, &body, err));
    JZ_TRY(put_head(out, TYPE_COMMENTS, last, body.len, err));
    jz_buf_put(out, body.ptr, body.len);
    return jz_buf_check(out, err);
}

static jz_status replace_comments(const block *b, jz_comment_edits *e, jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO old = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_span s = b->body;
    JZ_TRY(jz_span_read(&s, jz_span_left(&s), JZ_META_MAX, &old, err));
    JZ_TRY(build_comments((jz_bytes){ (const uint8_t *)old.ptr, old.len }, b->body.at, b->last, e,
                          &made, err));
    return jz_splices_add(out, b->at, HEAD + old.len,
                          (jz_bytes){ (const uint8_t *)made.ptr, made.len }, err);
}

/* Behind the first block, which is then no longer the last. */
static jz_status insert_comments(const block *first, jz_comment_edits *e, jz_splices *out,
                                 jz_err *err)
{
    JZ_BUF_AUTO made = { 0 };
    const uint8_t type = first->type;
    JZ_TRY(build_comments((jz_bytes){ 0 }, 0, first->last, e, &made, err));
    if (first->last)
        JZ_TRY(jz_splices_add(out, first->at, 1, (jz_bytes){ &type, 1 }, err));
    return jz_splices_add(out, first->body.end, 0,
                          (jz_bytes){ (const uint8_t *)made.ptr, made.len }, err);
}

/* Padding gives way by as much as the file would grow, so that no frame moves. */
static jz_status use_padding(const block *b, uint64_t file_size, jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO head = { 0 };
    const uint64_t size = jz_span_left(&b->body);
    const uint64_t grown = jz_splices_new_size(out, file_size) - file_size;
    if (grown == 0 || grown > size) /* also where it has shrunk: a very large number */
        return JZ_OK;
    JZ_TRY(put_head(&head, TYPE_PADDING, b->last, (size_t)(size - grown), err));
    return jz_splices_add(out, b->at, HEAD + grown,
                          (jz_bytes){ (const uint8_t *)head.ptr, head.len }, err);
}

jz_status jz_flac_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                       jz_splices *out, jz_err *err)
{
    jz_comment_edits e = { .key = key, .edits = edits, .n = n };
    jz_span s;
    block b = { 0 };
    block first = { 0 };
    block padding = { 0 };
    bool found = false;
    JZ_TRY(jz_meta_only_text(edits, n, "FLAC", err));
    JZ_TRY(open_flac(src, &s, err));
    for (bool more = true; more; more = !b.last) {
        JZ_TRY(next_block(&s, &b, err));
        if (first.body.src == NULL)
            first = b;
        if (b.type == TYPE_PADDING && padding.body.src == NULL)
            padding = b;
        if (b.type == TYPE_COMMENTS && found)
            return JZ_FAIL(err, JZ_E_CORRUPT, "two blocks of comments, one is allowed");
        if (b.type != TYPE_COMMENTS)
            continue;
        found = true;
        JZ_TRY(replace_comments(&b, &e, out, err));
    }
    if (!found)
        JZ_TRY(insert_comments(&first, &e, out, err));
    if (e.done != n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no comment of this FLAC",
                       n - e.done, n);
    return padding.body.src != NULL ? use_padding(&padding, src->size, out, err) : JZ_OK;
}
