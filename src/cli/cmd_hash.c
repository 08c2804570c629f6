/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/measure_opts.h"
#include "cli/out.h"
#include "cli/text.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "examine/item_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static jz_measure_args measure_args = JZ_MEASURE_ARGS;
static bool arg_json, arg_dihedral, arg_vpdq;

static const jz_opt options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per file on stdout" },
    { 0, "dihedral", JZ_OPT_FLAG, &arg_dihedral, NULL, "also of the turned and mirrored picture" },
    { 0, "vpdq", JZ_OPT_FLAG, &arg_vpdq, NULL, "of each frame: lines frame,quality,hex,seconds" },
    JZ_MEASURE_OPTS(measure_args),
    { 0 },
};

/* ---- answers ---- */

/* What is printed as the vPDQ of a still: vPDQ of a frame is its pdq_full, as stored. */
static const jz_probe *still_as_frame(const jz_measurement *m)
{
    const jz_probe *stored = jz_measurement_probe(m, "pdq_full", false);
    return stored != NULL ? stored : jz_measurement_probe(m, "pdq_full", true);
}

static bool has_frames(const jz_measurement *m)
{
    return jz_measurement_probe(m, "vpdq", true) != NULL;
}

static jz_vpdq_line line_of(const jz_probe *p)
{
    jz_vpdq_line l = { .frame = p->frame > 0 ? (uint64_t)p->frame : 0,
                       .quality = p->quality,
                       .seconds = p->seconds };
    memcpy(l.digest, p->digest[JZ_ORIGINAL], JZ_PDQ_SIZE);
    return l;
}

/* Calls put for each frame's line. */
static void each_line(const jz_measurement *m, void (*put)(void *user, const jz_vpdq_line *line),
                      void *user)
{
    const jz_probe *still = still_as_frame(m);
    if (!has_frames(m) && still != NULL) {
        const jz_vpdq_line l = line_of(still);
        put(user, &l);
    }
    for (size_t i = 0; i < m->n; i++) {
        if (m->probe[i].frame < 0)
            continue;
        const jz_vpdq_line l = line_of(&m->probe[i]);
        put(user, &l);
    }
}

static void put_line_text(void *user, const jz_vpdq_line *line)
{
    char text[JZ_VPDQ_TEXT];
    (void)user;
    printf("%s\n", jz_vpdq_format(line, text));
}

static void put_line_json(void *user, const jz_vpdq_line *line)
{
    jz_json *j = user;
    jz_json_begin_object(j);
    jz_json_put_u64(j, "frame", line->frame);
    jz_json_put_i64(j, "quality", line->quality);
    jz_json_put_hex(j, "hash", line->digest, JZ_PDQ_SIZE);
    jz_json_put_f64(j, "seconds", line->seconds, 3);
    jz_json_end_object(j);
}

static const char *const still_modes[] = { "pdq", "pdq_full" };

static void put_dihedral(jz_json *j, const jz_measurement *m)
{
    jz_json_key(j, "dihedral");
    jz_json_begin_object(j);
    for (size_t i = 0; i < JZ_ARRAY_LEN(still_modes); i++) {
        const jz_probe *p = jz_measurement_probe(m, still_modes[i], true);
        jz_json_key(j, still_modes[i]);
        if (p == NULL) {
            jz_json_null(j);
            continue;
        }
        jz_json_begin_object(j);
        for (int v = 0; v < JZ_DIHEDRALS; v++) {
            jz_json_key(j, jz_dihedral_name((jz_dihedral)v));
            jz_json_hex(j, p->digest[v], JZ_PDQ_SIZE);
        }
        jz_json_end_object(j);
    }
    jz_json_end_object(j);
}

static void print_json(const char *path, const jz_measurement *m, const jz_err *error)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, path, strlen(path));
    jz_item_json_measurement(&j, m);
    if (arg_dihedral)
        put_dihedral(&j, m);
    if (arg_vpdq) {
        jz_json_key(&j, "vpdq");
        jz_json_begin_array(&j);
        each_line(m, put_line_json, &j);
        jz_json_end_array(&j);
    }
    jz_item_json_error(&j, error);
    jz_json_end_object(&j);
    jz_out_line(&line);
}

static void print_digest(const char *name, const uint8_t *digest, size_t size, int quality)
{
    char hex[2 * JZ_DIGEST_MAX + 1];
    jz_hex_encode(digest, size, hex);
    printf("  %-10s %s", name, hex);
    if (quality >= 0)
        printf("  quality %d", quality);
    printf("\n");
}

static void print_still(const jz_measurement *m, const char *mode)
{
    const jz_probe *p = jz_measurement_probe(m, mode, true);
    if (p == NULL)
        return;
    print_digest(mode, p->digest[JZ_ORIGINAL], JZ_PDQ_SIZE, p->quality);
    for (int v = JZ_ROTATE90; arg_dihedral && v < JZ_DIHEDRALS; v++)
        print_digest(jz_dihedral_name((jz_dihedral)v), p->digest[v], JZ_PDQ_SIZE, -1);
}

