/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, opening, and the way of signals from them into the index. */
#include "bank/banks.h"

#include "base/alloc.h"
#include "base/file.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Never changed once released, only added to. A signal's place in its entry is part of its key, so
 * that entry << 20 | seq names it everywhere; status is a jz_entry_status. Exact look-ups are done
 * in memory; on disk only "is this first signal known" needs an index. */
static const char *const steps[] = {
    "CREATE TABLE bank ("
    " id $id,"
    " name TEXT NOT NULL UNIQUE,"
    " note TEXT,"
    " created_us $int NOT NULL,"
    " updated_us $int NOT NULL) $strict;"
    "CREATE TABLE entry ("
    " id $id,"
    " bank_id $int NOT NULL REFERENCES bank (id) ON DELETE CASCADE,"
    " status $int NOT NULL,"
    " source TEXT,"
    " category TEXT,"
    " note TEXT,"
    " signals $int NOT NULL,"
    " created_us $int NOT NULL,"
    " updated_us $int NOT NULL) $strict;"
    "CREATE INDEX entry_of_bank ON entry (bank_id);"
    "CREATE TABLE signal ("
    " entry_id $int NOT NULL REFERENCES entry (id) ON DELETE CASCADE,"
    " seq $int NOT NULL,"
    " cls TEXT NOT NULL,"
    " digest $blob NOT NULL,"
    " quality $int,"
    " frame $int,"
    " seconds $real,"
    " PRIMARY KEY (entry_id, seq)) $clustered;"
    "CREATE INDEX signal_first ON signal (digest) WHERE seq = 0;",
    /* Entries that became active again, for processes that have the banks loaded. */
    "CREATE TABLE entry_enabled ("
    " id $id,"
    " entry_id $int NOT NULL REFERENCES entry (id) ON DELETE CASCADE) $strict;"
    "CREATE INDEX enabled_of_entry ON entry_enabled (entry_id);",
};

#define ACTIVE "status IN (0, 1)"

static const char *const sql[JZ_SQL_COUNT] = {
    [JZ_SQL_BANK_ID] = "SELECT id FROM bank WHERE name = ?1",
    [JZ_SQL_BANK_ADD] = "INSERT INTO bank (name, note, created_us, updated_us)"
                        " VALUES (?1, ?2, ?3, ?3)",
    [JZ_SQL_BANK_TOUCH] = "UPDATE bank SET updated_us = ?2"
                          " WHERE id = (SELECT bank_id FROM entry WHERE id = ?1)",
    [JZ_SQL_BANK_DELETE] = "DELETE FROM bank WHERE id = ?1",
    [JZ_SQL_BANK_LIST] =
        "SELECT b.name, b.note, b.created_us, b.updated_us, COUNT(e.id),"
        " SUM(CASE WHEN e." ACTIVE " THEN 1 ELSE 0 END), SUM(e.signals), MAX(e.updated_us)"
        " FROM bank b LEFT JOIN entry e ON e.bank_id = b.id GROUP BY b.id ORDER BY b.name",
    [JZ_SQL_ENTRY_SAME] = "SELECT s.entry_id FROM signal s JOIN entry e ON e.id = s.entry_id"
                          " WHERE s.digest = ?1 AND s.seq = 0 AND s.cls = ?2 AND e.bank_id = ?3"
                          " LIMIT 1",
    [JZ_SQL_ENTRY_ADD] = "INSERT INTO entry (bank_id, status, source, category, note, signals,"
                         " created_us, updated_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    [JZ_SQL_ENTRY_STATUS] = "SELECT e.status, b.name FROM entry e"
                            " JOIN bank b ON b.id = e.bank_id WHERE e.id = ?1",
    [JZ_SQL_ENTRY_UPDATE] = "UPDATE entry SET status = ?2, note = COALESCE(?3, note),"
                            " updated_us = ?4 WHERE id = ?1",
    [JZ_SQL_ENTRY_ENABLED] = "INSERT INTO entry_enabled (entry_id) VALUES (?1)",
    [JZ_SQL_ENTRY_DELETE] = "DELETE FROM entry WHERE id = ?1",
    [JZ_SQL_ENTRY_EACH] = "SELECT id, status, source, category, note, created_us, updated_us"
                          " FROM entry WHERE bank_id = ?1 ORDER BY id",
    [JZ_SQL_ENTRY_ONE] = "SELECT e.id, e.status, e.source, e.category, e.note, e.created_us,"
                         " e.updated_us, b.name FROM entry e JOIN bank b ON b.id = e.bank_id"
                         " WHERE e.id = ?1",
    [JZ_SQL_SIGNAL_ADD] = "INSERT INTO signal (entry_id, seq, cls, digest, quality, frame, seconds)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [JZ_SQL_SIGNALS] = "SELECT cls, digest, quality, frame, seconds FROM signal"
                       " WHERE entry_id = ?1 ORDER BY seq",
    [JZ_SQL_LOAD] = "SELECT s.entry_id, s.seq, s.cls, s.digest FROM entry e"
                    " JOIN signal s ON s.entry_id = e.id WHERE e.id > ?1 AND e." ACTIVE,
    [JZ_SQL_LOAD_ENABLED] = "SELECT s.entry_id, s.seq, s.cls, s.digest"
                            " FROM (SELECT DISTINCT entry_id FROM entry_enabled WHERE id > ?1) n"
                            " JOIN entry e ON e.id = n.entry_id JOIN signal s ON s.entry_id = e.id"
                            " WHERE e.id <= ?2 AND e." ACTIVE,
    [JZ_SQL_LAST] = "SELECT (SELECT MAX(id) FROM entry), (SELECT MAX(id) FROM entry_enabled)",
    [JZ_SQL_LOAD_BANK] = "SELECT s.entry_id, s.seq, s.cls, s.digest FROM entry e"
                         " JOIN signal s ON s.entry_id = e.id"
                         " WHERE e." ACTIVE " AND e.bank_id = ?1",
    [JZ_SQL_BANK_SIGNALS] = "SELECT s.cls, s.digest, s.seq FROM entry e"
                            " JOIN signal s ON s.entry_id = e.id WHERE e.bank_id = ?1"
                            " ORDER BY e.id, s.seq",
    [JZ_SQL_LOAD_ENTRY] = "SELECT entry_id, seq, cls, digest FROM signal WHERE entry_id = ?1",
};

