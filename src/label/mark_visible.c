/* SPDX-License-Identifier: Apache-2.0 */
/* A visible mark: burned in by jz-encode and measured again in what came of it; in documents, a
 * sentence (mark_document.c). */
#include <jz/label.h>

#include "label/mark_document.h"
#include "label/mark_overlay.h"
#include "label/mark_words.h"
#include "media/carrier.h"

#include <string.h>

#define CONTRAST_MIN 4.5 /* WCAG 2.2, 1.4.3 */

/* ---- making the mark for a picture ---- */

/* One mark on its way into one file. */
typedef struct burner {
    jz_decoder *decoder;
    int fd, out_fd;
    jz_mark_wish wish;
    bool whole;
    jz_mark_overlay mark;
    jz_mark_result result;
    uint64_t wanted; /* frames that must show it */
    bool enough;     /* all of them have been seen */
} burner;

static jz_status on_unmarked(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    burner *b = user;
    jz_mark_wish wish = b->wish;
    if (b->mark.rgba != NULL)
        return JZ_OK; /* the first frame alone was asked for */
    if (wish.style == JZ_MARK_FITTING && (info->animated || info->format->kind == JZ_KIND_VIDEO))
        wish.style = JZ_MARK_PLATE; /* what comes behind this frame is not known */
    return jz_mark_overlay_make(&wish, &f->plane, info->orientation, &b->mark, err);
}

static jz_status make_mark(burner *b, jz_media_info *info, jz_err *err)
{
    const jz_decode_opts opts = { .first_frame_only = true };
    JZ_TRY(jz_decode(b->decoder, b->fd, &opts, on_unmarked, b, info, err));
    return b->mark.rgba != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_CORRUPT, "no picture in it");
}

/* ---- measuring it in the file that was written ---- */

static jz_status check_seen(const jz_mark_seen *seen, uint32_t shortest, jz_err *err)
{
    if (seen->ink_height * JZ_MARK_SHARE < shortest)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the mark came out %u pixels high, less than 5 %% of %u",
                       seen->ink_height, shortest);
    if (!(seen->contrast >= CONTRAST_MIN))
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "the mark came out with a contrast of %.1f, less than %g", seen->contrast,
                       CONTRAST_MIN);
    return JZ_OK;
}

static void keep_worst(jz_mark_result *r, const jz_mark_seen *seen, uint32_t shortest)
{
    const bool first = r->frames == 0;
    if (first || seen->ink_height < r->ink_height) {
        r->ink_height = seen->ink_height;
        r->share = (double)seen->ink_height / shortest;
    }
    if (first || seen->contrast < r->contrast)
        r->contrast = seen->contrast;
    r->frames++;
}

static jz_status on_marked(void *user, const jz_media_info *info, const jz_frame *f, jz_err *err)
{
    burner *b = user;
    const jz_plane *p = &f->plane;
    const jz_overlay *o = &b->mark.overlay;
    const uint32_t shortest = p->width < p->height ? p->width : p->height;
    jz_mark_seen seen;
    (void)info;
    if (o->x + o->width > p->width || o->y + o->height > p->height)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the marked picture has %u x %u pixels", p->width,
                       p->height);
    jz_mark_overlay_see(&b->mark, p, &seen);
    JZ_TRY_CTX(check_seen(&seen, shortest, err), err, "frame %u", (unsigned)f->index);
    keep_worst(&b->result, &seen, shortest);
    b->enough = b->result.frames == b->wanted;
    return !b->enough ? JZ_OK : JZ_FAIL(err, JZ_E_INTERRUPTED, "all marked frames were seen");
}

static jz_status measure(burner *b, jz_media_info *info, jz_err *err)
{
    const jz_decode_opts opts = { .first_frame_only = b->wanted == 1,
                                  .every_frame = b->wanted > 1 };
    jz_err why = { 0 };
    const jz_status st = jz_decode(b->decoder, b->out_fd, &opts, on_marked, b, info, &why);
    if (b->enough)
        return JZ_OK;
    if (st == JZ_OK)
        return JZ_FAIL(err, JZ_E_MISMATCH, "%u frames show the mark, not %u",
                       (unsigned)b->result.frames, (unsigned)b->wanted);
    if (err != NULL)
        *err = why;
    return st;
}

