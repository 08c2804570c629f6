/* SPDX-License-Identifier: Apache-2.0 */
/* The main job: `jz scan --json` of many small JPEGs, against a program that does the same work on
 * as many threads without sandbox, walk, state and output; and how its memory grows.
 * $JZ_BENCH_N files (10000), of which FILES differ: both sides read them from the page cache.
 * $JZ_BENCH_BIG set: memory at 100000 files too. */
#include "bench/bench.h"
#include "bench/photo.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "media/decode/job.h"
#include "media/limits.h"

#include <jz/bank.h>
#include <jz/index.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES 400
#define PER_FOLDER 1000
#define PHOTOS 32
#define BANK_ENTRIES 10000
#define ROUNDS 3
#define PEAK_MS 100 /* between two looks at the scan's memory */
#define PIXELS_BYTES ((size_t)16 << 20)

struct place {
    char dir[256]; /* below it: home, files (FILES of them), and one tree for each size */
    size_t files;
};

struct cost {
    double cpu_s, wall_s;
    long rss_kib;
};

/* ---- the files ---- */

static char *path_of(const struct place *p, const char *format, size_t i)
{
    JZ_BUF_AUTO name = { 0 };
    char *path = NULL;
    char number[32];
    (void)snprintf(number, sizeof number, "%zu", i);
    jz_buf_printf(&name, "%s%s", format, number);
    return jz_path_join(p->dir, name.ptr, &path, NULL) == JZ_OK ? path : NULL;
}

static bool write_file(const char *path, const uint8_t *data, size_t len)
{
    FILE *f = path != NULL ? fopen(path, "wbe") : NULL;
    return f != NULL && fwrite(data, 1, len, f) == len && fclose(f) == 0;
}

/* A part of the photograph, another one each time, as 640 x 480 of quality 85. */
static bool make_file(const struct place *p, const jz_plane *photo, size_t i)
{
    static uint8_t small[640 * 480 * 3];
    uint64_t random = i;
    const uint32_t w = photo->width / 2 + (uint32_t)(jz_bench_random(&random) % (photo->width / 2));
    const uint32_t h = w * 3 / 4 < photo->height ? w * 3 / 4 : photo->height;
    const uint32_t x = (uint32_t)(jz_bench_random(&random) % (photo->width - w + 1));
    const uint32_t y = (uint32_t)(jz_bench_random(&random) % (photo->height - h + 1));
    jz_plane part = *photo;
    part.px += y * photo->stride + (size_t)x * 3;
    part.width = w;
    part.height = h;
    jz_photo_resize(&part, 640, 480, small);
    uint8_t *file = NULL;
    size_t size = 0;
    const jz_plane shrunk = { small, 640, 480, 640 * 3, 3 };
    jz_auto(char) *path = path_of(p, "files/", i);
    const bool ok = jz_photo_encode(&shrunk, 85, &file, &size) && write_file(path, file, size);
    jz_free(file);
    return ok;
}

static bool make_files(struct place *p)
{
    char *paths[PHOTOS];
    const size_t n = jz_bench_photos(paths, PHOTOS);
    bool ok = n > 0;
    for (size_t i = 0; i < n; i++) {
        jz_plane photo;
        uint8_t *mem = NULL;
        ok = ok && jz_photo_read(paths[i], 3, &photo, &mem);
        for (size_t k = i; ok && k < FILES; k += n)
            ok = make_file(p, &photo, k);
        jz_free(mem);
        jz_free(paths[i]);
    }
    p->files = FILES;
    return ok;
}

/* A tree of n names, PER_FOLDER in each folder, all links to the files. */
static bool make_tree(const struct place *p, size_t n)
{
    jz_auto(char) *tree = path_of(p, "tree", n);
    bool ok = tree != NULL && mkdir(tree, 0700) == 0;
    for (size_t i = 0; ok && i < n; i++) {
        char name[512];
        (void)snprintf(name, sizeof name, "%s/%zu", tree, i / PER_FOLDER);
        if (i % PER_FOLDER == 0)
            ok = mkdir(name, 0700) == 0;
        (void)snprintf(name, sizeof name, "%s/%zu/%zu.jpg", tree, i / PER_FOLDER, i);
        jz_auto(char) *file = path_of(p, "files/", i % p->files);
        ok = ok && file != NULL && link(file, name) == 0;
    }
    return ok;
}

