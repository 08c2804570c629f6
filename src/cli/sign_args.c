/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sign_args.h"

#include <jz/label.h>

#include "base/file.h"
#include "base/json.h"

#include <string.h>

const char *jz_sign_arg_cert, *jz_sign_arg_key, *jz_sign_arg_password, *jz_sign_arg_alg,
    *jz_sign_arg_tsa;

#define SOURCE_TYPES "http://cv.iptc.org/newscodes/digitalsourcetype/"
#define PASSWORD_MAX ((size_t)1024)

jz_status jz_sign_args_check(jz_err *err)
{
    if (jz_sign_arg_cert == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--cert PEM is missing (jz cert init makes one)");
    if (jz_sign_arg_key == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--key KEY is missing");
    return JZ_OK;
}

jz_status jz_sign_password(const char *path, jz_buf *out, jz_err *err)
{
    JZ_TRY_CTX(jz_file_read(path, PASSWORD_MAX, out, err), err, "--password-file");
    jz_buf_putc(out, '\0');
    JZ_TRY(jz_buf_check(out, err));
    out->ptr[strcspn(out->ptr, "\r\n")] = '\0';
    if (out->ptr[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "--password-file: %s has no password in its first line",
                       path);
    return JZ_OK;
}

jz_status jz_sign_args_open(jz_signer **out, jz_err *err)
{
    JZ_BUF_AUTO password = { 0 };
    if (jz_sign_arg_password != NULL)
        JZ_TRY(jz_sign_password(jz_sign_arg_password, &password, err));
    const jz_signer_opts o = { .cert_path = jz_sign_arg_cert,
                               .key = jz_sign_arg_key,
                               .alg = jz_sign_arg_alg,
                               .password = password.ptr };
    const jz_status st = jz_signer_open(&o, out, err);
    if (password.ptr != NULL)
        explicit_bzero(password.ptr, password.len);
    return st;
}

static void put_fields(const jz_aigc *a, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    for (int f = 0; f < JZ_AIGC_FIELDS; f++) {
        if (a->field[f] == NULL)
            continue;
        jz_json_key(&j, jz_aigc_field_name((jz_aigc_field)f));
        jz_json_str(&j, a->field[f]);
    }
    jz_json_end_object(&j);
}

jz_status jz_sign_label_json(int fd, jz_buf *out, jz_err *err)
{
    jz_label l = { 0 };
    const jz_status st = jz_label_read(fd, NULL, &l, err);
    if (st == JZ_OK && l.aigc != NULL)
        put_fields(l.aigc, out);
    jz_label_done(&l);
    JZ_TRY(st);
    return jz_buf_check(out, err);
}

jz_status jz_source_type_uri(const char *arg, char buf[JZ_SOURCE_TYPE_MAX], const char **out,
                             jz_err *err)
{
    JZ_BUF_AUTO uri = { .cap = JZ_SOURCE_TYPE_MAX - 1 };
    if (arg == NULL)
        return JZ_OK;
    const bool whole = strstr(arg, "://") != NULL;
    jz_buf_printf(&uri, "%s%s", whole ? "" : SOURCE_TYPES, arg);
    JZ_TRY_CTX(jz_buf_check(&uri, err), err, "--source-type");
    memcpy(buf, uri.ptr, uri.len + 1);
    *out = buf;
    return JZ_OK;
}
