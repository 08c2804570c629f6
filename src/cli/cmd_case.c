/* SPDX-License-Identifier: Apache-2.0 */
/* jz case: cases, and what is done with all of one. */
#include "cli/cmd_case.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/cmd.h"
#include "cli/home_ledger.h"
#include "cli/out.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *jz_case_home, *jz_case_by;
static const char *arg_note, *arg_authority, *arg_document, *arg_with, *arg_from, *arg_until;
static const char *arg_to, *arg_reason, *arg_purpose;
static bool arg_json;

/* ---- what they share ---- */

const char *jz_case_actor(void)
{
    if (jz_case_by != NULL)
        return jz_case_by;
    const struct passwd *user = getpwuid(geteuid()); /* before any thread */
    return user != NULL ? user->pw_name : "unknown";
}

static jz_status open_cases(bool create, jz_cases **out, jz_err *err)
{
    jz_auto(char) *home = NULL;
    JZ_TRY(jz_home_find(jz_case_home, &home, err));
    const jz_status st = jz_cases_open(home, create, out, err);
    return st == JZ_E_NOTFOUND
               ? JZ_FAIL(err, st, "no cases in %s: open one with 'jz case open NAME'", home)
               : st;
}

jz_status jz_case_reach(const char *text, jz_cases **out, char id[JZ_CASE_ID_SIZE], jz_err *err)
{
    JZ_TRY(open_cases(false, out, err));
    return jz_case_find(*out, text, id, err);
}

jz_status jz_case_parse_item(const char *text, int64_t *out, jz_err *err)
{
    const char *digits = strncmp(text, "E-", 2) == 0 ? text + 2 : text;
    const size_t len = strlen(digits);
    int64_t v = 0;
    if (len == 0 || len > 12 || strspn(digits, "0123456789") != len)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is not an item's number, as 7 or E-0007", text);
    for (size_t i = 0; i < len; i++)
        v = v * 10 + (digits[i] - '0');
    if (v == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "items count from 1 on");
    *out = v;
    return JZ_OK;
}

jz_status jz_case_parse_time(const char *what, const char *text, int64_t *out, jz_err *err)
{
    static const struct {
        const char *form, *rest; /* of what jz_time_text() writes */
    } forms[] = { { "%Y-%m-%dT%H:%M:%SZ", "" }, { "%Y-%m-%d", "T00:00:00Z" } };
    *out = 0;
    for (size_t i = 0; text != NULL && i < JZ_ARRAY_LEN(forms); i++) {
        struct tm t = { 0 };
        char again[32];
        const char *end = strptime(text, forms[i].form, &t);
        if (end == NULL || *end != '\0')
            continue;
        *out = (int64_t)timegm(&t) * 1000000;
        (void)jz_time_text(*out, again, sizeof again);
        /* timegm() makes 1 March of 30 February. */
        if (*out > 0 && strncmp(again, text, strlen(text)) == 0 &&
            strcmp(again + strlen(text), forms[i].rest) == 0)
            return JZ_OK;
    }
    return text == NULL
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_INVAL,
                         "%s: '%s' is no time, as 2026-11-24 or 2026-11-24T16:43:00Z", what, text);
}

int64_t jz_case_units(const char *currency)
{
    static const char *const whole[] = { "JPY", "KRW", "VND", "CLP", "ISK" };
    static const char *const thousandths[] = { "KWD", "BHD", "OMR", "JOD", "TND" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(whole); i++) {
        if (strcmp(currency, whole[i]) == 0)
            return 1;
        if (strcmp(currency, thousandths[i]) == 0)
            return 1000;
    }
    return 100;
}

/* ---- open, list, close ---- */

