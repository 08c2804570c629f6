/* SPDX-License-Identifier: Apache-2.0 */
/* jz gate: asking it before synthesis, using a token up, reporting what came out, and what the gate
 * knows of providers and of what is never synthesised. */
#include "base/alloc.h"
#include "base/hex.h"
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/out.h"

#include <jz/rules.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH 256

static const char *arg_provider, *arg_operation, *arg_purpose, *arg_filing;
static const char *arg_order, *arg_ref, *arg_sha256;
static bool arg_lines, arg_wish;

/* ---- key ---- */

static int run_key(int argc, char **argv)
{
    jz_err err = { 0 };
    char text[JZ_VKEY_TEXT];
    jz_skey key;
    (void)argv;
    if (argc != 0)
        return jz_out_wanted("jz gate key", "no operand is wanted");
    if (jz_govern_gate_key(true, &key, &err) != JZ_OK)
        return jz_out_error(&err);
    jz_vkey_text(&key.pub, text);
    jz_skey_wipe(&key);
    printf("%s\n", text);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- check ---- */

/* One answer is a line; a request that is none is told on stderr. The worst of them all is the exit
 * status. */
static int print_answers(const jz_gate_answer *a, size_t n, uint64_t line)
{
    int code = JZ_EXIT_YES;
    for (size_t i = 0; i < n; i++) {
        if (a[i].status == JZ_OK) {
            printf("%s\n", a[i].json);
            code = a[i].decision != JZ_GATE_PERMIT && code == JZ_EXIT_YES ? JZ_EXIT_NO : code;
            continue;
        }
        jz_err err = a[i].err;
        if (arg_lines)
            jz_err_wrap(&err, "line %" PRIu64, line + i);
        (void)jz_out_error(&err);
        code = JZ_EXIT_INPUT;
    }
    return code;
}

typedef struct asker {
    jz_govern *g;
    jz_skey key;
    jz_bytes request[BATCH];
    size_t n;
    uint64_t line; /* of the first request in the batch */
    int code;
} asker;

/* Decided and in the ledger before it is told. */
static jz_status ask(asker *a, jz_err *err)
{
    jz_gate_answer answers[BATCH];
    if (a->n == 0)
        return JZ_OK;
    JZ_TRY(jz_gate_check(a->g, &a->key, arg_provider, a->request, a->n, answers, err));
    const jz_status st = jz_govern_to_ledger(a->g, err);
    if (st == JZ_OK) {
        const int code = print_answers(answers, a->n, a->line);
        a->code = code > a->code ? code : a->code;
    }
    jz_gate_answers_done(answers, a->n);
    a->line += a->n;
    a->n = 0;
    return st;
}

static jz_status ask_lines(asker *a, jz_bytes text, jz_err *err)
{
    while (text.len > 0) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        const size_t len = end != NULL ? (size_t)(end - text.ptr) : text.len;
        const size_t taken = end != NULL ? len + 1 : len;
        a->request[a->n++] = (jz_bytes){ text.ptr, len };
        text = (jz_bytes){ text.ptr + taken, text.len - taken };
        if (a->n == BATCH)
            JZ_TRY(ask(a, err));
    }
    return ask(a, err);
}

static jz_status check(const char *path, asker *a, jz_err *err)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_TRY(jz_govern_file(path, &file, err));
    JZ_TRY(jz_govern_reach(true, &a->g, err));
    jz_rules_attach_gate(a->g);
    JZ_TRY(jz_govern_gate_key(true, &a->key, err));
    const jz_bytes text = { (const uint8_t *)(file.ptr != NULL ? file.ptr : ""), file.len };
    if (arg_lines)
        return ask_lines(a, text, err);
    a->request[a->n++] = text;
    return ask(a, err);
}

static int run_check(int argc, char **argv)
{
    jz_err err = { 0 };
    asker a = { .line = 1 };
    if (argc != 1 || arg_provider == NULL)
        return jz_out_wanted("jz gate check", "one file and --provider are wanted");
    const jz_status st = check(argv[0], &a, &err);
    jz_skey_wipe(&a.key);
    jz_govern_close(a.g);
    return st == JZ_OK ? jz_out_close(a.code) : jz_out_error(&err);
}

