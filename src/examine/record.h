/* SPDX-License-Identifier: Apache-2.0 */
/* A measurement and how it ended as bytes: what an interrupted scan keeps of a finished item. */
#ifndef JZ_RECORD_H
#define JZ_RECORD_H

#include <jz/examine.h>

#include "base/buf.h"

/* Appends the record; item is how the measuring ended (code JZ_OK: well). */
void jz_record_write(jz_buf *out, const jz_measurement *m, const jz_err *item);
/* Reads a record back. The bytes are not trusted. On failure *m is empty and *item untouched;
 * JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_UNSUPPORTED (another version), JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_record_read(jz_bytes record, jz_measurement *m, jz_err *item, jz_err *err);

#endif
