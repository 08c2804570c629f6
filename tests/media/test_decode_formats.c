/* SPDX-License-Identifier: Apache-2.0 */
/* Every format through the sandboxed worker: the files of tests/data/media show one synthetic
 * picture, whose colours are known; damaged copies end in a status. */
#include "decoder_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#define COLUMNS 4
#define ROWS 3
#define EXACT 0

typedef struct sample {
    const char *file;
    const char *format;
    unsigned frames;
    unsigned tolerance; /* of a block's mean; EXACT: every pixel */
    bool grey;
    bool still_last;      /* fewer frames change than there are: only the first is compared */
    uint32_t orientation; /* 0 = 1 */
    const char *codec;
} sample;

static const sample samples[] = {
    { "baseline.jpg", "jpeg", 1, .tolerance = 4 },
    { "progressive.jpg", "jpeg", 1, .tolerance = 4 },
    { "arithmetic.jpg", "jpeg", 1, .tolerance = 4 },
    { "grey.jpg", "jpeg", 1, .tolerance = 4 },
    { "cmyk.jpg", "jpeg", 1, .tolerance = 4 },
    { "rgb.png", "png", 1, .tolerance = EXACT },
    { "rgba16.png", "png", 1, .tolerance = 1 },
    { "grey.png", "png", 1, 1, .grey = true },
    { "grey16.png", "png", 1, 1, .grey = true },
    { "mono.png", "png", 1, 40, .grey = true },
    { "palette.png", "png", 1, .tolerance = EXACT },
    { "interlaced.png", "png", 1, .tolerance = EXACT },
    { "alpha.png", "png", 1, .tolerance = EXACT },
    { "orient6.png", "png", 1, EXACT, .orientation = 6 },
    { "anim.apng", "apng", 8, EXACT, .codec = "apng" },
    { "anim.gif", "gif", 8, EXACT, .codec = "gif" },
    { "still.gif", "gif", 1, EXACT, .codec = "gif" },
    { "lossy.webp", "webp", 1, .tolerance = 4 },
    { "lossless.webp", "webp", 1, .tolerance = EXACT },
    { "orient8.webp", "webp", 1, EXACT, .orientation = 8 },
    { "anim.webp", "webp", 8, .tolerance = EXACT },
    { "rgb.bmp", "bmp", 1, .tolerance = EXACT },
    { "rgb565.bmp", "bmp", 1, .tolerance = 8 },
    { "palette-rle.bmp", "bmp", 1, .tolerance = EXACT },
    { "rgb.tif", "tiff", 1, .tolerance = EXACT },
    { "rgb16-deflate.tif", "tiff", 1, .tolerance = 1 },
    { "grey-lzw.tif", "tiff", 1, 1, .grey = true },
    { "cmyk.tif", "tiff", 1, .tolerance = 2 },
    { "orient3.tif", "tiff", 1, 1, .grey = true, .orientation = 3 },
    { "lossless.jxl", "jxl", 1, .tolerance = EXACT },
    { "lossy.jxl", "jxl", 1, .tolerance = 10 },
    { "rgb.jp2", "jp2", 1, .tolerance = 4 },
    { "still.heic", "heic", 1, .tolerance = 4 },
    { "still.avif", "avif", 1, .tolerance = 4 },
    { "grid.avif", "avif", 1, .tolerance = 4 },
    { "sequence.avif", "avif", 3, 8, .codec = "av1" },
    { "h264.mp4", "mp4", 8, 6, .codec = "h264" },
    { "h264-fragmented.mp4", "mp4", 8, 6, .codec = "h264" },
    { "h264-rotated.mp4", "mp4", 8, 6, .orientation = 8, .codec = "h264" },
    { "h264.mov", "mov", 8, 6, .codec = "h264" },
    { "h264.mkv", "mkv", 8, 6, .codec = "h264" },
    { "h264.flv", "flv", 8, 6, .codec = "h264" },
    { "h264.ts", "mpegts", 3, 6, .codec = "h264" },
    { "h264.m2ts", "mpegts", 3, 6, .codec = "h264" },
    { "hevc.mp4", "mp4", 8, 6, .codec = "hevc" },
    { "av1.mp4", "mp4", 8, 8, .codec = "av1" },
    { "vp9.webm", "webm", 8, 6, .codec = "vp9" },
    { "vp8.webm", "webm", 8, 8, .codec = "vp8" },
    { "mpeg4.avi", "avi", 3, 8, .codec = "mpeg4" },
    { "mjpeg.avi", "avi", 3, 8, .codec = "mjpeg" },
    { "flv1.flv", "flv", 8, 8, .codec = "flv1" },
    { "wmv2.wmv", "asf", 3, 8, .codec = "wmv2" },
    { "mpeg2.mpg", "mpegps", 20, 8, .still_last = true, .codec = "mpeg2video" },
    { "theora.ogv", "ogv", 3, 8, .codec = "theora" },
};

