/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands below `jz label` share. */
#ifndef JZ_CMD_LABEL_H
#define JZ_CMD_LABEL_H

#include <jz/label.h>
#include <jz/provenance.h>
#include <jz/watermark.h>

#include "cli/batch.h"

/* Options of all of them. */
extern bool jz_label_arg_json, jz_label_arg_quiet;
#define JZ_LABEL_OPTS                                                                              \
    { 0, "json", JZ_OPT_FLAG, &jz_label_arg_json, NULL, "one JSON object per file on stdout" },    \
    {                                                                                              \
        'q', "quiet", JZ_OPT_FLAG, &jz_label_arg_quiet, NULL, "no progress on stderr"              \
    }

/* What a file was given beside its label; NULL = none. */
typedef struct jz_label_marks {
    const jz_mark_result *visible;
    const jz_audible_result *audible;
    const jz_watermark_written *invisible;
    const jz_credentials *credentials;
} jz_label_marks;

/* Says in words or, with --json, as an object what a file's label is; err is what went wrong, with
 * code JZ_OK where nothing did. out: the file that was written; NULL = none. marks: NULL = none.
 * state: shown instead of the label's own; NULL = that. */
void jz_label_answer(const jz_batch_file *f, const char *out, const jz_label_marks *marks,
                     const jz_label *l, const jz_label_state *state, const jz_err *err);

extern const jz_cmd jz_cmd_label_apply, jz_cmd_label_carry, jz_cmd_label_state;

#endif
