/* SPDX-License-Identifier: Apache-2.0 */
/* The assertions that a signer writes (18). */
#ifndef JZ_SIGN_PARTS_H
#define JZ_SIGN_PARTS_H

#include "provenance/check.h"
#include "provenance/draft.h"

/* All but the hard binding: ingredient, actions, soft bindings, one's own. parent: what was found
 * of the file that this one was made from; NULL: this is a new work. */
JZ_CHECKED jz_status jz_sign_parts(jz_draft *d, const jz_sign_opts *o, const jz_credentials *parent,
                                   jz_err *err);
/* c2pa.ingredient.v3 of it (ingredient_write.c), and its manifests as peers. */
JZ_CHECKED jz_status jz_sign_ingredient(jz_draft *d, const jz_credentials *parent,
                                        jz_draft_part **out, jz_err *err);

/* The manifests of a store as peers (ingredient_write.c). */
JZ_CHECKED jz_status jz_sign_peers(jz_draft *d, const jz_jumbf *store, jz_err *err);
/* c2pa.time-stamp of another manifest (18.17). */
JZ_CHECKED jz_status jz_sign_time_stamp(jz_draft *d, jz_bytes manifest, jz_bytes token,
                                        jz_err *err);

/* The content of the hard binding. c2pa.hash.data of a file with so many ranges at most has always
 * the same size. */
#define JZ_SIGN_RANGES_MAX 1024
JZ_CHECKED jz_status jz_put_hash_data(jz_buf *out, const jz_range *range, size_t n, size_t most,
                                      const uint8_t digest[JZ_DIGEST_BYTES], jz_err *err);
/* c2pa.hash.bmff.v3 with the usual exclusions. */
void jz_put_hash_bmff(jz_buf *out, const uint8_t digest[JZ_DIGEST_BYTES]);

#endif