/* ---- one file ---- */

static void describe(burner *b, const jz_encode_info *made, const jz_media_info *info)
{
    const jz_mark_overlay *m = &b->mark;
    jz_mark_result *r = &b->result;
    r->style = m->style;
    r->corner = m->corner;
    r->x = m->x;
    r->y = m->y;
    r->width = m->width;
    r->height = m->height;
    r->frames = made->covered;
    if (made->covered > 0)
        r->seconds = made->covered_until_s > 0 ? made->covered_until_s : info->duration_s;
}

static jz_status burn(burner *b, jz_err *err)
{
    jz_media_info info = { 0 };
    jz_encode_info made = { 0 };
    JZ_TRY_CTX(make_mark(b, &info, err), err, "visible mark");
    const jz_encode_file file = { .format = info.format, .in_fd = b->fd, .out_fd = b->out_fd };
    const jz_encode_span span = { .until_s = b->whole ? 0 : JZ_MARK_SECONDS };
    JZ_TRY(jz_encode_overlay(&file, &b->mark.overlay, 1, &span, &made, err));
    /* Theora has no frame where one is as the one before: their numbers tell nothing. */
    const bool numbered = made.covered > 0 && strcmp(made.codec, "theora") != 0;
    b->wanted = numbered ? made.covered : 1;
    JZ_TRY_CTX(measure(b, &info, err), err, "looking at the mark");
    describe(b, &made, &info);
    return JZ_OK;
}

static jz_status burn_once(jz_decoder *d, int fd, const jz_mark_opts *opts, jz_mark_style style,
                           int out_fd, jz_mark_style *used, jz_mark_result *out, jz_err *err)
{
    burner b = { .decoder = d,
                 .fd = fd,
                 .out_fd = out_fd,
                 .wish = { .text = opts->text != NULL ? opts->text : jz_mark_wording(NULL),
                           .corner = opts->corner,
                           .style = style },
                 .whole = opts->whole };
    const jz_status st = burn(&b, err);
    *used = b.mark.style;
    jz_mark_overlay_done(&b.mark);
    if (st == JZ_OK)
        *out = b.result;
    return st;
}

/* An outline that a lossy format blurs makes way for a plate, where the choice is ours. */
static jz_status mark_picture(jz_sandbox *sb, int fd, const jz_mark_opts *opts, int out_fd,
                              jz_mark_result *out, jz_err *err)
{
    jz_auto(jz_decoder) *d = NULL;
    jz_mark_style used = JZ_MARK_FITTING;
    jz_err why = { 0 };
    JZ_TRY(jz_decoder_new(sb, &d, err));
    jz_status st = burn_once(d, fd, opts, opts->style, out_fd, &used, out, &why);
    if (st == JZ_E_MISMATCH && opts->style == JZ_MARK_FITTING && used == JZ_MARK_OUTLINE) {
        why = (jz_err){ 0 };
        st = burn_once(d, fd, opts, JZ_MARK_PLATE, out_fd, &used, out, &why);
    }
    if (st != JZ_OK && err != NULL)
        *err = why;
    return st;
}

jz_status jz_mark_visible(jz_sandbox *sb, int fd, const jz_mark_opts *opts, int out_fd,
                          jz_mark_result *out, jz_err *err)
{
    jz_source src;
    uint8_t head[JZ_SNIFF_BYTES];
    JZ_TRY(jz_source_of_fd(fd, &src, err));
    const size_t n = src.size < sizeof head ? (size_t)src.size : sizeof head;
    JZ_TRY(jz_source_get(&src, 0, head, n, err));
    const jz_format *format = jz_format_find((jz_bytes){ head, n });
    const jz_carrier *carrier = jz_carrier_find(format, (jz_bytes){ head, n });
    const char *name = carrier != NULL ? carrier->format : "";
    if (jz_mark_is_document(name))
        return jz_mark_document(&src, name, opts, out_fd, out, err);
    if (format != NULL && format->kind == JZ_KIND_DOCUMENT)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "no sentence can be written into a file of the "
                       "format %s",
                       format->name);
    return mark_picture(sb, fd, opts, out_fd, out, err);
}

bool jz_mark_is_complete(const char *text)
{
    const jz_mark_elements e = jz_mark_elements_of(text);
    return e.ai && e.generated;
}
