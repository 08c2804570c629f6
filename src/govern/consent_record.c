/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of a consent's fields: one of the input, one of each text that is kept; keys in order. */
#include "govern/consent_record.h"

#include "base/hex.h"

#include <jz/hash.h>

#include <stddef.h>
#include <string.h>

#define R(member) offsetof(jz_consent_record, member)
#define G(member) offsetof(jz_consent_grant, member)
#define P(member) offsetof(jz_consent_personal, member)
#define C(member) offsetof(jz_consent_controller, member)
#define SIZE(type, member) sizeof(((type *)0)->member)
#define NO_END INT64_C(253402300799) /* the last second of 9999 */

const char *const jz_words_operation[] = { "face_swap", "face_reenact", "talking_head",
                                           "avatar",    "voice_clone",  "attribute_edit",
                                           NULL };
const char *const jz_words_purpose[] = { "film",
                                         "ad",
                                         "education",
                                         "entertainment-private",
                                         "accessibility",
                                         "memorial",
                                         "research",
                                         "identity-protection",
                                         NULL };
const char *const jz_words_class[] = { "general", "political-endorsement", "intimate",
                                       "id-verification", NULL };
const char *const jz_words_visibility[] = { "private", "group", "public", NULL };
const char *const jz_words_role[] = { "source", "target", NULL };
const char *const jz_words_age[] = { "adult", "14-17", "u14", NULL };
static const char *const words_schema[] = { "jz-consent/1 (ISO-IEC-TS-27560:2023)", NULL };
static const char *const words_provider[] = { "provider", NULL };
static const char *const words_method[] = { "liveness+id-match on device", "wet signature",
                                            "notary", "CTID token", NULL };
/* Of the Data Privacy Vocabulary. */
static const char *const words_pii[] = { "pd:Picture", "pd:FacialPrint", "pd:Biometric", "pd:Voice",
                                         NULL };
enum { PII_FACE = 7, PII_VOICE = 12, PII_BOTH = 15 };

/* ---- tables ---- */

/* Sorted by name; the list of media, which only the input has, stands between. */
/* clang-format off */
#define GRANT_TO_OUTPUTS                                                                           \
    { "commercial", JZ_FIELD_BOOL, false, .at = G(commercial) },                                   \
    { "content_class", JZ_FIELD_WORDS, false, .at = G(content_class), .min = 1,                    \
      .words = jz_words_class },                                                                   \
    { "face_role", JZ_FIELD_WORD, false, .at = G(face_role), .words = jz_words_role },             \
    { "max_outputs", JZ_FIELD_INT, false, .at = G(max_outputs), .min = 1, .max = 10000 }
#define GRANT_FROM_TRAINING                                                                        \
    { "model_training", JZ_FIELD_BOOL, false, .at = G(model_training) },                           \
    { "never", JZ_FIELD_WORDS, false, .at = G(never), .words = jz_words_class },                   \
    { "operation", JZ_FIELD_WORD, false, .at = G(operation), .words = jz_words_operation },        \
    { "purpose", JZ_FIELD_WORD, false, .at = G(purpose), .words = jz_words_purpose },              \
    { "revocable", JZ_FIELD_BOOL, false, .at = G(revocable) },                                     \
    { "sublicensable", JZ_FIELD_BOOL, false, .at = G(sublicensable) },                             \
    { "territory", JZ_FIELD_TEXTS, false, .at = G(territory), .size = 3, .min = 1,                 \
      .max = JZ_CONSENT_PLACES, .count = G(n_territory) },                                         \
    { "visibility", JZ_FIELD_WORD, false, .at = G(visibility), .words = jz_words_visibility }
/* clang-format on */

static const jz_field grant_fields[] = { GRANT_TO_OUTPUTS, GRANT_FROM_TRAINING, { 0 } };

/* The media are personal: at an offset from the grant. */
static const jz_field input_grant_fields[] = {
    GRANT_TO_OUTPUTS,
    { "media_sha256", JZ_FIELD_HEXES, false, .at = R(personal.media) - R(grant), .size = 32,
      .min = 1, .max = JZ_CONSENT_MEDIA, .count = R(personal.n_media) - R(grant) },
    GRANT_FROM_TRAINING,
    { 0 },
};

static const jz_field controller_fields[] = {
    { "address", JZ_FIELD_TEXT, false, .at = C(address), .size = JZ_GOVERN_TEXT_MAX },
    { "algorithm_filing_no", JZ_FIELD_TEXT, false, .at = C(filing), .size = JZ_GOVERN_NAME_MAX },
    { "contact", JZ_FIELD_TEXT, false, .at = C(contact), .size = JZ_GOVERN_TEXT_MAX },
    { "name", JZ_FIELD_TEXT, false, .at = C(name), .size = JZ_GOVERN_NAME_MAX },
    { "party_id", JZ_FIELD_TEXT, false, .at = C(party_id), .size = JZ_GOVERN_NAME_MAX },
    { "role", JZ_FIELD_WORD, false, .at = C(role), .words = words_provider },
    { 0 },
};

