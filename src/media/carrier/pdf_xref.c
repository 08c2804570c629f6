/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of the cross-reference and the entries in them. Objects are in pdf_object.c, the
 * search of a damaged file in pdf_search.c. */
#include "media/carrier/pdf_xref.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

#define TAIL_BYTES 1024 /* of the file: "startxref" stands there, as other readers want it too */
#define ENTRY_BYTES 20  /* 7.5.4 */
#define RANGE_FUEL 64   /* bytes of work for one line of a table */

void jz_pdf_done(jz_pdf *p)
{
    for (size_t i = 0; i < p->n; i++)
        jz_buf_done(&p->section[i].rows);
    jz_free(p->section);
    jz_free(p->found);
    jz_buf_done(&p->inside);
    *p = (jz_pdf){ 0 };
}

jz_status jz_pdf_spend(jz_pdf *p, uint64_t bytes, jz_err *err)
{
    if (bytes > p->fuel)
        return JZ_FAIL(err, JZ_E_LIMIT, "PDF: too much work to find its objects");
    p->fuel -= bytes;
    return JZ_OK;
}

/* The ranges of numbers that a section has entries for. */
typedef struct ranges {
    const jz_pdf_section *x;
    jz_span s;
    uint64_t first; /* number */
    uint64_t count;
    uint64_t at; /* of the first entry: an offset of the file, or the number of a row */
    uint64_t rows;
    bool done;
} ranges;

static jz_status ranges_of(jz_pdf *p, const jz_pdf_section *x, ranges *out, jz_err *err)
{
    jz_pdf_item word;
    *out = (ranges){ .x = x, .s = { p->src, x->at, p->src->size, "PDF cross-reference" } };
    if (!x->is_stream)
        return jz_pdf_token(&out->s, &word, err);
    out->s.at = x->index;
    out->s.end = x->index_end;
    return x->index != 0 ? jz_pdf_open_bracket(&out->s, JZ_PDF_ARRAY, err) : JZ_OK;
}

/* The two numbers of a range; *found is false where there are none. */
static jz_status range_numbers(ranges *r, bool *found, jz_err *err)
{
    jz_pdf_item first;
    jz_pdf_item count = { 0 };
    const char *end = r->x->is_stream ? "]" : "trailer";
    JZ_TRY(jz_pdf_token(&r->s, &first, err));
    *found = first.kind == JZ_PDF_INTEGER;
    if (strcmp(first.text, end) == 0)
        return JZ_OK;
    if (*found)
        JZ_TRY(jz_pdf_token(&r->s, &count, err));
    if (count.kind != JZ_PDF_INTEGER || first.number < 0 || count.number < 0 ||
        first.number > JZ_PDF_OBJECTS_MAX || count.number > JZ_PDF_OBJECTS_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF cross-reference: no range at offset %" PRIu64,
                       first.at);
    r->first = (uint64_t)first.number;
    r->count = (uint64_t)count.number;
    return JZ_OK;
}

static jz_status next_table_range(ranges *r, bool *found, jz_err *err)
{
    jz_pdf_item entry;
    JZ_TRY(range_numbers(r, found, err));
    if (!*found || r->count == 0)
        return JZ_OK;
    JZ_TRY(jz_pdf_token(&r->s, &entry, err));
    r->at = r->s.at = entry.at;
    return jz_span_skip(&r->s, r->count * ENTRY_BYTES, err);
}

static jz_status next_stream_range(ranges *r, bool *found, jz_err *err)
{
    r->at = r->rows;
    if (r->x->index != 0) {
        JZ_TRY(range_numbers(r, found, err));
    } else {
        *found = !r->done;
        r->done = true;
        r->count = r->x->size;
    }
    r->rows += *found ? r->count : 0;
    return JZ_OK;
}

static jz_status next_range(jz_pdf *p, ranges *r, bool *found, jz_err *err)
{
    const uint64_t from = r->s.at;
    if (r->x->is_stream)
        JZ_TRY(next_stream_range(r, found, err));
    else
        JZ_TRY(next_table_range(r, found, err));
    const uint64_t entries = *found && !r->x->is_stream ? r->count * ENTRY_BYTES : 0;
    return jz_pdf_spend(p, RANGE_FUEL + (r->s.at - from - entries), err);
}

