/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a published list of filings. Rows are split into fields first (RFC 4180), in place, in
 * one buffer; then columns are taken by their names. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/rd.h"

#include <jz/filing.h>

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define COLUMNS_MAX 64
#define FIELD_MAX 4096 /* bytes */

typedef struct csv {
    jz_rd rd;
    uint64_t line;             /* that the next row begins in, from 1 on */
    jz_buf text;               /* fields of a row, each terminated */
    size_t field[COLUMNS_MAX]; /* where each begins in text */
    size_t n;
} csv;

/* The column of each field of a filing, and the names that it has in lists. */
enum { NUMBER, ALGORITHM, ROLE, SUBJECT, PRODUCT, PURPOSE, NOTE, CODE, FIELDS };
static const struct column {
    const char *name;
    int field;
} columns[] = {
    { "备案编号", NUMBER },  { "算法名称", ALGORITHM },    { "角色", ROLE },
    { "主体名称", SUBJECT }, { "应用产品", PRODUCT },      { "主要用途", PURPOSE },
    { "备注", NOTE },        { "统一社会信用代码", CODE },
};
static const char *const needed[] = { "备案编号", "算法名称", "主体名称" };
static const int needed_field[] = { NUMBER, ALGORITHM, SUBJECT };

/* ---- fields ---- */

static int peek(const jz_rd *rd)
{
    return rd->at < rd->len ? rd->ptr[rd->at] : -1;
}

