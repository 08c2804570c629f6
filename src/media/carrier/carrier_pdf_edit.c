/* SPDX-License-Identifier: Apache-2.0 */
/* Changes are a new revision at the end of the file: all that was there stays as it is, old labels
 * included, which no reader of the new revision sees.
 *
 * A signature of the old revision therefore stays valid for what it covers, and validators say so:
 * "signed, and changed since" (ISO 32000-2, 12.8.1). A certified document that allows only forms or
 * annotations to change (12.8.2.2, /P 2 or 3) may be shown as changed in a way that was not
 * allowed; one that allows no change at all (/P 1) is refused, and so is an encrypted one. */
#include "media/carrier/carrier_pdf.h"

#include "media/carrier/carriers.h"
#include "media/carrier/pdf_update.h"

#include <inttypes.h>
#include <string.h>

#define EDITS_MAX 256
#define SIGNATURES_MAX 64 /* references of one */

/* Half of what reading has: what was written can be read for certain. */
#define EDIT_FUEL (JZ_PDF_FUEL / 2)

typedef struct plan {
    jz_pdf_document d;
    jz_pdf_update update;
    const char *key;
    const jz_meta_edit *edits;
    size_t n;
    bool done[EDITS_MAX];
} plan;

/* What a value is or, if that is a reference, the object; its cursor is before it. */
static jz_status follow(jz_pdf *p, const jz_span *s, const jz_pdf_item *v, jz_pdf_object *out,
                        jz_err *err)
{
    if (v->kind == JZ_PDF_REFERENCE)
        return jz_pdf_load(p, jz_pdf_ref_of(v), out, err);
    out->body = (jz_span){ s->src, v->at, v->end, s->what };
    return JZ_OK;
}

/* The value under a key of a dictionary; missing where there is none. */
static jz_status get(jz_pdf *p, const jz_pdf_object *dict, const char *key, jz_pdf_object *out,
                     jz_err *err)
{
    jz_pdf_item v;
    bool found = false;
    out->missing = true;
    if (dict->missing)
        return JZ_OK;
    JZ_TRY(jz_pdf_find_entry(dict->body, key, &v, &found, err));
    JZ_TRY(jz_pdf_spend(p, found ? v.end - dict->body.at : 0, err));
    if (!found || jz_pdf_is(&v, JZ_PDF_WORD, "null"))
        return JZ_OK;
    out->missing = false;
    return follow(p, &dict->body, &v, out, err);
}

/* Refuses a signature reference dictionary that allows no changes (table 257). */
static jz_status check_reference(jz_pdf *p, const jz_pdf_object *reference, jz_err *err)
{
    JZ_PDF_OBJECT_AUTO parameters = { 0 };
    JZ_PDF_OBJECT_AUTO permissions = { 0 };
    jz_pdf_item v = { 0 };
    bool found = false;
    if (!reference->missing)
        JZ_TRY(jz_pdf_find_entry(reference->body, "TransformMethod", &v, &found, err));
    if (!found || !jz_pdf_is(&v, JZ_PDF_NAME_OBJECT, "DocMDP"))
        return JZ_OK;
    JZ_TRY(get(p, reference, "TransformParams", &parameters, err));
    JZ_TRY(get(p, &parameters, "P", &permissions, err));
    if (permissions.missing)
        return JZ_OK; /* 2: forms */
    JZ_TRY(jz_pdf_token(&permissions.body, &v, err));
    if (v.kind != JZ_PDF_INTEGER || v.number == 1)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "the document is certified and allows no changes (DocMDP)");
    return JZ_OK;
}

/* 12.8.6: what the catalog's /Perms /DocMDP signature allows. */
static jz_status check_permissions(plan *p, jz_err *err)
{
    jz_pdf *file = &p->d.file;
    JZ_PDF_OBJECT_AUTO perms = { 0 };
    JZ_PDF_OBJECT_AUTO signature = { 0 };
    JZ_PDF_OBJECT_AUTO references = { 0 };
    JZ_TRY(get(file, &p->d.catalog, "Perms", &perms, err));
    JZ_TRY(get(file, &perms, "DocMDP", &signature, err));
    JZ_TRY(get(file, &signature, "Reference", &references, err));
    if (references.missing)
        return JZ_OK;
    JZ_TRY(jz_pdf_open_bracket(&references.body, JZ_PDF_ARRAY, err));
    for (unsigned i = 0;; i++) {
        JZ_PDF_OBJECT_AUTO reference = { 0 };
        jz_pdf_item v;
        JZ_TRY(jz_pdf_value(&references.body, &v, err));
        if (v.kind == JZ_PDF_ARRAY_END)
            return JZ_OK;
        if (i == SIGNATURES_MAX || (v.kind != JZ_PDF_DICT && v.kind != JZ_PDF_REFERENCE))
            return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: the references of the certification");
        JZ_TRY(follow(file, &references.body, &v, &reference, err));
        JZ_TRY(check_reference(file, &reference, err));
    }
}

