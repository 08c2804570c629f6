/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles, checkpoints, leaves, proofs and policies in text. */
#include "tests/ledger/ledger_fixture.h"

#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "ledger/tile.h"

#define ROOT64 "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

/* ---- Base 64 ---- */

/* RFC 4648, 10. */
static void test_base64_is_that_of_the_rfc_and_has_one_form(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
    };
    static const char *const bad[] = { "Zg",   "Zg=",  "Zg===", "Zh==", "Zm9=",   "Z===",
                                       "====", "Zg=a", "Z=g=",  " Zg=", "Zg==\n", "Zm9vZg==Zg==" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(pairs); i++) {
        JZ_BUF_AUTO b = { 0 };
        uint8_t out[8];
        const size_t len = strlen(pairs[i][0]);
        jz_base64_put(&b, pairs[i][0], len);
        jz_buf_putc(&b, '.');
        assert_int_equal(b.len, strlen(pairs[i][1]) + 1);
        assert_memory_equal(b.ptr, pairs[i][1], b.len - 1);
        assert_true(jz_base64_read(bytes(pairs[i][1]), out, len));
        assert_memory_equal(out, pairs[i][0], len);
        assert_false(jz_base64_read(bytes(pairs[i][1]), out, len + 1));
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        uint8_t out[16];
        const size_t size = jz_base64_size(bytes(bad[i]));
        assert_false(size <= sizeof out && jz_base64_read(bytes(bad[i]), out, size));
    }
}

/* ---- tiles ---- */

static void check_path(unsigned level, uint64_t n, unsigned width, const char *want)
{
    char path[JZ_TILE_PATH];
    jz_tile t;
    jz_tile_path(&(jz_tile){ level, n, width }, path);
    assert_string_equal(path, want);
    assert_ok(jz_tile_parse(want, &t, err));
    assert_int_equal(t.level, level);
    assert_true(t.n == n);
    assert_int_equal(t.width, width);
}

static void test_tile_paths_are_those_of_the_specification(void **state)
{
    (void)state;
    check_path(0, 1234067, 256, "tile/0/x001/x234/067");
    check_path(0, 0, 256, "tile/0/000");
    check_path(0, 1, 44, "tile/0/001.p/44");
    check_path(1, 0, 1, "tile/1/000.p/1");
    check_path(JZ_TILE_ENTRIES, 1, 44, "tile/entries/001.p/44");
    check_path(JZ_TILE_ENTRIES, 999, 256, "tile/entries/999");
    check_path(3, 1000, 255, "tile/3/x001/000.p/255");
    check_path(63, UINT64_MAX, 255, "tile/63/x018/x446/x744/x073/x709/x551/615.p/255");
    char folder[JZ_TILE_PATH];
    jz_tile_partials(&(jz_tile){ 0, 1234067, 3 }, folder);
    assert_string_equal(folder, "tile/0/x001/x234/067.p");
}

static void test_other_tile_paths_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/x/000",
        "tile/0/x000/000",
        "tile/0/x00/000",
        "tile/0/001/067",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/1000",
        "tile/0/000.p/44/",
        "tile/entries/../../lock",
        "tile//000",
        "/tile/0/000",
        "tile/entries",
        "tile/entriesx/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x001/x001/x001/x001/x001/x001/x001/001",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        jz_tile t;
        if (jz_tile_parse(bad[i], &t, NULL) != JZ_E_CORRUPT)
            fail_msg("%s is taken", bad[i]);
    }
}

/* The examples of c2sp.org/tlog-tiles: trees of 70000 and of 256 leaves. */
static void test_sizes_have_the_tiles_of_the_specification(void **state)
{
    (void)state;
    assert_int_equal(jz_tile_width(70000, 0, 272), 256);
    assert_int_equal(jz_tile_width(70000, 0, 273), 112);
    assert_int_equal(jz_tile_width(70000, 0, 274), 0);
    assert_int_equal(jz_tile_width(70000, 1, 0), 256);
    assert_int_equal(jz_tile_width(70000, 1, 1), 17);
    assert_int_equal(jz_tile_width(70000, 2, 0), 1);
    assert_int_equal(jz_tile_width(70000, 3, 0), 0);
    assert_int_equal(jz_tile_width(70000, JZ_TILE_ENTRIES, 273), 112);
    assert_int_equal(jz_tile_width(256, 0, 0), 256);
    assert_int_equal(jz_tile_width(256, 0, 1), 0);
    assert_int_equal(jz_tile_width(256, 1, 0), 1);
    assert_int_equal(jz_tile_width(0, 0, 0), 0);
    assert_int_equal(jz_tile_width(INT64_MAX, 7, 0), 127);
    assert_int_equal(jz_tile_width(INT64_MAX, 63, 0), 0);
}

