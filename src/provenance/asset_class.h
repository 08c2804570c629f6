/* SPDX-License-Identifier: Apache-2.0 */
/* The table of formats behind asset.h: one row for each, with the functions of its file. To add a
 * format: a file asset_<family>.c and a row in asset.c. */
#ifndef JZ_ASSET_CLASS_H
#define JZ_ASSET_CLASS_H

#include "provenance/asset.h"

#define JZ_BOX_NAME 12 /* bytes of a box's name with its terminator */

/* A box of c2pa.hash.boxes: [at, end) of the file. */
typedef jz_status (*jz_hash_box_fn)(void *user, const char *name, uint64_t at, uint64_t end,
                                    jz_err *err);

typedef struct jz_asset_class {
    const char *format; /* a jz_format's name */
    bool bmff;
    bool sized; /* what is hashed holds sizes of what is around the store */
    /* Tells all stores with the functions below. A failure for damage (JZ_E_CORRUPT, TRUNCATED,
     * LIMIT, UNSUPPORTED) counts only where no store was found before it. */
    jz_status (*find)(jz_asset *a, jz_err *err);
    /* Plans the new file with jz_place_wrap(); NULL where a store has no place. */
    jz_status (*place)(jz_asset *a, size_t size, jz_place *out, jz_err *err);
    /* All boxes in the file's order; NULL for a format without boxes. */
    jz_status (*boxes)(jz_asset *a, jz_hash_box_fn fn, void *user, jz_err *err);
} jz_asset_class;

typedef struct jz_ranges { /* = { 0 }; freed with jz_ranges_done() */
    jz_range *range;
    size_t n, size;
} jz_ranges;
void jz_ranges_done(jz_ranges *r);
/* At the end, as a part of the last one where it follows that at once. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_ranges_add(jz_ranges *r, uint64_t at, uint64_t size, jz_err *err);

struct jz_asset {
    jz_source *src;
    const jz_asset_class *cls;
    jz_buf store;
    jz_buf update;
    jz_ranges excluded; /* what a data hash leaves out for the first store */
    jz_ranges parts;    /* whole structures of the container that go with all old stores */
    unsigned stores;    /* that were begun */
    jz_status passed;   /* why the store cannot be read, or why there may be one; else JZ_OK */
    jz_err why;
};

/* ---- for find ---- */

/* A store begins; false where it is not the first, and its bytes are not wanted. */
bool jz_asset_begin(jz_asset *a);
/* The next n bytes of the span are the store's (out: &a->store or &a->update). Past JZ_STORE_MAX
 * the store is given up and a->passed says so. */
JZ_CHECKED jz_status jz_asset_take(jz_asset *a, jz_span *s, uint64_t n, jz_buf *out, jz_err *err);
/* Notes that it cannot be read, once. */
void jz_asset_pass(jz_asset *a, jz_status st, const char *reason);
/* Whether 28 bytes that begin a JUMBF box, or what is there of them, begin a manifest store: a
 * superbox whose description has the type UUID of one (11.1.4.2). Bytes of jumb's header first. */
#define JZ_STORE_HEAD 20
bool jz_is_store(const uint8_t head[JZ_STORE_HEAD]);

/* ---- for place ---- */

/* What the container puts into the file, while it is built: the store as zeros. */
typedef struct jz_wrap {
    jz_buf bytes;
    jz_place *place; /* its runs and exclusions count from the wrap's first byte until
                        jz_place_wrap() */
} jz_wrap;

/* n bytes of the store, as zeros. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wrap_store(jz_wrap *w, size_t n, jz_err *err);
/* The n bytes of the wrap at an offset in it are no part of the data hash. */
JZ_CHECKED jz_status jz_wrap_exclude(jz_wrap *w, size_t at, size_t n, jz_err *err);
/* Takes all old parts out; those that begin at or behind from only, others are JZ_E_UNSUPPORTED. */
JZ_CHECKED jz_status jz_place_drop_old(jz_asset *a, uint64_t from, jz_place *p, jz_err *err);
/* The wrap goes to an offset of the old file. */
JZ_CHECKED jz_status jz_place_insert(jz_wrap *w, uint64_t at, jz_err *err);
/* Once the plan is whole: runs and exclusions get their offsets in the new file. at as before. */
void jz_place_settle(jz_wrap *w, uint64_t at, uint64_t file_size);

static inline void jz_wrap_donep(jz_wrap *w)
{
    jz_buf_done(&w->bytes);
}
#define JZ_WRAP_AUTO __attribute__((cleanup(jz_wrap_donep))) jz_wrap

#define JZ_ASSET_FUNCTIONS(family)                                                                 \
    JZ_CHECKED jz_status jz_asset_find_##family(jz_asset *a, jz_err *err);                         \
    JZ_CHECKED jz_status jz_asset_place_##family(jz_asset *a, size_t size, jz_place *out,          \
                                                 jz_err *err)
#define JZ_ASSET_BOXES(family)                                                                     \
    JZ_CHECKED jz_status jz_asset_boxes_##family(jz_asset *a, jz_hash_box_fn fn, void *user,       \
                                                 jz_err *err)

JZ_ASSET_FUNCTIONS(bmff); /* asset_bmff.c */
JZ_CHECKED jz_status jz_asset_place_bmff_update(jz_asset *a, size_t size, jz_place *out,
                                                jz_err *err);
JZ_ASSET_FUNCTIONS(gif); /* asset_gif.c */
JZ_ASSET_BOXES(gif);
JZ_ASSET_FUNCTIONS(id3);  /* asset_id3.c */
JZ_ASSET_FUNCTIONS(jpeg); /* asset_jpeg.c */
JZ_ASSET_BOXES(jpeg);
JZ_ASSET_FUNCTIONS(jxl); /* asset_jxl.c */
JZ_ASSET_FUNCTIONS(png); /* asset_png.c */
JZ_ASSET_BOXES(png);
JZ_ASSET_FUNCTIONS(riff); /* asset_riff.c */
JZ_ASSET_BOXES(riff);
JZ_ASSET_FUNCTIONS(svg);  /* asset_svg.c */
JZ_ASSET_FUNCTIONS(tiff); /* asset_tiff.c */

#endif
