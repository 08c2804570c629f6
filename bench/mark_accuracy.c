/* SPDX-License-Identifier: Apache-2.0 */
/* jz-mark-accuracy: how often a mark is read after what happens to pictures, and how little it
 * changes them. Marks each picture with a key and a payload of its own, without a file in between,
 * and prints for each attack how many of n gave exactly the payload, with Wilson's interval of 95
 * %; payloads that are wrong, and those that a foreign key finds, are counted apart.
 *
 *   jz-mark-accuracy [--pixels N] [--foreign N] PICTURE...
 *
 * --pixels: larger pictures are shrunk to so many first. --foreign: so many keys that are not its
 * own are tried on each picture: a third on it unmarked, after a JPEG, and marked. */
#include "mark_attacks.h"

#include "base/file.h"
#include "media/delta.h"
#include "watermark/mark_file.h"
#include "watermark/shape.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ATTACKS_MAX 64
#define FOREIGN_MAX 3000

typedef struct tally {
    unsigned n, wrong[ATTACKS_MAX], found[ATTACKS_MAX];
    unsigned foreign, foreign_found;
    double psnr, psnr_least, ssim, ssim_least, embed_ms, read_ms, none_ms;
} tally;

static double now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(jz_status st, const char *what)
{
    if (st != JZ_OK) {
        (void)fprintf(stderr, "jz-mark-accuracy: %s: %s\n", what, jz_status_name(st));
        exit(1);
    }
}

static jz_plane plane_of(const picture *p)
{
    return (jz_plane){ p->px, p->width, p->height, (size_t)p->width * 3, 3 };
}

static jz_watermark_key *key_of(uint64_t n)
{
    uint8_t secret[JZ_WATERMARK_SECRET_SIZE] = "mark accuracy";
    jz_watermark_key *k = NULL;
    memcpy(secret + 16, &n, sizeof n);
    must(jz_watermark_key_make(secret, &k, NULL), "a key");
    return k;
}

/* ---- pictures ---- */

static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    picture *p = user;
    (void)info;
    (void)err;
    const jz_plane *from = &f->plane;
    *p = (picture){ calloc((size_t)from->width * from->height, 3), from->width, from->height };
    for (size_t i = 0; i < (size_t)p->width * p->height; i++)
        for (size_t c = 0; c < 3; c++)
            p->px[3 * i + c] =
                from->px[i / p->width * from->stride + i % p->width * from->channels +
                         (from->channels == 3 ? c : 0)];
    return JZ_OK;
}

static picture load(jz_decoder *d, const char *path, double pixels)
{
    picture p = { 0 };
    jz_media_info info;
    const jz_decode_opts opts = { .first_frame_only = true };
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    must(jz_decode(d, fd, &opts, on_frame, &p, &info, NULL), path);
    const double f = sqrt(pixels / ((double)p.width * p.height));
    if (f < 1) {
        picture q = picture_resize(&p, (uint32_t)(p.width * f), (uint32_t)(p.height * f));
        free(p.px);
        p = q;
    }
    return p;
}

static picture mark(const picture *p, const jz_watermark_key *k, uint64_t payload)
{
    const jz_wm_dsp *dsp = jz_wm_dsp_best();
    const jz_plane plane = plane_of(p);
    jz_wm_fft *fft = NULL;
    jz_wm_pattern pattern = { 0 };
    jz_wm_shaped shaped;
    JZ_WM_FIELD_AUTO luma = { 0 };
    JZ_WM_FIELD_AUTO change = { 0 };
    must(jz_wm_fft_new(dsp, &fft, NULL), "marking");
    must(jz_wm_shown(dsp, &plane, 1, &luma, NULL), "marking");
    must(jz_wm_pattern_make(k, payload, &payload, sizeof payload, fft, &pattern, NULL), "marking");
    const jz_wm_marker m = { dsp, fft, k, &pattern };
    must(jz_wm_shape(&m, &plane, 1, &luma, &change, &shaped, NULL), "marking");
    const jz_delta d = { change.v, change.width, change.height, change.stride,
                         jz_wm_unit(p->width, p->height) };
    picture q = { malloc((size_t)p->width * p->height * 3), p->width, p->height };
    for (size_t i = 0; i < (size_t)p->width * p->height; i++) {
        const double v = (double)jz_delta_at(&d, p->width, p->height, (double)(i % p->width),
                                             (double)(i / p->width));
        for (size_t c = 3 * i; c < 3 * i + 3; c++)
            q.px[c] = (uint8_t)fmin(fmax(p->px[c] + v + 0.5, 0), 255);
    }
    jz_wm_pattern_done(&pattern);
    jz_wm_fft_free(fft);
    return q;
}

