/* SPDX-License-Identifier: Apache-2.0 */
/* What the two decoders on FFmpeg's libraries share: its log as an error message, a codec opened
 * within the limits, and a frame of any pixel format as RGB or grey. */
#ifndef JZ_DEC_AV_H
#define JZ_DEC_AV_H

#include "media/decode/job.h"

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

/* What the libraries logged while one file was decoded. */
typedef struct jz_av_note {
    char line[128];  /* the last error; empty where there was none */
    unsigned errors; /* lines logged as errors */
    bool truncated;  /* one of them said that the file ends early */
    unsigned width;  /* of a picture that was refused for its size; 0 = none was */
    unsigned height;
} jz_av_note;

/* From now on this thread's messages go to note; NULL = nowhere. Nothing is ever printed. */
void jz_av_listen(jz_av_note *note);
/* The failure that libav's code rc means, with what the log said. Never JZ_OK. */
jz_status jz_av_fail(const jz_job *job, const jz_av_note *note, int rc, jz_err *err);

/* Opens the decoder of that name (libavcodec's) with one thread and the job's pixel limit. par NULL
 * = all is in the packets. The caller frees *out with avcodec_free_context(). */
JZ_CHECKED jz_status jz_av_open(const jz_job *job, const jz_av_note *note, const char *name,
                                const AVCodecParameters *par, AVCodecContext **out, jz_err *err);

typedef struct jz_av_scaler { /* = { .flags = SWS_... } */
    int flags;                /* for pictures in YUV: how swscale resamples the chroma planes */
    struct SwsContext *sws;   /* of the last picture */
    AVFrame *staging;         /* rows with room at their end, as swscale's kernels want */
} jz_av_scaler;

void jz_av_scaler_done(jz_av_scaler *s);
/* Hands a decoded frame over, or only counts it where it is not wanted. RGB, grey and palettes are
 * unpacked here (16 bits to their high byte, fewer than 8 stretched), YUV goes through swscale. */
JZ_CHECKED jz_status jz_av_emit(jz_job *job, jz_av_scaler *s, const AVFrame *frame, jz_err *err);

#endif
