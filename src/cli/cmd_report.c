/* SPDX-License-Identifier: Apache-2.0 */
/* jz report: what is told to others; jz retention: what is kept for how long. */
#include "base/file.h"
#include "cli/cmd.h"
#include "cli/cmd_measure.h"
#include "cli/out.h"

#include <jz/report.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *arg_output, *arg_from, *arg_to, *arg_authority, *arg_document, *arg_with;
static const char *arg_made;
static uint64_t arg_days;
static bool arg_html, arg_english;
static jz_report_facts facts;

static jz_status give(char *text, jz_err *err)
{
    const jz_status st = jz_govern_give(arg_output, text, err);
    jz_govern_free(text);
    if (st == JZ_OK && arg_output == NULL)
        printf("\n");
    return st;
}

static int finish(jz_status st, jz_err *err)
{
    return st == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(err);
}

/* ---- statements ---- */

static jz_status statement(const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    char id[JZ_DECISION_ID_SIZE];
    char *out = NULL;
    JZ_TRY(jz_decision_reach(text, &g, id, err));
    JZ_TRY(jz_report_statement(g, id, &out, err));
    return give(out, err);
}

static int run_statement(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz report statement", "one decision is wanted");
    return finish(statement(argv[0], &err), &err);
}

static int run_check(int argc, char **argv)
{
    jz_err err = { 0 };
    JZ_BUF_AUTO file = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz report check", "one file is wanted");
    if (jz_govern_file(argv[0], &file, &err) != JZ_OK)
        return jz_out_error(&err);
    if (jz_statement_check((jz_bytes){ (const uint8_t *)file.ptr, file.len }, &err) == JZ_OK)
        return jz_out_close(JZ_EXIT_YES);
    (void)jz_out_error(&err);
    return JZ_EXIT_NO;
}

/* ---- to an authority ---- */

typedef struct ids {
    char id[JZ_REPORT_DECISIONS][JZ_DECISION_ID_SIZE];
    const char *list[JZ_REPORT_DECISIONS];
} ids;

static jz_status reach_all(jz_govern *g, size_t n, char **argv, ids *out, jz_err *err)
{
    if (n > JZ_REPORT_DECISIONS)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d decisions", JZ_REPORT_DECISIONS);
    for (size_t i = 0; i < n; i++) {
        JZ_TRY(jz_decision_find(g, argv[i], out->id[i], err));
        out->list[i] = out->id[i];
    }
    return JZ_OK;
}

static jz_status to_authority(size_t n, char **argv, bool proof, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    static ids all; /* too large for the stack */
    char *out = NULL;
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(reach_all(g, n, argv, &all, err));
    JZ_TRY(proof ? jz_report_proof(g, &facts, all.list, n, !arg_english, &out, err)
                 : jz_report_authority(g, &facts, all.list, n, &out, err));
    return give(out, err);
}

static int run_authority(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc < 1)
        return jz_out_wanted("jz report authority", "decisions are wanted");
    return finish(to_authority((size_t)argc, argv, false, &err), &err);
}

static int run_proof(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc < 1)
        return jz_out_wanted("jz report proof", "decisions are wanted");
    return finish(to_authority((size_t)argc, argv, true, &err), &err);
}

/* ---- numbers, one person ---- */

static jz_status numbers(jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    int64_t from = 0;
    int64_t to = 0;
    char *out = NULL;
    JZ_TRY(jz_case_parse_time("--from", arg_from, &from, err));
    JZ_TRY(jz_case_parse_time("--to", arg_to, &to, err));
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(jz_report_numbers(g, from, to, arg_html ? JZ_REPORT_HTML : JZ_REPORT_CSV, &out, err));
    const jz_status st = jz_govern_give(arg_output, out, err);
    jz_govern_free(out);
    return st;
}

static int run_numbers(int argc, char **argv)
{
    jz_err err = { 0 };
    (void)argv;
    if (argc != 0 || arg_from == NULL || arg_to == NULL)
        return jz_out_wanted("jz report numbers", "--from and --to are wanted");
    return finish(numbers(&err), &err);
}

