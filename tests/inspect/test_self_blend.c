/* SPDX-License-Identifier: Apache-2.0 */
/* Self-blends of a face of nobody: what changes, what does not, and that measurements see it. */
#include "inspect/self_blend.h"

#include "face_fixture.h"
#include "inspect/clips.h"
#include "inspect/deletion.h"
#include "inspect/measure.h"
#include "inspect/nn.h"
#include "inspect/recode.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static face_fixture fixture;
static uint8_t out[FACE_SIDE * FACE_SIDE * 3], mask[FACE_SIDE * FACE_SIDE];

static const jz_blend nothing = { .size = 1, .gain = { 1, 1, 1 }, .feather = 0.02 };

static void blend(const jz_blend *b)
{
    assert_int_equal(jz_self_blend(&fixture.plane, &fixture.mesh, b, out, mask, NULL), JZ_OK);
}

static void test_blend_that_changes_nothing_is_the_picture(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 1);
    blend(&nothing);
    assert_memory_equal(out, fixture.px, sizeof out);
    assert_int_equal(mask[FACE_SIDE / 2 * FACE_SIDE + FACE_SIDE / 2], 255);
}

static void test_pixels_change_where_the_mask_says_only(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 2);
    for (uint64_t i = 0; i < 8; i++) {
        const jz_blend b = jz_blend_at(i);
        size_t in = 0;
        blend(&b);
        for (size_t k = 0; k < sizeof mask; k++) {
            in += mask[k] > 0;
            if (mask[k] == 0)
                assert_memory_equal(out + 3 * k, fixture.px + 3 * k, 3);
        }
        assert_true(in > sizeof mask / 50 && in < sizeof mask / 3);
        assert_memory_not_equal(out, fixture.px, sizeof out);
    }
}

static void test_parts_are_those_that_were_asked_for(void **state)
{
    (void)state;
    jz_blend b = nothing;
    const size_t middle = FACE_SIDE / 2, brow = FACE_SIDE / 2 - 70, cheek = FACE_SIDE / 2 + 105;
    face_fixture_init(&fixture, 3);
    b.part = JZ_BLEND_LOWER;
    blend(&b);
    assert_int_equal(mask[brow * FACE_SIDE + middle], 0);
    assert_int_equal(mask[(middle + 90) * FACE_SIDE + middle], 255);
    b.part = JZ_BLEND_INNER;
    blend(&b);
    assert_int_equal(mask[middle * FACE_SIDE + cheek], 0);
    assert_int_equal(mask[middle * FACE_SIDE + middle], 255);
}

static void test_same_number_gives_the_same_blend(void **state)
{
    (void)state;
    static uint8_t first[sizeof out];
    const jz_blend a = jz_blend_at(5), b = jz_blend_at(5), c = jz_blend_at(6);
    face_fixture_init(&fixture, 4);
    blend(&a);
    memcpy(first, out, sizeof first);
    blend(&b);
    assert_memory_equal(out, first, sizeof out);
    blend(&c);
    assert_memory_not_equal(out, first, sizeof out);
}

static double sharpness(const uint8_t *px)
{
    const jz_plane plane = { px, FACE_SIDE, FACE_SIDE, (size_t)FACE_SIDE * 3, 3 };
    const jz_pyramid p = { .level[0] = plane, .n = 1 };
    jz_face_view v = { 0 };
    jz_measured m = { 0 };
    assert_int_equal(jz_face_view_init(&p, &fixture.mesh, 0, &v, NULL), JZ_OK);
    jz_measure_inner_sharpness(&(jz_face_views){ &v, &v, true, NULL }, &m);
    jz_face_view_done(&v);
    assert_true(m.valid);
    return m.value;
}

static void test_face_scaled_through_64_pixels_is_softer(void **state)
{
    (void)state;
    jz_blend b = nothing;
    face_fixture_init(&fixture, 5);
    const double before = sharpness(fixture.px);
    b.through = 64;
    blend(&b);
    assert_true(sharpness(out) < before - 1);
    b.through = 0;
    b.sharpen = 1;
    blend(&b);
    assert_true(sharpness(out) > before + 0.1);
}

static void test_grey_pictures_stay_grey(void **state)
{
    (void)state;
    static uint8_t grey[FACE_SIDE * FACE_SIDE];
    const jz_blend b = jz_blend_at(1);
    face_fixture_init(&fixture, 6);
    for (size_t i = 0; i < sizeof grey; i++)
        grey[i] = fixture.px[3 * i + 1];
    const jz_plane plane = { grey, FACE_SIDE, FACE_SIDE, FACE_SIDE, 1 };
    assert_int_equal(jz_self_blend(&plane, &fixture.mesh, &b, out, mask, NULL), JZ_OK);
    for (size_t i = 0; i < sizeof grey; i++)
        assert_true(mask[i] > 0 || out[i] == grey[i]);
}

