/* SPDX-License-Identifier: Apache-2.0 */
/* jz inspect: the faces in files, and what is measured of each. */
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/network_arg.h"
#include "cli/out.h"
#include "cli/text.h"
#include "cli/trust_args.h"

#include <jz/inspect.h>

#include "base/alloc.h"
#include "base/file.h"
#include "examine/item_json.h"
#include "examine/mark_findings.h"
#include "examine/preview.h"
#include "examine/provenance_findings.h"
#include "inspect/inspect_html.h"
#include "inspect/inspect_json.h"

#include <stdio.h>
#include <string.h>

static const char *arg_home, *arg_calibration, *arg_html, *arg_network, *arg_profile,
    *arg_mark_keys;
static bool arg_json, arg_fast, arg_any_rotation;
static uint64_t arg_min_face, arg_max_faces, arg_max_frames;

static const jz_opt options[] = {
    { 0, "home", JZ_OPT_STR, &arg_home, "DIR", "the installation [$JZ_HOME]" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per file on stdout" },
    { 0, "profile", JZ_OPT_STR, &arg_profile, "NAME", "verification: also checks of the stream" },
    { 0, "html", JZ_OPT_STR, &arg_html, "FILE", "writes the report of one file" },
    { 0, "calibration", JZ_OPT_STR, &arg_calibration, "FILE",
      "of jz evaluate: without, it abstains" },
    JZ_NETWORK_OPT(arg_network),
    { 0, "mark-keys", JZ_OPT_STR, &arg_mark_keys, "DIR", "read invisible marks of these keys" },
    { 0, "fast", JZ_OPT_FLAG, &arg_fast, NULL, "pictures as a whole only, of videos key frames" },
    { 0, "any-rotation", JZ_OPT_FLAG, &arg_any_rotation, NULL, "faces that lie or stand on end" },
    { 0, "min-face", JZ_OPT_U64, &arg_min_face, "N", "pixels across the smallest face [64]" },
    { 0, "max-faces", JZ_OPT_U64, &arg_max_faces, "N", "examined of a file [64]" },
    { 0, "max-frames", JZ_OPT_U64, &arg_max_frames, "N", "looked at of a video [24]" },
    { 0 },
};

/* What the file says of itself: of how it was made. */
typedef struct sayings {
    jz_credential_brief credentials;
    jz_watermark_brief mark;
} sayings;

static void print_json(const char *path, const jz_inspection *in, const sayings *said,
                       const jz_inspect_opts *opts, const jz_err *error)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, path, strlen(path));
    jz_inspect_json(&j, in, opts);
    jz_json_key(&j, "credentials"); /* null: not looked for */
    if (said->credentials.read)
        jz_credentials_brief_json(&j, &said->credentials);
    else
        jz_json_null(&j);
    jz_json_key(&j, "mark"); /* likewise */
    if (said->mark.read)
        jz_marks_brief_json(&j, &said->mark);
    else
        jz_json_null(&j);
    jz_item_json_error(&j, error);
    jz_json_end_object(&j);
    jz_out_line(&line);
}

/* Of a track, its first face stands for all. */
static bool is_first(const jz_inspection *in, size_t i, size_t *of)
{
    bool first = true;
    *of = 0;
    for (size_t k = 0; k < in->n; k++) {
        if (in->face[k].track != in->face[i].track)
            continue;
        first = first && k >= i;
        ++*of;
    }
    return first;
}

static void print_face(const jz_inspection *in, size_t i)
{
    const jz_face_exam *x = &in->face[i];
    size_t of = 0;
    if (!is_first(in, i, &of))
        return;
    printf("  face %u: %.0f x %.0f at %.0f, %.0f", x->track + 1, (double)x->face.width,
           (double)x->face.height, (double)x->face.x, (double)x->face.y);
    if (in->info.fps > 0)
        printf(", %.1f s, seen in %zu frames (--json has all)", x->at_s, of);
    printf("\n    %s: %s\n", jz_outcome_name(x->outcome), x->reason);
    for (size_t k = 0; jz_measure_class_at(k) != NULL; k++) {
        const jz_measured *m = &x->measured[k];
        const jz_measure_class *c = jz_measure_class_at(k);
        if (m->referenced)
            printf("    %-20s %9.3f %s, above %.0f %% of unmodified faces\n", c->name, m->value,
                   c->unit, m->percentile);
        else if (m->valid)
            printf("    %-20s %9.3f %s\n", c->name, m->value, c->unit);
        else
            printf("    %-20s         - %s\n", c->name, m->why);
    }
}

/* As findings. */
static void print_said(const sayings *said)
{
    jz_findings f = { 0 };
    if (jz_credentials_findings(&said->credentials, &f, NULL) == JZ_OK &&
        jz_marks_findings(&said->mark, &f, NULL) == JZ_OK) {
        for (size_t i = 0; i < f.n; i++)
            printf("  %s (%s): %s\n", f.finding[i].code, jz_verdict_name(f.finding[i].verdict),
                   f.finding[i].message);
    }
    jz_findings_done(&f);
}

