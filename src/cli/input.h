/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_INPUT_H
#define JZ_INPUT_H

#include <jz/base.h>

/* Opens a file to be measured; "-" is standard input, copied into memory first. The caller closes
 * *fd. Fails with JZ_E_NOTFOUND, JZ_E_SPECIAL (folders, FIFOs, ...), JZ_E_LIMIT, JZ_E_IO. */
JZ_CHECKED jz_status jz_input_open(const char *path, int *fd, jz_err *err);

#endif
