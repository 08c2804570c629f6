/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the tables of a TensorFlow Lite file and leads its operations, in their order, through
 * tflite_ops.c. */
#include "inspect/tflite.h"

#include "base/alloc.h"
#include "inspect/tflite_net.h"

#include <assert.h>
#include <string.h>

#define IDENTIFIER "TFL3"
#define TENSORS_MAX 8192

/* Fields, by their place in the schema's tables. */
enum { MODEL_VERSION, MODEL_CODES, MODEL_GRAPHS, MODEL_DESCRIPTION, MODEL_BUFFERS };
enum { CODE_OLD, CODE_CUSTOM, CODE_VERSION, CODE_BUILTIN };
enum { GRAPH_TENSORS, GRAPH_INPUTS, GRAPH_OUTPUTS, GRAPH_OPS };
enum { TENSOR_SHAPE, TENSOR_TYPE, TENSOR_BUFFER, TENSOR_SPARSITY = 6 };
enum { OP_CODE, OP_INPUTS, OP_OUTPUTS, OP_OPTIONS_TYPE, OP_OPTIONS };
enum { BUFFER_DATA };

typedef struct file { /* the vectors that the others refer to */
    jz_fb_vector codes, tensors, inputs, outputs, ops, buffers;
} file;

static jz_status open_file(jz_bytes bytes, file *f, jz_err *err)
{
    jz_fb_table model, graph;
    jz_fb_vector graphs;
    uint32_t version;
    JZ_TRY(jz_fb_root(bytes, IDENTIFIER, &model, err));
    JZ_TRY(jz_fb_u32(&model, MODEL_VERSION, 0, &version, err));
    JZ_TRY(jz_fb_vector_of(&model, MODEL_CODES, 4, &f->codes, err));
    JZ_TRY(jz_fb_vector_of(&model, MODEL_GRAPHS, 4, &graphs, err));
    JZ_TRY(jz_fb_vector_of(&model, MODEL_BUFFERS, 4, &f->buffers, err));
    if (version != 3 || graphs.n != 1)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "version %u with %u graphs", version, graphs.n);
    JZ_TRY(jz_fb_table_at(&graphs, 0, &graph, err));
    JZ_TRY(jz_fb_vector_of(&graph, GRAPH_TENSORS, 4, &f->tensors, err));
    JZ_TRY(jz_fb_vector_of(&graph, GRAPH_INPUTS, 4, &f->inputs, err));
    JZ_TRY(jz_fb_vector_of(&graph, GRAPH_OUTPUTS, 4, &f->outputs, err));
    JZ_TRY(jz_fb_vector_of(&graph, GRAPH_OPS, 4, &f->ops, err));
    if (f->inputs.n != 1 || f->outputs.n == 0 || f->outputs.n > JZ_NN_OUTPUTS_MAX)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%u inputs, %u outputs", f->inputs.n, f->outputs.n);
    if (f->tensors.n > TENSORS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%u tensors", f->tensors.n);
    return JZ_OK;
}

static jz_status read_shape(const jz_fb_table *table, jz_tflite_tensor *t, jz_err *err)
{
    jz_fb_vector shape;
    JZ_TRY(jz_fb_vector_of(table, TENSOR_SHAPE, 4, &shape, err));
    if (shape.n > JZ_TFLITE_RANK_MAX)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a tensor of %u dimensions", shape.n);
    t->rank = shape.n;
    for (uint32_t i = 0; i < shape.n; i++) {
        t->dim[i] = jz_fb_u32_at(&shape, i);
        if (t->dim[i] == 0 || t->dim[i] > 1u << 20)
            return JZ_FAIL(err, JZ_E_LIMIT, "dimension %u is %u", i, t->dim[i]);
    }
    return JZ_OK;
}