static bool make_bank(const char *home)
{
    jz_auto(jz_banks) *banks = NULL;
    uint64_t random = 1;
    const jz_entry_meta meta = { .status = JZ_ENTRY_SEED };
    if (jz_banks_open(home, true, false, &banks, NULL) != JZ_OK ||
        jz_bank_create(banks, "bench", NULL, NULL) != JZ_OK ||
        jz_bank_batch_begin(banks, NULL) != JZ_OK)
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < BANK_ENTRIES; i++) {
        jz_signal s = { .cls = jz_hash_class_find("pdq"), .quality = -1, .frame = -1 };
        int64_t entry = 0;
        bool added = false;
        for (size_t k = 0; k < JZ_PDQ_SIZE; k++)
            s.digest[k] = (uint8_t)jz_bench_random(&random);
        ok = jz_bank_add(banks, "bench", &meta, &s, 1, &entry, &added, NULL) == JZ_OK;
    }
    return jz_bank_batch_end(banks, ok, NULL) == JZ_OK && ok;
}

/* ---- the same work without a scanner around it ---- */

struct plain {
    const struct place *place;
    jz_banks *banks;
    size_t n;
    atomic_size_t next;
    atomic_size_t done;
};

static jz_status on_send(jz_job *job, jz_err *err)
{
    struct plain *w = job->send_user;
    jz_pdq pdq[2];
    jz_bank_hits hits = { 0 };
    jz_status st = jz_pdq_nn512(&job->frame.plane, &pdq[0], err);
    if (st == JZ_OK)
        st = jz_pdq_full(&job->frame.plane, &pdq[1], err);
    for (int v = 0; st == JZ_OK && v < 2 * JZ_DIHEDRALS; v++) {
        uint8_t digest[JZ_PDQ_SIZE];
        jz_pdq_digest(&pdq[v / JZ_DIHEDRALS], (jz_dihedral)(v % JZ_DIHEDRALS), digest);
        st = jz_banks_match(w->banks, digest, JZ_INDEX_MAX_BITS, &hits, err);
    }
    jz_bank_hits_done(&hits);
    atomic_fetch_add(&w->done, st == JZ_OK);
    return st;
}

static void plain_one(struct plain *w, size_t i, uint8_t *pixels)
{
    jz_exact_hashes exact;
    struct stat sb;
    jz_auto(char) *path = path_of(w->place, "files/", i % w->place->files);
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &sb) != 0 || jz_exact_hash_fd(fd, &exact, NULL) != JZ_OK)
        return;
    const jz_format *jpeg = jz_format_by_name("jpeg");
    jz_job job = { .format = jpeg,
                   .fd = fd,
                   .file_size = (uint64_t)sb.st_size,
                   .limits = jz_limits_filled(NULL),
                   .opts = { .interval_s = 1 },
                   .info = { .format = jpeg, .orientation = 1 },
                   .pixels = pixels,
                   .pixels_size = PIXELS_BYTES,
                   .send = on_send,
                   .send_user = w };
    (void)jz_decoder_find(jpeg)->decode(&job, NULL); /* done says how many went well */
    jz_job_done(&job);
}

static void *plain_thread(void *user)
{
    struct plain *w = user;
    jz_auto(uint8_t) *pixels = jz_alloc(PIXELS_BYTES);
    if (pixels == NULL)
        return NULL;
    for (size_t i = 0; (i = atomic_fetch_add(&w->next, 1)) < w->n;)
        plain_one(w, i, pixels);
    return NULL;
}

static unsigned threads(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

static bool run_plain(const struct place *p, jz_banks *banks, size_t n, struct cost *out)
{
    struct plain w = { .place = p, .banks = banks, .n = n };
    pthread_t thread[64];
    const double cpu = jz_bench_process_cpu(), wall = jz_bench_wall();
    unsigned started = 0;
    while (started < threads() && pthread_create(&thread[started], NULL, plain_thread, &w) == 0)
        started++;
    for (unsigned i = 0; i < started; i++)
        (void)pthread_join(thread[i], NULL);
    *out = (struct cost){ jz_bench_process_cpu() - cpu, jz_bench_wall() - wall, 0 };
    return w.done == n;
}

/* ---- jz ---- */

static void exec_scan(const char *home, const char *tree)
{
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 && dup2(nowhere, STDERR_FILENO) >= 0)
        (void)execl(JZ_BENCH_JZ, "jz", "scan", "--json", "--home", home, tree, (char *)NULL);
    _exit(127);
}

/* Peak memory of the process so far; 0 once it has ended. The decoder program is another one. */
static long peak_kib(pid_t pid)
{
    char path[64], line[128];
    long kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "re");
    while (f != NULL && kib == 0 && fgets(line, sizeof line, f) != NULL)
        (void)sscanf(line, "VmHWM: %ld", &kib);
    if (f != NULL)
        (void)fclose(f);
    return kib;
}

static double seconds_of(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec * 1e-6;
}

