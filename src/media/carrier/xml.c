/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/xml.h"

#include "base/json.h"
#include "base/rd.h"

#include <string.h>

static jz_bytes slice(jz_bytes text, size_t from, size_t to)
{
    return (jz_bytes){ text.ptr + from, to - from };
}

static bool starts(jz_bytes text, size_t at, const char *s)
{
    const size_t len = strlen(s);
    return at <= text.len && len <= text.len - at && memcmp(text.ptr + at, s, len) == 0;
}

/* Moves *at behind the next s. */
static bool pass(jz_bytes text, const char *s, size_t *at)
{
    const uint8_t *hit = memmem(text.ptr + *at, text.len - *at, s, strlen(s));
    if (hit == NULL)
        return false;
    *at = (size_t)(hit - text.ptr) + strlen(s);
    return true;
}

/* What looks like a tag and is none: from its first characters to its last. */
static const char *const asides[][2] = {
    { "<!--", "-->" },
    { "<![CDATA[", "]]>" },
    { "<?", "?>" },
};

/* Moves *at behind the aside that begins there; *is_aside tells whether one does. */
static jz_status pass_aside(jz_bytes text, size_t *at, bool *is_aside, jz_err *err)
{
    *is_aside = false;
    for (size_t i = 0; i < JZ_ARRAY_LEN(asides) && !*is_aside; i++) {
        *is_aside = starts(text, *at, asides[i][0]);
        if (!*is_aside)
            continue;
        *at += strlen(asides[i][0]);
        if (!pass(text, asides[i][1], at))
            return JZ_FAIL(err, JZ_E_CORRUPT, "XML: %s without %s", asides[i][0], asides[i][1]);
    }
    return JZ_OK;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_quote(uint8_t c)
{
    return c == '"' || c == '\'';
}

/* Where the tag that begins at an offset has its ">", which may not stand in quotes. */
static jz_status find_tag_end(jz_bytes text, size_t at, size_t *out, jz_err *err)
{
    uint8_t quote = 0;
    for (size_t i = at; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (quote == 0 && c == '>') {
            *out = i;
            return JZ_OK;
        }
        if (quote == 0 && is_quote(c))
            quote = c;
        else if (c == quote)
            quote = 0;
    }
    return JZ_FAIL(err, JZ_E_CORRUPT, "XML: the tag at offset %zu does not end", at);
}

static jz_status read_tag(jz_bytes text, size_t at, jz_xml_tag *out, jz_err *err)
{
    size_t close;
    jz_xml_tag t = { .at = at, .closes = starts(text, at, "</") };
    if (starts(text, at, "<!"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "XML: a document type at offset %zu", at);
    JZ_TRY(find_tag_end(text, at, &close, err));
    const size_t begin = at + (t.closes ? 2 : 1);
    size_t name_end = begin;
    t.empty = !t.closes && close > begin && text.ptr[close - 1] == '/';
    const size_t stop = t.empty ? close - 1 : close;
    while (name_end < stop && !is_blank(text.ptr[name_end]) && !is_quote(text.ptr[name_end]))
        name_end++;
    if (name_end == begin)
        return JZ_FAIL(err, JZ_E_CORRUPT, "XML: a tag without a name at offset %zu", at);
    t.name = slice(text, begin, name_end);
    t.attributes = slice(text, name_end, stop);
    t.end = close + 1;
    *out = t;
    return JZ_OK;
}

jz_status jz_xml_next_tag(jz_bytes text, size_t *at, jz_xml_tag *out, bool *found, jz_err *err)
{
    *found = false;
    while (*at < text.len) {
        const uint8_t *open = memchr(text.ptr + *at, '<', text.len - *at);
        bool aside;
        if (open == NULL)
            break;
        *at = (size_t)(open - text.ptr);
        JZ_TRY(pass_aside(text, at, &aside, err));
        if (aside)
            continue;
        JZ_TRY(read_tag(text, *at, out, err));
        *at = out->end;
        *found = true;
        break;
    }
    return JZ_OK;
}

jz_status jz_xml_find(jz_bytes text, size_t from, jz_xml_element *out, bool *found, jz_err *err)
{
    jz_xml_tag first;
    JZ_TRY(jz_xml_next_tag(text, &from, &first, found, err));
    if (!*found)
        return JZ_OK;
    jz_xml_tag last = first;
    for (size_t depth = first.empty || first.closes ? 0 : 1; depth > 0;) {
        bool more;
        JZ_TRY(jz_xml_next_tag(text, &from, &last, &more, err));
        if (!more)
            return JZ_FAIL(err, JZ_E_CORRUPT, "XML: the element at offset %zu does not end",
                           first.at);
        depth += last.closes ? (size_t)-1 : last.empty ? 0 : 1;
    }
    if (first.closes || !jz_bytes_same(first.name, last.name))
        return JZ_FAIL(err, JZ_E_CORRUPT, "XML: the tag at offset %zu closes no element", last.at);
    const size_t inner_end = first.empty ? first.end : last.at;
    *out = (jz_xml_element){
        .at = first.at,
        .end = last.end,
        .name = first.name,
        .attributes = first.attributes,
        .inner = slice(text, first.end, inner_end),
        .empty = first.empty,
    };
    return JZ_OK;
}

jz_status jz_xml_root(jz_bytes text, const char *local, jz_xml_element *out, jz_err *err)
{
    bool found;
    jz_xml_element more;
    if (starts(text, 0, "\xff\xfe") || starts(text, 0, "\xfe\xff") ||
        memchr(text.ptr, 0, text.len < 4 ? text.len : 4) != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "XML in UTF-16");
    JZ_TRY(jz_xml_find(text, 0, out, &found, err));
    if (!found || !jz_xml_is(out, local))
        return JZ_FAIL(err, JZ_E_CORRUPT, "XML: no element %s", local);
    JZ_TRY(jz_xml_find(text, out->end, &more, &found, err));
    if (found)
        return JZ_FAIL(err, JZ_E_CORRUPT, "XML: more than one document element");
    return JZ_OK;
}

jz_xml_children jz_xml_children_of(jz_bytes text, const jz_xml_element *parent)
{
    const size_t at = (size_t)(parent->inner.ptr - text.ptr);
    return (jz_xml_children){ text, at, at + parent->inner.len };
}

jz_status jz_xml_next(jz_xml_children *c, jz_xml_element *out, bool *found, jz_err *err)
{
    JZ_TRY(jz_xml_find((jz_bytes){ c->text.ptr, c->end }, c->at, out, found, err));
    c->at = *found ? out->end : c->end;
    return JZ_OK;
}

jz_bytes jz_xml_prefix_of(jz_bytes name)
{
    const uint8_t *colon = memchr(name.ptr, ':', name.len);
    return slice(name, 0, colon == NULL ? 0 : (size_t)(colon - name.ptr) + 1);
}

jz_bytes jz_xml_prefix(const jz_xml_element *e)
{
    return jz_xml_prefix_of(e->name);
}

bool jz_xml_is(const jz_xml_element *e, const char *local)
{
    const size_t prefix = jz_xml_prefix(e).len;
    return e->name.len - prefix == strlen(local) && starts(e->name, prefix, local);
}

/* Quotes are paired as in find_tag_end(), also where what stands between them is no attribute. */
bool jz_xml_next_attribute(jz_bytes a, size_t *from, jz_xml_attr *out)
{
    size_t at = *from;
    while (at < a.len && is_blank(a.ptr[at]))
        at++;
    const size_t begin = at;
    while (at < a.len && a.ptr[at] != '=' && !is_blank(a.ptr[at]) && !is_quote(a.ptr[at]))
        at++;
    out->name = slice(a, begin, at);
    while (at < a.len && !is_quote(a.ptr[at]))
        at++;
    if (at == a.len)
        return false;
    const size_t value = at + 1;
    const uint8_t *close = memchr(a.ptr + value, a.ptr[at], a.len - value);
    if (close == NULL)
        return false;
    at = (size_t)(close - a.ptr);
    out->value = slice(a, value, at);
    *from = at + 1;
    return true;
}

jz_bytes jz_xml_attribute(const jz_xml_element *e, const char *name)
{
    jz_xml_attr attr;
    for (size_t at = 0; jz_xml_next_attribute(e->attributes, &at, &attr);) {
        if (attr.name.len == strlen(name) && starts(attr.name, 0, name))
            return attr.value;
    }
    return (jz_bytes){ 0 };
}

static void put_character(uint32_t c, jz_buf *out)
{
    const uint8_t utf8[4] = { (uint8_t)(0xf0 | c >> 18), (uint8_t)(0x80 | (c >> 12 & 0x3f)),
                              (uint8_t)(0x80 | (c >> 6 & 0x3f)), (uint8_t)(0x80 | (c & 0x3f)) };
    if (c < 0x80) {
        jz_buf_putc(out, (char)c);
    } else if (c < 0x800) {
        jz_buf_putc(out, (char)(uint8_t)(0xc0 | c >> 6));
        jz_buf_put(out, utf8 + 3, 1);
    } else if (c < 0x10000) {
        jz_buf_putc(out, (char)(uint8_t)(0xe0 | c >> 12));
        jz_buf_put(out, utf8 + 2, 2);
    } else {
        jz_buf_put(out, utf8, 4);
    }
}

static unsigned digit_of(uint8_t c, unsigned base)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    const uint8_t lower = c | 0x20;
    return base == 16 && lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : base;
}

/* The number of &#NNN; or &#xNNN; between "#" and ";", 0 where it names no character. */
static uint32_t numeric(jz_bytes digits)
{
    const unsigned base = starts(digits, 0, "x") ? 16 : 10;
    uint32_t c = 0;
    for (size_t i = base == 16; i < digits.len; i++) {
        const unsigned d = digit_of(digits.ptr[i], base);
        if (d == base || c > 0x10ffff)
            return 0;
        c = c * base + d;
    }
    return c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : c;
}

static const struct {
    const char *name;
    char c;
} entities[] = {
    { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' },
};

/* What the reference at an offset stands for; gives its length, 0 where it is none. */
static size_t unescape_one(jz_bytes text, size_t at, jz_buf *out)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(entities); i++) {
        if (!starts(text, at, entities[i].name))
            continue;
        jz_buf_putc(out, entities[i].c);
        return strlen(entities[i].name);
    }
    const size_t left = text.len - at;
    const uint8_t *end = memchr(text.ptr + at, ';', left < 12 ? left : 12);
    if (end == NULL || !starts(text, at, "&#"))
        return 0;
    const size_t stop = (size_t)(end - text.ptr);
    const uint32_t c = numeric(slice(text, at + 2, stop));
    if (c == 0)
        return 0;
    put_character(c, out);
    return stop + 1 - at;
}

