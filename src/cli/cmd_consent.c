/* SPDX-License-Identifier: Apache-2.0 */
/* jz consent: asking for it, and everything that the person, the provider or an authority does with
 * it. */
#include "cli/cmd_consent.h"

#include "base/json.h"
#include "cli/cmd.h"
#include "cli/out.h"

#include <stdio.h>
#include <string.h>

#define PIN_FILE_MAX 64

static const char *arg_signature, *arg_case, *arg_pin_file, *arg_written, *arg_until;
static const char *arg_reason, *arg_document;
static bool arg_json;

jz_status jz_consent_reach(const char *text, jz_govern **out, char id[JZ_CONSENT_ID_SIZE],
                           jz_err *err)
{
    JZ_TRY(jz_govern_reach(false, out, err));
    return jz_consent_find(*out, text, id, err);
}

/* ---- request ---- */

static void print_ticket(const jz_consent_ticket *t)
{
    JZ_BUF_AUTO line = { 0 };
    if (!arg_json) {
        printf("consent %s\ncase    %s\nPIN     %s\n", t->id, t->case_no, t->pin);
        return;
    }
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "consent_id", t->id);
    jz_json_put_str(&j, "case", t->case_no);
    jz_json_put_str(&j, "pin", t->pin);
    jz_json_end_object(&j);
    jz_out_line(&line);
}

static int run_request(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_govern) *g = NULL;
    JZ_BUF_AUTO file = { 0 };
    jz_consent_ticket ticket;
    if (argc != 1)
        return jz_out_wanted("jz consent request", "one file is wanted");
    if (jz_govern_file(argv[0], &file, &err) != JZ_OK || jz_govern_reach(true, &g, &err) != JZ_OK)
        return jz_out_error(&err);
    if (jz_consent_request(g, (jz_bytes){ (const uint8_t *)file.ptr, file.len }, jz_case_actor(),
                           &ticket, &err) != JZ_OK) {
        jz_err_wrap(&err, "%s", argv[0]);
        return err.code == JZ_E_INVAL ? (void)jz_out_error(&err),
               JZ_EXIT_INPUT          : jz_out_error(&err);
    }
    if (jz_govern_to_ledger(g, &err) != JZ_OK)
        return jz_out_error(&err);
    print_ticket(&ticket);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- statement ---- */

static jz_status parse_act(const char *text, jz_consent_act *out, jz_err *err)
{
    for (int a = 1; jz_consent_act_name((jz_consent_act)a) != NULL; a++)
        if (strcmp(jz_consent_act_name((jz_consent_act)a), text) == 0) {
            *out = (jz_consent_act)a;
            return JZ_OK;
        }
    return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no act", text);
}

static jz_status parse_until(int64_t *out, jz_err *err)
{
    JZ_TRY(jz_case_parse_time("--until", arg_until, out, err));
    *out /= 1000000;
    return JZ_OK;
}

static jz_status state(const char *act, const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    char id[JZ_CONSENT_ID_SIZE];
    jz_consent_act a;
    int64_t until_s = 0;
    char *statement = NULL;
    JZ_TRY(parse_act(act, &a, err));
    JZ_TRY(parse_until(&until_s, err));
    JZ_TRY(jz_consent_reach(text, &g, id, err));
    JZ_TRY(jz_consent_statement(g, id, a, until_s, &statement, err));
    (void)fputs(statement, stdout); /* jz_out_close() checks */
    jz_govern_free(statement);
    return JZ_OK;
}

static int run_statement(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 2)
        return jz_out_wanted("jz consent statement", "an act and a consent are wanted");
    return state(argv[0], argv[1], &err) == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

/* ---- acts ---- */

typedef struct proofs {
    uint8_t signature[JZ_CONSENT_SIG_SIZE], written[32];
    jz_buf pin;
} proofs;

