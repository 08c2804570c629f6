/* SPDX-License-Identifier: Apache-2.0 */
/* An overlay laid over the samples of a picture, whatever its colours, depth, chroma sampling and
 * order in memory. Done on the coded (non-linear) values, as players and browsers do. */
#ifndef JZ_BLEND_H
#define JZ_BLEND_H

#include "media/encode.h"

/* The colours that a picture's samples mean. */
typedef enum jz_colour_model {
    JZ_COLOUR_RGB,  /* components R, G, B, alpha */
    JZ_COLOUR_YCC,  /* Y', Cb, Cr, alpha */
    JZ_COLOUR_GREY, /* Y', alpha */
} jz_colour_model;

typedef struct jz_colour {
    jz_colour_model model;
    unsigned depth; /* bits of a sample, 1 to 16 */
    double white;   /* the signal of a mark's white, as a share of the largest; 0 = 1 */
    double kr, kb;  /* luma's shares of red and blue (ITU-T H.273 table 4); YCC and GREY */
    bool limited;   /* Y' 16..235 and C 16..240, of 8 bits (H.273 8.3); else the full range */
} jz_colour;

#define JZ_KR_601 0.299
#define JZ_KB_601 0.114

/* An overlay in a picture's colours. */
typedef struct jz_mark {
    uint32_t x, y, width, height; /* of the picture, pixels */
    uint32_t picture_width, picture_height;
    const jz_delta *delta; /* NULL, or what is added instead; x and y are 0 then */
    float gain[3];         /* of it, for each component */
    uint32_t left, top;    /* where what is called the picture here lies in the whole one */
    uint32_t whole_width, whole_height;
    float *px; /* component values 0, 1, 2, then opacity 0 to 1; owned */
    float max; /* the largest value of a sample */
} jz_mark;

/* JZ_E_NOMEM. The overlay lies within the picture. */
JZ_CHECKED jz_status jz_mark_make(const jz_overlay *overlay, const jz_colour *colour,
                                  uint32_t picture_width, uint32_t picture_height, jz_mark *out,
                                  jz_err *err);
/* For a change of brightness: the picture here is a part of a larger one, from (left, top). */
void jz_mark_part(jz_mark *mark, uint32_t left, uint32_t top, uint32_t whole_width,
                  uint32_t whole_height);
void jz_mark_done(jz_mark *mark);

/* Samples of one component in memory. */
typedef struct jz_samples {
    uint8_t *px;      /* of the first sample of the first row here */
    ptrdiff_t stride; /* bytes from one row to the next */
    size_t step;      /* bytes from one sample to the next */
    uint32_t top;     /* which row of the component the first row here is */
    uint32_t rows;    /* here */
    uint32_t fx, fy;  /* a sample stands for so many pixels, across and down */
    unsigned shift;   /* unused bits below a sample of two bytes */
    bool wide;        /* two bytes, else one */
    bool big_endian;
} jz_samples;

/* The value of one of them. */
uint32_t jz_sample_get(const jz_samples *s, uint32_t x, uint32_t row);

#define JZ_COMPONENT_ALPHA 3

/* Lays the mark over the rows that are there. under: the picture's own alpha, of the same layout,
 * before it was changed; NULL where it has none. The alpha component itself comes last. */
void jz_mark_blend(const jz_mark *mark, unsigned component, const jz_samples *samples,
                   const jz_samples *under);

/* The mark's mean over a rectangle of pixels, cut off at the picture's edges: its opacity, and its
 * component weighted with it. A sample under it becomes sample * (1 - *opacity) + *value. A change
 * of brightness has no opacity. */
void jz_mark_mean(const jz_mark *mark, unsigned component, uint32_t x, uint32_t y, uint32_t width,
                  uint32_t height, float *value, float *opacity);

#endif
