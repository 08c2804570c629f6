/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/riff.h"

#include <inttypes.h>
#include <string.h>

#define HEAD 8 /* bytes of an identifier and a size */

/* RF64: the sizes that 32 bits cannot hold. */
static jz_status read_ds64(jz_riff *riff, jz_err *err)
{
    jz_span s = riff->body;
    char id[4];
    uint32_t len;
    uint8_t number[16];
    JZ_TRY(jz_span_get(&s, id, sizeof id, err));
    JZ_TRY(jz_span_u32le(&s, &len, err));
    if (memcmp(id, "ds64", 4) != 0 || len < 24)
        return JZ_FAIL(err, JZ_E_CORRUPT, "RF64 without a ds64 chunk");
    riff->size_at = s.at;
    riff->size_bits = 64;
    JZ_TRY(jz_span_get(&s, number, sizeof number, err));
    riff->size = 0;
    for (unsigned i = 0; i < 8; i++) {
        riff->size |= (uint64_t)number[i] << 8 * i;
        riff->data_size |= (uint64_t)number[8 + i] << 8 * i;
    }
    return JZ_OK;
}

jz_status jz_riff_open(jz_source *src, const char *form, jz_riff *out, jz_err *err)
{
    char id[4];
    char type[4];
    uint32_t size;
    jz_riff riff = { .body = jz_span_all(src, "RIFF"), .size_at = 4, .size_bits = 32 };
    jz_span all = riff.body;
    JZ_TRY(jz_span_get(&riff.body, id, sizeof id, err));
    JZ_TRY(jz_span_u32le(&riff.body, &size, err));
    JZ_TRY(jz_span_get(&riff.body, type, sizeof type, err));
    const bool wide = memcmp(id, "RF64", 4) == 0 || memcmp(id, "BW64", 4) == 0;
    if ((!wide && memcmp(id, "RIFF", 4) != 0) || memcmp(type, form, 4) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no RIFF file of the form \"%s\"", form);
    riff.avi = memcmp(form, "AVI ", 4) == 0;
    riff.size = size;
    if (wide && size == UINT32_MAX)
        JZ_TRY(read_ds64(&riff, err));
    if (riff.size < (riff.size_bits == 64 ? 4 + HEAD + 24 : 4)) /* ds64 is within */
        return JZ_FAIL(err, JZ_E_CORRUPT, "a RIFF chunk of %" PRIu64 " bytes", riff.size);
    JZ_TRY(jz_span_skip(&all, HEAD, err));
    riff.cut = riff.size > jz_span_left(&all); /* what is there can be read all the same */
    riff.body.end = riff.cut ? src->size : HEAD + riff.size;
    *out = riff;
    return JZ_OK;
}

jz_status jz_riff_check_whole(const jz_riff *riff, jz_err *err)
{
    if (riff->cut)
        return JZ_FAIL(err, JZ_E_TRUNCATED,
                       "a RIFF chunk of %" PRIu64 " bytes in a file of %" PRIu64, riff->size,
                       riff->body.end);
    return JZ_OK;
}

jz_status jz_riff_next(const jz_riff *riff, jz_span *s, jz_riff_chunk *out, jz_err *err)
{
    jz_riff_chunk c = { .at = s->at };
    uint32_t size;
    uint64_t len;
    JZ_TRY(jz_span_get(s, c.id, 4, err));
    JZ_TRY(jz_span_u32le(s, &size, err));
    len = size;
    if (size == UINT32_MAX && riff->size_bits == 64 && jz_riff_is(&c, "data"))
        len = riff->data_size;
    JZ_TRY(jz_span_sub(s, len, "RIFF chunk", &c.data, err));
    c.bare = len % 2 != 0 && jz_span_left(s) == 0;
    if (len % 2 != 0 && !c.bare)
        JZ_TRY(jz_span_skip(s, 1, err));
    if (jz_riff_is(&c, "LIST") && len >= 4)
        JZ_TRY(jz_span_get(&c.data, c.form, 4, err));
    c.end = s->at;
    *out = c;
    return JZ_OK;
}

