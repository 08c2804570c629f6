/* SPDX-License-Identifier: Apache-2.0 */
/* The words that PDF files are made of (ISO 32000-2, 7.2 and 7.3): tokens, objects with their
 * places, the entries of dictionaries, and the texts in strings. Read through a span, in constant
 * memory and without recursion. Threads: those of the span's source. */
#ifndef JZ_PDF_LEX_H
#define JZ_PDF_LEX_H

#include "media/source.h"

#include <string.h>

#define JZ_PDF_NAME 128  /* bytes of a name or word that are kept, its end included */
#define JZ_PDF_DEPTH 256 /* arrays and dictionaries within each other; more is JZ_E_LIMIT */

typedef enum jz_pdf_kind {
    JZ_PDF_END, /* nothing but white space and comments is left */
    JZ_PDF_INTEGER,
    JZ_PDF_REAL,
    JZ_PDF_NAME_OBJECT,
    JZ_PDF_STRING,
    JZ_PDF_HEX_STRING,
    JZ_PDF_ARRAY,
    JZ_PDF_ARRAY_END,
    JZ_PDF_DICT,
    JZ_PDF_DICT_END,
    JZ_PDF_REFERENCE, /* of jz_pdf_value() only */
    JZ_PDF_WORD,      /* true, null, obj, stream, xref, ... */
} jz_pdf_kind;

typedef struct jz_pdf_item {
    jz_pdf_kind kind;
    uint64_t at;         /* of the span's source */
    uint64_t end;        /* behind it; of an array or dictionary: its first bracket or its last */
    int64_t number;      /* of INTEGER, and the object's of REFERENCE; one too large is
                            INT64_MAX */
    unsigned generation; /* of REFERENCE */
    char text[JZ_PDF_NAME]; /* of a name (decoded, without '/') or a word; of a longer one the
                               beginning; terminated */
    size_t len;             /* of text */
} jz_pdf_item;

/* White space and regular characters of 7.2.3; c may be -1, which is neither. */
static inline bool jz_pdf_is_blank(int c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static inline bool jz_pdf_is_regular(int c)
{
    return c > 0 && !jz_pdf_is_blank(c) && strchr("()<>[]{}/%", c) == NULL;
}

/* The next token; of an array or dictionary its bracket only. JZ_E_CORRUPT, JZ_E_TRUNCATED. */
JZ_CHECKED jz_status jz_pdf_token(jz_span *s, jz_pdf_item *out, jz_err *err);
/* The next whole object; where none begins, the token there: END, ARRAY_END, DICT_END or WORD.
 * JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_pdf_value(jz_span *s, jz_pdf_item *out, jz_err *err);
/* Whether it is this word or name. */
bool jz_pdf_is(const jz_pdf_item *item, jz_pdf_kind kind, const char *text);

/* Reads the "<<" of a dictionary, or the "[" of an array. JZ_E_CORRUPT where there is none. */
JZ_CHECKED jz_status jz_pdf_open_bracket(jz_span *s, jz_pdf_kind kind, jz_err *err);
/* The next entry of a dictionary; *found is false at its ">>", which is read. */
JZ_CHECKED jz_status jz_pdf_entry(jz_span *s, jz_pdf_item *key, jz_pdf_item *value, bool *found,
                                  jz_err *err);
/* The value under a key of the dictionary that begins at the span's cursor; of two the last, as
 * readers do it. */
JZ_CHECKED jz_status jz_pdf_find_entry(jz_span dict, const char *key, jz_pdf_item *value,
                                       bool *found, jz_err *err);

/* Appends the bytes that a STRING or HEX_STRING stands for. More than max stored bytes are
 * JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_pdf_string_bytes(jz_source *src, const jz_pdf_item *string, size_t max,
                                         jz_buf *out, jz_err *err);
/* Appends the text of a text string (7.9.2.2), UTF-8: of UTF-16 or UTF-8 with a byte order mark, or
 * else of PDFDocEncoding (annex D.2). */
void jz_pdf_text_to_utf8(jz_bytes string, jz_buf *out);
/* Appends a text string object for a text in UTF-8: ASCII as it is, any other as UTF-16BE.
 * JZ_E_INVAL for a text that is no UTF-8. */
JZ_CHECKED jz_status jz_pdf_put_text(jz_bytes utf8, jz_buf *out, jz_err *err);

#endif
