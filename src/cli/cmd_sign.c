/* SPDX-License-Identifier: Apache-2.0 */
/* jz sign: Content Credentials for a copy of a file. */
#include "cli/batch.h"
#include "cli/cmd.h"
#include "cli/credentials_out.h"
#include "cli/govern_home.h"
#include "cli/input.h"
#include "cli/mark_record.h"
#include "cli/out.h"
#include "cli/sign_args.h"
#include "cli/soft_binding.h"
#include "cli/target.h"
#include "cli/text.h"
#include "cli/thumbnail.h"

#include "base/alloc.h"
#include "base/file.h"
#include "examine/item_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACTIONS_MAX 16
#define REGIONS_MAX 64

static const char *arg_out, *arg_source_type, *arg_title, *arg_action, *arg_region, *arg_parent,
    *arg_description, *arg_mark_keys;
static bool arg_thumbnail, arg_pdq, arg_update, arg_force, arg_json, arg_quiet;

typedef struct writer {
    jz_target target;
    jz_signer *signer;
    jz_soft_tools tools; /* open where the file is decoded */
    jz_govern *g;        /* where a mark's signer is recorded; NULL = nowhere */
    jz_sign_opts opts;
    char source_type[JZ_SOURCE_TYPE_MAX];
    char names[JZ_SOURCE_TYPE_MAX]; /* of the actions */
    jz_sign_action action[ACTIONS_MAX + 1];
    jz_sign_region region[REGIONS_MAX];
} writer;

/* ---- what was done: --action, --region ---- */

/* "c2pa.edited,cn.example.swap"; a name without a dot is one of C2PA's. */
static jz_status read_actions(writer *w, jz_err *err)
{
    size_t used = 0;
    for (const char *at = arg_action; at != NULL && *at != '\0';) {
        const size_t n = strcspn(at, ",");
        const char *prefix = memchr(at, '.', n) == NULL ? "c2pa." : "";
        char *name = w->names + used;
        const size_t room = sizeof w->names - used;
        const int len = snprintf(name, room, "%s%.*s", prefix, (int)n, at);
        if (n == 0 || len < 0 || (size_t)len >= room || w->opts.n_actions == ACTIONS_MAX)
            return JZ_FAIL(err, JZ_E_INVAL, "--action: '%s' is no list of up to %d names",
                           arg_action, ACTIONS_MAX);
        used += (size_t)len + 1;
        w->action[w->opts.n_actions++] = (jz_sign_action){ .name = name };
        at += n + (at[n] == ',');
    }
    return JZ_OK;
}

static bool read_number(const char **at, char end, double *out)
{
    char *stop = NULL;
    *out = strtod(*at, &stop);
    if (stop == *at || (*stop != end && !(end == '/' && *stop == '\0')))
        return false;
    *at = *stop != '\0' ? stop + 1 : stop;
    return *out >= 0 && *out <= 100;
}

/* "10,20,30,40/50,50,5,5": left, top, width, height. They belong to the last action. */
static jz_status read_regions(writer *w, jz_err *err)
{
    size_t n = 0;
    for (const char *at = arg_region; at != NULL && *at != '\0'; n++) {
        jz_sign_region r = { 0 };
        if (n == REGIONS_MAX || !read_number(&at, ',', &r.x) || !read_number(&at, ',', &r.y) ||
            !read_number(&at, ',', &r.width) || !read_number(&at, '/', &r.height) ||
            r.x + r.width > 100 || r.y + r.height > 100 || r.width <= 0 || r.height <= 0)
            return JZ_FAIL(err, JZ_E_INVAL,
                           "--region: '%s' is not X,Y,W,H in per cent of the picture", arg_region);
        w->region[n] = r;
    }
    if ((n > 0 || arg_description != NULL) && w->opts.n_actions == 0)
        w->action[w->opts.n_actions++] = (jz_sign_action){ .name = "c2pa.edited" };
    if (n > 0) {
        w->action[w->opts.n_actions - 1].region = w->region;
        w->action[w->opts.n_actions - 1].n_regions = n;
    }
    if (arg_description != NULL)
        w->action[w->opts.n_actions - 1].description = arg_description;
    w->opts.action = w->action;
    return JZ_OK;
}

/* ---- one file ---- */

typedef struct soft { /* what opts borrows */
    jz_sign_soft_binding binding[2];
    uint8_t pdq[JZ_PDQ_SIZE];
    jz_soft_found mark;
    size_t n;
} soft;

