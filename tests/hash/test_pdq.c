/* SPDX-License-Identifier: Apache-2.0 */
/* PDQ against plain sequential code, kernel against kernel, variant against turned picture. */
#include "hash/pdq.h"

#include "base/alloc.h"
#include "bench/pdq_plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

jz_pdq_dsp pdq_dsp_wide(void); /* pdq_wide.c */

/* The i-th table to be tested: those of this processor, then the AVX-512 source compiled for any.
 */
static const jz_pdq_dsp *table(size_t i)
{
    static jz_pdq_dsp wide;
    const jz_pdq_dsp *dsp = jz_pdq_dsp_at(i);
    if (dsp != NULL || (i > 0 && jz_pdq_dsp_at(i - 1) == NULL))
        return dsp;
    wide = pdq_dsp_wide();
    return &wide;
}

typedef struct picture {
    jz_plane plane;
    uint8_t *px;
} picture;

static uint32_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

enum kind { NOISE, SMOOTH, BLOCKS, KINDS };

static uint8_t value(enum kind kind, uint32_t x, uint32_t y, uint32_t c, uint64_t *state)
{
    const uint32_t random = next(state);
    switch (kind) {
    case NOISE:
        return (uint8_t)random;
    case SMOOTH:
        return (uint8_t)((x * (3 + c) + y * 5 + (x * y) / 64) / 16 + random % 7);
    default: /* text-like: hard edges at odd distances */
        return (x / 13 + y / 29 + c) % 3 == 0 ? (uint8_t)(200 + random % 9)
                                              : (uint8_t)(random % 30);
    }
}

/* Rows with some padding, which no result may depend on. */
static picture make(enum kind kind, uint32_t width, uint32_t height, uint32_t channels)
{
    const size_t stride = (size_t)width * channels + 5;
    picture p = { .px = jz_alloc(stride * height) };
    uint64_t state = (uint64_t)kind * 1000 + width * 7 + height;
    assert_non_null(p.px);
    memset(p.px, 0xee, stride * height);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t c = 0; c < channels; c++)
                p.px[y * stride + x * channels + c] = value(kind, x, y, c, &state);
    p.plane = (jz_plane){ p.px, width, height, stride, channels };
    return p;
}

static const uint32_t sizes[][2] = {
    { 5, 5 },     { 5, 900 },   { 900, 6 },    { 63, 65 },     { 64, 63 },
    { 65, 64 },   { 64, 64 },   { 127, 129 },  { 128, 128 },   { 129, 127 },
    { 255, 257 }, { 511, 512 }, { 512, 512 },  { 513, 777 },   { 640, 480 },
    { 1023, 31 }, { 17, 1500 }, { 1280, 721 }, { 3000, 2000 },
};

static void assert_same(const jz_pdq *a, const jz_pdq *b, const char *who, const jz_plane *p)
{
    if (memcmp(a->dct, b->dct, sizeof a->dct) != 0 || a->quality != b->quality)
        fail_msg("%s differs at %ux%u, %u channels", who, p->width, p->height, p->channels);
}

static void plain(const jz_plane *p, jz_pdq *out)
{
    float *luma = jz_alloc((size_t)p->width * p->height * sizeof *luma);
    float *other = jz_alloc((size_t)p->width * p->height * sizeof *other);
    assert_non_null(luma);
    assert_non_null(other);
    jz_pdq_plain_luma(p, luma);
    jz_pdq_plain(luma, other, p->width, p->height, out);
    jz_free(luma);
    jz_free(other);
}

static void test_every_kernel_equals_the_specification_bit_for_bit(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(sizes); i++) {
        for (int kind = 0; kind < KINDS; kind++) {
            const uint32_t channels = (i + (size_t)kind) % 2 == 0 ? 1 : 3;
            picture p = make((enum kind)kind, sizes[i][0], sizes[i][1], channels);
            jz_pdq expected, got;
            plain(&p.plane, &expected);
            size_t tables = 0;
            for (const jz_pdq_dsp *dsp; (dsp = table(tables)) != NULL; tables++) {
                assert_int_equal(jz_pdq_full_by(dsp, &p.plane, &got, NULL), JZ_OK);
                assert_same(&got, &expected, dsp->name, &p.plane);
            }
            assert_true(tables >= 2);
            jz_free(p.px);
        }
    }
}

