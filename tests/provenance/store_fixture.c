/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "provenance/cbor.h"

#include <jz/hash.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void put_u32(jz_buf *b, uint32_t v)
{
    const uint8_t d[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    jz_buf_put(b, d, sizeof d);
}

size_t fixture_begin(jz_buf *b, const char *type)
{
    const size_t at = b->len;
    put_u32(b, 0);
    jz_buf_put(b, type, 4);
    return at;
}

void fixture_end(jz_buf *b, size_t at)
{
    const uint32_t v = (uint32_t)(b->len - at);
    const uint8_t d[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    memcpy(b->ptr + at, d, sizeof d);
}

size_t fixture_begin_super(jz_buf *b, const char *kind, const char *label)
{
    static const uint8_t iso[12] = { 0x00, 0x11, 0x00, 0x10, 0x80, 0x00,
                                     0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71 };
    const size_t at = fixture_begin(b, "jumb");
    const size_t about = fixture_begin(b, "jumd");
    jz_buf_put(b, kind, 4);
    jz_buf_put(b, iso, sizeof iso);
    jz_buf_putc(b, 3);
    jz_buf_put(b, label, strlen(label) + 1);
    fixture_end(b, about);
    return at;
}

static void put_leaf(jz_buf *b, const char *kind, const char *label, const char *type,
                     const jz_buf *body)
{
    const size_t at = fixture_begin_super(b, kind, label);
    const size_t in = fixture_begin(b, type);
    jz_buf_put(b, body->ptr, body->len);
    fixture_end(b, in);
    fixture_end(b, at);
}

/* ---- parts ---- */

jz_buf *fixture_add(fixture_manifest *m, const char *label, const char *kind)
{
    assert(m->n < FIXTURE_PARTS);
    m->part[m->n].label = label;
    m->part[m->n].kind = kind;
    return &m->part[m->n++].body;
}

void fixture_usual(fixture_manifest *m)
{
    static const uint8_t zeros[32] = { 0 };
    jz_buf *b = fixture_add(m, "c2pa.actions.v2", "cbor");
    jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
    jz_cbor_put_text(b, "actions");
    jz_cbor_put_head(b, JZ_CBOR_ARRAY, 1);
    jz_cbor_put_head(b, JZ_CBOR_MAP, 2);
    jz_cbor_put_text(b, "action");
    jz_cbor_put_text(b, "c2pa.created");
    jz_cbor_put_text(b, "digitalSourceType");
    jz_cbor_put_text(b, "http://c2pa.org/digitalsourcetype/empty");
    b = fixture_add(m, "c2pa.hash.data", "cbor");
    jz_cbor_put_head(b, JZ_CBOR_MAP, 2);
    jz_cbor_put_text(b, "hash");
    jz_cbor_put_bytes(b, (jz_bytes){ zeros, sizeof zeros });
    jz_cbor_put_text(b, "pad");
    jz_cbor_put_bytes(b, (jz_bytes){ zeros, 0 });
}

static void put_uri(jz_buf *b, const char *url, const void *payload, size_t len)
{
    uint8_t hash[JZ_SHA256_SIZE];
    jz_sha256(payload, len, hash);
    jz_cbor_put_head(b, JZ_CBOR_MAP, 2);
    jz_cbor_put_text(b, "url");
    jz_cbor_put_text(b, url);
    jz_cbor_put_text(b, "hash");
    jz_cbor_put_bytes(b, (jz_bytes){ hash, sizeof hash });
}

static void put_recorded(jz_buf *b, const char *of, const char *code, const char *path)
{
    char url[256];
    (void)snprintf(url, sizeof url, "self#jumbf=/c2pa/%s%s%s", of, path[0] != '\0' ? "/" : "",
                   path);
    jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
    jz_cbor_put_text(b, "activeManifest");
    jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
    jz_cbor_put_text(b, "failure");
    jz_cbor_put_head(b, JZ_CBOR_ARRAY, 1);
    jz_cbor_put_head(b, JZ_CBOR_MAP, 2);
    jz_cbor_put_text(b, "code");
    jz_cbor_put_text(b, code);
    jz_cbor_put_text(b, "url");
    jz_cbor_put_text(b, url);
}

void fixture_ingredient(fixture_manifest *m, const char *relationship, const char *of,
                        const jz_buf *built, const char *recorded, const char *path)
{
    char url[256];
    (void)snprintf(url, sizeof url, "self#jumbf=/c2pa/%s", of);
    jz_buf *b = fixture_add(m, "c2pa.ingredient.v3", "cbor");
    jz_cbor_put_head(b, JZ_CBOR_MAP, 3);
    jz_cbor_put_text(b, "relationship");
    jz_cbor_put_text(b, relationship);
    jz_cbor_put_text(b, "activeManifest");
    put_uri(b, url, built != NULL ? built->ptr + 8 : "", built != NULL ? built->len - 8 : 0);
    jz_cbor_put_text(b, "validationResults");
    if (recorded != NULL)
        put_recorded(b, of, recorded, path);
    else
        jz_cbor_put_head(b, JZ_CBOR_MAP, 0);
}

/* ---- the manifest ---- */

static bool keeps(const fixture_manifest *m, const char *field)
{
    return m->drop == NULL || strcmp(m->drop, field) != 0;
}

static void put_list(jz_buf *b, const fixture_manifest *m)
{
    size_t n = m->uri != NULL;
    for (size_t i = 0; i < m->n; i++)
        n += !m->part[i].undeclared;
    jz_cbor_put_head(b, JZ_CBOR_ARRAY, n);
    for (size_t i = 0; i < m->n; i++) {
        const fixture_part *p = &m->part[i];
        char url[256];
        JZ_BUF_AUTO built = { 0 };
        if (p->undeclared)
            continue;
        (void)snprintf(url, sizeof url, "self#jumbf=c2pa.assertions/%s", p->label);
        put_leaf(&built, p->kind, p->label, p->kind, &p->body);
        put_uri(b, url, built.ptr + 8, built.len - 8 - (p->changed ? 1 : 0));
    }
    if (m->uri != NULL)
        put_uri(b, m->uri, "", 0);
}

static void put_claim(jz_buf *out, const fixture_manifest *m)
{
    const bool one = m->version == 1;
    char url[256];
    JZ_CBOR_MAP_AUTO map = { 0 };
    (void)snprintf(url, sizeof url, "self#jumbf=/c2pa/%s/c2pa.signature", m->label);
    if (keeps(m, "alg"))
        jz_cbor_put_text(jz_cbor_map_key(&map, "alg"), "sha256");
    if (keeps(m, "instanceID"))
        jz_cbor_put_text(jz_cbor_map_key(&map, "instanceID"), "xmp:iid:1");
    if (keeps(m, "signature"))
        jz_cbor_put_text(jz_cbor_map_key(&map, "signature"), url);
    if (one)
        jz_cbor_put_text(jz_cbor_map_key(&map, "claim_generator"), "test");
    if (one)
        jz_cbor_put_text(jz_cbor_map_key(&map, "dc:format"), "image/png");
    if (!one && keeps(m, "claim_generator_info")) {
        jz_buf *b = jz_cbor_map_key(&map, "claim_generator_info");
        jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
        jz_cbor_put_text(b, "name");
        jz_cbor_put_text(b, "test");
    }
    if (keeps(m, "created_assertions"))
        put_list(jz_cbor_map_key(&map, one ? "assertions" : "created_assertions"), m);
    if (m->redacted[0] != NULL) {
        jz_buf *b = jz_cbor_map_key(&map, "redacted_assertions");
        jz_cbor_put_head(b, JZ_CBOR_ARRAY, m->redacted[1] != NULL ? 2 : 1);
        for (size_t i = 0; i < 2 && m->redacted[i] != NULL; i++)
            jz_cbor_put_text(b, m->redacted[i]);
    }
    jz_cbor_map_end(&map, out);
}

void fixture_put(jz_buf *out, const fixture_manifest *m)
{
    const unsigned claims = m->claims == FIXTURE_NONE ? 0 : m->claims == 0 ? 1 : m->claims;
    const char *usual = m->version == 1 ? "c2pa.claim" : "c2pa.claim.v2";
    JZ_BUF_AUTO claim = { 0 };
    JZ_BUF_AUTO signature = { 0 };
    const size_t at = fixture_begin_super(out, m->kind != NULL ? m->kind : "c2ma", m->label);
    const size_t store = fixture_begin_super(out, "c2as", "c2pa.assertions");
    for (size_t i = 0; i < m->n; i++) {
        if (!m->part[i].absent)
            put_leaf(out, m->part[i].kind, m->part[i].label, m->part[i].kind, &m->part[i].body);
    }
    fixture_end(out, store);
    put_claim(&claim, m);
    if (m->bad_cbor)
        claim.len--;
    for (unsigned i = 0; i < claims; i++)
        put_leaf(out, "c2cl", m->claim_label != NULL ? m->claim_label : usual, "cbor", &claim);
    jz_cbor_put_null(&signature);
    if (!m->unsigned_)
        put_leaf(out, "c2cs", "c2pa.signature", "cbor", &signature);
    fixture_end(out, at);
}

void fixture_store(jz_buf *out, const jz_buf *manifests)
{
    const size_t at = fixture_begin_super(out, "c2pa", "c2pa");
    jz_buf_put(out, manifests->ptr, manifests->len);
    fixture_end(out, at);
}

void fixture_done(fixture_manifest *m)
{
    for (size_t i = 0; i < m->n; i++)
        jz_buf_done(&m->part[i].body);
}
