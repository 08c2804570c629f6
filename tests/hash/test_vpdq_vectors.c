/* SPDX-License-Identifier: Apache-2.0 */
/* The reference's vPDQ lines of real clips, through sandboxed decoding: same frames, same times,
 * nearly the same hashes (another version of FFmpeg scales colour differently by a little). Needs
 * JZ_TEST_DATA. */
#include <jz/hash.h>

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BITS 6
#define QUALITY 80 /* of frames whose hashes mean something */

struct clip {
    FILE *lines;
    unsigned frames, worst;
};

static jz_status compare_frame(void *user, const jz_media_info *info, const jz_frame *f,
                               jz_err *err)
{
    struct clip *c = user;
    char text[JZ_VPDQ_TEXT + 2];
    jz_vpdq_line line;
    jz_pdq pdq;
    uint8_t digest[JZ_PDQ_SIZE];
    (void)info;
    if (fgets(text, sizeof text, c->lines) == NULL)
        return JZ_FAIL(err, JZ_E_MISMATCH, "frame %u is one too many", c->frames);
    JZ_TRY(jz_vpdq_parse(text, strcspn(text, "\r\n"), &line, err));
    JZ_TRY(jz_pdq_full(&f->plane, &pdq, err));
    jz_pdq_digest(&pdq, JZ_ORIGINAL, digest);
    const unsigned off = jz_hamming256(digest, line.digest);
    const double late = f->at_seconds - line.seconds;
    if (f->index != line.frame || late > 0.0011 || late < -0.0011)
        return JZ_FAIL(err, JZ_E_MISMATCH, "frame %llu at %.3f s, expected %llu at %.3f s",
                       (unsigned long long)f->index, f->at_seconds, (unsigned long long)line.frame,
                       line.seconds);
    if (line.quality >= QUALITY && (off > BITS || abs(pdq.quality - line.quality) > 1))
        return JZ_FAIL(err, JZ_E_MISMATCH, "frame %u is %u bits off, quality %d instead of %d",
                       c->frames, off, pdq.quality, line.quality);
    if (line.quality >= QUALITY && off > c->worst)
        c->worst = off;
    c->frames++;
    return JZ_OK;
}

static void compare_clip(jz_decoder *d, const char *lines_path)
{
    char path[4096], line[JZ_VPDQ_TEXT];
    const size_t stem = strlen(lines_path) - strlen(".vpdq.txt");
    (void)snprintf(path, sizeof path, "%.*s.mp4", (int)stem, lines_path);
    struct clip c = { .lines = fopen(lines_path, "r") };
    assert_non_null(c.lines);
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const jz_decode_opts opts = { .every_frame = true };
    jz_media_info info;
    jz_err err = { 0 };
    if (jz_decode(d, fd, &opts, compare_frame, &c, &info, &err) != JZ_OK)
        fail_msg("%s: %s", path, err.frame[0]);
    if (fgets(line, sizeof line, c.lines) != NULL)
        fail_msg("%s: %u frames, but the reference has more", path, c.frames);
    print_message("# %s: %u frames, at most %u bits off\n", path, c.frames, c.worst);
    (void)fclose(c.lines);
}

static void test_every_frame_of_the_reference(void **state)
{
    (void)state;
    const char *data = getenv("JZ_TEST_DATA");
    char pattern[4096];
    glob_t found = { 0 };
    (void)snprintf(pattern, sizeof pattern, "%s/video/*.vpdq.txt", data != NULL ? data : "");
    if (data == NULL || glob(pattern, 0, NULL, &found) != 0) {
        print_message("SKIP: no JZ_TEST_DATA\n");
        skip();
    }
    jz_sandbox *sb = NULL;
    jz_decoder *d = NULL;
    assert_int_equal(jz_sandbox_open(NULL, NULL, &sb, NULL), JZ_OK);
    assert_int_equal(jz_decoder_new(sb, &d, NULL), JZ_OK);
    for (size_t i = 0; i < found.gl_pathc; i++)
        compare_clip(d, found.gl_pathv[i]);
    jz_decoder_free(d);
    jz_sandbox_close(sb);
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
