/* SPDX-License-Identifier: Apache-2.0 */
/* Banks: curated sets of known material, kept as hashes only. A bank holds entries (one piece of
 * known material each), an entry holds signals (its hashes). */
#ifndef JZ_BANK_H
#define JZ_BANK_H

#include <jz/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The banks of one installation (jz.db in its home) with the in-memory index of all their active
 * entries. Threads: jz_banks_match(), jz_banks_match_exact() and jz_banks_count() from any number
 * of threads at any time; everything else from one at a time. Other processes may change the same
 * banks meanwhile: what they disable or delete stops matching here at once, what they add or
 * enable is found after the next change made here, or jz_banks_refresh(). */
typedef struct jz_banks jz_banks;

/* Perceptual hashes of a lower quality are of flat pictures, which all look alike to them. */
#define JZ_BANK_MIN_QUALITY JZ_PDQ_MIN_QUALITY
#define JZ_BANK_MAX_SIGNALS 1048576 /* of one entry */
#define JZ_BANK_NAME_MAX 64

typedef enum jz_entry_status {
    JZ_ENTRY_SEED,      /* from outside, not looked at here; matches */
    JZ_ENTRY_CONFIRMED, /* looked at here; matches */
    JZ_ENTRY_DISABLED,  /* kept, does not match (a false match, a hash that hits everything) */
    JZ_ENTRY_WITHDRAWN, /* its owner took it back; does not match */
} jz_entry_status;
JZ_API const char *jz_entry_status_name(jz_entry_status s);
JZ_API bool jz_entry_status_find(const char *name, jz_entry_status *out);

#define JZ_BANK_SOURCE_MAX 1024 /* bytes */
#define JZ_BANK_CATEGORY_MAX 512
#define JZ_BANK_NOTE_MAX 4096

/* What is said of an entry, in UTF-8. Text is borrowed; NULL (or empty) where there is none. */
typedef struct jz_entry_meta {
    jz_entry_status status;
    const char *source;   /* who gave it: "stopncii", "complaint 17", a file's name */
    const char *category; /* what it is, in the owner's words */
    const char *note;
} jz_entry_meta;

/* One hash of an entry. */
typedef struct jz_signal {
    const jz_hash_class *cls;
    uint8_t digest[JZ_DIGEST_MAX];
    int quality;    /* 0..100; -1 = not known */
    int64_t frame;  /* vpdq: frame number; else -1 */
    double seconds; /* vpdq: time of the frame */
} jz_signal;

/* Opens home/jz.db, making both where create is set. load also reads every active signal into the
 * index (needed to search). JZ_E_NOTFOUND where there is none; JZ_E_CORRUPT, JZ_E_BUSY, JZ_E_IO,
 * JZ_E_NOMEM; JZ_E_UNSUPPORTED for a database of a newer program. */
JZ_API JZ_CHECKED jz_status jz_banks_open(const char *home, bool create, bool load, jz_banks **out,
                                          jz_err *err);
JZ_API void jz_banks_close(jz_banks *b);
/* Takes into the index what other processes have added or enabled since; cheap where they have not.
 * JZ_E_INVAL where a batch is open; JZ_E_BUSY, JZ_E_IO, JZ_E_CORRUPT, JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_banks_refresh(jz_banks *b, jz_err *err);

/* Who makes the changes that follow: each is written down with it, once for all that one function
 * does, and goes into the ledger with jz_govern_anchor(). 1 to 256 bytes without control
 * characters, UTF-8 (JZ_E_INVAL); "unknown" where nobody is named. */
#define JZ_BANK_BY_MAX 256
JZ_API JZ_CHECKED jz_status jz_banks_set_by(jz_banks *b, const char *by, jz_err *err);
/* What is added to a bank between these two is one change in the record, whatever the number of
 * commits. One that is never ended, as after a crash, goes into the ledger an hour later. */
JZ_API void jz_bank_adding_begin(jz_banks *b);
JZ_API JZ_CHECKED jz_status jz_bank_adding_end(jz_banks *b, jz_err *err);

/* name: 1 to 64 of A-Z a-z 0-9 _ - . (JZ_E_INVAL); JZ_E_EXISTS where it is taken. */
JZ_API JZ_CHECKED jz_status jz_bank_create(jz_banks *b, const char *name, const char *note,
                                           jz_err *err);
/* Deletes the bank and every entry. JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_bank_delete(jz_banks *b, const char *name, jz_err *err);

/* Adds one entry with its signals, durable and searchable on return. Where an entry of this bank
 * has exactly the same first signal, nothing is added, *added is false and *entry is the old one,
 * whatever its status: what was disabled or withdrawn does not come back with the next import.
 * JZ_E_NOTFOUND for an unknown bank; JZ_E_INVAL for no signals, a perceptual one of known quality
 * below JZ_BANK_MIN_QUALITY, text that is not UTF-8; JZ_E_LIMIT for too much of anything. */
JZ_API JZ_CHECKED jz_status jz_bank_add(jz_banks *b, const char *bank, const jz_entry_meta *meta,
                                        const jz_signal *signals, size_t n, int64_t *entry,
                                        bool *added, jz_err *err);
/* Many jz_bank_add() between begin and end share one commit, durable and searchable when end
 * returns; end with ok = false undoes them. Where end fails, all are undone. Other changes are
 * JZ_E_INVAL meanwhile. */
