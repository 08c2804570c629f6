/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/roots.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether path is real or below it. */
static bool is_within(const char *path, const char *real)
{
    const size_t len = strlen(real);
    if (strncmp(path, real, len) != 0)
        return false;
    return path[len] == '\0' || path[len] == '/' || (len > 0 && real[len - 1] == '/');
}

static jz_status resolve(const char *path, char **out, jz_err *err)
{
    char *resolved = realpath(path, NULL);
    const int number = errno;
    *out = jz_strdup(resolved != NULL ? resolved : path);
    (free)(resolved); /* realpath()'s own */
    if (*out == NULL || (resolved == NULL && number == ENOMEM))
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    return JZ_OK;
}

/* Of equal paths the first one stays. */
static bool is_covered(char *const *real, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++)
        if (k != i && is_within(real[i], real[k]) && (k < i || strcmp(real[i], real[k]) != 0))
            return true;
    return false;
}

static jz_status resolve_all(const char *const *paths, size_t n, char **real, jz_err *err)
{
    for (size_t i = 0; i < n; i++)
        JZ_TRY(resolve(paths[i], &real[i], err));
    return JZ_OK;
}

static void free_all(char **real, size_t n)
{
    for (size_t i = 0; real != NULL && i < n; i++)
        jz_free(real[i]);
    jz_free(real);
}

jz_status jz_roots_init(const char *const *paths, size_t n, jz_roots *out, jz_err *err)
{
    char **real = jz_alloc_zero(n, sizeof *real);
    jz_roots r = { .path = jz_alloc_zero(n, sizeof *r.path),
                   .real = jz_alloc_zero(n, sizeof *r.real) };
    jz_status st = JZ_OK;
    if (real == NULL || r.path == NULL || r.real == NULL)
        st = JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    else
        st = resolve_all(paths, n, real, err);
    for (size_t i = 0; st == JZ_OK && i < n; i++) {
        if (is_covered(real, n, i))
            continue;
        r.path[r.n] = paths[i];
        r.real[r.n++] = jz_strdup(real[i]);
        if (r.real[r.n - 1] == NULL)
            st = JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    free_all(real, n);
    if (st != JZ_OK)
        jz_roots_done(&r);
    else
        *out = r;
    return st;
}

void jz_roots_done(jz_roots *r)
{
    free_all(r->real, r->n);
    jz_free(r->path);
    *r = (jz_roots){ 0 };
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void jz_roots_key(const jz_roots *r, jz_buf *out)
{
    char **sorted = jz_alloc_zero(r->n, sizeof *sorted);
    if (sorted == NULL) {
        out->fail = JZ_E_NOMEM;
        return;
    }
    if (r->n > 0)
        memcpy(sorted, r->real, r->n * sizeof *sorted);
    qsort(sorted, r->n, sizeof *sorted, by_text);
    for (size_t i = 0; i < r->n; i++)
        jz_buf_put(out, sorted[i], strlen(sorted[i]) + 1);
    jz_free(sorted);
}
