/* SPDX-License-Identifier: Apache-2.0 */
/* What bind_bmff.c and bind_merkle.c share: hashing boxes at the top of a file. */
#ifndef JZ_BIND_BMFF_H
#define JZ_BIND_BMFF_H

#include "provenance/bmff_rules.h"
#include "provenance/hasher.h"

typedef struct jz_bmff_hash {
    jz_source *src;
    jz_rules rules;
    jz_hasher hasher;
    bool offsets; /* each box's is hashed before it: from version 2 on */
} jz_bmff_hash;

/* The box, without what is left out. */
JZ_CHECKED jz_status jz_bmff_hash_box(jz_bmff_hash *h, const jz_box *box, jz_err *err);
/* The next box at the top, or, where the bytes are none, all that is left of the file in *rest. */
JZ_CHECKED jz_status jz_bmff_top(jz_span *s, jz_box *out, bool *more, jz_range *rest, jz_err *err);

/* The Merkle trees of a file that has been found to match otherwise. out is JZ_BIND_MATCH before.
 */
JZ_CHECKED jz_status jz_bind_merkle(jz_bmff_hash *h, const jz_bmff_binding *b, jz_bound *out,
                                    jz_err *err);

#endif
