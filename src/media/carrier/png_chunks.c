/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/png_chunks.h"

#include <inttypes.h>
#include <string.h>

jz_status jz_png_open(jz_source *src, jz_span *out, jz_err *err)
{
    uint8_t magic[8];
    *out = jz_span_all(src, "PNG");
    JZ_TRY(jz_span_get(out, magic, sizeof magic, err));
    if (memcmp(magic, "\x89PNG\r\n\x1a\n", sizeof magic) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no PNG signature");
    return JZ_OK;
}

jz_status jz_png_next(jz_span *png, jz_png_chunk *out, jz_err *err)
{
    uint32_t len;
    jz_png_chunk c = { .at = png->at };
    JZ_TRY(jz_span_u32be(png, &len, err));
    JZ_TRY(jz_span_get(png, c.type, 4, err));
    if (len > JZ_PNG_CHUNK_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PNG: a chunk of %u bytes at offset %" PRIu64, len, c.at);
    JZ_TRY(jz_span_sub(png, len, "PNG chunk", &c.data, err));
    JZ_TRY(jz_span_skip(png, 4, err));
    c.end = png->at;
    *out = c;
    return JZ_OK;
}

bool jz_png_is(const jz_png_chunk *c, const char *type)
{
    return memcmp(c->type, type, 4) == 0;
}
