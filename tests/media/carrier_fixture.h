/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of every carrier share: a file in memory, its blocks, an edit, other programs. */
#ifndef JZ_CARRIER_FIXTURE_H
#define JZ_CARRIER_FIXTURE_H

#include "media/carrier.h"

#define FX_METAS 16
#define FX_KEY "AIGC"

typedef struct fx_meta {
    jz_meta meta; /* key and value point to the copies below */
    jz_buf key;
    jz_buf value;
} fx_meta;

typedef struct fx_metas { /* freed with fx_metas_done() */
    fx_meta m[FX_METAS];
    size_t n;
} fx_metas;
void fx_metas_done(fx_metas *m);

/* The row of carrier.c for a file, found by its bytes; fails the test where there is none. */
const jz_carrier *fx_carrier(jz_bytes file);
jz_status fx_list(const jz_carrier *c, jz_bytes file, fx_metas *out, jz_err *err);
/* The new file, from an empty out. */
jz_status fx_edit(const jz_carrier *c, jz_bytes file, const jz_meta_edit *edits, size_t n,
                  jz_buf *out, jz_err *err);

/* The life of a block in its home place: a new one is read back, replaced by a longer and by a
 * shorter one, is one all the while, beside as many others as there were; the file is otherwise
 * as long as it was, and taking it out gives a file that lists as the first one did. Fails the
 * test otherwise. Leaves the file with the new block (value) in *out. */
void fx_round_trip(jz_bytes file, const char *value, jz_buf *out);
/* Every cut of the file at step bytes and every inversion of one byte in step: list and edit come
 * back with a status, and what an edit makes can be listed. For AddressSanitizer to watch. */
void fx_hurt(jz_bytes file, size_t step);

/* Reads $JZ_TEST_DATA/name, or tests/data/name of the sources where data is false. False where it
 * is not there: the test then calls skip(). */
bool fx_load(const char *name, bool data, jz_buf *out);
/* Any file. */
bool fx_load_path(const char *path, jz_buf *out);
/* Writes bytes to a temporary file whose name ends with suffix, runs argv (found in PATH, "@" is
 * the file's path) and gives the exit status, with all that was printed (stdout then stderr mixed);
 * -1 where the program is missing. */
int fx_peer(jz_bytes file, const char *suffix, const char *const *argv, jz_buf *out);

#endif
