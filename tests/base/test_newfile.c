/* SPDX-License-Identifier: Apache-2.0 */
#include "base/newfile.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <sys/stat.h>

static char folder[] = "/tmp/jz-newfile-XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/jz-newfile-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static size_t entries(void)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.';
    (void)closedir(d);
    return n;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* fails where something was left behind */
}

static void expect(const char *text)
{
    JZ_BUF_AUTO got = { 0 };
    assert_int_equal(jz_file_read(path, 100, &got, NULL), JZ_OK);
    assert_string_equal(got.ptr, text);
}

static jz_status make(const char *text, bool overwrite)
{
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    JZ_TRY(jz_newfile_open(path, 0640, &f, NULL));
    JZ_TRY(jz_write_all(f.fd, text, strlen(text), path, NULL));
    return jz_newfile_commit(&f, overwrite, NULL);
}

static void test_newfile_appears_with_its_mode(void **state)
{
    (void)state;
    struct stat sb;
    assert_int_equal(make("one", false), JZ_OK);
    expect("one");
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_mode & 07777, 0640);
    assert_int_equal(entries(), 1);
}

static void test_newfile_does_not_replace_unless_told(void **state)
{
    (void)state;
    assert_int_equal(make("one", false), JZ_OK);
    assert_int_equal(make("two", false), JZ_E_EXISTS);
    expect("one");
    assert_int_equal(make("three", true), JZ_OK);
    expect("three");
    assert_int_equal(entries(), 1);
}

static void test_newfile_that_is_dropped_leaves_nothing(void **state)
{
    (void)state;
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    assert_int_equal(jz_newfile_open(path, 0600, &f, NULL), JZ_OK);
    assert_int_equal(jz_write_all(f.fd, "x", 1, path, NULL), JZ_OK);
    jz_newfile_discard(&f);
    assert_int_equal(entries(), 0);
}

static void test_newfile_names_a_folder_that_is_not_there(void **state)
{
    (void)state;
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    jz_err err = { 0 };
    assert_int_equal(jz_newfile_open("/nowhere/at/all", 0600, &f, &err), JZ_E_IO);
    assert_non_null(strstr(err.frame[0], "/nowhere/at/all"));
    assert_int_equal(f.fd, -1);
}

static void test_newfile_cannot_take_the_place_of_a_folder(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(make("x", true), JZ_E_IO);
    assert_int_equal(make("x", false), JZ_E_EXISTS);
    assert_int_equal(entries(), 1);
    assert_int_equal(rmdir(path), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_newfile_appears_with_its_mode),
        TEST(test_newfile_does_not_replace_unless_told),
        TEST(test_newfile_that_is_dropped_leaves_nothing),
        TEST(test_newfile_names_a_folder_that_is_not_there),
        TEST(test_newfile_cannot_take_the_place_of_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
