/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing: files become a bag on the disk, synced, beside one pass that only reads and hashes them
 * (the same four algorithms on the same threads), and beside what one would run without this
 * program. $JZ_BENCH_EVIDENCE: files and megabytes, as 3000x10000 [300x1000]; below $JZ_BENCH_DIR
 * [/var/tmp]. Wall time: threads and the disk are what it is about. */
#include "bench/bench.h"

#include "base/alloc.h"
#include "base/file.h"
#include "evidence/bagit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 3
#define STOCK_MAX_MB 2000 /* beyond that it takes too long */
#define CHUNK ((size_t)1 << 20)

typedef struct sealing {
    char dir[128];
    unsigned files;
    uint64_t bytes; /* of each file */
    uint64_t told;  /* bytes, by progress */
} sealing;

static const char *path_of(const sealing *s, unsigned i)
{
    static char path[192];
    (void)snprintf(path, sizeof path, "%s/in/%u.mp4", s->dir, i);
    return path;
}

static void make_file(const sealing *s, unsigned i, uint8_t *chunk)
{
    uint64_t rng = i;
    jz_err err = { 0 };
    const int fd = open(path_of(s, i), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        jz_bench_must(JZ_FAIL(&err, JZ_E_IO, "%s: %s", path_of(s, i), strerrordesc_np(errno)),
                      &err);
    for (uint64_t at = 0; at < s->bytes; at += CHUNK) {
        const uint64_t left = s->bytes - at;
        for (size_t k = 0; k < CHUNK; k += 4096) /* each page another one: nothing is shared */
            *(uint64_t *)(void *)(chunk + k) = jz_bench_random(&rng);
        jz_bench_must(
            jz_write_all(fd, chunk, left < CHUNK ? (size_t)left : CHUNK, path_of(s, i), &err),
            &err);
    }
    (void)fsync(fd); /* else its writing would be measured later */
    (void)close(fd);
}

static bool on_bytes(void *user, uint64_t bytes)
{
    ((sealing *)user)->told += bytes;
    return true;
}

/* ---- one pass ---- */

static void hash_all(sealing *s)
{
    jz_err err = { 0 };
    jz_digester *g = NULL;
    jz_bench_must(jz_digester_new(JZ_BAG_ALGS, on_bytes, s, &g, &err), &err);
    for (unsigned i = 1; i <= s->files; i++) {
        jz_digest_set set;
        const int fd = open(path_of(s, i), O_RDONLY | O_CLOEXEC);
        jz_bench_must(jz_digester_file(g, fd, -1, "", JZ_BAG_ALGS, &set, &err), &err);
        (void)close(fd);
    }
    jz_digester_free(g);
}

/* ---- sealing ---- */

static void seal(sealing *s)
{
    char path[160];
    char name[JZ_BAG_ITEM_NAME];
    uint8_t sha256[JZ_SHA256_SIZE];
    jz_err err = { 0 };
    jz_bag *b = NULL;
    const jz_bag_opts opts = { .progress = on_bytes, .user = s };
    (void)snprintf(path, sizeof path, "%s/bag", s->dir);
    jz_bench_must(jz_bag_new(path, &opts, &b, &err), &err);
    for (unsigned i = 1; i <= s->files; i++)
        jz_bench_must(
            jz_bag_add_file(b, path_of(s, i), jz_bag_item_name(i, ".mp4", name), NULL, &err), &err);
    jz_bench_must(jz_bag_tags(b, sha256, &err), &err);
    jz_bench_must(jz_bag_commit(b, &err), &err);
    jz_bag_free(b);
}

/* ---- what one would run ---- */

static void stock(sealing *s)
{
    char command[1000];
    (void)snprintf(command, sizeof command,
                   "cd '%s' && cp -r in bag && cd bag && sha256sum * >../a && sha512sum * >../a &&"
                   " md5sum * >../a && openssl dgst -sm3 -r * >../a && sync -f .",
                   s->dir);
    char *const argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, command, NULL };
    (void)execvp("sh", argv);
    _exit(127);
}

