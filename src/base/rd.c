/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rd.h"

#include <inttypes.h>
#include <string.h>

jz_rd jz_rd_of(jz_bytes slice, const char *what)
{
    static const uint8_t nothing[1]; /* an empty slice may be NULL, to which nothing can be added */
    return (jz_rd){ .ptr = slice.len > 0 ? slice.ptr : nothing, .len = slice.len, .what = what };
}

size_t jz_rd_left(const jz_rd *rd)
{
    return rd->len - rd->at;
}

jz_status jz_rd_take(jz_rd *rd, uint64_t n, jz_bytes *out, jz_err *err)
{
    if (n > jz_rd_left(rd))
        return JZ_FAIL(err, JZ_E_TRUNCATED, "%s: %" PRIu64 " bytes wanted at offset %zu of %zu",
                       rd->what, n, rd->at, rd->len);
    *out = (jz_bytes){ rd->ptr + rd->at, (size_t)n };
    rd->at += (size_t)n;
    return JZ_OK;
}

jz_status jz_rd_skip(jz_rd *rd, uint64_t n, jz_err *err)
{
    jz_bytes skipped;
    return jz_rd_take(rd, n, &skipped, err);
}

static jz_status big_endian(jz_rd *rd, unsigned n, uint64_t *out, jz_err *err)
{
    jz_bytes b;
    JZ_TRY(jz_rd_take(rd, n, &b, err));
    uint64_t v = 0;
    for (unsigned i = 0; i < n; i++)
        v = v << 8 | b.ptr[i];
    *out = v;
    return JZ_OK;
}

jz_status jz_rd_u8(jz_rd *rd, uint8_t *out, jz_err *err)
{
    uint64_t v;
    JZ_TRY(big_endian(rd, 1, &v, err));
    *out = (uint8_t)v;
    return JZ_OK;
}

jz_status jz_rd_u16be(jz_rd *rd, uint16_t *out, jz_err *err)
{
    uint64_t v;
    JZ_TRY(big_endian(rd, 2, &v, err));
    *out = (uint16_t)v;
    return JZ_OK;
}

jz_status jz_rd_u32be(jz_rd *rd, uint32_t *out, jz_err *err)
{
    uint64_t v;
    JZ_TRY(big_endian(rd, 4, &v, err));
    *out = (uint32_t)v;
    return JZ_OK;
}

jz_status jz_rd_u64be(jz_rd *rd, uint64_t *out, jz_err *err)
{
    return big_endian(rd, 8, out, err);
}

jz_status jz_rd_u16le(jz_rd *rd, uint16_t *out, jz_err *err)
{
    uint16_t v;
    JZ_TRY(jz_rd_u16be(rd, &v, err));
    *out = __builtin_bswap16(v);
    return JZ_OK;
}

jz_status jz_rd_u32le(jz_rd *rd, uint32_t *out, jz_err *err)
{
    uint32_t v;
    JZ_TRY(jz_rd_u32be(rd, &v, err));
    *out = __builtin_bswap32(v);
    return JZ_OK;
}

bool jz_bytes_same(jz_bytes a, jz_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

jz_bytes jz_bytes_of_text(const char *text)
{
    return (jz_bytes){ (const uint8_t *)text, strlen(text) };
}

bool jz_bytes_are(jz_bytes b, const char *text)
{
    return jz_bytes_same(b, jz_bytes_of_text(text));
}

bool jz_bytes_begin(jz_bytes b, const char *text)
{
    const size_t n = strlen(text);
    return b.len >= n && memcmp(b.ptr, text, n) == 0;
}
