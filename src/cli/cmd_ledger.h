/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of 'jz ledger' in files of their own. */
#ifndef JZ_CMD_LEDGER_H
#define JZ_CMD_LEDGER_H

#include "cli/cmd.h"

extern const jz_cmd jz_cmd_ledger_cosign, jz_cmd_ledger_serve_files, jz_cmd_ledger_witness;
extern const jz_cmd jz_cmd_ledger_events;

#endif
