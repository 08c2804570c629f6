/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence bags: a BagIt 1.0 folder (RFC 8493) whose tag manifest is sealed by CMS signatures
 * (RFC 5652, CAdES: ETSI EN 319 122-1) and time stamps (RFC 3161), so that stock tools verify it.
 *
 * The chain: files <- manifests <- tagmanifest-sha256.txt <- the seals in seal/. One changed byte
 * breaks every seal. Of the folder seal/ only what is there before the seals is in the tag
 * manifest, so that seals can be added later.
 *
 * Threads: everything here may be called from any thread, each handle from one at a time. Paths are
 * the system's; nothing is printed. Memory: less than 64 MB for a bag that is written, whatever the
 * size of its files; verifying holds besides what the manifests say (each is read up to 64 MiB). */
#ifndef JZ_EVIDENCE_H
#define JZ_EVIDENCE_H

#include <jz/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ends what a function below gave as bytes. */
JZ_API void jz_evidence_free(void *p);

/* ---- Writing a bag ---- */

#define JZ_SHA512_SIZE 64
#define JZ_BAG_FILES_MAX 100000 /* payload files of one bag that is written here */
#define JZ_BAG_NAME_MAX 120     /* bytes of a payload file's name below data/ */
#define JZ_BAG_PROFILE "evidence-bag/v1"
#define JZ_BAG_TAGMANIFEST "tagmanifest-sha256.txt" /* what the seals are made over */

/* What a payload file's bytes are fixed by. */
typedef struct jz_fixity {
    uint64_t bytes;
    uint8_t md5[JZ_MD5_SIZE];
    uint8_t sha256[JZ_SHA256_SIZE];
    uint8_t sha512[JZ_SHA512_SIZE];
    uint8_t sm3[JZ_SM3_SIZE];
} jz_fixity;

typedef struct jz_bag_opts { /* zero-initialise; NULL is the same */
    /* Called after every few MiB with the bytes read since the call before; false stops the work
     * with JZ_E_INTERRUPTED. */
    bool (*progress)(void *user, uint64_t bytes);
    void *user;
} jz_bag_opts;

typedef struct jz_bag jz_bag; /* one that is being made */

/* Begins a bag that will be the folder path. Until jz_bag_commit() it lies beside it, under another
 * name. JZ_E_EXISTS where path is there already; JZ_E_IO. The caller frees with jz_bag_free(). */
JZ_API JZ_CHECKED jz_status jz_bag_new(const char *path, const jz_bag_opts *opts, jz_bag **out,
                                       jz_err *err);
/* Removes what was not committed. */
JZ_API void jz_bag_free(jz_bag *b);

/* Names a payload file without anything of its real name but a short extension, in lower case:
 * "original/item-0001.mp4"; the real name belongs into the records. number: from 1. Returns out. */
#define JZ_BAG_ITEM_NAME 48
JZ_API const char *jz_bag_item_name(unsigned number, const char *real_name,
                                    char out[JZ_BAG_ITEM_NAME]);

/* Copies a regular file to data/NAME and hashes the same bytes on the way, in one pass. NAME: parts
 * of A-Z a-z 0-9 . _ - divided by '/', none beginning with '.' or '-', and no twin (by case) of one
 * that is there: else JZ_E_INVAL or JZ_E_EXISTS. source: JZ_E_NOTFOUND where there is none (any
 * more), JZ_E_SPECIAL where it is no regular file, JZ_E_CHANGED where it changed while it was
 * copied; JZ_E_IO, also for a full disk; JZ_E_LIMIT. After a failure the bag is as before and can
 * go on. out may be NULL. */
JZ_API JZ_CHECKED jz_status jz_bag_add_file(jz_bag *b, const char *source, const char *name,
                                            jz_fixity *out, jz_err *err);
/* The same with bytes from memory, for records. */
JZ_API JZ_CHECKED jz_status jz_bag_add_bytes(jz_bag *b, const void *data, size_t len,
                                             const char *name, jz_fixity *out, jz_err *err);
/* A line of bag-info.txt, in the order of the calls: "Label: value". One line of UTF-8 without
 * control characters, at most 1000 bytes; the label of A-Z a-z 0-9 -. Those that are written here
 * are refused (JZ_E_INVAL): Bag-Size, Payload-Oxum, Jianzhen-Profile, Jianzhen-Nonce; Bagging-Date
 * is written (the day in UTC) where the caller gives none. */
