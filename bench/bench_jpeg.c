/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a 12 MP JPEG to its pdq_full: the fast path (luma at 1/2^k, mapped tents)
 * against nothing but decoding the same file to R, G, B with the same libjpeg-turbo, and how many
 * bits it is off the hash of the full decode. Both use this project's decoder in this process and
 * one warm pixel buffer. The files are photographs of Debian's mate-backgrounds, resized to
 * 4000 x 3000 and written as baseline 4:2:0 of quality 85. */
#include "bench/bench.h"
#include "bench/photo.h"

#include "base/alloc.h"
#include "media/decode/job.h"
#include "media/limits.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PHOTOS 12
#define REPEATS 9
#define WIDTH 4000
#define HEIGHT 3000
#define QUALITY 85

typedef struct hashed {
    bool fast;
    bool hash; /* false: decoding is all that is wanted */
    uint8_t digest[JZ_PDQ_SIZE];
} hashed;

static jz_status on_frame(jz_job *job, jz_err *err)
{
    hashed *h = job->send_user;
    const jz_frame *f = &job->frame;
    jz_pdq pdq;
    if (!h->hash)
        return JZ_OK;
    if (h->fast)
        JZ_TRY(jz_pdq_fast(&f->plane, f->full_width, f->full_height, &pdq, err));
    else
        JZ_TRY(jz_pdq_full(&f->plane, &pdq, err));
    jz_pdq_digest(&pdq, JZ_ORIGINAL, h->digest);
    return JZ_OK;
}

typedef struct setting {
    int fd; /* a memory file */
    uint64_t size;
    uint8_t *pixels;
    size_t pixels_size;
} setting;

/* Milliseconds; negative where it failed. */
static double decode(const setting *s, hashed *h)
{
    const jz_format *jpeg = jz_format_by_name("jpeg");
    jz_job job = { .format = jpeg,
                   .fd = s->fd,
                   .file_size = s->size,
                   .limits = jz_limits_filled(NULL),
                   .opts = { .grey_scaled = h->fast, .interval_s = 1 },
                   .info = { .format = jpeg, .orientation = 1 },
                   .pixels = s->pixels,
                   .pixels_size = s->pixels_size,
                   .send = on_frame,
                   .send_user = h };
    const double start = jz_bench_thread_cpu();
    const jz_status st = jz_decode_jpeg(&job, NULL);
    jz_job_done(&job);
    return st == JZ_OK ? (jz_bench_thread_cpu() - start) * 1e3 : -1;
}

static double median_of(const setting *s, hashed *h)
{
    double ms[REPEATS];
    for (unsigned k = 0; k < REPEATS; k++)
        ms[k] = decode(s, h);
    return jz_bench_median(ms, REPEATS);
}

typedef struct totals {
    size_t n;
    double decode_ms, fast_ms, exact_ms, bytes, worst_share;
    unsigned worst, bits;
} totals;

static void measure(const setting *s, totals *t)
{
    hashed nothing = { .hash = false }, fast = { .fast = true, .hash = true };
    hashed exact = { .hash = true };
    const double decode_ms = median_of(s, &nothing), fast_ms = median_of(s, &fast);
    const double exact_ms = decode(s, &exact);
    if (decode_ms < 0 || fast_ms < 0 || exact_ms < 0)
        return;
    const unsigned off = jz_hamming256(fast.digest, exact.digest);
    const double share = fast_ms / decode_ms;
    t->n++;
    t->worst_share = share > t->worst_share ? share : t->worst_share;
    t->decode_ms += decode_ms;
    t->fast_ms += fast_ms;
    t->exact_ms += exact_ms;
    t->bytes += (double)s->size;
    t->bits += off;
    t->worst = off > t->worst ? off : t->worst;
}

/* A memory file of the photograph as a 12 MP JPEG; false where it cannot be made. */
static bool make_file(const char *path, setting *s)
{
    jz_plane photo;
    uint8_t *mem = NULL, *file = NULL;
    size_t size = 0;
    if (!jz_photo_read(path, 3, &photo, &mem))
        return false;
    jz_auto(uint8_t) *px = jz_alloc((size_t)WIDTH * HEIGHT * 3);
    const jz_plane big = { px, WIDTH, HEIGHT, (size_t)WIDTH * 3, 3 };
    if (px != NULL)
        jz_photo_resize(&photo, WIDTH, HEIGHT, px);
    const bool made = px != NULL && jz_photo_encode(&big, QUALITY, &file, &size);
    s->fd = made ? memfd_create("jz-bench", MFD_CLOEXEC) : -1;
    s->size = size;
    const bool written = s->fd >= 0 && write(s->fd, file, size) == (ssize_t)size;
    if (s->fd >= 0 && !written)
        (void)close(s->fd);
    jz_free(file);
    jz_free(mem);
    return written;
}

static void print(jz_bench *b, const totals *t)
{
    const double n = (double)t->n;
    jz_bench_row(b, "12 MP file to pdq_full, fast", t->n, t->fast_ms / n, "ms", t->decode_ms / n);
    jz_bench_row(b, "12 MP file to pdq_full, bit-exact", t->n, t->exact_ms / n, "ms",
                 t->decode_ms / n);
    jz_bench_row(b, "fast, share of the full decode", t->n, t->fast_ms / t->decode_ms, "", -1);
    jz_bench_row(b, "fast, largest share of any file", t->n, t->worst_share, "", -1);
    jz_bench_row(b, "fast, off at most", t->n, t->worst, "bits", -1);
    jz_bench_row(b, "fast, off on average", t->n, t->bits / n, "bits", -1);
    jz_bench_row(b, "file, on average", t->n, t->bytes / n / 1024, "KiB", -1);
}

void jz_bench_jpeg(jz_bench *b)
{
    char *paths[PHOTOS];
    totals t = { 0 };
    const jz_limits limits = jz_limits_filled(NULL);
    setting s = { .pixels_size = jz_limits_pixel_bytes(&limits) };
    s.pixels = mmap(NULL, s.pixels_size, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    const size_t n = jz_bench_photos(paths, PHOTOS);
    for (size_t i = 0; i < n; i++) {
        if (s.pixels != MAP_FAILED && make_file(paths[i], &s)) {
            measure(&s, &t);
            (void)close(s.fd);
        }
        jz_free(paths[i]);
    }
    if (s.pixels != MAP_FAILED)
        (void)munmap(s.pixels, s.pixels_size);
    if (t.n > 0)
        print(b, &t);
    else
        jz_bench_skip(b, "12 MP files", "no photographs in /usr/share/backgrounds");
}
