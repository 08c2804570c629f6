/* SPDX-License-Identifier: Apache-2.0 */
/* A mapping in braces: a JSON object (RFC 8259) or a YAML flow mapping (1.2.2, 7.4), which allows
 * plain keys, plain values and single quotes besides. */
#include "label/aigc_text.h"

#include <string.h>

#define WRAPPERS 4 /* mappings in mappings under keys with AIGC */

static bool ends_plain(int c, bool key)
{
    return c < 0 || c == ',' || c == '}' || c == ']' || (key && c == ':');
}

static void read_plain(jz_rd *rd, bool key, jz_buf *out)
{
    const size_t start = rd->at;
    while (!ends_plain(jz_text_peek(rd, 0), key))
        rd->at++;
    size_t end = rd->at;
    while (end > start && jz_text_is_blank(rd->ptr[end - 1]))
        end--;
    jz_text_put(out, (jz_bytes){ rd->ptr + start, end - start });
}

static bool is_number(const jz_buf *text)
{
    return text->len > 0 && strspn(text->ptr, "+-.eE0123456789") == text->len;
}

void jz_aigc_resolve(jz_aigc_scalar *s)
{
    const char *text = s->text.ptr;
    s->null = s->text.len == 0 || strcmp(text, "null") == 0 || strcmp(text, "~") == 0;
    const bool boolean =
        s->text.len > 0 && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0);
    s->string = !s->null && !boolean && !is_number(&s->text);
    s->yaml = s->string || (s->null && (text == NULL || *text != 'n'));
}

jz_status jz_aigc_nested(jz_rd *rd, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO string = { 0 };
    const size_t start = rd->at;
    unsigned depth = 0;
    do {
        const int c = jz_text_peek(rd, 0);
        if (c < 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: the bracket at byte %zu is not closed", rd->what,
                           start);
        if (c == '"' || c == '\'') {
            jz_buf_reset(&string);
            JZ_TRY(jz_text_quoted(rd, &string, err));
            continue;
        }
        rd->at++;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        if (depth > JZ_AIGC_DEPTH)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: brackets %u deep at byte %zu", rd->what, depth,
                           rd->at - 1);
    } while (depth > 0);
    jz_text_put(out, (jz_bytes){ rd->ptr + start, rd->at - start });
    return jz_buf_check(out, err);
}

/* What stands at the cursor, up to what separates it from the next. */
static jz_status read_scalar(jz_rd *rd, bool key, jz_aigc_scalar *out, jz_err *err)
{
    const int c = jz_text_blanks(rd);
    if (c == '"' || c == '\'') {
        out->string = true;
        out->yaml = c == '\'';
        jz_buf_puts(&out->text, ""); /* so that an empty one is not NULL */
        return jz_text_quoted(rd, &out->text, err);
    }
    if (c == '{' || c == '[')
        return jz_aigc_nested(rd, &out->text, err);
    read_plain(rd, key, &out->text);
    jz_aigc_resolve(out);
    return jz_buf_check(&out->text, err);
}

/* A mapping that is being read. */
typedef struct flow {
    jz_rd *rd;
    jz_aigc *a;
    jz_buf *inner;
    unsigned depth; /* of wrappers */
    bool found;     /* this mapping wraps the label: its own keys are not the label's */
} flow;

static jz_status read_mapping(flow *f, jz_err *err);

/* NOLINTBEGIN(misc-no-recursion): WRAPPERS deep at most */

/* The mapping under a key with AIGC is the label, whatever was read around it. */
static jz_status read_wrapped(flow *f, jz_err *err)
{
    flow sub = { f->rd, f->a, f->inner, f->depth + 1, false };
    if (sub.depth > WRAPPERS)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: more than %d wrappers", f->rd->what, WRAPPERS);
    jz_aigc_done(f->a);
    f->a->traits = JZ_AIGC_WRAPPED;
    f->found = true;
    return read_mapping(&sub, err);
}

static jz_status read_value(flow *f, const jz_aigc_scalar *key, jz_err *err)
{
    const bool wrapper = jz_aigc_is_wrapper(jz_buf_bytes(&key->text));
    if (wrapper && !f->found && jz_text_blanks(f->rd) == '{')
        return read_wrapped(f, err);
    jz_aigc_scalar value = { 0 };
    jz_status st = read_scalar(f->rd, false, &value, err);
    const bool label =
        st == JZ_OK && wrapper && value.text.len > 0 && strchr(value.text.ptr, '{') != NULL;
    if (label && f->found) {
        f->a->traits |= JZ_AIGC_REPEATED;
    } else if (label) {
        jz_aigc_done(f->a);
        f->a->traits = JZ_AIGC_WRAPPED | JZ_AIGC_TWICE;
        f->found = true;
        jz_buf_put(f->inner, value.text.ptr, value.text.len);
        st = jz_buf_check(f->inner, err);
    } else if (st == JZ_OK && !f->found) {
        st = jz_aigc_take(f->a, key, &value, err);
    }
    jz_buf_done(&value.text);
    return st;
}

/* A key, the colon and the value. */
static jz_status read_pair(flow *f, jz_aigc_scalar *key, jz_err *err)
{
    JZ_TRY(read_scalar(f->rd, true, key, err));
    if (jz_text_blanks(f->rd) != ':')
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no colon at byte %zu", f->rd->what, f->rd->at);
    f->rd->at++;
    JZ_TRY(read_value(f, key, err));
    const int c = jz_text_blanks(f->rd);
    if (c != ',' && c != '}')
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: neither comma nor brace at byte %zu", f->rd->what,
                       f->rd->at);
    return JZ_OK;
}

static jz_status read_mapping(flow *f, jz_err *err)
{
    const size_t start = f->rd->at++;
    for (;;) {
        const int c = jz_text_blanks(f->rd);
        if (c < 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: the brace at byte %zu is not closed",
                           f->rd->what, start);
        if (c == ',' || c == '}')
            f->rd->at++;
        if (c == '}')
            return JZ_OK;
        if (c == ',')
            continue;
        jz_aigc_scalar key = { 0 };
        const jz_status st = read_pair(f, &key, err);
        jz_buf_done(&key.text);
        JZ_TRY(st);
    }
}

/* NOLINTEND(misc-no-recursion) */

jz_status jz_aigc_flow(jz_rd *rd, jz_aigc *a, jz_buf *inner, jz_err *err)
{
    flow f = { rd, a, inner, 0, false };
    return read_mapping(&f, err);
}