static void test_bundle_gives_back_its_entries(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_bytes entry;
    jz_auto(char) *big = jz_alloc_zero(1, JZ_LOG_LEAF_MAX);
    assert_non_null(big);
    jz_bundle_put(&b, bytes(""));
    jz_bundle_put(&b, bytes("a"));
    assert_memory_equal(b.ptr, "\0\0\0\1a", 5);
    jz_bundle_put(&b, jz_bytes_of(big, JZ_LOG_LEAF_MAX));
    jz_bytes rest = bytes_of_buf(&b);
    const size_t want[] = { 0, 1, JZ_LOG_LEAF_MAX };
    for (size_t i = 0; i < JZ_ARRAY_LEN(want); i++) {
        assert_ok(jz_bundle_take(&rest, &entry, err));
        assert_int_equal(entry.len, want[i]);
    }
    assert_int_equal(rest.len, 0);
    rest = jz_bytes_of(b.ptr, 4);
    assert_ok(jz_bundle_take(&rest, &entry, err));
    assert_int_equal(jz_bundle_take(&rest, &entry, NULL), JZ_E_TRUNCATED);
}

/* ---- checkpoints ---- */

static void test_published_checkpoint_is_read_and_written(void **state)
{
    (void)state;
    const char text[] = "example.com/behind-the-sofa\n20852163\n" ROOT64 "\n";
    jz_checkpoint cp;
    bool more = true;
    JZ_BUF_AUTO again = { 0 };
    assert_ok(jz_checkpoint_parse(bytes(text), &cp, &more, err));
    assert_string_equal(cp.origin, "example.com/behind-the-sofa");
    assert_int_equal(cp.size, 20852163);
    assert_false(more);
    jz_checkpoint_put(&cp, &again);
    assert_string_equal(again.ptr, text);
    assert_ok(jz_checkpoint_parse(bytes("o\n0\n" ROOT64 "\nmore\nand more\n"), &cp, &more, err));
    assert_true(more);
}

static void test_what_is_no_checkpoint_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "o\n",
        "o\n1\n",
        "o\n1\n" ROOT64,
        "\n1\n" ROOT64 "\n",
        "o\n01\n" ROOT64 "\n",
        "o\n-1\n" ROOT64 "\n",
        "o\n+1\n" ROOT64 "\n",
        "o\n\n" ROOT64 "\n",
        "o\n 1\n" ROOT64 "\n",
        "o\n0x1\n" ROOT64 "\n",
        "o\n9223372036854775808\n" ROOT64 "\n",
        "o\n18446744073709551617\n" ROOT64 "\n",
        "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
        "o\n1\n" ROOT64 " \n",
        "o\r\n1\r\n" ROOT64 "\r\n",
        "o\n1\n" ROOT64 "\n\n",
        "o\n1\n" ROOT64 "\nmore",
        "\xff\n1\n" ROOT64 "\n",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        jz_checkpoint cp;
        if (jz_checkpoint_parse(bytes(bad[i]), &cp, NULL, NULL) != JZ_E_CORRUPT)
            fail_msg("%zu is taken: %s", i, bad[i]);
    }
}

/* ---- leaves ---- */

static jz_leaf sample_leaf(void)
{
    jz_leaf leaf = { .kind = JZ_LEAF_SEALED, .object = "EB-7f3a", .time = 1764316800, .prev = 41 };
    memset(leaf.sha256, 0xa5, sizeof leaf.sha256);
    return leaf;
}

static void test_leaf_is_written_as_specified(void **state)
{
    (void)state;
    const char want[] = "jianzhen-evidence-leaf/v1\nsealed\nEB-7f3a\n"
                        "paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=\n1764316800\n41\n";
    jz_leaf leaf = sample_leaf();
    jz_leaf again;
    char text[JZ_LEAF_TEXT];
    size_t len;
    assert_ok(jz_leaf_write(&leaf, text, &len, err));
    assert_string_equal(text, want);
    assert_int_equal(len, sizeof want - 1);
    assert_ok(jz_leaf_parse(bytes(text), &again, err));
    assert_memory_equal(&leaf, &again, sizeof leaf);
    leaf.prev = JZ_LEAF_NO_PREV;
    assert_ok(jz_leaf_write(&leaf, text, &len, err));
    assert_string_equal(text + len - 2, "-\n");
}

