/* SPDX-License-Identifier: Apache-2.0 */
/* The letters that explicit marks are set in, built into the program: printable ASCII, Latin-1,
 * Latin Extended-A, kana, and the Chinese characters and Korean syllables of the usual wordings. No
 * installed font plays a part. Threads: any. */
#ifndef JZ_MARK_GLYPHS_H
#define JZ_MARK_GLYPHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_GLYPH_EM 1000 /* units of one em */

typedef struct jz_glyph {
    uint32_t cp;      /* Unicode code point */
    uint16_t advance; /* units from this letter's origin to the next one's */
    bool counts;      /* a letter or digit, whose height the law measures; not punctuation, signs,
                         blanks */
    const char *outline; /* polygons, as tools/make_glyphs encodes them; "" for a blank */
} jz_glyph;

extern const jz_glyph jz_glyphs[]; /* ascending by code point */
extern const size_t jz_glyph_count;

/* The letter of a code point, or NULL. */
const jz_glyph *jz_glyph_find(uint32_t cp);

/* Walks over the corners of an outline. */
typedef struct jz_outline {
    const char *at;
    int32_t x;  /* units, to the right of the letter's origin */
    int32_t y;  /* units, above the base line */
    bool first; /* the corner is the first one of its polygon; polygons close by themselves */
    bool begun; /* there was a corner before */
} jz_outline;

jz_outline jz_outline_of(const jz_glyph *g);
/* The next corner is in *o; false where there is none. */
bool jz_outline_next(jz_outline *o);

#endif
