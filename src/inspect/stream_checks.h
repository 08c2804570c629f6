/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a stream's first frames, one after the other: the middle of each, as grey pixels. */
#ifndef JZ_STREAM_CHECKS_H
#define JZ_STREAM_CHECKS_H

#include <jz/inspect.h>

#define JZ_STREAM_FRAMES 48
#define JZ_STREAM_CELLS 1024 /* 32 x 32 */

typedef struct jz_stream_checks { /* = { 0 }; ended with jz_stream_checks_done() */
    uint32_t width, height, frames;
    uint8_t *now, *before;                            /* width x height each */
    uint16_t cell[JZ_STREAM_FRAMES][JZ_STREAM_CELLS]; /* means, in 1/256 of a grey level */
    double at_s[JZ_STREAM_FRAMES];
    double both, squares[2]; /* of the noise in two frames, where the picture moves */
    uint64_t moving;
    double moire;
    bool moire_seen;
} jz_stream_checks;

/* The next frame; one of another size, and those past JZ_STREAM_FRAMES, are not looked at. */
JZ_CHECKED jz_status jz_stream_checks_add(jz_stream_checks *c, const jz_plane *plane, double at_s,
                                          jz_err *err);
/* fps: as the container states it. */
void jz_stream_checks_end(const jz_stream_checks *c, double fps, jz_stream *out);
void jz_stream_checks_done(jz_stream_checks *c);

#endif