#define NOTICE(member) (R(notice.member) - R(notice))
static const jz_field notice_fields[] = {
    { "language", JZ_FIELD_TEXT, false, .at = NOTICE(language),
      .size = SIZE(jz_consent_record, notice.language) },
    { "sha256", JZ_FIELD_HEX, false, .at = NOTICE(sha256), .size = 32 },
    { "shown_at", JZ_FIELD_INT, false, .at = NOTICE(shown_at_s), .min = 1, .max = NO_END },
    { "url", JZ_FIELD_TEXT, false, .at = NOTICE(url), .size = JZ_GOVERN_TEXT_MAX },
    { 0 },
};

static const jz_field withdrawal_fields[] = {
    { "phone", JZ_FIELD_TEXT, false, .at = R(withdrawal.phone) - R(withdrawal),
      .size = SIZE(jz_consent_record, withdrawal.phone) },
    { "url", JZ_FIELD_TEXT, false, .at = R(withdrawal.url) - R(withdrawal),
      .size = JZ_GOVERN_TEXT_MAX },
    { 0 },
};

#define EVIDENCE(member) (P(evidence.member) - P(evidence))
static const jz_field evidence_fields[] = {
    { "at", JZ_FIELD_INT, false, .at = EVIDENCE(at_s), .min = 1, .max = NO_END },
    { "digest", JZ_FIELD_HEX, false, .at = EVIDENCE(digest), .size = 32 },
    { "method", JZ_FIELD_WORD, false, .at = EVIDENCE(method), .words = words_method },
    { 0 },
};

/* Of the input: whose record it is. Offsets are from the record's beginning. */
static const jz_field principal_fields[] = {
    { "age_band", JZ_FIELD_WORD, false, .at = R(age), .words = jz_words_age },
    { "guardian_proof", JZ_FIELD_HEX, true, .at = R(personal.guardian_proof), .size = 32 },
    { "guardian_ref", JZ_FIELD_TEXT, true, .at = R(personal.guardian_ref),
      .size = JZ_GOVERN_NAME_MAX },
    { "key", JZ_FIELD_HEX, true, .at = R(personal.key), .size = JZ_CONSENT_KEY_SIZE },
    { "ref", JZ_FIELD_TEXT, false, .at = R(personal.principal_ref), .size = JZ_GOVERN_NAME_MAX },
    { 0 },
};

/* What the input and the record share. */
#define SHARED_AT_FRONT                                                                            \
    {                                                                                              \
        "controllers", JZ_FIELD_OBJECTS, false,                                                    \
            .at = R(controllers), .size = sizeof(jz_consent_controller), .min = 1, .max = 1,       \
            .count = R(n_controllers), .sub = controller_fields                                    \
    }
#define SHARED_IN_FRONT_OF_RECORD                                                                  \
    { "impact_assessment", JZ_FIELD_TEXT, false, .at = R(assessment),                              \
      .size = JZ_GOVERN_NAME_MAX },                                                                \
        { "jurisdiction", JZ_FIELD_TEXT, false, .at = R(jurisdiction), .size = 3 },                \
    {                                                                                              \
        "notice", JZ_FIELD_OBJECT, false,                                                          \
            .at = R(notice), .size = SIZE(jz_consent_record, notice), .sub = notice_fields         \
    }
#define SHARED_AT_END                                                                              \
    { "schema_version", JZ_FIELD_WORD, false, .at = R(schema), .words = words_schema },            \
        { "storage_locations",                                                                     \
          JZ_FIELD_TEXTS,                                                                          \
          false,                                                                                   \
          .at = R(storage),                                                                        \
          .size = JZ_GOVERN_NAME_MAX,                                                              \
          .min = 1,                                                                                \
          .max = JZ_CONSENT_PLACES,                                                                \
          .count = R(n_storage) },                                                                 \
        { "valid_from", JZ_FIELD_INT, false, .at = R(from_s), .min = 1, .max = NO_END },           \
        { "valid_until", JZ_FIELD_INT, false, .at = R(until_s), .min = 1, .max = NO_END },         \
        { "withdrawal_method",                                                                     \
          JZ_FIELD_OBJECT,                                                                         \
          false,                                                                                   \
          .at = R(withdrawal),                                                                     \
          .size = SIZE(jz_consent_record, withdrawal),                                             \
          .sub = withdrawal_fields },                                                              \
    {                                                                                              \
        0                                                                                          \
    }
