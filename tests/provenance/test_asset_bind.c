/* SPDX-License-Identifier: Apache-2.0 */
/* Hard bindings: those of files that others have signed hold, and no change of such a file is let
 * pass but those that the specification lets pass. */
#include "asset_fixture.h"

#include "media/carrier/bmff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static jz_bound bind_file(const ax_expected *e, jz_bytes file)
{
    jz_source src;
    jz_auto(jz_asset) *a = ax_open(file, &src);
    return ax_bind(a, e);
}

static void test_bindings_of_every_format_hold(void **state)
{
    ax_all all;
    (void)state;
    if (!ax_expect(AX_SIGNED, false, &all))
        skip();
    for (size_t i = 0; i < all.n; i++) {
        JZ_BUF_AUTO file = { 0 };
        const ax_expected *e = &all.file[i];
        assert_true(ax_load(e->path, &file));
        const jz_bound b = bind_file(e, ax_bytes(&file));
        if (b.verdict != JZ_BIND_MATCH)
            fail_msg("%s: %s", e->path, b.why);
        assert_string_equal(b.why, "");
        assert_int_equal(b.additional, e->bmff > 0); /* c2pa-rs leaves free and skip out, too */
    }
    ax_all_done(&all);
}

/* As ../data/c2pa/expected.tsv has it, by c2pa-rs 0.91.3. */
static void test_bindings_of_public_samples_are_judged_like_c2pa_rs(void **state)
{
    ax_all all;
    (void)state;
    if (!ax_expect("c2pa/*.jp* c2pa/*.mp4", true, &all))
        skip();
    for (size_t i = 0; i < all.n; i++) {
        JZ_BUF_AUTO file = { 0 };
        const ax_expected *e = &all.file[i];
        if (e->size == 0)
            continue;
        const bool changed = strstr(e->path, "E-dat") != NULL || strstr(e->path, "truepic") != NULL;
        assert_true(ax_load(e->path, &file));
        const jz_bound b = bind_file(e, ax_bytes(&file));
        if ((b.verdict == JZ_BIND_MISMATCH) != changed)
            fail_msg("%s: %d %s", e->path, b.verdict, b.why);
    }
    ax_all_done(&all);
}

static bool is_left_out(const ax_expected *e, size_t at)
{
    for (size_t i = 0; i < e->n_range; i++) {
        if (at >= e->range[i].at && at < e->range[i].at + e->range[i].size)
            return true;
    }
    return false;
}

/* Every byte of a file inverted, one after the other: the binding breaks, but in the store. There,
 * too, where its container's own fields are hurt. */
static void invert_each(const ax_expected *e)
{
    JZ_BUF_AUTO file = { 0 };
    assert_true(ax_load(e->path, &file));
    for (size_t i = 0; i < file.len; i++) {
        jz_source src;
        jz_asset *a;
        file.ptr[i] = (char)~file.ptr[i];
        jz_source_of_bytes(ax_bytes(&file), &src);
        if (!is_left_out(e, i) && jz_asset_open(&src, &a, NULL) == JZ_OK) {
            jz_bytes store;
            const bool found = jz_asset_store(a, &store, NULL) == JZ_OK;
            const jz_bound b = ax_bind(a, e);
            if (found && b.verdict == JZ_BIND_MATCH)
                fail_msg("%s: byte %zu may be changed", e->path, i);
            jz_asset_close(a);
        }
        file.ptr[i] = (char)~file.ptr[i];
    }
}

static void test_each_byte_of_a_file_is_bound(void **state)
{
    ax_all all;
    (void)state;
    if (!ax_expect("tests/data/provenance/signed.jpg tests/data/provenance/signed.png "
                   "tests/data/provenance/signed.webp tests/data/provenance/signed.wav "
                   "tests/data/provenance/signed.gif tests/data/provenance/signed.tif "
                   "tests/data/provenance/signed.mp3 tests/data/provenance/signed.svg "
                   "tests/data/provenance/signed.jxl",
                   false, &all))
        skip();
    for (size_t i = 0; i < all.n; i++)
        invert_each(&all.file[i]);
    ax_all_done(&all);
}

