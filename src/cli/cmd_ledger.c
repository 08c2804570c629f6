/* SPDX-License-Identifier: Apache-2.0 */
/* jz ledger: the log of an installation, and proofs from it that are verified without it. */
#include "cli/cmd_ledger.h"
#include "base/alloc.h"
#include "base/file.h"
#include "cli/home_ledger.h"
#include "cli/out.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROOF_MAX ((size_t)4 << 20) /* bytes of a proof, a policy or a leaf */

static const char *arg_home, *arg_origin, *arg_output, *arg_proof, *arg_leaf, *arg_policy;

static bool is_damage(jz_status st)
{
    return st == JZ_E_MISMATCH || st == JZ_E_CORRUPT;
}

/* A writer that was cut off leaves to the next one what only its journal has. True where this made
 * up for it: where there is no other writer, and the key is here. */
static bool recover(const char *home)
{
    jz_auto(jz_log) *log = NULL;
    jz_vkey vkey;
    return jz_home_ledger_open(home, true, &log, &vkey, NULL) == JZ_OK;
}

static jz_status open_in(const char *home, jz_log **out, jz_vkey *vkey, jz_err *err)
{
    jz_status st = jz_home_ledger_open(home, false, out, vkey, err);
    if (is_damage(st) && recover(home))
        st = jz_home_ledger_open(home, false, out, vkey, err);
    return st == JZ_E_NOTFOUND
               ? JZ_FAIL(err, st, "no ledger in %s: make one with 'jz ledger init'", home)
               : st;
}

static jz_status open_log(jz_log **out, jz_vkey *vkey, jz_err *err)
{
    jz_auto(char) *home = NULL;
    JZ_TRY(jz_home_find(arg_home, &home, err));
    return open_in(home, out, vkey, err);
}

static void print_key(const jz_vkey *key)
{
    char text[JZ_VKEY_TEXT];
    jz_vkey_text(key, text);
    printf("%s\n", text);
}

/* ---- init, key, checkpoint, audit ---- */

static jz_status init(jz_err *err)
{
    jz_auto(char) *home = NULL;
    jz_auto(jz_log) *log = NULL;
    jz_vkey vkey;
    JZ_TRY(jz_home_find(arg_home, &home, err));
    JZ_TRY(jz_home_ledger_init(home, arg_origin, err));
    JZ_TRY(jz_home_ledger_open(home, false, &log, &vkey, err));
    print_key(&vkey);
    return JZ_OK;
}

