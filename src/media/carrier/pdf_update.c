/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/pdf_update.h"

#include "media/deflate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TITLE "%jianzhen revision\n"  /* the first line of one */
#define SIGN "%jianzhen revision of " /* its last comment, with its length */
#define SIGN_DIGITS 12
#define TABLE_OFFSET_MAX 9999999999 /* ten digits */

jz_status jz_pdf_update_init(jz_pdf *file, jz_pdf_update *out, jz_err *err)
{
    *out = (jz_pdf_update){ .file = file, .size = file->trailer.size, .info = file->trailer.info };
    if (out->size < 1 || out->size > JZ_PDF_OBJECTS_MAX - JZ_PDF_UPDATE_OBJECTS)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: /Size is %" PRId64, out->size);
    return JZ_OK;
}

void jz_pdf_update_done(jz_pdf_update *u)
{
    for (size_t i = 0; i < u->n; i++)
        jz_buf_done(&u->object[i].text);
    *u = (jz_pdf_update){ 0 };
}

jz_status jz_pdf_update_number(jz_pdf_update *u, jz_pdf_ref *out, jz_err *err)
{
    jz_pdf_place place;
    JZ_TRY(jz_pdf_find(u->file, (uint32_t)u->size, &place, err));
    if (place.where != JZ_PDF_NOWHERE)
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "PDF: /Size is %" PRId64 ", but there is an object %" PRId64, u->size,
                       u->size);
    *out = (jz_pdf_ref){ (uint32_t)u->size++, 0 };
    return JZ_OK;
}

jz_status jz_pdf_update_add(jz_pdf_update *u, jz_pdf_ref ref, jz_buf *text, jz_err *err)
{
    JZ_TRY(jz_buf_check(text, err));
    for (size_t i = 0; i < u->n; i++) {
        if (u->object[i].ref.number == ref.number)
            return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: object %u has two purposes", ref.number);
    }
    if (u->n == JZ_PDF_UPDATE_OBJECTS)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d changed objects", JZ_PDF_UPDATE_OBJECTS);
    u->object[u->n].ref = ref;
    u->object[u->n++].text = *text;
    *text = (jz_buf){ 0 };
    return JZ_OK;
}

static bool is_one_of(const jz_pdf_item *key, const char *const *keys)
{
    while (*keys != NULL && !jz_pdf_is(key, JZ_PDF_NAME_OBJECT, *keys))
        keys++;
    return *keys != NULL;
}

jz_status jz_pdf_copy_entries(jz_span dict, const char *const *without, size_t max, jz_buf *out,
                              jz_err *err)
{
    jz_pdf_item key;
    jz_pdf_item value;
    bool found = true;
    const size_t before = out->len;
    JZ_TRY(jz_pdf_open_bracket(&dict, JZ_PDF_DICT, err));
    while (found) {
        JZ_TRY(jz_pdf_entry(&dict, &key, &value, &found, err));
        if (!found || is_one_of(&key, without))
            continue;
        jz_span entry = { dict.src, key.at, value.end, dict.what };
        const size_t left = out->len - before < max ? max - (out->len - before) : 0;
        jz_buf_puts(out, "\n");
        JZ_TRY(jz_span_read(&entry, value.end - key.at, left, out, err));
    }
    return jz_buf_check(out, err);
}

/* Where a revision begins that was made here and is the last one, and its first object: its length
 * stands right before "startxref". *found is false where it is no such one. */
static jz_status find_own(const jz_pdf *p, uint64_t *out, uint64_t *object, bool *found,
                          jz_err *err)
{
    char sign[sizeof SIGN - 1 + SIGN_DIGITS + 1];
    char title[sizeof TITLE];
    uint64_t length = 0;
    *found = false;
    if (p->startxref < sizeof sign)
        return JZ_OK;
    JZ_TRY(jz_source_get(p->src, p->startxref - sizeof sign, sign, sizeof sign, err));
    if (memcmp(sign, SIGN, strlen(SIGN)) != 0 || sign[sizeof sign - 1] != '\n')
        return JZ_OK;
    for (size_t i = strlen(SIGN); i < sizeof sign - 1; i++) {
        if (sign[i] < '0' || sign[i] > '9')
            return JZ_OK;
        length = length * 10 + (uint64_t)(sign[i] - '0');
    }
    if (length >= p->src->size || length < sizeof title)
        return JZ_OK;
    *out = p->src->size - length;
    JZ_TRY(jz_source_get(p->src, *out, title, sizeof title, err));
    const size_t blank = title[0] == '\n';
    *object = *out + blank + strlen(TITLE);
    *found = memcmp(title + blank, TITLE, strlen(TITLE)) == 0;
    return JZ_OK;
}

