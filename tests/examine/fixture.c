/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/alloc.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jpeglib.h>

static void need(bool ok, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "fixture: %s: %s\n", what, strerror(errno));
    abort();
}

void fx_folder(char *path, size_t size)
{
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(path, size, "%s/jz-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
    need(mkdtemp(path) != NULL, path);
}

void fx_remove(const char *path)
{
    const char *const args[] = { "rm", "-rf", "--", path, NULL };
    const pid_t pid = fork();
    need(pid >= 0, "fork");
    if (pid == 0) {
        char *copy[5];
        memcpy(copy, args, sizeof copy);
        (void)execvp("rm", copy);
        _exit(127);
    }
    (void)fx_wait(pid);
}

const char *fx_path(const char *dir, const char *name)
{
    static char ring[4][4096];
    static unsigned at;
    char *buf = ring[at++ % 4];
    const int n = snprintf(buf, sizeof ring[0], "%s/%s", dir, name);
    need(n > 0 && (size_t)n < sizeof ring[0], "path");
    return buf;
}

void fx_mkdir(const char *dir, const char *name)
{
    need(mkdir(fx_path(dir, name), 0700) == 0, name);
}

void fx_write(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    need(f != NULL && fwrite(data, 1, len, f) == len && fclose(f) == 0, path);
}

/* ---- pictures ---- */

static uint32_t hash32(uint32_t x)
{
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
}

/* Random values on a grid of 24 cells, straight lines between them. */
static double noise_at(uint32_t seed, double x, double y)
{
    const double gx = x * 24, gy = y * 24;
    const uint32_t ix = (uint32_t)gx, iy = (uint32_t)gy;
    const double fx = gx - ix, fy = gy - iy;
    double v[4];
    for (uint32_t i = 0; i < 4; i++)
        v[i] = hash32(seed * 7919u + (ix + (i & 1)) * 131u + (iy + (i >> 1)) * 65537u) % 256;
    return (v[0] * (1 - fx) + v[1] * fx) * (1 - fy) + (v[2] * (1 - fx) + v[3] * fx) * fy;
}

static fx_picture blank(uint32_t width, uint32_t height)
{
    const fx_picture p = { width, height, jz_alloc_zero((size_t)width * height, 3) };
    need(p.px != NULL, "picture");
    return p;
}

static uint8_t *at(const fx_picture *p, uint32_t x, uint32_t y)
{
    return p->px + 3 * ((size_t)y * p->width + x);
}

fx_picture fx_picture_new(uint32_t seed, uint32_t width, uint32_t height)
{
    const fx_picture p = blank(width, height);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            const double v = noise_at(seed, (double)x / width, (double)y / height);
            memset(at(&p, x, y), (int)v, 3);
        }
    return p;
}

fx_picture fx_mirrored(const fx_picture *p)
{
    const fx_picture q = blank(p->width, p->height);
    for (uint32_t y = 0; y < p->height; y++)
        for (uint32_t x = 0; x < p->width; x++)
            memcpy(at(&q, p->width - 1 - x, y), at(p, x, y), 3);
    return q;
}

fx_picture fx_rotated(const fx_picture *p)
{
    const fx_picture q = blank(p->height, p->width);
    for (uint32_t y = 0; y < p->height; y++)
        for (uint32_t x = 0; x < p->width; x++)
            memcpy(at(&q, p->height - 1 - y, x), at(p, x, y), 3);
    return q;
}

static void put_exif(struct jpeg_compress_struct *c, int orientation)
{
    uint8_t app1[] = { 'E',  'x',  'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
                       0x01, 0x12, 0,   3,   0, 0, 0,   1,   0, 0,  0, 0, 0, 0, 0, 0 };
    app1[25] = (uint8_t)orientation;
    jpeg_write_marker(c, JPEG_APP0 + 1, app1, sizeof app1);
}

/* Freed with free(): libjpeg's own. */
static unsigned char *jpeg_of(const fx_picture *p, int quality, int orientation, unsigned long *len)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr trap;
    unsigned char *out = NULL;
    c.err = jpeg_std_error(&trap);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out, len);
    c.image_width = p->width;
    c.image_height = p->height;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    jpeg_start_compress(&c, TRUE);
    if (orientation > 0)
        put_exif(&c, orientation);
    while (c.next_scanline < c.image_height) {
        JSAMPROW row = at(p, 0, c.next_scanline);
        (void)jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return out;
}

void fx_write_jpeg(const char *path, const fx_picture *p, int quality, int orientation)
{
    unsigned long len = 0;
    unsigned char *data = jpeg_of(p, quality, orientation, &len);
    fx_write(path, data, len);
    free(data);
}

static void put_u32(jz_buf *b, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        jz_buf_putc(b, (char)(uint8_t)(v >> (8 * i)));
}

static void put_zeros(jz_buf *b, size_t n)
{
    while (n-- > 0)
        jz_buf_putc(b, 0);
}

static void put_chunk(jz_buf *b, const char *id, const jz_buf *body)
{
    jz_buf_put(b, id, 4);
    put_u32(b, (uint32_t)body->len);
    jz_buf_put(b, body->ptr, body->len);
    put_zeros(b, body->len & 1);
}

