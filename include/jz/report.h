/* SPDX-License-Identifier: Apache-2.0 */
/* What is told to others of decisions: the statement of reasons of the EU's Digital Services Act,
 * the report to an authority with its proof document, numbers for the public, and to one person
 * what is held about them; and what is kept for how long. docs/reports.md. Texts that these
 * functions make are freed with jz_govern_free(). */
#ifndef JZ_REPORT_H
#define JZ_REPORT_H

#include <jz/govern.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- statement of reasons ---- */

/* Of a decision, as JSON for the DSA Transparency Database (its API of July 2025, known by way of
 * public clients of it). JZ_E_INVAL where the database would not take it: no date of the content,
 * nothing ordered that it knows. JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_report_statement(jz_govern *g, const char *decision, char **out,
                                                jz_err *err);
/* Whether a text is such a statement. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT, JZ_E_INVAL: what is
 * wrong. Threads: any. */
JZ_API JZ_CHECKED jz_status jz_statement_check(jz_bytes json, jz_err *err);

/* ---- to an authority ---- */

typedef struct jz_report_facts { /* what only people know; text is borrowed, NULL = not stated */
    const char *organization;    /* who reports: wanted */
    const char *contact;         /* of it: wanted */
    const char *filing;          /* of its algorithm */
    const char *authority;       /* to whom: wanted */
    const char *document;        /* of the authority, that is answered; NULL: reported unasked */
    const char *number;          /* the report's own: wanted */
    const char *platform;        /* where it was */
    bool urgent;
} jz_report_facts;
#define JZ_REPORT_DECISIONS 256

/* The report (JSON, shaped as NCMEC's CyberTipline reports are): who, where, when, hashes, measures
 * that were taken, bags of evidence. A person has approved its order (report_authority or
 * respond_order) in one of the decisions, else JZ_E_INVAL. JZ_E_NOTFOUND, JZ_E_LIMIT. */
JZ_API JZ_CHECKED jz_status jz_report_authority(jz_govern *g, const jz_report_facts *facts,
                                                const char *const *decisions, size_t n, char **out,
                                                jz_err *err);
/* The proof document (电子证明文件) that goes with it, as a page to be printed and sealed; chinese:
 * in Chinese, else in English. It names every bag and how its check values are made. */
JZ_API JZ_CHECKED jz_status jz_report_proof(jz_govern *g, const jz_report_facts *facts,
                                            const char *const *decisions, size_t n, bool chinese,
                                            char **out, jz_err *err);

/* ---- to the public ---- */

typedef enum jz_report_form { JZ_REPORT_CSV = 1, JZ_REPORT_HTML } jz_report_form;
/* Numbers of a time from from_us to before to_us (microseconds): complaints by category and what
 * became of them, how long they took, clocks kept and broken by law, measures by kind and who
 * ordered them, appeals, reporters. CSV: "table,row,column,value". HTML: one file, with plots. */
JZ_API JZ_CHECKED jz_status jz_report_numbers(jz_govern *g, int64_t from_us, int64_t to_us,
                                              jz_report_form form, char **out, jz_err *err);

/* ---- to one person ---- */

/* What is held about a reference, JSON: consents of theirs, complaints that they made, decisions
 * about their account. Who complained about them, and who decided, is in none of it. */
JZ_API JZ_CHECKED jz_status jz_report_held(jz_govern *g, const char *ref, char **out, jz_err *err);
/* Persons whose face or voice a consent that is kept refers to; no template of a face is kept
 * anywhere. Filing is due at 100 000 (Order 19 of 2025, article 15). */
#define JZ_FACES_ALERT 80000
#define JZ_FACES_FILING 100000
JZ_API JZ_CHECKED jz_status jz_report_faces(jz_govern *g, int64_t *n, jz_err *err);

/* ---- impact assessments ---- */

/* An assessment of the impact on personal information was made (PIPL articles 55 and 56); it is due
 * again after redo_days (0: 366), and whenever what it is about changes. */
JZ_API JZ_CHECKED jz_status jz_assessment_note(jz_govern *g, const char *id, int64_t made_us,
                                               uint32_t redo_days, const char *by, jz_err *err);
typedef struct jz_assessment {
    const char *id;
    int64_t made_us, due_us; /* 0: none was noted */
    int64_t consents;        /* in force, that name it */
    bool due;                /* again, or for the first time */
} jz_assessment;
typedef jz_status (*jz_assessment_fn)(void *user, const jz_assessment *a, jz_err *err);
/* Those that were noted, and those that consents in force name: 256 at most, else JZ_E_LIMIT. */
JZ_API JZ_CHECKED jz_status jz_assessments(jz_govern *g, jz_assessment_fn fn, void *user,
                                           jz_err *err);

/* ---- keeping ---- */

typedef struct jz_retention_class {
    const char *name; /* stable */
    uint32_t days;    /* after what it is about is over */
    const char *basis;
} jz_retention_class;
JZ_API const jz_retention_class *jz_retention_at(size_t i); /* NULL behind the last one */

/* Two persons set a hold and two lift it; object: the id of a consent, complaint or decision, or
 * "*" for everything. While it is in force nothing of that expires. */
JZ_API JZ_CHECKED jz_status jz_retention_hold(jz_govern *g, const char *object,
                                              const char *authority, const char *document,
                                              const char *by, const char *with, jz_err *err);
/* JZ_E_NOTFOUND: no hold is in force. */
JZ_API JZ_CHECKED jz_status jz_retention_release(jz_govern *g, const char *object,
                                                 const char *document, const char *by,
                                                 const char *with, jz_err *err);
/* Erases what has been kept long enough, and is not held; *n counts. */
JZ_API JZ_CHECKED jz_status jz_retention_sweep(jz_govern *g, const char *by, uint64_t *n,
                                               jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
