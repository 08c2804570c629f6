/* SPDX-License-Identifier: Apache-2.0 */
/* The widest face of a stream's first frame, followed through those after it by its points alone.
 */
#ifndef JZ_FACE_MOTION_H
#define JZ_FACE_MOTION_H

#include "inspect/face_finder.h"

#define JZ_MOTION_SIDE 64 /* pixels of the face's square in each frame */

typedef struct jz_face_motion { /* = { 0 } */
    bool begun, lost;
    uint32_t frames;
    jz_face face;    /* in the last frame */
    jz_mesh mesh[3]; /* of the last frames, the newest first; x, y in widths of the face */
    float px[2][JZ_MOTION_SIDE * JZ_MOTION_SIDE * 3]; /* now and before */
    double shake[2];   /* squares of second differences: inner points, outline */
    double flicker[2]; /* differences of pixels: inner face, around it */
    jz_mesh last;      /* in pixels of the frame */
} jz_face_motion;

/* The next frame. JZ_E_NOMEM, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_face_motion_add(jz_face_motion *m, jz_face_finder *finder,
                                        const jz_plane *plane, jz_err *err);
/* The same of a face whose points are known. */
void jz_face_motion_step(jz_face_motion *m, const jz_pyramid *picture, const jz_mesh *mesh);
void jz_face_motion_end(const jz_face_motion *m, jz_stream *out);

#endif
