/* SPDX-License-Identifier: Apache-2.0 */
/* Ogg (RFC 3533): pages of interleaved streams. Vorbis, Opus (RFC 7845), FLAC and Theora keep
 * comments in the second packet of their stream; those of the first such stream are read and
 * written. Where the new packet needs another number of pages, all later pages of the stream get
 * new numbers, each with its checksum. A file of several streams one behind the other (chained) is
 * labelled in its first link. */
#include "media/carrier/carriers.h"

#include "media/carrier/vorbis_comment.h"

#include <inttypes.h>
#include <string.h>

enum { PAGE_HEAD = 27, SEGMENTS = 255, CONTINUED = 1, FIRST = 2, LAST = 4 };
#define PAGES_MAX 4000000u
#define PAGE_MAX (PAGE_HEAD + SEGMENTS + SEGMENTS * 255)

typedef struct page {
    uint64_t at;
    uint64_t end;
    uint8_t head[PAGE_HEAD];
    uint8_t lacing[SEGMENTS];
    unsigned segments;
    jz_span body;
} page;

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void put_le(uint8_t *p, unsigned width, uint64_t v)
{
    for (unsigned i = 0; i < width; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t serial_of(const page *p)
{
    return le32(p->head + 14);
}

static jz_status next_page(jz_span *s, page *out, jz_err *err)
{
    uint64_t size = 0;
    out->at = s->at;
    JZ_TRY(jz_span_get(s, out->head, PAGE_HEAD, err));
    if (memcmp(out->head, "OggS\0", 5) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no Ogg page at offset %" PRIu64, out->at);
    out->segments = out->head[26];
    JZ_TRY(jz_span_get(s, out->lacing, out->segments, err));
    for (unsigned i = 0; i < out->segments; i++)
        size += out->lacing[i];
    JZ_TRY(jz_span_sub(s, size, "Ogg page", &out->body, err));
    out->end = s->at;
    return JZ_OK;
}

/* How a stream's first packet begins, and how its comments do. */
static const struct codec {
    const char *first;
    size_t first_len;
    const char *comments;
    size_t prefix; /* bytes before the comments themselves; the first `match` of them are fixed */
    size_t match;
} codecs[] = {
    { "\x01vorbis", 7, "\x03vorbis", 7, 7 },
    { "OpusHead", 8, "OpusTags", 8, 8 },
    { "\x7f"
      "FLAC",
      5, "\x04", 4, 0 }, /* a metadata block with its header */
    { "\x80theora", 7, "\x81theora", 7, 7 },
};

static const struct codec *codec_of(const page *p, jz_err *err, jz_status *st)
{
    uint8_t head[8] = { 0 };
    jz_span s = p->body;
    const size_t n = jz_span_left(&s) < sizeof head ? (size_t)jz_span_left(&s) : sizeof head;
    *st = jz_span_get(&s, head, n, err);
    for (size_t i = 0; *st == JZ_OK && i < JZ_ARRAY_LEN(codecs); i++) {
        if (n >= codecs[i].first_len && memcmp(head, codecs[i].first, codecs[i].first_len) == 0)
            return &codecs[i];
    }
    return NULL;
}

/* The packet of comments, the pages of its stream that it stands on, and what else is on the last
 * of them. */
typedef struct header {
    const struct codec *codec;
    uint32_t serial;
    jz_buf packet;
    uint64_t first_at, first_end; /* the first of its pages */
    uint8_t first_head[PAGE_HEAD];
    page last;         /* the one on which the packet ends */
    unsigned rest;     /* segments of that page that belong to the packet */
    uint32_t pages;    /* of the stream that it stands on */
    jz_splices others; /* those between first and last, of this stream: to be taken out */
    bool too_large;
} header;

static void header_done(header *h)
{
    jz_buf_done(&h->packet);
    jz_splices_done(&h->others);
}

/* The first stream of a codec that is known. */
static jz_status find_stream(jz_span *s, header *h, jz_err *err)
{
    for (unsigned i = 0; i < PAGES_MAX && jz_span_left(s) > 0; i++) {
        page p;
        jz_status st;
        JZ_TRY(next_page(s, &p, err));
        if ((p.head[5] & FIRST) == 0)
            break;
        h->codec = codec_of(&p, err, &st);
        JZ_TRY(st);
        h->serial = serial_of(&p);
        if (h->codec != NULL)
            return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no stream whose comments are known");
}

/* The segments of a page up to the end of the packet; *ended tells whether it ends there. */
static jz_status take_segments(header *h, const page *p, bool *ended, jz_err *err)
{
    uint64_t size = 0;
    jz_span s = p->body;
    h->rest = 0;
    for (*ended = false; h->rest < p->segments && !*ended; h->rest++) {
        size += p->lacing[h->rest];
        *ended = p->lacing[h->rest] < 255;
    }
    h->too_large = h->too_large || h->packet.len + size > JZ_META_MAX;
    return h->too_large ? JZ_OK : jz_span_read(&s, size, JZ_META_MAX, &h->packet, err);
}

/* Other streams' pages may stand between, and between the first pages too. */
static jz_status read_packet(jz_span *s, header *h, jz_err *err)
{
    bool ended = false;
    for (unsigned i = 0; i < PAGES_MAX && !ended; i++) {
        page p;
        JZ_TRY(next_page(s, &p, err));
        if (serial_of(&p) != h->serial)
            continue;
        if ((p.head[5] & FIRST) != 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "an Ogg stream begins twice");
        if (h->pages == 0) {
            h->first_at = p.at;
            h->first_end = p.end;
            memcpy(h->first_head, p.head, PAGE_HEAD);
        } else {
            JZ_TRY(jz_splices_add(&h->others, p.at, p.end - p.at, (jz_bytes){ 0 }, err));
        }
        h->pages++;
        JZ_TRY(take_segments(h, &p, &ended, err));
        h->last = p;
    }
    return JZ_OK;
}

static jz_status read_header(jz_source *src, header *h, jz_span *rest, jz_err *err)
{
    *rest = jz_span_all(src, "Ogg");
    JZ_TRY(find_stream(rest, h, err));
    JZ_TRY(read_packet(rest, h, err));
    const bool is = h->packet.len >= h->codec->prefix &&
                    memcmp(h->packet.ptr, h->codec->comments, h->codec->match) == 0 &&
                    (h->codec->match > 0 || (h->packet.ptr[0] & 0x7f) == h->codec->comments[0]);
    if (!is && !h->too_large)
        return JZ_FAIL(err, JZ_E_CORRUPT, "the second packet of the Ogg stream has no comments");
    return JZ_OK;
}

static jz_bytes comments_of(const header *h)
{
    return (jz_bytes){ (const uint8_t *)h->packet.ptr + h->codec->prefix,
                       h->packet.len - h->codec->prefix };
}

static jz_status list(header *h, jz_source *src, const char *key, jz_meta_fn fn, void *user,
                      jz_err *err)
{
    jz_span rest;
    JZ_TRY(read_header(src, h, &rest, err));
    const jz_meta passed = { .kind = JZ_META_TEXT,
                             .where = "comment packet",
                             .at = h->first_at,
                             .size = h->packet.len,
                             .passed = JZ_E_LIMIT };
    if (h->too_large)
        return fn(user, &passed, err);
    return jz_comments_list(comments_of(h), h->first_at + PAGE_HEAD, "comment packet", key, fn,
                            user, err);
}

jz_status jz_ogg_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    header h = { 0 };
    const jz_status st = list(&h, src, key, fn, user, err);
    header_done(&h);
    return st;
}

/* ---- writing ---- */

/* RFC 3533, 6: polynomial 0x04c11db7, not reflected, from 0. */
static uint32_t checksum(const uint8_t *p, size_t n)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < n; i++) {
        crc ^= (uint32_t)p[i] << 24;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ ((crc & 0x80000000u) != 0 ? 0x04c11db7u : 0);
    }
    return crc;
}

/* Appends a page with the segments lacing[0..n) and the bytes that they count. */
static void put_page(jz_buf *out, const uint8_t head[PAGE_HEAD], const uint8_t *lacing, unsigned n,
                     const uint8_t *body)
{
    uint8_t h[PAGE_HEAD];
    size_t size = 0;
    const size_t at = out->len;
    memcpy(h, head, PAGE_HEAD);
    put_le(h + 22, 4, 0);
    h[26] = (uint8_t)n;
    for (unsigned i = 0; i < n; i++)
        size += lacing[i];
    jz_buf_put(out, h, PAGE_HEAD);
    jz_buf_put(out, lacing, n);
    jz_buf_put(out, body, size);
    if (out->fail == JZ_OK)
        put_le((uint8_t *)out->ptr + at + 22, 4,
               checksum((const uint8_t *)out->ptr + at, out->len - at));
}

/* The lacing of the new packet, then of what else was on its last page; and all their bytes. */
static jz_status gather(const header *h, const jz_buf *packet, jz_buf *lacing, jz_buf *body,
                        jz_err *err)
{
    uint64_t skip = 0;
    jz_span s = h->last.body;
    for (size_t left = packet->len;; left -= 255) {
        jz_buf_putc(lacing, (char)(uint8_t)(left < 255 ? left : 255));
        if (left < 255)
            break;
    }
    for (unsigned i = 0; i < h->rest; i++)
        skip += h->last.lacing[i];
    jz_buf_put(lacing, h->last.lacing + h->rest, h->last.segments - h->rest);
    jz_buf_put(body, packet->ptr, packet->len);
    JZ_TRY(jz_span_skip(&s, skip, err));
    JZ_TRY(jz_span_read(&s, jz_span_left(&s), PAGE_MAX, body, err));
    return jz_buf_check(lacing, err);
}

/* Whether a packet ends among the segments: then the page has a time, that of headers. */
static bool ends_packet(const uint8_t *lacing, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (lacing[i] < 255)
            return true;
    }
    return false;
}

