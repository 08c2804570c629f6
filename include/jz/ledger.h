/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: an append-only log that anyone can verify without this program. A Merkle tree (RFC
 * 6962, 2.1; RFC 9162, 2.1) is kept in the files of c2sp.org/tlog-tiles, its head is signed as
 * c2sp.org/signed-note and c2sp.org/tlog-checkpoint, proofs are files of c2sp.org/tlog-proof, and
 * c2sp.org/tlog-policy says whom to trust. Leaves hold commitments only, never personal data. */
#ifndef JZ_LEDGER_H
#define JZ_LEDGER_H

#include <jz/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Text that a function below has made, terminated; NULL is fine. Threads: any. */
JZ_API void jz_ledger_free(char *text);

/* ---- hashes, tree heads ---- */

#define JZ_TREE_HASH_SIZE 32
typedef struct jz_tree_hash { /* SHA-256 */
    uint8_t b[JZ_TREE_HASH_SIZE];
} jz_tree_hash;

#define JZ_ORIGIN_MAX 255 /* bytes of an origin and of a key's name */

/* What a log says of itself at one size. */
typedef struct jz_checkpoint {
    char origin[JZ_ORIGIN_MAX + 1]; /* the log's name: a URL without its scheme */
    uint64_t size;                  /* leaves; below 2^63 */
    jz_tree_hash root;
} jz_checkpoint;

/* ---- keys ---- */

typedef enum jz_key_type {                        /* of c2sp.org/signed-note; stable */
                           JZ_KEY_ED25519 = 0x01, /* a log's key */
                           JZ_KEY_COSIGNATURE =
                               0x04 /* a witness's key: Ed25519 over a time and a checkpoint */
} jz_key_type;

#define JZ_ED25519_PUBLIC 32
#define JZ_ED25519_SEED 32
#define JZ_VKEY_TEXT 320 /* bytes that hold any jz_vkey_text() */
#define JZ_SKEY_TEXT 336 /* bytes that hold any jz_skey_text() */

/* A public key: plain values, "name+id+base64" in text. */
typedef struct jz_vkey {
    char name[JZ_ORIGIN_MAX + 1]; /* UTF-8 without spaces, control characters and '+' */
    uint8_t id[4];                /* SHA-256(name, LF, type, key), its beginning */
    jz_key_type type;
    uint8_t key[JZ_ED25519_PUBLIC]; /* RFC 8032 */
} jz_vkey;

/* A private key; whoever holds one wipes it with jz_skey_wipe(). */
typedef struct jz_skey {
    jz_vkey pub;
    uint8_t seed[JZ_ED25519_SEED]; /* RFC 8032 */
} jz_skey;

/* Fails with JZ_E_CORRUPT (not a key, or its id is another's) or JZ_E_UNSUPPORTED (a type that is
 * not read here). text is len bytes without a line's end. Threads, as for all of keys: any. */
JZ_API JZ_CHECKED jz_status jz_vkey_parse(const char *text, size_t len, jz_vkey *out, jz_err *err);
JZ_API void jz_vkey_text(const jz_vkey *key, char out[JZ_VKEY_TEXT]);
/* A new key from the system's random numbers. JZ_E_INVAL for a name or a type that cannot be. */
JZ_API JZ_CHECKED jz_status jz_skey_new(const char *name, jz_key_type type, jz_skey *out,
                                        jz_err *err);
/* "PRIVATE+KEY+name+id+base64", as golang.org/x/mod/sumdb/note writes it. Fails as jz_vkey_parse().
 */
JZ_API JZ_CHECKED jz_status jz_skey_parse(const char *text, size_t len, jz_skey *out, jz_err *err);
JZ_API void jz_skey_text(const jz_skey *key, char out[JZ_SKEY_TEXT]);
JZ_API void jz_skey_wipe(jz_skey *key);

/* ---- leaves ---- */

