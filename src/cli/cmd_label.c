/* SPDX-License-Identifier: Apache-2.0 */
/* jz label: reading and checking; what writes is in cmd_label_write.c. */
#include "cli/cmd_label.h"

#include "cli/audible_args.h"
#include "cli/cmd.h"
#include "cli/cmd_mark.h"
#include "cli/mark_args.h"
#include "cli/out.h"
#include "cli/text.h"
#include "examine/item_json.h"
#include "label/label_json.h"
#include "label/label_read.h"
#include "label/security.h"

#include <inttypes.h>
#include <string.h>

bool jz_label_arg_json, jz_label_arg_quiet;
static const char *arg_pins;

/* ---- answers ---- */

static void answer_json(const jz_batch_file *f, const char *written, const jz_label_marks *marks,
                        const jz_label *l, const jz_label_state *state, const jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, f->path, f->len);
    if (written != NULL)
        jz_json_put_str(&j, "output", written);
    if (marks != NULL && marks->visible != NULL)
        jz_mark_put_json(&j, marks->visible);
    if (marks != NULL && marks->audible != NULL)
        jz_audible_put_json(&j, marks->audible);
    if (marks != NULL && marks->invisible != NULL)
        jz_mark_put_written(&j, marks->invisible);
    if (marks != NULL && marks->credentials != NULL)
        jz_json_put_str(&j, "credentials",
                        jz_credential_state_name(jz_credentials_state(marks->credentials)));
    jz_label_json(&j, l);
    if (state != NULL)
        jz_json_put_str(&j, "notice", jz_label_state_name(*state));
    jz_item_json_error(&j, err);
    jz_json_end_object(&j);
    jz_batch_line(&line);
}

static const char *const state_words[] = {
    [JZ_STATE_NONE] = "none",
    [JZ_STATE_SUSPECTED] = "疑似 suspected to be synthetic",
    [JZ_STATE_POSSIBLE] = "可能 possibly synthetic",
    [JZ_STATE_CONFIRMED] = "属于 synthetic",
};

/* A value from a file, fit for a terminal. */
static void put_row(jz_buf *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    jz_buf_printf(out, "\n  %-18s ", name);
    jz_text_path(out, value, strlen(value));
}

static void put_places(jz_buf *out, const jz_label *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const jz_label_place *p = &l->place[i];
        jz_buf_printf(out, "\n  %-18s %s, %" PRIu64 " bytes at offset %" PRIu64 "%s%s", "place",
                      p->where, p->size, p->at, p->status != JZ_OK ? ": " : "",
                      p->status != JZ_OK ? p->fault : "");
    }
}

static void put_checks(jz_buf *out, const jz_label *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n_checks; i++)
        kept += l->check[i].ok;
    if (l->n_checks == 0)
        return;
    jz_buf_printf(out, "\n  %-18s %zu of %zu rules kept", "checks", kept, l->n_checks);
    for (size_t i = 0; i < l->n_checks; i++) {
        if (!l->check[i].ok)
            jz_buf_printf(out, "\n    not kept: %s: %s", l->check[i].id, l->check[i].message);
    }
}

static void answer_text(const jz_batch_file *f, const char *written, const jz_label_marks *marks,
                        const jz_label *l, const jz_label_state *state)
{
    JZ_BUF_AUTO out = { 0 };
    if (written != NULL)
        jz_text_path(&out, written, strlen(written));
    else
        jz_text_path(&out, f->path, f->len);
    put_row(&out, "label", jz_presence_name(l->presence));
    const jz_label_state own = jz_label_state_of(l->aigc, false, false);
    put_row(&out, "state", state_words[state != NULL ? *state : own]);
    for (unsigned i = 0; l->aigc != NULL && i < JZ_AIGC_FIELDS; i++) {
        const bool reserved = i == JZ_AIGC_RESERVED1 || i == JZ_AIGC_RESERVED2;
        if (!reserved) /* long; their verdict is below */
            put_row(&out, jz_aigc_field_name((jz_aigc_field)i), l->aigc->field[i]);
    }
    put_row(&out, "source type", l->source_type);
    if (marks != NULL && marks->visible != NULL)
        jz_mark_put_text(&out, marks->visible);
    if (marks != NULL && marks->audible != NULL)
        jz_audible_put_text(&out, marks->audible);
    if (marks != NULL && marks->invisible != NULL)
        jz_buf_printf(&out, "\n  %-18s %016" PRIx64 ", %.1f dB", "invisible mark",
                      marks->invisible->read.payload, marks->invisible->psnr_db);
    if (marks != NULL && marks->credentials != NULL)
        put_row(&out, "credentials",
                jz_credential_state_name(jz_credentials_state(marks->credentials)));
    put_places(&out, l);
    if (l->signature[0].state != JZ_SIGNATURE_NONE)
        put_row(&out, "signature", l->signature[0].message);
    if (l->signature[1].state != JZ_SIGNATURE_NONE)
        put_row(&out, "second signature", l->signature[1].message);
    put_checks(&out, l);
    jz_batch_line(&out);
}

