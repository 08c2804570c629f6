/* SPDX-License-Identifier: Apache-2.0 */
/* Model files, read and written. Everything in a file stands under its SHA-256, so damage is found
 * first; all else is checked as if an enemy had made it. */
#include "inspect/nn_file.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <jz/hash.h>

#include <assert.h>
#include <string.h>

#define HASHED_FROM 48 /* bytes before what the hash covers */

static const char magic[4] = "JZNN";

static jz_status read_header(jz_rd *rd, jz_nn_graph *g, jz_err *err)
{
    jz_bytes name;
    uint16_t n[6];
    JZ_TRY(jz_rd_take(rd, sizeof magic, &name, err));
    if (memcmp(name.ptr, magic, sizeof magic) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a model file");
    for (unsigned i = 0; i < JZ_ARRAY_LEN(n); i++)
        JZ_TRY(jz_rd_u16le(rd, &n[i], err));
    if (n[0] != JZ_NN_VERSION)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a model file of version %u; version %d is read here",
                       n[0], JZ_NN_VERSION);
    *g = (jz_nn_graph){ .n_layers = n[1], .input = { n[2], n[3], n[4] }, .n_outputs = n[5] };
    if (g->n_layers == 0 || g->n_layers > JZ_NN_LAYERS_MAX || g->n_outputs > JZ_NN_OUTPUTS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%u layers, %u outputs", g->n_layers, g->n_outputs);
    return JZ_OK;
}

static jz_status check_hash(jz_rd *rd, uint8_t hash[JZ_NN_HASH_SIZE], jz_err *err)
{
    uint8_t found[JZ_SHA256_SIZE];
    jz_bytes said;
    JZ_TRY(jz_rd_take(rd, JZ_NN_HASH_SIZE, &said, err));
    jz_sha256(rd->ptr + rd->at, jz_rd_left(rd), found);
    if (memcmp(found, said.ptr, sizeof found) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the model file is damaged: its SHA-256 is another");
    memcpy(hash, found, sizeof found);
    return JZ_OK;
}

static jz_status read_name(jz_rd *rd, jz_nn_graph *g, jz_err *err)
{
    jz_bytes name;
    JZ_TRY(jz_rd_take(rd, JZ_NN_NAME_SIZE, &name, err));
    const size_t len = strnlen((const char *)name.ptr, JZ_NN_NAME_SIZE);
    for (size_t i = 0; i < name.len; i++)
        if (i < len ? name.ptr[i] < ' ' || name.ptr[i] > '~' : name.ptr[i] != 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "byte %u in a model's name", name.ptr[i]);
    memcpy(g->name, name.ptr, len);
    return JZ_OK;
}

static jz_status read_outputs(jz_rd *rd, jz_nn_graph *g, jz_err *err)
{
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        uint16_t value;
        JZ_TRY(jz_rd_u16le(rd, &value, err));
        g->outputs[i] = value;
    }
    return jz_nn_check_frame(g, err);
}

/* A layer, but for its weights. */
static jz_status read_layer(jz_rd *rd, jz_nn_layer *l, jz_err *err)
{
    uint8_t head[2], part[8];
    uint16_t in[2], out[3];
    for (unsigned i = 0; i < JZ_ARRAY_LEN(head); i++)
        JZ_TRY(jz_rd_u8(rd, &head[i], err));
    for (unsigned i = 0; i < JZ_ARRAY_LEN(in); i++)
        JZ_TRY(jz_rd_u16le(rd, &in[i], err));
    for (unsigned i = 0; i < JZ_ARRAY_LEN(part); i++)
        JZ_TRY(jz_rd_u8(rd, &part[i], err));
    for (unsigned i = 0; i < JZ_ARRAY_LEN(out); i++)
        JZ_TRY(jz_rd_u16le(rd, &out[i], err));
    *l = (jz_nn_layer){ .op = (jz_nn_op)head[0],
                        .act = (jz_nn_act)head[1],
                        .in = { in[0], in[1] },
                        .kernel_height = part[0],
                        .kernel_width = part[1],
                        .stride = part[2],
                        .axis = part[3],
                        .top = part[4],
                        .left = part[5],
                        .bottom = part[6],
                        .right = part[7],
                        .out = { out[0], out[1], out[2] } };
    return JZ_OK;
}

static jz_status read_weights(jz_rd *rd, const jz_nn_graph *g, jz_nn_layer *l, jz_err *err)
{
    const uint64_t n = jz_nn_weight_count(l, jz_nn_shape_of(g, l->in[0]));
    jz_bytes weights;
    JZ_TRY(jz_rd_take(rd, 2 * n, &weights, err)); /* n < 2^35 */
    for (size_t i = 1; i < weights.len; i += 2)
        if ((weights.ptr[i] & 0x7c) == 0x7c)
            return JZ_FAIL(err, JZ_E_CORRUPT, "weight %zu is no finite number", i / 2);
    l->weights = weights.ptr;
    return JZ_OK;
}

static jz_status read_layers(jz_rd *rd, jz_nn_graph *g, uint64_t *macs, jz_err *err)
{
    *macs = 0;
    for (uint32_t i = 0; i < g->n_layers; i++) {
        JZ_TRY_CTX(read_layer(rd, &g->layers[i], err), err, "layer %u", i + 1);
        JZ_TRY(jz_nn_check_layer(g, i, macs, err));
        JZ_TRY_CTX(read_weights(rd, g, &g->layers[i], err), err, "layer %u", i + 1);
    }
    if (jz_rd_left(rd) > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%zu bytes after the last layer", jz_rd_left(rd));
    return JZ_OK;
}

jz_status jz_nn_decode(jz_bytes file, jz_nn_graph *graph, uint8_t hash[JZ_NN_HASH_SIZE],
                       uint64_t *macs, jz_err *err)
{
    jz_rd rd = jz_rd_of(file, "model file");
    jz_nn_graph g;
    if (file.len > JZ_NN_FILE_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a model file of %zu bytes", file.len);
    JZ_TRY(read_header(&rd, &g, err));
    JZ_TRY(check_hash(&rd, hash, err));
    JZ_TRY(read_name(&rd, &g, err));
    JZ_TRY(read_outputs(&rd, &g, err));
    g.layers = jz_alloc_zero(g.n_layers, sizeof *g.layers);
    if (g.layers == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%u layers", g.n_layers);
    const jz_status st = read_layers(&rd, &g, macs, err);
    if (st != JZ_OK) {
        jz_free(g.layers);
        return st;
    }
    *graph = g;
    return JZ_OK;
}

static void put_u16(jz_buf *out, uint32_t v)
{
    jz_buf_putc(out, (char)(v & 0xff));
    jz_buf_putc(out, (char)(v >> 8));
}

static void put_layer(jz_buf *out, const jz_nn_graph *g, const jz_nn_layer *l)
{
    const uint32_t part[] = { l->kernel_height, l->kernel_width, l->stride, l->axis,
                              l->top,           l->left,         l->bottom, l->right };
    jz_buf_putc(out, (char)l->op);
    jz_buf_putc(out, (char)l->act);
    put_u16(out, l->in[0]);
    put_u16(out, l->in[1]);
    for (unsigned i = 0; i < JZ_ARRAY_LEN(part); i++)
        jz_buf_putc(out, (char)part[i]);
    put_u16(out, l->out.height);
    put_u16(out, l->out.width);
    put_u16(out, l->out.channels);
    jz_buf_put(out, l->weights, 2 * jz_nn_weight_count(l, jz_nn_shape_of(g, l->in[0])));
}

static jz_status encode(const jz_nn_graph *g, jz_buf *out, jz_err *err)
{
    const size_t start = out->len;
    uint8_t hash[JZ_SHA256_SIZE] = { 0 };
    jz_buf_put(out, magic, sizeof magic);
    const uint32_t head[] = { JZ_NN_VERSION,  g->n_layers,       g->input.height,
                              g->input.width, g->input.channels, g->n_outputs };
    for (unsigned i = 0; i < JZ_ARRAY_LEN(head); i++)
        put_u16(out, head[i]);
    jz_buf_put(out, hash, sizeof hash);
    assert(out->fail != JZ_OK || out->len == start + HASHED_FROM);
    jz_buf_put(out, g->name, JZ_NN_NAME_SIZE);
    for (uint32_t i = 0; i < g->n_outputs; i++)
        put_u16(out, g->outputs[i]);
    for (uint32_t i = 0; i < g->n_layers; i++)
        put_layer(out, g, &g->layers[i]);
    JZ_TRY(jz_buf_check(out, err));
    jz_sha256(out->ptr + start + HASHED_FROM, out->len - start - HASHED_FROM, hash);
    memcpy(out->ptr + start + HASHED_FROM - sizeof hash, hash, sizeof hash);
    return JZ_OK;
}

jz_status jz_nn_encode(const jz_nn_graph *g, jz_buf *out, jz_err *err)
{
    const jz_status st = jz_nn_check(g, err);
    if (st != JZ_OK) {
        jz_err_wrap(err, "a graph that is not right");
        return st;
    }
    return encode(g, out, err);
}
