/* SPDX-License-Identifier: Apache-2.0 */
#include "media/exif.h"

#include "base/rd.h"

#include <string.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4 };

typedef struct tiff_rd {
    jz_rd rd;
    bool big_endian;
} tiff_rd;

static jz_status u16(tiff_rd *t, uint16_t *out)
{
    return t->big_endian ? jz_rd_u16be(&t->rd, out, NULL) : jz_rd_u16le(&t->rd, out, NULL);
}

static jz_status u32(tiff_rd *t, uint32_t *out)
{
    return t->big_endian ? jz_rd_u32be(&t->rd, out, NULL) : jz_rd_u32le(&t->rd, out, NULL);
}

/* TIFF 6.0, section 2: the byte order, 42, and the offset of the first directory, to which the
 * cursor is moved. */
static jz_status open_ifd0(tiff_rd *t)
{
    uint16_t order;
    uint16_t magic;
    uint32_t offset;
    JZ_TRY(jz_rd_u16be(&t->rd, &order, NULL));
    if (order != 0x4949 && order != 0x4d4d)
        return JZ_E_CORRUPT;
    t->big_endian = order == 0x4d4d;
    JZ_TRY(u16(t, &magic));
    JZ_TRY(u32(t, &offset));
    if (magic != 42)
        return JZ_E_CORRUPT;
    t->rd.at = 0;
    return jz_rd_skip(&t->rd, offset, NULL);
}

/* A directory entry: tag, type, count, and a value of four bytes, left-justified. */
static jz_status next_entry(tiff_rd *t, uint16_t *tag, uint32_t *value)
{
    uint16_t type;
    uint16_t half;
    uint32_t count;
    JZ_TRY(u16(t, tag));
    JZ_TRY(u16(t, &type));
    JZ_TRY(u32(t, &count));
    if (type != TYPE_SHORT) {
        JZ_TRY(u32(t, value));
        *value = type == TYPE_LONG && count == 1 ? *value : 0;
        return JZ_OK;
    }
    JZ_TRY(u16(t, &half));
    *value = count == 1 ? half : 0;
    return jz_rd_skip(&t->rd, 2, NULL);
}

static jz_status find_orientation(tiff_rd *t, uint32_t *out)
{
    uint16_t count;
    JZ_TRY(open_ifd0(t));
    JZ_TRY(u16(t, &count));
    for (unsigned i = 0; i < count; i++) { /* ends with the block at the latest */
        uint16_t tag;
        uint32_t value;
        JZ_TRY(next_entry(t, &tag, &value));
        if (tag == TAG_ORIENTATION && value >= 1 && value <= 8) {
            *out = value;
            return JZ_OK;
        }
    }
    return JZ_E_NOTFOUND;
}

uint32_t jz_exif_orientation(jz_bytes exif)
{
    static const char prefix[6] = "Exif\0";
    if (exif.len >= sizeof prefix && memcmp(exif.ptr, prefix, sizeof prefix) == 0)
        exif = (jz_bytes){ exif.ptr + sizeof prefix, exif.len - sizeof prefix };
    tiff_rd t = { .rd = jz_rd_of(exif, "Exif") };
    uint32_t orientation = 1;
    return find_orientation(&t, &orientation) == JZ_OK ? orientation : 1;
}
