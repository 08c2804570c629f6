/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/asset_class.h"

#include <jz/media.h>

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

/* A file that is nothing but its store. */
static jz_status find_sidecar(jz_asset *a, jz_err *err)
{
    jz_span s = jz_span_all(a->src, "C2PA sidecar");
    if (!jz_asset_begin(a))
        return JZ_OK;
    return jz_asset_take(a, &s, a->src->size, &a->store, err);
}

#define ROW(name, family)                                                                          \
    {                                                                                              \
        .format = name, .find = jz_asset_find_##family, .place = jz_asset_place_##family           \
    }
#define ROW_OF_BOXES(name, family)                                                                 \
    {                                                                                              \
        .format = name, .find = jz_asset_find_##family, .place = jz_asset_place_##family,          \
        .boxes = jz_asset_boxes_##family                                                           \
    }
#define ROW_RIFF(name)                                                                             \
    {                                                                                              \
        .format = name, .sized = true, .find = jz_asset_find_riff, .place = jz_asset_place_riff,   \
        .boxes = jz_asset_boxes_riff                                                               \
    }
#define ROW_ID3(name)                                                                              \
    {                                                                                              \
        .format = name, .sized = true, .find = jz_asset_find_id3, .place = jz_asset_place_id3      \
    }
#define ROW_BMFF(name)                                                                             \
    {                                                                                              \
        .format = name, .bmff = true, .find = jz_asset_find_bmff, .place = jz_asset_place_bmff     \
    }

static const jz_asset_class classes[] = {
    ROW_OF_BOXES("jpeg", jpeg),
    ROW_OF_BOXES("png", png),
    ROW_OF_BOXES("apng", png),
    ROW_RIFF("webp"),
    ROW_RIFF("wav"),
    ROW_RIFF("avi"),
    ROW_OF_BOXES("gif", gif),
    ROW("tiff", tiff),
    ROW_ID3("mp3"),
    ROW_ID3("flac"),
    ROW("svg", svg),
    ROW("jxl", jxl),
    ROW_BMFF("mp4"),
    ROW_BMFF("mov"),
    ROW_BMFF("m4v"),
    ROW_BMFF("m4a"),
    ROW_BMFF("3gp"),
    ROW_BMFF("heic"),
    ROW_BMFF("avif"),
    { .format = "c2pa", .find = find_sidecar },
};

/* ---- ranges ---- */

void jz_ranges_done(jz_ranges *r)
{
    jz_free(r->range);
    *r = (jz_ranges){ 0 };
}

jz_status jz_ranges_add(jz_ranges *r, uint64_t at, uint64_t size, jz_err *err)
{
    if (r->n > 0 && r->range[r->n - 1].at + r->range[r->n - 1].size == at) {
        r->range[r->n - 1].size += size;
        return JZ_OK;
    }
    jz_range *grown = jz_grow(r->range, r->n, &r->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu places of a store", r->n + 1);
    r->range = grown;
    grown[r->n++] = (jz_range){ at, size };
    return JZ_OK;
}

/* ---- what the finders tell ---- */

bool jz_asset_begin(jz_asset *a)
{
    return ++a->stores == 1;
}

void jz_asset_pass(jz_asset *a, jz_status st, const char *reason)
{
    if (a->passed != JZ_OK)
        return;
    a->passed = st;
    jz_err_set(&a->why, st, "%s", reason);
}

jz_status jz_asset_take(jz_asset *a, jz_span *s, uint64_t n, jz_buf *out, jz_err *err)
{
    if (n > JZ_STORE_MAX - out->len)
        jz_asset_pass(a, JZ_E_LIMIT, "a manifest store of more than 16 MiB");
    if (a->passed != JZ_OK)
        return jz_span_skip(s, n, err);
    return jz_span_read(s, n, JZ_STORE_MAX, out, err);
}

bool jz_is_store(const uint8_t head[JZ_STORE_HEAD])
{
    return memcmp(head + 4, "jumb", 4) == 0 && memcmp(head + 12, "jumdc2pa", 8) == 0;
}

/* ---- opening ---- */

static jz_status find_class(jz_source *src, const jz_asset_class **out, jz_err *err)
{
    uint8_t head[JZ_SNIFF_BYTES];
    const size_t n = src->size < sizeof head ? (size_t)src->size : sizeof head;
    if (n == 0)
        return JZ_FAIL(err, JZ_E_EMPTY, "an empty file");
    JZ_TRY(jz_source_get(src, 0, head, n, err));
    const jz_format *format = jz_format_find((jz_bytes){ head, n });
    if (format == NULL)
        return JZ_FAIL(err, JZ_E_NOT_MEDIA, "no media format that is known here");
    for (size_t i = 0; i < JZ_ARRAY_LEN(classes); i++) {
        if (strcmp(classes[i].format, format->name) == 0) {
            *out = &classes[i];
            return JZ_OK;
        }
    }
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "Content Credentials are not read from %s files",
                   format->name);
}

static bool is_damage(jz_status st)
{
    return st == JZ_E_CORRUPT || st == JZ_E_TRUNCATED || st == JZ_E_LIMIT || st == JZ_E_UNSUPPORTED;
}

jz_status jz_asset_open(jz_source *src, jz_asset **out, jz_err *err)
{
    jz_err why = { 0 };
    const jz_asset_class *cls;
    JZ_TRY(find_class(src, &cls, err));
    jz_auto(jz_asset) *a = jz_alloc_zero(1, sizeof *a);
    if (a == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory to look for a manifest store");
    a->src = src;
    a->cls = cls;
    const jz_status st = cls->find(a, &why);
    if (st != JZ_OK && !is_damage(st)) {
        if (err != NULL)
            *err = why;
        return st;
    }
    if (st != JZ_OK && a->stores == 0) {
        a->passed = st;
        a->why = why;
    }
    *out = JZ_TAKE(a);
    return JZ_OK;
}

void jz_asset_close(jz_asset *a)
{
    if (a == NULL)
        return;
    jz_buf_done(&a->store);
    jz_buf_done(&a->update);
    jz_ranges_done(&a->excluded);
    jz_ranges_done(&a->parts);
    jz_free(a);
}

/* ---- asking ---- */

const char *jz_asset_format(const jz_asset *a)
{
    return a->cls->format;
}

jz_source *jz_asset_source(const jz_asset *a)
{
    return a->src;
}

bool jz_asset_is_bmff(const jz_asset *a)
{
    return a->cls->bmff;
}

jz_status jz_asset_store(const jz_asset *a, jz_bytes *out, jz_err *err)
{
    if (a->stores > 1)
        return JZ_FAIL(err, JZ_E_EXISTS, "%u manifest stores in one file, so that none counts",
                       a->stores);
    if (a->passed != JZ_OK) {
        if (err != NULL)
            *err = a->why;
        return a->passed;
    }
    if (a->stores == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no manifest store in this %s file", a->cls->format);
    if (a->store.len == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a manifest store of no bytes");
    *out = (jz_bytes){ (const uint8_t *)a->store.ptr, a->store.len };
    return JZ_OK;
}

jz_bytes jz_asset_update(const jz_asset *a)
{
    return (jz_bytes){ (const uint8_t *)a->update.ptr, a->update.len };
}

const jz_range *jz_asset_ranges(const jz_asset *a, size_t *n)
{
    *n = a->excluded.n;
    return a->excluded.range;
}
