/* SPDX-License-Identifier: Apache-2.0 */
/* jz case show: the counts, the holds, the items and the record of a case. */
#include "cli/cmd_case.h"

#include "base/file.h"
#include "cli/out.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool arg_items, arg_record, arg_json;

/* ---- for people ---- */

static void print_tally(const char *what, const char *reference, const jz_case_tally *t)
{
    printf("%s%s%s\n", what, reference[0] != '\0' ? " " : "", reference);
    printf("  items    %" PRIu64 ", %" PRIu64 " files of different bytes\n", t->items, t->files);
    printf("  works    %" PRIu64 ": %" PRIu64 " pictures, %" PRIu64 " videos, %" PRIu64 " others\n",
           t->works, t->images, t->videos, t->works - t->images - t->videos);
    printf("  groups   %" PRIu64 ", %" PRIu64 " members; %" PRIu64 " accounts\n", t->groups,
           t->members, t->accounts);
    for (size_t i = 0; i < t->sums; i++) {
        const jz_case_sum *s = &t->sum[i];
        const int64_t units = jz_case_units(s->currency);
        const int digits = units == 1 ? 0 : units == 100 ? 2 : 3;
        printf("  proceeds %" PRId64, s->amount / units);
        if (digits > 0)
            printf(".%0*" PRId64, digits, s->amount % units);
        printf(" %s\n", s->currency);
    }
}

static jz_status print_person(void *user, const jz_case_person *p, jz_err *err)
{
    (void)user;
    (void)err;
    print_tally(p->victim ? "victim" : "accused", p->reference, &p->tally);
    return JZ_OK;
}

static jz_status print_hold(void *user, const jz_case_hold *h, jz_err *err)
{
    char from[32];
    char until[32];
    (void)user;
    (void)err;
    printf("hold %" PRId64 "  %s  %s  from %s until %s%s\n", h->number, h->authority, h->document,
           jz_time_text(h->from_us, from, sizeof from),
           h->until_us != 0 ? jz_time_text(h->until_us, until, sizeof until) : "it is released",
           h->released_us != 0 ? "  (released)" : "");
    return JZ_OK;
}

static jz_status print_item(void *user, const jz_case_item *i, jz_err *err)
{
    (void)user;
    (void)err;
    printf("E-%04" PRId64 "  %-5s  %12" PRIu64 "  %s\n", i->number, i->kind, i->exact.bytes,
           i->name);
    return JZ_OK;
}

static jz_status print_event(void *user, const jz_case_event *e, jz_err *err)
{
    char at[32];
    (void)user;
    (void)err;
    printf("%s  %s  %s  %s\n", jz_time_text(e->at_us, at, sizeof at), e->by, e->kind, e->detail);
    return JZ_OK;
}

static jz_status print_text(jz_cases *cases, const char *id, jz_err *err)
{
    jz_case_tally all;
    printf("case %s\n", id);
    JZ_TRY(jz_case_count(cases, id, &all, NULL, NULL, err));
    print_tally("all", "", &all);
    JZ_TRY(jz_case_count(cases, id, &all, print_person, NULL, err));
    JZ_TRY(jz_case_holds(cases, id, print_hold, NULL, err));
    if (arg_items)
        JZ_TRY(jz_case_items(cases, id, print_item, NULL, err));
    if (arg_record)
        JZ_TRY(jz_case_events(cases, id, print_event, NULL, err));
    return JZ_OK;
}

/* ---- for programs ---- */

static void put_tally(jz_json *j, const jz_case_tally *t)
{
    jz_json_put_u64(j, "items", t->items);
    jz_json_put_u64(j, "files", t->files);
    jz_json_put_u64(j, "works", t->works);
    jz_json_put_u64(j, "images", t->images);
    jz_json_put_u64(j, "videos", t->videos);
    jz_json_put_u64(j, "groups", t->groups);
    jz_json_put_u64(j, "members", t->members);
    jz_json_put_u64(j, "accounts", t->accounts);
    jz_json_key(j, "proceeds");
    jz_json_begin_object(j); /* in each currency's smallest unit */
    for (size_t i = 0; i < t->sums; i++) {
        jz_json_key(j, t->sum[i].currency);
        jz_json_i64(j, t->sum[i].amount);
    }
    jz_json_end_object(j);
}

