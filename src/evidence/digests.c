/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/digests.h"

#include "base/alloc.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#define SLOT_BYTES ((size_t)2 << 20) /* less: threads wake each other more often */
#define SLOTS 8
#define ALONE_BYTES                                                                                \
    ((uint64_t)256 << 10) /* a smaller file is hashed sooner than threads are woken */
#define PROGRESS_BYTES ((uint64_t)4 << 20)
/* A larger file is written past the page cache: a third of the CPU time, which the hashes need, and
 * nothing is left to be synced at the end. */
#define DIRECT_BYTES ((uint64_t)1 << 20)
#define DIRECT_ALIGN 4096 /* of memory, offsets and lengths: no disk in use wants more */

const jz_digest_alg jz_digest_algs[JZ_DIGESTS] = {
    [JZ_DIGEST_MD5] = { "md5", 16 },       [JZ_DIGEST_SHA1] = { "sha1", 20 },
    [JZ_DIGEST_SHA256] = { "sha256", 32 }, [JZ_DIGEST_SHA512] = { "sha512", 64 },
    [JZ_DIGEST_SM3] = { "sm3", 32 },
};

static const EVP_MD *(*const evp[JZ_DIGESTS])(void) = {
    [JZ_DIGEST_MD5] = EVP_md5,       [JZ_DIGEST_SHA1] = EVP_sha1, [JZ_DIGEST_SHA256] = EVP_sha256,
    [JZ_DIGEST_SHA512] = EVP_sha512, [JZ_DIGEST_SM3] = EVP_sm3,
};

/* One algorithm, on one thread. */
typedef struct lane {
    jz_digester *owner;
    EVP_MD_CTX *ctx;
    pthread_t thread;
    bool started;
    bool active;   /* in this file; changed only while no block is under way */
    uint64_t done; /* blocks */
    bool failed;
} lane;

/* Blocks are numbered from 0 over all files; block i lies in slot i % SLOTS. Under lock: filled,
 * stop, and done and failed of every lane. */
struct jz_digester {
    lane lane[JZ_DIGESTS];
    uint8_t *memory;
    uint8_t *slots; /* in it, aligned */
    size_t used[SLOTS];
    uint64_t filled;
    bool stop;
    pthread_mutex_t lock;
    pthread_cond_t more; /* a block was filled, or stop */
    pthread_cond_t less; /* a block was done */
    bool (*progress)(void *user, uint64_t bytes);
    void *user;
};

static void *run_lane(void *user)
{
    lane *l = user;
    jz_digester *g = l->owner;
    (void)pthread_mutex_lock(&g->lock); /* a default mutex, held once: cannot fail */
    for (;;) {
        while (l->done == g->filled && !g->stop)
            (void)pthread_cond_wait(&g->more, &g->lock);
        if (l->done == g->filled)
            break;
        const size_t slot = l->done % SLOTS;
        (void)pthread_mutex_unlock(&g->lock);
        const bool ok = !l->active ||
                        EVP_DigestUpdate(l->ctx, g->slots + slot * SLOT_BYTES, g->used[slot]) == 1;
        (void)pthread_mutex_lock(&g->lock);
        l->failed = l->failed || !ok;
        l->done++;
        (void)pthread_cond_signal(&g->less);
    }
    (void)pthread_mutex_unlock(&g->lock);
    return NULL;
}

static uint64_t slowest(const jz_digester *g)
{
    uint64_t least = g->filled;
    for (unsigned a = 0; a < JZ_DIGESTS; a++)
        if (g->lane[a].started && g->lane[a].done < least)
            least = g->lane[a].done;
    return least;
}

/* Waits until no lane is more than lag blocks behind. */
static void wait_for_lanes(jz_digester *g, uint64_t lag)
{
    (void)pthread_mutex_lock(&g->lock);
    while (g->filled - slowest(g) > lag)
        (void)pthread_cond_wait(&g->less, &g->lock);
    (void)pthread_mutex_unlock(&g->lock);
}

/* To the lanes; alone: to their digests, on this thread. */
static void hand_over(jz_digester *g, bool alone)
{
    if (alone) {
        for (unsigned a = 0; a < JZ_DIGESTS; a++) {
            lane *l = &g->lane[a];
            if (l->active && EVP_DigestUpdate(l->ctx, g->slots, g->used[0]) != 1)
                l->failed = true;
        }
        return;
    }
    (void)pthread_mutex_lock(&g->lock);
    g->filled++;
    (void)pthread_cond_broadcast(&g->more);
    (void)pthread_mutex_unlock(&g->lock);
}

