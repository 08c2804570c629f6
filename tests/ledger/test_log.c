/* SPDX-License-Identifier: Apache-2.0 */
/* A log's life: on a real folder, and on a disk in memory where its files are damaged. */
#include "tests/ledger/ledger_fixture.h"
#include "tests/ledger/sim_disk.h"

#include "base/file.h"
#include "ledger/checkpoint.h"
#include "ledger/log.h"
#include "ledger/proof.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char dir[64];
static jz_skey key;

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/jz-ledger-XXXXXX");
    key = new_key(ORIGIN, JZ_KEY_ED25519);
    return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
    (void)state;
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static size_t make_leaf(uint64_t i, char out[64])
{
    return (size_t)snprintf(out, 64, "leaf %llu%.*s", (unsigned long long)i, (int)(i % 7),
                            "........");
}

static jz_status append(jz_log *log, uint64_t from, size_t n, jz_err *err)
{
    uint64_t first = UINT64_MAX;
    jz_bytes *leaves = jz_alloc_zero(n, sizeof *leaves);
    char(*text)[64] = jz_alloc_zero(n, sizeof *text);
    assert_true(leaves != NULL && text != NULL);
    for (size_t i = 0; i < n; i++)
        leaves[i] = jz_bytes_of(text[i], make_leaf(from + i, text[i]));
    const jz_status st = jz_log_append(log, leaves, n, &first, err);
    if (st == JZ_OK)
        assert_true(first == from);
    jz_free(leaves);
    jz_free(text);
    return st;
}

static jz_log *open_log(bool writer)
{
    jz_log *log = NULL;
    assert_ok(jz_log_open(dir, &key.pub, writer ? &key : NULL, NULL, &log, err));
    return log;
}

static bool exists(const char *path)
{
    char full[160];
    struct stat sb;
    (void)snprintf(full, sizeof full, "%s/%s", dir, path);
    return stat(full, &sb) == 0;
}

static jz_policy *trust_log(void)
{
    jz_policy *policy = NULL;
    char text[JZ_VKEY_TEXT];
    JZ_BUF_AUTO b = { 0 };
    jz_vkey_text(&key.pub, text);
    jz_buf_printf(&b, "log %s\nquorum none\n", text);
    assert_ok(jz_policy_parse(bytes_of_buf(&b), &policy, err));
    return policy;
}

/* ---- growing ---- */

static void check_proof(jz_log *log, const jz_policy *policy, uint64_t i)
{
    jz_auto(char) *proof = NULL;
    jz_auto(char) *entry = NULL;
    char want[64];
    size_t len;
    uint64_t index;
    jz_trust trust;
    const size_t want_len = make_leaf(i, want);
    assert_ok(jz_log_prove(log, i, &proof, err));
    assert_ok(
        jz_proof_verify(bytes(proof), jz_bytes_of(want, want_len), policy, &trust, &index, err));
    assert_true(index == i);
    assert_ok(jz_log_entry(log, i, &entry, &len, err));
    assert_int_equal(len, want_len);
    assert_memory_equal(entry, want, len);
}

static void check_growth(jz_log *log, const jz_tree_head *old)
{
    jz_tree_hash path[JZ_TREE_PATH_MAX];
    jz_checkpoint head;
    size_t n;
    jz_log_head(log, &head);
    const jz_tree_head now = { head.size, head.root };
    assert_ok(jz_log_consistency(log, old->size, path, &n, err));
    assert_true(jz_tree_consistency(old, &now, path, n));
}

