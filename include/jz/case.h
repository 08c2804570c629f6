/* SPDX-License-Identifier: Apache-2.0 */
/* Cases: what was found, kept so that it can be proved. A case holds items (a byte-exact copy of
 * each, beside its hashes), links (which item was made, sold or shown by whom, where, when, for how
 * much), terms (what slang means), notes, holds and the record of who did what. People are named by
 * reference only ("A", "V-03"): who they are is in the files of whoever leads the case. */
#ifndef JZ_CASE_H
#define JZ_CASE_H

#include <jz/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The cases of one installation: tables in jz.db of its home, copies below cases/ there. Threads:
 * one at a time; open one for each. */
typedef struct jz_cases jz_cases;

#define JZ_CASE_ID_SIZE 33    /* 32 hex digits of a random number, and the terminator */
#define JZ_CASE_TEXT_MAX 4096 /* bytes of any text here, UTF-8 */
#define JZ_CASE_NAME_MAX 256  /* bytes of names and references */

/* Opens home/jz.db, making both where create is set. JZ_E_NOTFOUND where there is none; JZ_E_IO,
 * JZ_E_CORRUPT, JZ_E_BUSY, JZ_E_NOMEM; JZ_E_UNSUPPORTED for a database of a newer program. */
JZ_API JZ_CHECKED jz_status jz_cases_open(const char *home, bool create, jz_cases **out,
                                          jz_err *err);
JZ_API void jz_cases_close(jz_cases *c);

/* Opens a case. by: who does it, here and below; goes into the record. JZ_E_INVAL for text that is
 * empty or not UTF-8, JZ_E_LIMIT for text that is too long, here and below. */
JZ_API JZ_CHECKED jz_status jz_case_open(jz_cases *c, const char *name, const char *note,
                                         const char *by, char id[JZ_CASE_ID_SIZE], jz_err *err);
/* The whole id of the one case whose id begins so (8 digits or more), or whose name it is.
 * JZ_E_NOTFOUND; JZ_E_INVAL where several are meant. */
JZ_API JZ_CHECKED jz_status jz_case_find(jz_cases *c, const char *text, char id[JZ_CASE_ID_SIZE],
                                         jz_err *err);

typedef struct jz_case_info { /* text is borrowed */
    const char *id, *name, *note;
    int64_t opened_us, closed_us; /* closed_us: 0 = open */
    uint64_t items;
} jz_case_info;
typedef jz_status (*jz_case_info_fn)(void *user, const jz_case_info *info, jz_err *err);
/* Every case, the oldest first. fn must not change cases, here and below. */
JZ_API JZ_CHECKED jz_status jz_case_list(jz_cases *c, jz_case_info_fn fn, void *user, jz_err *err);
/* A closed case takes no items and no links any more: JZ_E_INVAL. */
JZ_API JZ_CHECKED jz_status jz_case_close(jz_cases *c, const char *id, const char *by, jz_err *err);

/* ---- items ---- */

/* One perceptual hash of an item. Stills: the hash in every dihedral variant; frames of videos: the
 * first variant counts, and all are kept the same way. */
typedef struct jz_case_hash {
    const jz_hash_class *cls; /* perceptual */
    int quality;              /* 0..100 */
    uint8_t digest[JZ_DIHEDRALS][JZ_PDQ_SIZE];
} jz_case_hash;

typedef struct jz_case_item { /* text is borrowed; NULL where there is none */
    int64_t number;           /* in its case, from 1 on: E-0001; filled when added */
    const char *name;         /* the file's, as it was found */
    const char *source;       /* where from: a URL, a chat group, a seized medium */
    const char *method;       /* how it was got: "jz scan", "downloaded with ...", "handed in" */
    const char *kind;         /* "image", "video", "audio", "other" */
    const char *format;       /* "jpeg", ...; NULL = not media */
    const char *label;   /* what its metadata say of synthesis, a JSON object; NULL = not read */
    int64_t copy_of;     /* the first item of the same bytes, itself where it is that; filled */
    int64_t captured_us; /* when; 0 = when it was added */
    int64_t added_us;
    jz_exact_hashes exact;
} jz_case_item;

