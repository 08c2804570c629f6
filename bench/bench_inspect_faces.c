/* SPDX-License-Identifier: Apache-2.0 */
/* Faces: measurements of one, on a picture of noise with a mesh of its own; and, where
 * JZ_TEST_MODELS names their folder, finding them in a frame of 1080p. */
#include "bench/bench_inspect_faces.h"

#include "base/alloc.h"
#include "inspect/face_net.h"
#include "inspect/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPEATS 15
#define WIDTH 1920u
#define HEIGHT 1080u
#define FACE 240u /* pixels across */

typedef struct scene {
    jz_pyramid pyramid;
    jz_plane plane;
    jz_mesh mesh;
    jz_face_view view;
    jz_face_finder *finder;
    jz_face_opts opts;
    jz_face_net *network;
} scene;

/* Points all over the face: its outline takes what it needs, and cuts corners. */
static void put_mesh(jz_mesh *mesh)
{
    static const float corner[][2] = { { 0, -1 }, { 0.7f, -0.7f }, { 1, 0 },  { 0.7f, 0.7f },
                                       { 0, 1 },  { -0.7f, 0.7f }, { -1, 0 }, { -0.7f, -0.7f } };
    float outline[JZ_OUTLINE_POINTS][2];
    for (size_t i = 0; i < JZ_MESH_POINTS; i++) {
        mesh->at[i][0] = (float)i;
        mesh->at[i][1] = (float)HEIGHT / 2;
        mesh->at[i][2] = 0;
    }
    jz_mesh_outline(mesh, outline); /* so the outline's numbers come out */
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        mesh->at[i][0] = (float)WIDTH / 2 + (float)(i % 40);
    for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++) {
        const float *c = corner[i * JZ_ARRAY_LEN(corner) / JZ_OUTLINE_POINTS];
        float *to = mesh->at[(size_t)outline[i][0]];
        to[0] = (float)WIDTH / 2 + c[0] * (float)FACE / 2;
        to[1] = (float)HEIGHT / 2 + c[1] * (float)FACE / 2;
    }
}

static void make_views(scene *s)
{
    jz_face_view_done(&s->view);
    if (jz_face_view_init(&s->pyramid, &s->mesh, 0, &s->view, NULL) != JZ_OK)
        s->view = (jz_face_view){ 0 };
}

static void measure_all(scene *s)
{
    jz_measured out[JZ_MEASURES];
    jz_measure_face(&(jz_face_views){ &s->view, &s->view, true, NULL }, out);
}

static void find(scene *s)
{
    jz_face *faces = NULL;
    size_t n = 0;
    if (jz_face_find(s->finder, &s->plane, &s->opts, &faces, &n, NULL) == JZ_OK)
        jz_faces_free(faces);
}

static void look(scene *s)
{
    const jz_square q = jz_face_net_square(&s->mesh);
    float map[JZ_MAP_SIDE * JZ_MAP_SIDE];
    double score = 0;
    if (jz_face_net_look(s->network, &s->pyramid, &q, &score, map, NULL) != JZ_OK)
        abort(); /* its figures would mean nothing */
}

static void row(jz_bench *b, const char *name, void (*work)(scene *s), scene *s)
{
    double ms[REPEATS];
    for (unsigned k = 0; k < REPEATS; k++) {
        const double start = jz_bench_thread_cpu();
        work(s);
        ms[k] = (jz_bench_thread_cpu() - start) * 1e3;
    }
    jz_bench_row(b, name, 1, jz_bench_median(ms, REPEATS), "ms", -1);
}

/* The network of the tree, on the same picture. */
static void bench_network(jz_bench *b, scene *s)
{
    char path[4096];
    const char *source = getenv("JZ_SOURCE");
    (void)snprintf(path, sizeof path, "%s/models/face-blend.jznn", source != NULL ? source : ".");
    if (jz_face_net_open(path, &s->network, NULL) == JZ_OK)
        row(b, "network and map of a face", look, s);
    else
        jz_bench_skip(b, "network and map of a face", "JZ_SOURCE names no source tree");
}

static void run(jz_bench *b, scene *s)
{
    const char *models = getenv("JZ_TEST_MODELS");
    put_mesh(&s->mesh);
    row(b, "view of a face, 240 pixels", make_views, s);
    if (s->view.memory != NULL)
        row(b, "all measurements of it", measure_all, s);
    bench_network(b, s);
    if (models == NULL || jz_face_finder_open(models, &s->finder, NULL) != JZ_OK) {
        jz_bench_skip(b, "faces in 1080p", "JZ_TEST_MODELS names no folder with the models");
        return;
    }
    s->opts.quick = true;
    row(b, "faces in 1080p, the whole", find, s);
    s->opts.quick = false;
    row(b, "faces in 1080p, tiles too", find, s);
}

void jz_bench_inspect_faces(jz_bench *b)
{
    uint64_t random = 1;
    const size_t bytes = (size_t)WIDTH * HEIGHT * 3;
    jz_auto(uint8_t) *px = jz_alloc(bytes);
    scene s = { .plane = { px, WIDTH, HEIGHT, (size_t)WIDTH * 3, 3 } };
    if (px == NULL)
        return;
    for (size_t i = 0; i < bytes; i++)
        px[i] = (uint8_t)(96 + jz_bench_random(&random) % 64);
    if (jz_pyramid_init(&s.plane, &s.pyramid, NULL) == JZ_OK)
        run(b, &s);
    jz_face_view_done(&s.view);
    jz_face_finder_close(s.finder);
    jz_face_net_close(s.network);
    jz_pyramid_done(&s.pyramid);
}
