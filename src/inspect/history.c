/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/history.h"

#include "base/alloc.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART ((size_t)256 << 10) /* bytes of each end that are looked at */

/* What a program writes, and who it is. Found in files that these programs made. */
static const struct {
    const char *mark, *name;
} marks[] = {
    { "x264 - core", "x264" },
    { "x265 (build", "x265" },
    { "Lavf", "FFmpeg (libavformat)" },
    { "Lavc", "FFmpeg (libavcodec)" },
    { "HandBrake", "HandBrake" },
    { "Adobe Premiere", "Adobe Premiere" },
    { "Adobe Photoshop", "Adobe Photoshop" },
    { "GIMP", "GIMP" },
};
_Static_assert(JZ_ARRAY_LEN(marks) <= JZ_HISTORY_MAX, "all may stand in one file");

static void search(jz_bytes part, bool found[JZ_ARRAY_LEN(marks)])
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(marks); i++)
        found[i] =
            found[i] || memmem(part.ptr, part.len, marks[i].mark, strlen(marks[i].mark)) != NULL;
}

jz_status jz_history_read(int fd, jz_inspection *in, jz_err *err)
{
    struct stat sb;
    bool found[JZ_ARRAY_LEN(marks)] = { false };
    jz_auto(uint8_t) *part = jz_alloc(PART);
    if (part == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu bytes", PART);
    if (fstat(fd, &sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s", strerror(errno));
    const off_t at[] = { 0, sb.st_size > (off_t)PART ? sb.st_size - (off_t)PART : 0 };
    for (size_t i = 0; i < (at[1] > 0 ? 2u : 1u); i++) {
        const ssize_t n = pread(fd, part, PART, at[i]);
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "%s", strerror(errno));
        search((jz_bytes){ part, (size_t)n }, found);
    }
    for (size_t i = 0; i < JZ_ARRAY_LEN(marks); i++)
        if (found[i])
            in->history[in->n_history++] = marks[i].name;
    return JZ_OK;
}

static const jz_hint hints[JZ_HINTS] = {
    [JZ_HINT_RATE] = { "bit_rate", "Mbit/s",
                       "of the file: cameras write several times what platforms do at the "
                       "same size" },
    [JZ_HINT_BITS] = { "bits_per_pixel", "bits",
                       "below about 0.05 fine traces are gone, and nothing fine can be measured" },
    [JZ_HINT_QP] = { "quantiser", "QP",
                     "mean of the frames decoded, of H.264: 0 loses nothing, 51 nearly all; above "
                     "about 30 fine traces are gone" },
    [JZ_HINT_KEYS] = { "key_frame_distance", "frames",
                       "the longest: cameras and live streams mostly 1 or 2 s, encoders of "
                       "files up to 10 s" },
    [JZ_HINT_KEYS_SPREAD] = { "key_frame_spread", "part of the longest",
                              "0: at a fixed distance, as cameras write; larger: placed by an "
                              "encoder at cuts, as when a file is coded anew" },
    [JZ_HINT_SIDE] = { "short_side", "pixels",
                       "360, 480, 540, 576 and 640 are sizes that platforms and messengers scale "
                       "to" },
};

const jz_hint *jz_hint_at(size_t i)
{
    return i < JZ_HINTS ? &hints[i] : NULL;
}

static void put(jz_measured *m, bool known, double value, const char *why)
{
    *m = (jz_measured){ .valid = known, .value = known ? value : 0, .why = known ? NULL : why };
}

void jz_history_hints(jz_inspection *in)
{
    const jz_media_info *i = &in->info;
    const bool video = i->format != NULL && i->format->kind == JZ_KIND_VIDEO;
    const char *const why = video ? "the container does not say" : "not a video";
    const double bits = 8.0 * (double)in->exact.bytes;
    const double pixels = i->duration_s * i->fps * i->width * i->height;
    const bool timed = video && in->hashed && i->duration_s > 0;
    put(&in->hint[JZ_HINT_RATE], timed, bits / i->duration_s / 1e6, why);
    put(&in->hint[JZ_HINT_BITS], timed && pixels > 0, bits / pixels, why);
    put(&in->hint[JZ_HINT_QP], video && i->qp_frames > 0, i->qp, video ? "not of H.264" : why);
    put(&in->hint[JZ_HINT_KEYS], video && i->gops > 0, i->gop_max,
        video ? "one key frame in what was read" : why);
    put(&in->hint[JZ_HINT_KEYS_SPREAD], video && i->gops > 1,
        ((double)i->gop_max - i->gop_min) / i->gop_max,
        video ? "fewer than three key frames" : why);
    put(&in->hint[JZ_HINT_SIDE], video, i->width < i->height ? i->width : i->height, why);
}
