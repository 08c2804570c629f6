/* SPDX-License-Identifier: Apache-2.0 */
/* PDF: the label is the entry /AIGC of the document information dictionary (ISO 32000-2, 14.3.3), a
 * text string; XMP is the catalog's metadata stream (14.3.2). What is listed is what the newest
 * revision says. Strings of encrypted documents are listed without their values. */
#include "media/carrier/carrier_pdf.h"

#include "media/carrier/carriers.h"

#include <inttypes.h>
#include <string.h>

#define INFO_MAX ((uint64_t)256 << 20) /* bytes of the dictionary: it may hold a large string */
#define CATALOG_MAX ((uint64_t)4 << 20)

void jz_pdf_document_done(jz_pdf_document *d)
{
    jz_pdf_done(&d->file);
    jz_pdf_object_done(&d->info);
    jz_pdf_object_done(&d->catalog);
}

/* An object that must be a dictionary, no larger than max; nothing is left of one that is null. */
static jz_status load_dict(jz_pdf *p, jz_pdf_ref ref, uint64_t max, const char *what,
                           jz_pdf_object *out, jz_err *err)
{
    JZ_TRY_CTX(jz_pdf_load(p, ref, out, err), err, "%s", what);
    if (out->missing)
        return JZ_OK;
    out->body.what = what;
    if (jz_span_left(&out->body) > max)
        out->body.end = out->body.at + max;
    jz_span s = out->body;
    jz_pdf_item t;
    JZ_TRY(jz_pdf_token(&s, &t, err));
    out->missing = jz_pdf_is(&t, JZ_PDF_WORD, "null");
    if (t.kind != JZ_PDF_DICT && !out->missing)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: object %u is no dictionary", what, ref.number);
    return JZ_OK;
}

/* Of an encrypted document, only the keys of a dictionary outside of object streams can be read. */
static jz_status load_encrypted(jz_pdf_document *d, jz_err *err)
{
    const jz_pdf_ref info = d->file.trailer.info;
    jz_pdf_place place = { .where = JZ_PDF_NOWHERE };
    d->info.missing = d->catalog.missing = true;
    if (info.number != 0)
        JZ_TRY(jz_pdf_find(&d->file, info.number, &place, err));
    if (place.where != JZ_PDF_IN_FILE)
        return JZ_OK;
    d->info.missing = false;
    return load_dict(&d->file, info, INFO_MAX, "PDF document information", &d->info, err);
}

static jz_status load_both(jz_pdf_document *d, jz_err *err)
{
    const jz_pdf_trailer *t = &d->file.trailer;
    if (t->encrypted)
        return load_encrypted(d, err);
    JZ_TRY(load_dict(&d->file, t->info, INFO_MAX, "PDF document information", &d->info, err));
    JZ_TRY(load_dict(&d->file, t->root, CATALOG_MAX, "PDF catalog", &d->catalog, err));
    if (d->catalog.missing && !d->file.searched)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: no catalog");
    return JZ_OK;
}

jz_status jz_pdf_document_open(jz_source *src, uint64_t fuel, jz_pdf_document *out, jz_err *err)
{
    JZ_TRY(jz_pdf_open(src, fuel, &out->file, err));
    return load_both(out, err);
}

jz_status jz_pdf_info_of(const jz_pdf_document *d, const char *key, jz_pdf_info *out, jz_err *err)
{
    *out = (jz_pdf_info){ .object = &d->info, .s = d->info.body, .key = key };
    if (d->info.missing)
        return JZ_OK;
    return jz_pdf_open_bracket(&out->s, JZ_PDF_DICT, err);
}

jz_status jz_pdf_info_next(jz_pdf_info *i, jz_pdf_info_entry *out, bool *found, jz_err *err)
{
    *found = false;
    if (i->object->missing)
        return JZ_OK;
    JZ_TRY(jz_pdf_entry(&i->s, &out->key, &out->value, found, err));
    if (!*found)
        return JZ_OK;
    const jz_bytes name = { (const uint8_t *)out->key.text, out->key.len };
    out->matches = jz_meta_has_key(name, i->key) && !jz_pdf_is(&out->value, JZ_PDF_WORD, "null");
    out->at = i->object->in_stream ? i->object->at + i->matches : out->value.at;
    i->matches += out->matches;
    return JZ_OK;
}

jz_status jz_pdf_metadata_ref(const jz_pdf_document *d, jz_pdf_ref *out, jz_err *err)
{
    jz_pdf_item v;
    bool found = false;
    *out = (jz_pdf_ref){ 0 };
    if (!d->catalog.missing)
        JZ_TRY(jz_pdf_find_entry(d->catalog.body, "Metadata", &v, &found, err));
    if (found)
        *out = jz_pdf_ref_of(&v);
    return JZ_OK;
}

/* Where the blocks go. */
typedef struct receiver {
    jz_pdf_document *d;
    const char *key;
    jz_meta_fn fn;
    void *user;
} receiver;

/* What a block, rather than the call, has run into. */
static bool is_damage(jz_status st)
{
    return st == JZ_E_CORRUPT || st == JZ_E_TRUNCATED || st == JZ_E_UNSUPPORTED || st == JZ_E_LIMIT;
}

