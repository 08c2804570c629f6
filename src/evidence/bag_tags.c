/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/bag_tags.h"

#include "base/json.h"
#include "evidence/bag_report.h"
#include "evidence/bagit.h"

#include <string.h>

#define INFO "bag-info.txt"
#define BAGIT "bagit.txt"
#define OUR_LABELS "Jianzhen-"

/* One line of a text, without its end. */
typedef struct text_line {
    const char *s;
    size_t len;
    size_t number;
    bool crlf;
    bool ended;
} text_line;

static bool next_line(jz_bytes *text, text_line *l)
{
    if (text->len == 0)
        return false;
    const char *s = (const char *)text->ptr;
    const char *lf = memchr(s, '\n', text->len);
    const size_t whole = lf != NULL ? (size_t)(lf - s) : text->len;
    const size_t step = whole + (lf != NULL ? 1 : 0);
    l->number++;
    l->s = s;
    l->ended = lf != NULL;
    l->crlf = lf != NULL && whole > 0 && s[whole - 1] == '\r';
    l->len = whole - (l->crlf ? 1 : 0);
    *text = (jz_bytes){ text->ptr + step, text->len - step };
    return true;
}

static bool equals(const char *s, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(s, text, len) == 0;
}

/* "bytes.files", both without leading zeros or signs. */
static bool read_number(const char **s, size_t *len, uint64_t *out)
{
    size_t n = 0;
    *out = 0;
    for (; n < *len && (*s)[n] >= '0' && (*s)[n] <= '9'; n++)
        if (__builtin_mul_overflow(*out, (uint64_t)10, out) ||
            __builtin_add_overflow(*out, (uint64_t)((*s)[n] - '0'), out))
            return false;
    const bool ok = n > 0 && (n == 1 || (*s)[0] != '0');
    *s += n;
    *len -= n;
    return ok;
}

static bool read_oxum(const char *s, size_t len, jz_bag_tag_facts *facts)
{
    if (!read_number(&s, &len, &facts->oxum_bytes) || len == 0 || *s != '.')
        return false;
    s++;
    len--;
    return read_number(&s, &len, &facts->oxum_files) && len == 0;
}

/* NULL, or why a line is no text. */
static const char *text_wrong(const text_line *l)
{
    for (size_t i = 0; i < l->len;) {
        const unsigned n = jz_utf8_len(l->s + i, l->len - i);
        if (n == 0)
            return "not UTF-8";
        if (jz_utf8_is_control(l->s + i, n) && l->s[i] != '\t')
            return "a control character";
        i += n;
    }
    return NULL;
}

static jz_status take_oxum(const text_line *l, const char *value, size_t len,
                           jz_bag_tag_facts *facts, jz_bag_report *report, jz_err *err)
{
    if (facts->saw_oxum)
        return jz_bag_tell(report, JZ_BAG_FAULT, INFO, l->number, "duplicate",
                           "a second Payload-Oxum", err);
    facts->saw_oxum = true;
    facts->has_oxum = read_oxum(value, len, facts);
    return facts->has_oxum ? JZ_OK
                           : jz_bag_tell(report, JZ_BAG_FAULT, INFO, l->number, "oxum",
                                         "Payload-Oxum is not BYTES.FILES", err);
}

static jz_status take_profile(const text_line *l, const char *value, size_t len,
                              jz_bag_tag_facts *facts, jz_bag_report *report, jz_err *err)
{
    if (facts->own)
        return jz_bag_tell(report, JZ_BAG_FAULT, INFO, l->number, "duplicate",
                           "a second Jianzhen-Profile", err);
    facts->own = equals(value, len, JZ_BAG_PROFILE);
    return facts->own ? JZ_OK
                      : jz_bag_tell(report, JZ_BAG_FAULT, INFO, l->number, "profile",
                                    "a profile that this version does not know", err);
}

