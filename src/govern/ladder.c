/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/ladder.h"

#include <inttypes.h>
#include <stddef.h>

#define L(member) offsetof(jz_ladder, member)
#define S(member) offsetof(jz_ladder_step, member)
#define POINTS_MAX 1000
#define DAYS_MAX 3660

const char *const jz_words_severity[] = { "low", "medium", "high", "critical", NULL };
const char *const jz_words_source[] = {
    "article-16",  "trusted-flagger", "other-notification", "voluntary",
    "court-order", "privacy-request", "author-deleted",     NULL,
};
static const char *const words_mode[] = { "auto", "flag", NULL };

const char jz_ladder_usual[] =
    "{\"severity\":{\"critical\":{\"points\":12},\"high\":{\"points\":6,\"decay_days\":365},"
    "\"low\":{\"points\":1,\"first_less\":1,\"decay_days\":90},"
    "\"medium\":{\"points\":3,\"first_less\":2,\"decay_days\":180}},"
    "\"step\":[{\"at\":1,\"measure\":\"warn\",\"mode\":\"auto\"},"
    "{\"at\":3,\"measure\":\"limit\",\"feature\":\"synthesis,upload\",\"days\":7,"
    "\"mode\":\"auto\"},"
    "{\"at\":6,\"measure\":\"suspend\",\"days\":30,\"mode\":\"flag\"},"
    "{\"at\":12,\"measure\":\"terminate\",\"mode\":\"flag\","
    "\"also\":[\"preserve\",\"report_authority\"]}],"
    "\"no_points\":[\"court-order\",\"privacy-request\",\"author-deleted\"]}";

#define SEVERITY(word, i)                                                                          \
    static const jz_field word##_fields[] = {                                                      \
        { "decay_days", JZ_FIELD_INT, true, .at = L(severity[i].decay_days), .min = 1,             \
          .max = DAYS_MAX },                                                                       \
        { "first_less", JZ_FIELD_INT, true, .at = L(severity[i].first_less), .min = 1,             \
          .max = POINTS_MAX },                                                                     \
        { "points", JZ_FIELD_INT, false, .at = L(severity[i].points), .min = 1,                    \
          .max = POINTS_MAX },                                                                     \
        { 0 },                                                                                     \
    }
SEVERITY(low, 0);
SEVERITY(medium, 1);
SEVERITY(high, 2);
SEVERITY(critical, 3);
static const jz_field all_severities[] = {
    { "critical", JZ_FIELD_OBJECT, false, .sub = critical_fields },
    { "high", JZ_FIELD_OBJECT, false, .sub = high_fields },
    { "low", JZ_FIELD_OBJECT, false, .sub = low_fields },
    { "medium", JZ_FIELD_OBJECT, false, .sub = medium_fields },
    { 0 },
};
static const jz_field step_fields[] = {
    { "also", JZ_FIELD_WORDS, true, .at = S(also), .words = jz_words_measure },
    { "at", JZ_FIELD_INT, false, .at = S(at), .min = 1, .max = POINTS_MAX },
    { "days", JZ_FIELD_INT, true, .at = S(days), .min = 1, .max = DAYS_MAX },
    { "feature", JZ_FIELD_TEXT, true, .at = S(feature), .size = JZ_LADDER_FEATURE },
    { "measure", JZ_FIELD_WORD, false, .at = S(measure), .words = jz_words_measure },
    { "mode", JZ_FIELD_WORD, false, .at = S(mode), .words = words_mode },
    { 0 },
};
static const jz_field ladder_fields[] = {
    { "no_points", JZ_FIELD_WORDS, true, .at = L(no_points), .words = jz_words_source },
    { "severity", JZ_FIELD_OBJECT, false, .sub = all_severities },
    { "step", JZ_FIELD_OBJECTS, false, .at = L(step), .size = sizeof(jz_ladder_step), .min = 1,
      .max = JZ_LADDER_STEPS, .count = L(steps), .sub = step_fields },
    { 0 },
};

