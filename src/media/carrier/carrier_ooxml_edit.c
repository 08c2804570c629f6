/* SPDX-License-Identifier: Apache-2.0 */
/* A changed docProps/custom.xml takes the place of the old one; where there was none, it is named
 * in [Content_Types].xml (OPC 7.3) and in the package's relationships, _rels/.rels (OPC 6.5). */
#include "media/carrier/carrier_ooxml.h"

#include "media/carrier/carriers.h"
#include "media/carrier/zip.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define CONTENT_TYPE "application/vnd.openxmlformats-officedocument.custom-properties+xml"
#define FORMAT_ID "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" /* user-defined properties */
#define FIRST_PID 2u
#define SIGNATURES "_xmlsignatures/"

typedef enum part {
    PART_CUSTOM,
    PART_TYPES,
    PART_RELATIONSHIPS,
    PARTS,
} part;

static const char *const part_names[PARTS] = { JZ_OOXML_CUSTOM, "[Content_Types].xml",
                                               "_rels/.rels" };

/* The namespaces of the two kinds of packages: ECMA-376 part 4 (transitional) and 1 (strict). */
typedef struct dialect {
    const char *properties;
    const char *types;
    const char *relationship;
} dialect;

#define TRANSITIONAL "http://schemas.openxmlformats.org/officeDocument/2006/"
#define STRICT "http://purl.oclc.org/ooxml/officeDocument/"

static const dialect transitional = {
    TRANSITIONAL "custom-properties",
    TRANSITIONAL "docPropsVTypes",
    TRANSITIONAL "relationships/custom-properties",
};
static const dialect strict = {
    STRICT "customProperties",
    STRICT "docPropsVTypes",
    STRICT "relationships/customProperties",
};

static bool is_text(jz_bytes b, const char *s)
{
    return b.ptr != NULL && b.len == strlen(s) && memcmp(b.ptr, s, b.len) == 0;
}

/* A package that is to be changed. */
typedef struct package {
    jz_zip zip;
    jz_zip_member member[PARTS];
    bool has[PARTS];
    jz_buf old_text[PARTS];
    jz_buf new_text[PARTS]; /* empty where it stays as it is */
    const dialect *dialect;
} package;

static void package_done(package *p)
{
    for (size_t i = 0; i < PARTS; i++) {
        jz_buf_done(&p->old_text[i]);
        jz_buf_done(&p->new_text[i]);
    }
}

/* Part names are equal without regard to case (OPC 6.2.2.3); one that differs in it is refused. */
static jz_status note_member(package *p, const jz_zip_member *m, jz_err *err)
{
    if (strncasecmp(m->name, SIGNATURES, strlen(SIGNATURES)) == 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the package is signed: %s", m->name);
    for (size_t i = 0; i < PARTS; i++) {
        if (strcasecmp(m->name, part_names[i]) != 0)
            continue;
        if (strcmp(m->name, part_names[i]) != 0)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a part named %s", m->name);
        if (p->has[i])
            return JZ_FAIL(err, JZ_E_CORRUPT, "two parts named %s", m->name);
        p->has[i] = true;
        p->member[i] = *m;
    }
    return JZ_OK;
}

static jz_status read_package(jz_source *src, package *p, jz_err *err)
{
    jz_span directory;
    JZ_TRY(jz_zip_open(src, &p->zip, err));
    JZ_TRY(jz_zip_directory(&p->zip, &directory, err));
    for (unsigned i = 0; i < p->zip.members; i++) {
        jz_zip_member m;
        JZ_TRY(jz_zip_next(&directory, &m, err));
        JZ_TRY(note_member(p, &m, err));
    }
    for (size_t i = 0; i < PARTS; i++) {
        if (p->has[i])
            JZ_TRY(jz_zip_read(&p->zip, &p->member[i], JZ_META_MAX, &p->old_text[i], err));
        else if (i != PART_CUSTOM)
            return JZ_FAIL(err, JZ_E_CORRUPT, "no part %s", part_names[i]);
    }
    return JZ_OK;
}

/* Puts child behind the last one of an element. */
static jz_status append_child(jz_bytes text, const jz_xml_element *parent, const jz_buf *child,
                              jz_splices *out, jz_err *err)
{
    const size_t inner_end = (size_t)(parent->inner.ptr - text.ptr) + parent->inner.len;
    JZ_BUF_AUTO opened = { 0 };
    JZ_TRY(jz_buf_check(child, err));
    if (!parent->empty)
        return jz_splices_add(out, inner_end, 0, jz_buf_bytes(child), err);
    jz_buf_puts(&opened, ">");
    jz_buf_put(&opened, child->ptr, child->len);
    jz_buf_puts(&opened, "</");
    jz_buf_put(&opened, parent->name.ptr, parent->name.len);
    jz_buf_puts(&opened, ">");
    JZ_TRY(jz_buf_check(&opened, err));
    return jz_splices_add(out, parent->end - 2, 2, jz_buf_bytes(&opened), err);
}

static jz_status build_text(package *p, part which, const jz_splices *changes, jz_err *err)
{
    jz_source old;
    jz_source_of_bytes(jz_buf_bytes(&p->old_text[which]), &old);
    JZ_TRY(jz_splices_build(changes, &old, &p->new_text[which], err));
    if (p->new_text[which].len > JZ_META_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s of %zu bytes, limit %zu", part_names[which],
                       p->new_text[which].len, JZ_META_MAX);
    return JZ_OK;
}

/* The decimal number that is all of a text, 0 for another text. */
static uint32_t number_of(jz_bytes text)
{
    uint32_t v = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || v > UINT32_MAX / 10 - 1)
            return 0;
        v = v * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    return v;
}

