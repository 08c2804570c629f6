/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/tones.h"

#include <jz/hash.h>

#include "base/exact_math.h"
#include "watermark/fft2.h"

#include <math.h>
#include <string.h>

#define AXIS 10       /* no tone is nearer to an axis: edges and text lines are there */
#define APART 4.2     /* tones from each other, and from each other's mirror images */
#define DENSITY 0.7   /* of radii: r to this power */
#define PILOT_NEAR 48 /* radii of the pilots */
#define PILOT_FAR 208
#define PILOT_GAIN 2.0
#define PILOT_FALL -0.7 /* amplitude falls with radius to this power */
#define DATA_FALL -0.6
#define RADIUS_UNIT 80.0 /* where those powers are 1 */
#define HMAC_BLOCK 64

void jz_wm_hmac(const uint8_t secret[JZ_WATERMARK_SECRET_SIZE], const char *what, const void *data,
                size_t len, uint8_t out[32])
{
    const size_t head = strlen(what);
    uint8_t block[HMAC_BLOCK + 128] = { 0 };
    memcpy(block, secret, JZ_WATERMARK_SECRET_SIZE);
    for (size_t i = 0; i < HMAC_BLOCK; i++)
        block[i] ^= 0x36;
    for (size_t i = 0; i < head; i++)
        block[HMAC_BLOCK + i] = (uint8_t)what[i];
    memcpy(block + HMAC_BLOCK + head, data, len);
    jz_sha256(block, HMAC_BLOCK + head + len, out);
    for (size_t i = 0; i < HMAC_BLOCK; i++)
        block[i] ^= 0x36 ^ 0x5c;
    memcpy(block + HMAC_BLOCK, out, 32);
    jz_sha256(block, HMAC_BLOCK + 32, out);
}

/* Numbers that nobody knows without the key. */
typedef struct stream {
    const uint8_t *secret;
    uint32_t counter;
    uint8_t block[32];
    size_t used;
} stream;

static uint64_t next(stream *s)
{
    uint64_t v = 0;
    if (s->counter == 0 || s->used == sizeof s->block) {
        const uint32_t n = s->counter++;
        const uint8_t bytes[] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                                  (uint8_t)n };
        jz_wm_hmac(s->secret, "jianzhen mark 1 tones", bytes, sizeof bytes, s->block);
        s->used = 0;
    }
    for (int i = 0; i < 8; i++)
        v = v << 8 | s->block[s->used++];
    return v;
}

/* 0 <= v < 1 */
static double share(stream *s)
{
    return (double)(next(s) >> 11) * 0x1p-53;
}

static double power(double v, double exponent)
{
    return jz_exp2(exponent * jz_log2(v));
}

static bool is_free(const jz_wm_tone *tones, size_t n, int kx, int ky)
{
    if (kx < AXIS || (ky < AXIS && ky > -AXIS))
        return false;
    for (size_t i = 0; i < n; i++) {
        const int dx = tones[i].kx - kx, dy = tones[i].ky - ky;
        const int sx = tones[i].kx + kx, sy = tones[i].ky + ky;
        if (dx * dx + dy * dy < APART * APART || sx * sx + sy * sy < APART * APART)
            return false;
    }
    return true;
}

static jz_wm_tone place_tone(stream *s, const jz_wm_tone *before, size_t n)
{
    const bool pilot = n < JZ_WM_PILOTS;
    const double e = DENSITY + 1;
    const double near = power(pilot ? PILOT_NEAR : JZ_WM_DATA_NEAR, e);
    const double far = power(pilot ? PILOT_FAR : JZ_WM_DATA_FAR, e);
    jz_wm_tone t = { 0 };
    do { /* there is room for several times as many */
        const double r = power(near + share(s) * (far - near), 1 / e);
        const double turns = share(s) / 2 - 0.25;
        t.kx = (int)floor(r * jz_cos_turns(turns) + 0.5);
        t.ky = (int)floor(r * jz_cos_turns(turns - 0.25) + 0.5);
    } while (!is_free(before, n, t.kx, t.ky));
    t.turns = share(s);
    t.radius = sqrt((double)t.kx * t.kx + (double)t.ky * t.ky);
    t.amplitude = (float)((pilot ? PILOT_GAIN : 1) *
                          power(t.radius / RADIUS_UNIT, pilot ? PILOT_FALL : DATA_FALL));
    return t;
}

void jz_wm_tones_make(struct jz_watermark_key *k)
{
    stream s = { .secret = k->secret };
    double energy = 0;
    for (size_t i = 0; i < JZ_WM_TONES; i++) {
        k->tone[i] = place_tone(&s, k->tone, i);
        energy += 0.5 * (double)k->tone[i].amplitude * (double)k->tone[i].amplitude;
    }
    for (size_t i = 0; i < JZ_WM_TONES; i++)
        k->tone[i].amplitude = (float)((double)k->tone[i].amplitude / sqrt(energy));
    for (size_t i = 0; i < JZ_WM_DATA; i++)
        k->bit[i] = (uint16_t)i;
    for (size_t i = JZ_WM_DATA - 1; i > 0; i--) { /* Fisher and Yates */
        const size_t j = (size_t)(next(&s) % (i + 1));
        const uint16_t other = k->bit[i];
        k->bit[i] = k->bit[j];
        k->bit[j] = other;
    }
    for (size_t i = 0; i < JZ_WM_DATA; i++)
        k->flipped[i] = (next(&s) & 1) != 0;
}

/* ---- payload and tag ---- */

static void tag_of(const struct jz_watermark_key *k, uint64_t payload, uint8_t tag[32])
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(payload >> (56 - 8 * i));
    jz_wm_hmac(k->secret, "jianzhen mark 1 tag", bytes, sizeof bytes, tag);
}

void jz_wm_message(const struct jz_watermark_key *k, uint64_t payload,
                   uint8_t bits[JZ_WM_MESSAGE_BITS])
{
    uint8_t tag[32];
    tag_of(k, payload, tag);
    for (unsigned i = 0; i < 64; i++)
        bits[i] = payload >> i & 1;
    for (unsigned i = 0; i < JZ_WM_TAG_BITS; i++)
        bits[64 + i] = tag[i / 8] >> i % 8 & 1;
}

bool jz_wm_message_open(const struct jz_watermark_key *k, const uint8_t bits[JZ_WM_MESSAGE_BITS],
                        uint64_t *payload)
{
    uint8_t right[JZ_WM_MESSAGE_BITS];
    uint64_t p = 0;
    for (unsigned i = 0; i < 64; i++)
        p |= (uint64_t)bits[i] << i;
    jz_wm_message(k, p, right);
    if (memcmp(right, bits, sizeof right) != 0)
        return false;
    *payload = p;
    return true;
}

void jz_wm_signs(const struct jz_watermark_key *k, uint64_t payload, float sign[JZ_WM_DATA])
{
    uint8_t message[JZ_WM_MESSAGE_BITS], code[JZ_WM_CODE_BITS];
    jz_wm_message(k, payload, message);
    jz_wm_encode(message, code);
    for (size_t i = 0; i < JZ_WM_DATA; i++)
        sign[i] = (code[k->bit[i]] != 0) != k->flipped[i] ? -1.0F : 1.0F;
}
