/* SPDX-License-Identifier: Apache-2.0 */
/* The program itself: interrupted and killed at any moment, and with decoders that die. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES 300
#define ROUNDS 8

struct place {
    char home[256], dir[256], out[512];
    char **expected; /* what an uninterrupted scan prints, sorted */
    size_t n_expected;
};

static void scan_args(const struct place *p, const char **args)
{
    const char *const all[] = { "scan", "--json", "--home", p->home, "--interval",
                                "0",    "-j",     "2",      p->dir,  NULL };
    memcpy(args, all, sizeof all);
}

static int run_scan(const struct place *p)
{
    const char *args[16];
    scan_args(p, args);
    return fx_run(args, p->out);
}

static void make_bank(const struct place *p, const char *original)
{
    jz_sandbox *sandbox = NULL;
    jz_banks *banks = NULL;
    jz_decoder *d = NULL;
    assert_int_equal(jz_sandbox_open(NULL, NULL, &sandbox, NULL), JZ_OK);
    assert_int_equal(jz_banks_open(p->home, true, true, &banks, NULL), JZ_OK);
    assert_int_equal(jz_bank_create(banks, "known", NULL, NULL), JZ_OK);
    assert_int_equal(jz_decoder_new(sandbox, &d, NULL), JZ_OK);
    (void)fx_bank_file(banks, "known", original, d);
    jz_decoder_free(d);
    jz_banks_close(banks);
    jz_sandbox_close(sandbox);
}

/* FILES names of a few files: pictures known and not, a short film, text, nothing. */
static void make_files(const struct place *p)
{
    static const char *const names[] = { "known.jpg", "other.jpg", "film.avi", "text", "empty" };
    fx_picture known = fx_picture_new(1, 480, 360), other = fx_picture_new(2, 480, 360);
    const fx_picture *const film[] = { &other, &known };
    char name[64];
    fx_write_jpeg(fx_path(p->home, names[0]), &known, 80, 0);
    fx_write_jpeg(fx_path(p->home, names[1]), &other, 80, 0);
    fx_write_avi(fx_path(p->home, names[2]), film, 2, 5, 10);
    fx_write(fx_path(p->home, names[3]), "text", 4);
    fx_write(fx_path(p->home, names[4]), "", 0);
    make_bank(p, fx_path(p->home, names[0]));
    for (int i = 0; i < FILES; i++) {
        if (i % 50 == 0) {
            (void)snprintf(name, sizeof name, "d%d", i / 50);
            fx_mkdir(p->dir, name);
        }
        (void)snprintf(name, sizeof name, "d%d/%d-%s", i / 50, i, names[i % 5]);
        assert_int_equal(link(fx_path(p->home, names[i % 5]), fx_path(p->dir, name)), 0);
    }
    jz_free(known.px);
    jz_free(other.px);
}

static int open_place(void **state)
{
    static struct place p;
    fx_folder(p.home, sizeof p.home);
    fx_folder(p.dir, sizeof p.dir);
    (void)snprintf(p.out, sizeof p.out, "%s/out", p.home);
    make_files(&p);
    assert_int_equal(run_scan(&p), 3);
    p.expected = fx_lines(p.out, &p.n_expected);
    assert_int_equal(p.n_expected, FILES);
    *state = &p;
    return 0;
}

static int close_place(void **state)
{
    struct place *p = *state;
    fx_lines_free(p->expected, p->n_expected);
    fx_remove(p->home);
    fx_remove(p->dir);
    return 0;
}

static void check_output(const struct place *p)
{
    size_t n = 0;
    char **lines = fx_lines(p->out, &n);
    assert_int_equal(n, p->n_expected);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(lines[i], p->expected[i]);
    fx_lines_free(lines, n);
}

/* Whether an unfinished scan has its state, and with it its lock. */
static bool has_state(const struct place *p)
{
    bool found = false;
    DIR *dir = opendir(p->home);
    assert_non_null(dir);
    for (const struct dirent *e = NULL; (e = readdir(dir)) != NULL;)
        found = found || strstr(e->d_name, "scan-") != NULL;
    (void)closedir(dir);
    return found;
}

static void test_scan_process_finds_what_is_there(void **state)
{
    const struct place *p = *state;
    assert_int_equal(fx_count(p->expected, p->n_expected, "\"status\":\"match\""), FILES / 5 * 2);
    assert_int_equal(fx_count(p->expected, p->n_expected, "\"status\":\"clean\""), FILES / 5);
    assert_int_equal(fx_count(p->expected, p->n_expected, "\"kind\":\"not_media\""), FILES / 5);
    assert_int_equal(fx_count(p->expected, p->n_expected, "\"kind\":\"empty\""), FILES / 5);
    assert_false(has_state(p));
}