JZ_API JZ_CHECKED jz_status jz_bag_info(jz_bag *b, const char *label, const char *value,
                                        jz_err *err);
/* A file seal/NAME, NAME of one part, that the tag manifest will list, as it does no seal: how to
 * verify the bag, for instance. JZ_E_INVAL, JZ_E_EXISTS, JZ_E_IO; a failure that leaves half of it
 * makes a bag that is never committed. */
JZ_API JZ_CHECKED jz_status jz_bag_add_guide(jz_bag *b, const void *data, size_t len,
                                             const char *name, jz_err *err);
/* Writes the tag files; nothing can be added to data/ after it. sha256: of the tag manifest. */
JZ_API JZ_CHECKED jz_status jz_bag_tags(jz_bag *b, uint8_t sha256[JZ_SHA256_SIZE], jz_err *err);
/* The folder in which the bag lies for now, for the functions below that seal it; valid until
 * jz_bag_commit() or jz_bag_free(). */
JZ_API const char *jz_bag_folder(const jz_bag *b);
/* Syncs everything and gives the bag its name (after jz_bag_tags()). JZ_E_EXISTS where another took
 * it meanwhile; JZ_E_IO. After a failure nothing is there under that name. */
JZ_API JZ_CHECKED jz_status jz_bag_commit(jz_bag *b, jz_err *err);

/* ---- Verifying a bag, of this program or another ---- */

typedef enum jz_bag_level {
    JZ_BAG_NOTE,      /* worth knowing, breaks nothing */
    JZ_BAG_UNCHECKED, /* something that nothing here could check */
    JZ_BAG_FAULT,     /* the bag does not hold */
} jz_bag_level;

typedef struct jz_bag_finding {
    jz_bag_level level;
    char *file;       /* as the manifest or the disk has it: any bytes but NUL; "" = the bag */
    size_t line;      /* of that file, from 1; 0 = the whole */
    const char *what; /* stable: changed missing extra uncovered name twin duplicate syntax escape
                         line-end bom link special depth oxum profile version encoding algorithm
                         incomplete fetch limit unreadable moving */
    char *why;        /* one line for people */
} jz_bag_finding;

typedef struct jz_bag_report { /* = { 0 }; ended with jz_bag_report_done() */
    bool holds;                /* no fault, and every payload file was hashed and agreed */
    bool own;                  /* bag-info.txt names our profile: then our stricter rules apply.
                                  Else it is told: a note, or, in a bag with what only ours have,
                                  a fault, both of the kind "profile" */
    uint64_t files;            /* payload files that were found */
    uint64_t bytes;            /* of them */
    uint64_t faults;           /* counted also where finding[] was full */
    jz_bag_finding *finding;   /* owned; in the order in which they were found */
    size_t n;
    size_t size;
    uint64_t more; /* findings that were counted but not kept: at most 10000 are */
} jz_bag_report;

/* Reads all of a bag and hashes every file in it. Nothing is followed out of it: links are refused.
 * Payload manifests of md5, sha1, sha256, sha512 and sm3 are checked, others named as unchecked.
 * JZ_OK whatever the findings; JZ_E_IO or JZ_E_NOTFOUND where dir is no folder that can be read,
 * JZ_E_NOMEM, JZ_E_INTERRUPTED. opts may be NULL. Source: RFC 8493. */
JZ_API JZ_CHECKED jz_status jz_bag_verify(const char *dir, const jz_bag_opts *opts,
                                          jz_bag_report *out, jz_err *err);
JZ_API void jz_bag_report_done(jz_bag_report *r);

/* ---- Time stamps (RFC 3161) ---- */

typedef enum jz_tsa_hash {
    JZ_TSA_SHA256,
    JZ_TSA_SM3, /* for an authority of China's own algorithms; always beside one with SHA-256 */
} jz_tsa_hash;

#define JZ_TSA_NONCE 8
#define JZ_TSA_REQUEST_MAX 69
#define JZ_TSA_REPLY_MAX ((size_t)64 << 10) /* bytes of a reply that is read */

typedef struct jz_tsa_request {
    jz_tsa_hash hash;
    uint8_t imprint[JZ_SHA256_SIZE]; /* of what is stamped */
    uint8_t nonce[JZ_TSA_NONCE];     /* nonce[0] is 0x01 to 0x7f */
    uint8_t der[JZ_TSA_REQUEST_MAX]; /* the request itself */
    size_t len;
} jz_tsa_request;

