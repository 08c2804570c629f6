/* SPDX-License-Identifier: Apache-2.0 */
/* WebP, GIF, TIFF, BMP, HEIC and AVIF: what lies outside of the mark, pixel by pixel in every
 * frame, what lies under it, metadata and timing, and files that are damaged. */
#include "carrier_fixture.h"
#include "encode_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static jz_sandbox *sandbox;

/* ---- decoding ---- */

typedef struct film { /* all frames, RGB or grey */
    jz_buf px;
    uint32_t width, height, channels;
    unsigned frames;
    uint8_t orientation;
} film;

static jz_status take_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    film *m = user;
    m->width = f->plane.width;
    m->height = f->plane.height;
    m->channels = f->plane.channels;
    m->orientation = (uint8_t)info->orientation;
    m->frames++;
    for (uint32_t y = 0; y < m->height; y++)
        jz_buf_put(&m->px, f->plane.px + y * f->plane.stride, (size_t)m->width * m->channels);
    return jz_buf_check(&m->px, err);
}

static void decode(const char *name, const jz_buf *file, film *out)
{
    jz_auto(jz_decoder) *d = NULL;
    jz_media_info info = { 0 };
    jz_err err = { 0 };
    char path[] = "/tmp/jz-pictures-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, file->ptr, file->len), file->len);
    (void)unlink(path);
    assert_int_equal(jz_decoder_new(sandbox, &d, NULL), JZ_OK);
    *out = (film){ 0 };
    const jz_decode_opts opts = { .every_frame = true };
    if (jz_decode(d, fd, &opts, take_frame, out, &info, &err) != JZ_OK)
        fail_msg("%s: %s", name, err.frame[0]);
    (void)close(fd);
}

/* ---- comparing ---- */

typedef struct sample_case {
    const char *file;
    const char *codec;
    bool untouched;
    int inside;  /* by how much a value under the mark may differ from what it should be; -1: not
                    looked at */
    int outside; /* likewise elsewhere */
} sample_case;

static bool is_under(const jz_overlay *o, uint32_t x, uint32_t y)
{
    return x >= o->x && x - o->x < o->width && y >= o->y && y - o->y < o->height;
}

static double expected(const film *m, const uint8_t *before, const jz_overlay *o, uint32_t x,
                       uint32_t y, unsigned c)
{
    const uint8_t *p = o->rgba + (y - o->y) * o->stride + (size_t)(x - o->x) * 4;
    const double a = p[3] / 255.0;
    const double over = m->channels == 1 ? 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2] : p[c];
    return over * a + before[c] * (1 - a);
}

static void compare(const sample_case *k, const film *a, const film *b, const jz_overlay *o)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->channels, b->channels);
    assert_int_equal(a->frames, b->frames);
    assert_int_equal(a->orientation, b->orientation);
    for (size_t i = 0; i < a->px.len; i++) {
        const size_t pixel = i / a->channels;
        const uint32_t x = (uint32_t)(pixel % a->width);
        const uint32_t y = (uint32_t)(pixel / a->width % a->height);
        const unsigned c = (unsigned)(i % a->channels);
        const uint8_t *before = (const uint8_t *)a->px.ptr + i - c;
        const bool under = is_under(o, x, y);
        const int most = under ? k->inside : k->outside;
        const double want = under ? expected(a, before, o, x, y, c) : before[c];
        const double got = (uint8_t)b->px.ptr[i];
        if (most >= 0 && (got > want + most + 0.51 || got < want - most - 0.51))
            fail_msg("%s: frame %zu, %u, %u, %u: %g, not %g", k->file,
                     pixel / ((size_t)a->width * a->height), x, y, c, got, want);
    }
}

/* Two tones, opaque: what palettes and lossy codecs can hold. */
static uint8_t *plain_overlay(uint32_t width, uint32_t height, uint32_t x, uint32_t y,
                              jz_overlay *o)
{
    uint8_t *px = ef_overlay(width, height, x, y, o);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        const bool light = i % width > width / 2;
        memset(px + i * 4, light ? 235 : 25, 3);
        px[i * 4 + 3] = 255;
    }
    return px;
}

