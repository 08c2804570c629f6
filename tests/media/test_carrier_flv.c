/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "carrier_peers.h"

#define VALUE "{\"Label\":\"1\",\"ContentProducer\":\"p\",\"ProduceID\":\"i\"}"
#define MADE "/tmp/jz-test-carrier.flv"

enum { AUDIO = 8, VIDEO = 9, AMF3 = 15, SCRIPT = 18, FILTERED = 32 };
#define FIRST 13 /* offset of the first tag */

static const char *const samples[] = { "media/h264.flv", "media/flv1.flv" };
static const char *const probe[] = { "ffprobe", "-v", "error", "-show_format", "@", NULL };

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text_of(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

/* ---- files made here ---- */

static void put_be(jz_buf *out, size_t n, uint64_t v)
{
    for (size_t i = 0; i < n; i++)
        jz_buf_putc(out, (char)(uint8_t)(v >> 8 * (n - 1 - i)));
}

static void put_bytes(jz_buf *out, const jz_buf *more)
{
    jz_buf_put(out, more->ptr, more->len);
}

static void put_string(jz_buf *out, const char *s)
{
    put_be(out, 2, strlen(s));
    jz_buf_puts(out, s);
}

/* An entry that is a string. */
static void put_text(jz_buf *out, const char *key, const char *value)
{
    put_string(out, key);
    put_be(out, 1, 2);
    put_string(out, value);
}

static void put_number(jz_buf *out, const char *key, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (key != NULL)
        put_string(out, key);
    put_be(out, 1, 0);
    put_be(out, 8, bits);
}

static void put_end(jz_buf *out)
{
    put_be(out, 3, 9);
}

static void put_header(jz_buf *out)
{
    jz_buf_put(out, "FLV\1\5\0\0\0\11\0\0\0\0", FIRST);
}

static void put_tag(jz_buf *out, unsigned type, const jz_buf *data)
{
    put_be(out, 1, type);
    put_be(out, 3, data->len);
    put_be(out, 7, 0);
    put_bytes(out, data);
    put_be(out, 4, data->len + 11);
}

/* Script data under a name: an ECMA array of these entries. */
static void put_script(jz_buf *out, const char *name, unsigned count, const jz_buf *entries)
{
    JZ_BUF_AUTO data = { 0 };
    put_be(&data, 1, 2);
    put_string(&data, name);
    put_be(&data, 1, 8);
    put_be(&data, 4, count);
    put_bytes(&data, entries);
    put_end(&data);
    put_tag(out, SCRIPT, &data);
}

static void put_script_text(jz_buf *out, const char *name, const char *key, const char *value)
{
    JZ_BUF_AUTO entries = { 0 };
    put_text(&entries, key, value);
    put_script(out, name, 1, &entries);
}

static void put_video(jz_buf *out)
{
    JZ_BUF_AUTO data = { 0 };
    jz_buf_put(&data, "\x17\0abc", 5);
    put_tag(out, VIDEO, &data);
}

static void put_index(jz_buf *out, const size_t *at, size_t n)
{
    put_string(out, "keyframes");
    put_be(out, 1, 3);
    put_string(out, "filepositions");
    put_be(out, 1, 10);
    put_be(out, 4, n);
    for (size_t i = 0; i < n; i++)
        put_number(out, NULL, (double)at[i]);
    put_end(out);
}

/* ---- what every test asks ---- */

static void list(const jz_buf *flv, fx_metas *all)
{
    jz_err err = { 0 };
    if (fx_list(fx_carrier(bytes_of(flv)), bytes_of(flv), all, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

/* The offset of the only block, which must be value under AIGC. */
static uint64_t only(const jz_buf *flv, const char *value)
{
    fx_metas all;
    list(flv, &all);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].meta.where, "onMetaData");
    assert_string_equal(all.m[0].key.ptr, "AIGC");
    assert_int_equal(all.m[0].value.len, strlen(value));
    assert_memory_equal(all.m[0].value.ptr, value, strlen(value));
    const uint64_t at = all.m[0].meta.at;
    fx_metas_done(&all);
    return at;
}

static jz_status try_put(const jz_buf *flv, uint64_t at, const char *value, jz_buf *out)
{
    jz_meta_edit e = { .kind = JZ_META_TEXT, .at = at };
    if (value != NULL)
        e.value = text_of(value);
    return fx_edit(fx_carrier(bytes_of(flv)), bytes_of(flv), &e, 1, out, NULL);
}

static void put(const jz_buf *flv, uint64_t at, const char *value, jz_buf *out)
{
    assert_int_equal(try_put(flv, at, value, out), JZ_OK);
}

static void same(const jz_buf *a, const jz_buf *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->ptr, b->ptr, b->len);
}

/* ---- tests ---- */

static void test_flv_round_trip_keeps_the_packets(void **state)
{
    (void)state;
    static const char *const exif[] = { "exiftool", "-G", "-b", "-Flash:AIGC", "@", NULL };
    static const char *const check[] = { "flvmeta", "-C", "-l", "error", "@", NULL };
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        assert_true(fx_load(samples[i], false, &file));
        fx_round_trip(bytes_of(&file), VALUE, &made);
        (void)only(&made, VALUE);
        peer_same_packets(bytes_of(&file), bytes_of(&made), ".flv");
        peer_prints(bytes_of(&made), ".flv", probe, "TAG:AIGC=" VALUE);
        peer_prints(bytes_of(&made), ".flv", exif, VALUE);
        peer_prints(bytes_of(&made), ".flv", check, NULL);
    }
}

