/* SPDX-License-Identifier: Apache-2.0 */
/* Options and report of the mark that people see. */
#ifndef JZ_MARK_ARGS_H
#define JZ_MARK_ARGS_H

#include <jz/label.h>

#include "base/json.h"

/* What the rows of a table of options fill in. */
extern const char *jz_mark_arg_visible; /* NULL = no mark is asked for */
extern const char *jz_mark_arg_corner, *jz_mark_arg_where;
extern bool jz_mark_arg_whole, jz_mark_arg_plate, jz_mark_arg_outline;

/* The options as given, into *out. JZ_E_INVAL for what does not go together. A text that is no mark
 * by the standard is warned of on stderr. */
JZ_CHECKED jz_status jz_mark_args_read(jz_mark_opts *out, jz_err *err);

/* Appends a row of words, and the members "visible_mark". */
void jz_mark_put_text(jz_buf *out, const jz_mark_result *r);
void jz_mark_put_json(jz_json *j, const jz_mark_result *r);

#endif
