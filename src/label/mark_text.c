/* SPDX-License-Identifier: Apache-2.0 */
#include "label/mark_text.h"

#include "base/alloc.h"
#include "label/mark_fill.h"
#include "label/mark_letters.h"

#include <string.h>

/* A letter's origin, in pixels from the left end of the line box and the first base line. */
typedef struct spot {
    const jz_glyph *glyph;
    int32_t x, y;
} spot;

typedef struct setting {
    spot spot[JZ_MARK_LETTERS_MAX];
    size_t count;
    jz_fill_box box; /* all pixels touched */
} setting;

void jz_mark_text_done(jz_mark_text *t)
{
    jz_free(t->px);
    jz_free(t->ink);
    *t = (jz_mark_text){ 0 };
}

/* One quarter of an em between the em boxes of two lines. */
static uint32_t line_pitch(uint32_t em)
{
    return em + (em + 3) / 4;
}

static void grow_box(jz_fill_box *box, const jz_fill_box *more)
{
    if (box->width == 0) {
        *box = *more;
        return;
    }
    const int64_t right = (int64_t)box->x + box->width;
    const int64_t low = (int64_t)box->y + box->height;
    const int64_t more_right = (int64_t)more->x + more->width;
    const int64_t more_low = (int64_t)more->y + more->height;
    box->x = more->x < box->x ? more->x : box->x;
    box->y = more->y < box->y ? more->y : box->y;
    box->width = (uint32_t)((more_right > right ? more_right : right) - box->x);
    box->height = (uint32_t)((more_low > low ? more_low : low) - box->y);
}

static jz_fill_box box_at(const spot *s, uint32_t em)
{
    jz_fill_box box = jz_fill_bounds(s->glyph, em);
    box.x += s->x;
    box.y += s->y;
    return box;
}

static void set_line(const jz_mark_letters *l, const jz_mark_line *line, uint32_t em, spot origin,
                     setting *out)
{
    for (size_t i = line->begin; i < line->end; i++) {
        const spot s = { l->glyph[i], origin.x + (int32_t)jz_mark_pen(l, line->begin, i, em),
                         origin.y };
        const jz_fill_box box = box_at(&s, em);
        if (box.width == 0)
            continue;
        grow_box(&out->box, &box);
        out->spot[out->count++] = s;
    }
}

static uint32_t indent(const jz_mark_line *line, uint32_t widest, jz_mark_align align)
{
    const uint32_t room = widest - line->width;
    return align == JZ_MARK_RIGHT ? room : align == JZ_MARK_MIDDLE ? room / 2 : 0;
}

static size_t set_lines(const jz_mark_letters *l, const jz_mark_layout *layout, setting *out)
{
    jz_mark_line lines[JZ_MARK_LETTERS_MAX];
    const size_t n = jz_mark_lines(l, layout, lines);
    uint32_t widest = 0;
    for (size_t i = 0; i < n; i++)
        widest = lines[i].width > widest ? lines[i].width : widest;
    for (size_t i = 0; i < n; i++) {
        const spot origin = { .x = (int32_t)indent(&lines[i], widest, layout->align),
                              .y = (int32_t)(i * line_pitch(layout->em)) };
        set_line(l, &lines[i], layout->em, origin, out);
    }
    return n;
}

static jz_status check_size(const jz_mark_layout *layout, const jz_fill_box *box, size_t lines,
                            jz_err *err)
{
    if (layout->max_width != 0 && box->width > layout->max_width)
        return JZ_FAIL(err, JZ_E_LIMIT,
                       "the mark's text is %u pixels wide at %u pixels an em and cannot be broken "
                       "further; there is room for %u",
                       box->width, layout->em, layout->max_width);
    if (layout->max_height != 0 && box->height > layout->max_height)
        return JZ_FAIL(
            err, JZ_E_LIMIT,
            "the mark's text is %u pixels high in %zu line%s at %u pixels an em; there is "
            "room for %u",
            box->height, lines, lines == 1 ? "" : "s", layout->em, layout->max_height);
    if ((uint64_t)box->width * box->height > (uint64_t)1 << 28)
        return JZ_FAIL(err, JZ_E_LIMIT, "a mark of %ux%u pixels", box->width, box->height);
    return JZ_OK;
}

/* The rows and columns of box that have ink, as a letter of the text. */
static jz_mark_ink find_ink(const jz_mark_text *t, const jz_glyph *g, const jz_fill_box *box)
{
    uint32_t left = UINT32_MAX;
    uint32_t right = 0;
    uint32_t top = UINT32_MAX;
    uint32_t low = 0;
    for (uint32_t y = (uint32_t)box->y; y < (uint32_t)box->y + box->height; y++)
        for (uint32_t x = (uint32_t)box->x; x < (uint32_t)box->x + box->width; x++) {
            if (t->px[(size_t)y * t->width + x] < JZ_MARK_INK)
                continue;
            left = x < left ? x : left;
            right = x + 1 > right ? x + 1 : right;
            top = y < top ? y : top;
            low = y + 1;
        }
    if (top == UINT32_MAX)
        return (jz_mark_ink){ g->cp, (uint32_t)box->x, (uint32_t)box->y, 0, 0, g->counts };
    return (jz_mark_ink){ g->cp, left, top, right - left, low - top, g->counts };
}

