/* SPDX-License-Identifier: Apache-2.0 */
/* The face finder: its geometry by itself; with the models (JZ_TEST_MODELS, the folder that jz
 * models add fills) and the photographs (JZ_TEST_DATA), what it finds. */
#include "inspect/blazeface.h"

#include "base/alloc.h"
#include "inspect/halve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIDE 64

/* A picture whose red is its column and green its row. */
static jz_plane ramp(uint8_t px[SIDE * SIDE * 3])
{
    for (size_t i = 0; i < (size_t)SIDE * SIDE; i++) {
        px[3 * i] = (uint8_t)(i % SIDE);
        px[3 * i + 1] = (uint8_t)(i / SIDE);
        px[3 * i + 2] = 200;
    }
    return (jz_plane){ px, SIDE, SIDE, (size_t)SIDE * 3, 3 };
}

static float grey(float v)
{
    return (v + 1) * 127.5f;
}

static void test_square_is_cut_where_it_lies(void **state)
{
    (void)state;
    static uint8_t px[SIDE * SIDE * 3];
    static float out[8 * 8 * 3];
    const jz_plane plane = ramp(px);
    jz_pyramid p = { 0 };
    assert_int_equal(jz_pyramid_init(&plane, &p, NULL), JZ_OK);
    assert_int_equal(p.n, 2);
    const jz_square s = { .x = 20, .y = 30, .side = 8, .right_x = 1 };
    jz_square_cut(&p, &s, 8, out);
    for (size_t i = 0; i < 64; i++) {
        assert_true(fabsf(grey(out[3 * i]) - (float)(16 + i % 8)) < 1e-4f);
        assert_true(fabsf(grey(out[3 * i + 1]) - (float)(26 + i / 8)) < 1e-4f);
    }
    jz_pyramid_done(&p);
}

/* A quarter turn: rows of the square run down the picture. */
static void test_turned_square_is_turned(void **state)
{
    (void)state;
    static uint8_t px[SIDE * SIDE * 3];
    static float out[8 * 8 * 3];
    const jz_plane plane = ramp(px);
    jz_pyramid p = { 0 };
    assert_int_equal(jz_pyramid_init(&plane, &p, NULL), JZ_OK);
    const jz_square s = { .x = 20, .y = 30, .side = 8, .right_y = 1 };
    jz_square_cut(&p, &s, 8, out);
    for (size_t i = 0; i < 64; i++) {
        assert_true(fabsf(grey(out[3 * i]) - (float)(23 - i / 8)) < 1e-4f);
        assert_true(fabsf(grey(out[3 * i + 1]) - (float)(26 + i % 8)) < 1e-4f);
    }
    jz_pyramid_done(&p);
}

/* Twice as large as the picture: halved once, mirrored at the borders. */
static void test_outside_lies_the_mirror_image(void **state)
{
    (void)state;
    static uint8_t px[SIDE * SIDE * 3];
    static float out[SIDE * SIDE * 3];
    const jz_plane plane = ramp(px);
    jz_pyramid p = { 0 };
    assert_int_equal(jz_pyramid_init(&plane, &p, NULL), JZ_OK);
    const jz_square s = { .x = 32, .y = 32, .side = 128, .right_x = 1 };
    jz_square_cut(&p, &s, SIDE, out);
    for (size_t x = 0; x < 16; x++) {
        const float left = out[3 * (32 * SIDE + 15 - x)], in = out[3 * (32 * SIDE + 16 + x)];
        assert_true(left == in);
    }
    jz_pyramid_done(&p);
}

/* Every kernel gives what plain C gives, at widths around those of its vectors, and touches nothing
 * beyond (AddressSanitizer). */
static void test_kernels_halve_alike(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (size_t width = 1; width < 40; width++)
        for (uint32_t c = 1; c <= 3; c++)
            for (size_t k = 1; jz_halve_at(k) != NULL; k++) {
                const size_t row = 2 * width * c, half = width * c;
                jz_auto(uint8_t) *a = jz_alloc(row), *b = jz_alloc(row);
                jz_auto(uint8_t) *plain = jz_alloc(half), *fast = jz_alloc(half);
                for (size_t i = 0; i < row; i++) {
                    random = random * 1664525u + 1013904223u;
                    a[i] = (uint8_t)(random >> 24);
                    b[i] = (uint8_t)(random >> 16);
                }
                jz_halve_c(a, b, width, c, plain);
                jz_halve_at(k)(a, b, width, c, fast);
                assert_memory_equal(plain, fast, half);
            }
}

