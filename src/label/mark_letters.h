/* SPDX-License-Identifier: Apache-2.0 */
/* A text as built-in letters, and its lines. */
#ifndef JZ_MARK_LETTERS_H
#define JZ_MARK_LETTERS_H

#include "label/mark_glyphs.h"
#include "label/mark_text.h"

typedef struct jz_mark_letters {
    const jz_glyph *glyph[JZ_MARK_LETTERS_MAX];
    size_t count;
} jz_mark_letters;

/* Fails with JZ_E_INVAL as jz_mark_text_draw() says. */
JZ_CHECKED jz_status jz_mark_letters_read(const char *utf8, jz_mark_letters *out, jz_err *err);

typedef struct jz_mark_line {
    size_t begin, end; /* letters; blanks at both ends are left out */
    uint32_t width;    /* pixels of their advances */
} jz_mark_line;

/* How far the pen moves for letters [begin, end), in pixels: where a letter stands depends only on
 * the line's letters before it. */
uint32_t jz_mark_pen(const jz_mark_letters *l, size_t begin, size_t end, uint32_t em);

/* Breaks into lines no wider than layout->max_width where it can; lines holds JZ_MARK_LETTERS_MAX.
 * Returns their number. A line that cannot be broken stays too wide. */
size_t jz_mark_lines(const jz_mark_letters *l, const jz_mark_layout *layout, jz_mark_line *lines);

#endif