/* Copies the file open on fd into the case, reads the copy back and compares it with item->exact,
 * then lists it. Durable when it returns. The same bytes again are another item of one stored copy.
 * hashes: n of them, for the count of works. JZ_E_CHANGED where the file is not (any more) what was
 * hashed; JZ_E_NOTFOUND, JZ_E_INVAL (closed), JZ_E_IO: nothing is listed then. */
JZ_API JZ_CHECKED jz_status jz_case_add(jz_cases *c, const char *id, int fd, jz_case_item *item,
                                        const jz_case_hash *hashes, size_t n, const char *by,
                                        jz_err *err);
typedef jz_status (*jz_case_item_fn)(void *user, const jz_case_item *item, jz_err *err);
/* Every item in order of its number. */
JZ_API JZ_CHECKED jz_status jz_case_items(jz_cases *c, const char *id, jz_case_item_fn fn,
                                          void *user, jz_err *err);
/* The path of an item's stored copy, for those who state a purpose: that goes into the record
 * first. The caller frees with jz_case_path_free(). JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_case_access(jz_cases *c, const char *id, int64_t item,
                                           const char *purpose, const char *by, char **path,
                                           jz_err *err);
JZ_API void jz_case_path_free(char *path);

/* ---- links, terms, notes ---- */

/* One thing that somebody did with an item, or with all of a case (item 0). NULL and 0 where it is
 * not known. */
typedef struct jz_case_link {
    int64_t item;        /* number */
    const char *accused; /* a reference, not a name */
    const char *victim;  /* likewise */
    const char *platform;
    const char *account;
    const char *group;
    int64_t members;        /* of the group */
    int64_t from_us, to_us; /* when it was there */
    int64_t proceeds;       /* in the currency's smallest unit */
    const char *currency;   /* ISO 4217: "CNY"; wanted where there are proceeds */
    const char *note;
} jz_case_link;
/* JZ_E_NOTFOUND for an item that is not there; JZ_E_INVAL for a link that says nothing, ends before
 * it begins, or has members without a group. */
JZ_API JZ_CHECKED jz_status jz_case_add_link(jz_cases *c, const char *id, const jz_case_link *link,
                                             const char *by, jz_err *err);
