/* SPDX-License-Identifier: Apache-2.0 */
/* A sound put before and behind others: what was there stays, to the sample where nothing is lost.
 * WAV files are made here; all others by ffmpeg, without which their tests are skipped. */
#include "carrier_fixture.h"
#include "encode_fixture.h"

#include "base/file.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define PI 3.14159265358979323846
#define GAP_MS 250

/* ---- WAV ---- */

typedef struct shape {
    unsigned tag, bits, channels;
    uint32_t rate;
    uint64_t frames;
    bool extensible, wide, cue, fact;
} shape;

static void put(jz_buf *b, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        jz_buf_putc(b, (char)(uint8_t)(v >> 8 * i));
}

static void set(jz_buf *b, size_t at, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        b->ptr[at + i] = (char)(uint8_t)(v >> 8 * i);
}

static uint64_t get(const jz_buf *b, size_t at, unsigned n)
{
    uint64_t v = 0;
    assert_true(at + n <= b->len);
    for (unsigned i = 0; i < n; i++)
        v |= (uint64_t)(uint8_t)b->ptr[at + i] << 8 * i;
    return v;
}

static void put_format(const shape *w, jz_buf *b)
{
    const unsigned align = w->channels * w->bits / 8;
    jz_buf_puts(b, "fmt ");
    put(b, w->extensible ? 40 : 16, 4);
    put(b, w->extensible ? 0xfffe : w->tag, 2);
    put(b, w->channels, 2);
    put(b, w->rate, 4);
    put(b, (uint64_t)w->rate * align, 4);
    put(b, align, 2);
    put(b, w->bits, 2);
    if (!w->extensible)
        return;
    put(b, 22, 2);
    put(b, w->bits, 2);
    put(b, w->channels == 6 ? 0x3f : w->channels == 2 ? 3 : 4, 4);
    put(b, w->tag, 2);
    jz_buf_put(b, "\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71", 14);
}

/* Values that use every byte; finite ones where they are floating point. */
static void put_samples(const shape *w, jz_buf *b)
{
    uint32_t x = 99;
    for (uint64_t i = 0; i < w->frames * w->channels; i++) {
        x = x * 1664525u + 1013904223u;
        const double v = 0.4 * ((double)x / 2147483648.0 - 1);
        const float f = (float)v;
        if (w->tag == 3 && w->bits == 32)
            jz_buf_put(b, &f, sizeof f);
        else if (w->tag == 3)
            jz_buf_put(b, &v, sizeof v);
        else
            put(b, (uint64_t)x << 16 | x >> 8, w->bits / 8);
    }
}

/* Chunks: ds64, fmt, fact, cue, an odd LIST, data, one that nobody knows. */
static void make_wav(const shape *w, jz_buf *b)
{
    jz_buf_reset(b);
    jz_buf_puts(b, w->wide ? "RF64" : "RIFF");
    put(b, 0, 4);
    jz_buf_puts(b, "WAVE");
    const uint64_t bytes = w->frames * w->channels * w->bits / 8;
    if (w->wide) {
        jz_buf_puts(b, "ds64");
        put(b, 28, 4);
        put(b, 0, 8);
        put(b, bytes, 8);
        put(b, w->frames, 8);
        put(b, 0, 4);
    }
    put_format(w, b);
    if (w->fact) {
        jz_buf_puts(b, "fact");
        put(b, 4, 4);
        put(b, w->frames, 4);
    }
    if (w->cue) {
        jz_buf_puts(b, "cue ");
        put(b, 28, 4);
        put(b, 1, 4);
        put(b, 7, 4); /* name */
        put(b, 5, 4); /* position in the playlist */
        jz_buf_puts(b, "data");
        put(b, 0, 8);
        put(b, 11, 4); /* sample */
    }
    jz_buf_puts(b, "LIST");
    put(b, 4 + 8 + 6, 4);
    jz_buf_puts(b, "INFOINAM");
    put(b, 6, 4);
    jz_buf_put(b, "Title\0", 6);
    jz_buf_puts(b, "data");
    put(b, w->wide ? UINT32_MAX : bytes, 4);
    put_samples(w, b);
    if (bytes % 2 != 0)
        jz_buf_putc(b, 0);
    jz_buf_puts(b, "what");
    put(b, 4, 4);
    jz_buf_puts(b, "ever");
    if (w->wide) {
        set(b, 4, UINT32_MAX, 4);
        set(b, 20, b->len - 8, 8);
    } else {
        set(b, 4, b->len - 8, 4);
    }
    assert_int_equal(jz_buf_check(b, NULL), JZ_OK);
}

/* Where a chunk's data begin; fails the test where it is not there. */
static size_t find_chunk(const jz_buf *b, const char *id, size_t *size)
{
    for (size_t at = 12; at + 8 <= b->len;) {
        uint64_t n = get(b, at + 4, 4);
        if (memcmp(b->ptr + at, "data", 4) == 0 && n == UINT32_MAX)
            n = get(b, 28, 8);
        if (memcmp(b->ptr + at, id, 4) == 0) {
            *size = (size_t)n;
            return at + 8;
        }
        at += 8 + (size_t)(n + n % 2);
    }
    fail_msg("no chunk %s", id);
    return 0;
}

