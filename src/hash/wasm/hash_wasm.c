/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes in a browser (web/hash_worker.js): the library's own PDQ, compiled for WebAssembly
 * without a C library, behind a few exports. What the library wants of its environment is below and
 * in libc/.
 *
 * A picture comes in bands of whole rows, R, G, B, A, so that its pixels need not lie here all at
 * once; those that mode "pdq" wants (jz_pdq_nn512) are kept. Alpha is taken for opaque. */
#include "base/alloc.h"
#include "base/cpu.h"
#include "hash/pdq.h"
#include "hash/wasm/sha256.h"

#include <math.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(name)))
#define PAGE 65536u
#define SIDE JZ_PDQ_NN_SIDE

/* ---- what the library wants ---- */

extern unsigned char __heap_base;
static uintptr_t next; /* memory that is free, until the next picture */

static bool reserve(uintptr_t end)
{
    const uintptr_t have = (uintptr_t)__builtin_wasm_memory_size(0) * PAGE;
    return end <= have ||
           __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) != (size_t)-1;
}

void *jz_alloc(size_t size)
{
    const uintptr_t at = (next + 15) & ~(uintptr_t)15;
    if (size > INT32_MAX || at + size < at || !reserve(at + size))
        return NULL;
    next = at + size;
    return (void *)at; /* NOLINT(performance-no-int-to-ptr): the heap is ours */
}

void *jz_alloc_zero(size_t n, size_t size)
{
    size_t whole = 0;
    void *p = __builtin_mul_overflow(n, size, &whole) ? NULL : jz_alloc(whole);
    return p != NULL ? memset(p, 0, whole) : NULL;
}

void jz_free(void *p)
{
    (void)p; /* all goes with the next picture */
}

uint32_t jz_cpu_features(void)
{
    return 0;
}

void jz_err_set(jz_err *err, jz_status code, const char *fmt, ...)
{
    (void)err, (void)code, (void)fmt; /* there is one failure: no memory */
}

void *memset(void *to, int value, size_t n)
{
    unsigned char *p = to;
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)value;
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    return memmove(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    if (t < f)
        for (size_t i = 0; i < n; i++)
            t[i] = f[i];
    else
        for (size_t i = n; i-- > 0;)
            t[i] = f[i];
    return to;
}

int abs(int v)
{
    return v < 0 ? -v : v;
}

float sqrtf(float v)
{
    return __builtin_sqrtf(v); /* an instruction */
}

/* For the angles of PDQ's transform, 0 to 50: with the nearest whole turn taken off, by its series,
 * to a few 1e-16; the transform keeps 24 bits of it. */
double cos(double x)
{
    const double turn = 6.283185307179586476925287;
    x -= turn * (double)(int)(x / turn + 0.5);
    double sum = 1, term = 1;
    for (int i = 1; i < 30; i += 2) {
        term *= -x * x / (double)(i * (i + 1));
        sum += term;
    }
    return sum;
}

/* ---- a file's bytes ---- */

static jz_sha256_state sha;
static uint8_t bytes[PAGE];
static uint8_t result[JZ_DIHEDRALS * JZ_PDQ_SIZE];

EXPORT("bytes") uint8_t *bytes_at(void)
{
    return bytes; /* 65536 of them, for sha256_add() */
}

EXPORT("result") const uint8_t *result_at(void)
{
    return result;
}

EXPORT("sha256_begin") void sha256_begin(void)
{
    jz_sha256_init(&sha);
}

EXPORT("sha256_add") void sha256_add(size_t n)
{
    jz_sha256_add(&sha, bytes, n < PAGE ? n : PAGE);
}

EXPORT("sha256_end") void sha256_end(void)
{
    jz_sha256_end(&sha, result);
}

/* ---- a picture ---- */

static struct {
    uint32_t width, height; /* of the whole */
    uint32_t w, h;          /* of what is kept */
    uint8_t *kept;          /* w * h pixels R, G, B, and 1 byte */
    uint8_t *band;          /* band_rows rows R, G, B, A */
    uint32_t band_rows;
    uint32_t next; /* row of what is kept that is to come */
} pic;

/* Room for a band of so many rows; NULL: no memory. */
EXPORT("pdq_begin") uint8_t *pdq_begin(uint32_t width, uint32_t height, uint32_t band_rows)
{
    const bool small = width <= SIDE && height <= SIDE;
    next = (uintptr_t)&__heap_base;
    memset(&pic, 0, sizeof pic);
    if (width == 0 || height == 0 || width > INT32_MAX / 4 || band_rows == 0)
        return NULL;
    pic.width = width, pic.height = height, pic.band_rows = band_rows;
    pic.w = small ? width : SIDE, pic.h = small ? height : SIDE;
    pic.kept = jz_alloc((size_t)pic.w * pic.h * 3 + 1);
    pic.band = jz_alloc_zero((size_t)width * 4, band_rows);
    return pic.kept != NULL ? pic.band : NULL;
}

static void keep_row(const uint8_t *row)
{
    uint8_t *to = pic.kept + (size_t)pic.next * pic.w * 3;
    for (size_t x = 0; x < pic.w; x++, to += 3) {
        const size_t from = pic.w == pic.width ? x : x * pic.width / pic.w;
        to[0] = row[4 * from], to[1] = row[4 * from + 1], to[2] = row[4 * from + 2];
    }
}

/* The rows from first on are in the band. Bands come in order, without a gap. */
EXPORT("pdq_band") void pdq_band(uint32_t first)
{
    for (; pic.next < pic.h; pic.next++) {
        const uint32_t y = (uint32_t)((uint64_t)pic.next * pic.height / pic.h);
        if (y < first || y - first >= pic.band_rows)
            return;
        keep_row(pic.band + (size_t)(y - first) * pic.width * 4);
    }
}

/* The quality, -1 where there was no memory; the digests of the eight variants are in result. */
EXPORT("pdq_end") int pdq_end(void)
{
    jz_pdq pdq;
    const jz_plane plane = {
        .width = pic.w, .height = pic.h, .stride = (size_t)pic.w * 3, .channels = 3, .px = pic.kept
    };
    if (pic.band == NULL || pic.next < pic.h || jz_pdq_nn512(&plane, &pdq, NULL) != JZ_OK)
        return -1;
    for (unsigned v = 0; v < JZ_DIHEDRALS; v++)
        jz_pdq_digest(&pdq, (jz_dihedral)v, result + (size_t)v * JZ_PDQ_SIZE);
    return pdq.quality;
}
