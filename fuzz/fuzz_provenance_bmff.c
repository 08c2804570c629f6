/* SPDX-License-Identifier: Apache-2.0 */
/* Exclusions and Merkle trees against a file of boxes. The input: a number of exclusions, each a
 * byte of options, what they need, and a path; a byte for the tree; the rest stands behind ftyp. */
#include "base/rd.h"
#include "provenance/asset.h"

#include <stdlib.h>
#include <string.h>

#define RULES 4

enum { LENGTH = 1, VERSION = 2, FLAGS = 4, INEXACT = 8, MATCH = 16, SUBSET = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct rules {
    jz_bmff_exclusion x[RULES];
    jz_bmff_match match[RULES];
    jz_range subset[RULES][2];
    size_t n;
} rules;

static uint8_t next(jz_rd *rd)
{
    uint8_t v = 0;
    return jz_rd_u8(rd, &v, NULL) == JZ_OK ? v : 0;
}

static jz_bytes take(jz_rd *rd, size_t max)
{
    jz_bytes v = { 0 };
    const size_t n = next(rd) % max;
    return jz_rd_take(rd, n, &v, NULL) == JZ_OK ? v : (jz_bytes){ 0 };
}

static void read_rule(jz_rd *rd, rules *r)
{
    const uint8_t options = next(rd);
    jz_bmff_exclusion *x = &r->x[r->n];
    *x = (jz_bmff_exclusion){ .has_length = (options & LENGTH) != 0,
                              .has_version = (options & VERSION) != 0,
                              .has_flags = (options & FLAGS) != 0,
                              .inexact = (options & INEXACT) != 0 };
    x->length = x->has_length ? next(rd) : 0;
    x->version = x->has_version ? next(rd) : 0;
    x->flags[2] = x->has_flags ? next(rd) : 0;
    if ((options & MATCH) != 0) {
        r->match[r->n] = (jz_bmff_match){ .offset = next(rd), .value = take(rd, 20) };
        x->match = &r->match[r->n];
        x->n_match = 1;
    }
    for (size_t i = 0; (options & SUBSET) != 0 && i < 2; i++) {
        r->subset[r->n][i] = (jz_range){ next(rd), next(rd) };
        x->subset = r->subset[r->n];
        x->n_subset++;
    }
    x->xpath = take(rd, 40);
    r->n++;
}

/* A proof: ids, a location, hashes of 32 bytes. */
static jz_status read_proof(void *user, jz_bytes cbor, jz_merkle_proof *out, jz_err *err)
{
    jz_rd rd = jz_rd_of(cbor, "proof");
    (void)user;
    out->local_id = next(&rd);
    out->location = next(&rd);
    while (out->n_hash < JZ_MERKLE_DEPTH && jz_rd_left(&rd) >= 32) {
        jz_bytes hash;
        JZ_TRY(jz_rd_take(&rd, 32, &hash, err));
        out->hash[out->n_hash++] = hash;
    }
    return JZ_OK;
}

static void bind(jz_asset *a, const rules *r, uint8_t options)
{
    static const uint8_t zero[32];
    static const jz_bytes row[] = { { zero, 32 }, { zero, 32 }, { zero, 32 }, { zero, 32 } };
    uint8_t digest[JZ_DIGEST_BYTES];
    jz_merkle_map tree = { .count = options >> 4, .hash = row, .n_hash = options & 3 };
    tree.fixed_block = (options & 4) != 0 ? 9 : 0;
    tree.init_hash = (options & 8) != 0 ? row[0] : (jz_bytes){ 0 };
    jz_bound out;
    const jz_status st =
        jz_hash_bmff(jz_asset_source(a), JZ_DIGEST_SHA256, r->x, r->n, digest, NULL);
    jz_bmff_binding b = { .version = 3,
                          .exclusion = r->x,
                          .n = r->n,
                          .hash = { digest, 32 },
                          .merkle = &tree,
                          .read_proof = read_proof };
    if (jz_bind_bmff(a, &b, &out, NULL) == JZ_OK && r->n > 0 &&
        (out.verdict == JZ_BIND_MATCH) != (st == JZ_OK))
        abort(); /* the same hash was computed before */
    b.n_merkle = 1;
    if (jz_bind_bmff(a, &b, &out, NULL) == JZ_OK && out.verdict == JZ_BIND_UNKNOWN_BOX)
        abort();
    b.hash = (jz_bytes){ 0 };
    if (jz_bind_bmff(a, &b, &out, NULL) == JZ_OK && out.verdict == JZ_BIND_MATCH && tree.count == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t ftyp[] = "\0\0\0\020ftypisom\0\0\0";
    jz_rd rd = jz_rd_of((jz_bytes){ data, size }, "input");
    JZ_BUF_AUTO file = { 0 };
    rules r = { 0 };
    jz_source src;
    jz_asset *a;
    for (uint8_t n = next(&rd) % (RULES + 1); n > 0; n--)
        read_rule(&rd, &r);
    const uint8_t options = next(&rd);
    jz_buf_put(&file, ftyp, sizeof ftyp);
    jz_buf_put(&file, data + rd.at, size - rd.at);
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)file.ptr, file.len }, &src);
    if (jz_asset_open(&src, &a, NULL) != JZ_OK)
        return 0;
    bind(a, &r, options);
    jz_asset_close(a);
    return 0;
}
