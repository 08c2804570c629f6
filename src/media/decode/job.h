/* SPDX-License-Identifier: Apache-2.0 */
/* One file being decoded inside the sandboxed worker. A decoder reads the file through a job and
 * hands its frames to it; it knows nothing of processes and messages. One file of this folder per
 * foreign library; adding a format is one file and one row of the table in decoders_all.c. */
#ifndef JZ_JOB_H
#define JZ_JOB_H

#include <jz/media.h>

typedef struct jz_job {
    const jz_format *format;
    int fd;               /* read-only; only pread and mmap are used on it */
    const uint8_t *input; /* all bytes of the file, in place of fd; NULL: they are read from that */
    uint64_t file_size;   /* bytes */
    jz_limits limits;     /* no zeros left: defaults are filled in */
    jz_decode_opts opts;  /* interval_s filled in */
    jz_media_info info;   /* the decoder sets width, height, orientation, fps, duration_s, animated,
                             codec as soon as it knows them; frames is counted by jz_job_emit() and
                             jz_job_skip() */
    void *whole;          /* of jz_job_whole(); NULL before */
    uint8_t *pixels;      /* the buffer shared with the other process */
    size_t pixels_size;   /* bytes */
    jz_frame frame;       /* being filled */
    bool last;            /* the frame being sent is the last: nobody waits for an answer to it */
    /* How a finished frame leaves: writes a message and waits for the answer in the worker, hands
     * it over directly where a benchmark or a fuzzer decodes in process. */
    jz_status (*send)(struct jz_job *job, jz_err *err);
    /* Called for frames that are skipped, so that a decoder at work is not taken for one that
     * hangs; NULL = nobody listens. */
    void (*alive)(struct jz_job *job);
    void *send_user;
    double shown_seconds; /* of the next frame, as jz_frame has it */
} jz_job;

/* A decoder: frames go out through jz_job_emit(); a damaged file gives what it has first, then
 * fails with JZ_E_CORRUPT or JZ_E_TRUNCATED. */
typedef jz_status (*jz_decode_fn)(jz_job *job, jz_err *err);

/* The whole file as memory, until jz_job_done(): a copy of a small one, a mapping of a larger.
 * JZ_E_LIMIT past limits.max_still_bytes; JZ_E_CHANGED. */
JZ_CHECKED jz_status jz_job_whole(jz_job *job, jz_bytes *out, jz_err *err);
/* Up to size bytes from offset; *got = 0 at the end. JZ_E_IO. */
JZ_CHECKED jz_status jz_job_read(jz_job *job, uint64_t offset, void *buf, size_t size, size_t *got,
                                 jz_err *err);
/* Checks a picture's size against the limits (max_pixels, and 1 pixel at least) before anything is
 * allocated for it. JZ_E_LIMIT or JZ_E_CORRUPT, with the numbers. */
JZ_CHECKED jz_status jz_job_check_size(const jz_job *job, uint64_t width, uint64_t height,
                                       jz_err *err);
/* Lays out the next frame in the shared buffer: fills job->frame.plane (stride = width * channels;
 * full_width and full_height likewise, to be changed where the picture is scaled) and gives the
 * place of its pixels. */
JZ_CHECKED jz_status jz_job_frame(jz_job *job, uint32_t width, uint32_t height, uint32_t channels,
                                  uint8_t **px, jz_err *err);
/* Whether the next frame (number info.frames) is one that the caller asked for, by opts and
 * info.fps: 1 in max(1, floor(interval_s * fps)), counted from frame 0. */
bool jz_job_wants_frame(const jz_job *job);
/* Before anything is decoded: JZ_E_LIMIT where blocks of the container nest too deep. */
JZ_CHECKED jz_status jz_job_check_nesting(jz_job *job, jz_err *err);
/* Hands the frame in the buffer over as number info.frames, then counts it. JZ_E_INTERRUPTED:
 * enough, stop decoding and return this status. JZ_E_LIMIT past max_frames. */
JZ_CHECKED jz_status jz_job_emit(jz_job *job, jz_err *err);
/* The same for a picture that is one frame: none may follow, but how it ends may still be a
 * failure. */
JZ_CHECKED jz_status jz_job_emit_only(jz_job *job, jz_err *err);
/* Counts a frame that was decoded but not wanted. JZ_E_LIMIT past max_frames. */
JZ_CHECKED jz_status jz_job_skip(jz_job *job, jz_err *err);
/* How a decoder ends: st, but JZ_E_TRUNCATED in place of JZ_OK or JZ_E_CORRUPT where the file's
 * container goes on past the end of the file. */
JZ_CHECKED jz_status jz_job_end(jz_job *job, jz_status st, jz_err *err);
void jz_job_done(jz_job *job);

/* Which decoder reads a format. */
typedef struct jz_decoder_row {
    const char *format; /* a jz_format's name; NULL ends a table */
    jz_decode_fn decode;
    bool threads; /* the library starts threads: the worker's sandbox must allow that */
} jz_decoder_row;
/* The program's table: decoders_all.c, or decoders_light.c. */
extern const jz_decoder_row jz_decoder_rows[];
/* Its row for a format; NULL where there is none. */
const jz_decoder_row *jz_decoder_find(const jz_format *format);

jz_status jz_decode_jpeg(jz_job *job, jz_err *err); /* dec_jpeg.c: libjpeg-turbo */
jz_status jz_decode_png(jz_job *job, jz_err *err);  /* dec_png.c: libpng */
jz_status jz_decode_webp(jz_job *job, jz_err *err); /* dec_webp.c: libwebp, stills and animations */
jz_status jz_decode_heif(jz_job *job, jz_err *err); /* dec_heif.c: libheif, HEIC and AVIF */
jz_status jz_decode_av_still(jz_job *job,
                             jz_err *err); /* dec_av_still.c: libavcodec, codec by format */
jz_status jz_decode_av_video(jz_job *job,
                             jz_err *err); /* dec_av_video.c: libavformat: video, GIF, APNG */

#endif
