/* SPDX-License-Identifier: Apache-2.0 */
/* Overlays on FFmpeg's frames, in whatever colours and layout these are. */
#include "media/encode/enc_av.h"

#include "base/alloc.h"
#include "watermark/shape.h"

#include <libavutil/pixdesc.h>

#define HD_LINES 720 /* from here on, colours that the file does not name are BT.709's */
/* Signal values at which HDR's reference white lies (ITU-R BT.2408: 203 cd/m2): a mark as bright as
 * the signal allows would outshine the picture. */
#define PQ_WHITE 0.58
#define HLG_WHITE 0.75

static bool matrix_of(const AVFrame *frame, jz_colour *c)
{
    static const struct {
        enum AVColorSpace space;
        double kr, kb;
    } matrices[] = {
        { AVCOL_SPC_BT709, 0.2126, 0.0722 },     { AVCOL_SPC_FCC, 0.30, 0.11 },
        { AVCOL_SPC_BT470BG, 0.299, 0.114 },     { AVCOL_SPC_SMPTE170M, 0.299, 0.114 },
        { AVCOL_SPC_SMPTE240M, 0.212, 0.087 },   { AVCOL_SPC_BT2020_NCL, 0.2627, 0.0593 },
        { AVCOL_SPC_BT2020_CL, 0.2627, 0.0593 },
    };
    enum AVColorSpace space = frame->colorspace;
    if (space == AVCOL_SPC_UNSPECIFIED || space == AVCOL_SPC_RESERVED)
        space = frame->height >= HD_LINES ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    for (size_t i = 0; i < JZ_ARRAY_LEN(matrices); i++) {
        if (matrices[i].space != space)
            continue;
        c->kr = matrices[i].kr;
        c->kb = matrices[i].kb;
        return true;
    }
    return false;
}

static bool is_full_range(const AVFrame *frame)
{
    switch (frame->format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
        return true;
    default:
        return frame->color_range == AVCOL_RANGE_JPEG;
    }
}

static double white_of(const AVFrame *frame)
{
    if (frame->color_trc == AVCOL_TRC_SMPTE2084)
        return PQ_WHITE;
    return frame->color_trc == AVCOL_TRC_ARIB_STD_B67 ? HLG_WHITE : 1;
}

static bool is_blendable(const AVPixFmtDescriptor *d)
{
    const uint64_t odd = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_HWACCEL |
                         AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;
    if ((d->flags & odd) != 0)
        return false;
    for (int i = 0; i < d->nb_components; i++) {
        const AVComponentDescriptor *k = &d->comp[i];
        if (k->depth != d->comp[0].depth || k->depth > 16 || (k->depth <= 8 && k->shift != 0) ||
            k->depth < 8)
            return false;
    }
    return true;
}

static jz_status colour_of(const AVFrame *frame, jz_colour *out, jz_err *err)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(frame->format);
    if (d == NULL || !is_blendable(d))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no mark can be laid over pixels of the format %s",
                       d != NULL ? d->name : "unknown");
    const bool rgb = (d->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    *out = (jz_colour){ .model = rgb                     ? JZ_COLOUR_RGB
                                 : d->nb_components >= 3 ? JZ_COLOUR_YCC
                                                         : JZ_COLOUR_GREY,
                        .depth = (unsigned)d->comp[0].depth,
                        .limited = !rgb && !is_full_range(frame),
                        .white = white_of(frame),
                        .kr = JZ_KR_601,
                        .kb = JZ_KB_601 };
    /* Grey pictures are of the full range, whatever they say (FFmpeg's gray8). */
    if (out->model == JZ_COLOUR_GREY)
        out->limited = frame->color_range == AVCOL_RANGE_MPEG;
    if (out->model == JZ_COLOUR_YCC && !matrix_of(frame, out))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no mark can be laid over colours of the matrix %s",
                       av_color_space_name(frame->colorspace));
    return JZ_OK;
}

