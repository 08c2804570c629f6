/* SPDX-License-Identifier: Apache-2.0 */
/* A container read by FFmpeg's libavformat through a job, and nothing but it: which demuxers and
 * decoders may be used is written down here, also for probing; references to other files and
 * addresses lead nowhere. */
#ifndef JZ_DEC_AV_INPUT_H
#define JZ_DEC_AV_INPUT_H

#include "media/decode/dec_av.h"

#include <libavformat/avformat.h>

typedef struct jz_av_input { /* = { .job = ... }; freed with jz_av_input_done() */
    jz_job *job;
    bool audio; /* audio is read too: its decoders may be opened */
    AVFormatContext *format;
    AVIOContext *io;
    jz_av_note note;     /* jz_av_listen() it for as long as the input is open */
    uint64_t at;         /* where the demuxer reads */
    jz_status io_status; /* JZ_OK, or why a read failed; io_err says more */
    jz_err io_err;
} jz_av_input;

/* Opens the container and probes its streams, within the job's pixel limit. */
JZ_CHECKED jz_status jz_av_input_open(jz_av_input *in, jz_err *err);
void jz_av_input_done(jz_av_input *in);
/* The failure that libav's code rc means: a read that failed, else what the log said. */
jz_status jz_av_input_fail(jz_av_input *in, int rc, jz_err *err);
/* The first video stream that can be decoded, as in the vPDQ reference; cover pictures do not
 * count. JZ_E_UNSUPPORTED, JZ_E_TRUNCATED where it may just be missing. */
JZ_CHECKED jz_status jz_av_input_video(jz_av_input *in, AVStream **out, jz_err *err);
/* The name of the decoder that may be used for a codec; NULL where there is none. */
const char *jz_av_decoder_name(enum AVCodecID id);

#endif
