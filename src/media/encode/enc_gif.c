/* SPDX-License-Identifier: Apache-2.0 */
/* GIF89a by our own hands: frames that show or uncover what lies under an overlay are decoded,
 * marked and coded again, all other bytes are copied. The mark stands in every frame, as a picture
 * in motion is a picture. Pixels outside of it keep their colours: its own colours go into entries
 * of the palette that no other pixel uses (a local table, where the frame had the global one) and
 * where there are none left, the nearest are taken. */
#include "media/encode/lzw.h"
#include "media/encode/palette.h"
#include "media/encode/task.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <string.h>

#define CONTROL_BYTES 8 /* of a graphic control extension, with its introducer and terminator */
#define BLOCK_MAX 255
#define BACKGROUND_AT 11 /* of the file: the background's index */
#define HALF 128         /* alpha from which on a pixel over nothing is drawn */

enum { EXTENSION = 0x21, IMAGE = 0x2c, TRAILER = 0x3b, GRAPHIC_CONTROL = 0xf9 };
enum { HAS_TABLE = 0x80, INTERLACED = 0x40, TABLE_BITS = 0x07, HAS_CLEAR = 0x01 };
enum { TO_BACKGROUND = 2, TO_PREVIOUS = 3 };
/* What stands at a place of the canvas: something that the file drew, something that we write. */
enum { DRAWN = 1, OURS = 2 };

typedef struct box {
    uint32_t left, top, right, bottom;
} box;

typedef struct frame {
    box at;  /* as it is in the file */
    box now; /* as it will be */
    bool interlaced;
    unsigned bits; /* of the codes */
    unsigned disposal;
    bool own_table;
    jz_palette palette;
    uint8_t *px; /* an index for each pixel of now */
} frame;

typedef struct coder {
    jz_task *task;
    jz_err *err;
    jz_bytes file;
    jz_rd rd;
    size_t kept_from; /* bytes from here on are copied with the next that change */
    size_t control;   /* where the extension for the next image lies; 0 = there is none */
    uint32_t width, height;
    jz_bytes global; /* the table */
    box mark;        /* around all overlays */
    uint8_t *canvas;
    frame f;
    jz_buf data; /* codes */
    jz_palette_wish *wishes;
    size_t *places; /* of the wishes, in f.px */
    size_t wished;
} coder;

static uint32_t width_of(const box *b)
{
    return b->right - b->left;
}

static size_t area(const box *b)
{
    return (size_t)width_of(b) * (b->bottom - b->top);
}

static bool is_in(const box *b, uint32_t x, uint32_t y)
{
    return x >= b->left && x < b->right && y >= b->top && y < b->bottom;
}

static void take_in(box *b, uint32_t x, uint32_t y)
{
    b->left = x < b->left ? x : b->left;
    b->top = y < b->top ? y : b->top;
    b->right = x >= b->right ? x + 1 : b->right;
    b->bottom = y >= b->bottom ? y + 1 : b->bottom;
}

/* ---- the mark ---- */

/* The colour of the overlays at a pixel: over rgb, or over nothing. False where they leave it. */
static bool mark_pixel(const coder *c, uint32_t x, uint32_t y, bool nothing, uint8_t *rgb)
{
    bool marked = false;
    for (uint32_t i = 0; i < c->task->request->overlays; i++) {
        const jz_overlay *o = &c->task->overlay[i];
        if (x < o->x || y < o->y || x - o->x >= o->width || y - o->y >= o->height)
            continue;
        const uint8_t *p = o->rgba + (y - o->y) * o->stride + (size_t)(x - o->x) * 4;
        const unsigned alpha = !nothing || marked ? p[3] : p[3] >= HALF ? 255 : 0;
        for (int k = 0; alpha > 0 && k < 3; k++)
            rgb[k] = (uint8_t)((rgb[k] * (255 - alpha) + p[k] * alpha + 127) / 255);
        marked = marked || alpha > 0;
    }
    return marked;
}