static jz_status paginate(const header *h, const jz_buf *packet, jz_buf *out, uint32_t *pages,
                          jz_err *err)
{
    JZ_BUF_AUTO lacing = { 0 };
    JZ_BUF_AUTO body = { 0 };
    uint8_t head[PAGE_HEAD];
    const uint8_t *bytes;
    JZ_TRY(gather(h, packet, &lacing, &body, err));
    bytes = (const uint8_t *)body.ptr;
    memcpy(head, h->first_head, PAGE_HEAD);
    const uint32_t number = le32(head + 18);
    for (size_t at = 0; at < lacing.len; at += SEGMENTS) {
        const uint8_t *l = (const uint8_t *)lacing.ptr + at;
        const size_t left = lacing.len - at;
        const unsigned n = left < SEGMENTS ? (unsigned)left : SEGMENTS;
        const bool last = n == left;
        head[5] = (uint8_t)((at > 0 && l[-1] == 255 ? CONTINUED : 0) |
                            (last ? h->last.head[5] & LAST : 0));
        put_le(head + 6, 8, ends_packet(l, n) ? 0 : UINT64_MAX);
        if (last)
            memcpy(head + 6, h->last.head + 6, 8);
        put_le(head + 18, 4, number + *pages);
        put_page(out, head, l, n, bytes);
        for (unsigned i = 0; i < n; i++)
            bytes += l[i];
        ++*pages;
    }
    return jz_buf_check(out, err);
}

