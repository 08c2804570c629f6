/* SPDX-License-Identifier: Apache-2.0 */
#include "label/mark_overlay.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define PLATE_ALPHA 200u /* of black: on white it leaves luma 55, 11.6 to 1 against letters */
#define SOLID 255u       /* the same of an outline */
#define SPARE 1          /* rows of ink more than there must be: coding may dull one */
#define FINE 16u         /* parts of a pixel in which outlines are measured */

void jz_mark_overlay_done(jz_mark_overlay *m)
{
    jz_mark_text_done(&m->text);
    jz_free(m->rgba);
    jz_free(m->back);
    *m = (jz_mark_overlay){ 0 };
}

/* ---- names ---- */

const char *jz_mark_corner_name(jz_mark_corner c)
{
    static const char *const names[] = {
        [JZ_MARK_LOWER_RIGHT] = "lower-right",
        [JZ_MARK_LOWER_LEFT] = "lower-left",
        [JZ_MARK_UPPER_RIGHT] = "upper-right",
        [JZ_MARK_UPPER_LEFT] = "upper-left",
        [JZ_MARK_CALMEST] = "auto",
    };
    return names[c];
}

const char *jz_mark_style_name(jz_mark_style s)
{
    static const char *const names[] = {
        [JZ_MARK_FITTING] = "auto", [JZ_MARK_PLATE] = "plate", [JZ_MARK_OUTLINE] = "outline"
    };
    return names[s];
}

/* ---- places ---- */

/* A place of the picture as shown, in the picture as stored (Exif 2.32, tag 0x0112). */
typedef struct point {
    uint32_t x, y;
} point;

static point stored_of(uint32_t orientation, uint32_t width, uint32_t height, point shown)
{
    const uint32_t right = width - 1;
    const uint32_t bottom = height - 1;
    switch (orientation) {
    case 2:
        return (point){ right - shown.x, shown.y };
    case 3:
        return (point){ right - shown.x, bottom - shown.y };
    case 4:
        return (point){ shown.x, bottom - shown.y };
    case 5:
        return (point){ shown.y, shown.x };
    case 6:
        return (point){ shown.y, bottom - shown.x };
    case 7:
        return (point){ right - shown.y, bottom - shown.x };
    case 8:
        return (point){ right - shown.y, shown.x };
    default:
        return shown;
    }
}

static bool is_turned(uint32_t orientation)
{
    return orientation >= 5 && orientation <= 8;
}

/* Coverage of the letters at a place of the overlay as shown. */
static uint8_t coverage(const jz_mark_overlay *m, uint32_t x, uint32_t y)
{
    if (x < m->pad || y < m->pad || x - m->pad >= m->text.width || y - m->pad >= m->text.height)
        return 0;
    return m->text.px[(size_t)(y - m->pad) * m->text.width + (x - m->pad)];
}

/* A box of the picture as shown. */
typedef struct box {
    point at;
    uint32_t width, height;
} box;

/* The same box of the picture as stored. */
static box stored_box(uint32_t orientation, const jz_plane *picture, const box *shown)
{
    const point end = { shown->at.x + shown->width - 1, shown->at.y + shown->height - 1 };
    const point a = stored_of(orientation, picture->width, picture->height, shown->at);
    const point b = stored_of(orientation, picture->width, picture->height, end);
    const bool turned = is_turned(orientation);
    return (box){ .at = { a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y },
                  .width = turned ? shown->height : shown->width,
                  .height = turned ? shown->width : shown->height };
}

/* The picture as shown. */
typedef struct view {
    const jz_plane *picture;
    uint32_t width, height;
    uint32_t margin; /* between a mark and the edges */
} view;

static uint32_t shortest_side(const view *v)
{
    return v->width < v->height ? v->width : v->height;
}

static view view_of(const jz_plane *picture, uint32_t orientation)
{
    const bool turned = is_turned(orientation);
    view v = { .picture = picture,
               .width = turned ? picture->height : picture->width,
               .height = turned ? picture->width : picture->height };
    v.margin = shortest_side(&v) / 50;
    return v;
}

