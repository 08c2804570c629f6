/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence in documents: the first byte says what the others are and where it goes. */
#include "label/mark_document.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = { "text", "html", "docx" };
    jz_source src;
    unsigned placed = 0;
    JZ_SPLICES_AUTO s = { 0 };
    JZ_SPLICES_AUTO again = { 0 };
    JZ_BUF_AUTO made = { 0 };
    if (size == 0)
        return 0;
    const char *format = formats[data[0] % JZ_ARRAY_LEN(formats)];
    const jz_mark_opts opts = { .where = (jz_mark_where)(data[0] / JZ_ARRAY_LEN(formats) % 3) };
    jz_source_of_bytes((jz_bytes){ data + 1, size - 1 }, &src);
    if (jz_mark_document_plan(&src, format, &opts, &s, &placed, NULL) != JZ_OK)
        return 0;
    jz_buf_puts(&made, "");
    if (jz_splices_build(&s, &src, &made, NULL) != JZ_OK)
        abort();
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)made.ptr, made.len }, &src);
    if (jz_mark_document_plan(&src, format, &opts, &again, &placed, NULL) != JZ_OK || placed != 0)
        abort(); /* what was written is there, and is not written twice */
    return 0;
}
