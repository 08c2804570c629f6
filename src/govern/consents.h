/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of consents. */
#ifndef JZ_CONSENTS_H
#define JZ_CONSENTS_H

#include "govern/consent_record.h"
#include "govern/governs.h"
#include "govern/pin.h"

#define JZ_CONSENT_TERRITORY (JZ_CONSENT_PLACES * 3 + 1)

/* What the gate and every act need of a consent; plain values. */
typedef struct jz_consent_row {
    int64_t row;
    jz_consent_life life;
    char provider[JZ_GOVERN_NAME_MAX];
    int operation, purpose, role, visibility, age;
    bool commercial;
    uint32_t classes;
    char territory[JZ_CONSENT_TERRITORY]; /* "CN,HK," */
    int64_t max_outputs, used;
    char principal[JZ_GOVERN_NAME_MAX], guardian[JZ_GOVERN_NAME_MAX]; /* "" where erased */
} jz_consent_row;

/* JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_consent_load(jz_govern *g, const char *id, jz_consent_row *out,
                                     jz_err *err);
/* Writes a life back, in the open transaction. */
JZ_CHECKED jz_status jz_consent_save(jz_govern *g, int64_t row, const jz_consent_life *life,
                                     jz_err *err);
/* The deletion task of a consent that has just ended. */
JZ_CHECKED jz_status jz_consent_add_task(jz_govern *g, int64_t row, jz_err *err);
/* The personal fields go. */
JZ_CHECKED jz_status jz_consent_forget(jz_govern *g, int64_t row, jz_err *err);
/* The text that a person's key signs. */
void jz_consent_statement_put(const char *id, jz_consent_act act, int64_t seq, int64_t until_s,
                              jz_buf *out);
/* Does a step and what follows from it, in the open transaction: life, event, task, erasure. */
JZ_CHECKED jz_status jz_consent_apply(jz_govern *g, const char *id, const jz_consent_deed *deed,
                                      const jz_consent_row *c, jz_err *err);
/* How an act is told in events: "given", "withdrawn", ... */
const char *jz_consent_kind(jz_consent_act act);
#define JZ_CONSENT_ASKED "requested"
#define JZ_CONSENT_DELETED "deleted"
#define JZ_CONSENT_OVERDUE "deletion-overdue"

/* What an event's detail holds; canonical. */
typedef struct jz_consent_detail {
    int64_t seq, until_s;
    int proof; /* 1 + its place in jz_words_proof; 0 = none */
    uint8_t signature[JZ_CONSENT_SIG_SIZE];
    uint8_t written[32];
    char reason[JZ_GOVERN_TEXT_MAX], document[JZ_GOVERN_NAME_MAX];
    int64_t task; /* of a provider's deletion, and what shows it */
    uint8_t deletion[32];
} jz_consent_detail;
extern const char *const jz_words_proof[]; /* "signature", "pin", "written" */
enum { JZ_PROOF_SIGNATURE = 1, JZ_PROOF_PIN, JZ_PROOF_WRITTEN };
extern const jz_field jz_consent_detail_fields[];

#endif
