/* SPDX-License-Identifier: Apache-2.0 */
/* jz bag: evidence bags. */
#include "cli/cmd_case.h"

#include <jz/sealing.h>

#include "base/alloc.h"
#include "base/file.h"
#include "cli/cmd.h"
#include "cli/home_ledger.h"
#include "cli/out.h"
#include "cli/text.h"
#include "evidence/tsa_curl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 20) /* bytes of a policy, a reply */

static const char *arg_output, *arg_key, *arg_cert, *arg_second_key, *arg_second_cert, *arg_tsa;
static const char *arg_ca, *arg_tsa_ca, *arg_policy, *arg_reply;
static const char *arg_collector, *arg_second, *arg_to, *arg_recipient, *arg_authority, *arg_reason;
static jz_seal_facts facts;
static bool arg_strict, arg_no_ledger, arg_json, arg_quiet;

/* ---- progress: a line that rewrites itself ---- */

typedef struct meter {
    uint64_t bytes;
    int64_t next_us;
    bool shows;
} meter;

static bool on_bytes(void *user, uint64_t bytes)
{
    meter *m = user;
    const int64_t now = jz_now_us();
    m->bytes += bytes;
    if (m->shows && now >= m->next_us) {
        (void)fprintf(stderr, "\r%.1f MB hashed ", (double)m->bytes / 1e6);
        m->next_us = now + 200000;
    }
    return true;
}

static meter meter_new(void)
{
    return (meter){ .shows = !arg_quiet && !arg_json && isatty(STDERR_FILENO) == 1 };
}

static void meter_end(const meter *m)
{
    if (m->shows && m->next_us != 0)
        (void)fputs("\r\033[K", stderr);
}

/* ---- seal ---- */

static jz_status check_seal_options(jz_cms_key keys[2], size_t *n, jz_err *err)
{
    if ((arg_key == NULL) != (arg_cert == NULL) ||
        (arg_second_key == NULL) != (arg_second_cert == NULL))
        return JZ_FAIL(err, JZ_E_INVAL, "a key and its certificate belong together");
    if (arg_second_key != NULL && arg_key == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "--second-key without --key");
    keys[0] = (jz_cms_key){ .key_file = arg_key, .cert_file = arg_cert };
    keys[1] = (jz_cms_key){ .key_file = arg_second_key, .cert_file = arg_second_cert };
    *n = (size_t)(arg_key != NULL) + (size_t)(arg_second_key != NULL);
    facts.collectors = 0;
    if (arg_collector != NULL)
        facts.collector[facts.collectors++] = arg_collector;
    if (arg_second != NULL)
        facts.collector[facts.collectors++] = arg_second;
    return JZ_OK;
}

static void say_sealed(const jz_seal_result *r)
{
    JZ_BUF_AUTO line = { 0 };
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    if (arg_json) {
        jz_json j = { .out = &line };
        jz_json_begin_object(&j);
        jz_json_put_str(&j, "bag", r->bag);
        jz_json_put_hex(&j, "tagmanifest", r->tagmanifest, sizeof r->tagmanifest);
        jz_json_put_u64(&j, "items", r->items);
        jz_json_put_u64(&j, "files", r->files);
        jz_json_put_u64(&j, "bytes", r->bytes);
        jz_json_put_bool(&j, "signed", r->is_signed);
        jz_json_put_bool(&j, "stamped", r->stamped);
        jz_json_key(&j, "leaf");
        if (r->logged)
            jz_json_u64(&j, r->leaf);
        else
            jz_json_null(&j);
        jz_json_end_object(&j);
        jz_out_line(&line);
    } else {
        printf("bag        %s\nitems      %" PRIu64 " in %" PRIu64 " files, %" PRIu64 " bytes\n",
               r->bag, r->items, r->files, r->bytes);
        printf("signature  %s\ntime stamp %s\n", r->is_signed ? "signed" : "none",
               r->stamped ? "stamped" : "unstamped");
        if (r->logged)
            printf("ledger     leaf %" PRIu64 "\n", r->leaf);
        else
            printf("ledger     none\n");
    }
    for (size_t i = 0; i < r->n_defects; i++)
        (void)fprintf(stderr, "jz: defect %s: %s\n", r->defect[i].id, r->defect[i].message);
    if (r->unstamped.code != JZ_OK)
        (void)fprintf(stderr,
                      "jz: THE BAG IS UNSTAMPED: %s\njz: stamp it later with 'jz bag stamp'\n",
                      jz_err_text(&r->unstamped, text, sizeof text));
}

