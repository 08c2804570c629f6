/* SPDX-License-Identifier: Apache-2.0 */
/* vPDQ text, as ThreatExchange's vpdq/ (C++ @baefb4e) writes it: frame,quality,hex,seconds. */
#include <jz/hash.h>

#include "base/hex.h"

#include <inttypes.h>
#include <string.h>

#define SECONDS_MAX 100000000000 /* 3000 years */
#define FRACTION_DIGITS 9

typedef struct fields {
    const char *at;
    size_t left;
} fields;

/* The next field, without its comma. The last one takes all that is left, commas included. */
static jz_status next(fields *f, const char *name, bool last, jz_bytes *out, jz_err *err)
{
    const char *comma = last ? NULL : memchr(f->at, ',', f->left);
    if (!last && comma == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no comma after it", name);
    const size_t len = last ? f->left : (size_t)(comma - f->at);
    *out = (jz_bytes){ (const uint8_t *)f->at, len };
    f->at += last ? len : len + 1;
    f->left -= last ? len : len + 1;
    return JZ_OK;
}

/* Decimal digits and nothing else; max is below 2^63 / 10. */
static jz_status number(jz_bytes text, const char *name, uint64_t max, uint64_t *out, jz_err *err)
{
    uint64_t v = 0;
    if (text.len == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: empty", name);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: byte 0x%02x is not a digit", name, text.ptr[i]);
        v = v * 10 + (uint64_t)(text.ptr[i] - '0');
        if (v > max)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: more than %" PRIu64, name, max);
    }
    *out = v;
    return JZ_OK;
}

static jz_status seconds(jz_bytes text, double *out, jz_err *err)
{
    const uint8_t *point = text.len > 0 ? memchr(text.ptr, '.', text.len) : NULL;
    const size_t whole_len = point != NULL ? (size_t)(point - text.ptr) : text.len;
    uint64_t whole = 0, fraction = 0;
    JZ_TRY(number((jz_bytes){ text.ptr, whole_len }, "seconds", SECONDS_MAX, &whole, err));
    double unit = 1;
    if (point != NULL) {
        const size_t len = text.len - whole_len - 1;
        if (len > FRACTION_DIGITS)
            return JZ_FAIL(err, JZ_E_CORRUPT, "seconds: %zu digits after the point", len);
        JZ_TRY(number((jz_bytes){ point + 1, len }, "seconds", UINT32_MAX, &fraction, err));
        for (size_t i = 0; i < len; i++)
            unit *= 10;
    }
    const double sum = (double)whole + (double)fraction / unit;
    if (sum > (double)SECONDS_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "seconds: more than %lld", (long long)SECONDS_MAX);
    *out = sum;
    return JZ_OK;
}

jz_status jz_vpdq_parse(const char *text, size_t len, jz_vpdq_line *out, jz_err *err)
{
    fields f = { text, len };
    jz_vpdq_line line = { .frame = 0 };
    jz_bytes field;
    uint64_t quality = 0;
    if (memchr(text, '\0', len) != NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a NUL in the line");
    JZ_TRY(next(&f, "frame", false, &field, err));
    JZ_TRY(number(field, "frame", INT64_MAX / 10, &line.frame, err));
    JZ_TRY(next(&f, "quality", false, &field, err));
    JZ_TRY(number(field, "quality", 100, &quality, err));
    line.quality = (int)quality;
    JZ_TRY(next(&f, "hash", false, &field, err));
    if (!jz_hex_decode((const char *)field.ptr, field.len, line.digest, JZ_PDQ_SIZE))
        return JZ_FAIL(err, JZ_E_CORRUPT, "hash: %zu characters that are not 64 hex digits",
                       field.len);
    JZ_TRY(next(&f, "seconds", true, &field, err));
    JZ_TRY(seconds(field, &line.seconds, err));
    *out = line;
    return JZ_OK;
}

const char *jz_vpdq_format(const jz_vpdq_line *line, char buf[JZ_VPDQ_TEXT])
{
    char hex[2 * JZ_PDQ_SIZE + 1];
    jz_hex_encode(line->digest, JZ_PDQ_SIZE, hex);
    (void)snprintf(buf, JZ_VPDQ_TEXT, "%" PRIu64 ",%d,%s,%.3f", line->frame, line->quality, hex,
                   line->seconds); /* a double of any size: cut rather than overrun */
    return buf;
}
