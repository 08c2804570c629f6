/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule can see: one table for JSON, one for names in rules. A value that is not there is
 * unknown, so each has a flag beside it. */
#include "govern/rule_set.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <stdlib.h>
#include <string.h>

#define NAME 256
#define LIST 32
#define MATCHES 32
#define COUNTERS 32
#define COUNT_MAX INT64_C(1000000000000000)
#define TIME_MAX INT64_C(4102444800) /* 2100 */

typedef struct cell_bool {
    bool seen, v;
} cell_bool;
typedef struct cell_int {
    bool seen;
    int64_t v;
} cell_int;
typedef struct cell_word { /* 1 + its place */
    bool seen;
    int v;
} cell_word;
typedef struct cell_name {
    bool seen;
    char v[NAME];
} cell_name;
typedef struct cell_text {
    bool seen;
    char v[JZ_RULE_TEXT + 1];
} cell_text;
typedef struct cell_list {
    bool seen;
    char v[LIST][JZ_RULE_NAME];
    size_t n;
    jz_bytes view[LIST]; /* of v */
} cell_list;

typedef struct match {
    char bank[JZ_RULE_NAME + 1];
    int64_t distance;
    bool exact;
    int status;
} match;

typedef struct counter {
    char name[JZ_RULE_NAME];
    int64_t days, n;
} counter;

struct jz_rule_inputs {
    cell_int at, price;
    cell_word op, purpose;
    cell_text prompt, text;
    struct {
        cell_int created, strikes;
        cell_list labels;
        cell_name ref;
        cell_bool verified;
    } account;
    struct {
        cell_int members;
        cell_name ref;
    } group;
    struct {
        cell_bool consent;
        cell_word credentials, kind, label, synthetic;
        cell_list findings;
        cell_name pdq, sha256;
        cell_int quality;
        bool matches_seen;
        match match[MATCHES];
        size_t matches;
    } item;
    struct {
        cell_bool liveness;
    } output;
    struct {
        cell_bool commercial;
        cell_word content_class, visibility;
        cell_name provider, ref;
        cell_int subjects;
    } request;
    bool counters_seen;
    counter counter[COUNTERS];
    size_t counters;
};

/* ---- words ---- */

static const char *const op_words[] = { "upload",         "share",     "message",
                                        "profile",        "face_swap", "face_reenact",
                                        "talking_head",   "avatar",    "voice_clone",
                                        "attribute_edit", NULL };
static const char *const purpose_words[] = { "film",
                                             "ad",
                                             "education",
                                             "entertainment-private",
                                             "accessibility",
                                             "memorial",
                                             "research",
                                             "identity-protection",
                                             NULL };
static const char *const credentials_words[] = { "valid", "invalid", "none", NULL };
static const char *const kind_words[] = { "image", "video", "audio", "text", "document", NULL };
static const char *const label_words[] = { "confirmed", "possible", "suspected", "none", NULL };
static const char *const verdict_words[] = { "affirmed", "suspected", "cleared", "cannot-tell",
                                             NULL };
static const char *const status_words[] = { "seed", "confirmed", NULL };
static const char *const class_words[] = { "general", "political-endorsement", "intimate",
                                           "id-verification", NULL };
static const char *const visibility_words[] = { "private", "group", "public", NULL };

/* ---- JSON ---- */

/* Members of a struct called parent_type; its keys are in the order of bytes. */
#define CELL(key_, kind_, type, member)                                                            \
    .key = key_, .kind = kind_, .optional = true, .at = offsetof(type, member.v),                  \
    .seen = 1 + offsetof(type, member.seen)
#define BOOL_CELL(key_, type, member)                                                              \
    {                                                                                              \
        CELL(key_, JZ_FIELD_BOOL, type, member)                                                    \
    }
#define INT_CELL(key_, type, member, max_)                                                         \
    {                                                                                              \
        CELL(key_, JZ_FIELD_INT, type, member), .min = 0, .max = (max_)                            \
    }
