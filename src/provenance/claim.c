/* SPDX-License-Identifier: Apache-2.0 */
/* The claim (10.2, 15.6): that there is one, and one only, with what it must have. */
#include "provenance/check.h"

#include <string.h>

#define SIGNATURE_LABEL "c2pa.signature"

bool jz_is_manifest(const jz_jumbf_box *b)
{
    return b->kind == JZ_JUMBF_MANIFEST || b->kind == JZ_JUMBF_MANIFEST_OLD ||
           b->kind == JZ_JUMBF_UPDATE || b->kind == JZ_JUMBF_COMPRESSED;
}

/* The superbox of a kind inside the manifest; *n counts all of them. */
static uint32_t only_child(const jz_check *v, uint32_t kind, size_t *n)
{
    uint32_t found = JZ_JUMBF_NONE;
    *n = 0;
    for (uint32_t i = jz_box(v, v->m->box)->first; i != JZ_JUMBF_NONE; i = jz_box(v, i)->next) {
        if (jz_box(v, i)->kind != kind)
            continue;
        found = i;
        ++*n;
    }
    return found;
}

static bool find_parts(jz_check *v)
{
    jz_manifest *m = v->m;
    size_t n = 0;
    if (jz_box(v, m->box)->kind == JZ_JUMBF_COMPRESSED) {
        jz_found(v, JZ_C_MANIFEST_COMPRESSED_INVALID, m->box, "%s",
                 v->c->packed_why != NULL ? v->c->packed_why : "");
        return false;
    }
    m->claim = only_child(v, JZ_JUMBF_CLAIM, &n);
    if (n != 1) {
        jz_found(v, n == 0 ? JZ_C_CLAIM_MISSING : JZ_C_CLAIM_MULTIPLE, JZ_JUMBF_NONE, "%zu claims",
                 n);
        return false;
    }
    m->assertions = only_child(v, JZ_JUMBF_ASSERTIONS, &n);
    if (n != 1) {
        jz_found(v, JZ_C_CLAIM_MALFORMED, JZ_JUMBF_NONE, "%zu assertion stores", n);
        return false;
    }
    return true;
}

/* A label of another case is another label (8.2). */
static bool read_version(jz_check *v)
{
    const jz_bytes label = jz_box(v, v->m->claim)->label;
    if (jz_bytes_are(label, "c2pa.claim"))
        v->m->version = 1;
    else if (jz_bytes_are(label, "c2pa.claim.v2"))
        v->m->version = 2;
    else
        jz_found(v, JZ_C_CLAIM_MALFORMED, v->m->claim, "a claim that is labelled '%.*s'",
                 label.len > 40 ? 40 : (int)label.len, (const char *)label.ptr);
    return v->m->version != 0;
}

typedef struct field {
    const char *name;
    jz_cbor_kind kind;
} field;

/* 10.2.2 and, of version 1, 10.2.2 of the specification 1.4. */
static const field fields_v1[] = {
    { "claim_generator", JZ_CBOR_TEXT }, { "signature", JZ_CBOR_TEXT },
    { "assertions", JZ_CBOR_ARRAY },     { "dc:format", JZ_CBOR_TEXT },
    { "instanceID", JZ_CBOR_TEXT },
};
static const field fields_v2[] = {
    { "instanceID", JZ_CBOR_TEXT },
    { "signature", JZ_CBOR_TEXT },
    { "claim_generator_info", JZ_CBOR_MAP },
    { "created_assertions", JZ_CBOR_ARRAY },
};

static bool has_fields(jz_check *v)
{
    const bool two = v->m->version == 2;
    const field *f = two ? fields_v2 : fields_v1;
    const size_t n = two ? JZ_ARRAY_LEN(fields_v2) : JZ_ARRAY_LEN(fields_v1);
    jz_cbor value;
    for (size_t i = 0; i < n; i++) {
        if (!jz_cbor_get_kind(&v->m->root, f[i].name, f[i].kind, &value)) {
            jz_found(v, JZ_C_CLAIM_MALFORMED, v->m->claim, "no %s, or not of its kind", f[i].name);
            return false;
        }
    }
    if (two && jz_cbor_get(&v->m->root, "claim_generator_info", &value) &&
        jz_cbor_get_text(&value, "name").ptr == NULL) {
        jz_found(v, JZ_C_CLAIM_MALFORMED, v->m->claim, "no name in claim_generator_info");
        return false;
    }
    if (two && !jz_bytes_begin(v->m->label, "urn:c2pa:")) {
        jz_found(v, JZ_C_CLAIM_MALFORMED, v->m->claim, "the manifest's label is no urn:c2pa:");
        return false;
    }
    return true;
}

