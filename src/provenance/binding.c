/* SPDX-License-Identifier: Apache-2.0 */
/* Hard bindings (15.12): the assertions, as the values that asset.h wants. */
#include "base/alloc.h"
#include "provenance/asset_class.h"
#include "provenance/binding_read.h"

#include <string.h>

typedef enum form { FORM_DATA, FORM_BMFF, FORM_BOXES, FORM_OTHER } form;

static const struct binding_class {
    const char *name;
    form form;
    unsigned version;
    jz_code_id match, mismatch, malformed, additional;
} classes[] = {
    { "c2pa.hash.data", FORM_DATA, 1, JZ_C_ASSERTION_DATA_HASH_MATCH,
      JZ_C_ASSERTION_DATA_HASH_MISMATCH, JZ_C_ASSERTION_DATA_HASH_MALFORMED,
      JZ_C_ASSERTION_DATA_HASH_ADDITIONAL_EXCLUSIONS_PRESENT },
    { "c2pa.hash.bmff.v3", FORM_BMFF, 3, JZ_C_ASSERTION_BMFF_HASH_MATCH,
      JZ_C_ASSERTION_BMFF_HASH_MISMATCH, JZ_C_ASSERTION_BMFF_HASH_MALFORMED,
      JZ_C_ASSERTION_BMFF_HASH_ADDITIONAL_EXCLUSIONS_PRESENT },
    { "c2pa.hash.bmff.v2", FORM_BMFF, 2, JZ_C_ASSERTION_BMFF_HASH_MATCH,
      JZ_C_ASSERTION_BMFF_HASH_MISMATCH, JZ_C_ASSERTION_BMFF_HASH_MALFORMED,
      JZ_C_ASSERTION_BMFF_HASH_ADDITIONAL_EXCLUSIONS_PRESENT },
    { "c2pa.hash.boxes", FORM_BOXES, 1, JZ_C_ASSERTION_BOXES_HASH_MATCH,
      JZ_C_ASSERTION_BOXES_HASH_MISMATCH, JZ_C_ASSERTION_BOXES_HASH_MALFORMED,
      JZ_C_ASSERTION_BOXES_HASH_ADDITIONAL_EXCLUSIONS_PRESENT },
    { "c2pa.hash.collection.data", FORM_OTHER, 1, JZ_C_ASSERTION_COLLECTION_HASH_MATCH,
      JZ_C_ASSERTION_COLLECTION_HASH_MISMATCH, JZ_C_ASSERTION_COLLECTION_HASH_MALFORMED,
      JZ_C_ASSERTION_COLLECTION_HASH_MALFORMED },
    /* The first form, which 2.2 ignores (18.6.1); read where there is no other, as peers do. */
    { "c2pa.hash.bmff", FORM_BMFF, 1, JZ_C_ASSERTION_BMFF_HASH_MATCH,
      JZ_C_ASSERTION_BMFF_HASH_MISMATCH, JZ_C_ASSERTION_BMFF_HASH_MALFORMED,
      JZ_C_ASSERTION_BMFF_HASH_ADDITIONAL_EXCLUSIONS_PRESENT },
};
#define OLD_BMFF (JZ_ARRAY_LEN(classes) - 1)

typedef struct binding_class binding_class;

static const binding_class *class_of(jz_bytes name)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(classes); i++) {
        if (jz_bytes_are(name, classes[i].name))
            return &classes[i];
    }
    return NULL;
}

bool jz_is_hard_binding(jz_bytes name)
{
    return class_of(name) != NULL;
}

/* The binding of a manifest; *n counts those that count. */
static const jz_assertion *find_binding(const jz_manifest *m, size_t *n)
{
    const jz_assertion *found = NULL;
    const jz_assertion *old = NULL;
    *n = 0;
    for (size_t i = 0; i < m->n_assertions; i++) {
        const binding_class *c = class_of(m->assertion[i].name);
        if (c == &classes[OLD_BMFF]) {
            old = &m->assertion[i];
        } else if (c != NULL) {
            found = &m->assertion[i];
            ++*n;
        }
    }
    if (found == NULL && old != NULL) {
        *n = 1;
        return old;
    }
    return found;
}

void jz_binding_count(jz_check *v)
{
    size_t n = 0;
    const jz_assertion *a = find_binding(v->m, &n);
    if (v->m->update)
        return;
    if (n == 0)
        jz_found(v, JZ_C_CLAIM_HARD_BINDINGS_MISSING, v->m->claim, NULL);
    else if (n > 1)
        jz_found(v, JZ_C_ASSERTION_MULTIPLE_HARD_BINDINGS, a->box, "%zu of them", n);
}

/* ---- what comes of it ---- */

