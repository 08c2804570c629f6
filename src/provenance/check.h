/* SPDX-License-Identifier: Apache-2.0 */
/* Validation (15): what its parts share. A jz_credentials is the report that they fill; the walk
 * from the active manifest to its ingredients is a jz_check. Findings never fail: a shortage of
 * memory is remembered and returned at the end. */
#ifndef JZ_CHECK_H
#define JZ_CHECK_H

#include "provenance/asset.h"
#include "provenance/cbor.h"
#include "provenance/codes.h"
#include "provenance/cose.h"
#include "provenance/jumbf.h"
#include "provenance/timestamp.h"

#define JZ_INGREDIENT_DEPTH_MAX 32 /* manifests in one another that are followed */
#define JZ_REDACTIONS_MAX 64       /* of one claim */
#define JZ_MANIFESTS_MAX 1024      /* that are reached */
#define JZ_FINDINGS_MAX 262144
#define JZ_HASH_BUDGET                                                                             \
    64 /* times the store's size that may be hashed: each part once is the rule */

/* {url, alg, hash} (8.4.2) */
typedef struct jz_hashed_uri {
    jz_bytes url;
    jz_bytes alg; /* ptr NULL: not stated */
    jz_bytes hash;
} jz_hashed_uri;

/* An assertion that a claim lists. */
typedef struct jz_assertion {
    uint32_t box; /* of the assertion; never NONE */
    jz_bytes label;
    jz_bytes name; /* the label without "__2" behind it */
    bool holds;    /* its hash is right */
    bool json;     /* it is a JSON assertion that could be read */
    jz_cbor root;  /* of a CBOR assertion that could be read; else raw.ptr NULL */
} jz_assertion;

typedef struct jz_ingredient {
    const jz_assertion *assertion;
    unsigned version; /* of the assertion, 1 to 3 */
    bool sound;       /* has the form that it must have */
    jz_bytes relationship;
    bool has_manifest, has_signature;
    jz_hashed_uri manifest, signature;
    uint32_t box; /* the manifest's, or JZ_JUMBF_NONE */
} jz_ingredient;

typedef enum jz_visit { JZ_VISIT_NEW, JZ_VISIT_UNDERWAY, JZ_VISIT_DONE } jz_visit;

/* A manifest that was reached. */
typedef struct jz_manifest {
    uint32_t box, claim, signature, assertions; /* or JZ_JUMBF_NONE */
    bool update;
    unsigned version; /* of the claim; 0: there is none that could be read */
    jz_visit visit;
    jz_bytes label;
    jz_bytes cbor; /* the claim */
    jz_cbor root;
    jz_bytes alg; /* the claim's own; ptr NULL: not stated */
    bool has_cose;
    jz_cose cose;
    jz_cert_info cert, stamper;
    int64_t stamped_us; /* what a sound stamp says, trusted or not; 0: none */
    int64_t signed_us;  /* by one that is trusted; else 0 */
    jz_assertion *assertion;
    size_t n_assertions, size_assertions;
    jz_ingredient *ingredient; /* by rising box of their assertions */
    size_t n_ingredients;
    jz_bytes redacted[JZ_REDACTIONS_MAX]; /* URIs of other manifests' assertions */
    size_t n_redacted;
    jz_bytes source_type;
    jz_cbor time_stamps; /* c2pa.time-stamp, of other manifests; a map, or the integer 0 */
    jz_credential_manifest shown;
} jz_manifest;

/* A statement of an ingredient assertion: "this was found when the ingredient was added". The URL
 * is taken apart, so that it does not matter whether it was an absolute one. */
typedef struct jz_recorded {
    jz_bytes code;
    jz_bytes manifest; /* its label */
    jz_bytes path;     /* in the manifest: "c2pa.signature"; empty: the manifest itself */
} jz_recorded;

/* One step of the walk, on the stack: the ingredient assertion by which a manifest was reached. */
typedef struct jz_step {
    const struct jz_step *up;
    const jz_manifest *by; /* whose ingredient it is */
    jz_recorded *recorded; /* sorted */
    size_t n, size;
} jz_step;

struct jz_credentials {
    jz_source src;
    jz_asset *asset;
    jz_source side_src; /* where the manifest is kept beside the file or elsewhere, */
    jz_asset *side;     /* else NULL */
    jz_buf fetched;     /* from elsewhere */
    jz_remote fetch;
    jz_bytes store;
    jz_buf merged; /* the store with an update store's manifests, where there is one */
    jz_jumbf *tree;
    size_t unpacked;        /* bytes of compressed manifests */
    const char *packed_why; /* the first that could not be unpacked; NULL: all could be */
    const jz_trust *trust;  /* only while it is filled */
    jz_bytes hashed; /* likewise; the hard binding of jz_credentials_read_back(), else empty */
    int64_t at_us;
    jz_manifest **manifest;
    size_t n_manifests, size_manifests;
    jz_credential_finding *finding;
    size_t n_findings, size_findings;
    char **text;
    size_t n_texts, size_texts;
    uint64_t hash_left; /* bytes, of the budget */
    char *remote;
    jz_change_kind change; /* by jz_credentials_explain() */
    const char *change_text;
    const char **proven;
    size_t n_proven, size_proven;
    jz_credential_state state;
    bool well_formed;
    jz_status fail; /* JZ_OK, JZ_E_NOMEM or what else is not about the file */
    jz_err why;
};