static void burn_and_compare(const sample_case *k, const jz_buf *file, const jz_overlay *o,
                             jz_buf *out)
{
    film before;
    film after;
    jz_encode_info info;
    jz_err err = { 0 };
    if (ef_burn(file, o, 1, NULL, out, &info, &err) != JZ_OK)
        fail_msg("%s: %s", k->file, err.frame[0]);
    assert_string_equal(info.codec, k->codec);
    assert_int_equal(info.untouched, k->untouched);
    decode(k->file, file, &before);
    decode(k->file, out, &after);
    assert_int_equal(info.frames, before.frames);
    compare(k, &before, &after, o);
    jz_buf_done(&before.px);
    jz_buf_done(&after.px);
}

static void test_samples_are_marked_and_otherwise_the_same(void **state)
{
    static const sample_case cases[] = {
        { "lossless.webp", "webp-lossless", true, 0, 0 },
        { "orient8.webp", "webp-lossless", true, 0, 0 },
        { "anim.webp", "webp-lossless", true, 0, 0 },
        { "still.gif", "gif", true, 4, 0 },
        { "anim.gif", "gif", true, 4, 0 },
        { "rgb.tif", "tiff", true, 0, 0 },
        { "rgb16-deflate.tif", "tiff", true, 1, 0 },
        { "grey-lzw.tif", "tiff", true, 0, 0 },
        { "orient3.tif", "tiff", true, 0, 0 },
        { "rgb.bmp", "bmp", true, 0, 0 },
        { "rgb565.bmp", "bmp", true, 4, 0 },
        { "palette-rle.bmp", "bmp", true, 0, 0 },
    };
    (void)state;
    jz_overlay o;
    uint8_t *px = ef_overlay(21, 9, 31, 27, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", cases[i].file);
        assert_true(fx_load(path, false, &file));
        burn_and_compare(&cases[i], &file, &o, &out);
    }
    free(px);
}

/* Coded anew with loss: everything is near to what it was, and the mark is what it should be. */
static void test_lossy_samples_are_marked(void **state)
{
    static const sample_case cases[] = {
        { "lossy.webp", "webp", false, 60, 60 },
        { "still.heic", "hevc", false, 40, 24 },
        { "still.avif", "av1", false, 40, 24 },
        { "grid.avif", "av1", false, 40, 24 },
    };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", cases[i].file);
        assert_true(fx_load(path, false, &file));
        burn_and_compare(&cases[i], &file, &o, &out);
    }
    free(px);
}

/* ---- variants that other programs make ---- */

typedef struct variant {
    const char *name; /* of what is made, and its suffix behind the last dot */
    const char *from; /* a sample */
    const char *argv[28];
    sample_case k;
} variant;

/* False where the program is missing. */
static bool make(const variant *v, jz_buf *out)
{
    JZ_BUF_AUTO from = { 0 };
    char path[64];
    (void)snprintf(path, sizeof path, "media/%s", v->from);
    assert_true(fx_load(path, false, &from));
    const int rc = fx_peer((jz_bytes){ (const uint8_t *)from.ptr, from.len }, strrchr(v->from, '.'),
                           v->argv, out);
    if (rc == -1) {
        print_message("SKIP: no %s\n", v->argv[0]);
        return false;
    }
    if (rc != 0)
        fail_msg("%s: %s ended with %d: %s", v->name, v->argv[0], rc, out->ptr);
    return true;
}

