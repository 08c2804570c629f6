/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/pdq_plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Mean of a sliding window of n samples that lie step floats apart. */
static void box(const float *in, float *out, size_t n, size_t step, size_t window)
{
    const size_t half = (window + 2) / 2;
    size_t right = 0, left = 0, at = 0;
    float sum = 0, count = 0;
    for (size_t i = 0; i + 1 < half; i++, right++) {
        sum += in[right * step];
        count += 1;
    }
    for (size_t i = 0; i < window - half + 1; i++, right++, at++) {
        sum += in[right * step];
        count += 1;
        out[at * step] = sum / count;
    }
    for (; right < n; right++, left++, at++) {
        sum += in[right * step];
        sum -= in[left * step];
        out[at * step] = sum / count;
    }
    for (; at < n; left++, at++) {
        sum -= in[left * step];
        count -= 1;
        out[at * step] = sum / count;
    }
}

static size_t window_of(size_t n)
{
    return (n + 127) / 128;
}

static void filter(float *luma, float *other, size_t width, size_t height)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t y = 0; y < height; y++)
            box(luma + y * width, other + y * width, width, 1, window_of(width));
        for (size_t x = 0; x < width; x++)
            box(other + x, luma + x, height, width, window_of(height));
    }
}

static int quality(float a[64][64])
{
    int gradient = 0;
    for (int i = 0; i < 63; i++)
        for (int j = 0; j < 64; j++)
            gradient += abs((int)((a[i][j] - a[i + 1][j]) * 100.0f / 255.0f));
    for (int i = 0; i < 64; i++)
        for (int j = 0; j < 63; j++)
            gradient += abs((int)((a[i][j] - a[i][j + 1]) * 100.0f / 255.0f));
    return gradient / 90 > 100 ? 100 : gradient / 90;
}

static float cosines[16][64];

static void fill_cosines(void)
{
    const float scale = sqrtf(2.0f / 64.0f);
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 64; j++)
            cosines[i][j] = (float)((double)scale *
                                    cos(3.14159265358979323846 / 2 / 64.0 * (i + 1) * (2 * j + 1)));
}

static void transform(float a[64][64], float dct[256])
{
    float t[16][64];
    for (int i = 0; i < 16; i++) {
        for (int j = 0; j < 64; j++) {
            float sum = 0;
            for (int k = 0; k < 64; k++)
                sum += cosines[i][k] * a[k][j];
            t[i][j] = sum;
        }
    }
    for (int i = 0; i < 16; i++) {
        for (int j = 0; j < 16; j++) {
            float sum = 0;
            for (int k = 0; k < 64; k++)
                sum += t[i][k] * cosines[j][k];
            dct[16 * i + j] = sum;
        }
    }
}

void jz_pdq_plain(float *luma, float *other, size_t width, size_t height, jz_pdq *out)
{
    float a[64][64];
    if (cosines[0][0] == 0)
        fill_cosines();
    if (width != 64 || height != 64)
        filter(luma, other, width, height);
    for (size_t i = 0; i < 64; i++)
        for (size_t j = 0; j < 64; j++)
            a[i][j] = luma[(size_t)(((double)i + 0.5) * (double)height / 64) * width +
                           (size_t)(((double)j + 0.5) * (double)width / 64)];
    out->quality = quality(a);
    transform(a, out->dct);
}

/* How many values are below, at and above guess, and the nearest on both sides. */
struct census {
    int less, greater, equal;
    float below, above;
};

static struct census count(const float v[256], float guess, float min, float max)
{
    struct census c = { .below = min, .above = max };
    for (int i = 0; i < 256; i++) {
        if (v[i] < guess) {
            c.less++;
            c.below = v[i] > c.below ? v[i] : c.below;
        } else if (v[i] > guess) {
            c.greater++;
            c.above = v[i] < c.above ? v[i] : c.above;
        } else {
            c.equal++;
        }
    }
    return c;
}

static float torben(const float v[256])
{
    float min = v[0], max = v[0];
    for (int i = 1; i < 256; i++) {
        min = v[i] < min ? v[i] : min;
        max = v[i] > max ? v[i] : max;
    }
    for (;;) {
        const float guess = (min + max) / 2;
        const struct census c = count(v, guess, min, max);
        if (c.less <= 128 && c.greater <= 128)
            return c.less >= 128 ? c.below : c.less + c.equal >= 128 ? guess : c.above;
        if (c.less > c.greater)
            max = c.below;
        else
            min = c.above;
    }
}

void jz_pdq_plain_digest(const float dct[256], uint8_t digest[JZ_PDQ_SIZE])
{
    const float median = torben(dct);
    memset(digest, 0, JZ_PDQ_SIZE);
    for (int k = 0; k < 256; k++)
        if (dct[k] > median)
            digest[31 - k / 8] |= (uint8_t)(1u << (k % 8));
}

void jz_pdq_plain_luma(const jz_plane *p, float *luma)
{
    for (size_t y = 0; y < p->height; y++) {
        for (size_t x = 0; x < p->width; x++) {
            const uint8_t *px = p->px + y * p->stride + x * p->channels;
            const float r = px[0], g = px[p->channels / 2], b = px[p->channels - 1];
            luma[y * p->width + x] = p->channels == 1 ? r : 0.299f * r + 0.587f * g + 0.114f * b;
        }
    }
}
