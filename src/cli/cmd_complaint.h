/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_CMD_COMPLAINT_H
#define JZ_CMD_COMPLAINT_H

#include "cli/govern_home.h"

#include <jz/complaint.h>

/* --case and --pin-file, the same for all of them. */
extern const char *jz_complaint_case, *jz_complaint_pin_file;
#define JZ_COMPLAINT_CASE_OPTS                                                                     \
    { 0, "case", JZ_OPT_STR, &jz_complaint_case, "NUMBER", "the case number, with --pin-file" },   \
    {                                                                                              \
        0, "pin-file", JZ_OPT_STR, &jz_complaint_pin_file, "FILE",                                 \
            "a file with the PIN; - is stdin"                                                      \
    }
#define JZ_COMPLAINT_IS "COMPLAINT is an id, or its first 8 digits or more.\n"

/* Opens govern in --home and finds the complaint that is meant: by an id or its beginning, or,
 * where text is NULL, by --case and --pin-file. */
JZ_CHECKED jz_status jz_complaint_reach(const char *text, jz_govern **out,
                                        char id[JZ_COMPLAINT_ID_SIZE], jz_err *err);

extern const jz_cmd jz_cmd_complaint_show, jz_cmd_complaint_list, jz_cmd_complaint_due,
    jz_cmd_complaint_sweep, jz_cmd_complaint_laws, jz_cmd_complaint_promise;

#endif
