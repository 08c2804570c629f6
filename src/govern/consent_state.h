/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a consent as a table: which act, from which states, by whom, to which state. Nothing
 * else changes a state. Threads: any. */
#ifndef JZ_CONSENT_STATE_H
#define JZ_CONSENT_STATE_H

#include <jz/consent.h>

typedef enum jz_consent_party {                     /* who does it */
                                JZ_PARTY_PRINCIPAL, /* the person, or the guardian of one under 14
                                                     */
                                JZ_PARTY_CONTROLLER,
                                JZ_PARTY_AUTHORITY,
                                JZ_PARTY_CLOCK,
} jz_consent_party;

typedef struct jz_consent_life {
    jz_consent_state state;
    int64_t from_s, until_s; /* seconds since 1970 UTC */
    int64_t seq;             /* events so far; asking is the first */
    bool erased;
} jz_consent_life;

#define JZ_CONSENT_MAX_S ((int64_t)JZ_CONSENT_MAX_DAYS * 86400)

/* Who may do an act. */
jz_consent_party jz_consent_party_of(jz_consent_act act);
/* Whether it is good for processing at a time. */
bool jz_consent_is_valid(const jz_consent_life *life, int64_t now_s);
/* Whether a state is one that consent does not come back from. */
bool jz_consent_is_over(jz_consent_state s);
/* Does an act; until_s: of renew. JZ_E_INVAL, the life untouched, where it may not be. */
JZ_CHECKED jz_status jz_consent_step(jz_consent_life *life, jz_consent_act act,
                                     jz_consent_party party, int64_t now_s, int64_t until_s,
                                     jz_err *err);

#endif