/* ---- redeem, report, show ---- */

static jz_status redeem(int argc, char **argv, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO token = { 0 };
    uint8_t media[JZ_GATE_SUBJECTS][32];
    char id[JZ_GATE_ID_SIZE];
    jz_skey key;
    jz_gate_use use = { .operation = arg_operation, .purpose = arg_purpose };
    JZ_TRY(jz_govern_file(argv[0], &token, err));
    if (argc - 1 > JZ_GATE_SUBJECTS)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d media", JZ_GATE_SUBJECTS);
    for (; use.n < (size_t)argc - 1; use.n++)
        JZ_TRY(jz_govern_hash(argv[use.n + 1], media[use.n], err));
    use.media = (const uint8_t(*)[32])media;
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(jz_govern_gate_key(false, &key, err));
    const jz_vkey vkey = key.pub;
    jz_skey_wipe(&key);
    JZ_TRY(jz_gate_redeem(g, &vkey, (jz_bytes){ (const uint8_t *)token.ptr, token.len }, &use,
                          jz_case_actor(), id, err));
    JZ_TRY(jz_govern_to_ledger(g, err));
    printf("%s\n", id);
    return JZ_OK;
}

static int run_redeem(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc < 2 || arg_operation == NULL || arg_purpose == NULL)
        return jz_out_wanted("jz gate redeem",
                             "a token, --operation, --purpose and the media are wanted");
    const jz_status st = redeem(argc, argv, &err);
    return st == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_govern_no(st, &err);
}

static jz_status report(const char *path, const char **finding, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO file = { 0 };
    JZ_TRY(jz_govern_file(path, &file, err));
    JZ_TRY(jz_govern_reach(false, &g, err));
    JZ_TRY(jz_gate_report(g, arg_provider, (jz_bytes){ (const uint8_t *)file.ptr, file.len },
                          finding, err));
    return jz_govern_to_ledger(g, err);
}

static int run_report(int argc, char **argv)
{
    jz_err err = { 0 };
    const char *finding = NULL;
    if (argc != 1 || arg_provider == NULL)
        return jz_out_wanted("jz gate report", "one file and --provider are wanted");
    if (report(argv[0], &finding, &err) != JZ_OK)
        return jz_out_error(&err);
    if (finding != NULL)
        printf("finding: %s\n", finding);
    return jz_out_close(finding != NULL ? JZ_EXIT_NO : JZ_EXIT_YES);
}