static jz_status read_data(const file *f, const jz_fb_table *table, jz_tflite_tensor *t,
                           jz_err *err)
{
    uint32_t number;
    jz_fb_table buffer;
    jz_fb_vector data;
    JZ_TRY(jz_fb_u32(table, TENSOR_BUFFER, 0, &number, err));
    if (number >= f->buffers.n)
        return JZ_FAIL(err, JZ_E_CORRUPT, "buffer %u of %u", number, f->buffers.n);
    JZ_TRY(jz_fb_table_at(&f->buffers, number, &buffer, err));
    JZ_TRY(jz_fb_vector_of(&buffer, BUFFER_DATA, 1, &data, err));
    t->data = (jz_bytes){ data.file.ptr + data.at, data.n };
    return JZ_OK;
}

static jz_status read_tensor(const file *f, uint32_t i, jz_tflite_tensor *t, jz_err *err)
{
    jz_fb_table table, sparsity;
    uint8_t type;
    JZ_TRY(jz_fb_table_at(&f->tensors, i, &table, err));
    JZ_TRY(jz_fb_u8(&table, TENSOR_TYPE, 0, &type, err));
    JZ_TRY(jz_fb_table_of(&table, TENSOR_SPARSITY, &sparsity, err));
    if (sparsity.size > 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a sparse tensor");
    JZ_TRY(read_shape(&table, t, err));
    JZ_TRY(read_data(f, &table, t, err));
    t->type = (jz_tflite_type)type;
    t->value = JZ_NN_NONE;
    return JZ_OK;
}

static jz_status read_tensors(const file *f, jz_tflite_net *net, jz_err *err)
{
    for (uint32_t i = 0; i < net->n_tensors; i++)
        JZ_TRY_CTX(read_tensor(f, i, &net->tensors[i], err), err, "tensor %u", i);
    return JZ_OK;
}

static jz_status read_code(const file *f, uint32_t number, uint32_t *code, jz_err *err)
{
    jz_fb_table table;
    uint8_t old;
    if (number >= f->codes.n)
        return JZ_FAIL(err, JZ_E_CORRUPT, "operator code %u of %u", number, f->codes.n);
    JZ_TRY(jz_fb_table_at(&f->codes, number, &table, err));
    JZ_TRY(jz_fb_u8(&table, CODE_OLD, 0, &old, err));
    JZ_TRY(jz_fb_u32(&table, CODE_BUILTIN, 0, code, err));
    if (old > *code)
        *code = old; /* files from before the wider field have only this one */
    return JZ_OK;
}

/* Whether the numbers of a list are tensors. -1, "none", stands only behind the first. */
static jz_status check_list(const jz_fb_vector *list, uint32_t n_tensors, jz_err *err)
{
    if (list->n == 0 || list->n > JZ_NN_OUTPUTS_MAX)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%u tensors read or made", list->n);
    for (uint32_t i = 0; i < list->n; i++) {
        const uint32_t tensor = jz_fb_u32_at(list, i);
        if (tensor >= n_tensors && (i == 0 || tensor != UINT32_MAX))
            return JZ_FAIL(err, JZ_E_CORRUPT, "tensor %u of %u", tensor, n_tensors);
    }
    return JZ_OK;
}

static jz_status read_op(const file *f, uint32_t i, jz_tflite_op *op, jz_err *err)
{
    jz_fb_table table;
    uint32_t number;
    JZ_TRY(jz_fb_table_at(&f->ops, i, &table, err));
    JZ_TRY(jz_fb_u32(&table, OP_CODE, 0, &number, err));
    JZ_TRY(read_code(f, number, &op->code, err));
    JZ_TRY(jz_fb_vector_of(&table, OP_INPUTS, 4, &op->in, err));
    JZ_TRY(jz_fb_vector_of(&table, OP_OUTPUTS, 4, &op->out, err));
    JZ_TRY(jz_fb_table_of(&table, OP_OPTIONS, &op->options, err));
    JZ_TRY(check_list(&op->in, f->tensors.n, err));
    return check_list(&op->out, f->tensors.n, err);
}

/* Converts each operation, or counts who reads what. */
static jz_status each_op(const file *f, jz_tflite_net *net, bool convert, jz_err *err)
{
    for (uint32_t i = 0; i < f->ops.n; i++) {
        jz_tflite_op op = { 0 };
        JZ_TRY_CTX(read_op(f, i, &op, err), err, "operation %u", i);
        if (convert) {
            JZ_TRY_CTX(jz_tflite_op_convert(net, &op, err), err, "operation %u (code %u)", i,
                       op.code);
            continue;
        }
        for (uint32_t k = 0; k < op.in.n; k++)
            if (jz_fb_u32_at(&op.in, k) != UINT32_MAX)
                net->tensors[jz_fb_u32_at(&op.in, k)].uses++;
    }
    return JZ_OK;
}

static jz_status open_input(const file *f, jz_tflite_net *net, jz_err *err)
{
    jz_tflite_tensor *t = &net->tensors[jz_fb_u32_at(&f->inputs, 0)];
    if (t->rank != 4 || t->dim[0] != 1 || t->type != JZ_TFLITE_FLOAT32 || t->data.len > 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "an input that is not one picture of floats");
    net->graph.input = (jz_nn_shape){ t->dim[1], t->dim[2], t->dim[3] };
    t->value = 0;
    return JZ_OK;
}

static jz_status close_outputs(const file *f, jz_tflite_net *net, jz_err *err)
{
    net->graph.n_outputs = f->outputs.n;
    for (uint32_t i = 0; i < f->outputs.n; i++) {
        const jz_tflite_tensor *t = &net->tensors[jz_fb_u32_at(&f->outputs, i)];
        if (t->value == JZ_NN_NONE || t->padded)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "output %u is made by no operation", i);
        net->graph.outputs[i] = t->value;
    }
    for (uint32_t i = 0; i < net->graph.n_layers; i++) {
        JZ_TRY(jz_buf_check(&net->weights[i], err));
        net->graph.layers[i].weights = (const uint8_t *)net->weights[i].ptr;
    }
    return JZ_OK;
}

