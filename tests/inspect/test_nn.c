/* SPDX-License-Identifier: Apache-2.0 */
/* Networks: kernel against kernel to the bit, results against doubles, files against damage. */
#include "nn_fixture.h"

#include "base/alloc.h"
#include "base/hex.h"

#include <jz/hash.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NETWORKS 24

static size_t numbers(jz_nn_shape s)
{
    return (size_t)s.height * s.width * s.channels;
}

static jz_nn_run *new_run(const jz_nn *nn, uint64_t seed)
{
    jz_nn_run *run = NULL;
    assert_int_equal(jz_nn_run_new(nn, &run, NULL), JZ_OK);
    for (size_t i = 0; i < numbers(jz_nn_input_shape(nn)); i++)
        jz_nn_run_input(run)[i] = nn_random_float(&seed);
    return run;
}

static void expect_equal_runs(const jz_nn *nn, jz_nn_run *a, jz_nn_run *b, const char *name)
{
    for (uint32_t i = 0; i < jz_nn_outputs(nn); i++)
        if (memcmp(jz_nn_run_output(a, i), jz_nn_run_output(b, i),
                   numbers(jz_nn_output_shape(nn, i)) * sizeof(float)) != 0)
            fail_msg("output %u of table %s is another", i, name);
}

static void test_every_table_gives_the_same_bits(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        nn_maker m = { 0 };
        nn_any(&m, seed);
        jz_auto(jz_nn) *nn = nn_model(&m.g);
        jz_auto(jz_nn_run) *c = new_run(nn, seed);
        jz_auto(jz_nn_run) *other = new_run(nn, seed);
        assert_int_equal(jz_nn_run_by(c, &jz_nn_dsp_c, NULL), JZ_OK);
        for (size_t t = 1; nn_table(t) != NULL; t++) {
            assert_int_equal(jz_nn_run_by(other, nn_table(t), NULL), JZ_OK);
            expect_equal_runs(nn, c, other, nn_table(t)->name);
        }
        nn_done(&m);
    }
}

static void test_a_second_run_gives_the_same_bits(void **state)
{
    (void)state;
    nn_maker m = { 0 };
    nn_any(&m, 3);
    jz_auto(jz_nn) *nn = nn_model(&m.g);
    jz_auto(jz_nn_run) *once = new_run(nn, 5);
    jz_auto(jz_nn_run) *twice = new_run(nn, 6);
    assert_int_equal(jz_nn_run_once(once, NULL), JZ_OK);
    assert_int_equal(jz_nn_run_once(twice, NULL), JZ_OK);
    memcpy(jz_nn_run_input(twice), jz_nn_run_input(once), numbers(m.g.input) * sizeof(float));
    assert_int_equal(jz_nn_run_once(twice, NULL), JZ_OK);
    expect_equal_runs(nn, once, twice, "the second run");
    nn_done(&m);
}

static void test_results_are_those_of_double_arithmetic(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        nn_maker m = { 0 };
        nn_any(&m, seed);
        jz_auto(jz_nn) *nn = nn_model(&m.g);
        jz_auto(jz_nn_run) *run = new_run(nn, seed);
        assert_int_equal(jz_nn_run_once(run, NULL), JZ_OK);
        double **values = nn_in_doubles(&m.g, jz_nn_run_input(run));
        for (uint32_t i = 0; i < m.g.n_outputs; i++)
            for (size_t k = 0; k < numbers(jz_nn_output_shape(nn, i)); k++) {
                const double got = (double)jz_nn_run_output(run, i)[k];
                const double wanted = values[m.g.outputs[i]][k];
                if (!(fabs(got - wanted) <= 1e-4 * (1 + fabs(wanted))))
                    fail_msg("seed %d, output %u, number %zu: %g, not %g", (int)seed, i, k, got,
                             wanted);
            }
        nn_free_values(&m.g, values);
        nn_done(&m);
    }
}

