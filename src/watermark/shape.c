/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/shape.h"

#include "base/alloc.h"
#include "base/exact_math.h"
#include "media/delta.h"
#include "watermark/spectrum.h"

#include <math.h>
#include <string.h>

#define MASK_MAX 6.0
#define MASK_POWER 0.8 /* of the local mean difference */
#define MASK_STEPS 16  /* of its table, to a level of brightness */
#define MASK_TABLE 160 /* beyond its end the mask is at its largest */
#define MASK_BLUR 3

#define FIRST_DB 42.0  /* where the loop begins */
#define FRAME_FLAT 1.0 /* levels where a frame is flat, whatever that leaves of its PSNR */
#define STRENGTH 1.7   /* wanted after the simulated JPEG */
#define STRENGTH_LEAST 0.2
#define WEAKEST_DB 45.0
#define STRONGEST_DB 40.5         /* 40.3 after rounding to whole levels */
#define QUALITY_SCALE (50.0 / 35) /* libjpeg's, at quality 35 */
#define ALONG_MAX 4.0

/* ---- the pattern ---- */

jz_status jz_wm_pattern_at(const struct jz_watermark_key *k, uint64_t payload, jz_wm_fft *fft,
                           jz_wm_pattern *out, jz_err *err)
{
    jz_wm_wave waves[JZ_WM_TONES];
    jz_wm_signs(k, payload, out->sign);
    for (size_t i = 0; i < JZ_WM_TONES; i++) {
        const jz_wm_tone *t = &k->tone[i];
        const float a =
            i < JZ_WM_PILOTS ? t->amplitude : t->amplitude * out->sign[i - JZ_WM_PILOTS];
        const double turns = t->turns - (t->kx * out->x + t->ky * out->y) / JZ_WM_FFT;
        waves[i] = (jz_wm_wave){ .kx = t->kx,
                                 .ky = t->ky,
                                 .re = a * (float)jz_cos_turns(turns),
                                 .im = a * (float)jz_cos_turns(turns - 0.25) };
    }
    out->v = jz_alloc((size_t)JZ_WM_FFT * JZ_WM_FFT * sizeof *out->v);
    if (out->v == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a mark");
    jz_wm_sum_waves(fft, waves, JZ_WM_TONES, out->v);
    return JZ_OK;
}

jz_status jz_wm_pattern_make(const struct jz_watermark_key *k, uint64_t payload, const void *seed,
                             size_t seed_size, jz_wm_fft *fft, jz_wm_pattern *out, jz_err *err)
{
    uint8_t drawn[32];
    jz_wm_hmac(k->secret, "jianzhen mark 1 origin", seed, seed_size, drawn);
    out->x = (drawn[0] * 256u + drawn[1]) % JZ_WM_FFT;
    out->y = (drawn[2] * 256u + drawn[3]) % JZ_WM_FFT;
    return jz_wm_pattern_at(k, payload, fft, out, err);
}

void jz_wm_pattern_done(jz_wm_pattern *p)
{
    jz_free(p->v);
    *p = (jz_wm_pattern){ 0 };
}

/* ---- the mask ---- */

static void fill_mask(const jz_wm_field *activity, jz_wm_field *mask)
{
    float table[MASK_TABLE + 1];
    for (unsigned i = 0; i <= MASK_TABLE; i++) {
        const double power = i > 0 ? jz_exp2(MASK_POWER * jz_log2((double)i / MASK_STEPS)) : 0;
        table[i] = (float)fmin(1 + power, MASK_MAX);
    }
    for (uint32_t y = 0; y < mask->height; y++)
        for (uint32_t x = 0; x < mask->width; x++) {
            const float at = activity->v[y * activity->stride + x] * MASK_STEPS;
            const unsigned i = at < MASK_TABLE - 1 ? (unsigned)at : MASK_TABLE - 1;
            const float f = at < MASK_TABLE ? at - (float)i : 1;
            mask->v[y * mask->stride + x] = table[i] + f * (table[i + 1] - table[i]);
        }
}

static void apply_pattern(const float *pattern, double power, double most, jz_wm_field *mask)
{
    double sum = 0;
    const uint32_t cx = mask->width / 2, cy = mask->height / 2;
    for (uint32_t y = 0; y < mask->height; y++) {
        const float *from = pattern + (size_t)((y - cy) & (JZ_WM_FFT - 1)) * JZ_WM_FFT;
        float *to = mask->v + y * mask->stride;
        for (uint32_t x = 0; x < mask->width; x++) {
            to[x] *= from[(x - cx) & (JZ_WM_FFT - 1)];
            sum += (double)(to[x] * to[x]);
        }
    }
    const float scale = (float)fmin(sqrt(power * mask->width * mask->height / sum), most);
    for (size_t i = 0; i < (size_t)mask->height * mask->stride; i++)
        mask->v[i] *= scale;
}

static double power_of(double db)
{
    return 255.0 * 255.0 * jz_exp2(-db / 10 * jz_log2(10));
}

jz_status jz_wm_mask(const jz_wm_dsp *dsp, const jz_wm_field *luma, const float *pattern,
                     double psnr_db, double most, jz_wm_field *out, jz_err *err)
{
    JZ_WM_FIELD_AUTO z = { 0 };
    JZ_WM_FIELD_AUTO activity = { 0 };
    JZ_WM_FIELD_AUTO made = { 0 };
    JZ_TRY(jz_wm_differences(dsp, luma, &z, &activity, err));
    JZ_TRY(jz_wm_field_init(luma->width, luma->height, &made, err));
    fill_mask(&activity, &made);
    JZ_TRY(jz_wm_box(dsp, &made, MASK_BLUR, &z, &made, err));
    apply_pattern(pattern, power_of(psnr_db), most, &made);
    *out = made;
    made = (jz_wm_field){ 0 };
    return JZ_OK;
}

jz_status jz_wm_frame_change(const jz_plane *frame, const float *pattern, jz_wm_field *out,
                             jz_err *err)
{
    const jz_wm_dsp *dsp = jz_wm_dsp_best();
    JZ_WM_FIELD_AUTO luma = { 0 };
    JZ_TRY(jz_wm_raster(dsp, frame, &luma, err));
    return jz_wm_mask(dsp, &luma, pattern, JZ_WM_FRAME_DB, FRAME_FLAT, out, err);
}

/* ---- how strong ---- */

/* The luma quantisers of ITU-T T.81, table K.1. */
static const uint8_t quantisers[8][8] = {
    { 16, 11, 10, 16, 24, 40, 51, 61 },     { 12, 12, 14, 19, 26, 58, 60, 55 },
    { 14, 13, 16, 24, 40, 57, 69, 56 },     { 14, 17, 22, 29, 51, 87, 80, 62 },
    { 18, 22, 37, 56, 68, 109, 103, 77 },   { 24, 35, 55, 64, 81, 104, 113, 92 },
    { 49, 64, 78, 87, 103, 121, 120, 101 }, { 72, 92, 95, 98, 112, 100, 103, 99 },
};

static void simulate_jpeg(const jz_wm_dsp *dsp, jz_wm_field *f)
{
    float basis[64], step[64];
    for (unsigned k = 0; k < 8; k++)
        for (unsigned i = 0; i < 8; i++) {
            basis[8 * k + i] =
                (float)((k > 0 ? 0.5 : sqrt(0.125)) * jz_cos_turns((2 * i + 1) * k / 32.0));
            step[8 * i + k] = (float)(quantisers[k][i] * QUALITY_SCALE);
        }
    for (uint32_t y = 0; y + 8 <= f->height; y += 8)
        for (uint32_t x = 0; x + 8 <= f->width; x += 8)
            dsp->quantise(f->v + y * f->stride + x, f->stride, basis, step);
}

/* What is left on the raster where the picture is coded at its own size, which is smaller. */
static jz_status simulate_small(const jz_wm_dsp *dsp, const jz_plane *picture, uint32_t orientation,
                                const jz_wm_field *change, jz_wm_field *out, jz_err *err)
{
    JZ_WM_FIELD_AUTO stored = { 0 };
    JZ_WM_FIELD_AUTO px = { 0 };
    JZ_WM_FIELD_AUTO coded = { 0 };
    JZ_TRY(jz_wm_turn(change, orientation, true, &stored, err));
    JZ_TRY(jz_wm_field_init(picture->width, picture->height, &px, err));
    const jz_delta d = { stored.v, stored.width, stored.height, stored.stride,
                         jz_wm_unit(picture->width, picture->height) };
    for (uint32_t y = 0; y < px.height; y++) {
        const uint8_t *p = picture->px + y * picture->stride;
        for (uint32_t x = 0; x < px.width; x++, p += picture->channels) {
            const float luma =
                picture->channels == 1
                    ? (float)p[0]
                    : 0.299F * (float)p[0] + 0.587F * (float)p[1] + 0.114F * (float)p[2];
            px.v[y * px.stride + x] = luma + jz_delta_at(&d, px.width, px.height, x, y);
        }
    }
    simulate_jpeg(dsp, &px);
    jz_auto(uint8_t) *grey = jz_alloc((size_t)px.width * px.height);
    if (grey == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %u x %u pixels", px.width, px.height);
    for (uint32_t y = 0; y < px.height; y++)
        for (uint32_t x = 0; x < px.width; x++) {
            const float v = px.v[y * px.stride + x];
            grey[(size_t)y * px.width + x] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5F);
        }
    const jz_plane plane = { grey, px.width, px.height, px.width, 1 };
    JZ_TRY(jz_wm_raster(dsp, &plane, &coded, err));
    return jz_wm_turn(&coded, orientation, false, out, err);
}

static jz_status simulate(const jz_wm_dsp *dsp, const jz_plane *picture, uint32_t orientation,
                          const jz_wm_field *luma, const jz_wm_field *change, jz_wm_field *out,
                          jz_err *err)
{
    if (jz_wm_unit(picture->width, picture->height) < 1)
        return simulate_small(dsp, picture, orientation, change, out, err);
    JZ_TRY(jz_wm_field_init(luma->width, luma->height, out, err));
    for (size_t i = 0; i < (size_t)luma->height * luma->stride; i++)
        out->v[i] = luma->v[i] + change->v[i];
    simulate_jpeg(dsp, out);
    return JZ_OK;
}

/* The mean data tone in what a reader would see. */
static jz_status measure(const jz_wm_marker *m, const jz_wm_field *coded, double *strength,
                         jz_err *err)
{
    double sum = 0;
    JZ_WM_FIELD_AUTO z = { 0 };
    JZ_WM_FIELD_AUTO activity = { 0 };
    JZ_WM_SPECTRUM_AUTO s = { 0 };
    JZ_TRY(jz_wm_spectrum_init(&s, err));
    JZ_TRY(jz_wm_differences(m->dsp, coded, &z, &activity, err));
    JZ_TRY(jz_wm_spectrum_fill(m->dsp, m->fft, &z, JZ_WM_TAPER, &s, err));
    for (size_t i = 0; i < JZ_WM_DATA; i++) {
        const double v =
            jz_wm_along(&s, &m->key->tone[JZ_WM_PILOTS + i], m->pattern->x, m->pattern->y);
        sum += fmax(fmin(v * (double)m->pattern->sign[i], ALONG_MAX), -ALONG_MAX);
    }
    *strength = sum / JZ_WM_DATA;
    return JZ_OK;
}

/* From the strength of one PSNR to that of another. */
static void scale(jz_wm_field *change, double from_db, jz_wm_shaped *shaped)
{
    const double factor = jz_exp2((from_db - shaped->psnr_db) / 20 * jz_log2(10));
    shaped->strength *= factor;
    for (size_t i = 0; i < (size_t)change->height * change->stride; i++)
        change->v[i] *= (float)factor;
}

bool jz_wm_strengthen(jz_wm_field *change, jz_wm_shaped *shaped)
{
    const double from_db = shaped->psnr_db;
    if (!(from_db > STRONGEST_DB))
        return false;
    shaped->psnr_db = STRONGEST_DB;
    scale(change, from_db, shaped);
    return true;
}

jz_status jz_wm_shape(const jz_wm_marker *m, const jz_plane *picture, uint32_t orientation,
                      const jz_wm_field *luma, jz_wm_field *out, jz_wm_shaped *shaped, jz_err *err)
{
    JZ_WM_FIELD_AUTO made = { 0 };
    JZ_WM_FIELD_AUTO coded = { 0 };
    double strength;
    JZ_TRY(jz_wm_mask(m->dsp, luma, m->pattern->v, FIRST_DB, HUGE_VAL, &made, err));
    JZ_TRY(simulate(m->dsp, picture, orientation, luma, &made, &coded, err));
    JZ_TRY(measure(m, &coded, &strength, err));
    const double got = fmax(strength, STRENGTH_LEAST);
    const double wanted = FIRST_DB + 20 * jz_log2(got / STRENGTH) / jz_log2(10);
    shaped->psnr_db = fmax(fmin(wanted, WEAKEST_DB), STRONGEST_DB);
    shaped->strength = strength;
    scale(&made, FIRST_DB, shaped);
    *out = made;
    made = (jz_wm_field){ 0 };
    return JZ_OK;
}
