/* SPDX-License-Identifier: Apache-2.0 */
/* One label in the file, where the guides want it: it takes the place of the one there, and copies
 * anywhere else are merged into it. */
#include "label/label_plan.h"

#include "base/alloc.h"
#include "label/aigc.h"
#include "label/xmp.h"

#include <string.h>

/* The edits of one plan, and the bytes that they point to. */
typedef struct plan {
    jz_label_blocks *b;
    const jz_label *old;
    jz_meta_edit *edit;
    char **owned;
    size_t n;
} plan;

static void plan_done(plan *p)
{
    for (size_t i = 0; p->owned != NULL && i < p->n; i++)
        jz_free(p->owned[i]);
    jz_free(p->owned);
    jz_free(p->edit);
}

/* Takes what text holds; NULL: the block is taken out. */
static void add(plan *p, jz_meta_kind kind, uint64_t at, jz_buf *text)
{
    jz_meta_edit *e = &p->edit[p->n];
    *e = (jz_meta_edit){ .kind = kind, .at = at };
    if (text != NULL) {
        e->value = (jz_bytes){ (const uint8_t *)text->ptr, text->len };
        p->owned[p->n] = text->ptr;
        *text = (jz_buf){ 0 };
    }
    p->n++;
}

static const jz_label_place *place_at(const jz_label *l, uint64_t at)
{
    for (size_t i = 0; i < l->n; i++) {
        if (l->place[i].at == at)
            return &l->place[i];
    }
    return NULL;
}

/* The block that the label goes into: that of the label at home, else the first that could. */
static const jz_label_block *home_block(const plan *p)
{
    const jz_meta_kind home = p->b->carrier->home;
    const jz_label_block *first = NULL;
    for (size_t i = 0; i < p->b->n; i++) {
        const jz_label_block *b = &p->b->block[i];
        if (b->kind != home || b->passed != JZ_OK || (home == JZ_META_TEXT && !b->own_key))
            continue;
        if (place_at(p->old, b->at) != NULL)
            return b;
        if (first == NULL)
            first = b;
    }
    return first;
}

static jz_bytes value_of(const jz_label_block *b)
{
    return b != NULL ? (jz_bytes){ (const uint8_t *)b->value, b->len } : (jz_bytes){ 0 };
}

/* An XMP packet (NULL = a new one) with properties set; a text of NULL takes the label's out, a
 * source type of NULL leaves it. */
static jz_status set_xmp(const jz_label_block *b, const char *text, const char *source_type,
                         jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO with_text = { 0 };
    if (source_type == NULL)
        return jz_xmp_set(value_of(b), &jz_xmp_aigc, text, out, err);
    JZ_TRY(jz_xmp_set(value_of(b), &jz_xmp_aigc, text, &with_text, err));
    return jz_xmp_set((jz_bytes){ (const uint8_t *)with_text.ptr, with_text.len },
                      &jz_xmp_source_type, source_type, out, err);
}

static jz_status add_xmp(plan *p, const jz_label_block *b, const char *text,
                         const char *source_type, jz_err *err)
{
    JZ_BUF_AUTO packet = { 0 };
    JZ_TRY_CTX(set_xmp(b, text, source_type, &packet, err), err, "%s",
               b != NULL ? b->where : "new XMP packet");
    add(p, JZ_META_XMP, b != NULL ? b->at : JZ_META_NEW, &packet);
    return JZ_OK;
}