static const char resolve_sql[] =
    "SELECT b.name, e.status, s.cls, s.digest, s.frame, s.seconds FROM entry e"
    " JOIN bank b ON b.id = e.bank_id JOIN signal s ON s.entry_id = e.id"
    " WHERE e.id = ?1 AND s.seq = ?2 AND e." ACTIVE;

static const char *const status_names[] = {
    [JZ_ENTRY_SEED] = "seed",
    [JZ_ENTRY_CONFIRMED] = "confirmed",
    [JZ_ENTRY_DISABLED] = "disabled",
    [JZ_ENTRY_WITHDRAWN] = "withdrawn",
};

const char *jz_entry_status_name(jz_entry_status s)
{
    return (unsigned)s < JZ_ARRAY_LEN(status_names) ? status_names[s] : "unknown";
}

bool jz_entry_status_find(const char *name, jz_entry_status *out)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(status_names); i++) {
        if (strcmp(name, status_names[i]) != 0)
            continue;
        *out = (jz_entry_status)i;
        return true;
    }
    return false;
}

jz_status jz_banks_stmt(jz_banks *b, enum jz_bank_sql which, jz_stmt **out, jz_err *err)
{
    if (b->stmt[which] == NULL)
        JZ_TRY(jz_stmt_new(b->store, sql[which], &b->stmt[which], err));
    *out = b->stmt[which];
    return JZ_OK;
}

jz_status jz_banks_find(jz_banks *b, const char *name, int64_t *id, jz_err *err)
{
    jz_stmt *st = NULL;
    bool row = false;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_BANK_ID, &st, err));
    jz_stmt_bind_text(st, 1, name);
    jz_status status = jz_stmt_step(st, &row, err);
    if (status == JZ_OK && !row)
        status = JZ_FAIL(err, JZ_E_NOTFOUND, "there is no bank '%s'", name);
    if (status == JZ_OK)
        *id = jz_stmt_i64(st, 0);
    jz_stmt_reset(st);
    return status;
}

jz_status jz_banks_digest(jz_stmt *st, int at, const jz_hash_class **cls, jz_bytes *digest,
                          jz_err *err)
{
    const char *name = jz_stmt_text(st, at);
    const jz_hash_class *c = name != NULL ? jz_hash_class_find(name) : NULL;
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a bank holds a hash of the unknown type '%s'",
                       name != NULL ? name : "");
    const jz_bytes d = jz_stmt_blob(st, at + 1);
    if (d.len != c->digest_size)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a bank holds a %s hash of %zu bytes", name, d.len);
    *cls = c;
    *digest = d;
    return JZ_OK;
}

void jz_stage_reset(jz_stage *g)
{
    g->n = 0;
    g->n_exact = 0;
}

static void stage_done(jz_stage *g)
{
    jz_free(g->hash);
    jz_free(g->id);
    jz_free(g->exact);
    *g = (jz_stage){ 0 };
}

