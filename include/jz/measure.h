/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions, the measures that they order, and the ladder by which what one account does adds up.
 * A decision names the policy's clause and the legal basis, its facts, and the sealed evidence, or
 * why there is none. Measures are orders to the platform: each waits to be acknowledged, and can be
 * reversed. docs/measures.md has the fields, every measure and the ladder. */
#ifndef JZ_MEASURE_H
#define JZ_MEASURE_H

#include <jz/govern.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_DECISION_ID_SIZE 33 /* 32 hex digits of a random number */
#define JZ_DECISION_JSON_MAX ((size_t)128 << 10)
#define JZ_DECISION_MEASURES 64

/* ---- measures ---- */

/* Numbers are stored: never reused. Names: "stop_generate", ... */
typedef enum jz_measure_kind {
    JZ_MEASURE_STOP_GENERATE = 1, /* content: its target is a hash or an address */
    JZ_MEASURE_STOP_TRANSMIT,
    JZ_MEASURE_REMOVE,
    JZ_MEASURE_DISABLE,
    JZ_MEASURE_LABEL,
    JZ_MEASURE_DEMOTE,
    JZ_MEASURE_RESTRICT_INTERACTION,
    JZ_MEASURE_QUARANTINE,
    JZ_MEASURE_DESTROY,
    JZ_MEASURE_BLOCK_PROMPT, /* model */
    JZ_MEASURE_BLOCK_INPUT,
    JZ_MEASURE_RETRAIN_TICKET,
    JZ_MEASURE_RETRAIN_DONE,
    JZ_MEASURE_ROLLBACK,
    JZ_MEASURE_NOTICE, /* user: of the decision's account */
    JZ_MEASURE_WARN,
    JZ_MEASURE_LIMIT,
    JZ_MEASURE_SUSPEND,
    JZ_MEASURE_TERMINATE,
    JZ_MEASURE_DEVICE_BLOCK,
    JZ_MEASURE_FREEZE_JOIN, /* group: of the decision's group */
    JZ_MEASURE_FREEZE_MEDIA,
    JZ_MEASURE_DISSOLVE,
    JZ_MEASURE_REPORT_AUTHORITY, /* outward */
    JZ_MEASURE_PRESERVE,
    JZ_MEASURE_HOLD,
    JZ_MEASURE_RESPOND_ORDER,
} jz_measure_kind;
JZ_API const char *jz_measure_kind_name(jz_measure_kind k);    /* NULL for none of them */
JZ_API const char *jz_measure_kind_chinese(jz_measure_kind k); /* "停止传输", ...; likewise */

typedef enum jz_measure_state {
    JZ_MEASURE_PROPOSED = 1, /* by the ladder: a person decides */
    JZ_MEASURE_ORDERED,
    JZ_MEASURE_DONE,   /* acknowledged by the platform */
    JZ_MEASURE_FAILED, /* it could not be told, or refused */
    JZ_MEASURE_ENDED,  /* its time is over */
    JZ_MEASURE_REVERSED,
    JZ_MEASURE_DISMISSED,
} jz_measure_state;
JZ_API const char *jz_measure_state_name(jz_measure_state s);

typedef enum jz_measure_act {
    JZ_MEASURE_APPROVE = 1,
    JZ_MEASURE_DISMISS,
    JZ_MEASURE_ACKNOWLEDGE,
    JZ_MEASURE_FAIL,
    JZ_MEASURE_RETRY,
    JZ_MEASURE_END,
    JZ_MEASURE_REVERSE,
} jz_measure_act;
JZ_API const char *jz_measure_act_name(jz_measure_act a);

/* ---- deciding ---- */

/* Records a decision (JSON) and orders its measures, in one transaction with the strike, the steps
 * of the ladder that it climbs, and the complaint that it upholds. Fails with JZ_E_CORRUPT,
 * JZ_E_TRUNCATED, JZ_E_LIMIT (not such a JSON), JZ_E_INVAL (what may not be: the rule is named),
 * JZ_E_NOTFOUND (the complaint); nothing is done then. by: a pseudonym, here and below. */
