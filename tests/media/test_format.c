/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/media.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct head {
    const char *bytes;
    size_t len;
    const char *format; /* NULL: none */
} head;

#define HEAD(text, format)                                                                         \
    {                                                                                              \
        text, sizeof text - 1, format                                                              \
    }

static const head heads[] = {
    HEAD("\xff\xd8\xff\xe0\0\x10JFIF", "jpeg"),
    HEAD("\xff\xd8\xff", "jpeg"),
    HEAD("\xff\xd8", NULL),
    HEAD("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"),
    HEAD("\x89PNG\r\n\x1a\n\0\0\0\3tEXtabcCRC!\0\0\0\x08"
         "acTL",
         "apng"),
    HEAD("\x89PNG\r\n\x1a\n\0\0\0\3IDATabcCRC!\0\0\0\x08"
         "acTL",
         "png"),
    HEAD("\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXtacTL", "png"),
    HEAD("GIF89a", "gif"),
    HEAD("GIF87a", "gif"),
    HEAD("GIF88a", NULL),
    HEAD("RIFF\1\2\3\4WEBPVP8 ", "webp"),
    HEAD("RIFF\1\2\3\4AVI LIST", "avi"),
    HEAD("RIFF\1\2\3\4WAVEfmt ", "wav"),
    HEAD("RF64\xff\xff\xff\xffWAVEds64", "wav"),
    HEAD("LIST\1\2\3\4WEBP", NULL),
    HEAD("FORM\1\2\3\4AIFC", "aiff"),
    HEAD("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0", "bmp"),
    HEAD("BM\0\0\0\0\0\0\0\0\0\0\0\0\x7c\0\0\0", "bmp"),
    HEAD("BMW is a maker of cars.", NULL),
    HEAD("II*\0\x08\0\0\0", "tiff"),
    HEAD("MM\0*\0\0\0\x08", "tiff"),
    HEAD("II+\0\x08\0\0\0", "tiff"),
    HEAD("MM\0+\0\x08\0\0", "tiff"),
    HEAD("\xff\x0a\0\0", "jxl"),
    HEAD("\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14"
         "ftypjxl ",
         "jxl"),
    HEAD("\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    HEAD("\xff\x4f\xff\x51\0\x2f", "j2k"),
    HEAD("8BPS\0\1", "psd"),
    /* ISO base media: the major brand, then the compatible ones where it says little. */
    HEAD("\0\0\0\x14"
         "ftypisom\0\0\2\0isom",
         "mp4"),
    HEAD("\0\0\0\x14"
         "ftypmp42\0\0\2\0M4A ",
         "mp4"),
    HEAD("\0\0\0\x14"
         "ftypABCD\0\0\2\0isom",
         "mp4"),
    HEAD("\0\0\0\x14"
         "ftypqt  \0\0\2\0qt  ",
         "mov"),
    HEAD("\0\0\0\x14"
         "ftyp3gp5\0\0\2\0isom",
         "3gp"),
    HEAD("\0\0\0\x14"
         "ftyp3g2a\0\0\2\0isom",
         "3gp"),
    HEAD("\0\0\0\x14"
         "ftypM4V \0\0\2\0isom",
         "m4v"),
    HEAD("\0\0\0\x14"
         "ftypM4A \0\0\2\0isom",
         "m4a"),
    HEAD("\0\0\0\x14"
         "ftypheic\0\0\0\0mif1",
         "heic"),
    HEAD("\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1heic",
         "heic"),
    HEAD("\0\0\0\x18"
         "ftypmif1\0\0\0\0mif1avif",
         "avif"),
    HEAD("\0\0\0\x14"
         "ftypmif1\0\0\0\0mif1avif",
         "heic"), /* avif lies past the box */
    HEAD("\0\0\0\x18"
         "ftypmsf1\0\0\0\0avis",
         "avif"),
    HEAD("\0\0\0\x14"
         "ftypavis\0\0\0\0msf1",
         "avif"),
    HEAD("\0\0\0\x08"
         "ftyp",
         NULL),
    HEAD("\0\0\0\1moov\0\0\0\0\0\0\1\0", "mov"),
    HEAD("\0\0\0\x08wide\0\0\1\0mdat", "mov"),
    HEAD("\0\0\0\x0c"
         "free\1\2\3\4\0\0\0\x14"
         "ftypisom\0\0\2\0isom",
         "mp4"),
    HEAD("\0\0\0\x07moov", NULL),
    HEAD("\0\0\0\x04wide\0\0\1\0mdat", NULL),
    /* EBML */
    HEAD("\x1a\x45\xdf\xa3\x8b\x42\x82\x84webm\x42\x87\x81\4", "webm"),
    HEAD("\x1a\x45\xdf\xa3\x8f\x42\x86\x81\1\x42\x82\x88matroska", "mkv"),
    HEAD("\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x0b\x42\x82\x84webm", "webm"),
    HEAD("\x1a\x45\xdf\xa3\x87\x42\x82\x84"
         "abcd",
         NULL),
    HEAD("\x1a\x45\xdf\xa3\x8b\x42\x82\xff\xff\xff\xff\xff\xff\xff\xff", "mkv"),
    HEAD("\x1a\x45\xdf\xa3", NULL),
    HEAD("FLV\1\5\0\0\0\x09", "flv"),
    HEAD("\0\0\1\xba\x44", "mpegps"),
    HEAD("\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c", "asf"),
    HEAD("OggS\0\2_______________________\x80theora", "ogv"),
    HEAD("OggS\0\2______________________\1vorbis", "ogg"),
    /* sound */
    HEAD("ID3\4\0\0\0\0\0\0", "mp3"),
    HEAD("ID3\4\0\0\0\0\0\2..fLaC", "flac"),
    HEAD("ID3\4\0\0\0\0\0\2..\xff\xf1\x50\x80\0\xff\xfc\xff\xf1\x50", "aac"),
    HEAD("fLaC\0\0\0\x22", "flac"),
    HEAD("\xff\xfb\x90\x44", "mp3"),
    HEAD("\xff\xfb\xf0\x44", NULL), /* no such bit rate */
    HEAD("\xff\xf1\x50\x80\0\xff\xfc\xff\xf1\x50", "aac"),
    HEAD("#!AMR\n<", "amr"),
    HEAD("#!AMR-WB\n", "amr"),
    /* archives and documents */
    HEAD("PK\3\4\x14\0\0\0\x08\0", "zip"),
    HEAD("PK\5\6", "zip"),
    HEAD("PK\3\4__________________________[Content_Types].xml__________word/document.xml", "docx"),
    HEAD("PK\3\4__________________________[Content_Types].xml__________xl/workbook.xml", "xlsx"),
    HEAD("PK\3\4__________________________[Content_Types].xml__________ppt/slides", "pptx"),
    HEAD("PK\3\4__________________________mimetypeapplication/epub+zip", "epub"),
    HEAD("PK\3\4__________________________mimetypeapplication/vnd.oasis.opendocument.text", "odf"),
    HEAD("PK\3\4__________________________a.txt_______________word/document.xml", "zip"),
    HEAD("\0\0\1\xbajumb\0\0\0\x1ejumdc2pa", "c2pa"),
    HEAD("\0\0\1\xbajunk\0\0\0\x1ejumdc2pa", "mpegps"),
    HEAD("Rar!\x1a\x07\0", "rar"),
    HEAD("Rar!\x1a\x07\1\0", "rar"),
    HEAD("7z\xbc\xaf\x27\x1c\0\4", "7z"),
    HEAD("\x1f\x8b\x08\0", "gzip"),
    HEAD("BZh91AY&SY", "bzip2"),
    HEAD("BZh01AY&SY", NULL),
    HEAD("\xfd\x37zXZ\0\0", "xz"),
    HEAD("\x28\xb5\x2f\xfd\4", "zstd"),
    HEAD("\x04\x22\x4d\x18\x64", "lz4"),
    HEAD("MSCF\0\0\0\0\1", "cab"),
    HEAD("%PDF-1.7", "pdf"),
    HEAD("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "ole2"),
    HEAD("<svg xmlns=\"http://www.w3.org/2000/svg\">", "svg"),
    HEAD("\xef\xbb\xbf <?xml version=\"1.0\"?>\n<!-- a > b -->\n<svg>", "svg"),
    HEAD("<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"x.dtd\"><svg:svg>", "svg"),
    HEAD("<!DOCTYPE svg [ <!ENTITY a \"<b>\"> ]><svg\n>", "svg"),
    HEAD("<!doctype html><html><body><svg></svg>", "html"),
    HEAD("\xef\xbb\xbf\n<!-- a --><!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\">", "html"),
    HEAD("<?xml version=\"1.0\"?>\n<!DOCTYPE html>", "html"),
    HEAD("<HTML\tlang=zh>", "html"),
    HEAD("<!doctype htmlx>", NULL),
    HEAD("<!doctype html", NULL),
    HEAD("<htm>", NULL),
    HEAD("text <html>", NULL),
    HEAD("<?xml version=\"1.0\"?><rss/>", NULL),
    HEAD("<!-- never ends <svg>", NULL),
    HEAD("<svgx>", NULL),
    HEAD("hello, world\n", NULL),
    HEAD("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", NULL),
};

/* The head in a block of exactly its size, so that AddressSanitizer sees a read past it. */
static const jz_format *find(const char *bytes, size_t len)
{
    uint8_t *copy = malloc(len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    const jz_format *f = jz_format_find((jz_bytes){ copy, len });
    free(copy);
    return f;
}

static void test_head_names_its_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(heads); i++) {
        const jz_format *f = find(heads[i].bytes, heads[i].len);
        const char *name = f != NULL ? f->name : "none";
        const char *expected = heads[i].format != NULL ? heads[i].format : "none";
        if (strcmp(name, expected) != 0)
            fail_msg("head %zu is %s, not %s", i, name, expected);
    }
}

static void test_shortened_head_stays_inside_its_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(heads); i++) {
        for (size_t len = 1; len < heads[i].len; len++)
            (void)find(heads[i].bytes, len); /* what it is does not matter */
    }
    assert_null(jz_format_find((jz_bytes){ NULL, 0 }));
}