static void find_mark(coder *c)
{
    c->mark = (box){ .left = c->width, .top = c->height };
    for (uint32_t i = 0; i < c->task->request->overlays; i++) {
        const jz_overlay *o = &c->task->overlay[i];
        take_in(&c->mark, o->x, o->y);
        take_in(&c->mark, o->x + o->width - 1, o->y + o->height - 1);
    }
}

/* ---- reading ---- */

static jz_status read_table(coder *c, unsigned flags, jz_bytes *out)
{
    *out = (jz_bytes){ 0 };
    if ((flags & HAS_TABLE) == 0)
        return JZ_OK;
    return jz_rd_take(&c->rd, (uint64_t)3 << ((flags & TABLE_BITS) + 1), out, c->err);
}

static jz_status read_screen(coder *c)
{
    uint16_t width;
    uint16_t height;
    uint8_t flags;
    JZ_TRY(jz_rd_skip(&c->rd, 6, c->err)); /* the signature, which brought the file here */
    JZ_TRY(jz_rd_u16le(&c->rd, &width, c->err));
    JZ_TRY(jz_rd_u16le(&c->rd, &height, c->err));
    JZ_TRY(jz_rd_u8(&c->rd, &flags, c->err));
    JZ_TRY(jz_rd_skip(&c->rd, 2, c->err));
    JZ_TRY(jz_job_check_size(&c->task->in, width, height, c->err));
    JZ_TRY(jz_task_check_overlays(c->task, width, height, c->err));
    c->width = width;
    c->height = height;
    return read_table(c, flags, &c->global);
}

/* Blocks of up to 255 bytes and an empty one; data NULL: they are only passed. */
static jz_status read_blocks(coder *c, jz_buf *data)
{
    for (;;) {
        uint8_t size;
        jz_bytes block;
        JZ_TRY(jz_rd_u8(&c->rd, &size, c->err));
        JZ_TRY(jz_rd_take(&c->rd, size, &block, c->err));
        if (size == 0)
            return data != NULL ? jz_buf_check(data, c->err) : JZ_OK;
        if (data != NULL)
            jz_buf_put(data, block.ptr, block.len);
    }
}

static jz_status read_extension(coder *c)
{
    const size_t start = c->rd.at - 1;
    uint8_t label;
    JZ_TRY(jz_rd_u8(&c->rd, &label, c->err));
    JZ_TRY(read_blocks(c, NULL));
    if (label == GRAPHIC_CONTROL && c->rd.at - start == CONTROL_BYTES &&
        c->file.ptr[start + 2] == 4)
        c->control = start;
    return JZ_OK;
}

static void apply_control(const coder *c, frame *f)
{
    f->palette.clear = -1;
    if (c->control == 0)
        return;
    const uint8_t *p = c->file.ptr + c->control;
    f->disposal = p[3] >> 2 & 7;
    if ((p[3] & HAS_CLEAR) != 0)
        f->palette.clear = p[6];
}

static jz_status read_place(coder *c, frame *f)
{
    uint16_t v[4];
    uint8_t flags;
    jz_bytes table;
    for (int i = 0; i < 4; i++)
        JZ_TRY(jz_rd_u16le(&c->rd, &v[i], c->err));
    JZ_TRY(jz_rd_u8(&c->rd, &flags, c->err));
    JZ_TRY(read_table(c, flags, &table));
    if (v[2] == 0 || v[3] == 0 || v[0] + v[2] > c->width || v[1] + v[3] > c->height)
        return JZ_FAIL(c->err, JZ_E_CORRUPT,
                       "GIF: a frame of %u x %u pixels at %u, %u of a canvas of %u x %u", v[2],
                       v[3], v[0], v[1], c->width, c->height);
    f->at = (box){ v[0], v[1], (uint32_t)v[0] + v[2], (uint32_t)v[1] + v[3] };
    f->now = f->at;
    f->interlaced = (flags & INTERLACED) != 0;
    f->own_table = table.ptr != NULL;
    if (!f->own_table)
        table = c->global;
    if (table.ptr == NULL)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "GIF: a frame without a table of colours");
    f->palette.n = table.len / 3;
    memcpy(f->palette.rgb, table.ptr, table.len);
    return JZ_OK;
}

