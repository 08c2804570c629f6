/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that includes <zlib.h>. */
#include "media/deflate.h"

#include "base/alloc.h"

#include <zlib.h>

#define PART_BYTES 8192

static void *z_alloc(void *user, unsigned n, unsigned size)
{
    (void)user;
    return jz_alloc_zero(n, size);
}

static void z_free(void *user, void *p)
{
    (void)user;
    jz_free(p);
}

static z_stream stream_of(jz_bytes in)
{
    z_stream z = { .zalloc = z_alloc, .zfree = z_free };
    z.next_in = (Bytef *)(uintptr_t)in.ptr; /* zlib only reads it */
    z.avail_in = (uInt)in.len;
    return z;
}

static int window_bits(jz_deflate_form form)
{
    return form == JZ_DEFLATE_RAW ? -MAX_WBITS : MAX_WBITS;
}

static jz_status check_size(jz_bytes in, jz_err *err)
{
    if (in.len > (uInt)-1)
        return JZ_FAIL(err, JZ_E_LIMIT, "a block of %zu bytes is too large to compress", in.len);
    return JZ_OK;
}

/* One step of a stream after the other until it ends. */
static jz_status pump(z_stream *z, int (*step)(z_stream *, int), size_t max, jz_buf *out,
                      jz_err *err)
{
    Bytef part[PART_BYTES];
    const size_t before = out->len;
    for (int rc = Z_OK; rc != Z_STREAM_END;) {
        z->next_out = part;
        z->avail_out = sizeof part;
        rc = step(z, Z_FINISH);
        const size_t got = sizeof part - z->avail_out;
        if (rc == Z_MEM_ERROR)
            return JZ_FAIL(err, JZ_E_NOMEM, "no memory to unpack a block");
        if (rc != Z_STREAM_END && (rc != Z_BUF_ERROR || z->avail_out > 0) && rc != Z_OK)
            return JZ_FAIL(err, JZ_E_CORRUPT, "a compressed block is damaged or does not end");
        if (got > max - (out->len - before))
            return JZ_FAIL(err, JZ_E_LIMIT, "a compressed block holds more than %zu bytes", max);
        jz_buf_put(out, part, got);
    }
    return jz_buf_check(out, err);
}

static jz_status undo(jz_status st, size_t before, jz_buf *out)
{
    if (st != JZ_OK && out->len > before)
        out->len = before;
    return st;
}

jz_status jz_inflate(jz_deflate_form form, jz_bytes in, size_t max, jz_buf *out, jz_err *err)
{
    JZ_TRY(check_size(in, err));
    z_stream z = stream_of(in);
    const size_t before = out->len;
    if (inflateInit2(&z, window_bits(form)) != Z_OK)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory to unpack a block");
    const jz_status st = pump(&z, inflate, max, out, err);
    (void)inflateEnd(&z); /* only tells of misuse */
    return undo(st, before, out);
}

jz_status jz_deflate(jz_deflate_form form, jz_bytes in, jz_buf *out, jz_err *err)
{
    JZ_TRY(check_size(in, err));
    z_stream z = stream_of(in);
    const size_t before = out->len;
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits(form), 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory to pack a block");
    const jz_status st = pump(&z, deflate, SIZE_MAX, out, err);
    (void)deflateEnd(&z); /* only tells of misuse */
    return undo(st, before, out);
}

uint32_t jz_crc32(uint32_t crc, const void *data, size_t len)
{
    return (uint32_t)crc32_z(crc, data, len);
}
