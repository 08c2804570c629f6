/* SPDX-License-Identifier: Apache-2.0 */
/* Exact and perceptual hashes. Digests are kept in the order in which they are written as hex. */
#ifndef JZ_HASH_H
#define JZ_HASH_H

#include <jz/media.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum jz_hash_kind {
    JZ_HASH_EXACT,      /* of the file's bytes; equal or not */
    JZ_HASH_PERCEPTUAL, /* of its pixels; compared by Hamming distance */
} jz_hash_kind;

/* One row of the table of hash classes. Static; never freed. */
typedef struct jz_hash_class {
    const char *name; /* "pdq"; stored in banks and evidence, never reused */
    jz_hash_kind kind;
    size_t digest_size; /* bytes */
} jz_hash_class;

/* Rows: md5, sha256, sm3 (exact); pdq (PDQ after nearest-neighbour reduction to 512x512, as
 * ThreatExchange's C++ and WASM tools do), pdq_full (PDQ of the full resolution, as
 * python-threatexchange and HMA do), vpdq (PDQ of one video frame at native size). */
JZ_API const jz_hash_class *jz_hash_class_find(const char *name); /* or NULL */
/* The i-th row, NULL past the end. */
JZ_API const jz_hash_class *jz_hash_class_at(size_t i);

#define JZ_MD5_SIZE 16
#define JZ_SHA256_SIZE 32
#define JZ_SM3_SIZE 32
#define JZ_PDQ_SIZE 32
#define JZ_DIGEST_MAX 32

/* The field's rules for PDQ: hashes that differ in more bits do not match, and those of a lower
 * quality are discarded (pictures so flat that they resemble each other). */
#define JZ_PDQ_MAX_BITS 31
#define JZ_PDQ_MIN_QUALITY 50

typedef struct jz_exact_hashes {
    uint64_t bytes;
    uint8_t md5[JZ_MD5_SIZE];       /* RFC 1321 */
    uint8_t sha256[JZ_SHA256_SIZE]; /* FIPS 180-4 */
    uint8_t sm3[JZ_SM3_SIZE];       /* GB/T 32905-2016 */
} jz_exact_hashes;

/* All exact hashes in one pass over a regular file (pread from 0; the offset is not touched).
 * Fails with JZ_E_IO; JZ_E_CHANGED where the file's size or times differ afterwards. Threads:
 * any, on different descriptors. */
JZ_API JZ_CHECKED jz_status jz_exact_hash_fd(int fd, jz_exact_hashes *out, jz_err *err);

/* The same of bytes in memory. */
JZ_API JZ_CHECKED jz_status jz_exact_hash_bytes(jz_bytes data, jz_exact_hashes *out, jz_err *err);

/* SHA-256 of bytes in memory. Threads: any. */
JZ_API void jz_sha256(const void *data, size_t len, uint8_t out[JZ_SHA256_SIZE]);

/* The result of PDQ's transform: every dihedral variant's hash is derived from it. Source:
 * facebook/ThreatExchange pdq/ (hashing.pdf and the C++ core @baefb4e). */
typedef struct jz_pdq {
    float dct[256]; /* row i (vertical frequency), column j, at 16 * i + j */
    int quality;    /* 0..100 */
} jz_pdq;

#define JZ_DIHEDRALS 8
/* In the order of the reference tool. Named by what was done to the picture. */
typedef enum jz_dihedral {
    JZ_ORIGINAL,
    JZ_ROTATE90,
    JZ_ROTATE180,
    JZ_ROTATE270,
    JZ_FLIPX,
    JZ_FLIPY,
    JZ_FLIP_PLUS1,
    JZ_FLIP_MINUS1,
} jz_dihedral;
/* "original", "rotate90", "rotate180", "rotate270", "flipx", "flipy", "plus1", "minus1" */
JZ_API const char *jz_dihedral_name(jz_dihedral v);

/* PDQ of a plane of 1 or 3 channels; luma = 0.299 R + 0.587 G + 0.114 B in float32. A side below
 * 5 pixels gives all zeros and quality 0. Bit-exact to the reference's float arithmetic on every
 * processor. Fails with JZ_E_NOMEM. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_pdq_nn512(const jz_plane *p, jz_pdq *out, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_pdq_full(const jz_plane *p, jz_pdq *out, jz_err *err);
/* The fast path of pdq_full: one sparse tent per output sample, its weights computed for
 * full_width x full_height and mapped onto a plane that may be scaled by 1/2^k. Within 4 bits of
 * jz_pdq_full on all that was measured (bench/), equal on every processor. A plane that is not
 * scaled and turns out nearly flat (quality below 50) is hashed by jz_pdq_full. Of a JPEG's own
 * luma (jz_decode_opts.grey_scaled) the bound holds from quality 50 on. */
JZ_API JZ_CHECKED jz_status jz_pdq_fast(const jz_plane *p, uint32_t full_width,
                                        uint32_t full_height, jz_pdq *out, jz_err *err);
/* The hash of one dihedral variant of the hashed picture; its own median each. */
JZ_API void jz_pdq_digest(const jz_pdq *pdq, jz_dihedral v, uint8_t digest[JZ_PDQ_SIZE]);

typedef struct jz_pdq_variants { /* bytes only: one process can send them to another */
    uint8_t quality;             /* 0..100 */
    uint8_t digest[JZ_DIHEDRALS][JZ_PDQ_SIZE];
} jz_pdq_variants;

typedef struct jz_pdq_still { /* as jz_pdq_nn512() and jz_pdq_full() make them */
    jz_pdq_variants nn512, full;
} jz_pdq_still;

/* Takes jz_frame.pdq; JZ_E_CORRUPT where that cannot be one. */
JZ_API JZ_CHECKED jz_status jz_pdq_still_read(jz_bytes sent, jz_pdq_still *out, jz_err *err);

/* Bits that differ, 0..256. Threads: any. */
JZ_API unsigned jz_hamming256(const uint8_t a[JZ_PDQ_SIZE], const uint8_t b[JZ_PDQ_SIZE]);

/* A copy of p with an EXIF orientation (1..8) applied, for hashing it the way it is shown. The
 * pixels are in *mem, freed with jz_plane_free(). JZ_E_INVAL for another orientation. */
JZ_API JZ_CHECKED jz_status jz_plane_orient(const jz_plane *p, uint32_t orientation, jz_plane *out,
                                            uint8_t **mem, jz_err *err);
JZ_API void jz_plane_free(uint8_t *mem);

/* One line of vPDQ text: frame,quality,hex,seconds (ThreatExchange vpdq/). */
typedef struct jz_vpdq_line {
    uint64_t frame;
    int quality; /* 0..100 */
    uint8_t digest[JZ_PDQ_SIZE];
    double seconds;
} jz_vpdq_line;

/* text: one line without its end. Fails with JZ_E_CORRUPT, naming the field. */
JZ_API JZ_CHECKED jz_status jz_vpdq_parse(const char *text, size_t len, jz_vpdq_line *out,
                                          jz_err *err);
/* Writes the line with its terminating NUL and no newline; buf of JZ_VPDQ_TEXT bytes. */
#define JZ_VPDQ_TEXT 128
JZ_API const char *jz_vpdq_format(const jz_vpdq_line *line, char buf[JZ_VPDQ_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
