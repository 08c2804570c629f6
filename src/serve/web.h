/* SPDX-License-Identifier: Apache-2.0 */
/* The pages: files of web/, which the build puts into the program (web/meson.build). What is there
 * is a table; nothing is read from disk, so no path leads anywhere else. A page NAME.html stands at
 * "/NAME", home.html at "/", all else at "/web/FILE".
 *
 * Every file goes out with a policy under which a page loads nothing from elsewhere and runs no
 * script or style that is written into it. */
#ifndef JZ_WEB_H
#define JZ_WEB_H

#include <jz/base.h>

typedef struct jz_web_file {
    const char *name;
    const char *tag, *tag_packed; /* strong ETags, quoted (RFC 9110 8.8.3) */
    jz_bytes plain, packed;       /* packed: gzip (RFC 1952); empty where it saves nothing */
} jz_web_file;
extern const jz_web_file jz_web_files[]; /* made by tools/embed_web */
extern const size_t jz_web_file_count;

/* NULL where there is none. */
const jz_web_file *jz_web_find(const char *name);

#endif
