/* SPDX-License-Identifier: Apache-2.0 */
/* The models that are known here, inside the module: see jz/inspect.h. */
#ifndef JZ_MODELS_H
#define JZ_MODELS_H

#include <jz/inspect.h>

#include "inspect/nn.h"

/* Reads the model of that name from the folder and sees that it is the one that is known. Where it
 * is missing, JZ_E_NOTFOUND says how to get it; another one is JZ_E_MISMATCH. */
JZ_CHECKED jz_status jz_model_open(const char *folder, const char *name, jz_nn **out, jz_err *err);

#endif
