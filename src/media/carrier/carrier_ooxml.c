/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/carrier_ooxml.h"

#include "media/carrier/carriers.h"
#include "media/carrier/zip.h"

#include <string.h>

jz_status jz_ooxml_next_property(jz_xml_children *c, const char *key, jz_xml_element *out,
                                 jz_buf *name, bool *found, jz_err *err)
{
    for (;;) {
        JZ_TRY(jz_xml_next(c, out, found, err));
        if (!*found)
            return JZ_OK;
        jz_buf_reset(name);
        jz_buf_puts(name, "");
        jz_xml_unescape(jz_xml_attribute(out, "name"), name);
        JZ_TRY(jz_buf_check(name, err));
        if (jz_xml_is(out, "property") && jz_meta_has_key(jz_buf_bytes(name), key))
            return JZ_OK;
    }
}

#define COPIES_MAX 4 /* of one member: each is unpacked */

/* The text of a property: that of its one element, vt:lpwstr as a rule. */
static jz_status send_property(const jz_xml_element *property, jz_meta *meta, jz_meta_fn fn,
                               void *user, jz_err *err)
{
    JZ_BUF_AUTO value = { 0 };
    jz_xml_element typed;
    bool found;
    jz_buf_puts(&value, "");
    meta->passed = jz_xml_find(property->inner, 0, &typed, &found, NULL);
    if (meta->passed == JZ_OK && found)
        jz_xml_unescape(typed.inner, &value);
    JZ_TRY(jz_buf_check(&value, err));
    meta->value = meta->passed == JZ_OK ? jz_buf_bytes(&value) : (jz_bytes){ 0 };
    return fn(user, meta, err);
}

static jz_status send_properties(jz_bytes text, const char *key, jz_meta *meta, jz_meta_fn fn,
                                 void *user, jz_err *err)
{
    JZ_BUF_AUTO name = { 0 };
    jz_xml_element root;
    jz_xml_element property;
    bool found;
    JZ_TRY(jz_xml_root(text, "Properties", &root, err));
    jz_xml_children c = jz_xml_children_of(text, &root);
    for (;;) {
        JZ_TRY(jz_ooxml_next_property(&c, key, &property, &name, &found, err));
        if (!found)
            return JZ_OK;
        meta->key = jz_buf_bytes(&name);
        JZ_TRY(send_property(&property, meta, fn, user, err));
        meta->at++;
    }
}

/* Remembers whether the receiver refused, which is not the member's damage. */
typedef struct receiver {
    jz_meta_fn fn;
    void *user;
    jz_status refused;
} receiver;

static jz_status receive(void *user, const jz_meta *meta, jz_err *err)
{
    receiver *r = user;
    r->refused = r->fn(r->user, meta, err);
    return r->refused;
}

static jz_status list_member(const jz_zip *zip, const jz_zip_member *m, const char *key,
                             receiver *to, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_span data = { .at = m->record };
    jz_err why = { 0 };
    jz_status st = jz_zip_data(zip, m, &data, &why);
    jz_meta meta = { .kind = JZ_META_TEXT, .where = JZ_OOXML_CUSTOM, .packed = m->method != 0 };
    meta.at = data.at;
    meta.size = m->packed;
    if (st == JZ_OK)
        st = jz_zip_read(zip, m, JZ_META_MAX, &text, &why);
    if (st == JZ_OK)
        st = send_properties(jz_buf_bytes(&text), key, &meta, receive, to, &why);
    if (st == JZ_OK)
        return JZ_OK;
    if (to->refused != JZ_OK || st == JZ_E_NOMEM || st == JZ_E_IO || st == JZ_E_CHANGED) {
        if (err != NULL)
            *err = why;
        return st;
    }
    meta.key = meta.value = (jz_bytes){ 0 };
    meta.passed = st;
    return receive(to, &meta, err);
}

jz_status jz_ooxml_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_zip zip;
    jz_span directory;
    receiver to = { .fn = fn, .user = user };
    unsigned copies = 0;
    JZ_TRY(jz_zip_open(src, &zip, err));
    JZ_TRY(jz_zip_directory(&zip, &directory, err));
    for (unsigned i = 0; i < zip.members; i++) {
        jz_zip_member m;
        JZ_TRY(jz_zip_next(&directory, &m, err));
        if (strcmp(m.name, JZ_OOXML_CUSTOM) != 0)
            continue;
        if (copies++ == COPIES_MAX)
            return JZ_FAIL(err, JZ_E_CORRUPT, "more than %d members %s", COPIES_MAX, m.name);
        JZ_TRY(list_member(&zip, &m, key, &to, err));
    }
    return JZ_OK;
}
