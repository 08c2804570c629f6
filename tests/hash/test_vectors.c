/* SPDX-License-Identifier: Apache-2.0 */
/* The reference's hashes of real pictures, through the whole way of a file: sandboxed decoding,
 * then both PDQ modes. Needs JZ_TEST_DATA. */
#include <jz/hash.h>

#include "base/file.h"
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAST_BITS 4
#define FULL_BITS 2

struct hashes {
    jz_pdq nn, full, fast;
    unsigned frames;
};

static jz_status hash_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    struct hashes *h = user;
    (void)info;
    h->frames++;
    JZ_TRY(jz_pdq_nn512(&f->plane, &h->nn, err));
    JZ_TRY(jz_pdq_full(&f->plane, &h->full, err));
    return jz_pdq_fast(&f->plane, f->full_width, f->full_height, &h->fast, err);
}

static jz_status hash_fast(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    struct hashes *h = user;
    (void)info;
    return jz_pdq_fast(&f->plane, f->full_width, f->full_height, &h->fast, err);
}

static unsigned bits_off(const jz_pdq *pdq, const char *hex)
{
    uint8_t expected[JZ_PDQ_SIZE], got[JZ_PDQ_SIZE];
    assert_true(jz_hex_decode(hex, strlen(hex), expected, sizeof expected));
    jz_pdq_digest(pdq, JZ_ORIGINAL, got);
    return jz_hamming256(expected, got);
}

static unsigned between(const jz_pdq *a, const jz_pdq *b)
{
    uint8_t x[JZ_PDQ_SIZE], y[JZ_PDQ_SIZE];
    jz_pdq_digest(a, JZ_ORIGINAL, x);
    jz_pdq_digest(b, JZ_ORIGINAL, y);
    return jz_hamming256(x, y);
}

static void decode(jz_decoder *d, const char *path, const jz_decode_opts *opts, jz_frame_fn fn,
                   struct hashes *h)
{
    jz_media_info info;
    jz_err err = { 0 };
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    if (jz_decode(d, fd, opts, fn, h, &info, &err) != JZ_OK)
        fail_msg("%s: %s", path, err.frame[0]);
}

static void test_every_line_of_the_reference(void **state)
{
    (void)state;
    const char *data = getenv("JZ_TEST_DATA");
    char path[4096], line[1024];
    (void)snprintf(path, sizeof path, "%s/pdq/expected.tsv", data != NULL ? data : "");
    FILE *f = data != NULL ? fopen(path, "r") : NULL;
    if (f == NULL) {
        print_message("SKIP: no JZ_TEST_DATA\n");
        skip();
    }
    jz_sandbox *sb = NULL;
    jz_decoder *d = NULL;
    assert_int_equal(jz_sandbox_open(NULL, NULL, &sb, NULL), JZ_OK);
    assert_int_equal(jz_decoder_new(sb, &d, NULL), JZ_OK);
    unsigned n = 0, full_identical = 0, fast_worst = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        char name[256], nn[65], full[65];
        int nn_quality = 0, full_quality = 0;
        if (line[0] == '#')
            continue;
        assert_int_equal(
            sscanf(line, "%255s %*s %64s %d %64s %d", name, nn, &nn_quality, full, &full_quality),
            5);
        (void)snprintf(path, sizeof path, "%s/pdq/images/%s", data, name);
        struct hashes h = { 0 };
        decode(d, path, NULL, hash_frame, &h);
        assert_int_equal(h.frames, 1);
        if (bits_off(&h.nn, nn) != 0 || h.nn.quality != nn_quality)
            fail_msg("%s: pdq is %u bits off", name, bits_off(&h.nn, nn));
        if (bits_off(&h.full, full) > FULL_BITS || h.full.quality != full_quality)
            fail_msg("%s: pdq_full is %u bits off", name, bits_off(&h.full, full));
        full_identical += bits_off(&h.full, full) == 0;
        assert_true(between(&h.fast, &h.full) <= FAST_BITS);
        /* From the file's own luma, which is rounded to bytes: nearly flat pictures (the field
         * discards their hashes) have nothing else in them. */
        decode(d, path, &(jz_decode_opts){ .grey_scaled = true }, hash_fast, &h);
        const unsigned off = between(&h.fast, &h.full);
        if (off > FAST_BITS && h.full.quality >= 50)
            fail_msg("%s: the fast path is %u bits off", name, off);
        if (h.full.quality >= 50)
            fast_worst = off > fast_worst ? off : fast_worst;
        n++;
    }
    (void)fclose(f);
    jz_decoder_free(d);
    jz_sandbox_close(sb);
    print_message("# %u pictures: pdq identical in all, pdq_full in %u; fast at most %u bits off\n",
                  n, full_identical, fast_worst);
    assert_true(n >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_line_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
