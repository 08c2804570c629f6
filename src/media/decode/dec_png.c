/* SPDX-License-Identifier: Apache-2.0 */
/* PNG through libpng, the only file that includes its headers. Grey pictures stay grey; palettes
 * and fewer than 8 bits are expanded; of 16 bits the high byte is kept, as PIL does; alpha is
 * dropped; gamma is not applied. */
#include "media/decode/job.h"

#include "media/exif.h"

#include <string.h>

#include <png.h>

#define CHUNK_MEMORY_MAX ((png_alloc_size_t)1 << 20) /* of eXIf, the only extra chunk read */

typedef struct decoder {
    png_structp png;
    png_infop info;
    jz_job *job;
    jz_err *err;
    jz_bytes file;
    size_t at;       /* bytes of file that libpng took */
    uint8_t *px;     /* NULL until the frame is laid out */
    uint32_t rows;   /* decoded of the first pass: 0 = nothing to show */
    jz_status fatal; /* why the library was left by longjmp */
} decoder;

static void on_error(png_structp png, png_const_charp text)
{
    decoder *d = png_get_error_ptr(png);
    const char *why = text != NULL ? text : "";
    if (d->fatal == JZ_OK)
        d->fatal = JZ_FAIL(d->err, strstr(why, "memory") != NULL ? JZ_E_NOMEM : JZ_E_CORRUPT,
                           "PNG: %s", why);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png; /* what libpng can read in spite of it is not damage */
    (void)text;
}

static void on_read(png_structp png, png_bytep out, size_t size)
{
    decoder *d = png_get_io_ptr(png);
    if (size > d->file.len - d->at) {
        d->fatal = JZ_FAIL(d->err, JZ_E_TRUNCATED, "PNG: ends after %zu bytes, inside a chunk",
                           d->file.len);
        png_error(png, "truncated");
    }
    memcpy(out, d->file.ptr + d->at, size);
    d->at += size;
}

/* Colour profiles, texts and the like are not even unpacked. */
static void ignore_extra_chunks(png_structp png)
{
    static const png_byte wanted[] = { 'e', 'X', 'I', 'f', 0 };
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, wanted, 1);
    png_set_chunk_cache_max(png, 16);
    png_set_chunk_malloc_max(png, CHUNK_MEMORY_MAX);
}

static jz_status read_header(decoder *d)
{
    png_set_read_fn(d->png, d, on_read);
    png_set_user_limits(d->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours are checked below */
    ignore_extra_chunks(d->png);
    png_read_info(d->png, d->info);
    d->job->info.width = png_get_image_width(d->png, d->info);
    d->job->info.height = png_get_image_height(d->png, d->info);
    return jz_job_check_size(d->job, d->job->info.width, d->job->info.height, d->err);
}

static jz_status lay_out(decoder *d)
{
    const uint32_t width = d->job->info.width;
    const uint32_t height = d->job->info.height;
    const bool grey = (png_get_color_type(d->png, d->info) & PNG_COLOR_MASK_COLOR) == 0;
    png_set_expand(d->png);
    png_set_strip_16(d->png);
    png_set_strip_alpha(d->png);
    (void)png_set_interlace_handling(d->png); /* the number of passes, asked for again later */
    png_read_update_info(d->png, d->info);
    const uint32_t channels = grey ? 1 : 3;
    if (png_get_rowbytes(d->png, d->info) != (size_t)width * channels)
        return JZ_FAIL(d->err, JZ_E_BUG, "PNG: rows of %zu bytes for %u pixels",
                       png_get_rowbytes(d->png, d->info), width);
    uint8_t *px = NULL;
    JZ_TRY(jz_job_frame(d->job, width, height, channels, &px, d->err));
    memset(px, 0, (size_t)width * channels * height); /* rows that a damaged file does not have */
    d->px = px;
    return JZ_OK;
}

/* The display rows of an interlaced picture are filled in blocks: one that ends early is coarse,
 * not dotted. */
static void read_rows(decoder *d)
{
    const bool interlaced = png_get_interlace_type(d->png, d->info) == PNG_INTERLACE_ADAM7;
    const int passes = interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1;
    const size_t stride = d->job->frame.plane.stride;
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < d->job->info.height; y++) {
            uint8_t *row = d->px + y * stride;
            png_read_row(d->png, interlaced ? NULL : row, interlaced ? row : NULL);
            d->rows += pass == 0;
        }
    }
}

static jz_status read_picture(decoder *d)
{
    JZ_TRY(read_header(d));
    JZ_TRY(lay_out(d));
    read_rows(d);
    png_read_end(d->png, d->info); /* eXIf may come last */
    return JZ_OK;
}

static jz_status guarded(decoder *d)
{
    if (setjmp(png_jmpbuf(d->png))) /* the only setjmp, in a function without locals */
        return d->fatal;
    return read_picture(d);
}

static uint32_t orientation(const decoder *d)
{
    png_bytep exif = NULL;
    png_uint_32 size = 0;
    if (png_get_eXIf_1(d->png, d->info, &size, &exif) == 0)
        return 1;
    return jz_exif_orientation((jz_bytes){ exif, size });
}

static jz_status decode_still(jz_job *job, jz_bytes file, jz_err *err)
{
    decoder d = { .job = job, .err = err, .file = file };
    d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
    d.info = d.png != NULL ? png_create_info_struct(d.png) : NULL;
    jz_status st = JZ_E_NOMEM;
    if (d.info != NULL)
        st = guarded(&d);
    else
        jz_err_set(err, st, "PNG: out of memory");
    if (d.rows > 0) {
        job->info.orientation = orientation(&d);
        jz_err sent = { 0 };
        const jz_status emitted = jz_job_emit_only(job, &sent);
        if (emitted != JZ_OK) { /* nobody takes frames any more: that is the first cause */
            st = emitted;
            if (err != NULL)
                *err = sent;
        }
    }
    png_destroy_read_struct(&d.png, &d.info, NULL);
    return st;
}

jz_status jz_decode_png(jz_job *job, jz_err *err)
{
    jz_bytes file;
    JZ_TRY(jz_job_whole(job, &file, err));
    /* The head that was sniffed may have ended before an animation's acTL; the file does not. */
    const jz_format *apng = jz_format_by_name("apng");
    if (jz_format_find(file) != apng)
        return decode_still(job, file, err);
    job->format = apng;
    job->info.format = apng;
    return jz_decode_av_video(job, err);
}
