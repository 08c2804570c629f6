/* SPDX-License-Identifier: Apache-2.0 */
/* Time stamps (RFC 3161) and OCSP answers (RFC 6960) that a signature carries. */
#ifndef JZ_TIMESTAMP_H
#define JZ_TIMESTAMP_H

#include "provenance/cert.h"

typedef enum jz_stamp_verdict {
    JZ_STAMP_OK,
    JZ_STAMP_MALFORMED,
    JZ_STAMP_MISMATCH, /* of other bytes */
    JZ_STAMP_OUTSIDE,  /* made when the authority's certificate was not valid */
    JZ_STAMP_UNTRUSTED,
} jz_stamp_verdict;

typedef struct jz_stamp {
    jz_stamp_verdict verdict;
    bool sound;        /* of these bytes, and signed by who it says, trusted or not */
    int64_t at_us;     /* what it says, where it could be read; else 0 */
    jz_cert_info cert; /* the authority's, where it could be read */
    char why[JZ_CERT_WHY];
} jz_stamp;

/* Judges a token, or a whole reply with one, over what was stamped. */
void jz_stamp_check(jz_bytes der, jz_bytes stamped, const jz_trust *trust, jz_stamp *out);

/* The certificate of who signed it; NULL where it cannot be read. The caller frees it. */
X509 *jz_stamp_signer(jz_bytes der);

typedef enum jz_ocsp_verdict {
    JZ_OCSP_NONE, /* none that is about this certificate, sound and of the time that counts */
    JZ_OCSP_GOOD,
    JZ_OCSP_REVOKED,
    JZ_OCSP_UNKNOWN,
} jz_ocsp_verdict;

/* What the answers (DER, n of them) say of the first certificate, whose issuer must be among certs,
 * as of the time of signing. */
jz_ocsp_verdict jz_ocsp_check(const jz_bytes *der, size_t n, STACK_OF(X509) * certs, int64_t at_us,
                              char why[JZ_CERT_WHY]);

#endif