static jz_status put_person(void *user, const jz_case_person *p, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "role", p->victim ? "victim" : "accused");
    jz_json_put_str(j, "reference", p->reference);
    put_tally(j, &p->tally);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_hold(void *user, const jz_case_hold *h, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "hold", h->number);
    jz_json_put_str(j, "authority", h->authority);
    jz_json_put_str(j, "document", h->document);
    jz_json_put_str(j, "by", h->by);
    jz_json_put_str(j, "with", h->with);
    jz_json_put_time(j, "from", h->from_us);
    jz_json_put_time(j, "until", h->until_us);
    jz_json_put_time(j, "released", h->released_us);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_item(void *user, const jz_case_item *i, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "item", i->number);
    jz_json_put_str(j, "name", i->name);
    jz_json_put_str(j, "kind", i->kind);
    jz_json_put_str(j, "format", i->format);
    jz_json_put_str(j, "source", i->source);
    jz_json_put_str(j, "method", i->method);
    jz_json_put_time(j, "captured", i->captured_us);
    jz_json_put_u64(j, "bytes", i->exact.bytes);
    jz_json_put_hex(j, "sha256", i->exact.sha256, sizeof i->exact.sha256);
    jz_json_put_hex(j, "sm3", i->exact.sm3, sizeof i->exact.sm3);
    jz_json_put_hex(j, "md5", i->exact.md5, sizeof i->exact.md5);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_event(void *user, const jz_case_event *e, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_time(j, "at", e->at_us);
    jz_json_put_str(j, "by", e->by);
    jz_json_put_str(j, "kind", e->kind);
    jz_json_key(j, "detail");
    jz_json_raw(j, e->detail, strlen(e->detail));
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status print_json(jz_cases *cases, const char *id, jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    JZ_BUF_AUTO persons = { 0 };
    jz_case_tally all;
    jz_json p = { .out = &persons };
    jz_json_begin_array(&p);
    JZ_TRY(jz_case_count(cases, id, &all, put_person, &p, err));
    jz_json_end_array(&p);
    JZ_TRY(jz_buf_check(&persons, err));
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "id", id);
    put_tally(&j, &all);
    jz_json_key(&j, "persons");
    jz_json_raw(&j, persons.ptr, persons.len);
    jz_json_key(&j, "holds");
    jz_json_begin_array(&j);
    JZ_TRY(jz_case_holds(cases, id, put_hold, &j, err));
    jz_json_end_array(&j);
    if (arg_items) {
        jz_json_key(&j, "listed");
        jz_json_begin_array(&j);
        JZ_TRY(jz_case_items(cases, id, put_item, &j, err));
        jz_json_end_array(&j);
    }
    if (arg_record) {
        jz_json_key(&j, "record");
        jz_json_begin_array(&j);
        JZ_TRY(jz_case_events(cases, id, put_event, &j, err));
        jz_json_end_array(&j);
    }
    jz_json_end_object(&j);
    jz_out_line(&line);
    return JZ_OK;
}

static int run_show(int argc, char **argv)
{
    jz_err err = { 0 };
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    if (argc != 1) {
        jz_err_set(&err, JZ_E_INVAL, "one case is wanted");
        return jz_out_usage("jz case show", &err);
    }
    if (jz_case_reach(argv[0], &cases, id, &err) != JZ_OK ||
        (arg_json ? print_json : print_text)(cases, id, &err) != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(JZ_EXIT_YES);
}

static const jz_opt options[] = {
    { 0, "items", JZ_OPT_FLAG, &arg_items, NULL, "also every item" },
    { 0, "record", JZ_OPT_FLAG, &arg_record, NULL, "also everything that was done" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "as one JSON object" },
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_case_show = {
    .name = "show",
    .usage = "[options] CASE",
    .summary = "count works, copies, groups, members and sums, in all and per person",
    .details = "CASE is an id, its first 8 digits or more, or a name. A work is what a perceptual\n"
               "hash cannot tell apart, however many copies of it there are.\n",
    .opts = options,
    .run = run_show,
};
