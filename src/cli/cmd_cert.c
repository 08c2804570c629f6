/* SPDX-License-Identifier: Apache-2.0 */
/* jz cert: keys and certificates for jz sign. */
#include "cli/cmd.h"
#include "cli/out.h"
#include "cli/sign_args.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/newfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *arg_name, *arg_organisation, *arg_country, *arg_alg, *arg_password;
static uint64_t arg_days;
static bool arg_request;

static void identity_donep(jz_identity *i)
{
    jz_identity_done(i);
}
#define IDENTITY_AUTO __attribute__((cleanup(identity_donep))) jz_identity

/* What is written, in this order: the key last, so that it is never there alone. */
typedef struct output {
    const char *name;
    unsigned mode;
    const char *text; /* NULL: not this time */
} output;
#define OUTPUTS 4

static jz_status check_free(const char *folder, const output *o, jz_err *err)
{
    for (size_t i = 0; i < OUTPUTS; i++) {
        jz_auto(char) *path = NULL;
        JZ_TRY(jz_path_join(folder, o[i].name, &path, err));
        if (o[i].text != NULL && (access(path, F_OK) == 0 || errno != ENOENT))
            return JZ_FAIL(err, JZ_E_EXISTS, "%s is there already", path);
    }
    return JZ_OK;
}

static jz_status write_one(const char *path, const output *o, jz_err *err)
{
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    JZ_TRY(jz_newfile_open(path, o->mode, &f, err));
    JZ_TRY(jz_write_all(f.fd, o->text, strlen(o->text), path, err));
    return jz_newfile_commit(&f, false, err);
}

static jz_status write_all(const char *folder, const jz_identity *i, jz_err *err)
{
    const output list[OUTPUTS] = {
        { "root.pem", 0644, i->root },
        { "chain.pem", 0644, i->chain },
        { "request.pem", 0644, i->request },
        { "key.pem", 0600, i->key },
    };
    JZ_TRY(jz_mkdir_all(folder, err));
    JZ_TRY(check_free(folder, list, err));
    for (size_t k = 0; k < OUTPUTS; k++) {
        jz_auto(char) *path = NULL;
        JZ_TRY(jz_path_join(folder, list[k].name, &path, err));
        if (list[k].text == NULL)
            continue;
        JZ_TRY(write_one(path, &list[k], err));
        printf("%s\n", path);
    }
    return JZ_OK;
}

static void print_way(const char *folder)
{
    if (arg_request)
        printf("Send %s/request.pem to an authority on the list of those who check Content\n"
               "Credentials. What it sends back, with the certificates above it, is for --cert.\n",
               folder);
    else
        printf("For tests: nobody trusts this certificate who has not said so.\n"
               "  jz trust add %s/root.pem\n"
               "  jz sign FILE -o OUT --cert %s/chain.pem --key %s/key.pem\n",
               folder, folder, folder);
}

static jz_status init(const char *folder, jz_err *err)
{
    IDENTITY_AUTO made = { 0 };
    JZ_BUF_AUTO password = { 0 };
    jz_identity_opts o = { .name = arg_name,
                           .organisation = arg_organisation != NULL ? arg_organisation : arg_name,
                           .country = arg_country,
                           .alg = arg_alg,
                           .days = arg_days > 100000 ? 100000 : (unsigned)arg_days,
                           .request = arg_request };
    if (arg_password != NULL)
        JZ_TRY(jz_sign_password(arg_password, &password, err));
    o.password = password.ptr;
    const jz_status st = jz_identity_make(&o, &made, err);
    if (password.ptr != NULL)
        explicit_bzero(password.ptr, password.len);
    JZ_TRY(st);
    return write_all(folder, &made, err);
}

static int run(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        jz_err_set(&err, JZ_E_INVAL, "one folder is wanted");
    else if (arg_name == NULL)
        jz_err_set(&err, JZ_E_INVAL, "--name NAME is missing");
    if (err.code != JZ_OK)
        return jz_out_usage("jz cert init", &err);
    if (init(argv[0], &err) != JZ_OK)
        return err.code == JZ_E_INVAL ? jz_out_usage("jz cert init", &err) : jz_out_error(&err);
    print_way(argv[0]);
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt options[] = {
    { 0, "name", JZ_OPT_STR, &arg_name, "NAME", "of the program or device that signs" },
    { 0, "organisation", JZ_OPT_STR, &arg_organisation, "NAME",
      "who is shown as the signer [NAME]" },
    { 0, "country", JZ_OPT_STR, &arg_country, "CC", "its country, two letters" },
    { 0, "alg", JZ_OPT_STR, &arg_alg, "NAME",
      "es256, es384, es512, ps256, ps384, ps512, ed25519 [es256]" },
    { 0, "days", JZ_OPT_U64, &arg_days, "N", "that the certificate is valid [365]" },
    { 0, "request", JZ_OPT_FLAG, &arg_request, NULL, "a request for an authority instead" },
    { 0, "password-file", JZ_OPT_STR, &arg_password, "FILE",
      "encrypt the key; the password is its first line" },
    { 0 },
};

static const jz_cmd cert_init = {
    .name = "init",
    .usage = "--name NAME [options] DIR",
    .summary = "make a key with a test certificate, or a request",
    .details = "Writes key.pem (mode 0600) with chain.pem and root.pem, or with request.pem, into\n"
               "DIR. The certificate has the form that validators of C2PA want. Nothing that is\n"
               "there is overwritten.\n",
    .opts = options,
    .run = run,
};
static const jz_cmd *const subcommands[] = { &cert_init, NULL };

const jz_cmd jz_cmd_cert = {
    .name = "cert",
    .usage = "COMMAND ...",
    .summary = "keys and certificates for signing Content Credentials",
    .sub = subcommands,
};
