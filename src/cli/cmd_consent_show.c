/* SPDX-License-Identifier: Apache-2.0 */
/* jz consent: seeing it, proving it, and what follows when it ends. */
#include "cli/cmd_consent.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/home_ledger.h"
#include "cli/out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *arg_output, *arg_policy, *arg_proof;
static bool arg_json, arg_record, arg_all;
static uint64_t arg_since;

/* ---- show, list ---- */

static const char *time_of(int64_t at_s, char buf[32])
{
    return jz_time_text(at_s * 1000000, buf, 32);
}

static void put_info(jz_json *j, const jz_consent_info *i)
{
    char buf[32];
    jz_json_put_str(j, "consent_id", i->id);
    jz_json_put_str(j, "state", jz_consent_state_name(i->state));
    jz_json_put_bool(j, "valid", i->valid);
    jz_json_put_bool(j, "erased", i->erased);
    jz_json_put_str(j, "from", time_of(i->from_s, buf));
    jz_json_put_str(j, "until", time_of(i->until_s, buf));
    jz_json_put_i64(j, "max_outputs", i->max_outputs);
    jz_json_put_i64(j, "used", i->used);
    jz_json_put_str(j, "provider", i->provider);
}

static void print_info(const jz_consent_info *i)
{
    char from[32];
    char until[32];
    printf("%s  %-11s  %s - %s  %" PRId64 "/%" PRId64 "  %s%s\n", i->id,
           jz_consent_state_name(i->state), time_of(i->from_s, from), time_of(i->until_s, until),
           i->used, i->max_outputs, i->provider,
           i->erased  ? "  (erased)"
           : i->valid ? "  (valid)"
                      : "");
}

