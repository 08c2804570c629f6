/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/stream_checks.h"

#include "base/alloc.h"
#include "base/exact_math.h"
#include "inspect/face_view.h"
#include "inspect/measure.h"

#include <math.h>
#include <stdlib.h>

#define WINDOW 512u       /* most pixels of the middle, across and down */
#define LINE 128u         /* pixels of one spectrum */
#define BANDS (LINE / 2)  /* of it */
#define CELLS 32u         /* of a frame, across and down */
#define SAME 0.1          /* of the usual change from frame to frame: no change */
#define STILL 0.1         /* grey levels: a smaller usual change is none */
#define MOVED 6           /* grey levels between two frames */
#define MOVING_LEAST 2000 /* pixels that move, before their noise says anything */
#define TEXTURE 40        /* a larger Laplacian is an edge, and no noise */

static const jz_stream_check checks[] = {
    { "duplicate_frames", "part of 1", 0.2, "frames that are the one before once more",
      "a film or a call at a higher rate than it was taken; a network that lost frames" },
    { "repeated_frames", "part of 1", 0.1, "frames that were shown before, with others in between",
      "an animation; a test picture" },
    { "noise_correlation", "correlation", 0.5,
      "noise that stays in its place while the picture moves",
      "dirt on the lens; a logo; a sensor's fixed pattern in the dark" },
    { "timing_gap", "times the usual", 3, "longest time between two frames",
      "a variable frame rate; a network that lost frames" },
    { "rate_mismatch", "octaves", 0.1, "rate of the frames against the one that is stated",
      "a variable frame rate; containers that state twice the rate" },
    { "moire_peak", "octaves", 5, "strongest period of the pixels above its neighbours",
      "fences, fabrics, blinds; text in columns" },
};
_Static_assert(JZ_ARRAY_LEN(checks) == JZ_STREAM_CHECKS, "one row for each check");

const jz_stream_check *jz_stream_check_at(size_t i)
{
    return i < JZ_STREAM_CHECKS ? &checks[i] : NULL;
}

static void load(jz_stream_checks *c, const jz_plane *p)
{
    const size_t next = p->channels == 3;
    const size_t x0 = (p->width - c->width) / 2, y0 = (p->height - c->height) / 2;
    uint8_t *to = c->now;
    for (size_t y = 0; y < c->height; y++) {
        const uint8_t *px = p->px + (y0 + y) * p->stride + x0 * p->channels;
        for (size_t x = 0; x < c->width; x++, px += p->channels)
            *to++ = jz_luma_of(px[0], px[next], px[2 * next]);
    }
}

static int laplacian(const uint8_t *p, size_t row)
{
    return 4 * p[0] - p[-1] - p[1] - *(p - row) - p[row];
}

static int sum9(const uint8_t *p, size_t row)
{
    const uint8_t *up = p - row, *down = p + row;
    return up[-1] + up[0] + up[1] + p[-1] + p[0] + p[1] + down[-1] + down[0] + down[1];
}

/* Of every third pixel that moves, its noise in both frames. */
static void compare_noise(jz_stream_checks *c)
{
    const size_t row = c->width;
    for (size_t y = 1; y + 1 < c->height; y += 3)
        for (size_t x = 1; x + 1 < c->width; x += 3) {
            const uint8_t *a = c->before + y * row + x, *b = c->now + y * row + x;
            const int na = laplacian(a, row), nb = laplacian(b, row);
            if (abs(sum9(a, row) - sum9(b, row)) < 9 * MOVED || abs(na) > TEXTURE ||
                abs(nb) > TEXTURE)
                continue;
            c->moving++;
            c->both += na * nb;
            c->squares[0] += na * na;
            c->squares[1] += nb * nb;
        }
}

