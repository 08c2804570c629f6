/* SPDX-License-Identifier: Apache-2.0 */
/* What the platform has to be told waits in a table, written in the transaction that ordered it:
 * a crash in between loses nothing, and the event's id keeps it from being done twice. */
#ifndef JZ_HOOKS_H
#define JZ_HOOKS_H

#include "govern/governs.h"

typedef enum jz_hook_kind { /* stored */
                            JZ_HOOK_ORDER = 1,
                            JZ_HOOK_REVERSE,
                            JZ_HOOK_END,
                            JZ_HOOK_SHORTEN,
                            JZ_HOOK_RECHECK, /* is the item still refused? A day after it was
                                                acknowledged */
} jz_hook_kind;

JZ_CHECKED jz_status jz_hook_tables(jz_store *s, jz_err *err);
/* In the open transaction. */
JZ_CHECKED jz_status jz_hook_queue(jz_govern *g, int64_t measure, jz_hook_kind kind, jz_err *err);
/* The measure's dead ones are tried again. */
JZ_CHECKED jz_status jz_hook_retry(jz_govern *g, int64_t measure, jz_err *err);

#endif
