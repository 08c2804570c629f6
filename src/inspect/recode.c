/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/recode.h"

#include "inspect/blocks8.h"

typedef struct block { /* planes of 8 x 8, Y or Y, Cb, Cr, around 0 */
    float plane[3][64];
} block;

/* Where pixel i of the block at (x, y) is; behind the border lies the last one again. */
static size_t place(uint32_t x, uint32_t y, size_t i, uint32_t width, uint32_t height)
{
    const size_t px = x + i % 8, py = y + i / 8;
    return (py < height ? py : height - 1) * width + (px < width ? px : width - 1);
}

static void load(const uint8_t *p, uint32_t channels, size_t i, block *b)
{
    const float r = p[0];
    if (channels == 1) {
        b->plane[0][i] = r - 128;
        return;
    }
    const float g = p[1], c = p[2];
    b->plane[0][i] = 0.299f * r + 0.587f * g + 0.114f * c - 128;
    b->plane[1][i] = -0.168736f * r - 0.331264f * g + 0.5f * c;
    b->plane[2][i] = 0.5f * r - 0.418688f * g - 0.081312f * c;
}

static uint8_t byte(float v)
{
    return (uint8_t)(v <= 0 ? 0 : v >= 255 ? 255 : jz_nearest(v));
}

static void store(const block *b, uint32_t channels, size_t i, uint8_t *p)
{
    const float y = b->plane[0][i] + 128;
    if (channels == 1) {
        p[0] = byte(y);
        return;
    }
    p[0] = byte(y + 1.402f * b->plane[2][i]);
    p[1] = byte(y - 0.344136f * b->plane[1][i] - 0.714136f * b->plane[2][i]);
    p[2] = byte(y + 1.772f * b->plane[1][i]);
}

void jz_recode(uint8_t *px, uint32_t width, uint32_t height, uint32_t channels, int quality)
{
    jz_dct8 dct;
    float divisor[2][64], c[64];
    jz_dct8_init(&dct);
    for (size_t i = 0; i < 128; i++)
        divisor[i / 64][i % 64] = jz_jpeg_divisor(i >= 64, i % 64, quality);
    for (uint32_t y = 0; y < height; y += 8)
        for (uint32_t x = 0; x < width; x += 8) {
            block b;
            for (size_t i = 0; i < 64; i++)
                load(px + place(x, y, i, width, height) * channels, channels, i, &b);
            for (size_t k = 0; k < channels; k++) {
                jz_dct8_forward(&dct, b.plane[k], c);
                for (size_t i = 0; i < 64; i++)
                    c[i] = divisor[k > 0][i] * jz_nearest(c[i] / divisor[k > 0][i]);
                jz_dct8_inverse(&dct, c, b.plane[k]);
            }
            for (size_t i = 0; i < 64; i++)
                if (x + i % 8 < width && y + i / 8 < height)
                    store(&b, channels, i, px + place(x, y, i, width, height) * channels);
        }
}
