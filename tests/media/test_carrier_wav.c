/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "carrier_peers.h"

#define JSON "{\"Label\":\"1\",\"ContentProducer\":\"a test\"}"

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static void put(const jz_buf *wav, jz_meta_kind kind, uint64_t at, const char *value, jz_buf *out)
{
    const jz_meta_edit e = { kind, at, { (const uint8_t *)value, value ? strlen(value) : 0 } };
    jz_err err = { 0 };
    if (fx_edit(fx_carrier(bytes_of(wav)), bytes_of(wav), &e, 1, out, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

static uint32_t u32(const jz_buf *b, size_t at)
{
    const uint8_t *p = (const uint8_t *)b->ptr + at;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void round_trip(const char *name, bool data)
{
    static const char *const exif[] = { "exiftool", "-u", "-b", "-RIFF:all", "@", NULL };
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO made = { 0 };
    if (!fx_load(name, data, &wav)) {
        print_message("SKIP: no %s\n", name);
        return;
    }
    fx_round_trip(bytes_of(&wav), JSON, &made);
    peer_same_packets(bytes_of(&wav), bytes_of(&made), ".wav");
    peer_prints(bytes_of(&made), ".wav", exif, JSON);
}

static void test_wav_round_trips(void **state)
{
    (void)state;
    round_trip("media/tone.wav", false);
    round_trip("formats/sample1.wav", true);
}

/* The 64-bit size of ds64 grows, the 32 bits that stand for it stay. */
static void test_wav_rf64_grows_in_ds64(void **state)
{
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load("media/rf64.wav", false, &wav));
    fx_round_trip(bytes_of(&wav), JSON, &made);
    assert_int_equal(u32(&made, 4), UINT32_MAX);
    assert_int_equal(u32(&made, 20), made.len - 8);
    assert_int_equal(u32(&made, 24), 0);
    peer_same_packets(bytes_of(&wav), bytes_of(&made), ".wav");
}

/* tone.wav with an INFO list at its end: a title and a label. */
static void with_info(jz_buf *out)
{
    static const char list[] =
        "LIST\x26\0\0\0INFOINAM\5\0\0\0tone\0\0AIGC\x0b\0\0\0{\"a\":\"b\"}\0\0\0";
    assert_true(fx_load("media/tone.wav", false, out));
    out->ptr[4] = (char)(out->ptr[4] + (int)sizeof list - 1);
    jz_buf_put(out, list, sizeof list - 1);
    assert_int_equal(u32(out, 4), out->len - 8);
}

static void test_wav_info_entry_is_read_and_replaced_in_its_list(void **state)
{
    (void)state;
    static const char *const probe[] = { "ffprobe", "-v", "error", "-show_format", "@", NULL };
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    with_info(&wav);
    const jz_carrier *c = fx_carrier(bytes_of(&wav));
    assert_int_equal(fx_list(c, bytes_of(&wav), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].meta.where, "LIST INFO");
    assert_string_equal(all.m[0].value.ptr, "{\"a\":\"b\"}"); /* without the NULs */
    put(&wav, JZ_META_TEXT, all.m[0].meta.at, JSON, &made);
    fx_metas_done(&all);
    assert_int_equal(u32(&made, 4), made.len - 8);
    assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].value.ptr, JSON);
    fx_metas_done(&all);
    peer_prints(bytes_of(&made), ".wav", probe, "TAG:title=tone");
    peer_prints(bytes_of(&made), ".wav", probe, "TAG:AIGC=" JSON);
}

/* The label proper is replaced, one too many in the INFO list is taken out, at one go. */
static void test_wav_two_edits_at_once(void **state)
{
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO both = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    with_info(&wav);
    const jz_carrier *c = fx_carrier(bytes_of(&wav));
    put(&wav, JZ_META_TEXT, JZ_META_NEW, "{}", &both);
    assert_int_equal(fx_list(c, bytes_of(&both), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 2);
    const jz_meta_edit e[] = {
        { JZ_META_TEXT, all.m[1].meta.at, { (const uint8_t *)JSON, strlen(JSON) } },
        { JZ_META_TEXT, all.m[0].meta.at, { NULL, 0 } },
        { JZ_META_XMP, JZ_META_NEW, { (const uint8_t *)"<x/>", 4 } },
    };
    fx_metas_done(&all);
    assert_int_equal(fx_edit(c, bytes_of(&both), e, 3, &made, NULL), JZ_OK);
    assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 2);
    assert_string_equal(all.m[0].value.ptr, JSON);
    assert_string_equal(all.m[0].meta.where, "chunk");
    assert_int_equal(all.m[1].meta.kind, JZ_META_XMP);
    assert_string_equal(all.m[1].value.ptr, "<x/>");
    fx_metas_done(&all);
}

/* Careless writers leave the padding of the last chunk out. */
static void test_wav_missing_padding_is_made_up_for(void **state)
{
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load("media/tone.wav", false, &wav));
    wav.ptr[4] = (char)(wav.ptr[4] + 9);
    jz_buf_put(&wav, "note\1\0\0\0x", 9);
    put(&wav, JZ_META_TEXT, JZ_META_NEW, "{}", &made);
    assert_memory_equal(made.ptr + wav.len, "\0AIGC\2\0\0\0{}", 11);
    assert_int_equal(u32(&made, 4), made.len - 8);
}