static void test_every_kind_of_leaf_comes_back(void **state)
{
    (void)state;
    jz_leaf leaf = sample_leaf();
    unsigned kinds = 0;
    for (; jz_leaf_kind_name((jz_leaf_kind)kinds) != NULL; kinds++) {
        char text[JZ_LEAF_TEXT];
        size_t len;
        jz_leaf again;
        leaf.kind = (jz_leaf_kind)kinds;
        memset(leaf.object, 'x', JZ_LEAF_OBJECT_MAX); /* the longest there is */
        leaf.time = leaf.prev = INT64_MAX;
        assert_ok(jz_leaf_write(&leaf, text, &len, err));
        assert_true(len < JZ_LEAF_TEXT);
        assert_ok(jz_leaf_parse(jz_bytes_of(text, len), &again, err));
        assert_memory_equal(&leaf, &again, sizeof leaf);
    }
    assert_int_equal(kinds, 11);
}

static void test_leaf_with_a_byte_changed_is_another_or_none(void **state)
{
    (void)state;
    const jz_leaf leaf = sample_leaf();
    char text[JZ_LEAF_TEXT];
    size_t len;
    unsigned refused = 0;
    assert_ok(jz_leaf_write(&leaf, text, &len, err));
    for (size_t i = 0; i < len; i++)
        for (int c = 0; c < 256; c++) {
            char again[JZ_LEAF_TEXT];
            size_t again_len = 0;
            jz_leaf got;
            const char old = text[i];
            text[i] = (char)c;
            if (jz_leaf_parse(jz_bytes_of(text, len), &got, NULL) == JZ_OK) {
                assert_ok(jz_leaf_write(&got, again, &again_len, err));
                assert_int_equal(again_len, len); /* one leaf has one text */
                assert_memory_equal(again, text, len);
            } else {
                refused++;
            }
            text[i] = old;
        }
    assert_true(refused > 20000);
    for (size_t i = 0; i < len; i++) {
        jz_leaf got;
        assert_int_equal(jz_leaf_parse(jz_bytes_of(text, i), &got, NULL), JZ_E_CORRUPT);
    }
}

static void test_leaf_that_cannot_be_is_not_written(void **state)
{
    (void)state;
    static const char *const objects[] = { "", "a b", "a\nb", "\xe5\x90\x8d", "a@b" };
    char text[JZ_LEAF_TEXT];
    size_t len;
    jz_leaf leaf = sample_leaf();
    for (size_t i = 0; i < JZ_ARRAY_LEN(objects); i++) {
        (void)snprintf(leaf.object, sizeof leaf.object, "%s", objects[i]);
        assert_int_equal(jz_leaf_write(&leaf, text, &len, NULL), JZ_E_INVAL);
    }
    leaf = sample_leaf();
    leaf.kind = (jz_leaf_kind)11;
    assert_int_equal(jz_leaf_write(&leaf, text, &len, NULL), JZ_E_INVAL);
    leaf = sample_leaf();
    leaf.time = (uint64_t)INT64_MAX + 1;
    assert_int_equal(jz_leaf_write(&leaf, text, &len, NULL), JZ_E_INVAL);
}

/* ---- policies ---- */

/* A log, six witnesses, a checkpoint that any of them may sign. */
static jz_skey log_key;
static jz_skey witness[6];
static char policy_keys[7][JZ_VKEY_TEXT];

static int make_keys(void **state)
{
    (void)state;
    log_key = new_key(ORIGIN, JZ_KEY_ED25519);
    jz_vkey_text(&log_key.pub, policy_keys[6]);
    for (int i = 0; i < 6; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "witness.example/%d", i);
        witness[i] = new_key(name, JZ_KEY_COSIGNATURE);
        jz_vkey_text(&witness[i].pub, policy_keys[i]);
    }
    return 0;
}

/* $0 to $5 are the witnesses' keys, $L is the log's. */
static void expand(const char *template, jz_buf *out)
{
    for (; *template != '\0'; template ++) {
        if (*template != '$') {
            jz_buf_putc(out, *template);
            continue;
        }
        template ++;
        jz_buf_puts(out, policy_keys[*template == 'L' ? 6 : *template - '0']);
    }
}

