/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_LABEL_JSON_H
#define JZ_LABEL_JSON_H

#include <jz/label.h>

#include "base/json.h"

/* Writes the keys of docs/labels.md (found, presence, carrier, fields, ...) into the open object.
 */
void jz_label_json(jz_json *j, const jz_label *l);
/* A whole object. */
void jz_label_brief_json(jz_json *j, const jz_label_brief *b);

#endif
