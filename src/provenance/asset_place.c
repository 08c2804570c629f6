/* SPDX-License-Identifier: Apache-2.0 */
/* What all formats share when a store is placed: the wrap's offsets, counted from its first byte
 * while it is built, and from the new file's once the plan is whole. */
#include "provenance/asset_class.h"

#include "base/alloc.h"
#include "media/deflate.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

void jz_place_done(jz_place *p)
{
    jz_splices_done(&p->plan);
    jz_free(p->exclusion);
    jz_free(p->run);
    *p = (jz_place){ 0 };
}

/* ---- building ---- */

static jz_status add_run(jz_place *p, uint64_t at, size_t n, jz_err *err)
{
    jz_place_run *grown = jz_grow(p->run, p->n_run, &p->run_room, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu pieces of a store", p->n_run + 1);
    p->run = grown;
    const size_t from = p->n_run > 0 ? grown[p->n_run - 1].from + grown[p->n_run - 1].size : 0;
    grown[p->n_run++] = (jz_place_run){ at, from, n };
    return JZ_OK;
}

jz_status jz_wrap_store(jz_wrap *w, size_t n, jz_err *err)
{
    static const char zeros[4096];
    JZ_TRY(add_run(w->place, w->bytes.len, n, err));
    while (n > 0 && w->bytes.fail == JZ_OK) {
        const size_t step = n < sizeof zeros ? n : sizeof zeros;
        jz_buf_put(&w->bytes, zeros, step);
        n -= step;
    }
    return jz_buf_check(&w->bytes, err);
}

jz_status jz_wrap_exclude(jz_wrap *w, size_t at, size_t n, jz_err *err)
{
    jz_place *p = w->place;
    jz_range *grown = jz_grow(p->exclusion, p->n, &p->room, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for the place of a store");
    p->exclusion = grown;
    grown[p->n++] = (jz_range){ at, n };
    return JZ_OK;
}

jz_status jz_place_drop_old(jz_asset *a, uint64_t from, jz_place *p, jz_err *err)
{
    for (size_t i = 0; i < a->parts.n; i++) {
        const jz_range *r = &a->parts.range[i];
        if (r->at < from)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                           "the old manifest store at offset %" PRIu64
                           " stands before media with addresses",
                           r->at);
        JZ_TRY(jz_splices_add(&p->plan, r->at, r->size, (jz_bytes){ 0 }, err));
    }
    return JZ_OK;
}

jz_status jz_place_insert(jz_wrap *w, uint64_t at, jz_err *err)
{
    JZ_TRY(jz_buf_check(&w->bytes, err));
    return jz_splices_add(&w->place->plan, at, 0,
                          (jz_bytes){ (const uint8_t *)w->bytes.ptr, w->bytes.len }, err);
}

/* Where in the new file the wrap begins. */
static uint64_t begin_of(const jz_splices *plan, const jz_wrap *w, uint64_t at)
{
    uint64_t moved = at;
    for (size_t i = 0; i < plan->n; i++) {
        const jz_splice *s = &plan->splice[i];
        if (s->at == at && s->remove == 0 && s->insert == w->bytes.len)
            break;
        moved = moved - s->remove + s->insert;
    }
    return moved;
}

void jz_place_settle(jz_wrap *w, uint64_t at, uint64_t file_size)
{
    jz_place *p = w->place;
    const uint64_t base = begin_of(&p->plan, w, at);
    for (size_t i = 0; i < p->n_run; i++)
        p->run[i].at += base;
    for (size_t i = 0; i < p->n; i++)
        p->exclusion[i].at += base;
    if (p->crc_at > 0)
        p->crc_at += base;
    p->new_size = jz_splices_new_size(&p->plan, file_size);
}

/* ---- the store itself ---- */

typedef struct target { /* a descriptor or, where it is not NULL, a file in memory */
    int fd;
    jz_buf *file;
} target;

static jz_status put(const target *to, uint64_t at, const void *data, size_t n, jz_err *err)
{
    if (to->file != NULL) {
        if (at > to->file->len || n > to->file->len - at)
            return JZ_FAIL(err, JZ_E_INVAL, "a store at offset %" PRIu64 " of %zu bytes", at,
                           to->file->len);
        memcpy(to->file->ptr + at, data, n);
        return JZ_OK;
    }
    for (size_t done = 0; done < n;) {
        const ssize_t got =
            pwrite(to->fd, (const uint8_t *)data + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return JZ_FAIL(err, JZ_E_IO, "writing the manifest store: %s",
                           strerrordesc_np(got < 0 ? errno : EIO));
        done += (size_t)got;
    }
    return JZ_OK;
}

/* 3072 bytes at a time become 4096. */
static jz_status put_base64(const target *to, uint64_t at, jz_bytes store, jz_err *err)
{
    uint8_t text[4096 + 1];
    for (size_t done = 0; done < store.len;) {
        const size_t n = store.len - done < 3072 ? store.len - done : 3072;
        const int len = EVP_EncodeBlock(text, store.ptr + done, (int)n);
        JZ_TRY(put(to, at, text, (size_t)len, err));
        at += (uint64_t)len;
        done += n;
    }
    return JZ_OK;
}

static jz_status put_store(const jz_place *p, jz_bytes store, const target *to, jz_err *err)
{
    if (store.len != p->size)
        return JZ_FAIL(err, JZ_E_INVAL, "a store of %zu bytes in a place of %zu", store.len,
                       p->size);
    if (p->base64)
        return put_base64(to, p->run[0].at, store, err);
    for (size_t i = 0; i < p->n_run; i++)
        JZ_TRY(put(to, p->run[i].at, store.ptr + p->run[i].from, p->run[i].size, err));
    if (p->crc_at == 0)
        return JZ_OK;
    const uint32_t crc = jz_crc32(jz_crc32(0, "caBX", 4), store.ptr, store.len);
    const uint8_t be[4] = { (uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8),
                            (uint8_t)crc };
    return put(to, p->crc_at, be, sizeof be, err);
}

jz_status jz_place_store(const jz_place *p, jz_bytes store, int fd, jz_err *err)
{
    return put_store(p, store, &(target){ .fd = fd }, err);
}

jz_status jz_place_store_in(const jz_place *p, jz_bytes store, jz_buf *file, jz_err *err)
{
    return put_store(p, store, &(target){ .fd = -1, .file = file }, err);
}

/* ---- the plan ---- */

typedef jz_status (*place_fn)(jz_asset *a, size_t size, jz_place *out, jz_err *err);

static jz_status plan(jz_asset *a, place_fn place, size_t store_size, jz_place *out, jz_err *err)
{
    JZ_PLACE_AUTO p = { .size = store_size };
    if (store_size == 0 || store_size > JZ_STORE_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "a manifest store of %zu bytes, limit %zu", store_size,
                       JZ_STORE_MAX);
    if (place == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no manifest store is put into %s files",
                       a->cls->format);
    JZ_TRY(place(a, store_size, &p, err));
    *out = p;
    p = (jz_place){ 0 };
    return JZ_OK;
}

jz_status jz_place_plan(jz_asset *a, size_t store_size, jz_place *out, jz_err *err)
{
    return plan(a, a->cls->place, store_size, out, err);
}

jz_status jz_place_update(jz_asset *a, size_t store_size, jz_place *out, jz_err *err)
{
    JZ_PLACE_AUTO p = { 0 };
    if (a->cls->sized)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "in %s files, sizes that are signed would change with the manifest store",
                       a->cls->format);
    if (a->cls->bmff)
        return plan(a, jz_asset_place_bmff_update, store_size, out, err);
    JZ_TRY(plan(a, a->cls->place, store_size, &p, err));
    if (a->excluded.n == 0 || p.n == 0 || p.exclusion[0].at != a->excluded.range[0].at)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "the old manifest store is not where this program puts one, and it must not "
                       "move");
    *out = p;
    p = (jz_place){ 0 };
    return JZ_OK;
}
