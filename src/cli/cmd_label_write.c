/* SPDX-License-Identifier: Apache-2.0 */
/* jz label apply, state: what writes labels. There is no command that removes one. */
#include "cli/cmd_label.h"

#include <jz/hash.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "cli/audible_args.h"
#include "cli/cmd_mark.h"
#include "cli/credentials_out.h"
#include "cli/govern_home.h"
#include "cli/mark_args.h"
#include "cli/mark_record.h"
#include "cli/out.h"
#include "cli/sign_args.h"
#include "cli/target.h"
#include "label/label_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char *arg_producer, *arg_id, *arg_label, *arg_propagator, *arg_propagate_id;
static const char *arg_sign, *arg_source_type, *arg_out, *arg_mark;
static bool arg_no_propagation, arg_new_content, arg_force, arg_declared, arg_trace, arg_c2pa;

typedef struct writer {
    jz_label_change change;
    jz_target target;
    jz_sandbox *sandbox;        /* where a visible or an invisible mark is asked for */
    jz_watermark_key *mark_key; /* where an invisible one is */
    jz_govern *g;               /* where the invisible one is recorded */
    jz_mark_opts mark;
    jz_audible_opts audible;
    jz_signer *signer; /* where Content Credentials are asked for */
    jz_trust *trust;
} writer;

/* The explicit mark as it was measured, the credentials as they were read back. */
typedef struct seen_marks {
    jz_mark_result visible;
    jz_audible_result audible;
    jz_watermark_written invisible;
    jz_credentials *credentials;
} seen_marks;

/* A content number for a file that was given none: the beginning of its SHA-256. */
static jz_status id_of(int fd, char id[33], jz_err *err)
{
    jz_exact_hashes h;
    JZ_TRY(jz_exact_hash_fd(fd, &h, err));
    jz_hex_encode(h.sha256, 16, id);
    return JZ_OK;
}

/* A file without a name beside target, for a copy that something else is done to; it has the mode
 * of the original, which must be another file than target. */
