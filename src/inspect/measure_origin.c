/* SPDX-License-Identifier: Apache-2.0 */
/* What scaling up leaves: pixels between two others are means of them, so the second difference has
 * a period, whose frequency tells the factor (A. C. Gallagher, Detection of Linear and Cubic
 * Interpolation in JPEG Compressed Images, CRV 2005). The periods of blocks of 8 are left out. */
#include "base/exact_math.h"
#include "inspect/measure.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

#define SHORTEST 64 /* pixels of a line */
#define LONGEST 256 /* of which the middle is taken */
#define LOWEST 0.11 /* frequencies, in periods a pixel: below is the face itself */

/* The mean second difference at each place of the lines through the inner face. */
static size_t lines(const jz_face_view *v, bool down, double *out)
{
    const ptrdiff_t next = down ? (ptrdiff_t)v->width : 1;
    const uint32_t along = down ? v->height : v->width, across = down ? v->width : v->height;
    size_t n = 0;
    for (uint32_t k = 1; k + 1 < along && n < LONGEST; k++) {
        int64_t sum = 0, pixels = 0;
        for (uint32_t j = 0; j < across; j++) {
            const size_t i = down ? (size_t)k * v->width + j : (size_t)j * v->width + k;
            if ((v->region[i] & JZ_REGION_INNER) == 0)
                continue;
            const uint8_t *p = v->luma + i;
            const int second = 2 * p[0] - p[next] - p[-next];
            sum += second < 0 ? -second : second;
            pixels++;
        }
        if (pixels >= 16)
            out[n++] = (double)sum / (double)pixels;
    }
    return n;
}

/* Takes the slow course away: the mean of the 9 around each. */
static void flatten(double *s, size_t n)
{
    double in[LONGEST];
    for (size_t i = 0; i < n; i++)
        in[i] = s[i];
    for (size_t i = 0; i < n; i++) {
        const size_t from = i > 4 ? i - 4 : 0, to = i + 4 < n ? i + 4 : n - 1;
        double mean = 0;
        for (size_t k = from; k <= to; k++)
            mean += in[k];
        s[i] = in[i] - mean / (double)(to - from + 1);
    }
}

static bool is_of_blocks(double frequency)
{
    const double nearest = floor(frequency * 8 + 0.5) / 8;
    return fabs(frequency - nearest) < 0.012;
}

/* The strongest frequency against the median one, in octaves. */
static double peak(double *s, size_t n)
{
    double at[LONGEST / 2 + 1], cosine[LONGEST], most = 0;
    size_t m = 0;
    flatten(s, n);
    for (size_t i = 0; i < n; i++) {
        cosine[i] = jz_cos_turns((double)i / (double)n);
        s[i] *= 0.5 - 0.5 * jz_cos_turns(((double)i + 0.5) / (double)n);
    }
    for (size_t k = 1; 2 * k <= n; k++) {
        const double f = (double)k / (double)n;
        double re = 0, im = 0;
        if (f < LOWEST || is_of_blocks(f))
            continue;
        for (size_t i = 0; i < n; i++) {
            re += s[i] * cosine[k * i % n];
            im += s[i] * cosine[(k * i + n - n / 4) % n]; /* a quarter turn, to the next place */
        }
        at[m] = sqrt(re * re + im * im);
        most = fmax(most, at[m]);
        m++;
    }
    qsort(at, m, sizeof *at, jz_by_value);
    return jz_log2(most + 1e-6) - jz_log2(at[m / 2] + 1e-6);
}

void jz_measure_origin(const jz_face_views *views, jz_measured *out)
{
    double across[LONGEST], down[LONGEST];
    const size_t n = lines(views->native, false, across), m = lines(views->native, true, down);
    if (n < SHORTEST || m < SHORTEST)
        jz_measured_not(out, "fewer than 64 pixels across");
    else
        jz_measured_set(out, fmin(peak(across, n), peak(down, m)));
}
