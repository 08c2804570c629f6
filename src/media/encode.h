/* SPDX-License-Identifier: Apache-2.0 */
/* Media that is coded anew: a finished picture (the visible mark) burned into pictures and videos,
 * a finished sound (the audible mark) put before or behind others. The work is done by the program
 * jz-encode, one process for each call, which confines itself as jz-decode's workers do before it
 * reads a byte of the file: no file system, no network, bounded memory; besides, it can write to
 * the one output. What is kept and what changes in each format: docs/marks.md. Threads: any. */
#ifndef JZ_ENCODE_H
#define JZ_ENCODE_H

#include <jz/media.h>

#include "media/delta.h"

#define JZ_OVERLAYS_MAX 4

/* Straight (not premultiplied) alpha, sRGB: R, G, B, A, 8 bits each, rows from top to bottom.
 * Inside of jz-encode also a change of brightness, which covers the picture. */
typedef struct jz_overlay {
    const jz_delta *delta; /* NULL, or the change; then there is no rgba */
    const uint8_t *rgba;   /* borrowed */
    uint32_t width;        /* pixels */
    uint32_t height;
    size_t stride; /* bytes from one row to the next */
    uint32_t x;    /* of its top left corner in the picture as it is STORED: orientation is not */
    uint32_t y;    /* applied. It lies wholly within the picture, or the call is JZ_E_INVAL */
} jz_overlay;

#define JZ_SOUND_RATE_MIN 4000 /* samples a second */
#define JZ_SOUND_RATE_MAX 384000
#define JZ_SOUND_CHANNELS_MAX 64

/* Mono, 16-bit. */
typedef struct jz_sound {
    const int16_t *samples; /* borrowed */
    size_t n;
    uint32_t rate;   /* samples a second, JZ_SOUND_RATE_MIN to JZ_SOUND_RATE_MAX */
    uint32_t gap_ms; /* silence between it and the audio, up to 10000 */
    bool at_start;   /* before the audio; one of these two at least */
    bool at_end;     /* behind it */
} jz_sound;

#define JZ_HEARD_SILENCE_DB (-100.0)

/* The sound of a file, as measured on its decoded samples. */
typedef struct jz_heard {
    uint32_t rate;     /* samples a second, up to JZ_SOUND_RATE_MAX */
    uint32_t channels; /* up to JZ_SOUND_CHANNELS_MAX */
    uint64_t samples;  /* of each channel */
    double level_db; /* of its louder parts, to full scale, of which a full sine has -3.01: the mean
                        square of all channels but LFE over blocks of 100 ms; of the blocks above
                        -70 dB, those not more than 10 dB below the mean of them all, as ITU-R
                        BS.1770-4 gates them, but without its filter. JZ_HEARD_SILENCE_DB where
                        there is none */
    double peak;     /* the largest magnitude of a sample; 1 = full scale */
} jz_heard;

/* Which frames of videos get the overlays: those shown at from_s <= t < until_s, counted from the
 * first frame's time. Animated pictures get them in all frames, whatever it says. */
typedef struct jz_encode_span { /* = { 0 } is all of them */
    double from_s;
    double until_s; /* 0 = to the end */
} jz_encode_span;

typedef struct jz_encode_file { /* zeros are the defaults */
    const char *program;        /* path of jz-encode; NULL = $JZ_ENCODE, else beside this program,
                                   else the installed one */
    const jz_format *format;    /* of the input; NULL = by its first bytes */
    jz_limits limits;           /* zeros as in jz/media.h, but max_memory_bytes 4 GiB and stall_ms
                                   300000: an encoder may be silent for long */
    int in_fd;                  /* regular file; read with pread, its offset is not touched */
    int out_fd;                 /* another regular file, opened for writing: emptied first, written
                                   from its beginning; empty again after a failure */
} jz_encode_file;

