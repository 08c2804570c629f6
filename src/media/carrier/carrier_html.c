/* SPDX-License-Identifier: Apache-2.0 */
/* HTML (WHATWG HTML, 13.2.5 for the tokens): <meta name="AIGC" content="..."> in the head, which is
 * one vendor's choice and stands in no guide that is known here. A tokenizer that takes what
 * browsers take; it needs bytes below 0x80 to be ASCII, and writes no others. */
#include "media/carrier/carriers.h"

#include "base/json.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define SEARCHED ((size_t)1 << 20) /* bytes in which the head must lie */

/* Where a new element may stand, the better the later: browsers look for the charset in the first
 * 1024 bytes only, so what states it keeps its place. */
typedef enum anchor {
    ANCHOR_NONE,
    ANCHOR_DOCTYPE,
    ANCHOR_HTML,
    ANCHOR_HEAD,
    ANCHOR_CHARSET
} anchor;

typedef struct html {
    jz_buf text; /* the file's first bytes, SEARCHED at most */
    bool whole;  /* that is all of it */
    size_t at;   /* the cursor */
    anchor anchor;
    size_t anchor_at; /* behind that tag */
} html;

typedef struct tag { /* offsets in the file */
    size_t at;       /* of its < */
    size_t name, name_end;
    size_t end; /* behind its > */
    bool closing;
} tag;

typedef struct attribute {
    size_t name, name_end;
    size_t value, value_end; /* without quotes */
    bool quoted;
    bool empty; /* there is no = */
} attribute;

/* A label's element. */
typedef struct label_meta {
    tag tag;
    attribute name, content;
} label_meta;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether the text at an offset begins so, whatever the case. */
static bool at_word(const html *h, size_t at, const char *word)
{
    const size_t len = strlen(word);
    return h->text.len - at >= len && strncasecmp(h->text.ptr + at, word, len) == 0;
}

static bool is_name(const html *h, size_t from, size_t end, const char *name)
{
    return end - from == strlen(name) && at_word(h, from, name);
}

/* Behind the first occurrence of what, or the end of the text. */
static size_t behind(const html *h, size_t from, const char *what)
{
    const char *s = h->text.ptr;
    const char *found =
        from < h->text.len ? memmem(s + from, h->text.len - from, what, strlen(what)) : NULL;
    return found != NULL ? (size_t)(found - s) + strlen(what) : h->text.len;
}

/* The next attribute from *at on; false at the end of the tag, or of the text. */
static bool next_attribute(const html *h, size_t *at, attribute *out)
{
    const char *s = h->text.ptr;
    const size_t end = h->text.len;
    size_t i = *at;
    while (i < end && (is_blank(s[i]) || s[i] == '/'))
        i++;
    attribute a = { .name = i };
    *at = i;
    if (i == end || s[i] == '>')
        return false;
    do /* a = in the first place is part of the name */
        i++;
    while (i < end && !is_blank(s[i]) && s[i] != '/' && s[i] != '>' && s[i] != '=');
    a.name_end = a.value = a.value_end = i;
    while (i < end && is_blank(s[i]))
        i++;
    if (i == end || s[i] != '=') {
        a.empty = true;
        *at = a.name_end;
        *out = a;
        return true;
    }
    do
        i++;
    while (i < end && is_blank(s[i]));
    a.quoted = i < end && (s[i] == '"' || s[i] == '\'');
    const char quote = s[a.quoted ? i++ : i]; /* the text is terminated */
    a.value = i;
    while (i < end && (a.quoted ? s[i] != quote : !is_blank(s[i]) && s[i] != '>'))
        i++;
    a.value_end = i;
    *at = a.quoted && i < end ? i + 1 : i;
    *out = a;
    return true;
}

/* Reads the tag at the cursor; false where it does not end. */
static bool read_tag(html *h, tag *out)
{
    const char *s = h->text.ptr;
    attribute a;
    tag t = { .at = h->at, .closing = s[h->at + 1] == '/' };
    t.name = t.name_end = t.at + 1 + t.closing;
    while (t.name_end < h->text.len && !is_blank(s[t.name_end]) && s[t.name_end] != '/' &&
           s[t.name_end] != '>')
        t.name_end++;
    t.end = t.name_end;
    while (next_attribute(h, &t.end, &a))
        ;
    if (t.end >= h->text.len)
        return false;
    h->at = ++t.end;
    *out = t;
    return true;
}

