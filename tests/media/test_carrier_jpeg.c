/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "carrier_peers.h"

#define XMP                                                                                        \
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "                                                \
    "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "                    \
    "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='image/jpeg'/></rdf:RDF></x:xmpmeta>"
#define XMP_HEAD "http://ns.adobe.com/xap/1.0/"
#define EXIF "Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
#define GUID "0123456789ABCDEF0123456789ABCDEF"
#define JFIF_END 20 /* SOI and the APP0 segment of what cjpeg writes */

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static void load(const char *name, jz_buf *out)
{
    JZ_BUF_AUTO path = { 0 };
    jz_buf_printf(&path, "media/%s", name);
    assert_true(fx_load(path.ptr, false, out));
}

/* The file with a segment at an offset. */
static void add_segment(const jz_buf *jpeg, size_t at, uint8_t code, jz_bytes data, jz_buf *out)
{
    const size_t len = data.len + 2;
    const uint8_t head[4] = { 0xff, code, (uint8_t)(len >> 8), (uint8_t)len };
    jz_buf_put(out, jpeg->ptr, at);
    jz_buf_put(out, head, sizeof head);
    jz_buf_put(out, data.ptr, data.len);
    jz_buf_put(out, jpeg->ptr + at, jpeg->len - at);
}

static jz_bytes text(const char *s, size_t len)
{
    return (jz_bytes){ (const uint8_t *)s, len };
}

/* Where marker FF code stands, from an offset on. */
static size_t marker(const jz_buf *jpeg, size_t from, uint8_t code)
{
    const uint8_t wanted[2] = { 0xff, code };
    const char *at = memmem(jpeg->ptr + from, jpeg->len - from, wanted, sizeof wanted);
    assert_non_null(at);
    return (size_t)(at - jpeg->ptr);
}

