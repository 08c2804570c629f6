/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static jz_status load(const jz_dl *d, jz_err *err)
{
    void *library = dlopen(d->soname, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *why = dlerror();
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "loading %s", why != NULL ? why : d->soname);
    }
    for (size_t i = 0; i < d->n; i++) {
        void *found = dlsym(library, d->function[i].name);
        memcpy(d->function[i].to, &found, sizeof found); /* POSIX: they are of one size */
        if (found == NULL)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s has no %s", d->soname, d->function[i].name);
    }
    return JZ_OK;
}

jz_status jz_dl_need(jz_dl *d, jz_err *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    jz_err first = { 0 };
    (void)pthread_mutex_lock(&lock); /* an ordinary lock cannot fail */
    if (!d->tried) {
        d->state = load(d, &first);
        memcpy(d->why, first.frame[0], sizeof d->why);
        d->tried = true;
    }
    (void)pthread_mutex_unlock(&lock);
    return d->state == JZ_OK ? JZ_OK : JZ_FAIL(err, d->state, "%s", d->why);
}
