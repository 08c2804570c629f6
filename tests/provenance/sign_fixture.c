/* SPDX-License-Identifier: Apache-2.0 */
#include "sign_fixture.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

char *sx_path(const sx *x, const char *name, char buf[256])
{
    (void)snprintf(buf, 256, "%s/%s", x->folder, name);
    return buf;
}

char *sx_data(const char *name, char buf[1024])
{
    const char *root = getenv("JZ_SOURCE");
    (void)snprintf(buf, 1024, "%s/tests/data/%s", root != NULL ? root : ".", name);
    return buf;
}

void sx_write(const sx *x, const char *name, const void *data, size_t len)
{
    char path[256];
    assert_int_equal(jz_file_write(sx_path(x, name, path), data, len, NULL), JZ_OK);
}

void sx_read(const sx *x, const char *name, jz_buf *out)
{
    char path[256];
    assert_int_equal(jz_file_read(sx_path(x, name, path), (size_t)8 << 20, out, NULL), JZ_OK);
}

bool sx_has(const sx *x, const char *name)
{
    char path[256];
    return access(sx_path(x, name, path), F_OK) == 0;
}

void sx_begin(sx *x, const char *alg)
{
    char cert[256];
    char key[256];
    jz_err err = { 0 };
    jz_identity id = { 0 };
    const jz_identity_opts o = { .name = "Test Signer", .organisation = "Test", .alg = alg };
    *x = (sx){ .folder = "/tmp/jz-sign-XXXXXX" };
    assert_non_null(mkdtemp(x->folder));
    assert_int_equal(jz_identity_make(&o, &id, NULL), JZ_OK);
    sx_write(x, "key.pem", id.key, strlen(id.key));
    sx_write(x, "chain.pem", id.chain, strlen(id.chain));
    sx_write(x, "root.pem", id.root, strlen(id.root));
    assert_int_equal(jz_trust_new(&x->trust, NULL), JZ_OK);
    assert_int_equal(jz_trust_add_pem(x->trust, JZ_TRUST_SIGNERS,
                                      (jz_bytes){ (const uint8_t *)id.root, strlen(id.root) },
                                      NULL),
                     JZ_OK);
    jz_identity_done(&id);
    const jz_signer_opts s = { .cert_path = sx_path(x, "chain.pem", cert),
                               .key = sx_path(x, "key.pem", key),
                               .alg = alg };
    if (jz_signer_open(&s, &x->signer, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

void sx_end(sx *x)
{
    jz_signer_free(x->signer);
    jz_trust_free(x->trust);
    jz_remove_tree(x->folder);
}

jz_status sx_sign(const sx *x, const char *from, const char *to, const jz_sign_opts *opts,
                  jz_credentials **out, jz_err *err)
{
    char path[256];
    const int fd = open(from, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const jz_status st = jz_credentials_sign(fd, sx_path(x, to, path), x->signer, opts, out, err);
    (void)close(fd);
    return st;
}

jz_credentials *sx_verify(const sx *x, const char *name)
{
    char path[256];
    jz_credentials *c = NULL;
    const jz_verify_opts opts = { .trust = x->trust };
    const int fd = open(sx_path(x, name, path), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(jz_credentials_verify(fd, &opts, &c, NULL), JZ_OK);
    (void)close(fd);
    return c;
}

bool sx_found(const jz_credentials *c, const char *code, bool recorded)
{
    const jz_credential_finding *f = NULL;
    assert_non_null(jz_code_find(code));
    for (size_t i = 0; (f = jz_credential_finding_at(c, i)) != NULL; i++) {
        if (strcmp(f->code->name, code) == 0 && f->recorded == recorded)
            return true;
    }
    return false;
}