typedef struct fixture {
    jz_sandbox *sandbox;
    jz_decoder *decoder;
} fixture;

static int setup(void **state)
{
    static fixture f;
    jz_err err = { 0 };
    const jz_limits limits = { .stall_ms = 20000 };
    if (jz_sandbox_open(NULL, &limits, &f.sandbox, &err) != JZ_OK ||
        jz_decoder_new(f.sandbox, &f.decoder, &err) != JZ_OK) {
        print_error("%s\n", err.frame[0]);
        return 1;
    }
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    const fixture *f = *state;
    jz_decoder_free(f->decoder);
    jz_sandbox_close(f->sandbox);
    return 0;
}

static blob read_sample(const char *name)
{
    char path[4096];
    const char *source = getenv("JZ_SOURCE");
    (void)snprintf(path, sizeof path, "%s/tests/data/media/%s", source != NULL ? source : ".",
                   name);
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        fail_msg("no %s", path);
    blob b = { malloc(65536), 0 };
    assert_non_null(b.ptr);
    b.len = fread(b.ptr, 1, 65536, in);
    (void)fclose(in);
    return b;
}

/* The synthetic picture: 4 by 3 blocks of one colour each; with every frame the columns move one
 * to the left. */
static void picture(unsigned column, unsigned row, uint64_t frame, uint8_t rgb[3])
{
    const unsigned k = (unsigned)((column + frame) % COLUMNS);
    rgb[0] = (uint8_t)(40 + 50 * k);
    rgb[1] = (uint8_t)(40 + 70 * row);
    rgb[2] = (uint8_t)(220 - 50 * k);
}

/* What one channel of a block must be; grey is luma by ITU-R BT.601. */
static double expected(const sample *s, unsigned column, unsigned row, uint64_t frame, uint32_t c)
{
    uint8_t rgb[3];
    picture(column, row, frame, rgb);
    return s->grey || strcmp(s->file, "grey.jpg") == 0
               ? 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
               : rgb[c];
}

typedef struct check {
    const sample *sample;
    unsigned frames;
    char why[160]; /* the first difference; told after the decoding, which is not to be cut off */
} check;

/* Without its edge, where lossy codecs ring and chroma bleeds. */
static void check_block(check *c, const jz_frame *f, unsigned column, unsigned row,
                        uint32_t channel)
{
    const jz_plane *p = &f->plane;
    const uint32_t w = p->width / COLUMNS;
    const uint32_t h = p->height / ROWS;
    const uint32_t edge = c->sample->tolerance == EXACT ? 0 : 3;
    const double value = expected(c->sample, column, row, f->index, channel);
    double sum = 0;
    double worst = 0;
    for (uint32_t y = row * h + edge; y < (row + 1) * h - edge; y++) {
        for (uint32_t x = column * w + edge; x < (column + 1) * w - edge; x++) {
            const double v = p->px[y * p->stride + x * p->channels + channel];
            const double off = v > value ? v - value : value - v;
            worst = off > worst ? off : worst;
            sum += v;
        }
    }
    const double mean = sum / ((w - 2 * edge) * (h - 2 * edge));
    const double off = mean > value ? mean - value : value - mean;
    const bool fits = c->sample->tolerance == EXACT ? worst == 0 : off <= c->sample->tolerance;
    if (!fits && c->why[0] == '\0')
        (void)snprintf(c->why, sizeof c->why, "frame %u, block %u,%u channel %u: %.1f, not %.1f",
                       (unsigned)f->index, column, row, channel, mean, value);
}

