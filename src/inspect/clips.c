/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/clips.h"

#include "base/alloc.h"
#include "base/file.h"
#include "inspect/face_crop.h"
#include "media/encode.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>

#define SIDE ((size_t)JZ_CLIP_SIDE)
#define PIXELS (SIDE * SIDE)

static const jz_clip_coding codings[JZ_CLIP_CODINGS] = {
    { "clip-lossless", 0 }, { "clip-crf18", 18 }, { "clip-crf23", 23 },
    { "clip-crf28", 28 },   { "clip-crf33", 33 },
};

const jz_clip_coding *jz_clip_coding_at(size_t i)
{
    return i < JZ_CLIP_CODINGS ? &codings[i] : NULL;
}

void jz_clip_done(jz_clip *c)
{
    jz_free(c->px);
    jz_free(c->mask);
    *c = (jz_clip){ 0 };
}

bool jz_clip_fits(const jz_plane *picture)
{
    return picture->width >= JZ_CLIP_SIDE && picture->height >= JZ_CLIP_SIDE;
}

/* ---- the way of the window ---- */

typedef struct way { /* from the first frame to the last */
    jz_square from, to;
} way;

/* With the face about its middle, and within the picture. */
static void place(const jz_plane *picture, const jz_face *face, double side, uint64_t *r,
                  jz_square *out)
{
    const double far = (double)face->width * 0.15, half = side / 2;
    const double x = (double)(face->x + face->width / 2) + jz_chance_between(r, -far, far);
    const double y = (double)(face->y + face->height / 2) + jz_chance_between(r, -far, far);
    *out = (jz_square){ .x = fmin(fmax(x, half), picture->width - half),
                        .y = fmin(fmax(y, half), picture->height - half),
                        .side = side,
                        .right_x = 1 };
}

/* Never enlarged: a face that is small in the picture is small in the clip. */
static way some_way(const jz_plane *picture, const jz_face *face, uint64_t *r)
{
    way w;
    const double most = fmin(picture->width, picture->height);
    const double wanted = (double)face->width / jz_chance_between(r, 0.35, 0.5);
    const double side = fmin(fmax(wanted, JZ_CLIP_SIDE), most);
    place(picture, face, side, r, &w.from);
    place(picture, face, fmax(side * jz_chance_between(r, 0.85, 1), JZ_CLIP_SIDE), r, &w.to);
    return w;
}

static jz_square window_at(const way *w, size_t frame)
{
    const double part = (double)frame / (JZ_CLIP_FRAMES - 1);
    return (jz_square){ .x = w->from.x + part * (w->to.x - w->from.x),
                        .y = w->from.y + part * (w->to.y - w->from.y),
                        .side = w->from.side + part * (w->to.side - w->from.side),
                        .right_x = 1 };
}

/* Where a number of the picture lies in a frame. */
static float into(float at, double middle, double side)
{
    return (float)(((double)at - middle + side / 2) * JZ_CLIP_SIDE / side);
}

static void move_face(const jz_face *f, const jz_square *s, jz_face *out)
{
    const float scale = (float)(JZ_CLIP_SIDE / s->side);
    *out = *f;
    out->x = into(f->x, s->x, s->side);
    out->y = into(f->y, s->y, s->side);
    out->width = f->width * scale;
    out->height = f->height * scale;
}

static void move_mesh(const jz_mesh *m, const jz_square *s, const double shake[2], jz_mesh *out)
{
    for (size_t i = 0; i < JZ_MESH_POINTS; i++) {
        out->at[i][0] = into(m->at[i][0], s->x, s->side) + (float)shake[0];
        out->at[i][1] = into(m->at[i][1], s->y, s->side) + (float)shake[1];
        out->at[i][2] = (float)((double)m->at[i][2] * JZ_CLIP_SIDE / s->side);
    }
}

/* ---- frames ---- */

typedef struct maker {
    jz_pyramid pyramid;
    const jz_face *face;
    const jz_mesh *mesh;
    const jz_blend *blend;
    float *cut;     /* PIXELS x 3 */
    uint8_t *plain; /* likewise */
} maker;

static jz_status make_frame(maker *m, const jz_square *s, uint64_t *r, size_t i, jz_clip *out,
                            jz_err *err)
{
    uint8_t *px = out->px + i * PIXELS * 3;
    uint8_t *to = m->blend != NULL ? m->plain : px;
    jz_square_cut(&m->pyramid, s, JZ_CLIP_SIDE, m->cut);
    jz_cut_bytes(m->cut, PIXELS * 3, to);
    move_face(m->face, s, &out->face[i]);
    if (m->blend == NULL)
        return JZ_OK;
    jz_mesh mesh;
    jz_blend b = *m->blend;
    const double far = (double)out->face[i].width * 0.01;
    const double x = jz_chance_between(r, -far, far), y = jz_chance_between(r, -far, far);
    move_mesh(m->mesh, s, (double[]){ x, y }, &mesh);
    b.seed += i; /* noise of its own in every frame */
    const jz_plane plane = { m->plain, JZ_CLIP_SIDE, JZ_CLIP_SIDE, SIDE * 3, 3 };
    return jz_self_blend(&plane, &mesh, &b, px, out->mask + i * PIXELS, err);
}

