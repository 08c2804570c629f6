/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "examine/record.h"

#include <string.h>

static void fill(uint8_t *at, size_t n, uint8_t seed)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (uint8_t)(seed + i * 7);
}

/* A measurement with something in every field. */
static jz_measurement full(void)
{
    jz_measurement m = {
        .hashed = true,
        .exact = { .bytes = 123456789012 },
        .info = { .format = jz_format_by_name("jpeg"),
                  .width = 640,
                  .height = 480,
                  .orientation = 6,
                  .frames = 77,
                  .fps = 29.97,
                  .duration_s = 2.5,
                  .animated = true,
                  .codec = "h264" },
        .credentials = { .read = true,
                         .state = JZ_CREDENTIALS_TRUSTED,
                         .ai = JZ_AI_COMPOSITE,
                         .face = true,
                         .signer = "S",
                         .failure = "claim.missing" },
        .faces = { .read = true,
                   .frames = 24,
                   .faces = 2,
                   .outcome = JZ_OUTCOME_REPLACED_WEAK,
                   .at_s = 1.5,
                   .reason = "log10 LR 0.40" },
        .mark = { .read = true, .state = JZ_WATERMARK_FOUND, .payload = 0x10a5e47f00c2b915 },
        .preview = { .width = 3, .height = 2 }
    };
    fill(m.mark.key_id, JZ_WATERMARK_KEY_ID_SIZE, 5);
    fill(m.exact.md5, JZ_MD5_SIZE, 1);
    fill(m.exact.sha256, JZ_SHA256_SIZE, 2);
    fill(m.exact.sm3, JZ_SM3_SIZE, 3);
    fill(m.preview.px, 6, 4);
    m.n = m.size = 2;
    m.probe = jz_alloc_zero(2, sizeof *m.probe);
    assert_non_null(m.probe);
    m.probe[0] = (jz_probe){
        .cls = jz_hash_class_find("pdq"), .oriented = true, .quality = 100, .frame = -1
    };
    m.probe[1] = (jz_probe){
        .cls = jz_hash_class_find("vpdq"), .quality = 51, .frame = 30, .seconds = 1.25
    };
    fill(m.probe[1].digest[5], JZ_PDQ_SIZE, 9);
    return m;
}

static jz_err an_error(void)
{
    jz_err e = { 0 };
    jz_err_set(&e, JZ_E_TRUNCATED, "ends at byte 12");
    jz_err_wrap(&e, "frame 3");
    return e;
}

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static void test_record_reads_back_what_was_written(void **state)
{
    JZ_BUF_AUTO record = { 0 };
    jz_measurement m = full(), read = { 0 };
    const jz_err item = an_error();
    jz_err item_read = { 0 };
    (void)state;
    jz_record_write(&record, &m, &item);
    assert_int_equal(record.fail, JZ_OK);
    assert_int_equal(jz_record_read(bytes_of(&record), &read, &item_read, NULL), JZ_OK);
    assert_true(read.hashed && read.info.animated);
    assert_memory_equal(&read.exact, &m.exact, sizeof m.exact);
    assert_ptr_equal(read.info.format, m.info.format);
    assert_int_equal(read.info.width, 640);
    assert_int_equal(read.info.height, 480);
    assert_int_equal(read.info.orientation, 6);
    assert_int_equal(read.info.frames, 77);
    assert_true(read.info.fps == m.info.fps && read.info.duration_s == m.info.duration_s);
    assert_string_equal(read.info.codec, "h264");
    assert_memory_equal(&read.credentials, &m.credentials, sizeof m.credentials);
    assert_memory_equal(&read.faces, &m.faces, sizeof m.faces);
    assert_memory_equal(&read.mark, &m.mark, sizeof m.mark);
    assert_memory_equal(&read.preview, &m.preview, sizeof m.preview);
    assert_int_equal(read.n, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_ptr_equal(read.probe[i].cls, m.probe[i].cls);
        assert_int_equal(read.probe[i].oriented, m.probe[i].oriented);
        assert_int_equal(read.probe[i].quality, m.probe[i].quality);
        assert_int_equal(read.probe[i].frame, m.probe[i].frame);
        assert_true(read.probe[i].seconds == m.probe[i].seconds);
        assert_memory_equal(read.probe[i].digest, m.probe[i].digest, sizeof m.probe[i].digest);
    }
    assert_int_equal(item_read.code, JZ_E_TRUNCATED);
    assert_int_equal(item_read.depth, 2);
    assert_string_equal(item_read.frame[1], "frame 3");
    jz_measurement_done(&m);
    jz_measurement_done(&read);
}

static void test_record_of_nothing_reads_back(void **state)
{
    JZ_BUF_AUTO record = { 0 };
    const jz_measurement m = { 0 };
    const jz_err item = an_error();
    jz_measurement read = { 0 };
    jz_err item_read = { 0 };
    (void)state;
    jz_record_write(&record, &m, &item);
    assert_int_equal(jz_record_read(bytes_of(&record), &read, &item_read, NULL), JZ_OK);
    assert_false(read.hashed);
    assert_null(read.info.format);
    assert_int_equal(read.n, 0);
}

static void test_record_cut_anywhere_is_refused(void **state)
{
    JZ_BUF_AUTO record = { 0 };
    jz_measurement m = full();
    const jz_err item = { 0 };
    (void)state;
    jz_record_write(&record, &m, &item);
    for (size_t len = 0; len < record.len; len++) {
        jz_measurement read = { 0 };
        jz_err item_read = { 0 };
        uint8_t *exact = jz_alloc(len); /* so that AddressSanitizer sees a byte too many */
        assert_non_null(exact);
        memcpy(exact, record.ptr, len);
        assert_int_not_equal(jz_record_read((jz_bytes){ exact, len }, &read, &item_read, NULL),
                             JZ_OK);
        assert_null(read.probe);
        jz_free(exact);
    }
    jz_measurement_done(&m);
}

static void test_record_of_another_version_is_unsupported(void **state)
{
    JZ_BUF_AUTO record = { 0 };
    jz_measurement m = full(), read = { 0 };
    jz_err item = { 0 };
    (void)state;
    jz_record_write(&record, &m, &item);
    record.ptr[0]++;
    assert_int_equal(jz_record_read(bytes_of(&record), &read, &item, NULL), JZ_E_UNSUPPORTED);
    jz_measurement_done(&m);
}

static void test_record_survives_every_failed_allocation(void **state)
{
    JZ_BUF_AUTO record = { 0 };
    jz_measurement m = full();
    const jz_err item = { 0 };
    (void)state;
    jz_record_write(&record, &m, &item);
    for (unsigned n = 0;; n++) {
        jz_measurement read = { 0 };
        jz_err item_read = { 0 };
        jz_fault_arm(n);
        const jz_status st = jz_record_read(bytes_of(&record), &read, &item_read, NULL);
        const bool fired = jz_fault_fired();
        jz_measurement_done(&read);
        assert_int_equal(st, fired ? JZ_E_NOMEM : JZ_OK);
        if (!fired)
            break;
    }
    jz_measurement_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_reads_back_what_was_written),
        cmocka_unit_test(test_record_of_nothing_reads_back),
        cmocka_unit_test(test_record_cut_anywhere_is_refused),
        cmocka_unit_test(test_record_of_another_version_is_unsupported),
        cmocka_unit_test(test_record_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
