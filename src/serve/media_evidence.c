/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/media_evidence.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

typedef struct telling {
    const jz_held_list *l;
    jz_cases *cases;
    jz_json *j;
    const char *id;                 /* of the case that is told of */
    char bag[JZ_EVIDENCE_BAGS][64]; /* sealed from it, and not destroyed */
    size_t bags, links;
} telling;

/* ---- bags ---- */

static jz_status take_bag(void *user, const char *bag, jz_err *err)
{
    telling *t = user;
    (void)err;
    if (t->bags == JZ_EVIDENCE_BAGS) {
        t->bags--;
        memmove(t->bag[0], t->bag[1], t->bags * sizeof t->bag[0]);
    }
    (void)snprintf(t->bag[t->bags++], sizeof t->bag[0], "%s", bag);
    return JZ_OK;
}

/* ---- accounts, groups ---- */

static bool is_of(const jz_held *h, const char *id)
{
    return h->is_held && strcmp(h->copy.id, id) == 0;
}

/* The number of the item that a link of a case is of; 0: of none that is reviewed. */
static int64_t number_of(const telling *t, int64_t item)
{
    for (size_t i = 0; i < t->l->items; i++)
        if (is_of(&t->l->held[i], t->id) && t->l->held[i].copy.item == item)
            return t->l->held[i].number;
    return 0;
}

static jz_status put_link(void *user, const jz_case_link *k, jz_err *err)
{
    telling *t = user;
    const int64_t number = k->item != 0 ? number_of(t, k->item) : 0;
    (void)err;
    if ((k->item != 0 && number == 0) || (k->account == NULL && k->group == NULL) ||
        t->links == JZ_EVIDENCE_LINKS)
        return JZ_OK;
    t->links++;
    jz_json_begin_object(t->j);
    if (number != 0)
        jz_json_put_i64(t->j, "item", number);
    jz_json_put_text(t->j, "platform", k->platform);
    jz_json_put_text(t->j, "account", k->account);
    jz_json_put_text(t->j, "group", k->group);
    if (k->members > 0)
        jz_json_put_i64(t->j, "members", k->members);
    jz_json_end_object(t->j);
    return JZ_OK;
}

/* ---- cases ---- */

static jz_status put_case(telling *t, jz_err *err)
{
    jz_json *j = t->j;
    bool hold = false;
    t->bags = t->links = 0;
    JZ_TRY(jz_case_is_held(t->cases, t->id, jz_now_us(), &hold, err));
    JZ_TRY(jz_case_bags(t->cases, t->id, take_bag, t, err));
    jz_json_begin_object(j);
    jz_json_put_str(j, "case", t->id);
    jz_json_put_bool(j, "hold", hold);
    jz_json_key(j, "bags");
    jz_json_begin_array(j);
    for (size_t i = 0; i < t->bags; i++)
        jz_json_str(j, t->bag[i]);
    jz_json_end_array(j);
    jz_json_key(j, "links");
    jz_json_begin_array(j);
    JZ_TRY(jz_case_links(t->cases, t->id, put_link, t, err));
    jz_json_end_array(j);
    jz_json_end_object(j);
    return JZ_OK;
}

static bool told_before(const jz_held_list *l, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_of(&l->held[i], l->held[n].copy.id))
            return true;
    return false;
}

jz_status jz_media_evidence_put(const jz_api *a, const jz_held_list *l, jz_json *j, jz_err *err)
{
    jz_auto(jz_cases) *cases = NULL;
    telling t = { .l = l, .j = j };
    JZ_TRY(jz_cases_open(a->opts.home, false, &cases, err));
    t.cases = cases;
    jz_json_key(j, "evidence");
    jz_json_begin_array(j);
    for (size_t i = 0; i < l->items; i++) {
        if (!l->held[i].is_held || told_before(l, i))
            continue;
        t.id = l->held[i].copy.id;
        JZ_TRY(put_case(&t, err));
    }
    jz_json_end_array(j);
    return JZ_OK;
}
