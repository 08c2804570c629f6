/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of docs/inspect.md. */
#ifndef JZ_INSPECT_JSON_H
#define JZ_INSPECT_JSON_H

#include <jz/inspect.h>

#include "base/json.h"

/* In an open object: sha256 ... meaning. calibration: the one that was used, or NULL. */
void jz_inspect_json(jz_json *j, const jz_inspection *in, const jz_inspect_opts *opts);

#endif
