/* SPDX-License-Identifier: Apache-2.0 */
/* The shapes in which a label's text is found (docs/labels.md), tried from the strictest on. A
 * text in a text is read layer by layer. */
#include "label/aigc_text.h"

#include "base/alloc.h"
#include "media/carrier.h"

#include <string.h>
#include <strings.h>

#define LAYERS 4    /* texts in texts */
#define ATTEMPTS 16 /* places in other bytes at which a label seems to begin */
#define GAP 4       /* bytes between AIGC and its brace: a colon, a NUL, ... */
#define KEY_MAX 32  /* no field's name is longer */

/* Names of fields, in lower case and without _ - and blanks, as others than the standard write
 * them. ServiceProvider and ContentId are what a label said before the standard (the provider, the
 * number of the content) and mean the same; ServiceUser and Time have no counterpart. */
static const struct spelling {
    const char *name;
    jz_aigc_field field;
    unsigned trait;
} spellings[] = {
    { "label", JZ_AIGC_LABEL, JZ_AIGC_RENAMED },
    { "contentproducer", JZ_AIGC_CONTENT_PRODUCER, JZ_AIGC_RENAMED },
    { "produceid", JZ_AIGC_PRODUCE_ID, JZ_AIGC_RENAMED },
    { "reservedcode1", JZ_AIGC_RESERVED1, JZ_AIGC_RENAMED },
    { "reservecode1", JZ_AIGC_RESERVED1, JZ_AIGC_RENAMED },
    { "contentpropagator", JZ_AIGC_PROPAGATOR, JZ_AIGC_RENAMED },
    { "propagator", JZ_AIGC_PROPAGATOR, JZ_AIGC_RENAMED },
    { "propagateid", JZ_AIGC_PROPAGATE_ID, JZ_AIGC_RENAMED },
    { "propagatorid", JZ_AIGC_PROPAGATE_ID, JZ_AIGC_RENAMED },
    { "propatorid", JZ_AIGC_PROPAGATE_ID, JZ_AIGC_RENAMED },
    { "reservedcode2", JZ_AIGC_RESERVED2, JZ_AIGC_RENAMED },
    { "reservecode2", JZ_AIGC_RESERVED2, JZ_AIGC_RENAMED },
    { "serviceprovider", JZ_AIGC_CONTENT_PRODUCER, JZ_AIGC_FOREIGN },
    { "contentid", JZ_AIGC_PRODUCE_ID, JZ_AIGC_FOREIGN },
};

/* The field that a key names, JZ_AIGC_FIELDS for none; and how it differs from the standard's. */
static jz_aigc_field find_field(jz_bytes key, unsigned *trait)
{
    char plain[KEY_MAX + 1];
    size_t len = 0;
    *trait = 0;
    for (size_t f = 0; f < JZ_AIGC_FIELDS; f++) {
        const char *name = jz_aigc_field_name((jz_aigc_field)f);
        if (key.len == strlen(name) && memcmp(key.ptr, name, key.len) == 0)
            return (jz_aigc_field)f;
    }
    for (size_t i = 0; i < key.len; i++) {
        const char c = (char)key.ptr[i];
        if (c == '_' || c == '-' || c == ' ')
            continue;
        if (len == KEY_MAX)
            return JZ_AIGC_FIELDS;
        plain[len++] = c;
    }
    plain[len] = '\0';
    for (size_t i = 0; i < JZ_ARRAY_LEN(spellings); i++) {
        if (strcasecmp(plain, spellings[i].name) != 0)
            continue;
        *trait = spellings[i].trait;
        return spellings[i].field;
    }
    return JZ_AIGC_FIELDS;
}

bool jz_aigc_is_key(jz_bytes key)
{
    unsigned trait;
    return find_field(key, &trait) != JZ_AIGC_FIELDS;
}

bool jz_aigc_is_wrapper(jz_bytes key)
{
    return jz_meta_has_key(key, "AIGC");
}

jz_status jz_aigc_take(jz_aigc *a, const jz_aigc_scalar *key, const jz_aigc_scalar *value,
                       jz_err *err)
{
    unsigned trait;
    const jz_aigc_field f = find_field(jz_buf_bytes(&key->text), &trait);
    a->traits |= trait;
    if (key->yaml || value->yaml)
        a->traits |= JZ_AIGC_YAML;
    if (f == JZ_AIGC_FIELDS)
        a->traits |= JZ_AIGC_EXTRA;
    else if (a->field[f] != NULL)
        a->traits |= JZ_AIGC_REPEATED;
    if (f == JZ_AIGC_FIELDS || a->field[f] != NULL)
        return JZ_OK;
    const bool number = !value->string && !(value->null && value->yaml);
    if (number)
        a->traits |= JZ_AIGC_NUMBER;
    return value->null ? JZ_OK : jz_aigc_set(a, f, value->text.ptr, err);
}

