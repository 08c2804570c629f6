/* SPDX-License-Identifier: Apache-2.0 */
#include "media/ends.h"

#include <string.h>

#define BLOCKS_MAX 1000000 /* then the question is given up: nothing was found missing so far */

typedef struct file {
    uint64_t size;
    jz_read_at_fn read;
    void *user;
} file;

typedef struct block {
    uint64_t end;  /* the file must reach so far */
    uint64_t next; /* where the next block begins */
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
    if (size == 1 && !get(f, at, h, 16))
        return false;
    if (size == 1)
        size = be(h + 8, 8);
    *out = (block){ .end = add(at, size), .next = add(at, size) };
    return size >= 8;
}

/* RIFF: a file is one such chunk, an AVI past 1 GB several. */
static bool riff(const file *f, uint64_t at, block *out)
{
    uint8_t h[8];
    if (!get(f, at, h, sizeof h) || memcmp(h, "RIFF", 4) != 0)
        return false;
    const uint64_t end = at + 8 + le32(h + 4);
    *out = (block){ .end = end, .next = end + (end & 1) };
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

/* The EBML header, then the segment: both have identifiers of four bytes. */
static bool mkv_element(const file *f, uint64_t at, block *out)
{
    uint8_t h[12];
    uint64_t size = 0;
    if (!get(f, at, h, sizeof h))
        return false;
    const uint64_t id = be(h, 4);
    const size_t bytes = ebml_size(h + 4, &size);
    if ((id != 0x1a45dfa3 && id != 0x18538067) || bytes == 0 || size == UINT64_MAX)
        return false;
    const uint64_t end = add(at + 4 + bytes, size);
    *out = (block){ .end = end, .next = end };
    return true;
}

static const struct {
    const char *format;
    block_fn block;
    bool end_mark; /* the last block says that it is the last */
} containers[] = {
    { "mp4", box, false },         { "mov", box, false },          { "3gp", box, false },
    { "m4v", box, false },         { "heic", box, false },         { "avif", box, false },
    { "avi", riff, false },        { "webp", riff, false },        { "png", png_chunk, true },
    { "apng", png_chunk, true },   { "gif", gif_block, true },     { "flv", flv_tag, false },
    { "mkv", mkv_element, false }, { "webm", mkv_element, false },
};

static bool walk(const file *f, block_fn next_block, bool end_mark)
{
    uint64_t at = 0;
    for (unsigned i = 0; i < BLOCKS_MAX && at < f->size; i++) {
        block b;
        if (!next_block(f, at, &b))
            return false;
        if (b.end > f->size)
            return true;
        at = b.next;
    }
    return end_mark && at >= f->size;
}

bool jz_ends_early(const jz_format *format, uint64_t file_size, jz_read_at_fn read, void *user)
{
    const file f = { file_size, read, user };
    for (size_t i = 0; i < JZ_ARRAY_LEN(containers); i++) {
        if (strcmp(containers[i].format, format->name) == 0)
            return walk(&f, containers[i].block, containers[i].end_mark);
    }
    return false;
}
