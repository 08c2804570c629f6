/* SPDX-License-Identifier: Apache-2.0 */
/* MP3 and AAC (ADTS): frames of sound, which no container holds; texts are in an ID3v2 tag before
 * the first one (id3.h). A label is a TXXX frame. Where there is no tag, a new one is of version
 * 2.4: of the two that exiftool and ffprobe both read, the one that holds UTF-8. A frame that grows
 * takes its room from the padding; one that shrinks leaves some. */
#include "media/carrier/carriers.h"

#include "media/carrier/id3.h"

#include <string.h>

#define TAG_MAX 0x0fffffffu
#define PADDING_MAX 4096 /* bytes that are left in place of what was taken out */

typedef struct lister {
    const char *key;
    jz_meta_fn fn;
    void *user;
} lister;

/* The stored value begins so many bytes into a frame's data; elsewhere only the data are known. */
static void place(const jz_id3_frame *f, size_t into, jz_meta *m)
{
    m->at = f->data.at;
    m->size = f->data.end - f->data.at;
    if (f->unsync || f->packed || m->passed != JZ_OK)
        return;
    m->at += f->prefix + into;
    m->size -= f->prefix + into;
}

static bool is(const jz_id3_frame *f, const char *id)
{
    return memcmp(f->id, id, 4) == 0;
}

/* A frame without readable data: nobody knows its key. */
static jz_status tell_passed(const lister *l, const jz_id3_frame *f, jz_meta *m, jz_err *err)
{
    place(f, 0, m);
    return l->fn(l->user, m, err);
}

static jz_status list_txxx(const lister *l, const jz_id3_frame *f, jz_bytes data, jz_meta *m,
                           jz_err *err)
{
    JZ_BUF_AUTO name = { 0 };
    JZ_BUF_AUTO value = { 0 };
    size_t at = 1;
    if (data.len == 0 || data.ptr[0] > 3) {
        m->passed = JZ_E_CORRUPT;
        return jz_meta_has_key(data, l->key) ? tell_passed(l, f, m, err) : JZ_OK;
    }
    JZ_TRY(jz_id3_text(data, &at, data.ptr[0], &name, err));
    m->key = jz_buf_bytes(&name);
    if (!jz_meta_has_key(m->key, l->key))
        return JZ_OK;
    place(f, at, m);
    JZ_TRY(jz_id3_text(data, &at, data.ptr[0], &value, err));
    m->value = jz_buf_bytes(&value);
    return l->fn(l->user, m, err);
}

/* The key may be in UTF-16 there; PRIV has no encoding. */
static jz_status list_raw(const lister *l, const jz_id3_frame *f, jz_bytes data, jz_meta *m,
                          jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    size_t at = 4; /* encoding, language */
    m->value = data;
    if (is(f, "COMM") && data.len > at && (data.ptr[0] == 1 || data.ptr[0] == 2)) {
        while (at < data.len) /* description, text */
            JZ_TRY(jz_id3_text(data, &at, data.ptr[0], &text, err));
        m->value = jz_buf_bytes(&text);
    }
    place(f, 0, m);
    return jz_meta_has_key(m->value, l->key) ? l->fn(l->user, m, err) : JZ_OK;
}

static jz_status list_frame(const lister *l, const jz_id3_frame *f, jz_err *err)
{
    JZ_BUF_AUTO data = { 0 };
    const bool text = is(f, "TXXX");
    if (!text && !is(f, "COMM") && !is(f, "PRIV"))
        return JZ_OK;
    jz_meta m = { .kind = text ? JZ_META_TEXT : JZ_META_RAW,
                  .where = text            ? "ID3v2 TXXX"
                           : is(f, "COMM") ? "ID3v2 COMM"
                                           : "ID3v2 PRIV",
                  .packed = f->packed };
    m.passed = jz_id3_read(f, &data, NULL);
    if (m.passed == JZ_E_NOMEM || m.passed == JZ_E_IO || m.passed == JZ_E_CHANGED)
        return JZ_FAIL(err, m.passed, "an ID3v2 frame that cannot be read");
    if (m.passed != JZ_OK)
        return tell_passed(l, f, &m, err);
    return text ? list_txxx(l, f, jz_buf_bytes(&data), &m, err)
                : list_raw(l, f, jz_buf_bytes(&data), &m, err);
}

