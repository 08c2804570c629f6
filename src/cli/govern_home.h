/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of govern share: its handle in a home, whose key is whose, and the ledger. */
#ifndef JZ_GOVERN_HOME_H
#define JZ_GOVERN_HOME_H

#include <jz/consent.h>
#include <jz/filing.h>
#include <jz/gate.h>

#include "base/buf.h"
#include "cli/cmd_case.h"
#include "cli/opt.h"

#define JZ_GOVERN_FILE_MAX ((size_t)16 << 20)

/* Opens it in --home; where there is none, JZ_E_NOTFOUND, or with create makes it. */
JZ_CHECKED jz_status jz_govern_reach(bool create, jz_govern **out, jz_err *err);
/* The same, with the tables of keys and accounts. */
JZ_CHECKED jz_status jz_keys_reach(bool create, jz_govern **out, jz_err *err);
/* The key of the gate in --home. */
JZ_CHECKED jz_status jz_govern_gate_key(bool create, jz_skey *out, jz_err *err);
/* What was done goes into the ledger, made where it is missing; where another process is the writer
 * that is left for the next time. */
JZ_CHECKED jz_status jz_govern_to_ledger(jz_govern *g, jz_err *err);
/* A whole file, "-" is standard input. */
JZ_CHECKED jz_status jz_govern_file(const char *path, jz_buf *out, jz_err *err);
/* A file of exactly size bytes; and the SHA-256 of one. */
JZ_CHECKED jz_status jz_govern_exact(const char *path, uint8_t *out, size_t size, jz_err *err);
JZ_CHECKED jz_status jz_govern_hash(const char *path, uint8_t sha256[32], jz_err *err);
/* To a file, or where path is NULL to standard output, which jz_out_close() checks. */
JZ_CHECKED jz_status jz_govern_give(const char *path, const char *text, jz_err *err);
/* An answer "no" where something does not hold; another exit status where it cannot be told. */
int jz_govern_no(jz_status st, const jz_err *err);

#endif