static jz_status read_policy(const char *template, jz_policy **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    expand(template, &text);
    jz_buf_putc(&text, '\0');
    return jz_policy_parse(jz_bytes_of(text.ptr, text.len - 1), out, err);
}

static void make_checkpoint(const char *origin, bool log_signs, unsigned witnesses, jz_buf *out)
{
    JZ_BUF_AUTO text = { 0 };
    jz_buf_printf(&text, "%s\n1\n" ROOT64 "\n", origin);
    jz_buf_put(out, text.ptr, text.len);
    jz_buf_putc(out, '\n');
    const jz_skey other = new_key("other.example/log", JZ_KEY_ED25519);
    assert_ok(jz_note_sign(bytes_of_buf(&text), log_signs ? &log_key : &other, 0, out, err));
    for (unsigned i = 0; i < 6; i++)
        if ((witnesses >> i & 1) != 0)
            assert_ok(jz_note_sign(bytes_of_buf(&text), &witness[i], 1700000000 + i, out, err));
}

static jz_status judge(const char *template, bool log_signs, unsigned witnesses, jz_trust *trust)
{
    jz_auto(jz_policy) *policy = NULL;
    JZ_BUF_AUTO note = { 0 };
    assert_ok(read_policy(template, &policy, err));
    make_checkpoint(ORIGIN, log_signs, witnesses, &note);
    return jz_policy_check(policy, bytes_of_buf(&note), trust, NULL);
}

static unsigned bits(unsigned v, unsigned mask)
{
    return (unsigned)__builtin_popcount(v & mask);
}

/* The example of c2sp.org/tlog-policy, with every set of witnesses. */
static void test_quorum_of_groups_counts_as_specified(void **state)
{
    (void)state;
    const char policy[] = "# two organisations\nlog $L https://log.example/\n\n"
                          "witness X1 $0\nwitness X2 $1 https://x2.example\n\twitness  X3\t$2 \n"
                          "group X-witnesses 2 X1 X2 X3\n"
                          "witness Y1 $3\nwitness Y2 $4\nwitness Y3 $5\n"
                          "group Y-witnesses any Y1 Y2 Y3\n"
                          "group X-and-Y all X-witnesses Y-witnesses\n  # and\nquorum X-and-Y\n";
    for (unsigned set = 0; set < 64; set++) {
        jz_trust trust = { 0 };
        const bool good = bits(set, 7) >= 2 && bits(set, 56) >= 1;
        assert_int_equal(judge(policy, true, set, &trust), good ? JZ_OK : JZ_E_MISMATCH);
        if (!good)
            continue;
        assert_int_equal(trust.witnesses, bits(set, 63));
        assert_int_equal(trust.first_witnessed, 1700000000 + __builtin_ctz(set));
        assert_int_equal(trust.checkpoint.size, 1);
        assert_int_equal(judge(policy, false, set, &trust), JZ_E_MISMATCH);
    }
}

static void test_simple_quorums_count(void **state)
{
    (void)state;
    jz_trust trust;
    assert_int_equal(judge("log $L\nquorum none\n", true, 0, &trust), JZ_OK);
    assert_int_equal(trust.witnesses, 0);
    assert_int_equal(trust.first_witnessed, 0);
    assert_int_equal(judge("log $L\nquorum none\n", false, 0, &trust), JZ_E_MISMATCH);
    assert_int_equal(judge("quorum none\n", true, 0, &trust), JZ_E_MISMATCH);
    assert_int_equal(judge("witness W $0\nquorum W\nlog $L\n", true, 1, &trust), JZ_OK);
    assert_int_equal(judge("witness W $0\nquorum W\nlog $L\n", true, 2, &trust), JZ_E_MISMATCH);
    assert_int_equal(
        judge("witness W $0\nwitness V $1\ngroup none-of 1 W V\nquorum none-of\nlog $L\n", true, 2,
              &trust),
        JZ_OK);
}

static void test_log_that_signs_for_another_origin_is_refused(void **state)
{
    (void)state;
    jz_auto(jz_policy) *policy = NULL;
    JZ_BUF_AUTO note = { 0 };
    jz_trust trust;
    assert_ok(read_policy("log $L\nquorum none\n", &policy, err));
    make_checkpoint("log.example/other", true, 0, &note);
    assert_int_equal(jz_policy_check(policy, bytes_of_buf(&note), &trust, NULL), JZ_E_MISMATCH);
}

