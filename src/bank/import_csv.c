/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180 with a header, whose names decide what a column is. A record that contradicts the RFC,
 * or whose quote is not closed within the longest line, costs its first line only. */
#include "bank/import.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_COLUMNS 64

enum column {
    COL_OTHER,
    COL_HASH,
    COL_TYPE,
    COL_STATUS,
    COL_SOURCE,
    COL_CATEGORY,
    COL_NOTE,
    COL_QUALITY,
    COL_ENTRY,
    COL_FRAME,
    COL_SECONDS,
    COLUMNS,
};

static const struct {
    const char *name;
    enum column column;
} names[] = {
    { "hash", COL_HASH },       { "value", COL_HASH },        { "signal", COL_HASH },
    { "type", COL_TYPE },       { "signal_type", COL_TYPE },  { "status", COL_STATUS },
    { "source", COL_SOURCE },   { "category", COL_CATEGORY }, { "note", COL_NOTE },
    { "quality", COL_QUALITY }, { "entry", COL_ENTRY },       { "frame", COL_FRAME },
    { "seconds", COL_SECONDS },
};

struct csv {
    enum column column[MAX_COLUMNS]; /* by place */
    size_t columns;
    jz_bytes field[MAX_COLUMNS]; /* of the current record, in text */
    size_t fields;
    uint8_t *text; /* the record without its quotes; JZ_IMPORT_LINE_MAX + 2 bytes */
    size_t text_len;
};

/* Where a record ends: at the end of the stream or before its line end. */
static size_t line_end(jz_bytes w, size_t at)
{
    if (at < w.len && w.ptr[at] == '\n')
        return 1;
    return at + 1 < w.len && w.ptr[at] == '\r' && w.ptr[at + 1] == '\n' ? 2 : 0;
}

static jz_status scan_quoted(struct csv *c, jz_bytes w, size_t *at, jz_err *err)
{
    for (size_t i = *at + 1; i < w.len; i++) {
        if (w.ptr[i] != '"') {
            c->text[c->text_len++] = w.ptr[i];
        } else if (i + 1 < w.len && w.ptr[i + 1] == '"') {
            c->text[c->text_len++] = '"';
            i++;
        } else {
            *at = i + 1;
            if (*at < w.len && w.ptr[*at] != ',' && line_end(w, *at) == 0)
                return JZ_FAIL(err, JZ_E_CORRUPT, "text after a closing quote");
            return JZ_OK;
        }
    }
    return JZ_FAIL(err, JZ_E_CORRUPT, "a quote is not closed within %d bytes", JZ_IMPORT_LINE_MAX);
}

static jz_status scan_plain(struct csv *c, jz_bytes w, size_t *at, jz_err *err)
{
    size_t i = *at;
    for (; i < w.len && w.ptr[i] != ',' && line_end(w, i) == 0; i++) {
        if (w.ptr[i] == '"')
            return JZ_FAIL(err, JZ_E_CORRUPT, "a quote in the middle of a field");
        c->text[c->text_len++] = w.ptr[i];
    }
    *at = i;
    return JZ_OK;
}

/* The record that begins w; *used are its bytes with its line end. */
static jz_status scan_record(struct csv *c, jz_bytes w, size_t *used, jz_err *err)
{
    size_t at = 0;
    c->fields = 0;
    c->text_len = 0;
    for (;;) {
        const size_t begin = c->text_len;
        if (c->fields == MAX_COLUMNS)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %d fields", MAX_COLUMNS);
        if (at < w.len && w.ptr[at] == '"')
            JZ_TRY(scan_quoted(c, w, &at, err));
        else
            JZ_TRY(scan_plain(c, w, &at, err));
        c->field[c->fields++] = (jz_bytes){ c->text + begin, c->text_len - begin };
        if (at == w.len || w.ptr[at] != ',')
            break;
        at++;
    }
    at += line_end(w, at);
    if (at > JZ_IMPORT_LINE_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "longer than %d bytes", JZ_IMPORT_LINE_MAX);
    *used = at;
    return jz_import_check_text((jz_bytes){ c->text, c->text_len }, err);
}

/* Takes the next record that is not empty; *line is where it begins. A bad one is told and passed
 * over. *more is false at the end. */
static jz_status next_record(struct csv *c, jz_import *im, jz_lines *l, uint64_t *line, bool *more,
                             jz_err *err)
{
    for (;;) {
        jz_bytes w = { 0 };
        size_t used = 0;
        jz_err bad = { 0 };
        JZ_TRY(jz_lines_peek(l, &w, err));
        *more = w.len > 0;
        if (w.len == 0)
            return JZ_OK;
        *line = l->number + 1;
        if (scan_record(c, w, &used, &bad) == JZ_OK) {
            jz_lines_take(l, used);
            if (c->fields > 1 || jz_import_trim(c->field[0]).len > 0)
                return JZ_OK;
            continue;
        }
        jz_import_bad(im, *line, &bad);
        jz_bytes rest = { 0 };
        const jz_status st = jz_lines_next(l, &rest, more, err);
        if (st != JZ_OK && st != JZ_E_LIMIT)
            return st;
    }
}