/* The AVI headers of one stream of Motion JPEG (AVI RIFF reference, Microsoft). */
static void put_headers(jz_buf *hdrl, uint32_t width, uint32_t height, uint32_t frames,
                        uint32_t fps)
{
    jz_buf avih = { 0 }, strh = { 0 }, strf = { 0 }, strl = { 0 };
    const uint32_t main_header[] = { 1000000 / fps, 0, 0, 0x10, frames, 0, 1, 0, width, height };
    for (size_t i = 0; i < JZ_ARRAY_LEN(main_header); i++)
        put_u32(&avih, main_header[i]);
    put_zeros(&avih, 16);
    jz_buf_put(&strh, "vidsMJPG", 8);
    const uint32_t stream_header[] = { 0, 0, 0, 1, fps, 0, frames, 0, UINT32_MAX, 0, 0, 0 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(stream_header); i++)
        put_u32(&strh, stream_header[i]);
    const uint32_t bitmap[] = { 40, width, height, 1u | 24u << 16 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bitmap); i++)
        put_u32(&strf, bitmap[i]);
    jz_buf_put(&strf, "MJPG", 4);
    put_u32(&strf, width * height * 3);
    put_zeros(&strf, 16);
    jz_buf_put(&strl, "strl", 4);
    put_chunk(&strl, "strh", &strh);
    put_chunk(&strl, "strf", &strf);
    jz_buf_put(hdrl, "hdrl", 4);
    put_chunk(hdrl, "avih", &avih);
    put_chunk(hdrl, "LIST", &strl);
    jz_buf_done(&avih);
    jz_buf_done(&strh);
    jz_buf_done(&strf);
    jz_buf_done(&strl);
}

void fx_write_avi(const char *path, const fx_picture *const *p, size_t n, unsigned frames_each,
                  unsigned fps)
{
    jz_buf hdrl = { 0 }, movi = { 0 }, riff = { 0 }, file = { 0 };
    put_headers(&hdrl, p[0]->width, p[0]->height, (uint32_t)n * frames_each, fps);
    jz_buf_put(&movi, "movi", 4);
    for (size_t i = 0; i < n * frames_each; i++) {
        unsigned long len = 0;
        unsigned char *data = jpeg_of(p[i / frames_each], 85, 0, &len);
        const jz_buf frame = { .ptr = (char *)data, .len = len };
        put_chunk(&movi, "00dc", &frame);
        free(data);
    }
    jz_buf_put(&riff, "AVI ", 4);
    put_chunk(&riff, "LIST", &hdrl);
    put_chunk(&riff, "LIST", &movi);
    put_chunk(&file, "RIFF", &riff);
    need(file.fail == JZ_OK, "avi");
    fx_write(path, file.ptr, file.len);
    jz_buf_done(&hdrl);
    jz_buf_done(&movi);
    jz_buf_done(&riff);
    jz_buf_done(&file);
}

int64_t fx_bank_file(jz_banks *b, const char *bank, const char *path, jz_decoder *d)
{
    jz_measurement m = { 0 };
    jz_signal *signals = NULL;
    size_t n = 0;
    int64_t entry = 0;
    bool added = false;
    const jz_entry_meta meta = { .status = JZ_ENTRY_CONFIRMED, .source = "test" };
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    need(fd >= 0 && jz_measure(d, fd, NULL, &m, NULL) == JZ_OK, path);
    need(jz_measurement_signals(&m, JZ_BANK_MIN_QUALITY, &signals, &n, NULL) == JZ_OK, path);
    need(jz_bank_add(b, bank, &meta, signals, n, &entry, &added, NULL) == JZ_OK && added, path);
    jz_signals_free(signals);
    jz_measurement_done(&m);
    return entry;
}

/* ---- processes ---- */

pid_t fx_start(const char *const *args, const char *out_path)
{
    const char *exe = getenv("JZ_EXE");
    need(exe != NULL, "JZ_EXE");
    const pid_t pid = fork();
    need(pid >= 0, "fork");
    if (pid > 0)
        return pid;
    char *argv[64] = { NULL };
    size_t n = 0;
    argv[n++] = strdup(exe);
    while (n < 63 && args[n - 1] != NULL) {
        argv[n] = strdup(args[n - 1]);
        n++;
    }
    const int out = open(out_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int nowhere = open("/dev/null", O_WRONLY);
    if (out < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0)
        _exit(126);
    (void)execv(exe, argv);
    _exit(127);
}

int fx_wait(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        need(errno == EINTR, "waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int fx_run(const char *const *args, const char *out_path)
{
    return fx_wait(fx_start(args, out_path));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **fx_lines(const char *path, size_t *n)
{
    char **lines = NULL, *line = NULL;
    size_t size = 0;
    FILE *f = fopen(path, "r");
    need(f != NULL, path);
    *n = 0;
    while (getline(&line, &size, f) > 0) {
        lines = jz_realloc_array(lines, *n + 1, sizeof *lines);
        need(lines != NULL, "lines");
        lines[(*n)++] = jz_strdup(line);
    }
    free(line);
    (void)fclose(f);
    if (*n > 0)
        qsort(lines, *n, sizeof *lines, by_text);
    return lines;
}

void fx_lines_free(char **lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        jz_free(lines[i]);
    jz_free(lines);
}

size_t fx_count(char *const *lines, size_t n, const char *text)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += strstr(lines[i], text) != NULL;
    return count;
}