/* Every number that hangs on a size, in a file and in what it must become. */
static void make_sized(const char *value, jz_buf *out)
{
    size_t size = 0;
    size_t scripts = 0;
    size_t at[3] = { 0 };
    for (unsigned round = 0; round < 2; round++) { /* the first one tells the sizes */
        JZ_BUF_AUTO e = { 0 };
        jz_buf_reset(out);
        put_number(&e, "filesize", (double)size);
        put_number(&e, "datasize", (double)scripts);
        put_number(&e, "lastkeyframelocation", (double)at[2]);
        put_index(&e, at, 3);
        if (value != NULL)
            put_text(&e, "AIGC", value);
        put_header(out);
        put_script(out, "onMetaData", value != NULL ? 5 : 4, &e);
        for (unsigned i = 0; i < 3; i++) {
            at[i] = out->len;
            put_video(out);
        }
        size = out->len;
        scripts = at[0] - FIRST - 4;
    }
}

static void test_flv_sizes_counts_and_positions_follow(void **state)
{
    (void)state;
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO wanted = { 0 };
    JZ_BUF_AUTO longer = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO next = { 0 };
    JZ_BUF_AUTO last = { 0 };
    make_sized(NULL, &plain);
    make_sized(VALUE, &wanted);
    make_sized(VALUE VALUE, &longer);
    put(&plain, JZ_META_NEW, VALUE, &made);
    same(&made, &wanted);
    put(&made, only(&made, VALUE), VALUE VALUE, &next);
    same(&next, &longer);
    put(&next, only(&next, VALUE VALUE), NULL, &last);
    same(&last, &plain);
}

/* A file's size that was wrong, and another's idea of the size of data, are left alone. */
static void test_flv_numbers_that_were_wrong_stay(void **state)
{
    (void)state;
    JZ_BUF_AUTO e = { 0 };
    JZ_BUF_AUTO wanted = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    static const size_t odd[] = { 0, 5 };
    put_number(&e, "filesize", 0);
    put_number(&e, "datasize", 25);
    put_number(&e, "lastkeyframelocation", 300.5); /* of 420 bytes */
    put_number(&e, "lastkeyframelocation", -1);
    put_number(&e, "duration", 100);
    put_index(&e, odd, 2);
    put_header(&file);
    put_script(&file, "onMetaData", 6, &e);
    for (unsigned i = 0; i < 10; i++)
        put_video(&file);
    assert_int_equal(file.len / 100, 4);
    put_text(&e, "AIGC", VALUE);
    put_header(&wanted);
    put_script(&wanted, "onMetaData", 7, &e);
    for (unsigned i = 0; i < 10; i++)
        put_video(&wanted);
    put(&file, JZ_META_NEW, VALUE, &made);
    same(&made, &wanted);
}

