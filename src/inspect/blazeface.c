/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/blazeface.h"

#include "base/alloc.h"
#include "inspect/models.h"
#include "inspect/nn_dsp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 16 /* of a box: centre, size, 6 points */

/* Squares of a grid, several boxes in the centre of each. */
typedef struct grid {
    uint32_t side, boxes;
} grid;

static const struct layout {
    uint32_t side; /* of the network's input */
    grid grids[2];
} layouts[] = {
    { 128, { { 16, 2 }, { 8, 6 } } },
    { 192, { { 48, 1 }, { 0, 0 } } },
};

static uint32_t count(const struct layout *l)
{
    uint32_t n = 0;
    for (size_t i = 0; i < JZ_ARRAY_LEN(l->grids); i++)
        n += l->grids[i].side * l->grids[i].side * l->grids[i].boxes;
    return n;
}

static void put_anchors(const struct layout *l, float *to)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(l->grids); i++) {
        const grid g = l->grids[i];
        for (uint32_t k = 0; k < g.side * g.side; k++)
            for (uint32_t b = 0; b < g.boxes; b++) {
                const uint32_t row = k / g.side;
                *to++ = ((float)(k % g.side) + 0.5f) / (float)g.side;
                *to++ = ((float)row + 0.5f) / (float)g.side;
            }
    }
}

static bool is_shape(jz_nn_shape s, uint32_t height, uint32_t width, uint32_t channels)
{
    return s.height == height && s.width == width && s.channels == channels;
}

/* The layout that fits the network, or NULL. */
static const struct layout *layout_of(const jz_nn *nn)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(layouts); i++) {
        const struct layout *l = &layouts[i];
        if (is_shape(jz_nn_input_shape(nn), l->side, l->side, 3) && jz_nn_outputs(nn) == 2 &&
            is_shape(jz_nn_output_shape(nn, 0), 1, count(l), NUMBERS) &&
            is_shape(jz_nn_output_shape(nn, 1), 1, count(l), 1))
            return l;
    }
    return NULL;
}

