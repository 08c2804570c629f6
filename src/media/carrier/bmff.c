/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/bmff.h"

#include <inttypes.h>
#include <string.h>

#define BOXES_MAX ((size_t)1 << 22)

bool jz_box_is(const jz_box *b, const char *type)
{
    return memcmp(b->type, type, 4) == 0;
}

/* Whether a list ends here: nothing, or a terminator of zeros, is left. */
static jz_status at_end(const jz_span *s, bool *out, jz_err *err)
{
    static const uint8_t zeros[8];
    uint8_t head[8];
    jz_span peek = *s;
    const uint64_t left = jz_span_left(s);
    const size_t n = left < sizeof head ? (size_t)left : sizeof head;
    JZ_TRY(jz_span_get(&peek, head, n, err));
    *out = memcmp(head, zeros, n) == 0;
    return JZ_OK;
}

jz_status jz_box_next(jz_span *s, jz_box *out, bool *more, jz_err *err)
{
    uint32_t size32;
    bool end;
    jz_box b = { .at = s->at, .head = 8 };
    JZ_TRY(at_end(s, &end, err));
    *more = !end;
    if (end)
        return JZ_OK;
    jz_span in = *s;
    JZ_TRY(jz_span_u32be(&in, &size32, err));
    JZ_TRY(jz_span_get(&in, b.type, 4, err));
    uint64_t size = size32;
    if (size32 == 1) {
        b.head = 16;
        JZ_TRY(jz_span_u64be(&in, &size, err));
    }
    b.open = size32 == 0;
    if (b.open)
        size = s->end - s->at;
    if (size < b.head)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a box of %" PRIu64 " bytes at offset %" PRIu64,
                       s->what, size, b.at);
    JZ_TRY_CTX(jz_span_sub(&in, size - b.head, s->what, &b.body, err), err, "box '%.4s'", b.type);
    b.end = in.at;
    s->at = in.at;
    *out = b;
    return JZ_OK;
}

jz_status jz_box_version(jz_span *body, uint8_t *version, uint32_t *flags, jz_err *err)
{
    uint32_t v;
    JZ_TRY(jz_span_u32be(body, &v, err));
    *version = (uint8_t)(v >> 24);
    *flags = v & 0xffffff;
    return JZ_OK;
}

/* A child's size cannot be 0 there, so four zero bytes are version and flags. */
jz_status jz_box_meta(const jz_box *meta, jz_span *out, jz_err *err)
{
    uint32_t first = 0;
    jz_span s = meta->body;
    if (jz_span_left(&s) >= 4)
        JZ_TRY(jz_span_u32be(&s, &first, err));
    *out = first == 0 ? s : meta->body;
    return JZ_OK;
}

void jz_box_walk_init(jz_box_walk *w, jz_source *src, bool tolerant)
{
    *w = (jz_box_walk){ .tolerant = tolerant };
    w->rest[0] = jz_span_all(src, "box");
}

/* Damage that a tolerant walk passes over; the first one is kept. */
static bool passed_over(jz_box_walk *w, jz_status st, const jz_err *why)
{
    if (!w->tolerant || w->open == 0 || (st != JZ_E_CORRUPT && st != JZ_E_TRUNCATED))
        return false;
    if (w->noted.code == JZ_OK)
        w->noted = *why;
    return true;
}

static jz_status finish(const jz_box_walk *w, bool *more, jz_err *err)
{
    *more = false;
    if (w->noted.code != JZ_OK && err != NULL)
        *err = w->noted;
    return w->noted.code;
}

jz_status jz_box_walk_next(jz_box_walk *w, bool *more, jz_err *err)
{
    for (;;) {
        jz_err why = { 0 };
        const jz_status st = jz_box_next(&w->rest[w->open], &w->path[w->open], more, &why);
        if (st != JZ_OK && !passed_over(w, st, &why)) {
            if (err != NULL)
                *err = why;
            return st;
        }
        if (st == JZ_OK && *more)
            break;
        if (w->open == 0)
            return finish(w, more, err);
        w->open--;
    }
    w->depth = w->open + 1;
    if (++w->seen > BOXES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %zu boxes", BOXES_MAX);
    return JZ_OK;
}

jz_status jz_box_walk_enter(jz_box_walk *w, jz_span content, jz_err *err)
{
    if (w->depth == JZ_BOX_DEPTH)
        return JZ_FAIL(err, JZ_E_LIMIT, "boxes more than %d deep at offset %" PRIu64, JZ_BOX_DEPTH,
                       content.at);
    w->open = w->depth;
    w->rest[w->open] = content;
    return JZ_OK;
}

const jz_box *jz_box_walk_box(const jz_box_walk *w)
{
    return &w->path[w->depth - 1];
}

bool jz_box_walk_is(const jz_box_walk *w, const char *path)
{
    if (strlen(path) != w->depth * 5 - 1)
        return false;
    for (size_t i = 0; i < w->depth; i++) {
        if (!jz_box_is(&w->path[i], path + 5 * i))
            return false;
    }
    return true;
}
