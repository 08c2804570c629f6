/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the encoder share: an overlay, a file through jz-encode, exact pixels. */
#ifndef JZ_ENCODE_FIXTURE_H
#define JZ_ENCODE_FIXTURE_H

#include "base/buf.h"
#include "media/encode.h"

/* Opaque, half and not at all covered parts, in two colours; freed with free(). */
uint8_t *ef_overlay(uint32_t width, uint32_t height, uint32_t x, uint32_t y, jz_overlay *out);
/* jz_encode_overlay() of a file in memory, into *out (emptied first). */
jz_status ef_burn(const jz_buf *file, const jz_overlay *o, size_t n, const jz_encode_span *span,
                  jz_buf *out, jz_encode_info *info, jz_err *err);
/* The same with all of jz_encode_file but the descriptors; sound where there are no overlays. */
jz_status ef_run(const jz_encode_file *how, const jz_buf *file, const jz_overlay *o, size_t n,
                 const jz_encode_span *span, const jz_sound *sound, jz_buf *out,
                 jz_encode_info *info, jz_err *err);
/* The first picture by ffmpeg in a pixel format of its own; skips the test without it. */
void ef_pixels(const jz_buf *file, const char *suffix, const char *format, jz_buf *out);
/* All that a program prints about a file, as fx_peer(); skips the test where it is missing. */
void ef_peer(const jz_buf *file, const char *suffix, const char *const *argv, jz_buf *out);
/* Neither running processes nor zombies of this one, and as many descriptors as there were. */
unsigned ef_descriptors(void);
unsigned ef_children(void);

#endif