static jz_status convert(const file *f, jz_tflite_net *net, jz_err *err)
{
    JZ_TRY(check_list(&f->inputs, net->n_tensors, err));
    JZ_TRY(check_list(&f->outputs, net->n_tensors, err));
    JZ_TRY(read_tensors(f, net, err));
    JZ_TRY(each_op(f, net, false, err));
    for (uint32_t i = 0; i < f->outputs.n; i++) {
        if (jz_fb_u32_at(&f->outputs, i) >= net->n_tensors)
            return JZ_FAIL(err, JZ_E_CORRUPT, "output %u is no tensor", i);
        net->tensors[jz_fb_u32_at(&f->outputs, i)].uses++;
    }
    JZ_TRY(open_input(f, net, err));
    JZ_TRY(each_op(f, net, true, err));
    return close_outputs(f, net, err);
}

static void net_done(jz_tflite_net *net)
{
    for (uint32_t i = 0; net->weights != NULL && i < JZ_NN_LAYERS_MAX; i++)
        jz_buf_done(&net->weights[i]);
    jz_free(net->weights);
    jz_free(net->graph.layers);
    jz_free(net->tensors);
}

jz_status jz_tflite_convert(jz_bytes bytes, const char *name, jz_buf *out, jz_err *err)
{
    assert(strlen(name) <= JZ_NN_NAME_SIZE);
    file f;
    JZ_TRY_CTX(open_file(bytes, &f, err), err, "TensorFlow Lite file");
    jz_tflite_net net = {
        .graph.layers = jz_alloc_zero(JZ_NN_LAYERS_MAX, sizeof(jz_nn_layer)),
        .weights = jz_alloc_zero(JZ_NN_LAYERS_MAX, sizeof(jz_buf)),
        .tensors = jz_alloc_zero(f.tensors.n, sizeof(jz_tflite_tensor)),
        .n_tensors = f.tensors.n,
    };
    memcpy(net.graph.name, name, strlen(name));
    jz_status st = JZ_OK;
    if (net.graph.layers == NULL || net.weights == NULL || net.tensors == NULL)
        st = JZ_FAIL(err, JZ_E_NOMEM, "%u tensors", f.tensors.n);
    if (st == JZ_OK)
        st = convert(&f, &net, err);
    if (st == JZ_OK)
        st = jz_nn_encode(&net.graph, out, err);
    net_done(&net);
    if (st != JZ_OK)
        jz_err_wrap(err, "TensorFlow Lite file");
    return st;
}
