/* SPDX-License-Identifier: Apache-2.0 */
#include "media/input.h"
#include "media/pixels.h"
#include "media/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static const jz_limits limits = { .max_pixels = 1000, .max_frames = 10 };
static const uint8_t pixels[3000];

static jz_msg_frame frame(void)
{
    return (jz_msg_frame){ .info = { .orientation = 1 },
                           .stride = 60,
                           .width = 20,
                           .height = 50,
                           .channels = 3,
                           .full_width = 20,
                           .full_height = 50 };
}

static jz_status read_frame(const jz_msg_frame *in)
{
    jz_frame out;
    return jz_msg_frame_read(in, &limits, pixels, sizeof pixels, &out, NULL);
}

static void test_frame_must_lie_in_the_buffer(void **state)
{
    (void)state;
    jz_msg_frame m = frame();
    assert_int_equal(read_frame(&m), JZ_OK); /* to the last byte */
    m.height = m.full_height = 51;
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
    m = frame();
    m.height = 0;
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
    m = frame();
    m.stride = 61;
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
    m = frame();
    m.channels = 4;
    m.stride = 80;
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
    m = frame();
    m.width = m.full_width = UINT32_MAX;
    m.height = m.full_height = UINT32_MAX;
    m.stride = (uint64_t)UINT32_MAX * 3;
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
}

static void test_frame_numbers_must_make_sense(void **state)
{
    (void)state;
    jz_msg_frame m = frame();
    m.index = 9;
    assert_int_equal(read_frame(&m), JZ_OK);
    m.index = 10;
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
    m = frame();
    m.at_seconds = (double)INFINITY;
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
    m.at_seconds = -1;
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
    m = frame();
    m.shown_seconds = (double)INFINITY;
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
    m = frame();
    m.full_width = 19; /* a picture is scaled down, never up */
    assert_int_equal(read_frame(&m), JZ_E_CORRUPT);
}

