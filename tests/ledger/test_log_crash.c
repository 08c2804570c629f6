/* SPDX-License-Identifier: Apache-2.0 */
/* The power goes at every operation of a log's life. Afterwards the log opens, holds every leaf
 * that was acknowledged, passes its audit, and no size was ever published with two roots. */
#include "tests/ledger/ledger_fixture.h"
#include "tests/ledger/sim_disk.h"

#include "ledger/checkpoint.h"
#include "ledger/log.h"

#define LEAVES 4096
#define SEEDS 24      /* lives that are cut at every operation */
#define TEARINGS 4    /* of each of these cuts */
#define TRIES 250     /* random lives of a log */
#define CUTS_A_LIFE 4 /* the last of which may be within what the one before made necessary */

/* Seeds of 32 sevens and nines. */
static const char fixed_key[] =
    "PRIVATE+KEY+log.example/fuzz+da58392c+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
static const char fixed_witness[] =
    "PRIVATE+KEY+witness.example/fuzz+c521b2f3+BAkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJ";

/* What a log's user and its readers know. */
typedef struct world {
    sim_disk *sim;
    jz_skey key;
    uint64_t random;
    uint32_t leaf[LEAVES]; /* the number that the leaf at an index holds */
    uint64_t acked;
    uint64_t tried; /* of the append that was cut: up to here leaves may be there */
    bool created;
    bool published[LEAVES + 1];
    jz_tree_hash root[LEAVES + 1];
    uint32_t number; /* of the next leaf: no two are alike */
    uint64_t seed;
    uint64_t cuts;
} world;

static uint64_t dice(world *w, uint64_t n)
{
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (w->random >> 33) % n;
}

/* A reader keeps every checkpoint that it sees, compares, and reads the log. */
static void see(void *user, const jz_buf *content)
{
    world *w = user;
    jz_note note;
    jz_note_seal seal;
    jz_checkpoint cp;
    assert_ok(jz_note_parse(bytes_of_buf(content), &note, err));
    assert_ok(jz_note_verify(&note, &w->key.pub, 1, &seal, err));
    assert_ok(jz_checkpoint_parse(note.text, &cp, NULL, err));
    assert_true(cp.size <= LEAVES);
    if (w->published[cp.size])
        assert_memory_equal(&w->root[cp.size], &cp.root, sizeof cp.root);
    w->published[cp.size] = true;
    w->root[cp.size] = cp.root;
    if (sim_is_dead(w->sim))
        return;                     /* the last that happened; nobody reads any more */
    jz_auto(jz_log) *reader = NULL; /* its tiles are there at this moment */
    assert_ok(jz_log_open_on(sim_handle(w->sim), "sim", &w->key.pub, NULL, NULL, &reader, err));
}

static size_t make_leaf(uint32_t number, char out[64])
{
    return (size_t)snprintf(out, 64, "leaf %u%.*s\n", number, (int)(number % 40),
                            "........................................");
}

static jz_status append(world *w, jz_log *log, size_t n)
{
    static char text[512][64];
    static jz_bytes leaves[512];
    uint64_t first = 0;
    for (size_t i = 0; i < n; i++) {
        w->leaf[w->acked + i] = w->number;
        leaves[i] = jz_bytes_of(text[i], make_leaf(w->number++, text[i]));
    }
    w->tried = w->acked + n;
    const jz_status st = jz_log_append(log, leaves, n, &first, NULL);
    if (st == JZ_OK) {
        assert_int_equal(first, w->acked);
        w->acked = w->tried;
    }
    return st;
}

static jz_status cosign(world *w, jz_log *log)
{
    jz_skey witness;
    JZ_BUF_AUTO line = { 0 };
    assert_ok(jz_skey_parse(fixed_witness, strlen(fixed_witness), &witness, err));
    const char *note = jz_log_checkpoint(log);
    const size_t text = (size_t)(strstr(note, "\n\n") - note) + 1;
    assert_ok(jz_note_sign(jz_bytes_of(note, text), &witness, w->number, &line, err));
    return jz_log_cosign(log, bytes_of_buf(&line), &witness.pub, 1, NULL);
}

static jz_status one_step(world *w, jz_log *log, size_t most)
{
    const uint64_t what = dice(w, 10);
    if (what == 0)
        return jz_log_settle(log, NULL);
    if (what == 1)
        return cosign(w, log);
    const size_t n = 1 + (size_t)dice(w, what == 2 ? most : 5);
    return w->acked + n <= LEAVES ? append(w, log, n) : JZ_OK;
}

static jz_status open_log(world *w, jz_log **log, jz_err *err)
{
    return jz_log_open_on(sim_handle(w->sim), "sim", &w->key.pub, &w->key, NULL, log, err);
}

static jz_status live(world *w, unsigned steps, size_t most)
{
    jz_auto(jz_log) *log = NULL;
    jz_checkpoint head;
    if (!w->created && open_log(w, &log, NULL) != JZ_OK)
        JZ_TRY(jz_log_create_on(sim_handle(w->sim), &w->key, NULL));
    w->created = true;
    if (log == NULL)
        JZ_TRY(open_log(w, &log, NULL));
    jz_log_head(log, &head);
    assert_true(head.size == w->acked || head.size == w->tried);
    w->acked = w->tried = head.size;
    while (steps-- > 0)
        JZ_TRY(one_step(w, log, most));
    return JZ_OK;
}

typedef struct counted {
    const world *w;
    jz_frontier tree; /* of the leaves so far */
} counted;

/* Every root that a reader has seen is one that this log has had. */
static void check_root(const counted *c)
{
    jz_tree_hash root;
    if (!c->w->published[c->tree.n])
        return;
    jz_frontier_root(&c->tree, &root);
    assert_memory_equal(&root, &c->w->root[c->tree.n], sizeof root);
}

