/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/ebml.h"

#include <inttypes.h>

/* A number whose length is told by the leading zeros of its first byte: 1 to most bytes. */
static jz_status number(jz_span *s, unsigned most, unsigned *width, uint64_t *out, jz_err *err)
{
    uint8_t first;
    const uint64_t at = s->at;
    JZ_TRY(jz_span_u8(s, &first, err));
    const unsigned n = first == 0 ? 9 : (unsigned)__builtin_clz(first) - 24 + 1;
    if (n > most)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no EBML number at offset %" PRIu64, s->what, at);
    uint64_t v = first;
    for (unsigned i = 1; i < n; i++) {
        uint8_t next;
        JZ_TRY(jz_span_u8(s, &next, err));
        v = v << 8 | next;
    }
    *width = n;
    *out = v;
    return JZ_OK;
}

jz_status jz_ebml_next(jz_span *s, jz_ebml *out, jz_err *err)
{
    jz_ebml e = { .at = s->at };
    jz_span in = *s;
    unsigned id_width;
    uint64_t id;
    uint64_t size;
    JZ_TRY(number(&in, 4, &id_width, &id, err));
    e.id = (uint32_t)id;
    e.size_at = in.at;
    JZ_TRY(number(&in, 8, &e.size_width, &size, err));
    const uint64_t mask = ((uint64_t)1 << 7 * e.size_width) - 1;
    e.unknown = (size & mask) == mask;
    e.body = (jz_span){ in.src, in.at, in.end, s->what };
    if (!e.unknown)
        JZ_TRY_CTX(jz_span_sub(&in, size & mask, s->what, &e.body, err), err, "element %x", e.id);
    e.end = e.body.end;
    s->at = in.at;
    *out = e;
    return JZ_OK;
}

unsigned jz_ebml_size_width(uint64_t size)
{
    unsigned width = 1;
    while (width <= 8 && size >= ((uint64_t)1 << 7 * width) - 1) /* all ones is "unknown" */
        width++;
    return width;
}

void jz_ebml_put_size(jz_buf *out, uint64_t size, unsigned width)
{
    const uint64_t v = size | (uint64_t)1 << 7 * width;
    for (unsigned i = 0; i < width; i++)
        jz_buf_putc(out, (char)(uint8_t)(v >> 8 * (width - 1 - i)));
}

void jz_ebml_put_head(jz_buf *out, uint32_t id, uint64_t size, unsigned width)
{
    for (unsigned i = 0; i < 4; i++) {
        if (id >> 8 * (3 - i) != 0)
            jz_buf_putc(out, (char)(uint8_t)(id >> 8 * (3 - i)));
    }
    jz_ebml_put_size(out, size, width > 0 ? width : jz_ebml_size_width(size));
}
