/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions, from text to postfix code in one pass: types are checked while they are read. */
#include "govern/rule_set.h"

#include "base/alloc.h"

#include <string.h>

#define NEST 32       /* brackets and operators that stand before their operand */
#define INPUT_LIST 32 /* words that a list of the inputs can have */

typedef struct operand { /* what the code so far leaves on top */
    jz_rule_type type;
    const char *const *words; /* it is one of them */
    bool literal;
    jz_rule_value value; /* of a literal */
    size_t list_words;   /* of a list, at most */
    jz_rule_token at;
} operand;

static bool is_sign(const jz_rule_parser *p, const char *sign)
{
    return jz_rule_is(&p->lex, JZ_TOKEN_SIGN, sign);
}

/* ---- emitting ---- */

/* pops operands, pushes one. */
static jz_status emit(jz_rule_parser *p, jz_rule_op op, unsigned pops, uint64_t cost,
                      const jz_rule_token *at, jz_err *err)
{
    jz_rules *r = p->r;
    if (r->ops == JZ_RULE_OPS)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s:%u:%u: more than %d operations in a set", p->lex.file,
                       at->line, at->column, JZ_RULE_OPS);
    r->cost += cost;
    if (r->cost > JZ_RULES_COST)
        return JZ_FAIL(err, JZ_E_LIMIT,
                       "%s:%u:%u: up to here an evaluation may take more than %d "
                       "steps",
                       p->lex.file, at->line, at->column, JZ_RULES_COST);
    p->stack = p->stack - pops + 1;
    if (p->stack > JZ_RULE_STACK)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s:%u:%u: more than %d operands at once", p->lex.file,
                       at->line, at->column, JZ_RULE_STACK);
    void *grown = jz_grow(r->op, r->ops, &r->ops_size, sizeof *r->op);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->op = grown;
    r->op[r->ops++] = op;
    return JZ_OK;
}

static jz_status emit_plain(jz_rule_parser *p, jz_rule_opcode code, jz_rule_type type,
                            unsigned pops, const jz_rule_token *at, jz_err *err)
{
    return emit(p, (jz_rule_op){ .code = (uint8_t)code, .type = (uint8_t)type }, pops, 1, at, err);
}

static jz_status emit_constant(jz_rule_parser *p, const operand *o, jz_err *err)
{
    jz_rules *r = p->r;
    void *grown = jz_grow(r->constant, r->constants, &r->constants_size, sizeof *r->constant);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->constant = grown;
    const jz_rule_op op = { .code = JZ_OP_CONST, .at = (uint16_t)r->constants };
    JZ_TRY(emit(p, op, 0, 1, &o->at, err));
    r->constant[r->constants++] = o->value;
    return JZ_OK;
}

/* ---- what stands by itself ---- */

/* NOLINTBEGIN(misc-no-recursion): no deeper than NEST */

static jz_status parse_or(jz_rule_parser *p, operand *out, jz_err *err);

static jz_status keep_text(jz_rule_parser *p, jz_bytes text, jz_bytes *out, jz_err *err)
{
    const char *kept = jz_rule_keep(p->r, text);
    if (kept == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    *out = (jz_bytes){ (const uint8_t *)kept, text.len };
    return JZ_OK;
}

static jz_status parse_literal(jz_rule_parser *p, operand *out, jz_err *err)
{
    const jz_rule_token *t = &p->lex.token;
    out->literal = true;
    out->value.known = true;
    out->value.i = t->value;
    out->type = t->kind == JZ_TOKEN_INT ? JZ_RULE_INT : JZ_RULE_SPAN;
    if (t->kind == JZ_TOKEN_TEXT) {
        out->type = JZ_RULE_TEXTUAL;
        JZ_TRY(keep_text(p, t->text, &out->value.s, err));
    } else if (t->kind == JZ_TOKEN_NAME) {
        out->type = JZ_RULE_BOOL;
        out->value.b = t->text.len == 4;
    }
    JZ_TRY(jz_rule_next(&p->lex, err));
    return emit_constant(p, out, err);
}

/* The array is kept by the set, which frees it. */
static jz_status new_words(jz_rules *r, jz_bytes **out, jz_err *err)
{
    void *grown = jz_grow(r->words, r->lists_of_words, &r->words_size, sizeof *r->words);
    if (grown != NULL)
        r->words = grown;
    *out = grown != NULL ? jz_alloc(JZ_RULE_WORDS / 32 * sizeof **out) : NULL;
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->words[r->lists_of_words++].word = *out;
    return JZ_OK;
}

/* [ "a", "b" ] */
static jz_status parse_words(jz_rule_parser *p, operand *out, jz_err *err)
{
    jz_bytes *word = NULL;
    size_t n = 0;
    JZ_TRY(new_words(p->r, &word, err));
    do {
        JZ_TRY(jz_rule_next(&p->lex, err));
        if (p->lex.token.kind != JZ_TOKEN_TEXT)
            return jz_rule_expected(&p->lex, "a text in a list", err);
        if (n == JZ_RULE_WORDS / 32)
            return jz_rule_wrong(&p->lex, &p->lex.token, err,
                                 "expected at most %d words here; put them into a file",
                                 JZ_RULE_WORDS / 32);
        JZ_TRY(keep_text(p, p->lex.token.text, &word[n++], err));
        JZ_TRY(jz_rule_next(&p->lex, err));
    } while (is_sign(p, ","));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "]", err));
    out->type = JZ_RULE_LIST;
    out->literal = true;
    out->value = (jz_rule_value){ .known = true, .list = { word, n } };
    out->list_words = n;
    return emit_constant(p, out, err);
}