JZ_API JZ_CHECKED jz_status jz_bank_batch_begin(jz_banks *b, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_bank_batch_end(jz_banks *b, bool ok, jz_err *err);

/* Changes an entry's status (and its note, unless NULL), visible to searches at once.
 * JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_bank_set_status(jz_banks *b, int64_t entry, jz_entry_status status,
                                               const char *note, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_bank_delete_entry(jz_banks *b, int64_t entry, jz_err *err);
/* The name of the bank that an entry is in. JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_bank_of_entry(jz_banks *b, int64_t entry,
                                             char bank[JZ_BANK_NAME_MAX + 1], jz_err *err);

typedef struct jz_bank_info {
    const char *name, *note;
    int64_t entries, active, signals;
    int64_t created_us, updated_us;
} jz_bank_info;
typedef jz_status (*jz_bank_info_fn)(void *user, const jz_bank_info *info, jz_err *err);
/* Every bank in order of name, all borrowed for the call. fn must not change the banks. */
JZ_API JZ_CHECKED jz_status jz_bank_list(jz_banks *b, jz_bank_info_fn fn, void *user, jz_err *err);

typedef struct jz_entry_info {
    int64_t id;
    const char *bank;
    jz_entry_meta meta;
    int64_t created_us, updated_us;
    const jz_signal *signals;
    size_t n;
} jz_entry_info;
typedef jz_status (*jz_entry_fn)(void *user, const jz_entry_info *entry, jz_err *err);
/* Every entry of a bank in order of id, all borrowed for the call. fn must not change the banks. */
JZ_API JZ_CHECKED jz_status jz_bank_each(jz_banks *b, const char *bank, jz_entry_fn fn, void *user,
                                         jz_err *err);

/* One entry of any bank. JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_bank_entry(jz_banks *b, int64_t entry, jz_entry_fn fn, void *user,
                                          jz_err *err);

/* One hit of a search. */
typedef struct jz_bank_hit {
    int64_t entry;
    char bank[65];
    jz_entry_status status;
    const jz_hash_class *cls; /* of the bank's signal */
    uint32_t distance;        /* bits; 0 for exact classes */
    int64_t frame;            /* of the bank's signal: vpdq frame, else -1 */
    double seconds;
} jz_bank_hit;

typedef struct jz_bank_hits { /* = { 0 }; freed with jz_bank_hits_done() */
    jz_bank_hit *hit;
    size_t n, size;
} jz_bank_hits;
JZ_API void jz_bank_hits_done(jz_bank_hits *h);

/* Appends to *hits the active entries within max_bits (0..256) of a perceptual hash; pdq, pdq_full
 * and vpdq signals are all compared, since exchanges do not say which one they carry. For each
 * entry the nearest signal only; the nearest entries first. On failure *hits is as it was.
 * JZ_E_INVAL where the banks were opened without load. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_banks_match(jz_banks *b, const uint8_t hash[JZ_PDQ_SIZE],
                                           uint32_t max_bits, jz_bank_hits *hits, jz_err *err);
/* Appends the active entries that hold exactly this digest of an exact class. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_banks_match_exact(jz_banks *b, const jz_hash_class *cls,
                                                 const uint8_t *digest, jz_bank_hits *hits,
                                                 jz_err *err);
/* Active signals in the index; how many perceptual ones of them. */
JZ_API size_t jz_banks_count(const jz_banks *b, size_t *perceptual);

/* Exchange formats. */
typedef enum jz_bank_format {
    JZ_FMT_AUTO, /* by the first line that is not empty */
    JZ_FMT_HEX,  /* a hash a line, or "type hash" as local_file exchanges do; # comments */
    JZ_FMT_CSV,  /* RFC 4180 with a header; see docs/banks.md for the columns */
    JZ_FMT_NDJSON,
    JZ_FMT_VPDQ, /* frame,quality,hex,seconds lines: one entry, a video */
} jz_bank_format;

typedef struct jz_import_opts { /* zero-initialise */
    jz_bank_format format;
    const jz_hash_class *cls; /* of bare hex digests; NULL = by length: 32 md5, 64 pdq */
    jz_entry_meta meta;       /* where the file says nothing */
    /* Called for each bad line, which is then passed over. NULL = nobody is told. */
    void (*bad_line)(void *user, uint64_t line, const jz_err *err);
    void *user;
} jz_import_opts;

typedef struct jz_import_result {
    uint64_t lines; /* what the file held: entries and bad lines; = added + known + bad */
    uint64_t added; /* new entries; signals that stand on several lines make one */
    uint64_t known; /* entries whose first signal the bank had */
    uint64_t bad;   /* lines refused, each told to bad_line */
    uint64_t weak;  /* signals of entries of several that were left out for their quality */
} jz_import_result;

/* Reads a whole stream; every good line is imported, whatever the bad ones are. A line of more than
 * JZ_IMPORT_LINE_MAX bytes is a bad one. Fails with JZ_E_NOTFOUND (no such bank), JZ_E_CORRUPT (a
 * CSV header without hashes), JZ_E_INVAL (a batch is open), JZ_E_IO and what the store fails with;
 * what was committed before, in blocks, stays. */
#define JZ_IMPORT_LINE_MAX 65536
JZ_API JZ_CHECKED jz_status jz_bank_import(jz_banks *b, const char *bank, int fd,
                                           const jz_import_opts *opts, jz_import_result *out,
                                           jz_err *err);
/* Writes a bank; NDJSON and CSV can be imported again with nothing lost but ids and dates, HEX
 * keeps the perceptual hashes of active entries only, for other programs. Not for JZ_FMT_AUTO and
 * JZ_FMT_VPDQ (JZ_E_INVAL). JZ_E_NOTFOUND, JZ_E_IO. */
JZ_API JZ_CHECKED jz_status jz_bank_export(jz_banks *b, const char *bank, jz_bank_format format,
                                           int fd, jz_err *err);

JZ_DEFINE_AUTO(jz_banks, jz_banks_close);

#ifdef __cplusplus
}
#endif
#endif
