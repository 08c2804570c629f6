/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/fft2.h"

#include "base/alloc.h"
#include "base/exact_math.h"

#include <string.h>

#define N JZ_WM_FFT
#define BATCH JZ_WM_BATCH
#define PAIRS (2 * BATCH)                     /* rows in one batch of transforms */
#define BLOCKS ((JZ_WM_KMAX + BATCH) / BATCH) /* batches of columns */
#define WAVE_BLOCKS (JZ_WM_WAVE_KMAX / BATCH)

struct jz_wm_fft {
    const jz_wm_dsp *dsp;
    float twiddle[2 * N];
    uint16_t place[N];                /* digits in base 4 reversed */
    float re[N][BATCH], im[N][BATCH]; /* what is transformed */
    /* Between rows and columns: [batch of columns][row][column]. */
    float mid_re[BLOCKS][N][BATCH], mid_im[BLOCKS][N][BATCH];
};

jz_status jz_wm_fft_new(const jz_wm_dsp *dsp, jz_wm_fft **out, jz_err *err)
{
    jz_wm_fft *f = jz_alloc_zero(1, sizeof *f);
    if (f == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for transforms");
    f->dsp = dsp;
    for (unsigned i = 0; i < N; i++) {
        unsigned reversed = 0;
        for (unsigned d = 1; d < N; d *= 4)
            reversed = reversed * 4 + i / d % 4;
        f->place[i] = (uint16_t)reversed;
        f->twiddle[2 * i] = (float)jz_cos_turns((double)i / N);
        f->twiddle[2 * i + 1] = (float)jz_cos_turns((double)i / N - 0.25);
    }
    *out = f;
    return JZ_OK;
}

void jz_wm_fft_free(jz_wm_fft *f)
{
    jz_free(f);
}

static void clear(jz_wm_fft *f)
{
    memset(f->re, 0, sizeof f->re);
    memset(f->im, 0, sizeof f->im);
}

static void transform(jz_wm_fft *f)
{
    f->dsp->fft(f->re[0], f->im[0], f->twiddle);
}

float jz_wm_fade(uint32_t i, uint32_t n, uint32_t taper)
{
    const double left = i + 0.5, right = n - i - 0.5, edge = left < right ? left : right;
    return edge < taper ? (float)(0.5 - 0.5 * jz_cos_turns(edge / taper / 2)) : 1;
}

/* ---- forward ---- */

/* Two rows are one complex row: row l of each half of PAIRS rows is in lane l. A raster of more
 * than 1024 units falls onto itself: so do tones. */
static void add_rows(jz_wm_fft *f, const jz_wm_field *z, const float *across, const float *down,
                     uint32_t from, uint32_t rows)
{
    const float *v = z->v + from * z->stride;
    for (uint32_t x = 0; x < z->width; x++, v++) {
        const uint32_t at = f->place[(x - z->width / 2) & (N - 1)];
        float *re = f->re[at], *im = f->im[at];
        for (uint32_t l = 0; l < BATCH && l < rows; l++)
            re[l] += v[l * z->stride] * (across[x] * down[from + l]);
        for (uint32_t l = BATCH; l < rows; l++)
            im[l - BATCH] += v[l * z->stride] * (across[x] * down[from + l]);
    }
}

/* The spectra of both rows: even and odd parts of the complex row's. */
static void part_rows(jz_wm_fft *f, uint32_t first)
{
    for (uint32_t k = 0; k < BLOCKS * BATCH; k++) {
        const float *zr = f->re[k], *zi = f->im[k];
        const float *cr = f->re[(N - k) & (N - 1)], *ci = f->im[(N - k) & (N - 1)];
        float(*re)[BATCH] = f->mid_re[k / BATCH] + first,
        (*im)[BATCH] = f->mid_im[k / BATCH] + first;
        for (uint32_t l = 0; l < BATCH; l++) {
            re[l][k % BATCH] = (zr[l] + cr[l]) * 0.5F;
            im[l][k % BATCH] = (zi[l] - ci[l]) * 0.5F;
            re[l + BATCH][k % BATCH] = (zi[l] + ci[l]) * 0.5F;
            im[l + BATCH][k % BATCH] = (cr[l] - zr[l]) * 0.5F;
        }
    }
}

static void forward_columns(jz_wm_fft *f, uint32_t rows, uint32_t origin, jz_wm_field *re,
                            jz_wm_field *im)
{
    for (unsigned b = 0; b < BLOCKS; b++) {
        const int first = (int)(b * BATCH);
        const size_t n =
            first + (int)BATCH - 1 > JZ_WM_KMAX ? (size_t)(JZ_WM_KMAX - first + 1) : BATCH;
        clear(f);
        for (uint32_t y = 0; y < rows; y++) {
            const uint32_t at = f->place[(y - origin) & (N - 1)];
            memcpy(f->re[at], f->mid_re[b][y], sizeof f->re[at]);
            memcpy(f->im[at], f->mid_im[b][y], sizeof f->im[at]);
        }
        transform(f);
        for (int ky = -JZ_WM_KMAX; ky <= JZ_WM_KMAX; ky++) {
            const size_t to = jz_wm_bin(re, first, ky);
            memcpy(re->v + to, f->re[(unsigned)ky & (N - 1)], n * sizeof *re->v);
            memcpy(im->v + to, f->im[(unsigned)ky & (N - 1)], n * sizeof *im->v);
        }
    }
}

static void mirror(jz_wm_field *re, jz_wm_field *im)
{
    for (int ky = -JZ_WM_KMAX; ky <= JZ_WM_KMAX; ky++)
        for (int k = 1; k <= JZ_WM_KMIRROR; k++) {
            re->v[jz_wm_bin(re, -k, ky)] = re->v[jz_wm_bin(re, k, -ky)];
            im->v[jz_wm_bin(im, -k, ky)] = -im->v[jz_wm_bin(im, k, -ky)];
        }
}

void jz_wm_forward(jz_wm_fft *f, const jz_wm_field *z, uint32_t taper, jz_wm_field *re,
                   jz_wm_field *im)
{
    float across[JZ_WM_SIDE_MAX], down[JZ_WM_SIDE_MAX];
    const uint32_t rows = z->height < N ? z->height : N;
    for (uint32_t x = 0; x < z->width; x++)
        across[x] = jz_wm_fade(x, z->width, taper);
    for (uint32_t y = 0; y < z->height; y++)
        down[y] = jz_wm_fade(y, z->height, taper);
    for (uint32_t first = 0; first < rows; first += PAIRS) {
        clear(f);
        for (uint32_t y = first; y < z->height; y += N)
            add_rows(f, z, across, down, y, z->height - y < PAIRS ? z->height - y : PAIRS);
        transform(f);
        part_rows(f, first);
    }
    forward_columns(f, rows, z->height / 2 & (N - 1), re, im);
    mirror(re, im);
}

/* ---- back ---- */

/* Down the columns, of the conjugates: a forward transform goes the other way then. */
static void waves_columns(jz_wm_fft *f, const jz_wm_wave *waves, size_t n)
{
    for (unsigned b = 0; b < WAVE_BLOCKS; b++) {
        clear(f);
        for (size_t i = 0; i < n; i++) {
            const jz_wm_wave *w = &waves[i];
            if ((unsigned)w->kx / BATCH != b)
                continue;
            const uint32_t at = f->place[(unsigned)w->ky & (N - 1)];
            f->re[at][(unsigned)w->kx % BATCH] += w->re;
            f->im[at][(unsigned)w->kx % BATCH] -= w->im;
        }
        transform(f);
        memcpy(f->mid_re[b], f->re, sizeof f->re);
        memcpy(f->mid_im[b], f->im, sizeof f->im);
    }
}

/* PAIRS rows of the sum of waves, from row y in steps: row l of the first half is the real part of
 * lane l, of the second half the imaginary part. */
static void waves_rows(jz_wm_fft *f, uint32_t y, uint32_t step)
{
    clear(f);
    for (unsigned k = 0; k < JZ_WM_WAVE_KMAX; k++) {
        float(*re)[BATCH] = f->mid_re[k / BATCH] + y, (*im)[BATCH] = f->mid_im[k / BATCH] + y;
        float *to_re = f->re[f->place[k]], *to_im = f->im[f->place[k]];
        float *back_re = f->re[f->place[(N - k) & (N - 1)]];
        float *back_im = f->im[f->place[(N - k) & (N - 1)]];
        for (uint32_t l = 0; l < BATCH; l++) {
            const float ar = re[l * step][k % BATCH] * 0.5F, ai = im[l * step][k % BATCH] * 0.5F;
            const float br = re[(l + BATCH) * step][k % BATCH] * 0.5F;
            const float bi = im[(l + BATCH) * step][k % BATCH] * 0.5F;
            to_re[l] = ar - bi;
            to_im[l] = ai + br;
            back_re[l] = ar + bi;
            back_im[l] = br - ai;
        }
    }
    transform(f);
}

void jz_wm_sum_waves(jz_wm_fft *f, const jz_wm_wave *waves, size_t n, float *out)
{
    waves_columns(f, waves, n);
    for (uint32_t y = 0; y < N; y += PAIRS) {
        waves_rows(f, y, 1);
        for (uint32_t l = 0; l < BATCH; l++, out += N)
            for (uint32_t x = 0; x < N; x++) {
                out[x] = f->re[x][l];
                out[(size_t)N * BATCH + x] = f->im[x][l];
            }
        out += (size_t)N * BATCH;
    }
}

typedef struct peak {
    float best;
    uint32_t x, y;
} peak;

static void raise(float v, uint32_t x, uint32_t y, peak *p)
{
    if (v > p->best)
        *p = (peak){ v, x, y };
}

void jz_wm_find_peak(jz_wm_fft *f, const jz_wm_wave *waves, size_t n, uint32_t step, uint32_t *x,
                     uint32_t *y)
{
    peak p = { 0 };
    waves_columns(f, waves, n);
    for (uint32_t first = 0; first < N; first += PAIRS * step) {
        waves_rows(f, first, step);
        for (uint32_t i = 0; i < N; i++)
            for (uint32_t l = 0; l < BATCH; l++) {
                raise(f->re[i][l], i, first + l * step, &p);
                raise(f->im[i][l], i, first + (l + BATCH) * step, &p);
            }
    }
    *x = p.x;
    *y = p.y;
}
