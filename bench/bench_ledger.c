/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: durable appends of 100 leaves beside the same rows in SQLite (WAL, FULL) and beside
 * the syncs of the disk itself, on the folder $JZ_BENCH_DIR [/var/tmp] and on a disk that is
 * simulated: files in memory, every sync 5 ms, a sync of everything 100 ms. Then a log of
 * $JZ_BENCH_LEDGER_LEAVES [1000000] leaves: opened, proved from with the files cached and not, and
 * audited; what opening and proving are compared with is hashing all leaves, which a log without
 * tiles would need. */
#include "bench/bench.h"

#include "base/alloc.h"
#include "base/file.h"
#include "ledger/log.h"
#include "store/store.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH 100
#define APPENDS 1000 /* of 100 leaves: the log settles on the way */
#define MANY JZ_LOG_BATCH_MAX
#define PROOFS 1000
#define SYNC_MS 5
#define SYNC_ALL_MS 100

static char texts[MANY][JZ_LEAF_TEXT];
static jz_bytes leaves[MANY];
static jz_skey key;

static void make_leaves(void)
{
    uint64_t rng = 1;
    jz_err err = { 0 };
    for (size_t i = 0; i < MANY; i++) {
        jz_leaf leaf = { .kind = JZ_LEAF_SEALED, .time = 1764316800 + i, .prev = JZ_LEAF_NO_PREV };
        (void)snprintf(leaf.object, sizeof leaf.object, "EB-%016" PRIx64 "%016" PRIx64,
                       jz_bench_random(&rng), jz_bench_random(&rng));
        for (size_t k = 0; k < sizeof leaf.sha256; k++)
            leaf.sha256[k] = (uint8_t)jz_bench_random(&rng);
        jz_bench_must(jz_leaf_write(&leaf, texts[i], &leaves[i].len, &err), &err);
        leaves[i].ptr = (const uint8_t *)texts[i];
    }
}

/* ---- a disk whose syncs take their time ---- */

typedef struct slow {
    jz_disk base;
    jz_disk *under;
} slow;

static jz_disk *under(jz_disk *d)
{
    return ((slow *)(void *)d)->under;
}

static jz_status wait_ms(long ms)
{
    const struct timespec t = { .tv_nsec = ms * 1000000 };
    return clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL) == 0 ? JZ_OK : JZ_E_IO;
}

static jz_status slow_read(jz_disk *d, const char *path, size_t max, jz_buf *out, jz_err *err)
{
    return under(d)->ops->read(under(d), path, max, out, err);
}

static jz_status slow_write(jz_disk *d, const char *path, jz_bytes content, jz_err *err)
{
    return under(d)->ops->write(under(d), path, content, err);
}

static jz_status slow_write_at(jz_disk *d, const char *path, uint64_t at, jz_bytes bytes,
                               jz_err *err)
{
    return under(d)->ops->write_at(under(d), path, at, bytes, err);
}

static jz_status slow_sync(jz_disk *d, const char *path, jz_err *err)
{
    (void)d, (void)path, (void)err;
    return wait_ms(SYNC_MS);
}

static jz_status slow_sync_names(jz_disk *d, jz_err *err)
{
    return slow_sync(d, "", err);
}

static jz_status slow_sync_all(jz_disk *d, jz_err *err)
{
    (void)d, (void)err;
    return wait_ms(SYNC_ALL_MS);
}

static jz_status slow_rename(jz_disk *d, const char *from, const char *to, jz_err *err)
{
    return under(d)->ops->rename(under(d), from, to, err);
}

static jz_status slow_remove_folder(jz_disk *d, const char *path, jz_err *err)
{
    return under(d)->ops->remove_folder(under(d), path, err);
}

static jz_status slow_lock(jz_disk *d, jz_err *err)
{
    return under(d)->ops->lock(under(d), err);
}

static int64_t slow_now_ms(jz_disk *d)
{
    return under(d)->ops->now_ms(under(d));
}

static void slow_close(jz_disk *d)
{
    jz_disk_close(under(d));
    jz_free(d);
}

static const jz_disk_ops slow_ops = {
    .read = slow_read,
    .write = slow_write,
    .write_at = slow_write_at,
    .sync = slow_sync,
    .sync_names = slow_sync_names,
    .sync_all = slow_sync_all,
    .rename = slow_rename,
    .remove_folder = slow_remove_folder,
    .lock = slow_lock,
    .now_ms = slow_now_ms,
    .close = slow_close,
};

/* dir's disk, or a slow one over it. */
static jz_disk *open_disk(const char *dir, bool simulated)
{
    jz_disk *disk = NULL;
    jz_err err = { 0 };
    jz_bench_must(jz_disk_open(dir, true, &disk, &err), &err);
    if (!simulated)
        return disk;
    slow *s = jz_alloc(sizeof *s);
    if (s == NULL)
        exit(1);
    *s = (slow){ .base.ops = &slow_ops, .under = disk };
    return &s->base;
}

