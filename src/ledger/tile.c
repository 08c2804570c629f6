/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tile.h"

#include "base/rd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- paths ---- */

/* tile/LEVEL/N, without what follows for a partial one: 13 + 7 * 5 bytes at most. */
static void place(const jz_tile *t, char out[JZ_TILE_PATH])
{
    char level[8] = "entries";
    char digits[24];
    size_t at;
    if (t->level != JZ_TILE_ENTRIES)
        (void)snprintf(level, sizeof level, "%u", t->level & 63);
    at = (size_t)snprintf(out, JZ_TILE_PATH, "tile/%s/", level);
    const size_t n = (size_t)snprintf(digits, sizeof digits, "%021" PRIu64, t->n);
    size_t from = 0; /* of seven groups, those that are not zero, and the last one */
    while (from + 3 < n && memcmp(digits + from, "000", 3) == 0)
        from += 3;
    for (; from + 3 < n; from += 3)
        at += (size_t)snprintf(out + at, JZ_TILE_PATH - at, "x%.3s/", digits + from);
    (void)snprintf(out + at, JZ_TILE_PATH - at, "%.3s", digits + from);
}

void jz_tile_path(const jz_tile *t, char out[JZ_TILE_PATH])
{
    char at[JZ_TILE_PATH];
    place(t, at);
    if (t->width < JZ_TILE_WIDTH)
        (void)snprintf(out, JZ_TILE_PATH, "%.50s.p/%u", at, t->width);
    else
        (void)snprintf(out, JZ_TILE_PATH, "%s", at);
}

void jz_tile_partials(const jz_tile *t, char out[JZ_TILE_PATH])
{
    char at[JZ_TILE_PATH];
    place(t, at);
    (void)snprintf(out, JZ_TILE_PATH, "%.50s.p", at);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Groups of three digits, all but the last behind an x: at most seven. */
static const char *parse_groups(const char *s, uint64_t *n)
{
    *n = 0;
    for (unsigned i = 0; i < 7; i++) {
        const bool more = *s == 'x';
        s += more;
        if (!is_digit(s[0]) || !is_digit(s[1]) || !is_digit(s[2]))
            return NULL;
        const unsigned group = (unsigned)((s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0'));
        if (*n > (UINT64_MAX - group) / 1000)
            return NULL;
        *n = *n * 1000 + group;
        s += 3;
        if (!more)
            return s;
        if (*s++ != '/')
            return NULL;
    }
    return NULL;
}

/* One to three digits. */
static const char *parse_small(const char *s, unsigned *out)
{
    *out = 0;
    for (unsigned i = 0; i < 3 && is_digit(*s); i++)
        *out = *out * 10 + (unsigned)(*s++ - '0');
    return s;
}

static bool parse_path(const char *s, jz_tile *t)
{
    if (strncmp(s, "tile/", 5) != 0)
        return false;
    s += 5;
    t->level = JZ_TILE_ENTRIES;
    t->width = JZ_TILE_WIDTH;
    if (strncmp(s, "entries", 7) == 0) {
        s += 7;
    } else {
        s = parse_small(s, &t->level);
        if (t->level > 63)
            return false;
    }
    if (*s != '/')
        return false;
    s = parse_groups(s + 1, &t->n);
    if (s == NULL)
        return false;
    if (strncmp(s, ".p/", 3) == 0)
        s = parse_small(s + 3, &t->width);
    return *s == '\0' && t->width > 0 && t->width <= JZ_TILE_WIDTH;
}

jz_status jz_tile_parse(const char *path, jz_tile *out, jz_err *err)
{
    jz_tile t;
    char again[JZ_TILE_PATH];
    if (!parse_path(path, &t))
        return JZ_FAIL(err, JZ_E_CORRUPT, "'%s' is no path of a tile", path);
    jz_tile_path(&t, again); /* one tile has one path: no zeros before a number */
    if (strcmp(path, again) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "'%s' is no path of a tile; '%s' is", path, again);
    *out = t;
    return JZ_OK;
}

/* ---- sizes ---- */

uint64_t jz_tile_hashes(uint64_t size, unsigned level)
{
    if (level == JZ_TILE_ENTRIES)
        return size;
    return level < JZ_TILE_LEVELS ? size >> (8 * level) : 0;
}

unsigned jz_tile_width(uint64_t size, unsigned level, uint64_t n)
{
    const uint64_t hashes = jz_tile_hashes(size, level);
    if (n < hashes / JZ_TILE_WIDTH)
        return JZ_TILE_WIDTH;
    return n == hashes / JZ_TILE_WIDTH ? (unsigned)(hashes % JZ_TILE_WIDTH) : 0;
}

/* ---- bundles ---- */

void jz_bundle_put(jz_buf *out, jz_bytes entry)
{
    const uint8_t head[2] = { (uint8_t)(entry.len >> 8), (uint8_t)entry.len };
    jz_buf_put(out, head, sizeof head);
    jz_buf_put(out, entry.ptr, entry.len);
}

jz_status jz_bundle_take(jz_bytes *rest, jz_bytes *entry, jz_err *err)
{
    jz_rd rd = jz_rd_of(*rest, "bundle");
    uint16_t len;
    JZ_TRY(jz_rd_u16be(&rd, &len, err));
    JZ_TRY(jz_rd_take(&rd, len, entry, err));
    *rest = (jz_bytes){ rd.ptr + rd.at, jz_rd_left(&rd) };
    return JZ_OK;
}
