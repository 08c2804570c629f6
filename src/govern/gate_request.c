/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/gates.h"

#include <stddef.h>

#define Q(member) offsetof(jz_gate_request, member)
#define S(member) offsetof(jz_gate_subject, member)

static const char *const words_standing[] = { "ok", "limited", "suspended", NULL };
static const char *const words_minor[] = { "no", "yes", "unsure", NULL };

static const jz_field requester_fields[] = {
    { "real_name_verified", JZ_FIELD_BOOL, false, .at = Q(requester.verified) },
    { "ref", JZ_FIELD_TEXT, false, .at = Q(requester.ref), .size = JZ_GOVERN_NAME_MAX },
    { "standing", JZ_FIELD_WORD, false, .at = Q(requester.standing), .words = words_standing },
    { 0 },
};
static const jz_field subject_fields[] = {
    { "apparent_minor", JZ_FIELD_WORD, false, .at = S(apparent_minor), .words = words_minor },
    { "consent_id", JZ_FIELD_TEXT, true, .at = S(consent), .size = JZ_CONSENT_ID_SIZE },
    { "media_sha256", JZ_FIELD_HEX, false, .at = S(media), .size = 32 },
    { "role", JZ_FIELD_WORD, false, .at = S(role), .words = jz_words_role },
    { 0 },
};
static const jz_field output_fields[] = {
    { "commercial", JZ_FIELD_BOOL, false, .at = Q(output.commercial) },
    { "territory", JZ_FIELD_TEXTS, false, .at = Q(output.territory), .size = 3, .min = 1,
      .max = JZ_CONSENT_PLACES, .count = Q(output.n_territory) },
    { "visibility", JZ_FIELD_WORD, false, .at = Q(output.visibility),
      .words = jz_words_visibility },
    { 0 },
};
static const jz_field label_fields[] = {
    { "explicit", JZ_FIELD_BOOL, false, .at = Q(labels.explicit_label) },
    { "implicit", JZ_FIELD_BOOL, false, .at = Q(labels.implicit_label) },
    { "producer", JZ_FIELD_TEXT, true, .at = Q(labels.producer), .size = JZ_GATE_PRODUCER_SIZE },
    { 0 },
};
/* Tables of parts have offsets from the beginning of the request. */
static const jz_field request_fields[] = {
    { "content_class", JZ_FIELD_WORD, false, .at = Q(content_class), .words = jz_words_class },
    { "labels", JZ_FIELD_OBJECT, false, .sub = label_fields },
    { "operation", JZ_FIELD_WORD, false, .at = Q(operation), .words = jz_words_operation },
    { "output", JZ_FIELD_OBJECT, false, .sub = output_fields },
    { "purpose", JZ_FIELD_WORD, false, .at = Q(purpose), .words = jz_words_purpose },
    { "request_id", JZ_FIELD_TEXT, false, .at = Q(id), .size = 129 },
    { "requester", JZ_FIELD_OBJECT, false, .sub = requester_fields },
    { "subjects", JZ_FIELD_OBJECTS, false, .at = Q(subject), .size = sizeof(jz_gate_subject),
      .min = 1, .max = JZ_GATE_SUBJECTS, .count = Q(subjects), .sub = subject_fields },
    { 0 },
};

jz_status jz_gate_request_read(jz_bytes json, jz_gate_request *out, jz_err *err)
{
    if (json.len > JZ_GATE_JSON_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a request of %zu bytes, the limit is %zu", json.len,
                       JZ_GATE_JSON_MAX);
    return jz_fields_read(request_fields, json, "request", out, sizeof *out, err);
}
