/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a bank that is killed, and to one that is searched while it grows; what is
 * written down of changes. */
#include "tests/bank/bank_fixture.h"

#include "bank/bank_change.h"
#include "base/file.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

#define KILLS 20

/* Adds first, first + 1, ... and tells each number through fd once it was promised to be durable.
 */
static void add_until_killed(uint64_t first, int fd)
{
    jz_banks *b = NULL;
    if (jz_banks_open(home, false, first % 2 == 0, &b, NULL) != JZ_OK)
        _exit(1);
    for (uint64_t i = first;; i++) {
        const jz_signal s[] = { signal_of("pdq", i), signal_of("sha256", i) };
        const jz_entry_meta meta = { .note = "n" };
        int64_t entry = 0;
        bool added = false;
        if (jz_bank_add(b, "b", &meta, s, 2, &entry, &added, NULL) != JZ_OK ||
            write(fd, &i, sizeof i) != sizeof i)
            _exit(1);
    }
}

/* The number after the last one that was promised. The time is from the start, or from the first
 * promise, which a busy machine may take long to give. */
static uint64_t run_and_kill(uint64_t first, long wait_ns, bool from_promise)
{
    int ends[2];
    int how = 0;
    uint64_t next = first, told = 0;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0)
        add_until_killed(first, ends[1]);
    assert_int_equal(close(ends[1]), 0);
    if (from_promise && read(ends[0], &told, sizeof told) == sizeof told)
        next = told + 1;
    const struct timespec wait = { .tv_nsec = wait_ns };
    (void)nanosleep(&wait, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(ends[0], &told, sizeof told) == sizeof told)
        next = told + 1;
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    return next;
}

static void check_integrity(void)
{
    char path[96];
    bool row = false;
    jz_auto(jz_store) *s = NULL;
    jz_auto(jz_stmt) *st = NULL;
    (void)snprintf(path, sizeof path, "%s/jz.db", home);
    assert_int_equal(jz_store_open(path, NULL, &s, NULL), JZ_OK);
    assert_int_equal(jz_stmt_new(s, "PRAGMA integrity_check", &st, NULL), JZ_OK);
    assert_int_equal(jz_stmt_step(st, &row, NULL), JZ_OK);
    assert_string_equal(jz_stmt_text(st, 0), "ok");
}

static void test_killed_writer_loses_nothing_it_promised(void **state)
{
    (void)state;
    uint64_t next = 0;
    uint32_t random = 12345;
    jz_banks *b = open_banks(false);
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    jz_banks_close(b);
    for (int i = 0; i < KILLS; i++) {
        random = random * 1103515245 + 12345;
        next = run_and_kill(next, 5000000 + random % 95000000, i % 2 == 0);
        check_integrity();
    }
    jz_auto(jz_banks) *after = open_banks(true);
    assert_true(next >= KILLS / 2); /* else nothing was tested */
    for (uint64_t i = 0; i < next; i++) {
        assert_int_equal(match(after, i, 0, NULL), 1);
        assert_int_equal(match_exact(after, "sha256", i), 1);
    }
}

struct searcher {
    jz_banks *banks;
    atomic_uint_fast64_t *visible; /* entries below it are there */
    atomic_bool *stop;
    uint64_t searches, missed, false_hits;
};

static void *search_all_the_time(void *user)
{
    struct searcher *s = user;
    for (uint64_t i = 0; !atomic_load(s->stop); i++) {
        const uint64_t visible = atomic_load(s->visible);
        const uint64_t n = visible > 0 ? i % visible : 0;
        s->missed += visible > 0 && match(s->banks, n, 31, NULL) != 1;
        s->missed += visible > 0 && match_exact(s->banks, "md5", n) != 1;
        s->false_hits += match(s->banks, UINT64_MAX - i, 31, NULL);
        s->searches++;
    }
    return NULL;
}

static void test_searches_go_on_while_entries_come(void **state)
{
    (void)state;
    atomic_uint_fast64_t visible = 0;
    atomic_bool stop = false;
    jz_auto(jz_banks) *b = open_banks(true);
    struct searcher searcher[4];
    pthread_t thread[JZ_ARRAY_LEN(searcher)];
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(searcher); i++) {
        searcher[i] = (struct searcher){ .banks = b, .visible = &visible, .stop = &stop };
        assert_int_equal(pthread_create(&thread[i], NULL, search_all_the_time, &searcher[i]), 0);
    }
    for (uint64_t i = 0; i < 60; i++) {
        const jz_signal s[] = { signal_of("pdq", i), signal_of("md5", i) };
        add_signals(b, "b", s, 2);
        const int64_t other = add_one(b, "b", "pdq", 1000000 + i);
        atomic_store(&visible, i + 1);
        assert_int_equal(jz_bank_set_status(b, other, JZ_ENTRY_DISABLED, NULL, NULL), JZ_OK);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < JZ_ARRAY_LEN(searcher); i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_true(searcher[i].searches > 0);
        assert_int_equal(searcher[i].missed, 0);
        assert_int_equal(searcher[i].false_hits, 0);
    }
}

/* ---- the record of changes ---- */

#define HOUR_US INT64_C(3600000000)

