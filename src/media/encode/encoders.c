/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/task.h"

#include <string.h>

static const jz_encoder_row rows[] = {
    { "jpeg", jz_encode_jpeg, NULL, false },
    { "png", jz_encode_png, NULL, false },
    { "webp", jz_encode_webp, NULL, false },
    { "gif", jz_encode_gif, NULL, false },
    { "tiff", jz_encode_tiff, NULL, false },
    { "bmp", jz_encode_bmp, NULL, false },
    { "heic", jz_encode_heif, NULL, true },
    { "avif", jz_encode_heif, NULL, true },
    { "mp4", jz_encode_av_video, jz_encode_av_sound, true },
    { "mov", jz_encode_av_video, NULL, true },
    { "3gp", jz_encode_av_video, NULL, true },
    { "m4v", jz_encode_av_video, NULL, true },
    { "mkv", jz_encode_av_video, NULL, true },
    { "webm", jz_encode_av_video, NULL, true },
    { "avi", jz_encode_av_video, NULL, true },
    { "flv", jz_encode_av_video, NULL, true },
    { "mpegts", jz_encode_av_video, NULL, true },
    { "mpegps", jz_encode_av_video, NULL, true },
    { "asf", jz_encode_av_video, NULL, true },
    { "ogv", jz_encode_av_video, NULL, true },
    { "wav", NULL, jz_encode_wav_sound, false },
    { "flac", NULL, jz_encode_av_sound, false },
    { "mp3", NULL, jz_encode_av_sound, false },
    { "aac", NULL, jz_encode_av_sound, false },
    { "m4a", NULL, jz_encode_av_sound, false },
    { "ogg", NULL, jz_encode_av_sound, false },
};

const jz_encoder_row *jz_encoder_find(const char *format)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].format, format) == 0)
            return &rows[i];
    return NULL;
}
