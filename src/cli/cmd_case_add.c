/* SPDX-License-Identifier: Apache-2.0 */
/* jz case add, link, term: what goes into a case. */
#include "cli/cmd_case.h"

#include "cli/batch.h"
#include "cli/case_sink.h"
#include "cli/out.h"
#include "cli/text.h"
#include "examine/item_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *arg_source, *arg_method, *arg_captured;
static const char *arg_accused, *arg_victim, *arg_platform, *arg_account, *arg_group, *arg_from;
static const char *arg_to, *arg_proceeds, *arg_note, *arg_item, *arg_says, *arg_place;
static uint64_t arg_members;
static bool arg_json, arg_quiet;

/* ---- add ---- */

typedef struct adder {
    jz_case_sink sink;
    jz_sandbox *sandbox;
    jz_decoder *decoder;
} adder;

static void say(const jz_batch_file *f, int64_t number, const jz_measurement *m)
{
    JZ_BUF_AUTO line = { 0 };
    if (!arg_json) {
        jz_buf_printf(&line, "E-%04" PRId64 "  ", number);
        jz_text_path(&line, f->path, f->len);
        jz_batch_line(&line);
        return;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, f->path, f->len);
    jz_json_put_i64(&j, "item", number);
    jz_json_put_hex(&j, "sha256", m->exact.sha256, sizeof m->exact.sha256);
    jz_json_end_object(&j);
    jz_batch_line(&line);
}

/* A file that cannot be decoded is evidence all the same: it goes in with its exact hashes. */
static jz_batch_answer add_file(void *user, const jz_batch_file *f)
{
    adder *a = user;
    jz_err err = { 0 };
    jz_measurement m = { .hashed = false };
    if (f->fd < 0) {
        jz_batch_failure(f, f->err);
        return JZ_ANSWER_FAILED;
    }
    int64_t number = 0;
    jz_status st = jz_measure(a->decoder, f->fd, NULL, &m, &err);
    if (m.hashed)
        st = jz_case_sink_put(&a->sink, f->path, f->len, f->fd, &m, &number, &err);
    if (st == JZ_OK)
        say(f, number, &m);
    else
        jz_batch_failure(f, &err);
    jz_measurement_done(&m);
    return st == JZ_OK ? JZ_ANSWER_YES : JZ_ANSWER_FAILED;
}

static int run_add(int argc, char **argv)
{
    jz_err err = { 0 };
    adder a = { .sink = { .source = arg_source, .method = arg_method, .by = jz_case_actor() } };
    if (argc < 2) {
        jz_err_set(&err, JZ_E_INVAL, "a case and a file are wanted");
        return jz_out_usage("jz case add", &err);
    }
    if (jz_case_parse_time("--captured", arg_captured, &a.sink.captured_us, &err) != JZ_OK)
        return jz_out_usage("jz case add", &err);
    int code = JZ_EXIT_ENV;
    if (jz_case_reach(argv[0], &a.sink.cases, a.sink.id, &err) != JZ_OK ||
        jz_sandbox_open(NULL, NULL, &a.sandbox, &err) != JZ_OK ||
        jz_decoder_new(a.sandbox, &a.decoder, &err) != JZ_OK)
        code = jz_out_error(&err);
    else
        code = jz_batch_run(argv + 1, argc - 1,
                            &(jz_batch_opts){ .word = "added", .quiet = arg_quiet }, add_file, &a);
    jz_decoder_free(a.decoder);
    jz_sandbox_close(a.sandbox);
    jz_cases_close(a.sink.cases);
    return code;
}

