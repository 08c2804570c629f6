/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of hashes ("hash" or "type hash", as python-threatexchange's local_file exchange) and vPDQ
 * text (ThreatExchange vpdq/: frame,quality,hex,seconds). */
#include "bank/import.h"

#include <string.h>

/* The next run of bytes that are not blank, cut off the front of *text. */
static jz_bytes next_word(jz_bytes *text)
{
    *text = jz_import_trim(*text);
    size_t n = 0;
    while (n < text->len && text->ptr[n] != ' ' && text->ptr[n] != '\t')
        n++;
    const jz_bytes word = { text->ptr, n };
    *text = jz_import_trim((jz_bytes){ text->ptr + n, text->len - n });
    return word;
}

static jz_status hex_row(void *user, jz_bytes line, jz_row *row, jz_err *err)
{
    const jz_import *im = user;
    const uint8_t *comment = memchr(line.ptr, '#', line.len);
    if (comment != NULL)
        line.len = (size_t)(comment - line.ptr);
    const jz_bytes first = next_word(&line), second = next_word(&line);
    if (first.len == 0)
        return JZ_OK;
    if (line.len > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "more than a type and a hash");
    const bool typed = second.len > 0;
    return jz_row_signal(row, im->opts->cls, typed ? first : (jz_bytes){ 0 },
                         typed ? second : first, &(jz_signal){ .quality = -1, .frame = -1 }, err);
}

static jz_status vpdq_row(void *user, jz_bytes line, jz_row *row, jz_err *err)
{
    static const char label[] = "video";
    (void)user;
    jz_vpdq_line v = { 0 };
    line = jz_import_trim(line);
    if (line.len == 0)
        return JZ_OK;
    JZ_TRY(jz_vpdq_parse((const char *)line.ptr, line.len, &v, err));
    row->entry = (jz_bytes){ (const uint8_t *)label, sizeof label - 1 }; /* all lines are one */
    if (v.frame > INT64_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "frame %llu", (unsigned long long)v.frame);
    jz_signal s = { .cls = jz_hash_class_find("vpdq"),
                    .quality = v.quality,
                    .frame = (int64_t)v.frame,
                    .seconds = v.seconds };
    memcpy(s.digest, v.digest, sizeof v.digest);
    return jz_row_append(row, &s, err);
}

jz_status jz_import_hex(jz_import *im, jz_lines *l, jz_err *err)
{
    return jz_import_rows(im, l, hex_row, im, err);
}

jz_status jz_import_vpdq(jz_import *im, jz_lines *l, jz_err *err)
{
    return jz_import_rows(im, l, vpdq_row, NULL, err);
}