static void test_every_leaf_of_a_growing_log_can_be_proved(void **state)
{
    (void)state;
    static jz_tree_head heads[64];
    unsigned n = 0;
    uint64_t size = 0;
    jz_auto(jz_log) *log = NULL;
    jz_auto(jz_policy) *policy = trust_log();
    assert_ok(jz_log_create(dir, &key, err));
    log = open_log(true);
    while (size < 1100) {
        const size_t batch = 1 + (size_t)(size * 7 % 61);
        jz_checkpoint head;
        assert_ok(append(log, size, batch, err));
        size += batch;
        jz_log_head(log, &head);
        assert_int_equal(head.size, size);
        heads[n++] = (jz_tree_head){ head.size, head.root };
        if (n % 3 == 0)
            assert_ok(jz_log_settle(log, err));
        jz_auto(jz_log) *reader = open_log(false); /* also while nothing is settled */
        jz_log_head(reader, &head);
        check_proof(reader, policy, head.size - 1);
        check_proof(reader, policy, head.size / 2);
        check_growth(reader, &heads[n / 4]);
    }
    for (uint64_t i = 0; i < size; i++)
        check_proof(log, policy, i);
    for (unsigned i = 0; i < n; i++)
        check_growth(log, &heads[i]);
    assert_ok(jz_log_audit(log, NULL, NULL, err));
}

static void test_settled_log_has_the_files_of_its_size(void **state)
{
    (void)state;
    jz_auto(jz_log) *log = NULL;
    assert_ok(jz_log_create(dir, &key, err));
    log = open_log(true);
    assert_ok(append(log, 0, 100, err));
    assert_true(exists("tile/0/000.p/100") && exists("tile/entries/000.p/100"));
    assert_ok(append(log, 100, 200, err));
    assert_ok(jz_log_settle(log, err));
    assert_true(exists("tile/0/000") && exists("tile/0/001.p/44") && exists("tile/1/000.p/1"));
    assert_true(exists("tile/entries/000") && exists("tile/entries/001.p/44"));
    assert_false(exists("tile/0/000.p") || exists("tile/entries/000.p") || exists("tile/2"));
}

static void test_log_of_three_levels_is_audited_and_opened_again(void **state)
{
    (void)state;
    jz_auto(jz_policy) *policy = trust_log();
    jz_log *log = NULL;
    assert_ok(jz_log_create(dir, &key, err));
    log = open_log(true);
    for (uint64_t i = 0; i < 3; i++) /* the log settles by itself on the way */
        assert_ok(append(log, i * 30000, 30000, err));
    jz_log_close(log);
    log = open_log(true);
    assert_true(exists("tile/2/000.p/1") && exists("tile/1/000") && !exists("tile/1/000.p"));
    for (uint64_t i = 0; i < 90000; i += 4999)
        check_proof(log, policy, i);
    check_proof(log, policy, 89999);
    assert_ok(jz_log_audit(log, NULL, NULL, err));
    jz_log_close(log);
}

