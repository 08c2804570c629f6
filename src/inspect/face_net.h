/* SPDX-License-Identifier: Apache-2.0 */
/* The network that looks for blends in one face (docs/model.md): what it sees, and what it says.
 * It is a model file like any other (nn.h) whose input is 128 x 128 x 3 and whose outputs are one
 * number and 16 x 16 numbers; whoever trains one (train/) may use his own. */
#ifndef JZ_FACE_NET_H
#define JZ_FACE_NET_H

#include <jz/inspect.h>

#include "inspect/facemesh.h"

#define JZ_NET_SIDE 128

struct jz_face_net {
    jz_nn *nn;
    jz_nn_run *run;
};

/* The part of the picture that it sees: upright by the eyes, with hair, ears and neck. */
jz_square jz_face_net_square(const jz_mesh *mesh);

/* *score: the larger, the more like the blends that it was trained with; no probability, and no
 * scale without a calibration. map: row by row, where it sees them, 0..1. */
JZ_CHECKED jz_status jz_face_net_look(jz_face_net *net, const jz_pyramid *p, const jz_square *s,
                                      double *score, float map[JZ_MAP_SIDE * JZ_MAP_SIDE],
                                      jz_err *err);
/* The same for an input that is there already: JZ_NET_SIDE squared R, G, B from -1 to 1. */
JZ_CHECKED jz_status jz_face_net_run(jz_face_net *net, const float *input, double *score,
                                     float map[JZ_MAP_SIDE * JZ_MAP_SIDE], jz_err *err);

#endif
