/* SPDX-License-Identifier: Apache-2.0 */
/* TIFF 6.0 by our own hands: the file is copied, then the strips or tiles under an overlay are
 * decoded, blended and coded again as they were: in their old place where they fit, else at the end
 * of the file, where their entries then point. Nothing else changes. The first picture of the file
 * is marked; others (pages, reduced pictures) are not looked at. */
#include "media/encode/blend.h"
#include "media/encode/lzw.h"
#include "media/encode/task.h"

#include "base/alloc.h"
#include "base/rd.h"
#include "media/carrier/tiff_file.h"
#include "media/deflate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COPY_BYTES ((size_t)1 << 20)
#define PIECES_MAX 4194304u /* strips or tiles */

enum {
    WIDTH = 256,
    HEIGHT = 257,
    BITS = 258,
    COMPRESSION = 259,
    PHOTOMETRIC = 262,
    FILL_ORDER = 266,
    STRIP_OFFSETS = 273,
    SAMPLES = 277,
    STRIP_ROWS = 278,
    STRIP_SIZES = 279,
    PLANAR = 284,
    PREDICTOR = 317,
    TILE_WIDTH = 322,
    TILE_HEIGHT = 323,
    TILE_OFFSETS = 324,
    TILE_SIZES = 325,
    EXTRA_SAMPLES = 338,
    SAMPLE_FORMAT = 339,
};
enum { TYPE_BYTE = 1, TYPE_SHORT = 3, TYPE_LONG = 4 };
enum { PLAIN = 1, LZW = 5, DEFLATE = 8, PACKBITS = 32773, OLD_DEFLATE = 32946 };
enum { WHITE_IS_ZERO = 0, BLACK_IS_ZERO = 1, RGB = 2 };
enum { HORIZONTAL = 2, STRAIGHT_ALPHA = 2 };

typedef struct layout {
    uint32_t width, height;
    uint32_t samples; /* of a pixel */
    uint32_t bytes;   /* of a sample: 1 or 2 */
    uint32_t extra;   /* samples behind the colours: 0, or 1 */
    bool straight;    /* the extra one is alpha that the colours are not multiplied with */
    bool alpha;       /* the extra one is alpha */
    uint32_t photometric, compression, predictor;
    bool tiled;
    uint32_t piece_width, piece_height; /* of a tile, or of all strips but the last */
    uint32_t across, down;              /* how many pieces */
} layout;

typedef struct piece {
    uint64_t at, size; /* in the file, bytes */
} piece;

typedef struct coder {
    jz_task *task;
    jz_err *err;
    jz_bytes file;
    jz_source src;
    jz_tiff tiff;
    jz_tiff_dir dir;
    layout l;
    const jz_tiff_entry *offsets;
    const jz_tiff_entry *sizes;
    piece *pieces;
    uint8_t *px; /* of one piece */
} coder;

/* ---- the directory ---- */

static const jz_tiff_entry *find(const coder *c, uint16_t tag)
{
    for (size_t i = 0; i < c->dir.n; i++)
        if (c->dir.entry[i].tag == tag)
            return &c->dir.entry[i];
    return NULL;
}

static uint32_t unsigned_at(const coder *c, const uint8_t *p, unsigned bytes)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint32_t)p[i] << 8 * (c->tiff.big_endian ? bytes - 1 - i : i);
    return v;
}

static unsigned type_bytes(const jz_tiff_entry *e)
{
    return e->type == TYPE_BYTE ? 1 : e->type == TYPE_SHORT ? 2 : e->type == TYPE_LONG ? 4 : 0;
}

/* The i-th number of an entry, whose value is known to lie in the file. */
static uint32_t number(const coder *c, const jz_tiff_entry *e, uint32_t i)
{
    const unsigned bytes = type_bytes(e);
    return unsigned_at(c, c->file.ptr + e->value_at + (size_t)i * bytes, bytes);
}

static jz_status check_entry(const coder *c, const jz_tiff_entry *e)
{
    if (type_bytes(e) == 0 || e->count == 0)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "TIFF: tag %u has the type %u and %u values", e->tag,
                       e->type, e->count);
    if (e->size > c->file.len || e->value_at > c->file.len - e->size)
        return JZ_FAIL(c->err, JZ_E_TRUNCATED, "TIFF: tag %u goes on past the end of the file",
                       e->tag);
    return JZ_OK;
}