/* Whether a byte is in the content of a box that c2pa-rs leaves out, or in a C2PA box. */
static bool is_free(const jz_buf *file, size_t at)
{
    jz_source src;
    jz_box b;
    bool more = true;
    jz_source_of_bytes(ax_bytes(file), &src);
    jz_span s = jz_span_all(&src, "box");
    while (more && jz_box_next(&s, &b, &more, NULL) == JZ_OK && more) {
        const bool left_out = jz_box_is(&b, "ftyp") || jz_box_is(&b, "free") ||
                              jz_box_is(&b, "skip") || jz_box_is(&b, "uuid");
        if (at >= b.body.at && at < b.end)
            return left_out;
    }
    return false;
}

static void test_each_byte_of_boxes_is_bound(void **state)
{
    ax_all all;
    (void)state;
    if (!ax_expect("tests/data/provenance/signed.mp4 tests/data/provenance/signed.heic "
                   "tests/data/provenance/merkle.mp4",
                   false, &all))
        skip();
    for (size_t f = 0; f < all.n; f++) {
        const ax_expected *e = &all.file[f];
        JZ_BUF_AUTO file = { 0 };
        assert_true(ax_load(e->path, &file));
        for (size_t i = 0; i < file.len; i++) {
            if (i == 4) /* the type of ftyp: then it is no media file */
                i = 8;
            const bool may = is_free(&file, i);
            file.ptr[i] = (char)~file.ptr[i];
            const jz_bound b =
                may ? (jz_bound){ .verdict = JZ_BIND_MISMATCH } : bind_file(e, ax_bytes(&file));
            if (b.verdict == JZ_BIND_MATCH)
                fail_msg("%s: byte %zu may be changed", e->path, i);
            file.ptr[i] = (char)~file.ptr[i];
        }
    }
    ax_all_done(&all);
}

static void test_a_merkle_proof_is_checked(void **state)
{
    ax_all all;
    (void)state;
    if (!ax_expect("tests/data/provenance/merkle.mp4", false, &all))
        skip();
    JZ_BUF_AUTO file = { 0 };
    assert_true(ax_load(all.file[0].path, &file));
    const uint8_t *proof = memmem(file.ptr, file.len, "fhashes\x81X ", 10);
    assert_non_null(proof);
    const size_t at = (size_t)(proof - (const uint8_t *)file.ptr) + 10;
    assert_int_equal(bind_file(&all.file[0], ax_bytes(&file)).verdict, JZ_BIND_MATCH);
    file.ptr[at] = (char)~file.ptr[at];
    assert_int_equal(bind_file(&all.file[0], ax_bytes(&file)).verdict, JZ_BIND_MISMATCH);
    file.ptr[at] = (char)~file.ptr[at];
    all.file[0].tree.count = 2;
    assert_int_equal(bind_file(&all.file[0], ax_bytes(&file)).verdict, JZ_BIND_MALFORMED);
    all.file[0].tree.count = 3;
    all.file[0].tree.fixed_block = 512;
    assert_int_equal(bind_file(&all.file[0], ax_bytes(&file)).verdict, JZ_BIND_MALFORMED);
    all.file[0].tree.fixed_block = 1024;
    all.file[0].tree.local_id = 1;
    assert_int_equal(bind_file(&all.file[0], ax_bytes(&file)).verdict, JZ_BIND_MISMATCH);
    ax_all_done(&all);
}

static void test_bytes_behind_the_end_are_seen(void **state)
{
    ax_all all;
    (void)state;
    if (!ax_expect(AX_SIGNED, false, &all))
        skip();
    for (size_t i = 0; i < all.n; i++) {
        JZ_BUF_AUTO file = { 0 };
        assert_true(ax_load(all.file[i].path, &file));
        jz_buf_puts(&file, "more");
        const jz_bound more = bind_file(&all.file[i], ax_bytes(&file));
        assert_int_equal(more.verdict, JZ_BIND_MISMATCH);
        file.len -= 5;
        const jz_bound less = bind_file(&all.file[i], ax_bytes(&file));
        assert_int_equal(less.verdict, JZ_BIND_MISMATCH);
    }
    ax_all_done(&all);
}

