/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "base/alloc.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static char path[96];

static int make_dir(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/jz-store-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return 1;
    (void)snprintf(path, sizeof path, "%s/test.db", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    static const char *const names[] = { "test.db", "test.db-wal", "test.db-shm",
                                         "copy.db", "copy.db-wal", "copy.db-shm" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        char file[160];
        (void)snprintf(file, sizeof file, "%s/%s", dir, names[i]);
        (void)unlink(file);
    }
    return rmdir(dir);
}

static const char *const first_step[] = {
    "CREATE TABLE t (id $id, name TEXT UNIQUE, n $int, x $real, data $blob) $strict;",
};

static jz_store *open_store(void)
{
    jz_err err = { 0 };
    jz_store *s = NULL;
    if (jz_store_open(path, NULL, &s, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    return s;
}

static int64_t query(jz_store *s, const char *sql)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    assert_int_equal(jz_stmt_new(s, sql, &st, NULL), JZ_OK);
    assert_int_equal(jz_stmt_step(st, &row, NULL), JZ_OK);
    assert_true(row);
    return jz_stmt_i64(st, 0);
}

static void test_open_sets_what_safety_needs(void **state)
{
    (void)state;
    jz_auto(jz_store) *s = open_store();
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    struct stat sb;
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    assert_int_equal(query(s, "PRAGMA synchronous"), 2); /* FULL */
    assert_int_equal(query(s, "PRAGMA foreign_keys"), 1);
    assert_int_equal(query(s, "PRAGMA trusted_schema"), 0);
    assert_int_equal(jz_stmt_new(s, "PRAGMA journal_mode", &st, NULL), JZ_OK);
    assert_int_equal(jz_stmt_step(st, &row, NULL), JZ_OK);
    assert_string_equal(jz_stmt_text(st, 0), "wal");
    jz_auto(jz_store) *relaxed = NULL;
    assert_int_equal(jz_store_open(path, &(jz_store_opts){ .relaxed = true }, &relaxed, NULL),
                     JZ_OK);
    assert_int_equal(query(relaxed, "PRAGMA synchronous"), 1); /* NORMAL */
}

static void test_open_names_path_and_reason(void **state)
{
    (void)state;
    jz_err err = { 0 };
    jz_store *s = NULL;
    char text[4096];
    memset(text, 'x', sizeof text);
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, text, sizeof text), (ssize_t)sizeof text);
    assert_int_equal(close(fd), 0);
    assert_int_equal(jz_store_open(path, NULL, &s, &err), JZ_E_CORRUPT);
    assert_null(s);
    assert_non_null(strstr(err.frame[0], path));
    assert_non_null(strstr(err.frame[0], "not a database"));
    assert_int_equal(jz_store_open("/nowhere/at/all.db", NULL, &s, &err), JZ_E_IO);
    assert_non_null(strstr(err.frame[0], "/nowhere/at/all.db"));
    assert_int_equal(jz_store_open(dir, NULL, &s, &err), JZ_E_IO);
    assert_int_equal(unlink(path), 0);
}