static jz_status check_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    check *c = user;
    (void)err;
    (void)info;
    assert_int_equal(f->index, c->frames);
    assert_int_equal(f->plane.channels, c->sample->grey ? 1 : 3);
    const bool grid = f->plane.width == 208 && f->plane.height == 144;
    assert_true(grid || (f->plane.width == 52 && f->plane.height == 36));
    if (f->index == 0 || !c->sample->still_last) {
        for (unsigned i = 0; i < COLUMNS * ROWS * f->plane.channels; i++)
            check_block(c, f, i % COLUMNS, i / COLUMNS % ROWS, i / COLUMNS / ROWS);
    }
    c->frames++;
    return JZ_OK;
}

static void check_sample(const fixture *f, const sample *s)
{
    check c = { .sample = s };
    jz_media_info info = { 0 };
    jz_err err = { 0 };
    blob b = read_sample(s->file);
    const int fd = blob_open(b.ptr, b.len);
    const jz_decode_opts opts = { .every_frame = true };
    const jz_status st = jz_decode(f->decoder, fd, &opts, check_frame, &c, &info, &err);
    (void)close(fd);
    blob_done(&b);
    if (st != JZ_OK)
        fail_msg("%s: %s: %s", s->file, jz_status_name(st), err.frame[0]);
    if (c.why[0] != '\0')
        fail_msg("%s: %s", s->file, c.why);
    assert_string_equal(info.format->name, s->format);
    assert_int_equal(c.frames, s->frames);
    assert_int_equal(info.frames, s->frames);
    assert_int_equal(info.animated, s->frames > 1);
    assert_int_equal(info.orientation, s->orientation == 0 ? 1 : s->orientation);
    assert_string_equal(info.codec, s->codec == NULL ? "" : s->codec);
    if (s->frames > 1)
        assert_int_equal((int)(info.fps * 1000 + 0.5), s->frames == 20 ? 25000 : 10000);
}

static void test_format_gives_the_known_picture(void **state)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++)
        check_sample(*state, &samples[i]);
}

/* ---- frames that are chosen ---- */

typedef struct chosen {
    uint64_t index[16];
    double at[16];
    uint64_t sum[16]; /* of all pixels */
    unsigned n;
    jz_media_info info;
} chosen;

static jz_status note_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    chosen *c = user;
    (void)info;
    (void)err;
    assert_true(c->n < JZ_ARRAY_LEN(c->index));
    for (size_t y = 0; y < f->plane.height; y++)
        for (size_t x = 0; x < (size_t)f->plane.width * f->plane.channels; x++)
            c->sum[c->n] += f->plane.px[y * f->plane.stride + x] * (uint64_t)(x + 1);
    c->index[c->n] = f->index;
    c->at[c->n++] = f->at_seconds;
    return JZ_OK;
}

/* From memory that the worker sees; the samples above are read from their descriptors. */
static void choose(const fixture *f, const char *file, const jz_decode_opts *opts, chosen *c)
{
    jz_err err = { 0 };
    jz_decode_opts o = opts != NULL ? *opts : (jz_decode_opts){ 0 };
    blob b = read_sample(file);
    const int fd = blob_open(b.ptr, b.len);
    *c = (chosen){ 0 };
    assert_int_equal(jz_decoder_read(f->decoder, fd, b.len, &o.whole, &err), JZ_OK);
    assert_int_equal(o.whole.len, b.len);
    const jz_status st = jz_decode(f->decoder, fd, &o, note_frame, c, &c->info, &err);
    (void)close(fd);
    blob_done(&b);
    if (st != JZ_OK)
        fail_msg("%s: %s", file, err.frame[0]);
}

