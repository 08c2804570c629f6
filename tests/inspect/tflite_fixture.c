/* SPDX-License-Identifier: Apache-2.0 */
#include "tflite_fixture.h"

#include "base/alloc.h"
#include "nn_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static int32_t tensor(tf_model *m, enum tf_type type, const uint32_t dim[4])
{
    tf_tensor *t = &m->tensor[m->n_tensors];
    assert_true(m->n_tensors < TF_TENSORS);
    t->type = type;
    for (; t->rank < 4 && dim[t->rank] > 0; t->rank++)
        t->dim[t->rank] = dim[t->rank];
    return (int32_t)m->n_tensors++;
}

int32_t tf_value(tf_model *m, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    return tensor(m, TF_FLOAT32, (const uint32_t[]){ a, b, c, d });
}

static void *fill(tf_tensor *t, size_t n, size_t each)
{
    t->size = n * each;
    t->data = jz_alloc(t->size);
    assert_non_null(t->data);
    return t->data;
}

int32_t tf_constant(tf_model *m, enum tf_type type, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const int32_t i = tensor(m, type, (const uint32_t[]){ a, b, c, d });
    tf_tensor *t = &m->tensor[i];
    size_t n = 1;
    for (uint32_t k = 0; k < t->rank; k++)
        n *= t->dim[k];
    uint8_t *to = fill(t, n, type == TF_FLOAT16 ? 2 : 4);
    for (size_t k = 0; k < n; k++) {
        const uint16_t h = jz_nn_to_half(nn_random_float(&m->seed) / 2);
        const float f = jz_nn_half(h);
        if (type == TF_FLOAT16)
            memcpy(to + 2 * k, &h, sizeof h);
        else
            memcpy(to + 4 * k, &f, sizeof f);
    }
    if (type != TF_FLOAT16)
        return i;
    const int32_t out = tf_value(m, a, b, c, d);
    (void)tf_add_op(m, (tf_op){ .code = TF_DEQUANTIZE, .in = { i }, .n_in = 1, .out = out });
    return out;
}

int32_t tf_integers(tf_model *m, const int32_t *numbers, uint32_t n)
{
    const int32_t i = tensor(m, TF_INT32, (const uint32_t[]){ n, 0, 0, 0 });
    memcpy(fill(&m->tensor[i], n, sizeof *numbers), numbers, n * sizeof *numbers);
    return i;
}

tf_op *tf_add_op(tf_model *m, tf_op op)
{
    assert_true(m->n_ops < TF_OPS);
    m->op[m->n_ops] = op;
    return &m->op[m->n_ops++];
}

void tf_done(tf_model *m)
{
    for (uint32_t i = 0; i < m->n_tensors; i++)
        jz_free(m->tensor[i].data);
}

static void put(jz_buf *b, uint32_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        jz_buf_putc(b, (char)(v >> 8 * i & 0xff));
}

static void align(jz_buf *b, size_t to)
{
    while (b->len % to != 0)
        jz_buf_putc(b, 0);
}

static void set(jz_buf *b, size_t at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        b->ptr[at + i] = (char)(v >> 8 * i & 0xff);
}

/* Makes the offset at `at` lead to the end of what is written. */
static void refer(jz_buf *b, size_t at)
{
    align(b, 4);
    set(b, at, (uint32_t)(b->len - at));
}

/* A table of n fields, all there but those whose bit in `absent` is set; returns where it lies.
 * Field k is then at FIELD(table, k). */
#define FIELD(table, k) ((table) + 4 + 4 * (size_t)(k))
static size_t table(jz_buf *b, unsigned n, uint32_t absent)
{
    align(b, 4);
    const size_t vtable = b->len;
    put(b, 4 + 2 * n, 2);
    put(b, 4 + 4 * n, 2);
    for (unsigned k = 0; k < n; k++)
        put(b, (absent >> k & 1) != 0 ? 0 : 4 + 4 * k, 2);
    align(b, 4);
    const size_t at = b->len;
    put(b, (uint32_t)(at - vtable), 4);
    for (unsigned k = 0; k < n; k++)
        put(b, 0, 4);
    return at;
}