static jz_log *new_log(const char *dir, bool simulated)
{
    jz_log *log = NULL;
    jz_err err = { 0 };
    jz_bench_must(jz_log_create_on(open_disk(dir, simulated), &key, &err), &err);
    jz_bench_must(jz_log_open_on(open_disk(dir, simulated), dir, &key.pub, &key, NULL, &log, &err),
                  &err);
    return log;
}

/* ---- appending ---- */

static double append(jz_log *log, unsigned times)
{
    uint64_t first;
    jz_err err = { 0 };
    const double from = jz_bench_wall();
    for (unsigned i = 0; i < times; i++)
        jz_bench_must(jz_log_append(log, leaves + i % (MANY / BATCH) * BATCH, BATCH, &first, &err),
                      &err);
    jz_bench_must(jz_log_settle(log, &err), &err);
    return (jz_bench_wall() - from) / times;
}

/* Seconds of a commit of as many rows, one blob each. */
static double append_sqlite(const char *dir, unsigned times)
{
    jz_auto(char) *path = NULL;
    jz_auto(jz_store) *store = NULL;
    jz_auto(jz_stmt) *insert = NULL;
    jz_err err = { 0 };
    jz_bench_must(jz_path_join(dir, "log.db", &path, &err), &err);
    jz_bench_must(jz_store_open(path, NULL, &store, &err), &err);
    jz_bench_must(
        jz_store_exec(store, "CREATE TABLE leaf (id INTEGER PRIMARY KEY, text BLOB)", &err), &err);
    jz_bench_must(jz_stmt_new(store, "INSERT INTO leaf (text) VALUES (?1)", &insert, &err), &err);
    const double from = jz_bench_wall();
    for (unsigned i = 0; i < times; i++) {
        jz_bench_must(jz_store_begin(store, &err), &err);
        for (unsigned k = 0; k < BATCH; k++) {
            const jz_bytes *leaf = leaves + i % (MANY / BATCH) * BATCH + k;
            jz_stmt_bind_blob(insert, 1, leaf->ptr, leaf->len);
            jz_bench_must(jz_stmt_run(insert, &err), &err);
        }
        jz_bench_must(jz_store_commit(store, &err), &err);
    }
    return (jz_bench_wall() - from) / times;
}

/* Seconds of writing the bytes of a batch into a file in place, and fdatasync. */
static double sync_alone(const char *dir, unsigned times)
{
    static uint8_t bytes[BATCH * JZ_LEAF_TEXT];
    jz_auto(char) *path = NULL;
    jz_err err = { 0 };
    size_t len = 0;
    for (unsigned i = 0; i < BATCH; i++)
        len += leaves[i].len;
    jz_bench_must(jz_path_join(dir, "plain", &path, &err), &err);
    JZ_FD_AUTO fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    double from = 0;
    for (unsigned i = 0; i <= times; i++) {
        if (i == 1) /* the first one makes the file */
            from = jz_bench_wall();
        if (pwrite(fd, bytes, len, 0) != (ssize_t)len || fdatasync(fd) != 0)
            exit(1);
    }
    return (jz_bench_wall() - from) / times;
}

static void bench_appends(jz_bench *b, const char *dir)
{
    jz_auto(char) *real = NULL;
    jz_err err = { 0 };
    char memory[] = "/dev/shm/jz-bench-XXXXXX";
    jz_bench_must(jz_path_join(dir, "appended", &real, &err), &err);
    jz_auto(jz_log) *log = new_log(real, false);
    const double sync_s = sync_alone(dir, APPENDS / 2);
    const double sqlite_s = append_sqlite(dir, APPENDS);
    const double cpu = jz_bench_thread_cpu();
    const double log_s = append(log, APPENDS);
    const double cpu_s = (jz_bench_thread_cpu() - cpu) / APPENDS;
    jz_bench_row(b, "append 100, this disk, vs SQLite WAL FULL", APPENDS, log_s * 1e3, "ms",
                 sqlite_s * 1e3);
    jz_bench_row(b, "append 100, this disk, vs one bare sync", APPENDS, log_s * 1e3, "ms",
                 sync_s * 1e3);
    jz_bench_row(b, "append 100, CPU of it", APPENDS, cpu_s * 1e3, "ms", -1);
    jz_bench_row(b, "leaves a second, this disk", APPENDS, BATCH / log_s, "leaves/s", -1);
    jz_bench_row(b, "syncs a second, this disk", APPENDS / 2, 1 / sync_s, "syncs/s", -1);
    if (mkdtemp(memory) == NULL) {
        jz_bench_skip(b, "simulated disk", "/dev/shm cannot be written to");
        return;
    }
    jz_auto(jz_log) *slow_log = new_log(memory, true);
    const double slow_s = append(slow_log, APPENDS);
    jz_bench_row(b, "append 100, simulated 5 ms, vs one sync", APPENDS, slow_s * 1e3, "ms",
                 SYNC_MS);
    jz_bench_row(b, "leaves a second, simulated 5 ms", APPENDS, BATCH / slow_s, "leaves/s", -1);
    jz_remove_tree(memory);
}

