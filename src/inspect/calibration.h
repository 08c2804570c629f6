/* SPDX-License-Identifier: Apache-2.0 */
/* From measurements to a bounded likelihood ratio: a logistic regression of few coefficients over
 * how far each measurement lies from those of unmodified faces, in either direction, one for each
 * quality class. And the file in which an operator's own material is kept as numbers:
 *
 *   jz-calibration 1
 *   network 9f86...                          SHA-256 of the network; without it, of none
 *   class still-lossy 120 110 4              unmodified, replaced, sources; the class begins
 *   bias -0.52
 *   measure inner_sharpness 0.01 0.12 0.80 21 -0.31 ... 0.29
 *                    mean and spread of unmodified faces, coefficient; so many quantiles of them
 *
 * Lines end with LF, fields are separated by one space, numbers are decimal. A measurement that has
 * no line plays no part. */
#ifndef JZ_CALIBRATION_H
#define JZ_CALIBRATION_H

#include <jz/inspect.h>

#include "base/buf.h"

#define JZ_CALIBRATION_CLASSES 8
#define JZ_QUANTILES 21                      /* 0, 5, ... 100 % */
#define JZ_CALIBRATION_MAX ((size_t)1 << 20) /* bytes of a file */
/* Below these a class has too little to say anything: it abstains. */
#define JZ_CALIBRATION_LEAST 40 /* of each kind */
#define JZ_CALIBRATION_SOURCES 2
/* Bounds of log10 LR, and how many of each kind the wider one takes. */
#define JZ_LLR_NARROW 1.0
#define JZ_LLR_WIDE 2.0
#define JZ_LLR_WIDE_LEAST 200

typedef struct jz_calibrated_measure {
    bool there;
    double mean, spread, weight;
    double quantile[JZ_QUANTILES];
} jz_calibrated_measure;

typedef struct jz_calibrated_class {
    char name[32]; /* of the quality class */
    uint32_t unmodified, replaced, sources;
    double bias;
    jz_calibrated_measure measure[JZ_MEASURES];
} jz_calibrated_class;

struct jz_calibration {
    uint8_t sha256[JZ_SHA256_SIZE]; /* of its file */
    bool has_network;
    uint8_t network[JZ_SHA256_SIZE]; /* that its faces were shown to */
    size_t n;
    jz_calibrated_class cls[JZ_CALIBRATION_CLASSES];
};

/* JZ_E_CORRUPT, naming the line. */
JZ_CHECKED jz_status jz_calibration_parse(const char *text, size_t len, jz_calibration *out,
                                          jz_err *err);
/* The file's text; numbers are written so that they are read back as they were. */
void jz_calibration_write(const jz_calibration *c, jz_buf *out);
/* NULL where there is none of that name. */
const jz_calibrated_class *jz_calibration_find(const jz_calibration *c, const char *quality);
bool jz_calibrated_enough(const jz_calibrated_class *c);
/* log10 of the likelihood ratio of "replaced or blended" against "not", within its bounds. */
double jz_calibrated_llr(const jz_calibrated_class *c, const jz_measured m[JZ_MEASURES]);
/* The words for it: from 2 on (0.3) weak, above 10 (1) moderate; the other way weak alone. Source:
 * ENFSI Guideline for Evaluative Reporting (2015), table of verbal equivalents. */
jz_outcome jz_outcome_of(double log10_lr);
/* Where a value lies among unmodified faces', 0..100. */
double jz_percentile_of(const jz_calibrated_measure *m, double value);

/* One face for training. */
typedef struct jz_example {
    jz_measured m[JZ_MEASURES];
    bool replaced;
    uint32_t source;
} jz_example;
/* Fills all but the name. Those of source `without` are left out (UINT32_MAX: none). With too few
 * it still fills what it can: ask jz_calibrated_enough(). JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_calibrate(const jz_example *e, size_t n, uint32_t without,
                                  jz_calibrated_class *out, jz_err *err);

#endif
