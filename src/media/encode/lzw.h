/* SPDX-License-Identifier: Apache-2.0 */
/* LZW as GIF89a (appendix F) and TIFF 6.0 (section 13) have it. Threads: any. */
#ifndef JZ_LZW_H
#define JZ_LZW_H

#include "base/buf.h"

typedef struct jz_lzw_form {
    unsigned bits;    /* of a plain symbol, 2 to 8: GIF's minimum code size; TIFF: 8 */
    bool high_first;  /* the first code lies in the high bits of the first byte; codes become longer
                         one code early: TIFF */
    const char *what; /* in messages */
} jz_lzw_form;

/* Decodes exactly n bytes into out; what stands behind them is ignored. JZ_E_CORRUPT for a code
 * that does not exist yet, JZ_E_TRUNCATED where the codes end early. out is scratch on failure. */
JZ_CHECKED jz_status jz_lzw_decode(const jz_lzw_form *form, jz_bytes in, uint8_t *out, size_t n,
                                   jz_err *err);
/* Appends the codes of in, whose bytes are all below 1 << bits. JZ_E_NOMEM, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_lzw_encode(const jz_lzw_form *form, jz_bytes in, jz_buf *out, jz_err *err);

#endif
