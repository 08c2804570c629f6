/* SPDX-License-Identifier: Apache-2.0 */
/* What commands that deal with invisible marks share. */
#ifndef JZ_CMD_MARK_H
#define JZ_CMD_MARK_H

#include <jz/watermark.h>

#include "base/json.h"

#define JZ_MARK_KEYS_FOLDER "mark-keys" /* of an installation */
#define JZ_MARK_PAYLOAD_DRAWN 0x10      /* first byte of a payload that was drawn by lot */
#define JZ_MARK_PAYLOAD_OF_ID 0x20      /* of one made of a number */

/* The keys in a folder; NULL: those of the installation. */
JZ_CHECKED jz_status jz_mark_keys_open(const char *home, const char *folder, jz_watermark_keys *out,
                                       jz_err *err);
/* 16 hex digits; NULL: drawn. JZ_E_INVAL. */
JZ_CHECKED jz_status jz_mark_payload_read(const char *text, uint64_t *out, jz_err *err);
/* The payload of the content with a number (ProduceID): the first byte below, and 56 bits of the
 * number's SHA-256. */
uint64_t jz_mark_payload_of_id(const char *id);
/* In an open object: invisible_mark, with payload, psnr_db, strength, frames. */
void jz_mark_put_written(jz_json *j, const jz_watermark_written *w);
/* In an open object: mark, and what is known of it. */
void jz_mark_put_reading(jz_json *j, const jz_watermark_reading *r, jz_watermark_key *const *keys);

#endif
