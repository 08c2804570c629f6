/* SPDX-License-Identifier: Apache-2.0 */
/* How well the examination does on material whose truth is known. The material is a manifest, a
 * text file with one line for each file and its fields separated by tabs:
 *
 *   path  truth  source  identity
 *
 * path: from the manifest's folder; truth: "unmodified" or "replaced"; source and identity: any
 * words, for who made the file with what, and for whose face it is (a number will do): only whether
 * two are equal matters. Lines that begin with # are notes. Nothing of the files is kept but
 * numbers. */
#ifndef JZ_EVALUATE_H
#define JZ_EVALUATE_H

#include "base/json.h"
#include "inspect/calibration.h"
#include "inspect/clips.h"
#include "inspect/deletion.h"
#include "inspect/metrics.h"

#define JZ_MANIFEST_MAX ((size_t)64 << 20) /* bytes */
#define JZ_BOOTSTRAP_ROUNDS 1000

typedef struct jz_eval_row {
    char *path; /* as it stands in the manifest */
    bool replaced;
    uint32_t source, identity; /* numbers for the words, by their first appearance */
} jz_eval_row;

typedef struct jz_eval_manifest { /* = { 0 }; ended with jz_eval_manifest_done() */
    jz_eval_row *row;
    size_t n, size;
    char **word; /* by first appearance; a source and an identity may share one */
    size_t n_words, words_size;
} jz_eval_manifest;
/* JZ_E_CORRUPT, naming the line; JZ_E_NOMEM. On failure *out is as it was. */
JZ_CHECKED jz_status jz_eval_manifest_parse(const char *text, size_t len, jz_eval_manifest *out,
                                            jz_err *err);
void jz_eval_manifest_done(jz_eval_manifest *m);

/* One file, or one self-blend of it: its track with the most fit faces, or its widest such face. */
typedef struct jz_eval_item {
    size_t row;
    uint64_t blend; /* 0: the file itself; else, from 1, a self-blend, or the same picture without,
                       coded anew like it */
    bool replaced;
    bool beautified; /* an unmodified picture that went through a beauty filter */
    uint32_t source, identity;
    const char *quality;
    const char *coding; /* of a clip made of the file (clips.h), its name; else NULL */
    bool suitable;      /* else nothing was measured of it */
    jz_measured m[JZ_MEASURES];
    bool scored; /* a model of the other sources had enough to say something */
    double log10_lr;
    bool naive; /* beautified, and scored by a model that has seen none that is */
    double naive_log10_lr;
    bool pointed;   /* a self-blend with a map */
    bool hit;       /* the largest number of its map lies on the blend */
    bool fixed_hit; /* the blend lies at row 10, column 8 of the map, whatever the map says */
    double covered; /* part of the map's square that is blended: a hit by chance */
    bool deleted;   /* fall is filled */
    double fall[JZ_DELETIONS];
} jz_eval_item;

typedef struct jz_evaluation { /* = { 0 }; ended with jz_evaluation_done() */
    jz_eval_manifest manifest;
    jz_eval_item *item;
    size_t n, size;
    uint64_t failed;    /* files that could not be read */
    jz_calibration all; /* of every source: what jz_calibration_write() can keep */
} jz_evaluation;
void jz_evaluation_done(jz_evaluation *e);

typedef struct jz_evaluate_opts { /* = { 0 } */
    uint32_t self_blends;         /* made of each unmodified still */
    uint32_t clips;               /* likewise, clips of its blends, each in one of the codings */
    uint32_t beautified;          /* likewise, through a beauty filter: unmodified all the same */
    jz_inspect_opts inspect;
    /* Called for each file that could not be read; may be NULL. */
    void (*failed)(void *user, const char *path, const jz_err *err);
    bool (*stop)(void *user); /* may be NULL */
    void *user;
} jz_evaluate_opts;
/* Inspects every file of a manifest and scores each by a model of the other sources alone. A file
 * that cannot be read is counted. JZ_E_CORRUPT, JZ_E_NOTFOUND, JZ_E_NOMEM, JZ_E_INTERRUPTED. */
JZ_CHECKED jz_status jz_evaluate(jz_decoder *d, jz_face_finder *finder, const char *manifest,
                                 const jz_evaluate_opts *opts, jz_evaluation *out, jz_err *err);
/* The second half of it, for items that are there already. */
JZ_CHECKED jz_status jz_evaluate_score(jz_evaluation *e, jz_err *err);

/* What the scores are worth. */
typedef struct jz_eval_figures {
    uint64_t unmodified, replaced, unsuitable, abstained; /* of all; scored is the rest */
    uint64_t scored[2];
    double auc, eer, cllr, cllr_min;           /* NAN where they cannot be told */
    double network_auc;                        /* of the network's score alone */
    uint64_t pointed, hits, fixed_hits;        /* maps of self-blends */
    double by_chance;                          /* what part would hit anyway; NAN */
    uint64_t deleted;                          /* self-blends with deletion scores */
    double fall[JZ_DELETIONS];                 /* means; NAN */
    jz_interval fall_by_source[JZ_DELETIONS];  /* of the map's less each other's; its own: none */
    jz_interval by_source, by_identity;        /* of auc */
    jz_interval network_by_source;             /* of network_auc */
    uint64_t weak[2], moderate[2], against[2]; /* scored items in each band of words, by truth */
    /* Of beautified items: by models that have seen none [0], and others [1], in training. */
    uint64_t beauty_scored[2], beauty_weak[2], beauty_moderate[2];
} jz_eval_figures;
/* quality: the name of a class, or of a coding of clips; NULL: of all together. */
JZ_CHECKED jz_status jz_eval_figures_of(const jz_evaluation *e, const char *quality,
                                        jz_eval_figures *out, jz_err *err);
/* The scored items of a class, sorted; scores are natural logarithms. The caller frees. */
JZ_CHECKED jz_status jz_eval_scores(const jz_evaluation *e, const char *quality, jz_scored **out,
                                    size_t *n, jz_err *err);
/* How well one measurement tells by itself, of a class: of *n items that have its value. */
JZ_CHECKED jz_status jz_eval_measure(const jz_evaluation *e, const char *quality, size_t measure,
                                     size_t *n, double *auc, jz_interval *by_source, jz_err *err);
/* The i-th quality class, NULL past the last one. */
const char *jz_quality_at(size_t i);

/* In an open object. */
JZ_CHECKED jz_status jz_evaluate_json(jz_json *j, const jz_evaluation *e, jz_err *err);
/* A page that opens without a network. */
JZ_CHECKED jz_status jz_evaluate_html(jz_buf *out, const jz_evaluation *e, jz_err *err);

#endif
