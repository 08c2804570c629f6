/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/hash.h>

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* How "AB / CD / EF" (2 wide, 3 high) is shown, rows one after the other: the table of Exif 2.32,
 * where orientation 6 says that the stored first row is the right side of the shown picture. */
static const struct {
    uint32_t width, height;
    const char *shown;
} expected[9] = {
    [1] = { 2, 3, "ABCDEF" }, [2] = { 2, 3, "BADCFE" }, [3] = { 2, 3, "FEDCBA" },
    [4] = { 2, 3, "EFCDAB" }, [5] = { 3, 2, "ACEBDF" }, [6] = { 3, 2, "ECAFDB" },
    [7] = { 3, 2, "FDBECA" }, [8] = { 3, 2, "BDFACE" },
};

static void test_every_orientation_is_shown_as_exif_says(void **state)
{
    (void)state;
    for (uint32_t channels = 1; channels <= 3; channels += 2) {
        uint8_t stored[3 * 16];
        memset(stored, '?', sizeof stored);
        for (size_t i = 0; i < 6; i++)
            memset(stored + i / 2 * 16 + i % 2 * channels, "ABCDEF"[i], channels);
        const jz_plane p = { stored, 2, 3, 16, channels };
        for (uint32_t o = 1; o <= 8; o++) {
            jz_plane out;
            uint8_t *mem = NULL;
            assert_int_equal(jz_plane_orient(&p, o, &out, &mem, NULL), JZ_OK);
            assert_int_equal(out.width, expected[o].width);
            assert_int_equal(out.height, expected[o].height);
            assert_int_equal(out.channels, channels);
            for (size_t i = 0; i < 6; i++)
                for (size_t c = 0; c < channels; c++)
                    assert_int_equal(
                        out.px[i / out.width * out.stride + i % out.width * channels + c],
                        expected[o].shown[i]);
            jz_plane_free(mem);
        }
    }
}

static void test_other_numbers_are_refused(void **state)
{
    (void)state;
    const uint8_t px = 0;
    const jz_plane p = { &px, 1, 1, 1, 1 };
    jz_plane out;
    uint8_t *mem = NULL;
    assert_int_equal(jz_plane_orient(&p, 0, &out, &mem, NULL), JZ_E_INVAL);
    assert_int_equal(jz_plane_orient(&p, 9, &out, &mem, NULL), JZ_E_INVAL);
    jz_fault_arm(0);
    assert_int_equal(jz_plane_orient(&p, 1, &out, &mem, NULL), JZ_E_NOMEM);
    assert_true(jz_fault_fired());
    assert_null(mem);
}

static void test_names_and_classes_are_complete(void **state)
{
    (void)state;
    static const char *const classes[] = { "md5", "sha256", "sm3", "pdq", "pdq_full", "vpdq" };
    size_t n = 0;
    while (jz_hash_class_at(n) != NULL)
        n++;
    assert_int_equal(n, JZ_ARRAY_LEN(classes));
    for (size_t i = 0; i < n; i++) {
        const jz_hash_class *c = jz_hash_class_find(classes[i]);
        assert_non_null(c);
        assert_string_equal(c->name, classes[i]);
        assert_int_equal(c->digest_size, strcmp(c->name, "md5") == 0 ? 16 : 32);
        assert_int_equal(c->kind,
                         strstr(c->name, "pdq") != NULL ? JZ_HASH_PERCEPTUAL : JZ_HASH_EXACT);
    }
    assert_null(jz_hash_class_find("PDQ"));
    assert_string_equal(jz_dihedral_name(JZ_ORIGINAL), "original");
    assert_string_equal(jz_dihedral_name(JZ_FLIP_MINUS1), "minus1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_orientation_is_shown_as_exif_says),
        cmocka_unit_test(test_other_numbers_are_refused),
        cmocka_unit_test(test_names_and_classes_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
