/* SPDX-License-Identifier: Apache-2.0 */
/* Exact hashes through libcrypto, all in one pass over the file. */
#include <jz/hash.h>

#include "base/alloc.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)256 << 10) /* fits into the second-level cache for three readers */

enum { MD5, SHA256, SM3, ALGORITHMS };

static const struct {
    const char *name;
    const EVP_MD *(*md)(void);
} algorithms[ALGORITHMS] = {
    [MD5] = { "MD5", EVP_md5 },
    [SHA256] = { "SHA-256", EVP_sha256 },
    [SM3] = { "SM3", EVP_sm3 },
};

typedef struct hashers {
    EVP_MD_CTX *ctx[ALGORITHMS];
} hashers;

static void hashers_done(const hashers *h)
{
    for (unsigned a = 0; a < ALGORITHMS; a++)
        EVP_MD_CTX_free(h->ctx[a]);
}

static jz_status hashers_init(hashers *h, jz_err *err)
{
    for (unsigned a = 0; a < ALGORITHMS; a++) {
        h->ctx[a] = EVP_MD_CTX_new();
        if (h->ctx[a] == NULL)
            return JZ_FAIL(err, JZ_E_NOMEM, "%s context", algorithms[a].name);
        if (EVP_DigestInit_ex(h->ctx[a], algorithms[a].md(), NULL) != 1)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "libcrypto has no %s", algorithms[a].name);
    }
    return JZ_OK;
}

static jz_status hashers_add(const hashers *h, const uint8_t *data, size_t len, jz_err *err)
{
    for (unsigned a = 0; a < ALGORITHMS; a++)
        if (EVP_DigestUpdate(h->ctx[a], data, len) != 1)
            return JZ_FAIL(err, JZ_E_NOMEM, "%s of %zu bytes", algorithms[a].name, len);
    return JZ_OK;
}

static jz_status hashers_result(const hashers *h, jz_exact_hashes *out, jz_err *err)
{
    uint8_t *const to[ALGORITHMS] = { [MD5] = out->md5, [SHA256] = out->sha256, [SM3] = out->sm3 };
    for (unsigned a = 0; a < ALGORITHMS; a++)
        if (EVP_DigestFinal_ex(h->ctx[a], to[a], NULL) != 1)
            return JZ_FAIL(err, JZ_E_NOMEM, "%s result", algorithms[a].name);
    return JZ_OK;
}

static jz_status read_all(int fd, const hashers *h, uint8_t *buf, uint64_t *bytes, jz_err *err)
{
    for (*bytes = 0;;) {
        const ssize_t n = pread(fd, buf, READ_BYTES, (off_t)*bytes);
        if (n == 0)
            return JZ_OK;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "read at %llu: %s", (unsigned long long)*bytes,
                           strerrordesc_np(errno));
        JZ_TRY(hashers_add(h, buf, (size_t)n, err));
        *bytes += (uint64_t)n;
    }
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static jz_status stat_file(int fd, struct stat *st, jz_err *err)
{
    if (fstat(fd, st) != 0)
        return JZ_FAIL(err, JZ_E_IO, "fstat: %s", strerrordesc_np(errno));
    return JZ_OK;
}

static jz_status hash_file(int fd, const hashers *h, jz_exact_hashes *out, jz_err *err)
{
    struct stat before, after;
    JZ_TRY(stat_file(fd, &before, err));
    if (!S_ISREG(before.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "not a regular file");
    jz_auto(uint8_t) *buf = jz_alloc(READ_BYTES);
    if (buf == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu bytes to read a file", READ_BYTES);
    JZ_TRY(read_all(fd, h, buf, &out->bytes, err));
    JZ_TRY(stat_file(fd, &after, err));
    if (before.st_size != after.st_size || out->bytes != (uint64_t)after.st_size ||
        !same_time(&before.st_mtim, &after.st_mtim) || !same_time(&before.st_ctim, &after.st_ctim))
        return JZ_FAIL(err, JZ_E_CHANGED, "changed while it was read: %lld bytes, then %lld",
                       (long long)before.st_size, (long long)after.st_size);
    return hashers_result(h, out, err);
}

jz_status jz_exact_hash_fd(int fd, jz_exact_hashes *out, jz_err *err)
{
    hashers h = { { NULL } };
    jz_exact_hashes all = { .bytes = 0 };
    jz_status st = hashers_init(&h, err);
    if (st == JZ_OK)
        st = hash_file(fd, &h, &all, err);
    hashers_done(&h);
    if (st == JZ_OK)
        *out = all;
    return st;
}

jz_status jz_exact_hash_bytes(jz_bytes data, jz_exact_hashes *out, jz_err *err)
{
    hashers h = { { NULL } };
    jz_exact_hashes all = { .bytes = data.len };
    jz_status st = hashers_init(&h, err);
    if (st == JZ_OK)
        st = hashers_add(&h, data.ptr, data.len, err);
    if (st == JZ_OK)
        st = hashers_result(&h, &all, err);
    hashers_done(&h);
    if (st == JZ_OK)
        *out = all;
    return st;
}

void jz_sha256(const void *data, size_t len, uint8_t out[JZ_SHA256_SIZE])
{
    const int ok = EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL);
    assert(ok == 1); /* of bytes in memory it fails where libcrypto is broken */
}