static void test_variants_are_marked_and_otherwise_the_same(void **state)
{
    static const variant variants[] = {
        { "strips.tif",
          "rgb.png",
          { "convert", "@", "-define", "tiff:rows-per-strip=5", "-compress", "RLE", "TIFF:-" },
          { "PackBits strips", "tiff", true, 0, 0 } },
        { "big-endian.tif",
          "rgba16.png",
          { "convert", "@", "-alpha", "off", "-define", "tiff:endian=msb", "-define",
            "tiff:rows-per-strip=7", "-compress", "LZW", "TIFF:-" },
          { "big endian strips of 16 bits", "tiff", true, 1, 0 } },
        { "white-is-zero.tif",
          "grey.png",
          { "convert", "@", "-define", "quantum:polarity=min-is-white", "-compress", "None",
            "TIFF:-" },
          { "white is zero", "tiff", true, 0, 0 } },
        { "top-down.bmp",
          "rgb.png",
          { "ffmpeg", "-v", "error", "-i", "@", "-pix_fmt", "bgra", "-f", "image2pipe", "-c:v",
            "bmp", "-" },
          { "32 bits", "bmp", true, 0, 0 } },
        { "palette.bmp",
          "palette.png",
          { "convert", "@", "-type", "Palette", "-compress", "None", "BMP3:-" },
          { "palette", "bmp", true, 0, 0 } },
        { "mono.bmp",
          "mono.png",
          { "convert", "@", "-monochrome", "-compress", "None", "BMP3:-" },
          { "1 bit", "bmp", true, 0, 0 } },
        { "interlaced.gif",
          "rgb.png",
          { "convert", "@", "-interlace", "GIF", "GIF:-" },
          { "interlaced", "gif", true, 4, 0 } },
        { "delta.gif",
          "anim.gif",
          { "convert", "@", "-coalesce", "-layers", "optimize", "GIF:-" },
          { "cropped frames", "gif", true, 4, 0 } },
        { "previous.gif",
          "anim.gif",
          { "convert", "-dispose", "previous", "@", "-coalesce", "-set", "dispose", "Previous",
            "GIF:-" },
          { "frames that are taken back", "gif", true, 4, 0 } },
        { "alpha.webp",
          "alpha.png",
          { "cwebp", "-quiet", "-exact", "-lossless", "@", "-o", "-" },
          { "transparent WebP", "webp-lossless", true, -1, 0 } },
        { "odd.heic",
          "rgb.png",
          { "heif-enc", "-q", "80", "@", "-o", "/dev/stdout" },
          { "HEIC of 4:2:0", "hevc", false, 100, 100 } },
        { "grey.heic",
          "grey.png",
          { "heif-enc", "-q", "90", "@", "-o", "/dev/stdout" },
          { "grey HEIC", "hevc", false, 20, 20 } },
        { "deep.heic",
          "rgba16.png",
          { "heif-enc", "-q", "90", "-b", "10", "-p", "chroma=444", "@", "-o", "/dev/stdout" },
          { "HEIC of 10 bits", "hevc", false, -1, 20 } },
        { "deep.avif",
          "rgba16.png",
          { "heif-enc", "-A", "-q", "90", "-b", "12", "-p", "chroma=444", "@", "-o",
            "/dev/stdout" },
          { "AVIF of 12 bits", "av1", false, -1, 20 } },
        { "identity.avif",
          "rgb.png",
          { "heif-enc", "-A", "-L", "-p", "chroma=444", "--matrix_coefficients=0", "@", "-o",
            "/dev/stdout" },
          { "AVIF in RGB", "av1", false, 30, 20 } },
    };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(variants); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        if (make(&variants[i], &file))
            burn_and_compare(&variants[i].k, &file, &o, &out);
    }
    free(px);
}

/* What the other programs see: the whole depth, not only our decoder's 8 bits. */
static void test_other_decoders_agree(void **state)
{
    static const struct {
        const char *file, *format;
        size_t bytes; /* of a pixel */
    } cases[] = {
        { "rgb16-deflate.tif", "rgb48le", 6 },
        { "lossless.webp", "rgb24", 3 },
        { "grey-lzw.tif", "gray", 1 },
        { "rgb565.bmp", "rgb565le", 2 },
    };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        jz_encode_info info;
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", cases[i].file);
        assert_true(fx_load(path, false, &file));
        assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, NULL), JZ_OK);
        ef_pixels(&file, strrchr(cases[i].file, '.'), cases[i].format, &before);
        ef_pixels(&out, strrchr(cases[i].file, '.'), cases[i].format, &after);
        assert_int_equal(before.len, 52 * 36 * cases[i].bytes);
        assert_int_equal(after.len, before.len);
        for (uint32_t y = 0; y < 36; y++)
            for (uint32_t x = 0; x < 52; x++) {
                const size_t at = ((size_t)y * 52 + x) * cases[i].bytes;
                const bool same = memcmp(before.ptr + at, after.ptr + at, cases[i].bytes) == 0;
                if (!same && !is_under(&o, x, y))
                    fail_msg("%s: %u, %u changed", cases[i].file, x, y);
            }
        assert_memory_not_equal(before.ptr, after.ptr, before.len);
    }
    free(px);
}