/* Hands a block on whose reading came to st. */
static jz_status send(const receiver *to, jz_status st, const jz_buf *value, jz_meta *meta,
                      jz_err *err)
{
    if (st != JZ_OK && !is_damage(st))
        return JZ_FAIL(err, st, "reading the PDF %s at offset %" PRIu64, meta->where, meta->at);
    meta->passed = st;
    if (st == JZ_OK)
        meta->value = (jz_bytes){ (const uint8_t *)value->ptr, value->len };
    return to->fn(to->user, meta, err);
}

/* The text of a value, which may be in another object. */
static jz_status read_text(jz_pdf_document *d, const jz_pdf_item *value, jz_buf *out, jz_meta *meta)
{
    JZ_PDF_OBJECT_AUTO o = { 0 };
    JZ_BUF_AUTO string = { 0 };
    jz_source *src = d->info.body.src;
    jz_pdf_item v = *value;
    if (d->file.trailer.encrypted)
        return JZ_E_UNSUPPORTED;
    if (v.kind == JZ_PDF_REFERENCE) {
        JZ_TRY(jz_pdf_load(&d->file, jz_pdf_ref_of(value), &o, NULL));
        if (o.missing)
            return JZ_E_CORRUPT;
        src = o.body.src;
        JZ_TRY(jz_pdf_token(&o.body, &v, NULL));
        JZ_TRY(jz_pdf_spend(&d->file, v.end - v.at, NULL));
        meta->size = v.end - v.at;
        meta->packed |= o.in_stream;
    }
    JZ_TRY(jz_pdf_string_bytes(src, &v, JZ_META_MAX, &string, NULL));
    jz_buf_puts(out, "");
    jz_pdf_text_to_utf8((jz_bytes){ (const uint8_t *)string.ptr, string.len }, out);
    return jz_buf_check(out, NULL);
}

static jz_status send_info(const receiver *to, jz_err *err)
{
    jz_pdf_info i;
    jz_pdf_info_entry e;
    bool found = true;
    JZ_TRY(jz_pdf_info_of(to->d, to->key, &i, err));
    while (found) {
        JZ_BUF_AUTO text = { 0 };
        JZ_TRY(jz_pdf_info_next(&i, &e, &found, err));
        if (!found || !e.matches)
            continue;
        jz_meta meta = { .kind = JZ_META_TEXT,
                         .where = "Info",
                         .key = { (const uint8_t *)e.key.text, e.key.len },
                         .at = e.at,
                         .size = e.value.end - e.value.at,
                         .packed = i.object->in_stream };
        const jz_status st = read_text(to->d, &e.value, &text, &meta);
        JZ_TRY(send(to, st, &text, &meta, err));
    }
    return JZ_OK;
}

static jz_status read_metadata(jz_pdf_document *d, const jz_pdf_object *o, jz_buf *out,
                               jz_meta *meta)
{
    jz_pdf_stream stream;
    JZ_TRY(jz_pdf_load_stream(&d->file, o, &stream, NULL));
    meta->at = stream.at;
    meta->size = stream.size;
    meta->packed = stream.flate;
    return jz_pdf_stream_read(d->file.src, &stream, JZ_META_MAX, JZ_META_MAX, out, NULL);
}

static jz_status send_metadata(const receiver *to, jz_err *err)
{
    JZ_PDF_OBJECT_AUTO o = { 0 };
    JZ_BUF_AUTO packet = { 0 };
    jz_meta meta = { .kind = JZ_META_XMP, .where = "Metadata" };
    jz_pdf_ref ref;
    JZ_TRY(jz_pdf_metadata_ref(to->d, &ref, err));
    if (ref.number == 0)
        return JZ_OK;
    jz_status st = jz_pdf_load(&to->d->file, ref, &o, NULL);
    if (st == JZ_OK && o.missing)
        return JZ_OK;
    meta.at = o.at;
    if (st == JZ_OK)
        st = read_metadata(to->d, &o, &packet, &meta);
    return send(to, st, &packet, &meta, err);
}

static jz_status send_all(const receiver *to, jz_err *err)
{
    JZ_TRY(send_info(to, err));
    if (to->d->file.trailer.encrypted)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the document is encrypted");
    return send_metadata(to, err);
}

/* What a search of the whole file finds, if it finds anything. */
static jz_status list_damaged(jz_source *src, const receiver *from, jz_err *err)
{
    JZ_PDF_DOCUMENT_AUTO d = { 0 };
    receiver to = *from;
    to.d = &d;
    JZ_TRY(jz_pdf_search(src, JZ_PDF_FUEL, &d.file, err));
    JZ_TRY(load_both(&d, err));
    return send_all(&to, err);
}

jz_status jz_pdf_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    JZ_PDF_DOCUMENT_AUTO d = { 0 };
    const receiver to = { .d = &d, .key = key, .fn = fn, .user = user };
    jz_err damage = { 0 };
    jz_err why = { 0 };
    jz_status st = jz_pdf_document_open(src, JZ_PDF_FUEL, &d, &damage);
    if (st == JZ_OK)
        return send_all(&to, err);
    if (st == JZ_E_CORRUPT || st == JZ_E_TRUNCATED) {
        const jz_status searched = list_damaged(src, &to, &why);
        if (searched != JZ_OK && !is_damage(searched)) {
            st = searched;
            damage = why;
        }
    }
    if (err != NULL)
        *err = damage;
    return st;
}