/* ---- a large log ---- */

static double fill(jz_log *log, uint64_t n)
{
    jz_err err = { 0 };
    const double from = jz_bench_wall();
    for (uint64_t at = 0, first; at < n; at += MANY)
        jz_bench_must(
            jz_log_append(log, leaves, n - at < MANY ? (size_t)(n - at) : MANY, &first, &err),
            &err);
    return jz_bench_wall() - from;
}

static int forget_file(const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
    (void)sb, (void)ftw;
    if (type != FTW_F)
        return 0;
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0;
}

/* The files' content leaves the cache; their names do not. */
static void forget_files(const char *dir)
{
    if (nftw(dir, forget_file, 32, FTW_PHYS) != 0)
        exit(1);
}

static double open_once(const char *dir, jz_log **out)
{
    jz_err err = { 0 };
    const double from = jz_bench_wall();
    jz_bench_must(jz_log_open(dir, &key.pub, &key, NULL, out, &err), &err);
    return jz_bench_wall() - from;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench_proofs(jz_bench *b, jz_log *log, uint64_t n, double audit_s, const char *how)
{
    static double took[PROOFS];
    static double cpu[PROOFS];
    uint64_t rng = 7;
    char name[64];
    for (unsigned i = 0; i < PROOFS; i++) {
        char *proof = NULL;
        jz_err err = { 0 };
        const uint64_t index = jz_bench_random(&rng) % n;
        const double from = jz_bench_wall();
        const double cpu_from = jz_bench_thread_cpu();
        jz_bench_must(jz_log_prove(log, index, &proof, &err), &err);
        cpu[i] = jz_bench_thread_cpu() - cpu_from;
        took[i] = jz_bench_wall() - from;
        jz_ledger_free(proof);
    }
    qsort(took, PROOFS, sizeof *took, by_value);
    qsort(cpu, PROOFS, sizeof *cpu, by_value);
    (void)snprintf(name, sizeof name, "prove a leaf, %s, p50", how);
    jz_bench_row(b, name, n, took[PROOFS / 2] * 1e3, "ms", audit_s * 1e3);
    (void)snprintf(name, sizeof name, "prove a leaf, %s, p99", how);
    jz_bench_row(b, name, n, took[PROOFS * 99 / 100] * 1e3, "ms", audit_s * 1e3);
    (void)snprintf(name, sizeof name, "prove a leaf, %s, p99 of CPU", how);
    jz_bench_row(b, name, n, cpu[PROOFS * 99 / 100] * 1e3, "ms", -1);
}

static void bench_large(jz_bench *b, const char *dir)
{
    const char *wanted = getenv("JZ_BENCH_LEDGER_LEAVES");
    const uint64_t n = wanted != NULL ? strtoull(wanted, NULL, 10) : 1000000;
    jz_auto(char) *path = NULL;
    jz_log *log = NULL;
    jz_err err = { 0 };
    jz_bench_must(jz_path_join(dir, "large", &path, &err), &err);
    log = new_log(path, false);
    jz_bench_row(b, "append 32768 at once, a leaf", n, fill(log, n) / (double)n * 1e6, "us", -1);
    jz_log_close(log);
    forget_files(path);
    const double cold_s = open_once(path, &log);
    const double from = jz_bench_wall();
    jz_bench_must(jz_log_audit(log, NULL, NULL, &err), &err);
    const double audit_s = jz_bench_wall() - from;
    jz_bench_row(b, "open, files not cached, vs audit", n, cold_s * 1e3, "ms", audit_s * 1e3);
    jz_log_close(log);
    const double warm_s = open_once(path, &log);
    jz_bench_row(b, "open, files cached, vs audit", n, warm_s * 1e3, "ms", audit_s * 1e3);
    jz_bench_row(b, "audit", n, audit_s, "s", -1);
    bench_proofs(b, log, n, audit_s, "cached");
    forget_files(path);
    bench_proofs(b, log, n, audit_s, "not cached");
    jz_log_close(log);
}

void jz_bench_ledger(jz_bench *b)
{
    const char *parent = getenv("JZ_BENCH_DIR");
    char dir[512];
    jz_err err = { 0 };
    (void)snprintf(dir, sizeof dir, "%s/jz-bench-XXXXXX", parent != NULL ? parent : "/var/tmp");
    if (mkdtemp(dir) == NULL) {
        jz_bench_skip(b, "ledger", "its folder cannot be made");
        return;
    }
    jz_bench_must(jz_skey_new("log.example/bench", JZ_KEY_ED25519, &key, &err), &err);
    make_leaves();
    bench_appends(b, dir);
    bench_large(b, dir);
    jz_remove_tree(dir);
}