/* Appends the byte at *at, or what the reference there stands for. */
static void unescape_next(jz_bytes text, size_t *at, jz_buf *out)
{
    const size_t n = text.ptr[*at] == '&' ? unescape_one(text, *at, out) : 0;
    if (n == 0)
        jz_buf_putc(out, (char)text.ptr[*at]);
    *at += n > 0 ? n : 1;
}

void jz_xml_unescape_attribute(jz_bytes text, jz_buf *out)
{
    for (size_t at = 0; at < text.len;)
        unescape_next(text, &at, out);
}

void jz_xml_unescape(jz_bytes text, jz_buf *out)
{
    bool markup = true; /* until one begins that does not end: then the rest is text */
    for (size_t at = 0; at < text.len;) {
        const size_t begin = at;
        bool aside = false;
        if (!markup || text.ptr[at] != '<') {
            unescape_next(text, &at, out);
            continue;
        }
        markup = pass_aside(text, &at, &aside, NULL) == JZ_OK && (aside || pass(text, ">", &at));
        if (!markup)
            at = begin;
        else if (aside && starts(text, begin, "<![CDATA["))
            jz_buf_put(out, text.ptr + begin + 9, at - begin - 9 - 3);
    }
}

static const char *reference_of(uint8_t c)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(entities); i++) {
        if (entities[i].c == (char)c)
            return entities[i].name;
    }
    return c == '\r' ? "&#13;" : c == '\n' ? "&#10;" : c == '\t' ? "&#9;" : NULL;
}

jz_status jz_xml_escape(jz_bytes text, jz_buf *out, jz_err *err)
{
    for (size_t at = 0; at < text.len;) {
        const char *s = (const char *)text.ptr + at;
        const unsigned n = jz_utf8_len(s, text.len - at);
        const char *reference = reference_of(text.ptr[at]);
        const bool none =
            n == 0 || (text.ptr[at] < 0x20 && reference == NULL) ||
            (n == 3 && (memcmp(s, "\xef\xbf\xbe", 3) == 0 || memcmp(s, "\xef\xbf\xbf", 3) == 0));
        if (none)
            return JZ_FAIL(err, JZ_E_INVAL, "a value with a byte 0x%02x that XML cannot hold",
                           text.ptr[at]);
        if (reference != NULL)
            jz_buf_puts(out, reference);
        else
            jz_buf_put(out, s, n);
        at += n;
    }
    return jz_buf_check(out, err);
}
