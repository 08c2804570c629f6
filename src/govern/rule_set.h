/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a compiled rule set. Expressions are postfix code without jumps: every operation
 * runs once, so that the cost of an evaluation is the sum over its code, known when it is compiled.
 * Nothing is allocated after that. */
#ifndef JZ_RULE_SET_H
#define JZ_RULE_SET_H

#include <jz/rules.h>

#include "base/json.h"
#include "govern/fields.h"
#include "govern/rule_lex.h"

#define JZ_RULE_LETS 128
#define JZ_RULE_OPS 8192   /* operations of a set */
#define JZ_RULE_STACK 32   /* operands of an expression, and its nesting */
#define JZ_RULE_TEXT 4096  /* bytes of a text that is searched */
#define JZ_RULE_WORDS 2048 /* of a list */
#define JZ_RULE_NAME 64    /* bytes of a name, with its terminator */
#define JZ_RULE_ARGS 3
#define JZ_RULE_WARNINGS 16

typedef enum jz_rule_type {
    JZ_RULE_BOOL,
    JZ_RULE_INT,
    JZ_RULE_TEXTUAL, /* str */
    JZ_RULE_TIME,    /* seconds since 1970 UTC */
    JZ_RULE_SPAN,    /* seconds */
    JZ_RULE_LIST,    /* list<str> */
} jz_rule_type;
const char *jz_rule_type_name(jz_rule_type t);

typedef struct jz_rule_words {
    const jz_bytes *word;
    size_t n;
} jz_rule_words;

typedef struct jz_rule_value { /* what it is, is known from the code */
    bool known;
    bool b;
    union {
        int64_t i; /* int, time, span */
        jz_bytes s;
        jz_rule_words list;
    };
} jz_rule_value;

/* ---- inputs ---- */

typedef struct jz_rule_inputs jz_rule_inputs; /* plain values; some 30 kB */
typedef struct jz_rule_input {                /* a row of the table of names */
    const char *name;                         /* "item.quality" */
    jz_rule_type type;
    const char *const *words; /* of a str that is one of them; ends with NULL; else NULL */
    size_t at;
} jz_rule_input;
#define JZ_RULE_NO_INPUT SIZE_MAX
size_t jz_rule_input_find(jz_bytes name); /* its row, or JZ_RULE_NO_INPUT */
const jz_rule_input *jz_rule_input_row(size_t i);
/* NULL when out of memory; freed with jz_free(). */
jz_rule_inputs *jz_rule_inputs_new(void);
/* JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_rule_inputs_read(jz_bytes json, jz_rule_inputs *out, jz_err *err);
/* For reading them inside of something else: the table, the bytes of the struct, and what is to be
 * done after reading. */
extern const jz_field jz_rule_inputs_fields[];
extern const size_t jz_rule_inputs_size;
void jz_rule_inputs_finish(jz_rule_inputs *in);
/* The canonical text. */
void jz_rule_inputs_put(const jz_rule_inputs *in, jz_buf *out);
jz_rule_value jz_rule_input_get(const jz_rule_inputs *in, size_t i);

typedef struct jz_rule_near { /* what the banks say of the item in one bank */
    bool any;                 /* there is a match */
    int64_t distance;         /* of the nearest one, bits */
    bool exact;               /* one of them is of the same bytes */
    const char *status;       /* of the nearest one: "seed", "confirmed" */
} jz_rule_near;
/* false: nobody has looked, or not whole. */
bool jz_rule_inputs_near(const jz_rule_inputs *in, jz_bytes bank, jz_rule_near *out);
/* How often something was counted in so many days; false: not told. */
bool jz_rule_inputs_count(const jz_rule_inputs *in, jz_bytes name, int64_t days, int64_t *out);

/* ---- functions ---- */

typedef struct jz_rule_fn {
    const char *name;
    jz_rule_type result;
    jz_rule_type arg[JZ_RULE_ARGS];
    size_t args;
    uint32_t cost;      /* steps */
    uint32_t word_cost; /* for each word of a list that is an argument */
    bool literal;       /* its last argument must be written out, so that its cost is known */
    const char *const *words;
    jz_rule_value (*run)(const jz_rule_inputs *in, const jz_rule_value *arg);
} jz_rule_fn;
const jz_rule_fn *jz_rule_fn_find(jz_bytes name, size_t *at); /* or NULL */
const jz_rule_fn *jz_rule_fn_row(size_t i);
/* The last value of arg, which is a literal, is one that it can take; else what is wanted. */
const char *jz_rule_fn_fault(const jz_rule_fn *fn, const jz_rule_value *arg);

/* ---- code ---- */

typedef enum jz_rule_opcode {
    JZ_OP_CONST,
    JZ_OP_INPUT,
    JZ_OP_LET,
    JZ_OP_HAS, /* of an input */
    JZ_OP_KNOWN,
    JZ_OP_NOT,
    JZ_OP_MINUS,
    JZ_OP_AND,
    JZ_OP_OR,
    JZ_OP_EQ,
    JZ_OP_NE,
    JZ_OP_LT,
    JZ_OP_LE,
    JZ_OP_GT,
    JZ_OP_GE,
    JZ_OP_IN,
    JZ_OP_ADD,
    JZ_OP_SUB,
    JZ_OP_MUL,
    JZ_OP_CALL,
} jz_rule_opcode;

/* The type of a op b; false: there is none. */
bool jz_rule_arithmetic(jz_rule_opcode op, jz_rule_type a, jz_rule_type b, jz_rule_type *out);

