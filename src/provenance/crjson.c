/* SPDX-License-Identifier: Apache-2.0 */
/* crJSON, the report of C2PA's conformance programme: each manifest with its assertions, its claim,
 * its signature and what was found. Bytes are b64'...'. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include "provenance/check.h"

#include <math.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX ((size_t)64 << 20)

static void put_base64(jz_json *j, jz_bytes b)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    JZ_BUF_AUTO text = { .cap = TEXT_MAX };
    jz_buf_puts(&text, "b64'");
    for (size_t i = 0; i < b.len; i += 3) {
        const size_t n = b.len - i < 3 ? b.len - i : 3;
        const uint32_t v = (uint32_t)b.ptr[i] << 16 | (n > 1 ? (uint32_t)b.ptr[i + 1] << 8 : 0) |
                           (n > 2 ? b.ptr[i + 2] : 0);
        jz_buf_putc(&text, digit[v >> 18]);
        jz_buf_putc(&text, digit[v >> 12 & 63]);
        jz_buf_puts(&text, n == 1 ? "==" : "");
        if (n > 1)
            jz_buf_putc(&text, digit[v >> 6 & 63]);
        jz_buf_puts(&text, n == 2 ? "=" : "");
        if (n > 2)
            jz_buf_putc(&text, digit[v & 63]);
    }
    jz_buf_putc(&text, '\'');
    jz_json_strn(j, text.ptr, text.len);
    if (text.fail != JZ_OK && j->out->fail == JZ_OK)
        j->out->fail = text.fail;
}

/* ---- CBOR as JSON ---- */

/* All digits that tell a number from its neighbours, of half and single precision or of double. */
static void put_float(jz_json *j, double v)
{
    char text[40];
    if (!isfinite(v)) {
        jz_json_null(j);
        return;
    }
    const int n = snprintf(text, sizeof text, "%.*g", (double)(float)v == v ? 9 : 17, v);
    jz_json_raw(j, text,
                (size_t)n); /* fits, and is JSON in the C locale, which no program leaves */
}

/* NOLINTBEGIN(misc-no-recursion): JZ_CBOR_DEPTH_MAX deep at most */
static void put_item(jz_json *j, const jz_cbor *item);

static void put_key(jz_json *j, const jz_cbor *key)
{
    JZ_BUF_AUTO text = { 0 };
    int64_t number = 0;
    if (jz_cbor_int(key, &number))
        jz_buf_printf(&text, "%lld", (long long)number);
    else
        jz_buf_put(&text, key->body.ptr, key->body.len);
    jz_buf_putc(&text, '\0');
    jz_json_key(j, text.fail == JZ_OK ? text.ptr : "");
}

static void put_map(jz_json *j, const jz_cbor *item)
{
    jz_cbor key;
    jz_cbor value;
    jz_cbor_iter it = jz_cbor_in(item);
    jz_json_begin_object(j);
    while (jz_cbor_pair(&it, &key, &value)) {
        put_key(j, &key);
        put_item(j, &value);
    }
    jz_json_end_object(j);
}

static void put_array(jz_json *j, const jz_cbor *item)
{
    jz_cbor one;
    jz_cbor_iter it = jz_cbor_in(item);
    jz_json_begin_array(j);
    while (jz_cbor_next(&it, &one))
        put_item(j, &one);
    jz_json_end_array(j);
}

static void put_item(jz_json *j, const jz_cbor *item)
{
    const jz_cbor in = jz_cbor_untag(item);
    int64_t number = 0;
    switch (in.kind) {
    case JZ_CBOR_MAP:
        put_map(j, &in);
        break;
    case JZ_CBOR_ARRAY:
        put_array(j, &in);
        break;
    case JZ_CBOR_TEXT:
        jz_json_strn(j, (const char *)in.body.ptr, in.body.len);
        break;
    case JZ_CBOR_BYTES:
        put_base64(j, in.body);
        break;
    case JZ_CBOR_FLOAT:
        put_float(j, in.number);
        break;
    case JZ_CBOR_UINT:
        jz_json_u64(j, in.value);
        break;
    case JZ_CBOR_NEGINT:
        if (jz_cbor_int(&in, &number))
            jz_json_i64(j, number);
        else
            jz_json_f64(j, -1.0 - (double)in.value, 0);
        break;
    default:
        if (in.value == 20 || in.value == 21)
            jz_json_bool(j, in.value == 21);
        else
            jz_json_null(j);
    }
}

/* NOLINTEND(misc-no-recursion) */

/* In a writer of its own, whose depth is the item's. */
static void put_cbor(jz_json *j, const jz_cbor *item)
{
    JZ_BUF_AUTO text = { .cap = TEXT_MAX };
    jz_json inner = { .out = &text };
    put_item(&inner, item);
    jz_json_raw(j, text.ptr != NULL ? text.ptr : "null", text.ptr != NULL ? text.len : 4);
    if (text.fail != JZ_OK && j->out->fail == JZ_OK)
        j->out->fail = text.fail;
}