static void test_policy_that_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "log $L\n",
        "quorum none",
        "quorum\n",
        "quorum none none\n",
        "quorum none\nquorum none\n",
        "quorum W\nwitness W $0\n",
        "witness W $0\nwitness W $1\nquorum W\n",
        "witness W $0\nwitness V $0\nquorum W\n",
        "witness none $0\nquorum none\n",
        "witness W\nquorum none\n",
        "witness W $0 u more\nquorum none\n",
        "log $L\nlog $L\nquorum none\n",
        "log $L u more\nquorum none\n",
        "log \nquorum none\n",
        "logs $L\nquorum none\n",
        "witness W $0\ngroup G 0 W\nquorum G\n",
        "witness W $0\ngroup G 2 W\nquorum G\n",
        "witness W $0\ngroup G 01 W\nquorum G\n",
        "witness W $0\ngroup G most W\nquorum G\n",
        "witness W $0\ngroup G any\nquorum W\n",
        "witness W $0\ngroup G any W W\nquorum G\n",
        "witness W $0\ngroup G any G\nquorum W\n",
        "witness W $0\ngroup G any none\nquorum W\n",
        "witness W $0\ngroup G any W\ngroup H any W\nquorum G\n",
        "witness W $0\ngroup W any W\nquorum W\n",
        "quorum none\r\n",
        "# \x01\nquorum none\n",
        "\x7f\nquorum none\n",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        jz_auto(jz_policy) *policy = NULL;
        const jz_status st = read_policy(bad[i], &policy, NULL);
        if (st != JZ_E_CORRUPT)
            fail_msg("%zu gives %s: %s", i, jz_status_name(st), bad[i]);
    }
    jz_auto(jz_policy) *policy = NULL;
    assert_int_equal(read_policy("log $0\nquorum none\n", &policy, NULL), JZ_E_UNSUPPORTED);
    assert_int_equal(read_policy("witness W $L\nquorum none\n", &policy, NULL), JZ_E_UNSUPPORTED);
}

static void test_policy_of_many_parties_has_a_limit(void **state)
{
    (void)state;
    JZ_BUF_AUTO text = { 0 };
    jz_auto(jz_policy) *policy = NULL;
    for (int i = 0; i < 129; i++) {
        char name[16];
        char key[JZ_VKEY_TEXT];
        (void)snprintf(name, sizeof name, "w%d", i);
        const jz_skey w = new_key(name, JZ_KEY_COSIGNATURE);
        jz_vkey_text(&w.pub, key);
        jz_buf_printf(&text, "witness %s %s\n", name, key);
        if (i == 127) {
            const size_t len = text.len;
            jz_buf_puts(&text, "quorum w127\n");
            assert_ok(jz_policy_parse(bytes_of_buf(&text), &policy, err));
            text.len = len;
        }
    }
    jz_buf_puts(&text, "quorum none\n");
    jz_auto(jz_policy) *more = NULL;
    assert_int_equal(jz_policy_parse(bytes_of_buf(&text), &more, NULL), JZ_E_LIMIT);
}

/* ---- proofs ---- */

static void make_proof(jz_buf *out, const char *leaf)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO note = { 0 };
    jz_tlog_proof proof = { .index = 1, .path.n = 2, .extra64 = bytes("Zm9v") };
    jz_checkpoint cp = { .origin = ORIGIN, .size = 3 };
    jz_tree_hash leaves[3];
    jz_tree_leaf(bytes("a"), &leaves[0]);
    jz_tree_leaf(bytes(leaf), &leaves[1]);
    jz_tree_leaf(bytes("c"), &leaves[2]);
    mth(leaves, 3, &cp.root);
    proof.path.hash[0] = leaves[0];
    proof.path.hash[1] = leaves[2];
    jz_checkpoint_put(&cp, &text);
    jz_buf_put(&note, text.ptr, text.len);
    jz_buf_putc(&note, '\n');
    assert_ok(jz_note_sign(bytes_of_buf(&text), &log_key, 0, &note, err));
    assert_ok(jz_note_sign(bytes_of_buf(&text), &witness[0], 1700000000, &note, err));
    proof.checkpoint = bytes_of_buf(&note);
    jz_tlog_proof_put(&proof, out);
}