static bool digits(const uint8_t *p, size_t n, uint64_t *out)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        v = v * 10 + (p[i] - (uint64_t)'0');
    }
    *out = v;
    return true;
}

/* "nnnnnnnnnn ggggg n" (7.5.4). */
static jz_status table_entry(jz_pdf *p, uint64_t at, jz_pdf_place *out, jz_err *err)
{
    uint8_t e[18];
    uint64_t generation;
    JZ_TRY(jz_source_get(p->src, at, e, sizeof e, err));
    *out = (jz_pdf_place){ .where = e[17] == 'n' ? JZ_PDF_IN_FILE : JZ_PDF_FREE };
    if (!digits(e, 10, &out->at) || e[10] != ' ' || !digits(e + 11, 5, &generation) ||
        e[16] != ' ' || (e[17] != 'n' && e[17] != 'f'))
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF cross-reference: no entry at offset %" PRIu64, at);
    out->generation = (uint32_t)generation;
    if (out->at == 0)
        out->where = JZ_PDF_FREE;
    return JZ_OK;
}

/* What a cross-reference stream holds. Where all together hold too much, the others make way. */
static jz_status unpack_rows(jz_pdf *p, jz_pdf_section *x, jz_err *err)
{
    size_t kept = 0;
    if (x->rows.len > 0)
        return JZ_OK;
    JZ_TRY(jz_pdf_spend(p, x->stream.size, err));
    JZ_TRY_CTX(
        jz_pdf_stream_read(p->src, &x->stream, JZ_PDF_PACKED_MAX, JZ_PDF_ROWS_MAX, &x->rows, err),
        err, "PDF cross-reference stream at offset %" PRIu64, x->at);
    for (size_t i = 0; i < p->n; i++)
        kept += p->section[i].rows.len;
    for (size_t i = 0; i < p->n && kept > JZ_PDF_ROWS_MAX; i++) {
        if (&p->section[i] != x)
            jz_buf_done(&p->section[i].rows);
    }
    return jz_pdf_spend(p, x->rows.len, err);
}

static uint64_t field(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* Table 18: what the fields of a row say. */
static jz_status row_entry(jz_pdf *p, jz_pdf_section *x, uint64_t row, jz_pdf_place *out,
                           jz_err *err)
{
    const size_t bytes = (size_t)x->width[0] + x->width[1] + x->width[2];
    JZ_TRY(unpack_rows(p, x, err));
    if (row >= x->rows.len / bytes)
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "PDF cross-reference stream at offset %" PRIu64 ": no row %" PRIu64, x->at,
                       row);
    const uint8_t *e = (const uint8_t *)x->rows.ptr + row * bytes;
    const uint64_t type = x->width[0] > 0 ? field(e, x->width[0]) : 1;
    const uint64_t second = field(e + x->width[0], x->width[1]);
    const uint64_t third = field(e + x->width[0] + x->width[1], x->width[2]);
    *out = (jz_pdf_place){ .where = JZ_PDF_FREE };
    if (third > UINT32_MAX || (type == 2 && second > JZ_PDF_OBJECTS_MAX))
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "PDF cross-reference stream at offset %" PRIu64 ": row %" PRIu64, x->at,
                       row);
    if (type == 1 && second != 0)
        *out = (jz_pdf_place){ JZ_PDF_IN_FILE, second, 0, 0, (uint32_t)third };
    if (type == 2)
        *out = (jz_pdf_place){ JZ_PDF_IN_STREAM, 0, (uint32_t)second, (uint32_t)third, 0 };
    return JZ_OK;
}

static jz_status entry_of(jz_pdf *p, jz_pdf_section *x, const ranges *r, uint64_t i,
                          jz_pdf_place *out, jz_err *err)
{
    if (x->is_stream)
        return row_entry(p, x, r->at + i, out, err);
    return table_entry(p, r->at + i * ENTRY_BYTES, out, err);
}

static jz_status find_in(jz_pdf *p, jz_pdf_section *x, uint32_t number, jz_pdf_place *out,
                         jz_err *err)
{
    ranges r;
    bool found = true;
    *out = (jz_pdf_place){ .where = JZ_PDF_NOWHERE };
    JZ_TRY(ranges_of(p, x, &r, err));
    while (found) {
        JZ_TRY(next_range(p, &r, &found, err));
        if (found && number >= r.first && number - r.first < r.count)
            return entry_of(p, x, &r, number - r.first, out, err);
    }
    return JZ_OK;
}

