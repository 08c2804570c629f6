/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/case_sink.h"
#include "cli/cmd.h"
#include "cli/cmd_bank.h"
#include "cli/cmd_case.h"
#include "cli/credentials_out.h"
#include "cli/home_ledger.h"
#include "cli/input.h"
#include "cli/measure_opts.h"
#include "cli/network_arg.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/scan_record.h"
#include "cli/text.h"
#include "cli/trust_args.h"

#include "base/alloc.h"
#include "base/file.h"
#include "examine/item_json.h"
#include "examine/match.h"

#include <jz/scan.h>

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define MATCHES_SHOWN 5 /* of one item */
#define TIMES_SHOWN 4   /* of one match */

static jz_measure_args measure_args = JZ_MEASURE_ARGS;
static const char *arg_home, *arg_report, *arg_bank, *arg_case;
static const char *arg_inspect, *arg_calibration, *arg_network, *arg_mark_keys;
static bool arg_json, arg_thumbnails, arg_fresh, arg_quiet;
static uint64_t arg_jobs, arg_max_distance = JZ_PDQ_MAX_BITS, arg_min_quality = JZ_PDQ_MIN_QUALITY;

static const jz_opt options[] = {
    { 0, "home", JZ_OPT_STR, &arg_home, "DIR", "the installation [$JZ_HOME]" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per item on stdout" },
    { 0, "report", JZ_OPT_STR, &arg_report, "DIR", "write an HTML report to DIR/index.html" },
    { 0, "thumbnails", JZ_OPT_FLAG, &arg_thumbnails, NULL,
      "blurred grey previews of matches in the report" },
    { 0, "inspect", JZ_OPT_STR, &arg_inspect, "LEVEL", "examine faces: fast, full or off [off]" },
    { 0, "calibration", JZ_OPT_STR, &arg_calibration, "FILE", "of jz evaluate, for --inspect" },
    JZ_NETWORK_OPT(arg_network),
    { 0, "mark-keys", JZ_OPT_STR, &arg_mark_keys, "DIR", "read invisible marks of these keys" },
    { 'j', "jobs", JZ_OPT_U64, &arg_jobs, "N", "threads [one for each processor]" },
    { 0, "max-distance", JZ_OPT_U64, &arg_max_distance, "BITS", "that still match [31]" },
    { 0, "min-quality", JZ_OPT_U64, &arg_min_quality, "Q", "of hashes that are compared [50]" },
    { 0, "case", JZ_OPT_STR, &arg_case, "CASE", "put what matches into this case" },
    JZ_CASE_BY_OPT,
    { 0, "bank", JZ_OPT_STR, &arg_bank, "NAME", "compare with this bank only" },
    JZ_MEASURE_OPTS(measure_args),
    { 0, "fresh", JZ_OPT_FLAG, &arg_fresh, NULL, "forget what an interrupted scan has done" },
    { 'q', "quiet", JZ_OPT_FLAG, &arg_quiet, NULL, "no progress on stderr" },
    { 0 },
};

/* What the callbacks of one scan share. */
struct session {
    jz_progress progress;
    jz_buf line;
    jz_case_sink sink; /* with --case */
};

static atomic_bool interrupted;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&interrupted, true); /* lock-free, so allowed here */
}

/* The first signal ends the scan in order, the second one at once. */
static void catch_signals(void)
{
    struct sigaction act = { .sa_handler = on_signal };
    act.sa_flags = (int)(SA_RESTART | (unsigned)SA_RESETHAND);
    (void)sigemptyset(&act.sa_mask);
    (void)sigaction(SIGINT, &act, NULL); /* with valid numbers these cannot fail */
    (void)sigaction(SIGTERM, &act, NULL);
}

static bool stop(void *user)
{
    (void)user;
    return atomic_load(&interrupted);
}