static void test_hash_equals_the_specification(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        picture p = make((enum kind)kind, 333, 222, 3);
        jz_pdq pdq;
        uint8_t ours[JZ_PDQ_SIZE], theirs[JZ_PDQ_SIZE];
        assert_int_equal(jz_pdq_full(&p.plane, &pdq, NULL), JZ_OK);
        jz_pdq_digest(&pdq, JZ_ORIGINAL, ours);
        jz_pdq_plain_digest(pdq.dct, theirs);
        assert_memory_equal(ours, theirs, JZ_PDQ_SIZE);
        jz_free(p.px);
    }
}

/* The lower median: with ties on both sides of the middle, fewer than 128 bits are set. */
static void test_ties_with_the_median_are_not_set(void **state)
{
    (void)state;
    jz_pdq pdq = { .quality = 100 };
    uint8_t digest[JZ_PDQ_SIZE], plain_digest[JZ_PDQ_SIZE];
    for (int k = 0; k < 256; k++)
        pdq.dct[k] = k < 100 ? -1.0f : k < 200 ? 2.0f : 3.0f;
    jz_pdq_digest(&pdq, JZ_ORIGINAL, digest);
    jz_pdq_plain_digest(pdq.dct, plain_digest);
    assert_memory_equal(digest, plain_digest, JZ_PDQ_SIZE);
    unsigned bits = 0;
    for (size_t i = 0; i < JZ_PDQ_SIZE; i++)
        bits += (unsigned)__builtin_popcount(digest[i]);
    assert_int_equal(bits, 56);
}

static void test_nearest_neighbour_reduction_takes_floor_positions(void **state)
{
    (void)state;
    static const uint32_t large[][2] = { { 513, 512 }, { 1600, 1004 }, { 300, 2000 }, { 4001, 9 } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(large); i++) {
        picture p = make(BLOCKS, large[i][0], large[i][1], i % 2 == 0 ? 3 : 1);
        picture small = make(NOISE, 512, 512, p.plane.channels);
        for (size_t y = 0; y < 512; y++)
            for (size_t x = 0; x < 512; x++)
                memcpy(small.px + y * small.plane.stride + x * p.plane.channels,
                       p.px + y * p.plane.height / 512 * p.plane.stride +
                           x * p.plane.width / 512 * p.plane.channels,
                       p.plane.channels);
        jz_pdq expected, got;
        plain(&small.plane, &expected);
        size_t t = 0;
        for (const jz_pdq_dsp *dsp; (dsp = table(t)) != NULL; t++) {
            assert_int_equal(jz_pdq_nn512_by(dsp, &p.plane, &got, NULL), JZ_OK);
            assert_same(&got, &expected, dsp->name, &p.plane);
        }
        jz_free(p.px);
        jz_free(small.px);
    }
}

static void test_sides_below_five_hash_to_zero(void **state)
{
    (void)state;
    static const uint32_t tiny[][2] = { { 1, 1 }, { 4, 900 }, { 900, 4 }, { 4, 4 } };
    const uint8_t zero[JZ_PDQ_SIZE] = { 0 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(tiny); i++) {
        picture p = make(NOISE, tiny[i][0], tiny[i][1], 3);
        jz_pdq pdq;
        assert_int_equal(jz_pdq_full(&p.plane, &pdq, NULL), JZ_OK);
        assert_int_equal(pdq.quality, 0);
        for (int v = 0; v < JZ_DIHEDRALS; v++) {
            uint8_t digest[JZ_PDQ_SIZE];
            jz_pdq_digest(&pdq, (jz_dihedral)v, digest);
            assert_memory_equal(digest, zero, sizeof zero);
        }
        jz_free(p.px);
    }
}

static void test_wrong_planes_are_refused(void **state)
{
    (void)state;
    uint8_t px[64] = { 0 };
    const jz_plane bad[] = {
        { px, 8, 8, 8, 2 }, { px, 0, 8, 8, 1 }, { px, 8, 0, 8, 1 }, { px, 8, 8, 7, 1 }
    };
    jz_pdq pdq;
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_int_equal(jz_pdq_full(&bad[i], &pdq, NULL), JZ_E_INVAL);
}

/* What was done to a picture, as an EXIF orientation that would show it so. */
static const uint32_t as_orientation[JZ_DIHEDRALS] = {
    [JZ_ORIGINAL] = 1, [JZ_ROTATE90] = 8, [JZ_ROTATE180] = 3,  [JZ_ROTATE270] = 6,
    [JZ_FLIPX] = 4,    [JZ_FLIPY] = 2,    [JZ_FLIP_PLUS1] = 5, [JZ_FLIP_MINUS1] = 7,
};