/* A vector of n 4-byte elements to which the field at `at` leads; returns its first element. */
static size_t vector(jz_buf *b, size_t at, uint32_t n)
{
    refer(b, at);
    put(b, n, 4);
    const size_t first = b->len;
    for (uint32_t i = 0; i < n; i++)
        put(b, 0, 4);
    return first;
}

static void integers(jz_buf *b, size_t at, const int32_t *numbers, uint32_t n)
{
    const size_t first = vector(b, at, n);
    for (uint32_t i = 0; i < n; i++)
        set(b, first + 4 * (size_t)i, (uint32_t)numbers[i]);
}

/* A table to which the element at `at` leads: refer() must see where the table will lie. */
static size_t table_at(jz_buf *b, size_t at, unsigned n, uint32_t absent)
{
    const size_t to = table(b, n, absent);
    set(b, at, (uint32_t)(to - at));
    return to;
}

static void write_buffer(jz_buf *b, size_t at, const tf_tensor *t)
{
    const size_t to = table_at(b, at, 1, t->size == 0);
    if (t->size == 0)
        return;
    while ((b->len + 4) % 16 != 0) /* as the run-time wants it */
        jz_buf_putc(b, 0);
    refer(b, FIELD(to, 0));
    put(b, (uint32_t)t->size, 4);
    jz_buf_put(b, t->data, t->size);
}

static void write_tensor(jz_buf *b, size_t at, const tf_tensor *t, uint32_t number)
{
    const size_t to = table_at(b, at, 7, t->sparse ? 0x38 : 0x78);
    integers(b, FIELD(to, 0), (const int32_t *)t->dim, t->rank);
    set(b, FIELD(to, 1), (uint32_t)t->type);
    set(b, FIELD(to, 2), number + 1); /* buffer 0 is empty */
    if (t->sparse)
        (void)table_at(b, FIELD(to, 6), 1, 1);
}

static void write_op(jz_buf *b, size_t at, const tf_op *op, uint32_t number)
{
    static const uint8_t option_types[] = {
        [TF_ADD] = 11,
        [TF_AVERAGE_POOL_2D] = 5,
        [TF_CONCATENATION] = 10,
        [TF_CONV_2D] = 1,
        [TF_MAX_POOL_2D] = 5,
        [TF_DEPTHWISE_CONV_2D] = 2,
        [TF_MUL] = 21,
        [TF_RESHAPE] = 17,
        [TF_FULLY_CONNECTED] = 8,
        [TF_RESIZE_BILINEAR] = 15,
        [TF_PAD] = 22,
        [TF_PRELU] = 0,
    };
    const size_t to = table_at(b, at, 5, op->n_options == 0 ? 0x18 : 0);
    set(b, FIELD(to, 0), number);
    integers(b, FIELD(to, 1), op->in, op->n_in);
    integers(b, FIELD(to, 2), &op->out, 1);
    if (op->n_options == 0)
        return;
    set(b, FIELD(to, 3), option_types[op->code]);
    const size_t options = table_at(b, FIELD(to, 4), op->n_options, 0);
    for (uint32_t i = 0; i < op->n_options; i++)
        set(b, FIELD(options, i), op->option[i]);
}

static void write_graph(const tf_model *m, jz_buf *b, size_t at)
{
    const size_t graph = table_at(b, at, 4, 0);
    const size_t tensors = vector(b, FIELD(graph, 0), m->n_tensors);
    for (uint32_t i = 0; i < m->n_tensors; i++)
        write_tensor(b, tensors + 4 * (size_t)i, &m->tensor[i], i);
    integers(b, FIELD(graph, 1), &(int32_t){ 0 }, 1);
    integers(b, FIELD(graph, 2), m->output, m->n_outputs);
    const size_t ops = vector(b, FIELD(graph, 3), m->n_ops);
    for (uint32_t i = 0; i < m->n_ops; i++)
        write_op(b, ops + 4 * (size_t)i, &m->op[i], i);
}