static void test_empty_log_opens_and_proves_nothing(void **state)
{
    (void)state;
    jz_auto(char) *out = NULL;
    jz_tree_hash path[JZ_TREE_PATH_MAX];
    jz_checkpoint head;
    size_t n = 9;
    assert_ok(jz_log_create(dir, &key, err));
    jz_auto(jz_log) *log = open_log(false);
    jz_log_head(log, &head);
    assert_int_equal(head.size, 0);
    assert_string_equal(head.origin, ORIGIN);
    assert_ok(jz_log_audit(log, NULL, NULL, err));
    assert_int_equal(jz_log_prove(log, 0, &out, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_log_entry(log, 0, &out, &n, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_log_consistency(log, 1, path, &n, NULL), JZ_E_NOTFOUND);
    assert_ok(jz_log_consistency(log, 0, path, &n, err));
    assert_int_equal(n, 0);
    assert_int_equal(append(log, 0, 1, NULL), JZ_E_INVAL); /* opened for reading */
}

/* ---- what is refused ---- */

static void test_second_writer_and_second_log_are_refused(void **state)
{
    (void)state;
    jz_log *other = NULL;
    assert_int_equal(jz_log_open(dir, &key.pub, &key, NULL, &other, NULL), JZ_E_NOTFOUND);
    assert_ok(jz_log_create(dir, &key, err));
    assert_int_equal(jz_log_create(dir, &key, NULL), JZ_E_EXISTS);
    jz_log *log = open_log(true);
    assert_int_equal(jz_log_open(dir, &key.pub, &key, NULL, &other, NULL), JZ_E_BUSY);
    assert_int_equal(jz_log_create(dir, &key, NULL), JZ_E_BUSY);
    jz_log_close(open_log(false)); /* reading goes on */
    jz_log_close(log);
    jz_log_close(open_log(true));
    char gone[96];
    (void)snprintf(gone, sizeof gone, "%s/nothing", dir);
    assert_int_equal(jz_log_open(gone, &key.pub, NULL, NULL, &other, NULL), JZ_E_NOTFOUND);
}

static void test_keys_that_are_not_the_logs_are_refused(void **state)
{
    (void)state;
    jz_log *log = NULL;
    const jz_skey other = new_key(ORIGIN, JZ_KEY_ED25519); /* the same name */
    const jz_skey witness = new_key(ORIGIN, JZ_KEY_COSIGNATURE);
    assert_int_equal(jz_log_create(dir, &witness, NULL), JZ_E_INVAL);
    assert_ok(jz_log_create(dir, &key, err));
    assert_int_equal(jz_log_open(dir, &other.pub, NULL, NULL, &log, NULL), JZ_E_MISMATCH);
    assert_int_equal(jz_log_open(dir, &other.pub, &other, NULL, &log, NULL), JZ_E_MISMATCH);
    assert_int_equal(jz_log_open(dir, &key.pub, &other, NULL, &log, NULL), JZ_E_INVAL);
    assert_null(log);
}

static void test_batches_have_limits(void **state)
{
    (void)state;
    static uint8_t big[JZ_LOG_LEAF_MAX + 1];
    static jz_bytes many[JZ_LOG_BATCH_MAX + 1];
    const jz_bytes too_long = { big, sizeof big };
    const jz_bytes longest = { big, JZ_LOG_LEAF_MAX };
    uint64_t first;
    assert_ok(jz_log_create(dir, &key, err));
    jz_auto(jz_log) *log = open_log(true);
    for (size_t i = 0; i < JZ_ARRAY_LEN(many); i++)
        many[i] = longest;
    assert_int_equal(jz_log_append(log, many, 0, &first, NULL), JZ_E_INVAL);
    assert_int_equal(jz_log_append(log, &too_long, 1, &first, NULL), JZ_E_LIMIT);
    assert_int_equal(jz_log_append(log, many, JZ_ARRAY_LEN(many), &first, NULL), JZ_E_LIMIT);
    assert_int_equal(jz_log_append(log, many, 513, &first, NULL), JZ_E_LIMIT);
    assert_ok(jz_log_append(log, many, 500, &first, err)); /* 32 MB: as much as there may be */
    assert_int_equal(first, 0);
    jz_auto(jz_log) *reader = open_log(false);
    assert_ok(jz_log_audit(reader, NULL, NULL, err));
}

/* ---- cosignatures ---- */

static void sign_as(const jz_skey *w, const jz_log *log, jz_buf *line)
{
    const char *note = jz_log_checkpoint(log);
    jz_buf_reset(line);
    assert_ok(jz_note_sign(jz_bytes_of(note, (size_t)(strstr(note, "\n\n") - note) + 1), w,
                           1700000000, line, err));
}

static void test_cosignatures_are_checked_and_kept(void **state)
{
    (void)state;
    const jz_skey w[] = { new_key("w.example/1", JZ_KEY_COSIGNATURE),
                          new_key("w.example/2", JZ_KEY_COSIGNATURE) };
    const jz_vkey known[] = { w[0].pub, w[1].pub };
    JZ_BUF_AUTO line = { 0 };
    JZ_BUF_AUTO old = { 0 };
    assert_ok(jz_log_create(dir, &key, err));
    jz_auto(jz_log) *log = open_log(true);
    assert_ok(append(log, 0, 10, err));
    sign_as(&w[0], log, &old);
    assert_ok(append(log, 10, 10, err));
    sign_as(&w[0], log, &line);
    assert_int_equal(jz_log_cosign(log, bytes_of_buf(&old), known, 2, NULL), JZ_E_MISMATCH);
    assert_int_equal(jz_log_cosign(log, bytes_of_buf(&line), known + 1, 1, NULL), JZ_E_MISMATCH);
    assert_int_equal(jz_log_cosign(log, bytes("nonsense\n"), known, 2, NULL), JZ_E_CORRUPT);
    assert_null(strstr(jz_log_checkpoint(log), "w.example"));
    assert_ok(jz_log_cosign(log, bytes_of_buf(&line), known, 2, err));
    sign_as(&w[1], log, &line);
    assert_ok(jz_log_cosign(log, bytes_of_buf(&line), known, 2, err));
    sign_as(&w[1], log, &line); /* once more: one line of each, or they would fill it */
    for (int i = 0; i < 120; i++)
        assert_ok(jz_log_cosign(log, bytes_of_buf(&line), known, 2, err));
    jz_log_close(JZ_TAKE(log));
    log = open_log(true);
    assert_non_null(strstr(jz_log_checkpoint(log), "w.example/1 "));
    assert_non_null(strstr(jz_log_checkpoint(log), "w.example/2 "));
    assert_ok(append(log, 20, 1, err));
    assert_null(strstr(jz_log_checkpoint(log), "w.example")); /* of another tree */
}

/* ---- damage ---- */

/* A settled log in memory, of which partial tiles of earlier sizes are there too. */
static sim_disk *make_sim(uint64_t size)
{
    sim_disk *s = sim_new(1, NULL, NULL);
    jz_log *log = NULL;
    assert_ok(jz_log_create_on(sim_handle(s), &key, err));
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, err));
    for (uint64_t at = 0; at < size; at += 97)
        assert_ok(append(log, at, (size_t)(size - at < 97 ? size - at : 97), err));
    jz_log_close(log);
    return s;
}

