/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/palette.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define CUBE 32768 /* colours are told apart by 5 bits of each component */
#define NEAR 27    /* squared distance at which a kept entry is as good */

typedef struct group { /* wishes that are hard to tell apart */
    uint64_t sum[3];
    uint64_t n;
    uint16_t key;
} group;

static uint16_t key_of(const uint8_t *rgb)
{
    return (uint16_t)((rgb[0] >> 3) << 10 | (rgb[1] >> 3) << 5 | rgb[2] >> 3);
}

static void mean(const group *g, uint8_t *rgb)
{
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)((g->sum[c] + g->n / 2) / g->n);
}

static uint32_t distance(const uint8_t *a, const uint8_t *b)
{
    uint32_t sum = 0;
    for (int c = 0; c < 3; c++)
        sum += (uint32_t)((a[c] - b[c]) * (a[c] - b[c]));
    return sum;
}

/* The entry nearest to a colour, and how far it is; among the kept ones or all. */
static uint8_t nearest(const jz_palette *p, const uint8_t *rgb, bool kept, uint32_t *how_far)
{
    uint8_t best = 0;
    *how_far = UINT32_MAX;
    for (size_t i = 0; i<p->n && * how_far> 0; i++) {
        if ((int)i == p->clear || (kept && !p->kept[i]))
            continue;
        const uint32_t d = distance(rgb, p->rgb[i]);
        if (d < *how_far) {
            *how_far = d;
            best = (uint8_t)i;
        }
    }
    return best;
}

static int more_frequent_first(const void *a, const void *b)
{
    const group *x = a;
    const group *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return x->key < y->key ? -1 : x->key > y->key;
}

/* The next entry that may be given away from *at on; JZ_PALETTE_MAX where there is none. */
static size_t next_spare(const jz_palette *p, size_t at)
{
    while (at < JZ_PALETTE_MAX && (p->kept[at] || (int)at == p->clear))
        at++;
    return at;
}

static void give_entries(jz_palette *p, group *groups, size_t n)
{
    size_t spare = next_spare(p, 0);
    for (size_t i = 0; i < n && spare < JZ_PALETTE_MAX; i++) {
        uint8_t rgb[3];
        uint32_t far;
        mean(&groups[i], rgb);
        (void)nearest(p, rgb, true, &far);
        if (far <= NEAR)
            continue;
        memcpy(p->rgb[spare], rgb, 3);
        p->kept[spare] = true;
        p->changed = true;
        p->n = spare >= p->n ? spare + 1 : p->n;
        spare = next_spare(p, spare + 1);
    }
}

static size_t count(const jz_palette_wish *wishes, size_t n, group *groups)
{
    for (size_t i = 0; i < n; i++) {
        group *g = &groups[key_of(wishes[i].rgb)];
        g->key = key_of(wishes[i].rgb);
        g->n++;
        for (int c = 0; c < 3; c++)
            g->sum[c] += wishes[i].rgb[c];
    }
    size_t filled = 0;
    for (size_t k = 0; k < CUBE; k++)
        if (groups[k].n > 0)
            groups[filled++] = groups[k];
    return filled;
}

jz_status jz_palette_fit(jz_palette *p, jz_palette_wish *wishes, size_t n, jz_err *err)
{
    group *groups = jz_alloc_zero(CUBE, sizeof *groups);
    uint8_t *entry_of = jz_alloc_zero(CUBE, 1);
    if (groups == NULL || entry_of == NULL) {
        jz_free(groups);
        jz_free(entry_of);
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a palette");
    }
    const size_t filled = count(wishes, n, groups);
    qsort(groups, filled, sizeof *groups, more_frequent_first);
    give_entries(p, groups, filled);
    for (size_t i = 0; i < filled; i++) {
        uint8_t rgb[3];
        uint32_t far;
        mean(&groups[i], rgb);
        entry_of[groups[i].key] = nearest(p, rgb, false, &far);
    }
    for (size_t i = 0; i < n; i++)
        wishes[i].entry = entry_of[key_of(wishes[i].rgb)];
    jz_free(groups);
    jz_free(entry_of);
    return JZ_OK;
}
