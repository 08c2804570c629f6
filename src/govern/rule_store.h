/* SPDX-License-Identifier: Apache-2.0 */
/* Rule sets and decisions in the database. */
#ifndef JZ_RULE_STORE_H
#define JZ_RULE_STORE_H

#include "govern/governs.h"
#include "govern/rule_set.h"

/* The tables. */
JZ_CHECKED jz_status jz_rules_migrate(jz_store *store, jz_err *err);
/* Compiles the set in that row; JZ_E_CORRUPT where it is not what its hash says. */
JZ_CHECKED jz_status jz_rules_open_row(jz_govern *g, int64_t set, const char *sha256,
                                       jz_rules **out, jz_err *err);
/* The set that is live, or in shadow: compiled once, until another one is. *out is NULL where none
 * is in that state; it belongs to g until the next call. */
JZ_CHECKED jz_status jz_rules_current(jz_govern *g, jz_rules_state state, const jz_rules **out,
                                      jz_err *err);

#endif
