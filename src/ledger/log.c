/* SPDX-License-Identifier: Apache-2.0 */
/* The writing side of a log. What an append does, in this order:
 *   1. the leaves into the journal, which is synced: from here on they are durable;
 *   2. tiles and bundles that have become full, which are not; the head is signed;
 *   3. the log is published: the partial tiles, then the checkpoint, renamed into its place, so
 *      that who reads it finds its tiles. Of appends in quick succession few do that: making,
 *      renaming and removing small files costs a file system as much as the journal's sync.
 * A tree of one size is never signed with two roots: nothing is signed before its leaves are
 * durable, and what is durable is finished, the same way, by the next jz_log_open().
 *
 * Now and then the log is settled: it is published, everything is synced, then the checkpoint is
 * written and synced under its name, then the journal is emptied. Only then partial tiles that have
 * become full are removed, for the journal's leaves go on from them. */
#include "ledger/log.h"

#include "base/alloc.h"
#include "ledger/checkpoint.h"
#include "ledger/ed25519.h"
#include "ledger/lines.h"

#include <inttypes.h>
#include <string.h>

/* ---- head and checkpoint ---- */

jz_status jz_log_write_tile(void *user, const jz_tile *tile, jz_bytes content, jz_err *err)
{
    const jz_log *log = user;
    char path[JZ_TILE_PATH];
    jz_tile_path(tile, path);
    return log->disk->ops->write(log->disk, path, content, err);
}

/* The head becomes what the edge is; unsigned. */
void jz_log_take_head(jz_log *log)
{
    memcpy(log->head.origin, log->vkey.name, sizeof log->head.origin);
    log->head.size = log->edge.tree.n;
    jz_frontier_root(&log->edge.tree, &log->head.root);
}

jz_status jz_log_sign(const jz_checkpoint *head, const jz_skey *key, jz_buf *note, jz_err *err)
{
    jz_buf_reset(note);
    jz_checkpoint_put(head, note);
    JZ_TRY(jz_buf_check(note, err));
    JZ_BUF_AUTO line = { 0 };
    JZ_TRY(jz_note_sign(jz_bytes_of(note->ptr, note->len), key, 0, &line, err));
    jz_buf_putc(note, '\n');
    jz_buf_put(note, line.ptr, line.len);
    return jz_buf_check(note, err);
}

/* Puts a checkpoint in its place; durable only where it is asked for. */
jz_status jz_log_place(jz_disk *d, const jz_buf *note, bool durable, jz_err *err)
{
    const jz_bytes content = jz_bytes_of(note->ptr, note->len);
    JZ_TRY(d->ops->write(d, JZ_LOG_NEW_CHECKPOINT, content, err));
    if (durable)
        JZ_TRY(d->ops->sync(d, JZ_LOG_NEW_CHECKPOINT, err));
    JZ_TRY(d->ops->rename(d, JZ_LOG_NEW_CHECKPOINT, JZ_LOG_CHECKPOINT, err));
    return durable ? d->ops->sync_names(d, err) : JZ_OK;
}

/* ---- publishing ---- */

/* Partial tiles first: who reads the checkpoint finds them. */
static jz_status publish_tiles(jz_log *log, jz_err *err)
{
    return jz_edge_put_partials(&log->edge, log->published, err);
}

static void note_published(jz_log *log)
{
    log->published = log->head.size;
    log->published_ms = log->disk->ops->now_ms(log->disk);
}

static jz_status publish(jz_log *log, jz_err *err)
{
    JZ_TRY(publish_tiles(log, err));
    JZ_TRY(jz_log_place(log->disk, &log->note, false, err));
    note_published(log);
    return JZ_OK;
}

static bool is_published_lately(const jz_log *log)
{
    return log->published_ms != 0 &&
           log->disk->ops->now_ms(log->disk) - log->published_ms < JZ_LOG_PUBLISH_MS;
}

/* ---- settling ---- */

/* Partial tiles in the place of those that have become full since the log had since leaves. */
static jz_status remove_partials(const jz_log *log, uint64_t since, jz_err *err)
{
    static const unsigned levels[] = { JZ_TILE_ENTRIES, 0, 1, 2, 3, 4, 5, 6, 7 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(levels); i++) {
        jz_tile t = { .level = levels[i], .width = JZ_TILE_WIDTH };
        const uint64_t full = jz_tile_hashes(log->head.size, t.level) / JZ_TILE_WIDTH;
        for (t.n = jz_tile_hashes(since, t.level) / JZ_TILE_WIDTH; t.n < full; t.n++) {
            char path[JZ_TILE_PATH];
            jz_tile_partials(&t, path);
            JZ_TRY(log->disk->ops->remove_folder(log->disk, path, err));
        }
    }
    return JZ_OK;
}

