/* SPDX-License-Identifier: Apache-2.0 */
/* What jz tells jz-encode, which runs for one request: this struct at the beginning of a sealed
 * memory file, the overlays' pixels, the samples or the change behind it. Both sides come from one
 * build, and jz is trusted. What comes back goes through media/proto.h: READY, ALIVE..., ENCODED.
 */
#ifndef JZ_ENCODE_REQUEST_H
#define JZ_ENCODE_REQUEST_H

#include "media/encode.h"

#define JZ_ENCODE_MAGIC 0x4a5a4504u /* "JZE" and the version */

/* Where jz-encode finds its descriptors. */
enum {
    JZ_ENCODE_SOCK_FD = 3, /* = JZ_WORKER_SOCK_FD */
    JZ_ENCODE_OUT_FD,      /* = JZ_WORKER_OUT_FD */
    JZ_ENCODE_IN_FD,
    JZ_ENCODE_REQUEST_FD,
    JZ_ENCODE_FDS = JZ_ENCODE_REQUEST_FD + 1 - JZ_ENCODE_SOCK_FD,
};

typedef enum jz_encode_kind {
    JZ_ENCODE_OVERLAYS, /* jz_encode_overlay() */
    JZ_ENCODE_SOUND,    /* jz_encode_sound() */
    JZ_ENCODE_LISTEN,   /* jz_encode_listen() */
    JZ_ENCODE_DELTA,    /* jz_encode_delta() */
    JZ_ENCODE_CLIP,     /* jz_encode_frames() */
    JZ_ENCODE_KINDS,
} jz_encode_kind;

typedef struct jz_encode_request {
    uint32_t magic;
    uint32_t kind;  /* a jz_encode_kind */
    int32_t parent; /* process number of jz */
    char format[16];
    uint64_t file_size;  /* bytes */
    uint64_t max_output; /* bytes */
    uint64_t total;      /* bytes of the memory file */
    jz_limits limits;    /* no zeros left */
    uint32_t threads;    /* for encoders */
    uint32_t overlays;
    jz_encode_span span;
    struct {
        uint64_t at; /* of the memory file; rows without padding */
        uint32_t width, height, x, y;
    } overlay[JZ_OVERLAYS_MAX];
    struct {
        uint64_t at; /* of the memory file */
        uint64_t n;
        uint32_t rate;
        uint32_t gap_ms;
        uint32_t at_start, at_end;
    } sound;
    struct {
        uint64_t at; /* of the memory file: floats, rows without padding */
        uint32_t width, height;
        double unit; /* 0: what is there is a pattern for frames */
    } delta;
    jz_encode_clip clip;
} jz_encode_request;

#endif
