/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/hash.h>

#include <string.h>

/* Names are stored in banks and evidence: rows are added, never changed. */
static const jz_hash_class classes[] = {
    { "md5", JZ_HASH_EXACT, JZ_MD5_SIZE },           { "sha256", JZ_HASH_EXACT, JZ_SHA256_SIZE },
    { "sm3", JZ_HASH_EXACT, JZ_SM3_SIZE },           { "pdq", JZ_HASH_PERCEPTUAL, JZ_PDQ_SIZE },
    { "pdq_full", JZ_HASH_PERCEPTUAL, JZ_PDQ_SIZE }, { "vpdq", JZ_HASH_PERCEPTUAL, JZ_PDQ_SIZE },
};

const jz_hash_class *jz_hash_class_at(size_t i)
{
    return i < JZ_ARRAY_LEN(classes) ? &classes[i] : NULL;
}

const jz_hash_class *jz_hash_class_find(const char *name)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(classes); i++)
        if (strcmp(classes[i].name, name) == 0)
            return &classes[i];
    return NULL;
}
