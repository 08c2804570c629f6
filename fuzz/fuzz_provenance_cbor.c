/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/cbor.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rewrite(jz_buf *out, const jz_cbor *item)
{
    jz_cbor one;
    jz_cbor_iter it = jz_cbor_in(item);
    if (item->kind == JZ_CBOR_BYTES)
        jz_cbor_put_bytes(out, item->body);
    else if (item->kind == JZ_CBOR_TEXT)
        jz_cbor_put_textn(out, (const char *)item->body.ptr, item->body.len);
    else if (item->kind == JZ_CBOR_FLOAT)
        jz_cbor_put_float(out, item->number);
    else if (item->kind == JZ_CBOR_SIMPLE && item->value >= 24)
        jz_buf_put(out, item->raw.ptr, item->raw.len);
    else
        jz_cbor_put_head(out, item->kind,
                         item->kind == JZ_CBOR_ARRAY || item->kind == JZ_CBOR_MAP
                             ? jz_cbor_count(item)
                             : item->value);
    while (jz_cbor_next(&it, &one))
        rewrite(out, &one);
}

/* Whatever is read can be walked to its end and written in shortest form, in which it is read
 * again; what is deterministic already is written as it was, but for the payload of a NaN. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const jz_cbor_limits strict = { .deterministic = true };
    const jz_bytes all = { data, size };
    jz_cbor item;
    jz_cbor again;
    if (jz_cbor_parse(all, "fuzz", NULL, &item, NULL) != JZ_OK)
        return 0;
    JZ_BUF_AUTO out = { 0 };
    JZ_BUF_AUTO twice = { 0 };
    rewrite(&out, &item);
    const jz_bytes written = { (const uint8_t *)out.ptr, out.len };
    /* The length of what had none takes more bytes than its end did. */
    if (out.fail != JZ_OK || out.len > 2 * size ||
        jz_cbor_parse(written, "written", NULL, &again, NULL) != JZ_OK)
        abort();
    rewrite(&twice, &again);
    if (twice.len != out.len || memcmp(twice.ptr, out.ptr, out.len) != 0)
        abort();
    if (jz_cbor_parse(all, "fuzz", &strict, &item, NULL) == JZ_OK && out.len != size)
        abort();
    (void)jz_cbor_get(&item, "a", &again); /* no value need be there */
    return 0;
}
