/* SPDX-License-Identifier: Apache-2.0 */
/* The journal: the one file that an append must sync. It holds the checkpoint that everything
 * before is durable under (the base) and the leaves since then, so that tiles can be written
 * without a sync each. It is written over in place from its beginning; each record carries an
 * HMAC-SHA-256 over the one before and itself, under a key made from the log's, so that what a torn
 * write or an earlier round left behind is never taken for a record, and nobody else can write one.
 *
 * record: "JZJ1", kind ('B' base, 'L' leaves), 3 zeros, u64be size, body, mac[32]
 * body of 'B': 16 random bytes, the signed checkpoint; of 'L': a bundle (tile.h) of any number of
 * leaves. The random bytes make each round another one: leaves of an append that a crash undid do
 * not come back behind the same checkpoint's next base.
 *
 * Threads: one at a time. */
#ifndef JZ_JOURNAL_H
#define JZ_JOURNAL_H

#include "base/buf.h"

#include <jz/ledger.h>

#define JZ_JOURNAL_MAX ((size_t)64 << 20) /* bytes of the file */
#define JZ_JOURNAL_WIPE 64                /* zeros at the beginning: an empty journal */
#define JZ_JOURNAL_NONCE 16               /* random bytes before the base's checkpoint */

typedef enum jz_journal_kind { JZ_JOURNAL_BASE = 'B', JZ_JOURNAL_LEAVES = 'L' } jz_journal_kind;

typedef struct jz_journal { /* where the next record goes; begun with jz_journal_begin() */
    uint8_t key[32];
    uint8_t mac[32]; /* of the record before; zeros at the beginning */
    uint64_t at;     /* offset in the file */
} jz_journal;

/* At the beginning of a journal of the log that has this key. */
void jz_journal_begin(jz_journal *j, const jz_skey *key);
/* Appends a record to out and steps behind it. JZ_E_NOMEM, JZ_E_BUG. */
JZ_CHECKED jz_status jz_journal_put(jz_journal *j, jz_journal_kind kind, jz_bytes body, jz_buf *out,
                                    jz_err *err);
/* Takes the record at j of the whole file and steps behind it; *found is false where there is none
 * that is whole and true. body is borrowed from file. JZ_E_NOMEM, JZ_E_BUG. */
JZ_CHECKED jz_status jz_journal_take(jz_journal *j, jz_bytes file, jz_journal_kind kind,
                                     jz_bytes *body, bool *found, jz_err *err);

#endif
