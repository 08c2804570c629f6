/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that a label's text is held against: a row each, with an id that never changes. The
 * sources are in docs/labels.md. */
#include "label/aigc.h"

#include "label/provider_code.h"

#include <string.h>

/* A rule's verdict; what was found is said in the error's first frame, which has a message's length
 * and takes no control characters from the label. */
typedef bool (*judge)(const jz_aigc *a, jz_aigc_field f, jz_err *said);
#define SAY(said, ...) jz_err_set((said), JZ_OK, __VA_ARGS__)
_Static_assert(JZ_CHECK_TEXT == JZ_ERR_TEXT, "a message is a frame");

static const char *text_of(const jz_aigc *a, jz_aigc_field f)
{
    return a->field[f] != NULL ? a->field[f] : "";
}

static bool has(const jz_aigc *a, jz_aigc_field f)
{
    return text_of(a, f)[0] != '\0';
}

/* A platform labels what it suspects, or what its user declares, without knowing the producer
 * (Measures article 6): then it names itself. */
static bool is_by_platform(const jz_aigc *a)
{
    const char *label = text_of(a, JZ_AIGC_LABEL);
    return (strcmp(label, "2") == 0 || strcmp(label, "3") == 0) && has(a, JZ_AIGC_PROPAGATOR) &&
           has(a, JZ_AIGC_PROPAGATE_ID) && !has(a, JZ_AIGC_CONTENT_PRODUCER) &&
           !has(a, JZ_AIGC_PRODUCE_ID);
}

static bool judge_required(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    if (f != JZ_AIGC_LABEL && is_by_platform(a)) {
        SAY(said, "%s is not known: the label is a platform's", jz_aigc_field_name(f));
        return true;
    }
    const char *state = a->field[f] == NULL ? "is missing" : !has(a, f) ? "is empty" : "is there";
    SAY(said, "%s %s", jz_aigc_field_name(f), state);
    return has(a, f);
}

static bool judge_label_value(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    static const char *const meaning[] = { "属于 (is)", "可能 (may be)", "疑似 (is suspected)" };
    const char *label = text_of(a, f);
    if (!has(a, f)) {
        SAY(said, "no Label to judge");
        return true;
    }
    if (strlen(label) != 1 || strchr("123", label[0]) == NULL) {
        SAY(said, "Label '%.40s' is none of 1, 2, 3", label);
        return false;
    }
    SAY(said, "Label %s: %s", label, meaning[label[0] - '1']);
    return true;
}

/* 0x21, 0x23 to 0x5B, 0x5D to 0x7E, and the quote, which is written as \". */
static bool judge_charset(const jz_aigc *a, jz_aigc_field unused, jz_err *said)
{
    (void)unused;
    for (size_t f = 0; f < JZ_AIGC_FIELDS; f++) {
        const char *name = jz_aigc_field_name((jz_aigc_field)f);
        for (const char *s = text_of(a, (jz_aigc_field)f); *s != '\0'; s++) {
            if (*s > 0x20 && *s < 0x7f && *s != '\\')
                continue;
            SAY(said, "%s holds the byte 0x%02x, which is none of 0x21-0x5B, 0x5D-0x7E", name,
                (unsigned)(uint8_t)*s);
            return false;
        }
    }
    SAY(said, "all values are of 0x21-0x5B, 0x5D-0x7E");
    return true;
}

/* Rules that the reader has judged: a trait breaks them. */
static bool judge_traits(const jz_aigc *a, unsigned traits, jz_err *said, const char *bad,
                         const char *good)
{
    const bool ok = (a->traits & traits) == 0;
    SAY(said, "%s", ok ? good : bad);
    return ok;
}

static bool judge_key_names(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    (void)f;
    if ((a->traits & JZ_AIGC_FOREIGN) != 0)
        return judge_traits(a, JZ_AIGC_FOREIGN, said,
                            "the names are of an older form (ServiceProvider, ContentId)", "");
    return judge_traits(a, JZ_AIGC_RENAMED, said, "a field stands under another name than its own",
                        (a->traits & JZ_AIGC_EXTRA) != 0
                            ? "every field has its own name; there are other keys besides"
                            : "every field has its own name");
}

static bool judge_key_once(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    (void)f;
    return judge_traits(a, JZ_AIGC_REPEATED, said, "a key stands more than once; the first counts",
                        "every key stands once");
}

static bool judge_strings(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    (void)f;
    return judge_traits(a, JZ_AIGC_NUMBER, said, "a value is not a string",
                        "all values are strings");
}

static bool judge_text(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    (void)f;
    if ((a->traits & JZ_AIGC_LOOSE) != 0)
        return judge_traits(a, JZ_AIGC_LOOSE, said, "other bytes stand around the label", "");
    return judge_traits(a, JZ_AIGC_TWICE, said, "the label is encoded as a string in a string",
                        "the text is the label and nothing else");
}

/* A propagator and its number belong together. What they should be is told, not judged: appendix
 * E's note and what providers write differ. */
