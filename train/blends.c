/* SPDX-License-Identifier: Apache-2.0 */
/* Training material from photographs, by the same code that jz examines faces with:
 *
 *   jz-blends make SIDE FRAMES LOWEST_QUALITY SEED COUNT TRUTH PHOTO.ppm... >FRAMES
 *   jz-blends clips SIDE FRAMES SEED COUNT TRUTH PHOTO.ppm... >FRAMES
 *   jz-blends crops SIDE FRAMES COUNT TRUTH <FRAMES >CROPS
 *   jz-blends score MODEL COUNT FRAMES <CROPS
 *
 * make: COUNT pairs. A square of a photograph, reduced to SIDE pixels, moves a little from frame to
 * frame; once as it is, once with a face-shaped part of it laid back over itself (self_blend.h).
 * Any square; of X,Y,WIDTH@PHOTO.ppm that around the face there (its middle and width, in parts of
 * the picture's width). What is done to the whole (sharper, softer, brighter, noise) is done to
 * both. Quality 0: no JPEG; else both are coded as JPEG with that quality or a better one. What an
 * encoder makes of the frames is for the caller to put between.
 *
 * clips: test material. The photograph is panned and zoomed over, and one blend is laid into every
 * frame, in a place that shakes as a tracker's does. Blends are drawn from other ranges than those
 * of make: those that K. Shiohara and T. Yamasaki (Detecting Deepfakes with Self-Blended Images,
 * CVPR 2022) give for theirs, in our terms.
 *
 * crops: what the network sees and a margin around it, with the map as truth: of the last frames of
 * make, of all of clips. score: what a model file says of their middles, in means over FRAMES
 * crops.
 *
 * Photographs of faces may be among them, where their people agreed; no two are ever mixed. */
#include "blends.h"

#include "base/alloc.h"
#include "base/exact_math.h"
#include "base/file.h"
#include "inspect/face_view.h"
#include "inspect/recode.h"
#include "inspect/self_blend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DRIFT 3u /* most pixels from one frame to the next */

_Noreturn void stop(const char *what)
{
    (void)fprintf(stderr, "jz-blends: %s\n", what);
    exit(1);
}

void check(jz_status st, const jz_err *err)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    if (st != JZ_OK)
        stop(jz_err_text(err, text, sizeof text));
}

void *room(size_t size)
{
    void *p = jz_alloc(size);
    if (p == NULL)
        stop("out of memory");
    return p;
}

uint32_t number(const char *s, uint32_t most)
{
    char *end;
    const unsigned long v = strtoul(s, &end, 10);
    if (end == s || *end != '\0' || v > most)
        stop("a number is out of range");
    return (uint32_t)v;
}

void put(const void *data, size_t size)
{
    if (fwrite(data, 1, size, stdout) != size)
        stop("writing");
}

/* ---- photographs ---- */

typedef struct photo { /* of which no more than one is in memory */
    const char *argument;
    uint16_t number;
    double face[3]; /* middle and width in parts of the picture's width; width 0: none */
    jz_buf file;
    jz_plane plane;
    jz_pyramid pyramid; /* of the plane */
} photo;

/* What stands before the path: X,Y,WIDTH@ of a face in parts of the picture's width, or nothing. */
static const char *read_face(const char *argument, double face[3])
{
    const char *at = argument;
    memset(face, 0, 3 * sizeof *face);
    if (strchr(argument, '@') == NULL)
        return argument;
    for (size_t i = 0; i < 3; i++) {
        char *after;
        face[i] = strtod(at, &after);
        if (after == at || *after != (i < 2 ? ',' : '@') || !(face[i] >= 0 && face[i] < 16))
            stop("a face is X,Y,WIDTH@PHOTO");
        at = after + 1;
    }
    return at;
}

/* A binary PPM of 8 bits, as ffmpeg writes it. */
static void open_photo(photo *p, const char *argument)
{
    jz_err err = { 0 };
    if (p->argument == argument)
        return;
    const char *path = read_face(argument, p->face);
    jz_pyramid_done(&p->pyramid);
    jz_buf_done(&p->file);
    p->file = (jz_buf){ 0 };
    check(jz_file_read(path, (size_t)1 << 30, &p->file, &err), &err);
    char *at = p->file.ptr; /* ends with NUL */
    if (p->file.len < 2 || memcmp(at, "P6", 2) != 0)
        stop("a photograph is no PPM");
    const unsigned long width = strtoul(at + 2, &at, 10), height = strtoul(at, &at, 10);
    const unsigned long most = strtoul(at, &at, 10);
    const size_t head = (size_t)(at - p->file.ptr) + 1;
    if (width == 0 || width > 65536 || height == 0 || height > 65536 || most != 255 ||
        p->file.len != head + (size_t)width * height * 3)
        stop("a photograph is no whole PPM of 8 bits");
    p->argument = argument;
    p->plane = (jz_plane){ (const uint8_t *)p->file.ptr + head, (uint32_t)width, (uint32_t)height,
                           (size_t)width * 3, 3 };
    check(jz_pyramid_init(&p->plane, &p->pyramid, &err), &err);
}

