/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets of all carriers share: list, put a block, list again. */
#ifndef JZ_FUZZ_CARRIER_H
#define JZ_FUZZ_CARRIER_H

#include "media/carrier.h"

#include <stdlib.h>
#include <string.h>

/* The last block of the home kind, to be replaced. */
static inline jz_status fuzz_note(void *user, const jz_meta *meta, jz_err *err)
{
    (void)err;
    jz_meta_edit *e = user;
    if (meta->kind == e->kind)
        e->at = meta->at;
    return JZ_OK;
}

static inline int fuzz_carrier(const char *format, const uint8_t *data, size_t size)
{
    const jz_format *f = jz_format_by_name(format);
    const jz_carrier *c = jz_carrier_find(f, (jz_bytes){ (const uint8_t *)"text", 4 });
    jz_source src;
    JZ_SPLICES_AUTO s = { 0 };
    JZ_BUF_AUTO made = { 0 };
    /* a text that is a JSON object: some carriers list others only under a name */
    jz_meta_edit e = { c->home, JZ_META_NEW, { (const uint8_t *)"{}", 2 } };
    jz_source_of_bytes((jz_bytes){ data, size }, &src);
    (void)c->list(&src, "AIGC", fuzz_note, &e, NULL); /* any status will do */
    if (c->edit(&src, "AIGC", &e, 1, &s, NULL) != JZ_OK ||
        jz_splices_build(&s, &src, &made, NULL) != JZ_OK)
        return 0;
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)made.ptr, made.len }, &src);
    jz_meta_edit found = { .kind = c->home, .at = JZ_META_NEW };
    if (c->list(&src, "AIGC", fuzz_note, &found, NULL) != JZ_OK || found.at == JZ_META_NEW)
        abort(); /* an edit that was accepted must be there and leave a readable file */
    return 0;
}

#endif
