/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/hamming_word.h"

#include <pthread.h>

static uint32_t dist_c(const uint8_t *a, const uint8_t *b)
{
    return dist_words(a, b);
}

static size_t scan_c(const uint8_t *hashes, size_t n, const uint8_t *query, uint32_t max_bits,
                     jz_hamming_hit *out)
{
    return scan_words(hashes, 0, n, query, max_bits, out, 0);
}

static size_t near16_c(const uint16_t *v, const jz_hamming_run *runs, size_t runs_n,
                       jz_hamming_block *out)
{
    return near16_words(v, runs, runs_n, out);
}

#ifdef JZ_X86
JZ_TARGET_POPCNT static uint32_t dist_popcnt(const uint8_t *a, const uint8_t *b)
{
    return dist_words(a, b);
}

JZ_TARGET_POPCNT static size_t scan_popcnt(const uint8_t *hashes, size_t n, const uint8_t *query,
                                           uint32_t max_bits, jz_hamming_hit *out)
{
    return scan_words(hashes, 0, n, query, max_bits, out, 0);
}

JZ_TARGET_POPCNT static size_t near16_popcnt(const uint16_t *v, const jz_hamming_run *runs,
                                             size_t runs_n, jz_hamming_block *out)
{
    return near16_words(v, runs, runs_n, out);
}
#endif

void jz_hamming_init(jz_hamming_dsp *d, uint32_t cpu)
{
    *d = (jz_hamming_dsp){ .name = "c", .dist = dist_c, .scan = scan_c, .near16 = near16_c };
#ifdef JZ_X86
    if (cpu & JZ_CPU_POPCNT) {
        *d = (jz_hamming_dsp){
            .name = "popcnt", .dist = dist_popcnt, .scan = scan_popcnt, .near16 = near16_popcnt
        };
    }
    if (cpu & JZ_CPU_AVX2) {
        d->name = "avx2";
        d->dist = dist_popcnt; /* JZ_CPU_AVX2 includes popcnt */
        d->scan = jz_hamming_scan_avx2;
        d->near16 = jz_hamming_near16_avx2;
    }
    if (cpu & JZ_CPU_AVX512) {
        d->name = "avx512";
        d->dist = dist_popcnt;
        d->scan = jz_hamming_scan_avx512;
        d->near16 = jz_hamming_near16_avx2; /* without BITALG, AVX-512 has nothing better */
    }
#else
    (void)cpu;
#endif
}

static jz_hamming_dsp fastest;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init(void)
{
    jz_hamming_init(&fastest, jz_cpu_features());
}

const jz_hamming_dsp *jz_hamming(void)
{
    (void)pthread_once(&once, init); /* cannot fail with a static once */
    return &fastest;
}
