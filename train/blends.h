/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of jz-blends share. Errors end the program: it is a tool of one run. */
#ifndef JZ_BLENDS_H
#define JZ_BLENDS_H

#include "inspect/face_net.h"

#include <stdio.h>

/* Crops are wider than what the network sees, so that training can place it in them: by whole cells
 * of the map. */
#define CELL 8u   /* pixels */
#define MARGIN 2u /* cells, on each side */
#define WIDE_MAP (JZ_MAP_SIDE + 2 * MARGIN)
#define WIDE (WIDE_MAP * CELL)
#define MAP ((size_t)WIDE_MAP * WIDE_MAP)
_Static_assert(JZ_NET_SIDE == JZ_MAP_SIDE * CELL, "cells of the map fill the crop");
#define LARGEST 1024u /* SIDE */

typedef struct truth { /* of a frame that becomes a crop */
    jz_square square;
    uint32_t frame; /* of its scene */
    uint16_t photo;
    uint8_t blended;
    uint8_t map[MAP]; /* how much of each cell is blended */
} truth;

typedef struct crop { /* a record of CROPS */
    uint16_t photo;
    uint8_t blended, unused;
    uint8_t map[MAP];
    uint8_t px[WIDE * WIDE * 3];
} crop;

_Noreturn void stop(const char *what);
void check(jz_status st, const jz_err *err);
void *room(size_t size);
uint32_t number(const char *s, uint32_t most);
void put(const void *data, size_t size); /* on stdout */

/* Commands of blends_crops.c; argv begins behind the command's name. */
void crops(int argc, char **argv);
void score(int argc, char **argv);

#endif
