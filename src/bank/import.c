/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of all formats become entries here. */
#include "bank/import.h"

#include "base/alloc.h"

#include <string.h>
#include <strings.h>

void jz_import_bad(jz_import *im, uint64_t line, const jz_err *err)
{
    im->result.bad++;
    if (im->opts->bad_line != NULL)
        im->opts->bad_line(im->opts->user, line, err);
}

void jz_import_done(jz_import *im)
{
    jz_row_done(&im->draft);
    jz_buf_done(&im->entry);
    jz_buf_done(&im->source);
    jz_buf_done(&im->category);
    jz_buf_done(&im->note);
}

static const char *text_or(const jz_buf *text, const char *otherwise)
{
    return text->len > 0 ? text->ptr : otherwise;
}

static jz_status put_draft(jz_import *im, bool *added, jz_err *err)
{
    const jz_row *d = &im->draft;
    const jz_entry_meta *otherwise = &im->opts->meta;
    const jz_entry_meta meta = {
        .status = d->has_status ? d->status : otherwise->status,
        .source = text_or(&im->source, otherwise->source),
        .category = text_or(&im->category, otherwise->category),
        .note = text_or(&im->note, otherwise->note),
    };
    if (d->n == 0)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "quality %d is below %d: the hash would match every flat picture",
                       d->quality, JZ_BANK_MIN_QUALITY);
    return im->put(im->user, &meta, d->signal, d->n, added, err);
}

/* Ends the entry that is being put together. */
static jz_status flush(jz_import *im, jz_err *err)
{
    bool added = false;
    jz_err bad = { 0 };
    const bool held_something = im->draft.n > 0 || im->draft.weak > 0;
    if (!im->open || !held_something) {
        im->open = false;
        return JZ_OK; /* nothing, or bad lines only, which have been told */
    }
    im->open = false;
    const jz_status st = put_draft(im, &added, &bad);
    if (st == JZ_E_INVAL || st == JZ_E_LIMIT) {
        jz_import_bad(im, im->line, &bad);
        return JZ_OK;
    }
    if (st != JZ_OK) {
        if (err != NULL)
            *err = bad;
        return st;
    }
    im->result.added += added;
    im->result.known += !added;
    im->result.weak += im->draft.weak;
    return JZ_OK;
}

static void set_text(jz_buf *out, jz_bytes text)
{
    jz_buf_reset(out);
    jz_buf_put(out, text.ptr, text.len);
}

static jz_status start(jz_import *im, uint64_t line, const jz_row *row, jz_err *err)
{
    JZ_TRY(flush(im, err));
    jz_row_reset(&im->draft);
    set_text(&im->entry, row->entry);
    set_text(&im->source, row->source);
    set_text(&im->category, row->category);
    set_text(&im->note, row->note);
    JZ_TRY(jz_buf_check(&im->entry, err));
    JZ_TRY(jz_buf_check(&im->source, err));
    JZ_TRY(jz_buf_check(&im->category, err));
    JZ_TRY(jz_buf_check(&im->note, err));
    im->draft.status = row->status;
    im->draft.has_status = row->has_status;
    im->line = line;
    im->open = true;
    return JZ_OK;
}

static bool continues(const jz_import *im, const jz_row *row)
{
    return im->open && row->entry.len > 0 && row->entry.len == im->entry.len &&
           memcmp(row->entry.ptr, im->entry.ptr, row->entry.len) == 0;
}

static jz_status append_all(jz_row *draft, const jz_row *row, jz_err *err)
{
    const size_t before = draft->n;
    for (size_t i = 0; i < row->n; i++) {
        const jz_status st = jz_row_append(draft, &row->signal[i], err);
        if (st != JZ_OK) {
            draft->n = before;
            return st;
        }
    }
    if (row->weak > 0)
        draft->quality = row->quality;
    draft->weak += row->weak;
    return JZ_OK;
}

