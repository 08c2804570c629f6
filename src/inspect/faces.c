/* SPDX-License-Identifier: Apache-2.0 */
/* The face finder. The full-range network looks at squares of the picture, from the whole to tiles
 * in which the smallest wanted face is large enough for it (quick: at the whole alone); the
 * short-range network looks at the whole, and then again at each face found, upright and filling
 * the same part of a square; at last FaceMesh says whether it is one. What either does not see is
 * no face. */
#include "inspect/face_finder.h"

#include "inspect/blazeface.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define MIN_FACE 64       /* pixels, unless told otherwise */
#define SEEN_FACE 16.0    /* pixels of its input in which full-range finds a face */
#define FIRST_SCORE 0.25f /* of a face that is worth a second look */
#define SURE_SCORE 0.5f   /* in that second look */
#define PRESENT 0.5f      /* what FaceMesh says of a face */
#define SAME 0.3          /* overlap of two boxes of one face */
#define LOOK 2.0          /* side of the second look, in sides of the face */
#define TILES_MAX 4096

struct jz_face_finder {
    jz_blazeface near, full;
    jz_facemesh mesh;
    jz_pyramid pyramid; /* of the last picture; its memory is kept */
};

jz_status jz_face_finder_open(const char *folder, jz_face_finder **out, jz_err *err)
{
    jz_auto(jz_face_finder) *f = jz_alloc_zero(1, sizeof *f);
    if (f == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a face finder");
    JZ_TRY(jz_blazeface_open(folder, "blazeface-short", &f->near, err));
    JZ_TRY(jz_blazeface_open(folder, "blazeface-full", &f->full, err));
    JZ_TRY(jz_facemesh_open(folder, &f->mesh, err));
    *out = JZ_TAKE(f);
    return JZ_OK;
}

void jz_face_finder_close(jz_face_finder *f)
{
    if (f == NULL)
        return;
    jz_blazeface_done(&f->near);
    jz_blazeface_done(&f->full);
    jz_facemesh_done(&f->mesh);
    jz_pyramid_done(&f->pyramid);
    jz_free(f);
}

typedef struct search { /* one picture in one of four directions */
    jz_face_finder *finder;
    const jz_pyramid *pyramid;
    double width, height, min_face;
    double right_x, right_y;
    bool quick;
} search;

/* Tiles of one size, half of each in the next, from a quarter of one before the border to a quarter
 * behind it: a face that the border cuts is looked at from its middle too. */
static jz_status look_at_tiles(const search *s, double side, jz_faces *found, jz_err *err)
{
    const double step = side / 2;
    const double across = fmax(ceil(s->width / step - 1), 0) + 1;
    const double down = fmax(ceil(s->height / step - 1), 0) + 1;
    if (across * down > TILES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%.0f tiles in a picture of %.0f x %.0f", across * down,
                       s->width, s->height);
    for (size_t j = 0; j < (size_t)down; j++)
        for (size_t i = 0; i < (size_t)across; i++) {
            const jz_square tile = { .x = s->width / 2 + ((double)i - (across - 1) / 2) * step,
                                     .y = s->height / 2 + ((double)j - (down - 1) / 2) * step,
                                     .side = side,
                                     .right_x = s->right_x,
                                     .right_y = s->right_y };
            JZ_TRY(jz_blazeface_find(&s->finder->full, s->pyramid, &tile, FIRST_SCORE, found, err));
        }
    return JZ_OK;
}

static jz_status look_everywhere(const search *s, jz_faces *found, jz_err *err)
{
    const double whole = fmax(s->width, s->height);
    const double smallest = s->min_face * s->finder->full.side / SEEN_FACE;
    const jz_square all = { s->width / 2, s->height / 2, whole, s->right_x, s->right_y };
    JZ_TRY(jz_blazeface_find(&s->finder->full, s->pyramid, &all, FIRST_SCORE, found, err));
    if (s->quick)
        return JZ_OK;
    JZ_TRY(jz_blazeface_find(&s->finder->near, s->pyramid, &all, FIRST_SCORE, found, err));
    double side = whole;
    JZ_TRY(look_at_tiles(s, side, found, err));
    while (side > smallest) {
        side = fmax(side / 2, smallest);
        JZ_TRY(look_at_tiles(s, side, found, err));
    }
    return JZ_OK;
}

/* Whether the middle of a face lies on an axis of the picture, or behind its end by less than a
 * quarter of the face. */
static bool is_on(float at, float size, double end)
{
    const double middle = (double)at + (double)size / 2, over = (double)size / 4;
    return middle > -over && middle < end + over;
}

/* Strikes out mirror images. That of a face whose middle is nearer to the border than a quarter of
 * it overlaps the face itself, and has become one with it. */
static void drop_mirrored(const search *s, jz_faces *faces)
{
    size_t n = 0;
    for (size_t i = 0; i < faces->n; i++) {
        const jz_face *f = &faces->at[i];
        if (is_on(f->x, f->width, s->width) && is_on(f->y, f->height, s->height))
            faces->at[n++] = *f;
    }
    faces->n = n;
}

/* The square around a face in which its eyes lie level; s NULL: in whatever direction they do. */
static jz_square around(const jz_face *f, const search *s, double look)
{
    const double dx =
        (double)f->point[JZ_FACE_LEFT_EYE][0] - (double)f->point[JZ_FACE_RIGHT_EYE][0];
    const double dy =
        (double)f->point[JZ_FACE_LEFT_EYE][1] - (double)f->point[JZ_FACE_RIGHT_EYE][1];
    const double length = sqrt(dx * dx + dy * dy);
    jz_square q = { .x = (double)f->x + (double)f->width / 2,
                    .y = (double)f->y + (double)f->height / 2,
                    .side = look * (double)fmaxf(f->width, f->height),
                    .right_x = s != NULL ? s->right_x : 1,
                    .right_y = s != NULL ? s->right_y : 0 };
    if (length > 0 && (s == NULL || dx * s->right_x + dy * s->right_y > 0)) {
        q.right_x = dx / length;
        q.right_y = dy / length;
    }
    return q;
}

/* The best face in a square that is the one looked for; its score is 0 where there is none. */
static jz_status look_again(const search *s, const jz_face *f, jz_face *out, jz_err *err)
{
    const jz_square q = around(f, s, LOOK);
    jz_faces seen = { 0 };
    *out = (jz_face){ 0 };
    const jz_status st =
        jz_blazeface_find(&s->finder->near, s->pyramid, &q, SURE_SCORE, &seen, err);
    jz_faces_merge(&seen, SAME);
    for (size_t i = 0; i < seen.n && st == JZ_OK; i++)
        if (jz_face_overlap(&seen.at[i], f) >= SAME && seen.at[i].score > out->score)
            *out = seen.at[i];
    jz_free(seen.at);
    return st;
}

static jz_status is_present(const search *s, const jz_face *f, bool *out, jz_err *err)
{
    float presence = 0;
    if (f->score > 0) {
        const jz_square q = around(f, s, JZ_MESH_LOOK);
        JZ_TRY(jz_facemesh_find(&s->finder->mesh, s->pyramid, &q, NULL, &presence, err));
    }
    *out = presence >= PRESENT;
    return JZ_OK;
}

/* Keeps the faces that are seen again, in their better boxes, and are not too small. */
static jz_status confirm(const search *s, jz_faces *found, jz_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < found->n; i++) {
        jz_face sure;
        JZ_TRY(look_again(s, &found->at[i], &sure, err));
        bool is_face;
        JZ_TRY(is_present(s, &sure, &is_face, err));
        if (is_face && (double)sure.width >= s->min_face * 0.75)
            found->at[n++] = sure;
    }
    found->n = n;
    jz_faces_merge(found, SAME);
    return JZ_OK;
}