/* has(input) */
static jz_status parse_has(jz_rule_parser *p, operand *out, jz_err *err)
{
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "(", err));
    const size_t i = p->lex.token.kind == JZ_TOKEN_NAME ? jz_rule_input_find(p->lex.token.text)
                                                        : JZ_RULE_NO_INPUT;
    if (i == JZ_RULE_NO_INPUT)
        return jz_rule_expected(&p->lex, "the name of an input", err);
    JZ_TRY(jz_rule_next(&p->lex, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ")", err));
    out->type = JZ_RULE_BOOL;
    return emit(p, (jz_rule_op){ .code = JZ_OP_HAS, .at = (uint16_t)i }, 0, 1, &out->at, err);
}

static jz_status parse_known(jz_rule_parser *p, operand *out, jz_err *err)
{
    operand inner;
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "(", err));
    JZ_TRY(parse_or(p, &inner, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ")", err));
    out->type = JZ_RULE_BOOL;
    return emit_plain(p, JZ_OP_KNOWN, JZ_RULE_BOOL, 1, &out->at, err);
}

static jz_status check_argument(jz_rule_parser *p, const jz_rule_fn *fn, size_t i,
                                const operand *arg, jz_err *err)
{
    if (arg->type != fn->arg[i])
        return jz_rule_wrong(
            &p->lex, &arg->at, err, "expected %s as argument %zu of %s(), found %s",
            jz_rule_type_name(fn->arg[i]), i + 1, fn->name, jz_rule_type_name(arg->type));
    if (!fn->literal || i + 1 != fn->args)
        return JZ_OK;
    if (!arg->literal)
        return jz_rule_wrong(&p->lex, &arg->at, err,
                             "expected argument %zu of %s() to be written out", i + 1, fn->name);
    const char *wanted = jz_rule_fn_fault(fn, &arg->value);
    return wanted != NULL ? jz_rule_wrong(&p->lex, &arg->at, err, "expected %s", wanted) : JZ_OK;
}

static jz_status parse_call(jz_rule_parser *p, const jz_rule_fn *fn, size_t row, operand *out,
                            jz_err *err)
{
    uint64_t cost = fn->cost;
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "(", err));
    for (size_t i = 0; i < fn->args; i++) {
        operand arg;
        if (i > 0)
            JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ",", err));
        JZ_TRY(parse_or(p, &arg, err));
        JZ_TRY(check_argument(p, fn, i, &arg, err));
        cost += arg.type == JZ_RULE_LIST ? (uint64_t)fn->word_cost * arg.list_words : 0;
    }
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ")", err));
    out->type = fn->result;
    out->words = fn->words;
    const jz_rule_op op = { .code = JZ_OP_CALL, .at = (uint16_t)row };
    return emit(p, op, (unsigned)fn->args, cost, &out->at, err);
}

