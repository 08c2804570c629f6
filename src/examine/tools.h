/* SPDX-License-Identifier: Apache-2.0 */
/* What one worker of a scan examines with, by the scan's options. */
#ifndef JZ_TOOLS_H
#define JZ_TOOLS_H

#include <jz/scan.h>

#include "base/buf.h"

typedef struct jz_tools { /* = { 0 }; ended with jz_tools_done() */
    jz_decoder *decoder;
    jz_face_finder *finder; /* NULL: faces are not looked for */
    jz_face_net *network;   /* NULL: none */
} jz_tools;

/* On failure too, jz_tools_done() ends it. Fails as what it opens. */
JZ_CHECKED jz_status jz_tools_open(jz_sandbox *sandbox, const jz_scan_opts *opts, jz_tools *out,
                                   jz_err *err);
void jz_tools_done(jz_tools *t);
/* Appends what makes two examinations of faces, and two searches for marks, the same; nothing where
 * there are none. */
void jz_tools_key(const jz_scan_opts *opts, jz_buf *key);

#endif