static void print_value(const char *name, const jz_measured *m, const char *unit, const char *end)
{
    if (m->valid)
        printf("    %-20s %9.3f %s%s\n", name, m->value, unit, end);
    else
        printf("    %-20s         - %s\n", name, m->why);
}

static void print_stream(const jz_stream *s)
{
    if (!s->read)
        return;
    printf("  stream, first %u frames\n", s->frames);
    for (size_t i = 0; jz_stream_check_at(i) != NULL; i++)
        print_value(jz_stream_check_at(i)->name, &s->check[i], jz_stream_check_at(i)->unit,
                    s->remarkable[i] ? ", remarkable" : "");
    for (size_t i = 0; jz_motion_at(i) != NULL; i++)
        print_value(jz_motion_at(i)->name, &s->motion[i], jz_motion_at(i)->unit, "");
}

static void print_hints(const jz_inspection *in)
{
    for (size_t i = 0; jz_hint_at(i) != NULL; i++)
        if (in->hint[i].valid)
            print_value(jz_hint_at(i)->name, &in->hint[i], jz_hint_at(i)->unit, "");
}

static void print_text(const char *path, const jz_inspection *in, const sayings *said)
{
    JZ_BUF_AUTO name = { 0 };
    jz_text_path(&name, path, strlen(path));
    printf("%s\n  %s: %s\n", name.fail == JZ_OK ? name.ptr : "?", jz_outcome_name(in->outcome),
           in->reason);
    print_said(said);
    for (size_t i = 0; i < in->n_history; i++)
        printf("  mark of %s\n", in->history[i]);
    print_hints(in);
    print_stream(&in->stream);
    for (size_t i = 0; i < in->n; i++)
        print_face(in, i);
    if (in->faces_left_out > 0)
        printf("  %llu more faces were not examined (--max-faces)\n",
               (unsigned long long)in->faces_left_out);
}

/* ---- the report ---- */

#define SHOTS_MAX 24

typedef struct shots { /* of one file; ended with shots_done() */
    jz_inspect_shot shot[SHOTS_MAX];
    jz_buf uri[SHOTS_MAX];
    size_t n;
} shots;

static void take_shot(void *user, const jz_plane *plane, uint64_t frame)
{
    shots *s = user;
    jz_preview preview;
    if (s->n == SHOTS_MAX)
        return;
    jz_preview_make(plane, &preview);
    jz_preview_data_uri(&s->uri[s->n], &preview);
    if (s->uri[s->n].fail == JZ_OK)
        s->shot[s->n++] =
            (jz_inspect_shot){ .frame = frame, .width = plane->width, .height = plane->height };
}

static void shots_done(shots *s)
{
    for (size_t i = 0; i < SHOTS_MAX; i++)
        jz_buf_done(&s->uri[i]);
}

static jz_status write_html(const char *path, const jz_inspection *in, const jz_inspect_opts *opts,
                            shots *s, const jz_err *error, jz_err *err)
{
    JZ_BUF_AUTO page = { 0 };
    for (size_t i = 0; i < s->n; i++)
        s->shot[i].data_uri = s->uri[i].ptr;
    jz_inspect_html(&page, in,
                    &(jz_inspect_page){ .path = path,
                                        .at_us = jz_now_us(),
                                        .opts = opts,
                                        .shot = s->shot,
                                        .n_shots = s->n,
                                        .error = error });
    JZ_TRY(jz_buf_check(&page, err));
    return jz_file_write(arg_html, page.ptr, page.len, err);
}

/* ---- files ---- */

/* What one run looks with; ended with tools_done(). */
typedef struct tools {
    jz_sandbox *sandbox;
    jz_decoder *decoder;
    jz_face_finder *finder;
    jz_face_net *network;
    jz_calibration *calibration; /* NULL: none was given */
    jz_trust *trust;             /* whose credentials are believed */
    jz_watermark_keys keys;
} tools;

static void tools_done(tools *t)
{
    jz_watermark_keys_done(&t->keys);
    jz_trust_free(t->trust);
    jz_calibration_close(t->calibration);
    jz_face_net_close(t->network);
    jz_face_finder_close(t->finder);
    jz_decoder_free(t->decoder);
    jz_sandbox_close(t->sandbox);
}

/* The sandbox first: its process should not inherit the models. */
static jz_status tools_open(tools *t, jz_err *err)
{
    JZ_TRY(jz_sandbox_open(NULL, NULL, &t->sandbox, err));
    JZ_TRY(jz_decoder_new(t->sandbox, &t->decoder, err));
    jz_trust_arg_home = arg_home;
    JZ_TRY(jz_trust_args_open(&t->trust, err));
    return jz_network_arg_open(arg_home, arg_network, &t->finder, &t->network, err);
}

