/* SPDX-License-Identifier: Apache-2.0 */
/* The commands; each is defined in its cmd_<name>.c. */
#ifndef JZ_CMD_H
#define JZ_CMD_H

#include "cli/opt.h"

/* What a person types, each with its own file. */
extern const jz_cmd jz_cmd_scan, jz_cmd_inspect, jz_cmd_evaluate, jz_cmd_hash, jz_cmd_bank,
    jz_cmd_label, jz_cmd_verify, jz_cmd_case, jz_cmd_bag, jz_cmd_ledger, jz_cmd_backup,
    jz_cmd_restore, jz_cmd_complaint, jz_cmd_measure, jz_cmd_hook, jz_cmd_feedback, jz_cmd_report,
    jz_cmd_retention, jz_cmd_consent, jz_cmd_gate, jz_cmd_filing, jz_cmd_rules, jz_cmd_key,
    jz_cmd_serve, jz_cmd_staff, jz_cmd_models, jz_cmd_mark, jz_cmd_sign, jz_cmd_cert, jz_cmd_trust;

#endif