/* The highest number that stands behind prefix in an attribute of an element's children. */
static jz_status highest(jz_bytes text, const jz_xml_element *root, const char *attribute,
                         const char *prefix, uint32_t *out, jz_err *err)
{
    const size_t skip = strlen(prefix);
    jz_xml_children c = jz_xml_children_of(text, root);
    for (;;) {
        jz_xml_element child;
        bool found;
        JZ_TRY(jz_xml_next(&c, &child, &found, err));
        if (!found)
            return JZ_OK;
        const jz_bytes a = jz_xml_attribute(&child, attribute);
        if (a.ptr == NULL || a.len <= skip || memcmp(a.ptr, prefix, skip) != 0)
            continue;
        const uint32_t v = number_of((jz_bytes){ a.ptr + skip, a.len - skip });
        *out = v > *out ? v : *out;
    }
}

/* The package's relationship to its custom properties: added where it has none, refused where it
 * leads elsewhere. Settles the dialect. */
static jz_status plan_relationship(package *p, jz_err *err)
{
    const jz_bytes text = jz_buf_bytes(&p->old_text[PART_RELATIONSHIPS]);
    JZ_SPLICES_AUTO changes = { 0 };
    JZ_BUF_AUTO child = { 0 };
    jz_xml_element root;
    jz_xml_element e;
    bool found;
    uint32_t id = 0;
    JZ_TRY(jz_xml_root(text, "Relationships", &root, err));
    p->dialect = &transitional;
    jz_xml_children c = jz_xml_children_of(text, &root);
    for (;;) {
        JZ_TRY(jz_xml_next(&c, &e, &found, err));
        if (!found)
            break;
        const jz_bytes type = jz_xml_attribute(&e, "Type");
        const jz_bytes target = jz_xml_attribute(&e, "Target");
        if (is_text(type, STRICT "relationships/officeDocument"))
            p->dialect = &strict;
        if (!is_text(type, transitional.relationship) && !is_text(type, strict.relationship))
            continue;
        if (is_text(target, JZ_OOXML_CUSTOM) || is_text(target, "/" JZ_OOXML_CUSTOM))
            return JZ_OK;
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the custom properties are in another part: %.*s",
                       (int)target.len, (const char *)target.ptr);
    }
    const jz_bytes prefix = jz_xml_prefix(&root);
    JZ_TRY(highest(text, &root, "Id", "rId", &id, err));
    jz_buf_printf(&child,
                  "<%.*sRelationship Id=\"rId%u\" Type=\"%s\" Target=\"" JZ_OOXML_CUSTOM "\"/>",
                  (int)prefix.len, (const char *)prefix.ptr, id + 1, p->dialect->relationship);
    JZ_TRY(append_child(text, &root, &child, &changes, err));
    return build_text(p, PART_RELATIONSHIPS, &changes, err);
}

/* The part's content type: added where it has none. */
static jz_status plan_type(package *p, jz_err *err)
{
    const jz_bytes text = jz_buf_bytes(&p->old_text[PART_TYPES]);
    JZ_SPLICES_AUTO changes = { 0 };
    JZ_BUF_AUTO child = { 0 };
    jz_xml_element root;
    jz_xml_element e;
    bool found;
    JZ_TRY(jz_xml_root(text, "Types", &root, err));
    jz_xml_children c = jz_xml_children_of(text, &root);
    for (;;) {
        JZ_TRY(jz_xml_next(&c, &e, &found, err));
        if (!found)
            break;
        const jz_bytes name = jz_xml_attribute(&e, "PartName");
        if (name.ptr != NULL && name.len == strlen("/" JZ_OOXML_CUSTOM) &&
            strncasecmp((const char *)name.ptr, "/" JZ_OOXML_CUSTOM, name.len) == 0)
            return JZ_OK;
    }
    const jz_bytes prefix = jz_xml_prefix(&root);
    jz_buf_printf(&child,
                  "<%.*sOverride PartName=\"/" JZ_OOXML_CUSTOM "\" ContentType=\"" CONTENT_TYPE
                  "\"/>",
                  (int)prefix.len, (const char *)prefix.ptr);
    JZ_TRY(append_child(text, &root, &child, &changes, err));
    return build_text(p, PART_TYPES, &changes, err);
}

/* The properties on their way to a new text. */
typedef struct properties {
    const package *package;
    const char *key;
    jz_bytes text;
    jz_xml_element root;
    uint32_t pid;       /* the highest one so far */
    jz_buf added;       /* behind the last one */
    jz_splices changes; /* of the text */
} properties;

