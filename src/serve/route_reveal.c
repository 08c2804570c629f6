/* SPDX-License-Identifier: Apache-2.0 */
/* Revealing what is reviewed, and what somebody has seen of it: govern/exposure.h. Everything here
 * is of whoever has signed in, and of nobody else. */
#include "serve/routes.h"

#include "base/file.h"
#include "govern/complaints.h"
#include "govern/exposure.h"
#include "serve/media_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jz_status wanted_person(const jz_api_call *c, jz_err *err)
{
    return c->key.staff ? JZ_OK : JZ_FAIL(err, JZ_E_INVAL, "only for persons, who sign in");
}

static void put_exposure(jz_json *j, const jz_exposure *x)
{
    jz_json_put_f64(j, "hour_s", (double)x->hour_us / 1e6, 3);
    jz_json_put_f64(j, "day_s", (double)x->day_us / 1e6, 3);
    jz_json_put_f64(j, "run_s", (double)x->run_us / 1e6, 3);
    jz_json_put_str(j, "over", jz_exposure_end_name(x->end));
    jz_json_put_time(j, "until", x->until_us);
}

/* ---- POST /v1/reveals ---- */

typedef struct sent_reveal {
    char object[JZ_REVIEW_OBJECT], category[32];
    uint8_t sha256[JZ_SHA256_SIZE];
} sent_reveal;

const jz_field jz_reveal_fields[] = {
    { .key = "object",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_reveal, object),
      .size = JZ_REVIEW_OBJECT },
    { .key = "category", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_reveal, category), .size = 32 },
    { .key = "sha256",
      .kind = JZ_FIELD_HEX,
      .at = offsetof(sent_reveal, sha256),
      .size = JZ_SHA256_SIZE },
    { 0 },
};

/* It would be too much. */
static void refuse(jz_api_call *c, const jz_exposure *x, int64_t now_us)
{
    char time[32], detail[128];
    (void)snprintf(detail, sizeof detail, "nothing more is revealed to you until %s (%s)",
                   jz_time_text(x->until_us, time, sizeof time), jz_exposure_end_name(x->end));
    jz_api_problem(c->reply, 429, "exposure", detail);
    c->reply->retry_s = x->until_us > now_us ? (unsigned)((x->until_us - now_us) / 1000000) + 1 : 1;
}

static void put_lease(jz_api_call *c, const jz_lease *l, int64_t now_us)
{
    jz_json j = { .out = &c->reply->body };
    c->reply->status = 201;
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "reveal", l->number);
    jz_json_put_time(&j, "until", l->until_us);
    jz_json_put_f64(&j, "seconds", (double)(l->until_us - now_us) / 1e6, 3);
    jz_json_key(&j, "exposure");
    jz_json_begin_object(&j);
    put_exposure(&j, &l->exposure);
    jz_json_end_object(&j);
    jz_json_end_object(&j);
}

jz_status jz_route_reveal(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_reveal s;
    jz_wellbeing w;
    jz_lease l;
    const jz_held *h = NULL;
    jz_auto(jz_held_list) *list = NULL;
    jz_api *a = c->api;
    JZ_TRY(wanted_person(c, err));
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_held_find(a, s.object, s.sha256, &list, err));
    JZ_TRY(jz_held_of(list, s.sha256, &h, err));
    JZ_TRY(jz_wellbeing_read(a->opts.home, &w, err));
    (void)pthread_mutex_lock(&a->govern_lock); /* an ordinary lock cannot fail */
    const int64_t now = jz_govern_now_us(a->g);
    jz_status st = jz_exposure_reveal(a->g, &w, s.object, s.sha256, s.category,
                                      jz_api_actor(c, by, sizeof by), &l, err);
    if (st == JZ_OK)
        st = jz_api_to_ledger(a, err); /* before anything is seen */
    (void)pthread_mutex_unlock(&a->govern_lock);
    JZ_TRY(st);
    if (l.number == 0)
        refuse(c, &l.exposure, now);
    else
        put_lease(c, &l, now);
    return JZ_OK;
}

/* ---- /v1/reveals/{reveal} ---- */

static jz_status read_number(const jz_api_call *c, int64_t *out, jz_err *err)
{
    const size_t len = strlen(c->param[0]);
    if (len > 18 || strspn(c->param[0], "0123456789") != len)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such reveal");
    *out = strtoll(c->param[0], NULL, 10);
    return JZ_OK;
}

typedef struct wanted_frame {
    jz_api_call *c;
    uint64_t frame, blur, colour;
} wanted_frame;