/* The row that comes n-th in an interlaced frame (GIF89a, appendix E). */
static uint32_t interlaced_row(uint32_t n, uint32_t height)
{
    static const struct {
        uint32_t first, step;
    } passes[] = { { 0, 8 }, { 4, 8 }, { 2, 4 }, { 1, 2 } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(passes); i++) {
        const uint32_t rows =
            height > passes[i].first ? (height - passes[i].first - 1) / passes[i].step + 1 : 0;
        if (n < rows)
            return passes[i].first + n * passes[i].step;
        n -= rows;
    }
    return 0;
}

/* Puts the rows into the order in which they are stored, or back; a new buffer. */
static jz_status reorder(const coder *c, const frame *f, bool back, uint8_t **px)
{
    const uint32_t width = width_of(&f->now);
    const uint32_t height = f->now.bottom - f->now.top;
    uint8_t *made = jz_alloc(area(&f->now));
    if (made == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "GIF: out of memory");
    for (uint32_t n = 0; n < height; n++) {
        const size_t stored = (size_t)n * width;
        const size_t shown = (size_t)interlaced_row(n, height) * width;
        memcpy(made + (back ? stored : shown), *px + (back ? shown : stored), width);
    }
    jz_free(*px);
    *px = made;
    return JZ_OK;
}

static jz_status read_pixels(coder *c, frame *f)
{
    uint8_t bits;
    JZ_TRY(jz_rd_u8(&c->rd, &bits, c->err));
    if (bits < 2 || bits > 8)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "GIF: codes of %u bits", bits);
    f->bits = bits;
    jz_buf_reset(&c->data);
    JZ_TRY(read_blocks(c, &c->data));
    f->px = jz_alloc(area(&f->at));
    if (f->px == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "GIF: out of memory");
    const jz_lzw_form form = { .bits = bits, .what = "GIF" };
    JZ_TRY(jz_lzw_decode(&form, (jz_bytes){ (const uint8_t *)c->data.ptr, c->data.len }, f->px,
                         area(&f->at), c->err));
    return f->interlaced ? reorder(c, f, false, &f->px) : JZ_OK;
}

/* ---- what a frame needs ---- */

static uint8_t *index_at(const frame *f, uint32_t x, uint32_t y)
{
    return f->px + (size_t)(y - f->now.top) * width_of(&f->now) + (x - f->now.left);
}

/* Whether the frame itself gives a colour to a place. */
static bool draws(const frame *f, uint32_t x, uint32_t y)
{
    return is_in(&f->at, x, y) && (int)*index_at(f, x, y) != f->palette.clear;
}

/* The new colour of a place under the mark. False where it stays what it is: the frame does not
 * draw there, and the mark is there already. */
static bool wants(const coder *c, uint32_t x, uint32_t y, uint8_t *rgb)
{
    const bool drawn = draws(&c->f, x, y);
    if (!drawn && (c->canvas[(size_t)y * c->width + x] & OURS) != 0)
        return false;
    memset(rgb, 0, 3);
    if (drawn)
        memcpy(rgb, c->f.palette.rgb[*index_at(&c->f, x, y)], 3);
    return mark_pixel(c, x, y, !drawn, rgb);
}

/* The frame's new place; false where nothing changes. */
static bool plan(coder *c, box *now)
{
    bool any = false;
    uint8_t rgb[3];
    *now = c->f.at;
    for (uint32_t y = c->mark.top; y < c->mark.bottom; y++)
        for (uint32_t x = c->mark.left; x < c->mark.right; x++)
            if (wants(c, x, y, rgb)) {
                take_in(now, x, y);
                any = true;
            }
    return any;
}

/* What a larger frame covers besides must be empty where the frame is wiped away afterwards. */
static jz_status check_wiping(const coder *c, const box *now)
{
    if (c->f.disposal != TO_BACKGROUND)
        return JZ_OK;
    for (uint32_t y = now->top; y < now->bottom; y++)
        for (uint32_t x = now->left; x < now->right; x++)
            if (!is_in(&c->f.at, x, y) && (c->canvas[(size_t)y * c->width + x] & DRAWN) != 0)
                return JZ_FAIL(c->err, JZ_E_UNSUPPORTED,
                               "GIF: a frame is wiped away beside what stays under the mark");
    return JZ_OK;
}