static void tell(jz_check *v, const jz_assertion *a, const binding_class *c, jz_status st,
                 const jz_bound *b, const jz_err *err)
{
    if (st == JZ_OK && b->verdict == JZ_BIND_MISMATCH && jz_parts_check(v))
        return;
    if (st == JZ_E_NOMEM || st == JZ_E_IO || st == JZ_E_CHANGED) {
        jz_keep_failure(v->c, st, err);
        return;
    }
    if (st != JZ_OK) {
        jz_found(v, JZ_C_GENERAL_ERROR, a->box, "%s", err->frame[0]);
        return;
    }
    const jz_code_id code = b->verdict == JZ_BIND_MATCH      ? c->match
                            : b->verdict == JZ_BIND_MISMATCH ? c->mismatch
                            : b->verdict == JZ_BIND_MALFORMED
                                ? c->malformed
                                : JZ_C_ASSERTION_BOXES_HASH_UNKNOWN_BOX;
    jz_found(v, code, a->box, "%s", b->why);
    if (b->additional)
        jz_found(v, c->additional, a->box, NULL);
}

static void malformed(jz_check *v, const jz_assertion *a, const binding_class *c, const char *why)
{
    jz_found(v, c->malformed, a->box, "%s", why);
}

/* Whether whoever asks has just taken the hash that the assertion states. */
static bool is_hashed(const jz_check *v, const jz_assertion *a)
{
    return v->c->hashed.ptr != NULL && jz_bytes_same(a->root.raw, v->c->hashed);
}

/* ---- c2pa.hash.data ---- */

static void check_data(jz_check *v, const jz_assertion *a, const binding_class *c, bool updated)
{
    jz_range *exclusion = NULL;
    jz_bound bound = { 0 };
    jz_err err = { 0 };
    jz_data_binding b = { .updated = updated, .hashed = is_hashed(v, a) };
    if (!jz_data_read(v, a, &b, &exclusion))
        malformed(v, a, c, "no hash, or exclusions that cannot be read");
    else if (!jz_read_alg(v, &a->root, (jz_bytes){ 0 }, &b.alg))
        jz_found(v, JZ_C_ALGORITHM_UNSUPPORTED, a->box, NULL);
    else
        tell(v, a, c, jz_bind_data(v->c->asset, &b, &bound, &err), &bound, &err);
    jz_free(exclusion);
}

/* ---- c2pa.hash.boxes ---- */

static bool read_names(jz_check *v, const jz_cbor *map, jz_boxes_entry *e, jz_bytes **out)
{
    jz_cbor list;
    jz_cbor one;
    void *room = NULL;
    size_t n = 0;
    if (!jz_cbor_get(map, "names", &list) || !jz_read_list(v, &list, sizeof **out, &room, &n))
        return false;
    *out = room;
    e->name = room;
    jz_cbor_iter it = jz_cbor_in(&list);
    while (jz_cbor_next(&it, &one)) {
        if (one.kind != JZ_CBOR_TEXT)
            return false;
        (*out)[e->n_name++] = one.body;
    }
    return e->n_name > 0;
}

static bool read_entry(jz_check *v, const jz_assertion *a, const jz_cbor *map, jz_boxes_entry *e,
                       jz_bytes **names)
{
    jz_cbor value;
    e->hash = jz_read_bytes(map, "hash");
    e->excluded = jz_cbor_get(map, "excluded", &value) && jz_cbor_is_true(&value);
    return e->hash.ptr != NULL && jz_read_alg(v, map, jz_cbor_get_text(&a->root, "alg"), &e->alg) &&
           read_names(v, map, e, names);
}

typedef struct boxes_room {
    jz_boxes_entry *entry;
    jz_bytes **names;
    size_t n;
} boxes_room;

static bool read_boxes(jz_check *v, const jz_assertion *a, boxes_room *r)
{
    jz_cbor list;
    jz_cbor one;
    void *entries = NULL;
    void *names = NULL;
    size_t n = 0;
    if (!jz_cbor_get(&a->root, "boxes", &list) ||
        !jz_read_list(v, &list, sizeof *r->entry, &entries, &n))
        return false;
    r->entry = entries;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what is wanted */
    if (!jz_read_list(v, &list, sizeof *r->names, &names, &n))
        return false;
    r->names = names;
    jz_cbor_iter it = jz_cbor_in(&list);
    while (jz_cbor_next(&it, &one)) {
        const size_t i = r->n++;
        if (!read_entry(v, a, &one, &r->entry[i], &r->names[i]))
            return false;
    }
    return true;
}

static void check_boxes(jz_check *v, const jz_assertion *a, const binding_class *c)
{
    boxes_room r = { 0 };
    jz_bound bound = { 0 };
    jz_err err = { 0 };
    if (read_boxes(v, a, &r)) {
        const jz_boxes_binding b = { .entry = r.entry, .n = r.n };
        tell(v, a, c, jz_bind_boxes(v->c->asset, &b, &bound, &err), &bound, &err);
    } else {
        malformed(v, a, c, "boxes that cannot be read");
    }
    for (size_t i = 0; i < r.n; i++)
        jz_free(r.names[i]);
    jz_free(r.names);
    jz_free(r.entry);
}

