/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/binding_read.h"

#include "base/alloc.h"

#define PARTS_MAX 65536 /* of one list in a binding */

/* ---- parts ---- */

/* An allocated list for count elements. */
bool jz_read_list(jz_check *v, const jz_cbor *list, size_t elem, void **out, size_t *n)
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

bool jz_read_uint(const jz_cbor *map, const char *key, uint64_t *out)
{
    jz_cbor v;
    if (!jz_cbor_get_kind(map, key, JZ_CBOR_UINT, &v))
        return false;
    *out = v.value;
    return true;
}

jz_bytes jz_read_bytes(const jz_cbor *map, const char *key)
{
    jz_cbor v;
    return jz_cbor_get_kind(map, key, JZ_CBOR_BYTES, &v) ? v.body : (jz_bytes){ 0 };
}

/* Absent, or null as old signers wrote. */
bool jz_read_present(const jz_cbor *map, const char *key, jz_cbor *out)
{
    return jz_cbor_get(map, key, out) && !jz_cbor_is_null(out);
}

bool jz_read_alg(const jz_check *v, const jz_cbor *map, jz_bytes outer, jz_digest_alg *out)
{
    const jz_bytes own = jz_cbor_get_text(map, "alg");
    const jz_bytes name = own.ptr != NULL ? own : outer.ptr != NULL ? outer : v->m->alg;
    return jz_digest_alg_of(name, out);
}

/* [{start, length}] or, with names of its own, [{offset, length}]. */
bool jz_read_ranges(jz_check *v, const jz_cbor *list, const char *first, jz_range **out, size_t *n)
{
    jz_cbor one;
    void *room = NULL;
    if (!jz_read_list(v, list, sizeof **out, &room, n))
        return false;
    *out = room;
    jz_cbor_iter it = jz_cbor_in(list);
    while (jz_cbor_next(&it, &one)) {
        jz_range *r = &(*out)[(*n)++];
        if (!jz_read_uint(&one, first, &r->at) || !jz_read_uint(&one, "length", &r->size))
            return false;
    }
    return true;
}

/* ---- c2pa.hash.data ---- */

bool jz_data_read(jz_check *v, const jz_assertion *a, jz_data_binding *b, jz_range **exclusion)
{
    jz_cbor list;
    bool ok = true;
    b->hash = jz_read_bytes(&a->root, "hash");
    if (b->hash.ptr != NULL && jz_read_present(&a->root, "exclusions", &list))
        ok = jz_read_ranges(v, &list, "start", exclusion, &b->n);
    b->exclusion = *exclusion;
    return ok && b->hash.ptr != NULL;
}

/* ---- c2pa.hash.bmff ---- */

void jz_bmff_room_done(jz_bmff_room *r)
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
    if (!jz_read_list(v, list, sizeof *e->match, &room, &e->n_match))
        return false;
    jz_bmff_match *m = room;
    e->match = m;
    jz_cbor_iter it = jz_cbor_in(list);
    while (jz_cbor_next(&it, &one)) {
        m->value = jz_read_bytes(&one, "value");
        if (m->value.ptr == NULL || !jz_read_uint(&one, "offset", &m->offset))
            return false;
        m++;
        e->n_match++;
    }
    return true;
}

static bool read_flags(const jz_cbor *map, jz_bmff_exclusion *e)
{
    jz_cbor v;
    if (jz_read_present(map, "flags", &v)) {
        if (v.kind != JZ_CBOR_BYTES || v.body.len != sizeof e->flags)
            return false;
        e->has_flags = true;
        memcpy(e->flags, v.body.ptr, sizeof e->flags);
    }
    if (jz_read_present(map, "exact", &v)) {
        if (v.kind != JZ_CBOR_SIMPLE)
            return false;
        e->inexact = !jz_cbor_is_true(&v);
    }
    return true;
}

static bool read_optional(const jz_cbor *map, const char *key, bool *has, uint64_t *out)
{
    jz_cbor v;
    if (!jz_read_present(map, key, &v))
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
    if (jz_read_present(map, "data", &list) && !read_matches(v, &list, e))
        return false;
    if (!jz_read_present(map, "subset", &list))
        return true;
    const bool ok = jz_read_ranges(v, &list, "offset", &subset, &e->n_subset);
    e->subset = subset;
    return ok;
}

bool jz_bmff_read_exclusions(jz_check *v, const jz_cbor *root, jz_bmff_room *r)
{
    jz_cbor list;
    jz_cbor one;
    void *room = NULL;
    size_t n = 0;
    if (!jz_cbor_get(root, "exclusions", &list) ||
        !jz_read_list(v, &list, sizeof *r->exclusion, &room, &n))
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
        !jz_read_list(v, &list, sizeof *m->hash, &room, &m->n_hash))
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
    if (!jz_read_present(map, "variableBlockSizes", &list))
        return true;
    if (!jz_read_list(v, &list, sizeof *m->block, &room, &m->n_block))
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

bool jz_bmff_read_trees(jz_check *v, const jz_assertion *a, jz_bmff_room *r)
{
    jz_cbor list;
    jz_cbor one;
    void *room = NULL;
    size_t n = 0;
    if (!jz_read_present(&a->root, "merkle", &list))
        return true;
    if (!jz_read_list(v, &list, sizeof *r->merkle, &room, &n))
        return false;
    r->merkle = room;
    jz_cbor_iter it = jz_cbor_in(&list);
    while (jz_cbor_next(&it, &one)) {
        jz_merkle_map *m = &r->merkle[r->n_merkle++];
        m->init_hash = jz_read_bytes(&one, "initHash");
        if (!jz_read_uint(&one, "uniqueId", &m->unique_id) ||
            !jz_read_uint(&one, "localId", &m->local_id) ||
            !jz_read_uint(&one, "count", &m->count) ||
            !jz_read_alg(v, &one, jz_cbor_get_text(&a->root, "alg"), &m->alg) ||
            !read_hashes(v, &one, m) || !read_blocks(v, &one, m))
            return false;
    }
    return true;
}

/* The CBOR in a box of purpose "merkle", which may have zeros behind it. */
jz_status jz_bmff_read_proof(void *user, jz_bytes cbor, jz_merkle_proof *out, jz_err *err)
{
    jz_cbor root;
    jz_cbor list;
    jz_cbor one;
    jz_merkle_proof p = { 0 };
    (void)user;
    JZ_TRY(jz_cbor_parse_front(cbor, "Merkle proof", NULL, &root, err));
    if (!jz_read_uint(&root, "uniqueId", &p.unique_id) ||
        !jz_read_uint(&root, "localId", &p.local_id) ||
        !jz_read_uint(&root, "location", &p.location))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a Merkle proof without its place");
    if (jz_read_present(&root, "hashes", &list)) {
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
