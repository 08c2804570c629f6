/* SPDX-License-Identifier: Apache-2.0 */
/* Content Credentials: who says what about the origin of a file, and whether that still holds.
 * Source: C2PA Technical Specification 2.2 (2025-05); clauses in comments are its. Claims of
 * versions 1 and 2 are read. Media is never decoded, and nothing is ever fetched. */
#ifndef JZ_PROVENANCE_H
#define JZ_PROVENANCE_H

#include <jz/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- whom to trust ---- */

/* Certificates that are trusted, for signers and for time stamps apart (14.4). Threads: one while
 * it is filled, any afterwards. */
typedef struct jz_trust jz_trust;

typedef enum jz_trust_use {
    JZ_TRUST_SIGNERS, /* of manifests */
    JZ_TRUST_TIME,    /* time stamping authorities */
} jz_trust_use;

/* An empty one, which trusts nobody. JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_trust_new(jz_trust **out, jz_err *err);
JZ_API void jz_trust_free(jz_trust *t);
/* Adds the certificates of a PEM file, one at least; each is an anchor whoever issued it.
 * JZ_E_NOTFOUND, JZ_E_IO, JZ_E_LIMIT, JZ_E_CORRUPT, JZ_E_NOMEM; then nothing or some were added. */
JZ_API JZ_CHECKED jz_status jz_trust_add_file(jz_trust *t, jz_trust_use use, const char *path,
                                              jz_err *err);
/* The same from memory. */
JZ_API JZ_CHECKED jz_status jz_trust_add_pem(jz_trust *t, jz_trust_use use, jz_bytes pem,
                                             jz_err *err);

/* ---- what was found ---- */

typedef enum jz_credential_state {
    JZ_CREDENTIALS_NONE,    /* the file has none */
    JZ_CREDENTIALS_INVALID, /* there are some, and something of them does not hold */
    JZ_CREDENTIALS_VALID,   /* all holds, but the signer (or an ingredient's) is not on the list */
    JZ_CREDENTIALS_TRUSTED, /* all holds, and the signers are on the list */
} jz_credential_state;
/* "none", "invalid", "valid", "trusted". Never NULL. */
JZ_API const char *jz_credential_state_name(jz_credential_state s);

typedef enum jz_code_kind {
    JZ_CODE_SUCCESS,
    JZ_CODE_INFORMATIONAL,
    JZ_CODE_FAILURE,
} jz_code_kind;

/* One row of the table of status codes (15.2). Static. */
typedef struct jz_code {
    const char *name; /* "assertion.dataHash.mismatch" */
    jz_code_kind kind;
    const char *reason; /* one sentence for people */
} jz_code;
/* The i-th row; NULL past the end. */
JZ_API const jz_code *jz_code_at(size_t i);
JZ_API const jz_code *jz_code_find(const char *name); /* or NULL */

/* One thing that was found. Text is owned by the jz_credentials. */
typedef struct jz_credential_finding {
    const jz_code *code;
    const char *url;        /* what it is about: a JUMBF URI */
    const char *detail;     /* one line: the values; "" where there is nothing to add */
    size_t manifest;        /* of which manifest, as in jz_credential_manifest_at() */
    const char *ingredient; /* the ingredient assertion by which that manifest was reached; NULL for
                               the active manifest's own findings */
    bool recorded; /* whoever added the ingredient has found and signed the same, so that it does
                      not count now */
} jz_credential_finding;

/* A manifest that was reached from the active one. Text is owned by the jz_credentials; "" where a
 * thing is not stated or could not be read. */
typedef struct jz_credential_manifest {
    const char *label; /* "urn:c2pa:..." */
    const char *title;
    const char *generator;               /* the program that wrote the claim */
    const char *algorithm;               /* "es256", ... */
    const char *signer;                  /* the certificate's organisation, else its common name */
    const char *issuer;                  /* of the certificate */
    const char *serial;                  /* of the certificate, hex */
    const char *time_by;                 /* who stamped the time */
    int64_t not_before_us, not_after_us; /* of the certificate; microseconds since 1970 */
    int64_t signed_us;       /* by a time stamp that holds and is trusted; 0: not known */
    const char *source_type; /* digitalSourceType of the first action that has one */
    unsigned version;        /* of the claim, 1 or 2; 0: not known */
    bool update;             /* an update manifest: the media is an older manifest's */
} jz_credential_manifest;

typedef struct jz_credentials jz_credentials;

typedef struct jz_verify_opts { /* zero-initialise; NULL is the same */
    const jz_trust *trust;      /* borrowed; NULL: nobody is trusted */
    int64_t at_us;              /* microseconds since 1970: now, as far as certificates go; 0 = the
                                   clock's */
} jz_verify_opts;

/* Reads and validates the Content Credentials of a file (fd is borrowed and read with pread()).
 * That there are none, or bad ones, is an answer and no failure. On success *out is new. Takes
 * memory for the manifest store (16 MiB at most) and some for each part of it, and time linear in
 * the file. JZ_E_UNSUPPORTED and JZ_E_NOT_MEDIA for a file that is of no format that can carry
 * credentials, JZ_E_EMPTY, JZ_E_SPECIAL, JZ_E_IO, JZ_E_CHANGED, JZ_E_NOMEM. Threads: any, on
 * different descriptors. */
JZ_API JZ_CHECKED jz_status jz_credentials_verify(int fd, const jz_verify_opts *opts,
                                                  jz_credentials **out, jz_err *err);
JZ_API void jz_credentials_free(jz_credentials *c);

JZ_API jz_credential_state jz_credentials_state(const jz_credentials *c);
/* Whether the store and every manifest that was reached have the form that they must have, be
 * their signatures and hashes right or not (14.3.4). */
JZ_API bool jz_credentials_well_formed(const jz_credentials *c);
/* The address of a manifest that is kept elsewhere, where the file has one and no manifest of its
 * own; else NULL. */
JZ_API const char *jz_credentials_remote(const jz_credentials *c);
/* The i-th finding, in the order in which they were made; NULL past the end. */
JZ_API const jz_credential_finding *jz_credential_finding_at(const jz_credentials *c, size_t i);
/* The i-th manifest, the active one first; NULL past the end. */
JZ_API const jz_credential_manifest *jz_credential_manifest_at(const jz_credentials *c, size_t i);
/* The whole as crJSON (the conformance programme's report format). On success *out is new,
 * terminated, freed with jz_credentials_text_free(). JZ_E_NOTFOUND where the file has none,
 * JZ_E_LIMIT, JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_credentials_crjson(const jz_credentials *c, char **out, jz_err *err);
JZ_API void jz_credentials_text_free(char *text);

#ifdef __cplusplus
}
#endif
#endif
