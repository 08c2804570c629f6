/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exact_math.h"

#include <math.h>

#define LN2 0.6931471805599453094
#define TWO_PI 6.283185307179586477
#define SMALLEST (-1074.0) /* the logarithm of the smallest double */

/* ln m = 2 atanh((m - 1) / (m + 1)), m near 1, by its series. */
static double log_near_one(double m)
{
    const double z = (m - 1) / (m + 1), z2 = z * z;
    double sum = 0;
    for (int k = 27; k >= 1; k -= 2)
        sum = sum * z2 + 1.0 / k;
    return 2 * z * sum;
}

double jz_log2(double v)
{
    int exponent = 0;
    if (!(v > 0) || isinf(v))
        return SMALLEST;
    double m = frexp(v, &exponent); /* exact; 0.5 <= m < 1 */
    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    return exponent + log_near_one(m) / LN2;
}

double jz_exp2(double v)
{
    if (!(v > -1000))
        return 0;
    if (v > 1000)
        return ldexp(1, 1000);
    const double whole = floor(v + 0.5), x = (v - whole) * LN2; /* |x| <= 0.35 */
    double sum = 1;
    for (int k = 16; k >= 1; k--)
        sum = 1 + x * sum / k;
    return ldexp(sum, (int)whole);
}

double jz_exp(double v)
{
    return jz_exp2(v / LN2);
}

double jz_log(double v)
{
    return jz_log2(v) * LN2;
}

double jz_cos_turns(double turns)
{
    double t = fabs(turns - floor(turns + 0.5)); /* 0 to 1/2 */
    const bool far = t > 0.25;
    if (far)
        t = 0.5 - t;
    const double x2 = t * TWO_PI * (t * TWO_PI); /* of at most pi / 2 */
    double sum = 1;
    for (int k = 22; k >= 2; k -= 2)
        sum = 1 - x2 * sum / (k * (k - 1));
    return far ? -sum : sum;
}

int jz_by_value(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return (a > b) - (a < b);
}
