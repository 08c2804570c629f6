/* SPDX-License-Identifier: Apache-2.0 */
/* Hard bindings (15.12): the assertions, as the values that asset.h wants. */
#include "base/alloc.h"
#include "provenance/check.h"

#include <string.h>

#define PARTS_MAX 65536 /* of one list in a binding */

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

/* ---- reading ---- */

/* An allocated list for count elements. */
static bool make_list(jz_check *v, const jz_cbor *list, size_t elem, void **out, size_t *n)
{
    const size_t count = jz_cbor_count(list);
    if (list->kind != JZ_CBOR_ARRAY || count > PARTS_MAX)
        return false;
    *out = jz_alloc_zero(count + 1, elem);
    if (*out == NULL)
        jz_keep_failure(v->c, JZ_E_NOMEM, NULL);
    *n = 0;
    return *out != NULL;
}

static bool get_uint(const jz_cbor *map, const char *key, uint64_t *out)
{
    jz_cbor v;
    if (!jz_cbor_get_kind(map, key, JZ_CBOR_UINT, &v))
        return false;
    *out = v.value;
    return true;
}

static jz_bytes get_bytes(const jz_cbor *map, const char *key)
{
    jz_cbor v;
    return jz_cbor_get_kind(map, key, JZ_CBOR_BYTES, &v) ? v.body : (jz_bytes){ 0 };
}

/* Absent, or null as old signers wrote. */
static bool get_list(const jz_cbor *map, const char *key, jz_cbor *out)
{
    return jz_cbor_get(map, key, out) && !jz_cbor_is_null(out);
}

static bool read_alg(const jz_check *v, const jz_cbor *map, jz_bytes outer, jz_digest_alg *out)
{
    const jz_bytes own = jz_cbor_get_text(map, "alg");
    const jz_bytes name = own.ptr != NULL ? own : outer.ptr != NULL ? outer : v->m->alg;
    return jz_digest_alg_of(name, out);
}

/* [{start, length}] or, with names of its own, [{offset, length}]. */
static bool read_ranges(jz_check *v, const jz_cbor *list, const char *first, jz_range **out,
                        size_t *n)
{
    jz_cbor one;
    void *room = NULL;
    if (!make_list(v, list, sizeof **out, &room, n))
        return false;
    *out = room;
    jz_cbor_iter it = jz_cbor_in(list);
    while (jz_cbor_next(&it, &one)) {
        jz_range *r = &(*out)[(*n)++];
        if (!get_uint(&one, first, &r->at) || !get_uint(&one, "length", &r->size))
            return false;
    }
    return true;
}

/* ---- what comes of it ---- */

