/* SPDX-License-Identifier: Apache-2.0 */
/* jz complaint: seeing them, their clocks, and the laws. */
#include "cli/cmd_complaint.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/json.h"
#include "cli/out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HOT 80 /* per cent from which on something is said to be due */

static bool arg_json, arg_all;
static uint64_t arg_hours;

/* ---- members ---- */

static void put_missing(jz_json *j, unsigned missing)
{
    jz_json_key(j, "missing");
    jz_json_begin_array(j);
    for (unsigned bit = 1; bit <= JZ_ELEMENT_CONTACT; bit <<= 1)
        if ((missing & bit) != 0)
            jz_json_str(j, jz_complaint_element_name(bit));
    jz_json_end_array(j);
}

static void put_clock(jz_json *j, const jz_complaint_clock *c)
{
    jz_json_begin_object(j);
    jz_json_put_str(j, "law", c->law->name);
    jz_json_put_time(j, "from", c->from_us);
    jz_json_put_time(j, "due", c->from_us > 0 ? c->due_us : 0);
    jz_json_put_time(j, "stopped", c->stopped_us);
    jz_json_put_i64(j, "percent", c->percent);
    jz_json_put_bool(j, "paused", c->paused);
    jz_json_put_bool(j, "broken", c->broken);
    if (c->missing != 0)
        put_missing(j, c->missing);
    jz_json_end_object(j);
}

static void put_info(jz_json *j, const jz_complaint_info *i, bool whole)
{
    jz_json_put_str(j, "complaint_id", i->id);
    jz_json_put_str(j, "state", jz_complaint_state_name(i->state));
    jz_json_put_str(j, "role", i->role);
    jz_json_put_str(j, "category", i->category);
    jz_json_put_str(j, "jurisdiction", i->jurisdiction);
    jz_json_put_i64(j, "score", i->score);
    jz_json_put_time(j, "filed", i->filed_us);
    jz_json_put_time(j, "decided", i->decided_us);
    jz_json_put_time(j, "due", i->due_us);
    jz_json_put_bool(j, "paused", i->paused_us != 0);
    jz_json_put_str(j, "folded_into", i->folded_into);
    jz_json_put_i64(j, "folded", i->folded);
    jz_json_put_i64(j, "items", i->items);
    jz_json_put_bool(j, "erased", i->erased);
    jz_json_key(j, "clocks");
    jz_json_begin_array(j);
    for (size_t k = 0; k < i->clocks; k++)
        put_clock(j, &i->clock[k]);
    jz_json_end_array(j);
    if (whole && i->body != NULL) {
        jz_json_key(j, "body");
        jz_json_raw(j, i->body, strlen(i->body));
    }
}

/* ---- lines ---- */

static void print_info(const jz_complaint_info *i)
{
    char due[32] = "-";
    if (i->due_us > 0)
        (void)jz_time_text(i->due_us, due, sizeof due);
    printf("%s  %-10s  %2u  %-20s  %-18s  %s  %" PRId64 " items", i->id,
           jz_complaint_state_name(i->state), i->score, due, i->category, i->jurisdiction,
           i->items);
    if (i->folded > 0)
        printf("  +%" PRId64, i->folded);
    printf("%s%s\n", i->paused_us != 0 ? "  (paused)" : "", i->erased ? "  (erased)" : "");
}

static void print_clock(const jz_complaint_clock *c)
{
    char due[32];
    if (c->from_us == 0) {
        printf("  clock   %-16s has not begun: missing", c->law->name);
        for (unsigned bit = 1; bit <= JZ_ELEMENT_CONTACT; bit <<= 1)
            if ((c->missing & bit) != 0)
                printf(" %s", jz_complaint_element_name(bit));
        printf("\n");
        return;
    }
    printf("  clock   %-16s until %s  %u %%%s\n", c->law->name,
           jz_time_text(c->due_us, due, sizeof due), c->percent,
           c->broken            ? c->stopped_us != 0 ? "  broken, stopped" : "  BROKEN"
           : c->stopped_us != 0 ? "  kept"
           : c->paused          ? "  paused"
                                : "");
}

static jz_status tell_line(void *user, const jz_complaint_info *i, jz_err *err)
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
    put_info(&j, i, false);
    jz_json_end_object(&j);
    jz_out_line(&line);
    return JZ_OK;
}

/* ---- show ---- */

typedef struct shower {
    bool own; /* of whoever complained: nothing of who works on it */
    jz_json j;
} shower;

