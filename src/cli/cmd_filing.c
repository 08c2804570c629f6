/* SPDX-License-Identifier: Apache-2.0 */
/* jz filing: published filings of algorithms, and what they say of a label's producer. */
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/out.h"

#include <inttypes.h>
#include <stdio.h>

static const char *arg_reason;
static bool arg_json;

static jz_status import(const char *path, jz_filing_count *out, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO file = { 0 };
    JZ_TRY(jz_govern_file(path, &file, err));
    JZ_TRY(jz_govern_reach(true, &g, err));
    const jz_bytes csv = { (const uint8_t *)(file.ptr != NULL ? file.ptr : ""), file.len };
    JZ_TRY_CTX(jz_filing_import(g, csv, jz_case_actor(), out, err), err, "%s", path);
    return jz_govern_to_ledger(g, err);
}

static int run_import(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_filing_count n;
    if (argc != 1)
        return jz_out_wanted("jz filing import", "one list is wanted");
    if (import(argv[0], &n, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRIu64 " added, %" PRIu64 " changed, %" PRIu64 " as before\n", n.added, n.changed,
           n.same);
    return jz_out_close(JZ_EXIT_YES);
}

static jz_status tell(void *user, const jz_filing *f, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    (void)user;
    (void)err;
    if (!arg_json) {
        printf("%s  %s  %s  %s  %s%s%s\n", f->number, f->subject, f->algorithm, f->role, f->code,
               f->code[0] != '\0' ? "  " : "", f->ended ? "ended" : "in force");
        return JZ_OK;
    }
    const struct {
        const char *key, *text;
    } texts[] = {
        { "number", f->number },   { "algorithm", f->algorithm }, { "role", f->role },
        { "subject", f->subject }, { "product", f->product },     { "purpose", f->purpose },
        { "note", f->note },       { "code", f->code },
    };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++) {
        jz_json_key(&j, texts[i].key);
        jz_json_str(&j, texts[i].text);
    }
    jz_json_put_bool(&j, "ended", f->ended);
    jz_json_end_object(&j);
    jz_out_line(&line);
    return JZ_OK;
}

static int run_show(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc > 1)
        return jz_out_wanted("jz filing show", "one number, subject or code, or none, is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK)
        return jz_out_error(&err);
    const jz_status st = jz_filing_find(g, argc == 1 ? argv[0] : NULL, tell, NULL, &err);
    if (st != JZ_OK)
        return st == JZ_E_NOTFOUND ? (void)jz_out_error(&err), JZ_EXIT_NO : jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_end(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc != 1 || arg_reason == NULL)
        return jz_out_wanted("jz filing end", "one number and --reason are wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_filing_end(g, argv[0], arg_reason, jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static int run_bind(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc != 2)
        return jz_out_wanted("jz filing bind", "a subject and its credit code are wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_filing_bind(g, argv[0], argv[1], jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static int run_check(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    jz_producer_state state;
    if (argc != 1)
        return jz_out_wanted("jz filing check", "one producer code is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_filing_of_producer(g, argv[0], &state, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%s\n", jz_producer_state_name(state));
    return jz_out_close(state == JZ_PRODUCER_FILED ? JZ_EXIT_YES : JZ_EXIT_NO);
}

static const jz_opt import_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt show_options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per filing on stdout" },
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt end_options[] = {
    { 0, "reason", JZ_OPT_STR, &arg_reason, "TEXT", "why, and who says so" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt check_options[] = { JZ_CASE_HOME_OPT, { 0 } };

static const jz_cmd import_cmd = { .name = "import",
                                   .usage = "[options] FILE.csv",
                                   .summary = "take in a published list, whole or not at all",
                                   .details = "UTF-8, with a first row that names the columns.\n",
                                   .opts = import_options,
                                   .run = run_import };
static const jz_cmd show_cmd = { .name = "show",
                                 .usage = "[options] [NUMBER|SUBJECT|CODE]",
                                 .summary = "filings by number, subject or credit code",
                                 .details = "Exit 1: there is none.\n",
                                 .opts = show_options,
                                 .run = run_show };
static const jz_cmd end_cmd = { .name = "end",
                                .usage = "[options] NUMBER --reason TEXT",
                                .summary = "a filing has ended: its provider is denied",
                                .opts = end_options,
                                .run = run_end };
static const jz_cmd bind_cmd = { .name = "bind",
                                 .usage = "[options] SUBJECT CODE",
                                 .summary = "say which credit code is a subject's",
                                 .opts = import_options,
                                 .run = run_bind };
static const jz_cmd check_cmd = { .name = "check",
                                  .usage = "[options] PRODUCER",
                                  .summary = "is a label's producer code that of a filed subject?",
                                  .details = "Exit 0: filed; 1: ended, not_filed, malformed or\n"
                                             "person (no credit code to look up).\n",
                                  .opts = check_options,
                                  .run = run_check };

static const jz_cmd *const rows[] = {
    &import_cmd, &show_cmd, &check_cmd, &bind_cmd, &end_cmd, NULL
};

const jz_cmd jz_cmd_filing = { .name = "filing",
                               .usage = "COMMAND [options] ...",
                               .summary = "filings of deep-synthesis algorithms",
                               .sub = rows };
