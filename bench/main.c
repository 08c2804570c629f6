/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/bench.h"

#include "base/alloc.h"
#include "base/json.h"

#include <dirent.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct jz_bench {
    const char *suite;
    bool json;
};

static const struct {
    const char *name;
    void (*run)(jz_bench *b);
} suites[] = {
    { "pdq", jz_bench_pdq },           { "jpeg", jz_bench_jpeg },
    { "lookup", jz_bench_lookup },     { "label", jz_bench_label },
    { "mark", jz_bench_mark },         { "ledger", jz_bench_ledger },
    { "sandbox", jz_bench_sandbox },   { "scan", jz_bench_scan },
    { "evidence", jz_bench_evidence }, { "govern", jz_bench_govern },
    { "queue", jz_bench_queue },       { "provenance", jz_bench_provenance },
    { "rules", jz_bench_rules },       { "serve", jz_bench_serve },
    { "inspect", jz_bench_inspect },
};

void jz_bench_row(jz_bench *b, const char *name, uint64_t n, double value, const char *unit,
                  double baseline)
{
    const double ratio = baseline > 0 && value > 0 ? baseline / value : -1;
    if (!b->json) {
        printf("%-8s %-44s %9llu %12.4g %-12s", b->suite, name, (unsigned long long)n, value, unit);
        if (ratio > 0)
            printf(" %12.4g %9.3g", baseline, ratio);
        printf("\n");
        (void)fflush(stdout);
        return;
    }
    JZ_BUF_AUTO buf = { 0 };
    jz_json j = { .out = &buf };
    jz_json_begin_object(&j);
    jz_json_key(&j, "suite");
    jz_json_str(&j, b->suite);
    jz_json_key(&j, "case");
    jz_json_str(&j, name);
    jz_json_key(&j, "n");
    jz_json_u64(&j, n);
    jz_json_key(&j, "value");
    jz_json_f64(&j, value, 6);
    jz_json_key(&j, "unit");
    jz_json_str(&j, unit);
    jz_json_key(&j, "baseline");
    jz_json_f64(&j, baseline > 0 ? baseline : 0.0 / 0.0, 6);
    jz_json_key(&j, "ratio");
    jz_json_f64(&j, ratio > 0 ? ratio : 0.0 / 0.0, 3);
    jz_json_end_object(&j);
    printf("%s\n", buf.ptr);
    (void)fflush(stdout);
}

void jz_bench_skip(jz_bench *b, const char *name, const char *why)
{
    (void)fprintf(stderr, "SKIPPED %s %s: %s\n", b->suite, name, why);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void jz_bench_must(jz_status st, const jz_err *err)
{
    char text[512];
    if (st == JZ_OK)
        return;
    (void)fprintf(stderr, "jz-bench: %s\n", jz_err_text(err, text, sizeof text));
    exit(1);
}

double jz_bench_thread_cpu(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

double jz_bench_process_cpu(void)
{
    struct rusage r;
    (void)getrusage(RUSAGE_CHILDREN, &r);
    return seconds(CLOCK_PROCESS_CPUTIME_ID) + (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

double jz_bench_wall(void)
{
    return seconds(CLOCK_MONOTONIC);
}

uint64_t jz_bench_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double jz_bench_median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    return n > 0 ? v[n / 2] : 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

size_t jz_bench_photos(char **paths, size_t max)
{
    static char backgrounds[] = "/usr/share/backgrounds", wallpapers[] = "/usr/share/wallpapers";
    char *chosen = getenv("JZ_BENCH_PHOTOS");
    char *const some[] = { chosen, NULL };
    char *const usual[] = { backgrounds, wallpapers, NULL };
    FTS *fts = fts_open(chosen != NULL ? some : usual, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    size_t n = 0;
    for (FTSENT *e = NULL; fts != NULL && n < max && (e = fts_read(fts)) != NULL;) {
        const char *dot = strrchr(e->fts_name, '.');
        if (e->fts_info != FTS_F || dot == NULL || strcmp(dot, ".jpg") != 0)
            continue;
        paths[n] = jz_strdup(e->fts_path);
        if (paths[n] != NULL)
            n++;
    }
    if (fts != NULL)
        (void)fts_close(fts);
    return n;
}

static bool wanted(const char *suite, int argc, char **argv)
{
    bool any = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            continue;
        any = true;
        if (strcmp(argv[i], suite) == 0)
            return true;
    }
    return !any;
}

int main(int argc, char **argv)
{
    jz_bench b = { 0 };
    jz_alloc_keep();                               /* as jz does */
    (void)setenv("JZ_DECODE", JZ_BENCH_DECODE, 0); /* of this build, unless told otherwise */
    for (int i = 1; i < argc; i++)
        b.json = b.json || strcmp(argv[i], "--json") == 0;
    if (!b.json)
        printf("%-8s %-44s %9s %12s %-12s %12s %9s\n", "suite", "case", "n", "value", "unit",
               "baseline", "ratio");
    bool ran = false;
    for (size_t i = 0; i < JZ_ARRAY_LEN(suites); i++) {
        if (suites[i].run == NULL || !wanted(suites[i].name, argc, argv))
            continue;
        b.suite = suites[i].name;
        suites[i].run(&b);
        ran = true;
    }
    if (!ran)
        (void)fprintf(stderr, "jz-bench: no such suite\n");
    return ran ? 0 : 2;
}
