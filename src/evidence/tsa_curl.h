/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_TSA_CURL_H
#define JZ_TSA_CURL_H

#include <jz/evidence.h>

/* A jz_tsa_transport over HTTP (RFC 3161, 3.4); user points to the URL, a const char *. The program
 * curl does it, so that no process of ours parses what a server says before RFC 3161 does; it must
 * be installed: JZ_E_NOTFOUND. 30 seconds at most; http and https alone, no redirects. Other
 * failures are JZ_E_TIMEOUT and JZ_E_IO with curl's own words. Threads: any. */
JZ_CHECKED jz_status jz_tsa_curl(void *user, jz_bytes request, uint8_t **out, size_t *len,
                                 jz_err *err);

#endif
