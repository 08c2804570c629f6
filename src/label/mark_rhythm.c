/* SPDX-License-Identifier: Apache-2.0 */
#include "label/mark_rhythm.h"

#include "base/alloc.h"

#include <math.h>

#define PI 3.14159265358979323846
#define WINDOW_MS 20   /* of a look at the pitch: whole waves */
#define HOP_MS 1       /* from one look to the next */
#define ON 0.5         /* of the loudest look: a tone */
#define OFF 0.4        /* and no longer one */
#define TOLERANCE 0.25 /* of a unit */
#define PURE 0.5       /* of the power of a tone's samples is at the pitch */
#define RUNS (2 * JZ_RHYTHM_TONES - 1)
#define TONE_MIN (1.0 / 4096) /* amplitude: below, 16 bits do not show one */

/* Units of tone, silence, tone, ... */
static const unsigned runs[RUNS] = { 1, 1, 3, 3, 1, 1, 1 };

size_t jz_rhythm_unit(uint32_t rate)
{
    return (size_t)(((uint64_t)rate * JZ_RHYTHM_UNIT_MS + 500) / 1000);
}

size_t jz_rhythm_samples(uint32_t rate)
{
    return jz_rhythm_unit(rate) * JZ_RHYTHM_UNITS;
}

/* ---- making ---- */

/* How much of the tone there is at sample i of n: a raised cosine at both ends. */
static double envelope(size_t i, size_t n, size_t edge)
{
    const size_t to_end = n - 1 - i;
    const size_t near = i < to_end ? i : to_end;
    return near >= edge ? 1 : 0.5 - 0.5 * cos(PI * ((double)near + 0.5) / (double)edge);
}

static void put_tone(uint32_t rate, double amplitude, int16_t *out, size_t n)
{
    const size_t edge = (size_t)rate * JZ_RHYTHM_EDGE_MS / 1000;
    const double step = 2 * PI * JZ_RHYTHM_PITCH_HZ / rate;
    for (size_t i = 0; i < n; i++)
        out[i] = (int16_t)lrint(32767 * amplitude * envelope(i, n, edge) * sin(step * (double)i));
}

void jz_rhythm_make(uint32_t rate, double amplitude, int16_t *out)
{
    const size_t unit = jz_rhythm_unit(rate);
    size_t at = 0;
    for (size_t r = 0; r < RUNS; r++) {
        const size_t n = runs[r] * unit;
        if (r % 2 == 0)
            put_tone(rate, amplitude, out + at, n);
        for (size_t i = 0; r % 2 != 0 && i < n; i++)
            out[at + i] = 0;
        at += n;
    }
}

/* ---- finding ---- */

/* The amplitude at the pitch in a window, of which n samples are there (Goertzel, The American
 * Mathematical Monthly 65, 1958). */
static double amplitude_at(const int16_t *samples, size_t n, size_t window, uint32_t rate)
{
    const double c = 2 * cos(2 * PI * JZ_RHYTHM_PITCH_HZ / rate);
    double s1 = 0;
    double s2 = 0;
    for (size_t i = 0; i < n; i++) {
        const double s = samples[i] / 32768.0 + c * s1 - s2;
        s2 = s1;
        s1 = s;
    }
    const double power = s1 * s1 + s2 * s2 - c * s1 * s2;
    return 2 * sqrt(power > 0 ? power : 0) / (double)window;
}

/* Looks at a window that moves in from before the samples and out behind them. */
typedef struct looks {
    float *amplitude;
    size_t n;
    size_t window, hop; /* samples */
    double max;
} looks;

static jz_status look(const int16_t *samples, size_t n, uint32_t rate, looks *out, jz_err *err)
{
    const size_t window = (size_t)rate * WINDOW_MS / 1000;
    const size_t hop = (size_t)rate * HOP_MS / 1000;
    looks l = { .n = (n + window) / hop + 1, .window = window, .hop = hop };
    l.amplitude = jz_alloc_zero(l.n, sizeof *l.amplitude);
    if (l.amplitude == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (size_t i = 0; i < l.n; i++) {
        const size_t end = i * hop < n ? i * hop : n;
        const size_t begin = i * hop > window ? i * hop - window : 0;
        if (begin < end)
            l.amplitude[i] = (float)amplitude_at(samples + begin, end - begin, window, rate);
        l.max = (double)l.amplitude[i] > l.max ? (double)l.amplitude[i] : l.max;
    }
    *out = l;
    return JZ_OK;
}

/* The looks at which tones begin and end, in turn; what would be one too many is counted. */
static size_t find_edges(const looks *l, size_t *edge)
{
    size_t n = 0;
    bool on = false;
    for (size_t i = 0; i <= l->n; i++) {
        const double a = i < l->n ? (double)l->amplitude[i] : 0;
        if (on ? a >= OFF * l->max : a <= ON * l->max)
            continue;
        on = !on;
        if (n < RUNS + 1)
            edge[n] = i;
        n++;
    }
    return n;
}

/* The share of the power of n samples that is at the pitch. */
static double purity(const int16_t *samples, size_t n, double amplitude)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += samples[i] / 32768.0 * (samples[i] / 32768.0);
    return sum > 0 ? amplitude * amplitude / 2 / (sum / (double)n) : 0;
}

static jz_status judge(const int16_t *samples, const looks *l, uint32_t rate, jz_rhythm_seen *out,
                       jz_err *err)
{
    size_t edge[RUNS + 1];
    jz_rhythm_seen seen = { 0 };
    if (l->max < TONE_MIN)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no tone of %d Hz", JZ_RHYTHM_PITCH_HZ);
    const size_t n = find_edges(l, edge);
    if (n != RUNS + 1)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%zu tones of %d Hz, not %d", n / 2, JZ_RHYTHM_PITCH_HZ,
                       JZ_RHYTHM_TONES);
    const double hop_s = (double)l->hop / rate;
    seen.unit_s = (double)(edge[RUNS] - edge[0]) * hop_s / JZ_RHYTHM_UNITS;
    /* A window is half over an edge where half of it is tone. */
    seen.at_s = (double)edge[0] * hop_s - (double)l->window / 2 / rate;
    for (size_t r = 0; r < RUNS; r++) {
        const double s = (double)(edge[r + 1] - edge[r]) * hop_s;
        if (fabs(s - runs[r] * seen.unit_s) > TOLERANCE * seen.unit_s)
            return JZ_FAIL(err, JZ_E_NOTFOUND, "a %s of %.3f s where %u units of %.3f are due",
                           r % 2 == 0 ? "tone" : "pause", s, runs[r], seen.unit_s);
        *(r % 2 == 0 ? &seen.tone_s[r / 2] : &seen.pause_s[r / 2]) = s;
    }
    const size_t middle = (edge[2] + edge[3]) / 2; /* of the long tone */
    const double a = (double)l->amplitude[middle];
    if (purity(samples + (middle * l->hop - l->window), l->window, a) < PURE)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "less tone than other sound");
    seen.level_db = 20 * log10(a) + 10 * log10(0.5);
    *out = seen;
    return JZ_OK;
}

jz_status jz_rhythm_find(const int16_t *samples, size_t n, uint32_t rate, jz_rhythm_seen *out,
                         jz_err *err)
{
    looks l = { 0 };
    if (rate < JZ_RHYTHM_RATE_MIN)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%u samples a second are too few", rate);
    JZ_TRY(look(samples, n, rate, &l, err));
    const jz_status st = judge(samples, &l, rate, out, err);
    jz_free(l.amplitude);
    return st;
}
