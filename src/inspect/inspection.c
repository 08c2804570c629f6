/* SPDX-License-Identifier: Apache-2.0 */
/* File to inspection: frames as they are decoded, the faces in each, and what is measured of them.
 */
#include "inspect/inspection.h"

#include "inspect/calibration.h"
#include "inspect/face_finder.h"
#include "inspect/face_motion.h"
#include "inspect/face_net.h"
#include "inspect/gates.h"
#include "inspect/history.h"
#include "inspect/stream_checks.h"
#include "inspect/tracks.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_FACES 64
#define MAX_FRAMES 24
#define BITS_HIGH 0.05 /* a pixel, in a video that is not heavily compressed */

static const char *const outcomes[] = {
    [JZ_OUTCOME_UNSUITABLE] = "unsuitable",
    [JZ_OUTCOME_NO_SUPPORT] = "no support either way",
    [JZ_OUTCOME_UNMODIFIED_WEAK] = "supports unmodified (weak)",
    [JZ_OUTCOME_REPLACED_WEAK] = "supports replacement (weak)",
    [JZ_OUTCOME_REPLACED_MODERATE] = "supports replacement (moderate)",
};

const char *jz_outcome_name(jz_outcome o)
{
    return (size_t)o < JZ_ARRAY_LEN(outcomes) ? outcomes[o] : "unsuitable";
}

void jz_inspection_done(jz_inspection *in)
{
    jz_free(in->face);
    *in = (jz_inspection){ 0 };
}

typedef struct work { /* one file */
    jz_face_finder *finder;
    jz_inspect_opts opts;
    jz_inspection *out;
    jz_shots shots;
    bool enough; /* max_frames have been looked at: the rest is not decoded */
} work;

/* ---- one face ---- */

/* What the class's reference faces say of each value. */
static void refer(const jz_calibrated_class *cls, jz_face_exam *x)
{
    for (size_t i = 0; cls != NULL && i < JZ_MEASURES; i++) {
        jz_measured *m = &x->measured[i];
        m->referenced = m->valid && cls->measure[i].there;
        if (m->referenced)
            m->percentile = jz_percentile_of(&cls->measure[i], m->value);
    }
}

/* The outcome of a face that is fit, from the means of its track. */
static void judge(const jz_calibrated_class *cls, const jz_measured mean[JZ_MEASURES],
                  jz_face_exam *x)
{
    x->calibrated = cls != NULL && jz_calibrated_enough(cls);
    if (!x->calibrated) {
        x->outcome = JZ_OUTCOME_NO_SUPPORT;
        (void)snprintf(x->reason, sizeof x->reason,
                       "%s calibration data: the measurements stand for themselves",
                       cls != NULL ? "too little" : "no");
        return;
    }
    x->log10_lr = jz_calibrated_llr(cls, mean);
    x->outcome = jz_outcome_of(x->log10_lr);
    (void)snprintf(x->reason, sizeof x->reason,
                   "log10 LR %.2f, from %u unmodified and %u replaced faces of %u sources",
                   x->log10_lr, cls->unmodified, cls->replaced, cls->sources);
}

static void judge_all(const jz_calibrated_class *cls, jz_inspection *out)
{
    jz_tracks_link(out);
    for (size_t i = 0; i < out->n; i++)
        refer(cls, &out->face[i]);
    for (uint32_t t = 0; t < out->tracks; t++) {
        jz_measured mean[JZ_MEASURES];
        if (jz_track_mean(out, t, mean) == 0)
            continue;
        for (size_t i = 0; i < out->n; i++)
            if (out->face[i].track == t && out->face[i].outcome != JZ_OUTCOME_UNSUITABLE)
                judge(cls, mean, &out->face[i]);
    }
}

/* With all measurements and gates; judged when the file's quality class is known. */
static void measure(const jz_gate_input *in, jz_face_exam *x)
{
    jz_measure_face(in->views, x->measured);
    if (jz_gates_check(in, x))
        x->outcome = JZ_OUTCOME_NO_SUPPORT;
}

