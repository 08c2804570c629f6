/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

static const char digits[] = "0123456789abcdef";

void jz_hex_put(jz_buf *out, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char pair[2] = { digits[data[i] >> 4], digits[data[i] & 15] };
        jz_buf_put(out, pair, 2);
    }
}

void jz_hex_encode(const uint8_t *data, size_t len, char *text)
{
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    text[2 * len] = '\0';
}

static int value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool jz_hex_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
    if (len / 2 != size || len % 2 != 0)
        return false;
    for (size_t i = 0; i < len; i++)
        if (value(text[i]) < 0)
            return false;
    for (size_t i = 0; i < size; i++)
        out[i] = (uint8_t)(value(text[2 * i]) * 16 + value(text[2 * i + 1]));
    return true;
}
