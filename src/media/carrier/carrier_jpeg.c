/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG (ISO/IEC 10918-1 annex B): markers, most of them with a segment of up to 65533 bytes; behind
 * SOS stand coded bytes up to the next marker. XMP is an APP1 segment (XMP part 3, 1.1.3), Exif
 * another (Exif 2.32, 4.7.2). A new XMP segment stands behind APP0 and Exif, and so before an MPF
 * segment (CIPA DC-007), whose offsets to further pictures it thus does not change.
 *
 * Nothing but EOI may follow the only scan of a sequential picture (B.2.1, figure B.2): such a
 * file, which nearly all are, is listed without reading its coded bytes. A file that is to be
 * changed is read to its EOI. */
#include "media/carrier/carriers.h"

#include "media/carrier/jpeg_mpf.h"

#include <inttypes.h>
#include <string.h>

enum { SOI = 0xd8, EOI = 0xd9, SOS = 0xda, DHP = 0xde, APP0 = 0xe0, APP1 = 0xe1, COM = 0xfe };

#define SEGMENT_MAX 65533       /* bytes of data */
#define XMP_MAX ((size_t)65502) /* bytes, XMP part 3, 1.1.3 */
#define CODED_STEP 16384        /* bytes of coded data read at once */

typedef struct segment {
    uint8_t code;
    uint64_t at; /* of its marker */
    uint64_t end;
    jz_span data; /* behind the length; none for EOI and SOI */
} segment;

typedef struct jpeg {
    jz_span s;
    bool strict;         /* no byte between segments, no marker out of place */
    bool coded;          /* the cursor is in coded data */
    unsigned components; /* of a sequential picture; 0 = there may be any number of scans */
    unsigned scanned;    /* components that have had their scan */
    unsigned scans;
} jpeg;

static jz_status open_jpeg(jz_source *src, bool strict, jpeg *out, jz_err *err)
{
    uint16_t soi;
    *out = (jpeg){ .s = jz_span_all(src, "JPEG"), .strict = strict };
    JZ_TRY(jz_span_u16be(&out->s, &soi, err));
    if (soi != (0xff00 | SOI))
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
    while (jz_span_left(s) >= 2) {
        jz_span look = *s;
        const size_t n = jz_span_left(s) < sizeof part ? (size_t)jz_span_left(s) : sizeof part;
        JZ_TRY(jz_span_get(&look, part, n, err));
        const size_t at = marker_in(part, n);
        s->at += at;
        if (at + 1 < n)
            return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_TRUNCATED, "JPEG: ends without EOI");
}

/* FF, perhaps repeated, and a code (B.1.1.2). */
static jz_status read_marker(jpeg *j, uint8_t *out, jz_err *err)
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
static jz_status count_scans(jpeg *j, const segment *seg, jz_err *err)
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
    } else if (seg->code == SOS) {
        JZ_TRY(jz_span_u8(&s, &n, err));
        j->scanned += n;
        j->scans++;
    }
    return JZ_OK;
}

static jz_status next_segment(jpeg *j, segment *out, jz_err *err)
{
    segment seg = { .code = 0 };
    uint16_t len;
    JZ_TRY(read_marker(j, &seg.code, err));
    seg.at = j->s.at - 2;
    seg.data = (jz_span){ .src = j->s.src, .at = j->s.at, .end = j->s.at, .what = "JPEG segment" };
    if (j->strict && seg.code <= SOI && (seg.code < 0xc0 || seg.code >= 0xd0))
        return JZ_FAIL(err, JZ_E_CORRUPT, "JPEG: marker %02x at offset %" PRIu64, seg.code, seg.at);
    if (seg.code != EOI && seg.code != SOI) {
        JZ_TRY(jz_span_u16be(&j->s, &len, err));
        if (len < 2)
            return JZ_FAIL(err, JZ_E_CORRUPT, "JPEG: a segment of %u bytes at offset %" PRIu64, len,
                           seg.at);
        JZ_TRY(jz_span_sub(&j->s, len - 2U, "JPEG segment", &seg.data, err));
    }
    JZ_TRY(count_scans(j, &seg, err));
    j->coded = seg.code == SOS;
    seg.end = j->s.at;
    *out = seg;
    return JZ_OK;
}

