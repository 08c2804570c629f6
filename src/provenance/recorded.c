/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever added an ingredient found of its manifest then, and signed: what is the same today
 * does not count against the file (15.11.3.3). Only what stands in ingredient assertions on the way
 * from the active manifest counts, so that no manifest can excuse another that does not hold it. */
#include "base/alloc.h"
#include "provenance/check.h"

#include <string.h>

static const char store_url[] = "self#jumbf=/c2pa/";
static const char relative_url[] = "self#jumbf=";

static jz_bytes rest_of(jz_bytes b, size_t skip)
{
    return (jz_bytes){ b.ptr + skip, b.len - skip };
}

/* "self#jumbf=/c2pa/LABEL/PATH", or "self#jumbf=PATH" as seen from a manifest. */
static bool split(jz_bytes url, jz_bytes from, jz_recorded *out)
{
    if (jz_bytes_begin(url, store_url)) {
        const jz_bytes in = rest_of(url, sizeof store_url - 1);
        const uint8_t *slash = in.len > 0 ? memchr(in.ptr, '/', in.len) : NULL;
        const size_t n = slash != NULL ? (size_t)(slash - in.ptr) : in.len;
        out->manifest = (jz_bytes){ in.ptr, n };
        out->path = slash != NULL ? rest_of(in, n + 1) : (jz_bytes){ in.ptr + n, 0 };
        return true;
    }
    if (!jz_bytes_begin(url, relative_url) || from.ptr == NULL)
        return false;
    out->manifest = from;
    out->path = rest_of(url, sizeof relative_url - 1);
    return true;
}

static int compare_bytes(jz_bytes a, jz_bytes b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int c = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *pa, const void *pb)
{
    const jz_recorded *a = pa;
    const jz_recorded *b = pb;
    const int path = compare_bytes(a->path, b->path);
    const int code = path != 0 ? path : compare_bytes(a->code, b->code);
    return code != 0 ? code : compare_bytes(a->manifest, b->manifest);
}

static void add_list(jz_credentials *c, const jz_cbor *list, jz_bytes from, jz_step *s)
{
    jz_cbor one;
    jz_cbor_iter it = jz_cbor_in(list);
    while (c->fail == JZ_OK && list->kind == JZ_CBOR_ARRAY && jz_cbor_next(&it, &one)) {
        jz_recorded r = { .code = jz_cbor_get_text(&one, "code") };
        const jz_bytes url = jz_cbor_get_text(&one, "url");
        if (r.code.ptr == NULL || url.ptr == NULL || !split(url, from, &r))
            continue;
        jz_recorded *grown = jz_grow(s->recorded, s->n, &s->size, sizeof *grown);
        if (grown == NULL) {
            jz_keep_failure(c, JZ_E_NOMEM, NULL);
            return;
        }
        s->recorded = grown;
        s->recorded[s->n++] = r;
    }
}

/* A status-codes-map (15.2.3). */
static void add_codes(jz_credentials *c, const jz_cbor *map, jz_bytes from, jz_step *s)
{
    static const char *const names[] = { "informational", "failure" };
    jz_cbor list;
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        if (jz_cbor_get(map, names[i], &list))
            add_list(c, &list, from, s);
    }
}

/* validationResults of version 3, validationStatus of versions 1 and 2. */
void jz_recorded_read(jz_credentials *c, const jz_cbor *ingredient, jz_bytes manifest_url,
                      jz_step *s)
{
    jz_recorded of = { 0 };
    jz_cbor results;
    jz_cbor v;
    jz_cbor one;
    if (!split(manifest_url, (jz_bytes){ 0 }, &of))
        return;
    if (jz_cbor_get(ingredient, "validationResults", &results)) {
        if (jz_cbor_get(&results, "activeManifest", &v))
            add_codes(c, &v, of.manifest, s);
        if (jz_cbor_get_kind(&results, "ingredientDeltas", JZ_CBOR_ARRAY, &v)) {
            jz_cbor_iter it = jz_cbor_in(&v);
            jz_cbor deltas;
            while (jz_cbor_next(&it, &one)) {
                if (jz_cbor_get(&one, "validationDeltas", &deltas))
                    add_codes(c, &deltas, of.manifest, s);
            }
        }
    } else if (jz_cbor_get(ingredient, "validationStatus", &v)) {
        add_list(c, &v, of.manifest, s);
    }
    if (s->n > 1)
        qsort(s->recorded, s->n, sizeof *s->recorded, compare);
}

bool jz_recorded_has(const jz_step *s, const char *code, jz_bytes url)
{
    jz_recorded want = { .code = { (const uint8_t *)code, strlen(code) } };
    if (s == NULL || !split(url, (jz_bytes){ 0 }, &want))
        return false;
    for (; s != NULL; s = s->up) {
        if (s->n > 0 && bsearch(&want, s->recorded, s->n, sizeof *s->recorded, compare) != NULL)
            return true;
    }
    return false;
}
