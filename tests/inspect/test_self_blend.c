/* SPDX-License-Identifier: Apache-2.0 */
/* Self-blends of a face of nobody: what changes, what does not, and that measurements see it. */
#include "inspect/self_blend.h"

#include "face_fixture.h"
#include "inspect/measure.h"
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
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
