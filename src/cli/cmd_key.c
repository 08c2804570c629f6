/* SPDX-License-Identifier: Apache-2.0 */
/* jz key: who may call the HTTP API. */
#include "base/file.h"
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/out.h"
#include "serve/api_keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *arg_role, *arg_party;
static uint64_t arg_per_minute = JZ_KEY_PER_MINUTE;
static bool arg_json;

/* ---- add ---- */

static jz_status add(const char *name, char token[JZ_KEY_TEXT], jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    jz_api_key k = { .per_minute = (int64_t)arg_per_minute };
    if (strlen(name) >= sizeof k.name || (arg_party != NULL && strlen(arg_party) >= sizeof k.party))
        return JZ_FAIL(err, JZ_E_INVAL, "a name of at most %d characters is wanted",
                       JZ_KEY_NAME_MAX);
    memcpy(k.name, name, strlen(name) + 1);
    if (arg_party != NULL)
        memcpy(k.party, arg_party, strlen(arg_party) + 1);
    if (!jz_role_find(arg_role, &k.role))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "'%s' is none of reporter, partner, moderator, supervisor, auditor, admin",
                       arg_role);
    JZ_TRY(jz_keys_reach(true, &g, err));
    JZ_TRY(jz_keys_add(g, &k, jz_case_actor(), token, err));
    return jz_govern_to_ledger(g, err);
}

static int run_add(int argc, char **argv)
{
    jz_err err = { 0 };
    char token[JZ_KEY_TEXT];
    if (argc != 1 || arg_role == NULL || arg_per_minute > UINT32_MAX)
        return jz_out_wanted("jz key add", "a name and --role are wanted");
    if (add(argv[0], token, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%s\n", token);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- revoke, list ---- */

static int run_revoke(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc != 1)
        return jz_out_wanted("jz key revoke", "one name is wanted");
    if (jz_keys_reach(false, &g, &err) != JZ_OK ||
        jz_keys_revoke(g, argv[0], jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static jz_status tell(void *user, const jz_api_key *k, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    char when[32];
    (void)user;
    (void)err;
    if (k->staff)
        return JZ_OK; /* jz staff lists them */
    if (!arg_json) {
        printf("%-24s  %-10s  %s  %8" PRId64 "  %s%s%s\n", k->name, jz_role_name(k->role),
               jz_time_text(k->created_us, when, sizeof when), k->per_minute,
               k->revoked_us != 0 ? "revoked" : "", k->revoked_us != 0 ? "  " : "", k->party);
        return JZ_OK;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "name", k->name);
    jz_json_put_str(&j, "role", jz_role_name(k->role));
    jz_json_put_str(&j, "party", k->party[0] != '\0' ? k->party : NULL);
    jz_json_put_i64(&j, "per_minute", k->per_minute);
    jz_json_put_str(&j, "created", jz_time_text(k->created_us, when, sizeof when));
    jz_json_put_str(&j, "revoked",
                    k->revoked_us != 0 ? jz_time_text(k->revoked_us, when, sizeof when) : NULL);
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
        return jz_out_wanted("jz key list", "no operand is wanted");
    if (jz_keys_reach(false, &g, &err) != JZ_OK || jz_keys_each(g, tell, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- rows ---- */

static const jz_opt add_options[] = {
    { 0, "role", JZ_OPT_STR, &arg_role, "ROLE",
      "reporter, partner, moderator, supervisor, auditor, admin" },
    { 0, "party", JZ_OPT_STR, &arg_party, "PARTY", "of a partner: as the gate knows it" },
    { 0, "per-minute", JZ_OPT_U64, &arg_per_minute, "N", "requests; 0: any number [6000]" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt revoke_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt list_options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per key on stdout" },
    JZ_CASE_HOME_OPT,
    { 0 },
};

static const jz_cmd add_cmd = {
    .name = "add",
    .usage = "[options] NAME --role ROLE",
    .summary = "make a key; prints it, once",
    .details = "Only the key's SHA-256 is kept. docs/api.md says what each role may do.\n",
    .opts = add_options,
    .run = run_add,
};
static const jz_cmd revoke_cmd = { .name = "revoke",
                                   .usage = "[options] NAME",
                                   .summary = "end a key, for good; servers know it in a second",
                                   .opts = revoke_options,
                                   .run = run_revoke };
static const jz_cmd list_cmd = { .name = "list",
                                 .usage = "[options]",
                                 .summary = "list keys: name, role, since when, requests a minute",
                                 .opts = list_options,
                                 .run = run_list };

static const jz_cmd *const rows[] = { &add_cmd, &revoke_cmd, &list_cmd, NULL };

const jz_cmd jz_cmd_key = {
    .name = "key", .usage = "COMMAND [options] ...", .summary = "keys of the HTTP API", .sub = rows
};