/* The text of an object in the file, as jz_pdf_update_add() takes it. */
static jz_status copy_object(jz_pdf *p, jz_pdf_ref ref, jz_buf *out, jz_err *err)
{
    JZ_PDF_OBJECT_AUTO o = { 0 };
    jz_pdf_stream stream;
    jz_pdf_item value;
    jz_pdf_item word;
    JZ_TRY(jz_pdf_load(p, ref, &o, err));
    jz_span s = o.body;
    JZ_TRY(jz_pdf_value(&s, &value, err));
    JZ_TRY(jz_pdf_token(&s, &word, err));
    const bool is_stream = jz_pdf_is(&word, JZ_PDF_WORD, "stream");
    jz_span raw = { p->src, value.at, value.end, "PDF object" };
    if (is_stream) {
        JZ_TRY(jz_pdf_load_stream(p, &o, &stream, err));
        raw.end = stream.at + stream.size;
    }
    JZ_TRY(jz_span_read(&raw, jz_span_left(&raw), JZ_PDF_OBJECT_STREAM_MAX, out, err));
    if (is_stream)
        jz_buf_puts(out, "\nendstream");
    return jz_buf_check(out, err);
}

static void put_object(jz_pdf_ref ref, const jz_buf *text, jz_buf *out)
{
    jz_buf_printf(out, "%u %u obj\n", ref.number, ref.generation);
    jz_buf_put(out, text->ptr, text->len);
    jz_buf_puts(out, "\nendobj\n");
}

/* Takes over an object of the last revision, unless it changes. Moves *at behind it, from where it
 * must begin: nothing else is in a revision that was made here. */
static jz_status adopt_object(jz_pdf_update *u, size_t changed, jz_pdf_ref ref,
                              const jz_pdf_place *place, uint64_t *at, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO whole = { 0 };
    if (place->where != JZ_PDF_IN_FILE || place->at != *at)
        return JZ_FAIL(err, JZ_E_CORRUPT, "object %u is elsewhere", ref.number);
    JZ_TRY(copy_object(u->file, ref, &text, err));
    put_object(ref, &text, &whole);
    JZ_TRY(jz_buf_check(&whole, err));
    *at += whole.len;
    for (size_t k = 0; k < changed; k++) {
        if (u->object[k].ref.number == ref.number)
            return JZ_OK;
    }
    return jz_pdf_update_add(u, ref, &text, err);
}

/* The same for all of them. JZ_E_CORRUPT where the revision, whose first object is at an offset, is
 * not as it was made here. */
static jz_status adopt_objects(jz_pdf_update *u, uint64_t at, jz_err *err)
{
    jz_pdf *p = u->file;
    const jz_pdf_section *x = &p->section[0];
    const size_t changed = u->n;
    uint32_t numbers[JZ_PDF_UPDATE_OBJECTS + 1];
    jz_pdf_place places[JZ_PDF_UPDATE_OBJECTS + 1];
    size_t n = 0;
    if (x->hybrid || p->trailer.prev < 0 || (uint64_t)p->trailer.prev >= at)
        return JZ_FAIL(err, JZ_E_CORRUPT, "another cross-reference");
    JZ_TRY(jz_pdf_newest(p, JZ_ARRAY_LEN(numbers), numbers, places, &n, err));
    for (size_t i = 0; i < n; i++) {
        const jz_pdf_ref ref = { numbers[i], places[i].generation };
        if (!x->is_stream || ref.number != x->self.number)
            JZ_TRY(adopt_object(u, changed, ref, &places[i], &at, err));
    }
    if (at != x->at)
        return JZ_FAIL(err, JZ_E_CORRUPT, "another cross-reference");
    return JZ_OK;
}

/* Whether the last revision, whose first object is at an offset, can make way for the new one. */
static jz_status try_to_replace(jz_pdf_update *u, uint64_t at, bool *out, jz_err *err)
{
    const size_t changed = u->n;
    jz_err why = { 0 };
    const jz_status st = adopt_objects(u, at, &why);
    *out = st == JZ_OK;
    if (st == JZ_E_NOMEM || st == JZ_E_IO || st == JZ_E_CHANGED) {
        if (err != NULL)
            *err = why;
        return st;
    }
    while (!*out && u->n > changed)
        jz_buf_done(&u->object[--u->n].text);
    return JZ_OK;
}

