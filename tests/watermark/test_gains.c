/* SPDX-License-Identifier: Apache-2.0 */
/* How strongly tones came through, found again from what they are along their phases. */
#include "watermark/gains.h"

#include "base/exact_math.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static jz_watermark_key *key;

static int make_key(void **state)
{
    const uint8_t secret[JZ_WATERMARK_SECRET_SIZE] = "gains";
    (void)state;
    return jz_watermark_key_make(secret, &key, NULL) == JZ_OK ? 0 : -1;
}

static int free_key(void **state)
{
    (void)state;
    jz_watermark_key_free(key);
    return 0;
}

/* Of variance 1, the same everywhere: twelve uniform numbers. */
static double noise(uint64_t *seed)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        sum += (double)(*seed >> 11) * 0x1p-53;
    }
    return sum;
}

/* Tones of a mark of such gains, data of either sign; a pilot has twice the amplitude. */
static void make_tones(double amount, double fall, uint64_t seed, double along[JZ_WM_TONES])
{
    for (size_t i = 0; i < JZ_WM_TONES; i++) {
        const double shape = jz_exp(-fall * (key->tone[i].radius - JZ_WM_DATA_NEAR));
        const double sign = i < JZ_WM_PILOTS ? 2 : i % 2 == 0 ? 1 : -1;
        along[i] = sign * amount * shape + noise(&seed);
    }
}

static void test_gains_are_found_again(void **state)
{
    static const double amounts[] = { 0.8, 1.2, 2.5 }, falls[] = { 0, 0.003, 0.012 };
    (void)state;
    for (size_t a = 0; a < JZ_ARRAY_LEN(amounts); a++)
        for (size_t f = 0; f < JZ_ARRAY_LEN(falls); f++) {
            double along[JZ_WM_TONES];
            jz_wm_gains g;
            make_tones(amounts[a], falls[f], 10 * a + f, along);
            jz_wm_gains_fit(key, along, &g);
            for (int r = JZ_WM_DATA_NEAR; r <= 200; r += 48) {
                const double is = amounts[a] * jz_exp(-falls[f] * (r - JZ_WM_DATA_NEAR));
                assert_true(fabs(jz_wm_gain_at(&g, r) - is) < 0.15 + 0.15 * is);
            }
        }
}

static void test_gains_do_not_depend_on_what_the_data_say(void **state)
{
    double along[JZ_WM_TONES];
    jz_wm_gains g, other;
    (void)state;
    make_tones(1, 0.004, 7, along);
    jz_wm_gains_fit(key, along, &g);
    for (size_t i = JZ_WM_PILOTS; i < JZ_WM_TONES; i++)
        along[i] = i % 3 == 0 ? along[i] : -along[i];
    jz_wm_gains_fit(key, along, &other);
    assert_memory_equal(&g, &other, sizeof g);
}

static void test_noise_has_the_least_gain(void **state)
{
    double along[JZ_WM_TONES];
    jz_wm_gains g;
    (void)state;
    make_tones(0, 0, 3, along);
    jz_wm_gains_fit(key, along, &g);
    assert_true(jz_wm_gain_at(&g, 150) < 0.3);
}

static void test_no_tone_convinces_more_than_four(void **state)
{
    double along[JZ_WM_TONES], more[JZ_WM_TONES];
    jz_wm_gains g, other;
    (void)state;
    make_tones(1, 0.004, 5, along);
    along[0] = along[100] = 4;
    memcpy(more, along, sizeof more);
    more[0] = more[100] = 1e6;
    jz_wm_gains_fit(key, along, &g);
    jz_wm_gains_fit(key, more, &other);
    assert_memory_equal(&g, &other, sizeof g);
    assert_true(jz_wm_gain_at(&(jz_wm_gains){ .amount = 9 }, JZ_WM_DATA_NEAR) <= 4);
}

/* The same numbers to the bit wherever it runs: a mark that one reader decodes, all do. */
static void test_gains_are_the_same_everywhere(void **state)
{
    double along[JZ_WM_TONES];
    jz_wm_gains g;
    (void)state;
    make_tones(0.9, 0.006, 11, along);
    jz_wm_gains_fit(key, along, &g);
    assert_true(g.amount == 0x1.c249c53495bc2p-1 && g.fall == 0x1.8de3fce5cf772p-8);
    assert_true(jz_wm_gain_at(&g, 131.5) == 0x1.1cb80b34ec2b2p-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gains_are_found_again),
        cmocka_unit_test(test_gains_do_not_depend_on_what_the_data_say),
        cmocka_unit_test(test_noise_has_the_least_gain),
        cmocka_unit_test(test_no_tone_convinces_more_than_four),
        cmocka_unit_test(test_gains_are_the_same_everywhere),
    };
    return cmocka_run_group_tests(tests, make_key, free_key);
}
