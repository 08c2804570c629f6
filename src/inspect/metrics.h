/* SPDX-License-Identifier: Apache-2.0 */
/* What scores are worth, against the truth. A score is larger where it speaks for "replaced"; where
 * it is a likelihood ratio, it is its natural logarithm. All are sums in a fixed order. */
#ifndef JZ_METRICS_H
#define JZ_METRICS_H

#include <jz/base.h>

typedef struct jz_scored {
    double score;
    bool replaced;   /* the truth */
    uint32_t source; /* who made the file with what: bootstrapping takes or leaves all of one */
    uint32_t identity;
    size_t item; /* of the caller */
} jz_scored;

/* Sorts by score, and by item where equal. */
void jz_scored_sort(jz_scored *s, size_t n);

/* Of n sorted by score. NAN where one of the two kinds is missing. */
double jz_auc(const jz_scored *s, size_t n); /* ties count a half */
double jz_eer(const jz_scored *s, size_t n); /* where the two rates of error meet */
/* N. Bruemmer and J. du Preez, Application-independent evaluation of speaker detection, Computer
 * Speech and Language 20, 2006: 0 = perfect, 1 = no information; and what the best monotone mapping
 * of the scores would reach (pool adjacent violators). JZ_E_NOMEM: NAN too. */
double jz_cllr(const jz_scored *s, size_t n);
double jz_cllr_min(const jz_scored *s, size_t n);

typedef double (*jz_metric_fn)(const jz_scored *s, size_t n);
typedef struct jz_interval {
    double low,
        high; /* 95 %; NAN where there are fewer than 2 groups, or the metric is mostly NAN */
    uint32_t groups;
} jz_interval;
/* By drawing whole groups (of one source, or of one identity) with replacement, `rounds` times; the
 * same draws everywhere. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_bootstrap(jz_metric_fn metric, const jz_scored *s, size_t n,
                                  bool by_identity, uint32_t rounds, jz_interval *out, jz_err *err);

#endif
