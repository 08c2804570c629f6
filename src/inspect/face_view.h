/* SPDX-License-Identifier: Apache-2.0 */
/* One face as measurements see it: a window of the picture around it, its pixels and which part of
 * the face each belongs to. Regions follow the points of FaceMesh, so they are the same parts of
 * every face. */
#ifndef JZ_FACE_VIEW_H
#define JZ_FACE_VIEW_H

#include "inspect/face_crop.h"
#include "inspect/facemesh.h"

enum {                         /* parts of a face; a pixel may be in several */
       JZ_REGION_FACE = 1,     /* within the outline */
       JZ_REGION_INNER = 2,    /* eyes, nose, mouth: the outline at 0.7 of its size */
       JZ_REGION_RING = 4,     /* hair, ears, neck, background: from 1.05 to 1.35 of the outline */
       JZ_REGION_MOUTH = 8,    /* the lips and a little around them */
       JZ_REGION_EYES = 16,    /* both, with their lids */
       JZ_REGION_JAW = 32,     /* skin below the mouth, within the outline by 0.08 to 0.25 of it */
       JZ_REGION_NECK = 64,    /* the same without */
       JZ_REGION_OUTSIDE = 128 /* beyond 1.05 of the outline */
};

#define JZ_OUTLINE_POINTS 36

typedef struct jz_face_view {               /* ended with jz_face_view_done() */
    uint32_t width, height;                 /* pixels of the window */
    uint32_t x, y;                          /* its corner, in pixels of the level */
    uint32_t level;                         /* of the pyramid: the picture halved so often */
    uint32_t picture_width, picture_height; /* of that level */
    bool grey;                              /* the picture has no colour */
    double face_width;                      /* of the outline, in pixels of the level */
    const uint8_t *luma;                    /* width x height; (77 R + 150 G + 29 B + 128) / 256 */
    const uint8_t *cb, *cr;                 /* likewise, 128 is none; NULL where grey */
    const uint8_t *region;                  /* a set of JZ_REGION_* for each pixel */
    double point[JZ_MESH_POINTS][3];        /* of the mesh, in pixels of the window */
    uint8_t *memory;
} jz_face_view;

/* The outline of the mesh, round the face, in the coordinates that the mesh has. */
void jz_mesh_outline(const jz_mesh *mesh, float out[JZ_OUTLINE_POINTS][2]);

/* most: the width of the face in pixels of the view is this or less, by whole halvings; 0 = pixels
 * as they are in the picture. A face that lies beside the picture is JZ_E_INVAL. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_face_view_init(const jz_pyramid *p, const jz_mesh *mesh, uint32_t most,
                                       jz_face_view *out, jz_err *err);
void jz_face_view_done(jz_face_view *v);

/* ITU-R BT.601 at full range, as JPEG has it, of 8-bit R, G, B. */
static inline uint8_t jz_luma_of(int r, int g, int b)
{
    return (uint8_t)((77 * r + 150 * g + 29 * b + 128) / 256);
}
void jz_chroma_of(int r, int g, int b, uint8_t *cb, uint8_t *cr);

#endif
