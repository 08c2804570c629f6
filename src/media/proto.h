/* SPDX-License-Identifier: Apache-2.0 */
/* What jz, the decoder program (zygote) and its workers say to each other, over SOCK_SEQPACKET
 * sockets on one machine: one fixed-size message per packet in the machine's own byte order, with
 * descriptors beside it. A worker decodes hostile files, so nothing that it says is trusted:
 * jz_msg_parse() and the checks below are all that stands between its bytes and jz. */
#ifndef JZ_PROTO_H
#define JZ_PROTO_H

#include <jz/media.h>

/* "JZD" and the version: both programs come from one build, or refuse each other. */
#define JZ_MSG_MAGIC 0x4a5a4407u
#define JZ_MSG_FDS 3      /* descriptors with one message, at most */
#define JZ_MSG_FORMATS 64 /* rows of HELLO */

typedef enum jz_msg_type {
    JZ_MSG_HELLO = 1, /* zygote: I run, and decode these formats */
    JZ_MSG_SPAWN,   /* to the zygote: fork a worker; with its socket, its pixel buffer and its input
                     */
    JZ_MSG_SPAWNED, /* zygote: with the worker's pidfd */
    JZ_MSG_REAP,    /* to the zygote: this worker is dead or dying, of what? */
    JZ_MSG_REAPED,
    JZ_MSG_READY,  /* worker: confined, or unable to confine myself */
    JZ_MSG_DECODE, /* to the worker: with the file, unless its bytes lie in the input */
    JZ_MSG_FRAME,  /* worker: the pixel buffer holds a frame; waits for ANSWER */
    JZ_MSG_ANSWER,
    JZ_MSG_ALIVE,   /* worker: frames were skipped, I am at work */
    JZ_MSG_DONE,    /* worker: how the item ended */
    JZ_MSG_LAST,    /* worker: DONE, and in the pixel buffer the frame that came just before */
    JZ_MSG_ENCODED, /* jz-encode: the same of its one task */
    JZ_MSG_TYPES,
} jz_msg_type;

#define JZ_MSG_THREADS 1u /* flags of a format in HELLO */

typedef struct jz_msg_hello {
    uint32_t count;
    uint32_t pad;
    struct {
        char name[15];
        uint8_t flags;
    } formats[JZ_MSG_FORMATS];
} jz_msg_hello;

typedef struct jz_msg_spawn {
    uint64_t max_memory_bytes;
    uint64_t pixels_size;
    uint32_t threads;
    uint32_t pad;
} jz_msg_spawn;

typedef struct jz_msg_spawned {
    int32_t pid;
    int32_t error; /* errno where there is no worker */
} jz_msg_spawned;

typedef struct jz_msg_reap {
    int32_t pid;
    int32_t pad;
} jz_msg_reap;

typedef struct jz_msg_reaped {
    int32_t wait_status; /* as waitpid() gives it */
    int32_t error;       /* errno where it is unknown */
} jz_msg_reaped;

typedef struct jz_msg_ready {
    uint32_t status; /* a jz_status */
    uint32_t landlock_abi;
    char text[JZ_ERR_TEXT];
} jz_msg_ready;

#define JZ_MSG_GREY_SCALED 1u /* flags of DECODE: jz_decode_opts */
#define JZ_MSG_FIRST_FRAME 2u
#define JZ_MSG_EVERY_FRAME 4u
#define JZ_MSG_KEY_FRAMES 8u
#define JZ_MSG_PDQ 16u
#define JZ_MSG_QUANTISER 32u
#define JZ_MSG_IN_INPUT 64u /* the bytes lie in the input */

typedef struct jz_msg_decode {
    char format[16];
    uint64_t file_size;
    uint64_t max_pixels;
    uint64_t max_frames;
    uint64_t max_still_bytes;
    uint64_t max_memory_bytes;
    double interval_s;
    uint32_t max_duration_s;
    uint32_t max_nesting;
    uint32_t flags;
    uint32_t pad;
} jz_msg_decode;

/* jz_media_info without its format */
typedef struct jz_msg_info {
    uint64_t frames;
    double fps;
    double duration_s;
    uint32_t width;
    uint32_t height;
    uint32_t orientation;
    uint32_t animated;
    uint32_t gops;
    uint32_t gop_min;
    uint32_t gop_max;
    uint32_t qp_frames;
    double qp;
    char codec[16];
} jz_msg_info;

/* jz_frame; the pixels begin at the start of the buffer */
typedef struct jz_msg_frame {
    jz_msg_info info;
    uint64_t stride;
    uint64_t index;
    double at_seconds;
    double shown_seconds;
    uint32_t width;
    uint32_t height;
    uint32_t channels;
    uint32_t full_width;
    uint32_t full_height;
    uint32_t pad;
} jz_msg_frame;