static jz_status seal(const char *home, jz_cases *cases, const char *id, jz_seal_opts *o,
                      jz_seal_result *r, jz_err *err)
{
    jz_auto(jz_log) *log = NULL;
    uint64_t anchored = 0;
    if (!arg_no_ledger) {
        JZ_TRY(jz_home_ledger_open(home, true, &log, &o->log_key, err));
        JZ_TRY(jz_case_anchor(cases, log, &anchored, err));
        o->log = log;
    }
    const jz_status st = jz_case_seal(cases, id, arg_output, o, r, err);
    if (log != NULL && (st == JZ_OK || r->logged))
        JZ_TRY(jz_home_ledger_note(home, log, err));
    return st;
}

static int run_seal(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    jz_auto(char) *home = NULL;
    jz_cms_key keys[2];
    jz_seal_result r = { .items = 0 };
    meter m = meter_new();
    jz_seal_opts o = { .allow_defects = !arg_strict,
                       .keys = keys,
                       .by = jz_case_actor(),
                       .bag = { .progress = on_bytes, .user = &m } };
    if (argc != 1 || arg_output == NULL)
        return jz_out_wanted("jz bag seal", "one case and -o DIR are wanted");
    if (check_seal_options(keys, &o.n_keys, &err) != JZ_OK)
        return jz_out_usage("jz bag seal", &err);
    o.facts = facts;
    if (arg_tsa != NULL) {
        o.send = jz_tsa_curl;
        o.send_user = &arg_tsa;
    }
    jz_status st = jz_home_find(jz_case_home, &home, &err);
    if (st == JZ_OK)
        st = jz_case_reach(argv[0], &cases, id, &err);
    if (st == JZ_OK)
        st = seal(home, cases, id, &o, &r, &err);
    meter_end(&m);
    if (st != JZ_OK)
        return jz_out_error(&err);
    say_sealed(&r);
    return jz_out_close(r.unstamped.code != JZ_OK ? JZ_EXIT_NO : JZ_EXIT_YES);
}

