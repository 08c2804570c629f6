/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text and Markdown with YAML front matter: a file that begins with a line ---, up to a line
 * --- or .... The label is the value of a key of the top-level mapping (TC260-PG-20258A as seen in
 * published texts; YAML 1.2.2 for the syntax). What is read of YAML is only where a top-level key
 * begins and where its value ends; nothing else of the file is touched. */
#include "media/carrier/carriers.h"

#include <inttypes.h>
#include <string.h>

#define SEARCHED ((size_t)1 << 20) /* bytes in which front matter must end */
#define BOM "\xef\xbb\xbf"

typedef struct front {
    jz_buf text;  /* the file's first bytes, SEARCHED at most */
    bool whole;   /* that is all of it */
    bool found;   /* front matter that ends */
    bool opened;  /* a line --- at the start */
    bool crlf;    /* how its first line ends */
    size_t begin; /* behind a byte order mark */
    size_t keys;  /* behind the first line */
    size_t close; /* the line that ends it */
} front;

/* One key of the mapping; offsets in the file. */
typedef struct entry {
    jz_bytes key;     /* without quotes */
    size_t line;      /* where its line begins */
    size_t colon;     /* behind the colon */
    size_t value;     /* the value's first byte, or first line */
    size_t value_end; /* behind its last byte */
    size_t end;       /* behind the last line of it all */
    bool open;        /* a quote or a bracket that is not closed */
    bool odd;         /* an anchor, an alias or a tag: it is tied to other places */
} entry;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Behind the line's LF, or the limit. */
static size_t next_line(const char *s, size_t at, size_t limit)
{
    const char *lf = at < limit ? memchr(s + at, '\n', limit - at) : NULL;
    return lf != NULL ? (size_t)(lf - s) + 1 : limit;
}

/* Where what is in the line ends: before blanks and the line's end. */
static size_t trimmed(const char *s, size_t at, size_t end)
{
    while (end > at && (is_blank(s[end - 1]) || s[end - 1] == '\r' || s[end - 1] == '\n'))
        end--;
    return end;
}

static size_t skip_blanks(const char *s, size_t at, size_t end)
{
    while (at < end && is_blank(s[at]))
        at++;
    return at;
}

/* Whether the line from at is this marker alone. */
static bool is_marker(const front *f, size_t at, size_t end, const char *marker)
{
    const char *s = f->text.ptr;
    const bool complete = f->whole || (end > at && s[end - 1] == '\n');
    return complete && trimmed(s, at, end) - at == 3 && memcmp(s + at, marker, 3) == 0;
}

static bool starts_with(const front *f, const char *what)
{
    const size_t len = strlen(what);
    return f->text.len - f->begin >= len && memcmp(f->text.ptr + f->begin, what, len) == 0;
}

static void find_front(front *f)
{
    const char *s = f->text.ptr;
    const size_t limit = f->text.len;
    f->begin = starts_with(f, BOM) ? strlen(BOM) : 0;
    f->keys = next_line(s, f->begin, limit);
    f->crlf = f->keys >= 2 && memcmp(s + f->keys - 2, "\r\n", 2) == 0;
    f->opened = is_marker(f, f->begin, f->keys, "---");
    for (size_t at = f->keys; f->opened && at < limit;) {
        const size_t end = next_line(s, at, limit);
        if (is_marker(f, at, end, "---") || is_marker(f, at, end, "...")) {
            f->found = true;
            f->close = at;
            return;
        }
        at = end;
    }
}

static jz_status open_text(jz_source *src, front *f, jz_err *err)
{
    jz_span all = jz_span_all(src, "text");
    const uint64_t n = src->size < SEARCHED ? src->size : SEARCHED;
    f->whole = n == src->size;
    jz_buf_puts(&f->text, ""); /* so that an empty one is not NULL */
    JZ_TRY(jz_span_read(&all, n, SEARCHED, &f->text, err));
    find_front(f);
    return JZ_OK;
}

/* Behind the quoted scalar that begins at an offset; the limit where it does not end. */
static size_t skip_quoted(const char *s, size_t at, size_t limit)
{
    const char quote = s[at++];
    while (at < limit && s[at] != quote)
        at += quote == '"' && s[at] == '\\' && at + 1 < limit ? 2 : 1;
    return at < limit ? at + 1 : limit + 1;
}

/* The same for brackets. Quotes begin a scalar only where one may begin. */
static size_t skip_flow(const char *s, size_t at, size_t limit)
{
    unsigned depth = 0;
    char before = ' ';
    while (at < limit) {
        const char c = s[at];
        const bool opens = strchr("{[,: \t\n", before) != NULL;
        before = c;
        if ((c == '"' || c == '\'') && opens) {
            at = skip_quoted(s, at, limit);
            continue;
        }
        at++;
        depth += c == '{' || c == '[';
        if (c != '}' && c != ']')
            continue;
        if (--depth == 0)
            return at;
    }
    return limit + 1;
}

/* Behind the last of the lines from at that belong to the key before them: indented ones, items of
 * a sequence, and the blank ones and comments between those. */
