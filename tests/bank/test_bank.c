/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bank/bank_fixture.h"

#include "base/alloc.h"

static void test_status_names_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i <= JZ_ENTRY_WITHDRAWN; i++) {
        jz_entry_status s = JZ_ENTRY_SEED;
        assert_true(jz_entry_status_find(jz_entry_status_name((jz_entry_status)i), &s));
        assert_int_equal(s, i);
    }
    jz_entry_status s = JZ_ENTRY_SEED;
    assert_false(jz_entry_status_find("Seed", &s));
    assert_string_equal(jz_entry_status_name((jz_entry_status)9), "unknown");
}

static void test_open_wants_a_home_that_is_there(void **state)
{
    (void)state;
    jz_err err = { 0 };
    jz_banks *b = NULL;
    assert_int_equal(jz_banks_open(home, false, true, &b, &err), JZ_E_NOTFOUND);
    assert_null(b);
    assert_non_null(strstr(err.frame[0], "jz.db"));
    assert_int_equal(jz_banks_open("/proc/nowhere", true, true, &b, &err), JZ_E_IO);
    assert_null(b);
}

static void test_create_checks_names(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(false);
    jz_err err = { 0 };
    static const char too_long[] = "a234567890123456789012345678901234567890123456789"
                                   "0123456789012345";
    const char *const bad[] = { "",      "a b", "a/b", "\xe9\x89\xb4", "x'; DROP TABLE bank; --",
                                too_long };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_int_equal(jz_bank_create(b, bad[i], NULL, &err), JZ_E_INVAL);
    assert_int_equal(jz_bank_create(b, "NCII_v1.2-x", "a note", &err), JZ_OK);
    assert_int_equal(jz_bank_create(b, "NCII_v1.2-x", NULL, &err), JZ_E_EXISTS);
    assert_non_null(strstr(err.frame[0], "NCII_v1.2-x"));
    assert_int_equal(jz_bank_create(b, "y", "\xff", &err), JZ_E_INVAL);
    assert_int_equal(jz_bank_delete(b, "nope", &err), JZ_E_NOTFOUND);
}

static void test_added_entry_is_found_again(void **state)
{
    (void)state;
    jz_banks *b = open_banks(true);
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    const jz_signal s[] = { signal_of("sha256", 1), signal_of("md5", 2), signal_of("pdq", 3) };
    const int64_t entry = add_signals(b, "b", s, 3);
    for (int round = 0; round < 2; round++) { /* at once, and after opening again */
        jz_bank_hit hit;
        size_t perceptual = 0;
        assert_int_equal(match(b, 3, 31, &hit), 1);
        assert_int_equal(hit.entry, entry);
        assert_string_equal(hit.bank, "b");
        assert_int_equal(hit.status, JZ_ENTRY_CONFIRMED);
        assert_int_equal(hit.distance, 0);
        assert_int_equal(hit.frame, -1);
        assert_ptr_equal(hit.cls, jz_hash_class_find("pdq"));
        assert_int_equal(match_exact(b, "sha256", 1), 1);
        assert_int_equal(match_exact(b, "md5", 2), 1);
        assert_int_equal(match_exact(b, "sm3", 1), 0); /* the same bytes, another class */
        assert_int_equal(match_exact(b, "md5", 1), 0);
        assert_int_equal(match(b, 4, 31, NULL), 0);
        assert_int_equal(jz_banks_count(b, &perceptual), 3);
        assert_int_equal(perceptual, 1);
        jz_banks_close(b);
        b = open_banks(true);
    }
    jz_banks_close(b);
}