/* Any upright square in it of at least side pixels. */
static jz_square some_square(const photo *p, uint32_t side, uint64_t *r)
{
    const double width = p->plane.width, height = p->plane.height, whole = fmin(width, height);
    if (whole < side)
        stop("a photograph is smaller than SIDE");
    const double w = fmin(side * jz_exp2(jz_chance_between(r, 0, jz_log2(whole / side))), whole);
    return (jz_square){ .x = jz_chance_between(r, w / 2, width - w / 2),
                        .y = jz_chance_between(r, w / 2, height - w / 2),
                        .side = w,
                        .right_x = 1 };
}

/* The square that shows its face at a place of `side` pixels, so many of them across. */
static jz_square face_square(const photo *p, double side, double x, double y, double across)
{
    const double whole = p->plane.width, scale = p->face[2] * whole / across;
    return (jz_square){ .x = p->face[0] * whole + (side / 2 - x) * scale,
                        .y = p->face[1] * whole + (side / 2 - y) * scale,
                        .side = side * scale,
                        .right_x = 1 };
}

/* side x side pixels of a square in it. */
static void cut(const photo *p, const jz_square *s, uint32_t side, uint8_t *out)
{
    const size_t n = (size_t)side * side * 3;
    float *px = room(n * sizeof *px);
    jz_square_cut(&p->pyramid, s, side, px);
    jz_cut_bytes(px, n, out);
    jz_free(px);
}

typedef struct treatment { /* of whole pictures, which is no blend */
    double amount;         /* sharper, or below 0 softer */
    double gain, noise;
} treatment;

static treatment some_treatment(uint64_t *r)
{
    treatment t = { .amount = jz_chance_next(r) % 2 == 0 ? 0 : jz_chance_between(r, -1, 1) };
    t.gain = jz_chance_between(r, 0.85, 1.15);
    t.noise = jz_chance_next(r) % 3 == 0 ? jz_chance_between(r, 0, 4) : 0;
    return t;
}

static void treat(uint8_t *px, uint32_t side, const treatment *t, uint64_t *r)
{
    const size_t row = (size_t)side * 3, n = row * side;
    uint8_t *before = room(n);
    memcpy(before, px, n);
    for (size_t i = 0; i < n; i++) {
        double v = before[i];
        if (i >= row + 3 && i + row + 3 < n) {
            const uint8_t *p = before + i;
            const double mean =
                (4 * p[0] + 2 * (p[-3] + p[3] + p[-(ptrdiff_t)row] + p[row]) +
                 p[-(ptrdiff_t)row - 3] + p[3 - (ptrdiff_t)row] + p[row - 3] + p[row + 3]) /
                16.0;
            v += t->amount * (v - mean);
        }
        v *= t->gain;
        if (t->noise > 0)
            v += t->noise * (jz_chance_between(r, -1, 1) + jz_chance_between(r, -1, 1));
        px[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5);
    }
    jz_free(before);
}

/* ---- faces where there are none ---- */

static void ring(jz_mesh *m, const uint16_t *points, size_t n, const double at[2],
                 const double size[2], const double turn[2], uint64_t *r)
{
    const double bump = jz_chance_between(r, 0, 0.06), phase = jz_chance_between(r, 0, 1);
    for (size_t i = 0; i < n; i++) { /* from the top, clockwise */
        const double t = (double)i / (double)n;
        const double away = 1 + bump * jz_cos_turns(3 * t + phase);
        const double x = size[0] * away * jz_cos_turns(t - 0.25);
        const double y = -size[1] * away * jz_cos_turns(t);
        m->at[points[i]][0] = (float)(at[0] + x * turn[0] - y * turn[1]);
        m->at[points[i]][1] = (float)(at[1] + x * turn[1] + y * turn[0]);
    }
}

