/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/geometry.h"

#include "base/exact_math.h"

#include <math.h>
#include <string.h>

#define KEPT 128      /* places of the grid */
#define CLIMBED 10    /* of these */
#define TURN_STEP 0.5 /* degrees */
#define SCALE_MIN 0.33
#define SCALES 244 /* up to 2.3 */
#define SCALE_STEP 1.008
#define LOOKS 12           /* pilots, before it is asked whether to go on */
#define NEAR 2.1           /* steps: places so near to each other are one */
#define STRETCH_STEP 0.012 /* of the logarithm of the proportions */
#define STRETCHES 18
#define CLIMB_FROM 0.002 /* of the matrix's numbers */
#define CLIMB_TO 0.0002
#define PILOT_WEIGHT 4.0F /* of power: twice the amplitude */
#define DATA_MAX 8.0F
#define WORTH 4.0 /* standard deviations */
#define EVEN_MAX                                                                                   \
    (5 * JZ_WM_COARSE / 2) /* of power to noise, where many tones are to stand out ... */
#define EVEN_MEAN 0.918    /* ... rather than few: mean and variance where there is none */
#define EVEN_VARIANCE 0.66
#define EVEN_WORTH 3.0 /* standard deviations */
#define SAME 0.003     /* of all numbers of two matrices */

typedef struct place {
    double score;
    double turn; /* degrees */
    double scale;
    double stretch; /* across to down */
    bool mirrored;
} place;

typedef struct places {
    place at[KEPT]; /* the best first */
    size_t n;
} places;

static double cos_degrees(double v)
{
    return jz_cos_turns(v / 360);
}

static double sin_degrees(double v)
{
    return jz_cos_turns(v / 360 - 0.25);
}

static jz_wm_matrix matrix_of(const place *p)
{
    const double c = cos_degrees(p->turn) * p->scale, s = sin_degrees(p->turn) * p->scale;
    const double across = sqrt(p->stretch), down = 1 / across, sign = p->mirrored ? -1 : 1;
    return (jz_wm_matrix){ sign * c * across, -s * across, sign * s * down, c * down };
}

/* ---- the grid ---- */

static void keep(places *kept, const place *p)
{
    size_t i = 0;
    for (; i < kept->n; i++) { /* a near one is replaced, or stays */
        const place *q = &kept->at[i];
        const double ratio = q->scale > p->scale ? q->scale / p->scale : p->scale / q->scale;
        if (q->mirrored == p->mirrored && q->stretch == p->stretch &&
            fabs(q->turn - p->turn) < NEAR * TURN_STEP && ratio - 1 < NEAR * (SCALE_STEP - 1))
            break;
    }
    if (i < kept->n && p->score <= kept->at[i].score)
        return;
    if (i == kept->n)
        i = kept->n < KEPT ? kept->n++ : KEPT - 1;
    for (; i > 0 && kept->at[i - 1].score < p->score; i--)
        kept->at[i] = kept->at[i - 1];
    kept->at[i] = *p;
}

/* All scales at one angle: the pilots move along rays. */
static void scan_scales(const jz_wm_spectrum *s, const struct jz_watermark_key *k, place p,
                        places *kept)
{
    float x[JZ_WM_PILOTS], y[JZ_WM_PILOTS];
    p.scale = 1;
    const jz_wm_matrix m = matrix_of(&p);
    for (size_t i = 0; i < JZ_WM_PILOTS; i++) {
        const double kx = k->tone[i].kx, ky = k->tone[i].ky;
        const double qx = m.a * kx + m.b * ky, qy = m.c * kx + m.d * ky;
        x[i] = (float)(qx < 0 ? -qx : qx);
        y[i] = (float)(qx < 0 ? -qy : qy);
    }
    p.scale = SCALE_MIN;
    for (unsigned step = 0; step < SCALES; step++) {
        const float f = (float)p.scale;
        int sum = 0, n = 0;
        for (size_t i = 0; i < JZ_WM_PILOTS; i++) {
            const int qx = (int)(x[i] * f + 0.5F), qy = (int)(y[i] * f + 1024.5F) - 1024;
            if (qx > JZ_WM_KMAX || qy > JZ_WM_KMAX || qy < -JZ_WM_KMAX)
                continue;
            sum += s->coarse[jz_wm_bin(&s->excess, qx, qy)];
            n++;
            if (i % LOOKS == LOOKS - 1 && sum < n * JZ_WM_COARSE)
                break; /* no better than anywhere: so it is not here */
        }
        p.score = ((double)sum / JZ_WM_COARSE - n) / sqrt(JZ_WM_PILOTS);
        if (n >= JZ_WM_PILOTS / 3 && p.score > 0 &&
            (kept->n < KEPT || p.score > kept->at[KEPT - 1].score))
            keep(kept, &p);
        p.scale *= SCALE_STEP;
    }
}