/* Tiles, which libavcodec does not read right: by another program's eyes. */
static void test_tiles_are_marked(void **state)
{
    static const variant variants[] = {
        { "tiles.tif",
          "rgb.png",
          { "convert", "@", "-define", "tiff:tile-geometry=16x16", "-compress", "LZW", "TIFF:-" },
          { 0 } },
        { "tiles-16.tif",
          "rgba16.png",
          { "convert", "@", "-alpha", "off", "-define", "tiff:tile-geometry=16x32", "-compress",
            "Zip", "TIFF:-" },
          { 0 } },
    };
    static const char *const argv[] = { "convert", "@", "-depth", "16", "RGB:-", NULL };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(variants); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        jz_encode_info info;
        if (!make(&variants[i], &file))
            skip();
        assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, NULL), JZ_OK);
        ef_peer(&file, ".tif", argv, &before);
        ef_peer(&out, ".tif", argv, &after);
        assert_int_equal(before.len, 52 * 36 * 6);
        assert_int_equal(after.len, before.len);
        for (uint32_t y = 0; y < 36; y++)
            for (uint32_t x = 0; x < 52; x++) {
                const size_t at = ((size_t)y * 52 + x) * 6;
                const uint8_t want = (x - o.x) > o.width / 2 ? 235 : 25;
                if (is_under(&o, x, y))
                    assert_int_equal((uint8_t)after.ptr[at], want);
                else
                    assert_memory_equal(before.ptr + at, after.ptr + at, 6);
            }
    }
    free(px);
}

/* ---- stickers ---- */

/* A picture on nothing in each frame, wiped away afterwards: the mark stands beside it. */
static void test_sticker_keeps_its_mark(void **state)
{
    static const variant sticker = { "sticker.gif",
                                     "rgb.png",
                                     { "convert",
                                       "-delay",
                                       "10",
                                       "-dispose",
                                       "Background",
                                       "-size",
                                       "52x36",
                                       "xc:none",
                                       "(",
                                       "@",
                                       "-transparent",
                                       "rgb(40,40,220)",
                                       "-crop",
                                       "20x12+0+0",
                                       "-repage",
                                       "52x36+2+3",
                                       ")",
                                       "(",
                                       "@",
                                       "-transparent",
                                       "rgb(40,40,220)",
                                       "-crop",
                                       "20x20+9+9",
                                       "-repage",
                                       "52x36+9+8",
                                       ")",
                                       "GIF:-" },
                                     { 0 } };
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    film before;
    film after;
    jz_encode_info info;
    jz_err err = { 0 };
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 30, 20, &o);
    if (!make(&sticker, &file))
        skip();
    if (ef_burn(&file, &o, 1, NULL, &out, &info, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    decode("sticker", &file, &before);
    decode("sticker, marked", &out, &after);
    assert_int_equal(before.frames, 3);
    compare(&(sample_case){ "sticker", "gif", true, 4, 0 }, &before, &after, &o);
    jz_buf_done(&before.px);
    jz_buf_done(&after.px);
    free(px);
}

/* ---- what is kept ---- */

static void test_metadata_is_kept(void **state)
{
    static const struct {
        const char *file, *suffix;
    } cases[] = {
        { "lossless.webp", ".webp" }, { "lossy.webp", ".webp" }, { "anim.webp", ".webp" },
        { "anim.gif", ".gif" },       { "rgb.tif", ".tif" },     { "still.heic", ".heic" },
        { "still.avif", ".avif" },
    };
    static const char *const add[] = {
        "exiftool", "-q", "-Artist=A. N.", "-XMP-dc:Title=A title", "-Comment=a note", "-o", "-",
        "@",        NULL
    };
    static const char *const list[] = { "exiftool",
                                        "-a",
                                        "-G1",
                                        "-s",
                                        "-EXIF:all",
                                        "-XMP:all",
                                        "-ICC_Profile:all",
                                        "-Comment",
                                        "--StripOffsets",
                                        "--StripByteCounts",
                                        "--ThumbnailOffset",
                                        "@",
                                        NULL };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO rich = { 0 };
        JZ_BUF_AUTO out = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        jz_encode_info info;
        jz_err err = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", cases[i].file);
        assert_true(fx_load(path, false, &file));
        ef_peer(&file, cases[i].suffix, add, &rich);
        if (ef_burn(&rich, &o, 1, NULL, &out, &info, &err) != JZ_OK)
            fail_msg("%s: %s", cases[i].file, err.frame[0]);
        ef_peer(&rich, cases[i].suffix, list, &before);
        ef_peer(&out, cases[i].suffix, list, &after);
        assert_non_null(strstr(before.ptr, "A title"));
        if (strcmp(before.ptr, after.ptr) != 0)
            fail_msg("%s: before:\n%safter:\n%s", cases[i].file, before.ptr, after.ptr);
    }
    free(px);
}

