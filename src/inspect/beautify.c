/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/beautify.h"

#include "inspect/self_blend.h"

#include <stdlib.h>
#include <string.h>

#define TAPS 3      /* to each side, in both directions */
#define FAR 16      /* levels of Cb and Cr, together, beyond which a pixel is no skin */
#define WHOLE 65536 /* of the weight of skin */

jz_beauty jz_beauty_at(uint64_t i)
{
    uint64_t s = i * UINT64_C(0x9fb21c651e98df25) + 1;
    return (jz_beauty){
        .smooth = jz_chance_between(&s, 0.3, 1),
        .reach = jz_chance_between(&s, 0.015, 0.05),
        .like = (int)jz_chance_between(&s, 8, 30),
        .lift = jz_chance_between(&s, 0, 30),
        .sharpen = jz_chance_between(&s, 0, 0.6),
    };
}

static int median(const uint32_t count[256])
{
    uint64_t all = 0, below = 0;
    int i = 0;
    for (size_t k = 0; k < 256; k++)
        all += count[k];
    for (; i < 255 && 2 * (below + count[i]) < all; i++)
        below += count[i];
    return i;
}

/* The colour of the face's skin: the middle of Cb and of Cr. */
static void skin_of(const jz_face_view *v, int skin[2])
{
    const uint8_t not_skin = JZ_REGION_EYES | JZ_REGION_MOUTH;
    uint32_t cb[256] = { 0 }, cr[256] = { 0 };
    for (size_t i = 0; i < (size_t)v->width * v->height; i++)
        if ((v->region[i] & JZ_REGION_FACE) != 0 && (v->region[i] & not_skin) == 0) {
            cb[v->cb[i]]++;
            cr[v->cr[i]]++;
        }
    skin[0] = median(cb);
    skin[1] = median(cr);
}

/* 0..WHOLE */
static int skin_at(const uint8_t *p, const int skin[2])
{
    uint8_t cb, cr;
    jz_chroma_of(p[0], p[1], p[2], &cb, &cr);
    const int off = abs(cb - skin[0]) + abs(cr - skin[1]);
    return off >= FAR ? 0 : WHOLE / FAR * (FAR - off);
}

static uint8_t byte(double v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5);
}

/* The mean of pixels on a grid around (x, y) that are as bright, less where they are less so: a
 * bilateral filter (C. Tomasi and R. Manduchi, 1998) of few taps. */
static void mean_of_alike(const jz_plane *from, uint32_t x, uint32_t y, uint32_t step, int like,
                          double mean[3])
{
    const uint8_t *middle = from->px + y * from->stride + (size_t)x * 3;
    const int here = jz_luma_of(middle[0], middle[1], middle[2]);
    int64_t sum[3] = { 0 }, weights = 0;
    for (int64_t j = -TAPS; j <= TAPS; j++)
        for (int64_t i = -TAPS; i <= TAPS; i++) {
            const int64_t px = (int64_t)x + i * step, py = (int64_t)y + j * step;
            if (px < 0 || py < 0 || px >= from->width || py >= from->height)
                continue;
            const uint8_t *p = from->px + (size_t)py * from->stride + (size_t)px * 3;
            const int off = abs(jz_luma_of(p[0], p[1], p[2]) - here),
                      weight = off < like ? like - off : 0;
            for (size_t k = 0; k < 3; k++)
                sum[k] += (int64_t)weight * p[k];
            weights += weight;
        }
    for (size_t k = 0; k < 3; k++) /* itself at least is alike */
        mean[k] = (double)sum[k] / (double)weights;
}

static void smooth(const jz_plane *from, const jz_face_view *v, const jz_beauty *b, uint8_t *out)
{
    const double reach = b->reach * v->face_width / TAPS;
    const uint32_t step = reach > 1 ? (uint32_t)reach : 1;
    int skin[2];
    skin_of(v, skin);
    for (uint32_t y = 0; y < from->height; y++)
        for (uint32_t x = 0; x < from->width; x++, out += 3) {
            const uint8_t *p = from->px + y * from->stride + (size_t)x * 3;
            const double part = (double)skin_at(p, skin) / WHOLE;
            double mean[3];
            memcpy(out, p, 3);
            if (part <= 0)
                continue;
            mean_of_alike(from, x, y, step, b->like, mean);
            for (size_t k = 0; k < 3; k++) {
                const double v0 = p[k] + b->smooth * part * (mean[k] - p[k]);
                out[k] = byte(v0 + b->lift * part * 4 * v0 * (255 - v0) / (255 * 255));
            }
        }
}

static void sharpen_eyes(const jz_plane *from, const jz_face_view *v, double much, uint8_t *out)
{
    for (uint32_t y = v->y; y < v->y + v->height; y++)
        for (uint32_t x = v->x; x < v->x + v->width; x++) {
            const uint8_t region = v->region[(size_t)(y - v->y) * v->width + (x - v->x)];
            if ((region & JZ_REGION_EYES) == 0 || x == 0 || y == 0 || x + 1 >= from->width ||
                y + 1 >= from->height)
                continue;
            const uint8_t *p = from->px + y * from->stride + (size_t)x * 3;
            uint8_t *to = out + ((size_t)y * from->width + x) * 3;
            for (size_t k = 0; k < 3; k++) {
                const double around =
                    (p[k + 3] + *(p + k - 3) + *(p + k + from->stride) + *(p + k - from->stride)) /
                    4.0;
                to[k] = byte(to[k] + much * (p[k] - around));
            }
        }
}

bool jz_beautify(const jz_plane *picture, const jz_face_view *view, const jz_beauty *b,
                 uint8_t *out)
{
    if (view->grey || picture->channels != 3)
        return false;
    smooth(picture, view, b, out);
    sharpen_eyes(picture, view, b->sharpen, out);
    return true;
}
