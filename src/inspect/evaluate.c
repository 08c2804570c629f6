/* SPDX-License-Identifier: Apache-2.0 */
/* Files to items: what is measured of each, and of its self-blends. */
#include "inspect/evaluate.h"

#include "base/alloc.h"
#include "base/file.h"
#include "inspect/beautify.h"
#include "inspect/blazeface.h"
#include "inspect/face_finder.h"
#include "inspect/inspection.h"
#include "inspect/recode.h"
#include "inspect/self_blend.h"
#include "inspect/tracks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FIXED_ROW 10 /* of a map, from 0: between nose and mouth, where every blend is to be */
#define FIXED_COLUMN 8

void jz_evaluation_done(jz_evaluation *e)
{
    jz_eval_manifest_done(&e->manifest);
    jz_free(e->item);
    *e = (jz_evaluation){ 0 };
}

typedef struct work { /* one file of the manifest */
    jz_decoder *decoder;
    jz_face_finder *finder;
    const jz_evaluate_opts *opts;
    jz_evaluation *out;
    size_t row;
    jz_inspection in; /* of the file itself */
    jz_face face;     /* of a still of which other items are made, the widest that is fit */
    jz_mesh mesh;     /* of that face */
    uint8_t *pixels;  /* of the still where clips are made of it, else NULL */
    jz_plane still;   /* which these are */
} work;

static bool is_fit(const jz_face_exam *x)
{
    return x->outcome != JZ_OUTCOME_UNSUITABLE;
}

/* The track with the most fit faces; of several, the one with the widest. Gives how many it has. */
static size_t main_track(const jz_inspection *in, jz_measured out[JZ_MEASURES])
{
    size_t most = 0;
    float widest = 0;
    for (uint32_t t = 0; t < in->tracks; t++) {
        jz_measured mean[JZ_MEASURES];
        const size_t n = jz_track_mean(in, t, mean);
        float width = 0;
        for (size_t i = 0; i < in->n; i++)
            if (in->face[i].track == t && is_fit(&in->face[i]) && in->face[i].face.width > width)
                width = in->face[i].face.width;
        if (n > most || (n == most && n > 0 && width > widest)) {
            most = n;
            widest = width;
            memcpy(out, mean, sizeof mean);
        }
    }
    return most;
}

static jz_status add_item(work *w, const jz_inspection *in, uint64_t blend, bool replaced,
                          jz_err *err)
{
    jz_evaluation *e = w->out;
    const jz_eval_row *row = &e->manifest.row[w->row];
    jz_eval_item item = { .row = w->row,
                          .blend = blend,
                          .replaced = replaced,
                          .source = row->source,
                          .identity = row->identity,
                          .quality = in->quality };
    item.suitable = main_track(in, item.m) > 0;
    jz_eval_item *items = jz_grow(e->item, e->n, &e->size, sizeof *items);
    if (items == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu items", e->n + 1);
    e->item = items;
    e->item[e->n++] = item;
    return JZ_OK;
}

/* ---- self-blends ---- */

/* Leaves the faces that were blended alone in the inspection; where: of each frame, how many. */
static void keep_faces(jz_inspection *in, const jz_face *where, size_t frames)
{
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        const jz_face_exam *x = &in->face[i];
        if (x->frame < frames && jz_face_overlap(&x->face, &where[x->frame]) >= 0.3)
            in->face[n++] = *x;
    }
    in->n = n;
}

/* How much of the blend lies under the middle of a cell of the map. mask: of frame after frame. */
static uint8_t truth_at(const jz_face_exam *x, const jz_plane *mask, size_t cell)
{
    const size_t column = cell % JZ_MAP_SIDE, row = cell / JZ_MAP_SIDE;
    const double u = ((double)column + 0.5) / JZ_MAP_SIDE;
    const double v = ((double)row + 0.5) / JZ_MAP_SIDE;
    double at[2];
    for (size_t k = 0; k < 2; k++) {
        const double first = (double)x->map_corner[0][k];
        at[k] = first + u * ((double)x->map_corner[1][k] - first) +
                v * ((double)x->map_corner[2][k] - first);
    }
    if (at[0] < 0 || at[1] < 0 || at[0] >= mask->width || at[1] >= mask->height)
        return 0;
    return mask->px[(x->frame * mask->height + (size_t)at[1]) * mask->stride + (size_t)at[0]];
}