/* ---- what an assertion may not say ---- */

static jz_bound bind_ranges(const jz_range *r, size_t n)
{
    JZ_BUF_AUTO file = { 0 };
    static const uint8_t hash[32];
    jz_source src;
    jz_bound b = { .verdict = JZ_BIND_MATCH };
    assert_true(ax_load_ours("media/rgb.png", &file));
    jz_auto(jz_asset) *a = ax_open(ax_bytes(&file), &src);
    const jz_data_binding d = { .exclusion = r, .n = n, .hash = { hash, sizeof hash } };
    assert_int_equal(jz_bind_data(a, &d, &b, NULL), JZ_OK);
    return b;
}

static void test_exclusions_that_make_no_sense_are_malformed(void **state)
{
    JZ_BUF_AUTO probe = { 0 };
    (void)state;
    if (!ax_load_ours("media/rgb.png", &probe))
        skip();
    const jz_range overlapping[] = { { 10, 10 }, { 19, 4 } };
    const jz_range falling[] = { { 20, 4 }, { 10, 4 } };
    const jz_range wrapping[] = { { 10, 4 }, { UINT64_MAX - 3, 8 } };
    const jz_range late[] = { { 10, UINT32_MAX } };
    assert_int_equal(bind_ranges(overlapping, 2).verdict, JZ_BIND_MALFORMED);
    assert_int_equal(bind_ranges(falling, 2).verdict, JZ_BIND_MALFORMED);
    assert_int_equal(bind_ranges(wrapping, 2).verdict, JZ_BIND_MALFORMED);
    assert_int_equal(bind_ranges(late, 1).verdict, JZ_BIND_MISMATCH);
    assert_int_equal(bind_ranges(NULL, 0).verdict, JZ_BIND_MISMATCH);
}

static void test_a_file_without_store_is_bound_as_a_whole(void **state)
{
    JZ_BUF_AUTO file = { 0 };
    uint8_t hash[JZ_SHA256_SIZE];
    jz_source src;
    jz_bound b;
    (void)state;
    if (!ax_load_ours("media/rgb.png", &file))
        skip();
    jz_sha256(file.ptr, file.len, hash);
    jz_auto(jz_asset) *a = ax_open(ax_bytes(&file), &src);
    const jz_range empty = { 5, 0 };
    const jz_data_binding d = { .exclusion = &empty, .n = 1, .hash = { hash, sizeof hash } };
    assert_int_equal(jz_bind_data(a, &d, &b, NULL), JZ_OK);
    assert_int_equal(b.verdict, JZ_BIND_MATCH);
    assert_false(b.additional);
}

static jz_bound bind_path(const char *path, const jz_range *subset, size_t n_subset)
{
    JZ_BUF_AUTO file = { 0 };
    static const uint8_t hash[32];
    jz_source src;
    jz_bound b = { .verdict = JZ_BIND_MATCH };
    assert_true(ax_load_ours("media/h264.mp4", &file));
    jz_auto(jz_asset) *a = ax_open(ax_bytes(&file), &src);
    const jz_bmff_exclusion x = { .xpath = { (const uint8_t *)path, strlen(path) },
                                  .subset = subset,
                                  .n_subset = n_subset };
    const jz_bmff_binding d = {
        .version = 3, .exclusion = &x, .n = 1, .hash = { hash, sizeof hash }
    };
    assert_int_equal(jz_bind_bmff(a, &d, &b, NULL), JZ_OK);
    return b;
}

