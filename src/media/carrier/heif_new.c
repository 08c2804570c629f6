/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/heif_new.h"

#include <inttypes.h>

void jz_heif_new_done(jz_heif_new *w)
{
    jz_buf_done(&w->infes);
    jz_buf_done(&w->places);
    jz_buf_done(&w->references);
    jz_buf_done(&w->data);
    *w = (jz_heif_new){ 0 };
}

static void put_number(jz_buf *out, unsigned width, uint64_t v)
{
    uint8_t be[8];
    jz_put_be(be, width, v);
    jz_buf_put(out, be, width);
}

static void put_head(jz_buf *out, uint64_t body, const char *type)
{
    put_number(out, 4, body + 8);
    jz_buf_put(out, type, 4);
}

/* Whether the offset of a new place goes into the extent; else it is the base, where that alone can
 * hold one, or alone one that is large. */
static bool in_extent(const jz_heif *h)
{
    const jz_iloc *l = &h->places;
    const bool large = h->src->size > INT32_MAX;
    return l->offset_size > 0 && !(large && l->base_size > l->offset_size);
}

static unsigned offset_width(const jz_heif *h)
{
    return in_extent(h) ? h->places.offset_size : h->places.base_size;
}

/* ISO/IEC 14496-12:2022 8.11.3. The offset counts from where the new data begin, until that is
 * known. */
static void put_place(jz_heif_new *w, const jz_heif *h, uint32_t id, uint64_t at, uint64_t len)
{
    const jz_iloc *l = &h->places;
    const size_t begin = w->places.len;
    put_number(&w->places, l->version == 2 ? 4 : 2, id);
    put_number(&w->places, l->version > 0 ? 2 : 0, 0); /* an offset of the file, */
    put_number(&w->places, 2, 0);                      /* of this one */
    put_number(&w->places, l->base_size, in_extent(h) ? 0 : at);
    put_number(&w->places, 2, 1); /* extent */
    put_number(&w->places, l->index_size, 0);
    put_number(&w->places, l->offset_size, in_extent(h) ? at : 0);
    put_number(&w->places, l->length_size, len);
    w->entry = w->places.len - begin;
}

/* Where in an entry the field with the offset is, counted from its end. */
static size_t offset_from_end(const jz_heif *h)
{
    const jz_iloc *l = &h->places;
    const size_t extent = (size_t)l->offset_size + l->length_size;
    return in_extent(h) ? extent : extent + l->index_size + 2 + l->base_size;
}

/* 8.11.6, version 2; flag 1: not part of what is shown. */
static void put_infe(jz_buf *out, uint32_t id, jz_meta_kind kind)
{
    static const char mime[] = "mime\0application/rdf+xml"; /* without a name */
    static const char exif[] = "Exif";
    const bool xmp = kind == JZ_META_XMP;
    const size_t n = xmp ? sizeof mime : sizeof exif;
    put_head(out, 8 + n, "infe");
    put_number(out, 4, 0x02000001);
    put_number(out, 2, id);
    put_number(out, 2, 0); /* not protected */
    jz_buf_put(out, xmp ? mime : exif, n);
}

/* "cdsc": it describes the primary picture. */
static jz_status put_reference(jz_heif_new *w, const jz_heif *h, uint32_t id, jz_err *err)
{
    const unsigned width = h->wide_references ? 4 : 2;
    if (h->pitm.end == 0)
        return JZ_OK; /* there is none */
    if (width == 2 && h->primary > UINT16_MAX)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the primary item's number %u does not fit iref",
                       h->primary);
    put_head(&w->references, 2 * width + 2, "cdsc");
    put_number(&w->references, width, id);
    put_number(&w->references, 2, 1);
    put_number(&w->references, width, h->primary);
    return JZ_OK;
}