static void test_tar_is_found_by_its_header(void **state)
{
    (void)state;
    char block[512] = "a.txt";
    assert_null(find(block, sizeof block));
    memcpy(block + 257, "ustar", 5);
    assert_string_equal(find(block, sizeof block)->name, "tar");
    assert_null(find(block, 261));
}

static void test_transport_stream_is_found_by_its_rhythm(void **state)
{
    (void)state;
    static const struct {
        size_t first, step;
    } shapes[] = { { 0, 188 }, { 4, 192 } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(shapes); i++) {
        char bytes[JZ_SNIFF_BYTES] = { 0 };
        for (size_t at = shapes[i].first; at < sizeof bytes; at += shapes[i].step)
            bytes[at] = 0x47;
        assert_string_equal(find(bytes, sizeof bytes)->name, "mpegts");
        assert_string_equal(find(bytes, 2 * shapes[i].step)->name, "mpegts");
        assert_null(find(bytes, shapes[i].step));
        bytes[shapes[i].first + 3 * shapes[i].step] = 0x46;
        assert_null(find(bytes, sizeof bytes));
    }
}

static void test_sound_frames_must_follow_each_other(void **state)
{
    (void)state;
    /* MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes. */
    char mp3[500] = "\xff\xfb\x90\x44";
    assert_null(find(mp3, sizeof mp3));
    memcpy(mp3 + 417, "\xff\xfb\x90\x44", 4);
    assert_string_equal(find(mp3, sizeof mp3)->name, "mp3");
    char aac[64] = "\xff\xf1\x50\x80\x04\x1f\xfc"; /* 32 bytes */
    assert_null(find(aac, sizeof aac));
    memcpy(aac + 32, "\xff\xf1", 2);
    assert_string_equal(find(aac, sizeof aac)->name, "aac");
}