static void test_interval_chooses_frames_as_vpdq_does(void **state)
{
    static const char *const files[] = { "h264.mp4", "anim.gif", "anim.webp", "anim.apng" };
    chosen c;
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        choose(*state, files[i], &(jz_decode_opts){ .interval_s = 0.39 }, &c); /* 3.9 -> 3 */
        assert_int_equal(c.n, 3);
        for (unsigned k = 0; k < c.n; k++) {
            assert_int_equal(c.index[k], 3 * k);
            assert_true(c.at[k] > 0.3 * k - 1e-9 && c.at[k] < 0.3 * k + 1e-9);
        }
        choose(*state, files[i], NULL, &c);
        assert_int_equal(c.n, 1);
        choose(*state, files[i], &(jz_decode_opts){ .first_frame_only = true }, &c);
        assert_int_equal(c.n, 1);
    }
}

/* Their keys are frames 0 and 4 of 8, as ffprobe says. */
static void test_key_frames_are_decoded_alone(void **state)
{
    static const char *const files[] = { "h264.mp4", "h264.mkv", "h264.mov", "h264.flv" };
    chosen all, c;
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        choose(*state, files[i], &(jz_decode_opts){ .every_frame = true }, &all);
        assert_int_equal(all.n, 8);
        assert_int_equal(all.info.gops, 1);
        assert_int_equal(all.info.gop_min, 4);
        assert_int_equal(all.info.gop_max, 4);
        choose(*state, files[i], &(jz_decode_opts){ .key_frames = true, .interval_s = 0.3 }, &c);
        assert_int_equal(c.n, 2);
        for (unsigned k = 0; k < c.n; k++) {
            assert_int_equal(c.index[k], 4 * k);
            assert_true(c.at[k] > 0.4 * k - 1e-9 && c.at[k] < 0.4 * k + 1e-9);
            assert_int_equal(c.sum[k], all.sum[4 * k]);
        }
        choose(*state, files[i], &(jz_decode_opts){ .key_frames = true }, &c);
        assert_int_equal(c.n, 1); /* none at or after a second */
    }
}

static void test_clip_has_as_many_frames_as_the_reference(void **state)
{
    static const char *const clips[] = { "chair-19-sd-bar", "doorknob-hd-no-bar" };
    const char *data = getenv("JZ_TEST_DATA");
    const fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(clips); i++) {
        char path[4096];
        char line[512];
        unsigned lines = 0;
        double last = 0;
        (void)snprintf(path, sizeof path, "%s/video/%s.vpdq.txt", data != NULL ? data : "",
                       clips[i]);
        FILE *in = data != NULL ? fopen(path, "r") : NULL;
        if (in == NULL) {
            print_message("SKIP: no JZ_TEST_DATA\n");
            skip();
        }
        while (fgets(line, sizeof line, in) != NULL) {
            last = strtod(strrchr(line, ',') + 1, NULL);
            lines++;
        }
        (void)fclose(in);
        (void)snprintf(path, sizeof path, "%s/video/%s.mp4", data, clips[i]);
        FILE *clip = fopen(path, "rb");
        assert_non_null(clip);
        jz_media_info info = { 0 };
        jz_err err = { 0 };
        chosen c = { 0 };
        assert_int_equal(jz_decode(f->decoder, fileno(clip), &(jz_decode_opts){ .interval_s = 1e6 },
                                   note_frame, &c, &info, &err),
                         JZ_OK);
        (void)fclose(clip);
        assert_int_equal(info.frames, lines);
        const double at = (lines - 1) / info.fps;
        assert_true(at > last - 0.0006 && at < last + 0.0006); /* the file has three decimals */
    }
}

typedef struct sizes {
    uint32_t width[8];
    unsigned n;
} sizes;

static jz_status note_width(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    sizes *s = user;
    (void)info;
    (void)err;
    assert_true(s->n < JZ_ARRAY_LEN(s->width));
    s->width[s->n++] = f->plane.width;
    return JZ_OK;
}