/* The outline and eyes of a mesh around a place, width pixels across. */
static void place_mesh(double x, double y, double width, uint64_t *r, jz_mesh *m)
{
    static const uint16_t tip[] = { 1 };
    const double turns = jz_chance_between(r, -0.08, 0.08);
    const double turn[2] = { jz_cos_turns(turns), jz_cos_turns(turns - 0.25) };
    const double half[2] = { width / 2, width / 2 * jz_chance_between(r, 1.2, 1.45) };
    float outline[JZ_OUTLINE_POINTS][2];
    uint16_t round[JZ_OUTLINE_POINTS];
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        m->at[i][0] = (float)i; /* so the outline's numbers come out in their order */
    jz_mesh_outline(m, outline);
    for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++)
        round[i] = (uint16_t)outline[i][0];
    for (size_t i = 0; i < JZ_MESH_POINTS; i++) {
        m->at[i][0] = (float)x;
        m->at[i][1] = (float)y;
        m->at[i][2] = 0;
    }
    ring(m, round, JZ_OUTLINE_POINTS, (double[]){ x, y }, half, turn, r);
    for (int side = -1; side <= 1; side += 2) { /* both corners of an eye, in its middle */
        const double across = side * width / 5, up = -width / 7;
        const double at[2] = { x + across * turn[0] - up * turn[1],
                               y + across * turn[1] + up * turn[0] };
        const uint16_t corners[] = { side < 0 ? 33 : 263, side < 0 ? 133 : 362 };
        ring(m, corners, 2, at, (double[]){ 0, 0 }, turn, r);
    }
    ring(m, tip, 1, (double[]){ x, y + width / 10 }, (double[]){ 0, 0 }, turn, r);
}

/* What a crop holds of the picture. */
static jz_square wide_square(const jz_mesh *m)
{
    jz_square s = jz_face_net_square(m);
    s.side *= (double)WIDE / JZ_NET_SIDE;
    return s;
}

/* ---- make ---- */

typedef struct maker {
    uint32_t side, frames, canvas, quality;
    uint32_t at_once; /* pairs of a photograph, one after another: opening one takes time */
    uint8_t *plain, *blended, *mask; /* of the canvas */
    photo photo;
} maker;

/* Frame i of a canvas, going right and down. */
static void put_frame(const maker *k, const uint8_t *canvas, uint32_t i, const uint32_t drift[2])
{
    const size_t row = (size_t)k->canvas * 3;
    for (uint32_t y = 0; y < k->side; y++)
        put(canvas + (y + (size_t)i * drift[1]) * row + (size_t)i * drift[0] * 3,
            (size_t)k->side * 3);
}

static void put_map(const maker *k, const jz_square *s, uint8_t map[MAP])
{
    const size_t fine = (size_t)4 * WIDE_MAP; /* 4 x 4 points of a cell */
    for (size_t i = 0; i < MAP; i++) {
        unsigned sum = 0;
        for (size_t j = 0; j < 16; j++) {
            double x, y;
            const size_t across = i % WIDE_MAP * 4 + j % 4, down = i / WIDE_MAP * 4 + j / 4;
            jz_square_point(s, ((double)across + 0.5) / (double)fine,
                            ((double)down + 0.5) / (double)fine, &x, &y);
            if (x >= 0 && y >= 0 && x < k->canvas && y < k->canvas)
                sum += k->mask[(size_t)y * k->canvas + (size_t)x];
        }
        map[i] = (uint8_t)(sum / 16);
    }
}

/* Wider than those of jz_blend_at(), and of the four traces any that are not none: the net meets
 * each alone. Those nobody could see are left out: from what cannot be learnt nothing is. */
static jz_blend some_blend(double width, uint64_t *r)
{
    const uint64_t traces = 1 + jz_chance_next(r) % 15;
    jz_blend b = { .seed = jz_chance_next(r),
                   .part = (jz_blend_part)(jz_chance_next(r) % JZ_BLEND_PARTS),
                   .shift = jz_chance_between(r, -0.04, 0.04),
                   .size = jz_chance_between(r, 0.94, 1.06),
                   .feather = jz_chance_between(r, 0.01, 0.12) };
    const double through = width * jz_chance_between(r, 0.2, 0.8);
    const double sharpen = jz_chance_next(r) % 2 == 0 ? jz_chance_between(r, -1, -0.3)
                                                      : jz_chance_between(r, 0.6, 3.5);
    const double bright = jz_chance_between(r, -0.15, 0.15), noise = jz_chance_between(r, 1, 6);
    b.through = (traces & 1) != 0 ? (uint32_t)through : 0;
    b.sharpen = (traces & 2) != 0 ? sharpen : 0;
    for (size_t k = 0; k < 3; k++)
        b.gain[k] = (traces & 4) != 0 ? 1 + bright + jz_chance_between(r, -0.12, 0.12) : 1;
    b.noise = (traces & 8) != 0 ? noise : 0;
    return b;
}

