/* SPDX-License-Identifier: Apache-2.0 */
/* A zip file of a folder (PKWARE APPNOTE 6.3): stored, not packed, since media is packed already;
 * with 64-bit sizes where 32 bits do not hold them. Threads: any. */
#ifndef JZ_ZIP_WRITE_H
#define JZ_ZIP_WRITE_H

#include <jz/base.h>

/* Writes every regular file below dir into fd, an empty regular file, in the order of their names,
 * each under prefix/NAME. JZ_E_SPECIAL for anything but folders and regular files, JZ_E_CHANGED,
 * JZ_E_LIMIT, JZ_E_IO, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_zip_folder(const char *dir, const char *prefix, int fd, jz_err *err);

#endif
