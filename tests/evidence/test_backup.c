/* SPDX-License-Identifier: Apache-2.0 */
/* Backups: of what is in use, of what is damaged, and back. */
#include "evidence_fixture.h"

#include <jz/backup.h>
#include <jz/case.h>
#include <jz/hash.h>

#include "base/alloc.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char id[JZ_CASE_ID_SIZE];

static void add(jz_cases *c, const char *text)
{
    jz_case_item item = { .name = "a file", .kind = "other" };
    JZ_FD_AUTO fd = open(fx_path(""), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(jz_write_all(fd, text, strlen(text), "text", NULL), JZ_OK);
    assert_int_equal(jz_exact_hash_fd(fd, &item.exact, NULL), JZ_OK);
    assert_int_equal(jz_case_add(c, id, fd, &item, NULL, 0, "tester", NULL), JZ_OK);
}

/* A home with a case of one item, a key and a file that is still being written. */
static int make_home(void **state)
{
    jz_auto(jz_cases) *c = NULL;
    if (fx_set_up(state) != 0 || jz_cases_open(fx_path("home"), true, &c, NULL) != JZ_OK ||
        jz_case_open(c, "the case", NULL, "tester", id, NULL) != JZ_OK)
        return -1;
    add(c, "one");
    fx_mkdir("home/keys");
    fx_puts("home/keys/ledger.skey", "a key");
    fx_puts("home/keys/lock", "");
    fx_puts("home/keys/x.jz-123", "half of");
    return 0;
}

static jz_status backup(jz_backup_info *info, jz_err *err)
{
    return jz_backup(fx_path("home"), fx_path("backup"), NULL, info, err);
}

static jz_status restore(jz_err *err)
{
    jz_backup_info info = { 0 };
    return jz_restore(fx_path("backup"), fx_path("again"), NULL, &info, err);
}

static bool is_there(const char *name)
{
    struct stat sb;
    return lstat(fx_path(name), &sb) == 0;
}

static jz_status count_item(void *user, const jz_case_item *i, jz_err *err)
{
    uint64_t *n = user;
    jz_exact_hashes got;
    char hex[2 * JZ_SHA256_SIZE + 1];
    char path[256];
    (void)err;
    for (size_t k = 0; k < sizeof i->exact.sha256; k++)
        (void)snprintf(hex + 2 * k, 3, "%02x", i->exact.sha256[k]);
    (void)snprintf(path, sizeof path, "again/cases/%s/%s", id, hex);
    JZ_FD_AUTO fd = open(fx_path(path), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0); /* whatever the database lists is there */
    assert_int_equal(jz_exact_hash_fd(fd, &got, NULL), JZ_OK);
    assert_memory_equal(got.sha256, i->exact.sha256, sizeof got.sha256);
    ++*n;
    return JZ_OK;
}

static uint64_t restored_items(void)
{
    jz_auto(jz_cases) *c = NULL;
    uint64_t n = 0;
    assert_int_equal(jz_cases_open(fx_path("again"), false, &c, NULL), JZ_OK);
    assert_int_equal(jz_case_items(c, id, count_item, &n, NULL), JZ_OK);
    return n;
}

/* As many entries as before: nothing half done is left beside them. */
static void expect_nothing_left(size_t before)
{
    assert_int_equal(fx_entries(""), before);
}

static void test_backup_restores_to_the_same(void **state)
{
    (void)state;
    jz_backup_info info = { 0 };
    JZ_BUF_AUTO key = { 0 };
    struct stat sb;
    assert_int_equal(backup(&info, NULL), JZ_OK);
    assert_int_equal(info.files, 3); /* jz.db, the key, the item */
    assert_false(is_there("backup/.jz.db"));
    assert_false(is_there("backup/data/keys/lock"));
    assert_false(is_there("backup/data/keys/x.jz-123"));
    assert_int_equal(restore(NULL), JZ_OK);
    assert_int_equal(restored_items(), 1);
    fx_read("again/keys/ledger.skey", &key);
    assert_string_equal(key.ptr, "a key");
    assert_int_equal(stat(fx_path("again/keys/ledger.skey"), &sb), 0);
    assert_int_equal(sb.st_mode & 07777, 0600);
    assert_int_equal(stat(fx_path("again"), &sb), 0);
    assert_int_equal(sb.st_mode & 07777, 0700);
}

static void test_what_is_there_is_not_replaced(void **state)
{
    (void)state;
    jz_backup_info info = { 0 };
    fx_mkdir("backup");
    fx_puts("backup/mine", "x");
    assert_int_equal(backup(&info, NULL), JZ_E_EXISTS);
    assert_true(is_there("backup/mine"));
    assert_int_equal(unlink(fx_path("backup/mine")), 0);
    assert_int_equal(rmdir(fx_path("backup")), 0);
    assert_int_equal(backup(&info, NULL), JZ_OK);
    fx_mkdir("again");
    fx_puts("again/mine", "x");
    const size_t before = fx_entries("");
    assert_int_equal(restore(NULL), JZ_E_EXISTS);
    assert_int_equal(fx_entries("again"), 1);
    expect_nothing_left(before);
    assert_int_equal(unlink(fx_path("again/mine")), 0);
    assert_int_equal(restore(NULL), JZ_OK); /* an empty folder is */
}

static void test_home_without_a_database_has_no_backup(void **state)
{
    (void)state;
    jz_backup_info info = { 0 };
    fx_mkdir("empty");
    const size_t before = fx_entries("");
    assert_int_equal(jz_backup(fx_path("empty"), fx_path("backup"), NULL, &info, NULL),
                     JZ_E_NOTFOUND);
    assert_int_equal(fx_entries("empty"), 0);
    assert_int_equal(jz_backup(fx_path("none"), fx_path("backup"), NULL, &info, NULL),
                     JZ_E_NOTFOUND);
    expect_nothing_left(before);
}

static void test_damaged_database_is_told_and_nothing_is_left(void **state)
{
    (void)state;
    jz_backup_info info = { 0 };
    jz_err err = { 0 };
    struct stat sb;
    assert_int_equal(stat(fx_path("home/jz.db"), &sb), 0);
    const int fd = open(fx_path("home/jz.db"), O_WRONLY | O_CLOEXEC);
    for (off_t at = 4096; at < sb.st_size; at += 512) /* all but the page that lists the tables */
        assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, at), 8);
    assert_int_equal(close(fd), 0);
    const size_t before = fx_entries("");
    assert_int_equal(backup(&info, &err), JZ_E_CORRUPT);
    expect_nothing_left(before);
}