static size_t skip_nested(const char *s, size_t at, size_t limit)
{
    size_t end = at;
    while (at < limit) {
        const size_t next = next_line(s, at, limit);
        const size_t last = trimmed(s, at, next);
        const bool item = s[at] == '-' && (last == at + 1 || (last > at && is_blank(s[at + 1])));
        if (last > at && (is_blank(s[at]) || item))
            end = next;
        else if (last > at && s[at] != '#')
            break;
        at = next;
    }
    return end;
}

/* The key that begins at e->line, and its colon. */
static bool read_key(const char *s, size_t limit, entry *e)
{
    const size_t at = e->line;
    const size_t end = trimmed(s, at, next_line(s, at, limit));
    const bool quoted = end > at && (s[at] == '"' || s[at] == '\'');
    size_t key_end = quoted ? skip_quoted(s, at, end) : at;
    size_t colon = quoted ? skip_blanks(s, key_end, end) : at;
    if (end == at || strchr(" \t#{[|>&*!%@`,?", s[at]) != NULL || memcmp(s + at, "- ", 2) == 0)
        return false;
    while (
        !quoted && colon < end &&
        !(s[colon] == ':' && (colon + 1 == end || is_blank(s[colon + 1]) || s[colon + 1] == '{')))
        colon++;
    if (colon >= end || s[colon] != ':')
        return false;
    if (!quoted)
        key_end = trimmed(s, at, colon);
    e->key = (jz_bytes){ (const uint8_t *)s + at + quoted, key_end - at - 2 * (size_t)quoted };
    e->colon = colon + 1;
    return true;
}

/* Where the value behind the colon is, by how it begins. */
static void find_value(const char *s, size_t limit, entry *e)
{
    const size_t next = next_line(s, e->colon, limit);
    const size_t last = trimmed(s, e->colon, next);
    const size_t at = skip_blanks(s, e->colon, last);
    const char c = (char)(at < last ? s[at] : '#');
    e->end = skip_nested(s, next, limit);
    e->value = at;
    e->value_end = trimmed(s, at, e->end);
    if (c == '#' || c == '|' || c == '>') {
        e->value = next;
        e->value_end = e->end;
    } else if (c == '{' || c == '[' || c == '"' || c == '\'') {
        const bool flow = c == '{' || c == '[';
        const size_t end = flow ? skip_flow(s, at, limit) : skip_quoted(s, at, limit);
        e->open = end > limit;
        if (e->open)
            return;
        e->value_end = end;
        e->end = next_line(s, end - 1, limit);
    } else {
        e->odd = c == '&' || c == '!' || c == '*';
    }
}

/* The next key from *at on; false at the end. *strange: the first line that is part of no key. */
static bool next_entry(const front *f, size_t *at, entry *out, size_t *strange)
{
    const char *s = f->text.ptr;
    while (*at < f->close) {
        entry e = { .line = *at };
        const size_t next = next_line(s, e.line, f->close);
        *at = next;
        if (read_key(s, f->close, &e)) {
            find_value(s, f->close, &e);
            *at = e.end;
            *out = e;
            return true;
        }
        if (trimmed(s, e.line, next) > e.line && s[e.line] != '#' && *strange == 0)
            *strange = e.line;
    }
    return false;
}

/* CRLF becomes LF. */
static void put_unix(jz_buf *out, const char *s, size_t len)
{
    jz_buf_puts(out, "");
    for (size_t i = 0; i < len; i++) {
        if (s[i] != '\r' || i + 1 == len || s[i + 1] != '\n')
            jz_buf_putc(out, s[i]);
    }
}

static jz_status send(const front *f, const entry *e, jz_meta_fn fn, void *user, jz_err *err)
{
    JZ_BUF_AUTO value = { 0 };
    put_unix(&value, f->text.ptr + e->value, e->value_end - e->value);
    JZ_TRY(jz_buf_check(&value, err));
    const jz_meta meta = { .kind = JZ_META_TEXT,
                           .where = "YAML front matter",
                           .key = e->key,
                           .at = e->value,
                           .size = e->value_end - e->value,
                           .value = { (const uint8_t *)value.ptr, value.len } };
    return fn(user, &meta, err);
}

static jz_status list(const front *f, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    size_t at = f->keys;
    size_t strange = 0;
    entry e;
    while (f->found && next_entry(f, &at, &e, &strange)) {
        if (jz_meta_has_key(e.key, key))
            JZ_TRY(send(f, &e, fn, user, err));
    }
    return JZ_OK;
}

jz_status jz_text_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    front f = { 0 };
    jz_status st = open_text(src, &f, err);
    if (st == JZ_OK)
        st = list(&f, key, fn, user, err);
    jz_buf_done(&f.text);
    return st;
}

static void put_eol(const front *f, jz_buf *out)
{
    jz_buf_puts(out, f->crlf ? "\r\n" : "\n");
}