#define RECIPIENTS                                                                                 \
    {                                                                                              \
        "recipients", JZ_FIELD_TEXTS, false, .at = R(recipients), .size = JZ_GOVERN_NAME_MAX,      \
                                             .min = 0, .max = 0, .count = R(n_recipients)          \
    }
#define RETENTION                                                                                  \
    {                                                                                              \
        "retention_period", JZ_FIELD_TEXT, false, .at = R(retention),                              \
                                                  .size = SIZE(jz_consent_record, retention)       \
    }

static const jz_field input_fields[] = {
    SHARED_AT_FRONT,
    { "evidence_of_person", JZ_FIELD_OBJECT, false, .at = R(personal.evidence),
      .size = SIZE(jz_consent_personal, evidence), .sub = evidence_fields },
    { "grant", JZ_FIELD_OBJECT, false, .at = R(grant), .size = sizeof(jz_consent_grant),
      .sub = input_grant_fields },
    SHARED_IN_FRONT_OF_RECORD,
    { "pii_principal", JZ_FIELD_OBJECT, false, .at = 0, .size = sizeof(jz_consent_record),
      .sub = principal_fields },
    RECIPIENTS,
    RETENTION,
    SHARED_AT_END,
};

static const jz_field record_fields[] = {
    { "age_band", JZ_FIELD_WORD, false, .at = R(age), .words = jz_words_age },
    SHARED_AT_FRONT,
    { "grant", JZ_FIELD_OBJECT, false, .at = R(grant), .size = sizeof(jz_consent_grant),
      .sub = grant_fields },
    SHARED_IN_FRONT_OF_RECORD,
    { "personal_sha256", JZ_FIELD_HEX, false, .at = R(personal_sha256), .size = 32 },
    { "pii_types", JZ_FIELD_WORDS, false, .at = R(pii_types), .min = 1, .words = words_pii },
    RECIPIENTS,
    { "record_id", JZ_FIELD_TEXT, false, .at = R(record_id), .size = 37 },
    RETENTION,
    { "salt", JZ_FIELD_HEX, false, .at = R(salt), .size = JZ_GOVERN_SALT },
    SHARED_AT_END,
};

static const jz_field personal_fields[] = {
    { "evidence_of_person", JZ_FIELD_OBJECT, false, .at = P(evidence),
      .size = SIZE(jz_consent_personal, evidence), .sub = evidence_fields },
    { "guardian_proof", JZ_FIELD_HEX, true, .at = P(guardian_proof), .size = 32 },
    { "guardian_ref", JZ_FIELD_TEXT, true, .at = P(guardian_ref), .size = JZ_GOVERN_NAME_MAX },
    { "key", JZ_FIELD_HEX, true, .at = P(key), .size = JZ_CONSENT_KEY_SIZE },
    { "media_sha256", JZ_FIELD_HEXES, false, .at = P(media), .size = 32, .min = 1,
      .max = JZ_CONSENT_MEDIA, .count = P(n_media) },
    { "principal_ref", JZ_FIELD_TEXT, false, .at = P(principal_ref), .size = JZ_GOVERN_NAME_MAX },
    { "salt", JZ_FIELD_HEX, false, .at = P(salt), .size = JZ_GOVERN_SALT },
    { 0 },
};

/* ---- rules ---- */

static bool is_country(const char *s)
{
    return strlen(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z';
}

/* ISO 8601, in days or months, at most a year: "P30D", "P6M". */
static bool is_period(const char *s)
{
    unsigned v = 0;
    if (*s++ != 'P' || *s == '0')
        return false;
    for (; *s >= '0' && *s <= '9' && v < 1000; s++)
        v = v * 10 + (unsigned)(*s - '0');
    return v > 0 && ((strcmp(s, "D") == 0 && v <= 366) || (strcmp(s, "M") == 0 && v <= 12));
}

static bool is_zero(const uint8_t *p, size_t n)
{
    while (n > 0 && p[n - 1] == 0)
        n--;
    return n == 0;
}

static jz_status check_grant(const jz_consent_grant *g, jz_err *err)
{
    const unsigned denied = JZ_CLASS_INTIMATE | JZ_CLASS_ID_VERIFICATION;
    if (!g->revocable)
        return JZ_FAIL(err, JZ_E_INVAL, "grant: an irrevocable consent is void");
    if (g->sublicensable)
        return JZ_FAIL(err, JZ_E_INVAL, "grant: a consent that can be passed on is void");
    if (g->model_training)
        return JZ_FAIL(err, JZ_E_INVAL, "grant: training is another purpose: no bundled consent");
    if ((g->content_class & denied) != 0)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "grant: nobody can be asked for intimate content or to "
                       "pass an identity check");
    if ((g->content_class & g->never) != 0)
        return JZ_FAIL(err, JZ_E_INVAL, "grant: content_class and never contradict each other");
    for (size_t i = 0; i < g->n_territory; i++)
        if (!is_country(g->territory[i]))
            return JZ_FAIL(err, JZ_E_INVAL, "grant: '%s' is no country's code (ISO 3166-1)",
                           g->territory[i]);
    return JZ_OK;
}

