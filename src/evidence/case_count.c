/* SPDX-License-Identifier: Apache-2.0 */
/* Counts. Which items are one work is found anew each time from the hashes that the case keeps: an
 * index of them is asked for every item, and those that are alike are joined (a forest of sets, by
 * union and find), so that no stored answer can grow old. */
#include "evidence/cases.h"

#include <jz/index.h>

#include "base/alloc.h"

#include <string.h>

#define ALIKE_OF_100                                                                               \
    80                /* frames of the shorter video, as ThreatExchange's vPDQ matches by default */
#define FRAME_BITS 24 /* of an id in the index: which frame of an item */

typedef enum content {
    CONTENT_IMAGE,
    CONTENT_VIDEO,
    CONTENT_OTHER,
} content;

typedef struct item {
    int64_t row;
    uint8_t sha256[JZ_SHA256_SIZE];
    content content;
    uint32_t parent;  /* item of the same work; itself at the root */
    uint32_t same;    /* the first item of the same bytes */
    uint32_t frames;  /* good ones, of a video */
    uint32_t matched; /* frames of the video at hand that are in this one */
    uint32_t frame;   /* the last of them */
    uint32_t seen;    /* the tally that has counted this work, */
    uint32_t listed;  /* this item, */
    uint32_t filed;   /* and these bytes */
} item;

typedef struct counter {
    jz_cases *cases;
    int64_t row; /* of the case */
    item *item;  /* in order of their rows */
    size_t n, size;
    jz_index *index;
    const char *cls;    /* what is being compared */
    uint32_t at;        /* the item at hand */
    uint32_t frame;     /* and its frame */
    uint32_t tally;     /* counts them, from 1 on */
    const char *person; /* of the present tally; NULL = all */
    const char *column;
} counter;

static void done(counter *k)
{
    jz_index_free(k->index);
    jz_free(k->item);
}

static uint32_t root(counter *k, uint32_t i)
{
    while (k->item[i].parent != i) {
        k->item[i].parent = k->item[k->item[i].parent].parent;
        i = k->item[i].parent;
    }
    return i;
}

/* The older item is the work's. */
static void join(counter *k, uint32_t a, uint32_t b)
{
    const uint32_t x = root(k, a);
    const uint32_t y = root(k, b);
    if (x < y)
        k->item[y].parent = x;
    else
        k->item[x].parent = y;
}

/* ---- the items ---- */

static content content_of(const char *kind)
{
    return strcmp(kind, "image") == 0   ? CONTENT_IMAGE
           : strcmp(kind, "video") == 0 ? CONTENT_VIDEO
                                        : CONTENT_OTHER;
}

