/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in the file and in object streams (ISO 32000-2, 7.5.7). An object stream lies in the file
 * itself and says its length itself or in an object that does; so nothing here can go in circles.
 * /Extends is not needed: the cross-reference names the stream that an object is in. */
#include "media/carrier/pdf_xref.h"

#include <inttypes.h>
#include <string.h>

#define DICT_MAX ((uint64_t)4 << 20) /* bytes of a stream's dictionary */

void jz_pdf_object_done(jz_pdf_object *o)
{
    jz_buf_done(&o->text);
    *o = (jz_pdf_object){ 0 };
}

static jz_status load_in_file(jz_pdf *p, jz_pdf_ref ref, const jz_pdf_place *place,
                              jz_pdf_object *out, jz_err *err)
{
    jz_span s = jz_span_all(p->src, "PDF object");
    jz_pdf_item number;
    jz_pdf_item generation;
    jz_pdf_item word;
    JZ_TRY_CTX(jz_span_skip(&s, place->at, err), err, "PDF object %u", ref.number);
    JZ_TRY(jz_pdf_token(&s, &number, err));
    JZ_TRY(jz_pdf_token(&s, &generation, err));
    JZ_TRY(jz_pdf_token(&s, &word, err));
    if (number.kind != JZ_PDF_INTEGER || number.number != ref.number ||
        generation.kind != JZ_PDF_INTEGER || generation.number != ref.generation ||
        !jz_pdf_is(&word, JZ_PDF_WORD, "obj"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: no object %u %u at offset %" PRIu64, ref.number,
                       ref.generation, place->at);
    out->ref = ref;
    out->at = s.at;
    out->body = s;
    return jz_pdf_spend(p, s.at - place->at, err);
}

/* An object that is an integer, outside of object streams. */
static jz_status load_length(jz_pdf *p, const jz_pdf_stream *s, jz_pdf_place *place, int64_t *out,
                             jz_err *err)
{
    JZ_PDF_OBJECT_AUTO o = { 0 };
    jz_pdf_item n = { 0 };
    const jz_pdf_ref ref = { (uint32_t)s->length, s->length_generation };
    JZ_TRY(load_in_file(p, ref, place, &o, err));
    JZ_TRY(jz_pdf_token(&o.body, &n, err));
    if (n.kind != JZ_PDF_INTEGER)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: object %u is no length", ref.number);
    *out = n.number;
    return JZ_OK;
}

/* Where the length of a stream is, if that is in another object. */
static jz_status find_length(jz_pdf *p, const jz_pdf_stream *s, jz_pdf_place *out, jz_err *err)
{
    *out = (jz_pdf_place){ 0 };
    if (s->length_kind == JZ_PDF_INTEGER)
        return JZ_OK;
    if (s->length < 0 || s->length > JZ_PDF_OBJECTS_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: no object %" PRId64, s->length);
    JZ_TRY(jz_pdf_find(p, (uint32_t)s->length, out, err));
    if (out->where != JZ_PDF_IN_FILE && out->where != JZ_PDF_IN_STREAM)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: the object %" PRId64 " with a length is missing",
                       s->length);
    return JZ_OK;
}

/* The dictionary of a stream at the cursor of *s, which goes to its data. */
static jz_status begin_stream(jz_pdf *p, jz_span *s, jz_pdf_stream *out, jz_err *err)
{
    jz_span dict = *s;
    if (jz_span_left(&dict) > DICT_MAX)
        dict.end = dict.at + DICT_MAX;
    JZ_TRY(jz_pdf_stream_begin(&dict, out, err));
    JZ_TRY(jz_pdf_spend(p, dict.at - s->at, err));
    s->at = dict.at;
    return JZ_OK;
}

static jz_status whole_number(const jz_span *dict, const char *key, uint64_t *out, jz_err *err)
{
    jz_pdf_item v;
    bool found;
    JZ_TRY(jz_pdf_find_entry(*dict, key, &v, &found, err));
    if (!found || v.kind != JZ_PDF_INTEGER || v.number < 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF object stream: /%s is no number", key);
    *out = (uint64_t)v.number;
    return JZ_OK;
}

static jz_status unpack(jz_pdf *p, uint32_t number, const jz_pdf_place *place, jz_err *err)
{
    JZ_PDF_OBJECT_AUTO o = { 0 };
    jz_pdf_stream stream;
    jz_pdf_place length_at;
    if (place->where != JZ_PDF_IN_FILE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: the object stream %u is not in the file", number);
    JZ_TRY(load_in_file(p, (jz_pdf_ref){ number, place->generation }, place, &o, err));
    jz_span dict = o.body;
    JZ_TRY(begin_stream(p, &o.body, &stream, err));
    dict.end = o.body.at;
    JZ_TRY(whole_number(&dict, "N", &p->n_inside, err));
    JZ_TRY(whole_number(&dict, "First", &p->first, err));
    JZ_TRY(find_length(p, &stream, &length_at, err));
    int64_t length = stream.length;
    if (length_at.where == JZ_PDF_IN_STREAM)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: the length of object stream %u is in one", number);
    if (length_at.where == JZ_PDF_IN_FILE)
        JZ_TRY(load_length(p, &stream, &length_at, &length, err));
    JZ_TRY(jz_pdf_stream_end(&o.body, length, &stream, err));
    JZ_TRY(jz_pdf_spend(p, stream.size, err));
    JZ_TRY(jz_pdf_stream_read(p->src, &stream, JZ_PDF_PACKED_MAX, JZ_PDF_OBJECT_STREAM_MAX,
                              &p->inside, err));
    p->object_stream_at = stream.at;
    return jz_pdf_spend(p, p->inside.len, err);
}

/* Makes an object stream the one that is at hand. */
static jz_status use_object_stream(jz_pdf *p, uint32_t number, jz_err *err)
{
    jz_pdf_place place;
    if (p->object_stream == number)
        return JZ_OK;
    p->object_stream = 0;
    jz_buf_reset(&p->inside);
    JZ_TRY(jz_pdf_find(p, number, &place, err));
    JZ_TRY_CTX(unpack(p, number, &place, err), err, "PDF object stream %u", number);
    p->object_stream = number;
    return JZ_OK;
}

/* Where in the object stream at hand an object begins: its pair of numbers is at index as a rule,
 * but readers go by the numbers. */
static jz_status find_inside(jz_pdf *p, uint32_t number, uint64_t index, uint64_t *out, bool *found,
                             jz_err *err)
{
    jz_source source;
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)p->inside.ptr, p->inside.len }, &source);
    jz_span s = jz_span_all(&source, "PDF object stream");
    jz_pdf_item n;
    jz_pdf_item offset;
    *found = false;
    if (p->first < s.end)
        s.end = p->first;
    for (uint64_t i = 0; i < p->n_inside; i++) {
        JZ_TRY(jz_pdf_token(&s, &n, err));
        if (n.kind == JZ_PDF_END)
            break;
        JZ_TRY(jz_pdf_token(&s, &offset, err));
        if (n.kind != JZ_PDF_INTEGER || offset.kind != JZ_PDF_INTEGER || offset.number < 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "PDF object stream %u: no pair of numbers",
                           p->object_stream);
        if (n.number == number && (!*found || i == index)) {
            *out = (uint64_t)offset.number;
            *found = true;
        }
    }
    return jz_pdf_spend(p, s.at, err);
}

