/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/calibration.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/rd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char first_line[] = "jz-calibration 1";

typedef struct line { /* fields are taken from its front */
    const char *at;
    size_t len;
    size_t number; /* from 1 */
} line;

static jz_status bad(const line *l, const char *what, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_CORRUPT, "calibration, line %zu: %s", l->number, what);
}

static jz_bytes field(line *l)
{
    const char *end = memchr(l->at, ' ', l->len);
    const size_t n = end != NULL ? (size_t)(end - l->at) : l->len;
    const jz_bytes f = { (const uint8_t *)l->at, n };
    const size_t step = end != NULL ? n + 1 : n;
    l->at += step;
    l->len -= step;
    return f;
}

/* A finite decimal number up to 1e9 either way. */
static jz_status number(line *l, double *out, jz_err *err)
{
    char text[40];
    char *end = NULL;
    const jz_bytes f = field(l);
    if (f.len == 0 || f.len >= sizeof text)
        return bad(l, "a number is missing", err);
    memcpy(text, f.ptr, f.len);
    text[f.len] = '\0';
    if (strspn(text, "0123456789+-.e") != f.len)
        return bad(l, "not a number", err);
    const double v = strtod(text, &end);
    if (*end != '\0' || !isfinite(v) || fabs(v) > 1e9)
        return bad(l, "not a number", err);
    *out = v;
    return JZ_OK;
}

static jz_status count(line *l, uint32_t *out, jz_err *err)
{
    double v = 0;
    JZ_TRY(number(l, &v, err));
    if (v < 0 || v != floor(v))
        return bad(l, "not a count", err);
    *out = (uint32_t)v;
    return JZ_OK;
}

static jz_status read_class(line *l, jz_calibration *c, jz_err *err)
{
    if (c->n == JZ_CALIBRATION_CLASSES)
        return bad(l, "too many classes", err);
    jz_calibrated_class *cls = &c->cls[c->n];
    const jz_bytes name = field(l);
    if (name.len == 0 || name.len >= sizeof cls->name || memchr(name.ptr, 0, name.len) != NULL)
        return bad(l, "no name of a class", err);
    memcpy(cls->name, name.ptr, name.len);
    JZ_TRY(count(l, &cls->unmodified, err));
    JZ_TRY(count(l, &cls->replaced, err));
    JZ_TRY(count(l, &cls->sources, err));
    c->n++;
    return JZ_OK;
}

static jz_status read_measure(line *l, jz_calibrated_class *cls, jz_err *err)
{
    const jz_bytes name = field(l);
    uint32_t quantiles = 0;
    size_t i = 0;
    while (i < JZ_MEASURES && !jz_bytes_are(name, jz_measure_class_at(i)->name))
        i++;
    if (i == JZ_MEASURES || cls->measure[i].there)
        return bad(l, "no measurement of that name, or a second time", err);
    jz_calibrated_measure *m = &cls->measure[i];
    JZ_TRY(number(l, &m->mean, err));
    JZ_TRY(number(l, &m->spread, err));
    JZ_TRY(number(l, &m->weight, err));
    JZ_TRY(count(l, &quantiles, err));
    if (quantiles != JZ_QUANTILES || !(m->spread > 0))
        return bad(l, "no spread, or not 21 quantiles", err);
    for (size_t q = 0; q < JZ_QUANTILES; q++) {
        JZ_TRY(number(l, &m->quantile[q], err));
        if (q > 0 && m->quantile[q] < m->quantile[q - 1])
            return bad(l, "quantiles that fall", err);
    }
    m->there = true;
    return JZ_OK;
}

static jz_status read_network(line *l, jz_calibration *c, jz_err *err)
{
    const jz_bytes hex = field(l);
    if (c->n > 0 || c->has_network ||
        !jz_hex_decode((const char *)hex.ptr, hex.len, c->network, sizeof c->network))
        return bad(l, "not one SHA-256 of a network before all classes", err);
    c->has_network = true;
    return JZ_OK;
}

static jz_status read_line(line *l, jz_calibration *c, jz_err *err)
{
    if (l->number == 1)
        return jz_bytes_are((jz_bytes){ (const uint8_t *)l->at, l->len }, first_line)
                   ? JZ_OK
                   : bad(l, "not 'jz-calibration 1'", err);
    const jz_bytes word = field(l);
    if (jz_bytes_are(word, "class"))
        JZ_TRY(read_class(l, c, err));
    else if (jz_bytes_are(word, "network"))
        JZ_TRY(read_network(l, c, err));
    else if (c->n == 0)
        return bad(l, "no class has begun", err);
    else if (jz_bytes_are(word, "bias"))
        JZ_TRY(number(l, &c->cls[c->n - 1].bias, err));
    else if (jz_bytes_are(word, "measure"))
        JZ_TRY(read_measure(l, &c->cls[c->n - 1], err));
    else
        return bad(l, "neither network nor class nor bias nor measure", err);
    return l->len == 0 ? JZ_OK : bad(l, "more fields than there are", err);
}

jz_status jz_calibration_parse(const char *text, size_t len, jz_calibration *out, jz_err *err)
{
    jz_calibration c = { 0 };
    size_t number = 0;
    jz_sha256(text, len, c.sha256);
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        line l = { text + at, end != NULL ? (size_t)(end - text) - at : len - at, ++number };
        at += l.len + 1;
        JZ_TRY(read_line(&l, &c, err));
    }
    if (c.n == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "calibration: no class in it");
    *out = c;
    return JZ_OK;
}

jz_status jz_calibration_open(const char *path, jz_calibration **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(jz_file_read_regular(path, JZ_CALIBRATION_MAX, &text, err));
    jz_auto(jz_calibration) *c = jz_alloc_zero(1, sizeof *c);
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a calibration");
    JZ_TRY_CTX(jz_calibration_parse(text.ptr, text.len, c, err), err, "%s", path);
    *out = JZ_TAKE(c);
    return JZ_OK;
}

void jz_calibration_close(jz_calibration *c)
{
    jz_free(c);
}

const uint8_t *jz_calibration_sha256(const jz_calibration *c)
{
    return c->sha256;
}

void jz_calibration_write(const jz_calibration *c, jz_buf *out)
{
    jz_buf_printf(out, "%s\n", first_line);
    if (c->has_network) {
        jz_buf_puts(out, "network ");
        jz_hex_put(out, c->network, sizeof c->network);
        jz_buf_putc(out, '\n');
    }
    for (size_t i = 0; i < c->n; i++) {
        const jz_calibrated_class *cls = &c->cls[i];
        jz_buf_printf(out, "class %s %u %u %u\nbias %.17g\n", cls->name, cls->unmodified,
                      cls->replaced, cls->sources, cls->bias);
        for (size_t k = 0; k < JZ_MEASURES; k++) {
            const jz_calibrated_measure *m = &cls->measure[k];
            if (!m->there)
                continue;
            jz_buf_printf(out, "measure %s %.17g %.17g %.17g %d", jz_measure_class_at(k)->name,
                          m->mean, m->spread, m->weight, JZ_QUANTILES);
            for (size_t q = 0; q < JZ_QUANTILES; q++)
                jz_buf_printf(out, " %.17g", m->quantile[q]);
            jz_buf_putc(out, '\n');
        }
    }
}