static void test_paths_that_are_none_are_malformed(void **state)
{
    static const char *const wrong[] = {
        "",       "/",        "moov",    "//moov",   "/moo",
        "/moov/", "/moov[0]", "/moov[1", "/moov[x]", "/moov[99999999999]",
        "/a/bcde"
    };
    const jz_range falling[] = { { 20, 4 }, { 10, 4 } };
    const jz_range open[] = { { 10, 0 }, { 20, 4 } };
    JZ_BUF_AUTO probe = { 0 };
    (void)state;
    if (!ax_load_ours("media/h264.mp4", &probe))
        skip();
    for (size_t i = 0; i < JZ_ARRAY_LEN(wrong); i++)
        assert_int_equal(bind_path(wrong[i], NULL, 0).verdict, JZ_BIND_MALFORMED);
    assert_int_equal(bind_path("/moov[1]/trak[2]", NULL, 0).verdict, JZ_BIND_MISMATCH);
    assert_int_equal(bind_path("/mdat", falling, 2).verdict, JZ_BIND_MALFORMED);
    assert_int_equal(bind_path("/mdat", open, 2).verdict, JZ_BIND_MALFORMED);
}

/* ---- exclusions of boxes: each against a hash that was put together by hand ---- */

/* 64-bit sizes, siblings, boxes in boxes. */
static const uint8_t boxes[] = {
    0,   0,   0,   16,  'f', 't', 'y', 'p', 'i', 's', 'o', 'm', 0,   0,   0,   0,   /* 0 */
    0,   0,   0,   48,  'm', 'o', 'o', 'v',                                         /* 16 */
    0,   0,   0,   16,  't', 'r', 'a', 'k', 0,   0,   0,   8,   'a', 'a', 'a', 'a', /* 24 */
    0,   0,   0,   24,  't', 'r', 'a', 'k', 0,   0,   0,   16,  'b', 'b', 'b', 'b', /* 40 */
    1,   0,   0,   5,   9,   9,   9,   9,                                           /* 56 */
    0,   0,   0,   1,   'm', 'd', 'a', 't', 0,   0,   0,   0,   0,   0,   0,   20,
    'd', 'a', 't', 'a', /* 64 */
};

/* The hash of offsets (8 bytes each) and spans of boxes[]. */
typedef struct piece {
    bool offset;
    size_t at, size;
} piece;

static void hash_pieces(const piece *p, size_t n, uint8_t out[JZ_SHA256_SIZE])
{
    JZ_BUF_AUTO all = { 0 };
    for (size_t i = 0; i < n; i++) {
        const uint8_t be[8] = { [7] = (uint8_t)p[i].at };
        jz_buf_put(&all, p[i].offset ? be : boxes + p[i].at, p[i].offset ? 8 : p[i].size);
    }
    jz_sha256(all.ptr, all.len, out);
}

static jz_bound bind_pieces(const jz_bmff_exclusion *x, size_t n, const piece *p, size_t n_pieces)
{
    uint8_t hash[JZ_SHA256_SIZE];
    jz_source src;
    jz_bound b;
    hash_pieces(p, n_pieces, hash);
    jz_auto(jz_asset) *a = ax_open((jz_bytes){ boxes, sizeof boxes }, &src);
    const jz_bmff_binding d = {
        .version = 3, .exclusion = x, .n = n, .hash = { hash, sizeof hash }
    };
    assert_int_equal(jz_bind_bmff(a, &d, &b, NULL), JZ_OK);
    return b;
}

#define PATH(s)                                                                                    \
    {                                                                                              \
        (const uint8_t *)(s), sizeof(s) - 1                                                        \
    }