/* Makes room for one more of each array, whose sizes may differ after a failure in between. */
static bool reserve(jz_stage *g)
{
    if (g->n == g->size) {
        const size_t size = g->size > 0 ? g->size * 2 : 16;
        uint8_t *hash = jz_realloc_array(g->hash, size, JZ_PDQ_SIZE);
        if (hash != NULL)
            g->hash = hash;
        uint64_t *id = hash != NULL ? jz_realloc_array(g->id, size, sizeof *id) : NULL;
        if (id == NULL)
            return false;
        g->id = id;
        g->size = size;
    }
    struct jz_stage_exact *exact = jz_grow(g->exact, g->n_exact, &g->exact_size, sizeof *exact);
    if (exact == NULL)
        return false;
    g->exact = exact;
    return true;
}

jz_status jz_stage_add(jz_stage *g, const jz_hash_class *cls, const uint8_t *digest, uint64_t id,
                       jz_err *err)
{
    if (!reserve(g))
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %zu signals", g->n + g->n_exact);
    if (cls->kind == JZ_HASH_PERCEPTUAL) {
        memcpy(g->hash + g->n * JZ_PDQ_SIZE, digest, JZ_PDQ_SIZE);
        g->id[g->n++] = id;
    } else {
        struct jz_stage_exact *e = &g->exact[g->n_exact++];
        *e = (struct jz_stage_exact){ .id = id, .cls = cls };
        memcpy(e->digest, digest, cls->digest_size);
    }
    return JZ_OK;
}

static jz_status stage_row(jz_stage *g, jz_stmt *st, jz_err *err)
{
    const jz_hash_class *cls = NULL;
    jz_bytes digest = { 0 };
    JZ_TRY(jz_banks_digest(st, 2, &cls, &digest, err));
    return jz_stage_add(g, cls, digest.ptr, jz_signal_id(jz_stmt_i64(st, 0), jz_stmt_i64(st, 1)),
                        err);
}

jz_status jz_stage_rows(jz_stage *g, jz_stmt *st, jz_err *err)
{
    bool row = false;
    jz_status status = jz_stmt_step(st, &row, err);
    while (status == JZ_OK && row) {
        status = stage_row(g, st, err);
        if (status == JZ_OK)
            status = jz_stmt_step(st, &row, err);
    }
    jz_stmt_reset(st);
    return status;
}

static void withdraw_exact(jz_banks *b, const jz_stage *g, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct jz_stage_exact *e = &g->exact[i];
        jz_exact_set_remove(b->exact, e->cls, e->digest, e->id);
    }
}

static jz_status publish_exact(jz_banks *b, const jz_stage *g, jz_err *err)
{
    for (size_t i = 0; i < g->n_exact; i++) {
        const struct jz_stage_exact *e = &g->exact[i];
        const jz_status st = jz_exact_set_add(b->exact, e->cls, e->digest, e->id, err);
        if (st != JZ_OK) {
            withdraw_exact(b, g, i);
            return st;
        }
    }
    return JZ_OK;
}

jz_status jz_banks_publish(jz_banks *b, const jz_stage *g, jz_err *err)
{
    if (b->index == NULL)
        return JZ_OK;
    JZ_TRY(publish_exact(b, g, err));
    const jz_status st = g->n > 0 ? jz_index_add(b->index, g->hash, g->id, g->n, err) : JZ_OK;
    if (st != JZ_OK)
        withdraw_exact(b, g, g->n_exact);
    return st;
}

void jz_banks_withdraw(jz_banks *b, const jz_stage *g)
{
    if (b->index == NULL)
        return;
    withdraw_exact(b, g, g->n_exact);
    for (size_t i = 0; i < g->n; i++)
        (void)jz_index_remove(b->index, g->id[i]); /* how many there were: one */
}

/* Signals go into the index in blocks: of it, not of this stage, is the memory. */
#define LOAD_BLOCK 262144

static jz_status load_rows(jz_banks *b, jz_stmt *st, jz_err *err)
{
    bool row = false;
    JZ_TRY(jz_stmt_step(st, &row, err));
    while (row) {
        JZ_TRY(stage_row(&b->stage, st, err));
        if (b->stage.n + b->stage.n_exact == LOAD_BLOCK) {
            JZ_TRY(jz_banks_publish(b, &b->stage, err));
            jz_stage_reset(&b->stage);
        }
        JZ_TRY(jz_stmt_step(st, &row, err));
    }
    return jz_banks_publish(b, &b->stage, err);
}

static jz_status load_new(jz_banks *b, jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_LOAD, &st, err));
    jz_stmt_bind_i64(st, 1, b->seen.entry);
    const jz_status status = load_rows(b, st, err);
    jz_stmt_reset(st);
    stage_done(&b->stage);
    return status;
}

/* One that another process disabled and enabled again may still be in the index: out of it first.
 * A search in between misses what was disabled a moment ago. */
