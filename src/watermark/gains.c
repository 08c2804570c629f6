/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/gains.h"

#include "base/exact_math.h"

#include <math.h>

#define FALLS 12        /* to the e-th part in 16 units of radius, 22, 31, ...; not at all */
#define FALL_MOST 0.064 /* to a unit of radius */
#define FALL_STEP 1.4
#define AMOUNTS 28 /* 0.25, 0.29, ... */
#define AMOUNT_LEAST 0.25
#define AMOUNT_STEP 1.15
#define PILOT_RATIO 2.0 /* a pilot's amplitude to a data tone's, within a tenth at all radii */
#define MOST 4.0        /* no tone convinces more: an edge may lie on it */
#define TABLE_STEPS 16  /* to 1 */
#define TABLE 258       /* MOST * MOST * TABLE_STEPS + 2, which gcc takes as no constant */

/* log(cosh(v)): what a tone whose sign is unknown speaks for a gain. */
static void fill_table(double table[TABLE])
{
    const double ln2 = 0.69314718055994531;
    for (int i = 0; i < TABLE; i++) {
        const double v = (double)i / TABLE_STEPS;
        table[i] = v + (jz_log2(1 + jz_exp(-2 * v)) - 1) * ln2;
    }
}

static double log_cosh(const double table[TABLE], double v)
{
    const double at = fabs(v) * TABLE_STEPS;
    const int i = at < TABLE - 2 ? (int)at : TABLE - 2;
    return table[i] + (at - i) * (table[i + 1] - table[i]);
}

/* The logarithm of the likelihood of one amount, against that of noise alone. */
static double judge(const double table[TABLE], const double shape[JZ_WM_TONES], double amount,
                    const double along[JZ_WM_TONES])
{
    double sum = 0;
    for (size_t i = 0; i < JZ_WM_TONES; i++) {
        const double g = fmin(amount * shape[i], MOST);
        const double v = fmax(fmin(along[i], MOST), -MOST);
        sum += (i < JZ_WM_PILOTS ? g * v : log_cosh(table, g * v)) - g * g / 2;
    }
    return sum;
}

void jz_wm_gains_fit(const struct jz_watermark_key *k, const double along[JZ_WM_TONES],
                     jz_wm_gains *out)
{
    double table[TABLE], shape[JZ_WM_TONES], best = -HUGE_VAL, fall = FALL_MOST;
    fill_table(table);
    for (unsigned f = 0; f < FALLS; f++) {
        jz_wm_gains g = { AMOUNT_LEAST, f < FALLS - 1 ? fall : 0 };
        for (size_t i = 0; i < JZ_WM_TONES; i++)
            shape[i] = (i < JZ_WM_PILOTS ? PILOT_RATIO : 1) *
                       jz_exp(-g.fall * (k->tone[i].radius - JZ_WM_DATA_NEAR));
        for (unsigned a = 0; a < AMOUNTS; a++) {
            const double v = judge(table, shape, g.amount, along);
            if (v > best) {
                best = v;
                *out = g;
            }
            g.amount *= AMOUNT_STEP;
        }
        fall /= FALL_STEP;
    }
}

double jz_wm_gain_at(const jz_wm_gains *g, double radius)
{
    return fmin(g->amount * jz_exp(-g->fall * (radius - JZ_WM_DATA_NEAR)), MOST);
}
