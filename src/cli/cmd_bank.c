/* SPDX-License-Identifier: Apache-2.0 */
/* jz bank: making banks and changing what is in them. */
#include "cli/cmd_bank.h"

#include "bank/import.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/input.h"
#include "cli/out.h"

#include <string.h>
#include <unistd.h>

jz_status jz_bank_open_in(const char *home, bool create, bool load, jz_banks **out, jz_err *err)
{
    const jz_status st = jz_banks_open(home, create, load, out, err);
    return st == JZ_E_NOTFOUND
               ? JZ_FAIL(err, st, "no banks in %s: make one with 'jz bank create NAME'", home)
               : st;
}

jz_status jz_bank_open_home(bool create, bool load, jz_banks **out, jz_err *err)
{
    jz_auto(char) *home = NULL;
    JZ_TRY(jz_home_find(jz_case_home, &home, err));
    return jz_bank_open_in(home, create, load, out, err);
}

jz_status jz_bank_change(bool create, jz_banks **out, jz_err *err)
{
    jz_auto(jz_banks) *banks = NULL;
    JZ_TRY(jz_bank_open_home(create, false, &banks, err));
    JZ_TRY(jz_banks_set_by(banks, jz_case_actor(), err));
    *out = JZ_TAKE(banks);
    return JZ_OK;
}

int jz_bank_changed(jz_banks *banks, int code)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (jz_bank_adding_end(banks, &err) == JZ_OK && jz_govern_reach(false, &g, &err) == JZ_OK &&
        jz_govern_to_ledger(g, &err) == JZ_OK)
        return code;
    const int failed = jz_out_error(&err);
    return code != JZ_EXIT_YES ? code : failed;
}

/* ---- operands ---- */

jz_status jz_bank_class(const char *name, const jz_hash_class **out, jz_err *err)
{
    const jz_hash_class *cls = name != NULL ? jz_hash_class_find(name) : NULL;
    if (name != NULL && cls == NULL)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "--type: '%s' is none of md5, sha256, sm3, pdq, pdq_full, vpdq", name);
    *out = cls;
    return JZ_OK;
}

void jz_bank_reader_done(jz_bank_reader *r)
{
    jz_decoder_free(r->decoder);
    jz_sandbox_close(r->sandbox);
}

static bool parse_hash(const jz_bank_reader *r, const char *text, jz_signal *out)
{
    const size_t len = strlen(text);
    const char *by_length = len == 2 * (size_t)JZ_MD5_SIZE ? "md5" : "pdq";
    const jz_hash_class *cls = r->cls != NULL ? r->cls : jz_hash_class_find(by_length);
    *out = (jz_signal){ .cls = cls, .quality = -1, .frame = -1 };
    return jz_hex_decode(text, len, out->digest, cls->digest_size);
}

jz_status jz_bank_read(jz_bank_reader *r, const char *text, jz_bank_operand *out, jz_err *err)
{
    out->is_hash = access(text, F_OK) != 0 && parse_hash(r, text, &out->hash);
    if (out->is_hash)
        return JZ_OK;
    if (r->sandbox == NULL)
        JZ_TRY(jz_sandbox_open(NULL, NULL, &r->sandbox, err));
    if (r->decoder == NULL)
        JZ_TRY(jz_decoder_new(r->sandbox, &r->decoder, err));
    int opened = -1;
    JZ_TRY(jz_input_open(text, &opened, err));
    JZ_FD_AUTO fd = opened;
    return jz_measure(r->decoder, fd, NULL, &out->file, err);
}

/* ---- create, delete ---- */

static const char *arg_note;
static bool arg_yes;

/* For a command line that does not name exactly one bank. */
static int usage_of_name(const char *command, int argc)
{
    jz_err err = { 0 };
    jz_err_set(&err, JZ_E_INVAL, argc == 0 ? "a bank's name is missing" : "one bank at a time");
    return jz_out_usage(command, &err);
}

