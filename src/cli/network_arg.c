/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/network_arg.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/out.h"

jz_status jz_network_arg_path(const char *home, const char *path, char **out, jz_err *err)
{
    jz_auto(char) *folder = NULL;
    if (path != NULL) {
        *out = jz_strdup(path);
        return *out != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    JZ_TRY(jz_home_models(home, &folder, err));
    return jz_path_join(folder, "face-blend.jznn", out, err);
}

jz_status jz_network_arg_open(const char *home, const char *path, jz_face_finder **finder,
                              jz_face_net **network, jz_err *err)
{
    jz_auto(char) *folder = NULL;
    jz_auto(char) *file = NULL;
    jz_auto(jz_face_finder) *f = NULL;
    jz_err why = { 0 };
    JZ_TRY(jz_home_models(home, &folder, err));
    JZ_TRY(jz_network_arg_path(home, path, &file, err));
    JZ_TRY(jz_face_finder_open(folder, &f, err));
    jz_status st = jz_face_net_open(file, network, &why);
    if (st == JZ_E_NOTFOUND && path == NULL)
        st = JZ_OK; /* it is optional */
    else if (st != JZ_OK && err != NULL)
        *err = why;
    if (st == JZ_OK)
        *finder = JZ_TAKE(f);
    return st;
}