JZ_API JZ_CHECKED jz_status jz_decide(jz_govern *g, jz_bytes json, const char *by,
                                      char id[JZ_DECISION_ID_SIZE], jz_err *err);
JZ_API JZ_CHECKED jz_status jz_decision_find(jz_govern *g, const char *text,
                                             char id[JZ_DECISION_ID_SIZE], jz_err *err);

typedef struct jz_measure_deed { /* zero-initialise; text is borrowed */
    jz_measure_act act;
    const char *by;
    const char *reason; /* dismiss, fail, reverse: wanted */
} jz_measure_deed;
/* By the measure's number. JZ_E_INVAL: not from this state. JZ_E_NOTFOUND. Where the last measure
 * of a complaint's decision is acknowledged, the complaint is carried out. */
JZ_API JZ_CHECKED jz_status jz_measure_do(jz_govern *g, int64_t measure,
                                          const jz_measure_deed *deed, jz_err *err);
/* Ends what has run its time; *n counts. */
JZ_API JZ_CHECKED jz_status jz_measure_sweep(jz_govern *g, const char *by, uint64_t *n,
                                             jz_err *err);

/* ---- appeals ---- */

typedef enum jz_appeal_state {
    JZ_APPEAL_NONE = 1,
    JZ_APPEAL_OPEN,
    JZ_APPEAL_KEPT,
    JZ_APPEAL_OVERTURNED, /* measures are reversed, the strike is revoked */
    JZ_APPEAL_MODIFIED,   /* the strike counts as of another severity */
} jz_appeal_state;
JZ_API const char *jz_appeal_state_name(jz_appeal_state s);

/* By the account, within six months of the decision; once. */
JZ_API JZ_CHECKED jz_status jz_decision_appeal(jz_govern *g, const char *id, const char *text,
                                               const char *by, jz_err *err);
/* outcome: kept, overturned or modified (then severity: "high", "medium", "low"). The steps of the
 * ladder are computed anew: what would not have been reached is reversed, and what would have been
 * shorter ends where it would have ended. JZ_E_INVAL where by is who decided. */
JZ_API JZ_CHECKED jz_status jz_decision_review(jz_govern *g, const char *id,
                                               jz_appeal_state outcome, const char *severity,
                                               const char *reason, const char *by, jz_err *err);

/* ---- the ladder ---- */

/* Takes a ladder (JSON) for decisions from now on: what was decided keeps the points that it got.
 * JZ_E_INVAL where it would end an account or go to an authority by itself. */
JZ_API JZ_CHECKED jz_status jz_ladder_set(jz_govern *g, jz_bytes json, const char *by, jz_err *err);
/* The one in force, and its SHA-256 in hex; *out is freed with jz_govern_free(). */
JZ_API JZ_CHECKED jz_status jz_ladder_get(jz_govern *g, char **out, char sha256[65], jz_err *err);

/* ---- telling the platform ---- */

/* The platform's address for webhooks. Private and loopback ones, and plain http, are refused
 * unless inside is set. docs/measures.md has the message and its signature. JZ_E_INVAL;
 * JZ_E_NOTFOUND: no such host. */
JZ_API JZ_CHECKED jz_status jz_hook_set(jz_govern *g, const char *url, bool inside, const char *by,
                                        jz_err *err);
/* The key that signs webhooks: keys/hook.skey below home, 0600, made where create is set; wiped by
 * the caller with jz_skey_wipe(). */
JZ_API JZ_CHECKED jz_status jz_hook_key(const char *home, bool create, jz_skey *out, jz_err *err);
typedef struct jz_hook_count {
    uint64_t delivered, failed, dead;
} jz_hook_count;
/* Tells what is due, in order; what fails is tried again after 1, 5, 30, 120 and 720 minutes, and
 * is dead then. A message may come twice, with the same id. JZ_E_NOTFOUND: no address is set. */
