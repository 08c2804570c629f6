/* SPDX-License-Identifier: Apache-2.0 */
/* Items that are like those of a complaint: gathered from the indexes, then told of what waits. */
#include "govern/reviews.h"

#include "base/alloc.h"
#include "base/file.h"
#include "govern/complaints.h"

#include <jz/hash.h>

#include <stdlib.h>
#include <string.h>

#define HITS 1024 /* items that are looked at, with those of what is decided */

typedef struct own_item {
    int64_t number;
    uint8_t pdq[32];
    bool has_pdq;
} own_item;

typedef struct hit {
    int64_t complaint, number, item;
    const char *match;
    uint32_t bits;
} hit;

typedef struct gathering {
    int64_t complaint; /* its row */
    own_item own[JZ_COMPLAINT_ITEMS];
    size_t n_own;
    hit hit[HITS];
    size_t n;
    int64_t item; /* what is searched for */
    const char *match;
} gathering;

/* Of an item of the complaint itself, once: by the one that comes first. */
static void add(gathering *t, int64_t complaint, int64_t number, int64_t item, const char *match,
                uint32_t bits)
{
    if (complaint == t->complaint && number <= item)
        return;
    for (size_t i = 0; i < t->n; i++)
        if (t->hit[i].complaint == complaint && t->hit[i].number == number &&
            (complaint != t->complaint || t->hit[i].item == item)) {
            if (strcmp(match, "pdq") == 0 && strcmp(t->hit[i].match, match) == 0 &&
                bits < t->hit[i].bits)
                t->hit[i] = (hit){ complaint, number, item, match, bits };
            return;
        }
    if (t->n < HITS)
        t->hit[t->n++] = (hit){ complaint, number, item, match, bits };
}

static jz_status take_same(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    gathering *t = user;
    (void)g;
    (void)err;
    add(t, jz_stmt_i64(st, 0), jz_stmt_i64(st, 1), t->item, t->match, 0);
    return JZ_OK;
}

static jz_status find_same(jz_govern *g, gathering *t, const char *match, const char *sql,
                           jz_err *err)
{
    t->match = match;
    for (size_t i = 0; i < t->n_own; i++) {
        jz_auto(jz_stmt) *st = NULL;
        JZ_TRY(jz_stmt_new(g->store, sql, &st, err));
        t->item = t->own[i].number;
        jz_stmt_bind_i64(st, 1, t->complaint);
        jz_stmt_bind_i64(st, 2, t->item);
        JZ_TRY(jz_govern_each(g, st, take_same, t, err));
    }
    return JZ_OK;
}

static jz_status take_near(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    gathering *t = user;
    const jz_bytes pdq = jz_stmt_blob(st, 2);
    (void)g;
    (void)err;
    for (size_t i = 0; pdq.len == 32 && i < t->n_own; i++) {
        const uint32_t bits =
            t->own[i].has_pdq ? jz_hamming256(t->own[i].pdq, pdq.ptr) : UINT32_MAX;
        if (bits <= JZ_PDQ_MAX_BITS)
            add(t, jz_stmt_i64(st, 0), jz_stmt_i64(st, 1), t->own[i].number, "pdq", bits);
    }
    return JZ_OK;
}

static jz_status find_near(jz_govern *g, gathering *t, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool any = false;
    for (size_t i = 0; i < t->n_own; i++)
        any |= t->own[i].has_pdq;
    if (!any)
        return JZ_OK;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT complaint_id, number, pdq FROM complaint_item"
                       " WHERE pdq IS NOT NULL",
                       &st, err));
    return jz_govern_each(g, st, take_near, t, err);
}

static jz_status take_own(void *user, const jz_complaint_item *i, jz_err *err)
{
    gathering *t = user;
    (void)err;
    if (t->n_own == JZ_COMPLAINT_ITEMS)
        return JZ_OK;
    own_item *own = &t->own[t->n_own++];
    *own = (own_item){ .number = i->number, .has_pdq = i->pdq != NULL };
    if (own->has_pdq)
        memcpy(own->pdq, i->pdq, sizeof own->pdq);
    return JZ_OK;
}

