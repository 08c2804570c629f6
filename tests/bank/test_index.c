/* SPDX-License-Identifier: Apache-2.0 */
/* The index against a list that is searched one by one. */
#include <jz/index.h>

#include "base/alloc.h"
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random64(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void random_hash(uint64_t *state, uint8_t *hash)
{
    for (size_t i = 0; i < JZ_PDQ_SIZE; i += 8) {
        const uint64_t r = random64(state);
        memcpy(hash + i, &r, 8);
    }
}

/* Flips that many different bits. */
static void flip(uint64_t *state, uint8_t *hash, unsigned bits)
{
    uint8_t done[JZ_PDQ_SIZE] = { 0 };
    while (bits > 0) {
        const unsigned k = (unsigned)(random64(state) % 256);
        const uint8_t bit = (uint8_t)(1u << (k % 8));
        if (done[k / 8] & bit)
            continue;
        done[k / 8] |= bit;
        hash[k / 8] ^= bit;
        bits--;
    }
}

typedef struct model { /* what must be in the index */
    uint8_t *hashes;
    uint64_t *ids;
    size_t n;
} model;

static model model_new(size_t n)
{
    model m = { jz_alloc(n * JZ_PDQ_SIZE), jz_alloc(n * sizeof(uint64_t)), 0 };
    assert_non_null(m.hashes);
    assert_non_null(m.ids);
    return m;
}

static void model_done(model *m)
{
    jz_free(m->hashes);
    jz_free(m->ids);
}

static const uint8_t *at(const model *m, size_t i)
{
    return m->hashes + i * JZ_PDQ_SIZE;
}

static void model_fill(model *m, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < n; i++) {
        random_hash(state, m->hashes + i * JZ_PDQ_SIZE);
        m->ids[i] = ((uint64_t)i << n % 3 * 20) + 7; /* close together, as banks count, far apart */
    }
    m->n = n;
}

typedef struct answer { /* order does not matter: a sum of what was hit */
    size_t n;
    uint64_t sum;
    size_t stop_after; /* 0 = never */
} answer;

static bool collect(void *user, const jz_index_hit *hit)
{
    answer *a = user;
    uint64_t mixed = hit->id * 1000 + hit->distance;
    a->n++;
    a->sum += random64(&mixed);
    return a->n != a->stop_after;
}

static void assert_answers(const jz_index *ix, const model *m, const uint8_t *query,
                           uint32_t max_bits)
{
    answer expected = { 0 }, got = { 0 };
    for (size_t i = 0; i < m->n; i++) {
        const unsigned d = jz_hamming256(at(m, i), query);
        if (d <= max_bits)
            (void)collect(&expected, &(jz_index_hit){ .id = m->ids[i], .distance = d });
    }
    assert_int_equal(jz_index_search(ix, query, max_bits, collect, &got, NULL), JZ_OK);
    assert_int_equal(got.n, expected.n);
    assert_true(got.sum == expected.sum);
}

/* Queries at every distance from an entry: what lies at 31 is found, at 32 it is not. */
static void assert_planted(const jz_index *ix, const model *m, uint64_t *state)
{
    for (unsigned bits = 0; bits <= 34; bits++) {
        uint8_t query[JZ_PDQ_SIZE];
        const size_t i = (size_t)(random64(state) % m->n);
        memcpy(query, at(m, i), JZ_PDQ_SIZE);
        flip(state, query, bits);
        answer got = { 0 };
        assert_int_equal(jz_index_search(ix, query, JZ_INDEX_MAX_BITS, collect, &got, NULL), JZ_OK);
        assert_true(bits <= JZ_INDEX_MAX_BITS ? got.n >= 1 : true);
        assert_answers(ix, m, query, JZ_INDEX_MAX_BITS);
        assert_answers(ix, m, query, bits);
    }
}

static void test_finds_what_a_list_finds_at_every_size(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 2, 100, 1024, 1025, 5000, 200000 };
    uint64_t seed = 1;
    for (size_t k = 0; k < JZ_ARRAY_LEN(sizes); k++) {
        jz_auto(jz_index) *ix = NULL;
        model m = model_new(sizes[k]);
        model_fill(&m, sizes[k], &seed);
        assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
        assert_int_equal(jz_index_add(ix, m.hashes, m.ids, m.n, NULL), JZ_OK);
        assert_int_equal(jz_index_count(ix), m.n);
        assert_planted(ix, &m, &seed);
        for (int i = 0; i < 20; i++) {
            uint8_t query[JZ_PDQ_SIZE];
            random_hash(&seed, query);
            assert_answers(ix, &m, query, 31);
            assert_answers(ix, &m, query, 105); /* finds some at random */
        }
        model_done(&m);
    }
}

/* All flips in one word, in neighbouring words, spread evenly: where a method by words could err.
 */