/* A mapping under any key but AIGC is a label only if its keys or values are a label's own. */
static bool is_label(const jz_aigc *a)
{
    static const char *const values[] = { "1", "2", "3", "AIGC" };
    const char *label = a->field[JZ_AIGC_LABEL];
    const bool trusted = (a->traits & JZ_AIGC_WRAPPED) != 0 || (a->traits & JZ_AIGC_FOREIGN) == 0;
    if (a->field[JZ_AIGC_CONTENT_PRODUCER] != NULL)
        return true;
    for (size_t f = JZ_AIGC_PRODUCE_ID; f < JZ_AIGC_FIELDS; f++) {
        if (trusted && a->field[f] != NULL)
            return true;
    }
    for (size_t i = 0; label != NULL && i < JZ_ARRAY_LEN(values); i++) {
        if (strcmp(label, values[i]) == 0)
            return true;
    }
    return label != NULL && (a->traits & JZ_AIGC_WRAPPED) != 0;
}

/* Whether anything but blanks and NULs is left. */
static bool has_tail(jz_rd *rd)
{
    while (jz_text_blanks(rd) == 0)
        rd->at++;
    return rd->at < rd->len;
}

/* {\"Label\": ...: escaped as in a string, without the string around it. */
static bool is_escaped(const jz_rd *rd)
{
    jz_rd ahead = *rd;
    ahead.at++;
    return jz_text_blanks(&ahead) == '\\';
}

/* The mapping at the cursor; text of another layer goes to inner. */
static jz_status read_braces(jz_rd *rd, jz_aigc *a, jz_buf *inner, jz_err *err)
{
    if (!is_escaped(rd))
        return jz_aigc_flow(rd, a, inner, err);
    a->traits |= JZ_AIGC_TWICE;
    return jz_text_unescape(rd, inner, err);
}

/* A text that is one string; *out is false where it is not, and nothing has changed then. */
static jz_status read_string(jz_rd *rd, jz_buf *inner, bool *out, jz_err *err)
{
    jz_rd ahead = *rd;
    const jz_status st = jz_text_quoted(&ahead, inner, err);
    if (st == JZ_E_NOMEM)
        return st;
    *out = st == JZ_OK && jz_text_blanks(&ahead) != ':';
    if (*out)
        *rd = ahead;
    else
        jz_buf_reset(inner);
    return JZ_OK;
}

static bool found_any(const jz_aigc *a, const jz_buf *inner)
{
    return inner->len > 0 || is_label(a);
}

/* AIGC stands before the brace, at most GAP other bytes between them. */
static bool follows_key(jz_bytes text, size_t brace)
{
    for (size_t gap = 0; gap <= GAP && brace >= gap + 4; gap++) {
        const jz_bytes before = { text.ptr + brace - gap - 4, 4 };
        if (jz_meta_has_key(before, "AIGC"))
            return true;
    }
    return false;
}

/* Behind the brace stands a key that only a label has. */
static bool precedes_key(const jz_rd *rd)
{
    jz_rd ahead = *rd;
    ahead.at++;
    int c = jz_text_blanks(&ahead);
    while (c == '\\' && ahead.at - rd->at < KEY_MAX) {
        ahead.at++;
        c = jz_text_peek(&ahead, 0);
    }
    if (c != '"' && c != '\'')
        return false;
    const size_t start = ++ahead.at;
    for (; ahead.at - start < KEY_MAX; ahead.at++) {
        const int d = jz_text_peek(&ahead, 0);
        if (d < 0 || d == c || d == '\\')
            break;
    }
    const jz_bytes key = { ahead.ptr + start, ahead.at - start };
    return jz_aigc_is_key(key) || jz_aigc_is_wrapper(key);
}

