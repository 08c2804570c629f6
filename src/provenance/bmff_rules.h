/* SPDX-License-Identifier: Apache-2.0 */
/* The exclusions of c2pa.hash.bmff (C2PA 2.2, 18.6.2) applied to a box at the top of a file: which
 * of its bytes are left out. For bind_bmff.c and bind_merkle.c. */
#ifndef JZ_BMFF_RULES_H
#define JZ_BMFF_RULES_H

#include "media/carrier/bmff.h"
#include "provenance/asset_class.h"

#define JZ_RULES_MAX 256   /* exclusions of one assertion */
#define JZ_RULE_PARTS 4096 /* subsets of one, all matches of data of one */

typedef struct jz_rule_node {
    char type[4];
    uint32_t index; /* 1-based among boxes of that type; 0: any */
} jz_rule_node;

typedef struct jz_rule {
    const jz_bmff_exclusion *x;
    size_t depth;
    jz_rule_node node[JZ_BOX_DEPTH];
} jz_rule;

typedef struct jz_rules { /* = { 0 }; freed with jz_rules_done() */
    jz_rule *rule;
    size_t n;
    uint32_t seen[JZ_BOX_DEPTH][JZ_RULES_MAX]; /* boxes that fit a rule's node, so far */
    jz_ranges out;                             /* of the present box: rising, not overlapping */
    bool whole;                                /* all of it */
} jz_rules;
void jz_rules_done(jz_rules *r);
/* x is borrowed. JZ_E_INVAL for an exclusion that contradicts the specification, JZ_E_LIMIT,
 * JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_rules_read(const jz_bmff_exclusion *x, size_t n, jz_rules *out,
                                   jz_err *err);
/* Boxes at the top, in the file's order: what of the box is left out goes to r->out and r->whole.
 * A box within that is damaged is no box. JZ_E_LIMIT for more than 65536 ranges in one box. */
JZ_CHECKED jz_status jz_rules_apply(jz_rules *r, const jz_box *box, jz_err *err);
/* From here on, the next box is the first one. */
void jz_rules_rewind(jz_rules *r);

static inline void jz_rules_donep(jz_rules *r)
{
    jz_rules_done(r);
}
#define JZ_RULES_AUTO __attribute__((cleanup(jz_rules_donep))) jz_rules

#endif
