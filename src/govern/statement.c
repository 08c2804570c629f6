/* SPDX-License-Identifier: Apache-2.0 */
/* A statement of reasons: one table of the database's fields, which writes it and checks it. */
#include "govern/measures.h"

#include "base/alloc.h"
#include "base/file.h"
#include "govern/reports.h"

#include <jz/report.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define S(member) offsetof(statement, member)

typedef struct statement {
    int account, automated_decision, automated_detection, category, ground, incompatible_illegal;
    int provision, source;
    uint32_t keywords, content_types, visibility;
    char application_date[11], content_date[11], content_language[3];
    char end_account[11], end_service[11], end_visibility[11];
    char facts[JZ_DECISION_FACTS], explanation[2001], legal_ground[501];
    char incompatible_explanation[2001], incompatible_ground[501];
    char puid[501], source_identity[501];
} statement;

static const char *const words_account[] = { "DECISION_ACCOUNT_SUSPENDED",
                                             "DECISION_ACCOUNT_TERMINATED", NULL };
static const char *const words_decision[] = { "AUTOMATED_DECISION_FULLY",
                                              "AUTOMATED_DECISION_PARTIALLY",
                                              "AUTOMATED_DECISION_NOT_AUTOMATED", NULL };
static const char *const words_yes[] = { "Yes", "No", NULL };
static const char *const words_category[] = {
    "STATEMENT_CATEGORY_CYBER_VIOLENCE",
    "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
    "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
    "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    NULL,
};
static const char *const words_keyword[] = {
    "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE",
    "KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING",
    "KEYWORD_MISSING_PROCESSING_GROUND",
    "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING",
    "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE",
    NULL,
};
static const char *const words_ground[] = { "DECISION_GROUND_ILLEGAL_CONTENT",
                                            "DECISION_GROUND_INCOMPATIBLE_CONTENT", NULL };
static const char *const words_provision[] = { "DECISION_PROVISION_PARTIAL_SUSPENSION",
                                               "DECISION_PROVISION_TOTAL_SUSPENSION",
                                               "DECISION_PROVISION_PARTIAL_TERMINATION",
                                               "DECISION_PROVISION_TOTAL_TERMINATION", NULL };
static const char *const words_source[] = { "SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER",
                                            "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY",
                                            NULL };
static const char *const words_type[] = {
    "CONTENT_TYPE_APP",     "CONTENT_TYPE_AUDIO",           "CONTENT_TYPE_IMAGE",
    "CONTENT_TYPE_PRODUCT", "CONTENT_TYPE_SYNTHETIC_MEDIA", "CONTENT_TYPE_TEXT",
    "CONTENT_TYPE_VIDEO",   "CONTENT_TYPE_OTHER",           NULL,
};
static const char *const words_visibility[] = {
    "DECISION_VISIBILITY_CONTENT_REMOVED",
    "DECISION_VISIBILITY_CONTENT_DISABLED",
    "DECISION_VISIBILITY_CONTENT_DEMOTED",
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_LABELLED",
    "DECISION_VISIBILITY_OTHER",
    NULL,
};

#define TEXT(name, member, optional)                                                               \
    {                                                                                              \
        name, JZ_FIELD_TEXT, optional, .at = S(member), .size = sizeof(((statement *)0)->member)   \
    }
#define WORD(name, member, optional, list)                                                         \
    {                                                                                              \
        name, JZ_FIELD_WORD, optional, .at = S(member), .words = (list)                            \
    }
#define WORDS(name, member, optional, list)                                                        \
    {                                                                                              \
        name, JZ_FIELD_WORDS, optional, .at = S(member), .min = (optional) ? 0 : 1,                \
                                        .words = (list)                                            \
    }
