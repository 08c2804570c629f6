/* SPDX-License-Identifier: Apache-2.0 */
/* ID3v2 tags (id3.org: ID3v2.3.0 of 1999, ID3v2.4.0 structure and frames of 2000) in a file: their
 * frames and the texts in them. Versions 2.3 and 2.4; of others, the place alone. */
#ifndef JZ_ID3_H
#define JZ_ID3_H

#include "media/source.h"

#define JZ_ID3_HEAD 10 /* bytes, of a tag and of a frame */

enum {
    JZ_ID3_UNSYNC = 0x80, /* FF is followed by a 0 that is not there */
    JZ_ID3_EXTENDED = 0x40,
    JZ_ID3_FOOTER = 0x10,
};

typedef struct jz_id3 {
    uint64_t at;     /* of its header */
    uint64_t end;    /* of all of it, with the footer */
    uint8_t version; /* 3 and 4 can be read */
    uint8_t flags;
    uint32_t size; /* as in the header */
    jz_span s;     /* frames that are still to be read, and padding */
    bool plain;    /* 2.4 with a size that has all eight bits, as old iTunes wrote them */
    bool cut;      /* the file ends within it */
} jz_id3;

typedef struct jz_id3_frame {
    char id[5];
    uint16_t flags;
    uint64_t at, end; /* of its header; of its data */
    jz_span data;     /* as stored */
    bool unsync;      /* data are, by themselves */
    bool packed;      /* compressed */
    bool encrypted;   /* not readable */
    unsigned prefix;  /* bytes before the text: group, method, lengths */
} jz_id3_frame;

/* The tag at the cursor, which moves behind it; found is false where there is none. An extended
 * header is passed over. JZ_E_CORRUPT. */
JZ_CHECKED jz_status jz_id3_open(jz_span *file, jz_id3 *out, bool *found, jz_err *err);
/* The next frame; found is false at the padding and at the end. JZ_E_TRUNCATED, JZ_E_CORRUPT. */
JZ_CHECKED jz_status jz_id3_next(jz_id3 *tag, jz_id3_frame *out, bool *found, jz_err *err);
/* Appends its data as they were before they were packed. JZ_E_LIMIT past JZ_META_MAX,
 * JZ_E_UNSUPPORTED where they are encrypted, JZ_E_CORRUPT. */
JZ_CHECKED jz_status jz_id3_read(const jz_id3_frame *f, jz_buf *out, jz_err *err);

/* The next text of a frame's data, up to its end or its terminator, as UTF-8; encoding as ID3v2.4,
 * 4: 0 Latin-1, 1 UTF-16, 2 UTF-16 big endian, 3 UTF-8. *at moves behind the terminator.
 * JZ_E_CORRUPT for another encoding. */
JZ_CHECKED jz_status jz_id3_text(jz_bytes data, size_t *at, uint8_t encoding, jz_buf *out,
                                 jz_err *err);
/* Appends a TXXX frame. value is UTF-8 without a zero. unsync as in a tag of 2.3. JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_id3_put_txxx(const jz_id3 *tag, const char *key, jz_bytes value,
                                     jz_buf *out, jz_err *err);
/* Four bytes of seven bits; v < 2^28. */
void jz_id3_put_size(uint32_t v, uint8_t out[4]);

#endif
