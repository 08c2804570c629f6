/* SPDX-License-Identifier: Apache-2.0 */
/* The tags of a sound file, carried over as the bytes that they are where libavformat would write
 * others: ID3v2, ID3v1 and APE of MP3 and AAC, the metadata blocks of FLAC, udta, meta and XMP of
 * MP4, pictures of Ogg. What counts samples is left out or corrected: seek tables, cue sheets,
 * chapters, iTunSMPB. */
#ifndef JZ_ENC_AV_TAGS_H
#define JZ_ENC_AV_TAGS_H

#include "media/encode/enc_av.h"
#include "media/source.h"

typedef struct jz_av_tags { /* = { 0 }; freed with jz_av_tags_done() */
    jz_task *task;
    jz_source src; /* the input */
    unsigned family;
    uint64_t streaminfo_at; /* FLAC: of its STREAMINFO's body in the output */
    jz_buf udta;            /* MP4: what was in moov/udta, */
    jz_buf meta;            /* in moov/meta, */
    jz_buf uuid;            /* and XMP at the top */
} jz_av_tags;

/* Before the output is opened; what stands before the coded sound is written at once. */
JZ_CHECKED jz_status jz_av_tags_read(jz_av_tags *t, jz_task *task, jz_err *err);
/* Before its header is written. lead_s: how much later than before the sound begins, seconds. */
JZ_CHECKED jz_status jz_av_tags_add(jz_av_tags *t, jz_av_output *out, double lead_s, jz_err *err);
/* Behind its end. */
JZ_CHECKED jz_status jz_av_tags_end(jz_av_tags *t, jz_av_output *out, const AVCodecContext *encoder,
                                    jz_err *err);
void jz_av_tags_done(jz_av_tags *t);

#endif