static void test_values_come_back(void **state)
{
    (void)state;
    jz_auto(jz_store) *s = open_store();
    jz_auto(jz_stmt) *put = NULL;
    jz_auto(jz_stmt) *get = NULL;
    bool row = false;
    assert_int_equal(jz_store_migrate(s, "t", first_step, 1, NULL), JZ_OK);
    assert_int_equal(
        jz_stmt_new(s, "INSERT INTO t (name, n, x, data) VALUES (?1, ?2, ?3, ?4)", &put, NULL),
        JZ_OK);
    jz_stmt_bind_text(put, 1, "\xe9\x89\xb4");
    jz_stmt_bind_i64(put, 2, INT64_MIN);
    jz_stmt_bind_f64(put, 3, 0.1);
    jz_stmt_bind_blob(put, 4, "a\0b", 3);
    assert_int_equal(jz_stmt_run(put, NULL), JZ_OK);
    assert_int_equal(jz_store_last_id(s), 1);
    assert_int_equal(jz_store_changes(s), 1);
    assert_int_equal(jz_stmt_run(put, NULL), JZ_OK); /* the reset forgot the values: all NULL */
    assert_int_equal(jz_stmt_new(s, "SELECT name, n, x, data FROM t ORDER BY id", &get, NULL),
                     JZ_OK);
    assert_int_equal(jz_stmt_step(get, &row, NULL), JZ_OK);
    assert_true(row);
    assert_string_equal(jz_stmt_text(get, 0), "\xe9\x89\xb4");
    assert_true(jz_stmt_i64(get, 1) == INT64_MIN);
    assert_true(jz_stmt_f64(get, 2) == 0.1);
    assert_int_equal(jz_stmt_blob(get, 3).len, 3);
    assert_memory_equal(jz_stmt_blob(get, 3).ptr, "a\0b", 3);
    assert_int_equal(jz_stmt_step(get, &row, NULL), JZ_OK);
    assert_true(row && jz_stmt_is_null(get, 1));
    assert_null(jz_stmt_text(get, 0));
    assert_int_equal(jz_stmt_step(get, &row, NULL), JZ_OK);
    assert_false(row);
}

static void test_errors_have_their_kind(void **state)
{
    (void)state;
    jz_auto(jz_store) *s = open_store();
    jz_auto(jz_stmt) *put = NULL;
    jz_stmt *none = NULL;
    jz_err err = { 0 };
    assert_int_equal(jz_store_migrate(s, "t", first_step, 1, NULL), JZ_OK);
    assert_int_equal(jz_stmt_new(s, "INSERT INTO t (name) VALUES (?1)", &put, NULL), JZ_OK);
    for (int i = 0; i < 2; i++) {
        jz_stmt_bind_text(put, 1, "same");
        assert_int_equal(jz_stmt_run(put, &err), i == 0 ? JZ_OK : JZ_E_EXISTS);
    }
    jz_stmt_bind_text(put, 7, "no such parameter");
    assert_int_equal(jz_stmt_run(put, &err), JZ_E_BUG);
    jz_stmt_bind_text(put, 1, "other"); /* the statement works again */
    assert_int_equal(jz_stmt_run(put, &err), JZ_OK);
    assert_int_equal(jz_stmt_new(s, "SELECT nonsense", &none, &err), JZ_E_BUG);
    assert_null(none);
    assert_non_null(strstr(err.frame[0], "nonsense"));
}

static void test_transaction_ends_either_way(void **state)
{
    (void)state;
    jz_auto(jz_store) *s = open_store();
    assert_int_equal(jz_store_migrate(s, "t", first_step, 1, NULL), JZ_OK);
    jz_store_rollback(s); /* none is open */
    assert_int_equal(jz_store_begin(s, NULL), JZ_OK);
    assert_int_equal(jz_store_exec(s, "INSERT INTO t (n) VALUES (1)", NULL), JZ_OK);
    jz_store_rollback(s);
    assert_int_equal(query(s, "SELECT COUNT(*) FROM t"), 0);
    assert_int_equal(jz_store_begin(s, NULL), JZ_OK);
    assert_int_equal(jz_store_exec(s, "INSERT INTO t (n) VALUES (1)", NULL), JZ_OK);
    assert_int_equal(jz_store_commit(s, NULL), JZ_OK);
    assert_int_equal(query(s, "SELECT COUNT(*) FROM t"), 1);
}

static void test_second_writer_is_told_to_wait(void **state)
{
    (void)state;
    jz_auto(jz_store) *a = open_store();
    jz_auto(jz_store) *b = NULL;
    jz_err err = { 0 };
    assert_int_equal(jz_store_migrate(a, "t", first_step, 1, NULL), JZ_OK);
    assert_int_equal(jz_store_open(path, &(jz_store_opts){ .busy_ms = 20 }, &b, NULL), JZ_OK);
    assert_int_equal(jz_store_begin(a, NULL), JZ_OK);
    assert_int_equal(jz_store_begin(b, &err), JZ_E_BUSY);
    assert_int_equal(query(b, "SELECT COUNT(*) FROM t"), 0); /* reading goes on */
    assert_int_equal(jz_store_commit(a, NULL), JZ_OK);
    assert_int_equal(jz_store_begin(b, &err), JZ_OK);
}

