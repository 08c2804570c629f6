/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/task.h"

#include <string.h>

static const jz_encoder_row rows[] = {
    { "jpeg", jz_encode_jpeg, NULL, false },      { "png", jz_encode_png, NULL, false },
    { "mp4", jz_encode_av_video, NULL, true },    { "mov", jz_encode_av_video, NULL, true },
    { "3gp", jz_encode_av_video, NULL, true },    { "m4v", jz_encode_av_video, NULL, true },
    { "mkv", jz_encode_av_video, NULL, true },    { "webm", jz_encode_av_video, NULL, true },
    { "avi", jz_encode_av_video, NULL, true },    { "flv", jz_encode_av_video, NULL, true },
    { "mpegts", jz_encode_av_video, NULL, true }, { "mpegps", jz_encode_av_video, NULL, true },
    { "asf", jz_encode_av_video, NULL, true },    { "ogv", jz_encode_av_video, NULL, true },
};

const jz_encoder_row *jz_encoder_find(const char *format)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].format, format) == 0)
            return &rows[i];
    return NULL;
}
