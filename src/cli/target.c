/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/target.h"

#include "base/alloc.h"
#include "base/file.h"

#include <string.h>
#include <sys/stat.h>

bool jz_is_folder(const char *path)
{
    struct stat sb;
    return stat(path, &sb) == 0 && S_ISDIR(sb.st_mode);
}

jz_status jz_target_choose(int argc, char **argv, const char *out, jz_target *t, jz_err *err)
{
    if (argc == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "a path is missing");
    if (out == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "-o OUT is missing: the original is never changed");
    t->out = out;
    t->below = argc > 1 || jz_is_folder(argv[0]) || jz_is_folder(out);
    return JZ_OK;
}

jz_status jz_target_of(const jz_target *t, const jz_batch_file *f, char **out, jz_err *err)
{
    if (!t->below) {
        *out = jz_strdup(t->out);
        return *out != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    const char *slash = strrchr(f->path, '/');
    const char *name = f->below[0] != '\0' ? f->below + 1 : slash != NULL ? slash + 1 : f->path;
    JZ_TRY(jz_path_join(t->out, name, out, err));
    jz_auto(char) *folder = jz_path_folder(*out);
    if (folder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    return jz_mkdir_all(folder, err);
}
