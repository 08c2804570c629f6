/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/attempt.h"

#include "watermark/gains.h"

#include <math.h>
#include <string.h>

#define PILOTS_MIN 5.7    /* standard deviations: less is not decoded */
#define PILOTS_NEARLY 5.3 /* so much may become enough */
#define CORRECTIONS 2     /* of the matrix, by how the picture's halves are shifted */
#define BENT 2e-4         /* a matrix that is off by less is right */
#define ALONG_MAX 4.0     /* a single tone convinces no more than that */

/* ---- rectifying ---- */

static jz_wm_matrix product(const jz_wm_matrix *m, const jz_wm_matrix *n)
{
    return (jz_wm_matrix){ m->a * n->a + m->b * n->c, m->a * n->b + m->b * n->d,
                           m->c * n->a + m->d * n->c, m->c * n->b + m->d * n->d };
}

/* Frequencies go by a matrix, places by its inverse transposed, and the other way round. */
static jz_wm_matrix inverse_transposed(const jz_wm_matrix *m)
{
    const double det = m->a * m->d - m->b * m->c;
    return (jz_wm_matrix){ m->d / det, -m->c / det, -m->b / det, m->a / det };
}

static uint32_t extent(double v)
{
    return v < JZ_WM_FFT - 2 ? (uint32_t)v + 2 : JZ_WM_FFT;
}

static void rectify_row(const jz_wm_field *z, const jz_wm_matrix *m, double y, uint32_t width,
                        float *out)
{
    const double cx = (z->width - 1) * 0.5, cy = (z->height - 1) * 0.5;
    for (uint32_t x = 0; x < width; x++) {
        const double dx = x - (width - 1) * 0.5;
        const float sx = (float)(m->a * dx + m->b * y + cx),
                    sy = (float)(m->c * dx + m->d * y + cy);
        if (!(sx >= 0) || !(sy >= 0) || !(sx < (float)(z->width - 1)) ||
            !(sy < (float)(z->height - 1)))
            continue; /* stays 0 */
        const uint32_t ix = (uint32_t)sx, iy = (uint32_t)sy;
        const float fx = sx - (float)ix, fy = sy - (float)iy;
        const float *p = z->v + iy * z->stride + ix, *q = p + z->stride;
        const float top = p[0] + fx * (p[1] - p[0]), bottom = q[0] + fx * (q[1] - q[0]);
        out[x] = top + fy * (bottom - top);
    }
}

/* The field as it was when it was marked; places maps its places to those of z. */
static jz_status rectify(const jz_wm_field *z, const jz_wm_matrix *places, jz_wm_field *out,
                         jz_err *err)
{
    const jz_wm_matrix *m = places;
    const double det = fabs(m->a * m->d - m->b * m->c);
    const uint32_t width = extent((fabs(m->d) * z->width + fabs(m->b) * z->height) / det);
    const uint32_t height = extent((fabs(m->c) * z->width + fabs(m->a) * z->height) / det);
    JZ_TRY(jz_wm_field_init(width, height, out, err));
    for (uint32_t y = 0; y < height; y++)
        rectify_row(z, m, y - (height - 1) * 0.5, width, out->v + y * out->stride);
    return JZ_OK;
}

/* Transforms have their origin in a sample, rectifying has it in the middle. */
static double off_middle(uint32_t n)
{
    return n % 2 == 0 ? -0.5 : 0;
}

/* ---- reading tones ---- */

typedef struct question {
    const struct jz_watermark_key *key;
    uint64_t payload;
} question;

static bool is_right(void *user, const uint8_t message[JZ_WM_MESSAGE_BITS])
{
    question *q = user;
    return jz_wm_message_open(q->key, message, &q->payload);
}

static jz_status decode(const jz_wm_reader *r, const jz_wm_spectrum *s,
                        const struct jz_watermark_key *k, jz_wm_result *out, jz_err *err)
{
    jz_wm_gains gains;
    float llr[JZ_WM_CODE_BITS], sign[JZ_WM_DATA];
    double along[JZ_WM_TONES], *const data = along + JZ_WM_PILOTS;
    question q = { .key = k };
    for (size_t i = 0; i < JZ_WM_TONES; i++) {
        const double v = jz_wm_along(s, &k->tone[i], out->x, out->y);
        along[i] = fmax(fmin(v, ALONG_MAX), -ALONG_MAX);
    }
    jz_wm_gains_fit(k, along, &gains);
    for (size_t i = 0; i < JZ_WM_DATA; i++) {
        const double v = 2 * jz_wm_gain_at(&gains, k->tone[JZ_WM_PILOTS + i].radius) * data[i];
        llr[k->bit[i]] = (float)(k->flipped[i] ? -v : v);
    }
    JZ_TRY(jz_wm_decode(r->dsp, llr, is_right, &q, &out->found, err));
    if (!out->found)
        return JZ_OK;
    out->payload = q.payload;
    jz_wm_signs(k, q.payload, sign);
    out->strength = 0;
    for (size_t i = 0; i < JZ_WM_DATA; i++)
        out->strength += (double)sign[i] * data[i] / JZ_WM_DATA;
    return JZ_OK;
}

/* ---- corrections ---- */

/* A copy in which only one half of the field is left: 0 left, 1 right, 2 top, 3 bottom. */
static void keep_half(const jz_wm_field *z, unsigned half, jz_wm_field *out)
{
    for (uint32_t y = 0; y < z->height; y++)
        for (uint32_t x = 0; x < z->width; x++) {
            const bool in =
                half < 2 ? (x >= z->width / 2) == (half == 1) : (y >= z->height / 2) == (half == 3);
            out->v[y * out->stride + x] = in ? z->v[y * z->stride + x] : 0;
        }
}

