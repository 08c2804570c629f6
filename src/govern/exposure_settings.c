/* SPDX-License-Identifier: Apache-2.0 */
/* wellbeing.json. */
#include "govern/exposure.h"

#include "base/alloc.h"
#include "base/file.h"
#include "govern/fields.h"

#include <string.h>

#define TEXT_MAX ((size_t)64 << 10)
#define SEVERITY_MAX 10

#define INT(name, from, to)                                                                        \
    {                                                                                              \
#name, JZ_FIELD_INT, true, .at = offsetof(jz_wellbeing, name), .min = (from), .max = (to)  \
    }
#define SEVERITY(word, number)                                                                     \
    {                                                                                              \
        word, JZ_FIELD_INT, true, .at = ((number)-1) * sizeof(int64_t), .min = 1,                  \
                                  .max = SEVERITY_MAX                                              \
    }
/* In the order of jz_words_complaint_category. */
static const jz_field severity_fields[] = {
    SEVERITY("minor-sexual", 1), SEVERITY("intimate", 2),      SEVERITY("intimate-synthetic", 3),
    SEVERITY("fraud", 4),        SEVERITY("impersonation", 5), SEVERITY("consent", 6),
    SEVERITY("unlabelled", 7),   SEVERITY("other", 8),         { 0 },
};
/* At least so much that a second of the most severe fits in. */
static const jz_field fields[] = {
    INT(lease_s, 1, 10),
    INT(hour_s, SEVERITY_MAX, 3600),
    INT(day_s, SEVERITY_MAX, 28800),
    INT(pause_after_s, SEVERITY_MAX, 3600),
    INT(pause_s, 60, 7200),
    INT(severe, 2, SEVERITY_MAX),
    INT(rotate_after, 1, 100),
    { "severity", JZ_FIELD_OBJECT, true, .at = offsetof(jz_wellbeing, severity),
      .size = sizeof(int64_t[JZ_CATEGORIES]), .sub = severity_fields },
    { 0 },
};

/* 25 minutes a day at severity 1, 5 minutes at 5: an operator's choice, for want of a study that
 * says how much is too much. */
static const jz_wellbeing usual = {
    .lease_s = 3,
    .hour_s = 600,
    .day_s = 1500,
    .pause_after_s = 300,
    .pause_s = 300,
    .severe = 3,
    .rotate_after = 3,
    .severity = { 5, 3, 3, 1, 1, 1, 1, 1 },
};

static void fill(const int64_t *from, int64_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (to[i] == 0)
            to[i] = from[i];
}

jz_status jz_wellbeing_read(const char *home, jz_wellbeing *out, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_BUF_AUTO text = { .cap = TEXT_MAX };
    jz_wellbeing w = { 0 };
    JZ_TRY(jz_path_join(home, "wellbeing.json", &path, err));
    const jz_status st = jz_file_read(path, TEXT_MAX, &text, NULL);
    if (st != JZ_OK && st != JZ_E_NOTFOUND)
        return JZ_FAIL(err, st, "%s cannot be read", path);
    /* What is wrong with it is the operator's fault, not that of whoever asks. */
    if (st == JZ_OK &&
        jz_fields_read(fields, jz_buf_bytes(&text), "wellbeing.json", &w, sizeof w, err) != JZ_OK)
        return JZ_E_IO;
    fill((const int64_t *)&usual, (int64_t *)&w, sizeof w / sizeof(int64_t)); /* all are */
    *out = w;
    return JZ_OK;
}

int64_t jz_wellbeing_severity(const jz_wellbeing *w, int category)
{
    return category >= 1 && category <= JZ_CATEGORIES ? w->severity[category - 1] : 1;
}
