/* SPDX-License-Identifier: Apache-2.0 */
/* What a label may become. It never says less than before: no state is weakened, no field blanked,
 * and another producer's words are replaced only where the content is new (Measures article 10
 * forbids to delete, alter, forge or hide labels). */
#include "label/label_plan.h"

#include "label/aigc.h"
#include "label/security.h"

#include <string.h>

static const char *text_of(const jz_aigc *a, jz_aigc_field f)
{
    return a->field[f] != NULL ? a->field[f] : "";
}

static bool has(const jz_aigc *a, jz_aigc_field f)
{
    return text_of(a, f)[0] != '\0';
}

/* Whether a field is the producer's word. */
static bool is_production(jz_aigc_field f)
{
    return f == JZ_AIGC_CONTENT_PRODUCER || f == JZ_AIGC_PRODUCE_ID || f == JZ_AIGC_RESERVED1;
}

static jz_status check_state(const jz_aigc *old, const char *label, jz_err *err)
{
    const jz_aigc wanted = { .field = { [JZ_AIGC_LABEL] = (char *)(uintptr_t)label } };
    if (jz_label_state_of(&wanted, false, false) < jz_label_state_of(old, false, false))
        return JZ_FAIL(err, JZ_E_INVAL, "Label '%s' would say less than '%.40s', which is there",
                       label, text_of(old, JZ_AIGC_LABEL));
    return JZ_OK;
}

static jz_status check_field(const jz_aigc *old, const jz_label_change *c, jz_aigc_field f,
                             jz_err *err)
{
    const char *wanted = c->field[f];
    if (wanted == NULL || !has(old, f) || strcmp(wanted, old->field[f]) == 0)
        return JZ_OK;
    if (wanted[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "%s is '%.60s': a field is not blanked",
                       jz_aigc_field_name(f), old->field[f]);
    if (is_production(f) && !c->new_content)
        return JZ_FAIL(err, JZ_E_EXISTS,
                       "the file is labelled with %s '%.60s': only new content gets another one",
                       jz_aigc_field_name(f), old->field[f]);
    return f == JZ_AIGC_LABEL ? check_state(old, wanted, err) : JZ_OK;
}

/* Each given value by the standard's rules, whatever else is in the file. */
static jz_status check_values(const jz_label_change *c, jz_err *err)
{
    for (unsigned f = 0; f < JZ_AIGC_FIELDS; f++) {
        if (c->field[f] != NULL)
            JZ_TRY(jz_aigc_allow((jz_aigc_field)f, c->field[f], err));
    }
    return JZ_OK;
}

/* Other content: what the producer of the old one and its platforms said is not about it. */
static bool is_other_content(const jz_aigc *old, const jz_aigc *now)
{
    return strcmp(text_of(old, JZ_AIGC_CONTENT_PRODUCER), text_of(now, JZ_AIGC_CONTENT_PRODUCER)) !=
               0 ||
           strcmp(text_of(old, JZ_AIGC_PRODUCE_ID), text_of(now, JZ_AIGC_PRODUCE_ID)) != 0;
}

static jz_status drop_old_words(const jz_label_change *c, jz_aigc *now, jz_err *err)
{
    static const jz_aigc_field about_old[] = { JZ_AIGC_RESERVED1, JZ_AIGC_PROPAGATOR,
                                               JZ_AIGC_PROPAGATE_ID, JZ_AIGC_RESERVED2 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(about_old); i++) {
        if (c->field[about_old[i]] == NULL)
            JZ_TRY(jz_aigc_set(now, about_old[i], "", err));
    }
    return JZ_OK;
}

/* App. E note 1: at the first writing the propagation elements equal the production elements. */
static jz_status repeat_production(jz_aigc *now, jz_err *err)
{
    if (has(now, JZ_AIGC_PROPAGATOR) || has(now, JZ_AIGC_PROPAGATE_ID))
        return JZ_OK;
    JZ_TRY(jz_aigc_set(now, JZ_AIGC_PROPAGATOR, text_of(now, JZ_AIGC_CONTENT_PRODUCER), err));
    return jz_aigc_set(now, JZ_AIGC_PROPAGATE_ID, text_of(now, JZ_AIGC_PRODUCE_ID), err);
}

/* A producer's label names producer and number. One that a platform writes for content of unknown
 * origin (2 or 3) names the platform and its number instead. */
static jz_status check_required(const jz_aigc *now, jz_err *err)
{
    const bool produced = has(now, JZ_AIGC_CONTENT_PRODUCER) && has(now, JZ_AIGC_PRODUCE_ID);
    const bool spread = has(now, JZ_AIGC_PROPAGATOR) && has(now, JZ_AIGC_PROPAGATE_ID);
    const char *label = text_of(now, JZ_AIGC_LABEL);
    if (produced || (spread && (strcmp(label, "2") == 0 || strcmp(label, "3") == 0)))
        return JZ_OK;
    if (spread)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "Label %s needs ContentProducer and ProduceID; without them it is 2 or 3",
                       label);
    return JZ_FAIL(err, JZ_E_INVAL, "%s is missing",
                   has(now, JZ_AIGC_CONTENT_PRODUCER) ? "ProduceID" : "ContentProducer");
}

static jz_status fill(const jz_aigc *old, const jz_label_change *c, jz_aigc *now, jz_err *err)
{
    JZ_TRY(jz_aigc_copy(old, now, err));
    for (unsigned f = 0; f < JZ_AIGC_FIELDS; f++) {
        JZ_TRY(check_field(old, c, (jz_aigc_field)f, err));
        if (c->field[f] != NULL)
            JZ_TRY(jz_aigc_set(now, (jz_aigc_field)f, c->field[f], err));
    }
    if (!has(now, JZ_AIGC_LABEL))
        JZ_TRY(jz_aigc_set(now, JZ_AIGC_LABEL, "1", err));
    const bool first = !has(old, JZ_AIGC_CONTENT_PRODUCER) && !has(old, JZ_AIGC_PROPAGATOR);
    const bool other = !first && is_other_content(old, now) && c->new_content;
    if (other)
        JZ_TRY(drop_old_words(c, now, err));
    if ((first || other) && !c->propagation_empty)
        JZ_TRY(repeat_production(now, err));
    JZ_TRY(check_required(now, err));
    return c->key_path != NULL ? jz_security_sign(now, c->key_path, err) : JZ_OK;
}

jz_status jz_label_decide(const jz_label *old, const jz_label_change *change, jz_aigc *out,
                          jz_err *err)
{
    static const jz_aigc none = { 0 };
    JZ_TRY(check_values(change, err));
    const jz_status st = fill(old->aigc != NULL ? old->aigc : &none, change, out, err);
    if (st != JZ_OK)
        jz_aigc_done(out);
    return st;
}