static jz_status check_room(const jz_heif *h, jz_err *err)
{
    const char *missing = h->iinf.end == 0 ? "iinf" : h->iloc.end == 0 ? "iloc" : NULL;
    if (missing != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a meta box without %s", missing);
    if (h->iinf.open || h->open_infe || h->iloc.open || h->iref.open)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a box without a size in the meta box");
    if (h->places.length_size == 0 || offset_width(h) == 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "iloc has no fields for an item's place");
    return JZ_OK;
}

jz_status jz_heif_new_add(jz_heif_new *w, jz_heif *h, jz_meta_kind kind, jz_bytes value,
                          jz_err *err)
{
    uint32_t id;
    const size_t at = w->data.len;
    JZ_TRY(check_room(h, err));
    JZ_TRY(jz_heif_new_id(h, &id, err));
    if (kind == JZ_META_EXIF)
        put_number(&w->data, 4, 0); /* the TIFF structure begins at once */
    jz_buf_put(&w->data, value.ptr, value.len);
    JZ_TRY(jz_buf_check(&w->data, err)); /* whose cap keeps lengths below 32 bits */
    put_infe(&w->infes, id, kind);
    put_place(w, h, id, at, w->data.len - at);
    w->n++;
    return put_reference(w, h, id, err);
}

static jz_status put_count(jz_bmff_edit *e, uint64_t at, bool wide, uint64_t n, jz_err *err)
{
    uint8_t be[4];
    const unsigned width = wide ? 4 : 2;
    const jz_splice place = { .at = at, .remove = width, .insert = width };
    if (n > (wide ? UINT32_MAX : UINT16_MAX))
        return JZ_FAIL(err, JZ_E_LIMIT, "%" PRIu64 " items, more than their count holds", n);
    jz_put_be(be, width, n);
    return jz_bmff_put(e, NULL, 0, &place, be, err);
}

/* into NULL: right into the meta box */
static jz_status put(jz_bmff_edit *e, const jz_heif *h, const jz_box *into, uint64_t at,
                     const jz_buf *what, jz_err *err)
{
    const jz_box path[] = { h->meta, into != NULL ? *into : h->meta };
    const jz_splice place = { .at = at, .insert = what->len };
    JZ_TRY(jz_buf_check(what, err));
    return jz_bmff_put(e, path, into != NULL ? 2 : 1, &place, what->ptr, err);
}

static jz_status put_references(const jz_heif_new *w, const jz_heif *h, jz_bmff_edit *e,
                                jz_err *err)
{
    JZ_BUF_AUTO iref = { 0 };
    if (h->pitm.end == 0)
        return JZ_OK;
    if (h->iref.end != 0)
        return put(e, h, &h->iref, h->references_end, &w->references, err);
    JZ_TRY(jz_buf_check(&w->references, err));
    put_head(&iref, 4 + w->references.len, "iref");
    put_number(&iref, 4, h->wide_references ? 0x01000000 : 0);
    jz_buf_put(&iref, w->references.ptr, w->references.len);
    return put(e, h, NULL, h->iinf.end, &iref, err);
}

static jz_status put_data(const jz_heif_new *w, const jz_box *last, uint64_t tail, jz_bmff_edit *e,
                          jz_err *err)
{
    JZ_BUF_AUTO mdat = { 0 };
    put_head(&mdat, w->data.len, "mdat");
    jz_buf_put(&mdat, w->data.ptr, w->data.len);
    JZ_TRY(jz_buf_check(&mdat, err));
    JZ_TRY(jz_bmff_close(e, last, err));
    const jz_splice place = { .at = tail, .insert = mdat.len };
    return jz_bmff_put(e, NULL, 0, &place, mdat.ptr, err);
}

/* Boxes end within boxes: of what goes to one offset, that of the inner one comes first. */
jz_status jz_heif_new_put(jz_heif_new *w, const jz_heif *h, uint32_t dropped, const jz_box *last,
                          uint64_t tail, jz_bmff_edit *e, jz_err *err)
{
    const jz_iloc *l = &h->places;
    if (w->n + dropped == 0)
        return JZ_OK;
    JZ_TRY(put_count(e, h->iinf.body.at + 4, h->iinf_version > 0,
                     (uint64_t)h->infes - dropped + w->n, err));
    if (w->n == 0)
        return JZ_OK;
    JZ_TRY(put_count(e, l->count_at, l->version == 2, (uint64_t)l->items + w->n, err));
    JZ_TRY(put(e, h, &h->iinf, h->infe_end, &w->infes, err));
    w->text = e->out->bytes.len;
    JZ_TRY(put(e, h, &h->iloc, h->places_end, &w->places, err));
    JZ_TRY(put_references(w, h, e, err));
    return put_data(w, last, tail, e, err);
}

jz_status jz_heif_new_settle(const jz_heif_new *w, const jz_heif *h, uint64_t tail, jz_splices *out,
                             jz_err *err)
{
    const unsigned width = offset_width(h);
    const uint64_t data = jz_splices_moved(out, tail) - w->data.len;
    for (uint32_t k = 1; k <= w->n; k++) {
        uint8_t *field = (uint8_t *)out->bytes.ptr + w->text + k * w->entry - offset_from_end(h);
        uint64_t at = 0;
        for (unsigned i = 0; i < width; i++)
            at = at << 8 | field[i];
        at += data;
        if (width == 4 && at > UINT32_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "an item at offset %" PRIu64 ", more than 32 bits hold",
                           at);
        jz_put_be(field, width, at);
    }
    return JZ_OK;
}
