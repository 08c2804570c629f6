/* SPDX-License-Identifier: Apache-2.0 */
/* A file with Content Credentials (C2PA 2.2): where in its container the manifest store stands, the
 * store's bytes, whether the file still is what a hard binding says, and where a new store goes.
 * One row of asset_class.h per format; nothing here knows CBOR, JUMBF or signatures.
 *
 * Files are read in pieces: memory is bounded by JZ_STORE_MAX and a few buffers, never by the file;
 * time is linear in the file (and in the number of exclusions times that of boxes). */
#ifndef JZ_ASSET_H
#define JZ_ASSET_H

#include "media/splice.h"

#define JZ_STORE_MAX ((size_t)16 << 20) /* bytes of a manifest store; more is JZ_E_LIMIT */
#define JZ_BIND_WHY 160                 /* bytes of a reason with its terminator */

/* ---- reading ---- */

typedef struct jz_range { /* of a file, in bytes */
    uint64_t at, size;
} jz_range;

/* A file that is open, and what was found in it. Threads: one, with the source. */
typedef struct jz_asset jz_asset;

/* Goes through the container once. src is borrowed until jz_asset_close(). The format is told by
 * the file's first bytes; a file that begins with a JUMBF box is a sidecar (.c2pa). That there is
 * no store, or one that cannot be used, is no failure of this function: jz_asset_store() says so.
 * JZ_E_UNSUPPORTED for a format that has no row, JZ_E_NOT_MEDIA for none at all, JZ_E_EMPTY,
 * JZ_E_NOMEM, JZ_E_IO, JZ_E_CHANGED. On success *out is new. */
JZ_CHECKED jz_status jz_asset_open(jz_source *src, jz_asset **out, jz_err *err);
void jz_asset_close(jz_asset *a); /* NULL is fine */

/* "jpeg", "png", "webp", "mp4", ...: a jz_format's name; "c2pa" for a sidecar. Static. */
const char *jz_asset_format(const jz_asset *a);
jz_source *jz_asset_source(const jz_asset *a);
/* Whether hard bindings of files of that format are of boxes (c2pa.hash.bmff): MP4 and its kin. */
bool jz_asset_is_bmff(const jz_asset *a);

/* The manifest store: the JUMBF superbox "c2pa" as it was before it was put into the container, not
 * looked into. *out is borrowed from a.
 * JZ_E_NOTFOUND: there is none, and the container is whole.
 * JZ_E_EXISTS: there are two, so that neither counts.
 * JZ_E_LIMIT: more than JZ_STORE_MAX. JZ_E_UNSUPPORTED: in a form that is not read (BigTIFF, a
 * packed ID3v2 frame). JZ_E_CORRUPT, JZ_E_TRUNCATED: there is one, but not all of it, or the
 * container is damaged so that there may be one. */
JZ_CHECKED jz_status jz_asset_store(const jz_asset *a, jz_bytes *out, jz_err *err);
/* The update manifests of a BMFF file that keeps its first store as "original" (A.5.3): a store of
 * their own, which follows that of jz_asset_store(). ptr NULL where there is none, as nearly
 * always.
 */
jz_bytes jz_asset_update(const jz_asset *a);
/* What a c2pa.hash.data of this file must leave out, and nothing less or more for the store's sake:
 * the store with what its container puts around it (of the many pieces of a JPEG one range, where
 * they follow each other). By rising offset, not overlapping. Borrowed; *n is 0 without a store. */
const jz_range *jz_asset_ranges(const jz_asset *a, size_t *n);

/* The URL of a manifest that is kept elsewhere (XMP dcterms:provenance), appended to out. It is
 * never fetched. JZ_E_NOTFOUND where there is none or it cannot be read; JZ_E_IO, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_asset_remote(jz_asset *a, jz_buf *out, jz_err *err);

/* ---- hard bindings: the assertions as plain values, all slices borrowed ---- */

typedef enum jz_digest_alg {
    JZ_DIGEST_SHA256,
    JZ_DIGEST_SHA384,
    JZ_DIGEST_SHA512,
} jz_digest_alg;

#define JZ_DIGEST_BYTES 64 /* the longest of them */

size_t jz_digest_size(jz_digest_alg alg); /* bytes: 32, 48, 64 */

typedef enum jz_verdict {
    JZ_BIND_MATCH,       /* .match */
    JZ_BIND_MISMATCH,    /* .mismatch */
    JZ_BIND_MALFORMED,   /* .malformed: the assertion contradicts itself, or the specification */
    JZ_BIND_UNKNOWN_BOX, /* assertion.boxesHash.unknownBox */
} jz_verdict;

/* What became of a binding. */
typedef struct jz_bound {
    jz_verdict verdict;
    bool additional; /* .additionalExclusionsPresent: more than the store is left out, or, of a BMFF
                        file, more than A.5.6 always leaves out */
    char why[JZ_BIND_WHY]; /* one line for people; empty for a match */
} jz_bound;

