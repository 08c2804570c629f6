/* SPDX-License-Identifier: Apache-2.0 */
/* What a key says of a mark: its tones, where in the code each stands, and the tag that proves a
 * payload. All of it comes out of HMAC-SHA-256 (RFC 2104) and arithmetic that is the same on every
 * system. Immutable once made; any thread. */
#ifndef JZ_TONES_H
#define JZ_TONES_H

#include <jz/watermark.h>

#include "watermark/tbcc.h"

#define JZ_WM_PILOTS 48 /* of known phase: by these the geometry is found */
#define JZ_WM_DATA JZ_WM_CODE_BITS
#define JZ_WM_TONES (JZ_WM_PILOTS + JZ_WM_DATA)
#define JZ_WM_TAG_BITS 40
/* Radii of the data tones, in periods to 1024 units. */
#define JZ_WM_DATA_NEAR 56
#define JZ_WM_DATA_FAR 240

typedef struct jz_wm_tone {
    int kx, ky;      /* periods to 1024 units; kx > 0 */
    double turns;    /* its phase at the origin */
    double radius;   /* of (kx, ky) */
    float amplitude; /* all powers together are 1 */
} jz_wm_tone;

struct jz_watermark_key {
    uint8_t secret[JZ_WATERMARK_SECRET_SIZE];
    uint8_t id[JZ_WATERMARK_KEY_ID_SIZE];
    jz_wm_tone tone[JZ_WM_TONES]; /* the pilots first */
    uint16_t bit[JZ_WM_DATA];     /* of the code, which the data tone carries */
    bool flipped[JZ_WM_DATA];     /* it carries the opposite */
};

/* Tones, order and signs out of k->secret. */
void jz_wm_tones_make(struct jz_watermark_key *k);

/* HMAC-SHA-256 of two texts, one behind the other, 128 bytes at most. */
void jz_wm_hmac(const uint8_t secret[JZ_WATERMARK_SECRET_SIZE], const char *what, const void *data,
                size_t len, uint8_t out[32]);

/* The message of the code: the payload's bits, the lowest first, and its tag's. */
void jz_wm_message(const struct jz_watermark_key *k, uint64_t payload,
                   uint8_t bits[JZ_WM_MESSAGE_BITS]);
/* Whether the tag in a message is that of its payload, which goes to *payload then. */
bool jz_wm_message_open(const struct jz_watermark_key *k, const uint8_t bits[JZ_WM_MESSAGE_BITS],
                        uint64_t *payload);
/* The sign of each data tone for a payload. */
void jz_wm_signs(const struct jz_watermark_key *k, uint64_t payload, float sign[JZ_WM_DATA]);

#endif
