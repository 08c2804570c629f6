/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/tbcc.h"

#include "base/alloc.h"

#include <string.h>

#define LENGTH 11 /* bits that each output depends on: the newest on top */
#define STATES JZ_WM_STATES
#define N JZ_WM_MESSAGE_BITS
#define FREE_WRAPS 4   /* around the circle, from wherever the last one ended */
#define FORCED_WRAPS 2 /* from one state */
#define NEVER (-1e9F)

static const unsigned generators[4] = { 02327, 02353, 02671, 03175 };

static uint8_t label_of(unsigned reg)
{
    unsigned label = 0;
    for (unsigned j = 0; j < 4; j++)
        label |= (unsigned)__builtin_parity(reg & generators[j]) << j;
    return (uint8_t)label;
}

void jz_wm_encode(const uint8_t message[N], uint8_t code[JZ_WM_CODE_BITS])
{
    unsigned state = 0; /* the last bits, so that the end runs into the beginning */
    for (unsigned i = 0; i < LENGTH - 1; i++)
        state |= (unsigned)message[N - 1 - i] << (LENGTH - 2 - i);
    for (size_t i = 0; i < N; i++) {
        const unsigned reg = (unsigned)message[i] << (LENGTH - 1) | state;
        for (unsigned j = 0; j < 4; j++)
            code[4 * i + j] = label_of(reg) >> j & 1;
        state = reg >> 1;
    }
}

typedef struct decoder {
    const jz_wm_dsp *dsp;
    float gain[N][16]; /* of each label, at each step */
    uint8_t label[2 * STATES];
    float metric[2][STATES], start[STATES];
    uint8_t took[N][STATES];
    uint16_t from[STATES]; /* where the best path to each state began */
} decoder;

static void prepare(decoder *d, const float *llr)
{
    for (unsigned s = 0; s < STATES; s++)
        for (unsigned b = 0; b < 2; b++)
            d->label[b * STATES + s] = label_of(b << (LENGTH - 1) | s);
    for (size_t i = 0; i < N; i++)
        for (unsigned v = 0; v < 16; v++) {
            float sum = 0;
            for (unsigned j = 0; j < 4; j++)
                sum += (v >> j & 1) != 0 ? -llr[4 * i + j] : llr[4 * i + j];
            d->gain[i][v] = sum;
        }
}

/* Back along the best path to a state: its message, and where it began. */
static unsigned trace(const decoder *d, unsigned state, uint8_t message[N])
{
    for (size_t i = N; i-- > 0;) {
        message[i] = (uint8_t)(state >> (LENGTH - 2));
        state = 2 * (state & (STATES / 2 - 1)) + d->took[i][state];
    }
    return state;
}

static void wrap(decoder *d)
{
    memcpy(d->start, d->metric[0], sizeof d->start);
    for (size_t i = 0; i < N; i++) {
        d->dsp->step(d->metric[0], d->gain[i], d->label, d->metric[1], d->took[i]);
        memcpy(d->metric[0], d->metric[1], sizeof d->metric[0]);
    }
    for (unsigned s = 0; s < STATES; s++) {
        uint8_t message[N];
        d->from[s] = (uint16_t)trace(d, s, message);
    }
}

/* The two best paths that end where they began; the second is STATES where there is none. */
static void find_circles(const decoder *d, unsigned best[2])
{
    float gain[2] = { NEVER, NEVER };
    best[0] = best[1] = STATES;
    for (unsigned s = 0; s < STATES; s++) {
        const float g = d->metric[0][s] - d->start[s];
        if (d->from[s] != s || d->metric[0][s] < NEVER / 10)
            continue;
        if (g > gain[0]) {
            gain[1] = gain[0];
            best[1] = best[0];
            gain[0] = g;
            best[0] = s;
        } else if (g > gain[1]) {
            gain[1] = g;
            best[1] = s;
        }
    }
}

static unsigned best_state(const decoder *d)
{
    unsigned best = 0;
    for (unsigned s = 1; s < STATES; s++)
        if (d->metric[0][s] > d->metric[0][best])
            best = s;
    return best;
}

static void begin_wrap(decoder *d, unsigned n, unsigned last)
{
    const float most = d->metric[0][best_state(d)];
    for (unsigned s = 0; s < STATES; s++)
        d->metric[0][s] = n < FREE_WRAPS ? d->metric[0][s] - most : s == last ? 0 : NEVER;
}

static bool search(decoder *d, jz_wm_right_fn fn, void *user)
{
    unsigned last = 0;
    for (unsigned n = 0; n < FREE_WRAPS + FORCED_WRAPS; n++) {
        unsigned circle[2];
        begin_wrap(d, n, last);
        wrap(d);
        find_circles(d, circle);
        for (unsigned c = 0; c < 2 && circle[c] < STATES; c++) {
            uint8_t message[N];
            (void)trace(d, circle[c], message);
            if (fn(user, message))
                return true;
        }
        last = best_state(d);
        if (circle[0] == last)
            return false; /* the best path of all is a circle: there is no better one */
    }
    return false;
}

jz_status jz_wm_decode(const jz_wm_dsp *dsp, const float llr[JZ_WM_CODE_BITS], jz_wm_right_fn fn,
                       void *user, bool *right, jz_err *err)
{
    decoder *d = jz_alloc_zero(1, sizeof *d);
    if (d == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for decoding");
    d->dsp = dsp;
    prepare(d, llr);
    *right = search(d, fn, user);
    jz_free(d);
    return JZ_OK;
}
