/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/govern_home.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/home_ledger.h"
#include "cli/input.h"
#include "cli/out.h"
#include "serve/api_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

jz_status jz_govern_reach(bool create, jz_govern **out, jz_err *err)
{
    jz_auto(char) *home = NULL;
    JZ_TRY(jz_home_find(jz_case_home, &home, err));
    return jz_govern_open(home, create, NULL, out, err);
}

jz_status jz_keys_reach(bool create, jz_govern **out, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_TRY(jz_govern_reach(create, &g, err));
    JZ_TRY(jz_keys_migrate(g, err));
    *out = JZ_TAKE(g);
    return JZ_OK;
}

jz_status jz_govern_gate_key(bool create, jz_skey *out, jz_err *err)
{
    jz_auto(char) *home = NULL;
    JZ_TRY(jz_home_find(jz_case_home, &home, err));
    return jz_gate_key(home, create, out, err);
}

jz_status jz_govern_to_ledger(jz_govern *g, jz_err *err)
{
    jz_auto(char) *home = NULL;
    jz_auto(jz_log) *log = NULL;
    jz_vkey vkey;
    uint64_t n = 0;
    JZ_TRY(jz_home_find(jz_case_home, &home, err));
    const jz_status st = jz_home_ledger_open(home, true, &log, &vkey, err);
    if (st == JZ_E_BUSY)
        return JZ_OK;
    JZ_TRY_CTX(st, err, "the ledger");
    JZ_TRY_CTX(jz_govern_anchor(g, log, &n, err), err, "the ledger");
    return n > 0 ? jz_home_ledger_note(home, log, err) : JZ_OK;
}

jz_status jz_govern_file(const char *path, jz_buf *out, jz_err *err)
{
    JZ_FD_AUTO fd = -1;
    char block[16384];
    ssize_t n;
    JZ_TRY(jz_input_open(path, &fd, err));
    out->cap = JZ_GOVERN_FILE_MAX;
    while ((n = pread(fd, block, sizeof block, (off_t)out->len)) > 0 && out->fail == JZ_OK)
        jz_buf_put(out, block, (size_t)n);
    if (n < 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    JZ_TRY_CTX(jz_buf_check(out, err), err, "%s", path);
    return JZ_OK;
}

jz_status jz_govern_exact(const char *path, uint8_t *out, size_t size, jz_err *err)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_TRY(jz_govern_file(path, &file, err));
    if (file.len != size)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s has %zu bytes, not %zu", path, file.len, size);
    if (file.ptr != NULL)
        memcpy(out, file.ptr, size);
    return JZ_OK;
}

jz_status jz_govern_hash(const char *path, uint8_t sha256[32], jz_err *err)
{
    JZ_FD_AUTO fd = -1;
    jz_exact_hashes exact;
    JZ_TRY(jz_input_open(path, &fd, err));
    JZ_TRY_CTX(jz_exact_hash_fd(fd, &exact, err), err, "%s", path);
    memcpy(sha256, exact.sha256, 32);
    return JZ_OK;
}

jz_status jz_govern_give(const char *path, const char *text, jz_err *err)
{
    if (path != NULL)
        return jz_file_write(path, text, strlen(text), err);
    (void)fputs(text, stdout);
    return JZ_OK;
}

int jz_govern_no(jz_status st, const jz_err *err)
{
    const int code = jz_out_error(err);
    return st == JZ_E_MISMATCH || st == JZ_E_EXISTS || st == JZ_E_CORRUPT || st == JZ_E_TRUNCATED
               ? JZ_EXIT_NO
               : code;
}
