/* SPDX-License-Identifier: Apache-2.0 */
/* The invisible mark: 64 bits in the brightness of a picture or video, which survive recoding,
 * scaling, cropping, turning and screenshots, and are found with the key alone. It says that
 * somebody who holds the key put these bits here; that it is not found says nothing. What it
 * survives and what not: docs/watermark.md. Design: 48 + 416 weak tones, the first of which are
 * found blind, the others carry a tail-biting convolutional code with a keyed tag of 40 bits. */
#ifndef JZ_WATERMARK_H
#define JZ_WATERMARK_H

#include <jz/media.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_WATERMARK_SECRET_SIZE 32
#define JZ_WATERMARK_KEY_ID_SIZE 8

/* The name of the algorithm in Content Credentials (C2PA soft bindings). The value is the payload,
 * 8 bytes, the most significant first. */
#define JZ_WATERMARK_ALG "cn.jianzhen.tonemark.1"

/* ---- keys ---- */

/* A secret and all that follows from it. Immutable; any thread. */
typedef struct jz_watermark_key jz_watermark_key;

JZ_API JZ_CHECKED jz_status jz_watermark_key_make(const uint8_t secret[JZ_WATERMARK_SECRET_SIZE],
                                                  jz_watermark_key **out, jz_err *err);
/* A new random key, written to a new file of mode 0600. JZ_E_EXISTS, JZ_E_IO, JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_watermark_key_new(const char *path, jz_watermark_key **out,
                                                 jz_err *err);
/* Three lines: "jianzhen mark key 1", "id " and 16 hex digits, "secret " and 64. JZ_E_CORRUPT where
 * anything else is there, JZ_E_MISMATCH where the id is another secret's. */
JZ_API JZ_CHECKED jz_status jz_watermark_key_parse(jz_bytes text, jz_watermark_key **out,
                                                   jz_err *err);
/* From a file. The above, and JZ_E_NOTFOUND, JZ_E_SPECIAL, JZ_E_IO. */
JZ_API JZ_CHECKED jz_status jz_watermark_key_open(const char *path, jz_watermark_key **out,
                                                  jz_err *err);
JZ_API void jz_watermark_key_free(jz_watermark_key *k);
/* What names the key without telling it: 8 bytes of a hash. */
JZ_API const uint8_t *jz_watermark_key_id(const jz_watermark_key *k);

/* Keys that are tried one after the other. */
typedef struct jz_watermark_keys { /* = { 0 } */
    jz_watermark_key **key;
    size_t n, size;
} jz_watermark_keys;

/* All files *.key of a folder, in the order of their names; one that is none is an error.
 * JZ_E_NOTFOUND where there is no folder or no key in it. */
JZ_API JZ_CHECKED jz_status jz_watermark_keys_open(const char *folder, jz_watermark_keys *out,
                                                   jz_err *err);
/* One more, from its file: at most 64. Fails as jz_watermark_key_open(), and with JZ_E_LIMIT. */
JZ_API JZ_CHECKED jz_status jz_watermark_keys_add(jz_watermark_keys *keys, const char *path,
                                                  jz_err *err);
JZ_API void jz_watermark_keys_done(jz_watermark_keys *keys);

/* ---- reading ---- */

typedef enum jz_watermark_state {
    JZ_WATERMARK_NOT_FOUND,
    JZ_WATERMARK_FOUND,
    JZ_WATERMARK_CANNOT_TELL, /* too small, too flat, too long; or there is something that cannot
                                 be read */
} jz_watermark_state;

/* "not_found", "found", "cannot_tell" */
JZ_API const char *jz_watermark_state_name(jz_watermark_state s);

/* What was found. What is in pixels is of the picture as it is shown. */
typedef struct jz_watermark_reading {
    jz_watermark_state state;
    const char *reason;  /* of CANNOT_TELL; static */
    size_t key;          /* of FOUND: which of the keys */
    uint64_t payload;    /* of FOUND */
    double pilots;       /* how far the best place of all stands out, in standard deviations */
    double strength;     /* of FOUND: mean tone in units of the noise around it; below 0.75 would
                            not have been read */
    double turn_degrees; /* of FOUND: clockwise, since it was marked, -180 to 180 */
    double scale;        /* of FOUND: the size of what is shown, to a picture of the same area that
                            was marked as it is: above 1 it was cropped */
    double stretch;      /* of FOUND: across to down */
    bool mirrored;       /* of FOUND: left to right, before it was turned */
    uint32_t frames;     /* that were looked at */
    double region[4];    /* of FOUND: left, top, right, bottom of the part in which the mark is */
} jz_watermark_reading;

/* Looks for a mark of any of n keys in a file: of a video in the mean of up to 13 key frames, 10 s
 * apart at most, then of 13 frames of any kind, 2 s apart at most, then of both; of an animation in
 * its first. The chance that a picture or video without a mark of a key gives a payload is below
 * 1e-9 a key. Fails as jz_decode(). One thread for a decoder. */
JZ_API JZ_CHECKED jz_status jz_watermark_read(jz_decoder *d, int fd, jz_watermark_key *const *keys,
                                              size_t n, jz_watermark_reading *out, jz_err *err);
/* The same for one frame that is there already, in an Exif orientation (1 to 8). JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_watermark_read_plane(const jz_plane *p, uint32_t orientation,
                                                    jz_watermark_key *const *keys, size_t n,
                                                    jz_watermark_reading *out, jz_err *err);

/* ---- writing ---- */

typedef struct jz_watermark_written {
    double psnr_db;  /* of the change, before rounding and coding */
    double strength; /* as it is expected after a JPEG of quality 35; below 0.9 is fragile */
    uint64_t frames; /* that were marked */
    jz_watermark_reading read; /* what was found in the file that was written */
} jz_watermark_written;

typedef struct jz_watermark_opts {
    jz_watermark_key *key; /* what is marked with */
    uint64_t payload;
    jz_watermark_key *const *known; /* keys whose marks are not put under another one */
    size_t n_known;
} jz_watermark_opts;

/* Writes a marked copy of the picture or video open on fd to out_fd, another regular file, emptied
 * first. All that is not the picture stays as it is (docs/marks.md: as with visible marks). What
 * was written is read back: a mark that is not found is JZ_E_MISMATCH. Fails with JZ_E_EXISTS where
 * there is a mark of a known key already, JZ_E_UNSUPPORTED (a format that cannot carry it or that
 * is not written without loss of the rest), JZ_E_LIMIT (too small, too flat), and as jz_decode().
 */
JZ_API JZ_CHECKED jz_status jz_watermark_write(jz_sandbox *sb, int fd,
                                               const jz_watermark_opts *opts, int out_fd,
                                               jz_watermark_written *out, jz_err *err);

JZ_DEFINE_AUTO(jz_watermark_key, jz_watermark_key_free);

#ifdef __cplusplus
}
#endif
#endif