typedef struct cost {
    double wall_s, cpu_s, peak_mib;
} cost;

/* In a process of its own, so that its memory can be told. */
static bool measure(sealing *s, void (*work)(sealing *s), cost *out)
{
    struct rusage used;
    int status = 0;
    char bag[160];
    const double start = jz_bench_wall();
    const pid_t pid = fork();
    if (pid == 0) {
        work(s);
        _exit(0);
    }
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
        return false;
    out->wall_s = jz_bench_wall() - start;
    out->cpu_s = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                 (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
    out->peak_mib = (double)used.ru_maxrss / 1024;
    (void)snprintf(bag, sizeof bag, "%s/bag", s->dir);
    jz_remove_tree(bag);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void compare(jz_bench *b, sealing *s)
{
    double wall[2][ROUNDS];
    double cpu[2][ROUNDS];
    double peak = 0;
    double shares[ROUNDS];
    const uint64_t mb = s->files * s->bytes / 1000000;
    for (int i = 0; i < ROUNDS; i++) {
        cost pass, ours;
        if (!measure(s, hash_all, &pass) || !measure(s, seal, &ours)) {
            jz_bench_skip(b, "seal", "sealing did not work");
            return;
        }
        wall[0][i] = ours.wall_s;
        wall[1][i] = pass.wall_s;
        cpu[0][i] = ours.cpu_s;
        cpu[1][i] = pass.cpu_s;
        shares[i] = pass.wall_s / ours.wall_s;
        peak = ours.peak_mib > peak ? ours.peak_mib : peak;
    }
    jz_bench_row(b, "seal, wall; beside one pass of the hashes", mb,
                 jz_bench_median(wall[0], ROUNDS), "s", jz_bench_median(wall[1], ROUNDS));
    jz_bench_row(b, "the same, CPU of all threads", mb, jz_bench_median(cpu[0], ROUNDS), "s CPU",
                 jz_bench_median(cpu[1], ROUNDS));
    jz_bench_row(b, "of that pass's speed, median of the rounds", ROUNDS,
                 jz_bench_median(shares, ROUNDS), "of 1", 0);
    jz_bench_row(b, "seal, peak memory", s->files, peak, "MiB", 0);
    cost us, them;
    if (mb > STOCK_MAX_MB)
        jz_bench_skip(b, "beside cp and four programs that hash", "too large");
    else if (measure(s, seal, &us) && measure(s, stock, &them))
        jz_bench_row(b, "seal, wall; beside cp and 4 programs that hash", mb, us.wall_s, "s",
                     them.wall_s);
}

void jz_bench_evidence(jz_bench *b)
{
    const char *below = getenv("JZ_BENCH_DIR");
    const char *size = getenv("JZ_BENCH_EVIDENCE");
    unsigned mb = 0;
    char in[160];
    sealing s = { .files = 0 };
    if (sscanf(size != NULL ? size : "300x1000", "%ux%u", &s.files, &mb) != 2 || s.files == 0) {
        jz_bench_skip(b, "seal", "JZ_BENCH_EVIDENCE is not FILESxMEGABYTES");
        return;
    }
    s.bytes = (uint64_t)mb * 1000000 / s.files;
    (void)snprintf(s.dir, sizeof s.dir, "%s/jz-bench-XXXXXX", below != NULL ? below : "/var/tmp");
    uint8_t *chunk = jz_alloc_zero(CHUNK, 1);
    if (chunk == NULL || mkdtemp(s.dir) == NULL) {
        jz_bench_skip(b, "seal", "no folder, or no memory");
        jz_free(chunk);
        return;
    }
    (void)snprintf(in, sizeof in, "%s/in", s.dir);
    (void)mkdir(in, 0700);
    for (unsigned i = 1; i <= s.files; i++)
        make_file(&s, i, chunk);
    jz_free(chunk);
    compare(b, &s);
    jz_remove_tree(s.dir);
}
