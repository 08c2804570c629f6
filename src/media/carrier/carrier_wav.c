/* SPDX-License-Identifier: Apache-2.0 */
/* WAV: RIFF with the form WAVE. A text is a chunk of its own, as TC260's guide for audio has it, or
 * an entry of an INFO list; XMP is a chunk "_PMX" (XMP part 3). New chunks stand at the end: no
 * sample moves. */
#include "media/carrier/carriers.h"
#include "media/carrier/riff.h"

jz_status jz_wav_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_riff riff;
    JZ_TRY(jz_riff_open(src, "WAVE", &riff, err));
    return jz_riff_list_texts(&riff, key, fn, user, err);
}

static jz_status edit_info(const jz_riff *riff, jz_riff_chunk *c, jz_riff_edits *e, jz_splices *out,
                           jz_err *err)
{
    JZ_BUF_AUTO list = { 0 };
    size_t changed;
    JZ_TRY(jz_riff_edit_info(riff, c, e, NULL, &list, &changed, err));
    if (changed == 0)
        return JZ_OK;
    e->done += changed;
    c->bare = false;
    return jz_splices_add(out, c->at, c->end - c->at,
                          (jz_bytes){ (const uint8_t *)list.ptr, list.len }, err);
}

static jz_status edit_chunk(jz_riff_chunk *c, jz_riff_edits *e, jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO built = { 0 };
    const jz_meta_edit *edit = jz_riff_edit_of(e, c);
    if (edit == NULL)
        return JZ_OK;
    e->done++;
    c->bare = false;
    if (edit->value.ptr != NULL)
        JZ_TRY(jz_riff_put(&built, c->id, edit->value, err));
    return jz_splices_add(out, c->at, c->end - c->at,
                          (jz_bytes){ (const uint8_t *)built.ptr, built.len }, err);
}

jz_status jz_wav_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err)
{
    jz_riff riff;
    JZ_BUF_AUTO added = { 0 };
    jz_riff_edits e = { key, edits, n, 0 };
    jz_riff_chunk c = { 0 };
    JZ_TRY(jz_riff_open(src, "WAVE", &riff, err));
    JZ_TRY(jz_riff_check_whole(&riff, err));
    jz_span s = riff.body;
    while (jz_span_left(&s) > 0) {
        JZ_TRY(jz_riff_next(&riff, &s, &c, err));
        if (jz_riff_is_list(&c, "INFO"))
            JZ_TRY(edit_info(&riff, &c, &e, out, err));
        else
            JZ_TRY(edit_chunk(&c, &e, out, err));
    }
    if (c.bare)
        jz_buf_putc(&added, 0);
    JZ_TRY(jz_riff_put_new(&e, JZ_META_XMP, &added, err));
    JZ_TRY(jz_riff_put_new(&e, JZ_META_TEXT, &added, err));
    if (e.done != n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no chunk of this WAV",
                       n - e.done, n);
    if (added.len > c.bare)
        JZ_TRY(jz_splices_add(out, s.end, 0, (jz_bytes){ (const uint8_t *)added.ptr, added.len },
                              err));
    return jz_riff_resize(&riff, out, err);
}