/* c2pa.hash.data (18.5). The exclusions as they stand in the assertion; they must rise and not
 * overlap, one must be the store's ranges, to the byte (none where the file has no store). */
typedef struct jz_data_binding {
    jz_digest_alg alg;
    const jz_range *exclusion;
    size_t n;
    jz_bytes hash;
    bool updated;  /* the store has grown by update manifests since: the exclusion that begins where
                      the store does has the store's present size, those behind it are shifted */
    bool hashed;   /* hash was taken of this very file a moment ago: it is not taken again */
    jz_range part; /* the binding is of these bytes of the file, and exclusions count from there;
                      size 0: of all */
} jz_data_binding;

/* A status other than JZ_OK is not about the file: JZ_E_IO, JZ_E_CHANGED, JZ_E_NOMEM,
 * JZ_E_UNSUPPORTED for a digest that libcrypto lacks. The same holds for the other bindings. */
JZ_CHECKED jz_status jz_bind_data(jz_asset *a, const jz_data_binding *b, jz_bound *out,
                                  jz_err *err);

/* Whether the file would be what a c2pa.hash.data binds, had the pieces that u lists never been put
 * into it. */
typedef struct jz_undo_try {
    const jz_range *skip; /* by rising offset, not overlapping, without bytes of the store */
    size_t n;
    const uint8_t *patch; /* four bytes in the place of those from offset 4 on; NULL: none */
    bool read;            /* out: the file was gone through; else it could not be so */
    bool holds;           /* out */
} jz_undo_try;
JZ_CHECKED jz_status jz_bind_without(jz_asset *a, const jz_data_binding *b, jz_undo_try *u,
                                     jz_err *err);

/* c2pa.hash.bmff.v2 and .v3 (18.6). */
typedef struct jz_bmff_match { /* the box has these bytes there */
    uint64_t offset;           /* from the box's first byte, header included */
    jz_bytes value;
} jz_bmff_match;

typedef struct jz_bmff_exclusion {
    jz_bytes xpath; /* "/moov/trak[2]/mdia": UTF-8, not terminated */
    bool has_length, has_version, has_flags;
    bool inexact;               /* "exact": false; the flags given must be set, others may be */
    uint8_t flags[3];           /* of a full box */
    uint64_t length;            /* of the box, header included */
    uint64_t version;           /* of a full box */
    const jz_bmff_match *match; /* "data" */
    size_t n_match;
    const jz_range *subset; /* only these bytes of the box; size 0 = up to its end */
    size_t n_subset;
} jz_bmff_exclusion;

typedef struct jz_merkle_map {
    uint64_t unique_id, local_id;
    uint64_t count; /* leaves */
    jz_digest_alg alg;
    jz_bytes init_hash;   /* ptr NULL: none, the file has no fragments */
    const jz_bytes *hash; /* a row of the tree */
    size_t n_hash;
    uint64_t fixed_block;  /* bytes; 0: none */
    const uint64_t *block; /* bytes; NULL: none */
    size_t n_block;
} jz_merkle_map;

#define JZ_MERKLE_DEPTH 64

typedef struct jz_merkle_proof { /* what a "merkle" uuid box holds */
    uint64_t unique_id, local_id, location;
    jz_bytes hash[JZ_MERKLE_DEPTH]; /* slices of the box's CBOR, the leaf's sibling first */
    size_t n_hash;
} jz_merkle_proof;

typedef struct jz_bmff_binding {
    unsigned version; /* 1 (c2pa.hash.bmff), 2, 3; of 1, box offsets are not hashed */
    jz_digest_alg alg;
    const jz_bmff_exclusion *exclusion;
    size_t n;
    jz_bytes hash; /* ptr NULL: none */
    bool hashed;   /* as in jz_data_binding */
    const jz_merkle_map *merkle;
    size_t n_merkle;
    /* Reads a proof, which is CBOR and may have zeros behind it. What it refuses with JZ_E_CORRUPT
     * is a mismatch. NULL where there is no merkle. */
    jz_status (*read_proof)(void *user, jz_bytes cbor, jz_merkle_proof *out, jz_err *err);
    void *user;
} jz_bmff_binding;

JZ_CHECKED jz_status jz_bind_bmff(jz_asset *a, const jz_bmff_binding *b, jz_bound *out,
                                  jz_err *err);

/* Where the boxes at the end of a BMFF file begin that hold no samples, the last one last: what may
 * have been put there. Bytes that are no box count as one. */
#define JZ_BMFF_TAILS 4
JZ_CHECKED jz_status jz_bmff_tails(jz_asset *a, uint64_t at[JZ_BMFF_TAILS], size_t *n, jz_err *err);

