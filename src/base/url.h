/* SPDX-License-Identifier: Apache-2.0 */
/* Where a request to an address that somebody else has named may go. The host is looked up once,
 * every address that comes is checked, and the connection is pinned to one of them: a name that
 * means something else a moment later (DNS rebinding) makes no difference. */
#ifndef JZ_URL_H
#define JZ_URL_H

#include <jz/base.h>

#define JZ_URL_MAX 512 /* bytes of a URL with its terminator */
#define JZ_URL_PIN_MAX 640

/* Looks a URL's host up, and pins the connection to the address that was checked: "HOST:PORT:ADDR"
 * as curl's --resolve takes it. JZ_E_INVAL for what is no plain http or https URL; where inside is
 * false, also for http, and for a host any of whose addresses is not public (IANA's registries of
 * special-purpose addresses). JZ_E_NOTFOUND: no such host. */
JZ_CHECKED jz_status jz_url_pin(const char *url, bool inside, char pin[JZ_URL_PIN_MAX],
                                jz_err *err);

#endif
