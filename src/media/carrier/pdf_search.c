/* SPDX-License-Identifier: Apache-2.0 */
/* What other readers do with a PDF file whose cross-reference is damaged: all that looks like an
 * object or a trailer is noted, and the last one counts. One pass over the file, and a note of few
 * bytes for each object. */
#include "media/carrier/pdf_xref.h"

#include "base/alloc.h"

#include <inttypes.h>
#include <string.h>

#define FOUND_MAX ((size_t)1 << 18) /* objects: 8 MiB of notes */
#define PART_BYTES 16384u
#define BEFORE 64u /* bytes before a part, for "1234567890 00000 " */
#define BEHIND 16u /* bytes behind it, for the longest word */

/* A part of the file, with a little on both sides. */
typedef struct part {
    uint8_t bytes[BEFORE + PART_BYTES + BEHIND];
    uint64_t at; /* of bytes, in the file */
    size_t len;
} part;

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Whether a word stands at i and ends there. */
static bool has_word(const part *p, size_t i, const char *word)
{
    const size_t n = strlen(word);
    if (p->len - i < n || memcmp(p->bytes + i, word, n) != 0)
        return false;
    return p->len - i == n || !jz_pdf_is_regular(p->bytes[i + n]);
}

/* Moves *i before the blanks and the number that end there; false where there are none. */
static bool number_before(const part *p, size_t *i, uint64_t *out)
{
    uint64_t unit = 1;
    size_t at = *i;
    *out = 0;
    while (at > 0 && jz_pdf_is_blank(p->bytes[at - 1]))
        at--;
    if (at == *i || at == 0 || !is_digit(p->bytes[at - 1]))
        return false;
    for (; at > 0 && is_digit(p->bytes[at - 1]) && unit <= 1000000000; at--, unit *= 10)
        *out += unit * (p->bytes[at - 1] - (uint64_t)'0');
    *i = at;
    return at == 0 || !jz_pdf_is_regular(p->bytes[at - 1]);
}

static jz_status note_object(jz_pdf *pdf, const part *p, size_t i, jz_err *err)
{
    uint64_t number;
    uint64_t generation;
    if (!number_before(p, &i, &generation) || !number_before(p, &i, &number) ||
        generation > UINT16_MAX || number > JZ_PDF_OBJECTS_MAX)
        return JZ_OK;
    if (pdf->n_found == FOUND_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "PDF: more than %zu objects to search", FOUND_MAX);
    jz_pdf_found *grown = jz_grow(pdf->found, pdf->n_found, &pdf->found_size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    pdf->found = grown;
    grown[pdf->n_found++] =
        (jz_pdf_found){ p->at + i, (uint32_t)number, (uint32_t)generation, false };
    return JZ_OK;
}

/* Takes what a trailer says, over what those before it said. One that cannot be read is none. */
static jz_status note_trailer(jz_pdf *pdf, jz_span s, jz_err *err)
{
    jz_pdf_trailer t;
    const uint64_t from = s.at;
    if (jz_span_left(&s) > JZ_PDF_TRAILER_MAX)
        s.end = s.at + JZ_PDF_TRAILER_MAX;
    const jz_status st = jz_pdf_read_trailer(&s, &t, err);
    JZ_TRY(jz_pdf_spend(pdf, s.at - from, err));
    if (st == JZ_E_IO || st == JZ_E_CHANGED)
        return st;
    if (st != JZ_OK)
        return JZ_OK;
    if (t.root.number != 0)
        pdf->trailer.root = t.root;
    if (t.info.number != 0)
        pdf->trailer.info = t.info;
    pdf->trailer.encrypted |= t.encrypted;
    return JZ_OK;
}

/* The last object found is a cross-reference stream: its dictionary is a trailer. */
static jz_status note_stream_trailer(jz_pdf *pdf, uint64_t *done, jz_err *err)
{
    jz_span s = jz_span_all(pdf->src, "PDF cross-reference stream");
    jz_pdf_item t;
    if (pdf->n_found == 0 || pdf->found[pdf->n_found - 1].at == *done)
        return JZ_OK;
    s.at = *done = pdf->found[pdf->n_found - 1].at;
    for (unsigned i = 0; i < 3; i++) /* "12 0 obj", as they were found */
        JZ_TRY(jz_pdf_token(&s, &t, err));
    return note_trailer(pdf, s, err);
}

static jz_status note(jz_pdf *pdf, const part *p, size_t i, uint64_t *done, jz_err *err)
{
    jz_span s;
    switch (p->bytes[i]) {
    case 'o':
        return has_word(p, i, "obj") ? note_object(pdf, p, i, err) : JZ_OK;
    case 't':
        if (!has_word(p, i, "trailer"))
            return JZ_OK;
        s = (jz_span){ pdf->src, p->at + i + strlen("trailer"), pdf->src->size, "PDF trailer" };
        return note_trailer(pdf, s, err);
    case '/':
        if (has_word(p, i, "/ObjStm") && pdf->n_found > 0)
            pdf->found[pdf->n_found - 1].object_stream = true;
        return has_word(p, i, "/XRef") ? note_stream_trailer(pdf, done, err) : JZ_OK;
    default:
        return JZ_OK;
    }
}

static jz_status search(jz_pdf *pdf, jz_err *err)
{
    part p;
    uint64_t done = UINT64_MAX;
    const uint64_t size = pdf->src->size;
    for (uint64_t from = 0; from < size; from += PART_BYTES) {
        const uint64_t before = from < BEFORE ? from : BEFORE;
        const uint64_t left = size - from;
        const uint64_t scan = left < PART_BYTES ? left : PART_BYTES;
        const uint64_t behind = left - scan < BEHIND ? left - scan : BEHIND;
        p.at = from - before;
        p.len = (size_t)(before + scan + behind);
        JZ_TRY(jz_source_get(pdf->src, p.at, p.bytes, p.len, err));
        for (size_t i = (size_t)before; i < before + scan; i++)
            JZ_TRY(note(pdf, &p, i, &done, err));
    }
    if (pdf->trailer.root.number == 0 && pdf->trailer.info.number == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "PDF: no trailer in the file");
    return JZ_OK;
}

jz_status jz_pdf_search(jz_source *src, uint64_t fuel, jz_pdf *out, jz_err *err)
{
    jz_pdf p = { .src = src, .fuel = fuel, .searched = true };
    const jz_status st = search(&p, err);
    if (st == JZ_OK)
        *out = p;
    else
        jz_pdf_done(&p);
    return st;
}
