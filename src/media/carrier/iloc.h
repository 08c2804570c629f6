/* SPDX-License-Identifier: Apache-2.0 */
/* The item location box of HEIF files (ISO/IEC 14496-12:2022 8.11.3), read from front to back. */
#ifndef JZ_ILOC_H
#define JZ_ILOC_H

#include "media/carrier/bmff.h"

typedef struct jz_iloc { /* sizes of fields, in bytes: 0, 4 or 8 */
    jz_span rest;
    uint8_t version;
    uint8_t offset_size, length_size, base_size, index_size;
    uint32_t items;    /* that are left */
    uint64_t count_at; /* of the number of items, of 2 bytes, or 4 in version 2 */
} jz_iloc;

typedef struct jz_iloc_item {
    uint64_t at; /* of its entry */
    uint32_t id;
    unsigned construction; /* 0: offsets of the file, 1: of idat, 2: of another item */
    unsigned file;         /* 0: this one */
    uint64_t base, base_at;
    unsigned extents;
} jz_iloc_item;

typedef struct jz_iloc_extent {
    uint64_t offset, offset_at; /* without the item's base */
    uint64_t length, length_at;
} jz_iloc_extent;

/* body: of the box. JZ_E_UNSUPPORTED for a version or a field size that does not exist. */
JZ_CHECKED jz_status jz_iloc_open(jz_span body, jz_iloc *out, jz_err *err);
/* The next of iloc.items items; then its extents, all of them, before the next item. */
JZ_CHECKED jz_status jz_iloc_item_next(jz_iloc *iloc, jz_iloc_item *out, jz_err *err);
JZ_CHECKED jz_status jz_iloc_extent_next(jz_iloc *iloc, jz_iloc_extent *out, jz_err *err);

#endif
