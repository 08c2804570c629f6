/* SPDX-License-Identifier: Apache-2.0 */
/* What credentials say of AI and faces, in few words: of the active manifest, those of its parents,
 * and those of components. Only what is signed and holds counts. */
#include "provenance/check.h"

#include <stdio.h>
#include <string.h>

const char *jz_ai_kind_name(jz_ai_kind k)
{
    static const char *const name[] = { "none", "composite", "generated" };
    return (size_t)k < JZ_ARRAY_LEN(name) ? name[k] : "unknown";
}

/* Cut where it is too long, not within a character. */
static void put_text(char *out, size_t size, const char *s)
{
    size_t n = strlen(s);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(out, s, n);
    out[n] = '\0';
}

/* ---- source types ---- */

static jz_bytes local_name(jz_bytes uri)
{
    const uint8_t *slash = uri.len > 0 ? memrchr(uri.ptr, '/', uri.len) : NULL;
    if (slash == NULL)
        return uri;
    return (jz_bytes){ slash + 1, uri.len - (size_t)(slash + 1 - uri.ptr) };
}

/* Of IPTC's NewsCodes digitalsourcetype and C2PA's own (18.15.2). */
static jz_ai_kind kind_of(jz_bytes type)
{
    static const struct {
        const char *name;
        jz_ai_kind kind;
    } kinds[] = {
        { "trainedAlgorithmicMedia", JZ_AI_GENERATED },
        { "algorithmicMedia", JZ_AI_GENERATED },
        { "compositeSynthetic", JZ_AI_GENERATED },
        { "trainedAlgorithmicData", JZ_AI_GENERATED },
        { "compositeWithTrainedAlgorithmicMedia", JZ_AI_COMPOSITE },
    };
    const jz_bytes name = local_name(type);
    for (size_t i = 0; i < JZ_ARRAY_LEN(kinds); i++) {
        if (jz_bytes_are(name, kinds[i].name))
            return kinds[i].kind;
    }
    return JZ_AI_NONE;
}

/* ---- faces ---- */

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "face", not as a part of "surface"; or the character for it. */
static bool names_face(jz_bytes text)
{
    static const char han[] = "\xe8\x84\xb8";
    if (text.len >= 3 && memmem(text.ptr, text.len, han, 3) != NULL)
        return true;
    for (size_t i = 0; i + 4 <= text.len; i++) {
        if (strncasecmp((const char *)text.ptr + i, "face", 4) == 0 &&
            (i == 0 || !is_letter(text.ptr[i - 1])))
            return true;
    }
    return false;
}

/* A text of the item or within it; not of who made the program. The depth is CBOR's own limit. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static bool says_face(const jz_cbor *item)
{
    jz_cbor_iter it = jz_cbor_in(item);
    jz_cbor key;
    jz_cbor value;
    if (item->kind == JZ_CBOR_TEXT)
        return names_face(item->body);
    if (item->kind == JZ_CBOR_MAP) {
        while (jz_cbor_pair(&it, &key, &value)) {
            if (!jz_cbor_is_text(&key, "softwareAgent") && !jz_cbor_is_text(&key, "url") &&
                says_face(&value))
                return true;
        }
        return false;
    }
    while (jz_cbor_next(&it, &value)) {
        if (says_face(&value))
            return true;
    }
    return false;
}

/* ---- manifests ---- */

typedef struct survey {
    const jz_credentials *c;
    jz_credential_brief *out;
    bool seen[JZ_MANIFESTS_MAX];
} survey;

static void take_type(survey *s, jz_bytes type, bool component)
{
    jz_ai_kind kind = kind_of(type);
    if (kind == JZ_AI_GENERATED && component)
        kind = JZ_AI_COMPOSITE;
    if (kind <= s->out->ai)
        return;
    char text[sizeof s->out->source_type];
    const jz_bytes name = local_name(type);
    (void)snprintf(text, sizeof text, "%.*s", (int)name.len, (const char *)name.ptr); /* known */
    put_text(s->out->source_type, sizeof s->out->source_type, text);
    s->out->ai = kind;
}

static void take_actions(survey *s, const jz_assertion *a, bool component)
{
    jz_cbor actions;
    jz_cbor one;
    if (!jz_cbor_get_kind(&a->root, "actions", JZ_CBOR_ARRAY, &actions))
        return;
    jz_cbor_iter it = jz_cbor_in(&actions);
    while (jz_cbor_next(&it, &one)) {
        take_type(s, jz_cbor_get_text(&one, "digitalSourceType"), component);
        s->out->face = s->out->face || says_face(&one);
    }
}