/* The first number of a tag, or what it is where it is not there. */
static jz_status get(const coder *c, uint16_t tag, uint32_t otherwise, uint32_t *out)
{
    const jz_tiff_entry *e = find(c, tag);
    *out = otherwise;
    if (e == NULL)
        return JZ_OK;
    JZ_TRY(check_entry(c, e));
    *out = number(c, e, 0);
    return JZ_OK;
}

static jz_status refuse(const coder *c, const char *what, uint32_t value)
{
    return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "TIFF: no mark can be burned into %s %u", what, value);
}

static jz_status get_size(coder *c)
{
    layout *l = &c->l;
    JZ_TRY(get(c, WIDTH, 0, &l->width));
    JZ_TRY(get(c, HEIGHT, 0, &l->height));
    JZ_TRY(jz_job_check_size(&c->task->in, l->width, l->height, c->err));
    return jz_task_check_overlays(c->task, l->width, l->height, c->err);
}

static jz_status get_samples(coder *c)
{
    layout *l = &c->l;
    uint32_t bits;
    uint32_t format;
    JZ_TRY(get(c, SAMPLES, 1, &l->samples));
    JZ_TRY(get(c, BITS, 1, &bits));
    JZ_TRY(get(c, SAMPLE_FORMAT, 1, &format));
    const jz_tiff_entry *e = find(c, BITS);
    for (uint32_t i = 0; e != NULL && i < e->count; i++)
        if (number(c, e, i) != bits)
            return refuse(c, "samples of different depths, one of bits:", number(c, e, i));
    if (bits != 8 && bits != 16)
        return refuse(c, "samples of bits:", bits);
    if (format != 1)
        return refuse(c, "samples of the format (tag 339)", format);
    l->bytes = bits / 8;
    return JZ_OK;
}

static jz_status get_colours(coder *c)
{
    layout *l = &c->l;
    uint32_t planar;
    uint32_t order;
    uint32_t extra;
    JZ_TRY(get(c, PHOTOMETRIC, UINT32_MAX, &l->photometric));
    JZ_TRY(get(c, PLANAR, 1, &planar));
    JZ_TRY(get(c, FILL_ORDER, 1, &order));
    JZ_TRY(get(c, EXTRA_SAMPLES, 0, &extra));
    if (l->photometric > RGB)
        return refuse(c, "colours of the kind (tag 262)", l->photometric);
    const uint32_t colours = l->photometric == RGB ? 3 : 1;
    if (l->samples != colours && l->samples != colours + 1)
        return refuse(c, "pixels with samples:", l->samples);
    if (planar != 1 && l->samples > 1)
        return refuse(c, "separate planes, tag 284:", planar);
    if (order != 1)
        return refuse(c, "bytes of the fill order", order);
    l->extra = l->samples - colours;
    l->alpha = l->extra > 0 && (extra == 1 || extra == STRAIGHT_ALPHA);
    l->straight = l->alpha && extra == STRAIGHT_ALPHA;
    return JZ_OK;
}

static jz_status get_compression(coder *c)
{
    layout *l = &c->l;
    JZ_TRY(get(c, COMPRESSION, PLAIN, &l->compression));
    JZ_TRY(get(c, PREDICTOR, 1, &l->predictor));
    switch (l->compression) {
    case PLAIN:
    case PACKBITS:
        l->predictor = 1; /* it belongs to the other two */
        return JZ_OK;
    case LZW:
    case DEFLATE:
    case OLD_DEFLATE:
        return l->predictor == 1 || l->predictor == HORIZONTAL
                   ? JZ_OK
                   : refuse(c, "samples with the predictor", l->predictor);
    default:
        return refuse(c, "the compression (tag 259)", l->compression);
    }
}