static void test_proof_verifies_and_no_byte_of_it_may_change(void **state)
{
    (void)state;
    JZ_BUF_AUTO text = { 0 };
    jz_auto(jz_policy) *policy = NULL;
    jz_trust trust;
    uint64_t index = 0;
    make_proof(&text, "b");
    assert_memory_equal(text.ptr, "c2sp.org/tlog-proof@v1\nextra Zm9v\nindex 1\n", 42);
    assert_ok(read_policy("log $L\nwitness W $0\nquorum W\n", &policy, err));
    assert_ok(jz_proof_verify(bytes_of_buf(&text), bytes("b"), policy, &trust, &index, err));
    assert_int_equal(index, 1);
    assert_int_equal(trust.witnesses, 1);
    assert_int_equal(jz_proof_verify(bytes_of_buf(&text), bytes("c"), policy, &trust, NULL, NULL),
                     JZ_E_MISMATCH);
    for (size_t i = 0; i < text.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            text.ptr[i] = (char)(text.ptr[i] ^ 1 << bit);
            const jz_status st =
                jz_proof_verify(bytes_of_buf(&text), bytes("b"), policy, &trust, NULL, NULL);
            text.ptr[i] = (char)(text.ptr[i] ^ 1 << bit);
            if (st == JZ_OK && (i < 29 || i > 32)) /* nothing vouches for extra data */
                fail_msg("bit %d of byte %zu may change", bit, i);
        }
    for (size_t i = 0; i < text.len; i++)
        assert_int_not_equal(
            jz_proof_verify(jz_bytes_of(text.ptr, i), bytes("b"), policy, &trust, NULL, NULL),
            JZ_OK);
}

static void test_what_is_no_proof_is_refused(void **state)
{
    (void)state;
    static const char first[] = "c2sp.org/tlog-proof@v1\n";
    static const char *const bad[] = {
        "",
        "index 1\n",
        "index 01\n\n",
        "index -1\n\n",
        "extra \nindex 1\n\n",
        "extra Zg\nindex 1\n\n",
        "extra Zh==\nindex 1\n\n",
        "extra Zm9v\n",
        "index 1\nextra Zm9v\n\n",
        "index 1\nZm9v\n\n",
        "index 1\n" ROOT64,
        "index 1\n" ROOT64 "\n",
        "Index 1\n\n",
    };
    jz_tlog_proof p;
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s%s", first, bad[i]);
        if (jz_tlog_proof_parse(bytes(text), &p, NULL) != JZ_E_CORRUPT)
            fail_msg("%zu is taken: %s", i, bad[i]);
    }
    JZ_BUF_AUTO many = { 0 };
    jz_buf_printf(&many, "%sindex 1\n", first);
    for (int i = 0; i < JZ_TREE_PATH_MAX; i++)
        jz_buf_puts(&many, ROOT64 "\n");
    jz_buf_puts(&many, "\n");
    assert_ok(jz_tlog_proof_parse(bytes_of_buf(&many), &p, err));
    many.len--;
    jz_buf_puts(&many, ROOT64 "\n\n");
    assert_int_equal(jz_tlog_proof_parse(bytes_of_buf(&many), &p, NULL), JZ_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64_is_that_of_the_rfc_and_has_one_form),
        cmocka_unit_test(test_tile_paths_are_those_of_the_specification),
        cmocka_unit_test(test_other_tile_paths_are_refused),
        cmocka_unit_test(test_sizes_have_the_tiles_of_the_specification),
        cmocka_unit_test(test_bundle_gives_back_its_entries),
        cmocka_unit_test(test_published_checkpoint_is_read_and_written),
        cmocka_unit_test(test_what_is_no_checkpoint_is_refused),
        cmocka_unit_test(test_leaf_is_written_as_specified),
        cmocka_unit_test(test_every_kind_of_leaf_comes_back),
        cmocka_unit_test(test_leaf_with_a_byte_changed_is_another_or_none),
        cmocka_unit_test(test_leaf_that_cannot_be_is_not_written),
        cmocka_unit_test(test_quorum_of_groups_counts_as_specified),
        cmocka_unit_test(test_simple_quorums_count),
        cmocka_unit_test(test_log_that_signs_for_another_origin_is_refused),
        cmocka_unit_test(test_policy_that_makes_no_sense_is_refused),
        cmocka_unit_test(test_policy_of_many_parties_has_a_limit),
        cmocka_unit_test(test_proof_verifies_and_no_byte_of_it_may_change),
        cmocka_unit_test(test_what_is_no_proof_is_refused),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