static void on_progress(void *user, const jz_scan_progress *now)
{
    struct session *s = user;
    (void)fflush(stdout); /* items are seen soon after they finish; on_item() checks */
    jz_progress_show(&s->progress, now);
}

static void print_times(jz_buf *out, const jz_match *m)
{
    const size_t shown = m->n_times < TIMES_SHOWN ? m->n_times : TIMES_SHOWN;
    if (m->frames_compared == 0)
        return;
    jz_buf_printf(out, "\n      %" PRIu64 " of %" PRIu64 " frames", m->frames_matched,
                  m->frames_compared);
    for (size_t i = 0; i < shown; i++)
        jz_buf_printf(out, "%s %.1f s = bank %.1f s", i > 0 ? "," : ":", m->time[i].at_s,
                      m->time[i].bank_at_s);
    if (m->frames_matched > shown)
        jz_buf_puts(out, ", ...");
}

static void print_match(jz_buf *out, const jz_match *m)
{
    jz_buf_printf(out, "\n    bank %s  entry %" PRId64 " (%s)  ", m->bank, m->entry,
                  jz_entry_status_name(m->status));
    if (m->mode->kind == JZ_HASH_EXACT) {
        jz_buf_printf(out, "same file (%s)", m->mode->name);
        return;
    }
    jz_buf_printf(out, "distance %u  %s  %s%s  quality %d", m->distance, m->mode->name,
                  jz_dihedral_name(m->variant), m->oriented ? "" : " (as stored)", m->quality);
    print_times(out, m);
}

static void print_item(jz_buf *out, const jz_scan_item *item)
{
    const jz_findings *f = item->findings;
    const size_t n = jz_findings_matches(f);
    const size_t shown = n < MATCHES_SHOWN ? n : MATCHES_SHOWN;
    if (item->status != JZ_ITEM_MATCH && n == f->n)
        return;
    jz_buf_puts(out, item->status == JZ_ITEM_MATCH ? "match " : "found ");
    jz_text_path(out, item->path, item->path_len);
    for (size_t i = 0; i < shown; i++)
        print_match(out, f->finding[i].match);
    if (n + f->left_out > shown)
        jz_buf_printf(out, "\n    and %" PRIu64 " more (see --json or --report)",
                      n + f->left_out - shown);
    for (size_t i = n; i < f->n; i++) {
        jz_buf_printf(out, "\n    %s, %s: ", f->finding[i].code,
                      jz_verdict_name(f->finding[i].verdict));
        jz_text_path(out, f->finding[i].message, strlen(f->finding[i].message));
    }
}

/* What matched is kept at once: it may be gone tomorrow. That it cannot be kept ends the scan. */
static jz_status keep(const jz_case_sink *sink, const jz_scan_item *item, jz_err *err)
{
    int64_t number = 0;
    int opened = -1;
    if (sink->cases == NULL || item->status != JZ_ITEM_MATCH || !item->m->hashed)
        return JZ_OK;
    JZ_TRY_CTX(jz_input_open(item->path, &opened, err), err, "keeping %s", item->path);
    JZ_FD_AUTO fd = opened;
    JZ_TRY_CTX(jz_case_sink_put(sink, item->path, item->path_len, fd, item->m, &number, err), err,
               "keeping %s", item->path);
    return JZ_OK;
}

static jz_status on_item(void *user, const jz_scan_item *item, jz_err *err)
{
    struct session *s = user;
    jz_buf_reset(&s->line);
    if (arg_json)
        jz_item_json(&(jz_json){ .out = &s->line }, item);
    else
        print_item(&s->line, item);
    JZ_TRY(jz_buf_check(&s->line, err));
    if (s->line.len > 0 || item->error->code != JZ_OK)
        jz_progress_clear(&s->progress);
    if (s->line.len > 0)
        jz_out_line(&s->line);
    if (item->error->code != JZ_OK)
        jz_text_failure(item->path, item->path_len, item->error);
    if (ferror(stdout) != 0)
        return JZ_FAIL(err, JZ_E_IO, "writing to standard output");
    return keep(&s->sink, item, err);
}

