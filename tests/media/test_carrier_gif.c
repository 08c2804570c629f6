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
    "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='image/gif'/></rdf:RDF></x:xmpmeta>"
#define COLOURS_END (13 + 768)      /* of anim.gif and still.gif: a table of 256 colours */
#define LOOP_END (COLOURS_END + 19) /* the same: behind NETSCAPE2.0 */
#define XMP_HEAD 14

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static void insert(const jz_buf *gif, size_t at, const void *data, size_t len, jz_buf *out)
{
    jz_buf_put(out, gif->ptr, at);
    jz_buf_put(out, data, len);
    jz_buf_put(out, gif->ptr + at, gif->len - at);
}

static void list(const jz_buf *gif, fx_metas *out)
{
    jz_err err = { 0 };
    if (fx_list(fx_carrier(bytes_of(gif)), bytes_of(gif), out, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

static jz_status edit(const jz_buf *gif, jz_meta_kind kind, uint64_t at, const char *value,
                      jz_buf *out)
{
    const jz_meta_edit e = { kind, at, { (const uint8_t *)value, value ? strlen(value) : 0 } };
    return fx_edit(fx_carrier(bytes_of(gif)), bytes_of(gif), &e, 1, out, NULL);
}

/* Sums and times of the decoded frames; a packet of ffmpeg has the file's header in it. */
static bool frames(const jz_buf *gif, jz_buf *out)
{
    static const char *const argv[] = { "ffmpeg", "-v", "error",    "-i", "@", "-pix_fmt",
                                        "rgba",   "-f", "framemd5", "-",  NULL };
    const int rc = fx_peer(bytes_of(gif), ".gif", argv, out);
    assert_true(rc == 0 || rc == -1);
    return rc == 0;
}

static void expect_same_frames(const jz_buf *a, const jz_buf *b)
{
    JZ_BUF_AUTO before = { 0 };
    JZ_BUF_AUTO after = { 0 };
    if (!frames(a, &before) || !frames(b, &after)) {
        print_message("SKIP: no ffmpeg\n");
        return;
    }
    assert_non_null(strstr(before.ptr, "\n0, "));
    assert_string_equal(before.ptr, after.ptr);
}

static void round_trip(const char *name, bool data)
{
    static const char *const exif[] = { "exiftool", "-a", "-XMP-dc:Format", "@", NULL };
    static const char *const all_frames[] = { "identify-im6.q16", "-regard-warnings", "@", NULL };
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO made = { 0 };
    if (!fx_load(name, data, &gif)) {
        print_message("SKIP: no %s\n", name);
        return;
    }
    fx_round_trip(bytes_of(&gif), XMP, &made);
    peer_prints(bytes_of(&made), ".gif", exif, "image/gif");
    peer_prints(bytes_of(&made), ".gif", all_frames, "GIF");
    expect_same_frames(&gif, &made);
}

static void test_gif_round_trips(void **state)
{
    (void)state;
    round_trip("media/still.gif", false);
    round_trip("media/anim.gif", false);
    round_trip("formats/sample1.gif", true);
}

/* What is inserted stands in one place, and is as XMP part 3 wants it. */
static void expect_inserted(const char *name)
{
    const size_t at = LOOP_END;
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load(name, false, &gif));
    assert_int_equal(edit(&gif, JZ_META_XMP, JZ_META_NEW, "<x/>", &made), JZ_OK);
    assert_int_equal(made.len, gif.len + XMP_HEAD + 4 + 258);
    assert_memory_equal(made.ptr, gif.ptr, at);
    assert_memory_equal(made.ptr + at, "\x21\xff\x0bXMP DataXMP<x/>\x01\xff\xfe\xfd", 22);
    assert_memory_equal(made.ptr + at + XMP_HEAD + 4 + 254, "\x02\x01\0\0", 4);
    assert_memory_equal(made.ptr + at + XMP_HEAD + 4 + 258, gif.ptr + at, gif.len - at);
    expect_same_frames(&gif, &made);
}

static void test_gif_new_xmp_stands_before_the_pictures(void **state)
{
    (void)state;
    expect_inserted("media/still.gif");
    expect_inserted("media/anim.gif");
}

static void test_gif87a_becomes_gif89a(void **state)
{
    (void)state;
    /* One pixel, two colours. */
    static const char old[] = "GIF87a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0"
                              "\2\2\x44\1\0;";
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_buf_put(&gif, old, sizeof old - 1);
    fx_round_trip(bytes_of(&gif), XMP, &made);
    assert_memory_equal(made.ptr, "GIF89a", 6);
    assert_memory_equal(made.ptr + 6, old + 6, 13);
    assert_memory_equal(made.ptr + 19, "\x21\xff\x0bXMP DataXMP", XMP_HEAD);
    expect_same_frames(&gif, &made);
}

static void test_gif_comments_with_the_key_are_listed_and_taken_out(void **state)
{
    (void)state;
    static const char other[] = "\x21\xfe\5hello\0";
    static const char comment[] = "\x21\xfe\3\"ai\5gc\":1\0"; /* the key in two sub-blocks */
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    assert_true(fx_load("media/anim.gif", false, &gif));
    insert(&gif, gif.len - 1, other, sizeof other - 1, &one);
    insert(&one, one.len - 1, comment, sizeof comment - 1, &two);
    list(&two, &all);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.kind, JZ_META_RAW);
    assert_string_equal(all.m[0].value.ptr, "\"aigc\":1");
    assert_int_equal(all.m[0].meta.size, 10);
    assert_int_equal(edit(&two, JZ_META_RAW, all.m[0].meta.at, "{}", &made), JZ_E_INVAL);
    assert_int_equal(edit(&two, JZ_META_RAW, all.m[0].meta.at, NULL, &made), JZ_OK);
    assert_int_equal(made.len, one.len);
    assert_memory_equal(made.ptr, one.ptr, one.len);
    fx_metas_done(&all);
}

/* Some writers put the packet in sub-blocks, without the trailer. */
static void test_gif_xmp_in_sub_blocks_is_read_and_replaced(void **state)
{
    (void)state;
    static const char ext[] = "\x21\xff\x0bXMP DataXMP\2<x\2/>\0";
    static const char bad[] = "\x21\xff\x0bXMP DataXMP\2no\0";
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO hurt = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    assert_true(fx_load("media/still.gif", false, &gif));
    insert(&gif, gif.len - 1, ext, sizeof ext - 1, &with);
    insert(&with, COLOURS_END, bad, sizeof bad - 1, &hurt);
    list(&hurt, &all);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.m[0].meta.passed, JZ_E_CORRUPT);
    assert_null(all.m[0].meta.value.ptr);
    assert_string_equal(all.m[1].value.ptr, "<x/>");
    assert_int_equal(edit(&hurt, JZ_META_XMP, all.m[1].meta.at, XMP, &made), JZ_OK);
    fx_metas_done(&all);
    list(&made, &all);
    assert_int_equal(all.n, 2);
    assert_string_equal(all.m[1].value.ptr, XMP);
    fx_metas_done(&all);
}

