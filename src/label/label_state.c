/* SPDX-License-Identifier: Apache-2.0 */
/* 人工智能生成合成内容标识办法 (in force 2025-09-01), article 6, read in verbatim quotations. What
 * to show for a file whose label already says 2 or 3 is in no source: the strongest of what is
 * known counts, and nothing is ever lowered. */
#include "label/aigc.h"

#include <string.h>

static const struct {
    const char *name;
    const char *value;
} states[] = {
    [JZ_STATE_NONE] = { "none", NULL },
    [JZ_STATE_SUSPECTED] = { "suspected", "3" },
    [JZ_STATE_POSSIBLE] = { "possible", "2" },
    [JZ_STATE_CONFIRMED] = { "confirmed", "1" },
};

const char *jz_label_state_name(jz_label_state s)
{
    return states[s].name;
}

const char *jz_label_state_value(jz_label_state s)
{
    return states[s].value;
}

static jz_label_state stated(const jz_aigc *implicit)
{
    const char *value = implicit->field[JZ_AIGC_LABEL];
    for (unsigned s = JZ_STATE_SUSPECTED; value != NULL && s <= JZ_STATE_CONFIRMED; s++) {
        if (strcmp(value, states[s].value) == 0)
            return (jz_label_state)s;
    }
    return JZ_STATE_CONFIRMED;
}

jz_label_state jz_label_state_of(const jz_aigc *implicit, bool declared, bool trace)
{
    jz_label_state s = implicit != NULL ? stated(implicit) : JZ_STATE_NONE;
    if (declared && s < JZ_STATE_POSSIBLE)
        s = JZ_STATE_POSSIBLE;
    if (trace && s < JZ_STATE_SUSPECTED)
        s = JZ_STATE_SUSPECTED;
    return s;
}