static const jz_field fields[] = {
    TEXT("application_date", application_date, false),
    WORD("automated_decision", automated_decision, false, words_decision),
    WORD("automated_detection", automated_detection, false, words_yes),
    WORD("category", category, false, words_category),
    WORDS("category_specification", keywords, true, words_keyword),
    TEXT("content_date", content_date, false),
    TEXT("content_language", content_language, true),
    WORDS("content_type", content_types, false, words_type),
    WORD("decision_account", account, true, words_account),
    TEXT("decision_facts", facts, false),
    WORD("decision_ground", ground, false, words_ground),
    WORD("decision_provision", provision, true, words_provision),
    WORDS("decision_visibility", visibility, true, words_visibility),
    TEXT("end_date_account_restriction", end_account, true),
    TEXT("end_date_service_restriction", end_service, true),
    TEXT("end_date_visibility_restriction", end_visibility, true),
    TEXT("illegal_content_explanation", explanation, true),
    TEXT("illegal_content_legal_ground", legal_ground, true),
    TEXT("incompatible_content_explanation", incompatible_explanation, true),
    TEXT("incompatible_content_ground", incompatible_ground, true),
    WORD("incompatible_content_illegal", incompatible_illegal, true, words_yes),
    TEXT("puid", puid, false),
    TEXT("source_identity", source_identity, true),
    WORD("source_type", source, false, words_source),
    { 0 },
};

/* ---- checking ---- */

static jz_status check_dates(const statement *s, jz_err *err)
{
    const char *const dates[] = { s->application_date, s->content_date, s->end_account,
                                  s->end_service, s->end_visibility };
    for (size_t i = 0; i < JZ_ARRAY_LEN(dates); i++)
        if (dates[i][0] != '\0' && !jz_is_date(dates[i]))
            return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no date", dates[i]);
    return JZ_OK;
}

