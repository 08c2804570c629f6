/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_GATES_H
#define JZ_GATES_H

#include "inspect/measure.h"

/* What the gates look at. */
typedef struct jz_gate_input {
    const jz_face_views *views;
    const jz_face_view *small; /* of at most JZ_GATE_VIEW pixels across the face */
    const jz_face *face;
    const jz_mesh *mesh; /* in pixels of the picture */
    float presence;
} jz_gate_input;
#define JZ_GATE_VIEW 128u

/* Fills gate, gate_failed and, where one has failed, outcome and reason. Whether all are passed. */
bool jz_gates_check(const jz_gate_input *in, jz_face_exam *out);

#endif