static jz_status open_sim(sim_disk *s, const jz_checkpoint *remembered, bool audit)
{
    jz_auto(jz_log) *log = NULL;
    JZ_TRY(jz_log_open_on(sim_handle(s), "sim", &key.pub, NULL, remembered, &log, NULL));
    return audit ? jz_log_audit(log, NULL, NULL, NULL) : JZ_OK;
}

/* Each byte of the files of a log of 300 leaves. */
static void test_one_byte_changed_anywhere_is_found(void **state)
{
    (void)state;
    sim_disk *s = make_sim(300);
    size_t changed = 0;
    assert_int_equal(open_sim(s, NULL, true), JZ_OK);
    for (size_t f = 0; sim_name(s, f) != NULL; f++) {
        jz_buf *file = sim_file(s, sim_name(s, f));
        if (strcmp(sim_name(s, f), JZ_LOG_JOURNAL) == 0)
            continue; /* empty, and the writer's only */
        for (size_t i = 0; i < file->len; i++, changed++) {
            file->ptr[i] = (char)(file->ptr[i] ^ 1 << i % 8);
            if (open_sim(s, NULL, true) == JZ_OK)
                fail_msg("%s: byte %zu may change", sim_name(s, f), i);
            file->ptr[i] = (char)(file->ptr[i] ^ 1 << i % 8);
        }
    }
    assert_true(changed > 10000);
    assert_int_equal(open_sim(s, NULL, true), JZ_OK);
    sim_free(s);
}

/* What a start reads: the right edge, whose root is the signed one. */
static void test_damaged_right_edge_does_not_open(void **state)
{
    (void)state;
    static const char *const edge[] = { JZ_LOG_CHECKPOINT, "tile/0/001.p/44", "tile/1/000.p/1",
                                        "tile/entries/001.p/44" };
    sim_disk *s = make_sim(300);
    for (size_t f = 0; f < JZ_ARRAY_LEN(edge); f++) {
        jz_buf *file = sim_file(s, edge[f]);
        for (size_t i = 0; i < file->len; i++) {
            jz_log *log = NULL;
            file->ptr[i] ^= 1;
            assert_int_not_equal(open_sim(s, NULL, false), JZ_OK);
            assert_int_not_equal(
                jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, NULL), JZ_OK);
            file->ptr[i] ^= 1;
        }
    }
    assert_int_equal(open_sim(s, NULL, false), JZ_OK);
    sim_free(s);
}

