/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/face_net.h"

#include "base/alloc.h"
#include "base/file.h"
#include "inspect/face_view.h"

#include <math.h>
#include <string.h>

#define LOOK 1.3 /* side of the square, in the longer side of the outline */
#define INPUT_FLOATS ((size_t)JZ_NET_SIDE * JZ_NET_SIDE * 3)

static bool is_shape(jz_nn_shape s, uint32_t side, uint32_t channels)
{
    return s.height == side && s.width == side && s.channels == channels;
}

static jz_status check_shapes(const jz_nn *nn, jz_err *err)
{
    if (is_shape(jz_nn_input_shape(nn), JZ_NET_SIDE, 3) && jz_nn_outputs(nn) == 2 &&
        is_shape(jz_nn_output_shape(nn, 0), 1, 1) &&
        is_shape(jz_nn_output_shape(nn, 1), JZ_MAP_SIDE, 1))
        return JZ_OK;
    return JZ_FAIL(err, JZ_E_MISMATCH, "model %s does not give a score and a map of %d x %d",
                   jz_nn_name(nn), JZ_MAP_SIDE, JZ_MAP_SIDE);
}

jz_status jz_face_net_open(const char *path, jz_face_net **out, jz_err *err)
{
    JZ_BUF_AUTO file = { 0 };
    jz_auto(jz_face_net) *net = jz_alloc_zero(1, sizeof *net);
    if (net == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a network");
    JZ_TRY(jz_file_read_regular(path, JZ_NN_FILE_MAX, &file, err));
    JZ_TRY_CTX(jz_nn_new(jz_buf_bytes(&file), &net->nn, err), err, "%s", path);
    JZ_TRY_CTX(check_shapes(net->nn, err), err, "%s", path);
    JZ_TRY(jz_nn_run_new(net->nn, &net->run, err));
    *out = JZ_TAKE(net);
    return JZ_OK;
}

void jz_face_net_close(jz_face_net *net)
{
    if (net == NULL)
        return;
    jz_nn_run_free(net->run);
    jz_nn_free(net->nn);
    jz_free(net);
}

const char *jz_face_net_name(const jz_face_net *net)
{
    return jz_nn_name(net->nn);
}

const uint8_t *jz_face_net_sha256(const jz_face_net *net)
{
    return jz_nn_hash(net->nn);
}

/* The corners of the eyes, outer and inner: the middle of each eye lies between them. */
static void between(const jz_mesh *m, size_t a, size_t b, double out[2])
{
    for (size_t k = 0; k < 2; k++)
        out[k] = ((double)m->at[a][k] + (double)m->at[b][k]) / 2;
}

jz_square jz_face_net_square(const jz_mesh *mesh)
{
    const double far = (double)INFINITY;
    double right[2], left[2], low[2] = { far, far }, high[2] = { -far, -far };
    float outline[JZ_OUTLINE_POINTS][2];
    between(mesh, 33, 133, right);
    between(mesh, 263, 362, left);
    jz_square s = { .right_x = 1 };
    const double dx = left[0] - right[0], dy = left[1] - right[1], length = sqrt(dx * dx + dy * dy);
    if (length > 0) {
        s.right_x = dx / length;
        s.right_y = dy / length;
    }
    jz_mesh_outline(mesh, outline);
    for (size_t i = 0; i < JZ_OUTLINE_POINTS; i++) { /* its box, along the eyes and across */
        const double x = (double)outline[i][0], y = (double)outline[i][1];
        const double at[2] = { x * s.right_x + y * s.right_y, y * s.right_x - x * s.right_y };
        for (size_t k = 0; k < 2; k++) {
            low[k] = fmin(low[k], at[k]);
            high[k] = fmax(high[k], at[k]);
        }
    }
    const double u = (low[0] + high[0]) / 2, v = (low[1] + high[1]) / 2;
    s.x = u * s.right_x - v * s.right_y;
    s.y = u * s.right_y + v * s.right_x;
    s.side = LOOK * fmax(high[0] - low[0], high[1] - low[1]);
    return s;
}

static jz_status run(jz_face_net *net, double *score, float map[JZ_MAP_SIDE * JZ_MAP_SIDE],
                     jz_err *err)
{
    JZ_TRY(jz_nn_run_once(net->run, err));
    *score = (double)jz_nn_run_output(net->run, 0)[0];
    memcpy(map, jz_nn_run_output(net->run, 1), (size_t)JZ_MAP_SIDE * JZ_MAP_SIDE * sizeof *map);
    return JZ_OK;
}

jz_status jz_face_net_look(jz_face_net *net, const jz_pyramid *p, const jz_square *s, double *score,
                           float map[JZ_MAP_SIDE * JZ_MAP_SIDE], jz_err *err)
{
    jz_square_cut(p, s, JZ_NET_SIDE, jz_nn_run_input(net->run));
    return run(net, score, map, err);
}

jz_status jz_face_net_run(jz_face_net *net, const float *input, double *score,
                          float map[JZ_MAP_SIDE * JZ_MAP_SIDE], jz_err *err)
{
    memcpy(jz_nn_run_input(net->run), input, INPUT_FLOATS * sizeof *input);
    return run(net, score, map, err);
}
