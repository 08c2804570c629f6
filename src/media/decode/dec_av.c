/* SPDX-License-Identifier: Apache-2.0 */
#include "media/decode/dec_av.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#define STAGING_ALIGN 64 /* bytes: the widest vector */
#define DIRECT_PIXELS                                                                              \
    16 /* a width that is a multiple of it leaves no rest to swscale's kernels                     \
        */

/* libav's log is one callback for the process; this is how it finds the file being decoded. */
static _Thread_local jz_av_note *listener;

static void read_line(jz_av_note *note)
{
    static const char *const early_ends[] = {
        "partial file",    "ended prematurely",          "moov atom not found",
        "not enough data", "Unexpected end of",          "greater than image size",
        "End of file",     "Declared file size is less",
    };
    note->line[strcspn(note->line, "\r\n")] = '\0';
    note->errors++;
    for (size_t i = 0; i < JZ_ARRAY_LEN(early_ends); i++)
        note->truncated |= strstr(note->line, early_ends[i]) != NULL;
    unsigned w;
    unsigned h;
    /* NOLINTNEXTLINE(cert-err34-c): FFmpeg's own message; a wrong number makes a wrong message */
    if (sscanf(note->line, "Picture size %ux%u", &w, &h) == 2) {
        note->width = w;
        note->height = h;
    }
}

static void on_log(void *object, int level, const char *fmt, va_list ap) JZ_PRINTF(3, 0);

static void on_log(void *object, int level, const char *fmt, va_list ap)
{
    (void)object;
    if (listener == NULL || level > AV_LOG_ERROR)
        return;
    (void)vsnprintf(listener->line, sizeof listener->line, fmt, ap); /* long lines may be cut */
    read_line(listener);
}

void jz_av_listen(jz_av_note *note)
{
    listener = note;
    av_log_set_callback(on_log);
}

static jz_status meaning(int rc)
{
    switch (rc) {
    case AVERROR(ENOMEM):
        return JZ_E_NOMEM;
    case AVERROR_PATCHWELCOME:
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR(ENOSYS):
        return JZ_E_UNSUPPORTED;
    case AVERROR_EOF:
        return JZ_E_TRUNCATED;
    default:
        return JZ_E_CORRUPT;
    }
}

jz_status jz_av_fail(const jz_job *job, const jz_av_note *note, int rc, jz_err *err)
{
    if (note->width != 0)
        JZ_TRY(jz_job_check_size(job, note->width, note->height, err));
    jz_status st = meaning(rc);
    if (st == JZ_E_CORRUPT && note->truncated)
        st = JZ_E_TRUNCATED;
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    (void)av_strerror(rc, text, sizeof text); /* an unknown code has a text too */
    return JZ_FAIL(err, st, "%s: %s", job->format->name, note->line[0] != '\0' ? note->line : text);
}

jz_status jz_av_open(const jz_job *job, const jz_av_note *note, const char *name,
                     const AVCodecParameters *par, AVCodecContext **out, jz_err *err)
{
    const AVCodec *codec = avcodec_find_decoder_by_name(name);
    if (codec == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "this libavcodec has no decoder %s", name);
    AVCodecContext *ctx = avcodec_alloc_context3(codec);
    int rc = ctx == NULL ? AVERROR(ENOMEM) : 0;
    if (rc >= 0 && par != NULL)
        rc = avcodec_parameters_to_context(ctx, par);
    if (rc >= 0) {
        ctx->thread_count = 1;
        ctx->max_pixels = (int64_t)job->limits.max_pixels;
        ctx->skip_alpha = 1;
        if (job->opts.quantiser)
            ctx->export_side_data |= AV_CODEC_EXPORT_DATA_VIDEO_ENC_PARAMS;
        rc = avcodec_open2(ctx, codec, NULL);
    }
    if (rc < 0) {
        avcodec_free_context(&ctx);
        return jz_av_fail(job, note, rc, err);
    }
    *out = ctx;
    return JZ_OK;
}

void jz_av_scaler_done(jz_av_scaler *s)
{
    sws_freeContext(s->sws);
    s->sws = NULL;
    av_frame_free(&s->staging);
}

/* A picture whose components are read as they are: RGB in any order and depth, or grey. */
typedef struct layout {
    const AVFrame *frame;
    const AVPixFmtDescriptor *desc;
    uint32_t channels; /* of the result */
    bool inverted;     /* 0 is white */
    uint16_t *line;    /* one component of one row */
} layout;

static bool is_readable(const AVPixFmtDescriptor *desc)
{
    const uint64_t odd = AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER;
    const bool grey = desc->nb_components <= 2;
    return (desc->flags & odd) == 0 && (grey || (desc->flags & AV_PIX_FMT_FLAG_RGB) != 0);
}

/* Eight bits of a component of another depth. */
static uint8_t to8(unsigned v, int depth)
{
    if (depth >= 8)
        return (uint8_t)(v >> (depth - 8));
    return (uint8_t)(v * 255 / ((1U << depth) - 1));
}

static void read_bytes(const layout *l, uint32_t c, size_t y, uint8_t *row)
{
    const AVComponentDescriptor *comp = &l->desc->comp[c];
    const ptrdiff_t stride = l->frame->linesize[comp->plane];
    const uint8_t *from = l->frame->data[comp->plane] + (ptrdiff_t)y * stride + comp->offset;
    for (int x = 0; x < l->frame->width; x++)
        row[(size_t)x * l->channels + c] = from[(size_t)x * (size_t)comp->step];
}