static void test_finds_whatever_bits_differ(void **state)
{
    (void)state;
    uint64_t seed = 2;
    jz_auto(jz_index) *ix = NULL;
    model m = model_new(8000);
    model_fill(&m, 8000, &seed);
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    assert_int_equal(jz_index_add(ix, m.hashes, m.ids, m.n, NULL), JZ_OK);
    for (unsigned step = 1; step < 64; step++) {
        for (unsigned from = 0; from < 256; from += 37) {
            uint8_t query[JZ_PDQ_SIZE];
            const size_t i = (size_t)(random64(&seed) % m.n);
            memcpy(query, at(&m, i), JZ_PDQ_SIZE);
            for (unsigned k = 0; k < 31; k++) {
                const unsigned bit = (from + k * step) % 256;
                query[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            }
            if (jz_hamming256(query, at(&m, i)) > 31)
                continue;
            answer got = { 0 };
            assert_int_equal(jz_index_search(ix, query, 31, collect, &got, NULL), JZ_OK);
            assert_true(got.n >= 1);
        }
    }
    model_done(&m);
}

static void model_remove(model *m, size_t i)
{
    m->n--;
    memmove(m->hashes + i * JZ_PDQ_SIZE, at(m, m->n), JZ_PDQ_SIZE);
    m->ids[i] = m->ids[m->n];
}

static void test_changes_are_seen_at_once(void **state)
{
    (void)state;
    uint64_t seed = 3;
    jz_auto(jz_index) *ix = NULL;
    model m = model_new(20000);
    uint64_t id = 1000000000000u; /* past 32 bits */
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    for (int round = 0; round < 9000; round++) {
        uint8_t hash[JZ_PDQ_SIZE];
        random_hash(&seed, hash);
        if (random64(&seed) % 3 != 0 || m.n == 0) {
            assert_int_equal(jz_index_add(ix, hash, &id, 1, NULL), JZ_OK);
            memcpy(m.hashes + m.n * JZ_PDQ_SIZE, hash, JZ_PDQ_SIZE);
            m.ids[m.n++] = id++;
        } else {
            const size_t i = (size_t)(random64(&seed) % m.n);
            memcpy(hash, at(&m, i), JZ_PDQ_SIZE);
            assert_int_equal(jz_index_remove(ix, m.ids[i]), 1);
            assert_int_equal(jz_index_remove(ix, m.ids[i]), 0);
            model_remove(&m, i);
        }
        assert_int_equal(jz_index_count(ix), m.n);
        if (round % 10 == 0) {
            flip(&seed, hash, (unsigned)(random64(&seed) % 32));
            assert_answers(ix, &m, hash, 31);
        }
    }
    model_done(&m);
}

static void test_one_id_may_have_many_hashes(void **state)
{
    (void)state;
    uint64_t seed = 4;
    jz_auto(jz_index) *ix = NULL;
    model m = model_new(3000);
    model_fill(&m, 3000, &seed);
    for (size_t i = 0; i < m.n; i++)
        m.ids[i] = i % 2;
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    assert_int_equal(jz_index_add(ix, m.hashes, m.ids, m.n, NULL), JZ_OK);
    assert_int_equal(jz_index_add(ix, m.hashes, m.ids, 10, NULL), JZ_OK);
    assert_int_equal(jz_index_remove(ix, 0), 1505);
    assert_int_equal(jz_index_count(ix), 1505);
    answer got = { 0 };
    assert_int_equal(jz_index_search(ix, at(&m, 1), 0, collect, &got, NULL), JZ_OK);
    assert_int_equal(got.n, 2);
    model_done(&m);
}

static void test_one_hash_many_times_is_found_as_often(void **state)
{
    (void)state;
    const size_t n = 50000;
    jz_auto(jz_index) *ix = NULL;
    model m = model_new(n);
    memset(m.hashes, 0, n * JZ_PDQ_SIZE);
    for (size_t i = 0; i < n; i++)
        m.ids[i] = i;
    m.n = n;
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    assert_int_equal(jz_index_add(ix, m.hashes, m.ids, n, NULL), JZ_OK);
    uint8_t query[JZ_PDQ_SIZE] = { 0 };
    assert_answers(ix, &m, query, 31);
    uint64_t seed = 5;
    flip(&seed, query, 31);
    assert_answers(ix, &m, query, 31);
    flip(&seed, query, 100);
    assert_answers(ix, &m, query, 31);
    answer some = { .stop_after = 5 };
    memset(query, 0, sizeof query);
    assert_int_equal(jz_index_search(ix, query, 31, collect, &some, NULL), JZ_OK);
    assert_int_equal(some.n, 5);
    model_done(&m);
}

/* A bank in which nearly all share most words: every look-up leads to long runs. */
static void test_a_crowded_bank_is_searched_in_full(void **state)
{
    (void)state;
    const size_t n = 60000;
    uint64_t seed = 9;
    jz_auto(jz_index) *ix = NULL;
    model m = model_new(n);
    uint8_t centre[JZ_PDQ_SIZE];
    random_hash(&seed, centre);
    for (size_t i = 0; i < n; i++) {
        memcpy(m.hashes + i * JZ_PDQ_SIZE, centre, JZ_PDQ_SIZE);
        flip(&seed, m.hashes + i * JZ_PDQ_SIZE, (unsigned)(random64(&seed) % 48));
        m.ids[i] = i;
    }
    m.n = n;
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    assert_int_equal(jz_index_add(ix, m.hashes, m.ids, n, NULL), JZ_OK);
    for (unsigned bits = 0; bits < 60; bits += 3) {
        uint8_t query[JZ_PDQ_SIZE];
        memcpy(query, centre, JZ_PDQ_SIZE);
        flip(&seed, query, bits);
        assert_answers(ix, &m, query, 31);
        assert_answers(ix, &m, query, 15);
        assert_answers(ix, &m, query, 3);
    }
    model_done(&m);
}

/* Ids of all 64 bits, in no order, some twice, added in pieces: merges have to sort them. */
static void test_ids_are_any_numbers(void **state)
{
    (void)state;
    uint64_t seed = 10;
    jz_auto(jz_index) *ix = NULL;
    model m = model_new(9000);
    model_fill(&m, 9000, &seed);
    for (size_t i = 0; i < m.n; i++)
        m.ids[i] = i % 100 == 99 ? m.ids[i - 1] : random64(&seed);
    m.ids[0] = 0;
    m.ids[1] = UINT64_MAX;
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    for (size_t i = 0; i < m.n; i += 300)
        assert_int_equal(jz_index_add(ix, at(&m, i), m.ids + i, 300, NULL), JZ_OK);
    assert_planted(ix, &m, &seed);
    assert_int_equal(jz_index_remove(ix, m.ids[98]), 2);
    assert_int_equal(jz_index_remove(ix, 0), 1);
    assert_int_equal(jz_index_remove(ix, UINT64_MAX), 1);
    assert_int_equal(jz_index_count(ix), 8996);
    model_done(&m);
}

/* What was removed may come back, under the same id, and gives its memory back at last. */
static void test_removed_entries_are_swept_and_may_return(void **state)
{
    (void)state;
    uint64_t seed = 11;
    jz_auto(jz_index) *ix = NULL;
    model m = model_new(20000);
    model_fill(&m, 20000, &seed);
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    assert_int_equal(jz_index_add(ix, m.hashes, m.ids, m.n, NULL), JZ_OK);
    const size_t full = jz_index_memory(ix);
    for (size_t i = 0; i < m.n; i++)
        assert_int_equal(jz_index_remove(ix, m.ids[i]), 1);
    assert_int_equal(jz_index_count(ix), 0);
    answer got = { 0 };
    assert_int_equal(jz_index_search(ix, at(&m, 5), 31, collect, &got, NULL), JZ_OK);
    assert_int_equal(got.n, 0);
    m.n = 2000;
    for (size_t i = 0; i < m.n; i++)
        assert_int_equal(jz_index_add(ix, at(&m, i), m.ids + i, 1, NULL), JZ_OK);
    assert_planted(ix, &m, &seed);
    assert_true(jz_index_memory(ix) < full / 4);
    model_done(&m);
}

static void test_an_empty_index_and_wrong_calls(void **state)
{
    (void)state;
    jz_auto(jz_index) *ix = NULL;
    const uint8_t query[JZ_PDQ_SIZE] = { 0 };
    answer got = { 0 };
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    assert_int_equal(jz_index_search(ix, query, 256, collect, &got, NULL), JZ_OK);
    assert_int_equal(got.n, 0);
    assert_int_equal(jz_index_remove(ix, 1), 0);
    assert_int_equal(jz_index_add(ix, query, NULL, 0, NULL), JZ_OK);
    assert_int_equal(jz_index_search(ix, query, 257, collect, &got, NULL), JZ_E_INVAL);
    assert_true(jz_index_memory(ix) > 0);
}

static void test_a_failed_add_changes_nothing(void **state)
{
    (void)state;
    uint64_t seed = 6;
    jz_auto(jz_index) *ix = NULL;
    model m = model_new(6000);
    model_fill(&m, 6000, &seed);
    m.n = 3000;
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    assert_int_equal(jz_index_add(ix, m.hashes, m.ids, 3000, NULL), JZ_OK);
    for (unsigned n = 0;; n++) {
        jz_err err = { 0 };
        jz_fault_arm(n);
        const jz_status st = jz_index_add(ix, at(&m, 3000), m.ids + 3000, 3000, &err);
        if (!jz_fault_fired())
            break;
        assert_int_equal(st, JZ_E_NOMEM);
        assert_int_equal(jz_index_count(ix), 3000);
        assert_answers(ix, &m, at(&m, 3001), 31);
        assert_answers(ix, &m, at(&m, n), 31);
    }
    m.n = 6000;
    assert_int_equal(jz_index_count(ix), 6000);
    assert_planted(ix, &m, &seed);
    model_done(&m);
}

typedef struct race {
    jz_index *ix;
    const model *m; /* entries that are always there */
    atomic_bool over;
    atomic_uint missed, searches;
} race;

static void *search_on(void *arg)
{
    race *r = arg;
    uint64_t seed = 7;
    while (!atomic_load(&r->over)) {
        uint8_t query[JZ_PDQ_SIZE];
        memcpy(query, at(r->m, (size_t)(random64(&seed) % r->m->n)), JZ_PDQ_SIZE);
        flip(&seed, query, (unsigned)(random64(&seed) % 32));
        answer got = { 0 };
        if (jz_index_search(r->ix, query, 31, collect, &got, NULL) != JZ_OK || got.n == 0)
            (void)atomic_fetch_add(&r->missed, 1);
        (void)atomic_fetch_add(&r->searches, 1);
    }
    return NULL;
}

static void test_searches_go_on_while_it_changes(void **state)
{
    (void)state;
    uint64_t seed = 8;
    jz_auto(jz_index) *ix = NULL;
    model m = model_new(3000);
    model_fill(&m, 3000, &seed);
    assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
    assert_int_equal(jz_index_add(ix, m.hashes, m.ids, m.n, NULL), JZ_OK);
    race r = { .ix = ix, .m = &m };
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, search_on, &r), 0);
    for (uint64_t id = 1000000; id < 1012000; id++) {
        uint8_t hash[JZ_PDQ_SIZE];
        random_hash(&seed, hash);
        assert_int_equal(jz_index_add(ix, hash, &id, 1, NULL), JZ_OK);
        if (id % 2 == 0)
            assert_int_equal(jz_index_remove(ix, id - id % 500), id % 500 == 0 ? 1 : 0);
    }
    while (atomic_load(&r.searches) < 100)
        continue;
    atomic_store(&r.over, true);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&r.missed), 0);
    model_done(&m);
}

