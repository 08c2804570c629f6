/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/lzw.h"

#include "base/alloc.h"

#include <string.h>

#define CODE_BITS_MAX 12
#define CODES (1u << CODE_BITS_MAX)
#define SYMBOLS 256
#define NO_CODE CODES

/* ---- reading ---- */

typedef struct decoder {
    const jz_lzw_form *form;
    jz_bytes in;
    size_t at;
    uint32_t bits; /* taken from in and not yet used */
    unsigned held; /* how many */
    unsigned width;
    uint32_t next; /* the code that the table gets next */
    uint16_t prefix[CODES];
    uint8_t suffix[CODES];
    uint32_t length[CODES]; /* of the code's string */
} decoder;

static bool read_code(decoder *d, uint32_t *out)
{
    while (d->held < d->width) {
        if (d->at == d->in.len)
            return false;
        const uint32_t byte = d->in.ptr[d->at++];
        d->bits = d->form->high_first ? d->bits << 8 | byte : d->bits | byte << d->held;
        d->held += 8;
    }
    const uint32_t mask = (1u << d->width) - 1;
    d->held -= d->width;
    if (d->form->high_first) {
        *out = d->bits >> d->held & mask;
    } else {
        *out = d->bits & mask;
        d->bits >>= d->width;
    }
    return true;
}

static void clear_table(decoder *d)
{
    d->width = d->form->bits + 1;
    d->next = (1u << d->form->bits) + 2;
}

/* The string that is the previous code's and one symbol more. */
static void add_code(decoder *d, uint32_t previous, uint8_t symbol)
{
    if (d->next >= CODES)
        return; /* GIF: the table stays as it is until it is cleared */
    d->prefix[d->next] = (uint16_t)previous;
    d->suffix[d->next] = symbol;
    d->length[d->next] = d->length[previous] + 1;
    d->next++;
    const uint32_t early = d->form->high_first ? 1 : 0;
    if (d->next + early == 1u << d->width && d->width < CODE_BITS_MAX)
        d->width++;
}

/* Writes a code's string, from its end; what does not fit into n bytes is left out. */
static void put_string(const decoder *d, uint32_t code, uint8_t *out, size_t n)
{
    for (uint32_t i = d->length[code]; i > 1; i--) {
        if (i <= n)
            out[i - 1] = d->suffix[code];
        code = d->prefix[code];
    }
    out[0] = (uint8_t)code;
}

static uint8_t first_symbol(const decoder *d, uint32_t code)
{
    while (d->length[code] > 1)
        code = d->prefix[code];
    return (uint8_t)code;
}

static jz_status decode(decoder *d, uint8_t *out, size_t n, jz_err *err)
{
    const uint32_t clear = 1u << d->form->bits;
    uint32_t previous = NO_CODE;
    uint32_t code = 0;
    size_t done = 0;
    clear_table(d);
    while (done < n && read_code(d, &code) && code != clear + 1) {
        if (code == clear) {
            clear_table(d);
            previous = NO_CODE;
            continue;
        }
        if (code > d->next || (code >= clear && previous == NO_CODE) ||
            (code == d->next && d->next >= CODES))
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: code %u after %zu of %zu pixels' bytes",
                           d->form->what, code, done, n);
        if (previous != NO_CODE)
            add_code(d, previous, first_symbol(d, code == d->next ? previous : code));
        put_string(d, code, out + done, n - done);
        done += d->length[code] < n - done ? d->length[code] : n - done;
        previous = code;
    }
    return done == n ? JZ_OK
                     : JZ_FAIL(err, JZ_E_TRUNCATED, "%s: codes end after %zu of %zu pixels' bytes",
                               d->form->what, done, n);
}

jz_status jz_lzw_decode(const jz_lzw_form *form, jz_bytes in, uint8_t *out, size_t n, jz_err *err)
{
    decoder *d = jz_alloc_zero(1, sizeof *d);
    if (d == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", form->what);
    d->form = form;
    d->in = in;
    for (uint32_t i = 0; i < SYMBOLS; i++)
        d->length[i] = 1;
    const jz_status st = decode(d, out, n, err);
    jz_free(d);
    return st;
}

/* ---- writing ---- */

typedef struct encoder {
    const jz_lzw_form *form;
    jz_buf *out;
    uint32_t bits;
    unsigned held;
    unsigned width;
    uint32_t next;
    uint16_t child[CODES][SYMBOLS]; /* 0 = none: no string of two symbols has code 0 */
} encoder;

static void write_code(encoder *e, uint32_t code)
{
    if (e->form->high_first) {
        e->bits = e->bits << e->width | code;
        for (e->held += e->width; e->held >= 8; e->held -= 8)
            jz_buf_putc(e->out, (char)(uint8_t)(e->bits >> (e->held - 8)));
        return;
    }
    e->bits |= code << e->held;
    for (e->held += e->width; e->held >= 8; e->held -= 8) {
        jz_buf_putc(e->out, (char)(uint8_t)e->bits);
        e->bits >>= 8;
    }
}

static void start_table(encoder *e)
{
    memset(e->child, 0, sizeof e->child);
    e->next = (1u << e->form->bits) + 2;
    e->width = e->form->bits + 1;
}

static void flush(encoder *e)
{
    const unsigned gap = (8 - e->held % 8) % 8;
    if (gap == 0)
        return;
    jz_buf_putc(e->out, (char)(uint8_t)(e->form->high_first ? e->bits << gap : e->bits));
}

/* The reader's table is one code behind: it learns a string with the code that follows. It is
 * cleared before the last code is given away, which some readers do not bear. */
static void grow_table(encoder *e, uint32_t code, uint8_t symbol)
{
    const uint32_t clear = 1u << e->form->bits;
    e->child[code][symbol] = (uint16_t)e->next++;
    const uint32_t early = e->form->high_first ? 1 : 0;
    if (e->next + early > 1u << e->width && e->width < CODE_BITS_MAX)
        e->width++;
    if (e->next < CODES - 2)
        return;
    write_code(e, clear);
    start_table(e);
}

static void encode(encoder *e, jz_bytes in)
{
    const uint32_t clear = 1u << e->form->bits;
    start_table(e);
    write_code(e, clear);
    uint32_t code = NO_CODE;
    for (size_t i = 0; i < in.len; i++) {
        const uint8_t symbol = in.ptr[i];
        if (code == NO_CODE) {
            code = symbol;
        } else if (e->child[code][symbol] != 0) {
            code = e->child[code][symbol];
        } else {
            write_code(e, code);
            grow_table(e, code, symbol);
            code = symbol;
        }
    }
    if (code != NO_CODE) {
        write_code(e, code);
        grow_table(e, code, 0); /* the reader's table grows once more before the end */
    }
    write_code(e, clear + 1);
    flush(e);
}

jz_status jz_lzw_encode(const jz_lzw_form *form, jz_bytes in, jz_buf *out, jz_err *err)
{
    encoder *e = jz_alloc_zero(1, sizeof *e);
    if (e == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", form->what);
    e->form = form;
    e->out = out;
    encode(e, in);
    jz_free(e);
    return jz_buf_check(out, err);
}
