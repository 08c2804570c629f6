/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger's tests share: keys, leaves, a tree that is computed from RFC 6962's definition.
 */
#ifndef JZ_LEDGER_FIXTURE_H
#define JZ_LEDGER_FIXTURE_H

#include "base/alloc.h"
#include "base/buf.h"
#include "ledger/lines.h"
#include "ledger/note.h"
#include "ledger/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ORIGIN "log.example/jianzhen"

static inline jz_bytes bytes(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

static inline jz_bytes bytes_of_buf(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

/* JZ_OK, or the test fails with the error's text. */
#define assert_ok(expr)                                                                            \
    do {                                                                                           \
        jz_err err_ = { 0 };                                                                       \
        jz_err *err = &err_;                                                                       \
        char text_[512];                                                                           \
        if ((expr) != JZ_OK)                                                                       \
            fail_msg("%s: %s", #expr, jz_err_text(err, text_, sizeof text_));                      \
    } while (0)

static inline __attribute__((unused)) jz_skey new_key(const char *name, jz_key_type type)
{
    jz_skey key;
    assert_ok(jz_skey_new(name, type, &key, err));
    return key;
}

/* MTH of RFC 6962, 2.1, word by word. */
static inline void mth(const jz_tree_hash *leaves, size_t n, jz_tree_hash *out)
{
    jz_tree_hash left;
    jz_tree_hash right;
    size_t k = 1;
    if (n == 0) {
        jz_tree_empty(out);
        return;
    }
    if (n == 1) {
        *out = leaves[0];
        return;
    }
    while (k * 2 < n)
        k *= 2;
    mth(leaves, k, &left);
    mth(leaves + k, n - k, &right);
    jz_tree_node(&left, &right, out);
}

#endif
