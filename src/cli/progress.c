/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL_US 100000
#define LOG_US 1000000
#define SMOOTH_S 3.0 /* the rate is of about this many seconds */

void jz_progress_init(jz_progress *p, bool quiet, const char *found)
{
    const char *term = getenv("TERM");
    const int64_t now = jz_now_us();
    *p = (jz_progress){
        .found = found, .quiet = quiet, .last_us = now, .next_us = now + TERMINAL_US
    };
    p->terminal = isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
    if (!p->terminal)
        p->next_us = now + LOG_US;
}

void jz_progress_clear(jz_progress *p)
{
    if (p->shown)
        (void)fputs("\r\033[K", stderr); /* nobody to tell where stderr is gone */
    p->shown = false;
}

static void update_rate(jz_progress *p, uint64_t seen, int64_t now)
{
    const double passed = (double)(now - p->last_us) * 1e-6;
    if (passed < 0.05)
        return;
    const double newest = (double)(seen - p->last_seen) / passed;
    const double weight = p->rate > 0 ? passed / (passed + SMOOTH_S) : 1;
    p->rate += weight * (newest - p->rate);
    p->last_seen = seen;
    p->last_us = now;
}

static void left_text(const jz_progress *p, const jz_scan_progress *now, char *buf, size_t size)
{
    const uint64_t seen = now->counts.seen;
    if (!now->total_known || p->rate <= 0 || now->total < seen) {
        (void)snprintf(buf, size, "counting");
        return;
    }
    const double s = (double)(now->total - seen) / p->rate;
    const uint64_t left = s < 1e8 ? (uint64_t)s : 100000000;
    if (left >= 3600)
        (void)snprintf(buf, size, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64 " left", left / 3600,
                       left / 60 % 60, left % 60);
    else
        (void)snprintf(buf, size, "%" PRIu64 ":%02" PRIu64 " left", left / 60, left % 60);
}

static int terminal_width(void)
{
    struct winsize w = { 0 };
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col : 80;
}

static void show_line(jz_progress *p, const jz_scan_progress *now)
{
    const jz_scan_counts *c = &now->counts;
    char left[48], line[256];
    const uint64_t total = now->total > c->seen ? now->total : c->seen;
    left_text(p, now, left, sizeof left);
    (void)snprintf(line, sizeof line,
                   "%" PRIu64 "/%" PRIu64 "%s  %.0f/s  %" PRIu64 " %s  %" PRIu64 " failed  %s",
                   c->seen, total, now->total_known ? "" : "+", p->rate, c->matched, p->found,
                   c->failed, left); /* long enough for any numbers */
    (void)fprintf(stderr, "\r%.*s\033[K", terminal_width() - 1, line);
    (void)fflush(stderr);
    p->shown = true;
}

static void log_line(const jz_progress *p, const jz_scan_progress *now)
{
    const jz_scan_counts *c = &now->counts;
    (void)fprintf(stderr, "progress done=%" PRIu64 " total=", c->seen);
    if (now->total_known)
        (void)fprintf(stderr, "%" PRIu64, now->total);
    else
        (void)fputs("?", stderr);
    (void)fprintf(stderr, " rate=%.1f %s=%" PRIu64 " failed=%" PRIu64 "\n", p->rate, p->found,
                  c->matched, c->failed);
}

void jz_progress_show(jz_progress *p, const jz_scan_progress *now)
{
    const int64_t at = jz_now_us();
    if (p->quiet || at < p->next_us)
        return;
    update_rate(p, now->counts.seen, at);
    p->next_us = at + (p->terminal ? TERMINAL_US : LOG_US);
    if (p->terminal)
        show_line(p, now);
    else
        log_line(p, now);
}
