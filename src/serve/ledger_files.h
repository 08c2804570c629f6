/* SPDX-License-Identifier: Apache-2.0 */
/* A log's folder over HTTP: "/checkpoint" and "/tile/..." of c2sp.org/tlog-tiles and nothing else,
 * so that the journal and the lock never leave. Only tiles that the checkpoint in the folder covers
 * are given: others may still be written, and a cache would keep them for good. */
#ifndef JZ_LEDGER_FILES_H
#define JZ_LEDGER_FILES_H

#include "serve/httpd.h"

typedef struct jz_ledger_files {
    int folder; /* of the log, open; the caller's */
} jz_ledger_files;

/* A jz_http_fn; user is a jz_ledger_files. */
JZ_CHECKED jz_status jz_ledger_files_answer(void *user, const jz_http_request *request,
                                            jz_http_reply *reply, jz_err *err);

#endif
