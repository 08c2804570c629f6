/* SPDX-License-Identifier: Apache-2.0 */
/* What else there is about the same bytes or the same address. */
#include "govern/reviews.h"

#include "base/hex.h"
#include "govern/measures.h"
#include "govern/quality.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct lister {
    jz_sibling_fn fn;
    void *user;
} lister;

static jz_status tell_complaint(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    const jz_sibling s = { .complaint = jz_stmt_text(st, 0),
                           .state = jz_complaint_state_name((jz_complaint_state)jz_stmt_i64(st, 1)),
                           .at_us = jz_stmt_i64(st, 2) };
    (void)g;
    return l->fn(l->user, &s, err);
}

static jz_status tell_measure(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    const jz_sibling s = { .decision = jz_stmt_text(st, 0),
                           .kind = jz_measure_kind_name((jz_measure_kind)jz_stmt_i64(st, 1)),
                           .state = jz_measure_state_name((jz_measure_state)jz_stmt_i64(st, 2)),
                           .at_us = jz_stmt_i64(st, 3) };
    (void)g;
    return l->fn(l->user, &s, err);
}

static jz_status list_measures(jz_govern *g, const char *target, lister *l, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT d.handle, m.kind, m.state, m.ordered_us FROM measure m"
                       " JOIN decision d ON d.id = m.decision_id WHERE m.target = ?1"
                       " ORDER BY m.id DESC LIMIT 64",
                       &st, err));
    jz_stmt_bind_text(st, 1, target);
    return jz_govern_each(g, st, tell_measure, l, err);
}

jz_status jz_review_siblings(jz_govern *g, const char *except, const uint8_t *sha256,
                             const char *url, jz_sibling_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    char target[7 + 64 + 1] = "sha256:";
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT c.handle, c.state, c.filed_us FROM complaint c WHERE c.handle <> ?1"
                       " AND c.id IN (SELECT complaint_id FROM complaint_item WHERE sha256 = ?2"
                       " UNION SELECT complaint_id FROM complaint_item WHERE url = ?3)"
                       " ORDER BY c.id DESC LIMIT 64",
                       &st, err));
    jz_stmt_bind_text(st, 1, except);
    jz_stmt_bind_blob(st, 2, sha256, 32);
    jz_stmt_bind_text(st, 3, url);
    JZ_TRY(jz_govern_each(g, st, tell_complaint, &l, err));
    if (sha256 != NULL) {
        jz_hex_encode(sha256, 32, target + 7);
        JZ_TRY(list_measures(g, target, &l, err));
    }
    return url != NULL ? list_measures(g, url, &l, err) : JZ_OK;
}

/* ---- hashes ---- */

typedef struct hash_lister {
    jz_review_hash_fn fn;
    void *user;
    int64_t n; /* targets so far */
} hash_lister;

static jz_status tell_item_hash(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const hash_lister *l = user;
    const jz_bytes sha256 = jz_stmt_blob(st, 1), pdq = jz_stmt_blob(st, 2);
    (void)g;
    return l->fn(l->user, jz_stmt_i64(st, 0), sha256.len == 32 ? sha256.ptr : NULL,
                 pdq.len == 32 ? pdq.ptr : NULL, err);
}

static jz_status tell_target_hash(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    hash_lister *l = user;
    uint8_t sha256[32];
    const char *target = jz_stmt_text(st, 0);
    (void)g;
    l->n++;
    if (strncmp(target, "sha256:", 7) != 0 ||
        !jz_hex_decode(target + 7, strlen(target + 7), sha256, sizeof sha256))
        return JZ_OK;
    return l->fn(l->user, l->n, sha256, NULL, err);
}

/* Of each kind of object: what has its hashes. */
static const struct {
    const char *kind, *sql;
    jz_govern_row_fn tell;
} hashes[] = {
    { "complaint:",
      "SELECT i.number, i.sha256, i.pdq FROM complaint_item i JOIN complaint c"
      " ON c.id = i.complaint_id WHERE c.handle = ?1 OR c.id ="
      " (SELECT q.complaint_id FROM quality_repeat q WHERE q.handle = ?1) ORDER BY i.number LIMIT "
      "64",
      tell_item_hash },
    { "decision:",
      "SELECT DISTINCT m.target FROM measure m JOIN decision d ON d.id = m.decision_id"
      " WHERE d.handle = ?1 ORDER BY m.target LIMIT 64",
      tell_target_hash },
    { "measure:",
      "SELECT DISTINCT m.target FROM measure m WHERE m.decision_id ="
      " (SELECT n.decision_id FROM measure n WHERE n.id = ?2)"
      " ORDER BY m.target LIMIT 64",
      tell_target_hash },
};

jz_status jz_review_hashes(jz_govern *g, const char *object, jz_review_hash_fn fn, void *user,
                           jz_err *err)
{
    hash_lister l = { fn, user, 0 };
    jz_repeat repeat = { 0 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(hashes); i++) {
        jz_auto(jz_stmt) *st = NULL;
        const size_t len = strlen(hashes[i].kind);
        if (strncmp(object, hashes[i].kind, len) != 0)
            continue;
        JZ_TRY(jz_stmt_new(g->store, hashes[i].sql, &st, err));
        const char *id = object + len;
        if (i == 0 && jz_repeat_find(g, id, &repeat, NULL) == JZ_OK)
            id = repeat.complaint;
        jz_stmt_bind_text(st, 1, id);
        if (hashes[i].tell == tell_target_hash)
            jz_stmt_bind_i64(st, 2, strtoll(id, NULL, 10)); /* of a measure */
        return jz_govern_each(g, st, hashes[i].tell, &l, err);
    }
    return JZ_FAIL(err, JZ_E_INVAL, "'%s' is nothing that waits", object);
}
