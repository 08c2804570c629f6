/* SPDX-License-Identifier: Apache-2.0 */
#include "media/limits.h"

#include "media/pixels.h"

#define PIXELS_CEILING ((uint64_t)1 << 32) /* 12 GiB of pixels: mappable everywhere */
#define SLACK_BYTES ((size_t)1 << 16)

static void fill64(uint64_t *v, uint64_t fallback)
{
    if (*v == 0)
        *v = fallback;
}

static void fill32(uint32_t *v, uint32_t fallback)
{
    if (*v == 0)
        *v = fallback;
}

jz_limits jz_limits_filled(const jz_limits *in)
{
    jz_limits l = in != NULL ? *in : (jz_limits){ 0 };
    fill64(&l.max_pixels, 134217728);
    fill64(&l.max_frames, 1000000);
    fill64(&l.max_still_bytes, 536870912);
    fill64(&l.max_memory_bytes, 1073741824);
    fill32(&l.max_duration_s, 43200);
    fill32(&l.max_nesting, 16);
    fill32(&l.stall_ms, 30000);
    fill32(&l.timeout_ms, 3600000);
    if (l.max_pixels > PIXELS_CEILING)
        l.max_pixels = PIXELS_CEILING;
    if (l.max_nesting > JZ_NESTING_MAX)
        l.max_nesting = JZ_NESTING_MAX;
    return l;
}

jz_decode_opts jz_decode_opts_filled(const jz_decode_opts *in)
{
    jz_decode_opts o = in != NULL ? *in : (jz_decode_opts){ 0 };
    if (!(o.interval_s > 0)) /* also not a number */
        o.interval_s = 1;
    return o;
}

size_t jz_limits_pixel_bytes(const jz_limits *limits)
{
    const size_t bytes = (size_t)limits->max_pixels * 3 + SLACK_BYTES;
    return (bytes + JZ_PIXELS_HUGE - 1) / JZ_PIXELS_HUGE * JZ_PIXELS_HUGE;
}