static void scan(const jz_wm_spectrum *s, const struct jz_watermark_key *k, double from, double to,
                 place p, places *kept)
{
    const unsigned steps = (unsigned)((to - from) / TURN_STEP + 0.5);
    for (unsigned i = 0; i <= steps; i++) {
        p.turn = from + i * TURN_STEP;
        scan_scales(s, k, p, kept);
    }
}

static void scan_stage(const jz_wm_spectrum *s, const struct jz_watermark_key *k, jz_wm_stage stage,
                       places *kept)
{
    const place plain = { .stretch = 1 }, mirrored = { .stretch = 1, .mirrored = true };
    switch (stage) {
    case JZ_WM_UPRIGHT:
        scan(s, k, -20, 20, plain, kept);
        break;
    case JZ_WM_TURNED:
        scan(s, k, -20, 20, mirrored, kept);
        scan(s, k, 70, 110, plain, kept);
        scan(s, k, 70, 110, mirrored, kept);
        break;
    case JZ_WM_SLANTED:
        scan(s, k, 20.5, 69.5, plain, kept);
        scan(s, k, -69.5, -20.5, plain, kept);
        break;
    default:
        for (int i = -STRETCHES; i <= STRETCHES; i++)
            if (i != 0)
                scan(s, k, -1, 1, (place){ .stretch = jz_exp(i * STRETCH_STEP) }, kept);
    }
}

/* ---- finer ---- */

/* At the nearest frequency; -1 outside of the spectrum. */
static inline int coarse_at(const jz_wm_spectrum *s, float x, float y)
{
    const int qx = (int)((x < 0 ? -x : x) + 0.5F);
    const int qy = (int)((x < 0 ? -y : y) + 1024.5F) - 1024;
    return qx > JZ_WM_KMAX || qy > JZ_WM_KMAX || qy < -JZ_WM_KMAX
               ? -1
               : s->coarse[jz_wm_bin(&s->excess, qx, qy)];
}

/* All tones, at the nearest frequencies. */
static double look(const jz_wm_spectrum *s, const struct jz_watermark_key *k, const jz_wm_matrix *m)
{
    const float a = (float)m->a, b = (float)m->b, c = (float)m->c, d = (float)m->d;
    int sum[2] = { 0 }, n[2] = { 0 };
    for (size_t i = 0; i < JZ_WM_TONES; i++) {
        const float kx = (float)k->tone[i].kx, ky = (float)k->tone[i].ky;
        const int v = coarse_at(s, a * kx + b * ky, c * kx + d * ky);
        const bool data = i >= JZ_WM_PILOTS;
        if (v < 0)
            continue;
        sum[data] += v;
        n[data]++;
    }
    const double w = (double)PILOT_WEIGHT;
    return (w * ((double)sum[0] / JZ_WM_COARSE - n[0]) + ((double)sum[1] / JZ_WM_COARSE - n[1])) /
           sqrt(w * w * JZ_WM_PILOTS + JZ_WM_DATA);
}

/* Power over noise between frequencies, bilinear; what lies outside of the spectrum is average. */
static float excess_at(const jz_wm_spectrum *s, float x, float y)
{
    if (x < 0) {
        x = -x;
        y = -y;
    }
    const int ix = (int)x, iy = (int)(y + 1024) - 1024;
    if (ix + 1 > JZ_WM_KMAX || iy < -JZ_WM_KMAX || iy + 1 > JZ_WM_KMAX)
        return 1;
    const float fx = x - (float)ix, fy = y - (float)iy;
    const float *v = s->excess.v + jz_wm_bin(&s->excess, ix, iy), *w = v + s->excess.stride;
    const float top = v[0] + fx * (v[1] - v[0]), bottom = w[0] + fx * (w[1] - w[0]);
    return top + fy * (bottom - top);
}

static double judge(const jz_wm_spectrum *s, const struct jz_watermark_key *k,
                    const jz_wm_matrix *m)
{
    const float a = (float)m->a, b = (float)m->b, c = (float)m->c, d = (float)m->d;
    float sum = 0;
    for (size_t i = 0; i < JZ_WM_TONES; i++) {
        const float kx = (float)k->tone[i].kx, ky = (float)k->tone[i].ky;
        const float v = excess_at(s, a * kx + b * ky, c * kx + d * ky);
        sum += i < JZ_WM_PILOTS ? PILOT_WEIGHT * (v - 1) : (v > DATA_MAX ? DATA_MAX : v) - 1;
    }
    return (double)sum / sqrt((double)(PILOT_WEIGHT * PILOT_WEIGHT) * JZ_WM_PILOTS + JZ_WM_DATA);
}