/* A mapping among other bytes: the first one that can be read. */
static jz_status read_glued(jz_bytes text, jz_aigc *a, jz_buf *inner, jz_err *err)
{
    unsigned attempts = 0;
    jz_status failed = JZ_E_NOTFOUND;
    for (size_t at = 0; at < text.len && attempts < ATTEMPTS; at++) {
        const uint8_t *brace = memchr(text.ptr + at, '{', text.len - at);
        if (brace == NULL)
            break;
        at = (size_t)(brace - text.ptr);
        jz_rd rd = jz_rd_of(text, "label among other bytes");
        rd.at = at;
        if (!precedes_key(&rd) && !follows_key(text, at))
            continue;
        attempts++;
        jz_aigc_done(a);
        jz_buf_reset(inner);
        const jz_status st = read_braces(&rd, a, inner, err);
        a->traits |= JZ_AIGC_LOOSE;
        if (st == JZ_E_NOMEM || (st == JZ_OK && found_any(a, inner)))
            return st;
        if (st != JZ_OK && failed == JZ_E_NOTFOUND)
            failed = st;
    }
    jz_aigc_done(a);
    jz_buf_reset(inner);
    return failed;
}

/* A text that begins with a brace or is one string. */
static jz_status read_leading(jz_bytes text, jz_aigc *a, jz_buf *inner, jz_err *err)
{
    jz_rd rd = jz_rd_of(text, "label");
    const int c = jz_text_blanks(&rd);
    bool string = false;
    if (c == '"')
        JZ_TRY(read_string(&rd, inner, &string, err));
    if (string)
        a->traits |= JZ_AIGC_TWICE;
    if (c == '{')
        JZ_TRY(read_braces(&rd, a, inner, err));
    if ((string || c == '{') && has_tail(&rd))
        a->traits |= JZ_AIGC_LOOSE;
    return JZ_OK;
}

/* Whether a label has begun before the damage. */
static bool has_begun(const jz_aigc *a)
{
    for (size_t f = 0; f < JZ_AIGC_FIELDS; f++) {
        if (a->field[f] != NULL)
            return true;
    }
    return (a->traits & JZ_AIGC_WRAPPED) != 0;
}

/* One layer of a text, into an empty *a. */
static jz_status read_layer(jz_bytes text, jz_aigc *a, jz_buf *inner, jz_err *err)
{
    static jz_status (*const readers[])(jz_bytes, jz_aigc *, jz_buf *, jz_err *) = {
        read_leading,
        jz_aigc_yaml,
        read_glued,
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(readers); i++) {
        const jz_status st = readers[i](text, a, inner, err);
        if (st == JZ_E_NOMEM || (st != JZ_OK && has_begun(a)) || readers[i] == read_glued)
            return st;
        if (st == JZ_OK && found_any(a, inner))
            return JZ_OK;
        jz_aigc_done(a);
        jz_buf_reset(inner);
    }
    return JZ_E_NOTFOUND; /* not reached */
}

static jz_bytes without_ends(jz_bytes text)
{
    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
        text = (jz_bytes){ text.ptr + 3, text.len - 3 };
    while (text.len > 0 && memchr(" \t\r\n", text.ptr[text.len - 1], 5) != NULL)
        text.len--;
    return text;
}

static jz_status read_layers(jz_bytes text, jz_buf layer[2], jz_aigc *a, jz_err *err)
{
    for (unsigned i = 0; i < LAYERS; i++) {
        const unsigned outer = a->traits;
        jz_buf *inner = &layer[i % 2];
        jz_buf_reset(inner);
        jz_aigc_done(a);
        const jz_status st = read_layer(without_ends(text), a, inner, err);
        a->traits |= outer;
        if (st == JZ_E_NOTFOUND && i > 0 && (outer & JZ_AIGC_WRAPPED) != 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "the text under the key AIGC is no label");
        if (st != JZ_OK || inner->len == 0)
            return st;
        text = jz_buf_bytes(inner);
    }
    return JZ_FAIL(err, JZ_E_CORRUPT, "a text in a text in a text, more than %d of them", LAYERS);
}

jz_status jz_aigc_parse(jz_bytes text, jz_aigc *out, jz_err *err)
{
    JZ_AIGC_AUTO a = { 0 };
    jz_buf layer[2] = { { 0 }, { 0 } };
    if (text.len > JZ_AIGC_TEXT_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a label of %zu bytes, limit %zu", text.len,
                       JZ_AIGC_TEXT_MAX);
    const jz_status st = read_layers(text, layer, &a, err);
    jz_buf_done(&layer[0]);
    jz_buf_done(&layer[1]);
    if (st == JZ_E_NOTFOUND)
        return JZ_FAIL(err, st, "no label in %zu bytes of text", text.len);
    JZ_TRY(st);
    *out = a;
    a = (jz_aigc){ 0 };
    return JZ_OK;
}
