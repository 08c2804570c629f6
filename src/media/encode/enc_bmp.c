/* SPDX-License-Identifier: Apache-2.0 */
/* Windows bitmaps by our own hands. Pixels of 16, 24 and 32 bits: the file is copied and the pixels
 * under the overlays are written anew in their places. Palettes, packed or not, hold no room for a
 * mark's colours: the picture becomes one of 24 bits with the same colours. */
#include "media/encode/task.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <inttypes.h>
#include <string.h>

#define FILE_HEADER 14
#define CORE_HEADER 12 /* OS/2 1.x */
#define INFO_HEADER 40
#define MASKS_AT (FILE_HEADER + INFO_HEADER) /* within a larger header, or behind this one */
#define MASKED_HEADER 56                     /* from here on there is a mask for alpha */
#define V5_HEADER 124
#define COPY_BYTES ((size_t)1 << 20)

enum { PLAIN = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3, ALPHA_BITFIELDS = 6 };

typedef struct channel {
    uint32_t mask;
    unsigned shift;
} channel;

typedef struct coder {
    jz_task *task;
    jz_err *err;
    jz_bytes file;
    uint32_t header; /* bytes of the second one */
    uint32_t data;   /* offset of the pixels */
    uint32_t width, height;
    bool top_down;
    uint16_t bits;
    uint32_t compression;
    uint32_t colours;   /* of the palette */
    size_t stride;      /* of the stored rows, where they are not packed */
    channel channel[4]; /* red, green, blue, alpha */
    uint8_t *indices;   /* of the palette, rows from top to bottom */
} coder;

static uint32_t u32(const coder *c, size_t at)
{
    const uint8_t *p = c->file.ptr + at;
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static uint16_t u16(const coder *c, size_t at)
{
    return (uint16_t)(c->file.ptr[at + 1] << 8 | c->file.ptr[at]);
}

static void put_u32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

/* ---- the headers ---- */

static jz_status need(const coder *c, uint64_t bytes)
{
    return bytes <= c->file.len
               ? JZ_OK
               : JZ_FAIL(c->err, JZ_E_TRUNCATED, "BMP: %" PRIu64 " bytes in a file of %zu", bytes,
                         c->file.len);
}

static jz_status read_sizes(coder *c)
{
    JZ_TRY(need(c, FILE_HEADER + CORE_HEADER));
    c->data = u32(c, 10);
    c->header = u32(c, FILE_HEADER);
    if (c->header != CORE_HEADER && (c->header < INFO_HEADER || c->header > 4096))
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "BMP: a header of %u bytes", c->header);
    JZ_TRY(need(c, (uint64_t)FILE_HEADER + c->header));
    if (c->header == CORE_HEADER) {
        c->width = u16(c, 18);
        c->height = u16(c, 20);
        c->bits = u16(c, 24);
        c->colours = c->bits <= 8 ? 1u << c->bits : 0;
        return JZ_OK;
    }
    c->width = u32(c, 18);
    c->top_down = (u32(c, 22) >> 31) != 0;
    c->height = c->top_down ? 0 - u32(c, 22) : u32(c, 22);
    c->bits = u16(c, 28);
    c->compression = u32(c, 30);
    c->colours = u32(c, 46);
    if (c->colours == 0 && c->bits <= 8)
        c->colours = 1u << c->bits;
    return JZ_OK;
}

static jz_status set_channel(const coder *c, channel *k, uint32_t mask)
{
    *k = (channel){ mask, 0 };
    while (mask != 0 && (mask >> k->shift & 1) == 0)
        k->shift++;
    const uint32_t run = mask >> k->shift;
    if ((run & (run + 1)) != 0 || (uint64_t)mask >> c->bits != 0)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "BMP: the mask %08x for pixels of %u bits", mask,
                       c->bits);
    return JZ_OK;
}

