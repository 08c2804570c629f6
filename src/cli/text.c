/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/text.h"

#include "base/json.h"

#include <stdio.h>

void jz_text_path(jz_buf *out, const char *path, size_t len)
{
    while (len > 0) {
        const unsigned n = jz_utf8_len(path, len);
        if (n == 0 || jz_utf8_is_control(path, n))
            jz_buf_putc(out, '?');
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
