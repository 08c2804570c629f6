/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets of all carriers share. An edit that was accepted must leave a file that can
 * be read, with the block in it: put() does what any one edit does, merge() what labelling does,
 * where one block gets the text and all others go. */
#ifndef JZ_FUZZ_CARRIER_H
#define JZ_FUZZ_CARRIER_H

#include "media/carrier.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_BLOCKS 16 /* of one file; more is not edited */

typedef struct fuzz_seen {
    const jz_carrier *carrier;
    jz_meta_edit edit[FUZZ_BLOCKS];
    size_t n;
    uint64_t last;  /* offset of the last block of the home kind; JZ_META_NEW */
    size_t written; /* blocks of the home kind that are what is put here */
    bool passed;    /* a block could not be read */
} fuzz_seen;

/* A JSON object: some carriers list other texts only under a name. */
#define FUZZ_VALUE ((jz_bytes){ (const uint8_t *)"{}", 2 })

static inline jz_status fuzz_note(void *user, const jz_meta *meta, jz_err *err)
{
    (void)err;
    fuzz_seen *s = user;
    if (meta->kind == JZ_META_EXIF) /* never taken out as a whole */
        return JZ_OK;
    if (meta->kind == s->carrier->home)
        s->last = meta->at;
    s->passed = s->passed || meta->passed != JZ_OK;
    s->written += meta->kind == s->carrier->home && meta->passed == JZ_OK && meta->value.len == 2 &&
                  memcmp(meta->value.ptr, FUZZ_VALUE.ptr, 2) == 0;
    if (s->n < FUZZ_BLOCKS)
        s->edit[s->n] = (jz_meta_edit){ meta->kind, meta->at, { NULL, 0 } };
    s->n++;
    return JZ_OK;
}

static inline jz_status fuzz_list(const jz_carrier *c, jz_bytes file, fuzz_seen *out)
{
    jz_source src;
    *out = (fuzz_seen){ .carrier = c, .last = JZ_META_NEW };
    jz_source_of_bytes(file, &src);
    return c->list(&src, "AIGC", fuzz_note, out, NULL);
}

/* Does edits; what came of them must be listed. False where they were refused. */
static inline bool fuzz_edit(const jz_carrier *c, jz_bytes file, const jz_meta_edit *edits,
                             size_t n, fuzz_seen *out)
{
    jz_source src;
    JZ_SPLICES_AUTO s = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_source_of_bytes(file, &src);
    if (c->edit(&src, "AIGC", edits, n, &s, NULL) != JZ_OK ||
        jz_splices_build(&s, &src, &made, NULL) != JZ_OK)
        return false;
    if (fuzz_list(c, (jz_bytes){ (const uint8_t *)made.ptr, made.len }, out) != JZ_OK ||
        out->last == JZ_META_NEW)
        abort();
    return true;
}

static inline void fuzz_put(const jz_carrier *c, jz_bytes file)
{
    fuzz_seen before;
    fuzz_seen after;
    (void)fuzz_list(c, file, &before); /* any status will do */
    const jz_meta_edit e = { c->home, before.last, FUZZ_VALUE };
    (void)fuzz_edit(c, file, &e, 1, &after); /* refused is fine */
}

static inline void fuzz_merge(const jz_carrier *c, jz_bytes file)
{
    fuzz_seen all;
    fuzz_seen after;
    size_t home = 0;
    if (fuzz_list(c, file, &all) != JZ_OK || all.n >= FUZZ_BLOCKS || all.passed)
        return;
    while (home < all.n && all.edit[home].kind != c->home)
        home++;
    if (home == all.n)
        all.edit[all.n++] = (jz_meta_edit){ .kind = c->home, .at = JZ_META_NEW };
    all.edit[home].value = FUZZ_VALUE;
    if (!fuzz_edit(c, file, all.edit, all.n, &after))
        return;
    const bool as_given = c->form == JZ_FORM_JSON; /* YAML is laid out anew */
    if (after.n != 1 || (as_given && after.written != 1))
        abort();
}

static inline int fuzz_carrier(const char *format, const uint8_t *data, size_t size)
{
    const jz_format *f = jz_format_by_name(format);
    const jz_carrier *c = jz_carrier_find(f, (jz_bytes){ (const uint8_t *)"text", 4 });
    fuzz_put(c, (jz_bytes){ data, size });
    fuzz_merge(c, (jz_bytes){ data, size });
    return 0;
}

#endif