void jz_digester_free(jz_digester *g)
{
    if (g == NULL)
        return;
    (void)pthread_mutex_lock(&g->lock);
    g->stop = true;
    (void)pthread_cond_broadcast(&g->more);
    (void)pthread_mutex_unlock(&g->lock);
    for (unsigned a = 0; a < JZ_DIGESTS; a++) {
        if (g->lane[a].started)
            (void)pthread_join(g->lane[a].thread, NULL);
        EVP_MD_CTX_free(g->lane[a].ctx);
    }
    (void)pthread_cond_destroy(&g->more);
    (void)pthread_cond_destroy(&g->less);
    (void)pthread_mutex_destroy(&g->lock);
    jz_free(g->memory);
    jz_free(g);
}

static jz_status make_lane(jz_digester *g, unsigned a, jz_err *err)
{
    lane *l = &g->lane[a];
    l->owner = g;
    l->ctx = EVP_MD_CTX_new();
    return l->ctx != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "%s context", jz_digest_algs[a].name);
}

/* The threads of the lanes, when the first file comes that is worth them. */
static jz_status start_lanes(jz_digester *g, jz_err *err)
{
    for (unsigned a = 0; a < JZ_DIGESTS; a++) {
        lane *l = &g->lane[a];
        if (l->ctx == NULL || l->started)
            continue;
        l->done = g->filled;
        const int rc = pthread_create(&l->thread, NULL, run_lane, l);
        if (rc != 0)
            return JZ_FAIL(err, JZ_E_IO, "starting a thread: %s", strerrordesc_np(rc));
        l->started = true;
    }
    return JZ_OK;
}

jz_status jz_digester_new(unsigned algs, bool (*progress)(void *user, uint64_t bytes), void *user,
                          jz_digester **out, jz_err *err)
{
    jz_auto(uint8_t) *memory = jz_alloc(SLOTS * SLOT_BYTES + DIRECT_ALIGN);
    jz_auto(jz_digester) *g = memory != NULL ? jz_alloc_zero(1, sizeof *g) : NULL;
    if (g == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    g->slots = memory + (DIRECT_ALIGN - (uintptr_t)memory % DIRECT_ALIGN);
    g->memory = JZ_TAKE(memory);
    g->progress = progress;
    g->user = user;
    (void)pthread_mutex_init(&g->lock, NULL); /* with default attributes cannot fail on Linux */
    (void)pthread_cond_init(&g->more, NULL);
    (void)pthread_cond_init(&g->less, NULL);
    for (unsigned a = 0; a < JZ_DIGESTS; a++)
        if ((algs & JZ_DIGEST_BIT(a)) != 0)
            JZ_TRY(make_lane(g, a, err));
    *out = JZ_TAKE(g);
    return JZ_OK;
}

static jz_status begin(jz_digester *g, unsigned algs, jz_err *err)
{
    for (unsigned a = 0; a < JZ_DIGESTS; a++) {
        lane *l = &g->lane[a];
        l->active = (algs & JZ_DIGEST_BIT(a)) != 0;
        l->failed = false;
        assert(!l->active || l->ctx != NULL);
        if (l->active && EVP_DigestInit_ex(l->ctx, evp[a](), NULL) != 1)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "libcrypto has no %s", jz_digest_algs[a].name);
    }
    return JZ_OK;
}

static jz_status results(jz_digester *g, jz_digest_set *out, jz_err *err)
{
    for (unsigned a = 0; a < JZ_DIGESTS; a++) {
        const lane *l = &g->lane[a];
        if (l->active && (l->failed || EVP_DigestFinal_ex(l->ctx, out->d[a], NULL) != 1))
            return JZ_FAIL(err, JZ_E_NOMEM, "libcrypto did not give %s", jz_digest_algs[a].name);
    }
    return JZ_OK;
}

/* As much as fits, so that a block is only short at the end. */
static jz_status fill(int from, uint8_t *slot, size_t *len, jz_err *err)
{
    *len = 0;
    while (*len < SLOT_BYTES) {
        const ssize_t n = read(from, slot + *len, SLOT_BYTES - *len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "reading: %s", strerrordesc_np(errno));
        if (n == 0)
            break;
        *len += (size_t)n;
    }
    return JZ_OK;
}

