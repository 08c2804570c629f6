/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/mark_file.h"

#include <jz/hash.h>

#include "media/encode.h"
#include "watermark/shape.h"

#include <inttypes.h>
#include <math.h>

#define AREA_MIN 36864 /* pixels, 192 x 192: smaller ones hold no mark that survives anything */

typedef struct writer {
    const jz_watermark_opts *opts;
    const jz_wm_dsp *dsp;
    jz_wm_fft *fft;
    jz_wm_pattern pattern;
    jz_wm_field change; /* of a still, as it is stored */
    uint32_t width, height;
    jz_wm_shaped shaped;
    bool video;
} writer;

/* What is marked already, and what can hold no mark. Of a video many frames are looked at: the
 * first one may be black. */
static jz_status refuse(const writer *w, jz_decoder *d, int fd, jz_err *err)
{
    jz_watermark_reading there;
    JZ_TRY(jz_watermark_read(d, fd, w->opts->known, w->opts->n_known, &there, err));
    if (there.state == JZ_WATERMARK_FOUND)
        return JZ_FAIL(err, JZ_E_EXISTS, "it has a mark already, with the payload %016" PRIx64,
                       there.payload);
    if (there.state == JZ_WATERMARK_CANNOT_TELL && !(there.pilots > 0))
        return JZ_FAIL(err, JZ_E_LIMIT, "no invisible mark: %s", there.reason);
    return JZ_OK;
}

/* The origin of the tones depends on the picture: many of them averaged do not show the tones. */
static jz_status make_pattern(writer *w, const jz_wm_field *luma, jz_err *err)
{
    uint8_t seed[JZ_SHA256_SIZE];
    jz_sha256(luma->v, (size_t)luma->height * luma->stride * sizeof *luma->v, seed);
    JZ_TRY(jz_wm_fft_new(w->dsp, &w->fft, err));
    return jz_wm_pattern_make(w->opts->key, w->opts->payload, seed, sizeof seed, w->fft,
                              &w->pattern, err);
}

static jz_status prepare(writer *w, const jz_plane *p, uint32_t orientation, jz_err *err)
{
    JZ_WM_FIELD_AUTO luma = { 0 };
    JZ_WM_FIELD_AUTO shown = { 0 };
    if ((uint64_t)p->width * p->height < AREA_MIN)
        return JZ_FAIL(err, JZ_E_LIMIT, "no invisible mark: %u x %u pixels are too few", p->width,
                       p->height);
    w->width = p->width;
    w->height = p->height;
    JZ_TRY(jz_wm_shown(w->dsp, p, orientation, &luma, err));
    JZ_TRY(make_pattern(w, &luma, err));
    if (w->video)
        return JZ_OK;
    const jz_wm_marker m = { w->dsp, w->fft, w->opts->key, &w->pattern };
    JZ_TRY(jz_wm_shape(&m, p, orientation, &luma, &shown, &w->shaped, err));
    return jz_wm_turn(&shown, orientation, true, &w->change, err);
}

static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    writer *w = user;
    if (w->pattern.v != NULL)
        return JZ_OK; /* the first frame alone was asked for */
    w->video = info->format->kind == JZ_KIND_VIDEO;
    if (info->animated && !w->video)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: animations take no invisible mark",
                       info->format->name);
    return prepare(w, &f->plane, info->orientation, err);
}

/* ---- writing, and reading back ---- */

static jz_status encode(const writer *w, const jz_encode_file *file, jz_watermark_written *out,
                        jz_err *err)
{
    jz_encode_info info;
    const jz_delta change = { w->change.v, w->change.width, w->change.height, w->change.stride,
                              jz_wm_unit(w->width, w->height) };
    JZ_TRY(jz_encode_delta(file, &change, w->video ? w->pattern.v : NULL, &info, err));
    out->frames = info.frames;
    return JZ_OK;
}

static bool is_there(const writer *w, const jz_watermark_reading *r)
{
    return r->state == JZ_WATERMARK_FOUND && r->payload == w->opts->payload;
}

static jz_status write_and_read(writer *w, jz_decoder *d, const jz_encode_file *file,
                                jz_watermark_written *out, jz_err *err)
{
    jz_watermark_key *key[] = { w->opts->key };
    JZ_TRY(encode(w, file, out, err));
    JZ_TRY_CTX(jz_watermark_read(d, file->out_fd, key, 1, &out->read, err), err,
               "reading the mark back");
    if (is_there(w, &out->read) || w->video || !jz_wm_strengthen(&w->change, &w->shaped))
        return JZ_OK;
    JZ_TRY(encode(w, file, out, err)); /* coarse coding ate it: once more, as strong as may be */
    return jz_watermark_read(d, file->out_fd, key, 1, &out->read, err);
}

static jz_status mark(writer *w, jz_sandbox *sb, int fd, int out_fd, jz_watermark_written *out,
                      jz_err *err)
{
    jz_media_info info = { 0 };
    jz_auto(jz_decoder) *d = NULL;
    const jz_decode_opts first = { .first_frame_only = true };
    JZ_TRY(jz_decoder_new(sb, &d, err));
    JZ_TRY(refuse(w, d, fd, err));
    JZ_TRY(jz_decode(d, fd, &first, on_frame, w, &info, err));
    if (w->pattern.v == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no picture in it");
    const jz_encode_file file = { .format = info.format, .in_fd = fd, .out_fd = out_fd };
    JZ_TRY(write_and_read(w, d, &file, out, err));
    out->psnr_db = w->video ? JZ_WM_FRAME_DB : w->shaped.psnr_db;
    out->strength = w->video ? 0 : w->shaped.strength;
    return is_there(w, &out->read) ? JZ_OK
                                   : JZ_FAIL(err, JZ_E_MISMATCH,
                                             "the mark is not found in what was written: the "
                                             "picture is too flat or coded too coarsely");
}

jz_status jz_watermark_write(jz_sandbox *sb, int fd, const jz_watermark_opts *opts, int out_fd,
                             jz_watermark_written *out, jz_err *err)
{
    writer w = { .opts = opts, .dsp = jz_wm_dsp_best() };
    jz_watermark_written written = { 0 };
    const jz_status st = mark(&w, sb, fd, out_fd, &written, err);
    jz_wm_fft_free(w.fft);
    jz_wm_pattern_done(&w.pattern);
    jz_wm_field_done(&w.change);
    if (st == JZ_OK)
        *out = written;
    return st;
}