static void test_gif_packets_of_exiftool_are_read(void **state)
{
    (void)state;
    static const char *const write[] = { "exiftool", "-q", "-XMP-dc:Format=image/gif", "-o", "-",
                                         "@",        NULL };
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    assert_true(fx_load("media/anim.gif", false, &gif));
    if (fx_peer(bytes_of(&gif), ".gif", write, &with) != 0) {
        print_message("SKIP: no exiftool\n");
        skip();
    }
    list(&with, &all);
    assert_int_equal(all.n, 1);
    assert_non_null(strstr(all.m[0].value.ptr, "<dc:format>image/gif<"));
    assert_int_equal(edit(&with, JZ_META_XMP, all.m[0].meta.at, NULL, &made), JZ_OK);
    fx_metas_done(&all);
    assert_int_equal(made.len, gif.len);
    assert_memory_equal(made.ptr, gif.ptr, gif.len);
}

static void test_gif_stray_zeros_are_read_over_and_not_edited(void **state)
{
    (void)state;
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    assert_true(fx_load("media/still.gif", false, &gif));
    insert(&gif, COLOURS_END, "\0\0", 2, &with);
    list(&with, &all);
    assert_int_equal(all.n, 0);
    assert_int_equal(edit(&with, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_E_CORRUPT);
}

static void test_gif_what_follows_stays(void **state)
{
    (void)state;
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load("media/still.gif", false, &gif));
    jz_buf_puts(&gif, "behind");
    assert_int_equal(edit(&gif, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_OK);
    assert_string_equal(made.ptr + made.len - 7, ";behind");
}

/* A comment of 4 MiB and more, in sub-blocks of 255 bytes. */
static void test_gif_too_large_a_comment_is_told(void **state)
{
    (void)state;
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO comment = { 0 };
    JZ_BUF_AUTO with = { 0 };
    fx_metas all;
    assert_true(fx_load("media/still.gif", false, &gif));
    jz_buf_put(&comment, "\x21\xfe", 2);
    for (size_t i = 0; i <= JZ_META_MAX / 255; i++)
        jz_buf_printf(&comment, "\xff%0255d", 0);
    jz_buf_putc(&comment, 0);
    insert(&gif, LOOP_END, comment.ptr, comment.len, &with);
    list(&with, &all);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.passed, JZ_E_LIMIT);
    assert_null(all.m[0].meta.value.ptr);
    fx_metas_done(&all);
}