static void test_flv_without_metadata_gets_a_first_tag(void **state)
{
    (void)state;
    for (unsigned videos = 0; videos < 2; videos++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO wanted = { 0 };
        JZ_BUF_AUTO made = { 0 };
        put_header(&file);
        put_header(&wanted);
        put_script_text(&wanted, "onMetaData", "AIGC", VALUE);
        for (unsigned i = 0; i < videos; i++) {
            put_video(&file);
            put_video(&wanted);
        }
        put(&file, JZ_META_NEW, VALUE, &made);
        same(&made, &wanted);
        (void)only(&made, VALUE);
    }
}

static void test_flv_long_texts_are_long_strings(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO next = { 0 };
    make_sized(VALUE, &file);
    while (text.len <= UINT16_MAX)
        jz_buf_puts(&text, VALUE);
    const uint64_t at = only(&file, VALUE);
    put(&file, at, text.ptr, &made);
    assert_int_equal(made.ptr[at - 3], 12);
    put(&made, only(&made, text.ptr), VALUE, &next);
    same(&next, &file);
}

static void test_flv_tag_past_its_limit_is_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO text = { 0 };
        JZ_BUF_AUTO made = { 0 };
        put_header(&file);
        if (i == 0)
            put_script_text(&file, "onMetaData", "a", "b");
        while (text.len < (1U << 24))
            jz_buf_puts(&text, VALUE VALUE VALUE VALUE);
        assert_int_equal(try_put(&file, JZ_META_NEW, text.ptr, &made), JZ_E_LIMIT);
    }
}

/* Values of every type, among which a text stands under another object. */
static void put_all_types(jz_buf *e)
{
    put_string(e, "b");
    jz_buf_put(e, "\1\1", 2);
    put_string(e, "n");
    jz_buf_put(e, "\5", 1);
    put_string(e, "u");
    jz_buf_put(e, "\6", 1);
    put_string(e, "r");
    jz_buf_put(e, "\7\0\1", 3);
    put_string(e, "d");
    jz_buf_put(e, "\x0b\0\0\0\0\0\0\0\0\0\0", 11);
    put_string(e, "s");
    jz_buf_put(e, "\x0a\0\0\0\2\5\2\0\1z", 10);
    put_string(e, "x");
    jz_buf_put(e, "\x0f\0\0\0\4<x/>", 9);
    put_string(e, "t");
    jz_buf_put(e, "\x10\0\1C", 4);
    put_text(e, "aigc", "in an object");
    put_end(e);
}

static void test_flv_every_script_tag_is_listed(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO first = { 0 };
    JZ_BUF_AUTO rest = { 0 };
    fx_metas all;
    put_all_types(&first);
    put_text(&first, "AIGC", "one");
    put_header(&file);
    put_script(&file, "onMetaData", 9, &first);
    put_script_text(&file, "onXMPData", "liveXML", "<x/>");
    put_video(&file);
    put_script_text(&file, "onCuePoint", "AIGC", "two");
    jz_buf_puts(&rest, "\2");
    put_string(&rest, "onMetaData");
    put_tag(&file, AMF3, &rest);
    put_tag(&file, SCRIPT | FILTERED, &rest);
    put_script_text(&file, "onMetaData", "AIGC", "three");
    list(&file, &all);
    static const char *const keys[] = { "onMetaData aigc", "AIGC", "", "onCuePoint AIGC", "AIGC" };
    static const char *const values[] = { "in an object", "one", "<x/>", "two", "three" };
    assert_int_equal(all.n, JZ_ARRAY_LEN(values));
    for (size_t i = 0; i < all.n; i++) {
        assert_int_equal(all.m[i].key.len, strlen(keys[i]));
        assert_memory_equal(all.m[i].key.ptr, keys[i], strlen(keys[i]));
        assert_string_equal(all.m[i].value.ptr, values[i]);
        assert_int_equal(all.m[i].meta.kind, i == 2 ? JZ_META_XMP : JZ_META_TEXT);
    }
    fx_metas_done(&all);
}

