/* SPDX-License-Identifier: Apache-2.0 */
/* WebP through libwebp, the only file that includes its headers. Of stills the alpha plane is not
 * even decoded; animations are composed on their canvas as the format says, and then lose it. */
#include "media/decode/job.h"

#include "base/alloc.h"
#include "base/rd.h"
#include "media/exif.h"

#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#define RIFF_HEADER_BYTES 12
#define UNTIMED_FPS 10.0 /* an animation whose frames all last 0 ms; browsers show them for 100 */

static jz_status fail(VP8StatusCode code, jz_err *err)
{
    static const struct {
        const char *text;
        jz_status status;
    } meanings[] = {
        [VP8_STATUS_OK] = { "no picture", JZ_E_CORRUPT },
        [VP8_STATUS_OUT_OF_MEMORY] = { "out of memory", JZ_E_NOMEM },
        [VP8_STATUS_INVALID_PARAM] = { "invalid parameter", JZ_E_BUG },
        [VP8_STATUS_BITSTREAM_ERROR] = { "damaged bit stream", JZ_E_CORRUPT },
        [VP8_STATUS_UNSUPPORTED_FEATURE] = { "unsupported feature", JZ_E_UNSUPPORTED },
        [VP8_STATUS_SUSPENDED] = { "ends inside the picture", JZ_E_TRUNCATED },
        [VP8_STATUS_USER_ABORT] = { "aborted", JZ_E_BUG },
        [VP8_STATUS_NOT_ENOUGH_DATA] = { "ends inside the picture", JZ_E_TRUNCATED },
    };
    return JZ_FAIL(err, meanings[code].status, "WebP: %s", meanings[code].text);
}

/* The next chunk (WebP container specification, "RIFF file format"); padded to an even size. */
static bool next_chunk(jz_rd *rd, jz_bytes *type, jz_bytes *body)
{
    uint32_t size;
    if (jz_rd_take(rd, 4, type, NULL) != JZ_OK || jz_rd_u32le(rd, &size, NULL) != JZ_OK ||
        jz_rd_take(rd, size, body, NULL) != JZ_OK)
        return false;
    if ((size & 1) != 0 && jz_rd_left(rd) > 0)
        rd->at++;
    return true;
}

static uint32_t orientation(jz_bytes file)
{
    jz_rd rd = jz_rd_of(file, "WebP");
    jz_bytes type;
    jz_bytes body;
    if (jz_rd_skip(&rd, RIFF_HEADER_BYTES, NULL) != JZ_OK)
        return 1;
    while (next_chunk(&rd, &type, &body)) {
        if (memcmp(type.ptr, "EXIF", 4) == 0)
            return jz_exif_orientation(body);
    }
    return 1;
}

/* The incremental decoder gives the same pixels as the simple one, and the rows that a truncated
 * file has. */
static jz_status read_still(jz_job *job, jz_bytes file, WebPDecoderConfig *config, uint8_t *px,
                            jz_err *err)
{
    const jz_plane *p = &job->frame.plane;
    config->output.colorspace = MODE_RGB;
    config->output.is_external_memory = 1;
    config->output.u.RGBA =
        (WebPRGBABuffer){ .rgba = px, .stride = (int)p->stride, .size = p->stride * p->height };
    WebPIDecoder *dec = WebPIDecode(NULL, 0, config);
    if (dec == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "WebP: out of memory");
    memset(px, 0, p->stride * p->height);
    const VP8StatusCode code = WebPIUpdate(dec, file.ptr, file.len);
    int rows = 0;
    (void)WebPIDecGetRGB(dec, &rows, NULL, NULL, NULL); /* only their number is asked for */
    WebPIDelete(dec);
    if (rows > 0)
        JZ_TRY(jz_job_emit_only(job, err));
    return code == VP8_STATUS_OK ? JZ_OK : fail(code, err);
}

static jz_status decode_still(jz_job *job, jz_bytes file, WebPDecoderConfig *config, jz_err *err)
{
    uint8_t *px = NULL;
    JZ_TRY(jz_job_frame(job, job->info.width, job->info.height, 3, &px, err));
    const jz_status st = read_still(job, file, config, px, err);
    WebPFreeDecBuffer(&config->output);
    return st;
}

/* libwebp reads only whole animations. Of a truncated one, whole holds what ends with its last
 * whole chunk, under a RIFF header that says so; *copy is what the caller frees. */
static jz_status whole_chunks(jz_bytes file, jz_bytes *whole, uint8_t **copy, jz_err *err)
{
    jz_rd rd = jz_rd_of(file, "WebP");
    jz_bytes type;
    jz_bytes body = { file.ptr + RIFF_HEADER_BYTES, 0 };
    uint32_t riff_size;
    JZ_TRY(jz_rd_skip(&rd, 4, err));
    JZ_TRY(jz_rd_u32le(&rd, &riff_size, err));
    JZ_TRY(jz_rd_skip(&rd, 4, err));
    *whole = file;
    if (riff_size <= file.len - 8)
        return JZ_OK;
    while (next_chunk(&rd, &type, &body))
        continue;
    /* body is now the last one that fits. */
    const size_t end = (size_t)(body.ptr - file.ptr) + body.len + (body.len & 1);
    if (end > file.len)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "WebP: ends inside the picture");
    *copy = jz_alloc(end);
    if (*copy == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "WebP: out of memory");
    memcpy(*copy, file.ptr, end);
    for (unsigned i = 0; i < 4; i++)
        (*copy)[4 + i] = (uint8_t)((end - 8) >> (8 * i));
    *whole = (jz_bytes){ *copy, end };
    return JZ_OK;
}

