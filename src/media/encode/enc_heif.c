/* SPDX-License-Identifier: Apache-2.0 */
/* HEIC and AVIF through libheif, the only file that includes its headers here. The primary picture
 * is decoded with its rotation, mirroring and cropping applied, which the new file needs no more,
 * and coded anew in its own colours, depth and chroma sampling. Exif, XMP, other metadata and
 * colour profiles are kept; thumbnails would show the picture without its mark and are left out, as
 * are depth maps and other auxiliary pictures, which are counted. Sequences and files of several
 * pictures are refused. */
#include "media/encode/blend.h"
#include "media/encode/task.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#include <libheif/heif.h>

#define QUALITY 75    /* libheif: CRF 12 of x265, level 16 of libaom */
#define ITEMS_MAX 256 /* of metadata */
#define METADATA_MAX ((size_t)64 << 20)
#define EXIF_OFFSET 4 /* bytes before an Exif block (ISO/IEC 23008-12 A.2.1) */

typedef struct coder {
    jz_task *task;
    jz_err *err;
    jz_bytes file;
    bool avif;
    struct heif_context *from;
    struct heif_image_handle *handle;
    struct heif_image *image;
    struct heif_color_profile_nclx *nclx; /* NULL: the file names no colours */
    struct heif_context *to;
    struct heif_encoder *encoder;
    struct heif_encoding_options *options;
    struct heif_image_handle *made;
    jz_mark mark[JZ_OVERLAYS_MAX];
    jz_status fatal; /* of a write */
} coder;

static void done(coder *c)
{
    heif_image_handle_release(c->made);
    heif_encoding_options_free(c->options);
    heif_encoder_release(c->encoder);
    heif_context_free(c->to);
    heif_nclx_color_profile_free(c->nclx);
    heif_image_release(c->image);
    heif_image_handle_release(c->handle);
    heif_context_free(c->from);
    for (size_t i = 0; i < JZ_OVERLAYS_MAX; i++)
        jz_mark_done(&c->mark[i]);
}

/* What the library's errors mean; the first row that fits counts. */
static const struct {
    int code;
    int subcode; /* -1: any */
    jz_status status;
} meanings[] = {
    { heif_error_Invalid_input, heif_suberror_End_of_data, JZ_E_TRUNCATED },
    { heif_error_Invalid_input, heif_suberror_No_ftyp_box, JZ_E_TRUNCATED },
    { heif_error_Invalid_input, heif_suberror_Security_limit_exceeded, JZ_E_LIMIT },
    { heif_error_Memory_allocation_error, heif_suberror_Security_limit_exceeded, JZ_E_LIMIT },
    { heif_error_Memory_allocation_error, -1, JZ_E_NOMEM },
    { heif_error_Unsupported_filetype, -1, JZ_E_UNSUPPORTED },
    { heif_error_Unsupported_feature, -1, JZ_E_UNSUPPORTED },
    { heif_error_Encoder_plugin_error, -1, JZ_E_UNSUPPORTED },
    { heif_error_Encoding_error, -1, JZ_E_UNSUPPORTED },
    { heif_error_Usage_error, -1, JZ_E_BUG },
};

static jz_status check(const coder *c, struct heif_error e)
{
    if (e.code == heif_error_Ok)
        return JZ_OK;
    for (size_t i = 0; i < JZ_ARRAY_LEN(meanings); i++)
        if (meanings[i].code == (int)e.code &&
            (meanings[i].subcode == -1 || meanings[i].subcode == (int)e.subcode))
            return JZ_FAIL(c->err, meanings[i].status, "HEIF: %s", e.message);
    return JZ_FAIL(c->err, JZ_E_CORRUPT, "HEIF: %s", e.message);
}

static jz_status nomem(const coder *c)
{
    return JZ_FAIL(c->err, JZ_E_NOMEM, "HEIF: out of memory");
}

/* ---- the input ---- */

