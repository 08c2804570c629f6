/* SPDX-License-Identifier: Apache-2.0 */
/* A chained hash table in two arrays: 24 bytes an entry. Chains and not probing, because a bank may
 * hold one digest a million times, and adding the next one must not walk past all of them. */
#include "bank/exact_set.h"

#include "base/alloc.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#define NONE UINT32_MAX
#define FIRST_SIZE 64

struct node {
    uint64_t print; /* fingerprint of the digest */
    uint64_t id;
    uint32_t next; /* of the chain, or of the free list */
};

struct jz_exact_set {
    pthread_rwlock_t lock;
    uint64_t seed; /* who writes a bank must not choose which digests collide */
    struct node *node;
    uint32_t *head;  /* size of them */
    size_t size;     /* a power of two, or 0 */
    size_t used;     /* nodes taken from the array so far */
    size_t count;    /* of them not on the free list */
    uint32_t unused; /* head of the free list */
};

static uint64_t mix(uint64_t a, uint64_t b)
{
    const __uint128_t p = (__uint128_t)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t fingerprint(const jz_exact_set *s, const jz_hash_class *cls, const uint8_t *digest)
{
    uint64_t h = s->seed;
    memcpy(&h, cls->name, strnlen(cls->name, sizeof h));
    for (size_t at = 0; at < cls->digest_size; at += 8) {
        uint64_t word = 0;
        memcpy(&word, digest + at, cls->digest_size - at < 8 ? cls->digest_size - at : 8);
        h = mix(h ^ word, s->seed + at);
    }
    return h;
}

/* Searches never pause in a scan; who adds must get in between them all the same. */
static bool init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;
    if (pthread_rwlockattr_init(&attr) != 0)
        return false;
    const bool ok =
        pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0 &&
        pthread_rwlock_init(lock, &attr) == 0;
    (void)pthread_rwlockattr_destroy(&attr); /* cannot fail */
    return ok;
}

jz_status jz_exact_set_new(jz_exact_set **out, jz_err *err)
{
    jz_exact_set *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL || !init_lock(&s->lock)) {
        jz_free(s);
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    if (getrandom(&s->seed, sizeof s->seed, 0) != sizeof s->seed)
        s->seed = (uint64_t)(uintptr_t)s; /* slower against a crafted bank, never wrong */
    s->unused = NONE;
    *out = s;
    return JZ_OK;
}

void jz_exact_set_free(jz_exact_set *s)
{
    if (s == NULL)
        return;
    (void)pthread_rwlock_destroy(&s->lock); /* nobody holds it any more */
    jz_free(s->node);
    jz_free(s->head);
    jz_free(s);
}

static void link_node(jz_exact_set *s, uint32_t i)
{
    uint32_t *head = &s->head[s->node[i].print & (s->size - 1)];
    s->node[i].next = *head;
    *head = i;
}

/* Doubles both arrays; only called when every node is in use. */
static bool grow(jz_exact_set *s)
{
    const size_t size = s->size > 0 ? s->size * 2 : FIRST_SIZE;
    if (size > NONE)
        return false;
    uint32_t *head = jz_realloc_array(NULL, size, sizeof *head);
    struct node *node = head != NULL ? jz_realloc_array(s->node, size, sizeof *node) : NULL;
    if (node == NULL) {
        jz_free(head);
        return false;
    }
    memset(head, 0xff, size * sizeof *head); /* NONE */
    jz_free(s->head);
    s->head = head;
    s->node = node;
    s->size = size;
    for (uint32_t i = 0; i < s->used; i++)
        link_node(s, i);
    return true;
}

static bool insert(jz_exact_set *s, const jz_hash_class *cls, const uint8_t *digest, uint64_t id)
{
    uint32_t i = s->unused;
    if (i != NONE)
        s->unused = s->node[i].next;
    else if (s->used < s->size || grow(s))
        i = (uint32_t)s->used++;
    else
        return false;
    s->node[i] = (struct node){ .print = fingerprint(s, cls, digest), .id = id };
    link_node(s, i);
    s->count++;
    return true;
}

jz_status jz_exact_set_add(jz_exact_set *s, const jz_hash_class *cls, const uint8_t *digest,
                           uint64_t id, jz_err *err)
{
    (void)pthread_rwlock_wrlock(&s->lock); /* fails only for a deadlock of our own making */
    const bool ok = insert(s, cls, digest, id);
    (void)pthread_rwlock_unlock(&s->lock);
    return ok ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}

void jz_exact_set_remove(jz_exact_set *s, const jz_hash_class *cls, const uint8_t *digest,
                         uint64_t id)
{
    const uint64_t print = fingerprint(s, cls, digest);
    (void)pthread_rwlock_wrlock(&s->lock); /* as above */
    uint32_t none = NONE;
    uint32_t *link = s->size > 0 ? &s->head[print & (s->size - 1)] : &none;
    while (*link != NONE && (s->node[*link].print != print || s->node[*link].id != id))
        link = &s->node[*link].next;
    const uint32_t i = *link;
    if (i != NONE) {
        *link = s->node[i].next;
        s->node[i].next = s->unused;
        s->unused = i;
        s->count--;
    }
    (void)pthread_rwlock_unlock(&s->lock);
}

void jz_exact_set_find(jz_exact_set *s, const jz_hash_class *cls, const uint8_t *digest,
                       bool (*fn)(void *user, uint64_t id), void *user)
{
    const uint64_t print = fingerprint(s, cls, digest);
    (void)pthread_rwlock_rdlock(&s->lock); /* as above */
    uint32_t i = s->size > 0 ? s->head[print & (s->size - 1)] : NONE;
    for (bool more = true; more && i != NONE; i = s->node[i].next)
        if (s->node[i].print == print)
            more = fn(user, s->node[i].id);
    (void)pthread_rwlock_unlock(&s->lock);
}

size_t jz_exact_set_count(jz_exact_set *s)
{
    (void)pthread_rwlock_rdlock(&s->lock); /* as above */
    const size_t n = s->count;
    (void)pthread_rwlock_unlock(&s->lock);
    return n;
}
