/* SPDX-License-Identifier: Apache-2.0 */
/* Content Credentials: who says what about the origin of a file, and whether that still holds.
 * Source: C2PA Technical Specification 2.2 (2025-05); clauses in comments are its. Claims of
 * versions 1 and 2 are read. Media is never decoded, and nothing is fetched that was not asked for.
 */
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

/* ---- lists that are kept as files ---- */

typedef struct jz_trust_entry {
    char name[128];                      /* of the certificate: common name, organisation */
    char fingerprint[65];                /* SHA-256 of the certificate, hex */
    int64_t not_before_us, not_after_us; /* microseconds since 1970 */
} jz_trust_entry;

typedef struct jz_trust_change {
    size_t added, removed, kept;
} jz_trust_change;

/* The i-th certificate of a PEM file; a file that is not there has none. JZ_E_NOTFOUND past the
 * end, JZ_E_IO, JZ_E_LIMIT, JZ_E_CORRUPT, JZ_E_NOMEM. Reads the whole file each time. */
JZ_API JZ_CHECKED jz_status jz_trust_list_at(const char *path, size_t i, jz_trust_entry *out,
                                             jz_err *err);
/* Adds the certificates of a PEM file, one at least, to the list; replace: it has no others then.
 * The list is replaced at once and whole, its folder must be there. */
JZ_API JZ_CHECKED jz_status jz_trust_list_take(const char *path, const char *from, bool replace,
                                               jz_trust_change *out, jz_err *err);
/* Removes those whose fingerprint begins with these hexadecimal digits, eight at least. JZ_E_INVAL,
 * JZ_E_NOTFOUND where there is none. */
JZ_API JZ_CHECKED jz_status jz_trust_list_remove(const char *path, const char *fingerprint,
                                                 jz_trust_change *out, jz_err *err);

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

/* For a program that validates or signs and does nothing else with libcrypto: called first, it
 * starts without libcrypto's texts of errors (numbers stand for them) and, unless configured,
 * without its configuration file, in two thirds of the time. */
JZ_API void jz_credentials_start_quickly(bool configured);

/* Whether a manifest that is kept elsewhere (11.5) is fetched: the file names the address, so that
 * its author learns who looks at it. */
typedef enum jz_remote {
    JZ_REMOTE_TOLD,   /* no: the address is an answer */
    JZ_REMOTE_PUBLIC, /* by https, from the public Internet alone */
    JZ_REMOTE_INSIDE, /* from everywhere, also by http */
} jz_remote;

typedef struct jz_verify_opts { /* zero-initialise; NULL is the same */
    const jz_trust *trust;      /* borrowed; NULL: nobody is trusted */
    int64_t at_us;              /* microseconds since 1970: now, as far as certificates go; 0 = the
                                   clock's */
    int sidecar_fd;             /* a .c2pa file that was kept beside this one (A.8), for a file that
                                   has no manifest of its own; borrowed; 0: none */
    jz_remote remote;           /* by the program curl, in 30 seconds, 16 MiB at most, no redirects;
                                   what cannot be had is manifest.inaccessible */
} jz_verify_opts;

/* Reads and validates the Content Credentials of a file (fd is borrowed and read with pread()).
 * That there are none, or bad ones, is an answer and no failure. On success *out is new. Takes
 * memory for the manifest store (16 MiB at most) and some for each part of it, and time linear in
 * the file. JZ_E_UNSUPPORTED and JZ_E_NOT_MEDIA for a file that is of no format that can carry
 * credentials, JZ_E_EMPTY, JZ_E_SPECIAL, JZ_E_IO, JZ_E_CHANGED, JZ_E_NOMEM. Threads: any, on
 * different descriptors. */
JZ_API JZ_CHECKED jz_status jz_credentials_verify(int fd, const jz_verify_opts *opts,
                                                  jz_credentials **out, jz_err *err);
/* The same of a whole file in memory; bytes are borrowed as long as *out lives. */
JZ_API JZ_CHECKED jz_status jz_credentials_verify_bytes(jz_bytes bytes, const jz_verify_opts *opts,
                                                        jz_credentials **out, jz_err *err);
JZ_API void jz_credentials_free(jz_credentials *c);

JZ_API jz_credential_state jz_credentials_state(const jz_credentials *c);
/* Whether the store and every manifest that was reached have the form that they must have, be
 * their signatures and hashes right or not (14.3.4). */
JZ_API bool jz_credentials_well_formed(const jz_credentials *c);
/* The address of a manifest that is kept elsewhere, where the file has one and no manifest of its
 * own or beside it; else NULL. */
JZ_API const char *jz_credentials_remote(const jz_credentials *c);
/* The i-th finding, in the order in which they were made; NULL past the end. */
JZ_API const jz_credential_finding *jz_credential_finding_at(const jz_credentials *c, size_t i);
/* The i-th manifest, the active one first; NULL past the end. */
JZ_API const jz_credential_manifest *jz_credential_manifest_at(const jz_credentials *c, size_t i);

