/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/calibration.h"

#include "base/alloc.h"
#include "base/exact_math.h"
#include "inspect/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LN10 2.302585092994046
#define FARTHEST 4.0 /* spreads: beyond, a value is no more remarkable */
#define RIDGE 4.0    /* keeps coefficients small: of measurements alone they decide little */
#define RIDGE_NETWORK 0.25
#define ROUNDS 30 /* of Newton's method */
#define COEFFICIENTS (JZ_MEASURES + 1)

/* How far the i-th value lies from unmodified faces', in spreads, less the usual distance of 0.8;
 * either way, or with its sign. */
static double distance(const jz_calibrated_class *cls, const jz_measured *all, size_t i)
{
    const jz_calibrated_measure *c = &cls->measure[i];
    if (!c->there || !all[i].valid || !(c->spread > 0))
        return 0;
    const double away = (all[i].value - c->mean) / c->spread;
    if (jz_measure_class_at(i)->one_way)
        return fmin(fmax(away, -FARTHEST), FARTHEST);
    return fmin(fabs(away), FARTHEST) - 0.8;
}

jz_status jz_calibration_fits(const jz_calibration *c, const jz_face_net *network, jz_err *err)
{
    if (c->has_network != (network != NULL))
        return JZ_FAIL(err, JZ_E_MISMATCH, "the calibration was made %s a network",
                       c->has_network ? "with" : "without");
    if (network != NULL && memcmp(c->network, jz_face_net_sha256(network), sizeof c->network) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the calibration was made with another network");
    return JZ_OK;
}

const jz_calibrated_class *jz_calibration_find(const jz_calibration *c, const char *quality)
{
    for (size_t i = 0; quality != NULL && i < c->n; i++)
        if (strcmp(c->cls[i].name, quality) == 0)
            return &c->cls[i];
    return NULL;
}

static uint32_t fewer(const jz_calibrated_class *c)
{
    return c->unmodified < c->replaced ? c->unmodified : c->replaced;
}

bool jz_calibrated_enough(const jz_calibrated_class *c)
{
    return fewer(c) >= JZ_CALIBRATION_LEAST && c->sources >= JZ_CALIBRATION_SOURCES;
}

double jz_calibrated_llr(const jz_calibrated_class *c, const jz_measured m[JZ_MEASURES])
{
    const double bound = fewer(c) >= JZ_LLR_WIDE_LEAST ? JZ_LLR_WIDE : JZ_LLR_NARROW;
    double sum = c->bias;
    for (size_t i = 0; i < JZ_MEASURES; i++)
        sum += c->measure[i].weight * distance(c, m, i);
    return fmin(fmax(sum / LN10, -bound), bound);
}

jz_outcome jz_outcome_of(double log10_lr)
{
    return log10_lr > 1       ? JZ_OUTCOME_REPLACED_MODERATE
           : log10_lr >= 0.3  ? JZ_OUTCOME_REPLACED_WEAK
           : log10_lr <= -0.3 ? JZ_OUTCOME_UNMODIFIED_WEAK
                              : JZ_OUTCOME_NO_SUPPORT;
}

double jz_percentile_of(const jz_calibrated_measure *m, double value)
{
    const double step = 100.0 / (JZ_QUANTILES - 1);
    if (value <= m->quantile[0])
        return 0;
    for (size_t i = 1; i < JZ_QUANTILES; i++) {
        const double a = m->quantile[i - 1], b = m->quantile[i];
        if (value < b)
            return step * ((double)i - 1 + (value - a) / (b - a));
    }
    return 100;
}

/* ---- training ---- */

/* Mean, spread and quantiles of one measurement of unmodified faces. values has room for all. */
static void refer(const jz_example *e, size_t n, uint32_t without, size_t i, double *values,
                  jz_calibrated_measure *out)
{
    double sum = 0, squares = 0;
    size_t k = 0;
    for (size_t at = 0; at < n; at++)
        if (!e[at].replaced && e[at].source != without && e[at].m[i].valid)
            values[k++] = e[at].m[i].value;
    if (k < 2)
        return;
    qsort(values, k, sizeof *values, jz_by_value);
    for (size_t at = 0; at < k; at++)
        sum += values[at];
    out->mean = sum / (double)k;
    for (size_t at = 0; at < k; at++)
        squares += (values[at] - out->mean) * (values[at] - out->mean);
    out->spread = sqrt(squares / (double)(k - 1));
    out->there = out->spread > 0;
    for (size_t q = 0; q < JZ_QUANTILES; q++)
        out->quantile[q] = values[q * (k - 1) / (JZ_QUANTILES - 1)];
}

typedef struct normal { /* one step of Newton's method: matrix times step = gradient */
    double matrix[COEFFICIENTS][COEFFICIENTS];
    double gradient[COEFFICIENTS];
} normal;

/* Gauss without pivots: the ridge makes the matrix positive definite. The step replaces gradient.
 */
static void solve(normal *s)
{
    for (size_t k = 0; k < COEFFICIENTS; k++)
        for (size_t i = k + 1; i < COEFFICIENTS; i++) {
            const double f = s->matrix[i][k] / s->matrix[k][k];
            for (size_t j = k; j < COEFFICIENTS; j++)
                s->matrix[i][j] -= f * s->matrix[k][j];
            s->gradient[i] -= f * s->gradient[k];
        }
    for (size_t k = COEFFICIENTS; k-- > 0;) {
        for (size_t j = k + 1; j < COEFFICIENTS; j++)
            s->gradient[k] -= s->matrix[k][j] * s->gradient[j];
        s->gradient[k] /= s->matrix[k][k];
    }
}

/* Adds one face; both kinds weigh the same in all, so that the logit is a likelihood ratio. */
static void add_example(normal *s, const double at[COEFFICIENTS], const double c[COEFFICIENTS],
                        bool replaced, double weight)
{
    double logit = 0;
    for (size_t i = 0; i < COEFFICIENTS; i++)
        logit += c[i] * at[i];
    const double p = 1 / (1 + jz_exp(-logit));
    for (size_t i = 0; i < COEFFICIENTS; i++) {
        s->gradient[i] += weight * ((replaced ? 1 : 0) - p) * at[i];
        for (size_t j = 0; j < COEFFICIENTS; j++)
            s->matrix[i][j] += weight * p * (1 - p) * at[i] * at[j];
    }
}

static void fit(const jz_example *e, size_t n, uint32_t without, jz_calibrated_class *out)
{
    double c[COEFFICIENTS] = { 0 };
    const double all = (double)out->unmodified + (double)out->replaced;
    const double weight[2] = { all / (2.0 * out->unmodified), all / (2.0 * out->replaced) };
    for (int round = 0; round < ROUNDS; round++) {
        normal s = { 0 };
        for (size_t i = 0; i < COEFFICIENTS; i++) {
            const double ridge = i == 0                        ? 1e-6
                                 : i == JZ_MEASURE_NETWORK + 1 ? RIDGE_NETWORK
                                                               : RIDGE;
            s.matrix[i][i] = ridge;
            s.gradient[i] = i == 0 ? 0 : -ridge * c[i];
        }
        for (size_t k = 0; k < n; k++) {
            double at[COEFFICIENTS] = { 1 };
            if (e[k].source == without)
                continue;
            for (size_t i = 0; i < JZ_MEASURES; i++)
                at[i + 1] = distance(out, e[k].m, i);
            add_example(&s, at, c, e[k].replaced, weight[e[k].replaced]);
        }
        solve(&s);
        for (size_t i = 0; i < COEFFICIENTS; i++)
            c[i] += fmin(fmax(s.gradient[i], -1), 1); /* no step that overshoots */
    }
    out->bias = c[0];
    for (size_t i = 0; i < JZ_MEASURES; i++)
        out->measure[i].weight = c[i + 1];
}

static uint32_t count_sources(const jz_example *e, size_t n, uint32_t without)
{
    uint32_t sources = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_new = e[i].source != without;
        for (size_t k = 0; k < i && is_new; k++)
            is_new = e[k].source != e[i].source;
        sources += is_new;
    }
    return sources;
}

jz_status jz_calibrate(const jz_example *e, size_t n, uint32_t without, jz_calibrated_class *out,
                       jz_err *err)
{
    double *values = jz_alloc_zero(n + 1, sizeof *values);
    if (values == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu faces", n);
    out->unmodified = out->replaced = 0;
    for (size_t i = 0; i < n; i++)
        if (e[i].source != without)
            (*(e[i].replaced ? &out->replaced : &out->unmodified))++;
    out->sources = count_sources(e, n, without);
    out->bias = 0;
    for (size_t i = 0; i < JZ_MEASURES; i++) {
        out->measure[i] = (jz_calibrated_measure){ 0 };
        refer(e, n, without, i, values, &out->measure[i]);
    }
    jz_free(values);
    if (out->unmodified > 0 && out->replaced > 0)
        fit(e, n, without, out);
    return JZ_OK;
}
