/* SPDX-License-Identifier: Apache-2.0 */
/* jz measure, jz hook: seeing what there is. */
#include "cli/cmd_measure.h"

#include "base/file.h"
#include "base/json.h"
#include "cli/out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool arg_json, arg_all;
static const char *arg_state;

/* ---- measures ---- */

static void put_measure(jz_json *j, const jz_measure_info *m)
{
    jz_json_begin_object(j);
    jz_json_put_i64(j, "measure", m->number);
    jz_json_put_str(j, "decision_id", m->decision);
    jz_json_put_str(j, "kind", jz_measure_kind_name(m->kind));
    jz_json_put_str(j, "name", jz_measure_kind_chinese(m->kind));
    jz_json_put_str(j, "state", jz_measure_state_name(m->state));
    jz_json_put_str(j, "target", m->target);
    jz_json_put_str(j, "feature", m->feature);
    jz_json_put_time(j, "ordered", m->ordered_us);
    jz_json_put_time(j, "until", m->until_us);
    jz_json_put_bool(j, "automated", m->automated);
    jz_json_put_bool(j, "by_ladder", m->by_ladder);
    jz_json_end_object(j);
}

static void print_measure(const jz_measure_info *m)
{
    char until[32] = "";
    if (m->until_us > 0)
        (void)jz_time_text(m->until_us, until, sizeof until);
    printf("%6" PRId64 "  %-9s  %-20s  %s  %s%s%s%s%s%s\n", m->number,
           jz_measure_state_name(m->state), jz_measure_kind_name(m->kind),
           jz_measure_kind_chinese(m->kind), m->target, m->feature[0] != '\0' ? "  " : "",
           m->feature, until[0] != '\0' ? "  until " : "", until,
           m->by_ladder   ? m->automated ? "  (ladder, automatic)" : "  (ladder)"
           : m->automated ? "  (automatic)"
                          : "");
}

static jz_status tell_measure(void *user, const jz_measure_info *m, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json own = { .out = &line };
    jz_json *j = user != NULL ? user : &own;
    (void)err;
    if (!arg_json) {
        print_measure(m);
        return JZ_OK;
    }
    put_measure(j, m);
    if (user == NULL)
        jz_out_line(&line);
    return JZ_OK;
}

static jz_measure_state state_of(const char *word)
{
    for (int s = 1; jz_measure_state_name((jz_measure_state)s) != NULL; s++)
        if (strcmp(jz_measure_state_name((jz_measure_state)s), word) == 0)
            return (jz_measure_state)s;
    return (jz_measure_state)0;
}

