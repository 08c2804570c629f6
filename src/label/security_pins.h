/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_SECURITY_PINS_H
#define JZ_SECURITY_PINS_H

#include "label/security.h"
#include "label/security_sm2.h"

typedef struct jz_pin {
    char name[64]; /* UTF-8, no control characters */
    uint8_t key[JZ_SM2_POINT];
} jz_pin;

/* The i-th in the file's order; NULL past the end, or where pins is NULL. */
const jz_pin *jz_pins_at(const jz_pins *pins, size_t i);
/* The first with that key, or NULL. */
const jz_pin *jz_pins_find(const jz_pins *pins, const uint8_t point[JZ_SM2_POINT]);

#endif
