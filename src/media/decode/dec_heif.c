/* SPDX-License-Identifier: Apache-2.0 */
/* HEIC and AVIF through libheif, the only file that includes its headers. The primary picture, with
 * grids assembled and rotation, mirroring and cropping applied by the library; more than 8 bits are
 * brought down to 8. libde265 starts threads whatever it is told. */
#include "media/decode/job.h"

#include <math.h>
#include <string.h>

#include <libheif/heif.h>

typedef struct decoder {
    struct heif_context *context;
    struct heif_image_handle *handle;
    struct heif_decoding_options *options;
    struct heif_image *image;
} decoder;

static void done(decoder *d)
{
    heif_image_release(d->image);
    heif_decoding_options_free(d->options);
    heif_image_handle_release(d->handle);
    heif_context_free(d->context);
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
    { heif_error_Usage_error, -1, JZ_E_BUG },
};

static jz_status check(struct heif_error e, jz_err *err)
{
    if (e.code == heif_error_Ok)
        return JZ_OK;
    for (size_t i = 0; i < JZ_ARRAY_LEN(meanings); i++) {
        if (meanings[i].code == (int)e.code &&
            (meanings[i].subcode == -1 || meanings[i].subcode == (int)e.subcode))
            return JZ_FAIL(err, meanings[i].status, "HEIF: %s", e.message);
    }
    return JZ_FAIL(err, JZ_E_CORRUPT, "HEIF: %s", e.message);
}

static jz_status open_primary(decoder *d, jz_job *job, jz_bytes file, jz_err *err)
{
    d->context = heif_context_alloc();
    if (d->context == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "HEIF: out of memory");
    /* The library squares it. */
    const double side = ceil(sqrt((double)job->limits.max_pixels));
    heif_context_set_maximum_image_size_limit(d->context, (int)side);
    heif_context_set_max_decoding_threads(d->context, 0);
    JZ_TRY(check(heif_context_read_from_memory_without_copy(d->context, file.ptr, file.len, NULL),
                 err));
    JZ_TRY(check(heif_context_get_primary_image_handle(d->context, &d->handle), err));
    const int width = heif_image_handle_get_width(d->handle);
    const int height = heif_image_handle_get_height(d->handle);
    job->info.width = (uint32_t)(width > 0 ? width : 0);
    job->info.height = (uint32_t)(height > 0 ? height : 0);
    return jz_job_check_size(job, job->info.width, job->info.height, err);
}

static jz_status decode(decoder *d, jz_err *err)
{
    d->options = heif_decoding_options_alloc();
    if (d->options == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "HEIF: out of memory");
    d->options->convert_hdr_to_8bit = 1;
    return check(heif_decode_image(d->handle, &d->image, heif_colorspace_RGB,
                                   heif_chroma_interleaved_RGB, d->options),
                 err);
}

/* The size of the pixels may be another than the one the boxes announced. */
static jz_status emit(decoder *d, jz_job *job, jz_err *err)
{
    int stride = 0;
    const uint8_t *from =
        heif_image_get_plane_readonly(d->image, heif_channel_interleaved, &stride);
    const int width = heif_image_get_width(d->image, heif_channel_interleaved);
    const int height = heif_image_get_height(d->image, heif_channel_interleaved);
    if (from == NULL || width <= 0 || height <= 0 || stride < width * 3)
        return JZ_FAIL(err, JZ_E_CORRUPT, "HEIF: no picture");
    job->info.width = (uint32_t)width;
    job->info.height = (uint32_t)height;
    uint8_t *px = NULL;
    JZ_TRY(jz_job_frame(job, job->info.width, job->info.height, 3, &px, err));
    const size_t row = (size_t)width * 3;
    for (size_t y = 0; y < (size_t)height; y++)
        memcpy(px + y * row, from + y * (size_t)stride, row);
    return jz_job_emit(job, err);
}

/* Damage that the library decoded in spite of. */
static jz_status check_warnings(const decoder *d, jz_err *err)
{
    struct heif_error warning;
    if (heif_image_get_decoding_warnings(d->image, 0, &warning, 1) < 1)
        return JZ_OK;
    return check(warning, err);
}

static jz_status decode_primary(decoder *d, jz_job *job, jz_bytes file, jz_err *err)
{
    JZ_TRY(open_primary(d, job, file, err));
    JZ_TRY(decode(d, err));
    JZ_TRY(emit(d, job, err));
    return check_warnings(d, err);
}

/* The major brands of moving pictures (ISO/IEC 23008-12 10.3, AV1 Image File Format 7.): of these
 * libheif would only give the first. */
static bool is_sequence(jz_bytes file)
{
    static const char brands[][5] = { "avis", "hevc", "hevx", "msf1" };
    for (size_t i = 0; file.len >= 12 && i < JZ_ARRAY_LEN(brands); i++) {
        if (memcmp(file.ptr + 8, brands[i], 4) == 0)
            return true;
    }
    return false;
}

jz_status jz_decode_heif(jz_job *job, jz_err *err)
{
    jz_bytes file;
    JZ_TRY(jz_job_whole(job, &file, err));
    if (is_sequence(file))
        return jz_decode_av_video(job, err);
    decoder d = { 0 };
    const jz_status st = decode_primary(&d, job, file, err);
    done(&d);
    return jz_job_end(job, st, err);
}
