/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/mark_file.h"

#include "media/source.h"
#include "watermark/reading.h"
#include "watermark/region.h"

#include <math.h>

#define SIDE_MIN 48   /* pixels */
#define AREA_MIN 9216 /* pixels: 96 x 96 */
#define PROPORTION_MAX 16
#define FLAT 0.05 /* levels: a mean difference of less is one colour */
#define TRACE 6.6 /* standard deviations: there is something, though it is not read */

#define FRAMES 13          /* of a video */
#define FRAMES_EVERY_S 2.0 /* at most: what is behind half a minute is not waited for */
#define KEYS_EVERY_S 10.0  /* at most, of key frames, between which nothing is decoded */

const char *jz_watermark_state_name(jz_watermark_state s)
{
    static const char *const names[] = { [JZ_WATERMARK_NOT_FOUND] = "not_found",
                                         [JZ_WATERMARK_FOUND] = "found",
                                         [JZ_WATERMARK_CANNOT_TELL] = "cannot_tell" };
    return names[s];
}

const char *jz_wm_size_refused(uint32_t width, uint32_t height)
{
    const uint32_t small = width < height ? width : height;
    const uint32_t large = width < height ? height : width;
    if (small < SIDE_MIN || (uint64_t)width * height < AREA_MIN)
        return "the picture is too small";
    return large / small >= PROPORTION_MAX ? "the picture is too narrow" : NULL;
}

jz_status jz_wm_shown(const jz_wm_dsp *dsp, const jz_plane *p, uint32_t orientation,
                      jz_wm_field *out, jz_err *err)
{
    JZ_WM_FIELD_AUTO stored = { 0 };
    JZ_TRY(jz_wm_raster(dsp, p, &stored, err));
    if (orientation >= 2 && orientation <= 8)
        return jz_wm_turn(&stored, orientation, false, out, err);
    *out = stored;
    stored = (jz_wm_field){ 0 };
    return JZ_OK;
}

jz_status jz_wm_shown_differences(const jz_wm_dsp *dsp, const jz_wm_field *luma, jz_wm_field *out,
                                  bool *flat, jz_err *err)
{
    double sum = 0;
    JZ_WM_FIELD_AUTO activity = { 0 };
    JZ_TRY(jz_wm_differences(dsp, luma, out, &activity, err));
    for (size_t i = 0; i < (size_t)activity.height * activity.stride; i++)
        sum += (double)activity.v[i];
    *flat = sum < FLAT * activity.width * activity.height;
    return JZ_OK;
}

/* ---- what was found ---- */

static double degrees(double radians)
{
    return radians * 180 / 3.14159265358979324;
}

/* How places of the marked picture became places of this one. */
static void describe(const jz_wm_result *r, jz_watermark_reading *out)
{
    const jz_wm_matrix *m = &r->at;
    const double det = m->a * m->d - m->b * m->c;
    const double sign = det < 0 ? -1 : 1;
    const double a = sign * m->d / det, b = -m->c / det, c = sign * -m->b / det, d = m->a / det;
    out->mirrored = det < 0;
    out->scale = 1 / sqrt(fabs(det));
    out->stretch = sqrt((a * a + c * c) / (b * b + d * d));
    out->turn_degrees = degrees(atan2(c - b, a + d));
    out->payload = r->payload;
    out->strength = r->strength;
}

jz_status jz_wm_read_field(const jz_wm_dsp *dsp, jz_wm_field *z, uint32_t width, uint32_t height,
                           jz_watermark_key *const *keys, size_t n, jz_watermark_reading *out,
                           jz_err *err)
{
    jz_auto(jz_wm_reader) *r = NULL;
    jz_watermark_reading found = { .state = JZ_WATERMARK_NOT_FOUND };
    JZ_TRY(jz_wm_reader_new(dsp, z, &r, err));
    for (size_t i = 0; i < n && found.state != JZ_WATERMARK_FOUND; i++) {
        jz_wm_result result;
        JZ_TRY(jz_wm_read(r, keys[i], &result, err));
        if (result.found) {
            found.state = JZ_WATERMARK_FOUND;
            found.key = i;
            describe(&result, &found);
            JZ_TRY(jz_wm_region(r, keys[i], &result, found.region, err));
        }
        found.pilots = result.found || result.pilots > found.pilots ? result.pilots : found.pilots;
    }
    if (found.state != JZ_WATERMARK_FOUND && found.pilots >= TRACE) {
        found.state = JZ_WATERMARK_CANNOT_TELL;
        found.reason = "there are traces of a mark, too weak to be read";
    }
    for (unsigned i = 0; i < 4; i++)
        found.region[i] *= i % 2 == 0 ? width : height;
    *out = found;
    return JZ_OK;
}