static jz_status check_whole(const jz_id3 *tag, jz_err *err)
{
    return tag->cut ? JZ_FAIL(err, JZ_E_TRUNCATED, "the file ends within an ID3v2 tag") : JZ_OK;
}

jz_status jz_mp3_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    const lister l = { key, fn, user };
    jz_span file = jz_span_all(src, "ID3v2");
    jz_id3 tag;
    jz_id3_frame f;
    bool found;
    JZ_TRY(jz_id3_open(&file, &tag, &found, err));
    while (found) {
        bool more = tag.version == 3 || tag.version == 4;
        while (more) {
            JZ_TRY(jz_id3_next(&tag, &f, &more, err));
            if (more)
                JZ_TRY(list_frame(&l, &f, err));
        }
        JZ_TRY(check_whole(&tag, err));
        JZ_TRY(jz_id3_open(&file, &tag, &found, err)); /* some files have two */
    }
    return JZ_OK;
}

static jz_status check_edit(const jz_meta_edit *e, jz_err *err)
{
    const bool removes = e->value.ptr == NULL;
    if (e->kind == JZ_META_XMP || e->kind == JZ_META_EXIF)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2: no place for XMP or Exif");
    if (e->at == JZ_META_NEW && removes)
        return JZ_FAIL(err, JZ_E_INVAL, "ID3v2: a new text without a value");
    if (e->kind == JZ_META_RAW && !removes)
        return JZ_FAIL(err, JZ_E_INVAL, "ID3v2: a frame of another kind is not written");
    if (!removes && memchr(e->value.ptr, 0, e->value.len) != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2: a text with a zero byte in it");
    return JZ_OK;
}

static jz_status check_tag(const jz_id3 *tag, jz_err *err)
{
    if (tag->version != 3 && tag->version != 4)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2.%u: only 2.3 and 2.4 are written",
                       tag->version);
    if ((tag->flags & (JZ_ID3_EXTENDED | JZ_ID3_FOOTER | 0x0f)) != 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2: a tag with an extended header or a footer");
    return JZ_OK;
}

typedef struct editor {
    const char *key;
    const jz_meta_edit *edits;
    size_t n;
    size_t done;
    jz_splices *out;
    int64_t grown; /* bytes, by what was done in the present tag */
} editor;

static jz_status edit_frame(editor *ed, const jz_id3 *tag, const jz_id3_frame *f, jz_err *err)
{
    const bool text = is(f, "TXXX");
    for (size_t i = 0; i < ed->n; i++) {
        JZ_BUF_AUTO built = { 0 };
        const jz_meta_edit *e = &ed->edits[i];
        const bool kind = text ? e->kind == JZ_META_TEXT
                               : e->kind == JZ_META_RAW && (is(f, "COMM") || is(f, "PRIV"));
        if (!kind || e->at < f->data.at || e->at > f->end)
            continue;
        if (e->value.ptr != NULL)
            JZ_TRY(jz_id3_put_txxx(tag, ed->key, e->value, &built, err));
        JZ_TRY(jz_splices_add(ed->out, f->at, f->end - f->at, jz_buf_bytes(&built), err));
        ed->grown += (int64_t)built.len - (int64_t)(f->end - f->at);
        ed->done++;
    }
    return JZ_OK;
}

static jz_status add_new(editor *ed, const jz_id3 *tag, jz_buf *out, jz_err *err)
{
    for (size_t i = 0; i < ed->n; i++) {
        if (ed->edits[i].at != JZ_META_NEW)
            continue;
        JZ_TRY(jz_id3_put_txxx(tag, ed->key, ed->edits[i].value, out, err));
        ed->done++;
    }
    return JZ_OK;
}

/* All padding is zeros, 2.4 structure, 3.3. */
static jz_status check_padding(jz_span s, jz_err *err)
{
    uint8_t part[4096];
    while (jz_span_left(&s) > 0) {
        const size_t n = jz_span_left(&s) < sizeof part ? (size_t)jz_span_left(&s) : sizeof part;
        JZ_TRY(jz_span_get(&s, part, n, err));
        for (size_t i = 0; i < n; i++) {
            if (part[i] != 0)
                return JZ_FAIL(err, JZ_E_CORRUPT, "ID3v2: something stands in the padding");
        }
    }
    return JZ_OK;
}

/* New frames, the padding behind them and the tag's size. */
static jz_status finish_tag(editor *ed, const jz_id3 *tag, jz_buf *frames, jz_err *err)
{
    uint8_t size[4];
    const int64_t padding = (int64_t)jz_span_left(&tag->s);
    const int64_t grown = ed->grown + (int64_t)frames->len;
    int64_t left = padding > grown ? padding - grown : 0;
    if (left > padding + PADDING_MAX)
        left = padding;
    for (int64_t i = padding; i < left; i++)
        jz_buf_putc(frames, 0);
    JZ_TRY(jz_buf_check(frames, err));
    const int64_t taken = padding > left ? padding - left : 0;
    const int64_t now = (int64_t)tag->size + grown + left - padding;
    if (now > TAG_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "an ID3v2 tag of more than %u bytes", TAG_MAX);
    jz_id3_put_size((uint32_t)now, size);
    if ((uint32_t)now != tag->size)
        JZ_TRY(jz_splices_add(ed->out, tag->at + 6, sizeof size, (jz_bytes){ size, sizeof size },
                              err));
    return jz_splices_add(ed->out, tag->s.at, (uint64_t)taken, jz_buf_bytes(frames), err);
}

static jz_status edit_tag(editor *ed, jz_id3 *tag, bool first, jz_err *err)
{
    JZ_BUF_AUTO frames = { 0 };
    jz_id3_frame f;
    bool more = true;
    JZ_TRY(check_tag(tag, err));
    JZ_TRY(check_whole(tag, err));
    ed->grown = 0;
    while (more) {
        JZ_TRY(jz_id3_next(tag, &f, &more, err));
        if (more)
            JZ_TRY(edit_frame(ed, tag, &f, err));
    }
    if (tag->plain)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "ID3v2.4: frames with sizes of eight bits a byte");
    JZ_TRY(check_padding(tag->s, err));
    if (first)
        JZ_TRY(add_new(ed, tag, &frames, err));
    return finish_tag(ed, tag, &frames, err);
}

