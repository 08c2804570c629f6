/* SPDX-License-Identifier: Apache-2.0 */
/* The visible mark: letters, their place, and what is measured of it. */
#include "label/mark_overlay.h"
#include "label/mark_words.h"

#include "base/alloc.h"

#include <jz/hash.h>
#include <jz/label.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- letters ---- */

static void test_letters_are_as_high_as_was_wanted(void **state)
{
    (void)state;
    static const char *const tags[] = { "zh", "en", "ja", "ko", "eu", "de" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(tags); i++) {
        const char *text = jz_mark_wording(tags[i]);
        assert_non_null(text);
        for (uint32_t ink = 4; ink < 300; ink = ink * 3 / 2 + 1) {
            jz_mark_layout layout = { 0 };
            JZ_MARK_TEXT_AUTO t = { 0 };
            assert_int_equal(jz_mark_text_em(text, ink, &layout.em, NULL), JZ_OK);
            assert_int_equal(jz_mark_text_draw(text, &layout, &t, NULL), JZ_OK);
            if (t.smallest < ink)
                fail_msg("%s at %u: %u pixels", tags[i], ink, t.smallest);
            /* and not much larger than it must be */
            assert_true(t.smallest <= ink * 5 / 4 + JZ_MARK_EM_MIN);
        }
    }
}

static void test_letter_that_is_not_built_in_is_named(void **state)
{
    (void)state;
    const jz_mark_layout layout = { .em = 20 };
    JZ_MARK_TEXT_AUTO t = { 0 };
    jz_err err = { 0 };
    assert_int_equal(jz_mark_text_draw("AI\xe9\xbe\x98", &layout, &t, &err), JZ_E_INVAL);
    assert_non_null(strstr(err.frame[0], "U+9F98"));
    assert_int_equal(jz_mark_text_draw("\xff", &layout, &t, NULL), JZ_E_INVAL);
    assert_int_equal(jz_mark_text_draw(" ", &layout, &t, NULL), JZ_E_INVAL);
}

/* FNV-1a of the pixels: the same letters on every machine and with every compiler. */
static void test_letters_are_the_same_everywhere(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t em, width, height;
        uint64_t sum;
    } golden[] = {
        { "AI生成", 40, 122, 40, 0x3f0af76c6bf66df4u },
        { "AI-generated", 33, 216, 34, 0xd18b046f6c7f37aeu },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(golden); i++) {
        const jz_mark_layout layout = { .em = golden[i].em };
        JZ_MARK_TEXT_AUTO t = { 0 };
        uint64_t sum = 0xcbf29ce484222325u;
        assert_int_equal(jz_mark_text_draw(golden[i].text, &layout, &t, NULL), JZ_OK);
        for (size_t k = 0; k < (size_t)t.width * t.height; k++)
            sum = (sum ^ t.px[k]) * 0x100000001b3u;
        if (t.width != golden[i].width || t.height != golden[i].height || sum != golden[i].sum)
            fail_msg("%s: %u, %u, 0x%llxu", golden[i].text, t.width, t.height,
                     (unsigned long long)sum);
    }
}

static void test_wordings_have_both_elements(void **state)
{
    (void)state;
    assert_true(jz_mark_is_complete(jz_mark_wording(NULL)));
    assert_true(jz_mark_is_complete("人工智能合成"));
    assert_false(jz_mark_is_complete("AI"));
    assert_false(jz_mark_is_complete("生成"));
    assert_false(jz_mark_is_complete("MAIL 生成"));
}

/* ---- the overlay on a picture ---- */

typedef struct picture {
    uint8_t *px;
    jz_plane plane;
} picture;

static picture grey(uint32_t width, uint32_t height, uint8_t (*value)(uint32_t x, uint32_t y))
{
    picture p = { .px = malloc((size_t)width * height) };
    assert_non_null(p.px);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            p.px[(size_t)y * width + x] = value(x, y);
    p.plane = (jz_plane){ p.px, width, height, width, 1 };
    return p;
}

static uint8_t white(uint32_t x, uint32_t y)
{
    (void)x;
    (void)y;
    return 255;
}

static uint8_t black(uint32_t x, uint32_t y)
{
    (void)x;
    (void)y;
    return 0;
}

static uint8_t stripes(uint32_t x, uint32_t y)
{
    return (x / 3 + y / 2) % 2 == 0 ? 255 : 0;
}

static uint8_t noise(uint32_t x, uint32_t y)
{
    return (uint8_t)((x * 2654435761u ^ y * 40503u) >> 11);
}

static uint8_t (*const backgrounds[])(uint32_t, uint32_t) = { white, black, stripes, noise };

static void blend(const jz_overlay *o, picture *p)
{
    for (uint32_t y = 0; y < o->height; y++) {
        for (uint32_t x = 0; x < o->width; x++) {
            const uint8_t *s = o->rgba + y * o->stride + (size_t)x * 4;
            uint8_t *d = p->px + (size_t)(o->y + y) * p->plane.stride + o->x + x;
            *d = (uint8_t)((s[0] * s[3] + *d * (255u - s[3])) / 255);
        }
    }
}

