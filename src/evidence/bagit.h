/* SPDX-License-Identifier: Apache-2.0 */
/* What writing and verifying a bag agree on (RFC 8493 and our profile of it). */
#ifndef JZ_BAGIT_H
#define JZ_BAGIT_H

#include <jz/evidence.h>

#include "base/buf.h"
#include "evidence/digests.h"

#define JZ_BAGIT_TXT "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

/* A file of hashes. Not manifest-sm3.txt: validators know no such algorithm, and either reject it
 * or pass over it in silence; an ordinary tag file is in their way nowhere. */
typedef struct jz_bag_manifest {
    const char *file;
    jz_digest_id alg;
} jz_bag_manifest;
#define JZ_BAG_MANIFESTS 4
extern const jz_bag_manifest jz_bag_manifests[JZ_BAG_MANIFESTS];

#define JZ_BAG_ALGS                                                                                \
    (JZ_DIGEST_BIT(JZ_DIGEST_MD5) | JZ_DIGEST_BIT(JZ_DIGEST_SHA256) |                              \
     JZ_DIGEST_BIT(JZ_DIGEST_SHA512) | JZ_DIGEST_BIT(JZ_DIGEST_SM3))

/* Whether a name is one that we write: parts of A-Z a-z 0-9 . _ - divided by '/', none beginning
 * with '.' or '-'. */
JZ_CHECKED bool jz_bag_name_ok(const char *name);

#endif