static void test_exclusions_leave_out_what_they_name(void **state)
{
    static const uint8_t nines[] = { 9, 9 };
    const jz_bmff_match match = { .offset = 12, .value = { nines, 2 } };
    const jz_bmff_match other = { .offset = 12, .value = { (const uint8_t *)"xx", 2 } };
    const jz_range subset[] = { { 8, 4 }, { 14, 0 } };
    const piece whole[] = {
        { true, 16, 0 }, { false, 16, 48 }, { true, 64, 0 }, { false, 64, 20 }
    };
    const piece no_bbbb[] = {
        { true, 16, 0 }, { false, 16, 32 }, { true, 64, 0 }, { false, 64, 20 }
    };
    const piece no_trak2[] = {
        { true, 16, 0 }, { false, 16, 24 }, { true, 64, 0 }, { false, 64, 20 }
    };
    const piece parts[] = {
        { true, 16, 0 }, { false, 16, 40 }, { false, 60, 2 }, { true, 64, 0 }, { false, 64, 20 }
    };
    const piece no_mdat[] = { { true, 16, 0 }, { false, 16, 48 } };
    const jz_bmff_exclusion ftyp = { .xpath = PATH("/ftyp") };
    const struct {
        jz_bmff_exclusion x;
        const piece *p;
        size_t n;
    } cases[] = {
        { { .xpath = PATH("/skip") }, whole, 4 },
        { { .xpath = PATH("/moov/trak/bbbb") }, no_bbbb, 4 },
        { { .xpath = PATH("/moov/trak[2]") }, no_trak2, 4 },
        { { .xpath = PATH("/moov/trak[2]/bbbb[1]") }, no_bbbb, 4 },
        { { .xpath = PATH("/moov/trak[1]/bbbb") }, whole, 4 },
        { { .xpath = PATH("/moov/trak/bbbb"), .has_length = true, .length = 16 }, no_bbbb, 4 },
        { { .xpath = PATH("/moov/trak/bbbb"), .has_length = true, .length = 15 }, whole, 4 },
        { { .xpath = PATH("/moov/trak/bbbb"), .has_version = true, .version = 1 }, no_bbbb, 4 },
        { { .xpath = PATH("/moov/trak/bbbb"), .has_version = true, .version = 2 }, whole, 4 },
        { { .xpath = PATH("/moov/trak/bbbb"), .has_flags = true, .flags = { 0, 0, 5 } },
          no_bbbb,
          4 },
        { { .xpath = PATH("/moov/trak/bbbb"), .has_flags = true, .flags = { 0, 0, 4 } }, whole, 4 },
        { { .xpath = PATH("/moov/trak/bbbb"),
            .has_flags = true,
            .flags = { 0, 0, 4 },
            .inexact = true },
          no_bbbb,
          4 },
        { { .xpath = PATH("/moov/trak/bbbb"),
            .has_flags = true,
            .flags = { 0, 0, 6 },
            .inexact = true },
          whole,
          4 },
        { { .xpath = PATH("/moov/trak/bbbb"), .match = &match, .n_match = 1 }, no_bbbb, 4 },
        { { .xpath = PATH("/moov/trak/bbbb"), .match = &other, .n_match = 1 }, whole, 4 },
        { { .xpath = PATH("/moov/trak/bbbb"), .subset = subset, .n_subset = 2 }, parts, 5 },
        { { .xpath = PATH("/mdat") }, no_mdat, 2 },
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        const jz_bmff_exclusion x[] = { ftyp, cases[i].x };
        const jz_bound b = bind_pieces(x, 2, cases[i].p, cases[i].n);
        if (b.verdict != JZ_BIND_MATCH)
            fail_msg("case %zu: %s", i, b.why);
        assert_true(b.additional);
    }
}

static void test_overlapping_exclusions_count_once(void **state)
{
    const jz_range low = { 8, 6 };
    const jz_range high = { 12, 4 };
    const piece p[] = {
        { true, 16, 0 }, { false, 16, 24 + 8 }, { true, 64, 0 }, { false, 64, 20 }
    };
    const jz_bmff_exclusion x[] = {
        { .xpath = PATH("/ftyp") },
        { .xpath = PATH("/moov/trak/bbbb"), .subset = &high, .n_subset = 1 },
        { .xpath = PATH("/moov/trak/bbbb"), .subset = &low, .n_subset = 1 },
        { .xpath = PATH("/moov/trak[2]/bbbb") },
    };
    (void)state;
    assert_int_equal(bind_pieces(x, 4, p, 4).verdict, JZ_BIND_MATCH);
}

