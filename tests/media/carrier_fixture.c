/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/wait.h>

void fx_metas_done(fx_metas *m)
{
    for (size_t i = 0; i < m->n; i++) {
        jz_buf_done(&m->m[i].key);
        jz_buf_done(&m->m[i].value);
    }
    *m = (fx_metas){ 0 };
}

static jz_status collect(void *user, const jz_meta *meta, jz_err *err)
{
    fx_metas *all = user;
    if (all->n == FX_METAS)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d blocks", FX_METAS);
    fx_meta *m = &all->m[all->n++];
    *m = (fx_meta){ .meta = *meta };
    jz_buf_put(&m->key, meta->key.ptr, meta->key.len);
    jz_buf_put(&m->value, meta->value.ptr, meta->value.len);
    m->meta.key.ptr = (const uint8_t *)m->key.ptr;
    if (meta->value.ptr != NULL)
        m->meta.value.ptr = (const uint8_t *)m->value.ptr;
    return JZ_OK;
}

const jz_carrier *fx_carrier(jz_bytes file)
{
    const jz_bytes head = { file.ptr, file.len < JZ_SNIFF_BYTES ? file.len : JZ_SNIFF_BYTES };
    const jz_carrier *c = jz_carrier_find(jz_format_find(head), head);
    assert_non_null(c);
    return c;
}

jz_status fx_list(const jz_carrier *c, jz_bytes file, fx_metas *out, jz_err *err)
{
    jz_source src;
    jz_source_of_bytes(file, &src);
    *out = (fx_metas){ 0 };
    return c->list(&src, FX_KEY, collect, out, err);
}

jz_status fx_edit(const jz_carrier *c, jz_bytes file, const jz_meta_edit *edits, size_t n,
                  jz_buf *out, jz_err *err)
{
    jz_source src;
    JZ_SPLICES_AUTO s = { 0 };
    jz_source_of_bytes(file, &src);
    JZ_TRY(c->edit(&src, FX_KEY, edits, n, &s, err));
    return jz_splices_build(&s, &src, out, err);
}

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

/* Puts value in the home place, in the stead of the block at an offset. */
static void put(const jz_carrier *c, jz_bytes file, uint64_t at, const char *value, jz_buf *out)
{
    jz_err err = { 0 };
    const jz_meta_edit e = { .kind = c->home, .at = at };
    jz_meta_edit edit = e;
    if (value != NULL)
        edit.value = (jz_bytes){ (const uint8_t *)value, strlen(value) };
    if (fx_edit(c, file, &edit, 1, out, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

/* The offset of the one block of the home kind whose value is value. */
static uint64_t only(const jz_carrier *c, jz_bytes file, const char *value, size_t expected)
{
    fx_metas all;
    jz_err err = { 0 };
    uint64_t at = JZ_META_NEW;
    if (fx_list(c, file, &all, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    for (size_t i = 0; i < all.n; i++) {
        const fx_meta *m = &all.m[i];
        if (m->meta.kind != c->home || m->value.len != strlen(value) ||
            (m->value.len > 0 && memcmp(m->value.ptr, value, m->value.len) != 0))
            continue;
        assert_true(at == JZ_META_NEW);
        at = m->meta.at;
    }
    assert_true(at != JZ_META_NEW);
    assert_int_equal(all.n, expected);
    fx_metas_done(&all);
    return at;
}

static size_t count(const jz_carrier *c, jz_bytes file)
{
    fx_metas all;
    jz_err err = { 0 };
    if (fx_list(c, file, &all, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    const size_t n = all.n;
    fx_metas_done(&all);
    return n;
}

void fx_round_trip(jz_bytes file, const char *value, jz_buf *out)
{
    const jz_carrier *c = fx_carrier(file);
    const size_t before = count(c, file);
    JZ_BUF_AUTO longer = { 0 };
    JZ_BUF_AUTO second = { 0 };
    JZ_BUF_AUTO third = { 0 };
    JZ_BUF_AUTO last = { 0 };
    jz_buf_printf(&longer, "%s%s", value, value);
    put(c, file, JZ_META_NEW, value, out);
    uint64_t at = only(c, bytes_of(out), value, before + 1);
    put(c, bytes_of(out), at, longer.ptr, &second);
    at = only(c, bytes_of(&second), longer.ptr, before + 1);
    put(c, bytes_of(&second), at, value, &third);
    at = only(c, bytes_of(&third), value, before + 1);
    put(c, bytes_of(&third), at, NULL, &last);
    assert_int_equal(count(c, bytes_of(&last)), before);
}

static void try_both(const jz_carrier *c, jz_bytes file)
{
    fx_metas all;
    JZ_BUF_AUTO made = { 0 };
    const jz_meta_edit e = { c->home, JZ_META_NEW, { (const uint8_t *)"<x/>", 4 } };
    (void)fx_list(c, file, &all, NULL); /* any status; the sanitizers watch */
    fx_metas_done(&all);
    if (fx_edit(c, file, &e, 1, &made, NULL) != JZ_OK)
        return;
    assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
    fx_metas_done(&all);
}

void fx_hurt(jz_bytes file, size_t step)
{
    const jz_carrier *c = fx_carrier(file);
    for (size_t len = 0; len < file.len; len += step) {
        uint8_t *cut = malloc(len + 1);
        assert_non_null(cut);
        memcpy(cut, file.ptr, len);
        try_both(c, (jz_bytes){ cut, len });
        free(cut);
    }
    uint8_t *copy = malloc(file.len);
    assert_non_null(copy);
    memcpy(copy, file.ptr, file.len);
    for (size_t i = 0; i < file.len; i += step) {
        copy[i] ^= 0xff;
        try_both(c, (jz_bytes){ copy, file.len });
        copy[i] ^= 0xff;
    }
    free(copy);
}

bool fx_load(const char *name, bool data, jz_buf *out)
{
    const char *source = getenv("JZ_SOURCE");
    const char *root = data ? getenv("JZ_TEST_DATA") : source;
    JZ_BUF_AUTO path = { 0 };
    if (root == NULL)
        return false;
    jz_buf_printf(&path, "%s%s/%s", root, data ? "" : "/tests/data", name);
    return fx_load_path(path.ptr, out);
}

bool fx_load_path(const char *path, jz_buf *out)
{
    return jz_file_read(path, (size_t)1 << 28, out, NULL) == JZ_OK;
}

static int run(const char *const *argv, const char *path, int out)
{
    const char *args[32] = { 0 };
    for (size_t i = 0; argv[i] != NULL && i < 31; i++)
        args[i] = strcmp(argv[i], "@") == 0 ? path : argv[i];
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(out, 1);
        dup2(out, 2);
        execvp(args[0], (char *const *)(uintptr_t)args);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    const int rc = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return rc == 127 ? -1 : rc;
}

int fx_peer(jz_bytes file, const char *suffix, const char *const *argv, jz_buf *out)
{
    char path[64];
    char log[] = "/tmp/jz-peer-log-XXXXXX";
    (void)snprintf(path, sizeof path, "/tmp/jz-peer-XXXXXX%s", suffix);
    JZ_FD_AUTO fd = mkstemps(path, (int)strlen(suffix));
    JZ_FD_AUTO log_fd = mkstemp(log);
    assert_true(fd >= 0 && log_fd >= 0);
    assert_int_equal(jz_write_all(fd, file.ptr, file.len, path, NULL), JZ_OK);
    const int rc = run(argv, path, log_fd);
    assert_int_equal(jz_file_read(log, (size_t)1 << 26, out, NULL), JZ_OK);
    (void)unlink(path);
    (void)unlink(log);
    return rc;
}