/* Of a damaged file: the last one in it, or else one in an object stream (stream 0: any). */
static void find_searched(const jz_pdf *p, uint32_t number, jz_pdf_place *out)
{
    *out = (jz_pdf_place){ .where = JZ_PDF_IN_STREAM };
    for (size_t i = p->n_found; i > 0; i--) {
        const jz_pdf_found *f = &p->found[i - 1];
        if (f->number != number)
            continue;
        *out = (jz_pdf_place){ JZ_PDF_IN_FILE, f->at, 0, 0, f->generation };
        return;
    }
}

jz_status jz_pdf_find(jz_pdf *p, uint32_t number, jz_pdf_place *out, jz_err *err)
{
    *out = (jz_pdf_place){ .where = JZ_PDF_NOWHERE };
    if (p->searched) {
        JZ_TRY(jz_pdf_spend(p, p->n_found, err));
        find_searched(p, number, out);
    }
    for (size_t i = 0; i < p->n && !p->searched && out->where == JZ_PDF_NOWHERE; i++) {
        jz_pdf_place hidden = { 0 };
        JZ_TRY(find_in(p, &p->section[i], number, out, err));
        /* 7.5.8.4: what is free in a table may only be hidden from old readers. */
        if (out->where == JZ_PDF_FREE && p->section[i].hybrid)
            JZ_TRY(find_in(p, &p->section[i + 1], number, &hidden, err));
        if (hidden.where != JZ_PDF_NOWHERE)
            *out = hidden;
    }
    return JZ_OK;
}

jz_status jz_pdf_newest(jz_pdf *p, size_t max, uint32_t *numbers, jz_pdf_place *places, size_t *n,
                        jz_err *err)
{
    ranges r;
    bool found = true;
    *n = 0;
    JZ_TRY(ranges_of(p, &p->section[0], &r, err));
    while (found) {
        JZ_TRY(next_range(p, &r, &found, err));
        if (found && r.count > max - *n)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %zu objects", max);
        for (uint64_t i = 0; found && i < r.count; i++) {
            JZ_TRY(entry_of(p, &p->section[0], &r, i, &places[*n], err));
            numbers[(*n)++] = (uint32_t)(r.first + i);
        }
    }
    return JZ_OK;
}

static bool is_key(const jz_pdf_item *key, const char *name)
{
    return jz_pdf_is(key, JZ_PDF_NAME_OBJECT, name);
}

jz_status jz_pdf_read_trailer(jz_span *s, jz_pdf_trailer *out, jz_err *err)
{
    jz_pdf_item key;
    jz_pdf_item v;
    bool found = true;
    *out = (jz_pdf_trailer){ .at = s->at, .size = -1, .prev = -1, .xref_stream = -1 };
    JZ_TRY(jz_pdf_open_bracket(s, JZ_PDF_DICT, err));
    while (found) {
        JZ_TRY(jz_pdf_entry(s, &key, &v, &found, err));
        if (!found)
            break;
        if (is_key(&key, "Size") && v.kind == JZ_PDF_INTEGER)
            out->size = v.number;
        else if (is_key(&key, "Prev") && v.kind == JZ_PDF_INTEGER)
            out->prev = v.number;
        else if (is_key(&key, "XRefStm") && v.kind == JZ_PDF_INTEGER)
            out->xref_stream = v.number;
        else if (is_key(&key, "Root"))
            out->root = jz_pdf_ref_of(&v);
        else if (is_key(&key, "Info"))
            out->info = jz_pdf_ref_of(&v);
        else if (is_key(&key, "Encrypt"))
            out->encrypted = !jz_pdf_is(&v, JZ_PDF_WORD, "null");
    }
    return JZ_OK;
}

