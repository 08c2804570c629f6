/* SPDX-License-Identifier: Apache-2.0 */
/* Clips made of one picture of one person, for the evaluation of videos: a window moves and zooms
 * over the picture, and what is in it is coded as H.264, once as it is and once with the face laid
 * over itself in every frame (self_blend.h), in a place that shakes by a hundredth of its width as
 * a tracker's does. One picture goes in; there is no way to hand in a second. */
#ifndef JZ_CLIPS_H
#define JZ_CLIPS_H

#include <jz/inspect.h>

#include "inspect/self_blend.h"

#define JZ_CLIP_SIDE 384 /* pixels of a frame, both ways */
#define JZ_CLIP_FRAMES 16
#define JZ_CLIP_FPS 25

/* How clips are coded. Static; never freed. */
typedef struct jz_clip_coding {
    const char *name; /* "clip-crf23" */
    uint32_t crf;     /* of x264; 0: without loss */
} jz_clip_coding;
#define JZ_CLIP_CODINGS 5
const jz_clip_coding *jz_clip_coding_at(size_t i); /* NULL past the last one */

typedef struct jz_clip {          /* = { 0 }; ended with jz_clip_done() */
    uint8_t *px;                  /* JZ_CLIP_FRAMES of JZ_CLIP_SIDE squared R, G, B */
    uint8_t *mask;                /* as many of one byte: how much of the blend is there, 0..255 */
    jz_face face[JZ_CLIP_FRAMES]; /* where the face is */
} jz_clip;

/* Whether a picture has room for the window. */
bool jz_clip_fits(const jz_plane *picture);
/* face and mesh: of one person in the picture. The same number gives the same way of the window;
 * blend NULL: as it is, and the mask is 0. JZ_E_INVAL (no room), JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_clip_make(const jz_plane *picture, const jz_face *face, const jz_mesh *mesh,
                                  uint64_t number, const jz_blend *blend, jz_clip *out,
                                  jz_err *err);
void jz_clip_done(jz_clip *c);
/* Codes it by jz-encode; on success *fd is a file in memory, which the caller closes. Fails as
 * jz_encode_frames(). */
JZ_CHECKED jz_status jz_clip_code(const jz_clip *c, uint32_t crf, int *fd, jz_err *err);

#endif
