/* SPDX-License-Identifier: Apache-2.0 */
/* The explicit mark of documents (GB 45438-2025, 5.1): a sentence of its own at the start or the
 * end of what people read: a line of a text, a paragraph of HTML or of a Word document. Threads:
 * any. */
#ifndef JZ_MARK_DOCUMENT_H
#define JZ_MARK_DOCUMENT_H

#include "media/splice.h"

#include <jz/label.h>

#define JZ_MARK_SENTENCE "本内容由AI生成"
#define JZ_MARK_SENTENCE_MAX 1024 /* bytes */

/* Whether files of that format (a jz_carrier's) have a place for a sentence. */
bool jz_mark_is_document(const char *format);

/* What writes opts->text, or JZ_MARK_SENTENCE, where opts->where says, into out, which must be
 * empty. *placed: how many of them; one that stands in its place already is not written again.
 * Fails with JZ_E_INVAL (a sentence that is none), JZ_E_UNSUPPORTED, JZ_E_LIMIT, JZ_E_CORRUPT,
 * JZ_E_IO, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_mark_document_plan(jz_source *src, const char *format,
                                           const jz_mark_opts *opts, jz_splices *out,
                                           unsigned *placed, jz_err *err);
/* The same as a new file, which is read again to see that the sentence is in it. */
JZ_CHECKED jz_status jz_mark_document(jz_source *src, const char *format, const jz_mark_opts *opts,
                                      int out_fd, jz_mark_result *out, jz_err *err);

/* For mark_document.c. */
JZ_CHECKED jz_status jz_mark_docx_plan(jz_source *src, jz_bytes sentence, jz_mark_where where,
                                       jz_splices *out, unsigned *placed, jz_err *err);

#endif
