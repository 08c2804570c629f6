/* SPDX-License-Identifier: Apache-2.0 */
/* The visible mark: letters, their place, and what is measured of it. */
#include "label/mark_overlay.h"
#include "label/mark_words.h"

#include "base/alloc.h"
#include "base/file.h"
#include "media/deflate.h"

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

static jz_status make_mark(const picture *p, const char *text, jz_mark_style style,
                           jz_mark_corner corner, uint32_t orientation, jz_mark_overlay *out)
{
    const jz_mark_wish wish = { .text = text, .corner = corner, .style = style };
    return jz_mark_overlay_make(&wish, &p->plane, orientation, out, NULL);
}

static jz_mark_style style_on(const picture *p)
{
    jz_mark_overlay m = { 0 };
    assert_int_equal(make_mark(p, "AI生成", JZ_MARK_FITTING, JZ_MARK_LOWER_RIGHT, 1, &m), JZ_OK);
    const jz_mark_style style = m.style;
    jz_mark_overlay_done(&m);
    return style;
}

/* Makes the mark, sees it, and that it was not there before. */
static void expect_plain_mark(picture *p, jz_mark_style style, size_t background)
{
    jz_mark_overlay m = { 0 };
    jz_mark_seen seen;
    const jz_plane *plane = &p->plane;
    const uint32_t shortest = plane->width < plane->height ? plane->width : plane->height;
    assert_int_equal(make_mark(p, "AI生成", style, JZ_MARK_LOWER_RIGHT, 1, &m), JZ_OK);
    assert_int_equal(m.style, style);
    jz_mark_overlay_see(&m, plane, &seen);
    if (background < 2) /* on one colour without a mark there is nothing to see */
        assert_int_equal(seen.ink_height, 0);
    blend(&m.overlay, p);
    jz_mark_overlay_see(&m, plane, &seen);
    if (seen.ink_height * JZ_MARK_SHARE < shortest || seen.contrast < 7)
        fail_msg("%ux%u, background %zu, %s: %u pixels, %g", plane->width, plane->height,
                 background, jz_mark_style_name(style), seen.ink_height, seen.contrast);
    jz_mark_overlay_done(&m);
}

static void test_mark_is_high_and_plain_on_anything(void **state)
{
    (void)state;
    static const uint32_t sides[][2] = { { 64, 64 },    { 65, 200 },    { 320, 240 },
                                         { 400, 1000 }, { 1920, 1080 }, { 3000, 4000 } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(sides); i++) {
        for (size_t k = 0; k < JZ_ARRAY_LEN(backgrounds); k++) {
            for (jz_mark_style style = JZ_MARK_PLATE; style <= JZ_MARK_OUTLINE; style++) {
                picture p = grey(sides[i][0], sides[i][1], backgrounds[k]);
                expect_plain_mark(&p, style, k);
                free(p.px);
            }
        }
    }
}

/* Columns of 100 and of 100 + 2 * JZ_MARK_CALM deviate by JZ_MARK_CALM. */
static uint8_t just_calm(uint32_t x, uint32_t y)
{
    (void)y;
    return x % 2 == 0 ? 100 : 100 + 2 * JZ_MARK_CALM;
}

static uint8_t not_calm(uint32_t x, uint32_t y)
{
    (void)y;
    return x % 2 == 0 ? 100 : 102 + 2 * JZ_MARK_CALM;
}

/* Restless but for the upper left corner, of which no part is above 63. */
static uint8_t calm_above(uint32_t x, uint32_t y)
{
    return x < 200 && y < 150 ? (uint8_t)(x / 4) : noise(x, y);
}

static void test_outline_is_for_calm_pictures(void **state)
{
    (void)state;
    static const struct {
        uint8_t (*value)(uint32_t x, uint32_t y);
        jz_mark_style style;
    } rows[] = {
        { white, JZ_MARK_OUTLINE },    { black, JZ_MARK_OUTLINE }, { just_calm, JZ_MARK_OUTLINE },
        { not_calm, JZ_MARK_PLATE },   { stripes, JZ_MARK_PLATE }, { noise, JZ_MARK_PLATE },
        { calm_above, JZ_MARK_PLATE },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        picture p = grey(400, 300, rows[i].value);
        if (style_on(&p) != rows[i].style)
            fail_msg("background %zu: not %s", i, jz_mark_style_name(rows[i].style));
        free(p.px);
    }
}

