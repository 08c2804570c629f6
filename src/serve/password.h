/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords of staff: argon2id (RFC 9106), 64 MiB, 3 passes, one lane; about a tenth of a second.
 * Slow, so no lock is held around it. Threads: any. */
#ifndef JZ_PASSWORD_H
#define JZ_PASSWORD_H

#include <jz/base.h>

#define JZ_PASSWORD_MIN 12 /* characters' bytes; of what they are nothing is asked */
#define JZ_PASSWORD_MAX 256
#define JZ_PASSWORD_TEXT 112 /* "$argon2id$v=19$m=65536,t=3,p=1$...$..." */

/* What is kept of one. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_password_hash(const char *password, char out[JZ_PASSWORD_TEXT],
                                      jz_err *err);
/* Whether it is that one. kept "": it is not, in the same time. JZ_E_NOMEM, JZ_E_CORRUPT. */
JZ_CHECKED jz_status jz_password_check(const char *kept, const char *password, bool *same,
                                       jz_err *err);

#endif
