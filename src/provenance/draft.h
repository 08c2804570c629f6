/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest that is being written (11.1, claim version 2): its assertions, then the claim over
 * them, then the store. Its size does not depend on hashes or the signature, so that it is known
 * before the file is written. */
#ifndef JZ_DRAFT_H
#define JZ_DRAFT_H

#include "provenance/cbor.h"
#include "provenance/jumbf_write.h"

#define JZ_DRAFT_PARTS 48
#define JZ_DRAFT_LABEL 80 /* bytes of a label with its terminator */

typedef struct jz_draft_part { /* an assertion */
    char label[JZ_DRAFT_LABEL];
    uint32_t kind;    /* JZ_JUMBF_CBOR, JZ_JUMBF_JSON or JZ_JUMBF_FILE */
    jz_buf body;      /* its content box's payload */
    const char *type; /* of a file: its media type; borrowed */
} jz_draft_part;

typedef struct jz_draft { /* = { 0 }; begun with jz_draft_begin(), freed with jz_draft_done() */
    char label[64];       /* "urn:c2pa:..." */
    char instance[64];    /* instanceID */
    const char *title;    /* borrowed; NULL: none */
    bool update;          /* an update manifest, else a standard one */
    jz_draft_part part[JZ_DRAFT_PARTS];
    size_t n;
    jz_buf peers; /* the manifests of ingredients, which stand before it: whole boxes */
} jz_draft;

/* Random names. JZ_E_IO. */
JZ_CHECKED jz_status jz_draft_begin(jz_draft *d, jz_err *err);
void jz_draft_done(jz_draft *d);
/* A new assertion at the end; its content goes to (*out)->body. A label that is there already gets
 * "__1", "__2" (6.4). JZ_E_LIMIT, JZ_E_INVAL for a label that JUMBF does not allow. */
JZ_CHECKED jz_status jz_draft_add(jz_draft *d, const char *label, uint32_t kind,
                                  jz_draft_part **out, jz_err *err);
/* {hash, url} of an assertion. */
void jz_draft_put_ref(const jz_draft_part *p, jz_buf *out);
/* The claim; all assertions are listed as created. */
void jz_draft_put_claim(const jz_draft *d, jz_buf *out);
/* The whole store: peers, assertions, claim, signature. */
void jz_draft_put_store(const jz_draft *d, jz_bytes claim, jz_bytes cose, jz_buf *out);
/* {hash, url} of a box that stands elsewhere in the store. payload: what follows its header. */
void jz_put_hashed_uri(jz_buf *out, const char *url, jz_bytes payload);

static inline void jz_draft_donep(jz_draft *d)
{
    jz_draft_done(d);
}
#define JZ_DRAFT_AUTO __attribute__((cleanup(jz_draft_donep))) jz_draft

#endif
