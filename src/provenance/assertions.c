/* SPDX-License-Identifier: Apache-2.0 */
/* The assertions that a claim lists (15.10): that each is there and as it was signed, and that no
 * other is. */
#include "base/alloc.h"
#include "provenance/check.h"

#include <string.h>

/* "c2pa.ingredient__2" is the third "c2pa.ingredient" (6.4). */
static jz_bytes name_of(jz_bytes label)
{
    size_t n = label.len;
    while (n > 0 && label.ptr[n - 1] >= '0' && label.ptr[n - 1] <= '9')
        n--;
    if (n < label.len && n > 2 && label.ptr[n - 1] == '_' && label.ptr[n - 2] == '_')
        return (jz_bytes){ label.ptr, n - 2 };
    return label;
}

bool jz_is_redacted(const jz_check *v, jz_bytes url)
{
    for (const jz_step *s = v->step; s != NULL; s = s->up) {
        for (size_t i = 0; i < s->by->n_redacted; i++) {
            if (jz_bytes_same(s->by->redacted[i], url))
                return true;
        }
    }
    return false;
}

static void put_absolute(jz_buf *out, const jz_check *v, jz_bytes url)
{
    static const char prefix[] = "self#jumbf=";
    if (jz_bytes_begin(url, "self#jumbf=/") || !jz_bytes_begin(url, prefix)) {
        jz_buf_put(out, url.ptr, url.len);
        return;
    }
    jz_put_url(out, v->c->tree, v->m->box);
    jz_buf_putc(out, '/');
    jz_buf_put(out, url.ptr + sizeof prefix - 1, url.len - (sizeof prefix - 1));
}

/* 6.8: the content of a redacted assertion is gone, or zeros. */
static bool content_is_gone(const jz_check *v, uint32_t box)
{
    for (uint32_t i = jz_box(v, box)->first; i != JZ_JUMBF_NONE; i = jz_box(v, i)->next) {
        const jz_bytes b = jz_box(v, i)->payload;
        const size_t skip = jz_box(v, i)->type == JZ_JUMBF_UUID && b.len >= 16 ? 16 : 0;
        for (size_t k = skip; k < b.len; k++) {
            if (b.ptr[k] != 0)
                return false;
        }
    }
    return true;
}

static void add(jz_check *v, uint32_t box, bool holds)
{
    jz_manifest *m = v->m;
    jz_assertion *grown =
        jz_grow(m->assertion, m->n_assertions, &m->size_assertions, sizeof *grown);
    if (grown == NULL) {
        jz_keep_failure(v->c, JZ_E_NOMEM, NULL);
        return;
    }
    m->assertion = grown;
    const jz_bytes label = jz_box(v, box)->label;
    m->assertion[m->n_assertions++] = (jz_assertion){
        .box = box,
        .label = label,
        .name = name_of(label),
        .holds = holds,
    };
}

static void check_one(jz_check *v, const jz_hashed_uri *u)
{
    JZ_BUF_AUTO absolute = { 0 };
    uint32_t box = JZ_JUMBF_NONE;
    put_absolute(&absolute, v, u->url);
    const jz_bytes url = { (const uint8_t *)absolute.ptr, absolute.len };
    const jz_uri_verdict verdict = jz_hashed_uri_check(v, u, &box);
    const bool inside = box != JZ_JUMBF_NONE && jz_box(v, box)->parent == v->m->assertions;
    const bool redacted = jz_is_redacted(v, url);
    if (absolute.fail != JZ_OK) {
        jz_keep_failure(v->c, absolute.fail, NULL);
    } else if (box != JZ_JUMBF_NONE && !inside) {
        jz_found_at(v, JZ_C_ASSERTION_OUTSIDE_MANIFEST, url, NULL);
    } else if (redacted) {
        if (box != JZ_JUMBF_NONE && !content_is_gone(v, box))
            jz_found_at(v, JZ_C_ASSERTION_NOT_REDACTED, url, NULL);
    } else if (verdict == JZ_URI_MISSING) {
        jz_found_at(v, JZ_C_ASSERTION_MISSING, url, NULL);
    } else if (verdict == JZ_URI_ALG) {
        jz_found_at(v, JZ_C_ALGORITHM_UNSUPPORTED, url, "%.*s",
                    u->alg.len > 40 ? 40 : (int)u->alg.len,
                    u->alg.ptr != NULL ? (const char *)u->alg.ptr : "");
        add(v, box, false);
    } else {
        const bool holds = verdict == JZ_URI_HOLDS;
        jz_found(v, holds ? JZ_C_ASSERTION_HASHED_URI_MATCH : JZ_C_ASSERTION_HASHED_URI_MISMATCH,
                 box, NULL);
        add(v, box, holds);
    }
}

static void check_list(jz_check *v, const char *name)
{
    jz_cbor list;
    jz_cbor one;
    jz_hashed_uri u;
    if (!jz_cbor_get(&v->m->root, name, &list))
        return;
    jz_cbor_iter it = jz_cbor_in(&list);
    while (v->c->fail == JZ_OK && jz_cbor_next(&it, &one)) {
        if (jz_hashed_uri_read(&one, &u))
            check_one(v, &u);
        else
            jz_found(v, JZ_C_CLAIM_MALFORMED, v->m->claim, "%s holds something else", name);
    }
}

static int compare_boxes(const void *pa, const void *pb)
{
    const uint32_t a = *(const uint32_t *)pa;
    const uint32_t b = *(const uint32_t *)pb;
    return (a > b) - (a < b);
}

/* 15.10.1: what the claim does not list was not signed. */
static void check_undeclared(jz_check *v)
{
    const size_t n = v->m->n_assertions;
    jz_auto(uint8_t) *room = jz_alloc_zero(n + 1, sizeof(uint32_t));
    if (room == NULL) {
        jz_keep_failure(v->c, JZ_E_NOMEM, NULL);
        return;
    }
    uint32_t *listed = (uint32_t *)(void *)room;
    for (size_t i = 0; i < n; i++)
        listed[i] = v->m->assertion[i].box;
    qsort(listed, n, sizeof *listed, compare_boxes);
    for (uint32_t i = jz_box(v, v->m->assertions)->first; i != JZ_JUMBF_NONE;
         i = jz_box(v, i)->next) {
        JZ_BUF_AUTO url = { 0 };
        if (bsearch(&i, listed, n, sizeof *listed, compare_boxes) != NULL ||
            jz_box(v, i)->uuid == NULL)
            continue;
        jz_put_url(&url, v->c->tree, i);
        if (url.fail != JZ_OK)
            jz_keep_failure(v->c, url.fail, NULL);
        else if (!jz_is_redacted(v, (jz_bytes){ (const uint8_t *)url.ptr, url.len }))
            jz_found(v, JZ_C_ASSERTION_UNDECLARED, i, NULL);
    }
}

void jz_assertions_check(jz_check *v)
{
    if (v->m->version == 1) {
        check_list(v, "assertions");
    } else {
        check_list(v, "created_assertions");
        check_list(v, "gathered_assertions");
    }
    check_undeclared(v);
}
