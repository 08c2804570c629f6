/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/der.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define CONSTRUCTED 0x20U
#define UNIVERSAL_MASK 0xc0U /* neither bit: a tag that X.690 itself gives a meaning */
#define LONG_TAG 0x1fU
#define LENGTH_BYTES_MAX 4

jz_der jz_der_of(jz_bytes bytes, const char *what)
{
    return jz_rd_of(bytes, what);
}

bool jz_der_more(const jz_der *d)
{
    return jz_rd_left(d) > 0;
}

bool jz_der_is(const jz_der *d, unsigned tag)
{
    return jz_der_more(d) && d->ptr[d->at] == tag;
}

jz_status jz_der_end(const jz_der *d, jz_err *err)
{
    if (jz_der_more(d))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: %zu bytes more than belong there", d->what,
                       jz_rd_left(d));
    return JZ_OK;
}

/* X.690, 8.1.3 and 10.1. */
static jz_status read_length(jz_der *d, uint64_t *out, jz_err *err)
{
    uint8_t first = 0;
    uint64_t len = 0;
    JZ_TRY(jz_rd_u8(d, &first, err));
    if (first < 0x80) {
        *out = first;
        return JZ_OK;
    }
    const unsigned bytes = first & 0x7fU;
    if (bytes == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: an indefinite length at %zu", d->what, d->at - 1);
    if (bytes > LENGTH_BYTES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: a length of %u bytes at %zu", d->what, bytes,
                       d->at - 1);
    for (unsigned i = 0; i < bytes; i++) {
        uint8_t b = 0;
        JZ_TRY(jz_rd_u8(d, &b, err));
        len = len << 8 | b;
    }
    if (len < 0x80 || len >> (8 * (bytes - 1)) == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a length that is not in its shortest form at %zu",
                       d->what, d->at - bytes - 1);
    *out = len;
    return JZ_OK;
}

jz_status jz_der_any(jz_der *d, unsigned *tag, jz_bytes *body, jz_err *err)
{
    jz_der at = *d;
    uint8_t t = 0;
    uint64_t len = 0;
    jz_bytes got;
    JZ_TRY(jz_rd_u8(&at, &t, err));
    if ((t & LONG_TAG) == LONG_TAG)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a tag of more than one byte at %zu", d->what, d->at);
    JZ_TRY(read_length(&at, &len, err));
    JZ_TRY(jz_rd_take(&at, len, &got, err));
    *tag = t;
    *body = got;
    *d = at;
    return JZ_OK;
}

jz_status jz_der_take(jz_der *d, unsigned tag, jz_bytes *body, jz_err *err)
{
    jz_der at = *d;
    unsigned got = 0;
    JZ_TRY(jz_der_any(&at, &got, body, err));
    if (got != tag)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: tag 0x%02x at %zu where 0x%02x belongs", d->what,
                       got, d->at, tag);
    *d = at;
    return JZ_OK;
}

jz_status jz_der_enter(jz_der *d, unsigned tag, const char *what, jz_der *in, jz_err *err)
{
    jz_bytes body;
    JZ_TRY(jz_der_take(d, tag, &body, err));
    *in = jz_der_of(body, what);
    return JZ_OK;
}

jz_status jz_der_unsigned(jz_der *d, unsigned tag, jz_bytes *out, jz_err *err)
{
    jz_bytes b;
    JZ_TRY(jz_der_take(d, tag, &b, err));
    if (b.len == 0 || (b.len > 1 && b.ptr[0] == 0 && b.ptr[1] < 0x80))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a number that is not in its shortest form", d->what);
    if (b.ptr[0] >= 0x80)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a negative number", d->what);
    if (b.len > 1 && b.ptr[0] == 0)
        b = (jz_bytes){ b.ptr + 1, b.len - 1 };
    *out = b;
    return JZ_OK;
}

jz_status jz_der_u32(jz_der *d, unsigned tag, uint32_t *out, jz_err *err)
{
    jz_bytes b;
    uint32_t v = 0;
    JZ_TRY(jz_der_unsigned(d, tag, &b, err));
    if (b.len > 4)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: a number of %zu bytes", d->what, b.len);
    for (size_t i = 0; i < b.len; i++)
        v = v << 8 | b.ptr[i];
    *out = v;
    return JZ_OK;
}

jz_status jz_der_bool(jz_der *d, bool *out, jz_err *err)
{
    jz_bytes b;
    JZ_TRY(jz_der_take(d, JZ_DER_BOOLEAN, &b, err));
    if (b.len != 1 || (b.ptr[0] != 0 && b.ptr[0] != 0xff))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: neither true nor false", d->what);
    *out = b.ptr[0] != 0;
    return JZ_OK;
}

/* The next n digits of a time. */
static bool digits(jz_bytes *b, size_t n, int *out)
{
    if (b->len < n)
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (b->ptr[i] < '0' || b->ptr[i] > '9')
            return false;
        *out = *out * 10 + (b->ptr[i] - '0');
    }
    *b = (jz_bytes){ b->ptr + n, b->len - n };
    return true;
}

