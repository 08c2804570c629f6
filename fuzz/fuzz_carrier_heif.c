/* SPDX-License-Identifier: Apache-2.0 */
/* Beside what every carrier does: the last Exif block is replaced, the last XMP packet is taken
 * out, and items of both kinds are added. */
#include "fuzz_carrier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The last block of the kind. */
static jz_status note(void *user, const jz_meta *meta, jz_err *err)
{
    jz_meta_edit *e = user;
    (void)err;
    if (meta->kind == e->kind)
        e->at = meta->at;
    return JZ_OK;
}

static void edit(jz_bytes file, const jz_meta_edit *edits, size_t n)
{
    jz_source src;
    JZ_SPLICES_AUTO s = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_meta_edit any = { .kind = edits[0].kind };
    const jz_carrier *c = jz_carrier_find(jz_format_by_name("avif"), file);
    jz_source_of_bytes(file, &src);
    if (c->edit(&src, "AIGC", edits, n, &s, NULL) != JZ_OK ||
        jz_splices_build(&s, &src, &made, NULL) != JZ_OK)
        return;
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)made.ptr, made.len }, &src);
    if (c->list(&src, "AIGC", note, &any, NULL) != JZ_OK)
        abort(); /* an edit that was accepted must leave a readable file */
}

static void edit_last(jz_bytes file, jz_meta_kind kind, jz_bytes value)
{
    jz_source src;
    jz_meta_edit e = { kind, JZ_META_NEW, value };
    const jz_carrier *c = jz_carrier_find(jz_format_by_name("avif"), file);
    jz_source_of_bytes(file, &src);
    (void)c->list(&src, "AIGC", note, &e, NULL); /* any status will do */
    if (e.at != JZ_META_NEW)
        edit(file, &e, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const jz_bytes file = { data, size };
    const jz_bytes text = { (const uint8_t *)"MM\0*, longer", 12 };
    const jz_meta_edit both[] = { { JZ_META_XMP, JZ_META_NEW, text },
                                  { JZ_META_EXIF, JZ_META_NEW, text } };
    edit(file, both, 2);
    edit_last(file, JZ_META_EXIF, text);
    edit_last(file, JZ_META_XMP, (jz_bytes){ 0 });
    return fuzz_carrier("avif", data, size);
}