/* These bits are promised to every processor, compiler and C library. */
static void test_results_are_pinned(void **state)
{
    (void)state;
    nn_maker m = { 0 };
    nn_any(&m, 7);
    jz_auto(jz_nn) *nn = nn_model(&m.g);
    jz_auto(jz_nn_run) *run = new_run(nn, 7);
    uint8_t digest[JZ_SHA256_SIZE];
    char hex[2 * JZ_SHA256_SIZE + 1];
    assert_int_equal(jz_nn_run_once(run, NULL), JZ_OK);
    JZ_BUF_AUTO all = { 0 };
    for (uint32_t i = 0; i < m.g.n_outputs; i++)
        jz_buf_put(&all, jz_nn_run_output(run, i),
                   numbers(jz_nn_output_shape(nn, i)) * sizeof(float));
    jz_sha256(all.ptr, all.len, digest);
    jz_hex_encode(digest, sizeof digest, hex);
    assert_string_equal(hex, "76a69899db3aa53c7a4e34bbc8f565269c9acada22bec84a0b219bc4df951325");
    nn_done(&m);
}

static void test_sigmoid_is_right_to_two_units(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        const float x = i < 240 ? (float)(i - 120) : 20 * nn_random_float(&seed);
        const float wanted = (float)(1 / (1 + expl(-(long double)x)));
        const float unit = nextafterf(wanted, 2) - wanted;
        if (!(fabsf(jz_nn_sigmoid(x) - wanted) <= 2 * unit))
            fail_msg("of %g: %g, not %g", (double)x, (double)jz_nn_sigmoid(x), (double)wanted);
    }
    assert_true(jz_nn_sigmoid(-INFINITY) == 0 && jz_nn_sigmoid(INFINITY) == 1);
    assert_true(isnan(jz_nn_sigmoid(NAN)));
}

static void test_half_floats_are_exact(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x7c00; h++) {
        const int exponent = (int)(h >> 10);
        const double fraction = (double)(h & 0x3ff) / 1024;
        const double wanted =
            exponent == 0 ? ldexp(fraction, -14) : ldexp(1 + fraction, exponent - 15);
        assert_true((double)jz_nn_half((uint16_t)h) == wanted);
        assert_true((double)jz_nn_half((uint16_t)(h | 0x8000)) == -wanted);
        assert_int_equal(jz_nn_to_half((float)wanted), h);
        assert_int_equal(jz_nn_to_half((float)-wanted), h | 0x8000);
    }
    assert_true(isinf(jz_nn_half(0x7c00)) && isnan(jz_nn_half(0x7e00)));
    assert_int_equal(jz_nn_to_half(INFINITY), 0x7c00);
    assert_int_equal(jz_nn_to_half(65520), 0x7c00); /* half way to what would follow 65504 */
    assert_int_equal(jz_nn_to_half(65519), 0x7bff);
}

static void test_half_floats_round_to_the_nearest_even(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x7bff; h++) {
        const float low = jz_nn_half((uint16_t)h), high = jz_nn_half((uint16_t)(h + 1));
        const float middle = (low + high) / 2; /* exact */
        assert_int_equal(jz_nn_to_half(middle), (h & 1) == 0 ? h : h + 1);
        assert_int_equal(jz_nn_to_half(nextafterf(middle, 0)), h);
        assert_int_equal(jz_nn_to_half(nextafterf(middle, 1e9f)), h + 1);
    }
}

/* The file of a network, with a hash that is right again after changes. */
static void rehash(jz_buf *file)
{
    jz_sha256(file->ptr + 48, file->len - 48, (uint8_t *)file->ptr + 16);
}

static jz_status read_file(const jz_buf *file, jz_err *err)
{
    jz_nn *nn = NULL;
    const jz_status st = jz_nn_new((jz_bytes){ (const uint8_t *)file->ptr, file->len }, &nn, err);
    assert_true((st == JZ_OK) == (nn != NULL));
    jz_nn_free(nn);
    return st;
}

static void small_file(jz_buf *file)
{
    nn_maker m = { .seed = 1, .g.input = { 4, 4, 3 }, .g.name = "small" };
    const uint32_t a = nn_layer(&m, (jz_nn_layer){ .op = JZ_NN_CONV,
                                                   .act = JZ_NN_PRELU,
                                                   .in = { 0, JZ_NN_NONE },
                                                   .kernel_height = 3,
                                                   .kernel_width = 3,
                                                   .stride = 1,
                                                   .top = 1,
                                                   .out.channels = 5 });
    m.g.outputs[0] = nn_layer(&m, (jz_nn_layer){ .op = JZ_NN_ADD, .in = { a, a } });
    m.g.n_outputs = 1;
    assert_int_equal(jz_nn_encode(&m.g, file, NULL), JZ_OK);
    nn_done(&m);
}