/* One number of the matrix more or less; all of them; a turn. */
static jz_wm_matrix moved(const jz_wm_matrix *m, unsigned move, double step)
{
    jz_wm_matrix to = *m;
    const double by = (move & 1) != 0 ? step : -step;
    if (move < 8) {
        double *number[] = { &to.a, &to.b, &to.c, &to.d };
        *number[move / 2] += by;
        return to;
    }
    if (move < 10)
        return (jz_wm_matrix){ m->a * (1 + by), m->b * (1 + by), m->c * (1 + by), m->d * (1 + by) };
    return (jz_wm_matrix){ m->a - by * m->c, m->b - by * m->d, m->c + by * m->a, m->d + by * m->b };
}

static void climb(const jz_wm_spectrum *s, const struct jz_watermark_key *k, jz_wm_guess *g)
{
    g->score = judge(s, k, &g->at);
    for (double step = CLIMB_FROM; step > CLIMB_TO;) {
        bool better = false;
        for (unsigned move = 0; move < 12; move++) {
            const jz_wm_matrix to = moved(&g->at, move, step);
            const double v = judge(s, k, &to);
            if (v > g->score) {
                g->at = to;
                g->score = v;
                better = true;
            }
        }
        step = better ? step : step / 2;
    }
}

/* The best of nine places around one of the grid. */
static jz_wm_guess refine(const jz_wm_spectrum *s, const struct jz_watermark_key *k, const place *p)
{
    jz_wm_guess best = { .score = -1e9 };
    for (int i = -1; i <= 1; i++)
        for (int j = -1; j <= 1; j++) {
            place q = *p;
            q.turn += i * TURN_STEP / 2;
            q.scale *= 1 + j * (SCALE_STEP - 1) / 2;
            const jz_wm_matrix m = matrix_of(&q);
            const double v = look(s, k, &m);
            if (v > best.score)
                best = (jz_wm_guess){ m, v };
        }
    return best;
}

/* Tones of a mark stand out together. Those of another key's stand out far more, but only few of
 * them are where this key's would be: where none counts for much, there is nothing. */
static bool is_even(const jz_wm_spectrum *s, const struct jz_watermark_key *k,
                    const jz_wm_matrix *m)
{
    double sum = 0, variance = 0;
    for (size_t i = 0; i < JZ_WM_TONES; i++) {
        const double kx = k->tone[i].kx, ky = k->tone[i].ky;
        const double w = i < JZ_WM_PILOTS ? (double)PILOT_WEIGHT : 1;
        const int v = coarse_at(s, (float)(m->a * kx + m->b * ky), (float)(m->c * kx + m->d * ky));
        if (v < 0)
            continue;
        sum += w * ((double)(v < EVEN_MAX ? v : EVEN_MAX) / JZ_WM_COARSE - EVEN_MEAN);
        variance += w * w * EVEN_VARIANCE;
    }
    return sum >= EVEN_WORTH * sqrt(variance);
}

bool jz_wm_guess_same(const jz_wm_guess *a, const jz_wm_guess *b)
{
    return fabs(a->at.a - b->at.a) < SAME && fabs(a->at.b - b->at.b) < SAME &&
           fabs(a->at.c - b->at.c) < SAME && fabs(a->at.d - b->at.d) < SAME;
}

/* Puts a guess among the n best, which are sorted and all different; at most `most` are kept. */
static size_t rank(jz_wm_guess *list, size_t n, size_t most, const jz_wm_guess *g)
{
    size_t i = 0;
    while (i < n && !jz_wm_guess_same(&list[i], g))
        i++;
    if (i == n && n == most)
        i--; /* the last has to go for it */
    if (i < n && list[i].score >= g->score)
        return n;
    n += i == n;
    for (; i > 0 && list[i - 1].score < g->score; i--)
        list[i] = list[i - 1];
    list[i] = *g;
    return n;
}

size_t jz_wm_guess_geometry(const jz_wm_spectrum *s, const struct jz_watermark_key *k,
                            jz_wm_stage stage, jz_wm_guess out[JZ_WM_GUESSES])
{
    places kept = { .n = 0 };
    jz_wm_guess fine[CLIMBED];
    size_t n = 0, found = 0;
    scan_stage(s, k, stage, &kept);
    for (size_t i = 0; i < kept.n; i++) {
        const jz_wm_guess g = refine(s, k, &kept.at[i]);
        n = rank(fine, n, CLIMBED, &g);
    }
    for (size_t i = 0; i < n; i++) {
        climb(s, k, &fine[i]);
        if (fine[i].score >= WORTH && is_even(s, k, &fine[i].at))
            found = rank(out, found, JZ_WM_GUESSES, &fine[i]);
    }
    return found;
}