typedef enum jz_leaf_kind { /* names are stable: they are signed */
                            JZ_LEAF_SEALED,
                            JZ_LEAF_TRANSFERRED,
                            JZ_LEAF_ACCESSED,
                            JZ_LEAF_EXPORTED,
                            JZ_LEAF_HELD,
                            JZ_LEAF_RELEASED,
                            JZ_LEAF_DESTROYED,
                            JZ_LEAF_RESEAL,
                            JZ_LEAF_AUDIT_BATCH,
                            JZ_LEAF_CHECKPOINT_ANCHOR,
                            JZ_LEAF_GOVERNED, /* an event of jz/govern.h */
} jz_leaf_kind;
/* "sealed", ...; NULL for a number that is none of them. */
JZ_API const char *jz_leaf_kind_name(jz_leaf_kind kind);

#define JZ_LEAF_OBJECT_MAX 128
#define JZ_LEAF_TEXT 384 /* bytes that hold any leaf */
#define JZ_LEAF_NO_PREV UINT64_MAX

typedef struct jz_leaf {
    jz_leaf_kind kind;
    char object[JZ_LEAF_OBJECT_MAX + 1]; /* a random id or a salted commitment: A-Z a-z 0-9 . _ : /
                                            + = -, at least one */
    uint8_t sha256[32]; /* of what happened, with its salt: a tag manifest, an event's JSON */
    uint64_t time;      /* seconds since 1970 UTC; below 2^63 */
    uint64_t prev;      /* index of the same object's leaf before; JZ_LEAF_NO_PREV: the first */
} jz_leaf;

/* Writes a leaf's text, terminated; *len counts without the terminator. JZ_E_INVAL. Threads: any.
 */
JZ_API JZ_CHECKED jz_status jz_leaf_write(const jz_leaf *leaf, char out[JZ_LEAF_TEXT], size_t *len,
                                          jz_err *err);
/* Only exactly what jz_leaf_write() writes is one. JZ_E_CORRUPT. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_leaf_parse(jz_bytes text, jz_leaf *out, jz_err *err);

/* ---- trust ---- */

/* Whom to trust: a file of c2sp.org/tlog-policy, up to 64 logs and 128 witnesses and groups. One
 * that names no log trusts none.
 * Threads: any number may read one. */
typedef struct jz_policy jz_policy;
/* JZ_E_CORRUPT with the line; JZ_E_UNSUPPORTED for a type of key that is not read here;
 * JZ_E_LIMIT; JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_policy_parse(jz_bytes text, jz_policy **out, jz_err *err);
JZ_API void jz_policy_free(jz_policy *policy);
JZ_DEFINE_AUTO(jz_policy, jz_policy_free);

#define JZ_POLICY_URL_MAX 511 /* bytes of a witness's URL */
/* The i-th witness of a policy, in the order of its lines; false behind the last one. *url is ""
 * where the line has none. Both are borrowed. */
JZ_API bool jz_policy_witness(const jz_policy *policy, size_t i, const jz_vkey **key,
                              const char **url);

/* What a checkpoint's signatures are worth. */
typedef struct jz_trust {
    jz_checkpoint checkpoint;
    unsigned witnesses;       /* of the policy, that have signed it */
    uint64_t first_witnessed; /* seconds since 1970 UTC: their earliest time; 0 = no witness */
} jz_trust;

/* note: a checkpoint with its signatures. Fails with JZ_E_CORRUPT (not one), JZ_E_MISMATCH (no log
 * of the policy has signed it, a signature is false, or the quorum is not reached). */
JZ_API JZ_CHECKED jz_status jz_policy_check(const jz_policy *policy, jz_bytes note, jz_trust *out,
                                            jz_err *err);
/* proof: a tlog-proof file; leaf: the leaf's bytes. Fails as jz_policy_check(), and with
 * JZ_E_MISMATCH where the leaf is not in the log at that place. index may be NULL. */
JZ_API JZ_CHECKED jz_status jz_proof_verify(jz_bytes proof, jz_bytes leaf, const jz_policy *policy,
                                            jz_trust *out, uint64_t *index, jz_err *err);

/* ---- the log ---- */

