/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define XMP                                                                                        \
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "                                                \
    "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "                    \
    "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='image/tiff'/></rdf:RDF></x:xmpmeta>"

static const char *const files[] = { "media/rgb.tif", "media/grey-lzw.tif", "media/cmyk.tif",
                                     "media/orient3.tif", "media/rgb16-deflate.tif" };

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text_of(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

static void put_number(jz_buf *b, bool big, unsigned bytes, uint32_t v)
{
    for (unsigned i = 0; i < bytes; i++)
        jz_buf_putc(b, (char)(uint8_t)(v >> 8 * (big ? bytes - 1 - i : i)));
}

static void put_entry(jz_buf *b, bool big, unsigned tag, unsigned type, uint32_t count, uint32_t v)
{
    put_number(b, big, 2, tag);
    put_number(b, big, 2, type);
    put_number(b, big, 4, count);
    put_number(b, big, type == 3 ? 2 : 4, v);
    if (type == 3)
        put_number(b, big, 2, 0);
}

/* Where make_tiff() puts things. */
enum { PIXEL = 8, TEXTS = 10, DIR = 100, PAGE_TWO = 300, EXIF = 420 };
#define DESCRIPTION "{\"AIGC\":{}}"

static void pad_to(jz_buf *b, size_t at)
{
    while (b->len < at)
        jz_buf_putc(b, '\0');
}

/* Two pages of one grey pixel; the first with an ImageDescription and an Exif directory whose
 * UserComment holds a text in UTF-16. */
static void make_tiff(bool big, jz_buf *b)
{
    jz_buf_puts(b, big ? "MM" : "II");
    put_number(b, big, 2, 42);
    put_number(b, big, 4, DIR);
    jz_buf_put(b, "\x7f\0" DESCRIPTION, 2 + sizeof DESCRIPTION);
    pad_to(b, TEXTS + 20);
    jz_buf_put(b, "UNICODE\0", 8);
    for (const char *s = "{\"aigc\":1}"; *s != '\0'; s++)
        put_number(b, big, 2, (uint32_t)*s);
    put_number(b, big, 2, 0);
    for (unsigned page = 0; page < 2; page++) {
        pad_to(b, page == 0 ? DIR : PAGE_TWO);
        put_number(b, big, 2, page == 0 ? 10 : 8);
        put_entry(b, big, 256, 3, 1, 1);
        put_entry(b, big, 257, 3, 1, 1);
        put_entry(b, big, 258, 3, 1, 8);
        put_entry(b, big, 259, 3, 1, 1);
        put_entry(b, big, 262, 3, 1, 1);
        if (page == 0)
            put_entry(b, big, 270, 2, sizeof DESCRIPTION, TEXTS);
        put_entry(b, big, 273, 4, 1, PIXEL);
        put_entry(b, big, 278, 3, 1, 1);
        put_entry(b, big, 279, 4, 1, 1);
        if (page == 0)
            put_entry(b, big, 34665, 4, 1, EXIF);
        put_number(b, big, 4, page == 0 ? PAGE_TWO : 0);
    }
    pad_to(b, EXIF);
    put_number(b, big, 2, 1);
    put_entry(b, big, 37510, 7, 8 + 2 * 11, TEXTS + 20);
    put_number(b, big, 4, 0);
}

/* What a program says of a file's pixels. */
static int pixels(jz_bytes file, jz_buf *said)
{
    static const char *const argv[] = {
        "identify-im6.q16", "-quiet", "-format", "%#\n", "@", NULL
    };
    return fx_peer(file, ".tif", argv, said);
}

static void expect_same_pixels(jz_bytes a, jz_bytes b)
{
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    const int first = pixels(a, &one);
    const int second = pixels(b, &two);
    if (first == -1) {
        print_message("SKIP: no identify-im6.q16\n");
        return;
    }
    assert_int_equal(first, 0);
    assert_int_equal(second, 0);
    assert_true(one.len > 60);
    assert_string_equal(one.ptr, two.ptr);
}

static void expect_peers(jz_bytes file)
{
    static const char *const info[] = { "tiffinfo", "-D", "@", NULL };
    static const char *const exif[] = {
        "exiftool", "-a", "-validate", "-XMP-dc:Format", "@", NULL
    };
    JZ_BUF_AUTO printed = { 0 };
    JZ_BUF_AUTO said = { 0 };
    const int checked = fx_peer(file, ".tif", info, &printed);
    const int read = fx_peer(file, ".tif", exif, &said);
    if (checked == -1 || read == -1) {
        print_message("SKIP: no tiffinfo or no exiftool\n");
        return;
    }
    assert_int_equal(checked, 0);
    assert_null(strstr(printed.ptr, "Warning"));
    assert_int_equal(read, 0);
    assert_non_null(strstr(said.ptr, "image/tiff"));
}

static void test_tiff_round_trip_keeps_the_pixels(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        assert_true(fx_load(files[i], false, &file));
        fx_round_trip(bytes_of(&file), XMP, &made);
        /* All but the header's offset is where it was. */
        assert_memory_equal(made.ptr, file.ptr, 4);
        assert_memory_equal(made.ptr + 8, file.ptr + 8, file.len - 8);
        expect_same_pixels(bytes_of(&file), bytes_of(&made));
        expect_peers(bytes_of(&made));
    }
}

