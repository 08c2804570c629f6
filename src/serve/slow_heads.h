/* SPDX-License-Identifier: Apache-2.0 */
/* Connections whose next request does not begin: a client that sends its head byte by byte never
 * idles, and would hold a connection for ever. */
#ifndef JZ_SLOW_HEADS_H
#define JZ_SLOW_HEADS_H

#include <jz/base.h>

typedef struct jz_slow_heads jz_slow_heads;
typedef struct jz_slow_head jz_slow_head; /* one connection */

/* With a thread that shuts connections down whose head is not there limit_s seconds after they
 * began, or after the request before. JZ_E_NOMEM, JZ_E_IO. */
JZ_CHECKED jz_status jz_slow_heads_new(unsigned limit_s, jz_slow_heads **out, jz_err *err);
void jz_slow_heads_free(jz_slow_heads *s);
/* A connection begins; NULL when out of memory: it is then not watched. Any thread, here and below;
 * NULL is fine. */
jz_slow_head *jz_slow_heads_add(jz_slow_heads *s, int socket);
/* It waits for a head from now on, or does not. */
void jz_slow_heads_wait(jz_slow_heads *s, jz_slow_head *c, bool waits);
/* It ends; before its socket is closed. */
void jz_slow_heads_remove(jz_slow_heads *s, jz_slow_head *c);

#endif
