/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/jpeg_segments.h"

#include <inttypes.h>
#include <string.h>

#define DHP 0xde

#define CODED_STEP 16384 /* bytes of coded data read at once */

jz_status jz_jpeg_open(jz_source *src, bool strict, jz_jpeg *out, jz_err *err)
{
    uint16_t soi;
    *out = (jz_jpeg){ .s = jz_span_all(src, "JPEG"), .strict = strict };
    JZ_TRY(jz_span_u16be(&out->s, &soi, err));
    if (soi != (0xff00 | JZ_JPEG_SOI))
        return JZ_FAIL(err, JZ_E_CORRUPT, "no JPEG signature");
    return JZ_OK;
}

/* Where in p the FF of a marker is that ends coded data: no stuffed byte, no restart, nothing that
 * is reserved. n where there is none; an FF at the very end counts. */
static size_t marker_in(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *ff = memchr(p + i, 0xff, n - i);
        if (ff == NULL)
            return n;
        i = (size_t)(ff - p);
        if (i + 1 == n || (p[i + 1] >= 0xc0 && (p[i + 1] & 0xf8) != 0xd0 && p[i + 1] != 0xff))
            return i;
    }
    return n;
}

/* Moves on to the next marker, over whatever stands before it. */
static jz_status find_marker(jz_span *s, jz_err *err)
{
    uint8_t part[CODED_STEP];
    /* Mostly it stands here: a little is looked at first. */
    for (size_t step = 2; jz_span_left(s) >= 2; step = sizeof part) {
        jz_span look = *s;
        const size_t n = jz_span_left(s) < step ? (size_t)jz_span_left(s) : step;
        JZ_TRY(jz_span_get(&look, part, n, err));
        const size_t at = marker_in(part, n);
        s->at += at;
        if (at + 1 < n)
            return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_TRUNCATED, "JPEG: ends without EOI");
}

/* FF, perhaps repeated, and a code (B.1.1.2). */
static jz_status read_marker(jz_jpeg *j, uint8_t *out, jz_err *err)
{
    uint8_t c;
    if (j->coded || !j->strict)
        JZ_TRY(find_marker(&j->s, err));
    JZ_TRY(jz_span_u8(&j->s, &c, err));
    if (c != 0xff)
        return JZ_FAIL(err, JZ_E_CORRUPT, "JPEG: no marker at offset %" PRIu64, j->s.at - 1);
    while (c == 0xff)
        JZ_TRY(jz_span_u8(&j->s, &c, err));
    *out = c;
    return JZ_OK;
}

/* SOF0, 1, 3, 9 and 11: pictures of one frame in which each component has one scan. */
static bool is_sequential(uint8_t code)
{
    return code == 0xc0 || code == 0xc1 || code == 0xc3 || code == 0xc9 || code == 0xcb;
}

/* Keeps account of the scans that may still come. */
static jz_status count_scans(jz_jpeg *j, const jz_jpeg_segment *seg, jz_err *err)
{
    jz_span s = seg->data;
    uint8_t n;
    if (is_sequential(seg->code)) { /* precision, lines, samples, components */
        JZ_TRY(jz_span_skip(&s, 5, err));
        JZ_TRY(jz_span_u8(&s, &n, err));
        j->components = n;
    } else if (seg->code == DHP || (seg->code > 0xc0 && seg->code <= 0xcf && seg->code != 0xc4 &&
                                    seg->code != 0xc8 && seg->code != 0xcc)) {
        j->components = 0;
    } else if (seg->code == JZ_JPEG_SOS) {
        JZ_TRY(jz_span_u8(&s, &n, err));
        j->scanned += n;
        j->scans++;
    }
    return JZ_OK;
}

jz_status jz_jpeg_next(jz_jpeg *j, jz_jpeg_segment *out, jz_err *err)
{
    jz_jpeg_segment seg = { .code = 0 };
    uint16_t len;
    JZ_TRY(read_marker(j, &seg.code, err));
    seg.at = j->s.at - 2;
    seg.data = (jz_span){ .src = j->s.src, .at = j->s.at, .end = j->s.at, .what = "JPEG segment" };
    if (j->strict && seg.code <= JZ_JPEG_SOI && (seg.code < 0xc0 || seg.code >= 0xd0))
        return JZ_FAIL(err, JZ_E_CORRUPT, "JPEG: marker %02x at offset %" PRIu64, seg.code, seg.at);
    if (seg.code != JZ_JPEG_EOI && seg.code != JZ_JPEG_SOI) {
        JZ_TRY(jz_span_u16be(&j->s, &len, err));
        if (len < 2)
            return JZ_FAIL(err, JZ_E_CORRUPT, "JPEG: a segment of %u bytes at offset %" PRIu64, len,
                           seg.at);
        JZ_TRY(jz_span_sub(&j->s, len - 2U, "JPEG segment", &seg.data, err));
    }
    JZ_TRY(count_scans(j, &seg, err));
    j->coded = seg.code == JZ_JPEG_SOS;
    seg.end = j->s.at;
    *out = seg;
    return JZ_OK;
}

bool jz_jpeg_last_scan(const jz_jpeg *j, const jz_jpeg_segment *seg)
{
    return seg->code == JZ_JPEG_SOS && j->components > 0 && j->scanned >= j->components;
}