static void tell(jz_check *v, const jz_assertion *a, const binding_class *c, jz_status st,
                 const jz_bound *b, const jz_err *err)
{
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

/* ---- c2pa.hash.data ---- */

static void check_data(jz_check *v, const jz_assertion *a, const binding_class *c, bool updated)
{
    jz_cbor list;
    jz_range *exclusion = NULL;
    jz_bound bound = { 0 };
    jz_err err = { 0 };
    jz_data_binding b = { .hash = get_bytes(&a->root, "hash"), .updated = updated };
    bool ok = b.hash.ptr != NULL;
    if (ok && get_list(&a->root, "exclusions", &list))
        ok = read_ranges(v, &list, "start", &exclusion, &b.n);
    b.exclusion = exclusion;
    if (!ok)
        malformed(v, a, c, "no hash, or exclusions that cannot be read");
    else if (!read_alg(v, &a->root, (jz_bytes){ 0 }, &b.alg))
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
    if (!jz_cbor_get(map, "names", &list) || !make_list(v, &list, sizeof **out, &room, &n))
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
    e->hash = get_bytes(map, "hash");
    e->excluded = jz_cbor_get(map, "excluded", &value) && jz_cbor_is_true(&value);
    return e->hash.ptr != NULL && read_alg(v, map, jz_cbor_get_text(&a->root, "alg"), &e->alg) &&
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
        !make_list(v, &list, sizeof *r->entry, &entries, &n))
        return false;
    r->entry = entries;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what is wanted */
    if (!make_list(v, &list, sizeof *r->names, &names, &n))
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

typedef struct bmff_room { /* what a jz_bmff_binding borrows */
    jz_bmff_exclusion *exclusion;
    size_t n;
    jz_merkle_map *merkle;
    size_t n_merkle;
} bmff_room;

static void bmff_done(bmff_room *r)
{
    for (size_t i = 0; i < r->n; i++) {
        jz_free((void *)(uintptr_t)r->exclusion[i].match);
        jz_free((void *)(uintptr_t)r->exclusion[i].subset);
    }
    for (size_t i = 0; i < r->n_merkle; i++) {
        jz_free((void *)(uintptr_t)r->merkle[i].hash);
        jz_free((void *)(uintptr_t)r->merkle[i].block);
    }
    jz_free(r->exclusion);
    jz_free(r->merkle);
}

static bool read_matches(jz_check *v, const jz_cbor *list, jz_bmff_exclusion *e)
{
    jz_cbor one;
    void *room = NULL;
    if (!make_list(v, list, sizeof *e->match, &room, &e->n_match))
        return false;
    jz_bmff_match *m = room;
    e->match = m;
    jz_cbor_iter it = jz_cbor_in(list);
    while (jz_cbor_next(&it, &one)) {
        m->value = get_bytes(&one, "value");
        if (m->value.ptr == NULL || !get_uint(&one, "offset", &m->offset))
            return false;
        m++;
        e->n_match++;
    }
    return true;
}

static bool read_flags(const jz_cbor *map, jz_bmff_exclusion *e)
{
    jz_cbor v;
    if (get_list(map, "flags", &v)) {
        if (v.kind != JZ_CBOR_BYTES || v.body.len != sizeof e->flags)
            return false;
        e->has_flags = true;
        memcpy(e->flags, v.body.ptr, sizeof e->flags);
    }
    if (get_list(map, "exact", &v)) {
        if (v.kind != JZ_CBOR_SIMPLE)
            return false;
        e->inexact = !jz_cbor_is_true(&v);
    }
    return true;
}

static bool read_optional(const jz_cbor *map, const char *key, bool *has, uint64_t *out)
{
    jz_cbor v;
    if (!get_list(map, key, &v))
        return true;
    *has = v.kind == JZ_CBOR_UINT;
    *out = v.value;
    return *has;
}

static bool read_exclusion(jz_check *v, const jz_cbor *map, jz_bmff_exclusion *e)
{
    jz_cbor list;
    jz_range *subset = NULL;
    e->xpath = jz_cbor_get_text(map, "xpath");
    if (e->xpath.ptr == NULL || !read_optional(map, "length", &e->has_length, &e->length) ||
        !read_optional(map, "version", &e->has_version, &e->version) || !read_flags(map, e))
        return false;
    if (get_list(map, "data", &list) && !read_matches(v, &list, e))
        return false;
    if (!get_list(map, "subset", &list))
        return true;
    const bool ok = read_ranges(v, &list, "offset", &subset, &e->n_subset);
    e->subset = subset;
    return ok;
}

static bool read_exclusions(jz_check *v, const jz_cbor *root, bmff_room *r)
{
    jz_cbor list;
    jz_cbor one;
    void *room = NULL;
    size_t n = 0;
    if (!jz_cbor_get(root, "exclusions", &list) ||
        !make_list(v, &list, sizeof *r->exclusion, &room, &n))
        return false;
    r->exclusion = room;
    jz_cbor_iter it = jz_cbor_in(&list);
    while (jz_cbor_next(&it, &one)) {
        if (!read_exclusion(v, &one, &r->exclusion[r->n++]))
            return false;
    }
    return true;
}

static bool read_hashes(jz_check *v, const jz_cbor *map, jz_merkle_map *m)
{
    jz_cbor list;
    jz_cbor one;
    void *room = NULL;
    if (!jz_cbor_get(map, "hashes", &list) ||
        !make_list(v, &list, sizeof *m->hash, &room, &m->n_hash))
        return false;
    jz_bytes *h = room;
    m->hash = h;
    jz_cbor_iter it = jz_cbor_in(&list);
    while (jz_cbor_next(&it, &one)) {
        if (one.kind != JZ_CBOR_BYTES)
            return false;
        h[m->n_hash++] = one.body;
    }
    return true;
}

static bool read_blocks(jz_check *v, const jz_cbor *map, jz_merkle_map *m)
{
    jz_cbor list;
    jz_cbor one;
    void *room = NULL;
    bool fixed = false;
    if (!read_optional(map, "fixedBlockSize", &fixed, &m->fixed_block))
        return false;
    if (!get_list(map, "variableBlockSizes", &list))
        return true;
    if (!make_list(v, &list, sizeof *m->block, &room, &m->n_block))
        return false;
    uint64_t *b = room;
    m->block = b;
    jz_cbor_iter it = jz_cbor_in(&list);
    while (jz_cbor_next(&it, &one)) {
        if (one.kind != JZ_CBOR_UINT)
            return false;
        b[m->n_block++] = one.value;
    }
    return true;
}

static bool read_merkle(jz_check *v, const jz_assertion *a, bmff_room *r)
{
    jz_cbor list;
    jz_cbor one;
    void *room = NULL;
    size_t n = 0;
    if (!get_list(&a->root, "merkle", &list))
        return true;
    if (!make_list(v, &list, sizeof *r->merkle, &room, &n))
        return false;
    r->merkle = room;
    jz_cbor_iter it = jz_cbor_in(&list);
    while (jz_cbor_next(&it, &one)) {
        jz_merkle_map *m = &r->merkle[r->n_merkle++];
        m->init_hash = get_bytes(&one, "initHash");
        if (!get_uint(&one, "uniqueId", &m->unique_id) ||
            !get_uint(&one, "localId", &m->local_id) || !get_uint(&one, "count", &m->count) ||
            !read_alg(v, &one, jz_cbor_get_text(&a->root, "alg"), &m->alg) ||
            !read_hashes(v, &one, m) || !read_blocks(v, &one, m))
            return false;
    }
    return true;
}

/* The CBOR in a box of purpose "merkle", which may have zeros behind it. */
static jz_status read_proof(void *user, jz_bytes cbor, jz_merkle_proof *out, jz_err *err)
{
    jz_cbor root;
    jz_cbor list;
    jz_cbor one;
    jz_merkle_proof p = { 0 };
    (void)user;
    JZ_TRY(jz_cbor_parse_front(cbor, "Merkle proof", NULL, &root, err));
    if (!get_uint(&root, "uniqueId", &p.unique_id) || !get_uint(&root, "localId", &p.local_id) ||
        !get_uint(&root, "location", &p.location))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a Merkle proof without its place");
    if (get_list(&root, "hashes", &list)) {
        jz_cbor_iter it = jz_cbor_in(&list);
        while (jz_cbor_next(&it, &one)) {
            if (one.kind != JZ_CBOR_BYTES || p.n_hash == JZ_MERKLE_DEPTH)
                return JZ_FAIL(err, JZ_E_CORRUPT, "a Merkle proof with odd hashes");
            p.hash[p.n_hash++] = one.body;
        }
    }
    *out = p;
    return JZ_OK;
}

static void check_bmff(jz_check *v, const jz_assertion *a, const binding_class *c)
{
    bmff_room r = { 0 };
    jz_bound bound = { 0 };
    jz_err err = { 0 };
    jz_bmff_binding b = {
        .version = c->version,
        .hash = get_bytes(&a->root, "hash"),
        .read_proof = read_proof,
    };
    if (!read_exclusions(v, &a->root, &r) || !read_merkle(v, a, &r)) {
        malformed(v, a, c, "exclusions or trees that cannot be read");
    } else if (!read_alg(v, &a->root, (jz_bytes){ 0 }, &b.alg)) {
        jz_found(v, JZ_C_ALGORITHM_UNSUPPORTED, a->box, NULL);
    } else {
        b.exclusion = r.exclusion;
        b.n = r.n;
        b.merkle = r.merkle;
        b.n_merkle = r.n_merkle;
        tell(v, a, c, jz_bind_bmff(v->c->asset, &b, &bound, &err), &bound, &err);
    }
    bmff_done(&r);
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
