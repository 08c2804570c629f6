/* SPDX-License-Identifier: Apache-2.0 */
/* Each measurement on a face of nobody, undisturbed and with the one change that it names. */
#include "base/exact_math.h"
#include "inspect/beautify.h"
#include "inspect/face_motion.h"
#include "inspect/face_net.h"
#include "inspect/measure.h"

#include "face_fixture.h"
#include "inspect/blocks8.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static face_fixture fixture;

/* What is measured of the fixture under this name. */
static jz_measured measured(const char *name, bool still)
{
    const jz_pyramid p = { .level[0] = fixture.plane, .n = 1 };
    jz_face_view v = { 0 };
    jz_measured all[JZ_MEASURES];
    assert_int_equal(jz_face_view_init(&p, &fixture.mesh, 0, &v, NULL), JZ_OK);
    jz_measure_face(&(jz_face_views){ &v, &v, still, NULL }, all);
    jz_face_view_done(&v);
    for (size_t i = 0; jz_measure_class_at(i) != NULL; i++)
        if (strcmp(jz_measure_class_at(i)->name, name) == 0)
            return all[i];
    fail_msg("no measurement %s", name);
    return all[0];
}

static double value_of(const char *name)
{
    const jz_measured m = measured(name, true);
    if (!m.valid)
        fail_msg("%s: %s", name, m.why);
    return m.value;
}

/* The binomial mean of the pixel's neighbours. */
static void soften(face_fixture *f, const uint8_t *before, size_t x, size_t y)
{
    if (x == 0 || y == 0 || x + 1 == FACE_SIDE || y + 1 == FACE_SIDE)
        return;
    for (size_t k = 0; k < 3; k++) {
        const uint8_t *p = before + 3 * (y * FACE_SIDE + x) + k;
        const ptrdiff_t d = (ptrdiff_t)FACE_SIDE * 3;
        f->px[3 * (y * FACE_SIDE + x) + k] =
            (uint8_t)((4 * p[0] + 2 * (p[3] + p[-3] + p[d] + p[-d]) + p[d + 3] + p[d - 3] +
                       p[3 - d] + p[-3 - d] + 8) /
                      16);
    }
}

static uint8_t byte(double v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : floor(v + 0.5));
}

static void sharpen(face_fixture *f, const uint8_t *before, size_t x, size_t y)
{
    soften(f, before, x, y);
    for (size_t k = 0; k < 3; k++) {
        const size_t i = 3 * (y * FACE_SIDE + x) + k;
        f->px[i] = byte(2.0 * before[i] - f->px[i]);
    }
}

static void colour(face_fixture *f, const uint8_t *before, size_t x, size_t y)
{
    uint8_t *p = f->px + 3 * (y * FACE_SIDE + x);
    (void)before;
    p[0] = byte(p[0] + 12.0);
    p[2] = byte(p[2] - 12.0);
}

/* Noise of 3 levels to either side becomes one of 1. */
static void denoise(face_fixture *f, const uint8_t *before, size_t x, size_t y)
{
    const uint8_t clean = face_fixture_texture(5, x, y, 0),
                  noisy = before[3 * (y * FACE_SIDE + x) + 1];
    for (size_t k = 0; k < 3; k++) {
        uint8_t *p = f->px + 3 * (y * FACE_SIDE + x) + k;
        *p = (uint8_t)(*p - (noisy - clean) + (noisy - clean) / 3);
    }
}

/* Bilinear, to 3/2 of its size about the middle of the picture. */
static void enlarge(face_fixture *f, const uint8_t *before, size_t x, size_t y)
{
    const double sx = FACE_SIDE / 2.0 + ((double)x - FACE_SIDE / 2.0) / 1.5;
    const double sy = FACE_SIDE / 2.0 + ((double)y - FACE_SIDE / 2.0) / 1.5;
    const size_t fx = (size_t)sx, fy = (size_t)sy;
    const double rx = sx - (double)fx, ry = sy - (double)fy;
    for (size_t k = 0; k < 3; k++) {
        const uint8_t *p = before + 3 * (fy * FACE_SIDE + fx) + k;
        const uint8_t *q = p + (size_t)FACE_SIDE * 3;
        f->px[3 * (y * FACE_SIDE + x) + k] =
            byte((1 - ry) * (p[0] + rx * (p[3] - p[0])) + ry * (q[0] + rx * (q[3] - q[0])));
    }
}

