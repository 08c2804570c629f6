/* SPDX-License-Identifier: Apache-2.0 */
/* What those concerned are told of a decision, in each language of the pages. Their words are those
 * of web/texts.tsv. The same functions write what is told, and the preview of it: there the
 * decision is carried out, read back and rolled back. */
#ifndef JZ_TOLD_H
#define JZ_TOLD_H

#include "serve/api.h"

#include <jz/complaint.h>

#define JZ_TOLD_LANGUAGES 2
extern const char *const jz_told_language[JZ_TOLD_LANGUAGES]; /* "zh-CN", "en" */

typedef struct jz_told_text { /* of the table; made by tools/embed_told */
    const char *key, *text[JZ_TOLD_LANGUAGES];
} jz_told_text;
extern const jz_told_text jz_told_texts[];
extern const size_t jz_told_text_count;

/* A notice to whoever complained, as text. */
void jz_told_notice(const jz_complaint_notice *n, unsigned language, jz_buf *out);
/* "says":{"zh-CN":...,"en":...} of a notice. */
void jz_told_put_notice(jz_json *j, const jz_complaint_notice *n);
/* What whoever has the account, or put the content there, is told of a decision, as it stands.
 * JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_told_account(jz_govern *g, const char *decision, unsigned language,
                                     jz_buf *out, jz_err *err);
/* {"complainant":{"zh-CN":...},"account":{...}} of what the handler of a route with JZ_API_UNDO has
 * just done, in its transaction, into c->told: of whoever is told something. */
JZ_CHECKED jz_status jz_told_preview(jz_api_call *c, jz_err *err);

#endif
