/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/checkpoint.h"

#include "ledger/lines.h"

#include <inttypes.h>

void jz_checkpoint_put(const jz_checkpoint *cp, jz_buf *out)
{
    jz_buf_printf(out, "%s\n%" PRIu64 "\n", cp->origin, cp->size);
    jz_base64_put(out, cp->root.b, sizeof cp->root.b);
    jz_buf_putc(out, '\n');
}

jz_status jz_checkpoint_parse(jz_bytes text, jz_checkpoint *out, bool *extended, jz_err *err)
{
    jz_checkpoint cp = { 0 };
    jz_bytes origin;
    jz_bytes size;
    jz_bytes root;
    if (!jz_text_valid(text) || !jz_line_take(&text, &origin) || !jz_line_take(&text, &size) ||
        !jz_line_take(&text, &root))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a checkpoint has three lines of text");
    if (origin.len == 0 || !jz_line_copy(origin, cp.origin, sizeof cp.origin))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a checkpoint whose origin is not of 1 to %d bytes",
                       JZ_ORIGIN_MAX);
    if (!jz_decimal_read(size, &cp.size))
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "a checkpoint of %s whose size is not a number below "
                       "2^63 without leading zeros",
                       cp.origin);
    if (!jz_base64_hash(root, &cp.root))
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "a checkpoint of %s whose root is not Base 64 of 32 bytes", cp.origin);
    const bool more = text.len > 0;
    for (jz_bytes line; text.len > 0;)
        if (!jz_line_take(&text, &line) || line.len == 0)
            return JZ_FAIL(err, JZ_E_CORRUPT,
                           "a checkpoint of %s with an extension line that is "
                           "empty or does not end",
                           cp.origin);
    *out = cp;
    if (extended != NULL)
        *extended = more;
    return JZ_OK;
}
