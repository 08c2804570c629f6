/* SPDX-License-Identifier: Apache-2.0 */
/* IEEE 754 binary16, by its bits: the same on every processor. */
#include "inspect/nn.h"

#include <string.h>

static float float_of(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

float jz_nn_half(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fff;
    if (rest >= 0x7c00) /* infinity, NaN */
        return float_of(sign | 0x7f800000 | (rest & 0x3ff) << 13);
    if (rest >= 0x0400)
        return float_of(sign | ((rest << 13) + ((127u - 15u) << 23)));
    const float small = (float)rest * 0x1p-24f; /* exact: a subnormal half is a normal float */
    return sign != 0 ? -small : small;
}

/* bits >> shift, to the nearest, ties to even. */
static uint32_t rounded(uint32_t bits, uint32_t shift)
{
    const uint32_t whole = bits >> shift, rest = bits & ((1u << shift) - 1);
    const uint32_t tie = 1u << (shift - 1);
    return whole + (rest > tie || (rest == tie && (whole & 1) != 0));
}

uint16_t jz_nn_to_half(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
    const uint32_t exponent = rest >> 23, fraction = (rest & 0x7fffff) | 0x800000;
    if (rest > 0x7f800000) /* NaN */
        return (uint16_t)(sign | 0x7e00);
    if (exponent >= 127 + 16)
        return (uint16_t)(sign | 0x7c00);
    if (exponent >= 127 - 14) /* a carry out of the fraction rightly raises the exponent */
        return (uint16_t)(sign | (rounded(rest, 13) - ((127u - 15u) << 10)));
    if (exponent < 127 - 25) /* below half of the smallest */
        return (uint16_t)sign;
    return (uint16_t)(sign | rounded(fraction, 126 - exponent));
}