/* A recorded stream may keep the command that stood in front of the name. */
static void test_flv_name_behind_a_command_counts(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO data = { 0 };
    put_be(&data, 1, 2);
    put_string(&data, "@setDataFrame");
    put_be(&data, 1, 2);
    put_string(&data, "onMetaData");
    put_be(&data, 1, 3);
    put_text(&data, "AIGC", VALUE);
    put_end(&data);
    put_header(&file);
    put_tag(&file, SCRIPT, &data);
    (void)only(&file, VALUE);
}

static void test_flv_superfluous_texts_are_taken_out(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO e = { 0 };
    JZ_BUF_AUTO wanted = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    put_text(&e, "AIGC", "one");
    put_number(&e, "duration", 1);
    put_text(&e, "AIGC", "two");
    put_header(&file);
    put_script(&file, "onMetaData", 3, &e);
    put_video(&file);
    put_script_text(&file, "onMetaData", "xAIGC", "three");
    jz_buf_reset(&e);
    put_number(&e, "duration", 1);
    put_text(&e, "AIGC", VALUE);
    put_header(&wanted);
    put_script(&wanted, "onMetaData", 2, &e);
    put_video(&wanted);
    jz_buf_reset(&e);
    put_script(&wanted, "onMetaData", 0, &e);
    list(&file, &all);
    assert_int_equal(all.n, 3);
    const jz_meta_edit edits[] = { { JZ_META_TEXT, all.m[0].meta.at, { 0 } },
                                   { JZ_META_TEXT, all.m[1].meta.at, text_of(VALUE) },
                                   { JZ_META_TEXT, all.m[2].meta.at, { 0 } } };
    assert_int_equal(fx_edit(fx_carrier(bytes_of(&file)), bytes_of(&file), edits, 3, &made, NULL),
                     JZ_OK);
    same(&made, &wanted);
    fx_metas_done(&all);
}

static void test_flv_encrypted_tags(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO data = { 0 };
    jz_buf_puts(&data, "encrypted");
    put_header(&file);
    put_tag(&file, VIDEO | FILTERED, &data);
    put_tag(&file, AUDIO | FILTERED, &data);
    put(&file, JZ_META_NEW, VALUE, &made);
    (void)only(&made, VALUE);
    put_tag(&made, SCRIPT | FILTERED, &data);
    (void)only(&made, VALUE);
    jz_buf_reset(&file);
    assert_int_equal(try_put(&made, JZ_META_NEW, VALUE, &file), JZ_E_UNSUPPORTED);
}

static void test_flv_damage_is_read_past_and_not_written(void **state)
{
    (void)state;
    fx_metas all;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO data = { 0 };
    make_sized(VALUE, &file);
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    file.ptr[file.len - 1]++; /* the size behind the last tag */
    (void)only(&file, VALUE);
    assert_int_equal(try_put(&file, JZ_META_NEW, VALUE, &made), JZ_E_CORRUPT);
    file.ptr[file.len - 1] = 5; /* as writers have it that do not count the header */
    put(&file, JZ_META_NEW, VALUE, &made);
    for (size_t cut = 1; cut < 20; cut++) {
        assert_int_equal(
            fx_list(c, (jz_bytes){ (const uint8_t *)file.ptr, file.len - cut }, &all, NULL),
            JZ_E_TRUNCATED);
        assert_int_equal(all.n, 1);
        fx_metas_done(&all);
    }
    file.len -= 3;
    assert_int_equal(try_put(&file, JZ_META_NEW, VALUE, &made), JZ_E_TRUNCATED);
    jz_buf_reset(&file);
    jz_buf_reset(&made);
    jz_buf_put(&data, "\2\0\1a\3\0\1k\2\0", 10); /* ends within a text */
    put_header(&file);
    put_tag(&file, SCRIPT, &data);
    put_script_text(&file, "onMetaData", "AIGC", VALUE);
    assert_int_equal(fx_list(c, bytes_of(&file), &all, NULL), JZ_E_TRUNCATED);
    assert_int_equal(all.n, 1);
    fx_metas_done(&all);
    assert_int_equal(try_put(&file, JZ_META_NEW, VALUE, &made), JZ_E_TRUNCATED);
}

