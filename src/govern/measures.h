/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of decisions, measures and strikes. All of it runs in the open transaction. */
#ifndef JZ_MEASURES_H
#define JZ_MEASURES_H

#include "govern/complaints.h"
#include "govern/consents.h"
#include "govern/ladder.h"

#define JZ_DECISION_FACTS 5001 /* bytes, with the terminator; the DSA database takes 5000 */
#define JZ_DECISION_TRACE 8192
#define JZ_DECISION_EVIDENCE 36 /* "EB-", 32 hex digits, terminator */

extern const char *const jz_words_ground[], *const jz_words_automated[],
                                                *const jz_words_content_type[];
enum { JZ_GROUND_ILLEGAL = 1, JZ_GROUND_INCOMPATIBLE };
enum { JZ_AUTOMATED_FULLY = 1, JZ_AUTOMATED_PARTIALLY, JZ_AUTOMATED_NOT };

typedef struct jz_form_region { /* where in an item it is: thousandths of its width and height */
    int64_t x, y, w, h;
    int64_t from_ms, until_ms; /* of a video */
} jz_form_region;
#define JZ_FORM_REGIONS 16

typedef struct jz_form_measure {
    int kind;
    char target[JZ_COMPLAINT_URL_MAX], feature[JZ_LADDER_FEATURE];
    int64_t days;
    jz_form_region region[JZ_FORM_REGIONS]; /* of content */
    size_t regions;
} jz_form_measure;
extern const jz_field jz_region_fields[];

typedef struct jz_decision_form {
    int ground, severity, source, automated, category;
    bool automated_detection;
    uint32_t content_types;
    char policy[JZ_GOVERN_NAME_MAX], basis[JZ_GOVERN_NAME_MAX], facts[JZ_DECISION_FACTS];
    char language[36], content_date[11], complaint[JZ_COMPLAINT_ID_SIZE], case_id[65];
    char account[JZ_GOVERN_NAME_MAX], group[JZ_GOVERN_NAME_MAX];
    char evidence[JZ_DECISION_EVIDENCE], no_evidence[JZ_GOVERN_TEXT_MAX];
    char trace[JZ_DECISION_TRACE];
    jz_form_measure measure[JZ_DECISION_MEASURES];
    size_t measures;
    uint8_t salt[JZ_GOVERN_SALT];
} jz_decision_form; /* 90 kB: on the heap */

JZ_CHECKED jz_status jz_decision_form_read(jz_bytes json, jz_decision_form *out, jz_err *err);
/* An empty one, freed with JZ_DECISION_AUTO; NULL: JZ_E_NOMEM in err. */
jz_decision_form *jz_decision_form_new(jz_err *err);
void jz_decision_form_text(const jz_decision_form *f, jz_buf *out);
JZ_CHECKED jz_status jz_decision_text_read(const char *text, jz_decision_form *out, jz_err *err);

static inline void jz_decision_formp(jz_decision_form **f)
{
    jz_govern_free((char *)*f);
}
#define JZ_DECISION_AUTO __attribute__((cleanup(jz_decision_formp))) jz_decision_form
/* jz_decide() of jz/measure.h, of what was read; the form gets its salt. */
JZ_CHECKED jz_status jz_decide_form(jz_govern *g, jz_decision_form *f, const char *by,
                                    char id[JZ_DECISION_ID_SIZE], jz_err *err);

typedef struct jz_decision_row {
    int64_t row;
    char id[JZ_DECISION_ID_SIZE], by[JZ_GOVERN_NAME_MAX];
    char account[JZ_GOVERN_NAME_MAX], group[JZ_GOVERN_NAME_MAX];
    int64_t at_us, complaint; /* a row; 0: none */
    jz_appeal_state appeal;
} jz_decision_row;

JZ_CHECKED jz_status jz_measure_tables(jz_store *s, jz_err *err);
JZ_CHECKED jz_status jz_decision_load(jz_govern *g, const char *id, jz_decision_row *out,
                                      jz_err *err);
JZ_CHECKED jz_status jz_decision_load_row(jz_govern *g, int64_t row, jz_decision_row *out,
                                          jz_err *err);
JZ_CHECKED jz_status jz_decision_save_appeal(jz_govern *g, const jz_decision_row *d, jz_err *err);
/* jz_decision_appeal() of jz/measure.h, in the open transaction; the text is checked already. */
JZ_CHECKED jz_status jz_decision_appeal_in(jz_govern *g, const char *id, const char *text,
                                           const char *by, jz_err *err);

typedef struct jz_measure_rec {
    int64_t row, decision;
    jz_measure_life life;
    int64_t ordered_us, over_us; /* when it ended or was reversed; 0: not */
    int64_t step_at;             /* of the ladder's step, points; 0: by the decision itself */
    bool automated;
    char target[JZ_COMPLAINT_URL_MAX], feature[JZ_LADDER_FEATURE];
} jz_measure_rec;

/* Adds one; m->row is filled. Its event is of the decision. */
JZ_CHECKED jz_status jz_measure_insert(jz_govern *g, const jz_decision_row *d, jz_measure_rec *m,
                                       const char *by, jz_err *err);
JZ_CHECKED jz_status jz_measure_load(jz_govern *g, int64_t row, jz_measure_rec *out, jz_err *err);
/* Does an act, and what follows from it. */
JZ_CHECKED jz_status jz_measure_apply(jz_govern *g, const jz_decision_row *d, jz_measure_rec *m,
                                      const jz_measure_deed *deed, jz_err *err);
/* Another end for one that runs. */
JZ_CHECKED jz_status jz_measure_shorten(jz_govern *g, const jz_decision_row *d, jz_measure_rec *m,
                                        int64_t until_us, const char *by, jz_err *err);

/* ---- strikes ---- */

/* The ladder in force (id 0), kept as the usual one where there is none, or that of an id. */
JZ_CHECKED jz_status jz_ladder_load(jz_govern *g, int64_t id, jz_ladder *out, int64_t *found,
                                    jz_err *err);

/* The strike of a decision, frozen by the ladder that is in force, and the step that it reaches. */
JZ_CHECKED jz_status jz_strike_add(jz_govern *g, const jz_decision_row *d, int severity, int source,
                                   const char *by, jz_err *err);
/* Revokes the strike of a decision; severity: it counts as that instead (0: as nothing). Steps of
 * the account are computed anew. */
JZ_CHECKED jz_status jz_strike_revoke(jz_govern *g, const jz_decision_row *d, int severity,
                                      const char *by, jz_err *err);

#endif