/* What begins a segment that is more than a text. */
typedef enum content {
    TEXT, /* nothing that is known here */
    XMP,
    EXIF,
    EXTENDED, /* XMP past the first 64 KB (XMP part 3, 1.1.3.1): GUID, full length, offset, bytes */
    MPF,
    OTHER, /* what a decoder, or another standard, needs */
} content;

typedef struct kind {
    uint8_t code;
    content content;
    uint8_t len;
    const char *head;
} kind;

#define HEAD_MAX 35

static const kind kinds[] = {
    { APP1, XMP, 29, "http://ns.adobe.com/xap/1.0/" },
    { APP1, EXTENDED, 35, "http://ns.adobe.com/xmp/extension/" },
    { APP1, EXIF, 6, "Exif\0" },
    { 0xe2, MPF, 4, "MPF" },
    { 0xe2, OTHER, 12, "ICC_PROFILE" },
    { 0xe2, OTHER, 5, "FPXR" },
    { 0xeb, OTHER, 2, "JP" }, /* JUMBF */
    { 0xed, OTHER, 14, "Photoshop 3.0" },
    { 0xee, OTHER, 5, "Adobe" },
    { APP0, OTHER, 5, "JFIF" },
    { APP0, OTHER, 5, "JFXX" },
};

static const kind plain = { .content = TEXT };

static bool is_metadata(const segment *seg)
{
    return (seg->code >= APP0 && seg->code <= 0xef) || seg->code == COM;
}

static jz_status identify(const segment *seg, const kind **out, jz_err *err)
{
    uint8_t head[HEAD_MAX];
    jz_span s = seg->data;
    const size_t n = jz_span_left(&s) < HEAD_MAX ? (size_t)jz_span_left(&s) : HEAD_MAX;
    JZ_TRY(jz_span_get(&s, head, n, err));
    *out = &plain;
    for (size_t i = 0; i < JZ_ARRAY_LEN(kinds); i++) {
        const kind *k = &kinds[i];
        if (k->code == seg->code && k->len <= n && memcmp(head, k->head, k->len) == 0)
            *out = k;
    }
    return JZ_OK;
}

#define GUID_BYTES 32
#define EXTENDED_HEAD (35 + GUID_BYTES + 8) /* bytes before a part's own */
#define JOINS 4                             /* extended packets; a file has one */

/* The parts of an extended packet, joined. */
typedef struct join {
    uint8_t guid[GUID_BYTES];
    uint32_t full; /* bytes, as the first part states */
    uint64_t at;   /* of the first part's bytes */
    uint64_t size; /* of all parts' bytes */
    jz_buf packet;
    jz_status passed;
} join;

typedef struct lister {
    const char *key;
    jz_meta_fn fn;
    void *user;
    bool stopped; /* by the caller */
    join joins[JOINS];
    size_t n_joins;
} lister;

static jz_status tell(void *user, const jz_meta *m, jz_err *err)
{
    lister *l = user;
    const jz_status st = l->fn(l->user, m, err);
    l->stopped = st != JZ_OK;
    return st;
}

static jz_status tell_if_key(void *user, const jz_meta *m, jz_err *err)
{
    const lister *l = user;
    return jz_meta_has_key(m->value, l->key) ? tell(user, m, err) : JZ_OK;
}

static join *join_of(lister *l, const uint8_t *guid)
{
    for (size_t i = 0; i < l->n_joins; i++) {
        if (memcmp(l->joins[i].guid, guid, GUID_BYTES) == 0)
            return &l->joins[i];
    }
    if (l->n_joins == JOINS)
        return NULL;
    join *j = &l->joins[l->n_joins++];
    memcpy(j->guid, guid, GUID_BYTES);
    return j;
}

/* Takes in one part; they come in order, as writers write them. */
static jz_status add_part(lister *l, const segment *seg, jz_err *err)
{
    uint8_t guid[GUID_BYTES];
    uint32_t full;
    uint32_t offset;
    jz_span s = seg->data;
    if (jz_span_left(&s) < EXTENDED_HEAD)
        return JZ_OK; /* no part at all */
    JZ_TRY(jz_span_skip(&s, 35, err));
    JZ_TRY(jz_span_get(&s, guid, sizeof guid, err));
    JZ_TRY(jz_span_u32be(&s, &full, err));
    JZ_TRY(jz_span_u32be(&s, &offset, err));
    jz_meta too_many = { .kind = JZ_META_XMP,
                         .where = "APP1 extended XMP",
                         .at = s.at,
                         .size = jz_span_left(&s),
                         .passed = JZ_E_LIMIT };
    join *j = join_of(l, guid);
    if (j == NULL)
        return tell(l, &too_many, err);
    if (j->size == 0) {
        j->at = s.at;
        j->full = full;
        j->passed = full > JZ_META_MAX ? JZ_E_LIMIT : JZ_OK;
    }
    j->size += jz_span_left(&s);
    if (j->passed == JZ_OK && (offset != j->packet.len || full != j->full || j->size > full))
        j->passed = JZ_E_CORRUPT;
    if (j->passed != JZ_OK)
        return JZ_OK;
    return jz_span_read(&s, jz_span_left(&s), JZ_META_MAX, &j->packet, err);
}