/* Adds the power of a line's differences in each band. */
static void add_spectrum(const uint8_t *px, size_t step, const double *cosine, double power[BANDS])
{
    double d[LINE];
    for (size_t i = 0; i < LINE; i++)
        d[i] = i == 0 ? 0 : (double)px[i * step] - (double)px[(i - 1) * step];
    for (size_t f = 1; f < BANDS; f++) {
        double re = 0, im = 0;
        for (size_t i = 1; i < LINE; i++) {
            re += d[i] * cosine[f * i % LINE];
            im += d[i] * cosine[(f * i + LINE / 4) % LINE];
        }
        power[f] += re * re + im * im;
    }
}

/* The strongest band against the median of those around it. Periods of 8, 4 and 2.67 pixels are
 * those of blocks. */
static double peak_of(const double power[BANDS])
{
    double most = 0;
    for (size_t f = 8; f + 6 < BANDS; f++) {
        double near[10];
        size_t n = 0;
        for (size_t k = f - 6; k <= f + 6; k++)
            if (k + 1 < f || k > f + 1)
                near[n++] = power[k];
        qsort(near, n, sizeof *near, jz_by_value);
        const size_t to_block = f % (LINE / 8);
        if (to_block > 1 && to_block < LINE / 8 - 1)
            most = fmax(most, jz_log2((power[f] + 1) / (near[n / 2] + 1)));
    }
    return most;
}

static void look_for_moire(jz_stream_checks *c)
{
    double cosine[LINE], across[BANDS] = { 0 }, down[BANDS] = { 0 };
    if (c->width < LINE || c->height < LINE)
        return;
    for (size_t i = 0; i < LINE; i++)
        cosine[i] = jz_cos_turns((double)i / LINE);
    const size_t x0 = (c->width - LINE) / 2, y0 = (c->height - LINE) / 2;
    for (size_t k = 0; k < LINE; k += 2) {
        add_spectrum(c->now + (y0 + k) * c->width + x0, 1, cosine, across);
        add_spectrum(c->now + y0 * c->width + x0 + k, c->width, cosine, down);
    }
    c->moire = fmax(c->moire, fmax(peak_of(across), peak_of(down)));
    c->moire_seen = true;
}

static void put_cells(jz_stream_checks *c, uint16_t cell[JZ_STREAM_CELLS])
{
    for (size_t i = 0; i < JZ_STREAM_CELLS; i++) {
        const size_t x0 = i % CELLS * c->width / CELLS, x1 = (i % CELLS + 1) * c->width / CELLS;
        const size_t y0 = i / CELLS * c->height / CELLS, y1 = (i / CELLS + 1) * c->height / CELLS;
        uint32_t sum = 0;
        for (size_t y = y0; y < y1; y++)
            for (size_t x = x0; x < x1; x++)
                sum += c->now[y * c->width + x];
        const size_t n = (x1 - x0) * (y1 - y0);
        cell[i] = n > 0 ? (uint16_t)(256 * (uint64_t)sum / n) : 0;
    }
}

/* Grey levels between two frames, the mean over all cells. */
static double change(const uint16_t a[JZ_STREAM_CELLS], const uint16_t b[JZ_STREAM_CELLS])
{
    double sum = 0;
    for (size_t i = 0; i < JZ_STREAM_CELLS; i++)
        sum += abs(a[i] - b[i]);
    return sum / (256.0 * JZ_STREAM_CELLS);
}

static jz_status begin(jz_stream_checks *c, const jz_plane *p, jz_err *err)
{
    c->width = p->width < WINDOW ? p->width : WINDOW;
    c->height = p->height < WINDOW ? p->height : WINDOW;
    const size_t size = (size_t)c->width * c->height;
    c->now = jz_alloc(size);
    c->before = jz_alloc(size);
    return c->now != NULL && c->before != NULL
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_NOMEM, "%u x %u pixels", c->width, c->height);
}

jz_status jz_stream_checks_add(jz_stream_checks *c, const jz_plane *plane, double at_s, jz_err *err)
{
    if (c->frames == JZ_STREAM_FRAMES)
        return JZ_OK;
    if (c->now == NULL)
        JZ_TRY(begin(c, plane, err));
    if (plane->width < c->width || plane->height < c->height)
        return JZ_OK;
    uint8_t *last = c->before;
    c->before = c->now;
    c->now = last;
    load(c, plane);
    put_cells(c, c->cell[c->frames]);
    c->at_s[c->frames] = at_s;
    if (c->frames > 0)
        compare_noise(c);
    if (c->frames % 16 == 0)
        look_for_moire(c);
    c->frames++;
    return JZ_OK;
}