static jz_status bind_softly(const writer *w, int fd, soft *s, jz_err *err)
{
    if (arg_pdq) {
        JZ_TRY_CTX(jz_soft_pdq(&w->tools, fd, s->pdq, err), err, "--pdq");
        s->binding[s->n++] = (jz_sign_soft_binding){ JZ_SOFT_PDQ, { s->pdq, sizeof s->pdq } };
    }
    if (arg_mark_keys != NULL) {
        JZ_TRY_CTX(jz_soft_mark(&w->tools, fd, &s->mark, err), err, "--mark-keys");
        s->binding[s->n++] =
            (jz_sign_soft_binding){ JZ_WATERMARK_ALG, { s->mark.value, sizeof s->mark.value } };
    }
    return JZ_OK;
}

/* Who signed what has a mark is found from its payload, too. */
static jz_status record_signer(const writer *w, const soft *s, int fd, const char *path,
                               const jz_credentials *c, jz_err *err)
{
    const jz_credential_manifest *m = jz_credential_manifest_at(c, 0);
    if (w->g == NULL)
        return JZ_OK;
    return jz_mark_record_file(w->g, w->tools.keys.key[s->mark.key], s->mark.payload,
                               m != NULL ? m->signer : "", fd, path, err);
}

static jz_status sign_to(const writer *w, int fd, const char *path, jz_credentials **out,
                         jz_err *err)
{
    JZ_BUF_AUTO label = { 0 };
    JZ_BUF_AUTO thumbnail = { 0 };
    jz_sign_opts o = w->opts;
    soft bound = { .n = 0 };
    JZ_TRY_CTX(jz_sign_label_json(fd, &label, err), err, "the label");
    const jz_sign_assertion aigc = { JZ_AIGC_ASSERTION, { (const uint8_t *)label.ptr, label.len } };
    if (label.len > 0 && !arg_update) {
        o.assertion = &aigc;
        o.n_assertions = 1;
    }
    JZ_TRY(bind_softly(w, fd, &bound, err));
    o.soft_binding = bound.binding;
    o.n_soft_bindings = bound.n;
    if (arg_thumbnail)
        JZ_TRY_CTX(jz_thumbnail_make(w->tools.decoder, fd, &thumbnail, err), err, "--thumbnail");
    o.thumbnail = jz_buf_bytes(&thumbnail);
    o.thumbnail_type = "image/png";
    JZ_TRY(jz_credentials_sign(fd, path, w->signer, &o, out, err));
    return record_signer(w, &bound, fd, path, *out, err);
}

static void answer(const jz_batch_file *f, const char *out, const jz_credentials *c,
                   const jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    if (arg_json) {
        jz_json_begin_object(&j);
        jz_item_json_path(&j, f->path, f->len);
        jz_json_put_str(&j, "output", c != NULL ? out : NULL);
        if (c != NULL)
            jz_credentials_put_json(&j, c);
        jz_item_json_error(&j, err);
        jz_json_end_object(&j);
    } else if (c != NULL) {
        jz_text_path(&line, f->path, f->len);
        jz_credentials_put_row(&line, "written", out);
        jz_credentials_put_text(&line, c, false);
    }
    if (line.len > 0)
        jz_batch_line(&line);
}

static jz_batch_answer sign_one(void *user, const jz_batch_file *f)
{
    const writer *w = user;
    jz_auto(char) *path = NULL;
    jz_auto(jz_credentials) *c = NULL;
    jz_err err = *f->err;
    if (f->fd >= 0)
        err.code = jz_target_of(&w->target, f, &path, &err);
    if (err.code == JZ_OK)
        err.code = sign_to(w, f->fd, path, &c, &err);
    answer(f, path, c, &err);
    if (err.code == JZ_OK)
        return JZ_ANSWER_YES;
    jz_batch_failure(f, &err);
    return JZ_ANSWER_FAILED;
}

/* ---- the command ---- */

static jz_status read_args(int argc, char **argv, writer *w, jz_err *err)
{
    JZ_TRY(jz_target_choose(argc, argv, arg_out, &w->target, err));
    JZ_TRY(jz_sign_args_check(err));
    if (arg_parent != NULL && (argc > 1 || jz_is_folder(argv[0])))
        return JZ_FAIL(err, JZ_E_INVAL, "--parent is what one file was made from");
    JZ_TRY(jz_source_type_uri(arg_source_type, w->source_type, &w->opts.source_type, err));
    JZ_TRY(read_actions(w, err));
    JZ_TRY(read_regions(w, err));
    w->opts.title = arg_title;
    w->opts.tsa = jz_sign_arg_tsa;
    w->opts.overwrite = arg_force;
    w->opts.update = arg_update;
    if (jz_mark_arg_record && arg_mark_keys == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--record is for what --mark-keys finds");
    if (arg_update && (arg_source_type != NULL || arg_parent != NULL || arg_thumbnail))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "--update goes without --source-type, --parent and --thumbnail");
    return JZ_OK;
}