static jz_status report(const jz_digester *g, uint64_t *since, uint64_t least, jz_err *err)
{
    if (*since < least || *since == 0 || g->progress == NULL)
        return JZ_OK;
    const bool go_on = g->progress(g->user, *since);
    *since = 0;
    return go_on ? JZ_OK : JZ_FAIL(err, JZ_E_INTERRUPTED, "stopped on request");
}

typedef struct target { /* of the copy */
    int fd;             /* -1: there is none */
    const char *name;
    bool direct;
} target;

static void set_direct(target *to, bool on)
{
    const int flags = fcntl(to->fd, F_GETFL);
    /* Some file systems have none; and a copy by way of the page cache is as good. */
    to->direct =
        flags >= 0 && fcntl(to->fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0 && on;
}

static jz_status put(target *to, const uint8_t *data, size_t len, jz_err *err)
{
    const size_t whole = to->direct ? len - len % DIRECT_ALIGN : 0;
    ssize_t n = 0;
    if (whole > 0) {
        do
            n = write(to->fd, data, whole);
        while (n < 0 && errno == EINTR);
        if (n < 0 && errno != EINVAL)
            return JZ_FAIL(err, JZ_E_IO, "%s: %s", to->name, strerrordesc_np(errno));
    }
    if (n == (ssize_t)len)
        return JZ_OK;
    if (to->direct) /* the last bytes of the file, or a disk that wants another alignment */
        set_direct(to, false);
    const size_t done = n > 0 ? (size_t)n : 0;
    return jz_write_all(to->fd, data + done, len - done, to->name, err);
}

/* max: the size that the file had; one that grows without end is not read without end. */
static jz_status pump(jz_digester *g, int from, target *to, uint64_t max, uint64_t *bytes,
                      jz_err *err)
{
    uint64_t since = 0;
    const bool alone = max <= ALONE_BYTES;
    if (!alone)
        JZ_TRY(start_lanes(g, err));
    for (*bytes = 0; *bytes <= max;) {
        wait_for_lanes(g, SLOTS - 1);
        const size_t slot = alone ? 0 : g->filled % SLOTS; /* only this thread changes filled */
        uint8_t *const at = g->slots + slot * SLOT_BYTES;
        JZ_TRY(fill(from, at, &g->used[slot], err));
        if (g->used[slot] == 0)
            return report(g, &since, 0, err);
        hand_over(g, alone);
        if (to->fd >= 0)
            JZ_TRY(put(to, at, g->used[slot], err));
        *bytes += g->used[slot];
        since += g->used[slot];
        JZ_TRY(report(g, &since, PROGRESS_BYTES, err));
    }
    return JZ_OK;
}

static jz_status look(int fd, struct stat *sb, jz_err *err)
{
    if (fstat(fd, sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "fstat: %s", strerrordesc_np(errno));
    if (!S_ISREG(sb->st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "not a regular file");
    return JZ_OK;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

jz_status jz_digester_file(jz_digester *g, int from, int to, const char *to_name, unsigned algs,
                           jz_digest_set *out, jz_err *err)
{
    struct stat before;
    struct stat after;
    jz_digest_set all = { 0 };
    JZ_TRY(look(from, &before, err));
    JZ_TRY(begin(g, algs, err));
    (void)posix_fadvise(from, 0, 0, POSIX_FADV_SEQUENTIAL); /* only advice */
    target copy = { .fd = to, .name = to_name };
    if (to >= 0 && (uint64_t)before.st_size >= DIRECT_BYTES)
        set_direct(&copy, true);
    const jz_status st = pump(g, from, &copy, (uint64_t)before.st_size, &all.bytes, err);
    wait_for_lanes(g, 0); /* also after a failure: the next file needs idle lanes */
    JZ_TRY(st);
    JZ_TRY(look(from, &after, err));
    if (all.bytes != (uint64_t)before.st_size || before.st_size != after.st_size ||
        !same_time(&before.st_mtim, &after.st_mtim) || !same_time(&before.st_ctim, &after.st_ctim))
        return JZ_FAIL(err, JZ_E_CHANGED, "changed while it was read: %lld bytes, then %lld",
                       (long long)before.st_size, (long long)after.st_size);
    JZ_TRY(results(g, &all, err));
    *out = all;
    return JZ_OK;
}
