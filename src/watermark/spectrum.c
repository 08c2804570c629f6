/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/spectrum.h"

#include "base/alloc.h"
#include "base/exact_math.h"

#include <math.h>
#include <string.h>

#define AROUND 8 /* radius of the mean power */
#define PEAK 4   /* no bin counts more than so many means of its surroundings */
#define LINE 16  /* radius of means along rows and columns: a page's edges, lines of text */
#define LINE_SHARE 0.85F
#define LEAST 1e-12F     /* power */
#define LEAST_SHARE 1e-5 /* of the mean power */
#define EXCESS_MAX 12.0F
#define COARSE_MAX 6.0F
#define ALONG_MAX 6.0
#define SHIFT_STEP 2 /* units, of the rows in which a shift is looked for */
#define FINEST 0.05  /* units, of a shift */

jz_status jz_wm_spectrum_init(jz_wm_spectrum *s, jz_err *err)
{
    jz_wm_field *fields[] = { &s->re, &s->im, &s->noise, &s->excess };
    for (size_t i = 0; i < JZ_ARRAY_LEN(fields); i++)
        JZ_TRY(jz_wm_field_init(JZ_WM_KWIDTH, JZ_WM_KHEIGHT, fields[i], err));
    s->coarse = jz_alloc_zero(JZ_WM_KHEIGHT, s->excess.stride);
    return s->coarse != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a spectrum");
}

void jz_wm_spectrum_done(jz_wm_spectrum *s)
{
    jz_wm_field_done(&s->re);
    jz_wm_field_done(&s->im);
    jz_wm_field_done(&s->noise);
    jz_wm_field_done(&s->excess);
    jz_free(s->coarse);
    *s = (jz_wm_spectrum){ 0 };
}

static size_t bins(const jz_wm_field *f)
{
    return (size_t)f->height * f->stride;
}

static void raise_to(const jz_wm_field *line, jz_wm_field *noise)
{
    for (size_t i = 0; i < bins(noise); i++) {
        const float v = LINE_SHARE * line->v[i];
        noise->v[i] = v > noise->v[i] ? v : noise->v[i];
    }
}

/* Running sums leave rounding errors, also below 0, where there is next to nothing. */
static void floor_noise(jz_wm_field *noise)
{
    double sum = 0;
    for (size_t i = 0; i < bins(noise); i++)
        sum += (double)noise->v[i];
    const float least = (float)(fmax(sum, 0) / (double)bins(noise) * LEAST_SHARE) + LEAST;
    for (size_t i = 0; i < bins(noise); i++)
        noise->v[i] = noise->v[i] > least ? noise->v[i] : least;
}

/* power is overwritten. */
static jz_status mean_power(const jz_wm_dsp *dsp, jz_wm_field *power, jz_wm_field *noise,
                            jz_err *err)
{
    JZ_WM_FIELD_AUTO temp = { 0 };
    JZ_TRY(jz_wm_field_init(power->width, power->height, &temp, err));
    JZ_TRY(jz_wm_box(dsp, power, AROUND, &temp, noise, err));
    for (size_t i = 0; i < bins(power); i++) {
        const float most = PEAK * noise->v[i];
        power->v[i] = power->v[i] < most ? power->v[i] : most;
    }
    JZ_TRY(jz_wm_box(dsp, power, AROUND, &temp, noise, err));
    jz_wm_box_rows(power, LINE, &temp);
    raise_to(&temp, noise);
    JZ_TRY(jz_wm_box_columns(dsp, power, LINE, &temp, err));
    raise_to(&temp, noise);
    floor_noise(noise);
    return JZ_OK;
}

jz_status jz_wm_spectrum_fill(const jz_wm_dsp *dsp, jz_wm_fft *fft, const jz_wm_field *z,
                              uint32_t taper, jz_wm_spectrum *s, jz_err *err)
{
    jz_wm_forward(fft, z, taper, &s->re, &s->im);
    for (size_t i = 0; i < bins(&s->re); i++)
        s->excess.v[i] = s->re.v[i] * s->re.v[i] + s->im.v[i] * s->im.v[i];
    return mean_power(dsp, &s->excess, &s->noise, err);
}

