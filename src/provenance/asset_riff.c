/* SPDX-License-Identifier: Apache-2.0 */
/* RIFF (WebP, WAV, AVI): the store is the data of a chunk C2PA at the end of the RIFF chunk (C2PA
 * 2.2, A.3.6). A data hash leaves out the chunk, but not the byte that pads it to an even size. */
#include "provenance/asset_class.h"

#include "media/carrier/riff.h"

#include <inttypes.h>
#include <string.h>

#define HEAD 8
#define WEBP_MAX 0xfffffff6u /* RFC 9649, 2.3 */

static const char *form_of(const jz_asset *a)
{
    const char *format = a->cls->format;
    return strcmp(format, "webp") == 0 ? "WEBP" : strcmp(format, "wav") == 0 ? "WAVE" : "AVI ";
}

static jz_status on_store(jz_asset *a, jz_riff_chunk *c, jz_err *err)
{
    const uint64_t size = jz_span_left(&c->data);
    JZ_TRY(jz_ranges_add(&a->parts, c->at, c->end - c->at, err));
    if (!jz_asset_begin(a))
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&a->excluded, c->at, HEAD + size, err));
    return jz_asset_take(a, &c->data, size, &a->store, err);
}

jz_status jz_asset_find_riff(jz_asset *a, jz_err *err)
{
    jz_riff riff;
    JZ_TRY(jz_riff_open(a->src, form_of(a), &riff, err));
    jz_span s = riff.body;
    while (jz_span_left(&s) > 0) {
        jz_riff_chunk c;
        JZ_TRY(jz_riff_next(&riff, &s, &c, err));
        if (jz_riff_is(&c, "C2PA"))
            JZ_TRY(on_store(a, &c, err));
    }
    return jz_riff_check_whole(&riff, err);
}

/* 18.7.3.5: the RIFF chunk's head, then its chunks, lists as one, each with its padding. */
jz_status jz_asset_boxes_riff(jz_asset *a, jz_hash_box_fn fn, void *user, jz_err *err)
{
    jz_riff riff;
    JZ_TRY(jz_riff_open(a->src, form_of(a), &riff, err));
    JZ_TRY(jz_riff_check_whole(&riff, err));
    jz_span s = riff.body;
    JZ_TRY(fn(user, form_of(a), 0, s.at, err));
    while (jz_span_left(&s) > 0) {
        jz_riff_chunk c;
        JZ_TRY(jz_riff_next(&riff, &s, &c, err));
        JZ_TRY(fn(user, c.form[0] != '\0' ? c.form : c.id, c.at, c.end, err));
    }
    return JZ_OK;
}

/* Where chunks that have addresses end: behind them, a chunk may come and go. */
typedef struct ends {
    uint64_t fixed;
    bool bare; /* the last chunk lacks its padding */
} ends;

static jz_status read_to_end(const jz_riff *riff, ends *out, jz_err *err)
{
    jz_span s = riff->body;
    *out = (ends){ 0 };
    while (jz_span_left(&s) > 0) {
        jz_riff_chunk c;
        JZ_TRY(jz_riff_next(riff, &s, &c, err));
        out->bare = c.bare;
        if (riff->avi && !jz_riff_is(&c, "C2PA"))
            out->fixed = c.at;
    }
    return JZ_OK;
}

/* OpenDML: frames in further RIFF chunks have addresses. */
static jz_status check_last(const jz_asset *a, const jz_riff *riff, jz_err *err)
{
    char id[4];
    jz_span s = jz_span_all(a->src, "AVI");
    JZ_TRY(jz_span_skip(&s, riff->body.end, err));
    if (!riff->avi || jz_span_left(&s) < sizeof id)
        return JZ_OK;
    JZ_TRY(jz_span_get(&s, id, sizeof id, err));
    if (memcmp(id, "RIFF", sizeof id) == 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "AVI of several RIFF chunks: the first one cannot grow");
    return JZ_OK;
}

jz_status jz_asset_place_riff(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    jz_riff riff;
    ends e;
    JZ_WRAP_AUTO w = { .place = out };
    JZ_TRY(jz_riff_open(a->src, form_of(a), &riff, err));
    JZ_TRY(jz_riff_check_whole(&riff, err));
    JZ_TRY(read_to_end(&riff, &e, err));
    JZ_TRY(check_last(a, &riff, err));
    const uint64_t at = riff.body.end;
    const bool dropped =
        a->parts.n > 0 &&
        a->parts.range[a->parts.n - 1].at + a->parts.range[a->parts.n - 1].size == at;
    if (e.bare && !dropped)
        jz_buf_putc(&w.bytes, 0);
    const size_t begin = w.bytes.len;
    jz_buf_puts(&w.bytes, "C2PA");
    jz_riff_put_number(&w.bytes, size, 4);
    JZ_TRY(jz_wrap_store(&w, size, err));
    JZ_TRY(jz_wrap_exclude(&w, begin, w.bytes.len - begin, err));
    if (size % 2 != 0)
        jz_buf_putc(&w.bytes, 0);
    JZ_TRY(jz_place_drop_old(a, e.fixed, out, err));
    JZ_TRY(jz_place_insert(&w, at, err));
    const uint64_t now = riff.size + jz_splices_new_size(&out->plan, a->src->size) - a->src->size;
    if (strcmp(a->cls->format, "webp") == 0 && now > WEBP_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a WebP file of %" PRIu64 " bytes, limit %u", now,
                       WEBP_MAX);
    JZ_TRY(jz_riff_resize(&riff, &out->plan, err));
    jz_place_settle(&w, at, a->src->size);
    return JZ_OK;
}