static void read_words(const layout *l, uint32_t c, size_t y, uint8_t *row)
{
    const int depth = l->desc->comp[c].depth;
    const uint8_t *data[4];
    memcpy(data, l->frame->data, sizeof data);
    av_read_image_line2(l->line, data, l->frame->linesize, l->desc, 0, (int)y, (int)c,
                        l->frame->width, 0, sizeof *l->line);
    for (int x = 0; x < l->frame->width; x++) {
        const uint8_t v = to8(l->line[x], depth);
        row[(size_t)x * l->channels + c] = l->inverted ? (uint8_t)~v : v;
    }
}

/* A palette is 256 words of 0xAARRGGBB in the machine's byte order. */
static void read_palette(const layout *l, size_t y, uint8_t *row)
{
    const uint8_t *from = l->frame->data[0] + (ptrdiff_t)y * l->frame->linesize[0];
    for (int x = 0; x < l->frame->width; x++, row += 3) {
        uint32_t argb;
        memcpy(&argb, l->frame->data[1] + (size_t)from[x] * 4, sizeof argb);
        row[0] = (uint8_t)(argb >> 16);
        row[1] = (uint8_t)(argb >> 8);
        row[2] = (uint8_t)argb;
    }
}

static void read_row(const layout *l, size_t y, uint8_t *row)
{
    if ((l->desc->flags & AV_PIX_FMT_FLAG_PAL) != 0) {
        read_palette(l, y, row);
        return;
    }
    for (uint32_t c = 0; c < l->channels; c++) {
        const AVComponentDescriptor *comp = &l->desc->comp[c];
        const bool bytes = comp->depth == 8 && comp->shift == 0 &&
                           (l->desc->flags & AV_PIX_FMT_FLAG_BITSTREAM) == 0;
        if (bytes)
            read_bytes(l, c, y, row);
        else
            read_words(l, c, y, row);
    }
}

static jz_status unpack(jz_job *job, const AVFrame *frame, const AVPixFmtDescriptor *desc,
                        jz_err *err)
{
    const bool palette = (desc->flags & AV_PIX_FMT_FLAG_PAL) != 0;
    const bool rgb = (desc->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    layout l = { .frame = frame,
                 .desc = desc,
                 .channels = palette || rgb ? 3 : 1,
                 .inverted = frame->format == AV_PIX_FMT_MONOWHITE };
    uint8_t *px = NULL;
    JZ_TRY(
        jz_job_frame(job, (uint32_t)frame->width, (uint32_t)frame->height, l.channels, &px, err));
    l.line = jz_alloc((size_t)frame->width * sizeof *l.line);
    if (l.line == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a row");
    for (size_t y = 0; y < (size_t)frame->height; y++)
        read_row(&l, y, px + y * job->frame.plane.stride);
    jz_free(l.line);
    return JZ_OK;
}

static int stage(jz_av_scaler *s, const AVFrame *frame)
{
    const bool fits = s->staging != NULL && s->staging->width == frame->width &&
                      s->staging->height == frame->height;
    if (fits)
        return 0;
    av_frame_free(&s->staging);
    s->staging = av_frame_alloc();
    if (s->staging == NULL)
        return AVERROR(ENOMEM);
    s->staging->width = frame->width;
    s->staging->height = frame->height;
    s->staging->format = AV_PIX_FMT_RGB24;
    return av_frame_get_buffer(s->staging, STAGING_ALIGN);
}

/* swscale's vector kernels work on blocks of pixels: rows without room at their end go through a
 * frame that has some. */
static jz_status convert(jz_job *job, jz_av_scaler *s, const AVFrame *frame, jz_err *err)
{
    const int w = frame->width;
    const int h = frame->height;
    uint8_t *px = NULL;
    JZ_TRY(jz_job_frame(job, (uint32_t)w, (uint32_t)h, 3, &px, err));
    s->sws = sws_getCachedContext(s->sws, w, h, frame->format, w, h, AV_PIX_FMT_RGB24, s->flags,
                                  NULL, NULL, NULL);
    if (s->sws == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: %d x %d pixels of format %s", job->format->name,
                       w, h, av_get_pix_fmt_name(frame->format));
    const size_t row = job->frame.plane.stride;
    uint8_t *const direct[4] = { px };
    const int direct_stride[4] = { (int)row };
    const uint8_t *const *from = (const uint8_t *const *)frame->data;
    if (w % DIRECT_PIXELS == 0) {
        (void)sws_scale(s->sws, from, frame->linesize, 0, h, direct, direct_stride); /* all rows */
        return JZ_OK;
    }
    if (stage(s, frame) < 0)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a frame of %d x %d pixels", w, h);
    (void)sws_scale(s->sws, from, frame->linesize, 0, h, s->staging->data, s->staging->linesize);
    av_image_copy_plane(px, (int)row, s->staging->data[0], s->staging->linesize[0], (int)row, h);
    return JZ_OK;
}

jz_status jz_av_emit(jz_job *job, jz_av_scaler *s, const AVFrame *frame, jz_err *err)
{
    if (!jz_job_wants_frame(job))
        return jz_job_skip(job, err);
    const AVPixFmtDescriptor *desc = av_pix_fmt_desc_get(frame->format);
    if (desc == NULL || frame->width <= 0 || frame->height <= 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a frame of %d x %d pixels", job->format->name,
                       frame->width, frame->height);
    JZ_TRY(is_readable(desc) ? unpack(job, frame, desc, err) : convert(job, s, frame, err));
    return jz_job_emit(job, err);
}