typedef struct jz_rule_op {
    uint8_t code;
    uint8_t type; /* of what is compared */
    uint16_t at;  /* constant, input, let, function */
} jz_rule_op;

typedef struct jz_rule_code {
    uint32_t from, n; /* operations; 0 of them = there is none */
} jz_rule_code;

/* ---- the set ---- */

typedef struct jz_rule_list {
    const char *name;
    char *path, *body, *text; /* body: as it was; text: in lower case */
    size_t len;
    jz_bytes *word; /* in text, lower case; in order of appearance */
    size_t n, size;
    uint8_t sha256[32];
    bool used;
    unsigned line, column;
} jz_rule_list;

typedef struct jz_rule_let {
    const char *name;
    jz_rule_type type;
    const char *const *words;
    jz_rule_code code;
    bool used;
    unsigned line, column;
} jz_rule_let;

typedef struct jz_rule_verb { /* a row of the table of effects */
    const char *name;
    const char *args; /* one letter each: t target, s text, n number from 0 to 9, d span; '?' stands
                         behind one that may be left out */
    const char *never; /* why it is never automatic; NULL: it may be */
} jz_rule_verb;

typedef struct jz_rule_effect {
    const jz_rule_verb *verb;
    const char *arg[JZ_RULE_ARGS];
    size_t args;
} jz_rule_effect;

typedef enum jz_rule_mode { JZ_RULE_DRAFT, JZ_RULE_SHADOW, JZ_RULE_LIVE } jz_rule_mode;
extern const char *const jz_rule_modes[], *const jz_rule_severities[]; /* end with NULL */

typedef struct jz_rule {
    const char *name, *title, *policy, *severity;
    jz_rule_mode mode;
    jz_rule_code when, unless;
    uint32_t effect, effects;
} jz_rule;

struct jz_rules {
    const char *name;
    char *source;
    size_t source_len;
    uint8_t sha256[32];
    int64_t row; /* in the database; 0 = it is not from there */
    jz_rule_list *list;
    jz_rule_let *let;
    jz_rule *rule;
    jz_rule_effect *effect;
    jz_rule_op *op;
    jz_rule_value *constant;
    char **text; /* owned strings that the others point to */
    struct jz_rule_kept_words {
        jz_bytes *word;
    } * words; /* of lists that are written out */
    size_t lists, lets, rules, effects, ops, constants, texts, lists_of_words;
    size_t lists_size, lets_size, rules_size, effects_size, ops_size, constants_size, texts_size,
        words_size;
    uint64_t cost;
    char warning[JZ_RULE_WARNINGS][JZ_ERR_TEXT];
    size_t warnings;
};

/* Of its text and its lists. */
void jz_rules_hash(jz_rules *r);
/* A copy that lives as long as the set; NULL when out of memory. */
const char *jz_rule_keep(jz_rules *r, jz_bytes text);

/* ---- compiling ---- */

typedef struct jz_rule_parser {
    jz_rule_lexer lex;
    jz_rules *r;
    const jz_rules_file *file;
    size_t files;
    unsigned depth; /* of nested expressions */
    unsigned stack; /* operands that the code so far leaves */
} jz_rule_parser;

/* An expression of that type, at the present token. */
JZ_CHECKED jz_status jz_rule_parse_expr(jz_rule_parser *p, jz_rule_type wanted, jz_rule_code *code,
                                        const char *const **words, jz_err *err);
JZ_CHECKED jz_status jz_rule_parse_list(jz_rule_parser *p, jz_err *err);
JZ_CHECKED jz_status jz_rule_parse_effects(jz_rule_parser *p, jz_rule *rule, jz_err *err);
/* A type's name: "bool", ..., "list<str>". */
JZ_CHECKED jz_status jz_rule_parse_type(jz_rule_parser *p, jz_rule_type *out, jz_err *err);
void jz_rule_warn(jz_rule_parser *p, unsigned line, unsigned column, const char *fmt, ...)
    JZ_PRINTF(4, 5);
/* JZ_E_CORRUPT where the name at the present token stands for something already. */
JZ_CHECKED jz_status jz_rule_new_name(jz_rule_parser *p, const char **out, jz_err *err);

/* ---- evaluating ---- */

typedef enum jz_rule_outcome {
    JZ_RULE_NOT_RUN, /* a draft */
    JZ_RULE_NO,
    JZ_RULE_UNKNOWN,
    JZ_RULE_FIRED,
} jz_rule_outcome;

typedef struct jz_rule_result {
    jz_rule_value let[JZ_RULE_LETS];
    jz_rule_value when[JZ_RULES_MAX], unless[JZ_RULES_MAX];
    jz_rule_outcome outcome[JZ_RULES_MAX];
} jz_rule_result;

void jz_rule_run(const jz_rules *r, const jz_rule_inputs *in, jz_rule_result *out);
/* The decision's text, canonical. */
void jz_rule_decision_put(const jz_rules *r, const jz_rule_inputs *in, const jz_rule_result *res,
                          jz_buf *out);
/* Calls fn (or NULL) for each effect of the rules that count. */
JZ_CHECKED jz_status jz_rule_give_effects(const jz_rules *r, const jz_rule_result *res,
                                          jz_rules_effect_fn fn, void *user, jz_err *err);
/* A rule's outcome counts: it is live. */
static inline bool jz_rule_counts(const jz_rules *r, const jz_rule_result *res, size_t i)
{
    return r->rule[i].mode == JZ_RULE_LIVE && res->outcome[i] == JZ_RULE_FIRED;
}

#endif