/* The place of a mark in a corner, where it has room. */
static box box_in(const view *v, jz_mark_corner c, const jz_mark_overlay *m)
{
    const bool left = c == JZ_MARK_LOWER_LEFT || c == JZ_MARK_UPPER_LEFT;
    const bool upper = c == JZ_MARK_UPPER_RIGHT || c == JZ_MARK_UPPER_LEFT;
    const uint32_t w = m->text.width + 2 * m->pad;
    const uint32_t h = m->text.height + 2 * m->pad;
    return (box){ .at = { left ? v->margin : v->width - v->margin - w,
                          upper ? v->margin : v->height - v->margin - h },
                  .width = w,
                  .height = h };
}

/* ---- looking at the picture ---- */

static uint32_t luma_at(const jz_plane *p, uint32_t x, uint32_t y)
{
    const uint8_t *px = p->px + y * p->stride + (size_t)x * p->channels;
    return p->channels == 1 ? px[0] : (299u * px[0] + 587u * px[1] + 114u * px[2]) / 1000;
}

/* The mean square of how far the luma in a box is from its mean. */
static double unrest(const view *v, uint32_t orientation, const box *shown)
{
    const box b = stored_box(orientation, v->picture, shown);
    const double n = (double)b.width * b.height;
    uint64_t sum = 0;
    uint64_t squares = 0;
    for (uint32_t y = 0; y < b.height; y++) {
        for (uint32_t x = 0; x < b.width; x++) {
            const uint32_t luma = luma_at(v->picture, b.at.x + x, b.at.y + y);
            sum += luma;
            squares += (uint64_t)luma * luma;
        }
    }
    const double mean = (double)sum / n;
    return (double)squares / n - mean * mean;
}

/* Settles corner and style; the plate, the larger of the two, is what is looked under. */
static void choose(const view *v, const jz_mark_wish *wish, jz_mark_overlay *m)
{
    const bool any = wish->corner == JZ_MARK_CALMEST;
    m->corner = any ? JZ_MARK_LOWER_RIGHT : wish->corner;
    box b = box_in(v, m->corner, m);
    double least = unrest(v, m->orientation, &b);
    for (jz_mark_corner c = JZ_MARK_LOWER_LEFT; any && c < JZ_MARK_CALMEST; c++) {
        b = box_in(v, c, m);
        const double here = unrest(v, m->orientation, &b);
        if (here < least) {
            least = here;
            m->corner = c;
        }
    }
    const bool calm = least <= (double)JZ_MARK_CALM * JZ_MARK_CALM;
    m->style = wish->style != JZ_MARK_FITTING ? wish->style
               : calm                         ? JZ_MARK_OUTLINE
                                              : JZ_MARK_PLATE;
}

/* ---- outline ---- */

static uint32_t square_root(uint32_t v)
{
    uint32_t root = 0;
    for (uint32_t bit = 1u << 15; bit > 0; bit >>= 1) {
        if ((root + bit) * (root + bit) <= v)
            root += bit;
    }
    return root;
}

/* How far an outline reaches, in 1/FINE pixels: a twelfth of an em, and a pixel and a half. */
static uint32_t reach_of(uint32_t em)
{
    const uint32_t reach = em * FINE / 12;
    return reach > FINE + FINE / 2 ? reach : FINE + FINE / 2;
}

/* The distance from each place to the ink above or below it, in pixels, limit at most. */
static void measure_columns(const jz_mark_overlay *m, uint16_t limit, uint16_t *distance)
{
    for (uint32_t x = 0; x < m->width; x++) {
        uint16_t d = limit;
        for (uint32_t y = 0; y < m->height; y++) {
            d = coverage(m, x, y) >= JZ_MARK_INK ? 0 : d < limit ? (uint16_t)(d + 1) : limit;
            distance[(size_t)y * m->width + x] = d;
        }
        d = limit;
        for (uint32_t y = m->height; y-- > 0;) {
            uint16_t *at = &distance[(size_t)y * m->width + x];
            d = *at == 0 ? 0 : d < limit ? (uint16_t)(d + 1) : limit;
            *at = d < *at ? d : *at;
        }
    }
}

/* The square of the distance from place x of a row to the nearest ink, from those of the columns
 * within limit to both sides. */