static void put_truth(const truth *t, FILE *out)
{
    if (fwrite(t, sizeof *t, 1, out) != 1 || fflush(out) != 0)
        stop("writing TRUTH");
}

static void make_pair(maker *k, uint64_t seed, FILE *out)
{
    truth t = { .frame = k->frames, .photo = k->photo.number };
    jz_err err = { 0 };
    jz_mesh mesh;
    uint64_t r = seed;
    const treatment whole = some_treatment(&r);
    const double width = k->side * jz_chance_between(&r, 0.28, 0.5), middle = k->canvas / 2.0;
    const double far = k->side * 0.05;
    const double x = middle + jz_chance_between(&r, -far, far);
    const double y = middle + jz_chance_between(&r, -far, far);
    const jz_square from = k->photo.face[2] > 0 ? face_square(&k->photo, k->canvas, x, y, width)
                                                : some_square(&k->photo, k->canvas, &r);
    cut(&k->photo, &from, k->canvas, k->plain);
    treat(k->plain, k->canvas, &whole, &r);
    place_mesh(x, y, width, &r, &mesh);
    const jz_blend b = some_blend(width, &r);
    const jz_plane plane = { k->plain, k->canvas, k->canvas, (size_t)k->canvas * 3, 3 };
    check(jz_self_blend(&plane, &mesh, &b, k->blended, k->mask, &err), &err);
    if (k->quality > 0) {
        const int quality = (int)jz_chance_between(&r, k->quality, 98);
        jz_recode(k->plain, k->canvas, k->canvas, 3, quality);
        jz_recode(k->blended, k->canvas, k->canvas, 3, quality);
    }
    const uint32_t drift[2] = { (uint32_t)(jz_chance_next(&r) % (DRIFT + 1)),
                                (uint32_t)(jz_chance_next(&r) % (DRIFT + 1)) };
    t.square = wide_square(&mesh);
    t.square.x -= (k->frames - 1) * drift[0];
    t.square.y -= (k->frames - 1) * drift[1];
    put_truth(&t, out);
    t.square = wide_square(&mesh);
    put_map(k, &t.square, t.map);
    t.square.x -= (k->frames - 1) * drift[0];
    t.square.y -= (k->frames - 1) * drift[1];
    t.blended = 1;
    put_truth(&t, out);
    for (uint32_t i = 0; i < k->frames; i++)
        put_frame(k, k->plain, i, drift);
    for (uint32_t i = 0; i < k->frames; i++)
        put_frame(k, k->blended, i, drift);
}

/* ---- clips ---- */

/* RGB moved by 20 of 255 and brightness by 0.1; scaled to a half or a quarter, or sharpened; placed
 * up to 0.03 beside, between 0.95 and 1.05 as large. */
static jz_blend published_blend(double width, uint64_t *r)
{
    jz_blend b = { .seed = jz_chance_next(r), .part = (jz_blend_part)(jz_chance_next(r) % 3) };
    const double bright = jz_chance_between(r, -0.1, 0.1);
    for (size_t k = 0; k < 3; k++)
        b.gain[k] = 1 + bright + jz_chance_between(r, -0.08, 0.08);
    if (jz_chance_next(r) % 2 == 0)
        b.through = (uint32_t)(width / (jz_chance_next(r) % 2 == 0 ? 2 : 4));
    else
        b.sharpen = jz_chance_between(r, 1, 3);
    b.shift = jz_chance_between(r, -0.03, 0.03);
    b.size = jz_chance_between(r, 0.95, 1.05);
    b.feather = jz_chance_between(r, 0.02, 0.12);
    return b;
}

typedef struct motion { /* of the window over the photograph, from the first frame to the last */
    jz_square from, to;
} motion;

static motion some_motion(const maker *k, uint64_t *r)
{
    const jz_square from = some_square(&k->photo, k->side, r);
    motion m = { from, from };
    const double width = k->photo.plane.width, height = k->photo.plane.height;
    m.to.side = fmax(from.side * jz_chance_between(r, 0.85, 1), k->side * 0.85);
    const double half = m.to.side / 2, far = from.side * 0.1;
    m.to.x = fmin(fmax(from.x + jz_chance_between(r, -far, far), half), width - half);
    m.to.y = fmin(fmax(from.y + jz_chance_between(r, -far, far), half), height - half);
    return m;
}