static void test_mark_goes_into_the_corner_that_is_named(void **state)
{
    (void)state;
    picture p = grey(400, 300, white);
    for (jz_mark_corner c = 0; c < JZ_MARK_CALMEST; c++) {
        jz_mark_overlay m = { 0 };
        assert_int_equal(make_mark(&p, "AI生成", JZ_MARK_PLATE, c, 1, &m), JZ_OK);
        const bool left = c == JZ_MARK_LOWER_LEFT || c == JZ_MARK_UPPER_LEFT;
        const bool upper = c == JZ_MARK_UPPER_LEFT || c == JZ_MARK_UPPER_RIGHT;
        assert_int_equal(m.corner, c);
        /* 1/50 of the shortest side is left free */
        assert_int_equal(left ? m.x : 400 - m.x - m.width, 6);
        assert_int_equal(upper ? m.y : 300 - m.y - m.height, 6);
        assert_int_equal(m.overlay.x, m.x);
        assert_int_equal(m.overlay.y, m.y);
        jz_mark_overlay_done(&m);
    }
    free(p.px);
}

static void test_mark_goes_into_the_calmest_corner(void **state)
{
    (void)state;
    jz_mark_overlay m = { 0 };
    picture p = grey(400, 300, calm_above);
    assert_int_equal(make_mark(&p, "AI生成", JZ_MARK_FITTING, JZ_MARK_CALMEST, 1, &m), JZ_OK);
    assert_int_equal(m.corner, JZ_MARK_UPPER_LEFT);
    assert_int_equal(m.style, JZ_MARK_OUTLINE);
    jz_mark_overlay_done(&m);
    /* The same corner as stored is shown at the lower right. */
    assert_int_equal(make_mark(&p, "AI生成", JZ_MARK_FITTING, JZ_MARK_CALMEST, 3, &m), JZ_OK);
    assert_int_equal(m.corner, JZ_MARK_LOWER_RIGHT);
    assert_true(m.overlay.x < 200 && m.overlay.y < 150);
    jz_mark_overlay_done(&m);
    free(p.px);
    p = grey(400, 300, white); /* all alike: the first */
    assert_int_equal(make_mark(&p, "AI生成", JZ_MARK_FITTING, JZ_MARK_CALMEST, 1, &m), JZ_OK);
    assert_int_equal(m.corner, JZ_MARK_LOWER_RIGHT);
    jz_mark_overlay_done(&m);
    free(p.px);
}

/* Marked as it is stored and then turned, a picture looks as one that was turned and then marked.
 */
static void expect_upright(uint32_t orientation, jz_mark_style style, jz_mark_corner corner)
{
    jz_mark_overlay stored = { 0 };
    jz_mark_overlay upright = { 0 };
    jz_plane shown;
    uint8_t *mem = NULL;
    picture p = grey(300, 200, white);
    const bool turned = orientation >= 5;
    picture q = grey(turned ? 200 : 300, turned ? 300 : 200, white);
    assert_int_equal(make_mark(&p, "AI生成", style, corner, orientation, &stored), JZ_OK);
    blend(&stored.overlay, &p);
    assert_int_equal(make_mark(&q, "AI生成", style, corner, 1, &upright), JZ_OK);
    blend(&upright.overlay, &q);
    if (orientation > 1)
        assert_int_equal(jz_plane_orient(&p.plane, orientation, &shown, &mem, NULL), JZ_OK);
    else
        shown = p.plane;
    assert_int_equal(shown.width, q.plane.width);
    assert_int_equal(shown.height, q.plane.height);
    assert_int_equal(stored.x, upright.x);
    assert_int_equal(stored.y, upright.y);
    for (uint32_t y = 0; y < shown.height; y++) {
        if (memcmp(shown.px + y * shown.stride, q.px + (size_t)y * q.plane.stride, shown.width) !=
            0)
            fail_msg("orientation %u, row %u", orientation, y);
    }
    jz_plane_free(mem);
    jz_mark_overlay_done(&stored);
    jz_mark_overlay_done(&upright);
    free(p.px);
    free(q.px);
}

static void test_mark_is_upright_in_every_orientation(void **state)
{
    (void)state;
    for (uint32_t orientation = 1; orientation <= 8; orientation++) {
        for (jz_mark_corner c = 0; c < JZ_MARK_CALMEST; c++) {
            expect_upright(orientation, JZ_MARK_PLATE, c);
            expect_upright(orientation, JZ_MARK_OUTLINE, c);
        }
    }
}

static void test_mark_without_room_is_refused(void **state)
{
    (void)state;
    jz_mark_overlay m = { 0 };
    picture p = grey(20, 8, white);
    assert_int_equal(make_mark(&p, "AI生成", JZ_MARK_FITTING, 0, 1, &m), JZ_E_LIMIT);
    p.plane.width = p.plane.height = 1;
    assert_int_equal(make_mark(&p, "AI生成", JZ_MARK_FITTING, 0, 6, &m), JZ_E_LIMIT);
    free(p.px);
}