static jz_status get_pieces(coder *c)
{
    layout *l = &c->l;
    l->tiled = find(c, TILE_OFFSETS) != NULL;
    if (l->tiled) {
        JZ_TRY(get(c, TILE_WIDTH, 0, &l->piece_width));
        JZ_TRY(get(c, TILE_HEIGHT, 0, &l->piece_height));
    } else {
        l->piece_width = l->width;
        JZ_TRY(get(c, STRIP_ROWS, UINT32_MAX, &l->piece_height));
        l->piece_height = l->piece_height < l->height ? l->piece_height : l->height;
    }
    if (l->piece_width == 0 || l->piece_height == 0)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "TIFF: strips or tiles of %u x %u pixels",
                       l->piece_width, l->piece_height);
    JZ_TRY(jz_job_check_size(&c->task->in, l->piece_width, l->piece_height, c->err));
    l->across = (l->width - 1) / l->piece_width + 1;
    l->down = (l->height - 1) / l->piece_height + 1;
    c->offsets = find(c, l->tiled ? TILE_OFFSETS : STRIP_OFFSETS);
    c->sizes = find(c, l->tiled ? TILE_SIZES : STRIP_SIZES);
    if (c->offsets == NULL || c->sizes == NULL)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "TIFF: no places or sizes of strips or tiles");
    JZ_TRY(check_entry(c, c->offsets));
    JZ_TRY(check_entry(c, c->sizes));
    const uint64_t n = (uint64_t)l->across * l->down;
    if (n > PIECES_MAX)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "TIFF: %" PRIu64 " strips or tiles, limit %u", n,
                       PIECES_MAX);
    if (c->offsets->count < n || c->sizes->count < n)
        return JZ_FAIL(c->err, JZ_E_CORRUPT,
                       "TIFF: %u places and %u sizes of %" PRIu64 " strips or tiles",
                       c->offsets->count, c->sizes->count, n);
    return JZ_OK;
}

static int by_place(const void *a, const void *b)
{
    const piece *x = a;
    const piece *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Pieces that share bytes could not be changed one by one. */
static jz_status check_overlap(const coder *c, size_t n)
{
    piece *sorted = jz_alloc_zero(n, sizeof *sorted);
    if (sorted == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "TIFF: out of memory");
    memcpy(sorted, c->pieces, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_place);
    jz_status st = JZ_OK;
    for (size_t i = 1; st == JZ_OK && i < n; i++)
        if (sorted[i].at < sorted[i - 1].at + sorted[i - 1].size)
            st = JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "TIFF: strips or tiles share bytes at %" PRIu64,
                         sorted[i].at);
    jz_free(sorted);
    return st;
}

static jz_status place_pieces(coder *c)
{
    const size_t n = (size_t)c->l.across * c->l.down;
    c->pieces = jz_alloc_zero(n, sizeof *c->pieces);
    if (c->pieces == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "TIFF: out of memory for %zu strips or tiles", n);
    for (size_t i = 0; i < n; i++) {
        const piece p = { number(c, c->offsets, (uint32_t)i), number(c, c->sizes, (uint32_t)i) };
        if (p.at > c->file.len || p.size > c->file.len - p.at)
            return JZ_FAIL(c->err, JZ_E_TRUNCATED,
                           "TIFF: %" PRIu64 " bytes at %" PRIu64 " of a file of %zu", p.size, p.at,
                           c->file.len);
        c->pieces[i] = p;
    }
    return check_overlap(c, n);
}

static jz_status read_layout(coder *c)
{
    jz_source_of_bytes(c->file, &c->src);
    JZ_TRY(jz_tiff_open(&c->src, &c->tiff, c->err));
    JZ_TRY(jz_tiff_read_dir(&c->tiff, c->tiff.ifd0, &c->dir, c->err));
    JZ_TRY(get_size(c));
    JZ_TRY(get_samples(c));
    JZ_TRY(get_colours(c));
    JZ_TRY(get_compression(c));
    JZ_TRY(get_pieces(c));
    return place_pieces(c);
}

/* ---- compression ---- */

