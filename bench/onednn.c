/* SPDX-License-Identifier: Apache-2.0 */
/* The only file that knows oneDNN's headers; version 3 has other functions for the same. */
#include "bench/onednn.h"

#include "base/alloc.h"

#ifdef JZ_BENCH_ONEDNN
#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <string.h>

enum { SRC, WEIGHTS, BIAS, DST, MEMORIES };

struct jz_onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t conv;
    dnnl_exec_arg_t args[MEMORIES];
};

/* Whichever OpenMP it has brought along. */
static void one_thread(void)
{
    void (*set)(int) = NULL;
    void *found = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    memcpy(&set, &found, sizeof set);
    if (set != NULL)
        set(1);
}

static bool make_conv(jz_onednn *d, const jz_onednn_shape *s)
{
    const dnnl_dim_t side = s->side, out_side = (side + s->stride - 1) / s->stride;
    const dnnl_dim_t reach = (out_side - 1) * s->stride + s->kernel - side;
    const dnnl_dim_t pad = reach > 0 ? reach : 0, in = s->in, out = s->out, k = s->kernel;
    const dnnl_dims_t src = { 1, in, side, side }, dst = { 1, out, out_side, out_side };
    const dnnl_dims_t whole = { out, in, k, k }, grouped = { in, 1, 1, k, k }, bias = { out };
    const dnnl_dims_t strides = { s->stride, s->stride };
    const dnnl_dims_t before = { pad / 2, pad / 2 }, after = { pad - pad / 2, pad - pad / 2 };
    dnnl_memory_desc_t md[MEMORIES];
    dnnl_convolution_desc_t conv;
    return dnnl_memory_desc_init_by_tag(&md[SRC], 4, src, dnnl_f32, dnnl_format_tag_any) == 0 &&
           dnnl_memory_desc_init_by_tag(&md[WEIGHTS], s->depthwise ? 5 : 4,
                                        s->depthwise ? grouped : whole, dnnl_f32,
                                        dnnl_format_tag_any) == 0 &&
           dnnl_memory_desc_init_by_tag(&md[BIAS], 1, bias, dnnl_f32, dnnl_format_tag_any) == 0 &&
           dnnl_memory_desc_init_by_tag(&md[DST], 4, dst, dnnl_f32, dnnl_format_tag_any) == 0 &&
           dnnl_convolution_forward_desc_init(&conv, dnnl_forward_inference,
                                              dnnl_convolution_direct, &md[SRC], &md[WEIGHTS],
                                              &md[BIAS], &md[DST], strides, before, after) == 0 &&
           dnnl_primitive_desc_create(&d->desc, &conv, NULL, d->engine, NULL) == 0 &&
           dnnl_primitive_create(&d->conv, d->desc) == 0;
}

static bool make_memory(jz_onednn *d)
{
    static const struct {
        dnnl_query_t query;
        int index, arg;
    } memories[MEMORIES] = {
        [SRC] = { dnnl_query_src_md, 0, DNNL_ARG_SRC },
        [WEIGHTS] = { dnnl_query_weights_md, 0, DNNL_ARG_WEIGHTS },
        [BIAS] = { dnnl_query_weights_md, 1, DNNL_ARG_BIAS },
        [DST] = { dnnl_query_dst_md, 0, DNNL_ARG_DST },
    };
    for (int i = 0; i < MEMORIES; i++) {
        const dnnl_memory_desc_t *md =
            dnnl_primitive_desc_query_md(d->desc, memories[i].query, memories[i].index);
        void *data = NULL;
        d->args[i].arg = memories[i].arg;
        if (md == NULL ||
            dnnl_memory_create(&d->args[i].memory, md, d->engine, DNNL_MEMORY_ALLOCATE) != 0 ||
            dnnl_memory_get_data_handle(d->args[i].memory, &data) != 0)
            return false;
        for (size_t k = 0; k < dnnl_memory_desc_get_size(md) / sizeof(float); k++)
            ((float *)data)[k] = (float)(k % 17) / 16 - 0.5f;
    }
    return true;
}

jz_onednn *jz_onednn_new(const jz_onednn_shape *shape)
{
    jz_onednn *d = jz_alloc_zero(1, sizeof *d);
    one_thread();
    if (d != NULL && dnnl_engine_create(&d->engine, dnnl_cpu, 0) == 0 &&
        dnnl_stream_create(&d->stream, d->engine, dnnl_stream_default_flags) == 0 &&
        make_conv(d, shape) && make_memory(d))
        return d;
    jz_onednn_free(d);
    return NULL;
}

bool jz_onednn_run(jz_onednn *d)
{
    return dnnl_primitive_execute(d->conv, d->stream, MEMORIES, d->args) == 0 &&
           dnnl_stream_wait(d->stream) == 0;
}

void jz_onednn_free(jz_onednn *d)
{
    if (d == NULL)
        return;
    for (int i = 0; i < MEMORIES; i++)
        if (d->args[i].memory != NULL)
            (void)dnnl_memory_destroy(d->args[i].memory); /* frees: nothing can be done */
    if (d->conv != NULL)
        (void)dnnl_primitive_destroy(d->conv);
    if (d->desc != NULL)
        (void)dnnl_primitive_desc_destroy(d->desc);
    if (d->stream != NULL)
        (void)dnnl_stream_destroy(d->stream);
    if (d->engine != NULL)
        (void)dnnl_engine_destroy(d->engine);
    jz_free(d);
}

#else

jz_onednn *jz_onednn_new(const jz_onednn_shape *shape)
{
    (void)shape;
    return NULL;
}

bool jz_onednn_run(jz_onednn *d)
{
    return d != NULL;
}

void jz_onednn_free(jz_onednn *d)
{
    jz_free(d);
}

#endif