/* The lines of a value with the file's line ends; one without indentation gets it. */
static void put_lines(const front *f, jz_bytes value, jz_buf *out)
{
    const char *s = (const char *)value.ptr;
    for (size_t at = 0; at < value.len;) {
        const size_t next = next_line(s, at, value.len);
        const size_t last = trimmed(s, at, next);
        if (last > at && !is_blank(s[at]))
            jz_buf_puts(out, "  ");
        jz_buf_put(out, s + at, last - at);
        put_eol(f, out);
        at = next;
    }
}

/* Texts that are something else, which a front matter would break. */
static const char *other_form(const front *f)
{
    static const struct {
        const char *begins, *is;
    } forms[] = { { "+++", "it begins with front matter in TOML" },
                  { "{", "it is JSON by its first character" },
                  { "#!", "it is a script" },
                  { "<?", "it is XML or a script" } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(forms); i++) {
        if (starts_with(f, forms[i].begins))
            return forms[i].is;
    }
    return NULL;
}

static jz_status plan_new(const front *f, const char *key, jz_bytes value, jz_splices *out,
                          jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    const char *other = other_form(f);
    if (other != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a text that cannot have front matter: %s", other);
    if (!f->found) {
        jz_buf_puts(&text, "---");
        put_eol(f, &text);
    }
    jz_buf_printf(&text, "%s:", key);
    put_eol(f, &text);
    put_lines(f, value, &text);
    if (!f->found) {
        jz_buf_puts(&text, "---");
        put_eol(f, &text);
    }
    JZ_TRY(jz_buf_check(&text, err));
    return jz_splices_add(out, f->found ? f->close : f->begin, 0,
                          (jz_bytes){ (const uint8_t *)text.ptr, text.len }, err);
}

static jz_status plan_old(const front *f, const entry *e, jz_bytes value, jz_splices *out,
                          jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    const size_t from = value.ptr != NULL ? e->colon : e->line;
    if (e->odd)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "front matter: an anchor, an alias or a tag at offset %zu", e->value);
    if (value.ptr != NULL) {
        put_eol(f, &text);
        put_lines(f, value, &text);
    }
    JZ_TRY(jz_buf_check(&text, err));
    return jz_splices_add(out, from, e->end - from,
                          (jz_bytes){ (const uint8_t *)text.ptr, text.len }, err);
}

static jz_status plan(const front *f, const char *key, const jz_meta_edit *edit, jz_splices *out,
                      jz_err *err)
{
    size_t at = f->keys;
    size_t strange = 0;
    entry e;
    if (edit->kind != JZ_META_TEXT)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a text holds no XMP and no Exif");
    if (edit->at == JZ_META_NEW)
        return plan_new(f, key, edit->value, out, err);
    while (f->found && next_entry(f, &at, &e, &strange)) {
        if (e.value == edit->at && jz_meta_has_key(e.key, key))
            return plan_old(f, &e, edit->value, out, err);
    }
    return JZ_FAIL(err, JZ_E_INVAL, "no label stands at offset %" PRIu64 " of this text", edit->at);
}

static jz_status check_end(const front *f, jz_err *err)
{
    if (f->opened && !f->found && !f->whole)
        return JZ_FAIL(err, JZ_E_LIMIT, "no end of the front matter in the first %zu bytes",
                       SEARCHED);
    return JZ_OK;
}

/* Front matter that is more, or less, than a mapping whose keys stand at the line's start. */
static jz_status check_mapping(const front *f, jz_err *err)
{
    size_t at = f->keys;
    size_t strange = 0;
    entry e;
    JZ_TRY(check_end(f, err));
    while (f->found && next_entry(f, &at, &e, &strange)) {
        if (e.open)
            return JZ_FAIL(err, JZ_E_CORRUPT, "front matter: the value at offset %zu has no end",
                           e.value);
    }
    if (strange != 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "front matter: the line at offset %zu belongs to no key", strange);
    return JZ_OK;
}

jz_status jz_text_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                       jz_splices *out, jz_err *err)
{
    front f = { 0 };
    jz_status st = open_text(src, &f, err);
    if (st == JZ_OK)
        st = check_mapping(&f, err);
    for (size_t i = 0; st == JZ_OK && i < n; i++)
        st = plan(&f, key, &edits[i], out, err);
    jz_buf_done(&f.text);
    return st;
}

static jz_status find_body(const front *f, uint64_t size, jz_body *out, jz_err *err)
{
    const char *other = other_form(f);
    if (other != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a text that cannot have a mark: %s", other);
    JZ_TRY(check_end(f, err));
    *out = (jz_body){ .begin = f->found ? next_line(f->text.ptr, f->close, f->text.len) : f->begin,
                      .end = size,
                      .crlf = f->crlf };
    return JZ_OK;
}

jz_status jz_text_body(jz_source *src, jz_body *out, jz_err *err)
{
    front f = { 0 };
    jz_status st = open_text(src, &f, err);
    if (st == JZ_OK)
        st = find_body(&f, src->size, out, err);
    jz_buf_done(&f.text);
    return st;
}