/* The mean difference to the fixture after being coded anew. */
static double recoded(uint32_t width, uint32_t height, int quality)
{
    static uint8_t px[FACE_SIDE * FACE_SIDE * 3];
    double sum = 0;
    const size_t n = (size_t)width * height * 3;
    memcpy(px, fixture.px, sizeof px);
    jz_recode(px, width, height, 3, quality);
    for (size_t i = 0; i < n; i++)
        sum += px[i] > fixture.px[i] ? px[i] - fixture.px[i] : fixture.px[i] - px[i];
    assert_memory_equal(px + n, fixture.px + n, sizeof px - n); /* nothing behind it */
    return sum / (double)n;
}

static void test_coding_anew_changes_more_at_lower_quality(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 8);
    const double best = recoded(FACE_SIDE, FACE_SIDE, 100);
    const double good = recoded(FACE_SIDE, FACE_SIDE, 90), poor = recoded(FACE_SIDE, FACE_SIDE, 30);
    assert_true(best < 0.8 && good > best && poor > 2 * good && poor < 12);
    for (uint32_t side = 1; side < 20; side += 3) /* no whole blocks */
        assert_true(recoded(side, side + 5, 95) < 6);
}

static void test_coding_anew_at_the_same_quality_changes_little(void **state)
{
    (void)state;
    size_t differ = 0;
    face_fixture_init(&fixture, 9);
    jz_recode(fixture.px, FACE_SIDE, FACE_SIDE, 3, 75);
    memcpy(out, fixture.px, sizeof out);
    jz_recode(out, FACE_SIDE, FACE_SIDE, 3, 75);
    for (size_t i = 0; i < sizeof out; i++)
        differ += out[i] > fixture.px[i] + 1 || fixture.px[i] > out[i] + 1;
    assert_true(differ < sizeof out / 50);
}

/* A network whose score is the mean brightness, and whose map says where it is bright. */
static void open_light_meter(jz_face_net *net)
{
    static uint8_t mean[2 * (8 * 8 * 3 + 1)], same[2 * 2]; /* weights and a bias */
    jz_nn_layer layers[] = {
        { .op = JZ_NN_CONV, .in = { 0, JZ_NN_NONE }, .out = { 16, 16, 1 }, .weights = mean },
        { .op = JZ_NN_CONV, .in = { 1, JZ_NN_NONE }, .out = { 16, 16, 1 }, .weights = same },
        { .op = JZ_NN_AVGPOOL, .in = { 1, JZ_NN_NONE }, .out = { 1, 1, 1 } },
    };
    static const uint32_t kernel[] = { 8, 1, 16 };
    jz_nn_graph g = { .name = "light", .input = { JZ_NET_SIDE, JZ_NET_SIDE, 3 }, .layers = layers };
    JZ_BUF_AUTO file = { 0 };
    const uint16_t part = jz_nn_to_half(1.0f / (8 * 8 * 3)), one = jz_nn_to_half(1);
    for (size_t i = 0; i < JZ_ARRAY_LEN(layers); i++)
        layers[i].kernel_height = layers[i].kernel_width = layers[i].stride = kernel[i];
    layers[1].act = JZ_NN_SIGMOID;
    for (size_t i = 0; i + 2 < sizeof mean; i += 2)
        memcpy(mean + i, &part, 2);
    memcpy(same, &one, 2);
    g.n_layers = JZ_ARRAY_LEN(layers);
    g.n_outputs = 2;
    g.outputs[0] = 3;
    g.outputs[1] = 2;
    assert_int_equal(jz_nn_encode(&g, &file, NULL), JZ_OK);
    assert_int_equal(jz_nn_new(jz_buf_bytes(&file), &net->nn, NULL), JZ_OK);
    assert_int_equal(jz_nn_run_new(net->nn, &net->run, NULL), JZ_OK);
}

/* A dark face with one light spot on a cheek, which is what that network looks at. */
static void spot(jz_face_exam *x, jz_pyramid *p, jz_face_net *net)
{
    static const double corner[][2] = { { 0, 0 }, { 1, 0 }, { 0, 1 } };
    double score, at[2];
    const jz_square s = jz_face_net_square(&fixture.mesh);
    memset(fixture.px, 40, sizeof fixture.px);
    for (size_t y = 250; y < 290; y++)
        memset(fixture.px + (y * FACE_SIDE + 290) * 3, 220, (size_t)40 * 3);
    assert_int_equal(jz_pyramid_init(&fixture.plane, p, NULL), JZ_OK);
    jz_mesh_outline(&fixture.mesh, x->outline);
    assert_int_equal(jz_face_net_look(net, p, &s, &score, x->map, NULL), JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(corner); i++) {
        jz_square_point(&s, corner[i][0], corner[i][1], &at[0], &at[1]);
        x->map_corner[i][0] = (float)at[0];
        x->map_corner[i][1] = (float)at[1];
    }
    x->mapped = true;
}

