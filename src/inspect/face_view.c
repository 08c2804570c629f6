/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/face_view.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define WINDOW 1.5 /* of the outline's box */
#define CORNERS_MAX 40

/* Points of the mesh in order around a part. Source: MediaPipe, python/solutions/
 * face_mesh_connections.py, Apache-2.0. */
static const uint16_t outline[] = { 10,  338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288,
                                    397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
                                    172, 58,  132, 93,  234, 127, 162, 21,  54,  103, 67,  109 };
static const uint16_t lips[] = { 61,  146, 91,  181, 84,  17, 314, 405, 321, 375,
                                 291, 409, 270, 269, 267, 0,  37,  39,  40,  185 };
static const uint16_t left_eye[] = { 263, 249, 390, 373, 374, 380, 381, 382,
                                     362, 398, 384, 385, 386, 387, 388, 466 };
static const uint16_t right_eye[] = { 33,  7,   163, 144, 145, 153, 154, 155,
                                      133, 173, 157, 158, 159, 160, 161, 246 };
#define UPPER_LIP 0 /* the point between nose and mouth: jaw and neck lie below it */

typedef struct polygon {
    double corner[CORNERS_MAX][2];
    size_t n;
} polygon;

void jz_mesh_outline(const jz_mesh *mesh, float out[JZ_OUTLINE_POINTS][2])
{
    for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++)
        memcpy(out[i], mesh->at[outline[i]], sizeof out[i]);
}

/* The part at a size, from its middle; pad: pixels added besides. */
static polygon part(const jz_face_view *v, const uint16_t *points, size_t n, double size,
                    double pad)
{
    polygon p = { .n = n };
    double mx = 0, my = 0;
    for (size_t i = 0; i < n; i++) {
        mx += v->point[points[i]][0] / (double)n;
        my += v->point[points[i]][1] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        const double dx = v->point[points[i]][0] - mx, dy = v->point[points[i]][1] - my;
        const double away = sqrt(dx * dx + dy * dy);
        const double scale = size + (away > 0 ? pad / away : 0);
        p.corner[i][0] = mx + dx * scale;
        p.corner[i][1] = my + dy * scale;
    }
    return p;
}

/* Where a row crosses the polygon, in order. */
static size_t crossings(const polygon *p, double y, double at[CORNERS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double *a = p->corner[i], *b = p->corner[(i + 1) % p->n];
        if ((a[1] <= y) == (b[1] <= y))
            continue;
        const double x = a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
        size_t k = n++;
        for (; k > 0 && at[k - 1] > x; k--)
            at[k] = at[k - 1];
        at[k] = x;
    }
    return n;
}

static uint32_t clamped(double v, uint32_t most)
{
    return !(v > 0) ? 0 : v >= most ? most : (uint32_t)v; /* what is no number is 0 */
}

/* Pixels whose centres lie within: sets some regions, takes others away. */
static void fill(jz_face_view *v, const polygon *p, uint8_t set, uint8_t clear, double from_y)
{
    uint8_t *region = v->memory;
    for (uint32_t y = clamped(ceil(from_y), v->height); y < v->height; y++) {
        double at[CORNERS_MAX];
        const size_t n = crossings(p, y, at);
        for (size_t i = 0; i + 1 < n; i += 2) {
            const uint32_t end = clamped(floor(at[i + 1]) + 1, v->width);
            for (uint32_t x = clamped(ceil(at[i]), v->width); x < end; x++) {
                uint8_t *r = region + (size_t)y * v->width + x;
                *r = (uint8_t)((*r | set) & ~clear);
            }
        }
    }
}

static void put_regions(jz_face_view *v)
{
    const double thin = v->face_width / 64; /* a little, whatever the size of the face */
    const struct {
        double size;
        uint8_t set, clear;
    } rings[] = { /* each within the one before */
                  { 1.35, JZ_REGION_RING, 0 }, { 1.25, JZ_REGION_NECK, 0 },
                  { 1.08, 0, JZ_REGION_NECK }, { 1.05, 0, JZ_REGION_RING | JZ_REGION_OUTSIDE },
                  { 1, JZ_REGION_FACE, 0 },    { 0.92, JZ_REGION_JAW, 0 },
                  { 0.75, 0, JZ_REGION_JAW },  { 0.7, JZ_REGION_INNER, 0 }
    };
    const double mouth_y = v->point[UPPER_LIP][1];
    polygon p;
    memset(v->memory, JZ_REGION_OUTSIDE, (size_t)v->width * v->height);
    for (size_t i = 0; i < JZ_ARRAY_LEN(rings); i++) {
        const bool below =
            ((rings[i].set | rings[i].clear) & (JZ_REGION_JAW | JZ_REGION_NECK)) != 0;
        p = part(v, outline, JZ_ARRAY_LEN(outline), rings[i].size, 0);
        fill(v, &p, rings[i].set, rings[i].clear, below && rings[i].set != 0 ? mouth_y : 0);
    }
    p = part(v, lips, JZ_ARRAY_LEN(lips), 1, thin);
    fill(v, &p, JZ_REGION_MOUTH, JZ_REGION_JAW, 0);
    p = part(v, left_eye, JZ_ARRAY_LEN(left_eye), 1, 2 * thin);
    fill(v, &p, JZ_REGION_EYES, 0, 0);
    p = part(v, right_eye, JZ_ARRAY_LEN(right_eye), 1, 2 * thin);
    fill(v, &p, JZ_REGION_EYES, 0, 0);
}

