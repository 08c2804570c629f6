/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of an installation: home/ledger, its key in home/keys/ledger.skey (0600), and in
 * home/keys/ledger.seen the last head that this installation has seen, by which a folder that was
 * rolled back is noticed. */
#ifndef JZ_HOME_LEDGER_H
#define JZ_HOME_LEDGER_H

#include <jz/sealing.h>

/* Makes the key and an empty log. origin: NULL = "HOST/jianzhen". JZ_E_EXISTS where there is one.
 */
JZ_CHECKED jz_status jz_home_ledger_init(const char *home, const char *origin, jz_err *err);
/* Opens it, to append where write is set; where there is none, JZ_E_NOTFOUND, or with write makes
 * it first. vkey: the log's public key. Fails as jz_log_open(). */
JZ_CHECKED jz_status jz_home_ledger_open(const char *home, bool write, jz_log **out, jz_vkey *vkey,
                                         jz_err *err);
/* Appends what was done in cases and is not there yet (jz_case_anchor()). Where another process is
 * the writer, that is left for the next time. */
JZ_CHECKED jz_status jz_home_ledger_anchor(const char *home, jz_cases *cases, jz_err *err);
/* The key of this installation as a witness for other logs, home/keys/witness.skey (0600), made
 * where there is none. name: NULL = the one that it has, "HOST/witness" for a new one; JZ_E_EXISTS
 * where it has another. Wiped by the caller. */
JZ_CHECKED jz_status jz_home_witness_key(const char *home, const char *name, jz_skey *out,
                                         jz_err *err);
/* Remembers the log's head. */
JZ_CHECKED jz_status jz_home_ledger_note(const char *home, const jz_log *log, jz_err *err);

#endif