/* A request for a digest with a fresh nonce; the reply is to hold the authority's certificate. */
JZ_API JZ_CHECKED jz_status jz_tsa_request_make(jz_tsa_hash hash,
                                                const uint8_t imprint[JZ_SHA256_SIZE],
                                                jz_tsa_request *out, jz_err *err);
/* Reads one that jz_tsa_request_make() made; of another form: JZ_E_CORRUPT. */
JZ_API JZ_CHECKED jz_status jz_tsa_request_read(jz_bytes der, jz_tsa_request *out, jz_err *err);

#define JZ_TSA_TEXT 200
typedef struct jz_tsa_reply {
    uint32_t status;        /* 0 granted, 1 granted with changes, 2.. refused (RFC 3161, 2.4.2) */
    uint32_t fail_info;     /* bit n set: the reason number n; 0 where none is given */
    char text[JZ_TSA_TEXT]; /* the authority's words, shortened; may be "" */
    bool has_token;         /* what follows is 0 without */
    jz_tsa_hash hash;
    uint8_t imprint[JZ_SHA256_SIZE];
    bool has_nonce;
    uint8_t nonce[JZ_TSA_NONCE]; /* where it has as many bytes; else all zeros */
    int64_t at_us;               /* since 1970 UTC */
    int64_t accuracy_us;         /* 0 where none is stated */
    char policy[JZ_TSA_TEXT];    /* dotted numbers */
    char serial[2 * 32 + 1];     /* hex */
} jz_tsa_reply;

/* Parses a reply strictly; nothing is compared. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_UNSUPPORTED
 * (another hash algorithm), JZ_E_LIMIT. */
JZ_API JZ_CHECKED jz_status jz_tsa_reply_read(jz_bytes der, jz_tsa_reply *out, jz_err *err);
/* Whether a reply answers a request: granted, the same imprint and nonce, its time from from_us to
 * to_us with 5 minutes to spare at either end (0, 0: any time). JZ_E_MISMATCH says what differs,
 * with both values; JZ_E_UNSUPPORTED gives the authority's refusal. The token's signature is not
 * looked at: jz_tsa_reply_verify(). */
#define JZ_TSA_SKEW_US ((int64_t)300 * 1000000)
JZ_API JZ_CHECKED jz_status jz_tsa_reply_check(const jz_tsa_reply *r, const jz_tsa_request *q,
                                               int64_t from_us, int64_t to_us, jz_err *err);
/* Whether the token of a reply is signed by an authority below one of the certificates in ca_file
 * (PEM), which the verifier must have from elsewhere, as of at_us (0: as of the stamp's own time;
 * an expired certificate is what re-sealing is for). OpenSSL's TS_RESP_verify_response. data: what
 * was stamped. JZ_E_MISMATCH with OpenSSL's reason. */
JZ_API JZ_CHECKED jz_status jz_tsa_reply_verify(jz_bytes der, jz_bytes data, const char *ca_file,
                                                int64_t at_us, jz_err *err);

typedef enum jz_stamp_state {
    JZ_STAMP_NONE,      /* "unstamped": nobody was asked */
    JZ_STAMP_REQUESTED, /* "unstamped": a request lies in seal/, no reply */
    JZ_STAMP_STAMPED,   /* "stamped": a reply lies in seal/ and answers for this bag */
    JZ_STAMP_WRONG,     /* "wrong": a reply lies in seal/ and does not */
} jz_stamp_state;
JZ_API const char *jz_stamp_state_name(jz_stamp_state s);

/* Sends request and gives the body of the reply in *out (freed with jz_evidence_free()). Fails with
 * JZ_E_IO or JZ_E_TIMEOUT where no reply came. */
typedef jz_status (*jz_tsa_transport)(void *user, jz_bytes request, uint8_t **out, size_t *len,
                                      jz_err *err);

/* Of the bag in the folder dir: the request for its tag manifest is written to
 * seal/tagmanifest.tsq (SM3: seal/tagmanifest.sm.tsq), to be carried to an authority by hand. One
 * that lies there already and is for this bag is kept. JZ_E_MISMATCH where it is for another;
 * JZ_E_EXISTS where the bag is stamped. */
JZ_API JZ_CHECKED jz_status jz_stamp_request(const char *dir, jz_tsa_hash hash, jz_err *err);
/* Takes a reply to the request that lies in seal/: checked, then stored as it came in
 * seal/tagmanifest.tsr (.sm.tsr). Its time must not be after now by this clock; that
 * it is not before the request, its nonce shows. */