/* A mark that was painted over, or is too faint, is not taken for one. */
static void test_mark_that_is_faint_is_seen_to_be(void **state)
{
    (void)state;
    for (jz_mark_style style = JZ_MARK_PLATE; style <= JZ_MARK_OUTLINE; style++) {
        jz_mark_overlay m = { 0 };
        jz_mark_seen seen;
        picture p = grey(400, 300, white);
        assert_int_equal(make_mark(&p, "AI生成", style, 0, 1, &m), JZ_OK);
        blend(&m.overlay, &p);
        for (size_t i = 0; i < (size_t)400 * 300; i++)
            p.px[i] = (uint8_t)(200 + p.px[i] / 8);
        jz_mark_overlay_see(&m, &p.plane, &seen);
        assert_true(seen.contrast < 2);
        jz_mark_overlay_done(&m);
        free(p.px);
    }
}

/* Letters of which rows are painted over have lost that height. */
static void test_mark_that_is_cut_is_seen_to_be(void **state)
{
    (void)state;
    for (jz_mark_style style = JZ_MARK_PLATE; style <= JZ_MARK_OUTLINE; style++) {
        jz_mark_overlay m = { 0 };
        jz_mark_seen seen;
        picture p = grey(400, 300, white);
        assert_int_equal(make_mark(&p, "AI生成", style, 0, 1, &m), JZ_OK);
        blend(&m.overlay, &p);
        jz_mark_overlay_see(&m, &p.plane, &seen);
        const uint32_t whole = seen.ink_height;
        const uint32_t top = m.y + m.pad + m.text.ink[0].y;
        memset(p.px + (size_t)top * 400, 0, (size_t)400 * 3);
        jz_mark_overlay_see(&m, &p.plane, &seen);
        assert_true(seen.ink_height < whole);
        jz_mark_overlay_done(&m);
        free(p.px);
    }
}

