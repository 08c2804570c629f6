/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/httpd_lib.h"

#include "base/dl.h"

#include <pthread.h>

jz_mhd_functions jz_mhd;
static pthread_once_t mhd_once = PTHREAD_ONCE_INIT;
static jz_status mhd_state;
static jz_err mhd_err;

static void load_mhd(void)
{
#define MHD_FUNCTION(name) { "MHD_" #name, &jz_mhd.name },
    static const jz_dl_function functions[] = { JZ_MHD_FUNCTIONS(MHD_FUNCTION) };
    mhd_state = jz_dl_load("libmicrohttpd.so.12", functions, JZ_ARRAY_LEN(functions), &mhd_err);
}

jz_status jz_httpd_load(jz_err *err)
{
    (void)pthread_once(&mhd_once, load_mhd); /* cannot fail */
    if (mhd_state != JZ_OK)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no HTTP server without libmicrohttpd: %s",
                       mhd_err.frame[0]);
    return JZ_OK;
}
