/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `jz consent` share. */
#ifndef JZ_CMD_CONSENT_H
#define JZ_CMD_CONSENT_H

#include "cli/govern_home.h"

/* Opens govern in --home and finds the consent that is meant by an id or its first digits. */
JZ_CHECKED jz_status jz_consent_reach(const char *text, jz_govern **out,
                                      char id[JZ_CONSENT_ID_SIZE], jz_err *err);

extern const jz_cmd jz_cmd_consent_show, jz_cmd_consent_list, jz_cmd_consent_receipt,
    jz_cmd_consent_verify, jz_cmd_consent_sweep, jz_cmd_consent_tasks, jz_cmd_consent_deleted,
    jz_cmd_consent_feed;

#endif
