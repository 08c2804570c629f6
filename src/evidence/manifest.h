/* SPDX-License-Identifier: Apache-2.0 */
/* One manifest of a bag (RFC 8493, 2.1.3 and 2.2.1), line by line. Reads whatever it is given; what
 * is wrong with a line is told, and the next one is read. Threads: any. */
#ifndef JZ_MANIFEST_H
#define JZ_MANIFEST_H

#include <jz/evidence.h>

#include "evidence/digests.h"

#define JZ_MANIFEST_NAME_MAX 4096 /* bytes of a name, decoded */

typedef struct jz_manifest_line {
    size_t number; /* from 1 */
    uint8_t digest[JZ_DIGEST_SIZE_MAX];
    const char *name; /* decoded, terminated, without a NUL in it; valid during the call */
    size_t len;
} jz_manifest_line;

typedef struct jz_manifest_sink { /* a status other than JZ_OK ends the reading and is returned */
    void *user;
    /* A hash and a name of the right area (data/ or not). The name may have been told as a fault
     * before; it is only fit to be compared with what is on disk. */
    jz_status (*line)(void *user, const jz_manifest_line *line, jz_err *err);
    /* what: as in jz_bag_finding. */
    jz_status (*tell)(void *user, jz_bag_level level, size_t line, const char *what,
                      const char *why, jz_err *err);
} jz_manifest_sink;

typedef struct jz_manifest_rules {
    size_t digest_size; /* bytes */
    bool tags;          /* a tag manifest: names outside data/ */
    bool own;           /* our profile: lower-case hex, two blanks, LF, names as we write them */
} jz_manifest_rules;

JZ_CHECKED jz_status jz_manifest_parse(jz_bytes text, const jz_manifest_rules *rules,
                                       const jz_manifest_sink *sink, jz_err *err);

#endif
