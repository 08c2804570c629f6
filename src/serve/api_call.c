/* SPDX-License-Identifier: Apache-2.0 */
/* What handlers read of a request. */
#include "serve/api.h"

#include "base/hex.h"

#include <string.h>

/* %XX, and '+' as a blank, as forms send it. */
static jz_status decode(const char *name, const char *text, char *out, size_t size, jz_err *err)
{
    size_t n = 0;
    for (; *text != '\0'; n++) {
        uint8_t c = (uint8_t)*text;
        if (n + 1 >= size)
            return JZ_FAIL(err, JZ_E_INVAL, "%s is longer than %zu bytes", name, size - 1);
        if (c == '%') {
            if (strnlen(text, 3) < 3 || !jz_hex_decode(text + 1, 2, &c, 1) || c == 0)
                return JZ_FAIL(err, JZ_E_INVAL, "%s: a '%%' without two digits", name);
            text += 2;
        } else if (c == '+') {
            c = ' ';
        }
        out[n] = (char)c;
        text++;
    }
    out[n] = '\0';
    if (!jz_utf8_valid(out, n))
        return JZ_FAIL(err, JZ_E_INVAL, "%s is not UTF-8", name);
    return JZ_OK;
}

jz_status jz_api_argument_text(const jz_api_call *c, const char *name, char *out, size_t size,
                               jz_err *err)
{
    const char *text = jz_http_argument(c->request, name);
    out[0] = '\0';
    return text != NULL ? decode(name, text, out, size, err) : JZ_OK;
}

jz_status jz_api_argument_u64(const jz_api_call *c, const char *name, uint64_t unset, uint64_t *out,
                              jz_err *err)
{
    const char *text = jz_http_argument(c->request, name);
    uint64_t v = 0;
    if (text == NULL) {
        *out = unset;
        return JZ_OK;
    }
    const size_t len = strlen(text);
    if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is not a whole number", name);
    for (size_t i = 0; i < len; i++)
        v = v * 10 + (uint64_t)(text[i] - '0');
    *out = v;
    return JZ_OK;
}

jz_status jz_api_argument_time(const jz_api_call *c, const char *name, uint64_t unset_s,
                               int64_t *us, jz_err *err)
{
    uint64_t s = 0;
    JZ_TRY(jz_api_argument_u64(c, name, unset_s, &s, err));
    if (s > JZ_API_TIME_MAX_S)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is after 2100", name);
    *us = (int64_t)s * 1000000;
    return JZ_OK;
}

void jz_api_say_done(const jz_api_call *c, const char *what)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "done", what);
    jz_json_end_object(&j);
}

jz_status jz_api_body_read(const jz_api_call *c, void *out, size_t size, jz_err *err)
{
    return jz_fields_read(c->route->request, c->request->body, "body", out, size, err);
}

jz_status jz_api_to_ledger(jz_api *a, jz_err *err)
{
    return a->opts.to_ledger != NULL ? a->opts.to_ledger(a->opts.user, a->g, err) : JZ_OK;
}

jz_status jz_api_receipt(jz_api_call *c, jz_receipt_fn make, const char *id, jz_err *err)
{
    char *text = NULL;
    const jz_serve_opts *o = &c->api->opts;
    if (o->receipt == NULL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there are no receipts here");
    JZ_TRY(o->receipt(o->user, c->api->g, make, id, &text, err));
    jz_buf_puts(&c->reply->body, text);
    jz_govern_free(text);
    return JZ_OK;
}
