/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/tones.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/newfile.h"
#include "base/rd.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define HEAD "jianzhen mark key 1\n"
#define FILE_MAX 4096 /* bytes; more is no key */
#define KEYS_MAX 64

jz_status jz_watermark_key_make(const uint8_t secret[JZ_WATERMARK_SECRET_SIZE],
                                jz_watermark_key **out, jz_err *err)
{
    uint8_t id[32];
    jz_watermark_key *k = jz_alloc_zero(1, sizeof *k);
    if (k == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a key");
    memcpy(k->secret, secret, sizeof k->secret);
    jz_wm_hmac(secret, "jianzhen mark 1 id", "", 0, id);
    memcpy(k->id, id, sizeof k->id);
    jz_wm_tones_make(k);
    *out = k;
    return JZ_OK;
}

void jz_watermark_key_free(jz_watermark_key *k)
{
    if (k != NULL)
        explicit_bzero(k, sizeof *k);
    jz_free(k);
}

const uint8_t *jz_watermark_key_id(const jz_watermark_key *k)
{
    return k->id;
}

static void write_text(const jz_watermark_key *k, jz_buf *out)
{
    jz_buf_puts(out, HEAD "id ");
    jz_hex_put(out, k->id, sizeof k->id);
    jz_buf_puts(out, "\nsecret ");
    jz_hex_put(out, k->secret, sizeof k->secret);
    jz_buf_putc(out, '\n');
}

static jz_status write_new(const char *path, const jz_buf *text, jz_err *err)
{
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    JZ_TRY(jz_newfile_open(path, 0600, &f, err));
    JZ_TRY(jz_write_all(f.fd, text->ptr, text->len, path, err));
    return jz_newfile_commit(&f, false, err);
}

jz_status jz_watermark_key_new(const char *path, jz_watermark_key **out, jz_err *err)
{
    uint8_t secret[JZ_WATERMARK_SECRET_SIZE];
    JZ_BUF_AUTO text = { 0 };
    jz_auto(jz_watermark_key) *k = NULL;
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return JZ_FAIL(err, JZ_E_IO, "random bytes: %s", strerrordesc_np(errno));
    JZ_TRY(jz_watermark_key_make(secret, &k, err));
    write_text(k, &text);
    JZ_TRY(jz_buf_check(&text, err));
    JZ_TRY(write_new(path, &text, err));
    *out = JZ_TAKE(k);
    return JZ_OK;
}

/* A line: its name, a space, so many bytes in hex. */
static jz_status read_line(jz_rd *rd, const char *name, uint8_t *out, size_t size, jz_err *err)
{
    jz_bytes head, digits, end;
    JZ_TRY(jz_rd_take(rd, strlen(name), &head, err));
    JZ_TRY(jz_rd_take(rd, 2 * size, &digits, err));
    JZ_TRY(jz_rd_take(rd, 1, &end, err));
    if (!jz_bytes_are(head, name) || end.ptr[0] != '\n' ||
        !jz_hex_decode((const char *)digits.ptr, digits.len, out, size))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a mark key has a line \"%s\" and %zu hex digits", name,
                       2 * size);
    return JZ_OK;
}

jz_status jz_watermark_key_parse(jz_bytes text, jz_watermark_key **out, jz_err *err)
{
    uint8_t id[JZ_WATERMARK_KEY_ID_SIZE], secret[JZ_WATERMARK_SECRET_SIZE];
    jz_rd rd = jz_rd_of(text, "mark key");
    jz_auto(jz_watermark_key) *k = NULL;
    if (!jz_bytes_begin(text, HEAD))
        return JZ_FAIL(err, JZ_E_CORRUPT, "no mark key: its first line is another one");
    JZ_TRY(jz_rd_skip(&rd, strlen(HEAD), err));
    JZ_TRY(read_line(&rd, "id ", id, sizeof id, err));
    JZ_TRY(read_line(&rd, "secret ", secret, sizeof secret, err));
    if (jz_rd_left(&rd) > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a mark key with %zu bytes behind it", jz_rd_left(&rd));
    JZ_TRY(jz_watermark_key_make(secret, &k, err));
    if (memcmp(k->id, id, sizeof id) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "a mark key whose id is another key's");
    *out = JZ_TAKE(k);
    return JZ_OK;
}

jz_status jz_watermark_key_open(const char *path, jz_watermark_key **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(jz_file_read_regular(path, FILE_MAX, &text, err));
    JZ_TRY_CTX(jz_watermark_key_parse(jz_buf_bytes(&text), out, err), err, "%s", path);
    return JZ_OK;
}

void jz_watermark_keys_done(jz_watermark_keys *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        jz_watermark_key_free(keys->key[i]);
    jz_free(keys->key);
    *keys = (jz_watermark_keys){ 0 };
}

jz_status jz_watermark_keys_add(jz_watermark_keys *keys, const char *path, jz_err *err)
{
    if (keys->n == KEYS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d keys", KEYS_MAX);
    void *room = jz_grow(keys->key, keys->n, &keys->size, sizeof(void *));
    if (room == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for keys");
    keys->key = room;
    JZ_TRY(jz_watermark_key_open(path, &keys->key[keys->n], err));
    keys->n++;
    return JZ_OK;
}

static bool is_key_name(const char *name)
{
    const size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".key") == 0;
}

static jz_status add_folder(const char *folder, jz_watermark_keys *keys, jz_err *err)
{
    JZ_NAMES_AUTO names = { 0 };
    JZ_TRY(jz_folder_names(folder, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        jz_auto(char) *path = NULL;
        if (!is_key_name(names.name[i]))
            continue;
        JZ_TRY(jz_path_join(folder, names.name[i], &path, err));
        JZ_TRY(jz_watermark_keys_add(keys, path, err));
    }
    return keys->n > 0 ? JZ_OK : JZ_FAIL(err, JZ_E_NOTFOUND, "no *.key in %s", folder);
}

jz_status jz_watermark_keys_open(const char *folder, jz_watermark_keys *out, jz_err *err)
{
    jz_watermark_keys keys = { 0 };
    const jz_status st = add_folder(folder, &keys, err);
    if (st != JZ_OK)
        jz_watermark_keys_done(&keys);
    else
        *out = keys;
    return st;
}
