/* SPDX-License-Identifier: Apache-2.0 */
#include "label/mark_fill.h"

#include "base/alloc.h"

enum {
    SUB = 256,            /* sub-pixels of a pixel */
    FULL = 2 * SUB * SUB, /* a fully covered pixel, in the unit of cells */
};

typedef struct point {
    int32_t x, y; /* sub-pixels, y downwards */
} point;

/* One number for each pixel; the sum from the left end of its row up to a pixel is how much of it
 * is covered, in 1/FULL, negative where polygons run the other way round. */
typedef struct canvas {
    int32_t *cell;
    uint32_t width; /* two more than the picture's, for an edge on its right border */
} canvas;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static point to_pixels(const jz_outline *o, uint32_t em)
{
    const int64_t scale = (int64_t)em * SUB;
    return (point){ (int32_t)floor_div(o->x * scale + JZ_GLYPH_EM / 2, JZ_GLYPH_EM),
                    (int32_t)floor_div(-o->y * scale + JZ_GLYPH_EM / 2, JZ_GLYPH_EM) };
}

jz_fill_box jz_fill_bounds(const jz_glyph *g, uint32_t em)
{
    point low = { INT32_MAX, INT32_MAX };
    point high = { INT32_MIN, INT32_MIN };
    jz_outline o = jz_outline_of(g);
    while (jz_outline_next(&o)) {
        const point p = to_pixels(&o, em);
        low.x = p.x < low.x ? p.x : low.x;
        low.y = p.y < low.y ? p.y : low.y;
        high.x = p.x > high.x ? p.x : high.x;
        high.y = p.y > high.y ? p.y : high.y;
    }
    if (low.x > high.x)
        return (jz_fill_box){ 0 };
    const int64_t x = floor_div(low.x, SUB);
    const int64_t y = floor_div(low.y, SUB);
    return (jz_fill_box){ .x = (int32_t)x,
                          .y = (int32_t)y,
                          .width = (uint32_t)(floor_div(high.x + SUB - 1, SUB) - x),
                          .height = (uint32_t)(floor_div(high.y + SUB - 1, SUB) - y) };
}

/* A piece of an edge inside one pixel: dy sub-pixels down, from column x0 to x1, counted from the
 * pixel's left side. Covered is what lies to the right. */
static void add_to_cell(int32_t *cell, int32_t x0, int32_t x1, int32_t dy)
{
    cell[0] += dy * (2 * SUB - x0 - x1);
    cell[1] += dy * (x0 + x1);
}

/* A piece of an edge inside one row of pixels. */
static void add_to_row(int32_t *row, int32_t x0, int32_t x1, int32_t dy)
{
    const int32_t left = x0 < x1 ? x0 : x1;
    const int32_t right = x0 < x1 ? x1 : x0;
    int32_t column = left / SUB;
    if (right <= (column + 1) * SUB) {
        add_to_cell(row + column, left - column * SUB, right - column * SUB, dy);
        return;
    }
    int32_t done = 0;
    for (int32_t from = left; from < right; column++) {
        const int32_t end = (column + 1) * SUB;
        const int32_t to = end < right ? end : right;
        const int32_t upto = (int32_t)((int64_t)dy * (to - left) / (right - left));
        add_to_cell(row + column, from - column * SUB, to - column * SUB, upto - done);
        done = upto;
        from = to;
    }
}

static void add_edge(const canvas *c, point a, point b)
{
    if (a.y == b.y)
        return;
    const int32_t down = a.y < b.y ? 1 : -1;
    const point top = a.y < b.y ? a : b;
    const point low = a.y < b.y ? b : a;
    const int64_t slope_x = (int64_t)low.x - top.x;
    const int64_t slope_y = (int64_t)low.y - top.y;
    int32_t x = top.x;
    for (int32_t y = top.y; y < low.y;) {
        const int32_t row = y / SUB;
        const int32_t end = (row + 1) * SUB < low.y ? (row + 1) * SUB : low.y;
        const int32_t x_end = top.x + (int32_t)floor_div(slope_x * (end - top.y), slope_y);
        add_to_row(c->cell + (size_t)row * c->width, x, x_end, down * (end - y));
        x = x_end;
        y = end;
    }
}

static void add_outline(const canvas *c, const jz_glyph *g, uint32_t em, const jz_fill_box *box)
{
    jz_outline o = jz_outline_of(g);
    point first = { 0, 0 };
    point last = { 0, 0 };
    while (jz_outline_next(&o)) {
        point p = to_pixels(&o, em);
        p.x -= box->x * SUB;
        p.y -= box->y * SUB;
        if (o.first) {
            add_edge(c, last, first);
            first = p;
        } else {
            add_edge(c, last, p);
        }
        last = p;
    }
    add_edge(c, last, first);
}

static void sum_row(const int32_t *cell, uint32_t width, uint8_t *px)
{
    int64_t sum = 0;
    for (uint32_t x = 0; x < width; x++) {
        sum += cell[x];
        const int64_t covered = ((sum < 0 ? -sum : sum) * 255 + FULL / 2) / FULL;
        const uint8_t value = covered > 255 ? 255 : (uint8_t)covered;
        px[x] = value > px[x] ? value : px[x];
    }
}

jz_status jz_fill_glyph(const jz_glyph *g, uint32_t em, uint8_t *px, size_t stride, jz_err *err)
{
    const jz_fill_box box = jz_fill_bounds(g, em);
    if (box.width == 0 || box.height == 0)
        return JZ_OK;
    const canvas c = { jz_alloc_zero((size_t)box.height * (box.width + 2), sizeof(int32_t)),
                       box.width + 2 };
    if (c.cell == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a letter of %ux%u pixels", box.width, box.height);
    add_outline(&c, g, em, &box);
    for (uint32_t y = 0; y < box.height; y++)
        sum_row(c.cell + (size_t)y * c.width, box.width, px + y * stride);
    jz_free(c.cell);
    return JZ_OK;
}
