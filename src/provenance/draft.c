/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/draft.h"

#include <jz/hash.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define GENERATOR "Jianzhen"
#define SPEC_VERSION "2.2.0"

void jz_draft_done(jz_draft *d)
{
    for (size_t i = 0; i < d->n; i++)
        jz_buf_done(&d->part[i].body);
    jz_buf_done(&d->peers);
    d->n = 0;
}

/* A UUID of version 4 (RFC 9562, 5.4). */
static jz_status put_uuid(const char *prefix, char out[64], jz_err *err)
{
    uint8_t b[16];
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        return JZ_FAIL(err, JZ_E_IO, "asking for random bytes: %s", strerrordesc_np(errno));
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    (void)snprintf(out, 64,
                   "%s%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", prefix,
                   b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                   b[13], b[14], b[15]); /* fits: 36 and a short prefix */
    return JZ_OK;
}

jz_status jz_draft_begin(jz_draft *d, jz_err *err)
{
    JZ_TRY(put_uuid("urn:c2pa:", d->label, err));
    return put_uuid("xmp:iid:", d->instance, err);
}

/* ---- assertions ---- */

/* ISO 19566-5, B.3: what a label may not hold, since URIs are made of it. Of ASCII only what needs
 * no escape. */
static bool label_is_sound(const char *label)
{
    const size_t n = strlen(label);
    for (size_t i = 0; i < n; i++) {
        const char c = label[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '_')
            return false;
    }
    return n > 0 && n + 4 < JZ_DRAFT_LABEL;
}

static bool has_label(const jz_draft *d, const char *label)
{
    for (size_t i = 0; i < d->n; i++) {
        if (strcmp(d->part[i].label, label) == 0)
            return true;
    }
    return false;
}

jz_status jz_draft_add(jz_draft *d, const char *label, uint32_t kind, jz_draft_part **out,
                       jz_err *err)
{
    if (d->n == JZ_DRAFT_PARTS)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d assertions", JZ_DRAFT_PARTS);
    if (!label_is_sound(label))
        return JZ_FAIL(err, JZ_E_INVAL, "'%.80s' is no label of an assertion", label);
    jz_draft_part *p = &d->part[d->n];
    *p = (jz_draft_part){ .kind = kind };
    (void)snprintf(p->label, sizeof p->label, "%s", label);
    for (unsigned i = 1; has_label(d, p->label); i++)
        (void)snprintf(p->label, sizeof p->label, "%s__%u", label, i); /* fewer than 100 */
    d->n++;
    *out = p;
    return JZ_OK;
}

static void put_part(const jz_draft_part *p, jz_buf *out)
{
    const size_t super = jz_jumbf_begin_super(out, p->kind, p->label);
    if (p->kind == JZ_JUMBF_FILE) { /* what is in it: no file name follows (toggles 0) */
        const size_t about = jz_jumbf_begin(out, JZ_4CC('b', 'f', 'd', 'b'));
        jz_buf_putc(out, '\0');
        jz_buf_put(out, p->type, strlen(p->type) + 1);
        jz_jumbf_end(out, about);
    }
    const size_t content = jz_jumbf_begin(out, p->kind);
    jz_buf_put(out, p->body.ptr, p->body.len);
    jz_jumbf_end(out, content);
    jz_jumbf_end(out, super);
    if (p->body.fail != JZ_OK && out->fail == JZ_OK)
        out->fail = p->body.fail;
}

void jz_put_hashed_uri(jz_buf *out, const char *url, jz_bytes payload)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    uint8_t digest[JZ_SHA256_SIZE];
    jz_sha256(payload.ptr, payload.len, digest);
    jz_cbor_put_text(jz_cbor_map_key(&m, "url"), url);
    jz_cbor_put_bytes(jz_cbor_map_key(&m, "hash"), (jz_bytes){ digest, sizeof digest });
    jz_cbor_map_end(&m, out);
}

void jz_draft_put_ref(const jz_draft_part *p, jz_buf *out)
{
    JZ_BUF_AUTO box = { 0 };
    char url[sizeof "self#jumbf=c2pa.assertions/" + JZ_DRAFT_LABEL];
    (void)snprintf(url, sizeof url, "self#jumbf=c2pa.assertions/%s", p->label); /* fits */
    put_part(p, &box);
    if (box.fail != JZ_OK) {
        if (out->fail == JZ_OK)
            out->fail = box.fail;
        return;
    }
    jz_put_hashed_uri(
        out, url,
        (jz_bytes){ (const uint8_t *)box.ptr + JZ_JUMBF_HEADER, box.len - JZ_JUMBF_HEADER });
}

/* ---- the claim ---- */

static void put_generator(jz_buf *out)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    jz_cbor_put_text(jz_cbor_map_key(&m, "name"), GENERATOR);
    jz_cbor_put_text(jz_cbor_map_key(&m, "version"), JZ_VERSION);
    jz_cbor_put_text(jz_cbor_map_key(&m, "specVersion"), SPEC_VERSION);
    jz_cbor_map_end(&m, out);
}

void jz_draft_put_claim(const jz_draft *d, jz_buf *out)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    char url[128];
    (void)snprintf(url, sizeof url, "self#jumbf=/c2pa/%s/c2pa.signature", d->label); /* fits */
    jz_cbor_put_text(jz_cbor_map_key(&m, "alg"), "sha256");
    jz_cbor_put_text(jz_cbor_map_key(&m, "signature"), url);
    jz_cbor_put_text(jz_cbor_map_key(&m, "instanceID"), d->instance);
    if (d->title != NULL)
        jz_cbor_put_text(jz_cbor_map_key(&m, "dc:title"), d->title);
    put_generator(jz_cbor_map_key(&m, "claim_generator_info"));
    jz_buf *list = jz_cbor_map_key(&m, "created_assertions");
    jz_cbor_put_head(list, JZ_CBOR_ARRAY, d->n);
    for (size_t i = 0; i < d->n; i++)
        jz_draft_put_ref(&d->part[i], list);
    jz_cbor_map_end(&m, out);
}

/* ---- the store ---- */

static void put_box(jz_buf *out, uint32_t kind, const char *label, jz_bytes content)
{
    const size_t super = jz_jumbf_begin_super(out, kind, label);
    const size_t box = jz_jumbf_begin(out, JZ_JUMBF_CBOR);
    jz_buf_put(out, content.ptr, content.len);
    jz_jumbf_end(out, box);
    jz_jumbf_end(out, super);
}

void jz_draft_put_store(const jz_draft *d, jz_bytes claim, jz_bytes cose, jz_buf *out)
{
    const size_t store = jz_jumbf_begin_super(out, JZ_JUMBF_STORE, "c2pa");
    jz_buf_put(out, d->peers.ptr, d->peers.len);
    const size_t manifest =
        jz_jumbf_begin_super(out, d->update ? JZ_JUMBF_UPDATE : JZ_JUMBF_MANIFEST, d->label);
    const size_t assertions = jz_jumbf_begin_super(out, JZ_JUMBF_ASSERTIONS, "c2pa.assertions");
    for (size_t i = 0; i < d->n; i++)
        put_part(&d->part[i], out);
    jz_jumbf_end(out, assertions);
    put_box(out, JZ_JUMBF_CLAIM, "c2pa.claim.v2", claim);
    put_box(out, JZ_JUMBF_SIGNATURE, "c2pa.signature", cose);
    jz_jumbf_end(out, manifest);
    jz_jumbf_end(out, store);
    if (d->peers.fail != JZ_OK && out->fail == JZ_OK)
        out->fail = d->peers.fail;
}
