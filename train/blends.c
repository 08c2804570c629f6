/* SPDX-License-Identifier: Apache-2.0 */
/* Training material from photographs, by the same code that jz examines faces with:
 *
 *   jz-blends make SIDE FRAMES LOWEST_QUALITY SEED COUNT TRUTH PHOTO.ppm... >FRAMES
 *   jz-blends crops SIDE FRAMES COUNT TRUTH <FRAMES >CROPS
 *   jz-blends score MODEL COUNT <CROPS
 *
 * make: COUNT pairs. A square of a photograph, reduced to SIDE pixels, moves a little from frame to
 * frame; once as it is, once with a face-shaped part of it laid back over itself (self_blend.h).
 * What is done to the whole (sharper, softer, brighter, noise) is done to both. Quality 0: no
 * JPEG; else both are coded as JPEG with that quality or a better one. What an encoder makes of
 * the frames is for the caller to put between. crops: of each pair's last frames what the network
 * sees, with the map as truth. score: what a model file says of each.
 *
 * Photographs of faces may be among them, where their people agreed; no two are ever mixed. */
#include "base/alloc.h"
#include "base/exact_math.h"
#include "base/file.h"
#include "inspect/face_net.h"
#include "inspect/face_view.h"
#include "inspect/recode.h"
#include "inspect/self_blend.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAP ((size_t)JZ_MAP_SIDE * JZ_MAP_SIDE)
#define PHOTOS 1024
#define LARGEST 1024u /* SIDE */
#define DRIFT 3u      /* most pixels from one frame to the next */

typedef struct truth { /* of one pair */
    jz_square square;  /* in the last frame */
    uint32_t photo;
    uint8_t map[MAP]; /* of the blended one, how much of each cell is blended */
} truth;

typedef struct crop { /* a record of CROPS */
    uint8_t blended, photo;
    uint8_t map[MAP];
    uint8_t px[JZ_NET_SIDE * JZ_NET_SIDE * 3];
} crop;

static void stop(const char *what)
{
    (void)fprintf(stderr, "jz-blends: %s\n", what);
    exit(1);
}

static void check(jz_status st, const jz_err *err)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    if (st != JZ_OK)
        stop(jz_err_text(err, text, sizeof text));
}

static void *room(size_t size)
{
    void *p = jz_alloc(size);
    if (p == NULL)
        stop("out of memory");
    return p;
}

static uint32_t number(const char *s, uint32_t most)
{
    char *end;
    const unsigned long v = strtoul(s, &end, 10);
    if (end == s || *end != '\0' || v > most)
        stop("a number is out of range");
    return (uint32_t)v;
}

static void put(const void *data, size_t size)
{
    if (fwrite(data, 1, size, stdout) != size)
        stop("writing");
}

/* ---- photographs ---- */

typedef struct photo { /* of which no more than one is in memory */
    const char *path;
    jz_buf file;
    jz_plane plane;
} photo;

/* A binary PPM of 8 bits, as ffmpeg writes it. */
static void open_photo(photo *p, const char *path)
{
    jz_err err = { 0 };
    if (p->path == path)
        return;
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
    p->path = path;
    p->plane = (jz_plane){ (const uint8_t *)p->file.ptr + head, (uint32_t)width, (uint32_t)height,
                           (size_t)width * 3, 3 };
}

/* side x side pixels of any upright square in it that is at least as large. */
static void cut(const jz_plane *from, uint32_t side, uint64_t *r, uint8_t *out)
{
    jz_err err = { 0 };
    jz_pyramid p = { 0 };
    const double whole = from->width < from->height ? from->width : from->height;
    if (whole < side)
        stop("a photograph is smaller than SIDE");
    const double most = jz_log2(whole / side);
    const double w = fmin(side * jz_exp2(jz_chance_between(r, 0, most)), whole);
    const jz_square s = { .x = jz_chance_between(r, w / 2, from->width - w / 2),
                          .y = jz_chance_between(r, w / 2, from->height - w / 2),
                          .side = w,
                          .right_x = 1 };
    const size_t n = (size_t)side * side * 3;
    float *px = room(n * sizeof *px);
    check(jz_pyramid_init(from, &p, &err), &err);
    jz_square_cut(&p, &s, side, px);
    jz_pyramid_done(&p);
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((px[i] + 1) * 127.5f + 0.5f);
    jz_free(px);
}