/* ---- quality ---- */

static double psnr_of(const picture *a, const picture *b)
{
    double sum = 0;
    const size_t n = (size_t)a->width * a->height * 3;
    for (size_t i = 0; i < n; i++)
        sum += (a->px[i] - b->px[i]) * (a->px[i] - b->px[i]);
    return 10 * log10(255.0 * 255 / (sum / (double)n));
}

static double luma_at(const picture *p, uint32_t x, uint32_t y)
{
    const uint8_t *c = p->px + 3 * ((size_t)y * p->width + x);
    return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
}

/* Of luma, in windows of 8 x 8 at every fourth place (Wang, Bovik, Sheikh, Simoncelli 2004). */
static double ssim_of(const picture *a, const picture *b)
{
    double sum = 0, n = 0;
    for (uint32_t y = 0; y + 8 <= a->height; y += 4)
        for (uint32_t x = 0; x + 8 <= a->width; x += 4) {
            double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
            for (unsigned i = 0; i < 64; i++) {
                const double u = luma_at(a, x + i % 8, y + i / 8);
                const double v = luma_at(b, x + i % 8, y + i / 8);
                ma += u / 64;
                mb += v / 64;
                aa += u * u / 64;
                bb += v * v / 64;
                ab += u * v / 64;
            }
            const double c1 = 6.5025, c2 = 58.5225;
            sum += (2 * ma * mb + c1) * (2 * (ab - ma * mb) + c2) /
                   ((ma * ma + mb * mb + c1) * (aa - ma * ma + bb - mb * mb + c2));
            n++;
        }
    return sum / n;
}

/* ---- readings ---- */

static jz_watermark_reading read_by(const picture *p, jz_watermark_key *k)
{
    jz_watermark_reading r;
    const jz_plane plane = plane_of(p);
    must(jz_watermark_read_plane(&plane, 1, &k, 1, &r, NULL), "reading");
    return r;
}

static void attack_all(const picture *is, jz_watermark_key *k, uint64_t payload, const char *path,
                       tally *t)
{
    for (size_t i = 0; attack_at(i) != NULL; i++) {
        const attack *a = attack_at(i);
        picture q = a->run(is, payload, a->v);
        const double from = now_ms();
        const jz_watermark_reading r = read_by(&q, k);
        if (i == 0)
            t->read_ms += now_ms() - from;
        const bool found = r.state == JZ_WATERMARK_FOUND;
        t->found[i] += found && r.payload == payload;
        t->wrong[i] += found && r.payload != payload;
        if (!found || r.payload != payload)
            printf("# %s: %s: %s, pilots %.1f\n", a->name, path, jz_watermark_state_name(r.state),
                   r.pilots);
        free(q.px);
    }
}

/* A third of the n keys each for the picture unmarked, the same after a JPEG, and marked. */
static void read_foreign(const picture *was, const picture *is, uint64_t seed, unsigned n, tally *t)
{
    picture coded = attack_named("JPEG 50")->run(was, seed, (const double[]){ 50 });
    const picture *in[] = { was, &coded, is };
    jz_watermark_key *keys[FOREIGN_MAX / 3];
    for (unsigned i = 0; i < 3; i++) {
        jz_watermark_reading r;
        const jz_plane plane = plane_of(in[i]);
        for (unsigned k = 0; k < n / 3; k++)
            keys[k] = key_of(seed * 100000 + i * FOREIGN_MAX + k + 1);
        must(jz_watermark_read_plane(&plane, 1, keys, n / 3, &r, NULL), "reading");
        t->foreign_found += r.state == JZ_WATERMARK_FOUND;
        t->foreign += n / 3;
        for (unsigned k = 0; k < n / 3; k++)
            jz_watermark_key_free(keys[k]);
    }
    const double from = now_ms();
    jz_auto(jz_watermark_key) *other = key_of(seed * 100000);
    if (n > 0)
        (void)read_by(was, other);
    t->none_ms += now_ms() - from;
    free(coded.px);
}

