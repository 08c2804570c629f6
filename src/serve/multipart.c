/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/multipart.h"

#include "base/rd.h"

#include <string.h>

#define TYPE "multipart/form-data"
#define BOUNDARY_MAX 70 /* RFC 2046, 5.1.1 */
#define HEADERS_MAX 4096

bool jz_is_multipart(const char *content_type)
{
    return content_type != NULL && strncasecmp(content_type, TYPE, sizeof TYPE - 1) == 0;
}

/* "\r\n--" and the boundary. */
static jz_status read_boundary(const char *type, char out[BOUNDARY_MAX + 5], size_t *len,
                               jz_err *err)
{
    static const char lead[] = { '\r', '\n', '-', '-' };
    const char *at = strcasestr(type, "boundary=");
    if (at == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "multipart: no boundary in the Content-Type");
    at += strlen("boundary=");
    const bool quoted = *at == '"';
    at += quoted;
    const size_t n = strcspn(at, quoted ? "\"" : "; \t");
    if (n == 0 || n > BOUNDARY_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "multipart: a boundary of %zu characters", n);
    memcpy(out, lead, sizeof lead);
    for (size_t i = 0; i < n; i++)
        out[4 + i] = at[i];
    *len = n + 4;
    return JZ_OK;
}

static const uint8_t *find(jz_bytes in, const void *what, size_t len)
{
    return in.len >= len ? memmem(in.ptr, in.len, what, len) : NULL;
}

/* Whether the headers of a part name a file. */
static bool has_filename(jz_bytes headers)
{
    static const char name[] = "filename";
    for (size_t i = 0; i + sizeof name - 1 <= headers.len; i++)
        if (strncasecmp((const char *)headers.ptr + i, name, sizeof name - 1) == 0)
            return true;
    return false;
}

/* Takes a part: what is before the next boundary, and what follows that. */
static jz_status take_part(jz_rd *rd, const char *boundary, size_t len, jz_bytes *headers,
                           jz_bytes *data, jz_err *err)
{
    jz_bytes left = { rd->ptr + rd->at, jz_rd_left(rd) };
    const uint8_t *blank = find(left, "\r\n\r\n", 4);
    if (blank == NULL || blank - left.ptr > HEADERS_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "multipart: byte %zu: a part without a blank line",
                       rd->at);
    JZ_TRY(jz_rd_take(rd, (uint64_t)(blank - left.ptr), headers, err));
    JZ_TRY(jz_rd_skip(rd, 4, err));
    /* The CRLF before a boundary belongs to it; an empty part's is that of the blank line. */
    const size_t from = rd->at - 2;
    left = (jz_bytes){ rd->ptr + from, rd->len - from };
    const uint8_t *end = find(left, boundary, len);
    if (end == NULL)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "multipart: the part at byte %zu does not end", from);
    const size_t size = (size_t)(end - left.ptr);
    *data = (jz_bytes){ left.ptr + 2, size > 2 ? size - 2 : 0 };
    rd->at = from;
    return jz_rd_skip(rd, size + len, err);
}

jz_status jz_multipart_file(jz_bytes body, const char *content_type, jz_bytes *file, jz_err *err)
{
    char boundary[BOUNDARY_MAX + 5];
    size_t len = 0;
    jz_bytes headers, data, mark;
    jz_rd rd = jz_rd_of(body, "multipart");
    JZ_TRY(read_boundary(content_type, boundary, &len, err));
    JZ_TRY(jz_rd_take(&rd, len - 2, &mark, err)); /* the first one is without its CRLF */
    if (memcmp(mark.ptr, boundary + 2, mark.len) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "multipart: it does not begin with its boundary");
    for (;;) {
        JZ_TRY(jz_rd_take(&rd, 2, &mark, err));
        if (memcmp(mark.ptr, "\r\n", 2) != 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "multipart: no part is a file");
        JZ_TRY(take_part(&rd, boundary, len, &headers, &data, err));
        if (!has_filename(headers))
            continue;
        *file = data;
        return JZ_OK;
    }
}