static bool find_let(jz_rule_parser *p, jz_bytes name, size_t *at)
{
    for (size_t i = 0; i < p->r->lets; i++)
        if (strlen(p->r->let[i].name) == name.len &&
            memcmp(p->r->let[i].name, name.ptr, name.len) == 0) {
            *at = i;
            return true;
        }
    return false;
}

static bool find_list(jz_rule_parser *p, jz_bytes name, size_t *at)
{
    for (size_t i = 0; i < p->r->lists; i++)
        if (strlen(p->r->list[i].name) == name.len &&
            memcmp(p->r->list[i].name, name.ptr, name.len) == 0) {
            *at = i;
            return true;
        }
    return false;
}

/* A let, a list or an input. */
static jz_status parse_named(jz_rule_parser *p, jz_bytes name, operand *out, jz_err *err)
{
    size_t i = 0;
    if (find_let(p, name, &i)) {
        p->r->let[i].used = true;
        out->type = p->r->let[i].type;
        out->words = p->r->let[i].words;
        out->list_words = JZ_RULE_WORDS;
        return emit(p, (jz_rule_op){ .code = JZ_OP_LET, .at = (uint16_t)i }, 0, 1, &out->at, err);
    }
    if (find_list(p, name, &i)) {
        jz_rule_list *l = &p->r->list[i];
        l->used = true;
        out->type = JZ_RULE_LIST;
        out->value = (jz_rule_value){ .known = true, .list = { l->word, l->n } };
        out->list_words = l->n;
        return emit_constant(p, out, err);
    }
    i = jz_rule_input_find(name);
    if (i == JZ_RULE_NO_INPUT)
        return jz_rule_wrong(&p->lex, &out->at, err,
                             "expected a name that is known here, found '%.*s'",
                             name.len < 64 ? (int)name.len : 64, (const char *)name.ptr);
    out->type = jz_rule_input_row(i)->type;
    out->words = jz_rule_input_row(i)->words;
    out->list_words = INPUT_LIST;
    return emit(p, (jz_rule_op){ .code = JZ_OP_INPUT, .at = (uint16_t)i }, 0, 1, &out->at, err);
}

static jz_status parse_name(jz_rule_parser *p, operand *out, jz_err *err)
{
    const jz_bytes name = p->lex.token.text;
    size_t row = 0;
    if (jz_rule_is(&p->lex, JZ_TOKEN_NAME, "true") || jz_rule_is(&p->lex, JZ_TOKEN_NAME, "false"))
        return parse_literal(p, out, err);
    const bool has = jz_rule_is(&p->lex, JZ_TOKEN_NAME, "has");
    const bool known = jz_rule_is(&p->lex, JZ_TOKEN_NAME, "known");
    JZ_TRY(jz_rule_next(&p->lex, err));
    if (has)
        return parse_has(p, out, err);
    if (known)
        return parse_known(p, out, err);
    if (!is_sign(p, "("))
        return parse_named(p, name, out, err);
    const jz_rule_fn *fn = jz_rule_fn_find(name, &row);
    if (fn == NULL)
        return jz_rule_wrong(&p->lex, &out->at, err, "expected a function, found '%.*s'",
                             name.len < 64 ? (int)name.len : 64, (const char *)name.ptr);
    return parse_call(p, fn, row, out, err);
}

static jz_status parse_primary(jz_rule_parser *p, operand *out, jz_err *err)
{
    switch (p->lex.token.kind) {
    case JZ_TOKEN_INT:
    case JZ_TOKEN_TEXT:
    case JZ_TOKEN_SPAN:
        return parse_literal(p, out, err);
    case JZ_TOKEN_NAME:
        return parse_name(p, out, err);
    default:
        break;
    }
    if (is_sign(p, "["))
        return parse_words(p, out, err);
    if (!is_sign(p, "("))
        return jz_rule_expected(&p->lex, "a value", err);
    JZ_TRY(jz_rule_next(&p->lex, err));
    JZ_TRY(parse_or(p, out, err));
    return jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ")", err);
}

/* ---- operators ---- */

static jz_status want_type(jz_rule_parser *p, const operand *o, jz_rule_type wanted, jz_err *err)
{
    return o->type == wanted ? JZ_OK
                             : jz_rule_wrong(&p->lex, &o->at, err, "expected %s, found %s",
                                             jz_rule_type_name(wanted), jz_rule_type_name(o->type));
}

