/* SPDX-License-Identifier: Apache-2.0 */
/* A paragraph of a Word document (ECMA-376 part 1, 17.3.1) at the start or the end of its body. */
#include "label/mark_document.h"

#include "media/carrier/xml.h"
#include "media/carrier/zip.h"

#include <string.h>
#include <strings.h>

#define PART "word/document.xml"
#define PART_MAX ((size_t)64 << 20) /* bytes, unpacked */
#define SIGNATURES "_xmlsignatures/"

static jz_status find_part(const jz_zip *zip, jz_zip_member *out, jz_err *err)
{
    jz_span directory;
    bool found = false;
    JZ_TRY(jz_zip_directory(zip, &directory, err));
    for (unsigned i = 0; i < zip->members; i++) {
        jz_zip_member m;
        JZ_TRY(jz_zip_next(&directory, &m, err));
        if (strncasecmp(m.name, SIGNATURES, strlen(SIGNATURES)) == 0)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the package is signed: %s", m.name);
        if (strcasecmp(m.name, PART) != 0)
            continue;
        if (found)
            return JZ_FAIL(err, JZ_E_CORRUPT, "two parts named %s", m.name);
        found = true;
        *out = m;
    }
    return found ? JZ_OK : JZ_FAIL(err, JZ_E_UNSUPPORTED, "a Word document without %s", PART);
}

/* The body, its first and its last element; of neither there must be any. */
typedef struct body {
    jz_xml_element element;
    jz_xml_element first, last;
    bool filled;
} body;

static jz_status find_body(jz_bytes text, body *out, jz_err *err)
{
    jz_xml_element root;
    bool found = true;
    JZ_TRY(jz_xml_root(text, "document", &root, err));
    jz_xml_children c = jz_xml_children_of(text, &root);
    do {
        JZ_TRY(jz_xml_next(&c, &out->element, &found, err));
    } while (found && !jz_xml_is(&out->element, "body"));
    if (!found || out->element.empty)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, PART " without a body");
    c = jz_xml_children_of(text, &out->element);
    for (;;) {
        jz_xml_element e;
        JZ_TRY(jz_xml_next(&c, &e, &found, err));
        if (!found)
            return JZ_OK;
        if (!out->filled)
            out->first = e;
        /* What the page looks like stands behind the last paragraph, and stays there. */
        if (!jz_xml_is(&e, "sectPr"))
            out->last = e;
        out->filled = true;
    }
}

static jz_status is_paragraph(const jz_xml_element *e, jz_bytes sentence, bool *yes, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    *yes = false;
    if (!jz_xml_is(e, "p") || e->empty)
        return JZ_OK;
    jz_buf_puts(&text, "");
    jz_xml_unescape(e->inner, &text);
    JZ_TRY(jz_buf_check(&text, err));
    *yes = text.len == sentence.len && memcmp(text.ptr, sentence.ptr, text.len) == 0;
    return JZ_OK;
}

static jz_status put_paragraph(const body *b, jz_bytes sentence, jz_buf *out, jz_err *err)
{
    const jz_bytes p = jz_xml_prefix(&b->element);
    const int n = (int)p.len;
    const char *prefix = (const char *)p.ptr;
    jz_buf_printf(out, "<%.*sp><%.*sr><%.*st xml:space=\"preserve\">", n, prefix, n, prefix, n,
                  prefix);
    JZ_TRY(jz_xml_escape(sentence, out, err));
    jz_buf_printf(out, "</%.*st></%.*sr></%.*sp>", n, prefix, n, prefix, n, prefix);
    return jz_buf_check(out, err);
}

/* One paragraph; next: the element that stands there now. */
static jz_status place(jz_bytes text, const body *b, bool at_end, jz_bytes sentence,
                       jz_splices *out, unsigned *placed, jz_err *err)
{
    JZ_BUF_AUTO made = { 0 };
    bool there = false;
    const jz_xml_element *neighbour = at_end ? &b->last : &b->first;
    uint64_t at = (uint64_t)(b->element.inner.ptr - text.ptr);
    if (neighbour->name.ptr != NULL) {
        JZ_TRY(is_paragraph(neighbour, sentence, &there, err));
        at = at_end ? neighbour->end : at;
    }
    if (there)
        return JZ_OK;
    JZ_TRY(put_paragraph(b, sentence, &made, err));
    ++*placed;
    return jz_splices_add(out, at, 0, jz_buf_bytes(&made), err);
}

static jz_status edit_text(jz_bytes text, jz_bytes sentence, jz_mark_where where, jz_splices *out,
                           unsigned *placed, jz_err *err)
{
    body b = { 0 };
    JZ_TRY(find_body(text, &b, err));
    if (where != JZ_MARK_AT_END)
        JZ_TRY(place(text, &b, false, sentence, out, placed, err));
    if (where == JZ_MARK_AT_END || (where == JZ_MARK_AT_BOTH && b.last.name.ptr != NULL))
        JZ_TRY(place(text, &b, true, sentence, out, placed, err));
    return JZ_OK;
}

jz_status jz_mark_docx_plan(jz_source *src, jz_bytes sentence, jz_mark_where where, jz_splices *out,
                            unsigned *placed, jz_err *err)
{
    JZ_BUF_AUTO old = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_SPLICES_AUTO changes = { 0 };
    jz_zip zip;
    jz_zip_member part;
    jz_source text;
    JZ_TRY(jz_zip_open(src, &zip, err));
    JZ_TRY(find_part(&zip, &part, err));
    JZ_TRY(jz_zip_read(&zip, &part, PART_MAX, &old, err));
    JZ_TRY_CTX(edit_text(jz_buf_bytes(&old), sentence, where, &changes, placed, err), err, PART);
    if (*placed == 0)
        return JZ_OK;
    jz_source_of_bytes(jz_buf_bytes(&old), &text);
    JZ_TRY(jz_splices_build(&changes, &text, &made, err));
    const jz_zip_change change = { .old = &part, .name = part.name, .text = jz_buf_bytes(&made) };
    return jz_zip_plan(&zip, &change, 1, out, err);
}