static void test_too_many_exclusions_are_malformed(void **state)
{
    static jz_bmff_exclusion x[300];
    const piece p[] = { { true, 16, 0 } };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(x); i++)
        x[i] = (jz_bmff_exclusion){ .xpath = PATH("/free") };
    assert_int_equal(bind_pieces(x, JZ_ARRAY_LEN(x), p, 1).verdict, JZ_BIND_MALFORMED);
}

/* ---- fragments ---- */

static void put_box(jz_buf *out, const char *type, const void *body, size_t n)
{
    const uint8_t size[4] = { 0, 0, (uint8_t)((n + 8) >> 8), (uint8_t)(n + 8) };
    jz_buf_put(out, size, sizeof size);
    jz_buf_put(out, type, 4);
    jz_buf_put(out, body, n);
}

/* The proof of a fragment of tree 7, uniqueId 1, as a C2PA box. */
static void put_proof(jz_buf *out, uint8_t location, const uint8_t *hash)
{
    static const uint8_t uuid[] = { 0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c,
                                    0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81 };
    JZ_BUF_AUTO b = { 0 };
    jz_buf_put(&b, uuid, sizeof uuid);
    jz_buf_put(&b, "\0\0\0\0merkle", 11);
    jz_buf_put(&b, hash == NULL ? "\xa3" : "\xa4", 1);
    jz_buf_put(&b, "huniqueId\x01glocalId\x07hlocation", 28);
    jz_buf_put(&b, &location, 1);
    if (hash != NULL) {
        jz_buf_put(&b, "fhashes\x81X\x20", 10);
        jz_buf_put(&b, hash, JZ_SHA256_SIZE);
    }
    put_box(out, "uuid", b.ptr, b.len);
}

/* Offset and bytes of each box from at to the end, but for C2PA's, as they are hashed. */
static void hash_from(const jz_buf *file, size_t at, uint8_t out[JZ_SHA256_SIZE])
{
    JZ_BUF_AUTO all = { 0 };
    while (at < file->len) {
        const size_t n = (size_t)(uint8_t)file->ptr[at + 2] << 8 | (uint8_t)file->ptr[at + 3];
        const uint8_t be[8] = { [6] = (uint8_t)(at >> 8), [7] = (uint8_t)at };
        const bool left_out = memcmp(file->ptr + at + 4, "uuid", 4) == 0 ||
                              memcmp(file->ptr + at + 4, "ftyp", 4) == 0;
        if (!left_out) {
            jz_buf_put(&all, be, sizeof be);
            jz_buf_put(&all, file->ptr + at, n);
        }
        at += n;
    }
    jz_sha256(all.ptr, all.len, out);
}

static void hash_two(const uint8_t *a, const uint8_t *b, uint8_t out[JZ_SHA256_SIZE])
{
    uint8_t both[2 * JZ_SHA256_SIZE];
    memcpy(both, a, JZ_SHA256_SIZE);
    memcpy(both + JZ_SHA256_SIZE, b, JZ_SHA256_SIZE);
    jz_sha256(both, sizeof both, out);
}

/* Three fragments; the manifest holds the row above the leaves. */
typedef struct fragmented {
    jz_buf file;
    uint8_t init[JZ_SHA256_SIZE];
    uint8_t leaf[3][JZ_SHA256_SIZE];
    uint8_t root[JZ_SHA256_SIZE];
} fragmented;

/* Leaves do not depend on the proofs, only on their size. */
static void build_fragments(fragmented *f, bool with_proofs)
{
    f->file.len = 0;
    put_box(&f->file, "ftyp", "isom\0\0\0\0", 8);
    put_box(&f->file, "moov", "initial", 7);
    hash_from(&f->file, 0, f->init);
    for (uint8_t i = 0; i < 3; i++) {
        const uint8_t *peer = i == 2 ? NULL : f->leaf[i ^ 1];
        const uint8_t none[JZ_SHA256_SIZE] = { 0 };
        put_proof(&f->file, i, peer != NULL && !with_proofs ? none : peer);
        const size_t at = f->file.len;
        put_box(&f->file, "moof", &i, 1);
        put_box(&f->file, "mdat", "frames", i + 3U);
        hash_from(&f->file, at, f->leaf[i]);
    }
    hash_two(f->leaf[0], f->leaf[1], f->root);
}

