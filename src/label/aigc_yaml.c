/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML block mapping (1.2.2, 8.2.2) as front matter has it: lines "key: value" by indentation,
 * scalars in each of YAML's styles, comments. No anchors, tags or sequences: labels have none. */
#include "label/aigc_text.h"

#include <string.h>

/* A line with a key, and its value. */
typedef struct entry {
    size_t at;     /* where its line begins */
    size_t indent; /* blanks before the key */
    jz_aigc_scalar key;
    jz_aigc_scalar value;
    bool flow; /* the value is a mapping in braces, which the cursor stands at */
} entry;

static void entry_done(entry *e)
{
    jz_buf_done(&e->key.text);
    jz_buf_done(&e->value.text);
}
#define ENTRY_AUTO __attribute__((cleanup(entry_done))) entry

static int blanks_in_line(jz_rd *rd)
{
    while (jz_text_peek(rd, 0) == ' ' || jz_text_peek(rd, 0) == '\t')
        rd->at++;
    return jz_text_peek(rd, 0);
}

/* Past the end of the line. */
static void skip_line(jz_rd *rd)
{
    const uint8_t *end = memchr(rd->ptr + rd->at, '\n', rd->len - rd->at);
    rd->at = end != NULL ? (size_t)(end - rd->ptr) + 1 : rd->len;
}

static bool is_line_end(int c)
{
    return c < 0 || c == '\n' || c == '\r';
}

/* "---" or "..." at the cursor, alone in its line. */
static bool is_marker(const jz_rd *rd)
{
    const int c = jz_text_peek(rd, 0);
    return (c == '-' || c == '.') && jz_text_peek(rd, 1) == c && jz_text_peek(rd, 2) == c &&
           (is_line_end(jz_text_peek(rd, 3)) || jz_text_peek(rd, 3) == ' ');
}

/* Moves to the first character of the next line that is neither empty nor a comment. */
static bool next_line(jz_rd *rd, entry *e)
{
    for (;;) {
        e->at = rd->at;
        const int c = blanks_in_line(rd);
        e->indent = rd->at - e->at;
        if (c < 0)
            return false;
        if (!is_line_end(c) && c != '#')
            return true;
        skip_line(rd);
    }
}

/* The plain key before a colon that a blank follows, in this line. */
static bool read_plain_key(jz_rd *rd, jz_buf *out)
{
    const size_t start = rd->at;
    for (;; rd->at++) {
        const int c = jz_text_peek(rd, 0);
        const int next = jz_text_peek(rd, 1);
        if (is_line_end(c))
            return false;
        if (c == ':' && (next == ' ' || next == '\t' || is_line_end(next)))
            break;
    }
    size_t end = rd->at;
    while (end > start && (rd->ptr[end - 1] == ' ' || rd->ptr[end - 1] == '\t'))
        end--;
    jz_text_put(out, (jz_bytes){ rd->ptr + start, end - start });
    rd->at++;
    return true;
}

/* Up to behind the colon; false, and the cursor anywhere in the line, where there is no key. */
static bool read_key(jz_rd *rd, jz_aigc_scalar *out)
{
    const int c = jz_text_peek(rd, 0);
    out->yaml = true;
    if (c != '"' && c != '\'')
        return read_plain_key(rd, &out->text);
    const size_t start = rd->at;
    if (jz_text_quoted(rd, &out->text, NULL) == JZ_OK && blanks_in_line(rd) == ':') {
        rd->at++;
        return true;
    }
    rd->at = start;
    return false;
}

/* Up to the end of the line or a comment. */
static void read_plain_value(jz_rd *rd, jz_aigc_scalar *out)
{
    const size_t start = rd->at;
    size_t end = start; /* behind the last character that is no blank */
    for (; !is_line_end(jz_text_peek(rd, 0)); rd->at++) {
        const uint8_t c = rd->ptr[rd->at];
        if (c == '#' && rd->at > end)
            break;
        if (c != ' ' && c != '\t')
            end = rd->at + 1;
    }
    jz_text_put(&out->text, (jz_bytes){ rd->ptr + start, end - start });
    jz_aigc_resolve(out);
}

/* The lines below a | or > that stand deeper than the key: text, whose line ends matter to no
 * label. */
static void read_block(jz_rd *rd, size_t indent, jz_aigc_scalar *out)
{
    skip_line(rd);
    for (;;) {
        const size_t line = rd->at;
        const int c = blanks_in_line(rd);
        if (c < 0 || (!is_line_end(c) && rd->at - line <= indent)) {
            rd->at = line;
            break;
        }
        const size_t start = rd->at;
        skip_line(rd);
        size_t end = rd->at;
        while (end > start && jz_text_is_blank(rd->ptr[end - 1]))
            end--;
        if (out->text.len > 0 && end > start)
            jz_buf_putc(&out->text, '\n');
        jz_text_put(&out->text, (jz_bytes){ rd->ptr + start, end - start });
    }
    out->string = true;
}