static jz_status take_item(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    counter *k = user;
    const jz_bytes digest = jz_stmt_blob(st, 2);
    (void)c;
    if (digest.len != JZ_SHA256_SIZE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a case holds a SHA-256 of %zu bytes", digest.len);
    if (k->n >= UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %u items in a case", UINT32_MAX);
    item *grown = jz_grow(k->item, k->n, &k->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %zu items", k->n);
    k->item = grown;
    const uint32_t i = (uint32_t)k->n++;
    grown[i] = (item){ .row = jz_stmt_i64(st, 0),
                       .content = content_of(jz_stmt_text(st, 1)),
                       .parent = i,
                       .same = i };
    memcpy(grown[i].sha256, digest.ptr, JZ_SHA256_SIZE);
    return JZ_OK;
}

static item *find(const counter *k, int64_t row)
{
    size_t low = 0;
    size_t high = k->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (k->item[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < k->n && k->item[low].row == row ? &k->item[low] : NULL;
}

static jz_status load_items(counter *k, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(k->cases->store,
                       "SELECT id, kind, sha256 FROM case_item WHERE case_id = ?1 ORDER BY id", &st,
                       err));
    jz_stmt_bind_i64(st, 1, k->row);
    return jz_case_each(k->cases, st, take_item, k, err);
}

/* Equal bytes: each item with the first one that has them, in pairs from the database. */
static jz_status join_equal(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    counter *k = user;
    const item *first = find(k, jz_stmt_i64(st, 0));
    item *later = find(k, jz_stmt_i64(st, 1));
    (void)c;
    (void)err;
    if (first == NULL || later == NULL)
        return JZ_OK; /* added by another process since */
    later->same = (uint32_t)(first - k->item);
    join(k, later->same, (uint32_t)(later - k->item));
    return JZ_OK;
}

static jz_status join_equals(counter *k, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(k->cases->store,
                       "SELECT f.first, i.id FROM (SELECT MIN(id) AS first, sha256 AS digest"
                       " FROM case_item WHERE case_id = ?1 GROUP BY sha256) f"
                       " JOIN case_item i ON i.sha256 = f.digest"
                       " WHERE i.case_id = ?1 AND i.id > f.first",
                       &st, err));
    jz_stmt_bind_i64(st, 1, k->row);
    return jz_case_each(k->cases, st, join_equal, k, err);
}

/* ---- what is alike ---- */

static jz_status each_hash(counter *k, jz_case_row_fn fn, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(k->cases->store,
                       "SELECT h.item_id, h.digests, h.seq FROM case_item i"
                       " JOIN case_hash h ON h.item_id = i.id"
                       " WHERE i.case_id = ?1 AND h.cls = ?2 AND h.quality >= ?3"
                       " ORDER BY h.item_id, h.seq",
                       &st, err));
    jz_stmt_bind_i64(st, 1, k->row);
    jz_stmt_bind_text(st, 2, k->cls);
    jz_stmt_bind_i64(st, 3, JZ_PDQ_MIN_QUALITY);
    return jz_case_each(k->cases, st, fn, k, err);
}

/* The item of a row of hashes, NULL where its bytes are those of an older one. */
static jz_status item_of(counter *k, jz_stmt *st, item **out, jz_bytes *digests, jz_err *err)
{
    item *i = find(k, jz_stmt_i64(st, 0));
    *digests = jz_stmt_blob(st, 1);
    if (digests->len != (size_t)JZ_DIHEDRALS * JZ_PDQ_SIZE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a case holds perceptual hashes of %zu bytes",
                       digests->len);
    *out = i != NULL && &k->item[i->same] == i ? i : NULL;
    return JZ_OK;
}

static jz_status index_hash(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    counter *k = user;
    item *i;
    jz_bytes digests;
    (void)c;
    JZ_TRY(item_of(k, st, &i, &digests, err));
    if (i == NULL)
        return JZ_OK;
    const uint64_t id =
        (uint64_t)(i - k->item) << FRAME_BITS | (i->frames & ((1U << FRAME_BITS) - 1));
    i->frames++;
    return jz_index_add(k->index, digests.ptr, &id, 1, err);
}

static bool take_still(void *user, const jz_index_hit *hit)
{
    counter *k = user;
    join(k, k->at, (uint32_t)(hit->id >> FRAME_BITS));
    return true;
}

/* One frame of the video at hand is in another. */
static bool take_frame(void *user, const jz_index_hit *hit)
{
    counter *k = user;
    item *other = &k->item[hit->id >> FRAME_BITS];
    if (other->frame != k->frame) {
        other->frame = k->frame;
        other->matched++;
    }
    return true;
}

/* All of a video's frames were asked for. */
static void close_video(counter *k)
{
    const uint32_t frames = k->n > 0 ? k->item[k->at].frames : 0;
    for (uint32_t i = 0; i < k->n; i++) {
        item *other = &k->item[i];
        if (i != k->at && frames > 0 && frames <= other->frames &&
            (uint64_t)other->matched * 100 >= (uint64_t)frames * ALIKE_OF_100)
            join(k, k->at, i);
        other->matched = 0;
        other->frame = 0;
    }
}

static jz_status ask(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    counter *k = user;
    item *i;
    jz_bytes digests;
    const bool video = strcmp(k->cls, "vpdq") == 0;
    (void)c;
    JZ_TRY(item_of(k, st, &i, &digests, err));
    if (i == NULL)
        return JZ_OK;
    if (video && k->at != (uint32_t)(i - k->item)) {
        close_video(k);
        k->frame = 0;
    }
    k->at = (uint32_t)(i - k->item);
    k->frame++;
    for (size_t v = 0; v < JZ_DIHEDRALS; v++)
        JZ_TRY(jz_index_search(k->index, digests.ptr + v * JZ_PDQ_SIZE, JZ_PDQ_MAX_BITS,
                               video ? take_frame : take_still, k, err));
    return JZ_OK;
}

static jz_status join_alike(counter *k, const char *cls, jz_err *err)
{
    k->cls = cls;
    k->at = 0;
    k->frame = 0;
    for (size_t i = 0; i < k->n; i++)
        k->item[i].frames = 0;
    JZ_TRY(jz_index_new(&k->index, err));
    jz_status st = each_hash(k, index_hash, err);
    if (st == JZ_OK)
        st = each_hash(k, ask, err);
    if (st == JZ_OK && strcmp(cls, "vpdq") == 0)
        close_video(k);
    jz_index_free(JZ_TAKE(k->index));
    return st;
}

/* ---- tallies ---- */

static void count_item(counter *k, item *i, jz_case_tally *t)
{
    item *work = &k->item[root(k, (uint32_t)(i - k->item))];
    item *file = &k->item[i->same];
    if (i->listed == k->tally)
        return;
    i->listed = k->tally;
    t->items++;
    t->files += file->filed != k->tally;
    file->filed = k->tally;
    if (work->seen == k->tally)
        return;
    work->seen = k->tally;
    t->works++;
    t->images += work->content == CONTENT_IMAGE;
    t->videos += work->content == CONTENT_VIDEO;
}

typedef struct tallier {
    counter *counter;
    jz_case_tally *tally;
} tallier;

static jz_status take_linked(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const tallier *t = user;
    item *i = find(t->counter, jz_stmt_i64(st, 0));
    (void)c;
    (void)err;
    if (i != NULL)
        count_item(t->counter, i, t->tally);
    return JZ_OK;
}

static jz_status take_group(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const tallier *t = user;
    (void)c;
    (void)err;
    t->tally->groups++;
    t->tally->members += (uint64_t)jz_stmt_i64(st, 0);
    return JZ_OK;
}

static jz_status take_account(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const tallier *t = user;
    (void)c;
    (void)st;
    (void)err;
    t->tally->accounts++;
    return JZ_OK;
}

static jz_status take_sum(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    jz_case_tally *t = ((const tallier *)user)->tally;
    const char *currency = jz_stmt_text(st, 0);
    (void)c;
    if (t->sums == JZ_CASE_SUMS)
        return JZ_FAIL(err, JZ_E_LIMIT, "sums in more than %d currencies", JZ_CASE_SUMS);
    jz_case_sum *s = &t->sum[t->sums++];
    *s = (jz_case_sum){ .amount = jz_stmt_i64(st, 1) };
    for (size_t i = 0; i < 3 && currency != NULL && currency[i] != '\0'; i++)
        s->currency[i] = currency[i];
    return JZ_OK;
}

/* Rows of the links that are the present person's, or all. */
static jz_status each_link(const tallier *t, const char *select, const char *rest,
                           jz_case_row_fn fn, jz_err *err)
{
    const counter *k = t->counter;
    JZ_BUF_AUTO sql = { 0 };
    jz_auto(jz_stmt) *st = NULL;
    jz_buf_printf(&sql, "SELECT %s FROM case_link WHERE case_id = ?1 ", select);
    if (k->person != NULL)
        jz_buf_printf(&sql, "AND %s = ?2 ", k->column);
    jz_buf_puts(&sql, rest);
    JZ_TRY(jz_buf_check(&sql, err));
    JZ_TRY(jz_stmt_new(k->cases->store, sql.ptr, &st, err));
    jz_stmt_bind_i64(st, 1, k->row);
    if (k->person != NULL)
        jz_stmt_bind_text(st, 2, k->person);
    tallier copy = *t;
    return jz_case_each(k->cases, st, fn, &copy, err);
}

static jz_status tally(counter *k, jz_case_tally *out, jz_err *err)
{
    const tallier t = { k, out };
    *out = (jz_case_tally){ 0 };
    k->tally++;
    if (k->person == NULL) {
        for (size_t i = 0; i < k->n; i++)
            count_item(k, &k->item[i], out);
    } else {
        JZ_TRY(each_link(&t, "DISTINCT item_id", "AND item_id IS NOT NULL", take_linked, err));
    }
    JZ_TRY(each_link(&t, "MAX(members)",
                     "AND chat_group IS NOT NULL GROUP BY COALESCE(platform, ''), chat_group",
                     take_group, err));
    JZ_TRY(each_link(&t, "1", "AND account IS NOT NULL GROUP BY COALESCE(platform, ''), account",
                     take_account, err));
    return each_link(&t, "currency, SUM(proceeds)",
                     "AND currency IS NOT NULL GROUP BY currency ORDER BY currency", take_sum, err);
}

typedef struct persons {
    counter *counter;
    jz_case_person_fn fn;
    void *user;
    bool victims;
} persons;

static jz_status take_person(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const persons *p = user;
    jz_case_person person = { .victim = p->victims, .reference = jz_stmt_text(st, 0) };
    (void)c;
    p->counter->person = person.reference;
    p->counter->column = p->victims ? "victim" : "accused";
    JZ_TRY(tally(p->counter, &person.tally, err));
    return p->fn(p->user, &person, err);
}

static jz_status each_person(persons *p, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    counter *k = p->counter;
    JZ_TRY(jz_stmt_new(k->cases->store,
                       p->victims ? "SELECT DISTINCT victim FROM case_link WHERE case_id = ?1 AND"
                                    " victim IS NOT NULL ORDER BY victim"
                                  : "SELECT DISTINCT accused FROM case_link WHERE case_id = ?1 AND"
                                    " accused IS NOT NULL ORDER BY accused",
                       &st, err));
    jz_stmt_bind_i64(st, 1, k->row);
    return jz_case_each(k->cases, st, take_person, p, err);
}

static jz_status count(counter *k, jz_case_tally *all, jz_case_person_fn fn, void *user,
                       jz_err *err)
{
    static const char *const classes[] = { "pdq", "pdq_full", "vpdq" };
    JZ_TRY(load_items(k, err));
    JZ_TRY(join_equals(k, err));
    for (size_t i = 0; i < JZ_ARRAY_LEN(classes); i++)
        JZ_TRY(join_alike(k, classes[i], err));
    JZ_TRY(tally(k, all, err));
    if (fn == NULL)
        return JZ_OK;
    persons p = { .counter = k, .fn = fn, .user = user };
    JZ_TRY(each_person(&p, err));
    p.victims = true;
    return each_person(&p, err);
}

jz_status jz_case_count(jz_cases *c, const char *id, jz_case_tally *all, jz_case_person_fn fn,
                        void *user, jz_err *err)
{
    counter k = { .cases = c };
    JZ_TRY(jz_case_row(c, id, false, &k.row, err));
    const jz_status st = count(&k, all, fn, user, err);
    done(&k);
    return st;
}
