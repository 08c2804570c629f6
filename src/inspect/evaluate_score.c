/* SPDX-License-Identifier: Apache-2.0 */
/* Items to scores and figures. A score of an item is made without any item of its source. */
#include "inspect/evaluate.h"

#include "base/alloc.h"
#include "inspect/measure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LN10 2.302585092994046

static const char *const qualities[] = { "still-lossless", "still-lossy", "video-high",
                                         "video-low" };
_Static_assert(JZ_ARRAY_LEN(qualities) <= JZ_CALIBRATION_CLASSES, "all classes fit in a file");

const char *jz_quality_at(size_t i)
{
    return i < JZ_ARRAY_LEN(qualities) ? qualities[i] : NULL;
}

static bool is_of(const jz_eval_item *item, const char *quality)
{
    return quality == NULL || (item->quality != NULL && strcmp(item->quality, quality) == 0) ||
           (item->coding != NULL && strcmp(item->coding, quality) == 0);
}

/* The items of one class as examples; *n of them. */
static jz_example *examples(const jz_evaluation *e, const char *quality, bool beautified, size_t *n,
                            jz_err *err)
{
    jz_example *x = jz_alloc_zero(e->n + 1, sizeof *x);
    *n = 0;
    if (x == NULL) {
        jz_err_set(err, JZ_E_NOMEM, "%zu items", e->n);
        return NULL;
    }
    for (size_t i = 0; i < e->n; i++) {
        const jz_eval_item *item = &e->item[i];
        if (!item->suitable || !is_of(item, quality) || (item->beautified && !beautified))
            continue;
        memcpy(x[*n].m, item->m, sizeof item->m);
        x[*n].replaced = item->replaced;
        x[*n].source = item->source;
        ++*n;
    }
    return x;
}

/* Scores all items of one source by the others. */
static jz_status score_source(jz_evaluation *e, const char *quality, const jz_example *x, size_t n,
                              uint32_t source, bool naive, jz_err *err)
{
    jz_calibrated_class cls = { 0 };
    JZ_TRY(jz_calibrate(x, n, source, &cls, err));
    for (size_t i = 0; i < e->n; i++) {
        jz_eval_item *item = &e->item[i];
        if (!item->suitable || item->source != source || !is_of(item, quality))
            continue;
        const bool enough = jz_calibrated_enough(&cls);
        const double llr = enough ? jz_calibrated_llr(&cls, item->m) : 0;
        if (naive) {
            item->naive = item->beautified && enough;
            item->naive_log10_lr = llr;
        } else {
            item->scored = enough;
            item->log10_lr = llr;
        }
    }
    return JZ_OK;
}

/* naive: only beautified items, by models that have seen none of their kind. */
static jz_status score_class(jz_evaluation *e, const char *quality, bool naive, jz_err *err)
{
    size_t n = 0;
    jz_example *x = examples(e, quality, !naive, &n, err);
    if (x == NULL)
        return JZ_E_NOMEM;
    jz_status st = JZ_OK;
    for (size_t i = 0; i < n && st == JZ_OK; i++) {
        bool is_first = true;
        for (size_t k = 0; k < i && is_first; k++)
            is_first = x[k].source != x[i].source;
        if (is_first)
            st = score_source(e, quality, x, n, x[i].source, naive, err);
    }
    if (st == JZ_OK && n > 0 && !naive) {
        jz_calibrated_class *all = &e->all.cls[e->all.n];
        st = jz_calibrate(x, n, UINT32_MAX, all, err);
        (void)snprintf(all->name, sizeof all->name, "%s", quality);
        e->all.n += st == JZ_OK;
    }
    jz_free(x);
    return st;
}

jz_status jz_evaluate_score(jz_evaluation *e, jz_err *err)
{
    e->all = (jz_calibration){ 0 };
    for (size_t i = 0; jz_quality_at(i) != NULL; i++)
        JZ_TRY(score_class(e, jz_quality_at(i), false, err));
    bool beautified = false;
    for (size_t i = 0; i < e->n; i++)
        beautified = beautified || e->item[i].beautified;
    for (size_t i = 0; beautified && jz_quality_at(i) != NULL; i++)
        JZ_TRY(score_class(e, jz_quality_at(i), true, err));
    return JZ_OK;
}

static jz_scored *room(const jz_evaluation *e, jz_err *err)
{
    jz_scored *s = jz_alloc_zero(e->n + 1, sizeof *s);
    if (s == NULL)
        jz_err_set(err, JZ_E_NOMEM, "%zu items", e->n);
    return s;
}

static void put(jz_scored *s, size_t *n, const jz_eval_item *item, double score, size_t i)
{
    s[(*n)++] = (jz_scored){ score, item->replaced, item->source, item->identity, i };
}

jz_status jz_eval_scores(const jz_evaluation *e, const char *quality, jz_scored **out, size_t *n,
                         jz_err *err)
{
    jz_scored *s = room(e, err);
    if (s == NULL)
        return JZ_E_NOMEM;
    *n = 0;
    for (size_t i = 0; i < e->n; i++)
        if (e->item[i].scored && is_of(&e->item[i], quality))
            put(s, n, &e->item[i], e->item[i].log10_lr * LN10, i);
    jz_scored_sort(s, *n);
    *out = s;
    return JZ_OK;
}

