/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text.h"

#include "base/json.h"

#include <stdio.h>

/* U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069: marks, ends of lines, embeddings, overrides
 * and isolates (Unicode Standard Annex 9, 2). */
static bool turns_text(const char *s, unsigned n)
{
    const uint8_t *u = (const uint8_t *)s;
    if (n != 3 || u[0] != 0xe2)
        return false;
    return (u[1] == 0x80 && (u[2] == 0x8e || u[2] == 0x8f || (u[2] >= 0xa8 && u[2] <= 0xae))) ||
           (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9);
}

/* How many bytes at the beginning are one character to be shown as it is; 0 where it is none. */
static unsigned plain(const char *s, size_t len)
{
    const unsigned n = jz_utf8_len(s, len);
    return n > 0 && (jz_utf8_is_control(s, n) || turns_text(s, n)) ? 0 : n;
}

void jz_text_path(jz_buf *out, const char *path, size_t len)
{
    while (len > 0) {
        const unsigned n = plain(path, len);
        const unsigned whole = jz_utf8_len(path, len);
        const unsigned step = n > 0 ? n : whole > 0 ? whole : 1;
        if (n == 0)
            jz_buf_putc(out, '?');
        else
            jz_buf_put(out, path, n);
        path += step;
        len -= step;
    }
}

void jz_text_record(jz_buf *out, const char *path, size_t len)
{
    while (len > 0) {
        const unsigned n = plain(path, len);
        if (n == 0)
            jz_buf_printf(out, "\\x%02x", (unsigned)(uint8_t)*path);
        else if (*path == '\\')
            jz_buf_puts(out, "\\\\");
        else
            jz_buf_put(out, path, n);
        path += n > 0 ? n : 1;
        len -= n > 0 ? n : 1;
    }
}

void jz_text_failure(const char *path, size_t len, const jz_err *error)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    JZ_BUF_AUTO line = { 0 };
    jz_buf_puts(&line, "jz: ");
    jz_text_path(&line, path, len);
    jz_buf_printf(&line, ": %s: %s\n", jz_status_name(error->code),
                  jz_err_text(error, text, sizeof text));
    if (line.fail == JZ_OK)
        (void)fputs(line.ptr, stderr); /* nobody to tell where stderr is gone */
}
