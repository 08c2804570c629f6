/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/enc_av.h"

#include <string.h>

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

#define GOP_FRAMES 250

/* Each codec is coded with itself where there is an encoder for it, at a quality at which the
 * second generation is hard to tell from the first. No encoder reorders frames: what comes out is
 * in the order of what went in. No hidden frames as packets of their own (VP8). */
static const jz_av_codec codecs[] = {
    { AV_CODEC_ID_H264, "libx264", "preset=medium:crf=18", 0, true },
    { AV_CODEC_ID_HEVC, "libx265", "preset=fast:crf=20:x265-params=log-level=none", 0, true },
    { AV_CODEC_ID_VP8, "libvpx",
      "deadline=good:cpu-used=2:crf=6:qmin=2:qmax=24:auto-alt-ref=0:lag-in-frames=0", 0, true },
    { AV_CODEC_ID_VP9, "libvpx-vp9",
      "deadline=good:cpu-used=4:crf=22:row-mt=1:auto-alt-ref=0:lag-in-frames=0", 0, true },
    { AV_CODEC_ID_AV1, "libaom-av1", "cpu-used=6:crf=20:row-mt=1:lag-in-frames=0", 0, true },
    { AV_CODEC_ID_MPEG1VIDEO, "mpeg1video", "", 2, false },
    { AV_CODEC_ID_MPEG2VIDEO, "mpeg2video", "", 2, false },
    { AV_CODEC_ID_MPEG4, "mpeg4", "", 2, false },
    { AV_CODEC_ID_MSMPEG4V2, "msmpeg4v2", "", 2, false },
    { AV_CODEC_ID_MSMPEG4V3, "msmpeg4", "", 2, false },
    { AV_CODEC_ID_H263, "h263", "", 2, false },
    { AV_CODEC_ID_FLV1, "flv", "", 2, false },
    { AV_CODEC_ID_VP6, "libx264", "preset=medium:crf=18", 0, true },
    { AV_CODEC_ID_VP6F, "libx264", "preset=medium:crf=18", 0, true },
    { AV_CODEC_ID_WMV1, "wmv1", "", 2, false },
    { AV_CODEC_ID_WMV2, "wmv2", "", 2, false },
    { AV_CODEC_ID_WMV3, "wmv2", "", 2, false },
    { AV_CODEC_ID_VC1, "wmv2", "", 2, false },
    { AV_CODEC_ID_MJPEG, "mjpeg", "huffman=optimal", 2, false },
    { AV_CODEC_ID_PRORES, "prores_ks", "", 0, false },
    { AV_CODEC_ID_DVVIDEO, "dvvideo", "", 0, false },
    { AV_CODEC_ID_THEORA, "libtheora", "", 10, false },
    { AV_CODEC_ID_RAWVIDEO, "rawvideo", "", 0, false },
};

const jz_av_codec *jz_av_codec_find(enum AVCodecID id)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(codecs); i++) {
        if (codecs[i].id == id)
            return &codecs[i];
    }
    return NULL;
}

static bool takes(const AVCodec *codec, int format)
{
    for (const enum AVPixelFormat *f = codec->pix_fmts; f != NULL && *f != AV_PIX_FMT_NONE; f++) {
        if (*f == format)
            return true;
    }
    return codec->pix_fmts == NULL;
}

static void set_picture(AVCodecContext *ctx, const AVStream *s, const AVFrame *frame)
{
    const AVCodecParameters *par = s->codecpar;
    ctx->width = frame->width;
    ctx->height = frame->height;
    ctx->pix_fmt = frame->format;
    ctx->sample_aspect_ratio = frame->sample_aspect_ratio;
    if (ctx->sample_aspect_ratio.num == 0)
        ctx->sample_aspect_ratio = par->sample_aspect_ratio;
    ctx->color_range = frame->color_range;
    ctx->color_primaries = frame->color_primaries;
    ctx->color_trc = frame->color_trc;
    ctx->colorspace = frame->colorspace;
    ctx->chroma_sample_location = frame->chroma_location;
    if (frame->interlaced_frame) {
        ctx->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
        ctx->field_order = frame->top_field_first ? AV_FIELD_TT : AV_FIELD_BB;
    }
}

static jz_status set_quality(const jz_av_output *out, const jz_av_codec *codec, const AVStream *s,
                             AVCodecContext *ctx, AVDictionary **options, jz_err *err)
{
    ctx->gop_size = GOP_FRAMES;
    ctx->max_b_frames = 0;
    ctx->thread_count = codec->threads ? (int)out->task->request->threads : 1;
    if (codec->qscale > 0) {
        ctx->flags |= AV_CODEC_FLAG_QSCALE;
        ctx->global_quality = codec->qscale * FF_QP2LAMBDA;
    }
    if (s->codecpar->codec_id == AV_CODEC_ID_VP8) /* a ceiling is asked for with a quality */
        ctx->bit_rate = (int64_t)ctx->width * ctx->height * 40;
    if (s->codecpar->codec_id == AV_CODEC_ID_PRORES)
        (void)av_dict_set_int(options, "profile", s->codecpar->profile, 0);
    if (av_dict_parse_string(options, codec->options, "=", ":", 0) < 0)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    return JZ_OK;
}

static jz_status configure(jz_av_output *out, const jz_av_codec *codec, const AVStream *s,
                           const AVFrame *frame, AVCodecContext *ctx, jz_err *err)
{
    AVDictionary *options = NULL;
    set_picture(ctx, s, frame);
    if ((out->format->oformat->flags & AVFMT_GLOBALHEADER) != 0)
        ctx->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    jz_status st = set_quality(out, codec, s, ctx, &options, err);
    if (st == JZ_OK) {
        const int rc = avcodec_open2(ctx, ctx->codec, &options);
        if (rc < 0)
            st = jz_av_output_fail(out, rc, err);
    }
    av_dict_free(&options);
    return st;
}

jz_status jz_av_codec_open(jz_av_output *out, const jz_av_codec *codec, const AVStream *s,
                           const AVFrame *frame, AVRational rate, AVCodecContext **ctx, jz_err *err)
{
    const AVCodec *encoder = avcodec_find_encoder_by_name(codec->encoder);
    if (encoder == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "this libavcodec has no encoder %s", codec->encoder);
    if (!takes(encoder, frame->format))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s does not take pixels of the format %s",
                       codec->encoder, av_get_pix_fmt_name(frame->format));
    AVCodecContext *made = avcodec_alloc_context3(encoder);
    if (made == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    made->framerate = rate;
    made->time_base = av_inv_q(rate);
    const jz_status st = configure(out, codec, s, frame, made, err);
    if (st == JZ_OK)
        *ctx = made;
    else
        avcodec_free_context(&made);
    return st;
}
