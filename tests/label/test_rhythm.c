/* SPDX-License-Identifier: Apache-2.0 */
/* The audible mark's rhythm: its times to the sample, and that it alone is taken for it. */
#include "label/mark_rhythm.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PI 3.14159265358979323846

static const uint32_t rates[] = { 4000,  8000,  11025, 16000,  22050, 44100,
                                  47999, 48000, 96000, 192000, 384000 };
static const unsigned units[] = { 1, 1, 3, 3, 1, 1, 1 };

typedef struct samples {
    int16_t *s;
    size_t n;
} samples;

static samples silence(size_t n)
{
    samples out = { calloc(n, sizeof(int16_t)), n };
    assert_non_null(out.s);
    return out;
}

/* before and behind: seconds of silence around it. */
static samples rhythm(uint32_t rate, double amplitude, double before, double behind)
{
    const size_t at = (size_t)(before * rate);
    const size_t n = jz_rhythm_samples(rate);
    samples out = silence(at + n + (size_t)(behind * rate));
    jz_rhythm_make(rate, amplitude, out.s + at);
    return out;
}

static int16_t loudest(const int16_t *s, size_t n)
{
    int16_t most = 0;
    for (size_t i = 0; i < n; i++)
        most = abs(s[i]) > most ? (int16_t)abs(s[i]) : most;
    return most;
}

static void test_times_are_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rates); i++) {
        const uint32_t rate = rates[i];
        const size_t unit = jz_rhythm_unit(rate);
        assert_int_equal(unit, (size_t)llround(rate * 0.12));
        assert_int_equal(jz_rhythm_samples(rate), 11 * unit);
        samples r = rhythm(rate, 0.5, 0, 0);
        size_t at = 0;
        for (size_t k = 0; k < JZ_ARRAY_LEN(units); k++) {
            const size_t n = units[k] * unit;
            const int16_t peak = loudest(r.s + at, n);
            if (k % 2 != 0)
                assert_int_equal(peak, 0);
            else /* a sine at few samples a wave may miss its top */
                assert_in_range(peak, rate < 5000 ? 11000 : 15000, 16384);
            /* no silence at the tone's ends but its edge */
            if (k % 2 == 0) {
                assert_true(loudest(r.s + at, rate / 100) > 8000);
                assert_true(loudest(r.s + at + n - rate / 100, rate / 100) > 8000);
            }
            at += n;
        }
        assert_int_equal(at, r.n);
        free(r.s);
    }
}

static void test_edges_do_not_click(void **state)
{
    (void)state;
    const uint32_t rate = 48000;
    samples r = rhythm(rate, 1.0, 0, 0);
    /* A sine of full amplitude rises by 2 pi f / rate of it from sample to sample, and no more
     * where it begins and ends. */
    const double most = 2 * PI * JZ_RHYTHM_PITCH_HZ / rate * 32768 + 1;
    for (size_t i = 1; i < r.n; i++)
        if (abs(r.s[i] - r.s[i - 1]) > most)
            fail_msg("sample %zu: from %d to %d", i, r.s[i - 1], r.s[i]);
    assert_true(abs(r.s[1]) < 20);
    assert_true(abs(r.s[jz_rhythm_unit(rate) - 1]) < 200);
    assert_in_range(loudest(r.s, r.n), 32700, 32767);
    free(r.s);
}

static void test_rhythm_is_found_and_measured(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rates); i++) {
        for (double amplitude = 0.002; amplitude < 1; amplitude *= 7) {
            samples r = rhythm(rates[i], amplitude, 0.05, 0.2);
            jz_rhythm_seen seen;
            jz_err err = { 0 };
            if (jz_rhythm_find(r.s, r.n, rates[i], &seen, &err) != JZ_OK)
                fail_msg("%u, %g: %s", rates[i], amplitude, err.frame[0]);
            assert_true(fabs(seen.unit_s - 0.12) < 0.002);
            assert_true(fabs(seen.at_s - 0.05) < 0.005);
            assert_true(fabs(seen.level_db - 20 * log10(amplitude / sqrt(2))) < 0.3);
            for (size_t k = 0; k < JZ_RHYTHM_TONES; k++)
                assert_true(fabs(seen.tone_s[k] - 0.12 * units[2 * k]) < 0.008);
            for (size_t k = 0; k + 1 < JZ_RHYTHM_TONES; k++)
                assert_true(fabs(seen.pause_s[k] - 0.12 * units[2 * k + 1]) < 0.008);
            free(r.s);
        }
    }
}

