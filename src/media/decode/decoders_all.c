/* SPDX-License-Identifier: Apache-2.0 */
/* What jz-decode reads. */
#include "media/decode/job.h"

const jz_decoder_row jz_decoder_rows[] = {
    { "jpeg", jz_decode_jpeg, false },
    { "png", jz_decode_png, false },
    { "apng", jz_decode_av_video, false },
    { "webp", jz_decode_webp, false },
    { "gif", jz_decode_av_video, false },
    { "bmp", jz_decode_av_still, false },
    { "tiff", jz_decode_av_still, false },
    { "heic", jz_decode_heif, true }, /* libde265 starts threads and waits for them */
    { "avif", jz_decode_heif, true },
    { "jxl", jz_decode_av_still, false },
    { "jp2", jz_decode_av_still, false },
    { "j2k", jz_decode_av_still, false },
    { "mp4", jz_decode_av_video, false },
    { "mov", jz_decode_av_video, false },
    { "3gp", jz_decode_av_video, false },
    { "m4v", jz_decode_av_video, false },
    { "mkv", jz_decode_av_video, false },
    { "webm", jz_decode_av_video, false },
    { "avi", jz_decode_av_video, false },
    { "flv", jz_decode_av_video, false },
    { "mpegts", jz_decode_av_video, false },
    { "mpegps", jz_decode_av_video, false },
    { "asf", jz_decode_av_video, false },
    { "ogv", jz_decode_av_video, false },
    { 0 },
};