/* A step at the first column and row of each block of 8. */
static void block(face_fixture *f, const uint8_t *before, size_t x, size_t y)
{
    (void)before;
    for (size_t k = 0; k < 3; k++) {
        uint8_t *p = f->px + 3 * (y * FACE_SIDE + x) + k;
        *p = byte(*p + 6.0 * (double)((x / 8 + y / 8) % 2));
    }
}

static void test_logarithm_and_cosine_are_those_of_the_library(void **state)
{
    (void)state;
    for (double v = 1e-300; v < 1e300; v *= 1.7) {
        assert_true(fabs(jz_log2(v) - log2(v)) < 1e-12);
        assert_true(fabs(jz_exp2(jz_log2(v)) / v - 1) < 1e-12);
    }
    for (double t = -3; t < 3; t += 0.001)
        assert_true(fabs(jz_cos_turns(t) - cos(t * 6.283185307179586)) < 1e-12);
    assert_true(jz_log2(0) == -1074 && jz_log2(-1) == -1074 && jz_log2((double)INFINITY) == -1074);
    assert_true(jz_exp2((double)NAN) == 0 && jz_exp2(-2000) == 0);
}

static void test_regions_lie_where_the_mesh_says(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 1);
    const jz_pyramid p = { .level[0] = fixture.plane, .n = 1 };
    jz_face_view v = { 0 };
    assert_int_equal(jz_face_view_init(&p, &fixture.mesh, 0, &v, NULL), JZ_OK);
    assert_true(fabs(v.face_width - FACE_WIDTH) < 1 && !v.grey);
    for (uint32_t y = 0; y < v.height; y++)
        for (uint32_t x = 0; x < v.width; x++) {
            const double r = face_fixture_radius(v.x + x + 0.5, v.y + y + 0.5);
            const uint8_t in = v.region[(size_t)y * v.width + x];
            assert_true(r > 0.98 || (in & JZ_REGION_FACE) != 0);
            assert_true(r < 1.01 || (in & JZ_REGION_FACE) == 0);
            assert_true(r > 0.68 || (in & JZ_REGION_INNER) != 0);
            assert_true((in & JZ_REGION_RING) == 0 || (r > 1.02 && r < 1.37));
            assert_true((in & JZ_REGION_INNER) == 0 || (in & JZ_REGION_JAW) == 0);
        }
    jz_face_view_done(&v);
}

static void test_undisturbed_face_is_as_sharp_as_its_ring(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 2);
    assert_true(fabs(value_of("inner_sharpness")) < 0.05);
    assert_true(fabs(value_of("mouth_sharpness")) < 0.15);
    assert_true(fabs(value_of("eye_sharpness")) < 0.15);
    assert_true(fabs(value_of("noise_ratio")) < 0.1);
    assert_true(value_of("colour_step") < 1.5);
}

static void test_softer_face_is_below_its_ring(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 3);
    const double tail = value_of("high_frequency_tail");
    face_fixture_change(&fixture, 0.95, true, soften);
    assert_true(value_of("inner_sharpness") < -0.3);
    assert_true(value_of("mouth_sharpness") < -0.3);
    assert_true(value_of("eye_sharpness") < -0.3);
    assert_true(value_of("high_frequency_tail") < tail - 0.3);
}

static void test_sharper_face_is_above_its_ring(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 4);
    const double tail = value_of("high_frequency_tail");
    face_fixture_change(&fixture, 0.95, true, sharpen);
    assert_true(value_of("inner_sharpness") > 0.1);
    assert_true(value_of("high_frequency_tail") > tail + 0.1);
}

static void test_noise_that_is_missing_is_missed(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 5);
    face_fixture_change(&fixture, 0.95, true, denoise);
    assert_true(value_of("noise_ratio") < -1);
}

static void test_colour_changes_at_the_jaw(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 6);
    face_fixture_change(&fixture, 1, true, colour);
    const double step = value_of("colour_step"); /* 12 levels of R and of B less: Cr 7, Cb 7 */
    assert_true(step > 8 && step < 13);
}