/* The pointing game (J. Zhang and others, Top-down Neural Attention by Excitation Backprop, 2016),
 * with the mean map of all faces that are left: of a still, one. */
static void point(const jz_inspection *in, const jz_plane *mask, jz_eval_item *item)
{
    const size_t cells = (size_t)JZ_MAP_SIDE * JZ_MAP_SIDE;
    double most = -1;
    size_t covered = 0;
    for (size_t i = 0; i < cells; i++) {
        double map = 0, truth = 0;
        for (size_t k = 0; k < in->n && in->face[k].mapped; k++) {
            map += (double)in->face[k].map[i];
            truth += truth_at(&in->face[k], mask, i);
        }
        const bool blended = truth >= 128 * (double)in->n;
        covered += blended;
        if (map > most)
            item->hit = blended;
        if (i == (size_t)FIXED_ROW * JZ_MAP_SIDE + FIXED_COLUMN)
            item->fixed_hit = blended;
        most = map > most ? map : most;
    }
    item->pointed = covered > 0;
    item->covered = (double)covered / (double)cells;
}

/* Of the picture that the finder has looked at last. */
static jz_status delete_cells(const work *w, const jz_face_exam *x, jz_eval_item *item, jz_err *err)
{
    const jz_status st = jz_deletion(w->opts->inspect.network, jz_face_finder_pyramid(w->finder), x,
                                     item->row * 1000 + item->blend, item->fall, NULL);
    item->deleted = st == JZ_OK;
    return st == JZ_E_NOMEM ? JZ_FAIL(err, JZ_E_NOMEM, "deletion scores") : JZ_OK;
}

/* Pixels of one's own, coded anew, as an item; mask: NULL where nothing is blended. */
static jz_status add_recoded(work *w, uint8_t *px, const jz_plane *shape, uint64_t number,
                             const uint8_t *mask, jz_err *err)
{
    /* Of each file and blend its own quality, and of the same always the same. */
    const int quality = (int)(72 + (w->row * 7 + number * 5) % 25);
    jz_inspection in = { 0 };
    jz_recode(px, shape->width, shape->height, shape->channels, quality);
    const jz_plane plane = { px, shape->width, shape->height,
                             (size_t)shape->width * shape->channels, shape->channels };
    jz_status st = jz_inspect_picture(w->finder, &plane, &w->in, &w->opts->inspect, &in, err);
    in.quality = "still-lossy"; /* that is what they are now */
    keep_faces(&in, &w->face, 1);
    if (st == JZ_OK)
        st = add_item(w, &in, number, mask != NULL, err);
    if (st == JZ_OK && mask != NULL && in.n == 1 && in.face[0].mapped) {
        jz_eval_item *item = &w->out->item[w->out->n - 1];
        point(&in, &(jz_plane){ mask, shape->width, shape->height, shape->width, 1 }, item);
        st = delete_cells(w, &in.face[0], item, err);
    }
    jz_inspection_done(&in);
    return st;
}