static jz_status put_frame(void *user, const jz_sheet *s, jz_err *err)
{
    const wanted_frame *w = user;
    return jz_sheet_put_frame(s, (size_t)w->frame, (unsigned)w->blur, w->colour != 0,
                              &w->c->reply->body, err);
}

jz_status jz_route_reveal_frame(jz_api_call *c, jz_err *err)
{
    char by[80];
    int64_t number = 0;
    uint8_t sha256[JZ_SHA256_SIZE];
    wanted_frame w = { .c = c };
    jz_api *a = c->api;
    JZ_TRY(read_number(c, &number, err));
    JZ_TRY(jz_api_argument_u64(c, "frame", 0, &w.frame, err));
    JZ_TRY(jz_api_argument_u64(c, "blur", 0, &w.blur, err));
    JZ_TRY(jz_api_argument_u64(c, "colour", 0, &w.colour, err));
    if (w.frame >= JZ_SHEET_FRAMES || w.blur >= JZ_SHEET_BLURS)
        return JZ_FAIL(err, JZ_E_INVAL, "a frame is 0 to %d, a blur 0 to %d", JZ_SHEET_FRAMES - 1,
                       JZ_SHEET_BLURS - 1);
    (void)pthread_mutex_lock(&a->govern_lock); /* an ordinary lock cannot fail */
    const jz_status st =
        jz_exposure_lease(a->g, number, jz_api_actor(c, by, sizeof by), sha256, err);
    (void)pthread_mutex_unlock(&a->govern_lock);
    JZ_TRY(st);
    JZ_TRY(jz_held_use(c, sha256, "review", put_frame, &w, err));
    jz_held_is_picture(c->reply);
    return JZ_OK;
}

jz_status jz_route_reveal_end(jz_api_call *c, jz_err *err)
{
    char by[80];
    int64_t number = 0;
    JZ_TRY(read_number(c, &number, err));
    JZ_TRY(jz_exposure_end_lease(c->api->g, number, jz_api_actor(c, by, sizeof by), err));
    jz_api_say_done(c, "covered");
    return JZ_OK;
}

/* ---- /v1/exposure ---- */

static void put_categories(jz_json *j, const jz_wellbeing *w, unsigned without)
{
    jz_json_key(j, "categories");
    jz_json_begin_array(j);
    for (int i = 1; i <= JZ_CATEGORIES; i++) {
        jz_json_begin_object(j);
        jz_json_put_str(j, "category", jz_review_category_name(i));
        jz_json_put_i64(j, "severity", jz_wellbeing_severity(w, i));
        jz_json_put_bool(j, "without", (without >> i & 1) != 0);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_limits(jz_json *j, const jz_wellbeing *w)
{
    jz_json_key(j, "limits");
    jz_json_begin_object(j);
    jz_json_put_i64(j, "lease_s", w->lease_s);
    jz_json_put_i64(j, "hour_s", w->hour_s);
    jz_json_put_i64(j, "day_s", w->day_s);
    jz_json_put_i64(j, "run_s", w->pause_after_s);
    jz_json_put_i64(j, "pause_s", w->pause_s);
    jz_json_end_object(j);
}

jz_status jz_route_exposure(jz_api_call *c, jz_err *err)
{
    char by[80], category[32];
    jz_wellbeing w;
    jz_exposure x;
    unsigned without = 0;
    jz_govern *g = c->api->g;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(wanted_person(c, err));
    JZ_TRY(jz_wellbeing_read(c->api->opts.home, &w, err));
    JZ_TRY(jz_api_argument_text(c, "category", category, sizeof category, err));
    JZ_TRY(jz_exposure_read(g, &w, jz_api_actor(c, by, sizeof by),
                            jz_wellbeing_severity(&w, jz_review_category(category)), &x, err));
    JZ_TRY(jz_exposure_without(g, by, &without, err));
    jz_json_begin_object(&j);
    put_exposure(&j, &x);
    put_limits(&j, &w);
    put_categories(&j, &w, without);
    jz_json_end_object(&j);
    return JZ_OK;
}

typedef struct sent_without {
    uint32_t categories;
} sent_without;

const jz_field jz_exposure_fields[] = {
    { .key = "without",
      .kind = JZ_FIELD_WORDS,
      .at = offsetof(sent_without, categories),
      .words = jz_words_complaint_category },
    { 0 },
};

jz_status jz_route_exposure_set(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_without s;
    JZ_TRY(wanted_person(c, err));
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(
        jz_exposure_set_without(c->api->g, jz_api_actor(c, by, sizeof by), s.categories << 1, err));
    return jz_route_exposure(c, err);
}
