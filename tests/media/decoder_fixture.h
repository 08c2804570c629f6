/* SPDX-License-Identifier: Apache-2.0 */
/* What the decoder's tests share: pictures made in memory, decoded through a sandbox. */
#ifndef JZ_DECODER_FIXTURE_H
#define JZ_DECODER_FIXTURE_H

#include <jz/media.h>

typedef struct blob { /* bytes on the heap; freed with blob_done() */
    uint8_t *ptr;
    size_t len;
} blob;
void blob_done(blob *b);
/* A memory file that holds the bytes; the caller closes it. */
int blob_open(const void *data, size_t len);

typedef struct jpeg_spec { /* zeros: baseline RGB input, quality 75, 4:2:0 */
    uint32_t width;
    uint32_t height;
    uint32_t channels; /* 1 grey, 0 or 3 colour, 4 CMYK (written as YCCK) */
    bool full_chroma;
    bool progressive;
    bool arithmetic;
    unsigned refinements; /* more scans than any real file has */
    uint32_t orientation; /* with an Exif block where it is not 0 */
} jpeg_spec;
/* A deterministic picture: gradients, edges and noise. */
blob jpeg_make(const jpeg_spec *spec);
/* The ordinary full decode by libjpeg-turbo, to the given J_COLOR_SPACE; scaled by 1/denominator.
 * Rows without padding. */
blob jpeg_reference(const blob *file, int color_space, unsigned denominator, uint32_t *width,
                    uint32_t *height);

typedef struct shot { /* the last frame, copied; = { 0 } */
    blob pixels;
    jz_frame frame; /* its px is not valid, nor is its pdq */
    blob pdq;       /* copied too */
    unsigned frames;
    void (*during)(void *user); /* called while the worker waits for the answer */
    void *user;
    jz_status answer;
} shot;
void shot_done(shot *s);
/* The jz_frame_fn for a shot. */
jz_status shot_take(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err);

/* jz_decode() of bytes, into a shot that is emptied first (but for during, user and answer). */
jz_status decode_bytes(jz_decoder *d, const void *data, size_t len, const jz_decode_opts *opts,
                       shot *s, jz_media_info *info, jz_err *err);

#endif