static jz_status unpack_bits(const coder *c, jz_bytes in, uint8_t *out, size_t n)
{
    jz_rd rd = jz_rd_of(in, "TIFF, PackBits");
    size_t done = 0;
    while (done < n) {
        uint8_t head;
        jz_bytes part;
        JZ_TRY(jz_rd_u8(&rd, &head, c->err));
        if (head == 128)
            continue;
        const size_t count = head < 128 ? (size_t)head + 1 : (size_t)257 - head;
        JZ_TRY(jz_rd_take(&rd, head < 128 ? count : 1, &part, c->err));
        if (count > n - done)
            return JZ_FAIL(c->err, JZ_E_CORRUPT, "TIFF, PackBits: more than %zu bytes", n);
        if (head < 128)
            memcpy(out + done, part.ptr, count);
        else
            memset(out + done, part.ptr[0], count);
        done += count;
    }
    return JZ_OK;
}

/* One row: runs never cross its end (TIFF 6.0, section 9). */
static void pack_row(const uint8_t *row, size_t n, jz_buf *out)
{
    for (size_t at = 0; at < n;) {
        size_t run = 1;
        while (run < 128 && at + run < n && row[at + run] == row[at])
            run++;
        if (run >= 3) {
            jz_buf_putc(out, (char)(uint8_t)(257 - run));
            jz_buf_putc(out, (char)row[at]);
            at += run;
            continue;
        }
        size_t len = 0;
        while (len < 128 && at + len < n &&
               (at + len + 2 >= n || row[at + len] != row[at + len + 1] ||
                row[at + len] != row[at + len + 2]))
            len++;
        jz_buf_putc(out, (char)(uint8_t)(len - 1));
        jz_buf_put(out, row + at, len);
        at += len;
    }
}

static const jz_lzw_form lzw = { .bits = 8, .high_first = true, .what = "TIFF, LZW" };

static jz_status unpack(const coder *c, jz_bytes in, uint8_t *out, size_t n)
{
    switch (c->l.compression) {
    case LZW:
        if (in.len >= 2 && in.ptr[0] == 0 && (in.ptr[1] & 1) != 0)
            return JZ_FAIL(c->err, JZ_E_UNSUPPORTED,
                           "TIFF: LZW in the order of bits of before 1988");
        return jz_lzw_decode(&lzw, in, out, n, c->err);
    case PACKBITS:
        return unpack_bits(c, in, out, n);
    case DEFLATE:
    case OLD_DEFLATE: {
        JZ_BUF_AUTO whole = { .cap = n };
        JZ_TRY(jz_inflate(JZ_DEFLATE_ZLIB, in, n, &whole, c->err));
        if (whole.len < n)
            return JZ_FAIL(c->err, JZ_E_CORRUPT, "TIFF: %zu bytes instead of %zu", whole.len, n);
        memcpy(out, whole.ptr, n);
        return JZ_OK;
    }
    default:
        if (in.len < n)
            return JZ_FAIL(c->err, JZ_E_TRUNCATED, "TIFF: a strip or tile of %zu bytes has %zu", n,
                           in.len);
        memcpy(out, in.ptr, n);
        return JZ_OK;
    }
}

static jz_status pack(const coder *c, jz_bytes in, size_t row, jz_buf *out)
{
    switch (c->l.compression) {
    case LZW:
        return jz_lzw_encode(&lzw, in, out, c->err);
    case PACKBITS:
        for (size_t at = 0; at < in.len; at += row)
            pack_row(in.ptr + at, row, out);
        return jz_buf_check(out, c->err);
    case DEFLATE:
    case OLD_DEFLATE:
        return jz_deflate(JZ_DEFLATE_ZLIB, in, out, c->err);
    default:
        jz_buf_put(out, in.ptr, in.len);
        return jz_buf_check(out, c->err);
    }
}

static uint32_t sample(const coder *c, const uint8_t *p)
{
    return unsigned_at(c, p, c->l.bytes);
}

static void put_sample(const coder *c, uint8_t *p, uint32_t v)
{
    if (c->l.bytes == 1) {
        p[0] = (uint8_t)v;
        return;
    }
    p[0] = (uint8_t)(c->tiff.big_endian ? v >> 8 : v);
    p[1] = (uint8_t)(c->tiff.big_endian ? v : v >> 8);
}

