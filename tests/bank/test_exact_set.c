/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/exact_set.h"

#include "tests/bank/bank_fixture.h"

#include "base/alloc.h"

struct found {
    uint64_t sum;
    size_t n, limit;
};

static bool collect(void *user, uint64_t id)
{
    struct found *f = user;
    f->sum += id;
    return ++f->n != f->limit;
}

static struct found find(jz_exact_set *s, const char *cls, uint64_t n, size_t limit)
{
    struct found f = { .limit = limit };
    uint8_t digest[JZ_DIGEST_MAX];
    digest_of(n, digest);
    jz_exact_set_find(s, jz_hash_class_find(cls), digest, collect, &f);
    return f;
}

/* 3000 digests in classes by turns, taken out and put back at random, against an array of flags. */
static void test_set_holds_what_a_plain_array_holds(void **state)
{
    (void)state;
    static const char *const cls[] = { "md5", "sha256", "sm3" };
    static bool in[3000];
    jz_auto(jz_exact_set) *s = NULL;
    size_t count = 0;
    uint64_t random = 1;
    assert_int_equal(jz_exact_set_new(&s, NULL), JZ_OK);
    assert_int_equal(find(s, "md5", 0, 0).n, 0);
    for (int round = 0; round < 20000; round++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const uint64_t n = (random >> 33) % JZ_ARRAY_LEN(in);
        const jz_signal one = signal_of(cls[n % 3], n);
        if (in[n])
            jz_exact_set_remove(s, one.cls, one.digest, n);
        else
            assert_int_equal(jz_exact_set_add(s, one.cls, one.digest, n, NULL), JZ_OK);
        count += in[n] ? (size_t)-1 : 1;
        in[n] = !in[n];
        assert_int_equal(jz_exact_set_count(s), count);
    }
    for (uint64_t n = 0; n < JZ_ARRAY_LEN(in); n++) {
        assert_int_equal(find(s, cls[n % 3], n, 0).n, in[n]);
        assert_int_equal(find(s, cls[(n + 1) % 3], n, 0).n, 0);
    }
}

static void test_one_digest_may_have_many_ids(void **state)
{
    (void)state;
    jz_auto(jz_exact_set) *s = NULL;
    const jz_signal one = signal_of("md5", 1);
    assert_int_equal(jz_exact_set_new(&s, NULL), JZ_OK);
    for (uint64_t id = 1; id <= 100000;
         id++) /* would take minutes if each walked past the others */
        assert_int_equal(jz_exact_set_add(s, one.cls, one.digest, id, NULL), JZ_OK);
    assert_int_equal(find(s, "md5", 1, 0).n, 100000);
    assert_true(find(s, "md5", 1, 0).sum == 5000050000);
    assert_int_equal(find(s, "md5", 1, 3).n, 3);
    jz_exact_set_remove(s, one.cls, one.digest, 100001); /* is not there */
    assert_int_equal(jz_exact_set_count(s), 100000);
}

static void test_set_survives_a_lack_of_memory(void **state)
{
    (void)state;
    const jz_signal one = signal_of("md5", 1);
    for (unsigned n = 0;; n++) {
        jz_exact_set *s = NULL;
        jz_fault_arm(n);
        jz_status st = jz_exact_set_new(&s, NULL);
        for (uint64_t id = 0; st == JZ_OK && id < 200; id++)
            st = jz_exact_set_add(s, one.cls, one.digest, id, NULL);
        const bool failed = jz_fault_fired();
        assert_int_equal(st, failed ? JZ_E_NOMEM : JZ_OK);
        if (s != NULL)
            assert_int_equal(find(s, "md5", 1, 0).n, jz_exact_set_count(s));
        jz_exact_set_free(s);
        if (!failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_holds_what_a_plain_array_holds),
        cmocka_unit_test(test_one_digest_may_have_many_ids),
        cmocka_unit_test(test_set_survives_a_lack_of_memory),
    };
    return cmocka_run_group_tests_name("exact_set", tests, NULL, NULL);
}
