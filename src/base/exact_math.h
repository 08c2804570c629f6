/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that the C library has too, but with other bits in other versions of it: here they are
 * sums and products in a fixed order, the same everywhere. Threads: any. */
#ifndef JZ_EXACT_MATH_H
#define JZ_EXACT_MATH_H

#include <jz/base.h>

/* Within 1e-14 of log2(v) for finite v > 0; -1074 for all else. */
double jz_log2(double v);
/* Within 1e-14 of 2^v, relative; 0 below -1000, 2^1000 above 1000. */
double jz_exp2(double v);
/* e^v and the natural logarithm by them. */
double jz_exp(double v);
double jz_log(double v);
/* Within 1e-13 of cos(2 pi turns), |turns| up to 2^30. */
double jz_cos_turns(double turns);

/* For qsort(): doubles, the smallest first. */
int jz_by_value(const void *pa, const void *pb);

#endif