/* Copies the text of an object out of the object stream at hand. */
static jz_status copy_inside(jz_pdf *p, jz_pdf_ref ref, uint64_t offset, jz_pdf_object *out,
                             jz_err *err)
{
    jz_source source;
    jz_pdf_item v;
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)p->inside.ptr, p->inside.len }, &source);
    jz_span s = jz_span_all(&source, "PDF object stream");
    JZ_TRY(jz_span_skip(&s, p->first, err));
    JZ_TRY(jz_span_skip(&s, offset, err));
    JZ_TRY(jz_pdf_value(&s, &v, err));
    JZ_TRY(jz_pdf_spend(p, s.at - v.at, err));
    jz_buf_put(&out->text, p->inside.ptr + v.at, (size_t)(v.end - v.at));
    JZ_TRY(jz_buf_check(&out->text, err));
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)out->text.ptr, out->text.len }, &out->source);
    out->ref = ref;
    out->in_stream = true;
    out->at = p->object_stream_at;
    out->body = jz_span_all(&out->source, "PDF object");
    return JZ_OK;
}

/* Of a damaged file: looks into one object stream after the other, the last one first. */
static jz_status search_inside(jz_pdf *p, jz_pdf_ref ref, jz_pdf_object *out, jz_err *err)
{
    for (size_t i = p->n_found; i > 0; i--) {
        const jz_pdf_found *f = &p->found[i - 1];
        uint64_t offset = 0;
        bool found = false;
        if (!f->object_stream)
            continue;
        const jz_status st = use_object_stream(p, f->number, err);
        if (st == JZ_OK)
            JZ_TRY(find_inside(p, ref.number, 0, &offset, &found, err));
        else if (st != JZ_E_CORRUPT && st != JZ_E_TRUNCATED && st != JZ_E_UNSUPPORTED)
            return st;
        if (found)
            return copy_inside(p, ref, offset, out, err);
    }
    out->missing = true;
    return JZ_OK;
}

