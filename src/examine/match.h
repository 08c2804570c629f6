/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_MATCH_H
#define JZ_MATCH_H

#include <jz/examine.h>

/* What matching goes by: no zeros that mean a default are left. NULL = all defaults. */
jz_match_opts jz_match_opts_filled(const jz_match_opts *opts);
/* How many findings are matches; they come first. */
size_t jz_findings_matches(const jz_findings *f);

#endif
