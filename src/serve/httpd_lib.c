/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/httpd_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MHD_SONAME "libmicrohttpd.so.12"

jz_mhd_functions jz_mhd;
static pthread_once_t mhd_once = PTHREAD_ONCE_INIT;
static char mhd_fault[256]; /* "": loaded */

static void load_one(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found); /* POSIX: they are of one size */
    if (found == NULL)
        (void)snprintf(mhd_fault, sizeof mhd_fault, MHD_SONAME " has no %s", name);
}

static void load_mhd(void)
{
    void *library = dlopen(MHD_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *why = dlerror();
        (void)snprintf(mhd_fault, sizeof mhd_fault, "%s", why != NULL ? why : MHD_SONAME);
        return;
    }
#define MHD_LOAD(name) load_one(library, "MHD_" #name, &jz_mhd.name);
    JZ_MHD_FUNCTIONS(MHD_LOAD)
}

jz_status jz_httpd_load(jz_err *err)
{
    (void)pthread_once(&mhd_once, load_mhd);
    if (mhd_fault[0] != '\0')
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no HTTP server without libmicrohttpd: %s",
                       mhd_fault);
    return JZ_OK;
}
