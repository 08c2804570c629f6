/* SPDX-License-Identifier: Apache-2.0 */
/* jz bank add, import, export: what goes into banks and what comes out. */
#include "cli/cmd_bank.h"

#include "base/file.h"
#include "base/json.h"
#include "cli/out.h"
#include "cli/text.h"
#include "examine/item_json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *arg_source, *arg_category, *arg_note, *arg_status, *arg_type, *arg_format;
static const char *arg_output;
static bool arg_json;

static jz_status entry_meta(jz_entry_status usual, jz_entry_meta *out, jz_err *err)
{
    *out = (jz_entry_meta){
        .status = usual, .source = arg_source, .category = arg_category, .note = arg_note
    };
    if (arg_status != NULL && !jz_entry_status_find(arg_status, &out->status))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "--status: '%s' is none of seed, confirmed, disabled, withdrawn",
                       arg_status);
    return JZ_OK;
}

/* ---- add ---- */

static void say_added(const char *operand, const char *bank, int64_t entry, bool added, size_t n)
{
    JZ_BUF_AUTO b = { 0 };
    if (!arg_json) {
        jz_text_path(&b, operand, strlen(operand));
        printf("%s: entry %" PRId64 "%s, %zu %s\n", b.fail == JZ_OK ? b.ptr : "?", entry,
               added ? "" : " is there already", n, n == 1 ? "hash" : "hashes");
        return;
    }
    jz_json j = { .out = &b };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, operand, strlen(operand));
    jz_json_put_str(&j, "bank", bank);
    jz_json_put_i64(&j, "entry", entry);
    jz_json_put_bool(&j, "added", added);
    jz_json_put_u64(&j, "signals", n);
    jz_json_end_object(&j);
    jz_out_line(&b);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* A flat picture goes in with its exact hashes only, which is said. */
static void warn_flat(const char *operand, const jz_measurement *m)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->probe[i].quality >= JZ_BANK_MIN_QUALITY)
            return;
    JZ_BUF_AUTO name = { 0 };
    jz_text_path(&name, operand, strlen(operand));
    (void)fprintf(stderr, "jz: %s: too flat to compare by pixels: only exact copies will match\n",
                  name.fail == JZ_OK ? name.ptr : "?");
}

static jz_status add_file(jz_banks *banks, const char *bank, const char *operand,
                          const jz_measurement *m, const jz_entry_meta *meta, jz_err *err)
{
    jz_signal *signals = NULL;
    size_t n = 0;
    int64_t entry = 0;
    bool added = false;
    JZ_TRY(jz_measurement_signals(m, JZ_BANK_MIN_QUALITY, &signals, &n, err));
    const jz_status st = jz_bank_add(banks, bank, meta, signals, n, &entry, &added, err);
    jz_signals_free(signals);
    JZ_TRY(st);
    warn_flat(operand, m);
    say_added(operand, bank, entry, added, n);
    return JZ_OK;
}

static jz_status add_one(jz_banks *banks, jz_bank_reader *reader, const char *bank,
                         const char *operand, const jz_entry_meta *given, jz_err *err)
{
    jz_bank_operand op = { .is_hash = false };
    jz_entry_meta meta = *given;
    jz_status st = jz_bank_read(reader, operand, &op, err);
    if (st == JZ_OK && op.is_hash) {
        int64_t entry = 0;
        bool added = false;
        st = jz_bank_add(banks, bank, &meta, &op.hash, 1, &entry, &added, err);
        if (st == JZ_OK)
            say_added(operand, bank, entry, added, 1);
    } else if (st == JZ_OK) {
        if (meta.source == NULL)
            meta.source = base_name(operand);
        st = add_file(banks, bank, operand, &op.file, &meta, err);
    }
    jz_measurement_done(&op.file);
    return st;
}