static bool signature_holds(const jz_credentials *c, size_t manifest)
{
    for (size_t i = 0; i < c->n_findings; i++) {
        if (c->finding[i].manifest == manifest &&
            c->finding[i].code == jz_code_of(JZ_C_CLAIM_SIGNATURE_VALIDATED))
            return true;
    }
    return false;
}

static bool find_manifest(const jz_credentials *c, uint32_t box, size_t *index)
{
    for (size_t i = 0; i < c->n_manifests; i++) {
        if (c->manifest[i]->box == box) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* The depth is that of the walk that has reached them. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void survey_manifest(survey *s, size_t index, bool component)
{
    const jz_manifest *m = s->c->manifest[index];
    if (s->seen[index] || !signature_holds(s->c, index))
        return;
    s->seen[index] = true;
    for (size_t i = 0; i < m->n_assertions; i++) {
        const jz_assertion *a = &m->assertion[i];
        if (a->holds && a->root.raw.ptr != NULL && jz_bytes_begin(a->name, "c2pa.actions"))
            take_actions(s, a, component);
    }
    for (size_t i = 0; i < m->n_ingredients; i++) {
        const jz_ingredient *in = &m->ingredient[i];
        size_t next = 0;
        if (in->box != JZ_JUMBF_NONE && find_manifest(s->c, in->box, &next))
            survey_manifest(s, next, component || !jz_bytes_are(in->relationship, "parentOf"));
    }
}

/* ---- soft bindings ---- */

/* The value of the block that is of the whole file: its scope names no part. */
static bool read_block(const jz_cbor *root, jz_bytes *value)
{
    jz_cbor blocks;
    jz_cbor one;
    jz_cbor scope;
    if (!jz_cbor_get_kind(root, "blocks", JZ_CBOR_ARRAY, &blocks))
        return false;
    jz_cbor_iter it = jz_cbor_in(&blocks);
    while (jz_cbor_next(&it, &one)) {
        jz_cbor v;
        if (jz_cbor_get_kind(&one, "scope", JZ_CBOR_MAP, &scope) && jz_cbor_count(&scope) == 0 &&
            jz_cbor_get_kind(&one, "value", JZ_CBOR_BYTES, &v)) {
            *value = v.body;
            return true;
        }
    }
    return false;
}

bool jz_credential_soft_binding_at(const jz_credentials *c, size_t i,
                                   jz_credential_soft_binding *out)
{
    size_t index = 0;
    const jz_manifest *m = jz_binding_manifest((jz_credentials *)(uintptr_t)c, &index);
    if (m == NULL || !signature_holds(c, index))
        return false;
    for (size_t k = 0; k < m->n_assertions; k++) {
        const jz_assertion *a = &m->assertion[k];
        jz_credential_soft_binding b = { 0 };
        const jz_bytes alg = jz_cbor_get_text(&a->root, "alg");
        if (!a->holds || !jz_bytes_are(a->name, "c2pa.soft-binding") || alg.ptr == NULL ||
            alg.len >= sizeof b.alg || !read_block(&a->root, &b.value) || i-- > 0)
            continue;
        memcpy(b.alg, alg.ptr, alg.len);
        *out = b;
        return true;
    }
    return false;
}

/* ---- all ---- */

void jz_credential_brief_of(const jz_credentials *c, jz_credential_brief *out)
{
    survey s = { .c = c, .out = out };
    *out = (jz_credential_brief){ .read = true };
    if (c->n_manifests == 0)
        return;
    out->state = c->state;
    put_text(out->signer, sizeof out->signer, c->manifest[0]->shown.signer);
    put_text(out->generator, sizeof out->generator, c->manifest[0]->shown.generator);
    for (size_t i = 0; i < c->n_findings && out->failure[0] == '\0'; i++) {
        const jz_credential_finding *f = &c->finding[i];
        const bool counts = f->code != jz_code_of(JZ_C_SIGNING_CREDENTIAL_UNTRUSTED) ||
                            c->state == JZ_CREDENTIALS_VALID;
        if (f->code->kind == JZ_CODE_FAILURE && !f->recorded && counts)
            put_text(out->failure, sizeof out->failure, f->code->name);
    }
    survey_manifest(&s, 0, false);
}
