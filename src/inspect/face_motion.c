/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/face_motion.h"

#include "base/exact_math.h"
#include "inspect/blazeface.h"
#include "inspect/face_net.h"
#include "inspect/face_view.h"
#include "inspect/measure.h"

#include <math.h>
#include <string.h>

#define SAME 0.3       /* overlap of the face in two frames */
#define FRAMES_LEAST 8 /* before anything is said */
#define ACROSS 0.285   /* half of a face in its square, of its side */
#define DOWN 0.385

static const jz_motion motions[] = {
    { "landmark_jitter", "eyes, nose, mouth against outline", "octaves",
      "how much the points shake from frame to frame, the face's own movement taken off" },
    { "warp_flicker", "inner face against what is around it", "octaves",
      "how much the pixels change from frame to frame where the face is held still" },
};
_Static_assert(JZ_ARRAY_LEN(motions) == JZ_MOTIONS, "one row for each");

/* Corners of eyes and mouth, tip of the nose. */
static const uint16_t inner[] = { 1, 33, 133, 263, 362, 61, 291, 0, 17 };

const jz_motion *jz_motion_at(size_t i)
{
    return i < JZ_MOTIONS ? &motions[i] : NULL;
}

/* The face that goes on: the widest at first, then what overlaps it most. NULL: none. */
static const jz_face *pick(const jz_face_motion *m, const jz_face *faces, size_t n)
{
    const jz_face *best = NULL;
    double most = m->begun ? SAME : 0;
    for (size_t i = 0; i < n; i++) {
        const double v = m->begun ? jz_face_overlap(&faces[i], &m->face) : (double)faces[i].width;
        if (v > most) {
            most = v;
            best = &faces[i];
        }
    }
    return best;
}

/* In widths of the outline, from its middle. */
static void normalise(const jz_mesh *mesh, jz_mesh *out)
{
    float outline[JZ_OUTLINE_POINTS][2];
    double x = 0, y = 0, low = (double)INFINITY, high = -(double)INFINITY;
    jz_mesh_outline(mesh, outline);
    for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++) {
        x += (double)outline[i][0] / JZ_OUTLINE_POINTS;
        y += (double)outline[i][1] / JZ_OUTLINE_POINTS;
        low = fmin(low, (double)outline[i][0]);
        high = fmax(high, (double)outline[i][0]);
    }
    const double width = fmax(high - low, 1);
    for (size_t i = 0; i < JZ_MESH_POINTS; i++) {
        out->at[i][0] = (float)(((double)mesh->at[i][0] - x) / width);
        out->at[i][1] = (float)(((double)mesh->at[i][1] - y) / width);
    }
}

static double second_difference(const float a[2], const float b[2], const float c[2])
{
    double sum = 0;
    for (size_t k = 0; k < 2; k++) {
        const double d = (double)a[k] - 2 * (double)b[k] + (double)c[k];
        sum += d * d;
    }
    return sum;
}

static void add_shake(jz_face_motion *m)
{
    float outline[3][JZ_OUTLINE_POINTS][2];
    for (size_t k = 0; k < 3; k++)
        jz_mesh_outline(&m->mesh[k], outline[k]);
    const size_t n = JZ_ARRAY_LEN(inner);
    for (size_t i = 0; i < n; i++)
        m->shake[0] += second_difference(m->mesh[0].at[inner[i]], m->mesh[1].at[inner[i]],
                                         m->mesh[2].at[inner[i]]) /
                       (double)n;
    for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++)
        m->shake[1] +=
            second_difference(outline[0][i], outline[1][i], outline[2][i]) / JZ_OUTLINE_POINTS;
}

static void add_flicker(jz_face_motion *m)
{
    double sum[2] = { 0 }, n[2] = { 0 };
    for (size_t i = 0; i < (size_t)JZ_MOTION_SIDE * JZ_MOTION_SIDE; i++) {
        const size_t column = i % JZ_MOTION_SIDE, row = i / JZ_MOTION_SIDE;
        const double x = ((double)column + 0.5) / JZ_MOTION_SIDE - 0.5;
        const double y = ((double)row + 0.5) / JZ_MOTION_SIDE - 0.5;
        const double r2 = x * x / (ACROSS * ACROSS) + y * y / (DOWN * DOWN);
        const size_t part = r2 < 0.36 ? 0 : 1;
        if (part == 1 && (r2 < 1.2 || r2 > 1.8))
            continue;
        for (size_t k = 0; k < 3; k++)
            sum[part] += fabs((double)m->px[0][3 * i + k] - (double)m->px[1][3 * i + k]);
        n[part] += 3;
    }
    for (size_t k = 0; k < 2; k++)
        m->flicker[k] += sum[k] / n[k];
}

void jz_face_motion_step(jz_face_motion *m, const jz_pyramid *picture, const jz_mesh *mesh)
{
    const jz_square s = jz_face_net_square(mesh);
    m->lost = !isfinite(s.x) || !isfinite(s.y) || !isfinite(s.side) || s.side < 1;
    if (m->lost)
        return;
    memmove(&m->mesh[1], &m->mesh[0], 2 * sizeof m->mesh[0]);
    normalise(mesh, &m->mesh[0]);
    memcpy(m->px[1], m->px[0], sizeof m->px[0]);
    jz_square_cut(picture, &s, JZ_MOTION_SIDE, m->px[0]);
    if (++m->frames >= 2)
        add_flicker(m);
    if (m->frames >= 3)
        add_shake(m);
}

jz_status jz_face_motion_add(jz_face_motion *m, jz_face_finder *finder, const jz_plane *plane,
                             jz_err *err)
{
    const jz_face_opts opts = { .quick = true };
    jz_face *faces = NULL;
    size_t n = 0;
    float presence = 0;
    if (m->lost)
        return JZ_OK;
    JZ_TRY(jz_face_find(finder, plane, &opts, &faces, &n, err));
    const jz_face *found = pick(m, faces, n);
    m->lost = found == NULL;
    const jz_face face = found != NULL ? *found : (jz_face){ 0 };
    jz_faces_free(faces);
    if (m->lost)
        return JZ_OK;
    JZ_TRY(jz_face_finder_mesh(finder, &face, &m->last, &presence, err));
    jz_face_motion_step(m, jz_face_finder_pyramid(finder), &m->last);
    if (m->lost)
        return JZ_OK;
    m->face = face;
    m->begun = true;
    return JZ_OK;
}

static void set_ratio(jz_measured *out, const double v[2], double scale)
{
    if (v[0] > 0 && v[1] > 0)
        jz_measured_set(out, scale * jz_log2(v[0] / v[1]));
    else
        jz_measured_not(out, "nothing moves");
}

void jz_face_motion_end(const jz_face_motion *m, jz_stream *out)
{
    out->face = m->face;
    if (m->frames < FRAMES_LEAST) {
        for (size_t i = 0; i < JZ_MOTIONS; i++)
            jz_measured_not(&out->motion[i],
                            m->begun ? "the face is lost too soon" : "no face in the first frame");
        return;
    }
    set_ratio(&out->motion[JZ_MOTION_JITTER], m->shake, 0.5); /* of squares */
    set_ratio(&out->motion[JZ_MOTION_FLICKER], m->flicker, 1);
}
