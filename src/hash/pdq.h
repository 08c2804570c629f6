/* SPDX-License-Identifier: Apache-2.0 */
/* Inside PDQ: the geometry of its box filter, the tables of kernels, and the steps that the public
 * calls are made of. Plain C is the reference; every other table must equal it bit for bit, because
 * each float goes through the same additions, subtractions and divisions in the same order.
 *
 * The filter is two passes of a box mean, each over rows and then over columns, as running float
 * sums: add the sample that enters, subtract the one that leaves, divide by how many there are. Of
 * the second pass only 64 samples an axis are kept, so only those are divided, and the picture
 * streams through in blocks of rows: no copy of it is made.
 * Source of the arithmetic: facebook/ThreatExchange pdq/ @baefb4e (hashing.pdf, C++ core). */
#ifndef JZ_PDQ_H
#define JZ_PDQ_H

#include <jz/hash.h>

#define JZ_PDQ_SIDE 64
#define JZ_PDQ_MIN_SIDE 5 /* pixels; smaller pictures hash to zero */
#define JZ_PDQ_NN_SIDE 512
#define JZ_PDQ_SAMPLES (JZ_PDQ_SIDE * JZ_PDQ_SIDE)
#define JZ_PDQ_FREQS 16
/* Rows of floats end with at least so many zeros: kernels read and write whole vectors. */
#define JZ_PDQ_PAD 16
#define JZ_PDQ_BLOCK_MAX 32

/* The box along one axis of n samples: out[i] is the mean of in[i - trail + 1 .. i + lead], clipped
 * to 0 .. n - 1. Its running sum adds in[i + lead] and subtracts in[i - trail]. */
typedef struct jz_pdq_axis {
    size_t n;
    size_t lead;
    size_t trail;
    size_t at[JZ_PDQ_SIDE]; /* the samples that decimation keeps, ascending */
} jz_pdq_axis;

void jz_pdq_axis_init(jz_pdq_axis *ax, size_t n);

/* How many samples out[i] is the mean of. */
static inline float jz_pdq_count(const jz_pdq_axis *ax, size_t i)
{
    const size_t first = i + 1 > ax->trail ? i + 1 - ax->trail : 0;
    const size_t last = ax->n - 1 - i > ax->lead ? i + ax->lead : ax->n - 1;
    return (float)(last - first + 1);
}

/* A power of two: to divide by it and to multiply by its inverse give the same float. */
static inline bool jz_pdq_is_pow2(float count)
{
    const uint32_t n = (uint32_t)count;
    return (n & (n - 1)) == 0;
}

/* The first pass over columns, for one block of rows. */
typedef struct jz_pdq_block {
    const float *add; /* the rows that enter, one after the other; rows past the end are zero */
    const float *sub; /* the rows that leave; rows before the first are zero */
    size_t stride;    /* floats from one row to the next */
    float *sum;       /* the running sum of each column */
    float count[JZ_PDQ_BLOCK_MAX]; /* the divisor of each row */
} jz_pdq_block;

/* One axis of the fast path: 64 sparse weighted means. Sample o is the sum of
 * weights[o * taps + k] * in[first[o] + k] for k < taps, over 2^JZ_PDQ_TENT_BITS. */
#define JZ_PDQ_TENT_BITS 14
typedef struct jz_pdq_tent {
    size_t first[JZ_PDQ_SIDE]; /* in elements (bytes of a row) or rows */
    size_t used[JZ_PDQ_SIDE];  /* taps of this sample that are not padding */
    size_t taps;               /* a multiple of 16 */
    int16_t *weights;          /* the padding is zero; jz_free() */
} jz_pdq_tent;

