/* SPDX-License-Identifier: Apache-2.0 */
#include "media/blocks.h"

#include <string.h>

#define BLOCKS_MAX 1000000 /* then the question is given up: nothing was found missing so far */

typedef struct file {
    uint64_t size;
    jz_read_at_fn read;
    void *user;
} file;

typedef struct block {
    uint64_t end;    /* the file must reach so far */
    uint64_t next;   /* where the next block begins */
    uint64_t inside; /* where the blocks that it holds begin; 0 = it holds none */
} block;

/* The block at an offset; false: the container is over, or this is none of its blocks. */
typedef bool (*block_fn)(const file *f, uint64_t at, block *out);

static bool get(const file *f, uint64_t at, uint8_t *buf, size_t size)
{
    return at <= f->size && size <= f->size - at && f->read(f->user, at, buf, size);
}

static uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t be(const uint8_t *p, size_t bytes)
{
    uint64_t v = 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool is_one_of(const uint8_t *type, const char *types)
{
    for (; *types != '\0'; types += 5) {
        if (memcmp(type, types, 4) == 0)
            return true;
    }
    return false;
}

/* Boxes that hold nothing but boxes (ISO/IEC 14496-12 table 1, 23008-12, QuickTime). */
static const char box_of_boxes[] = "moov trak mdia minf stbl dinf edts udta mvex moof traf mfra "
                                   "iprp ipco ilst sinf schi rinf meco mere strk strd gmhd wave ";

/* meta is a full box, in QuickTime files a plain one: then hdlr comes at once. */
static uint64_t meta_inside(const file *f, uint64_t body)
{
    uint8_t h[8];
    return get(f, body, h, sizeof h) && memcmp(h + 4, "hdlr", 4) == 0 ? body : body + 4;
}

/* ISO/IEC 14496-12 4.2: 32-bit size and type; 1: a 64-bit size follows; 0: to the end. */
static bool box(const file *f, uint64_t at, block *out)
{
    uint8_t h[16];
    if (!get(f, at, h, 8))
        return false;
    for (size_t i = 4; i < 8; i++) {
        if (h[i] < ' ' || h[i] > '~')
            return false; /* not a box: bytes that somebody appended */
    }
    uint64_t size = be(h, 4);
    const uint64_t body = at + (size == 1 ? 16 : 8);
    if (size == 1 && !get(f, at, h, 16))
        return false;
    if (size == 1)
        size = be(h + 8, 8);
    else if (size == 0)
        size = f->size - at;
    *out = (block){ .end = add(at, size), .next = add(at, size) };
    if (is_one_of(h + 4, box_of_boxes))
        out->inside = body;
    else if (memcmp(h + 4, "meta", 4) == 0)
        out->inside = meta_inside(f, body);
    return size >= 8;
}

static block chunk_at(uint64_t at, const uint8_t *h)
{
    const uint64_t end = at + 8 + le32(h + 4);
    return (block){ .end = end, .next = end + (end & 1) };
}

/* RIFF: a file is one such chunk, an AVI past 1 GB several. */
static bool riff(const file *f, uint64_t at, block *out)
{
    uint8_t h[8];
    if (!get(f, at, h, sizeof h) || memcmp(h, "RIFF", 4) != 0)
        return false;
    *out = chunk_at(at, h);
    return true;
}

/* A chunk at any depth: RIFF and LIST hold others, behind four bytes that say what kind. */
static bool chunk(const file *f, uint64_t at, block *out)
{
    uint8_t h[12];
    if (!get(f, at, h, 8))
        return false;
    *out = chunk_at(at, h);
    if (is_one_of(h, "RIFF LIST ") && get(f, at, h, sizeof h) && !is_one_of(h + 8, "movi "))
        out->inside = at + sizeof h;
    return true;
}

/* PNG 3rd edition, 5.3: length, type, data, CRC. */
static bool png_chunk(const file *f, uint64_t at, block *out)
{
    uint8_t h[8];
    if (at == 0) {
        *out = (block){ .end = 8, .next = 8 };
        return true;
    }
    if (!get(f, at, h, sizeof h)) {
        *out = (block){ .end = at + 12, .next = at + 12 };
        return true;
    }
    const uint64_t end = at + 12 + be(h, 4);
    *out = (block){ .end = end, .next = end };
    return memcmp(h + 4, "IEND", 4) != 0 || end > f->size;
}

static uint64_t gif_colours(uint8_t flags)
{
    return (flags & 0x80) != 0 ? (uint64_t)3 << ((flags & 7) + 1) : 0;
}

/* GIF89a 15.: runs of up to 255 bytes, each after its length, until one of none. */
static uint64_t gif_data_end(const file *f, uint64_t at)
{
    uint8_t len = 1;
    for (unsigned i = 0; i < BLOCKS_MAX && len != 0; i++, at += 1 + (uint64_t)len) {
        if (!get(f, at, &len, 1))
            return UINT64_MAX;
    }
    return at;
}

/* GIF89a appendix A: header and screen, extensions (21), images (2C), trailer (3B). */
static bool gif_block(const file *f, uint64_t at, block *out)
{
    uint8_t h[13] = { 0 };
    if (!get(f, at, h, at == 0 ? 13 : 1))
        return false;
    uint64_t end = at;
    if (at == 0)
        end = 13 + gif_colours(h[10]);
    else if (h[0] == 0x21)
        end = gif_data_end(f, at + 2);
    else if (h[0] == 0x2c)
        end = get(f, at, h, 10) ? gif_data_end(f, at + 11 + gif_colours(h[9])) : UINT64_MAX;
    else
        return false;
    *out = (block){ .end = end, .next = end };
    return true;
}

/* Video File Format 10.1 annex E: type, 24-bit size, and the size again after the data. */
static bool flv_tag(const file *f, uint64_t at, block *out)
{
    uint8_t h[11];
    if (at == 0) {
        *out = (block){ .end = 9, .next = 13 };
        return true;
    }
    if (!get(f, at, h, sizeof h) || (h[0] != 8 && h[0] != 9 && h[0] != 18))
        return false;
    const uint64_t end = at + sizeof h + be(h + 1, 3);
    *out = (block){ .end = end, .next = end + 4 };
    return true;
}

/* RFC 8794 4. and 5.: a number's length is the count of leading zero bits. Gives its bytes, 0 = it
 * is none; all value bits set stands for "unknown". */
static size_t ebml_size(const uint8_t *p, uint64_t *out)
{
    if (p[0] == 0)
        return 0;
    const size_t bytes = (size_t)__builtin_clz(p[0]) - 24 + 1;
    const uint64_t mask = ((uint64_t)1 << (7 * bytes)) - 1;
    const uint64_t v = be(p, bytes) & mask;
    *out = v == mask ? UINT64_MAX : v;
    return bytes;
}

enum { ID_EBML = 0x1a45dfa3, ID_SEGMENT = 0x18538067 };

/* RFC 9559 5.1: the master elements but Cluster, whose blocks are media. */
static const uint32_t masters[] = {
    ID_EBML, ID_SEGMENT, 0x114d9b74, 0x4dbb,     0x1549a966, 0x6924, 0x1654ae6b, 0xae,
    0xe0,    0xe1,       0x55b0,     0x55d0,     0x7670,     0x41e4, 0xe2,       0xe3,
    0xe4,    0xe9,       0x6d80,     0x6240,     0x5034,     0x5035, 0x47e7,     0x1c53bb6b,
    0xbb,    0xb7,       0xdb,       0x1043a770, 0x45b9,     0xb6,   0x8f,       0x80,
    0x6944,  0x6911,     0x1254c367, 0x7373,     0x63c0,     0x67c8, 0x1941a469, 0x61a7,
};

/* An element of an unknown size ends where the one around it does. */
static bool element(const file *f, uint64_t at, block *out)
{
    uint8_t h[12] = { 0 };
    uint64_t size = 0;
    const uint64_t left = at < f->size ? f->size - at : 0;
    if (left < 2 || !get(f, at, h, left < sizeof h ? (size_t)left : sizeof h) || h[0] < 0x10)
        return false;
    const size_t id_bytes = (size_t)__builtin_clz(h[0]) - 24 + 1;
    const uint64_t id = be(h, id_bytes);
    const size_t bytes = ebml_size(h + id_bytes, &size);
    const uint64_t body = at + id_bytes + bytes;
    *out = (block){ .end = add(body, size), .next = add(body, size) };
    for (size_t i = 0; i < JZ_ARRAY_LEN(masters); i++) {
        if (masters[i] == id)
            out->inside = body;
    }
    return bytes > 0;
}

/* The EBML header, then the segment; one of an unknown size says nothing of the file's end. */
static bool mkv_part(const file *f, uint64_t at, block *out)
{
    uint8_t h[4];
    return get(f, at, h, sizeof h) && (be(h, 4) == ID_EBML || be(h, 4) == ID_SEGMENT) &&
           element(f, at, out) && out->end != UINT64_MAX;
}

typedef struct container {
    const char *format;
    block_fn part;   /* the blocks that a file is a run of */
    bool end_mark;   /* the last of them says that it is the last */
    block_fn nested; /* blocks at any depth; NULL = they do not nest */
} container;

static const container containers[] = {
    { "mp4", box, false, box },          { "mov", box, false, box },
    { "3gp", box, false, box },          { "m4v", box, false, box },
    { "heic", box, false, box },         { "avif", box, false, box },
    { "avi", riff, false, chunk },       { "webp", riff, false, chunk },
    { "png", png_chunk, true, NULL },    { "apng", png_chunk, true, NULL },
    { "gif", gif_block, true, NULL },    { "flv", flv_tag, false, NULL },
    { "mkv", mkv_part, false, element }, { "webm", mkv_part, false, element },
};

static const container *find(const jz_format *format)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(containers); i++) {
        if (strcmp(containers[i].format, format->name) == 0)
            return &containers[i];
    }
    return NULL;
}

