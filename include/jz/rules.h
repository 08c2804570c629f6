/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that decide: a small typed language in which every name is given once, without loops, whose
 * cost is known before it runs. Values may be unknown (Kleene's three-valued logic), and a rule
 * that ends unknown is recorded as such. There are no fractions and no clock: whatever a rule sees
 * is in its inputs, so that a decision can be made again, byte for byte, years later. docs/rules.md
 * is the language's reference. */
#ifndef JZ_RULES_H
#define JZ_RULES_H

#include <jz/govern.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_RULES_SOURCE_MAX                                                                        \
    ((size_t)256 << 10) /* bytes of a rule set, and of each of its lists                           \
                         */
#define JZ_RULES_INPUTS_MAX ((size_t)64 << 10)
#define JZ_RULES_MAX 128        /* rules of a set */
#define JZ_RULES_LISTS 32       /* lists of a set */
#define JZ_RULES_COST 200000    /* steps that one evaluation may take; more is refused */
#define JZ_RULES_ID_SIZE 33     /* of a decision: 32 hex digits of a random number, terminator */
#define JZ_RULES_SHA256_SIZE 65 /* of a set: 64 hex digits, terminator */

/* ---- a rule set ---- */

/* Compiled. Threads: any number may evaluate one. */
typedef struct jz_rules jz_rules;

typedef struct jz_rules_file { /* a list that a set names; borrowed */
    const char *path;          /* as it stands behind '@' */
    jz_bytes text; /* one word a line; empty lines and those that begin with # say nothing */
} jz_rules_file;

/* Compiles a set; name stands in messages, which are "NAME:LINE:COLUMN: what was expected". Fails
 * with JZ_E_CORRUPT (not the language, or types that do not fit), JZ_E_LIMIT (JZ_RULES_*),
 * JZ_E_NOTFOUND (a list is not among the files), JZ_E_NOMEM; *out is new. Threads, here and below:
 * any. */
JZ_API JZ_CHECKED jz_status jz_rules_compile(const char *name, jz_bytes text,
                                             const jz_rules_file *files, size_t n, jz_rules **out,
                                             jz_err *err);
/* The same from a file, whose lists are found from its folder. Also JZ_E_IO. */
JZ_API JZ_CHECKED jz_status jz_rules_load(const char *path, jz_rules **out, jz_err *err);
JZ_API void jz_rules_free(jz_rules *r);
JZ_DEFINE_AUTO(jz_rules, jz_rules_free);

typedef struct jz_rules_info { /* text is borrowed from the set */
    const char *name;
    char sha256[JZ_RULES_SHA256_SIZE]; /* of its text and its lists */
    size_t rules, lists;
    uint64_t cost; /* steps, at most */
    size_t warnings;
} jz_rules_info;
JZ_API void jz_rules_info_of(const jz_rules *r, jz_rules_info *out);
/* "NAME:LINE:COLUMN: ..."; NULL past the last one. */
JZ_API const char *jz_rules_warning(const jz_rules *r, size_t i);

/* ---- an evaluation ---- */

/* What a live rule that fired wants done; text is borrowed for the call. */
typedef struct jz_rules_effect {
    const char *rule, *severity, *policy;
    const char *verb;   /* "seal", "queue", ... */
    const char *arg[3]; /* as they were written */
    size_t args;
} jz_rules_effect;
typedef jz_status (*jz_rules_effect_fn)(void *user, const jz_rules_effect *effect, jz_err *err);

/* Evaluates a set over inputs (JSON, strict; docs/rules.md lists the keys). fn (or NULL) is called
 * for each effect in the set's order. *decision (or NULL) is JSON, always the same bytes for the
 * same set and inputs: what fired, what did in shadow, what ended unknown, effects, and the trace;
 * freed with jz_govern_free(). Fails with JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT for inputs that
 * are none, JZ_E_NOMEM, and what fn fails with. */
JZ_API JZ_CHECKED jz_status jz_rules_eval(const jz_rules *r, jz_bytes inputs, jz_rules_effect_fn fn,
                                          void *user, char **decision, jz_err *err);

typedef struct jz_rules_tests {
    uint64_t cases, failed;
} jz_rules_tests;
/* Called for each case that failed, with what was wrong. */
typedef void (*jz_rules_fault_fn)(void *user, uint64_t line, const char *name, const char *what);
/* Runs test cases, one JSON object a line: {"name","inputs",["fired"],["shadow"],["unknown"]},
 * where a list that is not given must be empty. A line that is no case is JZ_E_CORRUPT with its
 * number. */
JZ_API JZ_CHECKED jz_status jz_rules_test(const jz_rules *r, jz_bytes cases, jz_rules_fault_fn fn,
                                          void *user, jz_rules_tests *out, jz_err *err);

/* ---- rule sets of an installation ---- */

typedef enum jz_rules_state { /* numbers are stored */
                              JZ_RULES_DRAFT = 1,
                              JZ_RULES_SHADOW,  /* decides beside the live one, without effects */
                              JZ_RULES_LIVE,    /* one at a time */
                              JZ_RULES_RETIRED, /* was live; decisions still need it */
} jz_rules_state;
JZ_API const char *jz_rules_state_name(jz_rules_state s); /* "draft", ...; NULL for none */

/* Keeps a set with its lists as a draft; JZ_E_EXISTS where it is there, whatever its state. */
JZ_API JZ_CHECKED jz_status jz_rules_add(jz_govern *g, const jz_rules *r, const char *by,
                                         jz_err *err);
/* Runs a draft, or what was live, in shadow; the one that was in shadow is a draft again. sha256:
 * its beginning, 8 digits or more. JZ_E_NOTFOUND; JZ_E_INVAL from another state. */
JZ_API JZ_CHECKED jz_status jz_rules_shadow(jz_govern *g, const char *sha256, const char *by,
                                            jz_err *err);
/* One person's word that a set shall go live; with the second person's it does (*live), and the one
 * that was live is retired. JZ_E_EXISTS: it is live, or this person has said so before. */
JZ_API JZ_CHECKED jz_status jz_rules_approve(jz_govern *g, const char *sha256, const char *by,
                                             bool *live, jz_err *err);

typedef struct jz_rules_row { /* text is borrowed */
    const char *sha256, *name;
    jz_rules_state state;
    const char *added_by;
    const char *approved_by; /* the first of two; "" = nobody yet */
    uint64_t decisions;
} jz_rules_row;
typedef jz_status (*jz_rules_row_fn)(void *user, const jz_rules_row *row, jz_err *err);
/* Every set in the order of adding. */
JZ_API JZ_CHECKED jz_status jz_rules_list(jz_govern *g, jz_rules_row_fn fn, void *user,
                                          jz_err *err);

/* The text of a set and of its lists, as they are kept:
 * {"sha256","text","lists":[{"path","text"}]}. sha256: its beginning. JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_rules_source(jz_govern *g, const char *sha256, char **json,
                                            jz_err *err);

/* ---- decisions ---- */

typedef struct jz_rules_question { /* all borrowed */
    jz_bytes inputs;
    const char *by;
    jz_rules_effect_fn fn; /* as in jz_rules_eval(), called before it is durable; or NULL */
    void *user;
} jz_rules_question;
/* The live set decides, durably: inputs and decision are kept, with what the set in shadow would
 * have decided. *decision (or NULL) as in jz_rules_eval(). JZ_E_NOTFOUND where no set is live. */
JZ_API JZ_CHECKED jz_status jz_rules_decide(jz_govern *g, const jz_rules_question *q,
                                            char id[JZ_RULES_ID_SIZE], char **decision,
                                            jz_err *err);
/* A decision, made again from its set and its inputs, which are given as {"decision","inputs",
 * "id","same"}; *same says whether it gave the same bytes. JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_rules_explain(jz_govern *g, const char *id, bool *same, char **json,
                                             jz_err *err);
/* What a set would have decided since a time, beside what was decided: {"decisions","same",
 * "rules":[{"rule","more","fewer","sample":[ids]}]}. */
JZ_API JZ_CHECKED jz_status jz_rules_backtest(jz_govern *g, const jz_rules *r, int64_t since_us,
                                              char **json, jz_err *err);
/* The live set decides what is left at the gate's last step: deny() denies, queue() and
 * quarantine() ask for a review. The gate records that decision itself. Where no set is live,
 * nothing changes. */
JZ_API void jz_rules_attach_gate(jz_govern *g);

#ifdef __cplusplus
}
#endif
#endif
