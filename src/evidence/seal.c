/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/seal.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/newfile.h"
#include "evidence/bagit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define MANIFEST_MAX ((size_t)16 << 20)
#define SIGNATURE "tagmanifest.p7s"

void jz_evidence_free(void *p)
{
    jz_free(p);
}

jz_status jz_seal_path(const char *dir, const char *name, char **out, jz_err *err)
{
    jz_auto(char) *seal = NULL;
    JZ_TRY(jz_path_join(dir, "seal", &seal, err));
    return jz_path_join(seal, name, out, err);
}

jz_status jz_seal_manifest(const char *dir, jz_buf *out, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_TRY(jz_path_join(dir, JZ_BAG_TAGMANIFEST, &path, err));
    return jz_file_read_regular(path, MANIFEST_MAX, out, err);
}

jz_status jz_seal_read(const char *dir, const char *name, size_t max, jz_buf *out, bool *there,
                       jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_TRY(jz_seal_path(dir, name, &path, err));
    const jz_status st = jz_file_read_regular(path, max, out, err);
    *there = st != JZ_E_NOTFOUND;
    return *there ? st : JZ_OK;
}

/* The folder itself, never what a link in its place points to. */
static jz_status make_folder(const char *dir, jz_err *err)
{
    jz_auto(char) *seal = NULL;
    struct stat sb;
    JZ_TRY(jz_path_join(dir, "seal", &seal, err));
    if (mkdir(seal, 0700) == 0)
        return jz_folder_sync(seal, err);
    if (errno != EEXIST)
        return JZ_FAIL(err, JZ_E_IO, "making %s: %s", seal, strerrordesc_np(errno));
    if (lstat(seal, &sb) != 0 || !S_ISDIR(sb.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "%s is no folder", seal);
    return JZ_OK;
}

jz_status jz_seal_put(const char *dir, const char *name, const void *data, size_t len, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    if (!jz_bag_name_ok(name) || strchr(name, '/') != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no name for a file in seal/", name);
    JZ_TRY(make_folder(dir, err));
    JZ_TRY(jz_seal_path(dir, name, &path, err));
    JZ_TRY(jz_newfile_open(path, 0600, &f, err));
    JZ_TRY(jz_write_all(f.fd, data, len, path, err));
    return jz_newfile_commit(&f, false, err);
}

jz_status jz_seal_sign(const char *dir, const jz_cms_key *keys, size_t n, jz_err *err)
{
    JZ_BUF_AUTO content = { 0 };
    jz_auto(uint8_t) *der = NULL;
    size_t len = 0;
    JZ_TRY(jz_seal_manifest(dir, &content, err));
    JZ_TRY(jz_cms_sign((jz_bytes){ (const uint8_t *)content.ptr, content.len }, keys, n, &der, &len,
                       err));
    return jz_seal_put(dir, SIGNATURE, der, len, err);
}

jz_status jz_seal_verify(const char *dir, const char *ca_file, int64_t at_us, jz_cms_report *out,
                         jz_err *err)
{
    JZ_BUF_AUTO content = { 0 };
    JZ_BUF_AUTO der = { 0 };
    bool there = false;
    JZ_TRY(jz_seal_manifest(dir, &content, err));
    JZ_TRY(jz_seal_read(dir, SIGNATURE, JZ_CMS_MAX, &der, &there, err));
    if (!there)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s has no seal/%s", dir, SIGNATURE);
    return jz_cms_verify((jz_bytes){ (const uint8_t *)content.ptr, content.len },
                         (jz_bytes){ (const uint8_t *)der.ptr, der.len }, ca_file, at_us, out, err);
}
