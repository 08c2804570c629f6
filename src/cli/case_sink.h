/* SPDX-License-Identifier: Apache-2.0 */
/* A measured file on its way into a case. */
#ifndef JZ_CASE_SINK_H
#define JZ_CASE_SINK_H

#include <jz/case.h>
#include <jz/examine.h>

typedef struct jz_case_sink {
    jz_cases *cases;
    char id[JZ_CASE_ID_SIZE];
    const char *source, *method, *by;
    int64_t captured_us; /* 0 = now */
} jz_case_sink;

/* Puts the file open on fd, of which m was measured (m->hashed), into the case. *number is the
 * item's. Fails as jz_case_add(). */
JZ_CHECKED jz_status jz_case_sink_put(const jz_case_sink *s, const char *path, size_t len, int fd,
                                      const jz_measurement *m, int64_t *number, jz_err *err);

#endif