/* What happens to whole pictures, and is no blend: sharper or softer, brighter, noise. */
static void treat(uint8_t *px, uint32_t side, uint64_t *r)
{
    const size_t row = (size_t)side * 3, n = row * side;
    const double amount = jz_chance_next(r) % 2 == 0 ? 0 : jz_chance_between(r, -1, 1);
    const double gain = jz_chance_between(r, 0.85, 1.15),
                 noise = jz_chance_next(r) % 3 == 0 ? jz_chance_between(r, 0, 4) : 0;
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
            v += amount * (v - mean);
        }
        v = v * gain +
            (noise > 0 ? noise * (jz_chance_between(r, -1, 1) + jz_chance_between(r, -1, 1)) : 0);
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

/* ---- make ---- */

typedef struct maker {
    uint32_t side, frames, canvas, quality;
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
    const size_t fine = (size_t)4 * JZ_MAP_SIDE; /* 4 x 4 points of a cell */
    for (size_t i = 0; i < MAP; i++) {
        unsigned sum = 0;
        for (size_t j = 0; j < 16; j++) {
            double x, y;
            const size_t across = i % JZ_MAP_SIDE * 4 + j % 4, down = i / JZ_MAP_SIDE * 4 + j / 4;
            jz_square_point(s, ((double)across + 0.5) / (double)fine,
                            ((double)down + 0.5) / (double)fine, &x, &y);
            if (x >= 0 && y >= 0 && x < k->canvas && y < k->canvas)
                sum += k->mask[(size_t)y * k->canvas + (size_t)x];
        }
        map[i] = (uint8_t)(sum / 16);
    }
}

static jz_blend some_blend(double width, uint64_t *r)
{
    jz_blend b = jz_blend_at(jz_chance_next(r));
    b.through =
        jz_chance_next(r) % 2 == 0 ? (uint32_t)(width * jz_chance_between(r, 0.35, 0.9)) : 0;
    return b;
}

static void make_pair(maker *k, char **photos, uint32_t n_photos, uint64_t seed, FILE *out)
{
    truth pair = { 0 }, *t = &pair;
    jz_err err = { 0 };
    jz_mesh mesh;
    uint64_t r = seed;
    t->photo = (uint32_t)(jz_chance_next(&r) % n_photos);
    open_photo(&k->photo, photos[t->photo]);
    cut(&k->photo.plane, k->canvas, &r, k->plain);
    treat(k->plain, k->canvas, &r);
    const double width = k->side * jz_chance_between(&r, 0.32, 0.55), middle = k->canvas / 2.0;
    const double far = k->side * 0.05;
    place_mesh(middle + jz_chance_between(&r, -far, far), middle + jz_chance_between(&r, -far, far),
               width, &r, &mesh);
    const jz_blend b = some_blend(width, &r);
    const jz_plane plane = { k->plain, k->canvas, k->canvas, (size_t)k->canvas * 3, 3 };
    check(jz_self_blend(&plane, &mesh, &b, k->blended, k->mask, &err), &err);
    if (k->quality > 0) {
        const int quality = (int)jz_chance_between(&r, k->quality, 98);
        jz_recode(k->plain, k->canvas, k->canvas, 3, quality);
        jz_recode(k->blended, k->canvas, k->canvas, 3, quality);
    }
    t->square = jz_face_net_square(&mesh);
    put_map(k, &t->square, t->map);
    const uint32_t drift[2] = { (uint32_t)(jz_chance_next(&r) % (DRIFT + 1)),
                                (uint32_t)(jz_chance_next(&r) % (DRIFT + 1)) };
    t->square.x -= (k->frames - 1) * drift[0];
    t->square.y -= (k->frames - 1) * drift[1];
    if (fwrite(t, sizeof *t, 1, out) != 1 || fflush(out) != 0)
        stop("writing TRUTH");
    for (uint32_t i = 0; i < k->frames; i++)
        put_frame(k, k->plain, i, drift);
    for (uint32_t i = 0; i < k->frames; i++)
        put_frame(k, k->blended, i, drift);
}

