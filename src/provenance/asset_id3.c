/* SPDX-License-Identifier: Apache-2.0 */
/* MP3, and FLAC behind an ID3v2 tag: the store is the object in a GEOB frame (C2PA 2.2, A.3.4;
 * ID3v2.3, 4.16): encoding, media type, file name, description, object. A data hash leaves out the
 * object alone. A new frame stands behind all others, in front of the padding; where there is no
 * tag, one of version 2.4 is put before everything. */
#include "provenance/asset_class.h"

#include "media/carrier/id3.h"

#include <string.h>

#define TAG_MAX 0x0fffffffu
#define TYPE_MAX 40   /* bytes of a media type that is looked at */
#define TEXT_MAX 4096 /* bytes of a file name or a description */

/* Moves behind the terminator of a text, which is kept as far as it fits. */
static jz_status skip_text(jz_span *s, bool wide, char *out, size_t size, jz_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < TEXT_MAX; i++) {
        uint8_t c[2] = { 0 };
        JZ_TRY(jz_span_get(s, c, wide ? 2 : 1, err));
        if (c[0] == 0 && c[1] == 0) {
            if (size > 0)
                out[n] = '\0';
            return JZ_OK;
        }
        if (n + 1 < size)
            out[n++] = (char)c[0];
    }
    return JZ_FAIL(err, JZ_E_CORRUPT, "ID3v2: a GEOB frame with a text that does not end");
}

/* Whether the frame holds a store, and the object in it. */
static bool find_object(const jz_id3_frame *f, jz_span *out)
{
    static const char *const types[] = { "application/c2pa", "application/x-c2pa-manifest-store" };
    char type[TYPE_MAX];
    uint8_t encoding;
    jz_span s = f->data;
    if (memcmp(f->id, "GEOB", 4) != 0 || jz_span_skip(&s, f->prefix, NULL) != JZ_OK ||
        jz_span_u8(&s, &encoding, NULL) != JZ_OK ||
        skip_text(&s, false, type, sizeof type, NULL) != JZ_OK)
        return false;
    const bool wide = encoding == 1 || encoding == 2;
    if (strcmp(type, types[0]) != 0 && strcmp(type, types[1]) != 0)
        return false;
    *out = s;
    return skip_text(out, wide, NULL, 0, NULL) == JZ_OK &&
           skip_text(out, wide, NULL, 0, NULL) == JZ_OK;
}

static jz_status on_frame(jz_asset *a, const jz_id3_frame *f, jz_err *err)
{
    jz_span object;
    if (!find_object(f, &object))
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&a->parts, f->at, f->end - f->at, err));
    if (!jz_asset_begin(a))
        return JZ_OK;
    if (f->unsync || f->packed || f->encrypted) {
        jz_asset_pass(a, JZ_E_UNSUPPORTED, "ID3v2: a manifest store in a frame that is packed");
        return JZ_OK;
    }
    JZ_TRY(jz_ranges_add(&a->excluded, object.at, jz_span_left(&object), err));
    return jz_asset_take(a, &object, jz_span_left(&object), &a->store, err);
}

jz_status jz_asset_find_id3(jz_asset *a, jz_err *err)
{
    jz_span file = jz_span_all(a->src, "ID3v2");
    jz_id3 tag;
    bool found;
    JZ_TRY(jz_id3_open(&file, &tag, &found, err));
    while (found) {
        bool more = tag.version == 3 || tag.version == 4;
        while (more) {
            jz_id3_frame f;
            JZ_TRY(jz_id3_next(&tag, &f, &more, err));
            if (more)
                JZ_TRY(on_frame(a, &f, err));
        }
        JZ_TRY(jz_id3_open(&file, &tag, &found, err));
    }
    return JZ_OK;
}

/* ---- placing ---- */

