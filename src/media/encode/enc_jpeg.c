/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG through libjpeg-turbo's coefficients, the only file that includes its headers here. Only the
 * 8 x 8 blocks under an overlay are decoded, blended and coded again, with the file's own
 * quantisation tables; every other coefficient is copied, and so is every marker (Exif, ICC, XMP,
 * comments, Adobe) byte for byte and in order, and what stands behind the picture. */
#include "media/encode/blend.h"
#include "media/encode/task.h"

#include "base/rd.h"
#include "media/exif.h"

#include <math.h>
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

#define SCANS_MAX 500        /* real files have about 10 */
#define MARKERS 17           /* APP0 to APP15, COM */
#define OUT_BYTES 65536      /* of the write buffer */
#define COEFFICIENT_MAX 1023 /* ITU-T T.81 F.1.2: 10 bits and a sign, for 8-bit samples */
#define SAMPLE_MIDDLE 128.0F

typedef struct coder {
    struct jpeg_decompress_struct in;
    struct jpeg_compress_struct out;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    struct jpeg_destination_mgr sink;
    jmp_buf trap;
    jz_task *task;
    jz_err *err;
    jz_bytes file;
    jvirt_barray_ptr *coefficients;
    jz_mark mark[JZ_OVERLAYS_MAX];
    float cosines[8][8]; /* [frequency][sample], orthonormal */
    jz_status fatal;     /* why the library was left by longjmp */
    uint8_t buffer[OUT_BYTES];
} coder;

/* ---- the library's callbacks; a damaged file is refused, so that a warning ends it too ---- */

static jz_status meaning(int code)
{
    static const struct {
        int code;
        jz_status status;
    } meanings[] = {
        { JERR_OUT_OF_MEMORY, JZ_E_NOMEM },
        { JERR_NO_BACKING_STORE, JZ_E_NOMEM },
        { JERR_IMAGE_TOO_BIG, JZ_E_LIMIT },
        { JERR_INPUT_EMPTY, JZ_E_TRUNCATED },
        { JERR_INPUT_EOF, JZ_E_TRUNCATED },
        { JERR_SOF_UNSUPPORTED, JZ_E_UNSUPPORTED },
        { JERR_BAD_PRECISION, JZ_E_UNSUPPORTED },
        { JERR_CONVERSION_NOTIMPL, JZ_E_UNSUPPORTED },
        { JERR_CCIR601_NOTIMPL, JZ_E_UNSUPPORTED },
        { JERR_MISMATCHED_QUANT_TABLE, JZ_E_UNSUPPORTED },
        { JERR_NOT_COMPILED, JZ_E_UNSUPPORTED },
        { JWRN_JPEG_EOF, JZ_E_TRUNCATED },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(meanings); i++)
        if (meanings[i].code == code)
            return meanings[i].status;
    return JZ_E_CORRUPT;
}

static void fail_with_message(j_common_ptr j)
{
    coder *c = j->client_data;
    char text[JMSG_LENGTH_MAX];
    j->err->format_message(j, text);
    c->fatal = JZ_FAIL(c->err, meaning(j->err->msg_code), "JPEG: %s", text);
    longjmp(c->trap, 1);
}

static void on_message(j_common_ptr j, int level)
{
    static const int damage[] = { JWRN_JPEG_EOF, JWRN_ARITH_BAD_CODE, JWRN_HIT_MARKER,
                                  JWRN_HUFF_BAD_CODE, JWRN_MUST_RESYNC };
    for (size_t i = 0; level < 0 && i < JZ_ARRAY_LEN(damage); i++)
        if (j->err->msg_code == damage[i])
            fail_with_message(j);
}

static void on_output(j_common_ptr j)
{
    (void)j; /* the library's own writes to stderr */
}