static void test_flv_objects_nest_to_a_limit(void **state)
{
    (void)state;
    for (unsigned depth = 16; depth < 18; depth++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO data = { 0 };
        JZ_BUF_AUTO made = { 0 };
        jz_buf_put(&data, "\2\0\1a\3", 5);
        for (unsigned i = 1; i < depth; i++)
            jz_buf_put(&data, "\0\1o\3", 4);
        for (unsigned i = 0; i < depth; i++)
            put_end(&data);
        put_header(&file);
        put_tag(&file, SCRIPT, &data);
        assert_int_equal(try_put(&file, JZ_META_NEW, VALUE, &made),
                         depth == 16 ? JZ_OK : JZ_E_LIMIT);
    }
}

static void test_flv_a_wrong_place_or_kind_is_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    make_sized(VALUE, &file);
    const jz_meta_edit xmp = { JZ_META_XMP, JZ_META_NEW, text_of("<x/>") };
    assert_int_equal(try_put(&file, only(&file, VALUE) + 1, VALUE, &made), JZ_E_INVAL);
    assert_int_equal(fx_edit(fx_carrier(bytes_of(&file)), bytes_of(&file), &xmp, 1, &made, NULL),
                     JZ_E_UNSUPPORTED);
}

/* 200000 tags, and as many key frames in the index. */
static void test_flv_long_index_is_corrected_in_few_places(void **state)
{
    (void)state;
    enum { FRAMES = 200000 };
    JZ_BUF_AUTO entries = { 0 };
    JZ_BUF_AUTO head = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_source src;
    JZ_SPLICES_AUTO s = { 0 };
    static size_t at[FRAMES];
    put_index(&entries, at, FRAMES);
    put_script(&head, "onMetaData", 1, &entries);
    for (size_t i = 0; i < FRAMES; i++)
        at[i] = FIRST + head.len + 20 * i;
    jz_buf_reset(&entries);
    put_index(&entries, at, FRAMES);
    put_header(&file);
    put_script(&file, "onMetaData", 1, &entries);
    for (size_t i = 0; i < FRAMES; i++)
        put_video(&file);
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, text_of(VALUE) };
    jz_source_of_bytes(bytes_of(&file), &src);
    assert_int_equal(fx_carrier(bytes_of(&file))->edit(&src, FX_KEY, &e, 1, &s, NULL), JZ_OK);
    assert_in_range(s.n, 4, 1000);
    assert_int_equal(jz_splices_build(&s, &src, &made, NULL), JZ_OK);
    jz_buf_reset(&entries);
    jz_buf_reset(&head);
    for (size_t i = 0; i < FRAMES; i++)
        at[i] += made.len - file.len;
    put_index(&entries, at, FRAMES);
    put_text(&entries, "AIGC", VALUE);
    put_header(&head);
    put_script(&head, "onMetaData", 2, &entries);
    assert_memory_equal(made.ptr, head.ptr, head.len);
}

/* ---- ffmpeg's files ---- */

static bool run_ffmpeg(const char *const *more, jz_buf *out)
{
    static const char *const head[] = { "ffmpeg", "-v", "error", "-y", "-i", "@", "-c", "copy" };
    const char *argv[24] = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO said = { 0 };
    size_t n = JZ_ARRAY_LEN(head);
    memcpy(argv, head, sizeof head);
    for (size_t i = 0; more[i] != NULL; i++)
        argv[n++] = more[i];
    argv[n] = MADE;
    assert_true(fx_load(samples[0], false, &file));
    const int rc = fx_peer(bytes_of(&file), ".flv", argv, &said);
    if (rc == -1)
        return false;
    assert_int_equal(rc, 0);
    assert_true(fx_load_path(MADE, out));
    (void)remove(MADE);
    return true;
}

