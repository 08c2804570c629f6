/* SPDX-License-Identifier: Apache-2.0 */
/* PNG through libpng, the only file that includes its headers here. Depth and colours are kept as
 * far as they can hold the overlay: palettes and single transparent colours become RGB or RGBA,
 * fewer than 8 bits become 8, grey stays grey. Pixels outside of the overlay keep their values.
 * Other chunks are copied byte for byte, in their order, before or behind the picture as they were;
 * those that describe a palette that is gone are left out (PNG 1.2, chapter 4). */
#include "media/encode/blend.h"
#include "media/encode/task.h"

#include "base/alloc.h"
#include "base/rd.h"
#include "media/deflate.h"

#include <setjmp.h>
#include <string.h>

#include <png.h>

#define SIGNATURE_BYTES 8
#define CHUNKS_MAX 100000 /* a file of empty chunks must not cost for ever */

typedef struct coder {
    png_structp in;
    png_infop in_info;
    png_structp out;
    png_infop out_info;
    jz_task *task;
    jz_err *err;
    jz_bytes file;
    size_t at;        /* bytes of file that libpng took */
    jz_status fatal;  /* why a library call was left by longjmp */
    jmp_buf trap;     /* of both structs */
    uint8_t *rows;    /* one row, or all of an interlaced picture */
    png_bytep *lines; /* of the latter */
    size_t row_bytes;
    uint32_t width, height;
    int channels;
    bool wide;      /* 16 bits */
    bool alpha;     /* in the output */
    bool converted; /* the colour type or the depth is another than it was */
    bool interlaced;
    jz_mark mark[JZ_OVERLAYS_MAX];
} coder;

static void done(coder *c)
{
    for (size_t i = 0; i < JZ_OVERLAYS_MAX; i++)
        jz_mark_done(&c->mark[i]);
    jz_free(c->rows);
    jz_free(c->lines);
    png_destroy_read_struct(&c->in, &c->in_info, NULL);
    png_destroy_write_struct(&c->out, &c->out_info);
}

/* ---- libpng's callbacks ---- */

static void on_error(png_structp png, png_const_charp text)
{
    coder *c = png_get_error_ptr(png);
    const char *why = text != NULL ? text : "";
    if (c->fatal == JZ_OK)
        c->fatal = JZ_FAIL(c->err, strstr(why, "memory") != NULL ? JZ_E_NOMEM : JZ_E_CORRUPT,
                           "PNG: %s", why);
    longjmp(c->trap, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png; /* what libpng can read in spite of it is not damage */
    (void)text;
}

static void on_read(png_structp png, png_bytep out, size_t size)
{
    coder *c = png_get_io_ptr(png);
    if (size > c->file.len - c->at) {
        c->fatal = JZ_FAIL(c->err, JZ_E_TRUNCATED, "PNG: ends after %zu bytes, inside a chunk",
                           c->file.len);
        png_error(png, "truncated");
    }
    memcpy(out, c->file.ptr + c->at, size);
    c->at += size;
}

static void on_write(png_structp png, png_bytep data, size_t size)
{
    coder *c = png_get_io_ptr(png);
    c->fatal = jz_task_append(c->task, data, size, c->err);
    if (c->fatal != JZ_OK)
        png_error(png, "not written");
}

static void on_flush(png_structp png)
{
    (void)png; /* every write goes out at once */
}

/* ---- the chunks around the picture ---- */

typedef struct chunk {
    uint8_t type[5];
    jz_bytes data;
} chunk;

static jz_status next_chunk(jz_rd *rd, chunk *out, jz_err *err)
{
    uint32_t size;
    uint32_t stated;
    jz_bytes type;
    JZ_TRY(jz_rd_u32be(rd, &size, err));
    JZ_TRY(jz_rd_take(rd, 4, &type, err));
    JZ_TRY(jz_rd_take(rd, size, &out->data, err));
    JZ_TRY(jz_rd_u32be(rd, &stated, err));
    memcpy(out->type, type.ptr, 4);
    out->type[4] = 0;
    const uint32_t crc = jz_crc32(jz_crc32(0, type.ptr, 4), out->data.ptr, out->data.len);
    if (crc != stated)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PNG: chunk %.4s has the checksum %08x, not %08x",
                       (const char *)out->type, stated, crc);
    return JZ_OK;
}