/* The major brands of moving pictures (ISO/IEC 23008-12 10.3, AV1 Image File Format 7.). */
static jz_status refuse_sequence(const coder *c)
{
    static const char brands[][5] = { "avis", "hevc", "hevx", "msf1" };
    for (size_t i = 0; c->file.len >= 12 && i < JZ_ARRAY_LEN(brands); i++)
        if (memcmp(c->file.ptr + 8, brands[i], 4) == 0)
            return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "HEIF: a sequence of pictures (brand %s)",
                           brands[i]);
    return JZ_OK;
}

static jz_status check_size(const coder *c, int width, int height)
{
    const uint32_t w = (uint32_t)(width > 0 ? width : 0);
    const uint32_t h = (uint32_t)(height > 0 ? height : 0);
    JZ_TRY(jz_job_check_size(&c->task->in, w, h, c->err));
    return jz_task_check_overlays(c->task, w, h, c->err);
}

static jz_status open_primary(coder *c)
{
    c->from = heif_context_alloc();
    if (c->from == NULL)
        return nomem(c);
    /* The library squares it. */
    const double side = ceil(sqrt((double)c->task->in.limits.max_pixels));
    heif_context_set_maximum_image_size_limit(c->from, (int)side);
    heif_context_set_max_decoding_threads(c->from, 0);
    JZ_TRY(check(
        c, heif_context_read_from_memory_without_copy(c->from, c->file.ptr, c->file.len, NULL)));
    const int pictures = heif_context_get_number_of_top_level_images(c->from);
    if (pictures != 1)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED,
                       "HEIF: %d pictures, of which only one would get the mark", pictures);
    JZ_TRY(check(c, heif_context_get_primary_image_handle(c->from, &c->handle)));
    const int extra =
        heif_image_handle_get_number_of_depth_images(c->handle) +
        heif_image_handle_get_number_of_auxiliary_images(
            c->handle, LIBHEIF_AUX_IMAGE_FILTER_OMIT_ALPHA | LIBHEIF_AUX_IMAGE_FILTER_OMIT_DEPTH);
    c->task->info.streams_dropped = (uint32_t)(extra > 0 ? extra : 0);
    return check_size(c, heif_image_handle_get_width(c->handle),
                      heif_image_handle_get_height(c->handle));
}

/* In the file's own colours, chroma sampling and depth. */
static jz_status decode(coder *c)
{
    struct heif_error warning;
    JZ_TRY(check(c, heif_decode_image(c->handle, &c->image, heif_colorspace_undefined,
                                      heif_chroma_undefined, NULL)));
    if (heif_image_get_decoding_warnings(c->image, 0, &warning, 1) > 0)
        JZ_TRY(check(c, warning));
    /* A file may have an ICC profile and this one; the image then tells both. */
    if (heif_image_get_nclx_color_profile(c->image, &c->nclx).code != heif_error_Ok)
        c->nclx = NULL;
    const int width = heif_image_get_primary_width(c->image);
    return check_size(c, width, heif_image_get_primary_height(c->image));
}

/* ---- the mark ---- */

typedef struct part { /* one plane, and what it holds */
    enum heif_channel channel;
    unsigned component; /* of the mark */
    bool chroma;
} part;

static jz_status luma_shares(const coder *c, jz_colour *out)
{
    static const struct {
        int matrix; /* ITU-T H.273 table 4 */
        double kr, kb;
    } rows[] = {
        { heif_matrix_coefficients_ITU_R_BT_709_5, 0.2126, 0.0722 },
        { heif_matrix_coefficients_unspecified, JZ_KR_601, JZ_KB_601 },
        { heif_matrix_coefficients_US_FCC_T47, 0.30, 0.11 },
        { heif_matrix_coefficients_ITU_R_BT_470_6_System_B_G, JZ_KR_601, JZ_KB_601 },
        { heif_matrix_coefficients_ITU_R_BT_601_6, JZ_KR_601, JZ_KB_601 },
        { heif_matrix_coefficients_SMPTE_240M, 0.212, 0.087 },
        { heif_matrix_coefficients_ITU_R_BT_2020_2_non_constant_luminance, 0.2627, 0.0593 },
    };
    const int matrix = c->nclx != NULL ? (int)c->nclx->matrix_coefficients
                                       : (int)heif_matrix_coefficients_unspecified;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++)
        if (rows[i].matrix == matrix) {
            out->kr = rows[i].kr;
            out->kb = rows[i].kb;
            return JZ_OK;
        }
    return JZ_FAIL(c->err, JZ_E_UNSUPPORTED,
                   "HEIF: no mark can be laid over colours of the matrix "
                   "%d",
                   matrix);
}

