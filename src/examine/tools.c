/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/tools.h"

#include "base/hex.h"

jz_status jz_tools_open(jz_sandbox *sandbox, const jz_scan_opts *opts, jz_tools *out, jz_err *err)
{
    JZ_TRY(jz_decoder_new(sandbox, &out->decoder, err));
    if (opts->examine.measure.inspect == JZ_INSPECT_OFF)
        return JZ_OK;
    JZ_TRY(jz_face_finder_open(opts->models, &out->finder, err));
    return opts->network != NULL ? jz_face_net_open(opts->network, &out->network, err) : JZ_OK;
}

void jz_tools_done(jz_tools *t)
{
    jz_face_net_close(t->network);
    jz_face_finder_close(t->finder);
    jz_decoder_free(t->decoder);
}

/* A network in another file is another scan, whatever is in it: it is opened later. */
static void faces_key(const jz_scan_opts *opts, jz_buf *key)
{
    const jz_measure_opts *m = &opts->examine.measure;
    if (m->inspect == JZ_INSPECT_OFF)
        return;
    jz_buf_printf(key, "inspect %d %s ", m->inspect, opts->network != NULL ? opts->network : "");
    if (m->calibration != NULL)
        jz_hex_put(key, jz_calibration_sha256(m->calibration), JZ_SHA256_SIZE);
}

void jz_tools_key(const jz_scan_opts *opts, jz_buf *key)
{
    const jz_watermark_keys *marks = opts->examine.measure.mark_keys;
    faces_key(opts, key);
    for (size_t i = 0; marks != NULL && i < marks->n; i++) {
        jz_buf_puts(key, "mark ");
        jz_hex_put(key, jz_watermark_key_id(marks->key[i]), JZ_WATERMARK_KEY_ID_SIZE);
    }
}