static void list(const jz_buf *jpeg, fx_metas *out)
{
    jz_err err = { 0 };
    if (fx_list(fx_carrier(bytes_of(jpeg)), bytes_of(jpeg), out, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

static jz_status edit(const jz_buf *jpeg, jz_meta_kind kind, uint64_t at, const char *value,
                      jz_buf *out)
{
    const jz_meta_edit e = { kind, at, { (const uint8_t *)value, value ? strlen(value) : 0 } };
    return fx_edit(fx_carrier(bytes_of(jpeg)), bytes_of(jpeg), &e, 1, out, NULL);
}

/* The file is the old one but for one run of bytes at an offset. */
static void expect_inserted(const jz_buf *before, const jz_buf *after, size_t at)
{
    assert_true(after->len > before->len);
    assert_memory_equal(after->ptr, before->ptr, at);
    assert_memory_equal(after->ptr + at + (after->len - before->len), before->ptr + at,
                        before->len - at);
}

static void test_jpeg_round_trips(void **state)
{
    (void)state;
    static const char *const names[] = { "baseline.jpg", "progressive.jpg", "arithmetic.jpg",
                                         "grey.jpg", "cmyk.jpg" };
    static const char *const info[] = { "jpeginfo", "-c", "@", NULL };
    static const char *const exif[] = { "exiftool", "-a", "-XMP-dc:Format", "@", NULL };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO jpeg = { 0 };
        JZ_BUF_AUTO made = { 0 };
        load(names[i], &jpeg);
        fx_round_trip(bytes_of(&jpeg), XMP, &made);
        if (i != 4) /* jpeginfo does not know CMYK */
            peer_prints(bytes_of(&made), ".jpg", info, "OK");
        peer_prints(bytes_of(&made), ".jpg", exif, "image/jpeg");
    }
}

static bool pixels(const jz_buf *jpeg, jz_buf *out)
{
    static const char *const djpeg[] = { "djpeg", "-pnm", "@", NULL };
    const int rc = fx_peer(bytes_of(jpeg), ".jpg", djpeg, out);
    assert_true(rc == 0 || rc == -1);
    return rc == 0;
}

static void test_jpeg_pixels_stay(void **state)
{
    (void)state;
    static const char *const names[] = { "baseline.jpg", "progressive.jpg", "arithmetic.jpg",
                                         "grey.jpg" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO jpeg = { 0 };
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        load(names[i], &jpeg);
        assert_int_equal(edit(&jpeg, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_OK);
        expect_inserted(&jpeg, &made, JFIF_END);
        if (!pixels(&jpeg, &before) || !pixels(&made, &after)) {
            print_message("SKIP: no djpeg\n");
            return;
        }
        assert_int_equal(before.len, after.len);
        assert_memory_equal(before.ptr, after.ptr, after.len);
    }
}

static void test_jpeg_real_pictures_round_trip(void **state)
{
    (void)state;
    static const char *const names[] = { "c2pa/nikon-20221019-building.jpeg",
                                         "c2pa/adobe-20220124-CA.jpg", "c2pa/boxhash.jpg" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO jpeg = { 0 };
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        if (!fx_load(names[i], true, &jpeg)) {
            print_message("SKIP: no %s\n", names[i]);
            continue;
        }
        fx_round_trip(bytes_of(&jpeg), XMP, &made);
        if (!pixels(&jpeg, &before) || !pixels(&made, &after))
            continue;
        assert_int_equal(before.len, after.len);
        assert_memory_equal(before.ptr, after.ptr, after.len);
    }
}

static void test_jpeg_new_xmp_stands_behind_app0_and_exif(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO late = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO other = { 0 };
    load("baseline.jpg", &jpeg);
    add_segment(&jpeg, JFIF_END, 0xe1, text(EXIF, sizeof EXIF - 1), &with);
    assert_int_equal(edit(&with, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_OK);
    expect_inserted(&with, &made, JFIF_END + 4 + sizeof EXIF - 1);
    add_segment(&jpeg, JFIF_END, 0xe2, text("ICC_PROFILE", 12), &late);
    assert_int_equal(edit(&late, JZ_META_XMP, JZ_META_NEW, XMP, &other), JZ_OK);
    expect_inserted(&late, &other, JFIF_END);
}

static void test_jpeg_exif_is_listed_and_replaced(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    load("baseline.jpg", &jpeg);
    add_segment(&jpeg, JFIF_END, 0xe1, text(EXIF, sizeof EXIF - 1), &with);
    list(&with, &all);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.kind, JZ_META_EXIF);
    assert_int_equal(all.m[0].meta.at, JFIF_END + 10);
    assert_int_equal(all.m[0].value.len, sizeof EXIF - 7);
    assert_int_equal(edit(&with, JZ_META_EXIF, all.m[0].meta.at, "II*", &made), JZ_OK);
    fx_metas_done(&all);
    list(&made, &all);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].value.ptr, "II*");
    fx_metas_done(&all);
}

static void test_jpeg_xmp_has_a_limit(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO big = { 0 };
    fx_metas all;
    load("baseline.jpg", &jpeg);
    for (size_t i = 0; i < 65502; i++)
        jz_buf_putc(&big, ' ');
    assert_int_equal(edit(&jpeg, JZ_META_XMP, JZ_META_NEW, big.ptr, &made), JZ_OK);
    list(&made, &all);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.size, 65502);
    fx_metas_done(&all);
    jz_buf_putc(&big, ' ');
    assert_int_equal(edit(&jpeg, JZ_META_XMP, JZ_META_NEW, big.ptr, &made), JZ_E_LIMIT);
}

