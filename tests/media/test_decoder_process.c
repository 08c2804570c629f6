/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder's processes survive: crashes, hangs, lies, the death of either side. */
#include "decoder_fixture.h"

#include "media/sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct fixture {
    jz_sandbox *sandbox;
    jz_decoder *decoder;
    shot shot;
    jz_media_info info;
    jz_err err;
    blob file;
    int signal; /* sent to the worker while it waits */
    bool whole; /* to the zygote instead */
} fixture;

static void open_with(fixture *f, const char *program, const jz_limits *limits)
{
    *f = (fixture){ .file = jpeg_make(&(jpeg_spec){ .width = 64, .height = 48 }) };
    if (jz_sandbox_open(program, limits, &f->sandbox, &f->err) != JZ_OK ||
        jz_decoder_new(f->sandbox, &f->decoder, &f->err) != JZ_OK)
        fail_msg("%s", f->err.frame[0]);
}

static void close_fixture(fixture *f)
{
    shot_done(&f->shot);
    blob_done(&f->file);
    jz_decoder_free(f->decoder);
    jz_sandbox_close(f->sandbox);
}

static jz_status decode(fixture *f)
{
    return decode_bytes(f->decoder, f->file.ptr, f->file.len, NULL, &f->shot, &f->info, &f->err);
}

/* The last of them: animations are jz-decode's, the pictures before them jz-decode-light's. */
static pid_t worker_of(const fixture *f)
{
    pid_t pids[JZ_WORKER_KINDS];
    const size_t n = jz_decoder_pids(f->decoder, pids);
    assert_in_range(n, 1, 2);
    return pids[n - 1];
}

static pid_t zygote_of(const fixture *f)
{
    const pid_t of_all = jz_sandbox_pid(f->sandbox, JZ_WORKER_PLAIN);
    return of_all > 0 ? of_all : jz_sandbox_pid(f->sandbox, JZ_WORKER_LIGHT);
}

