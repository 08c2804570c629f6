/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tag_file.h"

#include "base/file.h"
#include "base/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FLUSH_BYTES ((size_t)64 << 10)
#define SHA256_SIZE 32

jz_status jz_tag_file_open(int dir, const char *name, jz_tag_file *out, jz_err *err)
{
    out->name = name;
    out->sha256 = EVP_MD_CTX_new();
    if (out->sha256 == NULL || EVP_DigestInit_ex(out->sha256, EVP_sha256(), NULL) != 1)
        return JZ_FAIL(err, JZ_E_NOMEM, "SHA-256 context");
    out->fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out->fd < 0)
        return JZ_FAIL(err, JZ_E_IO, "making %s: %s", name, strerrordesc_np(errno));
    return JZ_OK;
}

jz_status jz_tag_file_flush(jz_tag_file *t, bool all, jz_err *err)
{
    JZ_TRY(jz_buf_check(&t->text, err));
    if (t->text.len == 0 || (!all && t->text.len < FLUSH_BYTES))
        return JZ_OK;
    if (EVP_DigestUpdate(t->sha256, t->text.ptr, t->text.len) != 1)
        return JZ_FAIL(err, JZ_E_NOMEM, "SHA-256 of %s", t->name);
    JZ_TRY(jz_write_all(t->fd, t->text.ptr, t->text.len, t->name, err));
    jz_buf_reset(&t->text);
    return JZ_OK;
}

jz_status jz_tag_file_close(jz_tag_file *t, jz_buf *tags, jz_err *err)
{
    uint8_t digest[SHA256_SIZE];
    JZ_TRY(jz_tag_file_flush(t, true, err));
    if (EVP_DigestFinal_ex(t->sha256, digest, NULL) != 1)
        return JZ_FAIL(err, JZ_E_NOMEM, "SHA-256 of %s", t->name);
    if (tags != NULL) {
        jz_hex_put(tags, digest, sizeof digest);
        jz_buf_printf(tags, "  %s\n", t->name);
    }
    return JZ_OK;
}

void jz_tag_file_done(jz_tag_file *t)
{
    if (t->fd >= 0)
        (void)close(t->fd); /* the bag is synced as a whole, which tells what was not written */
    EVP_MD_CTX_free(t->sha256);
    jz_buf_done(&t->text);
    *t = (jz_tag_file){ .fd = -1 };
}