static void test_tiff_both_byte_orders_and_pages_are_kept(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO next = { 0 };
        make_tiff(big, &file);
        fx_round_trip(bytes_of(&file), XMP, &made);
        expect_same_pixels(bytes_of(&file), bytes_of(&made)); /* of two pages */
        expect_peers(bytes_of(&made));
        put_number(&next, big, 4, PAGE_TWO);
        /* The new directory stands behind the packet; its last field leads to the next page. */
        assert_memory_equal(made.ptr + made.len - 4, next.ptr, 4);
    }
}

static void test_tiff_real_file_round_trips(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    if (!fx_load("formats/test.tiff", true, &file)) {
        print_message("SKIP: no JZ_TEST_DATA\n");
        skip();
    }
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    assert_int_equal(fx_list(c, bytes_of(&file), &all, NULL), JZ_OK);
    jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, text_of(XMP) };
    for (size_t i = 0; i < all.n; i++) {
        if (all.m[i].meta.kind == JZ_META_XMP)
            e.at = all.m[i].meta.at;
    }
    fx_metas_done(&all);
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_OK);
    expect_same_pixels(bytes_of(&file), bytes_of(&made));
    expect_peers(bytes_of(&made));
}

static void test_tiff_packet_that_fits_keeps_its_place(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    fx_metas all;
    make_tiff(false, &file);
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, text_of(XMP) };
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &one, NULL), JZ_OK);
    e = (jz_meta_edit){ JZ_META_XMP, file.len + (file.len & 1), text_of("<shorter/>") };
    assert_int_equal(fx_edit(c, bytes_of(&one), &e, 1, &two, NULL), JZ_OK);
    assert_int_equal(two.len, one.len);
    assert_int_equal(fx_list(c, bytes_of(&two), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 3);
    assert_int_equal(all.m[1].meta.kind, JZ_META_XMP); /* tags rise: 270, 700, 34665 */
    assert_int_equal(all.m[1].meta.at, e.at);
    assert_string_equal(all.m[1].value.ptr, "<shorter/>");
    fx_metas_done(&all);
}

static void test_tiff_packet_that_shares_its_bytes_is_not_overwritten(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    make_tiff(false, &file);
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, text_of(XMP) };
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &one, NULL), JZ_OK);
    JZ_BUF_AUTO entry = { 0 };
    put_number(&entry, false, 2, 700);
    put_number(&entry, false, 2, 7);
    char *at = memmem(one.ptr, one.len, entry.ptr, 4);
    assert_non_null(at);
    memcpy(at + 8, "\x08\0\0\0", 4); /* now it begins with the pixel */
    e = (jz_meta_edit){ JZ_META_XMP, PIXEL, text_of("<shorter/>") };
    assert_int_equal(fx_edit(c, bytes_of(&one), &e, 1, &two, NULL), JZ_OK);
    assert_true(two.len > one.len);
    assert_memory_equal(two.ptr, one.ptr, EXIF);
}

static void test_tiff_texts_are_read_and_blanked(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        fx_metas all;
        make_tiff(big, &file);
        const jz_carrier *c = fx_carrier(bytes_of(&file));
        assert_int_equal(fx_list(c, bytes_of(&file), &all, NULL), JZ_OK);
        assert_int_equal(all.n, 2);
        assert_string_equal(all.m[0].meta.where, "ImageDescription");
        assert_string_equal(all.m[0].value.ptr, DESCRIPTION);
        assert_string_equal(all.m[1].meta.where, "Exif UserComment");
        assert_string_equal(all.m[1].value.ptr, "{\"aigc\":1}");
        const jz_meta_edit e[] = { { JZ_META_TEXT, all.m[0].meta.at, { 0 } },
                                   { JZ_META_TEXT, all.m[1].meta.at, { 0 } },
                                   { JZ_META_XMP, JZ_META_NEW, text_of(XMP) } };
        fx_metas_done(&all);
        assert_int_equal(fx_edit(c, bytes_of(&file), e, 3, &made, NULL), JZ_OK);
        assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
        assert_int_equal(all.n, 1);
        assert_string_equal(all.m[0].value.ptr, XMP);
        fx_metas_done(&all);
        expect_same_pixels(bytes_of(&file), bytes_of(&made));
        expect_peers(bytes_of(&made));
    }
}

