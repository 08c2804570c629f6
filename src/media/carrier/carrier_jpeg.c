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
#include "media/carrier/jpeg_segments.h"

#include <inttypes.h>
#include <string.h>

#define XMP_MAX ((size_t)65502) /* bytes, XMP part 3, 1.1.3 */

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
    { JZ_JPEG_APP1, XMP, 29, "http://ns.adobe.com/xap/1.0/" },
    { JZ_JPEG_APP1, EXTENDED, 35, "http://ns.adobe.com/xmp/extension/" },
    { JZ_JPEG_APP1, EXIF, 6, "Exif\0" },
    { 0xe2, MPF, 4, "MPF" },
    { 0xe2, OTHER, 12, "ICC_PROFILE" },
    { 0xe2, OTHER, 5, "FPXR" },
    { 0xeb, OTHER, 2, "JP" }, /* JUMBF */
    { 0xed, OTHER, 14, "Photoshop 3.0" },
    { 0xee, OTHER, 5, "Adobe" },
    { JZ_JPEG_APP0, OTHER, 5, "JFIF" },
    { JZ_JPEG_APP0, OTHER, 5, "JFXX" },
};

static const kind plain = { .content = TEXT };

static bool is_metadata(const jz_jpeg_segment *seg)
{
    return (seg->code >= JZ_JPEG_APP0 && seg->code <= 0xef) || seg->code == JZ_JPEG_COM;
}

static jz_status identify(const jz_jpeg_segment *seg, const kind **out, jz_err *err)
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
static jz_status add_part(lister *l, const jz_jpeg_segment *seg, jz_err *err)
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

static jz_status list_segment(lister *l, const jz_jpeg_segment *seg, jz_err *err)
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
                       .where =
                           seg->code == JZ_JPEG_COM ? "COM" : names[seg->code - JZ_JPEG_APP0] };
    return jz_meta_send(&s, jz_span_left(&s), &m, known ? tell : tell_if_key, l, err);
}

static jz_status list_segments(lister *l, jz_source *src, jz_err *err)
{
    jz_jpeg j;
    jz_jpeg_segment seg = { .code = JZ_JPEG_SOI };
    JZ_TRY(jz_jpeg_open(src, false, &j, err));
    while (seg.code != JZ_JPEG_EOI) {
        JZ_TRY(jz_jpeg_next(&j, &seg, err));
        if (is_metadata(&seg))
            JZ_TRY(list_segment(l, &seg, err));
        if (jz_jpeg_last_scan(&j, &seg))
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
    const size_t max = xmp ? XMP_MAX : JZ_JPEG_SEGMENT_MAX - (size_t)k->len;
    if (e->value.len > max)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s of %zu bytes, a JPEG segment holds %zu",
                       xmp ? "an XMP packet" : "an Exif block", e->value.len, max);
    const size_t len = 2 + k->len + e->value.len;
    const uint8_t head[] = { 0xff, JZ_JPEG_APP1, (uint8_t)(len >> 8), (uint8_t)len };
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

static jz_status edit_segment(editor *ed, const jz_jpeg_segment *seg, jz_err *err)
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
    ed->leading = ed->leading && (seg->code == JZ_JPEG_APP0 || k->content == EXIF);
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
    jz_jpeg j;
    jz_jpeg_segment seg = { .code = JZ_JPEG_SOI };
    JZ_TRY(jz_jpeg_open(src, true, &j, err));
    editor ed = { .edits = edits, .n = n, .out = out, .home = j.s.at, .leading = true };
    while (seg.code != JZ_JPEG_EOI) {
        JZ_TRY(jz_jpeg_next(&j, &seg, err));
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
