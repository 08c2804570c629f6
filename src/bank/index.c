/* SPDX-License-Identifier: Apache-2.0 */
/* The index that changes, made of parts that do not: immutable segments, each more than four times
 * the next, and a short list of the latest entries (the tail) that is searched one by one. When
 * the tail is full it becomes a segment, together with those that are not much larger: an entry
 * is moved a number of times that grows with the logarithm of the bank.
 *
 * A search holds a view, the set of parts at its beginning, by reference; a change puts a new view
 * in its place and never waits for searches, nor they for it. Removal sets a mark in place, which
 * is swept when the entry would next be moved. */
#include "bank/index_seg.h"

#include "base/alloc.h"
#include "hash/hamming.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TAIL 1024 /* entries; scanning them is still cheaper than a lookup in tables */
#define GROWTH 4  /* a segment is left alone by what is less than a quarter of it */

typedef struct tail {
    jz_seg_hash hashes[TAIL];
    uint64_t ids[TAIL];
    atomic_bool dead[TAIL];
    atomic_size_t n; /* entries below it are whole and do not change */
    atomic_uint refs;
} tail;

typedef struct view {
    atomic_uint refs;
    tail *tail;
    size_t segs_n;
    jz_seg *segs[];
} view;

struct jz_index {
    jz_index *self;         /* by which a search, whose index is const, locks swap */
    pthread_mutex_t change; /* held by the one that adds or removes */
    pthread_mutex_t swap;   /* held while the view is taken or replaced: a moment */
    view *view;
    atomic_size_t count;
};

static tail *tail_new(void)
{
    tail *t = jz_alloc(sizeof *t);
    if (t != NULL) {
        atomic_init(&t->n, 0);
        atomic_init(&t->refs, 1);
    }
    return t;
}

static void tail_unref(tail *t)
{
    if (t != NULL && atomic_fetch_sub(&t->refs, 1) == 1)
        jz_free(t);
}

static void view_unref(view *v)
{
    if (v == NULL || atomic_fetch_sub(&v->refs, 1) != 1)
        return;
    for (size_t i = 0; i < v->segs_n; i++)
        jz_seg_unref(v->segs[i]);
    tail_unref(v->tail);
    jz_free(v);
}

/* A view with a new, empty tail and room for that many segments. */
static view *view_new(size_t segs)
{
    view *v = jz_alloc(sizeof *v + segs * sizeof(void *));
    if (v == NULL)
        return NULL;
    atomic_init(&v->refs, 1);
    v->segs_n = 0;
    v->tail = tail_new();
    if (v->tail == NULL) {
        jz_free(v);
        return NULL;
    }
    return v;
}

JZ_DEFINE_AUTO(view, view_unref);

/* The view of now; given back with view_unref(). A search changes nothing but this lock. */
static view *view_take(const jz_index *ix)
{
    jz_index *mine = ix->self;
    (void)pthread_mutex_lock(&mine->swap); /* a default mutex that is used rightly: no error */
    view *v = mine->view;
    (void)atomic_fetch_add(&v->refs, 1);
    (void)pthread_mutex_unlock(&mine->swap);
    return v;
}

static void view_replace(jz_index *ix, view *v)
{
    (void)pthread_mutex_lock(&ix->swap);
    view *old = ix->view;
    ix->view = v;
    (void)pthread_mutex_unlock(&ix->swap);
    view_unref(old);
}

jz_status jz_index_new(jz_index **out, jz_err *err)
{
    jz_index *ix = jz_alloc_zero(1, sizeof *ix);
    view *v = view_new(0);
    if (ix == NULL || v == NULL) {
        jz_free(ix);
        view_unref(v);
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for an index");
    }
    (void)pthread_mutex_init(&ix->change, NULL); /* cannot fail without attributes on Linux */
    (void)pthread_mutex_init(&ix->swap, NULL);
    atomic_init(&ix->count, 0);
    ix->view = v;
    ix->self = ix;
    *out = ix;
    return JZ_OK;
}

void jz_index_free(jz_index *ix)
{
    if (ix == NULL)
        return;
    view_unref(ix->view);
    (void)pthread_mutex_destroy(&ix->swap); /* nobody holds them any more */
    (void)pthread_mutex_destroy(&ix->change);
    jz_free(ix);
}