static void test_stream_may_change_its_size(void **state)
{
    const fixture *f = *state;
    sizes s = { 0 };
    jz_media_info info = { 0 };
    jz_err err = { 0 };
    blob b = read_sample("resized.ts");
    const int fd = blob_open(b.ptr, b.len);
    const jz_decode_opts opts = { .every_frame = true };
    assert_int_equal(jz_decode(f->decoder, fd, &opts, note_width, &s, &info, &err), JZ_OK);
    (void)close(fd);
    blob_done(&b);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.width[0], 52);
    assert_int_equal(s.width[1], 104);
}

/* The animation's mark lies past what is sniffed, behind a text chunk of 5000 bytes. */
static void test_late_animation_mark_is_found(void **state)
{
    enum { IHDR_END = 33, TEXT_BYTES = 5000, CHUNK_BYTES = TEXT_BYTES + 12 };
    const fixture *f = *state;
    shot s = { 0 };
    jz_media_info info = { 0 };
    jz_err err = { 0 };
    blob b = read_sample("anim.apng");
    uint8_t *longer = calloc(b.len + CHUNK_BYTES, 1);
    assert_non_null(longer);
    memcpy(longer, b.ptr, IHDR_END);
    memcpy(longer + IHDR_END, "\0\0\x13\x88tEXtx", 9);
    memcpy(longer + IHDR_END + CHUNK_BYTES, b.ptr + IHDR_END, b.len - IHDR_END);
    assert_int_equal(decode_bytes(f->decoder, longer, b.len + CHUNK_BYTES,
                                  &(jz_decode_opts){ .every_frame = true }, &s, &info, &err),
                     JZ_OK);
    assert_int_equal(s.frames, 8);
    free(longer);
    blob_done(&b);
    shot_done(&s);
}

/* ---- limits ---- */

static jz_status decode_with(const jz_limits *limits, const char *file, jz_err *err)
{
    jz_sandbox *sandbox = NULL;
    jz_decoder *decoder = NULL;
    jz_media_info info = { 0 };
    chosen c = { 0 };
    *err = (jz_err){ 0 };
    assert_int_equal(jz_sandbox_open(NULL, limits, &sandbox, err), JZ_OK);
    assert_int_equal(jz_decoder_new(sandbox, &decoder, err), JZ_OK);
    blob b = read_sample(file);
    const int fd = blob_open(b.ptr, b.len);
    const jz_status st = jz_decode(decoder, fd, &(jz_decode_opts){ .every_frame = true },
                                   note_frame, &c, &info, err);
    (void)close(fd);
    blob_done(&b);
    jz_decoder_free(decoder);
    jz_sandbox_close(sandbox);
    return st;
}

static void test_limits_name_themselves(void **state)
{
    static const char *const big[] = { "rgb.png",      "lossy.webp", "anim.webp", "still.heic",
                                       "still.avif",   "grid.avif",  "rgb.bmp",   "rgb.tif",
                                       "lossless.jxl", "rgb.jp2",    "h264.mp4",  "anim.gif",
                                       "anim.apng",    "av1.mp4",    "mpeg4.avi", "vp9.webm" };
    jz_err err;
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(big); i++) {
        const jz_status st = decode_with(&(jz_limits){ .max_pixels = 1000 }, big[i], &err);
        if (st != JZ_E_LIMIT)
            fail_msg("%s: %s: %s", big[i], jz_status_name(st), err.frame[0]);
    }
    assert_int_equal(decode_with(&(jz_limits){ .max_frames = 5 }, "anim.gif", &err), JZ_E_LIMIT);
    assert_int_equal(decode_with(&(jz_limits){ .max_frames = 5 }, "anim.webp", &err), JZ_E_LIMIT);
    assert_int_equal(decode_with(&(jz_limits){ .max_frames = 5 }, "h264.mp4", &err), JZ_E_LIMIT);
    assert_int_equal(decode_with(&(jz_limits){ .max_nesting = 5 }, "h264.mp4", &err), JZ_E_LIMIT);
    assert_string_equal(err.frame[0], "mp4: blocks nested more than 5 deep");
    assert_int_equal(decode_with(&(jz_limits){ .max_nesting = 6 }, "h264.mp4", &err), JZ_OK);
    assert_int_equal(decode_with(&(jz_limits){ .max_still_bytes = 100 }, "rgb.bmp", &err),
                     JZ_E_LIMIT);
    assert_int_equal(decode_with(&(jz_limits){ .max_frames = 8 }, "h264.mp4", &err), JZ_OK);
}

