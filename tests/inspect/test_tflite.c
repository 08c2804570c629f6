/* SPDX-License-Identifier: Apache-2.0 */
/* TensorFlow Lite files: what they compute, and what is refused. */
#include "tflite_fixture.h"

#include "base/alloc.h"
#include "inspect/tflite.h"
#include "nn_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

static jz_status convert(const tf_model *m, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO file = { 0 };
    tf_write(m, &file);
    return jz_tflite_convert((jz_bytes){ (const uint8_t *)file.ptr, file.len }, "test", out, err);
}

static jz_nn *converted(const tf_model *m)
{
    JZ_BUF_AUTO file = { 0 };
    jz_nn *nn = NULL;
    jz_err err = { 0 };
    if (convert(m, &file, &err) != JZ_OK ||
        jz_nn_new((jz_bytes){ (const uint8_t *)file.ptr, file.len }, &nn, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    return nn;
}

/* The same file and input through TensorFlow Lite itself (@tensorflow/tfjs-tflite 0.0.1-alpha.10,
 * its WebAssembly, one thread) gave these; of all 163 numbers, ours differ by 5e-7 at most. */
static void test_results_are_those_of_tensorflow_lite(void **state)
{
    (void)state;
    static const struct {
        uint32_t output, at;
        float wanted;
    } known[] = {
        { 0, 0, 1.7453770637512207f },    { 0, 1, 1.9434198141098022f },
        { 0, 50, 0.19225209951400757f },  { 0, 77, 1.3034611940383911f },
        { 0, 120, 0.5671916604042053f },  { 0, 159, 0 },
        { 1, 0, 6.401078280759975e-05f }, { 1, 1, 0.07713403552770615f },
        { 1, 2, 0.9924036264419556f },
    };
    tf_model m = { .seed = 1 };
    tf_everything(&m);
    jz_auto(jz_nn) *nn = converted(&m);
    jz_auto(jz_nn_run) *run = NULL;
    assert_int_equal(jz_nn_run_new(nn, &run, NULL), JZ_OK);
    uint64_t seed = 1;
    for (size_t i = 0; i < (size_t)9 * 8 * 3; i++)
        jz_nn_run_input(run)[i] = nn_random_float(&seed);
    assert_int_equal(jz_nn_run_once(run, NULL), JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(known); i++) {
        const float got = jz_nn_run_output(run, known[i].output)[known[i].at];
        if (!(fabsf(got - known[i].wanted) <= 2e-6f))
            fail_msg("output %u, number %u: %.9g, not %.9g", known[i].output, known[i].at,
                     (double)got, (double)known[i].wanted);
    }
    tf_done(&m);
}

/* 16 operations, of which 4 are DEQUANTIZE, PAD and what joins the layer before. */
static void test_activations_and_sums_join_layers(void **state)
{
    (void)state;
    tf_model m = { .seed = 1 };
    tf_everything(&m);
    jz_auto(jz_nn) *nn = converted(&m);
    const jz_nn_graph *g = &nn->graph;
    assert_int_equal(g->n_layers, 11);
    assert_int_equal(g->layers[0].act, JZ_NN_PRELU);
    assert_int_equal(g->layers[1].act, JZ_NN_RELU6);
    assert_int_equal(g->layers[2].act, JZ_NN_RELU);
    assert_int_equal(g->layers[2].in[1], 1); /* the 5 channels that were padded to 8 */
    tf_done(&m);
}

static void test_every_shorter_file_is_refused(void **state)
{
    (void)state;
    tf_model m = { .seed = 1 };
    JZ_BUF_AUTO file = { 0 };
    tf_everything(&m);
    tf_write(&m, &file);
    for (size_t len = 0; len < file.len; len += len % 64 == 0 || len > 256 ? 13 : 1) {
        JZ_BUF_AUTO out = { 0 };
        jz_auto(uint8_t) *exact = jz_alloc(len); /* so that a read too far is seen */
        assert_non_null(exact);
        memcpy(exact, file.ptr, len);
        assert_int_not_equal(jz_tflite_convert((jz_bytes){ exact, len }, "t", &out, NULL), JZ_OK);
        assert_int_equal(out.len, 0);
    }
    tf_done(&m);
}

/* One change each to the network of everything. Operations: 2 CONV_2D, 4 PRELU, 5 depthwise, 7 PAD,
 * 10 MAX_POOL_2D, 12 CONCATENATION, 13 RESIZE_BILINEAR, 14 ADD, 17 FULLY_CONNECTED. */
static void spoil(tf_model *m, unsigned how)
{
    static const int32_t rows[] = { 0, 0, 1, 1, 0, 0, 0, 3 };
    switch (how) {
    case 0:
        m->op[2].option[4] = 2; /* dilation */
        break;
    case 1:
        m->op[2].option[1] = 1; /* another stride across than down */
        break;
    case 2:
        m->op[2].option[3] = 4; /* tanh */
        break;
    case 3:
        m->op[2].in[1] = 0; /* weights that are computed */
        break;
    case 4:
        m->op[5].in[1] = m->op[2].in[1]; /* weights of another layer */
        break;
    case 5:
        memcpy(m->tensor[m->op[7].in[1]].data, rows, sizeof rows);
        break;
    case 6:
        m->op[10].option[3] = 33;
        break;
    case 7:
        m->op[12].option[0] = 0; /* along the batch */
        break;
    case 8:
        m->op[13].option[3] = 0; /* not between centres */
        break;
    case 9:
        m->op[14].in[1] = m->op[2].in[1]; /* a constant added */
        break;
    case 10:
        m->op[14].code = TF_MUL;
        break;
    case 11:
        m->version = 2;
        break;
    case 12:
        m->tensor[m->op[2].in[1]].sparse = true;
        break;
    case 13:
        m->tensor[0].dim[0] = 2;
        break;
    case 14:
        m->op[14].in[0] = m->op[7].out; /* padded, and the other is not of its layer */
        m->op[14].in[1] = m->op[7].out;
        break;
    case 15:
        m->op[10].in[0] = m->op[7].out; /* padded channels that are pooled */
        break;
    case 16:
        m->op[17].option[1] = 1;
        break;
    case 17:
        m->op[4].in[1] = 999;
        break;
    case 18:
        m->op[3].in[0] = -1;
        break;
    case 19:
        m->output[0] = m->op[2].in[1]; /* a constant comes out */
        break;
    case 20:
        m->op[8].out = 0; /* the input is made */
        break;
    case 21:
        m->tensor[m->op[2].out].dim[1] = 6; /* not what the kernel gives */
        break;
    default:
        m->tensor[m->op[6].in[1]].data[3] = 0x7f; /* a weight that is too large */
    }
}

static void test_what_is_not_known_is_refused(void **state)
{
    (void)state;
    static const jz_status wanted[] = {
        JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED,
        JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED,
        JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED,
        JZ_E_UNSUPPORTED, JZ_E_UNSUPPORTED, JZ_E_CORRUPT,     JZ_E_CORRUPT,     JZ_E_UNSUPPORTED,
        JZ_E_CORRUPT,     JZ_E_CORRUPT,     JZ_E_UNSUPPORTED,
    };
    for (unsigned how = 0; how < JZ_ARRAY_LEN(wanted); how++) {
        tf_model m = { .seed = 1 };
        JZ_BUF_AUTO out = { 0 };
        jz_err err = { 0 };
        char text[JZ_ERR_FRAMES * JZ_ERR_TEXT];
        tf_everything(&m);
        spoil(&m, how);
        const jz_status st = convert(&m, &out, &err);
        if (st != wanted[how] || out.len != 0)
            fail_msg("case %u: %d, %s", how, (int)st, jz_err_text(&err, text, sizeof text));
        tf_done(&m);
    }
}

static void test_memory_shortage_is_an_error(void **state)
{
    (void)state;
    tf_model m = { .seed = 1 };
    JZ_BUF_AUTO file = { 0 };
    tf_everything(&m);
    tf_write(&m, &file);
    for (unsigned n = 0;; n++) {
        JZ_BUF_AUTO out = { 0 };
        jz_fault_arm(n);
        const jz_status st =
            jz_tflite_convert((jz_bytes){ (const uint8_t *)file.ptr, file.len }, "t", &out, NULL);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
    }
    tf_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_are_those_of_tensorflow_lite),
        cmocka_unit_test(test_activations_and_sums_join_layers),
        cmocka_unit_test(test_every_shorter_file_is_refused),
        cmocka_unit_test(test_what_is_not_known_is_refused),
        cmocka_unit_test(test_memory_shortage_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
