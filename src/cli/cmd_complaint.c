/* SPDX-License-Identifier: Apache-2.0 */
/* jz complaint: filing, and everything that is done with one. */
#include "cli/cmd_complaint.h"

#include "base/json.h"
#include "cli/cmd.h"
#include "cli/out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PIN_FILE_MAX 64

const char *jz_complaint_case, *jz_complaint_pin_file;
static const char *arg_reason, *arg_policy, *arg_basis, *arg_trace;
static bool arg_json, arg_no_ticket, arg_unfounded;

/* Not on the command line, which others on the machine can read. */
static jz_status read_pin(jz_buf *out, jz_err *err)
{
    JZ_TRY(jz_govern_file(jz_complaint_pin_file, out, err));
    while (out->len > 0 && (out->ptr[out->len - 1] == '\n' || out->ptr[out->len - 1] == '\r'))
        out->ptr[--out->len] = '\0';
    if (out->len == 0 || out->len > PIN_FILE_MAX || memchr(out->ptr, '\0', out->len) != NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s holds no PIN", jz_complaint_pin_file);
    return JZ_OK;
}

static jz_status reach_by_case(jz_govern *g, char id[JZ_COMPLAINT_ID_SIZE], jz_err *err)
{
    JZ_BUF_AUTO pin = { 0 };
    if (jz_complaint_case == NULL || jz_complaint_pin_file == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "a complaint, or --case and --pin-file, are wanted");
    JZ_TRY(read_pin(&pin, err));
    const jz_status st = jz_complaint_by_case(g, jz_complaint_case, pin.ptr, id, err);
    memset(pin.ptr, 0, pin.len);
    return st;
}

jz_status jz_complaint_reach(const char *text, jz_govern **out, char id[JZ_COMPLAINT_ID_SIZE],
                             jz_err *err)
{
    JZ_TRY(jz_govern_reach(false, out, err));
    return text != NULL ? jz_complaint_find(*out, text, id, err) : reach_by_case(*out, id, err);
}

/* ---- file, item ---- */

static void print_filed(const char *id, const jz_complaint_ticket *t)
{
    JZ_BUF_AUTO line = { 0 };
    if (!arg_json) {
        printf("complaint %s\n", id);
        if (t != NULL)
            printf("case      %s\nPIN       %s\n", t->case_no, t->pin);
        return;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "complaint_id", id);
    if (t != NULL) {
        jz_json_put_str(&j, "case", t->case_no);
        jz_json_put_str(&j, "pin", t->pin);
    }
    jz_json_end_object(&j);
    jz_out_line(&line);
}

/* A complaint that is none is bad input, not a bad command line. */
static int refuse(const char *path, jz_err *err)
{
    jz_err_wrap(err, "%s", path);
    return err->code == JZ_E_INVAL ? (void)jz_out_error(err), JZ_EXIT_INPUT : jz_out_error(err);
}

static int run_file(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO file = { 0 };
    char id[JZ_COMPLAINT_ID_SIZE];
    jz_complaint_ticket ticket;
    jz_complaint_ticket *t = arg_no_ticket ? NULL : &ticket;
    if (argc != 1)
        return jz_out_wanted("jz complaint file", "one file is wanted");
    if (jz_govern_file(argv[0], &file, &err) != JZ_OK || jz_govern_reach(true, &g, &err) != JZ_OK)
        return jz_out_error(&err);
    if (jz_complaint_file(g, (jz_bytes){ (const uint8_t *)file.ptr, file.len }, jz_case_actor(), id,
                          t, &err) != JZ_OK)
        return refuse(argv[0], &err);
    if (jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    print_filed(id, t);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_item(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO file = { 0 };
    char id[JZ_COMPLAINT_ID_SIZE];
    if (argc < 1 || argc > 2)
        return jz_out_wanted("jz complaint item", "a file and a complaint are wanted");
    if (jz_govern_file(argv[0], &file, &err) != JZ_OK)
        return jz_out_error(&err);
    const jz_status found = jz_complaint_reach(argv[1], &g, id, &err);
    if (found != JZ_OK)
        return jz_govern_no(found, &err);
    if (jz_complaint_add(g, id, (jz_bytes){ (const uint8_t *)file.ptr, file.len }, jz_case_actor(),
                         &err) != JZ_OK)
        return refuse(argv[0], &err);
    if (jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- acts ---- */

static jz_status act_on(jz_complaint_act act, const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO trace = { 0 };
    char id[JZ_COMPLAINT_ID_SIZE];
    jz_complaint_deed deed = { .act = act,
                               .by = jz_case_actor(),
                               .reason = arg_reason,
                               .policy = arg_policy,
                               .basis = arg_basis,
                               .unfounded = arg_unfounded };
    if (arg_trace != NULL)
        JZ_TRY(jz_govern_file(arg_trace, &trace, err));
    deed.trace = trace.ptr;
    JZ_TRY(jz_complaint_reach(text, &g, id, err));
    JZ_TRY(jz_complaint_do(g, id, &deed, err));
    return jz_govern_to_ledger(g, err);
}

static int run_act(jz_complaint_act act, int argc, char **argv)
{
    jz_err err = { 0 };
    char command[64];
    (void)snprintf(command, sizeof command, "jz complaint %s", jz_complaint_act_name(act));
    if (argc > 1 || (argc == 0 && (jz_complaint_case == NULL || jz_complaint_pin_file == NULL)))
        return jz_out_wanted(command, act == JZ_COMPLAINT_WITHDRAW || act == JZ_COMPLAINT_APPEAL
                                          ? "one complaint is wanted, or --case and --pin-file"
                                          : "one complaint is wanted");
    const jz_status st = act_on(act, argc == 1 ? argv[0] : NULL, &err);
    if (st == JZ_OK)
        return jz_out_close(JZ_EXIT_YES);
    return st == JZ_E_MISMATCH ? jz_govern_no(st, &err) : jz_out_error(&err);
}

#define ACT(name, act)                                                                             \
    static int run_##name(int argc, char **argv)                                                   \
    {                                                                                              \
        return run_act(act, argc, argv);                                                           \
    }
ACT(pause, JZ_COMPLAINT_PAUSE)
ACT(resume, JZ_COMPLAINT_RESUME)
ACT(uphold, JZ_COMPLAINT_UPHOLD)
ACT(reject, JZ_COMPLAINT_REJECT)
ACT(carry, JZ_COMPLAINT_CARRY)
ACT(appeal, JZ_COMPLAINT_APPEAL)
ACT(withdraw, JZ_COMPLAINT_WITHDRAW)

static int run_erase(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    char id[JZ_COMPLAINT_ID_SIZE];
    if (argc != 1)
        return jz_out_wanted("jz complaint erase", "one complaint is wanted");
    if (jz_complaint_reach(argv[0], &g, id, &err) != JZ_OK ||
        jz_complaint_erase(g, id, jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- rows ---- */

#define REASON                                                                                     \
    {                                                                                              \
        0, "reason", JZ_OPT_STR, &arg_reason, "TEXT", "told to whoever complains; no names"        \
    }
#define DECISION                                                                                   \
    REASON, { 0, "policy", JZ_OPT_STR, &arg_policy, "CLAUSE", "of the rules of the service" },     \
        { 0, "basis", JZ_OPT_STR, &arg_basis, "LAW", "the legal basis" },                          \
    {                                                                                              \
        0, "trace", JZ_OPT_STR, &arg_trace, "FILE", "what rules said of it; kept as it is"         \
    }
#define WHO JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT

static const jz_opt file_options[] = {
    { 0, "no-ticket", JZ_OPT_FLAG, &arg_no_ticket, NULL, "without case number and PIN" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "as one JSON object" },
    WHO,
    { 0 },
};
static const jz_opt own_options[] = { JZ_COMPLAINT_CASE_OPTS, WHO, { 0 } };
static const jz_opt appeal_options[] = { REASON, JZ_COMPLAINT_CASE_OPTS, WHO, { 0 } };
static const jz_opt pause_options[] = { REASON, WHO, { 0 } };
static const jz_opt plain_options[] = { WHO, { 0 } };
static const jz_opt uphold_options[] = { DECISION, WHO, { 0 } };
static const jz_opt reject_options[] = {
    DECISION,
    { 0, "unfounded", JZ_OPT_FLAG, &arg_unfounded, NULL,
      "manifestly: counts against the reporter" },
    WHO,
    { 0 },
};

static const jz_cmd file_cmd = { .name = "file",
                                 .usage = "[options] FILE",
                                 .summary = "take a complaint; prints id, case and PIN",
                                 .details = "FILE is JSON (docs/complaints.md). Case number and\n"
                                            "PIN are for whoever complains, and shown only now.\n",
                                 .opts = file_options,
                                 .run = run_file };
static const jz_cmd item_cmd = { .name = "item",
                                 .usage = "[options] FILE [COMPLAINT]",
                                 .summary = "add items, or elements that were missing",
                                 .details = JZ_COMPLAINT_IS "FILE is JSON with items, statement,\n"
                                                            "signature or contact.\n",
                                 .opts = own_options,
                                 .run = run_item };
#define ACT_ROW(act, how, what, options)                                                           \
    static const jz_cmd act##_cmd = { .name = #act,                                                \
                                      .usage = "[options] " how,                                   \
                                      .summary = what,                                             \
                                      .details = JZ_COMPLAINT_IS,                                  \
                                      .opts = options,                                             \
                                      .run = run_##act }
ACT_ROW(withdraw, "[COMPLAINT]", "whoever complained does not want it any more", own_options);
ACT_ROW(appeal, "[COMPLAINT] --reason TEXT", "have it looked at again, by another", appeal_options);
ACT_ROW(pause, "COMPLAINT --reason TEXT", "something is waited for", pause_options);
ACT_ROW(resume, "COMPLAINT", "it has come", plain_options);
ACT_ROW(uphold, "COMPLAINT --reason TEXT --policy CLAUSE --basis LAW", "it is right",
        uphold_options);
ACT_ROW(reject, "COMPLAINT --reason TEXT --policy CLAUSE --basis LAW", "it is not", reject_options);
ACT_ROW(carry, "COMPLAINT", "what was decided is carried out", plain_options);
ACT_ROW(erase, "COMPLAINT", "what is personal in one that is over goes", plain_options);

static const jz_cmd *const rows[] = {
    &file_cmd,
    &item_cmd,
    &withdraw_cmd,
    &appeal_cmd,
    &jz_cmd_complaint_show,
    &jz_cmd_complaint_list,
    &jz_cmd_complaint_due,
    &jz_cmd_complaint_sweep,
    &pause_cmd,
    &resume_cmd,
    &uphold_cmd,
    &reject_cmd,
    &carry_cmd,
    &erase_cmd,
    &jz_cmd_complaint_laws,
    &jz_cmd_complaint_promise,
    NULL,
};

const jz_cmd jz_cmd_complaint = { .name = "complaint",
                                  .usage = "COMMAND [options] ...",
                                  .summary = "complaints, their clocks and what becomes of them",
                                  .sub = rows };