static jz_status show_notice(void *user, const jz_complaint_notice *n, jz_err *err)
{
    shower *s = user;
    char at[32];
    (void)err;
    (void)jz_time_text(n->at_us, at, sizeof at);
    if (!arg_json) {
        printf("  %s  %s%s%s\n", at, n->kind, n->text[0] != '\0' ? ": " : "", n->text);
        return JZ_OK;
    }
    jz_json_begin_object(&s->j);
    jz_json_put_str(&s->j, "at", at);
    jz_json_put_str(&s->j, "kind", n->kind);
    jz_json_put_str(&s->j, "text", n->text);
    jz_json_end_object(&s->j);
    return JZ_OK;
}

static jz_status show_event(void *user, const jz_govern_event *e, jz_err *err)
{
    shower *s = user;
    char at[32];
    (void)err;
    (void)jz_time_text(e->at_us, at, sizeof at);
    if (!arg_json) {
        printf("  %s  %-14s %s  %s", at, e->kind, e->by, e->detail);
        if (e->leaf >= 0)
            printf("  leaf %" PRId64, e->leaf);
        printf("\n");
        return JZ_OK;
    }
    jz_json_begin_object(&s->j);
    jz_json_put_str(&s->j, "at", at);
    jz_json_put_str(&s->j, "by", e->by);
    jz_json_put_str(&s->j, "kind", e->kind);
    jz_json_key(&s->j, "detail");
    jz_json_raw(&s->j, e->detail, strlen(e->detail));
    jz_json_key(&s->j, "leaf");
    if (e->leaf >= 0)
        jz_json_i64(&s->j, e->leaf);
    else
        jz_json_null(&s->j);
    jz_json_end_object(&s->j);
    return JZ_OK;
}

static jz_status show_info(void *user, const jz_complaint_info *i, jz_err *err)
{
    shower *s = user;
    (void)err;
    if (arg_json) {
        put_info(&s->j, i, true);
        return JZ_OK;
    }
    print_info(i);
    if (i->folded_into != NULL)
        printf("  folded  into %s\n", i->folded_into);
    for (size_t k = 0; k < i->clocks; k++)
        print_clock(&i->clock[k]);
    return JZ_OK;
}

static jz_status show_items(void *user, const jz_complaint_item *i, jz_err *err)
{
    char hex[65] = "";
    (void)user;
    (void)err;
    if (i->sha256 != NULL)
        jz_hex_encode(i->sha256, 32, hex);
    printf("  item    %" PRId64 " %s%s%s\n", i->number, i->url != NULL ? i->url : "",
           i->url != NULL && hex[0] != '\0' ? " " : "", hex);
    return JZ_OK;
}

static jz_status show_lists(jz_govern *g, const char *id, shower *s, jz_err *err)
{
    if (!arg_json)
        JZ_TRY(jz_complaint_items(g, id, show_items, s, err));
    if (arg_json)
        jz_json_key(&s->j, "status");
    if (arg_json)
        jz_json_begin_array(&s->j);
    JZ_TRY(jz_complaint_notices(g, id, show_notice, s, err));
    if (arg_json)
        jz_json_end_array(&s->j);
    if (s->own)
        return JZ_OK;
    if (arg_json)
        jz_json_key(&s->j, "events");
    if (arg_json)
        jz_json_begin_array(&s->j);
    JZ_TRY(jz_govern_events(g, id, show_event, s, err));
    if (arg_json)
        jz_json_end_array(&s->j);
    return JZ_OK;
}

static jz_status show(const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO line = { 0 };
    shower s = { .own = text == NULL, .j = { .out = &line } };
    char id[JZ_COMPLAINT_ID_SIZE];
    JZ_TRY(jz_complaint_reach(text, &g, id, err));
    if (arg_json)
        jz_json_begin_object(&s.j);
    JZ_TRY(jz_complaint_show(g, id, show_info, &s, err));
    JZ_TRY(show_lists(g, id, &s, err));
    if (arg_json) {
        jz_json_end_object(&s.j);
        jz_out_line(&line);
    }
    return JZ_OK;
}

static int run_show(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc > 1 || (argc == 0 && jz_complaint_case == NULL))
        return jz_out_wanted("jz complaint show",
                             "one complaint is wanted, or --case and --pin-file");
    const jz_status st = show(argc == 1 ? argv[0] : NULL, &err);
    if (st == JZ_OK)
        return jz_out_close(JZ_EXIT_YES);
    return st == JZ_E_MISMATCH ? jz_govern_no(st, &err) : jz_out_error(&err);
}

