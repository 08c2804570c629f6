/* SPDX-License-Identifier: Apache-2.0 */
/* The one streaming JSON writer (RFC 8259) for the command line, reports and HTTP. It appends to a
 * jz_buf, places the commas itself, and asserts on misuse. Strings that are not UTF-8 have each
 * bad byte replaced by U+FFFD. Threads: a writer belongs to one. */
#ifndef JZ_JSON_H
#define JZ_JSON_H

#include "base/buf.h"

#define JZ_JSON_DEPTH 32

typedef struct jz_json { /* = { .out = &buf } */
    jz_buf *out;
    unsigned depth;
    bool comma[JZ_JSON_DEPTH + 1]; /* something precedes, at each depth */
    bool after_key;
} jz_json;

void jz_json_begin_object(jz_json *j);
void jz_json_end_object(jz_json *j);
void jz_json_begin_array(jz_json *j);
void jz_json_end_array(jz_json *j);
void jz_json_key(jz_json *j, const char *key);
void jz_json_str(jz_json *j, const char *s); /* NULL is null */
void jz_json_strn(jz_json *j, const char *s, size_t len);
void jz_json_hex(jz_json *j, const uint8_t *data, size_t len);
void jz_json_u64(jz_json *j, uint64_t v);
void jz_json_i64(jz_json *j, int64_t v);
void jz_json_f64(jz_json *j, double v, int decimals); /* not finite is null */
void jz_json_bool(jz_json *j, bool v);
void jz_json_null(jz_json *j);
/* A key and its value. */
void jz_json_put_str(jz_json *j, const char *key, const char *s);
void jz_json_put_hex(jz_json *j, const char *key, const uint8_t *data, size_t len);
void jz_json_put_u64(jz_json *j, const char *key, uint64_t v);
void jz_json_put_i64(jz_json *j, const char *key, int64_t v);
void jz_json_put_f64(jz_json *j, const char *key, double v, int decimals);
void jz_json_put_bool(jz_json *j, const char *key, bool v);
/* A time of microseconds as jz_time_text(); null where it is 0 or INT64_MAX, which are none. */
void jz_json_put_time(jz_json *j, const char *key, int64_t at_us);
/* The member, where there is text in it. */
void jz_json_put_text(jz_json *j, const char *key, const char *text);
/* A value that is JSON already, written as it is. */
void jz_json_raw(jz_json *j, const char *json, size_t len);
/* {"kind":...,"message":...,"chain":[outermost ... cause]} */
void jz_json_err(jz_json *j, const jz_err *err);

/* Length in bytes of the UTF-8 sequence that begins s, 0 where there is no valid one (RFC 3629:
 * no surrogates, no overlong forms). */
unsigned jz_utf8_len(const char *s, size_t len);
/* Whether the valid sequence of n bytes at s is a control character (C0, DEL, C1). */
bool jz_utf8_is_control(const char *s, unsigned n);
bool jz_utf8_valid(const char *s, size_t len);

#endif