/* A log's folder: "checkpoint", "tile/..." and, for the writer, "journal" and "lock". Any static
 * web server can serve it. Threads: a jz_log belongs to one thread at a time; any number of
 * processes may read a folder that one process writes. */
typedef struct jz_log jz_log;

#define JZ_LOG_BATCH_MAX 32768                /* leaves of one jz_log_append() */
#define JZ_LOG_LEAF_MAX 65535                 /* bytes of a leaf */
#define JZ_LOG_BATCH_BYTES ((size_t)32 << 20) /* of all leaves of one jz_log_append() */

/* Makes dir (mode 0700: whoever publishes the log opens it) with an empty log, whose origin is the
 * key's name. JZ_E_EXISTS where there is a log; JZ_E_BUSY; JZ_E_INVAL for a witness's key; JZ_E_IO;
 * JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_log_create(const char *dir, const jz_skey *key, jz_err *err);

/* Opens a log. With skey it is the one writer, and finishes what a crash interrupted: leaves that
 * were durable, but not acknowledged, are then in the log. With skey NULL it only reads. vkey is
 * the log's public key. The right edge of the tree is read from its tiles, and its root must be the
 * signed one.
 *
 * remembered: a checkpoint that was seen earlier, or NULL: the log must still contain it, else it
 * was rolled back or rewritten, which nothing inside the folder can show.
 *
 * Fails with JZ_E_NOTFOUND (no log), JZ_E_BUSY (another writer), JZ_E_MISMATCH (signed by another
 * key, tiles that do not have the signed root, or remembered not contained), JZ_E_CORRUPT (after a
 * crash also until a writer has opened it), JZ_E_INVAL (vkey and skey are not one key of a log),
 * JZ_E_IO, JZ_E_NOMEM; *out is new, closed with jz_log_close(). */
JZ_API JZ_CHECKED jz_status jz_log_open(const char *dir, const jz_vkey *vkey, const jz_skey *skey,
                                        const jz_checkpoint *remembered, jz_log **out, jz_err *err);
/* Settles a writer's log first where it can; what cannot be settled is finished by the next
 * jz_log_open(). */
JZ_API void jz_log_close(jz_log *log);
JZ_DEFINE_AUTO(jz_log, jz_log_close);

/* Appends n leaves in one commit. After JZ_OK they are durable under a signed checkpoint, which
 * jz_log_checkpoint() gives, and *first is the index of the first. Others see them in the folder at
 * once, unless the log was published less than a tenth of a second ago: then with the first append
 * after that, or with jz_log_settle(), which whoever pauses with an open log calls. Fails with
 * JZ_E_INVAL (not a writer, n is 0), JZ_E_LIMIT (JZ_LOG_*): nothing was appended; with JZ_E_IO or
 * JZ_E_NOMEM: not acknowledged, but perhaps there when the log is opened again, and the handle
 * appends nothing more. */
JZ_API JZ_CHECKED jz_status jz_log_append(jz_log *log, const jz_bytes *leaves, size_t n,
                                          uint64_t *first, jz_err *err);
/* Publishes what was appended, makes the tiles durable and the journal empty; jz_log_append() does
 * it now and then. */
JZ_API JZ_CHECKED jz_status jz_log_settle(jz_log *log, jz_err *err);

/* The head of the log as it was opened or last appended to. */
JZ_API void jz_log_head(const jz_log *log, jz_checkpoint *out);
/* The signed checkpoint with the cosignatures that it has; borrowed until the next call that is
 * not const. */
JZ_API const char *jz_log_checkpoint(const jz_log *log);
/* Adds signature lines of witnesses to the checkpoint, durably, in the place of earlier ones of the
 * same keys; each must be of one of the n keys and of this checkpoint, else JZ_E_MISMATCH. */
JZ_API JZ_CHECKED jz_status jz_log_cosign(jz_log *log, jz_bytes lines, const jz_vkey *witnesses,
                                          size_t n, jz_err *err);

