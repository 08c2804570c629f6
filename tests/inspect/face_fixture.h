/* SPDX-License-Identifier: Apache-2.0 */
/* A face of nobody: the points of the mesh on ellipses, and a texture with edges and noise where a
 * photograph would be. Measurements see regions and pixels, so that is all that they need. */
#ifndef JZ_FACE_FIXTURE_H
#define JZ_FACE_FIXTURE_H

#include "inspect/facemesh.h"

#define FACE_SIDE 480  /* pixels of the picture */
#define FACE_WIDTH 240 /* of the outline */

typedef struct face_fixture {
    uint8_t px[FACE_SIDE * FACE_SIDE * 3];
    jz_plane plane;
    jz_mesh mesh;
} face_fixture;

/* The same for the same seed, everywhere. */
void face_fixture_init(face_fixture *f, uint64_t seed);
/* A pixel of its texture (green), with noise of so many levels to either side; the fixture has 3.
 */
uint8_t face_fixture_texture(uint64_t seed, size_t x, size_t y, unsigned noise);
/* How far a pixel is from the middle of the face: 1 on the outline. */
double face_fixture_radius(double x, double y);
/* Calls change for each pixel up to this radius (within), or behind it. */
void face_fixture_change(face_fixture *f, double radius, bool within,
                         void (*change)(face_fixture *f, const uint8_t *before, size_t x,
                                        size_t y));

#endif