static jz_status tell_joins(lister *l, jz_err *err)
{
    for (size_t i = 0; i < l->n_joins && !l->stopped; i++) {
        const join *j = &l->joins[i];
        jz_meta m = { .kind = JZ_META_XMP,
                      .where = "APP1 extended XMP",
                      .at = j->at,
                      .size = j->size,
                      .passed = j->passed };
        if (m.passed == JZ_OK && (j->packet.len != j->full || j->full == 0))
            m.passed = JZ_E_TRUNCATED;
        if (m.passed == JZ_OK)
            m.value = (jz_bytes){ (const uint8_t *)j->packet.ptr, j->packet.len };
        JZ_TRY(tell(l, &m, err));
    }
    return JZ_OK;
}

static jz_status list_segment(lister *l, const segment *seg, jz_err *err)
{
    static const char *const names[] = { "APP0",  "APP1",  "APP2",  "APP3", "APP4",  "APP5",
                                         "APP6",  "APP7",  "APP8",  "APP9", "APP10", "APP11",
                                         "APP12", "APP13", "APP14", "APP15" };
    const kind *k;
    jz_span s = seg->data;
    JZ_TRY(identify(seg, &k, err));
    if (k->content == EXTENDED)
        return add_part(l, seg, err);
    const bool known = k->content == XMP || k->content == EXIF;
    jz_meta m = { .kind = k->content == XMP ? JZ_META_XMP : JZ_META_EXIF,
                  .where = k->content == XMP ? "APP1 XMP" : "APP1 Exif" };
    if (known)
        JZ_TRY(jz_span_skip(&s, k->len, err));
    else
        m = (jz_meta){ .kind = JZ_META_RAW,
                       .where = seg->code == COM ? "COM" : names[seg->code - APP0] };
    return jz_meta_send(&s, jz_span_left(&s), &m, known ? tell : tell_if_key, l, err);
}

static jz_status list_segments(lister *l, jz_source *src, jz_err *err)
{
    jpeg j;
    segment seg = { .code = SOI };
    JZ_TRY(open_jpeg(src, false, &j, err));
    while (seg.code != EOI) {
        JZ_TRY(next_segment(&j, &seg, err));
        if (is_metadata(&seg))
            JZ_TRY(list_segment(l, &seg, err));
        if (seg.code == SOS && j.components > 0 && j.scanned >= j.components)
            return JZ_OK;
    }
    return JZ_OK;
}

jz_status jz_jpeg_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    lister l = { .key = key, .fn = fn, .user = user };
    jz_status st = list_segments(&l, src, err);
    const jz_status joins = l.stopped ? JZ_OK : tell_joins(&l, st == JZ_OK ? err : NULL);
    for (size_t i = 0; i < l.n_joins; i++)
        jz_buf_done(&l.joins[i].packet);
    return st != JZ_OK ? st : joins;
}

static jz_status build_segment(const jz_meta_edit *e, jz_buf *out, jz_err *err)
{
    const bool xmp = e->kind == JZ_META_XMP;
    const kind *k = &kinds[xmp ? 0 : 2];
    const size_t max = xmp ? XMP_MAX : SEGMENT_MAX - (size_t)k->len;
    if (e->value.len > max)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s of %zu bytes, a JPEG segment holds %zu",
                       xmp ? "an XMP packet" : "an Exif block", e->value.len, max);
    const size_t len = 2 + k->len + e->value.len;
    const uint8_t head[] = { 0xff, APP1, (uint8_t)(len >> 8), (uint8_t)len };
    jz_buf_put(out, head, sizeof head);
    jz_buf_put(out, k->head, k->len);
    jz_buf_put(out, e->value.ptr, e->value.len);
    return jz_buf_check(out, err);
}