static void test_file_that_is_missing_or_short_or_long_is_found(void **state)
{
    (void)state;
    sim_disk *s = make_sim(300);
    for (size_t f = 0; sim_name(s, f) != NULL; f++) {
        jz_buf *file = sim_file(s, sim_name(s, f));
        if (strcmp(sim_name(s, f), JZ_LOG_JOURNAL) == 0)
            continue;
        file->len--;
        assert_int_not_equal(open_sim(s, NULL, true), JZ_OK);
        file->len++;
        jz_buf_putc(file, 0);
        assert_int_not_equal(open_sim(s, NULL, true), JZ_OK);
        file->len--;
    }
    jz_disk *d = sim_handle(s);
    assert_ok(d->ops->rename(d, "tile/0/000", "elsewhere", err));
    assert_int_equal(open_sim(s, NULL, true), JZ_E_CORRUPT);
    assert_int_equal(open_sim(s, NULL, false), JZ_OK); /* the right edge is whole */
    jz_disk_close(d);
    sim_free(s);
}

/* A proof from a damaged tile is not given out. */
static void test_damaged_tile_gives_no_proof(void **state)
{
    (void)state;
    sim_disk *s = make_sim(300);
    jz_log *log = NULL;
    jz_auto(char) *proof = NULL;
    size_t len;
    sim_file(s, "tile/0/000")->ptr[40] ^= 1;
    sim_file(s, "tile/entries/000")->ptr[70] ^= 1;
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, NULL, NULL, &log, err));
    assert_int_equal(jz_log_prove(log, 0, &proof, NULL), JZ_E_CORRUPT);
    assert_int_equal(jz_log_entry(log, 6, &proof, &len, NULL), JZ_E_CORRUPT);
    assert_ok(
        jz_log_prove(log, 299, &proof, err)); /* from here one node is read: it is in tile/1 */
    jz_log_close(log);
    sim_free(s);
}

static uint64_t published_size(sim_disk *s)
{
    jz_checkpoint head;
    jz_log *log = NULL;
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, NULL, NULL, &log, err));
    assert_ok(jz_log_audit(log, NULL, NULL, err));
    jz_log_head(log, &head);
    jz_log_close(log);
    return head.size;
}

/* What comes in quick succession is durable at once, and published a moment later. */
static void test_appends_are_published_at_once_unless_one_just_was(void **state)
{
    (void)state;
    sim_disk *s = make_sim(20);
    jz_log *log = NULL;
    sim_tick(s, 1);
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, err));
    assert_ok(append(log, 20, 3, err));
    assert_int_equal(published_size(s), 23); /* the first: at once */
    assert_ok(append(log, 23, 300, err));
    assert_int_equal(published_size(s), 23);
    assert_non_null(strstr(jz_log_checkpoint(log), "\n323\n")); /* but signed, and provable */
    sim_tick(s, JZ_LOG_PUBLISH_MS);
    assert_ok(append(log, 323, 1, err));
    assert_int_equal(published_size(s), 324);
    sim_tick(s, 1);
    assert_ok(append(log, 324, 1, err));
    assert_int_equal(published_size(s), 324);
    assert_ok(jz_log_settle(log, err));
    assert_int_equal(published_size(s), 325);
    assert_ok(append(log, 325, 1, err));
    jz_log_close(log);
    assert_int_equal(published_size(s), 326);
    sim_free(s);
}

static jz_checkpoint head_of(sim_disk *s)
{
    jz_checkpoint head;
    jz_log *log = NULL;
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, NULL, NULL, &log, err));
    jz_log_head(log, &head);
    jz_log_close(log);
    return head;
}