static void test_mark_allocations_fail_cleanly(void **state)
{
    (void)state;
    picture p = grey(200, 200, white);
    for (unsigned n = 0;; n++) {
        jz_mark_overlay m = { 0 };
        jz_fault_arm(n);
        const jz_status st = make_mark(&p, "AI生成", JZ_MARK_OUTLINE, 0, 1, &m);
        if (!jz_fault_fired()) {
            jz_mark_overlay_done(&m);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
    }
    free(p.px);
}

/* ---- golden pictures ---- */

/* The files of tests/data/marks are grey pictures of marks as this program draws them, written by
 * `JZ_WRITE_MARKS=tests/data/marks test_mark`. They are compared pixel for pixel. A difference
 * means that marks look otherwise than in the release before, on every picture that gets one: look
 * at both, and where the new one is meant, write them anew and say so in CHANGELOG.md. No
 * difference may come from a compiler, its options or the machine: all is done in integers. */

typedef struct golden {
    const char *tag;
    uint32_t side; /* of the square picture */
    jz_mark_style style;
} golden;

/* From black to white, again and again, so that what lies under the mark shows. */
static uint8_t ramp(uint32_t x, uint32_t y)
{
    (void)y;
    return (uint8_t)(x % 128 * 2);
}

/* The part of a marked picture around the mark. */
static picture draw_golden(const golden *g)
{
    jz_mark_overlay m = { 0 };
    picture p = grey(g->side, g->side, ramp);
    picture part = { 0 };
    assert_int_equal(make_mark(&p, jz_mark_wording(g->tag), g->style, 0, 1, &m), JZ_OK);
    blend(&m.overlay, &p);
    part.plane = (jz_plane){ .width = m.width + 4, .height = m.height + 4, .channels = 1 };
    part.plane.stride = part.plane.width;
    part.px = malloc((size_t)part.plane.width * part.plane.height);
    assert_non_null(part.px);
    for (uint32_t y = 0; y < part.plane.height; y++)
        memcpy(part.px + y * part.plane.stride, p.px + (size_t)(m.y - 2 + y) * g->side + m.x - 2,
               part.plane.width);
    part.plane.px = part.px;
    jz_mark_overlay_done(&m);
    free(p.px);
    return part;
}

static void put_u32(jz_buf *out, uint32_t v)
{
    const uint8_t b[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    jz_buf_put(out, b, sizeof b);
}

static void put_chunk(jz_buf *out, const char *type, const void *data, size_t len)
{
    put_u32(out, (uint32_t)len);
    const size_t from = out->len;
    jz_buf_put(out, type, 4);
    jz_buf_put(out, data, len);
    put_u32(out, jz_crc32(0, out->ptr + from, out->len - from));
}

static const char png_start[] = "\x89PNG\r\n\x1a\n";

static void put_png(const jz_plane *p, jz_buf *out)
{
    JZ_BUF_AUTO header = { 0 };
    JZ_BUF_AUTO rows = { 0 };
    JZ_BUF_AUTO packed = { 0 };
    put_u32(&header, p->width);
    put_u32(&header, p->height);
    jz_buf_put(&header, "\x08\0\0\0\0", 5); /* 8 bits of grey, no interlacing */
    for (uint32_t y = 0; y < p->height; y++) {
        jz_buf_putc(&rows, 0); /* no filter */
        jz_buf_put(&rows, p->px + y * p->stride, p->width);
    }
    const jz_bytes all = { (const uint8_t *)rows.ptr, rows.len };
    assert_int_equal(jz_deflate(JZ_DEFLATE_ZLIB, all, &packed, NULL), JZ_OK);
    jz_buf_puts(out, png_start);
    put_chunk(out, "IHDR", header.ptr, header.len);
    put_chunk(out, "IDAT", packed.ptr, packed.len);
    put_chunk(out, "IEND", NULL, 0);
    assert_int_equal(jz_buf_check(out, NULL), JZ_OK);
}

static uint32_t u32_at(const jz_buf *b, size_t at)
{
    assert_true(at + 4 <= b->len);
    const uint8_t *p = (const uint8_t *)b->ptr + at;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The rows, each behind a zero, of a PNG file that put_png() wrote. */
static void read_png(const char *path, uint32_t *width, uint32_t *height, jz_buf *rows)
{
    JZ_BUF_AUTO file = { 0 };
    jz_err err = { 0 };
    if (jz_file_read(path, 1 << 20, &file, &err) != JZ_OK)
        fail_msg("%s: %s", path, err.frame[0]);
    const size_t start = strlen(png_start);
    const size_t data = start + 12 + 13; /* behind IHDR */
    assert_true(file.len > data + 8 && memcmp(file.ptr, png_start, start) == 0);
    assert_memory_equal(file.ptr + data + 4, "IDAT", 4);
    *width = u32_at(&file, start + 8);
    *height = u32_at(&file, start + 12);
    const uint32_t len = u32_at(&file, data);
    assert_true(len <= file.len - data - 8);
    const jz_bytes packed = { (const uint8_t *)file.ptr + data + 8, len };
    assert_int_equal(jz_inflate(JZ_DEFLATE_ZLIB, packed, 1 << 20, rows, NULL), JZ_OK);
    assert_int_equal(rows->len, (size_t)*height * (*width + 1));
}

static void compare_golden(const char *path, const jz_plane *now)
{
    JZ_BUF_AUTO rows = { 0 };
    uint32_t width;
    uint32_t height;
    read_png(path, &width, &height, &rows);
    if (width != now->width || height != now->height)
        fail_msg("%s: %u x %u pixels, now %u x %u", path, width, height, now->width, now->height);
    for (uint32_t y = 0; y < height; y++) {
        const uint8_t *row = (const uint8_t *)rows.ptr + (size_t)y * (width + 1);
        for (uint32_t x = 0; x < width; x++) {
            const uint8_t is = now->px[y * now->stride + x];
            if (row[0] != 0 || row[1 + x] != is)
                fail_msg("%s: pixel %u, %u is %u, now %u", path, x, y, row[1 + x], is);
        }
    }
}

static void test_marks_look_as_they_did(void **state)
{
    (void)state;
    static const char *const tags[] = { "zh", "en", "ja", "ko", "eu" };
    static const uint32_t sides[] = { 240, 480 };
    const char *source = getenv("JZ_SOURCE");
    const char *target = getenv("JZ_WRITE_MARKS");
    for (size_t i = 0; i < JZ_ARRAY_LEN(tags) * JZ_ARRAY_LEN(sides) * 2; i++) {
        const golden g = { tags[i / 4], sides[i / 2 % 2], i % 2 ? JZ_MARK_OUTLINE : JZ_MARK_PLATE };
        char path[4096];
        JZ_BUF_AUTO file = { 0 };
        picture p = draw_golden(&g);
        (void)snprintf(path, sizeof path, "%s%s/%s-%s-%u.png",
                       target != NULL   ? target
                       : source != NULL ? source
                                        : ".",
                       target != NULL ? "" : "/tests/data/marks", g.tag,
                       jz_mark_style_name(g.style), g.side);
        put_png(&p.plane, &file);
        if (target != NULL)
            assert_int_equal(jz_file_write(path, file.ptr, file.len, NULL), JZ_OK);
        compare_golden(path, &p.plane);
        free(p.px);
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
        cmocka_unit_test(test_outline_is_for_calm_pictures),
        cmocka_unit_test(test_mark_goes_into_the_corner_that_is_named),
        cmocka_unit_test(test_mark_goes_into_the_calmest_corner),
        cmocka_unit_test(test_mark_is_upright_in_every_orientation),
        cmocka_unit_test(test_mark_without_room_is_refused),
        cmocka_unit_test(test_mark_that_is_faint_is_seen_to_be),
        cmocka_unit_test(test_mark_that_is_cut_is_seen_to_be),
        cmocka_unit_test(test_mark_allocations_fail_cleanly),
        cmocka_unit_test(test_marks_look_as_they_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
