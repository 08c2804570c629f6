/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/item_json.h"

#include "examine/face_findings.h"
#include "examine/mark_findings.h"
#include "examine/provenance_findings.h"
#include "label/label_json.h"

void jz_item_json_path(jz_json *j, const char *path, size_t len)
{
    jz_json_key(j, "path");
    jz_json_strn(j, path, len);
    if (!jz_utf8_valid(path, len))
        jz_json_put_hex(j, "path_hex", (const uint8_t *)path, len);
}

static void put_digest(jz_json *j, const char *key, const uint8_t *digest, size_t size)
{
    jz_json_key(j, key);
    if (digest != NULL)
        jz_json_hex(j, digest, size);
    else
        jz_json_null(j);
}

static void put_size(jz_json *j, const char *key, bool known, uint64_t v)
{
    jz_json_key(j, key);
    if (known)
        jz_json_u64(j, v);
    else
        jz_json_null(j);
}

static void put_exact(jz_json *j, const jz_measurement *m)
{
    put_size(j, "bytes", m->hashed, m->exact.bytes);
    put_digest(j, "sha256", m->hashed ? m->exact.sha256 : NULL, JZ_SHA256_SIZE);
    put_digest(j, "md5", m->hashed ? m->exact.md5 : NULL, JZ_MD5_SIZE);
    put_digest(j, "sm3", m->hashed ? m->exact.sm3 : NULL, JZ_SM3_SIZE);
}

static void put_still(jz_json *j, const jz_measurement *m, const char *cls, const char *quality)
{
    const jz_probe *p = jz_measurement_probe(m, cls, true);
    put_digest(j, cls, p != NULL ? p->digest[JZ_ORIGINAL] : NULL, JZ_PDQ_SIZE);
    put_size(j, quality, p != NULL, p != NULL ? (uint64_t)p->quality : 0);
}

static void put_moving(jz_json *j, const jz_media_info *info)
{
    jz_json_put_f64(j, "fps", info->fps, 3);
    jz_json_put_f64(j, "duration", info->duration_s, 3);
    jz_json_put_u64(j, "frames", info->frames);
    jz_json_put_str(j, "codec", info->codec);
}

void jz_item_json_measurement(jz_json *j, const jz_measurement *m)
{
    const jz_media_info *info = &m->info;
    const bool sized = info->width > 0;
    put_exact(j, m);
    jz_json_put_str(j, "media_type", info->format != NULL ? info->format->mime : NULL);
    put_size(j, "width", sized, info->width);
    put_size(j, "height", sized, info->height);
    put_size(j, "orientation", sized, info->orientation > 0 ? info->orientation : 1);
    put_still(j, m, "pdq", "quality");
    put_still(j, m, "pdq_full", "quality_full");
    if (info->format != NULL && sized && (info->format->kind == JZ_KIND_VIDEO || info->animated))
        put_moving(j, info);
}

void jz_item_json_error(jz_json *j, const jz_err *error)
{
    jz_json_key(j, "error");
    if (error->code != JZ_OK)
        jz_json_err(j, error);
    else
        jz_json_null(j);
}

void jz_item_json_times(jz_json *j, const jz_match *m)
{
    jz_json_key(j, "times");
    jz_json_begin_array(j);
    for (size_t i = 0; m != NULL && i < m->n_times; i++) {
        jz_json_begin_object(j);
        jz_json_put_f64(j, "at", m->time[i].at_s, 3);
        jz_json_put_f64(j, "bank_at", m->time[i].bank_at_s, 3);
        jz_json_put_u64(j, "distance", m->time[i].distance);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_match(jz_json *j, const jz_finding *f)
{
    const jz_match *m = f->match;
    jz_json_begin_object(j);
    jz_json_put_str(j, "bank", m->bank);
    jz_json_put_i64(j, "entry", m->entry);
    jz_json_put_str(j, "status", jz_entry_status_name(m->status));
    jz_json_put_str(j, "verdict", jz_verdict_name(f->verdict));
    jz_json_put_u64(j, "distance", m->distance);
    jz_json_put_str(j, "mode", m->mode->name);
    jz_json_put_str(j, "signal", m->signal->name);
    jz_json_put_str(j, "variant", jz_dihedral_name(m->variant));
    jz_json_put_bool(j, "oriented", m->oriented);
    put_size(j, "quality", m->quality >= 0, m->quality >= 0 ? (uint64_t)m->quality : 0);
    if (m->frames_compared > 0) {
        put_size(j, "frames_matched", true, m->frames_matched);
        put_size(j, "frames_compared", true, m->frames_compared);
    }
    jz_item_json_times(j, m);
    jz_json_end_object(j);
}

/* Those of other examiners than that of matches. */
static void put_findings(jz_json *j, const jz_findings *f)
{
    jz_json_key(j, "findings");
    jz_json_begin_array(j);
    for (size_t i = 0; i < f->n; i++) {
        const jz_finding *one = &f->finding[i];
        if (one->match != NULL)
            continue;
        jz_json_begin_object(j);
        jz_json_put_str(j, "examiner", one->examiner);
        jz_json_put_str(j, "code", one->code);
        jz_json_put_str(j, "verdict", jz_verdict_name(one->verdict));
        jz_json_put_str(j, "message", one->message);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

void jz_item_json(jz_json *j, const jz_scan_item *item)
{
    jz_json_begin_object(j);
    jz_item_json_path(j, item->path, item->path_len);
    jz_json_put_str(j, "status", jz_item_status_name(item->status));
    jz_item_json_measurement(j, item->m);
    jz_json_key(j, "label");
    if (item->m->label.read)
        jz_label_brief_json(j, &item->m->label);
    else
        jz_json_null(j);
    jz_json_key(j, "credentials");
    if (item->m->credentials.read)
        jz_credentials_brief_json(j, &item->m->credentials);
    else
        jz_json_null(j);
    jz_json_put_str(j, "notice", jz_label_state_name(jz_measurement_notice(item->m)));
    jz_json_put_bool(j, "low_quality", item->low_quality);
    jz_json_key(j, "faces"); /* null: not examined */
    if (item->m->faces.read)
        jz_faces_brief_json(j, &item->m->faces);
    else
        jz_json_null(j);
    jz_json_key(j, "mark"); /* null: not looked for */
    if (item->m->mark.read)
        jz_marks_brief_json(j, &item->m->mark);
    else
        jz_json_null(j);
    put_findings(j, item->findings);
    jz_json_key(j, "matches");
    jz_json_begin_array(j);
    for (size_t i = 0; i < item->findings->n; i++)
        if (item->findings->finding[i].match != NULL)
            put_match(j, &item->findings->finding[i]);
    jz_json_end_array(j);
    if (item->findings->left_out > 0)
        put_size(j, "matches_left_out", true, item->findings->left_out);
    jz_item_json_error(j, item->error);
    jz_json_end_object(j);
}
