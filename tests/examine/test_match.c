/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "examine/face_findings.h"
#include "fixture.h"

#include <string.h>

struct banks {
    char dir[256];
    jz_banks *b;
};

static uint8_t random_byte(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint8_t)(*seed >> 24);
}

static void random_digest(uint8_t digest[JZ_PDQ_SIZE], uint32_t seed)
{
    for (size_t i = 0; i < JZ_PDQ_SIZE; i++)
        digest[i] = random_byte(&seed);
}

static void flip(uint8_t digest[JZ_PDQ_SIZE], unsigned bits)
{
    for (unsigned i = 0; i < bits; i++)
        digest[i * 5 % JZ_PDQ_SIZE] ^= (uint8_t)(1u << (i * 5 / JZ_PDQ_SIZE));
}

static int open_banks(void **state)
{
    static struct banks banks;
    fx_folder(banks.dir, sizeof banks.dir);
    assert_int_equal(jz_banks_open(banks.dir, true, true, &banks.b, NULL), JZ_OK);
    assert_int_equal(jz_bank_create(banks.b, "known", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_create(banks.b, "other", NULL, NULL), JZ_OK);
    *state = &banks;
    return 0;
}

static int close_banks(void **state)
{
    struct banks *banks = *state;
    jz_banks_close(banks->b);
    fx_remove(banks->dir);
    return 0;
}

static jz_signal signal_of(const char *cls, uint32_t seed, double seconds)
{
    jz_signal s = { .cls = jz_hash_class_find(cls), .quality = -1, .frame = -1 };
    random_digest(s.digest, seed);
    if (strcmp(cls, "vpdq") == 0) {
        s.quality = 100;
        s.frame = (int64_t)(seconds * 30);
        s.seconds = seconds;
    }
    return s;
}

static int64_t add(jz_banks *b, const char *bank, const jz_signal *signals, size_t n)
{
    int64_t entry = 0;
    bool added = false;
    const jz_entry_meta meta = { .status = JZ_ENTRY_SEED };
    assert_int_equal(jz_bank_add(b, bank, &meta, signals, n, &entry, &added, NULL), JZ_OK);
    assert_true(added);
    return entry;
}

/* A probe whose variants are all unlike everything but for one, which is the seed's digest with
 * some bits changed. */
static jz_probe probe_of(const char *cls, uint32_t seed, unsigned bits, jz_dihedral v, int quality,
                         double seconds)
{
    jz_probe p = { .cls = jz_hash_class_find(cls),
                   .oriented = true,
                   .quality = quality,
                   .frame = strcmp(cls, "vpdq") == 0 ? (int64_t)(seconds * 30) : -1,
                   .seconds = seconds };
    for (uint32_t i = 0; i < JZ_DIHEDRALS; i++)
        random_digest(p.digest[i], 900000 + seed * 16 + i);
    random_digest(p.digest[v], seed);
    flip(p.digest[v], bits);
    return p;
}

static jz_findings match(struct banks *banks, jz_probe *probes, size_t n, const jz_match_opts *opts)
{
    jz_findings f = { 0 };
    const jz_measurement m = { .probe = probes, .n = n, .size = n };
    assert_int_equal(jz_match_banks(banks->b, &m, opts, &f, NULL), JZ_OK);
    return f;
}

static void test_match_says_which_hash_mode_and_variant(void **state)
{
    struct banks *banks = *state;
    const jz_signal signals[] = { signal_of("pdq", 1, 0), signal_of("pdq_full", 2, 0) };
    const int64_t entry = add(banks->b, "known", signals, 2);
    jz_probe probes[] = { probe_of("pdq", 1, 9, JZ_FLIPX, 80, 0),
                          probe_of("pdq_full", 2, 4, JZ_ROTATE270, 81, 0) };
    jz_findings f = match(banks, probes, 2, NULL);
    assert_int_equal(f.n, 1);
    assert_int_equal(f.compared, 2);
    const jz_match *m = f.finding[0].match;
    assert_int_equal(m->entry, entry);
    assert_string_equal(m->bank, "known");
    assert_int_equal(m->distance, 4);
    assert_string_equal(m->mode->name, "pdq_full");
    assert_string_equal(m->signal->name, "pdq_full");
    assert_int_equal(m->variant, JZ_ROTATE270);
    assert_int_equal(m->quality, 81);
    assert_int_equal(m->frames_compared, 0);
    assert_string_equal(f.finding[0].examiner, "match");
    assert_int_equal(f.finding[0].verdict, JZ_SUSPECTED);
    jz_findings_done(&f);
}

static void test_match_prefers_like_with_like_at_equal_distance(void **state)
{
    struct banks *banks = *state;
    const jz_signal signals[] = { signal_of("pdq", 7, 0), signal_of("pdq_full", 7, 0) };
    (void)add(banks->b, "known", signals, 2);
    jz_probe probes[] = { probe_of("pdq_full", 7, 3, JZ_FLIPY, 90, 0),
                          probe_of("pdq_full", 7, 3, JZ_ORIGINAL, 90, 0) };
    jz_findings f = match(banks, probes, 2, NULL);
    assert_int_equal(f.n, 1);
    assert_int_equal(f.finding[0].match->variant, JZ_ORIGINAL);
    jz_findings_done(&f);
}

static void test_match_keeps_to_the_distance_and_quality(void **state)
{
    struct banks *banks = *state;
    const jz_signal s = signal_of("pdq", 1, 0);
    (void)add(banks->b, "known", &s, 1);
    static const struct {
        unsigned bits;
        int quality;
        jz_match_opts opts;
        size_t findings;
    } cases[] = {
        { 31, 50, { 0 }, 1 },
        { 32, 50, { 0 }, 0 },
        { 31, 49, { 0 }, 0 },
        { 31, 0, { .any_quality = true }, 1 },
        { 10, 90, { .max_bits = 9 }, 0 },
        { 10, 90, { .max_bits = 10 }, 1 },
        { 1, 90, { .identical = true }, 0 },
        { 0, 90, { .identical = true }, 1 },
        { 40, 90, { .max_bits = 40 }, 1 },
        { 0, 90, { .bank = "other" }, 0 },
        { 0, 90, { .bank = "known" }, 1 },
        { 0, 69, { .min_quality = 70 }, 0 },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        jz_probe p = probe_of("pdq", 1, cases[i].bits, JZ_ORIGINAL, cases[i].quality, 0);
        jz_findings f = match(banks, &p, 1, &cases[i].opts);
        assert_int_equal(f.n, cases[i].findings);
        assert_int_equal(f.compared + f.low_quality, 1);
        jz_findings_done(&f);
    }
}

static void test_match_of_a_video_gives_times_and_share(void **state)
{
    struct banks *banks = *state;
    jz_signal signals[5];
    jz_probe probes[10];
    for (uint32_t i = 0; i < 5; i++)
        signals[i] = signal_of("vpdq", 100 + i, i);
    const int64_t entry = add(banks->b, "known", signals, 5);
    for (uint32_t i = 0; i < 10; i++) /* the bank's clip from second 3 on, mirrored */
        probes[i] = probe_of("vpdq", i >= 3 && i < 8 ? 97 + i : 500 + i, 2, JZ_FLIPX, 90, i);
    probes[9].quality = 10;
    jz_findings f = match(banks, probes, 10, NULL);
    assert_int_equal(f.n, 1);
    const jz_match *m = f.finding[0].match;
    assert_int_equal(m->entry, entry);
    assert_int_equal(m->variant, JZ_FLIPX);
    assert_int_equal(m->frames_matched, 5);
    assert_int_equal(m->frames_compared, 9);
    assert_int_equal(m->n_times, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(m->time[i].at_s == (double)i + 3);
        assert_true(m->time[i].bank_at_s == (double)i);
        assert_int_equal(m->time[i].distance, 2);
    }
    assert_true(f.finding[0].from_s == 3 && f.finding[0].to_s == 7);
    assert_int_equal(f.low_quality, 1);
    jz_findings_done(&f);
}

static void test_match_by_exact_hash_is_affirmed(void **state)
{
    struct banks *banks = *state;
    static const char *const classes[] = { "md5", "sha256", "sm3" };
    jz_measurement m = { .hashed = true };
    uint8_t *const digests[] = { m.exact.md5, m.exact.sha256, m.exact.sm3 };
    for (uint32_t i = 0; i < 3; i++) {
        const jz_signal s = signal_of(classes[i], 40 + i, 0);
        (void)add(banks->b, "known", &s, 1);
        memcpy(digests[i], s.digest, s.cls->digest_size);
    }
    jz_findings f = { 0 };
    assert_int_equal(jz_match_banks(banks->b, &m, NULL, &f, NULL), JZ_OK);
    assert_int_equal(f.n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(f.finding[i].verdict, JZ_AFFIRMED);
        assert_int_equal(f.finding[i].match->distance, 0);
        assert_int_equal(f.finding[i].match->mode->kind, JZ_HASH_EXACT);
        assert_int_equal(f.finding[i].match->quality, -1);
    }
    jz_findings_done(&f);
}

static void test_match_keeps_the_nearest_findings(void **state)
{
    struct banks *banks = *state;
    for (unsigned i = 0; i < 30; i++) { /* more than the first table of candidates holds */
        jz_signal s = signal_of("pdq", 1, 0);
        flip(s.digest, 29 - i);
        (void)add(banks->b, "known", &s, 1);
    }
    jz_probe p = probe_of("pdq", 1, 0, JZ_ORIGINAL, 90, 0);
    jz_findings f = match(banks, &p, 1, &(jz_match_opts){ .max_findings = 3 });
    assert_int_equal(f.n, 3);
    assert_int_equal(f.left_out, 27);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(f.finding[i].match->distance, i);
    jz_findings_done(&f);
}

static void test_match_survives_every_failed_allocation(void **state)
{
    struct banks *banks = *state;
    jz_signal signals[3];
    jz_probe probes[3];
    for (uint32_t i = 0; i < 3; i++) {
        signals[i] = signal_of("vpdq", 100 + i, i);
        probes[i] = probe_of("vpdq", 100 + i, 1, JZ_ORIGINAL, 90, i);
    }
    (void)add(banks->b, "known", signals, 3);
    const jz_measurement m = { .hashed = true, .probe = probes, .n = 3, .size = 3 };
    for (unsigned n = 0;; n++) {
        jz_findings f = { 0 };
        jz_fault_arm(n);
        const jz_status st = jz_match_banks(banks->b, &m, NULL, &f, NULL);
        const bool fired = jz_fault_fired();
        assert_int_equal(st, fired ? JZ_E_NOMEM : JZ_OK);
        assert_true(fired || f.n == 1);
        jz_findings_done(&f);
        if (!fired)
            break;
    }
}

static void test_faces_are_a_finding_only_where_they_support_replacement(void **state)
{
    (void)state;
    for (int o = JZ_OUTCOME_UNSUITABLE; o <= JZ_OUTCOME_REPLACED_MODERATE; o++) {
        const jz_face_brief b = { .read = true, .outcome = (jz_outcome)o, .at_s = 2.5 };
        jz_findings f = { 0 };
        assert_int_equal(jz_faces_findings(&b, &f, NULL), JZ_OK);
        assert_int_equal(f.n, o >= JZ_OUTCOME_REPLACED_WEAK);
        if (f.n > 0) {
            assert_string_equal(f.finding[0].code, "inspect.replacement");
            assert_int_equal(f.finding[0].verdict, JZ_SUSPECTED);
            assert_non_null(strstr(f.finding[0].message, jz_outcome_name(b.outcome)));
            assert_null(strchr(f.finding[0].message, '%'));
        }
        jz_findings_done(&f);
    }
    const jz_face_brief unread = { .outcome = JZ_OUTCOME_REPLACED_MODERATE };
    jz_findings none = { 0 };
    assert_int_equal(jz_faces_findings(&unread, &none, NULL), JZ_OK);
    assert_int_equal(none.n, 0);
}

#define WITH_BANKS(test) cmocka_unit_test_setup_teardown(test, open_banks, close_banks)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faces_are_a_finding_only_where_they_support_replacement),
        WITH_BANKS(test_match_says_which_hash_mode_and_variant),
        WITH_BANKS(test_match_prefers_like_with_like_at_equal_distance),
        WITH_BANKS(test_match_keeps_to_the_distance_and_quality),
        WITH_BANKS(test_match_of_a_video_gives_times_and_share),
        WITH_BANKS(test_match_by_exact_hash_is_affirmed),
        WITH_BANKS(test_match_keeps_the_nearest_findings),
        WITH_BANKS(test_match_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
