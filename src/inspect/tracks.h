/* SPDX-License-Identifier: Apache-2.0 */
/* Faces that are one from frame to frame, by where they are, and never across a change of shot. One
 * video is one piece of evidence, not as many as it has frames: a track is judged by the means of
 * its faces. */
#ifndef JZ_TRACKS_H
#define JZ_TRACKS_H

#include <jz/inspect.h>

#define JZ_SHOT_SIDE 16 /* cells */

typedef struct jz_shots {                      /* = { 0 } */
    uint8_t cell[JZ_SHOT_SIDE * JZ_SHOT_SIDE]; /* of the last frame: mean greys */
    uint32_t shot;
    bool began;
} jz_shots;

/* The number of the shot that the next frame is in. */
uint32_t jz_shots_next(jz_shots *s, const jz_plane *plane);

/* Numbers the faces' tracks, in their order by frame, and counts them. */
void jz_tracks_link(jz_inspection *in);
/* The means of a track's fit faces; how many they are. */
size_t jz_track_mean(const jz_inspection *in, uint32_t track, jz_measured out[JZ_MEASURES]);

#endif