/* ".s...": at least one digit, the last one not 0 (RFC 3161, 2.4.2). */
static bool fraction(jz_bytes *b, int64_t *us)
{
    int64_t unit = 100000;
    size_t n = 1;
    *us = 0;
    if (b->len == 0 || b->ptr[0] != '.')
        return true;
    for (; n < b->len && b->ptr[n] >= '0' && b->ptr[n] <= '9'; n++) {
        *us += unit * (b->ptr[n] - '0');
        unit /= 10;
    }
    const bool ok = n > 1 && b->ptr[n - 1] != '0';
    *b = (jz_bytes){ b->ptr + n, b->len - n };
    return ok;
}

static bool read_time(jz_bytes b, int64_t *at_us)
{
    struct tm tm = { 0 };
    int64_t us = 0;
    if (!digits(&b, 4, &tm.tm_year) || !digits(&b, 2, &tm.tm_mon) || !digits(&b, 2, &tm.tm_mday) ||
        !digits(&b, 2, &tm.tm_hour) || !digits(&b, 2, &tm.tm_min) || !digits(&b, 2, &tm.tm_sec) ||
        !fraction(&b, &us) || b.len != 1 || b.ptr[0] != 'Z')
        return false;
    const struct tm read = tm;
    if (tm.tm_year < 1970 || tm.tm_sec > 59)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    const time_t at = timegm(&tm); /* moves what is out of range, such as month 13 */
    if (at < 0 || tm.tm_year + 1900 != read.tm_year || tm.tm_mon + 1 != read.tm_mon ||
        tm.tm_mday != read.tm_mday || tm.tm_hour != read.tm_hour || tm.tm_min != read.tm_min)
        return false;
    *at_us = (int64_t)at * 1000000 + us;
    return true;
}

jz_status jz_der_time(jz_der *d, int64_t *at_us, jz_err *err)
{
    jz_bytes b;
    JZ_TRY(jz_der_take(d, JZ_DER_GENERALIZED_TIME, &b, err));
    if (!read_time(b, at_us))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: '%.*s' is no time", d->what,
                       b.len > 40 ? 40 : (int)b.len, (const char *)b.ptr);
    return JZ_OK;
}

/* One number of an OID: 7 bits a byte, most first; the highest bit says that another follows. */
static jz_status oid_number(jz_rd *rd, uint64_t *out, jz_err *err)
{
    uint8_t b = 0x80;
    *out = 0;
    for (unsigned i = 0; (b & 0x80) != 0; i++) {
        JZ_TRY(jz_rd_u8(rd, &b, err));
        if (i == 0 && b == 0x80)
            return JZ_FAIL(err, JZ_E_CORRUPT, "an OID's number is not in its shortest form");
        if (*out >> 56 != 0)
            return JZ_FAIL(err, JZ_E_LIMIT, "an OID's number is too large");
        *out = *out << 7 | (b & 0x7fU);
    }
    return JZ_OK;
}

jz_status jz_der_oid_text(jz_bytes oid, char *text, size_t size, jz_err *err)
{
    jz_rd rd = jz_rd_of(oid, "OID");
    uint64_t v = 0;
    JZ_TRY(oid_number(&rd, &v, err));
    const uint64_t root = v < 40 ? 0 : v < 80 ? 1 : 2;
    int len = snprintf(text, size, "%llu.%llu", (unsigned long long)root,
                       (unsigned long long)(v - 40 * root));
    while (len > 0 && (size_t)len < size && jz_rd_left(&rd) > 0) {
        JZ_TRY(oid_number(&rd, &v, err));
        len += snprintf(text + len, size - (size_t)len, ".%llu", (unsigned long long)v);
    }
    if (len < 0 || (size_t)len >= size)
        return JZ_FAIL(err, JZ_E_LIMIT, "an OID of %zu bytes", oid.len);
    return JZ_OK;
}

/* DER has strings in one piece only: of the universal tags, SEQUENCE and SET alone hold others. */
static bool holds_elements(unsigned tag, bool *wrong)
{
    const bool universal = (tag & UNIVERSAL_MASK) == 0;
    const bool list = (tag | CONSTRUCTED) == JZ_DER_SEQUENCE || (tag | CONSTRUCTED) == JZ_DER_SET;
    *wrong = universal && ((tag & CONSTRUCTED) != 0 ? !list : list);
    return (tag & CONSTRUCTED) != 0;
}

jz_status jz_der_check(jz_bytes bytes, const char *what, jz_err *err)
{
    size_t end[JZ_DER_DEPTH_MAX]; /* where the elements around the cursor end */
    size_t depth = 0;
    jz_der d = jz_der_of(bytes, what);
    do {
        unsigned tag = 0;
        jz_bytes body;
        bool wrong = false;
        const size_t limit = depth > 0 ? end[depth - 1] : bytes.len;
        jz_der in = jz_der_of((jz_bytes){ bytes.ptr, limit }, what);
        in.at = d.at;
        JZ_TRY(jz_der_any(&in, &tag, &body, err));
        const bool constructed = holds_elements(tag, &wrong);
        if (wrong || tag == 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: tag 0x%02x at %zu is not one of DER", what, tag,
                           d.at);
        if (constructed && body.len > 0 && depth == JZ_DER_DEPTH_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "%s: more than %d elements in one another", what,
                           JZ_DER_DEPTH_MAX);
        if (constructed && body.len > 0)
            end[depth++] = in.at;
        d.at = constructed && body.len > 0 ? in.at - body.len : in.at;
        while (depth > 0 && d.at == end[depth - 1])
            depth--;
    } while (depth > 0);
    return jz_der_end(&d, err);
}