#define WORD_CELL(key_, type, member, words_)                                                      \
    {                                                                                              \
        CELL(key_, JZ_FIELD_WORD, type, member), .words = (words_)                                 \
    }
#define NAME_CELL(key_, type, member, size_)                                                       \
    {                                                                                              \
        CELL(key_, JZ_FIELD_TEXT, type, member), .size = (size_)                                   \
    }
#define LIST_CELL(key_, type, member)                                                              \
    {                                                                                              \
        CELL(key_, JZ_FIELD_TEXTS, type, member), .size = JZ_RULE_NAME, .max = LIST,               \
                                                  .count = offsetof(type, member.n)                \
    }
#define PART(key_, member, table)                                                                  \
    {                                                                                              \
        .key = key_, .kind = JZ_FIELD_OBJECT, .optional = true,                                    \
        .at = offsetof(jz_rule_inputs, member), .size = sizeof(((jz_rule_inputs *)NULL)->member),  \
        .sub = (table)                                                                             \
    }

typedef __typeof__(((jz_rule_inputs *)NULL)->account) part_account;
typedef __typeof__(((jz_rule_inputs *)NULL)->group) part_group;
typedef __typeof__(((jz_rule_inputs *)NULL)->item) part_item;
typedef __typeof__(((jz_rule_inputs *)NULL)->output) part_output;
typedef __typeof__(((jz_rule_inputs *)NULL)->request) part_request;

static const jz_field account_fields[] = {
    INT_CELL("created", part_account, created, TIME_MAX),
    LIST_CELL("labels", part_account, labels),
    NAME_CELL("ref", part_account, ref, NAME),
    INT_CELL("strikes", part_account, strikes, COUNT_MAX),
    BOOL_CELL("verified", part_account, verified),
    { 0 },
};
static const jz_field group_fields[] = {
    INT_CELL("members", part_group, members, COUNT_MAX),
    NAME_CELL("ref", part_group, ref, NAME),
    { 0 },
};
static const jz_field match_fields[] = {
    { .key = "bank", .kind = JZ_FIELD_TEXT, .at = offsetof(match, bank), .size = JZ_RULE_NAME + 1 },
    { .key = "distance", .kind = JZ_FIELD_INT, .at = offsetof(match, distance), .max = 256 },
    { .key = "exact", .kind = JZ_FIELD_BOOL, .at = offsetof(match, exact) },
    { .key = "status",
      .kind = JZ_FIELD_WORD,
      .at = offsetof(match, status),
      .words = status_words },
    { 0 },
};
static const jz_field item_fields[] = {
    BOOL_CELL("consent", part_item, consent),
    WORD_CELL("credentials", part_item, credentials, credentials_words),
    LIST_CELL("findings", part_item, findings),
    WORD_CELL("kind", part_item, kind, kind_words),
    WORD_CELL("label", part_item, label, label_words),
    { .key = "matches",
      .kind = JZ_FIELD_OBJECTS,
      .optional = true,
      .at = offsetof(part_item, match),
      .size = sizeof(match),
      .max = MATCHES,
      .count = offsetof(part_item, matches),
      .sub = match_fields,
      .seen = 1 + offsetof(part_item, matches_seen) },
    NAME_CELL("pdq", part_item, pdq, NAME),
    INT_CELL("quality", part_item, quality, 100),
    NAME_CELL("sha256", part_item, sha256, NAME),
    WORD_CELL("synthetic", part_item, synthetic, verdict_words),
    { 0 },
};
static const jz_field output_fields[] = {
    BOOL_CELL("liveness", part_output, liveness),
    { 0 },
};
static const jz_field request_fields[] = {
    BOOL_CELL("commercial", part_request, commercial),
    WORD_CELL("content_class", part_request, content_class, class_words),
    NAME_CELL("provider", part_request, provider, NAME),
    NAME_CELL("ref", part_request, ref, NAME),
    INT_CELL("subjects", part_request, subjects, COUNT_MAX),
    WORD_CELL("visibility", part_request, visibility, visibility_words),
    { 0 },
};
static const jz_field counter_fields[] = {
    { .key = "count", .kind = JZ_FIELD_INT, .at = offsetof(counter, n), .max = COUNT_MAX },
    { .key = "days", .kind = JZ_FIELD_INT, .at = offsetof(counter, days), .min = 1, .max = 3650 },
    { .key = "name", .kind = JZ_FIELD_TEXT, .at = offsetof(counter, name), .size = JZ_RULE_NAME },
    { 0 },
};
const jz_field jz_rule_inputs_fields[] = {
    PART("account", account, account_fields),
    { .key = "at",
      .kind = JZ_FIELD_INT,
      .at = offsetof(jz_rule_inputs, at.v),
      .max = TIME_MAX,
      .seen = 1 + offsetof(jz_rule_inputs, at.seen) },
    { .key = "counters",
      .kind = JZ_FIELD_OBJECTS,
      .optional = true,
      .at = offsetof(jz_rule_inputs, counter),
      .size = sizeof(counter),
      .max = COUNTERS,
      .count = offsetof(jz_rule_inputs, counters),
      .sub = counter_fields,
      .seen = 1 + offsetof(jz_rule_inputs, counters_seen) },
    PART("group", group, group_fields),
    PART("item", item, item_fields),
    WORD_CELL("op", jz_rule_inputs, op, op_words),
    PART("output", output, output_fields),
    INT_CELL("price", jz_rule_inputs, price, COUNT_MAX),
    NAME_CELL("prompt", jz_rule_inputs, prompt, JZ_RULE_TEXT + 1),
    WORD_CELL("purpose", jz_rule_inputs, purpose, purpose_words),
    PART("request", request, request_fields),
    NAME_CELL("text", jz_rule_inputs, text, JZ_RULE_TEXT + 1),
    { 0 },
};

