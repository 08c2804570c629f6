/* SPDX-License-Identifier: Apache-2.0 */
#include "label/mark_letters.h"

#include <string.h>

/* One code point of RFC 3629 UTF-8: its length in bytes, 0 where the bytes are none. */
static size_t read_utf8(const uint8_t *s, uint32_t *cp)
{
    static const struct {
        uint8_t mask, lead;
        uint32_t least;
    } forms[] = {
        { 0x80, 0x00, 0 }, { 0xE0, 0xC0, 0x80 }, { 0xF0, 0xE0, 0x800 }, { 0xF8, 0xF0, 0x10000 }
    };
    for (size_t n = 0; n < JZ_ARRAY_LEN(forms); n++) {
        if ((s[0] & forms[n].mask) != forms[n].lead)
            continue;
        uint32_t value = s[0] & (uint8_t)~forms[n].mask;
        for (size_t i = 1; i <= n; i++) {
            if ((s[i] & 0xC0) != 0x80) /* the text's end too */
                return 0;
            value = value << 6 | (s[i] & 0x3F);
        }
        if (value < forms[n].least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
            return 0;
        *cp = value;
        return n + 1;
    }
    return 0;
}

static jz_status add_letter(jz_mark_letters *l, const char *at, size_t len, uint32_t cp,
                            jz_err *err)
{
    if (l->count == JZ_MARK_LETTERS_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "a mark of more than %d characters", JZ_MARK_LETTERS_MAX);
    const jz_glyph *g = jz_glyph_find(cp);
    if (g == NULL && cp < 0x20)
        return JZ_FAIL(err, JZ_E_INVAL, "character %zu of the mark, U+%04X, is a control character",
                       l->count + 1, cp);
    if (g == NULL)
        return JZ_FAIL(
            err, JZ_E_INVAL,
            "character %zu of the mark, U+%04X (%.*s), is not among the built-in letters",
            l->count + 1, cp, (int)len, at);
    l->glyph[l->count++] = g;
    return JZ_OK;
}

jz_status jz_mark_letters_read(const char *utf8, jz_mark_letters *out, jz_err *err)
{
    const uint8_t *s = (const uint8_t *)utf8;
    bool counts = false;
    out->count = 0;
    for (size_t at = 0; s[at] != 0;) {
        uint32_t cp = 0;
        const size_t len = read_utf8(s + at, &cp);
        if (len == 0)
            return JZ_FAIL(err, JZ_E_INVAL,
                           "the mark is no UTF-8 behind its character %zu: byte 0x%02X", out->count,
                           s[at]);
        JZ_TRY(add_letter(out, utf8 + at, len, cp, err));
        counts |= out->glyph[out->count - 1]->counts;
        at += len;
    }
    if (!counts)
        return JZ_FAIL(err, JZ_E_INVAL, "a mark without a letter or digit");
    return JZ_OK;
}

uint32_t jz_mark_pen(const jz_mark_letters *l, size_t begin, size_t end, uint32_t em)
{
    uint64_t units = 0;
    for (size_t i = begin; i < end; i++)
        units += l->glyph[i]->advance;
    return (uint32_t)((units * em + JZ_GLYPH_EM / 2) / JZ_GLYPH_EM);
}

static bool is_blank(const jz_glyph *g)
{
    return *g->outline == 0;
}

/* Chinese characters, kana and full-width signs: lines may break on either side of them. Korean
 * breaks at blanks, as Latin does. */
static bool is_wide(uint32_t cp)
{
    return (cp >= 0x2E80 && cp < 0xAC00) || cp >= 0xFF00;
}

static bool is_one_of(uint32_t cp, const uint16_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == cp)
            return true;
    return false;
}

/* 。，、：；！？）」』】》ー・, small kana, and their like: never at the start of a line (JIS X
 * 4051 and GB/T 15834 agree on these). */
static bool is_closing(uint32_t cp)
{
    static const uint16_t closing[] = {
        0x0021, 0x0029, 0x002C, 0x002E, 0x003A, 0x003B, 0x003F, 0x2019, 0x201D, 0x3001,
        0x3002, 0x3009, 0x300B, 0x300D, 0x300F, 0x3011, 0x3041, 0x3043, 0x3045, 0x3047,
        0x3049, 0x3063, 0x3083, 0x3085, 0x3087, 0x308E, 0x30A1, 0x30A3, 0x30A5, 0x30A7,
        0x30A9, 0x30C3, 0x30E3, 0x30E5, 0x30E7, 0x30EE, 0x30F5, 0x30F6, 0x30FB, 0x30FC,
        0xFF01, 0xFF09, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF1F,
    };
    return is_one_of(cp, closing, JZ_ARRAY_LEN(closing));
}

static bool is_opening(uint32_t cp)
{
    static const uint16_t opening[] = { 0x0028, 0x2018, 0x201C, 0x3008, 0x300A,
                                        0x300C, 0x300E, 0x3010, 0xFF08 };
    return is_one_of(cp, opening, JZ_ARRAY_LEN(opening));
}

/* Whether a line may end before letter i, which is not the first. */
static bool may_break(const jz_mark_letters *l, size_t i)
{
    const jz_glyph *before = l->glyph[i - 1];
    const jz_glyph *behind = l->glyph[i];
    if (is_blank(before))
        return before->cp != 0xA0;
    if (is_blank(behind) || is_closing(behind->cp) || is_opening(before->cp))
        return false;
    return before->cp == '-' || is_wide(before->cp) || is_wide(behind->cp);
}

static jz_mark_line line_of(const jz_mark_letters *l, size_t begin, size_t end, uint32_t em)
{
    while (begin < end && is_blank(l->glyph[begin]))
        begin++;
    while (begin < end && is_blank(l->glyph[end - 1]))
        end--;
    return (jz_mark_line){ begin, end, jz_mark_pen(l, begin, end, em) };
}

size_t jz_mark_lines(const jz_mark_letters *l, const jz_mark_layout *layout, jz_mark_line *lines)
{
    size_t n = 0;
    size_t begin = 0;
    size_t fits = 0; /* the last place to break at that is not too far right; 0 = none yet */
    for (size_t i = 1; i <= l->count; i++) {
        if (i < l->count && !may_break(l, i))
            continue;
        const jz_mark_line line = line_of(l, begin, i, layout->em);
        if (fits > begin && layout->max_width != 0 && line.width > layout->max_width) {
            lines[n++] = line_of(l, begin, fits, layout->em);
            begin = fits;
        }
        fits = i;
    }
    lines[n] = line_of(l, begin, l->count, layout->em);
    return lines[n].begin < lines[n].end ? n + 1 : n;
}
