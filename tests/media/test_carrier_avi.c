/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "carrier_peers.h"

#define JSON "{\"Label\":\"1\",\"ContentProducer\":\"a test\"}"
#define JUNK_AT 4684 /* in mpeg4.avi, between hdrl and movi; 8 + 1016 bytes */
#define JUNK_BYTES 1024
#define JUNK_END (JUNK_AT + JUNK_BYTES)

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static void put(const jz_buf *avi, uint64_t at, const char *value, jz_buf *out)
{
    const jz_meta_edit e = { JZ_META_TEXT,
                             at,
                             { (const uint8_t *)value, value ? strlen(value) : 0 } };
    jz_err err = { 0 };
    if (fx_edit(fx_carrier(bytes_of(avi)), bytes_of(avi), &e, 1, out, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

static void put_u32(jz_buf *b, size_t at, size_t v)
{
    for (unsigned i = 0; i < 4; i++)
        b->ptr[at + i] = (char)(uint8_t)(v >> 8 * i);
}

/* The only text of the file, which must be value; its offset. */
static uint64_t only(const jz_buf *avi, const char *value)
{
    fx_metas all;
    assert_int_equal(fx_list(fx_carrier(bytes_of(avi)), bytes_of(avi), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].meta.where, "LIST INFO");
    assert_string_equal(all.m[0].value.ptr, value);
    const uint64_t at = all.m[0].meta.at;
    fx_metas_done(&all);
    return at;
}

/* mpeg4.avi with a JUNK chunk of so many bytes between hdrl and movi, or none. */
static void load(size_t junk, jz_buf *out)
{
    JZ_BUF_AUTO avi = { 0 };
    assert_true(fx_load("media/mpeg4.avi", false, &avi));
    assert_memory_equal(avi.ptr + JUNK_AT, "JUNK\xf8\3\0\0", 8);
    assert_true(junk == 0 || (junk >= 8 && junk <= JUNK_BYTES));
    jz_buf_put(out, avi.ptr, JUNK_AT + junk);
    jz_buf_put(out, avi.ptr + JUNK_END, avi.len - JUNK_END);
    if (junk > 0)
        put_u32(out, JUNK_AT + 4, junk - 8);
    put_u32(out, 4, out->len - 8);
}

/* A list of n bytes in the room of the JUNK chunk, and what is left of that. */
static void test_avi_new_text_takes_the_room_of_junk(void **state)
{
    (void)state;
    static const char *const probe[] = { "ffprobe", "-v", "error", "-show_format", "@", NULL };
    const size_t list = 12 + 8 + strlen(JSON);
    JZ_BUF_AUTO avi = { 0 };
    JZ_BUF_AUTO made = { 0 };
    load(JUNK_BYTES, &avi);
    put(&avi, JZ_META_NEW, JSON, &made);
    (void)only(&made, JSON);
    assert_int_equal(strlen(JSON) % 2, 0);
    assert_int_equal(made.len, avi.len);
    assert_memory_equal(made.ptr, avi.ptr, JUNK_AT);
    assert_memory_equal(made.ptr + JUNK_END, avi.ptr + JUNK_END, avi.len - JUNK_END);
    assert_memory_equal(made.ptr + JUNK_AT + list, "JUNK", 4);
    assert_int_equal((uint8_t)made.ptr[JUNK_AT + list + 4], (JUNK_BYTES - list - 8) & 0xff);
    peer_prints(bytes_of(&made), ".avi", probe, "TAG:AIGC=" JSON);
}

static void round_trip(const jz_buf *avi)
{
    static const char *const exif[] = { "exiftool", "-u", "-b", "-RIFF:Unknown_AIGC", "@", NULL };
    JZ_BUF_AUTO made = { 0 };
    fx_round_trip(bytes_of(avi), JSON, &made);
    peer_same_packets(bytes_of(avi), bytes_of(&made), ".avi");
    peer_prints(bytes_of(&made), ".avi", exif, JSON);
}

static void test_avi_round_trips(void **state)
{
    (void)state;
    const size_t junk[] = { JUNK_BYTES, 0, 8, 12 + 8 + strlen(JSON), 20 + 8 + strlen(JSON) };
    for (size_t i = 0; i < JZ_ARRAY_LEN(junk); i++) {
        JZ_BUF_AUTO avi = { 0 };
        load(junk[i], &avi);
        round_trip(&avi);
    }
    JZ_BUF_AUTO real = { 0 };
    if (!fx_load("formats/test.avi", true, &real)) {
        print_message("SKIP: no JZ_TEST_DATA\n");
        return;
    }
    round_trip(&real);
}

/* Without room the list goes behind the index; what is there may grow. */
static void test_avi_without_room_the_list_goes_to_the_end(void **state)
{
    (void)state;
    JZ_BUF_AUTO avi = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO more = { 0 };
    load(0, &avi);
    put(&avi, JZ_META_NEW, "{}", &made);
    assert_memory_equal(made.ptr + avi.len, "LIST\x0e\0\0\0INFOAIGC\2\0\0\0{}", 22);
    assert_memory_equal(made.ptr + 8, avi.ptr + 8, avi.len - 8);
    put(&made, only(&made, "{}"), JSON, &more);
    assert_int_equal(more.len, made.len + strlen(JSON) - 2);
    assert_memory_equal(more.ptr + 8, avi.ptr + 8, avi.len - 8);
    (void)only(&more, JSON);
}

/* A text that outgrows its room moves; nothing of it is left behind in the JUNK. */
static void test_avi_outgrown_text_moves_and_leaves_junk(void **state)
{
    (void)state;
    JZ_BUF_AUTO avi = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO more = { 0 };
    JZ_BUF_AUTO longer = { 0 };
    load(12 + 8 + strlen(JSON), &avi);
    put(&avi, JZ_META_NEW, JSON, &made);
    assert_int_equal(made.len, avi.len);
    jz_buf_printf(&longer, "[%s,%s]", JSON, JSON);
    put(&made, only(&made, JSON), longer.ptr, &more);
    assert_true(only(&more, longer.ptr) > avi.len);
    assert_null(memmem(more.ptr, avi.len, JSON, strlen(JSON)));
    peer_same_packets(bytes_of(&avi), bytes_of(&more), ".avi");
}

/* OpenDML: a second RIFF chunk, whose frames have addresses from the file's start. */
static void test_avi_of_several_riff_chunks_is_edited_only_where_there_is_room(void **state)
{
    (void)state;
    static const char avix[] = "RIFF\x10\0\0\0AVIXLIST\4\0\0\0movi";
    JZ_BUF_AUTO avi = { 0 };
    JZ_BUF_AUTO narrow = { 0 };
    JZ_BUF_AUTO made = { 0 };
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, { (const uint8_t *)"{}", 2 } };
    load(JUNK_BYTES, &avi);
    jz_buf_put(&avi, avix, sizeof avix - 1);
    put(&avi, JZ_META_NEW, JSON, &made);
    (void)only(&made, JSON);
    assert_int_equal(made.len, avi.len);
    load(0, &narrow);
    jz_buf_put(&narrow, avix, sizeof avix - 1);
    jz_buf_reset(&made);
    assert_int_equal(fx_edit(fx_carrier(bytes_of(&narrow)), bytes_of(&narrow), &e, 1, &made, NULL),
                     JZ_E_UNSUPPORTED);
}

/* An INFO list in hdrl, and one text too many. */
static void test_avi_two_edits_in_one_list(void **state)
{
    (void)state;
    static const char info[] = "LIST\x22\0\0\0INFOAIGC\2\0\0\0{}ISFT\2\0\0\0x\0AIGC\2\0\0\0[]";
    JZ_BUF_AUTO avi = { 0 };
    JZ_BUF_AUTO with = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    load(JUNK_BYTES, &avi);
    jz_buf_put(&with, avi.ptr, JUNK_AT);
    jz_buf_put(&with, info, sizeof info - 1);
    jz_buf_put(&with, avi.ptr + JUNK_AT, avi.len - JUNK_AT);
    with.ptr[JUNK_AT + 4] = sizeof info - 1 - 8;
    put_u32(&with, 4, with.len - 8);
    put_u32(&with, 16, JUNK_AT - 20 + sizeof info - 1); /* hdrl takes it in */
    const jz_carrier *c = fx_carrier(bytes_of(&with));
    assert_int_equal(fx_list(c, bytes_of(&with), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 2);
    const jz_meta_edit e[] = {
        { JZ_META_TEXT, all.m[1].meta.at, { NULL, 0 } },
        { JZ_META_TEXT, all.m[0].meta.at, { (const uint8_t *)"{\"a\":1}", 7 } }
    };
    fx_metas_done(&all);
    assert_int_equal(fx_edit(c, bytes_of(&with), e, 2, &made, NULL), JZ_OK);
    (void)only(&made, "{\"a\":1}");
    peer_same_packets(bytes_of(&with), bytes_of(&made), ".avi");
}

static void test_avi_hurt_files_are_survived(void **state)
{
    (void)state;
    JZ_BUF_AUTO avi = { 0 };
    JZ_BUF_AUTO made = { 0 };
    load(64, &avi);
    put(&avi, JZ_META_NEW, "{}", &made);
    fx_hurt(bytes_of(&made), 5);
}

static void test_avi_edit_refuses_a_cut_file_and_a_wrong_place(void **state)
{
    (void)state;
    JZ_BUF_AUTO avi = { 0 };
    JZ_BUF_AUTO made = { 0 };
    load(JUNK_BYTES, &avi);
    const jz_carrier *c = fx_carrier(bytes_of(&avi));
    jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, { (const uint8_t *)"{}", 2 } };
    const jz_bytes cut = { (const uint8_t *)avi.ptr, avi.len - 1 };
    assert_int_equal(fx_edit(c, cut, &e, 1, &made, NULL), JZ_E_TRUNCATED);
    e.at = JUNK_AT + 8;
    assert_int_equal(fx_edit(c, bytes_of(&avi), &e, 1, &made, NULL), JZ_E_INVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_avi_new_text_takes_the_room_of_junk),
        cmocka_unit_test(test_avi_round_trips),
        cmocka_unit_test(test_avi_without_room_the_list_goes_to_the_end),
        cmocka_unit_test(test_avi_outgrown_text_moves_and_leaves_junk),
        cmocka_unit_test(test_avi_of_several_riff_chunks_is_edited_only_where_there_is_room),
        cmocka_unit_test(test_avi_two_edits_in_one_list),
        cmocka_unit_test(test_avi_hurt_files_are_survived),
        cmocka_unit_test(test_avi_edit_refuses_a_cut_file_and_a_wrong_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