static jz_status put_byte(csv *c, char byte, jz_err *err)
{
    if (c->text.len - c->field[c->n - 1] >= FIELD_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a field of more than %d bytes", FIELD_MAX);
    if ((uint8_t)byte < 0x20 && byte != '\n' && byte != '\t')
        return JZ_FAIL(err, JZ_E_CORRUPT, "a control character");
    jz_buf_putc(&c->text, byte);
    if (byte == '\n')
        c->line++;
    return JZ_OK;
}

/* The opening quote has been passed. Lines end in quotes with LF, whatever they end with there. */
static jz_status read_quoted(csv *c, jz_err *err)
{
    for (;;) {
        const int byte = peek(&c->rd);
        if (byte < 0)
            return JZ_FAIL(err, JZ_E_TRUNCATED, "ends inside a quoted field");
        c->rd.at++;
        if (byte == '"' && peek(&c->rd) != '"')
            return JZ_OK;
        if (byte == '\r' && peek(&c->rd) == '\n')
            continue;
        c->rd.at += byte == '"';
        JZ_TRY(put_byte(c, (char)byte, err));
    }
}

static jz_status read_plain(csv *c, jz_err *err)
{
    for (int byte = peek(&c->rd); byte >= 0 && byte != ',' && byte != '\n' && byte != '\r';
         byte = peek(&c->rd)) {
        if (byte == '"')
            return JZ_FAIL(err, JZ_E_CORRUPT, "a quote inside a field that has none around it");
        c->rd.at++;
        JZ_TRY(put_byte(c, (char)byte, err));
    }
    return JZ_OK;
}

static jz_status read_field(csv *c, jz_err *err)
{
    if (c->n == COLUMNS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d columns", COLUMNS_MAX);
    c->field[c->n++] = c->text.len;
    if (peek(&c->rd) == '"') {
        c->rd.at++;
        JZ_TRY(read_quoted(c, err));
    } else {
        JZ_TRY(read_plain(c, err));
    }
    const char *text = c->text.ptr != NULL ? c->text.ptr + c->field[c->n - 1] : "";
    if (!jz_utf8_valid(text, c->text.len - c->field[c->n - 1]))
        return JZ_FAIL(err, JZ_E_CORRUPT, "not UTF-8: convert it (iconv -f GB18030 -t UTF-8)");
    jz_buf_putc(&c->text, '\0');
    return JZ_OK;
}

static jz_status end_row(csv *c, jz_err *err)
{
    if (peek(&c->rd) == '\r')
        c->rd.at++;
    const int byte = peek(&c->rd);
    if (byte >= 0 && byte != '\n')
        return JZ_FAIL(err, JZ_E_CORRUPT, "text behind a field");
    c->rd.at += byte == '\n';
    c->line += byte == '\n';
    return jz_buf_check(&c->text, err);
}

static jz_status read_row(csv *c, jz_err *err)
{
    jz_buf_reset(&c->text);
    c->n = 0;
    JZ_TRY(read_field(c, err));
    while (peek(&c->rd) == ',') {
        c->rd.at++;
        JZ_TRY(read_field(c, err));
    }
    return end_row(c, err);
}

/* ---- columns ---- */

static const char *field_of(const csv *c, size_t at)
{
    return c->text.ptr + c->field[at];
}

/* at[f]: which column is the field f; COLUMNS_MAX: none. */
static jz_status read_header(csv *c, size_t at[FIELDS], jz_err *err)
{
    static const char bom[] = "\xef\xbb\xbf";
    if (jz_rd_left(&c->rd) >= 3 && memcmp(c->rd.ptr, bom, 3) == 0)
        c->rd.at = 3;
    JZ_TRY(read_row(c, err));
    for (size_t f = 0; f < FIELDS; f++)
        at[f] = COLUMNS_MAX;
    for (size_t i = 0; i < c->n; i++)
        for (size_t k = 0; k < JZ_ARRAY_LEN(columns); k++) {
            if (strcmp(field_of(c, i), columns[k].name) != 0)
                continue;
            if (at[columns[k].field] != COLUMNS_MAX)
                return JZ_FAIL(err, JZ_E_CORRUPT, "two columns %s", columns[k].name);
            at[columns[k].field] = i;
        }
    for (size_t i = 0; i < JZ_ARRAY_LEN(needed); i++)
        if (at[needed_field[i]] == COLUMNS_MAX)
            return JZ_FAIL(err, JZ_E_CORRUPT, "there is no column %s", needed[i]);
    return JZ_OK;
}

/* 网信算备, digits, 号. */
static bool is_number(const char *s)
{
    static const char head[] = "网信算备";
    static const char tail[] = "号";
    const size_t len = strlen(s);
    if (len <= strlen(head) + strlen(tail) || len > JZ_FILING_NUMBER_MAX ||
        strncmp(s, head, strlen(head)) != 0 || strcmp(s + len - strlen(tail), tail) != 0)
        return false;
    return strspn(s + strlen(head), "0123456789") == len - strlen(head) - strlen(tail);
}

static jz_status take_row(const csv *c, const size_t at[FIELDS], size_t width, jz_filing *out,
                          jz_err *err)
{
    const char *f[FIELDS];
    if (c->n != width)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%zu fields, the first row has %zu", c->n, width);
    for (size_t i = 0; i < FIELDS; i++)
        f[i] = at[i] < c->n ? field_of(c, at[i]) : "";
    *out =
        (jz_filing){ .number = f[NUMBER],
                     .algorithm = f[ALGORITHM],
                     .role = f[ROLE],
                     .subject = f[SUBJECT],
                     .product = f[PRODUCT],
                     .purpose = f[PURPOSE],
                     .note = f[NOTE],
                     .code = f[CODE],
                     .ended = strstr(f[NOTE], "注销") != NULL || strstr(f[NOTE], "撤销") != NULL };
    if (!is_number(out->number))
        return JZ_FAIL(err, JZ_E_CORRUPT, "'%s' is no filing number", out->number);
    for (size_t i = 0; i < JZ_ARRAY_LEN(needed); i++)
        if (f[needed_field[i]][0] == '\0')
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s is empty", needed[i]);
    return JZ_OK;
}

static jz_status read_rows(csv *c, jz_filing_row_fn fn, void *user, uint64_t *line, jz_err *err)
{
    size_t at[FIELDS];
    uint64_t rows = 0;
    JZ_TRY(read_header(c, at, err));
    const size_t width = c->n;
    while (jz_rd_left(&c->rd) > 0) {
        jz_filing row;
        *line = c->line;
        if (rows++ == JZ_FILING_ROWS_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %d rows", JZ_FILING_ROWS_MAX);
        JZ_TRY(read_row(c, err));
        JZ_TRY(take_row(c, at, width, &row, err));
        JZ_TRY(fn(user, &row, *line, err));
    }
    return JZ_OK;
}

jz_status jz_filing_read(jz_bytes bytes, jz_filing_row_fn fn, void *user, jz_err *err)
{
    csv c = { .rd = jz_rd_of(bytes, "list"), .line = 1 };
    uint64_t line = 1;
    if (bytes.len > JZ_FILING_CSV_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a list of %zu bytes, the limit is %zu", bytes.len,
                       JZ_FILING_CSV_MAX);
    const jz_status st = read_rows(&c, fn, user, &line, err);
    jz_buf_done(&c.text);
    if (st != JZ_OK)
        jz_err_wrap(err, "line %" PRIu64, line);
    return st;
}
