/* SPDX-License-Identifier: Apache-2.0 */
/* jz label carry: a label for a file that lost its own, out of the file from which it was made or
 * out of what was recorded with its invisible mark. */
#include "cli/cmd_label.h"

#include "base/alloc.h"
#include "base/file.h"
#include "cli/cmd_mark.h"
#include "cli/govern_home.h"
#include "cli/input.h"
#include "cli/mark_record.h"
#include "cli/out.h"
#include "label/label_read.h"

#include <string.h>

static const char *arg_out, *arg_keys;
static bool arg_from_mark, arg_force;

static int answer(const char *dst, const jz_label *written)
{
    jz_err err = { 0 };
    const jz_batch_file f = { .path = dst, .len = strlen(dst), .below = "", .fd = -1, .err = &err };
    jz_label_answer(&f, arg_out != NULL ? arg_out : dst, NULL, written, NULL, &err);
    return jz_out_close(JZ_EXIT_YES);
}

/* ---- from a mark ---- */

/* What the mark in fd says, of which of the keys. */
static jz_status read_mark(int fd, const jz_watermark_keys *keys, jz_watermark_reading *out,
                           jz_err *err)
{
    jz_auto(jz_sandbox) *sandbox = NULL;
    jz_auto(jz_decoder) *d = NULL;
    JZ_TRY(jz_sandbox_open(NULL, NULL, &sandbox, err));
    JZ_TRY(jz_decoder_new(sandbox, &d, err));
    JZ_TRY(jz_watermark_read(d, fd, keys->key, keys->n, out, err));
    if (out->state == JZ_WATERMARK_CANNOT_TELL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no mark can be read: %s", out->reason);
    return out->state == JZ_WATERMARK_FOUND ? JZ_OK
                                            : JZ_FAIL(err, JZ_E_NOTFOUND, "no mark is found");
}

static jz_status restore(jz_govern *g, const char *path, const jz_watermark_keys *keys,
                         jz_label *written, jz_err *err)
{
    int opened = -1;
    jz_watermark_reading r;
    jz_auto(char) *label = NULL, *type = NULL;
    JZ_TRY(jz_input_open(path, &opened, err));
    JZ_FD_AUTO fd = opened;
    JZ_TRY(read_mark(fd, keys, &r, err));
    JZ_TRY(jz_mark_record_label(g, keys->key[r.key], r.payload, &label, &type, err));
    const jz_bytes text = { (const uint8_t *)label, strlen(label) };
    const bool in_place = arg_out == NULL;
    return jz_label_restore(text, type, fd, in_place ? path : arg_out, in_place, arg_force, written,
                            err);
}

static int run_from_mark(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_watermark_keys keys = { 0 };
    jz_auto(jz_govern) *g = NULL;
    JZ_LABEL_AUTO written = { 0 };
    if (argc != 1 || strcmp(argv[0], "-") == 0)
        return jz_out_wanted("jz label carry", "--from-mark wants one file");
    if (jz_govern_reach(false, &g, &err) != JZ_OK ||
        jz_mark_keys_open(jz_case_home, arg_keys, &keys, &err) != JZ_OK)
        return jz_out_error(&err);
    const jz_status st = restore(g, argv[0], &keys, &written, &err);
    jz_watermark_keys_done(&keys);
    if (st != JZ_OK) {
        const int code = jz_out_error(&err);
        return st == JZ_E_NOTFOUND ? JZ_EXIT_NO : code;
    }
    return answer(argv[0], &written);
}

/* ---- from a file ---- */

static jz_status carry(const char *from, const char *to, jz_label *written, jz_err *err)
{
    int src = -1;
    int dst = -1;
    JZ_TRY_CTX(jz_input_open(from, &src, err), err, "%s", from);
    JZ_FD_AUTO src_fd = src;
    JZ_TRY_CTX(jz_input_open(to, &dst, err), err, "%s", to);
    JZ_FD_AUTO dst_fd = dst;
    const bool in_place = arg_out == NULL;
    return jz_label_carry(src_fd, dst_fd, in_place ? to : arg_out, in_place, arg_force, written,
                          err);
}

static int run_carry(int argc, char **argv)
{
    jz_err err = { 0 };
    JZ_LABEL_AUTO written = { 0 };
    if (arg_from_mark)
        return run_from_mark(argc, argv);
    if (argc != 2 || strcmp(argv[argc - 1], "-") == 0) {
        jz_err_set(&err, JZ_E_INVAL, "two files are wanted: the labelled one and the one without");
        return jz_out_usage("jz label carry", &err);
    }
    if (carry(argv[0], argv[1], &written, &err) != JZ_OK)
        return jz_out_error(&err);
    return answer(argv[1], &written);
}

static const jz_opt carry_options[] = {
    { 'o', "output", JZ_OPT_STR, &arg_out, "OUT", "write there and leave DST as it is" },
    { 0, "from-mark", JZ_OPT_FLAG, &arg_from_mark, NULL,
      "no SRC: the label that was recorded with the invisible mark in DST" },
    { 0, "keys", JZ_OPT_STR, &arg_keys, "DIR",
      "the folder of the mark's keys, *.key [$JZ_HOME/" JZ_MARK_KEYS_FOLDER "]" },
    JZ_CASE_HOME_OPT,
    { 0, "force", JZ_OPT_FLAG, &arg_force, NULL, "replace OUT if it is there" },
    JZ_LABEL_OPTS,
    { 0 },
};

const jz_cmd jz_cmd_label_carry = {
    .name = "carry",
    .usage = "[options] SRC DST | --from-mark DST",
    .summary = "put the label of SRC into DST, which was made from it",
    .details = "Transcoding loses labels, and nobody may delete them: run this after every\n"
               "transcode. DST is replaced at once and whole, or not at all. Where SRC is not at\n"
               "hand, an invisible mark in DST leads to the label that --record kept.\n"
               "Exit status of --from-mark: 1 there is no mark, or no label recorded with it.\n",
    .opts = carry_options,
    .run = run_carry,
};
