/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, by its first bytes, and its pixels, decoded in a sandboxed process. */
#ifndef JZ_MEDIA_H
#define JZ_MEDIA_H

#include <jz/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum jz_media_kind {
    JZ_KIND_UNKNOWN,
    JZ_KIND_IMAGE,    /* one picture, or an animation */
    JZ_KIND_VIDEO,    /* frames in a container */
    JZ_KIND_AUDIO,    /* recognised, not examined for pictures */
    JZ_KIND_ARCHIVE,  /* recognised, never opened */
    JZ_KIND_DOCUMENT, /* PDF, SVG, office files: recognised, not rendered */
    JZ_KIND_SIDECAR,  /* Content Credentials of a file beside it: nothing to look at */
} jz_media_kind;

/* One row of the table of formats, found by magic bytes. Static; never freed. */
typedef struct jz_format {
    const char *name; /* "jpeg"; stable, stored */
    const char *mime; /* "image/jpeg"; the `media_type` of JSON answers */
    jz_media_kind kind;
} jz_format;

#define JZ_SNIFF_BYTES 4096

/* The format of a file that begins with head (its first JZ_SNIFF_BYTES bytes, or all of a shorter
 * file); NULL where no row of the table fits. File names play no part. Threads: any. */
JZ_API const jz_format *jz_format_find(jz_bytes head);
/* The row of that name, or NULL. */
JZ_API const jz_format *jz_format_by_name(const char *name);

/* 8-bit pixels, rows from top to bottom. channels 1: grey, full range 0..255; 3: R, G, B. Alpha is
 * dropped, never blended, as the field's hashing tools do. */
typedef struct jz_plane {
    const uint8_t *px;
    uint32_t width;  /* pixels */
    uint32_t height; /* pixels */
    size_t stride;   /* bytes from one row to the next */
    uint32_t channels;
} jz_plane;

/* One decoded frame; borrowed for the length of the callback. */
typedef struct jz_frame {
    jz_plane plane;       /* as stored in the file: orientation is NOT applied */
    uint32_t full_width;  /* pixels before DCT scaling; = plane.width without it */
    uint32_t full_height; /* likewise */
    uint64_t index;       /* frame number in decoding order, from 0 */
    double at_seconds;    /* index / average frame rate, as vPDQ counts; 0 for stills */
    double shown_seconds; /* when the container shows it, of videos; 0 where it does not say */
    jz_bytes pdq;         /* of jz_decode_opts.pdq; empty: none was made */
} jz_frame;

typedef struct jz_media_info {
    const jz_format *format; /* NULL until recognised */
    uint32_t width;          /* pixels, as stored */
    uint32_t height;
    uint32_t orientation; /* EXIF 1..8; 1 where there is none; irot/imir are already applied */
    uint64_t frames;      /* decoded so far; 1 for a still */
    double fps;           /* average; 0 for stills */
    double duration_s;    /* as the container says; 0 where it does not */
    bool animated;        /* more than one frame */
    char codec[16];       /* "h264"; empty for stills */
    /* Of videos, packets from one key frame to the next, as far as the file has been read: how many
     * such distances, the shortest and the longest. */
    uint32_t gops, gop_min, gop_max;
    /* Of H.264, with jz_decode_opts.quantiser: the mean of QP (0 to 51; of more than 8 bits, more)
     * over the blocks of the frames decoded, and how many frames that were; 0 frames: not known. */
    double qp;
    uint32_t qp_frames;
} jz_media_info;

#define JZ_NESTING_MAX 255

/* Zero-initialise; every 0 means the default in brackets. */
typedef struct jz_limits {
    uint64_t max_pixels;       /* of one frame [134217728] */
    uint64_t max_frames;       /* decoded of one item [1000000] */
    uint64_t max_still_bytes;  /* of a file that is read as a still [536870912] */
    uint64_t max_memory_bytes; /* of a decoder process, besides pixels [1073741824] */
    uint32_t max_duration_s;   /* of one item, as its container says [43200] */
    uint32_t max_nesting;      /* of blocks in blocks of a container, <= JZ_NESTING_MAX [16] */
    uint32_t stall_ms;         /* longest silence of a decoder [30000] */
    uint32_t timeout_ms;       /* for one item in all [3600000] */
} jz_limits;