static void print_media(const jz_media_info *info)
{
    if (info->format == NULL)
        return;
    printf("  %-10s %s", "type", info->format->mime);
    if (info->width > 0)
        printf(", %ux%u", info->width, info->height);
    if (info->orientation > 1)
        printf(", orientation %u", info->orientation);
    if (info->fps > 0)
        printf(", %.3f frames/s, %" PRIu64 " frames, %.1f s", info->fps, info->frames,
               info->duration_s);
    printf("\n");
}

static void print_text(const char *path, const jz_measurement *m)
{
    JZ_BUF_AUTO name = { 0 };
    size_t frames = 0;
    if (!m->hashed)
        return;
    jz_text_path(&name, path, strlen(path));
    printf("%s\n  %-10s %" PRIu64 "\n", name.fail == JZ_OK ? name.ptr : "?", "bytes",
           m->exact.bytes);
    print_media(&m->info);
    print_digest("sha256", m->exact.sha256, JZ_SHA256_SIZE, -1);
    print_digest("sm3", m->exact.sm3, JZ_SM3_SIZE, -1);
    print_digest("md5", m->exact.md5, JZ_MD5_SIZE, -1);
    for (size_t i = 0; i < JZ_ARRAY_LEN(still_modes); i++)
        print_still(m, still_modes[i]);
    for (size_t i = 0; i < m->n; i++)
        frames += m->probe[i].frame >= 0;
    if (frames > 0)
        printf("  %-10s %zu frames hashed (--vpdq prints them)\n", "vpdq", frames);
}

/* ---- the command ---- */

static jz_status measure(jz_decoder *d, const char *path, const jz_measure_opts *opts,
                         jz_measurement *m, jz_err *err)
{
    int opened = -1;
    JZ_TRY(jz_input_open(path, &opened, err));
    JZ_FD_AUTO fd = opened;
    return jz_measure(d, fd, opts, m, err);
}

/* Whether all went well. */
static bool hash_one(jz_decoder *d, const char *path, const jz_measure_opts *opts)
{
    jz_measurement m = { 0 };
    jz_err error = { 0 };
    const bool ok = measure(d, path, opts, &m, &error) == JZ_OK;
    if (ok)
        error = (jz_err){ 0 };
    if (arg_json)
        print_json(path, &m, &error);
    else if (arg_vpdq)
        each_line(&m, put_line_text, NULL);
    else
        print_text(path, &m);
    (void)fflush(stdout); /* keeps the order on a terminal; jz_out_close() checks */
    if (!ok)
        jz_text_failure(path, strlen(path), &error);
    jz_measurement_done(&m);
    return ok;
}

static int hash_all(char **paths, int n, const jz_measure_opts *opts, const jz_limits *limits)
{
    jz_err err = { 0 };
    jz_auto(jz_sandbox) *sandbox = NULL;
    jz_auto(jz_decoder) *decoder = NULL;
    bool ok = true;
    if (jz_sandbox_open(NULL, limits, &sandbox, &err) != JZ_OK ||
        jz_decoder_new(sandbox, &decoder, &err) != JZ_OK) {
        (void)jz_out_error(&err);
        return JZ_EXIT_ENV;
    }
    for (int i = 0; i < n && ferror(stdout) == 0; i++)
        ok = hash_one(decoder, paths[i], opts) && ok;
    return jz_out_close(ok ? JZ_EXIT_YES : JZ_EXIT_INPUT);
}

static int run(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_measure_opts opts = { 0 };
    jz_limits limits = { 0 };
    jz_status st = jz_measure_args_use(&measure_args, &opts, &limits, &err);
    if (argc == 0)
        st = JZ_FAIL(&err, JZ_E_INVAL, "a file is missing");
    else if (arg_vpdq && !arg_json && argc > 1)
        st = JZ_FAIL(&err, JZ_E_INVAL, "--vpdq prints the lines of one file; for more add --json");
    if (st != JZ_OK)
        return jz_out_usage("jz hash", &err);
    if (arg_vpdq && measure_args.interval_s < 0)
        opts.every_frame = true; /* as files of vPDQ lines are published */
    return hash_all(argv, argc, &opts, &limits);
}

static const char details[] =
    "Prints hashes of files; nothing leaves this machine. - is standard input.\n"
    "pdq is PDQ after reduction to 512x512 (ThreatExchange's C++ and WASM tools), pdq_full of the\n"
    "full resolution (python-threatexchange, HMA). --vpdq prints every frame; --interval 1 gives\n"
    "those that vpdq-hash-video picks by default.\n";

const jz_cmd jz_cmd_hash = {
    .name = "hash",
    .usage = "[options] FILE...",
    .summary = "print the hashes of files",
    .details = details,
    .opts = options,
    .run = run,
};