/* ---- the sound ---- */

typedef struct mark {
    int16_t *s;
    jz_sound sound;
} mark;

static mark make_mark(uint32_t rate, double seconds, double hz)
{
    mark m = { 0 };
    const size_t n = (size_t)(seconds * rate);
    m.s = malloc(n * sizeof *m.s);
    assert_non_null(m.s);
    for (size_t i = 0; i < n; i++)
        m.s[i] = (int16_t)lrint(12000 * sin(2 * PI * hz * (double)i / rate));
    m.sound = (jz_sound){
        .samples = m.s, .n = n, .rate = rate, .gap_ms = GAP_MS, .at_start = true, .at_end = true
    };
    return m;
}

static jz_status run_sound(const jz_buf *file, const jz_sound *sound, jz_buf *out,
                           jz_encode_info *info, jz_err *err)
{
    return ef_run(&(jz_encode_file){ 0 }, file, NULL, 0, NULL, sound, out, info, err);
}

static jz_status hear(const jz_buf *file, const jz_encode_span *span, jz_heard *heard,
                      jz_buf *samples, jz_err *err)
{
    JZ_FD_AUTO in = memfd_create("jz-test", MFD_CLOEXEC);
    JZ_FD_AUTO to = memfd_create("jz-test", MFD_CLOEXEC);
    assert_int_equal(jz_write_all(in, file->ptr, file->len, "a memory file", NULL), JZ_OK);
    const jz_encode_file f = { .in_fd = in, .out_fd = to };
    const jz_status st = jz_encode_listen(&f, span, heard, err);
    char part[4096];
    jz_buf_reset(samples);
    ssize_t n = 0;
    while ((n = pread(to, part, sizeof part, (off_t)samples->len)) > 0)
        jz_buf_put(samples, part, (size_t)n);
    return st;
}

static const int16_t *s16_of(const jz_buf *b, size_t *n)
{
    *n = b->len / sizeof(int16_t);
    return (const int16_t *)(const void *)b->ptr;
}

/* ---- WAV stays as it is ---- */

static double step_of(const shape *w)
{
    return w->tag >= 6 ? 1200 : w->bits == 8 ? 300 : 1.01; /* of 16 bits */
}

/* The mark is heard at both ends, sample by sample. */
static void check_heard(const shape *w, const jz_buf *out, const mark *m, size_t added)
{
    JZ_BUF_AUTO heard = { 0 };
    jz_heard h;
    jz_err err = { 0 };
    size_t n;
    const jz_encode_span all = { 0 };
    if (hear(out, &all, &h, &heard, &err) != JZ_OK)
        fail_msg("%u, %u: %s", w->tag, w->bits, err.frame[0]);
    const int16_t *s = s16_of(&heard, &n);
    assert_int_equal(n, w->frames + 2 * added);
    assert_int_equal(h.samples, n);
    assert_int_equal(h.channels, w->channels);
    assert_int_equal(h.rate, w->rate);
    for (size_t i = 0; i < m->sound.n; i++) {
        if (fabs((double)s[i] - m->s[i]) > step_of(w) ||
            fabs((double)s[n - m->sound.n + i] - m->s[i]) > step_of(w))
            fail_msg("%u, %u: sample %zu: %d, %d, not %d", w->tag, w->bits, i, s[i],
                     s[n - m->sound.n + i], m->s[i]);
    }
    for (size_t i = m->sound.n; i < added; i++)
        assert_true(abs(s[i]) <= 8 && abs(s[n - i - 1]) <= 8); /* A-law has no zero */
}

static void check_wav(const shape *w)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    size_t before, after;
    make_wav(w, &file);
    mark m = make_mark(w->rate, 0.1, 440);
    if (run_sound(&file, &m.sound, &out, &info, &err) != JZ_OK)
        fail_msg("tag %u, %u bits, %u channels, %u Hz: %s", w->tag, w->bits, w->channels, w->rate,
                 err.frame[0]);
    assert_true(info.untouched);
    const size_t align = w->channels * w->bits / 8;
    size_t added = m.sound.n + w->rate / (1000 / GAP_MS);
    added += added % 2;
    const size_t old = find_chunk(&file, "data", &before);
    const size_t now = find_chunk(&out, "data", &after);
    assert_int_equal(after, before + 2 * added * align);
    assert_int_equal(info.frames, w->frames + 2 * added);
    assert_memory_equal(out.ptr + now + added * align, file.ptr + old, before);
    assert_int_equal(out.len, file.len + 2 * added * align);
    /* all else: before the data but for numbers, behind them every byte */
    assert_int_equal(old, now);
    assert_memory_equal(out.ptr + now + after, file.ptr + old + before, file.len - old - before);
    assert_int_equal(w->wide ? get(&out, 20, 8) : get(&out, 4, 4), out.len - 8);
    if (w->wide)
        assert_int_equal(get(&out, 36, 8), w->frames + 2 * added);
    size_t size;
    if (w->fact && !w->wide)
        assert_int_equal(get(&out, find_chunk(&out, "fact", &size), 4), w->frames + 2 * added);
    if (w->cue)
        assert_int_equal(get(&out, find_chunk(&out, "cue ", &size) + 24, 4), 11 + added);
    check_heard(w, &out, &m, added);
    free(m.s);
}

