/* SPDX-License-Identifier: Apache-2.0 */
/* cut HOME: appends ten leaves to the ledger of an installation and ends as by a power cut: the log
 * is not closed, and a tile that had been written again is there in part. For tests/ledger/audit.
 */
#include "base/buf.h"
#include "base/file.h"

#include <jz/ledger.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEAVES 10

static void must(jz_status st, const jz_err *err)
{
    char text[512];
    if (st == JZ_OK)
        return;
    (void)fprintf(stderr, "cut: %s\n", jz_err_text(err, text, sizeof text));
    exit(1);
}

static void read_key(const char *home, jz_skey *key)
{
    JZ_BUF_AUTO text = { 0 };
    char path[512];
    jz_err err = { 0 };
    (void)snprintf(path, sizeof path, "%s/keys/ledger.skey", home);
    must(jz_file_read(path, JZ_SKEY_TEXT, &text, &err), &err);
    text.len -= text.len > 0; /* the line feed */
    must(jz_skey_parse(text.ptr, text.len, key, &err), &err);
}

static void append_all(jz_log *log)
{
    char text[LEAVES][JZ_LEAF_TEXT];
    jz_bytes leaves[LEAVES];
    uint64_t first;
    jz_err err = { 0 };
    for (size_t i = 0; i < LEAVES; i++) {
        const jz_leaf leaf = { .kind = JZ_LEAF_SEALED,
                               .object = "EB-1",
                               .time = 1764316800 + i,
                               .prev = JZ_LEAF_NO_PREV };
        must(jz_leaf_write(&leaf, text[i], &leaves[i].len, &err), &err);
        leaves[i].ptr = (const uint8_t *)text[i];
    }
    must(jz_log_append(log, leaves, LEAVES, &first, &err), &err);
}

int main(int argc, char **argv)
{
    char path[512];
    jz_err err = { 0 };
    jz_log *log = NULL;
    jz_skey key;
    if (argc != 2)
        return 2;
    read_key(argv[1], &key);
    (void)snprintf(path, sizeof path, "%s/ledger", argv[1]);
    must(jz_log_open(path, &key.pub, &key, NULL, &log, &err), &err);
    append_all(log);
    (void)snprintf(path, sizeof path, "%s/ledger/tile/entries/000.p/%d", argv[1], LEAVES);
    if (truncate(path, 100) != 0) {
        perror(path);
        return 1;
    }
    _exit(0); /* not closed */
}
