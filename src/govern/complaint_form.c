/* SPDX-License-Identifier: Apache-2.0 */
/* What is said in a complaint: the same table reads what comes in and writes what is kept. */
#include "govern/complaints.h"

#include "base/rd.h"

#include <stddef.h>
#include <string.h>

#define F(member) offsetof(jz_complaint_form, member)
#define I(member) offsetof(jz_form_item, member)

const char *const jz_words_complaint_role[] = {
    "depicted", "representative", "guardian", "trusted-flagger", "user", "authority", "patrol", NULL
};
const char *const jz_words_complaint_category[] = {
    "minor-sexual", "intimate",      "intimate-synthetic",
    "fraud",        "impersonation", "consent",
    "unlabelled",   "other",         NULL,
};

static const char *const words_age_band[] = { "adult", "14-17", "u14", NULL };
static const jz_field item_fields[] = {
    { "note", JZ_FIELD_TEXT, true, .at = I(note), .size = JZ_GOVERN_NAME_MAX },
    { "pdq", JZ_FIELD_HEX, true, .at = I(pdq), .size = 32 },
    { "sha256", JZ_FIELD_HEX, true, .at = I(sha256), .size = 32 },
    { "url", JZ_FIELD_TEXT, true, .at = I(url), .size = JZ_COMPLAINT_URL_MAX },
    { 0 },
};
#define ITEMS                                                                                      \
    {                                                                                              \
        "items", JZ_FIELD_OBJECTS, true, .at = F(item), .size = sizeof(jz_form_item),              \
                                         .max = JZ_COMPLAINT_ITEMS, .count = F(items),             \
                                         .sub = item_fields                                        \
    }
#define TEXT(name, bytes)                                                                          \
    {                                                                                              \
#name, JZ_FIELD_TEXT, true, .at = F(name), .size = (bytes)                                 \
    }
#define FORM_FIELDS                                                                                \
    { "age_band", JZ_FIELD_WORD, true, .at = F(age_band), .words = words_age_band },               \
        { "category", JZ_FIELD_WORD, false, .at = F(category),                                     \
          .words = jz_words_complaint_category },                                                  \
        TEXT(contact, JZ_GOVERN_NAME_MAX), TEXT(depicted, JZ_GOVERN_NAME_MAX),                     \
        TEXT(description, JZ_GOVERN_TEXT_MAX), TEXT(document, JZ_GOVERN_NAME_MAX), ITEMS,          \
        { "jurisdiction", JZ_FIELD_TEXT, false, .at = F(jurisdiction), .size = 3 },                \
        TEXT(language, 36), TEXT(reporter, JZ_GOVERN_NAME_MAX),                                    \
    {                                                                                              \
        "role", JZ_FIELD_WORD, false, .at = F(role), .words = jz_words_complaint_role              \
    }

static const jz_field form_fields[] = {
    FORM_FIELDS,
    TEXT(signature, JZ_GOVERN_NAME_MAX),
    TEXT(statement, JZ_GOVERN_TEXT_MAX),
    { 0 },
};
static const jz_field kept_fields[] = {
    FORM_FIELDS,
    { "salt", JZ_FIELD_HEX, false, .at = F(salt), .size = JZ_GOVERN_SALT },
    TEXT(signature, JZ_GOVERN_NAME_MAX),
    TEXT(statement, JZ_GOVERN_TEXT_MAX),
    { 0 },
};
const jz_field jz_complaint_more_fields[] = {
    TEXT(contact, JZ_GOVERN_NAME_MAX),   ITEMS, TEXT(signature, JZ_GOVERN_NAME_MAX),
    TEXT(statement, JZ_GOVERN_TEXT_MAX), { 0 },
};

/* Harm from 0 to 7 and confidence from 0 to 3, as Jigsaw's Altitude adds them. */
unsigned jz_complaint_score(int role, int category)
{
    static const uint8_t harm[] = { 7, 6, 6, 5, 4, 4, 2, 1 };
    static const uint8_t confidence[] = { 2, 2, 2, 3, 0, 3, 1 };
    return (unsigned)(harm[category - 1] + confidence[role - 1]);
}

bool jz_complaint_is_intimate(int category)
{
    return category >= JZ_CATEGORY_MINOR && category <= JZ_CATEGORY_INTIMATE_SYNTHETIC;
}

bool jz_complaint_is_right(int role)
{
    return role == JZ_ROLE_DEPICTED || role == JZ_ROLE_REPRESENTATIVE || role == JZ_ROLE_GUARDIAN ||
           role == JZ_ROLE_AUTHORITY;
}

static bool is_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return false;
    return true;
}

static jz_status read_by(const jz_field *table, jz_bytes json, const char *what,
                         jz_complaint_form *out, jz_err *err)
{
    if (json.len > JZ_COMPLAINT_JSON_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a complaint of %zu bytes, the limit is %zu", json.len,
                       JZ_COMPLAINT_JSON_MAX);
    JZ_TRY(jz_fields_read(table, json, what, out, sizeof *out, err));
    for (size_t i = 0; i < out->items; i++) {
        const jz_form_item *t = &out->item[i];
        if (t->url[0] == '\0' && is_zero(t->sha256, 32) && is_zero(t->pdq, 32))
            return JZ_FAIL(err, JZ_E_INVAL, "item %zu has neither url nor sha256 nor pdq", i + 1);
    }
    return JZ_OK;
}

jz_status jz_complaint_form_read(jz_bytes json, jz_complaint_form *out, jz_err *err)
{
    JZ_TRY(read_by(form_fields, json, "complaint", out, err));
    if (strlen(out->jurisdiction) != 2 ||
        strspn(out->jurisdiction, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
        return JZ_FAIL(err, JZ_E_INVAL, "jurisdiction: '%s' is no country of ISO 3166-1",
                       out->jurisdiction);
    if (out->role == JZ_ROLE_AUTHORITY && out->document[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "an authority's complaint names its document");
    return JZ_OK;
}

jz_status jz_complaint_more_read(jz_bytes json, jz_complaint_form *out, jz_err *err)
{
    JZ_TRY(read_by(jz_complaint_more_fields, json, "addition", out, err));
    if (jz_complaint_elements(out) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "nothing is added");
    return JZ_OK;
}

void jz_complaint_form_text(const jz_complaint_form *f, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_fields_put(kept_fields, f, &j);
}

jz_status jz_complaint_text_read(const char *text, jz_complaint_form *out, jz_err *err)
{
    return jz_fields_read(kept_fields, jz_bytes_of_text(text), "complaint that is stored", out,
                          sizeof *out, err);
}

unsigned jz_complaint_elements(const jz_complaint_form *f)
{
    return (f->items > 0 ? JZ_ELEMENT_ITEM : 0U) |
           (f->statement[0] != '\0' ? JZ_ELEMENT_STATEMENT : 0U) |
           (f->signature[0] != '\0' ? JZ_ELEMENT_SIGNATURE : 0U) |
           (f->contact[0] != '\0' ? JZ_ELEMENT_CONTACT : 0U);
}