static void test_wav_of_every_kind_keeps_every_byte(void **state)
{
    static const struct {
        unsigned tag, bits;
    } kinds[] = { { 1, 8 },  { 1, 16 }, { 1, 24 }, { 1, 32 },
                  { 3, 32 }, { 3, 64 }, { 6, 8 },  { 7, 8 } };
    static const unsigned channels[] = { 1, 2, 6 };
    static const uint32_t rates[] = { 8000, 44100, 96000 };
    (void)state;
    for (size_t k = 0; k < JZ_ARRAY_LEN(kinds); k++)
        for (size_t c = 0; c < JZ_ARRAY_LEN(channels); c++)
            for (size_t r = 0; r < JZ_ARRAY_LEN(rates); r++)
                check_wav(&(shape){ .tag = kinds[k].tag,
                                    .bits = kinds[k].bits,
                                    .channels = channels[c],
                                    .rate = rates[r],
                                    .frames = 1001,
                                    .extensible = channels[c] == 6,
                                    .fact = kinds[k].tag != 1 });
}

static void test_wav_sizes_and_cues_follow(void **state)
{
    (void)state;
    check_wav(&(shape){
        .tag = 1, .bits = 16, .channels = 2, .rate = 48000, .frames = 500, .wide = true });
    check_wav(
        &(shape){ .tag = 1, .bits = 8, .channels = 1, .rate = 11025, .frames = 501, .cue = true });
    check_wav(&(shape){ .tag = 1,
                        .bits = 24,
                        .channels = 1,
                        .rate = 11025,
                        .frames = 1,
                        .cue = true,
                        .fact = true });
}

/* ---- what is heard ---- */

static void sine_wav(double amplitude, double seconds, unsigned channels, jz_buf *b)
{
    const uint32_t rate = 16000;
    shape w = { .tag = 3,
                .bits = 64,
                .channels = channels,
                .rate = rate,
                .frames = (uint64_t)(seconds * rate),
                .extensible = channels == 6 };
    size_t size;
    make_wav(&w, b);
    const size_t at = find_chunk(b, "data", &size);
    for (uint64_t i = 0; i < w.frames; i++) {
        const double v = amplitude * sin(2 * PI * 400 * (double)i / rate);
        for (unsigned c = 0; c < channels; c++)
            memcpy(b->ptr + at + (i * channels + c) * sizeof v, &v, sizeof v);
    }
}

static void test_levels_are_measured(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO samples = { 0 };
    jz_heard h;
    size_t n, size;
    for (unsigned channels = 1; channels <= 6; channels += channels == 2 ? 4 : 1) {
        sine_wav(0.5, 1, channels, &file);
        assert_int_equal(hear(&file, NULL, &h, &samples, NULL), JZ_OK);
        assert_true(fabs(h.level_db - (20 * log10(0.5) - 3.0103)) < 0.05);
        assert_true(fabs(h.peak - 0.5) < 1e-6);
        assert_int_equal(samples.len, 0); /* none were asked for */
    }
    /* Silence does not count, neither does what is far below the rest. */
    sine_wav(0.5, 2, 1, &file);
    const size_t at = find_chunk(&file, "data", &size);
    memset(file.ptr + at, 0, size / 2);
    assert_int_equal(hear(&file, NULL, &h, &samples, NULL), JZ_OK);
    assert_true(fabs(h.level_db - (20 * log10(0.5) - 3.0103)) < 0.05);
    memset(file.ptr + at, 0, size);
    assert_int_equal(hear(&file, NULL, &h, &samples, NULL), JZ_OK);
    assert_true(h.level_db == JZ_HEARD_SILENCE_DB);
    /* A span gives its own samples. */
    sine_wav(0.25, 1, 2, &file);
    const jz_encode_span span = { .from_s = 0.25, .until_s = 0.75 };
    assert_int_equal(hear(&file, &span, &h, &samples, NULL), JZ_OK);
    const int16_t *s = s16_of(&samples, &n);
    assert_int_equal(n, 8000);
    for (size_t i = 0; i < n; i++)
        assert_true(fabs(s[i] - 8192 * sin(2 * PI * 400 * (double)(i + 4000) / 16000)) < 0.51);
}