static jz_status read_channels(coder *c)
{
    static const uint32_t wide[4] = { 0xff0000, 0xff00, 0xff, 0 };
    static const uint32_t narrow[4] = { 0x7c00, 0x3e0, 0x1f, 0 };
    uint32_t masks[4];
    memcpy(masks, c->bits == 16 ? narrow : wide, sizeof masks);
    if (c->compression == BITFIELDS || c->compression == ALPHA_BITFIELDS) {
        const bool alpha = c->compression == ALPHA_BITFIELDS || c->header >= MASKED_HEADER;
        JZ_TRY(need(c, MASKS_AT + (alpha ? 16 : 12)));
        for (size_t i = 0; i < (alpha ? 4 : 3); i++)
            masks[i] = u32(c, MASKS_AT + 4 * i);
    }
    for (size_t i = 0; i < 4; i++)
        JZ_TRY(set_channel(c, &c->channel[i], masks[i]));
    if (c->channel[0].mask == 0 || c->channel[1].mask == 0 || c->channel[2].mask == 0)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "BMP: a colour without bits");
    return JZ_OK;
}

static bool has_palette(const coder *c)
{
    return c->bits == 1 || c->bits == 4 || c->bits == 8;
}

static jz_status check_kind(const coder *c)
{
    const bool masks = c->compression == BITFIELDS || c->compression == ALPHA_BITFIELDS;
    const bool known =
        c->compression == PLAIN ? has_palette(c) || c->bits == 16 || c->bits == 24 || c->bits == 32
        : masks
            ? c->bits == 16 || c->bits == 32
            : (c->compression == RLE8 && c->bits == 8) || (c->compression == RLE4 && c->bits == 4);
    if (!known)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "BMP: %u bits with the compression %u", c->bits,
                       c->compression);
    return JZ_OK;
}

static jz_status read_header(coder *c)
{
    JZ_TRY(read_sizes(c));
    JZ_TRY(check_kind(c));
    JZ_TRY(jz_job_check_size(&c->task->in, c->width, c->height, c->err));
    JZ_TRY(jz_task_check_overlays(c->task, c->width, c->height, c->err));
    if (c->data < FILE_HEADER + c->header || c->data > c->file.len)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "BMP: pixels at offset %u of a file of %zu bytes",
                       c->data, c->file.len);
    c->stride = ((size_t)c->width * c->bits + 31) / 32 * 4;
    if (c->compression == RLE8 || c->compression == RLE4)
        return JZ_OK;
    return need(c, c->data + (uint64_t)c->stride * c->height);
}

/* ---- blending ---- */

/* Straight alpha over straight alpha; shares of 1. */
static double lay(double under, double under_alpha, double over, double alpha)
{
    const double whole = alpha + under_alpha * (1 - alpha);
    return whole > 0 ? (over * alpha + under * under_alpha * (1 - alpha)) / whole : under;
}

/* A pixel's value with an overlay's pixel laid over it. */
static uint32_t blend(const coder *c, uint32_t pixel, const uint8_t *rgba)
{
    const channel *a = &c->channel[3];
    const double top = (double)(a->mask >> a->shift);
    const double under = a->mask != 0 ? (double)((pixel & a->mask) >> a->shift) / top : 1;
    const double alpha = rgba[3] / 255.0;
    for (size_t i = 0; i < 4; i++) {
        const channel *k = &c->channel[i];
        if (k->mask == 0)
            continue;
        const double max = (double)(k->mask >> k->shift);
        const double old = (double)((pixel & k->mask) >> k->shift) / max;
        const double v =
            i == 3 ? alpha + under * (1 - alpha) : lay(old, under, rgba[i] / 255.0, alpha);
        pixel = (pixel & ~k->mask) | ((uint32_t)(v * max + 0.5) << k->shift & k->mask);
    }
    return pixel;
}

/* A pixel's value, brighter by a share of the largest. */
static uint32_t brighten(const coder *c, uint32_t pixel, double share)
{
    for (size_t i = 0; i < 3; i++) {
        const channel *k = &c->channel[i];
        const double max = (double)(k->mask >> k->shift);
        const double v = (double)((pixel & k->mask) >> k->shift) + share * max;
        const double kept = v < 0 ? 0 : v > max ? max : v;
        pixel = (pixel & ~k->mask) | ((uint32_t)(kept + 0.5) << k->shift & k->mask);
    }
    return pixel;
}