static void on_progress(j_common_ptr j)
{
    coder *c = j->client_data;
    jz_task_alive(c->task);
    if (c->in.input_scan_number <= SCANS_MAX)
        return;
    c->fatal = JZ_FAIL(c->err, JZ_E_LIMIT, "JPEG: more than %d scans", SCANS_MAX);
    longjmp(c->trap, 1);
}

static void sink_begin(j_compress_ptr j)
{
    coder *c = j->client_data;
    c->sink.next_output_byte = c->buffer;
    c->sink.free_in_buffer = OUT_BYTES;
}

static void sink_put(coder *c, size_t n)
{
    c->fatal = jz_task_append(c->task, c->buffer, n, c->err);
    if (c->fatal != JZ_OK)
        longjmp(c->trap, 1);
    sink_begin(&c->out);
}

static boolean sink_full(j_compress_ptr j)
{
    sink_put(j->client_data, OUT_BYTES);
    return TRUE;
}

static void sink_end(j_compress_ptr j)
{
    coder *c = j->client_data;
    sink_put(c, OUT_BYTES - c->sink.free_in_buffer);
}

static void init(coder *c)
{
    (void)jpeg_std_error(&c->errors);
    c->errors.error_exit = fail_with_message;
    c->errors.emit_message = on_message;
    c->errors.output_message = on_output;
    c->in.err = &c->errors;
    c->in.client_data = c;
    jpeg_create_decompress(&c->in);
    c->out.err = &c->errors;
    c->out.client_data = c;
    jpeg_create_compress(&c->out);
    c->progress.progress_monitor = on_progress;
    c->in.progress = &c->progress;
    c->out.progress = &c->progress;
    c->in.mem->max_memory_to_use = (long)c->task->in.limits.max_memory_bytes;
    c->out.mem->max_memory_to_use = c->in.mem->max_memory_to_use;
    c->sink = (struct jpeg_destination_mgr){ .init_destination = sink_begin,
                                             .empty_output_buffer = sink_full,
                                             .term_destination = sink_end };
    c->out.dest = &c->sink;
    for (int i = 0; i < MARKERS - 1; i++)
        jpeg_save_markers(&c->in, JPEG_APP0 + i, 0xffff);
    jpeg_save_markers(&c->in, JPEG_COM, 0xffff);
}

/* ---- what the file is ---- */

static jz_status colour_of(const coder *c, jz_colour *out)
{
    static const struct {
        J_COLOR_SPACE space;
        jz_colour_model model;
    } models[] = {
        { JCS_GRAYSCALE, JZ_COLOUR_GREY },
        { JCS_YCbCr, JZ_COLOUR_YCC },
        { JCS_RGB, JZ_COLOUR_RGB },
    };
    *out = (jz_colour){ .depth = 8, .kr = JZ_KR_601, .kb = JZ_KB_601 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(models); i++) {
        out->model = models[i].model;
        if (c->in.jpeg_color_space == models[i].space)
            return JZ_OK;
    }
    return JZ_FAIL(c->err, JZ_E_UNSUPPORTED,
                   "JPEG: no mark can be burned into CMYK or unknown colours (%d components)",
                   c->in.num_components);
}

static jz_status check_sampling(const coder *c)
{
    for (int i = 0; i < c->in.num_components; i++) {
        const jpeg_component_info *k = &c->in.comp_info[i];
        if (c->in.max_h_samp_factor % k->h_samp_factor != 0 ||
            c->in.max_v_samp_factor % k->v_samp_factor != 0)
            return JZ_FAIL(c->err, JZ_E_UNSUPPORTED,
                           "JPEG: component %d sampled %d x %d of %d x %d", i, k->h_samp_factor,
                           k->v_samp_factor, c->in.max_h_samp_factor, c->in.max_v_samp_factor);
    }
    return JZ_OK;
}