static void add_noise(samples *r, double amplitude)
{
    uint32_t x = 12345;
    for (size_t i = 0; i < r->n; i++) {
        x = x * 1664525u + 1013904223u;
        r->s[i] = (int16_t)(r->s[i] + lrint(amplitude * ((double)x / 2147483648.0 - 1)));
    }
}

static void test_rhythm_is_found_in_noise_but_not_below_it(void **state)
{
    (void)state;
    jz_rhythm_seen seen;
    samples r = rhythm(44100, 0.3, 0.02, 0.2);
    add_noise(&r, 3000);
    assert_int_equal(jz_rhythm_find(r.s, r.n, 44100, &seen, NULL), JZ_OK);
    add_noise(&r, 20000);
    assert_int_equal(jz_rhythm_find(r.s, r.n, 44100, &seen, NULL), JZ_E_NOTFOUND);
    free(r.s);
}

/* Tones of a pitch, in units: n of them, tone first. */
static samples tones(const double *lengths, size_t n, double hz)
{
    const uint32_t rate = 16000;
    samples out = silence(rate * 3);
    size_t at = 0;
    for (size_t k = 0; k < n; k++) {
        const size_t len = (size_t)(lengths[k] * 0.12 * rate);
        for (size_t i = 0; k % 2 == 0 && i < len; i++)
            out.s[at + i] = (int16_t)lrint(8000 * sin(2 * PI * hz * (double)i / rate));
        at += len;
    }
    return out;
}

static void test_other_rhythms_are_not_taken_for_it(void **state)
{
    static const struct {
        double lengths[9];
        size_t n;
        double hz;
        const char *text; /* NULL: it is the rhythm */
    } cases[] = {
        { { 1, 1, 3, 3, 1, 1, 1 }, 7, 1000, NULL },
        { { 2, 2, 6, 6, 2, 2, 2 }, 7, 1000, NULL }, /* slower, the same rhythm */
        { { 1, 1, 3, 3, 1, 1, 1 }, 7, 700, "tone" },
        { { 1, 1, 1, 3, 3, 1, 1 }, 7, 1000, "are due" },
        { { 3, 1, 1, 3, 1, 1, 1 }, 7, 1000, "are due" },
        { { 1, 1, 3, 1, 1, 1, 1 }, 7, 1000, "are due" },
        { { 1, 1, 1, 1, 1, 1, 1 }, 7, 1000, "are due" },
        { { 1, 1, 3, 3, 1 }, 5, 1000, "3 tones" },
        { { 1, 1, 3, 3, 1, 1, 1, 3, 1 }, 9, 1000, "5 tones" },
        { { 11 }, 1, 1000, "1 tones" },
        { { 0 }, 0, 1000, "no tone" },
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        samples r = tones(cases[i].lengths, cases[i].n, cases[i].hz);
        jz_rhythm_seen seen;
        jz_err err = { 0 };
        const jz_status st = jz_rhythm_find(r.s, r.n, 16000, &seen, &err);
        if ((st == JZ_OK) != (cases[i].text == NULL) ||
            (st != JZ_OK && strstr(err.frame[0], cases[i].text) == NULL))
            fail_msg("case %zu: %s", i, st == JZ_OK ? "found" : err.frame[0]);
        free(r.s);
    }
}

static void test_few_samples_are_no_rhythm(void **state)
{
    (void)state;
    int16_t s[64] = { 1000, -1000 };
    jz_rhythm_seen seen;
    for (size_t n = 0; n <= 64; n++)
        assert_int_equal(jz_rhythm_find(s, n, 44100, &seen, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_rhythm_find(s, 64, 3999, &seen, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_rhythm_find(s, 64, 0, &seen, NULL), JZ_E_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_exact),
        cmocka_unit_test(test_edges_do_not_click),
        cmocka_unit_test(test_rhythm_is_found_and_measured),
        cmocka_unit_test(test_rhythm_is_found_in_noise_but_not_below_it),
        cmocka_unit_test(test_other_rhythms_are_not_taken_for_it),
        cmocka_unit_test(test_few_samples_are_no_rhythm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