static void test_name_gives_the_same_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(heads); i++) {
        const jz_format *f = find(heads[i].bytes, heads[i].len);
        if (f != NULL)
            assert_ptr_equal(jz_format_by_name(f->name), f);
    }
    assert_null(jz_format_by_name("JPEG"));
    assert_null(jz_format_by_name(""));
}

static void test_kinds_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name, *mime;
        jz_media_kind kind;
    } rows[] = {
        { "gif", "image/gif", JZ_KIND_IMAGE },        { "webm", "video/webm", JZ_KIND_VIDEO },
        { "m4a", "audio/mp4", JZ_KIND_AUDIO },        { "zip", "application/zip", JZ_KIND_ARCHIVE },
        { "svg", "image/svg+xml", JZ_KIND_DOCUMENT },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        const jz_format *f = jz_format_by_name(rows[i].name);
        assert_non_null(f);
        assert_string_equal(f->mime, rows[i].mime);
        assert_int_equal(f->kind, rows[i].kind);
    }
}

static void test_real_files_are_recognised(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        { "formats/basic-no-xmp.pdf", "pdf" },
        { "formats/c.mov", "mov" },
        { "formats/libpng-test.png", "png" },
        { "formats/sample1.avif", "avif" },
        { "formats/sample1.flac", "flac" },
        { "formats/sample1.gif", "gif" },
        { "formats/sample1.heif", "heic" },
        { "formats/sample1.jxl", "jxl" },
        { "formats/sample1.m4a", "m4a" },
        { "formats/sample1.mp3", "mp3" },
        { "formats/sample1.png", "png" },
        { "formats/sample1.svg", "svg" },
        { "formats/sample1.wav", "wav" },
        { "formats/sample1.webp", "webp" },
        { "formats/test.avi", "avi" },
        { "formats/test.tiff", "tiff" },
        { "formats/test_lossless.webp", "webp" },
        { "formats/video1_no_manifest.mp4", "mp4" },
        { "formats/README.md", "none" },
    };
    const char *data = getenv("JZ_TEST_DATA");
    if (data == NULL) {
        print_message("SKIP: no JZ_TEST_DATA\n");
        skip();
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        char path[4096];
        char bytes[JZ_SNIFF_BYTES];
        (void)snprintf(path, sizeof path, "%s/%s", data, files[i][0]);
        FILE *in = fopen(path, "rb");
        if (in == NULL) {
            print_message("SKIP: no %s\n", path);
            skip();
        }
        const size_t len = fread(bytes, 1, sizeof bytes, in);
        (void)fclose(in);
        const jz_format *f = find(bytes, len);
        assert_string_equal(f != NULL ? f->name : "none", files[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head_names_its_format),
        cmocka_unit_test(test_shortened_head_stays_inside_its_bytes),
        cmocka_unit_test(test_tar_is_found_by_its_header),
        cmocka_unit_test(test_transport_stream_is_found_by_its_rhythm),
        cmocka_unit_test(test_sound_frames_must_follow_each_other),
        cmocka_unit_test(test_name_gives_the_same_row),
        cmocka_unit_test(test_kinds_are_told_apart),
        cmocka_unit_test(test_real_files_are_recognised),
    };
    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