static jz_status read_widths(const jz_span *s, const jz_pdf_item *array, jz_pdf_section *x,
                             jz_err *err)
{
    jz_span inner = { s->src, array->at, array->end, s->what };
    jz_pdf_item n;
    unsigned sum = 0;
    JZ_TRY(jz_pdf_open_bracket(&inner, JZ_PDF_ARRAY, err));
    for (size_t i = 0; i < JZ_ARRAY_LEN(x->width); i++) {
        JZ_TRY(jz_pdf_token(&inner, &n, err));
        if (n.kind != JZ_PDF_INTEGER || n.number < 0 || n.number > 8)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a field of %" PRId64 " bytes", s->what,
                           n.number);
        x->width[i] = (uint8_t)n.number;
        sum += x->width[i];
    }
    if (sum == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: rows of no bytes", s->what);
    return JZ_OK;
}

/* Table 17. */
static jz_status read_stream_keys(jz_span s, jz_pdf_section *x, jz_err *err)
{
    jz_pdf_item v;
    bool found;
    JZ_TRY(jz_pdf_find_entry(s, "Type", &v, &found, err));
    if (!found || !jz_pdf_is(&v, JZ_PDF_NAME_OBJECT, "XRef"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: no cross-reference at offset %" PRIu64, x->at);
    JZ_TRY(jz_pdf_find_entry(s, "Size", &v, &found, err));
    if (!found || v.kind != JZ_PDF_INTEGER || v.number < 0 || v.number > JZ_PDF_OBJECTS_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no /Size that makes sense", s.what);
    x->size = (uint32_t)v.number;
    JZ_TRY(jz_pdf_find_entry(s, "Index", &v, &found, err));
    if (found && v.kind == JZ_PDF_ARRAY) {
        x->index = v.at;
        x->index_end = v.end;
    }
    JZ_TRY(jz_pdf_find_entry(s, "W", &v, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no /W", s.what);
    return read_widths(&s, &v, x, err);
}

/* A dictionary of a section is no longer than that. */
static jz_span capped(jz_span s)
{
    if (jz_span_left(&s) > JZ_PDF_TRAILER_MAX)
        s.end = s.at + JZ_PDF_TRAILER_MAX;
    return s;
}

static jz_status read_stream(jz_pdf *p, jz_span *s, const jz_pdf_item *number, jz_pdf_section *x,
                             jz_pdf_trailer *trailer, jz_err *err)
{
    jz_pdf_item generation;
    jz_pdf_item word;
    JZ_TRY(jz_pdf_token(s, &generation, err));
    JZ_TRY(jz_pdf_token(s, &word, err));
    if (generation.kind != JZ_PDF_INTEGER || !jz_pdf_is(&word, JZ_PDF_WORD, "obj") ||
        number->number < 0 || number->number > JZ_PDF_OBJECTS_MAX || generation.number < 0 ||
        generation.number > UINT16_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: no cross-reference at offset %" PRIu64, x->at);
    x->is_stream = true;
    x->self = (jz_pdf_ref){ (uint32_t)number->number, (uint32_t)generation.number };
    jz_span dict = capped(*s);
    JZ_TRY(read_stream_keys(dict, x, err));
    jz_span again = dict;
    JZ_TRY(jz_pdf_read_trailer(&again, trailer, err));
    JZ_TRY(jz_pdf_spend(p, again.at - dict.at, err));
    JZ_TRY(jz_pdf_stream_begin(&dict, &x->stream, err));
    if (x->stream.length_kind != JZ_PDF_INTEGER)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: its /Length is in another object", s->what);
    dict.end = s->end;
    return jz_pdf_stream_end(&dict, x->stream.length, &x->stream, err);
}

static jz_status read_table(jz_pdf *p, jz_pdf_section *x, jz_pdf_trailer *trailer, jz_err *err)
{
    ranges r;
    bool found = true;
    JZ_TRY(ranges_of(p, x, &r, err));
    while (found)
        JZ_TRY(next_range(p, &r, &found, err));
    jz_span dict = capped(r.s);
    JZ_TRY(jz_pdf_read_trailer(&dict, trailer, err));
    return jz_pdf_spend(p, dict.at - trailer->at, err);
}

static jz_status new_section(jz_pdf *p, int64_t at, jz_pdf_section **out, jz_err *err)
{
    if (at < 0 || (uint64_t)at >= p->src->size)
        return JZ_FAIL(err, JZ_E_TRUNCATED,
                       "PDF: a cross-reference at offset %" PRId64 " of a file of %" PRIu64
                       " bytes",
                       at, p->src->size);
    for (size_t i = 0; i < p->n; i++) {
        if (p->section[i].at == (uint64_t)at)
            return JZ_FAIL(err, JZ_E_CORRUPT,
                           "PDF: two cross-references lead to the one at offset %" PRId64, at);
    }
    if (p->n == JZ_PDF_SECTIONS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "PDF: more than %d cross-references", JZ_PDF_SECTIONS_MAX);
    jz_pdf_section *grown = jz_grow(p->section, p->n, &p->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    p->section = grown;
    *out = &grown[p->n++];
    **out = (jz_pdf_section){ .at = (uint64_t)at };
    return JZ_OK;
}

static jz_status read_section(jz_pdf *p, int64_t at, jz_pdf_trailer *trailer, jz_err *err)
{
    jz_pdf_section *x = NULL;
    jz_pdf_item t;
    jz_span s = { p->src, (uint64_t)at, p->src->size, "PDF cross-reference" };
    JZ_TRY(new_section(p, at, &x, err));
    JZ_TRY(jz_pdf_token(&s, &t, err));
    if (t.kind == JZ_PDF_INTEGER)
        return read_stream(p, &s, &t, x, trailer, err);
    if (!jz_pdf_is(&t, JZ_PDF_WORD, "xref"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: no cross-reference at offset %" PRId64, at);
    JZ_TRY(read_table(p, x, trailer, err));
    if (trailer->xref_stream < 0)
        return JZ_OK;
    const size_t table = p->n - 1;
    jz_pdf_trailer unused;
    jz_pdf_item number;
    p->section[table].hybrid = true;
    JZ_TRY(new_section(p, trailer->xref_stream, &x, err));
    s.at = x->at;
    JZ_TRY(jz_pdf_token(&s, &number, err));
    if (number.kind != JZ_PDF_INTEGER)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: no cross-reference at offset %" PRIu64, x->at);
    return read_stream(p, &s, &number, x, &unused, err);
}

/* Where the newest section is: the number behind the last "startxref". */
static jz_status find_start(jz_pdf *p, int64_t *out, jz_err *err)
{
    static const char word[] = "startxref";
    uint8_t tail[TAIL_BYTES];
    const size_t n = p->src->size < sizeof tail ? (size_t)p->src->size : sizeof tail;
    const uint64_t from = p->src->size - n;
    const uint8_t *last = NULL;
    jz_pdf_item number = { 0 };
    JZ_TRY(jz_source_get(p->src, from, tail, n, err));
    for (const uint8_t *at = tail;; at = last + 1) {
        at = memmem(at, n - (size_t)(at - tail), word, strlen(word));
        if (at == NULL)
            break;
        last = at;
    }
    if (last == NULL)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "PDF: no startxref in the last %zu bytes", n);
    p->startxref = from + (size_t)(last - tail);
    jz_span s = { p->src, p->startxref + strlen(word), p->src->size, "PDF startxref" };
    JZ_TRY(jz_pdf_token(&s, &number, err));
    if (number.kind != JZ_PDF_INTEGER)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: startxref at offset %" PRIu64 " has no number",
                       p->startxref);
    *out = number.number;
    return JZ_OK;
}

static jz_status read_sections(jz_pdf *p, jz_err *err)
{
    int64_t at;
    JZ_TRY(find_start(p, &at, err));
    for (bool newest = true; newest || at >= 0; newest = false) {
        jz_pdf_trailer t;
        JZ_TRY(read_section(p, at, &t, err));
        if (newest)
            p->trailer = t;
        at = t.prev;
    }
    return JZ_OK;
}

jz_status jz_pdf_open(jz_source *src, uint64_t fuel, jz_pdf *out, jz_err *err)
{
    uint8_t magic[5];
    jz_pdf p = { .src = src, .fuel = fuel };
    JZ_TRY(jz_source_get(src, 0, magic, sizeof magic, err));
    if (memcmp(magic, "%PDF-", sizeof magic) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no PDF header at the beginning");
    const jz_status st = read_sections(&p, err);
    if (st == JZ_OK)
        *out = p;
    else
        jz_pdf_done(&p);
    return st;
}
