/* SPDX-License-Identifier: Apache-2.0 */
#include "label/aigc.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

static const char *const names[JZ_AIGC_FIELDS] = {
    [JZ_AIGC_LABEL] = "Label",
    [JZ_AIGC_CONTENT_PRODUCER] = "ContentProducer",
    [JZ_AIGC_PRODUCE_ID] = "ProduceID",
    [JZ_AIGC_RESERVED1] = "ReservedCode1",
    [JZ_AIGC_PROPAGATOR] = "ContentPropagator",
    [JZ_AIGC_PROPAGATE_ID] = "PropagateID",
    [JZ_AIGC_RESERVED2] = "ReservedCode2",
};

const char *jz_aigc_field_name(jz_aigc_field f)
{
    assert((unsigned)f < JZ_AIGC_FIELDS);
    return names[f];
}

void jz_aigc_done(jz_aigc *a)
{
    for (size_t f = 0; f < JZ_AIGC_FIELDS; f++)
        jz_free(a->field[f]);
    *a = (jz_aigc){ 0 };
}

jz_status jz_aigc_set(jz_aigc *a, jz_aigc_field f, const char *value, jz_err *err)
{
    char *copy = value != NULL ? jz_strdup(value) : NULL;
    assert((unsigned)f < JZ_AIGC_FIELDS);
    if (value != NULL && copy == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %s", names[f]);
    jz_free(a->field[f]);
    a->field[f] = copy;
    return JZ_OK;
}

jz_status jz_aigc_copy(const jz_aigc *a, jz_aigc *out, jz_err *err)
{
    JZ_AIGC_AUTO copy = { .traits = a->traits };
    for (size_t f = 0; f < JZ_AIGC_FIELDS; f++)
        JZ_TRY(jz_aigc_set(&copy, (jz_aigc_field)f, a->field[f], err));
    *out = copy;
    copy = (jz_aigc){ 0 };
    return JZ_OK;
}

static const char *text_of(const jz_aigc *a, size_t f)
{
    return a->field[f] != NULL ? a->field[f] : "";
}

bool jz_aigc_equal(const jz_aigc *a, const jz_aigc *b)
{
    for (size_t f = 0; f < JZ_AIGC_FIELDS; f++) {
        if (strcmp(text_of(a, f), text_of(b, f)) != 0)
            return false;
    }
    return true;
}

/* App. E j): 0x21, 0x23 to 0x5B, 0x5D to 0x7E, and the quote, which is written as \". */
jz_status jz_aigc_allow(jz_aigc_field f, const char *s, jz_err *err)
{
    if (f == JZ_AIGC_LABEL && (strlen(s) != 1 || strchr("123", s[0]) == NULL))
        return JZ_FAIL(err, JZ_E_INVAL, "Label: '%.20s' is none of 1, 2, 3", s);
    for (size_t i = 0; s[i] != '\0'; i++) {
        if (s[i] < 0x21 || s[i] > 0x7e || s[i] == '\\')
            return JZ_FAIL(err, JZ_E_INVAL,
                           "%s: the byte 0x%02x at %zu may not stand in a label (App. E j)",
                           names[f], (unsigned)(uint8_t)s[i], i);
    }
    return JZ_OK;
}

static jz_status allow_all(const jz_aigc *a, jz_err *err)
{
    for (size_t f = JZ_AIGC_LABEL; f <= JZ_AIGC_PRODUCE_ID; f++) {
        if (text_of(a, f)[0] == '\0')
            return JZ_FAIL(err, JZ_E_INVAL, "%s: a label must have it", names[f]);
    }
    for (size_t f = 0; f < JZ_AIGC_FIELDS; f++)
        JZ_TRY(jz_aigc_allow((jz_aigc_field)f, text_of(a, f), err));
    return JZ_OK;
}

/* In quotes, for JSON and YAML alike. */
static void put_quoted(jz_buf *out, const char *s)
{
    jz_buf_putc(out, '"');
    for (; *s != '\0'; s++) {
        const uint8_t c = (uint8_t)*s;
        if (c < 0x20 || c == 0x7f) {
            jz_buf_printf(out, "\\u%04x", c);
            continue;
        }
        if (c == '"' || c == '\\')
            jz_buf_putc(out, '\\');
        jz_buf_putc(out, *s);
    }
    jz_buf_putc(out, '"');
}

jz_status jz_aigc_write_as_is(const jz_aigc *a, jz_buf *out, jz_err *err)
{
    for (size_t f = 0; f < JZ_AIGC_FIELDS; f++) {
        jz_buf_printf(out, "%c\"%s\":", f == 0 ? '{' : ',', names[f]);
        put_quoted(out, text_of(a, f));
    }
    jz_buf_putc(out, '}');
    return jz_buf_check(out, err);
}

jz_status jz_aigc_write(const jz_aigc *a, jz_buf *out, jz_err *err)
{
    JZ_TRY(allow_all(a, err));
    return jz_aigc_write_as_is(a, out, err);
}

jz_status jz_aigc_write_yaml_as_is(const jz_aigc *a, jz_buf *out, jz_err *err)
{
    for (size_t f = 0; f < JZ_AIGC_FIELDS; f++) {
        jz_buf_printf(out, "  %s: ", names[f]);
        put_quoted(out, text_of(a, f));
        jz_buf_putc(out, '\n');
    }
    return jz_buf_check(out, err);
}

jz_status jz_aigc_write_yaml(const jz_aigc *a, jz_buf *out, jz_err *err)
{
    JZ_TRY(allow_all(a, err));
    return jz_aigc_write_yaml_as_is(a, out, err);
}

jz_status jz_aigc_text(const jz_aigc *a, char **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(jz_aigc_write_as_is(a, &text, err));
    JZ_TRY(jz_buf_check(&text, err));
    char *copy = jz_strndup(text.ptr, text.len);
    if (copy == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    *out = copy;
    return JZ_OK;
}