/* ---- c2pa.hash.bmff ---- */

static jz_status bind_bmff(jz_check *v, const jz_bmff_room *r, const jz_bmff_binding *as,
                           jz_bound *out, jz_err *err)
{
    jz_bmff_binding b = *as;
    b.exclusion = r->exclusion;
    b.n = r->n;
    b.merkle = r->merkle;
    b.n_merkle = r->n_merkle;
    return jz_bind_bmff(v->c->asset, &b, out, err);
}

static void check_bmff(jz_check *v, const jz_assertion *a, const binding_class *c)
{
    jz_bmff_room r = { 0 };
    jz_bound bound = { 0 };
    jz_err err = { 0 };
    jz_bmff_binding b = {
        .version = c->version,
        .hash = jz_read_bytes(&a->root, "hash"),
        .hashed = is_hashed(v, a),
        .read_proof = jz_bmff_read_proof,
    };
    if (!jz_bmff_read_exclusions(v, &a->root, &r) || !jz_bmff_read_trees(v, a, &r))
        malformed(v, a, c, "exclusions or trees that cannot be read");
    else if (!jz_read_alg(v, &a->root, (jz_bytes){ 0 }, &b.alg))
        jz_found(v, JZ_C_ALGORITHM_UNSUPPORTED, a->box, NULL);
    else
        tell(v, a, c, bind_bmff(v, &r, &b, &bound, &err), &bound, &err);
    jz_bmff_room_done(&r);
}

void jz_binding_check(jz_check *v, bool updated)
{
    size_t n = 0;
    const jz_assertion *a = find_binding(v->m, &n);
    const binding_class *c = a != NULL ? class_of(a->name) : NULL;
    if (n != 1 || c == NULL || a->root.raw.ptr == NULL)
        return; /* told already */
    switch (c->form) {
    case FORM_DATA:
        check_data(v, a, c, updated);
        break;
    case FORM_BMFF:
        check_bmff(v, a, c);
        break;
    case FORM_BOXES:
        check_boxes(v, a, c);
        break;
    case FORM_OTHER:
        jz_found(v, JZ_C_GENERAL_ERROR, a->box, "collections of files are not read here");
        break;
    }
}

/* ---- the file as it may have been ---- */

static jz_status data_without(jz_check *v, const jz_assertion *a, jz_undo_try *u, jz_err *err)
{
    jz_range *exclusion = NULL;
    jz_data_binding b = { 0 };
    const bool ok =
        jz_data_read(v, a, &b, &exclusion) && jz_read_alg(v, &a->root, (jz_bytes){ 0 }, &b.alg);
    const jz_status st = ok ? jz_bind_without(v->c->asset, &b, u, err) : JZ_OK;
    jz_free(exclusion);
    return st;
}

/* Boxes have their offsets hashed: only what is at the end can be thought away. */
static jz_status bmff_without(jz_check *v, const jz_assertion *a, const binding_class *c,
                              jz_undo_try *u, jz_err *err)
{
    jz_bmff_room r = { 0 };
    jz_bound bound = { .verdict = JZ_BIND_MISMATCH };
    jz_source *src = v->c->asset->src;
    const uint64_t size = src->size;
    jz_status st = JZ_OK;
    jz_bmff_binding b = {
        .version = c->version,
        .hash = jz_read_bytes(&a->root, "hash"),
        .read_proof = jz_bmff_read_proof,
    };
    u->read = u->n == 1 && u->skip[0].at + u->skip[0].size == size &&
              jz_bmff_read_exclusions(v, &a->root, &r) && jz_bmff_read_trees(v, a, &r) &&
              jz_read_alg(v, &a->root, (jz_bytes){ 0 }, &b.alg);
    if (u->read) {
        src->size = u->skip[0].at;
        st = bind_bmff(v, &r, &b, &bound, err);
        src->size = size;
    }
    u->holds = st == JZ_OK && bound.verdict == JZ_BIND_MATCH;
    jz_bmff_room_done(&r);
    return st;
}

jz_status jz_binding_without(jz_credentials *c, const jz_manifest *m, jz_undo_try *u, jz_err *err)
{
    size_t n = 0;
    jz_manifest *of = (jz_manifest *)(uintptr_t)m; /* only read */
    jz_check v = { .c = c, .m = of };
    const jz_assertion *a = find_binding(m, &n);
    const binding_class *cls = a != NULL ? class_of(a->name) : NULL;
    u->read = false;
    u->holds = false;
    if (n != 1 || cls == NULL || a->root.raw.ptr == NULL)
        return JZ_OK;
    return cls->form == FORM_DATA   ? data_without(&v, a, u, err)
           : cls->form == FORM_BMFF ? bmff_without(&v, a, cls, u, err)
                                    : JZ_OK;
}