static void test_wav_what_stands_before_the_damage_is_told(void **state)
{
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    fx_metas all;
    with_info(&wav);
    const jz_bytes cut = { (const uint8_t *)wav.ptr, wav.len - 1 };
    assert_int_equal(fx_list(fx_carrier(cut), cut, &all, NULL), JZ_E_TRUNCATED);
    fx_metas_done(&all);
    jz_buf_puts(&wav, "");
    wav.ptr[5]++;
    assert_int_equal(fx_list(fx_carrier(bytes_of(&wav)), bytes_of(&wav), &all, NULL),
                     JZ_E_TRUNCATED);
    assert_int_equal(all.n, 1);
    fx_metas_done(&all);
}

static void test_wav_hurt_files_are_survived(void **state)
{
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO wide = { 0 };
    with_info(&wav);
    fx_hurt(bytes_of(&wav), 1);
    assert_true(fx_load("media/rf64.wav", false, &wide));
    fx_hurt(bytes_of(&wide), 1);
}

static void test_wav_edit_refuses_what_cannot_be(void **state)
{
    (void)state;
    JZ_BUF_AUTO wav = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load("media/tone.wav", false, &wav));
    const jz_carrier *c = fx_carrier(bytes_of(&wav));
    jz_meta_edit e = { JZ_META_TEXT, 44, { (const uint8_t *)"{}", 2 } };
    assert_int_equal(fx_edit(c, bytes_of(&wav), &e, 1, &made, NULL), JZ_E_INVAL);
    e.at = JZ_META_NEW;
    e.kind = JZ_META_EXIF;
    assert_int_equal(fx_edit(c, bytes_of(&wav), &e, 1, &made, NULL), JZ_E_INVAL);
    const jz_bytes cut = { (const uint8_t *)wav.ptr, wav.len - 1 };
    e.kind = JZ_META_TEXT;
    assert_int_equal(fx_edit(c, cut, &e, 1, &made, NULL), JZ_E_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wav_round_trips),
        cmocka_unit_test(test_wav_rf64_grows_in_ds64),
        cmocka_unit_test(test_wav_info_entry_is_read_and_replaced_in_its_list),
        cmocka_unit_test(test_wav_two_edits_at_once),
        cmocka_unit_test(test_wav_missing_padding_is_made_up_for),
        cmocka_unit_test(test_wav_what_stands_before_the_damage_is_told),
        cmocka_unit_test(test_wav_hurt_files_are_survived),
        cmocka_unit_test(test_wav_edit_refuses_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
