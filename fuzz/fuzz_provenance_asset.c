/* SPDX-License-Identifier: Apache-2.0 */
/* Any file with or without a manifest store. A store that was placed must be read back from where
 * the place says, and the hash of the file must not depend on it. */
#include "provenance/asset.h"

#include <stdlib.h>
#include <string.h>

#define STORE 700 /* bytes of the store that is placed */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ranges(const jz_asset *a, uint64_t size)
{
    size_t n;
    uint64_t end = 0;
    const jz_range *r = jz_asset_ranges(a, &n);
    for (size_t i = 0; i < n; i++) {
        if (r[i].at < end || r[i].size > size - r[i].at)
            abort();
        end = r[i].at + r[i].size;
    }
}

static void bind(jz_asset *a)
{
    static const uint8_t hash[32];
    static const jz_bytes names[] = { { (const uint8_t *)"SOI", 3 } };
    const jz_boxes_entry entry = { .name = names, .n_name = 1, .hash = { hash, 32 } };
    const jz_boxes_binding boxes = { .entry = &entry, .n = 1 };
    jz_data_binding d = { .hash = { hash, 32 } };
    jz_bound out;
    d.exclusion = jz_asset_ranges(a, &d.n);
    if (jz_bind_data(a, &d, &out, NULL) == JZ_OK && out.verdict != JZ_BIND_MISMATCH)
        abort();
    if (jz_bind_boxes(a, &boxes, &out, NULL) == JZ_OK && out.verdict == JZ_BIND_MATCH)
        abort();
}

static void check_placed(const jz_place *p, jz_bytes store, jz_buf *made)
{
    jz_source src;
    jz_asset *b;
    jz_bytes found;
    size_t n;
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)made->ptr, made->len }, &src);
    if (jz_asset_open(&src, &b, NULL) != JZ_OK || jz_asset_store(b, &found, NULL) != JZ_OK ||
        found.len != store.len || memcmp(found.ptr, store.ptr, store.len) != 0)
        abort();
    const jz_range *r = jz_asset_ranges(b, &n);
    if (n != p->n || memcmp(r, p->exclusion, n * sizeof *r) != 0)
        abort();
    jz_asset_close(b);
}

static void place(jz_asset *a)
{
    static const uint8_t head[] = { 0, 0,  STORE >> 8, STORE & 255, 'j', 'u', 'm', 'b', 0,   0,
                                    0, 30, 'j',        'u',         'm', 'd', 'c', '2', 'p', 'a' };
    uint8_t store[STORE] = { 0 };
    JZ_PLACE_AUTO p = { 0 };
    JZ_BUF_AUTO made = { 0 };
    memcpy(store, head, sizeof head);
    const jz_bytes bytes = { store, sizeof store };
    if (jz_place_plan(a, STORE, &p, NULL) != JZ_OK ||
        jz_splices_build(&p.plan, jz_asset_source(a), &made, NULL) != JZ_OK)
        return;
    if (made.len != p.new_size || jz_place_store_in(&p, bytes, &made, NULL) != JZ_OK)
        abort();
    check_placed(&p, bytes, &made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JZ_BUF_AUTO url = { 0 };
    jz_source src;
    jz_asset *a;
    jz_bytes store;
    jz_source_of_bytes((jz_bytes){ data, size }, &src);
    if (jz_asset_open(&src, &a, NULL) != JZ_OK)
        return 0;
    if (jz_asset_store(a, &store, NULL) == JZ_OK)
        check_ranges(a, size);
    if (jz_asset_remote(a, &url, NULL) == JZ_OK && url.len == 0)
        abort();
    bind(a);
    place(a);
    jz_asset_close(a);
    return 0;
}
