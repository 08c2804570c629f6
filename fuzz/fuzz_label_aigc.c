/* SPDX-License-Identifier: Apache-2.0 */
#include "label/aigc.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read, written as it is, reads back equal. */
static void expect_same(const jz_aigc *a, jz_buf *text)
{
    JZ_AIGC_AUTO back = { 0 };
    const jz_bytes bytes = { (const uint8_t *)text->ptr, text->len };
    if (text->len > JZ_AIGC_TEXT_MAX) /* escapes may make it longer than what was read */
        return;
    if (jz_aigc_parse(bytes, &back, NULL) != JZ_OK || !jz_aigc_equal(a, &back))
        abort();
}

static void judge(const jz_aigc *a)
{
    jz_check check[JZ_LABEL_CHECKS];
    jz_aigc_check(a, check);
    for (size_t i = 0; i < jz_aigc_check_count(); i++) {
        if (check[i].id == NULL || strlen(check[i].message) == 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JZ_AIGC_AUTO a = { 0 };
    JZ_BUF_AUTO json = { 0 };
    JZ_BUF_AUTO yaml = { 0 };
    if (jz_aigc_parse((jz_bytes){ data, size }, &a, NULL) != JZ_OK)
        return 0;
    judge(&a);
    jz_buf_puts(&json, "{\"AIGC\":");
    jz_buf_puts(&yaml, "AIGC:\n");
    if (jz_aigc_write_as_is(&a, &json, NULL) != JZ_OK ||
        jz_aigc_write_yaml_as_is(&a, &yaml, NULL) != JZ_OK)
        return 0; /* no memory */
    jz_buf_putc(&json, '}');
    expect_same(&a, &json);
    expect_same(&a, &yaml);
    return 0;
}