static void properties_done(properties *p)
{
    jz_buf_done(&p->added);
    jz_splices_done(&p->changes);
}

static jz_status put_property(properties *p, jz_bytes name, jz_bytes value, jz_buf *out,
                              jz_err *err)
{
    const jz_bytes prefix = jz_xml_prefix(&p->root);
    if (p->pid >= INT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "no property number above %u", p->pid);
    jz_buf_printf(out, "<%.*sproperty fmtid=\"" FORMAT_ID "\" pid=\"%u\" name=\"", (int)prefix.len,
                  (const char *)prefix.ptr, ++p->pid);
    JZ_TRY(jz_xml_escape(name, out, err));
    jz_buf_printf(out, "\"><vt:lpwstr xmlns:vt=\"%s\">", p->package->dialect->types);
    JZ_TRY(jz_xml_escape(value, out, err));
    jz_buf_printf(out, "</vt:lpwstr></%.*sproperty>", (int)prefix.len, (const char *)prefix.ptr);
    return jz_buf_check(out, err);
}

/* A property makes way for one of the same name, or for nothing; number counts those of the key. */
static jz_status replace_property(properties *p, uint64_t number, jz_bytes value, jz_err *err)
{
    JZ_BUF_AUTO name = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_xml_element old = { 0 };
    bool found = true;
    jz_xml_children c = jz_xml_children_of(p->text, &p->root);
    for (uint64_t i = 0; i <= number && found; i++)
        JZ_TRY(jz_ooxml_next_property(&c, p->key, &old, &name, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_INVAL, "the package has no property number %" PRIu64, number);
    if (value.ptr != NULL)
        JZ_TRY(put_property(p, jz_buf_bytes(&name), value, &made, err));
    return jz_splices_add(&p->changes, old.at, old.end - old.at, jz_buf_bytes(&made), err);
}

static jz_status plan_property(properties *p, const jz_span *data, const jz_meta_edit *e,
                               jz_err *err)
{
    const jz_bytes key = { (const uint8_t *)p->key, strlen(p->key) };
    if (e->kind != JZ_META_TEXT)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "office packages hold texts only");
    if (e->at != JZ_META_NEW && e->at >= data->at)
        return replace_property(p, e->at - data->at, e->value, err);
    if (e->at != JZ_META_NEW || e->value.ptr == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "no property at offset %" PRIu64, e->at);
    return put_property(p, key, e->value, &p->added, err);
}

static jz_status plan_properties(properties *p, const jz_span *data, const jz_meta_edit *edits,
                                 size_t n, jz_err *err)
{
    JZ_TRY(jz_xml_root(p->text, "Properties", &p->root, err));
    p->pid = FIRST_PID - 1;
    JZ_TRY(highest(p->text, &p->root, "pid", "", &p->pid, err));
    for (size_t i = 0; i < n; i++)
        JZ_TRY(plan_property(p, data, &edits[i], err));
    if (p->added.len > 0)
        JZ_TRY(append_child(p->text, &p->root, &p->added, &p->changes, err));
    return JZ_OK;
}

/* docProps/custom.xml, made where there is none. */
static jz_status plan_custom(package *p, const char *key, const jz_meta_edit *edits, size_t n,
                             jz_err *err)
{
    jz_span data = { .at = JZ_META_NEW };
    if (p->has[PART_CUSTOM])
        JZ_TRY(jz_zip_data(&p->zip, &p->member[PART_CUSTOM], &data, err));
    else
        jz_buf_printf(&p->old_text[PART_CUSTOM],
                      "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
                      "<Properties xmlns=\"%s\"></Properties>",
                      p->dialect->properties);
    JZ_TRY(jz_buf_check(&p->old_text[PART_CUSTOM], err));
    properties made = { .package = p, .key = key, .text = jz_buf_bytes(&p->old_text[PART_CUSTOM]) };
    jz_status st = plan_properties(&made, &data, edits, n, err);
    if (st == JZ_OK)
        st = build_text(p, PART_CUSTOM, &made.changes, err);
    properties_done(&made);
    return st;
}

static jz_status plan_package(package *p, jz_splices *out, jz_err *err)
{
    jz_zip_change changes[PARTS];
    size_t n = 0;
    for (size_t i = 0; i < PARTS; i++) {
        if (p->new_text[i].len == 0)
            continue;
        changes[n++] = (jz_zip_change){ .old = p->has[i] ? &p->member[i] : NULL,
                                        .name = part_names[i],
                                        .text = jz_buf_bytes(&p->new_text[i]) };
    }
    return jz_zip_plan(&p->zip, changes, n, out, err);
}

jz_status jz_ooxml_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                        jz_splices *out, jz_err *err)
{
    package p = { 0 };
    jz_status st = read_package(src, &p, err);
    if (st == JZ_OK)
        st = plan_relationship(&p, err);
    if (st == JZ_OK)
        st = plan_type(&p, err);
    if (st == JZ_OK)
        st = plan_custom(&p, key, edits, n, err);
    if (st == JZ_OK)
        st = plan_package(&p, out, err);
    package_done(&p);
    return st;
}
