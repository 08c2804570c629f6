/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of jz_banks, shared by the files of this folder. */
#ifndef JZ_BANKS_H
#define JZ_BANKS_H

#include <jz/bank.h>
#include <jz/index.h>

#include "bank/bank_change.h"
#include "bank/exact_set.h"
#include "store/store.h"

#include <pthread.h>

/* Statements of the main connection, prepared when first used; their text is in banks.c. */
enum jz_bank_sql {
    JZ_SQL_BANK_ID,
    JZ_SQL_BANK_ADD,
    JZ_SQL_BANK_TOUCH,
    JZ_SQL_BANK_DELETE,
    JZ_SQL_BANK_LIST,
    JZ_SQL_ENTRY_SAME,
    JZ_SQL_ENTRY_ADD,
    JZ_SQL_ENTRY_STATUS,
    JZ_SQL_ENTRY_UPDATE,
    JZ_SQL_ENTRY_ENABLED,
    JZ_SQL_ENTRY_DELETE,
    JZ_SQL_ENTRY_EACH,
    JZ_SQL_ENTRY_ONE,
    JZ_SQL_SIGNAL_ADD,
    JZ_SQL_SIGNALS,
    JZ_SQL_LOAD,         /* active signals of entries after one */
    JZ_SQL_LOAD_ENABLED, /* ... of older ones that were enabled since */
    JZ_SQL_LOAD_BANK,    /* ... of a bank */
    JZ_SQL_LOAD_ENTRY,   /* all signals of an entry */
    JZ_SQL_BANK_SIGNALS, /* ... of a bank, in order */
    JZ_SQL_LAST,         /* entry and enabling */
    JZ_SQL_COUNT,
};

/* Signals on their way into the index or out of it. = { 0 }; its arrays are jz_banks' own. */
typedef struct jz_stage {
    uint8_t *hash; /* n perceptual ones, JZ_PDQ_SIZE bytes each */
    uint64_t *id;  /* theirs */
    size_t n, size;
    struct jz_stage_exact {
        uint64_t id;
        const jz_hash_class *cls;
        uint8_t digest[JZ_DIGEST_MAX];
    } * exact;
    size_t n_exact, exact_size;
} jz_stage;

struct jz_banks {
    char *path; /* of the database */
    jz_store *store;
    jz_stmt *stmt[JZ_SQL_COUNT];
    jz_index *index;     /* perceptual signals; NULL without load */
    jz_exact_set *exact; /* exact ones; NULL without load */
    struct jz_banks_seen {
        int64_t entry, enabled;  /* the last numbers that the index has */
    } seen, made;                /* made: with what the open transaction adds */
    jz_stage stage;              /* of the open transaction */
    char by[JZ_BANK_BY_MAX + 1]; /* who makes changes */
    bool adds_many;              /* what is added is one change: until jz_bank_adding_end() */
    jz_bank_adding adding, adding_made; /* as committed; with what the open transaction adds */
    bool in_batch;
    bool broken; /* an entry of this batch is there by half: it cannot be committed */
    pthread_mutex_t reader_lock;
    jz_store *reader; /* turns hits into entries; under reader_lock, as the next one */
    jz_stmt *resolve;
};

/* The id of a signal in the index, so that a hit says its entry without a look into the tables. */
#define JZ_SIGNAL_BITS 20
static inline uint64_t jz_signal_id(int64_t entry, int64_t seq)
{
    return (uint64_t)entry << JZ_SIGNAL_BITS | (uint64_t)seq;
}
static inline int64_t jz_signal_entry(uint64_t id)
{
    return (int64_t)(id >> JZ_SIGNAL_BITS);
}
static inline int64_t jz_signal_seq(uint64_t id)
{
    return (int64_t)(id & ((1u << JZ_SIGNAL_BITS) - 1));
}

static inline bool jz_entry_is_active(jz_entry_status s)
{
    return s == JZ_ENTRY_SEED || s == JZ_ENTRY_CONFIRMED;
}

/* Known to be of a quality at which pictures resemble each other. */
static inline bool jz_signal_is_weak(const jz_signal *s)
{
    return s->cls->kind == JZ_HASH_PERCEPTUAL && s->quality >= 0 &&
           s->quality < JZ_BANK_MIN_QUALITY;
}

JZ_CHECKED jz_status jz_banks_stmt(jz_banks *b, enum jz_bank_sql sql, jz_stmt **out, jz_err *err);
/* The id of the bank of that name; JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_banks_find(jz_banks *b, const char *name, int64_t *id, jz_err *err);
/* The class named in column at of the current row, digest in at + 1; JZ_E_UNSUPPORTED for one that
 * is not known here, JZ_E_CORRUPT for a digest of the wrong size. */
JZ_CHECKED jz_status jz_banks_digest(jz_stmt *st, int at, const jz_hash_class **cls,
                                     jz_bytes *digest, jz_err *err);

/* Writes a change down, in the transaction that makes it; detail: an object that is finished. */
JZ_CHECKED jz_status jz_banks_record(jz_banks *b, const char *object, const char *kind,
                                     jz_buf *detail, jz_err *err);
/* The members that say what is deleted: by which statement of signals, of which id. */
JZ_CHECKED jz_status jz_banks_put_deleted(jz_banks *b, enum jz_bank_sql which, int64_t id,
                                          jz_json *j, jz_err *err);

/* Takes into the index what others have added or enabled since. In a transaction, so that what is
 * read is of one moment; in one that writes, what it adds comes next. */
JZ_CHECKED jz_status jz_banks_catch_up(jz_banks *b, jz_err *err);

/* Ends an open batch, if there is one, and what was added in it. */
void jz_banks_undo(jz_banks *b);

JZ_CHECKED jz_status jz_stage_add(jz_stage *g, const jz_hash_class *cls, const uint8_t *digest,
                                  uint64_t id, jz_err *err);
/* Adds the (entry, seq, class, digest) rows of a statement that is bound and not yet stepped. */
JZ_CHECKED jz_status jz_stage_rows(jz_stage *g, jz_stmt *st, jz_err *err);
void jz_stage_reset(jz_stage *g);
/* All of a stage into the index, or nothing (JZ_E_NOMEM). Nothing to do without load. */
JZ_CHECKED jz_status jz_banks_publish(jz_banks *b, const jz_stage *g, jz_err *err);
void jz_banks_withdraw(jz_banks *b, const jz_stage *g);

#endif
