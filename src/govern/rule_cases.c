/* SPDX-License-Identifier: Apache-2.0 */
/* Test cases of a rule set: inputs and what must come out. */
#include "govern/rule_set.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

#define NAMES 32

typedef struct names {
    char v[NAMES][JZ_RULE_NAME];
    size_t n;
} names;

typedef struct one_case { /* the inputs stand behind it */
    char name[JZ_GOVERN_NAME_MAX];
    names fired, shadow, unknown;
    _Alignas(16) uint8_t inputs[];
} one_case;

#define NAMES_FIELD(key_, member)                                                                  \
    {                                                                                              \
        .key = key_, .kind = JZ_FIELD_TEXTS, .optional = true, .at = offsetof(one_case, member.v), \
        .size = JZ_RULE_NAME, .max = NAMES, .count = offsetof(one_case, member.n)                  \
    }

static const jz_field fields[] = {
    NAMES_FIELD("fired", fired),
    { .key = "inputs",
      .kind = JZ_FIELD_OBJECT,
      .at = offsetof(one_case, inputs),
      .sub = jz_rule_inputs_fields },
    { .key = "name",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(one_case, name),
      .size = JZ_GOVERN_NAME_MAX },
    NAMES_FIELD("shadow", shadow),
    NAMES_FIELD("unknown", unknown),
    { 0 },
};

typedef struct tester {
    const jz_rules *r;
    jz_rules_fault_fn fn;
    void *user;
    uint64_t line;
    one_case *c;
    jz_rule_result res;
    bool failed;
} tester;

static void fault(tester *t, const char *rule, const char *what)
{
    char text[JZ_ERR_TEXT];
    (void)snprintf(text, sizeof text, "%s %s", rule, what); /* cut where it is too long */
    t->failed = true;
    if (t->fn != NULL)
        t->fn(t->user, t->line, t->c->name, text);
}

static bool is_named(const names *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->v[i], name) == 0)
            return true;
    return false;
}

static void check_rule(tester *t, size_t i)
{
    const jz_rule *rule = &t->r->rule[i];
    const bool fired = t->res.outcome[i] == JZ_RULE_FIRED;
    const struct {
        const names *wanted;
        bool is;
        const char *missing, *extra;
    } rows[] = {
        { &t->c->fired, fired && rule->mode == JZ_RULE_LIVE, "did not fire", "fired" },
        { &t->c->shadow, fired && rule->mode == JZ_RULE_SHADOW, "did not fire in shadow",
          "fired in shadow" },
        { &t->c->unknown, t->res.outcome[i] == JZ_RULE_UNKNOWN, "is not unknown", "is unknown" },
    };
    for (size_t k = 0; k < JZ_ARRAY_LEN(rows); k++)
        if (is_named(rows[k].wanted, rule->name) != rows[k].is)
            fault(t, rule->name, rows[k].is ? rows[k].extra : rows[k].missing);
}

/* A name that is wanted and is no rule. */
static void check_names(tester *t, const names *list)
{
    for (size_t i = 0; i < list->n; i++) {
        bool known = false;
        for (size_t k = 0; k < t->r->rules; k++)
            known = known || strcmp(t->r->rule[k].name, list->v[i]) == 0;
        if (!known)
            fault(t, list->v[i], "is no rule");
    }
}

static jz_status run_case(tester *t, jz_bytes line, jz_err *err)
{
    const size_t size = offsetof(one_case, inputs) + jz_rule_inputs_size;
    JZ_TRY_CTX(jz_fields_read(fields, line, "case", t->c, size, err), err, "line %llu",
               (unsigned long long)t->line);
    jz_rule_inputs *in = (jz_rule_inputs *)(void *)t->c->inputs;
    jz_rule_inputs_finish(in);
    jz_rule_run(t->r, in, &t->res);
    t->failed = false;
    for (size_t i = 0; i < t->r->rules; i++)
        check_rule(t, i);
    check_names(t, &t->c->fired);
    check_names(t, &t->c->shadow);
    check_names(t, &t->c->unknown);
    return JZ_OK;
}

static jz_status run_cases(tester *t, jz_bytes text, jz_rules_tests *out, jz_err *err)
{
    while (text.len > 0) {
        const uint8_t *lf = memchr(text.ptr, '\n', text.len);
        const size_t len = lf != NULL ? (size_t)(lf - text.ptr) : text.len;
        const size_t taken = len + (lf != NULL);
        t->line++;
        if (len > 0 && text.ptr[0] != '#') {
            JZ_TRY(run_case(t, (jz_bytes){ text.ptr, len }, err));
            out->cases++;
            out->failed += t->failed;
        }
        text = (jz_bytes){ text.ptr + taken, text.len - taken };
    }
    return JZ_OK;
}

jz_status jz_rules_test(const jz_rules *r, jz_bytes cases, jz_rules_fault_fn fn, void *user,
                        jz_rules_tests *out, jz_err *err)
{
    jz_rules_tests counted = { 0 };
    tester *t = jz_alloc_zero(1, sizeof *t);
    one_case *c = jz_alloc(offsetof(one_case, inputs) + jz_rule_inputs_size);
    jz_status st = t != NULL && c != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (st == JZ_OK) {
        t->r = r;
        t->fn = fn;
        t->user = user;
        t->c = c;
        st = run_cases(t, cases, &counted, err);
    }
    jz_free(t);
    jz_free(c);
    if (st == JZ_OK)
        *out = counted;
    return st;
}