jz_status jz_import_take(jz_import *im, uint64_t line, const jz_row *row, jz_status st,
                         const jz_err *bad, jz_err *err)
{
    jz_err too_many = { 0 };
    if (st == JZ_OK && row->n == 0 && row->weak == 0)
        return JZ_OK; /* a comment */
    if (st == JZ_OK && !continues(im, row))
        JZ_TRY(start(im, line, row, err));
    if (st == JZ_OK) {
        st = append_all(&im->draft, row, &too_many);
        bad = &too_many;
    }
    if (st == JZ_E_NOMEM)
        return JZ_FAIL(err, st, "out of memory");
    if (st != JZ_OK)
        jz_import_bad(im, line, bad);
    return JZ_OK;
}

jz_status jz_import_line(jz_import *im, jz_lines *l, jz_bytes *line, bool *more, jz_err *err)
{
    for (;;) {
        jz_err bad = { 0 };
        jz_status st = jz_lines_next(l, line, more, &bad);
        if (st != JZ_OK && st != JZ_E_LIMIT) {
            if (err != NULL)
                *err = bad;
            return st;
        }
        if (st == JZ_OK && *more && jz_import_trim(*line).len == 0)
            continue;
        if (st == JZ_OK && *more)
            st = jz_import_check_text(*line, &bad);
        if (st == JZ_OK)
            return JZ_OK;
        jz_import_bad(im, l->number, &bad);
    }
}

jz_status jz_import_rows(jz_import *im, jz_lines *l, jz_row_fn read, void *user, jz_err *err)
{
    jz_row row = { 0 };
    jz_bytes line = { 0 };
    bool more = false;
    jz_status st = jz_import_line(im, l, &line, &more, err);
    while (st == JZ_OK && more) {
        jz_err bad = { 0 };
        jz_row_reset(&row);
        const jz_status ok = read(user, line, &row, &bad);
        st = jz_import_take(im, l->number, &row, ok, &bad, err);
        if (st == JZ_OK)
            st = jz_import_line(im, l, &line, &more, err);
    }
    jz_row_done(&row);
    return st;
}

/* The first line that is not blank, of what stands in the window. */
static jz_bytes first_line(jz_bytes w)
{
    for (;;) {
        const uint8_t *lf = memchr(w.ptr, '\n', w.len);
        const size_t len = lf != NULL ? (size_t)(lf - w.ptr) : w.len;
        const jz_bytes line = jz_import_trim((jz_bytes){ w.ptr, len });
        if (line.len > 0 || lf == NULL)
            return line;
        w = (jz_bytes){ lf + 1, w.len - len - 1 };
    }
}

static bool is_hash_column(jz_bytes line)
{
    static const char *const names[] = { "hash", "value", "signal" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++)
        if (strlen(names[i]) == line.len &&
            strncasecmp(names[i], (const char *)line.ptr, line.len) == 0)
            return true;
    return false;
}

static jz_bank_format detect(jz_bytes line)
{
    jz_vpdq_line v;
    if (line.len == 0 || line.ptr[0] == '#')
        return JZ_FMT_HEX;
    if (line.ptr[0] == '{')
        return JZ_FMT_NDJSON;
    if (jz_vpdq_parse((const char *)line.ptr, line.len, &v, NULL) == JZ_OK)
        return JZ_FMT_VPDQ;
    if (line.ptr[0] == '"' || memchr(line.ptr, ',', line.len) != NULL || is_hash_column(line))
        return JZ_FMT_CSV;
    return JZ_FMT_HEX;
}

static jz_status (*const readers[])(jz_import *, jz_lines *, jz_err *) = {
    [JZ_FMT_HEX] = jz_import_hex,
    [JZ_FMT_CSV] = jz_import_csv,
    [JZ_FMT_NDJSON] = jz_import_ndjson,
    [JZ_FMT_VPDQ] = jz_import_vpdq,
};

jz_status jz_import_run(jz_import *im, jz_lines *l, jz_err *err)
{
    jz_bytes next = { 0 };
    JZ_TRY(jz_lines_peek(l, &next, err));
    jz_bank_format format = im->opts->format;
    if (format == JZ_FMT_AUTO)
        format = detect(first_line(next));
    if ((unsigned)format >= JZ_ARRAY_LEN(readers))
        return JZ_FAIL(err, JZ_E_INVAL, "unknown format %d", (int)format);
    JZ_TRY(readers[format](im, l, err));
    JZ_TRY(flush(im, err));
    im->result.lines = im->result.added + im->result.known + im->result.bad;
    return JZ_OK;
}