static jz_status draw_setting(const setting *set, uint32_t em, jz_mark_text *t, jz_err *err)
{
    for (size_t i = 0; i < set->count; i++) {
        jz_fill_box box = box_at(&set->spot[i], em);
        box.x -= set->box.x;
        box.y -= set->box.y;
        uint8_t *at = t->px + (size_t)box.y * t->width + (size_t)box.x;
        JZ_TRY(jz_fill_glyph(set->spot[i].glyph, em, at, t->width, err));
        t->ink[i] = find_ink(t, set->spot[i].glyph, &box);
        if (t->ink[i].counts && t->ink[i].height < t->smallest)
            t->smallest = t->ink[i].height;
    }
    return JZ_OK;
}

static jz_status draw_letters(const jz_mark_letters *l, const jz_mark_layout *layout,
                              jz_mark_text *out, jz_err *err)
{
    if (layout->em < 1 || layout->em > JZ_FILL_EM_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "letters of %u pixels an em, not 1 to %d", layout->em,
                       JZ_FILL_EM_MAX);
    setting set = { .count = 0 };
    const size_t lines = set_lines(l, layout, &set);
    JZ_TRY(check_size(layout, &set.box, lines, err));
    JZ_MARK_TEXT_AUTO t = {
        .px = jz_alloc_zero(set.box.height, set.box.width),
        .width = set.box.width,
        .height = set.box.height,
        .ink = jz_alloc_zero(set.count, sizeof(jz_mark_ink)),
        .letters = set.count,
        .lines = (uint32_t)lines,
        .em = layout->em,
        .smallest = UINT32_MAX,
    };
    if (t.px == NULL || t.ink == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a mark of %ux%u pixels", t.width, t.height);
    JZ_TRY(draw_setting(&set, layout->em, &t, err));
    *out = t;
    t = (jz_mark_text){ 0 };
    return JZ_OK;
}

jz_status jz_mark_text_draw(const char *utf8, const jz_mark_layout *layout, jz_mark_text *out,
                            jz_err *err)
{
    jz_mark_letters letters;
    JZ_TRY(jz_mark_letters_read(utf8, &letters, err));
    return draw_letters(&letters, layout, out, err);
}

/* The ink height of a letter alone, which is that in any text: letters stand on whole pixels. */
static jz_status ink_height(const jz_glyph *g, uint32_t em, uint32_t *height, jz_err *err)
{
    const jz_mark_letters one = { .glyph = { g }, .count = 1 };
    JZ_MARK_TEXT_AUTO t = { 0 };
    JZ_TRY(draw_letters(&one, &(jz_mark_layout){ .em = em }, &t, err));
    *height = t.smallest;
    return JZ_OK;
}

/* An em at which a letter's ink is about two pixels too low: half covered rows make one pixel of
 * difference at either end. */
static uint32_t em_below(const jz_glyph *g, uint32_t wanted)
{
    const uint32_t units = jz_fill_bounds(g, JZ_GLYPH_EM).height;
    const uint64_t em = wanted < 2 ? 0 : (uint64_t)(wanted - 2) * JZ_GLYPH_EM / units;
    return em < JZ_FILL_EM_MAX ? (uint32_t)em : JZ_FILL_EM_MAX;
}

static jz_status all_high_enough(const jz_mark_letters *l, uint32_t em, uint32_t wanted, bool *yes,
                                 jz_err *err)
{
    for (size_t i = 0; i < l->count; i++) {
        uint32_t height = 0;
        if (!l->glyph[i]->counts)
            continue;
        JZ_TRY(ink_height(l->glyph[i], em, &height, err));
        if (height < wanted) {
            *yes = false;
            return JZ_OK;
        }
    }
    *yes = true;
    return JZ_OK;
}

jz_status jz_mark_text_em(const char *utf8, uint32_t wanted, uint32_t *em, jz_err *err)
{
    jz_mark_letters l;
    JZ_TRY(jz_mark_letters_read(utf8, &l, err));
    uint32_t least = JZ_MARK_EM_MIN;
    for (size_t i = 0; i < l.count; i++) {
        const uint32_t below = l.glyph[i]->counts ? em_below(l.glyph[i], wanted) : 0;
        least = below > least ? below : least;
    }
    for (bool yes = false;; least++) {
        JZ_TRY(all_high_enough(&l, least, wanted, &yes, err));
        if (yes)
            break;
    }
    *em = least;
    return JZ_OK;
}
