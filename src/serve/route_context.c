/* SPDX-License-Identifier: Apache-2.0 */
/* What a page shows beside what is decided: items with what else is known of them, the record, who
 * there is, the operator's clauses. */
#include "serve/routes.h"

#include "base/alloc.h"
#include "base/file.h"
#include "govern/exposure.h"

#include <jz/complaint.h>

#include <string.h>

#define POLICIES_MAX ((size_t)1 << 20)

/* ---- items ---- */

typedef struct item_writer {
    jz_json j;
    jz_govern *g;
    const char *id;
    jz_repeat repeat; /* row 0: none */
} item_writer;

/* Beside a repeat, no measures: they say what was decided. */
static jz_status put_sibling(void *user, const jz_sibling *s, jz_err *err)
{
    const item_writer *w = user;
    jz_json *j = &((item_writer *)user)->j;
    (void)err;
    if (w->repeat.row != 0 && s->complaint == NULL)
        return JZ_OK;
    jz_json_begin_object(j);
    jz_json_put_str(j, "complaint", s->complaint);
    jz_json_put_str(j, "decision", s->decision);
    jz_json_put_str(j, "measure", s->kind);
    jz_json_put_str(j, "state", s->state);
    jz_json_put_time(j, "at", s->at_us);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_item(void *user, const jz_complaint_item *i, jz_err *err)
{
    item_writer *w = user;
    jz_json *j = &w->j;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "number", i->number);
    jz_json_put_str(j, "url", i->url);
    jz_json_put_str(j, "note", i->note);
    if (i->sha256 != NULL)
        jz_json_put_hex(j, "sha256", i->sha256, 32);
    if (i->pdq != NULL)
        jz_json_put_hex(j, "pdq", i->pdq, 32);
    jz_json_key(j, "siblings");
    jz_json_begin_array(j);
    JZ_TRY(jz_review_siblings(w->g, w->id, i->sha256, i->url, put_sibling, w, err));
    jz_json_end_array(j);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_items(jz_api_call *c, jz_err *err)
{
    char id[JZ_COMPLAINT_ID_SIZE];
    item_writer w = { .j = { .out = &c->reply->body }, .g = c->api->g, .id = id };
    JZ_TRY(jz_api_complaint(c, c->param[0], id, &w.repeat, err));
    jz_json_begin_object(&w.j);
    jz_json_key(&w.j, "items");
    jz_json_begin_array(&w.j);
    JZ_TRY(jz_complaint_items(c->api->g, id, put_item, &w, err));
    jz_json_end_array(&w.j);
    jz_json_end_object(&w.j);
    return JZ_OK;
}

/* ---- items of others that are like its own ---- */

static jz_status put_like(void *user, const jz_like *l, jz_err *err)
{
    item_writer *w = user;
    jz_json *j = &w->j;
    const bool own = strcmp(l->complaint, w->id) == 0;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "item", l->item);
    jz_json_put_str(j, "complaint", own ? NULL : l->complaint);
    jz_json_put_i64(j, "number", l->number);
    jz_json_put_str(j, "match", l->match);
    jz_json_put_u64(j, "bits", l->bits);
    jz_json_put_str(j, "url", l->url);
    if (l->sha256 != NULL)
        jz_json_put_hex(j, "sha256", l->sha256, 32);
    jz_json_put_str(j, "state", own ? NULL : l->state); /* a repeat's own is not told */
    jz_json_put_str(j, "category", l->category);
    jz_json_put_str(j, "holder", l->holder[0] != '\0' && !own ? l->holder : NULL);
    jz_json_put_time(j, "since", l->since_us);
    jz_json_put_time(j, "due", own ? 0 : l->due_us);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_likes(jz_api_call *c, jz_err *err)
{
    char id[JZ_COMPLAINT_ID_SIZE];
    item_writer w = { .j = { .out = &c->reply->body }, .g = c->api->g, .id = id };
    JZ_TRY(jz_api_complaint(c, c->param[0], id, &w.repeat, err));
    jz_json_begin_object(&w.j);
    jz_json_key(&w.j, "likes");
    jz_json_begin_array(&w.j);
    JZ_TRY(jz_review_likes(c->api->g, id, put_like, &w, err));
    jz_json_end_array(&w.j);
    jz_json_end_object(&w.j);
    return JZ_OK;
}

/* ---- the record ---- */

typedef struct event_writer {
    jz_json j;
    jz_repeat repeat; /* row 0: none */
} event_writer;

static jz_status put_event(void *user, const jz_govern_event *e, jz_err *err)
{
    event_writer *w = user;
    jz_json *j = &w->j;
    const bool repeat = w->repeat.row != 0;
    (void)err;
    if (repeat && !jz_repeat_shows(&w->repeat, e))
        return JZ_OK;
    jz_json_begin_object(j);
    jz_json_put_time(j, "at", e->at_us + w->repeat.shift_us);
    jz_json_put_str(j, "by", e->by);
    jz_json_put_str(j, "kind", e->kind);
    jz_json_key(j, "detail");
    jz_json_raw(j, e->detail, strlen(e->detail));
    jz_json_put_i64(j, "leaf", repeat ? -1 : e->leaf);
    jz_json_end_object(j);
    return JZ_OK;
}

/* What somebody has looked at is theirs alone. */
static jz_status check_own(const jz_api_call *c, const char *object, jz_err *err)
{
    static const char exposure[] = JZ_EXPOSURE_OBJECT;
    char by[80];
    if (strncmp(object, exposure, sizeof exposure - 1) != 0 ||
        strcmp(object + sizeof exposure - 1, jz_api_actor(c, by, sizeof by)) == 0)
        return JZ_OK;
    return JZ_FAIL(err, JZ_E_NOTFOUND, "there is nothing of that");
}

jz_status jz_route_events(jz_api_call *c, jz_err *err)
{
    char object[JZ_GOVERN_NAME_MAX];
    event_writer w = { .j = { .out = &c->reply->body } };
    jz_json *j = &w.j;
    JZ_TRY(jz_api_argument_text(c, "object", object, sizeof object, err));
    if (object[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "object: an id is wanted");
    JZ_TRY(check_own(c, object, err));
    const jz_status st = jz_repeat_find(c->api->g, object, &w.repeat, NULL);
    if (st != JZ_OK && st != JZ_E_NOTFOUND)
        return JZ_FAIL(err, st, "reading what was done");
    jz_json_begin_object(j);
    jz_json_key(j, "events");
    jz_json_begin_array(j);
    JZ_TRY(
        jz_govern_events(c->api->g, st == JZ_OK ? w.repeat.complaint : object, put_event, &w, err));
    jz_json_end_array(j);
    jz_json_end_object(j);
    return JZ_OK;
}

/* ---- who there is ---- */

static jz_status put_person(void *user, const jz_api_key *k, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    if (!k->staff || k->revoked_us != 0)
        return JZ_OK;
    jz_json_begin_object(j);
    jz_json_put_str(j, "name", k->name);
    jz_json_put_str(j, "role", jz_role_name(k->role));
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_staff(jz_api_call *c, jz_err *err)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "staff");
    jz_json_begin_array(&j);
    JZ_TRY(jz_keys_each(c->api->g, put_person, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_policies(jz_api_call *c, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_TRY(jz_path_join(c->api->opts.home, "policies.json", &path, err));
    c->reply->body.cap = POLICIES_MAX;
    return jz_file_read(path, POLICIES_MAX, &c->reply->body, err);
}
