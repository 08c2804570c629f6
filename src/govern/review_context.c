/* SPDX-License-Identifier: Apache-2.0 */
/* What else there is about the same bytes or the same address. */
#include "govern/reviews.h"

#include "base/hex.h"
#include "govern/measures.h"

#include <stdio.h>
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
