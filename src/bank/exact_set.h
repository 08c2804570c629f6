/* SPDX-License-Identifier: Apache-2.0 */
/* Exact digests in memory: which ids hold this one. Keeps a 64-bit fingerprint of each class and
 * digest, so that an answer is a candidate that the caller verifies. */
#ifndef JZ_EXACT_SET_H
#define JZ_EXACT_SET_H

#include <jz/hash.h>

typedef struct jz_exact_set jz_exact_set;

/* Threads: any number may find while one adds or removes. */
JZ_CHECKED jz_status jz_exact_set_new(jz_exact_set **out, jz_err *err);
void jz_exact_set_free(jz_exact_set *s);
/* The same digest may be there already, under other ids; all of them then answer. JZ_E_NOMEM, and
 * nothing is added. */
JZ_CHECKED jz_status jz_exact_set_add(jz_exact_set *s, const jz_hash_class *cls,
                                      const uint8_t *digest, uint64_t id, jz_err *err);
void jz_exact_set_remove(jz_exact_set *s, const jz_hash_class *cls, const uint8_t *digest,
                         uint64_t id);
/* Calls fn for each candidate, in no order; fn returns false to stop and must not change s. */
void jz_exact_set_find(jz_exact_set *s, const jz_hash_class *cls, const uint8_t *digest,
                       bool (*fn)(void *user, uint64_t id), void *user);
size_t jz_exact_set_count(jz_exact_set *s);

JZ_DEFINE_AUTO(jz_exact_set, jz_exact_set_free);

#endif
