/* SPDX-License-Identifier: Apache-2.0 */
/* What every benchmark suite shares. A row says: suite case n value unit baseline ratio, where
 * baseline is the same work done the way a user would do it today, measured in the same run, and
 * ratio = baseline / value (how many times less is needed). Speeds are CPU time of the thread. */
#ifndef JZ_BENCH_H
#define JZ_BENCH_H

#include <jz/base.h>

#include <stdint.h>

typedef struct jz_bench jz_bench;

/* Prints a row; baseline <= 0 = none. */
void jz_bench_row(jz_bench *b, const char *name, uint64_t n, double value, const char *unit,
                  double baseline);
/* A suite that cannot run says why, on stderr, and that it was skipped. */
void jz_bench_skip(jz_bench *b, const char *name, const char *why);
/* A bench that cannot do its work says why and ends. */
void jz_bench_must(jz_status st, const jz_err *err);
double jz_bench_thread_cpu(void);  /* seconds of this thread */
double jz_bench_process_cpu(void); /* seconds of this process and the children it waited for */
double jz_bench_wall(void);
/* Deterministic random numbers (splitmix64). */
uint64_t jz_bench_random(uint64_t *state);
/* Median of n values; sorts them. */
double jz_bench_median(double *v, size_t n);
/* Paths of photographs for benchmarks: *.jpg below $JZ_BENCH_PHOTOS, else /usr/share/backgrounds
 * and /usr/share/wallpapers; sorted. At most max; returns how many. Freed with jz_free() each. */
size_t jz_bench_photos(char **paths, size_t max);

/* Suites, one file each. */
void jz_bench_pdq(jz_bench *b);
void jz_bench_evidence(jz_bench *b);
void jz_bench_govern(jz_bench *b);
void jz_bench_inspect(jz_bench *b);
void jz_bench_jpeg(jz_bench *b);
void jz_bench_label(jz_bench *b);
void jz_bench_ledger(jz_bench *b);
void jz_bench_lookup(jz_bench *b);
void jz_bench_mark(jz_bench *b);
void jz_bench_provenance(jz_bench *b);
void jz_bench_queue(jz_bench *b);
void jz_bench_rules(jz_bench *b);
void jz_bench_sandbox(jz_bench *b);
void jz_bench_scan(jz_bench *b);
void jz_bench_serve(jz_bench *b);

#endif