static jz_status check_measure(const jz_ladder_step *s, jz_measure_kind kind, jz_err *err)
{
    const jz_measure_row *row = jz_measure_row_of(kind);
    if (row->by_person && s->mode == 1)
        return JZ_FAIL(err, JZ_E_INVAL, "step %" PRId64 ": %s is never automatic", s->at,
                       row->name);
    if (row->field != JZ_OF_USER && row->field != JZ_OF_OUTWARD)
        return JZ_FAIL(err, JZ_E_INVAL, "step %" PRId64 ": %s is not of an account", s->at,
                       row->name);
    return JZ_OK;
}

static jz_status check_step(const jz_ladder_step *s, int64_t below, jz_err *err)
{
    const jz_measure_kind kind = (jz_measure_kind)s->measure;
    const bool ends = kind == JZ_MEASURE_LIMIT || kind == JZ_MEASURE_SUSPEND;
    if (s->at <= below)
        return JZ_FAIL(err, JZ_E_INVAL, "steps are not in the order of their points");
    if (ends != (s->days > 0))
        return JZ_FAIL(err, JZ_E_INVAL, "step %" PRId64 ": %s", s->at,
                       ends ? "its days are missing" : "it has no days");
    if ((kind == JZ_MEASURE_LIMIT) != (s->feature[0] != '\0'))
        return JZ_FAIL(err, JZ_E_INVAL, "step %" PRId64 ": a feature is of limit", s->at);
    JZ_TRY(check_measure(s, kind, err));
    for (unsigned i = 0; jz_words_measure[i] != NULL; i++)
        if ((s->also >> i & 1) != 0)
            JZ_TRY(check_measure(s, (jz_measure_kind)(i + 1), err));
    return JZ_OK;
}

jz_status jz_ladder_read(jz_bytes json, jz_ladder *out, jz_err *err)
{
    JZ_TRY(jz_fields_read(ladder_fields, json, "ladder", out, sizeof *out, err));
    for (size_t i = 0; i < out->steps; i++)
        JZ_TRY(check_step(&out->step[i], i > 0 ? out->step[i - 1].at : 0, err));
    for (unsigned i = 0; i < 4; i++)
        if (out->severity[i].first_less > out->severity[i].points)
            return JZ_FAIL(err, JZ_E_INVAL, "%s: less than no points", jz_words_severity[i]);
    return JZ_OK;
}

/* ---- arithmetic ---- */

/* Microseconds of the spans that lie between two times, each once. */
static int64_t held_between(const jz_span *spans, size_t n, int64_t from_us, int64_t to_us)
{
    int64_t held = 0;
    int64_t reached = from_us;
    for (size_t i = 0; i < n; i++) {
        const int64_t from = spans[i].from_us > reached ? spans[i].from_us : reached;
        const int64_t until = spans[i].until_us < to_us ? spans[i].until_us : to_us;
        if (until <= from)
            continue;
        held += until - from;
        reached = until;
    }
    return held;
}

int64_t jz_ladder_milli(const jz_strike *strikes, size_t n, const jz_span *spans, size_t n_spans,
                        int64_t now_us)
{
    int64_t milli = 0;
    for (size_t i = 0; i < n; i++) {
        const jz_strike *s = &strikes[i];
        if (s->revoked || s->at_us > now_us)
            continue;
        const int64_t age = now_us - s->at_us - held_between(spans, n_spans, s->at_us, now_us);
        const int64_t span = s->decay_days * JZ_DAY_US;
        if (span == 0)
            milli += s->points * 1000;
        else if (age < span) /* whole seconds: a thousandth of a point is larger */
            milli += s->points * 1000 * ((span - age) / 1000000) / (span / 1000000);
    }
    return milli;
}

int jz_ladder_crossed(const jz_ladder *l, int64_t before, int64_t after)
{
    int crossed = -1;
    for (size_t i = 0; i < l->steps; i++)
        if (before < l->step[i].at * 1000 && after >= l->step[i].at * 1000)
            crossed = (int)i;
    return crossed;
}

int64_t jz_ladder_next(const jz_ladder *l, int64_t milli)
{
    for (size_t i = 0; i < l->steps; i++)
        if (l->step[i].at * 1000 > milli)
            return l->step[i].at;
    return 0;
}
