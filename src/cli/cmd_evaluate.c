/* SPDX-License-Identifier: Apache-2.0 */
/* jz evaluate: what the examination is worth on material whose truth is known. */
#include "cli/cmd.h"
#include "cli/network_arg.h"
#include "cli/out.h"
#include "cli/text.h"

#include "base/alloc.h"
#include "base/file.h"
#include "inspect/evaluate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *arg_home, *arg_html, *arg_write, *arg_network;
static bool arg_json, arg_fast;
static uint64_t arg_blends, arg_clips, arg_beautify, arg_max_frames;

static const jz_opt options[] = {
    { 0, "home", JZ_OPT_STR, &arg_home, "DIR", "the installation [$JZ_HOME]" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object on stdout" },
    { 0, "html", JZ_OPT_STR, &arg_html, "FILE", "writes a page with plots" },
    { 0, "self-blend", JZ_OPT_U64, &arg_blends, "N", "self-blends of each unmodified still [0]" },
    { 0, "self-blend-clips", JZ_OPT_U64, &arg_clips, "N", "clips of them, as H.264 [0]" },
    { 0, "beautify", JZ_OPT_U64, &arg_beautify, "N", "such stills through a beauty filter [0]" },
    { 0, "write-calibration", JZ_OPT_STR, &arg_write, "FILE", "for jz inspect --calibration" },
    JZ_NETWORK_OPT(arg_network),
    { 0, "fast", JZ_OPT_FLAG, &arg_fast, NULL, "pictures as a whole only, of videos key frames" },
    { 0, "max-frames", JZ_OPT_U64, &arg_max_frames, "N", "looked at of a video [24]" },
    { 0 },
};

static void tell_failed(void *user, const char *path, const jz_err *err)
{
    (void)user;
    jz_text_failure(path, strlen(path), err);
}

static void print_number(const char *name, double v)
{
    if (isnan(v))
        printf("  %-16s -\n", name);
    else
        printf("  %-16s %.3f\n", name, v);
}

static void print_interval(const char *name, const jz_interval *i)
{
    if (isnan(i->low))
        printf("  %-16s - (%u groups)\n", name, i->groups);
    else
        printf("  %-16s %.3f to %.3f (%u groups)\n", name, i->low, i->high, i->groups);
}

/* Of clips in each coding. */
static jz_status print_clips(const jz_evaluation *e, jz_err *err)
{
    for (size_t i = 0; jz_clip_coding_at(i) != NULL; i++) {
        const char *name = jz_clip_coding_at(i)->name;
        jz_eval_figures f;
        JZ_TRY(jz_eval_figures_of(e, name, &f, err));
        if (f.unmodified + f.replaced == 0)
            continue;
        printf("%s: %" PRIu64 " items unmodified, %" PRIu64 " replaced\n", name, f.unmodified,
               f.replaced);
        print_number("AUC", f.auc);
        print_number("AUC of network", f.network_auc);
        if (f.pointed > 0)
            printf("  maps             %" PRIu64 " of %" PRIu64
                   " point at the blend; one fixed cell %" PRIu64 "\n",
                   f.hits, f.pointed, f.fixed_hits);
    }
    return JZ_OK;
}

static jz_status print_text(const jz_evaluation *e, jz_err *err)
{
    jz_eval_figures f;
    JZ_TRY(jz_eval_figures_of(e, NULL, &f, err));
    printf("%zu files, %" PRIu64 " not read; %" PRIu64 " items unmodified, %" PRIu64
           " replaced; %" PRIu64 " unsuitable, %" PRIu64 " abstained\n",
           e->manifest.n, e->failed, f.unmodified, f.replaced, f.unsuitable, f.abstained);
    print_number("AUC", f.auc);
    print_interval("95 % by source", &f.by_source);
    print_interval("95 % by identity", &f.by_identity);
    print_number("EER", f.eer);
    print_number("Cllr", f.cllr);
    print_number("Cllr-min", f.cllr_min);
    printf("  false            %" PRIu64 " moderate, %" PRIu64 " weak of %" PRIu64
           " unmodified items\n",
           f.moderate[0], f.weak[0], f.scored[0]);
    for (size_t k = 0; k < 2; k++)
        if (f.beauty_scored[k] > 0)
            printf("  beautified       %" PRIu64 " moderate, %" PRIu64 " weak of %" PRIu64
                   ", %s them in training\n",
                   f.beauty_moderate[k], f.beauty_weak[k], f.beauty_scored[k],
                   k == 0 ? "without" : "with");
    if (f.pointed > 0)
        printf("  maps             %" PRIu64 " of %" PRIu64
               " point at the blend; one fixed cell %" PRIu64 ", by chance %.0f %%\n",
               f.hits, f.pointed, f.fixed_hits, 100 * f.by_chance);
    if (f.deleted > 0)
        printf(
            "  deletion         the score falls by %.2f where the map points, %.2f in the middle,"
            " %.2f in any patch, %.2f in any cells\n",
            f.fall[JZ_DELETION_MAP], f.fall[JZ_DELETION_MIDDLE], f.fall[JZ_DELETION_PATCH],
            f.fall[JZ_DELETION_CHANCE]);
    return print_clips(e, err);
}

static jz_status print_json(const jz_evaluation *e, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    JZ_TRY(jz_evaluate_json(&j, e, err));
    jz_json_end_object(&j);
    jz_out_line(&line);
    return JZ_OK;
}

static jz_status write_files(const jz_evaluation *e, jz_err *err)
{
    JZ_BUF_AUTO page = { 0 };
    JZ_BUF_AUTO calibration = { 0 };
    if (arg_html != NULL) {
        JZ_TRY(jz_evaluate_html(&page, e, err));
        JZ_TRY(jz_file_write(arg_html, page.ptr, page.len, err));
    }
    if (arg_write == NULL)
        return JZ_OK;
    if (e->all.n == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no face was fit: there is nothing to calibrate with");
    jz_calibration_write(&e->all, &calibration);
    JZ_TRY(jz_buf_check(&calibration, err));
    return jz_file_write(arg_write, calibration.ptr, calibration.len, err);
}

static jz_status evaluate(jz_decoder *decoder, jz_face_finder *finder, jz_face_net *network,
                          const char *manifest, jz_evaluation *e, jz_err *err)
{
    const jz_evaluate_opts opts = { .self_blends = (uint32_t)arg_blends,
                                    .clips = (uint32_t)arg_clips,
                                    .beautified = (uint32_t)arg_beautify,
                                    .inspect = { .faces.quick = arg_fast,
                                                 .key_frames = arg_fast,
                                                 .max_frames = (uint32_t)arg_max_frames,
                                                 .network = network },
                                    .failed = tell_failed };
    JZ_TRY(jz_evaluate(decoder, finder, manifest, &opts, e, err));
    JZ_TRY(write_files(e, err));
    return arg_json ? print_json(e, err) : print_text(e, err);
}

static int run(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_sandbox) *sandbox = NULL;
    jz_auto(jz_decoder) *decoder = NULL;
    jz_auto(jz_face_finder) *finder = NULL;
    jz_auto(jz_face_net) *network = NULL;
    jz_evaluation e = { 0 };
    jz_status st = JZ_OK;
    if (argc != 1)
        st = JZ_FAIL(&err, JZ_E_INVAL, "one manifest is wanted");
    else if (arg_blends > 999 || arg_clips > 999 || arg_beautify > 999 || arg_max_frames > 100000)
        st = JZ_FAIL(&err, JZ_E_INVAL,
                     "at most --self-blend 999, --self-blend-clips 999, --beautify 999, "
                     "--max-frames 100000");
    if (st != JZ_OK)
        return jz_out_usage("jz evaluate", &err);
    if (jz_sandbox_open(NULL, NULL, &sandbox, &err) != JZ_OK ||
        jz_decoder_new(sandbox, &decoder, &err) != JZ_OK ||
        jz_network_arg_open(arg_home, arg_network, &finder, &network, &err) != JZ_OK) {
        (void)jz_out_error(&err);
        return JZ_EXIT_ENV;
    }
    const int code = evaluate(decoder, finder, network, argv[0], &e, &err) != JZ_OK
                         ? jz_out_error(&err)
                     : e.failed > 0 ? JZ_EXIT_INPUT
                                    : JZ_EXIT_YES;
    jz_evaluation_done(&e);
    return jz_out_close(code);
}

static const char details[] =
    "MANIFEST has a line for each file, its fields between tabs: path, unmodified or replaced, "
    "source,\n"
    "identity. Each file is scored by a model of the other sources; with too few of either kind "
    "it\n"
    "abstains. Says AUC with intervals by source and identity, EER, Cllr, false positives in each\n"
    "band of words. --self-blend makes replaced items: a still's own face laid over itself, "
    "changed;\n"
    "--self-blend-clips makes videos of one still and such a blend in every frame, coded by x264;\n"
    "--beautify makes unmodified ones: skin smoothed and brightened, as filters of cameras do it.\n"
    "No media is copied; of the words for source and identity nothing is kept.\n";

const jz_cmd jz_cmd_evaluate = {
    .name = "evaluate",
    .usage = "[options] MANIFEST",
    .summary = "measure how well inspect does on known material",
    .details = details,
    .opts = options,
    .run = run,
};