/* A cross-reference lists its objects by rising number. */
static void sort_objects(jz_pdf_update *u)
{
    for (size_t i = 1; i < u->n; i++) {
        for (size_t k = i; k > 0 && u->object[k - 1].ref.number > u->object[k].ref.number; k--) {
            const jz_pdf_new_object moved = u->object[k];
            u->object[k] = u->object[k - 1];
            u->object[k - 1] = moved;
        }
    }
}

/* A revision under construction. */
typedef struct revision {
    jz_pdf_update *u;
    uint64_t from; /* of the new file */
    uint64_t prev;
    uint64_t xref;
    jz_pdf_ref self; /* a cross-reference stream's */
    jz_buf text;
} revision;

static jz_status choose_place(revision *r, jz_err *err)
{
    jz_pdf *p = r->u->file;
    const jz_pdf_section *x = &p->section[0];
    uint64_t object = 0;
    bool replace = false;
    JZ_TRY(find_own(p, &r->from, &object, &replace, err));
    if (replace)
        JZ_TRY(try_to_replace(r->u, object, &replace, err));
    if (!replace)
        r->from = p->src->size;
    r->prev = replace ? (uint64_t)p->trailer.prev : x->at;
    sort_objects(r->u);
    if (!x->is_stream)
        return JZ_OK;
    r->self = x->self;
    if (replace && x->self.number < r->u->size &&
        x->self.number > r->u->object[r->u->n - 1].ref.number)
        return JZ_OK;
    return jz_pdf_update_number(r->u, &r->self, err);
}

static uint64_t here(const revision *r)
{
    return r->from + r->text.len;
}

static jz_status put_objects(revision *r, jz_err *err)
{
    jz_pdf_update *u = r->u;
    uint8_t last = '\n';
    JZ_TRY(jz_source_get(u->file->src, r->from - 1, &last, 1, err));
    if (last != '\n' && last != '\r')
        jz_buf_puts(&r->text, "\n");
    jz_buf_puts(&r->text, TITLE);
    for (size_t i = 0; i < u->n; i++) {
        u->object[i].at = here(r);
        put_object(u->object[i].ref, &u->object[i].text, &r->text);
    }
    r->xref = here(r);
    return jz_buf_check(&r->text, err);
}

/* Sixteen bytes that depend on all of the revision so far (14.4: the second identifier changes). */
static void put_identifier(const revision *r, jz_buf *out)
{
    jz_buf_puts(out, "<");
    for (uint32_t i = 1; i <= 4; i++)
        jz_buf_printf(out, "%08X", jz_crc32(i, r->text.ptr, r->text.len));
    jz_buf_puts(out, ">");
}

/* The old entries of the trailer, but for those of its section and those that change. */
static jz_status put_trailer_entries(revision *r, jz_err *err)
{
    static const char *const without[] = { "Size",        "Prev",         "XRefStm", "Info",
                                           "ID",          "Type",         "W",       "Index",
                                           "Filter",      "Length",       "DL",      "FFilter",
                                           "DecodeParms", "FDecodeParms", NULL };
    const jz_pdf *p = r->u->file;
    const jz_span dict = { p->src, p->trailer.at, p->src->size, "PDF trailer" };
    jz_pdf_item id;
    jz_pdf_item first;
    bool found;
    JZ_TRY(jz_pdf_copy_entries(dict, without, JZ_PDF_TRAILER_MAX / 2, &r->text, err));
    jz_buf_printf(&r->text, "\n/Size %" PRId64 "\n/Prev %" PRIu64, r->u->size, r->prev);
    if (r->u->info.number != 0)
        jz_buf_printf(&r->text, "\n/Info %u %u R", r->u->info.number, r->u->info.generation);
    JZ_TRY(jz_pdf_find_entry(dict, "ID", &id, &found, err));
    if (!found || id.kind != JZ_PDF_ARRAY)
        return jz_buf_check(&r->text, err);
    jz_span inner = { p->src, id.at + 1, id.end, "PDF trailer" };
    JZ_TRY(jz_pdf_value(&inner, &first, err));
    if (first.kind != JZ_PDF_STRING && first.kind != JZ_PDF_HEX_STRING)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: /ID is no array of strings");
    JZ_BUF_AUTO second = { 0 };
    put_identifier(r, &second);
    jz_buf_puts(&r->text, "\n/ID [");
    jz_span bytes = { p->src, first.at, first.end, "PDF identifier" };
    JZ_TRY(jz_span_read(&bytes, jz_span_left(&bytes), JZ_PDF_TRAILER_MAX / 4, &r->text, err));
    jz_buf_printf(&r->text, " %s]", second.ptr);
    return jz_buf_check(&r->text, err);
}