/* Elements whose content is no markup: the cursor goes to their end tag. */
static void skip_raw_text(html *h, const tag *t)
{
    static const char *const raw[] = { "script", "style",    "title",   "textarea",
                                       "xmp",    "noframes", "noembed", "iframe" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(raw); i++) {
        if (t->closing || !is_name(h, t->name, t->name_end, raw[i]))
            continue;
        const size_t len = strlen(raw[i]);
        while ((h->at = behind(h, h->at, "</")) < h->text.len) {
            const size_t after = h->at + len;
            if (at_word(h, h->at, raw[i]) && after < h->text.len &&
                (is_blank(h->text.ptr[after]) || strchr("/>", h->text.ptr[after]) != NULL)) {
                h->at -= 2;
                return;
            }
        }
        return;
    }
}

static void note_anchor(html *h, anchor a, size_t at)
{
    if (a > h->anchor) {
        h->anchor = a;
        h->anchor_at = at;
    }
}

/* The next tag of the text; comments, declarations and raw text are passed. */
static bool next_tag(html *h, tag *out)
{
    const char *s = h->text.ptr;
    for (;;) {
        h->at = behind(h, h->at, "<");
        if (h->at >= h->text.len)
            return false;
        const size_t open = h->at - 1;
        if (at_word(h, open, "<!--")) {
            h->at = behind(h, open + 2, "-->");
        } else if (s[h->at] == '!' || s[h->at] == '?') {
            h->at = behind(h, open, ">");
            if (at_word(h, open, "<!doctype") && s[h->at - 1] == '>')
                note_anchor(h, ANCHOR_DOCTYPE, h->at);
        } else if (is_letter(s[h->at]) || (s[h->at] == '/' && is_letter(s[h->at + 1]))) {
            h->at = open;
            if (!read_tag(h, out)) {
                h->at = h->text.len;
                return false;
            }
            skip_raw_text(h, out);
            return true;
        }
    }
}

/* The first attribute of that name. */
static bool find_attribute(const html *h, const tag *t, const char *name, attribute *out)
{
    size_t at = t->name_end;
    while (next_attribute(h, &at, out)) {
        if (is_name(h, out->name, out->name_end, name))
            return true;
    }
    return false;
}

static void note_tag(html *h, const tag *t)
{
    attribute a;
    if (t->closing)
        return;
    if (is_name(h, t->name, t->name_end, "html"))
        note_anchor(h, ANCHOR_HTML, t->end);
    else if (is_name(h, t->name, t->name_end, "head"))
        note_anchor(h, ANCHOR_HEAD, t->end);
    else if (is_name(h, t->name, t->name_end, "meta") &&
             (find_attribute(h, t, "charset", &a) ||
              (find_attribute(h, t, "http-equiv", &a) &&
               is_name(h, a.value, a.value_end, "content-type"))))
        note_anchor(h, ANCHOR_CHARSET, t->end);
}

/* The next label before the head ends. */
static bool next_label(html *h, const char *key, label_meta *out)
{
    tag t;
    while (next_tag(h, &t)) {
        if (is_name(h, t.name, t.name_end, t.closing ? "head" : "body")) {
            h->at = t.at; /* again, if asked again */
            return false;
        }
        note_tag(h, &t);
        label_meta m = { .tag = t };
        if (t.closing || !is_name(h, t.name, t.name_end, "meta") ||
            !find_attribute(h, &t, "name", &m.name) ||
            !find_attribute(h, &t, "content", &m.content))
            continue;
        const jz_bytes name = { (const uint8_t *)h->text.ptr + m.name.value,
                                m.name.value_end - m.name.value };
        if (jz_meta_has_key(name, key)) {
            *out = m;
            return true;
        }
    }
    return false;
}

