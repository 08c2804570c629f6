/* SPDX-License-Identifier: Apache-2.0 */
/* A decision as it is given, and the rules that its form alone does not hold. */
#include "govern/measures.h"

#include "base/alloc.h"
#include "base/rd.h"
#include "govern/reports.h"

#include <stddef.h>
#include <string.h>

#define F(member) offsetof(jz_decision_form, member)
#define M(member) offsetof(jz_form_measure, member)

const char *const jz_words_ground[] = { "illegal", "incompatible", NULL };
const char *const jz_words_automated[] = { "fully", "partially", "no", NULL };
const char *const jz_words_content_type[] = { "app",     "audio",           "image",
                                              "product", "synthetic-media", "text",
                                              "video",   "other",           NULL };

#define R(member) offsetof(jz_form_region, member)
#define DAY_MS 86400000

const jz_field jz_region_fields[] = {
    { "from_ms", JZ_FIELD_INT, true, .at = R(from_ms), .max = DAY_MS },
    { "h", JZ_FIELD_INT, false, .at = R(h), .min = 1, .max = 1000 },
    { "until_ms", JZ_FIELD_INT, true, .at = R(until_ms), .max = DAY_MS },
    { "w", JZ_FIELD_INT, false, .at = R(w), .min = 1, .max = 1000 },
    { "x", JZ_FIELD_INT, true, .at = R(x), .max = 999 },
    { "y", JZ_FIELD_INT, true, .at = R(y), .max = 999 },
    { 0 },
};

static const jz_field measure_fields[] = {
    { "days", JZ_FIELD_INT, true, .at = M(days), .min = 1, .max = 3660 },
    { "feature", JZ_FIELD_TEXT, true, .at = M(feature), .size = JZ_LADDER_FEATURE },
    { "measure", JZ_FIELD_WORD, false, .at = M(kind), .words = jz_words_measure },
    { "regions", JZ_FIELD_OBJECTS, true, .at = M(region), .size = sizeof(jz_form_region),
      .max = JZ_FORM_REGIONS, .count = M(regions), .sub = jz_region_fields },
    { "target", JZ_FIELD_TEXT, true, .at = M(target), .size = JZ_COMPLAINT_URL_MAX },
    { 0 },
};
#define TEXT(name, member, optional, bytes)                                                        \
    {                                                                                              \
        name, JZ_FIELD_TEXT, optional, .at = F(member), .size = (bytes)                            \
    }
#define WORD(name, member, optional, list)                                                         \
    {                                                                                              \
        name, JZ_FIELD_WORD, optional, .at = F(member), .words = (list)                            \
    }
#define BEFORE_SALT                                                                                \
    TEXT("account", account, true, JZ_GOVERN_NAME_MAX),                                            \
        WORD("automated_decision", automated, false, jz_words_automated),                          \
        { "automated_detection", JZ_FIELD_BOOL, false, .at = F(automated_detection) },             \
        TEXT("basis", basis, false, JZ_GOVERN_NAME_MAX), TEXT("case", case_id, true, 65),          \
        WORD("category", category, false, jz_words_complaint_category),                            \
        TEXT("complaint", complaint, true, JZ_COMPLAINT_ID_SIZE),                                  \
        TEXT("content_date", content_date, true, 11),                                              \
        { "content_type",         JZ_FIELD_WORDS, false,                                           \
          .at = F(content_types), .min = 1,       .words = jz_words_content_type },                \
        TEXT("evidence", evidence, true, JZ_DECISION_EVIDENCE),                                    \
        TEXT("facts", facts, false, JZ_DECISION_FACTS),                                            \
        WORD("ground", ground, false, jz_words_ground),                                            \
        TEXT("group", group, true, JZ_GOVERN_NAME_MAX), TEXT("language", language, true, 36),      \
        { "measures",                                                                              \
          JZ_FIELD_OBJECTS,                                                                        \
          true,                                                                                    \
          .at = F(measure),                                                                        \
          .size = sizeof(jz_form_measure),                                                         \
          .max = JZ_DECISION_MEASURES,                                                             \
          .count = F(measures),                                                                    \
          .sub = measure_fields },                                                                 \
        TEXT("no_evidence_reason", no_evidence, true, JZ_GOVERN_TEXT_MAX),                         \
        TEXT("policy", policy, false, JZ_GOVERN_NAME_MAX)
#define BEHIND_SALT                                                                                \
    WORD("severity", severity, true, jz_words_severity),                                           \
        WORD("source", source, false, jz_words_source),                                            \
        TEXT("trace", trace, true, JZ_DECISION_TRACE)

static const jz_field form_fields[] = { BEFORE_SALT, BEHIND_SALT, { 0 } };
static const jz_field kept_fields[] = {
    BEFORE_SALT,
    { "salt", JZ_FIELD_HEX, false, .at = F(salt), .size = JZ_GOVERN_SALT },
    BEHIND_SALT,
    { 0 },
};

/* ---- rules ---- */

static bool is_said(const char *text)
{
    return text[strspn(text, " ")] != '\0';
}

