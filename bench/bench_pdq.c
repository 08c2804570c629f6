/* SPDX-License-Identifier: Apache-2.0 */
/* PDQ of a plane in memory: the exact and the fast path against plain sequential code compiled
 * with the same -O3 (pdq_plain.c), and how many bits the fast path is off. The pictures are the
 * photographs of jz_bench_photos() (Debian's mate-backgrounds), reduced by box means. */
#include "bench/bench.h"
#include "bench/pdq_plain.h"
#include "bench/photo.h"

#include "base/alloc.h"

#include <stdio.h>

#define PHOTOS 24
#define REPEATS 15

typedef struct run {
    jz_plane plane;
    float *luma, *other;
    jz_pdq exact, fast;
} run;

static bool plain(run *r)
{
    jz_pdq pdq;
    uint8_t digest[JZ_PDQ_SIZE];
    jz_pdq_plain_luma(&r->plane, r->luma);
    jz_pdq_plain(r->luma, r->other, r->plane.width, r->plane.height, &pdq);
    jz_pdq_plain_digest(pdq.dct, digest);
    return digest[0] != 0;
}

static bool exact(run *r)
{
    uint8_t digest[JZ_PDQ_SIZE];
    if (jz_pdq_full(&r->plane, &r->exact, NULL) != JZ_OK)
        return false;
    jz_pdq_digest(&r->exact, JZ_ORIGINAL, digest);
    return digest[0] != 0;
}

static bool fast(run *r)
{
    uint8_t digest[JZ_PDQ_SIZE];
    if (jz_pdq_fast(&r->plane, r->plane.width, r->plane.height, &r->fast, NULL) != JZ_OK)
        return false;
    jz_pdq_digest(&r->fast, JZ_ORIGINAL, digest);
    return digest[0] != 0;
}

static bool nn512(run *r)
{
    uint8_t digest[JZ_PDQ_SIZE];
    if (jz_pdq_nn512(&r->plane, &r->exact, NULL) != JZ_OK)
        return false;
    jz_pdq_digest(&r->exact, JZ_ORIGINAL, digest);
    return digest[0] != 0;
}

/* Milliseconds of one call, the median of several; each is timed long enough for the clock. */
static double time_ms(bool (*work)(run *), run *r, unsigned times)
{
    double ms[REPEATS];
    for (unsigned k = 0; k < REPEATS; k++) {
        const double start = jz_bench_thread_cpu();
        for (unsigned i = 0; i < times; i++)
            (void)work(r); /* failures show as bits off */
        ms[k] = (jz_bench_thread_cpu() - start) * 1e3 / times;
    }
    return jz_bench_median(ms, REPEATS);
}

static unsigned bits_off(const run *r)
{
    uint8_t a[JZ_PDQ_SIZE], b[JZ_PDQ_SIZE];
    jz_pdq_digest(&r->exact, JZ_ORIGINAL, a);
    jz_pdq_digest(&r->fast, JZ_ORIGINAL, b);
    return jz_hamming256(a, b);
}

static void bench_size(jz_bench *b, const jz_plane *photo, uint32_t width, uint32_t height,
                       const char *what, unsigned times)
{
    jz_auto(uint8_t) *px = jz_alloc((size_t)width * height * photo->channels);
    const size_t bytes = (size_t)width * height * sizeof(float);
    run r = { .luma = jz_alloc(bytes), .other = jz_alloc(bytes) };
    if (px != NULL && r.luma != NULL && r.other != NULL) {
        jz_photo_resize(photo, width, height, px);
        r.plane = (jz_plane){ px, width, height, (size_t)width * photo->channels, photo->channels };
        char name[64];
        const double base = time_ms(plain, &r, times > 64 ? times / 64 : 1);
        (void)snprintf(name, sizeof name, "%s, bit-exact", what);
        jz_bench_row(b, name, (uint64_t)width * height, time_ms(exact, &r, times), "ms", base);
        (void)snprintf(name, sizeof name, "%s, fast", what);
        jz_bench_row(b, name, (uint64_t)width * height, time_ms(fast, &r, times), "ms", base);
        if (width > 512) {
            (void)snprintf(name, sizeof name, "%s, nearest 512x512, bit-exact", what);
            jz_bench_row(b, name, (uint64_t)width * height, time_ms(nn512, &r, times), "ms", -1);
        }
    }
    jz_free(r.luma);
    jz_free(r.other);
}

static void bench_accuracy(jz_bench *b, char *const *paths, size_t n)
{
    unsigned worst = 0, total = 0, count = 0;
    for (size_t i = 0; i < n; i++) {
        jz_plane photo;
        uint8_t *mem = NULL;
        if (!jz_photo_read(paths[i], 1, &photo, &mem))
            continue;
        jz_auto(uint8_t) *px = jz_alloc((size_t)512 * 512);
        if (px != NULL) {
            jz_photo_resize(&photo, 512, 512, px);
            run r = { .plane = { px, 512, 512, 512, 1 } };
            (void)exact(&r);
            (void)fast(&r);
            const unsigned off = bits_off(&r);
            worst = off > worst ? off : worst;
            total += off;
            count++;
        }
        jz_free(mem);
    }
    jz_bench_row(b, "512x512 grey, fast, off at most", count, worst, "bits", -1);
    jz_bench_row(b, "512x512 grey, fast, off on average", count,
                 (double)total / (count > 0 ? count : 1), "bits", -1);
}

void jz_bench_pdq(jz_bench *b)
{
    char *paths[PHOTOS];
    const size_t n = jz_bench_photos(paths, PHOTOS);
    jz_plane photo;
    uint8_t *grey = NULL, *rgb = NULL;
    if (n > 0 && jz_photo_read(paths[0], 1, &photo, &grey))
        bench_size(b, &photo, 512, 512, "512x512 grey", 200);
    if (n > 0 && jz_photo_read(paths[0], 3, &photo, &rgb)) {
        bench_size(b, &photo, 512, 512, "512x512 RGB", 100);
        bench_size(b, &photo, 4000, 3000, "12 MP RGB", 1);
    }
    if (n > 0)
        bench_accuracy(b, paths, n);
    else
        jz_bench_skip(b, "photographs", "no JPEG files in /usr/share/backgrounds");
    jz_free(grey);
    jz_free(rgb);
    for (size_t i = 0; i < n; i++)
        jz_free(paths[i]);
}
