/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/name_twin.h"

#include "base/json.h"

#include <string.h>

/* Hangul syllables (Unicode Standard, 3.12): computed, not looked up. */
#define S_BASE 0xac00U
#define L_BASE 0x1100U
#define V_BASE 0x1161U
#define T_BASE 0x11a7U
#define V_COUNT 21U
#define T_COUNT 28U
#define S_COUNT 11172U

/* The one mark that folds to a letter: it is put in order as a mark first. */
#define IOTA_MARK 0x345U
#define IOTA 0x3b9U

/* A byte that is not UTF-8 is carried through as this and itself. */
#define RAW 0x40000000U
/* Marks behind one letter that are put in order; of more, those behind stay as they are. */
#define MARKS_MAX 64

/* One letter's marks, until the next character that is none. */
typedef struct key_writer {
    jz_buf *out;
    uint32_t mark[MARKS_MAX];
    uint32_t cls[MARKS_MAX];
    size_t n;
} key_writer;

static uint32_t decode(const char *s, unsigned n)
{
    const unsigned char c = (unsigned char)s[0];
    uint32_t cp = n == 1 ? c : c & (0x7fU >> n);
    for (unsigned i = 1; i < n; i++)
        cp = cp << 6 | ((unsigned char)s[i] & 0x3fU);
    return cp;
}

static void put(jz_buf *out, uint32_t cp)
{
    if ((cp & RAW) != 0 || cp < 0x80) {
        jz_buf_putc(out, (char)(unsigned char)cp);
        return;
    }
    const unsigned n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    const unsigned head = n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0;
    jz_buf_putc(out, (char)(unsigned char)(head | cp >> (6 * (n - 1))));
    for (unsigned i = n - 1; i-- > 0;)
        jz_buf_putc(out, (char)(unsigned char)(0x80 | (cp >> (6 * i) & 0x3f)));
}

/* The first of n rows whose key, as the one at key, is not below cp; n where there is none. */
static size_t find_row(const uint32_t *key, size_t n, size_t row_bytes, uint32_t cp)
{
    size_t lo = 0;
    while (n > lo) {
        uint32_t at;
        const size_t mid = lo + (n - lo) / 2;
        memcpy(&at, (const char *)key + mid * row_bytes, sizeof at);
        if (at < cp)
            lo = mid + 1;
        else
            n = mid;
    }
    return lo;
}

static uint32_t class_of(uint32_t cp)
{
    const size_t row =
        find_row(&jz_mark_classes->last, jz_mark_classes_count, sizeof *jz_mark_classes, cp);
    return row < jz_mark_classes_count && jz_mark_classes[row].first <= cp
               ? jz_mark_classes[row].cls
               : 0;
}

static void flush(key_writer *w)
{
    for (size_t i = 0; i < w->n; i++)
        put(w->out, w->mark[i] == IOTA_MARK ? IOTA : w->mark[i]);
    w->n = 0;
}

/* Marks of one letter are written in the order of their classes, equal ones as they came. */
static void emit(key_writer *w, uint32_t cp)
{
    const uint32_t cls = class_of(cp);
    if (cls == 0 || w->n == MARKS_MAX)
        flush(w);
    if (cls == 0) {
        put(w->out, cp);
        return;
    }
    size_t at = w->n++;
    for (; at > 0 && w->cls[at - 1] > cls; at--) {
        w->mark[at] = w->mark[at - 1];
        w->cls[at] = w->cls[at - 1];
    }
    w->mark[at] = cp;
    w->cls[at] = cls;
}

static bool emit_hangul(key_writer *w, uint32_t cp)
{
    if (cp < S_BASE || cp - S_BASE >= S_COUNT)
        return false;
    const uint32_t s = cp - S_BASE;
    emit(w, L_BASE + s / (V_COUNT * T_COUNT));
    emit(w, V_BASE + s % (V_COUNT * T_COUNT) / T_COUNT);
    if (s % T_COUNT != 0)
        emit(w, T_BASE + s % T_COUNT);
    return true;
}

static bool emit_many(key_writer *w, uint32_t cp)
{
    const size_t row = find_row(&jz_fold_manys->cp, jz_fold_manys_count, sizeof *jz_fold_manys, cp);
    if (row == jz_fold_manys_count || jz_fold_manys[row].cp != cp)
        return false;
    for (size_t i = 0; i < JZ_FOLD_MAX && jz_fold_manys[row].to[i] != 0; i++)
        emit(w, jz_fold_manys[row].to[i]);
    return true;
}

static uint32_t fold_one(uint32_t cp)
{
    const size_t row = find_row(&jz_fold_runs->last, jz_fold_runs_count, sizeof *jz_fold_runs, cp);
    if (row == jz_fold_runs_count)
        return cp;
    const jz_fold_run *r = &jz_fold_runs[row];
    return r->first <= cp && (cp - r->first) % r->step == 0 ? (uint32_t)((int32_t)cp + r->delta)
                                                            : cp;
}

void jz_name_key(const char *name, size_t len, jz_buf *out)
{
    key_writer w = { .out = out };
    for (size_t i = 0; i < len;) {
        const unsigned n = jz_utf8_len(name + i, len - i);
        const uint32_t cp = n == 0 ? RAW | (unsigned char)name[i] : decode(name + i, n);
        if (!emit_hangul(&w, cp) && !emit_many(&w, cp))
            emit(&w, fold_one(cp));
        i += n == 0 ? 1 : n;
    }
    flush(&w);
}
