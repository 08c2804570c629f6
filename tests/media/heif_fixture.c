/* SPDX-License-Identifier: Apache-2.0 */
#include "heif_fixture.h"

#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void hx_number(jz_buf *out, unsigned width, uint64_t v)
{
    for (unsigned i = 0; i < width; i++)
        jz_buf_putc(out, (char)(uint8_t)(v >> 8 * (width - 1 - i)));
}

size_t hx_begin(jz_buf *out, const char *type)
{
    hx_number(out, 4, 0);
    jz_buf_put(out, type, 4);
    return out->len - 8;
}

size_t hx_begin_full(jz_buf *out, const char *type, unsigned version, unsigned flags)
{
    const size_t at = hx_begin(out, type);
    hx_number(out, 4, (uint64_t)version << 24 | flags);
    return at;
}

void hx_end(jz_buf *out, size_t at)
{
    const size_t size = out->len - at;
    for (unsigned i = 0; i < 4; i++)
        out->ptr[at + i] = (char)(uint8_t)(size >> 8 * (3 - i));
}

static uint32_t id_of(const hx_variant *v)
{
    return v->xmp_id != 0 ? v->xmp_id : 2;
}

static void put_infe(const hx_variant *v, uint32_t id, const char *type, const char *mime,
                     const char *encoding, jz_buf *out)
{
    const unsigned version = v->infe != 0 ? v->infe : 2;
    const size_t at = hx_begin_full(out, "infe", version, 0);
    hx_number(out, version == 3 ? 4 : 2, id);
    hx_number(out, 2, mime != NULL && v->xmp == HX_PROTECTED);
    jz_buf_put(out, type, 4);
    jz_buf_put(out, "name", 5);
    if (mime != NULL)
        jz_buf_put(out, mime, strlen(mime) + 1);
    if (encoding != NULL)
        jz_buf_put(out, encoding, strlen(encoding) + 1);
    hx_end(out, at);
}

static void put_iinf(const hx_variant *v, jz_buf *out)
{
    const size_t at = hx_begin_full(out, "iinf", v->iinf, 0);
    hx_number(out, v->iinf > 0 ? 4 : 2, (v->xmp == HX_NO_XMP ? 1 : 2) + v->more);
    put_infe(v, 1, "av01", NULL, NULL, out);
    if (v->xmp != HX_NO_XMP)
        put_infe(v, id_of(v), "mime", "application/rdf+xml",
                 v->xmp == HX_ENCODED ? "deflate" : NULL, out);
    for (unsigned i = 0; i < v->more; i++)
        put_infe(v, 100 + i, "mime", "application/rdf+xml", NULL, out);
    hx_end(out, at);
}

static unsigned offset_size(const hx_variant *v)
{
    return v->sizes >> 12;
}

static unsigned length_size(const hx_variant *v)
{
    return v->sizes >> 8 & 15;
}

static unsigned base_size(const hx_variant *v)
{
    return v->sizes >> 4 & 15;
}

static unsigned index_size(const hx_variant *v)
{
    return v->iloc > 0 ? v->sizes & 15 : 0;
}

typedef struct extent {
    uint64_t at;
    uint64_t len;
} extent;

static void put_place(const hx_variant *v, uint32_t id, bool idat, const extent *x, unsigned n,
                      jz_buf *out)
{
    const uint64_t base = offset_size(v) == 0 ? x->at : base_size(v) > 0 ? 8 : 0;
    hx_number(out, v->iloc == 2 ? 4 : 2, id);
    hx_number(out, v->iloc > 0 ? 2 : 0, idat);
    hx_number(out, 2, 0);
    hx_number(out, base_size(v), base);
    hx_number(out, 2, n);
    for (unsigned i = 0; i < n; i++) {
        hx_number(out, index_size(v), i);
        hx_number(out, offset_size(v), x[i].at - base);
        hx_number(out, length_size(v), x[i].len);
    }
}

/* mdat: where its content begins. It is the picture, the packet's first half, a byte, the other. */
static void put_iloc(const hx_variant *v, uint64_t mdat, size_t picture, jz_buf *out)
{
    const size_t half = strlen(HX_XMP) / 2;
    const uint64_t at = mdat + picture + v->past_end;
    const extent whole = { at, strlen(HX_XMP) };
    const extent parts[2] = { { at, half }, { at + half + 1, strlen(HX_XMP) - half } };
    const extent special = { v->xmp == HX_IN_IDAT ? 8 : v->xmp == HX_SHARED ? at - 20 : 40, 80 };
    const size_t box = hx_begin_full(out, "iloc", v->iloc, 0);
    hx_number(out, 2, v->sizes);
    hx_number(out, v->iloc == 2 ? 4 : 2, (v->xmp == HX_NO_XMP ? 1 : 2) + v->more);
    put_place(v, 1, false, &(extent){ mdat, picture }, 1, out);
    if (v->xmp == HX_IN_TWO_PARTS)
        put_place(v, id_of(v), false, parts, 2, out);
    else if (v->xmp == HX_IN_IDAT)
        put_place(v, id_of(v), true, &(extent){ 8, strlen(HX_XMP) }, 1, out);
    else if (v->xmp == HX_SHARED || v->xmp == HX_OUTSIDE)
        put_place(v, id_of(v), false, &special, 1, out);
    else if (v->xmp == HX_EMPTY)
        put_place(v, id_of(v), false, &(extent){ at, 0 }, 1, out);
    else if (v->xmp != HX_NO_XMP)
        put_place(v, id_of(v), false, &whole, 1, out);
    for (unsigned i = 0; i < v->more; i++)
        put_place(v, 100 + i, false, &(extent){ at, 0 }, 1, out);
    hx_end(out, box);
}

