/* SPDX-License-Identifier: Apache-2.0 */
#include "base/html.h"

#include "base/json.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

static const struct {
    char c;
    const char *entity;
} entities[] = {
    { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" },
};

/* Unicode's bidirectional controls (UAX 9): they can make exe.gpj read jpg.exe. */
static bool is_bidi_control(const char *s, unsigned n)
{
    const unsigned char *u = (const unsigned char *)s;
    if (n == 2)
        return u[0] == 0xd8 && u[1] == 0x9c; /* U+061C */
    if (n != 3 || u[0] != 0xe2)
        return false;
    const bool mark = u[1] == 0x80 && (u[2] == 0x8e || u[2] == 0x8f);  /* U+200E, U+200F */
    const bool embed = u[1] == 0x80 && u[2] >= 0xaa && u[2] <= 0xae;   /* U+202A..U+202E */
    const bool isolate = u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9; /* U+2066..U+2069 */
    return mark || embed || isolate;
}

static const char *entity_of(char c)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(entities); i++)
        if (entities[i].c == c)
            return entities[i].entity;
    return NULL;
}

void jz_html_text(jz_buf *out, const char *s, size_t len)
{
    while (len > 0) {
        const unsigned n = jz_utf8_len(s, len);
        const char *entity = n == 1 ? entity_of(*s) : NULL;
        if (n == 0 || jz_utf8_is_control(s, n) || is_bidi_control(s, n))
            jz_buf_puts(out, REPLACEMENT);
        else if (entity != NULL)
            jz_buf_puts(out, entity);
        else
            jz_buf_put(out, s, n);
        s += n > 0 ? n : 1;
        len -= n > 0 ? n : 1;
    }
}
