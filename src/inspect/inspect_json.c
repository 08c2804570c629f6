/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/inspect_json.h"

static void put_box(jz_json *j, const jz_face *f)
{
    const float box[] = { f->x, f->y, f->width, f->height };
    jz_json_key(j, "box");
    jz_json_begin_array(j);
    for (size_t i = 0; i < JZ_ARRAY_LEN(box); i++)
        jz_json_f64(j, (double)box[i], 1);
    jz_json_end_array(j);
}

static void put_points(jz_json *j, const char *key, const float (*point)[2], size_t n)
{
    jz_json_key(j, key);
    jz_json_begin_array(j);
    for (size_t i = 0; i < n; i++) {
        jz_json_begin_array(j);
        jz_json_f64(j, (double)point[i][0], 1);
        jz_json_f64(j, (double)point[i][1], 1);
        jz_json_end_array(j);
    }
    jz_json_end_array(j);
}

static void put_gates(jz_json *j, const jz_face_exam *x)
{
    jz_json_key(j, "gates");
    jz_json_begin_array(j);
    for (size_t i = 0; jz_gate_at(i) != NULL; i++) {
        const jz_gate *g = jz_gate_at(i);
        jz_json_begin_object(j);
        jz_json_put_str(j, "name", g->name);
        jz_json_key(j, "passed");
        jz_json_bool(j, !x->gate_failed[i]);
        jz_json_put_f64(j, "value", x->gate[i], 4);
        jz_json_put_f64(j, g->at_least ? "at_least" : "at_most", g->limit, 4);
        jz_json_put_str(j, "unit", g->unit);
        jz_json_put_str(j, "reason", x->gate_failed[i] ? g->fails : NULL);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_measurements(jz_json *j, const jz_face_exam *x)
{
    jz_json_key(j, "measurements");
    jz_json_begin_array(j);
    for (size_t i = 0; jz_measure_class_at(i) != NULL; i++) {
        const jz_measure_class *c = jz_measure_class_at(i);
        const jz_measured *m = &x->measured[i];
        jz_json_begin_object(j);
        jz_json_put_str(j, "name", c->name);
        jz_json_put_str(j, "region", c->region);
        jz_json_key(j, "value");
        if (m->valid)
            jz_json_f64(j, m->value, 4);
        else
            jz_json_null(j);
        jz_json_put_str(j, "unit", c->unit);
        jz_json_key(j, "percentile"); /* null: no reference */
        if (m->referenced)
            jz_json_f64(j, m->percentile, 1);
        else
            jz_json_null(j);
        jz_json_put_str(j, "direction",
                        !m->referenced       ? NULL
                        : m->percentile < 50 ? "below"
                                             : "above");
        jz_json_put_str(j, "reason", m->valid ? NULL : m->why);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_face(jz_json *j, const jz_face_exam *x)
{
    jz_json_begin_object(j);
    jz_json_key(j, "frame");
    jz_json_u64(j, x->frame);
    jz_json_put_f64(j, "seconds", x->at_s, 3);
    jz_json_key(j, "shot");
    jz_json_u64(j, x->shot);
    jz_json_key(j, "track");
    jz_json_u64(j, x->track);
    put_box(j, &x->face);
    jz_json_put_f64(j, "finder_score", (double)x->face.score, 4);
    put_points(j, "points", x->face.point, JZ_FACE_POINTS);
    put_points(j, "outline", x->outline, JZ_ARRAY_LEN(x->outline));
    jz_json_key(j, "grey");
    jz_json_bool(j, x->grey);
    put_gates(j, x);
    put_measurements(j, x);
    jz_json_key(j, "log10_lr");
    if (x->calibrated)
        jz_json_f64(j, x->log10_lr, 3);
    else
        jz_json_null(j);
    jz_json_put_str(j, "outcome", jz_outcome_name(x->outcome));
    jz_json_put_str(j, "reason", x->reason);
    jz_json_end_object(j);
}

static void put_models(jz_json *j)
{
    jz_json_key(j, "models");
    jz_json_begin_array(j);
    for (size_t i = 0; jz_model_at(i) != NULL; i++) {
        jz_json_begin_object(j);
        jz_json_put_str(j, "name", jz_model_at(i)->name);
        jz_json_put_str(j, "sha256", jz_model_at(i)->sha256);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_media(jz_json *j, const jz_inspection *in)
{
    const jz_media_info *m = &in->info;
    jz_json_key(j, "sha256");
    if (in->hashed)
        jz_json_hex(j, in->exact.sha256, JZ_SHA256_SIZE);
    else
        jz_json_null(j);
    jz_json_put_str(j, "media_type", m->format != NULL ? m->format->mime : NULL);
    jz_json_key(j, "width");
    jz_json_u64(j, m->width);
    jz_json_key(j, "height");
    jz_json_u64(j, m->height);
    jz_json_put_str(j, "quality_class", in->quality);
    jz_json_key(j, "frames_examined");
    jz_json_u64(j, in->frames);
    jz_json_key(j, "faces_left_out");
    jz_json_u64(j, in->faces_left_out);
}

void jz_inspect_json(jz_json *j, const jz_inspection *in, const jz_calibration *calibration)
{
    put_media(j, in);
    jz_json_put_str(j, "outcome", jz_outcome_name(in->outcome));
    jz_json_put_str(j, "reason", in->reason);
    jz_json_key(j, "faces");
    jz_json_begin_array(j);
    for (size_t i = 0; i < in->n; i++)
        put_face(j, &in->face[i]);
    jz_json_end_array(j);
    jz_json_put_str(j, "program", "jz " JZ_VERSION);
    put_models(j);
    jz_json_key(j, "calibration_sha256");
    if (calibration != NULL)
        jz_json_hex(j, jz_calibration_sha256(calibration), JZ_SHA256_SIZE);
    else
        jz_json_null(j);
    jz_json_put_str(j, "meaning", "a screening report, not a forensic opinion");
}
