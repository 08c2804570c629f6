/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"
#include "decoder_fixture.h"
#include "heif_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "carrier_peers.h"

#define XMP HX_XMP_OF("image/new")

static const char *const samples[] = { "media/still.heic", "media/still.avif", "media/grid.avif",
                                       "media/sequence.avif" };
static const char *const real_samples[] = { "formats/sample1.heif", "formats/sample1.avif" };

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text_of(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

/* ---- the same pixels ---- */

typedef struct decoding {
    struct jz_sandbox *sandbox;
    struct jz_decoder *decoder;
} decoding;
static decoding decode;

static int start_decoder(void **state)
{
    jz_err err = { 0 };
    const jz_limits limits = { .stall_ms = 20000 };
    (void)state;
    if (jz_sandbox_open(NULL, &limits, &decode.sandbox, &err) == JZ_OK &&
        jz_decoder_new(decode.sandbox, &decode.decoder, &err) == JZ_OK)
        return 0;
    print_error("%s\n", err.frame[0]);
    return 1;
}

static int stop_decoder(void **state)
{
    (void)state;
    jz_decoder_free(decode.decoder);
    jz_sandbox_close(decode.sandbox);
    return 0;
}

/* As our own decoder has them: the last frame, and how many there are. */
static void expect_frames(jz_bytes before, jz_bytes after)
{
    shot a = { 0 };
    shot b = { 0 };
    shot *const s[2] = { &a, &b };
    const jz_bytes file[2] = { before, after };
    for (size_t i = 0; i < 2; i++) {
        jz_media_info info;
        jz_err err = { 0 };
        if (decode_bytes(decode.decoder, file[i].ptr, file[i].len, NULL, s[i], &info, &err) !=
            JZ_OK)
            fail_msg("file %zu: %s", i, err.frame[0]);
    }
    assert_true(a.pixels.len > 0);
    assert_int_equal(a.frames, b.frames);
    assert_int_equal(a.pixels.len, b.pixels.len);
    assert_memory_equal(a.pixels.ptr, b.pixels.ptr, a.pixels.len);
    shot_done(&a);
    shot_done(&b);
}

/* As libheif's own program converts them to a format without metadata; -1 where there is none. */
static int convert(jz_bytes file, jz_buf *out)
{
    char to[] = "/tmp/jz-heif-XXXXXX.y4m";
    const int fd = mkstemps(to, 4);
    const char *const argv[] = { "heif-convert", "@", to, NULL };
    JZ_BUF_AUTO said = { 0 };
    assert_true(fd >= 0);
    (void)close(fd);
    const int rc = fx_peer(file, ".heic", argv, &said);
    assert_true(fx_load_path(to, out));
    (void)remove(to);
    return rc;
}

static void expect_conversion(jz_bytes before, jz_bytes after)
{
    JZ_BUF_AUTO a = { 0 };
    JZ_BUF_AUTO b = { 0 };
    const int rc = convert(before, &a);
    if (rc == -1) {
        print_message("SKIP: no heif-convert\n");
        return;
    }
    assert_int_equal(rc, convert(after, &b)); /* it refuses sequences */
    assert_int_equal(a.len, b.len);
    if (a.len > 0)
        assert_memory_equal(a.ptr, b.ptr, a.len);
}

static void expect_same_picture(jz_bytes before, jz_bytes after)
{
    expect_frames(before, after);
    expect_conversion(before, after);
}

/* ---- files as they are ---- */

static void edit(jz_bytes file, jz_meta_kind kind, uint64_t at, const char *value, jz_buf *out)
{
    const jz_meta_edit e = { kind, at, { (const uint8_t *)value, value ? strlen(value) : 0 } };
    jz_err err = { 0 };
    if (fx_edit(fx_carrier(file), file, &e, 1, out, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

static void expect_refusal(jz_bytes file, jz_meta_kind kind, uint64_t at, const char *value,
                           jz_status status, const char *why)
{
    const jz_meta_edit e = { kind, at, { (const uint8_t *)value, value ? strlen(value) : 0 } };
    jz_err err = { 0 };
    JZ_BUF_AUTO made = { 0 };
    const jz_status st = fx_edit(fx_carrier(file), file, &e, 1, &made, &err);
    if (st != status || strstr(err.frame[0], why) == NULL)
        fail_msg("expected %s and \"%s\", got %s: %s", jz_status_name(status), why,
                 jz_status_name(st), err.frame[0]);
}

static void round_trip(const char *name, bool data)
{
    static const char *const exif[] = { "exiftool", "-a", "-XMP-dc:Format", "@", NULL };
    static const char *const validate[] = { "exiftool", "-validate", "-warning", "-error",
                                            "-a",       "@",         NULL };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    if (!fx_load(name, data, &file)) {
        print_message("SKIP: no %s\n", name);
        return;
    }
    fx_round_trip(bytes_of(&file), XMP, &made);
    assert_string_equal(fx_carrier(bytes_of(&made))->name, "heif-xmp");
    expect_same_picture(bytes_of(&file), bytes_of(&made));
    peer_prints(bytes_of(&made), ".heic", exif, "image/new");
    peer_prints(bytes_of(&made), ".heic", validate, ": OK");
}

static void test_heif_round_trips(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++)
        round_trip(samples[i], false);
    for (size_t i = 0; i < JZ_ARRAY_LEN(real_samples); i++)
        round_trip(real_samples[i], true);
}

static void test_heif_info_sees_the_packet(void **state)
{
    (void)state;
    static const char *const info[] = { "heif-info", "@", NULL };
    char expected[64];
    (void)snprintf(expected, sizeof expected, "XMP: %zu bytes", strlen(XMP));
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        assert_true(fx_load(samples[i], false, &file));
        edit(bytes_of(&file), JZ_META_XMP, JZ_META_NEW, XMP, &made);
        peer_prints(bytes_of(&made), ".heic", info, expected);
    }
}

/* XMP and Exif as exiftool writes them, XMP as it empties it. */
static bool exiftool_writes(const char *name, const char *const *tags, jz_buf *out)
{
    char to[64];
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO said = { 0 };
    const char *argv[16] = { "exiftool", "-q", "-o", to };
    size_t n = 4;
    assert_true(fx_load(name, false, &file));
    (void)snprintf(to, sizeof to, "/tmp/jz-heif-%d%s", (int)getpid(), strrchr(name, '.'));
    while (*tags != NULL)
        argv[n++] = *tags++;
    argv[n] = "@";
    const int rc = fx_peer(bytes_of(&file), strrchr(name, '.'), argv, &said);
    const bool made = rc == 0 && fx_load_path(to, out);
    (void)remove(to);
    if (!made)
        print_message("SKIP: no exiftool\n");
    return made;
}

static void test_heif_blocks_written_by_exiftool_are_replaced(void **state)
{
    (void)state;
    static const char *const tags[] = { "-XMP-dc:Format=image/old", "-UserComment=a comment",
                                        NULL };
    static const char *const exif[] = { "exiftool", "-UserComment", "@", NULL };
    static const char *const xmp[] = { "exiftool", "-XMP-dc:Format", "@", NULL };
    for (size_t i = 0; i < 2; i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO one = { 0 };
        JZ_BUF_AUTO two = { 0 };
        fx_metas all;
        if (!exiftool_writes(samples[i], tags, &file))
            skip();
        const jz_carrier *c = fx_carrier(bytes_of(&file));
        assert_int_equal(fx_list(c, bytes_of(&file), &all, NULL), JZ_OK);
        assert_int_equal(all.n, 2);
        assert_int_equal(all.m[0].meta.kind, JZ_META_EXIF);
        assert_memory_equal(all.m[0].value.ptr, "MM\0*", 4);
        assert_int_equal(all.m[1].meta.kind, JZ_META_XMP);
        edit(bytes_of(&file), JZ_META_XMP, all.m[1].meta.at, XMP, &one);
        char *text = memmem(all.m[0].value.ptr, all.m[0].value.len, "a comment", 9);
        assert_non_null(text);
        memcpy(text, "the other", 9);
        const jz_meta_edit e = { JZ_META_EXIF, all.m[0].meta.at, bytes_of(&all.m[0].value) };
        assert_int_equal(fx_edit(c, bytes_of(&one), &e, 1, &two, NULL), JZ_OK);
        fx_metas_done(&all);
        expect_same_picture(bytes_of(&file), bytes_of(&two));
        peer_prints(bytes_of(&two), ".heic", exif, "the other");
        peer_prints(bytes_of(&two), ".heic", xmp, "image/new");
    }
}

static size_t list_count(const jz_buf *file, fx_metas *all)
{
    jz_err err = { 0 };
    if (fx_list(fx_carrier(bytes_of(file)), bytes_of(file), all, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    return all->n;
}

/* ---- files made here ---- */

static const hx_variant variants[] = {
    { .name = "no fields for a base", .sizes = 0x4400 },
    { .name = "version 1", .iloc = 1, .sizes = 0x4440 },
    { .name = "version 1 with an index", .iloc = 1, .sizes = 0x4404, .unread = true },
    { .name = "version 2", .iloc = 2, .sizes = 0x4408, .iinf = 1, .pitm = 1, .infe = 3, .iref = 1 },
    { .name = "64 bits", .iloc = 1, .sizes = 0x8880 },
    { .name = "32 bits with a base of 64", .sizes = 0x4480 },
    { .name = "a base alone", .sizes = 0x0440 },
    { .name = "a base alone of 64 bits", .iloc = 1, .sizes = 0x0880 },
    { .name = "no iref", .sizes = 0x4400, .no_iref = true },
    { .name = "no pitm", .sizes = 0x4400, .no_pitm = true, .unread = true },
    { .name = "no iref, large numbers", .iloc = 2, .sizes = 0x4400, .no_iref = true, .pitm = 1 },
    { .name = "mdat without a size", .sizes = 0x4400, .mdat_open = true },
    { .name = "free space behind meta", .sizes = 0x4400, .free_space = true },
    { .name = "with XMP", .sizes = 0x4400, .xmp = HX_IN_MDAT },
    { .name = "with XMP, version 2",
      .iloc = 2,
      .sizes = 0x4840,
      .xmp = HX_IN_MDAT,
      .infe = 3,
      .xmp_id = 100000 },
    { .name = "with XMP, a base alone", .sizes = 0x0440, .xmp = HX_IN_MDAT },
    { .name = "with XMP, mdat without a size",
      .sizes = 0x4400,
      .xmp = HX_IN_MDAT,
      .mdat_open = true },
    { .name = "with XMP, the last number", .sizes = 0x4400, .xmp = HX_IN_MDAT, .xmp_id = 65535 },
    { .name = "XMP in idat", .iloc = 1, .sizes = 0x4400, .xmp = HX_IN_IDAT },
    { .name = "XMP in idat, a base alone", .iloc = 1, .sizes = 0x0440, .xmp = HX_IN_IDAT },
    { .name = "XMP in two parts", .sizes = 0x4400, .xmp = HX_IN_TWO_PARTS },
    { .name = "XMP in two parts, version 2",
      .iloc = 2,
      .sizes = 0x8884,
      .xmp = HX_IN_TWO_PARTS,
      .iref = 1 },
};

static void test_heif_forms_of_boxes_round_trip(void **state)
{
    (void)state;
    static const char *const exif[] = { "exiftool", "-a", "-XMP-dc:Format", "@", NULL };
    for (size_t i = 0; i < JZ_ARRAY_LEN(variants); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        print_message("# %s\n", variants[i].name);
        hx_build(&variants[i], &file);
        fx_round_trip(bytes_of(&file), XMP, &made);
        if (!variants[i].unread)
            expect_same_picture(bytes_of(&file), bytes_of(&made));
        peer_prints(bytes_of(&made), ".avif", exif, "image/new");
    }
}

/* Where the packet is replaced, the old one's bytes are gone, and what stands around it is not. */
static void test_heif_old_packets_are_replaced(void **state)
{
    (void)state;
    static const char *const exif[] = { "exiftool", "-a", "-XMP-dc:Format", "@", NULL };
    static const char *const longer = XMP "                                                    ";
    for (size_t i = 0; i < JZ_ARRAY_LEN(variants); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        fx_metas all;
        if (variants[i].xmp == HX_NO_XMP)
            continue;
        print_message("# %s\n", variants[i].name);
        hx_build(&variants[i], &file);
        assert_int_equal(list_count(&file, &all), 1);
        assert_string_equal(all.m[0].value.ptr, HX_XMP);
        edit(bytes_of(&file), JZ_META_XMP, all.m[0].meta.at, longer, &made);
        fx_metas_done(&all);
        assert_int_equal(list_count(&made, &all), 1);
        assert_string_equal(all.m[0].value.ptr, longer);
        fx_metas_done(&all);
        assert_null(memmem(made.ptr, made.len, "image/old", 9));
        assert_non_null(memmem(made.ptr, made.len, "behind", 6));
        if (variants[i].xmp == HX_IN_IDAT)
            assert_non_null(memmem(made.ptr, made.len, "87654321", 8));
        if (variants[i].xmp == HX_IN_MDAT)
            assert_int_equal(made.len, file.len + strlen(longer) - strlen(HX_XMP));
        expect_same_picture(bytes_of(&file), bytes_of(&made));
        peer_prints(bytes_of(&made), ".avif", exif, "image/new");
    }
}

static void test_heif_empty_items_make_way_for_a_new_one(void **state)
{
    (void)state;
    static const char *const info[] = { "heif-info", "@", NULL };
    static const hx_variant empty = { .sizes = 0x4400, .xmp = HX_EMPTY, .more = 3 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO said = { 0 };
    fx_metas all;
    hx_build(&empty, &file);
    assert_int_equal(list_count(&file, &all), 0);
    edit(bytes_of(&file), JZ_META_XMP, JZ_META_NEW, XMP, &made);
    assert_int_equal(list_count(&made, &all), 1);
    fx_metas_done(&all);
    expect_same_picture(bytes_of(&file), bytes_of(&made));
    if (fx_peer(bytes_of(&made), ".avif", info, &said) == -1)
        skip();
    const char *first = strstr(said.ptr, "XMP: ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "XMP: "));
    assert_true(strncmp(first, "XMP: 0", 6) != 0);
}

static void test_heif_free_space_keeps_the_picture_in_its_place(void **state)
{
    (void)state;
    static const hx_variant space = { .sizes = 0x4400, .free_space = true };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    hx_build(&space, &file);
    edit(bytes_of(&file), JZ_META_XMP, JZ_META_NEW, XMP, &made);
    assert_int_equal(made.len, file.len + 8 + strlen(XMP));
    const size_t mdat = (size_t)((char *)memmem(file.ptr, file.len, "mdat", 4) - file.ptr);
    assert_memory_equal(file.ptr + mdat - 4, made.ptr + mdat - 4, file.len - mdat + 4);
}

static void test_heif_new_exif_is_an_item(void **state)
{
    (void)state;
    static const char *const exif[] = { "exiftool", "-ImageDescription", "@", NULL };
    static const char tiff[] = "MM\0*\0\0\0\10\0\1\1\16\0\2\0\0\0\5\0\0\0\32\0\0\0\0made\0";
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    assert_true(fx_load("media/still.avif", false, &file));
    const jz_bytes block = { (const uint8_t *)tiff, sizeof tiff - 1 };
    const jz_meta_edit edits[] = { { JZ_META_EXIF, JZ_META_NEW, block },
                                   { JZ_META_XMP, JZ_META_NEW, text_of(XMP) } };
    assert_int_equal(fx_edit(fx_carrier(bytes_of(&file)), bytes_of(&file), edits, 2, &made, NULL),
                     JZ_OK);
    assert_int_equal(list_count(&made, &all), 2);
    assert_memory_equal(all.m[0].value.ptr, tiff, block.len);
    assert_string_equal(all.m[1].value.ptr, XMP);
    fx_metas_done(&all);
    expect_same_picture(bytes_of(&file), bytes_of(&made));
    peer_prints(bytes_of(&made), ".avif", exif, "made");
}

/* Groups, pictures and packets have numbers of one set. */
static void test_heif_number_of_a_group_is_not_taken(void **state)
{
    (void)state;
    static const hx_variant group = { .sizes = 0x4400, .group = 2 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    hx_build(&group, &file);
    edit(bytes_of(&file), JZ_META_XMP, JZ_META_NEW, XMP, &made);
    assert_non_null(memmem(made.ptr, made.len, "infe\2\0\0\1\0\3\0\0mime", 16));
    assert_non_null(memmem(made.ptr, made.len, "cdsc\0\3\0\1\0\1", 10));
    expect_same_picture(bytes_of(&file), bytes_of(&made));
}

/* Without a field for the item's type: its MIME type says what it is. */
static void test_heif_item_of_an_old_version_is_read(void **state)
{
    (void)state;
    static const hx_variant plain = { .sizes = 0x4400, .xmp = HX_IN_MDAT };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    hx_build(&plain, &file);
    char *type = memmem(file.ptr, file.len, "mime", 4);
    assert_non_null(type);
    type[-8] = 1; /* the type is then the beginning of the name */
    assert_int_equal(list_count(&file, &all), 1);
    assert_string_equal(all.m[0].value.ptr, HX_XMP);
    edit(bytes_of(&file), JZ_META_XMP, all.m[0].meta.at, XMP, &made);
    fx_metas_done(&all);
    assert_int_equal(list_count(&made, &all), 1);
    assert_string_equal(all.m[0].value.ptr, XMP);
    fx_metas_done(&all);
}

/* Forms of Exif items: the field counts what JPEG has before the TIFF structure, or forgets it. */
static void test_heif_exif_begins_at_its_byte_order(void **state)
{
    (void)state;
    static const struct {
        uint8_t before[16];
        size_t n;
        jz_status passed;
    } forms[] = {
        { { 0, 0, 0, 0 }, 4, JZ_OK },
        { { 0, 0, 0, 6, 'E', 'x', 'i', 'f', 0, 0 }, 10, JZ_OK },
        { { 0, 0, 0, 0, 'E', 'x', 'i', 'f', 0, 0 }, 10, JZ_OK },
        { { 0, 0, 0, 3, 1, 2, 3 }, 7, JZ_OK },
        { { 0, 0, 4, 0 }, 4, JZ_E_CORRUPT },
        { { 0xff, 0xff, 0xff, 0xff }, 4, JZ_E_CORRUPT },
    };
    static const hx_variant plain = { .sizes = 0x4400, .xmp = HX_IN_MDAT };
    for (size_t i = 0; i < JZ_ARRAY_LEN(forms); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        fx_metas all;
        hx_build(&plain, &file);
        char *type = memmem(file.ptr, file.len, "mime", 4);
        char *packet = memmem(file.ptr, file.len, HX_XMP, 20);
        memcpy(type, "Exif", 4);
        memcpy(packet, forms[i].before, forms[i].n);
        memcpy(packet + forms[i].n, "II*\0", 4);
        assert_int_equal(list_count(&file, &all), 1);
        assert_int_equal(all.m[0].meta.kind, JZ_META_EXIF);
        assert_int_equal(all.m[0].meta.passed, forms[i].passed);
        const uint64_t at = all.m[0].meta.at;
        if (forms[i].passed == JZ_OK) {
            assert_memory_equal(all.m[0].value.ptr, "II*\0", 4);
            assert_int_equal(at, (size_t)(packet - file.ptr) + forms[i].n);
            edit(bytes_of(&file), JZ_META_EXIF, at, "MM, in another length", &made);
            fx_metas_done(&all);
            assert_int_equal(list_count(&made, &all), 1);
            assert_string_equal(all.m[0].value.ptr, "MM, in another length");
            expect_same_picture(bytes_of(&file), bytes_of(&made));
        }
        fx_metas_done(&all);
    }
}

/* ---- what is refused ---- */

static void expect_no_change(const hx_variant *v, jz_status status, const char *why)
{
    JZ_BUF_AUTO file = { 0 };
    fx_metas all;
    hx_build(v, &file);
    const size_t n = list_count(&file, &all);
    assert_true(n <= 1);
    expect_refusal(bytes_of(&file), JZ_META_XMP, n == 1 ? all.m[0].meta.at : JZ_META_NEW, XMP,
                   status, why);
    fx_metas_done(&all);
}

static void test_heif_edits_that_would_hurt_are_refused(void **state)
{
    (void)state;
    static const hx_variant shared = { .sizes = 0x4400, .xmp = HX_SHARED };
    static const hx_variant outside = { .sizes = 0x4400, .xmp = HX_OUTSIDE };
    static const hx_variant referred = {
        .iloc = 1, .sizes = 0x4400, .xmp = HX_IN_IDAT, .referred = true
    };
    static const hx_variant no_iinf = { .sizes = 0x4400, .no_iinf = true };
    static const hx_variant no_iloc = { .sizes = 0x4400, .no_iloc = true };
    static const hx_variant no_length = { .sizes = 0x4040 };
    static const hx_variant encoded = { .sizes = 0x4400, .xmp = HX_ENCODED };
    static const hx_variant protected = { .sizes = 0x4400, .xmp = HX_PROTECTED };
    static const hx_variant past_end = { .sizes = 0x4400, .xmp = HX_IN_MDAT, .past_end = 1000 };
    expect_no_change(&shared, JZ_E_UNSUPPORTED, "shares bytes");
    expect_no_change(&outside, JZ_E_UNSUPPORTED, "neither mdat nor idat");
    expect_no_change(&referred, JZ_E_UNSUPPORTED, "refers to item 2 as 'auxl'");
    expect_no_change(&no_iinf, JZ_E_UNSUPPORTED, "without iinf");
    expect_no_change(&no_iloc, JZ_E_UNSUPPORTED, "without iloc");
    expect_no_change(&no_length, JZ_E_UNSUPPORTED, "no fields");
    expect_no_change(&encoded, JZ_E_UNSUPPORTED, "(unsupported)");
    expect_no_change(&protected, JZ_E_UNSUPPORTED, "(unsupported)");
    expect_no_change(&past_end, JZ_E_UNSUPPORTED, "(truncated)");
}

static void test_heif_second_meta_box_is_refused(void **state)
{
    (void)state;
    static const hx_variant plain = { .sizes = 0x4400 };
    JZ_BUF_AUTO file = { 0 };
    hx_build(&plain, &file);
    hx_end(&file, hx_begin_full(&file, "meta", 0, 0));
    expect_refusal(bytes_of(&file), JZ_META_XMP, JZ_META_NEW, XMP, JZ_E_UNSUPPORTED, "two meta");
}

/* A file of 5 GiB, most of which is a hole: the plan of an edit, which is not carried out. */
static jz_status plan_large(const hx_variant *v, jz_splices *out, uint64_t *size, jz_err *err)
{
    static const uint8_t head[] = { 0, 0, 0, 1, 'f', 'r', 'e', 'e', 0, 0, 0, 1, 0x40, 0, 0, 0 };
    char path[] = "/tmp/jz-heif-XXXXXX";
    JZ_BUF_AUTO file = { 0 };
    jz_source src;
    const jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, text_of(XMP) };
    hx_build(v, &file);
    const int fd = mkstemp(path);
    assert_true(fd >= 0 && unlink(path) == 0);
    jz_buf_put(&file, head, sizeof head);
    assert_int_equal(write(fd, file.ptr, file.len), file.len);
    assert_int_equal(
        ftruncate(fd, (off_t)(file.len - sizeof head + ((uint64_t)1 << 32) + ((uint64_t)1 << 30))),
        0);
    assert_int_equal(jz_source_of_fd(fd, &src, err), JZ_OK);
    const jz_status st = fx_carrier(bytes_of(&file))->edit(&src, FX_KEY, &e, 1, out, err);
    *size = jz_splices_new_size(out, src.size);
    (void)close(fd);
    return st;
}

static void test_heif_places_past_32_bits(void **state)
{
    (void)state;
    static const hx_variant narrow = { .sizes = 0x4400 };
    static const hx_variant base = { .sizes = 0x4480 };
    static const hx_variant wide = { .iloc = 1, .sizes = 0x8400 };
    const hx_variant *const fits[] = { &base, &wide };
    jz_err err = { 0 };
    JZ_SPLICES_AUTO none = { 0 };
    uint64_t size;
    assert_int_equal(plan_large(&narrow, &none, &size, &err), JZ_E_LIMIT);
    assert_non_null(strstr(err.frame[0], "32 bits"));
    for (size_t i = 0; i < JZ_ARRAY_LEN(fits); i++) {
        JZ_SPLICES_AUTO s = { 0 };
        JZ_BUF_AUTO place = { 0 };
        if (plan_large(fits[i], &s, &size, &err) != JZ_OK)
            fail_msg("%s", err.frame[0]);
        hx_number(&place, 8, size - strlen(XMP));
        assert_non_null(memmem(s.bytes.ptr, s.bytes.len, place.ptr, 8));
    }
}

static void test_heif_items_that_cannot_be_read_are_told(void **state)
{
    (void)state;
    static const struct {
        hx_variant v;
        jz_status passed;
    } cases[] = {
        { { .sizes = 0x4400, .xmp = HX_ENCODED }, JZ_E_UNSUPPORTED },
        { { .sizes = 0x4400, .xmp = HX_PROTECTED }, JZ_E_UNSUPPORTED },
        { { .sizes = 0x4040, .xmp = HX_IN_MDAT }, JZ_E_UNSUPPORTED },
        { { .sizes = 0x4400, .xmp = HX_IN_MDAT, .past_end = 1000 }, JZ_E_TRUNCATED },
        { { .iloc = 1, .sizes = 0x8800, .xmp = HX_IN_TWO_PARTS, .past_end = UINT32_MAX },
          JZ_E_TRUNCATED },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        fx_metas all;
        hx_build(&cases[i].v, &file);
        assert_int_equal(list_count(&file, &all), 1);
        assert_int_equal(all.m[0].meta.kind, JZ_META_XMP);
        assert_int_equal(all.m[0].meta.passed, cases[i].passed);
        assert_null(all.m[0].meta.value.ptr);
        fx_metas_done(&all);
    }
}

static void test_heif_more_items_than_are_kept_are_refused(void **state)
{
    (void)state;
    static const hx_variant many = { .sizes = 0x4400, .more = 65 };
    JZ_BUF_AUTO file = { 0 };
    fx_metas all;
    hx_build(&many, &file);
    assert_int_equal(fx_list(fx_carrier(bytes_of(&file)), bytes_of(&file), &all, NULL), JZ_E_LIMIT);
    fx_metas_done(&all);
    expect_refusal(bytes_of(&file), JZ_META_XMP, JZ_META_NEW, XMP, JZ_E_LIMIT, "more than 64");
}

/* A number of n bytes, so many bytes behind a text, becomes another. */
static void poke(jz_buf *file, const char *text, size_t behind, unsigned width, uint64_t value)
{
    char *p = memmem(file->ptr, file->len, text, 4);
    assert_non_null(p);
    for (unsigned i = 0; i < width; i++)
        p[behind + i] = (char)(uint8_t)(value >> 8 * (width - 1 - i));
}

/* Counts and numbers of items that are lies; each is refused, and at once. */
static void test_heif_lying_numbers_are_refused(void **state)
{
    (void)state;
    static const hx_variant v2 = {
        .iloc = 2, .sizes = 0x4400, .iinf = 1, .pitm = 1, .infe = 3, .iref = 1, .xmp = HX_IN_MDAT
    };
    static const struct {
        const char *box;
        size_t behind;
        unsigned width;
        uint64_t value;
        jz_status status;
    } lies[] = {
        { "iinf", 8, 4, UINT32_MAX, JZ_E_CORRUPT },    /* items */
        { "iinf", 8, 4, 3, JZ_E_CORRUPT },             /* one more than there are */
        { "iinf", 4, 1, 9, JZ_OK },                    /* a version with the same layout */
        { "infe", 4, 1, 9, JZ_E_UNSUPPORTED },         /* a version */
        { "infe", 8, 4, 2, JZ_OK },                    /* an image of the XMP item's number */
        { "iloc", 10, 4, UINT32_MAX, JZ_E_TRUNCATED }, /* items */
        { "iloc", 4, 1, 3, JZ_E_UNSUPPORTED },         /* a version */
        { "iloc", 8, 1, 0x30, JZ_E_UNSUPPORTED },      /* a field of 3 bytes */
        { "iloc", 14, 4, 2, JZ_E_CORRUPT },            /* two places for one item */
        { "iloc", 22, 2, 0xffff, JZ_E_TRUNCATED },     /* extents */
        { "iref", 4, 1, 2, JZ_E_UNSUPPORTED },         /* a version */
        { "iref", 0, 4, 0x69696e66, JZ_E_CORRUPT },    /* a second iinf */
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(lies); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        const jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, text_of(XMP) };
        fx_metas all;
        hx_build(&v2, &file);
        poke(&file, lies[i].box, lies[i].behind, lies[i].width, lies[i].value);
        const jz_carrier *c = fx_carrier(bytes_of(&file));
        const jz_status st = fx_edit(c, bytes_of(&file), &e, 1, &made, NULL);
        if (st != lies[i].status)
            fail_msg("lie %zu: %s", i, jz_status_name(st));
        (void)fx_list(c, bytes_of(&file), &all, NULL); /* any status */
        fx_metas_done(&all);
    }
}

/* Extents without any field take no bytes: 65535 of them in each item would cost time only. */
static void test_heif_extents_without_bytes_cost_no_time(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    fx_metas all;
    const size_t ftyp = hx_begin(&file, "ftyp");
    jz_buf_put(&file, "avif\0\0\0\0avifmif1miaf", 20);
    hx_end(&file, ftyp);
    const size_t meta = hx_begin_full(&file, "meta", 0, 0);
    const size_t iloc = hx_begin_full(&file, "iloc", 2, 0);
    hx_number(&file, 2, 0); /* fields */
    hx_number(&file, 4, 1000000);
    for (uint32_t i = 1; i <= 1000000; i++) {
        hx_number(&file, 4, i);
        hx_number(&file, 4, 0);
        hx_number(&file, 2, 0xffff);
    }
    hx_end(&file, iloc);
    hx_end(&file, meta);
    assert_int_equal(fx_list(fx_carrier(bytes_of(&file)), bytes_of(&file), &all, NULL),
                     JZ_E_CORRUPT);
    expect_refusal(bytes_of(&file), JZ_META_XMP, JZ_META_NEW, XMP, JZ_E_CORRUPT, "extents");
}

static void test_heif_boxes_a_thousand_deep_are_survived(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    size_t at[1000];
    fx_metas all;
    const size_t ftyp = hx_begin(&file, "ftyp");
    jz_buf_put(&file, "heic\0\0\0\0mif1heic", 16);
    hx_end(&file, ftyp);
    for (size_t i = 0; i < JZ_ARRAY_LEN(at); i++)
        at[i] = hx_begin_full(&file, i % 2 == 0 ? "meta" : "iinf", 0, 0);
    for (size_t i = JZ_ARRAY_LEN(at); i > 0; i--)
        hx_end(&file, at[i - 1]);
    (void)fx_list(fx_carrier(bytes_of(&file)), bytes_of(&file), &all, NULL); /* any status */
    fx_metas_done(&all);
}

/* ---- what else a HEIF file has ---- */

/* A sequence whose pictures are all in moov: the boxes of sequence.avif without meta. */
static void test_heif_sequence_without_items_has_a_uuid_box(void **state)
{
    (void)state;
    static const char *const exif[] = { "exiftool", "-a", "-XMP-dc:Format", "@", NULL };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    assert_true(fx_load("media/sequence.avif", false, &file));
    poke(&file, "meta", 0, 4, 0x66726565); /* free */
    fx_round_trip(bytes_of(&file), XMP, &made);
    assert_int_equal(list_count(&made, &all), 1);
    assert_string_equal(all.m[0].meta.where, "uuid XMP");
    fx_metas_done(&all);
    peer_same_streams(bytes_of(&file), bytes_of(&made), ".avif");
    peer_prints(bytes_of(&made), ".avif", exif, "image/new");
}

static void test_heif_sequence_keeps_its_frames(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    assert_true(fx_load("media/sequence.avif", false, &file));
    edit(bytes_of(&file), JZ_META_XMP, JZ_META_NEW, XMP, &made);
    peer_same_packets(bytes_of(&file), bytes_of(&made), ".avif");
}

/* A uuid box and a list of keys are listed behind the items, and changed. */
static void test_heif_blocks_beside_items_are_changed(void **state)
{
    (void)state;
    static const uint8_t uuid[16] = { 0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8,
                                      0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac };
    static const hx_variant with_xmp = { .sizes = 0x4400, .xmp = HX_IN_MDAT };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    fx_metas all;
    hx_build(&with_xmp, &file);
    const size_t box = hx_begin(&file, "uuid");
    jz_buf_put(&file, uuid, sizeof uuid);
    jz_buf_puts(&file, "<in a box/>");
    hx_end(&file, box);
    assert_int_equal(list_count(&file, &all), 2);
    assert_string_equal(all.m[0].value.ptr, HX_XMP);
    assert_string_equal(all.m[1].value.ptr, "<in a box/>");
    const jz_meta_edit edits[] = { { JZ_META_XMP, all.m[1].meta.at, text_of("<elsewhere in it/>") },
                                   { JZ_META_XMP, all.m[0].meta.at, text_of(XMP) } };
    fx_metas_done(&all);
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    assert_int_equal(fx_edit(c, bytes_of(&file), edits, 2, &one, NULL), JZ_OK);
    assert_int_equal(list_count(&one, &all), 2);
    assert_string_equal(all.m[0].value.ptr, XMP);
    assert_string_equal(all.m[1].value.ptr, "<elsewhere in it/>");
    edit(bytes_of(&one), JZ_META_XMP, all.m[1].meta.at, NULL, &two);
    fx_metas_done(&all);
    assert_int_equal(list_count(&two, &all), 1);
    fx_metas_done(&all);
    expect_same_picture(bytes_of(&file), bytes_of(&two));
    expect_refusal(bytes_of(&file), JZ_META_TEXT, JZ_META_NEW, "text", JZ_E_UNSUPPORTED,
                   "no place for a text");
    expect_refusal(bytes_of(&file), JZ_META_XMP, 7, "text", JZ_E_INVAL, "of which this file has 0");
}

static void test_heif_hurt_files_are_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        assert_true(fx_load(samples[i], false, &file));
        edit(bytes_of(&file), JZ_META_XMP, JZ_META_NEW, "<x/>", &made);
        fx_hurt(bytes_of(&made), 1);
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(variants); i++) {
        JZ_BUF_AUTO file = { 0 };
        hx_build(&variants[i], &file);
        fx_hurt(bytes_of(&file), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heif_round_trips),
        cmocka_unit_test(test_heif_info_sees_the_packet),
        cmocka_unit_test(test_heif_blocks_written_by_exiftool_are_replaced),
        cmocka_unit_test(test_heif_forms_of_boxes_round_trip),
        cmocka_unit_test(test_heif_old_packets_are_replaced),
        cmocka_unit_test(test_heif_empty_items_make_way_for_a_new_one),
        cmocka_unit_test(test_heif_free_space_keeps_the_picture_in_its_place),
        cmocka_unit_test(test_heif_new_exif_is_an_item),
        cmocka_unit_test(test_heif_number_of_a_group_is_not_taken),
        cmocka_unit_test(test_heif_item_of_an_old_version_is_read),
        cmocka_unit_test(test_heif_exif_begins_at_its_byte_order),
        cmocka_unit_test(test_heif_edits_that_would_hurt_are_refused),
        cmocka_unit_test(test_heif_second_meta_box_is_refused),
        cmocka_unit_test(test_heif_places_past_32_bits),
        cmocka_unit_test(test_heif_items_that_cannot_be_read_are_told),
        cmocka_unit_test(test_heif_more_items_than_are_kept_are_refused),
        cmocka_unit_test(test_heif_lying_numbers_are_refused),
        cmocka_unit_test(test_heif_extents_without_bytes_cost_no_time),
        cmocka_unit_test(test_heif_boxes_a_thousand_deep_are_survived),
        cmocka_unit_test(test_heif_sequence_without_items_has_a_uuid_box),
        cmocka_unit_test(test_heif_sequence_keeps_its_frames),
        cmocka_unit_test(test_heif_blocks_beside_items_are_changed),
        cmocka_unit_test(test_heif_hurt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, start_decoder, stop_decoder);
}
