/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a log, and making one. A writer believes the journal, whose records carry its own mark:
 * it loads the tree at the journal's checkpoint, which is durable, and does again what was done
 * since. The checkpoint in the folder must then be one that the journal leads through; only where
 * the journal is empty does it alone say what there is. */
#include "ledger/log.h"

#include "base/alloc.h"
#include "ledger/checkpoint.h"
#include "ledger/ed25519.h"
#include "ledger/lines.h"

#include <inttypes.h>
#include <string.h>

/* ---- what is there ---- */

/* A signed checkpoint of this log. JZ_E_MISMATCH where another key has signed it. */
static jz_status read_note(const jz_log *log, jz_bytes bytes, jz_checkpoint *out, jz_err *err)
{
    jz_note note;
    jz_note_seal seal;
    bool extended;
    JZ_TRY(jz_note_parse(bytes, &note, err));
    JZ_TRY(jz_checkpoint_parse(note.text, out, &extended, err));
    JZ_TRY(jz_note_verify(&note, &log->vkey, 1, &seal, err));
    if (extended || strcmp(out->origin, log->vkey.name) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "a checkpoint of another log, %s", out->origin);
    return JZ_OK;
}

/* Fills the edge of a log at a checkpoint that was signed, and compares the roots. */
static jz_status load(jz_log *log, const jz_checkpoint *cp, jz_err *err)
{
    jz_tree_hash root;
    JZ_TRY(jz_edge_load(&log->edge, log->disk, cp->size, err));
    jz_frontier_root(&log->edge.tree, &root);
    if (!jz_tree_equal(&root, &cp->root))
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "the tiles do not have the signed root of %" PRIu64 " leaves", cp->size);
    log->head = *cp;
    return JZ_OK;
}

typedef struct found { /* the checkpoint in the folder */
    jz_status st;      /* JZ_OK; JZ_E_NOTFOUND; JZ_E_CORRUPT, JZ_E_MISMATCH: not ours */
    jz_checkpoint cp;
    jz_buf note;
    jz_err err;
    bool met; /* the journal leads through it */
} found;

/* One that is none, or is falsely signed, may have been torn from two by a crash: where there is a
 * journal, it says what was signed. */
static jz_status find_checkpoint(const jz_log *log, found *f, jz_err *err)
{
    f->st = log->disk->ops->read(log->disk, JZ_LOG_CHECKPOINT, JZ_NOTE_MAX, &f->note, &f->err);
    if (f->st == JZ_OK) {
        f->st = read_note(log, jz_bytes_of(f->note.ptr, f->note.len), &f->cp, &f->err);
        if (f->st != JZ_OK)
            jz_err_wrap(&f->err, JZ_LOG_CHECKPOINT);
    }
    if (f->st == JZ_OK || f->st == JZ_E_NOTFOUND || f->st == JZ_E_CORRUPT || f->st == JZ_E_MISMATCH)
        return JZ_OK;
    if (err != NULL)
        *err = f->err;
    return f->st;
}

/* The tree as the journal has it at one of its sizes must be the one that the checkpoint signs. */
static jz_status meet(const jz_log *log, found *f, jz_err *err)
{
    jz_tree_hash root;
    if (f->st != JZ_OK || f->cp.size != log->edge.tree.n)
        return JZ_OK;
    jz_frontier_root(&log->edge.tree, &root);
    if (!jz_tree_equal(&root, &f->cp.root))
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "the journal and the checkpoint have different roots of %" PRIu64 " leaves",
                       f->cp.size);
    f->met = true;
    return JZ_OK;
}

/* Every append may have been published: its partial tiles are written again, lest torn ones stay.
 */
static jz_status replay_leaves(jz_log *log, jz_bytes bundle, jz_err *err)
{
    const uint64_t since = log->edge.tree.n;
    while (bundle.len > 0) {
        jz_bytes leaf;
        JZ_TRY(jz_bundle_take(&bundle, &leaf, err));
        JZ_TRY(jz_edge_add(&log->edge, leaf, err));
    }
    return jz_edge_put_partials(&log->edge, since, err);
}

