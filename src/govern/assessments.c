/* SPDX-License-Identifier: Apache-2.0 */
/* Impact assessments: when they were made, and which consents in force rest on one that is due. */
#include "govern/consents.h"
#include "govern/reports.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <jz/report.h>

#include <stdio.h>
#include <string.h>

#define MANY 256
#define REDO_DAYS 366
#define DAYS_MAX 3660
#define DAY_US ((int64_t)86400 * 1000000)

/* Never changed once released, only added to. */
static const char *const steps[] = {
    "CREATE TABLE assessment ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " made_us $int NOT NULL,"
    " due_us $int NOT NULL) $clustered;",
};

jz_status jz_assessment_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "assessment", steps, JZ_ARRAY_LEN(steps), err);
}

static jz_status note_in(jz_govern *g, const char *id, int64_t made_us, int64_t due_us,
                         const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO assessment (name, made_us, due_us) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (name) DO UPDATE SET made_us = excluded.made_us,"
                       " due_us = excluded.due_us",
                       &st, err));
    jz_stmt_bind_text(st, 1, id);
    jz_stmt_bind_i64(st, 2, made_us);
    jz_stmt_bind_i64(st, 3, due_us);
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "due_us", due_us);
    jz_json_put_i64(&j, "made_us", made_us);
    jz_json_end_object(&j);
    return jz_govern_record(g, id, by, "assessed", &detail, err);
}

jz_status jz_assessment_note(jz_govern *g, const char *id, int64_t made_us, uint32_t redo_days,
                             const char *by, jz_err *err)
{
    const int64_t days = redo_days != 0 ? redo_days : REDO_DAYS;
    JZ_TRY(jz_govern_text("assessment's name", id, JZ_GOVERN_NAME_MAX - 1, true, err));
    if (days > DAYS_MAX || made_us <= 0 || made_us > jz_govern_now_us(g))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "an assessment was made before now, and is due again "
                       "within ten years");
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, note_in(g, id, made_us, made_us + days * DAY_US, by, err), err);
}

/* ---- listing ---- */

typedef struct entry {
    char id[JZ_GOVERN_NAME_MAX];
    int64_t made_us, due_us, consents;
} entry;

typedef struct list {
    entry entry[MANY];
    size_t n;
    jz_consent_record record;
} list; /* 100 kB: on the heap */

static jz_status find(list *l, const char *id, entry **out, jz_err *err)
{
    for (size_t i = 0; i < l->n; i++) {
        if (strcmp(l->entry[i].id, id) != 0)
            continue;
        *out = &l->entry[i];
        return JZ_OK;
    }
    if (l->n == MANY)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d assessments", MANY);
    *out = &l->entry[l->n++];
    (void)snprintf((*out)->id, sizeof(*out)->id, "%s", id);
    return JZ_OK;
}

static jz_status take_noted(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    entry *e = NULL;
    (void)g;
    JZ_TRY(find(user, jz_stmt_text(st, 0), &e, err));
    e->made_us = jz_stmt_i64(st, 1);
    e->due_us = jz_stmt_i64(st, 2);
    return JZ_OK;
}

static jz_status take_consent(void *user, const jz_consent_info *i, jz_err *err)
{
    list *l = user;
    entry *e = NULL;
    if (!i->valid)
        return JZ_OK;
    JZ_TRY(jz_consent_record_read(jz_bytes_of_text(i->record), &l->record, err));
    JZ_TRY(find(l, l->record.assessment, &e, err));
    e->consents++;
    return JZ_OK;
}

static jz_status tell_all(jz_govern *g, list *l, jz_assessment_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "SELECT name, made_us, due_us FROM assessment ORDER BY name", &st,
                       err));
    JZ_TRY(jz_govern_each(g, st, take_noted, l, err));
    JZ_TRY(jz_consent_list(g, take_consent, l, err));
    for (size_t i = 0; i < l->n; i++) {
        const entry *e = &l->entry[i];
        const jz_assessment a = { .id = e->id,
                                  .made_us = e->made_us,
                                  .due_us = e->due_us,
                                  .consents = e->consents,
                                  .due = e->due_us <= jz_govern_now_us(g) };
        JZ_TRY(fn(user, &a, err));
    }
    return JZ_OK;
}

jz_status jz_assessments(jz_govern *g, jz_assessment_fn fn, void *user, jz_err *err)
{
    list *l = jz_alloc_zero(1, sizeof *l);
    if (l == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = tell_all(g, l, fn, user, err);
    jz_free(l);
    return st;
}
