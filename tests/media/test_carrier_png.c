/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include "media/deflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define XMP                                                                                        \
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "                                                \
    "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "                    \
    "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='image/png'/></rdf:RDF></x:xmpmeta>"

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static void load(jz_buf *out)
{
    assert_true(fx_load("media/grey.png", false, out));
}

/* Inserts a chunk with a right CRC behind IHDR, or before IEND. */
static void add_chunk(const jz_buf *png, bool late, const char *type, const void *data, size_t len,
                      jz_buf *out)
{
    const size_t at = late ? png->len - 12 : 33;
    const uint8_t head[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                              (uint8_t)len };
    const uint32_t crc = jz_crc32(jz_crc32(0, type, 4), data, len);
    const uint8_t tail[4] = { (uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8),
                              (uint8_t)crc };
    jz_buf_put(out, png->ptr, at);
    jz_buf_put(out, head, 4);
    jz_buf_put(out, type, 4);
    jz_buf_put(out, data, len);
    jz_buf_put(out, tail, 4);
    jz_buf_put(out, png->ptr + at, png->len - at);
}

static void test_png_round_trip(void **state)
{
    (void)state;
    JZ_BUF_AUTO png = { 0 };
    JZ_BUF_AUTO made = { 0 };
    load(&png);
    fx_round_trip(bytes_of(&png), XMP, &made);
    assert_true(made.len > png.len + strlen(XMP));
}

static void test_png_made_is_accepted_by_others(void **state)
{
    (void)state;
    JZ_BUF_AUTO png = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO said = { 0 };
    static const char *const check[] = { "pngcheck", "-q", "@", NULL };
    static const char *const exif[] = { "exiftool", "-XMP-dc:Format", "@", NULL };
    load(&png);
    fx_round_trip(bytes_of(&png), XMP, &made);
    const int checked = fx_peer(bytes_of(&made), ".png", check, &said);
    const int read = fx_peer(bytes_of(&made), ".png", exif, &said);
    if (checked == -1 || read == -1) {
        print_message("SKIP: no pngcheck or no exiftool\n");
        skip();
    }
    assert_int_equal(checked, 0);
    assert_int_equal(read, 0);
    assert_non_null(strstr(said.ptr, "image/png"));
}

static void expect_one_text(const jz_buf *png, const char *where, bool packed, const char *value)
{
    fx_metas all;
    assert_int_equal(fx_list(fx_carrier(bytes_of(png)), bytes_of(png), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.kind, JZ_META_TEXT);
    assert_string_equal(all.m[0].meta.where, where);
    assert_string_equal(all.m[0].key.ptr, "AIGC");
    assert_int_equal(all.m[0].meta.packed, packed);
    assert_string_equal(all.m[0].value.ptr, value);
    fx_metas_done(&all);
}

static void test_png_text_is_latin1_and_found_behind_the_pixels(void **state)
{
    (void)state;
    JZ_BUF_AUTO png = { 0 };
    JZ_BUF_AUTO made = { 0 };
    load(&png);
    add_chunk(&png, true, "tEXt", "AIGC\0caf\xe9", 9, &made);
    expect_one_text(&made, "tEXt", false, "caf\xc3\xa9");
}

static void test_png_compressed_text_is_unpacked(void **state)
{
    (void)state;
    JZ_BUF_AUTO png = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO data = { 0 };
    load(&png);
    jz_buf_put(&data, "AIGC\0", 6);
    assert_int_equal(
        jz_deflate(JZ_DEFLATE_ZLIB, (jz_bytes){ (const uint8_t *)"{}", 2 }, &data, NULL), JZ_OK);
    add_chunk(&png, false, "zTXt", data.ptr, data.len, &made);
    expect_one_text(&made, "zTXt", true, "{}");
}

static void test_png_damaged_text_is_named_and_does_not_end_the_listing(void **state)
{
    (void)state;
    JZ_BUF_AUTO png = { 0 };
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    fx_metas all;
    load(&png);
    add_chunk(&png, false, "zTXt", "AIGC\0\0not deflate", 17, &one);
    add_chunk(&one, true, "tEXt", "AIGC\0{}", 7, &two);
    assert_int_equal(fx_list(fx_carrier(bytes_of(&two)), bytes_of(&two), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.m[0].meta.passed, JZ_E_CORRUPT);
    assert_null(all.m[0].meta.value.ptr);
    assert_int_equal(all.m[1].meta.passed, JZ_OK);
    fx_metas_done(&all);
}

static void test_png_hurt_files_are_survived(void **state)
{
    (void)state;
    JZ_BUF_AUTO png = { 0 };
    load(&png);
    fx_hurt(bytes_of(&png), 7);
}

static void test_png_edit_refuses_a_cut_file_and_a_wrong_place(void **state)
{
    (void)state;
    JZ_BUF_AUTO png = { 0 };
    JZ_BUF_AUTO made = { 0 };
    load(&png);
    const jz_carrier *c = fx_carrier(bytes_of(&png));
    jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, { (const uint8_t *)XMP, strlen(XMP) } };
    const jz_bytes cut = { (const uint8_t *)png.ptr, png.len - 5 };
    assert_int_equal(fx_edit(c, cut, &e, 1, &made, NULL), JZ_E_TRUNCATED);
    e.at = png.len + 9;
    assert_int_equal(fx_edit(c, bytes_of(&png), &e, 1, &made, NULL), JZ_E_INVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png_round_trip),
        cmocka_unit_test(test_png_made_is_accepted_by_others),
        cmocka_unit_test(test_png_text_is_latin1_and_found_behind_the_pixels),
        cmocka_unit_test(test_png_compressed_text_is_unpacked),
        cmocka_unit_test(test_png_damaged_text_is_named_and_does_not_end_the_listing),
        cmocka_unit_test(test_png_hurt_files_are_survived),
        cmocka_unit_test(test_png_edit_refuses_a_cut_file_and_a_wrong_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
