/* SPDX-License-Identifier: Apache-2.0 */
/* Double quantisation (Z. Lin et al., Pattern Recognition 42, 2009, and others): coefficients that
 * were rounded leave histograms with gaps; rounded twice, with other steps, histograms with
 * periods. The steps are not read from the file but tried: for each of a few low frequencies the
 * step whose period is strongest in all blocks, and by how much more or less it shows in the face.
 */
#include "base/exact_math.h"
#include "inspect/blocks8.h"
#include "inspect/measure.h"

#include "base/alloc.h"

#include <math.h>

#define MOST 1024  /* blocks of either part */
#define FEWEST 128 /* blocks of either part: with fewer, periods come about by chance */
#define STEP_MIN 3
#define STEP_MAX 24
#define SMALLEST 1.0f /* coefficients below it say nothing of the step */

static const uint8_t frequencies[] = { 1, 8, 9, 2, 16, 10, 17, 3, 24 };

#define PHASES 256u

/* How far coefficients lie on the multiples of a step: the length of the mean of their phases, each
 * to the next of PHASES. */
static double on_multiples(const jz_block8 *b, size_t n, bool face, size_t k, int step,
                           const double cosine[PHASES])
{
    double re = 0, im = 0, count = 0;
    for (size_t i = 0; i < n; i++) {
        const float c = b[i].c[k];
        if (b[i].face != face || fabsf(c) < SMALLEST)
            continue;
        const unsigned phase = (unsigned)(int)(c / (float)step * (float)PHASES);
        re += cosine[phase % PHASES];
        im += cosine[(phase + PHASES * 3 / 4) % PHASES];
        count++;
    }
    return count >= FEWEST / 4.0 ? sqrt(re * re + im * im) / count : -1;
}

/* The mean difference over the frequencies; below 0 where none has enough coefficients. */
static double compare(const jz_block8 *b, size_t n)
{
    double sum = 0, used = 0, cosine[PHASES];
    for (size_t i = 0; i < PHASES; i++)
        cosine[i] = jz_cos_turns((double)i / PHASES);
    for (size_t f = 0; f < JZ_ARRAY_LEN(frequencies); f++) {
        double most = 0;
        for (int step = STEP_MIN; step <= STEP_MAX; step++) {
            const double in = on_multiples(b, n, true, frequencies[f], step, cosine);
            const double rest = on_multiples(b, n, false, frequencies[f], step, cosine);
            if (in < 0 || rest < 0)
                break;
            if (fabs(in - rest) > most)
                most = fabs(in - rest);
        }
        used += most > 0;
        sum += most;
    }
    return used > 0 ? sum / used : -1;
}

void jz_measure_double(const jz_face_views *v, jz_measured *out)
{
    jz_block8 *b = NULL;
    size_t n = 0, face = 0;
    if (!v->still) {
        jz_measured_not(out, "only of stills");
        return;
    }
    if (jz_blocks8_of(v->native, MOST, &b, &n, NULL) != JZ_OK) {
        jz_measured_not(out, "out of memory");
        return;
    }
    for (size_t i = 0; i < n; i++)
        face += b[i].face;
    const double differs = face < FEWEST || n - face < FEWEST ? -1 : compare(b, n);
    if (differs < 0)
        jz_measured_not(out, "too few blocks of 8 pixels");
    else
        jz_measured_set(out, differs);
    jz_free(b);
}
