/* SPDX-License-Identifier: Apache-2.0 */
/* The HTML report of a scan: one page without script or outside resources, for people who must
 * read, print and keep it. Rows are built as items finish, the page from them at the end. */
#ifndef JZ_REPORT_H
#define JZ_REPORT_H

#include <jz/scan.h>

#include "base/buf.h"
#include "examine/state.h"

/* What the page says of the scan itself; all borrowed. */
typedef struct jz_report_run {
    const jz_scan_opts *opts;
    const char *const *paths;
    size_t n_paths;
    jz_banks *banks;
    const jz_scan_counts *counts;
    int64_t begun_us, ended_us;
} jz_report_run;

/* Keeps the row of a finished item; nothing for a clean one. */
JZ_CHECKED jz_status jz_report_add(jz_state *s, const jz_scan_item *item, bool thumbnails,
                                   jz_err *err);
/* Writes dir/index.html (dir is made), durably and in one piece. */
JZ_CHECKED jz_status jz_report_write(const char *dir, jz_state *s, const jz_report_run *run,
                                     jz_err *err);

#endif
