/* SPDX-License-Identifier: Apache-2.0 */
/* Which pictures and videos of what is reviewed the installation holds: an item is held where its
 * SHA-256 is that of an item of an evidence case, whose copy is then what is looked at. What is
 * like it in a bank is held by the same rule, by the SHA-256 in the bank's entry: the original
 * beside the suspect. */
#ifndef JZ_MEDIA_HELD_H
#define JZ_MEDIA_HELD_H

#include "evidence/cases.h"
#include "serve/api.h"
#include "serve/media_sheet.h"

#define JZ_HELD_ITEMS 64 /* of an object; as many originals */

typedef struct jz_held {
    uint8_t sha256[JZ_SHA256_SIZE], pdq[JZ_PDQ_SIZE];
    bool has_pdq, is_held;
    int64_t number; /* of the item; of an original, that of its item */
    jz_case_copy copy;
    jz_bank_hit hit; /* of an original; else entry 0 */
} jz_held;

typedef struct jz_held_list { /* freed with jz_held_free() */
    jz_held held[2 * JZ_HELD_ITEMS];
    size_t items, n; /* first the items, held or not, then the originals, which are */
} jz_held_list;

/* Of "complaint:ID", ... Takes the locks that it needs, one after the other: none of them may be
 * held. only: no originals where one of the items is that; NULL = all. JZ_E_INVAL: no such kind. */
JZ_CHECKED jz_status jz_held_find(jz_api *a, const char *object, const uint8_t only[JZ_SHA256_SIZE],
                                  jz_held_list **out, jz_err *err);
void jz_held_free(jz_held_list *l); /* NULL is fine */
JZ_DEFINE_AUTO(jz_held_list, jz_held_free);
/* The one of these bytes that is held. JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_held_of(const jz_held_list *l, const uint8_t sha256[JZ_SHA256_SIZE],
                                const jz_held **out, jz_err *err);

/* The sheet of such bytes, decoded by this worker where it has to be: that is an access to
 * evidence, and in the record of its case. purpose: what for. JZ_E_NOTFOUND: the copy is gone. */
JZ_CHECKED jz_status jz_held_use(jz_api_call *c, const uint8_t sha256[JZ_SHA256_SIZE],
                                 const char *purpose, jz_sheet_use_fn use, void *user, jz_err *err);
/* The reply is a PNG that nobody keeps, and nothing but a picture. */
void jz_held_is_picture(jz_http_reply *reply);

#endif
