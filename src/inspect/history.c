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