static uint8_t chroma(int v) /* in 1/256 from -128 to 127 */
{
    const int c = (v + 128 * 256 + 128) / 256;
    return (uint8_t)(c < 0 ? 0 : c > 255 ? 255 : c);
}

void jz_chroma_of(int r, int g, int b, uint8_t *cb, uint8_t *cr)
{
    *cb = chroma(-43 * r - 85 * g + 128 * b);
    *cr = chroma(128 * r - 107 * g - 21 * b);
}

static void put_pixels(jz_face_view *v, const jz_plane *from)
{
    const size_t n = (size_t)v->width * v->height;
    uint8_t *luma = v->memory + n, *cb = luma + n, *cr = cb + n;
    const size_t next = from->channels == 3;
    bool grey = true;
    for (uint32_t y = 0; y < v->height; y++) {
        const uint8_t *px = from->px + (size_t)(v->y + y) * from->stride + v->x * from->channels;
        for (uint32_t x = 0; x < v->width; x++, px += from->channels) {
            const int r = px[0], g = px[next], b = px[2 * next];
            *luma++ = jz_luma_of(r, g, b);
            jz_chroma_of(r, g, b, cb++, cr++);
            grey = grey && r - g < 3 && g - r < 3 && b - g < 3 && g - b < 3;
        }
    }
    v->grey = grey;
    v->luma = v->memory + n;
    v->cb = grey ? NULL : v->memory + 2 * n;
    v->cr = grey ? NULL : v->memory + 3 * n;
    v->region = v->memory;
}

typedef struct box {
    double x0, y0, x1, y1;
} box;

static box box_of(const jz_mesh *mesh)
{
    const double far = (double)INFINITY;
    box b = { far, far, -far, -far };
    for (size_t i = 0; i < JZ_ARRAY_LEN(outline); i++) {
        const double x = (double)mesh->at[outline[i]][0], y = (double)mesh->at[outline[i]][1];
        b = (box){ fmin(b.x0, x), fmin(b.y0, y), fmax(b.x1, x), fmax(b.y1, y) };
    }
    return b;
}

/* The window around the face, within the level, and the mesh in it. */
static void place(jz_face_view *v, const box *b, double scale, const jz_mesh *mesh)
{
    const double mx = (b->x0 + b->x1) / 2 * scale, my = (b->y0 + b->y1) / 2 * scale;
    const double half_x = (b->x1 - b->x0) / 2 * scale * WINDOW;
    const double half_y = (b->y1 - b->y0) / 2 * scale * WINDOW;
    v->x = clamped(floor(mx - half_x), v->picture_width);
    v->y = clamped(floor(my - half_y), v->picture_height);
    v->width = clamped(ceil(mx + half_x), v->picture_width) - v->x;
    v->height = clamped(ceil(my + half_y), v->picture_height) - v->y;
    v->face_width = (b->x1 - b->x0) * scale;
    for (size_t i = 0; i < JZ_MESH_POINTS; i++) { /* centres of pixels are whole numbers here */
        v->point[i][0] = (double)mesh->at[i][0] * scale - 0.5 - v->x;
        v->point[i][1] = (double)mesh->at[i][1] * scale - 0.5 - v->y;
        v->point[i][2] = (double)mesh->at[i][2] * scale;
    }
}

jz_status jz_face_view_init(const jz_pyramid *p, const jz_mesh *mesh, uint32_t most,
                            jz_face_view *out, jz_err *err)
{
    const box b = box_of(mesh);
    if (!isfinite(b.x1 - b.x0) || !isfinite(b.y1 - b.y0) || b.x1 <= b.x0 || b.y1 <= b.y0)
        return JZ_FAIL(err, JZ_E_INVAL, "a face of no size");
    double scale = 1;
    out->level = 0;
    while (most > 0 && (b.x1 - b.x0) * scale > most && out->level + 1 < p->n) {
        scale /= 2;
        out->level++;
    }
    const jz_plane *from = &p->level[out->level];
    out->picture_width = from->width;
    out->picture_height = from->height;
    place(out, &b, scale, mesh);
    if (out->width == 0 || out->height == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "a face of %.0f x %.0f pixels at %.0f, %.0f", b.x1 - b.x0,
                       b.y1 - b.y0, b.x0, b.y0);
    out->memory = jz_alloc(4 * (size_t)out->width * out->height);
    if (out->memory == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a face of %u x %u pixels", out->width, out->height);
    put_pixels(out, from);
    put_regions(out);
    return JZ_OK;
}

void jz_face_view_done(jz_face_view *v)
{
    jz_free(v->memory);
    v->memory = NULL;
}
