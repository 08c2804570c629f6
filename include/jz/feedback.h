/* SPDX-License-Identifier: Apache-2.0 */
/* From decisions back to models (模型优化训练): what was decided leaves as a numbered list of
 * hashes and verdicts, and a model's release is taken only where it is measured on a set that stays
 * the same, and is no worse on it than the release before. docs/measures.md. */
#ifndef JZ_FEEDBACK_H
#define JZ_FEEDBACK_H

#include <jz/govern.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes the next list of what was decided since the last one, or decided otherwise: JSON with each
 * item's target (hash or address: media are never in it), verdict ("violating" or "cleared"),
 * category, decision and basis. *version counts from 1; *out is freed with jz_govern_free().
 * JZ_E_NOTFOUND: nothing is new. by: a pseudonym, here and below. */
JZ_API JZ_CHECKED jz_status jz_feedback_list(jz_govern *g, const char *by, int64_t *version,
                                             char **out, jz_err *err);
/* One that was made. JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_feedback_get(jz_govern *g, int64_t version, char **out, jz_err *err);

/* Registers a release of a model (JSON: model, release, sha256, frozen_set, missed_ppm, false_ppm,
 * and optional ticket, list). JZ_E_INVAL where it is measured on another set than the release
 * before, or is worse in either: it is recorded as refused. JZ_E_EXISTS; JZ_E_CORRUPT,
 * JZ_E_TRUNCATED, JZ_E_LIMIT. A ticket (the number of a retrain_ticket) is then acknowledged. */
JZ_API JZ_CHECKED jz_status jz_model_register(jz_govern *g, jz_bytes json, const char *by,
                                              jz_err *err);

typedef struct jz_model_release { /* text is borrowed */
    const char *model, *release;
    int64_t at_us;
    int64_t missed_ppm, false_ppm;       /* of the frozen set, in millionths */
    int64_t before_missed, before_false; /* of the release before; -1: it is the first */
    bool accepted;
} jz_model_release;
typedef jz_status (*jz_model_fn)(void *user, const jz_model_release *r, jz_err *err);
/* In order of registering, refused ones too. */
JZ_API JZ_CHECKED jz_status jz_models_registered(jz_govern *g, jz_model_fn fn, void *user,
                                                 jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