static void test_low_channel_gets_no_mark_and_is_not_heard(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    JZ_BUF_AUTO samples = { 0 };
    jz_encode_info info;
    jz_heard h;
    size_t size;
    sine_wav(0, 1, 6, &file);
    size_t at = find_chunk(&file, "data", &size);
    const double loud = 0.9;
    for (size_t i = 0; i < 16000; i++)
        memcpy(file.ptr + at + (i * 6 + 3) * sizeof loud, &loud, sizeof loud);
    assert_int_equal(hear(&file, NULL, &h, &samples, NULL), JZ_OK);
    assert_true(h.level_db == JZ_HEARD_SILENCE_DB);
    mark m = make_mark(16000, 0.1, 440);
    assert_int_equal(run_sound(&file, &m.sound, &out, &info, NULL), JZ_OK);
    at = find_chunk(&out, "data", &size);
    for (size_t i = 0; i < m.sound.n; i++)
        for (unsigned c = 0; c < 6; c++) {
            double v;
            memcpy(&v, out.ptr + at + (i * 6 + c) * sizeof v, sizeof v);
            assert_true(fabs(v - (c == 3 ? 0 : m.s[i] / 32768.0)) < 1e-6);
        }
    free(m.s);
}

static void test_sound_of_another_rate_keeps_pitch_level_and_length(void **state)
{
    static const uint32_t from[] = { 8000, 22050, 44100, 96000 };
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    JZ_BUF_AUTO samples = { 0 };
    sine_wav(0.1, 1, 1, &file);
    for (size_t k = 0; k < JZ_ARRAY_LEN(from); k++) {
        jz_encode_info info;
        jz_heard h;
        size_t n;
        mark m = make_mark(from[k], 0.5, 1000);
        m.sound.at_end = false;
        assert_int_equal(run_sound(&file, &m.sound, &out, &info, NULL), JZ_OK);
        assert_int_equal(info.frames, 16000 + 8000 + 4000);
        const jz_encode_span span = { .until_s = 0.5 };
        assert_int_equal(hear(&out, &span, &h, &samples, NULL), JZ_OK);
        const int16_t *s = s16_of(&samples, &n);
        assert_int_equal(n, 8000);
        for (size_t i = 200; i < n - 200; i++) /* its ends are cut, and ring */
            if (fabs(s[i] - 12000 * sin(2 * PI * 1000 * (double)i / 16000)) > 60)
                fail_msg("%u Hz: sample %zu is %d", from[k], i, s[i]);
        free(m.s);
    }
    /* What the new rate cannot carry is not folded down. */
    mark m = make_mark(96000, 0.5, 15000);
    m.sound.at_end = false;
    jz_encode_info info;
    jz_heard h;
    size_t n;
    assert_int_equal(run_sound(&file, &m.sound, &out, &info, NULL), JZ_OK);
    const jz_encode_span span = { .from_s = 0.1, .until_s = 0.4 };
    assert_int_equal(hear(&out, &span, &h, &samples, NULL), JZ_OK);
    const int16_t *s = s16_of(&samples, &n);
    for (size_t i = 0; i < n; i++)
        assert_true(abs(s[i]) < 60);
    free(m.s);
}

/* ---- other formats, made by ffmpeg ---- */

/* ffmpeg with arguments between the input file and the output file. */
static void convert(const jz_buf *file, const char *suffix, const char *const *args,
                    const char *to_suffix, jz_buf *out)
{
    JZ_BUF_AUTO said = { 0 };
    char path[64];
    const char *argv[32] = { "ffmpeg", "-v", "error", "-y", "-i", "@" };
    size_t n = 6;
    (void)snprintf(path, sizeof path, "/tmp/jz-sound-XXXXXX%s", to_suffix);
    JZ_FD_AUTO fd = mkstemps(path, (int)strlen(to_suffix));
    assert_true(fd >= 0);
    while (*args != NULL && n < 30)
        argv[n++] = *args++;
    argv[n++] = path;
    jz_buf_reset(&said);
    const int rc =
        fx_peer((jz_bytes){ (const uint8_t *)file->ptr, file->len }, suffix, argv, &said);
    jz_buf_reset(out);
    if (rc == 0)
        assert_true(fx_load_path(path, out));
    (void)unlink(path);
    if (rc == -1) {
        print_message("SKIP: no ffmpeg\n");
        skip();
    }
    if (rc != 0)
        fail_msg("ffmpeg ended with %d: %s", rc, said.ptr != NULL ? said.ptr : "");
}

static void decoded(const jz_buf *file, const char *suffix, const char *format, jz_buf *out)
{
    const char *const argv[] = { "ffmpeg", "-v", "error", "-i", "@", "-map",
                                 "0:a",    "-f", format,  "-",  NULL };
    ef_peer(file, suffix, argv, out);
}

static void tag_of(const jz_buf *file, const char *suffix, const char *what, jz_buf *out)
{
    const char *const argv[] = { "ffprobe",           "-v", "error", "-show_entries", what, "-of",
                                 "default=nk=1:nw=1", "@",  NULL };
    ef_peer(file, suffix, argv, out);
}