static uint64_t total_ms(const WebPDemuxer *demux)
{
    uint64_t sum = 0;
    WebPIterator frame;
    if (WebPDemuxGetFrame(demux, 1, &frame) != 0) {
        do {
            sum += (uint64_t)(frame.duration > 0 ? frame.duration : 0);
        } while (WebPDemuxNextFrame(&frame) != 0);
        WebPDemuxReleaseIterator(&frame);
    }
    return sum;
}

static jz_status read_timing(jz_job *job, WebPAnimDecoder *anim, jz_err *err)
{
    const WebPDemuxer *demux = WebPAnimDecoderGetDemuxer(anim);
    const uint32_t frames = WebPDemuxGetI(demux, WEBP_FF_FRAME_COUNT);
    const uint64_t ms = total_ms(demux);
    job->info.animated = frames > 1;
    job->info.duration_s = (double)ms / 1000;
    job->info.fps = ms > 0 ? (double)frames / job->info.duration_s : UNTIMED_FPS;
    if (ms / 1000 > job->limits.max_duration_s)
        return JZ_FAIL(err, JZ_E_LIMIT, "an animation of %.0f s, limit %u", job->info.duration_s,
                       job->limits.max_duration_s);
    return JZ_OK;
}

static jz_status emit_canvas(jz_job *job, const uint8_t *rgba, jz_err *err)
{
    uint8_t *px = NULL;
    JZ_TRY(jz_job_frame(job, job->info.width, job->info.height, 3, &px, err));
    const size_t pixels = (size_t)job->info.width * job->info.height;
    for (size_t i = 0; i < pixels; i++)
        memcpy(px + i * 3, rgba + i * 4, 3);
    return jz_job_emit(job, err);
}

static jz_status read_frames(jz_job *job, WebPAnimDecoder *anim, jz_err *err)
{
    JZ_TRY(read_timing(job, anim, err));
    while (WebPAnimDecoderHasMoreFrames(anim) != 0) {
        uint8_t *canvas = NULL;
        int at_ms = 0;
        if (WebPAnimDecoderGetNext(anim, &canvas, &at_ms) == 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "WebP: damaged frame %u", (unsigned)job->info.frames);
        JZ_TRY(jz_job_wants_frame(job) ? emit_canvas(job, canvas, err) : jz_job_skip(job, err));
    }
    return JZ_OK;
}

static jz_status decode_whole(jz_job *job, jz_bytes whole, jz_err *err)
{
    const uint64_t canvases = (uint64_t)job->info.width * job->info.height * 4 * 2;
    if (canvases > job->limits.max_memory_bytes)
        return JZ_FAIL(err, JZ_E_LIMIT, "an animation of %u x %u pixels needs %.0f MB",
                       job->info.width, job->info.height, (double)canvases / 1e6);
    WebPAnimDecoderOptions options;
    if (WebPAnimDecoderOptionsInit(&options) == 0)
        return JZ_FAIL(err, JZ_E_BUG, "libwebp is older than its headers");
    options.color_mode = MODE_RGBA;
    const WebPData data = { whole.ptr, whole.len };
    WebPAnimDecoder *anim = WebPAnimDecoderNew(&data, &options);
    if (anim == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "WebP: damaged animation");
    const jz_status st = read_frames(job, anim, err);
    WebPAnimDecoderDelete(anim);
    return st;
}

static jz_status decode_animation(jz_job *job, jz_bytes file, jz_err *err)
{
    jz_auto(uint8_t) *copy = NULL;
    jz_bytes whole;
    JZ_TRY(whole_chunks(file, &whole, &copy, err));
    return decode_whole(job, whole, err);
}

jz_status jz_decode_webp(jz_job *job, jz_err *err)
{
    jz_bytes file;
    WebPDecoderConfig config;
    JZ_TRY(jz_job_whole(job, &file, err));
    if (WebPInitDecoderConfig(&config) == 0)
        return JZ_FAIL(err, JZ_E_BUG, "libwebp is older than its headers");
    const VP8StatusCode code = WebPGetFeatures(file.ptr, file.len, &config.input);
    if (code != VP8_STATUS_OK)
        return fail(code, err);
    job->info.width = (uint32_t)config.input.width;
    job->info.height = (uint32_t)config.input.height;
    JZ_TRY(jz_job_check_size(job, job->info.width, job->info.height, err));
    job->info.orientation = orientation(file);
    const jz_status st = config.input.has_animation != 0 ? decode_animation(job, file, err)
                                                         : decode_still(job, file, &config, err);
    return jz_job_end(job, st, err);
}
