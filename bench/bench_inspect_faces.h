/* SPDX-License-Identifier: Apache-2.0 */
/* A part of the suite inspect. */
#ifndef JZ_BENCH_INSPECT_FACES_H
#define JZ_BENCH_INSPECT_FACES_H

#include "bench/bench.h"

void jz_bench_inspect_faces(jz_bench *b);

#endif
