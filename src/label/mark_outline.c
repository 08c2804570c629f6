/* SPDX-License-Identifier: Apache-2.0 */
#include "label/mark_glyphs.h"

#include <assert.h>
#include <string.h>

enum { DIGIT_BITS = 5, DIGIT_MORE = 1 << DIGIT_BITS };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const jz_glyph *jz_glyph_find(uint32_t cp)
{
    size_t low = 0;
    size_t high = jz_glyph_count;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (jz_glyphs[mid].cp == cp)
            return &jz_glyphs[mid];
        if (jz_glyphs[mid].cp < cp)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

jz_outline jz_outline_of(const jz_glyph *g)
{
    return (jz_outline){ .at = g->outline };
}

/* A zigzag-coded number: 0, -1, 1, -2, ... are 0, 1, 2, 3. */
static int32_t next_number(jz_outline *o)
{
    uint32_t value = 0;
    uint32_t digit;
    unsigned shift = 0;
    do {
        const char *at = *o->at == 0 ? NULL : strchr(alphabet, *o->at);
        assert(at != NULL && shift < 30); /* the table is ours */
        digit = (uint32_t)(at - alphabet);
        o->at++;
        value |= (digit & (DIGIT_MORE - 1)) << shift;
        shift += DIGIT_BITS;
    } while (digit & DIGIT_MORE);
    const int32_t half = (int32_t)(value >> 1);
    return value & 1 ? -half - 1 : half;
}

bool jz_outline_next(jz_outline *o)
{
    if (*o->at == 0)
        return false;
    o->first = !o->begun || *o->at == ' ';
    if (*o->at == ' ')
        o->at++;
    o->begun = true;
    o->x += next_number(o);
    o->y += next_number(o);
    return true;
}
