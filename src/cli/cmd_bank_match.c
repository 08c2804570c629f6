/* SPDX-License-Identifier: Apache-2.0 */
/* jz bank match, list, show: questions to banks. */
#include "cli/cmd_bank.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/json.h"
#include "cli/out.h"
#include "cli/text.h"
#include "examine/item_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *arg_bank, *arg_type;
static uint64_t arg_max_distance = JZ_PDQ_MAX_BITS;
static bool arg_json;

/* ---- match ---- */

typedef struct hit {
    const char *bank;
    int64_t entry;
    jz_entry_status status;
    uint32_t distance;
    const char *mode, *variant;
    const jz_match *match; /* of a file; NULL for a hash */
} hit;

static void print_hit_text(const char *operand, const hit *h)
{
    JZ_BUF_AUTO b = { 0 };
    jz_text_path(&b, operand, strlen(operand));
    printf("%s: %s entry %" PRId64 " (%s), distance %u, %s %s", b.fail == JZ_OK ? b.ptr : "?",
           h->bank, h->entry, jz_entry_status_name(h->status), h->distance, h->mode, h->variant);
    if (h->match != NULL && h->match->n_times > 0)
        printf(", at %.3f s", h->match->time[0].at_s);
    printf("\n");
}

static void print_hit_json(const char *operand, const hit *h)
{
    JZ_BUF_AUTO b = { 0 };
    jz_json j = { .out = &b };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, operand, strlen(operand));
    jz_json_put_str(&j, "bank", h->bank);
    jz_json_put_i64(&j, "entry", h->entry);
    jz_json_put_str(&j, "status", jz_entry_status_name(h->status));
    jz_json_put_u64(&j, "distance", h->distance);
    jz_json_put_str(&j, "mode", h->mode);
    jz_json_put_str(&j, "variant", h->variant);
    jz_item_json_times(&j, h->match);
    jz_json_end_object(&j);
    jz_out_line(&b);
}

static void print_hit(const char *operand, const hit *h)
{
    if (arg_json)
        print_hit_json(operand, h);
    else
        print_hit_text(operand, h);
}

static jz_status match_hash(jz_banks *banks, const char *operand, const jz_signal *s, size_t *n,
                            jz_err *err)
{
    jz_bank_hits hits = { 0 };
    const jz_status st =
        s->cls->kind == JZ_HASH_EXACT
            ? jz_banks_match_exact(banks, s->cls, s->digest, &hits, err)
            : jz_banks_match(banks, s->digest, (uint32_t)arg_max_distance, &hits, err);
    for (size_t i = 0; st == JZ_OK && i < hits.n; i++) {
        const jz_bank_hit *b = &hits.hit[i];
        if (arg_bank != NULL && strcmp(arg_bank, b->bank) != 0)
            continue;
        const hit h = { b->bank, b->entry, b->status, b->distance, s->cls->name, "original", NULL };
        print_hit(operand, &h);
        ++*n;
    }
    jz_bank_hits_done(&hits);
    return st;
}

static jz_status match_file(jz_banks *banks, const char *operand, const jz_measurement *m,
                            size_t *n, jz_err *err)
{
    const jz_match_opts opts = { .max_bits = (uint32_t)arg_max_distance,
                                 .identical = arg_max_distance == 0,
                                 .bank = arg_bank };
    jz_findings found = { 0 };
    const jz_status st = jz_match_banks(banks, m, &opts, &found, err);
    for (size_t i = 0; st == JZ_OK && i < found.n; i++) {
        const jz_match *k = found.finding[i].match;
        const hit h = {
            k->bank, k->entry, k->status, k->distance, k->mode->name, jz_dihedral_name(k->variant),
            k
        };
        print_hit(operand, &h);
        ++*n;
    }
    jz_findings_done(&found);
    return st;
}

/* A damaged file is matched as far as it could be read, and is bad input all the same. */
static bool match_one(jz_banks *banks, jz_bank_reader *reader, const char *operand, size_t *n)
{
    jz_err err = { 0 }, match_err = { 0 };
    jz_bank_operand op = { .is_hash = false };
    const jz_status read = jz_bank_read(reader, operand, &op, &err);
    const jz_status matched = op.is_hash ? match_hash(banks, operand, &op.hash, n, &match_err)
                                         : match_file(banks, operand, &op.file, n, &match_err);
    if (read != JZ_OK)
        jz_text_failure(operand, strlen(operand), &err);
    if (matched != JZ_OK)
        jz_text_failure(operand, strlen(operand), &match_err);
    jz_measurement_done(&op.file);
    return read == JZ_OK && matched == JZ_OK;
}

static int run_match(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_banks) *banks = NULL;
    jz_bank_reader reader = { .cls = NULL };
    jz_status st = JZ_OK;
    if (argc == 0)
        st = JZ_FAIL(&err, JZ_E_INVAL, "a file or hash is missing");
    else if (arg_max_distance > 256)
        st = JZ_FAIL(&err, JZ_E_INVAL, "--max-distance: hashes have 256 bits");
    else
        st = jz_bank_class(arg_type, &reader.cls, &err);
    if (st != JZ_OK)
        return jz_out_usage("jz bank match", &err);
    if (jz_bank_open_home(false, true, &banks, &err) != JZ_OK)
        return jz_out_error(&err);
    bool ok = true;
    size_t hits = 0;
    for (int i = 0; i < argc && ferror(stdout) == 0; i++)
        ok = match_one(banks, &reader, argv[i], &hits) && ok;
    jz_bank_reader_done(&reader);
    return jz_out_close(!ok ? JZ_EXIT_INPUT : hits > 0 ? JZ_EXIT_YES : JZ_EXIT_NO);
}