static jz_status read_header(coder *c)
{
    jz_colour colour;
    jpeg_mem_src(&c->in, c->file.ptr, c->file.len);
    (void)jpeg_read_header(&c->in, TRUE); /* TRUE: a file of tables only is an error */
    JZ_TRY(jz_job_check_size(&c->task->in, c->in.image_width, c->in.image_height, c->err));
    JZ_TRY(jz_task_check_overlays(c->task, c->in.image_width, c->in.image_height, c->err));
    JZ_TRY(colour_of(c, &colour));
    JZ_TRY(check_sampling(c));
    for (uint32_t i = 0; i < c->task->request->overlays; i++)
        JZ_TRY(jz_mark_make(&c->task->overlay[i], &colour, c->in.image_width, c->in.image_height,
                            &c->mark[i], c->err));
    return JZ_OK;
}

/* ---- a block's samples and coefficients (ITU-T T.81 A.3.3) ---- */

static void fill_cosines(coder *c)
{
    for (int u = 0; u < 8; u++)
        for (int x = 0; x < 8; x++)
            c->cosines[u][x] = (float)((u == 0 ? sqrt(0.125) : 0.5) *
                                       cos((2 * x + 1) * u * 3.14159265358979 / 16));
}

/* One pass over rows, written transposed: two of them make the transform in both directions. */
static void pass(const coder *c, const float *in, float *out, bool forward)
{
    for (int row = 0; row < 8; row++)
        for (int k = 0; k < 8; k++) {
            float sum = 0;
            for (int i = 0; i < 8; i++)
                sum += in[row * 8 + i] * (forward ? c->cosines[k][i] : c->cosines[i][k]);
            out[k * 8 + row] = sum;
        }
}

static void transform(const coder *c, float *block, bool forward)
{
    float half[64];
    pass(c, block, half, forward);
    pass(c, half, block, forward);
}

static float clamped(float v, float low, float high)
{
    return v < low ? low : v > high ? high : v;
}

/* By how much the mark changes the block's samples; false where it does not touch them. */
static bool differ(const coder *c, const jz_mark *mark, unsigned component, uint32_t column,
                   uint32_t row, const float *samples, float *change)
{
    const jpeg_component_info *k = &c->in.comp_info[component];
    const uint32_t fx = (uint32_t)(c->in.max_h_samp_factor / k->h_samp_factor);
    const uint32_t fy = (uint32_t)(c->in.max_v_samp_factor / k->v_samp_factor);
    bool touched = false;
    for (uint32_t i = 0; i < 64; i++) {
        const uint32_t x = (column * 8 + i % 8) * fx;
        const uint32_t y = (row * 8 + i / 8) * fy;
        float value;
        float opacity;
        jz_mark_mean(mark, component, x, y, fx, fy, &value, &opacity);
        const float shown = clamped(samples[i] + SAMPLE_MIDDLE, 0, 255);
        change[i] = value - shown * opacity;
        touched = touched || opacity > 0 || value != 0;
    }
    return touched;
}

/* The change is what is transformed and added, not the sum: coefficients that it does not reach
 * keep their values. */
static void blend_block(coder *c, unsigned component, uint32_t column, uint32_t row, JCOEFPTR block)
{
    const UINT16 *q = c->in.comp_info[component].quant_table->quantval;
    for (uint32_t n = 0; n < c->task->request->overlays; n++) {
        float samples[64];
        float change[64];
        for (int i = 0; i < 64; i++)
            samples[i] = (float)block[i] * (float)q[i];
        transform(c, samples, false);
        if (!differ(c, &c->mark[n], component, column, row, samples, change))
            continue;
        transform(c, change, true);
        for (int i = 0; i < 64; i++) {
            const float v = (float)block[i] + change[i] / (float)q[i];
            block[i] = (JCOEF)lrintf(clamped(v, -COEFFICIENT_MAX, COEFFICIENT_MAX));
        }
    }
}

typedef struct area { /* blocks of a component, or none */
    uint32_t left, top, right, bottom;
} area;