static jz_status load_enabled(jz_banks *b, jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_LOAD_ENABLED, &st, err));
    jz_stmt_bind_i64(st, 1, b->seen.enabled);
    jz_stmt_bind_i64(st, 2, b->seen.entry);
    jz_status status = jz_stage_rows(&b->stage, st, err);
    if (status == JZ_OK) {
        jz_banks_withdraw(b, &b->stage);
        status = jz_banks_publish(b, &b->stage, err);
    }
    jz_stage_reset(&b->stage);
    return status;
}

static jz_status read_last(jz_banks *b, struct jz_banks_seen *last, jz_err *err)
{
    jz_stmt *st = NULL;
    bool row = false;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_LAST, &st, err));
    const jz_status status = jz_stmt_step(st, &row, err);
    if (status == JZ_OK) /* the numbers of empty tables are 0 */
        *last = (struct jz_banks_seen){ jz_stmt_i64(st, 0), jz_stmt_i64(st, 1) };
    jz_stmt_reset(st);
    return status;
}

jz_status jz_banks_catch_up(jz_banks *b, jz_err *err)
{
    struct jz_banks_seen last = { 0 };
    if (b->index == NULL)
        return JZ_OK;
    JZ_TRY(read_last(b, &last, err));
    if (last.enabled > b->seen.enabled)
        JZ_TRY(load_enabled(b, err));
    if (last.entry > b->seen.entry)
        JZ_TRY(load_new(b, err));
    b->seen.enabled = last.enabled > b->seen.enabled ? last.enabled : b->seen.enabled;
    b->seen.entry = last.entry > b->seen.entry ? last.entry : b->seen.entry;
    return JZ_OK;
}

jz_status jz_banks_refresh(jz_banks *b, jz_err *err)
{
    if (b->in_batch)
        return JZ_FAIL(err, JZ_E_INVAL, "a batch is open");
    JZ_TRY(jz_store_begin_read(b->store, err)); /* of one moment */
    const jz_status st = jz_banks_catch_up(b, err);
    jz_store_rollback(b->store);
    return st;
}

static jz_status load_all(jz_banks *b, jz_err *err)
{
    JZ_TRY(jz_index_new(&b->index, err));
    JZ_TRY(jz_exact_set_new(&b->exact, err));
    JZ_TRY(jz_store_open(b->path, NULL, &b->reader, err));
    JZ_TRY(jz_stmt_new(b->reader, resolve_sql, &b->resolve, err));
    return jz_banks_refresh(b, err);
}

static jz_status open_all(jz_banks *b, const char *home, bool create, bool load, jz_err *err)
{
    if (create)
        JZ_TRY(jz_mkdir_all(home, err));
    JZ_TRY(jz_path_join(home, "jz.db", &b->path, err));
    if (!create && access(b->path, F_OK) != 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s: there are no banks here yet", b->path);
    const jz_store_opts opts = { .cache_kib = 65536 };
    JZ_TRY(jz_store_open(b->path, &opts, &b->store, err));
    JZ_TRY(jz_store_migrate(b->store, "bank", steps, JZ_ARRAY_LEN(steps), err));
    JZ_TRY(jz_bank_change_table(b->store, err));
    return load ? load_all(b, err) : JZ_OK;
}

jz_status jz_banks_open(const char *home, bool create, bool load, jz_banks **out, jz_err *err)
{
    jz_banks *b = jz_alloc_zero(1, sizeof *b);
    if (b == NULL || pthread_mutex_init(&b->reader_lock, NULL) != 0) {
        jz_free(b);
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    const jz_status st = open_all(b, home, create, load, err);
    if (st != JZ_OK) {
        jz_banks_close(b);
        return st;
    }
    memcpy(b->by, "unknown", sizeof "unknown");
    *out = b;
    return JZ_OK;
}

void jz_banks_close(jz_banks *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < JZ_ARRAY_LEN(b->stmt); i++)
        jz_stmt_free(b->stmt[i]);
    jz_stmt_free(b->resolve);
    jz_store_close(b->reader);
    jz_store_close(b->store); /* rolls an open batch back */
    jz_index_free(b->index);
    jz_exact_set_free(b->exact);
    stage_done(&b->stage);
    (void)pthread_mutex_destroy(&b->reader_lock); /* nobody holds it any more */
    jz_free(b->path);
    jz_free(b);
}

size_t jz_banks_count(const jz_banks *b, size_t *perceptual)
{
    const size_t n = b->index != NULL ? jz_index_count(b->index) : 0;
    if (perceptual != NULL)
        *perceptual = n;
    return n + (b->exact != NULL ? jz_exact_set_count(b->exact) : 0);
}