/* The network's score, and its map in *x. */
static jz_status ask_network(const work *w, const jz_mesh *mesh, double *score, jz_face_exam *x,
                             jz_err *err)
{
    static const double corner[][2] = { { 0, 0 }, { 1, 0 }, { 0, 1 } };
    const jz_square s = jz_face_net_square(mesh);
    if (!isfinite(s.x) || !isfinite(s.y) || !isfinite(s.side) || s.side <= 0)
        return JZ_FAIL(err, JZ_E_INVAL, "a face of no size");
    JZ_TRY(jz_face_net_look(w->opts.network, jz_face_finder_pyramid(w->finder), &s, score, x->map,
                            err));
    for (size_t i = 0; i < JZ_ARRAY_LEN(corner); i++) {
        double px, py;
        jz_square_point(&s, corner[i][0], corner[i][1], &px, &py);
        x->map_corner[i][0] = (float)px;
        x->map_corner[i][1] = (float)py;
    }
    x->mapped = true;
    return JZ_OK;
}

/* With all three views, each of its own size. */
static jz_status view_and_measure(const work *w, const jz_mesh *mesh, float presence,
                                  jz_face_exam *x, jz_err *err)
{
    const jz_pyramid *p = jz_face_finder_pyramid(w->finder);
    jz_face_view native = { 0 }, usual = { 0 }, small = { 0 };
    double score = 0;
    const jz_face_views views = { &usual, &native,
                                  w->out->info.format->kind == JZ_KIND_IMAGE &&
                                      !w->out->info.animated,
                                  w->opts.network != NULL ? &score : NULL };
    jz_status st = w->opts.network != NULL ? ask_network(w, mesh, &score, x, err) : JZ_OK;
    if (st == JZ_OK)
        st = jz_face_view_init(p, mesh, 0, &native, err);
    if (st == JZ_OK)
        st = jz_face_view_init(p, mesh, JZ_VIEW_MOST, &usual, err);
    if (st == JZ_OK)
        st = jz_face_view_init(p, mesh, JZ_GATE_VIEW, &small, err);
    if (st == JZ_OK) {
        x->grey = usual.grey;
        measure(&(jz_gate_input){ &views, &small, &x->face, mesh, presence }, x);
    }
    jz_face_view_done(&native);
    jz_face_view_done(&usual);
    jz_face_view_done(&small);
    return st;
}

static jz_status examine(const work *w, const jz_face *face, const jz_frame *frame, jz_face_exam *x,
                         jz_err *err)
{
    jz_mesh mesh;
    float presence = 0;
    *x = (jz_face_exam){ .face = *face, .frame = frame->index, .at_s = frame->at_seconds };
    JZ_TRY(jz_face_finder_mesh(w->finder, face, &mesh, &presence, err));
    jz_mesh_outline(&mesh, x->outline);
    const jz_status st = view_and_measure(w, &mesh, presence, x, err);
    if (st != JZ_E_INVAL)
        return st;
    for (size_t i = 0; i < JZ_MEASURES; i++)
        x->measured[i].why = "not measured";
    (void)snprintf(x->reason, sizeof x->reason, "its points make no face");
    return JZ_OK; /* and unsuitable, as it began */
}

/* ---- one frame ---- */

static jz_status look(work *w, const jz_plane *plane, const jz_frame *frame, jz_err *err)
{
    jz_inspection *out = w->out;
    jz_face *faces = NULL;
    size_t n = 0;
    const uint32_t shot = jz_shots_next(&w->shots, plane);
    JZ_TRY(jz_face_find(w->finder, plane, &w->opts.faces, &faces, &n, err));
    jz_status st = JZ_OK;
    for (size_t i = 0; i < n && st == JZ_OK; i++) {
        if (out->n >= w->opts.max_faces) {
            out->faces_left_out += n - i;
            break;
        }
        jz_face_exam *x = jz_grow(out->face, out->n, &out->size, sizeof *x);
        if (x == NULL) {
            st = JZ_FAIL(err, JZ_E_NOMEM, "%zu faces", out->n + 1);
            break;
        }
        out->face = x;
        st = examine(w, &faces[i], frame, &out->face[out->n], err);
        out->face[out->n].shot = shot;
        out->n += st == JZ_OK;
    }
    jz_faces_free(faces);
    out->frames++;
    if (st == JZ_OK && n > 0 && w->opts.picture != NULL)
        w->opts.picture(w->opts.user, plane, frame->index);
    return st;
}