/* A claim of one of its own assertions, of a hard binding or of an action is not redacted
 * (6.8, 15.10.3). */
static void check_redactions(jz_check *v)
{
    jz_cbor list;
    jz_cbor one;
    if (!jz_cbor_get(&v->m->root, "redacted_assertions", &list))
        return;
    jz_cbor_iter it = jz_cbor_in(&list);
    for (size_t n = 0; jz_cbor_next(&it, &one); n++) {
        if (one.kind != JZ_CBOR_TEXT || n == JZ_REDACTIONS_MAX) {
            jz_found(v, JZ_C_CLAIM_MALFORMED, v->m->claim, "redacted_assertions");
            return;
        }
        v->m->redacted[v->m->n_redacted++] = one.body;
        JZ_BUF_AUTO own = { 0 };
        jz_put_url(&own, v->c->tree, v->m->box);
        jz_buf_putc(&own, '/');
        const bool relative = !jz_bytes_begin(one.body, "self#jumbf=/");
        const uint8_t *slash = memrchr(one.body.ptr, '/', one.body.len);
        const size_t at = slash != NULL ? (size_t)(slash + 1 - one.body.ptr) : 0;
        const jz_bytes last = { one.body.ptr + at, one.body.len - at };
        if (own.fail != JZ_OK)
            jz_keep_failure(v->c, own.fail, NULL);
        else if (relative || jz_bytes_begin(one.body, own.ptr))
            jz_found_at(v, JZ_C_ASSERTION_SELF_REDACTED, one.body, NULL);
        if (jz_bytes_begin(last, "c2pa.actions"))
            jz_found_at(v, JZ_C_ASSERTION_ACTION_REDACTED, one.body, NULL);
        if (jz_bytes_begin(last, "c2pa.hash."))
            jz_found_at(v, JZ_C_ASSERTION_DATA_HASH_REDACTED, one.body, NULL);
    }
}

static bool find_signature(jz_check *v)
{
    const jz_bytes url = jz_cbor_get_text(&v->m->root, "signature");
    const uint32_t at = jz_jumbf_resolve(v->c->tree, v->m->box, url);
    const bool own = at != JZ_JUMBF_NONE && jz_box(v, at)->parent == v->m->box &&
                     jz_box(v, at)->kind == JZ_JUMBF_SIGNATURE &&
                     jz_bytes_are(jz_box(v, at)->label, SIGNATURE_LABEL);
    if (!own) {
        jz_found_at(v, JZ_C_CLAIM_SIGNATURE_MISSING, url, NULL);
        return false;
    }
    v->m->signature = at;
    return true;
}

bool jz_claim_read(jz_check *v)
{
    jz_err err = { 0 };
    jz_manifest *m = v->m;
    if (!find_parts(v) || !read_version(v))
        return false;
    const uint32_t at = jz_jumbf_content(v->c->tree, m->claim, JZ_JUMBF_CBOR);
    if (at == JZ_JUMBF_NONE) {
        jz_found(v, JZ_C_CLAIM_CBOR_INVALID, m->claim, "no CBOR box");
        m->version = 0;
        return false;
    }
    m->cbor = jz_box(v, at)->payload;
    const jz_status st = jz_cbor_parse(m->cbor, "claim", NULL, &m->root, &err);
    if (st == JZ_E_NOMEM)
        jz_keep_failure(v->c, st, &err);
    if (st != JZ_OK || m->root.kind != JZ_CBOR_MAP) {
        jz_found(v, JZ_C_CLAIM_CBOR_INVALID, m->claim, "%s", st != JZ_OK ? err.frame[0] : "no map");
        m->version = 0;
        return false;
    }
    if (!has_fields(v))
        return false;
    m->alg = jz_cbor_get_text(&m->root, "alg");
    check_redactions(v);
    return find_signature(v);
}