/* Does again what was done since the base, whose checkpoint is the first record's body. */
static jz_status replay(jz_log *log, jz_bytes file, jz_bytes base, found *f, jz_err *err)
{
    jz_checkpoint cp;
    bool more = true;
    if (base.len < JZ_JOURNAL_NONCE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "the journal's base has %zu bytes", base.len);
    base = (jz_bytes){ base.ptr + JZ_JOURNAL_NONCE, base.len - JZ_JOURNAL_NONCE };
    JZ_TRY_CTX(read_note(log, base, &cp, err), err, "the journal's checkpoint");
    JZ_TRY(load(log, &cp, err));
    log->settled = log->published = cp.size;
    JZ_TRY(meet(log, f, err));
    while (more) {
        jz_bytes bundle;
        JZ_TRY(jz_journal_take(&log->journal, file, JZ_JOURNAL_LEAVES, &bundle, &more, err));
        if (!more)
            break;
        JZ_TRY(replay_leaves(log, bundle, err));
        JZ_TRY(meet(log, f, err));
    }
    if (f->st == JZ_OK && !f->met)
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "the checkpoint is of %" PRIu64 " leaves, the journal goes from %" PRIu64
                       " to %" PRIu64,
                       f->cp.size, cp.size, log->edge.tree.n);
    jz_log_take_head(log);
    if (f->met && f->cp.size == log->head.size) /* with the cosignatures that it has */
        jz_buf_put(&log->note, f->note.ptr, f->note.len);
    else
        JZ_TRY(jz_log_sign(&log->head, &log->skey, &log->note, err));
    JZ_TRY(jz_buf_check(&log->note, err));
    return jz_log_settle_now(log, err);
}

/* A log without a journal that counts: the checkpoint says what there is. */
static jz_status take_checkpoint(jz_log *log, const found *f, jz_err *err)
{
    if (f->st != JZ_OK && err != NULL)
        *err = f->err;
    JZ_TRY(f->st);
    JZ_TRY(load(log, &f->cp, err));
    log->settled = log->published = f->cp.size;
    jz_buf_put(&log->note, f->note.ptr, f->note.len);
    return jz_buf_check(&log->note, err);
}

static jz_status open_to_write(jz_log *log, found *f, jz_err *err)
{
    JZ_BUF_AUTO file = { 0 };
    jz_bytes base;
    bool there = false;
    const jz_status st =
        log->disk->ops->read(log->disk, JZ_LOG_JOURNAL, JZ_JOURNAL_MAX, &file, err);
    if (st != JZ_OK && st != JZ_E_NOTFOUND)
        return st;
    jz_journal_begin(&log->journal, &log->skey);
    const jz_bytes bytes = jz_bytes_of(file.ptr, file.len);
    JZ_TRY(jz_journal_take(&log->journal, bytes, JZ_JOURNAL_BASE, &base, &there, err));
    if (there)
        return replay(log, bytes, base, f, err);
    JZ_TRY(take_checkpoint(log, f, err));
    if (st == JZ_E_NOTFOUND) { /* its name must be durable before it is relied on */
        JZ_TRY(jz_log_empty_journal(log, err));
        return log->disk->ops->sync_names(log->disk, err);
    }
    return JZ_OK;
}

static jz_status check_remembered(jz_log *log, const jz_checkpoint *cp, jz_err *err)
{
    jz_tree_hash root;
    if (cp == NULL)
        return JZ_OK;
    if (strcmp(cp->origin, log->head.origin) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the remembered checkpoint is of %s, the log is %s",
                       cp->origin, log->head.origin);
    if (cp->size > log->head.size)
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "rolled back: it has had %" PRIu64 " leaves, and has %" PRIu64, cp->size,
                       log->head.size);
    JZ_TRY(jz_tree_root(cp->size, jz_log_read_node, log, &root, err));
    if (!jz_tree_equal(&root, &cp->root))
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "rewritten: its first %" PRIu64 " leaves are not those it has had",
                       cp->size);
    return JZ_OK;
}

static jz_status new_log(jz_disk *disk, const char *name, jz_log **out, jz_err *err)
{
    jz_log *log = jz_alloc_zero(1, sizeof *log);
    if (log == NULL) {
        jz_disk_close(disk);
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for a log");
    }
    log->disk = disk;
    log->edge.put = jz_log_write_tile;
    log->edge.user = log;
    for (unsigned i = 0; i < JZ_TILE_LEVELS; i++)
        log->cached[i] = UINT64_MAX;
    *out = log; /* closed by the caller, also where the name is missing */
    log->name = jz_strdup(name);
    return log->name != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "no memory for a log");
}

static void free_log(jz_log *log)
{
    jz_disk_close(log->disk);
    jz_edge_done(&log->edge);
    jz_buf_done(&log->note);
    jz_free(log->name);
    jz_skey_wipe(&log->skey);
    jz_wipe(&log->journal, sizeof log->journal);
    jz_free(log);
}

