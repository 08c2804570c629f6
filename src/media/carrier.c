/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier.h"

#include "base/json.h"
#include "media/carrier/carriers.h"

#include <string.h>
#include <strings.h>

static const jz_carrier carriers[] = {
    { "png", "png-xmp", JZ_META_XMP, 0, jz_png_list, jz_png_edit },
    { "apng", "png-xmp", JZ_META_XMP, 0, jz_png_list, jz_png_edit },
};

const jz_carrier *jz_carrier_at(size_t i)
{
    return i < JZ_ARRAY_LEN(carriers) ? &carriers[i] : NULL;
}

/* The head may end within a character. */
static bool is_text(jz_bytes head)
{
    const char *s = (const char *)head.ptr;
    for (size_t i = 0; i < head.len;) {
        const unsigned n = jz_utf8_len(s + i, head.len - i);
        if (n == 0)
            return head.len - i < 4 && head.len == JZ_SNIFF_BYTES;
        if (jz_utf8_is_control(s + i, n) && strchr("\t\n\f\r", s[i]) == NULL)
            return false;
        i += n;
    }
    return head.len > 0;
}

const jz_carrier *jz_carrier_find(const jz_format *format, jz_bytes head)
{
    const char *name = format != NULL ? format->name : is_text(head) ? "text" : "";
    for (size_t i = 0; i < JZ_ARRAY_LEN(carriers); i++) {
        if (strcmp(carriers[i].format, name) == 0)
            return &carriers[i];
    }
    return NULL;
}

bool jz_meta_has_key(jz_bytes text, const char *key)
{
    const size_t len = strlen(key);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (strncasecmp((const char *)text.ptr + i, key, len) == 0)
            return true;
    }
    return false;
}

jz_status jz_meta_send(jz_span *s, uint64_t n, jz_meta *meta, jz_meta_fn fn, void *user,
                       jz_err *err)
{
    JZ_BUF_AUTO value = { 0 };
    meta->at = s->at;
    meta->size = n;
    if (n > JZ_META_MAX) {
        JZ_TRY(jz_span_skip(s, n, err));
        meta->passed = JZ_E_LIMIT;
        return fn(user, meta, err);
    }
    jz_buf_puts(&value, ""); /* so that an empty value is not NULL */
    JZ_TRY(jz_span_read(s, n, JZ_META_MAX, &value, err));
    meta->value = (jz_bytes){ (const uint8_t *)value.ptr, value.len };
    return fn(user, meta, err);
}