/* Refuses to write anew what is more than a dictionary, or is not there. */
static jz_status check_dict(const jz_pdf_object *o, jz_err *err)
{
    jz_span s = o->body;
    jz_pdf_item t;
    JZ_TRY(jz_pdf_value(&s, &t, err));
    if (o->in_stream)
        return JZ_OK;
    JZ_TRY(jz_pdf_token(&s, &t, err));
    if (!jz_pdf_is(&t, JZ_PDF_WORD, "endobj"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no endobj at offset %" PRIu64, s.what, t.at);
    return JZ_OK;
}

/* The edit of a text at an offset; NULL where it stays. */
static const jz_meta_edit *edit_at(plan *p, jz_meta_kind kind, uint64_t at)
{
    for (size_t i = 0; i < p->n; i++) {
        if (p->edits[i].kind != kind || p->edits[i].at != at || p->done[i])
            continue;
        p->done[i] = true;
        return &p->edits[i];
    }
    return NULL;
}

static jz_status put_raw(const jz_span *s, uint64_t at, uint64_t end, jz_buf *out, jz_err *err)
{
    jz_span raw = { s->src, at, end, s->what };
    return jz_span_read(&raw, end - at, JZ_META_MAX - out->len, out, err);
}

/* An entry as it was, with another value, or not at all. */
static jz_status put_entry(plan *p, const jz_pdf_info *i, const jz_pdf_info_entry *e, jz_buf *out,
                           jz_err *err)
{
    const jz_meta_edit *edit = e->matches ? edit_at(p, JZ_META_TEXT, e->at) : NULL;
    if (out->len >= JZ_META_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "PDF document information of more than %zu bytes",
                       JZ_META_MAX);
    if (edit != NULL && edit->value.ptr == NULL)
        return JZ_OK;
    jz_buf_puts(out, "\n");
    JZ_TRY(put_raw(&i->s, e->key.at, edit != NULL ? e->key.end : e->value.end, out, err));
    if (edit == NULL)
        return JZ_OK;
    jz_buf_puts(out, " ");
    return jz_pdf_put_text(edit->value, out, err);
}

static jz_status build_info(plan *p, jz_buf *out, jz_err *err)
{
    jz_pdf_info i;
    jz_pdf_info_entry e;
    bool found = true;
    jz_buf_puts(out, "<<");
    JZ_TRY(jz_pdf_info_of(&p->d, p->key, &i, err));
    while (found) {
        JZ_TRY(jz_pdf_info_next(&i, &e, &found, err));
        if (found)
            JZ_TRY(put_entry(p, &i, &e, out, err));
    }
    for (;;) {
        const jz_meta_edit *edit = edit_at(p, JZ_META_TEXT, JZ_META_NEW);
        if (edit == NULL)
            break;
        if (edit->value.ptr == NULL)
            return JZ_FAIL(err, JZ_E_INVAL, "a new entry without a value");
        jz_buf_printf(out, "\n/%s ", p->key);
        JZ_TRY(jz_pdf_put_text(edit->value, out, err));
    }
    jz_buf_puts(out, "\n>>");
    if (out->len > JZ_META_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "PDF document information of %zu bytes, limit %zu",
                       out->len, JZ_META_MAX);
    return jz_buf_check(out, err);
}

static jz_status plan_info(plan *p, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    bool any = false;
    for (size_t i = 0; i < p->n; i++)
        any |= p->edits[i].kind == JZ_META_TEXT;
    if (!any)
        return JZ_OK;
    if (p->d.info.missing)
        JZ_TRY(jz_pdf_update_number(&p->update, &p->update.info, err));
    else
        JZ_TRY(check_dict(&p->d.info, err));
    JZ_TRY(build_info(p, &text, err));
    return jz_pdf_update_add(&p->update, p->update.info, &text, err);
}

/* The catalog with another metadata stream, or with none (number 0). */
static jz_status plan_catalog(plan *p, jz_pdf_ref metadata, jz_err *err)
{
    static const char *const without[] = { "Metadata", NULL };
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(check_dict(&p->d.catalog, err));
    jz_buf_puts(&text, "<<");
    JZ_TRY(jz_pdf_copy_entries(p->d.catalog.body, without, JZ_META_MAX, &text, err));
    if (metadata.number != 0)
        jz_buf_printf(&text, "\n/Metadata %u %u R", metadata.number, metadata.generation);
    jz_buf_puts(&text, "\n>>");
    return jz_pdf_update_add(&p->update, p->d.catalog.ref, &text, err);
}

static jz_status put_packet(jz_bytes packet, jz_buf *out, jz_err *err)
{
    if (packet.len > JZ_META_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "an XMP packet of %zu bytes, limit %zu", packet.len,
                       JZ_META_MAX);
    jz_buf_printf(out, "\n/Length %zu\n>>\nstream\n", packet.len);
    jz_buf_put(out, packet.ptr, packet.len);
    jz_buf_puts(out, "\nendstream");
    return jz_buf_check(out, err);
}

static jz_status new_metadata(plan *p, jz_bytes packet, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_pdf_ref ref;
    if (packet.ptr == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "a new XMP packet without a value");
    JZ_TRY(jz_pdf_update_number(&p->update, &ref, err));
    jz_buf_puts(&text, "<<\n/Type /Metadata\n/Subtype /XML");
    JZ_TRY(put_packet(packet, &text, err));
    JZ_TRY(jz_pdf_update_add(&p->update, ref, &text, err));
    return plan_catalog(p, ref, err);
}

static jz_status change_metadata(plan *p, const jz_pdf_object *old, jz_bytes packet, jz_err *err)
{
    static const char *const without[] = { "Length", "Filter", "DecodeParms", "DL", NULL };
    JZ_BUF_AUTO text = { 0 };
    if (packet.ptr == NULL)
        return plan_catalog(p, (jz_pdf_ref){ 0 }, err);
    jz_buf_puts(&text, "<<");
    JZ_TRY(jz_pdf_copy_entries(old->body, without, JZ_META_MAX, &text, err));
    JZ_TRY(put_packet(packet, &text, err));
    return jz_pdf_update_add(&p->update, old->ref, &text, err);
}

static jz_status plan_metadata(plan *p, jz_err *err)
{
    JZ_PDF_OBJECT_AUTO old = { .missing = true };
    jz_pdf_stream stream;
    jz_pdf_ref ref;
    const jz_meta_edit *edit = NULL;
    bool any = false;
    for (size_t i = 0; i < p->n; i++)
        any |= p->edits[i].kind == JZ_META_XMP;
    if (!any)
        return JZ_OK;
    JZ_TRY(jz_pdf_metadata_ref(&p->d, &ref, err));
    if (ref.number != 0) {
        old.missing = false;
        JZ_TRY(jz_pdf_load(&p->d.file, ref, &old, err));
    }
    if (old.missing) {
        edit = edit_at(p, JZ_META_XMP, JZ_META_NEW);
        return edit != NULL ? new_metadata(p, edit->value, err) : JZ_OK;
    }
    JZ_TRY(jz_pdf_load_stream(&p->d.file, &old, &stream, err));
    edit = edit_at(p, JZ_META_XMP, stream.at);
    return edit != NULL ? change_metadata(p, &old, edit->value, err) : JZ_OK;
}

static jz_status check_done(const plan *p, jz_err *err)
{
    for (size_t i = 0; i < p->n; i++) {
        const bool new_one = p->edits[i].at == JZ_META_NEW;
        if (p->done[i])
            continue;
        if (new_one && p->edits[i].kind == JZ_META_XMP)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a PDF document has one XMP packet");
        if (new_one || p->edits[i].kind == JZ_META_EXIF || p->edits[i].kind == JZ_META_RAW)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                           "a PDF document holds texts and an XMP packet only");
        return JZ_FAIL(err, JZ_E_INVAL, "no such block at offset %" PRIu64, p->edits[i].at);
    }
    return JZ_OK;
}

/* What stays as it is must be readable too: the new file can be listed for certain. */
static jz_status check_whole(const plan *p, jz_err *err)
{
    jz_pdf_info i;
    jz_pdf_info_entry e;
    jz_pdf_ref metadata;
    bool found = true;
    JZ_TRY(jz_pdf_info_of(&p->d, p->key, &i, err));
    while (found)
        JZ_TRY(jz_pdf_info_next(&i, &e, &found, err));
    return jz_pdf_metadata_ref(&p->d, &metadata, err);
}

static jz_status plan_edits(plan *p, jz_splices *out, jz_err *err)
{
    if (p->d.file.trailer.encrypted)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the document is encrypted");
    JZ_TRY(check_whole(p, err));
    JZ_TRY(check_permissions(p, err));
    JZ_TRY(jz_pdf_update_init(&p->d.file, &p->update, err));
    JZ_TRY(plan_info(p, err));
    JZ_TRY(plan_metadata(p, err));
    JZ_TRY(check_done(p, err));
    return p->update.n > 0 ? jz_pdf_update_plan(&p->update, out, err) : JZ_OK;
}

jz_status jz_pdf_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err)
{
    plan p = { .key = key, .edits = edits, .n = n };
    if (n > EDITS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu changes of one document", n);
    jz_status st = jz_pdf_document_open(src, EDIT_FUEL, &p.d, err);
    if (st == JZ_OK)
        st = plan_edits(&p, out, err);
    jz_pdf_update_done(&p.update);
    jz_pdf_document_done(&p.d);
    return st;
}