static uint32_t nearest(const uint16_t *row, uint32_t width, uint32_t x, uint32_t limit)
{
    uint32_t least = (uint32_t)row[x] * row[x];
    for (uint32_t d = 1; d <= limit && d * d < least; d++) {
        const uint32_t left = d <= x ? row[x - d] : limit;
        const uint32_t right = x + d < width ? row[x + d] : limit;
        const uint32_t near = left < right ? left : right;
        least = d * d + near * near < least ? d * d + near * near : least;
    }
    return least;
}

/* Opaque to within half a pixel of its reach, gone half a pixel behind it. */
static jz_status draw_outline(jz_mark_overlay *m, jz_err *err)
{
    const uint32_t reach = reach_of(m->text.em);
    const uint16_t limit = (uint16_t)(reach / FINE + 2);
    uint16_t *distance = jz_alloc_zero((size_t)m->width * m->height, sizeof *distance);
    if (distance == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    measure_columns(m, limit, distance);
    for (uint32_t y = 0; y < m->height; y++) {
        const uint16_t *row = distance + (size_t)y * m->width;
        for (uint32_t x = 0; x < m->width; x++) {
            const uint32_t far = square_root(nearest(row, m->width, x, limit) * FINE * FINE);
            const uint32_t left = reach + FINE / 2 > far ? reach + FINE / 2 - far : 0;
            m->back[(size_t)y * m->width + x] =
                (uint8_t)(left >= FINE ? SOLID : left * SOLID / FINE);
        }
    }
    jz_free(distance);
    return JZ_OK;
}

/* ---- drawing ---- */

/* White of that coverage over black of that opacity, as straight alpha. */
static void put_pixel(uint8_t *p, uint32_t cover, uint32_t back)
{
    const uint32_t alpha = cover + (255 - cover) * back / 255;
    const uint8_t white = alpha == 0 ? 0 : (uint8_t)(255 * cover / alpha);
    p[0] = p[1] = p[2] = white;
    p[3] = (uint8_t)alpha;
}

static void fill(jz_mark_overlay *m)
{
    const jz_overlay *o = &m->overlay;
    for (uint32_t y = 0; y < m->height; y++) {
        for (uint32_t x = 0; x < m->width; x++) {
            const point s = stored_of(m->orientation, o->width, o->height, (point){ x, y });
            put_pixel(m->rgba + s.y * o->stride + (size_t)s.x * 4, coverage(m, x, y),
                      m->back[(size_t)y * m->width + x]);
        }
    }
}

static jz_status draw(const view *v, jz_mark_overlay *m, jz_err *err)
{
    const box shown = box_in(v, m->corner, m);
    const box stored = stored_box(m->orientation, v->picture, &shown);
    m->x = shown.at.x;
    m->y = shown.at.y;
    m->width = shown.width;
    m->height = shown.height;
    m->overlay = (jz_overlay){ .width = stored.width,
                               .height = stored.height,
                               .stride = (size_t)stored.width * 4,
                               .x = stored.at.x,
                               .y = stored.at.y };
    m->rgba = jz_alloc(m->overlay.stride * m->overlay.height);
    m->back = jz_alloc((size_t)m->width * m->height);
    if (m->rgba == NULL || m->back == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    m->overlay.rgba = m->rgba;
    if (m->style == JZ_MARK_OUTLINE)
        JZ_TRY(draw_outline(m, err));
    else
        memset(m->back, PLATE_ALPHA, (size_t)m->width * m->height);
    fill(m);
    return JZ_OK;
}

static jz_status make(const jz_mark_wish *wish, const view *v, jz_mark_overlay *m, jz_err *err)
{
    const bool left = wish->corner == JZ_MARK_LOWER_LEFT || wish->corner == JZ_MARK_UPPER_LEFT;
    jz_mark_layout layout = { .align = left ? JZ_MARK_LEFT : JZ_MARK_RIGHT };
    const uint32_t ink = (shortest_side(v) + JZ_MARK_SHARE - 1) / JZ_MARK_SHARE + SPARE;
    JZ_TRY(jz_mark_text_em(wish->text, ink, &layout.em, err));
    m->pad = layout.em / 3 + 1;
    layout.max_width = v->width - (v->width > 3 * m->pad ? 3 * m->pad : 0);
    JZ_TRY(jz_mark_text_draw(wish->text, &layout, &m->text, err));
    const uint32_t w = m->text.width + 2 * m->pad;
    const uint32_t h = m->text.height + 2 * m->pad;
    if (w + v->margin > v->width || h + v->margin > v->height)
        return JZ_FAIL(err, JZ_E_LIMIT,
                       "a mark of %u x %u pixels does not fit into a picture of %u x %u", w, h,
                       v->width, v->height);
    choose(v, wish, m);
    if (m->style == JZ_MARK_OUTLINE)
        m->pad = reach_of(layout.em) / FINE + 2;
    return draw(v, m, err);
}

jz_status jz_mark_overlay_make(const jz_mark_wish *wish, const jz_plane *picture,
                               uint32_t orientation, jz_mark_overlay *out, jz_err *err)
{
    jz_mark_overlay m = { .orientation = orientation >= 1 && orientation <= 8 ? orientation : 1 };
    const view v = view_of(picture, m.orientation);
    const jz_status st = make(wish, &v, &m, err);
    if (st != JZ_OK)
        jz_mark_overlay_done(&m);
    else
        *out = m;
    return st;
}

/* ---- looking at the result ---- */

/* The luma of the result at a place of the overlay as shown. */
static uint32_t seen_at(const jz_mark_overlay *m, const jz_plane *p, uint32_t x, uint32_t y)
{
    const jz_overlay *o = &m->overlay;
    const point s = stored_of(m->orientation, o->width, o->height, (point){ x, y });
    return luma_at(p, o->x + s.x, o->y + s.y);
}

/* Rows of a letter in which some of what must be ink is: at least so bright. */
static uint32_t rows_of(const jz_mark_overlay *m, const jz_plane *p, const jz_mark_ink *ink,
                        double bright)
{
    uint32_t rows = 0;
    for (uint32_t y = 0; y < ink->height; y++) {
        bool found = false;
        for (uint32_t x = 0; x < ink->width && !found; x++) {
            const point at = { m->pad + ink->x + x, m->pad + ink->y + y };
            found = coverage(m, at.x, at.y) >= JZ_MARK_INK && seen_at(m, p, at.x, at.y) >= bright;
        }
        rows += found;
    }
    return rows;
}

/* WCAG 2.2: relative luminance of a grey value. */
static double luminance(double grey)
{
    const double c = grey / 255;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* Mean luma of what is all letter, and of what is all plate or all outline; edges are neither. */
static void mean_lumas(const jz_mark_overlay *m, const jz_plane *p, double *letters, double *back)
{
    const uint8_t full = m->style == JZ_MARK_OUTLINE ? SOLID : PLATE_ALPHA;
    uint64_t sum[2] = { 0 };
    uint64_t n[2] = { 0 };
    for (uint32_t y = 0; y < m->height; y++) {
        for (uint32_t x = 0; x < m->width; x++) {
            const uint8_t c = coverage(m, x, y);
            if ((c > 0 && c < 255) || (c == 0 && m->back[(size_t)y * m->width + x] != full))
                continue;
            sum[c > 0] += seen_at(m, p, x, y);
            n[c > 0]++;
        }
    }
    *letters = n[1] > 0 ? (double)sum[1] / (double)n[1] : 0;
    *back = n[0] > 0 ? (double)sum[0] / (double)n[0] : 0;
}

void jz_mark_overlay_see(const jz_mark_overlay *m, const jz_plane *picture, jz_mark_seen *out)
{
    double letters;
    double back;
    mean_lumas(m, picture, &letters, &back);
    *out = (jz_mark_seen){ .contrast = (luminance(letters) + 0.05) / (luminance(back) + 0.05) };
    if (letters - back < 1)
        return; /* nothing to be seen there */
    out->ink_height = UINT32_MAX;
    for (size_t i = 0; i < m->text.letters; i++) {
        const jz_mark_ink *ink = &m->text.ink[i];
        const uint32_t rows =
            ink->counts ? rows_of(m, picture, ink, (letters + back) / 2 - 1) : UINT32_MAX;
        if (rows < out->ink_height)
            out->ink_height = rows;
    }
}