static int run_list(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    jz_measure_state state = (jz_measure_state)0;
    (void)argv;
    if (arg_state != NULL)
        state = state_of(arg_state);
    if (argc != 0 || (arg_state != NULL && (int)state == 0))
        return jz_out_wanted("jz measure list", "--state is proposed, ordered, done, failed, "
                                                "ended, reversed or dismissed");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_measures(g, NULL, state, tell_measure, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- a decision ---- */

static jz_status tell_decision(void *user, const jz_decision_info *d, jz_err *err)
{
    jz_json *j = user;
    char at[32];
    (void)err;
    (void)jz_time_text(d->at_us, at, sizeof at);
    if (!arg_json) {
        printf("%s  %s  by %s  appeal %s", d->id, at, d->by, jz_appeal_state_name(d->appeal));
        if (d->severity != NULL)
            printf("  %s, %" PRId64 " points%s", d->severity, d->points,
                   d->revoked ? " (revoked)" : "");
        printf("\n%s\n", d->body);
        return JZ_OK;
    }
    jz_json_put_str(j, "decision_id", d->id);
    jz_json_put_str(j, "at", at);
    jz_json_put_str(j, "by", d->by);
    jz_json_put_str(j, "complaint_id", d->complaint);
    jz_json_put_str(j, "account", d->account);
    jz_json_put_str(j, "group", d->group);
    jz_json_put_str(j, "severity", d->severity);
    jz_json_put_i64(j, "points", d->points);
    jz_json_put_bool(j, "revoked", d->revoked);
    jz_json_put_str(j, "appeal", jz_appeal_state_name(d->appeal));
    jz_json_key(j, "body");
    jz_json_raw(j, d->body, strlen(d->body));
    return JZ_OK;
}

static jz_status show(const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    char id[JZ_DECISION_ID_SIZE];
    JZ_TRY(jz_decision_reach(text, &g, id, err));
    if (arg_json)
        jz_json_begin_object(&j);
    JZ_TRY(jz_decision_show(g, id, tell_decision, &j, err));
    if (arg_json)
        jz_json_key(&j, "measures");
    if (arg_json)
        jz_json_begin_array(&j);
    JZ_TRY(jz_measures(g, id, (jz_measure_state)0, tell_measure, &j, err));
    if (!arg_json)
        return JZ_OK;
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    jz_out_line(&line);
    return JZ_OK;
}

static int run_show(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1)
        return jz_out_wanted("jz measure show", "one decision is wanted");
    return show(argv[0], &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

/* ---- an account, an item ---- */

static void print_account(const jz_account_standing *s)
{
    char until[32] = "without end";
    printf("%" PRId64 ".%03" PRId64 " points of %" PRId64 " strikes", s->milli / 1000,
           s->milli % 1000, s->strikes);
    if (s->next > 0)
        printf(", the next step is at %" PRId64, s->next);
    if (s->suspended_until_us > 0 && s->suspended_until_us < INT64_MAX)
        (void)jz_time_text(s->suspended_until_us, until, sizeof until);
    if (s->suspended_until_us > 0)
        printf(", suspended until %s", until);
    printf("%s\n", s->terminated ? ", terminated" : "");
}

static int run_account(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    jz_account_standing s;
    if (argc != 1)
        return jz_out_wanted("jz measure account", "one account is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK || jz_account(g, argv[0], &s, &err) != JZ_OK)
        return jz_out_error(&err);
    print_account(&s);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_refuses(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    int64_t measure = 0;
    if (argc != 1)
        return jz_out_wanted("jz measure refuses", "one target is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_measure_refuses(g, argv[0], &measure, &err) != JZ_OK)
        return jz_out_error(&err);
    if (measure != 0)
        printf("refused: measure %" PRId64 "\n", measure);
    return jz_out_close(measure != 0 ? JZ_EXIT_NO : JZ_EXIT_YES);
}

/* ---- webhooks ---- */

static jz_status tell_hook(void *user, const jz_hook_info *h, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    char next[32] = "-";
    (void)user;
    (void)err;
    if (h->next_us > 0)
        (void)jz_time_text(h->next_us, next, sizeof next);
    if (!arg_json) {
        printf("%s  %-9s  %-7s  measure %" PRId64 "  %" PRId64 " attempts  %s%s%s\n", h->id,
               h->state, h->kind, h->measure, h->attempts, next, h->error[0] != '\0' ? "  " : "",
               h->error);
        return JZ_OK;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "event_id", h->id);
    jz_json_put_str(&j, "state", h->state);
    jz_json_put_str(&j, "kind", h->kind);
    jz_json_put_i64(&j, "measure", h->measure);
    jz_json_put_i64(&j, "attempts", h->attempts);
    jz_json_put_time(&j, "made", h->made_us);
    jz_json_put_time(&j, "next", h->next_us);
    jz_json_put_str(&j, "error", h->error);
    jz_json_key(&j, "body");
    jz_json_raw(&j, h->body, strlen(h->body));
    jz_json_end_object(&j);
    jz_out_line(&line);
    return JZ_OK;
}

static int run_hooks(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz hook list", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_hooks(g, arg_all, tell_hook, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- rows ---- */

#define JSON                                                                                       \
    {                                                                                              \
        0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per line on stdout"              \
    }
static const jz_opt show_options[] = { JSON, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt list_options[] = {
    { 0, "state", JZ_OPT_STR, &arg_state, "WORD", "only those" },
    JSON,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt home_options[] = { JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt hook_options[] = {
    { 0, "all", JZ_OPT_FLAG, &arg_all, NULL, "also what was delivered" },
    JSON,
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_measure_show = { .name = "show",
                                     .usage = "[options] DECISION",
                                     .summary = "a decision with its measures",
                                     .details = JZ_DECISION_IS,
                                     .opts = show_options,
                                     .run = run_show };
const jz_cmd jz_cmd_measure_list = { .name = "list",
                                     .usage = "[options]",
                                     .summary = "measures, in the order of their numbers",
                                     .opts = list_options,
                                     .run = run_list };
const jz_cmd jz_cmd_measure_account = { .name = "account",
                                        .usage = "[options] ACCOUNT",
                                        .summary = "the points of an account, and what is next",
                                        .opts = home_options,
                                        .run = run_account };
const jz_cmd jz_cmd_measure_refuses = {
    .name = "refuses",
    .usage = "[options] TARGET",
    .summary = "does a measure keep an item out? Intake asks",
    .details = "TARGET is as in the decision: sha256:HEX or an address. Exit 1: it is refused.\n",
    .opts = home_options,
    .run = run_refuses
};
const jz_cmd jz_cmd_hook_list = { .name = "list",
                                  .usage = "[options]",
                                  .summary = "what waits, and what could not be told",
                                  .opts = hook_options,
                                  .run = run_hooks };