bool jz_blocks_end_early(const jz_format *format, uint64_t file_size, jz_read_at_fn read,
                         void *user)
{
    const file f = { file_size, read, user };
    const container *c = find(format);
    uint64_t at = 0;
    for (unsigned i = 0; c != NULL && i < BLOCKS_MAX && at < f.size; i++) {
        block b;
        if (!c->part(&f, at, &b))
            return false;
        if (b.end > f.size)
            return true;
        at = b.next;
    }
    return c != NULL && c->end_mark && at >= f.size;
}

unsigned jz_blocks_depth(const jz_format *format, uint64_t file_size, jz_read_at_fn read,
                         void *user, unsigned most)
{
    const file f = { file_size, read, user };
    const container *c = find(format);
    uint64_t end[JZ_NESTING_MAX + 2] = { file_size }; /* of the blocks around, outermost first */
    unsigned around = 0;
    unsigned deepest = 0;
    uint64_t at = 0;
    if (c == NULL || c->nested == NULL)
        return 0;
    for (unsigned i = 0; i < BLOCKS_MAX && deepest <= most; i++) {
        block b;
        while (around > 0 && at >= end[around])
            at = end[around--];
        if (at >= end[around])
            break;
        if (!c->nested(&f, at, &b)) {
            at = end[around]; /* no block: what is left of the one around it is not followed */
            continue;
        }
        if (deepest < around + 1)
            deepest = around + 1;
        at = b.next;
        if (b.inside > 0 && b.inside < b.end) {
            around++;
            end[around] = b.end < end[around - 1] ? b.end : end[around - 1];
            at = b.inside;
        }
    }
    return deepest;
}
