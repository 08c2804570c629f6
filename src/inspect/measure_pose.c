/* SPDX-License-Identifier: Apache-2.0 */
/* The direction in which the inner points of the mesh look against that of its outline: a face that
 * was laid over another head may look elsewhere than the head. Both are normals of triangles, and
 * what differs between them in an undisturbed face is the same for all, so it needs no reference
 * shape; turning the head is taken out by comparing unit vectors. */
#include "inspect/measure.h"

#include <math.h>

/* Points of the mesh (MediaPipe's numbers). */
#define FOREHEAD 10
#define CHIN 152
#define RIGHT_SIDE 234
#define LEFT_SIDE 454
#define RIGHT_EYE_CORNER 33
#define LEFT_EYE_CORNER 263
#define RIGHT_MOUTH_CORNER 61
#define LEFT_MOUTH_CORNER 291

typedef struct vec {
    double x, y, z;
} vec;

static vec between(const jz_face_view *v, size_t from, size_t to)
{
    const double *a = v->point[from], *b = v->point[to];
    return (vec){ b[0] - a[0], b[1] - a[1], b[2] - a[2] };
}

static vec plus(vec a, vec b)
{
    return (vec){ a.x + b.x, a.y + b.y, a.z + b.z };
}

static double length(vec a)
{
    return sqrt(a.x * a.x + a.y * a.y + a.z * a.z);
}

static vec cross(vec a, vec b)
{
    return (vec){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}

void jz_measure_pose(const jz_face_views *views, jz_measured *out)
{
    const jz_face_view *v = views->usual;
    const vec outer = cross(between(v, RIGHT_SIDE, LEFT_SIDE), between(v, FOREHEAD, CHIN));
    const vec across = plus(between(v, RIGHT_EYE_CORNER, LEFT_EYE_CORNER),
                            between(v, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER));
    const vec down = plus(between(v, RIGHT_EYE_CORNER, RIGHT_MOUTH_CORNER),
                          between(v, LEFT_EYE_CORNER, LEFT_MOUTH_CORNER));
    const vec inner = cross(across, down);
    const double both = length(outer) * length(inner);
    if (!(both > 0))
        jz_measured_not(out, "the points lie on a line");
    else
        jz_measured_set(out, length(cross(outer, inner)) / both);
}
