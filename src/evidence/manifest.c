/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/manifest.h"

#include "base/buf.h"
#include "base/hex.h"
#include "base/json.h"
#include "evidence/bagit.h"

#include <string.h>

typedef struct reader {
    const jz_manifest_rules *rules;
    const jz_manifest_sink *sink;
    size_t number;
    bool crlf_told;
    jz_buf name;
} reader;

static jz_status tell(const reader *r, jz_bag_level level, const char *what, const char *why,
                      jz_err *err)
{
    return r->sink->tell(r->sink->user, level, r->number, what, why, err);
}

static jz_status fault(const reader *r, const char *what, const char *why, jz_err *err)
{
    return tell(r, JZ_BAG_FAULT, what, why, err);
}

static bool has_capitals(const char *hex, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (hex[i] >= 'A' && hex[i] <= 'F')
            return true;
    return false;
}

/* NULL, or what is wrong with a part of a path. */
static const char *part_wrong(const char *part, size_t len)
{
    if (len == 0)
        return "a path with an empty part: absolute, or with '//' or '/' at its end";
    if (len == 1 && part[0] == '.')
        return "a path with a part '.'";
    if (len == 2 && part[0] == '.' && part[1] == '.')
        return "a path with a part '..', which leads out of its folder";
    return NULL;
}

/* NULL, or why the name must not be in a bag. */
static const char *name_wrong(const char *name, size_t len)
{
    if (len > 0 && name[0] == '~')
        return "a path that begins with '~', which shells replace by a home folder";
    for (size_t i = 0; i < len;) {
        const unsigned n = jz_utf8_len(name + i, len - i);
        if (n == 0)
            return "a name that is not UTF-8";
        /* The two that a manifest can escape are told as a note by their escapes. */
        if (jz_utf8_is_control(name + i, n) && name[i] != '\n' && name[i] != '\r')
            return "a control character in a name";
        if (name[i] == '\\')
            return "a backslash in a name, which divides folders elsewhere";
        i += n;
    }
    for (size_t at = 0; at <= len;) {
        const char *slash = len > at ? memchr(name + at, '/', len - at) : NULL;
        const size_t part = slash != NULL ? (size_t)(slash - (name + at)) : len - at;
        const char *wrong = part_wrong(name + at, part);
        if (wrong != NULL)
            return wrong;
        at += part + 1;
    }
    return NULL;
}

static bool in_data(const char *name)
{
    return strncmp(name, "data/", 5) == 0;
}

/* Our own names are fewer than what is harmless. */
static const char *own_wrong(const reader *r)
{
    const char *name = r->name.ptr;
    if (!jz_bag_name_ok(r->rules->tags ? name : name + 5))
        return "not a name as this program writes them";
    return NULL;
}

/* NULL, or why a file cannot be listed here. */
static const char *area_wrong(const reader *r)
{
    if (in_data(r->name.ptr) && r->rules->tags)
        return "a payload file in a tag manifest";
    if (!in_data(r->name.ptr) && !r->rules->tags)
        return "a file outside data/ in a payload manifest";
    if (r->rules->tags && strncmp(r->name.ptr, "tagmanifest-", 12) == 0)
        return "a tag manifest in a tag manifest";
    return NULL;
}

/* RFC 8493, 2.1.3: of all characters only LF, CR and '%' are escaped. Bytes of the escape at s, and
 * what it stands for; 0 where there is none. */
static size_t escape_at(const char *s, size_t left, char *out)
{
    static const struct {
        char code[4];
        char is;
    } escapes[] = {
        { "%0A", '\n' }, { "%0a", '\n' }, { "%0D", '\r' }, { "%0d", '\r' }, { "%25", '%' }
    };
    for (size_t e = 0; left >= 3 && e < JZ_ARRAY_LEN(escapes); e++)
        if (memcmp(s, escapes[e].code, 3) == 0) {
            *out = escapes[e].is;
            return 3;
        }
    return 0;
}

static jz_status unescape(reader *r, const char *s, size_t len, jz_err *err)
{
    bool stray = false;
    bool raw_cr = false;
    jz_buf_reset(&r->name);
    for (size_t i = 0; i < len;) {
        char c = s[i];
        const size_t escape = escape_at(s + i, len - i, &c);
        stray = stray || (escape == 0 && c == '%');
        raw_cr = raw_cr || (escape == 0 && c == '\r');
        jz_buf_putc(&r->name, c);
        i += escape > 0 ? escape : 1;
    }
    JZ_TRY(jz_buf_check(&r->name, err));
    if (stray)
        JZ_TRY(fault(r, "escape", "a '%' that is not %25, %0A or %0D", err));
    if (raw_cr)
        return fault(r, "name", "a carriage return in a name, not escaped", err);
    if (strpbrk(r->name.ptr, "\r\n") != NULL)
        return tell(r, JZ_BAG_NOTE, "name", "a line break in a name, escaped as it must be", err);
    return JZ_OK;
}