typedef struct jz_encode_info {
    char codec[16];           /* of what was coded anew: "png", "jpeg", "h264", ... */
    uint64_t frames;          /* pictures coded; of sound: samples in each channel */
    uint64_t covered;         /* of a video or animation: frames that got the overlays */
    double covered_until_s;   /* when the first frame behind them is shown, counted from the first
                                 frame of all; 0 where there is none */
    uint32_t streams_dropped; /* subtitles and data that the container's writer does not take */
    bool untouched;           /* what lies outside of the overlays (JPEG: of the blocks that they
                                 touch) is what it was, to the bit once decoded */
} jz_encode_info;

/* Burns n overlays (1 to JZ_OVERLAYS_MAX) into the file. Container, codec, picture size, metadata,
 * timing and all other streams are kept as docs/marks.md says. On success *info is filled. Fails
 * with JZ_E_INVAL, JZ_E_EMPTY, JZ_E_NOT_MEDIA, JZ_E_UNSUPPORTED (no encoder for this format or
 * feature), JZ_E_CORRUPT or JZ_E_TRUNCATED (a damaged file is refused, not repaired), JZ_E_LIMIT,
 * JZ_E_TIMEOUT, JZ_E_CRASH, JZ_E_CHANGED, JZ_E_IO, JZ_E_NOMEM, JZ_E_NOTFOUND (no jz-encode). The
 * process never outlives the call. */
JZ_CHECKED jz_status jz_encode_overlay(const jz_encode_file *file, const jz_overlay *overlays,
                                       size_t n, const jz_encode_span *span, jz_encode_info *info,
                                       jz_err *err);
/* An invisible change of brightness: of a still picture the one given, as it is stored; of a video
 * the pattern (JZ_ENCODE_PATTERN rows of as many floats, of mean square 1), masked by what each
 * frame has of texture and as strong as a PSNR of 42 dB. One of these two is NULL, and not for the
 * kind of the file; GIF and animations have no way to take either (JZ_E_UNSUPPORTED). Fails as
 * above. */
#define JZ_ENCODE_PATTERN 1024
JZ_CHECKED jz_status jz_encode_delta(const jz_encode_file *file, const jz_delta *delta,
                                     const float *pattern, jz_encode_info *info, jz_err *err);
/* Puts the sound, resampled and given to all channels but LFE, before and/or behind the file's
 * audio. PCM and FLAC stay without loss; other codecs are coded anew at about their bit rate. Files
 * without a video stream only. Fails as above. */
JZ_CHECKED jz_status jz_encode_sound(const jz_encode_file *file, const jz_sound *sound,
                                     jz_encode_info *info, jz_err *err);
/* Decodes the audio of a file, to its end, and measures it. Its samples in the span (NULL: none) go
 * to out_fd: the mean of all channels but LFE, 16-bit, in the machine's byte order, without a
 * header. Files without a video stream only. On success *out is filled. Fails as above. */
JZ_CHECKED jz_status jz_encode_listen(const jz_encode_file *file, const jz_encode_span *span,
                                      jz_heard *out, jz_err *err);

#define JZ_CLIP_SIDE_MAX 4096
typedef struct jz_encode_clip { /* frames of 4:2:0, 8 bits, BT.601, limited range */
    uint32_t width, height;     /* even, up to JZ_CLIP_SIDE_MAX */
    uint32_t fps;               /* 1 to 240 */
    uint32_t crf;               /* of x264, 0 (without loss) to 51 */
} jz_encode_clip;
/* Codes raw frames as H.264 in MP4: the file is nothing but planes Y, Cb, Cr of frame after frame,
 * rows without gaps; its format is not looked at. For clips whose truth is known
 * (inspect/clips.h). The same frames give the same file with the same libraries. Fails as above. */
JZ_CHECKED jz_status jz_encode_frames(const jz_encode_file *file, const jz_encode_clip *clip,
                                      jz_encode_info *info, jz_err *err);

#endif