static void view_list(cell_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        l->view[i] = (jz_bytes){ (const uint8_t *)l->v[i], strlen(l->v[i]) };
}

const size_t jz_rule_inputs_size = sizeof(jz_rule_inputs);

void jz_rule_inputs_finish(jz_rule_inputs *in)
{
    view_list(&in->account.labels);
    view_list(&in->item.findings);
}

jz_rule_inputs *jz_rule_inputs_new(void)
{
    return jz_alloc(sizeof(jz_rule_inputs));
}

jz_status jz_rule_inputs_read(jz_bytes json, jz_rule_inputs *out, jz_err *err)
{
    if (json.len > JZ_RULES_INPUTS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "inputs of %zu bytes, the limit is %zu", json.len,
                       JZ_RULES_INPUTS_MAX);
    JZ_TRY(jz_fields_read(jz_rule_inputs_fields, json, "inputs", out, sizeof *out, err));
    jz_rule_inputs_finish(out);
    return JZ_OK;
}

void jz_rule_inputs_put(const jz_rule_inputs *in, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_fields_put(jz_rule_inputs_fields, in, &j);
}

/* ---- names in rules ---- */

#define INPUT(name_, type_, member)                                                                \
    {                                                                                              \
        .name = name_, .type = type_, .at = offsetof(jz_rule_inputs, member)                       \
    }
#define WORDS(name_, member, words_)                                                               \
    {                                                                                              \
        .name = name_, .type = JZ_RULE_TEXTUAL, .at = offsetof(jz_rule_inputs, member),            \
        .words = (words_)                                                                          \
    }
#define SHORT(name_, member) INPUT(name_, JZ_RULE_TEXTUAL, member)