static void source_wav(unsigned bits, unsigned channels, uint32_t rate, jz_buf *out)
{
    make_wav(&(shape){ .tag = 1,
                       .bits = bits,
                       .channels = channels,
                       .rate = rate,
                       .frames = rate + 77,
                       .extensible = channels == 6 },
             out);
}

static void test_lossless_formats_keep_every_sample(void **state)
{
    static const struct {
        const char *suffix, *codec, *raw;
        unsigned bits, channels;
        uint32_t rate;
    } cases[] = {
        { ".flac", "flac", "s16le", 16, 1, 8000 },  { ".flac", "flac", "s16le", 16, 2, 44100 },
        { ".flac", "flac", "s32le", 24, 2, 96000 }, { ".flac", "flac", "s16le", 16, 6, 48000 },
        { ".m4a", "alac", "s16le", 16, 2, 44100 },  { ".m4a", "alac", "s32le", 24, 1, 48000 },
        { ".oga", "flac", "s16le", 16, 2, 44100 },
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO wav = { 0 };
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        jz_encode_info info;
        jz_err err = { 0 };
        const char *const args[] = { "-c:a", cases[i].codec, NULL };
        source_wav(cases[i].bits, cases[i].channels, cases[i].rate, &wav);
        convert(&wav, ".wav", args, cases[i].suffix, &file);
        mark m = make_mark(cases[i].rate, 0.2, 500);
        if (run_sound(&file, &m.sound, &out, &info, &err) != JZ_OK)
            fail_msg("%s %zu: %s", cases[i].codec, i, err.frame[0]);
        assert_true(info.untouched);
        assert_string_equal(info.codec, cases[i].codec);
        decoded(&file, cases[i].suffix, cases[i].raw, &before);
        decoded(&out, cases[i].suffix, cases[i].raw, &after);
        const size_t frame = cases[i].channels * (cases[i].bits == 16 ? 2 : 4);
        const size_t added = (m.sound.n + cases[i].rate / (1000 / GAP_MS)) * frame;
        assert_int_equal(before.len, (cases[i].rate + 77) * frame);
        assert_int_equal(after.len, before.len + 2 * added);
        assert_memory_equal(after.ptr + added, before.ptr, before.len);
        if (cases[i].bits == 16) /* the first channel of the mark itself */
            for (size_t k = 0; k < m.sound.n; k++)
                assert_memory_equal(after.ptr + k * frame, &m.s[k], 2);
        free(m.s);
    }
}

static void test_lossy_formats_keep_length_and_bit_rate(void **state)
{
    static const struct {
        const char *suffix, *codec, *name, *rate;
        unsigned frame, channels;
        uint32_t hz;
    } cases[] = {
        { ".mp3", "libmp3lame", "mp3", "96k", 1152, 2, 44100 },
        { ".mp3", "libmp3lame", "mp3", "24k", 1152, 1, 16000 },
        { ".m4a", "aac", "aac", "96k", 1024, 2, 44100 },
        { ".m4a", "aac", "aac", "256k", 1024, 6, 48000 },
        { ".mp4", "aac", "aac", "64k", 1024, 1, 22050 },
        { ".aac", "aac", "aac", "96k", 2048, 2, 48000 }, /* whose padding nothing tells */
        { ".ogg", "libvorbis", "vorbis", "96k", 1, 2, 44100 },
        { ".opus", "libopus", "opus", "64k", 1, 2, 48000 },
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO wav = { 0 };
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        jz_encode_info info;
        jz_err err = { 0 };
        const char *const args[] = { "-c:a", cases[i].codec, "-b:a", cases[i].rate, NULL };
        make_wav(&(shape){ .tag = 1,
                           .bits = 16,
                           .channels = cases[i].channels,
                           .rate = cases[i].hz,
                           .frames = cases[i].hz * 4,
                           .extensible = cases[i].channels == 6 },
                 &wav);
        convert(&wav, ".wav", args, cases[i].suffix, &file);
        mark m = make_mark(cases[i].hz, 0.5, 500);
        if (run_sound(&file, &m.sound, &out, &info, &err) != JZ_OK)
            fail_msg("%s: %s", cases[i].suffix, err.frame[0]);
        assert_false(info.untouched);
        assert_string_equal(info.codec, cases[i].name);
        decoded(&file, cases[i].suffix, "s16le", &before);
        decoded(&out, cases[i].suffix, "s16le", &after);
        const size_t old = before.len / 2 / cases[i].channels;
        const size_t now = after.len / 2 / cases[i].channels;
        const size_t due = old + 2 * (m.sound.n + cases[i].hz / (1000 / GAP_MS));
        if (now + cases[i].frame < due || now > due + cases[i].frame)
            fail_msg("%s: %zu samples, not %zu", cases[i].suffix, now, due);
        /* noise needs its bits; the mark, which needs fewer, is 1.5 s of 5.5 */
        const double share = ((double)out.len / (double)now) / ((double)file.len / (double)old);
        if (share < 0.6 || share > 1.25)
            fail_msg("%s: %.2f times the bits a sample", cases[i].suffix, share);
        free(m.s);
    }
}