static bool judge_propagation(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    (void)f;
    const bool name = has(a, JZ_AIGC_PROPAGATOR);
    const bool id = has(a, JZ_AIGC_PROPAGATE_ID);
    if (name != id) {
        SAY(said, "%s is there without %s", name ? "ContentPropagator" : "PropagateID",
            name ? "PropagateID" : "ContentPropagator");
        return false;
    }
    const bool same =
        strcmp(text_of(a, JZ_AIGC_PROPAGATOR), text_of(a, JZ_AIGC_CONTENT_PRODUCER)) == 0 &&
        strcmp(text_of(a, JZ_AIGC_PROPAGATE_ID), text_of(a, JZ_AIGC_PRODUCE_ID)) == 0;
    SAY(said, "%s",
        !name  ? "no propagation provider is told (App. E note 1: at first it is the producer)"
        : same ? "the propagation provider is the producer (App. E note 1)"
               : "the propagation provider is another than the producer");
    return true;
}

/* A name is allowed in the stead of a code: then there is nothing to judge. */
static bool is_code(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    if (has(a, f) && jz_provider_is_code(text_of(a, f)))
        return true;
    SAY(said, "%s %s", jz_aigc_field_name(f), has(a, f) ? "is a name, not a code" : "is not there");
    return false;
}

static bool judge_code_format(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    const char *code = text_of(a, f);
    if (!is_code(a, f, said))
        return true;
    const char *fault = jz_provider_form_fault(code);
    if (fault != NULL)
        SAY(said, "%s '%.40s': %s", jz_aigc_field_name(f), code, fault);
    else
        SAY(said, "%s is a code of 27 characters", jz_aigc_field_name(f));
    return fault == NULL;
}

/* Whether there is a code of the right form, so that its parts can be judged. */
static bool is_formed(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    if (!is_code(a, f, said))
        return false;
    if (jz_provider_form_fault(text_of(a, f)) == NULL)
        return true;
    SAY(said, "%s has not the form of a code, so this cannot be judged", jz_aigc_field_name(f));
    return false;
}

static bool judge_check_digit(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    const char *code = text_of(a, f);
    if (!is_formed(a, f, said))
        return true;
    const char *fault = jz_provider_check_fault(code);
    if (fault != NULL)
        SAY(said, "%s: %s", jz_aigc_field_name(f), fault);
    else
        SAY(said, "%s: %s", jz_aigc_field_name(f),
            jz_provider_has_credit_code(code) ? "the credit code's check character is right"
                                              : "no credit code, so no check character");
    return fault == NULL;
}

/* Providers use codes of either service in either field, so only a producer's code that is for
 * propagation is held to be wrong. */
static bool judge_service(const jz_aigc *a, jz_aigc_field f, jz_err *said)
{
    if (!is_formed(a, f, said))
        return true;
    const char service = jz_provider_service(text_of(a, f));
    SAY(said, "%s's code is for %s", jz_aigc_field_name(f),
        service == '1'   ? "generation"
        : service == '2' ? "propagation"
                         : "no service in particular");
    return f != JZ_AIGC_CONTENT_PRODUCER || service != '2';
}

static const struct rule {
    const char *id;
    judge judge;
    jz_aigc_field field; /* where the rule is about one */
} rules[] = {
    { "gb45438.required.label", judge_required, JZ_AIGC_LABEL },
    { "gb45438.required.producer", judge_required, JZ_AIGC_CONTENT_PRODUCER },
    { "gb45438.required.produce-id", judge_required, JZ_AIGC_PRODUCE_ID },
    { "gb45438.label-value", judge_label_value, JZ_AIGC_LABEL },
    { "gb45438.charset", judge_charset, 0 },
    { "gb45438.key-names", judge_key_names, 0 },
    { "gb45438.key-once", judge_key_once, 0 },
    { "gb45438.strings", judge_strings, 0 },
    { "gb45438.text", judge_text, 0 },
    { "gb45438.propagation", judge_propagation, 0 },
    { "tc260.producer-code.format", judge_code_format, JZ_AIGC_CONTENT_PRODUCER },
    { "tc260.producer-code.check-digit", judge_check_digit, JZ_AIGC_CONTENT_PRODUCER },
    { "tc260.producer-code.service", judge_service, JZ_AIGC_CONTENT_PRODUCER },
    { "tc260.propagator-code.format", judge_code_format, JZ_AIGC_PROPAGATOR },
    { "tc260.propagator-code.check-digit", judge_check_digit, JZ_AIGC_PROPAGATOR },
    { "tc260.propagator-code.service", judge_service, JZ_AIGC_PROPAGATOR },
};

size_t jz_aigc_check_count(void)
{
    return JZ_ARRAY_LEN(rules);
}

void jz_aigc_check(const jz_aigc *a, jz_check *out)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(rules); i++) {
        jz_err said = { 0 };
        out[i].id = rules[i].id;
        out[i].ok = rules[i].judge(a, rules[i].field, &said);
        memcpy(out[i].message, said.frame[0], sizeof out[i].message);
    }
}
