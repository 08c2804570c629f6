/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dl.h"

#include <dlfcn.h>
#include <string.h>

jz_status jz_dl_load(const char *soname, const jz_dl_function *f, size_t n, jz_err *err)
{
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *why = dlerror();
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "loading %s", why != NULL ? why : soname);
    }
    for (size_t i = 0; i < n; i++) {
        void *found = dlsym(library, f[i].name);
        memcpy(f[i].to, &found, sizeof found); /* POSIX: they are of one size */
        if (found == NULL)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s has no %s", soname, f[i].name);
    }
    return JZ_OK;
}
