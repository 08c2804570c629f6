/* SPDX-License-Identifier: Apache-2.0 */
/* Consent of a person to the synthesis of their face or voice: a record with the fields of ISO/IEC
 * TS 27560:2023 (known by way of the DPV guide to it), one purpose, one operation and one provider
 * each (separate consent: PIPL articles 14 and 29), with an end and revocable at any time. What the
 * law makes void cannot be written down: a grant without end, irrevocable, to be passed on, or
 * bundled has no field to stand in (Supreme People's Court on face recognition, 2021, articles 4
 * and 11). docs/consent.md lists the fields. */
#ifndef JZ_CONSENT_H
#define JZ_CONSENT_H

#include <jz/govern.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_CONSENT_ID_SIZE 65   /* 64 hex digits: SHA-256 of the record's canonical text */
#define JZ_CONSENT_CASE_SIZE 15 /* "JC-", 11 characters, terminator */
#define JZ_CONSENT_PIN_SIZE 9   /* 8 digits */
#define JZ_CONSENT_SIG_SIZE 64  /* Ed25519, RFC 8032 */
#define JZ_CONSENT_KEY_SIZE 32
#define JZ_CONSENT_JSON_MAX ((size_t)64 << 10)
#define JZ_CONSENT_MAX_DAYS 366 /* from giving or renewing to the end, at most */

/* Numbers are stored: never reused. Names are those of DPV: "requested", "refused", ... */
typedef enum jz_consent_state {
    JZ_CONSENT_REQUESTED = 1,
    JZ_CONSENT_DEFERRED,
    JZ_CONSENT_REFUSED,
    JZ_CONSENT_GIVEN,   /* only given and renewed consent is good for anything, */
    JZ_CONSENT_RENEWED, /* and only until its end */
    JZ_CONSENT_WITHDRAWN,
    JZ_CONSENT_EXPIRED,
    JZ_CONSENT_REVOKED,     /* by the provider */
    JZ_CONSENT_INVALIDATED, /* by an authority or a court */
} jz_consent_state;
JZ_API const char *jz_consent_state_name(jz_consent_state s); /* NULL for none of them */

/* What can be done with a consent. */
typedef enum jz_consent_act {
    JZ_CONSENT_DEFER = 1,
    JZ_CONSENT_REFUSE,
    JZ_CONSENT_GRANT,
    JZ_CONSENT_RENEW,
    JZ_CONSENT_WITHDRAW,
    JZ_CONSENT_EXPIRE,
    JZ_CONSENT_REVOKE,
    JZ_CONSENT_INVALIDATE,
    JZ_CONSENT_ERASE, /* the personal fields go; only where it is good for nothing any more */
} jz_consent_act;
JZ_API const char *jz_consent_act_name(jz_consent_act a); /* "withdraw", ...; NULL for none */

/* ---- asking for it ---- */

typedef struct jz_consent_ticket { /* for the person, and shown once: the PIN is not stored */
    char id[JZ_CONSENT_ID_SIZE];
    char case_no[JZ_CONSENT_CASE_SIZE];
    char pin[JZ_CONSENT_PIN_SIZE];
} jz_consent_ticket;

/* Takes a record (JSON) that a provider asks a person for: requested, and good for nothing until it
 * is given. Fails with JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT (not such a JSON, the key named) or
 * JZ_E_INVAL (what the law does not allow, the rule named). by: who does it, here and below. */
JZ_API JZ_CHECKED jz_status jz_consent_request(jz_govern *g, jz_bytes json, const char *by,
                                               jz_consent_ticket *out, jz_err *err);
/* The whole id of the one consent whose id begins so (8 digits or more). JZ_E_NOTFOUND; JZ_E_INVAL
 * where several are meant. */
JZ_API JZ_CHECKED jz_status jz_consent_find(jz_govern *g, const char *text,
                                            char id[JZ_CONSENT_ID_SIZE], jz_err *err);

/* The consent of a case number, for whoever has its PIN. JZ_E_MISMATCH (not saying which is wrong;
 * the attempt is counted), JZ_E_BUSY. */
JZ_API JZ_CHECKED jz_status jz_consent_by_case(jz_govern *g, const char *case_no, const char *pin,
                                               char id[JZ_CONSENT_ID_SIZE], jz_err *err);

/* ---- doing something with it ---- */

/* Who does it is told by how it is proved. Exactly one proof for what only the person (or, under
 * 14, the guardian) may do: defer, refuse, give, renew, withdraw, erase. */
typedef struct jz_consent_deed { /* zero-initialise; text is borrowed */
    jz_consent_act act;
    const char *by;
    int64_t until_s; /* renew: the new end, seconds since 1970 UTC */
    /* By the key in the record: over jz_consent_statement(). */
    const uint8_t *signature; /* JZ_CONSENT_SIG_SIZE bytes */
    /* Where the key is lost, or there was none; not for giving and renewing. */
    const char *case_no, *pin;
    /* On paper: SHA-256 of the signed document. Not for giving and renewing where there is a key.
     */
    const uint8_t *written;
    const char *reason;   /* revoke, invalidate: why; the names of persons do not belong there */
    const char *document; /* invalidate: the number of the decision */
} jz_consent_deed;

