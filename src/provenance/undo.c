/* SPDX-License-Identifier: Apache-2.0 */
/* What was done to a file whose data hash does not fit: each piece of metadata that may have been
 * added since is thought away in turn, and where the hash then fits, that is proof, not a guess. A
 * bounded number of passes over the file. */
#include "provenance/asset_class.h"
#include "provenance/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PIECES_MAX 128 /* of metadata that are looked at */
#define CHOICES_MAX 10 /* pieces of which every choice is tried */
#define PASSES_MAX 32  /* over the file */
#define NAMED_MAX 4    /* pieces that are named */

typedef struct piece {
    char name[JZ_BOX_NAME];
    jz_range at;
} piece;

typedef struct pieces {
    const char *format;
    piece piece[PIECES_MAX];
    size_t n;
    uint64_t end; /* of the last part of the container */
    bool more;
} pieces;

/* What other programs put into files without touching what is seen or heard. */
static bool is_metadata(const char *format, const char *name)
{
    static const struct {
        const char *format, *names;
    } known[] = {
        { "jpeg", " APP0 APP1 APP2 APP3 APP4 APP5 APP6 APP7 APP8 APP9 APP10 APP11 APP12 APP13 "
                  "APP14 APP15 COM " },
        { "png", " tEXt zTXt iTXt eXIf tIME pHYs iCCP " },
        { "webp", " EXIF XMP  " },
        { "wav", " INFO bext _PMX id3  ID3  iXML " },
        { "avi", " INFO JUNK _PMX " },
        { "gif", " 21FE 21FF " },
    };
    char wanted[JZ_BOX_NAME + 2];
    (void)snprintf(wanted, sizeof wanted, " %s ", name); /* fits */
    for (size_t i = 0; i < JZ_ARRAY_LEN(known); i++) {
        if (strcmp(known[i].format, format) == 0)
            return strstr(known[i].names, wanted) != NULL;
    }
    return false;
}

static jz_status on_box(void *user, const char *name, uint64_t at, uint64_t end, jz_err *err)
{
    pieces *p = user;
    (void)err;
    p->end = end > p->end ? end : p->end;
    if (!is_metadata(p->format, name))
        return JZ_OK;
    p->more = p->more || p->n == PIECES_MAX;
    if (p->n < PIECES_MAX) {
        piece *one = &p->piece[p->n++];
        (void)snprintf(one->name, sizeof one->name, "%s", name); /* fits */
        one->at = (jz_range){ at, end - at };
    }
    return JZ_OK;
}

typedef struct choice { /* pieces, by index */
    size_t piece[PIECES_MAX];
    size_t n;
} choice;

/* ---- tries ---- */

typedef struct search {
    jz_credentials *c;
    const jz_manifest *m;
    bool riff;
    unsigned passes; /* over the file */
    bool found;
} search;

static bool is_riff(const char *format)
{
    return strcmp(format, "webp") == 0 || strcmp(format, "wav") == 0 || strcmp(format, "avi") == 0;
}

/* A RIFF file tells its size in its head: without the pieces it was smaller. */
static jz_status patch_of(const search *s, uint64_t less, uint8_t patch[4], jz_err *err)
{
    uint8_t size[4];
    JZ_TRY(jz_source_get(s->c->asset->src, 4, size, sizeof size, err));
    const uint32_t now = (uint32_t)size[0] | (uint32_t)size[1] << 8 | (uint32_t)size[2] << 16 |
                         (uint32_t)size[3] << 24;
    const uint32_t then = now - (uint32_t)less;
    for (unsigned i = 0; i < 4; i++)
        patch[i] = (uint8_t)(then >> (8 * i));
    return JZ_OK;
}

/* inside: the pieces are in what the file's head says of its size. */
static jz_status try_without(search *s, const jz_range *skip, size_t n, bool inside, jz_err *err)
{
    uint8_t patch[4];
    jz_undo_try u = { .skip = skip, .n = n };
    uint64_t less = 0;
    if (s->found || s->passes == PASSES_MAX)
        return JZ_OK;
    for (size_t i = 0; i < n; i++)
        less += skip[i].size;
    if (s->riff && inside) {
        JZ_TRY(patch_of(s, less, patch, err));
        u.patch = patch;
    }
    JZ_TRY(jz_binding_without(s->c, s->m, &u, err));
    s->passes += u.read;
    s->found = u.holds;
    return JZ_OK;
}

