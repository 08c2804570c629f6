/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a label: read as it is found in the wild, checked rule by rule, written strictly.
 * Source: GB 45438-2025 appendix E as reproduced by its implementers; TC260-PG-20252A for the
 * provider code; variants seen in real files. Threads: any. */
#ifndef JZ_AIGC_H
#define JZ_AIGC_H

#include <jz/label.h>

#include "base/buf.h"

#define JZ_AIGC_TEXT_MAX ((size_t)1 << 20) /* bytes of one label; more is JZ_E_LIMIT */

/* A label in any of its shapes: JSON bare, wrapped in {"AIGC":...}, or encoded twice; a YAML block
 * or flow mapping, with or without the key AIGC before it; JSON glued behind AIGC in other bytes.
 * Fails with JZ_E_NOTFOUND for a text that is no label at all, JZ_E_CORRUPT for one that begins as
 * a label and cannot be read, JZ_E_LIMIT, JZ_E_NOMEM. *out must be empty. */
JZ_CHECKED jz_status jz_aigc_parse(jz_bytes text, jz_aigc *out, jz_err *err);

/* The rules for one label, in a fixed order: as many rows as jz_aigc_check_count(), each written.
 * Never fails: what cannot be judged without another field says so and is ok. */
size_t jz_aigc_check_count(void);
void jz_aigc_check(const jz_aigc *a, jz_check *out);

/* The canonical text: the seven keys in their order, no blanks, all of them present ("" for what is
 * NULL). JZ_E_INVAL, naming the field and the reason, for a value that the rules forbid (character
 * set, empty Label, ContentProducer or ProduceID, Label other than 1, 2, 3). */
JZ_CHECKED jz_status jz_aigc_write(const jz_aigc *a, jz_buf *out, jz_err *err);
/* The same as lines of a YAML mapping, two spaces before each, LF behind each. */
JZ_CHECKED jz_status jz_aigc_write_yaml(const jz_aigc *a, jz_buf *out, jz_err *err);
/* JZ_E_INVAL, naming the field and the byte, for a value that the rules forbid in it; an empty one
 * is allowed but for Label. */
JZ_CHECKED jz_status jz_aigc_allow(jz_aigc_field f, const char *value, jz_err *err);
/* Both without these rules, for a label that is passed on as it was found. */
JZ_CHECKED jz_status jz_aigc_write_as_is(const jz_aigc *a, jz_buf *out, jz_err *err);
JZ_CHECKED jz_status jz_aigc_write_yaml_as_is(const jz_aigc *a, jz_buf *out, jz_err *err);
/* Both hold the same seven values; a missing one is an empty one. */
bool jz_aigc_equal(const jz_aigc *a, const jz_aigc *b);
JZ_CHECKED jz_status jz_aigc_set(jz_aigc *a, jz_aigc_field f, const char *value, jz_err *err);
JZ_CHECKED jz_status jz_aigc_copy(const jz_aigc *a, jz_aigc *out, jz_err *err);

static inline void jz_aigc_donep(jz_aigc *a)
{
    jz_aigc_done(a);
}
#define JZ_AIGC_AUTO __attribute__((cleanup(jz_aigc_donep))) jz_aigc

#define JZ_PROVIDER_CODE_LEN 27
/* TC260-PG-20252A: 00, subject type, binding, 18-character subject code, service type, model. NULL
 * where code is well formed, its check character included (GB 32100-2015); else one static line
 * that says what is wrong. */
const char *jz_provider_code_fault(const char *code);

#endif
