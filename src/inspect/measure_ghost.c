/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG ghosts (H. Farid, Exposing Digital Forgeries from JPEG Ghosts, IEEE TIFS 4(1), 2009): a part
 * of a picture that was once coded at another quality than the rest changes least when it is coded
 * at that quality again. The pixels are not coded, only their coefficients are rounded to the
 * multiples that each quality has; what is compared is the shape of the two curves of errors. */
#include "base/exact_math.h"
#include "inspect/blocks8.h"
#include "inspect/measure.h"

#include "base/alloc.h"

#include <math.h>

#define MOST 512  /* blocks of either part */
#define FEWEST 48 /* blocks of either part */
#define QUALITIES 13
#define FIRST_QUALITY 50
#define STEP 4

/* The mean square error of one kind of blocks, of all but their mean. */
static double error_of(const jz_block8 *b, size_t n, bool face, int quality)
{
    double sum = 0;
    size_t blocks = 0;
    for (size_t i = 0; i < n; i++) {
        if (b[i].face != face)
            continue;
        float block = 0;
        for (size_t k = 1; k < 64; k++) {
            const float q = jz_jpeg_divisor(false, k, quality), c = b[i].c[k];
            const float off = c - q * jz_nearest(c / q);
            block += off * off;
        }
        sum += (double)block;
        blocks++;
    }
    return blocks > 0 ? sum / (double)(63 * blocks) : 0;
}

static double compare(const jz_block8 *b, size_t n)
{
    double differs[QUALITIES], mean = 0, most = 0;
    for (int i = 0; i < QUALITIES; i++) {
        const int quality = FIRST_QUALITY + STEP * i;
        differs[i] = jz_log2(error_of(b, n, true, quality) + 1.0 / 64) -
                     jz_log2(error_of(b, n, false, quality) + 1.0 / 64);
        mean += differs[i] / QUALITIES;
    }
    for (int i = 0; i < QUALITIES; i++)
        if (fabs(differs[i] - mean) > most)
            most = fabs(differs[i] - mean);
    return most;
}

void jz_measure_ghost(const jz_face_views *v, jz_measured *out)
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
    if (face < FEWEST || n - face < FEWEST)
        jz_measured_not(out, "too few blocks of 8 pixels");
    else
        jz_measured_set(out, compare(b, n));
    jz_free(b);
}
