/* SPDX-License-Identifier: Apache-2.0 */
/* What ties a picture to its manifest by how it looks (C2PA 2.2, 9.3): its PDQ hash, and our
 * invisible mark, whose payload the manifest repeats. The file is decoded for it, in the sandbox.
 */
#ifndef JZ_SOFT_BINDING_H
#define JZ_SOFT_BINDING_H

#include <jz/hash.h>
#include <jz/provenance.h>
#include <jz/watermark.h>

#define JZ_SOFT_PDQ "cn.jianzhen.pdq" /* the algorithm's name, on no list of C2PA's */
#define JZ_SOFT_MARK_SIZE 8           /* bytes of a mark's value */

typedef struct jz_soft_tools { /* = { 0 }; ended with jz_soft_done() */
    jz_sandbox *sandbox;
    jz_decoder *decoder;
    jz_watermark_keys keys;
} jz_soft_tools;

/* mark_keys: a folder of keys of marks; NULL: marks are not looked for. */
JZ_CHECKED jz_status jz_soft_open(const char *mark_keys, jz_soft_tools *out, jz_err *err);
void jz_soft_done(jz_soft_tools *t);

/* JZ_E_UNSUPPORTED for what is no picture. */
JZ_CHECKED jz_status jz_soft_pdq(const jz_soft_tools *t, int fd, uint8_t digest[JZ_PDQ_SIZE],
                                 jz_err *err);
typedef struct jz_soft_found { /* a mark in a file */
    uint64_t payload;
    uint8_t value[JZ_SOFT_MARK_SIZE]; /* the payload, as a soft binding has it */
    size_t key;                       /* which of the keys */
} jz_soft_found;
/* JZ_E_NOTFOUND where the file has no mark of one of the keys. */
JZ_CHECKED jz_status jz_soft_mark(const jz_soft_tools *t, int fd, jz_soft_found *out, jz_err *err);

typedef enum jz_soft_verdict {
    JZ_SOFT_NOT_COMPARED, /* another's algorithm, or no key of a mark */
    JZ_SOFT_FITS,
    JZ_SOFT_DIFFERS,
} jz_soft_verdict;
/* "not_compared", "fits", "differs" */
const char *jz_soft_verdict_name(jz_soft_verdict v);
/* *bits: of a PDQ hash, that differ. Fails where the file cannot be decoded. */
JZ_CHECKED jz_status jz_soft_compare(const jz_soft_tools *t, int fd,
                                     const jz_credential_soft_binding *b, jz_soft_verdict *out,
                                     uint32_t *bits, jz_err *err);

#endif