static jz_status read_name(reader *r, const char *s, size_t len, bool *usable, jz_err *err)
{
    *usable = false;
    if (len == 0)
        return fault(r, "syntax", "no name behind the hash", err);
    if (len > JZ_MANIFEST_NAME_MAX)
        return fault(r, "limit", "a name of more than 4096 bytes", err);
    JZ_TRY(unescape(r, s, len, err));
    if (memchr(r->name.ptr, '\0', r->name.len) != NULL)
        return fault(r, "name", "a NUL in a name", err);
    const char *wrong = name_wrong(r->name.ptr, r->name.len);
    if (wrong != NULL)
        JZ_TRY(fault(r, "name", wrong, err));
    const char *area = area_wrong(r);
    if (area != NULL)
        return fault(r, "name", area, err);
    wrong = wrong == NULL && r->rules->own ? own_wrong(r) : NULL;
    if (wrong != NULL)
        JZ_TRY(fault(r, "name", wrong, err));
    *usable = true;
    return JZ_OK;
}

/* The blanks between hash and name. */
static jz_status read_blanks(const reader *r, const char *s, size_t len, size_t *blanks,
                             jz_err *err)
{
    size_t n = 0;
    while (n < len && (s[n] == ' ' || s[n] == '\t'))
        n++;
    *blanks = n;
    if (r->rules->own && (n != 2 || memcmp(s, "  ", 2) != 0))
        return fault(r, "syntax", "not two blanks between hash and name", err);
    if (n < len && s[n] == '*')
        return fault(r, "syntax", "an asterisk before the name: the output of a checksum tool",
                     err);
    return JZ_OK;
}

static jz_status read_line(reader *r, const char *s, size_t len, jz_err *err)
{
    jz_manifest_line line = { .number = r->number };
    const size_t hex = 2 * r->rules->digest_size;
    size_t digits = 0;
    size_t blanks = 0;
    bool usable = false;
    while (digits < len && s[digits] != ' ' && s[digits] != '\t')
        digits++;
    if (len == 0)
        return fault(r, "syntax", "an empty line", err);
    if (digits != hex || !jz_hex_decode(s, digits, line.digest, r->rules->digest_size))
        return fault(r, "syntax", "does not begin with a hash of the right length in hex", err);
    if (r->rules->own && has_capitals(s, digits))
        JZ_TRY(fault(r, "syntax", "a hash in upper-case hex", err));
    JZ_TRY(read_blanks(r, s + digits, len - digits, &blanks, err));
    JZ_TRY(read_name(r, s + digits + blanks, len - digits - blanks, &usable, err));
    if (!usable)
        return JZ_OK;
    line.name = r->name.ptr;
    line.len = r->name.len;
    return r->sink->line(r->sink->user, &line, err);
}

static jz_status line_end(reader *r, const char *s, size_t *len, bool has_lf, jz_err *err)
{
    const jz_bag_level level = r->rules->own ? JZ_BAG_FAULT : JZ_BAG_NOTE;
    if (!has_lf)
        return tell(r, level, "line-end", "the last line has no end", err);
    if (*len == 0 || s[*len - 1] != '\r')
        return JZ_OK;
    *len -= 1;
    if (r->crlf_told)
        return JZ_OK;
    r->crlf_told = true;
    return tell(r, level, "line-end", "lines that end in CR LF: sha256sum does not read them", err);
}

static jz_status read_lines(reader *r, const char *s, size_t left, jz_err *err)
{
    if (left >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
        r->number = 1;
        JZ_TRY(fault(r, "bom", "begins with a byte order mark", err));
        s += 3;
        left -= 3;
    }
    for (r->number = 1; left > 0; r->number++) {
        const char *lf = memchr(s, '\n', left);
        const size_t whole = lf != NULL ? (size_t)(lf - s) : left;
        size_t len = whole;
        JZ_TRY(line_end(r, s, &len, lf != NULL, err));
        JZ_TRY(read_line(r, s, len, err));
        const size_t step = whole + (lf != NULL ? 1 : 0);
        s += step;
        left -= step;
    }
    return JZ_OK;
}

jz_status jz_manifest_parse(jz_bytes text, const jz_manifest_rules *rules,
                            const jz_manifest_sink *sink, jz_err *err)
{
    reader r = { .rules = rules, .sink = sink };
    const jz_status st = read_lines(&r, (const char *)text.ptr, text.len, err);
    jz_buf_done(&r.name);
    return st;
}