static void make(int argc, char **argv)
{
    if (argc < 7)
        stop("make SIDE FRAMES LOWEST_QUALITY SEED COUNT TRUTH PHOTO...");
    maker k = { .side = number(argv[0], LARGEST),
                .frames = number(argv[1], 64),
                .quality = number(argv[2], 98) };
    const uint32_t seed = number(argv[3], UINT32_MAX), count = number(argv[4], 1u << 20);
    const uint32_t n_photos = (uint32_t)argc - 6;
    FILE *out = fopen(argv[5], "wb");
    if (k.side < 64 || k.frames == 0 || n_photos == 0 || n_photos > 256 || out == NULL)
        stop("SIDE from 64, FRAMES from 1, 256 photographs at most, and a TRUTH to write");
    k.canvas = k.side + (k.frames - 1) * DRIFT;
    const size_t pixels = (size_t)k.canvas * k.canvas;
    k.plain = room(pixels * 3);
    k.blended = room(pixels * 3);
    k.mask = room(pixels);
    for (uint32_t i = 0; i < count; i++)
        make_pair(&k, argv + 6, n_photos, ((uint64_t)seed << 32) + i, out);
    if (fclose(out) != 0 || fflush(stdout) != 0)
        stop("writing");
}

/* ---- crops ---- */

static void put_crop(const uint8_t *frame, uint32_t side, const truth *t, bool blended)
{
    static float px[JZ_NET_SIDE * JZ_NET_SIDE * 3];
    static crop c;
    jz_err err = { 0 };
    jz_pyramid p = { 0 };
    const jz_plane plane = { frame, side, side, (size_t)side * 3, 3 };
    check(jz_pyramid_init(&plane, &p, &err), &err);
    jz_square_cut(&p, &t->square, JZ_NET_SIDE, px);
    jz_pyramid_done(&p);
    c.blended = blended;
    c.photo = (uint8_t)t->photo;
    memset(c.map, 0, sizeof c.map);
    if (blended)
        memcpy(c.map, t->map, sizeof c.map);
    for (size_t i = 0; i < sizeof c.px; i++)
        c.px[i] = (uint8_t)((px[i] + 1) * 127.5f + 0.5f);
    put(&c, sizeof c);
}

static void crops(int argc, char **argv)
{
    if (argc != 4)
        stop("crops SIDE FRAMES COUNT TRUTH");
    const uint32_t side = number(argv[0], LARGEST), frames = number(argv[1], 64);
    const uint32_t count = number(argv[2], 1u << 20);
    const size_t size = (size_t)side * side * 3;
    uint8_t *frame = room(size);
    FILE *in = NULL; /* may be in the making: each record is there before its frames are */
    truth t = { 0 };
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 1; k <= 2 * frames; k++) {
            if (fread(frame, 1, size, stdin) != size)
                stop("reading FRAMES");
            if (in == NULL)
                in = fopen(argv[3], "rb");
            if (in == NULL || (k == 1 && fread(&t, sizeof t, 1, in) != 1))
                stop("reading TRUTH");
            if (k % frames == 0)
                put_crop(frame, side, &t, k > frames);
        }
    if (in != NULL)
        (void)fclose(in); /* only read */
    if (fflush(stdout) != 0)
        stop("writing");
}

/* ---- score ---- */

/* Blended or not, photograph, score, and whether the largest number of the map lies on the blend.
 */
static void score(int argc, char **argv)
{
    if (argc != 2)
        stop("score MODEL COUNT");
    static float in[JZ_NET_SIDE * JZ_NET_SIDE * 3];
    static crop c;
    jz_err err = { 0 };
    jz_auto(jz_face_net) *net = NULL;
    check(jz_face_net_open(argv[0], &net, &err), &err);
    for (uint32_t n = number(argv[1], 1u << 20); n > 0; n--) {
        float map[MAP];
        double s;
        size_t most = 0;
        if (fread(&c, sizeof c, 1, stdin) != 1)
            stop("reading CROPS");
        for (size_t i = 0; i < sizeof c.px; i++)
            in[i] = (float)c.px[i] / 127.5f - 1;
        check(jz_face_net_run(net, in, &s, map, &err), &err);
        for (size_t i = 1; i < MAP; i++)
            if (map[i] > map[most])
                most = i;
        (void)printf("%u %u %.6f %u\n", c.blended, c.photo, s, c.map[most] >= 128);
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "make") == 0)
        make(argc - 2, argv + 2);
    else if (argc > 1 && strcmp(argv[1], "crops") == 0)
        crops(argc - 2, argv + 2);
    else if (argc > 1 && strcmp(argv[1], "score") == 0)
        score(argc - 2, argv + 2);
    else
        stop("make, crops or score");
    return 0;
}