static int run_add(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_banks) *banks = NULL;
    jz_bank_reader reader = { .cls = NULL };
    jz_entry_meta meta;
    if (argc < 2) {
        jz_err_set(&err, JZ_E_INVAL, "a bank's name and a file or hash are wanted");
        return jz_out_usage("jz bank add", &err);
    }
    if (jz_bank_class(arg_type, &reader.cls, &err) != JZ_OK ||
        entry_meta(JZ_ENTRY_CONFIRMED, &meta, &err) != JZ_OK)
        return jz_out_usage("jz bank add", &err);
    if (jz_bank_change(false, &banks, &err) != JZ_OK)
        return jz_out_error(&err);
    int code = JZ_EXIT_YES;
    jz_bank_adding_begin(banks); /* one change, whatever the number of operands */
    for (int i = 1; i < argc && ferror(stdout) == 0; i++) {
        const jz_status st = add_one(banks, &reader, argv[0], argv[i], &meta, &err);
        if (st == JZ_OK)
            continue;
        jz_text_failure(argv[i], strlen(argv[i]), &err);
        code = st == JZ_E_NOMEM || st == JZ_E_BUSY ? JZ_EXIT_ENV : JZ_EXIT_INPUT;
    }
    jz_bank_reader_done(&reader);
    return jz_out_close(jz_bank_changed(banks, code));
}

static const jz_opt add_options[] = {
    { 0, "source", JZ_OPT_STR, &arg_source, "TEXT", "who gave it [the file's name]" },
    { 0, "category", JZ_OPT_STR, &arg_category, "TEXT", "what it is" },
    { 0, "note", JZ_OPT_STR, &arg_note, "TEXT", "anything else" },
    { 0, "status", JZ_OPT_STR, &arg_status, "STATUS", "seed, confirmed, ... [confirmed]" },
    { 0, "type", JZ_OPT_STR, &arg_type, "CLASS", "of hex digits [32: md5, 64: pdq]" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per operand on stdout" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_bank_add = {
    .name = "add",
    .usage = "[options] NAME FILE|HEX...",
    .summary = "add files (their hashes only) or hashes",
    .details = "Of a file all hashes are kept and nothing else: no picture can be made from them\n"
               "again, and none is stored.\n",
    .opts = add_options,
    .run = run_add,
};

/* ---- import ---- */

static const struct {
    const char *name;
    jz_bank_format format;
} formats[] = {
    { "auto", JZ_FMT_AUTO },     { "hex", JZ_FMT_HEX },   { "csv", JZ_FMT_CSV },
    { "ndjson", JZ_FMT_NDJSON }, { "vpdq", JZ_FMT_VPDQ },
};

static jz_status find_format(const char *name, jz_bank_format usual, jz_bank_format *out,
                             jz_err *err)
{
    *out = usual;
    for (size_t i = 0; name != NULL && i < JZ_ARRAY_LEN(formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *out = formats[i].format;
            return JZ_OK;
        }
    }
    return name == NULL ? JZ_OK
                        : JZ_FAIL(err, JZ_E_INVAL,
                                  "--format: '%s' is none of auto, hex, csv, ndjson, vpdq", name);
}

static void on_bad_line(void *user, uint64_t line, const jz_err *err)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    JZ_BUF_AUTO clean = { 0 };
    (void)jz_err_text(err, text, sizeof text); /* returns text */
    jz_text_path(&clean, text, strlen(text));
    (void)fprintf(stderr, "jz: %s:%" PRIu64 ": %s\n", (const char *)user, line,
                  clean.fail == JZ_OK ? clean.ptr : "?");
}

static int import_from(const char *bank, const char *path, const jz_import_opts *given)
{
    jz_err err = { 0 };
    jz_import_opts opts = *given;
    jz_auto(jz_banks) *banks = NULL;
    jz_import_result result = { 0 };
    char shown[JZ_ERR_TEXT];
    (void)snprintf(shown, sizeof shown, "%s", path); /* a long name may be cut in messages */
    opts.bad_line = on_bad_line;
    opts.user = shown;
    if (jz_bank_change(false, &banks, &err) != JZ_OK)
        return jz_out_error(&err);
    JZ_FD_AUTO opened = -1;
    const bool is_stdin = strcmp(path, "-") == 0;
    if (!is_stdin) {
        opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (opened < 0) {
            jz_err_set(&err, JZ_E_NOTFOUND, "%s: %s", path, strerror(errno));
            return jz_out_error(&err);
        }
    }
    const jz_status st =
        jz_bank_import(banks, bank, is_stdin ? STDIN_FILENO : opened, &opts, &result, &err);
    printf("%" PRIu64 " added, %" PRIu64 " known, %" PRIu64 " bad\n", result.added, result.known,
           result.bad);
    const int code = st != JZ_OK      ? jz_out_error(&err)
                     : result.bad > 0 ? JZ_EXIT_INPUT
                                      : JZ_EXIT_YES;
    return jz_out_close(jz_bank_changed(banks, code)); /* what went in before it failed, too */
}

