/* SPDX-License-Identifier: Apache-2.0 */
/* The queue, claims, and what can be undone. */
#include "serve/routes.h"

#include "base/file.h"
#include "govern/exposure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_words[] = { "complaint", "decision", "measure", NULL };

/* ---- the queue ---- */

typedef struct queue_writer {
    jz_json *j;
    int64_t n;
    jz_review_place last;
} queue_writer;

static jz_status put_row(void *user, const jz_review_row *r, jz_err *err)
{
    queue_writer *w = user;
    jz_json *j = w->j;
    (void)err;
    w->n++;
    w->last = r->place;
    jz_json_begin_object(j);
    jz_json_put_str(j, "object", r->object);
    jz_json_put_str(j, "kind", jz_review_kind_name(r->kind));
    jz_json_put_str(j, "state", r->state);
    jz_json_put_str(j, "category", r->category);
    jz_json_put_str(j, "role", r->role);
    jz_json_put_str(j, "jurisdiction", r->jurisdiction);
    jz_json_put_i64(j, "score", r->score);
    jz_json_put_time(j, "since", r->since_us);
    jz_json_put_time(j, "due", r->due_us);
    jz_json_put_bool(j, "hot", r->hot);
    jz_json_put_i64(j, "items", r->items);
    jz_json_put_i64(j, "folded", r->folded);
    jz_json_put_str(j, "holder", r->holder[0] != '\0' ? r->holder : NULL);
    jz_json_put_time(j, "claimed_until", r->until_us);
    jz_json_put_bool(j, "second_opinion", r->second);
    jz_json_put_bool(j, "passed", r->passed);
    jz_json_put_bool(j, "pending", r->pending);
    jz_json_end_object(j);
    return JZ_OK;
}

/* How much waits, with the first page: it is counted each time. */
static jz_status put_waiting(jz_api_call *c, const char *by, jz_json *j, jz_err *err)
{
    jz_json_key(j, "waiting");
    jz_json_begin_object(j);
    for (unsigned i = 0; kind_words[i] != NULL; i++) {
        int64_t n = 0;
        JZ_TRY(jz_review_count(c->api->g, 1U << i, by, &n, err));
        jz_json_put_i64(j, kind_words[i], n);
    }
    jz_json_end_object(j);
    return JZ_OK;
}

/* A place as a word: its seven numbers. */
static void put_place(jz_json *j, const jz_review_place *p)
{
    char text[160];
    (void)snprintf(text, sizeof text,
                   "%" PRId64 ".%" PRId64 ".%" PRId64 ".%" PRId64 ".%" PRId64 ".%" PRId64
                   ".%" PRId64,
                   p->at_us, p->cold, p->due_us, p->score, p->since_us, p->kind, p->row);
    jz_json_put_str(j, "next", text);
}

static jz_status read_place(const char *text, jz_review_place *p, jz_err *err)
{
    int64_t *const part[] = { &p->at_us,    &p->cold, &p->due_us, &p->score,
                              &p->since_us, &p->kind, &p->row };
    for (size_t i = 0; i < JZ_ARRAY_LEN(part); i++) {
        uint64_t n = 0;
        const size_t len = strspn(text, "0123456789");
        const char end = text[len];
        for (size_t k = 0; k < len && k < 19; k++)
            n = n * 10 + (uint64_t)(text[k] - '0');
        if (len == 0 || len > 19 || n > INT64_MAX ||
            end != (i + 1 < JZ_ARRAY_LEN(part) ? '.' : '\0'))
            return JZ_FAIL(err, JZ_E_INVAL, "after: that is no place in the queue");
        *part[i] = (int64_t)n;
        text += len + 1;
    }
    return p->cold <= 1 && p->score <= INT16_MAX
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_INVAL, "after: that is no place in the queue");
}

static jz_status put_rows(jz_api_call *c, const jz_review_filter *f, const char *by, jz_json *j,
                          jz_err *err)
{
    queue_writer w = { .j = j };
    jz_json_begin_object(j);
    jz_json_put_time(j, "now", jz_govern_now_us(c->api->g));
    jz_json_put_str(j, "you", by);
    if (f->after == NULL)
        JZ_TRY(put_waiting(c, by, j, err));
    jz_json_key(j, "rows");
    jz_json_begin_array(j);
    JZ_TRY(jz_review_list(c->api->g, f, by, put_row, &w, err));
    jz_json_end_array(j);
    if (w.n == f->limit) /* perhaps there are more */
        put_place(j, &w.last);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status read_kind(const char *word, unsigned *kinds, jz_err *err)
{
    *kinds = 0;
    for (unsigned i = 0; kind_words[i] != NULL; i++)
        if (strcmp(kind_words[i], word) == 0)
            *kinds = 1U << i;
    if (*kinds == 0 && word[0] != '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "there is no kind '%s'", word);
    return JZ_OK;
}

jz_status jz_route_queue(jz_api_call *c, jz_err *err)
{
    char word[16], category[32], by[80], after[160];
    uint64_t limit = 0, mine = 0;
    jz_review_place place = { 0 };
    jz_review_filter f = { 0 };
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_api_argument_text(c, "kind", word, sizeof word, err));
    JZ_TRY(jz_api_argument_text(c, "category", category, sizeof category, err));
    JZ_TRY(jz_api_argument_text(c, "after", after, sizeof after, err));
    JZ_TRY(jz_api_argument_u64(c, "limit", 100, &limit, err));
    JZ_TRY(jz_api_argument_u64(c, "mine", 0, &mine, err));
    JZ_TRY(read_kind(word, &f.kinds, err));
    if (limit == 0 || limit > 1000)
        return JZ_FAIL(err, JZ_E_INVAL, "limit is 1 to 1000");
    f.category = category;
    if (after[0] != '\0')
        JZ_TRY(read_place(after, &place, err));
    f.after = after[0] != '\0' ? &place : NULL;
    f.limit = (int64_t)limit;
    jz_api_actor(c, by, sizeof by);
    f.holder = mine != 0 ? by : NULL;
    return put_rows(c, &f, by, &j, err);
}

typedef struct sent_next {
    int kind;
    char category[32];
    bool lighter;
} sent_next;

const jz_field jz_queue_next_fields[] = {
    { .key = "kind",
      .kind = JZ_FIELD_WORD,
      .optional = true,
      .at = offsetof(sent_next, kind),
      .words = kind_words },
    { .key = "category",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = offsetof(sent_next, category),
      .size = 32 },
    { .key = "lighter",
      .kind = JZ_FIELD_BOOL,
      .optional = true,
      .at = offsetof(sent_next, lighter) },
    { 0 },
};

static void put_object(jz_api_call *c, const char *object)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "object", object);
    jz_json_end_object(&j);
}

