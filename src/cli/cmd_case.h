/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands below `jz case` share. */
#ifndef JZ_CMD_CASE_H
#define JZ_CMD_CASE_H

#include <jz/case.h>

#include "base/json.h"
#include "cli/opt.h"

/* --home and --by, the same for all of them. */
extern const char *jz_case_home, *jz_case_by;
#define JZ_CASE_HOME_OPT                                                                           \
    {                                                                                              \
        0, "home", JZ_OPT_STR, &jz_case_home, "DIR", "the installation [$JZ_HOME]"                 \
    }
#define JZ_CASE_BY_OPT                                                                             \
    {                                                                                              \
        0, "by", JZ_OPT_STR, &jz_case_by, "PERSON", "who does this [the user's name]"              \
    }

/* Opens the cases of a home and finds the one that is meant by an id, its first 8 digits or more,
 * or a name. */
JZ_CHECKED jz_status jz_case_reach(const char *text, jz_cases **out, char id[JZ_CASE_ID_SIZE],
                                   jz_err *err);
/* --by, or the user's name. */
const char *jz_case_actor(void);
/* "7" or "E-0007". */
JZ_CHECKED jz_status jz_case_parse_item(const char *text, int64_t *out, jz_err *err);
/* "2026-11-24", "2026-11-24T16:43:00Z": microseconds since 1970; NULL is 0. what names it. */
JZ_CHECKED jz_status jz_case_parse_time(const char *what, const char *text, int64_t *out,
                                        jz_err *err);
/* How many of a currency's smallest units make one: 100 of CNY. */
int64_t jz_case_units(const char *currency);

extern const jz_cmd jz_cmd_case_add, jz_cmd_case_link, jz_cmd_case_term, jz_cmd_case_show;

#endif