static void blend_area(coder *c, int component, const area *a)
{
    for (uint32_t y = a->top; y < a->bottom; y++) {
        JBLOCKARRAY rows = c->in.mem->access_virt_barray((j_common_ptr)&c->in,
                                                         c->coefficients[component], y, 1, TRUE);
        for (uint32_t x = a->left; x < a->right; x++)
            blend_block(c, (unsigned)component, x, y, rows[0][x]);
        jz_task_alive(c->task);
    }
}

/* The smallest rectangle of blocks that holds all overlays. */
static void blend(coder *c, int component)
{
    const jpeg_component_info *k = &c->in.comp_info[component];
    const uint32_t width = 8 * (uint32_t)(c->in.max_h_samp_factor / k->h_samp_factor);
    const uint32_t height = 8 * (uint32_t)(c->in.max_v_samp_factor / k->v_samp_factor);
    area a = { .left = k->width_in_blocks, .top = k->height_in_blocks };
    for (uint32_t i = 0; i < c->task->request->overlays; i++) {
        const jz_mark *m = &c->mark[i];
        const uint32_t right = (m->x + m->width + width - 1) / width;
        const uint32_t bottom = (m->y + m->height + height - 1) / height;
        a.left = m->x / width < a.left ? m->x / width : a.left;
        a.top = m->y / height < a.top ? m->y / height : a.top;
        a.right = right > a.right ? right : a.right;
        a.bottom = bottom > a.bottom ? bottom : a.bottom;
    }
    a.right = a.right < k->width_in_blocks ? a.right : k->width_in_blocks;
    a.bottom = a.bottom < k->height_in_blocks ? a.bottom : k->height_in_blocks;
    blend_area(c, component, &a);
}

/* ---- the output ---- */

static void write_picture(coder *c)
{
    jpeg_copy_critical_parameters(&c->in, &c->out);
    c->out.restart_interval = c->in.restart_interval;
    c->out.arith_code = c->in.arith_code;
    c->out.optimize_coding = !c->in.arith_code;
    if (c->in.progressive_mode)
        jpeg_simple_progression(&c->out);
    /* They are among the saved markers, and written with them as they were. */
    c->out.write_JFIF_header = FALSE;
    c->out.write_Adobe_marker = FALSE;
    jpeg_write_coefficients(&c->out, c->coefficients);
    for (jpeg_saved_marker_ptr m = c->in.marker_list; m != NULL; m = m->next)
        jpeg_write_marker(&c->out, m->marker, m->data, m->data_length);
    jpeg_finish_compress(&c->out);
}

/* Where the first picture ends and its index begins, before and now. */
typedef struct moved {
    uint64_t old_end, end;
    uint64_t old_index, index;
} moved;

static jz_status put_number(coder *c, const jz_tiff_field *f, uint64_t at, uint64_t v)
{
    uint8_t b[4];
    if (v > UINT32_MAX)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "JPEG: a picture past 4 GiB");
    for (unsigned i = 0; i < 4; i++)
        b[i] = (uint8_t)(v >> (f->big_endian ? 24 - 8 * i : 8 * i));
    return jz_task_write(c->task, at, b, sizeof b, c->err);
}

static jz_status fit_entry(coder *c, const jz_tiff_field *f, jz_bytes index, size_t at,
                           const moved *m)
{
    uint32_t v[2]; /* the picture's size, and its offset from the index; 0 = the first picture */
    jz_rd rd = jz_rd_of(index, "MPF");
    JZ_TRY(jz_rd_skip(&rd, at + 4, c->err));
    for (int i = 0; i < 2; i++)
        JZ_TRY(f->big_endian ? jz_rd_u32be(&rd, &v[i], c->err) : jz_rd_u32le(&rd, &v[i], c->err));
    if (v[1] == 0)
        return v[0] == m->old_end ? put_number(c, f, m->index + at + 4, m->end) : JZ_OK;
    if (m->old_index + v[1] < m->old_end)
        return JZ_OK; /* wherever it points, it is not behind the picture */
    const uint64_t behind = m->old_index + v[1] - m->old_end;
    return put_number(c, f, m->index + at + 8, m->end + behind - m->index);
}