static void test_rolled_back_log_is_not_the_remembered_one(void **state)
{
    (void)state;
    sim_disk *old = make_sim(270);
    sim_disk *now = make_sim(600);
    jz_checkpoint seen = head_of(now);
    jz_checkpoint before = head_of(old);
    assert_int_equal(open_sim(now, &before, false), JZ_OK);
    assert_int_equal(open_sim(now, &seen, false), JZ_OK);
    assert_int_equal(open_sim(old, &seen, false), JZ_E_MISMATCH);
    before.root.b[0] ^= 1; /* rewritten since */
    assert_int_equal(open_sim(now, &before, false), JZ_E_MISMATCH);
    before.root.b[0] ^= 1;
    before.origin[0] = 'L';
    assert_int_equal(open_sim(now, &before, false), JZ_E_MISMATCH);
    sim_free(old);
    sim_free(now);
}

/* Files of an older and a newer copy of one log, in one folder. */
static void test_checkpoint_and_tiles_of_two_times_do_not_fit(void **state)
{
    (void)state;
    sim_disk *old = make_sim(300);
    sim_disk *now = make_sim(301);
    jz_buf *a = sim_file(old, JZ_LOG_CHECKPOINT);
    const jz_buf *b = sim_file(now, JZ_LOG_CHECKPOINT);
    jz_buf_reset(a);
    jz_buf_put(a, b->ptr, b->len);
    assert_int_equal(open_sim(old, NULL, false), JZ_E_CORRUPT); /* tile/0/001.p/45 is missing */
    sim_free(old);
    sim_free(now);
}

/* The journal says what was acknowledged: a checkpoint that it does not lead to is not taken. */
static void test_checkpoint_from_before_the_journal_is_refused(void **state)
{
    (void)state;
    sim_disk *s = make_sim(20);
    JZ_BUF_AUTO first = { 0 };
    JZ_BUF_AUTO journal = { 0 };
    jz_log *log = NULL;
    jz_disk *d = sim_handle(s);
    jz_buf_put(&first, sim_file(s, JZ_LOG_CHECKPOINT)->ptr, sim_file(s, JZ_LOG_CHECKPOINT)->len);
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, err));
    assert_ok(append(log, 20, 5, err));
    assert_ok(jz_log_settle(log, err));
    assert_ok(append(log, 25, 5, err));
    jz_buf_put(&journal, sim_file(s, JZ_LOG_JOURNAL)->ptr, sim_file(s, JZ_LOG_JOURNAL)->len);
    jz_log_close(log);
    assert_ok(d->ops->write(d, JZ_LOG_JOURNAL, bytes_of_buf(&journal), err));
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, err)); /* again */
    jz_log_close(log);
    assert_ok(d->ops->write(d, JZ_LOG_JOURNAL, bytes_of_buf(&journal), err));
    char *sig = strstr(sim_file(s, JZ_LOG_CHECKPOINT)->ptr, "\n\n");
    sig[60] = sig[60] == 'A' ? 'B' : 'A'; /* falsely signed, as one torn from two may be */
    assert_int_equal(open_sim(s, NULL, false), JZ_E_MISMATCH);
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, err));
    jz_log_close(log);
    assert_int_equal(open_sim(s, NULL, true), JZ_OK);
    assert_ok(d->ops->write(d, JZ_LOG_JOURNAL, bytes_of_buf(&journal), err));
    assert_ok(d->ops->write(d, JZ_LOG_CHECKPOINT, bytes_of_buf(&first), err));
    assert_int_equal(jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, NULL),
                     JZ_E_MISMATCH);
    jz_disk_close(d);
    sim_free(s);
}

