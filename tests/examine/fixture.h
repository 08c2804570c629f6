/* SPDX-License-Identifier: Apache-2.0 */
/* Folders, pictures and processes for the tests of examining and scanning. Everything is made
 * here; whatever cannot be made ends the test. */
#ifndef JZ_FIXTURE_H
#define JZ_FIXTURE_H

#include <jz/scan.h>

#include "base/buf.h"

#include <sys/types.h>

/* A new folder below $TMPDIR; removed with everything in it by fx_remove(). */
void fx_folder(char *path, size_t size);
void fx_remove(const char *path);
/* dir/name in a static buffer; four are in use at once. */
const char *fx_path(const char *dir, const char *name);
void fx_mkdir(const char *dir, const char *name);
void fx_write(const char *path, const void *data, size_t len);

/* A smooth picture of its own for each seed, 3 channels, packed rows. Freed with jz_free(). */
typedef struct fx_picture {
    uint32_t width, height;
    uint8_t *px;
} fx_picture;
fx_picture fx_picture_new(uint32_t seed, uint32_t width, uint32_t height);
fx_picture fx_mirrored(const fx_picture *p); /* left and right change places */
fx_picture fx_rotated(const fx_picture *p);  /* by 90 degrees, clockwise */
/* orientation 0 = no Exif block. */
void fx_write_jpeg(const char *path, const fx_picture *p, int quality, int orientation);
/* Motion JPEG at fps frames a second; every picture is shown for frames_each frames. */
void fx_write_avi(const char *path, const fx_picture *const *p, size_t n, unsigned frames_each,
                  unsigned fps);

/* Adds the file as an entry of a bank and returns its number. */
int64_t fx_bank_file(jz_banks *b, const char *bank, const char *path, jz_decoder *d);

/* Starts $JZ_EXE with args (after "jz", ends with NULL), stdout to a file of its own; returns its
 * pid. */
pid_t fx_start(const char *const *args, const char *out_path);
/* Waits; its exit status, or 128 + the signal that ended it. */
int fx_wait(pid_t pid);
int fx_run(const char *const *args, const char *out_path);
/* The lines of a file, sorted. Freed with fx_lines_free(). */
char **fx_lines(const char *path, size_t *n);
void fx_lines_free(char **lines, size_t n);
/* How many of them hold text. */
size_t fx_count(char *const *lines, size_t n, const char *text);

#endif
