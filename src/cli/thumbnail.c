/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/thumbnail.h"

#include "base/alloc.h"
#include "media/small.h"

#include <jz/hash.h>

typedef struct small { /* as stored in the file */
    jz_plane plane;
    uint8_t *mem;
} small;

/* Only the first frame is delivered. */
static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err)
{
    small *s = user;
    (void)info;
    return jz_small_make(&frame->plane, JZ_THUMBNAIL_SIDE, &s->plane, &s->mem, err);
}

static jz_status put_shown(const small *s, uint32_t orientation, jz_buf *out, jz_err *err)
{
    jz_plane shown;
    uint8_t *mem = NULL;
    if (orientation < 2 || orientation > 8)
        return jz_png_put(&s->plane, out, err);
    JZ_TRY(jz_plane_orient(&s->plane, orientation, &shown, &mem, err));
    const jz_status st = jz_png_put(&shown, out, err);
    jz_plane_free(mem);
    return st;
}

jz_status jz_thumbnail_make(jz_decoder *d, int fd, jz_buf *out, jz_err *err)
{
    small s = { .mem = NULL };
    jz_media_info info = { 0 };
    const jz_decode_opts opts = { .first_frame_only = true };
    jz_status st = jz_decode(d, fd, &opts, on_frame, &s, &info, err);
    if (st == JZ_OK && s.mem == NULL)
        st = JZ_FAIL(err, JZ_E_UNSUPPORTED, "no picture in it");
    if (st == JZ_OK)
        st = put_shown(&s, info.orientation, out, err);
    jz_free(s.mem);
    return st;
}
