/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/case_sink.h"

#include "base/alloc.h"
#include "cli/text.h"
#include "label/label_json.h"

#include <string.h>

static const char *kind_of(const jz_format *f)
{
    if (f == NULL)
        return "other";
    return f->kind == JZ_KIND_IMAGE   ? "image"
           : f->kind == JZ_KIND_VIDEO ? "video"
           : f->kind == JZ_KIND_AUDIO ? "audio"
                                      : "other";
}

/* Of stills the picture as it is shown, of videos every frame. */
static jz_status hashes_of(const jz_measurement *m, jz_case_hash **out, size_t *n, jz_err *err)
{
    jz_case_hash *h = jz_alloc_zero(m->n > 0 ? m->n : 1, sizeof *h);
    if (h == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %zu hashes", m->n);
    *n = 0;
    for (size_t i = 0; i < m->n; i++) {
        const jz_probe *p = &m->probe[i];
        const bool as_shown = p == jz_measurement_probe(m, p->cls->name, true);
        if (p->frame < 0 && !as_shown)
            continue;
        h[*n] = (jz_case_hash){ .cls = p->cls, .quality = p->quality };
        memcpy(h[*n].digest, p->digest, sizeof h[*n].digest);
        ++*n;
    }
    *out = h;
    return JZ_OK;
}

jz_status jz_case_sink_put(const jz_case_sink *s, const char *path, size_t len, int fd,
                           const jz_measurement *m, int64_t *number, jz_err *err)
{
    jz_case_hash *hashes = NULL;
    size_t n = 0;
    JZ_BUF_AUTO name = { 0 };
    JZ_BUF_AUTO label = { 0 };
    jz_text_record(&name, path, len);
    if (m->label.read)
        jz_label_brief_json(&(jz_json){ .out = &label }, &m->label);
    JZ_TRY(jz_buf_check(&name, err));
    JZ_TRY(jz_buf_check(&label, err));
    const jz_format *format = m->info.format;
    jz_case_item item = { .name = name.ptr,
                          .source = s->source,
                          .method = s->method,
                          .kind = kind_of(format),
                          .format = format != NULL ? format->name : NULL,
                          .label = label.ptr,
                          .captured_us = s->captured_us,
                          .exact = m->exact };
    JZ_TRY(hashes_of(m, &hashes, &n, err));
    const jz_status st = jz_case_add(s->cases, s->id, fd, &item, hashes, n, s->by, err);
    jz_free(hashes);
    *number = item.number;
    return st;
}
