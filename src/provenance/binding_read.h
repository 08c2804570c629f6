/* SPDX-License-Identifier: Apache-2.0 */
/* The CBOR of hard bindings (18.5 to 18.7) as the values that asset.h wants. */
#ifndef JZ_BINDING_READ_H
#define JZ_BINDING_READ_H

#include "provenance/check.h"

/* A list of zeroed elements, as many as the list has, and one more; *n is set to 0. False where it
 * is no list, is too long, or there is no memory, which is remembered. *out is freed with
 * jz_free(). */
bool jz_read_list(jz_check *v, const jz_cbor *list, size_t elem, void **out, size_t *n);
bool jz_read_uint(const jz_cbor *map, const char *key, uint64_t *out);
jz_bytes jz_read_bytes(const jz_cbor *map, const char *key); /* ptr NULL: none */
/* False where it is absent, or null as old signers wrote. */
bool jz_read_present(const jz_cbor *map, const char *key, jz_cbor *out);
/* The map's own algorithm, else outer, else the claim's. */
bool jz_read_alg(const jz_check *v, const jz_cbor *map, jz_bytes outer, jz_digest_alg *out);
/* [{start, length}] or, with names of its own, [{offset, length}]; *out is freed with jz_free(),
 * whatever comes of it. */
bool jz_read_ranges(jz_check *v, const jz_cbor *list, const char *first, jz_range **out, size_t *n);

/* The content of a data hash but for its algorithm; *exclusion, which out borrows, is the caller's
 * to free, whatever comes of it. */
bool jz_data_read(jz_check *v, const jz_assertion *a, jz_data_binding *out, jz_range **exclusion);

/* Where the file as a whole is no longer what was signed, its parts may be, without some that may
 * be missing: validates c2pa.hash.multi-asset (15.12.4). False: the manifest has none. */
bool jz_parts_check(jz_check *v);

/* ---- c2pa.hash.bmff ---- */

typedef struct jz_bmff_room { /* what a jz_bmff_binding borrows */
    jz_bmff_exclusion *exclusion;
    size_t n;
    jz_merkle_map *merkle;
    size_t n_merkle;
} jz_bmff_room;

void jz_bmff_room_done(jz_bmff_room *r);
bool jz_bmff_read_exclusions(jz_check *v, const jz_cbor *root, jz_bmff_room *r);
/* True also where there are no trees. */
bool jz_bmff_read_trees(jz_check *v, const jz_assertion *a, jz_bmff_room *r);
/* As jz_bmff_binding wants it. */
JZ_CHECKED jz_status jz_bmff_read_proof(void *user, jz_bytes cbor, jz_merkle_proof *out,
                                        jz_err *err);

#endif