JZ_API JZ_CHECKED jz_status jz_stamp_accept(const char *dir, jz_tsa_hash hash, jz_bytes reply,
                                            jz_err *err);
/* Both at once through a transport. On failure the bag stays unstamped: the request stays in seal/,
 * and either function can be called again later. */
JZ_API JZ_CHECKED jz_status jz_stamp(const char *dir, jz_tsa_hash hash, jz_tsa_transport send,
                                     void *user, jz_err *err);
/* What lies in seal/. reply: NULL, or filled where it can be read; why: NULL, or set for
 * JZ_STAMP_WRONG. Fails only where files cannot be read. */
JZ_API JZ_CHECKED jz_status jz_stamp_look(const char *dir, jz_tsa_hash hash, jz_stamp_state *state,
                                          jz_tsa_reply *reply, jz_err *why, jz_err *err);

/* ---- Signatures (CMS, detached, CAdES-BES) ---- */

typedef struct jz_cms_key {
    const char *cert_file; /* PEM: the signer's certificate first, then those above it, if any */
    const char *key_file;  /* PEM: RSA of 2048 bits or more, or EC on a NIST curve */
    const char *password;  /* of the key; NULL where it has none */
} jz_cms_key;

#define JZ_CMS_SIGNERS_MAX 8
#define JZ_CMS_MAX ((size_t)1 << 20) /* bytes of a signature file that is read */

/* Signs content with every key at once (SHA-256). *out (DER) is freed with jz_evidence_free().
 * JZ_E_MISMATCH where a key is not its certificate's, or the certificate is not valid now or not
 * for signing; JZ_E_UNSUPPORTED for other kinds of keys; JZ_E_IO, JZ_E_NOTFOUND, JZ_E_CORRUPT of
 * the files, a wrong password too. */
JZ_API JZ_CHECKED jz_status jz_cms_sign(jz_bytes content, const jz_cms_key *keys, size_t n,
                                        uint8_t **out, size_t *len, jz_err *err);

typedef struct jz_cms_signer {
    char subject[JZ_TSA_TEXT]; /* of the certificate, one line of UTF-8, shortened */
    char issuer[JZ_TSA_TEXT];
    uint8_t cert_sha256[JZ_SHA256_SIZE]; /* all zeros where the certificate is not in the file */
    int64_t claimed_us;                  /* the signer's own word for the time; 0 = none */
    bool signed_ok;                      /* the signature is over this content by that certificate,
                                            and names it (CAdES) */
    bool chain_ok;                       /* the certificate leads to ca_file at at_us */
    jz_err why;                          /* of the first that is false */
} jz_cms_signer;

typedef struct jz_cms_report {
    bool ok;    /* one signer at least, all of them signed_ok and chain_ok, and no certificate in
                   the file that none of them leads to */
    jz_err why; /* of the last of these; else empty: each signer has its own */
    jz_cms_signer signer[JZ_CMS_SIGNERS_MAX];
    size_t n;
} jz_cms_report;

/* Verifies a detached signature over content. ca_file: PEM, the verifier's own; NULL: no chain is
 * ok. at_us: the time at which the certificates must be valid, 0 = now. Revocation lists are not
 * asked. JZ_OK whatever the verdict; JZ_E_CORRUPT and kin where der is no CMS signature;
 * JZ_E_IO, JZ_E_NOTFOUND, JZ_E_CORRUPT of ca_file. */
JZ_API JZ_CHECKED jz_status jz_cms_verify(jz_bytes content, jz_bytes der, const char *ca_file,
                                          int64_t at_us, jz_cms_report *out, jz_err *err);

/* ---- The folder seal/ of a bag ---- */

/* Signs the tag manifest of the bag in dir: seal/tagmanifest.p7s. JZ_E_EXISTS where there is one.
 */
JZ_API JZ_CHECKED jz_status jz_seal_sign(const char *dir, const jz_cms_key *keys, size_t n,
                                         jz_err *err);
/* Verifies seal/tagmanifest.p7s; JZ_E_NOTFOUND where there is none. */
JZ_API JZ_CHECKED jz_status jz_seal_verify(const char *dir, const char *ca_file, int64_t at_us,
                                           jz_cms_report *out, jz_err *err);
/* A new file in seal/, whole or not at all (a ledger's proof, a certificate chain, a receipt).
 * name: one part, as of payload files. JZ_E_EXISTS where there is one of that name. */
JZ_API JZ_CHECKED jz_status jz_seal_put(const char *dir, const char *name, const void *data,
                                        size_t len, jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