/* The decoder programs, each started once, from which sandboxed worker processes are forked: no
 * file system, no network, bounded memory; input is read-only. Started before threads and big
 * allocations. Threads: any may share it. */
typedef struct jz_sandbox jz_sandbox;

/* program: path of jz-decode; NULL = $JZ_DECODE, else beside this program, else the installed
 * one. Where jz-decode-light lies beside it, that one reads what it can. Fails with JZ_E_NOTFOUND
 * (names the paths tried), JZ_E_IO, JZ_E_NOMEM. limits NULL = defaults. */
JZ_API JZ_CHECKED jz_status jz_sandbox_open(const char *program, const jz_limits *limits,
                                            jz_sandbox **out, jz_err *err);
JZ_API void jz_sandbox_close(jz_sandbox *sb);

/* One worker process and its pixel buffer, made on first use, replaced after a failure. Belongs to
 * one thread at a time. */
typedef struct jz_decoder jz_decoder;

JZ_API JZ_CHECKED jz_status jz_decoder_new(jz_sandbox *sb, jz_decoder **out, jz_err *err);
JZ_API void jz_decoder_free(jz_decoder *d);

typedef struct jz_decode_opts { /* zero-initialise; NULL is the same */
    bool grey_scaled;      /* JPEG: luma, scaled by the largest 1/2^k that leaves both sides >= 512;
                              all else, and JPEGs too small for that, as without it */
    bool first_frame_only; /* of videos and animations */
    bool every_frame;      /* of videos and animations; else one in floor(interval * fps) */
    bool key_frames;       /* of videos: only key frames are decoded, in each interval the first */
    bool pdq; /* of a still in full size that is shown as it is stored: the worker hashes it, and
                 jz_frame.pdq is what jz_pdq_still_read() of hash.h takes */
    bool quantiser;    /* jz_media_info.qp is wanted */
    double interval_s; /* seconds between the frames delivered; 0 = 1 */
    jz_bytes whole;    /* the file as jz_decoder_read() gave it; none: fd is read */
} jz_decode_opts;

/* Reads the bytes of a small file, of size bytes, into memory that d's workers see too, and nobody
 * but this process can write: jz_decode() of it need then not read it again. *out is empty where
 * the file is, or where it is too large for that. Borrowed until the next call with d. JZ_E_IO,
 * JZ_E_NOMEM; JZ_E_CHANGED where the file is shorter. */
JZ_API JZ_CHECKED jz_status jz_decoder_read(jz_decoder *d, int fd, uint64_t size, jz_bytes *out,
                                            jz_err *err);

/* Called on the decoding thread for each frame delivered; a failure ends the decoding with it. */
typedef jz_status (*jz_frame_fn)(void *user, const jz_media_info *info, const jz_frame *frame,
                                 jz_err *err);

/* Decodes the regular file open on fd (read with pread; its offset is not touched) and hands its
 * frames to fn. *info is filled as far as known, even on failure. Frames that were delivered
 * before a failure stay valid evidence: a damaged file gives its frames first, the error after.
 * Fails with JZ_E_EMPTY, NOT_MEDIA, ARCHIVE, UNSUPPORTED (also audio and documents), CORRUPT,
 * TRUNCATED, LIMIT, TIMEOUT, CRASH, IO, or what fn returned. */
JZ_API JZ_CHECKED jz_status jz_decode(jz_decoder *d, int fd, const jz_decode_opts *opts,
                                      jz_frame_fn fn, void *user, jz_media_info *info, jz_err *err);

JZ_DEFINE_AUTO(jz_sandbox, jz_sandbox_close);
JZ_DEFINE_AUTO(jz_decoder, jz_decoder_free);

#ifdef __cplusplus
}
#endif
#endif
