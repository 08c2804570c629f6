/* SPDX-License-Identifier: Apache-2.0 */
#include "label/security_pins.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"

#include <string.h>

#define PINS_MAX ((size_t)1 << 20) /* bytes of the file */

struct jz_pins {
    jz_pin *pin;
    size_t n, size;
};

void jz_pins_free(jz_pins *pins)
{
    if (pins == NULL)
        return;
    jz_free(pins->pin);
    jz_free(pins);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static jz_bytes trim(const char *s, size_t len)
{
    while (len > 0 && is_blank(s[len - 1]))
        len--;
    while (len > 0 && is_blank(*s)) {
        s++;
        len--;
    }
    return (jz_bytes){ (const uint8_t *)s, len };
}

/* # begins a comment at the start of a line or behind a blank: names may contain it. */
static size_t without_comment(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '#' && (i == 0 || is_blank(s[i - 1])))
            return i;
    }
    return len;
}

static bool is_name(jz_bytes name)
{
    const char *s = (const char *)name.ptr;
    for (size_t i = 0; i < name.len;) {
        const unsigned n = jz_utf8_len(s + i, name.len - i);
        if (n == 0 || jz_utf8_is_control(s + i, n))
            return false;
        i += n;
    }
    return true;
}

/* The key is the last word, the name all before it. */
static jz_status read_line(const char *s, size_t len, jz_pins *pins, jz_err *err)
{
    jz_pin pin = { 0 };
    const jz_bytes line = trim(s, without_comment(s, len));
    const char *text = (const char *)line.ptr;
    size_t key = line.len;
    if (line.len == 0)
        return JZ_OK;
    while (key > 0 && !is_blank(text[key - 1]))
        key--;
    const jz_bytes name = trim(text, key);
    if (name.len == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a name and a key");
    if (name.len >= sizeof pin.name || !is_name(name))
        return JZ_FAIL(err, JZ_E_CORRUPT, "the name is not text of at most %zu bytes",
                       sizeof pin.name - 1);
    JZ_TRY(jz_sm2_read_point(text + key, line.len - key, pin.key, err));
    memcpy(pin.name, name.ptr, name.len);
    jz_pin *grown = jz_grow(pins->pin, pins->n, &pins->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu pinned keys", pins->n + 1);
    pins->pin = grown;
    pins->pin[pins->n++] = pin;
    return JZ_OK;
}

static jz_status read_lines(const jz_buf *text, const char *path, jz_pins *pins, jz_err *err)
{
    const char *at = text->ptr;
    size_t left = text->len;
    for (unsigned line = 1; left > 0; line++) {
        const char *lf = memchr(at, '\n', left);
        const size_t len = lf != NULL ? (size_t)(lf - at) : left;
        JZ_TRY_CTX(read_line(at, len, pins, err), err, "%s, line %u", path, line);
        at += len + (lf != NULL);
        left -= len + (lf != NULL);
    }
    return JZ_OK;
}

jz_status jz_pins_load(const char *path, jz_pins **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_auto(jz_pins) *pins = jz_alloc_zero(1, sizeof *pins);
    if (pins == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for pinned keys");
    JZ_TRY(jz_file_read(path, PINS_MAX, &text, err));
    JZ_TRY(read_lines(&text, path, pins, err));
    *out = JZ_TAKE(pins);
    return JZ_OK;
}

const jz_pin *jz_pins_at(const jz_pins *pins, size_t i)
{
    return pins != NULL && i < pins->n ? &pins->pin[i] : NULL;
}

const jz_pin *jz_pins_find(const jz_pins *pins, const uint8_t point[JZ_SM2_POINT])
{
    for (size_t i = 0; jz_pins_at(pins, i) != NULL; i++) {
        if (memcmp(pins->pin[i].key, point, JZ_SM2_POINT) == 0)
            return &pins->pin[i];
    }
    return NULL;
}
