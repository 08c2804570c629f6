/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/measure_opts.h"

static jz_status to_ms(const char *option, double seconds, uint32_t *out, jz_err *err)
{
    if (seconds > 4000000)
        return JZ_FAIL(err, JZ_E_INVAL, "--%s: %g seconds are too many", option, seconds);
    *out = (uint32_t)(seconds * 1000);
    if (seconds > 0 && *out == 0)
        *out = 1;
    return JZ_OK;
}

jz_status jz_measure_args_use(const jz_measure_args *a, jz_measure_opts *opts, jz_limits *limits,
                              jz_err *err)
{
    jz_limits l = { .max_pixels = a->max_pixels,
                    .max_still_bytes = a->max_still,
                    .max_frames = a->max_frames,
                    .max_memory_bytes = a->max_memory };
    if (a->max_duration_s > UINT32_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "--max-duration: %llu seconds are too many",
                       (unsigned long long)a->max_duration_s);
    if (a->max_nesting > JZ_NESTING_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "--max-nesting: %llu is more than %d",
                       (unsigned long long)a->max_nesting, JZ_NESTING_MAX);
    l.max_duration_s = (uint32_t)a->max_duration_s;
    l.max_nesting = (uint32_t)a->max_nesting;
    JZ_TRY(to_ms("timeout", a->timeout_s, &l.timeout_ms, err));
    JZ_TRY(to_ms("stall", a->stall_s, &l.stall_ms, err));
    *limits = l;
    opts->fast = a->fast;
    opts->every_frame = a->every_frame || (a->interval_s >= 0 && a->interval_s <= 0);
    opts->interval_s = a->interval_s > 0 ? a->interval_s : 0;
    return JZ_OK;
}
