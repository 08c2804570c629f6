/* SPDX-License-Identifier: Apache-2.0 */
/* One file being coded anew inside the confined program: where it is read from, where it goes, what
 * is put into it. An encoder knows nothing of processes and messages. One file of this folder per
 * foreign library; adding a format is one file and one row of the table in encoders.c. */
#ifndef JZ_TASK_H
#define JZ_TASK_H

#include "media/decode/job.h"
#include "media/encode_request.h"
#include "media/source.h"

typedef struct jz_task {
    jz_job in; /* the input: format, file, limits; jz_job_whole(), jz_job_read(), jz_job_end() */
    int out_fd;
    uint64_t out_at; /* where jz_task_append() writes: the end so far */
    const jz_encode_request *request;
    jz_overlay overlay[JZ_OVERLAYS_MAX]; /* request->overlays of them */
    jz_delta delta;                      /* what an overlay that is a change points to */
    jz_sound sound;                      /* where the request is for one */
    jz_encode_info info;                 /* the encoder fills it */
    jz_heard heard;                      /* jz_encode_av_listen() fills it */
    void (*alive)(struct jz_task *task); /* jz_task_alive(); NULL = nobody listens */
    void *alive_user;
} jz_task;

typedef jz_status (*jz_encode_fn)(jz_task *task, jz_err *err);

/* Writes into the output. JZ_E_LIMIT past request->max_output, JZ_E_IO. */
JZ_CHECKED jz_status jz_task_write(jz_task *task, uint64_t at, const void *data, size_t len,
                                   jz_err *err);
JZ_CHECKED jz_status jz_task_append(jz_task *task, const void *data, size_t len, jz_err *err);
/* Bytes [from, to) of the input behind what was written. */
JZ_CHECKED jz_status jz_task_copy(jz_task *task, uint64_t from, uint64_t to, jz_err *err);
/* The first size bytes behind a descriptor, as a parser reads them; confined processes may not ask
 * for a file's size. */
void jz_task_source(int fd, uint64_t size, jz_source *out);
/* Tells that work goes on; cheap, to be called for every picture or packet. */
void jz_task_alive(jz_task *task);
/* Whether every overlay lies within a picture of that size; one that is a change gets it.
 * JZ_E_INVAL where not. */
JZ_CHECKED jz_status jz_task_check_overlays(jz_task *task, uint32_t width, uint32_t height,
                                            jz_err *err);
/* Whether a frame shown at seconds from the beginning gets the overlays. To be asked once for each
 * frame, in the order in which they are shown: the answers are counted in info. */
bool jz_task_wants(jz_task *task, double seconds);
/* The codec's name, for info. */
void jz_task_name_codec(jz_task *task, const char *name);

/* The table: what codes a format anew; NULL members where nothing does. */
typedef struct jz_encoder_row {
    const char *format; /* a jz_format's name */
    jz_encode_fn overlay;
    jz_encode_fn sound;
    bool threads; /* the library starts threads: the sandbox must allow that */
} jz_encoder_row;
const jz_encoder_row *jz_encoder_find(const char *format);

jz_status jz_encode_png(jz_task *task, jz_err *err);       /* enc_png.c: libpng */
jz_status jz_encode_jpeg(jz_task *task, jz_err *err);      /* enc_jpeg.c: libjpeg-turbo */
jz_status jz_encode_webp(jz_task *task, jz_err *err);      /* enc_webp.c: libwebp */
jz_status jz_encode_gif(jz_task *task, jz_err *err);       /* enc_gif.c */
jz_status jz_encode_tiff(jz_task *task, jz_err *err);      /* enc_tiff.c */
jz_status jz_encode_bmp(jz_task *task, jz_err *err);       /* enc_bmp.c */
jz_status jz_encode_heif(jz_task *task, jz_err *err);      /* enc_heif.c: libheif */
jz_status jz_encode_av_video(jz_task *task, jz_err *err);  /* enc_av_video.c: libavformat */
jz_status jz_encode_av_sound(jz_task *task, jz_err *err);  /* enc_av_sound.c: libavformat */
jz_status jz_encode_wav_sound(jz_task *task, jz_err *err); /* enc_wav.c: PCM */
/* Of every format that libavformat reads here, and of none; not in the table. */
jz_status jz_encode_av_listen(jz_task *task, jz_err *err); /* enc_av_listen.c: libavformat */
jz_status jz_encode_av_clip(jz_task *task, jz_err *err);   /* enc_av_clip.c: libavformat */

#endif