static void test_folder_that_is_no_backup_restores_to_nothing(void **state)
{
    (void)state;
    jz_backup_info info = { 0 };
    fx_mkdir("backup");
    assert_int_equal(restore(NULL), JZ_E_NOTFOUND);
    fx_puts("backup/bag-info.txt", "");
    assert_int_equal(restore(NULL), JZ_E_INVAL);
    fx_puts("backup/bag-info.txt", "Source-Organization: x\n");
    assert_int_equal(restore(NULL), JZ_E_INVAL);
    fx_puts("backup/bag-info.txt", "External-Description: Jianzhen backup\n");
    assert_int_equal(restore(NULL), JZ_E_CORRUPT);
    assert_int_equal(unlink(fx_path("backup/bag-info.txt")), 0);
    assert_int_equal(mkfifo(fx_path("backup/bag-info.txt"), 0600), 0);
    alarm(30);
    assert_int_equal(restore(NULL), JZ_E_SPECIAL);
    alarm(0);
    assert_int_equal(fx_bag("bag", NULL), JZ_OK); /* a bag, but not of an installation */
    assert_int_equal(jz_restore(fx_path("bag"), fx_path("again"), NULL, &info, NULL), JZ_E_INVAL);
    assert_false(is_there("again"));
}

static void test_changed_backup_restores_to_nothing(void **state)
{
    (void)state;
    static const char *const files[] = { "backup/data/jz.db", "backup/data/keys/ledger.skey",
                                         "backup/manifest-sha256.txt", "backup/bag-info.txt" };
    jz_backup_info info = { 0 };
    JZ_BUF_AUTO was = { 0 };
    assert_int_equal(backup(&info, NULL), JZ_OK);
    const size_t before = fx_entries("");
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        fx_read(files[i], &was);
        was.ptr[was.len / 2] ^= 1;
        assert_int_equal(chmod(fx_path(files[i]), 0600), 0);
        fx_write(files[i], was.ptr, was.len);
        assert_int_equal(restore(NULL), JZ_E_CORRUPT);
        was.ptr[was.len / 2] ^= 1;
        fx_write(files[i], was.ptr, was.len);
    }
    fx_puts("backup/data/extra", "x");
    assert_int_equal(restore(NULL), JZ_E_CORRUPT);
    assert_int_equal(unlink(fx_path("backup/data/extra")), 0);
    assert_int_equal(unlink(fx_path("backup/data/keys/ledger.skey")), 0);
    assert_int_equal(symlink("/etc/hostname", fx_path("backup/data/keys/ledger.skey")), 0);
    assert_int_equal(restore(NULL), JZ_E_CORRUPT);
    expect_nothing_left(before);
}

/* Another process adds items all the while; each backup holds whatever its database speaks of. */
static void test_backup_of_a_case_in_use_is_whole(void **state)
{
    (void)state;
    const pid_t writer = fork();
    if (writer == 0) {
        jz_auto(jz_cases) *c = NULL;
        char text[32];
        if (jz_cases_open(fx_path("home"), false, &c, NULL) != JZ_OK)
            _exit(1);
        for (unsigned i = 0; i < 100000; i++) {
            (void)snprintf(text, sizeof text, "item %u", i);
            add(c, text);
        }
        _exit(0);
    }
    uint64_t last = 0;
    for (unsigned i = 0; i < 5; i++) {
        jz_backup_info info = { 0 };
        jz_err err = { 0 };
        (void)usleep(50000);
        const jz_status st = backup(&info, &err);
        if (st != JZ_OK)
            print_error("%s\n", err.frame[0]);
        assert_int_equal(st, JZ_OK);
        assert_int_equal(restore(NULL), JZ_OK);
        const uint64_t n = restored_items();
        assert_true(n >= last);
        last = n;
        jz_remove_tree(fx_path("backup"));
        jz_remove_tree(fx_path("again"));
    }
    assert_int_equal(kill(writer, SIGKILL), 0);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    assert_true(last > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_backup_restores_to_the_same, make_home, fx_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_there_is_not_replaced, make_home,
                                        fx_tear_down),
        cmocka_unit_test_setup_teardown(test_home_without_a_database_has_no_backup, make_home,
                                        fx_tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_database_is_told_and_nothing_is_left,
                                        make_home, fx_tear_down),
        cmocka_unit_test_setup_teardown(test_folder_that_is_no_backup_restores_to_nothing,
                                        make_home, fx_tear_down),
        cmocka_unit_test_setup_teardown(test_changed_backup_restores_to_nothing, make_home,
                                        fx_tear_down),
        cmocka_unit_test_setup_teardown(test_backup_of_a_case_in_use_is_whole, make_home,
                                        fx_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