/* Ends scans after 1, 2, 4, ... ms more each; in the end one runs through. */
static void end_often(const struct place *p, int signal_number)
{
    unsigned ended = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const char *args[16];
        scan_args(p, args);
        const pid_t pid = fx_start(args, p->out);
        (void)usleep(20000 + i * i * 4000);
        (void)kill(pid, signal_number);
        const int code = fx_wait(pid);
        assert_true(code == 3 || code == 4 || code == 128 + signal_number);
        ended += code != 3;
    }
    assert_true(ended > 0);
    assert_int_equal(run_scan(p), 3);
    check_output(p);
    assert_false(has_state(p));
}

static void test_scan_process_killed_at_any_moment_continues(void **state)
{
    end_often(*state, SIGKILL);
}

static void test_scan_process_interrupted_at_any_moment_continues(void **state)
{
    end_often(*state, SIGINT);
}

static void test_scan_process_refuses_the_same_scan_twice(void **state)
{
    const struct place *p = *state;
    const char *args[16];
    char other_out[600];
    scan_args(p, args);
    (void)snprintf(other_out, sizeof other_out, "%s.2", p->out);
    const pid_t pid = fx_start(args, p->out);
    while (!has_state(p) && waitpid(pid, NULL, WNOHANG) == 0)
        (void)usleep(1000);
    const int code = fx_run(args, other_out);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    assert_int_equal(code, 4);
    assert_int_equal(run_scan(p), 3);
}

/* The process's children, by the kernel's list of them. */
static size_t children_of(pid_t pid, pid_t *out, size_t max)
{
    char path[64];
    size_t n = 0;
    int child = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    FILE *f = fopen(path, "r");
    while (f != NULL && n < max && fscanf(f, "%d", &child) == 1)
        out[n++] = child;
    if (f != NULL)
        (void)fclose(f);
    return n;
}

static void test_scan_process_with_dying_decoders_counts_every_item(void **state)
{
    const struct place *p = *state;
    const char *args[16];
    int status = 0;
    unsigned killed = 0;
    size_t n = 0;
    scan_args(p, args);
    const pid_t pid = fx_start(args, p->out);
    while (waitpid(pid, &status, WNOHANG) == 0) {
        pid_t zygote[4], workers[16];
        (void)usleep(15000);
        for (size_t z = children_of(pid, zygote, 4); z-- > 0;)
            for (size_t w = children_of(zygote[z], workers, 16); w-- > 0;)
                killed += kill(workers[w], SIGKILL) == 0;
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_true(killed > 0);
    char **lines = fx_lines(p->out, &n);
    assert_int_equal(n, FILES);
    const size_t failed = fx_count(lines, n, "\"status\":\"failed\"");
    const size_t usual =
        fx_count(lines, n, "\"kind\":\"not_media\"") + fx_count(lines, n, "\"kind\":\"empty\"");
    const size_t crashed = fx_count(lines, n, "\"kind\":\"crash\"");
    assert_true(failed <= usual + crashed); /* what matched before its decoder died still does */
    assert_true(crashed <= killed);
    fx_lines_free(lines, n);
}

static void test_scan_process_without_banks_says_what_to_do(void **state)
{
    const struct place *p = *state;
    char home[512];
    (void)snprintf(home, sizeof home, "%s/none", p->home);
    const char *const args[] = { "scan", "--home", home, p->dir, NULL };
    assert_int_equal(fx_run(args, p->out), 4);
}

static void test_scan_process_refuses_a_full_output(void **state)
{
    const struct place *p = *state;
    const char *args[16];
    scan_args(p, args);
    assert_int_equal(fx_run(args, "/dev/full"), 4);
    assert_int_equal(run_scan(p), 3);
    check_output(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_process_finds_what_is_there),
        cmocka_unit_test(test_scan_process_killed_at_any_moment_continues),
        cmocka_unit_test(test_scan_process_interrupted_at_any_moment_continues),
        cmocka_unit_test(test_scan_process_refuses_the_same_scan_twice),
        cmocka_unit_test(test_scan_process_with_dying_decoders_counts_every_item),
        cmocka_unit_test(test_scan_process_without_banks_says_what_to_do),
        cmocka_unit_test(test_scan_process_refuses_a_full_output),
    };
    return cmocka_run_group_tests(tests, open_place, close_place);
}
