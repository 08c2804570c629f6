/* SPDX-License-Identifier: Apache-2.0 */
/* jz rules: checking and testing rule sets, putting them to work, and decisions by them. */
#include "base/alloc.h"
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/out.h"

#include <jz/rules.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *arg_since;
static bool arg_json, arg_lines;

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)(b->ptr != NULL ? b->ptr : ""), b->len };
}

/* ---- check, test ---- */

static void tell_warnings(const jz_rules *r)
{
    for (size_t i = 0; jz_rules_warning(r, i) != NULL; i++)
        (void)fprintf(stderr, "warning: %s\n", jz_rules_warning(r, i));
}

static int run_check(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_rules) *r = NULL;
    jz_rules_info info;
    if (argc != 1)
        return jz_out_wanted("jz rules check", "one rule set is wanted");
    if (jz_rules_load(argv[0], &r, &err) != JZ_OK)
        return jz_out_error(&err);
    jz_rules_info_of(r, &info);
    tell_warnings(r);
    printf("%s  %s  %zu rules, %zu lists, at most %" PRIu64 " steps\n", info.sha256, info.name,
           info.rules, info.lists, info.cost);
    return jz_out_close(JZ_EXIT_YES);
}

static void tell_fault(void *user, uint64_t line, const char *name, const char *what)
{
    const char *path = user;
    printf("%s:%" PRIu64 ": %s: %s\n", path, line, name, what);
}

static jz_status test(char **argv, jz_rules_tests *out, jz_err *err)
{
    jz_auto(jz_rules) *r = NULL;
    JZ_BUF_AUTO cases = { 0 };
    JZ_TRY(jz_rules_load(argv[0], &r, err));
    JZ_TRY(jz_govern_file(argv[1], &cases, err));
    JZ_TRY_CTX(jz_rules_test(r, bytes_of(&cases), tell_fault, argv[1], out, err), err, "%s",
               argv[1]);
    return JZ_OK;
}