/* Differences to the pixel on the left (section 14), made or taken back. */
static void predict(const coder *c, uint8_t *row, uint32_t width, bool back)
{
    const size_t pixel = (size_t)c->l.samples * c->l.bytes;
    for (size_t i = 1; i < width; i++) {
        uint8_t *p = row + (back ? i : width - i) * pixel;
        for (size_t k = 0; k < pixel; k += c->l.bytes) {
            const uint32_t left = sample(c, p + k - pixel);
            const uint32_t here = sample(c, p + k);
            put_sample(c, p + k, back ? here + left : here - left);
        }
    }
}

/* ---- the mark ---- */

static void invert(const coder *c, uint8_t *px, size_t n)
{
    for (size_t i = 0; c->l.photometric == WHITE_IS_ZERO && i < n; i++)
        if (c->l.extra == 0 || i % (2 * (size_t)c->l.bytes) < c->l.bytes)
            px[i] = (uint8_t)~px[i];
}

static void lay(const coder *c, const jz_mark *mark, uint8_t *px, size_t stride, uint32_t rows)
{
    const layout *l = &c->l;
    const unsigned colours = l->samples - l->extra;
    const jz_samples all = { .px = px,
                             .stride = (ptrdiff_t)stride,
                             .step = (size_t)l->samples * l->bytes,
                             .rows = rows,
                             .fx = 1,
                             .fy = 1,
                             .wide = l->bytes == 2,
                             .big_endian = c->tiff.big_endian };
    jz_samples alpha = all;
    alpha.px += (size_t)colours * l->bytes;
    for (unsigned k = 0; k < colours; k++) {
        jz_samples s = all;
        s.px += (size_t)k * l->bytes;
        jz_mark_blend(mark, k, &s, l->straight ? &alpha : NULL);
    }
    if (l->alpha)
        jz_mark_blend(mark, JZ_COMPONENT_ALPHA, &alpha, NULL);
}

/* The part of an overlay that lies in a piece, in the piece's own place; false where none does. */
static bool cut(const jz_overlay *o, uint32_t left, uint32_t top, uint32_t width, uint32_t height,
                jz_overlay *out)
{
    const uint32_t x0 = o->x > left ? o->x : left;
    const uint32_t y0 = o->y > top ? o->y : top;
    const uint32_t x1 = o->x + o->width < left + width ? o->x + o->width : left + width;
    const uint32_t y1 = o->y + o->height < top + height ? o->y + o->height : top + height;
    if (x0 >= x1 || y0 >= y1)
        return false;
    *out = *o;
    if (o->delta == NULL)
        out->rgba += (y0 - o->y) * o->stride + (size_t)(x0 - o->x) * 4;
    out->width = x1 - x0;
    out->height = y1 - y0;
    out->x = x0 - left;
    out->y = y0 - top;
    return true;
}

static jz_status blend(coder *c, uint32_t left, uint32_t top, uint32_t rows)
{
    const layout *l = &c->l;
    const size_t stride = (size_t)l->piece_width * l->samples * l->bytes;
    const jz_colour colour = { .model = l->photometric == RGB ? JZ_COLOUR_RGB : JZ_COLOUR_GREY,
                               .depth = 8 * l->bytes,
                               .kr = JZ_KR_601,
                               .kb = JZ_KB_601 };
    invert(c, c->px, stride * rows);
    for (uint32_t i = 0; i < c->task->request->overlays; i++) {
        jz_overlay o;
        jz_mark mark;
        if (!cut(&c->task->overlay[i], left, top, l->piece_width, rows, &o))
            continue;
        JZ_TRY(jz_mark_make(&o, &colour, l->piece_width, rows, &mark, c->err));
        jz_mark_part(&mark, left, top, c->l.width, c->l.height);
        lay(c, &mark, c->px, stride, rows);
        jz_mark_done(&mark);
    }
    invert(c, c->px, stride * rows);
    return JZ_OK;
}

/* ---- the output ---- */

static jz_status copy_file(coder *c)
{
    for (size_t at = 0; at < c->file.len; at += COPY_BYTES) {
        const size_t left = c->file.len - at;
        JZ_TRY(jz_task_append(c->task, c->file.ptr + at, left < COPY_BYTES ? left : COPY_BYTES,
                              c->err));
        jz_task_alive(c->task);
    }
    return JZ_OK;
}