/* One scene: the same whole, treated the same, with a blend in it or without. */
static void put_clip(maker *k, const motion *m, bool blended, uint64_t r, FILE *out)
{
    jz_err err = { 0 };
    const treatment whole = some_treatment(&r);
    const double width = k->side * jz_chance_between(&r, 0.32, 0.55);
    const jz_blend b = published_blend(width, &r);
    const uint64_t face = jz_chance_next(&r);
    const jz_plane plane = { k->plain, k->side, k->side, (size_t)k->side * 3, 3 };
    for (uint32_t i = 0; i < k->frames; i++) {
        truth t = { .frame = i + 1, .photo = k->photo.number, .blended = blended };
        const double part = (double)i / (k->frames > 1 ? k->frames - 1 : 1), shake = width * 0.01;
        const jz_square at = { .x = m->from.x + part * (m->to.x - m->from.x),
                               .y = m->from.y + part * (m->to.y - m->from.y),
                               .side = m->from.side + part * (m->to.side - m->from.side),
                               .right_x = 1 };
        const double x = k->side / 2.0 + jz_chance_between(&r, -shake, shake);
        const double y = k->side / 2.0 + jz_chance_between(&r, -shake, shake);
        uint64_t same = face;
        jz_mesh mesh;
        place_mesh(x, y, width, &same, &mesh);
        cut(&k->photo, &at, k->side, k->plain);
        treat(k->plain, k->side, &whole, &r);
        t.square = wide_square(&mesh);
        if (blended) {
            check(jz_self_blend(&plane, &mesh, &b, k->blended, k->mask, &err), &err);
            put_map(k, &t.square, t.map);
        }
        put_truth(&t, out);
        put(blended ? k->blended : k->plain, (size_t)k->side * k->side * 3);
    }
}

static void make_clips(maker *k, uint64_t seed, FILE *out)
{
    uint64_t r = seed;
    const motion m = some_motion(k, &r);
    put_clip(k, &m, false, r, out);
    put_clip(k, &m, true, r, out);
}

/* argv: SEED COUNT TRUTH PHOTO... */
static void make_all(maker *k, int argc, char **argv,
                     void (*each)(maker *k, uint64_t seed, FILE *out))
{
    const uint32_t seed = number(argv[0], UINT32_MAX), count = number(argv[1], 1u << 20);
    const uint32_t n_photos = (uint32_t)argc - 3;
    FILE *out = fopen(argv[2], "wb");
    if (k->side < 64 || k->frames == 0 || n_photos == 0 || n_photos > 4096 || out == NULL)
        stop("SIDE from 64, FRAMES from 1, 4096 photographs at most, and a TRUTH to write");
    const size_t pixels = (size_t)k->canvas * k->canvas;
    k->plain = room(pixels * 3);
    k->blended = room(pixels * 3);
    k->mask = room(pixels);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t r = ((uint64_t)seed << 32) + i / k->at_once;
        k->photo.number = (uint16_t)(jz_chance_next(&r) % n_photos);
        open_photo(&k->photo, argv[3 + k->photo.number]);
        each(k, ((uint64_t)seed << 32) + (UINT64_C(1) << 31) + i, out);
    }
    if (fclose(out) != 0 || fflush(stdout) != 0)
        stop("writing");
}

static void make(int argc, char **argv)
{
    if (argc < 7)
        stop("make SIDE FRAMES LOWEST_QUALITY SEED COUNT TRUTH PHOTO...");
    maker k = { .side = number(argv[0], LARGEST),
                .frames = number(argv[1], 64),
                .quality = number(argv[2], 98),
                .at_once = 8 };
    k.canvas = k.side + (k.frames - 1) * DRIFT;
    make_all(&k, argc - 3, argv + 3, make_pair);
}

static void clips(int argc, char **argv)
{
    if (argc < 6)
        stop("clips SIDE FRAMES SEED COUNT TRUTH PHOTO...");
    maker k = { .side = number(argv[0], LARGEST), .frames = number(argv[1], 64), .at_once = 1 };
    k.canvas = k.side;
    make_all(&k, argc - 2, argv + 2, make_clips);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(int argc, char **argv);
    } commands[] = { { "make", make }, { "clips", clips }, { "crops", crops }, { "score", score } };
    for (size_t i = 0; argc > 1 && i < JZ_ARRAY_LEN(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            commands[i].run(argc - 2, argv + 2);
            return 0;
        }
    stop("make, clips, crops or score");
}