static void put_chunk(jz_buf *b, const char *type, const char *data, size_t len)
{
    const uint8_t size[4] = { (uint8_t)len, (uint8_t)(len >> 8), 0, 0 };
    jz_buf_put(b, type, 4);
    jz_buf_put(b, size, 4);
    jz_buf_put(b, data, len);
    if ((len & 1) != 0)
        jz_buf_putc(b, '\0');
}

/* The chunks but the picture's, in order; the picture's as one mark. */
static void list_chunks(const jz_buf *file, jz_buf *out)
{
    for (size_t at = 12; at + 8 <= file->len;) {
        const uint8_t *p = (const uint8_t *)file->ptr + at;
        const size_t size = (size_t)p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16;
        assert_true(size <= file->len - at - 8);
        if (memcmp(p, "VP8L", 4) == 0)
            jz_buf_puts(out, "<picture>");
        else
            jz_buf_put(out, p, size + 8);
        at += 8 + size + (size & 1);
    }
}

static void test_webp_keeps_every_other_chunk(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO rich = { 0 };
    JZ_BUF_AUTO out = { 0 };
    JZ_BUF_AUTO before = { 0 };
    JZ_BUF_AUTO after = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    assert_true(fx_load("media/lossless.webp", false, &file));
    jz_buf_put(&rich, "RIFF\0\0\0\0WEBP", 12);
    put_chunk(&rich, "VP8X", "\x2c\0\0\0\x33\0\0\x23\0\0", 10);
    put_chunk(&rich, "ICCP", "a profile", 9);
    jz_buf_put(&rich, file.ptr + 12, file.len - 12);
    put_chunk(&rich, "EXIF", "II*\0\x08\0\0\0\0\0\0\0\0\0", 14);
    put_chunk(&rich, "XMP ", "<x/>", 4);
    put_chunk(&rich, "JUNK", "odd", 3);
    rich.ptr[4] = (char)(uint8_t)(rich.len - 8);
    rich.ptr[5] = (char)(uint8_t)((rich.len - 8) >> 8);
    if (ef_burn(&rich, &o, 1, NULL, &out, &info, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    list_chunks(&rich, &before);
    list_chunks(&out, &after);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.ptr, after.ptr, before.len);
    const uint8_t *p = (const uint8_t *)out.ptr;
    assert_int_equal((size_t)p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16, out.len - 8);
    free(px);
}

/* Durations of frames and the loop count, as another program tells them. */
static void test_timing_is_kept(void **state)
{
    static const char *const gif[] = {
        "ffprobe", "-v", "error", "-show_entries", "packet=pts,duration", "-of", "csv", "@", NULL
    };
    static const char *const webp[] = { "webpinfo", "@", NULL };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (int i = 0; i < 2; i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        jz_encode_info info;
        assert_true(fx_load(i == 0 ? "media/anim.gif" : "media/anim.webp", false, &file));
        assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, NULL), JZ_OK);
        assert_int_equal(info.frames, 8);
        ef_peer(&file, i == 0 ? ".gif" : ".webp", i == 0 ? gif : webp, &before);
        ef_peer(&out, i == 0 ? ".gif" : ".webp", i == 0 ? gif : webp, &after);
        if (i == 0) {
            assert_string_equal(before.ptr, after.ptr);
            const char *loop = memmem(out.ptr, out.len, "NETSCAPE2.0", 11);
            assert_non_null(loop);
            assert_memory_equal(loop, memmem(file.ptr, file.len, "NETSCAPE2.0", 11), 16);
            continue;
        }
        const char *a = before.ptr;
        const char *b = after.ptr;
        for (int n = 0; n < 8; n++) {
            a = strstr(a + 1, "Duration");
            b = strstr(b + 1, "Duration");
            assert_true(a != NULL && b != NULL);
            assert_memory_equal(a, b, strcspn(a, "\n") + 1);
        }
        a = strstr(before.ptr, "Loop count");
        b = strstr(after.ptr, "Loop count");
        assert_true(a != NULL && b != NULL);
        assert_memory_equal(a, b, strcspn(a, "\n") + 1);
    }
    free(px);
}

