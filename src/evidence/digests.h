/* SPDX-License-Identifier: Apache-2.0 */
/* Several digests of a file in one pass, each on a thread of its own over the same few buffers,
 * while the file is copied, if it is. The threads begin with the first file that is worth them, and
 * wait for the next one until the end. */
#ifndef JZ_DIGESTS_H
#define JZ_DIGESTS_H

#include <jz/base.h>

typedef enum jz_digest_id {
    JZ_DIGEST_MD5,
    JZ_DIGEST_SHA1,
    JZ_DIGEST_SHA256,
    JZ_DIGEST_SHA512,
    JZ_DIGEST_SM3,
    JZ_DIGESTS,
} jz_digest_id;
#define JZ_DIGEST_BIT(id) (1U << (id))
#define JZ_DIGEST_SIZE_MAX 64

typedef struct jz_digest_alg {
    const char *name; /* as in manifest-<name>.txt */
    size_t size;      /* bytes */
} jz_digest_alg;
extern const jz_digest_alg jz_digest_algs[JZ_DIGESTS];

typedef struct jz_digest_set {
    uint64_t bytes;
    uint8_t d[JZ_DIGESTS][JZ_DIGEST_SIZE_MAX]; /* those that were asked for */
} jz_digest_set;

typedef struct jz_digester jz_digester; /* one thread at a time */

/* algs: the JZ_DIGEST_BITs that will be asked for. progress as in jz_bag_opts; may be NULL.
 * JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_digester_new(unsigned algs, bool (*progress)(void *user, uint64_t bytes),
                                     void *user, jz_digester **out, jz_err *err);
void jz_digester_free(jz_digester *g);
JZ_DEFINE_AUTO(jz_digester, jz_digester_free);

/* A regular file, from where it is open to its end; to: -1, or where the same bytes are written.
 * algs: some of those above. JZ_E_CHANGED where its size or times are others afterwards,
 * JZ_E_SPECIAL, JZ_E_IO (to_name: in the message; also where no thread can be started),
 * JZ_E_INTERRUPTED, JZ_E_UNSUPPORTED. */
JZ_CHECKED jz_status jz_digester_file(jz_digester *g, int from, int to, const char *to_name,
                                      unsigned algs, jz_digest_set *out, jz_err *err);

#endif