static jz_status open_html(jz_source *src, html *h, jz_err *err)
{
    jz_span all = jz_span_all(src, "HTML");
    const uint64_t n = src->size < SEARCHED ? src->size : SEARCHED;
    h->whole = n == src->size;
    jz_buf_puts(&h->text, ""); /* so that an empty one is not NULL */
    return jz_span_read(&all, n, SEARCHED, &h->text, err);
}

static void put_utf8(jz_buf *out, uint32_t c)
{
    const bool bad = c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000);
    const uint32_t v = bad ? 0xfffd : c;
    const unsigned more = v < 0x80 ? 0 : v < 0x800 ? 1 : v < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    jz_buf_putc(out, (char)(lead[more] | (uint8_t)(v >> (6 * more))));
    for (unsigned i = more; i > 0; i--)
        jz_buf_putc(out, (char)(0x80 | (v >> (6 * (i - 1)) & 0x3f)));
}

/* &#123; or &#x7b;, with or without the semicolon: its length, 0 where it is none. */
static size_t numeric_reference(const char *s, size_t len, uint32_t *out)
{
    const bool hex = len > 2 && (s[2] == 'x' || s[2] == 'X');
    const size_t start = hex ? 3 : 2;
    size_t i = start;
    uint32_t v = 0;
    for (; len > 1 && s[1] == '#' && i < len; i++) {
        const char c = (char)(s[i] | 0x20);
        const bool digit = s[i] >= '0' && s[i] <= '9';
        if (!digit && !(hex && c >= 'a' && c <= 'f'))
            break;
        v = v > 0x10ffff ? v : v * (hex ? 16 : 10) + (uint32_t)(digit ? s[i] - '0' : c - 'a' + 10);
    }
    *out = v;
    return i == start ? 0 : i + (i < len && s[i] == ';');
}

static size_t named_reference(const char *s, size_t len, uint32_t *out)
{
    static const struct {
        const char *text;
        uint32_t c;
    } names[] = {
        { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' }
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        const size_t n = strlen(names[i].text);
        if (n > len || memcmp(s, names[i].text, n) != 0)
            continue;
        *out = names[i].c;
        return n;
    }
    return 0;
}

void jz_html_unescape(const char *s, size_t len, jz_buf *out)
{
    jz_buf_puts(out, "");
    for (size_t i = 0; i < len;) {
        uint32_t c;
        size_t n = s[i] == '&' ? named_reference(s + i, len - i, &c) : 0;
        if (s[i] == '&' && n == 0)
            n = numeric_reference(s + i, len - i, &c);
        if (n > 0)
            put_utf8(out, c);
        else
            jz_buf_putc(out, s[i]);
        i += n > 0 ? n : 1;
    }
}

static jz_status send(const html *h, const label_meta *m, jz_meta_fn fn, void *user, jz_err *err)
{
    const char *s = h->text.ptr;
    JZ_BUF_AUTO value = { 0 };
    jz_html_unescape(s + m->content.value, m->content.value_end - m->content.value, &value);
    JZ_TRY(jz_buf_check(&value, err));
    const jz_meta meta = {
        .kind = JZ_META_TEXT,
        .where = "meta element",
        .key = { (const uint8_t *)s + m->name.value, m->name.value_end - m->name.value },
        .at = m->content.value,
        .size = m->content.value_end - m->content.value,
        .value = { (const uint8_t *)value.ptr, value.len },
    };
    return fn(user, &meta, err);
}

jz_status jz_html_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    html h = { 0 };
    label_meta m;
    jz_status st = open_html(src, &h, err);
    while (st == JZ_OK && next_label(&h, key, &m))
        st = send(&h, &m, fn, user, err);
    jz_buf_done(&h.text);
    return st;
}