/* A still is looked at as it is shown. */
static jz_status look_upright(work *w, const jz_media_info *info, const jz_frame *frame,
                              jz_err *err)
{
    jz_plane shown;
    uint8_t *mem = NULL;
    if (info->format->kind != JZ_KIND_IMAGE || info->orientation < 2 || info->orientation > 8)
        return look(w, &frame->plane, frame, err);
    JZ_TRY(jz_plane_orient(&frame->plane, info->orientation, &shown, &mem, err));
    const jz_status st = look(w, &shown, frame, err);
    jz_plane_free(mem);
    return st;
}

static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err)
{
    work *w = user;
    w->out->info = *info;
    JZ_TRY(look_upright(w, info, frame, err));
    w->enough = w->out->frames >= w->opts.max_frames;
    return w->enough ? JZ_E_INTERRUPTED : JZ_OK;
}

static jz_status note_info(void *user, const jz_media_info *info, const jz_frame *frame,
                           jz_err *err)
{
    (void)frame;
    (void)err;
    *(jz_media_info *)user = *info;
    return JZ_OK;
}

/* ---- the first frames of a video ---- */

typedef struct first_frames {
    jz_face_finder *finder;
    jz_stream_checks checks;
    jz_face_motion motion;
} first_frames;

static jz_status on_first_frame(void *user, const jz_media_info *info, const jz_frame *frame,
                                jz_err *err)
{
    first_frames *f = user;
    (void)info;
    JZ_TRY(jz_stream_checks_add(&f->checks, &frame->plane, frame->shown_seconds, err));
    JZ_TRY(jz_face_motion_add(&f->motion, f->finder, &frame->plane, err));
    return f->checks.frames < JZ_STREAM_FRAMES ? JZ_OK : JZ_E_INTERRUPTED; /* enough */
}

