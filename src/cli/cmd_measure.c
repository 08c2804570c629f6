/* SPDX-License-Identifier: Apache-2.0 */
/* jz measure: decisions, what becomes of their measures, appeals, the ladder; jz hook: telling the
 * platform. */
#include "cli/cmd_measure.h"

#include "base/alloc.h"
#include "cli/cmd.h"
#include "cli/out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *arg_reason, *arg_severity;
static bool arg_inside, arg_overturn, arg_keep;

jz_status jz_decision_reach(const char *text, jz_govern **out, char id[JZ_DECISION_ID_SIZE],
                            jz_err *err)
{
    JZ_TRY(jz_govern_reach(false, out, err));
    return jz_decision_find(*out, text, id, err);
}

/* A decision or a ladder that is none is bad input, not a bad command line. */
static int refuse(const char *path, jz_err *err)
{
    jz_err_wrap(err, "%s", path);
    return err->code == JZ_E_INVAL ? (void)jz_out_error(err), JZ_EXIT_INPUT : jz_out_error(err);
}

/* ---- decide, ladder ---- */

static int run_decide(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO file = { 0 };
    char id[JZ_DECISION_ID_SIZE];
    if (argc != 1)
        return jz_out_wanted("jz measure decide", "one file is wanted");
    if (jz_govern_file(argv[0], &file, &err) != JZ_OK || jz_govern_reach(true, &g, &err) != JZ_OK)
        return jz_out_error(&err);
    if (jz_decide(g, (jz_bytes){ (const uint8_t *)file.ptr, file.len }, jz_case_actor(), id,
                  &err) != JZ_OK)
        return refuse(argv[0], &err);
    if (jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%s\n", id);
    return jz_out_close(JZ_EXIT_YES);
}

static jz_status print_ladder(jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    char *text = NULL;
    char sha256[65];
    JZ_TRY(jz_govern_reach(true, &g, err));
    JZ_TRY(jz_ladder_get(g, &text, sha256, err));
    printf("%s\n", text);
    jz_govern_free(text);
    return JZ_OK;
}

static int run_ladder(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO file = { 0 };
    if (argc > 1)
        return jz_out_wanted("jz measure ladder", "one file is wanted, or none");
    if (argc == 0)
        return print_ladder(&err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
    if (jz_govern_file(argv[0], &file, &err) != JZ_OK || jz_govern_reach(true, &g, &err) != JZ_OK)
        return jz_out_error(&err);
    if (jz_ladder_set(g, (jz_bytes){ (const uint8_t *)file.ptr, file.len }, jz_case_actor(),
                      &err) != JZ_OK)
        return refuse(argv[0], &err);
    if (jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- acts ---- */

static jz_status act_on(jz_measure_act act, const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    const jz_measure_deed deed = { .act = act, .by = jz_case_actor(), .reason = arg_reason };
    int64_t number = 0;
    JZ_TRY(jz_case_parse_item(text, &number, err));
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(jz_measure_do(g, number, &deed, err));
    return jz_govern_to_ledger(g, err);
}

static int run_act(jz_measure_act act, int argc, char **argv)
{
    jz_err err = { 0 };
    char command[64];
    (void)snprintf(command, sizeof command, "jz measure %s", jz_measure_act_name(act));
    if (argc != 1)
        return jz_out_wanted(command, "the number of one measure is wanted");
    return act_on(act, argv[0], &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

#define ACT(name, act)                                                                             \
    static int run_##name(int argc, char **argv)                                                   \
    {                                                                                              \
        return run_act(act, argc, argv);                                                           \
    }
ACT(approve, JZ_MEASURE_APPROVE)
ACT(dismiss, JZ_MEASURE_DISMISS)
ACT(acknowledge, JZ_MEASURE_ACKNOWLEDGE)
ACT(fail, JZ_MEASURE_FAIL)
ACT(retry, JZ_MEASURE_RETRY)
ACT(reverse, JZ_MEASURE_REVERSE)

static int run_sweep(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    uint64_t n = 0;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz measure sweep", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_measure_sweep(g, jz_case_actor(), &n, &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRIu64 " ended\n", n);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- appeals ---- */

static jz_status appeal(const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    char id[JZ_DECISION_ID_SIZE];
    JZ_TRY(jz_decision_reach(text, &g, id, err));
    JZ_TRY(jz_decision_appeal(g, id, arg_reason, jz_case_actor(), err));
    return jz_govern_to_ledger(g, err);
}

static int run_appeal(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz measure appeal", "one decision is wanted");
    return appeal(argv[0], &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

static jz_status review(const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    char id[JZ_DECISION_ID_SIZE];
    const jz_appeal_state outcome = arg_overturn ? JZ_APPEAL_OVERTURNED
                                    : arg_keep   ? JZ_APPEAL_KEPT
                                                 : JZ_APPEAL_MODIFIED;
    JZ_TRY(jz_decision_reach(text, &g, id, err));
    JZ_TRY(jz_decision_review(g, id, outcome, arg_severity, arg_reason, jz_case_actor(), err));
    return jz_govern_to_ledger(g, err);
}

static int run_review(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1 || arg_overturn + arg_keep + (arg_severity != NULL) != 1)
        return jz_out_wanted("jz measure review",
                             "one decision, and --keep, --overturn or --severity, are wanted");
    return review(argv[0], &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

/* ---- webhooks ---- */

static int run_set(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc != 1)
        return jz_out_wanted("jz hook set", "one URL is wanted");
    if (jz_govern_reach(true, &g, &err) != JZ_OK ||
        jz_hook_set(g, argv[0], arg_inside, jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static jz_status hook_key(bool create, jz_skey *out, jz_err *err)
{
    jz_auto(char) *home = NULL;
    JZ_TRY(jz_home_find(jz_case_home, &home, err));
    return jz_hook_key(home, create, out, err);
}

static int run_key(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_skey key;
    char text[JZ_VKEY_TEXT];
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz hook key", "it takes nothing but options");
    if (hook_key(true, &key, &err) != JZ_OK)
        return jz_out_error(&err);
    jz_vkey_text(&key.pub, text);
    jz_skey_wipe(&key);
    printf("%s\n", text);
    return jz_out_close(JZ_EXIT_YES);
}

static jz_status deliver(jz_hook_count *n, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    jz_skey key;
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(hook_key(true, &key, err));
    const jz_status st = jz_hook_deliver(g, &key, jz_case_actor(), n, err);
    jz_skey_wipe(&key);
    JZ_TRY(st);
    return jz_govern_to_ledger(g, err);
}

static int run_deliver(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_hook_count n = { 0 };
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz hook deliver", "it takes nothing but options");
    if (deliver(&n, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRIu64 " delivered, %" PRIu64 " to be tried again, %" PRIu64 " dead\n", n.delivered,
           n.failed, n.dead);
    return jz_out_close(n.failed + n.dead > 0 ? JZ_EXIT_NO : JZ_EXIT_YES);
}

/* ---- rows ---- */

#define WHO JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT
#define REASON                                                                                     \
    {                                                                                              \
        0, "reason", JZ_OPT_STR, &arg_reason, "TEXT", "why; no names of persons"                   \
    }
static const jz_opt who_options[] = { WHO, { 0 } };
static const jz_opt act_options[] = { REASON, WHO, { 0 } };
static const jz_opt review_options[] = {
    { 0, "keep", JZ_OPT_FLAG, &arg_keep, NULL, "it was right" },
    { 0, "overturn", JZ_OPT_FLAG, &arg_overturn, NULL, "it was wrong: all of it is reversed" },
    { 0, "severity", JZ_OPT_STR, &arg_severity, "WORD",
      "it counts as low, medium, high, critical" },
    REASON,
    WHO,
    { 0 },
};
static const jz_opt set_options[] = {
    { 0, "inside", JZ_OPT_FLAG, &arg_inside, NULL, "also private addresses and plain http" },
    WHO,
    { 0 },
};
static const jz_opt home_options[] = { JZ_CASE_HOME_OPT, { 0 } };

#define ROW(word, how, what, more, options)                                                        \
    static const jz_cmd word##_cmd = { .name = #word,                                              \
                                       .usage = "[options] " how,                                  \
                                       .summary = what,                                            \
                                       .details = more,                                            \
                                       .opts = options,                                            \
                                       .run = run_##word }
ROW(decide, "FILE", "record a decision and order its measures; prints its id",
    "FILE is JSON (docs/measures.md).\n", who_options);
ROW(ladder, "[FILE]", "print the ladder in force, or take another", NULL, who_options);
ROW(approve, "NUMBER", "order what the ladder proposes", NULL, who_options);
ROW(dismiss, "NUMBER --reason TEXT", "do not order it", NULL, act_options);
ROW(acknowledge, "NUMBER", "the platform has done it", NULL, who_options);
ROW(fail, "NUMBER --reason TEXT", "the platform cannot do it", NULL, act_options);
ROW(retry, "NUMBER", "tell the platform again", NULL, who_options);
ROW(reverse, "NUMBER --reason TEXT", "take it back", NULL, act_options);
ROW(sweep, "", "end what has run its time", "Every minute, by cron.\n", who_options);
ROW(appeal, "DECISION --reason TEXT", "the account does not agree", JZ_DECISION_IS, act_options);
ROW(review, "DECISION --keep|--overturn|--severity WORD --reason TEXT",
    "decide an appeal: by another than who decided", JZ_DECISION_IS, review_options);

static const jz_cmd *const rows[] = {
    &decide_cmd,
    &jz_cmd_measure_show,
    &jz_cmd_measure_list,
    &approve_cmd,
    &dismiss_cmd,
    &acknowledge_cmd,
    &fail_cmd,
    &retry_cmd,
    &reverse_cmd,
    &sweep_cmd,
    &appeal_cmd,
    &review_cmd,
    &ladder_cmd,
    &jz_cmd_measure_account,
    &jz_cmd_measure_refuses,
    NULL,
};

const jz_cmd jz_cmd_measure = { .name = "measure",
                                .usage = "COMMAND [options] ...",
                                .summary = "decisions, their measures, appeals and the ladder",
                                .sub = rows };

ROW(set, "URL", "where the platform takes webhooks", NULL, set_options);
ROW(key, "", "print the public key that signs them", NULL, home_options);
ROW(deliver, "", "tell what is due",
    "Every minute, by cron. Exit 1 where something could not be told.\n", who_options);

static const jz_cmd *const hook_rows[] = {
    &set_cmd, &deliver_cmd, &jz_cmd_hook_list, &key_cmd, NULL,
};

const jz_cmd jz_cmd_hook = { .name = "hook",
                             .usage = "COMMAND [options] ...",
                             .summary = "tell the platform what was ordered, by webhook",
                             .sub = hook_rows };