/* What ties the media to the manifest by how they look or sound (18.10), for those who find them
 * again without it. */
typedef struct jz_credential_soft_binding {
    char alg[64];   /* "cn.jianzhen.pdq", ...; UTF-8, a longer one is not given */
    jz_bytes value; /* borrowed from the jz_credentials; of the whole file */
} jz_credential_soft_binding;
/* The i-th of the manifest that binds the media, where that one's signature and the assertion's
 * hash hold, whether the media are the same still or not; false past the end. Comparing is the
 * caller's, who can decode. */
JZ_API bool jz_credential_soft_binding_at(const jz_credentials *c, size_t i,
                                          jz_credential_soft_binding *out);

/* What has happened to a file since it was signed, as far as it can be told. */
typedef enum jz_change_kind {
    JZ_CHANGE_NONE,     /* nothing */
    JZ_CHANGE_METADATA, /* metadata was added: without it, the file is the signed one */
    JZ_CHANGE_APPENDED, /* bytes were put behind the end: likewise */
    JZ_CHANGE_CUT,      /* the end is missing */
    JZ_CHANGE_MANIFEST, /* what was signed about the file was changed */
    JZ_CHANGE_CONTENT,  /* the picture, the sound or something else in the file */
} jz_change_kind;
/* "none", "metadata-added", "bytes-appended", "cut-short", "manifest", "content". Never NULL. */
JZ_API const char *jz_change_kind_name(jz_change_kind k);

/* Tells that from what was found, and by trying what the file would be without each piece of
 * metadata that may have been added (some more passes over it: fd must still be open, and is
 * read). Also lists what is proven in spite of all. JZ_E_IO, JZ_E_CHANGED, JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_credentials_explain(jz_credentials *c, jz_err *err);
/* What jz_credentials_explain() has told; before it NONE. *text: one line for people, "" where
 * there is nothing to say; owned by c. */
JZ_API jz_change_kind jz_credentials_change(const jz_credentials *c, const char **text);
/* The i-th sentence on what is still proven; NULL past the end. */
JZ_API const char *jz_credentials_proven_at(const jz_credentials *c, size_t i);

/* The whole as crJSON (the conformance programme's report format). On success *out is new,
 * terminated, freed with jz_credentials_text_free(). JZ_E_NOTFOUND where the file has none,
 * JZ_E_LIMIT, JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_credentials_crjson(const jz_credentials *c, char **out, jz_err *err);
JZ_API void jz_credentials_text_free(char *text);

/* ---- what is kept beside other findings of a file ---- */

typedef enum jz_ai_kind {
    JZ_AI_NONE,      /* nothing is said of it */
    JZ_AI_COMPOSITE, /* parts are generated: compositeWithTrainedAlgorithmicMedia, or a component
                        that is generated */
    JZ_AI_GENERATED, /* all is: trainedAlgorithmicMedia, algorithmicMedia, compositeSynthetic */
} jz_ai_kind;
/* "none", "composite", "generated". Never NULL. */
JZ_API const char *jz_ai_kind_name(jz_ai_kind k);

/* A plain value; texts that are longer are cut short. */
typedef struct jz_credential_brief { /* = { 0 }: never looked for */
    bool read;
    jz_credential_state state; /* NONE also where no manifest can be read in what is damaged */
    jz_ai_kind ai;             /* what manifests say whose signature and statements hold */
    bool face;                 /* one of their actions is said to be about a face */
    char signer[96];           /* of the active manifest */
    char generator[96];        /* the program that wrote it */
    char source_type[96];      /* the digital source type that ai is of, without its address */
    char failure[64];          /* the first status code that counts against the file; "" = none */
} jz_credential_brief;
JZ_API void jz_credential_brief_of(const jz_credentials *c, jz_credential_brief *out);

/* ---- signing ---- */

/* Who signs: a private key with its certificate and those between it and a root. Threads: any, as
 * far as whoever holds the key allows. */
typedef struct jz_signer jz_signer;

typedef struct jz_signer_opts { /* zero-initialise; all borrowed */
    const char *cert_path;      /* PEM: the signer's certificate, then those that issued each other
                                   up to a root, which itself may be there and is left out */
    const char *key;            /* path of a private key in PEM, or a PKCS #11 URI (RFC 7512),
                                   "pkcs11:...", for OpenSSL's provider or engine of PKCS #11 */
    const char *password;       /* of an encrypted key; NULL: none, and nobody is asked */
    const char *alg; /* "es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"; NULL: as
                        the key wants it (PS256 for RSA) */
} jz_signer_opts;

/* Also holds the certificates against what validators want of them (14.5.1) and the clock:
 * JZ_E_INVAL names the rule that is broken. JZ_E_MISMATCH: the key is another certificate's.
 * JZ_E_NOTFOUND, JZ_E_IO, JZ_E_CORRUPT, JZ_E_LIMIT, JZ_E_NOMEM. On success *out is new. */