static jz_status put_segment(const jz_meta_edit *e, uint64_t at, uint64_t end, jz_splices *out,
                             jz_err *err)
{
    JZ_BUF_AUTO built = { 0 };
    if (e->value.ptr != NULL)
        JZ_TRY(build_segment(e, &built, err));
    const jz_bytes bytes = { (const uint8_t *)built.ptr, built.len };
    return jz_splices_add(out, at, end - at, bytes, err);
}

static jz_status check_edit(const jz_meta_edit *e, const kind *k, jz_err *err)
{
    const bool removes = e->value.ptr == NULL;
    if (e->kind == JZ_META_TEXT)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "JPEG: no place for a text under a key");
    if (e->kind == JZ_META_RAW && !removes)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "JPEG: a segment that no standard describes is not written");
    if (removes && e->at == JZ_META_NEW)
        return JZ_FAIL(err, JZ_E_INVAL, "JPEG: a new block without a value");
    if (k->content == EXTENDED || k->content == MPF || k->content == OTHER)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "JPEG: segment %02x holds more than one block",
                       k->code);
    return JZ_OK;
}

typedef struct editor {
    const jz_meta_edit *edits;
    size_t n;
    size_t done;
    jz_splices *out;
    uint64_t home; /* where a new segment goes */
    bool leading;  /* all segments so far were APP0 or Exif */
    jz_jpeg_mpf mpf;
} editor;

static jz_status edit_segment(editor *ed, const segment *seg, jz_err *err)
{
    const kind *k;
    JZ_TRY(identify(seg, &k, err));
    const uint64_t value = seg->data.at + k->len;
    static const jz_meta_kind as[] = {
        [TEXT] = JZ_META_RAW,     [XMP] = JZ_META_XMP, [EXIF] = JZ_META_EXIF,
        [EXTENDED] = JZ_META_XMP, [MPF] = JZ_META_RAW, [OTHER] = JZ_META_RAW
    };
    const uint64_t at = as[k->content] == JZ_META_RAW ? seg->data.at
                        : k->content == EXTENDED      ? seg->data.at + EXTENDED_HEAD
                                                      : value;
    ed->leading = ed->leading && (seg->code == APP0 || k->content == EXIF);
    if (ed->leading)
        ed->home = seg->end;
    if (k->content == MPF && ed->mpf.size == 0)
        ed->mpf = (jz_jpeg_mpf){ .at = value, .size = jz_span_left(&seg->data) - k->len };
    for (size_t i = 0; i < ed->n; i++) {
        if (ed->edits[i].at != at || ed->edits[i].kind != as[k->content])
            continue;
        JZ_TRY(check_edit(&ed->edits[i], k, err));
        JZ_TRY(put_segment(&ed->edits[i], seg->at, seg->end, ed->out, err));
        ed->done++;
    }
    return JZ_OK;
}

static jz_status put_new(editor *ed, jz_err *err)
{
    for (size_t i = 0; i < ed->n; i++) {
        if (ed->edits[i].at != JZ_META_NEW)
            continue;
        JZ_TRY(check_edit(&ed->edits[i], &plain, err));
        JZ_TRY(put_segment(&ed->edits[i], ed->home, ed->home, ed->out, err));
        ed->done++;
    }
    if (ed->done != ed->n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no segment of this JPEG",
                       ed->n - ed->done, ed->n);
    return JZ_OK;
}

jz_status jz_jpeg_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                       jz_splices *out, jz_err *err)
{
    (void)key; /* there are no texts under a key */
    jpeg j;
    segment seg = { .code = SOI };
    JZ_TRY(open_jpeg(src, true, &j, err));
    editor ed = { .edits = edits, .n = n, .out = out, .home = j.s.at, .leading = true };
    while (seg.code != EOI) {
        JZ_TRY(next_segment(&j, &seg, err));
        if (is_metadata(&seg))
            JZ_TRY(edit_segment(&ed, &seg, err));
        ed.leading = ed.leading && is_metadata(&seg);
    }
    if (j.scans == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "JPEG: no scan before EOI");
    JZ_TRY(put_new(&ed, err));
    ed.mpf.end = seg.end;
    return jz_jpeg_mpf_fit(src, &ed.mpf, out, err);
}