/* Puts entries into the tail, which has room for them. */
static void tail_add(tail *t, const uint8_t *hashes, const uint64_t *ids, size_t n)
{
    const size_t at = atomic_load_explicit(&t->n, memory_order_relaxed);
    for (size_t i = 0; i < n; i++) {
        t->hashes[at + i] = jz_seg_spread(hashes + i * JZ_PDQ_SIZE);
        t->ids[at + i] = ids[i];
        atomic_init(&t->dead[at + i], false);
    }
    atomic_store_explicit(&t->n, at + n, memory_order_release);
}

static size_t tail_list(const tail *t, uint32_t source, jz_seg_item *items)
{
    const size_t n = atomic_load_explicit(&t->n, memory_order_relaxed);
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (!atomic_load_explicit(&t->dead[i], memory_order_relaxed))
            items[m++] = (jz_seg_item){ t->ids[i], source, (uint32_t)i };
    }
    return m;
}

static int by_id(const void *a, const void *b)
{
    const jz_seg_item *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void sort_items(jz_seg_item *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (items[i - 1].id > items[i].id) {
            qsort(items, n, sizeof *items, by_id);
            return;
        }
    }
}

static size_t live(const jz_seg *s)
{
    return s->n - s->dead_n;
}

/* Splits the view's segments into those that stay, which are referred to by next, and those that
 * are to be merged with n other entries, which are listed; returns how many. One that is mostly
 * dead counts as small and so is soon swept. */
static size_t choose(const view *now, size_t n, view *next, const jz_seg **merged)
{
    size_t m = 0, stay = now->segs_n;
    for (size_t i = 0; i < stay; i++)
        next->segs[i] = now->segs[i];
    for (size_t i = 0; i < stay;) {
        jz_seg *s = next->segs[i];
        if (live(s) / GROWTH > n || live(s) + n > JZ_SEG_MAX) {
            i++;
            continue;
        }
        merged[m++] = s;
        n += live(s);
        next->segs[i] = next->segs[--stay];
        i = 0; /* others may now be not much larger */
    }
    for (size_t i = 0; i < stay; i++)
        (void)jz_seg_ref(next->segs[i]); /* the same pointer */
    next->segs_n = stay;
    return m;
}

/* What a new view is made of. */
struct merge {
    const uint8_t *hashes; /* new ones */
    const uint64_t *ids;
    size_t n;
    const view *now;
    const jz_seg **segs;
    size_t segs_n;
};

#define NEW 0u /* numbers of the sources; the segments follow */
#define OLD_TAIL 1u
#define OLD_SEGS 2u

/* All entries of a merge, in the order of their ids, as segments of the next view. */
static jz_status build(const struct merge *g, jz_seg_source *sources, jz_seg_item *items,
                       view *next, jz_err *err)
{
    sources[NEW] = (jz_seg_source){ .raw = g->hashes };
    sources[OLD_TAIL] = (jz_seg_source){ .spread = g->now->tail->hashes };
    size_t m = 0;
    for (uint32_t i = 0; i < g->segs_n; i++) {
        sources[OLD_SEGS + i] = (jz_seg_source){ .spread = g->segs[i]->hashes };
        m += jz_seg_list(g->segs[i], OLD_SEGS + i, items + m);
    }
    m += tail_list(g->now->tail, OLD_TAIL, items + m);
    for (size_t i = 0; i < g->n; i++)
        items[m++] = (jz_seg_item){ g->ids[i], NEW, (uint32_t)i };
    sort_items(items, m);
    for (size_t at = 0; at < m;) {
        const size_t n = m - at < JZ_SEG_MAX ? m - at : JZ_SEG_MAX;
        JZ_TRY(jz_seg_new(sources, items + at, n, &next->segs[next->segs_n], err));
        next->segs_n++;
        at += n;
    }
    return JZ_OK;
}

/* Replaces the view by one in which the tail, the new entries and the segments that are not much
 * larger have become one segment. */
