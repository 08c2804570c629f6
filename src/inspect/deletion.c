/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/deletion.h"

#include "base/alloc.h"
#include "inspect/face_view.h"
#include "inspect/self_blend.h"

#include <math.h>
#include <string.h>

#define SIDE ((size_t)JZ_NET_SIDE)
#define FLOATS (SIDE * SIDE * 3)
#define CELLS ((size_t)JZ_MAP_SIDE * JZ_MAP_SIDE)
#define CELL (SIDE / JZ_MAP_SIDE) /* pixels */
#define LEAST 20                  /* cells, of which 5 % are one */
#define REACH 12                  /* pixels to either side that are blurred together */
#define DRAWS 4
#define STEPS 4

static const char *const names[JZ_DELETIONS] = { "map", "middle", "patch", "chance" };

const char *jz_deletion_name(size_t i)
{
    return i < JZ_DELETIONS ? names[i] : NULL;
}

static const size_t percent[STEPS] = { 5, 10, 20, 40 };

typedef struct probe { /* of one face */
    jz_face_net *net;
    float *crop, *blurred, *work; /* FLOATS of each */
    size_t cell[CELLS], n;        /* those within the face */
    double middle[2];             /* of the outline, in cells */
    double score;                 /* with nothing taken out */
} probe;

/* In cells of the map. */
static void middle_of(size_t cell, double at[2])
{
    const size_t column = cell % JZ_MAP_SIDE, row = cell / JZ_MAP_SIDE;
    at[0] = (double)column + 0.5;
    at[1] = (double)row + 0.5;
}

/* The square that the network saw. */
static jz_square square_of(const jz_face_exam *x)
{
    const float(*c)[2] = x->map_corner;
    const double dx = (double)(c[1][0] - c[0][0]), dy = (double)(c[1][1] - c[0][1]);
    const double side = sqrt(dx * dx + dy * dy);
    return (jz_square){ .x = (double)(c[1][0] + c[2][0]) / 2,
                        .y = (double)(c[1][1] + c[2][1]) / 2,
                        .side = side,
                        .right_x = dx / side,
                        .right_y = dy / side };
}

typedef struct outline { /* in cells of the map */
    double at[JZ_OUTLINE_POINTS][2];
} outline;

/* Whether a point lies within a closed line: one going right crosses it an odd number of times. */
static bool is_within(const outline *line, double x, double y)
{
    bool within = false;
    for (size_t i = 0, k = JZ_OUTLINE_POINTS - 1; i < JZ_OUTLINE_POINTS; k = i++) {
        const double *a = line->at[i], *b = line->at[k];
        if ((a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1]))
            within = !within;
    }
    return within;
}

/* The cells whose middles lie within the outline. */
static void find_cells(const jz_face_exam *x, const jz_square *s, probe *p)
{
    outline line;
    for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++) {
        const double dx = (double)x->outline[i][0] - s->x, dy = (double)x->outline[i][1] - s->y;
        line.at[i][0] = ((dx * s->right_x + dy * s->right_y) / s->side + 0.5) * JZ_MAP_SIDE;
        line.at[i][1] = ((dy * s->right_x - dx * s->right_y) / s->side + 0.5) * JZ_MAP_SIDE;
        p->middle[0] += line.at[i][0] / JZ_OUTLINE_POINTS;
        p->middle[1] += line.at[i][1] / JZ_OUTLINE_POINTS;
    }
    for (size_t i = 0; i < CELLS; i++) {
        double at[2];
        middle_of(i, at);
        if (is_within(&line, at[0], at[1]))
            p->cell[p->n++] = i;
    }
}

/* One line of numbers, step apart, as running means. */
static void blur_line(const float *from, float *to, size_t step)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < SIDE + REACH; i++) { /* i enters as i - REACH is written */
        if (i < SIDE) {
            sum += (double)from[i * step];
            n++;
        }
        if (i > (size_t)2 * REACH) {
            sum -= (double)from[(i - 2 * REACH - 1) * step];
            n--;
        }
        if (i >= REACH)
            to[(i - REACH) * step] = (float)(sum / (double)n);
    }
}

static void blur(probe *p)
{
    for (size_t i = 0; i < SIDE * 3; i++) /* rows */
        blur_line(p->crop + i / 3 * SIDE * 3 + i % 3, p->work + i / 3 * SIDE * 3 + i % 3, 3);
    for (size_t i = 0; i < SIDE * 3; i++) /* columns */
        blur_line(p->work + i, p->blurred + i, SIDE * 3);
}

