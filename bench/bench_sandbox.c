/* SPDX-License-Identifier: Apache-2.0 */
/* What the sandbox costs: CPU time of decoding JPEGs of about 100 KB through the worker (this
 * process, the worker and the decoder program together) against the same decoder in this process,
 * and of starting it all. */
#include "bench/bench.h"
#include "bench/photo.h"

#include "base/alloc.h"
#include "base/file.h"
#include "media/decode/job.h"
#include "media/limits.h"
#include "media/sandbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jpeglib.h>

#define PHOTOS 16
#define TARGET_BYTES 100000
#define ROUNDS 41

typedef struct item {
    int fd; /* a memory file */
    uint64_t size;
} item;

typedef struct bench_set {
    item items[PHOTOS];
    size_t n;
    uint64_t checksum; /* of all pixels: the consumer reads every one */
} bench_set;

/* ---- making the files: scaled photographs, at the quality that comes nearest to 100 KB ---- */

typedef struct rgb {
    uint8_t *px;
    uint32_t width;
    uint32_t height;
} rgb;

/* Scaled by the DCT to about 800 pixels. */
static rgb load_photo(const char *path)
{
    rgb p = { 0 };
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr errors;
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return p;
    d.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&d);
    jpeg_stdio_src(&d, in);
    (void)jpeg_read_header(&d, TRUE);
    d.out_color_space = JCS_RGB;
    d.scale_num = 1;
    d.scale_denom = 1;
    while (d.scale_denom < 8 && d.image_width / (d.scale_denom * 2) >= 700)
        d.scale_denom *= 2;
    (void)jpeg_start_decompress(&d);
    p = (rgb){ jz_alloc((size_t)d.output_width * d.output_height * 3), d.output_width,
               d.output_height };
    while (p.px != NULL && d.output_scanline < d.output_height) {
        JSAMPROW rows[] = { p.px + (size_t)d.output_scanline * p.width * 3 };
        (void)jpeg_read_scanlines(&d, rows, 1);
    }
    jpeg_destroy_decompress(&d);
    (void)fclose(in);
    return p;
}

static item make_item(const rgb *p)
{
    const jz_plane plane = { p->px, p->width, p->height, (size_t)p->width * 3, 3 };
    size_t len = 0;
    uint8_t *bytes = NULL;
    int low = 30, high = 97;
    while (low < high) { /* the smallest quality that reaches the target */
        const int quality = (low + high) / 2;
        jz_free(bytes);
        bytes = NULL;
        if (!jz_photo_encode(&plane, quality, &bytes, &len))
            return (item){ .fd = -1 };
        if (len < TARGET_BYTES)
            low = quality + 1;
        else
            high = quality;
    }
    item it = { .fd = memfd_create("jz-bench", MFD_CLOEXEC), .size = len };
    if (it.fd >= 0 && jz_write_all(it.fd, bytes, len, "memory file", NULL) != JZ_OK) {
        (void)close(it.fd);
        it.fd = -1;
    }
    jz_free(bytes);
    return it;
}

static void make_items(bench_set *set)
{
    char *paths[PHOTOS];
    const size_t n = jz_bench_photos(paths, PHOTOS);
    for (size_t i = 0; i < n; i++) {
        rgb p = load_photo(paths[i]);
        if (p.px != NULL) {
            set->items[set->n] = make_item(&p);
            set->n += set->items[set->n].fd >= 0;
        }
        jz_free(p.px);
        jz_free(paths[i]);
    }
}

/* ---- the two ways ---- */

static void consume(bench_set *set, const jz_plane *p)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < p->stride * p->height; i++)
        sum += p->px[i];
    set->checksum += sum;
}

static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err)
{
    (void)info;
    (void)err;
    consume(user, &frame->plane);
    return JZ_OK;
}

static jz_status on_send(jz_job *job, jz_err *err)
{
    (void)err;
    consume(job->send_user, &job->frame.plane);
    return JZ_OK;
}

static bool in_process(bench_set *set, bool grey, uint8_t *pixels, size_t pixels_size)
{
    bool ok = true;
    for (size_t i = 0; i < set->n; i++) {
        const jz_format *jpeg = jz_format_by_name("jpeg");
        jz_job job = { .format = jpeg,
                       .fd = set->items[i].fd,
                       .file_size = set->items[i].size,
                       .limits = jz_limits_filled(NULL),
                       .opts = { .grey_scaled = grey, .interval_s = 1 },
                       .info = { .format = jpeg, .orientation = 1 },
                       .pixels = pixels,
                       .pixels_size = pixels_size,
                       .send = on_send,
                       .send_user = set };
        ok = jz_decoder_find(jpeg)->decode(&job, NULL) == JZ_OK && ok;
        jz_job_done(&job);
    }
    return ok;
}

