/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a leaf: "jianzhen-evidence-leaf/v1", kind, object, Base 64 of a SHA-256, seconds,
 * index of the object's leaf before or "-"; a line each. */
#include "ledger/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FIRST "jianzhen-evidence-leaf/v1"

static const char *const kinds[] = {
    [JZ_LEAF_SEALED] = "sealed",
    [JZ_LEAF_TRANSFERRED] = "transferred",
    [JZ_LEAF_ACCESSED] = "accessed",
    [JZ_LEAF_EXPORTED] = "exported",
    [JZ_LEAF_HELD] = "held",
    [JZ_LEAF_RELEASED] = "released",
    [JZ_LEAF_DESTROYED] = "destroyed",
    [JZ_LEAF_RESEAL] = "reseal",
    [JZ_LEAF_AUDIT_BATCH] = "audit-batch",
    [JZ_LEAF_CHECKPOINT_ANCHOR] = "checkpoint-anchor",
    [JZ_LEAF_GOVERNED] = "governed",
};

const char *jz_leaf_kind_name(jz_leaf_kind kind)
{
    return (size_t)kind < JZ_ARRAY_LEN(kinds) ? kinds[kind] : NULL;
}

static bool is_object(const char *s)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "._:/+=-";
    const size_t len = strnlen(s, JZ_LEAF_OBJECT_MAX + 1);
    return len > 0 && len <= JZ_LEAF_OBJECT_MAX && strspn(s, allowed) == len;
}

jz_status jz_leaf_write(const jz_leaf *leaf, char out[JZ_LEAF_TEXT], size_t *len, jz_err *err)
{
    char prev[24] = "-";
    char sha256[48];
    const char *kind = jz_leaf_kind_name(leaf->kind);
    if (kind == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "no leaf is of kind %u", (unsigned)leaf->kind);
    if (!is_object(leaf->object))
        return JZ_FAIL(err, JZ_E_INVAL, "a leaf's object is 1 to %d of A-Z a-z 0-9 . _ : / + = -",
                       JZ_LEAF_OBJECT_MAX);
    if (leaf->time > (uint64_t)INT64_MAX ||
        (leaf->prev > (uint64_t)INT64_MAX && leaf->prev != JZ_LEAF_NO_PREV))
        return JZ_FAIL(err, JZ_E_INVAL, "a leaf's time and index are below 2^63");
    if (leaf->prev != JZ_LEAF_NO_PREV)
        (void)snprintf(prev, sizeof prev, "%" PRIu64, leaf->prev);
    jz_base64_text(leaf->sha256, sizeof leaf->sha256, sha256);
    *len = (size_t)snprintf(out, JZ_LEAF_TEXT, FIRST "\n%s\n%s\n%s\n%" PRIu64 "\n%s\n", kind,
                            leaf->object, sha256, leaf->time, prev); /* at most 266 bytes */
    return JZ_OK;
}

static bool find_kind(jz_bytes line, jz_leaf_kind *out)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(kinds); i++)
        if (jz_line_is(line, kinds[i])) {
            *out = (jz_leaf_kind)i;
            return true;
        }
    return false;
}

static bool find_prev(jz_bytes line, uint64_t *out)
{
    if (!jz_line_is(line, "-"))
        return jz_decimal_read(line, out);
    *out = JZ_LEAF_NO_PREV;
    return true;
}

jz_status jz_leaf_parse(jz_bytes text, jz_leaf *out, jz_err *err)
{
    jz_leaf leaf = { 0 };
    jz_bytes line[6];
    for (size_t i = 0; i < JZ_ARRAY_LEN(line); i++)
        if (!jz_line_take(&text, &line[i]))
            return JZ_FAIL(err, JZ_E_CORRUPT, "a leaf has %zu lines, this has %zu",
                           JZ_ARRAY_LEN(line), i);
    if (text.len > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%zu bytes behind the lines of a leaf", text.len);
    if (!jz_line_is(line[0], FIRST))
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a leaf: the first line is not " FIRST);
    if (!find_kind(line[1], &leaf.kind))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a leaf of no known kind");
    if (!jz_line_copy(line[2], leaf.object, sizeof leaf.object) || !is_object(leaf.object))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a leaf whose object is no id");
    if (!jz_base64_read(line[3], leaf.sha256, sizeof leaf.sha256))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a leaf whose hash is not Base 64 of 32 bytes");
    if (!jz_decimal_read(line[4], &leaf.time))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a leaf whose time is not a number below 2^63");
    if (!find_prev(line[5], &leaf.prev))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a leaf whose previous one is neither - nor a number");
    *out = leaf;
    return JZ_OK;
}