static jz_status open_marked(int fd, const char *target, int *out, jz_err *err)
{
    struct stat source, there;
    jz_auto(char) *folder = jz_path_folder(target);
    if (folder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (fstat(fd, &source) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s", strerrordesc_np(errno));
    if (stat(target, &there) == 0 && there.st_dev == source.st_dev && there.st_ino == source.st_ino)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is the source itself", target);
    JZ_FD_AUTO made = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (made < 0 || fchmod(made, source.st_mode & 0777) != 0)
        return JZ_FAIL(err, JZ_E_IO, "a file in %s: %s", folder, strerrordesc_np(errno));
    *out = made;
    made = -1;
    return JZ_OK;
}

/* What is done after the label: a signature over all of it. The credentials of the file as it came
 * stay, with what was found of them before the label changed it. */
static jz_status sign(const writer *w, const jz_batch_file *f, int labelled, const char *target,
                      seen_marks *seen, jz_err *err)
{
    static const jz_sign_action added = { .name = "c2pa.edited.metadata" };
    JZ_BUF_AUTO json = { 0 };
    jz_auto(jz_credentials) *old = NULL;
    const jz_verify_opts verify = { .trust = w->trust };
    JZ_TRY(jz_sign_label_json(labelled, &json, err));
    JZ_TRY(jz_credentials_verify(f->fd, &verify, &old, err));
    const bool signed_before = jz_credentials_state(old) != JZ_CREDENTIALS_NONE;
    const jz_sign_assertion aigc = { JZ_AIGC_ASSERTION, { (const uint8_t *)json.ptr, json.len } };
    const bool made = !signed_before && w->change.source_type != NULL;
    const jz_sign_opts o = { .source_type = made ? w->change.source_type : NULL,
                             .action = &added,
                             .n_actions = made ? 0 : 1,
                             .parent_fd = signed_before ? f->fd : 0,
                             .assertion = &aigc,
                             .n_assertions = 1,
                             .trust = w->trust,
                             .tsa = jz_sign_arg_tsa,
                             .overwrite = arg_force };
    return jz_credentials_sign(labelled, target, w->signer, &o, &seen->credentials, err);
}

static jz_status label_and_sign(const writer *w, const jz_batch_file *f, int fd,
                                const jz_label_change *change, const char *target, seen_marks *seen,
                                jz_label *written, jz_err *err)
{
    int opened = -1;
    JZ_LABEL_AUTO label = { 0 };
    if (w->signer == NULL)
        return jz_label_apply(fd, target, change, written, err);
    JZ_TRY(open_marked(f->fd, target, &opened, err));
    JZ_FD_AUTO labelled = opened;
    JZ_TRY(jz_label_apply_to(fd, labelled, change, &label, err));
    JZ_TRY_CTX(sign(w, f, labelled, target, seen, err), err, "Content Credentials");
    *written = label;
    label = (jz_label){ 0 };
    return JZ_OK;
}

static jz_status mark_openly(const writer *w, int fd, int marked, seen_marks *seen, jz_err *err)
{
    if (jz_audible_arg == NULL)
        return jz_mark_visible(w->sandbox, fd, &w->mark, marked, &seen->visible, err);
    JZ_TRY_CTX(jz_mark_audible(fd, &w->audible, marked, &seen->audible, err), err, "audible mark");
    return JZ_OK;
}

/* The payload is made of the content's number, which is in the label too. */
static jz_status mark_invisibly(const writer *w, const jz_label_change *change, int fd, int marked,
                                seen_marks *seen, jz_err *err)
{
    JZ_LABEL_AUTO l = { 0 };
    const char *id = change->field[JZ_AIGC_PRODUCE_ID];
    if (id == NULL) {
        JZ_TRY(jz_label_read(fd, NULL, &l, err));
        id = l.aigc != NULL ? l.aigc->field[JZ_AIGC_PRODUCE_ID] : NULL;
    }
    if (id == NULL || id[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "--mark: the content has no number");
    const jz_watermark_opts opts = { .key = w->mark_key,
                                     .payload = jz_mark_payload_of_id(id),
                                     .known = (jz_watermark_key *const[]){ w->mark_key },
                                     .n_known = 1 };
    JZ_TRY_CTX(jz_watermark_write(w->sandbox, fd, &opts, marked, &seen->invisible, err), err,
               "invisible mark");
    return JZ_OK;
}

/* First the mark that people see or hear, then the one that they do not, then the label over what
 * came of it. */
static jz_status mark_and_label(const writer *w, const jz_batch_file *f,
                                const jz_label_change *change, const char *target, seen_marks *seen,
                                jz_label *written, jz_err *err)
{
    int first = -1, second = -1;
    const bool openly = jz_audible_arg != NULL || jz_mark_arg_visible != NULL;
    JZ_TRY(open_marked(f->fd, target, &first, err));
    JZ_FD_AUTO marked = first;
    if (openly)
        JZ_TRY(mark_openly(w, f->fd, marked, seen, err));
    if (w->mark_key == NULL)
        return label_and_sign(w, f, marked, change, target, seen, written, err);
    JZ_TRY(open_marked(f->fd, target, &second, err));
    JZ_FD_AUTO both = second;
    JZ_TRY(mark_invisibly(w, change, openly ? marked : f->fd, both, seen, err));
    return label_and_sign(w, f, both, change, target, seen, written, err);
}

/* *target is the caller's to free, whatever happens. */
static jz_status write_to(const writer *w, const jz_batch_file *f, const jz_label_change *change,
                          char **target, seen_marks *seen, jz_label *written, jz_err *err)
{
    JZ_TRY(jz_target_of(&w->target, f, target, err));
    if (seen != NULL && (w->sandbox != NULL || jz_audible_arg != NULL)) /* some mark is wanted */
        return mark_and_label(w, f, change, *target, seen, written, err);
    return label_and_sign(w, f, f->fd, change, *target, seen, written, err);
}

/* ---- apply ---- */

/* Whether the file has a producer's number already, which then stays. */
static jz_status is_numbered(int fd, bool *out, jz_err *err)
{
    JZ_LABEL_AUTO l = { 0 };
    JZ_TRY(jz_label_read(fd, NULL, &l, err));
    const char *id = l.aigc != NULL ? l.aigc->field[JZ_AIGC_PRODUCE_ID] : NULL;
    *out = id != NULL && id[0] != '\0';
    return JZ_OK;
}

static jz_status apply(const writer *w, const jz_batch_file *f, char **target, seen_marks *seen,
                       jz_label *written, jz_err *err)
{
    char id[33];
    jz_label_change change = w->change;
    bool has_id = false;
    JZ_TRY(is_numbered(f->fd, &has_id, err));
    if (arg_producer != NULL && arg_id == NULL && (!has_id || arg_new_content)) {
        JZ_TRY(id_of(f->fd, id, err));
        change.field[JZ_AIGC_PRODUCE_ID] = id;
    }
    JZ_TRY(write_to(w, f, &change, target, seen, written, err));
    if (w->g == NULL)
        return JZ_OK;
    return jz_mark_record_file(w->g, w->mark_key, seen->invisible.read.payload, "", f->fd, *target,
                               err);
}

static jz_batch_answer apply_one(void *user, const jz_batch_file *f)
{
    const writer *w = user;
    jz_auto(char) *target = NULL;
    JZ_LABEL_AUTO written = { 0 };
    seen_marks seen = { 0 };
    jz_err err = *f->err;
    if (f->fd >= 0)
        err.code = apply(w, f, &target, &seen, &written, &err);
    const bool done = err.code == JZ_OK;
    const jz_label_marks marks = {
        .visible = done && jz_mark_arg_visible != NULL ? &seen.visible : NULL,
        .audible = done && jz_audible_arg != NULL ? &seen.audible : NULL,
        .invisible = done && w->mark_key != NULL ? &seen.invisible : NULL,
        .credentials = done ? seen.credentials : NULL,
    };
    jz_label_answer(f, done ? target : NULL, &marks, &written, NULL, &err);
    jz_credentials_free(seen.credentials);
    return err.code == JZ_OK ? JZ_ANSWER_YES : JZ_ANSWER_FAILED;
}

static jz_status fill_change(int argc, char **argv, writer *w, char *uri, jz_err *err)
{
    const char *source_type = NULL;
    JZ_TRY(jz_target_choose(argc, argv, arg_out, &w->target, err));
    if (arg_id != NULL && (argc > 1 || jz_is_folder(argv[0])))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "--id is one file's number; without it, each gets a part of its SHA-256");
    JZ_TRY(jz_source_type_uri(arg_source_type, uri, &source_type, err));
    w->change = (jz_label_change){
        .field = { [JZ_AIGC_LABEL] = arg_label,
                   [JZ_AIGC_CONTENT_PRODUCER] = arg_producer,
                   [JZ_AIGC_PRODUCE_ID] = arg_id,
                   [JZ_AIGC_PROPAGATOR] = arg_propagator,
                   [JZ_AIGC_PROPAGATE_ID] = arg_propagate_id },
        .source_type = source_type,
        .key_path = arg_sign,
        .propagation_empty = arg_no_propagation,
        .new_content = arg_new_content,
        .overwrite = arg_force,
    };
    return JZ_OK;
}

static jz_status read_marks(writer *w, jz_err *err)
{
    if (jz_audible_arg != NULL && arg_mark != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--audible is for sound, --mark for pictures and videos");
    if (jz_audible_arg != NULL && jz_mark_arg_visible != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--audible is for sound, --visible for all else");
    if (jz_mark_arg_record && arg_mark == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--record is for what --mark writes");
    JZ_TRY(jz_mark_args_read(&w->mark, err));
    return jz_audible_args_read(&w->audible, err);
}

static int run_apply(int argc, char **argv)
{
    char uri[JZ_SOURCE_TYPE_MAX];
    jz_err err = { 0 };
    jz_auto(jz_sandbox) *sandbox = NULL;
    jz_auto(jz_watermark_key) *mark_key = NULL;
    jz_auto(jz_signer) *signer = NULL;
    jz_auto(jz_trust) *trust = NULL;
    jz_auto(jz_govern) *g = NULL;
    JZ_FD_AUTO spoken = -1;
    writer w = { 0 };
    if (fill_change(argc, argv, &w, uri, &err) != JZ_OK || read_marks(&w, &err) != JZ_OK ||
        (arg_c2pa && jz_sign_args_check(&err) != JZ_OK))
        return jz_out_usage("jz label apply", &err);
    if (arg_c2pa &&
        (jz_sign_args_open(&signer, &err) != JZ_OK || jz_trust_args_open(&trust, &err) != JZ_OK))
        return jz_out_error(&err);
    if (arg_mark != NULL && jz_watermark_key_open(arg_mark, &mark_key, &err) != JZ_OK)
        return jz_out_error(&err);
    if ((jz_mark_arg_visible != NULL || mark_key != NULL) &&
        jz_sandbox_open(NULL, NULL, &sandbox, &err) != JZ_OK)
        return jz_out_error(&err);
    if (jz_audible_spoken != NULL && jz_audible_open(&spoken, &err) != JZ_OK)
        return jz_out_error(&err);
    if (jz_mark_arg_record && jz_govern_reach(true, &g, &err) != JZ_OK)
        return jz_out_error(&err);
    w.sandbox = sandbox;
    w.mark_key = mark_key;
    w.g = g;
    w.signer = signer;
    w.trust = trust;
    w.audible.spoken_fd = spoken > 0 ? spoken : 0;
    const jz_batch_opts opts = { .word = "labelled",
                                 .quiet = jz_label_arg_quiet,
                                 .skip = w.target.below ? arg_out : NULL };
    return jz_mark_record_end(g, jz_batch_run(argv, argc, &opts, apply_one, &w));
}

static const jz_opt apply_options[] = {
    { 'o', "output", JZ_OPT_STR, &arg_out, "OUT",
      "where to write: a file, or a folder for several" },
    { 0, "producer", JZ_OPT_STR, &arg_producer, "CODE", "generation provider, code or name" },
    { 0, "id", JZ_OPT_STR, &arg_id, "ID", "the provider's number [part of the file's SHA-256]" },
    { 0, "label", JZ_OPT_STR, &arg_label, "1|2|3", "is, may be, is suspected to be synthetic [1]" },
    { 0, "propagator", JZ_OPT_STR, &arg_propagator, "CODE", "propagation provider [the producer]" },
    { 0, "propagate-id", JZ_OPT_STR, &arg_propagate_id, "ID", "its number [that of --id]" },
    { 0, "no-propagation", JZ_OPT_FLAG, &arg_no_propagation, NULL,
      "leave both empty at the first writing" },
    { 0, "sign", JZ_OPT_STR, &arg_sign, "KEY", "sign into ReservedCode1 with an SM2 key (PEM)" },
    { 0, "source-type", JZ_OPT_STR, &arg_source_type, "CODE",
      "IPTC digital source type: trainedAlgorithmicMedia, ..." },
    { 0, "visible", JZ_OPT_MAYBE, &jz_mark_arg_visible, "TEXT",
      "also a mark that people see [AI生成; in documents 本内容由AI生成]" },
    { 0, "corner", JZ_OPT_STR, &jz_mark_arg_corner, "CORNER",
      "lower-right, lower-left, upper-right, upper-left; auto: the calmest [lower-right]" },
    { 0, "plate", JZ_OPT_FLAG, &jz_mark_arg_plate, NULL,
      "letters on a dark plate [in videos; where a picture is restless]" },
    { 0, "outline", JZ_OPT_FLAG, &jz_mark_arg_outline, NULL,
      "letters with an outline [where a picture is calm]" },
    { 0, "whole", JZ_OPT_FLAG, &jz_mark_arg_whole, NULL,
      "the mark through the whole video, not its opening" },
    { 0, "where", JZ_OPT_STR, &jz_mark_arg_where, "PLACE",
      "the sentence of a document: start, end or both [start]" },
    { 0, "audible", JZ_OPT_MAYBE, &jz_audible_arg, "PLACE",
      "also a mark that people hear: start, end or both [start]" },
    { 0, "spoken", JZ_OPT_STR, &jz_audible_spoken, "FILE",
      "the mark is this spoken label [the rhythm 短长 短短]" },
    { 0, "mark", JZ_OPT_STR, &arg_mark, "KEY",
      "also an invisible mark by this key (jz mark key), made of the content's number" },
    JZ_MARK_RECORD_OPT,
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0, "c2pa", JZ_OPT_FLAG, &arg_c2pa, NULL,
      "also sign the result (Content Credentials), with the label in what is signed" },
    JZ_SIGN_OPTS,
    { 0, "new-content", JZ_OPT_FLAG, &arg_new_content, NULL,
      "replace another producer's label: this is new content" },
    { 0, "force", JZ_OPT_FLAG, &arg_force, NULL, "replace OUT if it is there" },
    JZ_LABEL_OPTS,
    { 0 },
};

const jz_cmd jz_cmd_label_apply = {
    .name = "apply",
    .usage = "--producer CODE [--id ID] [options] PATH... -o OUT",
    .summary = "write a copy with the implicit label of GB 45438-2025",
    .details =
        "The coded media stay as they are, bit for bit. A file has one label: one that is\n"
        "there is updated, never weakened. What was written is read back before OUT appears.\n",
    .opts = apply_options,
    .run = run_apply,
};

/* ---- state ---- */

static jz_status write_state(const writer *w, const jz_batch_file *f, jz_label_state s,
                             char **target, jz_label *l, jz_err *err)
{
    jz_label_change change = w->change;
    JZ_LABEL_AUTO written = { 0 };
    if (arg_out == NULL || s == JZ_STATE_NONE)
        return JZ_OK;
    change.field[JZ_AIGC_LABEL] = jz_label_state_value(s);
    JZ_TRY(write_to(w, f, &change, target, NULL, &written, err));
    const jz_label old = *l;
    *l = written;
    written = old;
    return JZ_OK;
}

static jz_batch_answer state_one(void *user, const jz_batch_file *f)
{
    const writer *w = user;
    JZ_LABEL_AUTO l = { .presence = JZ_LABEL_CANNOT_TELL };
    jz_err err = *f->err;
    jz_label_state s = JZ_STATE_NONE;
    jz_auto(char) *target = NULL;
    if (f->fd >= 0) {
        l.presence = JZ_LABEL_ABSENT;
        if (jz_label_read(f->fd, NULL, &l, &err) == JZ_OK) {
            s = jz_label_state_of(l.aigc, arg_declared, arg_trace);
            err = l.damage;
        }
        if (err.code == JZ_OK)
            err.code = write_state(w, f, s, &target, &l, &err);
    }
    jz_label_answer(f, err.code == JZ_OK ? target : NULL, NULL, &l, &s, &err);
    return err.code != JZ_OK ? JZ_ANSWER_FAILED : s != JZ_STATE_NONE ? JZ_ANSWER_YES : JZ_ANSWER_NO;
}

static int run_state(int argc, char **argv)
{
    jz_err err = { 0 };
    writer w = { .change = { .field = { [JZ_AIGC_PROPAGATOR] = arg_propagator,
                                        [JZ_AIGC_PROPAGATE_ID] = arg_propagate_id },
                             .overwrite = arg_force } };
    jz_status st = JZ_OK;
    if (argc == 0)
        st = JZ_FAIL(&err, JZ_E_INVAL, "a path is missing");
    else if (arg_out != NULL && (arg_propagator == NULL || arg_propagate_id == NULL))
        st = JZ_FAIL(&err, JZ_E_INVAL, "-o wants --propagator and --propagate-id");
    else if (arg_out != NULL)
        st = jz_target_choose(argc, argv, arg_out, &w.target, &err);
    if (st != JZ_OK)
        return jz_out_usage("jz label state", &err);
    const jz_batch_opts opts = { .word = "noticed",
                                 .quiet = jz_label_arg_quiet,
                                 .skip = w.target.below ? arg_out : NULL };
    return jz_batch_run(argv, argc, &opts, state_one, &w);
}

static const jz_opt state_options[] = {
    { 0, "declared", JZ_OPT_FLAG, &arg_declared, NULL, "the user declares it synthetic" },
    { 0, "trace", JZ_OPT_FLAG, &arg_trace, NULL, "a visible mark or another trace was found" },
    { 'o', "output", JZ_OPT_STR, &arg_out, "OUT",
      "write the propagation fields into a copy there" },
    { 0, "propagator", JZ_OPT_STR, &arg_propagator, "CODE", "your platform, code or name" },
    { 0, "propagate-id", JZ_OPT_STR, &arg_propagate_id, "ID", "your number for the content" },
    { 0, "force", JZ_OPT_FLAG, &arg_force, NULL, "replace OUT if it is there" },
    JZ_LABEL_OPTS,
    { 0 },
};

const jz_cmd jz_cmd_label_state = {
    .name = "state",
    .usage = "[options] PATH...",
    .summary = "which notice a platform owes (Measures article 6), and write it",
    .details =
        "An implicit label: 属于. Declared by the user: 可能. A trace was found: 疑似.\n"
        "The strongest counts; nothing is lowered.\n"
        "Exit status: 0 every file needs a notice, 1 some file needs none, 3 some file cannot\n"
        "be judged.\n",
    .opts = state_options,
    .run = run_state,
};
