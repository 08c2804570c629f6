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
    "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='image/webp'/></rdf:RDF></x:xmpmeta>"

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

/* The pixels as dwebp decodes them, whatever stands around them; false where it cannot. */
static bool pixels(const jz_buf *webp, jz_buf *out)
{
    static const char *const dwebp[] = { "dwebp", "-quiet", "-pam", "@", "-o", "-", NULL };
    const int rc = fx_peer(bytes_of(webp), ".webp", dwebp, out);
    assert_true(rc == 0 || rc == -1);
    return rc == 0;
}

static void put(const jz_buf *webp, jz_meta_kind kind, uint64_t at, const char *value, jz_buf *out)
{
    const jz_meta_edit e = { kind, at, { (const uint8_t *)value, value ? strlen(value) : 0 } };
    jz_err err = { 0 };
    if (fx_edit(fx_carrier(bytes_of(webp)), bytes_of(webp), &e, 1, out, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

static void round_trip(const char *name, bool data, bool still)
{
    static const char *const info[] = { "webpinfo", "-quiet", "@", NULL };
    static const char *const exif[] = { "exiftool", "-a", "-XMP-dc:Format", "@", NULL };
    JZ_BUF_AUTO webp = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO before = { 0 };
    JZ_BUF_AUTO after = { 0 };
    if (!fx_load(name, data, &webp)) {
        print_message("SKIP: no %s\n", name);
        return;
    }
    fx_round_trip(bytes_of(&webp), XMP, &made);
    peer_prints(bytes_of(&made), ".webp", info, NULL);
    peer_prints(bytes_of(&made), ".webp", exif, "image/webp");
    if (!still || !pixels(&webp, &before) || !pixels(&made, &after))
        return;
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.ptr, after.ptr, after.len);
}

static void test_webp_round_trips(void **state)
{
    (void)state;
    round_trip("media/lossy.webp", false, true);
    round_trip("media/lossless.webp", false, true);
    round_trip("media/anim.webp", false, false);
    round_trip("media/orient8.webp", false, true);
    round_trip("formats/sample1.webp", true, true);
    round_trip("formats/test_lossless.webp", true, true);
    round_trip("formats/test_xmp.webp", true, true);
}

/* The VP8X chunk that a simple file gets. */
static void expect_vp8x(const char *name, uint8_t flags, size_t bits_at, bool lossless)
{
    JZ_BUF_AUTO webp = { 0 };
    JZ_BUF_AUTO made = { 0 };
    const uint8_t vp8x[18] = {
        'V', 'P', '8', 'X', 10, 0, 0, 0, flags, 0, 0, 0, 51, 0, 0, 35, 0, 0
    };
    assert_true(fx_load(name, false, &webp));
    if (lossless)
        webp.ptr[bits_at] = (char)(webp.ptr[bits_at] | 0x10); /* alpha_is_used */
    put(&webp, JZ_META_XMP, JZ_META_NEW, XMP, &made);
    assert_memory_equal(made.ptr + 12, vp8x, sizeof vp8x);
    assert_memory_equal(made.ptr + 30, webp.ptr + 12, webp.len - 12);
    assert_memory_equal(made.ptr + 18 + webp.len, "XMP ", 4);
}

static void test_webp_simple_files_become_extended_ones(void **state)
{
    (void)state;
    expect_vp8x("media/lossy.webp", 0x04, 0, false);
    expect_vp8x("media/lossless.webp", 0x14, 24, true);
}

static void test_webp_flag_goes_with_the_last_packet(void **state)
{
    (void)state;
    JZ_BUF_AUTO webp = { 0 };
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    JZ_BUF_AUTO left = { 0 };
    JZ_BUF_AUTO none = { 0 };
    fx_metas all;
    assert_true(fx_load("media/orient8.webp", false, &webp));
    assert_int_equal(webp.ptr[20], 0x08);
    put(&webp, JZ_META_XMP, JZ_META_NEW, "<a/>", &one);
    put(&one, JZ_META_XMP, JZ_META_NEW, "<b/>", &two);
    for (unsigned i = 2; i > 0; i--) {
        const jz_buf *from = i == 2 ? &two : &left;
        assert_int_equal(from->ptr[20], 0x0c);
        assert_int_equal(fx_list(fx_carrier(bytes_of(from)), bytes_of(from), &all, NULL), JZ_OK);
        assert_int_equal(all.n, i + 1);
        put(from, JZ_META_XMP, all.m[i].meta.at, NULL, i == 2 ? &left : &none);
        fx_metas_done(&all);
    }
    assert_int_equal(none.len, webp.len);
    assert_memory_equal(none.ptr, webp.ptr, webp.len);
}

static void test_webp_exif_prefix_is_passed_over_and_kept(void **state)
{
    (void)state;
    static const char exif[] = "Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0";
    JZ_BUF_AUTO webp = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    assert_true(fx_load("media/lossy.webp", false, &webp));
    const jz_carrier *c = fx_carrier(bytes_of(&webp));
    jz_meta_edit e = { JZ_META_EXIF, JZ_META_NEW, { (const uint8_t *)exif, sizeof exif - 1 } };
    assert_int_equal(fx_edit(c, bytes_of(&webp), &e, 1, &with, NULL), JZ_OK);
    assert_int_equal(with.ptr[20], 0x08);
    assert_int_equal(fx_list(c, bytes_of(&with), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_memory_equal(all.m[0].value.ptr, "II*", 4);
    e = (jz_meta_edit){ JZ_META_EXIF, all.m[0].meta.at, { (const uint8_t *)"MM\0*xyz", 7 } };
    fx_metas_done(&all);
    assert_int_equal(fx_edit(c, bytes_of(&with), &e, 1, &made, NULL), JZ_OK);
    assert_memory_equal(made.ptr + made.len - 14, "Exif\0\0MM\0*xyz", 14);
    assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
    assert_memory_equal(all.m[0].value.ptr, "MM\0*xyz", 7);
    fx_metas_done(&all);
}

static void test_webp_packets_of_others_are_read(void **state)
{
    (void)state;
    JZ_BUF_AUTO webp = { 0 };
    fx_metas all;
    if (!fx_load("formats/test_xmp.webp", true, &webp)) {
        print_message("SKIP: no JZ_TEST_DATA\n");
        skip();
    }
    assert_int_equal(fx_list(fx_carrier(bytes_of(&webp)), bytes_of(&webp), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.m[0].meta.kind, JZ_META_EXIF);
    assert_int_equal(all.m[1].meta.kind, JZ_META_XMP);
    assert_non_null(strstr(all.m[1].value.ptr, "<x:xmpmeta"));
    fx_metas_done(&all);
}

static void test_webp_what_follows_the_riff_chunk_stays(void **state)
{
    (void)state;
    JZ_BUF_AUTO webp = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load("media/lossy.webp", false, &webp));
    jz_buf_puts(&webp, "behind");
    put(&webp, JZ_META_XMP, JZ_META_NEW, XMP, &made);
    assert_string_equal(made.ptr + made.len - 6, "behind");
    assert_memory_equal(made.ptr + made.len - 6 - strlen(XMP) - strlen(XMP) % 2, XMP, strlen(XMP));
}

static void test_webp_hurt_files_are_survived(void **state)
{
    (void)state;
    static const char *const names[] = { "media/lossy.webp", "media/anim.webp" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO webp = { 0 };
        JZ_BUF_AUTO made = { 0 };
        assert_true(fx_load(names[i], false, &webp));
        put(&webp, JZ_META_XMP, JZ_META_NEW, "<x/>", &made);
        fx_hurt(bytes_of(&made), 3);
    }
}

static void test_webp_edit_refuses_a_cut_file_and_a_wrong_place(void **state)
{
    (void)state;
    JZ_BUF_AUTO webp = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load("media/anim.webp", false, &webp));
    const jz_carrier *c = fx_carrier(bytes_of(&webp));
    jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, { (const uint8_t *)XMP, strlen(XMP) } };
    const jz_bytes cut = { (const uint8_t *)webp.ptr, webp.len - 5 };
    assert_int_equal(fx_edit(c, cut, &e, 1, &made, NULL), JZ_E_TRUNCATED);
    e.at = 20;
    assert_int_equal(fx_edit(c, bytes_of(&webp), &e, 1, &made, NULL), JZ_E_INVAL);
    webp.ptr[12] = 'X'; /* what begins it is no VP8X any more */
    e.at = JZ_META_NEW;
    assert_int_equal(fx_edit(c, bytes_of(&webp), &e, 1, &made, NULL), JZ_E_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_webp_round_trips),
        cmocka_unit_test(test_webp_simple_files_become_extended_ones),
        cmocka_unit_test(test_webp_flag_goes_with_the_last_packet),
        cmocka_unit_test(test_webp_exif_prefix_is_passed_over_and_kept),
        cmocka_unit_test(test_webp_packets_of_others_are_read),
        cmocka_unit_test(test_webp_what_follows_the_riff_chunk_stays),
        cmocka_unit_test(test_webp_hurt_files_are_survived),
        cmocka_unit_test(test_webp_edit_refuses_a_cut_file_and_a_wrong_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