static void end_noise(const jz_stream_checks *c, jz_measured *out)
{
    const double scale = sqrt(c->squares[0] * c->squares[1]);
    if (c->moving < MOVING_LEAST)
        jz_measured_not(out, "too little moves");
    else if (!(scale > 0))
        jz_measured_not(out, "there is no noise at all where the picture moves");
    else
        jz_measured_set(out, c->both / scale);
}

/* Frames that are like another: the one before, or an earlier one while there is change. Whatever
 * moves least of the upper half is the usual change: half of the frames may be duplicates. */
static void end_repeats(const jz_stream_checks *c, jz_stream *out)
{
    double step[JZ_STREAM_FRAMES], sorted[JZ_STREAM_FRAMES];
    const size_t n = c->frames - 1;
    uint32_t duplicates = 0, repeats = 0;
    for (size_t i = 0; i < n; i++)
        sorted[i] = step[i] = change(c->cell[i], c->cell[i + 1]);
    qsort(sorted, n, sizeof *sorted, jz_by_value);
    const double usual = sorted[n * 3 / 4];
    if (usual < STILL) {
        jz_measured_not(&out->check[JZ_STREAM_DUPLICATES], "too little moves");
        jz_measured_not(&out->check[JZ_STREAM_REPEATS], "too little moves");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const bool stays = step[i] < SAME * usual;
        bool seen = false;
        for (size_t k = 0; k < i && !stays && !seen; k++)
            seen = change(c->cell[k], c->cell[i + 1]) < SAME * usual;
        duplicates += stays;
        repeats += seen;
    }
    jz_measured_set(&out->check[JZ_STREAM_DUPLICATES], duplicates / (double)n);
    jz_measured_set(&out->check[JZ_STREAM_REPEATS], repeats / (double)n);
}

static void end_times(const jz_stream_checks *c, double fps, jz_stream *out)
{
    double gap[JZ_STREAM_FRAMES];
    const size_t n = c->frames - 1;
    for (size_t i = 0; i < n; i++)
        gap[i] = c->at_s[i + 1] - c->at_s[i];
    qsort(gap, n, sizeof *gap, jz_by_value);
    const double usual = gap[n / 2];
    if (!(usual > 0)) {
        jz_measured_not(&out->check[JZ_STREAM_GAP], "frames have no times");
        jz_measured_not(&out->check[JZ_STREAM_RATE], "frames have no times");
        return;
    }
    jz_measured_set(&out->check[JZ_STREAM_GAP], gap[n - 1] / usual);
    if (fps > 0)
        jz_measured_set(&out->check[JZ_STREAM_RATE], fabs(jz_log2(usual * fps)));
    else
        jz_measured_not(&out->check[JZ_STREAM_RATE], "no rate is stated");
}

void jz_stream_checks_end(const jz_stream_checks *c, double fps, jz_stream *out)
{
    for (size_t i = 0; i < JZ_STREAM_CHECKS; i++)
        jz_measured_not(&out->check[i], "fewer than 3 frames");
    out->frames = c->frames;
    if (c->frames < 3)
        return;
    end_repeats(c, out);
    end_noise(c, &out->check[JZ_STREAM_NOISE]);
    end_times(c, fps, out);
    if (c->moire_seen)
        jz_measured_set(&out->check[JZ_STREAM_MOIRE], c->moire);
    else
        jz_measured_not(&out->check[JZ_STREAM_MOIRE], "the picture is too small");
    for (size_t i = 0; i < JZ_STREAM_CHECKS; i++)
        out->remarkable[i] = out->check[i].valid && out->check[i].value > checks[i].limit;
}

void jz_stream_checks_done(jz_stream_checks *c)
{
    jz_free(c->now);
    jz_free(c->before);
    *c = (jz_stream_checks){ 0 };
}
