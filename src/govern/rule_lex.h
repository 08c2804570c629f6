/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a rule set, one at a time, with the place of each. */
#ifndef JZ_RULE_LEX_H
#define JZ_RULE_LEX_H

#include "base/rd.h"

typedef enum jz_rule_token_kind {
    JZ_TOKEN_END,
    JZ_TOKEN_NAME, /* letters, digits, '_' and '.' inside: hit, item.pdq */
    JZ_TOKEN_INT,
    JZ_TOKEN_TEXT, /* "..." */
    JZ_TOKEN_SPAN, /* P90D, PT48H, P1DT12H */
    JZ_TOKEN_PATH, /* @sets/slang_zh */
    JZ_TOKEN_SIGN, /* ; { } ( ) [ ] , : ! < > + - * = == != <= >= && || */
} jz_rule_token_kind;

typedef struct jz_rule_token {
    jz_rule_token_kind kind;
    jz_bytes text;         /* as written; of a text and a path, without what marks it. Borrowed */
    int64_t value;         /* of a number; of a span, seconds */
    unsigned line, column; /* from 1, in characters */
} jz_rule_token;

typedef struct jz_rule_lexer {
    jz_rd rd;
    const char *file; /* in messages */
    unsigned line, column;
    jz_rule_token token; /* the present one */
} jz_rule_lexer;

/* The first token. Fails as jz_rule_next(). */
JZ_CHECKED jz_status jz_rule_lex(jz_rule_lexer *l, const char *file, jz_bytes text, jz_err *err);
/* JZ_E_CORRUPT, with the place. */
JZ_CHECKED jz_status jz_rule_next(jz_rule_lexer *l, jz_err *err);
bool jz_rule_is(const jz_rule_lexer *l, jz_rule_token_kind kind, const char *text);
/* "FILE:LINE:COLUMN: expected WHAT, found ..." at the present token; JZ_E_CORRUPT. */
jz_status jz_rule_expected(const jz_rule_lexer *l, const char *what, jz_err *err);
/* "FILE:LINE:COLUMN: message" at a token. */
jz_status jz_rule_wrong(const jz_rule_lexer *l, const jz_rule_token *at, jz_err *err,
                        const char *fmt, ...) JZ_PRINTF(4, 5);
/* Takes that sign or word. */
JZ_CHECKED jz_status jz_rule_want(jz_rule_lexer *l, jz_rule_token_kind kind, const char *text,
                                  jz_err *err);

#endif
