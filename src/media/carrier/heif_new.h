/* SPDX-License-Identifier: Apache-2.0 */
/* New items of a HEIF file. Their bytes go into an mdat box of their own at the end of the file, so
 * that no coded media move for them. */
#ifndef JZ_HEIF_NEW_H
#define JZ_HEIF_NEW_H

#include "media/carrier/bmff_edit.h"
#include "media/carrier/heif_items.h"

typedef struct jz_heif_new { /* = { 0 }; freed with jz_heif_new_done() */
    uint32_t n;
    jz_buf infes, places, references, data; /* what goes into iinf, iloc, iref and mdat */
    size_t entry;                           /* bytes of one of places */
    size_t text;                            /* where in the splices' bytes places begin */
} jz_heif_new;

void jz_heif_new_done(jz_heif_new *w);
/* JZ_E_UNSUPPORTED where the meta box has no place for an item, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_heif_new_add(jz_heif_new *w, jz_heif *h, jz_meta_kind kind, jz_bytes value,
                                     jz_err *err);
/* Puts them into the file, whose last box is last; tail: where the mdat box goes. Counts them and
 * the dropped old ones. JZ_E_LIMIT, JZ_E_UNSUPPORTED. */
JZ_CHECKED jz_status jz_heif_new_put(jz_heif_new *w, const jz_heif *h, uint32_t dropped,
                                     const jz_box *last, uint64_t tail, jz_bmff_edit *e,
                                     jz_err *err);
/* Their offsets, after jz_bmff_finish(): only then is it known where tail goes. JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_heif_new_settle(const jz_heif_new *w, const jz_heif *h, uint64_t tail,
                                        jz_splices *out, jz_err *err);

#endif
