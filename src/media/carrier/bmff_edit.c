/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/bmff_edit.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

#define PART ((size_t)64 << 10)
#define COST_MAX ((size_t)8 << 20)

void jz_bmff_edit_done(jz_bmff_edit *e)
{
    jz_free(e->grown);
    *e = (jz_bmff_edit){ 0 };
}

void jz_put_be(uint8_t *p, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++)
        p[i] = (uint8_t)(value >> 8 * (width - 1 - i));
}

/* The record of a box that grows, a new one where there is none yet. */
static jz_status record(jz_bmff_edit *e, const jz_box *box, bool top, jz_bmff_grown **out,
                        jz_err *err)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->grown[i].box.at == box->at) {
            *out = &e->grown[i];
            return JZ_OK;
        }
    }
    jz_bmff_grown *grown = jz_grow(e->grown, e->n, &e->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu boxes that change", e->n + 1);
    e->grown = grown;
    grown[e->n] = (jz_bmff_grown){ .box = *box, .top = top };
    *out = &grown[e->n++];
    return JZ_OK;
}

jz_status jz_bmff_put(jz_bmff_edit *e, const jz_box *path, size_t depth, const jz_splice *place,
                      const void *insert, jz_err *err)
{
    for (size_t i = 0; i < depth; i++) {
        jz_bmff_grown *g;
        JZ_TRY(record(e, &path[i], i == 0, &g, err));
        g->delta += (int64_t)place->insert - (int64_t)place->remove;
    }
    return jz_splices_add(e->out, place->at, place->remove, (jz_bytes){ insert, place->insert },
                          err);
}

jz_status jz_bmff_close(jz_bmff_edit *e, const jz_box *box, jz_err *err)
{
    jz_bmff_grown *g;
    if (!box->open)
        return JZ_OK;
    JZ_TRY(record(e, box, true, &g, err));
    g->box.open = false;
    return JZ_OK;
}

/* What stands behind a box: padding that its growth can use up, or its shrinking feed. */
static jz_status find_padding(jz_bmff_edit *e, const jz_box *box, jz_box *out, bool *found,
                              jz_err *err)
{
    jz_span s = jz_span_all(e->src, "box");
    s.at = box->end;
    JZ_TRY(jz_box_next(&s, out, found, err));
    *found = *found && !out->open && out->head == 8 &&
             (jz_box_is(out, "free") || jz_box_is(out, "skip"));
    return JZ_OK;
}

/* The padding becomes as much smaller (or larger) as the box before it became larger. */
static jz_status absorb(jz_bmff_edit *e, const jz_box *box, int64_t delta, jz_err *err)
{
    jz_box pad;
    bool found;
    uint8_t head[8];
    if (delta == 0 || -delta > (int64_t)PART)
        return JZ_OK;
    JZ_TRY(find_padding(e, box, &pad, &found, err));
    if (!found)
        return JZ_OK;
    const int64_t size = (int64_t)(pad.end - pad.at) - delta;
    if (size == 0) {
        const jz_splice all = { .at = pad.at, .remove = pad.end - pad.at };
        return jz_bmff_put(e, NULL, 0, &all, NULL, err);
    }
    if (size < 8 || size > UINT32_MAX)
        return JZ_OK;
    jz_put_be(head, 4, (uint64_t)size);
    memcpy(head + 4, pad.type, 4);
    if (delta > 0) {
        const jz_splice less = { .at = pad.at, .remove = (uint64_t)delta + 8, .insert = 8 };
        return jz_bmff_put(e, NULL, 0, &less, head, err);
    }
    uint8_t *grown = jz_alloc_zero((size_t)-delta + 8, 1);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %" PRId64 " bytes of padding", -delta);
    memcpy(grown, head, 8);
    const jz_splice more = { .at = pad.at, .remove = 8, .insert = (size_t)-delta + 8 };
    const jz_status st = jz_bmff_put(e, NULL, 0, &more, grown, err);
    jz_free(grown);
    return st;
}

jz_status jz_bmff_correct(jz_bmff_moves *m, uint64_t at, const void *with, size_t n, jz_err *err)
{
    m->cost += n + sizeof(jz_splice);
    if (m->cost > COST_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %zu bytes of offsets would change", COST_MAX);
    return jz_splices_add(m->edit->out, at, n, (jz_bytes){ with, n }, err);
}

jz_status jz_bmff_renumber(jz_bmff_moves *m, uint64_t at, unsigned width, uint64_t value,
                           const char *what, jz_err *err)
{
    uint8_t be[8];
    if (width == 4 && value > UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s would be %" PRIu64 ", more than 32 bits hold", what,
                       value);
    jz_put_be(be, width, value);
    return jz_bmff_correct(m, at, be, width, err);
}

static jz_status resize(jz_bmff_moves *m, const jz_bmff_grown *g, jz_err *err)
{
    const bool wide = g->box.head == 16;
    const uint64_t size = g->box.end - g->box.at + (uint64_t)g->delta;
    if (g->box.open)
        return JZ_OK;
    JZ_TRY_CTX(jz_bmff_renumber(m, g->box.at + (wide ? 8 : 0), wide ? 8 : 4, size, "its size", err),
               err, "box '%.4s'", g->box.type);
    return JZ_OK;
}

static jz_status correct_all(jz_bmff_moves *m, jz_err *err)
{
    const jz_bmff_edit *e = m->edit;
    JZ_TRY(jz_bmff_offsets(m, err));
    for (size_t i = 0; i < e->n; i++)
        JZ_TRY(resize(m, &e->grown[i], err));
    return JZ_OK;
}

jz_status jz_bmff_finish(jz_bmff_edit *e, jz_err *err)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->grown[i].top && !e->grown[i].box.open)
            JZ_TRY(absorb(e, &e->grown[i].box, e->grown[i].delta, err));
    }
    jz_bmff_moves m = { .edit = e, .moof = UINT64_MAX, .part = jz_alloc(PART) };
    m.before.splice = jz_alloc_zero(e->out->n + 1, sizeof(jz_splice));
    jz_status st = JZ_E_NOMEM;
    if (m.part == NULL || m.before.splice == NULL) {
        jz_err_set(err, st, "no memory to correct a file's offsets");
    } else {
        memcpy(m.before.splice, e->out->splice, e->out->n * sizeof(jz_splice));
        m.before.n = e->out->n;
        st = correct_all(&m, err);
    }
    jz_splices_done(&m.before);
    jz_free(m.part);
    return st;
}
