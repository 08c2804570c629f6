/* SPDX-License-Identifier: Apache-2.0 */
/* jz feedback: from decisions back to models. */
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/out.h"

#include <jz/feedback.h>

#include <inttypes.h>
#include <stdio.h>

static const char *arg_output;
static uint64_t arg_version;

static jz_status give(jz_govern *g, jz_err *err)
{
    char *text = NULL;
    int64_t version = (int64_t)arg_version;
    if (arg_version > 0)
        JZ_TRY(jz_feedback_get(g, version, &text, err));
    else
        JZ_TRY(jz_feedback_list(g, jz_case_actor(), &version, &text, err));
    const jz_status st = jz_govern_give(arg_output, text, err);
    jz_govern_free(text);
    JZ_TRY(st);
    if (arg_output != NULL)
        printf("list %" PRId64, version);
    printf("\n");
    return jz_govern_to_ledger(g, err);
}

static int run_list(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    (void)argv;
    if (argc != 0 || arg_version > INT64_MAX)
        return jz_out_wanted("jz feedback list", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK)
        return jz_out_error(&err);
    const jz_status st = give(g, &err);
    if (st == JZ_OK)
        return jz_out_close(JZ_EXIT_YES);
    (void)jz_out_error(&err);
    return st == JZ_E_NOTFOUND ? JZ_EXIT_NO : JZ_EXIT_ENV;
}

static int run_register(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO file = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz feedback register", "one file is wanted");
    if (jz_govern_file(argv[0], &file, &err) != JZ_OK || jz_govern_reach(true, &g, &err) != JZ_OK)
        return jz_out_error(&err);
    const jz_status st = jz_model_register(g, (jz_bytes){ (const uint8_t *)file.ptr, file.len },
                                           jz_case_actor(), &err);
    jz_err later = { 0 };
    if ((st == JZ_OK || st == JZ_E_INVAL) && jz_govern_to_ledger(g, &later) != JZ_OK)
        return jz_out_error(&later);
    if (st == JZ_OK)
        return jz_out_close(JZ_EXIT_YES);
    (void)jz_out_error(&err);
    return st == JZ_E_INVAL || st == JZ_E_EXISTS ? JZ_EXIT_NO : JZ_EXIT_INPUT;
}

static jz_status tell(void *user, const jz_model_release *r, jz_err *err)
{
    (void)user;
    (void)err;
    printf("%s %s  %s  missed %" PRId64 " false %" PRId64, r->model, r->release,
           r->accepted ? "accepted" : "refused", r->missed_ppm, r->false_ppm);
    if (r->before_missed >= 0)
        printf("  before %" PRId64 " %" PRId64, r->before_missed, r->before_false);
    printf("  in a million\n");
    return JZ_OK;
}

static int run_releases(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz feedback releases", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_models_registered(g, tell, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt list_options[] = {
    { 0, "version", JZ_OPT_U64, &arg_version, "N", "one that was made before" },
    { 'o', "output", JZ_OPT_STR, &arg_output, "FILE", "to a file; prints its number" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt who_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt home_options[] = { JZ_CASE_HOME_OPT, { 0 } };

static const jz_cmd list_cmd = { .name = "list",
                                 .usage = "[options]",
                                 .summary = "the next list of what was decided, JSON",
                                 .details = "Exit 1: nothing was decided since the last one.\n",
                                 .opts = list_options,
                                 .run = run_list };
static const jz_cmd register_cmd = { .name = "register",
                                     .usage = "[options] FILE",
                                     .summary = "register a model's release with its errors",
                                     .details =
                                         "FILE is JSON (docs/measures.md). Exit 1: refused,\n"
                                         "worse than before or on another set.\n",
                                     .opts = who_options,
                                     .run = run_register };
static const jz_cmd releases_cmd = { .name = "releases",
                                     .usage = "[options]",
                                     .summary = "what was registered, and what was refused",
                                     .opts = home_options,
                                     .run = run_releases };
static const jz_cmd *const rows[] = { &list_cmd, &register_cmd, &releases_cmd, NULL };

const jz_cmd jz_cmd_feedback = { .name = "feedback",
                                 .usage = "COMMAND [options] ...",
                                 .summary = "what was decided, for training; releases of models",
                                 .sub = rows };
