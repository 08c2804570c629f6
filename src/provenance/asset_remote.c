/* SPDX-License-Identifier: Apache-2.0 */
/* Where a manifest is kept that is not in the file: dcterms:provenance of the XMP packet (C2PA 2.2,
 * 11.5; ISO 16684-1, 7), an attribute or an element. */
#include "provenance/asset_class.h"

#include "base/rd.h"

#include <jz/media.h>

#include "media/carrier.h"
#include "media/carrier/xml.h"

#include <string.h>

#define DCTERMS "http://purl.org/dc/terms/"
#define URL_MAX 4096 /* bytes */
#define PREFIX_MAX 32

typedef struct finder {
    jz_buf *url;
    bool found;
} finder;

/* The prefix, with its colon, that a tag gives to the Dublin Core terms, where it gives one. */
static void note_prefix(const jz_xml_tag *t, char prefix[PREFIX_MAX])
{
    jz_xml_attr attr;
    for (size_t at = 0; jz_xml_next_attribute(t->attributes, &at, &attr);) {
        if (!jz_bytes_are(attr.value, DCTERMS) || attr.name.len < 7 ||
            memcmp(attr.name.ptr, "xmlns:", 6) != 0 || attr.name.len - 6 + 2 > PREFIX_MAX)
            continue;
        memcpy(prefix, attr.name.ptr + 6, attr.name.len - 6);
        prefix[attr.name.len - 6] = ':';
        prefix[attr.name.len - 6 + 1] = '\0';
    }
}

static bool is_provenance(jz_bytes name, const char *prefix)
{
    const size_t n = strlen(prefix);
    return n > 0 && name.len > n && memcmp(name.ptr, prefix, n) == 0 &&
           jz_bytes_are((jz_bytes){ name.ptr + n, name.len - n }, "provenance");
}

static void take_url(finder *f, jz_bytes text, bool attribute)
{
    if (f->found || text.len == 0 || text.len > URL_MAX)
        return;
    f->found = true;
    if (attribute)
        jz_xml_unescape_attribute(text, f->url);
    else
        jz_xml_unescape(text, f->url);
}

static void look_at_tag(finder *f, jz_bytes packet, const jz_xml_tag *t, char prefix[PREFIX_MAX])
{
    jz_xml_attr attr;
    note_prefix(t, prefix);
    for (size_t at = 0; jz_xml_next_attribute(t->attributes, &at, &attr);) {
        if (is_provenance(attr.name, prefix))
            take_url(f, attr.value, true);
    }
    if (t->closes || t->empty || !is_provenance(t->name, prefix))
        return;
    const uint8_t *end = memchr(packet.ptr + t->end, '<', packet.len - t->end);
    if (end != NULL)
        take_url(f, (jz_bytes){ packet.ptr + t->end, (size_t)(end - packet.ptr) - t->end }, false);
}

static jz_status look_at_packet(void *user, const jz_meta *m, jz_err *err)
{
    finder *f = user;
    char prefix[PREFIX_MAX] = "";
    bool more = m->kind == JZ_META_XMP && m->passed == JZ_OK && m->value.ptr != NULL;
    (void)err;
    for (size_t at = 0; more && !f->found;) {
        jz_xml_tag t;
        if (jz_xml_next_tag(m->value, &at, &t, &more, NULL) != JZ_OK)
            break; /* a damaged packet says nothing */
        if (more)
            look_at_tag(f, m->value, &t, prefix);
    }
    return JZ_OK;
}

static bool is_ours(jz_status st)
{
    return st == JZ_E_NOMEM || st == JZ_E_IO || st == JZ_E_CHANGED;
}

jz_status jz_asset_remote(jz_asset *a, jz_buf *out, jz_err *err)
{
    finder f = { .url = out };
    jz_err why = { 0 };
    const jz_format *format = jz_format_by_name(a->cls->format);
    const jz_carrier *c = format == NULL ? NULL : jz_carrier_find(format, (jz_bytes){ 0 });
    const jz_status st =
        c == NULL ? JZ_OK : c->list(a->src, "provenance", look_at_packet, &f, &why);
    if (is_ours(st)) {
        if (err != NULL)
            *err = why;
        return st;
    }
    JZ_TRY(jz_buf_check(out, err));
    if (!f.found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no manifest is kept elsewhere");
    return JZ_OK;
}