static void test_tags_and_covers_are_kept(void **state)
{
    static const struct {
        const char *suffix, *codec, *extra, *value;
    } cases[] = {
        { ".mp3", "libmp3lame", "-y", NULL },
        { ".flac", "flac", "-y", NULL },
        { ".m4a", "aac", "-y", NULL },
        { ".m4a", "aac", "-movflags", "+faststart" },
        { ".m4a", "alac", "-y", NULL },
        { ".ogg", "libvorbis", "-y", "no cover" },
        { ".opus", "libopus", "-y", "no cover" },
    };
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO picture = { 0 };
    char cover[] = "/tmp/jz-cover-XXXXXX.png";
    JZ_FD_AUTO fd = mkstemps(cover, 4);
    assert_true(fx_load("media/rgb.png", false, &picture));
    assert_int_equal(jz_write_all(fd, picture.ptr, picture.len, cover, NULL), JZ_OK);
    source_wav(16, 2, 48000, &wav);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        jz_encode_info info;
        jz_err err = { 0 };
        const bool bare = cases[i].value != NULL && strcmp(cases[i].value, "no cover") == 0;
        const char *const with[] = { "-i",
                                     cover,
                                     "-map",
                                     "0:a",
                                     "-map",
                                     "1",
                                     "-c:v",
                                     "copy",
                                     "-disposition:v",
                                     "attached_pic",
                                     "-c:a",
                                     cases[i].codec,
                                     "-metadata",
                                     "title=A title",
                                     "-metadata",
                                     "artist=Somebody",
                                     cases[i].extra,
                                     cases[i].value,
                                     NULL };
        const char *const without[] = { "-c:a",      cases[i].codec,
                                        "-metadata", "title=A title",
                                        "-metadata", "artist=Somebody",
                                        NULL };
        convert(&wav, ".wav", bare ? without : with, cases[i].suffix, &file);
        mark m = make_mark(48000, 0.2, 500);
        if (run_sound(&file, &m.sound, &out, &info, &err) != JZ_OK)
            fail_msg("%s: %s", cases[i].suffix, err.frame[0]);
        /* of the container or, in Ogg, of its stream */
        const char *what = bare ? "stream_tags=title,artist" : "format_tags=title,artist";
        tag_of(&file, cases[i].suffix, what, &before);
        tag_of(&out, cases[i].suffix, what, &after);
        assert_non_null(strstr(before.ptr, "A title"));
        assert_string_equal(before.ptr, after.ptr);
        if (!bare) {
            const char *const argv[] = { "ffmpeg",     "-v",  "error", "-i",   "@",
                                         "-map",       "0:v", "-c",    "copy", "-f",
                                         "image2pipe", "-",   NULL };
            ef_peer(&out, cases[i].suffix, argv, &after);
            assert_int_equal(after.len, picture.len);
            assert_memory_equal(after.ptr, picture.ptr, picture.len);
        }
        if (cases[i].value != NULL && !bare) /* the index stays in front */
            assert_true((char *)memmem(out.ptr, out.len, "moov", 4) <
                        (char *)memmem(out.ptr, out.len, "mdat", 4));
        free(m.s);
    }
    (void)unlink(cover);
}

/* What a box of an MP4 grows by, where nothing in it is addressed from outside. */
static void grow_box(jz_buf *b, const char *type, uint32_t by)
{
    uint8_t *p = memmem(b->ptr, b->len, type, 4);
    assert_non_null(p);
    const uint32_t size =
        (uint32_t)p[-4] << 24 | (uint32_t)p[-3] << 16 | (uint32_t)p[-2] << 8 | p[-1];
    for (int i = 0; i < 4; i++)
        p[i - 4] = (uint8_t)((size + by) >> (24 - 8 * i));
}

/* iTunes' note of the old coding's padding, at the end of the last box of moov/udta/meta. */
static void add_padding_note(jz_buf *b)
{
    static const char note[] = "\0\0\0\x5a----"
                               "\0\0\0\x1cmean\0\0\0\0com.apple.iTunes"
                               "\0\0\0\x14name\0\0\0\0iTunSMPB"
                               "\0\0\0\x22"
                               "data\0\0\0\1\0\0\0\0 00000000 00000840";
    const uint32_t len = sizeof note - 1;
    assert_int_equal(len, 0x5a);
    grow_box(b, "moov", len);
    grow_box(b, "udta", len);
    grow_box(b, "meta", len);
    grow_box(b, "ilst", len);
    jz_buf_put(b, note, len);
    assert_int_equal(jz_buf_check(b, NULL), JZ_OK);
}

