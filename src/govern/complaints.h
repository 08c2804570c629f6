/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of complaints, shared by the files complaint_*.c. All of it runs in the open transaction. */
#ifndef JZ_COMPLAINTS_H
#define JZ_COMPLAINTS_H

#include "govern/complaint_life.h"
#include "govern/fields.h"
#include "govern/governs.h"
#include "govern/pin.h"

/* Words are stored by number: new ones go to the end. */
extern const char *const jz_words_complaint_role[], *const jz_words_complaint_category[];
enum {
    JZ_ROLE_DEPICTED = 1,
    JZ_ROLE_REPRESENTATIVE,
    JZ_ROLE_GUARDIAN,
    JZ_ROLE_FLAGGER,
    JZ_ROLE_USER,
    JZ_ROLE_AUTHORITY,
    JZ_ROLE_PATROL,
};
enum {
    JZ_CATEGORY_MINOR = 1,
    JZ_CATEGORY_INTIMATE,
    JZ_CATEGORY_INTIMATE_SYNTHETIC,
};
/* Harm and confidence, 0 to 10. */
unsigned jz_complaint_score(int role, int category);
bool jz_complaint_is_intimate(int category);
/* Of the person whose right it is, or of the state: never paused, never limited. */
bool jz_complaint_is_right(int role);

/* ---- the form: what is said ---- */

#define JZ_COMPLAINT_URL_MAX 1024

typedef struct jz_form_item {
    char url[JZ_COMPLAINT_URL_MAX], note[JZ_GOVERN_NAME_MAX];
    uint8_t sha256[32], pdq[32]; /* zeros: none */
} jz_form_item;

typedef struct jz_complaint_form {
    int role, category, age_band; /* age_band: of the person depicted */
    char jurisdiction[3], language[36];
    char reporter[JZ_GOVERN_NAME_MAX], contact[JZ_GOVERN_NAME_MAX], signature[JZ_GOVERN_NAME_MAX];
    char depicted[JZ_GOVERN_NAME_MAX], document[JZ_GOVERN_NAME_MAX];
    char statement[JZ_GOVERN_TEXT_MAX], description[JZ_GOVERN_TEXT_MAX];
    jz_form_item item[JZ_COMPLAINT_ITEMS];
    size_t items;
    uint8_t salt[JZ_GOVERN_SALT]; /* zeros in what comes in */
} jz_complaint_form;              /* 90 kB: on the heap */

/* A complaint, and what is added to one. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT, JZ_E_INVAL. */
JZ_CHECKED jz_status jz_complaint_form_read(jz_bytes json, jz_complaint_form *out, jz_err *err);
JZ_CHECKED jz_status jz_complaint_more_read(jz_bytes json, jz_complaint_form *out, jz_err *err);
extern const jz_field jz_complaint_more_fields[]; /* of an addition */
/* The text that is kept, and what its event commits to; and back. */
void jz_complaint_form_text(const jz_complaint_form *f, jz_buf *out);
JZ_CHECKED jz_status jz_complaint_text_read(const char *text, jz_complaint_form *out, jz_err *err);
/* Bits of the elements that it has. */
unsigned jz_complaint_elements(const jz_complaint_form *f);

static inline void jz_complaint_formp(jz_complaint_form **f)
{
    jz_govern_free((char *)*f);
}
#define JZ_FORM_AUTO __attribute__((cleanup(jz_complaint_formp))) jz_complaint_form

/* ---- rows ---- */

typedef struct jz_complaint_row {
    int64_t row;
    char id[JZ_COMPLAINT_ID_SIZE];
    jz_complaint_life life;
    int role, category;
    char jurisdiction[3], reporter[JZ_GOVERN_NAME_MAX], decided_by[JZ_GOVERN_NAME_MAX];
    int64_t folded_into; /* a row; 0: none */
    bool unfounded;
} jz_complaint_row;

JZ_CHECKED jz_status jz_complaint_tables(jz_store *s, jz_err *err);
JZ_CHECKED jz_status jz_complaint_load(jz_govern *g, const char *id, jz_complaint_row *out,
                                       jz_err *err);
JZ_CHECKED jz_status jz_complaint_load_row(jz_govern *g, int64_t row, jz_complaint_row *out,
                                           jz_err *err);
/* Life, decided_by, folded_into, unfounded. */
JZ_CHECKED jz_status jz_complaint_save(jz_govern *g, const jz_complaint_row *c, jz_err *err);
JZ_CHECKED jz_status jz_complaint_body(jz_govern *g, int64_t row, jz_complaint_form *out,
                                       jz_err *err);
/* Told to whoever complains. */
JZ_CHECKED jz_status jz_complaint_tell(jz_govern *g, int64_t row, const char *kind,
                                       const char *text, jz_err *err);

/* jz_complaint_do(), within the open transaction; what it does is checked already. */
JZ_CHECKED jz_status jz_complaint_do_in(jz_govern *g, const char *id, const jz_complaint_deed *d,
                                        jz_err *err);

JZ_CHECKED jz_status jz_complaint_erase_in(jz_govern *g, const char *id, const char *by,
                                           jz_err *err);

/* ---- clocks ---- */

typedef struct jz_clock_row {
    int64_t row;
    const jz_complaint_law *law;
    jz_clock clock;
} jz_clock_row;
/* Those of a complaint in the order of their beginning. */
JZ_CHECKED jz_status jz_complaint_clocks(jz_govern *g, int64_t row,
                                         jz_clock_row out[JZ_COMPLAINT_CLOCKS], size_t *n,
                                         jz_err *err);
JZ_CHECKED jz_status jz_complaint_clock_save(jz_govern *g, const jz_clock_row *c, jz_err *err);
/* Begins the clocks of every law that applies, has its elements and no clock yet; again: the own
 * promise once more, for an appeal. */
JZ_CHECKED jz_status jz_complaint_start(jz_govern *g, const jz_complaint_row *c, unsigned elements,
                                        bool again, const char *by, jz_err *err);
/* What the lists and the sweep go by: of the complaint, or of that into which it is folded. */
JZ_CHECKED jz_status jz_complaint_refresh(jz_govern *g, int64_t row, jz_err *err);
/* The same where one has just been folded into lead. */
JZ_CHECKED jz_status jz_complaint_join(jz_govern *g, int64_t lead, int64_t row, jz_err *err);

/* ---- folding ---- */

/* Folds an open complaint into one that is open, of the same category, and has all of its items; or
 * takes it out of one that has not, any more. */
JZ_CHECKED jz_status jz_complaint_fold(jz_govern *g, jz_complaint_row *c, const char *by,
                                       jz_err *err);
/* Those folded into one that leaves are folded anew, among themselves. */
JZ_CHECKED jz_status jz_complaint_leave(jz_govern *g, int64_t row, const char *by, jz_err *err);
#define JZ_FOLDED_BATCH 256
JZ_CHECKED jz_status jz_complaint_folded(jz_govern *g, int64_t row, int64_t after,
                                         int64_t out[JZ_FOLDED_BATCH], size_t *n, jz_err *err);

/* ---- reporters ---- */

/* Whether this reporter may complain now. JZ_E_BUSY, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_reporter_check(jz_govern *g, const jz_complaint_form *f, jz_err *err);
/* After a decision: warns, pauses, or lifts the pause, as the numbers say. */
JZ_CHECKED jz_status jz_reporter_judge(jz_govern *g, const jz_complaint_row *c, const char *by,
                                       jz_err *err);

#endif