static jz_status fill(jz_log *log, const jz_vkey *vkey, const jz_skey *skey,
                      const jz_checkpoint *remembered, jz_err *err)
{
    found f = { 0 };
    log->vkey = *vkey;
    log->writer = skey != NULL;
    if (skey != NULL) {
        log->skey = *skey;
        if (vkey->type != JZ_KEY_ED25519 || memcmp(vkey, &skey->pub, sizeof *vkey) != 0)
            return JZ_FAIL(err, JZ_E_INVAL, "%s and %s are not one key of a log", vkey->name,
                           skey->pub.name);
        JZ_TRY(log->disk->ops->lock(log->disk, err));
    }
    jz_status st = find_checkpoint(log, &f, err);
    if (st == JZ_OK)
        st = skey != NULL ? open_to_write(log, &f, err) : take_checkpoint(log, &f, err);
    jz_buf_done(&f.note);
    JZ_TRY(st);
    return check_remembered(log, remembered, err);
}

jz_status jz_log_open_on(jz_disk *disk, const char *name, const jz_vkey *vkey, const jz_skey *skey,
                         const jz_checkpoint *remembered, jz_log **out, jz_err *err)
{
    jz_log *log = NULL;
    jz_status st = new_log(disk, name, &log, err);
    if (st == JZ_OK) {
        st = fill(log, vkey, skey, remembered, err);
        if (st != JZ_OK)
            jz_err_wrap(err, "log %s", name);
    }
    if (st == JZ_OK)
        *out = log;
    else if (log != NULL)
        free_log(log);
    return st;
}

jz_status jz_log_open(const char *dir, const jz_vkey *vkey, const jz_skey *skey,
                      const jz_checkpoint *remembered, jz_log **out, jz_err *err)
{
    jz_disk *disk = NULL;
    JZ_TRY(jz_disk_open(dir, false, &disk, err));
    return jz_log_open_on(disk, dir, vkey, skey, remembered, out, err);
}

void jz_log_close(jz_log *log)
{
    if (log == NULL)
        return;
    if (log->writer && !log->broken)
        if (jz_log_settle(log, NULL) != JZ_OK)
            log->broken = true; /* the journal holds what is not settled */
    free_log(log);
}

/* ---- creating ---- */

/* A folder that holds a log, or what is left of one, is not made a new one. */
static jz_status check_unused(jz_disk *d, jz_err *err)
{
    static const char *const names[] = { JZ_LOG_CHECKPOINT, "tile/entries/000", JZ_LOG_JOURNAL };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO old = { 0 };
        jz_bytes content = { 0 };
        const jz_status st = d->ops->read(d, names[i], JZ_JOURNAL_MAX, &old, err);
        if (st != JZ_OK && st != JZ_E_NOTFOUND)
            return st;
        if (st == JZ_OK)
            content = jz_bytes_of(old.ptr, old.len);
        /* A journal of zeros is what a crash in create() leaves. */
        if (st == JZ_OK &&
            (strcmp(names[i], JZ_LOG_JOURNAL) != 0 || jz_line_skip(&content, "JZJ1")))
            return JZ_FAIL(err, JZ_E_EXISTS, "there is a log already: %s", names[i]);
    }
    return JZ_OK;
}

static jz_status create(jz_disk *d, const jz_skey *key, jz_err *err)
{
    static const uint8_t zeros[JZ_JOURNAL_WIPE];
    JZ_BUF_AUTO note = { 0 };
    jz_checkpoint head = { 0 };
    if (key->pub.type != JZ_KEY_ED25519)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is a witness's key", key->pub.name);
    JZ_TRY(d->ops->lock(d, err));
    JZ_TRY(check_unused(d, err));
    memcpy(head.origin, key->pub.name, sizeof head.origin);
    jz_tree_empty(&head.root);
    JZ_TRY(jz_log_sign(&head, key, &note, err));
    JZ_TRY(d->ops->write_at(d, JZ_LOG_JOURNAL, 0, (jz_bytes){ zeros, sizeof zeros }, err));
    JZ_TRY(d->ops->sync(d, JZ_LOG_JOURNAL, err));
    return jz_log_place(d, &note, true, err);
}

jz_status jz_log_create_on(jz_disk *disk, const jz_skey *key, jz_err *err)
{
    const jz_status st = create(disk, key, err);
    jz_disk_close(disk);
    return st;
}

jz_status jz_log_create(const char *dir, const jz_skey *key, jz_err *err)
{
    jz_disk *disk = NULL;
    JZ_TRY(jz_disk_open(dir, true, &disk, err));
    JZ_TRY_CTX(jz_log_create_on(disk, key, err), err, "log %s", dir);
    return JZ_OK;
}
