/* SPDX-License-Identifier: Apache-2.0 */
/* `jz hash` itself: what it prints, and what it exits with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place {
    char dir[256], out[512], jpeg[512], avi[512];
};

static int open_place(void **state)
{
    static struct place p;
    fx_picture a = fx_picture_new(1, 320, 240), b = fx_picture_new(2, 320, 240);
    const fx_picture *const film[] = { &a, &b };
    fx_folder(p.dir, sizeof p.dir);
    (void)snprintf(p.out, sizeof p.out, "%s/out", p.dir);
    (void)snprintf(p.jpeg, sizeof p.jpeg, "%s/a.jpg", p.dir);
    (void)snprintf(p.avi, sizeof p.avi, "%s/b.avi", p.dir);
    fx_write_jpeg(p.jpeg, &a, 90, 6);
    fx_write_avi(p.avi, film, 2, 15, 10);
    jz_free(a.px);
    jz_free(b.px);
    *state = &p;
    return 0;
}

static int close_place(void **state)
{
    struct place *p = *state;
    fx_remove(p->dir);
    return 0;
}

/* Runs jz with args, checks how it ends, and gives its output's lines. */
static char **lines_of(const struct place *p, const char *const *args, int code, size_t *n)
{
    assert_int_equal(fx_run(args, p->out), code);
    return fx_lines(p->out, n);
}

static void test_hash_json_has_every_key(void **state)
{
    const struct place *p = *state;
    static const char *const keys[] = {
        "\"path\":",         "\"bytes\":",
        "\"sha256\":\"",     "\"sm3\":\"",
        "\"md5\":\"",        "\"media_type\":\"image/jpeg\"",
        "\"width\":320",     "\"height\":240",
        "\"orientation\":6", "\"pdq\":\"",
        "\"quality\":",      "\"pdq_full\":\"",
        "\"quality_full\":", "\"dihedral\":{\"pdq\":{\"original\":\"",
        "\"minus1\":\"",     "\"error\":null"
    };
    const char *const args[] = { "hash", "--json", "--dihedral", p->jpeg, NULL };
    size_t n = 0;
    char **lines = lines_of(p, args, 0, &n);
    assert_int_equal(n, 1);
    for (size_t i = 0; i < JZ_ARRAY_LEN(keys); i++)
        assert_non_null(strstr(lines[0], keys[i]));
    fx_lines_free(lines, n);
}

static void test_hash_goes_on_after_failures(void **state)
{
    const struct place *p = *state;
    const char *const args[] = { "hash", "--json", p->dir, "/nonexistent/x", p->jpeg, NULL };
    size_t n = 0;
    char **lines = lines_of(p, args, 3, &n);
    assert_int_equal(n, 3);
    assert_int_equal(fx_count(lines, n, "\"kind\":\"special\""), 1);
    assert_int_equal(fx_count(lines, n, "\"kind\":\"not_found\""), 1);
    assert_int_equal(fx_count(lines, n, "\"error\":null"), 1);
    fx_lines_free(lines, n);
}

static size_t vpdq_lines(const struct place *p, const char *option, const char *value)
{
    const char *args[6] = { "hash", "--vpdq", p->avi, option, value, NULL };
    size_t n = 0;
    char **lines = lines_of(p, args, 0, &n);
    for (size_t i = 0; i < n; i++) {
        jz_vpdq_line line;
        assert_int_equal(jz_vpdq_parse(lines[i], strcspn(lines[i], "\n"), &line, NULL), JZ_OK);
    }
    fx_lines_free(lines, n);
    return n;
}

static void test_hash_vpdq_prints_the_frames_asked_for(void **state)
{
    const struct place *p = *state;
    assert_int_equal(vpdq_lines(p, NULL, NULL), 30);
    assert_int_equal(vpdq_lines(p, "--interval", "0"), 30);
    assert_int_equal(vpdq_lines(p, "--interval", "1"), 3);
    assert_int_equal(vpdq_lines(p, "--interval", "0.5"), 6);
}

static void test_hash_of_nothing_is_a_usage_error(void **state)
{
    const struct place *p = *state;
    const char *const none[] = { "hash", NULL };
    const char *const two[] = { "hash", "--vpdq", p->avi, p->avi, NULL };
    assert_int_equal(fx_run(none, p->out), 2);
    assert_int_equal(fx_run(two, p->out), 2);
}

static void test_hash_reads_standard_input(void **state)
{
    const struct place *p = *state;
    const char *const file[] = { "hash", "--json", p->jpeg, NULL };
    const char *const input[] = { "hash", "--json", "-", NULL };
    size_t n = 0, n_input = 0;
    char **lines = lines_of(p, file, 0, &n);
    const int saved = dup(STDIN_FILENO), fd = open(p->jpeg, O_RDONLY);
    assert_true(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    char **input_lines = lines_of(p, input, 0, &n_input);
    if (saved >= 0)
        (void)dup2(saved, STDIN_FILENO);
    assert_int_equal(n_input, 1);
    assert_string_equal(strstr(input_lines[0], "\"bytes\""), strstr(lines[0], "\"bytes\""));
    fx_lines_free(lines, n);
    fx_lines_free(input_lines, n_input);
}

/* Another recording of a clip whose frames are in a bank. */
static void test_clip_is_found_by_published_vpdq_lines(void **state)
{
    const struct place *p = *state;
    const char *data = getenv("JZ_TEST_DATA");
    char lines_path[512], clip[512], home[512];
    (void)snprintf(lines_path, sizeof lines_path, "%s/video/chair-orig-22-sd-bar.vpdq.txt",
                   data != NULL ? data : "");
    (void)snprintf(clip, sizeof clip, "%s/video/chair-22-sd-grey-bar.mp4",
                   data != NULL ? data : "");
    if (data == NULL || access(lines_path, R_OK) != 0 || access(clip, R_OK) != 0) {
        (void)fputs("SKIP: no JZ_TEST_DATA\n", stderr);
        skip();
    }
    (void)snprintf(home, sizeof home, "%s/home", p->dir);
    jz_banks *banks = NULL;
    jz_import_result result;
    const int fd = open(lines_path, O_RDONLY);
    assert_int_equal(jz_banks_open(home, true, false, &banks, NULL), JZ_OK);
    assert_int_equal(jz_bank_create(banks, "clips", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bank_import(banks, "clips", fd, NULL, &result, NULL), JZ_OK);
    jz_banks_close(banks);
    (void)close(fd);
    const char *const args[] = { "scan", "--json", "--home", home, clip, NULL };
    size_t n = 0;
    char **found = lines_of(p, args, 1, &n);
    assert_int_equal(n, 1);
    assert_non_null(strstr(found[0], "\"frames_matched\":23,\"frames_compared\":23"));
    fx_lines_free(found, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_json_has_every_key),
        cmocka_unit_test(test_hash_goes_on_after_failures),
        cmocka_unit_test(test_hash_vpdq_prints_the_frames_asked_for),
        cmocka_unit_test(test_hash_of_nothing_is_a_usage_error),
        cmocka_unit_test(test_hash_reads_standard_input),
        cmocka_unit_test(test_clip_is_found_by_published_vpdq_lines),
    };
    return cmocka_run_group_tests(tests, open_place, close_place);
}