static jz_status load_in_stream(jz_pdf *p, jz_pdf_ref ref, const jz_pdf_place *place,
                                jz_pdf_object *out, jz_err *err)
{
    uint64_t offset = 0;
    bool found;
    if (p->searched)
        return search_inside(p, ref, out, err);
    JZ_TRY(use_object_stream(p, place->stream, err));
    JZ_TRY(find_inside(p, ref.number, place->index, &offset, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: no object %u in the object stream %u", ref.number,
                       place->stream);
    return copy_inside(p, ref, offset, out, err);
}

jz_status jz_pdf_load(jz_pdf *p, jz_pdf_ref ref, jz_pdf_object *out, jz_err *err)
{
    jz_pdf_place place = { .where = JZ_PDF_NOWHERE };
    if (ref.number != 0)
        JZ_TRY(jz_pdf_find(p, ref.number, &place, err));
    const bool there = place.where == JZ_PDF_IN_FILE || place.where == JZ_PDF_IN_STREAM;
    if (there && place.generation == ref.generation) {
        if (place.where == JZ_PDF_IN_STREAM)
            return load_in_stream(p, ref, &place, out, err);
        return load_in_file(p, ref, &place, out, err);
    }
    out->missing = true;
    return JZ_OK;
}

jz_status jz_pdf_load_stream(jz_pdf *p, const jz_pdf_object *o, jz_pdf_stream *out, jz_err *err)
{
    jz_span s = o->body;
    jz_pdf_place length_at;
    JZ_PDF_OBJECT_AUTO length_object = { 0 };
    if (o->missing || o->in_stream)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: object %u is no stream", o->ref.number);
    JZ_TRY(begin_stream(p, &s, out, err));
    JZ_TRY(find_length(p, out, &length_at, err));
    int64_t length = out->length;
    if (length_at.where == JZ_PDF_IN_FILE)
        JZ_TRY(load_length(p, out, &length_at, &length, err));
    if (length_at.where == JZ_PDF_IN_STREAM) {
        const jz_pdf_ref ref = { (uint32_t)out->length, out->length_generation };
        jz_pdf_item n = { 0 };
        JZ_TRY(load_in_stream(p, ref, &length_at, &length_object, err));
        if (!length_object.missing)
            JZ_TRY(jz_pdf_token(&length_object.body, &n, err));
        if (n.kind != JZ_PDF_INTEGER)
            return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: object %u is no length", ref.number);
        length = n.number;
    }
    return jz_pdf_stream_end(&s, length, out, err);
}