static void test_overlap_is_shared_area_over_all(void **state)
{
    (void)state;
    const jz_face a = { .x = 0, .y = 0, .width = 10, .height = 10 };
    const jz_face b = { .x = 5, .y = 0, .width = 10, .height = 10 };
    const jz_face c = { .x = 10, .y = 0, .width = 10, .height = 10 };
    assert_true(fabs(jz_face_overlap(&a, &b) - 1.0 / 3) < 1e-12);
    assert_true(jz_face_overlap(&a, &c) == 0);
    assert_true(jz_face_overlap(&a, &a) == 1);
}

static void test_boxes_of_one_face_become_their_mean(void **state)
{
    (void)state;
    jz_faces f = { 0 };
    const jz_face some[] = {
        { .x = 100, .y = 100, .width = 50, .height = 50, .score = 0.5f },
        { .x = 0, .y = 0, .width = 50, .height = 50, .score = 0.6f },
        { .x = 10, .y = 0, .width = 50, .height = 50, .score = 0.3f },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(some); i++)
        assert_int_equal(jz_faces_append(&f, some[i], NULL), JZ_OK);
    jz_faces_merge(&f, 0.3);
    assert_int_equal(f.n, 2);
    assert_true(f.at[0].score == 0.6f && fabsf(f.at[0].x - 10.0f / 3) < 1e-5f);
    assert_true(f.at[1].score == 0.5f && fabsf(f.at[1].x - 100) < 1e-3f);
    jz_free(f.at);
}

static void test_missing_model_is_named(void **state)
{
    (void)state;
    jz_err err = { 0 };
    char text[JZ_ERR_FRAMES * JZ_ERR_TEXT];
    jz_face_finder *f = NULL;
    assert_int_equal(jz_face_finder_open("no-such-folder", &f, &err), JZ_E_NOTFOUND);
    assert_non_null(strstr(jz_err_text(&err, text, sizeof text), "blazeface-short"));
    assert_non_null(strstr(text, "jz models list"));
}

#define BOXES_MAX 128

typedef struct box { /* a line of boxes.tsv */
    char file[64];
    jz_face face;
    bool found;
} box;

typedef struct picture { /* what is done with one photograph */
    jz_face_finder *finder;
    jz_face_opts opts;
    jz_face *faces;
    size_t n;
    bool turned; /* by a quarter, before it is looked at */
} picture;

static size_t read_boxes(const char *folder, box *boxes)
{
    char path[4096], line[512];
    (void)snprintf(path, sizeof path, "%s/faces/boxes.tsv", folder);
    FILE *f = fopen(path, "r");
    size_t n = 0;
    while (f != NULL && n < BOXES_MAX && fgets(line, sizeof line, f) != NULL) {
        box *b = &boxes[n];
        jz_face *t = &b->face;
        b->found = false;
        if (line[0] != '#' &&
            sscanf(line, "%63s %f %f %f %f", b->file, &t->x, &t->y, &t->width, &t->height) == 5)
            n++;
    }
    if (f != NULL)
        (void)fclose(f);
    return n;
}

/* The picture as it is after a quarter turn to the right. */
static uint8_t *turn(const jz_plane *p, jz_plane *out)
{
    const size_t c = p->channels;
    uint8_t *to = jz_alloc((size_t)p->width * p->height * c), *at = to;
    assert_non_null(to);
    for (size_t y = 0; y < p->width; y++)
        for (size_t x = 0; x < p->height; x++, at += c)
            memcpy(at, p->px + (p->height - 1 - x) * p->stride + y * c, c);
    *out = (jz_plane){ to, p->height, p->width, p->height * c, p->channels };
    return to;
}

static jz_status look(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err)
{
    picture *pic = user;
    (void)info;
    jz_plane plane = frame->plane;
    uint8_t *turned = pic->turned ? turn(&frame->plane, &plane) : NULL;
    const jz_status st = jz_face_find(pic->finder, &plane, &pic->opts, &pic->faces, &pic->n, err);
    jz_free(turned);
    return st;
}

static void decode(jz_decoder *d, const char *folder, const char *file, picture *pic)
{
    char path[4096];
    jz_media_info info;
    jz_err err = { 0 };
    (void)snprintf(path, sizeof path, "%s/faces/%s", folder, file);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    pic->faces = NULL;
    pic->n = 0;
    if (jz_decode(d, fd, NULL, look, pic, &info, &err) != JZ_OK)
        fail_msg("%s: %s", file, err.frame[0]);
    (void)close(fd);
}