/* Variants come from the transform, not from turned pixels: a few bits off, never half of them. */
static void test_variants_are_near_the_hash_of_the_turned_picture(void **state)
{
    (void)state;
    picture p = make(BLOCKS, 400, 300, 3);
    jz_pdq pdq;
    assert_int_equal(jz_pdq_full(&p.plane, &pdq, NULL), JZ_OK);
    for (int v = 0; v < JZ_DIHEDRALS; v++) {
        unsigned best = 256, best_at = 0;
        for (uint32_t o = 1; o <= 8; o++) {
            jz_plane turned;
            uint8_t *mem = NULL;
            jz_pdq other;
            uint8_t a[JZ_PDQ_SIZE], b[JZ_PDQ_SIZE];
            assert_int_equal(jz_plane_orient(&p.plane, o, &turned, &mem, NULL), JZ_OK);
            assert_int_equal(jz_pdq_full(&turned, &other, NULL), JZ_OK);
            jz_pdq_digest(&pdq, (jz_dihedral)v, a);
            jz_pdq_digest(&other, JZ_ORIGINAL, b);
            const unsigned d = jz_hamming256(a, b);
            best_at = d < best ? o : best_at;
            best = d < best ? d : best;
            jz_plane_free(mem);
        }
        if (best > 31 || best_at != as_orientation[v]) /* 31: the field's threshold for a match */
            fail_msg("%s is nearest to orientation %u, %u bits", jz_dihedral_name((jz_dihedral)v),
                     best_at, best);
    }
    jz_free(p.px);
}

static void test_fast_path_is_equal_on_every_kernel_and_near_the_exact_one(void **state)
{
    (void)state;
    static const uint32_t big[][2] = { { 512, 512 }, { 640, 480 }, { 1600, 1004 }, { 777, 513 } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(big); i++) {
        for (uint32_t channels = 1; channels <= 3; channels += 2) {
            picture p = make(BLOCKS, big[i][0], big[i][1], channels);
            jz_pdq exact, first, got;
            uint8_t a[JZ_PDQ_SIZE], b[JZ_PDQ_SIZE];
            assert_int_equal(jz_pdq_full(&p.plane, &exact, NULL), JZ_OK);
            assert_int_equal(
                jz_pdq_fast_by(&jz_pdq_dsp_c, &p.plane, big[i][0], big[i][1], &first, NULL), JZ_OK);
            size_t t = 0;
            for (const jz_pdq_dsp *dsp; (dsp = table(t)) != NULL; t++) {
                assert_int_equal(jz_pdq_fast_by(dsp, &p.plane, big[i][0], big[i][1], &got, NULL),
                                 JZ_OK);
                assert_same(&got, &first, dsp->name, &p.plane);
            }
            jz_pdq_digest(&exact, JZ_ORIGINAL, a);
            jz_pdq_digest(&first, JZ_ORIGINAL, b);
            assert_true(jz_hamming256(a, b) <= 4);
            jz_free(p.px);
        }
    }
}

static void test_out_of_memory_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    picture p = make(SMOOTH, 700, 600, 3);
    for (unsigned n = 0;; n++) {
        jz_pdq pdq;
        jz_fault_arm(n);
        jz_status st = jz_pdq_full(&p.plane, &pdq, NULL);
        if (st == JZ_OK)
            st = jz_pdq_fast(&p.plane, 700, 600, &pdq, NULL);
        if (!jz_fault_fired())
            break;
        assert_int_equal(st, JZ_E_NOMEM);
    }
    jz_free(p.px);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kernel_equals_the_specification_bit_for_bit),
        cmocka_unit_test(test_hash_equals_the_specification),
        cmocka_unit_test(test_ties_with_the_median_are_not_set),
        cmocka_unit_test(test_nearest_neighbour_reduction_takes_floor_positions),
        cmocka_unit_test(test_sides_below_five_hash_to_zero),
        cmocka_unit_test(test_wrong_planes_are_refused),
        cmocka_unit_test(test_variants_are_near_the_hash_of_the_turned_picture),
        cmocka_unit_test(test_fast_path_is_equal_on_every_kernel_and_near_the_exact_one),
        cmocka_unit_test(test_out_of_memory_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
