/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/evaluate.h"

#include <math.h>

static void key_f64(jz_json *j, const char *key, double v) /* null where it cannot be told */
{
    jz_json_key(j, key);
    jz_json_f64(j, v, 4);
}

static void put_interval(jz_json *j, const char *key, const jz_interval *i)
{
    jz_json_key(j, key);
    jz_json_begin_object(j);
    jz_json_put_u64(j, "groups", i->groups);
    key_f64(j, "low", i->low);
    key_f64(j, "high", i->high);
    jz_json_end_object(j);
}

static double part(uint64_t n, uint64_t of)
{
    return of > 0 ? (double)n / (double)of : (double)NAN;
}

/* Of each truth, the part in each band. */
static void put_bands(jz_json *j, const jz_eval_figures *f)
{
    static const char *const truths[] = { "of_unmodified", "of_replaced" };
    for (size_t t = 0; t < 2; t++) {
        jz_json_key(j, truths[t]);
        jz_json_begin_object(j);
        jz_json_put_u64(j, "scored", f->scored[t]);
        key_f64(j, "supports_replacement_moderate", part(f->moderate[t], f->scored[t]));
        key_f64(j, "supports_replacement_weak", part(f->weak[t], f->scored[t]));
        key_f64(j, "supports_unmodified_weak", part(f->against[t], f->scored[t]));
        jz_json_end_object(j);
    }
}

static void put_figures(jz_json *j, const jz_eval_figures *f)
{
    const uint64_t all = f->unmodified + f->replaced;
    jz_json_put_u64(j, "unmodified", f->unmodified);
    jz_json_put_u64(j, "replaced", f->replaced);
    key_f64(j, "unsuitable_rate", part(f->unsuitable, all));
    key_f64(j, "abstention_rate", part(f->abstained, all));
    key_f64(j, "auc", f->auc);
    put_interval(j, "auc_by_source", &f->by_source);
    put_interval(j, "auc_by_identity", &f->by_identity);
    key_f64(j, "network_auc", f->network_auc);
    put_interval(j, "network_auc_by_source", &f->network_by_source);
    key_f64(j, "eer", f->eer);
    key_f64(j, "cllr", f->cllr);
    key_f64(j, "cllr_min", f->cllr_min);
    put_bands(j, f);
}

/* Null without any. */
static void put_beauty(jz_json *j, const jz_eval_figures *f)
{
    static const char *const trained[] = { "trained_without", "trained_with" };
    jz_json_key(j, "beautified");
    if (f->beauty_scored[0] + f->beauty_scored[1] == 0) {
        jz_json_null(j);
        return;
    }
    jz_json_begin_object(j);
    for (size_t k = 0; k < 2; k++) {
        jz_json_key(j, trained[k]);
        jz_json_begin_object(j);
        jz_json_put_u64(j, "scored", f->beauty_scored[k]);
        jz_json_put_u64(j, "supports_replacement_moderate", f->beauty_moderate[k]);
        jz_json_put_u64(j, "supports_replacement_weak", f->beauty_weak[k]);
        jz_json_end_object(j);
    }
    jz_json_end_object(j);
}

/* The deletion game; null where it was not played. */
static void put_deletion(jz_json *j, const jz_eval_figures *f)
{
    jz_json_key(j, "deletion");
    if (f->deleted == 0) {
        jz_json_null(j);
        return;
    }
    jz_json_begin_object(j);
    jz_json_put_u64(j, "n", f->deleted);
    key_f64(j, "map_fall", f->fall[JZ_DELETION_MAP]);
    jz_json_key(j, "against");
    jz_json_begin_array(j);
    for (size_t i = JZ_DELETION_MAP + 1; i < JZ_DELETIONS; i++) {
        jz_json_begin_object(j);
        jz_json_put_str(j, "name", jz_deletion_name(i));
        key_f64(j, "fall", f->fall[i]);
        key_f64(j, "map_more", f->fall[JZ_DELETION_MAP] - f->fall[i]);
        put_interval(j, "map_more_by_source", &f->fall_by_source[i]);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
    jz_json_end_object(j);
}

/* Of self-blends; null without a network. */
static void put_maps(jz_json *j, const jz_eval_figures *f)
{
    jz_json_key(j, "maps");
    if (f->pointed == 0) {
        jz_json_null(j);
        return;
    }
    jz_json_begin_object(j);
    jz_json_put_u64(j, "pointed", f->pointed);
    key_f64(j, "hits", part(f->hits, f->pointed));
    key_f64(j, "by_fixed_cell", part(f->fixed_hits, f->pointed));
    key_f64(j, "by_chance", f->by_chance);
    put_deletion(j, f);
    jz_json_end_object(j);
}

static jz_status put_class(jz_json *j, const jz_evaluation *e, const char *name, jz_err *err)
{
    jz_eval_figures f;
    JZ_TRY(jz_eval_figures_of(e, name, &f, err));
    if (f.unmodified + f.replaced == 0)
        return JZ_OK;
    jz_json_begin_object(j);
    jz_json_put_str(j, "name", name);
    put_figures(j, &f);
    put_maps(j, &f);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_classes(jz_json *j, const jz_evaluation *e, jz_err *err)
{
    jz_json_key(j, "quality_classes");
    jz_json_begin_array(j);
    for (size_t i = 0; jz_quality_at(i) != NULL; i++)
        JZ_TRY(put_class(j, e, jz_quality_at(i), err));
    jz_json_end_array(j);
    jz_json_key(j, "clips"); /* by how they were coded: items of the classes above */
    jz_json_begin_array(j);
    for (size_t i = 0; i < JZ_CLIP_CODINGS; i++)
        JZ_TRY(put_class(j, e, jz_clip_coding_at(i)->name, err));
    jz_json_end_array(j);
    return JZ_OK;
}

static jz_status put_measure(jz_json *j, const jz_evaluation *e, size_t i, jz_err *err)
{
    size_t n = 0;
    double auc;
    jz_interval by_source;
    JZ_TRY(jz_eval_measure(e, NULL, i, &n, &auc, &by_source, err));
    jz_json_begin_object(j);
    jz_json_put_str(j, "name", jz_measure_class_at(i)->name);
    jz_json_put_u64(j, "measured", n);
    key_f64(j, "auc", auc); /* below 0.5: smaller in replaced faces */
    put_interval(j, "auc_by_source", &by_source);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_evaluate_json(jz_json *j, const jz_evaluation *e, jz_err *err)
{
    jz_eval_figures all;
    JZ_TRY(jz_eval_figures_of(e, NULL, &all, err));
    jz_json_put_u64(j, "files", e->manifest.n);
    jz_json_put_u64(j, "files_failed", e->failed);
    jz_json_put_u64(j, "items", e->n);
    put_figures(j, &all);
    put_beauty(j, &all);
    JZ_TRY(put_classes(j, e, err));
    jz_json_key(j, "measurements");
    jz_json_begin_array(j);
    for (size_t i = 0; i < JZ_MEASURES; i++)
        JZ_TRY(put_measure(j, e, i, err));
    jz_json_end_array(j);
    put_maps(j, &all);
    jz_json_key(j, "network_sha256");
    if (e->all.has_network)
        jz_json_hex(j, e->all.network, sizeof e->all.network);
    else
        jz_json_null(j);
    jz_json_put_str(j, "program", "jz " JZ_VERSION);
    return JZ_OK;
}