static jz_status check_ground(const statement *s, jz_err *err)
{
    const bool illegal = s->ground == JZ_GROUND_ILLEGAL;
    const char *ground = illegal ? s->legal_ground : s->incompatible_ground;
    const char *explanation = illegal ? s->explanation : s->incompatible_explanation;
    if (ground[0] == '\0' || explanation[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "the ground or its explanation is missing");
    return JZ_OK;
}

static jz_status check(const statement *s, jz_err *err)
{
    static const char puid[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (s->visibility == 0 && s->provision == 0 && s->account == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "nothing was ordered that the database knows");
    if (strspn(s->puid, puid) != strlen(s->puid))
        return JZ_FAIL(err, JZ_E_INVAL, "puid: '%s' has other characters than A-Z a-z 0-9 - _",
                       s->puid);
    if (s->source_identity[0] != '\0' && s->source == 4)
        return JZ_FAIL(err, JZ_E_INVAL, "source_identity: nobody gave notice");
    JZ_TRY(check_dates(s, err));
    return check_ground(s, err);
}

jz_status jz_statement_check(jz_bytes json, jz_err *err)
{
    statement *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = jz_fields_read(fields, json, "statement", s, sizeof *s, err);
    if (st == JZ_OK)
        st = check(s, err);
    jz_free(s);
    return st;
}

/* ---- making ---- */

static int place_of(const char *const *words, const char *word)
{
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0)
            return i + 1;
    return 0;
}

static void date_of(int64_t at_us, char out[11])
{
    char text[32];
    (void)snprintf(out, 11, "%.10s", jz_time_text(at_us, text, sizeof text));
}

/* The later end of several; none where one has none. */
static void put_end(char out[11], bool first, int64_t until_us)
{
    char date[11] = "";
    if (until_us > 0)
        date_of(until_us, date);
    if (first || (out[0] != '\0' && (date[0] == '\0' || strcmp(date, out) > 0)))
        memcpy(out, date, sizeof date);
}

static jz_status take_measure(void *user, const jz_measure_info *m, jz_err *err)
{
    statement *s = user;
    const jz_measure_row *row = jz_measure_row_of(m->kind);
    (void)err;
    if (row->dsa_key == NULL || m->ordered_us == 0)
        return JZ_OK;
    const int visibility = place_of(words_visibility, row->dsa_value);
    const int provision = place_of(words_provision, row->dsa_value);
    const int account = place_of(words_account, row->dsa_value);
    if (visibility > 0) {
        put_end(s->end_visibility, s->visibility == 0, m->until_us);
        s->visibility |= 1U << (visibility - 1);
    }
    if (provision > 0) {
        put_end(s->end_service, s->provision == 0, m->until_us);
        s->provision = provision > s->provision ? provision : s->provision;
    }
    if (account > 0) {
        put_end(s->end_account, s->account == 0, m->until_us);
        s->account = account > s->account ? account : s->account;
    }
    if (m->automated && s->automated_decision == JZ_AUTOMATED_NOT)
        s->automated_decision = JZ_AUTOMATED_PARTIALLY; /* a step of the ladder */
    return JZ_OK;
}

/* As much as fits, without half a character. */
static void cut_text(const char *from, char *to, size_t size)
{
    size_t len = strnlen(from, size);
    if (len == size)
        for (len = size - 1; len > 0 && ((uint8_t)from[len] & 0xc0) == 0x80;)
            len--;
    memcpy(to, from, len);
    to[len] = '\0';
}

static void set_category(statement *s, int category)
{
    static const struct {
        int category;
        unsigned keyword; /* 1 + its place; 0: none */
    } of[] = { { 4, 1 }, { 1, 4 }, { 1, 5 }, { 5, 0 }, { 5, 2 }, { 2, 3 }, { 3, 0 }, { 3, 0 } };
    s->category = of[category - 1].category;
    s->keywords = of[category - 1].keyword > 0 ? 1U << (of[category - 1].keyword - 1) : 0;
}

/* Ours and theirs: orders of courts and wishes are notifications of another kind. */
static int source_of(int source)
{
    static const int of[] = { 1, 2, 3, 4, 3, 3, 4 };
    return of[source - 1];
}

static void fill(statement *s, const jz_decision_info *d, const jz_decision_form *f)
{
    date_of(d->at_us, s->application_date);
    (void)snprintf(s->content_date, sizeof s->content_date, "%s", f->content_date);
    if (f->language[0] >= 'a' && f->language[0] <= 'z' && f->language[1] >= 'a')
        (void)snprintf(s->content_language, sizeof s->content_language, "%c%c",
                       f->language[0] - 'a' + 'A', f->language[1] - 'a' + 'A');
    (void)snprintf(s->puid, sizeof s->puid, "%s", d->id);
    s->automated_decision = f->automated;
    s->automated_detection = f->automated_detection ? 1 : 2;
    s->content_types = f->content_types;
    s->ground = f->ground;
    s->source = source_of(f->source);
    set_category(s, f->category);
    cut_text(f->facts, s->facts, sizeof s->facts);
    if (f->ground == JZ_GROUND_ILLEGAL) {
        cut_text(f->basis, s->legal_ground, sizeof s->legal_ground);
        cut_text(f->facts, s->explanation, sizeof s->explanation);
    } else {
        cut_text(f->policy, s->incompatible_ground, sizeof s->incompatible_ground);
        cut_text(f->facts, s->incompatible_explanation, sizeof s->incompatible_explanation);
    }
}

typedef struct maker {
    statement *s;
    jz_decision_form *f;
} maker;

static jz_status take_decision(void *user, const jz_decision_info *d, jz_err *err)
{
    maker *m = user;
    JZ_TRY(jz_decision_text_read(d->body, m->f, err));
    if (m->f->content_date[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "the decision has no content_date");
    fill(m->s, d, m->f);
    return JZ_OK;
}

static jz_status make(jz_govern *g, const char *id, statement *s, jz_buf *out, jz_err *err)
{
    JZ_DECISION_AUTO *f = jz_decision_form_new(err);
    if (f == NULL)
        return JZ_E_NOMEM;
    maker m = { s, f };
    JZ_TRY(jz_decision_show(g, id, take_decision, &m, err));
    JZ_TRY(jz_measures(g, id, (jz_measure_state)0, take_measure, s, err));
    JZ_TRY(check(s, err));
    jz_json j = { .out = out };
    jz_fields_put(fields, s, &j);
    return jz_buf_check(out, err);
}

jz_status jz_report_statement(jz_govern *g, const char *decision, char **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    statement *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = make(g, decision, s, &text, err);
    jz_free(s);
    JZ_TRY(st);
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}