static void test_info_must_make_sense(void **state)
{
    (void)state;
    const jz_msg_info bad[] = {
        { .orientation = 0 },
        { .orientation = 9 },
        { .orientation = 1, .fps = (double)NAN },
        { .orientation = 1, .duration_s = -1 },
        { .orientation = 1, .qp = -1 },
    };
    jz_media_info out = { .width = 77 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_int_equal(jz_msg_info_read(&bad[i], &out, NULL), JZ_E_CORRUPT);
    assert_int_equal(out.width, 77); /* untouched */
}

static void test_error_chain_survives_the_way(void **state)
{
    (void)state;
    jz_err sent = { 0 }, got = { 0 };
    jz_status st = JZ_OK;
    jz_msg_done m;
    const jz_media_info info = { .orientation = 1 };
    jz_err_set(&sent, JZ_E_TRUNCATED, "the cause, %d", 42);
    jz_err_wrap(&sent, "the context");
    jz_msg_done_write(JZ_E_TRUNCATED, &sent, &info, &m);
    assert_int_equal(jz_msg_done_read(&m, &st, &got, NULL), JZ_OK);
    assert_int_equal(st, JZ_E_TRUNCATED);
    assert_int_equal(got.code, JZ_E_TRUNCATED);
    assert_int_equal(got.depth, 2);
    assert_string_equal(got.frame[0], "the cause, 42");
    assert_string_equal(got.frame[1], "the context");
    m.depth = JZ_ERR_FRAMES + 1;
    assert_int_equal(jz_msg_done_read(&m, &st, &got, NULL), JZ_E_CORRUPT);
}

static void test_packet_must_be_of_its_exact_size(void **state)
{
    (void)state;
    jz_msg m = { .magic = JZ_MSG_MAGIC, .type = JZ_MSG_ALIVE }, out;
    const uint8_t *p = (const uint8_t *)&m;
    const size_t size = offsetof(jz_msg, u) + sizeof m.u.alive;
    for (size_t len = 0; len <= sizeof m; len++)
        assert_int_equal(jz_msg_parse((jz_bytes){ p, len }, &out, NULL),
                         len == size ? JZ_OK : JZ_E_CORRUPT);
    m.magic++;
    assert_int_equal(jz_msg_parse((jz_bytes){ p, size }, &out, NULL), JZ_E_CORRUPT);
    for (m.magic--, m.type = JZ_MSG_TYPES; m.type < 100; m.type++)
        assert_int_equal(jz_msg_parse((jz_bytes){ p, size }, &out, NULL), JZ_E_CORRUPT);
}

static void test_descriptors_are_counted(void **state)
{
    (void)state;
    int pair[2];
    int fds[2] = { -2, -2 };
    jz_msg m = { 0 };
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    const int next = dup(pair[0]); /* the lowest free descriptor */
    (void)close(next);
    assert_int_equal(jz_msg_send(pair[0], JZ_MSG_REAP, &m, pair, 1, NULL), JZ_OK);
    assert_int_equal(jz_msg_recv(pair[1], &m, fds, 2, NULL), JZ_OK);
    assert_true(fds[0] >= 0);
    assert_true((fcntl(fds[0], F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(fds[1], -1);
    (void)close(fds[0]);
    assert_int_equal(jz_msg_send(pair[0], JZ_MSG_REAP, &m, pair, 2, NULL), JZ_OK);
    assert_int_equal(jz_msg_recv(pair[1], &m, fds, 1, NULL), JZ_E_CORRUPT);
    const int again = dup(pair[0]);
    assert_int_equal(again, next); /* the surplus was closed */
    (void)close(again);
    (void)close(pair[0]);
    assert_int_equal(jz_msg_recv(pair[1], &m, NULL, 0, NULL), JZ_E_CRASH);
    (void)close(pair[1]);
}

static void test_time_is_kept_at_both_limits(void **state)
{
    (void)state;
    int pair[2];
    jz_msg m = { .u.alive = { .frames = 7 } };
    jz_err err = { 0 };
    assert_int_equal(jz_msg_pair(pair, NULL), JZ_OK);
    int64_t left = 1000;
    assert_int_equal(jz_msg_wait(pair[0], "test", 120, &left, &m, &err), JZ_E_TIMEOUT);
    assert_in_range(left, 1, 880);
    assert_memory_equal(err.frame[0], "the test said nothing for 1", 27);
    left = 60;
    assert_int_equal(jz_msg_wait(pair[0], "test", 60000, &left, &m, NULL), JZ_E_TIMEOUT);
    assert_true(left <= 0);
    left = -1; /* whoever speaks all the time has no more of it either */
    assert_int_equal(jz_msg_send(pair[1], JZ_MSG_ALIVE, &m, NULL, 0, NULL), JZ_OK);
    assert_int_equal(jz_msg_wait(pair[0], "test", 60000, &left, &m, NULL), JZ_E_TIMEOUT);
    left = 60000;
    m.u.alive.frames = 0;
    assert_int_equal(jz_msg_wait(pair[0], "test", 60000, &left, &m, NULL), JZ_OK);
    assert_int_equal(m.u.alive.frames, 7);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void test_other_side_that_does_not_read_holds_nobody_up(void **state)
{
    (void)state;
    int pair[2];
    jz_msg m = { 0 };
    jz_status st = JZ_OK;
    assert_int_equal(jz_msg_pair(pair, NULL), JZ_OK);
    for (unsigned i = 0; st == JZ_OK && i < 100000; i++)
        st = jz_msg_send(pair[0], JZ_MSG_ALIVE, &m, NULL, 0, NULL);
    assert_int_equal(st, JZ_E_CORRUPT);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void test_pixel_buffer_is_shared_and_keeps_its_size(void **state)
{
    (void)state;
    const size_t size = 3 * JZ_PIXELS_HUGE;
    int fd = -1;
    uint8_t *ours = NULL, *theirs = NULL;
    assert_int_equal(jz_pixels_new(size, &fd, NULL), JZ_OK);
    assert_int_equal(jz_pixels_map(fd, size, false, &ours, NULL), JZ_OK);
    assert_int_equal(jz_pixels_map(fd, size, true, &theirs, NULL), JZ_OK);
    assert_int_equal((uintptr_t)ours % JZ_PIXELS_HUGE, 0);
    theirs[0] = 1;
    theirs[size - 1] = 2;
    assert_int_equal(ours[0], 1);
    assert_int_equal(ours[size - 1], 2);
    assert_int_equal(mprotect(ours, size, PROT_READ), 0); /* all of it is mapped */
    assert_int_equal(ftruncate(fd, 4096), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(munmap(ours, size), 0);
    assert_int_equal(munmap(theirs, size), 0);
    (void)close(fd);
}

static void test_input_is_written_on_one_side_only(void **state)
{
    (void)state;
    int fd = -1;
    uint8_t *ours = NULL;
    const uint8_t *theirs = NULL;
    assert_int_equal(jz_input_new(&fd, &ours, NULL), JZ_OK);
    assert_int_equal(jz_input_map(fd, &theirs, NULL), JZ_OK);
    ours[JZ_INPUT_BYTES - 1] = 1;
    assert_int_equal(theirs[JZ_INPUT_BYTES - 1], 1);
    assert_int_equal(mprotect((void *)(uintptr_t)theirs, JZ_INPUT_BYTES, PROT_WRITE), -1);
    assert_ptr_equal(mmap(NULL, JZ_INPUT_BYTES, PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(munmap(ours, JZ_INPUT_BYTES), 0);
    assert_int_equal(munmap((void *)(uintptr_t)theirs, JZ_INPUT_BYTES), 0);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_must_lie_in_the_buffer),
        cmocka_unit_test(test_frame_numbers_must_make_sense),
        cmocka_unit_test(test_info_must_make_sense),
        cmocka_unit_test(test_error_chain_survives_the_way),
        cmocka_unit_test(test_packet_must_be_of_its_exact_size),
        cmocka_unit_test(test_descriptors_are_counted),
        cmocka_unit_test(test_time_is_kept_at_both_limits),
        cmocka_unit_test(test_other_side_that_does_not_read_holds_nobody_up),
        cmocka_unit_test(test_pixel_buffer_is_shared_and_keeps_its_size),
        cmocka_unit_test(test_input_is_written_on_one_side_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