/* Tables and texts may stand between the scans of a progressive picture. */
static void test_jpeg_blocks_behind_the_first_scan_are_found(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO both = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    load("progressive.jpg", &jpeg);
    const size_t between = marker(&jpeg, marker(&jpeg, 0, 0xda), 0xc4);
    add_segment(&jpeg, between, 0xe1, text(XMP_HEAD "\0" XMP, sizeof XMP_HEAD + sizeof XMP - 1),
                &with);
    add_segment(&with, between, 0xfe, text("aigc: {}", 8), &both);
    list(&both, &all);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.m[0].meta.kind, JZ_META_RAW);
    assert_string_equal(all.m[0].meta.where, "COM");
    assert_string_equal(all.m[1].value.ptr, XMP);
    const jz_meta_edit edits[] = {
        { JZ_META_RAW, all.m[0].meta.at, { NULL, 0 } },
        { JZ_META_XMP, all.m[1].meta.at, { (const uint8_t *)"<x/>", 4 } },
    };
    fx_metas_done(&all);
    assert_int_equal(fx_edit(fx_carrier(bytes_of(&both)), bytes_of(&both), edits, 2, &made, NULL),
                     JZ_OK);
    list(&made, &all);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].value.ptr, "<x/>");
    fx_metas_done(&all);
}

/* A part of an extended packet, at JFIF_END. */
static void add_part(const jz_buf *jpeg, const char *part, uint8_t offset, uint8_t full,
                     jz_buf *out)
{
    JZ_BUF_AUTO data = { 0 };
    const uint8_t numbers[8] = { 0, 0, 0, full, 0, 0, 0, offset };
    jz_buf_put(&data, "http://ns.adobe.com/xmp/extension/", 35);
    jz_buf_puts(&data, GUID);
    jz_buf_put(&data, numbers, sizeof numbers);
    jz_buf_puts(&data, part);
    add_segment(jpeg, JFIF_END, 0xe1, bytes_of(&data), out);
}

static void expect_extended(const jz_buf *jpeg, jz_status passed, const char *value)
{
    fx_metas all;
    JZ_BUF_AUTO made = { 0 };
    list(jpeg, &all);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.kind, JZ_META_XMP);
    assert_string_equal(all.m[0].meta.where, "APP1 extended XMP");
    assert_int_equal(all.m[0].meta.passed, passed);
    if (value != NULL)
        assert_string_equal(all.m[0].value.ptr, value);
    else
        assert_null(all.m[0].meta.value.ptr);
    assert_int_equal(edit(jpeg, JZ_META_XMP, all.m[0].meta.at, "<x/>", &made), JZ_E_UNSUPPORTED);
    fx_metas_done(&all);
}

static void test_jpeg_extended_xmp_is_joined_and_not_changed(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO second = { 0 };
    JZ_BUF_AUTO whole = { 0 };
    JZ_BUF_AUTO twice = { 0 };
    JZ_BUF_AUTO first = { 0 };
    JZ_BUF_AUTO none = { 0 };
    load("baseline.jpg", &jpeg);
    add_part(&jpeg, "de", 3, 5, &second);
    expect_extended(&second, JZ_E_CORRUPT, NULL); /* begins in its middle */
    add_part(&second, "abc", 0, 5, &whole);
    expect_extended(&whole, JZ_OK, "abcde");
    add_part(&whole, "abc", 0, 5, &twice);
    expect_extended(&twice, JZ_E_CORRUPT, NULL);
    add_part(&jpeg, "abc", 0, 5, &first);
    expect_extended(&first, JZ_E_TRUNCATED, NULL);
    add_part(&jpeg, "", 0, 0, &none);
    expect_extended(&none, JZ_E_TRUNCATED, NULL);
}

#define MPF_AT 8 /* of the byte order, in the segment */