/* Behind the base of one round, leaves of another that a crash undid: they do not come back. */
static void test_leaves_of_an_earlier_round_are_not_taken(void **state)
{
    (void)state;
    JZ_BUF_AUTO torn = { 0 };
    jz_checkpoint head = { 0 };
    const jz_buf *journal;
    size_t base = 0;
    for (unsigned round = 0; round < 2; round++) {
        sim_disk *s = make_sim(20);
        jz_log *log = NULL;
        assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, err));
        base = 16 + JZ_JOURNAL_NONCE + strlen(jz_log_checkpoint(log)) + 32;
        assert_ok(append(log, 20, 5, err));
        journal = sim_file(s, JZ_LOG_JOURNAL);
        if (round == 0)
            jz_buf_put(&torn, journal->ptr, journal->len);
        else
            memcpy(torn.ptr, journal->ptr, base); /* the base of this round alone */
        jz_log_close(log);
        sim_free(s);
    }
    sim_disk *s = make_sim(20);
    jz_disk *d = sim_handle(s);
    jz_log *log = NULL;
    assert_ok(d->ops->write(d, JZ_LOG_JOURNAL, bytes_of_buf(&torn), err));
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, err));
    jz_log_head(log, &head);
    assert_int_equal(head.size, 20);
    jz_log_close(log);
    jz_disk_close(d);
    sim_free(s);
}

static void test_log_that_lost_its_power_appends_nothing_more(void **state)
{
    (void)state;
    sim_disk *s = make_sim(20);
    jz_log *log = NULL;
    jz_err told = { 0 };
    assert_ok(jz_log_open_on(sim_handle(s), "sim", &key.pub, &key, NULL, &log, err));
    sim_cut_after(s, 0);
    assert_int_equal(append(log, 20, 1, NULL), JZ_E_IO);
    sim_restart(s); /* the disk works again, but what it holds is not what the log believes */
    assert_int_equal(append(log, 20, 1, &told), JZ_E_IO);
    assert_non_null(strstr(told.frame[0], "open it again"));
    assert_int_equal(jz_log_settle(log, NULL), JZ_E_IO);
    jz_log_close(log);
    sim_free(s);
}

/* ---- a disk that is full, a folder that others use ---- */

static jz_status append_some(jz_log *log, uint64_t *size)
{
    jz_err told = { 0 };
    const jz_status st = append(log, *size, 100, &told);
    if (st == JZ_OK)
        *size += 100;
    return st;
}

/* No file may grow past a limit that is lowered and lowered: whatever write it is that fails, what
 * was acknowledged is there afterwards, and the log goes on. */
static void test_full_disk_loses_nothing(void **state)
{
    (void)state;
    struct rlimit was;
    uint64_t size = 0;
    unsigned failures = 0;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    assert_ok(jz_log_create(dir, &key, err));
    for (rlim_t limit = 6000; limit > 0; limit -= 100) {
        struct rlimit now = { .rlim_cur = limit, .rlim_max = was.rlim_max };
        jz_checkpoint head;
        jz_log *log = NULL;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
        jz_status st = jz_log_open(dir, &key.pub, &key, NULL, &log, NULL);
        const uint64_t before = size;
        while (st == JZ_OK && size < before + 500)
            st = append_some(log, &size);
        jz_log_close(log);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
        failures += st == JZ_E_IO;
        log = open_log(true);
        assert_ok(jz_log_audit(log, NULL, NULL, err));
        jz_log_head(log, &head);
        assert_true(head.size == size ||
                    head.size == size + 100); /* the last one: all or nothing */
        size = head.size;
        jz_log_close(log);
    }
    assert_true(failures > 20);
}