static void test_grey_picture_has_no_colour_to_compare(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 7);
    for (size_t i = 0; i < sizeof fixture.px; i += 3)
        fixture.px[i] = fixture.px[i + 2] = fixture.px[i + 1];
    assert_false(measured("colour_step", true).valid);
}

static void test_grid_around_the_face_that_it_lacks(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 8);
    face_fixture_change(&fixture, 3, true, block);
    assert_true(fabs(value_of("grid_mismatch")) < 1);
    face_fixture_init(&fixture, 8);
    face_fixture_change(&fixture, 0.95, false, block);
    assert_true(value_of("grid_mismatch") > 1.5);
}

static void test_scaled_up_face_has_its_period(void **state)
{
    (void)state;
    uint32_t random = 9;
    face_fixture_init(&fixture, 9);
    for (size_t i = 0; i < sizeof fixture.px; i += 3) { /* no squares: they have periods too */
        random = random * 1664525 + 1013904223;
        memset(fixture.px + i, (int)(100 + random % 251 / 5 + (random >> 24) % 16), 3);
    }
    const double before = value_of("origin_peaks");
    face_fixture_change(&fixture, 0.95, true, enlarge);
    assert_true(value_of("origin_peaks") > before + 1);
}

/* Rounds the coefficients of the blocks within a radius to multiples of a step. */
static void quantise(double radius, bool within, float step)
{
    static uint8_t grey[FACE_SIDE * FACE_SIDE];
    for (size_t y = 0; y + 8 <= FACE_SIDE; y += 8)
        for (size_t x = 0; x + 8 <= FACE_SIDE; x += 8) {
            double c[64] = { 0 };
            if ((face_fixture_radius((double)x + 4, (double)y + 4) <= radius) != within)
                continue;
            for (size_t k = 0; k < 64; k++) {
                for (size_t i = 0; i < 64; i++)
                    c[k] +=
                        fixture.px[3 * ((y + i / 8) * FACE_SIDE + x + i % 8)] *
                        (k % 8 ? sqrt(0.25) : sqrt(0.125)) * (k / 8 ? sqrt(0.25) : sqrt(0.125)) *
                        cos((2.0 * (double)(i % 8) + 1) * (double)(k % 8) * 0.19634954084936207) *
                        cos((2.0 * (double)(i / 8) + 1) * (double)(k / 8) * 0.19634954084936207);
                c[k] = floor(c[k] / (double)step + 0.5) * (double)step;
            }
            for (size_t i = 0; i < 64; i++) {
                double v = 0;
                for (size_t k = 0; k < 64; k++)
                    v += c[k] * (k % 8 ? sqrt(0.25) : sqrt(0.125)) *
                         (k / 8 ? sqrt(0.25) : sqrt(0.125)) *
                         cos((2.0 * (double)(i % 8) + 1) * (double)(k % 8) * 0.19634954084936207) *
                         cos((2.0 * (double)(i / 8) + 1) * (double)(k / 8) * 0.19634954084936207);
                grey[(y + i / 8) * FACE_SIDE + x + i % 8] = byte(v);
            }
            for (size_t i = 0; i < 64; i++) {
                uint8_t *p = fixture.px + 3 * ((y + i / 8) * FACE_SIDE + x + i % 8);
                p[0] = p[1] = p[2] = grey[(y + i / 8) * FACE_SIDE + x + i % 8];
            }
        }
}

static void test_face_coded_apart_has_a_ghost_and_a_period(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 10);
    const double ghost = value_of("jpeg_ghost"), twice = value_of("double_quantisation");
    quantise(1, true, 12);
    assert_true(value_of("jpeg_ghost") > ghost + 0.5);
    assert_true(value_of("double_quantisation") > twice + 0.2);
    assert_false(measured("jpeg_ghost", false).valid);
    assert_false(measured("double_quantisation", false).valid);
}