static void test_old_padding_is_not_claimed_of_the_new_coding(void **state)
{
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    const char *const args[] = { "-c:a", "aac", "-metadata", "title=A title", NULL };
    source_wav(16, 2, 44100, &wav);
    convert(&wav, ".wav", args, ".m4a", &file);
    add_padding_note(&file);
    mark m = make_mark(44100, 0.2, 500);
    if (run_sound(&file, &m.sound, &out, &info, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    const uint8_t *name = memmem(out.ptr, out.len, "iTunSMPB", 8);
    assert_non_null(name);
    assert_memory_equal(name - 44, "free", 4);
    assert_non_null(memmem(out.ptr, out.len, "A title", 7));
    free(m.s);
}

/* An index of fragments says little of the one that is made. */
static void test_fragments_become_one_index(void **state)
{
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    JZ_BUF_AUTO before = { 0 };
    JZ_BUF_AUTO after = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    const char *const args[] = {
        "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov", "-frag_duration", "200000", NULL
    };
    make_wav(&(shape){ .tag = 1, .bits = 16, .channels = 1, .rate = 16000, .frames = 16000 * 60 },
             &wav);
    convert(&wav, ".wav", args, ".mp4", &file);
    mark m = make_mark(16000, 0.2, 500);
    if (run_sound(&file, &m.sound, &out, &info, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    decoded(&file, ".mp4", "s16le", &before);
    decoded(&out, ".mp4", "s16le", &after);
    assert_true(after.len >= before.len + 2 * 2 * (3200 + 4000));
    free(m.s);
}

/* ---- bad files ---- */

static void expect(const char *name, const jz_buf *file, jz_status status, const char *text)
{
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    char buf[1024];
    mark m = make_mark(16000, 0.1, 440);
    const jz_status st = run_sound(file, &m.sound, &out, &info, &err);
    const char *said = jz_err_text(&err, buf, sizeof buf);
    if (st != status || strstr(said, text) == NULL)
        fail_msg("%s: %s, %s", name, jz_status_name(st), said);
    free(m.s);
}

static void test_bad_wav_is_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    const shape w = { .tag = 1, .bits = 16, .channels = 2, .rate = 16000, .frames = 1000 };
    size_t size;
    make_wav(&w, &file);
    const size_t data = find_chunk(&file, "data", &size);
    const size_t format = find_chunk(&file, "fmt ", &size);
    file.len -= 100;
    expect("cut", &file, JZ_E_TRUNCATED, "RIFF");
    make_wav(&w, &file);
    set(&file, data - 4, 1u << 30, 4);
    expect("data longer than the file", &file, JZ_E_TRUNCATED, "RIFF");
    make_wav(&w, &file);
    set(&file, data - 4, 3999, 4);
    expect("half a frame", &file, JZ_E_CORRUPT, "3999 bytes");
    make_wav(&w, &file);
    set(&file, format + 2, 0, 2);
    expect("no channels", &file, JZ_E_CORRUPT, "0 channels");
    make_wav(&w, &file);
    set(&file, format + 4, 0, 4);
    expect("no rate", &file, JZ_E_CORRUPT, "0 Hz");
    make_wav(&w, &file);
    set(&file, format + 4, 384001, 4);
    expect("a rate out of reach", &file, JZ_E_UNSUPPORTED, "384001 Hz");
    make_wav(&w, &file);
    set(&file, format + 2, 65, 2);
    expect("too many channels", &file, JZ_E_UNSUPPORTED, "65 channels");
    make_wav(&w, &file);
    set(&file, format + 12, 3, 2);
    expect("odd frames", &file, JZ_E_CORRUPT, "3 bytes");
    make_wav(&w, &file);
    set(&file, format, 2, 2);
    expect("ADPCM", &file, JZ_E_UNSUPPORTED, "method 2");
    make_wav(&w, &file);
    memcpy(file.ptr + format - 8, "fmtx", 4);
    expect("no format", &file, JZ_E_CORRUPT, "no fmt");
    make_wav(&w, &file);
    memcpy(file.ptr + data - 8, "datx", 4);
    expect("no data", &file, JZ_E_CORRUPT, "no data");
    make_wav(
        &(shape){ .tag = 1, .bits = 16, .channels = 2, .rate = 16000, .frames = 10, .cue = true },
        &file);
    set(&file, find_chunk(&file, "cue ", &size), UINT32_MAX, 4);
    expect("too many cues", &file, JZ_E_CORRUPT, "4294967295 cue points");
}

static void test_bad_files_of_other_formats_are_refused(void **state)
{
    static const struct {
        const char *suffix, *codec;
        jz_status cut; /* of its second half */
    } cases[] = {
        { ".flac", "flac", JZ_E_CORRUPT }, /* within a frame */
        { ".m4a", "aac", JZ_E_TRUNCATED },
        { ".mp3", "libmp3lame", JZ_E_TRUNCATED },
    };
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    source_wav(16, 2, 44100, &wav);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        const char *const args[] = { "-c:a", cases[i].codec, NULL };
        convert(&wav, ".wav", args, cases[i].suffix, &file);
        const size_t len = file.len;
        file.len = len / 2;
        expect(cases[i].suffix, &file, cases[i].cut, "");
        file.len = len;
        if (i != 0)
            continue;
        file.ptr[len - len / 4] ^= 0x55; /* checksums tell */
        expect("flac with a wrong bit", &file, JZ_E_CORRUPT, "damaged");
        file.ptr[len - len / 4] ^= 0x55;
        set(&file, 8 + 14, 0xffffffff, 4); /* more samples than there are (RFC 9639 8.2) */
        expect("flac that lies", &file, JZ_E_TRUNCATED, "are there");
    }
}

static void test_what_has_no_sound_of_its_own_is_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO samples = { 0 };
    jz_heard h;
    jz_err err = { 0 };
    assert_true(fx_load("media/h264.mp4", false, &file));
    expect("a video", &file, JZ_E_UNSUPPORTED, "a video");
    jz_buf_reset(&file);
    assert_true(fx_load("media/h264.mkv", false, &file));
    expect("a video", &file, JZ_E_UNSUPPORTED, "format mkv");
    jz_buf_reset(&file);
    assert_true(fx_load("media/rgb.png", false, &file));
    expect("a picture", &file, JZ_E_UNSUPPORTED, "format png");
    assert_int_equal(hear(&file, NULL, &h, &samples, &err), JZ_E_UNSUPPORTED);
    jz_buf_reset(&file);
    expect("nothing", &file, JZ_E_EMPTY, "empty");
    jz_buf_puts(&file, "RIFF\x04");
    expect("hardly anything", &file, JZ_E_NOT_MEDIA, "");
}

static void test_sounds_must_make_sense(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    sine_wav(0.5, 0.1, 1, &file);
    mark m = make_mark(16000, 0.1, 440);
    jz_sound s = m.sound;
    s.n = 0;
    assert_int_equal(run_sound(&file, &s, &out, &info, NULL), JZ_E_INVAL);
    s = m.sound;
    s.rate = 3999;
    assert_int_equal(run_sound(&file, &s, &out, &info, NULL), JZ_E_INVAL);
    s = m.sound;
    s.at_start = s.at_end = false;
    assert_int_equal(run_sound(&file, &s, &out, &info, NULL), JZ_E_INVAL);
    s = m.sound;
    s.gap_ms = 10001;
    assert_int_equal(run_sound(&file, &s, &out, &info, NULL), JZ_E_INVAL);
    assert_int_equal(run_sound(&file, &m.sound, &out, &info, NULL), JZ_OK);
    const jz_encode_file brief = { .limits = { .max_duration_s = 1 } };
    sine_wav(0.5, 3, 1, &file);
    assert_int_equal(ef_run(&brief, &file, NULL, 0, NULL, &m.sound, &out, &info, NULL), JZ_E_LIMIT);
    free(m.s);
}

/* A program that claims to have heard what cannot be. */
static void test_claims_of_what_was_heard_are_checked(void **state)
{
    (void)state;
    const char *program = getenv("JZ_TEST_HOSTILE_ENCODER");
    assert_non_null(program);
    JZ_BUF_AUTO file = { 0 };
    sine_wav(0.5, 0.1, 1, &file);
    JZ_FD_AUTO in = memfd_create("jz-test", MFD_CLOEXEC);
    JZ_FD_AUTO to = memfd_create("jz-test", MFD_CLOEXEC);
    assert_int_equal(jz_write_all(in, file.ptr, file.len, "a memory file", NULL), JZ_OK);
    const jz_encode_file f = { .program = program, .in_fd = in, .out_fd = to };
    jz_heard h = { .rate = 1 };
    jz_err err = { 0 };
    assert_int_equal(setenv("JZ_TEST_HOSTILE", "hears_nonsense", 1), 0);
    assert_int_equal(jz_encode_listen(&f, NULL, &h, &err), JZ_E_CRASH);
    assert_int_equal(h.rate, 1); /* untouched */
    assert_int_equal(lseek(to, 0, SEEK_END), 0);
    assert_int_equal(ef_children(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wav_of_every_kind_keeps_every_byte),
        cmocka_unit_test(test_wav_sizes_and_cues_follow),
        cmocka_unit_test(test_levels_are_measured),
        cmocka_unit_test(test_low_channel_gets_no_mark_and_is_not_heard),
        cmocka_unit_test(test_sound_of_another_rate_keeps_pitch_level_and_length),
        cmocka_unit_test(test_lossless_formats_keep_every_sample),
        cmocka_unit_test(test_lossy_formats_keep_length_and_bit_rate),
        cmocka_unit_test(test_tags_and_covers_are_kept),
        cmocka_unit_test(test_old_padding_is_not_claimed_of_the_new_coding),
        cmocka_unit_test(test_fragments_become_one_index),
        cmocka_unit_test(test_bad_wav_is_refused),
        cmocka_unit_test(test_bad_files_of_other_formats_are_refused),
        cmocka_unit_test(test_what_has_no_sound_of_its_own_is_refused),
        cmocka_unit_test(test_sounds_must_make_sense),
        cmocka_unit_test(test_claims_of_what_was_heard_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