static double wall(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Neither running nor a zombie that its parent forgot; orphans are init's to bury. */
static bool is_gone(pid_t pid)
{
    char path[64], text[256] = { 0 };
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return true;
    const ssize_t n = read(fd, text, sizeof text - 1);
    (void)close(fd);
    const char *state = strrchr(text, ')');
    return n <= 0 || state == NULL || state[2] == 'Z';
}

static bool is_gone_soon(pid_t pid)
{
    for (double end = wall() + 10; wall() < end;) {
        if (is_gone(pid))
            return true;
        (void)nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
    }
    return false;
}

/* Processes whose parent is pid, zombies too. */
static unsigned count_children(pid_t pid)
{
    unsigned n = 0;
    DIR *proc = opendir("/proc");
    assert_non_null(proc);
    for (struct dirent *e = NULL; (e = readdir(proc)) != NULL;) {
        char path[300], text[256] = { 0 };
        (void)snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        FILE *stat = fopen(path, "re");
        if (stat == NULL)
            continue;
        (void)!fread(text, 1, sizeof text - 1, stat);
        (void)fclose(stat);
        const char *state = strrchr(text, ')');
        int parent = 0;
        if (state != NULL && sscanf(state + 3, "%d", &parent) == 1)
            n += parent == pid;
    }
    (void)closedir(proc);
    return n;
}

static unsigned count_fds(void)
{
    unsigned n = 0;
    DIR *fds = opendir("/proc/self/fd");
    assert_non_null(fds);
    while (readdir(fds) != NULL)
        n++;
    (void)closedir(fds);
    return n;
}

static void hit(void *user)
{
    fixture *f = user;
    const pid_t worker = worker_of(f);
    assert_int_equal(kill(f->whole ? zygote_of(f) : worker, f->signal), 0);
    if (f->whole) /* takes its workers along, in a moment */
        assert_true(is_gone_soon(worker));
}

/* After the only frame of a still the worker waits for nothing: an animation is what it waits in.
 */
static void use_animation(fixture *f)
{
#define GIF_PICTURE "\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0" /* 1 x 1 */
    static const char gif[] =
        "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" GIF_PICTURE GIF_PICTURE "\x3b";
    blob_done(&f->file);
    f->file = (blob){ malloc(sizeof gif - 1), sizeof gif - 1 };
    assert_non_null(f->file.ptr);
    memcpy(f->file.ptr, gif, sizeof gif - 1);
}

static void aim(fixture *f, int signal, bool whole)
{
    use_animation(f);
    f->shot.during = hit;
    f->shot.user = f;
    f->signal = signal;
    f->whole = whole;
}

/* The large program is started for what the light one cannot read, or where that is not there. */
static void test_light_program_comes_first(void **state)
{
    (void)state;
    fixture f;
    char folder[] = "/tmp/jz-test-light-XXXXXX", alone[64];
    const char *program = getenv("JZ_DECODE");
    open_with(&f, NULL, NULL);
    assert_int_equal(decode(&f), JZ_OK);
    assert_true(jz_sandbox_pid(f.sandbox, JZ_WORKER_LIGHT) > 0);
    assert_int_equal(jz_sandbox_pid(f.sandbox, JZ_WORKER_PLAIN), 0);
    use_animation(&f);
    assert_int_equal(decode(&f), JZ_OK);
    assert_true(jz_sandbox_pid(f.sandbox, JZ_WORKER_PLAIN) > 0);
    close_fixture(&f);

    assert_non_null(mkdtemp(folder));
    (void)snprintf(alone, sizeof alone, "%s/jz-decode", folder);
    assert_true(program != NULL && symlink(program, alone) == 0);
    open_with(&f, alone, NULL);
    assert_int_equal(decode(&f), JZ_OK);
    assert_int_equal(jz_sandbox_pid(f.sandbox, JZ_WORKER_LIGHT), 0);
    close_fixture(&f);
    assert_int_equal(unlink(alone), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_crash_costs_one_item(void **state)
{
    static const struct {
        int signal;
        const char *text;
    } cases[] = {
#ifndef JZ_SANITIZED /* which catches it */
        { SIGSEGV, "SIGSEGV" },
#endif
        { SIGABRT, "SIGABRT" },
        { SIGKILL, "SIGKILL" },
        { SIGSYS, "forbidden system call" }
    };
    (void)state;
    fixture f;
    open_with(&f, NULL, NULL);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        aim(&f, cases[i].signal, false);
        assert_int_equal(decode(&f), JZ_E_CRASH);
        assert_int_equal(f.shot.frames, 1);
        assert_int_equal(f.err.code, JZ_E_CRASH);
        if (strstr(f.err.frame[0], cases[i].text) == NULL)
            fail_msg("%s", f.err.frame[0]);
        f.shot.during = NULL;
        assert_int_equal(decode(&f), JZ_OK);
        assert_int_equal(count_children(zygote_of(&f)), 1);
    }
    close_fixture(&f);
}

static void test_stuck_worker_is_killed(void **state)
{
    (void)state;
    fixture f;
    open_with(&f, NULL, &(jz_limits){ .stall_ms = 200 });
    use_animation(&f);
    assert_int_equal(decode(&f), JZ_OK);
    const pid_t first = worker_of(&f);
    aim(&f, SIGSTOP, false);
    const double begin = wall();
    assert_int_equal(decode(&f), JZ_E_TIMEOUT);
    const double took = wall() - begin;
    assert_true(took >= 0.2 && took < 5);
    assert_non_null(strstr(f.err.frame[0], " ms"));
    assert_true(is_gone(first));
    f.shot.during = NULL;
    assert_int_equal(decode(&f), JZ_OK);
    close_fixture(&f);
}

static void test_total_time_is_limited(void **state)
{
    (void)state;
    fixture f;
    open_with(&f, NULL, &(jz_limits){ .stall_ms = 60000, .timeout_ms = 300 });
    aim(&f, SIGSTOP, false);
    const double begin = wall();
    assert_int_equal(decode(&f), JZ_E_TIMEOUT);
    assert_true(wall() - begin < 10);
    close_fixture(&f);
}

static void test_worker_killed_between_items_is_nobodys_fault(void **state)
{
    (void)state;
    fixture f;
    open_with(&f, NULL, NULL);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(decode(&f), JZ_OK);
        const pid_t pid = worker_of(&f);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_true(is_gone_soon(pid));
    }
    assert_int_equal(decode(&f), JZ_OK);
    close_fixture(&f);
}

static void test_killed_zygote_is_started_again(void **state)
{
    (void)state;
    fixture f;
    open_with(&f, NULL, NULL);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(decode(&f), JZ_OK);
        const pid_t zygote = zygote_of(&f), worker = worker_of(&f);
        assert_int_equal(kill(zygote, SIGKILL), 0);
        assert_true(is_gone_soon(zygote));
        if (i % 2 == 0) /* at once, while the worker may still be dying, and later */
            assert_true(is_gone_soon(worker));
    }
    aim(&f, SIGKILL, true);
    assert_int_equal(decode(&f), JZ_E_CRASH); /* the frame was given: no second try */
    assert_int_equal(f.shot.frames, 1);
    f.shot.during = NULL;
    assert_int_equal(decode(&f), JZ_OK);
    close_fixture(&f);
}

