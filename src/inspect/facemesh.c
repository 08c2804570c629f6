/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/facemesh.h"

#include "inspect/models.h"
#include "inspect/nn_dsp.h"

#define SIDE 192 /* pixels that the network sees */

static jz_status open_network(const char *folder, jz_facemesh *m, jz_err *err)
{
    JZ_TRY(jz_model_open(folder, "facemesh", &m->nn, err));
    const jz_nn_shape in = jz_nn_input_shape(m->nn);
    if (in.height != SIDE || in.width != SIDE || in.channels != 3 || jz_nn_outputs(m->nn) != 2 ||
        jz_nn_output_shape(m->nn, 0).channels != 3 * JZ_MESH_POINTS ||
        jz_nn_output_shape(m->nn, 1).channels != 1)
        return JZ_FAIL(err, JZ_E_MISMATCH, "model facemesh does not give %d points",
                       JZ_MESH_POINTS);
    return jz_nn_run_new(m->nn, &m->run, err);
}

jz_status jz_facemesh_open(const char *folder, jz_facemesh *out, jz_err *err)
{
    jz_facemesh m = { 0 };
    const jz_status st = open_network(folder, &m, err);
    if (st == JZ_OK)
        *out = m;
    else
        jz_facemesh_done(&m);
    return st;
}

void jz_facemesh_done(jz_facemesh *m)
{
    jz_nn_run_free(m->run);
    jz_nn_free(m->nn);
}

jz_status jz_facemesh_find(jz_facemesh *m, const jz_pyramid *p, const jz_square *s, jz_mesh *points,
                           float *presence, jz_err *err)
{
    float *in = jz_nn_run_input(m->run);
    jz_square_cut(p, s, SIDE, in);
    for (size_t i = 0; i < (size_t)SIDE * SIDE * 3; i++)
        in[i] = (in[i] + 1) / 2; /* this network wants 0 to 1 */
    JZ_TRY(jz_nn_run_once(m->run, err));
    const float *out = jz_nn_run_output(m->run, 0);
    for (size_t i = 0; i < JZ_MESH_POINTS && points != NULL; i++, out += 3) {
        double x, y;
        jz_square_point(s, (double)out[0] / SIDE, (double)out[1] / SIDE, &x, &y);
        points->at[i][0] = (float)x;
        points->at[i][1] = (float)y;
        points->at[i][2] = (float)((double)out[2] * s->side / SIDE);
    }
    *presence = jz_nn_sigmoid(jz_nn_run_output(m->run, 1)[0]);
    return JZ_OK;
}