/* How the picture's planes hold colours; *n of them, without alpha. */
static jz_status describe(const coder *c, jz_colour *colour, part *parts, size_t *n)
{
    const enum heif_colorspace space = heif_image_get_colorspace(c->image);
    const bool planar = heif_image_get_chroma_format(c->image) <= heif_chroma_444;
    const bool identity =
        c->nclx != NULL && c->nclx->matrix_coefficients == heif_matrix_coefficients_RGB_GBR;
    *colour = (jz_colour){ .kr = JZ_KR_601, .kb = JZ_KB_601 };
    colour->limited = c->nclx != NULL && c->nclx->full_range_flag == 0;
    if (!planar)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "HEIF: pixels that are not in planes");
    *n = 3;
    if (space == heif_colorspace_monochrome) {
        *n = 1;
        colour->model = JZ_COLOUR_GREY;
        parts[0] = (part){ heif_channel_Y, 0, false };
        return JZ_OK;
    }
    if (space == heif_colorspace_RGB) {
        colour->model = JZ_COLOUR_RGB;
        for (unsigned i = 0; i < 3; i++)
            parts[i] = (part){ (enum heif_channel)((unsigned)heif_channel_R + i), i, false };
        return JZ_OK;
    }
    if (space != heif_colorspace_YCbCr)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "HEIF: colours of the kind %d", (int)space);
    static const unsigned of_gbr[] = { 1, 2, 0 };
    for (unsigned i = 0; i < 3; i++)
        parts[i] = (part){ (enum heif_channel)((unsigned)heif_channel_Y + i),
                           identity ? of_gbr[i] : i, i > 0 };
    colour->model = identity ? JZ_COLOUR_RGB : JZ_COLOUR_YCC;
    return identity ? JZ_OK : luma_shares(c, colour);
}

static jz_status samples_of(const coder *c, const part *p, unsigned depth, jz_samples *out)
{
    int stride = 0;
    const enum heif_chroma chroma = heif_image_get_chroma_format(c->image);
    uint8_t *px = heif_image_get_plane(c->image, p->channel, &stride);
    const int rows = heif_image_get_height(c->image, p->channel);
    const int columns = heif_image_get_width(c->image, p->channel);
    const uint32_t fx = p->chroma && chroma != heif_chroma_444 ? 2 : 1;
    const uint32_t fy = p->chroma && chroma == heif_chroma_420 ? 2 : 1;
    const int width = heif_image_get_primary_width(c->image);
    const int height = heif_image_get_primary_height(c->image);
    const bool wide = heif_image_get_bits_per_pixel_range(c->image, p->channel) > 8;
    if (px == NULL || columns < (width + (int)fx - 1) / (int)fx ||
        rows < (height + (int)fy - 1) / (int)fy || stride < columns * (wide ? 2 : 1) ||
        heif_image_get_bits_per_pixel_range(c->image, p->channel) != (int)depth)
        return JZ_FAIL(c->err, JZ_E_CORRUPT, "HEIF: a plane of %d x %d samples", columns, rows);
    *out = (jz_samples){ .px = px,
                         .stride = stride,
                         .step = wide ? 2 : 1,
                         .rows = (uint32_t)rows,
                         .fx = fx,
                         .fy = fy,
                         .wide = wide };
    return JZ_OK;
}

