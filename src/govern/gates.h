/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the gate, and its way through the checks. */
#ifndef JZ_GATES_H
#define JZ_GATES_H

#include "govern/consents.h"

#define JZ_GATE_REASONS 16
#define JZ_GATE_REASON_SIZE 80
#define JZ_GATE_PRODUCER_SIZE 28

enum { JZ_STANDING_OK = 1, JZ_STANDING_LIMITED, JZ_STANDING_SUSPENDED };
enum { JZ_MINOR_NO = 1, JZ_MINOR_YES, JZ_MINOR_UNSURE };

typedef struct jz_gate_subject {
    int role, apparent_minor;
    uint8_t media[32];
    char consent[JZ_CONSENT_ID_SIZE]; /* "": none */
} jz_gate_subject;

typedef struct jz_gate_request {
    char id[129];
    struct {
        char ref[JZ_GOVERN_NAME_MAX];
        bool verified;
        int standing;
    } requester;
    int operation, purpose, content_class; /* 1 + the word's place */
    jz_gate_subject subject[JZ_GATE_SUBJECTS];
    size_t subjects;
    struct {
        int visibility;
        bool commercial;
        char territory[JZ_CONSENT_PLACES][3];
        size_t n_territory;
    } output;
    struct {
        bool explicit_label, implicit_label;
        char producer[JZ_GATE_PRODUCER_SIZE]; /* "": not told */
    } labels;
} jz_gate_request;

/* JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_gate_request_read(jz_bytes json, jz_gate_request *out, jz_err *err);

typedef struct jz_gate_case { /* a request on its way through the checks */
    jz_govern *g;
    const char *provider;
    const jz_gate_request *q;
    int64_t now_s;
    char provider_code[20];                   /* its credit code; "": not bound */
    jz_consent_row consent[JZ_GATE_SUBJECTS]; /* of each subject; row 0: none that counts here */
    jz_gate_decision decision;                /* 0 while nothing has hit */
    char reason[JZ_GATE_REASONS][JZ_GATE_REASON_SIZE];
    size_t reasons;
    bool missing[JZ_GATE_SUBJECTS];
} jz_gate_case;

/* Runs every check in its order until one hits; sets the decision and its reasons. */
JZ_CHECKED jz_status jz_gate_judge(jz_gate_case *c, jz_err *err);
/* *state: of the provider's filing, and the credit code bound to it. */
typedef enum jz_filing_state {
    JZ_FILING_NONE,
    JZ_FILING_ENDED,
    JZ_FILING_IN_FORCE
} jz_filing_state;
JZ_CHECKED jz_status jz_gate_filing(jz_govern *g, const char *provider, jz_filing_state *state,
                                    char code[20], jz_err *err);
/* "E_ORDER", "E_NO_SYNTH" or NULL: what stands against those media (or NULL) or that person (or
 * NULL, ""). */
JZ_CHECKED jz_status jz_gate_blocked(jz_govern *g, const uint8_t *media, const char *ref,
                                     const char **reason, jz_err *err);
/* What is wrong with a label's producer code, for a provider with that credit code; NULL: nothing.
 */
JZ_CHECKED jz_status jz_gate_producer(jz_govern *g, const char *code, const char *producer,
                                      const char **fault, jz_err *err);

/* ---- tokens ---- */

typedef struct jz_gate_token {
    char decision[JZ_GATE_ID_SIZE];
    const char *operation, *purpose;
    int64_t expires_s;
    uint8_t media[JZ_GATE_SUBJECTS][32];
    size_t n;
} jz_gate_token;

/* Appends the signed note; media are put in order, each once. */
JZ_CHECKED jz_status jz_gate_token_put(jz_gate_token *t, const jz_skey *key, jz_buf *out,
                                       jz_err *err);
/* Sorts hashes and takes out those that stand there twice; *n is how many are left. */
void jz_gate_sort(uint8_t (*media)[32], size_t *n);

#endif