static size_t read_hashes(const char *name, model *m)
{
    const char *data = getenv("JZ_TEST_DATA");
    char path[4096], line[256];
    (void)snprintf(path, sizeof path, "%s/pdq/%s", data != NULL ? data : "", name);
    FILE *f = data != NULL ? fopen(path, "r") : NULL;
    if (f == NULL)
        return 0;
    while (fgets(line, sizeof line, f) != NULL)
        if (jz_hex_decode(line, strcspn(line, "\r\n"), m->hashes + m->n * JZ_PDQ_SIZE, JZ_PDQ_SIZE))
            m->ids[m->n] = m->n, m->n++;
    (void)fclose(f);
    return m->n;
}

static void test_the_reference_haystack(void **state)
{
    (void)state;
    model hay = model_new(2000), needles = model_new(2000);
    jz_auto(jz_index) *ix = NULL;
    if (read_hashes("haystack.txt", &hay) > 0 && read_hashes("needles.txt", &needles) > 0) {
        assert_int_equal(jz_index_new(&ix, NULL), JZ_OK);
        assert_int_equal(jz_index_add(ix, hay.hashes, hay.ids, hay.n, NULL), JZ_OK);
        for (size_t i = 0; i < needles.n; i++)
            for (uint32_t bits = 0; bits <= 31; bits++)
                assert_answers(ix, &hay, at(&needles, i), bits);
        for (size_t i = 0; i < hay.n; i++)
            assert_answers(ix, &hay, at(&hay, i), 31);
    }
    const bool skipped = hay.n == 0;
    model_done(&hay);
    model_done(&needles);
    if (skipped) {
        print_message("SKIP: no JZ_TEST_DATA\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_a_list_finds_at_every_size),
        cmocka_unit_test(test_finds_whatever_bits_differ),
        cmocka_unit_test(test_changes_are_seen_at_once),
        cmocka_unit_test(test_one_id_may_have_many_hashes),
        cmocka_unit_test(test_one_hash_many_times_is_found_as_often),
        cmocka_unit_test(test_a_crowded_bank_is_searched_in_full),
        cmocka_unit_test(test_ids_are_any_numbers),
        cmocka_unit_test(test_removed_entries_are_swept_and_may_return),
        cmocka_unit_test(test_an_empty_index_and_wrong_calls),
        cmocka_unit_test(test_a_failed_add_changes_nothing),
        cmocka_unit_test(test_searches_go_on_while_it_changes),
        cmocka_unit_test(test_the_reference_haystack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