void jz_label_answer(const jz_batch_file *f, const char *out, const jz_label_marks *marks,
                     const jz_label *l, const jz_label_state *state, const jz_err *err)
{
    if (jz_label_arg_json)
        answer_json(f, out, marks, l, state, err);
    else if (err->code == JZ_OK || l->presence == JZ_LABEL_PRESENT)
        answer_text(f, out, marks, l, state);
    if (err->code != JZ_OK)
        jz_batch_failure(f, err);
}

/* ---- read and check ---- */

typedef struct reader {
    const jz_pins *pins;
    bool check; /* yes is a label that keeps every rule */
} reader;

static bool all_kept(const jz_label *l)
{
    for (size_t i = 0; i < l->n_checks; i++) {
        if (!l->check[i].ok)
            return false;
    }
    return l->signature[0].state != JZ_SIGNATURE_INVALID;
}

static jz_batch_answer read_one(void *user, const jz_batch_file *f)
{
    const reader *r = user;
    JZ_LABEL_AUTO l = { .presence = JZ_LABEL_CANNOT_TELL };
    jz_err err = *f->err;
    if (f->fd >= 0) {
        l.presence = JZ_LABEL_ABSENT;
        if (jz_label_read(f->fd, r->pins, &l, &err) != JZ_OK)
            l.presence = JZ_LABEL_CANNOT_TELL;
        else
            err = l.damage;
    }
    jz_label_answer(f, NULL, NULL, &l, NULL, &err);
    if (l.presence == JZ_LABEL_CANNOT_TELL)
        return JZ_ANSWER_FAILED;
    const bool yes = l.presence == JZ_LABEL_PRESENT && (!r->check || all_kept(&l));
    return yes ? JZ_ANSWER_YES : JZ_ANSWER_NO;
}

static int read_all(int argc, char **argv, bool check)
{
    jz_err err = { 0 };
    jz_auto(jz_pins) *pins = NULL;
    if (argc == 0) {
        jz_err_set(&err, JZ_E_INVAL, "a path is missing");
        return jz_out_usage(check ? "jz label check" : "jz label read", &err);
    }
    if (arg_pins != NULL && jz_pins_load(arg_pins, &pins, &err) != JZ_OK)
        return jz_out_error(&err);
    reader r = { .pins = pins, .check = check };
    const jz_batch_opts opts = { .word = "labelled", .quiet = jz_label_arg_quiet };
    return jz_batch_run(argv, argc, &opts, read_one, &r);
}

static int run_read(int argc, char **argv)
{
    return read_all(argc, argv, false);
}

static int run_check(int argc, char **argv)
{
    return read_all(argc, argv, true);
}

static const jz_opt read_options[] = {
    JZ_LABEL_OPTS,
    { 0, "pins", JZ_OPT_STR, &arg_pins, "FILE", "keys of known signers: lines of NAME HEXKEY" },
    { 0 },
};

static const jz_cmd read_cmd = {
    .name = "read",
    .usage = "[options] PATH...",
    .summary = "print the labels of files",
    .details =
        "Folders are read with all below them; - is standard input.\n"
        "Exit status: 0 every file is labelled, 1 some file is not, 3 of some file it cannot\n"
        "be told.\n",
    .opts = read_options,
    .run = run_read,
};
static const jz_cmd check_cmd = {
    .name = "check",
    .usage = "[options] PATH...",
    .summary = "hold the labels of files against the rules",
    .details =
        "Exit status: 0 every file has a label that keeps every rule (docs/labels.md), 1 some\n"
        "file has none or one that does not, 3 of some file it cannot be told.\n",
    .opts = read_options,
    .run = run_check,
};

static const jz_cmd *const commands[] = {
    &jz_cmd_label_apply, &read_cmd, &check_cmd, &jz_cmd_label_carry, &jz_cmd_label_state, NULL,
};

const jz_cmd jz_cmd_label = {
    .name = "label",
    .usage = "COMMAND [options] ...",
    .summary = "write, read, check and carry marks that say 'this is synthetic'",
    .sub = commands,
};
