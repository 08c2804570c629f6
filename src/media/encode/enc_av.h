/* SPDX-License-Identifier: Apache-2.0 */
/* What the encoders on FFmpeg's libraries share: a container written through a task, streams and
 * metadata carried into it, and the encoder that a codec is coded with again. */
#ifndef JZ_ENC_AV_H
#define JZ_ENC_AV_H

#include "media/decode/dec_av_input.h"
#include "media/encode/blend.h"
#include "media/encode/task.h"
#include "watermark/field.h"

typedef struct jz_av_output { /* = { .task = ..., .in = ... }; freed with jz_av_output_done() */
    jz_task *task;
    jz_av_input *in; /* whose format and metadata it takes over */
    AVFormatContext *format;
    AVIOContext *io;
    uint64_t base;       /* where in the file the container begins: behind tags before it */
    uint64_t at;         /* where the muxer writes, from there */
    uint64_t end;        /* the largest offset written so far */
    jz_status io_status; /* JZ_OK, or why a write failed; io_err says more */
    jz_err io_err;
} jz_av_output;

/* A new container of the input's format, with its metadata and chapters and no streams yet. */
JZ_CHECKED jz_status jz_av_output_open(jz_av_output *out, jz_err *err);
/* A new stream that is like s; par is another's parameters where it is coded anew, else NULL. */
JZ_CHECKED jz_status jz_av_output_stream(jz_av_output *out, const AVStream *s,
                                         const AVCodecParameters *par, AVStream **made,
                                         jz_err *err);
/* Whether the container's writer takes a stream that is only copied. */
bool jz_av_output_takes(const jz_av_output *out, const AVStream *s);
/* Between these two, packets; their times are in the time base tb, their stream is to. */
JZ_CHECKED jz_status jz_av_output_begin(jz_av_output *out, jz_err *err);
JZ_CHECKED jz_status jz_av_output_packet(jz_av_output *out, AVPacket *packet, const AVStream *to,
                                         AVRational tb, jz_err *err);
/* Every packet that an encoder has to give, with the times that it gives them. */
JZ_CHECKED jz_status jz_av_output_drain(jz_av_output *out, AVCodecContext *encoder,
                                        AVPacket *packet, const AVStream *to, jz_err *err);
JZ_CHECKED jz_status jz_av_output_end(jz_av_output *out, jz_err *err);
void jz_av_output_done(jz_av_output *out);
/* The failure that a muxer's code rc means. */
jz_status jz_av_output_fail(jz_av_output *out, int rc, jz_err *err);

/* How a video codec is coded again. */
typedef struct jz_av_codec {
    enum AVCodecID id;   /* of the input */
    const char *encoder; /* libavcodec's name */
    const char *options; /* "key=value:..." */
    int qscale;          /* constant quantiser; 0 = by the options */
    bool threads;        /* its threads are worth starting */
} jz_av_codec;
/* NULL where there is none. */
const jz_av_codec *jz_av_codec_find(enum AVCodecID id);
/* Opens it for pictures like frame (size, pixel format, colours, interlacing). The caller frees
 * *out with avcodec_free_context(). */
JZ_CHECKED jz_status jz_av_codec_open(jz_av_output *out, const jz_av_codec *codec,
                                      const AVStream *s, const AVFrame *frame, AVRational rate,
                                      AVCodecContext **ctx, jz_err *err);

/* The overlays in the colours of a frame; made by the first one, then used for all that are like
 * it. */
typedef struct jz_av_marks { /* = { 0 } */
    jz_mark mark[JZ_OVERLAYS_MAX];
    size_t n;
    const float *pattern; /* NULL, or what each frame is changed by */
    jz_wm_field field;    /* the change that the last frame looked at takes */
    jz_delta delta;       /* the same, to which the first mark points then */
} jz_av_marks;
JZ_CHECKED jz_status jz_av_marks_make(jz_task *task, const AVFrame *frame, jz_av_marks *out,
                                      jz_err *err);
/* Fits a pattern to the frame that is to be changed next; JZ_OK where there is none. */
JZ_CHECKED jz_status jz_av_marks_fit(jz_av_marks *m, const AVFrame *frame, jz_err *err);
void jz_av_marks_done(jz_av_marks *m);
/* The frame must be writable. */
void jz_av_marks_blend(const jz_av_marks *m, AVFrame *frame);

#endif