static const jz_opt seal_options[] = {
    { 'o', "output", JZ_OPT_STR, &arg_output, "DIR", "the bag's folder, which must not be there" },
    { 0, "key", JZ_OPT_STR, &arg_key, "PEM", "sign with this key" },
    { 0, "cert", JZ_OPT_STR, &arg_cert, "PEM", "and its certificate" },
    { 0, "second-key", JZ_OPT_STR, &arg_second_key, "PEM", "a second person signs too" },
    { 0, "second-cert", JZ_OPT_STR, &arg_second_cert, "PEM", "likewise" },
    { 0, "tsa", JZ_OPT_STR, &arg_tsa, "URL", "a time-stamping authority (RFC 3161)" },
    { 0, "no-ledger", JZ_OPT_FLAG, &arg_no_ledger, NULL, "without a proof of the ledger" },
    { 0, "collector", JZ_OPT_STR, &arg_collector, "PERSON", "who extracted it" },
    { 0, "second-collector", JZ_OPT_STR, &arg_second, "PERSON",
      "the second one; the law wants two" },
    { 0, "witness", JZ_OPT_STR, &facts.witness, "PERSON", "who saw it" },
    { 0, "no-witness", JZ_OPT_STR, &facts.no_witness_reason, "TEXT", "why nobody did" },
    { 0, "standard", JZ_OPT_STR, &facts.standard, "TEXT", "by which it was done" },
    { 0, "not-original", JZ_OPT_STR, &facts.why_not_original, "TEXT",
      "why the original medium was not seized" },
    { 0, "organization", JZ_OPT_STR, &facts.organization, "TEXT", "who keeps the evidence" },
    { 0, "cause", JZ_OPT_STR, &facts.cause, "TEXT", "cause of the case" },
    { 0, "place", JZ_OPT_STR, &facts.place, "TEXT", "where" },
    { 0, "authority", JZ_OPT_STR, &facts.authority, "TEXT", "who asked for it" },
    { 0, "document", JZ_OPT_STR, &facts.document, "NUMBER", "of the paper by which" },
    { 0, "process", JZ_OPT_STR, &facts.process, "TEXT", "how it was done, in words" },
    { 0, "strict", JZ_OPT_FLAG, &arg_strict, NULL, "refuse a record with defects" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object on stdout" },
    { 'q', "quiet", JZ_OPT_FLAG, &arg_quiet, NULL, "no progress on stderr" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

static const jz_cmd seal_cmd = {
    .name = "seal",
    .usage = "[options] CASE -o DIR",
    .summary = "seal a case into an evidence bag",
    .details =
        "CASE is an id, its first 8 digits or more, or a name. Without --key the bag is not\n"
        "signed, without --tsa not stamped. What the law wants of the record and the options\n"
        "do not say is told, and recorded in the bag. Exit 1: sealed, but no stamp was got.\n",
    .opts = seal_options,
    .run = run_seal,
};

/* ---- verify ---- */

static void print_seal(const char *name, const jz_seal_judgement *j)
{
    printf("%-10s %-9s  %s\n", name, jz_seal_verdict_name(j->verdict), j->proves);
}

static void print_finding(const jz_bag_finding *f)
{
    static const char *const levels[] = { "note", "unchecked", "FAULT" };
    JZ_BUF_AUTO name = { 0 };
    jz_text_path(&name, f->file, strlen(f->file));
    printf("  %s  %s  %s: %s\n", levels[f->level], name.ptr != NULL ? name.ptr : "", f->what,
           f->why);
}

static void print_judgement(const jz_bag_judgement *j)
{
    const jz_bag_report *c = &j->contents;
    printf("%-10s %-9s  %" PRIu64 " files, %" PRIu64 " bytes, %" PRIu64 " faults\n", "contents",
           c->holds ? "holds" : "broken", c->files, c->bytes, c->faults);
    for (size_t i = 0; i < c->n; i++)
        print_finding(&c->finding[i]);
    print_seal("signature", &j->signature);
    print_seal("time stamp", &j->stamp);
    if (j->stamp_sm3.verdict != JZ_SEAL_ABSENT)
        print_seal("SM3 stamp", &j->stamp_sm3);
    print_seal("ledger", &j->proof);
    if (j->reseals > 0)
        print_seal("reseal", &j->reseal);
    printf("%-10s %s\n", "the bag",
           !j->holds    ? "DOES NOT HOLD"
           : !c->own    ? "is whole by RFC 8493, but is no evidence bag, and nobody vouches for it"
           : j->vouched ? "HOLDS"
                        : "is whole, but nobody known vouches for it: give --ca or --policy");
}

static void put_seal(jz_json *j, const char *key, const jz_seal_judgement *s)
{
    jz_json_key(j, key);
    jz_json_begin_object(j);
    jz_json_put_str(j, "verdict", jz_seal_verdict_name(s->verdict));
    jz_json_put_str(j, "message", s->proves);
    jz_json_put_time(j, "time", s->at_us);
    jz_json_end_object(j);
}

static void print_judgement_json(const char *dir, const jz_bag_judgement *v)
{
    static const char *const levels[] = { "note", "unchecked", "fault" };
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "path", dir);
    jz_json_put_bool(&j, "holds", v->holds);
    jz_json_put_bool(&j, "vouched", v->vouched);
    jz_json_key(&j, "contents");
    jz_json_begin_object(&j);
    jz_json_put_bool(&j, "holds", v->contents.holds);
    jz_json_put_str(&j, "profile", v->contents.own ? JZ_BAG_PROFILE : NULL);
    jz_json_put_u64(&j, "files", v->contents.files);
    jz_json_put_u64(&j, "bytes", v->contents.bytes);
    jz_json_put_u64(&j, "faults", v->contents.faults);
    jz_json_key(&j, "findings");
    jz_json_begin_array(&j);
    for (size_t i = 0; i < v->contents.n; i++) {
        const jz_bag_finding *f = &v->contents.finding[i];
        jz_json_begin_object(&j);
        jz_json_put_str(&j, "level", levels[f->level]);
        jz_json_put_str(&j, "file", f->file);
        jz_json_put_u64(&j, "line", f->line);
        jz_json_put_str(&j, "what", f->what);
        jz_json_put_str(&j, "why", f->why);
        jz_json_end_object(&j);
    }
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    put_seal(&j, "signature", &v->signature);
    put_seal(&j, "stamp", &v->stamp);
    put_seal(&j, "stamp_sm3", &v->stamp_sm3);
    put_seal(&j, "ledger", &v->proof);
    put_seal(&j, "reseal", &v->reseal);
    jz_json_end_object(&j);
    jz_out_line(&line);
}

static jz_status read_policy(jz_policy **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    if (arg_policy == NULL)
        return JZ_OK;
    JZ_TRY(jz_file_read(arg_policy, FILE_MAX, &text, err));
    JZ_TRY_CTX(jz_policy_parse((jz_bytes){ (const uint8_t *)text.ptr, text.len }, out, err), err,
               "%s", arg_policy);
    return JZ_OK;
}

static int run_verify(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_auto(jz_policy) *policy = NULL;
    jz_bag_judgement v = { .holds = false };
    meter m = meter_new();
    if (argc != 1)
        return jz_out_wanted("jz bag verify", "one bag's folder is wanted");
    if (read_policy(&policy, &err) != JZ_OK)
        return jz_out_error(&err);
    const jz_judge_opts o = { .ca_file = arg_ca,
                              .tsa_file = arg_tsa_ca,
                              .policy = policy,
                              .bag = { .progress = on_bytes, .user = &m } };
    const jz_status st = jz_bag_judge(argv[0], &o, &v, &err);
    meter_end(&m);
    int code = v.holds ? JZ_EXIT_YES : JZ_EXIT_NO;
    if (st != JZ_OK)
        code = jz_out_error(&err);
    else if (arg_json)
        print_judgement_json(argv[0], &v);
    else
        print_judgement(&v);
    jz_bag_report_done(&v.contents);
    return jz_out_close(code);
}

static const jz_opt verify_options[] = {
    { 0, "ca", JZ_OPT_STR, &arg_ca, "PEM", "whose signatures are believed" },
    { 0, "tsa-ca", JZ_OPT_STR, &arg_tsa_ca, "PEM", "whose time stamps are believed [--ca]" },
    { 0, "policy", JZ_OPT_STR, &arg_policy, "FILE", "which logs and witnesses are (tlog-policy)" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object on stdout" },
    { 'q', "quiet", JZ_OPT_FLAG, &arg_quiet, NULL, "no progress on stderr" },
    { 0 },
};

static const jz_cmd verify_cmd = {
    .name = "verify",
    .usage = "[options] DIR",
    .summary = "check a bag's contents and all its seals",
    .details =
        "The certificates and keys in the bag prove nothing: take those of --ca, --tsa-ca and\n"
        "--policy from their publishers. Exit 0 only where the contents hold, no seal is\n"
        "broken and, with any of these three, one seal at least is by someone in them.\n"
        "Without them a whole bag exits 0 too, and the last line says what that is worth.\n",
    .opts = verify_options,
    .run = run_verify,
};

/* ---- stamp ---- */

static jz_status stamp(const char *dir, jz_err *err)
{
    JZ_BUF_AUTO reply = { 0 };
    if (arg_tsa != NULL)
        return jz_stamp(dir, JZ_TSA_SHA256, jz_tsa_curl, &arg_tsa, err);
    if (arg_reply == NULL)
        return jz_stamp_request(dir, JZ_TSA_SHA256, err);
    JZ_TRY(jz_file_read(arg_reply, JZ_TSA_REPLY_MAX, &reply, err));
    return jz_stamp_accept(dir, JZ_TSA_SHA256, (jz_bytes){ (const uint8_t *)reply.ptr, reply.len },
                           err);
}

static int run_stamp(int argc, char **argv)
{
    jz_err err = { 0 };
    if (argc != 1 || (arg_tsa != NULL && arg_reply != NULL))
        return jz_out_wanted("jz bag stamp",
                             "one bag's folder is wanted, and --tsa, --reply or neither");
    if (stamp(argv[0], &err) != JZ_OK)
        return jz_out_error(&err);
    if (arg_tsa == NULL && arg_reply == NULL)
        printf("%s/seal/tagmanifest.tsq\n", argv[0]);
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt stamp_options[] = {
    { 0, "tsa", JZ_OPT_STR, &arg_tsa, "URL", "ask this time-stamping authority (RFC 3161)" },
    { 0, "reply", JZ_OPT_STR, &arg_reply, "FILE", "take in a reply that was carried by hand" },
    { 0 },
};

static const jz_cmd stamp_cmd = {
    .name = "stamp",
    .usage = "[options] DIR",
    .summary = "stamp a bag that is unstamped",
    .details = "With neither option, writes a request to be carried to an authority by hand, and\n"
               "prints its path.\n",
    .opts = stamp_options,
    .run = run_stamp,
};

/* ---- export, reseal, destroy ---- */

/* What the three share: cases, and the ledger that gets what was done. */
typedef struct place {
    char *home;
    jz_cases *cases;
    jz_log *log;
    jz_vkey vkey;
} place;

static void place_done(place *p)
{
    jz_log_close(p->log);
    jz_cases_close(p->cases);
    jz_free(p->home);
}

static jz_status place_open(place *p, jz_err *err)
{
    JZ_TRY(jz_home_find(jz_case_home, &p->home, err));
    JZ_TRY(jz_cases_open(p->home, false, &p->cases, err));
    return jz_home_ledger_open(p->home, true, &p->log, &p->vkey, err);
}

static jz_status place_anchor(place *p, jz_err *err)
{
    uint64_t n = 0;
    JZ_TRY(jz_case_anchor(p->cases, p->log, &n, err));
    return jz_home_ledger_note(p->home, p->log, err);
}

static int end_of(place *p, jz_status st, const jz_err *err)
{
    place_done(p);
    return st == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(err);
}

static int run_export(int argc, char **argv)
{
    jz_err err = { 0 };
    place p = { .home = NULL };
    if (argc != 1 || arg_output == NULL || arg_to == NULL)
        return jz_out_wanted("jz bag export", "one bag's folder, -o FILE and --to are wanted");
    jz_status st = place_open(&p, &err);
    if (st == JZ_OK)
        st = jz_bag_export(p.cases, argv[0], arg_output, arg_recipient, arg_to, jz_case_actor(),
                           &err);
    if (st == JZ_OK)
        st = place_anchor(&p, &err);
    return end_of(&p, st, &err);
}

static int run_reseal(int argc, char **argv)
{
    jz_err err = { 0 };
    place p = { .home = NULL };
    unsigned n = 0;
    if (argc != 1 || arg_tsa == NULL)
        return jz_out_wanted("jz bag reseal", "one bag's folder and --tsa are wanted");
    jz_status st = place_open(&p, &err);
    if (st == JZ_OK)
        st = jz_bag_reseal(p.cases, argv[0], jz_tsa_curl, &arg_tsa, jz_case_actor(), &n, &err);
    if (st == JZ_OK)
        st = place_anchor(&p, &err);
    if (st == JZ_OK)
        printf("%s/seal/reseal-%u.sums\n", argv[0], n);
    return end_of(&p, st, &err);
}

static int run_destroy(int argc, char **argv)
{
    jz_err err = { 0 };
    place p = { .home = NULL };
    if (argc != 1 || arg_authority == NULL || arg_reason == NULL)
        return jz_out_wanted("jz bag destroy",
                             "one bag's folder, --authority and --reason are wanted");
    jz_status st = place_open(&p, &err);
    if (st == JZ_OK)
        st = jz_bag_destroy(p.cases, p.log, argv[0], arg_authority, arg_reason, jz_case_actor(),
                            &err);
    if (st == JZ_OK)
        st = jz_home_ledger_note(p.home, p.log, &err);
    return end_of(&p, st, &err);
}

static const jz_opt export_options[] = {
    { 'o', "output", JZ_OPT_STR, &arg_output, "FILE", "a zip file; must not be there" },
    { 0, "to", JZ_OPT_STR, &arg_to, "PERSON", "who gets it; goes into the record" },
    { 0, "recipient", JZ_OPT_STR, &arg_recipient, "PEM", "encrypt it for this certificate (CMS)" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt reseal_options[] = {
    { 0, "tsa", JZ_OPT_STR, &arg_tsa, "URL", "a time-stamping authority (RFC 3161)" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};
static const jz_opt destroy_options[] = {
    { 0, "authority", JZ_OPT_STR, &arg_authority, "NAME", "who orders it" },
    { 0, "reason", JZ_OPT_STR, &arg_reason, "TEXT", "why" },
    JZ_CASE_BY_OPT,
    JZ_CASE_HOME_OPT,
    { 0 },
};

static const jz_cmd export_cmd = {
    .name = "export",
    .usage = "[options] DIR -o FILE --to PERSON",
    .summary = "hand a bag over as one file",
    .details = "Decrypt with: openssl cms -decrypt -inform DER -in FILE -inkey KEY -out bag.zip\n",
    .opts = export_options,
    .run = run_export,
};
static const jz_cmd reseal_cmd = {
    .name = "reseal",
    .usage = "[options] DIR --tsa URL",
    .summary = "stamp all seals of a bag again, before they grow old",
    .opts = reseal_options,
    .run = run_reseal,
};
static const jz_cmd destroy_cmd = {
    .name = "destroy",
    .usage = "[options] DIR --authority NAME --reason TEXT",
    .summary = "remove a bag; the record and the ledger keep that it was there",
    .details = "Refused while a hold of its case is in force.\n",
    .opts = destroy_options,
    .run = run_destroy,
};

static const jz_cmd *const rows[] = { &seal_cmd,   &verify_cmd,  &stamp_cmd, &export_cmd,
                                      &reseal_cmd, &destroy_cmd, NULL };

const jz_cmd jz_cmd_bag = { .name = "bag",
                            .usage = "COMMAND [options] ...",
                            .summary = "evidence bags that stock tools can verify",
                            .sub = rows };