static void blend_row(const coder *c, const jz_overlay *o, uint32_t y, uint8_t *px)
{
    const size_t bytes = c->bits / 8;
    for (uint32_t x = 0; x < o->width; x++) {
        const uint8_t *rgba =
            o->delta != NULL ? NULL : o->rgba + (y - o->y) * o->stride + (size_t)x * 4;
        uint8_t *p = px + x * bytes;
        uint32_t pixel = 0;
        if (rgba != NULL && rgba[3] == 0)
            continue;
        for (size_t i = 0; i < bytes; i++)
            pixel |= (uint32_t)p[i] << 8 * i;
        pixel = rgba != NULL
                    ? blend(c, pixel, rgba)
                    : brighten(c, pixel,
                               (double)jz_delta_at(o->delta, c->width, c->height, x, y) / 255);
        for (size_t i = 0; i < bytes; i++)
            p[i] = (uint8_t)(pixel >> 8 * i);
    }
}

/* Overlays on row y, all of whose pixels are at px. */
static void blend_overlays(const coder *c, uint32_t y, uint8_t *px)
{
    for (uint32_t i = 0; i < c->task->request->overlays; i++) {
        const jz_overlay *o = &c->task->overlay[i];
        if (y >= o->y && y - o->y < o->height)
            blend_row(c, o, y, px + (size_t)o->x * (c->bits / 8));
    }
}

static bool is_under(const coder *c, uint32_t y)
{
    for (uint32_t i = 0; i < c->task->request->overlays; i++)
        if (y >= c->task->overlay[i].y && y - c->task->overlay[i].y < c->task->overlay[i].height)
            return true;
    return false;
}

static uint64_t row_at(const coder *c, uint32_t y)
{
    return (uint64_t)c->stride * (c->top_down ? y : c->height - 1 - y);
}

/* ---- pixels that stay where they are ---- */

static jz_status patch(coder *c)
{
    JZ_TRY(read_channels(c));
    for (size_t at = 0; at < c->file.len; at += COPY_BYTES) {
        const size_t left = c->file.len - at;
        JZ_TRY(jz_task_append(c->task, c->file.ptr + at, left < COPY_BYTES ? left : COPY_BYTES,
                              c->err));
    }
    jz_auto(uint8_t) *row = jz_alloc(c->stride);
    if (row == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "BMP: out of memory");
    for (uint32_t y = 0; y < c->height; y++) {
        if (!is_under(c, y))
            continue;
        const uint64_t at = c->data + row_at(c, y);
        memcpy(row, c->file.ptr + at, c->stride);
        blend_overlays(c, y, row);
        JZ_TRY(jz_task_write(c->task, at, row, c->stride, c->err));
        jz_task_alive(c->task);
    }
    return JZ_OK;
}

/* ---- palettes ---- */

static void read_plain(coder *c)
{
    for (uint32_t y = 0; y < c->height; y++) {
        const uint8_t *row = c->file.ptr + c->data + row_at(c, y);
        uint8_t *to = c->indices + (size_t)y * c->width;
        for (size_t x = 0; x < c->width; x++) {
            const size_t bit = x * c->bits;
            to[x] = (uint8_t)(row[bit / 8] >> (8 - c->bits - bit % 8) & ((1u << c->bits) - 1));
        }
    }
}

typedef struct pen { /* where the next packed pixel goes; y counts stored rows */
    uint32_t x, y;
} pen;

static void draw(coder *c, pen *p, uint8_t index)
{
    if (p->x >= c->width || p->y >= c->height)
        return; /* what sticks out is not shown */
    const uint32_t y = c->top_down ? p->y : c->height - 1 - p->y;
    c->indices[(size_t)y * c->width + p->x++] = index;
}

/* n pixels of the same one or two indices, or one index each. */
static void draw_run(coder *c, pen *p, unsigned n, const uint8_t *bytes, bool same)
{
    for (unsigned i = 0; i < n; i++) {
        const uint8_t byte = bytes[same ? 0 : c->bits == 8 ? i : i / 2];
        draw(c, p, c->bits == 8 ? byte : i % 2 == 0 ? byte >> 4 : byte & 15);
    }
}

/* Code 0 and what follows it. */
static jz_status read_escape(coder *c, jz_rd *rd, uint8_t what, pen *p, bool *end)
{
    jz_bytes bytes;
    if (what == 0) {
        *p = (pen){ 0, p->y < c->height ? p->y + 1 : p->y };
        return JZ_OK;
    }
    if (what == 1) {
        *end = true;
        return JZ_OK;
    }
    if (what == 2) {
        JZ_TRY(jz_rd_take(rd, 2, &bytes, c->err));
        p->x = p->x + bytes.ptr[0] < c->width ? p->x + bytes.ptr[0] : c->width;
        p->y = p->y + bytes.ptr[1] < c->height ? p->y + bytes.ptr[1] : c->height;
        return JZ_OK;
    }
    const size_t n = ((size_t)what * c->bits + 7) / 8;
    JZ_TRY(jz_rd_take(rd, n + (n & 1), &bytes, c->err));
    draw_run(c, p, what, bytes.ptr, false);
    return JZ_OK;
}

