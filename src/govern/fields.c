/* SPDX-License-Identifier: Apache-2.0 */
/* A reader for each kind of field, in one table; an object is read key by key. The nesting is that
 * of the tables, so that no text can make it deeper. */
#include "govern/fields.h"

#include "base/hex.h"
#include "base/rd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEY_SIZE 48      /* bytes of the longest key that a table may have, with its terminator */
#define NUMBER_DIGITS 18 /* of a number: below 2^63 */

/* ---- scanning ---- */

static int peek(const jz_rd *rd)
{
    return rd->at < rd->len ? rd->ptr[rd->at] : -1;
}

static void skip_blanks(jz_rd *rd)
{
    for (int c = peek(rd); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(rd))
        rd->at++;
}

static bool take_char(jz_rd *rd, char c)
{
    skip_blanks(rd);
    if (peek(rd) != c)
        return false;
    rd->at++;
    return true;
}

static jz_status want_char(jz_rd *rd, char c, jz_err *err)
{
    if (take_char(rd, c))
        return JZ_OK;
    if (rd->at == rd->len)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "%s: ends where '%c' is wanted", rd->what, c);
    return JZ_FAIL(err, JZ_E_CORRUPT, "%s: byte %zu is not '%c'", rd->what, rd->at, c);
}

static bool take_literal(jz_rd *rd, const char *word)
{
    const size_t len = strlen(word);
    skip_blanks(rd);
    if (jz_rd_left(rd) < len || memcmp(rd->ptr + rd->at, word, len) != 0)
        return false;
    rd->at += len;
    return true;
}

/* ---- strings ---- */

typedef struct string {
    char *ptr;
    size_t len, size;
} string;

static jz_status put_bytes(string *t, const void *bytes, size_t n, const jz_rd *rd, jz_err *err)
{
    if (n >= t->size - t->len)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: a text of more than %zu bytes", rd->what, t->size - 1);
    memcpy(t->ptr + t->len, bytes, n);
    t->len += n;
    return JZ_OK;
}

static jz_status read_unit(jz_rd *rd, uint32_t *out, jz_err *err)
{
    uint8_t raw[2];
    if (jz_rd_left(rd) < 4 || !jz_hex_decode((const char *)rd->ptr + rd->at, 4, raw, sizeof raw))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: byte %zu: \\u without four digits", rd->what,
                       rd->at);
    rd->at += 4;
    *out = (uint32_t)raw[0] << 8 | raw[1];
    return JZ_OK;
}

/* What follows \u: a character, of one unit or of two. */
static jz_status read_character(jz_rd *rd, uint32_t *out, jz_err *err)
{
    uint32_t low = 0;
    JZ_TRY(read_unit(rd, out, err));
    if (*out < 0xd800 || *out > 0xdfff)
        return JZ_OK;
    if (*out < 0xdc00 && jz_rd_left(rd) >= 2 && memcmp(rd->ptr + rd->at, "\\u", 2) == 0) {
        rd->at += 2;
        JZ_TRY(read_unit(rd, &low, err));
    }
    if (low < 0xdc00 || low > 0xdfff)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: byte %zu: half a surrogate pair", rd->what, rd->at);
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return JZ_OK;
}