static void test_reading_is_of_one_moment(void **state)
{
    (void)state;
    jz_auto(jz_store) *a = open_store();
    jz_auto(jz_store) *b = open_store();
    assert_int_equal(jz_store_migrate(a, "t", first_step, 1, NULL), JZ_OK);
    assert_int_equal(jz_store_begin_read(a, NULL), JZ_OK);
    assert_int_equal(query(a, "SELECT COUNT(*) FROM t"), 0);
    assert_int_equal(jz_store_exec(b, "INSERT INTO t (n) VALUES (1)", NULL), JZ_OK); /* no wait */
    assert_int_equal(query(a, "SELECT COUNT(*) FROM t"), 0);
    jz_store_rollback(a);
    assert_int_equal(query(a, "SELECT COUNT(*) FROM t"), 1);
}

static void test_other_engines_are_refused_by_name(void **state)
{
    (void)state;
    jz_err err = { 0 };
    jz_store *s = NULL;
    assert_int_equal(jz_store_open("postgresql://host/db", NULL, &s, &err), JZ_E_UNSUPPORTED);
    assert_non_null(strstr(err.frame[0], "PostgreSQL"));
    assert_null(s);
}

static void test_migrate_runs_each_step_once(void **state)
{
    (void)state;
    static const char *const steps[] = { "CREATE TABLE a (n $int); INSERT INTO a VALUES (1);",
                                         "INSERT INTO a VALUES (2);" };
    static const char *const bad[] = { "", "",
                                       "INSERT INTO a VALUES (3); INSERT INTO z VALUES (1);" };
    jz_auto(jz_store) *s = open_store();
    jz_err err = { 0 };
    assert_int_equal(jz_store_migrate(s, "a", steps, 1, &err), JZ_OK);
    assert_int_equal(jz_store_migrate(s, "a", steps, 1, &err), JZ_OK);
    assert_int_equal(query(s, "SELECT COUNT(*) FROM a"), 1);
    assert_int_equal(jz_store_migrate(s, "a", steps, 2, &err), JZ_OK);
    assert_int_equal(query(s, "SELECT SUM(n) FROM a"), 3);
    assert_int_equal(jz_store_migrate(s, "a", bad, 3, &err), JZ_E_BUG);
    assert_int_equal(query(s, "SELECT SUM(n) FROM a"), 3); /* by half is not at all */
    assert_int_equal(query(s, "SELECT version FROM migration WHERE module = 'a'"), 2);
    assert_int_equal(jz_store_migrate(s, "a", steps, 1, &err), JZ_E_UNSUPPORTED);
    assert_int_equal(jz_store_migrate(s, "b", first_step, 1, &err), JZ_OK); /* its own count */
}

static void open_in_child(void)
{
    jz_store *s = NULL;
    jz_err err = { 0 };
    if (jz_store_open(path, NULL, &s, &err) != JZ_OK ||
        jz_store_migrate(s, "t", first_step, 1, &err) != JZ_OK) {
        (void)fprintf(stderr, "%s\n", err.frame[0]);
        _exit(1);
    }
    jz_store_close(s);
    _exit(0);
}

static void test_processes_may_make_it_together(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        pid_t child[6];
        for (size_t i = 0; i < JZ_ARRAY_LEN(child); i++)
            if ((child[i] = fork()) == 0)
                open_in_child();
        for (size_t i = 0; i < JZ_ARRAY_LEN(child); i++) {
            int how = -1;
            assert_int_equal(waitpid(child[i], &how, 0), child[i]);
            assert_int_equal(how, 0);
        }
        assert_int_equal(unlink(path), 0);
    }
}

static jz_status everything(void)
{
    jz_auto(jz_store) *s = NULL;
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_store_open(path, NULL, &s, NULL));
    JZ_TRY(jz_store_migrate(s, "t", first_step, 1, NULL));
    JZ_TRY(jz_stmt_new(s, "INSERT INTO t (n) VALUES (?1)", &st, NULL));
    return jz_stmt_run(st, NULL);
}

