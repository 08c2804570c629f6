/* SPDX-License-Identifier: Apache-2.0 */
/* A home with govern, its keys, and records and requests that can be varied. Persons, providers and
 * filings are invented. */
#ifndef JZ_GOVERN_FIXTURE_H
#define JZ_GOVERN_FIXTURE_H

#include <jz/consent.h>
#include <jz/filing.h>
#include <jz/gate.h>

#include "base/buf.h"

#define T0 INT64_C(1790000000) /* when the tests begin */
#define DAY INT64_C(86400)
#define FILING "网信算备330106000000001260001号"
#define MEDIUM "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CREDIT "91330106MA00000003" /* made up; its check character fits */

typedef struct fixture {
    char home[256];
    jz_govern *g;
    jz_skey gate, person;
} fixture;

int make_fixture(void **state); /* *state: a fixture; the filing and the provider are there */
int drop_fixture(void **state);
fixture *fixture_of(void **state);
void at(fixture *f, int64_t now_s);

typedef struct record_opts { /* zero: a lawful record of an adult with a key, until T0 + 90 days */
    const char *replace, *with; /* in its text, the first place */
    bool no_key;
    const fixture *owner; /* whose key; needed unless no_key */
} record_opts;
void record_text(const record_opts *o, jz_buf *out);
/* Asked, and granted by the person's key. */
void granted(fixture *f, const record_opts *o, jz_consent_ticket *out);
jz_status asked(fixture *f, const record_opts *o, jz_consent_ticket *out);
/* An act by the person's key. */
jz_status signed_act(fixture *f, const char *id, jz_consent_act act, int64_t until_s);
/* A request about MEDIUM with a consent (NULL: none), and one replacement. */
void request_text(const char *request_id, const char *consent, const char *replace,
                  const char *with, jz_buf *out);
/* Asks the gate; the answer is freed by the caller. */
jz_status ask(fixture *f, const jz_buf *request, jz_gate_answer *out);
/* The decision, and that the reason (NULL: any) is in the answer. */
void assert_decision(fixture *f, const char *consent, const char *replace, const char *with,
                     jz_gate_decision decision, const char *reason);
/* The text between "token":" and its end, unescaped. */
void token_of(const char *answer, jz_buf *out);

#endif
