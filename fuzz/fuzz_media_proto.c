/* SPDX-License-Identifier: Apache-2.0 */
/* A packet as a taken-over decoder process may send it: whatever jz makes of it stays inside the
 * pixel buffer and the limits, and what it would print is printable. */
#include "base/alloc.h"
#include "media/limits.h"
#include "media/proto.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define PIXELS_SIZE 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_printable(const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);
    assert(end != NULL);
    for (const char *p = text; p < end; p++)
        assert(*p >= ' ' && *p <= '~');
}

static void check_info(const jz_msg_info *in)
{
    jz_media_info info = { 0 };
    if (jz_msg_info_read(in, &info, NULL) != JZ_OK)
        return;
    assert(info.orientation >= 1 && info.orientation <= 8);
    assert(isfinite(info.fps) && isfinite(info.duration_s) && isfinite(info.qp));
    assert_printable(info.codec, sizeof info.codec);
}

static void check_frame(const jz_msg_frame *in)
{
    static const uint8_t pixels[PIXELS_SIZE];
    const jz_limits limits = jz_limits_filled(&(jz_limits){ .max_pixels = PIXELS_SIZE });
    jz_frame f = { 0 };
    check_info(&in->info);
    if (jz_msg_frame_read(in, &limits, pixels, sizeof pixels, &f, NULL) != JZ_OK)
        return;
    assert(f.plane.width > 0 && f.plane.height > 0);
    assert(f.plane.stride >= (size_t)f.plane.width * f.plane.channels);
    assert(f.plane.height <= sizeof pixels / f.plane.stride);
    assert((uint64_t)f.full_width * f.full_height <= limits.max_pixels);
    assert(f.index < limits.max_frames);
}

static void check_done(const jz_msg_done *in)
{
    jz_status st = JZ_OK;
    jz_err chain = { 0 };
    check_info(&in->info);
    if (jz_msg_done_read(in, &st, &chain, NULL) != JZ_OK)
        return;
    assert(strcmp(jz_status_name(st), "unknown") != 0);
    assert(chain.depth <= JZ_ERR_FRAMES && (st == JZ_OK || chain.depth > 0));
    for (unsigned i = 0; i < chain.depth; i++)
        assert_printable(chain.frame[i], sizeof chain.frame[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_msg m;
    uint8_t *exact = jz_alloc(size); /* so that a read past its end is seen */
    if (exact == NULL)
        return 0;
    if (size > 0)
        memcpy(exact, data, size);
    const jz_status st = jz_msg_parse((jz_bytes){ exact, size }, &m, NULL);
    jz_free(exact);
    if (st != JZ_OK)
        return 0;
    if (m.type == JZ_MSG_FRAME)
        check_frame(&m.u.frame);
    else if (m.type == JZ_MSG_DONE)
        check_done(&m.u.done);
    else if (m.type == JZ_MSG_LAST) {
        check_frame(&m.u.last.frame);
        check_done(&m.u.last.done);
    } else if (m.type == JZ_MSG_READY)
        assert_printable(m.u.ready.text, sizeof m.u.ready.text);
    else if (m.type == JZ_MSG_HELLO)
        for (size_t i = 0; i < JZ_MSG_FORMATS; i++)
            assert_printable(m.u.hello.formats[i].name, sizeof m.u.hello.formats[i].name);
    return 0;
}
