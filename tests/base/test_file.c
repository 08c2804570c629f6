/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char folder[] = "/tmp/jz-test-file-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* dir/name of the test's folder; one at a time. */
static const char *in_folder(const char *name)
{
    static char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static unsigned entries(void)
{
    DIR *d = opendir(folder);
    assert_non_null(d);
    unsigned n = 0;
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.';
    (void)closedir(d);
    return n;
}

static void test_written_content_is_read_back(void **state)
{
    (void)state;
    JZ_BUF_AUTO got = { 0 };
    char big[40000];
    memset(big, 'x', sizeof big);
    big[39999] = '\0';
    const char *path = in_folder("a");
    assert_int_equal(jz_file_write(path, "old", 3, NULL), JZ_OK);
    assert_int_equal(jz_file_write(path, big, sizeof big, NULL), JZ_OK);
    assert_int_equal(jz_file_read(path, sizeof big, &got, NULL), JZ_OK);
    assert_int_equal(got.len, sizeof big);
    assert_memory_equal(got.ptr, big, sizeof big);
    struct stat sb;
    assert_int_equal(stat(path, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    assert_int_equal(entries(), 1);
    assert_int_equal(unlink(path), 0);
}

static void test_a_failed_write_leaves_nothing_behind(void **state)
{
    (void)state;
    jz_err err = { 0 };
    const char *path = in_folder("sub");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(jz_file_write(path, "x", 1, &err), JZ_E_IO); /* a folder stands there */
    assert_non_null(strstr(err.frame[0], path));
    assert_int_equal(entries(), 1);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(jz_file_write("/nonexistent/x", "x", 1, &err), JZ_E_IO);
}

static void test_a_link_is_replaced_not_followed(void **state)
{
    (void)state;
    char target[200];
    (void)snprintf(target, sizeof target, "%s", in_folder("target"));
    assert_int_equal(jz_file_write(target, "precious", 8, NULL), JZ_OK);
    const char *link = in_folder("link");
    assert_int_equal(symlink(target, link), 0);
    assert_int_equal(jz_file_write(link, "new", 3, NULL), JZ_OK);
    JZ_BUF_AUTO got = { 0 };
    assert_int_equal(jz_file_read(target, 100, &got, NULL), JZ_OK);
    assert_string_equal(got.ptr, "precious");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(target), 0);
}

static void test_reads_over_the_cap_keep_what_was_there(void **state)
{
    (void)state;
    const char *path = in_folder("a");
    jz_err err = { 0 };
    JZ_BUF_AUTO got = { 0 };
    jz_buf_puts(&got, "before");
    assert_int_equal(jz_file_write(path, "12345", 5, NULL), JZ_OK);
    assert_int_equal(jz_file_read(path, 4, &got, &err), JZ_E_LIMIT);
    assert_string_equal(got.ptr, "before");
    assert_int_equal(jz_file_read(path, 5, &got, &err), JZ_OK);
    assert_string_equal(got.ptr, "before12345");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(jz_file_read(path, 5, &got, &err), JZ_E_NOTFOUND);
    assert_int_equal(jz_file_read(folder, 5, &got, &err), JZ_E_IO);
    assert_string_equal(got.ptr, "before12345");
}

static void test_folders_are_made_with_their_parents(void **state)
{
    (void)state;
    char deep[200];
    (void)snprintf(deep, sizeof deep, "%s", in_folder("d/e//f"));
    assert_int_equal(jz_mkdir_all(deep, NULL), JZ_OK);
    assert_int_equal(jz_mkdir_all(deep, NULL), JZ_OK);
    struct stat sb;
    assert_int_equal(stat(deep, &sb), 0);
    assert_true(S_ISDIR(sb.st_mode));
    assert_int_equal(sb.st_mode & 0777, 0700);
    assert_int_equal(rmdir(deep), 0);
    assert_int_equal(rmdir(in_folder("d/e")), 0);
    assert_int_equal(rmdir(in_folder("d")), 0);
}

static void test_a_file_in_the_way_of_a_folder_is_an_error(void **state)
{
    (void)state;
    jz_err err = { 0 };
    const char *path = in_folder("a");
    assert_int_equal(jz_file_write(path, "", 0, NULL), JZ_OK);
    assert_int_equal(jz_mkdir_all(path, &err), JZ_E_IO);
    assert_int_equal(jz_mkdir_all(in_folder("a/b"), &err), JZ_E_IO);
    assert_int_equal(unlink(in_folder("a")), 0);
    assert_int_equal(jz_mkdir_all("", &err), JZ_E_IO);
}

static void test_paths_are_joined_by_one_slash(void **state)
{
    (void)state;
    static const struct {
        const char *dir, *name, *path;
    } rows[] = { { "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "/", "b", "/b" } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        char *path = NULL;
        assert_int_equal(jz_path_join(rows[i].dir, rows[i].name, &path, NULL), JZ_OK);
        assert_string_equal(path, rows[i].path);
        jz_free(path);
    }
}

static void test_times_are_written_in_utc(void **state)
{
    (void)state;
    char text[21];
    assert_string_equal(jz_time_text(0, text, sizeof text), "1970-01-01T00:00:00Z");
    assert_string_equal(jz_time_text(951782399999999, text, sizeof text), "2000-02-28T23:59:59Z");
    assert_string_equal(jz_time_text(951782400000000, text, sizeof text), "2000-02-29T00:00:00Z");
    assert_true(jz_now_us() > 1700000000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_content_is_read_back),
        cmocka_unit_test(test_a_failed_write_leaves_nothing_behind),
        cmocka_unit_test(test_a_link_is_replaced_not_followed),
        cmocka_unit_test(test_reads_over_the_cap_keep_what_was_there),
        cmocka_unit_test(test_folders_are_made_with_their_parents),
        cmocka_unit_test(test_a_file_in_the_way_of_a_folder_is_an_error),
        cmocka_unit_test(test_paths_are_joined_by_one_slash),
        cmocka_unit_test(test_times_are_written_in_utc),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
