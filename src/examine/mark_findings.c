/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/mark_findings.h"

#include "base/alloc.h"
#include "base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void keep(const jz_watermark_reading *r, const jz_watermark_keys *keys,
                 jz_watermark_brief *out)
{
    *out = (jz_watermark_brief){ .read = true, .state = r->state };
    if (r->state != JZ_WATERMARK_FOUND)
        return;
    out->payload = r->payload;
    memcpy(out->key_id, jz_watermark_key_id(keys->key[r->key]), sizeof out->key_id);
}

jz_status jz_marks_read_plane(const jz_plane *p, uint32_t orientation,
                              const jz_watermark_keys *keys, jz_watermark_brief *out, jz_err *err)
{
    jz_watermark_reading r = { 0 };
    if (keys == NULL)
        return JZ_OK;
    JZ_TRY(jz_watermark_read_plane(p, orientation, keys->key, keys->n, &r, err));
    keep(&r, keys, out);
    return JZ_OK;
}

jz_status jz_marks_read(jz_decoder *d, int fd, const jz_watermark_keys *keys,
                        jz_watermark_brief *out, jz_err *err)
{
    jz_watermark_reading r = { 0 };
    jz_err why = { 0 };
    if (keys == NULL || out->read)
        return JZ_OK;
    const jz_status st = jz_watermark_read(d, fd, keys->key, keys->n, &r, &why);
    if (st == JZ_E_NOMEM || st == JZ_E_IO || st == JZ_E_CHANGED) {
        if (err != NULL)
            *err = why;
        return st;
    }
    if (st != JZ_OK)
        return JZ_OK; /* what was decoded before says it already */
    keep(&r, keys, out);
    return JZ_OK;
}

jz_status jz_marks_findings(const jz_watermark_brief *b, jz_findings *out, jz_err *err)
{
    char key[2 * JZ_WATERMARK_KEY_ID_SIZE + 1];
    if (!b->read || b->state != JZ_WATERMARK_FOUND)
        return JZ_OK;
    jz_finding *grown = jz_grow(out->finding, out->n, &out->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    out->finding = grown;
    jz_finding *f = &grown[out->n++];
    *f = (jz_finding){ .examiner = "watermark", .code = "watermark.found", .verdict = JZ_AFFIRMED };
    jz_hex_encode(b->key_id, sizeof b->key_id, key);
    (void)snprintf(f->message, sizeof f->message,
                   "an invisible mark with payload %016" PRIx64 ", made with key %s", b->payload,
                   key);
    return JZ_OK;
}

void jz_marks_brief_json(jz_json *j, const jz_watermark_brief *b)
{
    char payload[17];
    (void)snprintf(payload, sizeof payload, "%016" PRIx64, b->payload);
    jz_json_begin_object(j);
    jz_json_put_str(j, "state", jz_watermark_state_name(b->state));
    if (b->state == JZ_WATERMARK_FOUND) {
        jz_json_put_str(j, "payload", payload);
        jz_json_put_hex(j, "key", b->key_id, sizeof b->key_id);
    }
    jz_json_end_object(j);
}
