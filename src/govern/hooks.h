/* SPDX-License-Identifier: Apache-2.0 */
/* What the platform has to be told waits in a table, written in the transaction that ordered it:
 * a crash in between loses nothing, and the event's id keeps it from being done twice. */
#ifndef JZ_HOOKS_H
#define JZ_HOOKS_H

#include "govern/governs.h"

typedef enum jz_hook_kind { /* stored */
                            JZ_HOOK_ORDER = 1,
                            JZ_HOOK_REVERSE,
                            JZ_HOOK_END,
                            JZ_HOOK_SHORTEN,
                            JZ_HOOK_RECHECK, /* is the item still refused? A day after it was
                                                acknowledged */
} jz_hook_kind;

JZ_CHECKED jz_status jz_hook_tables(jz_store *s, jz_err *err);
/* In the open transaction. */
JZ_CHECKED jz_status jz_hook_queue(jz_govern *g, int64_t measure, jz_hook_kind kind, jz_err *err);
/* The measure's dead ones are tried again. */
JZ_CHECKED jz_status jz_hook_retry(jz_govern *g, int64_t measure, jz_err *err);

/* ---- addresses ---- */

#define JZ_HOOK_URL_MAX 512
#define JZ_HOOK_PIN_MAX 640

/* Whether nothing but the public Internet is behind an address (16 bytes, IPv4 as ::ffff:a.b.c.d).
 */
bool jz_hook_is_public(const uint8_t address[16]);
/* Looks a URL's host up, and pins the connection to the address that was checked: "HOST:PORT:ADDR"
 * as curl's --resolve takes it. JZ_E_INVAL for what is no plain http or https URL; where inside is
 * false, also for http, and for a host any of whose addresses is not public. JZ_E_NOTFOUND: no such
 * host. */
JZ_CHECKED jz_status jz_hook_pin(const char *url, bool inside, char pin[JZ_HOOK_PIN_MAX],
                                 jz_err *err);

#endif
