/* SPDX-License-Identifier: Apache-2.0 */
/* The sound of a file, decoded by FFmpeg's libraries from its beginning to its end, and its samples
 * whatever their format. */
#ifndef JZ_ENC_AV_AUDIO_H
#define JZ_ENC_AV_AUDIO_H

#include "media/encode/enc_av.h"

typedef struct jz_av_audio { /* = { .task, .fn, .user }; freed with jz_av_audio_done() */
    jz_task *task;
    /* Called for each frame, all of which have the same rate, channels and sample format. */
    jz_status (*fn)(void *user, AVFrame *frame, jz_err *err);
    void *user;
    jz_av_input in;
    AVStream *from;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
    AVFrame *first;   /* its properties alone */
    uint64_t samples; /* of each channel, before the present frame */
    uint64_t damaged; /* packets refused and frames patched up */
} jz_av_audio;

/* Finds the one stream of sound. JZ_E_UNSUPPORTED where there is a video stream, another stream of
 * sound, or none. */
JZ_CHECKED jz_status jz_av_audio_open(jz_av_audio *a, jz_err *err);
/* A damaged file is refused, not repaired: JZ_E_CORRUPT, JZ_E_TRUNCATED. */
JZ_CHECKED jz_status jz_av_audio_run(jz_av_audio *a, jz_err *err);
void jz_av_audio_done(jz_av_audio *a);

/* Whether the samples are of a format that the two functions below know. */
bool jz_av_sample_is_known(int format);
/* A sample as a share of full scale, -1 to 1; those in floating point may lie outside. */
double jz_av_sample_get(const AVFrame *frame, int channel, int i);
/* Rounded and cut off at full scale. */
void jz_av_sample_put(AVFrame *frame, int channel, int i, double value);
/* Whether a channel is one for low frequencies only. */
bool jz_av_channel_is_low(const AVChannelLayout *layout, int channel);

#endif