static void take(jz_decoder *d, const char *path, double pixels, unsigned foreign, tally *t)
{
    const uint64_t payload = 0x9e3779b97f4a7c15u * (t->n + 1);
    jz_auto(jz_watermark_key) *k = key_of(t->n + 1);
    picture was = load(d, path, pixels);
    const double from = now_ms();
    picture is = mark(&was, k, payload);
    t->embed_ms += now_ms() - from;
    const double psnr = psnr_of(&was, &is), ssim = ssim_of(&was, &is);
    printf("# %s %u x %u: %.2f dB, SSIM %.4f\n", path, was.width, was.height, psnr, ssim);
    t->psnr += psnr;
    t->ssim += ssim;
    t->psnr_least = t->n == 0 || psnr < t->psnr_least ? psnr : t->psnr_least;
    t->ssim_least = t->n == 0 || ssim < t->ssim_least ? ssim : t->ssim_least;
    t->n++;
    attack_all(&is, k, payload, path, t);
    read_foreign(&was, &is, t->n, foreign, t);
    free(was.px);
    free(is.px);
    (void)fflush(stdout);
}

static void print_share(const char *name, unsigned good, unsigned n)
{
    const double z = 1.96, p = (double)good / n, w = 1 + z * z / n;
    const double middle = (p + z * z / (2 * n)) / w;
    const double half = z * sqrt(p * (1 - p) / n + z * z / (4.0 * n * n)) / w;
    printf("| %s | %u of %u | %.1f | %.1f to %.1f |\n", name, good, n, 100 * p,
           100 * fmax(middle - half, 0), 100 * fmin(middle + half, 1));
}

static void print_all(const tally *t)
{
    unsigned wrong = 0;
    printf("| what was done | read | %% | 95 %% interval |\n|---|---|---|---|\n");
    for (size_t i = 0; attack_at(i) != NULL; i++) {
        print_share(attack_at(i)->name, t->found[i], t->n);
        wrong += t->wrong[i];
    }
    printf("\nwrong payloads: %u; PSNR mean %.2f, least %.2f dB; SSIM mean %.4f, least %.4f\n",
           wrong, t->psnr / t->n, t->psnr_least, t->ssim / t->n, t->ssim_least);
    printf("CPU ms a picture: mark %.1f, read %.1f", t->embed_ms / t->n, t->read_ms / t->n);
    if (t->foreign > 0)
        printf(", nothing there %.1f; found by foreign keys: %u of %u", t->none_ms / t->n,
               t->foreign_found, t->foreign);
    printf("\n");
}

int main(int argc, char **argv)
{
    static tally t;
    double pixels = 4e6;
    unsigned foreign = 0;
    jz_auto(jz_sandbox) *sandbox = NULL;
    jz_auto(jz_decoder) *d = NULL;
    must(jz_sandbox_open(NULL, NULL, &sandbox, NULL), "jz-decode");
    must(jz_decoder_new(sandbox, &d, NULL), "jz-decode");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--pixels") == 0 && i + 1 < argc)
            pixels = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--foreign") == 0 && i + 1 < argc)
            foreign = (unsigned)strtoul(argv[++i], NULL, 10) % FOREIGN_MAX;
        else
            take(d, argv[i], pixels, foreign, &t);
    }
    if (t.n == 0) {
        (void)fprintf(stderr, "usage: jz-mark-accuracy [--pixels N] [--foreign N] PICTURE...\n");
        return 2;
    }
    print_all(&t);
    return 0;
}
