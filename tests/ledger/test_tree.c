/* SPDX-License-Identifier: Apache-2.0 */
/* Every tree of up to 130 leaves: proofs are made, verified, and refused where a bit is turned. */
#include "tests/ledger/ledger_fixture.h"

#include "base/hex.h"

#define LEAVES 130

static jz_tree_hash leaves[LEAVES];
static jz_tree_hash roots[LEAVES + 1];

static int make_trees(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LEAVES; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "leaf %u", i);
        jz_tree_leaf(bytes(text), &leaves[i]);
    }
    for (unsigned n = 0; n <= LEAVES; n++)
        mth(leaves, n, &roots[n]);
    return 0;
}

static void check_hex(const jz_tree_hash *h, const char *want)
{
    char text[65];
    jz_hex_encode(h->b, sizeof h->b, text);
    assert_string_equal(text, want);
}

/* The eight leaves and roots with which certificate transparency's programs test themselves
 * (google/certificate-transparency, merkletree/merkle_tree_test.cc; transparency-dev/merkle). */
static void test_hashes_are_those_of_certificate_transparency(void **state)
{
    (void)state;
    static const char *const inputs[] = { "",
                                          "00",
                                          "10",
                                          "2021",
                                          "3031",
                                          "40414243",
                                          "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f" };
    static const char *const want[] = {
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    jz_frontier t = { 0 };
    jz_tree_hash h;
    jz_frontier_root(&t, &h);
    check_hex(&h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < JZ_ARRAY_LEN(inputs); i++) {
        uint8_t leaf[16];
        const size_t len = strlen(inputs[i]) / 2;
        assert_true(jz_hex_decode(inputs[i], 2 * len, leaf, len));
        jz_tree_leaf((jz_bytes){ leaf, len }, &h);
        jz_frontier_add(&t, &h);
        jz_frontier_root(&t, &h);
        check_hex(&h, want[i]);
    }
}

/* A node from the leaves, as a log reads it from its tiles; fails the test where there is none. */
static jz_status read_node(void *user, unsigned level, uint64_t index, jz_tree_hash *out,
                           jz_err *err)
{
    const uint64_t size = *(const uint64_t *)user;
    (void)err;
    assert_true((index + 1) << level <= size);
    mth(leaves + (index << level), (size_t)1 << level, out);
    return JZ_OK;
}

static void test_frontier_has_the_root_of_the_definition(void **state)
{
    (void)state;
    jz_frontier t = { 0 };
    for (unsigned n = 0; n <= LEAVES; n++) {
        jz_tree_hash root;
        uint64_t size = n;
        jz_frontier_root(&t, &root);
        assert_memory_equal(root.b, roots[n].b, sizeof root.b);
        assert_ok(jz_tree_root(n, read_node, &size, &root, err));
        assert_memory_equal(root.b, roots[n].b, sizeof root.b);
        if (n > 0) {
            jz_tree_fold(leaves, n, &root);
            assert_memory_equal(root.b, roots[n].b, sizeof root.b);
        }
        if (n < LEAVES)
            jz_frontier_add(&t, &leaves[n]);
    }
}

static bool included(uint64_t i, uint64_t size, const jz_tree_path *p)
{
    return jz_tree_inclusion(i, size, &leaves[i], p->hash, p->n, &roots[size]);
}

static void test_inclusion_holds_for_every_leaf_of_every_tree(void **state)
{
    (void)state;
    unsigned proofs = 0;
    for (uint64_t size = 1; size <= LEAVES; size++)
        for (uint64_t i = 0; i < size; i++, proofs++) {
            jz_tree_path p;
            assert_ok(jz_tree_prove(i, size, read_node, &size, &p, err));
            assert_true(included(i, size, &p));
            assert_false(jz_tree_inclusion(i, size, &leaves[i], p.hash, p.n, &roots[size - 1]));
            assert_false(
                jz_tree_inclusion(i, size, &leaves[(i + 1) % LEAVES], p.hash, p.n, &roots[size]));
            assert_false(jz_tree_inclusion(size, size, &leaves[i], p.hash, p.n, &roots[size]));
            p.n++; /* a hash too many */
            assert_false(p.n <= JZ_TREE_PATH_MAX && included(i, size, &p));
            p.n--;
            for (size_t k = 0; k < p.n; k++) { /* a bit of each hash */
                p.hash[k].b[i % 32] ^= (uint8_t)(1 << size % 8);
                assert_false(included(i, size, &p));
                p.hash[k].b[i % 32] ^= (uint8_t)(1 << size % 8);
            }
            if (p.n > 0) { /* a hash too few */
                p.n--;
                assert_false(included(i, size, &p));
            }
        }
    assert_int_equal(proofs, 8515);
}

static bool grown(uint64_t old, uint64_t size, const jz_tree_path *p)
{
    const jz_tree_head a = { old, roots[old] };
    const jz_tree_head b = { size, roots[size] };
    return jz_tree_consistency(&a, &b, p->hash, p->n);
}

static void corrupt_growth(uint64_t old, uint64_t size, jz_tree_path *p)
{
    const jz_tree_head a = { old, roots[old] };
    jz_tree_head wrong = { size, roots[size] };
    wrong.root.b[old % 32] ^= 1;
    assert_false(old > 0 && jz_tree_consistency(&a, &wrong, p->hash, p->n));
    assert_false(old < size && grown(size, old, p));
    for (size_t k = 0; k < p->n; k++) {
        p->hash[k].b[old % 32] ^= (uint8_t)(1 << size % 8);
        assert_false(grown(old, size, p));
        p->hash[k].b[old % 32] ^= (uint8_t)(1 << size % 8);
    }
    p->n++;
    assert_false(grown(old, size, p));
    p->n--;
    if (p->n > 0) {
        p->n--;
        assert_false(grown(old, size, p));
        p->n++;
    }
}

static void test_consistency_holds_for_every_pair_of_trees(void **state)
{
    (void)state;
    unsigned proofs = 0;
    for (uint64_t size = 1; size <= LEAVES; size++)
        for (uint64_t old = 0; old <= size; old++) {
            jz_tree_path p = { 0 };
            assert_ok(jz_tree_prove_growth(old, size, read_node, &size, &p, err));
            assert_true(grown(old, size, &p));
            corrupt_growth(old, size, &p);
            proofs += old > 0;
        }
    assert_int_equal(proofs, 8515);
}

static void test_what_cannot_be_proved_is_refused(void **state)
{
    (void)state;
    jz_tree_path p;
    jz_tree_hash root;
    uint64_t size = 5;
    assert_int_equal(jz_tree_prove(5, 5, read_node, &size, &p, NULL), JZ_E_INVAL);
    assert_int_equal(jz_tree_prove(0, 0, read_node, &size, &p, NULL), JZ_E_INVAL);
    assert_int_equal(jz_tree_prove_growth(6, 5, read_node, &size, &p, NULL), JZ_E_INVAL);
    assert_int_equal(jz_tree_root(JZ_TREE_SIZE_MAX + 1, read_node, &size, &root, NULL), JZ_E_INVAL);
}

/* No leaves, only nodes that are made up: what counts is that the largest tree needs no more room.
 */
static jz_status made_up(void *user, unsigned level, uint64_t index, jz_tree_hash *out, jz_err *err)
{
    (void)user;
    (void)err;
    memset(out->b, (int)(level ^ (index & 255)), sizeof out->b);
    return JZ_OK;
}

static void test_paths_of_the_largest_trees_fit(void **state)
{
    (void)state;
    static const uint64_t sizes[] = { JZ_TREE_SIZE_MAX, JZ_TREE_SIZE_MAX - 1, (uint64_t)1 << 62,
                                      ((uint64_t)1 << 62) + 1 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(sizes); i++) {
        const uint64_t tries[] = { 0, 1, 2, sizes[i] / 2, sizes[i] / 3, sizes[i] - 1 };
        for (size_t k = 0; k < JZ_ARRAY_LEN(tries); k++) {
            jz_tree_path p;
            assert_ok(jz_tree_prove(tries[k], sizes[i], made_up, NULL, &p, err));
            assert_true(p.n <= JZ_TREE_PATH_MAX);
            assert_ok(jz_tree_prove_growth(tries[k], sizes[i], made_up, NULL, &p, err));
            assert_true(p.n <= JZ_TREE_PATH_MAX);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes_are_those_of_certificate_transparency),
        cmocka_unit_test(test_frontier_has_the_root_of_the_definition),
        cmocka_unit_test(test_inclusion_holds_for_every_leaf_of_every_tree),
        cmocka_unit_test(test_consistency_holds_for_every_pair_of_trees),
        cmocka_unit_test(test_what_cannot_be_proved_is_refused),
        cmocka_unit_test(test_paths_of_the_largest_trees_fit),
    };
    return cmocka_run_group_tests(tests, make_trees, NULL);
}
