/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of those who review, with 100 000 complaints in it: the next one, a page of the list,
 * a claim. CPU time of single calls, in a database whose commits do not wait for the disk. */
#include "bench/bench.h"

#include "base/file.h"
#include "govern/governs.h"
#include "govern/quality.h"
#include "govern/reviews.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPLAINTS 100000
#define CALLS 21
#define NOW (INT64_C(1790000000) * 1000000)
#define HOUR (INT64_C(3600) * 1000000)

/* hot: so many of a hundred have used up four fifths of their time. */
static bool fill(jz_govern *g, int hot)
{
    uint64_t seed = 1;
    jz_auto(jz_stmt) *st = NULL;
    jz_auto(jz_stmt) *item = NULL;
    if (jz_stmt_new(g->store,
                    "INSERT INTO complaint_item (complaint_id, number, url, sha256, pdq)"
                    " VALUES (?1, 1, 'x:' || ?1, NULL, ?2)",
                    &item, NULL) != JZ_OK ||
        jz_stmt_new(g->store,
                    "INSERT INTO complaint (handle, state, role, category, jurisdiction, reporter,"
                    " score, filed_us, decided_us, decided_by, unfounded, paused_us, erased,"
                    " due_us, hot_us, next_us) VALUES (?1, 2, 5, ?2, 'CN', '', ?3, ?4, 0, '', 0, 0,"
                    " 0, ?5, ?6, 0)",
                    &st, NULL) != JZ_OK ||
        jz_store_begin(g->store, NULL) != JZ_OK)
        return false;
    for (int i = 0; i < COMPLAINTS; i++) {
        char handle[33];
        const uint64_t r = jz_bench_random(&seed);
        const int64_t span = (r >> 8 & 1) != 0 ? 48 * HOUR : 720 * HOUR;
        const bool late = (int)(r % 100) < hot;
        const int64_t left = late ? span / 10 : span / 2 + (int64_t)(r >> 16 & 0xffff);
        (void)snprintf(handle, sizeof handle, "%016llx%016llx", (unsigned long long)r,
                       (unsigned long long)i);
        jz_stmt_bind_text(st, 1, handle);
        jz_stmt_bind_i64(st, 2, 1 + (int64_t)(r >> 32 & 7));
        jz_stmt_bind_i64(st, 3, (int64_t)(r >> 40 & 7));
        jz_stmt_bind_i64(st, 4, NOW - span + left);
        jz_stmt_bind_i64(st, 5, NOW + left);
        jz_stmt_bind_i64(st, 6, NOW + left - span / 5);
        const uint64_t pdq[] = { r, jz_bench_random(&seed), jz_bench_random(&seed), 0 };
        if (jz_stmt_run(st, NULL) != JZ_OK)
            return false;
        jz_stmt_bind_i64(item, 1, jz_store_last_id(g->store));
        jz_stmt_bind_blob(item, 2, pdq, sizeof pdq);
        if (jz_stmt_run(item, NULL) != JZ_OK)
            return false;
    }
    return jz_store_commit(g->store, NULL) == JZ_OK;
}

static jz_status ignore(void *user, const jz_review_row *row, jz_err *err)
{
    size_t *n = user;
    (void)row;
    (void)err;
    ++*n;
    return JZ_OK;
}

typedef bool call_fn(jz_govern *g, size_t i);

static bool call_next(jz_govern *g, size_t i)
{
    char object[JZ_REVIEW_OBJECT];
    (void)i;
    return jz_review_next(g, &(jz_review_filter){ 0 }, "staff:bench", object, NULL) == JZ_OK;
}

static bool call_next_of(jz_govern *g, size_t i)
{
    char object[JZ_REVIEW_OBJECT];
    (void)i;
    return jz_review_next(g, &(jz_review_filter){ .category = "other" }, "staff:bench", object,
                          NULL) == JZ_OK;
}

static bool list(jz_govern *g, const jz_review_place *after, const char *category,
                 const char *holder)
{
    size_t n = 0;
    const jz_review_filter f = {
        .after = after, .limit = 100, .holder = holder, .category = category
    };
    return jz_review_list(g, &f, "staff:bench", ignore, &n, NULL) == JZ_OK && n > 0;
}

