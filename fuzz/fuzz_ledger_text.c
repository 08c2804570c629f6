/* SPDX-License-Identifier: Apache-2.0 */
/* The small formats, told apart by the first byte: keys, leaves, checkpoints, paths of tiles,
 * bundles, journals, requests to a witness. What is read and written again is the same. */
#include "base/alloc.h"
#include "base/buf.h"
#include "ledger/checkpoint.h"
#include "ledger/journal.h"
#include "ledger/lines.h"
#include "ledger/tile.h"
#include "ledger/witness.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(jz_bytes text, const char *again, size_t len)
{
    if (text.len != len || memcmp(text.ptr, again, len) != 0)
        abort();
}

static void try_vkey(jz_bytes text)
{
    jz_vkey key;
    jz_vkey back;
    char again[JZ_VKEY_TEXT];
    if (jz_vkey_parse((const char *)text.ptr, text.len, &key, NULL) != JZ_OK)
        return;
    jz_vkey_text(&key, again); /* its id may be in capitals */
    if (jz_vkey_parse(again, strlen(again), &back, NULL) != JZ_OK ||
        memcmp(&key, &back, sizeof key) != 0)
        abort();
}

static void try_skey(jz_bytes text)
{
    jz_skey key;
    jz_skey back;
    char again[JZ_SKEY_TEXT];
    if (jz_skey_parse((const char *)text.ptr, text.len, &key, NULL) != JZ_OK)
        return;
    jz_skey_text(&key, again);
    if (jz_skey_parse(again, strlen(again), &back, NULL) != JZ_OK ||
        memcmp(&key, &back, sizeof key) != 0)
        abort();
}

static void try_leaf(jz_bytes text)
{
    jz_leaf leaf;
    char again[JZ_LEAF_TEXT];
    size_t len = 0;
    if (jz_leaf_parse(text, &leaf, NULL) != JZ_OK)
        return;
    if (jz_leaf_write(&leaf, again, &len, NULL) != JZ_OK)
        abort();
    same(text, again, len);
}

static void try_checkpoint(jz_bytes text)
{
    jz_checkpoint cp;
    bool more;
    JZ_BUF_AUTO again = { 0 };
    if (jz_checkpoint_parse(text, &cp, &more, NULL) != JZ_OK || more)
        return;
    jz_checkpoint_put(&cp, &again);
    same(text, again.ptr, again.len);
}

static void try_tile(jz_bytes text)
{
    jz_tile tile;
    char again[JZ_TILE_PATH];
    jz_auto(char) *path = jz_strndup((const char *)text.ptr, text.len);
    if (path == NULL || jz_tile_parse(path, &tile, NULL) != JZ_OK)
        return;
    jz_tile_path(&tile, again);
    if (strcmp(path, again) != 0)
        abort();
}

static void try_bundle(jz_bytes text)
{
    JZ_BUF_AUTO again = { 0 };
    jz_bytes rest = text;
    jz_bytes entry;
    while (rest.len > 0 && jz_bundle_take(&rest, &entry, NULL) == JZ_OK)
        jz_bundle_put(&again, entry);
    if (again.len > 0)
        same((jz_bytes){ text.ptr, text.len - rest.len }, again.ptr, again.len);
}

/* Only records that were written with the key are found: two, in the seed. */
static void try_journal(jz_bytes text)
{
    jz_skey key = { .pub.type = JZ_KEY_ED25519 };
    jz_journal j;
    jz_bytes body;
    bool found = false;
    memset(key.seed, 7, sizeof key.seed);
    jz_journal_begin(&j, &key);
    jz_journal_kind kind = JZ_JOURNAL_BASE;
    for (unsigned n = 0; n == 0 || found; n++) {
        if (jz_journal_take(&j, text, kind, &body, &found, NULL) != JZ_OK || n > 2)
            abort();
        kind = JZ_JOURNAL_LEAVES;
    }
}

static void try_witness(jz_bytes text)
{
    jz_witness_request r;
    JZ_BUF_AUTO again = { 0 };
    if (jz_witness_request_parse(text, &r, NULL) != JZ_OK)
        return;
    jz_witness_request_put(&r, &again);
    same(text, again.ptr, again.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(jz_bytes text) = {
        try_vkey, try_skey,   try_leaf,    try_checkpoint,
        try_tile, try_bundle, try_journal, try_witness,
    };
    if (size > 0)
        tries[data[0] % JZ_ARRAY_LEN(tries)]((jz_bytes){ data + 1, size - 1 });
    return 0;
}