static jz_status renumber_page(const page *p, uint32_t by, jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO whole = { 0 };
    uint8_t changed[8];
    jz_span s = { p->body.src, p->at, p->end, "Ogg page" };
    JZ_TRY(jz_span_read(&s, p->end - p->at, PAGE_MAX, &whole, err));
    uint8_t *h = (uint8_t *)whole.ptr;
    put_le(h + 18, 4, le32(h + 18) + by);
    put_le(h + 22, 4, 0);
    put_le(changed, 4, le32(h + 18));
    put_le(changed + 4, 4, checksum(h, whole.len));
    return jz_splices_add(out, p->at + 18, 8, (jz_bytes){ changed, 8 }, err);
}

/* Until the stream ends. All pages are read, so that a file that is not whole is refused. */
static jz_status renumber(jz_span *rest, uint32_t serial, uint32_t by, jz_splices *out, jz_err *err)
{
    bool ended = false;
    for (unsigned i = 0; jz_span_left(rest) > 0; i++) {
        page p;
        if (i == PAGES_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %u Ogg pages", PAGES_MAX);
        JZ_TRY(next_page(rest, &p, err));
        if (serial_of(&p) != serial || ended)
            continue;
        if (by != 0)
            JZ_TRY(renumber_page(&p, by, out, err));
        ended = (p.head[5] & LAST) != 0;
    }
    return JZ_OK;
}

static jz_status build_packet(const header *h, jz_comment_edits *e, jz_buf *out, jz_err *err)
{
    jz_buf_put(out, h->packet.ptr, h->codec->prefix);
    JZ_TRY(jz_comments_edit(comments_of(h), h->first_at + PAGE_HEAD, e, out, err));
    if (h->codec->match > 0)
        return JZ_OK;
    const size_t size = out->len - h->codec->prefix; /* of a FLAC block, in its header */
    if (size > 0xffffff)
        return JZ_FAIL(err, JZ_E_LIMIT, "a FLAC metadata block of %zu bytes", size);
    for (unsigned i = 0; i < 3; i++)
        out->ptr[1 + i] = (char)(uint8_t)(size >> (16 - 8 * i));
    return JZ_OK;
}

static jz_status edit(header *h, jz_source *src, jz_comment_edits *e, jz_splices *out, jz_err *err)
{
    jz_span rest;
    JZ_BUF_AUTO packet = { 0 };
    JZ_BUF_AUTO made = { 0 };
    uint32_t pages = 0;
    JZ_TRY(jz_meta_only_text(e->edits, e->n, "Ogg", err));
    JZ_TRY(read_header(src, h, &rest, err));
    if (h->too_large)
        return JZ_FAIL(err, JZ_E_LIMIT, "comments of more than %zu bytes", JZ_META_MAX);
    JZ_TRY(build_packet(h, e, &packet, err));
    if (e->done != e->n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no comment of this Ogg",
                       e->n - e->done, e->n);
    JZ_TRY(paginate(h, &packet, &made, &pages, err));
    JZ_TRY(jz_splices_add(out, h->first_at, h->first_end - h->first_at,
                          (jz_bytes){ (const uint8_t *)made.ptr, made.len }, err));
    for (size_t i = 0; i < h->others.n; i++)
        JZ_TRY(jz_splices_add(out, h->others.splice[i].at, h->others.splice[i].remove,
                              (jz_bytes){ 0 }, err));
    return renumber(&rest, h->serial, pages - h->pages, out, err);
}

jz_status jz_ogg_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err)
{
    jz_comment_edits e = { .key = key, .edits = edits, .n = n };
    header h = { 0 };
    const jz_status st = edit(&h, src, &e, out, err);
    header_done(&h);
    return st;
}
