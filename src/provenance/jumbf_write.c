/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/jumbf_write.h"

#include <string.h>

static void put_be(uint8_t out[4], uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(v >> (24 - 8 * i));
}

size_t jz_jumbf_begin(jz_buf *b, uint32_t type)
{
    const size_t at = b->len;
    uint8_t head[JZ_JUMBF_HEADER] = { 0 };
    put_be(head + 4, type);
    jz_buf_put(b, head, sizeof head);
    return at;
}

void jz_jumbf_end(jz_buf *b, size_t at)
{
    if (b->fail != JZ_OK)
        return;
    const size_t size = b->len - at;
    if (size > UINT32_MAX)
        b->fail = JZ_E_LIMIT;
    else
        put_be((uint8_t *)b->ptr + at, (uint32_t)size);
}

size_t jz_jumbf_begin_super(jz_buf *b, uint32_t kind, const char *label)
{
    static const uint8_t file[16] = { 0x40, 0xcb, 0x0c, 0x32, 0xbb, 0x8a, 0x48, 0x9d,
                                      0xa7, 0x0b, 0x2a, 0xd6, 0xf4, 0x7f, 0x43, 0x69 };
    uint8_t uuid[16] = { 0,    0,    0,    0,    0x00, 0x11, 0x00, 0x10,
                         0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71 };
    const size_t at = jz_jumbf_begin(b, JZ_4CC('j', 'u', 'm', 'b'));
    const size_t description = jz_jumbf_begin(b, JZ_4CC('j', 'u', 'm', 'd'));
    put_be(uuid, kind);
    jz_buf_put(b, kind == JZ_JUMBF_FILE ? file : uuid, sizeof uuid);
    jz_buf_putc(b, 0x03); /* requestable, with a label */
    jz_buf_put(b, label, strlen(label) + 1);
    jz_jumbf_end(b, description);
    return at;
}
