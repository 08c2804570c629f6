/* SPDX-License-Identifier: Apache-2.0 */
/* jz staff: persons who sign in to the console. */
#include "base/file.h"
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/out.h"
#include "serve/staff.h"

#include <stdio.h>

static const char *arg_role;

/* ---- add, reset, end ---- */

static jz_status add(const char *name, char secret[JZ_STAFF_SECRET], jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    jz_role role;
    if (!jz_role_find(arg_role, &role))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "'%s' is none of reporter, moderator, supervisor, auditor, admin", arg_role);
    JZ_TRY(jz_keys_reach(true, &g, err));
    JZ_TRY(jz_staff_add(g, name, role, jz_case_actor(), secret, err));
    return jz_govern_to_ledger(g, err);
}

static jz_status reset(const char *name, char secret[JZ_STAFF_SECRET], jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_TRY(jz_keys_reach(false, &g, err));
    JZ_TRY(jz_staff_reset(g, name, jz_case_actor(), secret, err));
    return jz_govern_to_ledger(g, err);
}

static int print_secret(jz_status st, const char *secret, const jz_err *err)
{
    if (st != JZ_OK)
        return jz_out_error(err);
    printf("%s\n", secret);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_add(int argc, char **argv)
{
    jz_err err = { 0 };
    char secret[JZ_STAFF_SECRET];
    if (argc != 1 || arg_role == NULL)
        return jz_out_wanted("jz staff add", "a name and --role are wanted");
    const jz_status st = add(argv[0], secret, &err);
    return print_secret(st, secret, &err);
}

static int run_reset(int argc, char **argv)
{
    jz_err err = { 0 };
    char secret[JZ_STAFF_SECRET];
    if (argc != 1)
        return jz_out_wanted("jz staff reset", "one name is wanted");
    const jz_status st = reset(argv[0], secret, &err);
    return print_secret(st, secret, &err);
}

static int run_end(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc != 1)
        return jz_out_wanted("jz staff end", "one name is wanted");
    if (jz_keys_reach(false, &g, &err) != JZ_OK ||
        jz_keys_revoke(g, argv[0], jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

/* ---- list ---- */

static jz_status tell(void *user, const jz_api_key *k, jz_err *err)
{
    char when[32];
    (void)user;
    (void)err;
    if (k->staff)
        printf("%-24s  %-10s  %s%s\n", k->name, jz_role_name(k->role),
               jz_time_text(k->created_us, when, sizeof when), k->revoked_us != 0 ? "  ended" : "");
    return JZ_OK;
}

static int run_list(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz staff list", "no operand is wanted");
    if (jz_keys_reach(false, &g, &err) != JZ_OK || jz_keys_each(g, tell, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- rows ---- */

static const jz_opt add_options[] = {
    { 0, "role", JZ_OPT_STR, &arg_role, "ROLE", "reporter, moderator, supervisor, auditor, admin" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt usual_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt list_options[] = { JZ_CASE_HOME_OPT, { 0 } };

static const jz_cmd add_cmd = {
    .name = "add",
    .usage = "[options] NAME --role ROLE",
    .summary = "make an account; prints its one-time secret",
    .details = "With the secret, good for three days, the person sets a password and an\n"
               "authenticator at /console/. docs/console.md says more.\n",
    .opts = add_options,
    .run = run_add,
};
static const jz_cmd reset_cmd = {
    .name = "reset",
    .usage = "[options] NAME",
    .summary = "a new one-time secret, where password or phone are lost; sessions end",
    .opts = usual_options,
    .run = run_reset,
};
static const jz_cmd end_cmd = { .name = "end",
                                .usage = "[options] NAME",
                                .summary = "end an account, for good",
                                .opts = usual_options,
                                .run = run_end };
static const jz_cmd list_cmd = { .name = "list",
                                 .usage = "[options]",
                                 .summary = "list accounts: name, role, since when",
                                 .opts = list_options,
                                 .run = run_list };
static const jz_cmd *const rows[] = { &add_cmd, &reset_cmd, &end_cmd, &list_cmd, NULL };

const jz_cmd jz_cmd_staff = { .name = "staff",
                              .usage = "COMMAND [options] ...",
                              .summary = "persons who sign in to the console",
                              .sub = rows };