static bool sandboxed(bench_set *set, bool grey, jz_decoder *d)
{
    const jz_decode_opts opts = { .grey_scaled = grey };
    jz_media_info info;
    bool ok = true;
    for (size_t i = 0; i < set->n; i++)
        ok = jz_decode(d, set->items[i].fd, &opts, on_frame, set, &info, NULL) == JZ_OK && ok;
    return ok;
}

/* Exact, and readable for any process of the same machine. */
static double cpu_of(pid_t pid)
{
    clockid_t clock;
    struct timespec t = { 0 };
    if (pid > 0 && clock_getcpuclockid(pid, &clock) == 0)
        (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu_of_all(jz_sandbox *sb, const jz_decoder *d)
{
    pid_t pids[JZ_WORKER_KINDS];
    double sum = cpu_of(getpid()) + cpu_of(jz_sandbox_pid(sb, JZ_WORKER_LIGHT)) +
                 cpu_of(jz_sandbox_pid(sb, JZ_WORKER_PLAIN));
    for (size_t i = jz_decoder_pids(d, pids); i-- > 0;)
        sum += cpu_of(pids[i]);
    return sum;
}

static void compare(jz_bench *b, const char *name, bench_set *set, bool grey, jz_sandbox *sb,
                    jz_decoder *d)
{
    const jz_limits limits = jz_limits_filled(NULL);
    const size_t size = jz_limits_pixel_bytes(&limits);
    uint8_t *pixels = mmap(NULL, size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    double inside[ROUNDS], through[ROUNDS];
    bool ok = pixels != MAP_FAILED && sandboxed(set, grey, d) &&
              in_process(set, grey, pixels, size); /* warm */
    for (size_t r = 0; ok && r < ROUNDS; r++) {
        const double t0 = cpu_of_all(sb, d);
        ok = in_process(set, grey, pixels, size);
        const double t1 = cpu_of_all(sb, d);
        ok = sandboxed(set, grey, d) && ok;
        const double t2 = cpu_of_all(sb, d);
        inside[r] = (t1 - t0) / (double)set->n * 1e6;
        through[r] = (t2 - t1) / (double)set->n * 1e6;
    }
    if (ok)
        jz_bench_row(b, name, set->n * ROUNDS, jz_bench_median(through, ROUNDS), "us CPU",
                     jz_bench_median(inside, ROUNDS));
    else
        jz_bench_skip(b, name, "decoding failed");
    if (pixels != MAP_FAILED)
        (void)munmap(pixels, size);
}

/* From nothing to the first picture, all processes. */
static void first_picture(jz_bench *b, const bench_set *set)
{
    double wall[9];
    size_t n = 0;
    while (n < JZ_ARRAY_LEN(wall)) {
        jz_auto(jz_sandbox) *sb = NULL;
        jz_auto(jz_decoder) *d = NULL;
        bench_set one = { .items = { set->items[0] }, .n = 1 };
        const double begin = jz_bench_wall();
        if (jz_sandbox_open(NULL, NULL, &sb, NULL) != JZ_OK ||
            jz_decoder_new(sb, &d, NULL) != JZ_OK || !sandboxed(&one, false, d))
            return;
        wall[n++] = (jz_bench_wall() - begin) * 1e3;
    }
    jz_bench_row(b, "program start to first picture", n, jz_bench_median(wall, n), "ms wall", -1);
}

void jz_bench_sandbox(jz_bench *b)
{
    bench_set set = { 0 };
    jz_auto(jz_sandbox) *sb = NULL;
    jz_auto(jz_decoder) *d = NULL;
    jz_err err = { 0 };
    make_items(&set);
    if (set.n == 0)
        jz_bench_skip(b, "all", "no photographs (JZ_BENCH_PHOTOS)");
    else if (jz_sandbox_open(NULL, NULL, &sb, &err) != JZ_OK ||
             jz_decoder_new(sb, &d, &err) != JZ_OK)
        jz_bench_skip(b, "all", err.frame[0]);
    else {
        compare(b, "JPEG of 100 KB to RGB, in process", &set, false, sb, d);
        compare(b, "JPEG of 100 KB to luma, in process", &set, true, sb, d);
        first_picture(b, &set);
    }
    for (size_t i = 0; i < set.n; i++)
        (void)close(set.items[i].fd);
}