/* Writes the i-th number of an entry anew. */
static jz_status put_number(coder *c, const jz_tiff_entry *e, size_t i, uint64_t v)
{
    const unsigned bytes = type_bytes(e);
    uint8_t raw[4];
    if (v >> (8 * bytes) != 0)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED,
                       "TIFF: %" PRIu64 " does not fit into the %u bytes of tag %u", v, bytes,
                       e->tag);
    for (unsigned k = 0; k < bytes; k++)
        raw[k] = (uint8_t)(v >> 8 * (c->tiff.big_endian ? bytes - 1 - k : k));
    return jz_task_write(c->task, e->value_at + i * bytes, raw, bytes, c->err);
}

static jz_status put_piece(coder *c, size_t i, const jz_buf *data)
{
    piece *p = &c->pieces[i];
    if (data->len > p->size) {
        if ((c->task->out_at & 1) != 0)
            JZ_TRY(jz_task_append(c->task, "", 1, c->err)); /* offsets are even */
        const uint64_t at = c->task->out_at;
        JZ_TRY(jz_task_append(c->task, data->ptr, data->len, c->err));
        JZ_TRY(put_number(c, c->offsets, i, at));
    } else {
        JZ_TRY(jz_task_write(c->task, p->at, data->ptr, data->len, c->err));
    }
    return c->l.compression == PLAIN ? JZ_OK : put_number(c, c->sizes, i, data->len);
}

static bool is_under(const coder *c, uint32_t left, uint32_t top)
{
    jz_overlay o;
    for (uint32_t i = 0; i < c->task->request->overlays; i++)
        if (cut(&c->task->overlay[i], left, top, c->l.piece_width, c->l.piece_height, &o))
            return true;
    return false;
}

static jz_status code_piece(coder *c, uint32_t column, uint32_t row)
{
    const layout *l = &c->l;
    const size_t i = (size_t)row * l->across + column;
    const uint32_t top = row * l->piece_height;
    const uint32_t left = l->height - top;
    const uint32_t rows = !l->tiled && left < l->piece_height ? left : l->piece_height;
    const size_t stride = (size_t)l->piece_width * l->samples * l->bytes;
    const jz_bytes in = { c->file.ptr + c->pieces[i].at, c->pieces[i].size };
    JZ_BUF_AUTO data = { 0 };
    JZ_TRY(unpack(c, in, c->px, stride * rows));
    for (uint32_t y = 0; l->predictor == HORIZONTAL && y < rows; y++)
        predict(c, c->px + y * stride, l->piece_width, true);
    JZ_TRY(blend(c, column * l->piece_width, top, rows));
    for (uint32_t y = 0; l->predictor == HORIZONTAL && y < rows; y++)
        predict(c, c->px + y * stride, l->piece_width, false);
    JZ_TRY(pack(c, (jz_bytes){ c->px, stride * rows }, stride, &data));
    jz_task_alive(c->task);
    return put_piece(c, i, &data);
}

static jz_status code(coder *c)
{
    const layout *l = &c->l;
    JZ_TRY(read_layout(c));
    JZ_TRY(copy_file(c));
    c->px = jz_alloc_zero((size_t)l->piece_width * l->piece_height, (size_t)l->samples * l->bytes);
    if (c->px == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "TIFF: out of memory");
    for (uint32_t row = 0; row < l->down; row++)
        for (uint32_t column = 0; column < l->across; column++)
            if (is_under(c, column * l->piece_width, row * l->piece_height))
                JZ_TRY(code_piece(c, column, row));
    return JZ_OK;
}

jz_status jz_encode_tiff(jz_task *task, jz_err *err)
{
    coder *c = jz_alloc_zero(1, sizeof *c);
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "TIFF: out of memory");
    c->task = task;
    c->err = err;
    jz_status st = jz_job_whole(&task->in, &c->file, err);
    if (st == JZ_OK)
        st = code(c);
    jz_tiff_dir_done(&c->dir);
    jz_free(c->pieces);
    jz_free(c->px);
    jz_free(c);
    jz_task_name_codec(task, "tiff");
    task->info.frames = 1;
    task->info.untouched = true;
    return st;
}
