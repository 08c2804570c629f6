/* SPDX-License-Identifier: Apache-2.0 */
/* Options and report of the mark that people hear. */
#ifndef JZ_AUDIBLE_ARGS_H
#define JZ_AUDIBLE_ARGS_H

#include <jz/label.h>

#include "base/json.h"

/* What the rows of a table of options fill in. */
extern const char *jz_audible_arg;    /* NULL = no mark is asked for; "" = as by default */
extern const char *jz_audible_spoken; /* path; NULL = the rhythm */

/* The options as given, into *out, but for the spoken file. JZ_E_INVAL for what does not go
 * together. */
JZ_CHECKED jz_status jz_audible_args_read(jz_audible_opts *out, jz_err *err);
/* Opens the spoken file; the caller closes *fd. */
JZ_CHECKED jz_status jz_audible_open(int *fd, jz_err *err);

/* Appends rows of words, and the member "audible_mark". */
void jz_audible_put_text(jz_buf *out, const jz_audible_result *r);
void jz_audible_put_json(jz_json *j, const jz_audible_result *r);

#endif