/* ---- list, due ---- */

static int run_list(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz complaint list", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_complaint_list(g, arg_all, tell_line, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static jz_status tell_due(void *user, const jz_complaint_info *i, jz_err *err)
{
    unsigned *n = user;
    bool hot = false;
    for (size_t k = 0; k < i->clocks; k++)
        hot = hot || (i->clock[k].stopped_us == 0 && i->clock[k].percent >= HOT);
    /* A clock of a complaint that is folded into it counts as its own. */
    hot = hot || (i->due_us > 0 && i->due_us <= jz_now_us());
    if (!hot)
        return JZ_OK;
    ++*n;
    return tell_line(NULL, i, err);
}

static int run_due(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    unsigned n = 0;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz complaint due", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_complaint_list(g, false, tell_due, &n, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(n > 0 ? JZ_EXIT_NO : JZ_EXIT_YES);
}

static int run_sweep(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    uint64_t escalated = 0;
    uint64_t broken = 0;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz complaint sweep", "it takes nothing but options");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_complaint_sweep(g, jz_case_actor(), &escalated, &broken, &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRIu64 " escalated, %" PRIu64 " broken\n", escalated, broken);
    return jz_out_close(broken > 0 ? JZ_EXIT_NO : JZ_EXIT_YES);
}

/* ---- laws, promise ---- */

static int run_laws(int argc, char **argv)
{
    const jz_complaint_law *law;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz complaint laws", "it takes nothing but options");
    for (size_t i = 0; (law = jz_complaint_law_at(i)) != NULL; i++) {
        char hours[16] = "-";
        if (law->hours > 0)
            (void)snprintf(hours, sizeof hours, "%" PRIu32 " h", law->hours);
        printf("%-16s %-3s %5s  %s\n", law->name,
               law->jurisdiction != NULL ? law->jurisdiction : "*", hours, law->text);
    }
    return jz_out_close(JZ_EXIT_YES);
}

static int run_promise(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    (void)argv;
    if (argc != 0 || arg_hours == 0 || arg_hours > UINT32_MAX)
        return jz_out_wanted("jz complaint promise", "--hours is wanted");
    if (jz_govern_reach(true, &g, &err) != JZ_OK ||
        jz_complaint_promise(g, (uint32_t)arg_hours, jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- rows ---- */

#define JSON                                                                                       \
    {                                                                                              \
        0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per line on stdout"              \
    }
static const jz_opt show_options[] = { JSON, JZ_COMPLAINT_CASE_OPTS, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt list_options[] = {
    { 0, "all", JZ_OPT_FLAG, &arg_all, NULL, "also what is over or folded, in order of filing" },
    JSON,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt due_options[] = { JSON, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt sweep_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt promise_options[] = {
    { 0, "hours", JZ_OPT_U64, &arg_hours, "N", "from the complaint on" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt no_options[] = { { 0 } };

const jz_cmd jz_cmd_complaint_show = {
    .name = "show",
    .usage = "[options] [COMPLAINT]",
    .summary = "one, with its clocks, its status and its record",
    .details = JZ_COMPLAINT_IS "With --case and --pin-file: what whoever complained may see.\n",
    .opts = show_options,
    .run = run_show
};
const jz_cmd jz_cmd_complaint_list = { .name = "list",
                                       .usage = "[options]",
                                       .summary = "what waits, the most urgent first",
                                       .opts = list_options,
                                       .run = run_list };
const jz_cmd jz_cmd_complaint_due = { .name = "due",
                                      .usage = "[options]",
                                      .summary = "what has used up four fifths of its time",
                                      .details = "Exit 1 where there is any.\n",
                                      .opts = due_options,
                                      .run = run_due };
const jz_cmd jz_cmd_complaint_sweep = { .name = "sweep",
                                        .usage = "[options]",
                                        .summary = "record clocks at 50, 80 and 100 per cent",
                                        .details = "Every minute, by cron. Exit 1 where one has\n"
                                                   "broken since.\n",
                                        .opts = sweep_options,
                                        .run = run_sweep };
const jz_cmd jz_cmd_complaint_laws = { .name = "laws",
                                       .usage = "",
                                       .summary = "whose clocks there are",
                                       .opts = no_options,
                                       .run = run_laws };
const jz_cmd jz_cmd_complaint_promise = { .name = "promise",
                                          .usage = "[options] --hours N",
                                          .summary = "promise an answer within so many hours",
                                          .opts = promise_options,
                                          .run = run_promise };
