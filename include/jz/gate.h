/* SPDX-License-Identifier: Apache-2.0 */
/* The gate before any synthesis: may this requester, by this provider, do this with these media?
 * Yes comes as a token that is good once, for exactly that, for a quarter of an hour. The provider
 * learns yes or no and its obligations, never a face or an identity. docs/consent.md lists the
 * fields, the order of the checks and every reason. */
#ifndef JZ_GATE_H
#define JZ_GATE_H

#include <jz/govern.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_GATE_ID_SIZE 33 /* 32 hex digits of a random number, and the terminator */
#define JZ_GATE_JSON_MAX ((size_t)64 << 10)
#define JZ_GATE_BATCH_MAX 1024
#define JZ_GATE_SUBJECTS 16

/* Numbers are stored. Names: "permit", "deny", "needs_consent", "needs_review". */
typedef enum jz_gate_decision {
    JZ_GATE_PERMIT = 1,
    JZ_GATE_DENY,
    JZ_GATE_NEEDS_CONSENT,
    JZ_GATE_NEEDS_REVIEW,
} jz_gate_decision;
JZ_API const char *jz_gate_decision_name(jz_gate_decision d); /* NULL for none of them */

/* The key that signs tokens and feeds: keys/gate.skey below home, 0600, made where create is set.
 * Whoever has it wipes it with jz_skey_wipe(). JZ_E_NOTFOUND, JZ_E_CORRUPT, JZ_E_IO. */
JZ_API JZ_CHECKED jz_status jz_gate_key(const char *home, bool create, jz_skey *out, jz_err *err);

typedef struct jz_gate_answer {
    jz_status status; /* not JZ_OK: the request is none, as err says; nothing is recorded */
    jz_gate_decision decision;
    char *json; /* the answer of the API; freed with jz_gate_answers_done() */
    jz_err err;
} jz_gate_answer;
JZ_API void jz_gate_answers_done(jz_gate_answer *answers, size_t n);

/* Answers n requests (JSON) of a provider, in one transaction: after JZ_OK every decision is
 * durable. A request that was answered before (its request_id) gets the same answer again, token
 * and all, where it is the same request; another one under that id has status JZ_E_MISMATCH,
 * and one whose answer was erased together with a consent JZ_E_NOTFOUND.
 * Answers are written on success only. JZ_E_LIMIT for more than JZ_GATE_BATCH_MAX; JZ_E_IO,
 * JZ_E_BUSY, JZ_E_NOMEM: nothing was decided. */
JZ_API JZ_CHECKED jz_status jz_gate_check(jz_govern *g, const jz_skey *key, const char *provider,
                                          const jz_bytes *requests, size_t n,
                                          jz_gate_answer *answers, jz_err *err);

/* What rules add: called last and only where everything else permits; it can make the decision
 * stricter (deny, needs_review), never milder. rule: the id of the rule that did, for the reason
 * "E_RULE:id"; A-Z a-z 0-9 _ . -, at most 63 of them. */
typedef struct jz_gate_view { /* of a request; text is borrowed */
    const char *provider, *requester, *operation, *purpose, *content_class, *visibility;
    bool commercial;
    size_t subjects;
} jz_gate_view;
typedef jz_status (*jz_gate_rules_fn)(void *user, const jz_gate_view *view,
                                      jz_gate_decision *decision, char rule[64], jz_err *err);
JZ_API void jz_gate_set_rules(jz_govern *g, jz_gate_rules_fn fn, void *user);

/* ---- tokens ---- */

typedef struct jz_gate_use { /* what a worker is about to do; text is borrowed */
    const char *operation, *purpose;
    const uint8_t (*media)[32]; /* SHA-256 of the media, n of them, in any order */
    size_t n;
} jz_gate_use;

/* Whether a token (a signed note) is of that key, not over at now_s, and for exactly this use;
 * decision: whose it is. Does not tell whether it was used: jz_gate_redeem() does. JZ_E_CORRUPT,
 * JZ_E_MISMATCH. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_gate_token_check(const jz_vkey *key, jz_bytes token,
                                                const jz_gate_use *use, int64_t now_s,
                                                char decision[JZ_GATE_ID_SIZE], jz_err *err);
/* The same, and uses it up, durably. JZ_E_EXISTS: it was used before. JZ_E_MISMATCH also where a
 * consent or the filing behind it has ended since. */
JZ_API JZ_CHECKED jz_status jz_gate_redeem(jz_govern *g, const jz_vkey *key, jz_bytes token,
                                           const jz_gate_use *use, const char *by,
                                           char decision[JZ_GATE_ID_SIZE], jz_err *err);

/* ---- closing the loop ---- */

/* {"decision_id","output_sha256","output_pdq","label_ids",["producer"]}: ties an output to its
 * decision, and by it to the consents. One report for a decision whose token was used; *finding
 * (one static line, or NULL) says what is wrong with the label's producer code. JZ_E_EXISTS: it was
 * reported before; JZ_E_INVAL, JZ_E_NOTFOUND, JZ_E_CORRUPT and so on for what is no report. */
JZ_API JZ_CHECKED jz_status jz_gate_report(jz_govern *g, const char *provider, jz_bytes json,
                                           const char **finding, jz_err *err);
/* What is known of a decision, by its id, or by the SHA-256 of its output (64 digits): JSON with
 * consents, output and events; freed with jz_govern_free(). JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_gate_show(jz_govern *g, const char *text, char **json, jz_err *err);

/* ---- providers, and what is never synthesised ---- */

/* A provider and the number of its filing (jz/filing.h), which the gate looks up each time. */
JZ_API JZ_CHECKED jz_status jz_gate_set_provider(jz_govern *g, const char *party,
                                                 const char *filing, const char *by, jz_err *err);

typedef struct jz_gate_block { /* of media by their hash, or of a person by reference: one of both
                                */
    bool order;                /* a court's or an authority's; else the person's own wish */
    const uint8_t *sha256;     /* 32 bytes, or NULL */
    const char *ref;           /* as in pii_principal.ref, or NULL */
    const char *document;      /* the order's number; NULL for a wish */
} jz_gate_block;
/* Denies what concerns it, whatever consent there is; JZ_E_EXISTS. Removing one is recorded, too:
 * JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_gate_set_block(jz_govern *g, const jz_gate_block *block, bool set,
                                              const char *by, jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
