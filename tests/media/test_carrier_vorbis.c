/* SPDX-License-Identifier: Apache-2.0 */
/* FLAC and Ogg: the texts of Vorbis comments. */
#include "carrier_fixture.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "carrier_peers.h"

#define VALUE "{\"Label\":\"1\",\"ContentProducer\":\"p\",\"ProduceID\":\"i\"}"

static const struct {
    const char *name;
    bool data;
    const char *suffix;
} samples[] = {
    { "media/vorbis.ogg", false, ".ogg" },     { "media/opus.ogg", false, ".ogg" },
    { "media/flac.ogg", false, ".ogg" },       { "media/theora.ogv", false, ".ogv" },
    { "formats/sample1.flac", true, ".flac" },
};

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static void test_vorbis_round_trips_keep_the_packets(void **state)
{
    (void)state;
    static const char *const probe[] = { "ffprobe",      "-v", "error", "-show_streams",
                                         "-show_format", "@",  NULL };
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        if (!fx_load(samples[i].name, samples[i].data, &file)) {
            print_message("SKIP: %s is not there\n", samples[i].name);
            continue;
        }
        fx_round_trip(bytes_of(&file), VALUE, &made);
        peer_same_streams(bytes_of(&file), bytes_of(&made), samples[i].suffix);
        peer_prints(bytes_of(&made), samples[i].suffix, probe, "AIGC=" VALUE);
    }
}

/* So long a text takes more pages, and all that follow get new numbers and checksums: ffmpeg
 * refuses pages whose checksum is wrong, and tells of numbers that are missing. (It reads no such
 * comments of Theora, whose headers it keeps with 16-bit sizes.) */
static void test_ogg_text_of_many_pages(void **state)
{
    (void)state;
    JZ_BUF_AUTO value = { 0 };
    for (unsigned i = 0; i < 200000; i++)
        jz_buf_putc(&value, (char)('a' + i % 26));
    for (size_t i = 0; i < 3; i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        assert_true(fx_load(samples[i].name, false, &file));
        fx_round_trip(bytes_of(&file), value.ptr, &made);
        peer_same_streams(bytes_of(&file), bytes_of(&made), samples[i].suffix);
    }
}

/* A FLAC file of nothing but STREAMINFO, which is the last block, and one with padding. */
static void put_block(jz_buf *out, uint8_t type, size_t size)
{
    const uint8_t head[4] = { type, 0, (uint8_t)(size >> 8), (uint8_t)size };
    jz_buf_put(out, head, sizeof head);
    for (size_t i = 0; i < size; i++)
        jz_buf_putc(out, 0);
}

static void test_flac_without_comments_gets_a_block(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_buf_puts(&file, "fLaC");
    put_block(&file, 0x80, 34);
    jz_buf_puts(&file, "frames");
    fx_round_trip(bytes_of(&file), VALUE, &made);
    assert_int_equal((uint8_t)made.ptr[4], 0);
    assert_int_equal((uint8_t)made.ptr[42], 0x84);
    assert_memory_equal(made.ptr + made.len - 6, "frames", 6);
}

static void test_flac_padding_gives_way(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, { (const uint8_t *)VALUE, strlen(VALUE) } };
    jz_buf_puts(&file, "fLaC");
    put_block(&file, 0, 34);
    put_block(&file, 0x81, 1000);
    jz_buf_puts(&file, "frames");
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_OK);
    assert_int_equal(made.len, file.len);
    assert_memory_equal(made.ptr + made.len - 6, "frames", 6);
}

static void test_vorbis_hurt_files_are_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        assert_true(fx_load(samples[i].name, false, &file));
        fx_round_trip(bytes_of(&file), VALUE, &made);
        fx_hurt(bytes_of(&made), 7);
    }
}

static void test_vorbis_edit_refuses_a_cut_file_and_a_wrong_place(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, { (const uint8_t *)VALUE, strlen(VALUE) } };
    assert_true(fx_load("media/vorbis.ogg", false, &file));
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    const jz_bytes cut = { (const uint8_t *)file.ptr, file.len - 3 };
    assert_int_equal(fx_edit(c, cut, &e, 1, &made, NULL), JZ_E_TRUNCATED);
    e.at = 5;
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_E_INVAL);
}

static void test_vorbis_allocations_fail_cleanly(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, { (const uint8_t *)VALUE, strlen(VALUE) } };
    assert_true(fx_load("media/theora.ogv", false, &file));
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    for (unsigned n = 0;; n++) {
        JZ_BUF_AUTO made = { 0 };
        jz_fault_arm(n);
        const jz_status st = fx_edit(c, bytes_of(&file), &e, 1, &made, NULL);
        if (!jz_fault_fired())
            break;
        assert_int_equal(st, JZ_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vorbis_round_trips_keep_the_packets),
        cmocka_unit_test(test_ogg_text_of_many_pages),
        cmocka_unit_test(test_flac_without_comments_gets_a_block),
        cmocka_unit_test(test_flac_padding_gives_way),
        cmocka_unit_test(test_vorbis_hurt_files_are_survived),
        cmocka_unit_test(test_vorbis_edit_refuses_a_cut_file_and_a_wrong_place),
        cmocka_unit_test(test_vorbis_allocations_fail_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
