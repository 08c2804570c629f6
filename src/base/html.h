/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_HTML_H
#define JZ_HTML_H

#include "base/buf.h"

/* Appends text for HTML content and quoted attributes. What is not UTF-8, control characters and
 * those that turn the direction of writing become U+FFFD. */
void jz_html_text(jz_buf *out, const char *s, size_t len);

/* web/base.css, the look of every page, for reports that stand alone: light and dark, and on paper.
 * A sheet of its own may follow it. */
extern const char jz_look[];

#endif
