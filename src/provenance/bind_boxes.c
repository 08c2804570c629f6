/* SPDX-License-Identifier: Apache-2.0 */
/* c2pa.hash.boxes (C2PA 2.2, 15.12.3 and 18.7): runs of named boxes, each with a hash from the
 * start of its first to the end of its last. All boxes of the file must be named, in order. */
#include "provenance/asset_class.h"

#include "base/rd.h"

#include "provenance/hasher.h"

#include <inttypes.h>
#include <string.h>

#define AFTER "c2pa.after" /* all bytes behind the last box (18.7.2) */

typedef struct matcher {
    const jz_boxes_binding *b;
    jz_source *src;
    jz_hasher hasher;
    size_t entry, name; /* the next name */
    uint64_t at;        /* of the first box in the entry */
    uint64_t end;       /* of the last box so far */
    jz_bound *out;
} matcher;

/* Whether the assertion names such a box anywhere. */
static bool is_listed(const jz_boxes_binding *b, const char *name)
{
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->entry[i].n_name; k++) {
            if (jz_bytes_are(b->entry[i].name[k], name))
                return true;
        }
    }
    return false;
}

/* The entry's boxes have all been there. */
static jz_status end_entry(matcher *m, uint64_t end, jz_err *err)
{
    uint8_t digest[JZ_DIGEST_BYTES];
    const jz_boxes_entry *e = &m->b->entry[m->entry++];
    m->name = 0;
    m->out->additional = m->out->additional || e->excluded;
    if (e->excluded || jz_bytes_are(e->name[0], "C2PA"))
        return JZ_OK;
    JZ_TRY(jz_hasher_begin(&m->hasher, e->alg, err));
    JZ_TRY(jz_hasher_file(&m->hasher, m->src, m->at, end, err));
    JZ_TRY(jz_hasher_end(&m->hasher, digest, err));
    if (!jz_digest_is(e->alg, digest, e->hash))
        jz_bound_set(m->out, JZ_BIND_MISMATCH,
                     "the bytes from offset %" PRIu64 " to %" PRIu64 " have changed since it was "
                     "signed",
                     m->at, end);
    return JZ_OK;
}

static jz_status on_box(void *user, const char *name, uint64_t at, uint64_t end, jz_err *err)
{
    matcher *m = user;
    const bool wanted =
        m->entry < m->b->n && jz_bytes_are(m->b->entry[m->entry].name[m->name], name);
    m->end = end;
    if (m->out->verdict != JZ_BIND_MATCH)
        return JZ_OK;
    if (!wanted) {
        jz_bound_set(m->out, is_listed(m->b, name) ? JZ_BIND_MISMATCH : JZ_BIND_UNKNOWN_BOX,
                     "a box %s at offset %" PRIu64 " that was not there", name, at);
        return JZ_OK;
    }
    if (m->name == 0)
        m->at = at;
    return ++m->name == m->b->entry[m->entry].n_name ? end_entry(m, end, err) : JZ_OK;
}

/* What stands behind the last box: nothing, or an entry of its own. */
static jz_status finish(matcher *m, jz_err *err)
{
    const bool after = m->entry + 1 == m->b->n && m->name == 0 &&
                       jz_bytes_are(m->b->entry[m->entry].name[0], AFTER);
    if (m->out->verdict != JZ_BIND_MATCH)
        return JZ_OK;
    if (after) {
        m->at = m->end;
        return end_entry(m, m->src->size, err);
    }
    if (m->entry < m->b->n)
        jz_bound_set(m->out, JZ_BIND_MISMATCH, "boxes that were there are missing");
    else if (m->end < m->src->size)
        jz_bound_set(m->out, JZ_BIND_UNKNOWN_BOX,
                     "%" PRIu64 " bytes behind the last box that was signed",
                     m->src->size - m->end);
    return JZ_OK;
}

static bool is_sound(const jz_boxes_binding *b)
{
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->entry[i].n_name; k++) {
            if (jz_bytes_are(b->entry[i].name[k], "C2PA") && b->entry[i].n_name > 1)
                return false; /* its bytes would be hashed */
        }
        if (b->entry[i].n_name == 0)
            return false;
    }
    return b->n > 0;
}

/* Damage of the container is a change of it. */
static jz_status walk(jz_asset *a, matcher *m, jz_err *err)
{
    jz_err why = { 0 };
    const jz_status st = a->cls->boxes(a, on_box, m, &why);
    if (st == JZ_OK)
        return finish(m, err);
    if (st == JZ_E_CORRUPT || st == JZ_E_TRUNCATED || st == JZ_E_LIMIT || st == JZ_E_UNSUPPORTED) {
        jz_bound_set(m->out, JZ_BIND_MISMATCH, "%s", why.frame[0]);
        return JZ_OK;
    }
    if (err != NULL)
        *err = why;
    return st;
}

jz_status jz_bind_boxes(jz_asset *a, const jz_boxes_binding *b, jz_bound *out, jz_err *err)
{
    jz_bound bound = { .verdict = JZ_BIND_MATCH };
    matcher m = { .b = b, .src = a->src, .out = &bound };
    jz_status st = JZ_OK;
    if (a->cls->boxes == NULL)
        jz_bound_set(&bound, JZ_BIND_MALFORMED, "a hash of boxes for a %s file", a->cls->format);
    else if (!is_sound(b))
        jz_bound_set(&bound, JZ_BIND_MALFORMED, "entries without names, or a store among others");
    else
        st = walk(a, &m, err);
    jz_hasher_done(&m.hasher);
    if (st == JZ_OK)
        *out = bound;
    return st;
}
