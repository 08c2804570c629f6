/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/httpd_lib.h"

#include "base/dl.h"

jz_mhd_functions jz_mhd;
#define MHD_FUNCTION(name) { "MHD_" #name, &jz_mhd.name },
static const jz_dl_function functions[] = { JZ_MHD_FUNCTIONS(MHD_FUNCTION) };
static jz_dl library = { .soname = "libmicrohttpd.so.12",
                         .function = functions,
                         .n = JZ_ARRAY_LEN(functions) };

jz_status jz_httpd_load(jz_err *err)
{
    jz_err why = { 0 };
    if (jz_dl_need(&library, &why) != JZ_OK)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no HTTP server without libmicrohttpd: %s",
                       why.frame[0]);
    return JZ_OK;
}