/* Its CPU time is that of jz and its decoders, without what is spent here on watching it. */
static bool run_scan(const struct place *p, const char *home, size_t n, struct cost *out)
{
    int status = 0;
    long peak = 0;
    struct rusage used;
    jz_auto(char) *tree = path_of(p, "tree", n);
    const double wall = jz_bench_wall();
    const pid_t pid = fork();
    if (pid == 0)
        exec_scan(home, tree);
    JZ_FD_AUTO alive = pid > 0 ? pidfd_open(pid, 0) : -1;
    struct pollfd end = { .fd = alive, .events = POLLIN };
    while (alive >= 0 && poll(&end, 1, PEAK_MS) == 0) {
        const long now = peak_kib(pid);
        peak = now > 0 ? now : peak; /* it only grows, but for the exec at the beginning */
    }
    if (alive < 0 || wait4(pid, &status, 0, &used) != pid)
        return false;
    *out = (struct cost){ seconds_of(&used.ru_utime) + seconds_of(&used.ru_stime),
                          jz_bench_wall() - wall, peak };
    return WIFEXITED(status) && WEXITSTATUS(status) <= 1;
}

/* ---- rows ---- */

static bool compare(jz_bench *b, const struct place *p, const char *home, size_t n)
{
    jz_auto(jz_banks) *banks = NULL;
    double cpu[2][ROUNDS], wall[2][ROUNDS];
    if (jz_banks_open(home, false, true, &banks, NULL) != JZ_OK)
        return false;
    for (int i = 0; i < ROUNDS; i++) {
        struct cost plain, scan;
        if (!run_plain(p, banks, n, &plain) || !run_scan(p, home, n, &scan))
            return false;
        cpu[0][i] = plain.cpu_s * 1e3 / (double)n;
        cpu[1][i] = scan.cpu_s * 1e3 / (double)n;
        wall[0][i] = plain.wall_s * 1e3 / (double)n;
        wall[1][i] = scan.wall_s * 1e3 / (double)n;
    }
    jz_bench_row(b, "scan of small JPEGs: CPU", n, jz_bench_median(cpu[1], ROUNDS), "ms/file",
                 jz_bench_median(cpu[0], ROUNDS));
    const double ms = jz_bench_median(wall[1], ROUNDS);
    jz_bench_row(b, "scan of small JPEGs: wall", n, ms, "ms/file",
                 jz_bench_median(wall[0], ROUNDS));
    jz_bench_row(b, "scan of small JPEGs: speed", n, 1e3 / ms, "files/s", 0);
    return true;
}

/* Peak memory at n files against 1000. */
static bool memory(jz_bench *b, const struct place *p, const char *home, size_t n, long at_1000)
{
    struct cost c;
    char name[64];
    if (!run_scan(p, home, n, &c))
        return false;
    (void)snprintf(name, sizeof name, "peak memory at %zu files (baseline: 1000)", n);
    jz_bench_row(b, name, n, (double)c.rss_kib / 1024, "MiB", (double)at_1000 / 1024);
    return true;
}

static size_t count_wanted(void)
{
    const char *text = getenv("JZ_BENCH_N");
    const unsigned long n = text != NULL ? strtoul(text, NULL, 10) : 0;
    return n >= 1 && n <= 1000000 ? n : 10000;
}

static const char *bench_in(jz_bench *b, struct place *p, const char *home)
{
    const size_t n = count_wanted();
    struct cost small;
    if (!make_files(p))
        return "no photographs (JZ_BENCH_PHOTOS), or no room for files";
    if (!make_bank(home))
        return "the bank could not be made";
    if (!make_tree(p, n) || (n != 1000 && !make_tree(p, 1000)))
        return "the folders could not be made";
    if (!compare(b, p, home, n) || !run_scan(p, home, 1000, &small))
        return "a scan did not end well";
    if (!memory(b, p, home, n, small.rss_kib))
        return "a scan did not end well";
    if (getenv("JZ_BENCH_BIG") != NULL &&
        (!make_tree(p, 100000) || !memory(b, p, home, 100000, small.rss_kib)))
        return "a scan of 100000 files did not end well";
    return NULL;
}

static void remove_tree(const char *dir)
{
    const pid_t pid = fork();
    if (pid == 0) {
        (void)execlp("rm", "rm", "-rf", "--", dir, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
}

void jz_bench_scan(jz_bench *b)
{
    struct place p = { 0 };
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(p.dir, sizeof p.dir, "%s/jz-bench-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(p.dir) == NULL) {
        jz_bench_skip(b, "scan", "no temporary folder");
        return;
    }
    jz_auto(char) *home = NULL;
    jz_auto(char) *files = NULL;
    const char *why = "out of memory";
    if (jz_path_join(p.dir, "home", &home, NULL) == JZ_OK &&
        jz_path_join(p.dir, "files", &files, NULL) == JZ_OK && mkdir(files, 0700) == 0)
        why = bench_in(b, &p, home);
    if (why != NULL)
        jz_bench_skip(b, "scan", why);
    remove_tree(p.dir);
}