/* For an attribute in quotes of either kind, in any encoding that begins with ASCII. */
jz_status jz_html_escape(jz_bytes value, jz_buf *out, jz_err *err)
{
    const char *s = (const char *)value.ptr;
    for (size_t i = 0; i < value.len;) {
        const unsigned n = jz_utf8_len(s + i, value.len - i);
        if (n == 0)
            return JZ_FAIL(err, JZ_E_INVAL, "the text is not UTF-8 at byte %zu", i);
        uint32_t c = n == 1 ? value.ptr[i] : value.ptr[i] & (0xffU >> (n + 1));
        for (unsigned k = 1; k < n; k++)
            c = c << 6 | (value.ptr[i + k] & 0x3fU);
        if (n > 1 || c == 0 || strchr("&<>\"'", (int)c) != NULL)
            jz_buf_printf(out, c == '"' ? "&quot;" : "&#%" PRIu32 ";", c);
        else
            jz_buf_putc(out, (char)c);
        i += n;
    }
    return JZ_OK;
}

static jz_status plan_new(html *h, const char *key, jz_bytes value, jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    label_meta m;
    while (next_label(h, key, &m)) /* all of the head is passed, and the anchors noted */
        ;
    if (!h->whole && h->at >= h->text.len)
        return JZ_FAIL(err, JZ_E_LIMIT, "no end of the head in the first %zu bytes", SEARCHED);
    if (h->anchor == ANCHOR_NONE)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "HTML without a doctype, html or head");
    jz_buf_printf(&text, "<meta name=\"%s\" content=\"", key);
    JZ_TRY(jz_html_escape(value, &text, err));
    jz_buf_puts(&text, "\">");
    JZ_TRY(jz_buf_check(&text, err));
    return jz_splices_add(out, h->anchor_at, 0, (jz_bytes){ (const uint8_t *)text.ptr, text.len },
                          err);
}

static jz_status plan_old(const label_meta *m, jz_bytes value, jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    const attribute *a = &m->content;
    if (value.ptr == NULL)
        return jz_splices_add(out, m->tag.at, m->tag.end - m->tag.at, (jz_bytes){ 0 }, err);
    jz_buf_puts(&text, a->quoted ? "" : a->empty ? "=\"" : "\"");
    JZ_TRY(jz_html_escape(value, &text, err));
    jz_buf_puts(&text, a->quoted ? "" : "\"");
    JZ_TRY(jz_buf_check(&text, err));
    return jz_splices_add(out, a->value, a->value_end - a->value,
                          (jz_bytes){ (const uint8_t *)text.ptr, text.len }, err);
}

static jz_status plan(html *h, const char *key, const jz_meta_edit *edit, jz_splices *out,
                      jz_err *err)
{
    label_meta m;
    h->at = 0;
    if (edit->kind != JZ_META_TEXT)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "HTML holds no XMP and no Exif here");
    if (edit->at == JZ_META_NEW)
        return plan_new(h, key, edit->value, out, err);
    while (next_label(h, key, &m)) {
        if (m.content.value == edit->at)
            return plan_old(&m, edit->value, out, err);
    }
    return JZ_FAIL(err, JZ_E_INVAL, "no label stands at offset %" PRIu64 " of this HTML", edit->at);
}

jz_status jz_html_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                       jz_splices *out, jz_err *err)
{
    html h = { 0 };
    jz_status st = open_html(src, &h, err);
    for (size_t i = 0; st == JZ_OK && i < n; i++)
        st = plan(&h, key, &edits[i], out, err);
    jz_buf_done(&h.text);
    return st;
}

static jz_status find_body(html *h, jz_body *out, jz_err *err)
{
    tag t;
    bool found = false;
    while (!found && next_tag(h, &t))
        found = !t.closing && is_name(h, t.name, t.name_end, "body");
    if (!found && !h->whole)
        return JZ_FAIL(err, JZ_E_LIMIT, "no body in the first %zu bytes", SEARCHED);
    if (!found)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "HTML without a body element");
    *out = (jz_body){ .begin = t.end, .end = JZ_META_NEW };
    while (next_tag(h, &t)) {
        if (h->whole && t.closing && is_name(h, t.name, t.name_end, "body"))
            out->end = t.at;
    }
    return JZ_OK;
}

jz_status jz_html_body(jz_source *src, jz_body *out, jz_err *err)
{
    html h = { 0 };
    jz_status st = open_html(src, &h, err);
    if (st == JZ_OK)
        st = find_body(&h, out, err);
    jz_buf_done(&h.text);
    return st;
}