static jz_status find(const search *s, jz_faces *found, jz_err *err)
{
    JZ_TRY(look_everywhere(s, found, err));
    jz_faces_merge(found, SAME);
    drop_mirrored(s, found);
    JZ_TRY(confirm(s, found, err));
    drop_mirrored(s, found);
    return JZ_OK;
}

/* Each direction by itself; the faces of all of them together. */
static jz_status find_turned(search *s, bool any_rotation, jz_faces *found, jz_err *err)
{
    static const double turns[][2] = { { 1, 0 }, { 0, 1 }, { -1, 0 }, { 0, -1 } };
    for (size_t i = 0; i < (any_rotation ? JZ_ARRAY_LEN(turns) : 1); i++) {
        jz_faces here = { 0 };
        s->right_x = turns[i][0];
        s->right_y = turns[i][1];
        jz_status st = find(s, &here, err);
        for (size_t k = 0; k < here.n && st == JZ_OK; k++)
            st = jz_faces_append(found, here.at[k], err);
        jz_free(here.at);
        JZ_TRY(st);
    }
    jz_faces_merge(found, SAME);
    return JZ_OK;
}

jz_status jz_face_find(jz_face_finder *finder, const jz_plane *plane, const jz_face_opts *opts,
                       jz_face **faces, size_t *n, jz_err *err)
{
    static const jz_face_opts usual;
    const jz_face_opts *o = opts != NULL ? opts : &usual;
    if (plane->width == 0 || plane->height == 0 || (plane->channels != 1 && plane->channels != 3))
        return JZ_FAIL(err, JZ_E_INVAL, "a picture of %u x %u pixels and %u channels", plane->width,
                       plane->height, plane->channels);
    jz_faces found = { 0 };
    JZ_TRY(jz_pyramid_init(plane, &finder->pyramid, err));
    search s = { .finder = finder,
                 .pyramid = &finder->pyramid,
                 .width = plane->width,
                 .height = plane->height,
                 .min_face = o->min_face > 0 ? o->min_face : MIN_FACE,
                 .quick = o->quick };
    const jz_status st = find_turned(&s, o->any_rotation, &found, err);
    if (st != JZ_OK) {
        jz_free(found.at);
        return st;
    }
    *faces = found.at;
    *n = found.n;
    return JZ_OK;
}

const jz_pyramid *jz_face_finder_pyramid(const jz_face_finder *finder)
{
    return &finder->pyramid;
}

jz_status jz_face_finder_mesh(jz_face_finder *finder, const jz_face *face, jz_mesh *points,
                              float *presence, jz_err *err)
{
    const jz_square q = around(face, NULL, JZ_MESH_LOOK);
    return jz_facemesh_find(&finder->mesh, &finder->pyramid, &q, points, presence, err);
}

void jz_faces_free(jz_face *faces)
{
    jz_free(faces);
}
