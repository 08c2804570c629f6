/* SPDX-License-Identifier: Apache-2.0 */
/* How far the network's score rests on the places at which its map points (the deletion game of V.
 * Petsiuk and others, RISE, BMVC 2018): cells of the map within the face's outline are taken out of
 * what the network sees, each pixel replaced by the mean of 25 x 25 around it, and the network
 * looks again. Taken out are 5, 10, 20 and 40 % of the cells; what counts is by how much the score
 * falls, in the mean of these four. */
#ifndef JZ_DELETION_H
#define JZ_DELETION_H

#include "inspect/face_net.h"

enum {                     /* which cells go first */
       JZ_DELETION_MAP,    /* those with the largest numbers of the map */
       JZ_DELETION_MIDDLE, /* those nearest to the middle of the face, whatever the map says */
       JZ_DELETION_PATCH,  /* those nearest to any one; the mean of 4 draws */
       JZ_DELETION_CHANCE, /* any; the mean of 4 draws */
       JZ_DELETIONS
};
const char *jz_deletion_name(size_t i); /* "map"; NULL past the last one */

/* x: of the picture of the pyramid, with its map. fall: of the score, in its own unit; below 0
 * where it rises. The same seed draws the same cells. JZ_E_INVAL: the face has fewer than 20 cells.
 * JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_deletion(jz_face_net *net, const jz_pyramid *p, const jz_face_exam *x,
                                 uint64_t seed, double fall[JZ_DELETIONS], jz_err *err);

#endif