static jz_status held(const char *ref, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    char *out = NULL;
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(jz_report_held(g, ref, &out, err));
    return give(out, err);
}

static int run_held(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz report held", "one reference is wanted");
    return finish(held(argv[0], &err), &err);
}

static int run_faces(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    int64_t n = 0;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz report faces", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK || jz_report_faces(g, &n, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRId64 " persons%s\n", n,
           n >= JZ_FACES_FILING  ? ": file with the authority within 30 working days"
           : n >= JZ_FACES_ALERT ? ": at 100000 a filing is due"
                                 : "");
    return jz_out_close(n >= JZ_FACES_ALERT ? JZ_EXIT_NO : JZ_EXIT_YES);
}

/* ---- assessments ---- */

static int run_assessed(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    int64_t made = 0;
    if (argc != 1 || arg_made == NULL || arg_days > UINT32_MAX)
        return jz_out_wanted("jz report assessed", "one assessment and --made are wanted");
    if (jz_case_parse_time("--made", arg_made, &made, &err) != JZ_OK ||
        jz_govern_reach(true, &g, &err) != JZ_OK ||
        jz_assessment_note(g, argv[0], made, (uint32_t)arg_days, jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static jz_status tell_assessment(void *user, const jz_assessment *a, jz_err *err)
{
    unsigned *due = user;
    char at[32];
    (void)jz_time_text(a->due_us, at, sizeof at);
    (void)err;
    *due += a->due;
    printf("%s  due %s  %" PRId64 " consents%s\n", a->id, a->due_us > 0 ? at : "at once",
           a->consents, a->due ? "  DUE" : "");
    return JZ_OK;
}

static int run_reminders(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    unsigned due = 0;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz report reminders", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_assessments(g, tell_assessment, &due, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(due > 0 ? JZ_EXIT_NO : JZ_EXIT_YES);
}

/* ---- retention ---- */

static int run_list(int argc, char **argv)
{
    const jz_retention_class *c;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz retention list", "it takes nothing but options");
    for (size_t i = 0; (c = jz_retention_at(i)) != NULL; i++)
        printf("%-10s %5" PRIu32 " days  %s\n", c->name, c->days, c->basis);
    return jz_out_close(JZ_EXIT_YES);
}

static jz_status hold(const char *object, bool set, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(set ? jz_retention_hold(g, object, arg_authority, arg_document, jz_case_actor(),
                                   arg_with, err)
               : jz_retention_release(g, object, arg_document, jz_case_actor(), arg_with, err));
    return jz_govern_to_ledger(g, err);
}

static int run_hold(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz retention hold", "one id is wanted, or '*'");
    return finish(hold(argv[0], true, &err), &err);
}

static int run_release(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz retention release", "one id is wanted, or '*'");
    return finish(hold(argv[0], false, &err), &err);
}

static int run_sweep(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    uint64_t n = 0;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz retention sweep", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_retention_sweep(g, jz_case_actor(), &n, &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRIu64 " erased\n", n);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- rows ---- */

#define OUTPUT                                                                                     \
    {                                                                                              \
        'o', "output", JZ_OPT_STR, &arg_output, "FILE", "to a file"                                \
    }
#define FACTS                                                                                      \
    { 0, "organization", JZ_OPT_STR, &facts.organization, "NAME", "who reports" },                 \
        { 0, "contact", JZ_OPT_STR, &facts.contact, "TEXT", "of it" },                             \
        { 0, "filing", JZ_OPT_STR, &facts.filing, "NUMBER", "of its algorithm" },                  \
        { 0, "authority", JZ_OPT_STR, &facts.authority, "NAME", "to whom" },                       \
        { 0, "document", JZ_OPT_STR, &facts.document, "NUMBER", "of theirs, that is answered" },   \
        { 0, "number", JZ_OPT_STR, &facts.number, "NUMBER", "of this report" },                    \
        { 0, "platform", JZ_OPT_STR, &facts.platform, "NAME", "where it was" },                    \
    {                                                                                              \
        0, "urgent", JZ_OPT_FLAG, &facts.urgent, NULL, "somebody is in danger"                     \
    }
static const jz_opt text_options[] = { OUTPUT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt no_options[] = { { 0 } };
static const jz_opt home_options[] = { JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt authority_options[] = { FACTS, OUTPUT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt proof_options[] = {
    FACTS,  { 0, "english", JZ_OPT_FLAG, &arg_english, NULL, "in English, not in Chinese" },
    OUTPUT, JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt numbers_options[] = {
    { 0, "from", JZ_OPT_STR, &arg_from, "TIME", "from then on" },
    { 0, "to", JZ_OPT_STR, &arg_to, "TIME", "before then" },
    { 0, "html", JZ_OPT_FLAG, &arg_html, NULL, "as a page with plots, not as CSV" },
    OUTPUT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt assessed_options[] = {
    { 0, "made", JZ_OPT_STR, &arg_made, "TIME", "when" },
    { 0, "days", JZ_OPT_U64, &arg_days, "N", "due again after so many [366]" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt hold_options[] = {
    { 0, "authority", JZ_OPT_STR, &arg_authority, "NAME", "who orders it" },
    { 0, "document", JZ_OPT_STR, &arg_document, "NUMBER", "of the paper" },
    { 0, "with", JZ_OPT_STR, &arg_with, "PERSON", "the second person" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt sweep_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };

#define ROW(word, how, what, more, options)                                                        \
    static const jz_cmd word##_cmd = { .name = #word,                                              \
                                       .usage = "[options] " how,                                  \
                                       .summary = what,                                            \
                                       .details = more,                                            \
                                       .opts = options,                                            \
                                       .run = run_##word }
ROW(statement, "DECISION", "a statement of reasons for the DSA Transparency Database",
    JZ_DECISION_IS, text_options);
ROW(check, "FILE", "is it such a statement?", "Exit 0: it is; 1: it is not.\n", no_options);
ROW(authority, "DECISION...", "a report to an authority, JSON", JZ_DECISION_IS, authority_options);
ROW(proof, "DECISION...", "the proof document that goes with it, HTML", JZ_DECISION_IS,
    proof_options);
ROW(numbers, "--from TIME --to TIME", "numbers for the public", NULL, numbers_options);
ROW(held, "REFERENCE", "what is held about one person or account, JSON", NULL, text_options);
ROW(faces, "", "persons whose faces are referred to", "Exit 1 from 80000 on.\n", home_options);
ROW(assessed, "NAME --made TIME", "an impact assessment was made", NULL, assessed_options);
ROW(reminders, "", "impact assessments, and which are due", "Exit 1 where one is due.\n",
    home_options);

static const jz_cmd *const rows[] = {
    &statement_cmd, &check_cmd, &authority_cmd, &proof_cmd,     &numbers_cmd,
    &held_cmd,      &faces_cmd, &assessed_cmd,  &reminders_cmd, NULL,
};

const jz_cmd jz_cmd_report = { .name = "report",
                               .usage = "COMMAND [options] ...",
                               .summary = "statements of reasons, reports, numbers",
                               .sub = rows };

ROW(list, "", "what is kept for how long", NULL, no_options);
ROW(hold, "ID --authority NAME --document NUMBER --with PERSON", "keep it in any case",
    "ID is of a consent, a complaint or a decision; '*' is everything.\n", hold_options);
ROW(release, "ID --document NUMBER --with PERSON", "lift a hold", NULL, hold_options);
ROW(sweep, "", "erase what has been kept long enough", "Every day, by cron.\n", sweep_options);

static const jz_cmd *const retention_rows[] = {
    &list_cmd, &hold_cmd, &release_cmd, &sweep_cmd, NULL,
};

const jz_cmd jz_cmd_retention = { .name = "retention",
                                  .usage = "COMMAND [options] ...",
                                  .summary = "what is kept for how long, and holds",
                                  .sub = retention_rows };