/* Each operation has a code of its own: the codes may repeat. */
void tf_write(const tf_model *m, jz_buf *out)
{
    put(out, 0, 4);
    jz_buf_puts(out, "TFL3");
    const size_t model = table_at(out, 0, 5, 1u << 3);
    set(out, FIELD(model, 0), m->version > 0 ? m->version : 3);
    const size_t codes = vector(out, FIELD(model, 1), m->n_ops);
    for (uint32_t i = 0; i < m->n_ops; i++) {
        const size_t code = table_at(out, codes + 4 * (size_t)i, 4, 1u << 1);
        set(out, FIELD(code, 0), (uint32_t)m->op[i].code);
        set(out, FIELD(code, 2), m->op[i].code == TF_RESIZE_BILINEAR ? 3 : 1);
        set(out, FIELD(code, 3), (uint32_t)m->op[i].code);
    }
    write_graph(m, out, vector(out, FIELD(model, 2), 1));
    const size_t buffers = vector(out, FIELD(model, 4), m->n_tensors + 1);
    write_buffer(out, buffers, &(tf_tensor){ 0 });
    for (uint32_t i = 0; i < m->n_tensors; i++)
        write_buffer(out, buffers + 4 * ((size_t)i + 1), &m->tensor[i]);
    align(out, 4);
    assert_int_equal(out->fail, JZ_OK);
}

static int32_t unary(tf_model *m, enum tf_code code, int32_t in)
{
    const tf_tensor t = m->tensor[in];
    const int32_t out = tf_value(m, t.dim[0], t.dim[1], t.dim[2], t.dim[3]);
    (void)tf_add_op(m, (tf_op){ .code = code, .in = { in }, .n_in = 1, .out = out });
    return out;
}

/* Stem, an inverted bottleneck with padded channels, a pool: 1 x 5 x 4 x 8 from 1 x 9 x 8 x 3. */
static int32_t lower_half(tf_model *m)
{
    const int32_t in = tf_value(m, 1, 9, 8, 3);
    const int32_t w = tf_constant(m, TF_FLOAT16, 5, 3, 3, 3);
    const int32_t bias = tf_constant(m, TF_FLOAT16, 5, 0, 0, 0);
    const int32_t stem = tf_value(m, 1, 5, 4, 5);
    (void)tf_add_op(m, (tf_op){ .code = TF_CONV_2D,
                                .in = { in, w, bias },
                                .n_in = 3,
                                .out = stem,
                                .option = { 0, 2, 2, 0, 1, 1 },
                                .n_options = 6 });
    const int32_t slopes = tf_constant(m, TF_FLOAT16, 1, 1, 5, 0);
    const int32_t bent = tf_value(m, 1, 5, 4, 5);
    (void)tf_add_op(m, (tf_op){ .code = TF_PRELU, .in = { stem, slopes }, .n_in = 2, .out = bent });
    const int32_t dw = tf_constant(m, TF_FLOAT32, 1, 5, 5, 5);
    const int32_t deep = tf_value(m, 1, 5, 4, 5);
    const int32_t dw_bias = tf_constant(m, TF_FLOAT32, 5, 0, 0, 0);
    (void)tf_add_op(m, (tf_op){ .code = TF_DEPTHWISE_CONV_2D,
                                .in = { bent, dw, dw_bias },
                                .n_in = 3,
                                .out = deep,
                                .option = { 0, 1, 1, 1, 3, 1, 1 },
                                .n_options = 7 });
    const int32_t point = tf_constant(m, TF_FLOAT32, 8, 1, 1, 5);
    const int32_t wide = tf_value(m, 1, 5, 4, 8);
    const int32_t wide_bias = tf_constant(m, TF_FLOAT32, 8, 0, 0, 0);
    (void)tf_add_op(m, (tf_op){ .code = TF_CONV_2D,
                                .in = { deep, point, wide_bias },
                                .n_in = 3,
                                .out = wide,
                                .option = { 1, 1, 1, 0, 1, 1 },
                                .n_options = 6 });
    const int32_t by = tf_integers(m, (const int32_t[]){ 0, 0, 0, 0, 0, 0, 0, 3 }, 8);
    m->tensor[by].rank = 2;
    m->tensor[by].dim[0] = 4;
    m->tensor[by].dim[1] = 2;
    const int32_t padded = tf_value(m, 1, 5, 4, 8);
    (void)tf_add_op(m, (tf_op){ .code = TF_PAD, .in = { bent, by }, .n_in = 2, .out = padded });
    const int32_t sum = tf_value(m, 1, 5, 4, 8);
    (void)tf_add_op(m, (tf_op){ .code = TF_ADD,
                                .in = { padded, wide },
                                .n_in = 2,
                                .out = sum,
                                .option = { 0 },
                                .n_options = 1 });
    return unary(m, TF_RELU, sum);
}

