/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in text: c2sp.org/signed-note, "Verifier keys"; golang.org/x/mod/sumdb/note for private
 * ones. */
#include "base/alloc.h"
#include "base/hex.h"
#include "ledger/ed25519.h"
#include "ledger/lines.h"
#include "ledger/tree.h"

#include <stdio.h>
#include <string.h>

#define PRIVATE "PRIVATE+KEY+"
#define KEY_MAX 4096   /* bytes of a key of any type */
#define TYPED (1 + 32) /* the type, then 32 bytes of a key or a seed */

void jz_ledger_free(char *text)
{
    jz_free(text);
}

static void make_id(const char *name, jz_key_type type, const uint8_t *key, uint8_t id[4])
{
    uint8_t text[JZ_ORIGIN_MAX + 1 + TYPED];
    jz_tree_hash hash;
    size_t len = (size_t)snprintf((char *)text, sizeof text, "%s\n", name);
    text[len++] = (uint8_t)type;
    memcpy(text + len, key, JZ_ED25519_PUBLIC);
    jz_tree_sha256((jz_bytes){ text, len + JZ_ED25519_PUBLIC }, &hash);
    memcpy(id, hash.b, 4);
}

/* The Base 64 of a type and a key; keys of other types are longer. */
static jz_status read_typed(jz_bytes key64, jz_vkey *out, uint8_t typed[TYPED], jz_err *err)
{
    uint8_t any[KEY_MAX];
    const size_t size = jz_base64_size(key64);
    if (size == 0 || size > sizeof any || !jz_base64_read(key64, any, size))
        return JZ_FAIL(err, JZ_E_CORRUPT, "key %s: not Base 64", out->name);
    if (any[0] != JZ_KEY_ED25519 && any[0] != JZ_KEY_COSIGNATURE)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "key %s: type 0x%02x is not read here", out->name,
                       any[0]);
    if (size != TYPED)
        return JZ_FAIL(err, JZ_E_CORRUPT, "key %s: %zu bytes, and not %d", out->name, size, TYPED);
    memcpy(typed, any, TYPED);
    jz_wipe(any, sizeof any);
    out->type = (jz_key_type)typed[0];
    return JZ_OK;
}

/* "name+id+base64": the Base 64 may hold a '+' too. */
static jz_status split(jz_bytes text, jz_vkey *out, uint8_t typed[TYPED], jz_err *err)
{
    const uint8_t *plus = text.len > 0 ? memchr(text.ptr, '+', text.len) : NULL;
    if (plus == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a key: NAME+ID+BASE64 is wanted");
    const jz_bytes name = { text.ptr, (size_t)(plus - text.ptr) };
    const jz_bytes rest = { plus + 1, text.len - name.len - 1 };
    if (!jz_key_name_valid(name) || !jz_line_copy(name, out->name, sizeof out->name))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a key whose name is empty, too long or has spaces");
    if (rest.len < 9 || rest.ptr[8] != '+' ||
        strspn((const char *)rest.ptr, "0123456789abcdef") != 8 || /* one form for one key */
        !jz_hex_decode((const char *)rest.ptr, 8, out->id, sizeof out->id))
        return JZ_FAIL(err, JZ_E_CORRUPT, "key %s: its id is not 8 hex digits", out->name);
    return read_typed((jz_bytes){ rest.ptr + 9, rest.len - 9 }, out, typed, err);
}

static jz_status check_id(const jz_vkey *key, jz_err *err)
{
    uint8_t id[4];
    make_id(key->name, key->type, key->key, id);
    if (memcmp(id, key->id, sizeof id) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "key %s: its id is not of this key", key->name);
    return JZ_OK;
}

jz_status jz_vkey_parse(const char *text, size_t len, jz_vkey *out, jz_err *err)
{
    jz_vkey key = { 0 };
    uint8_t typed[TYPED];
    JZ_TRY(split(jz_bytes_of(text, len), &key, typed, err));
    memcpy(key.key, typed + 1, sizeof key.key);
    JZ_TRY(check_id(&key, err));
    *out = key;
    return JZ_OK;
}

/* Lower-case hex and the Base 64 of a type and 32 bytes fit whatever the name is. */
static void write_key(const char *prefix, const jz_vkey *pub, const uint8_t *bytes, char *out,
                      size_t size)
{
    char id[9];
    char key64[49];
    uint8_t typed[TYPED] = { (uint8_t)pub->type };
    memcpy(typed + 1, bytes, TYPED - 1);
    jz_hex_encode(pub->id, sizeof pub->id, id);
    jz_base64_text(typed, sizeof typed, key64);
    (void)snprintf(out, size, "%s%s+%s+%s", prefix, pub->name, id, key64);
    jz_wipe(key64, sizeof key64);
    jz_wipe(typed, sizeof typed);
}

void jz_vkey_text(const jz_vkey *key, char out[JZ_VKEY_TEXT])
{
    write_key("", key, key->key, out, JZ_VKEY_TEXT);
}

void jz_skey_text(const jz_skey *key, char out[JZ_SKEY_TEXT])
{
    write_key(PRIVATE, &key->pub, key->seed, out, JZ_SKEY_TEXT);
}

void jz_skey_wipe(jz_skey *key)
{
    if (key != NULL)
        jz_wipe(key, sizeof *key);
}

static jz_status finish(jz_skey *key, bool check, jz_err *err)
{
    JZ_TRY(jz_ed25519_public(key->seed, key->pub.key, err));
    if (check)
        return check_id(&key->pub, err);
    make_id(key->pub.name, key->pub.type, key->pub.key, key->pub.id);
    return JZ_OK;
}

jz_status jz_skey_parse(const char *text, size_t len, jz_skey *out, jz_err *err)
{
    jz_skey key = { 0 };
    uint8_t typed[TYPED];
    jz_bytes rest = jz_bytes_of(text, len);
    if (!jz_line_skip(&rest, PRIVATE))
        return JZ_FAIL(err, JZ_E_CORRUPT, "not a private key: " PRIVATE "... is wanted");
    jz_status st = split(rest, &key.pub, typed, err);
    if (st == JZ_OK) {
        memcpy(key.seed, typed + 1, sizeof key.seed);
        st = finish(&key, true, err);
    }
    if (st == JZ_OK)
        *out = key;
    jz_wipe(typed, sizeof typed);
    jz_skey_wipe(&key);
    return st;
}

jz_status jz_skey_new(const char *name, jz_key_type type, jz_skey *out, jz_err *err)
{
    jz_skey key = { .pub.type = type };
    const jz_bytes n = jz_bytes_of(name, strlen(name));
    if (!jz_key_name_valid(n) || !jz_line_copy(n, key.pub.name, sizeof key.pub.name))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "'%s' cannot name a key: 1 to %d bytes of UTF-8 without spaces and '+'",
                       name, JZ_ORIGIN_MAX);
    if (type != JZ_KEY_ED25519 && type != JZ_KEY_COSIGNATURE)
        return JZ_FAIL(err, JZ_E_INVAL, "no keys of type %u are made", (unsigned)type);
    jz_status st = jz_random(key.seed, sizeof key.seed, err);
    if (st == JZ_OK)
        st = finish(&key, false, err);
    if (st == JZ_OK)
        *out = key;
    jz_skey_wipe(&key);
    return st;
}