/* The index of several pictures in one file (CIPA DC-007-2009, 5.2.3.3) tells how far behind it
 * they are: gain maps, previews. */
static jz_status fit_index(coder *c, jz_bytes index, const moved *m)
{
    enum { ENTRIES = 0xb002, ENTRY_BYTES = 16, UNDEFINED = 7 };
    jz_tiff_field f;
    if (jz_tiff_find(index, ENTRIES, &f, NULL) != JZ_OK || f.type != UNDEFINED ||
        f.size % ENTRY_BYTES != 0)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "JPEG: a damaged multi-picture index");
    for (size_t i = 0; i < f.size; i += ENTRY_BYTES)
        JZ_TRY(fit_entry(c, &f, index, f.at + i, m));
    return JZ_OK;
}

/* The markers are written behind SOI, one behind the other. */
static jz_status fit_pictures(coder *c, uint64_t old_end)
{
    static const char head[4] = "MPF";
    uint64_t at = 2;
    for (jpeg_saved_marker_ptr k = c->in.marker_list; k != NULL; k = k->next) {
        const jz_bytes data = { k->data, k->data_length };
        if (k->marker == JPEG_APP0 + 2 && data.len > sizeof head &&
            memcmp(data.ptr, head, sizeof head) == 0) {
            const uint8_t *old = memmem(c->file.ptr, c->file.len, data.ptr, data.len);
            if (old == NULL)
                return JZ_FAIL(c->err, JZ_E_BUG, "JPEG: a marker that is not in the file");
            const moved m = { .old_end = old_end,
                              .end = c->task->out_at,
                              .old_index = (uint64_t)(old - c->file.ptr) + sizeof head,
                              .index = at + 4 + sizeof head };
            return fit_index(c, (jz_bytes){ data.ptr + sizeof head, data.len - sizeof head }, &m);
        }
        at += 4 + (uint64_t)k->data_length;
    }
    return JZ_OK;
}

/* Behind EOI: other pictures, a motion photo's film. */
static jz_status copy_rest(coder *c)
{
    const size_t left = c->in.src->bytes_in_buffer;
    JZ_TRY(fit_pictures(c, c->file.len - left));
    return jz_task_append(c->task, c->in.src->next_input_byte, left, c->err);
}

/* A component that no scan holds has no table yet, and no coefficients. */
static jz_status check_scans(const coder *c)
{
    for (int i = 0; i < c->in.num_components; i++)
        if (c->in.comp_info[i].quant_table == NULL)
            return JZ_FAIL(c->err, JZ_E_CORRUPT, "JPEG: no scan of component %d", i);
    return JZ_OK;
}

static jz_status code(coder *c)
{
    JZ_TRY(read_header(c));
    fill_cosines(c);
    c->coefficients = jpeg_read_coefficients(&c->in);
    JZ_TRY(check_scans(c));
    for (int i = 0; i < c->in.num_components; i++)
        blend(c, i);
    write_picture(c);
    return copy_rest(c);
}

static jz_status guarded(coder *c)
{
    if (setjmp(c->trap)) /* the only setjmp, in a function without locals */
        return c->fatal;
    init(c);
    return code(c);
}

jz_status jz_encode_jpeg(jz_task *task, jz_err *err)
{
    coder c = { .task = task, .err = err };
    JZ_TRY(jz_job_whole(&task->in, &c.file, err));
    const jz_status st = guarded(&c);
    jpeg_destroy_compress(&c.out);
    jpeg_destroy_decompress(&c.in);
    for (size_t i = 0; i < JZ_OVERLAYS_MAX; i++)
        jz_mark_done(&c.mark[i]);
    jz_task_name_codec(task, "jpeg");
    task->info.frames = 1;
    task->info.untouched = true;
    return st;
}
