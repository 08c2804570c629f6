/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that rules may call: pure, total, and each with what it costs. An unknown argument
 * gives an unknown result, so that the functions themselves see known ones only. */
#include "govern/rule_set.h"

#include "base/hex.h"

#include <jz/hash.h>

#include <string.h>

#define BITS_MAX 256
#define SEARCH 64 /* steps to look for one word in JZ_RULE_TEXT bytes */

static jz_rule_value truth(bool b)
{
    return (jz_rule_value){ .known = true, .b = b };
}

static jz_rule_value number(int64_t i)
{
    return (jz_rule_value){ .known = true, .i = i };
}

static const jz_rule_value unknown = { 0 };

/* ---- banks ---- */

static jz_rule_value run_bank_hit(const jz_rule_inputs *in, const jz_rule_value *arg)
{
    jz_rule_near near;
    if (!jz_rule_inputs_near(in, arg[0].s, &near))
        return unknown;
    return truth(near.any && near.distance <= arg[1].i);
}

static jz_rule_value run_bank_exact(const jz_rule_inputs *in, const jz_rule_value *arg)
{
    jz_rule_near near;
    return jz_rule_inputs_near(in, arg[0].s, &near) ? truth(near.exact) : unknown;
}

static jz_rule_value run_bank_verdict(const jz_rule_inputs *in, const jz_rule_value *arg)
{
    jz_rule_near near;
    if (!jz_rule_inputs_near(in, arg[0].s, &near) || !near.any)
        return unknown;
    return (jz_rule_value){ .known = true,
                            .s = { (const uint8_t *)near.status, strlen(near.status) } };
}

static jz_rule_value run_pdq_dist(const jz_rule_inputs *in, const jz_rule_value *arg)
{
    uint8_t a[JZ_PDQ_SIZE], b[JZ_PDQ_SIZE];
    (void)in;
    if (!jz_hex_decode((const char *)arg[0].s.ptr, arg[0].s.len, a, sizeof a) ||
        !jz_hex_decode((const char *)arg[1].s.ptr, arg[1].s.len, b, sizeof b))
        return unknown;
    return number(jz_hamming256(a, b));
}

/* ---- counting, ages ---- */

static jz_rule_value run_count(const jz_rule_inputs *in, const jz_rule_value *arg)
{
    int64_t n = 0;
    return jz_rule_inputs_count(in, arg[0].s, arg[1].i, &n) ? number(n) : unknown;
}

static jz_rule_value run_len(const jz_rule_inputs *in, const jz_rule_value *arg)
{
    (void)in;
    return number((int64_t)arg[0].list.n);
}

/* ---- text ---- */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Words are in lower case already. */
static size_t words_in(jz_bytes text, const jz_rule_words *list, size_t enough)
{
    uint8_t folded[JZ_RULE_TEXT];
    const size_t len = text.len < sizeof folded ? text.len : sizeof folded;
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        folded[i] = lower(text.ptr[i]);
    for (size_t i = 0; i < list->n && n < enough; i++)
        n += memmem(folded, len, list->word[i].ptr, list->word[i].len) != NULL;
    return n;
}

static jz_rule_value run_any_of(const jz_rule_inputs *in, const jz_rule_value *arg)
{
    (void)in;
    return truth(words_in(arg[0].s, &arg[1].list, 1) > 0);
}

static jz_rule_value run_count_of(const jz_rule_inputs *in, const jz_rule_value *arg)
{
    (void)in;
    return number((int64_t)words_in(arg[0].s, &arg[1].list, SIZE_MAX));
}

/* '*' stands for any bytes. Each part between two of them is looked for once, from the left, so
 * that the time is that of so many searches. */
static bool glob(jz_bytes text, jz_bytes pattern)
{
    bool anchored = true; /* the part must begin where the one before has ended */
    while (pattern.len > 0) {
        if (pattern.ptr[0] == '*') {
            anchored = false;
            pattern = (jz_bytes){ pattern.ptr + 1, pattern.len - 1 };
            continue;
        }
        const uint8_t *star = memchr(pattern.ptr, '*', pattern.len);
        const size_t len = star != NULL ? (size_t)(star - pattern.ptr) : pattern.len;
        if (len > text.len)
            return false;
        const uint8_t *found = NULL;
        if (anchored)
            found = memcmp(text.ptr, pattern.ptr, len) == 0 ? text.ptr : NULL;
        else if (star == NULL) /* the last part ends the text */
            found = memcmp(text.ptr + text.len - len, pattern.ptr, len) == 0
                        ? text.ptr + text.len - len
                        : NULL;
        else
            found = memmem(text.ptr, text.len, pattern.ptr, len);
        if (found == NULL)
            return false;
        const size_t past = (size_t)(found - text.ptr) + len;
        text = (jz_bytes){ text.ptr + past, text.len - past };
        pattern = (jz_bytes){ pattern.ptr + len, pattern.len - len };
        anchored = true;
    }
    return !anchored || text.len == 0;
}

static jz_rule_value run_glob(const jz_rule_inputs *in, const jz_rule_value *arg)
{
    (void)in;
    return truth(glob(arg[0].s, arg[1].s));
}

/* ---- the table ---- */

static const char *const verdict_words[] = { "seed", "confirmed", NULL };

#define BOOL_ JZ_RULE_BOOL
#define INT_ JZ_RULE_INT
#define STR_ JZ_RULE_TEXTUAL
#define LIST_ JZ_RULE_LIST

static const jz_rule_fn functions[] = {
    { "any_of", BOOL_, { STR_, LIST_ }, 2, SEARCH, SEARCH, false, NULL, run_any_of },
    { "bank_exact", BOOL_, { STR_ }, 1, 16, 0, true, NULL, run_bank_exact },
    { "bank_hit", BOOL_, { STR_, INT_ }, 2, 16, 0, true, NULL, run_bank_hit },
    { "bank_verdict", STR_, { STR_ }, 1, 16, 0, true, verdict_words, run_bank_verdict },
    { "count", INT_, { STR_, INT_ }, 2, 16, 0, true, NULL, run_count },
    { "count_of", INT_, { STR_, LIST_ }, 2, SEARCH, SEARCH, false, NULL, run_count_of },
    { "glob", BOOL_, { STR_, STR_ }, 2, SEARCH, 0, true, NULL, run_glob },
    { "len", INT_, { LIST_ }, 1, 1, 0, false, NULL, run_len },
    { "pdq_dist", INT_, { STR_, STR_ }, 2, 4, 0, false, NULL, run_pdq_dist },
};

const jz_rule_fn *jz_rule_fn_find(jz_bytes name, size_t *at)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(functions); i++)
        if (strlen(functions[i].name) == name.len &&
            memcmp(functions[i].name, name.ptr, name.len) == 0) {
            *at = i;
            return &functions[i];
        }
    return NULL;
}

const jz_rule_fn *jz_rule_fn_row(size_t i)
{
    return &functions[i];
}

const char *jz_rule_fn_fault(const jz_rule_fn *fn, const jz_rule_value *arg)
{
    if (fn->run == run_bank_hit && (arg->i < 0 || arg->i > BITS_MAX))
        return "a distance from 0 to 256 bits";
    if (fn->run == run_count && (arg->i < 1 || arg->i > 3650))
        return "a number of days from 1 to 3650";
    if (fn->run == run_glob) {
        size_t stars = 0;
        for (size_t i = 0; i < arg->s.len; i++)
            stars += arg->s.ptr[i] == '*';
        if (arg->s.len == 0 || arg->s.len > 256 || stars > 8)
            return "a pattern of 1 to 256 bytes with at most 8 '*'";
    }
    return NULL;
}
