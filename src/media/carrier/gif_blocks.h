/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks of a GIF (89a specification, CompuServe 1990), one after the other: pictures and
 * extensions, whose data stand in sub-blocks of up to 255 bytes, a byte of length before each and a
 * 0 behind the last. */
#ifndef JZ_GIF_BLOCKS_H
#define JZ_GIF_BLOCKS_H

#include "media/source.h"

enum { /* what begins a block */
       JZ_GIF_EXTENSION = 0x21,
       JZ_GIF_PICTURE = 0x2c,
       JZ_GIF_TRAILER = 0x3b,
};
enum { /* labels of extensions */
       JZ_GIF_COMMENT = 0xfe,
       JZ_GIF_APPLICATION = 0xff,
};

#define JZ_GIF_APP_BYTES 11 /* identifier and authentication code */
#define JZ_GIF_VERSION_AT 4 /* of the 7 or 9 in the signature */

typedef struct jz_gif_block {
    uint8_t code;
    uint8_t label;              /* of an extension */
    char app[JZ_GIF_APP_BYTES]; /* of an application extension */
    uint64_t at, end;           /* in the file */
    jz_span data;               /* all sub-blocks, without the last one, of length 0 */
} jz_gif_block;

typedef struct jz_gif {
    jz_span s;
    bool strict; /* no byte between blocks */
    bool old;    /* GIF87a, which has no extensions */
} jz_gif;

/* Behind the screen descriptor and its colours. JZ_E_CORRUPT where there is no signature. */
JZ_CHECKED jz_status jz_gif_open(jz_source *src, bool strict, jz_gif *out, jz_err *err);
/* JZ_E_CORRUPT, JZ_E_TRUNCATED. */
JZ_CHECKED jz_status jz_gif_next(jz_gif *g, jz_gif_block *out, jz_err *err);
/* Whether it is an application extension of that identifier and code, JZ_GIF_APP_BYTES long. */
bool jz_gif_is_app(const jz_gif_block *b, const char *app);

#endif
