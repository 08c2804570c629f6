/* SPDX-License-Identifier: Apache-2.0 */
/* The actions of a manifest (15.10.3.2 and the rules of the section on actions): the history that
 * the signer states. Of claims of version 1 only what their specification asked is asked. */
#include "provenance/check.h"

#include <string.h>

typedef struct history {
    size_t beginnings; /* c2pa.created and c2pa.opened */
    size_t actions;    /* so far, in all assertions */
    uint64_t agents;   /* softwareAgents of this assertion */
    bool soft_binding; /* the manifest has one */
} history;

static bool name_is(jz_bytes name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (jz_bytes_are(name, list[i]))
            return true;
    }
    return false;
}

static bool is_actions(jz_bytes name)
{
    return jz_bytes_are(name, "c2pa.actions") || jz_bytes_are(name, "c2pa.actions.v2");
}

/* ---- ingredients that an action names ---- */

typedef struct refs {
    size_t n;    /* named */
    bool broken; /* one is not there or was changed */
    size_t parents, components;
} refs;

/* Early signers of version 1 wrote the hash as a list of numbers. It is the same as the claim's own
 * hash of the ingredient assertion, so that nothing is lost where it is not compared. */
static bool ref_holds(jz_check *v, const jz_cbor *map, uint32_t *box)
{
    jz_hashed_uri u;
    jz_cbor hash;
    if (jz_hashed_uri_read(map, &u))
        return jz_hashed_uri_check(v, &u, box) == JZ_URI_HOLDS;
    *box = jz_jumbf_resolve(v->c->tree, v->m->box, jz_cbor_get_text(map, "url"));
    return v->m->version == 1 && *box != JZ_JUMBF_NONE &&
           jz_cbor_get_kind(map, "hash", JZ_CBOR_ARRAY, &hash);
}

static void add_ref(jz_check *v, const jz_cbor *map, refs *r)
{
    uint32_t box = JZ_JUMBF_NONE;
    r->n++;
    if (!ref_holds(v, map, &box)) {
        r->broken = true;
        return;
    }
    const jz_ingredient *in = jz_ingredient_of(v->m, box);
    if (in != NULL) {
        r->parents += jz_bytes_are(in->relationship, "parentOf");
        r->components += jz_bytes_are(in->relationship, "componentOf");
    }
}

static refs read_refs(jz_check *v, const jz_cbor *action)
{
    refs r = { 0 };
    jz_cbor parameters;
    jz_cbor value;
    jz_cbor one;
    if (!jz_cbor_get(action, "parameters", &parameters))
        return r;
    if (jz_cbor_get(&parameters, "ingredient", &value) && value.kind == JZ_CBOR_MAP)
        add_ref(v, &value, &r);
    if (jz_cbor_get_kind(&parameters, "ingredients", JZ_CBOR_ARRAY, &value)) {
        jz_cbor_iter it = jz_cbor_in(&value);
        while (jz_cbor_next(&it, &one))
            add_ref(v, &one, &r);
    }
    return r;
}

/* Old manifests name an ingredient by its instanceId. */
static bool names_instance(const jz_cbor *action)
{
    jz_cbor parameters;
    return jz_cbor_get_text(action, "instanceId").ptr != NULL ||
           jz_cbor_get_text(action, "instanceID").ptr != NULL ||
           (jz_cbor_get(action, "parameters", &parameters) &&
            jz_cbor_get_text(&parameters, "instanceID").ptr != NULL);
}

static void check_ingredients(jz_check *v, const jz_assertion *a, const jz_cbor *action,
                              jz_bytes name)
{
    static const char *const changed[] = { "c2pa.transcoded", "c2pa.repackaged" };
    const refs r = read_refs(v, action);
    const bool strict = v->m->version >= 2;
    const bool opened = jz_bytes_are(name, "c2pa.opened");
    const bool placed = jz_bytes_are(name, "c2pa.placed");
    const bool removed = jz_bytes_are(name, "c2pa.removed");
    const char *why = NULL;
    if (r.n == 0 && strict && (opened || placed || removed))
        why = names_instance(action) && !v->m->update ? NULL : "names no ingredient";
    else if (r.n > 0 && r.broken)
        why = "names an ingredient that is not there or was changed";
    else if (strict && opened && (r.n != 1 || r.parents != 1))
        why = "needs one parent";
    else if (strict && placed && r.components != r.n)
        why = "needs components";
    else if (strict && r.n > 0 && name_is(name, changed, JZ_ARRAY_LEN(changed)) && r.parents != r.n)
        why = "is of what is no parent";
    if (why != NULL)
        jz_found(v, JZ_C_ASSERTION_ACTION_INGREDIENT_MISMATCH, a->box, "%.*s %s",
                 name.len > 40 ? 40 : (int)name.len, (const char *)name.ptr, why);
}

/* ---- single actions ---- */

static bool lists_redaction(const jz_check *v, jz_bytes url)
{
    for (size_t i = 0; i < v->m->n_redacted; i++) {
        if (jz_bytes_same(v->m->redacted[i], url))
            return true;
    }
    return false;
}

