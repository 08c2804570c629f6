/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands below `jz bank` share. */
#ifndef JZ_CMD_BANK_H
#define JZ_CMD_BANK_H

#include <jz/bank.h>
#include <jz/examine.h>

#include "cli/cmd_case.h"
#include "cli/opt.h"

/* Opens the banks in a home, or in the one of --home. load: with the index. Where there are none
 * and create is not set, says how to make one. */
JZ_CHECKED jz_status jz_bank_open_in(const char *home, bool create, bool load, jz_banks **out,
                                     jz_err *err);
JZ_CHECKED jz_status jz_bank_open_home(bool create, bool load, jz_banks **out, jz_err *err);
/* To change them, in the name of --by. */
JZ_CHECKED jz_status jz_bank_change(bool create, jz_banks **out, jz_err *err);
/* What was changed goes into the ledger. The exit status: code, or that of what failed here. */
int jz_bank_changed(jz_banks *banks, int code);

/* One operand of add and match: a hash in hex digits, or a file. */
typedef struct jz_bank_operand {
    bool is_hash;
    jz_signal hash;      /* where is_hash */
    jz_measurement file; /* else; freed with jz_measurement_done() */
} jz_bank_operand;

/* Decoders are started for the first file only: a hash needs none. = { 0 } */
typedef struct jz_bank_reader {
    const jz_hash_class *cls; /* of bare digests, NULL = by length */
    jz_sandbox *sandbox;
    jz_decoder *decoder;
} jz_bank_reader;
void jz_bank_reader_done(jz_bank_reader *r);
/* A text of 32 or 64 hex digits is a hash unless a file of that name exists. On failure *out may
 * still hold exact hashes and the frames before the damage: free it all the same. */
JZ_CHECKED jz_status jz_bank_read(jz_bank_reader *r, const char *text, jz_bank_operand *out,
                                  jz_err *err);
/* NULL where name is NULL; JZ_E_INVAL for no hash class. */
JZ_CHECKED jz_status jz_bank_class(const char *name, const jz_hash_class **out, jz_err *err);

extern const jz_cmd jz_cmd_bank_add, jz_cmd_bank_match, jz_cmd_bank_import, jz_cmd_bank_export;
extern const jz_cmd jz_cmd_bank_list, jz_cmd_bank_show;

#endif
