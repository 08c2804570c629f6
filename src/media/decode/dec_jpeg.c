/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG through libjpeg-turbo, the only file that includes its headers: baseline, progressive,
 * arithmetic; grey, YCbCr, RGB, CMYK, YCCK. The accurate DCT, smooth upsampling and colour
 * conversion are the library's defaults, which are what reference hashes were made with. */
#include "media/decode/job.h"

#include "media/exif.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

/* The library's message numbers, without the macros that raise them: those use banned functions. */
enum message {
#define JERROR_H
#define JMESSAGE(code, text) code,
#include <jerror.h>
};

#define SCANS_MAX 500   /* every scan decodes the whole picture again; real files have about 10 */
#define SCALED_SIDE 512 /* PDQ's input size: scaling below it would lose what is hashed */
#define EXIF_MARKER (JPEG_APP0 + 1)

typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf out;
    jz_job *job;
    jz_err *err;
    bool grey;
    jz_status fatal;   /* why the library was left by longjmp */
    jz_status damage;  /* the worst of its warnings */
    jz_err damage_err; /* and its text */
} decoder;

/* What a message of the library means for the file; a message that is not listed is corruption
 * where it is an error, and harmless where it is a warning (padding, odd version numbers). */
static const struct {
    int code;
    jz_status status;
} meanings[] = {
    { JERR_OUT_OF_MEMORY, JZ_E_NOMEM },         { JERR_NO_BACKING_STORE, JZ_E_NOMEM },
    { JERR_IMAGE_TOO_BIG, JZ_E_LIMIT },         { JERR_INPUT_EMPTY, JZ_E_TRUNCATED },
    { JERR_INPUT_EOF, JZ_E_TRUNCATED },         { JERR_SOF_UNSUPPORTED, JZ_E_UNSUPPORTED },
    { JERR_BAD_PRECISION, JZ_E_UNSUPPORTED },   { JERR_CONVERSION_NOTIMPL, JZ_E_UNSUPPORTED },
    { JERR_CCIR601_NOTIMPL, JZ_E_UNSUPPORTED }, { JERR_FRACT_SAMPLE_NOTIMPL, JZ_E_UNSUPPORTED },
    { JERR_NOT_COMPILED, JZ_E_UNSUPPORTED },    { JWRN_JPEG_EOF, JZ_E_TRUNCATED },
    { JWRN_ARITH_BAD_CODE, JZ_E_CORRUPT },      { JWRN_HIT_MARKER, JZ_E_CORRUPT },
    { JWRN_HUFF_BAD_CODE, JZ_E_CORRUPT },       { JWRN_MUST_RESYNC, JZ_E_CORRUPT },
};

static jz_status meaning(int code, jz_status other)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(meanings); i++)
        if (meanings[i].code == code)
            return meanings[i].status;
    return other;
}

/* What the warnings have come to. */
static jz_status damaged(const decoder *d)
{
    if (d->damage != JZ_OK && d->err != NULL)
        *d->err = d->damage_err;
    return d->damage;
}

static void on_error(j_common_ptr c)
{
    decoder *d = c->client_data;
    char text[JMSG_LENGTH_MAX];
    c->err->format_message(c, text);
    d->fatal = meaning(c->err->msg_code, JZ_E_CORRUPT);
    if (d->fatal == JZ_E_CORRUPT && d->damage == JZ_E_TRUNCATED)
        d->fatal = damaged(d); /* a header that is cut off makes no sense: the cause is told */
    else
        jz_err_set(d->err, d->fatal, "JPEG: %s", text);
    longjmp(d->out, 1);
}

static void on_message(j_common_ptr c, int level)
{
    decoder *d = c->client_data;
    if (level >= 0)
        return; /* traces */
    const jz_status st = meaning(c->err->msg_code, JZ_OK);
    /* A file that ends early also has broken codes at its end: the first cause is told. */
    if (st == JZ_OK || d->damage == JZ_E_TRUNCATED || d->damage == st)
        return;
    char text[JMSG_LENGTH_MAX];
    c->err->format_message(c, text);
    d->damage = st;
    jz_err_set(&d->damage_err, st, "JPEG: %s", text);
}

static void on_output(j_common_ptr c)
{
    (void)c; /* the library's own writes to stderr */
}

static void on_progress(j_common_ptr c)
{
    decoder *d = c->client_data;
    if (d->jpeg.input_scan_number <= SCANS_MAX)
        return;
    d->fatal = JZ_FAIL(d->err, JZ_E_LIMIT, "JPEG: more than %d scans", SCANS_MAX);
    longjmp(d->out, 1);
}

static void init(decoder *d)
{
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->errors.error_exit = on_error;
    d->errors.emit_message = on_message;
    d->errors.output_message = on_output;
    d->jpeg.client_data = d;
    jpeg_create_decompress(&d->jpeg);
    d->progress.progress_monitor = on_progress;
    d->jpeg.progress = &d->progress;
    d->jpeg.mem->max_memory_to_use = (long)d->job->limits.max_memory_bytes;
    jpeg_save_markers(&d->jpeg, EXIF_MARKER, 0xffff);
}

/* A file may have several APP1 blocks (XMP is one too): the first that is Exif counts. */
static uint32_t orientation(const decoder *d)
{
    for (jpeg_saved_marker_ptr m = d->jpeg.marker_list; m != NULL; m = m->next)
        if (m->data_length >= 6 && memcmp(m->data, "Exif\0", 5) == 0)
            return jz_exif_orientation((jz_bytes){ m->data, m->data_length });
    return 1;
}