static void take_out(probe *p, size_t cell)
{
    const size_t x = cell % JZ_MAP_SIDE * CELL, y = cell / JZ_MAP_SIDE * CELL;
    for (size_t row = y; row < y + CELL; row++) {
        const size_t at = (row * SIDE + x) * 3;
        memcpy(p->work + at, p->blurred + at, CELL * 3 * sizeof *p->work);
    }
}

/* Adds by how much the score falls as cells go in this order, as often as it is asked. */
static jz_status add_fall(probe *p, const size_t order[CELLS], double times, double *fall,
                          jz_err *err)
{
    float map[CELLS];
    size_t gone = 0;
    memcpy(p->work, p->crop, FLOATS * sizeof *p->work);
    for (size_t i = 0; i < STEPS; i++) {
        double score = 0;
        for (const size_t end = p->n * percent[i] / 100; gone < end; gone++)
            take_out(p, order[gone]);
        JZ_TRY(jz_face_net_run(p->net, p->work, &score, map, err));
        *fall += (p->score - score) * times / STEPS;
    }
    return JZ_OK;
}

/* The face's cells, the largest key first, as they were where keys are equal. */
static void sort_by(const probe *p, const double key[CELLS], size_t order[CELLS])
{
    for (size_t i = 0; i < p->n; i++) {
        size_t at = i;
        for (; at > 0 && key[order[at - 1]] < key[p->cell[i]]; at--)
            order[at] = order[at - 1];
        order[at] = p->cell[i];
    }
}

/* The face's cells, the nearest to a point first. */
static void sort_from(const probe *p, const double from[2], size_t order[CELLS])
{
    double key[CELLS];
    for (size_t i = 0; i < CELLS; i++) {
        double at[2];
        middle_of(i, at);
        key[i] = -((at[0] - from[0]) * (at[0] - from[0]) + (at[1] - from[1]) * (at[1] - from[1]));
    }
    sort_by(p, key, order);
}

static void shuffle(const probe *p, uint64_t *seed, size_t order[CELLS])
{
    memcpy(order, p->cell, p->n * sizeof *order);
    for (size_t i = p->n; i > 1; i--) {
        const size_t k = (size_t)(jz_chance_next(seed) % i), moved = order[k];
        order[k] = order[i - 1];
        order[i - 1] = moved;
    }
}

static jz_status draw(probe *p, uint64_t *seed, double fall[JZ_DELETIONS], jz_err *err)
{
    size_t order[CELLS];
    for (size_t i = 0; i < DRAWS; i++) {
        shuffle(p, seed, order);
        JZ_TRY(add_fall(p, order, 1.0 / DRAWS, &fall[JZ_DELETION_CHANCE], err));
        double first[2];
        middle_of(order[0], first);
        sort_from(p, first, order);
        JZ_TRY(add_fall(p, order, 1.0 / DRAWS, &fall[JZ_DELETION_PATCH], err));
    }
    return JZ_OK;
}

static jz_status play(probe *p, const jz_face_exam *x, uint64_t seed, double fall[JZ_DELETIONS],
                      jz_err *err)
{
    float map[CELLS];
    double key[CELLS];
    size_t order[CELLS];
    JZ_TRY(jz_face_net_run(p->net, p->crop, &p->score, map, err));
    for (size_t i = 0; i < CELLS; i++)
        key[i] = (double)x->map[i];
    sort_by(p, key, order);
    JZ_TRY(add_fall(p, order, 1, &fall[JZ_DELETION_MAP], err));
    sort_from(p, p->middle, order);
    JZ_TRY(add_fall(p, order, 1, &fall[JZ_DELETION_MIDDLE], err));
    return draw(p, &seed, fall, err);
}

jz_status jz_deletion(jz_face_net *net, const jz_pyramid *p, const jz_face_exam *x, uint64_t seed,
                      double fall[JZ_DELETIONS], jz_err *err)
{
    const jz_square s = square_of(x);
    double sum[JZ_DELETIONS] = { 0 };
    probe of = { .net = net };
    find_cells(x, &s, &of);
    if (of.n < LEAST)
        return JZ_FAIL(err, JZ_E_INVAL, "a face of %zu cells of the map", of.n);
    of.crop = jz_alloc_zero(3 * FLOATS, sizeof *of.crop);
    if (of.crop == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a crop");
    of.blurred = of.crop + FLOATS;
    of.work = of.crop + 2 * FLOATS;
    jz_square_cut(p, &s, JZ_NET_SIDE, of.crop);
    blur(&of);
    const jz_status st = play(&of, x, seed, sum, err);
    jz_free(of.crop);
    if (st == JZ_OK)
        memcpy(fall, sum, sizeof sum);
    return st;
}