static void test_add_knows_the_first_signal_of_this_bank(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    assert_int_equal(jz_bank_create(b, "one", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_create(b, "two", NULL, NULL), JZ_OK);
    const jz_signal s = signal_of("pdq", 1), full = signal_of("pdq_full", 1);
    const jz_entry_meta meta = { .status = JZ_ENTRY_SEED };
    const int64_t first = add_signals(b, "one", &s, 1);
    int64_t entry = 0;
    bool added = true;
    assert_int_equal(jz_bank_set_status(b, first, JZ_ENTRY_WITHDRAWN, NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_add(b, "one", &meta, &s, 1, &entry, &added, NULL), JZ_OK);
    assert_false(added);
    assert_int_equal(entry, first);
    assert_int_equal(match(b, 1, 0, NULL), 0); /* and stays withdrawn */
    add_signals(b, "two", &s, 1);
    add_signals(b, "one", &full, 1);
}

static void test_add_refuses_what_cannot_be_an_entry(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    jz_signal s = signal_of("pdq", 1);
    jz_entry_meta meta = { 0 };
    char long_note[JZ_BANK_NOTE_MAX + 2];
    int64_t entry = -7;
    bool added = false;
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_add(b, "c", &meta, &s, 1, &entry, &added, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_bank_add(b, "b", &meta, &s, 0, &entry, &added, NULL), JZ_E_INVAL);
    s.quality = JZ_BANK_MIN_QUALITY - 1;
    assert_int_equal(jz_bank_add(b, "b", &meta, &s, 1, &entry, &added, NULL), JZ_E_INVAL);
    s.quality = 101;
    assert_int_equal(jz_bank_add(b, "b", &meta, &s, 1, &entry, &added, NULL), JZ_E_INVAL);
    s.quality = JZ_BANK_MIN_QUALITY;
    meta.source = "\xc3";
    assert_int_equal(jz_bank_add(b, "b", &meta, &s, 1, &entry, &added, NULL), JZ_E_INVAL);
    memset(long_note, 'n', sizeof long_note);
    long_note[sizeof long_note - 1] = '\0';
    meta = (jz_entry_meta){ .note = long_note };
    assert_int_equal(jz_bank_add(b, "b", &meta, &s, 1, &entry, &added, NULL), JZ_E_LIMIT);
    assert_int_equal(entry, -7);
    assert_int_equal(jz_banks_count(b, NULL), 0);
    long_note[JZ_BANK_NOTE_MAX] = '\0';
    assert_int_equal(jz_bank_add(b, "b", &meta, &s, 1, &entry, &added, NULL), JZ_OK);
}

static void test_match_gives_the_nearest_signal_of_each_entry(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    jz_bank_hits hits = { 0 };
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    jz_signal video[4], still = signal_of("pdq", 1);
    for (size_t i = 0; i < JZ_ARRAY_LEN(video); i++) {
        static const uint8_t flips[] = { 0xff, 0x07, 0x0f, 0x07 }; /* 8, 3, 4, 3 bits away */
        video[i] = signal_of("vpdq", 1);
        video[i].digest[31] ^= flips[i];
        video[i].frame = 30 * (int64_t)i;
        video[i].seconds = (double)i;
    }
    still.digest[0] ^= 0x80;
    const int64_t far = add_signals(b, "b", video, 4), near = add_signals(b, "b", &still, 1);
    uint8_t digest[JZ_DIGEST_MAX];
    digest_of(1, digest);
    assert_int_equal(jz_banks_match(b, digest, 31, &hits, NULL), JZ_OK);
    assert_int_equal(hits.n, 2);
    assert_int_equal(hits.hit[0].entry, near);
    assert_int_equal(hits.hit[0].distance, 1);
    assert_int_equal(hits.hit[1].entry, far);
    assert_int_equal(hits.hit[1].distance, 3);
    assert_int_equal(hits.hit[1].frame, 30);
    assert_true(hits.hit[1].seconds == 1.0);
    assert_int_equal(jz_banks_match(b, digest, 2, &hits, NULL), JZ_OK); /* appends */
    assert_int_equal(hits.n, 3);
    assert_int_equal(jz_banks_match(b, digest, 257, &hits, NULL), JZ_E_INVAL);
    assert_int_equal(jz_banks_match_exact(b, still.cls, digest, &hits, NULL), JZ_E_INVAL);
    assert_int_equal(hits.n, 3);
    jz_bank_hits_done(&hits);
}

static void test_status_decides_at_once(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    const jz_signal s[] = { signal_of("pdq", 1), signal_of("md5", 1) };
    const int64_t entry = add_signals(b, "b", s, 2);
    static const jz_entry_status order[] = { JZ_ENTRY_DISABLED, JZ_ENTRY_WITHDRAWN,
                                             JZ_ENTRY_SEED,     JZ_ENTRY_CONFIRMED,
                                             JZ_ENTRY_DISABLED, JZ_ENTRY_CONFIRMED };
    for (size_t i = 0; i < JZ_ARRAY_LEN(order); i++) {
        const bool active = order[i] == JZ_ENTRY_SEED || order[i] == JZ_ENTRY_CONFIRMED;
        assert_int_equal(jz_bank_set_status(b, entry, order[i], NULL, NULL), JZ_OK);
        assert_int_equal(match(b, 1, 0, NULL), active);
        assert_int_equal(match_exact(b, "md5", 1), active);
        assert_int_equal(jz_banks_count(b, NULL), active ? 2 : 0);
    }
    assert_int_equal(jz_bank_set_status(b, entry + 1, JZ_ENTRY_SEED, NULL, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_bank_delete_entry(b, entry, NULL), JZ_OK);
    assert_int_equal(match(b, 1, 0, NULL) + match_exact(b, "md5", 1), 0);
    assert_int_equal(jz_bank_delete_entry(b, entry, NULL), JZ_E_NOTFOUND);
    assert_true(add_signals(b, "b", s, 2) > entry); /* a number is never used again */
}

static void test_delete_takes_all_of_a_bank(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    assert_int_equal(jz_bank_create(b, "one", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_create(b, "two", NULL, NULL), JZ_OK);
    for (uint64_t i = 0; i < 100; i++)
        add_one(b, i < 50 ? "one" : "two", i % 2 == 0 ? "pdq" : "sha256", i);
    assert_int_equal(jz_bank_delete(b, "one", NULL), JZ_OK);
    assert_int_equal(jz_banks_count(b, NULL), 50);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(match(b, i, 0, NULL) + match_exact(b, "sha256", i), i >= 50);
}

static void test_batch_is_all_or_nothing(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(true);
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_batch_end(b, true, NULL), JZ_E_INVAL);
    for (int ok = 0; ok < 2; ok++) {
        assert_int_equal(jz_bank_batch_begin(b, NULL), JZ_OK);
        assert_int_equal(jz_bank_batch_begin(b, NULL), JZ_E_INVAL);
        for (uint64_t i = 0; i < 10; i++)
            add_one(b, "b", "pdq", i);
        assert_int_equal(match(b, 1, 0, NULL), 0);
        assert_int_equal(jz_bank_create(b, "c", NULL, NULL), JZ_E_INVAL);
        assert_int_equal(jz_bank_delete_entry(b, 1, NULL), JZ_E_INVAL);
        assert_int_equal(jz_bank_batch_end(b, ok == 1, NULL), JZ_OK);
        assert_int_equal(match(b, 1, 0, NULL), ok);
        assert_int_equal(jz_banks_count(b, NULL), ok == 1 ? 10 : 0);
    }
}

static jz_status remember_info(void *user, const jz_bank_info *info, jz_err *err)
{
    (void)err;
    jz_bank_info *out = user;
    const size_t i = strcmp(info->name, "two") == 0;
    assert_string_equal(info->name, i == 1 ? "two" : "one");
    assert_true(info->note == NULL || strcmp(info->note, "n") == 0);
    out[i] = *info;
    return JZ_OK;
}

static void test_list_counts(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(false);
    jz_bank_info info[2] = { 0 };
    assert_int_equal(jz_bank_create(b, "two", "n", NULL), JZ_OK);
    assert_int_equal(jz_bank_create(b, "one", NULL, NULL), JZ_OK);
    const jz_signal s[] = { signal_of("sha256", 1), signal_of("md5", 2), signal_of("pdq", 3) };
    add_signals(b, "two", s, 3);
    const int64_t off = add_signals(b, "two", s + 1, 2);
    assert_int_equal(jz_bank_set_status(b, off, JZ_ENTRY_DISABLED, NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_list(b, remember_info, info, NULL), JZ_OK);
    assert_int_equal(info[0].entries, 0);
    assert_int_equal(info[0].active + info[0].signals, 0);
    assert_int_equal(info[1].entries, 2);
    assert_int_equal(info[1].active, 1);
    assert_int_equal(info[1].signals, 5);
    assert_true(info[1].updated_us > info[1].created_us);
}

static jz_status check_entry(void *user, const jz_entry_info *e, jz_err *err)
{
    unsigned *seen = user;
    if (++*seen == 2)
        return JZ_FAIL(err, JZ_E_INTERRUPTED, "enough");
    assert_string_equal(e->bank, "b");
    assert_int_equal(e->meta.status, JZ_ENTRY_SEED);
    assert_string_equal(e->meta.source, "s");
    assert_null(e->meta.category); /* was empty */
    assert_string_equal(e->meta.note, "changed");
    assert_int_equal(e->n, 2);
    assert_ptr_equal(e->signals[0].cls, jz_hash_class_find("vpdq"));
    assert_int_equal(e->signals[0].quality, 77);
    assert_int_equal(e->signals[0].frame, 12);
    assert_true(e->signals[0].seconds == 0.4);
    assert_int_equal(e->signals[1].quality, -1);
    assert_int_equal(e->signals[1].frame, -1);
    return JZ_OK;
}

static void test_each_tells_everything(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(false);
    const jz_entry_meta meta = { .source = "s", .category = "", .note = "n" };
    jz_signal s[] = { signal_of("vpdq", 1), signal_of("md5", 2) };
    int64_t entry = 0;
    bool added = false;
    unsigned seen = 0;
    s[0].quality = 77;
    s[0].frame = 12;
    s[0].seconds = 0.4;
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_add(b, "b", &meta, s, 2, &entry, &added, NULL), JZ_OK);
    assert_int_equal(jz_bank_set_status(b, entry, JZ_ENTRY_SEED, "changed", NULL), JZ_OK);
    add_one(b, "b", "pdq", 5);
    add_one(b, "b", "pdq", 6);
    assert_int_equal(jz_bank_each(b, "b", check_entry, &seen, NULL), JZ_E_INTERRUPTED);
    assert_int_equal(seen, 2);
    assert_int_equal(jz_bank_each(b, "nope", check_entry, &seen, NULL), JZ_E_NOTFOUND);
}

static void test_search_wants_loaded_banks(void **state)
{
    (void)state;
    jz_auto(jz_banks) *b = open_banks(false);
    jz_bank_hits hits = { 0 };
    const jz_signal s = signal_of("md5", 1);
    assert_int_equal(jz_banks_match(b, s.digest, 31, &hits, NULL), JZ_E_INVAL);
    assert_int_equal(jz_banks_match_exact(b, s.cls, s.digest, &hits, NULL), JZ_E_INVAL);
    assert_int_equal(jz_banks_count(b, NULL), 0);
}

/* jz bank while jz scan runs: two handles stand for two processes. */
static void test_changes_elsewhere_do_not_break_a_reader(void **state)
{
    (void)state;
    jz_auto(jz_banks) *scan = open_banks(true);
    assert_int_equal(jz_bank_create(scan, "b", NULL, NULL), JZ_OK);
    const int64_t entry = add_one(scan, "b", "pdq", 1);
    jz_auto(jz_banks) *other = open_banks(false);
    add_one(other, "b", "pdq", 2);
    assert_int_equal(match(scan, 2, 0, NULL), 0); /* found after the next open */
    assert_int_equal(jz_bank_set_status(other, entry, JZ_ENTRY_DISABLED, NULL, NULL), JZ_OK);
    assert_int_equal(match(scan, 1, 0, NULL), 0);
    assert_int_equal(jz_bank_set_status(other, entry, JZ_ENTRY_SEED, NULL, NULL), JZ_OK);
    assert_int_equal(match(scan, 1, 0, NULL), 1);
    assert_int_equal(jz_bank_delete(other, "b", NULL), JZ_OK);
    assert_int_equal(match(scan, 1, 0, NULL), 0);
}

static jz_status life_of_a_bank(void)
{
    jz_auto(jz_banks) *b = NULL;
    jz_bank_hits hits = { 0 };
    int64_t entry = 0;
    bool added = false;
    const jz_entry_meta meta = { 0 };
    const jz_signal s[] = { signal_of("pdq", 7), signal_of("md5", 7) };
    JZ_TRY(jz_banks_open(home, true, true, &b, NULL));
    const jz_status st = jz_bank_create(b, "b", NULL, NULL);
    if (st != JZ_OK && st != JZ_E_EXISTS)
        return st;
    JZ_TRY(jz_bank_add(b, "b", &meta, s, 2, &entry, &added, NULL));
    jz_status found = jz_banks_match(b, s[0].digest, 31, &hits, NULL);
    if (found == JZ_OK)
        found = jz_banks_match_exact(b, s[1].cls, s[1].digest, &hits, NULL);
    assert_true(found != JZ_OK || hits.n == 2);
    jz_bank_hits_done(&hits);
    JZ_TRY(found);
    return jz_bank_delete_entry(b, entry, NULL);
}

static void test_changes_elsewhere_are_found_after_a_refresh(void **state)
{
    (void)state;
    jz_auto(jz_banks) *here = open_banks(true);
    jz_auto(jz_banks) *other = open_banks(false);
    size_t perceptual = 0;
    assert_int_equal(jz_bank_create(here, "b", NULL, NULL), JZ_OK);
    (void)add_one(here, "b", "pdq", 1);
    const int64_t theirs = add_one(other, "b", "pdq", 2);
    (void)add_one(other, "b", "md5", 3);
    assert_int_equal(match(here, 2, 31, NULL), 0);
    assert_int_equal(jz_banks_refresh(here, NULL), JZ_OK);
    assert_int_equal(match(here, 2, 31, NULL), 1);
    assert_int_equal(match_exact(here, "md5", 3), 1);

    /* A change made here takes theirs along, and nothing is in the index twice. */
    (void)add_one(other, "b", "pdq", 4);
    (void)add_one(here, "b", "pdq", 5);
    assert_int_equal(match(here, 4, 31, NULL), 1);
    assert_int_equal(jz_banks_refresh(here, NULL), JZ_OK);
    assert_int_equal(jz_banks_count(here, &perceptual), 5);
    assert_int_equal(perceptual, 4);

    assert_int_equal(jz_bank_set_status(other, theirs, JZ_ENTRY_DISABLED, NULL, NULL), JZ_OK);
    assert_int_equal(match(here, 2, 31, NULL), 0);
    assert_int_equal(jz_bank_set_status(other, theirs, JZ_ENTRY_SEED, NULL, NULL), JZ_OK);
    assert_int_equal(jz_banks_refresh(here, NULL), JZ_OK);
    assert_int_equal(match(here, 2, 31, NULL), 1);
    assert_int_equal(jz_banks_count(here, NULL), 5);

    /* What was never active here comes with its first enabling. */
    const jz_signal s = signal_of("pdq", 6);
    const jz_entry_meta off = { .status = JZ_ENTRY_DISABLED };
    int64_t entry = 0;
    bool added = false;
    assert_int_equal(jz_bank_add(other, "b", &off, &s, 1, &entry, &added, NULL), JZ_OK);
    assert_int_equal(jz_banks_refresh(here, NULL), JZ_OK);
    assert_int_equal(match(here, 6, 31, NULL), 0);
    assert_int_equal(jz_bank_set_status(other, entry, JZ_ENTRY_CONFIRMED, NULL, NULL), JZ_OK);
    assert_int_equal(jz_banks_refresh(here, NULL), JZ_OK);
    assert_int_equal(match(here, 6, 31, NULL), 1);

    assert_int_equal(jz_bank_batch_begin(here, NULL), JZ_OK);
    assert_int_equal(jz_banks_refresh(here, NULL), JZ_E_INVAL);
    assert_int_equal(jz_bank_batch_end(here, true, NULL), JZ_OK);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    for (unsigned n = 0;; n++) {
        jz_fault_arm(n);
        const jz_status st = life_of_a_bank();
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            break;
        }
        if (st != JZ_OK) /* the index may do without some of its memory */
            assert_int_equal(st, JZ_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_names_go_both_ways),
        WITH_HOME(test_open_wants_a_home_that_is_there),
        WITH_HOME(test_create_checks_names),
        WITH_HOME(test_added_entry_is_found_again),
        WITH_HOME(test_add_knows_the_first_signal_of_this_bank),
        WITH_HOME(test_add_refuses_what_cannot_be_an_entry),
        WITH_HOME(test_match_gives_the_nearest_signal_of_each_entry),
        WITH_HOME(test_status_decides_at_once),
        WITH_HOME(test_delete_takes_all_of_a_bank),
        WITH_HOME(test_batch_is_all_or_nothing),
        WITH_HOME(test_list_counts),
        WITH_HOME(test_each_tells_everything),
        WITH_HOME(test_search_wants_loaded_banks),
        WITH_HOME(test_changes_elsewhere_do_not_break_a_reader),
        WITH_HOME(test_changes_elsewhere_are_found_after_a_refresh),
        WITH_HOME(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("bank", tests, NULL, NULL);
}