static void test_score_falls_where_the_map_points(void **state)
{
    (void)state;
    jz_face_net net = { 0 };
    jz_face_exam x = { 0 };
    jz_pyramid p = { 0 };
    double fall[JZ_DELETIONS] = { 0 }, again[JZ_DELETIONS] = { 0 };
    face_fixture_init(&fixture, 10);
    open_light_meter(&net);
    spot(&x, &p, &net);
    assert_int_equal(jz_deletion(&net, &p, &x, 1, fall, NULL), JZ_OK);
    assert_true(fall[JZ_DELETION_MAP] > 0.005);
    for (size_t i = JZ_DELETION_MAP + 1; i < JZ_DELETIONS; i++)
        assert_true(fall[i] < fall[JZ_DELETION_MAP] / 10);
    assert_int_equal(jz_deletion(&net, &p, &x, 1, again, NULL), JZ_OK);
    assert_memory_equal(fall, again, sizeof fall);
    for (size_t i = 0; i < JZ_ARRAY_LEN(x.map); i++)
        x.map[i] = 1 - x.map[i];
    assert_int_equal(jz_deletion(&net, &p, &x, 1, again, NULL), JZ_OK);
    assert_true(again[JZ_DELETION_MAP] < fall[JZ_DELETION_MAP] / 100);
    x.map_corner[1][0] += 4000; /* a face that is small in its square */
    x.map_corner[2][1] += 4000;
    assert_int_equal(jz_deletion(&net, &p, &x, 1, again, NULL), JZ_E_INVAL);
    jz_pyramid_done(&p);
    jz_nn_run_free(net.run);
    jz_nn_free(net.nn);
}

static const uint8_t *frame_of(const jz_clip *c, size_t i)
{
    return c->px + i * JZ_CLIP_SIDE * JZ_CLIP_SIDE * 3;
}

/* The same way of the window with a blend and without, and what differs is under the mask. */
static void test_clip_has_its_blend_in_every_frame(void **state)
{
    (void)state;
    const size_t n = (size_t)JZ_CLIP_SIDE * JZ_CLIP_SIDE;
    const jz_face face = { .x = 120, .y = 120, .width = FACE_WIDTH, .height = FACE_WIDTH };
    const jz_blend b = jz_blend_at(3);
    jz_clip plain = { 0 }, blended = { 0 }, other = { 0 };
    face_fixture_init(&fixture, 11);
    const jz_mesh *mesh = &fixture.mesh;
    assert_int_equal(jz_clip_make(&fixture.plane, &face, mesh, 1, NULL, &plain, NULL), JZ_OK);
    assert_int_equal(jz_clip_make(&fixture.plane, &face, mesh, 1, &b, &blended, NULL), JZ_OK);
    assert_int_equal(jz_clip_make(&fixture.plane, &face, mesh, 2, NULL, &other, NULL), JZ_OK);
    for (size_t i = 0; i < JZ_CLIP_FRAMES; i++) {
        size_t in = 0;
        const uint8_t *blend_mask = blended.mask + i * n;
        for (size_t k = 0; k < n; k++) {
            in += blend_mask[k] > 0;
            if (blend_mask[k] == 0)
                assert_memory_equal(frame_of(&blended, i) + 3 * k, frame_of(&plain, i) + 3 * k, 3);
        }
        assert_true(in > n / 50 && in < n / 2);
        assert_memory_not_equal(frame_of(&blended, i), frame_of(&plain, i), 3 * n);
        const jz_face *f = &plain.face[i];
        assert_true(f->x > 0 && f->y > 0 && f->x + f->width < JZ_CLIP_SIDE);
        if (i > 0)
            assert_memory_not_equal(frame_of(&plain, i), frame_of(&plain, i - 1), 3 * n);
    }
    assert_memory_not_equal(frame_of(&plain, JZ_CLIP_FRAMES - 1),
                            frame_of(&other, JZ_CLIP_FRAMES - 1), 3 * n);
    for (size_t i = 0; i < n * JZ_CLIP_FRAMES; i++)
        assert_int_equal(plain.mask[i], 0);
    jz_clip_done(&plain);
    jz_clip_done(&blended);
    jz_clip_done(&other);
    const jz_plane small = { fixture.px, 300, 480, (size_t)FACE_SIDE * 3, 3 };
    assert_false(jz_clip_fits(&small));
    assert_int_equal(jz_clip_make(&small, &face, mesh, 1, NULL, &plain, NULL), JZ_E_INVAL);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    jz_blend b = nothing;
    b.through = 64;
    face_fixture_init(&fixture, 7);
    for (unsigned n = 0;; n++) {
        jz_fault_arm(n);
        const jz_status st = jz_self_blend(&fixture.plane, &fixture.mesh, &b, out, mask, NULL);
        if (!jz_fault_fired())
            break;
        assert_int_equal(st, JZ_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blend_that_changes_nothing_is_the_picture),
        cmocka_unit_test(test_pixels_change_where_the_mask_says_only),
        cmocka_unit_test(test_parts_are_those_that_were_asked_for),
        cmocka_unit_test(test_same_number_gives_the_same_blend),
        cmocka_unit_test(test_face_scaled_through_64_pixels_is_softer),
        cmocka_unit_test(test_grey_pictures_stay_grey),
        cmocka_unit_test(test_coding_anew_changes_more_at_lower_quality),
        cmocka_unit_test(test_coding_anew_at_the_same_quality_changes_little),
        cmocka_unit_test(test_score_falls_where_the_map_points),
        cmocka_unit_test(test_clip_has_its_blend_in_every_frame),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