static void print_bytes(uint64_t bytes)
{
    static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
    double v = (double)bytes;
    size_t unit = 0;
    while (v >= 1000 && unit + 1 < JZ_ARRAY_LEN(units)) {
        v /= 1000;
        unit++;
    }
    printf("%.*f %s", unit > 0 ? 1 : 0, v, units[unit]);
}

static void print_summary(const jz_scan_counts *c)
{
    printf("\nseen     %9" PRIu64 "  ", c->seen);
    print_bytes(c->bytes);
    printf(" in %.1f s, %.0f/s\n", c->seconds, c->seconds > 0 ? (double)c->seen / c->seconds : 0.0);
    printf("matched  %9" PRIu64 "\nclean    %9" PRIu64, c->matched, c->clean);
    if (c->low_quality > 0)
        printf("  %" PRIu64 " of them too featureless to compare by their pixels", c->low_quality);
    printf("\nfailed   %9" PRIu64 "\n", c->failed);
    for (int kind = 1; kind < JZ_SCAN_KINDS; kind++)
        if (c->failed_by[kind] > 0)
            printf("  %-13s %" PRIu64 "\n", jz_status_name((jz_status)kind), c->failed_by[kind]);
    printf("labelled %9" PRIu64 "  synthetic, by their own metadata", c->labelled);
    if (c->label_unknown > 0)
        printf("; of %" PRIu64 " it cannot be told", c->label_unknown);
    printf("\n");
    if (c->with_credentials > 0)
        printf("signed   %9" PRIu64 "  with Content Credentials; by these, %" PRIu64
               " are generated or have parts that are\n",
               c->with_credentials, c->generated);
    if (c->faces > 0)
        printf("faces    %9" PRIu64 "  with a face that was examined\n", c->faces);
    if (c->resumed > 0)
        printf("resumed  %9" PRIu64 "  measured by an earlier run\n", c->resumed);
    if (arg_report != NULL)
        printf("report   %s/index.html\n", arg_report);
}

static int exit_of(const jz_scan_counts *c)
{
    return c->failed > 0 ? JZ_EXIT_INPUT : c->matched > 0 ? JZ_EXIT_NO : JZ_EXIT_YES;
}

/* Whatever is wrong here is wrong with the installation, not with an item. */
static int environment_error(const jz_err *err)
{
    (void)jz_out_error(err);
    return err->code == JZ_E_BUG ? JZ_EXIT_BUG : JZ_EXIT_ENV;
}

static jz_status level_of(const char *name, jz_inspect_level *out, jz_err *err)
{
    static const char *const names[] = { "off", "fast", "full" };
    for (size_t i = 0; name != NULL; i++) {
        if (i == JZ_ARRAY_LEN(names))
            return JZ_FAIL(err, JZ_E_INVAL, "--inspect: '%s' is none of fast, full, off", name);
        *out = (jz_inspect_level)i;
        if (strcmp(name, names[i]) == 0)
            break;
    }
    return JZ_OK;
}