static void put_u32(uint8_t *p, size_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static size_t get_u32(const char *p)
{
    size_t v = 0;
    for (unsigned i = 0; i < 4; i++)
        v = v << 8 | (uint8_t)p[i];
    return v;
}

/* Two pictures with an index at an offset of the first: CIPA DC-007, 5.2. */
static void two_pictures(const jz_buf *jpeg, size_t at, const jz_buf *second, jz_buf *out)
{
    uint8_t index[4 + 8 + 2 + 3 * 12 + 4 + 2 * 16] = "MPF\0MM\0*\0\0\0\x08\0\x03"
                                                     "\xb0\0\0\x07\0\0\0\x04"
                                                     "0100"
                                                     "\xb0\x01\0\x04\0\0\0\x01\0\0\0\x02"
                                                     "\xb0\x02\0\x07\0\0\0\x20\0\0\0\x32";
    uint8_t *entries = index + 4 + 50;
    const size_t first = jpeg->len + 4 + sizeof index;
    put_u32(entries, 0x030000);
    put_u32(entries + 4, first);
    put_u32(entries + 20, second->len);
    put_u32(entries + 24, first - at - MPF_AT);
    add_segment(jpeg, at, 0xe2, (jz_bytes){ index, sizeof index }, out);
    jz_buf_put(out, second->ptr, second->len);
}

/* The index of the file tells where its second picture is, and how long the first one. */
static void expect_index(const jz_buf *made, const jz_buf *second)
{
    static const char *const exif[] = { "exiftool", "-b", "-MPImage2", "@", NULL };
    JZ_BUF_AUTO image = { 0 };
    const char *mpf = memmem(made->ptr, made->len, "MPF\0MM", 6);
    assert_non_null(mpf);
    const size_t base = (size_t)(mpf + 4 - made->ptr);
    const size_t first = made->len - second->len;
    assert_int_equal(get_u32(mpf + 4 + 50 + 4), first);
    assert_int_equal(get_u32(mpf + 4 + 50 + 20), second->len);
    assert_int_equal(get_u32(mpf + 4 + 50 + 24), first - base);
    if (fx_peer(bytes_of(made), ".jpg", exif, &image) == -1) {
        print_message("SKIP: no exiftool\n");
        return;
    }
    assert_int_equal(image.len, second->len);
    assert_memory_equal(image.ptr, second->ptr, image.len);
}

static void test_jpeg_multi_picture_index_stays_right(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO second = { 0 };
    JZ_BUF_AUTO before = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO behind = { 0 };
    JZ_BUF_AUTO longer = { 0 };
    JZ_BUF_AUTO shorter = { 0 };
    fx_metas all;
    load("baseline.jpg", &jpeg);
    load("grey.jpg", &second);
    two_pictures(&jpeg, JFIF_END, &second, &before);
    expect_index(&before, &second);
    assert_int_equal(edit(&before, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_OK);
    expect_index(&made, &second);
    add_segment(&jpeg, JFIF_END, 0xe1, text(XMP_HEAD "\0<x/>", sizeof XMP_HEAD + 4), &with);
    two_pictures(&with, JFIF_END, &second, &behind); /* the packet stands behind the index */
    expect_index(&behind, &second);
    list(&behind, &all);
    assert_int_equal(all.n, 1);
    assert_int_equal(edit(&behind, JZ_META_XMP, all.m[0].meta.at, XMP, &longer), JZ_OK);
    assert_int_equal(longer.len, behind.len + strlen(XMP) - 4);
    expect_index(&longer, &second);
    assert_int_equal(edit(&behind, JZ_META_XMP, all.m[0].meta.at, NULL, &shorter), JZ_OK);
    expect_index(&shorter, &second);
    fx_metas_done(&all);
}

static void test_jpeg_damaged_index_is_refused_where_it_matters(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO behind = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    load("baseline.jpg", &jpeg);
    add_segment(&jpeg, JFIF_END, 0xe1, text(XMP_HEAD "\0<x/>", sizeof XMP_HEAD + 4), &with);
    add_segment(&with, JFIF_END, 0xe2, text("MPF\0MM\0*\0\0\0\xff", 12), &behind);
    assert_int_equal(edit(&behind, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_OK);
    list(&behind, &all);
    assert_int_equal(edit(&behind, JZ_META_XMP, all.m[0].meta.at, XMP, &made), JZ_E_UNSUPPORTED);
    fx_metas_done(&all);
}

static void test_jpeg_what_follows_stays(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO made = { 0 };
    load("baseline.jpg", &jpeg);
    jz_buf_puts(&jpeg, "behind");
    assert_int_equal(edit(&jpeg, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_OK);
    expect_inserted(&jpeg, &made, JFIF_END);
}

static void test_jpeg_packets_of_exiftool_are_read(void **state)
{
    (void)state;
    static const char *const write[] = { "exiftool", "-q", "-XMP-dc:Format=image/jpeg", "-o", "-",
                                         "@",        NULL };
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    load("progressive.jpg", &jpeg);
    if (fx_peer(bytes_of(&jpeg), ".jpg", write, &made) != 0) {
        print_message("SKIP: no exiftool\n");
        skip();
    }
    list(&made, &all);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.kind, JZ_META_XMP);
    assert_non_null(strstr(all.m[0].value.ptr, "<dc:format>image/jpeg<"));
    fx_metas_done(&all);
}

static void test_jpeg_blocks_before_damage_are_listed(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    load("progressive.jpg", &jpeg);
    assert_int_equal(edit(&jpeg, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_OK);
    const jz_bytes cut = { (const uint8_t *)made.ptr, made.len - jpeg.len / 2 };
    assert_int_equal(fx_list(fx_carrier(cut), cut, &all, NULL), JZ_E_TRUNCATED);
    assert_int_equal(all.n, 1);
    fx_metas_done(&all);
}

static void test_jpeg_hurt_files_are_survived(void **state)
{
    (void)state;
    static const char *const names[] = { "baseline.jpg", "progressive.jpg" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO jpeg = { 0 };
        JZ_BUF_AUTO made = { 0 };
        load(names[i], &jpeg);
        assert_int_equal(edit(&jpeg, JZ_META_XMP, JZ_META_NEW, "<x/>", &made), JZ_OK);
        fx_hurt(bytes_of(&made), 3);
    }
}

static void test_jpeg_edit_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    JZ_BUF_AUTO jpeg = { 0 };
    JZ_BUF_AUTO icc = { 0 };
    JZ_BUF_AUTO made = { 0 };
    load("baseline.jpg", &jpeg);
    assert_int_equal(edit(&jpeg, JZ_META_XMP, jpeg.len + 9, XMP, &made), JZ_E_INVAL);
    assert_int_equal(edit(&jpeg, JZ_META_XMP, JZ_META_NEW, NULL, &made), JZ_E_INVAL);
    assert_int_equal(edit(&jpeg, JZ_META_RAW, JZ_META_NEW, "{}", &made), JZ_E_INVAL);
    assert_int_equal(edit(&jpeg, JZ_META_TEXT, JZ_META_NEW, "{}", &made), JZ_E_UNSUPPORTED);
    add_segment(&jpeg, JFIF_END, 0xe2, text("ICC_PROFILE\0AIGC", 16), &icc);
    assert_int_equal(edit(&icc, JZ_META_RAW, JFIF_END + 4, NULL, &made), JZ_E_UNSUPPORTED);
    jpeg.len -= 2; /* no EOI */
    assert_int_equal(edit(&jpeg, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_E_TRUNCATED);
    jpeg.ptr[JFIF_END] = 'x'; /* no marker behind APP0 */
    assert_int_equal(edit(&jpeg, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_E_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jpeg_round_trips),
        cmocka_unit_test(test_jpeg_pixels_stay),
        cmocka_unit_test(test_jpeg_real_pictures_round_trip),
        cmocka_unit_test(test_jpeg_new_xmp_stands_behind_app0_and_exif),
        cmocka_unit_test(test_jpeg_exif_is_listed_and_replaced),
        cmocka_unit_test(test_jpeg_xmp_has_a_limit),
        cmocka_unit_test(test_jpeg_blocks_behind_the_first_scan_are_found),
        cmocka_unit_test(test_jpeg_extended_xmp_is_joined_and_not_changed),
        cmocka_unit_test(test_jpeg_multi_picture_index_stays_right),
        cmocka_unit_test(test_jpeg_damaged_index_is_refused_where_it_matters),
        cmocka_unit_test(test_jpeg_what_follows_stays),
        cmocka_unit_test(test_jpeg_packets_of_exiftool_are_read),
        cmocka_unit_test(test_jpeg_blocks_before_damage_are_listed),
        cmocka_unit_test(test_jpeg_hurt_files_are_survived),
        cmocka_unit_test(test_jpeg_edit_refuses_what_it_does_not_understand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
