/* SPDX-License-Identifier: Apache-2.0 */
/* The options of every command that decodes media. */
#ifndef JZ_MEASURE_OPTS_H
#define JZ_MEASURE_OPTS_H

#include <jz/examine.h>

#include "cli/opt.h"

typedef struct jz_measure_args { /* = JZ_MEASURE_ARGS */
    bool fast, every_frame;
    double interval_s;
    uint64_t max_pixels, max_frames, max_still, max_memory, max_duration_s, max_nesting;
    double timeout_s, stall_s;
} jz_measure_args;
#define JZ_INTERVAL_UNSET (-1.0)
#define JZ_MEASURE_ARGS                                                                            \
    {                                                                                              \
        .interval_s = JZ_INTERVAL_UNSET                                                            \
    }

/* Rows of an option table. */
#define JZ_MEASURE_OPTS(a)                                                                              \
    { 0,         "fast", JZ_OPT_FLAG,                                                                   \
      &(a).fast, NULL,   "large JPEGs: pdq_full only, of scaled luma (within 4 bits)" },                \
        { 0, "every-frame", JZ_OPT_FLAG, &(a).every_frame, NULL, "hash every frame of a video" },       \
        { 0, "interval", JZ_OPT_F64, &(a).interval_s, "S", "seconds between frames, 0 = every one" },   \
        { 0, "max-pixels", JZ_OPT_U64, &(a).max_pixels, "N", "of one frame [134217728]" },              \
        { 0, "max-frames", JZ_OPT_U64, &(a).max_frames, "N", "of one item [1000000]" },                 \
        { 0, "max-duration", JZ_OPT_U64, &(a).max_duration_s, "S", "of one item [43200]" },             \
        { 0, "max-nesting", JZ_OPT_U64, &(a).max_nesting, "N", "of blocks in containers [16]" },        \
        { 0, "max-still", JZ_OPT_U64, &(a).max_still, "BYTES", "of a picture's file [536870912]" },     \
        { 0, "max-memory", JZ_OPT_U64, &(a).max_memory, "BYTES", "of a decoder process [1073741824]" }, \
        { 0, "timeout", JZ_OPT_F64, &(a).timeout_s, "S", "for one item [3600]" },                       \
    {                                                                                                   \
        0, "stall", JZ_OPT_F64, &(a).stall_s, "S", "longest silence of a decoder [30]"                  \
    }

/* JZ_E_INVAL for a value out of range, with the option's name. */
JZ_CHECKED jz_status jz_measure_args_use(const jz_measure_args *a, jz_measure_opts *opts,
                                         jz_limits *limits, jz_err *err);

#endif