JZ_API JZ_CHECKED jz_status jz_signer_open(const jz_signer_opts *opts, jz_signer **out,
                                           jz_err *err);
JZ_API void jz_signer_free(jz_signer *s);

/* A part of a picture or video that an action changed, as percentages of its width and height. */
typedef struct jz_sign_region {
    double x, y, width, height;
    const char *description; /* "face"; NULL: none */
} jz_sign_region;

typedef struct jz_sign_action {
    const char *name;        /* "c2pa.edited", ...: the list of 18.15.4, or one's own */
    const char *source_type; /* digitalSourceType, a URI; NULL: none */
    const char *description; /* NULL: none */
    const jz_sign_region *region;
    size_t n_regions;
} jz_sign_action;

typedef struct jz_sign_assertion {
    const char *label; /* of one's own: "cn.example.name" */
    jz_bytes json;     /* its content: an object or a list, UTF-8; it is written as CBOR */
} jz_sign_assertion;

typedef struct jz_sign_soft_binding {
    const char *alg; /* "io.iscc.v0", ... */
    jz_bytes value;
} jz_sign_soft_binding;

typedef struct jz_sign_opts { /* zero-initialise; NULL is the same; all borrowed */
    const char *title;        /* dc:title; NULL: none */
    const char *source_type;  /* of a new work, a URI: it was created (c2pa.created). NULL, or where
                                 there is a parent: it was opened (c2pa.opened) */
    const jz_sign_action *action; /* what was done then, in this order */
    size_t n_actions;
    int parent_fd; /* the file that this one was made from; 0: this file itself, where it has
                      credentials. Its manifests stay, with what was found of them now */
    const jz_sign_assertion *assertion;
    size_t n_assertions;
    const jz_sign_soft_binding *soft_binding;
    size_t n_soft_bindings;
    jz_bytes thumbnail; /* a small picture of the file, in c2pa.thumbnail.claim; len 0: none */
    const char *thumbnail_type; /* its media type: "image/png" */
    const jz_trust *trust;      /* of whom, when the parent's credentials are validated */
    const char *tsa;            /* address of a time stamping authority; NULL: no time stamp */
    bool overwrite;             /* path may be there */
    bool update; /* an update manifest (11.2.3): something is said about a file whose own manifest
                    holds, and nothing of the media changes. Without source_type, parent_fd and
                    thumbnail; its actions are c2pa.published and c2pa.edited.metadata. With tsa a
                    signature that has no time stamp gets one, too */
} jz_sign_opts;

/* Writes a copy of the file with a manifest of claim version 2 to path: the media are the same, bit
 * for bit, old manifest stores make way. A path that ends in ".c2pa" gets the manifest alone, for a
 * file that is to stay as it is and has none. Not a byte of fd's file is changed, and path appears
 * whole and after it was read back and validated, or not at all. *out (may be NULL) is that
 * validation, with opts->trust. Takes some memory and twice that of the parent's manifests, one
 * pass to write and one to read. JZ_E_UNSUPPORTED and JZ_E_NOT_MEDIA for a file in which no
 * manifest has a place, JZ_E_EXISTS, JZ_E_INVAL, JZ_E_MISMATCH (what was written does not hold,
 * says what), JZ_E_IO, JZ_E_TIMEOUT and what else a time stamp failed with: there is no file
 * without one that was asked for. Threads: any, on different descriptors. */
JZ_API JZ_CHECKED jz_status jz_credentials_sign(int fd, const char *path, const jz_signer *signer,
                                                const jz_sign_opts *opts, jz_credentials **out,
                                                jz_err *err);

/* ---- keys and certificates for signing ---- */

typedef struct jz_identity_opts { /* zero-initialise */
    const char *name;         /* common name, of the program or device that signs; must be there */
    const char *organisation; /* who is shown as the signer; must be there */
    const char *country;      /* two letters; NULL: none */
    const char *alg;          /* as in jz_signer_opts; NULL: "es256" */
    unsigned days;            /* that the certificate is valid; 0: 365 */
    bool request;             /* a request to an authority instead of a test certificate */
    const char *password;     /* for the key; NULL: it is not encrypted */
} jz_identity_opts;

/* PEM texts; NULL where there is none. */
typedef struct jz_identity { /* = { 0 }; freed with jz_identity_done(), which wipes the key */
    char *key;               /* PKCS #8 */
    char *chain;             /* the certificate, as jz_signer_opts wants it */
    char *root;              /* who issued it: a root of this one use, whose key is forgotten */
    char *request;           /* PKCS #10 with the extensions that C2PA wants (14.5.1) */
} jz_identity;
/* JZ_E_INVAL, JZ_E_NOMEM. The certificate is one that validators accept once they trust its root:
 * for tests, not for publication. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_identity_make(const jz_identity_opts *opts, jz_identity *out,
                                             jz_err *err);
JZ_API void jz_identity_done(jz_identity *i);

#ifdef __cplusplus
}
#endif
#endif
