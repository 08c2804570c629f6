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
        jz_json_put_bool(j, "passed", !x->gate_failed[i]);
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

/* Null without a network. */
static void put_map(jz_json *j, const jz_face_exam *x)
{
    jz_json_key(j, "map");
    if (!x->mapped) {
        jz_json_null(j);
        return;
    }
    jz_json_begin_object(j);
    put_points(j, "corners", x->map_corner, JZ_ARRAY_LEN(x->map_corner));
    jz_json_key(j, "values"); /* row by row */
    jz_json_begin_array(j);
    for (size_t i = 0; i < JZ_ARRAY_LEN(x->map); i++)
        jz_json_f64(j, (double)x->map[i], 2);
    jz_json_end_array(j);
    jz_json_end_object(j);
}

static void put_face(jz_json *j, const jz_face_exam *x)
{
    jz_json_begin_object(j);
    jz_json_put_u64(j, "frame", x->frame);
    jz_json_put_f64(j, "seconds", x->at_s, 3);
    jz_json_put_u64(j, "shot", x->shot);
    jz_json_put_u64(j, "track", x->track);
    put_box(j, &x->face);
    jz_json_put_f64(j, "finder_score", (double)x->face.score, 4);
    put_points(j, "points", x->face.point, JZ_FACE_POINTS);
    put_points(j, "outline", x->outline, JZ_ARRAY_LEN(x->outline));
    jz_json_put_bool(j, "grey", x->grey);
    put_gates(j, x);
    put_measurements(j, x);
    put_map(j, x);
    jz_json_key(j, "log10_lr");
    if (x->calibrated)
        jz_json_f64(j, x->log10_lr, 3);
    else
        jz_json_null(j);
    jz_json_put_str(j, "outcome", jz_outcome_name(x->outcome));
    jz_json_put_str(j, "reason", x->reason);
    jz_json_end_object(j);
}

static void put_measured(jz_json *j, const jz_measured *m)
{
    jz_json_key(j, "value");
    if (m->valid)
        jz_json_f64(j, m->value, 4);
    else
        jz_json_null(j);
    jz_json_put_str(j, "reason", m->valid ? NULL : m->why);
}

static void put_checks(jz_json *j, const jz_stream *s)
{
    jz_json_key(j, "checks");
    jz_json_begin_array(j);
    for (size_t i = 0; i < JZ_STREAM_CHECKS; i++) {
        jz_json_begin_object(j);
        jz_json_put_str(j, "name", jz_stream_check_at(i)->name);
        put_measured(j, &s->check[i]);
        jz_json_put_str(j, "unit", jz_stream_check_at(i)->unit);
        jz_json_put_f64(j, "limit", jz_stream_check_at(i)->limit, 4);
        jz_json_put_bool(j, "remarkable", s->remarkable[i]);
        jz_json_put_str(j, "harmless", jz_stream_check_at(i)->harmless);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

/* Null where it was not asked for, and of stills. */
static void put_stream(jz_json *j, const jz_stream *s)
{
    jz_json_key(j, "stream");
    if (!s->read) {
        jz_json_null(j);
        return;
    }
    jz_json_begin_object(j);
    jz_json_put_u64(j, "frames", s->frames);
    put_checks(j, s);
    jz_json_key(j, "motion");
    jz_json_begin_array(j);
    for (size_t i = 0; i < JZ_MOTIONS; i++) {
        jz_json_begin_object(j);
        jz_json_put_str(j, "name", jz_motion_at(i)->name);
        jz_json_put_str(j, "region", jz_motion_at(i)->region);
        put_measured(j, &s->motion[i]);
        jz_json_put_str(j, "unit", jz_motion_at(i)->unit);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
    jz_json_end_object(j);
}

static void put_history(jz_json *j, const jz_inspection *in)
{
    jz_json_key(j, "history");
    jz_json_begin_array(j);
    for (size_t i = 0; i < in->n_history; i++)
        jz_json_str(j, in->history[i]);
    jz_json_end_array(j);
}

static void put_hints(jz_json *j, const jz_inspection *in)
{
    jz_json_key(j, "history_hints");
    jz_json_begin_array(j);
    for (size_t i = 0; i < JZ_HINTS; i++) {
        jz_json_begin_object(j);
        jz_json_put_str(j, "name", jz_hint_at(i)->name);
        put_measured(j, &in->hint[i]);
        jz_json_put_str(j, "unit", jz_hint_at(i)->unit);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_network(jz_json *j, const jz_face_net *network)
{
    jz_json_key(j, "network");
    if (network == NULL) {
        jz_json_null(j);
        return;
    }
    jz_json_begin_object(j);
    jz_json_put_str(j, "name", jz_face_net_name(network));
    jz_json_put_hex(j, "sha256", jz_face_net_sha256(network), JZ_SHA256_SIZE);
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
    jz_json_put_u64(j, "width", m->width);
    jz_json_put_u64(j, "height", m->height);
    jz_json_put_str(j, "quality_class", in->quality);
    jz_json_put_u64(j, "frames_examined", in->frames);
    jz_json_put_u64(j, "faces_left_out", in->faces_left_out);
}

void jz_inspect_json(jz_json *j, const jz_inspection *in, const jz_inspect_opts *opts)
{
    put_media(j, in);
    jz_json_put_str(j, "outcome", jz_outcome_name(in->outcome));
    jz_json_put_str(j, "reason", in->reason);
    jz_json_key(j, "faces");
    jz_json_begin_array(j);
    for (size_t i = 0; i < in->n; i++)
        put_face(j, &in->face[i]);
    jz_json_end_array(j);
    put_history(j, in);
    put_hints(j, in);
    put_stream(j, &in->stream);
    jz_json_put_str(j, "program", "jz " JZ_VERSION);
    put_models(j);
    put_network(j, opts->network);
    jz_json_key(j, "calibration_sha256");
    if (opts->calibration != NULL)
        jz_json_hex(j, jz_calibration_sha256(opts->calibration), JZ_SHA256_SIZE);
    else
        jz_json_null(j);
    jz_json_put_str(j, "meaning", "a screening report, not a forensic opinion");
}