/* ---- frames ---- */

typedef struct gatherer {
    const jz_wm_dsp *dsp;
    jz_wm_field sum; /* of all frames' differences */
    uint32_t frames, most;
    uint32_t width, height; /* as shown */
    const char *refused;
    bool flat; /* all of them */
    bool enough;
} gatherer;

static jz_status add_frame(gatherer *g, const jz_plane *p, uint32_t orientation, jz_err *err)
{
    JZ_WM_FIELD_AUTO luma = { 0 };
    JZ_WM_FIELD_AUTO z = { 0 };
    bool flat = false;
    JZ_TRY(jz_wm_shown(g->dsp, p, orientation, &luma, err));
    JZ_TRY(jz_wm_shown_differences(g->dsp, &luma, &z, &flat, err));
    g->flat = g->flat && flat;
    if (g->frames == 0) {
        g->sum = z;
        z = (jz_wm_field){ 0 };
    } else if (z.width != g->sum.width || z.height != g->sum.height) {
        return JZ_OK; /* another size: another picture */
    }
    for (size_t i = 0; z.v != NULL && i < (size_t)z.height * z.stride; i++)
        g->sum.v[i] += z.v[i];
    g->frames++;
    return JZ_OK;
}

static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    gatherer *g = user;
    const bool turned = info->orientation >= 5;
    if (g->frames == 0) {
        g->width = turned ? f->plane.height : f->plane.width;
        g->height = turned ? f->plane.width : f->plane.height;
        g->refused = jz_wm_size_refused(g->width, g->height);
    }
    if (g->refused == NULL)
        JZ_TRY(add_frame(g, &f->plane, info->orientation, err));
    g->enough = g->refused != NULL || g->frames == g->most;
    return g->enough ? JZ_FAIL(err, JZ_E_INTERRUPTED, "enough frames") : JZ_OK;
}

static jz_status decode(jz_decoder *d, int fd, const jz_decode_opts *opts, gatherer *g,
                        jz_media_info *info, jz_err *err)
{
    jz_err why = { 0 };
    const jz_status st = jz_decode(d, fd, opts, on_frame, g, info, &why);
    if (g->enough || (st == JZ_OK && g->frames > 0))
        return JZ_OK;
    if (st == JZ_OK)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no picture in it");
    if (err != NULL)
        *err = why;
    return st;
}

/* The sum of up to `most` frames, from the beginning. */
static jz_status gather(jz_decoder *d, int fd, const jz_decode_opts *opts, uint32_t most,
                        gatherer *g, jz_media_info *info, jz_err *err)
{
    jz_wm_field_done(&g->sum);
    g->frames = 0;
    g->most = most;
    g->flat = true;
    g->enough = false;
    return decode(d, fd, opts, g, info, err);
}

static jz_status judge(gatherer *g, jz_watermark_key *const *keys, size_t n,
                       jz_watermark_reading *out, jz_err *err)
{
    jz_watermark_reading found = { .state = JZ_WATERMARK_CANNOT_TELL, .reason = g->refused };
    if (g->refused == NULL && g->flat)
        found.reason = "the picture is of one colour";
    if (found.reason == NULL)
        JZ_TRY(jz_wm_read_field(g->dsp, &g->sum, g->width, g->height, keys, n, &found, err));
    found.frames = g->frames;
    *out = found;
    return JZ_OK;
}

/* ---- videos ---- */

/* Adds a sum of frames as it counts for noise, whose frames differ: by the root of their number. */
static jz_status add_sum(const gatherer *g, jz_wm_field *out, jz_err *err)
{
    const jz_wm_field *z = &g->sum;
    const float share = 1 / sqrtf((float)g->frames);
    if (z->v == NULL)
        return JZ_OK;
    if (out->v == NULL)
        JZ_TRY(jz_wm_field_init(z->width, z->height, out, err));
    for (size_t i = 0;
         z->width == out->width && z->height == out->height && i < (size_t)z->height * z->stride;
         i++)
        out->v[i] += z->v[i] * share;
    return JZ_OK;
}