static void test_closing_leaves_no_process(void **state)
{
    (void)state;
    fixture f;
    const unsigned before = count_fds();
    open_with(&f, NULL, NULL);
    assert_int_equal(decode(&f), JZ_OK);
    const pid_t zygote = zygote_of(&f), worker = worker_of(&f);
    close_fixture(&f);
    assert_true(is_gone(zygote));
    assert_true(is_gone_soon(worker));
    assert_int_equal(count_fds(), before);
}

/* The child's life: it decodes, tells who works for it, and waits to be killed. */
static void victim(int out)
{
    fixture f;
    open_with(&f, NULL, NULL);
    pid_t pids[2] = { 0, 0 };
    if (decode(&f) == JZ_OK) {
        pids[0] = zygote_of(&f);
        pids[1] = worker_of(&f);
    }
    (void)!write(out, pids, sizeof pids);
    for (;;)
        (void)pause();
}

static void test_killed_user_leaves_no_process(void **state)
{
    (void)state;
    int ends[2];
    pid_t pids[2] = { 0 };
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        victim(ends[1]);
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], pids, sizeof pids), sizeof pids);
    assert_true(pids[0] > 0 && pids[1] > 0);
    assert_false(is_gone(pids[0]) || is_gone(pids[1]));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(is_gone_soon(pids[0]));
    assert_true(is_gone_soon(pids[1]));
    (void)close(ends[0]);
}

static void test_many_items_leak_nothing(void **state)
{
    (void)state;
    fixture f;
    open_with(&f, NULL, NULL);
    assert_int_equal(decode(&f), JZ_OK);
    const unsigned before = count_fds();
    const pid_t first = worker_of(&f);
    for (unsigned i = 1; i < 1000; i++) {
        const bool cut = i % 10 == 0;
        const size_t len = f.file.len;
        f.file.len = cut ? len / 2 : len;
        assert_int_equal(decode(&f), cut ? JZ_E_TRUNCATED : JZ_OK);
        f.file.len = len;
    }
    assert_int_equal(worker_of(&f), first); /* damaged files do not cost a worker */
    assert_int_equal(count_fds(), before);
    assert_int_equal(decode(&f), JZ_OK);
    assert_int_not_equal(worker_of(&f), first); /* but age does */
    assert_int_equal(count_children(zygote_of(&f)), 1);
    assert_int_equal(count_fds(), before);
    close_fixture(&f);
}

static void test_file_that_shrinks_is_named(void **state)
{
    (void)state;
    fixture f;
    open_with(&f, NULL, NULL);
    const int fd = blob_open(f.file.ptr, f.file.len);
    /* jz has taken the size; the worker then maps what is no longer there. */
    assert_int_equal(decode(&f), JZ_OK);
    assert_int_equal(kill(worker_of(&f), SIGSTOP), 0);
    const pid_t stopped = worker_of(&f);
    const pid_t child = fork();
    if (child == 0) {
        (void)nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
        _exit(ftruncate(fd, 0) == 0 && kill(stopped, SIGCONT) == 0 ? 0 : 1);
    }
    const jz_status st = jz_decode(f.decoder, fd, NULL, shot_take, &f.shot, &f.info, &f.err);
    assert_int_equal(st, JZ_E_CHANGED);
    assert_int_equal(waitpid(child, NULL, 0), child);
    (void)close(fd);
    close_fixture(&f);
}