typedef struct jz_msg_answer {
    uint32_t go_on; /* 0: enough, stop */
    uint32_t pad;
} jz_msg_answer;

typedef struct jz_msg_alive {
    uint64_t frames; /* more than in the ALIVE before */
} jz_msg_alive;

typedef struct jz_msg_done {
    jz_msg_info info;
    uint32_t status; /* a jz_status */
    uint32_t depth;  /* texts of the error chain */
    char text[JZ_ERR_FRAMES][JZ_ERR_TEXT];
} jz_msg_done;

#define JZ_MSG_PDQ_BYTES 514

typedef struct jz_msg_last {
    jz_msg_frame frame;
    jz_msg_done done;
    uint32_t pdq_size; /* 0 or JZ_MSG_PDQ_BYTES */
    uint8_t pdq[JZ_MSG_PDQ_BYTES];
    uint8_t pad[2];
} jz_msg_last;

typedef struct jz_msg_encoded {
    jz_msg_done done; /* of info: frames, codec */
    uint64_t covered; /* jz_encode_info */
    double covered_until_s;
    uint32_t untouched;
    uint32_t streams_dropped;
    uint32_t rate; /* jz_heard, where that was asked for; its samples are done.info.frames */
    uint32_t channels;
    double level_db;
    double peak;
} jz_msg_encoded;

typedef struct jz_msg {
    uint32_t magic;
    uint32_t type;
    union {
        jz_msg_hello hello;
        jz_msg_spawn spawn;
        jz_msg_spawned spawned;
        jz_msg_reap reap;
        jz_msg_reaped reaped;
        jz_msg_ready ready;
        jz_msg_decode decode;
        jz_msg_frame frame;
        jz_msg_answer answer;
        jz_msg_alive alive;
        jz_msg_done done;
        jz_msg_last last;
        jz_msg_encoded encoded;
    } u;
} jz_msg;

/* Copies a packet into *out where it is a message of this version, of a known type and of exactly
 * its size. JZ_E_CORRUPT otherwise. Fields are the sender's claims; texts are terminated and hold
 * printable ASCII only. Threads: any. */
JZ_CHECKED jz_status jz_msg_parse(jz_bytes packet, jz_msg *out, jz_err *err);

/* The checks of a worker's claims against what it was asked. Each fails with JZ_E_CORRUPT and what
 * was wrong. The frame's pixels lie within pixels_size bytes afterwards, its sides within
 * limits->max_pixels. Threads: any. */
JZ_CHECKED jz_status jz_msg_info_read(const jz_msg_info *in, jz_media_info *out, jz_err *err);
JZ_CHECKED jz_status jz_msg_frame_read(const jz_msg_frame *in, const jz_limits *limits,
                                       const uint8_t *pixels, size_t pixels_size, jz_frame *out,
                                       jz_err *err);
/* The status that DONE tells goes to *status, its chain of messages to *chain. */
JZ_CHECKED jz_status jz_msg_done_read(const jz_msg_done *in, jz_status *status, jz_err *chain,
                                      jz_err *err);

/* The other direction. */
void jz_msg_frame_write(const jz_frame *in, const jz_media_info *info, jz_msg_frame *out);
void jz_msg_done_write(jz_status status, const jz_err *chain, const jz_media_info *info,
                       jz_msg_done *out);

/* Two connected sockets for messages. The first is for jz, which must not be held up: it waits for
 * no more than a moment at a time, and jz_msg_wait() repeats that. JZ_E_IO. */
JZ_CHECKED jz_status jz_msg_pair(int pair[2], jz_err *err);
/* Sends a message of the given type with up to JZ_MSG_FDS descriptors; fills in magic and type.
 * JZ_E_CRASH where the other side is gone, JZ_E_IO. */
JZ_CHECKED jz_status jz_msg_send(int sock, jz_msg_type type, jz_msg *msg, const int *fds,
                                 size_t n_fds, jz_err *err);
/* Waits for one message. Descriptors that came with it go to fds (close-on-exec; the caller
 * closes), -1 to the rest of its max_fds places. JZ_E_CORRUPT for a bad packet or a surplus of
 * descriptors (then none is kept), JZ_E_CRASH where the other side is gone, JZ_E_TIMEOUT after the
 * moment of a socket that has one, JZ_E_IO. */
JZ_CHECKED jz_status jz_msg_recv(int sock, jz_msg *out, int *fds, size_t max_fds, jz_err *err);
/* The same for what comes next from a process named who to the first socket of a pair, within
 * limit_ms and within *left_ms (and a moment), of which the time that it took is taken off. No
 * descriptors. JZ_E_TIMEOUT. */
JZ_CHECKED jz_status jz_msg_wait(int sock, const char *who, uint32_t limit_ms, int64_t *left_ms,
                                 jz_msg *out, jz_err *err);

#endif
