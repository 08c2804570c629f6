/* SPDX-License-Identifier: Apache-2.0 */
/* Vorbis comments (Vorbis I specification, 5), as FLAC and Ogg streams hold them: a vendor, a
 * count, texts of the form KEY=value, and whatever a codec puts behind them. In memory, read and
 * changed whole. */
#ifndef JZ_VORBIS_COMMENT_H
#define JZ_VORBIS_COMMENT_H

#include "media/carrier.h"

/* What jz_carrier.edit is about, and how many of its edits are done. */
typedef struct jz_comment_edits {
    const char *key;
    const jz_meta_edit *edits;
    size_t n;
    size_t done;
} jz_comment_edits;

/* Hands on each text whose key contains key. base: of the first byte of block, in the file; a
 * text's offset counts from there. JZ_E_CORRUPT, JZ_E_TRUNCATED after what was readable. */
JZ_CHECKED jz_status jz_comments_list(jz_bytes block, uint64_t base, const char *where,
                                      const char *key, jz_meta_fn fn, void *user, jz_err *err);
/* Appends the block with the edits done; new texts are the last. An empty block (len 0) gives a new
 * one. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_comments_edit(jz_bytes block, uint64_t base, jz_comment_edits *e,
                                      jz_buf *out, jz_err *err);

#endif
