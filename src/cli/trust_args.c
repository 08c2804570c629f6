/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trust_args.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/credentials_out.h"
#include "cli/out.h"

#include <sys/stat.h>

const char *jz_trust_arg_signers, *jz_trust_arg_time, *jz_trust_arg_home;

jz_status jz_trust_list_path(const char *home, jz_trust_use use, bool published, char **out,
                             jz_err *err)
{
    static const char *const name[2][2] = { { "signers.pem", "signers-published.pem" },
                                            { "time.pem", "time-published.pem" } };
    jz_auto(char) *folder = NULL;
    JZ_TRY(jz_path_join(home, "trust", &folder, err));
    return jz_path_join(folder, name[use == JZ_TRUST_TIME][published], out, err);
}

/* A list that is not there, or from which all were removed, has none. */
static jz_status add_own(jz_trust *t, const char *home, jz_trust_use use, jz_err *err)
{
    for (unsigned i = 0; i < 2; i++) {
        struct stat sb;
        jz_auto(char) *path = NULL;
        JZ_TRY(jz_trust_list_path(home, use, i == 1, &path, err));
        if (stat(path, &sb) == 0 && sb.st_size > 0)
            JZ_TRY(jz_trust_add_file(t, use, path, err));
    }
    return JZ_OK;
}

static jz_status add_all(jz_trust *t, jz_err *err)
{
    jz_auto(char) *home = NULL;
    jz_err none = { 0 };
    if (jz_home_find(jz_trust_arg_home, &home, &none) == JZ_OK) { /* without one, no lists */
        JZ_TRY_CTX(add_own(t, home, JZ_TRUST_SIGNERS, err), err, "the list of signers");
        JZ_TRY_CTX(add_own(t, home, JZ_TRUST_TIME, err), err, "the list of authorities");
    }
    if (jz_trust_arg_signers != NULL)
        JZ_TRY_CTX(jz_trust_add_file(t, JZ_TRUST_SIGNERS, jz_trust_arg_signers, err), err,
                   "--trust");
    if (jz_trust_arg_time != NULL)
        JZ_TRY_CTX(jz_trust_add_file(t, JZ_TRUST_TIME, jz_trust_arg_time, err), err, "--tsa-trust");
    return JZ_OK;
}

jz_status jz_trust_args_open(jz_trust **out, jz_err *err)
{
    jz_auto(jz_trust) *t = NULL;
    JZ_TRY(jz_trust_new(&t, err));
    JZ_TRY(add_all(t, err));
    *out = JZ_TAKE(t);
    return JZ_OK;
}
