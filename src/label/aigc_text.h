/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of a label's text share (aigc_parse.c, aigc_flow.c, aigc_yaml.c): scalars, and
 * the way of a key and its value into a label. Not for use outside of src/label/aigc*.c.
 *
 * There is a reader of our own, not jansson, since what must be read is more than JSON: YAML flow
 * mappings, Python's quotes, escapes without a string around them, the first of two equal keys. */
#ifndef JZ_AIGC_TEXT_H
#define JZ_AIGC_TEXT_H

#include "base/rd.h"
#include "label/aigc.h"

/* The byte that is n ahead, -1 past the end. */
static inline int jz_text_peek(const jz_rd *rd, size_t n)
{
    return n < rd->len - rd->at ? rd->ptr[rd->at + n] : -1;
}
static inline bool jz_text_is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
/* Passes blanks and line ends; gives the byte that follows, -1 at the end. */
int jz_text_blanks(jz_rd *rd);
/* Appends the scalar in double or single quotes that begins at the cursor, which is moved past it.
 * JSON's and YAML's escapes; a line end within becomes one blank (YAML 1.2.2, 6.5). Always UTF-8
 * without NUL: what is not becomes U+FFFD. JZ_E_CORRUPT where it does not end. */
JZ_CHECKED jz_status jz_text_quoted(jz_rd *rd, jz_buf *out, jz_err *err);
/* The same for what stands behind the opening quote of a string in double quotes; the end of the
 * text ends it too. */
JZ_CHECKED jz_status jz_text_unescape(jz_rd *rd, jz_buf *out, jz_err *err);
/* Appends bytes, with U+FFFD for what is not UTF-8 and for NUL. */
void jz_text_put(jz_buf *out, jz_bytes bytes);

/* A key or a value, on its own: = { 0 }, its text freed by the user. */
typedef struct jz_aigc_scalar {
    jz_buf text; /* unescaped; of brackets and of what is in them: as written */
    bool string; /* and neither a number, true, false, null nor brackets */
    bool null;   /* nothing at all, or null */
    bool yaml;   /* written as JSON cannot have it: plain, or in single quotes */
} jz_aigc_scalar;

/* What plain text means in JSON and in YAML's core schema (1.2.2, 10.3.2). */
void jz_aigc_resolve(jz_aigc_scalar *s);
/* Appends the brackets at the cursor with all that is in them; it is moved past them. */
JZ_CHECKED jz_status jz_aigc_nested(jz_rd *rd, jz_buf *out, jz_err *err);

/* Whether a key leads to a label: it contains AIGC (App. E a). */
bool jz_aigc_is_wrapper(jz_bytes key);
/* Puts a value under a key into the label and notes the traits: a second one does not count, and
 * neither does a key that is no field. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_aigc_take(jz_aigc *a, const jz_aigc_scalar *key,
                                  const jz_aigc_scalar *value, jz_err *err);
/* Whether a key is one of a label's, in any of its spellings. */
bool jz_aigc_is_key(jz_bytes key);

/* Reads the mapping {...} at the cursor, and moves past it. Where it has a key that contains AIGC,
 * the mapping behind that key is the label; a text behind it goes to inner, to be read as a label.
 * Fields read before damage stay in *a. */
JZ_CHECKED jz_status jz_aigc_flow(jz_rd *rd, jz_aigc *a, jz_buf *inner, jz_err *err);
/* Reads lines "key: value", below the key AIGC where there is one. inner as above. */
JZ_CHECKED jz_status jz_aigc_yaml(jz_bytes text, jz_aigc *a, jz_buf *inner, jz_err *err);

#define JZ_AIGC_DEPTH 64 /* brackets in brackets */

#endif