jz_status jz_av_marks_make(jz_task *task, const AVFrame *frame, jz_av_marks *out, jz_err *err)
{
    jz_colour colour;
    const uint32_t width = (uint32_t)frame->width;
    const uint32_t height = (uint32_t)frame->height;
    JZ_TRY(jz_task_check_overlays(task, width, height, err));
    JZ_TRY(colour_of(frame, &colour, err));
    for (; out->n < task->request->overlays; out->n++)
        JZ_TRY(
            jz_mark_make(&task->overlay[out->n], &colour, width, height, &out->mark[out->n], err));
    if (task->overlay[0].delta != NULL) {
        out->pattern = task->delta.v;
        out->mark[0].delta = &out->delta;
    }
    return JZ_OK;
}

void jz_av_marks_done(jz_av_marks *m)
{
    for (size_t i = 0; i < m->n; i++)
        jz_mark_done(&m->mark[i]);
    jz_wm_field_done(&m->field);
    *m = (jz_av_marks){ 0 };
}

static jz_samples samples_of(const AVFrame *frame, const AVPixFmtDescriptor *d, int component)
{
    const AVComponentDescriptor *k = &d->comp[component];
    const bool chroma = (d->flags & AV_PIX_FMT_FLAG_RGB) == 0 && d->nb_components >= 3 &&
                        (component == 1 || component == 2);
    const uint32_t fy = chroma ? 1u << d->log2_chroma_h : 1;
    return (jz_samples){ .px = frame->data[k->plane] + k->offset,
                         .stride = frame->linesize[k->plane],
                         .step = (size_t)k->step,
                         .rows = ((uint32_t)frame->height + fy - 1) / fy,
                         .fx = chroma ? 1u << d->log2_chroma_w : 1,
                         .fy = fy,
                         .shift = (unsigned)k->shift,
                         .wide = k->depth > 8,
                         .big_endian = (d->flags & AV_PIX_FMT_FLAG_BE) != 0 };
}

/* The brightness of a frame, whatever its format: luma, or green. */
static void brightness_of(const AVFrame *frame, uint8_t *px, jz_plane *out)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(frame->format);
    const bool rgb = (d->flags & AV_PIX_FMT_FLAG_RGB) != 0;
    const jz_samples s = samples_of(frame, d, rgb ? 1 : 0);
    const int depth = d->comp[0].depth;
    const uint32_t width = (uint32_t)frame->width, height = (uint32_t)frame->height;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            px[(size_t)y * width + x] = (uint8_t)(jz_sample_get(&s, x, y) >> (depth - 8));
    *out = (jz_plane){ px, width, height, width, 1 };
}

jz_status jz_av_marks_fit(jz_av_marks *m, const AVFrame *frame, jz_err *err)
{
    jz_plane plane;
    if (m->pattern == NULL)
        return JZ_OK;
    jz_auto(uint8_t) *px = jz_alloc((size_t)frame->width * (size_t)frame->height);
    if (px == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %d x %d pixels", frame->width,
                       frame->height);
    brightness_of(frame, px, &plane);
    jz_wm_field_done(&m->field);
    JZ_TRY(jz_wm_frame_change(&plane, m->pattern, &m->field, err));
    m->delta = (jz_delta){ m->field.v, m->field.width, m->field.height, m->field.stride,
                           jz_wm_unit(plane.width, plane.height) };
    return JZ_OK;
}

void jz_av_marks_blend(const jz_av_marks *m, AVFrame *frame)
{
    const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(frame->format);
    const bool has_alpha = (d->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    const int colours = d->nb_components - (has_alpha ? 1 : 0);
    const jz_samples alpha = samples_of(frame, d, d->nb_components - 1);
    for (size_t i = 0; i < m->n; i++) {
        for (int k = 0; k < colours; k++) {
            const jz_samples s = samples_of(frame, d, k);
            /* Halved chroma has no alpha sample of its own: it is laid as over an opaque picture.
             */
            const bool own = has_alpha && s.fx == 1 && s.fy == 1;
            jz_mark_blend(&m->mark[i], (unsigned)k, &s, own ? &alpha : NULL);
        }
        if (has_alpha)
            jz_mark_blend(&m->mark[i], JZ_COMPONENT_ALPHA, &alpha, NULL);
    }
}