/* Few pieces: every choice of them, the smallest first. */
static jz_status try_choices(search *s, const pieces *p, choice *out, jz_err *err)
{
    for (int k = 1; k <= (int)p->n; k++) {
        for (uint32_t mask = 1; mask < 1U << p->n; mask++) {
            jz_range skip[CHOICES_MAX];
            size_t n = 0;
            if (__builtin_popcount(mask) != k)
                continue;
            for (size_t i = 0; i < p->n; i++) {
                if ((mask >> i & 1) == 0)
                    continue;
                out->piece[n] = i;
                skip[n++] = p->piece[i].at;
            }
            out->n = n;
            JZ_TRY(try_without(s, skip, n, true, err));
            if (s->found)
                return JZ_OK;
        }
    }
    return JZ_OK;
}

/* Many: each, then runs of them, since programs write several at once. */
static jz_status try_runs(search *s, const pieces *p, choice *out, jz_err *err)
{
    jz_range skip[PIECES_MAX];
    for (size_t n = 1; n <= p->n; n++) {
        for (size_t from = 0; from + n <= p->n; from++) {
            for (size_t i = 0; i < n; i++) {
                skip[i] = p->piece[from + i].at;
                out->piece[i] = from + i;
            }
            out->n = n;
            JZ_TRY(try_without(s, skip, n, true, err));
            if (s->found)
                return JZ_OK;
        }
    }
    return JZ_OK;
}

static void put_pieces(const pieces *p, const choice *which, jz_buf *out)
{
    uint64_t bytes = 0;
    jz_buf_puts(out, "metadata was added after signing:");
    for (size_t i = 0; i < which->n; i++) {
        const piece *one = &p->piece[which->piece[i]];
        if (i < NAMED_MAX)
            jz_buf_printf(out, "%s %s at byte %" PRIu64, i > 0 ? "," : "", one->name, one->at.at);
        bytes += one->at.size;
    }
    jz_buf_printf(out, "%s; %" PRIu64 " bytes. Without it the file is the one that was signed",
                  which->n > NAMED_MAX ? ", and more" : "", bytes);
}

static void put_tail(const jz_range *tail, jz_buf *out)
{
    jz_buf_printf(out,
                  "%" PRIu64
                  " bytes were put behind the end after signing. Without them the file is "
                  "the one that was signed",
                  tail->size);
}

static jz_status find_in(search *s, const pieces *p, jz_change_kind *kind, jz_buf *out, jz_err *err)
{
    choice which = { .n = 0 };
    const uint64_t size = s->c->asset->src->size;
    if (p->end > 0 && p->end < size) {
        const jz_range tail = { p->end, size - p->end };
        JZ_TRY(try_without(s, &tail, 1, false, err));
        if (s->found) {
            *kind = JZ_CHANGE_APPENDED;
            put_tail(&tail, out);
            return JZ_OK;
        }
    }
    if (p->n <= CHOICES_MAX)
        JZ_TRY(try_choices(s, p, &which, err));
    else
        JZ_TRY(try_runs(s, p, &which, err));
    if (s->found) {
        *kind = JZ_CHANGE_METADATA;
        put_pieces(p, &which, out);
    }
    return JZ_OK;
}

static jz_status find_in_boxes(search *s, jz_change_kind *kind, jz_buf *out, jz_err *err)
{
    uint64_t at[JZ_BMFF_TAILS];
    size_t n = 0;
    const uint64_t size = s->c->asset->src->size;
    JZ_TRY(jz_bmff_tails(s->c->asset, at, &n, err));
    while (n > 0 && !s->found) {
        const jz_range tail = { at[n - 1], size - at[n - 1] };
        JZ_TRY(try_without(s, &tail, 1, false, err));
        n--;
        if (!s->found)
            continue;
        *kind = JZ_CHANGE_APPENDED;
        put_tail(&tail, out);
    }
    return JZ_OK;
}

jz_status jz_undo_find(jz_credentials *c, const jz_manifest *m, jz_change_kind *kind, jz_buf *out,
                       jz_err *err)
{
    pieces p = { .format = jz_asset_format(c->asset) };
    search s = { .c = c, .m = m, .riff = is_riff(p.format) };
    *kind = JZ_CHANGE_CONTENT;
    if (c->asset->cls->bmff)
        JZ_TRY(find_in_boxes(&s, kind, out, err));
    if (c->asset->cls->boxes != NULL) {
        jz_err why = { 0 };
        const jz_status st = c->asset->cls->boxes(c->asset, on_box, &p, &why);
        if (st == JZ_E_TRUNCATED) {
            *kind = JZ_CHANGE_CUT;
            jz_buf_puts(out, "the end of the file is missing");
            return JZ_OK;
        }
        if (st == JZ_E_IO || st == JZ_E_NOMEM || st == JZ_E_CHANGED) {
            if (err != NULL)
                *err = why;
            return st;
        }
        JZ_TRY(find_in(&s, &p, kind, out, err));
    }
    if (*kind == JZ_CHANGE_CONTENT)
        jz_buf_puts(out, "the picture, the sound or something else in the file was changed after "
                         "signing");
    return JZ_OK;
}
