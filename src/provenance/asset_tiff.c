/* SPDX-License-Identifier: Apache-2.0 */
/* TIFF and DNG: the store is the value of tag 52545, type UNDEFINED (C2PA 2.2, A.3.5). A data hash
 * leaves out the value, and the count in its entry.
 *
 * The specification wants a last directory with nothing else in it; libtiff and ImageMagick call
 * such a directory a broken page. A new store is therefore an entry of the first directory, as
 * c2pa-rs writes it; both places are read. The directory is written anew at the end of the file,
 * with the store behind it: nothing moves. */
#include "provenance/asset_class.h"

#include "base/alloc.h"
#include "media/carrier/tiff_file.h"

#include <inttypes.h>
#include <string.h>

#define TAG_C2PA 0xcd41
#define TYPE_BYTE 1
#define TYPE_UNDEFINED 7
#define DIRECTORIES 4096 /* of one file; more is a loop, or an attack */
#define ENTRY 12         /* bytes */
#define COUNT_AT 4       /* of an entry */

static jz_status on_entry(jz_asset *a, const jz_tiff *t, const jz_tiff_entry *e, jz_err *err)
{
    jz_span value;
    if (e->tag != TAG_C2PA)
        return JZ_OK;
    if (!jz_asset_begin(a))
        return JZ_OK;
    if ((e->type != TYPE_UNDEFINED && e->type != TYPE_BYTE) || e->size <= 4 ||
        jz_tiff_value(t, e, &value, NULL) != JZ_OK) {
        jz_asset_pass(a, JZ_E_CORRUPT, "TIFF: tag 52545 with a value that is not in the file");
        return JZ_OK;
    }
    const jz_range count = { e->at + COUNT_AT, 4 };
    const jz_range data = { e->value_at, e->size };
    const bool rising = count.at < data.at;
    if (rising ? count.at + count.size > data.at : data.at + data.size > count.at) {
        jz_asset_pass(a, JZ_E_CORRUPT, "TIFF: tag 52545 with a value that covers its own entry");
        return JZ_OK;
    }
    JZ_TRY(jz_ranges_add(&a->parts, data.at, data.size, err));
    JZ_TRY(jz_ranges_add(&a->excluded, rising ? count.at : data.at, rising ? 4 : data.size, err));
    JZ_TRY(jz_ranges_add(&a->excluded, rising ? data.at : count.at, rising ? data.size : 4, err));
    return jz_asset_take(a, &value, e->size, &a->store, err);
}

jz_status jz_asset_find_tiff(jz_asset *a, jz_err *err)
{
    jz_tiff t;
    JZ_TRY(jz_tiff_open(a->src, &t, err));
    uint64_t at = t.ifd0;
    for (unsigned i = 0; at != 0; i++) {
        jz_tiff_dir dir = { 0 };
        if (i == DIRECTORIES)
            return JZ_FAIL(err, JZ_E_LIMIT, "TIFF: more than %d directories", DIRECTORIES);
        JZ_TRY(jz_tiff_read_dir(&t, at, &dir, err));
        jz_status st = JZ_OK;
        for (size_t k = 0; st == JZ_OK && k < dir.n; k++)
            st = on_entry(a, &t, &dir.entry[k], err);
        at = dir.next;
        jz_tiff_dir_done(&dir);
        JZ_TRY(st);
    }
    return JZ_OK;
}

/* ---- placing ---- */

/* The directory with an entry for the store, without those of old ones. *index is the entry's. */
static jz_status renew(jz_tiff_dir *dir, size_t *index, jz_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < dir->n; i++) {
        if (dir->entry[i].tag != TAG_C2PA)
            dir->entry[n++] = dir->entry[i];
    }
    dir->n = n;
    if (n == UINT16_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a TIFF directory of %d entries is full", UINT16_MAX);
    jz_tiff_entry *grown = jz_grow(dir->entry, n, &dir->room, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for a TIFF directory");
    dir->entry = grown;
    size_t i = n;
    while (i > 0 && grown[i - 1].tag > TAG_C2PA)
        i--;
    memmove(grown + i + 1, grown + i, (n - i) * sizeof *grown);
    grown[i] = (jz_tiff_entry){ .tag = TAG_C2PA, .type = TYPE_UNDEFINED };
    dir->n++;
    *index = i;
    return JZ_OK;
}

/* Takes out an old store that ends the file; one elsewhere stays, and nothing points to it. */
static jz_status drop_last(jz_asset *a, jz_place *p, uint64_t *end, jz_err *err)
{
    const jz_range *last = a->parts.n > 0 ? &a->parts.range[a->parts.n - 1] : NULL;
    *end = a->src->size;
    if (last == NULL || last->at + last->size != a->src->size)
        return JZ_OK;
    *end = last->at;
    return jz_splices_add(&p->plan, last->at, last->size, (jz_bytes){ 0 }, err);
}

static jz_status build(const jz_tiff *t, jz_tiff_dir *dir, uint64_t end, size_t size, jz_wrap *w,
                       uint32_t *dir_at, jz_err *err)
{
    size_t index;
    JZ_TRY(renew(dir, &index, err));
    const size_t pad = end % 2;
    const uint64_t at = end + pad;
    const uint64_t store_at = at + 2 + dir->n * (uint64_t)ENTRY + 4;
    if (store_at + size > UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a TIFF file of %" PRIu64 " bytes, limit %u",
                       store_at + size, UINT32_MAX);
    dir->entry[index].count = (uint32_t)size;
    dir->entry[index].size = size;
    dir->entry[index].offset = (uint32_t)store_at;
    if (pad > 0)
        jz_buf_putc(&w->bytes, 0);
    jz_tiff_put_dir(t, dir, &w->bytes);
    JZ_TRY(jz_wrap_exclude(w, pad + 2 + index * ENTRY + COUNT_AT, 4, err));
    const size_t from = w->bytes.len;
    JZ_TRY(jz_wrap_store(w, size, err));
    *dir_at = (uint32_t)at;
    return jz_wrap_exclude(w, from, size, err);
}

static jz_status plan(jz_asset *a, const jz_tiff *t, jz_tiff_dir *dir, size_t size, jz_place *out,
                      jz_err *err)
{
    JZ_WRAP_AUTO w = { .place = out };
    JZ_BUF_AUTO pointer = { 0 };
    uint64_t end;
    uint32_t dir_at;
    JZ_TRY(jz_tiff_read_dir(t, t->ifd0, dir, err));
    JZ_TRY(jz_tiff_check_pixels(t, dir, err));
    JZ_TRY(drop_last(a, out, &end, err));
    JZ_TRY(build(t, dir, end, size, &w, &dir_at, err));
    jz_tiff_put_u32(t, dir_at, &pointer);
    JZ_TRY(jz_buf_check(&pointer, err));
    JZ_TRY(jz_splices_add(&out->plan, 4, 4, (jz_bytes){ (const uint8_t *)pointer.ptr, pointer.len },
                          err));
    JZ_TRY(jz_place_insert(&w, end, err));
    jz_place_settle(&w, end, a->src->size);
    return JZ_OK;
}

jz_status jz_asset_place_tiff(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    jz_tiff t;
    jz_tiff_dir dir = { 0 };
    JZ_TRY(jz_tiff_open(a->src, &t, err));
    if (size <= 4)
        return JZ_FAIL(err, JZ_E_INVAL, "TIFF: a store of %zu bytes", size);
    const jz_status st = plan(a, &t, &dir, size, out, err);
    jz_tiff_dir_done(&dir);
    return st;
}
