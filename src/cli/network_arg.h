/* SPDX-License-Identifier: Apache-2.0 */
/* Which network looks for blends: that of --network, else face-blend.jznn in the installation's
 * folder of models, else none. */
#ifndef JZ_NETWORK_ARG_H
#define JZ_NETWORK_ARG_H

#include "cli/opt.h"

#include <jz/inspect.h>

#define JZ_NETWORK_OPT(arg)                                                                        \
    {                                                                                              \
        0, "network", JZ_OPT_STR, &(arg), "FILE", "that looks for blends [models/face-blend.jznn]" \
    }

/* The finder, and the network or NULL; both are the caller's. */
JZ_CHECKED jz_status jz_network_arg_open(const char *home, const char *path,
                                         jz_face_finder **finder, jz_face_net **network,
                                         jz_err *err);
/* The file of that network; the caller frees with jz_free(). */
JZ_CHECKED jz_status jz_network_arg_path(const char *home, const char *path, char **out,
                                         jz_err *err);

#endif