static jz_status read_packed(coder *c)
{
    jz_rd rd = jz_rd_of((jz_bytes){ c->file.ptr + c->data, c->file.len - c->data }, "BMP, RLE");
    pen p = { 0 };
    for (bool end = false; !end;) {
        jz_bytes code;
        JZ_TRY(jz_rd_take(&rd, 2, &code, c->err));
        if (code.ptr[0] == 0)
            JZ_TRY(read_escape(c, &rd, code.ptr[1], &p, &end));
        else
            draw_run(c, &p, code.ptr[0], code.ptr + 1, true);
    }
    return JZ_OK;
}

static jz_status write_header(coder *c, uint64_t pixels)
{
    const uint64_t size = FILE_HEADER + c->header + pixels;
    if (size > UINT32_MAX)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "BMP: %" PRIu64 " bytes", size);
    uint8_t head[FILE_HEADER + 4096];
    memcpy(head, c->file.ptr, FILE_HEADER + c->header);
    put_u32(head + 2, (uint32_t)size);
    put_u32(head + 10, FILE_HEADER + c->header);
    if (c->header == CORE_HEADER) {
        head[24] = 24;
    } else {
        head[28] = 24;
        put_u32(head + 30, PLAIN);
        put_u32(head + 34, (uint32_t)pixels);
        put_u32(head + 46, 0); /* colours, and the important ones of them */
        put_u32(head + 50, 0);
    }
    return jz_task_append(c->task, head, FILE_HEADER + c->header, c->err);
}

static jz_status write_rows(coder *c, const uint8_t *palette, size_t entry)
{
    c->bits = 24;
    c->stride = ((size_t)c->width * 3 + 3) / 4 * 4;
    JZ_TRY(write_header(c, (uint64_t)c->stride * c->height));
    JZ_TRY(read_channels(c));
    jz_auto(uint8_t) *row = jz_alloc_zero(1, c->stride);
    if (row == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "BMP: out of memory");
    for (uint32_t n = 0; n < c->height; n++) {
        const uint32_t y = c->top_down ? n : c->height - 1 - n;
        const uint8_t *from = c->indices + (size_t)y * c->width;
        for (size_t x = 0; x < c->width; x++) {
            if (from[x] < c->colours)
                memcpy(row + x * 3, palette + from[x] * entry, 3);
            else
                memset(row + x * 3, 0, 3);
        }
        blend_overlays(c, y, row);
        JZ_TRY(jz_task_append(c->task, row, c->stride, c->err));
        jz_task_alive(c->task);
    }
    return JZ_OK;
}

static jz_status expand(coder *c)
{
    const size_t entry = c->header == CORE_HEADER ? 3 : 4;
    if (c->colours > 256)
        c->colours = 256;
    if (c->header >= V5_HEADER && u32(c, FILE_HEADER + 116) != 0)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "BMP: a palette with a colour profile");
    JZ_TRY(need(c, (uint64_t)FILE_HEADER + c->header + c->colours * entry));
    c->indices = jz_alloc_zero(c->width, c->height);
    if (c->indices == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "BMP: out of memory");
    if (c->compression == PLAIN)
        read_plain(c);
    else
        JZ_TRY(read_packed(c));
    c->compression = PLAIN;
    return write_rows(c, c->file.ptr + FILE_HEADER + c->header, entry);
}

jz_status jz_encode_bmp(jz_task *task, jz_err *err)
{
    coder c = { .task = task, .err = err };
    JZ_TRY(jz_job_whole(&task->in, &c.file, err));
    jz_status st = read_header(&c);
    if (st == JZ_OK)
        st = has_palette(&c) ? expand(&c) : patch(&c);
    jz_free(c.indices);
    jz_task_name_codec(task, "bmp");
    task->info.frames = 1;
    task->info.untouched = true;
    return st;
}
