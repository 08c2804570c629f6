/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/home_ledger.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/newfile.h"
#include "ledger/checkpoint.h"
#include "ledger/ed25519.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define TEXT_MAX 4096

static jz_status path_of(const char *home, const char *folder, const char *name, char **out,
                         jz_err *err)
{
    jz_auto(char) *dir = NULL;
    JZ_TRY(jz_path_join(home, folder, &dir, err));
    return jz_path_join(dir, name, out, err);
}

#define LEDGER_KEY "ledger.skey"
#define WITNESS_KEY "witness.skey"

static jz_status read_key(const char *home, const char *name, jz_skey *out, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(path_of(home, "keys", name, &path, err));
    JZ_TRY(jz_file_read(path, TEXT_MAX, &text, err));
    while (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    const jz_status st = jz_skey_parse(text.ptr, text.len, out, err);
    jz_wipe(text.ptr, text.len);
    JZ_TRY_CTX(st, err, "%s", path);
    return JZ_OK;
}

/* JZ_E_EXISTS where there is one by now: a second key would make a log that nobody can open. */
static jz_status write_key(const char *home, const char *name, const jz_skey *key, jz_err *err)
{
    jz_auto(char) *folder = NULL;
    jz_auto(char) *path = NULL;
    char text[JZ_SKEY_TEXT + 1];
    JZ_TRY(jz_path_join(home, "keys", &folder, err));
    JZ_TRY(jz_mkdir_all(folder, err));
    JZ_TRY(jz_path_join(folder, name, &path, err));
    jz_skey_text(key, text);
    const size_t len = strlen(text);
    text[len] = '\n';
    JZ_NEWFILE_AUTO file = { .fd = -1 };
    jz_status st = jz_newfile_open(path, 0600, &file, err);
    if (st == JZ_OK)
        st = jz_write_all(file.fd, text, len + 1, path, err);
    jz_wipe(text, sizeof text);
    JZ_TRY(st);
    return jz_newfile_commit(&file, false, err);
}

/* The key of that file; a new one where there is none. wanted: its name; NULL = any, and for a new
 * one HOST/suffix. */
static jz_status need_key(const char *home, const char *file, jz_key_type type, const char *wanted,
                          const char *suffix, jz_skey *key, jz_err *err)
{
    char name[JZ_ORIGIN_MAX + 1];
    struct utsname u;
    jz_status st = read_key(home, file, key, err);
    if (st == JZ_E_NOTFOUND) {
        (void)snprintf(name, sizeof name, "%s/%s", uname(&u) == 0 ? u.nodename : "localhost",
                       suffix);
        JZ_TRY(jz_skey_new(wanted != NULL ? wanted : name, type, key, err));
        st = write_key(home, file, key, err);
        if (st == JZ_E_EXISTS) /* another process was faster */
            st = read_key(home, file, key, err);
    }
    JZ_TRY(st);
    if (wanted != NULL && strcmp(key->pub.name, wanted) != 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "there is a key of %s already", key->pub.name);
    return JZ_OK;
}

jz_status jz_home_witness_key(const char *home, const char *name, jz_skey *out, jz_err *err)
{
    return need_key(home, WITNESS_KEY, JZ_KEY_COSIGNATURE, name, "witness", out, err);
}

jz_status jz_home_ledger_init(const char *home, const char *origin, jz_err *err)
{
    jz_auto(char) *dir = NULL;
    jz_skey key;
    jz_status st = need_key(home, LEDGER_KEY, JZ_KEY_ED25519, origin, "jianzhen", &key, err);
    if (st == JZ_OK)
        st = jz_path_join(home, "ledger", &dir, err);
    if (st == JZ_OK)
        st = jz_log_create(dir, &key, err);
    jz_skey_wipe(&key);
    return st;
}

/* *there is false where nothing was noted yet. */
static jz_status read_seen(const char *home, jz_checkpoint *out, bool *there, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(path_of(home, "keys", "ledger.seen", &path, err));
    const jz_status st = jz_file_read(path, TEXT_MAX, &text, err);
    *there = st != JZ_E_NOTFOUND;
    if (!*there)
        return JZ_OK;
    JZ_TRY(st);
    JZ_TRY_CTX(
        jz_checkpoint_parse((jz_bytes){ (const uint8_t *)text.ptr, text.len }, out, NULL, err), err,
        "%s", path);
    return JZ_OK;
}

static jz_status open_with(const char *home, const jz_skey *key, bool write, jz_log **out,
                           jz_err *err)
{
    jz_auto(char) *dir = NULL;
    jz_checkpoint seen;
    bool there = false;
    JZ_TRY(read_seen(home, &seen, &there, err));
    JZ_TRY(jz_path_join(home, "ledger", &dir, err));
    return jz_log_open(dir, &key->pub, write ? key : NULL, there ? &seen : NULL, out, err);
}

/* Makes what is not there: the key and the log, or, after a crash in between, the log alone. A log
 * that was seen before and is gone is not made anew. */
static jz_status make_new(const char *home, jz_err *err)
{
    jz_auto(char) *checkpoint = NULL;
    jz_checkpoint seen;
    bool there = false;
    JZ_TRY(read_seen(home, &seen, &there, err));
    JZ_TRY(path_of(home, "ledger", "checkpoint", &checkpoint, err));
    if (there || access(checkpoint, F_OK) == 0)
        return JZ_OK;
    const jz_status st = jz_home_ledger_init(home, NULL, err);
    return st == JZ_E_EXISTS ? JZ_OK : st; /* another process was faster */
}

jz_status jz_home_ledger_open(const char *home, bool write, jz_log **out, jz_vkey *vkey,
                              jz_err *err)
{
    jz_skey key;
    if (write)
        JZ_TRY(make_new(home, err));
    JZ_TRY(read_key(home, LEDGER_KEY, &key, err));
    const jz_status st = open_with(home, &key, write, out, err);
    *vkey = key.pub;
    jz_skey_wipe(&key);
    return st;
}

jz_status jz_home_ledger_anchor(const char *home, jz_cases *cases, jz_err *err)
{
    jz_auto(jz_log) *log = NULL;
    jz_vkey vkey;
    uint64_t n = 0;
    const jz_status st = jz_home_ledger_open(home, true, &log, &vkey, err);
    if (st == JZ_E_BUSY)
        return JZ_OK;
    JZ_TRY_CTX(st, err, "the ledger");
    JZ_TRY_CTX(jz_case_anchor(cases, log, &n, err), err, "the ledger");
    return n > 0 ? jz_home_ledger_note(home, log, err) : JZ_OK;
}

jz_status jz_home_ledger_note(const char *home, const jz_log *log, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_BUF_AUTO text = { 0 };
    jz_checkpoint head;
    jz_log_head(log, &head);
    jz_checkpoint_put(&head, &text);
    JZ_TRY(jz_buf_check(&text, err));
    JZ_TRY(path_of(home, "keys", "ledger.seen", &path, err));
    return jz_file_write(path, text.ptr, text.len, err);
}