static jz_status put_table(revision *r, jz_err *err)
{
    const jz_pdf_update *u = r->u;
    jz_buf_puts(&r->text, "xref\n");
    for (size_t i = 0; i < u->n; i++) {
        if (u->object[i].at > TABLE_OFFSET_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "PDF: offset %" PRIu64 " does not fit in the table",
                           u->object[i].at);
        jz_buf_printf(&r->text, "%u 1\n%010" PRIu64 " %05u n \n", u->object[i].ref.number,
                      u->object[i].at, u->object[i].ref.generation);
    }
    jz_buf_puts(&r->text, "trailer\n<<");
    JZ_TRY(put_trailer_entries(r, err));
    jz_buf_puts(&r->text, "\n>>\n");
    return jz_buf_check(&r->text, err);
}

static void put_number(jz_buf *out, size_t bytes, uint64_t v)
{
    for (size_t i = bytes; i > 0; i--)
        jz_buf_putc(out, (char)(uint8_t)(v >> (8 * (i - 1))));
}

/* The rows are few and not compressed. */
static jz_status put_stream(revision *r, jz_err *err)
{
    const jz_pdf_update *u = r->u;
    JZ_BUF_AUTO rows = { 0 };
    const size_t bytes = r->xref > UINT32_MAX ? 8 : 4; /* of an offset: some readers want 4 */
    jz_buf_printf(&r->text, "%u %u obj\n<<\n/Type /XRef\n/W [1 %zu 2]\n/Index [", r->self.number,
                  r->self.generation, bytes);
    for (size_t i = 0; i <= u->n; i++) {
        const jz_pdf_ref ref = i < u->n ? u->object[i].ref : r->self;
        jz_buf_printf(&r->text, "%s%u 1", i > 0 ? " " : "", ref.number);
        put_number(&rows, 1, 1);
        put_number(&rows, bytes, i < u->n ? u->object[i].at : r->xref);
        put_number(&rows, 2, ref.generation);
    }
    jz_buf_printf(&r->text, "]\n/Length %zu", rows.len);
    JZ_TRY(put_trailer_entries(r, err));
    jz_buf_puts(&r->text, "\n>>\nstream\n");
    jz_buf_put(&r->text, rows.ptr, rows.len);
    jz_buf_puts(&r->text, "\nendstream\nendobj\n");
    JZ_TRY(jz_buf_check(&rows, err));
    return jz_buf_check(&r->text, err);
}

static jz_status put_end(revision *r, jz_err *err)
{
    char end[64];
    const int n = snprintf(end, sizeof end, "\nstartxref\n%" PRIu64 "\n%%%%EOF\n", r->xref);
    const size_t length = r->text.len + strlen(SIGN) + SIGN_DIGITS + (size_t)n;
    jz_buf_puts(&r->text, SIGN);
    jz_buf_printf(&r->text, "%0*zu%s", SIGN_DIGITS, length, end);
    return jz_buf_check(&r->text, err);
}

static jz_status plan_revision(revision *r, jz_splices *out, jz_err *err)
{
    const jz_pdf *p = r->u->file;
    JZ_TRY(choose_place(r, err));
    JZ_TRY(put_objects(r, err));
    if (p->section[0].is_stream)
        JZ_TRY(put_stream(r, err));
    else
        JZ_TRY(put_table(r, err));
    JZ_TRY(put_end(r, err));
    const jz_bytes text = { (const uint8_t *)r->text.ptr, r->text.len };
    return jz_splices_add(out, r->from, p->src->size - r->from, text, err);
}

jz_status jz_pdf_update_plan(jz_pdf_update *u, jz_splices *out, jz_err *err)
{
    revision r = { .u = u };
    if (u->file->n + 1 > JZ_PDF_SECTIONS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "PDF: %zu cross-references, one more is too many",
                       u->file->n);
    const jz_status st = plan_revision(&r, out, err);
    jz_buf_done(&r.text);
    return st;
}