/* Kernels. Rows of floats have JZ_PDQ_PAD zeros of padding, on the way in and on the way out. */
typedef struct jz_pdq_dsp {
    const char *name;
    size_t block; /* rows that `rows` and `cols` take at once */
    /* Floats of zeroed scratch for `row_u8`, `rows` and `cols`; what one leaves there suits the
     * others. */
    size_t (*scratch)(const jz_pdq_axis *x);
    /* Luma of n pixels R, G, B; out is not padded. */
    void (*luma)(const uint8_t *rgb, size_t n, float *out);
    /* First pass over one row of grey bytes. Sums of bytes are exact in any order while they stay
     * below 2^24, so: only where jz_pdq_sums_are_exact(). */
    void (*row_u8)(const jz_pdq_axis *x, const uint8_t *in, float *out, float *scratch);
    /* First pass over `block` rows. */
    void (*rows)(const jz_pdq_axis *x, const float *in, size_t in_stride, float *out,
                 size_t out_stride, float *scratch);
    /* First pass over columns for `block` rows, then the second pass over these rows, of which 64
     * columns come out: out64[block][64]. */
    void (*cols)(const jz_pdq_axis *x, const jz_pdq_block *in, float *out64, float *scratch);
    /* Second pass over 64 columns: sum[j] = sum[j] + add[j] - sub[j]. */
    void (*cols64)(const float *add, const float *sub, float *sum);
    /* a64: 64 x 64 samples and JZ_PDQ_PAD floats. */
    int (*quality)(const float *a64);
    /* dct = D A D^T, each sum from its first term to its last. */
    void (*dct)(const float *a64, float dct[256]);
    /* Weighted sum of `used` rows of n bytes, rounded to 1/128: out[x] <= 32640. */
    void (*tent_rows)(const uint8_t *px, size_t stride, const int16_t *weights, size_t used,
                      size_t n, int16_t *out);
    /* The 64 samples of one such row; row has tent->taps elements of slack. */
    void (*tent_dots)(const jz_pdq_tent *tent, const int16_t *row, float out[JZ_PDQ_SIDE]);
} jz_pdq_dsp;

static inline bool jz_pdq_sums_are_exact(const jz_pdq_axis *x)
{
    return x->lead + x->trail < (1u << 24) / 255;
}

extern const jz_pdq_dsp jz_pdq_dsp_c;
/* The tables of this program, plain C first; NULL past the last one that the processor has (all of
 * them less those that JZ_CPU_MASK takes away). Threads: any. */
const jz_pdq_dsp *jz_pdq_dsp_at(size_t i);

/* D: 16 rows of 64, scaled cosines without the constant one; and its transpose. */
typedef struct jz_pdq_cosines {
    float d[JZ_PDQ_FREQS][JZ_PDQ_SIDE];
    float dt[JZ_PDQ_SIDE][JZ_PDQ_FREQS];
} jz_pdq_cosines;
const jz_pdq_cosines *jz_pdq_cosines_get(void);

/* The public calls with kernels of the caller's choice. */
JZ_CHECKED jz_status jz_pdq_full_by(const jz_pdq_dsp *dsp, const jz_plane *p, jz_pdq *out,
                                    jz_err *err);
JZ_CHECKED jz_status jz_pdq_nn512_by(const jz_pdq_dsp *dsp, const jz_plane *p, jz_pdq *out,
                                     jz_err *err);
JZ_CHECKED jz_status jz_pdq_fast_by(const jz_pdq_dsp *dsp, const jz_plane *p, uint32_t full_width,
                                    uint32_t full_height, jz_pdq *out, jz_err *err);

/* Whether p is a plane that can be hashed: JZ_E_INVAL. */
JZ_CHECKED jz_status jz_pdq_check(const jz_plane *p, jz_err *err);
/* Quality and transform of the 64 x 64 samples; a64 has JZ_PDQ_PAD floats of slack. */
void jz_pdq_finish(const jz_pdq_dsp *dsp, const float *a64, jz_pdq *out);

/* A plane, or its nearest-neighbour reduction. */
typedef struct jz_pdq_source {
    const jz_plane *plane;
    size_t width, height; /* pixels to be filtered, JZ_PDQ_MIN_SIDE at least */
    const size_t *pick; /* the byte in a row at which each pixel begins; NULL: the plane as it is */
    uint8_t *line;      /* the picked pixels of one row and 1 byte */
} jz_pdq_source;
/* Row y of it; borrowed until the next call. */
const uint8_t *jz_pdq_source_row(const jz_pdq_source *src, size_t y);

/* The two passes and decimation: a64[64][64]. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_pdq_filter(const jz_pdq_dsp *dsp, const jz_pdq_source *src, float *a64,
                                   jz_err *err);

#endif
