/* SPDX-License-Identifier: Apache-2.0 */
/* What is preserved of what is reviewed: the evidence cases that hold its items, their bags, and
 * the accounts and groups that are linked there. */
#ifndef JZ_MEDIA_EVIDENCE_H
#define JZ_MEDIA_EVIDENCE_H

#include "base/json.h"
#include "serve/media_held.h"

/* "evidence":[{"case","hold","bags":[],"links":[]}], each case once; a link of a case as a
 * whole, or of one of the items. Of each case JZ_EVIDENCE_BAGS bags, the last, and the first
 * JZ_EVIDENCE_LINKS links. */
#define JZ_EVIDENCE_BAGS 8
#define JZ_EVIDENCE_LINKS 32
JZ_CHECKED jz_status jz_media_evidence_put(const jz_api *a, const jz_held_list *l, jz_json *j,
                                           jz_err *err);

#endif