static jz_status blend_planes(const coder *c, const part *parts, size_t n, unsigned depth)
{
    jz_samples alpha = { 0 };
    const part of_alpha = { heif_channel_Alpha, JZ_COMPONENT_ALPHA, false };
    const bool has_alpha = heif_image_has_channel(c->image, heif_channel_Alpha) != 0;
    const bool own = has_alpha && heif_image_is_premultiplied_alpha(c->image) == 0;
    if (has_alpha)
        JZ_TRY(samples_of(c, &of_alpha, depth, &alpha));
    for (uint32_t i = 0; i < c->task->request->overlays; i++) {
        for (size_t k = 0; k < n; k++) {
            jz_samples s;
            JZ_TRY(samples_of(c, &parts[k], depth, &s));
            const bool full = s.fx == 1 && s.fy == 1;
            jz_mark_blend(&c->mark[i], parts[k].component, &s, own && full ? &alpha : NULL);
        }
        if (has_alpha)
            jz_mark_blend(&c->mark[i], JZ_COMPONENT_ALPHA, &alpha, NULL);
    }
    return JZ_OK;
}

static jz_status blend(coder *c)
{
    jz_colour colour;
    part parts[3];
    size_t n = 0;
    JZ_TRY(describe(c, &colour, parts, &n));
    const int depth = heif_image_get_bits_per_pixel_range(c->image, parts[0].channel);
    if (depth < 8 || depth > 16)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "HEIF: samples of %d bits", depth);
    colour.depth = (unsigned)depth;
    const uint32_t width = (uint32_t)heif_image_get_primary_width(c->image);
    const uint32_t height = (uint32_t)heif_image_get_primary_height(c->image);
    for (uint32_t i = 0; i < c->task->request->overlays; i++)
        JZ_TRY(jz_mark_make(&c->task->overlay[i], &colour, width, height, &c->mark[i], c->err));
    return blend_planes(c, parts, n, colour.depth);
}

/* ---- the output ---- */

static jz_status open_encoder(coder *c)
{
    const enum heif_compression_format format =
        c->avif ? heif_compression_AV1 : heif_compression_HEVC;
    if (heif_have_encoder_for_format(format) == 0)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "this libheif has no encoder for %s",
                       c->avif ? "AV1" : "HEVC");
    c->to = heif_context_alloc();
    c->options = heif_encoding_options_alloc();
    if (c->to == NULL || c->options == NULL)
        return nomem(c);
    JZ_TRY(check(c, heif_context_get_encoder_for_format(c->to, format, &c->encoder)));
    return check(c, heif_encoder_set_lossy_quality(c->encoder, QUALITY));
}

/* libheif 1.15's AV1 encoder takes every picture of 9 to 11 bits for one of 4:2:2, and libaom then
 * aborts. */
static jz_status check_depth(const coder *c)
{
    const enum heif_channel channel =
        heif_image_has_channel(c->image, heif_channel_Y) != 0 ? heif_channel_Y : heif_channel_R;
    const int depth = heif_image_get_bits_per_pixel_range(c->image, channel);
    if (c->avif && depth > 8 && depth < 12 &&
        heif_image_get_chroma_format(c->image) != heif_chroma_422)
        return JZ_FAIL(c->err, JZ_E_UNSUPPORTED, "AVIF: pictures of %d bits are not written here",
                       depth);
    return JZ_OK;
}

/* Parameters that an encoder does not know are none of its faults. */
static void set_parameters(coder *c)
{
    static const char *const chromas[] = {
        [heif_chroma_420] = "420", [heif_chroma_422] = "422", [heif_chroma_444] = "444"
    };
    const enum heif_chroma chroma = heif_image_get_chroma_format(c->image);
    if (chroma >= heif_chroma_420 && chroma <= heif_chroma_444)
        (void)heif_encoder_set_parameter_string(c->encoder, "chroma", chromas[chroma]);
    if (c->avif) {
        (void)heif_encoder_set_parameter_integer(c->encoder, "threads", 1);
    } else {
        (void)heif_encoder_set_parameter_string(c->encoder, "x265:pools", "none");
        (void)heif_encoder_set_parameter_string(c->encoder, "x265:frame-threads", "1");
    }
    c->options->output_nclx_profile = c->nclx; /* the samples mean what they meant */
    c->options->save_two_colr_boxes_when_ICC_and_nclx_available = c->nclx != NULL;
    c->options->macOS_compatibility_workaround = 0;
    c->options->macOS_compatibility_workaround_no_nclx_profile = 0;
}