static const jz_opt match_options[] = {
    { 0, "max-distance", JZ_OPT_U64, &arg_max_distance, "BITS", "that still match [31]" },
    { 0, "bank", JZ_OPT_STR, &arg_bank, "NAME", "this bank only" },
    { 0, "type", JZ_OPT_STR, &arg_type, "CLASS", "of hex digits [32: md5, 64: pdq]" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per hit on stdout" },
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_bank_match = {
    .name = "match",
    .usage = "[options] FILE|HEX...",
    .summary = "look files or hashes up",
    .details =
        "Exits 0 where something matched, 1 where nothing did, 3 where some input was bad.\n",
    .opts = match_options,
    .run = run_match,
};

/* ---- list ---- */

static jz_status list_one(void *user, const jz_bank_info *info, jz_err *err)
{
    (void)user;
    if (!arg_json) {
        printf("%-24s %10" PRId64 " %10" PRId64 " %10" PRId64 "  %s\n", info->name, info->entries,
               info->active, info->signals, info->note != NULL ? info->note : "");
        return JZ_OK;
    }
    JZ_BUF_AUTO b = { 0 };
    jz_json j = { .out = &b };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "bank", info->name);
    jz_json_put_str(&j, "note", info->note);
    jz_json_put_i64(&j, "entries", info->entries);
    jz_json_put_i64(&j, "active", info->active);
    jz_json_put_i64(&j, "signals", info->signals);
    jz_json_put_time(&j, "created", info->created_us);
    jz_json_put_time(&j, "updated", info->updated_us);
    jz_json_end_object(&j);
    JZ_TRY(jz_buf_check(&b, err));
    jz_out_line(&b);
    return JZ_OK;
}

static int run_list(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_banks) *banks = NULL;
    (void)argv;
    if (argc != 0) {
        jz_err_set(&err, JZ_E_INVAL, "takes no operands ('jz bank show NAME' lists entries)");
        return jz_out_usage("jz bank list", &err);
    }
    if (jz_bank_open_home(false, false, &banks, &err) != JZ_OK)
        return jz_out_error(&err);
    if (!arg_json)
        printf("%-24s %10s %10s %10s  %s\n", "bank", "entries", "active", "hashes", "note");
    if (jz_bank_list(banks, list_one, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt list_options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per bank on stdout" },
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_bank_list = {
    .name = "list",
    .usage = "[options]",
    .summary = "list the banks",
    .opts = list_options,
    .run = run_list,
};

/* ---- show ---- */

static void put_signals(jz_json *j, const jz_entry_info *e)
{
    jz_json_key(j, "signals");
    jz_json_begin_array(j);
    for (size_t i = 0; i < e->n; i++) {
        const jz_signal *s = &e->signals[i];
        jz_json_begin_object(j);
        jz_json_put_str(j, "type", s->cls->name);
        jz_json_put_hex(j, "hash", s->digest, s->cls->digest_size);
        if (s->quality >= 0)
            jz_json_put_i64(j, "quality", s->quality);
        if (s->frame >= 0) {
            jz_json_put_i64(j, "frame", s->frame);
            jz_json_put_f64(j, "seconds", s->seconds, 3);
        }
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static jz_status show_json(const jz_entry_info *e, jz_err *err)
{
    JZ_BUF_AUTO b = { 0 };
    jz_json j = { .out = &b };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "entry", e->id);
    jz_json_put_str(&j, "bank", e->bank);
    jz_json_put_str(&j, "status", jz_entry_status_name(e->meta.status));
    jz_json_put_str(&j, "source", e->meta.source);
    jz_json_put_str(&j, "category", e->meta.category);
    jz_json_put_str(&j, "note", e->meta.note);
    jz_json_put_time(&j, "created", e->created_us);
    jz_json_put_time(&j, "updated", e->updated_us);
    put_signals(&j, e);
    jz_json_end_object(&j);
    JZ_TRY(jz_buf_check(&b, err));
    jz_out_line(&b);
    return JZ_OK;
}

static jz_status show_one(void *user, const jz_entry_info *e, jz_err *err)
{
    char when[32], hex[2 * JZ_DIGEST_MAX + 1] = "";
    JZ_BUF_AUTO source = { 0 };
    (void)user;
    if (arg_json)
        return show_json(e, err);
    if (e->n > 0)
        jz_hex_encode(e->signals[0].digest, e->signals[0].cls->digest_size, hex);
    if (e->meta.source != NULL)
        jz_text_path(&source, e->meta.source, strlen(e->meta.source));
    printf("%8" PRId64 "  %-9s  %s  %3zu  %-8s %s  %s\n", e->id,
           jz_entry_status_name(e->meta.status), jz_time_text(e->created_us, when, sizeof when),
           e->n, e->n > 0 ? e->signals[0].cls->name : "-", hex,
           source.ptr != NULL ? source.ptr : "");
    return JZ_OK;
}

static int run_show(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_banks) *banks = NULL;
    if (argc != 1) {
        jz_err_set(&err, JZ_E_INVAL, "one bank's name is wanted");
        return jz_out_usage("jz bank show", &err);
    }
    if (jz_bank_open_home(false, false, &banks, &err) != JZ_OK)
        return jz_out_error(&err);
    if (!arg_json)
        printf("%8s  %-9s  %-20s  %3s  %s\n", "entry", "status", "added", "n",
               "first hash, source");
    if (jz_bank_each(banks, argv[0], show_one, NULL, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt show_options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per entry on stdout" },
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_bank_show = {
    .name = "show",
    .usage = "[options] NAME",
    .summary = "list a bank's entries",
    .opts = show_options,
    .run = run_show,
};