static enum column column_of(jz_bytes name)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++)
        if (strlen(names[i].name) == name.len &&
            strncasecmp(names[i].name, (const char *)name.ptr, name.len) == 0)
            return names[i].column;
    return COL_OTHER;
}

static jz_status read_header(struct csv *c, uint64_t line, jz_err *err)
{
    bool seen[COLUMNS] = { 0 };
    for (size_t i = 0; i < c->fields; i++) {
        const jz_bytes name = jz_import_trim(c->field[i]);
        c->column[i] = column_of(name);
        if (c->column[i] != COL_OTHER && seen[c->column[i]])
            return JZ_FAIL(err, JZ_E_CORRUPT, "line %llu: two columns are %.*s",
                           (unsigned long long)line, (int)name.len, (const char *)name.ptr);
        seen[c->column[i]] = true;
    }
    c->columns = c->fields;
    if (!seen[COL_HASH])
        return JZ_FAIL(err, JZ_E_CORRUPT, "line %llu: no column is named hash, value or signal",
                       (unsigned long long)line);
    return JZ_OK;
}

static jz_status read_seconds(jz_bytes text, double *out, jz_err *err)
{
    char copy[64];
    char *end = copy;
    if (text.len > 0 && text.len < sizeof copy) {
        memcpy(copy, text.ptr, text.len);
        copy[text.len] = '\0';
        *out = strtod(copy, &end);
    }
    if (end == copy || *end != '\0' || !isfinite(*out) || *out < 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "seconds '%.*s'", text.len < 40 ? (int)text.len : 40,
                       (const char *)text.ptr);
    return JZ_OK;
}

static jz_status read_number(const char *what, jz_bytes text, int64_t max, int64_t *out,
                             jz_err *err)
{
    if (text.len > 0 && !jz_import_number(text, max, out))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s '%.*s'", what, text.len < 40 ? (int)text.len : 40,
                       (const char *)text.ptr);
    return JZ_OK;
}

static jz_status read_row(const struct csv *c, const jz_hash_class *cls, jz_row *row, jz_err *err)
{
    jz_bytes v[COLUMNS] = { 0 };
    int64_t quality = -1;
    jz_signal s = { .frame = -1 };
    if (c->fields != c->columns)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%zu fields, the header has %zu", c->fields, c->columns);
    for (size_t i = 0; i < c->fields; i++) {
        const bool is_text = c->column[i] >= COL_SOURCE && c->column[i] <= COL_NOTE;
        v[c->column[i]] = is_text ? c->field[i] : jz_import_trim(c->field[i]);
    }
    row->entry = v[COL_ENTRY];
    row->source = v[COL_SOURCE];
    row->category = v[COL_CATEGORY];
    row->note = v[COL_NOTE];
    if (v[COL_STATUS].len > 0)
        JZ_TRY(jz_row_status(row, v[COL_STATUS], err));
    JZ_TRY(read_number("quality", v[COL_QUALITY], 100, &quality, err));
    JZ_TRY(read_number("frame", v[COL_FRAME], INT64_MAX, &s.frame, err));
    if (v[COL_SECONDS].len > 0)
        JZ_TRY(read_seconds(v[COL_SECONDS], &s.seconds, err));
    s.quality = (int)quality;
    return jz_row_signal(row, cls, v[COL_TYPE], v[COL_HASH], &s, err);
}

static jz_status read_rows(struct csv *c, jz_import *im, jz_lines *l, jz_row *row, jz_err *err)
{
    uint64_t line = 0;
    bool more = false;
    JZ_TRY(next_record(c, im, l, &line, &more, err));
    if (!more)
        return JZ_OK;
    JZ_TRY(read_header(c, line, err));
    for (;;) {
        jz_err bad = { 0 };
        JZ_TRY(next_record(c, im, l, &line, &more, err));
        if (!more)
            return JZ_OK;
        jz_row_reset(row);
        const jz_status st = read_row(c, im->opts->cls, row, &bad);
        JZ_TRY(jz_import_take(im, line, row, st, &bad, err));
    }
}

jz_status jz_import_csv(jz_import *im, jz_lines *l, jz_err *err)
{
    struct csv c = { .text = jz_alloc(JZ_IMPORT_LINE_MAX + 2) };
    jz_row row = { 0 };
    if (c.text == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = read_rows(&c, im, l, &row, err);
    jz_row_done(&row);
    jz_free(c.text);
    return st;
}
