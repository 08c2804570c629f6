/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of govern: of the gate, and of webhooks. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/newfile.h"
#include "govern/governs.h"

#include <jz/measure.h>

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define KEY_TEXT_MAX 4096

static jz_status read_key(const char *path, jz_skey *out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(jz_file_read(path, KEY_TEXT_MAX, &text, err));
    while (text.len > 0 && text.ptr[text.len - 1] == '\n')
        text.len--;
    JZ_TRY_CTX(jz_skey_parse(text.ptr, text.len, out, err), err, "%s", path);
    return JZ_OK;
}

/* JZ_E_EXISTS where there is one by now. */
static jz_status make_key(const char *what, const char *folder, const char *path, jz_skey *out,
                          jz_err *err)
{
    char text[JZ_SKEY_TEXT + 1];
    char name[JZ_ORIGIN_MAX + 1];
    struct utsname u;
    JZ_NEWFILE_AUTO file = { .fd = -1 };
    (void)snprintf(name, sizeof name, "%s/jianzhen-%s", uname(&u) == 0 ? u.nodename : "localhost",
                   what);
    JZ_TRY(jz_mkdir_all(folder, err));
    JZ_TRY(jz_skey_new(name, JZ_KEY_ED25519, out, err));
    jz_skey_text(out, text);
    const size_t len = strlen(text);
    text[len] = '\n';
    jz_status st = jz_newfile_open(path, 0600, &file, err);
    if (st == JZ_OK)
        st = jz_write_all(file.fd, text, len + 1, path, err);
    return st == JZ_OK ? jz_newfile_commit(&file, false, err) : st;
}

/* keys/WHAT.skey below home. */
static jz_status find_key(const char *home, const char *what, bool create, jz_skey *out,
                          jz_err *err)
{
    jz_auto(char) *folder = NULL;
    jz_auto(char) *path = NULL;
    char name[32];
    (void)snprintf(name, sizeof name, "%s.skey", what);
    JZ_TRY(jz_path_join(home, "keys", &folder, err));
    JZ_TRY(jz_path_join(folder, name, &path, err));
    jz_status st = read_key(path, out, err);
    if (st != JZ_E_NOTFOUND || !create)
        return st;
    st = make_key(what, folder, path, out, err);
    return st == JZ_E_EXISTS ? read_key(path, out, err) : st; /* another process was faster */
}

jz_status jz_gate_key(const char *home, bool create, jz_skey *out, jz_err *err)
{
    return find_key(home, "gate", create, out, err);
}

jz_status jz_hook_key(const char *home, bool create, jz_skey *out, jz_err *err)
{
    return find_key(home, "hook", create, out, err);
}