static void put_reference(const hx_variant *v, const char *type, uint32_t from, uint32_t to,
                          jz_buf *out)
{
    const size_t at = hx_begin(out, type);
    hx_number(out, v->iref > 0 ? 4 : 2, from);
    hx_number(out, 2, 1);
    hx_number(out, v->iref > 0 ? 4 : 2, to);
    hx_end(out, at);
}

static void put_iref(const hx_variant *v, jz_buf *out)
{
    if (v->no_iref)
        return;
    const size_t at = hx_begin_full(out, "iref", v->iref, 0);
    if (v->xmp != HX_NO_XMP)
        put_reference(v, "cdsc", id_of(v), 1, out);
    if (v->referred)
        put_reference(v, "auxl", 1, id_of(v), out);
    hx_end(out, at);
}

/* A box of still.avif, found by its type. */
static jz_bytes part_of(const jz_buf *file, const char *type)
{
    const uint8_t *p = memmem(file->ptr, file->len, type, 4);
    assert_non_null(p);
    p -= 4;
    const size_t size = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    return (jz_bytes){ p, size };
}

static void put_group(const hx_variant *v, jz_buf *out)
{
    if (v->group == 0)
        return;
    const size_t grpl = hx_begin(out, "grpl");
    const size_t altr = hx_begin_full(out, "altr", 0, 0);
    hx_number(out, 4, v->group);
    hx_number(out, 4, 1);
    hx_number(out, 4, 1);
    hx_end(out, altr);
    hx_end(out, grpl);
}

static void put_meta(const hx_variant *v, const jz_buf *still, uint64_t mdat, size_t picture,
                     jz_buf *out)
{
    const jz_bytes iprp = part_of(still, "iprp");
    const size_t meta = hx_begin_full(out, "meta", 0, 0);
    const size_t hdlr = hx_begin_full(out, "hdlr", 0, 0);
    jz_buf_put(out, "\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0", 21);
    hx_end(out, hdlr);
    if (!v->no_pitm) {
        const size_t pitm = hx_begin_full(out, "pitm", v->pitm, 0);
        hx_number(out, v->pitm > 0 ? 4 : 2, 1);
        hx_end(out, pitm);
    }
    if (!v->no_iloc)
        put_iloc(v, mdat, picture, out);
    if (!v->no_iinf)
        put_iinf(v, out);
    put_iref(v, out);
    put_group(v, out);
    jz_buf_put(out, iprp.ptr, iprp.len);
    if (v->xmp == HX_IN_IDAT) {
        const size_t idat = hx_begin(out, "idat");
        jz_buf_puts(out, "12345678" HX_XMP "87654321");
        hx_end(out, idat);
    }
    hx_end(out, meta);
}

static void build_at(const hx_variant *v, const jz_buf *still, uint64_t mdat, jz_buf *out)
{
    const jz_bytes picture = part_of(still, "mdat");
    const size_t half = strlen(HX_XMP) / 2;
    const size_t ftyp = hx_begin(out, "ftyp");
    jz_buf_put(out, "avif\0\0\0\0avifmif1miaf", 20);
    hx_end(out, ftyp);
    put_meta(v, still, mdat, picture.len - 8, out);
    if (v->free_space) {
        const size_t space = hx_begin(out, "free");
        hx_number(out, 8, 0);
        for (unsigned i = 0; i < 100; i++)
            hx_number(out, 8, 0);
        hx_end(out, space);
    }
    const size_t box = hx_begin(out, "mdat");
    jz_buf_put(out, picture.ptr + 8, picture.len - 8);
    if (v->xmp != HX_NO_XMP && v->xmp != HX_IN_IDAT && v->xmp != HX_EMPTY) {
        jz_buf_put(out, HX_XMP, half);
        jz_buf_puts(out, v->xmp == HX_IN_TWO_PARTS ? "|" : "");
        jz_buf_puts(out, &HX_XMP[half]);
    }
    jz_buf_puts(out, "behind");
    if (!v->mdat_open)
        hx_end(out, box);
}

/* Offsets do not change the size, so that the second building knows them. */
void hx_build(const hx_variant *v, jz_buf *out)
{
    JZ_BUF_AUTO still = { 0 };
    JZ_BUF_AUTO draft = { 0 };
    assert_true(fx_load("media/still.avif", false, &still));
    build_at(v, &still, 0, &draft);
    const char *mdat = memmem(draft.ptr, draft.len, "mdat", 4);
    assert_non_null(mdat);
    build_at(v, &still, (uint64_t)(mdat + 4 - draft.ptr), out);
    assert_int_equal(jz_buf_check(out, NULL), JZ_OK);
}