/* ---- what is refused ---- */

static void test_unsupported_forms_are_named(void **state)
{
    static const struct {
        const char *file, *why;
    } cases[] = {
        { "cmyk.tif", "tag 262" },
        { "sequence.avif", "sequence" },
    };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        jz_encode_info info;
        jz_err err = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", cases[i].file);
        assert_true(fx_load(path, false, &file));
        assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_UNSUPPORTED);
        if (strstr(err.frame[0], cases[i].why) == NULL)
            fail_msg("%s: %s", cases[i].file, err.frame[0]);
        assert_int_equal(out.len, 0);
    }
    free(px);
}

/* A picture that an encoder would die of. */
static void test_avif_of_10_bits_is_refused(void **state)
{
    static const variant deep = {
        "deep.avif",
        "alpha.png",
        { "sh", "-c",
          "command -v ffmpeg >/dev/null || exit 0; ffmpeg -v error -y -i \"$1\" -pix_fmt "
          "yuv420p10le -c:v libaom-av1 -cpu-used 8 -still-picture 1 \"$1.avif\" >&2 && "
          "cat \"$1.avif\"; rm -f \"$1.avif\"",
          "sh", "@" },
        { 0 }
    };
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    if (!make(&deep, &file) || file.len == 0) {
        print_message("SKIP: no ffmpeg\n");
        skip();
    }
    const jz_status st = ef_burn(&file, &o, 1, NULL, &out, &info, &err);
    if (st != JZ_E_UNSUPPORTED)
        fail_msg("%s: %s", jz_status_name(st), err.frame[0]);
    assert_non_null(strstr(err.frame[0], "10 bits"));
    free(px);
}

static const char *const samples[] = { "lossy.webp",   "lossless.webp", "anim.webp",
                                       "anim.gif",     "still.gif",     "rgb.tif",
                                       "grey-lzw.tif", "rgb.bmp",       "palette-rle.bmp",
                                       "still.heic",   "still.avif" };

static void test_cut_files_are_refused(void **state)
{
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", samples[i]);
        assert_true(fx_load(path, false, &file));
        const size_t whole = file.len;
        for (size_t k = 0; k <= 7; k++) { /* the last lacks one byte */
            const size_t cut = 12 + (whole - 13) * k / 7;
            jz_encode_info info;
            jz_err err = { 0 };
            file.len = cut;
            const jz_status st = ef_burn(&file, &o, 1, NULL, &out, &info, &err);
            if (st != JZ_E_TRUNCATED && st != JZ_E_CORRUPT && st != JZ_E_NOT_MEDIA &&
                st != JZ_E_UNSUPPORTED)
                fail_msg("%s cut at %zu of %zu: %s: %s", samples[i], cut, whole, jz_status_name(st),
                         err.frame[0]);
            assert_int_equal(out.len, st == JZ_E_NOT_MEDIA ? 16 : 0);
        }
    }
    free(px);
}