typedef struct jz_check {
    jz_credentials *c;
    jz_manifest *m; /* the one that is being validated */
    size_t index;   /* of it */
    const jz_step *step;
    const char *ingredient; /* URL of the ingredient assertion of the active manifest */
    unsigned depth;
} jz_check;

/* ---- findings (findings.c) ---- */

/* box: what it is about; NONE: the manifest. fmt: the detail, or NULL. */
void jz_found(jz_check *v, jz_code_id code, uint32_t box, const char *fmt, ...) JZ_PRINTF(4, 5);
/* The same of something that is not there, by its URL. */
void jz_found_at(jz_check *v, jz_code_id code, jz_bytes url, const char *fmt, ...) JZ_PRINTF(4, 5);
/* A copy of bytes, terminated, that lives as long as c; "" when out of memory, which is remembered.
 * Bytes that are not UTF-8 and control characters become '?'. */
const char *jz_keep_text(jz_credentials *c, jz_bytes b);
void jz_keep_failure(jz_credentials *c, jz_status st, const jz_err *err);
/* "self#jumbf=/c2pa/..." appended to out. */
void jz_put_url(jz_buf *out, const jz_jumbf *j, uint32_t box);
/* State and form, from the findings. */
void jz_conclude(jz_credentials *c);

/* ---- what was recorded (recorded.c) ---- */

/* Reads what an ingredient assertion (its CBOR) records of its manifest into s->recorded. */
void jz_recorded_read(jz_credentials *c, const jz_cbor *ingredient, jz_bytes manifest_url,
                      jz_step *s);
/* Whether this step or one above it has recorded that. */
bool jz_recorded_has(const jz_step *s, const char *code, jz_bytes url);

/* ---- hashed URIs (hashed_uri.c) ---- */

bool jz_digest_alg_of(jz_bytes name, jz_digest_alg *out);
/* Digest of bytes; false when libcrypto refuses. */
bool jz_digest(jz_digest_alg alg, jz_bytes b, uint8_t out[JZ_DIGEST_BYTES]);
/* False where it is no map with a text url and a byte string hash. */
bool jz_hashed_uri_read(const jz_cbor *map, jz_hashed_uri *out);
typedef enum jz_uri_verdict {
    JZ_URI_HOLDS,
    JZ_URI_MISSING,
    JZ_URI_MISMATCH,
    JZ_URI_ALG
} jz_uri_verdict;
/* What it names, seen from v->m, and whether that has its hash; the algorithm is the claim's where
 * the map states none. Past the budget everything is a mismatch, and told once. */
jz_uri_verdict jz_hashed_uri_check(jz_check *v, const jz_hashed_uri *u, uint32_t *box);

/* ---- parts of a manifest ---- */

/* The claim; false where nothing more can be said of the manifest (claim.c). */
bool jz_claim_read(jz_check *v);
/* The signature, its certificate and its times (signature.c). */
void jz_signature_check(jz_check *v);
/* The assertions and their hashes, into v->m (assertions.c). */
void jz_assertions_check(jz_check *v);
/* Whether a claim on the way to this manifest lists something of it as redacted. */
bool jz_is_redacted(const jz_check *v, jz_bytes url);
/* Rules of single assertions (assertion_rules.c, actions.c). */
void jz_rules_check(jz_check *v);
void jz_actions_check(jz_check *v);
/* Reads the ingredient assertions into v->m (ingredients.c). */
void jz_ingredients_read(jz_check *v);
/* Validates the manifests of the ingredients. */
void jz_ingredients_check(jz_check *v);
const jz_ingredient *jz_ingredient_of(const jz_manifest *m, uint32_t assertion_box);
/* Counts hard bindings (binding.c). */
void jz_binding_count(jz_check *v);
/* Holds the file against that of the manifest; updated: update manifests follow it. */
void jz_binding_check(jz_check *v, bool updated);

/* The manifest at a box, made where it is new; NULL when out of memory, which is remembered. */
jz_manifest *jz_manifest_of(jz_credentials *c, uint32_t box, size_t *index);
bool jz_is_manifest(const jz_jumbf_box *b);
/* Everything about v->m but its hard binding and what is told by its ingredient's reference. */
void jz_manifest_check(jz_check *v);

bool jz_is_hard_binding(jz_bytes name);

/* ---- what has changed (undo.c) ---- */

/* jz_bind_without() of that manifest's binding; of a hash of BMFF boxes where the one piece reaches
 * to the end. Others are not tried. */
JZ_CHECKED jz_status jz_binding_without(jz_credentials *c, const jz_manifest *m, jz_undo_try *u,
                                        jz_err *err);
/* Finds out what was added; JZ_CHANGE_CONTENT where nothing explains it. out: the words. */
JZ_CHECKED jz_status jz_undo_find(jz_credentials *c, const jz_manifest *m, jz_change_kind *kind,
                                  jz_buf *out, jz_err *err);
/* The manifest that binds the media, where it was reached; NULL where there is none. */
const jz_manifest *jz_binding_manifest(jz_credentials *c, size_t *index);

/* jz_credentials_verify() of a file that was signed a moment ago. binding: the content of its hard
 * binding; where the manifest has that one, and it leaves out the store as it stands in the file,
 * the hash in it need not be taken a second time. */
JZ_CHECKED jz_status jz_credentials_read_back(int fd, const jz_verify_opts *opts, jz_bytes binding,
                                              jz_credentials **out, jz_err *err);

static inline const jz_jumbf_box *jz_box(const jz_check *v, uint32_t i)
{
    return jz_jumbf_at(v->c->tree, i);
}

#endif