static jz_status compare_leaf(void *user, uint64_t index, jz_bytes leaf, jz_err *err)
{
    counted *c = user;
    char want[64];
    jz_tree_hash hash;
    const size_t len = make_leaf(c->w->leaf[index], want);
    (void)err;
    assert_int_equal(index, c->tree.n);
    assert_int_equal(leaf.len, len);
    assert_memory_equal(leaf.ptr, want, len);
    jz_tree_leaf(leaf, &hash);
    jz_frontier_add(&c->tree, &hash);
    check_root(c);
    return JZ_OK;
}

static void check_log(world *w, jz_log *log)
{
    jz_checkpoint head;
    counted c = { .w = w };
    jz_log_head(log, &head);
    assert_true(head.size >= w->acked);
    assert_true(head.size == w->acked || head.size == w->tried); /* all of an append or nothing */
    assert_ok(jz_log_audit(log, compare_leaf, &c, err));
    assert_int_equal(c.tree.n, head.size);
    for (uint64_t n = head.size + 1; n <= LEAVES; n++)
        assert_false(w->published[n]);
    w->acked = w->tried = head.size;
}

static void check_world(world *w)
{
    jz_auto(jz_log) *log = NULL;
    jz_auto(jz_log) *reader = NULL;
    if (!w->created && open_log(w, &log, NULL) != JZ_OK) {
        assert_int_equal(w->tried, 0);
        return; /* made again */
    }
    w->created = true;
    if (log == NULL)
        assert_ok(open_log(w, &log, err));
    check_log(w, log);
    assert_ok(jz_log_open_on(sim_handle(w->sim), "sim", &w->key.pub, NULL, NULL, &reader, err));
    check_log(w, reader);
}

static void begin_world(world *w, uint64_t seed)
{
    *w = (world){ .random = seed };
    w->sim = sim_new(seed, see, w);
    assert_ok(jz_skey_parse(fixed_key, strlen(fixed_key), &w->key, err)); /* to be repeatable */
}

/* One life with a cut after so many operations, then, where asked for, another during recovery. */
static bool cut_once(world *w, uint64_t after, unsigned steps, size_t most)
{
    sim_cut_after(w->sim, after);
    const jz_status st = live(w, steps, most);
    const bool died = sim_is_dead(w->sim);
    assert_true(died || st == JZ_OK);
    w->cuts += died;
    sim_restart(w->sim);
    return died;
}

/* $JZ_TEST_CUTS=20: twenty times as many lives. */
static unsigned more(void)
{
    const char *text = getenv("JZ_TEST_CUTS");
    const unsigned long n = text != NULL ? strtoul(text, NULL, 10) : 1;
    return n >= 1 && n <= 100000 ? (unsigned)n : 1;
}

/* Opens the log, and has power for so many operations. */
static bool cut_opening(world *w, uint64_t after)
{
    jz_log *log = NULL;
    sim_cut_after(w->sim, after);
    if (open_log(w, &log, NULL) == JZ_OK)
        jz_log_close(log);
    const bool died = sim_is_dead(w->sim);
    sim_restart(w->sim);
    return died;
}

/* The power goes here, and what was not synced is torn, in several ways; in every other one it goes
 * once more, while the log is put in order. */
static void cut_here(void *user)
{
    static world c;
    world *w = user;
    for (unsigned k = 0; k < TEARINGS; k++) {
        const uint64_t seed = w->seed * 1000003 + sim_operations(w->sim) * TEARINGS + k;
        c = *w;
        c.sim = sim_fork(w->sim, seed, see, &c);
        sim_restart(c.sim);
        w->cuts++;
        if (k % 2 == 1)
            w->cuts += cut_opening(&c, seed % 9);
        check_world(&c);
        sim_free(c.sim);
    }
}

/* A short life that is cut at every one of its operations. */
static uint64_t cut_everywhere(uint64_t seed, unsigned steps, size_t most)
{
    static world w;
    begin_world(&w, seed);
    w.seed = seed;
    sim_watch(w.sim, cut_here, &w);
    assert_int_equal(live(&w, steps, most), JZ_OK);
    sim_watch(w.sim, NULL, NULL);
    check_world(&w);
    sim_free(w.sim);
    return w.cuts;
}

static void test_cut_at_every_operation_loses_nothing(void **state)
{
    (void)state;
    uint64_t cuts = 0;
    for (uint64_t seed = 1; seed <= SEEDS * more(); seed++)
        cuts += cut_everywhere(seed, 14, 400);
    print_message("# %u cuts: each operation of %u lives\n", (unsigned)cuts, SEEDS * more());
    assert_true(cuts >= 6000);
}

static void test_random_lives_with_several_cuts_lose_nothing(void **state)
{
    (void)state;
    static world w;
    uint64_t cuts = 0;
    uint64_t leaves = 0;
    for (uint64_t seed = 1; seed <= TRIES * more(); seed++) {
        begin_world(&w, seed);
        for (unsigned i = 0; i < CUTS_A_LIFE; i++) {
            const uint64_t after = dice(&w, i % 2 == 0 ? 120 : 12);
            const unsigned steps = 1 + (unsigned)dice(&w, 30);
            (void)cut_once(&w, after, steps, 400);
            if (dice(&w, 3) != 0) /* else the next life begins with what this one left */
                check_world(&w);
        }
        sim_restart(w.sim);
        check_world(&w);
        cuts += w.cuts;
        leaves += w.acked;
        sim_free(w.sim);
    }
    print_message("# %u cuts, %u leaves\n", (unsigned)cuts, (unsigned)leaves);
    assert_true(cuts >= 700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_at_every_operation_loses_nothing),
        cmocka_unit_test(test_random_lives_with_several_cuts_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