/* The Exif block with spaces for the texts in it that are labels. */
static jz_status blank_exif(plan *p, const jz_label_block *b, jz_err *err)
{
    JZ_BUF_AUTO block = { 0 };
    jz_buf_put(&block, b->value, b->len);
    for (size_t i = 0; i < JZ_LABEL_EXIF_TAGS; i++) {
        JZ_BUF_AUTO text = { 0 };
        JZ_BUF_AUTO blank = { 0 };
        jz_exif_place place;
        const jz_bytes bytes = { (const uint8_t *)block.ptr, block.len };
        if (jz_exif_text(bytes, jz_label_exif_tags[i], &place, &text, NULL) != JZ_OK ||
            !jz_meta_has_key((jz_bytes){ (const uint8_t *)text.ptr, text.len }, JZ_AIGC_KEY))
            continue;
        JZ_TRY_CTX(jz_exif_blank_text(bytes, jz_label_exif_tags[i], &blank, err), err, "%s",
                   b->where);
        jz_buf_reset(&block);
        jz_buf_put(&block, blank.ptr, blank.len);
    }
    JZ_TRY(jz_buf_check(&block, err));
    add(p, b->kind, b->at, &block);
    return JZ_OK;
}

/* A label besides the one at home goes: it has become part of that one. */
static jz_status merge_away(plan *p, const jz_label_block *b, const char *source_type, jz_err *err)
{
    switch (b->kind) {
    case JZ_META_XMP:
        return add_xmp(p, b, NULL, source_type, err);
    case JZ_META_TEXT:
        add(p, b->kind, b->at, NULL);
        return JZ_OK;
    case JZ_META_EXIF:
        return blank_exif(p, b, err);
    case JZ_META_RAW:
        break;
    }
    return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                   "%s: a label stands among other data there, which cannot be changed", b->where);
}

static jz_status write_text(const jz_carrier *c, const jz_aigc *aigc, jz_buf *out, jz_err *err)
{
    const bool yaml = c->home == JZ_META_TEXT && c->form == JZ_FORM_YAML_MAPPING;
    return yaml ? jz_aigc_write_yaml_as_is(aigc, out, err) : jz_aigc_write_as_is(aigc, out, err);
}

/* Where the source type goes if the label's home is no XMP packet: the first there is, or a new
 * one. */
static const jz_label_block *first_xmp(const plan *p)
{
    for (size_t i = 0; i < p->b->n; i++) {
        if (p->b->block[i].kind == JZ_META_XMP && p->b->block[i].passed == JZ_OK)
            return &p->b->block[i];
    }
    return NULL;
}

static jz_status plan_all(plan *p, const jz_aigc *aigc, const char *source_type, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    const bool in_xmp = p->b->carrier->home == JZ_META_XMP;
    const jz_label_block *home = home_block(p);
    const jz_label_block *typed = in_xmp ? home : first_xmp(p);
    JZ_TRY(write_text(p->b->carrier, aigc, &text, err));
    if (in_xmp)
        JZ_TRY(add_xmp(p, home, text.ptr, source_type, err));
    else
        add(p, JZ_META_TEXT, home != NULL ? home->at : JZ_META_NEW, &text);
    for (size_t i = 0; i < p->b->n; i++) {
        const jz_label_block *b = &p->b->block[i];
        const char *type = b == typed && !in_xmp ? source_type : NULL;
        if (b != home && (place_at(p->old, b->at) != NULL || type != NULL))
            JZ_TRY(merge_away(p, b, type, err));
    }
    if (!in_xmp && typed == NULL && source_type != NULL)
        JZ_TRY(add_xmp(p, NULL, NULL, source_type, err));
    return JZ_OK;
}

jz_status jz_label_plan(jz_label_blocks *b, const jz_label *old, const jz_aigc *aigc,
                        const char *source_type, jz_splices *out, jz_err *err)
{
    plan p = { .b = b, .old = old };
    p.edit = jz_alloc_zero(b->n + 2, sizeof *p.edit);
    p.owned = jz_alloc_zero(b->n + 2, sizeof *p.owned);
    jz_status st = JZ_OK;
    if (p.edit == NULL || p.owned == NULL)
        st = JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (st == JZ_OK)
        st = plan_all(&p, aigc, source_type, err);
    if (st == JZ_OK)
        st = b->carrier->edit(&b->src, JZ_AIGC_KEY, p.edit, p.n, out, err);
    plan_done(&p);
    return st;
}
