/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/metrics.h"

#include "base/alloc.h"
#include "base/exact_math.h"

#include <math.h>
#include <stdlib.h>

#define NOT_TOLD ((double)NAN)

static int by_score(const void *pa, const void *pb)
{
    const jz_scored *a = pa, *b = pb;
    if (a->score != b->score)
        return a->score > b->score ? 1 : -1;
    return (a->item > b->item) - (a->item < b->item);
}

void jz_scored_sort(jz_scored *s, size_t n)
{
    if (n > 0)
        qsort(s, n, sizeof *s, by_score);
}

static void count(const jz_scored *s, size_t n, double kinds[2])
{
    kinds[0] = kinds[1] = 0;
    for (size_t i = 0; i < n; i++)
        kinds[s[i].replaced]++;
}

double jz_auc(const jz_scored *s, size_t n)
{
    double kinds[2], below = 0, won = 0;
    count(s, n, kinds);
    if (kinds[0] == 0 || kinds[1] == 0)
        return NOT_TOLD;
    for (size_t i = 0, end = 0; i < n; i = end) {
        double equal[2] = { 0 };
        for (; end < n && s[end].score == s[i].score; end++)
            equal[s[end].replaced]++;
        won += equal[1] * (below + equal[0] / 2);
        below += equal[0];
    }
    return won / (kinds[0] * kinds[1]);
}

double jz_eer(const jz_scored *s, size_t n)
{
    double kinds[2], missed = 0, accused;
    count(s, n, kinds);
    if (kinds[0] == 0 || kinds[1] == 0)
        return NOT_TOLD;
    double last_missed = 0, last_accused = 1;
    accused = kinds[0];
    for (size_t i = 0, end = 0; i < n; i = end) { /* the threshold rises past equal scores */
        for (; end < n && s[end].score == s[i].score; end++)
            *(s[end].replaced ? &missed : &accused) += s[end].replaced ? 1 : -1;
        const double m = missed / kinds[1], a = accused / kinds[0];
        if (m >= a) { /* between the last point and this one */
            const double gap = last_accused - last_missed, rise = gap + (m - a);
            const double part = rise > 0 ? gap / rise : 0;
            return last_missed + part * (m - last_missed);
        }
        last_missed = m;
        last_accused = a;
    }
    return last_missed;
}

/* log2(1 + e^v) */
static double cost(double v)
{
    return v > 40 ? v / 0.6931471805599453 : jz_log2(1 + jz_exp(v));
}

double jz_cllr(const jz_scored *s, size_t n)
{
    double kinds[2], sum[2] = { 0 };
    count(s, n, kinds);
    if (kinds[0] == 0 || kinds[1] == 0)
        return NOT_TOLD;
    for (size_t i = 0; i < n; i++)
        sum[s[i].replaced] += cost(s[i].replaced ? -s[i].score : s[i].score);
    return (sum[0] / kinds[0] + sum[1] / kinds[1]) / 2;
}

typedef struct pool { /* scores that get one value */
    double n, replaced;
} pool;

/* Pools whose parts of replaced rise. */
static size_t pool_adjacent(const jz_scored *s, size_t n, pool *pools)
{
    size_t m = 0;
    for (size_t i = 0, end = 0; i < n; i = end) {
        pool p = { 0 };
        for (; end < n && s[end].score == s[i].score; end++) {
            p.n++;
            p.replaced += s[end].replaced;
        }
        for (; m > 0 && pools[m - 1].replaced * p.n >= p.replaced * pools[m - 1].n; m--) {
            p.n += pools[m - 1].n;
            p.replaced += pools[m - 1].replaced;
        }
        pools[m++] = p;
    }
    return m;
}

