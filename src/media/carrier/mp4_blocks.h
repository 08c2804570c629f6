/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata blocks of MP4 and QuickTime files, found in one walk that listing and editing share,
 * and the places where new ones go. */
#ifndef JZ_MP4_BLOCKS_H
#define JZ_MP4_BLOCKS_H

#include "media/carrier.h"
#include "media/carrier/bmff.h"

#define JZ_MP4_KEYS 16  /* keys of one list that are told apart */
#define JZ_MP4_NAME 128 /* bytes of a key */

extern const uint8_t jz_xmp_uuid[16]; /* of the box that holds an XMP packet */

typedef struct jz_mp4_key {
    uint32_t index; /* 1-based, as ilst has it */
    size_t len;
    char name[JZ_MP4_NAME];
} jz_mp4_key;

/* The list of keys of the meta box that the walk is in. */
typedef struct jz_mp4_keys {
    size_t depth; /* of the meta box in the walk's path; 0 = in none */
    bool mdta;    /* handler: items are numbers of keys */
    bool home;    /* moov/udta/meta */
    bool has_keys;
    jz_box box; /* keys, where has_keys */
    uint32_t count;
    uint64_t end; /* behind the last key that is counted */
    jz_mp4_key key[JZ_MP4_KEYS];
    size_t n;
} jz_mp4_keys;

typedef struct jz_mp4_block {
    jz_meta_kind kind;
    const char *where;
    char key[JZ_MP4_NAME + 16]; /* of TEXT; only one at home is named by its key alone */
    jz_span value;              /* stored */
    uint32_t type;              /* of TEXT: 1 UTF-8, 2 UTF-16 */
    size_t around;              /* boxes of the walk's path that hold the value: all that grow */
    size_t item;                /* the box that goes with it is path[item] */
} jz_mp4_block;

/* Where something new goes: behind the last box in one, whose path is kept. */
typedef struct jz_mp4_place {
    jz_box path[5]; /* moov, udta, meta, ilst or keys */
    size_t depth;   /* 0 = there is no such box */
    uint64_t end;   /* of its last box */
} jz_mp4_place;

typedef struct jz_mp4_walk { /* = { 0 }, then jz_mp4_walk_init() */
    jz_box_walk w;
    const char *key;
    jz_mp4_keys keys;
    jz_mp4_place moov, udta, meta, list, key_box; /* meta: the one with mdta in moov/udta */
    uint32_t key_index;                           /* of the exact key in key_box, 0 = none */
    uint32_t key_count;
    bool next_taken; /* an item has the number that the next key would get */
    uint64_t tail;   /* where a new box at the top goes */
    jz_box last;     /* at the top */
} jz_mp4_walk;

void jz_mp4_walk_init(jz_mp4_walk *m, jz_source *src, const char *key, bool tolerant);
/* The next block; *more is false at the end. */
JZ_CHECKED jz_status jz_mp4_walk_next(jz_mp4_walk *m, jz_mp4_block *out, bool *more, jz_err *err);

#endif