static void test_gif_blocks_before_damage_are_listed(void **state)
{
    (void)state;
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    assert_true(fx_load("media/anim.gif", false, &gif));
    assert_int_equal(edit(&gif, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_OK);
    const jz_bytes cut = { (const uint8_t *)made.ptr, made.len - 9 };
    assert_int_equal(fx_list(fx_carrier(cut), cut, &all, NULL), JZ_E_TRUNCATED);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].value.ptr, XMP);
    fx_metas_done(&all);
}

static void test_gif_hurt_files_are_survived(void **state)
{
    (void)state;
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load("media/anim.gif", false, &gif));
    assert_int_equal(edit(&gif, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_OK);
    fx_hurt(bytes_of(&made), 5);
}

static void test_gif_edit_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    static const char other[] = "\x21\xff\x0bSOMEBODY1.0\4aigc\0";
    JZ_BUF_AUTO gif = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load("media/still.gif", false, &gif));
    const jz_meta_edit zero = { JZ_META_XMP, JZ_META_NEW, { (const uint8_t *)"<\0x/>", 5 } };
    assert_int_equal(fx_edit(fx_carrier(bytes_of(&gif)), bytes_of(&gif), &zero, 1, &made, NULL),
                     JZ_E_UNSUPPORTED);
    assert_int_equal(edit(&gif, JZ_META_EXIF, JZ_META_NEW, "II*", &made), JZ_E_UNSUPPORTED);
    assert_int_equal(edit(&gif, JZ_META_TEXT, JZ_META_NEW, "{}", &made), JZ_E_UNSUPPORTED);
    assert_int_equal(edit(&gif, JZ_META_XMP, JZ_META_NEW, NULL, &made), JZ_E_INVAL);
    assert_int_equal(edit(&gif, JZ_META_XMP, COLOURS_END, XMP, &made), JZ_E_INVAL);
    insert(&gif, COLOURS_END, other, sizeof other - 1, &with);
    assert_int_equal(edit(&with, JZ_META_RAW, COLOURS_END + XMP_HEAD, NULL, &made),
                     JZ_E_UNSUPPORTED);
    gif.len--; /* no trailer */
    assert_int_equal(edit(&gif, JZ_META_XMP, JZ_META_NEW, XMP, &made), JZ_E_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gif_round_trips),
        cmocka_unit_test(test_gif_new_xmp_stands_before_the_pictures),
        cmocka_unit_test(test_gif87a_becomes_gif89a),
        cmocka_unit_test(test_gif_comments_with_the_key_are_listed_and_taken_out),
        cmocka_unit_test(test_gif_xmp_in_sub_blocks_is_read_and_replaced),
        cmocka_unit_test(test_gif_packets_of_exiftool_are_read),
        cmocka_unit_test(test_gif_stray_zeros_are_read_over_and_not_edited),
        cmocka_unit_test(test_gif_what_follows_stays),
        cmocka_unit_test(test_gif_too_large_a_comment_is_told),
        cmocka_unit_test(test_gif_blocks_before_damage_are_listed),
        cmocka_unit_test(test_gif_hurt_files_are_survived),
        cmocka_unit_test(test_gif_edit_refuses_what_it_does_not_understand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