jz_status jz_log_empty_journal(jz_log *log, jz_err *err)
{
    static const uint8_t zeros[JZ_JOURNAL_WIPE];
    jz_disk *d = log->disk;
    JZ_TRY(d->ops->write_at(d, JZ_LOG_JOURNAL, 0, (jz_bytes){ zeros, sizeof zeros }, err));
    JZ_TRY(d->ops->sync(d, JZ_LOG_JOURNAL, err));
    jz_journal_begin(&log->journal, &log->skey);
    return JZ_OK;
}

jz_status jz_log_settle_now(jz_log *log, jz_err *err)
{
    const uint64_t since = log->settled;
    JZ_TRY(publish_tiles(log, err));
    JZ_TRY(log->disk->ops->sync_all(log->disk, err));
    JZ_TRY(jz_log_place(log->disk, &log->note, true, err));
    note_published(log);
    JZ_TRY(jz_log_empty_journal(log, err));
    log->settled = log->head.size;
    return remove_partials(log, since, err);
}

/* What a failed write leaves behind is not known before the folder is read again. */
static jz_status broken_by(jz_log *log, jz_status st, jz_err *err)
{
    if (st != JZ_OK) {
        log->broken = true;
        jz_err_wrap(err, "log %s", log->name);
    }
    return st;
}

static jz_status check_writer(const jz_log *log, jz_err *err)
{
    if (!log->writer)
        return JZ_FAIL(err, JZ_E_INVAL, "log %s was opened for reading", log->name);
    if (log->broken)
        return JZ_FAIL(err, JZ_E_IO, "log %s: a write has failed before; open it again", log->name);
    return JZ_OK;
}

jz_status jz_log_settle(jz_log *log, jz_err *err)
{
    JZ_TRY(check_writer(log, err));
    if (log->journal.at == 0)
        return JZ_OK;
    return broken_by(log, jz_log_settle_now(log, err), err);
}

/* ---- appending ---- */

static jz_status check_batch(const jz_log *log, const jz_bytes *leaves, size_t n, size_t *bytes,
                             jz_err *err)
{
    JZ_TRY(check_writer(log, err));
    if (n == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "no leaves to append");
    if (n > JZ_LOG_BATCH_MAX || n > JZ_TREE_SIZE_MAX - log->head.size)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu leaves at once; %d are the most", n, JZ_LOG_BATCH_MAX);
    *bytes = 0;
    for (size_t i = 0; i < n; i++) {
        if (leaves[i].len > JZ_LOG_LEAF_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "leaf %zu has %zu bytes; %d are the most", i,
                           leaves[i].len, JZ_LOG_LEAF_MAX);
        *bytes += 2 + leaves[i].len;
    }
    if (*bytes > JZ_LOG_BATCH_BYTES)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu bytes of leaves at once; %zu are the most", *bytes,
                       JZ_LOG_BATCH_BYTES);
    return JZ_OK;
}

static jz_status make_base(const jz_log *log, jz_journal *j, jz_buf *out, jz_err *err)
{
    uint8_t nonce[JZ_JOURNAL_NONCE];
    JZ_BUF_AUTO body = { 0 };
    JZ_TRY(jz_random(nonce, sizeof nonce, err));
    jz_buf_put(&body, nonce, sizeof nonce);
    jz_buf_put(&body, log->note.ptr, log->note.len);
    JZ_TRY(jz_buf_check(&body, err));
    return jz_journal_put(j, JZ_JOURNAL_BASE, jz_bytes_of(body.ptr, body.len), out, err);
}

/* The leaves as a record, behind a base where the journal is empty. */
static jz_status make_records(const jz_log *log, const jz_bytes *leaves, size_t n, jz_journal *j,
                              jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO bundle = { 0 };
    if (j->at == 0)
        JZ_TRY(make_base(log, j, out, err));
    for (size_t i = 0; i < n; i++)
        jz_bundle_put(&bundle, leaves[i]);
    JZ_TRY(jz_buf_check(&bundle, err));
    return jz_journal_put(j, JZ_JOURNAL_LEAVES, jz_bytes_of(bundle.ptr, bundle.len), out, err);
}

static jz_status write_records(jz_log *log, const jz_buf *records, const jz_journal *next,
                               jz_err *err)
{
    jz_disk *d = log->disk;
    const jz_bytes bytes = jz_bytes_of(records->ptr, records->len);
    JZ_TRY(d->ops->write_at(d, JZ_LOG_JOURNAL, log->journal.at, bytes, err));
    JZ_TRY(d->ops->sync(d, JZ_LOG_JOURNAL, err));
    log->journal = *next;
    return JZ_OK;
}

static jz_status grow(jz_log *log, const jz_bytes *leaves, size_t n, jz_err *err)
{
    for (size_t i = 0; i < n; i++)
        JZ_TRY(jz_edge_add(&log->edge, leaves[i], err));
    jz_log_take_head(log);
    JZ_TRY(jz_log_sign(&log->head, &log->skey, &log->note, err));
    return is_published_lately(log) ? JZ_OK : publish(log, err);
}

