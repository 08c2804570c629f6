/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an explicit mark, set in the built-in letters and drawn as coverage: the same bits on
 * every machine. Threads: any. */
#ifndef JZ_MARK_TEXT_H
#define JZ_MARK_TEXT_H

#include <jz/base.h>

#define JZ_MARK_LETTERS_MAX 256 /* code points of one text */
#define JZ_MARK_INK 128         /* a pixel covered by half or more is ink */
/* Pixels of an em below which Chinese characters cannot be read. */
#define JZ_MARK_EM_MIN 12

/* Where the ink of one letter is, in pixels of its text. */
typedef struct jz_mark_ink {
    uint32_t cp; /* Unicode code point */
    uint32_t x, y;
    uint32_t width, height; /* 0 where no pixel is covered by half */
    bool counts;            /* its height is what the law measures: jz_glyph.counts */
} jz_mark_ink;

typedef enum jz_mark_align { JZ_MARK_LEFT, JZ_MARK_MIDDLE, JZ_MARK_RIGHT } jz_mark_align;

typedef struct jz_mark_layout { /* zero-initialise, but for em */
    uint32_t em;                /* pixels, 1 to 8192 */
    uint32_t max_width;         /* pixels; a longer line is broken; 0 = never */
    uint32_t max_height;        /* pixels of all lines; 0 = no limit */
    jz_mark_align align;        /* of lines that are broken */
} jz_mark_layout;

typedef struct jz_mark_text { /* = { 0 }; freed with jz_mark_text_done() */
    uint8_t *px;            /* coverage 0..255, rows of width bytes from top to bottom, cut to what
                               is covered; owned */
    uint32_t width, height; /* pixels */
    jz_mark_ink *ink;       /* of the letters that are not blanks, in reading order; owned */
    size_t letters;         /* how many of them */
    uint32_t lines;
    uint32_t em;
    uint32_t smallest; /* pixels: the least ink height of those that count, as drawn */
} jz_mark_text;
void jz_mark_text_done(jz_mark_text *t);

/* Draws a text. Lines break at blanks, behind hyphens, and between Chinese characters or kana,
 * never before a closing or behind an opening mark. Fails with JZ_E_INVAL (no valid UTF-8; a
 * character without a built-in letter, named with its position; no letter or digit; more than
 * JZ_MARK_LETTERS_MAX), JZ_E_LIMIT (does not fit: the message says what), JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_mark_text_draw(const char *utf8, const jz_mark_layout *layout,
                                       jz_mark_text *out, jz_err *err);

/* The least em, not below JZ_MARK_EM_MIN, at which each letter of the text that counts has ink at
 * least ink_height pixels high, measured on the letters as drawn. Fails as jz_mark_text_draw(). */
JZ_CHECKED jz_status jz_mark_text_em(const char *utf8, uint32_t ink_height, uint32_t *em,
                                     jz_err *err);

static inline void jz_mark_text_donep(jz_mark_text *t)
{
    jz_mark_text_done(t);
}
#define JZ_MARK_TEXT_AUTO __attribute__((cleanup(jz_mark_text_donep))) jz_mark_text

#endif