/* The text that a person's key signs for an act on a consent as it is now, terminated: it names the
 * act, the consent, the number of its next event and, for renew, the new end, so that a signature
 * is good once. *out is freed with jz_govern_free(). JZ_E_NOTFOUND, JZ_E_INVAL. */
JZ_API JZ_CHECKED jz_status jz_consent_statement(jz_govern *g, const char *id, jz_consent_act act,
                                                 int64_t until_s, char **out, jz_err *err);
/* Does it, durably. Where consent ends, a deletion task for its provider is made. Fails with
 * JZ_E_INVAL (not from this state, or not by whoever this is: nothing changes), JZ_E_MISMATCH (the
 * proof is false; of a wrong PIN the attempt is counted), JZ_E_BUSY (too many wrong PINs: later;
 * erase: a hold), JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_consent_do(jz_govern *g, const char *id, const jz_consent_deed *deed,
                                          jz_err *err);
/* The same for whoever has a case number and no id, or a wrong one: the answer does not say which
 * of both was wrong. */
JZ_API JZ_CHECKED jz_status jz_consent_do_by_case(jz_govern *g, const jz_consent_deed *deed,
                                                  jz_err *err);

/* ---- seeing it ---- */

typedef struct jz_consent_info { /* text is borrowed until the callback returns */
    const char *id;
    jz_consent_state state;
    bool valid; /* now */
    bool erased;
    int64_t from_s, until_s; /* seconds since 1970 UTC */
    int64_t max_outputs, used;
    const char *provider; /* its party_id */
    const char *record;   /* the canonical text */
    const char *personal; /* the personal fields, JSON; NULL where erased */
} jz_consent_info;
typedef jz_status (*jz_consent_info_fn)(void *user, const jz_consent_info *info, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_consent_show(jz_govern *g, const char *id, jz_consent_info_fn fn,
                                            void *user, jz_err *err);
/* Every consent in the order of asking. */
JZ_API JZ_CHECKED jz_status jz_consent_list(jz_govern *g, jz_consent_info_fn fn, void *user,
                                            jz_err *err);

/* A text (JSON) by which the person can show, without this installation, what was consented to and
 * what became of it: record, personal fields, every event, each with its leaf and a proof from the
 * log. What is not in the ledger yet is JZ_E_BUSY: jz_govern_anchor() first. *out is freed with
 * jz_govern_free(). */
JZ_API JZ_CHECKED jz_status jz_consent_receipt(jz_govern *g, jz_log *log, const char *id,
                                               char **out, jz_err *err);

typedef struct jz_consent_verdict { /* what a receipt proves, as of its last event */
    char id[JZ_CONSENT_ID_SIZE];
    jz_consent_state state;
    bool personal;  /* with its personal fields, which are those that were committed to */
    bool is_signed; /* by the person's key, when it was given */
    int64_t from_s, until_s;
    size_t events;
    jz_trust trust; /* of the proof with the largest tree */
} jz_consent_verdict;
/* Needs no installation. Fails with JZ_E_MISMATCH where a part is not what another one commits to,
 * an event was not allowed, a signature is false, or no log of the policy has it; JZ_E_CORRUPT,
 * JZ_E_TRUNCATED, JZ_E_LIMIT for what is no receipt. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_consent_verify(jz_bytes receipt, const jz_policy *policy,
                                              jz_consent_verdict *out, jz_err *err);

/* ---- what follows when it ends ---- */

/* Ends what has come to its end, and files a finding for each deletion task that is overdue. To be
 * called now and then; the gate needs it for nothing. */
JZ_API JZ_CHECKED jz_status jz_consent_sweep(jz_govern *g, const char *by, uint64_t *expired,
                                             uint64_t *overdue, jz_err *err);

typedef struct jz_consent_task { /* text is borrowed */
    int64_t number;
    const char *consent, *provider;
    int64_t made_us, due_us;
    int64_t done_us; /* 0 = not done */
    bool overdue;
} jz_consent_task;
typedef jz_status (*jz_consent_task_fn)(void *user, const jz_consent_task *task, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_consent_tasks(jz_govern *g, bool open_only, jz_consent_task_fn fn,
                                             void *user, jz_err *err);
/* A provider has deleted; proof: SHA-256 of what shows it. JZ_E_NOTFOUND; JZ_E_EXISTS. */
JZ_API JZ_CHECKED jz_status jz_consent_deleted(jz_govern *g, int64_t task, const uint8_t proof[32],
                                               const char *by, jz_err *err);

/* What has ended, from the leaf since on, as a signed note (c2sp.org/signed-note) whose lines are
 * "CONSENT STATE SECONDS LEAF"; at most 4096 of them: its fourth line is where the next feed
 * begins. Only what is in the ledger is in it. *out is freed with jz_govern_free(). */
JZ_API JZ_CHECKED jz_status jz_consent_feed(jz_govern *g, uint64_t since, const jz_skey *key,
                                            char **out, jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
