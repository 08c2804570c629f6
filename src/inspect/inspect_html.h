/* SPDX-License-Identifier: Apache-2.0 */
/* The report of one file: a page in Chinese and English that opens without a network, prints on A4
 * and holds no script. Its sections follow the steps that GB/T 45430-2025 is said to have (its text
 * was not at hand; docs/inspect.md); where that ends with an opinion, this says that it has none.
 */
#ifndef JZ_INSPECT_HTML_H
#define JZ_INSPECT_HTML_H

#include <jz/inspect.h>

#include "base/buf.h"

/* One frame, too blurred to know a person by. */
typedef struct jz_inspect_shot {
    uint64_t frame;
    uint32_t width, height; /* of the frame, in which outlines are */
    const char *data_uri;
} jz_inspect_shot;

typedef struct jz_inspect_page {
    const char *path; /* as given; perhaps not UTF-8 */
    int64_t at_us;    /* when */
    const jz_inspect_opts *opts;
    const jz_inspect_shot *shot;
    size_t n_shots;
    const jz_err *error; /* what ended the examination early; code JZ_OK: nothing */
} jz_inspect_page;

void jz_inspect_html(jz_buf *out, const jz_inspection *in, const jz_inspect_page *page);

#endif
