/* SPDX-License-Identifier: Apache-2.0 */
/* From the transform to the 256 bits, of the picture and of its dihedral variants. */
#include "hash/pdq.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

static jz_pdq_cosines cosines;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill_cosines(void)
{
    const double pi = 3.14159265358979323846;
    const float scale = sqrtf(2.0f / JZ_PDQ_SIDE);
    for (unsigned i = 0; i < JZ_PDQ_FREQS; i++) {
        for (unsigned j = 0; j < JZ_PDQ_SIDE; j++) {
            const double angle = pi / 2 / JZ_PDQ_SIDE * (i + 1) * (2 * j + 1);
            cosines.d[i][j] = (float)((double)scale * cos(angle));
            cosines.dt[j][i] = cosines.d[i][j];
        }
    }
}

const jz_pdq_cosines *jz_pdq_cosines_get(void)
{
    (void)pthread_once(&once, fill_cosines); /* cannot fail with a static once */
    return &cosines;
}

/* A turned or mirrored picture's transform is the picture's own with some signs changed, perhaps
 * transposed. Signs go by the place in the original: row and column frequencies count from 0. */
static const struct {
    const char *name;
    bool transpose;
    uint8_t negative[2][2]; /* [row is odd][column is odd] */
} variants[JZ_DIHEDRALS] = {
    [JZ_ORIGINAL] = { "original", false, { { 0, 0 }, { 0, 0 } } },
    [JZ_ROTATE90] = { "rotate90", true, { { 1, 0 }, { 1, 0 } } },
    [JZ_ROTATE180] = { "rotate180", false, { { 0, 1 }, { 1, 0 } } },
    [JZ_ROTATE270] = { "rotate270", true, { { 1, 1 }, { 0, 0 } } },
    [JZ_FLIPX] = { "flipx", false, { { 1, 1 }, { 0, 0 } } },
    [JZ_FLIPY] = { "flipy", false, { { 1, 0 }, { 1, 0 } } },
    [JZ_FLIP_PLUS1] = { "plus1", true, { { 0, 0 }, { 0, 0 } } },
    [JZ_FLIP_MINUS1] = { "minus1", true, { { 0, 1 }, { 1, 0 } } },
};

const char *jz_dihedral_name(jz_dihedral v)
{
    return (unsigned)v < JZ_DIHEDRALS ? variants[v].name : "unknown";
}

static void transform(const float dct[256], jz_dihedral v, float out[256])
{
    for (size_t i = 0; i < JZ_PDQ_FREQS; i++) {
        for (size_t j = 0; j < JZ_PDQ_FREQS; j++) {
            const float c = dct[JZ_PDQ_FREQS * i + j];
            const size_t to = variants[v].transpose ? JZ_PDQ_FREQS * j + i : JZ_PDQ_FREQS * i + j;
            out[to] = variants[v].negative[i & 1][j & 1] ? -c : c;
        }
    }
}

/* A float's bits as an integer of the same order, and back: the function is its own inverse. (-0
 * comes before 0, which changes no comparison.) */
static int32_t in_order(int32_t bits)
{
    return bits ^ ((bits >> 31) & INT32_MAX);
}

/* The 128th smallest of 256, the lower median that the reference's method gives. Found bit by bit:
 * 32 counts of one simple comparison, which vectorise, and no branch that depends on the data. */
static float lower_median(const float v[256])
{
    int32_t key[256];
    memcpy(key, v, sizeof key);
    for (size_t i = 0; i < 256; i++)
        key[i] = in_order(key[i]);
    uint32_t median = 0; /* the largest value below which there are at most 127, with its sign
                            turned over so that it grows from 0 */
    for (uint32_t bit = 0x80000000u; bit != 0; bit >>= 1) {
        const int32_t guess = (int32_t)((median | bit) ^ 0x80000000u);
        int32_t below = 0;
        for (size_t i = 0; i < 256; i++)
            below += key[i] < guess;
        if (below <= 127)
            median |= bit;
    }
    const int32_t bits = in_order((int32_t)(median ^ 0x80000000u));
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

void jz_pdq_digest(const jz_pdq *pdq, jz_dihedral v, uint8_t digest[JZ_PDQ_SIZE])
{
    float c[256];
    transform(pdq->dct, v, c);
    const float median = lower_median(c);
    memset(digest, 0, JZ_PDQ_SIZE);
    for (size_t k = 0; k < 256; k++) /* bit 0 is the last of the last byte */
        digest[JZ_PDQ_SIZE - 1 - k / 8] |= (uint8_t)((c[k] > median) << (k % 8));
}

unsigned jz_hamming256(const uint8_t a[JZ_PDQ_SIZE], const uint8_t b[JZ_PDQ_SIZE])
{
    uint64_t x[JZ_PDQ_SIZE / 8], y[JZ_PDQ_SIZE / 8];
    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    unsigned bits = 0;
    for (size_t i = 0; i < JZ_ARRAY_LEN(x); i++)
        bits += (unsigned)__builtin_popcountll(x[i] ^ y[i]);
    return bits;
}