/* Not on the command line, which others on the machine can read. */
static jz_status read_pin(jz_buf *out, jz_err *err)
{
    JZ_TRY(jz_govern_file(arg_pin_file, out, err));
    while (out->len > 0 && (out->ptr[out->len - 1] == '\n' || out->ptr[out->len - 1] == '\r'))
        out->ptr[--out->len] = '\0';
    if (out->len == 0 || out->len > PIN_FILE_MAX || memchr(out->ptr, '\0', out->len) != NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s holds no PIN", arg_pin_file);
    return JZ_OK;
}

static jz_status read_proofs(proofs *p, jz_consent_deed *deed, jz_err *err)
{
    if (arg_signature != NULL) {
        JZ_TRY(jz_govern_exact(arg_signature, p->signature, sizeof p->signature, err));
        deed->signature = p->signature;
    }
    if (arg_written != NULL) {
        JZ_TRY(jz_govern_hash(arg_written, p->written, err));
        deed->written = p->written;
    }
    if (arg_pin_file != NULL) {
        JZ_TRY(read_pin(&p->pin, err));
        deed->pin = p->pin.ptr;
    }
    deed->case_no = arg_case;
    return parse_until(&deed->until_s, err);
}

static jz_status act_on(jz_consent_act act, const char *text, jz_err *err)
{
    jz_auto(jz_govern) *g = NULL;
    char id[JZ_CONSENT_ID_SIZE];
    proofs p = { 0 };
    jz_consent_deed deed = {
        .act = act, .by = jz_case_actor(), .reason = arg_reason, .document = arg_document
    };
    jz_status st = read_proofs(&p, &deed, err);
    if (st == JZ_OK)
        st = text != NULL ? jz_consent_reach(text, &g, id, err) : jz_govern_reach(false, &g, err);
    if (st == JZ_OK)
        st = text != NULL ? jz_consent_do(g, id, &deed, err) : jz_consent_do_by_case(g, &deed, err);
    if (p.pin.ptr != NULL)
        memset(p.pin.ptr, 0, p.pin.len);
    jz_buf_done(&p.pin);
    return st == JZ_OK ? jz_govern_to_ledger(g, err) : st;
}

static int run_act(jz_consent_act act, int argc, char **argv)
{
    jz_err err = { 0 };
    char command[64];
    (void)snprintf(command, sizeof command, "jz consent %s", jz_consent_act_name(act));
    if (argc > 1 || (argc == 0 && arg_case == NULL))
        return jz_out_wanted(command, "one consent is wanted, or --case and --pin-file");
    const jz_status st = act_on(act, argc == 1 ? argv[0] : NULL, &err);
    if (st == JZ_OK)
        return jz_out_close(JZ_EXIT_YES);
    return st == JZ_E_MISMATCH ? jz_govern_no(st, &err) : jz_out_error(&err);
}

#define ACT(name, act)                                                                             \
    static int run_##name(int argc, char **argv)                                                   \
    {                                                                                              \
        return run_act(act, argc, argv);                                                           \
    }
ACT(grant, JZ_CONSENT_GRANT)
ACT(defer, JZ_CONSENT_DEFER)
ACT(refuse, JZ_CONSENT_REFUSE)
ACT(renew, JZ_CONSENT_RENEW)
ACT(withdraw, JZ_CONSENT_WITHDRAW)
ACT(erase, JZ_CONSENT_ERASE)
ACT(revoke, JZ_CONSENT_REVOKE)
ACT(invalidate, JZ_CONSENT_INVALIDATE)

/* ---- rows ---- */

#define UNTIL                                                                                      \
    {                                                                                              \
        0, "until", JZ_OPT_STR, &arg_until, "TIME", "the new end"                                  \
    }
#define PROOFS                                                                                     \
    { 0,          "signature",                                                                     \
      JZ_OPT_STR, &arg_signature,                                                                  \
      "FILE",     "64 bytes: Ed25519 over what 'jz consent statement' prints" },                   \
        { 0, "case", JZ_OPT_STR, &arg_case, "NUMBER", "the case number, with --pin-file" },        \
        { 0, "pin-file", JZ_OPT_STR, &arg_pin_file, "FILE", "a file with the PIN; - is stdin" },   \
    {                                                                                              \
        0, "written", JZ_OPT_STR, &arg_written, "FILE", "the signed paper, scanned"                \
    }
#define CONSENT_IS "CONSENT is an id, or its first 8 digits or more.\n"
#define PROOF_IS                                                                                   \
    CONSENT_IS "The person proves who they are by one of: --signature, --case with --pin-file,\n"  \
               "--written. Without CONSENT the case number tells which one is meant.\n"

static const jz_opt request_options[] = {
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "as one JSON object" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt statement_options[] = { UNTIL, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt proof_options[] = { PROOFS, JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt renew_options[] = { UNTIL, PROOFS, JZ_CASE_BY_OPT, JZ_CASE_HOME_OPT, { 0 } };
static const jz_opt revoke_options[] = {
    { 0, "reason", JZ_OPT_STR, &arg_reason, "TEXT", "why; no names of persons" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt invalidate_options[] = {
    { 0, "document", JZ_OPT_STR, &arg_document, "NUMBER", "of the decision" },
    { 0, "reason", JZ_OPT_STR, &arg_reason, "TEXT", "why; no names of persons" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

static const jz_cmd request_cmd = { .name = "request",
                                    .usage = "[options] FILE",
                                    .summary = "ask a person for consent; prints id, case and PIN",
                                    .details =
                                        "FILE is a record (docs/consent.md). Case number and PIN\n"
                                        "are for the person, and are shown only now.\n",
                                    .opts = request_options,
                                    .run = run_request };
static const jz_cmd statement_cmd = { .name = "statement",
                                      .usage = "[options] ACT CONSENT",
                                      .summary = "print what the person's key signs for an act",
                                      .details =
                                          "ACT is grant, defer, refuse, renew, withdraw or erase.\n"
                                          "openssl pkeyutl -sign -rawin -inkey KEY -in STATEMENT\n",
                                      .opts = statement_options,
                                      .run = run_statement };
#define ACT_ROW(act, what, options)                                                                \
    static const jz_cmd act##_cmd = { .name = #act,                                                \
                                      .usage = "[options] [CONSENT]",                              \
                                      .summary = what,                                             \
                                      .details = PROOF_IS,                                         \
                                      .opts = options,                                             \
                                      .run = run_##act }
ACT_ROW(grant, "the person consents", proof_options);
ACT_ROW(defer, "the person wants to think about it", proof_options);
ACT_ROW(refuse, "the person does not consent", proof_options);
ACT_ROW(renew, "the person consents for longer", renew_options);
ACT_ROW(withdraw, "the person does not consent any more", proof_options);
ACT_ROW(erase, "the personal fields of what has ended go", proof_options);

static const jz_cmd revoke_cmd = { .name = "revoke",
                                   .usage = "[options] CONSENT --reason TEXT",
                                   .summary = "the provider gives it up",
                                   .details = CONSENT_IS,
                                   .opts = revoke_options,
                                   .run = run_revoke };
static const jz_cmd invalidate_cmd = { .name = "invalidate",
                                       .usage = "[options] CONSENT --document NUMBER --reason TEXT",
                                       .summary = "an authority or a court ends it",
                                       .details = CONSENT_IS,
                                       .opts = invalidate_options,
                                       .run = run_invalidate };

static const jz_cmd *const rows[] = {
    &request_cmd,
    &statement_cmd,
    &grant_cmd,
    &defer_cmd,
    &refuse_cmd,
    &renew_cmd,
    &withdraw_cmd,
    &revoke_cmd,
    &invalidate_cmd,
    &erase_cmd,
    &jz_cmd_consent_show,
    &jz_cmd_consent_list,
    &jz_cmd_consent_receipt,
    &jz_cmd_consent_verify,
    &jz_cmd_consent_sweep,
    &jz_cmd_consent_tasks,
    &jz_cmd_consent_deleted,
    &jz_cmd_consent_feed,
    NULL,
};

const jz_cmd jz_cmd_consent = { .name = "consent",
                                .usage = "COMMAND [options] ...",
                                .summary = "record a person's consent to synthesis, and its end",
                                .sub = rows };