static void test_file_tells_what_it_holds(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    jz_auto(jz_nn) *nn = NULL;
    uint8_t hash[JZ_SHA256_SIZE];
    small_file(&file);
    assert_int_equal(jz_nn_new((jz_bytes){ (const uint8_t *)file.ptr, file.len }, &nn, NULL),
                     JZ_OK);
    jz_sha256(file.ptr + 48, file.len - 48, hash);
    assert_memory_equal(jz_nn_hash(nn), hash, sizeof hash);
    assert_string_equal(jz_nn_name(nn), "small");
    assert_int_equal(jz_nn_outputs(nn), 1);
    assert_int_equal(numbers(jz_nn_output_shape(nn, 0)), 3 * 2 * 5);
    assert_int_equal(jz_nn_macs(nn), 3 * 2 * 5 * 27);
}

static void test_every_changed_byte_is_found(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    small_file(&file);
    assert_int_equal(read_file(&file, NULL), JZ_OK);
    for (size_t i = 0; i < file.len; i++) {
        if (i >= 6 && i < 16) /* of the header's numbers some others make sense too: see below */
            continue;
        file.ptr[i] ^= 1;
        assert_int_not_equal(read_file(&file, NULL), JZ_OK);
        file.ptr[i] ^= 1;
    }
}

static void test_every_shorter_file_is_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    small_file(&file);
    const size_t len = file.len;
    for (file.len = 0; file.len < len; file.len++) {
        if (file.len >= 48)
            rehash(&file);
        jz_auto(uint8_t) *exact = jz_alloc(file.len); /* so that a read too far is seen */
        assert_non_null(exact);
        memcpy(exact, file.ptr, file.len);
        jz_nn *nn = NULL;
        assert_int_not_equal(jz_nn_new((jz_bytes){ exact, file.len }, &nn, NULL), JZ_OK);
    }
    jz_buf_putc(&file, 0);
    file.len = len + 1;
    rehash(&file);
    assert_int_equal(read_file(&file, NULL), JZ_E_CORRUPT);
}

static void test_wrong_files_are_refused_with_the_reason(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* of the byte that is changed: header 0, name 48, layers 114 */
        uint8_t to;
        jz_status st;
        const char *says;
    } cases[] = {
        { 0, 'X', JZ_E_CORRUPT, "not a model file" },
        { 4, 2, JZ_E_UNSUPPORTED, "version 2" },
        { 7, 0x7f, JZ_E_LIMIT, "layers" },
        { 6, 0, JZ_E_LIMIT, "layers" },
        { 9, 0x80, JZ_E_LIMIT, "32772 x 4 x 3" },
        { 12, 0, JZ_E_CORRUPT, "empty" },
        { 14, 0, JZ_E_CORRUPT, "outputs" },
        { 14, 9, JZ_E_LIMIT, "outputs" },
        { 60, 'x', JZ_E_CORRUPT, "name" },
        { 112, 0, JZ_E_CORRUPT, "output 0 is value 0" },
        { 112, 3, JZ_E_CORRUPT, "output 0 is value 3" },
        { 114, 0, JZ_E_UNSUPPORTED, "operation 0" },
        { 114, 9, JZ_E_UNSUPPORTED, "operation 9" },
        { 114, JZ_NN_DEPTHWISE, JZ_E_UNSUPPORTED, "only a convolution" },
        { 115, 5, JZ_E_UNSUPPORTED, "activation 5" },
        { 116, 1, JZ_E_CORRUPT, "not all stand before" },
        { 118, 0, JZ_E_CORRUPT, "not all stand before" },
        { 120, 0, JZ_E_CORRUPT, "kernel 0 x 3" },
        { 121, 33, JZ_E_CORRUPT, "kernel 3 x 33" },
        { 122, 0, JZ_E_CORRUPT, "stride 0" },
        { 124, 3, JZ_E_CORRUPT, "padding 3" },
        { 128, 9, JZ_E_CORRUPT, "operation 1 gives 3 x 2 x 5" },
        { 133, 0xff, JZ_E_LIMIT, "x 65285" },
        { 132, 6, JZ_E_CORRUPT, "" },
        { 135, 0x7c, JZ_E_CORRUPT, "no finite number" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        jz_err err = { 0 };
        char text[JZ_ERR_FRAMES * JZ_ERR_TEXT];
        small_file(&file);
        file.ptr[cases[i].at] = (char)cases[i].to;
        rehash(&file);
        const jz_status st = read_file(&file, &err);
        (void)jz_err_text(&err, text, sizeof text);
        if (st == JZ_OK || (cases[i].says[0] != '\0' && st != cases[i].st) ||
            strstr(text, cases[i].says) == NULL)
            fail_msg("case %zu: %d, %s", i, (int)st, text);
    }
}

