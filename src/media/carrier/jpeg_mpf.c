/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/jpeg_mpf.h"

#include "base/rd.h"
#include "media/exif.h"

#define TAG_ENTRIES 0xb002 /* 5.2.3.3 */
#define TYPE_UNDEFINED 7
#define ENTRY_BYTES 16 /* attributes, size, offset, two dependent pictures */
#define SEGMENT_MAX 65533

static jz_status read_u32(const jz_tiff_field *f, jz_bytes index, size_t at, uint32_t *out,
                          jz_err *err)
{
    jz_rd rd = jz_rd_of(index, "MPF");
    JZ_TRY(jz_rd_skip(&rd, at, err));
    return f->big_endian ? jz_rd_u32be(&rd, out, err) : jz_rd_u32le(&rd, out, err);
}

/* Plans one number of the index, where it changes. */
static jz_status write_u32(const jz_tiff_field *f, uint64_t at, uint32_t old, uint64_t v,
                           jz_splices *out, jz_err *err)
{
    uint8_t b[4];
    if (v > UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "MPF: a picture past 4 GiB");
    if (v == old)
        return JZ_OK;
    for (unsigned i = 0; i < 4; i++)
        b[i] = (uint8_t)(v >> (f->big_endian ? 24 - 8 * i : 8 * i));
    return jz_splices_add(out, at, sizeof b, (jz_bytes){ b, sizeof b }, err);
}

/* An offset of 0 stands for the first picture. */
static jz_status fit_entry(const jz_jpeg_mpf *mpf, const jz_tiff_field *f, jz_bytes index,
                           size_t at, jz_splices *out, jz_err *err)
{
    uint32_t size;
    uint32_t offset;
    JZ_TRY(read_u32(f, index, at + 4, &size, err));
    JZ_TRY(read_u32(f, index, at + 8, &offset, err));
    if (offset == 0)
        return size != mpf->end ? JZ_OK
                                : write_u32(f, mpf->at + at + 4, size,
                                            jz_splices_moved(out, mpf->end), out, err);
    const uint64_t moved = jz_splices_moved(out, mpf->at + offset) - jz_splices_moved(out, mpf->at);
    return write_u32(f, mpf->at + at + 8, offset, moved, out, err);
}

/* Whether all that changes stands before the index. */
static bool only_before(const jz_jpeg_mpf *mpf, const jz_splices *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->splice[i].at >= mpf->at)
            return false;
    }
    return true;
}

jz_status jz_jpeg_mpf_fit(jz_source *src, const jz_jpeg_mpf *mpf, jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO buf = { 0 };
    jz_tiff_field f;
    if (mpf->size == 0)
        return JZ_OK;
    jz_span s = { .src = src, .at = mpf->at, .end = mpf->at + mpf->size, .what = "MPF" };
    JZ_TRY(jz_span_read(&s, mpf->size, SEGMENT_MAX, &buf, err));
    const jz_bytes index = { (const uint8_t *)buf.ptr, buf.len };
    const bool whole = jz_tiff_find(index, TAG_ENTRIES, &f, NULL) == JZ_OK &&
                       f.type == TYPE_UNDEFINED && f.size % ENTRY_BYTES == 0;
    if (!whole && only_before(mpf, out))
        return JZ_OK; /* its offsets, if it has any, do not change */
    if (!whole)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "JPEG: a damaged multi-picture index");
    for (size_t i = 0; i < f.size; i += ENTRY_BYTES)
        JZ_TRY(fit_entry(mpf, &f, index, f.at + i, out, err));
    return JZ_OK;
}