static void test_sound_alone_is_unsupported(void **state)
{
    const fixture *f = *state;
    shot s = { 0 };
    jz_media_info info = { 0 };
    jz_err err = { 0 };
    blob b = read_sample("audio.mp4");
    assert_int_equal(decode_bytes(f->decoder, b.ptr, b.len, NULL, &s, &info, &err),
                     JZ_E_UNSUPPORTED);
    assert_string_equal(err.frame[0], "no video stream");
    blob_done(&b);
    shot_done(&s);
}

/* ---- damage ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* A damaged file may be anything but a failure of ours; crashed libraries are counted. */
static jz_status decode_damaged(const fixture *f, const char *file, const blob *b, size_t len,
                                unsigned *crashes)
{
    shot s = { 0 };
    jz_media_info info = { 0 };
    jz_err err = { 0 };
    const jz_status st = decode_bytes(f->decoder, b->ptr, len,
                                      &(jz_decode_opts){ .every_frame = 1 }, &s, &info, &err);
    shot_done(&s);
    if (st == JZ_E_BUG || st == JZ_E_INVAL || st == JZ_E_IO || st == JZ_E_TIMEOUT ||
        st == JZ_E_NOMEM)
        fail_msg("%s of %zu bytes: %s: %s", file, len, jz_status_name(st), err.frame[0]);
    if (st == JZ_E_CRASH) {
        print_message("%s of %zu bytes: %s\n", file, len, err.frame[0]);
        (*crashes)++;
    }
    return st;
}

/* Formats of packets without a total length, whose end nobody can miss. */
static bool is_endless(const char *format)
{
    return strcmp(format, "mpegts") == 0 || strcmp(format, "mpegps") == 0 ||
           strcmp(format, "asf") == 0 || strcmp(format, "ogv") == 0 || strcmp(format, "jp2") == 0;
}

static void test_truncated_file_says_so(void **state)
{
    unsigned crashes = 0;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        blob b = read_sample(samples[i].file);
        for (unsigned k = 1; k < 12; k++) {
            const size_t len = b.len * k / 12;
            const jz_status st = decode_damaged(*state, samples[i].file, &b, len, &crashes);
            if (st == JZ_OK && !is_endless(samples[i].format))
                fail_msg("%s is read from %zu of %zu bytes", samples[i].file, len, b.len);
        }
        blob_done(&b);
    }
    assert_int_equal(crashes, 0);
}

static void test_flipped_bits_end_in_a_status(void **state)
{
    unsigned crashes = 0;
    uint32_t seed = 20240611;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        for (unsigned k = 0; k < 12; k++) {
            blob b = read_sample(samples[i].file);
            for (unsigned n = 0; n < 1 + k / 2; n++)
                b.ptr[next_random(&seed) % b.len] ^= (uint8_t)(1u << next_random(&seed) % 8);
            (void)decode_damaged(*state, samples[i].file, &b, b.len, &crashes);
            blob_done(&b);
        }
    }
    /* A library that crashes costs its item, not the test; but it is to be known. */
    print_message("%u decoder crashes in %zu damaged files\n", crashes, JZ_ARRAY_LEN(samples) * 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_gives_the_known_picture),
        cmocka_unit_test(test_interval_chooses_frames_as_vpdq_does),
        cmocka_unit_test(test_key_frames_are_decoded_alone),
        cmocka_unit_test(test_clip_has_as_many_frames_as_the_reference),
        cmocka_unit_test(test_stream_may_change_its_size),
        cmocka_unit_test(test_late_animation_mark_is_found),
        cmocka_unit_test(test_limits_name_themselves),
        cmocka_unit_test(test_sound_alone_is_unsupported),
        cmocka_unit_test(test_truncated_file_says_so),
        cmocka_unit_test(test_flipped_bits_end_in_a_status),
    };
    return cmocka_run_group_tests_name("decode_formats", tests, setup, teardown);
}
