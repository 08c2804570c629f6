/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the commands about Content Credentials trust: the lists of the installation (jz trust), and
 * those that are named for this call. */
#ifndef JZ_TRUST_ARGS_H
#define JZ_TRUST_ARGS_H

#include <jz/provenance.h>

#include "cli/opt.h"

extern const char *jz_trust_arg_signers, *jz_trust_arg_time, *jz_trust_arg_home;
#define JZ_TRUST_OPTS                                                                              \
    { 0, "trust", JZ_OPT_STR, &jz_trust_arg_signers, "PEM", "also trust these signers" },          \
        { 0,          "tsa-trust",                                                                 \
          JZ_OPT_STR, &jz_trust_arg_time,                                                          \
          "PEM",      "also trust these time stamping authorities" },                              \
    {                                                                                              \
        0, "home", JZ_OPT_STR, &jz_trust_arg_home, "DIR", "the installation with the trust lists"  \
    }

/* The file of a list below a home: what was added by hand, or the published list. The caller frees
 * with jz_free(). */
JZ_CHECKED jz_status jz_trust_list_path(const char *home, jz_trust_use use, bool published,
                                        char **out, jz_err *err);
/* On success *out is new. An installation that has no lists is none. */
JZ_CHECKED jz_status jz_trust_args_open(jz_trust **out, jz_err *err);

#endif