static void test_inner_points_that_look_elsewhere(void **state)
{
    (void)state;
    static const size_t left[] = { 263, 291 }; /* corners of the left eye and the mouth */
    face_fixture_init(&fixture, 11);
    assert_true(value_of("pose_difference") < 0.05);
    for (size_t i = 0; i < JZ_ARRAY_LEN(left); i++)
        fixture.mesh.at[left[i]][2] = 50;
    const double differs = value_of("pose_difference");
    assert_true(differs > 0.3 && differs < 0.6);
}

static void test_face_of_few_pixels_is_not_measured(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 12);
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        for (size_t k = 0; k < 2; k++)
            fixture.mesh.at[i][k] = 240 + (fixture.mesh.at[i][k] - 240) / 20;
    static const char *const names[] = { "inner_sharpness",     "high_frequency_tail",
                                         "noise_ratio",         "colour_step",
                                         "jpeg_ghost",          "grid_mismatch",
                                         "double_quantisation", "origin_peaks" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++)
        assert_false(measured(names[i], true).valid);
}

static void test_face_beside_the_picture_is_refused(void **state)
{
    (void)state;
    face_fixture_init(&fixture, 13);
    const jz_pyramid p = { .level[0] = fixture.plane, .n = 1 };
    jz_face_view v = { 0 };
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        fixture.mesh.at[i][0] -= 4000;
    assert_int_equal(jz_face_view_init(&p, &fixture.mesh, 0, &v, NULL), JZ_E_INVAL);
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        fixture.mesh.at[i][0] = NAN;
    assert_int_equal(jz_face_view_init(&p, &fixture.mesh, 0, &v, NULL), JZ_E_INVAL);
}

static void test_points_that_are_no_numbers_harm_nothing(void **state)
{
    (void)state;
    static const size_t lips[] = { 0, 17, 61, 291, 33 };
    face_fixture_init(&fixture, 14);
    for (size_t i = 0; i < JZ_ARRAY_LEN(lips); i++)
        fixture.mesh.at[lips[i]][i % 2] = (float)(i < 3 ? (double)NAN : (double)INFINITY);
    (void)measured("mouth_sharpness", true); /* whatever it is, there is an answer */
    assert_false(measured("pose_difference", true).valid);
}

/* ---- motion: made-up tracks whose shaking is known ---- */

/* Ten frames: points shake up and down by so many pixels, the inner face and what is around it
 * flicker by so many grey levels. */
static void follow(const float shake[2], const int flicker[2], jz_stream *out)
{
    static jz_face_motion m;
    float outline[JZ_OUTLINE_POINTS][2];
    m = (jz_face_motion){ 0 };
    face_fixture_init(&fixture, 1);
    const jz_mesh still = fixture.mesh;
    const jz_square s = jz_face_net_square(&still);
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        fixture.mesh.at[i][0] = (float)i;
    jz_mesh_outline(&fixture.mesh, outline); /* so its numbers come out */
    fixture.mesh = still;
    for (int frame = 0; frame < 10; frame++) {
        const int sign = frame % 2 == 0 ? 1 : -1;
        const jz_pyramid p = { .level[0] = fixture.plane, .n = 1 };
        for (size_t i = 0; i < sizeof fixture.px; i++) {
            const double x = ((double)(i / 3 % FACE_SIDE) + 0.5 - s.x) / s.side / 0.285;
            const double y = ((double)(i / 3 / FACE_SIDE) + 0.5 - s.y) / s.side / 0.385;
            fixture.px[i] = (uint8_t)(128 + sign * flicker[x * x + y * y > 0.8]);
        }
        for (size_t i = 0; i < JZ_MESH_POINTS; i++)
            fixture.mesh.at[i][1] = still.at[i][1] + (float)sign * shake[0];
        /* Of the outline each second point the other way, so that its middle stays. */
        for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++) { /* its middle stays where it is */
            const size_t at = (size_t)outline[i][0];
            fixture.mesh.at[at][1] =
                still.at[at][1] + (float)(i % 2 == 0 ? sign : -sign) * shake[1];
        }
        jz_face_motion_step(&m, &p, flicker[0] > 0 ? &still : &fixture.mesh);
    }
    jz_face_motion_end(&m, out);
}