static int run_init(int argc, char **argv)
{
    jz_err err = { 0 };
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz ledger init", "no operand is wanted");
    return init(&err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

static int run_key(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_log) *log = NULL;
    jz_vkey vkey;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz ledger key", "no operand is wanted");
    if (open_log(&log, &vkey, &err) != JZ_OK)
        return jz_out_error(&err);
    print_key(&vkey);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_checkpoint(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_log) *log = NULL;
    jz_vkey vkey;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz ledger checkpoint", "no operand is wanted");
    if (open_log(&log, &vkey, &err) != JZ_OK)
        return jz_out_error(&err);
    (void)fputs(jz_log_checkpoint(log), stdout); /* jz_out_close() checks */
    return jz_out_close(JZ_EXIT_YES);
}

/* A log that is not what it must be is an answer; one that cannot be read is none. */
static int answer(jz_status st, const jz_err *err)
{
    const int code = jz_out_error(err);
    return is_damage(st) ? JZ_EXIT_NO : code;
}

static jz_status audit(jz_log **out, jz_vkey *vkey, jz_err *err)
{
    jz_auto(char) *home = NULL;
    JZ_TRY(jz_home_find(arg_home, &home, err));
    JZ_TRY(open_in(home, out, vkey, err));
    jz_status st = jz_log_audit(*out, NULL, NULL, err);
    if (is_damage(st) && recover(home)) {
        jz_log_close(*out);
        *out = NULL;
        JZ_TRY(open_in(home, out, vkey, err));
        st = jz_log_audit(*out, NULL, NULL, err);
    }
    return st;
}

static int run_audit(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_log) *log = NULL;
    jz_vkey vkey;
    jz_checkpoint head;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz ledger audit", "no operand is wanted");
    const jz_status st = audit(&log, &vkey, &err);
    if (st != JZ_OK)
        return answer(st, &err);
    jz_log_head(log, &head);
    printf("%s: %" PRIu64 " leaves, as signed\n", head.origin, head.size);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- prove, leaf ---- */

static bool read_index(const char *text, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    const unsigned long long v = strtoull(text, &end, 10);
    *out = v;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* To -o FILE, else to standard output, which jz_out_close() checks. */
static jz_status give(const char *text, size_t len, jz_err *err)
{
    if (arg_output != NULL)
        return jz_file_write(arg_output, text, len, err);
    (void)fwrite(text, 1, len, stdout);
    return JZ_OK;
}

static jz_status prove(uint64_t index, jz_err *err)
{
    jz_auto(jz_log) *log = NULL;
    jz_auto(char) *proof = NULL;
    jz_vkey vkey;
    JZ_TRY(open_log(&log, &vkey, err));
    JZ_TRY(jz_log_prove(log, index, &proof, err));
    return give(proof, strlen(proof), err);
}

static jz_status show_leaf(uint64_t index, jz_err *err)
{
    jz_auto(jz_log) *log = NULL;
    jz_auto(char) *leaf = NULL;
    jz_vkey vkey;
    size_t len = 0;
    JZ_TRY(open_log(&log, &vkey, err));
    JZ_TRY(jz_log_entry(log, index, &leaf, &len, err));
    return give(leaf, len, err);
}

static int with_index(int argc, char **argv, const char *command,
                      jz_status (*run)(uint64_t index, jz_err *err))
{
    jz_err err = { 0 };
    uint64_t index = 0;
    if (argc != 1 || !read_index(argv[0], &index))
        return jz_out_wanted(command, "one leaf's number is wanted");
    return run(index, &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

static int run_prove(int argc, char **argv)
{
    return with_index(argc, argv, "jz ledger prove", prove);
}

static int run_leaf(int argc, char **argv)
{
    return with_index(argc, argv, "jz ledger leaf", show_leaf);
}

/* ---- verify ---- */

static jz_status read_file(const char *path, jz_buf *out, jz_bytes *bytes, jz_err *err)
{
    JZ_TRY(jz_file_read(path, PROOF_MAX, out, err));
    *bytes = (jz_bytes){ (const uint8_t *)out->ptr, out->len };
    return JZ_OK;
}

static jz_status read_policy(jz_policy **out, jz_err *err)
{
    JZ_BUF_AUTO file = { 0 };
    jz_bytes text;
    JZ_TRY(read_file(arg_policy, &file, &text, err));
    JZ_TRY_CTX(jz_policy_parse(text, out, err), err, "%s", arg_policy);
    return JZ_OK;
}

/* Needs no installation. */
static int verify_proof(void)
{
    jz_err err = { 0 };
    jz_auto(jz_policy) *policy = NULL;
    JZ_BUF_AUTO proof_file = { 0 };
    JZ_BUF_AUTO leaf_file = { 0 };
    jz_bytes proof;
    jz_bytes leaf;
    jz_trust trust;
    uint64_t index = 0;
    if (read_policy(&policy, &err) != JZ_OK ||
        read_file(arg_proof, &proof_file, &proof, &err) != JZ_OK ||
        read_file(arg_leaf, &leaf_file, &leaf, &err) != JZ_OK)
        return jz_out_error(&err);
    const jz_status st = jz_proof_verify(proof, leaf, policy, &trust, &index, &err);
    if (st != JZ_OK) {
        jz_err_wrap(&err, "%s", arg_proof);
        return answer(st, &err);
    }
    printf("leaf %" PRIu64 " of %" PRIu64 " in %s, %u witnesses\n", index, trust.checkpoint.size,
           trust.checkpoint.origin, trust.witnesses);
    return jz_out_close(JZ_EXIT_YES);
}

static int verify_log(void)
{
    jz_err err = { 0 };
    jz_auto(jz_log) *log = NULL;
    jz_vkey vkey;
    jz_checkpoint head;
    const jz_status st = open_log(&log, &vkey, &err);
    if (st != JZ_OK)
        return answer(st, &err);
    jz_log_head(log, &head);
    printf("%s: %" PRIu64 " leaves have the signed root\n", head.origin, head.size);
    return jz_out_close(JZ_EXIT_YES);
}

static int run_verify(int argc, char **argv)
{
    const int given = (arg_proof != NULL) + (arg_leaf != NULL) + (arg_policy != NULL);
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz ledger verify", "no operand is wanted");
    if (given != 0 && given != 3)
        return jz_out_wanted("jz ledger verify", "--proof, --leaf and --policy belong together");
    return given == 0 ? verify_log() : verify_proof();
}

/* ---- rows ---- */

#define HOME                                                                                       \
    {                                                                                              \
        0, "home", JZ_OPT_STR, &arg_home, "DIR", "the installation [$JZ_HOME]"                     \
    }

static const jz_opt home_only[] = { HOME, { 0 } };
static const jz_opt init_options[] = {
    { 0, "origin", JZ_OPT_STR, &arg_origin, "NAME",
      "the log's name, for good: a URL without https:// [HOST/jianzhen]" },
    HOME,
    { 0 },
};
static const jz_opt output_options[] = {
    { 'o', "output", JZ_OPT_STR, &arg_output, "FILE", "where it goes [standard output]" },
    HOME,
    { 0 },
};
static const jz_opt verify_options[] = {
    { 0, "proof", JZ_OPT_STR, &arg_proof, "FILE", "a proof, from 'jz ledger prove'" },
    { 0, "leaf", JZ_OPT_STR, &arg_leaf, "FILE", "its leaf, from 'jz ledger leaf'" },
    { 0, "policy", JZ_OPT_STR, &arg_policy, "FILE", "logs and witnesses to trust" },
    HOME,
    { 0 },
};

static const jz_cmd init_cmd = { .name = "init",
                                 .usage = "[options]",
                                 .summary = "make the log and its key, and print the public one",
                                 .opts = init_options,
                                 .run = run_init };
static const jz_cmd key_cmd = { .name = "key",
                                .usage = "[options]",
                                .summary = "print the log's public key",
                                .opts = home_only,
                                .run = run_key };
static const jz_cmd checkpoint_cmd = { .name = "checkpoint",
                                       .usage = "[options]",
                                       .summary = "print the signed head of the log",
                                       .opts = home_only,
                                       .run = run_checkpoint };
static const jz_cmd prove_cmd = { .name = "prove",
                                  .usage = "[options] NUMBER",
                                  .summary = "prove that a leaf is in the log",
                                  .opts = output_options,
                                  .run = run_prove };
static const jz_cmd leaf_cmd = { .name = "leaf",
                                 .usage = "[options] NUMBER",
                                 .summary = "print a leaf, which verifying its proof needs",
                                 .opts = output_options,
                                 .run = run_leaf };
static const jz_cmd verify_cmd = {
    .name = "verify",
    .usage = "[options]",
    .summary = "verify a proof, or the head of the log",
    .details = "Exit 0: it holds; 1: it does not. Without a proof the right edge of the log is\n"
               "compared with its signed root, and with what was seen of it before; 'jz ledger\n"
               "audit' reads every byte.\n",
    .opts = verify_options,
    .run = run_verify,
};
static const jz_cmd audit_cmd = { .name = "audit",
                                  .usage = "[options]",
                                  .summary = "hash the whole log anew",
                                  .opts = home_only,
                                  .run = run_audit };

static const jz_cmd *const rows[] = {
    &init_cmd,
    &key_cmd,
    &checkpoint_cmd,
    &prove_cmd,
    &leaf_cmd,
    &verify_cmd,
    &audit_cmd,
    &jz_cmd_ledger_events,
    &jz_cmd_ledger_cosign,
    &jz_cmd_ledger_serve_files,
    &jz_cmd_ledger_witness,
    NULL,
};

const jz_cmd jz_cmd_ledger = { .name = "ledger",
                               .usage = "COMMAND [options] ...",
                               .summary = "the append-only log that proves what was done",
                               .sub = rows };
