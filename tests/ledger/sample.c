/* SPDX-License-Identifier: Apache-2.0 */
/* sample DIR: makes a log of 1000 leaves with a witness's cosignature in DIR/log, proofs of some of
 * them, and the keys, for tests/ledger/stock. */
#include "base/buf.h"
#include "base/file.h"
#include "ledger/lines.h"
#include "ledger/note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAVES 1000
#define BATCH 125

static void must(jz_status st, const jz_err *err)
{
    char text[512];
    if (st == JZ_OK)
        return;
    (void)fprintf(stderr, "sample: %s\n", jz_err_text(err, text, sizeof text));
    exit(1);
}

static void put(const char *dir, const char *name, const char *text, size_t len)
{
    char path[512];
    jz_err err = { 0 };
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    must(jz_file_write(path, text, len, &err), &err);
}

static void put_vkey(const char *dir, const char *name, const jz_skey *key)
{
    char text[JZ_VKEY_TEXT];
    jz_vkey_text(&key->pub, text);
    put(dir, name, text, strlen(text));
}

static void append_all(jz_log *log)
{
    static char text[LEAVES][JZ_LEAF_TEXT];
    static jz_bytes leaves[LEAVES];
    jz_err err = { 0 };
    for (uint64_t i = 0; i < LEAVES; i++) {
        jz_leaf leaf = { .kind = (jz_leaf_kind)(i % 10),
                         .object = "EB-1",
                         .time = 1764316800 + i,
                         .prev = i > 0 ? i - 1 : JZ_LEAF_NO_PREV };
        memset(leaf.sha256, (int)(i & 255), sizeof leaf.sha256);
        must(jz_leaf_write(&leaf, text[i], &leaves[i].len, &err), &err);
        leaves[i].ptr = (const uint8_t *)text[i];
    }
    for (uint64_t i = 0, first; i < LEAVES; i += BATCH)
        must(jz_log_append(log, leaves + i, BATCH, &first, &err), &err);
}

static void cosign(jz_log *log, const jz_skey *witness)
{
    JZ_BUF_AUTO line = { 0 };
    jz_err err = { 0 };
    const char *note = jz_log_checkpoint(log);
    const size_t len = (size_t)(strstr(note, "\n\n") - note) + 1;
    must(jz_note_sign(jz_bytes_of(note, len), witness, 1700000000, &line, &err), &err);
    must(jz_log_cosign(log, jz_bytes_of(line.ptr, line.len), &witness->pub, 1, &err), &err);
}

static void put_proof(const char *dir, jz_log *log, uint64_t index)
{
    char name[64];
    char *text = NULL;
    size_t len;
    jz_err err = { 0 };
    must(jz_log_prove(log, index, &text, &err), &err);
    (void)snprintf(name, sizeof name, "%u.tlog-proof", (unsigned)index);
    put(dir, name, text, strlen(text));
    jz_ledger_free(text);
    must(jz_log_entry(log, index, &text, &len, &err), &err);
    (void)snprintf(name, sizeof name, "%u.leaf", (unsigned)index);
    put(dir, name, text, len);
    jz_ledger_free(text);
}

int main(int argc, char **argv)
{
    static const uint64_t proved[] = { 0, 1, 255, 256, 511, 766, 767, 998, 999 };
    char path[512];
    jz_err err = { 0 };
    jz_auto(jz_log) *log = NULL;
    jz_skey key;
    jz_skey witness;
    if (argc != 2)
        return 2;
    (void)snprintf(path, sizeof path, "%s/log", argv[1]);
    must(jz_skey_new("log.example/jianzhen", JZ_KEY_ED25519, &key, &err), &err);
    must(jz_skey_new("witness.example/w1", JZ_KEY_COSIGNATURE, &witness, &err), &err);
    put_vkey(argv[1], "log.vkey", &key);
    put_vkey(argv[1], "witness.vkey", &witness);
    must(jz_log_create(path, &key, &err), &err);
    must(jz_log_open(path, &key.pub, &key, NULL, &log, &err), &err);
    append_all(log);
    cosign(log, &witness);
    for (size_t i = 0; i < JZ_ARRAY_LEN(proved); i++)
        put_proof(argv[1], log, proved[i]);
    return 0;
}