/* c2pa.hash.boxes (18.7). */
typedef struct jz_boxes_entry { /* a run of boxes, one behind the other */
    const jz_bytes *name;       /* "APP1", "IDAT", "C2PA"; UTF-8 */
    size_t n_name;
    jz_digest_alg alg;
    jz_bytes hash;
    bool excluded; /* "excluded": true, its hash is not looked at */
} jz_boxes_entry;

typedef struct jz_boxes_binding {
    const jz_boxes_entry *entry;
    size_t n;
} jz_boxes_binding;

/* JZ_BIND_MALFORMED for a format without boxes of that kind: BMFF, TIFF, MP3, SVG. */
JZ_CHECKED jz_status jz_bind_boxes(jz_asset *a, const jz_boxes_binding *b, jz_bound *out,
                                   jz_err *err);

/* ---- placing a store: for signing ---- */

typedef struct jz_place_run { /* bytes of the new file that are bytes of the store */
    uint64_t at;              /* of the new file */
    size_t from, size;        /* of the store */
} jz_place_run;

/* Where a store of a known size will stand in the new file. The plan holds zeros in its stead, and
 * whatever was there of old stores is taken out. = { 0 }; freed with jz_place_done(). */
typedef struct jz_place {
    jz_splices plan;
    uint64_t new_size;   /* bytes of the new file */
    jz_range *exclusion; /* of the new file: what a c2pa.hash.data must leave out */
    size_t n, room;
    jz_place_run *run; /* by rising offset; together the whole store */
    size_t n_run, run_room;
    size_t size;     /* of the store */
    bool base64;     /* each 3 bytes of the store are 4 of the file (SVG); one run */
    uint64_t crc_at; /* PNG: of the chunk's checksum; 0: none */
} jz_place;
void jz_place_done(jz_place *p);

/* Plans a new file with a store of so many bytes. JZ_E_UNSUPPORTED where the format has no place or
 * something is in the way (says what), JZ_E_CORRUPT and JZ_E_TRUNCATED for a file that is not
 * whole, JZ_E_LIMIT, JZ_E_INVAL for a size of 0 or past JZ_STORE_MAX, JZ_E_NOMEM, JZ_E_IO.
 *
 * The order of signing: jz_place_plan(); jz_splices_write(&p.plan, src, fd) - the kernel copies;
 * jz_hash_data() or jz_hash_bmff() of the new file, the one pass over it; jz_place_store(). */
JZ_CHECKED jz_status jz_place_plan(jz_asset *a, size_t store_size, jz_place *out, jz_err *err);
/* The same for a store to which an update manifest was added (11.2.3): it begins where the old one
 * does. In a BMFF file it is a store of update manifests alone, at the end, and the old one stays
 * (A.5.3). JZ_E_UNSUPPORTED where the old one is where none is written here, and in RIFF files and
 * before MP3 and FLAC, where sizes that are hashed would change. */
JZ_CHECKED jz_status jz_place_update(jz_asset *a, size_t store_size, jz_place *out, jz_err *err);
/* Writes the store to its places in the new file. store.len must be p->size. JZ_E_IO, JZ_E_INVAL.
 */
JZ_CHECKED jz_status jz_place_store(const jz_place *p, jz_bytes store, int fd, jz_err *err);
/* The same into a file in memory that jz_splices_build() has made, for tests and fuzzing. */
JZ_CHECKED jz_status jz_place_store_in(const jz_place *p, jz_bytes store, jz_buf *file,
                                       jz_err *err);

/* The hash of a file but for what the exclusions, rising and not overlapping, leave out.
 * JZ_E_INVAL where they do not, or leave the file. */
JZ_CHECKED jz_status jz_hash_data(jz_source *src, jz_digest_alg alg, const jz_range *exclusion,
                                  size_t n, uint8_t out[JZ_DIGEST_BYTES], jz_err *err);
/* The hash of a file of boxes as c2pa.hash.bmff.v3 has it. JZ_E_INVAL for an exclusion that makes
 * no sense, JZ_E_CORRUPT and JZ_E_TRUNCATED for a file that is not whole. */
JZ_CHECKED jz_status jz_hash_bmff(jz_source *src, jz_digest_alg alg,
                                  const jz_bmff_exclusion *exclusion, size_t n,
                                  uint8_t out[JZ_DIGEST_BYTES], jz_err *err);
/* What every c2pa.hash.bmff.v3 that is written here leaves out: the store, ftyp and mfra (A.5.6).
 * Static. */
const jz_bmff_exclusion *jz_bmff_usual(size_t *n);

static inline void jz_place_donep(jz_place *p)
{
    jz_place_done(p);
}
#define JZ_PLACE_AUTO __attribute__((cleanup(jz_place_donep))) jz_place
JZ_DEFINE_AUTO(jz_asset, jz_asset_close);

#endif