static jz_status parse_prefixed(jz_rule_parser *p, operand *out, jz_err *err)
{
    *out = (operand){ .at = p->lex.token };
    const bool not = is_sign(p, "!");
    if (!not &&!is_sign(p, "-"))
        return parse_primary(p, out, err);
    JZ_TRY(jz_rule_next(&p->lex, err));
    const jz_rule_token at = out->at;
    if (++p->depth > NEST)
        return jz_rule_wrong(&p->lex, &at, err, "expected less than %d levels of nesting", NEST);
    JZ_TRY(parse_prefixed(p, out, err));
    p->depth--;
    if (not )
        JZ_TRY(want_type(p, out, JZ_RULE_BOOL, err));
    else if (out->type != JZ_RULE_INT && out->type != JZ_RULE_SPAN)
        return jz_rule_wrong(&p->lex, &out->at, err, "expected int or span behind '-', found %s",
                             jz_rule_type_name(out->type));
    *out = (operand){ .type = out->type, .at = at };
    return emit_plain(p, not ? JZ_OP_NOT : JZ_OP_MINUS, out->type, 1, &at, err);
}

static jz_status join(jz_rule_parser *p, jz_rule_opcode op, const char *sign, operand *a,
                      const operand *b, jz_err *err)
{
    jz_rule_type type;
    if (!jz_rule_arithmetic(op, a->type, b->type, &type))
        return jz_rule_wrong(&p->lex, &a->at, err, "there is no %s %s %s",
                             jz_rule_type_name(a->type), sign, jz_rule_type_name(b->type));
    *a = (operand){ .type = type, .at = a->at };
    return emit_plain(p, op, type, 2, &a->at, err);
}

static jz_status parse_product(jz_rule_parser *p, operand *out, jz_err *err)
{
    JZ_TRY(parse_prefixed(p, out, err));
    while (is_sign(p, "*")) {
        operand right;
        JZ_TRY(jz_rule_next(&p->lex, err));
        JZ_TRY(parse_prefixed(p, &right, err));
        JZ_TRY(join(p, JZ_OP_MUL, "*", out, &right, err));
    }
    return JZ_OK;
}

static jz_status parse_sum(jz_rule_parser *p, operand *out, jz_err *err)
{
    JZ_TRY(parse_product(p, out, err));
    while (is_sign(p, "+") || is_sign(p, "-")) {
        const bool plus = is_sign(p, "+");
        operand right;
        JZ_TRY(jz_rule_next(&p->lex, err));
        JZ_TRY(parse_product(p, &right, err));
        JZ_TRY(join(p, plus ? JZ_OP_ADD : JZ_OP_SUB, plus ? "+" : "-", out, &right, err));
    }
    return JZ_OK;
}

/* ---- comparing ---- */

/* A text that is compared with one of some words must be one of them, else it would never be. */
static jz_status check_word(jz_rule_parser *p, const char *const *words, jz_bytes word,
                            const jz_rule_token *at, jz_err *err)
{
    char wanted[120] = "";
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strlen(words[i]) == word.len && memcmp(words[i], word.ptr, word.len) == 0)
            return JZ_OK;
        const size_t len = strlen(wanted);
        if (len + strlen(words[i]) + 3 < sizeof wanted) {
            memcpy(wanted + len, i > 0 ? ", " : "", i > 0 ? 3 : 1);
            memcpy(wanted + strlen(wanted), words[i], strlen(words[i]) + 1);
        }
    }
    return jz_rule_wrong(&p->lex, at, err, "expected one of %s", wanted);
}

static jz_status check_words(jz_rule_parser *p, const operand *a, const operand *b, jz_err *err)
{
    if (a->words == NULL || !b->literal)
        return JZ_OK;
    if (b->type == JZ_RULE_TEXTUAL)
        return check_word(p, a->words, b->value.s, &b->at, err);
    for (size_t i = 0; b->type == JZ_RULE_LIST && i < b->value.list.n; i++)
        JZ_TRY(check_word(p, a->words, b->value.list.word[i], &b->at, err));
    return JZ_OK;
}

