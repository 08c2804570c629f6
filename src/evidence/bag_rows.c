/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/bag_rows.h"

#include "base/alloc.h"
#include "evidence/bag_report.h"
#include "evidence/name_twin.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 1000000

jz_status jz_bag_rows_add(jz_bag_rows *rows, jz_digest_id alg, size_t line, const uint8_t *digest,
                          const char *name, jz_err *err)
{
    const size_t digest_size = jz_digest_algs[alg].size;
    const size_t name_size = strlen(name) + 1;
    if (rows->n >= ROWS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d lines in all manifests", ROWS_MAX);
    jz_bag_row **grown = jz_grow(rows->row, rows->n, &rows->size, sizeof(void *));
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    rows->row = grown;
    jz_bag_row *r = jz_alloc(sizeof *r + digest_size + name_size);
    if (r == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    memcpy(r->digest, digest, digest_size);
    char *to = (char *)r->digest + digest_size;
    memcpy(to, name, name_size);
    r->name = to;
    r->line = (uint32_t)line;
    r->alg = (uint8_t)alg;
    r->seen = false;
    rows->row[rows->n++] = r;
    return JZ_OK;
}

static int by_name(const void *a, const void *b)
{
    const jz_bag_row *x = *(const jz_bag_row *const *)a;
    const jz_bag_row *y = *(const jz_bag_row *const *)b;
    const int name = strcmp(x->name, y->name);
    if (name != 0)
        return name;
    if (x->alg != y->alg)
        return x->alg < y->alg ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

void jz_bag_rows_sort(jz_bag_rows *rows)
{
    if (rows->n > 1)
        qsort(rows->row, rows->n, sizeof(void *), by_name);
}

size_t jz_bag_rows_same(const jz_bag_rows *rows, size_t first)
{
    size_t n = 1;
    while (first + n < rows->n && strcmp(rows->row[first]->name, rows->row[first + n]->name) == 0)
        n++;
    return n;
}

bool jz_bag_rows_find(const jz_bag_rows *rows, const char *name, size_t *first, size_t *n)
{
    size_t lo = 0;
    size_t hi = rows->n;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (strcmp(rows->row[mid]->name, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == rows->n || strcmp(rows->row[lo]->name, name) != 0)
        return false;
    *first = lo;
    *n = jz_bag_rows_same(rows, lo);
    return true;
}

void jz_bag_rows_done(jz_bag_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        jz_free(rows->row[i]);
    jz_free(rows->row);
    *rows = (jz_bag_rows){ 0 };
}

typedef struct twin {
    char *key;
    const char *name;
} twin;

static int by_key(const void *a, const void *b)
{
    const twin *x = a;
    const twin *y = b;
    const int key = strcmp(x->key, y->key);
    return key != 0 ? key : strcmp(x->name, y->name);
}

static jz_status make_keys(const jz_bag_rows *rows, twin *twins, size_t *n, jz_err *err)
{
    for (size_t i = 0; i < rows->n; i += jz_bag_rows_same(rows, i)) {
        const char *name = rows->row[i]->name;
        jz_buf key = { 0 };
        jz_name_key(name, strlen(name), &key);
        const jz_status st = jz_buf_check(&key, err);
        if (st != JZ_OK) {
            jz_buf_done(&key);
            return st;
        }
        twins[(*n)++] = (twin){ key.ptr, name }; /* no name is empty: nor is its key */
    }
    return JZ_OK;
}

static jz_status tell_twins(const twin *twins, size_t n, jz_bag_report *report, jz_err *err)
{
    for (size_t i = 1; i < n; i++)
        if (strcmp(twins[i - 1].key, twins[i].key) == 0)
            JZ_TRY(jz_bag_tellf(report, JZ_BAG_FAULT, twins[i].name, "twin", err,
                                "differs from %s only by case or Unicode form: where those are "
                                "ignored, one takes the other's place",
                                twins[i - 1].name));
    return JZ_OK;
}

jz_status jz_bag_rows_twins(const jz_bag_rows *rows, jz_bag_report *report, jz_err *err)
{
    size_t n = 0;
    twin *twins = jz_alloc_zero(rows->n, sizeof *twins);
    if (twins == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = make_keys(rows, twins, &n, err);
    if (st == JZ_OK && n > 1) {
        qsort(twins, n, sizeof *twins, by_key);
        st = tell_twins(twins, n, report, err);
    }
    for (size_t i = 0; i < n; i++)
        jz_free(twins[i].key);
    jz_free(twins);
    return st;
}
