/* SPDX-License-Identifier: Apache-2.0 */
/* What a scan was, so that it can be done again: the program, the banks, the options, the counts.
 */
#ifndef JZ_SCAN_RECORD_H
#define JZ_SCAN_RECORD_H

#include <jz/scan.h>

#include "base/buf.h"

typedef struct jz_scan_facts {
    char **paths; /* as they were given */
    size_t n;
    const char *bank; /* NULL = all */
    uint64_t max_distance, min_quality;
    bool fast;
    const jz_scan_counts *counts;
} jz_scan_facts;

/* Appends a JSON object; the state of the banks is their list and its SHA-256. */
JZ_CHECKED jz_status jz_scan_record(const jz_scan_facts *f, jz_banks *banks, jz_buf *out,
                                    jz_err *err);

#endif