/* Several processes append as soon as they are let: none is given an index twice. */
static void test_processes_at_once_take_turns(void **state)
{
    (void)state;
    enum { CHILDREN = 4, EACH = 15 };
    pid_t child[CHILDREN];
    jz_checkpoint head;
    assert_ok(jz_log_create(dir, &key, err));
    for (int c = 0; c < CHILDREN; c++) {
        child[c] = fork();
        if (child[c] != 0)
            continue;
        for (int done = 0; done < EACH;) {
            jz_log *log = NULL;
            uint64_t first;
            const jz_bytes leaf = bytes("leaf");
            const jz_status st = jz_log_open(dir, &key.pub, &key, NULL, &log, NULL);
            if (st != JZ_OK && st != JZ_E_BUSY)
                _exit(1);
            if (st == JZ_OK && jz_log_append(log, &leaf, 1, &first, NULL) != JZ_OK)
                _exit(2);
            done += st == JZ_OK;
            jz_log_close(log);
        }
        _exit(0);
    }
    for (int c = 0; c < CHILDREN; c++) {
        int how = -1;
        assert_int_equal(waitpid(child[c], &how, 0), child[c]);
        assert_int_equal(how, 0);
    }
    jz_auto(jz_log) *log = open_log(false);
    jz_log_head(log, &head);
    assert_int_equal(head.size, CHILDREN * EACH);
    assert_ok(jz_log_audit(log, NULL, NULL, err));
}

/* ---- memory ---- */

static jz_status whole_life(jz_err *err)
{
    jz_auto(jz_log) *log = NULL;
    jz_auto(jz_log) *reader = NULL;
    jz_auto(char) *proof = NULL;
    uint64_t first;
    const jz_bytes leaf = bytes("leaf");
    JZ_TRY(jz_log_open(dir, &key.pub, &key, NULL, &log, err));
    JZ_TRY(jz_log_append(log, &leaf, 1, &first, err));
    JZ_TRY(jz_log_settle(log, err));
    JZ_TRY(jz_log_append(log, &leaf, 1, &first, err));
    JZ_TRY(jz_log_prove(log, 0, &proof, err));
    JZ_TRY(jz_log_open(dir, &key.pub, NULL, NULL, &reader, err));
    return jz_log_audit(reader, NULL, NULL, err);
}

static void test_every_allocation_that_fails_is_told(void **state)
{
    (void)state;
    unsigned n = 0;
    jz_log *log = NULL;
    assert_ok(jz_log_create(dir, &key, err));
    log = open_log(true);
    assert_ok(append(log, 0, 300, err));
    jz_log_close(log);
    for (bool fired = true; fired; n++) {
        jz_err told = { 0 };
        jz_fault_arm(n);
        const jz_status st = whole_life(&told);
        fired = jz_fault_fired();
        assert_true(st == JZ_OK || (fired && st == JZ_E_NOMEM && told.code == st));
        assert_int_equal(whole_life(NULL), JZ_OK); /* nothing is broken for good */
    }
    assert_true(n > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_leaf_of_a_growing_log_can_be_proved, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_settled_log_has_the_files_of_its_size, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_log_of_three_levels_is_audited_and_opened_again,
                                        make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_empty_log_opens_and_proves_nothing, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_second_writer_and_second_log_are_refused, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_keys_that_are_not_the_logs_are_refused, make_dir,
                                        remove_dir),
        cmocka_unit_test_setup_teardown(test_batches_have_limits, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_cosignatures_are_checked_and_kept, make_dir,
                                        remove_dir),
        cmocka_unit_test(test_one_byte_changed_anywhere_is_found),
        cmocka_unit_test(test_damaged_right_edge_does_not_open),
        cmocka_unit_test(test_file_that_is_missing_or_short_or_long_is_found),
        cmocka_unit_test(test_damaged_tile_gives_no_proof),
        cmocka_unit_test(test_appends_are_published_at_once_unless_one_just_was),
        cmocka_unit_test(test_rolled_back_log_is_not_the_remembered_one),
        cmocka_unit_test(test_checkpoint_and_tiles_of_two_times_do_not_fit),
        cmocka_unit_test(test_checkpoint_from_before_the_journal_is_refused),
        cmocka_unit_test(test_leaves_of_an_earlier_round_are_not_taken),
        cmocka_unit_test(test_log_that_lost_its_power_appends_nothing_more),
        cmocka_unit_test_setup_teardown(test_full_disk_loses_nothing, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_processes_at_once_take_turns, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_every_allocation_that_fails_is_told, make_dir,
                                        remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
