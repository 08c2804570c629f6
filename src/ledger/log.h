/* SPDX-License-Identifier: Apache-2.0 */
/* The log behind jz/ledger.h on any disk. Threads: one at a time. */
#ifndef JZ_LOG_H
#define JZ_LOG_H

#include "ledger/edge.h"
#include "ledger/journal.h"
#include "ledger/note.h"

#define JZ_LOG_CHECKPOINT "checkpoint"
#define JZ_LOG_NEW_CHECKPOINT "checkpoint.new"
#define JZ_LOG_JOURNAL "journal"
/* The log is settled before the journal has more bytes or leaves than these. */
#define JZ_LOG_SETTLE_BYTES ((uint64_t)8 << 20)
#define JZ_LOG_SETTLE_LEAVES 65536
/* An append within so many milliseconds after the log was published leaves that to a later one. */
#define JZ_LOG_PUBLISH_MS 100

struct jz_log {
    jz_disk *disk; /* owned */
    char *name;    /* of the folder, in messages; owned */
    jz_vkey vkey;
    jz_skey skey; /* of a writer */
    bool writer;
    bool broken; /* a write failed: what the disk holds is known again after jz_log_open() */
    jz_edge edge;
    jz_checkpoint head;
    jz_buf note; /* head, signed */
    jz_journal journal;
    uint64_t settled;                /* leaves that are durable without the journal */
    uint64_t published;              /* leaves of the checkpoint in the folder */
    int64_t published_ms;            /* when; counts where anything was published */
    uint64_t cached[JZ_TILE_LEVELS]; /* the full tile of each level that is in cache; or none */
    jz_tree_hash cache[JZ_TILE_LEVELS][JZ_TILE_WIDTH];
};

/* As jz_log_create() and jz_log_open(); disk is the log's from then on, also on failure. */
JZ_CHECKED jz_status jz_log_create_on(jz_disk *disk, const jz_skey *key, jz_err *err);
JZ_CHECKED jz_status jz_log_open_on(jz_disk *disk, const char *name, const jz_vkey *vkey,
                                    const jz_skey *skey, const jz_checkpoint *remembered,
                                    jz_log **out, jz_err *err);
/* Parts of an append that opening a log needs too. jz_edge_put_fn: writes a tile into its place. */
JZ_CHECKED jz_status jz_log_write_tile(void *log, const jz_tile *tile, jz_bytes content,
                                       jz_err *err);
/* The head becomes what the edge is; the note does not. */
void jz_log_take_head(jz_log *log);
/* note becomes the signed head. */
JZ_CHECKED jz_status jz_log_sign(const jz_checkpoint *head, const jz_skey *key, jz_buf *note,
                                 jz_err *err);
/* Puts a checkpoint in its place; durable only where it is asked for. */
JZ_CHECKED jz_status jz_log_place(jz_disk *d, const jz_buf *note, bool durable, jz_err *err);
/* Everything that was appended becomes durable without the journal, which is emptied. */
JZ_CHECKED jz_status jz_log_settle_now(jz_log *log, jz_err *err);
JZ_CHECKED jz_status jz_log_empty_journal(jz_log *log, jz_err *err);
/* jz_tree_read_fn of a log. */
JZ_CHECKED jz_status jz_log_read_node(void *log, unsigned level, uint64_t index, jz_tree_hash *out,
                                      jz_err *err);

#endif