static jz_status gather(jz_govern *g, const char *complaint, gathering *t, jz_err *err)
{
    jz_complaint_row c;
    JZ_TRY(jz_complaint_load(g, complaint, &c, err));
    t->complaint = c.row;
    JZ_TRY(jz_complaint_items(g, complaint, take_own, t, err));
    JZ_TRY(find_same(g, t, "sha256",
                     "SELECT i.complaint_id, i.number FROM complaint_item o JOIN complaint_item i"
                     " ON i.sha256 = o.sha256 WHERE o.complaint_id = ?1 AND o.number = ?2"
                     " ORDER BY i.complaint_id DESC LIMIT 256",
                     err));
    JZ_TRY(find_same(g, t, "url",
                     "SELECT i.complaint_id, i.number FROM complaint_item o JOIN complaint_item i"
                     " ON i.url = o.url WHERE o.complaint_id = ?1 AND o.number = ?2"
                     " ORDER BY i.complaint_id DESC LIMIT 256",
                     err));
    return find_near(g, t, err);
}

/* ---- telling ---- */

typedef struct teller {
    const hit *hit;
    jz_like_fn fn;
    void *user;
    size_t n;
} teller;

static jz_status tell(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    teller *t = user;
    const int64_t category = jz_stmt_i64(st, 2), due = jz_stmt_i64(st, 4);
    const char *holder = jz_stmt_text(st, 7);
    const jz_bytes sha256 = jz_stmt_blob(st, 6);
    (void)g;
    const jz_like like = { .item = t->hit->item,
                           .complaint = jz_stmt_text(st, 0),
                           .number = t->hit->number,
                           .match = t->hit->match,
                           .bits = t->hit->bits,
                           .sha256 = sha256.len == 32 ? sha256.ptr : NULL,
                           .url = jz_stmt_text(st, 5),
                           .state = jz_complaint_state_name((jz_complaint_state)jz_stmt_i64(st, 1)),
                           .category = jz_words_complaint_category[category - 1],
                           .holder = holder != NULL ? holder : "",
                           .since_us = jz_stmt_i64(st, 3),
                           .due_us = due != INT64_MAX ? due : 0 };
    t->n++;
    return t->fn(t->user, &like, err);
}

static int newest_first(const void *a, const void *b)
{
    const hit *x = a, *y = b;
    return x->complaint != y->complaint ? (x->complaint < y->complaint ? 1 : -1)
                                        : (x->number > y->number) - (x->number < y->number);
}

static jz_status tell_all(jz_govern *g, gathering *t, teller *to, jz_err *err)
{
    qsort(t->hit, t->n, sizeof t->hit[0], newest_first);
    for (size_t i = 0; i < t->n && to->n < JZ_LIKES; i++) {
        jz_auto(jz_stmt) *st = NULL;
        to->hit = &t->hit[i];
        JZ_TRY(jz_stmt_new(g->store,
                           "SELECT c.handle, c.state, c.category, c.filed_us, c.due_us, i.url,"
                           " i.sha256, k.holder FROM complaint c JOIN complaint_item i"
                           " ON i.complaint_id = c.id AND i.number = ?2 LEFT JOIN review_claim k"
                           " ON k.object = 'complaint:' || c.handle AND k.until_us > ?3"
                           " WHERE c.id = ?1 AND (c.id = ?4 OR (c.state IN (2, 6)"
                           " AND c.folded_into IS NULL))",
                           &st, err));
        jz_stmt_bind_i64(st, 1, to->hit->complaint);
        jz_stmt_bind_i64(st, 2, to->hit->number);
        jz_stmt_bind_i64(st, 3, jz_govern_now_us(g));
        jz_stmt_bind_i64(st, 4, t->complaint);
        JZ_TRY(jz_govern_each(g, st, tell, to, err));
    }
    return JZ_OK;
}

jz_status jz_review_likes(jz_govern *g, const char *complaint, jz_like_fn fn, void *user,
                          jz_err *err)
{
    teller to = { .fn = fn, .user = user };
    gathering *t = jz_alloc_zero(1, sizeof *t);
    if (t == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = gather(g, complaint, t, err);
    if (st == JZ_OK)
        st = tell_all(g, t, &to, err);
    jz_free(t);
    return st;
}