static bool comparison(const jz_rule_parser *p, jz_rule_opcode *op)
{
    static const struct {
        const char *sign;
        jz_rule_opcode op;
    } rows[] = { { "==", JZ_OP_EQ }, { "!=", JZ_OP_NE }, { "<", JZ_OP_LT },
                 { "<=", JZ_OP_LE }, { ">", JZ_OP_GT },  { ">=", JZ_OP_GE } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++)
        if (is_sign(p, rows[i].sign)) {
            *op = rows[i].op;
            return true;
        }
    *op = JZ_OP_IN;
    return jz_rule_is(&p->lex, JZ_TOKEN_NAME, "in");
}

static jz_status compare(jz_rule_parser *p, jz_rule_opcode op, operand *a, const operand *b,
                         jz_err *err)
{
    const bool order = op >= JZ_OP_LT && op <= JZ_OP_GE;
    uint64_t cost = 1;
    if (op == JZ_OP_IN) {
        JZ_TRY(want_type(p, a, JZ_RULE_TEXTUAL, err));
        JZ_TRY(want_type(p, b, JZ_RULE_LIST, err));
        cost += b->list_words;
    } else {
        JZ_TRY(want_type(p, b, a->type, err));
        if (a->type == JZ_RULE_LIST ||
            (order && a->type <= JZ_RULE_TEXTUAL && a->type != JZ_RULE_INT))
            return jz_rule_wrong(&p->lex, &a->at, err, "%s cannot be compared this way",
                                 jz_rule_type_name(a->type));
    }
    JZ_TRY(check_words(p, a, b, err));
    JZ_TRY(check_words(p, b, a, err));
    const jz_rule_op made = { .code = (uint8_t)op, .type = (uint8_t)a->type };
    JZ_TRY(emit(p, made, 2, cost, &a->at, err));
    *a = (operand){ .type = JZ_RULE_BOOL, .at = a->at };
    return JZ_OK;
}

static jz_status parse_comparison(jz_rule_parser *p, operand *out, jz_err *err)
{
    jz_rule_opcode op;
    operand right;
    JZ_TRY(parse_sum(p, out, err));
    if (is_sign(p, "="))
        return jz_rule_expected(&p->lex, "'==' to compare", err);
    if (!comparison(p, &op))
        return JZ_OK;
    JZ_TRY(jz_rule_next(&p->lex, err));
    JZ_TRY(parse_sum(p, &right, err));
    return compare(p, op, out, &right, err);
}

static jz_status parse_and(jz_rule_parser *p, operand *out, jz_err *err)
{
    JZ_TRY(parse_comparison(p, out, err));
    while (is_sign(p, "&&")) {
        operand right;
        JZ_TRY(jz_rule_next(&p->lex, err));
        JZ_TRY(parse_comparison(p, &right, err));
        JZ_TRY(want_type(p, out, JZ_RULE_BOOL, err));
        JZ_TRY(want_type(p, &right, JZ_RULE_BOOL, err));
        JZ_TRY(emit_plain(p, JZ_OP_AND, JZ_RULE_BOOL, 2, &out->at, err));
    }
    return JZ_OK;
}

static jz_status parse_or(jz_rule_parser *p, operand *out, jz_err *err)
{
    if (++p->depth > NEST)
        return jz_rule_wrong(&p->lex, &p->lex.token, err, "expected less than %d levels of nesting",
                             NEST);
    JZ_TRY(parse_and(p, out, err));
    while (is_sign(p, "||")) {
        operand right;
        JZ_TRY(jz_rule_next(&p->lex, err));
        JZ_TRY(parse_and(p, &right, err));
        JZ_TRY(want_type(p, out, JZ_RULE_BOOL, err));
        JZ_TRY(want_type(p, &right, JZ_RULE_BOOL, err));
        JZ_TRY(emit_plain(p, JZ_OP_OR, JZ_RULE_BOOL, 2, &out->at, err));
    }
    p->depth--;
    return JZ_OK;
}

/* NOLINTEND(misc-no-recursion) */

jz_status jz_rule_parse_expr(jz_rule_parser *p, jz_rule_type wanted, jz_rule_code *code,
                             const char *const **words, jz_err *err)
{
    operand o;
    const uint32_t from = (uint32_t)p->r->ops;
    p->depth = p->stack = 0;
    JZ_TRY(parse_or(p, &o, err));
    JZ_TRY(want_type(p, &o, wanted, err));
    *code = (jz_rule_code){ from, (uint32_t)p->r->ops - from };
    if (words != NULL)
        *words = o.words;
    return JZ_OK;
}