static jz_status put_frame(uint8_t version, size_t size, jz_wrap *w, jz_err *err)
{
    static const char head[] = "\0application/c2pa\0c2pa\0c2pa manifest store"; /* and a NUL */
    const size_t len = sizeof head + size;
    uint8_t bytes[4];
    jz_id3_put_size((uint32_t)len, bytes);
    for (unsigned i = 0; version == 3 && i < 4; i++)
        bytes[i] = (uint8_t)(len >> (24 - 8 * i));
    jz_buf_puts(&w->bytes, "GEOB");
    jz_buf_put(&w->bytes, bytes, sizeof bytes);
    jz_buf_put(&w->bytes, "\0\0", 2);
    jz_buf_put(&w->bytes, head, sizeof head);
    const size_t at = w->bytes.len;
    JZ_TRY(jz_wrap_store(w, size, err));
    return jz_wrap_exclude(w, at, size, err);
}

static jz_status check_tag(const jz_id3 *tag, jz_err *err)
{
    if (tag->version != 3 && tag->version != 4)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2.%u: only 2.3 and 2.4 are written",
                       tag->version);
    if ((tag->flags & (JZ_ID3_EXTENDED | JZ_ID3_FOOTER | 0x0f)) != 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2: a tag with an extended header or a footer");
    if (tag->version == 3 && (tag->flags & JZ_ID3_UNSYNC) != 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2.3: a tag in unsynchronised form");
    if (tag->cut)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "the file ends within an ID3v2 tag");
    return JZ_OK;
}

/* Where the last frame ends. */
static jz_status read_frames(jz_id3 *tag, uint64_t *end, jz_err *err)
{
    bool more = true;
    while (more) {
        jz_id3_frame f;
        JZ_TRY(jz_id3_next(tag, &f, &more, err));
    }
    if (tag->plain)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2.4: frames with sizes of eight bits a byte");
    *end = tag->s.at;
    return JZ_OK;
}

/* Bytes of old stores that are in a tag. */
static uint64_t old_bytes(const jz_asset *a, const jz_id3 *tag)
{
    uint64_t n = 0;
    for (size_t i = 0; i < a->parts.n; i++) {
        if (a->parts.range[i].at < tag->end)
            n += a->parts.range[i].size;
    }
    return n;
}

static jz_status grow_tag(jz_asset *a, jz_id3 *tag, size_t size, jz_wrap *w, jz_err *err)
{
    uint8_t bytes[4];
    uint64_t at;
    JZ_TRY(check_tag(tag, err));
    JZ_TRY(read_frames(tag, &at, err));
    if (a->parts.n > 0 &&
        a->parts.range[a->parts.n - 1].at + a->parts.range[a->parts.n - 1].size > tag->end)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2: a manifest store in a second tag");
    JZ_TRY(put_frame(tag->version, size, w, err));
    const uint64_t now = tag->size + w->bytes.len - old_bytes(a, tag);
    if (now > TAG_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "an ID3v2 tag of more than %u bytes", TAG_MAX);
    jz_id3_put_size((uint32_t)now, bytes);
    JZ_TRY(jz_splices_add(&w->place->plan, tag->at + 6, sizeof bytes,
                          (jz_bytes){ bytes, sizeof bytes }, err));
    JZ_TRY(jz_place_drop_old(a, 0, w->place, err));
    JZ_TRY(jz_place_insert(w, at, err));
    jz_place_settle(w, at, a->src->size);
    return JZ_OK;
}

static jz_status put_tag(jz_asset *a, size_t size, jz_wrap *w, jz_err *err)
{
    uint8_t bytes[4];
    jz_buf_put(&w->bytes, "ID3\4\0\0\0\0\0\0", JZ_ID3_HEAD);
    JZ_TRY(put_frame(4, size, w, err));
    jz_id3_put_size((uint32_t)(w->bytes.len - JZ_ID3_HEAD), bytes);
    memcpy(w->bytes.ptr + 6, bytes, sizeof bytes);
    JZ_TRY(jz_place_insert(w, 0, err));
    jz_place_settle(w, 0, a->src->size);
    return JZ_OK;
}

jz_status jz_asset_place_id3(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    jz_span file = jz_span_all(a->src, "ID3v2");
    jz_id3 tag;
    bool found;
    JZ_WRAP_AUTO w = { .place = out };
    JZ_TRY(jz_id3_open(&file, &tag, &found, err));
    return found ? grow_tag(a, &tag, size, &w, err) : put_tag(a, size, &w, err);
}