static int run_show(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    jz_auto(char) *json = NULL;
    if (argc != 1)
        return jz_out_wanted("jz gate show", "one decision or output is wanted");
    if (jz_govern_reach(false, &g, &err) != JZ_OK || jz_gate_show(g, argv[0], &json, &err) != JZ_OK)
        return jz_out_error(&err);
    printf("%s\n", json);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- provider, block, unblock ---- */

static int run_provider(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    if (argc != 1 || arg_filing == NULL)
        return jz_out_wanted("jz gate provider", "one provider and --filing are wanted");
    if (jz_govern_reach(true, &g, &err) != JZ_OK ||
        jz_gate_set_provider(g, argv[0], arg_filing, jz_case_actor(), &err) != JZ_OK ||
        jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    return JZ_EXIT_YES;
}

static jz_status change_block(bool set, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    uint8_t sha256[32];
    jz_gate_block b = { .order = !arg_wish, .ref = arg_ref, .document = arg_order };
    if (arg_sha256 != NULL) {
        if (!jz_hex_decode(arg_sha256, strlen(arg_sha256), sha256, sizeof sha256))
            return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no SHA-256", arg_sha256);
        b.sha256 = sha256;
    }
    JZ_TRY(jz_govern_reach(true, &g, err));
    JZ_TRY(jz_gate_set_block(g, &b, set, jz_case_actor(), err));
    return jz_govern_to_ledger(g, err);
}

static int run_block_as(bool set, int argc, const char *command)
{
    jz_err err = { 0 };
    if (argc != 0 || (arg_order == NULL) == !arg_wish || (arg_ref == NULL) == (arg_sha256 == NULL))
        return jz_out_wanted(command, "--order or --wish, and --sha256 or --ref, are wanted");
    return change_block(set, &err) == JZ_OK ? JZ_EXIT_YES : jz_out_error(&err);
}

static int run_block(int argc, char **argv)
{
    (void)argv;
    return run_block_as(true, argc, "jz gate block");
}

static int run_unblock(int argc, char **argv)
{
    (void)argv;
    return run_block_as(false, argc, "jz gate unblock");
}

/* ---- rows ---- */

#define PROVIDER_OPT                                                                               \
    {                                                                                              \
        0, "provider", JZ_OPT_STR, &arg_provider, "PARTY", "who asks: its party_id"                \
    }

static const jz_opt home_only[] = { JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt check_options[] = {
    PROVIDER_OPT,
    { 0, "lines", JZ_OPT_FLAG, &arg_lines, NULL, "one request a line, answered line by line" },
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt redeem_options[] = {
    { 0, "operation", JZ_OPT_STR, &arg_operation, "WORD", "what will be done: face_swap, ..." },
    { 0, "purpose", JZ_OPT_STR, &arg_purpose, "WORD", "what for: film, ad, ..." },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt report_options[] = { PROVIDER_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt provider_options[] = {
    { 0, "filing", JZ_OPT_STR, &arg_filing, "NUMBER", "the number of its filing" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt block_options[] = {
    { 0, "order", JZ_OPT_STR, &arg_order, "NUMBER", "by a court's or an authority's order" },
    { 0, "wish", JZ_OPT_FLAG, &arg_wish, NULL, "by the person's own wish" },
    { 0, "sha256", JZ_OPT_STR, &arg_sha256, "HEX", "these media" },
    { 0, "ref", JZ_OPT_STR, &arg_ref, "REF", "this person, as in pii_principal.ref" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

static const jz_cmd key_cmd = { .name = "key",
                                .usage = "[options]",
                                .summary = "print the public key of tokens and feeds",
                                .opts = home_only,
                                .run = run_key };
static const jz_cmd check_cmd = {
    .name = "check",
    .usage = "[options] FILE --provider PARTY",
    .summary = "may this be synthesised? prints the answer",
    .details =
        "FILE is a request (docs/consent.md); - is standard input. Exit 0: every request is\n"
        "permitted; 1: one is not; 3: one is no request.\n",
    .opts = check_options,
    .run = run_check,
};
static const jz_cmd redeem_cmd = {
    .name = "redeem",
    .usage = "[options] TOKEN MEDIA... --operation WORD --purpose WORD",
    .summary = "use a token up, before synthesis; prints the decision",
    .details =
        "Exit 1: it is false, over, used before, for something else, or a consent behind it\n"
        "has ended since: do not synthesise.\n",
    .opts = redeem_options,
    .run = run_redeem,
};
static const jz_cmd report_cmd = { .name = "report",
                                   .usage = "[options] FILE --provider PARTY",
                                   .summary = "tie an output to its decision and consents",
                                   .details = "Exit 1: the label's producer code does not fit.\n",
                                   .opts = report_options,
                                   .run = run_report };
static const jz_cmd show_cmd = { .name = "show",
                                 .usage = "[options] DECISION|SHA256",
                                 .summary = "what is known of a decision, or of an output",
                                 .opts = home_only,
                                 .run = run_show };
static const jz_cmd provider_cmd = { .name = "provider",
                                     .usage = "[options] PARTY --filing NUMBER",
                                     .summary = "say which filing is a provider's",
                                     .opts = provider_options,
                                     .run = run_provider };
static const jz_cmd block_cmd = { .name = "block",
                                  .usage = "[options]",
                                  .summary = "deny what concerns media or a person",
                                  .opts = block_options,
                                  .run = run_block };
static const jz_cmd unblock_cmd = { .name = "unblock",
                                    .usage = "[options]",
                                    .summary = "lift that",
                                    .opts = block_options,
                                    .run = run_unblock };

static const jz_cmd *const rows[] = {
    &check_cmd,    &redeem_cmd, &report_cmd,  &show_cmd, &key_cmd,
    &provider_cmd, &block_cmd,  &unblock_cmd, NULL,
};

const jz_cmd jz_cmd_gate = { .name = "gate",
                             .usage = "COMMAND [options] ...",
                             .summary = "decide whether something may be synthesised",
                             .sub = rows };
