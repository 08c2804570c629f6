/* SPDX-License-Identifier: Apache-2.0 */
/* What an unfinished scan keeps: home/scan-<key>.db with the measurement of each finished item,
 * and the rows of its report. Threads: one at a time. */
#ifndef JZ_STATE_H
#define JZ_STATE_H

#include <jz/examine.h>

#include <sys/stat.h>

typedef struct jz_state jz_state;

/* key: what makes two scans the same one. Fails with JZ_E_BUSY where that scan is running,
 * JZ_E_IO, JZ_E_NOMEM. A state that is damaged or of another version is begun anew. */
JZ_CHECKED jz_status jz_state_open(const char *home, jz_bytes key, bool fresh, jz_state **out,
                                   jz_err *err);
/* Commits what is pending and closes; finished: removes the state instead. NULL is allowed. */
JZ_CHECKED jz_status jz_state_close(jz_state *s, bool finished, jz_err *err);
/* Whether there was something of an earlier run. */
bool jz_state_resuming(const jz_state *s);

/* The measurement of an item that has not changed since; *found says whether there is one. */
JZ_CHECKED jz_status jz_state_find(jz_state *s, jz_bytes path, const struct stat *sb, bool *found,
                                   jz_measurement *m, jz_err *item, jz_err *err);
/* Keeps a record (record.h); committed with the others of its batch. */
JZ_CHECKED jz_status jz_state_put(jz_state *s, jz_bytes path, const struct stat *sb,
                                  jz_bytes record, jz_err *err);

/* Keeps one row of the report of this run. */
JZ_CHECKED jz_status jz_state_put_row(jz_state *s, int section, jz_bytes sort, jz_bytes html,
                                      jz_err *err);
typedef jz_status (*jz_state_row_fn)(void *user, jz_bytes html, jz_err *err);
/* The rows of a section, in the order of their sort keys. */
JZ_CHECKED jz_status jz_state_rows(jz_state *s, int section, jz_state_row_fn fn, void *user,
                                   jz_err *err);

/* Commits the batch where it is old enough. */
JZ_CHECKED jz_status jz_state_tick(jz_state *s, jz_err *err);

#endif
