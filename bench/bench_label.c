/* SPDX-License-Identifier: Apache-2.0 */
/* `jz label` against exiftool, which writes and reads the same kind of packet, both as programs:
 * CPU time of all their processes, start included. */
#include "bench/bench.h"
#include "bench/photo.h"

#include "base/alloc.h"
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

#define ROUNDS 5
#define READ_FILES 1000
#define JPEG_BYTES ((size_t)6 << 20)
#define LABEL                                                                                      \
    "{\"Label\":\"1\",\"ContentProducer\":\"001191110102MACQD9K64010000\",\"ProduceID\":\"1\"}"

typedef struct folder {
    char dir[128];
    char a[192], b[192]; /* a file to read, and one to write */
    uint8_t *photo;
    size_t photo_bytes;
} folder;

typedef struct run {
    double cpu_s;
    long rss_kib;
} run;

/* Runs a program to its end with nothing on its terminal; false where it fails. */
static bool spawn(const char *const *argv, run *out)
{
    struct rusage used;
    int status = 0;
    const double cpu = jz_bench_process_cpu();
    const pid_t pid = fork();
    if (pid == 0) {
        const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0 && dup2(nowhere, STDERR_FILENO) >= 0)
            (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
        return false;
    *out = (run){ jz_bench_process_cpu() - cpu, used.ru_maxrss };
    return WIFEXITED(status) && WEXITSTATUS(status) <= 1;
}

/* The median of both sides, taking turns; each writes to a file that is not there. *peak_mib: of
 * ours, or of this program where that had more memory when it forked. */
static const char *compare(jz_bench *b, const folder *f, const char *name, uint64_t n,
                           const char *const *ours, const char *const *theirs, double *peak_mib)
{
    double cpu[2][ROUNDS];
    long rss = 0;
    for (int i = 0; i < ROUNDS; i++) {
        run us, them;
        (void)unlink(f->b); /* is there from the second round on */
        if (!spawn(ours, &us))
            return "jz label did not work";
        (void)unlink(f->b); /* where it wrote */
        if (!spawn(theirs, &them))
            return "no exiftool, or it refuses the file";
        cpu[0][i] = us.cpu_s * 1e3;
        cpu[1][i] = them.cpu_s * 1e3;
        rss = us.rss_kib > rss ? us.rss_kib : rss;
    }
    jz_bench_row(b, name, n, jz_bench_median(cpu[0], ROUNDS), "ms CPU",
                 jz_bench_median(cpu[1], ROUNDS));
    *peak_mib = (double)rss / 1024;
    return NULL;
}

static const char *compare_writing(jz_bench *b, const folder *f, const char *name, const char *tag)
{
    const char *const ours[] = {
        JZ_BENCH_JZ, "label", "apply", "--producer", "001191110102MACQD9K64010000", "--id", "1",
        f->a,        "-o",    f->b,    NULL
    };
    const char *const theirs[] = { "exiftool", tag, "-o", f->b, f->a, NULL };
    double peak_mib = 0;
    char memory[96];
    const char *why = compare(b, f, name, 1, ours, theirs, &peak_mib);
    (void)snprintf(memory, sizeof memory, "%s, peak memory", name);
    if (why == NULL)
        jz_bench_row(b, memory, 1, peak_mib, "MiB", 0);
    return why;
}

static const char *read_photo(folder *f)
{
    char *paths[64];
    const size_t n = jz_bench_photos(paths, JZ_ARRAY_LEN(paths));
    bool ok = n > 0;
    for (size_t i = 0; i < n; i++) {
        jz_plane photo;
        uint8_t *mem = NULL;
        if (i == 0)
            ok = jz_photo_read(paths[i], 3, &photo, &mem) &&
                 jz_photo_encode(&photo, 90, &f->photo, &f->photo_bytes);
        jz_free(mem);
        jz_free(paths[i]);
    }
    return ok ? NULL : "no photograph";
}

/* The photograph as a JPEG of so many pixels in a row, at least least bytes (0 = any). */
static bool make_jpeg(const folder *f, uint32_t width, int quality, size_t least, uint8_t **file,
                      size_t *size)
{
    jz_plane photo;
    uint8_t *mem = NULL;
    if (!jz_photo_decode(f->photo, f->photo_bytes, 3, &photo, &mem))
        return false;
    bool ok = true;
    for (*size = 0; ok && (*size == 0 || *size < least) && width < 16000; width += 1000) {
        const uint32_t height = (uint32_t)((uint64_t)width * photo.height / photo.width);
        uint8_t *px = jz_alloc((size_t)width * height * 3);
        jz_free(JZ_TAKE(*file));
        ok = px != NULL;
        if (ok)
            jz_photo_resize(&photo, width, height, px);
        const jz_plane large = { px, width, height, (size_t)width * 3, 3 };
        ok = ok && jz_photo_encode(&large, quality, file, size);
        jz_free(px);
    }
    jz_free(mem);
    return ok && *size >= least;
}

static const char *label_jpeg(jz_bench *b, folder *f)
{
    uint8_t *file = NULL;
    size_t size = 0;
    const bool ok = make_jpeg(f, 2000, 97, JPEG_BYTES, &file, &size) &&
                    jz_file_write(f->a, file, size, NULL) == JZ_OK;
    jz_free(file);
    return ok ? compare_writing(b, f, "label a JPEG of 6 MB or more", "-XMP-dc:Description=" LABEL)
              : "no JPEG of 6 MB could be made";
}

/* 100 MB of frames, with the index in front of them, so that every offset has to change. */
static const char *label_movie(jz_bench *b, folder *f)
{
    static const char source[] = "testsrc=s=1280x720:r=25:d=3";
    (void)snprintf(f->a, sizeof f->a, "%s/a.mov", f->dir);
    (void)snprintf(f->b, sizeof f->b, "%s/b.mov", f->dir);
    const char *const make[] = { "ffmpeg",  "-v",        "error",      "-f",       "lavfi",
                                 "-i",      source,      "-c:v",       "rawvideo", "-pix_fmt",
                                 "yuv420p", "-movflags", "+faststart", f->a,       NULL };
    run ignored;
    if (!spawn(make, &ignored))
        return "no ffmpeg to make a movie with";
    return compare_writing(b, f, "label a movie of 100 MB", "-XMP-dc:Description=" LABEL);
}

static const char *read_many(jz_bench *b, folder *f)
{
    char tree[160];
    (void)snprintf(tree, sizeof tree, "%s/many", f->dir);
    uint8_t *file = NULL;
    size_t size = 0;
    bool ok = make_jpeg(f, 1280, 85, 0, &file, &size) && mkdir(tree, 0700) == 0;
    for (unsigned i = 0; ok && i < READ_FILES; i++) {
        char path[192];
        (void)snprintf(path, sizeof path, "%s/%u.jpg", tree, i);
        ok = jz_file_write(path, file, size, NULL) == JZ_OK;
    }
    jz_free(file);
    const char *const ours[] = { JZ_BENCH_JZ, "label", "read", "--json", "--quiet", tree, NULL };
    const char *const theirs[] = { "exiftool", "-json", "-r", "-q", tree, NULL };
    double ignored;
    return ok ? compare(b, f, "read the labels of 1000 JPEGs", READ_FILES, ours, theirs, &ignored)
              : "no room for the files";
}

static void remove_tree(const char *dir)
{
    const char *const argv[] = { "rm", "-rf", "--", dir, NULL };
    run ignored;
    (void)spawn(argv, &ignored); /* nothing better can be done */
}

void jz_bench_label(jz_bench *b)
{
    folder f = { .dir = "/tmp/jz-bench-label-XXXXXX" };
    static const struct {
        const char *name;
        const char *(*measure)(jz_bench *b, folder *f);
    } cases[] = { { "jpeg", label_jpeg }, { "movie", label_movie }, { "read", read_many } };
    if (mkdtemp(f.dir) == NULL) {
        jz_bench_skip(b, "label", "no temporary folder");
        return;
    }
    (void)snprintf(f.a, sizeof f.a, "%s/a.jpg", f.dir);
    (void)snprintf(f.b, sizeof f.b, "%s/b.jpg", f.dir);
    const char *missing = read_photo(&f);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        const char *why = missing != NULL ? missing : cases[i].measure(b, &f);
        if (why != NULL)
            jz_bench_skip(b, cases[i].name, why);
    }
    jz_free(f.photo);
    remove_tree(f.dir);
}