static jz_status read_value(jz_rd *rd, entry *e, jz_err *err)
{
    const int c = blanks_in_line(rd);
    jz_aigc_scalar *v = &e->value;
    e->flow = c == '{' && jz_aigc_is_wrapper(jz_buf_bytes(&e->key.text));
    if (e->flow)
        return JZ_OK;
    jz_buf_puts(&v->text, "");
    if (c == '|' || c == '>') {
        read_block(rd, e->indent, v);
        return jz_buf_check(&v->text, err);
    }
    if (c == '"' || c == '\'') {
        v->string = true;
        JZ_TRY(jz_text_quoted(rd, &v->text, err));
    } else if (c == '{' || c == '[') {
        JZ_TRY(jz_aigc_nested(rd, &v->text, err));
    } else {
        read_plain_value(rd, v);
    }
    skip_line(rd);
    return jz_buf_check(&v->text, err);
}

/* The next key and value; lines without a key are passed over. JZ_E_NOTFOUND at the end. */
static jz_status next_entry(jz_rd *rd, entry *e, jz_err *err)
{
    while (next_line(rd, e) && !is_marker(rd)) {
        jz_buf_reset(&e->key.text);
        const bool has_key = read_key(rd, &e->key);
        JZ_TRY(jz_buf_check(&e->key.text, err));
        if (has_key)
            return read_value(rd, e, err);
        skip_line(rd);
    }
    rd->at = e->at;
    return JZ_E_NOTFOUND; /* the end, no failure to tell about */
}

/* The fields in the lines that stand as deep as the first one, which is deeper than the key (or
 * not, where YAML is written wrongly and a field follows all the same). */
static jz_status read_fields(jz_rd *rd, const entry *parent, jz_aigc *a, jz_err *err)
{
    for (size_t indent = SIZE_MAX;;) {
        ENTRY_AUTO e = { 0 };
        const size_t before = rd->at;
        const jz_status st = next_entry(rd, &e, err);
        if (st != JZ_OK)
            return st == JZ_E_NOTFOUND ? JZ_OK : st;
        if (indent == SIZE_MAX)
            indent = e.indent;
        const bool below =
            parent == NULL || indent > parent->indent || jz_aigc_is_key(jz_buf_bytes(&e.key.text));
        if (!below || e.indent < indent) {
            rd->at = before;
            return JZ_OK;
        }
        if (e.indent == indent)
            JZ_TRY(jz_aigc_take(a, &e.key, &e.value, err));
    }
}

/* What stands at or below the key AIGC. */
static jz_status read_label(jz_rd *rd, const entry *e, jz_aigc *a, jz_buf *inner, jz_err *err)
{
    a->traits |= JZ_AIGC_WRAPPED;
    if (e->flow)
        return jz_aigc_flow(rd, a, inner, err);
    if (e->value.text.len == 0)
        return read_fields(rd, e, a, err);
    jz_buf_put(inner, e->value.text.ptr, e->value.text.len);
    a->traits |= JZ_AIGC_TWICE;
    return jz_buf_check(inner, err);
}

static bool is_label_entry(const entry *e)
{
    const bool text = e->value.text.len > 0 && strchr(e->value.text.ptr, '{') == NULL;
    return jz_aigc_is_wrapper(jz_buf_bytes(&e->key.text)) && !text;
}

/* Below the first key AIGC, however deep. */
static jz_status read_wrapped(jz_rd *rd, jz_aigc *a, jz_buf *inner, jz_err *err)
{
    for (;;) {
        ENTRY_AUTO e = { 0 };
        const jz_status st = next_entry(rd, &e, err);
        if (st != JZ_OK)
            return st == JZ_E_NOTFOUND ? JZ_OK : st;
        if (!is_label_entry(&e))
            continue;
        if ((a->traits & JZ_AIGC_WRAPPED) == 0)
            JZ_TRY(read_label(rd, &e, a, inner, err));
        else
            a->traits |= JZ_AIGC_REPEATED;
        if (e.flow)
            skip_line(rd);
    }
}

/* Other bytes may hold lines that look like these, but do not begin with one. */
static jz_status begins_with_key(jz_rd rd, bool *out, jz_err *err)
{
    ENTRY_AUTO e = { 0 };
    *out = next_line(&rd, &e) && jz_text_peek(&rd, 0) != '{' && read_key(&rd, &e.key);
    return jz_buf_check(&e.key.text, err);
}

jz_status jz_aigc_yaml(jz_bytes text, jz_aigc *a, jz_buf *inner, jz_err *err)
{
    entry first = { 0 };
    bool begins;
    jz_rd rd = jz_rd_of(text, "label in YAML");
    if (next_line(&rd, &first) && is_marker(&rd))
        skip_line(&rd);
    else
        rd.at = first.at;
    JZ_TRY(begins_with_key(rd, &begins, err));
    if (!begins)
        return JZ_OK;
    const size_t start = rd.at;
    a->traits |= JZ_AIGC_YAML;
    JZ_TRY(read_wrapped(&rd, a, inner, err));
    if ((a->traits & JZ_AIGC_WRAPPED) != 0)
        return JZ_OK;
    rd.at = start;
    return read_fields(&rd, NULL, a, err);
}