static void note_used(frame *f)
{
    for (size_t i = 0; i < area(&f->now); i++)
        f->palette.kept[f->px[i]] = true;
    for (size_t i = f->palette.n; i < JZ_PALETTE_MAX; i++)
        if (f->palette.kept[i])
            f->palette.n = i + 1; /* pixels beyond the table: black, and counted */
}

/* An index for "nothing here"; not the background's, which would mean nothing from then on to
 * those who look at it. */
static jz_status need_clear(coder *c)
{
    jz_palette *p = &c->f.palette;
    const int background = c->file.ptr[BACKGROUND_AT];
    if (p->clear >= 0)
        return JZ_OK;
    for (int i = JZ_PALETTE_MAX - 1; i >= 0; i--)
        if (!p->kept[i] && i != background)
            p->clear = i;
    if (p->clear < 0)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED,
                       "GIF: the mark lies beside a frame that uses all of its 256 colours");
    if ((size_t)p->clear >= p->n) {
        p->n = (size_t)p->clear + 1;
        p->changed = true;
    }
    return JZ_OK;
}

static jz_status enlarge(coder *c, const box *now)
{
    frame *f = &c->f;
    note_used(f);
    JZ_TRY(need_clear(c));
    uint8_t *px = jz_alloc(area(now));
    if (px == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "GIF: out of memory");
    memset(px, f->palette.clear, area(now));
    for (uint32_t y = f->at.top; y < f->at.bottom; y++)
        memcpy(px + (size_t)(y - now->top) * width_of(now) + (f->at.left - now->left),
               index_at(f, f->at.left, y), width_of(&f->at));
    jz_free(f->px);
    f->px = px;
    f->now = *now;
    return JZ_OK;
}

/* Collects what is wished, and leaves the rest of the pixels to tell which entries are kept. */
static void collect(coder *c)
{
    c->wished = 0;
    for (uint32_t y = c->mark.top; y < c->mark.bottom; y++)
        for (uint32_t x = c->mark.left; x < c->mark.right; x++) {
            jz_palette_wish *w = &c->wishes[c->wished];
            if (!wants(c, x, y, w->rgb))
                continue;
            c->places[c->wished++] = (size_t)(index_at(&c->f, x, y) - c->f.px);
        }
}

static void note_kept(coder *c)
{
    frame *f = &c->f;
    size_t next = 0;
    memset(f->palette.kept, 0, sizeof f->palette.kept);
    for (size_t i = 0; i < area(&f->now); i++) {
        if (next < c->wished && c->places[next] == i) {
            next++;
            continue;
        }
        f->palette.kept[f->px[i]] = true;
    }
}

static jz_status mark_frame(coder *c, const box *now)
{
    JZ_TRY(check_wiping(c, now));
    if (area(now) > area(&c->f.at))
        JZ_TRY(enlarge(c, now));
    note_used(&c->f);
    collect(c);
    note_kept(c);
    JZ_TRY(jz_palette_fit(&c->f.palette, c->wishes, c->wished, c->err));
    for (size_t i = 0; i < c->wished; i++)
        c->f.px[c->places[i]] = c->wishes[i].entry;
    return JZ_OK;
}

/* ---- writing ---- */

static unsigned bits_for(size_t n)
{
    unsigned bits = 1;
    while ((size_t)1 << bits < n)
        bits++;
    return bits;
}

/* The extension that says which index is nothing: the one that is there, or a new one. */
static jz_status write_control(coder *c, bool had_clear, size_t image)
{
    const uint64_t at = c->task->out_at + (c->control - c->kept_from);
    JZ_TRY(jz_task_append(c->task, c->file.ptr + c->kept_from, image - c->kept_from, c->err));
    if (c->f.palette.clear < 0 || had_clear)
        return JZ_OK;
    uint8_t control[CONTROL_BYTES] = { EXTENSION, GRAPHIC_CONTROL, 4 };
    if (c->control != 0)
        memcpy(control, c->file.ptr + c->control, sizeof control);
    control[3] |= HAS_CLEAR;
    control[6] = (uint8_t)c->f.palette.clear;
    if (c->control != 0)
        return jz_task_write(c->task, at, control, sizeof control, c->err);
    JZ_TRY(jz_task_write(c->task, 4, "9", 1, c->err)); /* GIF87a has no such extension */
    return jz_task_append(c->task, control, sizeof control, c->err);
}