JZ_API JZ_CHECKED jz_status jz_hook_deliver(jz_govern *g, const jz_skey *key, const char *by,
                                            jz_hook_count *out, jz_err *err);

typedef struct jz_hook_info { /* text is borrowed */
    const char *id;           /* of the message */
    int64_t measure;
    const char *kind;  /* "order", "reverse", "end", "shorten", "recheck" */
    const char *state; /* "waiting", "delivered", "dead" */
    int64_t made_us, next_us;
    int64_t attempts;
    const char *error; /* of the last attempt; "" */
    const char *body;  /* JSON */
} jz_hook_info;
typedef jz_status (*jz_hook_fn)(void *user, const jz_hook_info *h, jz_err *err);
/* What waits and what is dead; all: everything. */
JZ_API JZ_CHECKED jz_status jz_hooks(jz_govern *g, bool all, jz_hook_fn fn, void *user,
                                     jz_err *err);

/* ---- seeing ---- */

typedef struct jz_measure_info { /* text is borrowed */
    int64_t number;
    const char *decision;
    jz_measure_kind kind;
    jz_measure_state state;
    const char *target;  /* what it is of */
    const char *feature; /* of limit; "" */
    int64_t ordered_us;  /* 0 = not */
    int64_t until_us;    /* 0 = until it is reversed */
    bool automated;      /* no person has ordered it */
    bool by_ladder;
} jz_measure_info;
typedef jz_status (*jz_measure_fn)(void *user, const jz_measure_info *m, jz_err *err);
/* Of one decision, or with id NULL all in a state (0: any), in order of their numbers. */
JZ_API JZ_CHECKED jz_status jz_measures(jz_govern *g, const char *id, jz_measure_state state,
                                        jz_measure_fn fn, void *user, jz_err *err);

/* Those on content that were ordered because of a complaint, as whoever complains may see them: of
 * what was decided on the one into which it is folded, only those on its own items. */
JZ_API JZ_CHECKED jz_status jz_complaint_measures(jz_govern *g, const char *complaint,
                                                  jz_measure_fn fn, void *user, jz_err *err);

/* Whether something stands that keeps an item out (stop_transmit, remove, disable, quarantine,
 * destroy): intake asks before it takes what is offered. target: as in the decision, "sha256:..."
 * or an address; *measure is its number, 0 for none. */
JZ_API JZ_CHECKED jz_status jz_measure_refuses(jz_govern *g, const char *target, int64_t *measure,
                                               jz_err *err);

typedef struct jz_decision_info { /* text is borrowed; NULL where there is none */
    const char *id;
    int64_t at_us;
    const char *by;
    const char *complaint, *account, *group;
    const char *severity;
    int64_t points; /* of its strike; 0 = none */
    bool revoked;
    jz_appeal_state appeal;
    const char *body; /* as decided, JSON */
} jz_decision_info;
typedef jz_status (*jz_decision_fn)(void *user, const jz_decision_info *d, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_decision_show(jz_govern *g, const char *id, jz_decision_fn fn,
                                             void *user, jz_err *err);
/* Those from since on (microseconds), in order. */
JZ_API JZ_CHECKED jz_status jz_decisions(jz_govern *g, int64_t since_us, jz_decision_fn fn,
                                         void *user, jz_err *err);

typedef struct jz_account_standing {
    int64_t milli;              /* thousandths of points, now */
    int64_t next;               /* points at which the next step is; 0 = none */
    int64_t strikes;            /* that count */
    int64_t suspended_until_us; /* 0 = not; INT64_MAX = without end */
    bool terminated;
} jz_account_standing;
JZ_API JZ_CHECKED jz_status jz_account(jz_govern *g, const char *account, jz_account_standing *out,
                                       jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