static void test_tiff_written_by_exiftool_is_read(void **state)
{
    (void)state;
    static const char *const argv[] = { "exiftool", "-q", "-o", "-", "-XMP-dc:Format=image/tiff",
                                        "@",        NULL };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO written = { 0 };
    fx_metas all;
    assert_true(fx_load(files[0], false, &file));
    if (fx_peer(bytes_of(&file), ".tif", argv, &written) == -1) {
        print_message("SKIP: no exiftool\n");
        skip();
    }
    assert_int_equal(fx_list(fx_carrier(bytes_of(&written)), bytes_of(&written), &all, NULL),
                     JZ_OK);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.kind, JZ_META_XMP);
    assert_non_null(strstr(all.m[0].value.ptr, "image/tiff"));
    fx_metas_done(&all);
}

static void test_tiff_edit_refuses_what_it_must(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_SPLICES_AUTO s = { 0 };
    jz_source src;
    make_tiff(true, &file);
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    jz_meta_edit e = { JZ_META_XMP, 12345, text_of(XMP) };
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_E_INVAL);
    e.at = JZ_META_NEW;
    jz_source_of_bytes(bytes_of(&file), &src);
    src.size = UINT32_MAX - 10; /* nothing is read at its end */
    assert_int_equal(c->edit(&src, FX_KEY, &e, 1, &s, NULL), JZ_E_LIMIT);
    assert_int_equal(fx_edit(c, text_of("MM\0*"), &e, 1, &made, NULL), JZ_E_TRUNCATED);
    static const uint8_t big_tiff[] = { 'M', 'M', 0, 43, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16 };
    const jz_bytes bigger = { big_tiff, sizeof big_tiff };
    assert_int_equal(fx_edit(c, bigger, &e, 1, &made, NULL), JZ_E_UNSUPPORTED);
    e.kind = JZ_META_TEXT;
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_E_UNSUPPORTED);
    file.ptr[DIR + 2 + 12 * 6 + 10] = 0x7f; /* the pixel is past the end */
    e.kind = JZ_META_XMP;
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_E_TRUNCATED);
}

/* What is appended must not become the value of a tag that had none in the file. */
static void test_tiff_values_past_the_end_are_refused(void **state)
{
    (void)state;
    static const size_t offsets[] = { DIR + 2 + 12 * 5 + 10, EXIF + 2 + 10, DIR + 2 + 12 * 9 + 10 };
    const jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, text_of(XMP) };
    for (size_t i = 0; i < JZ_ARRAY_LEN(offsets); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        make_tiff(true, &file);
        const jz_carrier *c = fx_carrier(bytes_of(&file));
        assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_OK);
        jz_buf_reset(&made);
        file.ptr[offsets[i]] = 2; /* a description, a comment, a directory */
        assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_E_TRUNCATED);
    }
}

/* Two tags of XMP that point to the same bytes: one is replaced, the other goes. */
static void test_tiff_two_packets_in_one_place_are_told_apart(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    jz_buf_put(&file, "MM\0*\0\0\0\16<xmp/>", 14);
    put_number(&file, true, 2, 3);
    put_entry(&file, true, 256, 3, 1, 1);
    put_entry(&file, true, 700, 7, 6, 8);
    put_entry(&file, true, 700, 7, 6, 8);
    put_number(&file, true, 4, 0);
    const jz_meta_edit edits[] = { { JZ_META_XMP, 8, text_of(XMP) }, { JZ_META_XMP, 8, { 0 } } };
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    assert_int_equal(fx_edit(c, bytes_of(&file), edits, 2, &made, NULL), JZ_OK);
    assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].value.ptr, XMP);
    fx_metas_done(&all);
}

static void test_tiff_hurt_files_are_survived(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        JZ_BUF_AUTO file = { 0 };
        make_tiff(big, &file);
        fx_hurt(bytes_of(&file), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiff_round_trip_keeps_the_pixels),
        cmocka_unit_test(test_tiff_both_byte_orders_and_pages_are_kept),
        cmocka_unit_test(test_tiff_real_file_round_trips),
        cmocka_unit_test(test_tiff_packet_that_fits_keeps_its_place),
        cmocka_unit_test(test_tiff_packet_that_shares_its_bytes_is_not_overwritten),
        cmocka_unit_test(test_tiff_texts_are_read_and_blanked),
        cmocka_unit_test(test_tiff_written_by_exiftool_is_read),
        cmocka_unit_test(test_tiff_edit_refuses_what_it_must),
        cmocka_unit_test(test_tiff_values_past_the_end_are_refused),
        cmocka_unit_test(test_tiff_two_packets_in_one_place_are_told_apart),
        cmocka_unit_test(test_tiff_hurt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