static const jz_opt add_options[] = {
    { 0, "source", JZ_OPT_STR, &arg_source, "TEXT", "where it is from: a URL, a group, a medium" },
    { 0, "method", JZ_OPT_STR, &arg_method, "TEXT", "how it was got" },
    { 0, "captured", JZ_OPT_STR, &arg_captured, "TIME", "when [now]" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per item on stdout" },
    { 'q', "quiet", JZ_OPT_FLAG, &arg_quiet, NULL, "no progress on stderr" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_case_add = {
    .name = "add",
    .usage = "[options] CASE FILE|FOLDER...",
    .summary = "keep byte-exact copies of files as items",
    .details = "CASE is an id, its first 8 digits or more, or a name. Each copy is read back and\n"
               "compared. What cannot be decoded goes in too.\n",
    .opts = add_options,
    .run = run_add,
};

/* ---- link ---- */

/* "12.50 CNY" in the currency's smallest unit. */
static jz_status parse_proceeds(const char *text, jz_case_link *l, jz_err *err)
{
    const size_t whole = strspn(text, "0123456789");
    const size_t point = text[whole] == '.' ? 1 : 0;
    const size_t part = point == 1 ? strspn(text + whole + 1, "0123456789") : 0;
    const char *currency = text + whole + point + part;
    if (whole == 0 || whole > 15 || (point == 1 && part == 0) || currency[0] != ' ' ||
        strlen(currency) != 4)
        return JZ_FAIL(err, JZ_E_INVAL, "--proceeds: '%s' is not a sum, as \"12.50 CNY\"", text);
    int64_t units = jz_case_units(currency + 1);
    l->currency = currency + 1;
    for (size_t i = 0; i < whole; i++)
        l->proceeds = l->proceeds * 10 + (text[i] - '0');
    if (l->proceeds > INT64_MAX / 1000)
        return JZ_FAIL(err, JZ_E_INVAL, "--proceeds: '%s' is too much", text);
    l->proceeds *= units;
    for (size_t i = 0; i < part; i++) {
        units /= 10;
        if (units == 0)
            return JZ_FAIL(err, JZ_E_INVAL, "--proceeds: '%s' has too many decimals", text);
        l->proceeds += units * (text[whole + 1 + i] - '0');
    }
    return JZ_OK;
}

static jz_status fill_link(jz_case_link *l, jz_err *err)
{
    *l = (jz_case_link){ .accused = arg_accused,
                         .victim = arg_victim,
                         .platform = arg_platform,
                         .account = arg_account,
                         .group = arg_group,
                         .note = arg_note };
    if (arg_members > INT64_MAX / 2)
        return JZ_FAIL(err, JZ_E_INVAL, "--members: %" PRIu64 " is too many", arg_members);
    l->members = (int64_t)arg_members;
    if (arg_proceeds != NULL)
        JZ_TRY(parse_proceeds(arg_proceeds, l, err));
    JZ_TRY(jz_case_parse_time("--from", arg_from, &l->from_us, err));
    return jz_case_parse_time("--to", arg_to, &l->to_us, err);
}

/* The proceeds are of all items together: the first link has them. */
static jz_status link_items(jz_cases *cases, const char *id, jz_case_link *l, char **items, int n,
                            jz_err *err)
{
    for (int i = 0; i < n || (i == 0 && n == 0); i++) {
        if (n > 0)
            JZ_TRY(jz_case_parse_item(items[i], &l->item, err));
        JZ_TRY(jz_case_add_link(cases, id, l, jz_case_actor(), err));
        l->proceeds = 0;
    }
    return JZ_OK;
}

static int run_link(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    jz_case_link l;
    if (argc < 1) {
        jz_err_set(&err, JZ_E_INVAL, "a case is wanted");
        return jz_out_usage("jz case link", &err);
    }
    if (fill_link(&l, &err) != JZ_OK)
        return jz_out_usage("jz case link", &err);
    if (jz_case_reach(argv[0], &cases, id, &err) != JZ_OK ||
        link_items(cases, id, &l, argv + 1, argc - 1, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static const jz_opt link_options[] = {
    { 0, "accused", JZ_OPT_STR, &arg_accused, "REF", "a reference, as \"A\", not a name" },
    { 0, "victim", JZ_OPT_STR, &arg_victim, "REF", "likewise" },
    { 0, "platform", JZ_OPT_STR, &arg_platform, "NAME", "where it was" },
    { 0, "account", JZ_OPT_STR, &arg_account, "NAME", "the account that showed it" },
    { 0, "group", JZ_OPT_STR, &arg_group, "NAME", "the group in which" },
    { 0, "members", JZ_OPT_U64, &arg_members, "N", "of the group" },
    { 0, "from", JZ_OPT_STR, &arg_from, "TIME", "since when" },
    { 0, "to", JZ_OPT_STR, &arg_to, "TIME", "until when" },
    { 0, "proceeds", JZ_OPT_STR, &arg_proceeds, "SUM", "what it earned: \"12.50 CNY\"" },
    { 0, "note", JZ_OPT_STR, &arg_note, "TEXT", "anything else" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_case_link = {
    .name = "link",
    .usage = "[options] CASE [ITEM...]",
    .summary = "say who did what with items, where, when and for how much",
    .details = "One link for each item; without any, one for the case. Proceeds are of all these\n"
               "items together and are counted once.\n",
    .opts = link_options,
    .run = run_link,
};

/* ---- term ---- */

static int run_term(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    if (argc != 3) {
        jz_err_set(&err, JZ_E_INVAL, "a case, a term and its meaning are wanted");
        return jz_out_usage("jz case term", &err);
    }
    jz_case_term t = { .term = argv[1], .meaning = argv[2], .says = arg_says, .place = arg_place };
    if (arg_item != NULL && jz_case_parse_item(arg_item, &t.item, &err) != JZ_OK)
        return jz_out_usage("jz case term", &err);
    if (jz_case_reach(argv[0], &cases, id, &err) != JZ_OK ||
        jz_case_add_term(cases, id, &t, jz_case_actor(), &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static const jz_opt term_options[] = {
    { 0, "says", JZ_OPT_STR, &arg_says, "PERSON", "who says that it means this" },
    { 0, "item", JZ_OPT_STR, &arg_item, "ITEM", "in which it stands" },
    { 0, "place", JZ_OPT_STR, &arg_place, "TEXT", "where in it: 00:14:03, line 7" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_case_term = {
    .name = "term",
    .usage = "[options] CASE TERM MEANING",
    .summary = "explain a nickname, a code word or slang",
    .opts = term_options,
    .run = run_term,
};