/* ---- assertions ---- */

/* Of an embedded file: what it is, and its hash instead of its bytes. */
static void put_file(jz_json *j, const jz_credentials *c, const jz_assertion *a)
{
    JZ_BUF_AUTO url = { 0 };
    uint8_t digest[JZ_DIGEST_BYTES];
    const uint32_t about = jz_jumbf_content(c->tree, a->box, JZ_4CC('b', 'f', 'd', 'b'));
    jz_json_begin_object(j);
    if (about != JZ_JUMBF_NONE) {
        const jz_bytes b = jz_jumbf_at(c->tree, about)->payload;
        const size_t skip = b.len > 0 ? 1 : 0;
        jz_json_key(j, "format");
        jz_json_strn(j, (const char *)b.ptr + skip,
                     strnlen((const char *)b.ptr + skip, b.len - skip));
    }
    jz_put_url(&url, c->tree, a->box);
    jz_json_put_str(j, "identifier", url.ptr);
    jz_json_key(j, "hash");
    if (jz_digest(JZ_DIGEST_SHA256, jz_jumbf_at(c->tree, a->box)->payload, digest))
        put_base64(j, (jz_bytes){ digest, jz_digest_size(JZ_DIGEST_SHA256) });
    else
        jz_json_null(j);
    jz_json_end_object(j);
}

/* JSON that was read before is JSON. */
static void put_assertion(jz_json *j, const jz_credentials *c, const jz_assertion *a)
{
    if (a->root.raw.ptr != NULL) {
        put_cbor(j, &a->root);
        return;
    }
    const uint32_t json = jz_jumbf_content(c->tree, a->box, JZ_JUMBF_JSON);
    if (a->json && json != JZ_JUMBF_NONE) {
        const jz_bytes b = jz_jumbf_at(c->tree, json)->payload;
        jz_json_raw(j, (const char *)b.ptr, b.len);
    } else {
        put_file(j, c, a);
    }
}

static void put_assertions(jz_json *j, const jz_credentials *c, const jz_manifest *m)
{
    jz_json_key(j, "assertions");
    jz_json_begin_object(j);
    for (size_t i = 0; i < m->n_assertions; i++) {
        JZ_BUF_AUTO label = { 0 };
        jz_buf_put(&label, m->assertion[i].label.ptr, m->assertion[i].label.len);
        jz_buf_putc(&label, '\0');
        jz_json_key(j, label.fail == JZ_OK ? label.ptr : "");
        put_assertion(j, c, &m->assertion[i]);
    }
    jz_json_end_object(j);
}

/* ---- the signature ---- */

static void put_name(jz_json *j, const char *key, const X509_NAME *name)
{
    static const struct {
        int nid;
        const char *key;
    } field[] = {
        { NID_countryName, "C" },
        { NID_stateOrProvinceName, "ST" },
        { NID_localityName, "L" },
        { NID_organizationName, "O" },
        { NID_organizationalUnitName, "OU" },
        { NID_commonName, "CN" },
    };
    char text[256];
    jz_json_key(j, key);
    jz_json_begin_object(j);
    for (size_t i = 0; i < JZ_ARRAY_LEN(field); i++) {
        jz_cert_name_field(name, field[i].nid, text, sizeof text);
        if (text[0] != '\0')
            jz_json_put_str(j, field[i].key, text);
    }
    jz_json_end_object(j);
}

static void put_certificate(jz_json *j, X509 *cert)
{
    char at[32];
    jz_cert_info info;
    jz_cert_describe(cert, &info);
    jz_json_key(j, "certificateInfo");
    jz_json_begin_object(j);
    jz_json_put_str(j, "serialNumber", info.serial);
    put_name(j, "issuer", X509_get_issuer_name(cert));
    put_name(j, "subject", X509_get_subject_name(cert));
    jz_json_key(j, "validity");
    jz_json_begin_object(j);
    jz_json_put_str(j, "notBefore", jz_time_text(info.not_before_us, at, sizeof at));
    jz_json_put_str(j, "notAfter", jz_time_text(info.not_after_us, at, sizeof at));
    jz_json_end_object(j);
    jz_json_end_object(j);
}

static void put_stamp(jz_json *j, const jz_manifest *m)
{
    char at[32];
    jz_auto(X509) *signer = jz_stamp_signer(m->cose.stamp);
    if (signer == NULL)
        return;
    jz_json_key(j, "timeStampInfo");
    jz_json_begin_object(j);
    if (m->stamped_us != 0)
        jz_json_put_str(j, "timestamp", jz_time_text(m->stamped_us, at, sizeof at));
    put_certificate(j, signer);
    jz_json_end_object(j);
}

static void put_signature(jz_json *j, const jz_manifest *m)
{
    STACK_OF(X509) *certs = NULL;
    jz_json_key(j, "signature");
    jz_json_begin_object(j);
    if (m->has_cose) {
        jz_json_put_str(j, "algorithm", jz_cose_alg_name(m->cose.alg));
        if (jz_certs_parse(m->cose.cert, 1, &certs, NULL) == JZ_OK) {
            put_certificate(j, sk_X509_value(certs, 0));
            jz_certs_free(certs);
        }
        put_stamp(j, m);
    }
    jz_json_end_object(j);
}

