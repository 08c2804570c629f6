/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/evaluate.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <string.h>

#define FIELDS 4
#define FIELD_MAX 4096

void jz_eval_manifest_done(jz_eval_manifest *m)
{
    for (size_t i = 0; i < m->n; i++)
        jz_free(m->row[i].path);
    for (size_t i = 0; i < m->n_words; i++)
        jz_free(m->word[i]);
    jz_free(m->row);
    jz_free(m->word);
    *m = (jz_eval_manifest){ 0 };
}

/* The number of a word; a source and an identity may share one. */
static jz_status number_of(jz_eval_manifest *m, jz_bytes word, uint32_t *out, jz_err *err)
{
    for (size_t i = 0; i < m->n_words; i++)
        if (strlen(m->word[i]) == word.len && memcmp(m->word[i], word.ptr, word.len) == 0) {
            *out = (uint32_t)i;
            return JZ_OK;
        }
    char **words = jz_grow(m->word, m->n_words, &m->words_size, sizeof *words);
    if (words == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu words", m->n_words + 1);
    m->word = words;
    m->word[m->n_words] = jz_strndup((const char *)word.ptr, word.len);
    if (m->word[m->n_words] == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu words", m->n_words + 1);
    *out = (uint32_t)m->n_words++;
    return JZ_OK;
}

/* How many fields there are, FIELDS + 1 for more. */
static size_t split(const char *line, size_t len, jz_bytes f[FIELDS])
{
    size_t n = 0;
    for (size_t at = 0; n <= FIELDS;) {
        const char *end = memchr(line + at, '\t', len - at);
        const size_t next = end != NULL ? (size_t)(end - line) : len;
        if (n < FIELDS)
            f[n] = (jz_bytes){ (const uint8_t *)line + at, next - at };
        n++;
        if (end == NULL)
            break;
        at = next + 1;
    }
    return n;
}

static jz_status add_row(jz_eval_manifest *m, const jz_bytes f[FIELDS], size_t number, jz_err *err)
{
    jz_eval_row row = { .replaced = jz_bytes_are(f[1], "replaced") };
    if (!row.replaced && !jz_bytes_are(f[1], "unmodified"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "manifest, line %zu: neither unmodified nor replaced",
                       number);
    JZ_TRY(number_of(m, f[2], &row.source, err));
    JZ_TRY(number_of(m, f[3], &row.identity, err));
    jz_eval_row *rows = jz_grow(m->row, m->n, &m->size, sizeof *rows);
    if (rows == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu files", m->n + 1);
    m->row = rows;
    row.path = jz_strndup((const char *)f[0].ptr, f[0].len);
    if (row.path == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu files", m->n + 1);
    m->row[m->n++] = row;
    return JZ_OK;
}

static jz_status read_line(jz_eval_manifest *m, const char *line, size_t len, size_t number,
                           jz_err *err)
{
    jz_bytes f[FIELDS] = { { 0 } };
    if (len == 0 || line[0] == '#')
        return JZ_OK;
    if (split(line, len, f) != FIELDS || memchr(line, 0, len) != NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "manifest, line %zu: not path, truth, source and identity between tabs",
                       number);
    for (size_t i = 0; i < FIELDS; i++)
        if (f[i].len == 0 || f[i].len > FIELD_MAX)
            return JZ_FAIL(err, JZ_E_CORRUPT, "manifest, line %zu: field %zu has %zu bytes", number,
                           i + 1, f[i].len);
    return add_row(m, f, number, err);
}

jz_status jz_eval_manifest_parse(const char *text, size_t len, jz_eval_manifest *out, jz_err *err)
{
    jz_eval_manifest m = { 0 };
    jz_status st = JZ_OK;
    size_t number = 0;
    for (size_t at = 0; at < len && st == JZ_OK;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end != NULL ? (size_t)(end - text) - at : len - at;
        const size_t next = at + n + 1;
        if (n > 0 && text[at + n - 1] == '\r')
            n--;
        st = read_line(&m, text + at, n, ++number, err);
        at = next;
    }
    if (st == JZ_OK && m.n == 0)
        st = JZ_FAIL(err, JZ_E_CORRUPT, "manifest: no file in it");
    if (st == JZ_OK)
        *out = m;
    else
        jz_eval_manifest_done(&m);
    return st;
}
