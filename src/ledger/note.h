/* SPDX-License-Identifier: Apache-2.0 */
/* Signed notes (c2sp.org/signed-note) with Ed25519 signatures and cosignatures
 * (c2sp.org/tlog-cosignature, type 0x04). Threads: any. */
#ifndef JZ_NOTE_H
#define JZ_NOTE_H

#include "base/buf.h"

#include <jz/ledger.h>

#define JZ_NOTE_MAX ((size_t)1 << 20) /* bytes of a note */
#define JZ_NOTE_SIGS 100              /* signature lines of a note */

typedef struct jz_note_sig { /* one line; borrowed from the note */
    jz_bytes name;
    jz_bytes blob64; /* Base 64 of id and signature */
    uint8_t id[4];
} jz_note_sig;

typedef struct jz_note { /* borrowed from the bytes that were parsed */
    jz_bytes text;       /* with its last LF, without the empty line */
    jz_note_sig sig[JZ_NOTE_SIGS];
    size_t n;
} jz_note;

/* JZ_E_CORRUPT for what is no note, JZ_E_LIMIT for one that is too large. Verifies nothing. */
JZ_CHECKED jz_status jz_note_parse(jz_bytes bytes, jz_note *out, jz_err *err);
/* The same for signature lines alone; out->text is left empty. */
JZ_CHECKED jz_status jz_note_parse_lines(jz_bytes lines, jz_note *out, jz_err *err);

/* Appends a line as it was parsed. */
void jz_note_put_line(const jz_note_sig *sig, jz_buf *out);

typedef struct jz_note_seal { /* what one key says of a note */
    bool valid;
    uint64_t time; /* of a cosignature, the latest: seconds since 1970 UTC; else 0 */
} jz_note_seal;

/* seals[i] is for keys[i]. Signatures of other keys are ignored; a false one of a known key is
 * JZ_E_MISMATCH, and so is a note that none of the keys has signed. A key counts once, however
 * often it stands in keys. */
JZ_CHECKED jz_status jz_note_verify(const jz_note *note, const jz_vkey *keys, size_t n,
                                    jz_note_seal *seals, jz_err *err);
/* As jz_note_verify(), but that no key has signed is JZ_OK. */
JZ_CHECKED jz_status jz_note_verify_any(const jz_note *note, const jz_vkey *keys, size_t n,
                                        jz_note_seal *seals, jz_err *err);

/* Appends the signature line of a text; time is of a cosignature, below 2^63. JZ_E_INVAL for a
 * text that no note can hold. On failure *out is as it was, or has failed. */
JZ_CHECKED jz_status jz_note_sign(jz_bytes text, const jz_skey *key, uint64_t time, jz_buf *out,
                                  jz_err *err);

#endif