/* ---- findings ---- */

typedef struct some { /* findings */
    size_t from, to;
    size_t manifest; /* only of this one, where delta is not set */
    bool delta;      /* those that count, of whatever manifest */
} some;

static void put_list(jz_json *j, const char *key, const jz_credentials *c, jz_code_kind kind,
                     const some *of)
{
    jz_json_key(j, key);
    jz_json_begin_array(j);
    for (size_t i = of->from; i < of->to; i++) {
        const jz_credential_finding *f = &c->finding[i];
        const bool other =
            of->delta ? f->recorded
                      : f->manifest != of->manifest || (of->manifest == 0 && f->ingredient != NULL);
        if (f->code->kind != kind || other)
            continue;
        jz_json_begin_object(j);
        jz_json_put_str(j, "code", f->code->name);
        jz_json_put_str(j, "url", f->url);
        jz_json_put_str(j, "explanation", f->detail[0] != '\0' ? f->detail : f->code->reason);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_lists(jz_json *j, const jz_credentials *c, const some *of)
{
    put_list(j, "success", c, JZ_CODE_SUCCESS, of);
    put_list(j, "informational", c, JZ_CODE_INFORMATIONAL, of);
    put_list(j, "failure", c, JZ_CODE_FAILURE, of);
}

/* What has changed of the ingredients' manifests since they were added. Findings of one ingredient
 * of the active manifest follow each other. */
static void put_deltas(jz_json *j, const jz_credentials *c)
{
    some of = { .delta = true };
    bool any = false;
    for (size_t i = 0; i < c->n_findings && !any; i++)
        any = c->finding[i].ingredient != NULL;
    if (!any)
        return;
    jz_json_key(j, "ingredientDeltas");
    jz_json_begin_array(j);
    for (; of.from < c->n_findings; of.from = of.to) {
        const char *in = c->finding[of.from].ingredient;
        of.to = of.from + 1;
        while (of.to < c->n_findings && c->finding[of.to].ingredient == in)
            of.to++;
        if (in == NULL)
            continue;
        jz_json_begin_object(j);
        jz_json_put_str(j, "ingredientAssertionURI", in);
        jz_json_key(j, "validationDeltas");
        jz_json_begin_object(j);
        put_lists(j, c, &of);
        jz_json_end_object(j);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_manifest(jz_json *j, const jz_credentials *c, size_t index)
{
    char at[32];
    const jz_manifest *m = c->manifest[index];
    const jz_jumbf_box *box = jz_jumbf_at(c->tree, m->box);
    jz_json_begin_object(j);
    jz_json_put_str(j, "label", m->shown.label);
    jz_json_put_bool(j, "isUpdateManifest", m->update);
    jz_json_put_bool(j, "isCompressedManifest", box->packed || box->kind == JZ_JUMBF_COMPRESSED);
    put_assertions(j, c, m);
    if (m->version != 0) {
        jz_json_key(j, m->version == 1 ? "claim" : "claim.v2");
        put_cbor(j, &m->root);
    }
    put_signature(j, m);
    jz_json_key(j, "validationResults");
    jz_json_begin_object(j);
    put_lists(j, c, &(some){ .to = c->n_findings, .manifest = index });
    jz_json_put_str(j, "specVersion", "2.2");
    jz_json_put_str(j, "validationTime", jz_time_text(c->at_us, at, sizeof at));
    jz_json_end_object(j);
    if (index == 0)
        put_deltas(j, c);
    jz_json_end_object(j);
}

static void put_report(jz_json *j, const jz_credentials *c)
{
    jz_json_begin_object(j);
    jz_json_key(j, "@context");
    jz_json_begin_object(j);
    jz_json_put_str(j, "@vocab", "https://c2pa.org/crjson");
    jz_json_end_object(j);
    jz_json_key(j, "manifests");
    jz_json_begin_array(j);
    for (size_t i = 0; i < c->n_manifests; i++)
        put_manifest(j, c, i);
    jz_json_end_array(j);
    jz_json_key(j, "jsonGenerator");
    jz_json_begin_object(j);
    jz_json_put_str(j, "name", "jianzhen");
    jz_json_put_str(j, "version", JZ_VERSION);
    jz_json_end_object(j);
    jz_json_end_object(j);
}

jz_status jz_credentials_crjson(const jz_credentials *c, char **out, jz_err *err)
{
    jz_buf text = { .cap = TEXT_MAX };
    jz_json j = { .out = &text };
    if (c->n_manifests == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no manifest that could be read");
    put_report(&j, c);
    const jz_status st = jz_buf_check(&text, err);
    if (st == JZ_OK)
        *out = text.ptr; /* the caller's now */
    else
        jz_buf_done(&text);
    return st;
}

void jz_credentials_text_free(char *text)
{
    jz_free(text);
}
