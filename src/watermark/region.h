/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a picture a mark lies that has been found: screenshots have pages around it. */
#ifndef JZ_REGION_H
#define JZ_REGION_H

#include "watermark/attempt.h"

/* The smallest box around all places where the field agrees with the mark: left, top, right, bottom
 * in shares of width and height. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wm_region(jz_wm_reader *r, const struct jz_watermark_key *k,
                                  const jz_wm_result *found, double out[4], jz_err *err);

#endif