static jz_status commit(jz_log *log, const jz_bytes *leaves, size_t n, const jz_buf *records,
                        const jz_journal *next, jz_err *err)
{
    JZ_TRY(write_records(log, records, next, err));
    return grow(log, leaves, n, err);
}

jz_status jz_log_append(jz_log *log, const jz_bytes *leaves, size_t n, uint64_t *first, jz_err *err)
{
    JZ_BUF_AUTO records = { 0 };
    size_t bytes;
    JZ_TRY(check_batch(log, leaves, n, &bytes, err));
    if (log->journal.at + bytes > JZ_LOG_SETTLE_BYTES ||
        log->head.size - log->settled + n > JZ_LOG_SETTLE_LEAVES)
        JZ_TRY(jz_log_settle(log, err));
    jz_journal next = log->journal;
    JZ_TRY(make_records(log, leaves, n, &next, &records, err));
    const uint64_t at = log->head.size;
    JZ_TRY(broken_by(log, commit(log, leaves, n, &records, &next, err), err));
    *first = at;
    return JZ_OK;
}

/* ---- cosignatures ---- */

/* Every line must be of a known witness. */
static jz_status check_lines(const jz_note *lines, const jz_vkey *witnesses, size_t n, jz_err *err)
{
    for (size_t i = 0; i < lines->n; i++) {
        size_t k = 0;
        while (k < n && (memcmp(witnesses[k].id, lines->sig[i].id, sizeof witnesses[k].id) != 0 ||
                         !jz_line_is(lines->sig[i].name, witnesses[k].name)))
            k++;
        if (k == n || witnesses[k].type != JZ_KEY_COSIGNATURE)
            return JZ_FAIL(err, JZ_E_MISMATCH, "signature %zu is of no known witness", i + 1);
    }
    return JZ_OK;
}

static jz_status check_cosignatures(const jz_log *log, jz_bytes lines, const jz_vkey *witnesses,
                                    size_t n, jz_err *err)
{
    jz_note note;
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(jz_note_parse_lines(lines, &note, err));
    JZ_TRY(check_lines(&note, witnesses, n, err));
    jz_checkpoint_put(&log->head, &text);
    JZ_TRY(jz_buf_check(&text, err));
    note.text = jz_bytes_of(text.ptr, text.len);
    for (size_t i = 0; i < n; i++) {
        jz_note_seal seal;
        JZ_TRY(jz_note_verify_any(&note, &witnesses[i], 1, &seal, err));
    }
    return JZ_OK;
}

static jz_status place_cosigned(jz_log *log, const jz_buf *note, jz_err *err)
{
    JZ_TRY(publish_tiles(log, err));
    JZ_TRY(jz_log_place(log->disk, note, true, err));
    note_published(log);
    return JZ_OK;
}

static bool is_signed_by(const jz_note_sig *by, const jz_note *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        if (memcmp(by->id, lines->sig[i].id, sizeof by->id) == 0 &&
            by->name.len == lines->sig[i].name.len &&
            memcmp(by->name.ptr, lines->sig[i].name.ptr, by->name.len) == 0)
            return true;
    return false;
}

/* The note without the signatures of those who sign it anew: witnesses that are asked every hour
 * would else fill it. */
static jz_status put_others(const jz_log *log, jz_bytes lines, jz_buf *out, jz_err *err)
{
    jz_note old;
    jz_note fresh;
    JZ_TRY(jz_note_parse(jz_bytes_of(log->note.ptr, log->note.len), &old, err));
    JZ_TRY(jz_note_parse_lines(lines, &fresh, err));
    jz_buf_put(out, old.text.ptr, old.text.len);
    jz_buf_putc(out, '\n');
    for (size_t i = 0; i < old.n; i++) {
        const jz_note_sig *by = &old.sig[i];
        if (!is_signed_by(by, &fresh))
            jz_note_put_line(by, out);
    }
    return jz_buf_check(out, err);
}

static jz_status add_lines(jz_log *log, jz_bytes lines, jz_err *err)
{
    jz_note whole;
    JZ_BUF_AUTO note = { 0 };
    JZ_TRY(put_others(log, lines, &note, err));
    jz_buf_put(&note, lines.ptr, lines.len);
    JZ_TRY(jz_buf_check(&note, err));
    JZ_TRY(jz_note_parse(jz_bytes_of(note.ptr, note.len), &whole, err)); /* not too many of them */
    JZ_TRY(broken_by(log, place_cosigned(log, &note, err), err));
    jz_buf_done(&log->note);
    log->note = note;
    note = (jz_buf){ 0 };
    return JZ_OK;
}

jz_status jz_log_cosign(jz_log *log, jz_bytes lines, const jz_vkey *witnesses, size_t n,
                        jz_err *err)
{
    JZ_TRY(check_writer(log, err));
    JZ_TRY(check_cosignatures(log, lines, witnesses, n, err));
    return add_lines(log, lines, err);
}