static int run_open(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    if (argc != 1)
        return jz_out_wanted("jz case open", "one name is wanted");
    if (open_cases(true, &cases, &err) != JZ_OK ||
        jz_case_open(cases, argv[0], arg_note, jz_case_actor(), id, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%s\n", id);
    return jz_out_close(JZ_EXIT_YES);
}

static void put_json_time(jz_json *j, const char *key, int64_t at_us)
{
    char text[32];
    jz_json_key(j, key);
    jz_json_str(j, at_us != 0 ? jz_time_text(at_us, text, sizeof text) : NULL);
}

static jz_status print_case(void *user, const jz_case_info *i, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    char opened[32];
    (void)user;
    (void)err;
    if (!arg_json) {
        printf("%s  %s  %6" PRIu64 " items  %s%s\n", i->id,
               jz_time_text(i->opened_us, opened, sizeof opened), i->items, i->name,
               i->closed_us != 0 ? "  (closed)" : "");
        return JZ_OK;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "id", i->id);
    jz_json_put_str(&j, "name", i->name);
    jz_json_put_str(&j, "note", i->note);
    put_json_time(&j, "opened", i->opened_us);
    put_json_time(&j, "closed", i->closed_us);
    jz_json_put_u64(&j, "items", i->items);
    jz_json_end_object(&j);
    jz_out_line(&line);
    return JZ_OK;
}

static int run_list(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_cases) *cases = NULL;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz case list", "no operand is wanted");
    if (open_cases(false, &cases, &err) != JZ_OK ||
        jz_case_list(cases, print_case, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_close(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    if (argc != 1)
        return jz_out_wanted("jz case close", "one case is wanted");
    if (jz_case_reach(argv[0], &cases, id, &err) != JZ_OK ||
        jz_case_close(cases, id, jz_case_actor(), &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

/* ---- notes, access, holds, custody ---- */

/* What was done is recorded, and now goes into the ledger too. */
static jz_status anchor(jz_cases *cases, jz_err *err)
{
    jz_auto(char) *home = NULL;
    JZ_TRY(jz_home_find(jz_case_home, &home, err));
    return jz_home_ledger_anchor(home, cases, err);
}

static int run_note(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    if (argc != 2)
        return jz_out_wanted("jz case note", "a case and a text are wanted");
    if (jz_case_reach(argv[0], &cases, id, &err) != JZ_OK ||
        jz_case_add_note(cases, id, argv[1], jz_case_actor(), &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static int run_access(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    jz_auto(char) *path = NULL;
    int64_t item = 0;
    if (argc != 2 || arg_purpose == NULL)
        return jz_out_wanted("jz case access", "a case, an item and --purpose are wanted");
    if (jz_case_parse_item(argv[1], &item, &err) != JZ_OK)
        return jz_out_usage("jz case access", &err);
    if (jz_case_reach(argv[0], &cases, id, &err) != JZ_OK ||
        jz_case_access(cases, id, item, arg_purpose, jz_case_actor(), &path, &err) != JZ_OK ||
        anchor(cases, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%s\n", path);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_hold(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    jz_case_hold h = { .authority = arg_authority,
                       .document = arg_document,
                       .by = jz_case_actor(),
                       .with = arg_with };
    if (argc != 1 || arg_authority == NULL || arg_document == NULL || arg_with == NULL)
        return jz_out_wanted("jz case hold",
                             "a case, --authority, --document and --with are wanted");
    if (jz_case_parse_time("--from", arg_from, &h.from_us, &err) != JZ_OK ||
        jz_case_parse_time("--until", arg_until, &h.until_us, &err) != JZ_OK)
        return jz_out_usage("jz case hold", &err);
    if (jz_case_reach(argv[0], &cases, id, &err) != JZ_OK ||
        jz_case_set_hold(cases, id, &h, &err) != JZ_OK || anchor(cases, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%" PRId64 "\n", h.number);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_release(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    int64_t hold = 0;
    if (argc != 2 || arg_document == NULL || arg_with == NULL)
        return jz_out_wanted("jz case release", "a case, a hold, --document and --with are wanted");
    if (jz_case_parse_item(argv[1], &hold, &err) != JZ_OK)
        return jz_out_usage("jz case release", &err);
    if (jz_case_reach(argv[0], &cases, id, &err) != JZ_OK ||
        jz_case_release(cases, id, hold, arg_document, jz_case_actor(), arg_with, &err) != JZ_OK ||
        anchor(cases, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static int run_transfer(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    if (argc != 1 || arg_to == NULL || arg_reason == NULL)
        return jz_out_wanted("jz case transfer", "a case, --to and --reason are wanted");
    if (jz_case_reach(argv[0], &cases, id, &err) != JZ_OK ||
        jz_case_transfer(cases, id, jz_case_actor(), arg_to, arg_reason, &err) != JZ_OK ||
        anchor(cases, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static const jz_opt open_options[] = {
    { 0, "note", JZ_OPT_STR, &arg_note, "TEXT", "what it is about; kept with the case" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt list_options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per case on stdout" },
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt by_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt access_options[] = {
    { 0, "purpose", JZ_OPT_STR, &arg_purpose, "TEXT", "why; goes into the record" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt hold_options[] = {
    { 0, "authority", JZ_OPT_STR, &arg_authority, "NAME", "who orders it" },
    { 0, "document", JZ_OPT_STR, &arg_document, "NUMBER", "the order's number" },
    { 0, "with", JZ_OPT_STR, &arg_with, "PERSON", "the second person who sets it" },
    { 0, "from", JZ_OPT_STR, &arg_from, "TIME", "[now]" },
    { 0, "until", JZ_OPT_STR, &arg_until, "TIME", "[until it is released]" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt release_options[] = {
    { 0, "document", JZ_OPT_STR, &arg_document, "NUMBER", "of the paper that lifts it" },
    { 0, "with", JZ_OPT_STR, &arg_with, "PERSON", "the second person who lifts it" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt transfer_options[] = {
    { 0, "to", JZ_OPT_STR, &arg_to, "PERSON", "who takes it over, from --by" },
    { 0, "reason", JZ_OPT_STR, &arg_reason, "TEXT", "why" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

#define CASE_IS "CASE is an id, its first 8 digits or more, or a name.\n"

static const jz_cmd open_cmd = { .name = "open",
                                 .usage = "[options] NAME",
                                 .summary = "open a case; prints its id",
                                 .opts = open_options,
                                 .run = run_open };
static const jz_cmd list_cmd = { .name = "list",
                                 .usage = "[options]",
                                 .summary = "list all cases",
                                 .opts = list_options,
                                 .run = run_list };
static const jz_cmd note_cmd = { .name = "note",
                                 .usage = "[options] CASE TEXT",
                                 .summary = "write a note into the record",
                                 .details = CASE_IS,
                                 .opts = by_options,
                                 .run = run_note };
static const jz_cmd access_cmd = { .name = "access",
                                   .usage = "[options] CASE ITEM --purpose TEXT",
                                   .summary = "print the path of an item's copy, which is recorded",
                                   .details = CASE_IS,
                                   .opts = access_options,
                                   .run = run_access };
static const jz_cmd hold_cmd = { .name = "hold",
                                 .usage = "[options] CASE",
                                 .summary = "forbid that anything is destroyed; prints its number",
                                 .details = CASE_IS "Two persons: --by and --with.\n",
                                 .opts = hold_options,
                                 .run = run_hold };
static const jz_cmd release_cmd = { .name = "release",
                                    .usage = "[options] CASE HOLD",
                                    .summary = "lift a hold",
                                    .details = CASE_IS "Two persons: --by and --with.\n",
                                    .opts = release_options,
                                    .run = run_release };
static const jz_cmd transfer_cmd = { .name = "transfer",
                                     .usage = "[options] CASE",
                                     .summary = "hand the custody of a case to somebody else",
                                     .details = CASE_IS,
                                     .opts = transfer_options,
                                     .run = run_transfer };
static const jz_cmd close_cmd = { .name = "close",
                                  .usage = "[options] CASE",
                                  .summary = "take no more items and links",
                                  .details = CASE_IS,
                                  .opts = by_options,
                                  .run = run_close };

static const jz_cmd *const rows[] = {
    &open_cmd, &jz_cmd_case_add, &jz_cmd_case_link, &jz_cmd_case_term,
    &note_cmd, &list_cmd,        &jz_cmd_case_show, &access_cmd,
    &hold_cmd, &release_cmd,     &transfer_cmd,     &close_cmd,
    NULL,
};

const jz_cmd jz_cmd_case = { .name = "case",
                             .usage = "COMMAND [options] ...",
                             .summary = "keep what was found so that it can be proved",
                             .sub = rows };