static void test_motion_is_what_was_put_in(void **state)
{
    (void)state;
    jz_stream s = { 0 };
    follow((const float[]){ 2, 0.5f }, (const int[]){ 0, 0 }, &s); /* four times as much */
    assert_true(s.motion[JZ_MOTION_JITTER].valid);
    assert_true(fabs(s.motion[JZ_MOTION_JITTER].value - 2) < 0.01);
    assert_false(s.motion[JZ_MOTION_FLICKER].valid);
    follow((const float[]){ 1, 1 }, (const int[]){ 0, 0 }, &s);
    assert_true(fabs(s.motion[JZ_MOTION_JITTER].value) < 0.01);
    follow((const float[]){ 0, 0 }, (const int[]){ 2, 16 }, &s); /* an eighth */
    assert_false(s.motion[JZ_MOTION_JITTER].valid);
    assert_true(fabs(s.motion[JZ_MOTION_FLICKER].value + 3) < 0.01);
}

/* ---- a beauty filter ---- */

static double noise_in(const uint8_t *px, bool skin)
{
    double sum = 0, n = 0;
    for (size_t y = 1; y < FACE_SIDE; y++)
        for (size_t x = 1; x < FACE_SIDE; x++) {
            const uint8_t *p = px + 3 * (y * FACE_SIDE + x);
            if ((x < FACE_SIDE / 2) == skin) {
                sum += abs(p[1] - p[-2]);
                n++;
            }
        }
    return sum / n;
}

/* The right half has another colour than the face: there nothing changes. */
static void test_beauty_filter_smooths_skin_and_nothing_else(void **state)
{
    (void)state;
    static uint8_t out[sizeof fixture.px];
    const jz_beauty b = { .smooth = 1, .reach = 0.02, .like = 20, .lift = 10 };
    jz_face_view v = { 0 };
    face_fixture_init(&fixture, 8);
    for (size_t i = 0; i < JZ_MESH_POINTS; i++)
        fixture.mesh.at[i][0] = fixture.mesh.at[i][0] / 2; /* a face in the left half */
    for (size_t y = 0; y < FACE_SIDE; y++)
        for (size_t x = FACE_SIDE / 2; x < FACE_SIDE; x++)
            fixture.px[3 * (y * FACE_SIDE + x)] = 0;
    const jz_pyramid p = { .level[0] = fixture.plane, .n = 1 };
    assert_int_equal(jz_face_view_init(&p, &fixture.mesh, 0, &v, NULL), JZ_OK);
    assert_true(jz_beautify(&fixture.plane, &v, &b, out));
    jz_face_view_done(&v);
    assert_true(noise_in(out, true) < 0.7 * noise_in(fixture.px, true));
    for (size_t y = 0; y < FACE_SIDE; y++)
        assert_memory_equal(out + 3 * (y * FACE_SIDE + FACE_SIDE / 2),
                            fixture.px + 3 * (y * FACE_SIDE + FACE_SIDE / 2), 3 * FACE_SIDE / 2);
    v.grey = true; /* no colour, no skin */
    assert_false(jz_beautify(&fixture.plane, &v, &b, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logarithm_and_cosine_are_those_of_the_library),
        cmocka_unit_test(test_regions_lie_where_the_mesh_says),
        cmocka_unit_test(test_undisturbed_face_is_as_sharp_as_its_ring),
        cmocka_unit_test(test_softer_face_is_below_its_ring),
        cmocka_unit_test(test_sharper_face_is_above_its_ring),
        cmocka_unit_test(test_noise_that_is_missing_is_missed),
        cmocka_unit_test(test_colour_changes_at_the_jaw),
        cmocka_unit_test(test_grey_picture_has_no_colour_to_compare),
        cmocka_unit_test(test_grid_around_the_face_that_it_lacks),
        cmocka_unit_test(test_scaled_up_face_has_its_period),
        cmocka_unit_test(test_face_coded_apart_has_a_ghost_and_a_period),
        cmocka_unit_test(test_inner_points_that_look_elsewhere),
        cmocka_unit_test(test_face_of_few_pixels_is_not_measured),
        cmocka_unit_test(test_face_beside_the_picture_is_refused),
        cmocka_unit_test(test_points_that_are_no_numbers_harm_nothing),
        cmocka_unit_test(test_motion_is_what_was_put_in),
        cmocka_unit_test(test_beauty_filter_smooths_skin_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