static jz_status open_network(const char *folder, const char *name, jz_blazeface *b, jz_err *err)
{
    JZ_TRY(jz_model_open(folder, name, &b->nn, err));
    const struct layout *l = layout_of(b->nn);
    if (l == NULL)
        return JZ_FAIL(err, JZ_E_MISMATCH, "model %s is no face finder", name);
    b->side = l->side;
    b->n = count(l);
    b->anchors = jz_alloc(2 * (size_t)b->n * sizeof *b->anchors);
    if (b->anchors == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%u anchors", b->n);
    put_anchors(l, b->anchors);
    return jz_nn_run_new(b->nn, &b->run, err);
}

jz_status jz_blazeface_open(const char *folder, const char *name, jz_blazeface *out, jz_err *err)
{
    jz_blazeface b = { 0 };
    const jz_status st = open_network(folder, name, &b, err);
    if (st == JZ_OK)
        *out = b;
    else
        jz_blazeface_done(&b);
    return st;
}

void jz_blazeface_done(jz_blazeface *b)
{
    jz_nn_run_free(b->run);
    jz_nn_free(b->nn);
    jz_free(b->anchors);
}

/* A box of the network as a face of the picture. The box of a turned square is upright again: it
 * keeps its size and its centre. */
static jz_face decode(const jz_blazeface *b, const jz_square *s, const float *box,
                      const float anchor[2], float score)
{
    jz_face f = { .score = score };
    double at[1 + JZ_FACE_POINTS][2];
    for (unsigned k = 0; k < 1 + JZ_FACE_POINTS; k++) {
        const float *p = box + (k == 0 ? 0 : 2 + 2 * k);
        jz_square_point(s, (double)(p[0] / (float)b->side + anchor[0]),
                        (double)(p[1] / (float)b->side + anchor[1]), &at[k][0], &at[k][1]);
    }
    f.width = box[2] / (float)b->side * (float)s->side;
    f.height = box[3] / (float)b->side * (float)s->side;
    f.x = (float)at[0][0] - f.width / 2;
    f.y = (float)at[0][1] - f.height / 2;
    for (unsigned k = 0; k < JZ_FACE_POINTS; k++) {
        f.point[k][0] = (float)at[k + 1][0];
        f.point[k][1] = (float)at[k + 1][1];
    }
    return f;
}

jz_status jz_faces_append(jz_faces *faces, jz_face f, jz_err *err)
{
    jz_face *at = jz_grow(faces->at, faces->n, &faces->size, sizeof f);
    if (at == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu faces", faces->n + 1);
    faces->at = at;
    faces->at[faces->n++] = f;
    return JZ_OK;
}

jz_status jz_blazeface_find(jz_blazeface *b, const jz_pyramid *p, const jz_square *s,
                            float min_score, jz_faces *out, jz_err *err)
{
    jz_square_cut(p, s, b->side, jz_nn_run_input(b->run));
    JZ_TRY(jz_nn_run_once(b->run, err));
    const float *box = jz_nn_run_output(b->run, 0), *logit = jz_nn_run_output(b->run, 1);
    for (uint32_t i = 0; i < b->n; i++, box += NUMBERS) {
        const float score = jz_nn_sigmoid(logit[i]);
        if (score >= min_score && box[2] > 0 && box[3] > 0)
            JZ_TRY(jz_faces_append(out, decode(b, s, box, b->anchors + 2 * (size_t)i, score), err));
    }
    return JZ_OK;
}

static double shared(float a, float a_size, float b, float b_size)
{
    const double first = fmax((double)a, (double)b);
    const double end = fmin((double)a + (double)a_size, (double)b + (double)b_size);
    return fmax(end - first, 0);
}

double jz_face_overlap(const jz_face *a, const jz_face *b)
{
    const double both =
        shared(a->x, a->width, b->x, b->width) * shared(a->y, a->height, b->y, b->height);
    const double all =
        (double)a->width * (double)a->height + (double)b->width * (double)b->height - both;
    return all > 0 ? both / all : 0;
}

/* By score, then by place: one order for one set of faces. */
static int better_first(const void *pa, const void *pb)
{
    const jz_face *a = pa, *b = pb;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    if (a->x != b->x)
        return a->x > b->x ? 1 : -1;
    return (a->y > b->y) - (a->y < b->y);
}

/* The mean of a face and those after it that overlap it, which are struck out. */
static jz_face mean(jz_faces *faces, size_t i, double least)
{
    const jz_face first = faces->at[i];
    enum { PARTS = 4 + 2 * JZ_FACE_POINTS };
    float sum[PARTS] = { 0 }, total = 0;
    for (size_t k = i; k < faces->n; k++) {
        jz_face *f = &faces->at[k];
        if (f->score <= 0 || (k > i && jz_face_overlap(&first, f) < least))
            continue;
        float part[PARTS] = { f->x, f->y, f->width, f->height };
        memcpy(part + 4, f->point, sizeof f->point);
        for (unsigned j = 0; j < PARTS; j++)
            sum[j] += f->score * part[j];
        total += f->score;
        f->score = 0;
    }
    for (unsigned j = 0; j < PARTS; j++)
        sum[j] /= total;
    jz_face f = { sum[0], sum[1], sum[2], sum[3], first.score, { { 0 } } };
    memcpy(f.point, sum + 4, sizeof f.point);
    return f;
}

void jz_faces_merge(jz_faces *faces, double least)
{
    size_t n = 0;
    if (faces->n > 0)
        qsort(faces->at, faces->n, sizeof *faces->at, better_first);
    for (size_t i = 0; i < faces->n; i++)
        if (faces->at[i].score > 0)
            faces->at[n++] = mean(faces, i, least); /* n <= i: what is overwritten was read */
    faces->n = n;
}