static int run_create(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_banks) *banks = NULL;
    if (argc != 1)
        return usage_of_name("jz bank create", argc);
    if (jz_bank_change(true, &banks, &err) != JZ_OK ||
        jz_bank_create(banks, argv[0], arg_note, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_bank_changed(banks, JZ_EXIT_YES);
}

static int run_delete(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_banks) *banks = NULL;
    if (argc != 1)
        return usage_of_name("jz bank delete", argc);
    if (!arg_yes) {
        jz_err_set(&err, JZ_E_INVAL, "deletes the bank and all its hashes: say --yes");
        return jz_out_usage("jz bank delete", &err);
    }
    if (jz_bank_change(false, &banks, &err) != JZ_OK ||
        jz_bank_delete(banks, argv[0], &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_bank_changed(banks, JZ_EXIT_YES);
}

/* ---- entries by number ---- */

typedef jz_status (*change_fn)(jz_banks *b, int64_t entry, jz_err *err);

static jz_status disable(jz_banks *b, int64_t entry, jz_err *err)
{
    return jz_bank_set_status(b, entry, JZ_ENTRY_DISABLED, arg_note, err);
}

static jz_status enable(jz_banks *b, int64_t entry, jz_err *err)
{
    return jz_bank_set_status(b, entry, JZ_ENTRY_CONFIRMED, arg_note, err);
}

static jz_status withdraw(jz_banks *b, int64_t entry, jz_err *err)
{
    return jz_bank_set_status(b, entry, JZ_ENTRY_WITHDRAWN, arg_note, err);
}

static jz_status parse_entry(const char *text, int64_t *out, jz_err *err)
{
    const jz_bytes digits = { (const uint8_t *)text, strlen(text) };
    if (jz_import_number(digits, INT64_MAX, out) && *out > 0)
        return JZ_OK;
    return JZ_FAIL(err, JZ_E_CORRUPT, "'%s' is not an entry's number", text);
}

/* Each entry for itself: one that is not there does not keep the others from being changed. */
static int change_entries(const char *command, int argc, char **argv, change_fn change)
{
    jz_err err = { 0 };
    jz_auto(jz_banks) *banks = NULL;
    int code = JZ_EXIT_YES;
    if (argc == 0) {
        jz_err_set(&err, JZ_E_INVAL,
                   "an entry's number is missing ('jz bank show NAME' lists them)");
        return jz_out_usage(command, &err);
    }
    if (jz_bank_change(false, &banks, &err) != JZ_OK)
        return jz_out_error(&err);
    for (int i = 0; i < argc; i++) {
        int64_t entry = 0;
        if (parse_entry(argv[i], &entry, &err) != JZ_OK || change(banks, entry, &err) != JZ_OK)
            code = jz_out_error(&err);
    }
    return jz_bank_changed(banks, code);
}

static int run_disable(int argc, char **argv)
{
    return change_entries("jz bank disable", argc, argv, disable);
}

static int run_enable(int argc, char **argv)
{
    return change_entries("jz bank enable", argc, argv, enable);
}

static int run_withdraw(int argc, char **argv)
{
    return change_entries("jz bank withdraw", argc, argv, withdraw);
}

static int run_remove(int argc, char **argv)
{
    return change_entries("jz bank remove", argc, argv, jz_bank_delete_entry);
}

static const jz_opt usual_options[] = { JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt note_options[] = {
    { 0, "note", JZ_OPT_STR, &arg_note, "TEXT", "why; kept with the entry" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt create_options[] = {
    { 0, "note", JZ_OPT_STR, &arg_note, "TEXT", "whose bank it is, what for, on what legal basis" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt delete_options[] = {
    { 0, "yes", JZ_OPT_FLAG, &arg_yes, NULL, "delete it" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

static const jz_cmd create_cmd = { .name = "create",
                                   .usage = "[options] NAME",
                                   .summary = "make an empty bank",
                                   .details = "NAME has 1 to 64 of A-Z a-z 0-9 _ - .\n",
                                   .opts = create_options,
                                   .run = run_create };
static const jz_cmd disable_cmd = { .name = "disable",
                                    .usage = "[options] ENTRY...",
                                    .summary = "keep entries but match them no more",
                                    .opts = note_options,
                                    .run = run_disable };
static const jz_cmd enable_cmd = { .name = "enable",
                                   .usage = "[options] ENTRY...",
                                   .summary = "confirm entries, so that they match (again)",
                                   .opts = note_options,
                                   .run = run_enable };
static const jz_cmd withdraw_cmd = { .name = "withdraw",
                                     .usage = "[options] ENTRY...",
                                     .summary = "mark entries that their owner took back",
                                     .opts = note_options,
                                     .run = run_withdraw };
static const jz_cmd remove_cmd = { .name = "remove",
                                   .usage = "[options] ENTRY...",
                                   .summary = "delete entries for good",
                                   .opts = usual_options,
                                   .run = run_remove };
static const jz_cmd delete_cmd = { .name = "delete",
                                   .usage = "[options] NAME",
                                   .summary = "delete a bank for good",
                                   .opts = delete_options,
                                   .run = run_delete };

static const jz_cmd *const rows[] = {
    &create_cmd,
    &jz_cmd_bank_add,
    &jz_cmd_bank_import,
    &jz_cmd_bank_export,
    &jz_cmd_bank_match,
    &jz_cmd_bank_list,
    &jz_cmd_bank_show,
    &disable_cmd,
    &enable_cmd,
    &withdraw_cmd,
    &remove_cmd,
    &delete_cmd,
    NULL,
};

const jz_cmd jz_cmd_bank = { .name = "bank",
                             .usage = "COMMAND [options] ...",
                             .summary = "keep banks of known material, as hashes only",
                             .sub = rows };