static int run_test(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_rules_tests n;
    if (argc != 2)
        return jz_out_wanted("jz rules test", "a rule set and its cases are wanted");
    if (test(argv, &n, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRIu64 " cases, %" PRIu64 " failed\n", n.cases, n.failed);
    return jz_out_close(n.failed > 0 ? JZ_EXIT_NO : JZ_EXIT_YES);
}

/* ---- draft, shadow, live, list ---- */

static jz_status draft(const char *path, char sha256[JZ_RULES_SHA256_SIZE], jz_err *err)
{
    jz_auto(jz_rules) *r = NULL;
    jz_auto(jz_govern) *g = NULL;
    jz_rules_info info;
    JZ_TRY(jz_rules_load(path, &r, err));
    tell_warnings(r);
    JZ_TRY(jz_govern_reach(true, &g, err));
    JZ_TRY(jz_rules_add(g, r, jz_case_actor(), err));
    jz_rules_info_of(r, &info);
    memcpy(sha256, info.sha256, JZ_RULES_SHA256_SIZE);
    return jz_govern_to_ledger(g, err);
}

static int run_draft(int argc, char **argv)
{
    jz_err err = { 0 };
    char sha256[JZ_RULES_SHA256_SIZE];
    if (argc != 1)
        return jz_out_wanted("jz rules draft", "one rule set is wanted");
    if (draft(argv[0], sha256, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%s\n", sha256);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_shadow(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc != 1)
        return jz_out_wanted("jz rules shadow", "the hash of a rule set is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_rules_shadow(g, argv[0], jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static int run_live(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    bool live = false;
    if (argc != 1)
        return jz_out_wanted("jz rules live", "the hash of a rule set is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_rules_approve(g, argv[0], jz_case_actor(), &live, &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%s\n", live ? "live" : "approved by one person; another one is wanted");
    return jz_out_close(live ? JZ_EXIT_YES : JZ_EXIT_NO);
}

static jz_status tell_row(void *user, const jz_rules_row *row, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    (void)user;
    (void)err;
    if (!arg_json) {
        printf("%.16s  %-7s  %8" PRIu64 "  %s%s%s\n", row->sha256, jz_rules_state_name(row->state),
               row->decisions, row->name, row->approved_by[0] != '\0' ? ", approved by " : "",
               row->approved_by);
        return JZ_OK;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "sha256", row->sha256);
    jz_json_put_str(&j, "name", row->name);
    jz_json_put_str(&j, "state", jz_rules_state_name(row->state));
    jz_json_put_str(&j, "added_by", row->added_by);
    jz_json_put_str(&j, "approved_by", row->approved_by[0] != '\0' ? row->approved_by : NULL);
    jz_json_put_u64(&j, "decisions", row->decisions);
    jz_json_end_object(&j);
    jz_out_line(&line);
    return JZ_OK;
}

static int run_list(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz rules list", "no operand is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_rules_list(g, tell_row, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- decide, explain, backtest ---- */

static jz_status decide_one(jz_govern *g, jz_bytes inputs, jz_err *err)
{
    char id[JZ_RULES_ID_SIZE];
    jz_auto(char) *decision = NULL;
    const jz_rules_question q = { .inputs = inputs, .by = jz_case_actor() };
    JZ_TRY(jz_rules_decide(g, &q, id, &decision, err));
    printf("{\"id\":\"%s\",\"decision\":%s}\n", id, decision);
    return JZ_OK;
}

static jz_status decide_lines(jz_govern *g, jz_bytes text, jz_err *err)
{
    for (uint64_t line = 1; text.len > 0; line++) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        const size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
        const size_t taken = end != NULL ? len + 1 : len;
        JZ_TRY_CTX(decide_one(g, (jz_bytes){ text.ptr, len }, err), err, "line %" PRIu64, line);
        text = (jz_bytes){ text.ptr + taken, text.len - taken };
    }
    return JZ_OK;
}

static int run_decide(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO file = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz rules decide", "one file of inputs is wanted");
    jz_status st = jz_govern_file(argv[0], &file, &err);
    if (st == JZ_OK)
        st = jz_govern_reach(false, &g, &err);
    if (st == JZ_OK)
        st = arg_lines ? decide_lines(g, bytes_of(&file), &err)
                       : decide_one(g, bytes_of(&file), &err);
    if (g != NULL) { /* also of what was decided before one that is none */
        jz_err second = { 0 };
        const jz_status kept = jz_govern_to_ledger(g, &second);
        err = st == JZ_OK ? second : err;
        st = st == JZ_OK ? kept : st;
    }
    (void)fflush(stdout); /* jz_out_close() checks */
    return st == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

static int run_explain(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    jz_auto(char) *json = NULL;
    bool same = false;
    if (argc != 1)
        return jz_out_wanted("jz rules explain", "one decision is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_rules_explain(g, argv[0], &same, &json, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%s\n", json);
    return jz_out_close(same ? JZ_EXIT_YES : JZ_EXIT_NO);
}

static jz_status backtest(const char *path, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    jz_auto(jz_rules) *r = NULL;
    jz_auto(char) *json = NULL;
    int64_t since_us = 0;
    JZ_TRY(jz_case_parse_time("--since", arg_since, &since_us, err));
    JZ_TRY(jz_rules_load(path, &r, err));
    tell_warnings(r);
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(jz_rules_backtest(g, r, since_us, &json, err));
    printf("%s\n", json);
    return JZ_OK;
}

static int run_backtest(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz rules backtest", "one rule set is wanted");
    return backtest(argv[0], &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

/* ---- rows ---- */

static const jz_opt no_options[] = { { 0 } };
static const jz_opt change_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt list_options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per set on stdout" },
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt decide_options[] = {
    { 0, "lines", JZ_OPT_FLAG, &arg_lines, NULL, "one decision a line" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt explain_options[] = { JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt backtest_options[] = {
    { 0, "since", JZ_OPT_STR, &arg_since, "TIME", "of decisions since then [all]" },
    JZ_CASE_HOME_OPT,
    { 0 },
};

static const jz_cmd check_cmd = {
    .name = "check",
    .usage = "FILE",
    .summary = "compile a rule set; prints its hash and what it costs",
    .details = "Exit 3: it is none, with file, line and column and what was expected.\n",
    .opts = no_options,
    .run = run_check,
};
static const jz_cmd test_cmd = { .name = "test",
                                 .usage = "FILE CASES",
                                 .summary = "run a rule set's test cases",
                                 .details = "One JSON object a line (docs/rules.md). Exit 1: one "
                                            "failed.\n",
                                 .opts = no_options,
                                 .run = run_test };
static const jz_cmd draft_cmd = { .name = "draft",
                                  .usage = "[options] FILE",
                                  .summary = "keep a rule set; prints its hash",
                                  .opts = change_options,
                                  .run = run_draft };
static const jz_cmd shadow_cmd = { .name = "shadow",
                                   .usage = "[options] SHA256",
                                   .summary = "let it decide beside the live set, without effects",
                                   .opts = change_options,
                                   .run = run_shadow };
static const jz_cmd live_cmd = {
    .name = "live",
    .usage = "[options] SHA256",
    .summary = "approve a rule set; with the second person's word it is live",
    .details = "Exit 1: another person is wanted.\n",
    .opts = change_options,
    .run = run_live,
};
static const jz_cmd list_cmd = { .name = "list",
                                 .usage = "[options]",
                                 .summary = "list rule sets, their states and their decisions",
                                 .opts = list_options,
                                 .run = run_list };
static const jz_cmd decide_cmd = { .name = "decide",
                                   .usage = "[options] FILE",
                                   .summary = "decide by the live set, and keep the decision",
                                   .details = "FILE holds inputs (docs/rules.md); - is standard "
                                              "input.\n",
                                   .opts = decide_options,
                                   .run = run_decide };
static const jz_cmd explain_cmd = {
    .name = "explain",
    .usage = "[options] DECISION",
    .summary = "show a decision with its inputs, and make it again",
    .details = "Exit 1: it does not come out the same.\n",
    .opts = explain_options,
    .run = run_explain,
};
static const jz_cmd backtest_cmd = {
    .name = "backtest",
    .usage = "[options] FILE",
    .summary = "what a rule set would have decided, beside what was decided",
    .opts = backtest_options,
    .run = run_backtest,
};

static const jz_cmd *const rows[] = {
    &check_cmd, &test_cmd,   &draft_cmd,   &shadow_cmd,   &live_cmd,
    &list_cmd,  &decide_cmd, &explain_cmd, &backtest_cmd, NULL,
};

const jz_cmd jz_cmd_rules = { .name = "rules",
                              .usage = "COMMAND [options] ...",
                              .summary = "rules that decide, and why they decided so",
                              .sub = rows };