void jz_wm_spectrum_excess(jz_wm_spectrum *s)
{
    for (size_t i = 0; i < bins(&s->re); i++) {
        const float v = (s->re.v[i] * s->re.v[i] + s->im.v[i] * s->im.v[i]) / s->noise.v[i];
        s->excess.v[i] = v < EXCESS_MAX ? v : EXCESS_MAX;
        s->coarse[i] = (uint8_t)((v < COARSE_MAX ? v : COARSE_MAX) * JZ_WM_COARSE);
    }
}

double jz_wm_along(const jz_wm_spectrum *s, const jz_wm_tone *t, double x, double y)
{
    const size_t i = jz_wm_bin(&s->re, t->kx, t->ky);
    const double turns = (t->kx * x + t->ky * y) / JZ_WM_FFT - t->turns;
    const double v = ((double)s->re.v[i] * jz_cos_turns(turns) -
                      (double)s->im.v[i] * jz_cos_turns(turns - 0.25)) /
                     sqrt((double)s->noise.v[i] * 0.5);
    return v > ALONG_MAX ? ALONG_MAX : v < -ALONG_MAX ? -ALONG_MAX : v;
}

static double agreement(const jz_wm_spectrum *s, const struct jz_watermark_key *k, double x,
                        double y)
{
    double sum = 0;
    for (size_t i = 0; i < JZ_WM_PILOTS; i++)
        sum += jz_wm_along(s, &k->tone[i], x, y);
    return sum;
}

double jz_wm_polish_shift(const jz_wm_spectrum *s, const struct jz_watermark_key *k, double *x,
                          double *y)
{
    double best = agreement(s, k, *x, *y);
    for (double step = 1; step > FINEST;) {
        static const double moves[4][2] = { { -1, 0 }, { 1, 0 }, { 0, -1 }, { 0, 1 } };
        bool better = false;
        for (size_t m = 0; m < JZ_ARRAY_LEN(moves); m++) {
            const double nx = *x + moves[m][0] * step, ny = *y + moves[m][1] * step;
            const double v = agreement(s, k, nx, ny);
            if (v > best) {
                *x = nx;
                *y = ny;
                best = v;
                better = true;
            }
        }
        step = better ? step : step / 2;
    }
    return best;
}

/* A pilot as it is here, its phase taken off: where shifted pilots agree, their sum is largest. */
static jz_wm_wave wave_of(const jz_wm_spectrum *s, const jz_wm_tone *t)
{
    const size_t i = jz_wm_bin(&s->re, t->kx, t->ky);
    const double re = (double)s->re.v[i], im = (double)s->im.v[i];
    const double c = jz_cos_turns(t->turns), d = jz_cos_turns(t->turns - 0.25);
    const double size = sqrt((re * re + im * im) / ((double)s->noise.v[i] * 0.5));
    const double scale =
        (size > ALONG_MAX ? ALONG_MAX / size : 1) / sqrt((double)s->noise.v[i] * 0.5);
    return (jz_wm_wave){ .kx = t->kx,
                         .ky = t->ky,
                         .re = (float)((re * c + im * d) * scale),
                         .im = (float)((im * c - re * d) * scale) };
}

static double as_shift(uint32_t v)
{
    return (double)v - (v < JZ_WM_FFT / 2 ? 0 : JZ_WM_FFT);
}

void jz_wm_find_shift(const jz_wm_spectrum *s, const struct jz_watermark_key *k, jz_wm_fft *fft,
                      double *x, double *y, double *z)
{
    uint32_t px, py;
    double power = 0;
    jz_wm_wave waves[JZ_WM_PILOTS];
    for (size_t i = 0; i < JZ_WM_PILOTS; i++) {
        waves[i] = wave_of(s, &k->tone[i]);
        power += (double)(waves[i].re * waves[i].re + waves[i].im * waves[i].im);
    }
    jz_wm_find_peak(fft, waves, JZ_WM_PILOTS, SHIFT_STEP, &px, &py);
    *x = as_shift(px);
    *y = as_shift(py);
    *z = power > 0 ? jz_wm_polish_shift(s, k, x, y) / sqrt(power / 2) : 0;
}

void jz_wm_spectrum_turn(jz_wm_spectrum *s)
{
    for (size_t i = 0; i < bins(&s->im); i++)
        s->im.v[i] = -s->im.v[i];
}
