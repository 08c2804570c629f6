/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG: the store is cut into APP11 segments (ISO/IEC 19566-5:2023, D.2; C2PA 2.2, A.3.1): "JP", a
 * box instance number En, a packet sequence number Z, then the superbox's size and type, which each
 * segment repeats, and a part of its payload. Other standards use APP11 too; a store is known by
 * the UUID in its first segment. A new one stands behind APP0, in segments of 64000 bytes.
 *
 * A store is looked for up to the first scan, and, where there is none, behind it. */
#include "provenance/asset_class.h"

#include "media/carrier/jpeg_mpf.h"
#include "media/carrier/jpeg_segments.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define JP_HEAD 8  /* bytes: "JP", En, Z */
#define BOX_HEAD 8 /* of the superbox */
#define PART 64000 /* bytes of payload in a segment that is written */
#define OUR_EN 0x0211
#define MPF "MPF" /* with its terminator, 4 bytes */

typedef struct jp { /* an APP11 segment of JUMBF */
    uint16_t en;
    uint32_t z;
    bool begins; /* a manifest store */
} jp;

typedef struct finder {
    jz_asset *a;
    jp last; /* of the store at hand */
    bool inside;
    bool first; /* it is the first store */
} finder;

static jz_status read_jp(const jz_jpeg_segment *seg, jp *out, bool *is, jz_err *err)
{
    uint8_t head[JZ_STORE_HEAD];
    char id[2];
    jz_span s = seg->data;
    *is = false;
    if (seg->code != JZ_JPEG_APP11 || jz_span_left(&s) < JP_HEAD + BOX_HEAD)
        return JZ_OK;
    JZ_TRY(jz_span_get(&s, id, sizeof id, err));
    JZ_TRY(jz_span_u16be(&s, &out->en, err));
    JZ_TRY(jz_span_u32be(&s, &out->z, err));
    *is = memcmp(id, "JP", sizeof id) == 0;
    out->begins = false;
    if (!*is || jz_span_left(&s) < sizeof head)
        return JZ_OK;
    JZ_TRY(jz_span_get(&s, head, sizeof head, err));
    out->begins = jz_is_store(head);
    return JZ_OK;
}

/* Whether the segment is a part of a manifest store, and takes it in. */
static jz_status on_segment(finder *f, const jz_jpeg_segment *seg, bool *is_part, jz_err *err)
{
    jp j = { 0 };
    jz_span s = seg->data;
    JZ_TRY(read_jp(seg, &j, is_part, err));
    const bool more = *is_part && f->inside && j.en == f->last.en && j.z > f->last.z;
    *is_part = more || (*is_part && j.begins);
    if (!*is_part)
        return JZ_OK;
    if (!more)
        f->first = jz_asset_begin(f->a);
    f->inside = true;
    f->last = j;
    JZ_TRY(jz_ranges_add(&f->a->parts, seg->at, seg->end - seg->at, err));
    if (!f->first)
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&f->a->excluded, seg->at, seg->end - seg->at, err));
    JZ_TRY(jz_span_skip(&s, more ? JP_HEAD + BOX_HEAD : JP_HEAD, err));
    return jz_asset_take(f->a, &s, jz_span_left(&s), &f->a->store, err);
}

jz_status jz_asset_find_jpeg(jz_asset *a, jz_err *err)
{
    jz_jpeg j;
    jz_jpeg_segment seg = { .code = JZ_JPEG_SOI };
    finder f = { .a = a };
    JZ_TRY(jz_jpeg_open(a->src, false, &j, err));
    while (seg.code != JZ_JPEG_EOI) {
        bool is_part;
        JZ_TRY(jz_jpeg_next(&j, &seg, err));
        JZ_TRY(on_segment(&f, &seg, &is_part, err));
        if (seg.code == JZ_JPEG_SOS && a->stores > 0)
            break;
    }
    return JZ_OK;
}

/* ---- boxes: ISO/IEC 10918-1 table B.1 ---- */

static const char *fixed_name(uint8_t code)
{
    static const struct {
        uint8_t code;
        char name[5];
    } names[] = { { 0x01, "TEM" }, { 0xc4, "DHT" }, { 0xc8, "JPG" }, { 0xcc, "DAC" },
                  { 0xd8, "SOI" }, { 0xd9, "EOI" }, { 0xda, "SOS" }, { 0xdb, "DQT" },
                  { 0xdc, "DNL" }, { 0xdd, "DRI" }, { 0xde, "DHP" }, { 0xdf, "EXP" },
                  { 0xfe, "COM" } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        if (names[i].code == code)
            return names[i].name;
    }
    return NULL;
}

