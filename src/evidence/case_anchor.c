/* SPDX-License-Identifier: Apache-2.0 */
/* From the record of cases to the ledger: which events go there, as leaves of which kind. */
#include <jz/sealing.h>

#include "evidence/anchor.h"
#include "evidence/cases.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *event;
    jz_leaf_kind leaf;
} kinds[] = {
    { "accessed", JZ_LEAF_ACCESSED },   { "held", JZ_LEAF_HELD },
    { "released", JZ_LEAF_RELEASED },   { "transferred", JZ_LEAF_TRANSFERRED },
    { "scanned", JZ_LEAF_AUDIT_BATCH }, { "exported", JZ_LEAF_EXPORTED },
    { "resealed", JZ_LEAF_RESEAL },     { "destroyed", JZ_LEAF_DESTROYED },
};

static jz_status read_event(jz_stmt *st, int64_t *row, jz_leaf *out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_case_event e;
    JZ_TRY(jz_case_event_row(st, &e, err));
    *row = jz_stmt_i64(st, 6);
    const char *id = jz_stmt_text(st, 7);
    *out = (jz_leaf){ .time = (uint64_t)(e.at_us / 1000000) };
    for (size_t i = 0; i < JZ_ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].event, e.kind) == 0)
            out->kind = kinds[i].leaf;
    (void)snprintf(out->object, sizeof out->object, "%s", id);
    jz_case_event_text(id, &e, &text);
    JZ_TRY(jz_buf_check(&text, err));
    jz_sha256(text.ptr, text.len, out->sha256);
    return JZ_OK;
}

jz_status jz_case_anchor(jz_cases *c, jz_log *log, uint64_t *n, jz_err *err)
{
    static const jz_anchor events = {
        .next = "SELECT e.at_us, e.done_by, e.kind, e.detail, e.salt, e.leaf, e.id, f.handle"
                " FROM case_event e JOIN case_file f ON f.id = e.case_id"
                " WHERE e.leaf IS NULL AND e.kind IN"
                " ('accessed', 'held', 'released', 'transferred', 'scanned',"
                " 'exported', 'resealed', 'destroyed')"
                " ORDER BY e.id LIMIT ?1",
        .last = "SELECT MAX(e.leaf) FROM case_event e JOIN case_file f ON f.id = e.case_id"
                " WHERE f.handle = ?1",
        .keep = "UPDATE case_event SET leaf = ?2 WHERE id = ?1",
        .read = read_event,
    };
    return jz_anchor_run(c->store, &events, log, n, err);
}