jz_status jz_route_queue_next(jz_api_call *c, jz_err *err)
{
    char object[JZ_REVIEW_OBJECT], by[80];
    jz_wellbeing w;
    sent_next s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    const jz_review_filter f = { .kinds = s.kind != 0 ? 1U << (s.kind - 1) : 0,
                                 .category = s.category };
    jz_api_actor(c, by, sizeof by);
    if (c->key.staff) {
        JZ_TRY(jz_wellbeing_read(c->api->opts.home, &w, err));
        JZ_TRY(jz_exposure_next(c->api->g, &w, &f, s.lighter, by, object, err));
    } else {
        JZ_TRY(jz_review_next(c->api->g, &f, by, object, err));
    }
    put_object(c, object);
    return JZ_OK;
}

/* ---- claims ---- */

typedef struct sent_claim {
    char object[JZ_REVIEW_OBJECT], to[80], reason[JZ_GOVERN_TEXT_MAX];
    int act;
} sent_claim;

static const char *const act_words[] = { "extend", "release", "skip", "hand", "second", NULL };

#define OBJECT                                                                                     \
    {                                                                                              \
        .key = "object", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_claim, object),                \
        .size = JZ_REVIEW_OBJECT                                                                   \
    }
const jz_field jz_claim_fields[] = { OBJECT, { 0 } };
const jz_field jz_claim_act_fields[] = {
    OBJECT,
    { .key = "act", .kind = JZ_FIELD_WORD, .at = offsetof(sent_claim, act), .words = act_words },
    { .key = "to",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = offsetof(sent_claim, to),
      .size = 80 },
    { .key = "reason",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = offsetof(sent_claim, reason),
      .size = JZ_GOVERN_TEXT_MAX },
    { 0 },
};

jz_status jz_route_claim(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_claim s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_review_claim(c->api->g, s.object, jz_api_actor(c, by, sizeof by), err));
    put_object(c, s.object);
    return JZ_OK;
}

typedef struct finder {
    const char *name;
    bool found;
} finder;

static jz_status find_staff(void *user, const jz_api_key *k, jz_err *err)
{
    finder *f = user;
    (void)err;
    f->found |= k->staff && k->revoked_us == 0 && strcmp(k->name, f->name) == 0 &&
                (k->role & (JZ_ROLE_MODERATOR | JZ_ROLE_SUPERVISOR | JZ_ROLE_ADMIN)) != 0;
    return JZ_OK;
}

/* To whom something is handed must be able to take it. */
static jz_status check_to(jz_api_call *c, const sent_claim *s, jz_err *err)
{
    static const char prefix[] = "staff:";
    finder f = { .name = s->to + sizeof prefix - 1 };
    if ((jz_review_act)s->act != JZ_REVIEW_HAND)
        return JZ_OK;
    if (strncmp(s->to, prefix, sizeof prefix - 1) == 0)
        JZ_TRY(jz_keys_each(c->api->g, find_staff, &f, err));
    return f.found ? JZ_OK : JZ_FAIL(err, JZ_E_INVAL, "there is nobody '%s' who decides", s->to);
}

jz_status jz_route_claim_act(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_claim s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(check_to(c, &s, err));
    /* The words are the acts, in their order. */
    JZ_TRY(jz_review_do(c->api->g, s.object, (jz_review_act)s.act, s.to, s.reason,
                        jz_api_actor(c, by, sizeof by), err));
    put_object(c, s.object);
    return JZ_OK;
}

/* ---- what can be undone ---- */

static jz_status put_pending(void *user, const jz_pending *p, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "pending", p->number);
    jz_json_put_str(j, "object", p->object);
    jz_json_put_time(j, "at", p->made_us);
    jz_json_put_time(j, "until", p->due_us);
    jz_json_put_str(j, "error", p->error[0] != '\0' ? p->error : NULL);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_pending(jz_api_call *c, jz_err *err)
{
    char by[80];
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "pending");
    jz_json_begin_array(&j);
    JZ_TRY(jz_pending_list(c->api->g, jz_api_actor(c, by, sizeof by), put_pending, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_undo(jz_api_call *c, jz_err *err)
{
    char by[80];
    int64_t number = 0;
    const size_t len = strlen(c->param[0]);
    if (len > 18 || strspn(c->param[0], "0123456789") != len)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such thing to undo");
    for (size_t i = 0; i < len; i++)
        number = number * 10 + (c->param[0][i] - '0');
    JZ_TRY(jz_pending_undo(c->api->g, number, jz_api_actor(c, by, sizeof by), err));
    jz_buf_puts(&c->reply->body, "{\"done\":\"undone\"}");
    return JZ_OK;
}