static void name_of(uint8_t code, char out[JZ_BOX_NAME])
{
    const char *fixed = fixed_name(code);
    if (fixed != NULL)
        (void)snprintf(out, JZ_BOX_NAME, "%s", fixed);
    else if (code >= 0xc0 && code <= 0xcf)
        (void)snprintf(out, JZ_BOX_NAME, "SOF%u", code & 15U);
    else if (code >= 0xd0 && code <= 0xd7)
        (void)snprintf(out, JZ_BOX_NAME, "RST%u", code & 7U);
    else if (code >= 0xe0 && code <= 0xef)
        (void)snprintf(out, JZ_BOX_NAME, "APP%u", code & 15U);
    else if (code >= 0xf0 && code <= 0xfd)
        (void)snprintf(out, JZ_BOX_NAME, "JPG%u", code & 15U);
    else
        (void)snprintf(out, JZ_BOX_NAME, "RES%02X", code);
}

typedef struct boxer {
    jz_hash_box_fn fn;
    void *user;
    char name[JZ_BOX_NAME]; /* of the box that is open; empty for none */
    uint64_t at, end;
} boxer;

static jz_status flush(boxer *b, jz_err *err)
{
    if (b->name[0] == '\0')
        return JZ_OK;
    const jz_status st = b->fn(b->user, b->name, b->at, b->end, err);
    b->name[0] = '\0';
    return st;
}

static jz_status begin(boxer *b, const char *name, uint64_t at, uint64_t end, jz_err *err)
{
    JZ_TRY(flush(b, err));
    (void)snprintf(b->name, sizeof b->name, "%s", name);
    b->at = at;
    b->end = end;
    return JZ_OK;
}

/* The coded bytes up to an offset belong to SOS, or to the restart marker before them. */
static jz_status split_coded(boxer *b, jz_span s, jz_err *err)
{
    uint8_t part[JZ_SOURCE_WINDOW];
    char name[JZ_BOX_NAME];
    uint8_t before = 0;
    while (jz_span_left(&s) > 0) {
        const uint64_t at = s.at;
        const size_t n = jz_span_left(&s) < sizeof part ? (size_t)jz_span_left(&s) : sizeof part;
        JZ_TRY(jz_span_get(&s, part, n, err));
        for (size_t i = 0; i < n; i++) {
            if (before == 0xff && (part[i] & 0xf8) == 0xd0) {
                name_of(part[i], name);
                b->end = at + i - 1;
                JZ_TRY(begin(b, name, at + i - 1, at + i + 1, err));
            }
            before = part[i];
        }
    }
    b->end = s.end;
    return JZ_OK;
}

/* The segments of a store are one box (18.7.3.1). */
static jz_status box_segment(boxer *b, const jz_jpeg_segment *seg, bool is_store, jz_err *err)
{
    char name[JZ_BOX_NAME];
    name_of(seg->code, name);
    if (!is_store || strcmp(b->name, "C2PA") != 0 || b->end != seg->at)
        return begin(b, is_store ? "C2PA" : name, seg->at, seg->end, err);
    b->end = seg->end;
    return JZ_OK;
}

/* Several pictures may stand one behind the other, from SOI to EOI each. */
static jz_status box_picture(boxer *b, jz_asset *a, jz_jpeg *j, jz_err *err)
{
    jz_asset dummy = { .src = a->src, .passed = JZ_E_LIMIT }; /* takes in no bytes */
    finder f = { .a = &dummy };
    jz_jpeg_segment seg = { .code = JZ_JPEG_SOI };
    jz_status st = JZ_OK;
    while (st == JZ_OK && seg.code != JZ_JPEG_EOI) {
        bool is_part = false;
        const bool coded = j->coded;
        jz_span before = j->s;
        st = jz_jpeg_next(j, &seg, err);
        if (st == JZ_OK && coded) {
            before.end = seg.at;
            st = split_coded(b, before, err);
        }
        if (st == JZ_OK)
            st = on_segment(&f, &seg, &is_part, err);
        if (st == JZ_OK)
            st = box_segment(b, &seg, is_part, err);
    }
    jz_ranges_done(&dummy.parts);
    jz_ranges_done(&dummy.excluded);
    return st;
}

jz_status jz_asset_boxes_jpeg(jz_asset *a, jz_hash_box_fn fn, void *user, jz_err *err)
{
    boxer b = { .fn = fn, .user = user };
    uint16_t soi = 0;
    jz_jpeg j;
    JZ_TRY(jz_jpeg_open(a->src, false, &j, err));
    do {
        JZ_TRY(begin(&b, "SOI", j.s.at - 2, j.s.at, err));
        JZ_TRY(box_picture(&b, a, &j, err));
        j = (jz_jpeg){ .s = j.s };
        if (jz_span_left(&j.s) < 2)
            break;
        JZ_TRY(jz_span_u16be(&j.s, &soi, err));
    } while (soi == (0xff00 | JZ_JPEG_SOI));
    return flush(&b, err);
}