typedef jz_status (*jz_case_link_fn)(void *user, const jz_case_link *link, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_case_links(jz_cases *c, const char *id, jz_case_link_fn fn,
                                          void *user, jz_err *err);

/* A nickname, code word or slang term and what it means (Supreme People's Court's Interpretation
 * of the Criminal Procedure Law, 2021, article 115). */
typedef struct jz_case_term {
    const char *term, *meaning;
    const char *says;  /* who says so */
    int64_t item;      /* where it stands; 0 = in none */
    const char *place; /* where in it: "00:14:03", "line 7" */
} jz_case_term;
JZ_API JZ_CHECKED jz_status jz_case_add_term(jz_cases *c, const char *id, const jz_case_term *term,
                                             const char *by, jz_err *err);
typedef jz_status (*jz_case_term_fn)(void *user, const jz_case_term *term, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_case_terms(jz_cases *c, const char *id, jz_case_term_fn fn,
                                          void *user, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_case_add_note(jz_cases *c, const char *id, const char *text,
                                             const char *by, jz_err *err);

/* ---- holds, custody ---- */

/* While a case has a hold in force, nothing of it can be destroyed. Two persons set it and two
 * lift it. */
typedef struct jz_case_hold {
    int64_t number;        /* in its case; filled when set */
    const char *authority; /* who orders it */
    const char *document;  /* its number */
    const char *by, *with; /* the two persons: not the same */
    int64_t from_us;       /* 0 = now */
    int64_t until_us;      /* 0 = until it is released */
    int64_t released_us;   /* 0 = in force, as far as its time goes */
} jz_case_hold;
JZ_API JZ_CHECKED jz_status jz_case_set_hold(jz_cases *c, const char *id, jz_case_hold *hold,
                                             jz_err *err);
/* JZ_E_NOTFOUND; JZ_E_EXISTS where it is released already. */
JZ_API JZ_CHECKED jz_status jz_case_release(jz_cases *c, const char *id, int64_t hold,
                                            const char *document, const char *by, const char *with,
                                            jz_err *err);
typedef jz_status (*jz_case_hold_fn)(void *user, const jz_case_hold *hold, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_case_holds(jz_cases *c, const char *id, jz_case_hold_fn fn,
                                          void *user, jz_err *err);
/* Whether a hold is in force at a time. */
JZ_API JZ_CHECKED jz_status jz_case_is_held(jz_cases *c, const char *id, int64_t at_us, bool *held,
                                            jz_err *err);
/* Custody of the whole case goes from one person to another. */
JZ_API JZ_CHECKED jz_status jz_case_transfer(jz_cases *c, const char *id, const char *from,
                                             const char *to, const char *reason, jz_err *err);

/* ---- the record ---- */

/* Notes that a scan was done whose hits are in the case. detail: a JSON object that says with what
 * (program, banks, options), so that it can be done again. */
JZ_API JZ_CHECKED jz_status jz_case_scanned(jz_cases *c, const char *id, const char *detail,
                                            const char *by, jz_err *err);

#define JZ_CASE_SALT 16

typedef struct jz_case_event {
    int64_t at_us;
    const char *by;
    const char *kind;           /* "opened", "added", "linked", "accessed", "held", ... */
    const char *detail;         /* a JSON object */
    uint8_t salt[JZ_CASE_SALT]; /* random: makes the commitment to it say nothing */
    int64_t leaf;               /* its index in the ledger; -1 = not there (yet) */
} jz_case_event;
typedef jz_status (*jz_case_event_fn)(void *user, const jz_case_event *event, jz_err *err);
/* Everything that was done, in order. Nothing can be taken out of it. */
JZ_API JZ_CHECKED jz_status jz_case_events(jz_cases *c, const char *id, jz_case_event_fn fn,
                                           void *user, jz_err *err);

typedef jz_status (*jz_case_bag_fn)(void *user, const char *bag, jz_err *err);
/* The bags that were sealed from it and not destroyed, in the order of their sealing. */
JZ_API JZ_CHECKED jz_status jz_case_bags(jz_cases *c, const char *id, jz_case_bag_fn fn, void *user,
                                         jz_err *err);

/* ---- counts, as a prosecutor needs them ---- */

typedef struct jz_case_sum {
    char currency[4];
    int64_t amount; /* in its smallest unit */
} jz_case_sum;

#define JZ_CASE_SUMS 8 /* currencies told apart; more are JZ_E_LIMIT */

typedef struct jz_case_tally {
    uint64_t items;           /* listed */
    uint64_t files;           /* of different bytes */
    uint64_t works;           /* of different content: items that a perceptual hash cannot tell
                                 apart are one work */
    uint64_t images, videos;  /* works of that kind; the others are neither */
    uint64_t groups, members; /* groups told apart by platform and name; the most members that any
                                 link says of each, summed: people may be in several */
    uint64_t accounts;
    jz_case_sum sum[JZ_CASE_SUMS]; /* of the links' proceeds */
    size_t sums;
} jz_case_tally;

typedef struct jz_case_person { /* what the links say of one reference */
    bool victim;                /* else accused */
    const char *reference;      /* borrowed */
    jz_case_tally tally;
} jz_case_person;
typedef jz_status (*jz_case_person_fn)(void *user, const jz_case_person *person, jz_err *err);

/* Counts all of a case into *all, then, where fn is not NULL, for each accused and each victim. A
 * link without an item is of no work. Works: stills at most JZ_PDQ_MAX_BITS bits apart in any
 * variant; videos of which 80 % of the shorter one's frames are (frames of a quality below
 * JZ_PDQ_MIN_QUALITY do not count); chains of such pairs are one work. */
JZ_API JZ_CHECKED jz_status jz_case_count(jz_cases *c, const char *id, jz_case_tally *all,
                                          jz_case_person_fn fn, void *user, jz_err *err);

JZ_DEFINE_AUTO(jz_cases, jz_cases_close);

#ifdef __cplusplus
}
#endif
#endif
