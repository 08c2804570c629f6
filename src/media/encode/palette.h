/* SPDX-License-Identifier: Apache-2.0 */
/* Room for a mark's colours in a palette of 256 whose used entries must stay what they are. */
#ifndef JZ_PALETTE_H
#define JZ_PALETTE_H

#include <jz/base.h>

#define JZ_PALETTE_MAX 256

typedef struct jz_palette {
    uint8_t rgb[JZ_PALETTE_MAX][3];
    size_t n;                  /* entries; more can be added */
    bool kept[JZ_PALETTE_MAX]; /* pixels have it: it is not changed */
    int clear;                 /* this entry is no colour; -1 = there is none */
    bool changed;              /* set by jz_palette_fit() where an entry is new */
} jz_palette;

/* A colour that is wanted, and the entry that it gets. */
typedef struct jz_palette_wish {
    uint8_t rgb[3];
    uint8_t entry;
} jz_palette_wish;

/* Gives the entries that are not kept to the wished colours, the most frequent first; the others
 * get the nearest entry. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_palette_fit(jz_palette *p, jz_palette_wish *wishes, size_t n, jz_err *err);

#endif
