/* SPDX-License-Identifier: Apache-2.0 */
/* Distance kernels for 256-bit hashes. Plain C is the definition; every other kernel gives the
 * same numbers in the same order, which tests/hash/test_hamming.c checks. */
#ifndef JZ_HAMMING_H
#define JZ_HAMMING_H

#include <jz/hash.h>

#include "base/cpu.h"

typedef struct jz_hamming_hit {
    uint32_t index;    /* among the hashes that were scanned */
    uint32_t distance; /* bits */
} jz_hamming_hit;

/* Words v[at..at + n) that are to be compared with one. */
typedef struct jz_hamming_run {
    uint32_t at, n;
    uint16_t query;
    uint16_t max_bits;
} jz_hamming_run;

typedef struct jz_hamming_block {
    uint32_t at;   /* the first of up to 32 words */
    uint32_t near; /* a bit for each, the lowest for the first; not 0 */
} jz_hamming_block;

/* No function needs aligned pointers. Threads: any. */
typedef struct jz_hamming_dsp {
    const char *name; /* of the scan kernel: "c", "popcnt", "avx2", "avx512" */
    /* Bits that differ between two hashes, 0..256. */
    uint32_t (*dist)(const uint8_t *a, const uint8_t *b);
    /* Which of n hashes, JZ_PDQ_SIZE bytes each and one after the other, are max_bits or fewer
     * from query, in ascending order. out holds n; n is below 2^32. Returns how many. */
    size_t (*scan)(const uint8_t *hashes, size_t n, const uint8_t *query, uint32_t max_bits,
                   jz_hamming_hit *out);
    /* Finds the words of these runs that are max_bits or fewer from the run's query: each run is
     * cut into blocks of 32 words, and the blocks that hold one are written, in order. out has
     * room for all blocks and one more; v is readable for JZ_HAMMING_PAD words past the end of
     * each run. Returns how many were written. */
    size_t (*near16)(const uint16_t *v, const jz_hamming_run *runs, size_t runs_n,
                     jz_hamming_block *out);
} jz_hamming_dsp;

#define JZ_HAMMING_PAD 31

/* The fastest kernels for these features (JZ_CPU_*). */
void jz_hamming_init(jz_hamming_dsp *d, uint32_t cpu);
/* The fastest ones for this processor; static. */
const jz_hamming_dsp *jz_hamming(void);

#endif
