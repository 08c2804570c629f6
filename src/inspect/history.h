/* SPDX-License-Identifier: Apache-2.0 */
/* The history of a file's compression, as programs leave their names in what they write. A name
 * says that the file is not as a camera wrote it; it does not say what else was done, and none
 * says nothing. */
#ifndef JZ_HISTORY_H
#define JZ_HISTORY_H

#include <jz/inspect.h>

/* Fills in->history from the file's first and last parts, where containers keep such names.
 * JZ_E_IO, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_history_read(int fd, jz_inspection *in, jz_err *err);
/* Fills in->hint from in->info and in->exact. */
void jz_history_hints(jz_inspection *in);

#endif
