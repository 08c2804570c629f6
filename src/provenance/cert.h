/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of signers and of time stamping authorities, by OpenSSL: the profile that C2PA
 * wants (14.5.1), chains to trust lists, signatures. Threads: any. */
#ifndef JZ_CERT_H
#define JZ_CERT_H

#include "provenance/cose.h"

#include <jz/provenance.h>

#include <openssl/x509.h>

JZ_DEFINE_AUTO(X509, X509_free);

static inline void jz_certs_free(STACK_OF(X509) * certs)
{
    sk_X509_pop_free(certs, X509_free);
}

#define JZ_CERT_NAME 128
#define JZ_CERT_SERIAL 72
#define JZ_CERT_WHY 160

typedef struct jz_cert_info {
    char name[JZ_CERT_NAME];   /* organisation, else common name */
    char issuer[JZ_CERT_NAME]; /* the same of the issuer */
    char serial[JZ_CERT_SERIAL];
    int64_t not_before_us, not_after_us; /* microseconds since 1970; 0 where unreadable */
} jz_cert_info;

/* The certificates of DER, leaf first; freed with jz_certs_free(). JZ_E_CORRUPT, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_certs_parse(const jz_bytes *der, size_t n, STACK_OF(X509) * *out,
                                    jz_err *err);
void jz_cert_describe(const X509 *cert, jz_cert_info *out);
/* One field of a name, "" where it is not there: its NID in text, UTF-8. */
void jz_cert_name_field(const X509_NAME *name, int nid, char *text, size_t size);
/* Whether it may sign manifests; if not, why says which rule it breaks. certs: with its chain. */
bool jz_cert_may_sign(STACK_OF(X509) * certs, char why[JZ_CERT_WHY]);
bool jz_cert_valid_at(const X509 *cert, int64_t at_us);

/* Whether a certificate leads to the list, as of a time. chain: others that may be needed. */
bool jz_trust_leads(const jz_trust *t, jz_trust_use use, X509 *cert, STACK_OF(X509) * chain,
                    int64_t at_us);

/* Whether signature is the certificate's over message. Sets why where not. An algorithm that the
 * key is not for is no signature. */
bool jz_cert_verify(X509 *cert, jz_cose_alg alg, jz_bytes message, jz_bytes signature,
                    char why[JZ_CERT_WHY]);

/* Microseconds since 1970; 0 where t is none. */
int64_t jz_asn1_time_us(const ASN1_TIME *t);

#endif
