/* SPDX-License-Identifier: Apache-2.0 */
/* Faces: measurements of one, on a picture of noise with a mesh of its own; and, where
 * JZ_TEST_MODELS names their folder, finding them in a frame of 1080p. */
#include "bench/bench_inspect_faces.h"

#include "base/alloc.h"
#include "inspect/face_net.h"
#include "inspect/measure.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* ---- a minute of video ---- */

static bool ran(const char *const argv[])
{
    extern char **environ;
    pid_t child;
    int status = 1;
    return posix_spawnp(&child, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ) ==
               0 &&
           waitpid(child, &status, 0) == child && status == 0;
}

/* 10 s of 1080p, one key frame in them, six times over. */
static bool make_minute(const char *part, const char *whole)
{
    const char *const encode[] = {
        "ffmpeg",   "-v",      "error",   "-y",
        "-f",       "lavfi",   "-i",      "testsrc2=s=1920x1080:r=25:d=10",
        "-c:v",     "libx264", "-preset", "ultrafast",
        "-pix_fmt", "yuv420p", part,      NULL
    };
    const char *const repeat[] = { "ffmpeg", "-v", "error", "-y",   "-stream_loop", "5",
                                   "-i",     part, "-c",    "copy", whole,          NULL };
    return ran(encode) && ran(repeat);
}

static void inspect_minute(jz_bench *b, jz_face_finder *finder, const char *path)
{
    jz_auto(jz_sandbox) *sandbox = NULL;
    jz_auto(jz_decoder) *decoder = NULL;
    jz_inspection in = { 0 };
    jz_err err = { 0 };
    const jz_inspect_opts opts = { .faces.quick = true, .key_frames = true };
    const char *const keys[] = { "ffmpeg", "-v", "error", "-threads", "1", "-skip_frame", "nokey",
                                 "-i",     path, "-f",    "null",     "-", NULL };
    jz_bench_must(jz_sandbox_open(JZ_BENCH_DECODE, NULL, &sandbox, &err), &err);
    jz_bench_must(jz_decoder_new(sandbox, &decoder, &err), &err);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    double from = jz_bench_wall();
    if (fd >= 0)
        jz_bench_must(jz_inspect(decoder, finder, fd, &opts, &in, &err), &err);
    const double ms = (jz_bench_wall() - from) * 1e3;
    from = jz_bench_wall();
    const double other = ran(keys) ? (jz_bench_wall() - from) * 1e3 : -1;
    jz_bench_row(b, "a minute of 1080p in fast; ffmpeg's key frames", in.frames, ms, "ms", other);
    jz_inspection_done(&in);
    if (fd >= 0)
        (void)close(fd);
}

static void bench_minute(jz_bench *b, jz_face_finder *finder)
{
    char folder[] = "/tmp/jz-bench-XXXXXX", part[64], whole[64];
    if (mkdtemp(folder) == NULL)
        return;
    (void)snprintf(part, sizeof part, "%s/part.mp4", folder);
    (void)snprintf(whole, sizeof whole, "%s/whole.mp4", folder);
    if (make_minute(part, whole))
        inspect_minute(b, finder, whole);
    else
        jz_bench_skip(b, "a minute of 1080p in fast", "no ffmpeg to make it with");
    (void)unlink(part);
    (void)unlink(whole);
    (void)rmdir(folder);
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
    bench_minute(b, s->finder);
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