static jz_status tell_line(void *user, const jz_consent_info *i, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    (void)user;
    (void)err;
    if (!arg_json) {
        print_info(i);
        return JZ_OK;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    put_info(&j, i);
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
        return jz_out_wanted("jz consent list", "no operand is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_consent_list(g, tell_line, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static jz_status put_event(void *user, const jz_govern_event *e, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "at_us", e->at_us);
    jz_json_put_str(j, "by", e->by);
    jz_json_put_str(j, "kind", e->kind);
    jz_json_key(j, "detail");
    jz_json_raw(j, e->detail, strlen(e->detail));
    jz_json_key(j, "leaf");
    if (e->leaf >= 0)
        jz_json_i64(j, e->leaf);
    else
        jz_json_null(j);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status print_event(void *user, const jz_govern_event *e, jz_err *err)
{
    char at[32];
    (void)user;
    (void)err;
    printf("%s  %s  %s  %s\n", jz_time_text(e->at_us, at, sizeof at), e->by, e->kind, e->detail);
    return JZ_OK;
}

static jz_status tell_whole(void *user, const jz_consent_info *i, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    if (!arg_json) {
        print_info(i);
        if (arg_record)
            printf("%s\n", i->record);
        return JZ_OK;
    }
    put_info(j, i);
    if (arg_record) {
        jz_json_key(j, "record");
        jz_json_raw(j, i->record, strlen(i->record));
    }
    return JZ_OK;
}

static jz_status show(const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO line = { 0 };
    char id[JZ_CONSENT_ID_SIZE];
    jz_json j = { .out = &line };
    JZ_TRY(jz_consent_reach(text, &g, id, err));
    jz_json_begin_object(&j);
    JZ_TRY(jz_consent_show(g, id, tell_whole, &j, err));
    if (arg_json) {
        jz_json_key(&j, "events");
        jz_json_begin_array(&j);
        JZ_TRY(jz_govern_events(g, id, put_event, &j, err));
        jz_json_end_array(&j);
    } else if (arg_record) {
        JZ_TRY(jz_govern_events(g, id, print_event, NULL, err));
    }
    jz_json_end_object(&j);
    if (arg_json)
        jz_out_line(&line);
    return JZ_OK;
}

static int run_show(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz consent show", "one consent is wanted");
    return show(argv[0], &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

/* ---- receipt, verify ---- */

static jz_status give_receipt(const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    jz_auto(jz_log) *log = NULL;
    jz_auto(char) *home = NULL;
    jz_auto(char) *receipt = NULL;
    char id[JZ_CONSENT_ID_SIZE];
    jz_vkey vkey;
    JZ_TRY(jz_consent_reach(text, &g, id, err));
    JZ_TRY(jz_govern_to_ledger(g, err));
    JZ_TRY(jz_home_find(jz_case_home, &home, err));
    JZ_TRY_CTX(jz_home_ledger_open(home, false, &log, &vkey, err), err, "the ledger");
    JZ_TRY(jz_consent_receipt(g, log, id, &receipt, err));
    JZ_TRY(jz_govern_give(arg_output, receipt, err));
    if (arg_output == NULL)
        (void)fputc('\n', stdout); /* jz_out_close() checks */
    return JZ_OK;
}

static int run_receipt(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz consent receipt", "one consent is wanted");
    return give_receipt(argv[0], &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

static void print_verdict(const jz_consent_verdict *v)
{
    JZ_BUF_AUTO line = { 0 };
    char buf[32];
    if (!arg_json) {
        printf("consent %s\nstate   %s%s, until %s\n", v->id, jz_consent_state_name(v->state),
               v->is_signed ? ", signed by the person's key" : "", time_of(v->until_s, buf));
        printf("events  %zu, each in the log %s (%" PRIu64 " leaves, %u witnesses)\n", v->events,
               v->trust.checkpoint.origin, v->trust.checkpoint.size, v->trust.witnesses);
        printf("fields  %s\n", v->personal ? "with the personal ones" : "without personal ones");
        return;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "consent_id", v->id);
    jz_json_put_str(&j, "state", jz_consent_state_name(v->state));
    jz_json_put_bool(&j, "signed", v->is_signed);
    jz_json_put_bool(&j, "personal", v->personal);
    jz_json_put_str(&j, "from", time_of(v->from_s, buf));
    jz_json_put_str(&j, "until", time_of(v->until_s, buf));
    jz_json_put_i64(&j, "events", (int64_t)v->events);
    jz_json_put_str(&j, "log", v->trust.checkpoint.origin);
    jz_json_put_i64(&j, "size", (int64_t)v->trust.checkpoint.size);
    jz_json_put_i64(&j, "witnesses", v->trust.witnesses);
    jz_json_end_object(&j);
    jz_out_line(&line);
}

static jz_status verify(const char *path, jz_consent_verdict *out, jz_err *err)
{
    jz_auto(jz_policy) *policy = NULL;
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO receipt = { 0 };
    JZ_TRY(jz_govern_file(arg_policy, &text, err));
    JZ_TRY_CTX(jz_policy_parse((jz_bytes){ (const uint8_t *)text.ptr, text.len }, &policy, err),
               err, "%s", arg_policy);
    JZ_TRY(jz_govern_file(path, &receipt, err));
    JZ_TRY_CTX(jz_consent_verify((jz_bytes){ (const uint8_t *)receipt.ptr, receipt.len }, policy,
                                 out, err),
               err, "%s", path);
    return JZ_OK;
}

static int run_verify(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_consent_verdict v;
    if (argc != 1 || arg_policy == NULL)
        return jz_out_wanted("jz consent verify", "a receipt and --policy are wanted");
    const jz_status st = verify(argv[0], &v, &err);
    if (st != JZ_OK)
        return jz_govern_no(st, &err);
    print_verdict(&v);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- sweep, tasks, deleted, feed ---- */

static int run_sweep(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    uint64_t expired = 0;
    uint64_t overdue = 0;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz consent sweep", "no operand is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_consent_sweep(g, jz_case_actor(), &expired, &overdue, &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRIu64 " expired, %" PRIu64 " deletions newly overdue\n", expired, overdue);
    return jz_out_close(overdue > 0 ? JZ_EXIT_NO : JZ_EXIT_YES);
}

static jz_status tell_task(void *user, const jz_consent_task *t, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    char due[32];
    const char *state = t->done_us != 0 ? "done" : t->overdue ? "overdue" : "open";
    (void)err;
    *(bool *)user = *(bool *)user || t->overdue;
    (void)jz_time_text(t->due_us, due, sizeof due);
    if (!arg_json) {
        printf("%" PRId64 "  %s  %-7s  due %s  %s\n", t->number, t->consent, state, due,
               t->provider);
        return JZ_OK;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "task", t->number);
    jz_json_put_str(&j, "consent_id", t->consent);
    jz_json_put_str(&j, "provider", t->provider);
    jz_json_put_str(&j, "state", state);
    jz_json_put_str(&j, "due", due);
    jz_json_end_object(&j);
    jz_out_line(&line);
    return JZ_OK;
}

static int run_tasks(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    bool overdue = false;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz consent tasks", "no operand is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_consent_tasks(g, !arg_all, tell_task, &overdue, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(overdue ? JZ_EXIT_NO : JZ_EXIT_YES);
}

static int run_deleted(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    uint8_t proof[32];
    int64_t task = 0;
    if (argc != 1 || arg_proof == NULL)
        return jz_out_wanted("jz consent deleted", "a task and --proof are wanted");
    if (jz_case_parse_item(argv[0], &task, &err) != JZ_OK)
        return jz_out_usage("jz consent deleted", &err);
    if (jz_govern_hash(arg_proof, proof, &err) != JZ_OK ||
        jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_consent_deleted(g, task, proof, jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static jz_status give_feed(jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    jz_auto(char) *feed = NULL;
    jz_skey key;
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(jz_govern_to_ledger(g, err));
    JZ_TRY(jz_govern_gate_key(true, &key, err));
    const jz_status st = jz_consent_feed(g, arg_since, &key, &feed, err);
    jz_skey_wipe(&key);
    return st == JZ_OK ? jz_govern_give(arg_output, feed, err) : st;
}

static int run_feed(int argc, char **argv)
{
    jz_err err = { 0 };
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz consent feed", "no operand is wanted");
    return give_feed(&err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

/* ---- rows ---- */

#define CONSENT_IS "CONSENT is an id, or its first 8 digits or more.\n"
#define JSON_OPT                                                                                   \
    {                                                                                              \
        0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per line on stdout"              \
    }
#define OUTPUT_OPT                                                                                 \
    {                                                                                              \
        'o', "output", JZ_OPT_STR, &arg_output, "FILE", "where it goes [standard output]"          \
    }

static const jz_opt list_options[] = { JSON_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt show_options[] = {
    { 0, "record", JZ_OPT_FLAG, &arg_record, NULL, "also the record and everything done" },
    JSON_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt receipt_options[] = { OUTPUT_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt verify_options[] = {
    { 0, "policy", JZ_OPT_STR, &arg_policy, "FILE", "logs and witnesses to trust" },
    JSON_OPT,
    { 0 },
};
static const jz_opt sweep_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt tasks_options[] = {
    { 0, "all", JZ_OPT_FLAG, &arg_all, NULL, "also those that are done" },
    JSON_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt deleted_options[] = {
    { 0, "proof", JZ_OPT_STR, &arg_proof, "FILE", "what shows it; its hash is kept" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt feed_options[] = {
    { 0, "since", JZ_OPT_U64, &arg_since, "LEAF", "from which leaf on [0]" },
    OUTPUT_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_consent_show = { .name = "show",
                                     .usage = "[options] CONSENT",
                                     .summary = "its state, and with --record everything",
                                     .details = CONSENT_IS,
                                     .opts = show_options,
                                     .run = run_show };
const jz_cmd jz_cmd_consent_list = { .name = "list",
                                     .usage = "[options]",
                                     .summary = "every consent",
                                     .opts = list_options,
                                     .run = run_list };
const jz_cmd jz_cmd_consent_receipt = { .name = "receipt",
                                        .usage = "[options] CONSENT",
                                        .summary = "what the person can prove it with",
                                        .details = CONSENT_IS,
                                        .opts = receipt_options,
                                        .run = run_receipt };
const jz_cmd jz_cmd_consent_verify = { .name = "verify",
                                       .usage = "[options] RECEIPT --policy FILE",
                                       .summary = "verify a receipt, without any installation",
                                       .details = "Exit 0: it holds; 1: it does not.\n",
                                       .opts = verify_options,
                                       .run = run_verify };
const jz_cmd jz_cmd_consent_sweep = { .name = "sweep",
                                      .usage = "[options]",
                                      .summary = "end what is over, find overdue deletions",
                                      .details = "Exit 1 where there is a new overdue deletion.\n",
                                      .opts = sweep_options,
                                      .run = run_sweep };
const jz_cmd jz_cmd_consent_tasks = { .name = "tasks",
                                      .usage = "[options]",
                                      .summary = "what providers still have to delete",
                                      .details = "Exit 1 where one is overdue.\n",
                                      .opts = tasks_options,
                                      .run = run_tasks };
const jz_cmd jz_cmd_consent_deleted = { .name = "deleted",
                                        .usage = "[options] TASK --proof FILE",
                                        .summary = "a provider has deleted",
                                        .opts = deleted_options,
                                        .run = run_deleted };
const jz_cmd jz_cmd_consent_feed = { .name = "feed",
                                     .usage = "[options]",
                                     .summary = "a signed list of what has ended",
                                     .details = "Its fourth line is the --since of the next one.\n",
                                     .opts = feed_options,
                                     .run = run_feed };
