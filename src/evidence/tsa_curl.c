/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tsa_curl.h"

#include "base/alloc.h"
#include "base/curl.h"

#include <string.h>

jz_status jz_tsa_curl(void *user, jz_bytes request, uint8_t **out, size_t *len, jz_err *err)
{
    const char *const *url = user;
    const jz_curl_post post = { .url = *url,
                                .type = "application/timestamp-query",
                                .accept = "application/timestamp-reply",
                                .body = request };
    JZ_BUF_AUTO reply = { 0 };
    unsigned status = 0;
    JZ_TRY(jz_curl_send(&post, &status, &reply, err));
    if (status / 100 != 2)
        return JZ_FAIL(err, JZ_E_IO, "%s: the server answers %u", *url, status);
    *out = jz_alloc(reply.len);
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (reply.len > 0)
        memcpy(*out, reply.ptr, reply.len);
    *len = reply.len;
    return JZ_OK;
}
