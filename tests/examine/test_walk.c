/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "examine/walk.h"
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEPTH 400 /* more than are kept open, and a path longer than PATH_MAX */
#define NAME_BYTES 20

struct seen {
    size_t entries, by_status[JZ_SCAN_KINDS], links;
    size_t longest;
    size_t stop_after; /* 0 = never */
    char path[4096];   /* of the last entry */
};

static jz_status note(void *user, const jz_walk_entry *e, jz_err *err)
{
    struct seen *s = user;
    s->entries++;
    s->by_status[e->status]++;
    s->links += e->link;
    if (e->len > s->longest)
        s->longest = e->len;
    assert_int_equal(strlen(e->path), e->len);
    if (e->status == JZ_OK) { /* the pair that is given opens the file, however long its path is */
        const int fd = openat(e->dir_fd, e->name, O_RDONLY | O_CLOEXEC);
        assert_true(fd >= 0 || errno == EACCES);
        if (fd >= 0)
            (void)close(fd);
    }
    (void)snprintf(s->path, sizeof s->path, "%.*s", 4000, e->path);
    if (s->entries == s->stop_after)
        return JZ_FAIL(err, JZ_E_INTERRUPTED, "enough");
    return JZ_OK;
}

static struct seen walk(const char *root)
{
    struct seen s = { 0 };
    const char *const roots[] = { root };
    const jz_walk_opts opts = { 0 };
    assert_int_equal(jz_walk(roots, 1, &opts, note, &s, NULL), JZ_OK);
    return s;
}

static void make_socket(const char *path)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof name), 0);
    (void)close(fd);
}

static void test_walk_reports_everything_once(void **state)
{
    char dir[256];
    (void)state;
    fx_folder(dir, sizeof dir);
    fx_mkdir(dir, "sub");
    fx_write(fx_path(dir, "sub/file"), "x", 1);
    fx_write(fx_path(dir, "bad\xff\xfename"), "x", 1);
    fx_write(fx_path(dir, "new\nline"), "x", 1);
    assert_int_equal(mkfifo(fx_path(dir, "fifo"), 0600), 0);
    make_socket(fx_path(dir, "socket"));
    assert_int_equal(symlink("sub/file", fx_path(dir, "to-file")), 0);
    assert_int_equal(symlink("..", fx_path(dir, "sub/to-folder")), 0);
    assert_int_equal(symlink("loop", fx_path(dir, "loop")), 0);
    assert_int_equal(symlink("nowhere", fx_path(dir, "dangling")), 0);
    assert_int_equal(symlink("fifo", fx_path(dir, "to-fifo")), 0);
    const struct seen s = walk(dir);
    assert_int_equal(s.entries, 10);
    assert_int_equal(s.by_status[JZ_OK], 4);
    assert_int_equal(s.links, 1);
    assert_int_equal(s.by_status[JZ_E_SPECIAL], 6);
    fx_remove(dir);
}

static void test_walk_of_a_missing_path_is_an_entry(void **state)
{
    (void)state;
    const struct seen s = walk("/nonexistent/jz");
    assert_int_equal(s.entries, 1);
    assert_int_equal(s.by_status[JZ_E_NOTFOUND], 1);
}

static void test_walk_of_a_single_file_gives_it(void **state)
{
    char dir[256];
    (void)state;
    fx_folder(dir, sizeof dir);
    fx_write(fx_path(dir, "file"), "x", 1);
    const struct seen s = walk(fx_path(dir, "file"));
    assert_int_equal(s.entries, 1);
    assert_int_equal(s.by_status[JZ_OK], 1);
    fx_remove(dir);
}