static void put_u16(jz_buf *b, uint32_t v)
{
    jz_buf_putc(b, (char)(uint8_t)v);
    jz_buf_putc(b, (char)(uint8_t)(v >> 8));
}

static void put_place(jz_buf *b, const frame *f, uint8_t flags)
{
    const bool table = f->own_table || f->palette.changed;
    const unsigned bits = bits_for(f->palette.n);
    jz_buf_putc(b, IMAGE);
    put_u16(b, f->now.left);
    put_u16(b, f->now.top);
    put_u16(b, width_of(&f->now));
    put_u16(b, f->now.bottom - f->now.top);
    flags &= (uint8_t) ~(HAS_TABLE | TABLE_BITS);
    jz_buf_putc(b, (char)(flags | (table ? HAS_TABLE | (bits - 1) : 0)));
    if (table)
        jz_buf_put(b, f->palette.rgb, (size_t)3 << bits);
}

static void put_blocks(jz_buf *b, const jz_buf *data)
{
    for (size_t at = 0; at < data->len; at += BLOCK_MAX) {
        const size_t n = data->len - at < BLOCK_MAX ? data->len - at : BLOCK_MAX;
        jz_buf_putc(b, (char)(uint8_t)n);
        jz_buf_put(b, data->ptr + at, n);
    }
    jz_buf_putc(b, '\0');
}

static jz_status write_image(coder *c, uint8_t flags)
{
    frame *f = &c->f;
    JZ_BUF_AUTO out = { 0 };
    const unsigned bits = bits_for(f->palette.n);
    const jz_lzw_form form = { .bits = bits > f->bits ? bits : f->bits, .what = "GIF" };
    if (f->interlaced)
        JZ_TRY(reorder(c, f, true, &f->px));
    jz_buf_reset(&c->data);
    JZ_TRY(jz_lzw_encode(&form, (jz_bytes){ f->px, area(&f->now) }, &c->data, c->err));
    if (f->interlaced)
        JZ_TRY(reorder(c, f, false, &f->px));
    put_place(&out, f, flags);
    jz_buf_putc(&out, (char)form.bits);
    put_blocks(&out, &c->data);
    JZ_TRY(jz_buf_check(&out, c->err));
    return jz_task_append(c->task, out.ptr, out.len, c->err);
}

/* ---- the canvas ---- */

static void draw(const coder *c)
{
    const frame *f = &c->f;
    for (uint32_t y = f->now.top; y < f->now.bottom; y++)
        for (uint32_t x = f->now.left; x < f->now.right; x++)
            if ((int)*index_at(f, x, y) != f->palette.clear)
                c->canvas[(size_t)y * c->width + x] |= OURS;
}

static void wipe(const coder *c, const box *b, uint8_t what)
{
    for (uint32_t y = b->top; y < b->bottom; y++)
        for (uint32_t x = b->left; x < b->right; x++)
            c->canvas[(size_t)y * c->width + x] &= (uint8_t)~what;
}

/* Before the frame changes: what it draws by itself. */
static void draw_theirs(const coder *c)
{
    const frame *f = &c->f;
    for (uint32_t y = f->at.top; y < f->at.bottom; y++)
        for (uint32_t x = f->at.left; x < f->at.right; x++)
            if (draws(f, x, y))
                c->canvas[(size_t)y * c->width + x] |= DRAWN;
}

static jz_status save_canvas(const coder *c, const box *b, uint8_t **out)
{
    *out = jz_alloc(area(b));
    if (*out == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "GIF: out of memory");
    for (uint32_t y = b->top; y < b->bottom; y++)
        memcpy(*out + (size_t)(y - b->top) * width_of(b),
               c->canvas + (size_t)y * c->width + b->left, width_of(b));
    return JZ_OK;
}