/* From how far the halves of a rectified field are shifted against the whole: what the matrix of
 * places lacks. *change is what it is to be multiplied with; false where that is nothing. */
static jz_status find_bend(jz_wm_reader *r, const jz_wm_field *z, const struct jz_watermark_key *k,
                           const jz_wm_result *at, bool turned, jz_wm_matrix *change, bool *bent,
                           jz_err *err)
{
    double x[4], y[4];
    JZ_WM_FIELD_AUTO half = { 0 };
    JZ_TRY(jz_wm_field_init(z->width, z->height, &half, err));
    for (unsigned h = 0; h < 4; h++) {
        keep_half(z, h, &half);
        JZ_TRY(jz_wm_spectrum_fill(r->dsp, r->fft, &half, 0, &r->attempt, err));
        if (turned)
            jz_wm_spectrum_turn(&r->attempt);
        x[h] = at->x;
        y[h] = at->y;
        (void)jz_wm_polish_shift(&r->attempt, k, &x[h], &y[h]);
    }
    const double w = (turned ? -0.5 : 0.5) * z->width, h = (turned ? -0.5 : 0.5) * z->height;
    const jz_wm_matrix slope = { (x[1] - x[0]) / w, (x[3] - x[2]) / h, (y[1] - y[0]) / w,
                                 (y[3] - y[2]) / h };
    *bent = fabs(slope.a) + fabs(slope.b) + fabs(slope.c) + fabs(slope.d) >= BENT;
    *change = (jz_wm_matrix){ 1 + slope.a, slope.b, slope.c, 1 + slope.d };
    return JZ_OK;
}

/* ---- */

/* The shift of what is in s, and what the tones say there. */
static jz_status finish(jz_wm_reader *r, const jz_wm_spectrum *s, const struct jz_watermark_key *k,
                        double pilots, jz_wm_result *now, jz_wm_result *out, jz_err *err)
{
    now->pilots = pilots;
    if (pilots >= PILOTS_MIN)
        JZ_TRY(decode(r, s, k, now, err));
    const double best = fmax(pilots, out->pilots);
    if (now->found)
        *out = *now;
    else
        out->pilots = best;
    return JZ_OK;
}

static jz_status try_as_it_is(jz_wm_reader *r, const struct jz_watermark_key *k, jz_wm_result *out,
                              jz_err *err)
{
    double pilots;
    jz_wm_result now = { .at = { 1, 0, 0, 1 },
                         .origin = { off_middle(r->z.width), off_middle(r->z.height) } };
    jz_wm_find_shift(&r->picture, k, r->fft, &now.x, &now.y, &pilots);
    return finish(r, &r->picture, k, pilots, &now, out, err);
}

/* The spectrum of a rectified field with the better of both directions, which differ in nothing
 * that a search over magnitudes could see. */
static void face_up(jz_wm_reader *r, const struct jz_watermark_key *k, jz_wm_result *now,
                    double *pilots, bool *turned)
{
    double x, y, z;
    jz_wm_find_shift(&r->attempt, k, r->fft, &now->x, &now->y, pilots);
    jz_wm_spectrum_turn(&r->attempt);
    jz_wm_find_shift(&r->attempt, k, r->fft, &x, &y, &z);
    *turned = z > *pilots;
    if (*turned) {
        now->x = x;
        now->y = y;
        *pilots = z;
    } else {
        jz_wm_spectrum_turn(&r->attempt);
    }
}

static jz_status try_places(jz_wm_reader *r, const struct jz_watermark_key *k, jz_wm_matrix *places,
                            bool *again, jz_wm_result *out, jz_err *err)
{
    double pilots;
    bool turned = false;
    jz_wm_matrix change;
    jz_wm_result now = { .at = inverse_transposed(places) };
    JZ_WM_FIELD_AUTO z = { 0 };
    if (r->attempt.coarse == NULL)
        JZ_TRY(jz_wm_spectrum_init(&r->attempt, err));
    JZ_TRY(rectify(&r->z, places, &z, err));
    JZ_TRY(jz_wm_spectrum_fill(r->dsp, r->fft, &z, 0, &r->attempt, err));
    face_up(r, k, &now, &pilots, &turned);
    now.origin[0] = turned ? -off_middle(z.width) : off_middle(z.width);
    now.origin[1] = turned ? -off_middle(z.height) : off_middle(z.height);
    if (turned)
        now.at = (jz_wm_matrix){ -now.at.a, -now.at.b, -now.at.c, -now.at.d };
    JZ_TRY(finish(r, &r->attempt, k, pilots, &now, out, err));
    *again = *again && !out->found && pilots >= PILOTS_NEARLY;
    if (!*again)
        return JZ_OK;
    JZ_TRY(find_bend(r, &z, k, &now, turned, &change, again, err));
    *places = product(places, &change);
    return JZ_OK;
}

jz_status jz_wm_try(jz_wm_reader *r, const struct jz_watermark_key *k, const jz_wm_matrix *guess,
                    bool correct, jz_wm_result *out, jz_err *err)
{
    if (guess == NULL)
        return try_as_it_is(r, k, out, err);
    if (!(fabs(guess->a * guess->d - guess->b * guess->c) > 1e-3))
        return JZ_OK;
    jz_wm_matrix places = inverse_transposed(guess);
    bool again = true;
    for (unsigned n = 0; n <= CORRECTIONS && again && !out->found; n++) {
        again = correct && n < CORRECTIONS;
        JZ_TRY(try_places(r, k, &places, &again, out, err));
    }
    return JZ_OK;
}
