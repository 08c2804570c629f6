/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files on a terminal. */
#ifndef JZ_TEXT_H
#define JZ_TEXT_H

#include "base/buf.h"

/* Appends a path with each control character, each that changes the direction of text, and each
 * byte that is not UTF-8, as '?': names of hostile files must not steer the terminal, break the
 * line or be read backwards. */
void jz_text_path(jz_buf *out, const char *path, size_t len);
/* The same so that the bytes can be got back, for records: those bytes as \xHH, a backslash as
 * \\. */
void jz_text_record(jz_buf *out, const char *path, size_t len);
/* One line on stderr: "jz: path: kind: reason". */
void jz_text_failure(const char *path, size_t len, const jz_err *error);

#endif