/* The box of the truth that a face fits best, if well enough. */
static box *truth_of(const jz_face *f, box *boxes, size_t n)
{
    box *best = NULL;
    double most = 0.3;
    for (size_t i = 0; i < n; i++)
        if (jz_face_overlap(f, &boxes[i].face) >= most) {
            most = jz_face_overlap(f, &boxes[i].face);
            best = &boxes[i];
        }
    return best;
}

typedef struct bed { /* what the photographs are looked at with; NULLs where a test is skipped */
    jz_sandbox *sandbox;
    jz_decoder *decoder;
    picture pic;
    const char *data;
} bed;

static bool ready(bed *b)
{
    const char *models = getenv("JZ_TEST_MODELS");
    b->data = getenv("JZ_TEST_DATA");
    if (models == NULL || b->data == NULL)
        return false;
    assert_int_equal(jz_face_finder_open(models, &b->pic.finder, NULL), JZ_OK);
    assert_int_equal(jz_sandbox_open(NULL, NULL, &b->sandbox, NULL), JZ_OK);
    assert_int_equal(jz_decoder_new(b->sandbox, &b->decoder, NULL), JZ_OK);
    return true;
}

static void bed_done(bed *b)
{
    jz_decoder_free(b->decoder);
    jz_sandbox_close(b->sandbox);
    jz_face_finder_close(b->pic.finder);
}

/* boxes.tsv may lack faces in two crowds: what is found there beside it is not counted. */
static bool is_crowd(const char *file)
{
    return strncmp(file, "solvay", 6) == 0 || strncmp(file, "selfie-many", 11) == 0;
}

static void test_photographs_give_their_faces(void **state)
{
    (void)state;
    static box boxes[BOXES_MAX];
    bed b = { 0 };
    if (!ready(&b))
        skip();
    const size_t n = read_boxes(b.data, boxes);
    size_t wanted = 0, found = 0, wrong = 0, people = 0;
    for (size_t i = 0, end = 0; i < n; i = end) {
        while (end < n && strcmp(boxes[end].file, boxes[i].file) == 0)
            end++;
        decode(b.decoder, b.data, boxes[i].file, &b.pic);
        for (size_t k = 0; k < b.pic.n; k++) {
            box *t = truth_of(&b.pic.faces[k], boxes + i, end - i);
            if (t != NULL)
                t->found = true;
            wrong += t == NULL && !is_crowd(boxes[i].file);
        }
        people += strncmp(boxes[i].file, "solvay", 6) == 0 ? b.pic.n : 0;
        jz_faces_free(b.pic.faces);
    }
    for (size_t i = 0; i < n; i++) {
        wanted += boxes[i].face.width >= 64;
        found += boxes[i].face.width >= 64 && boxes[i].found;
    }
    print_message("# %zu of %zu faces from 64 pixels, %zu false, %zu of 29 in solvay1927\n", found,
                  wanted, wrong, people);
    assert_true(wanted >= 40 && found * 100 >= wanted * 98 && wrong * 100 <= wanted);
    assert_true(people >= 27 && people <= 29);
    bed_done(&b);
}

static void test_turned_photograph_gives_its_face(void **state)
{
    (void)state;
    bed b = { .pic = { .turned = true, .opts.any_rotation = true } };
    if (!ready(&b))
        skip();
    decode(b.decoder, b.data, "df-img10.jpg", &b.pic);
    assert_int_equal(b.pic.n, 1);
    const float *right = b.pic.faces[0].point[JZ_FACE_RIGHT_EYE];
    const float *left = b.pic.faces[0].point[JZ_FACE_LEFT_EYE];
    assert_true(left[1] - right[1] > 2 * fabsf(left[0] - right[0])); /* one above the other */
    jz_faces_free(b.pic.faces);
    bed_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_square_is_cut_where_it_lies),
        cmocka_unit_test(test_turned_square_is_turned),
        cmocka_unit_test(test_outside_lies_the_mirror_image),
        cmocka_unit_test(test_kernels_halve_alike),
        cmocka_unit_test(test_overlap_is_shared_area_over_all),
        cmocka_unit_test(test_boxes_of_one_face_become_their_mean),
        cmocka_unit_test(test_missing_model_is_named),
        cmocka_unit_test(test_photographs_give_their_faces),
        cmocka_unit_test(test_turned_photograph_gives_its_face),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
