/* SPDX-License-Identifier: Apache-2.0 */
/* Zip files under the eyes of Python's zipfile and unzip, where these are there. */
#include "evidence_fixture.h"

#include "base/file.h"
#include "evidence/zip_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static jz_status zip(const char *folder, jz_err *err)
{
    JZ_FD_AUTO fd = open(fx_path("out.zip"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return jz_zip_folder(fx_path(folder), "EB-1", fd, err);
}

/* Whether a program succeeds; -1 where it is not there. */
static int run(const char *const argv[])
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
        (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void check_with_peers(const char *program)
{
    const char *const python[] = { "python3", "-c", program, fx_path("out.zip"), NULL };
    const char *const unzip[] = { "unzip", "-tqq", fx_path("out.zip"), NULL };
    const int a = run(python);
    const int b = run(unzip);
    if (a < 0 || b < 0)
        print_message("SKIP: no python3, or no unzip\n");
    assert_int_not_equal(a, 0);
    assert_int_not_equal(b, 0);
}

static void test_files_and_folders_are_read_back(void **state)
{
    (void)state;
    fx_mkdir("bag");
    fx_mkdir("bag/data");
    fx_mkdir("bag/data/empty");
    fx_puts("bag/a.txt", "123456789");
    fx_puts("bag/data/empty.txt", "");
    fx_puts("bag/data/\xe9\x89\xb4 \"x\".txt", "named");
    assert_int_equal(zip("bag", NULL), JZ_OK);
    check_with_peers("import sys,zipfile\n"
                     "z=zipfile.ZipFile(sys.argv[1])\n"
                     "assert z.testzip() is None\n"
                     "assert z.namelist()==['EB-1/a.txt','EB-1/data/empty.txt',"
                     "'EB-1/data/\\u9274 \"x\".txt'], z.namelist()\n"
                     "i=z.getinfo('EB-1/a.txt')\n"
                     "assert i.CRC==0xCBF43926 and z.read(i)==b'123456789'\n"
                     "assert z.read('EB-1/data/empty.txt')==b''\n");
}

static void test_empty_folder_is_an_empty_zip(void **state)
{
    (void)state;
    fx_mkdir("bag");
    assert_int_equal(zip("bag", NULL), JZ_OK);
    JZ_BUF_AUTO got = { 0 };
    fx_read("out.zip", &got);
    assert_int_equal(got.len, 22);
    const char *const python[] = { "python3", "-c",
                                   "import sys,zipfile\n"
                                   "assert zipfile.ZipFile(sys.argv[1]).namelist()==[]",
                                   fx_path("out.zip"), NULL };
    assert_int_not_equal(run(python), 0);
}

/* More than 65,535 files need the 64-bit end. */
static void test_many_files_are_counted_in_64_bits(void **state)
{
    (void)state;
    char name[32];
    fx_mkdir("bag");
    for (unsigned i = 0; i < 65536; i++) {
        (void)snprintf(name, sizeof name, "bag/%05u", i);
        assert_int_equal(mknod(fx_path(name), S_IFREG | 0600, 0), 0);
    }
    assert_int_equal(zip("bag", NULL), JZ_OK);
    check_with_peers("import sys,zipfile\n"
                     "n=zipfile.ZipFile(sys.argv[1]).namelist()\n"
                     "assert len(n)==65536 and n[0]=='EB-1/00000' and n[-1]=='EB-1/65535'\n");
}

static void test_what_is_no_file_is_refused(void **state)
{
    (void)state;
    jz_err err = { 0 };
    fx_mkdir("bag");
    assert_int_equal(mkfifo(fx_path("bag/pipe"), 0600), 0);
    alarm(20);
    assert_int_equal(zip("bag", &err), JZ_E_SPECIAL);
    alarm(0);
    assert_non_null(strstr(err.frame[0], "pipe"));
    assert_int_equal(unlink(fx_path("bag/pipe")), 0);
    assert_int_equal(symlink("/etc/passwd", fx_path("bag/link")), 0);
    assert_int_not_equal(zip("bag", NULL), JZ_OK);
    assert_int_equal(unlink(fx_path("bag/link")), 0);
    assert_int_not_equal(zip("none", NULL), JZ_OK);
    JZ_BUF_AUTO deep = { 0 };
    jz_buf_puts(&deep, "bag");
    for (unsigned i = 0; i < 17; i++) {
        jz_buf_puts(&deep, "/d");
        fx_mkdir(deep.ptr);
    }
    assert_int_equal(zip("bag", NULL), JZ_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files_and_folders_are_read_back, fx_set_up,
                                        fx_tear_down),
        cmocka_unit_test_setup_teardown(test_empty_folder_is_an_empty_zip, fx_set_up, fx_tear_down),
        cmocka_unit_test_setup_teardown(test_many_files_are_counted_in_64_bits, fx_set_up,
                                        fx_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_file_is_refused, fx_set_up, fx_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
