/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of docs/scan.md, shared by every command that prints items. */
#ifndef JZ_ITEM_JSON_H
#define JZ_ITEM_JSON_H

#include <jz/scan.h>

#include "base/json.h"

/* In an open object: path, path_hex where the path is not UTF-8. */
void jz_item_json_path(jz_json *j, const char *path, size_t len);
/* In an open object: bytes ... quality_full and, for videos and animations, fps ... codec. */
void jz_item_json_measurement(jz_json *j, const jz_measurement *m);
/* In an open object: error, an object or null. */
void jz_item_json_error(jz_json *j, const jz_err *error);
/* In an open object: times, an array; empty where m is NULL. */
void jz_item_json_times(jz_json *j, const jz_match *m);
/* A whole object: one line of `jz scan --json`. */
void jz_item_json(jz_json *j, const jz_scan_item *item);

#endif