/* The copy is of one moment: a transaction that is open elsewhere is not in it. */
static void test_copy_is_whole_and_of_one_moment(void **state)
{
    (void)state;
    char other[96];
    struct stat sb;
    jz_err err = { 0 };
    (void)snprintf(other, sizeof other, "%s/copy.db", dir);
    jz_auto(jz_store) *s = open_store();
    jz_auto(jz_store) *writer = open_store();
    assert_int_equal(jz_store_migrate(s, "t", first_step, 1, NULL), JZ_OK);
    assert_int_equal(jz_store_exec(s, "INSERT INTO t (name, n) VALUES ('a', 1)", NULL), JZ_OK);
    assert_int_equal(jz_store_begin(writer, NULL), JZ_OK);
    assert_int_equal(jz_store_exec(writer, "INSERT INTO t (name, n) VALUES ('b', 2)", NULL), JZ_OK);
    assert_int_equal(jz_store_copy(s, other, &err), JZ_OK);
    assert_int_equal(jz_store_commit(writer, NULL), JZ_OK);
    assert_int_equal(jz_store_copy(s, other, &err), JZ_E_EXISTS);
    assert_int_equal(stat(other, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    jz_auto(jz_store) *copy = NULL;
    assert_int_equal(jz_store_open(other, NULL, &copy, NULL), JZ_OK);
    assert_int_equal(jz_store_check(copy, NULL), JZ_OK);
    assert_int_equal(query(copy, "SELECT COUNT(*) FROM t"), 1);
    assert_int_equal(query(copy, "SELECT n FROM t"), 1);
}

static void test_check_finds_a_damaged_page(void **state)
{
    (void)state;
    jz_err err = { 0 };
    jz_store *s = open_store();
    assert_int_equal(jz_store_migrate(s, "t", first_step, 1, NULL), JZ_OK);
    assert_int_equal(jz_store_begin(s, NULL), JZ_OK);
    for (int i = 0; i < 2000; i++)
        assert_int_equal(
            jz_store_exec(s, "INSERT INTO t (name, n) VALUES (hex(randomblob(30)), 1)", NULL),
            JZ_OK);
    assert_int_equal(jz_store_commit(s, NULL), JZ_OK);
    assert_int_equal(jz_store_check(s, NULL), JZ_OK);
    jz_store_close(s);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    struct stat sb;
    assert_int_equal(fstat(fd, &sb), 0);
    char wrong[512];
    memset(wrong, 0xa5, sizeof wrong);
    assert_int_equal(pwrite(fd, wrong, sizeof wrong, sb.st_size / 2 / 4096 * 4096), sizeof wrong);
    close(fd);
    s = open_store();
    assert_int_equal(jz_store_check(s, &err), JZ_E_CORRUPT);
    assert_non_null(strstr(err.frame[0], "test.db"));
    jz_store_close(s);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    for (unsigned n = 0;; n++) {
        jz_fault_arm(n);
        const jz_status st = everything();
        if (!jz_fault_fired())
            break;
        assert_int_equal(st, JZ_E_NOMEM);
    }
}

int main(void)
{
#define WITH_DIR(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        WITH_DIR(test_open_sets_what_safety_needs),
        WITH_DIR(test_open_names_path_and_reason),
        WITH_DIR(test_values_come_back),
        WITH_DIR(test_errors_have_their_kind),
        WITH_DIR(test_transaction_ends_either_way),
        WITH_DIR(test_second_writer_is_told_to_wait),
        WITH_DIR(test_reading_is_of_one_moment),
        WITH_DIR(test_other_engines_are_refused_by_name),
        WITH_DIR(test_migrate_runs_each_step_once),
        WITH_DIR(test_processes_may_make_it_together),
        WITH_DIR(test_copy_is_whole_and_of_one_moment),
        WITH_DIR(test_check_finds_a_damaged_page),
        WITH_DIR(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