static jz_status check_end(const jz_form_measure *m, const jz_measure_row *row, jz_err *err)
{
    const bool must = m->kind == JZ_MEASURE_LIMIT || m->kind == JZ_MEASURE_SUSPEND;
    if (must && m->days == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "%s: its days are missing", row->name);
    if (!row->timed && m->days != 0)
        return JZ_FAIL(err, JZ_E_INVAL, "%s has no days", row->name);
    if ((m->kind == JZ_MEASURE_LIMIT) != is_said(m->feature))
        return JZ_FAIL(err, JZ_E_INVAL, "%s: a feature is of limit", row->name);
    return JZ_OK;
}

static jz_status check_target(const jz_decision_form *f, const jz_form_measure *m,
                              const jz_measure_row *row, jz_err *err)
{
    const bool own = row->field == JZ_OF_CONTENT || row->field == JZ_OF_MODEL;
    if (own != is_said(m->target))
        return JZ_FAIL(err, JZ_E_INVAL, "%s: %s", row->name,
                       own ? "its target is missing" : "its target is the decision's");
    if (row->field == JZ_OF_USER && !is_said(f->account))
        return JZ_FAIL(err, JZ_E_INVAL, "%s: the account is missing", row->name);
    if (row->field == JZ_OF_GROUP && !is_said(f->group))
        return JZ_FAIL(err, JZ_E_INVAL, "%s: the group is missing", row->name);
    return JZ_OK;
}

static jz_status check_regions(const jz_form_measure *m, const jz_measure_row *row, jz_err *err)
{
    if (m->regions > 0 && row->field != JZ_OF_CONTENT)
        return JZ_FAIL(err, JZ_E_INVAL, "%s: regions are of content", row->name);
    for (size_t i = 0; i < m->regions; i++) {
        const jz_form_region *r = &m->region[i];
        if (r->x + r->w > 1000 || r->y + r->h > 1000)
            return JZ_FAIL(err, JZ_E_INVAL, "%s: region %zu goes beyond the item", row->name,
                           i + 1);
        if (r->until_ms != 0 && r->until_ms <= r->from_ms)
            return JZ_FAIL(err, JZ_E_INVAL, "%s: region %zu ends before it begins", row->name,
                           i + 1);
    }
    return JZ_OK;
}

static jz_status check_measure(const jz_decision_form *f, const jz_form_measure *m, jz_err *err)
{
    const jz_measure_row *row = jz_measure_row_of((jz_measure_kind)m->kind);
    JZ_TRY(check_end(m, row, err));
    JZ_TRY(check_target(f, m, row, err));
    JZ_TRY(check_regions(m, row, err));
    if (row->by_person && f->automated == JZ_AUTOMATED_FULLY)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is never automatic", row->name);
    if (row->evidence && !is_said(f->evidence) && !is_said(f->no_evidence))
        return JZ_FAIL(err, JZ_E_INVAL, "%s: seal the evidence first, or say why there is none",
                       row->name);
    return JZ_OK;
}

static jz_status check_evidence(const jz_decision_form *f, jz_err *err)
{
    if (f->evidence[0] == '\0')
        return JZ_OK;
    if (strncmp(f->evidence, "EB-", 3) != 0 ||
        strspn(f->evidence + 3, "0123456789abcdef") != JZ_DECISION_EVIDENCE - 4)
        return JZ_FAIL(err, JZ_E_INVAL, "evidence: '%s' is no bag", f->evidence);
    if (f->case_id[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "evidence: the case whose bag it is is missing");
    return JZ_OK;
}

bool jz_is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form; i++) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == 'd' ? !digit : text[i] != form[i])
            return false;
    }
    return true;
}

jz_status jz_decision_form_read(jz_bytes json, jz_decision_form *out, jz_err *err)
{
    if (json.len > JZ_DECISION_JSON_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a decision of %zu bytes, the limit is %zu", json.len,
                       JZ_DECISION_JSON_MAX);
    JZ_TRY(jz_fields_read(form_fields, json, "decision", out, sizeof *out, err));
    if (out->measures == 0 && out->severity == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "neither a measure nor a severity");
    if (out->severity != 0 && !is_said(out->account))
        return JZ_FAIL(err, JZ_E_INVAL, "a severity without an account");
    if (out->content_date[0] != '\0' && !jz_is_date(out->content_date))
        return JZ_FAIL(err, JZ_E_INVAL, "content_date: '%s' is no date", out->content_date);
    for (size_t i = 0; i < out->measures; i++)
        JZ_TRY(check_measure(out, &out->measure[i], err));
    return check_evidence(out, err);
}

jz_decision_form *jz_decision_form_new(jz_err *err)
{
    jz_decision_form *f = jz_alloc_zero(1, sizeof *f);
    if (f == NULL)
        jz_err_set(err, JZ_E_NOMEM, "out of memory");
    return f;
}

void jz_decision_form_text(const jz_decision_form *f, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_fields_put(kept_fields, f, &j);
}

jz_status jz_decision_text_read(const char *text, jz_decision_form *out, jz_err *err)
{
    return jz_fields_read(kept_fields, jz_bytes_of_text(text), "decision that is stored", out,
                          sizeof *out, err);
}
