/* SPDX-License-Identifier: Apache-2.0 */
/* How far a scan is, on stderr: one line that rewrites itself on a terminal, otherwise a line a
 * second for logs. */
#ifndef JZ_PROGRESS_H
#define JZ_PROGRESS_H

#include <jz/scan.h>

typedef struct jz_progress {
    const char *found;
    bool quiet;
    bool terminal;
    bool shown;      /* the line is on the terminal now */
    int64_t next_us; /* not before */
    int64_t last_us; /* when rate was measured */
    uint64_t last_seen;
    double rate; /* items a second, smoothed */
} jz_progress;

/* found: what counts.matched counts ("matched", "labelled"); static. */
void jz_progress_init(jz_progress *p, bool quiet, const char *found);
/* Shows it where it is time to. */
void jz_progress_show(jz_progress *p, const jz_scan_progress *now);
/* Takes the line away before anything else is written to the terminal. */
void jz_progress_clear(jz_progress *p);

#endif
