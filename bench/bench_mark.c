/* SPDX-License-Identifier: Apache-2.0 */
/* The invisible mark on one picture in memory, on one thread: put in, read as it is, read after a
 * turn, and looked for where there is none. How often it is read: jz-mark-accuracy. */
#include "bench/bench.h"

#include "base/alloc.h"
#include "media/delta.h"
#include "watermark/mark_file.h"
#include "watermark/shape.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS 5

typedef struct picture {
    uint8_t *px;
    jz_plane plane;
} picture;

/* Soft shapes and grain, brighter to the right. */
static picture draw(uint32_t width, uint32_t height)
{
    uint64_t seed = 1;
    picture p = { jz_alloc((size_t)width * height * 3), { 0 } };
    jz_bench_must(p.px != NULL ? JZ_OK : JZ_E_NOMEM, NULL);
    p.plane = (jz_plane){ p.px, width, height, (size_t)width * 3, 3 };
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            const uint32_t shape = ((x / 64 + y / 48) % 3) * 40 + x * 60 / width;
            const uint32_t grain = (uint32_t)(jz_bench_random(&seed) & 31);
            memset(p.px + 3 * ((size_t)y * width + x), (int)(60 + shape + grain), 3);
        }
    return p;
}

/* All that jz mark does to pixels. */
static void mark(picture *p, jz_watermark_key *k)
{
    jz_err err = { 0 };
    jz_auto(jz_wm_fft) *fft = NULL;
    jz_wm_pattern pattern = { 0 };
    jz_wm_shaped shaped;
    JZ_WM_FIELD_AUTO luma = { 0 };
    JZ_WM_FIELD_AUTO change = { 0 };
    const jz_wm_dsp *dsp = jz_wm_dsp_best();
    jz_bench_must(jz_wm_fft_new(dsp, &fft, &err), &err);
    jz_bench_must(jz_wm_shown(dsp, &p->plane, 1, &luma, &err), &err);
    jz_bench_must(jz_wm_pattern_make(k, 1, "", 0, fft, &pattern, &err), &err);
    const jz_wm_marker m = { dsp, fft, k, &pattern };
    jz_bench_must(jz_wm_shape(&m, &p->plane, 1, &luma, &change, &shaped, &err), &err);
    const jz_delta d = { change.v, change.width, change.height, change.stride,
                         jz_wm_unit(p->plane.width, p->plane.height) };
    for (uint32_t y = 0; y < p->plane.height; y++)
        for (uint32_t x = 0; x < p->plane.width; x++) {
            const float v = jz_delta_at(&d, p->plane.width, p->plane.height, x, y) + 0.5F;
            uint8_t *px = p->px + 3 * ((size_t)y * p->plane.width + x);
            for (unsigned c = 0; c < 3; c++)
                px[c] = (uint8_t)((float)px[c] + v);
        }
    jz_wm_pattern_done(&pattern);
}

static void read_row(jz_bench *b, const char *name, const picture *p, uint32_t orientation,
                     jz_watermark_key *k, jz_watermark_state wanted)
{
    double ms[ROUNDS];
    jz_err err = { 0 };
    jz_watermark_reading r = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        const double from = jz_bench_thread_cpu();
        jz_bench_must(jz_watermark_read_plane(&p->plane, orientation, &k, 1, &r, &err), &err);
        ms[i] = (jz_bench_thread_cpu() - from) * 1e3;
    }
    if (r.state != wanted)
        jz_bench_skip(b, name, jz_watermark_state_name(r.state));
    else
        jz_bench_row(b, name, (uint64_t)p->plane.width * p->plane.height,
                     jz_bench_median(ms, ROUNDS), "ms CPU", 0);
}

static void one_size(jz_bench *b, uint32_t width, uint32_t height, jz_watermark_key *k,
                     jz_watermark_key *other)
{
    double ms[ROUNDS];
    picture p = draw(width, height);
    read_row(b, "nothing there", &p, 1, k, JZ_WATERMARK_NOT_FOUND);
    for (int i = 0; i < ROUNDS; i++) {
        jz_free(p.px);
        p = draw(width, height);
        const double from = jz_bench_thread_cpu();
        mark(&p, k);
        ms[i] = (jz_bench_thread_cpu() - from) * 1e3;
    }
    jz_bench_row(b, "mark", (uint64_t)width * height, jz_bench_median(ms, ROUNDS), "ms CPU", 0);
    read_row(b, "read", &p, 1, k, JZ_WATERMARK_FOUND);
    read_row(b, "read, turned by 180", &p, 3, k, JZ_WATERMARK_FOUND);
    read_row(b, "another key's", &p, 1, other, JZ_WATERMARK_NOT_FOUND);
    jz_free(p.px);
}

void jz_bench_mark(jz_bench *b)
{
    static const uint32_t sizes[][2] = { { 1200, 800 }, { 2400, 1600 }, { 4200, 2800 } };
    uint8_t secret[JZ_WATERMARK_SECRET_SIZE] = "bench";
    jz_err err = { 0 };
    jz_auto(jz_watermark_key) *k = NULL;
    jz_auto(jz_watermark_key) *other = NULL;
    jz_bench_must(jz_watermark_key_make(secret, &k, &err), &err);
    secret[0] = 'B';
    jz_bench_must(jz_watermark_key_make(secret, &other, &err), &err);
    for (size_t i = 0; i < JZ_ARRAY_LEN(sizes); i++)
        one_size(b, sizes[i][0], sizes[i][1], k, other);
}
