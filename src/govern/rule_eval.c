/* SPDX-License-Identifier: Apache-2.0 */
/* Running a set: lets in order, then every rule, on a stack whose size was checked when the set was
 * compiled. Kleene's logic: false && unknown is false, true || unknown is true, all else that has
 * something unknown in it is unknown, and so is what overflows. */
#include "govern/rule_set.h"

#include <assert.h>
#include <string.h>

typedef struct machine {
    const jz_rules *r;
    const jz_rule_inputs *in;
    const jz_rule_result *res; /* lets that have run */
    jz_rule_value stack[JZ_RULE_STACK];
    size_t n;
} machine;

static const jz_rule_value unknown = { 0 };

static jz_rule_value truth(bool b)
{
    return (jz_rule_value){ .known = true, .b = b };
}

static jz_rule_value and_of(jz_rule_value a, jz_rule_value b)
{
    if ((a.known && !a.b) || (b.known && !b.b))
        return truth(false);
    return a.known && b.known ? truth(true) : unknown;
}

static jz_rule_value not_of(jz_rule_value a)
{
    return a.known ? truth(!a.b) : unknown;
}

static jz_rule_value or_of(jz_rule_value a, jz_rule_value b)
{
    return not_of(and_of(not_of(a), not_of(b)));
}

/* -1, 0, 1; of texts, whether they differ. */
static int order(jz_rule_type type, jz_rule_value a, jz_rule_value b)
{
    if (type == JZ_RULE_BOOL)
        return a.b != b.b;
    if (type == JZ_RULE_TEXTUAL)
        return a.s.len != b.s.len || memcmp(a.s.ptr, b.s.ptr, a.s.len) != 0;
    return (a.i > b.i) - (a.i < b.i);
}

static jz_rule_value compare(jz_rule_op op, jz_rule_value a, jz_rule_value b)
{
    if (!a.known || !b.known)
        return unknown;
    const int o = order((jz_rule_type)op.type, a, b);
    switch (op.code) {
    case JZ_OP_EQ:
        return truth(o == 0);
    case JZ_OP_NE:
        return truth(o != 0);
    case JZ_OP_LT:
        return truth(o < 0);
    case JZ_OP_LE:
        return truth(o <= 0);
    case JZ_OP_GT:
        return truth(o > 0);
    default:
        return truth(o >= 0);
    }
}

static jz_rule_value member(jz_rule_value a, jz_rule_value list)
{
    if (!a.known || !list.known)
        return unknown;
    for (size_t i = 0; i < list.list.n; i++)
        if (list.list.word[i].len == a.s.len &&
            memcmp(list.list.word[i].ptr, a.s.ptr, a.s.len) == 0)
            return truth(true);
    return truth(false);
}

static jz_rule_value arithmetic(jz_rule_op op, jz_rule_value a, jz_rule_value b)
{
    jz_rule_value out = { .known = true };
    if (!a.known || !b.known)
        return unknown;
    const bool over = op.code == JZ_OP_ADD   ? __builtin_add_overflow(a.i, b.i, &out.i)
                      : op.code == JZ_OP_SUB ? __builtin_sub_overflow(a.i, b.i, &out.i)
                                             : __builtin_mul_overflow(a.i, b.i, &out.i);
    return over ? unknown : out;
}

static jz_rule_value minus(jz_rule_value a)
{
    return arithmetic((jz_rule_op){ .code = JZ_OP_SUB }, (jz_rule_value){ .known = true }, a);
}

static jz_rule_value has(const machine *m, size_t input)
{
    const jz_rule_value v = jz_rule_input_get(m->in, input);
    const jz_rule_type type = jz_rule_input_row(input)->type;
    return truth(v.known && !(type == JZ_RULE_TEXTUAL && v.s.len == 0) &&
                 !(type == JZ_RULE_LIST && v.list.n == 0));
}

static jz_rule_value call(const machine *m, const jz_rule_fn *fn, const jz_rule_value *arg)
{
    for (size_t i = 0; i < fn->args; i++)
        if (!arg[i].known)
            return unknown;
    return fn->run(m->in, arg);
}

/* What needs no operand. */
static jz_rule_value leaf(const machine *m, jz_rule_op op)
{
    switch (op.code) {
    case JZ_OP_CONST:
        return m->r->constant[op.at];
    case JZ_OP_INPUT:
        return jz_rule_input_get(m->in, op.at);
    case JZ_OP_LET:
        return m->res->let[op.at];
    default:
        return has(m, op.at);
    }
}

static jz_rule_value binary(jz_rule_op op, jz_rule_value a, jz_rule_value b)
{
    switch (op.code) {
    case JZ_OP_AND:
        return and_of(a, b);
    case JZ_OP_OR:
        return or_of(a, b);
    case JZ_OP_IN:
        return member(a, b);
    case JZ_OP_ADD:
    case JZ_OP_SUB:
    case JZ_OP_MUL:
        return arithmetic(op, a, b);
    default:
        return compare(op, a, b);
    }
}

static jz_rule_value unary(jz_rule_op op, jz_rule_value a)
{
    return op.code == JZ_OP_KNOWN ? truth(a.known) : op.code == JZ_OP_NOT ? not_of(a) : minus(a);
}

static jz_rule_value run_code(machine *m, jz_rule_code code)
{
    m->n = 0;
    for (uint32_t i = code.from; i < code.from + code.n; i++) {
        const jz_rule_op op = m->r->op[i];
        size_t pops = op.code <= JZ_OP_HAS ? 0 : op.code <= JZ_OP_MINUS ? 1 : 2;
        const jz_rule_fn *fn = op.code == JZ_OP_CALL ? jz_rule_fn_row(op.at) : NULL;
        if (fn != NULL)
            pops = fn->args;
        assert(m->n >= pops && m->n - pops < JZ_RULE_STACK);
        const jz_rule_value *arg = &m->stack[m->n - pops];
        const jz_rule_value v = fn != NULL  ? call(m, fn, arg)
                                : pops == 0 ? leaf(m, op)
                                : pops == 1 ? unary(op, arg[0])
                                            : binary(op, arg[0], arg[1]);
        m->n -= pops;
        m->stack[m->n++] = v;
    }
    assert(m->n == 1);
    return m->stack[0];
}

static jz_rule_outcome outcome(jz_rule_value when, jz_rule_value unless)
{
    const jz_rule_value v = and_of(when, not_of(unless));
    return !v.known ? JZ_RULE_UNKNOWN : v.b ? JZ_RULE_FIRED : JZ_RULE_NO;
}

void jz_rule_run(const jz_rules *r, const jz_rule_inputs *in, jz_rule_result *out)
{
    machine m = { .r = r, .in = in, .res = out };
    for (size_t i = 0; i < r->lets; i++)
        out->let[i] = run_code(&m, r->let[i].code);
    for (size_t i = 0; i < r->rules; i++) {
        const jz_rule *rule = &r->rule[i];
        out->when[i] = out->unless[i] = unknown;
        out->outcome[i] = JZ_RULE_NOT_RUN;
        if (rule->mode == JZ_RULE_DRAFT)
            continue;
        out->when[i] = run_code(&m, rule->when);
        out->unless[i] = rule->unless.n > 0 ? run_code(&m, rule->unless) : truth(false);
        out->outcome[i] = outcome(out->when[i], out->unless[i]);
    }
}
