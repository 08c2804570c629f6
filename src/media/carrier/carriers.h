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
JZ_CARRIER_FUNCTIONS(flv);   /* carrier_flv.c */
JZ_CARRIER_FUNCTIONS(gif);   /* carrier_gif.c */
JZ_CARRIER_FUNCTIONS(heif);  /* carrier_heif.c, heif_new.c */
JZ_CARRIER_FUNCTIONS(html);  /* carrier_html.c */
JZ_CARRIER_FUNCTIONS(jpeg);  /* carrier_jpeg.c */
JZ_CARRIER_FUNCTIONS(mkv);   /* carrier_mkv.c */
JZ_CARRIER_FUNCTIONS(mp3);   /* carrier_mp3.c */
JZ_CARRIER_FUNCTIONS(mp4);   /* carrier_mp4.c */
JZ_CARRIER_FUNCTIONS(ogg);   /* carrier_ogg.c */
JZ_CARRIER_FUNCTIONS(ooxml); /* carrier_ooxml.c, carrier_ooxml_edit.c */
JZ_CARRIER_FUNCTIONS(pdf);   /* carrier_pdf.c, carrier_pdf_edit.c */
JZ_CARRIER_FUNCTIONS(png);   /* carrier_png.c */
JZ_CARRIER_FUNCTIONS(text);  /* carrier_text.c */
JZ_CARRIER_FUNCTIONS(tiff);  /* carrier_tiff.c */
JZ_CARRIER_FUNCTIONS(wav);   /* carrier_wav.c */
JZ_CARRIER_FUNCTIONS(webp);  /* carrier_webp.c */

/* Where in a document a sentence of its own may stand, as offsets in the file. */
typedef struct jz_body {
    uint64_t begin; /* before all that people read */
    uint64_t end;   /* behind it; JZ_META_NEW where that is not in the file's beginning */
    bool crlf;      /* how lines end */
} jz_body;
/* Behind front matter; in the body element. JZ_E_UNSUPPORTED where there is no such place, says
 * why; JZ_E_LIMIT where it begins behind what is searched. */
JZ_CHECKED jz_status jz_text_body(jz_source *src, jz_body *out, jz_err *err);
JZ_CHECKED jz_status jz_html_body(jz_source *src, jz_body *out, jz_err *err);
/* Text as HTML and back, for carriers and marks: in ASCII whatever the text. JZ_E_INVAL for what is
 * not UTF-8. */
JZ_CHECKED jz_status jz_html_escape(jz_bytes value, jz_buf *out, jz_err *err);
void jz_html_unescape(const char *s, size_t len, jz_buf *out);

#endif