static jz_status read_header(decoder *d)
{
    jz_bytes file;
    JZ_TRY(jz_job_whole(d->job, &file, d->err));
    jpeg_mem_src(&d->jpeg, file.ptr, file.len);
    (void)jpeg_read_header(&d->jpeg, TRUE); /* TRUE: a file of tables only is an error */
    d->job->info.width = d->jpeg.image_width;
    d->job->info.height = d->jpeg.image_height;
    d->job->info.orientation = orientation(d);
    return jz_job_check_size(d->job, d->jpeg.image_width, d->jpeg.image_height, d->err);
}

static uint32_t scaled(uint32_t side, unsigned denominator)
{
    return (side + denominator - 1) / denominator;
}

static unsigned scale_for(uint32_t width, uint32_t height)
{
    const uint32_t side = width < height ? width : height;
    unsigned denominator = 8;
    while (denominator > 1 && scaled(side, denominator) < SCALED_SIDE)
        denominator /= 2;
    return denominator;
}

static bool is_cmyk(const decoder *d)
{
    return d->jpeg.jpeg_color_space == JCS_CMYK || d->jpeg.jpeg_color_space == JCS_YCCK;
}

/* Luma alone is what a scaled picture is wanted for. A small one is given in colour all the same:
 * the file's own luma differs from the colours' where those were clipped. */
static void choose_output(decoder *d)
{
    const unsigned scale = scale_for(d->jpeg.image_width, d->jpeg.image_height);
    const bool grey = d->job->opts.grey_scaled && scale > 1;
    d->jpeg.dct_method = JDCT_ISLOW;
    d->jpeg.do_fancy_upsampling = TRUE;
    d->jpeg.out_color_space = is_cmyk(d) ? JCS_CMYK : grey ? JCS_GRAYSCALE : JCS_RGB;
    d->jpeg.scale_num = 1;
    d->jpeg.scale_denom = grey ? scale : 1;
    d->grey = grey;
}

/* x * y / 255, rounded; exact for 8-bit factors. */
static uint8_t scale255(unsigned x, unsigned y)
{
    const unsigned p = x * y + 128;
    return (uint8_t)((p + (p >> 8)) >> 8);
}

/* Adobe writes CMYK inverted, and so does everybody since: R = C * K / 255. Luma is ITU-R BT.601
 * in 16-bit fixed point. */
static void cmyk_row(const uint8_t *cmyk, uint8_t *out, uint32_t width, uint32_t channels)
{
    for (uint32_t x = 0; x < width; x++, cmyk += 4, out += channels) {
        const uint8_t r = scale255(cmyk[0], cmyk[3]);
        const uint8_t g = scale255(cmyk[1], cmyk[3]);
        const uint8_t b = scale255(cmyk[2], cmyk[3]);
        if (channels == 1) {
            out[0] = (uint8_t)((19595u * r + 38470u * g + 7471u * b + 32768u) >> 16);
            continue;
        }
        out[0] = r;
        out[1] = g;
        out[2] = b;
    }
}

static void read_cmyk(decoder *d, uint8_t *px)
{
    const jz_plane *p = &d->job->frame.plane;
    JSAMPARRAY row =
        d->jpeg.mem->alloc_sarray((j_common_ptr)&d->jpeg, JPOOL_IMAGE, p->width * 4, 1);
    while (d->jpeg.output_scanline < d->jpeg.output_height) {
        const size_t y = d->jpeg.output_scanline;
        if (jpeg_read_scanlines(&d->jpeg, row, 1) == 1)
            cmyk_row(row[0], px + y * p->stride, p->width, p->channels);
    }
}

static void read_rows(decoder *d, uint8_t *px)
{
    const size_t stride = d->job->frame.plane.stride;
    while (d->jpeg.output_scanline < d->jpeg.output_height) {
        JSAMPROW rows[16];
        const JDIMENSION left = d->jpeg.output_height - d->jpeg.output_scanline;
        const JDIMENSION n = left < JZ_ARRAY_LEN(rows) ? left : JZ_ARRAY_LEN(rows);
        for (JDIMENSION i = 0; i < n; i++)
            rows[i] = px + (d->jpeg.output_scanline + i) * stride;
        (void)jpeg_read_scanlines(&d->jpeg, rows, n); /* output_scanline counts them */
    }
}

static jz_status read_picture(decoder *d)
{
    jz_job *job = d->job;
    uint8_t *px = NULL;
    JZ_TRY(read_header(d));
    choose_output(d);
    jpeg_calc_output_dimensions(&d->jpeg);
    JZ_TRY(jz_job_frame(job, d->jpeg.output_width, d->jpeg.output_height, d->grey ? 1 : 3, &px,
                        d->err));
    job->frame.full_width = d->jpeg.image_width;
    job->frame.full_height = d->jpeg.image_height;
    (void)jpeg_start_decompress(&d->jpeg); /* never suspends: the source is memory */
    if (is_cmyk(d))
        read_cmyk(d, px);
    else
        read_rows(d, px);
    JZ_TRY(jz_job_emit_only(job, d->err));
    return damaged(d);
}

static jz_status guarded(decoder *d)
{
    if (setjmp(d->out)) /* the only setjmp, in a function without locals */
        return d->fatal;
    init(d);
    return read_picture(d);
}

jz_status jz_decode_jpeg(jz_job *job, jz_err *err)
{
    decoder d = { .job = job, .err = err };
    const jz_status st = guarded(&d);
    jpeg_destroy_decompress(&d.jpeg);
    return st;
}
