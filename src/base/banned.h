/* SPDX-License-Identifier: Apache-2.0 */
/* Included by the build before every file of src/: functions that have a safer replacement do not
 * compile. The idea is git's banned.h. (Not rand: openssl/evp.h has parameters of that name.) */
#ifndef JZ_BANNED_H
#define JZ_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* With _FORTIFY_SOURCE, clang sees some of them as macros. */
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef gets

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atoll strtol
#pragma GCC poison gmtime localtime ctime asctime srand system tmpnam gets

#endif