/* Whatever a byte becomes: an answer, and nothing left in the output where it is a failure. */
static void test_damaged_files_end_in_an_answer(void **state)
{
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", samples[i]);
        assert_true(fx_load(path, false, &file));
        for (size_t at = 4; at < file.len; at += at < 64 ? 11 : file.len / 6 + 1) {
            jz_encode_info info;
            jz_err err = { 0 };
            file.ptr[at] = (char)~file.ptr[at];
            const jz_status st = ef_burn(&file, &o, 1, NULL, &out, &info, &err);
            if (st == JZ_E_CRASH || st == JZ_E_TIMEOUT || st == JZ_E_BUG)
                fail_msg("%s, byte %zu: %s", samples[i], at, err.frame[0]);
            if (st != JZ_OK && st != JZ_E_NOT_MEDIA)
                assert_int_equal(out.len, 0);
            file.ptr[at] = (char)~file.ptr[at];
        }
    }
    free(px);
}

/* Sizes that lie: none of them may be believed. */
static void test_lying_sizes_are_refused(void **state)
{
    static const struct {
        const char *file;
        size_t at;
        char bytes[4];
        size_t n;
    } cases[] = {
        { "rgb.bmp", 18, { '\xff', '\xff', '\xff', '\x7f' }, 4 },  /* width */
        { "rgb.bmp", 22, { 0, 0, 0, '\x80' }, 4 },                 /* height */
        { "rgb.bmp", 10, { '\xf0', '\xff', '\xff', '\xff' }, 4 },  /* place of the pixels */
        { "still.gif", 6, { '\xff', '\xff', '\xff', '\xff' }, 4 }, /* canvas */
        { "still.gif", 6, { 1, 0, 1, 0 }, 4 },
        { "lossless.webp", 4, { '\xff', '\xff', '\xff', '\xff' }, 4 },
        { "lossless.webp", 16, { '\xff', '\xff', '\xff', '\xff' }, 4 },
        { "rgb.tif", 4, { '\xff', '\xff', '\xff', '\x7f' }, 4 }, /* place of the directory */
    };
    (void)state;
    jz_overlay o;
    uint8_t *px = plain_overlay(20, 12, 32, 24, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        jz_encode_info info;
        jz_err err = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", cases[i].file);
        assert_true(fx_load(path, false, &file));
        memcpy(file.ptr + cases[i].at, cases[i].bytes, cases[i].n);
        const jz_status st = ef_burn(&file, &o, 1, NULL, &out, &info, &err);
        if (st == JZ_OK || st == JZ_E_CRASH || st == JZ_E_TIMEOUT || st == JZ_E_BUG)
            fail_msg("%s, byte %zu: %s: %s", cases[i].file, cases[i].at, jz_status_name(st),
                     err.frame[0]);
        assert_int_equal(out.len, 0);
    }
    free(px);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_are_marked_and_otherwise_the_same),
        cmocka_unit_test(test_lossy_samples_are_marked),
        cmocka_unit_test(test_variants_are_marked_and_otherwise_the_same),
        cmocka_unit_test(test_other_decoders_agree),
        cmocka_unit_test(test_tiles_are_marked),
        cmocka_unit_test(test_sticker_keeps_its_mark),
        cmocka_unit_test(test_metadata_is_kept),
        cmocka_unit_test(test_webp_keeps_every_other_chunk),
        cmocka_unit_test(test_timing_is_kept),
        cmocka_unit_test(test_unsupported_forms_are_named),
        cmocka_unit_test(test_avif_of_10_bits_is_refused),
        cmocka_unit_test(test_cut_files_are_refused),
        cmocka_unit_test(test_damaged_files_end_in_an_answer),
        cmocka_unit_test(test_lying_sizes_are_refused),
    };
    jz_err err = { 0 };
    if (jz_sandbox_open(NULL, NULL, &sandbox, &err) != JZ_OK) {
        print_error("%s\n", err.frame[0]);
        return 1;
    }
    const int rc = cmocka_run_group_tests(tests, NULL, NULL);
    jz_sandbox_close(sandbox);
    return rc;
}