typedef struct video {
    gatherer g;
    jz_wm_field both; /* of its key frames and of frames spread over it, half and half */
    jz_watermark_key *const *keys;
    size_t n;
    jz_watermark_reading best;
} video;

static jz_status take(video *v, jz_err *err)
{
    jz_watermark_reading r;
    const uint32_t frames = v->best.frames;
    JZ_TRY(judge(&v->g, v->keys, v->n, &r, err));
    if (frames == 0 || r.state == JZ_WATERMARK_FOUND || r.pilots > v->best.pilots)
        v->best = r;
    v->best.frames = frames + r.frames;
    return JZ_OK;
}

/* A codec leaves most of a mark in its key frames; what it predicts from them carries the mark
 * along with what moves, away from its place. So these are read first, then frames of any kind,
 * then what both say together. */
static jz_status read_video(video *v, jz_decoder *d, int fd, jz_media_info *info, jz_err *err)
{
    jz_err why = { 0 };
    const double step = info->duration_s / FRAMES;
    const jz_decode_opts apart = { .key_frames = true, .interval_s = fmin(step, KEYS_EVERY_S) };
    const jz_decode_opts spread = { .every_frame = !(step > 0),
                                    .interval_s = fmin(step, FRAMES_EVERY_S) };
    const jz_status st = gather(d, fd, &apart, FRAMES, &v->g, info, &why);
    if (st == JZ_OK) { /* where it failed, all frames tell why */
        JZ_TRY(add_sum(&v->g, &v->both, err));
        JZ_TRY(take(v, err));
    }
    if (v->best.state == JZ_WATERMARK_FOUND)
        return JZ_OK;
    JZ_TRY(gather(d, fd, &spread, FRAMES, &v->g, info, err));
    JZ_TRY(add_sum(&v->g, &v->both, err));
    JZ_TRY(take(v, err));
    if (v->best.state == JZ_WATERMARK_FOUND || st != JZ_OK)
        return JZ_OK;
    jz_wm_field_done(&v->g.sum);
    v->g.sum = v->both;
    v->g.frames = 0; /* no new ones */
    v->both = (jz_wm_field){ 0 };
    return take(v, err);
}

/* A video says how long it is with its first frame, and is read again then. */
static jz_status read_file(video *v, jz_decoder *d, int fd, jz_err *err)
{
    jz_media_info info = { 0 };
    const jz_decode_opts first = { .first_frame_only = true };
    JZ_TRY(gather(d, fd, &first, 1, &v->g, &info, err));
    if (info.format->kind == JZ_KIND_VIDEO && v->g.refused == NULL)
        return read_video(v, d, fd, &info, err);
    return take(v, err);
}

jz_status jz_watermark_read(jz_decoder *d, int fd, jz_watermark_key *const *keys, size_t n,
                            jz_watermark_reading *out, jz_err *err)
{
    video v = { .g = { .dsp = jz_wm_dsp_best() }, .keys = keys, .n = n };
    const jz_status st = read_file(&v, d, fd, err);
    jz_wm_field_done(&v.g.sum);
    jz_wm_field_done(&v.both);
    if (st == JZ_OK)
        *out = v.best;
    return st;
}

jz_status jz_watermark_read_plane(const jz_plane *p, uint32_t orientation,
                                  jz_watermark_key *const *keys, size_t n,
                                  jz_watermark_reading *out, jz_err *err)
{
    gatherer g = { .dsp = jz_wm_dsp_best(),
                   .flat = true,
                   .refused = jz_wm_size_refused(p->width, p->height) };
    jz_status st = g.refused == NULL ? add_frame(&g, p, orientation, err) : JZ_OK;
    g.width = orientation >= 5 ? p->height : p->width;
    g.height = orientation >= 5 ? p->width : p->height;
    if (st == JZ_OK)
        st = judge(&g, keys, n, out, err);
    jz_wm_field_done(&g.sum);
    return st;
}