static jz_status check_person(const jz_consent_record *r, jz_err *err)
{
    const jz_consent_personal *p = &r->personal;
    const bool guardian = p->guardian_ref[0] != '\0';
    if (r->age == JZ_AGE_U14 && !guardian)
        return JZ_FAIL(err, JZ_E_INVAL, "under 14: the guardian consents (PIPL article 31)");
    if (r->age == JZ_AGE_ADULT && guardian)
        return JZ_FAIL(err, JZ_E_INVAL, "an adult consents without a guardian");
    if (guardian != !is_zero(p->guardian_proof, sizeof p->guardian_proof))
        return JZ_FAIL(err, JZ_E_INVAL, "guardian_ref and guardian_proof belong together");
    return JZ_OK;
}

jz_status jz_consent_lawful(const jz_consent_record *r, jz_err *err)
{
    JZ_TRY(check_grant(&r->grant, err));
    if (r->until_s <= r->from_s || r->until_s - r->from_s > JZ_CONSENT_MAX_S)
        return JZ_FAIL(err, JZ_E_INVAL, "valid_until: a consent ends within %d days",
                       JZ_CONSENT_MAX_DAYS);
    if (r->notice.shown_at_s > r->from_s)
        return JZ_FAIL(err, JZ_E_INVAL, "notice: it is shown before the consent begins");
    if (!is_country(r->jurisdiction))
        return JZ_FAIL(err, JZ_E_INVAL, "jurisdiction: '%s' is no country's code (ISO 3166-1)",
                       r->jurisdiction);
    if (!is_period(r->retention))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "retention_period: '%s' is not as P30D or P6M, at most a "
                       "year",
                       r->retention);
    return JZ_OK;
}

/* ---- texts ---- */

static uint32_t pii_of(int operation)
{
    switch (operation) {
    case 3: /* talking_head */
    case 4: /* avatar */
        return PII_BOTH;
    case 5: /* voice_clone */
        return PII_VOICE;
    default:
        return PII_FACE;
    }
}

jz_status jz_consent_record_input(jz_bytes json, jz_consent_record *out, jz_err *err)
{
    if (json.len > JZ_CONSENT_JSON_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a record of %zu bytes, the limit is %zu", json.len,
                       JZ_CONSENT_JSON_MAX);
    JZ_TRY(jz_fields_read(input_fields, json, "record", out, sizeof *out, err));
    out->pii_types = pii_of(out->grant.operation);
    JZ_TRY(check_person(out, err));
    return jz_consent_lawful(out, err);
}

void jz_consent_personal_text(const jz_consent_personal *p, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_fields_put(personal_fields, p, &j);
}

static void put_record(const jz_consent_record *r, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_fields_put(record_fields, r, &j);
}

jz_status jz_consent_record_text(jz_consent_record *r, jz_buf *personal, jz_buf *record,
                                 char id[JZ_CONSENT_ID_SIZE], jz_err *err)
{
    uint8_t digest[32];
    jz_consent_personal_text(&r->personal, personal);
    JZ_TRY(jz_buf_check(personal, err));
    jz_sha256(personal->ptr, personal->len, r->personal_sha256);
    put_record(r, record);
    JZ_TRY(jz_buf_check(record, err));
    jz_sha256(record->ptr, record->len, digest);
    jz_hex_encode(digest, sizeof digest, id);
    return JZ_OK;
}

/* A text that would be written otherwise is not the one that was hashed by whoever wrote it. */
static jz_status check_canonical(const jz_buf *again, jz_bytes text, const char *what, jz_err *err)
{
    JZ_TRY(jz_buf_check(again, err));
    if (again->len != text.len || memcmp(again->ptr, text.ptr, text.len) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "the %s is not in its canonical form", what);
    return JZ_OK;
}

jz_status jz_consent_record_read(jz_bytes text, jz_consent_record *out, jz_err *err)
{
    JZ_BUF_AUTO again = { 0 };
    JZ_TRY(jz_fields_read(record_fields, text, "record", out, sizeof *out, err));
    put_record(out, &again);
    return check_canonical(&again, text, "record", err);
}

jz_status jz_consent_personal_read(jz_bytes text, jz_consent_personal *out, jz_err *err)
{
    JZ_BUF_AUTO again = { 0 };
    JZ_TRY(jz_fields_read(personal_fields, text, "personal", out, sizeof *out, err));
    jz_consent_personal_text(out, &again);
    return check_canonical(&again, text, "personal text", err);
}