static jz_status inspect(const tools *t, const char *path, const jz_inspect_opts *opts,
                         jz_inspection *in, sayings *said, jz_err *err)
{
    int opened = -1;
    JZ_TRY(jz_input_open(path, &opened, err));
    JZ_FD_AUTO fd = opened;
    JZ_FD_AUTO beside = jz_credentials_beside(path, strlen(path));
    JZ_TRY(jz_credentials_read(fd, (jz_bytes){ 0 }, beside > 0 ? beside : 0, t->trust,
                               &said->credentials, err));
    JZ_TRY(
        jz_marks_read(t->decoder, fd, arg_mark_keys != NULL ? &t->keys : NULL, &said->mark, err));
    return jz_inspect(t->decoder, t->finder, fd, opts, in, err);
}

/* The exit status that this file asks for. */
static int inspect_one(const tools *t, const char *path)
{
    jz_inspection in = { 0 };
    sayings said = { 0 };
    shots pictures = { 0 };
    jz_err error = { 0 }, err = { 0 };
    const jz_inspect_opts opts = { .faces = { .min_face = (uint32_t)arg_min_face,
                                              .quick = arg_fast,
                                              .any_rotation = arg_any_rotation },
                                   .max_faces = (uint32_t)arg_max_faces,
                                   .max_frames = (uint32_t)arg_max_frames,
                                   .key_frames = arg_fast,
                                   .stream = arg_profile != NULL,
                                   .calibration = t->calibration,
                                   .network = t->network,
                                   .picture = arg_html != NULL ? take_shot : NULL,
                                   .user = &pictures };
    const bool ok = inspect(t, path, &opts, &in, &said, &error) == JZ_OK;
    int code = !ok                                      ? JZ_EXIT_INPUT
               : in.outcome >= JZ_OUTCOME_REPLACED_WEAK ? JZ_EXIT_NO
                                                        : JZ_EXIT_YES;
    if (ok)
        error = (jz_err){ 0 };
    if (arg_json)
        print_json(path, &in, &said, &opts, &error);
    else if (ok || in.n > 0)
        print_text(path, &in, &said);
    (void)fflush(stdout); /* keeps the order on a terminal; jz_out_close() checks */
    if (!ok)
        jz_text_failure(path, strlen(path), &error);
    if (arg_html != NULL && write_html(path, &in, &opts, &pictures, &error, &err) != JZ_OK)
        code = jz_out_error(&err);
    shots_done(&pictures);
    jz_inspection_done(&in);
    return code;
}

static int run(int argc, char **argv)
{
    jz_err err = { 0 };
    tools t = { 0 };
    int code = JZ_EXIT_YES;
    jz_status st = JZ_OK;
    if (argc == 0)
        st = JZ_FAIL(&err, JZ_E_INVAL, "a file is missing");
    else if (arg_html != NULL && argc > 1)
        st = JZ_FAIL(&err, JZ_E_INVAL, "--html reports on one file");
    else if (arg_profile != NULL && strcmp(arg_profile, "verification") != 0)
        st = JZ_FAIL(&err, JZ_E_INVAL, "--profile: '%s' is not verification", arg_profile);
    else if (arg_min_face > 65536 || arg_max_faces > 10000 || arg_max_frames > 100000)
        st = JZ_FAIL(&err, JZ_E_INVAL,
                     "at most --min-face 65536, --max-faces 10000, --max-frames 100000");
    if (st != JZ_OK)
        return jz_out_usage("jz inspect", &err);
    if (arg_mark_keys != NULL && jz_watermark_keys_open(arg_mark_keys, &t.keys, &err) != JZ_OK) {
        jz_err_wrap(&err, "--mark-keys");
        code = jz_out_error(&err);
    } else if (tools_open(&t, &err) != JZ_OK) {
        (void)jz_out_error(&err);
        code = JZ_EXIT_ENV;
    } else if (arg_calibration != NULL &&
               (jz_calibration_open(arg_calibration, &t.calibration, &err) != JZ_OK ||
                jz_calibration_fits(t.calibration, t.network, &err) != JZ_OK)) {
        code = jz_out_error(&err);
    } else {
        for (int i = 0; i < argc && ferror(stdout) == 0; i++) {
            const int this = inspect_one(&t, argv[i]);
            code = this > code ? this : code;
        }
    }
    tools_done(&t);
    return jz_out_close(code);
}

static const char details[] =
    "Finds the faces in pictures and videos and measures, by name, what a replaced or blended "
    "face\n"
    "may leave behind. Needs the models that 'jz models list' tells how to get. - is standard "
    "input.\n"
    "The outcome is one of: unsuitable, no support either way, supports unmodified (weak), "
    "supports\n"
    "replacement (weak), supports replacement (moderate). Without calibration data it is never "
    "more\n"
    "than 'no support either way'. A screening report, not a forensic opinion.\n"
    "Exits with 1 where a face supports replacement, 3 where a file could not be read.\n";

const jz_cmd jz_cmd_inspect = {
    .name = "inspect",
    .usage = "[options] FILE...",
    .summary = "measure what a replaced face may leave behind",
    .details = details,
    .opts = options,
    .run = run,
};
