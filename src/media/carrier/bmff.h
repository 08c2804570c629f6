/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes of the ISO base media file format (ISO/IEC 14496-12:2022 4.2) and of QuickTime, and a walk
 * through them in the file's order that reads their headers only. */
#ifndef JZ_BMFF_H
#define JZ_BMFF_H

#include "media/source.h"

#define JZ_BOX_DEPTH 16

typedef struct jz_box {
    uint64_t at;  /* of its size field */
    uint64_t end; /* of the file; within what holds it */
    jz_span body; /* behind size and type; its cursor at the start */
    char type[5];
    uint8_t head; /* bytes before the body: 8, or 16 with a 64-bit size */
    bool open;    /* its size field is 0: it ends where what holds it does */
} jz_box;

bool jz_box_is(const jz_box *b, const char *type);
/* The box at the span's cursor, which moves behind it; *more is false at the end. QuickTime ends a
 * list with four zero bytes, some writers with more: those are the end too, and the cursor then
 * stays in front of them. JZ_E_CORRUPT for a size below the header's, JZ_E_TRUNCATED for one that
 * leaves the span. */
JZ_CHECKED jz_status jz_box_next(jz_span *s, jz_box *out, bool *more, jz_err *err);
/* Version and flags, which begin a full box. */
JZ_CHECKED jz_status jz_box_version(jz_span *body, uint8_t *version, uint32_t *flags, jz_err *err);
/* The boxes in a meta box, which is a full box in ISO files and none in QuickTime's. */
JZ_CHECKED jz_status jz_box_meta(const jz_box *meta, jz_span *out, jz_err *err);

/* A walk, depth first. Damage within a box ends the walk, or, where it is tolerant, that box only;
 * the walk then ends with it. */
typedef struct jz_box_walk {
    jz_box path[JZ_BOX_DEPTH]; /* the present box is the last of them */
    size_t depth;              /* boxes in path */
    jz_span rest[JZ_BOX_DEPTH];
    size_t open; /* which rest the walk is in */
    size_t seen; /* boxes */
    bool tolerant;
    jz_err noted;
} jz_box_walk;

void jz_box_walk_init(jz_box_walk *w, jz_source *src, bool tolerant);
/* The next box that is in an entered one, or behind it. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT
 * for a file of more than four million boxes, JZ_E_IO. */
JZ_CHECKED jz_status jz_box_walk_next(jz_box_walk *w, bool *more, jz_err *err);
/* The next box is the first one in content, a part of the present box. JZ_E_LIMIT for one that is
 * JZ_BOX_DEPTH deep. */
JZ_CHECKED jz_status jz_box_walk_enter(jz_box_walk *w, jz_span content, jz_err *err);
const jz_box *jz_box_walk_box(const jz_box_walk *w);
/* Whether the present box is at a place such as "moov/udta/meta". */
bool jz_box_walk_is(const jz_box_walk *w, const char *path);

#endif