static jz_status put_line(void *user, const jz_bank_change *c, jz_err *err)
{
    jz_buf *out = user;
    (void)err;
    jz_buf_printf(out, "%s %s %s %s\n", c->by, c->object, c->kind, c->detail);
    return JZ_OK;
}

/* What has ended until then, a line each. */
static unsigned take(int64_t until_us, jz_buf *lines)
{
    char path[96];
    jz_auto(jz_store) *s = NULL;
    unsigned n = 0;
    (void)snprintf(path, sizeof path, "%s/jz.db", home);
    assert_int_equal(jz_store_open(path, NULL, &s, NULL), JZ_OK);
    jz_buf_reset(lines);
    jz_buf_puts(lines, "");
    assert_int_equal(jz_bank_changes_take(s, until_us, put_line, lines, NULL), JZ_OK);
    for (const char *at = lines->ptr; (at = strchr(at, '\n')) != NULL; at++)
        n++;
    return n;
}

static void test_every_change_is_written_down(void **state)
{
    jz_auto(jz_banks) *b = open_banks(false);
    JZ_BUF_AUTO lines = { 0 };
    const jz_signal s[] = { signal_of("pdq", 1), signal_of("md5", 1) };
    (void)state;
    assert_int_equal(jz_banks_set_by(b, "", NULL), JZ_E_INVAL);
    assert_int_equal(jz_banks_set_by(b, "a\nb", NULL), JZ_E_INVAL);
    assert_int_equal(jz_banks_set_by(b, "li", NULL), JZ_OK);
    assert_int_equal(jz_bank_create(b, "b", "why", NULL), JZ_OK);
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_E_EXISTS);
    add_signals(b, "b", s, 2);
    assert_int_equal(jz_bank_set_status(b, 1, JZ_ENTRY_DISABLED, "logo", NULL), JZ_OK);
    assert_int_equal(jz_bank_set_status(b, 9, JZ_ENTRY_DISABLED, NULL, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_bank_delete_entry(b, 1, NULL), JZ_OK);
    assert_int_equal(jz_bank_delete(b, "b", NULL), JZ_OK);
/* By hashlib, as docs/banks.md says. */
#define D "b64740a3392e372930a6c3d436d3fa8f3ebd1ab2ebe29021ec2dd89035936aec"
#define NONE "0000000000000000000000000000000000000000000000000000000000000000"
    assert_int_equal(take(jz_now_us(), &lines), 5);
    assert_string_equal(
        lines.ptr,
        "li bank:b bank-created {\"note\":\"why\"}\n"
        "li bank:b bank-added {\"confirmed\":1,\"digest\":\"" D
        "\",\"entries\":1,\"first\":1,\"last\":1,\"signals\":2}\n"
        "li entry:1 entry-status {\"bank\":\"b\",\"from\":\"confirmed\",\"note\":\"logo\","
        "\"to\":\"disabled\"}\n"
        "li entry:1 entry-removed {\"bank\":\"b\",\"digest\":\"" D
        "\",\"signals\":2,\"status\":\"disabled\"}\n"
        "li bank:b bank-deleted {\"digest\":\"" NONE "\",\"signals\":0}\n");
    assert_int_equal(take(jz_now_us() + 2 * HOUR_US, &lines), 0);
}

/* What an import adds is one change, whole or, after a crash, as far as it went; what is undone is
 * none. */
static void test_what_is_added_together_is_one_change(void **state)
{
    jz_auto(jz_banks) *b = open_banks(true);
    JZ_BUF_AUTO lines = { 0 };
    (void)state;
    assert_int_equal(jz_bank_create(b, "b", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_create(b, "c", NULL, NULL), JZ_OK);
    assert_int_equal(take(jz_now_us(), &lines), 2);
    jz_bank_adding_begin(b);
    for (uint64_t i = 0; i < 5; i++)
        add_one(b, "b", "pdq", i);
    assert_int_equal(jz_bank_batch_begin(b, NULL), JZ_OK);
    add_one(b, "b", "pdq", 100);
    assert_int_equal(jz_bank_batch_end(b, false, NULL), JZ_OK);
    assert_int_equal(take(jz_now_us(), &lines), 0); /* it has not ended */
    assert_int_equal(take(jz_now_us() + HOUR_US + 1000000, &lines), 1);
    assert_non_null(strstr(lines.ptr, "\"entries\":5,"));
    add_one(b, "b", "pdq", 6); /* it had only paused */
    add_one(b, "c", "pdq", 7);
    assert_int_equal(jz_bank_adding_end(b, NULL), JZ_OK);
    assert_int_equal(take(jz_now_us(), &lines), 2);
    assert_non_null(strstr(lines.ptr, "\"entries\":6,"));
    add_one(b, "b", "pdq", 8);
    add_one(b, "b", "pdq", 9);
    assert_int_equal(take(jz_now_us(), &lines), 2);
    assert_non_null(strstr(lines.ptr, "\"entries\":1,"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOME(test_killed_writer_loses_nothing_it_promised),
        WITH_HOME(test_searches_go_on_while_entries_come),
        WITH_HOME(test_every_change_is_written_down),
        WITH_HOME(test_what_is_added_together_is_one_change),
    };
    return cmocka_run_group_tests_name("bank_crash", tests, NULL, NULL);
}