/* Of a file whose frames have been decoded once: what fails now fails alone. */
static jz_status read_stream(jz_decoder *d, int fd, const work *w, jz_err *err)
{
    const jz_decode_opts every = { .every_frame = true };
    jz_media_info info = { 0 };
    if (w->out->info.format == NULL || w->out->info.format->kind != JZ_KIND_VIDEO)
        return JZ_OK;
    first_frames *f = jz_alloc_zero(1, sizeof *f);
    if (f == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a stream");
    f->finder = w->finder;
    const jz_status st = jz_decode(d, fd, &every, on_first_frame, f, &info, NULL);
    jz_stream_checks_end(&f->checks, info.fps, &w->out->stream);
    jz_face_motion_end(&f->motion, &w->out->stream);
    w->out->stream.read = f->checks.frames > 0;
    jz_stream_checks_done(&f->checks);
    jz_free(f);
    return st == JZ_E_NOMEM ? JZ_FAIL(err, JZ_E_NOMEM, "a stream") : JZ_OK;
}

/* ---- one file ---- */

/* Frames of a video are spread over the length that its container states. */
static jz_status spread(jz_decoder *d, int fd, const work *w, jz_decode_opts *opts, jz_err *err)
{
    jz_media_info first = { 0 }, unused = { 0 };
    const jz_decode_opts one = { .first_frame_only = true };
    JZ_TRY(jz_decode(d, fd, &one, note_info, &first, &unused, err));
    if (first.format == NULL || first.fps <= 0 || first.duration_s <= 0)
        return JZ_OK;
    opts->interval_s = first.duration_s / w->opts.max_frames;
    opts->every_frame = opts->interval_s * first.fps < 2;
    opts->key_frames = w->opts.key_frames;
    return JZ_OK;
}

static jz_status decode(jz_decoder *d, int fd, work *w, jz_err *err)
{
    jz_decode_opts opts = { .quantiser = true };
    if (w->out->info.format == NULL || w->out->info.format->kind != JZ_KIND_IMAGE)
        JZ_TRY(spread(d, fd, w, &opts, err));
    const jz_status st = jz_decode(d, fd, &opts, on_frame, w, &w->out->info, err);
    if (w->enough && st == JZ_E_INTERRUPTED) {
        if (err != NULL)
            *err = (jz_err){ 0 };
        return JZ_OK;
    }
    return st;
}

static const char *quality_of(const jz_inspection *in)
{
    static const char *const lossless[] = { "png", "bmp", "gif", "tiff" };
    const jz_media_info *m = &in->info;
    if (m->format == NULL)
        return NULL;
    if (m->format->kind == JZ_KIND_VIDEO) {
        const double pixels = m->duration_s * m->fps * m->width * m->height;
        return pixels > 0 && (double)in->exact.bytes * 8 >= BITS_HIGH * pixels ? "video-high"
                                                                               : "video-low";
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(lossless); i++)
        if (strcmp(m->format->name, lossless[i]) == 0)
            return "still-lossless";
    return "still-lossy";
}

/* The file's outcome is its strongest face's. */
static void conclude(jz_inspection *out, const jz_inspect_opts *opts)
{
    const uint32_t min_face = opts->faces.min_face > 0 ? opts->faces.min_face : 64;
    out->quality = quality_of(out);
    jz_history_hints(out);
    const jz_calibrated_class *cls =
        opts->calibration != NULL ? jz_calibration_find(opts->calibration, out->quality) : NULL;
    judge_all(cls, out);
    const jz_face_exam *most = out->n > 0 ? &out->face[0] : NULL;
    for (size_t i = 1; i < out->n; i++)
        if (out->face[i].outcome > most->outcome)
            most = &out->face[i];
    out->outcome = most != NULL ? most->outcome : JZ_OUTCOME_UNSUITABLE;
    if (most != NULL)
        memcpy(out->reason, most->reason, sizeof out->reason);
    else if (out->frames > 0)
        (void)snprintf(out->reason, sizeof out->reason, "no face of %u pixels or more was found",
                       min_face);
    else
        (void)snprintf(out->reason, sizeof out->reason, "no picture could be read");
}

jz_status jz_inspect(jz_decoder *d, jz_face_finder *finder, int fd, const jz_inspect_opts *opts,
                     jz_inspection *out, jz_err *err)
{
    work w = { .finder = finder, .out = out };
    if (opts != NULL)
        w.opts = *opts;
    if (w.opts.max_faces == 0)
        w.opts.max_faces = MAX_FACES;
    if (w.opts.max_frames == 0)
        w.opts.max_frames = MAX_FRAMES;
    if (w.opts.calibration != NULL)
        JZ_TRY(jz_calibration_fits(w.opts.calibration, w.opts.network, err));
    jz_status st = JZ_OK;
    if (w.opts.exact != NULL)
        out->exact = *w.opts.exact;
    else
        st = jz_exact_hash_fd(fd, &out->exact, err);
    out->hashed = st == JZ_OK;
    if (st == JZ_OK)
        st = jz_history_read(fd, out, err);
    if (st == JZ_OK)
        st = decode(d, fd, &w, err);
    if (st == JZ_OK && w.opts.stream)
        st = read_stream(d, fd, &w, err);
    conclude(out, &w.opts);
    return st;
}

jz_status jz_inspect_picture(jz_face_finder *finder, const jz_plane *plane,
                             const jz_inspection *like, const jz_inspect_opts *opts,
                             jz_inspection *out, jz_err *err)
{
    const jz_frame frame = { .plane = *plane,
                             .full_width = plane->width,
                             .full_height = plane->height };
    work w = { .finder = finder, .opts = *opts, .out = out };
    if (w.opts.max_faces == 0)
        w.opts.max_faces = MAX_FACES;
    out->info = like->info;
    const jz_status st = look(&w, plane, &frame, err);
    conclude(out, &w.opts);
    return st;
}