static jz_status merge(jz_index *ix, const uint8_t *hashes, const uint64_t *ids, size_t n,
                       jz_err *err)
{
    const view *now = ix->view;
    const size_t fresh = n + TAIL;
    jz_auto(view) *next = view_new(now->segs_n + 2 + fresh / JZ_SEG_MAX);
    const jz_seg **segs = jz_alloc_zero(now->segs_n, sizeof(void *));
    jz_seg_source *sources = jz_alloc_zero(now->segs_n + OLD_SEGS, sizeof *sources);
    jz_seg_item *items = NULL;
    jz_status st = JZ_E_NOMEM;
    if (next != NULL && segs != NULL && sources != NULL) {
        struct merge g = { hashes, ids, n, now, segs, choose(now, fresh, next, segs) };
        size_t most = fresh;
        for (size_t i = 0; i < g.segs_n; i++)
            most += live(segs[i]);
        items = jz_realloc_array(NULL, most, sizeof *items);
        if (items != NULL)
            st = build(&g, sources, items, next, err);
    }
    jz_free(items);
    jz_free(sources);
    jz_free(segs);
    if (st != JZ_OK)
        return JZ_FAIL(err, st, "no memory to add %zu hashes to the index", n);
    view_replace(ix, JZ_TAKE(next));
    return JZ_OK;
}

jz_status jz_index_add(jz_index *ix, const uint8_t *hashes, const uint64_t *ids, size_t n,
                       jz_err *err)
{
    if (n > UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu hashes at once, at most %u", n, UINT32_MAX);
    jz_status st = JZ_OK;
    (void)pthread_mutex_lock(&ix->change);
    tail *t = ix->view->tail;
    if (n <= TAIL - atomic_load_explicit(&t->n, memory_order_relaxed))
        tail_add(t, hashes, ids, n);
    else
        st = merge(ix, hashes, ids, n, err);
    if (st == JZ_OK)
        (void)atomic_fetch_add(&ix->count, n);
    (void)pthread_mutex_unlock(&ix->change);
    return st;
}

static size_t tail_remove(tail *t, uint64_t id)
{
    const size_t n = atomic_load_explicit(&t->n, memory_order_relaxed);
    size_t removed = 0;
    for (size_t i = 0; i < n; i++) {
        if (t->ids[i] == id && !atomic_exchange(&t->dead[i], true))
            removed++;
    }
    return removed;
}

size_t jz_index_remove(jz_index *ix, uint64_t id)
{
    (void)pthread_mutex_lock(&ix->change);
    size_t removed = tail_remove(ix->view->tail, id);
    for (size_t i = 0; i < ix->view->segs_n; i++)
        removed += jz_seg_remove(ix->view->segs[i], id);
    (void)atomic_fetch_sub(&ix->count, removed);
    (void)pthread_mutex_unlock(&ix->change);
    return removed;
}

static bool tail_search(const tail *t, const jz_seg_hash *query, uint32_t max_bits,
                        const jz_seg_sink *sink)
{
    jz_hamming_hit near[TAIL];
    const size_t n = atomic_load_explicit(&t->n, memory_order_acquire);
    const size_t m = jz_hamming()->scan((const uint8_t *)t->hashes, n, (const uint8_t *)query->word,
                                        max_bits, near);
    for (size_t i = 0; i < m; i++) {
        if (atomic_load_explicit(&t->dead[near[i].index], memory_order_acquire))
            continue;
        const jz_index_hit hit = { .id = t->ids[near[i].index], .distance = near[i].distance };
        if (!sink->fn(sink->user, &hit))
            return false;
    }
    return true;
}

jz_status jz_index_search(const jz_index *ix, const uint8_t hash[JZ_PDQ_SIZE], uint32_t max_bits,
                          jz_index_hit_fn fn, void *user, jz_err *err)
{
    if (max_bits > 8 * JZ_PDQ_SIZE)
        return JZ_FAIL(err, JZ_E_INVAL, "a distance of %u bits, at most %d", max_bits,
                       8 * JZ_PDQ_SIZE);
    const jz_seg_hash query = jz_seg_spread(hash);
    const jz_seg_sink sink = { .fn = fn, .user = user };
    jz_auto(view) *v = view_take(ix);
    bool on = tail_search(v->tail, &query, max_bits, &sink);
    for (size_t i = 0; on && i < v->segs_n; i++)
        on = jz_seg_search(v->segs[i], &query, max_bits, &sink);
    return JZ_OK;
}

size_t jz_index_count(const jz_index *ix)
{
    return atomic_load(&ix->count);
}

size_t jz_index_memory(const jz_index *ix)
{
    jz_auto(view) *v = view_take(ix);
    size_t bytes = sizeof *ix + sizeof *v + v->segs_n * sizeof(void *) + sizeof *v->tail;
    for (size_t i = 0; i < v->segs_n; i++)
        bytes += v->segs[i]->bytes;
    return bytes;
}