/* Folders in folders, a file beside each: the stack must find its way back to every one. */
static void make_deep(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < DEPTH; i++) {
        char name[NAME_BYTES + 1], file[NAME_BYTES + 1];
        (void)snprintf(name, sizeof name, "%0*d", NAME_BYTES, i);
        (void)snprintf(file, sizeof file, "f%d", i);
        assert_int_equal(mkdirat(fd, name, 0700), 0);
        assert_int_equal(mkdirat(fd, "zz-other", 0700), 0);
        const int other = openat(fd, "zz-other", O_RDONLY | O_DIRECTORY);
        const int f = openat(other, file, O_WRONLY | O_CREAT, 0600);
        assert_true(f >= 0);
        (void)close(f);
        (void)close(other);
        const int next = openat(fd, name, O_RDONLY | O_DIRECTORY);
        assert_true(next >= 0);
        (void)close(fd);
        fd = next;
    }
    (void)close(fd);
}

static void test_walk_goes_deeper_than_paths_can_be(void **state)
{
    char dir[256];
    (void)state;
    fx_folder(dir, sizeof dir);
    make_deep(dir);
    const struct seen s = walk(dir);
    assert_int_equal(s.entries, DEPTH);
    assert_int_equal(s.by_status[JZ_OK], DEPTH);
    assert_true(s.longest > 4096);
    fx_remove(dir);
}

static void test_walk_passes_over_skipped_folders(void **state)
{
    char dir[256];
    struct stat sb;
    (void)state;
    fx_folder(dir, sizeof dir);
    fx_mkdir(dir, "a");
    fx_mkdir(dir, "b");
    fx_write(fx_path(dir, "a/1"), "x", 1);
    fx_write(fx_path(dir, "b/2"), "x", 1);
    assert_int_equal(stat(fx_path(dir, "a"), &sb), 0);
    const jz_walk_id skip = { sb.st_dev, sb.st_ino };
    const jz_walk_opts opts = { .skip = &skip, .n_skip = 1 };
    const char *const roots[] = { dir };
    struct seen s = { 0 };
    assert_int_equal(jz_walk(roots, 1, &opts, note, &s, NULL), JZ_OK);
    assert_int_equal(s.entries, 1);
    assert_non_null(strstr(s.path, "b/2"));
    fx_remove(dir);
}

static void test_walk_ends_with_the_callers_failure(void **state)
{
    char dir[256];
    (void)state;
    fx_folder(dir, sizeof dir);
    make_deep(dir);
    struct seen s = { .stop_after = 100 };
    const char *const roots[] = { dir };
    assert_int_equal(jz_walk(roots, 1, &(jz_walk_opts){ 0 }, note, &s, NULL), JZ_E_INTERRUPTED);
    assert_int_equal(s.entries, 100);
    fx_remove(dir);
}

/* As root nothing is unreadable: a child gives root up. */
static void test_walk_names_unreadable_folders(void **state)
{
    char dir[256];
    (void)state;
    fx_folder(dir, sizeof dir);
    assert_int_equal(chmod(dir, 0755), 0);
    fx_mkdir(dir, "closed");
    fx_write(fx_path(dir, "closed/file"), "x", 1);
    fx_write(fx_path(dir, "open"), "x", 1);
    assert_int_equal(chmod(fx_path(dir, "closed"), 0), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        if (getuid() == 0 && setresuid(65534, 65534, 65534) != 0)
            _exit(2);
        const struct seen s = walk(dir);
        _exit(s.entries == 2 && s.by_status[JZ_OK] == 1 && s.by_status[JZ_E_IO] == 1 ? 0 : 1);
    }
    assert_int_equal(fx_wait(pid), 0);
    assert_int_equal(chmod(fx_path(dir, "closed"), 0700), 0);
    fx_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_walk_reports_everything_once),
        cmocka_unit_test(test_walk_of_a_missing_path_is_an_entry),
        cmocka_unit_test(test_walk_of_a_single_file_gives_it),
        cmocka_unit_test(test_walk_goes_deeper_than_paths_can_be),
        cmocka_unit_test(test_walk_passes_over_skipped_folders),
        cmocka_unit_test(test_walk_ends_with_the_callers_failure),
        cmocka_unit_test(test_walk_names_unreadable_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