static jz_bound bind_fragments(const fragmented *f)
{
    ax_expected e = { .bmff = 3, .n_x = 2, .path = "fragments" };
    jz_source src;
    const jz_bytes row[] = { { f->root, JZ_SHA256_SIZE }, { f->leaf[2], JZ_SHA256_SIZE } };
    size_t n;
    memcpy(e.x, jz_bmff_usual(&n), 2 * sizeof e.x[0]);
    e.tree = (jz_merkle_map){ .unique_id = 1,
                              .local_id = 7,
                              .count = 3,
                              .init_hash = { f->init, JZ_SHA256_SIZE },
                              .hash = row,
                              .n_hash = 2 };
    jz_auto(jz_asset) *a = ax_open(ax_bytes(&f->file), &src);
    return ax_bind_without_hash(a, &e);
}

static void test_fragments_are_bound_by_their_tree(void **state)
{
    fragmented f = { 0 };
    (void)state;
    build_fragments(&f, false);
    build_fragments(&f, true);
    const jz_bound good = bind_fragments(&f);
    if (good.verdict != JZ_BIND_MATCH)
        fail_msg("%s", good.why);
    for (size_t i = 20; i < f.file.len; i++) { /* behind ftyp */
        const bool version =
            memmem(f.file.ptr + (i < 32 ? 0 : i - 32), 32, "\x7e\xc4\x81", 3) && f.file.ptr[i] == 0;
        f.file.ptr[i] = (char)~f.file.ptr[i];
        if (!version && bind_fragments(&f).verdict == JZ_BIND_MATCH)
            fail_msg("byte %zu may be changed", i);
        f.file.ptr[i] = (char)~f.file.ptr[i];
    }
    f.file.len -= 8 + 5; /* without the last mdat */
    assert_int_equal(bind_fragments(&f).verdict, JZ_BIND_MISMATCH);
    f.file.len -= 9; /* and its moof */
    assert_int_equal(bind_fragments(&f).verdict, JZ_BIND_MISMATCH);
    jz_buf_done(&f.file);
}

/* ---- boxes of JPEG, PNG, GIF, RIFF ---- */

typedef struct entry {
    const char *names[12];
    size_t at, end;
} entry;

static jz_bound bind_entries(const jz_buf *file, const entry *entries, size_t n)
{
    jz_source src;
    jz_bound b;
    jz_bytes names[8][12];
    uint8_t hashes[8][JZ_SHA256_SIZE];
    jz_boxes_entry e[8] = { 0 };
    assert_true(n <= 8);
    for (size_t i = 0; i < n; i++) {
        for (; entries[i].names[e[i].n_name] != NULL; e[i].n_name++)
            names[i][e[i].n_name] = (jz_bytes){ (const uint8_t *)entries[i].names[e[i].n_name],
                                                strlen(entries[i].names[e[i].n_name]) };
        jz_sha256(file->ptr + entries[i].at, entries[i].end - entries[i].at, hashes[i]);
        e[i].name = names[i];
        e[i].hash = (jz_bytes){ hashes[i], JZ_SHA256_SIZE };
        e[i].excluded = entries[i].end == entries[i].at;
    }
    jz_auto(jz_asset) *a = ax_open(ax_bytes(file), &src);
    const jz_boxes_binding d = { .entry = e, .n = n };
    assert_int_equal(jz_bind_boxes(a, &d, &b, NULL), JZ_OK);
    return b;
}

