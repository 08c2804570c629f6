/* SPDX-License-Identifier: Apache-2.0 */
/* EXIF orientations (Exif 2.32, 4.6.4, tag 0x0112): which side of the stored picture the first row
 * and the first column of the shown one are. */
#include <jz/hash.h>

#include "base/alloc.h"

#include <string.h>

/* The shown pixel (x, y) is the stored one (x, y) mirrored and, where the axes change places, with
 * x and y exchanged first. */
static const struct {
    bool exchange;
    bool from_right;  /* the stored column counts from the right */
    bool from_bottom; /* the stored row counts from the bottom */
} orientations[9] = {
    [1] = { false, false, false }, [2] = { false, true, false }, [3] = { false, true, true },
    [4] = { false, false, true },  [5] = { true, false, false }, [6] = { true, false, true },
    [7] = { true, true, true },    [8] = { true, true, false },
};

static void copy_row(const jz_plane *p, uint32_t orientation, const jz_plane *to, uint32_t y,
                     uint8_t *out)
{
    for (uint32_t x = 0; x < to->width; x++) {
        const uint32_t sx = orientations[orientation].exchange ? y : x;
        const uint32_t sy = orientations[orientation].exchange ? x : y;
        const size_t px = orientations[orientation].from_right ? p->width - 1 - sx : sx;
        const size_t py = orientations[orientation].from_bottom ? p->height - 1 - sy : sy;
        memcpy(out + (size_t)x * p->channels, p->px + py * p->stride + px * p->channels,
               p->channels);
    }
}

jz_status jz_plane_orient(const jz_plane *p, uint32_t orientation, jz_plane *out, uint8_t **mem,
                          jz_err *err)
{
    if (orientation < 1 || orientation > 8)
        return JZ_FAIL(err, JZ_E_INVAL, "orientation %u, not 1 to 8", orientation);
    const bool exchange = orientations[orientation].exchange;
    jz_plane turned = {
        .width = exchange ? p->height : p->width,
        .height = exchange ? p->width : p->height,
        .channels = p->channels,
    };
    size_t size = 0;
    if (__builtin_mul_overflow((size_t)turned.width, p->channels, &turned.stride) ||
        __builtin_mul_overflow(turned.stride, turned.height, &size))
        return JZ_FAIL(err, JZ_E_LIMIT, "a picture of %ux%u", p->width, p->height);
    uint8_t *px = jz_alloc(size);
    if (px == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu bytes for a turned picture", size);
    for (uint32_t y = 0; y < turned.height; y++)
        copy_row(p, orientation, &turned, y, px + y * turned.stride);
    turned.px = px;
    *out = turned;
    *mem = px;
    return JZ_OK;
}

void jz_plane_free(uint8_t *mem)
{
    jz_free(mem);
}