static void check_redacted(jz_check *v, const jz_assertion *a, const jz_cbor *action)
{
    jz_cbor parameters;
    jz_bytes url = { 0 };
    if (jz_cbor_get(action, "parameters", &parameters))
        url = jz_cbor_get_text(&parameters, "redacted");
    if (url.ptr == NULL || !lists_redaction(v, url))
        jz_found(v, JZ_C_ASSERTION_ACTION_REDACTION_MISMATCH, a->box, NULL);
}

static bool has_soft_binding(const jz_check *v)
{
    for (size_t i = 0; i < v->m->n_assertions; i++) {
        if (jz_bytes_are(v->m->assertion[i].name, "c2pa.soft-binding"))
            return true;
    }
    return false;
}

static void malformed(jz_check *v, const jz_assertion *a, const char *why)
{
    jz_found(v, JZ_C_ASSERTION_ACTION_MALFORMED, a->box, "%s", why);
}

/* softwareAgentIndex: a place in the list of the assertion. */
static bool index_is_sound(const history *h, const jz_cbor *action)
{
    jz_cbor index;
    return !jz_cbor_get(action, "softwareAgentIndex", &index) ||
           (index.kind == JZ_CBOR_UINT && index.value < h->agents);
}

static void check_beginning(jz_check *v, const jz_assertion *a, bool begins, history *h)
{
    if (v->m->version < 2 || v->m->update)
        return;
    if (begins && h->beginnings++ > 0)
        malformed(v, a, "more than one c2pa.created or c2pa.opened");
    if (h->actions == 0 && !begins)
        malformed(v, a, "the first action is neither c2pa.created nor c2pa.opened");
}

static void check_action(jz_check *v, const jz_assertion *a, const jz_cbor *action, history *h)
{
    const jz_bytes name = jz_cbor_get_text(action, "action");
    const jz_bytes source = jz_cbor_get_text(action, "digitalSourceType");
    const bool created = jz_bytes_are(name, "c2pa.created");
    if (name.ptr == NULL) {
        malformed(v, a, "an action without a name");
        return;
    }
    check_beginning(v, a, created || jz_bytes_are(name, "c2pa.opened"), h);
    h->actions++;
    if (v->m->source_type.ptr == NULL)
        v->m->source_type = source;
    if (created && v->m->version >= 2 && source.ptr == NULL)
        malformed(v, a, "c2pa.created without a digitalSourceType");
    if (!index_is_sound(h, action))
        malformed(v, a, "a softwareAgentIndex that leads nowhere");
    if (jz_bytes_are(name, "c2pa.redacted"))
        check_redacted(v, a, action);
    if (jz_bytes_are(name, "c2pa.watermarked.bound") && !h->soft_binding)
        jz_found(v, JZ_C_ASSERTION_ACTION_SOFT_BINDING_MISSING, a->box, NULL);
    check_ingredients(v, a, action, name);
}

/* What an update manifest may do (11.2.3). */
static void check_update(jz_check *v, const jz_assertion *a, const jz_cbor *action)
{
    static const char *const allowed[] = { "c2pa.edited.metadata", "c2pa.opened", "c2pa.published",
                                           "c2pa.redacted" };
    const jz_bytes name = jz_cbor_get_text(action, "action");
    if (!name_is(name, allowed, JZ_ARRAY_LEN(allowed)))
        jz_found(v, JZ_C_MANIFEST_UPDATE_INVALID, a->box, "the action %.*s",
                 name.len > 40 ? 40 : (int)name.len,
                 name.ptr != NULL ? (const char *)name.ptr : "");
}

static void check_assertion(jz_check *v, const jz_assertion *a, history *h)
{
    jz_cbor actions;
    jz_cbor one;
    if (!jz_cbor_get_kind(&a->root, "actions", JZ_CBOR_ARRAY, &actions)) {
        malformed(v, a, "no list of actions");
        return;
    }
    h->agents =
        jz_cbor_get_kind(&a->root, "softwareAgents", JZ_CBOR_ARRAY, &one) ? jz_cbor_count(&one) : 0;
    jz_cbor_iter it = jz_cbor_in(&actions);
    while (v->c->fail == JZ_OK && jz_cbor_next(&it, &one)) {
        check_action(v, a, &one, h);
        if (v->m->update)
            check_update(v, a, &one);
    }
}

void jz_actions_check(jz_check *v)
{
    history h = { .soft_binding = has_soft_binding(v) };
    for (size_t i = 0; i < v->m->n_assertions; i++) {
        const jz_assertion *a = &v->m->assertion[i];
        if (is_actions(a->name) && a->root.raw.ptr != NULL)
            check_assertion(v, a, &h);
    }
    if (v->m->version >= 2 && !v->m->update && h.actions == 0)
        jz_found(v, JZ_C_ASSERTION_ACTION_MALFORMED, v->m->claim, "no actions");
}