bool jz_riff_is(const jz_riff_chunk *c, const char *id)
{
    return memcmp(c->id, id, 4) == 0;
}

bool jz_riff_is_list(const jz_riff_chunk *c, const char *form)
{
    return jz_riff_is(c, "LIST") && memcmp(c->form, form, 4) == 0;
}

void jz_riff_put_number(jz_buf *out, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        jz_buf_putc(out, (char)(uint8_t)(v >> 8 * i));
}

jz_status jz_riff_put(jz_buf *out, const char *id, jz_bytes data, jz_err *err)
{
    if (data.len >= UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a RIFF chunk of %zu bytes, limit %u", data.len,
                       UINT32_MAX - 1);
    jz_buf_put(out, id, 4);
    jz_riff_put_number(out, data.len, 4);
    jz_buf_put(out, data.ptr, data.len);
    if (data.len % 2 != 0)
        jz_buf_putc(out, 0);
    return jz_buf_check(out, err);
}

void jz_riff_begin_list(jz_buf *out, const char *form)
{
    jz_buf_puts(out, "LIST....");
    jz_buf_puts(out, form);
}

jz_status jz_riff_end_list(jz_buf *list, jz_err *err)
{
    JZ_TRY(jz_buf_check(list, err));
    if (list->len > UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a LIST chunk of %zu bytes", list->len);
    for (unsigned i = 0; i < 4; i++)
        list->ptr[4 + i] = (char)(uint8_t)((list->len - HEAD) >> 8 * i);
    return JZ_OK;
}

jz_status jz_riff_resize(const jz_riff *riff, jz_splices *out, jz_err *err)
{
    const uint64_t end = riff->body.end;
    const uint64_t size = riff->size + jz_splices_new_size(out, end) - end;
    JZ_BUF_AUTO number = { 0 };
    if (size == riff->size)
        return JZ_OK;
    if (riff->size_bits == 32 && size >= UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a RIFF chunk of %" PRIu64 " bytes, limit %u", size,
                       UINT32_MAX - 1);
    jz_riff_put_number(&number, size, riff->size_bits / 8);
    JZ_TRY(jz_buf_check(&number, err));
    return jz_splices_add(out, riff->size_at, number.len,
                          (jz_bytes){ (const uint8_t *)number.ptr, number.len }, err);
}

jz_status jz_riff_put_new(jz_riff_edits *e, jz_meta_kind kind, jz_buf *out, jz_err *err)
{
    for (size_t i = 0; i < e->n; i++) {
        const jz_meta_edit *edit = &e->edits[i];
        if (edit->at != JZ_META_NEW || edit->kind != kind || edit->value.ptr == NULL)
            continue;
        if (kind == JZ_META_TEXT && strlen(e->key) != 4)
            return JZ_FAIL(err, JZ_E_INVAL, "a RIFF chunk cannot be named \"%s\"", e->key);
        JZ_TRY(jz_riff_put(out, kind == JZ_META_XMP ? "_PMX" : e->key, edit->value, err));
        e->done++;
    }
    return JZ_OK;
}

/* Whether the chunk holds one of the blocks, and of what kind. */
static bool is_block(const jz_riff_chunk *c, const char *key, jz_meta_kind *kind)
{
    *kind = jz_riff_is(c, "_PMX") ? JZ_META_XMP : JZ_META_TEXT;
    return *kind == JZ_META_XMP || jz_meta_has_key((jz_bytes){ (const uint8_t *)c->id, 4 }, key);
}

const jz_meta_edit *jz_riff_edit_of(const jz_riff_edits *e, const jz_riff_chunk *c)
{
    jz_meta_kind kind;
    if (!is_block(c, e->key, &kind))
        return NULL;
    for (size_t i = 0; i < e->n; i++) {
        if (e->edits[i].at == c->data.at && e->edits[i].kind == kind)
            return &e->edits[i];
    }
    return NULL;
}

/* The caller of jz_riff_list_texts(), who gets texts without their terminators. */
typedef struct receiver {
    const jz_riff *riff;
    const char *key;
    jz_meta_fn fn;
    void *user;
} receiver;

static jz_status receive(void *user, const jz_meta *stored, jz_err *err)
{
    const receiver *r = user;
    jz_meta m = *stored;
    while (m.value.len > 0 && m.value.ptr[m.value.len - 1] == 0)
        m.value.len--;
    return r->fn(r->user, &m, err);
}

typedef enum level {
    LEVEL_TOP,
    LEVEL_HEADER, /* in hdrl */
    LEVEL_INFO,
} level;

static jz_status send_block(receiver *r, jz_riff_chunk *c, level at, jz_err *err)
{
    jz_meta_kind kind;
    if (!is_block(c, r->key, &kind))
        return JZ_OK;
    const bool xmp = kind == JZ_META_XMP;
    jz_meta meta = { .kind = kind,
                     .where = xmp                ? "_PMX"
                              : at == LEVEL_INFO ? "LIST INFO"
                                                 : "chunk",
                     .key = { (const uint8_t *)c->id, xmp ? 0 : 4 } };
    return jz_meta_send(&c->data, jz_span_left(&c->data), &meta, receive, r, err);
}

/* NOLINTNEXTLINE(misc-no-recursion): the top, hdrl and INFO, no deeper */
static jz_status list_level(receiver *r, jz_span s, level at, jz_err *err)
{
    while (jz_span_left(&s) > 0) {
        jz_riff_chunk c;
        JZ_TRY(jz_riff_next(r->riff, &s, &c, err));
        if (at != LEVEL_INFO && jz_riff_is_list(&c, "INFO"))
            JZ_TRY(list_level(r, c.data, LEVEL_INFO, err));
        else if (at == LEVEL_TOP && r->riff->avi && jz_riff_is_list(&c, "hdrl"))
            JZ_TRY(list_level(r, c.data, LEVEL_HEADER, err));
        else
            JZ_TRY(send_block(r, &c, at, err));
    }
    return JZ_OK;
}

jz_status jz_riff_list_texts(const jz_riff *riff, const char *key, jz_meta_fn fn, void *user,
                             jz_err *err)
{
    receiver r = { riff, key, fn, user };
    JZ_TRY(list_level(&r, riff->body, LEVEL_TOP, err));
    return jz_riff_check_whole(riff, err);
}

/* Copies a chunk as it stands, and pads it where that was forgotten. */
static jz_status copy_chunk(jz_source *src, const jz_riff_chunk *c, jz_buf *out, jz_err *err)
{
    jz_span whole = jz_span_all(src, "INFO");
    JZ_TRY(jz_span_skip(&whole, c->at, err));
    JZ_TRY(jz_span_read(&whole, c->end - c->at, JZ_META_MAX, out, err));
    if (c->bare)
        jz_buf_putc(out, 0);
    return jz_buf_check(out, err);
}

jz_status jz_riff_edit_info(const jz_riff *riff, const jz_riff_chunk *info, const jz_riff_edits *e,
                            jz_buf *moved, jz_buf *out, size_t *changed, jz_err *err)
{
    jz_span s = info->data;
    size_t n = 0;
    if (jz_span_left(&s) > JZ_META_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "an INFO list of %" PRIu64 " bytes", jz_span_left(&s));
    jz_riff_begin_list(out, "INFO");
    while (jz_span_left(&s) > 0) {
        jz_riff_chunk c;
        JZ_TRY(jz_riff_next(riff, &s, &c, err));
        const jz_meta_edit *edit = jz_riff_edit_of(e, &c);
        n += edit != NULL;
        if (edit == NULL)
            JZ_TRY(copy_chunk(s.src, &c, out, err));
        else if (edit->value.ptr != NULL)
            JZ_TRY(jz_riff_put(moved != NULL ? moved : out, c.id, edit->value, err));
    }
    *changed = n;
    return jz_riff_end_list(out, err);
}
