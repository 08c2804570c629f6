/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_CMD_MEASURE_H
#define JZ_CMD_MEASURE_H

#include "cli/govern_home.h"

#include <jz/measure.h>

#define JZ_DECISION_IS "DECISION is an id, or its first 8 digits or more.\n"

/* Opens govern in --home and finds the decision that is meant. */
JZ_CHECKED jz_status jz_decision_reach(const char *text, jz_govern **out,
                                       char id[JZ_DECISION_ID_SIZE], jz_err *err);

extern const jz_cmd jz_cmd_measure_show, jz_cmd_measure_list, jz_cmd_measure_account,
    jz_cmd_measure_refuses, jz_cmd_hook_list;

#endif
