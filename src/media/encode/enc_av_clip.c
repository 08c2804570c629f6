/* SPDX-License-Identifier: Apache-2.0 */
/* Raw frames to H.264 in MP4. There is no container to take anything from: an empty one, with one
 * stream, says what the frames are. */
#include "media/encode/enc_av.h"

#include <stdio.h>

typedef struct coder {
    jz_task *task;
    jz_err *err;
    jz_av_input in; /* empty */
    jz_av_output out;
    AVStream *from, *to;
    AVCodecContext *encoder;
    AVFrame *frame;
    AVPacket *packet;
} coder;

static jz_status nomem(const coder *c)
{
    return JZ_FAIL(c->err, JZ_E_NOMEM, "out of memory");
}

static uint64_t frame_bytes(const coder *c)
{
    const jz_encode_request *r = c->task->request;
    return (uint64_t)r->clip.width * r->clip.height / 2 * 3;
}

static jz_status describe(coder *c)
{
    const jz_encode_request *r = c->task->request;
    c->in.format = avformat_alloc_context();
    c->from = c->in.format != NULL ? avformat_new_stream(c->in.format, NULL) : NULL;
    c->packet = av_packet_alloc();
    c->frame = av_frame_alloc();
    if (c->from == NULL || c->packet == NULL || c->frame == NULL)
        return nomem(c);
    c->from->time_base = (AVRational){ 1, (int)r->clip.fps };
    c->from->avg_frame_rate = (AVRational){ (int)r->clip.fps, 1 };
    c->from->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
    c->from->codecpar->codec_id = AV_CODEC_ID_H264;
    c->frame->width = (int)r->clip.width;
    c->frame->height = (int)r->clip.height;
    c->frame->format = AV_PIX_FMT_YUV420P;
    c->frame->color_range = AVCOL_RANGE_MPEG;
    c->frame->colorspace = AVCOL_SPC_SMPTE170M;
    return av_frame_get_buffer(c->frame, 0) < 0 ? nomem(c) : JZ_OK;
}

/* One thread, so that the same frames give the same file. */
static jz_status open_output(coder *c)
{
    char options[64];
    const jz_av_codec codec = { AV_CODEC_ID_H264, "libx264", options, 0, false };
    (void)snprintf(options, sizeof options, "preset=fast:bf=3:crf=%u", c->task->request->clip.crf);
    JZ_TRY(jz_av_output_open(&c->out, c->err));
    JZ_TRY(jz_av_codec_open(&c->out, &codec, c->from, c->frame, c->from->avg_frame_rate,
                            &c->encoder, c->err));
    if (avcodec_parameters_from_context(c->from->codecpar, c->encoder) < 0)
        return nomem(c);
    JZ_TRY(jz_av_output_stream(&c->out, c->from, NULL, &c->to, c->err));
    jz_task_name_codec(c->task, "h264");
    return jz_av_output_begin(&c->out, c->err);
}

static jz_status read_frame(coder *c, uint64_t at)
{
    for (int plane = 0; plane < 3; plane++) {
        const size_t width = (size_t)c->frame->width >> (plane > 0);
        for (int y = 0; y < c->frame->height >> (plane > 0); y++, at += width) {
            size_t got = 0;
            JZ_TRY(jz_job_read(&c->task->in, at,
                               c->frame->data[plane] + (ptrdiff_t)y * c->frame->linesize[plane],
                               width, &got, c->err));
            if (got != width)
                return JZ_FAIL(c->err, JZ_E_CHANGED, "the frames became fewer");
        }
    }
    return JZ_OK;
}

static jz_status code(coder *c)
{
    JZ_TRY(describe(c));
    JZ_TRY(open_output(c));
    const uint64_t size = frame_bytes(c), frames = c->task->in.file_size / size;
    for (uint64_t i = 0; i <= frames; i++) { /* the last one: no more */
        if (i < frames && av_frame_make_writable(c->frame) < 0)
            return nomem(c);
        if (i < frames)
            JZ_TRY(read_frame(c, i * size));
        c->frame->pts = (int64_t)i;
        const int rc = avcodec_send_frame(c->encoder, i < frames ? c->frame : NULL);
        if (rc < 0)
            return jz_av_output_fail(&c->out, rc, c->err);
        JZ_TRY(jz_av_output_drain(&c->out, c->encoder, c->packet, c->to, c->err));
    }
    c->task->info.frames = frames;
    return jz_av_output_end(&c->out, c->err);
}

jz_status jz_encode_av_clip(jz_task *task, jz_err *err)
{
    coder c = { .task = task, .err = err };
    c.in.job = &task->in;
    c.out = (jz_av_output){ .task = task, .in = &c.in };
    jz_av_listen(&c.in.note);
    const jz_status st = code(&c);
    avcodec_free_context(&c.encoder);
    av_frame_free(&c.frame);
    av_packet_free(&c.packet);
    jz_av_output_done(&c.out);
    avformat_free_context(c.in.format);
    jz_av_listen(NULL);
    return st;
}