static int32_t pooled(tf_model *m, enum tf_code code, int32_t in)
{
    const int32_t out = tf_value(m, 1, 3, 2, 8);
    (void)tf_add_op(m, (tf_op){ .code = code,
                                .in = { in },
                                .n_in = 1,
                                .out = out,
                                .option = { 0, 2, 2, 3, 2, 0 },
                                .n_options = 6 });
    return out;
}

void tf_everything(tf_model *m)
{
    const int32_t low = lower_half(m);
    const int32_t most = pooled(m, TF_MAX_POOL_2D, low);
    const int32_t mean = pooled(m, TF_AVERAGE_POOL_2D, low);
    const int32_t both = tf_value(m, 1, 3, 4, 8);
    (void)tf_add_op(m, (tf_op){ .code = TF_CONCATENATION,
                                .in = { most, mean },
                                .n_in = 2,
                                .out = both,
                                .option = { 2, 0 },
                                .n_options = 2 });
    const int32_t size = tf_integers(m, (const int32_t[]){ 5, 4 }, 2);
    const int32_t large = tf_value(m, 1, 5, 4, 8);
    (void)tf_add_op(m, (tf_op){ .code = TF_RESIZE_BILINEAR,
                                .in = { both, size },
                                .n_in = 2,
                                .out = large,
                                .option = { 0, 0, 0, 1 },
                                .n_options = 4 });
    const int32_t sum = tf_value(m, 1, 5, 4, 8);
    (void)tf_add_op(m, (tf_op){ .code = TF_ADD,
                                .in = { large, low },
                                .n_in = 2,
                                .out = sum,
                                .option = { 1 },
                                .n_options = 1 });
    const int32_t capped = unary(m, TF_RELU6, sum);
    const int32_t shape = tf_integers(m, (const int32_t[]){ 1, 20, 8 }, 3);
    const int32_t flat = tf_value(m, 1, 20, 8, 0);
    (void)tf_add_op(m,
                    (tf_op){ .code = TF_RESHAPE, .in = { capped, shape }, .n_in = 2, .out = flat });
    const int32_t w = tf_constant(m, TF_FLOAT32, 3, 160, 0, 0);
    const int32_t dense = tf_value(m, 1, 3, 0, 0);
    const int32_t bias = tf_constant(m, TF_FLOAT32, 3, 0, 0, 0);
    (void)tf_add_op(m, (tf_op){ .code = TF_FULLY_CONNECTED,
                                .in = { capped, w, bias },
                                .n_in = 3,
                                .out = dense,
                                .option = { 0, 0 },
                                .n_options = 2 });
    m->output[m->n_outputs++] = flat;
    m->output[m->n_outputs++] = unary(m, TF_LOGISTIC, dense);
}
