/* SPDX-License-Identifier: Apache-2.0 */
/* The invisible marks that were made here and recorded: from a payload back to what carries it.
 * Each is an event of its payload, so that the ledger commits to all that is told of it. One
 * payload may be in several files, such as the renditions of one content. */
#ifndef JZ_MARKS_H
#define JZ_MARKS_H

#include "govern/governs.h"

#define JZ_MARK_KEY_SIZE 8 /* of a key's id, as in jz/watermark.h */

typedef struct jz_mark_record { /* text is borrowed */
    uint64_t payload;
    uint8_t key[JZ_MARK_KEY_SIZE];
    const char *produce_id;  /* of the label in what was written; "" = none */
    const char *label;       /* that label itself, its JSON; "" = none */
    const char *source_type; /* IPTC digital source type; "" = none */
    const char *signer;      /* of the Content Credentials in what was written; "" = none */
    uint8_t source[32];      /* SHA-256 of the file that was marked, and of what was written */
    uint8_t output[32];
    /* From jz_mark_find() alone: */
    int64_t at_us;        /* when it was recorded */
    int64_t leaf;         /* in the ledger; -1 = not there (yet) */
    const char *decision; /* of the gate, for which what was written was reported; "" = none */
    const char *consents; /* under which that decision permits it, as they are now: JSON, an array
                             of consent_id and state */
} jz_mark_record;

/* Records one; nothing where this output is recorded with this payload and key already. by: who
 * does it. */
JZ_CHECKED jz_status jz_mark_keep(jz_govern *g, const jz_mark_record *r, const char *by,
                                  jz_err *err);
typedef jz_status (*jz_mark_fn)(void *user, const jz_mark_record *r, jz_err *err);
/* All with a payload of 16 hex digits, in the order in which they were recorded. JZ_E_INVAL,
 * JZ_E_NOTFOUND, what fn fails with. */
JZ_CHECKED jz_status jz_mark_find(jz_govern *g, const char *payload, jz_mark_fn fn, void *user,
                                  jz_err *err);
/* The same as an object: payload, and marks. */
JZ_CHECKED jz_status jz_mark_json(jz_govern *g, const char *payload, jz_buf *out, jz_err *err);

JZ_CHECKED jz_status jz_mark_tables(jz_store *s, jz_err *err);

#endif
