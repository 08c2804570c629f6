/* SPDX-License-Identifier: Apache-2.0 */
/* The form of a CMS SignedData (RFC 5652, 5), checked byte by byte where the signatures in it do
 * not reach: versions, names of algorithms and their parameters, the reference to the certificate.
 * What verifies signatures passes over most of that, so that a byte could change unnoticed.
 * Threads: any. */
#ifndef JZ_SIGNED_DATA_H
#define JZ_SIGNED_DATA_H

#include <jz/base.h>

typedef enum jz_signed_kind {
    JZ_SIGNED_DETACHED, /* of type data, without its content */
    JZ_SIGNED_STAMP,    /* a TSTInfo, with its content; one signature */
} jz_signed_kind;

/* content: NULL, or set to what is signed, borrowed from der; empty where it is detached. der: one
 * ContentInfo. JZ_E_CORRUPT and kin of der.h, JZ_E_UNSUPPORTED for another algorithm, naming it. */
JZ_CHECKED jz_status jz_signed_data_check(jz_bytes der, jz_signed_kind kind, jz_bytes *content,
                                          jz_err *err);

#endif