static void restore_canvas(const coder *c, const box *b, const uint8_t *saved)
{
    for (uint32_t y = b->top; y < b->bottom; y++)
        memcpy(c->canvas + (size_t)y * c->width + b->left,
               saved + (size_t)(y - b->top) * width_of(b), width_of(b));
}

/* ---- frames ---- */

static jz_status change_frame(coder *c, const box *now, size_t image)
{
    const bool had_clear = c->f.palette.clear >= 0;
    JZ_TRY(mark_frame(c, now));
    JZ_TRY(write_control(c, had_clear, image));
    JZ_TRY(write_image(c, c->file.ptr[image + 9]));
    c->kept_from = c->rd.at;
    return JZ_OK;
}

static jz_status code_frame(coder *c, size_t image)
{
    frame *f = &c->f;
    box now;
    jz_auto(uint8_t) *saved = NULL;
    apply_control(c, f);
    JZ_TRY(read_place(c, f));
    JZ_TRY(read_pixels(c, f));
    const bool changes = plan(c, &now);
    if (f->disposal == TO_PREVIOUS)
        JZ_TRY(save_canvas(c, &now, &saved));
    draw_theirs(c);
    if (changes)
        JZ_TRY(change_frame(c, &now, image));
    draw(c);
    if (f->disposal == TO_BACKGROUND) {
        wipe(c, &f->at, DRAWN);
        wipe(c, &f->now, OURS);
    } else if (saved != NULL) {
        restore_canvas(c, &now, saved);
    }
    return JZ_OK;
}

static jz_status next_frame(coder *c)
{
    if (c->task->info.frames >= c->task->in.limits.max_frames)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "more frames than %llu",
                       (unsigned long long)c->task->in.limits.max_frames);
    const size_t image = c->rd.at - 1;
    c->f = (frame){ 0 };
    const jz_status st = code_frame(c, image);
    jz_free(c->f.px);
    c->f.px = NULL;
    c->control = 0;
    c->task->info.frames++;
    jz_task_alive(c->task);
    return st;
}

static jz_status reserve(coder *c)
{
    find_mark(c);
    c->canvas = jz_alloc_zero(c->width, c->height);
    c->wishes = jz_alloc_zero(area(&c->mark) + 1, sizeof *c->wishes);
    c->places = jz_alloc_zero(area(&c->mark), sizeof *c->places);
    return c->canvas != NULL && c->wishes != NULL && c->places != NULL
               ? JZ_OK
               : JZ_FAIL(c->err, JZ_E_NOMEM, "GIF: out of memory for %u x %u pixels", c->width,
                         c->height);
}

static jz_status code(coder *c)
{
    JZ_TRY(read_screen(c));
    JZ_TRY(reserve(c));
    for (;;) {
        uint8_t kind;
        JZ_TRY(jz_rd_u8(&c->rd, &kind, c->err));
        if (kind == TRAILER)
            break;
        if (kind != EXTENSION && kind != IMAGE)
            return JZ_FAIL(c->err, JZ_E_CORRUPT, "GIF: a block of the kind 0x%02x at offset %zu",
                           kind, c->rd.at - 1);
        JZ_TRY(kind == IMAGE ? next_frame(c) : read_extension(c));
    }
    if (c->task->info.frames == 0)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "GIF: no picture in it");
    return jz_task_append(c->task, c->file.ptr + c->kept_from, c->file.len - c->kept_from, c->err);
}

jz_status jz_encode_gif(jz_task *task, jz_err *err)
{
    coder c = { .task = task, .err = err };
    if (task->overlay[0].delta != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "GIF: a palette holds no small changes of brightness");
    JZ_TRY(jz_job_whole(&task->in, &c.file, err));
    c.rd = jz_rd_of(c.file, "GIF");
    const jz_status st = code(&c);
    jz_buf_done(&c.data);
    jz_free(c.canvas);
    jz_free(c.wishes);
    jz_free(c.places);
    jz_task_name_codec(task, "gif");
    task->info.covered = task->info.frames > 1 ? task->info.frames : 0;
    task->info.untouched = true;
    return st;
}