jz_status jz_eval_measure(const jz_evaluation *e, const char *quality, size_t measure, size_t *n,
                          double *auc, jz_interval *by_source, jz_err *err)
{
    jz_scored *s = room(e, err);
    if (s == NULL)
        return JZ_E_NOMEM;
    *n = 0;
    for (size_t i = 0; i < e->n; i++)
        if (e->item[i].suitable && e->item[i].m[measure].valid && is_of(&e->item[i], quality))
            put(s, n, &e->item[i], e->item[i].m[measure].value, i);
    jz_scored_sort(s, *n);
    *auc = jz_auc(s, *n);
    const jz_status st = jz_bootstrap(jz_auc, s, *n, false, JZ_BOOTSTRAP_ROUNDS, by_source, err);
    jz_free(s);
    return st;
}

static void count_beauty(const jz_eval_item *item, jz_eval_figures *f)
{
    const bool scored[] = { item->naive, item->scored };
    const double llr[] = { item->naive_log10_lr, item->log10_lr };
    for (size_t k = 0; k < 2 && item->beautified; k++) {
        const jz_outcome o = jz_outcome_of(llr[k]);
        f->beauty_scored[k] += scored[k];
        f->beauty_weak[k] += scored[k] && o == JZ_OUTCOME_REPLACED_WEAK;
        f->beauty_moderate[k] += scored[k] && o == JZ_OUTCOME_REPLACED_MODERATE;
    }
}

static void count(const jz_evaluation *e, const char *quality, jz_eval_figures *f)
{
    double covered = 0;
    for (size_t i = 0; i < e->n; i++) {
        const jz_eval_item *item = &e->item[i];
        if (!is_of(item, quality))
            continue;
        (*(item->replaced ? &f->replaced : &f->unmodified))++;
        f->unsuitable += !item->suitable;
        f->abstained += item->suitable && !item->scored;
        f->pointed += item->pointed;
        f->hits += item->pointed && item->hit;
        f->fixed_hits += item->pointed && item->fixed_hit;
        covered += item->pointed ? item->covered : 0;
        f->deleted += item->deleted;
        for (size_t k = 0; k < JZ_DELETIONS && item->deleted; k++)
            f->fall[k] += item->fall[k];
        count_beauty(item, f);
        if (!item->scored)
            continue;
        const jz_outcome o = jz_outcome_of(item->log10_lr);
        f->scored[item->replaced]++;
        f->weak[item->replaced] += o == JZ_OUTCOME_REPLACED_WEAK;
        f->moderate[item->replaced] += o == JZ_OUTCOME_REPLACED_MODERATE;
        f->against[item->replaced] += o == JZ_OUTCOME_UNMODIFIED_WEAK;
    }
    f->by_chance = f->pointed > 0 ? covered / (double)f->pointed : (double)NAN;
    for (size_t k = 0; k < JZ_DELETIONS; k++)
        f->fall[k] = f->deleted > 0 ? f->fall[k] / (double)f->deleted : (double)NAN;
}

static double mean_score(const jz_scored *s, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += s[i].score;
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* How sure it is that scores fall further where the map points than in another order. */
static jz_status bound_fall(const jz_evaluation *e, const char *quality, size_t other,
                            jz_interval *out, jz_err *err)
{
    size_t n = 0;
    jz_scored *s = room(e, err);
    if (s == NULL)
        return JZ_E_NOMEM;
    for (size_t i = 0; i < e->n; i++) {
        const jz_eval_item *item = &e->item[i];
        if (item->deleted && is_of(item, quality))
            put(s, &n, item, item->fall[JZ_DELETION_MAP] - item->fall[other], i);
    }
    const jz_status st = jz_bootstrap(mean_score, s, n, false, JZ_BOOTSTRAP_ROUNDS, out, err);
    jz_free(s);
    return st;
}

jz_status jz_eval_figures_of(const jz_evaluation *e, const char *quality, jz_eval_figures *out,
                             jz_err *err)
{
    jz_scored *s = NULL;
    size_t n = 0;
    *out = (jz_eval_figures){ 0 };
    count(e, quality, out);
    for (size_t i = JZ_DELETION_MAP + 1; i < JZ_DELETIONS; i++)
        JZ_TRY(bound_fall(e, quality, i, &out->fall_by_source[i], err));
    JZ_TRY(jz_eval_measure(e, quality, JZ_MEASURE_NETWORK, &n, &out->network_auc,
                           &out->network_by_source, err));
    JZ_TRY(jz_eval_scores(e, quality, &s, &n, err));
    out->auc = jz_auc(s, n);
    out->eer = jz_eer(s, n);
    out->cllr = jz_cllr(s, n);
    out->cllr_min = jz_cllr_min(s, n);
    jz_status st = jz_bootstrap(jz_auc, s, n, false, JZ_BOOTSTRAP_ROUNDS, &out->by_source, err);
    if (st == JZ_OK)
        st = jz_bootstrap(jz_auc, s, n, true, JZ_BOOTSTRAP_ROUNDS, &out->by_identity, err);
    jz_free(s);
    return st;
}
