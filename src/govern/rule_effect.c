/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule may want done: the measures of docs/rules.md and nothing else. What ends an account,
 * goes to an authority or destroys something is a person's to decide, so it is no effect. */
#include "govern/rule_set.h"

#include "base/alloc.h"

#include <string.h>

#define EFFECTS 16 /* of a rule */
#define PERSON "a person decides that; use queue()"

static const jz_rule_verb verbs[] = {
    { "block_input", "t", NULL },    { "block_prompt", "t", NULL },
    { "clock", "s", NULL },          { "demote", "t", NULL },
    { "deny", "s", NULL },           { "disable", "t", NULL },
    { "freeze_join", "t", NULL },    { "freeze_media", "t", NULL },
    { "label", "tsd?", NULL },       { "limit", "tsd", NULL },
    { "notice", "ts", NULL },        { "preserve", "t", NULL },
    { "quarantine", "t", NULL },     { "queue", "sn", NULL },
    { "remove", "t", NULL },         { "restrict_interaction", "t", NULL },
    { "retrain_ticket", "s", NULL }, { "seal", "t", NULL },
    { "stop_generate", "t", NULL },  { "stop_transmit", "t", NULL },
    { "suspend", "td", NULL },       { "warn", "t", NULL },
    { "destroy", "", PERSON },       { "device_block", "", PERSON },
    { "dissolve", "", PERSON },      { "report_authority", "", PERSON },
    { "terminate", "", PERSON },
};

static const char *const targets[] = { "item", "account", "group", "request", "model", NULL };

static jz_status parse_argument(jz_rule_parser *p, char kind, const char **out, jz_err *err)
{
    const jz_rule_token *t = &p->lex.token;
    bool fits = false;
    const char *wanted = "a target (item, account, group, request, model)";
    switch (kind) {
    case 't':
        for (size_t i = 0; targets[i] != NULL; i++)
            fits = fits || jz_rule_is(&p->lex, JZ_TOKEN_NAME, targets[i]);
        break;
    case 's':
        fits = t->kind == JZ_TOKEN_TEXT && t->text.len > 0 && t->text.len < JZ_GOVERN_NAME_MAX;
        wanted = "a text";
        break;
    case 'n':
        fits = t->kind == JZ_TOKEN_INT && t->value <= 9;
        wanted = "a priority from 0 to 9";
        break;
    default:
        fits = t->kind == JZ_TOKEN_SPAN;
        wanted = "a span (P90D, PT48H)";
        break;
    }
    if (!fits)
        return jz_rule_expected(&p->lex, wanted, err);
    *out = jz_rule_keep(p->r, t->text);
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    return jz_rule_next(&p->lex, err);
}

static jz_status parse_arguments(jz_rule_parser *p, jz_rule_effect *e, jz_err *err)
{
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "(", err));
    for (const char *a = e->verb->args; *a != '\0'; a++) {
        const bool optional = a[1] == '?';
        if (optional && jz_rule_is(&p->lex, JZ_TOKEN_SIGN, ")"))
            break;
        if (e->args > 0)
            JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ",", err));
        JZ_TRY(parse_argument(p, *a, &e->arg[e->args++], err));
        a += optional;
    }
    return jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ")", err);
}

/* What is removed must have been sealed before: afterwards there is nothing left to show. */
static jz_status check_sealed(jz_rule_parser *p, const jz_rule *rule, const jz_rule_effect *e,
                              const jz_rule_token *at, jz_err *err)
{
    const char *of = e->arg[0];
    if (strcmp(e->verb->name, "remove") != 0 || of == NULL)
        return JZ_OK;
    for (uint32_t i = rule->effect; i < rule->effect + rule->effects; i++)
        if (strcmp(p->r->effect[i].verb->name, "seal") == 0 &&
            strcmp(p->r->effect[i].arg[0], of) == 0)
            return JZ_OK;
    return jz_rule_wrong(&p->lex, at, err, "expected seal(%s) before remove(%s)", of, of);
}

static jz_status add_effect(jz_rule_parser *p, jz_rule *rule, const jz_rule_effect *e, jz_err *err)
{
    jz_rules *r = p->r;
    void *grown = jz_grow(r->effect, r->effects, &r->effects_size, sizeof *r->effect);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->effect = grown;
    r->effect[r->effects++] = *e;
    rule->effects++;
    return JZ_OK;
}

static jz_status parse_effect(jz_rule_parser *p, jz_rule *rule, jz_err *err)
{
    jz_rule_effect e = { 0 };
    const jz_rule_token at = p->lex.token;
    for (size_t i = 0; i < JZ_ARRAY_LEN(verbs) && e.verb == NULL; i++)
        if (jz_rule_is(&p->lex, JZ_TOKEN_NAME, verbs[i].name))
            e.verb = &verbs[i];
    if (e.verb == NULL)
        return jz_rule_expected(&p->lex, "an effect", err);
    if (e.verb->never != NULL)
        return jz_rule_wrong(&p->lex, &at, err, "%s() is never automatic: %s", e.verb->name,
                             e.verb->never);
    if (rule->effects == EFFECTS)
        return jz_rule_wrong(&p->lex, &at, err, "expected at most %d effects", EFFECTS);
    JZ_TRY(jz_rule_next(&p->lex, err));
    JZ_TRY(parse_arguments(p, &e, err));
    JZ_TRY(check_sealed(p, rule, &e, &at, err));
    return add_effect(p, rule, &e, err);
}

jz_status jz_rule_parse_effects(jz_rule_parser *p, jz_rule *rule, jz_err *err)
{
    rule->effect = (uint32_t)p->r->effects;
    JZ_TRY(parse_effect(p, rule, err));
    while (jz_rule_is(&p->lex, JZ_TOKEN_SIGN, ",")) {
        JZ_TRY(jz_rule_next(&p->lex, err));
        JZ_TRY(parse_effect(p, rule, err));
    }
    return JZ_OK;
}
