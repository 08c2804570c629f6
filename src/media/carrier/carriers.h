/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the table in carrier.c: one pair per container family, each in its own file. */
#ifndef JZ_CARRIERS_H
#define JZ_CARRIERS_H

#include "media/carrier.h"

#define JZ_CARRIER_FUNCTIONS(family)                                                               \
    JZ_CHECKED jz_status jz_##family##_list(jz_source *src, const char *key, jz_meta_fn fn,        \
                                            void *user, jz_err *err);                              \
    JZ_CHECKED jz_status jz_##family##_edit(jz_source *src, const char *key,                       \
                                            const jz_meta_edit *edits, size_t n, jz_splices *out,  \
                                            jz_err *err)

JZ_CARRIER_FUNCTIONS(avi);   /* carrier_avi.c */
JZ_CARRIER_FUNCTIONS(flac);  /* carrier_flac.c */
JZ_CARRIER_FUNCTIONS(gif);   /* carrier_gif.c */
JZ_CARRIER_FUNCTIONS(html);  /* carrier_html.c */
JZ_CARRIER_FUNCTIONS(jpeg);  /* carrier_jpeg.c */
JZ_CARRIER_FUNCTIONS(mkv);   /* carrier_mkv.c */
JZ_CARRIER_FUNCTIONS(mp3);   /* carrier_mp3.c */
JZ_CARRIER_FUNCTIONS(mp4);   /* carrier_mp4.c */
JZ_CARRIER_FUNCTIONS(ogg);   /* carrier_ogg.c */
JZ_CARRIER_FUNCTIONS(ooxml); /* carrier_ooxml.c, carrier_ooxml_edit.c */
JZ_CARRIER_FUNCTIONS(png);   /* carrier_png.c */
JZ_CARRIER_FUNCTIONS(text);  /* carrier_text.c */
JZ_CARRIER_FUNCTIONS(tiff);  /* carrier_tiff.c */
JZ_CARRIER_FUNCTIONS(wav);   /* carrier_wav.c */
JZ_CARRIER_FUNCTIONS(webp);  /* carrier_webp.c */

#endif