static jz_status info_line(const text_line *l, jz_bag_tag_facts *facts, jz_bag_report *report,
                           jz_err *err)
{
    const char *wrong = text_wrong(l);
    if (wrong != NULL)
        return jz_bag_tell(report, JZ_BAG_FAULT, INFO, l->number, "encoding", wrong, err);
    if (l->number > 1 && l->len > 0 && (l->s[0] == ' ' || l->s[0] == '\t'))
        return JZ_OK; /* goes on the value above */
    const char *colon = l->len > 0 ? memchr(l->s, ':', l->len) : NULL;
    if (colon == NULL || colon == l->s)
        return jz_bag_tell(report, JZ_BAG_FAULT, INFO, l->number, "syntax", "no 'Label: value'",
                           err);
    const size_t label = (size_t)(colon - l->s);
    size_t at = label + 1;
    while (at < l->len && (l->s[at] == ' ' || l->s[at] == '\t'))
        at++;
    if (label == strlen("Payload-Oxum") && strncasecmp(l->s, "Payload-Oxum", label) == 0)
        return take_oxum(l, l->s + at, l->len - at, facts, report, err);
    if (equals(l->s, label, "Jianzhen-Profile"))
        return take_profile(l, l->s + at, l->len - at, facts, report, err);
    if (label > strlen(OUR_LABELS) && strncasecmp(l->s, OUR_LABELS, strlen(OUR_LABELS)) == 0)
        facts->alike = true;
    return JZ_OK;
}

jz_status jz_bag_read_info(jz_bytes text, jz_bag_tag_facts *facts, jz_bag_report *report,
                           jz_err *err)
{
    text_line l = { 0 };
    bool foreign_ends = false;
    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
        JZ_TRY(jz_bag_tell(report, JZ_BAG_FAULT, INFO, 1, "bom", "begins with a byte order mark",
                           err));
    while (next_line(&text, &l)) {
        foreign_ends = foreign_ends || l.crlf || !l.ended;
        JZ_TRY(info_line(&l, facts, report, err));
    }
    if (foreign_ends)
        JZ_TRY(jz_bag_tell(report, facts->own ? JZ_BAG_FAULT : JZ_BAG_NOTE, INFO, 0, "line-end",
                           "a line that does not end in LF alone", err));
    if (!facts->saw_oxum)
        return jz_bag_tell(report, facts->own ? JZ_BAG_FAULT : JZ_BAG_NOTE, INFO, 0, "oxum",
                           "no Payload-Oxum", err);
    return JZ_OK;
}

/* The versions whose rules are those of RFC 8493 as far as they are checked here. */
static bool read_version(const text_line *l, jz_bag_tag_facts *facts)
{
    static const char *const older[] = { "0.93", "0.94", "0.95", "0.96", "0.97" };
    static const char label[] = "BagIt-Version: ";
    const size_t skip = sizeof label - 1;
    if (l->len <= skip || memcmp(l->s, label, skip) != 0)
        return false;
    for (size_t i = 0; i < JZ_ARRAY_LEN(older); i++)
        if (equals(l->s + skip, l->len - skip, older[i])) {
            facts->before_1_0 = true;
            return true;
        }
    return equals(l->s + skip, l->len - skip, "1.0");
}

static bool is_utf8_line(const text_line *l)
{
    static const char line[] = "Tag-File-Character-Encoding: UTF-8";
    return l->len == sizeof line - 1 && strncasecmp(l->s, line, l->len) == 0;
}

jz_status jz_bag_read_bagit(jz_bytes text, jz_bag_tag_facts *facts, jz_bag_report *report,
                            jz_err *err)
{
    text_line l = { 0 };
    if (equals((const char *)text.ptr, text.len, JZ_BAGIT_TXT))
        return JZ_OK;
    if (facts->own)
        return jz_bag_tell(report, JZ_BAG_FAULT, BAGIT, 0, "syntax",
                           "not the two lines that this program writes", err);
    if (text.len >= 3 && memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0)
        return jz_bag_tell(report, JZ_BAG_FAULT, BAGIT, 1, "bom", "begins with a byte order mark",
                           err);
    if (!next_line(&text, &l) || !read_version(&l, facts))
        JZ_TRY(jz_bag_tell(report, JZ_BAG_FAULT, BAGIT, 1, "version",
                           "not 'BagIt-Version: 1.0' (or 0.93 to 0.97)", err));
    if (!next_line(&text, &l) || !is_utf8_line(&l))
        JZ_TRY(jz_bag_tell(report, JZ_BAG_FAULT, BAGIT, 2, "encoding",
                           "not 'Tag-File-Character-Encoding: UTF-8'", err));
    if (text.len > 0)
        return jz_bag_tell(report, JZ_BAG_FAULT, BAGIT, 3, "syntax", "more than two lines", err);
    return JZ_OK;
}