/* The i-th number behind keyframes.filepositions; 0 past the last. */
static size_t position(const jz_buf *flv, size_t i)
{
    static const char name[] = "filepositions";
    const uint8_t *p = memmem(flv->ptr, flv->len, name, sizeof name - 1);
    assert_non_null(p);
    p += sizeof name - 1;
    const size_t n = (size_t)p[3] << 8 | p[4];
    uint64_t bits = 0;
    double v;
    for (size_t k = 0; k < 8; k++)
        bits = bits << 8 | p[5 + 9 * i + 1 + k];
    memcpy(&v, &bits, sizeof v);
    return i < n ? (size_t)v : 0;
}

static size_t count_key_frames(const jz_buf *flv)
{
    for (size_t i = 0;; i++) {
        const size_t at = position(flv, i);
        if (at == 0)
            return i;
        assert_true(at + 12 < flv->len);
        assert_int_equal(flv->ptr[at], VIDEO);
        assert_int_equal(flv->ptr[at + 11], 0x17);
    }
}

static void test_flv_labels_and_indexes_of_ffmpeg(void **state)
{
    (void)state;
    static const char *const more[] = { "-metadata", "AIGC=" VALUE,        "-metadata", "title=t",
                                        "-flvflags", "add_keyframe_index", NULL };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO next = { 0 };
    if (!run_ffmpeg(more, &made)) {
        print_message("SKIP: no ffmpeg\n");
        skip();
    }
    const size_t frames = count_key_frames(&made);
    assert_true(frames > 1);
    put(&made, only(&made, VALUE), VALUE VALUE, &next);
    (void)only(&next, VALUE VALUE);
    assert_int_equal(count_key_frames(&next), frames);
    peer_same_packets(bytes_of(&made), bytes_of(&next), ".flv");
    peer_prints(bytes_of(&next), ".flv", probe, "TAG:AIGC=" VALUE VALUE);
    peer_prints(bytes_of(&next), ".flv", probe, "TAG:title=t");
}

static void test_flv_of_ffmpeg_without_metadata(void **state)
{
    (void)state;
    static const char *const more[] = { "-flvflags", "no_metadata", NULL };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO next = { 0 };
    if (!run_ffmpeg(more, &made)) {
        print_message("SKIP: no ffmpeg\n");
        skip();
    }
    put(&made, JZ_META_NEW, VALUE, &next);
    peer_same_packets(bytes_of(&made), bytes_of(&next), ".flv");
    peer_prints(bytes_of(&next), ".flv", probe, "TAG:AIGC=" VALUE);
}

static void test_flv_hurt_files_are_survived(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO e = { 0 };
    make_sized(VALUE, &file);
    put_all_types(&e);
    put_script(&file, "onMetaData", 8, &e);
    fx_hurt(bytes_of(&file), 1);
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO sample = { 0 };
        assert_true(fx_load(samples[i], false, &sample));
        fx_hurt(bytes_of(&sample), 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flv_round_trip_keeps_the_packets),
        cmocka_unit_test(test_flv_sizes_counts_and_positions_follow),
        cmocka_unit_test(test_flv_numbers_that_were_wrong_stay),
        cmocka_unit_test(test_flv_without_metadata_gets_a_first_tag),
        cmocka_unit_test(test_flv_long_texts_are_long_strings),
        cmocka_unit_test(test_flv_tag_past_its_limit_is_refused),
        cmocka_unit_test(test_flv_every_script_tag_is_listed),
        cmocka_unit_test(test_flv_name_behind_a_command_counts),
        cmocka_unit_test(test_flv_superfluous_texts_are_taken_out),
        cmocka_unit_test(test_flv_encrypted_tags),
        cmocka_unit_test(test_flv_damage_is_read_past_and_not_written),
        cmocka_unit_test(test_flv_objects_nest_to_a_limit),
        cmocka_unit_test(test_flv_a_wrong_place_or_kind_is_refused),
        cmocka_unit_test(test_flv_long_index_is_corrected_in_few_places),
        cmocka_unit_test(test_flv_labels_and_indexes_of_ffmpeg),
        cmocka_unit_test(test_flv_of_ffmpeg_without_metadata),
        cmocka_unit_test(test_flv_hurt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
