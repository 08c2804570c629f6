/* SPDX-License-Identifier: Apache-2.0 */
/* A method, a NUL, a path, a NUL, an argument: which route that is, its parameters, and the
 * argument decoded. */
#include "fuzz_govern.h"

#include "serve/api.h"

static const char *argument;

static const char *lookup(const void *from, jz_http_where where, const char *name)
{
    (void)from;
    (void)name;
    return where == JZ_HTTP_ARGUMENT ? argument : NULL;
}

static char *text_of(jz_bytes b)
{
    char *text = calloc(b.len + 1, 1);
    assert(text != NULL);
    if (b.len > 0)
        memcpy(text, b.ptr, b.len);
    return text;
}

static void check_argument(void)
{
    const jz_http_request q = { .lookup = lookup };
    const jz_api_call c = { .request = &q };
    char out[64];
    uint64_t n = 0;
    if (jz_api_argument_text(&c, "x", out, sizeof out, NULL) == JZ_OK)
        assert(strlen(out) < sizeof out && jz_utf8_valid(out, strlen(out)));
    if (jz_api_argument_u64(&c, "x", 7, &n, NULL) == JZ_OK)
        assert(n < UINT64_C(1000000000000000000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char param[JZ_API_PARAMS][JZ_API_PARAM] = { "", "" };
    const jz_api_route *other = NULL;
    jz_bytes rest, last;
    char *method = text_of(fuzz_first((jz_bytes){ data, size }, &rest));
    char *path = text_of(fuzz_first(rest, &last));
    char *given = text_of(fuzz_first(last, &rest));
    const jz_api_route *r = jz_api_find(method, path, param, &other);
    if (r != NULL || other != NULL)
        for (size_t i = 0; i < JZ_API_PARAMS; i++)
            assert(strlen(param[i]) < JZ_API_PARAM && strpbrk(param[i], "/%\r\n ") == NULL &&
                   strcmp(param[i], "..") != 0);
    argument = given;
    check_argument();
    free(given);
    free(path);
    free(method);
    return 0;
}