static void test_boxes_of_a_png_are_matched(void **state)
{
    JZ_BUF_AUTO file = { 0 };
    (void)state;
    if (!ax_load_ours("provenance/signed.png", &file))
        skip();
    const size_t store = 33;
    const size_t after = file.len - (172 - 33);
    const entry good[] = { { { "PNGh", "IHDR" }, 0, store },
                           { { "C2PA" }, store, after },
                           { { "pHYs", "IDAT", "IEND" }, after, file.len } };
    const entry unknown[] = { good[0], good[1], { { "IDAT", "IEND" }, after, file.len } };
    const entry swapped[] = { good[1], good[0], good[2] };
    const entry shorter[] = { good[0], good[1] };
    const entry joined[] = { { { "PNGh", "IHDR", "C2PA" }, 0, after }, good[2] };
    assert_int_equal(bind_entries(&file, good, 3).verdict, JZ_BIND_MATCH);
    assert_int_equal(bind_entries(&file, unknown, 3).verdict, JZ_BIND_UNKNOWN_BOX);
    assert_int_equal(bind_entries(&file, swapped, 3).verdict, JZ_BIND_MISMATCH);
    assert_int_equal(bind_entries(&file, shorter, 2).verdict, JZ_BIND_UNKNOWN_BOX);
    assert_int_equal(bind_entries(&file, joined, 2).verdict, JZ_BIND_MALFORMED);
    jz_buf_puts(&file, "more");
    assert_int_equal(bind_entries(&file, good, 3).verdict, JZ_BIND_UNKNOWN_BOX);
    const entry behind[] = {
        good[0], good[1], good[2], { { "c2pa.after" }, file.len - 4, file.len }
    };
    assert_int_equal(bind_entries(&file, behind, 4).verdict, JZ_BIND_MATCH);
}

/* The names of a file's boxes, found by asking with a wrong one each time. */
static void test_boxes_of_other_formats_are_named(void **state)
{
    static const struct {
        const char *file;
        const char *names[12];
    } cases[] = {
        { "media/baseline.jpg",
          { "SOI", "APP0", "DQT", "DQT", "SOF0", "DHT", "DHT", "DHT", "DHT", "SOS", "EOI" } },
        { "provenance/signed.webp", { "WEBP", "VP8 ", "C2PA" } },
        { "provenance/signed.wav", { "WAVE", "fmt ", "data", "C2PA" } },
        { "media/still.gif", { "GIF89a", "LSD", "21FF", "21F9", "2C", "TBID", "3B" } },
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        if (!ax_load_ours(cases[i].file, &file))
            skip();
        entry all[2] = { 0 };
        memcpy(all[0].names, cases[i].names, sizeof cases[i].names);
        size_t n = 0;
        while (n < 12 && all[0].names[n] != NULL)
            n++;
        const bool store = strcmp(all[0].names[n - 1], "C2PA") == 0;
        if (store) {
            all[1].names[0] = "C2PA";
            all[0].names[n - 1] = NULL;
        }
        jz_source src;
        size_t ranges;
        jz_auto(jz_asset) *a = ax_open(ax_bytes(&file), &src);
        const jz_range *r = jz_asset_ranges(a, &ranges);
        all[0].end = store ? (size_t)r[0].at : file.len;
        const jz_bound b = bind_entries(&file, all, store ? 2 : 1);
        if (b.verdict != JZ_BIND_MATCH)
            fail_msg("%s: %s", cases[i].file, b.why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bindings_of_every_format_hold),
        cmocka_unit_test(test_bindings_of_public_samples_are_judged_like_c2pa_rs),
        cmocka_unit_test(test_each_byte_of_a_file_is_bound),
        cmocka_unit_test(test_each_byte_of_boxes_is_bound),
        cmocka_unit_test(test_a_merkle_proof_is_checked),
        cmocka_unit_test(test_bytes_behind_the_end_are_seen),
        cmocka_unit_test(test_exclusions_that_make_no_sense_are_malformed),
        cmocka_unit_test(test_a_file_without_store_is_bound_as_a_whole),
        cmocka_unit_test(test_paths_that_are_none_are_malformed),
        cmocka_unit_test(test_exclusions_leave_out_what_they_name),
        cmocka_unit_test(test_overlapping_exclusions_count_once),
        cmocka_unit_test(test_too_many_exclusions_are_malformed),
        cmocka_unit_test(test_fragments_are_bound_by_their_tree),
        cmocka_unit_test(test_boxes_of_a_png_are_matched),
        cmocka_unit_test(test_boxes_of_other_formats_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