double jz_cllr_min(const jz_scored *s, size_t n)
{
    double kinds[2], sum[2] = { 0 };
    count(s, n, kinds);
    if (kinds[0] == 0 || kinds[1] == 0)
        return NOT_TOLD;
    pool *pools = jz_alloc_zero(n, sizeof *pools);
    if (pools == NULL)
        return NOT_TOLD;
    const size_t m = pool_adjacent(s, n, pools);
    for (size_t i = 0; i < m; i++) { /* a pool of one kind is certain, and costs nothing */
        const double yes = pools[i].replaced, no = pools[i].n - yes;
        if (yes == 0 || no == 0)
            continue;
        const double llr = jz_log(yes / kinds[1]) - jz_log(no / kinds[0]);
        sum[1] += yes * cost(-llr);
        sum[0] += no * cost(llr);
    }
    jz_free(pools);
    return (sum[0] / kinds[0] + sum[1] / kinds[1]) / 2;
}

/* ---- bootstrap ---- */

static uint64_t next(uint64_t *state) /* splitmix64 (Sebastiano Vigna, public domain) */
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint32_t group_of(const jz_scored *s, bool by_identity)
{
    return by_identity ? s->identity : s->source;
}

typedef struct draw {
    uint32_t *group; /* of each item, 0.. in order of appearance */
    uint32_t *times; /* that each group was drawn */
    jz_scored *work;
    double *value;
    uint32_t groups;
    size_t room; /* of work */
} draw;

static void number_groups(const jz_scored *s, size_t n, bool by_identity, draw *d)
{
    for (size_t i = 0; i < n; i++) {
        d->group[i] = d->groups;
        for (size_t k = 0; k < i; k++)
            if (group_of(&s[k], by_identity) == group_of(&s[i], by_identity)) {
                d->group[i] = d->group[k];
                break;
            }
        d->groups += d->group[i] == d->groups;
    }
}

/* One draw, still sorted: an item drawn twice stands beside itself. */
static size_t draw_once(const jz_scored *s, size_t n, draw *d, uint64_t *random)
{
    size_t m = 0;
    for (uint32_t g = 0; g < d->groups; g++)
        d->times[g] = 0;
    for (uint32_t g = 0; g < d->groups; g++)
        d->times[next(random) % d->groups]++;
    for (size_t i = 0; i < n; i++)
        for (uint32_t t = 0; t < d->times[d->group[i]] && m < d->room; t++)
            d->work[m++] = s[i];
    return m;
}

static void draw_all(jz_metric_fn metric, const jz_scored *s, size_t n, uint32_t rounds, draw *d,
                     jz_interval *out)
{
    uint64_t random = 1;
    size_t kept = 0;
    for (uint32_t r = 0; r < rounds; r++) {
        const double v = metric(d->work, draw_once(s, n, d, &random));
        if (!isnan(v))
            d->value[kept++] = v;
    }
    out->groups = d->groups;
    if (d->groups < 2 || kept < rounds / 2 || kept == 0)
        return;
    qsort(d->value, kept, sizeof *d->value, jz_by_value);
    out->low = d->value[kept / 40];
    out->high = d->value[kept - 1 - kept / 40];
}

jz_status jz_bootstrap(jz_metric_fn metric, const jz_scored *s, size_t n, bool by_identity,
                       uint32_t rounds, jz_interval *out, jz_err *err)
{
    draw d = { .room = 4 * n + 16 };
    jz_status st = JZ_OK;
    *out = (jz_interval){ NOT_TOLD, NOT_TOLD, 0 };
    d.group = jz_alloc_zero(n + 1, sizeof *d.group);
    d.times = jz_alloc_zero(n + 1, sizeof *d.times);
    d.work = jz_alloc_zero(d.room, sizeof *d.work);
    d.value = jz_alloc_zero((size_t)rounds + 1, sizeof *d.value);
    if (d.group == NULL || d.times == NULL || d.work == NULL || d.value == NULL) {
        st = JZ_FAIL(err, JZ_E_NOMEM, "a bootstrap of %zu", n);
    } else {
        number_groups(s, n, by_identity, &d);
        draw_all(metric, s, n, rounds, &d, out);
    }
    jz_free(d.group);
    jz_free(d.times);
    jz_free(d.work);
    jz_free(d.value);
    return st;
}