static bool is(const chunk *k, const char *name)
{
    return memcmp(k->type, name, 4) == 0;
}

/* What the library writes itself, and what speaks of samples that are others now. */
static bool is_kept(const coder *c, const chunk *k)
{
    static const char own[][5] = { "IHDR", "IDAT", "IEND" };
    static const char of_samples[][5] = { "PLTE", "tRNS", "hIST", "bKGD", "sBIT" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(own); i++)
        if (is(k, own[i]))
            return false;
    for (size_t i = 0; c->converted && i < JZ_ARRAY_LEN(of_samples); i++)
        if (is(k, of_samples[i]))
            return false;
    return true;
}

/* Copies the chunks on one side of the picture. */
static jz_status copy_chunks(coder *c, bool behind)
{
    jz_rd rd = jz_rd_of(c->file, "PNG");
    bool seen = false;
    JZ_TRY(jz_rd_skip(&rd, SIGNATURE_BYTES, c->err));
    for (unsigned n = 0; n < CHUNKS_MAX; n++) {
        chunk k;
        JZ_TRY(next_chunk(&rd, &k, c->err));
        if (is(&k, "IEND"))
            return JZ_OK;
        if (is(&k, "acTL"))
            return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "PNG: animated");
        seen = seen || is(&k, "IDAT");
        if (seen == behind && is_kept(c, &k))
            png_write_chunk(c->out, k.type, k.data.ptr, k.data.len);
    }
    return JZ_FAIL(c->err, JZ_E_LIMIT, "PNG: more than %d chunks", CHUNKS_MAX);
}

/* ---- the picture ---- */

static void ignore_extra_chunks(png_structp png)
{
    static const png_byte wanted[] = { 't', 'R', 'N', 'S', 0 };
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, wanted, 1);
}

