/* SPDX-License-Identifier: Apache-2.0 */
/* What jz sign and jz label apply --c2pa share: whose key, and the label in the signed manifest. */
#ifndef JZ_SIGN_ARGS_H
#define JZ_SIGN_ARGS_H

#include "base/buf.h"
#include "cli/opt.h"
#include "cli/trust_args.h"

extern const char *jz_sign_arg_cert, *jz_sign_arg_key, *jz_sign_arg_password, *jz_sign_arg_alg,
    *jz_sign_arg_tsa;
#define JZ_SIGN_OPTS                                                                               \
    {                                                                                              \
        0,          "cert",                                                                        \
        JZ_OPT_STR, &jz_sign_arg_cert,                                                             \
        "PEM",      "the signer's certificate and those above it"                                  \
    },                                                                                             \
        { 0,          "key",                                                                       \
          JZ_OPT_STR, &jz_sign_arg_key,                                                            \
          "KEY",      "its private key: a PEM file or a pkcs11: URI" },                            \
        { 0,          "password-file",                                                             \
          JZ_OPT_STR, &jz_sign_arg_password,                                                       \
          "FILE",     "the password of an encrypted key is its first line" },                      \
        { 0,          "alg",                                                                       \
          JZ_OPT_STR, &jz_sign_arg_alg,                                                            \
          "NAME",     "es256, es384, es512, ps256, ps384, ps512, ed25519 [as the key]" },          \
    {                                                                                              \
        0, "tsa", JZ_OPT_STR, &jz_sign_arg_tsa, "URL",                                             \
            "have the signature time-stamped there (RFC 3161)"                                     \
    }

/* JZ_E_INVAL where --cert or --key is missing. */
JZ_CHECKED jz_status jz_sign_args_check(jz_err *err);
/* The first line of a file, which the caller wipes. */
JZ_CHECKED jz_status jz_sign_password(const char *path, jz_buf *out, jz_err *err);
/* On success *out is new. */
JZ_CHECKED jz_status jz_sign_args_open(jz_signer **out, jz_err *err);

#define JZ_AIGC_ASSERTION "cn.jianzhen.aigc" /* the label of GB 45438 as a JSON object */
/* The fields of the file's implicit label, appended as JSON; nothing where it has none that can be
 * read. */
JZ_CHECKED jz_status jz_sign_label_json(int fd, jz_buf *out, jz_err *err);

/* "trainedAlgorithmicMedia" as the URI of IPTC, a URI as it is; NULL for NULL. buf is where it is
 * put. */
#define JZ_SOURCE_TYPE_MAX 256
JZ_CHECKED jz_status jz_source_type_uri(const char *arg, char buf[JZ_SOURCE_TYPE_MAX],
                                        const char **out, jz_err *err);

#endif