static int run(int argc, char **argv)
{
    jz_err err = { 0 };
    writer w = { 0 };
    jz_auto(jz_signer) *signer = NULL;
    jz_auto(jz_trust) *trust = NULL;
    JZ_FD_AUTO parent = -1;
    if (read_args(argc, argv, &w, &err) != JZ_OK)
        return jz_out_usage("jz sign", &err);
    if (jz_sign_arg_password == NULL && strncmp(jz_sign_arg_key, "pkcs11:", 7) != 0)
        jz_credentials_start_quickly(true); /* what goes wrong with others needs its words */
    if (jz_sign_args_open(&signer, &err) != JZ_OK || jz_trust_args_open(&trust, &err) != JZ_OK)
        return jz_out_error(&err);
    if (arg_parent != NULL && jz_input_open(arg_parent, &parent, &err) != JZ_OK) {
        jz_err_wrap(&err, "--parent %s", arg_parent);
        return jz_out_error(&err);
    }
    jz_case_home = jz_trust_arg_home;
    if (jz_mark_arg_record && jz_govern_reach(true, &w.g, &err) != JZ_OK)
        return jz_out_error(&err);
    w.signer = signer;
    w.opts.trust = trust;
    w.opts.parent_fd = parent > 0 ? parent : 0;
    const jz_batch_opts opts = { .word = "signed",
                                 .quiet = arg_quiet,
                                 .skip = w.target.below ? arg_out : NULL };
    const bool decodes = arg_pdq || arg_thumbnail || arg_mark_keys != NULL;
    const int code = decodes && jz_soft_open(arg_mark_keys, &w.tools, &err) != JZ_OK
                         ? jz_out_error(&err)
                         : jz_batch_run(argv, argc, &opts, sign_one, &w);
    jz_soft_done(&w.tools);
    const int end = jz_mark_record_end(w.g, code);
    jz_govern_close(w.g);
    return end;
}

static const jz_opt options[] = {
    { 'o', "output", JZ_OPT_STR, &arg_out, "OUT",
      "where to write: a file, or a folder for several" },
    JZ_SIGN_OPTS,
    { 0, "source-type", JZ_OPT_STR, &arg_source_type, "CODE",
      "IPTC digital source type: trainedAlgorithmicMedia, ..." },
    { 0, "action", JZ_OPT_STR, &arg_action, "NAMES", "what was done: edited, cropped, ..." },
    { 0, "region", JZ_OPT_STR, &arg_region, "X,Y,W,H",
      "where, in per cent of the picture; several with / between" },
    { 0, "description", JZ_OPT_STR, &arg_description, "TEXT",
      "what the last action did: face swapped, ..." },
    { 0, "parent", JZ_OPT_STR, &arg_parent, "FILE",
      "what it was made from [the file itself, where it has credentials]" },
    { 0, "update", JZ_OPT_FLAG, &arg_update, NULL,
      "say something more about a file whose manifest holds" },
    { 0, "title", JZ_OPT_STR, &arg_title, "TEXT", "a title, in the manifest" },
    { 0, "thumbnail", JZ_OPT_FLAG, &arg_thumbnail, NULL, "a small picture, in the manifest" },
    { 0, "pdq", JZ_OPT_FLAG, &arg_pdq, NULL, "a soft binding: the picture's PDQ hash" },
    { 0, "mark-keys", JZ_OPT_STR, &arg_mark_keys, "DIR",
      "a soft binding: the invisible mark of one of these keys" },
    JZ_MARK_RECORD_OPT,
    JZ_CASE_BY_OPT,
    JZ_TRUST_OPTS,
    { 0, "force", JZ_OPT_FLAG, &arg_force, NULL, "replace OUT if it is there" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per file on stdout" },
    { 'q', "quiet", JZ_OPT_FLAG, &arg_quiet, NULL, "no progress on stderr" },
    { 0 },
};

const jz_cmd jz_cmd_sign = {
    .name = "sign",
    .usage = "--cert PEM --key KEY [options] PATH... -o OUT",
    .summary = "write a copy with Content Credentials (C2PA)",
    .details =
        "The coded media stay as they are, bit for bit. A file that has credentials keeps them as\n"
        "those of its parent, with what was found of them; one without is opened as a parent\n"
        "without credentials, unless --source-type says how this work was made. An AI label\n"
        "(GB 45438-2025) is repeated in the signed manifest: label first, sign last. What was\n"
        "written is validated before OUT appears (docs/credentials.md).\n"
        "Exit status: 0 all are signed, 3 some file is not, 4 a key, a list or the time stamp.\n",
    .opts = options,
    .run = run,
};
