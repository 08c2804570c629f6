/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for the public: counted in one moment into rows of (table, row, column, value), which are
 * then written as CSV or drawn. */
#include "govern/measures.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/html.h"

#include <jz/report.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_US ((int64_t)60 * 1000000)

typedef struct cell {
    char table[24], row[32], column[24];
    int64_t value;
} cell;

typedef struct numbers {
    int64_t from_us, to_us;
    cell *cell;
    size_t n, size;
} numbers;

static jz_status add(numbers *t, const char *table, const char *row, const char *column,
                     int64_t value, jz_err *err)
{
    cell *grown = jz_grow(t->cell, t->n, &t->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    t->cell = grown;
    cell *c = &t->cell[t->n++];
    (void)snprintf(c->table, sizeof c->table, "%s", table);
    (void)snprintf(c->row, sizeof c->row, "%s", row != NULL ? row : "");
    (void)snprintf(c->column, sizeof c->column, "%s", column != NULL ? column : "");
    c->value = value;
    return JZ_OK;
}

/* ---- names of stored numbers ---- */

static const char *word_of(const char *const *words, int64_t v)
{
    for (int64_t i = 0; words[i] != NULL; i++)
        if (i + 1 == v)
            return words[i];
    return "?";
}

static const char *category(int64_t v)
{
    return word_of(jz_words_complaint_category, v);
}
static const char *role(int64_t v)
{
    return word_of(jz_words_complaint_role, v);
}
static const char *source(int64_t v)
{
    return word_of(jz_words_source, v);
}
static const char *automated(int64_t v)
{
    static const char *const words[] = { "fully", "partially", "by persons", NULL };
    return word_of(words, v);
}
static const char *state(int64_t v)
{
    return jz_complaint_state_name((jz_complaint_state)v);
}
static const char *kind(int64_t v)
{
    return jz_measure_kind_name((jz_measure_kind)v);
}
static const char *who(int64_t v)
{
    return v != 0 ? "automatic" : "by persons";
}
static const char *measure_state(int64_t v)
{
    return jz_measure_state_name((jz_measure_state)v);
}
static const char *appeal(int64_t v)
{
    return jz_appeal_state_name((jz_appeal_state)v);
}
static const char *count(int64_t v)
{
    (void)v;
    return "count";
}

/* ---- tables ---- */

/* Counts by one or two stored numbers. */
static const struct table {
    const char *name;
    const char *sql; /* row, column (or 0), count; of ?1 to ?2 */
    const char *(*row)(int64_t v);
    const char *(*column)(int64_t v);
} tables[] = {
    { "complaints",
      "SELECT category, state, COUNT(*) FROM complaint WHERE filed_us >= ?1 AND filed_us < ?2"
      " GROUP BY category, state ORDER BY category, state",
      category, state },
    { "complaints by",
      "SELECT role, 0, COUNT(*) FROM complaint WHERE filed_us >= ?1 AND filed_us < ?2"
      " GROUP BY role ORDER BY role",
      role, count },
    { "decisions",
      "SELECT category, automated, COUNT(*) FROM decision WHERE at_us >= ?1 AND at_us < ?2"
      " GROUP BY category, automated ORDER BY category, automated",
      category, automated },
    { "sources",
      "SELECT source, 0, COUNT(*) FROM decision WHERE at_us >= ?1 AND at_us < ?2"
      " GROUP BY source ORDER BY source",
      source, count },
    { "measures",
      "SELECT kind, automated, COUNT(*) FROM measure WHERE ordered_us >= ?1 AND ordered_us < ?2"
      " GROUP BY kind, automated ORDER BY kind, automated",
      kind, who },
    { "what became of measures",
      "SELECT kind, state, COUNT(*) FROM measure WHERE ordered_us >= ?1 AND ordered_us < ?2"
      " GROUP BY kind, state ORDER BY kind, state",
      kind, measure_state },
    { "appeals",
      "SELECT appeal, 0, COUNT(*) FROM decision WHERE at_us >= ?1 AND at_us < ?2"
      " GROUP BY appeal ORDER BY appeal",
      appeal, count },
};

static jz_status bind(jz_govern *g, const numbers *t, const char *sql, jz_stmt **out, jz_err *err)
{
    JZ_TRY(jz_stmt_new(g->store, sql, out, err));
    jz_stmt_bind_i64(*out, 1, t->from_us);
    jz_stmt_bind_i64(*out, 2, t->to_us);
    return JZ_OK;
}

static jz_status count_table(jz_govern *g, const struct table *what, numbers *t, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(bind(g, t, what->sql, &st, err));
    JZ_TRY(jz_stmt_step(st, &there, err));
    while (there) {
        JZ_TRY(add(t, what->name, what->row(jz_stmt_i64(st, 0)), what->column(jz_stmt_i64(st, 1)),
                   jz_stmt_i64(st, 2), err));
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    return JZ_OK;
}

static jz_status count_clocks(jz_govern *g, numbers *t, jz_err *err)
{
    static const char *const columns[] = { "kept", "broken", "running" };
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(bind(g, t,
                "SELECT law,"
                " SUM(CASE WHEN stopped_us > 0 AND stopped_us - from_us - held_us <= span_us"
                " THEN 1 ELSE 0 END),"
                " SUM(CASE WHEN stopped_us > 0 AND stopped_us - from_us - held_us > span_us"
                " THEN 1 ELSE 0 END),"
                " SUM(CASE WHEN stopped_us = 0 THEN 1 ELSE 0 END)"
                " FROM complaint_clock WHERE from_us >= ?1 AND from_us < ?2"
                " GROUP BY law ORDER BY law",
                &st, err));
    JZ_TRY(jz_stmt_step(st, &there, err));
    while (there) {
        for (int i = 0; i < 3; i++)
            JZ_TRY(add(t, "clocks", jz_stmt_text(st, 0), columns[i], jz_stmt_i64(st, 1 + i), err));
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    return JZ_OK;
}

#define DECIDED " FROM complaint WHERE decided_us > 0 AND filed_us >= ?1 AND filed_us < ?2"

static jz_status nth_time(jz_govern *g, const numbers *t, int64_t n, int64_t *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(bind(g, t,
                "SELECT decided_us - filed_us AS took" DECIDED " ORDER BY took LIMIT 1 OFFSET ?3",
                &st, err));
    jz_stmt_bind_i64(st, 3, n);
    JZ_TRY(jz_stmt_step(st, &there, err));
    *out = there ? jz_stmt_i64(st, 0) / MINUTE_US : 0;
    return JZ_OK;
}

static jz_status count_times(jz_govern *g, numbers *t, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    int64_t minutes = 0;
    JZ_TRY(bind(g, t, "SELECT COUNT(*)" DECIDED, &st, err));
    JZ_TRY(jz_stmt_step(st, &there, err));
    const int64_t n = there ? jz_stmt_i64(st, 0) : 0;
    if (n == 0)
        return JZ_OK;
    JZ_TRY(nth_time(g, t, (n - 1) / 2, &minutes, err));
    JZ_TRY(add(t, "minutes to a decision", "complaints", "median", minutes, err));
    JZ_TRY(nth_time(g, t, (n - 1) * 9 / 10, &minutes, err));
    JZ_TRY(add(t, "minutes to a decision", "complaints", "nine of ten", minutes, err));
    JZ_TRY(nth_time(g, t, n - 1, &minutes, err));
    return add(t, "minutes to a decision", "complaints", "longest", minutes, err);
}

static jz_status count_events(jz_govern *g, numbers *t, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(bind(g, t,
                "SELECT kind, COUNT(*) FROM govern_event WHERE at_us >= ?1 AND at_us < ?2"
                " AND kind IN ('reporter-warned', 'reports-paused', 'clock-broken', 'escalated')"
                " GROUP BY kind ORDER BY kind",
                &st, err));
    JZ_TRY(jz_stmt_step(st, &there, err));
    while (there) {
        JZ_TRY(add(t, "events", jz_stmt_text(st, 0), "count", jz_stmt_i64(st, 1), err));
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    return JZ_OK;
}

static jz_status count_all(jz_govern *g, numbers *t, jz_err *err)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(tables); i++)
        JZ_TRY(count_table(g, &tables[i], t, err));
    JZ_TRY(count_times(g, t, err));
    JZ_TRY(count_clocks(g, t, err));
    return count_events(g, t, err);
}

/* ---- writing ---- */

static void write_csv(const numbers *t, jz_buf *out)
{
    jz_buf_puts(out, "table,row,column,value\n");
    for (size_t i = 0; i < t->n; i++)
        jz_buf_printf(out, "%s,%s,%s,%" PRId64 "\n", t->cell[i].table, t->cell[i].row,
                      t->cell[i].column, t->cell[i].value);
}

#define BAR 24    /* pixels of a bar with its gap */
#define WIDTH 420 /* of the longest bar */

/* One table as bars: a line for each row and column. */
static void draw(const cell *c, size_t n, jz_buf *out)
{
    int64_t most = 1;
    for (size_t i = 0; i < n; i++)
        most = c[i].value > most ? c[i].value : most;
    jz_buf_puts(out, "<h2>");
    jz_html_text(out, c[0].table, strlen(c[0].table));
    jz_buf_printf(out,
                  "</h2>\n<svg role=\"img\" width=\"%d\" height=\"%zu\" viewBox=\"0 0 %d %zu\">\n",
                  WIDTH + 380, n * BAR, WIDTH + 380, n * BAR);
    for (size_t i = 0; i < n; i++) {
        const int width = (int)(c[i].value * WIDTH / most);
        jz_buf_printf(out, "<text x=\"280\" y=\"%zu\" text-anchor=\"end\">", i * BAR + 16);
        jz_html_text(out, c[i].row, strlen(c[i].row));
        jz_buf_puts(out, ", ");
        jz_html_text(out, c[i].column, strlen(c[i].column));
        jz_buf_printf(out,
                      "</text><rect x=\"290\" y=\"%zu\" width=\"%d\" height=\"%d\"/>"
                      "<text x=\"%d\" y=\"%zu\">%" PRId64 "</text>\n",
                      i * BAR + 3, width, BAR - 8, 298 + width, i * BAR + 16, c[i].value);
    }
    jz_buf_puts(out, "</svg>\n");
}

static void write_html(const numbers *t, jz_buf *out)
{
    char from[32];
    char to[32];
    jz_buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<title>Transparency report</title><style>\n");
    jz_buf_puts(out, jz_look);
    jz_buf_printf(out,
                  "body{max-width:54em;margin:2em auto;padding:0 1em}svg{max-width:100%%}"
                  "text{font-size:13px;fill:var(--ink)}rect{fill:var(--accent)}\n"
                  "</style></head><body>\n<h1>Transparency report</h1>\n"
                  "<p>%.10s to %.10s. The same numbers are in the CSV file.</p>\n",
                  jz_time_text(t->from_us, from, sizeof from),
                  jz_time_text(t->to_us, to, sizeof to));
    for (size_t i = 0; i < t->n;) {
        size_t n = 1;
        while (i + n < t->n && strcmp(t->cell[i].table, t->cell[i + n].table) == 0)
            n++;
        draw(&t->cell[i], n, out);
        i += n;
    }
    if (t->n == 0)
        jz_buf_puts(out, "<p>Nothing was filed or decided.</p>\n");
    jz_buf_puts(out, "</body></html>\n");
}

jz_status jz_report_numbers(jz_govern *g, int64_t from_us, int64_t to_us, jz_report_form form,
                            char **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    numbers t = { .from_us = from_us, .to_us = to_us };
    if (from_us >= to_us)
        return JZ_FAIL(err, JZ_E_INVAL, "a time that ends before it begins");
    JZ_TRY(jz_store_begin_read(g->store, err));
    jz_status st = count_all(g, &t, err);
    jz_store_rollback(g->store); /* nothing was written */
    if (st == JZ_OK && form == JZ_REPORT_HTML)
        write_html(&t, &text);
    else if (st == JZ_OK)
        write_csv(&t, &text);
    jz_free(t.cell);
    JZ_TRY(st);
    JZ_TRY(jz_buf_check(&text, err));
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}
