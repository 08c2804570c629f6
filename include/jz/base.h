/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes, the error chain, slices and the macros that every module uses. */
#ifndef JZ_BASE_H
#define JZ_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_VERSION "0.1.0"

#define JZ_API __attribute__((visibility("default")))
#define JZ_CHECKED __attribute__((warn_unused_result))
#define JZ_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* What went wrong, in kinds that a caller can act on. Numbers and names are stable: they are
 * stored in databases and printed as `error.kind`. */
typedef enum jz_status {
    JZ_OK = 0,
    JZ_E_INVAL = 1,        /* a call or a command line that makes no sense */
    JZ_E_NOMEM = 2,        /* out of memory in this process */
    JZ_E_IO = 3,           /* the system refused a read, write, open, ... */
    JZ_E_NOTFOUND = 4,     /* no such thing */
    JZ_E_EXISTS = 5,       /* there is one already */
    JZ_E_CORRUPT = 6,      /* the bytes contradict their format */
    JZ_E_TRUNCATED = 7,    /* the bytes end before the format says */
    JZ_E_UNSUPPORTED = 8,  /* a known format or feature that is not read here */
    JZ_E_LIMIT = 9,        /* larger than a configured limit */
    JZ_E_TIMEOUT = 10,     /* took longer than a configured limit */
    JZ_E_CRASH = 11,       /* the decoder process died */
    JZ_E_MISMATCH = 12,    /* two things that must agree do not */
    JZ_E_CHANGED = 13,     /* a file changed while it was read */
    JZ_E_EMPTY = 14,       /* a file of no bytes */
    JZ_E_NOT_MEDIA = 15,   /* no media format that is known here */
    JZ_E_ARCHIVE = 16,     /* an archive: named and counted, never opened */
    JZ_E_SPECIAL = 17,     /* not a regular file: FIFO, socket, device, link to a folder */
    JZ_E_BUSY = 18,        /* somebody else holds it */
    JZ_E_INTERRUPTED = 19, /* stopped on request */
    JZ_E_BUG = 20,         /* a broken promise inside this program */
} jz_status;

/* "corrupt", "limit", ...; "unknown" for a number that is none of the above. Never NULL. */
JZ_API const char *jz_status_name(jz_status st);

#define JZ_ERR_FRAMES 6
#define JZ_ERR_TEXT 160

/* = { 0 }; frame[0] is the cause, later frames the callers' context. A plain value: nothing in it
 * is allocated. Where there are more than JZ_ERR_FRAMES frames, the outermost one is replaced. */
typedef struct jz_err {
    jz_status code;
    unsigned depth;
    char frame[JZ_ERR_FRAMES][JZ_ERR_TEXT];
} jz_err;

/* Starts a chain anew with one message; err may be NULL. Text that is too long for a frame loses
 * its middle ("..."); control characters become '?', so that a message is always one line. */
JZ_API void jz_err_set(jz_err *err, jz_status code, const char *fmt, ...) JZ_PRINTF(3, 4);
/* Adds the caller's context to a chain; err may be NULL. */
JZ_API void jz_err_wrap(jz_err *err, const char *fmt, ...) JZ_PRINTF(2, 3);
/* Writes "outermost: ...: cause" into buf, always terminated; returns buf. */
JZ_API const char *jz_err_text(const jz_err *err, char *buf, size_t size);

#define JZ_FAIL(err, code, ...) (jz_err_set((err), (code), __VA_ARGS__), (code))
#define JZ_TRY(expr)                                                                               \
    do {                                                                                           \
        const jz_status st_ = (expr);                                                              \
        if (st_ != JZ_OK)                                                                          \
            return st_;                                                                            \
    } while (0)
#define JZ_TRY_CTX(expr, err, ...)                                                                 \
    do {                                                                                           \
        const jz_status st_ = (expr);                                                              \
        if (st_ != JZ_OK) {                                                                        \
            jz_err_wrap((err), __VA_ARGS__);                                                       \
            return st_;                                                                            \
        }                                                                                          \
    } while (0)
#define JZ_TAKE(p)                                                                                 \
    __extension__({                                                                                \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })
#define JZ_DEFINE_AUTO(type, f)                                                                    \
    static inline __attribute__((unused)) void type##_autop(type **p)                              \
    {                                                                                              \
        f(*p);                                                                                     \
    }                                                                                              \
    struct jz_auto_needs_a_semicolon_
#define jz_auto(type) __attribute__((cleanup(type##_autop))) type

#define JZ_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A borrowed run of bytes. */
typedef struct jz_bytes {
    const uint8_t *ptr;
    size_t len;
} jz_bytes;

#ifdef __cplusplus
}
#endif
#endif