static size_t utf8_of(uint32_t c, uint8_t out[4])
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    out[0] = (uint8_t)(lead[more] | c >> (6 * more));
    for (unsigned i = 1; i <= more; i++)
        out[i] = (uint8_t)(0x80 | (c >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

static jz_status read_escape(jz_rd *rd, string *t, jz_err *err)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    uint8_t utf8[4];
    uint32_t c = 0;
    const int name = peek(rd);
    const char *at = name > 0 ? strchr(names, name) : NULL;
    if (at == NULL && name != 'u')
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: byte %zu: no such escape", rd->what, rd->at);
    rd->at++;
    if (at != NULL)
        c = (uint8_t)values[at - names];
    else
        JZ_TRY(read_character(rd, &c, err));
    if (c < 0x20 && c != '\n' && c != '\t')
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: byte %zu: a control character", rd->what, rd->at);
    return put_bytes(t, utf8, utf8_of(c, utf8), rd, err);
}

/* A string into size bytes, terminated. */
static jz_status read_string(jz_rd *rd, char *out, size_t size, jz_err *err)
{
    string t = { .ptr = out, .size = size };
    JZ_TRY(want_char(rd, '"', err));
    for (;;) {
        const int c = peek(rd);
        const char *here = (const char *)rd->ptr + rd->at;
        if (c < 0)
            return JZ_FAIL(err, JZ_E_TRUNCATED, "%s: ends inside a string", rd->what);
        if (c == '"')
            break;
        if (c == '\\') {
            rd->at++;
            JZ_TRY(read_escape(rd, &t, err));
            continue;
        }
        const unsigned n = jz_utf8_len(here, jz_rd_left(rd));
        if (n == 0 || c < 0x20)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: byte %zu is no text", rd->what, rd->at);
        JZ_TRY(put_bytes(&t, here, n, rd, err));
        rd->at += n;
    }
    rd->at++;
    out[t.len] = '\0';
    return JZ_OK;
}

/* ---- single values ---- */

static jz_status read_text(jz_rd *rd, const jz_field *f, void *out, jz_err *err)
{
    JZ_TRY(read_string(rd, out, f->size, err));
    if (!f->optional && ((const char *)out)[0] == '\0')
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s is empty", f->key);
    return JZ_OK;
}

static jz_status read_word_index(jz_rd *rd, const jz_field *f, int *out, jz_err *err)
{
    char word[KEY_SIZE];
    JZ_TRY(read_string(rd, word, sizeof word, err));
    for (int i = 0; f->words[i] != NULL; i++)
        if (strcmp(f->words[i], word) == 0) {
            *out = i;
            return JZ_OK;
        }
    return JZ_FAIL(err, JZ_E_CORRUPT, "%s: '%s' is none of its words", f->key, word);
}

static jz_status read_word(jz_rd *rd, const jz_field *f, void *out, jz_err *err)
{
    int i = 0;
    JZ_TRY(read_word_index(rd, f, &i, err));
    *(int *)out = i + 1;
    return JZ_OK;
}

static jz_status read_bool(jz_rd *rd, const jz_field *f, void *out, jz_err *err)
{
    *(bool *)out = take_literal(rd, "true");
    if (!*(bool *)out && !take_literal(rd, "false"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s is neither true nor false", f->key);
    return JZ_OK;
}

static jz_status read_int(jz_rd *rd, const jz_field *f, void *out, jz_err *err)
{
    int64_t v = 0;
    unsigned digits = 0;
    const bool minus = take_char(rd, '-');
    const bool zero = peek(rd) == '0';
    for (int c = peek(rd); c >= '0' && c <= '9' && digits <= NUMBER_DIGITS; c = peek(rd)) {
        v = digits < NUMBER_DIGITS ? v * 10 + (c - '0') : v;
        digits++;
        rd->at++;
    }
    const int next = peek(rd);
    if (digits == 0 || (zero && (digits > 1 || minus)) || next == '.' || next == 'e' || next == 'E')
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s is not a whole number", f->key);
    v = minus ? -v : v;
    if (digits > NUMBER_DIGITS || v < f->min || v > f->max)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s is not from %" PRId64 " to %" PRId64, f->key, f->min,
                       f->max);
    *(int64_t *)out = v;
    return JZ_OK;
}

static jz_status read_hex(jz_rd *rd, const jz_field *f, void *out, jz_err *err)
{
    char digits[2 * 64 + 1];
    JZ_TRY(read_string(rd, digits, sizeof digits, err));
    if (!jz_hex_decode(digits, strlen(digits), out, f->size))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s is not %zu hex digits", f->key, 2 * f->size);
    return JZ_OK;
}

/* ---- objects and lists ---- */

/* NOLINTBEGIN(misc-no-recursion): as deep as the tables are nested */

static jz_status read_object(jz_rd *rd, const jz_field *table, void *out, jz_err *err);

static jz_status read_sub(jz_rd *rd, const jz_field *f, void *out, jz_err *err)
{
    return read_object(rd, f->sub, out, err);
}

static jz_status read_bit(jz_rd *rd, const jz_field *f, void *out, jz_err *err)
{
    uint32_t *mask = out;
    int i = 0;
    JZ_TRY(read_word_index(rd, f, &i, err));
    if ((*mask >> i & 1) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s names '%s' twice", f->key, f->words[i]);
    *mask |= 1U << i;
    return JZ_OK;
}

typedef jz_status (*read_fn)(jz_rd *rd, const jz_field *f, void *out, jz_err *err);

/* Single kinds; of a list, its elements. */
static const read_fn readers[] = {
    [JZ_FIELD_TEXT] = read_text,   [JZ_FIELD_WORD] = read_word, [JZ_FIELD_BOOL] = read_bool,
    [JZ_FIELD_INT] = read_int,     [JZ_FIELD_HEX] = read_hex,   [JZ_FIELD_OBJECT] = read_sub,
    [JZ_FIELD_TEXTS] = read_text,  [JZ_FIELD_HEXES] = read_hex, [JZ_FIELD_WORDS] = read_bit,
    [JZ_FIELD_OBJECTS] = read_sub,
};

static jz_status read_list(jz_rd *rd, const jz_field *f, uint8_t *base, jz_err *err)
{
    const bool bits = f->kind == JZ_FIELD_WORDS;
    const size_t max = bits ? 32 : (size_t)f->max;
    size_t n = 0;
    JZ_TRY(want_char(rd, '[', err));
    bool more = !take_char(rd, ']');
    while (more) {
        if (n == max)
            return JZ_FAIL(err, JZ_E_LIMIT, "%s has more than %zu elements", f->key, max);
        JZ_TRY(readers[f->kind](rd, f, base + f->at + (bits ? 0 : n * f->size), err));
        n++;
        more = take_char(rd, ',');
        if (!more)
            JZ_TRY(want_char(rd, ']', err));
    }
    if ((int64_t)n < f->min)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s has %zu elements, at least %" PRId64 " are wanted",
                       f->key, n, f->min);
    if (!bits)
        memcpy(base + f->count, &n, sizeof n);
    return JZ_OK;
}

static jz_status read_value(jz_rd *rd, const jz_field *f, uint8_t *base, jz_err *err)
{
    if (f->optional && take_literal(rd, "null"))
        return JZ_OK;
    skip_blanks(rd);
    if (f->seen != 0)
        *(bool *)(base + f->seen - 1) = true;
    return f->kind >= JZ_FIELD_TEXTS ? read_list(rd, f, base, err)
                                     : readers[f->kind](rd, f, base + f->at, err);
}

static jz_status read_member(jz_rd *rd, const jz_field *table, uint32_t *seen, uint8_t *base,
                             jz_err *err)
{
    char key[KEY_SIZE];
    unsigned i = 0;
    skip_blanks(rd);
    JZ_TRY_CTX(read_string(rd, key, sizeof key, err), err, "a key");
    while (table[i].key != NULL && strcmp(table[i].key, key) != 0)
        i++;
    if (table[i].key == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: '%s' is no key of it", rd->what, key);
    if ((*seen >> i & 1) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: '%s' stands there twice", rd->what, key);
    *seen |= 1U << i;
    JZ_TRY(want_char(rd, ':', err));
    JZ_TRY_CTX(read_value(rd, &table[i], base, err), err, "%s", table[i].key);
    return JZ_OK;
}

static jz_status read_object(jz_rd *rd, const jz_field *table, void *out, jz_err *err)
{
    uint32_t seen = 0;
    JZ_TRY(want_char(rd, '{', err));
    bool more = !take_char(rd, '}');
    while (more) {
        JZ_TRY(read_member(rd, table, &seen, out, err));
        more = take_char(rd, ',');
        if (!more)
            JZ_TRY(want_char(rd, '}', err));
    }
    for (unsigned i = 0; table[i].key != NULL; i++)
        if (!table[i].optional && (seen >> i & 1) == 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: '%s' is missing", rd->what, table[i].key);
    return JZ_OK;
}

/* NOLINTEND(misc-no-recursion) */

jz_status jz_fields_read(const jz_field *table, jz_bytes text, const char *what, void *out,
                         size_t size, jz_err *err)
{
    jz_rd rd = jz_rd_of(text, what);
    memset(out, 0, size);
    skip_blanks(&rd);
    JZ_TRY(read_object(&rd, table, out, err));
    skip_blanks(&rd);
    if (rd.at != rd.len)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: byte %zu is behind its end", what, rd.at);
    return JZ_OK;
}

/* ---- writing ---- */

static bool all_zero(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            return false;
    return true;
}

static size_t count_of(const jz_field *f, const uint8_t *base)
{
    size_t n;
    memcpy(&n, base + f->count, sizeof n);
    return n;
}

static bool is_absent(const jz_field *f, const uint8_t *base)
{
    if (!f->optional)
        return false;
    if (f->seen != 0)
        return !*(const bool *)(base + f->seen - 1);
    switch (f->kind) {
    case JZ_FIELD_TEXT:
        return base[f->at] == '\0';
    case JZ_FIELD_WORD:
        return all_zero(base + f->at, sizeof(int));
    case JZ_FIELD_INT:
        return all_zero(base + f->at, sizeof(int64_t));
    case JZ_FIELD_BOOL:
        return all_zero(base + f->at, sizeof(bool));
    case JZ_FIELD_HEX:
    case JZ_FIELD_OBJECT:
        return all_zero(base + f->at, f->size);
    case JZ_FIELD_WORDS:
        return all_zero(base + f->at, sizeof(uint32_t));
    default:
        return count_of(f, base) == 0;
    }
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the tables are nested */
static void put_single(const jz_field *f, jz_field_kind kind, const uint8_t *p, jz_json *j)
{
    switch (kind) {
    case JZ_FIELD_TEXT:
        jz_json_str(j, (const char *)p);
        break;
    case JZ_FIELD_WORD: {
        int i;
        memcpy(&i, p, sizeof i);
        jz_json_str(j, i > 0 ? f->words[i - 1] : NULL);
        break;
    }
    case JZ_FIELD_BOOL:
        jz_json_bool(j, p[0] != 0);
        break;
    case JZ_FIELD_INT: {
        int64_t v;
        memcpy(&v, p, sizeof v);
        jz_json_i64(j, v);
        break;
    }
    case JZ_FIELD_HEX:
        jz_json_hex(j, p, f->size);
        break;
    default:
        jz_fields_put(f->sub, p, j);
        break;
    }
}

static void put_words(const jz_field *f, const uint8_t *base, jz_json *j)
{
    uint32_t mask;
    memcpy(&mask, base + f->at, sizeof mask);
    for (unsigned i = 0; f->words[i] != NULL; i++)
        if ((mask >> i & 1) != 0)
            jz_json_str(j, f->words[i]);
}

static void put_list(const jz_field *f, const uint8_t *base, jz_json *j)
{
    static const jz_field_kind element[] = { [JZ_FIELD_TEXTS] = JZ_FIELD_TEXT,
                                             [JZ_FIELD_HEXES] = JZ_FIELD_HEX,
                                             [JZ_FIELD_OBJECTS] = JZ_FIELD_OBJECT };
    jz_json_begin_array(j);
    if (f->kind == JZ_FIELD_WORDS) {
        put_words(f, base, j);
    } else {
        const size_t n = count_of(f, base);
        for (size_t i = 0; i < n; i++)
            put_single(f, element[f->kind], base + f->at + i * f->size, j);
    }
    jz_json_end_array(j);
}

void jz_fields_put(const jz_field *table, const void *in, jz_json *j)
{
    jz_json_begin_object(j);
    for (const jz_field *f = table; f->key != NULL; f++) {
        if (is_absent(f, in))
            continue;
        jz_json_key(j, f->key);
        if (f->kind >= JZ_FIELD_TEXTS)
            put_list(f, in, j);
        else
            put_single(f, f->kind, (const uint8_t *)in + f->at, j);
    }
    jz_json_end_object(j);
}
/* NOLINTEND(misc-no-recursion) */
