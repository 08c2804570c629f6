/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/bag_report.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 10000
#define WHY_MAX 400

jz_status jz_bag_tell(jz_bag_report *r, jz_bag_level level, const char *file, size_t line,
                      const char *what, const char *why, jz_err *err)
{
    if (level == JZ_BAG_FAULT)
        r->faults++;
    if (r->n >= FINDINGS_MAX) {
        r->more++;
        return JZ_OK;
    }
    jz_bag_finding *grown = jz_grow(r->finding, r->n, &r->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->finding = grown;
    jz_auto(char) *file_copy = jz_strdup(file);
    jz_auto(char) *why_copy = jz_strdup(why);
    if (file_copy == NULL || why_copy == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->finding[r->n++] = (jz_bag_finding){ .level = level,
                                           .file = JZ_TAKE(file_copy),
                                           .line = line,
                                           .what = what,
                                           .why = JZ_TAKE(why_copy) };
    return JZ_OK;
}

jz_status jz_bag_tellf(jz_bag_report *r, jz_bag_level level, const char *file, const char *what,
                       jz_err *err, const char *fmt, ...)
{
    char why[WHY_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(why, sizeof why, fmt, args); /* longer text is cut */
    va_end(args);
    return jz_bag_tell(r, level, file, 0, what, why, err);
}

static int by_file(const void *a, const void *b)
{
    const jz_bag_finding *x = a;
    const jz_bag_finding *y = b;
    const int file = strcmp(x->file, y->file);
    if (file != 0)
        return file;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    const int what = strcmp(x->what, y->what);
    return what != 0 ? what : strcmp(x->why, y->why);
}

void jz_bag_report_sort(jz_bag_report *r)
{
    if (r->n > 1)
        qsort(r->finding, r->n, sizeof *r->finding, by_file);
}

void jz_bag_report_done(jz_bag_report *r)
{
    for (size_t i = 0; i < r->n; i++) {
        jz_free(r->finding[i].file);
        jz_free(r->finding[i].why);
    }
    jz_free(r->finding);
    *r = (jz_bag_report){ 0 };
}