/* ---- placing ---- */

static void put_be(jz_buf *b, unsigned width, uint64_t v)
{
    for (unsigned i = 0; i < width; i++)
        jz_buf_putc(b, (char)(uint8_t)(v >> 8 * (width - 1 - i)));
}

/* The box's head stands in the first segment as a part of the store, in the others once more. Its
 * size is known, so that it can be written now. */
static jz_status build(size_t size, uint16_t en, jz_wrap *w, jz_err *err)
{
    uint32_t z = 0;
    for (size_t done = 0; done < size;) {
        const size_t n = size - done < PART ? size - done : PART;
        const size_t again = z > 0 ? BOX_HEAD : 0;
        put_be(&w->bytes, 2, 0xff00 | JZ_JPEG_APP11);
        put_be(&w->bytes, 2, 2 + JP_HEAD + again + n);
        jz_buf_puts(&w->bytes, "JP");
        put_be(&w->bytes, 2, en);
        put_be(&w->bytes, 4, ++z);
        if (again > 0) {
            put_be(&w->bytes, 4, size);
            jz_buf_puts(&w->bytes, "jumb");
        }
        JZ_TRY(jz_wrap_store(w, n, err));
        done += n;
    }
    JZ_TRY(jz_buf_check(&w->bytes, err));
    return jz_wrap_exclude(w, 0, w->bytes.len, err);
}

/* The box instance numbers of other standards' boxes, of which a store must not take one. */
typedef struct numbers {
    uint8_t used[(UINT16_MAX + 1) / 8];
} numbers;

static bool is_old(const jz_asset *a, uint64_t at)
{
    for (size_t i = 0; i < a->parts.n; i++) {
        if (at >= a->parts.range[i].at && at - a->parts.range[i].at < a->parts.range[i].size)
            return true;
    }
    return false;
}

static jz_status note_number(const jz_asset *a, numbers *n, const jz_jpeg_segment *seg, jz_err *err)
{
    jp j = { 0 };
    bool is;
    JZ_TRY(read_jp(seg, &j, &is, err));
    if (is && !is_old(a, seg->at))
        n->used[j.en / 8] |= (uint8_t)(1U << j.en % 8);
    return JZ_OK;
}

static uint16_t free_number(const numbers *n)
{
    uint16_t en = OUR_EN;
    while ((n->used[en / 8] >> en % 8 & 1) != 0 && en + 1 != OUR_EN)
        en++;
    return en;
}

/* Notes where the multi-picture index stands. */
static jz_status look_at(const jz_jpeg_segment *seg, jz_jpeg_mpf *mpf, jz_err *err)
{
    char id[sizeof MPF];
    jz_span s = seg->data;
    if (seg->code != 0xe2 || mpf->size > 0 || jz_span_left(&s) < sizeof id)
        return JZ_OK;
    JZ_TRY(jz_span_get(&s, id, sizeof id, err));
    if (memcmp(id, MPF, sizeof id) == 0)
        *mpf = (jz_jpeg_mpf){ .at = s.at, .size = jz_span_left(&s) };
    return JZ_OK;
}

jz_status jz_asset_place_jpeg(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    jz_jpeg j;
    jz_jpeg_segment seg = { .code = JZ_JPEG_SOI };
    jz_jpeg_mpf mpf = { 0 };
    numbers n = { 0 };
    bool leading = true;
    JZ_WRAP_AUTO w = { .place = out };
    JZ_TRY(jz_jpeg_open(a->src, true, &j, err));
    uint64_t at = j.s.at;
    while (seg.code != JZ_JPEG_EOI) {
        JZ_TRY(jz_jpeg_next(&j, &seg, err));
        leading = leading && seg.code == JZ_JPEG_APP0;
        at = leading ? seg.end : at;
        JZ_TRY(look_at(&seg, &mpf, err));
        JZ_TRY(note_number(a, &n, &seg, err));
    }
    if (j.scans == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "JPEG: no scan before EOI");
    mpf.end = seg.end;
    JZ_TRY(build(size, free_number(&n), &w, err));
    JZ_TRY(jz_place_drop_old(a, 0, out, err));
    JZ_TRY(jz_place_insert(&w, at, err));
    JZ_TRY(jz_jpeg_mpf_fit(a->src, &mpf, &out->plan, err));
    jz_place_settle(&w, at, a->src->size);
    return JZ_OK;
}
