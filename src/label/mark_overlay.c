/* SPDX-License-Identifier: Apache-2.0 */
#include "label/mark_overlay.h"

#include "base/alloc.h"

#include <math.h>

#define PLATE_ALPHA 200u /* of black: on white it leaves luma 55, 11.6 to 1 against letters */
#define SPARE 1          /* rows of ink more than there must be: coding may dull one */

void jz_mark_overlay_done(jz_mark_overlay *m)
{
    jz_mark_text_done(&m->text);
    jz_free(m->rgba);
    *m = (jz_mark_overlay){ 0 };
}

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

/* White of that coverage over the plate, as straight alpha. */
static void put_pixel(uint8_t *p, uint32_t cover)
{
    const uint32_t alpha = cover + (255 - cover) * PLATE_ALPHA / 255;
    const uint8_t white = (uint8_t)(255 * cover / alpha);
    p[0] = p[1] = p[2] = white;
    p[3] = (uint8_t)alpha;
}

static void fill(jz_mark_overlay *m, uint32_t width, uint32_t height)
{
    jz_overlay *o = &m->overlay;
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            const point s = stored_of(m->orientation, o->width, o->height, (point){ x, y });
            put_pixel(m->rgba + s.y * o->stride + (size_t)s.x * 4, coverage(m, x, y));
        }
    }
}

/* Sizes as shown: of the picture, and of the plate in it. */
static jz_status place(jz_mark_overlay *m, uint32_t width, uint32_t height, uint32_t shown_width,
                       uint32_t shown_height, jz_err *err)
{
    const uint32_t shortest = width < height ? width : height;
    const uint32_t margin = shortest / 50;
    const uint32_t w = m->text.width + 2 * m->pad;
    const uint32_t h = m->text.height + 2 * m->pad;
    if (w + margin > shown_width || h + margin > shown_height)
        return JZ_FAIL(err, JZ_E_LIMIT,
                       "a mark of %u x %u pixels does not fit into a picture of %u x %u", w, h,
                       shown_width, shown_height);
    const bool turned = is_turned(m->orientation);
    jz_overlay *o = &m->overlay;
    o->width = turned ? h : w;
    o->height = turned ? w : h;
    o->stride = (size_t)o->width * 4;
    m->rgba = jz_alloc(o->stride * o->height);
    if (m->rgba == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    o->rgba = m->rgba;
    const point first = { shown_width - margin - w, shown_height - margin - h };
    const point last = { first.x + w - 1, first.y + h - 1 };
    const point a = stored_of(m->orientation, width, height, first);
    const point b = stored_of(m->orientation, width, height, last);
    o->x = a.x < b.x ? a.x : b.x;
    o->y = a.y < b.y ? a.y : b.y;
    fill(m, w, h);
    return JZ_OK;
}

static jz_status make(const char *utf8, uint32_t width, uint32_t height, jz_mark_overlay *m,
                      jz_err *err)
{
    const bool turned = is_turned(m->orientation);
    const uint32_t shown_width = turned ? height : width;
    const uint32_t shown_height = turned ? width : height;
    const uint32_t shortest = width < height ? width : height;
    jz_mark_layout layout = { .align = JZ_MARK_RIGHT };
    const uint32_t ink = (shortest + JZ_MARK_SHARE - 1) / JZ_MARK_SHARE + SPARE;
    JZ_TRY(jz_mark_text_em(utf8, ink, &layout.em, err));
    m->pad = layout.em / 3 + 1;
    layout.max_width = shown_width - (shown_width > 3 * m->pad ? 3 * m->pad : 0);
    JZ_TRY(jz_mark_text_draw(utf8, &layout, &m->text, err));
    return place(m, width, height, shown_width, shown_height, err);
}

jz_status jz_mark_overlay_make(const char *utf8, uint32_t width, uint32_t height,
                               uint32_t orientation, jz_mark_overlay *out, jz_err *err)
{
    jz_mark_overlay m = { .orientation = orientation >= 1 && orientation <= 8 ? orientation : 1 };
    const jz_status st = make(utf8, width, height, &m, err);
    if (st != JZ_OK)
        jz_mark_overlay_done(&m);
    else
        *out = m;
    return st;
}

/* ---- looking at the result ---- */

static uint32_t luma_at(const jz_plane *p, uint32_t x, uint32_t y)
{
    const uint8_t *px = p->px + y * p->stride + (size_t)x * p->channels;
    return p->channels == 1 ? px[0] : (299u * px[0] + 587u * px[1] + 114u * px[2]) / 1000;
}

/* The luma of the result at a place of the overlay as shown. */
static uint32_t seen_at(const jz_mark_overlay *m, const jz_plane *p, uint32_t x, uint32_t y)
{
    const jz_overlay *o = &m->overlay;
    const point s = stored_of(m->orientation, o->width, o->height, (point){ x, y });
    return luma_at(p, o->x + s.x, o->y + s.y);
}

/* Rows of a letter's box in which there is ink: pixels at least so bright. */
static uint32_t rows_of(const jz_mark_overlay *m, const jz_plane *p, const jz_mark_ink *ink,
                        double bright)
{
    uint32_t rows = 0;
    for (uint32_t y = 0; y < ink->height; y++) {
        bool found = false;
        for (uint32_t x = 0; x < ink->width && !found; x++)
            found = seen_at(m, p, m->pad + ink->x + x, m->pad + ink->y + y) >= bright;
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

/* Mean luma of what is all letter and what is all plate; edges are neither. */
static void mean_lumas(const jz_mark_overlay *m, const jz_plane *p, double *letters, double *plate)
{
    double sum[2] = { 0 };
    double n[2] = { 0 };
    for (uint32_t y = 0; y < m->text.height + 2 * m->pad; y++) {
        for (uint32_t x = 0; x < m->text.width + 2 * m->pad; x++) {
            const uint8_t c = coverage(m, x, y);
            if (c > 0 && c < 255)
                continue;
            sum[c > 0] += seen_at(m, p, x, y);
            n[c > 0] += 1;
        }
    }
    *letters = n[1] > 0 ? sum[1] / n[1] : 0;
    *plate = n[0] > 0 ? sum[0] / n[0] : 0;
}

void jz_mark_overlay_see(const jz_mark_overlay *m, const jz_plane *picture, jz_mark_seen *out)
{
    double letters;
    double plate;
    mean_lumas(m, picture, &letters, &plate);
    *out = (jz_mark_seen){ .contrast = (luminance(letters) + 0.05) / (luminance(plate) + 0.05) };
    if (letters - plate < 1)
        return; /* nothing to be seen there */
    out->ink_height = UINT32_MAX;
    for (size_t i = 0; i < m->text.letters; i++) {
        const jz_mark_ink *ink = &m->text.ink[i];
        const uint32_t rows =
            ink->counts ? rows_of(m, picture, ink, (letters + plate) / 2 - 1) : UINT32_MAX;
        if (rows < out->ink_height)
            out->ink_height = rows;
    }
}
