/* SPDX-License-Identifier: Apache-2.0 */
/* Case number and PIN of something: of a consent, of a complaint. */
#ifndef JZ_PIN_H
#define JZ_PIN_H

#include "govern/governs.h"

#define JZ_PIN_SALT 16
#define JZ_PIN_HASH 32
#define JZ_PIN_CASE_SIZE 15 /* three characters, 11 random ones, terminator */
#define JZ_PIN_SIZE 9       /* 8 digits */

typedef struct jz_pin_secret { /* what is kept of a PIN */
    uint8_t salt[JZ_PIN_SALT], hash[JZ_PIN_HASH];
} jz_pin_secret;

typedef struct jz_pin_of { /* what they are of, and its table */
    const char *prefix;    /* "JC-" */
    const char *insert;    /* row ?1, case number ?2, salt ?3, hash ?4 */
    const char *find;      /* by case number ?1: row, failures, locked_until_us, salt, hash */
    const char *count;     /* of row ?1: failures ?2, locked_until_us ?3 */
} jz_pin_of;
extern const jz_pin_of jz_pin_of_consent, jz_pin_of_complaint;
/* The three statements for a table of these columns. */
#define JZ_PIN_INSERT(table, row)                                                                  \
    "INSERT INTO " table " (" row ", case_no, salt, hash, failures, locked_until_us)"              \
    " VALUES (?1, ?2, ?3, ?4, 0, 0)"
#define JZ_PIN_FIND(table, row)                                                                    \
    "SELECT " row ", failures, locked_until_us, salt, hash FROM " table " WHERE case_no = ?1"
#define JZ_PIN_COUNT(table, row)                                                                   \
    "UPDATE " table " SET failures = ?2, locked_until_us = ?3 WHERE " row " = ?1"

/* Makes all of it: slow, so not in a transaction. */
JZ_CHECKED jz_status jz_pin_new(const jz_pin_of *of, char case_no[JZ_PIN_CASE_SIZE],
                                char pin[JZ_PIN_SIZE], jz_pin_secret *secret, jz_err *err);
/* Keeps them for a row, in the open transaction. */
JZ_CHECKED jz_status jz_pin_keep(jz_govern *g, const jz_pin_of *of, int64_t row,
                                 const char *case_no, const jz_pin_secret *secret, jz_err *err);
/* Whether they are right, and of which row. The attempt is counted, durably, before it is checked;
 * no transaction is open. JZ_E_MISMATCH, JZ_E_BUSY. */
JZ_CHECKED jz_status jz_pin_check(jz_govern *g, const jz_pin_of *of, const char *case_no,
                                  const char *pin, int64_t *row, jz_err *err);
/* scrypt (RFC 7914): N 2^15, r 8, p 1. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_pin_hash(const char *pin, const uint8_t salt[JZ_PIN_SALT],
                                 uint8_t hash[JZ_PIN_HASH], jz_err *err);
/* In a time that does not depend on where they differ. */
bool jz_pin_same(const uint8_t a[JZ_PIN_HASH], const uint8_t b[JZ_PIN_HASH]);

#endif
