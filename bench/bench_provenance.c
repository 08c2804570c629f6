/* SPDX-License-Identifier: Apache-2.0 */
/* `jz sign` and `jz verify` as whole programs: CPU time with their start, and memory. Beside them
 * c2pa-rs in Node (tests/provenance/peer.mjs), where $JZ_C2PA_PEER is the folder with its
 * node_modules. Its start, 0.3 s, is left out: MORE more files in one process, less one. */
#include "bench/bench.h"

#include <jz/provenance.h>

#include "base/buf.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 7
#define PATH_BYTES 192
#define MORE 4

typedef struct place {
    char dir[64];
    char plain[PATH_BYTES], signed_[PATH_BYTES], again[PATH_BYTES];
    char chain[PATH_BYTES], key[PATH_BYTES], root[PATH_BYTES], peer[PATH_BYTES];
    char line[PATH_BYTES], lines[PATH_BYTES]; /* what it signs: once, and MORE times more */
    char memory[PATH_BYTES];
    bool has_peer;
} place;

/* Runs a program to its end, with a file as its input where one is named; CPU time in seconds, or
 * negative where it fails. */
static double spawn(const char *const *argv, const char *input)
{
    struct rusage used;
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
        const int in = input != NULL ? open(input, O_RDONLY | O_CLOEXEC) : nowhere;
        if (nowhere >= 0 && in >= 0 && dup2(in, STDIN_FILENO) >= 0 &&
            dup2(nowhere, STDOUT_FILENO) >= 0 && dup2(nowhere, STDERR_FILENO) >= 0)
            (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0)
        return -1;
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Peak memory in MiB by GNU time, whose own is small: what is forked here begins with this
 * program's. 0 where there is none. */
static double peak_of(const place *p, const char *const *argv, const char *input)
{
    const char *timed[24] = { "/usr/bin/time", "-f", "%M", "-o", p->memory };
    JZ_BUF_AUTO text = { 0 };
    size_t n = 5;
    for (size_t i = 0; argv[i] != NULL && n + 1 < JZ_ARRAY_LEN(timed); i++)
        timed[n++] = argv[i];
    timed[n] = NULL;
    if (spawn(timed, input) < 0 || jz_file_read(p->memory, 64, &text, NULL) != JZ_OK)
        return 0;
    return strtod(text.ptr, NULL) / 1024;
}

/* The other program on one file, and on MORE more. */
typedef struct peer {
    const char *const *once, *const *more;
    const char *input, *inputs;
} peer;

/* Seconds for one more file; negative where it fails. */
static double spawn_peer(const peer *o)
{
    const double once = spawn(o->once, o->input), more = spawn(o->more, o->inputs);
    return once < 0 || more < 0 ? -1 : more > once ? (more - once) / MORE : 0;
}

/* made: the file that is written; NULL: none. Ours is there at the end. */
static const char *compare(jz_bench *b, const char *name, const place *p, const char *made,
                           const char *const *ours, const peer *other)
{
    double cpu[2][ROUNDS];
    char memory[96];
    for (int i = 0; i < ROUNDS; i++) {
        cpu[1][i] = p->has_peer ? spawn_peer(other) * 1e3 : 0;
        if (made != NULL)
            (void)unlink(made); /* it is there from the second round on */
        cpu[0][i] = spawn(ours, NULL) * 1e3;
        if (cpu[0][i] < 0 || cpu[1][i] < 0)
            return cpu[0][i] < 0 ? "jz did not do it" : "the other program did not do it";
    }
    jz_bench_row(b, name, 1, jz_bench_median(cpu[0], ROUNDS), "ms CPU",
                 jz_bench_median(cpu[1], ROUNDS));
    if (made != NULL)
        (void)unlink(made);
    const double peak = peak_of(p, ours, NULL);
    (void)snprintf(memory, sizeof memory, "%s, peak memory", name);
    if (peak > 0)
        jz_bench_row(b, memory, 1, peak, "MiB",
                     p->has_peer ? peak_of(p, other->once, other->input) : 0);
    return NULL;
}

/* What a program costs that loads the same library and hashes the same bytes, and nothing else. */
static void floor_of(jz_bench *b, const place *p, const char *what)
{
    const char *const argv[] = { "openssl", "dgst", "-sha256", p->signed_, NULL };
    double cpu[ROUNDS];
    char name[64];
    for (int i = 0; i < ROUNDS; i++)
        cpu[i] = spawn(argv, NULL) * 1e3;
    (void)snprintf(name, sizeof name, "openssl dgst -sha256 of that %s", what);
    if (cpu[0] > 0)
        jz_bench_row(b, name, 1, jz_bench_median(cpu, ROUNDS), "ms CPU", 0);
}

static bool write_lines(const place *p)
{
    JZ_BUF_AUTO text = { 0 };
    size_t one = 0; /* the first line's length */
    for (int i = 0; i < 1 + MORE; i++) {
        jz_buf_printf(&text, "%s %s es256 %s %s\n", p->plain, p->again, p->key, p->chain);
        one = i == 0 ? text.len : one;
    }
    return text.fail == JZ_OK && jz_file_write(p->line, text.ptr, one, NULL) == JZ_OK &&
           jz_file_write(p->lines, text.ptr, text.len, NULL) == JZ_OK;
}

static const char *measure(jz_bench *b, place *p, const char *what)
{
    char name[64];
    const char *const sign[] = { JZ_BENCH_JZ,     "sign",           p->plain, "-o",
                                 p->signed_,      "--cert",         p->chain, "--key",
                                 p->key,          "--quiet",        "--home", p->dir,
                                 "--source-type", "digitalCapture", NULL };
    const char *const sign_peer[] = { "node", p->peer, "sign", NULL };
    const char *const verify[] = { JZ_BENCH_JZ, "verify", "--quiet",  "--trust", p->root,
                                   "--home",    p->dir,   p->signed_, NULL };
    const char *const verify_peer[] = { "node",     p->peer,    "verify",   p->root,
                                        p->root,    p->signed_, p->signed_, p->signed_,
                                        p->signed_, p->signed_, NULL };
    const char *const once_peer[] = {
        "node", p->peer, "verify", p->root, p->root, p->signed_, NULL
    };
    const peer signs = { sign_peer, sign_peer, p->line, p->lines };
    const peer verifies = { once_peer, verify_peer, NULL, NULL };
    if (!write_lines(p))
        return "no room";
    (void)snprintf(name, sizeof name, "sign a %s", what);
    const char *why = compare(b, name, p, p->signed_, sign, &signs);
    if (why != NULL)
        return why;
    (void)snprintf(name, sizeof name, "verify a %s", what);
    why = compare(b, name, p, NULL, verify, &verifies);
    floor_of(b, p, what);
    return why;
}

/* ---- files ---- */

static const char *make(place *p, const char *name, const char *const *options)
{
    const char *argv[32] = { "ffmpeg", "-v", "error", "-f", "lavfi", "-i" };
    size_t n = 6;
    (void)snprintf(p->plain, sizeof p->plain, "%s/plain.%s", p->dir, name);
    (void)snprintf(p->signed_, sizeof p->signed_, "%s/signed.%s", p->dir, name);
    (void)snprintf(p->again, sizeof p->again, "%s/again.%s", p->dir, name);
    for (size_t i = 0; options[i] != NULL; i++)
        argv[n++] = options[i];
    argv[n] = p->plain;
    return spawn(argv, NULL) >= 0 ? NULL : "no ffmpeg to make a file with";
}

static const char *jpeg(jz_bench *b, place *p)
{
    static const char *const options[] = {
        "nullsrc=s=3700x2500,noise=alls=60:allf=t", "-frames:v", "1", "-q:v", "2", NULL
    };
    struct stat sb;
    char what[32];
    const char *why = make(p, "jpg", options);
    if (why != NULL || stat(p->plain, &sb) != 0)
        return why;
    (void)snprintf(what, sizeof what, "JPEG of %.1f MB", (double)sb.st_size / 1e6);
    return measure(b, p, what);
}

static const char *movie(jz_bench *b, place *p)
{
    static const char *const options[] = { "testsrc=s=1280x720:r=25:d=2.95",
                                           "-c:v",
                                           "rawvideo",
                                           "-pix_fmt",
                                           "yuv420p",
                                           "-movflags",
                                           "+faststart",
                                           NULL };
    struct stat sb;
    char what[32];
    const char *why = make(p, "mov", options);
    if (why != NULL || stat(p->plain, &sb) != 0)
        return why;
    (void)snprintf(what, sizeof what, "MOV of %.0f MB", (double)sb.st_size / 1e6);
    return measure(b, p, what);
}

/* ---- all ---- */

static bool write_text(char path[PATH_BYTES], const place *p, const char *name, const char *text)
{
    (void)snprintf(path, PATH_BYTES, "%s/%s", p->dir, name);
    return jz_file_write(path, text, strlen(text), NULL) == JZ_OK;
}

static bool prepare(place *p)
{
    const char *folder = getenv("JZ_C2PA_PEER");
    const char *source = getenv("JZ_SOURCE");
    const jz_identity_opts o = { .name = "Bench", .organisation = "Bench" };
    char modules[PATH_BYTES];
    JZ_BUF_AUTO script = { 0 };
    jz_identity id = { 0 };
    if (jz_identity_make(&o, &id, NULL) != JZ_OK)
        return false;
    const bool ok = write_text(p->key, p, "key.pem", id.key) &&
                    write_text(p->chain, p, "chain.pem", id.chain) &&
                    write_text(p->root, p, "root.pem", id.root);
    jz_identity_done(&id);
    (void)snprintf(p->line, sizeof p->line, "%s/line", p->dir);
    (void)snprintf(p->lines, sizeof p->lines, "%s/lines", p->dir);
    (void)snprintf(p->memory, sizeof p->memory, "%s/memory", p->dir);
    (void)snprintf(modules, sizeof modules, "%s/tests/provenance/peer.mjs",
                   source != NULL ? source : ".");
    if (folder == NULL || jz_file_read(modules, (size_t)1 << 20, &script, NULL) != JZ_OK)
        return ok;
    (void)snprintf(p->peer, sizeof p->peer, "%s/peer.mjs", p->dir);
    p->has_peer = jz_file_write(p->peer, script.ptr, script.len, NULL) == JZ_OK;
    (void)snprintf(modules, sizeof modules, "%s/node_modules", folder);
    char link[PATH_BYTES];
    (void)snprintf(link, sizeof link, "%s/node_modules", p->dir);
    p->has_peer = p->has_peer && symlink(modules, link) == 0;
    return ok;
}

void jz_bench_provenance(jz_bench *b)
{
    static const struct {
        const char *name;
        const char *(*measure)(jz_bench *b, place *p);
    } cases[] = { { "jpeg", jpeg }, { "movie", movie } };
    place p = { .dir = "/tmp/jz-bench-c2pa-XXXXXX" };
    if (mkdtemp(p.dir) == NULL || !prepare(&p)) {
        jz_bench_skip(b, "provenance", "no temporary folder");
        return;
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        const char *why = cases[i].measure(b, &p);
        if (why != NULL)
            jz_bench_skip(b, cases[i].name, why);
    }
    jz_remove_tree(p.dir);
}