/* A tlog-proof of the leaf at index, with the present checkpoint; *out is freed with
 * jz_ledger_free(). The proof was verified before it is given: JZ_E_CORRUPT where tiles are
 * damaged. JZ_E_NOTFOUND for an index that the log does not have. */
JZ_API JZ_CHECKED jz_status jz_log_prove(jz_log *log, uint64_t index, char **out, jz_err *err);
/* The hashes that lead from the log at old_size to the log now (RFC 9162, 2.1.4); path holds
 * JZ_TREE_PATH_MAX. JZ_E_NOTFOUND for a size that the log has not reached. */
#define JZ_TREE_PATH_MAX 64
JZ_API JZ_CHECKED jz_status jz_log_consistency(jz_log *log, uint64_t old_size, jz_tree_hash *path,
                                               size_t *n, jz_err *err);
/* The bytes of the leaf at index, checked against its hash; *out is freed with jz_ledger_free().
 */
JZ_API JZ_CHECKED jz_status jz_log_entry(jz_log *log, uint64_t index, char **out, size_t *len,
                                         jz_err *err);

/* Called for each leaf in order; a failure ends the audit with it. */
typedef jz_status (*jz_log_entry_fn)(void *user, uint64_t index, jz_bytes leaf, jz_err *err);
/* Hashes every leaf and every tile anew up to the signed root; the first byte that is not as it
 * must be, or the first file that is missing, is JZ_E_CORRUPT with the file's name. fn may be NULL.
 * Takes some seconds for a million leaves. */
JZ_API JZ_CHECKED jz_status jz_log_audit(jz_log *log, jz_log_entry_fn fn, void *user, jz_err *err);

/* ---- being a witness for other logs ---- */

/* What a witness answers to a request: the status and the body of c2sp.org/tlog-witness. */
typedef struct jz_witness_reply {
    int status; /* 200: body is a signature line; 400 403 404 422; 409: body is the size known */
    char *body; /* "" where there is none; freed with jz_ledger_free() */
} jz_witness_reply;

typedef struct jz_witness { /* all borrowed */
    const char *dir; /* its memory, made where it is missing: the last checkpoint that it signed of
                        each log, in HEX/checkpoint, HEX being the origin's SHA-256 */
    const jz_vkey *logs; /* that it knows */
    size_t n;
    const jz_skey *key; /* its own, of type JZ_KEY_COSIGNATURE */
} jz_witness;

/* Answers "add-checkpoint"; now: seconds since 1970 UTC. The checkpoint is durable before it is
 * answered. A request that is refused is JZ_OK too, with its status; fails with JZ_E_BUSY where
 * another process answers, JZ_E_INVAL, JZ_E_CORRUPT (a memory that it has not signed), JZ_E_IO,
 * JZ_E_NOMEM; *out is then untouched. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_witness_add(const jz_witness *w, uint64_t now, jz_bytes request,
                                           jz_witness_reply *out, jz_err *err);
/* The request by which a log that is open asks a witness that knows it at old_size; *out is freed
 * with jz_ledger_free(). JZ_E_NOTFOUND for a size that the log has not reached. */
JZ_API JZ_CHECKED jz_status jz_log_witness_request(jz_log *log, uint64_t old_size, char **out,
                                                   jz_err *err);

/* Carries a request to a witness, and its reply back: *body is freed with jz_ledger_free(). */
typedef jz_status (*jz_witness_send_fn)(void *user, jz_bytes request, jz_witness_reply *reply,
                                        jz_err *err);
/* Asks a witness to sign the checkpoint of a log that is open; *lines are its signature lines, as
 * jz_log_cosign() takes them, verified and without those of other keys, freed with
 * jz_ledger_free(). Fails as send does, and with JZ_E_MISMATCH where the witness says what a log
 * must hear of: that it has seen more leaves, or another tree, than this log has (rolled back, or
 * rewritten), or where it signs falsely; JZ_E_NOTFOUND (404: it does not know the log), JZ_E_IO
 * (any other status), JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_log_ask_witness(jz_log *log, const jz_vkey *witness,
                                               jz_witness_send_fn send, void *user, char **lines,
                                               jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