static jz_status make(maker *m, const jz_plane *picture, uint64_t number, jz_clip *out, jz_err *err)
{
    uint64_t r = number;
    const way w = some_way(picture, m->face, &r);
    m->cut = jz_alloc_zero(PIXELS * 3, sizeof *m->cut);
    m->plain = jz_alloc(PIXELS * 3);
    out->px = jz_alloc_zero(PIXELS * 3, JZ_CLIP_FRAMES);
    out->mask = jz_alloc_zero(PIXELS, JZ_CLIP_FRAMES);
    if (m->cut == NULL || m->plain == NULL || out->px == NULL || out->mask == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a clip");
    JZ_TRY(jz_pyramid_init(picture, &m->pyramid, err));
    for (size_t i = 0; i < JZ_CLIP_FRAMES; i++) {
        const jz_square s = window_at(&w, i);
        JZ_TRY(make_frame(m, &s, &r, i, out, err));
    }
    return JZ_OK;
}

jz_status jz_clip_make(const jz_plane *picture, const jz_face *face, const jz_mesh *mesh,
                       uint64_t number, const jz_blend *blend, jz_clip *out, jz_err *err)
{
    maker m = { .face = face, .mesh = mesh, .blend = blend };
    jz_clip made = { 0 };
    if (!jz_clip_fits(picture))
        return JZ_FAIL(err, JZ_E_INVAL, "a clip of %d x %d pixels from a picture of %u x %u",
                       JZ_CLIP_SIDE, JZ_CLIP_SIDE, picture->width, picture->height);
    const jz_status st = make(&m, picture, number, &made, err);
    jz_pyramid_done(&m.pyramid);
    jz_free(m.cut);
    jz_free(m.plain);
    if (st == JZ_OK)
        *out = made;
    else
        jz_clip_done(&made);
    return st;
}

/* ---- the file ---- */

/* R, G, B to Y, Cb, Cr of BT.601, limited range, by parts of 65536; colours are means of four. */
static void to_yuv(const uint8_t *px, uint8_t *out)
{
    uint8_t *cb = out + PIXELS, *cr = cb + PIXELS / 4;
    for (size_t i = 0; i < PIXELS; i++) {
        const uint8_t *p = px + 3 * i;
        out[i] = (uint8_t)((16829 * p[0] + 33039 * p[1] + 6416 * p[2] + (16 << 16) + 32768) >> 16);
    }
    for (size_t i = 0; i < PIXELS / 4; i++) {
        const size_t x = i % (SIDE / 2) * 2, y = i / (SIDE / 2) * 2;
        const uint8_t *p = px + 3 * (y * SIDE + x), *q = p + 3 * SIDE;
        const int r = p[0] + p[3] + q[0] + q[3], g = p[1] + p[4] + q[1] + q[4];
        const int b = p[2] + p[5] + q[2] + q[5];
        cb[i] = (uint8_t)((-9714 * r - 19070 * g + 28784 * b + (512 << 16) + (2 << 16)) >> 18);
        cr[i] = (uint8_t)((28784 * r - 24103 * g - 4681 * b + (512 << 16) + (2 << 16)) >> 18);
    }
}

static jz_status write_frames(const jz_clip *c, int fd, jz_err *err)
{
    jz_auto(uint8_t) *yuv = jz_alloc(PIXELS / 2 * 3);
    if (yuv == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a frame");
    for (size_t i = 0; i < JZ_CLIP_FRAMES; i++) {
        to_yuv(c->px + i * PIXELS * 3, yuv);
        JZ_TRY(jz_write_all(fd, yuv, PIXELS / 2 * 3, "a clip", err));
    }
    return JZ_OK;
}

jz_status jz_clip_code(const jz_clip *c, uint32_t crf, int *fd, jz_err *err)
{
    const jz_encode_clip how = { JZ_CLIP_SIDE, JZ_CLIP_SIDE, JZ_CLIP_FPS, crf };
    jz_encode_info info;
    JZ_FD_AUTO in = memfd_create("frames", MFD_CLOEXEC);
    JZ_FD_AUTO out = memfd_create("clip", MFD_CLOEXEC);
    if (in < 0 || out < 0)
        return JZ_FAIL(err, JZ_E_IO, "a memory file: %s", strerror(errno));
    JZ_TRY(write_frames(c, in, err));
    JZ_TRY(jz_encode_frames(&(jz_encode_file){ .in_fd = in, .out_fd = out }, &how, &info, err));
    *fd = out;
    out = -1;
    return JZ_OK;
}
