/* SPDX-License-Identifier: Apache-2.0 */
/* --record of the commands that put invisible marks: what was marked is kept in --home. */
#ifndef JZ_MARK_RECORD_H
#define JZ_MARK_RECORD_H

#include <jz/govern.h>
#include <jz/watermark.h>

#include "cli/opt.h"

extern bool jz_mark_arg_record;
#define JZ_MARK_RECORD_OPT                                                                         \
    {                                                                                              \
        0, "record", JZ_OPT_FLAG, &jz_mark_arg_record, NULL,                                       \
            "keep what was marked in the installation, for jz mark resolve"                        \
    }

/* Records that fd, which is left open, was marked, or signed with its mark, and written to path,
 * with the label that is in what was written. signer: of its Content Credentials; "" = none. */
JZ_CHECKED jz_status jz_mark_record_file(jz_govern *g, const jz_watermark_key *key,
                                         uint64_t payload, const char *signer, int fd,
                                         const char *path, jz_err *err);
/* The label that was recorded with what a key's mark says; both are the caller's to free, *type is
 * NULL where there is none. JZ_E_NOTFOUND where no label is recorded, JZ_E_EXISTS where several
 * are. */
JZ_CHECKED jz_status jz_mark_record_label(jz_govern *g, const jz_watermark_key *key,
                                          uint64_t payload, char **label, char **type, jz_err *err);
/* What was recorded goes into the ledger: code, or the exit status of what went wrong. g: NULL =
 * nothing to do. */
int jz_mark_record_end(jz_govern *g, int code);

extern const jz_cmd jz_cmd_mark_resolve;

#endif