static int run_import(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_import_opts opts = { .format = JZ_FMT_AUTO };
    jz_status st = JZ_OK;
    if (argc != 2)
        st = JZ_FAIL(&err, JZ_E_INVAL,
                     "a bank's name and one file (- is standard input) are wanted");
    if (st == JZ_OK)
        st = find_format(arg_format, JZ_FMT_AUTO, &opts.format, &err);
    if (st == JZ_OK)
        st = jz_bank_class(arg_type, &opts.cls, &err);
    if (st == JZ_OK)
        st = entry_meta(JZ_ENTRY_SEED, &opts.meta, &err);
    return st == JZ_OK ? import_from(argv[0], argv[1], &opts)
                       : jz_out_usage("jz bank import", &err);
}

static const jz_opt import_options[] = {
    { 0, "format", JZ_OPT_STR, &arg_format, "F", "auto, hex, csv, ndjson or vpdq [auto]" },
    { 0, "type", JZ_OPT_STR, &arg_type, "CLASS", "of bare hashes [32 digits: md5, 64: pdq]" },
    { 0, "source", JZ_OPT_STR, &arg_source, "TEXT", "who gave it, where the file does not say" },
    { 0, "category", JZ_OPT_STR, &arg_category, "TEXT", "what it is, likewise" },
    { 0, "note", JZ_OPT_STR, &arg_note, "TEXT", "anything else, likewise" },
    { 0, "status", JZ_OPT_STR, &arg_status, "STATUS", "likewise [seed]" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_bank_import = {
    .name = "import",
    .usage = "[options] NAME FILE|-",
    .summary = "add the hashes that a file lists",
    .details = "Every good line goes in; bad ones are told with their number. See docs/banks.md.\n",
    .opts = import_options,
    .run = run_import,
};

/* ---- export ---- */

static int run_export(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_banks) *banks = NULL;
    jz_bank_format format = JZ_FMT_NDJSON;
    jz_status st = JZ_OK;
    if (argc != 1)
        st = JZ_FAIL(&err, JZ_E_INVAL, "one bank's name is wanted");
    if (st == JZ_OK)
        st = find_format(arg_format, JZ_FMT_NDJSON, &format, &err);
    if (st != JZ_OK)
        return jz_out_usage("jz bank export", &err);
    if (jz_bank_open_home(false, false, &banks, &err) != JZ_OK)
        return jz_out_error(&err);
    JZ_FD_AUTO opened = -1;
    if (arg_output != NULL) {
        opened = open(arg_output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (opened < 0) {
            jz_err_set(&err, JZ_E_IO, "%s: %s", arg_output, strerror(errno));
            return jz_out_error(&err);
        }
    }
    st = jz_bank_export(banks, argv[0], format, arg_output != NULL ? opened : STDOUT_FILENO, &err);
    return st == JZ_OK ? JZ_EXIT_YES : jz_out_error(&err);
}

static const jz_opt export_options[] = {
    { 0, "format", JZ_OPT_STR, &arg_format, "F", "ndjson, csv or hex [ndjson]" },
    { 'o', "output", JZ_OPT_STR, &arg_output, "FILE", "instead of standard output" },
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_bank_export = {
    .name = "export",
    .usage = "[options] NAME",
    .summary = "write a bank's entries, to be imported elsewhere",
    .opts = export_options,
    .run = run_export,
};
