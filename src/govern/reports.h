/* SPDX-License-Identifier: Apache-2.0 */
/* What reports share. */
#ifndef JZ_REPORTS_H
#define JZ_REPORTS_H

#include "govern/governs.h"

/* "2026-11-29", and nothing else. */
bool jz_is_date(const char *text);
/* JZ_E_BUSY while a hold of it, or of everything, is in force: nothing of it is erased. */
JZ_CHECKED jz_status jz_retention_free(jz_govern *g, const char *object, jz_err *err);
JZ_CHECKED jz_status jz_assessment_tables(jz_store *s, jz_err *err);
JZ_CHECKED jz_status jz_feedback_tables(jz_store *s, jz_err *err);
JZ_CHECKED jz_status jz_retention_tables(jz_store *s, jz_err *err);

#endif