static void test_hostile_worker_costs_one_item(void **state)
{
    static const struct {
        const char *act;
        jz_status status;
        const char *text;
    } cases[] = {
        { "garbage", JZ_E_CRASH, "nonsense" },
        { "short", JZ_E_CRASH, "nonsense" },
        { "outside", JZ_E_CRASH, "nonsense" },
        { "last_outside", JZ_E_CRASH, "nonsense" },
        { "last_again", JZ_E_CRASH, "nonsense" },
        { "hashes", JZ_E_CRASH, "hashes of 514 bytes" },
        { "long_hashes", JZ_E_CRASH, "nonsense" },
        { "wide_stride", JZ_E_CRASH, "nonsense" },
        { "flood", JZ_E_CRASH, "nonsense" },
        { "backwards", JZ_E_CRASH, "nonsense" },
        { "alive_for_ever", JZ_E_CRASH, "nonsense" },
        { "no_such_status", JZ_E_CRASH, "nonsense" },
        { "not_a_number", JZ_E_CRASH, "nonsense" },
        { "descriptors", JZ_E_CRASH, "nonsense" },
        { "nothing_decoded", JZ_E_CORRUPT, "no picture" },
        { "terminal_codes", JZ_E_CORRUPT, "?[2Jgone?" },
        { "silent", JZ_E_TIMEOUT, "said nothing for 3" },
        { "leaves", JZ_E_CRASH, "status 7" },
    };
    (void)state;
    const char *program = getenv("JZ_TEST_HOSTILE_DECODER");
    assert_non_null(program);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        fixture f;
        char text[1024];
        assert_int_equal(setenv("JZ_TEST_HOSTILE", cases[i].act, 1), 0);
        open_with(&f, program, &(jz_limits){ .stall_ms = 300, .max_frames = 1000000 });
        for (unsigned again = 0; again < 2; again++) {
            const jz_status st = decode(&f);
            if (st != cases[i].status ||
                strstr(jz_err_text(&f.err, text, sizeof text), cases[i].text) == NULL)
                fail_msg("%s: %s, %s", cases[i].act, jz_status_name(st), text);
            for (const char *p = f.info.codec; *p != '\0'; p++)
                assert_true(*p >= ' ' && *p <= '~');
        }
        close_fixture(&f);
    }
}

static void sandbox_holds(const char *end)
{
    char command[4096];
    const char *program = getenv("JZ_DECODE");
    assert_non_null(program);
    (void)snprintf(command, sizeof command, "exec '%s%s' --self-test", program, end);
    FILE *out = popen(command, "re");
    assert_non_null(out);
    unsigned lines = 0;
    char line[256];
    while (fgets(line, sizeof line, out) != NULL) {
        if (strncmp(line, "FAILED", 6) == 0)
            print_error("%s", line);
        lines++;
    }
    assert_int_equal(pclose(out), 0);
    assert_true(lines >= 26);
}

static void test_sandbox_holds(void **state)
{
    (void)state;
    sandbox_holds("");
    sandbox_holds("-light");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_light_program_comes_first),
        cmocka_unit_test(test_crash_costs_one_item),
        cmocka_unit_test(test_stuck_worker_is_killed),
        cmocka_unit_test(test_total_time_is_limited),
        cmocka_unit_test(test_worker_killed_between_items_is_nobodys_fault),
        cmocka_unit_test(test_killed_zygote_is_started_again),
        cmocka_unit_test(test_closing_leaves_no_process),
        cmocka_unit_test(test_killed_user_leaves_no_process),
        cmocka_unit_test(test_many_items_leak_nothing),
        cmocka_unit_test(test_file_that_shrinks_is_named),
        cmocka_unit_test(test_hostile_worker_costs_one_item),
        cmocka_unit_test(test_sandbox_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