static jz_status put_tag(editor *ed, jz_err *err)
{
    static const jz_id3 none = { .version = 4 };
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO tag = { 0 };
    uint8_t size[4];
    JZ_TRY(add_new(ed, &none, &frames, err));
    if (frames.len == 0)
        return JZ_OK;
    if (frames.len > TAG_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "an ID3v2 tag of more than %u bytes", TAG_MAX);
    jz_id3_put_size((uint32_t)frames.len, size);
    jz_buf_put(&tag, "ID3\4\0\0", 6);
    jz_buf_put(&tag, size, sizeof size);
    jz_buf_put(&tag, frames.ptr, frames.len);
    JZ_TRY(jz_buf_check(&tag, err));
    return jz_splices_add(ed->out, 0, 0, jz_buf_bytes(&tag), err);
}

jz_status jz_mp3_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err)
{
    editor ed = { .key = key, .edits = edits, .n = n, .out = out };
    jz_span file = jz_span_all(src, "ID3v2");
    jz_id3 tag;
    bool found;
    for (size_t i = 0; i < n; i++)
        JZ_TRY(check_edit(&edits[i], err));
    JZ_TRY(jz_id3_open(&file, &tag, &found, err));
    if (!found)
        JZ_TRY(put_tag(&ed, err));
    for (bool first = true; found; first = false) {
        JZ_TRY(edit_tag(&ed, &tag, first, err));
        JZ_TRY(jz_id3_open(&file, &tag, &found, err));
    }
    if (ed.done != n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no frame of this tag",
                       n - ed.done, n);
    return JZ_OK;
}