static void test_too_much_work_is_refused(void **state)
{
    (void)state;
    nn_maker m = { .seed = 1, .g.input = { 512, 512, 3 } };
    jz_nn_layer l = { .op = JZ_NN_CONV, .kernel_height = 1, .kernel_width = 1, .stride = 1 };
    l.in[1] = JZ_NN_NONE;
    l.out.channels = 64;
    uint32_t at = nn_layer(&m, l);
    l.kernel_height = l.kernel_width = 9;
    l.top = l.bottom = l.left = l.right = 4;
    l.in[0] = at;
    m.g.outputs[m.g.n_outputs++] = nn_layer(&m, l);
    jz_err err = { 0 };
    assert_int_equal(jz_nn_check(&m.g, &err), JZ_E_LIMIT);
    assert_non_null(strstr(err.frame[0], "multiply-adds"));
    nn_done(&m);
}

static void test_infinite_results_are_refused(void **state)
{
    (void)state;
    nn_maker m = { .seed = 1, .g.input = { 1, 1, 1 } };
    jz_nn_layer l = { .op = JZ_NN_CONV, .kernel_height = 1, .kernel_width = 1, .stride = 1 };
    l.in[1] = JZ_NN_NONE;
    l.out.channels = 1;
    for (uint32_t i = 0; i < 12; i++) {
        l.in[0] = i;
        (void)nn_layer(&m, l);
        m.weights[i][0] = 0xff; /* 65504 */
        m.weights[i][1] = 0x7b;
    }
    m.g.outputs[m.g.n_outputs++] = 12;
    jz_auto(jz_nn) *nn = nn_model(&m.g);
    jz_auto(jz_nn_run) *run = new_run(nn, 1);
    jz_nn_run_input(run)[0] = 1;
    assert_int_equal(jz_nn_run_once(run, NULL), JZ_E_CORRUPT);
    nn_done(&m);
}

static jz_status use_memory(const jz_buf *file)
{
    jz_auto(jz_nn) *nn = NULL;
    jz_auto(jz_nn_run) *run = NULL;
    JZ_TRY(jz_nn_new((jz_bytes){ (const uint8_t *)file->ptr, file->len }, &nn, NULL));
    JZ_TRY(jz_nn_run_new(nn, &run, NULL));
    return jz_nn_run_once(run, NULL);
}

static void test_memory_shortage_is_an_error(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    small_file(&file);
    for (unsigned n = 0;; n++) {
        jz_fault_arm(n);
        const jz_status st = use_memory(&file);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            assert_true(n > 5);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_table_gives_the_same_bits),
        cmocka_unit_test(test_a_second_run_gives_the_same_bits),
        cmocka_unit_test(test_results_are_those_of_double_arithmetic),
        cmocka_unit_test(test_results_are_pinned),
        cmocka_unit_test(test_sigmoid_is_right_to_two_units),
        cmocka_unit_test(test_half_floats_are_exact),
        cmocka_unit_test(test_half_floats_round_to_the_nearest_even),
        cmocka_unit_test(test_file_tells_what_it_holds),
        cmocka_unit_test(test_every_changed_byte_is_found),
        cmocka_unit_test(test_every_shorter_file_is_refused),
        cmocka_unit_test(test_wrong_files_are_refused_with_the_reason),
        cmocka_unit_test(test_too_much_work_is_refused),
        cmocka_unit_test(test_infinite_results_are_refused),
        cmocka_unit_test(test_memory_shortage_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
