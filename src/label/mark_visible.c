/* SPDX-License-Identifier: Apache-2.0 */
/* A visible mark, burned in by jz-encode and measured again in what came of it. */
#include <jz/label.h>

#include "label/mark_overlay.h"
#include "label/mark_words.h"

#include <math.h>

#define CONTRAST_MIN 4.5 /* WCAG 2.2, 1.4.3 */

/* What one look at a file is for: to learn its size, or to measure a mark in it. */
typedef struct look {
    const jz_mark_overlay *mark; /* NULL: only the size */
    jz_mark_seen seen;
    uint32_t width, height;
} look;

static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    look *l = user;
    (void)info;
    l->width = f->plane.width;
    l->height = f->plane.height;
    if (l->mark == NULL)
        return JZ_OK;
    const jz_overlay *o = &l->mark->overlay;
    if (o->x + o->width > l->width || o->y + o->height > l->height)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the marked picture has %u x %u pixels", l->width,
                       l->height);
    jz_mark_overlay_see(l->mark, &f->plane, &l->seen);
    return JZ_OK;
}

static jz_status look_at(jz_decoder *d, int fd, look *l, jz_media_info *info, jz_err *err)
{
    const jz_decode_opts opts = { .first_frame_only = true };
    JZ_TRY(jz_decode(d, fd, &opts, on_frame, l, info, err));
    return l->width > 0 ? JZ_OK : JZ_FAIL(err, JZ_E_CORRUPT, "no picture in it");
}

static jz_status check(const jz_mark_overlay *mark, const look *l, jz_mark_result *out, jz_err *err)
{
    const uint32_t shortest = l->width < l->height ? l->width : l->height;
    *out = (jz_mark_result){ .ink_height = l->seen.ink_height,
                             .share = (double)l->seen.ink_height / shortest,
                             .contrast = l->seen.contrast };
    (void)mark;
    if (l->seen.ink_height * JZ_MARK_SHARE < shortest)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the mark came out %u pixels high, less than 5 %% of %u",
                       l->seen.ink_height, shortest);
    if (!(l->seen.contrast >= CONTRAST_MIN))
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "the mark came out with a contrast of %.1f, less than %g", l->seen.contrast,
                       CONTRAST_MIN);
    return JZ_OK;
}

static jz_status burn(jz_decoder *d, int fd, const jz_mark_opts *opts, int out_fd,
                      jz_mark_overlay *mark, jz_mark_result *out, jz_err *err)
{
    look before = { 0 };
    look after = { .mark = mark };
    jz_media_info info = { 0 };
    jz_encode_info made = { 0 };
    const char *text = opts->text != NULL ? opts->text : jz_mark_wording(NULL);
    JZ_TRY(look_at(d, fd, &before, &info, err));
    JZ_TRY_CTX(jz_mark_overlay_make(text, before.width, before.height, info.orientation, mark, err),
               err, "visible mark");
    const jz_encode_file file = { .format = info.format, .in_fd = fd, .out_fd = out_fd };
    const jz_encode_span span = { .until_s = opts->whole ? 0 : JZ_MARK_SECONDS };
    JZ_TRY(jz_encode_overlay(&file, &mark->overlay, 1, &span, &made, err));
    JZ_TRY_CTX(look_at(d, out_fd, &after, &info, err), err, "looking at the mark");
    return check(mark, &after, out, err);
}

jz_status jz_mark_visible(jz_sandbox *sb, int fd, const jz_mark_opts *opts, int out_fd,
                          jz_mark_result *out, jz_err *err)
{
    jz_auto(jz_decoder) *d = NULL;
    jz_mark_overlay mark = { 0 };
    JZ_TRY(jz_decoder_new(sb, &d, err));
    const jz_status st = burn(d, fd, opts, out_fd, &mark, out, err);
    jz_mark_overlay_done(&mark);
    return st;
}

bool jz_mark_is_complete(const char *text)
{
    const jz_mark_elements e = jz_mark_elements_of(text);
    return e.ai && e.generated;
}