/* A blend, and the same picture without: both coded anew, so that only the blend differs. */
static jz_status blend_once(work *w, const jz_plane *plane, uint64_t number, jz_err *err)
{
    const size_t pixels = (size_t)plane->width * plane->height,
                 row = plane->width * plane->channels;
    jz_auto(uint8_t) *px = jz_alloc(pixels * (plane->channels + 1));
    const jz_blend b = jz_blend_at(w->row * 1000 + number);
    if (px == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a picture of %u x %u", plane->width, plane->height);
    for (uint32_t y = 0; y < plane->height; y++)
        memcpy(px + y * row, plane->px + y * plane->stride, row);
    uint8_t *mask = px + pixels * plane->channels;
    JZ_TRY(add_recoded(w, px, plane, number, NULL, err));
    JZ_TRY(jz_self_blend(plane, &w->mesh, &b, px, mask, err));
    return add_recoded(w, px, plane, number, mask, err);
}

/* The face through a beauty filter, coded anew like self-blends. */
static jz_status beautify_once(work *w, const jz_plane *plane, uint64_t number, jz_err *err)
{
    const jz_beauty b = jz_beauty_at(w->row * 1000 + number);
    const jz_pyramid one = { .level[0] = *plane, .n = 1 };
    jz_face_view view = { 0 };
    jz_auto(uint8_t) *px = jz_alloc((size_t)plane->width * plane->height * 3);
    if (px == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a picture of %u x %u", plane->width, plane->height);
    JZ_TRY(jz_face_view_init(&one, &w->mesh, 0, &view, err));
    const bool made = jz_beautify(plane, &view, &b, px);
    jz_face_view_done(&view);
    if (!made)
        return JZ_OK;
    JZ_TRY(add_recoded(w, px, plane, number, NULL, err));
    w->out->item[w->out->n - 1].beautified = true;
    return JZ_OK;
}

static const jz_face_exam *largest(const jz_inspection *in)
{
    const jz_face_exam *most = NULL;
    for (size_t i = 0; i < in->n; i++)
        if (is_fit(&in->face[i]) && (most == NULL || in->face[i].face.width > most->face.width))
            most = &in->face[i];
    return most;
}

/* The picture outlives its decoding: clips are decoded by the same decoder. */
static jz_status keep_still(work *w, const jz_plane *plane, jz_err *err)
{
    const size_t row = (size_t)plane->width * plane->channels;
    if (w->opts->clips == 0 || !jz_clip_fits(plane))
        return JZ_OK;
    w->pixels = jz_alloc(row * plane->height);
    if (w->pixels == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a picture of %u x %u", plane->width, plane->height);
    for (uint32_t y = 0; y < plane->height; y++)
        memcpy(w->pixels + y * row, plane->px + y * plane->stride, row);
    w->still = *plane;
    w->still.px = w->pixels;
    w->still.stride = row;
    return JZ_OK;
}

static jz_status blend_all(work *w, const jz_plane *plane, jz_err *err)
{
    jz_face *faces = NULL;
    size_t n = 0;
    float presence = 0;
    const jz_face_exam *x = largest(&w->in);
    if (x == NULL)
        return JZ_OK;
    w->face = x->face;
    /* Once more, for the finder to have this picture. */
    JZ_TRY(jz_face_find(w->finder, plane, &w->opts->inspect.faces, &faces, &n, err));
    jz_faces_free(faces);
    JZ_TRY(jz_face_finder_mesh(w->finder, &w->face, &w->mesh, &presence, err));
    for (uint32_t i = 1; i <= w->opts->self_blends; i++)
        JZ_TRY(blend_once(w, plane, i, err));
    for (uint32_t i = 1; i <= w->opts->beautified; i++)
        JZ_TRY(beautify_once(w, plane, i, err));
    return keep_still(w, plane, err);
}

static jz_status on_picture(void *user, const jz_media_info *info, const jz_frame *frame,
                            jz_err *err)
{
    jz_plane shown = frame->plane;
    uint8_t *mem = NULL;
    if (info->orientation >= 2 && info->orientation <= 8)
        JZ_TRY(jz_plane_orient(&frame->plane, info->orientation, &shown, &mem, err));
    const jz_status st = blend_all(user, &shown, err);
    jz_plane_free(mem);
    return st;
}

/* ---- clips of them ---- */

/* One clip, as an item; b NULL: without a blend. */
static jz_status add_clip(work *w, uint64_t number, const jz_blend *b, jz_err *err)
{
    const jz_clip_coding *coding = jz_clip_coding_at((number - 1) % JZ_CLIP_CODINGS);
    jz_inspect_opts opts = w->opts->inspect;
    jz_clip clip = { 0 };
    jz_inspection in = { 0 };
    JZ_FD_AUTO fd = -1;
    opts.key_frames = false; /* there is one */
    opts.max_frames = JZ_CLIP_FRAMES / 2;
    JZ_TRY(jz_clip_make(&w->still, &w->face, &w->mesh, w->row * 1000 + number, b, &clip, err));
    jz_status st = jz_clip_code(&clip, coding->crf, &fd, err);
    if (st == JZ_OK)
        st = jz_inspect(w->decoder, w->finder, fd, &opts, &in, err);
    keep_faces(&in, clip.face, JZ_CLIP_FRAMES);
    if (st == JZ_OK)
        st = add_item(w, &in, number, b != NULL, err);
    if (st == JZ_OK) {
        jz_eval_item *item = &w->out->item[w->out->n - 1];
        const uint32_t side = JZ_CLIP_SIDE;
        item->coding = coding->name;
        if (b != NULL && in.n > 0 && in.face[0].mapped)
            point(&in, &(jz_plane){ clip.mask, side, side, side, 1 }, item);
    }
    jz_inspection_done(&in);
    jz_clip_done(&clip);
    return st;
}

static jz_status add_clips(work *w, jz_err *err)
{
    for (uint32_t i = 1; i <= w->opts->clips; i++) {
        const jz_blend b = jz_blend_at(w->row * 1000 + i);
        JZ_TRY(add_clip(w, i, NULL, err));
        JZ_TRY(add_clip(w, i, &b, err));
    }
    return JZ_OK;
}

/* ---- files ---- */

static jz_status take(work *w, int fd, jz_err *err)
{
    const jz_decode_opts first = { .first_frame_only = true };
    jz_media_info info = { 0 };
    JZ_TRY(jz_inspect(w->decoder, w->finder, fd, &w->opts->inspect, &w->in, err));
    JZ_TRY(add_item(w, &w->in, 0, w->out->manifest.row[w->row].replaced, err));
    if (w->opts->self_blends + w->opts->clips + w->opts->beautified == 0 ||
        w->out->manifest.row[w->row].replaced || w->in.info.format->kind != JZ_KIND_IMAGE ||
        w->in.info.animated)
        return JZ_OK;
    JZ_TRY(jz_decode(w->decoder, fd, &first, on_picture, w, &info, err));
    return w->pixels != NULL ? add_clips(w, err) : JZ_OK;
}

static jz_status open_and_take(work *w, const char *folder, jz_err *err)
{
    const char *name = w->out->manifest.row[w->row].path;
    jz_auto(char) *joined = NULL;
    if (name[0] != '/')
        JZ_TRY(jz_path_join(folder, name, &joined, err));
    JZ_FD_AUTO fd = open(joined != NULL ? joined : name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return JZ_FAIL(err, errno == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "%s", strerror(errno));
    const jz_status st = take(w, fd, err);
    jz_inspection_done(&w->in);
    jz_free(w->pixels);
    w->pixels = NULL;
    return st;
}

static jz_status take_all(work *w, const char *folder, jz_err *err)
{
    for (w->row = 0; w->row < w->out->manifest.n; w->row++) {
        jz_err why = { 0 };
        if (w->opts->stop != NULL && w->opts->stop(w->opts->user))
            return JZ_FAIL(err, JZ_E_INTERRUPTED, "stopped on request");
        const jz_status st = open_and_take(w, folder, &why);
        if (st == JZ_E_NOMEM)
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
        if (st == JZ_OK)
            continue;
        w->out->failed++;
        if (w->opts->failed != NULL)
            w->opts->failed(w->opts->user, w->out->manifest.row[w->row].path, &why);
    }
    return JZ_OK;
}

jz_status jz_evaluate(jz_decoder *d, jz_face_finder *finder, const char *manifest,
                      const jz_evaluate_opts *opts, jz_evaluation *out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_auto(char) *folder = jz_path_folder(manifest);
    work w = { .decoder = d, .finder = finder, .opts = opts, .out = out };
    if (folder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(jz_file_read(manifest, JZ_MANIFEST_MAX, &text, err));
    JZ_TRY(jz_eval_manifest_parse(text.ptr, text.len, &out->manifest, err));
    JZ_TRY(take_all(&w, folder, err));
    JZ_TRY(jz_evaluate_score(out, err));
    out->all.has_network = opts->inspect.network != NULL;
    if (out->all.has_network)
        memcpy(out->all.network, jz_face_net_sha256(opts->inspect.network),
               sizeof out->all.network);
    return JZ_OK;
}