static jz_status fill_options(jz_scan_opts *o, jz_err *err)
{
    if (arg_max_distance > 256)
        return JZ_FAIL(err, JZ_E_INVAL, "--max-distance: hashes have 256 bits, not %" PRIu64,
                       arg_max_distance);
    if (arg_min_quality > 100)
        return JZ_FAIL(err, JZ_E_INVAL, "--min-quality: %" PRIu64 " is more than 100",
                       arg_min_quality);
    if (arg_jobs > 256)
        return JZ_FAIL(err, JZ_E_INVAL, "--jobs: %" PRIu64 " is more than 256", arg_jobs);
    if (arg_thumbnails && arg_report == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--thumbnails are for a --report");
    JZ_TRY(level_of(arg_inspect, &o->examine.measure.inspect, err));
    JZ_TRY(jz_measure_args_use(&measure_args, &o->examine.measure, &o->limits, err));
    o->examine.match.max_bits = (uint32_t)arg_max_distance;
    o->examine.match.identical = arg_max_distance == 0;
    o->examine.match.min_quality = (int)arg_min_quality;
    o->examine.match.any_quality = arg_min_quality == 0;
    o->examine.match.bank = arg_bank;
    o->jobs = (unsigned)arg_jobs;
    o->fresh = arg_fresh;
    o->report_dir = arg_report;
    o->thumbnails = arg_thumbnails;
    return JZ_OK;
}

/* Whether the bank of --bank is there. */
static jz_status on_bank(void *user, const jz_bank_info *info, jz_err *err)
{
    bool *found = user;
    (void)err;
    *found = *found || strcmp(info->name, arg_bank) == 0;
    return JZ_OK;
}

static jz_status open_banks(const char *home, jz_banks **out, jz_err *err)
{
    jz_auto(jz_banks) *banks = NULL;
    bool found = arg_bank == NULL;
    JZ_TRY(jz_bank_open_in(home, false, true, &banks, err));
    if (arg_bank != NULL)
        JZ_TRY(jz_bank_list(banks, on_bank, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no bank '%s' in %s", arg_bank, home);
    if (jz_banks_count(banks, NULL) == 0)
        (void)fprintf(stderr, "jz: the banks are empty: nothing can match\n");
    *out = JZ_TAKE(banks);
    return JZ_OK;
}

static jz_status open_case(const char *home, jz_case_sink *sink, jz_err *err)
{
    if (arg_case == NULL)
        return JZ_OK;
    JZ_TRY(jz_cases_open(home, false, &sink->cases, err));
    sink->method = "jz scan";
    sink->source = "a file below the scanned paths";
    sink->by = jz_case_actor();
    return jz_case_find(sink->cases, arg_case, sink->id, err);
}

/* The scan as a record in the case, and so a leaf of the ledger. */
static jz_status note_scan(const char *home, const jz_case_sink *sink, jz_banks *banks,
                           char **paths, size_t n, const jz_scan_counts *counts, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    const jz_scan_facts facts = { .paths = paths,
                                  .n = n,
                                  .bank = arg_bank,
                                  .max_distance = arg_max_distance,
                                  .min_quality = arg_min_quality,
                                  .fast = measure_args.fast,
                                  .counts = counts };
    if (sink->cases == NULL)
        return JZ_OK;
    JZ_TRY(jz_scan_record(&facts, banks, &detail, err));
    JZ_TRY(jz_case_scanned(sink->cases, sink->id, detail.ptr, sink->by, err));
    return jz_home_ledger_anchor(home, sink->cases, err);
}

/* What --inspect needs; ended with face_tools_done(). */
struct face_tools {
    char *models;
    char *network; /* NULL: none */
    jz_calibration *calibration;
};

static void face_tools_done(struct face_tools *t)
{
    jz_free(t->models);
    jz_free(t->network);
    jz_calibration_close(t->calibration);
}

/* Without the models faces are not examined, and that is said; all else that is wrong is wrong. */
static jz_status face_tools_open(jz_scan_opts *o, struct face_tools *t, jz_err *err)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    jz_err why = { 0 };
    jz_auto(jz_face_finder) *finder = NULL;
    jz_auto(jz_face_net) *network = NULL;
    if (o->examine.measure.inspect == JZ_INSPECT_OFF)
        return JZ_OK;
    JZ_TRY(jz_home_models(arg_home, &t->models, err));
    const jz_status st = jz_network_arg_open(arg_home, arg_network, &finder, &network, &why);
    if (st == JZ_E_NOTFOUND && finder == NULL && network == NULL && arg_network == NULL) {
        (void)fprintf(stderr, "jz: faces are not examined: %s\n",
                      jz_err_text(&why, text, sizeof text));
        o->examine.measure.inspect = JZ_INSPECT_OFF;
        return JZ_OK;
    }
    if (st != JZ_OK && err != NULL)
        *err = why;
    JZ_TRY(st);
    if (arg_calibration != NULL) {
        JZ_TRY(jz_calibration_open(arg_calibration, &t->calibration, err));
        JZ_TRY(jz_calibration_fits(t->calibration, network, err));
    }
    if (network != NULL)
        JZ_TRY(jz_network_arg_path(arg_home, arg_network, &t->network, err));
    o->models = t->models;
    o->network = t->network;
    o->examine.measure.calibration = t->calibration;
    return JZ_OK;
}

static int scan(char **paths, size_t n, jz_scan_opts *o)
{
    jz_err err = { 0 };
    jz_auto(jz_sandbox) *sandbox = NULL;
    jz_auto(jz_banks) *banks = NULL;
    jz_auto(jz_trust) *trust = NULL;
    struct session session = { 0 };
    struct face_tools faces = { 0 };
    jz_scan_counts counts = { 0 };
    jz_trust_arg_home = o->home;
    if (jz_sandbox_open(NULL, &o->limits, &sandbox, &err) != JZ_OK ||
        jz_trust_args_open(&trust, &err) != JZ_OK || open_banks(o->home, &banks, &err) != JZ_OK ||
        open_case(o->home, &session.sink, &err) != JZ_OK ||
        face_tools_open(o, &faces, &err) != JZ_OK) {
        jz_cases_close(session.sink.cases);
        face_tools_done(&faces);
        return environment_error(&err);
    }
    catch_signals();
    jz_progress_init(&session.progress, arg_quiet, "matched");
    o->examine.measure.trust = trust;
    o->item = on_item;
    o->progress = on_progress;
    o->stop = stop;
    o->user = &session;
    jz_status st = jz_scan(sandbox, banks, (const char *const *)paths, n, o, &counts, &err);
    jz_progress_clear(&session.progress);
    jz_buf_done(&session.line);
    if (st == JZ_OK)
        st = note_scan(o->home, &session.sink, banks, paths, n, &counts, &err);
    jz_cases_close(session.sink.cases);
    face_tools_done(&faces);
    if (st != JZ_OK)
        return environment_error(&err);
    if (!arg_json)
        print_summary(&counts);
    return jz_out_close(exit_of(&counts));
}

static int run(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_scan_opts o = { 0 };
    jz_watermark_keys keys = { 0 };
    jz_auto(char) *home = NULL;
    if (argc == 0) {
        jz_err_set(&err, JZ_E_INVAL, "a path is missing");
        return jz_out_usage("jz scan", &err);
    }
    if (fill_options(&o, &err) != JZ_OK)
        return jz_out_usage("jz scan", &err);
    if (jz_home_find(arg_home, &home, &err) != JZ_OK)
        return jz_out_error(&err);
    if (arg_mark_keys != NULL && jz_watermark_keys_open(arg_mark_keys, &keys, &err) != JZ_OK) {
        jz_err_wrap(&err, "--mark-keys");
        return jz_out_error(&err);
    }
    o.home = home;
    o.examine.measure.mark_keys = arg_mark_keys != NULL ? &keys : NULL;
    const int code = scan(argv, (size_t)argc, &o);
    jz_watermark_keys_done(&keys);
    return code;
}

static const char details[] =
    "Examines every file below the paths and compares it with the banks. Links to folders are\n"
    "not followed, archives not opened; everything that is not examined is named and counted.\n"
    "A scan that was interrupted continues when it is run again.\n"
    "Exit status: 0 nothing matched, 1 something matched, 3 some file could not be examined,\n"
    "4 the scan itself could not go on or was interrupted.\n";

const jz_cmd jz_cmd_scan = {
    .name = "scan",
    .usage = "[options] PATH...",
    .summary = "find known material in files and folders",
    .details = details,
    .opts = options,
    .run = run,
};