static jz_status add_item(coder *c, heif_item_id id)
{
    const char *type = heif_image_handle_get_metadata_type(c->handle, id);
    const char *content = heif_image_handle_get_metadata_content_type(c->handle, id);
    const size_t size = heif_image_handle_get_metadata_size(c->handle, id);
    if (size > METADATA_MAX)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "HEIF: %zu bytes of metadata", size);
    jz_auto(uint8_t) *data = jz_alloc(size);
    if (data == NULL)
        return nomem(c);
    JZ_TRY(check(c, heif_image_handle_get_metadata(c->handle, id, data)));
    if (type != NULL && strcmp(type, "Exif") == 0) {
        if (size < EXIF_OFFSET)
            return JZ_FAIL(c->err, JZ_E_CORRUPT, "HEIF: an Exif block of %zu bytes", size);
        return check(c, heif_context_add_exif_metadata(c->to, c->made, data + EXIF_OFFSET,
                                                       (int)(size - EXIF_OFFSET)));
    }
    if (type != NULL && strcmp(type, "mime") == 0 && content != NULL &&
        strcmp(content, "application/rdf+xml") == 0)
        return check(c, heif_context_add_XMP_metadata(c->to, c->made, data, (int)size));
    return check(c,
                 heif_context_add_generic_metadata(c->to, c->made, data, (int)size, type, content));
}

static jz_status add_metadata(coder *c)
{
    heif_item_id ids[ITEMS_MAX];
    const int n = heif_image_handle_get_number_of_metadata_blocks(c->handle, NULL);
    if (n > ITEMS_MAX)
        return JZ_FAIL(c->err, JZ_E_LIMIT, "HEIF: %d blocks of metadata, limit %d", n, ITEMS_MAX);
    const int got =
        heif_image_handle_get_list_of_metadata_block_IDs(c->handle, NULL, ids, ITEMS_MAX);
    for (int i = 0; i < got; i++)
        JZ_TRY(add_item(c, ids[i]));
    return JZ_OK;
}

static struct heif_error on_bytes(struct heif_context *context, const void *data, size_t size,
                                  void *user)
{
    coder *c = user;
    (void)context;
    c->fatal = jz_task_append(c->task, data, size, c->err);
    return (struct heif_error){ c->fatal == JZ_OK ? heif_error_Ok : heif_error_Encoding_error,
                                c->fatal == JZ_OK ? heif_suberror_Unspecified
                                                  : heif_suberror_Cannot_write_output_data,
                                "not written" };
}

static jz_status code(coder *c)
{
    struct heif_writer writer = { .writer_api_version = 1, .write = on_bytes };
    JZ_TRY(refuse_sequence(c));
    JZ_TRY(open_primary(c));
    JZ_TRY(open_encoder(c));
    JZ_TRY(decode(c));
    jz_task_alive(c->task);
    JZ_TRY(check_depth(c));
    JZ_TRY(blend(c));
    set_parameters(c);
    JZ_TRY(check(c, heif_context_encode_image(c->to, c->image, c->encoder, c->options, &c->made)));
    jz_task_alive(c->task);
    JZ_TRY(add_metadata(c));
    const struct heif_error e = heif_context_write(c->to, &writer, c);
    return c->fatal != JZ_OK ? c->fatal : check(c, e);
}

jz_status jz_encode_heif(jz_task *task, jz_err *err)
{
    coder c = { .task = task, .err = err, .avif = strcmp(task->in.format->name, "avif") == 0 };
    JZ_TRY(jz_job_whole(&task->in, &c.file, err));
    const jz_status st = code(&c);
    done(&c);
    jz_task_name_codec(task, c.avif ? "av1" : "hevc");
    task->info.frames = 1;
    return jz_job_end(&task->in, st, err);
}