static void test_mark_is_high_and_plain_on_anything(void **state)
{
    (void)state;
    static const uint32_t sides[][2] = { { 64, 64 },    { 65, 200 },    { 320, 240 },
                                         { 400, 1000 }, { 1920, 1080 }, { 3000, 4000 } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(sides); i++) {
        for (size_t k = 0; k < JZ_ARRAY_LEN(backgrounds); k++) {
            jz_mark_overlay m = { 0 };
            jz_mark_seen seen;
            picture p = grey(sides[i][0], sides[i][1], backgrounds[k]);
            const uint32_t shortest = sides[i][0] < sides[i][1] ? sides[i][0] : sides[i][1];
            assert_int_equal(jz_mark_overlay_make("AI生成", sides[i][0], sides[i][1], 1, &m, NULL),
                             JZ_OK);
            jz_mark_overlay_see(&m, &p.plane, &seen);
            if (k == 1) /* on black without a mark there is nothing to see */
                assert_int_equal(seen.ink_height, 0);
            blend(&m.overlay, &p);
            jz_mark_overlay_see(&m, &p.plane, &seen);
            if (seen.ink_height * JZ_MARK_SHARE < shortest || seen.contrast < 7)
                fail_msg("%ux%u, %zu: %u pixels, %g", sides[i][0], sides[i][1], k, seen.ink_height,
                         seen.contrast);
            jz_mark_overlay_done(&m);
            free(p.px);
        }
    }
}

/* Marked as it is stored and then turned, a picture looks as one that was turned and then marked.
 */
static void test_mark_is_upright_in_every_orientation(void **state)
{
    (void)state;
    for (uint32_t orientation = 1; orientation <= 8; orientation++) {
        jz_mark_overlay stored = { 0 };
        jz_mark_overlay upright = { 0 };
        jz_plane shown;
        uint8_t *mem = NULL;
        picture p = grey(300, 200, white);
        const bool turned = orientation >= 5;
        picture q = grey(turned ? 200 : 300, turned ? 300 : 200, white);
        assert_int_equal(jz_mark_overlay_make("AI生成", 300, 200, orientation, &stored, NULL),
                         JZ_OK);
        blend(&stored.overlay, &p);
        assert_int_equal(
            jz_mark_overlay_make("AI生成", q.plane.width, q.plane.height, 1, &upright, NULL),
            JZ_OK);
        blend(&upright.overlay, &q);
        if (orientation > 1)
            assert_int_equal(jz_plane_orient(&p.plane, orientation, &shown, &mem, NULL), JZ_OK);
        else
            shown = p.plane;
        assert_int_equal(shown.width, q.plane.width);
        assert_int_equal(shown.height, q.plane.height);
        for (uint32_t y = 0; y < shown.height; y++) {
            if (memcmp(shown.px + y * shown.stride, q.px + (size_t)y * q.plane.stride,
                       shown.width) != 0)
                fail_msg("orientation %u, row %u", orientation, y);
        }
        jz_plane_free(mem);
        jz_mark_overlay_done(&stored);
        jz_mark_overlay_done(&upright);
        free(p.px);
        free(q.px);
    }
}

static void test_mark_without_room_is_refused(void **state)
{
    (void)state;
    jz_mark_overlay m = { 0 };
    assert_int_equal(jz_mark_overlay_make("AI生成", 20, 8, 1, &m, NULL), JZ_E_LIMIT);
    assert_int_equal(jz_mark_overlay_make("AI生成", 1, 1, 6, &m, NULL), JZ_E_LIMIT);
}

/* A mark that was painted over, or is too faint, is not taken for one. */
static void test_mark_that_is_faint_is_seen_to_be(void **state)
{
    (void)state;
    jz_mark_overlay m = { 0 };
    jz_mark_seen seen;
    picture p = grey(400, 300, white);
    assert_int_equal(jz_mark_overlay_make("AI生成", 400, 300, 1, &m, NULL), JZ_OK);
    blend(&m.overlay, &p);
    for (size_t i = 0; i < (size_t)400 * 300; i++)
        p.px[i] = (uint8_t)(200 + p.px[i] / 8);
    jz_mark_overlay_see(&m, &p.plane, &seen);
    assert_true(seen.contrast < 2);
    jz_mark_overlay_done(&m);
    free(p.px);
}

static void test_mark_allocations_fail_cleanly(void **state)
{
    (void)state;
    for (unsigned n = 0;; n++) {
        jz_mark_overlay m = { 0 };
        jz_fault_arm(n);
        const jz_status st = jz_mark_overlay_make("AI生成", 200, 200, 1, &m, NULL);
        if (!jz_fault_fired()) {
            jz_mark_overlay_done(&m);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters_are_as_high_as_was_wanted),
        cmocka_unit_test(test_letter_that_is_not_built_in_is_named),
        cmocka_unit_test(test_letters_are_the_same_everywhere),
        cmocka_unit_test(test_wordings_have_both_elements),
        cmocka_unit_test(test_mark_is_high_and_plain_on_anything),
        cmocka_unit_test(test_mark_is_upright_in_every_orientation),
        cmocka_unit_test(test_mark_without_room_is_refused),
        cmocka_unit_test(test_mark_that_is_faint_is_seen_to_be),
        cmocka_unit_test(test_mark_allocations_fail_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