static jz_status read_header(coder *c)
{
    png_set_read_fn(c->in, c, on_read);
    png_set_user_limits(c->in, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours are checked below */
    ignore_extra_chunks(c->in);
    png_read_info(c->in, c->in_info);
    c->width = png_get_image_width(c->in, c->in_info);
    c->height = png_get_image_height(c->in, c->in_info);
    JZ_TRY(jz_job_check_size(&c->task->in, c->width, c->height, c->err));
    return jz_task_check_overlays(c->task, c->width, c->height, c->err);
}

/* The transformations that make room for the overlay, and the header of the output. */
static void choose_layout(coder *c)
{
    const int type = png_get_color_type(c->in, c->in_info);
    const int depth = png_get_bit_depth(c->in, c->in_info);
    const bool key = png_get_valid(c->in, c->in_info, PNG_INFO_tRNS) != 0;
    c->interlaced = png_get_interlace_type(c->in, c->in_info) == PNG_INTERLACE_ADAM7;
    c->converted = (type & PNG_COLOR_MASK_PALETTE) != 0 || depth < 8 || key;
    png_set_expand(c->in); /* palettes, fewer than 8 bits, tRNS */
    if (c->interlaced)
        (void)png_set_interlace_handling(c->in); /* the passes are made below */
    png_read_update_info(c->in, c->in_info);
    const int new_type = png_get_color_type(c->in, c->in_info);
    c->channels = png_get_channels(c->in, c->in_info);
    c->wide = png_get_bit_depth(c->in, c->in_info) == 16;
    c->alpha = (new_type & PNG_COLOR_MASK_ALPHA) != 0;
    c->row_bytes = png_get_rowbytes(c->in, c->in_info);
    png_set_IHDR(c->out, c->out_info, c->width, c->height, c->wide ? 16 : 8, new_type,
                 c->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
}

static jz_status make_marks(coder *c)
{
    const bool grey = c->channels <= 2;
    const jz_colour colour = { .model = grey ? JZ_COLOUR_GREY : JZ_COLOUR_RGB,
                               .depth = c->wide ? 16 : 8,
                               .kr = JZ_KR_601,
                               .kb = JZ_KB_601 };
    for (uint32_t i = 0; i < c->task->request->overlays; i++)
        JZ_TRY(
            jz_mark_make(&c->task->overlay[i], &colour, c->width, c->height, &c->mark[i], c->err));
    return JZ_OK;
}

/* Overlays on n rows from top. */
static void blend(const coder *c, uint8_t *px, uint32_t top, uint32_t n)
{
    const size_t bytes = c->wide ? 2 : 1;
    const unsigned colours = (unsigned)(c->channels - (c->alpha ? 1 : 0));
    const jz_samples all = { .px = px,
                             .stride = (ptrdiff_t)c->row_bytes,
                             .step = bytes * (size_t)c->channels,
                             .top = top,
                             .rows = n,
                             .fx = 1,
                             .fy = 1,
                             .wide = c->wide,
                             .big_endian = true };
    jz_samples alpha = all;
    alpha.px += bytes * colours;
    for (uint32_t i = 0; i < c->task->request->overlays; i++) {
        for (unsigned k = 0; k < colours; k++) {
            jz_samples s = all;
            s.px += bytes * k;
            jz_mark_blend(&c->mark[i], k, &s, c->alpha ? &alpha : NULL);
        }
        if (c->alpha)
            jz_mark_blend(&c->mark[i], JZ_COMPONENT_ALPHA, &alpha, NULL);
    }
}

static jz_status reserve(coder *c, uint32_t n)
{
    c->rows = jz_alloc_zero(n, c->row_bytes);
    c->lines = jz_alloc_zero(n, sizeof *c->lines);
    if (c->rows == NULL || c->lines == NULL)
        return JZ_FAIL(c->err, JZ_E_NOMEM, "PNG: out of memory for %u rows", n);
    for (uint32_t y = 0; y < n; y++)
        c->lines[y] = c->rows + y * c->row_bytes;
    return JZ_OK;
}

static jz_status code_interlaced(coder *c)
{
    JZ_TRY(reserve(c, c->height));
    png_read_image(c->in, c->lines);
    blend(c, c->rows, 0, c->height);
    png_write_image(c->out, c->lines);
    return JZ_OK;
}

static jz_status code_rows(coder *c)
{
    JZ_TRY(reserve(c, 1));
    for (uint32_t y = 0; y < c->height; y++) {
        png_read_row(c->in, c->rows, NULL);
        blend(c, c->rows, y, 1);
        png_write_row(c->out, c->rows);
        jz_task_alive(c->task);
    }
    return JZ_OK;
}

static jz_status code(coder *c)
{
    JZ_TRY(read_header(c));
    png_set_write_fn(c->out, c, on_write, on_flush);
    choose_layout(c);
    JZ_TRY(make_marks(c));
    png_write_info(c->out, c->out_info); /* the signature and IHDR */
    JZ_TRY(copy_chunks(c, false));
    JZ_TRY(c->interlaced ? code_interlaced(c) : code_rows(c));
    png_read_end(c->in, NULL);
    JZ_TRY(copy_chunks(c, true));
    png_write_end(c->out, NULL);
    return JZ_OK;
}

static jz_status guarded(coder *c)
{
    if (setjmp(c->trap)) /* the only setjmp, in a function without locals */
        return c->fatal;
    return code(c);
}

jz_status jz_encode_png(jz_task *task, jz_err *err)
{
    coder c = { .task = task, .err = err };
    JZ_TRY(jz_job_whole(&task->in, &c.file, err));
    c.in = png_create_read_struct(PNG_LIBPNG_VER_STRING, &c, on_error, on_warning);
    c.in_info = c.in != NULL ? png_create_info_struct(c.in) : NULL;
    c.out = png_create_write_struct(PNG_LIBPNG_VER_STRING, &c, on_error, on_warning);
    c.out_info = c.out != NULL ? png_create_info_struct(c.out) : NULL;
    const bool whole = c.in_info != NULL && c.out_info != NULL;
    jz_status st = JZ_E_NOMEM;
    if (whole)
        st = guarded(&c);
    else
        jz_err_set(err, st, "PNG: out of memory");
    done(&c);
    jz_task_name_codec(task, "png");
    task->info.frames = 1;
    task->info.untouched = true;
    return st;
}