static jz_review_place middle;

static jz_status keep_place(void *user, const jz_review_row *row, jz_err *err)
{
    (void)user;
    (void)err;
    middle = row->place;
    return JZ_OK;
}

static bool find_middle(jz_govern *g)
{
    const jz_review_filter f = { .limit = COMPLAINTS / 2 };
    return jz_review_list(g, &f, "staff:bench", keep_place, NULL, NULL) == JZ_OK;
}

static bool call_list(jz_govern *g, size_t i)
{
    (void)i;
    return list(g, NULL, NULL, NULL);
}

static bool call_list_far(jz_govern *g, size_t i)
{
    (void)i;
    return list(g, &middle, NULL, NULL);
}

static bool call_list_of(jz_govern *g, size_t i)
{
    (void)i;
    return list(g, &middle, "other", NULL);
}

static bool call_mine(jz_govern *g, size_t i)
{
    (void)i;
    return list(g, NULL, NULL, "staff:bench");
}

static bool call_count(jz_govern *g, size_t i)
{
    int64_t n = 0;
    (void)i;
    return jz_review_count(g, JZ_REVIEW_COMPLAINT, "staff:bench", &n, NULL) == JZ_OK &&
           n >= COMPLAINTS;
}

static jz_status ignore_like(void *user, const jz_like *l, jz_err *err)
{
    (void)user;
    (void)l;
    (void)err;
    return JZ_OK;
}

static bool call_likes(jz_govern *g, size_t i)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    return jz_stmt_new(g->store, "SELECT handle FROM complaint WHERE id = ?1", &st, NULL) ==
               JZ_OK &&
           (jz_stmt_bind_i64(st, 1, (int64_t)i + 1), jz_stmt_step(st, &row, NULL)) == JZ_OK &&
           row && jz_review_likes(g, jz_stmt_text(st, 0), ignore_like, NULL, NULL) == JZ_OK;
}

static const char *measure(jz_bench *b, jz_govern *g, const char *what)
{
    static const struct {
        const char *name;
        call_fn *call;
    } rows[] = { { "next", call_next },
                 { "next of a category", call_next_of },
                 { "mine", call_mine },
                 { "list, first 100", call_list },
                 { "list, from the middle", call_list_far },
                 { "list of a category, from the middle", call_list_of },
                 { "items like one of a complaint", call_likes },
                 { "count", call_count } };
    for (size_t k = 0; k < JZ_ARRAY_LEN(rows); k++) {
        double ms[CALLS];
        char name[64];
        for (size_t i = 0; i < CALLS; i++) {
            const double start = jz_bench_thread_cpu();
            if (!rows[k].call(g, i))
                return rows[k].name;
            ms[i] = (jz_bench_thread_cpu() - start) * 1e3;
        }
        (void)snprintf(name, sizeof name, "100 000 wait, %s: %s", what, rows[k].name);
        jz_bench_row(b, name, CALLS, jz_bench_median(ms, CALLS), "ms CPU", 0);
    }
    return NULL;
}

static const char *run(jz_bench *b, const char *home, int hot, const char *what)
{
    const jz_govern_opts opts = { .relaxed = true };
    jz_auto(jz_govern) *g = NULL;
    if (jz_govern_open(home, true, &opts, &g, NULL) != JZ_OK)
        return "no database";
    jz_govern_set_time(g, NOW);
    return fill(g, hot) && find_middle(g) ? measure(b, g, what) : "no complaints";
}

void jz_bench_queue(jz_bench *b)
{
    static const struct {
        int hot;
        const char *what;
    } cases[] = { { 1, "1 % hot" }, { 0, "none hot" }, { 100, "all hot" } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        char home[] = "/tmp/jz-bench-queue-XXXXXX";
        const char *why = mkdtemp(home) == NULL ? "no temporary folder"
                                                : run(b, home, cases[i].hot, cases[i].what);
        if (why != NULL)
            jz_bench_skip(b, "queue", why);
        jz_remove_tree(home);
    }
}
