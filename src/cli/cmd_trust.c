/* SPDX-License-Identifier: Apache-2.0 */
/* jz trust: whose Content Credentials are trusted here. */
#include "cli/cmd.h"
#include "cli/out.h"
#include "cli/text.h"
#include "cli/trust_args.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

static bool arg_time, arg_json;

static jz_trust_use use_of(bool time)
{
    return time ? JZ_TRUST_TIME : JZ_TRUST_SIGNERS;
}

static const char *use_word(jz_trust_use use)
{
    return use == JZ_TRUST_TIME ? "time" : "signers";
}

static jz_status list_path(jz_trust_use use, bool published, char **out, jz_err *err)
{
    jz_auto(char) *home = NULL;
    JZ_TRY(jz_home_find(jz_trust_arg_home, &home, err));
    return jz_trust_list_path(home, use, published, out, err);
}

/* ---- add, update ---- */

static jz_status take(const char *from, bool published, jz_err *err)
{
    jz_trust_change c = { 0 };
    jz_auto(char) *path = NULL;
    JZ_TRY(list_path(use_of(arg_time), published, &path, err));
    jz_auto(char) *folder = jz_path_folder(path);
    if (folder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(jz_mkdir_all(folder, err));
    JZ_TRY(jz_trust_list_take(path, from, published, &c, err));
    printf("%s: %zu added, %zu removed, %zu kept\n", use_word(use_of(arg_time)), c.added, c.removed,
           c.kept);
    return JZ_OK;
}

static int run_take(int argc, char **argv, const char *command, bool published)
{
    jz_err err = { 0 };
    if (argc != 1) {
        jz_err_set(&err, JZ_E_INVAL, "one PEM file is wanted");
        return jz_out_usage(command, &err);
    }
    return take(argv[0], published, &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

static int run_add(int argc, char **argv)
{
    return run_take(argc, argv, "jz trust add", false);
}

static int run_update(int argc, char **argv)
{
    return run_take(argc, argv, "jz trust update", true);
}

/* ---- list ---- */

static void print_entry(const jz_trust_entry *e, jz_trust_use use, bool published)
{
    char until[32];
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    (void)jz_time_text(e->not_after_us, until, sizeof until);
    if (!arg_json) {
        jz_buf_printf(&line, "%-8s %-9s %.16s  to %.10s  ", use_word(use),
                      published ? "published" : "added", e->fingerprint, until);
        jz_text_path(&line, e->name, strlen(e->name));
        jz_out_line(&line);
        return;
    }
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "list", use_word(use));
    jz_json_put_bool(&j, "published", published);
    jz_json_put_str(&j, "name", e->name);
    jz_json_put_str(&j, "fingerprint", e->fingerprint);
    jz_json_put_str(&j, "not_after", until);
    jz_json_end_object(&j);
    jz_out_line(&line);
}

static jz_status print_list(jz_trust_use use, bool published, size_t *n, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_TRY(list_path(use, published, &path, err));
    for (size_t i = 0;; i++) {
        jz_trust_entry e;
        jz_err why = { 0 };
        const jz_status st = jz_trust_list_at(path, i, &e, &why);
        if (st == JZ_E_NOTFOUND)
            return JZ_OK;
        if (st != JZ_OK) {
            *err = why;
            return st;
        }
        print_entry(&e, use, published);
        ++*n;
    }
}

static int run_list(int argc, char **argv)
{
    jz_err err = { 0 };
    size_t n = 0;
    (void)argv;
    if (argc != 0) {
        jz_err_set(&err, JZ_E_INVAL, "no operands are wanted");
        return jz_out_usage("jz trust list", &err);
    }
    for (unsigned i = 0; i < 4; i++) {
        if (print_list(use_of(i / 2 == 1), i % 2 == 1, &n, &err) != JZ_OK)
            return jz_out_error(&err);
    }
    return jz_out_close(n > 0 ? JZ_EXIT_YES : JZ_EXIT_NO);
}

/* ---- remove ---- */

static jz_status remove_from(jz_trust_use use, bool published, const char *fingerprint,
                             size_t *removed, jz_err *err)
{
    jz_trust_change c = { 0 };
    jz_err why = { 0 };
    jz_auto(char) *path = NULL;
    JZ_TRY(list_path(use, published, &path, err));
    const jz_status st = jz_trust_list_remove(path, fingerprint, &c, &why);
    if (st == JZ_E_NOTFOUND)
        return JZ_OK;
    if (st != JZ_OK)
        *err = why;
    *removed += c.removed;
    return st;
}

static int run_remove(int argc, char **argv)
{
    jz_err err = { 0 };
    size_t removed = 0;
    if (argc != 1) {
        jz_err_set(&err, JZ_E_INVAL, "one fingerprint is wanted, as jz trust list prints it");
        return jz_out_usage("jz trust remove", &err);
    }
    for (unsigned i = 0; i < 4 && err.code == JZ_OK; i++)
        (void)remove_from(use_of(i / 2 == 1), i % 2 == 1, argv[0], &removed,
                          &err); /* err says it */
    if (err.code == JZ_OK && removed == 0)
        jz_err_set(&err, JZ_E_NOTFOUND, "no list has a certificate %s", argv[0]);
    if (err.code == JZ_E_INVAL)
        return jz_out_usage("jz trust remove", &err);
    if (err.code != JZ_OK)
        return jz_out_error(&err);
    printf("%zu removed\n", removed);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- the commands ---- */

#define HOME_OPT                                                                                   \
    {                                                                                              \
        0, "home", JZ_OPT_STR, &jz_trust_arg_home, "DIR", "the installation"                       \
    }

static const jz_opt take_options[] = {
    { 0, "time", JZ_OPT_FLAG, &arg_time, NULL, "time stamping authorities instead of signers" },
    HOME_OPT,
    { 0 },
};
static const jz_opt list_options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per line on stdout" },
    HOME_OPT,
    { 0 },
};
static const jz_opt remove_options[] = { HOME_OPT, { 0 } };

static const jz_cmd trust_add = {
    .name = "add",
    .usage = "[--time] FILE",
    .summary = "trust the certificates of a PEM file",
    .details = "Each ends a chain: whatever they have issued is trusted, too.\n",
    .opts = take_options,
    .run = run_add,
};
static const jz_cmd trust_update = {
    .name = "update",
    .usage = "[--time] FILE",
    .summary = "trust a published list, instead of what it was before",
    .details =
        "For the lists of the C2PA conformance programme (C2PA-TRUST-LIST.pem and, with --time,\n"
        "C2PA-TSA-TRUST-LIST.pem). What jz trust add has added stays. Nothing is fetched.\n",
    .opts = take_options,
    .run = run_update,
};
static const jz_cmd trust_list = {
    .name = "list",
    .usage = "[--json]",
    .summary = "print who is trusted",
    .details = "Exit status: 0 somebody is, 1 nobody is.\n",
    .opts = list_options,
    .run = run_list,
};
static const jz_cmd trust_remove = {
    .name = "remove",
    .usage = "FINGERPRINT",
    .summary = "trust a certificate no longer",
    .opts = remove_options,
    .run = run_remove,
};
static const jz_cmd *const subcommands[] = { &trust_add, &trust_update, &trust_list, &trust_remove,
                                             NULL };

const jz_cmd jz_cmd_trust = {
    .name = "trust",
    .usage = "COMMAND ...",
    .summary = "whose Content Credentials are trusted: lists of signers and of time stamps",
    .sub = subcommands,
};
