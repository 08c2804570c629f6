/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering findings about a bag. */
#ifndef JZ_BAG_REPORT_H
#define JZ_BAG_REPORT_H

#include <jz/evidence.h>

/* Adds a finding; what is static. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_bag_tell(jz_bag_report *r, jz_bag_level level, const char *file,
                                 size_t line, const char *what, const char *why, jz_err *err);
JZ_CHECKED jz_status jz_bag_tellf(jz_bag_report *r, jz_bag_level level, const char *file,
                                  const char *what, jz_err *err, const char *fmt, ...)
    JZ_PRINTF(6, 7);
/* By file, then line: the order of a folder on disk is nobody's. */
void jz_bag_report_sort(jz_bag_report *r);

#endif
