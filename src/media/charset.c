/* SPDX-License-Identifier: Apache-2.0 */
#include "media/charset.h"

#define REPLACEMENT 0xfffdu

/* RFC 3629, 3. */
static void put_utf8(jz_buf *out, uint32_t c)
{
    const unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    jz_buf_putc(out, (char)(uint8_t)(lead[more] | c >> (6 * more)));
    for (unsigned i = more; i-- > 0;)
        jz_buf_putc(out, (char)(uint8_t)(0x80 | (c >> (6 * i) & 0x3f)));
}

void jz_latin1_to_utf8(jz_bytes text, jz_buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        put_utf8(out, text.ptr[i]);
}

static uint32_t unit(jz_bytes text, size_t at, bool big_endian)
{
    const uint32_t a = text.ptr[at];
    const uint32_t b = text.ptr[at + 1];
    return big_endian ? a << 8 | b : b << 8 | a;
}

void jz_utf16_to_utf8(jz_bytes text, bool big_endian, jz_buf *out)
{
    size_t at = 0;
    if (text.len >= 2 && (unit(text, 0, true) == 0xfeff || unit(text, 0, true) == 0xfffe)) {
        big_endian = text.ptr[0] == 0xfe;
        at = 2;
    }
    while (text.len - at >= 2) {
        uint32_t c = unit(text, at, big_endian);
        at += 2;
        const uint32_t low =
            c >= 0xd800 && c < 0xdc00 && text.len - at >= 2 ? unit(text, at, big_endian) : 0;
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            at += 2;
        } else if (c >= 0xd800 && c < 0xe000) {
            c = REPLACEMENT;
        }
        put_utf8(out, c);
    }
    if (at < text.len)
        put_utf8(out, REPLACEMENT);
}