static const jz_rule_input names[] = {
    INPUT("account.created", JZ_RULE_TIME, account.created),
    INPUT("account.labels", JZ_RULE_LIST, account.labels),
    SHORT("account.ref", account.ref),
    INPUT("account.strikes", JZ_RULE_INT, account.strikes),
    INPUT("account.verified", JZ_RULE_BOOL, account.verified),
    INPUT("at", JZ_RULE_TIME, at),
    INPUT("group.members", JZ_RULE_INT, group.members),
    SHORT("group.ref", group.ref),
    INPUT("item.consent", JZ_RULE_BOOL, item.consent),
    WORDS("item.credentials", item.credentials, credentials_words),
    INPUT("item.findings", JZ_RULE_LIST, item.findings),
    WORDS("item.kind", item.kind, kind_words),
    WORDS("item.label", item.label, label_words),
    SHORT("item.pdq", item.pdq),
    INPUT("item.quality", JZ_RULE_INT, item.quality),
    SHORT("item.sha256", item.sha256),
    WORDS("item.synthetic", item.synthetic, verdict_words),
    WORDS("op", op, op_words),
    INPUT("output.liveness", JZ_RULE_BOOL, output.liveness),
    INPUT("price", JZ_RULE_INT, price),
    SHORT("prompt", prompt),
    WORDS("purpose", purpose, purpose_words),
    INPUT("request.commercial", JZ_RULE_BOOL, request.commercial),
    WORDS("request.content_class", request.content_class, class_words),
    SHORT("request.provider", request.provider),
    SHORT("request.ref", request.ref),
    INPUT("request.subjects", JZ_RULE_INT, request.subjects),
    WORDS("request.visibility", request.visibility, visibility_words),
    SHORT("text", text),
};

size_t jz_rule_input_find(jz_bytes name)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++)
        if (strlen(names[i].name) == name.len && memcmp(names[i].name, name.ptr, name.len) == 0)
            return i;
    return JZ_RULE_NO_INPUT;
}

const jz_rule_input *jz_rule_input_row(size_t i)
{
    return i < JZ_ARRAY_LEN(names) ? &names[i] : NULL;
}

jz_rule_value jz_rule_input_get(const jz_rule_inputs *in, size_t i)
{
    const jz_rule_input *row = &names[i];
    const void *cell = (const uint8_t *)in + row->at; /* each begins with its flag */
    jz_rule_value v = { .known = *(const bool *)cell };
    if (!v.known)
        return v;
    switch (row->type) {
    case JZ_RULE_BOOL:
        v.b = ((const cell_bool *)cell)->v;
        break;
    case JZ_RULE_TEXTUAL:
        if (row->words != NULL)
            v.s = jz_bytes_of_text(row->words[((const cell_word *)cell)->v - 1]);
        else
            v.s =
                jz_bytes_of_text(((const cell_name *)cell)->v); /* texts have the same beginning */
        break;
    case JZ_RULE_LIST:
        v.list = (jz_rule_words){ ((const cell_list *)cell)->view, ((const cell_list *)cell)->n };
        break;
    default:
        v.i = ((const cell_int *)cell)->v;
        break;
    }
    return v;
}

/* ---- matches and counters ---- */

bool jz_rule_inputs_near(const jz_rule_inputs *in, jz_bytes bank, jz_rule_near *out)
{
    *out = (jz_rule_near){ 0 };
    for (size_t i = 0; i < in->item.matches; i++) {
        const match *m = &in->item.match[i];
        if (strlen(m->bank) != bank.len || memcmp(m->bank, bank.ptr, bank.len) != 0)
            continue;
        out->exact = out->exact || m->exact;
        if (!out->any || m->distance < out->distance) {
            out->distance = m->distance;
            out->status = status_words[m->status - 1];
        }
        out->any = true;
    }
    return in->item.matches_seen;
}

bool jz_rule_inputs_count(const jz_rule_inputs *in, jz_bytes name, int64_t days, int64_t *out)
{
    for (size_t i = 0; i < in->counters; i++) {
        const counter *c = &in->counter[i];
        if (c->days == days && strlen(c->name) == name.len &&
            memcmp(c->name, name.ptr, name.len) == 0) {
            *out = c->n;
            return true;
        }
    }
    return false;
}
