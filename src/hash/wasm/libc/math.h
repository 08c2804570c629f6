/* SPDX-License-Identifier: Apache-2.0 */
/* Of <math.h>, what the hashes in a browser use; defined in hash_wasm.c. */
#ifndef JZ_MATH_H
#define JZ_MATH_H

float sqrtf(float v);
double cos(double x);

#endif
