/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody is given, by what they have been given and do not want. */
#include "govern/exposure.h"

static jz_status take_category(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    unsigned *bits = user;
    const int64_t category = jz_stmt_i64(st, 0);
    (void)g;
    (void)err;
    if (category >= 1 && category <= JZ_CATEGORIES)
        *bits |= 1U << category;
    return JZ_OK;
}

jz_status jz_exposure_without(jz_govern *g, const char *by, unsigned *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    unsigned bits = 0;
    JZ_TRY(
        jz_stmt_new(g->store, "SELECT category FROM exposure_without WHERE staff = ?1", &st, err));
    jz_stmt_bind_text(st, 1, by);
    JZ_TRY(jz_govern_each(g, st, take_category, &bits, err));
    *out = bits;
    return JZ_OK;
}

static jz_status set_in(jz_govern *g, const char *by, unsigned categories, jz_err *err)
{
    jz_auto(jz_stmt) *drop = NULL;
    jz_auto(jz_stmt) *put = NULL;
    JZ_TRY(jz_stmt_new(g->store, "DELETE FROM exposure_without WHERE staff = ?1", &drop, err));
    jz_stmt_bind_text(drop, 1, by);
    JZ_TRY(jz_stmt_run(drop, err));
    JZ_TRY(jz_stmt_new(g->store, "INSERT INTO exposure_without (staff, category) VALUES (?1, ?2)",
                       &put, err));
    for (int i = 1; i <= JZ_CATEGORIES; i++) {
        if ((categories >> i & 1) == 0)
            continue;
        jz_stmt_bind_text(put, 1, by);
        jz_stmt_bind_i64(put, 2, i);
        JZ_TRY(jz_stmt_run(put, err));
    }
    return JZ_OK;
}

jz_status jz_exposure_set_without(jz_govern *g, const char *by, unsigned categories, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, set_in(g, by, categories, err), err);
}

/* ---- rotation ---- */

static jz_status severe_row(jz_govern *g, const char *by, int64_t *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT severe FROM exposure_row WHERE staff = ?1", &st, err));
    jz_stmt_bind_text(st, 1, by);
    JZ_TRY(jz_stmt_step(st, &row, err));
    *out = row ? jz_stmt_i64(st, 0) : 0;
    return JZ_OK;
}

static jz_status set_severe_row(jz_govern *g, const char *by, int64_t n, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO exposure_row (staff, severe) VALUES (?1, ?2)"
                       " ON CONFLICT (staff) DO UPDATE SET severe = ?2",
                       &st, err));
    jz_stmt_bind_text(st, 1, by);
    jz_stmt_bind_i64(st, 2, n);
    return jz_stmt_run(st, err);
}

static unsigned from_severity(const jz_wellbeing *w, int64_t severity)
{
    unsigned bits = 0;
    for (int i = 1; i <= JZ_CATEGORIES; i++)
        bits |= jz_wellbeing_severity(w, i) >= severity ? 1U << i : 0;
    return bits;
}

jz_status jz_exposure_next(jz_govern *g, const jz_wellbeing *w, const jz_review_filter *f,
                           bool lighter, const char *by, char object[JZ_REVIEW_OBJECT], jz_err *err)
{
    jz_review_filter own = *f;
    int64_t in_row = 0;
    int category = 0;
    jz_status st = JZ_E_NOTFOUND;
    JZ_TRY(severe_row(g, by, &in_row, err));
    JZ_TRY(jz_exposure_without(g, by, &own.without, err));
    if (lighter)
        own.without |= from_severity(w, 2);
    if (in_row >= w->rotate_after) {
        jz_review_filter light = own;
        light.without |= from_severity(w, w->severe);
        st = jz_review_next(g, &light, by, object, NULL);
    }
    if (st == JZ_E_NOTFOUND)
        st = jz_review_next(g, &own, by, object, err);
    JZ_TRY(st);
    JZ_TRY(jz_review_claimed(g, object, by, &category, err));
    return set_severe_row(g, by, jz_wellbeing_severity(w, category) >= w->severe ? in_row + 1 : 0,
                          err);
}
