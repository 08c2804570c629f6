/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/journal.h"

#include "base/rd.h"
#include "ledger/ed25519.h"
#include "ledger/lines.h"
#include "ledger/tree.h"

#include <string.h>

#define HEAD 16 /* bytes before a record's body */
#define MAC 32

void jz_journal_begin(jz_journal *j, const jz_skey *key)
{
    static const char purpose[] = "jianzhen-ledger-journal/v1\n";
    uint8_t text[sizeof purpose - 1 + JZ_ED25519_SEED];
    jz_tree_hash hash;
    memcpy(text, purpose, sizeof purpose - 1);
    memcpy(text + sizeof purpose - 1, key->seed, JZ_ED25519_SEED);
    jz_tree_sha256((jz_bytes){ text, sizeof text }, &hash);
    *j = (jz_journal){ 0 };
    memcpy(j->key, hash.b, sizeof j->key);
    jz_wipe(text, sizeof text);
    jz_wipe(&hash, sizeof hash);
}

/* Over the MAC before, then the record up to its own. */
static jz_status make_mac(const jz_journal *j, jz_bytes record, uint8_t mac[MAC], jz_err *err)
{
    JZ_BUF_AUTO message = { 0 };
    jz_buf_put(&message, j->mac, MAC);
    jz_buf_put(&message, record.ptr, record.len);
    JZ_TRY(jz_buf_check(&message, err));
    return jz_hmac_sha256(j->key, jz_bytes_of(message.ptr, message.len), mac, err);
}

static void make_head(jz_journal_kind kind, uint64_t size, uint8_t head[HEAD])
{
    static const uint8_t magic[] = { 'J', 'Z', 'J', '1' };
    memset(head, 0, HEAD);
    memcpy(head, magic, sizeof magic);
    head[4] = (uint8_t)kind;
    for (unsigned i = 0; i < 8; i++)
        head[8 + i] = (uint8_t)(size >> (56 - 8 * i));
}

jz_status jz_journal_put(jz_journal *j, jz_journal_kind kind, jz_bytes body, jz_buf *out,
                         jz_err *err)
{
    uint8_t head[HEAD];
    uint8_t mac[MAC];
    const size_t from = out->len;
    make_head(kind, body.len, head);
    jz_buf_put(out, head, sizeof head);
    jz_buf_put(out, body.ptr, body.len);
    JZ_TRY(jz_buf_check(out, err));
    JZ_TRY(make_mac(j, jz_bytes_of(out->ptr + from, out->len - from), mac, err));
    jz_buf_put(out, mac, sizeof mac);
    JZ_TRY(jz_buf_check(out, err));
    memcpy(j->mac, mac, sizeof mac);
    j->at += HEAD + body.len + MAC;
    return JZ_OK;
}

jz_status jz_journal_take(jz_journal *j, jz_bytes file, jz_journal_kind kind, jz_bytes *body,
                          bool *found, jz_err *err)
{
    jz_rd rd = jz_rd_of(file, "journal");
    uint8_t wanted[HEAD];
    uint8_t mac[MAC];
    jz_bytes head;
    jz_bytes got;
    jz_bytes theirs;
    uint64_t size = 0;
    *found = false;
    if (jz_rd_skip(&rd, j->at, NULL) != JZ_OK || jz_rd_take(&rd, HEAD, &head, NULL) != JZ_OK)
        return JZ_OK;
    for (unsigned i = 0; i < 8; i++)
        size = size << 8 | head.ptr[8 + i];
    make_head(kind, size, wanted);
    if (memcmp(head.ptr, wanted, HEAD) != 0 || jz_rd_take(&rd, size, &got, NULL) != JZ_OK ||
        jz_rd_take(&rd, MAC, &theirs, NULL) != JZ_OK)
        return JZ_OK;
    JZ_TRY(make_mac(j, (jz_bytes){ head.ptr, HEAD + got.len }, mac, err));
    if (memcmp(mac, theirs.ptr, MAC) != 0)
        return JZ_OK;
    memcpy(j->mac, mac, sizeof mac);
    j->at += HEAD + size + MAC;
    *body = got;
    *found = true;
    return JZ_OK;
}
